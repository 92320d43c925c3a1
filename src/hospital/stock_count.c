/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_count.c: inventories and the narcotics register. A count is signed by who counted and then by somebody else, with a proof of the moment; that second signature
 * posts its variances. Entries and exits of narcotics are in the register the moment they are posted (code de la santé publique, art. R. 5132-36: each entry and exit is entered);
 * the second signature of each line is the house's own rule. Nobody signs twice, and nothing that was signed changes. Called by the gate through the rows at the end. Start at
 * second_run and register_sign.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"

#define COUNTS_SHOWN 30
#define LINES_MOST STOCK_LOTS_MOST
#define REGISTER_SHOWN 100
#define SIGNED_MOST 500     /* lines of the register, by one signature */

struct count { int64_t no, store, made_by, made_ms, first_by, first_ms, second_by, second_ms, dropped_ms; bool blind; };
struct counted { int64_t lot, expected, counted; };

static struct count count_row(struct db_stmt *s)
{
	return (struct count){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), db_i64(s, 5), db_i64(s, 6), db_i64(s, 7), db_i64(s, 8), db_i64(s, 9) != 0 };
}

/* BARRIER: who counts is not shown what the books say before the first signature: neither them nor by how much a lot differs. */
static bool hides_books(const struct count *k) { return k->blind && !k->first_by && !k->dropped_ms; }

/* NOT_FOUND too when the count is of a store that is not the reader's. */
static enum rc count_get(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, int64_t no, struct count *k, struct stock_account *store, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_COUNT);
	bool row = false;
	*k = (struct count){ .no = 0 };
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*k = count_row(s);
	db_reset(s);
	if (rc == RC_OK && !k->no)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no count %lld", (long long)no);
	return rc == RC_OK ? stock_store_mine(c, a, who, judge, k->store, store, p) : rc;
}

static enum rc counted_read(struct db_conn *c, struct arena *a, int64_t count, struct counted **at_r, size_t *n_r, struct problem *p)
{
	struct counted *at = arena_array(a, LINES_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_COUNT_LINES);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, count);
	db_bind_i64(s, 2, LINES_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct counted){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2) };
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc;
}

static void row_no(struct rows *out, int64_t no)
{
	rows_set(out, "count");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "stock_count_open": store, sighted (flag: the books are shown while it is counted) → set "count": no. One at a time of a store; blind where nothing is said. */
static enum rc open_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_COUNT_ADD);
	db_bind_i64(s, 1, store.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, args_get(x->args, "sighted").n == 0);
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_STOCK_COUNTING, "store", "store %lld", (long long)store.no);
	if (rc == RC_OK)
		row_no(out, db_last_rowid(x->db));
	return rc;
}

static enum rc is_open(const struct count *k, struct problem *p)
{
	return k->first_by || k->dropped_ms ? problem_set(p, RC_CONFLICT, WHY_STOCK_COUNT_CLOSED, "no", "count %lld", (long long)k->no) : RC_OK;
}

/* "stock_count_line": no, lot, quantity → set "count": no. What the books say is taken with it: what moves afterwards does not change the variance. */
static enum rc line_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct count k;
	struct stock_account store;
	struct stock_lot lot;
	int64_t milli = 0, books = 0;
	enum rc rc = count_get(x->db, x->arena, x->who, x->judge, stock_no(x->args, "no"), &k, &store, p);
	if (rc == RC_OK)
		rc = is_open(&k, p);
	if (rc == RC_OK)
		rc = stock_lot_get(x->db, x->arena, stock_no(x->args, "lot"), &lot, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", true, &milli, p);
	if (rc == RC_OK)
		rc = stock_balance_get(x->db, store.no, &lot, &books, p);
	if (rc != RC_OK)
		return rc;
	const int64_t at[] = { k.no, lot.no, books, milli, x->who->account, x->now_ms };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_COUNT_LINE_PUT);
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	rc = db_run(s, p);
	if (rc == RC_OK)
		row_no(out, k.no);
	return rc;
}

/* "stock_count_sign": no → set "count": no. The first signature: the lines stay as they are from now on. */
static enum rc first_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct count k;
	struct stock_account store;
	struct counted *at = NULL;
	size_t n = 0;
	enum rc rc = count_get(x->db, x->arena, x->who, x->judge, stock_no(x->args, "no"), &k, &store, p);
	if (rc == RC_OK)
		rc = is_open(&k, p);
	if (rc == RC_OK)
		rc = counted_read(x->db, x->arena, k.no, &at, &n, p);
	if (rc == RC_OK && n == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_COUNT_EMPTY, "no", "count %lld", (long long)k.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_COUNT_FIRST);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		row_no(out, k.no);
	return rc;
}

static enum rc variance_post(struct act_ctx *x, int64_t movement, const struct stock_account *store, const struct counted *one, struct problem *p)
{
	struct stock_account correction = stock_outside(STOCK_CORRECTION);
	struct stock_product product;
	struct stock_lot lot;
	int64_t delta = one->counted - one->expected;
	if (delta == 0)
		return RC_OK;
	enum rc rc = stock_lot_get(x->db, x->arena, one->lot, &lot, p);
	if (rc == RC_OK)
		rc = stock_product_get(x->db, x->arena, lot.product, &product, p);
	return rc == RC_OK ? stock_post(x, movement, &product, &lot, delta > 0 ? &correction : store, delta > 0 ? store : &correction, delta > 0 ? delta : -delta, -1, p) : rc;
}

static enum rc variances_post(struct act_ctx *x, const struct count *k, const struct stock_account *store, struct problem *p)
{
	struct counted *at = NULL;
	struct buf key;
	int64_t movement = 0;
	size_t n = 0;
	bool again = false;
	buf_init(&key, 40);
	buf_i64(&key, k->no);
	enum rc rc = counted_read(x->db, x->arena, k->no, &at, &n, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "count", .key = stock_form_key(x->arena, "count", buf_view(&key)) }, &movement, &again, p);
	buf_done(&key);
	for (size_t i = 0; i < n && rc == RC_OK && !again; i++)
		rc = variance_post(x, movement, store, &at[i], p);
	return rc == RC_OK && !again ? stock_levels_moved(x, movement, movement, p) : rc;
}

/* "stock_count_close": no, code → set "count": no. The second signature, by somebody else: its variances are posted, all or none. */
static enum rc second_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct count k;
	struct stock_account store;
	enum rc rc = count_get(x->db, x->arena, x->who, x->judge, stock_no(x->args, "no"), &k, &store, p);
	if (rc == RC_OK && (!k.first_by || k.second_by || k.dropped_ms))
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_NOT_SIGNED, "no", "count %lld", (long long)k.no);
	if (rc == RC_OK && k.first_by == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_STOCK_SIGN_TWICE, "no", "account %u", x->who->account);
	if (rc == RC_OK)
		rc = variances_post(x, &k, &store, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_COUNT_SECOND);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		row_no(out, k.no);
	return rc;
}

/* "stock_count_drop": no → set "count": no. Nothing is posted; the store may be counted anew. */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct count k;
	struct stock_account store;
	enum rc rc = count_get(x->db, x->arena, x->who, x->judge, stock_no(x->args, "no"), &k, &store, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_COUNT_DROP);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_COUNT_CLOSED, "no", "count %lld", (long long)k.no);
	if (rc == RC_OK)
		row_no(out, k.no);
	return rc;
}

/* ---- counts as they are seen ---- */

static void row_count(struct rows *out, struct people *people, const struct count *k, uint32_t reader)
{
	rows_row(out);
	rows_col_i64(out, "no", k->no);
	rows_col_i64(out, "at", k->made_ms);
	col(out, "by_name", person_of(people, (uint32_t)k->made_by).name);
	if (k->first_by) {
		rows_col_i64(out, "first_at", k->first_ms);
		col(out, "first_name", person_of(people, (uint32_t)k->first_by).name);
	}
	if (k->second_by) {
		rows_col_i64(out, "second_at", k->second_ms);
		col(out, "second_name", person_of(people, (uint32_t)k->second_by).name);
	}
	col_z(out, "state", k->dropped_ms ? "dropped" : k->second_by ? "closed" : k->first_by ? "signed" : "open");
	col_flag(out, "mine", k->first_by == reader);
	col_flag(out, "blind", k->blind);
}

/* "stock_counts": store. Set "store"; set "counts", the newest first: no, at, by_name, first_at, first_name, second_at, second_name, state (open, signed, closed, dropped), mine (first signed), blind. */
static enum rc counts_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct stock_account store;
	struct count at[COUNTS_SHOWN];
	size_t n = 0;
	bool row = false;
	enum rc rc = stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_COUNTS);
	db_bind_i64(s, 1, store.no);
	db_bind_i64(s, 2, INT64_MAX);
	db_bind_i64(s, 3, COUNTS_SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < COUNTS_SHOWN)
		at[n++] = count_row(s);
	db_reset(s);
	stock_rows_accounts(v, out, "store", &store, 1);
	rows_set(out, "counts");
	for (size_t i = 0; i < n; i++)
		row_count(out, &people, &at[i], v->who->account);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc row_counted(struct view_ctx *v, struct rows *out, const struct count *k, int64_t no, int64_t books, const struct counted *line, struct str today, struct problem *p)
{
	struct stock_product product;
	struct stock_lot lot;
	enum rc rc = stock_lot_get(v->db, v->arena, no, &lot, p);
	if (rc == RC_OK)
		rc = stock_product_get(v->db, v->arena, lot.product, &product, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	stock_cols_product(out, &product);
	stock_cols_lot(out, &lot, today);
	if (line)
		rows_col_i64(out, "counted_milli", line->counted);
	if (hides_books(k))
		return RC_OK;
	rows_col_i64(out, "books", books);
	if (line)
		rows_col_i64(out, "variance", line->counted - line->expected);
	return RC_OK;
}

/* Lots that the store holds, counted or not; then those counted that it does not hold. */
static enum rc rows_counted(struct view_ctx *v, struct rows *out, const struct count *k, struct problem *p)
{
	struct { int64_t lot, milli; } *held = arena_array(v->arena, STOCK_LOTS_MOST, sizeof *held);
	struct counted *at = NULL;
	struct str today = day_of(v->arena, v->now_ms);
	size_t n = 0, n_held = 0;
	bool row = false;
	enum rc rc = held ? counted_read(v->db, v->arena, k->no, &at, &n, p) : arena_rc(v->arena, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_STORE_HELD);
	db_bind_i64(s, 1, k->store);
	db_bind_i64(s, 2, STOCK_LOTS_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		held[n_held].milli = db_i64(s, 0);
		held[n_held++].lot = db_i64(s, 1);
	}
	db_reset(s);
	rows_set(out, "lines");
	for (size_t i = 0; i < n_held && rc == RC_OK; i++) {
		const struct counted *line = NULL;
		for (size_t j = 0; j < n; j++)
			if (at[j].lot == held[i].lot) {
				line = &at[j];
				at[j].lot = 0;
				break;
			}
		rc = row_counted(v, out, k, held[i].lot, held[i].milli, line, today, p);
	}
	for (size_t j = 0; j < n && rc == RC_OK; j++)
		if (at[j].lot)
			rc = row_counted(v, out, k, at[j].lot, 0, &at[j], today, p);
	return rc;
}

/*
 * "stock_count": no. Sets "store" and "count" as in stock_counts; set "lines": product's and lot's columns, books (held now), counted_milli and variance once it was counted; of a blind count neither
 * books nor variance before it was signed.
 */
static enum rc count_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct stock_account store;
	struct count k;
	enum rc rc = count_get(v->db, v->arena, v->who, v->judge, stock_no(v->args, "no"), &k, &store, p);
	if (rc != RC_OK)
		return rc;
	stock_rows_accounts(v, out, "store", &store, 1);
	rows_set(out, "count");
	row_count(out, &people, &k, v->who->account);
	rc = rows_counted(v, out, &k, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the narcotics register ---- */

/* "stock_registers": set "registers": product's and store's columns, left: what each of the reader's stores holds of each narcotic; open: lines that wait for a second signature. */
static enum rc registers_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct stock_account *stores = NULL;
	struct stock_product *at = arena_array(v->arena, STOCK_LOTS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_NARCOTICS);
	size_t n = 0, n_stores = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, STOCK_LOTS_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++].no = db_i64(s, 0);
	db_reset(s);
	if (rc == RC_OK)
		rc = stock_holders_of(v, &stores, &n_stores, p);
	rows_set(out, "registers");
	for (size_t i = 0; i < n * n_stores && rc == RC_OK; i++) {
		struct stock_product *product = &at[i / n_stores];
		const struct stock_account *store = &stores[i % n_stores];
		int64_t open = 0;
		s = db_stmt(v->db, ST_HOSPITAL_STOCK_REGISTER_LAST);
		db_bind_i64(s, 1, store->no);
		db_bind_i64(s, 2, product->no);
		rc = db_step(s, &row, p);
		bool any = rc == RC_OK && row;
		int64_t left = any ? db_i64(s, 0) : 0;
		db_reset(s);
		if (!any)
			continue;
		s = db_stmt(v->db, ST_HOSPITAL_STOCK_REGISTER_OPEN);
		db_bind_i64(s, 1, store->no);
		db_bind_i64(s, 2, product->no);
		db_bind_i64(s, 3, INT64_MAX);
		db_bind_i64(s, 4, SIGNED_MOST);
		while ((rc = db_step(s, &row, p)) == RC_OK && row)
			open++;
		db_reset(s);
		if (rc == RC_OK && !product->cis)
			rc = stock_product_get(v->db, v->arena, product->no, product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, product);
		stock_cols_account(out, &names, store);
		rows_col_i64(out, "left", left);
		rows_col_i64(out, "open", open);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

struct entry { int64_t no, posting, delta, left, by, at_ms, second_by, second_ms; };

static enum rc row_entry(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, const struct entry *e, struct problem *p)
{
	struct stock_account other;
	struct stock_lot lot;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_POSTING);
	int64_t at[6] = { 0, 0, 0, 0, 0, 0 };
	bool row = false;
	db_bind_i64(s, 1, e->posting);
	enum rc rc = db_step(s, &row, p);
	for (int i = 0; i < 6 && rc == RC_OK && row; i++)
		at[i] = db_i64(s, i);
	db_reset(s);
	if (rc == RC_OK)
		rc = stock_account_get(v->db, v->arena, e->delta < 0 ? at[5] : at[4], &other, p);
	if (rc == RC_OK)
		rc = stock_lot_get(v->db, v->arena, at[3], &lot, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_col_i64(out, "no", e->no);
	rows_col_i64(out, "at", e->at_ms);
	rows_col_i64(out, "delta", e->delta);
	rows_col_i64(out, "left", e->left);
	rows_col_i64(out, "movement", at[1]);
	col(out, "number", lot.number);
	col(out, "by_name", person_of(people, (uint32_t)e->by).name);
	col_flag(out, "mine", e->by == v->who->account);
	if (e->second_by) {
		rows_col_i64(out, "second_at", e->second_ms);
		col(out, "second_name", person_of(people, (uint32_t)e->second_by).name);
	}
	stock_cols_account(out, names, &other);
	return RC_OK;
}

/*
 * "stock_register": store, cis, before. Sets "store", "product"; set "lines", the newest first: no, at, delta, left (after it), movement, number, by_name, mine, second_at, second_name, and of the
 * other side the store's columns; set "more": before. No patient is named: the movement's number leads to the order it was given by.
 */
static enum rc register_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct stock_account store;
	struct stock_product product = { .no = 0 };
	struct entry *at = arena_array(v->arena, REGISTER_SHOWN + 1, sizeof *at);
	int64_t before = stock_no(v->args, "before");
	uint32_t cis = 0;
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = stock_cis(v->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_product_of(v->db, v->arena, cis, &product, p);
	if (rc == RC_OK && !product.narcotic)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "cis", "no register of %u", cis);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_REGISTER_OF);
	db_bind_i64(s, 1, store.no);
	db_bind_i64(s, 2, product.no);
	db_bind_i64(s, 3, before ? before : INT64_MAX);
	db_bind_i64(s, 4, REGISTER_SHOWN + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct entry){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), db_i64(s, 5), db_i64(s, 6), db_i64(s, 7) };
	db_reset(s);
	stock_rows_accounts(v, out, "store", &store, 1);
	rows_set(out, "product");
	rows_row(out);
	stock_cols_product(out, &product);
	rows_set(out, "lines");
	for (size_t i = 0; i < n && i < REGISTER_SHOWN && rc == RC_OK; i++)
		rc = row_entry(v, out, &people, &names, &at[i], p);
	rows_set(out, "more");
	if (n > REGISTER_SHOWN) {
		rows_row(out);
		rows_col_i64(out, "before", at[REGISTER_SHOWN - 1].no);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "stock_register_sign": store, cis, upto, code → set "signed": lines. Every line up to that one that somebody else entered and nobody signed yet. */
static enum rc register_sign(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store;
	struct stock_product product = { .no = 0 };
	int64_t *at = arena_array(x->arena, SIGNED_MOST, sizeof *at), own = 0;
	uint32_t cis = 0;
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? stock_store_mine(x->db, x->arena, x->who, x->judge, stock_no(x->args, "store"), &store, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_product_of(x->db, x->arena, cis, &product, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_REGISTER_OPEN);
	if (rc == RC_OK) {
		db_bind_i64(s, 1, store.no);
		db_bind_i64(s, 2, product.no);
		db_bind_i64(s, 3, stock_no(x->args, "upto"));
		db_bind_i64(s, 4, SIGNED_MOST);
	}
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		if (db_i64(s, 1) == x->who->account)
			own++;
		else
			at[n++] = db_i64(s, 0);
	}
	db_reset(s);
	if (rc == RC_OK && n == 0)
		rc = own ? problem_set(p, RC_DENIED, WHY_STOCK_SIGN_TWICE, "upto", "account %u", x->who->account) : problem_set(p, RC_CONFLICT, WHY_STOCK_NOT_SIGNED, "upto", "no line waits");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		s = db_stmt(x->db, ST_HOSPITAL_STOCK_REGISTER_SIGN);
		db_bind_i64(s, 1, at[i]);
		db_bind_i64(s, 2, x->who->account);
		db_bind_i64(s, 3, x->now_ms);
		rc = db_run(s, p);
	}
	if (rc == RC_OK) {
		rows_set(out, "signed");
		rows_row(out);
		rows_col_i64(out, "lines", (int64_t)n);
	}
	return rc;
}

#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define STORE_FIELD { .name = "store", .label = "Store", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }
#define CODE_FIELD { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }

static const struct field OPEN_FIELDS[] = { STORE_FIELD, { .name = "sighted", .label = "Show the books", .kind = FIELD_FLAG }, FIELDS_END };
static const struct field NO_FIELDS[] = { NO_FIELD, FIELDS_END };
static const struct field LINE_FIELDS[] = {
	NO_FIELD, { .name = "lot", .label = "Lot", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { .name = "quantity", .label = "Quantity", .kind = FIELD_TEXT, .max = 20, .required = true }, FIELDS_END,
};
static const struct field CLOSE_FIELDS[] = { NO_FIELD, CODE_FIELD, FIELDS_END };
static const struct field SIGN_FIELDS[] = {
	STORE_FIELD, { .name = "cis", .label = "Medicine", .kind = FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true },
	{ .name = "upto", .label = "Up to line", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE_FIELD, FIELDS_END,
};

const struct view stock_count_views[] = {
	{ .name = "stock_counts",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = counts_view },
	{ .name = "stock_count",     .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .run = count_view },
	{ .name = "stock_registers", .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META, .run = registers_view },
	{ .name = "stock_register",  .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META, .run = register_view },
	{ .name = NULL },
};
const struct act stock_count_acts[] = {
	{ .name = "stock_count_open",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = OPEN_FIELDS,  .run = open_run },
	{ .name = "stock_count_line",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = LINE_FIELDS,  .run = line_run },
	{ .name = "stock_count_sign",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = NO_FIELDS,    .run = first_run },
	{ .name = "stock_count_close",   .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = CLOSE_FIELDS, .fresh = true, .run = second_run },
	{ .name = "stock_count_drop",    .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = NO_FIELDS,    .run = drop_run },
	{ .name = "stock_register_sign", .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META, .fields = SIGN_FIELDS,  .fresh = true, .run = register_sign },
	{ .name = NULL },
};
