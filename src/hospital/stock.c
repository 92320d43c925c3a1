/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock.c: see stock.h and stock_inner.h: the postings engine. It must never write a quantity elsewhere than in stock_post, nor let what is missing hold up a
 * dose. Called by the files stock_*.c and by acts that give or dispense. Start at stock_post, then stock_draw.
 */
#include <stdlib.h>
#include <string.h>

#include "hospital/stock_inner.h"
#include "record/keys.h"

/* ---- accounts ---- */

static const struct { int no; const char *kind, *code; } OUTSIDE[] = {
	{ STOCK_SUPPLIER,    "supplier",    "=SUPPLIER"    }, { STOCK_PATIENT,    "patient",    "=PATIENT"    }, { STOCK_LOSS, "loss", "=LOSS" }, { STOCK_DESTRUCTION, "destruction", "=DESTRUCTION" },
	{ STOCK_DISCREPANCY, "discrepancy", "=DISCREPANCY" }, { STOCK_CORRECTION, "correction", "=CORRECTION" }, { STOCK_OWN,  "own",  "=OWN"  }, { STOCK_USE,         "use",         "=USE"         },
};

struct stock_account stock_outside(int no)
{
	for (size_t i = 0; i < N_OF(OUTSIDE); i++)
		if (OUTSIDE[i].no == no)
			return (struct stock_account){ .no = no, .kind = str_of(OUTSIDE[i].kind), .code = str_of(OUTSIDE[i].code), .unit = STR("") };
	MUST(no >= STOCK_FIRST_STORE);
	return (struct stock_account){ .no = 0 };
}

enum rc stock_outside_need(struct act_ctx *x, struct problem *p)
{
	struct stock_account there;
	enum rc rc = stock_account_get(x->db, x->arena, STOCK_SUPPLIER, &there, p);
	if (rc != RC_NOT_FOUND)
		return rc;
	rc = RC_OK;
	for (size_t i = 0; i < N_OF(OUTSIDE) && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ACCOUNT_ADD);
		db_bind_i64(s, 1, OUTSIDE[i].no);
		db_bind_str(s, 2, str_of(OUTSIDE[i].kind));
		db_bind_i64(s, 3, 1);
		db_bind_str(s, 4, str_of(OUTSIDE[i].code));
		db_bind_str(s, 5, STR(""));
		db_bind_i64(s, 6, x->who->account);
		db_bind_i64(s, 7, x->now_ms);
		rc = db_run(s, p);
	}
	return rc;
}

static struct stock_account account_row(struct db_stmt *s, int at, struct arena *a)
{
	struct stock_account r = { .no = db_i64(s, at), .kind = arena_str(a, db_text(s, at + 1)), .code = arena_str(a, db_text(s, at + 2)), .unit = arena_str(a, db_text(s, at + 3)) };
	r.store = r.no >= STOCK_FIRST_STORE;
	return r;
}

enum rc stock_account_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_account *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_ACCOUNT);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = account_row(s, 0, a);
	r->closed_ms = rc == RC_OK && row ? db_i64(s, 4) : 0;
	r->of_store = rc == RC_OK && row ? db_i64(s, 5) : 0;
	db_reset(s);
	if (rc == RC_OK && !row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "store", "no account %lld", (long long)no);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc stock_account_of_unit(struct db_conn *c, struct arena *a, struct str unit, struct stock_account *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_STORES_OF);
	bool row = false;
	enum rc rc;
	*r = (struct stock_account){ .no = 0 };
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	db_bind_i64(s, 2, STOCK_STORES_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct stock_account one = account_row(s, 0, a);
		if (!str_eq(one.kind, "central") && (r->no == 0 || (str_eq(one.kind, "ward") && !str_eq(r->kind, "ward"))))
			*r = one;
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

bool stock_is_pharmacy(const struct actor *who, const struct judge *judge)
{
	return (judge->may(who->role) & MAY_PHARMACY) != 0;
}

bool stock_sees_all(const struct actor *who, const struct judge *judge)
{
	return (judge->may(who->role) & (MAY_PHARMACY | MAY_SUPPLY)) != 0;
}

enum rc stock_store_mine(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, int64_t no, struct stock_account *r, struct problem *p)
{
	enum rc rc = stock_account_get(c, a, no, r, p);
	bool mine = rc == RC_OK && r->store && stock_sees_all(who, judge);
	for (unsigned i = 0; rc == RC_OK && r->store && i < who->n_units; i++)
		mine = mine || (r->unit.n > 0 && str_is(who->units[i], r->unit));
	return rc != RC_OK || mine ? rc : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "store", "account %u has no such store", who->account);
}

enum rc stock_store_open(struct act_ctx *x, int64_t no, struct stock_account *r, struct problem *p)
{
	enum rc rc = stock_store_mine(x->db, x->arena, x->who, x->judge, no, r, p);
	if (rc == RC_OK && r->of_store)
		return problem_set(p, RC_CONFLICT, WHY_KIT_ONLY, "store", "store %lld is a kit", (long long)no);
	return rc == RC_OK && r->closed_ms ? problem_set(p, RC_CONFLICT, WHY_STOCK_CLOSED, "store", "store %lld", (long long)no) : rc;
}

/* ---- products ---- */

static struct stock_product product_row(struct db_stmt *s, struct arena *a)
{
	return (struct stock_product){ .no = db_i64(s, 0), .cis = (uint32_t)db_i64(s, 1), .ucd = arena_str(a, db_text(s, 2)), .counted = arena_str(a, db_text(s, 3)), .narcotic = db_i64(s, 4) != 0,
		.listed = db_i64(s, 5) != 0 };
}

enum rc stock_product_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_product *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_PRODUCT);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = product_row(s, a);
	db_reset(s);
	if (rc == RC_OK && !row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "cis", "no product %lld", (long long)no);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc stock_product_of(struct db_conn *c, struct arena *a, uint32_t cis, struct stock_product *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_PRODUCT_CIS);
	bool row = false;
	*r = (struct stock_product){ .no = 0 };
	db_bind_i64(s, 1, cis);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = product_row(s, a);
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* The BDPM's own word among the conditions of prescription (conditions_prescription.tsv). */
bool stock_is_narcotic(const struct drug *drug)
{
	static const char WORD[] = "stup\xc3\xa9" "fiants";
	for (unsigned i = 0; drug && i < drug->n_conditions; i++)
		if (memmem(drug->condition[i].p, drug->condition[i].n, WORD, sizeof WORD - 1))
			return true;
	return false;
}

enum rc stock_product_need(struct act_ctx *x, uint32_t cis, struct stock_product *r, struct problem *p)
{
	struct problem absent;
	enum rc rc = stock_product_of(x->db, x->arena, cis, r, p);
	if (rc != RC_OK || r->no)
		return rc;
	const struct drugs *base = drug_base(&absent);
	const struct drug *drug = base ? drug_by_cis(base, cis) : NULL;
	if (base && !drug)
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_DRUG, "cis", "no speciality %u", cis);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_PRODUCT_ADD);
	db_bind_i64(s, 1, cis);
	db_bind_str(s, 2, STR(""));
	db_bind_str(s, 3, STR(STOCK_UNLISTED));
	db_bind_i64(s, 4, stock_is_narcotic(drug));
	db_bind_i64(s, 5, 0);
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	rc = db_run(s, p);
	return rc == RC_OK ? stock_product_get(x->db, x->arena, db_last_rowid(x->db), r, p) : rc;
}

/* ---- lots ---- */

static struct stock_lot lot_row(struct db_stmt *s, int at, struct arena *a)
{
	return (struct stock_lot){ .no = db_i64(s, at), .product = db_i64(s, at + 1), .number = arena_str(a, db_text(s, at + 2)), .serial = arena_str(a, db_text(s, at + 3)),
		.expires_on = arena_str(a, db_text(s, at + 4)), .patient = db_i64(s, at + 5), .state = arena_str(a, db_text(s, at + 6)) };
}

enum rc stock_lot_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_lot *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_LOT);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = lot_row(s, 0, a);
	db_reset(s);
	if (rc == RC_OK && !row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "lot", "no lot %lld", (long long)no);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc lot_find(struct act_ctx *x, int64_t product, struct str number, struct str serial, int64_t patient, struct stock_lot *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LOT_FIND);
	bool row = false;
	*r = (struct stock_lot){ .no = 0 };
	db_bind_i64(s, 1, product);
	db_bind_str(s, 2, number);
	db_bind_str(s, 3, serial);
	db_bind_i64(s, 4, patient);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = lot_row(s, 0, x->arena);
	db_reset(s);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

static enum rc lot_date(struct act_ctx *x, struct stock_lot *lot, struct str expires_on, struct problem *p)
{
	if (lot->expires_on.n)
		return problem_set(p, RC_CONFLICT, WHY_STOCK_EXPIRY, "expires", "lot %lld has another", (long long)lot->no);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LOT_DATE);
	db_bind_i64(s, 1, lot->no);
	db_bind_str(s, 2, expires_on);
	lot->expires_on = expires_on;
	return db_run(s, p);
}

enum rc stock_lot_need(struct act_ctx *x, int64_t product, struct str number, struct str serial, struct str expires_on, int64_t patient, struct stock_lot *r, struct problem *p)
{
	number = number.n ? number : STR("");
	serial = serial.n ? serial : STR("");
	expires_on = expires_on.n ? expires_on : STR("");
	enum rc rc = lot_find(x, product, number, serial, patient, r, p);
	if (rc == RC_OK && r->no)
		return expires_on.n == 0 || str_is(expires_on, r->expires_on) ? RC_OK : lot_date(x, r, expires_on, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LOT_ADD);
	db_bind_i64(s, 1, product);
	db_bind_str(s, 2, number);
	db_bind_str(s, 3, serial);
	db_bind_str(s, 4, expires_on);
	db_bind_i64(s, 5, patient);
	db_bind_i64(s, 6, x->now_ms);
	rc = db_run(s, p);
	return rc == RC_OK ? stock_lot_get(x->db, x->arena, db_last_rowid(x->db), r, p) : rc;
}

static int sooner(const void *a, const void *b)
{
	const struct stock_held *x = a, *y = b;
	if ((x->lot.expires_on.n == 0) != (y->lot.expires_on.n == 0))
		return x->lot.expires_on.n == 0 ? 1 : -1;
	int by = str_cmp(x->lot.expires_on, y->lot.expires_on);
	return by ? by : x->lot.no < y->lot.no ? -1 : x->lot.no > y->lot.no;
}

void stock_sooner_first(void *at, size_t n, size_t size)
{
	if (n > 1)
		qsort(at, n, size, sooner);
}

struct helds { struct stock_held *at; size_t n, cap; };

static bool held_put(struct helds *h, struct arena *a, struct stock_held one)
{
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 16;
		struct stock_held *more = arena_array(a, cap, sizeof *more);
		if (!more)
			return false;
		if (h->n)
			memcpy(more, h->at, h->n * sizeof *more);
		h->at = more;
		h->cap = cap;
	}
	h->at[h->n++] = one;
	return true;
}

static void held_sort(struct helds *h)
{
	stock_sooner_first(h->at, h->n, sizeof *h->at);
}

enum rc stock_held_of(struct db_conn *c, struct arena *a, int64_t account, int64_t product, struct stock_held **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_HELD);
	struct helds h = { NULL, 0, 0 };
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, product);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && held_put(&h, a, (struct stock_held){ .lot = lot_row(s, 1, a), .milli = db_i64(s, 0) }))
		;
	db_reset(s);
	held_sort(&h);
	*at_r = h.at;
	*n_r = h.n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

bool stock_may_give(const struct stock_lot *lot, struct str today)
{
	return str_eq(lot->state, "usable") && (lot->expires_on.n == 0 || str_cmp(lot->expires_on, today) >= 0);
}

/* ---- what it is worth ---- */

enum rc stock_pool_get(struct db_conn *c, int64_t product, struct stock_pool *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_POOL);
	bool row = false;
	*r = (struct stock_pool){ 0, 0 };
	db_bind_i64(s, 1, product);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = (struct stock_pool){ db_i64(s, 0), db_i64(s, 1) };
	db_reset(s);
	return rc;
}

int64_t stock_worth(const struct stock_pool *pool, int64_t milli)
{
	if (pool->milli <= 0)
		return 0;
	return milli >= pool->milli ? pool->cents : (int64_t)(((__int128)pool->cents * milli * 2 + pool->milli) / ((__int128)pool->milli * 2));
}

/* The row is made when it is not there: two statements that nobody waits for, where asking first would be a wait (a server is far). */
static enum rc pool_move(struct act_ctx *x, int64_t product, int64_t milli, int64_t cents, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_POOL_OPEN);
	db_bind_i64(s, 1, product);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_STOCK_POOL_MOVE);
	db_bind_i64(s, 1, product);
	db_bind_i64(s, 2, milli);
	db_bind_i64(s, 3, cents);
	return db_run(s, p);
}

/* ---- a posting ---- */

enum rc stock_balance_get(struct db_conn *c, int64_t account, const struct stock_lot *lot, int64_t *milli_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_BALANCE);
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, lot->product);
	db_bind_i64(s, 3, lot->no);
	enum rc rc = db_step(s, &row, p);
	*milli_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc short_of(const struct stock_account *account, const struct stock_lot *lot, struct problem *p)
{
	return problem_set(p, RC_CONFLICT, WHY_STOCK_SHORT, "quantity", "store %lld, lot %lld", (long long)account->no, (long long)lot->no);
}

static enum rc balance_move(struct act_ctx *x, const struct stock_account *account, const struct stock_lot *lot, int64_t milli, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_BALANCE_OPEN);
	db_bind_i64(s, 1, account->no);
	db_bind_i64(s, 2, lot->no);
	db_bind_i64(s, 3, lot->product);
	db_bind_i64(s, 4, !account->store);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_STOCK_BALANCE_MOVE);
	db_bind_i64(s, 1, account->no);
	db_bind_i64(s, 2, lot->product);
	db_bind_i64(s, 3, lot->no);
	db_bind_i64(s, 4, milli);
	rc = db_run(s, p);
	return rc == RC_CONFLICT ? short_of(account, lot, p) : rc;
}

/* An entry or exit of a narcotic, with what is left of it in the store. */
static enum rc register_put(struct act_ctx *x, int64_t store, int64_t product, int64_t posting, int64_t delta, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_REGISTER_LAST);
	bool row = false;
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, product);
	enum rc rc = db_step(s, &row, p);
	int64_t left = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	const int64_t at[] = { store, product, posting, delta, left + delta, x->who->account, x->now_ms };
	s = db_stmt(x->db, ST_HOSPITAL_STOCK_REGISTER_ADD);
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	return db_run(s, p);
}

/* Entering the stores or leaving them changes what all of them are worth together; a patient's own does not. known: the pool as it is now, when somebody has looked. */
static enum rc value_of(struct act_ctx *x, const struct stock_lot *lot, int in, int64_t milli, struct stock_pool *known, int64_t *cents, struct problem *p)
{
	struct stock_pool pool = known ? *known : (struct stock_pool){ 0, 0 };
	enum rc rc = RC_OK;
	if (!in || lot->patient) {
		*cents = 0;
		return RC_OK;
	}
	if (!known && (in < 0 || *cents < 0))
		rc = stock_pool_get(x->db, lot->product, &pool, p);
	if (in < 0)
		*cents = stock_worth(&pool, milli);
	else if (*cents < 0)
		*cents = pool.milli ? (int64_t)(((__int128)pool.cents * milli * 2 + pool.milli) / ((__int128)pool.milli * 2)) : 0;
	if (known)
		*known = (struct stock_pool){ known->milli + in * milli, known->cents + in * *cents };
	return rc == RC_OK ? pool_move(x, lot->product, in * milli, in * *cents, p) : rc;
}

/* The posting's row; its number only where the register names it: it is a wait. no_r NULL: not asked for. */
static enum rc posting_add(struct act_ctx *x, const int64_t at[7], int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, no_r ? ST_HOSPITAL_STOCK_POSTING_NEW : ST_HOSPITAL_STOCK_POSTING_ADD);
	bool row = false;
	for (int i = 0; i < 7; i++)
		db_bind_i64(s, i + 1, at[i]);
	if (!no_r)
		return db_run(s, p);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* The caller knows that from holds as much; where it does not, the table refuses. */
enum rc stock_post_known(struct act_ctx *x, int64_t movement, const struct stock_product *product, const struct stock_lot *lot, const struct stock_account *from, const struct stock_account *to, int64_t milli, int64_t cents,
	struct stock_pool *known, struct problem *p)
{
	if (milli < 1 || milli > STOCK_MOST_MILLI || from->no == to->no)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "quantity", "quantity %lld from %lld to %lld", (long long)milli, (long long)from->no, (long long)to->no);
	bool registered = product->narcotic && lot->patient == 0 && (from->store || to->store);
	int64_t no = 0;
	enum rc rc = balance_move(x, from, lot, -milli, p);
	if (rc == RC_OK)
		rc = balance_move(x, to, lot, milli, p);
	if (rc == RC_OK)
		rc = value_of(x, lot, (int)to->store - (int)from->store, milli, known, &cents, p);
	if (rc == RC_OK)
		rc = posting_add(x, (const int64_t[7]){ movement, product->no, lot->no, from->no, to->no, milli, cents }, registered ? &no : NULL, p);
	if (rc == RC_OK && registered && from->store)
		rc = register_put(x, from->no, product->no, no, -milli, p);
	if (rc == RC_OK && registered && to->store)
		rc = register_put(x, to->no, product->no, no, milli, p);
	return rc;
}

enum rc stock_post(struct act_ctx *x, int64_t movement, const struct stock_product *product, const struct stock_lot *lot, const struct stock_account *from, const struct stock_account *to, int64_t milli, int64_t cents,
	struct problem *p)
{
	int64_t held = milli;
	if (to->closed_ms)
		return problem_set(p, RC_CONFLICT, WHY_STOCK_CLOSED, "to", "store %lld", (long long)to->no);
	enum rc rc = from->store ? stock_balance_get(x->db, from->no, lot, &held, p) : RC_OK;
	if (rc == RC_OK && held < milli)
		return short_of(from, lot, p);
	return rc == RC_OK ? stock_post_known(x, movement, product, lot, from, to, milli, cents, NULL, p) : rc;
}

/* ---- a movement ---- */

static enum rc movement_find(struct db_conn *c, struct str key, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_MOVEMENT_KEY);
	bool row = false;
	db_bind_str(s, 1, key);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc text_seal(struct act_ctx *x, const struct stock_deed *d, struct buf *sealed, struct problem *p)
{
	return d->text.n ? keys_seal(x->db, 0, (struct keys_bound){ SEALS_STOCK, x->now_ms, x->who->account }, d->text, sealed, p) : RC_OK;
}

/*
 * A movement whose key nobody had, under the next number: the caller has looked for both. There is one writer, so that number is nobody else's; it is given instead of being asked
 * for, as asking would be a wait for the server.
 */
enum rc stock_movement_put(struct act_ctx *x, const struct stock_deed *d, int64_t no, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 16384);
	enum rc rc = text_seal(x, d, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_MOVEMENT_ADD);
		db_bind_str(s, 1, str_of(d->kind));
		db_bind_str(s, 2, d->key);
		db_bind_str(s, 3, d->reason.n ? d->reason : STR(""));
		db_bind_i64(s, 4, d->patient);
		db_bind_str(s, 5, d->request.n ? d->request : STR(""));
		db_bind_i64(s, 6, x->who->account);
		db_bind_i64(s, 7, x->now_ms);
		db_bind_i64(s, 8, d->at_ms ? d->at_ms : x->now_ms);
		if (d->text.n)
			db_bind_blob(s, 9, buf_view(&sealed));
		else
			db_bind_null(s, 9);
		db_bind_i64(s, 10, no);
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

/* The movement that has the key (0: none), and the number that the next one gets. */
static enum rc movement_next(struct db_conn *c, struct str key, int64_t *there_r, int64_t *next_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_MOVEMENT_NEXT);
	bool row = false;
	db_bind_str(s, 1, key);
	enum rc rc = db_step(s, &row, p);
	*there_r = rc == RC_OK && row && !db_is_null(s, 0) ? db_i64(s, 0) : 0;
	*next_r = rc == RC_OK && row ? db_i64(s, 1) : 0;
	db_reset(s);
	return rc;
}

enum rc stock_begin(struct act_ctx *x, const struct stock_deed *d, int64_t *no_r, bool *again_r, struct problem *p)
{
	if (d->key.n < 1 || d->key.n > STOCK_KEY + 8)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "key", "a key of %zu bytes", d->key.n);
	int64_t next = 0;
	enum rc rc = movement_next(x->db, d->key, no_r, &next, p);
	*again_r = rc == RC_OK && *no_r != 0;
	if (rc != RC_OK || *again_r)
		return rc;
	*no_r = next;
	return stock_movement_put(x, d, next, p);
}

/* ---- drawing ---- */

/* What was posted under a movement, as a drawing tells it. */
static enum rc drawn_before(struct db_conn *c, int64_t movement, struct stock_drawn *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_POSTINGS_OF);
	bool row = false;
	enum rc rc;
	*r = (struct stock_drawn){ .movement = movement, .again = true };
	db_bind_i64(s, 1, movement);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t one = db_i64(s, 2) == STOCK_PATIENT ? db_i64(s, 3) : db_i64(s, 2);
		if (one >= STOCK_FIRST_STORE) {
			r->store = one;
			r->drawn_milli += db_i64(s, 4);
		} else {
			r->missing_milli += db_i64(s, 4);
		}
	}
	db_reset(s);
	return rc;
}

/* Is this lot drawn in turn `own` (a patient's own first, then the house's)? */
static bool is_drawn(const struct stock_want *w, const struct stock_lot *lot, bool own, struct str today)
{
	if (lot->patient != (own ? w->patient : 0) || (own && w->patient == 0))
		return false;
	return w->lot.n ? str_is(lot->number, w->lot) : stock_may_give(lot, today);
}

/* All that a drawing has to know, in one statement: a server is far, and each look at it would be a wait. */
struct look { struct stock_product product; struct stock_account store; struct stock_level level; struct stock_pool pool; struct helds held; int64_t movement, next; };

/* product.no 0: there is none of that number. movement: the one that has the key already. next: the number that a movement gets. store.no 0: the unit has none. */
static enum rc draw_look(struct act_ctx *x, const struct stock_want *w, struct look *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LOOK);
	bool row = false;
	enum rc rc;
	*l = (struct look){ .movement = 0 };
	db_bind_i64(s, 1, w->cis);
	db_bind_str(s, 2, w->key);
	db_bind_str(s, 3, w->unit.n ? w->unit : STR(""));
	db_bind_i64(s, 4, w->store);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (!l->product.no) {
			l->product = product_row(s, x->arena);
			l->movement = db_i64(s, 6);
			l->store = account_row(s, 7, x->arena);
			l->pool = (struct stock_pool){ db_i64(s, 11), db_i64(s, 12) };
			l->next = db_i64(s, 21);
			l->level = (struct stock_level){ !db_is_null(s, 22), db_i64(s, 22), db_i64(s, 23), db_i64(s, 24) };
		}
		if (db_i64(s, 13) > 0 && !held_put(&l->held, x->arena, (struct stock_held){ .lot = lot_row(s, 14, x->arena), .milli = db_i64(s, 13) }))
			break;
	}
	db_reset(s);
	held_sort(&l->held);
	if (rc == RC_OK && l->product.no && w->store && l->store.no != w->store)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "store", "no account %lld", (long long)w->store);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

static enum rc draw_held(struct act_ctx *x, const struct stock_want *w, struct look *l, struct stock_drawn *r, struct problem *p)
{
	struct stock_account patient = stock_outside(STOCK_PATIENT);
	struct stock_held *at = l->held.at;
	struct str today = day_of(x->arena, x->now_ms);
	size_t n = l->held.n;
	int64_t usable = 0, taken = 0;
	enum rc rc = RC_OK;
	for (int own = 1; own >= 0 && rc == RC_OK; own--)
		for (size_t i = 0; i < n && rc == RC_OK; i++) {
			int64_t take = at[i].milli < r->missing_milli ? at[i].milli : r->missing_milli;
			bool counts = !own && !at[i].lot.patient && stock_may_give(&at[i].lot, today);
			usable += counts ? at[i].milli : 0;
			if (take < 1 || !is_drawn(w, &at[i].lot, own, today))
				continue;
			rc = stock_post_known(x, r->movement, &l->product, &at[i].lot, &l->store, &patient, take, -1, &l->pool, p);
			taken += counts ? take : 0;
			r->drawn_milli += take;
			r->missing_milli -= take;
		}
	return rc == RC_OK ? stock_level_moved(x, l->store.no, &l->product, &l->level, usable, usable - taken, p) : rc;
}

/* What the books lack: it was given all the same. */
static enum rc draw_missing(struct act_ctx *x, const struct stock_want *w, const struct stock_product *product, const struct stock_drawn *r, struct problem *p)
{
	struct stock_account from = stock_outside(STOCK_DISCREPANCY), to = stock_outside(STOCK_PATIENT);
	struct stock_lot lot;
	enum rc rc = stock_lot_need(x, product->no, w->lot, STR_NONE, STR_NONE, 0, &lot, p);
	if (rc == RC_OK)
		rc = stock_post(x, r->movement, product, &lot, &from, &to, r->missing_milli, -1, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_SHORTAGE_ADD);
	db_bind_i64(s, 1, r->movement);
	db_bind_i64(s, 2, product->no);
	db_bind_i64(s, 3, r->store);
	db_bind_str(s, 4, w->unit.n ? w->unit : STR(""));
	db_bind_i64(s, 5, r->missing_milli);
	db_bind_i64(s, 6, x->now_ms);
	return db_run(s, p);
}

enum rc stock_draw(struct act_ctx *x, const struct stock_want *w, struct stock_drawn *d_r, struct problem *p)
{
	struct stock_drawn r = { .missing_milli = w->quantity_milli };
	struct look l;
	if (w->key.n < 1 || w->key.n > STOCK_KEY || w->quantity_milli < 1 || w->quantity_milli > STOCK_MOST_MILLI)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "quantity", "a key of %zu bytes, quantity %lld", w->key.n, (long long)w->quantity_milli);
	*d_r = r;
	if (w->cis == 0)
		return RC_OK;
	enum rc rc = draw_look(x, w, &l, p);
	if (rc == RC_OK && !l.movement && w->dose_unit.n && !stock_counts(l.product.no ? l.product.counted : STR(STOCK_UNLISTED), w->dose_unit))
		return RC_OK;
	if (rc == RC_OK && !l.product.no) {
		rc = stock_product_need(x, w->cis, &l.product, p);
		if (rc == RC_BAD_INPUT && p->why == WHY_UNKNOWN_DRUG)
			return RC_OK;
		if (rc == RC_OK)
			rc = draw_look(x, w, &l, p);
	}
	if (rc == RC_OK && l.movement)
		return drawn_before(x->db, l.movement, d_r, p);
	r.movement = l.next;
	if (rc == RC_OK)
		rc = stock_movement_put(x, &(struct stock_deed){ .kind = "draw", .key = w->key, .request = w->request, .patient = w->patient, .at_ms = w->at_ms }, r.movement, p);
	if (rc == RC_OK && !l.store.no)
		rc = stock_outside_need(x, p);
	if (rc == RC_OK && l.store.no) {
		r.store = l.store.no;
		rc = draw_held(x, w, &l, &r, p);
	}
	if (rc == RC_OK && r.missing_milli > 0)
		rc = draw_missing(x, w, &l.product, &r, p);
	if (rc == RC_OK)
		*d_r = r;
	return rc;
}

/* ---- what comes back ---- */

/* Where the store was closed meanwhile, it comes back into the books as a correction: taking a dose back never waits either. */
struct posted { int64_t movement, product, lot, from, to, milli; bool told /* missing, and its shortage is open still */; };
struct chain { struct posted *at; size_t n; int64_t first; unsigned changes; }; /* what is still out of a drawing and of its changes, in the order of drawing */
#define POSTED_MOST 200 /* lots of one drawing, changes and all */
#define CHANGES_MOST 99 /* of one drawing */

static struct str change_key(struct str key, unsigned n, char out[STOCK_KEY + 8])
{
	struct buf b = { .p = out, .cap = STOCK_KEY + 8, .max = STOCK_KEY + 8 };
	buf_str(&b, key);
	if (n)
		buf_fmt(&b, "/%u", n);
	return buf_view(&b);
}

/* What came back is no longer out: the newest of the same lot first. */
static void take_back(struct chain *k, const struct posted *back)
{
	int64_t left = back->milli;
	for (size_t i = k->n; i-- > 0 && left > 0;) {
		struct posted *was = &k->at[i];
		int64_t one = was->milli < left ? was->milli : left;
		if (was->lot != back->lot || was->from != back->to)
			continue;
		was->milli -= one;
		left -= one;
	}
}

static enum rc chain_add(struct act_ctx *x, struct chain *k, int64_t movement, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_POSTINGS_OF);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, movement);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && k->n < POSTED_MOST) {
		struct posted one = { movement, db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), false };
		if (one.to == STOCK_PATIENT)
			k->at[k->n++] = one;
		else
			take_back(k, &one);
	}
	db_reset(s);
	return rc == RC_OK && row ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "key", "over %d lots", POSTED_MOST) : rc;
}

static enum rc is_told(struct db_conn *c, int64_t movement, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_SHORTAGE_WAITS);
	db_bind_i64(s, 1, movement);
	enum rc rc = db_step(s, is_r, p);
	db_reset(s);
	return rc;
}

/* NOT_FOUND: nobody drew by that key. */
static enum rc chain_read(struct act_ctx *x, struct str key, struct chain *k, struct problem *p)
{
	char text[STOCK_KEY + 8];
	int64_t movement = 0;
	*k = (struct chain){ .at = arena_array(x->arena, POSTED_MOST, sizeof *k->at) };
	enum rc rc = !k->at ? arena_rc(x->arena, p) : key.n > STOCK_KEY ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "key", "a key of %zu bytes", key.n) : RC_OK;
	for (unsigned i = 0; rc == RC_OK && i <= CHANGES_MOST; i++) {
		rc = movement_find(x->db, change_key(key, i, text), &movement, p);
		if (rc != RC_OK || !movement)
			break;
		k->first = i ? k->first : movement;
		k->changes = i;
		rc = chain_add(x, k, movement, p);
	}
	if (rc == RC_OK && !k->first)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "key", "no such movement");
	for (size_t i = 0; i < k->n && rc == RC_OK; i++)
		if (k->at[i].from == STOCK_DISCREPANCY && k->at[i].milli > 0)
			rc = is_told(x->db, k->at[i].movement, &k->at[i].told, p);
	return rc;
}

static enum rc post_back(struct act_ctx *x, int64_t movement, const struct posted *was, int64_t milli, struct problem *p)
{
	struct stock_product product;
	struct stock_lot lot;
	struct stock_account from, to;
	enum rc rc = stock_product_get(x->db, x->arena, was->product, &product, p);
	if (rc == RC_OK)
		rc = stock_lot_get(x->db, x->arena, was->lot, &lot, p);
	if (rc == RC_OK)
		rc = stock_account_get(x->db, x->arena, was->to, &from, p);
	if (rc == RC_OK)
		rc = stock_account_get(x->db, x->arena, was->from, &to, p);
	if (rc == RC_OK && to.closed_ms)
		to = stock_outside(STOCK_CORRECTION);
	return rc == RC_OK ? stock_post(x, movement, &product, &lot, &from, &to, milli, -1, p) : rc;
}

/* Who looks for what was missing has so much less to look for. */
static enum rc shortage_less(struct act_ctx *x, const struct posted *was, int64_t milli, struct problem *p)
{
	bool all = milli == was->milli;
	struct db_stmt *s = db_stmt(x->db, all ? ST_HOSPITAL_STOCK_SHORTAGE_BACK : ST_HOSPITAL_STOCK_SHORTAGE_LESS);
	db_bind_i64(s, 1, was->movement);
	db_bind_i64(s, 2, all ? (int64_t)x->who->account : milli);
	if (all)
		db_bind_i64(s, 3, x->now_ms);
	return db_run(s, p);
}

/* So much of what is out comes back: what was on no books and waits for somebody first, then what was drawn last. */
static enum rc chain_back(struct act_ctx *x, const struct chain *k, int64_t movement, int64_t milli, struct problem *p)
{
	enum rc rc = RC_OK;
	for (int told = 1; told >= 0; told--)
		for (size_t i = k->n; i-- > 0 && milli > 0 && rc == RC_OK;) {
			const struct posted *was = &k->at[i];
			int64_t one = was->milli < milli ? was->milli : milli;
			if (was->told != (told == 1) || one < 1)
				continue;
			rc = post_back(x, movement, was, one, p);
			if (rc == RC_OK && was->told)
				rc = shortage_less(x, was, one, p);
			milli -= one;
		}
	return rc;
}

/* For whom a movement was, so that what comes back is known to be of the same person. */
static enum rc whose(struct db_conn *c, struct arena *a, int64_t movement, int64_t *patient_r, struct str *request_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_MOVEMENT);
	bool row = false;
	db_bind_i64(s, 1, movement);
	enum rc rc = db_step(s, &row, p);
	*patient_r = rc == RC_OK && row ? db_i64(s, 2) : 0;
	*request_r = rc == RC_OK && row ? arena_str(a, db_text(s, 3)) : STR_NONE;
	db_reset(s);
	return rc;
}

/* A movement of kind "back" for the person of the drawing, by which milli come back. */
static enum rc bring_back(struct act_ctx *x, const struct chain *k, struct str key, int64_t milli, struct stock_drawn *d_r, struct problem *p)
{
	struct str request = STR_NONE;
	int64_t patient = 0, no = 0;
	bool again = false;
	enum rc rc = whose(x->db, x->arena, k->first, &patient, &request, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "back", .key = key, .patient = patient, .request = request }, &no, &again, p);
	if (rc == RC_OK && !again)
		rc = chain_back(x, k, no, milli, p);
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, no, no, p);
	if (rc == RC_OK)
		rc = drawn_before(x->db, no, d_r, p);
	d_r->again = again;
	return rc;
}

static int64_t chain_sum(const struct chain *k)
{
	int64_t sum = 0;
	for (size_t i = 0; i < k->n; i++)
		sum += k->at[i].milli;
	return sum;
}

enum rc stock_draw_back(struct act_ctx *x, struct str key, struct stock_drawn *d_r, struct problem *p)
{
	char back[STOCK_KEY + 8];
	struct chain k;
	enum rc rc = chain_read(x, key, &k, p);
	if (rc != RC_OK)
		return rc;
	memcpy(back, "back:", 5);
	memcpy(back + 5, key.p, key.n);
	return bring_back(x, &k, (struct str){ back, key.n + 5 }, chain_sum(&k), d_r, p);
}

enum rc stock_draw_change(struct act_ctx *x, const struct stock_want *w, struct stock_drawn *d_r, struct problem *p)
{
	char text[STOCK_KEY + 8];
	struct chain k;
	struct stock_product product;
	struct stock_want more = *w;
	*d_r = (struct stock_drawn){ .movement = 0 };
	enum rc rc = chain_read(x, w->key, &k, p);
	if (rc == RC_OK && k.changes == CHANGES_MOST)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "key", "over %d changes", CHANGES_MOST);
	if (rc != RC_OK)
		return rc;
	more.key = change_key(w->key, k.changes + 1, text);
	more.quantity_milli = w->quantity_milli - chain_sum(&k);
	if (more.quantity_milli < 0)
		return bring_back(x, &k, more.key, -more.quantity_milli, d_r, p);
	if (more.quantity_milli == 0 || k.n == 0)
		return RC_OK;
	rc = stock_product_get(x->db, x->arena, k.at[0].product, &product, p);
	more.cis = product.cis;
	for (size_t i = 0; i < k.n; i++) /* out of the store that it was drawn from */
		if (k.at[i].from >= STOCK_FIRST_STORE)
			more.store = k.at[i].from;
	return rc == RC_OK ? stock_draw(x, &more, d_r, p) : rc;
}
