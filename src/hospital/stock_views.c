/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_views.c: what is held, where, until when and at what worth; what moved; what was given without being on the books; what is put aside. Nurses see the stores
 * of their units. No patient is named here but in stock_lot.c. Called by the gate through the rows at the end. Start at stock_view.
 */
#include <stdlib.h>
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"
#include "record/keys.h"

#define SHOWN 200          /* products of a store, on one page */
#define MOVES_SHOWN 50
#define WAITING_SHOWN 100
#define CHOSEN_LOTS 20     /* offered beside one shortage */

/* ---- stores ---- */

enum rc stock_stores_of(struct view_ctx *v, struct stock_account **at_r, size_t *n_r, struct problem *p)
{
	struct stock_account *at = arena_array(v->arena, STOCK_STORES_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_STORES);
	size_t n = 0;
	bool row = false, all = stock_sees_all(v->who, v->judge);
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, STOCK_FIRST_STORE);
	db_bind_i64(s, 2, STOCK_STORES_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct stock_account one = { .no = db_i64(s, 0), .kind = arena_str(v->arena, db_text(s, 1)), .code = arena_str(v->arena, db_text(s, 2)), .unit = arena_str(v->arena, db_text(s, 3)), .store = true, .closed_ms = db_i64(s, 4) };
		bool mine = all;
		for (unsigned i = 0; i < v->who->n_units; i++)
			mine = mine || (one.unit.n && str_is(v->who->units[i], one.unit));
		if (mine)
			at[n++] = one;
	}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

void stock_rows_accounts(struct view_ctx *v, struct rows *out, const char *set, const struct stock_account *at, size_t n)
{
	struct names names = { v->db, v->arena, NULL };
	rows_set(out, set);
	for (size_t i = 0; i < n; i++) {
		rows_row(out);
		stock_cols_account(out, &names, &at[i]);
	}
}

/* "stock_stores": set "stores": store, kind, code, unit, unit_name: those one may see; set "form": key. */
static enum rc stores_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_account *at = NULL;
	size_t n = 0;
	enum rc rc = stock_stores_of(v, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	stock_rows_accounts(v, out, "stores", at, n);
	stock_col_key(out, v->who, v->now_ms);
	return RC_OK;
}

/* ---- one store ---- */

struct line { struct stock_product product; const struct drug *drug; struct stock_held *lot; size_t n_lots, cap; int64_t milli, usable; bool has_level; int64_t level[4]; int rank; };
struct lines { struct view_ctx *v; struct line *at; size_t n; const struct drugs *base; struct str today; };

static struct line *line_of(struct lines *l, int64_t product)
{
	for (size_t i = l->n; i-- > 0;)
		if (l->at[i].product.no == product)
			return &l->at[i];
	if (l->n == STOCK_LOTS_MOST)
		return NULL;
	struct line *one = &l->at[l->n++];
	*one = (struct line){ .product = { .no = product } };
	return one;
}

static void line_lot(struct lines *l, struct line *one, const struct stock_held *held)
{
	if (one->n_lots == one->cap) {
		struct stock_held *more = arena_array(l->v->arena, one->cap ? one->cap * 2 : 4, sizeof *more);
		if (!more)
			return;
		if (one->n_lots)
			memcpy(more, one->lot, one->n_lots * sizeof *more);
		one->lot = more;
		one->cap = one->cap ? one->cap * 2 : 4;
	}
	one->lot[one->n_lots++] = *held;
	one->milli += held->milli;
	one->usable += held->lot.patient == 0 && stock_may_give(&held->lot, l->today) ? held->milli : 0;
}

static enum rc lines_held(struct lines *l, int64_t store, struct problem *p)
{
	struct db_stmt *s = db_stmt(l->v->db, ST_HOSPITAL_STOCK_STORE_HELD);
	struct arena *a = l->v->arena;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, STOCK_LOTS_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct stock_held held = { .milli = db_i64(s, 0), .lot = { .no = db_i64(s, 1), .product = db_i64(s, 2), .number = arena_str(a, db_text(s, 3)), .serial = arena_str(a, db_text(s, 4)),
			.expires_on = arena_str(a, db_text(s, 5)), .patient = db_i64(s, 6), .state = arena_str(a, db_text(s, 7)) } };
		struct line *one = line_of(l, held.lot.product);
		if (one)
			line_lot(l, one, &held);
	}
	db_reset(s);
	return rc;
}

static enum rc lines_levels(struct lines *l, int64_t store, struct problem *p)
{
	struct db_stmt *s = db_stmt(l->v->db, ST_HOSPITAL_STOCK_LEVELS);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, 0);
	db_bind_i64(s, 3, STOCK_LOTS_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct line *one = line_of(l, db_i64(s, 0));
		if (!one)
			continue;
		one->has_level = true;
		for (int i = 0; i < 4; i++)
			one->level[i] = db_i64(s, i + 1);
	}
	db_reset(s);
	return rc;
}

/* Of what may be given: 0 at or under the critical threshold, 1 the minimum, 2 in order, 3 over the maximum. Nothing is said where no threshold is. */
static int rank_of(const struct line *one)
{
	if (!one->has_level)
		return 2;
	return one->usable <= one->level[0] ? 0 : one->usable <= one->level[1] ? 1 : one->usable > one->level[3] ? 3 : 2;
}

static int most_urgent(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	int by = x->drug && y->drug ? str_cmp(x->drug->sort, y->drug->sort) : 0;
	return by ? by : x->product.no < y->product.no ? -1 : x->product.no > y->product.no;
}

static int soonest(const void *a, const void *b)
{
	const struct stock_held *x = a, *y = b;
	if ((x->lot.expires_on.n == 0) != (y->lot.expires_on.n == 0))
		return x->lot.expires_on.n == 0 ? 1 : -1;
	int by = str_cmp(x->lot.expires_on, y->lot.expires_on);
	return by ? by : x->lot.no < y->lot.no ? -1 : x->lot.no > y->lot.no;
}

/* Only specialities that the words find. */
static enum rc lines_found(struct lines *l, struct str text, struct problem *p)
{
	const struct drug **found = arena_array(l->v->arena, STOCK_LOTS_MOST, sizeof(struct drug *));
	if (!found)
		return arena_rc(l->v->arena, p);
	size_t n = l->base ? drug_find(l->base, text, found, STOCK_LOTS_MOST) : 0, kept = 0;
	n = n < STOCK_LOTS_MOST ? n : STOCK_LOTS_MOST;
	for (size_t i = 0; i < l->n; i++)
		for (size_t k = 0; k < n; k++)
			if (found[k] == l->at[i].drug) {
				l->at[kept++] = l->at[i];
				break;
			}
	l->n = kept;
	return RC_OK;
}

/* One product, or one lot of one, where the reader asks for that. */
static void lines_named(struct lines *l)
{
	int64_t cis = stock_no(l->v->args, "cis"), lot = stock_no(l->v->args, "lot");
	size_t kept = 0;
	for (size_t i = 0; i < l->n; i++) {
		struct line one = l->at[i];
		bool has = lot == 0;
		for (size_t k = 0; k < one.n_lots && !has; k++)
			if (one.lot[k].lot.no == lot) {
				one.lot += k;
				one.n_lots = 1;
				has = true;
			}
		if (has && (cis == 0 || one.product.cis == (uint64_t)cis))
			l->at[kept++] = one;
	}
	l->n = kept;
}

static enum rc lines_read(struct lines *l, int64_t store, struct problem *p)
{
	struct problem absent;
	l->at = arena_array(l->v->arena, STOCK_LOTS_MOST, sizeof *l->at);
	l->today = day_of(l->v->arena, l->v->now_ms);
	l->base = drug_base(&absent);
	enum rc rc = l->at ? lines_held(l, store, p) : arena_rc(l->v->arena, p);
	if (rc == RC_OK)
		rc = lines_levels(l, store, p);
	for (size_t i = 0; i < l->n && rc == RC_OK; i++) {
		struct line *one = &l->at[i];
		rc = stock_product_get(l->v->db, l->v->arena, one->product.no, &one->product, p);
		one->drug = l->base && rc == RC_OK ? drug_by_cis(l->base, one->product.cis) : NULL;
		one->rank = rank_of(one);
		if (one->n_lots > 1)
			qsort(one->lot, one->n_lots, sizeof *one->lot, soonest);
	}
	if (rc == RC_OK && args_get(l->v->args, "text").n)
		rc = lines_found(l, args_get(l->v->args, "text"), p);
	lines_named(l);
	if (rc == RC_OK && l->n > 1)
		qsort(l->at, l->n, sizeof *l->at, most_urgent);
	return rc == RC_OK ? arena_rc(l->v->arena, p) : rc;
}

static enum rc row_line(struct view_ctx *v, struct rows *out, const struct line *one, struct problem *p)
{
	static const char *const RANKS[] = { "critical", "low", "", "over" };
	static const char *const NAMES[] = { "critical", "minimum", "optimum", "maximum" };
	struct stock_pool pool;
	enum rc rc = stock_pool_get(v->db, one->product.no, &pool, p);
	if (rc != RC_OK)
		return rc;
	int64_t house = 0;
	for (size_t i = 0; i < one->n_lots; i++)
		house += one->lot[i].lot.patient ? 0 : one->lot[i].milli;
	rows_row(out);
	stock_cols_product(out, &one->product);
	rows_col_i64(out, "milli", one->milli);
	rows_col_i64(out, "usable", one->usable);
	rows_col_i64(out, "cents", stock_worth(&pool, house));
	col_z(out, "rank", RANKS[one->rank]);
	for (int i = 0; i < 4 && one->has_level; i++)
		rows_col_i64(out, NAMES[i], one->level[i]);
	return RC_OK;
}

/* Where a nurse's returns may go: central stores of the house; transfers go anywhere. */
static enum rc rows_places(struct view_ctx *v, struct rows *out, int64_t but, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct stock_account *at = arena_array(v->arena, STOCK_STORES_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_STORES);
	size_t n = 0;
	bool row = false, all = stock_sees_all(v->who, v->judge);
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, STOCK_FIRST_STORE);
	db_bind_i64(s, 2, STOCK_STORES_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (db_i64(s, 0) != but && db_i64(s, 4) == 0 && (all || str_eq(db_text(s, 1), "central")))
			at[n++] = (struct stock_account){ .no = db_i64(s, 0), .kind = arena_str(v->arena, db_text(s, 1)), .code = arena_str(v->arena, db_text(s, 2)), .unit = arena_str(v->arena, db_text(s, 3)), .store = true };
	db_reset(s);
	rows_set(out, "places");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		stock_cols_account(out, &names, &at[i]);
	}
	return rc;
}

/* In the order of drawing; what is never drawn by itself, expired or blocked, stands last. */
static void rows_lots(const struct lines *l, struct rows *out, const struct line *one)
{
	for (int last = 0; last < 2; last++)
		for (size_t i = 0; i < one->n_lots; i++) {
			if (stock_may_give(&one->lot[i].lot, l->today) == (last == 1))
				continue;
			rows_row(out);
			rows_col_i64(out, "cis", one->product.cis);
			rows_col(out, "counted", one->product.counted);
			stock_cols_lot(out, &one->lot[i].lot, l->today);
			rows_col_i64(out, "milli", one->lot[i].milli);
		}
}

/*
 * "stock": store, text, cis or lot (that one alone), bare (none of the products). Set "store": as stores; set "form": key; set "products", thresholds reached first: cis, name, dci, counted, narcotic, unlisted, milli (held), usable (may be
 * given), cents (worth), rank (critical, low, over), critical, minimum, optimum, maximum; set "lots", of each in the order of drawing, those that may not be given last: cis, counted, lot, number, serial, expires_on,
 * state, own, expired, milli; set "places": stores that goods may go to; set "page": total, shown. Quantities are thousandths of the unit of count.
 */
static enum rc stock_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_account store;
	struct lines l = { .v = v };
	enum rc rc = stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p);
	if (rc == RC_OK && args_get(v->args, "bare").n == 0)
		rc = lines_read(&l, store.no, p);
	if (rc != RC_OK)
		return rc;
	size_t shown = l.n < SHOWN ? l.n : SHOWN;
	stock_rows_accounts(v, out, "store", &store, 1);
	stock_col_key(out, v->who, v->now_ms);
	rows_set(out, "products");
	for (size_t i = 0; i < shown && rc == RC_OK; i++)
		rc = row_line(v, out, &l.at[i], p);
	rows_set(out, "lots");
	for (size_t i = 0; i < shown; i++)
		rows_lots(&l, out, &l.at[i]);
	rows_set(out, "page");
	rows_row(out);
	rows_col_i64(out, "total", (int64_t)l.n);
	rows_col_i64(out, "shown", (int64_t)shown);
	return rc == RC_OK ? rows_places(v, out, store.no, p) : rc;
}

enum rc stock_of_unit(struct db_conn *c, struct str unit, uint32_t cis, int64_t now_ms, int64_t *milli_r, struct problem *p)
{
	struct arena a;
	struct stock_account store;
	struct stock_product product;
	struct stock_held *at = NULL;
	size_t n = 0;
	int64_t milli = 0;
	arena_init(&a, 1u << 20);
	enum rc rc = stock_account_of_unit(c, &a, unit, &store, p);
	if (rc == RC_OK)
		rc = stock_product_of(c, &a, cis, &product, p);
	if (rc == RC_OK && store.no && product.no)
		rc = stock_held_of(c, &a, store.no, product.no, &at, &n, p);
	struct str today = day_of(&a, now_ms);
	for (size_t i = 0; i < n; i++)
		if (at[i].lot.patient == 0 && stock_may_give(&at[i].lot, today))
			milli += at[i].milli;
	arena_done(&a);
	*milli_r = milli;
	return rc;
}

/* ---- what moved ---- */

struct moved { int64_t no, movement, product, lot, from, to, milli, cents; };

static enum rc moved_read(struct view_ctx *v, enum stmt which, int64_t account, int64_t before, struct moved *at, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, before);
	db_bind_i64(s, 3, MOVES_SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct moved){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), db_i64(s, 5), db_i64(s, 6), db_i64(s, 7) };
	db_reset(s);
	return rc;
}

static int newest(const void *a, const void *b)
{
	const struct moved *x = a, *y = b;
	return x->no > y->no ? -1 : x->no < y->no;
}

struct deed { struct str kind, reason, sealed; int64_t patient, made_ms, at_ms; uint32_t by; };

static enum rc deed_get(struct view_ctx *v, int64_t no, struct deed *d, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_MOVEMENT);
	bool row = false;
	*d = (struct deed){ .patient = 0 };
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*d = (struct deed){ arena_str(v->arena, db_text(s, 0)), arena_str(v->arena, db_text(s, 1)), db_is_null(s, 7) ? STR_NONE : arena_str(v->arena, db_text(s, 7)), db_i64(s, 2), db_i64(s, 5), db_i64(s, 6),
			(uint32_t)db_i64(s, 4) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc row_moved(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, const struct moved *m, int64_t store, struct problem *p)
{
	struct stock_product product;
	struct stock_lot lot;
	struct stock_account other;
	struct deed d;
	struct str text = STR_NONE;
	enum rc rc = stock_product_get(v->db, v->arena, m->product, &product, p);
	if (rc == RC_OK)
		rc = stock_lot_get(v->db, v->arena, m->lot, &lot, p);
	if (rc == RC_OK)
		rc = stock_account_get(v->db, v->arena, m->from == store ? m->to : m->from, &other, p);
	if (rc == RC_OK)
		rc = deed_get(v, m->movement, &d, p);
	if (rc == RC_OK && d.sealed.n)
		rc = keys_unseal(v->db, 0, (struct keys_bound){ SEALS_STOCK, d.made_ms, d.by }, d.sealed, &text, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_col_i64(out, "at", d.at_ms);
	rows_col(out, "move", d.kind);
	col(out, "reason", d.reason);
	col(out, "text", text);
	col(out, "by_name", person_of(people, d.by).name);
	rows_col_i64(out, "delta", m->from == store ? -m->milli : m->milli);
	rows_col_i64(out, "cents", m->cents);
	col(out, "number", lot.number);
	col(out, "expires_on", lot.expires_on);
	stock_cols_product(out, &product);
	stock_cols_account(out, names, &other);
	return RC_OK;
}

/*
 * "stock_movements": store, before. Set "store"; set "moves", the newest first: at, move (kind of deed), reason, text, by_name, delta (thousandths, with its sign), cents, number,
 * expires_on, the product's columns, and of the other side store, kind, code, unit, unit_name; set "more": before (the cursor), where there are older ones.
 */
static enum rc movements_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct stock_account store;
	struct moved *at = arena_array(v->arena, 2 * MOVES_SHOWN, sizeof *at);
	int64_t before = stock_no(v->args, "before");
	size_t n = 0;
	before = before ? before : INT64_MAX;
	enum rc rc = at ? stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = moved_read(v, ST_HOSPITAL_STOCK_POSTINGS_OUT, store.no, before, at, &n, p);
	if (rc == RC_OK)
		rc = moved_read(v, ST_HOSPITAL_STOCK_POSTINGS_IN, store.no, before, at, &n, p);
	if (rc != RC_OK)
		return rc;
	if (n > 1)
		qsort(at, n, sizeof *at, newest);
	stock_rows_accounts(v, out, "store", &store, 1);
	rows_set(out, "moves");
	for (size_t i = 0; i < n && i < MOVES_SHOWN && rc == RC_OK; i++)
		rc = row_moved(v, out, &people, &names, &at[i], store.no, p);
	rows_set(out, "more");
	if (n > MOVES_SHOWN) {
		rows_row(out);
		rows_col_i64(out, "before", at[MOVES_SHOWN - 1].no);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- given, but not on the books ---- */

struct waiting { int64_t no, product, store, milli, made_ms; struct str unit; };

static enum rc waiting_read(struct view_ctx *v, struct str unit, struct waiting *at, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, unit.n ? ST_HOSPITAL_STOCK_SHORTAGES_OF : ST_HOSPITAL_STOCK_SHORTAGES);
	bool row = false;
	int i = 0;
	enum rc rc;
	if (unit.n)
		db_bind_str(s, ++i, unit);
	db_bind_i64(s, ++i, 0);
	db_bind_i64(s, ++i, WAITING_SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && *n_r < WAITING_SHOWN)
		at[(*n_r)++] = (struct waiting){ db_i64(s, 0), db_i64(s, 2), db_i64(s, 3), db_i64(s, 5), db_i64(s, 6), arena_str(v->arena, db_text(s, 4)) };
	db_reset(s);
	return rc;
}

static enum rc row_waiting(struct view_ctx *v, struct rows *out, struct names *names, const struct waiting *w, struct problem *p)
{
	struct stock_product product;
	struct stock_account store = { .no = 0 };
	enum rc rc = stock_product_get(v->db, v->arena, w->product, &product, p);
	if (rc == RC_OK && w->store)
		rc = stock_account_get(v->db, v->arena, w->store, &store, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_col_i64(out, "no", w->no);
	rows_col_i64(out, "milli", w->milli);
	rows_col_i64(out, "at", w->made_ms);
	stock_cols_product(out, &product);
	if (w->store)
		stock_cols_account(out, names, &store);
	else
		col(out, "unit_name", name_of(names, "Organization", w->unit));
	return RC_OK;
}

/* The lots that it may have been taken from. */
static enum rc rows_choice(struct view_ctx *v, struct rows *out, const struct waiting *w, struct str today, struct problem *p)
{
	struct stock_held *at = NULL;
	size_t n = 0;
	enum rc rc = w->store ? stock_held_of(v->db, v->arena, w->store, w->product, &at, &n, p) : RC_OK;
	for (size_t i = 0; i < n && i < CHOSEN_LOTS && rc == RC_OK; i++)
		if (at[i].lot.patient == 0 && at[i].milli >= w->milli) {
			rows_row(out);
			rows_col_i64(out, "no", w->no);
			stock_cols_lot(out, &at[i].lot, today);
			rows_col_i64(out, "milli", at[i].milli);
		}
	return rc;
}

/*
 * "stock_shortages": doses that were given and were not on the books: a pharmacist's are all, others see their units'. Set "shortages", the oldest first: no, milli, at, product's and
 * store's columns; set "lots": no (of the shortage), the lot's columns, milli.
 */
static enum rc shortages_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct waiting *at = arena_array(v->arena, WAITING_SHOWN, sizeof *at);
	struct str today = day_of(v->arena, v->now_ms);
	size_t n = 0;
	bool all = stock_is_pharmacy(v->who, v->judge);
	enum rc rc = !at ? arena_rc(v->arena, p) : all ? waiting_read(v, STR_NONE, at, &n, p) : RC_OK;
	for (unsigned i = 0; !all && i < v->who->n_units && rc == RC_OK; i++)
		rc = waiting_read(v, v->who->units[i], at, &n, p);
	rows_set(out, "shortages");
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = row_waiting(v, out, &names, &at[i], p);
	rows_set(out, "lots");
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = rows_choice(v, out, &at[i], today, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- worth ---- */

/* "stock_value": set "total": cents; set "products": product's columns, milli, cents, average (cents of a thousand units of count). All stores of the house together. */
static enum rc value_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct pool { int64_t product, milli, cents; } *at = arena_array(v->arena, STOCK_PRODUCTS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_POOLS);
	int64_t total = 0;
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, STOCK_PRODUCTS_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n] = (struct pool){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2) };
		total += at[n++].cents;
	}
	db_reset(s);
	rows_set(out, "total");
	rows_row(out);
	rows_col_i64(out, "cents", total);
	rows_set(out, "products");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct stock_product product;
		struct stock_pool pool = { at[i].milli, at[i].cents };
		if (at[i].milli == 0)
			continue;
		rc = stock_product_get(v->db, v->arena, at[i].product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, &product);
		rows_col_i64(out, "milli", at[i].milli);
		rows_col_i64(out, "cents", at[i].cents);
		rows_col_i64(out, "average", (int64_t)(((__int128)pool.cents * 1000 * STOCK_UNIT_MILLI * 2 + pool.milli) / ((__int128)pool.milli * 2)));
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view stock_views[] = {
	{ .name = "stock_stores",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = stores_view },
	{ .name = "stock",           .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = stock_view },
	{ .name = "stock_movements", .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = movements_view },
	{ .name = "stock_shortages", .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META, .run = shortages_view },
	{ .name = "stock_value",     .may = MAY_PHARMACY,                          .reveals = REVEALS_META, .run = value_view },
	{ .name = NULL },
};
