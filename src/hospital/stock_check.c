/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_check.c: every figure of the stock anew from its postings: balances, pools and the narcotics register held against what they add up to. It must never
 * mend anything: what differs is told. Called by the view "stock_check" and by tests. Start at stock_recompute.
 */
#include <stdlib.h>
#include <string.h>

#include "hospital/matters.h"
#include "hospital/stock_inner.h"

#define PORTION 5000

/* Sums by three numbers: an open hash table that doubles. */
struct sum { int64_t a, b, c, milli, cents; bool used; };
struct sums { struct sum *at; size_t n, cap; bool failed; };

static size_t place_of(const struct sums *s, int64_t a, int64_t b, int64_t c)
{
	uint64_t h = (uint64_t)a * UINT64_C(0x9E3779B97F4A7C15) ^ (uint64_t)b * UINT64_C(0xC2B2AE3D27D4EB4F) ^ (uint64_t)c * UINT64_C(0x165667B19E3779F9);
	size_t i = (size_t)(h ^ (h >> 29)) & (s->cap - 1);
	while (s->at[i].used && (s->at[i].a != a || s->at[i].b != b || s->at[i].c != c))
		i = (i + 1) & (s->cap - 1);
	return i;
}

static bool room(struct sums *s)
{
	struct sums more = { calloc(s->cap ? s->cap * 2 : 1024, sizeof *more.at), s->n, s->cap ? s->cap * 2 : 1024, false };
	if (!more.at) {
		s->failed = true;
		return false;
	}
	for (size_t i = 0; i < s->cap; i++)
		if (s->at[i].used)
			more.at[place_of(&more, s->at[i].a, s->at[i].b, s->at[i].c)] = s->at[i];
	free(s->at);
	*s = more;
	return true;
}

static void add(struct sums *s, int64_t a, int64_t b, int64_t c, int64_t milli, int64_t cents)
{
	if (s->failed || (s->n * 2 >= s->cap && !room(s)))
		return;
	struct sum *one = &s->at[place_of(s, a, b, c)];
	s->n += !one->used;
	*one = (struct sum){ a, b, c, one->milli + milli, one->cents + cents, true };
}

/* What is summed; lots of patients and narcotics are known by a look each. */
struct anew { struct db_conn *c; struct arena arena; struct sums balance, pool, held /* narcotics of a store */, lots /* 1 the house's, 2 a narcotic, 3 both: milli */, all /* by lot over all accounts */; };

static enum rc lot_kind(struct anew *n, int64_t lot, int64_t product, int64_t *kind_r, struct problem *p)
{
	struct stock_lot l;
	struct stock_product q = { .no = 0 };
	if (n->lots.cap) {
		const struct sum *one = &n->lots.at[place_of(&n->lots, lot, 0, 0)];
		if (one->used) {
			*kind_r = one->milli;
			return RC_OK;
		}
	}
	arena_reset(&n->arena);
	enum rc rc = stock_lot_get(n->c, &n->arena, lot, &l, p);
	if (rc == RC_OK)
		rc = stock_product_get(n->c, &n->arena, product, &q, p);
	if (rc != RC_OK)
		return rc;
	*kind_r = (l.patient == 0) | (int64_t)q.narcotic << 1;
	add(&n->lots, lot, 0, 0, *kind_r, 0);
	return RC_OK;
}

static enum rc posting_add(struct anew *n, const int64_t at[8], struct problem *p)
{
	int64_t product = at[2], lot = at[3], from = at[4], to = at[5], milli = at[6], cents = at[7], kind = 0;
	enum rc rc = lot_kind(n, lot, product, &kind, p);
	int in = (to >= STOCK_FIRST_STORE) - (from >= STOCK_FIRST_STORE);
	add(&n->balance, from, product, lot, -milli, 0);
	add(&n->balance, to, product, lot, milli, 0);
	if (in && (kind & 1))
		add(&n->pool, product, 0, 0, in * milli, in * cents);
	if (kind == 3 && from >= STOCK_FIRST_STORE)
		add(&n->held, from, product, 0, -milli, 0);
	if (kind == 3 && to >= STOCK_FIRST_STORE)
		add(&n->held, to, product, 0, milli, 0);
	return rc;
}

static enum rc walk_postings(struct anew *n, struct stock_checked *r, struct problem *p)
{
	int64_t last = 0, seen = PORTION;
	enum rc rc = RC_OK;
	int64_t(*at)[8] = calloc(PORTION, sizeof *at);
	if (!at)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	while (rc == RC_OK && seen == PORTION && !n->balance.failed) {
		struct db_stmt *s = db_stmt(n->c, ST_HOSPITAL_STOCK_POSTINGS);
		bool row = false;
		seen = 0;
		db_bind_i64(s, 1, last);
		db_bind_i64(s, 2, PORTION);
		while ((rc = db_step(s, &row, p)) == RC_OK && row) {
			for (int i = 0; i < 8; i++)
				at[seen][i] = db_i64(s, i);
			last = at[seen++][0];
		}
		db_reset(s);
		r->postings += seen;
		for (int64_t i = 0; i < seen && rc == RC_OK; i++)
			rc = posting_add(n, at[i], p);
	}
	free(at);
	return rc;
}

/* Rows that are there are taken off what was summed: what is left over, on either side, is wrong. */
static enum rc walk_balances(struct anew *n, struct stock_checked *r, struct problem *p)
{
	int64_t account = 0, product = 0, lot = 0, seen = PORTION;
	enum rc rc = RC_OK;
	while (rc == RC_OK && seen == PORTION) {
		struct db_stmt *s = db_stmt(n->c, ST_HOSPITAL_STOCK_BALANCES);
		bool row = false;
		seen = 0;
		db_bind_i64(s, 1, account);
		db_bind_i64(s, 2, product);
		db_bind_i64(s, 3, lot);
		db_bind_i64(s, 4, PORTION);
		while ((rc = db_step(s, &row, p)) == RC_OK && row) {
			account = db_i64(s, 0);
			product = db_i64(s, 1);
			lot = db_i64(s, 2);
			add(&n->balance, account, product, lot, -db_i64(s, 3), 0);
			add(&n->all, product, lot, 0, db_i64(s, 3), 0);
			seen++;
		}
		db_reset(s);
		r->balances += seen;
	}
	return rc;
}

static enum rc walk_pools(struct anew *n, struct problem *p)
{
	int64_t last = 0, seen = PORTION;
	enum rc rc = RC_OK;
	while (rc == RC_OK && seen == PORTION) {
		struct db_stmt *s = db_stmt(n->c, ST_HOSPITAL_STOCK_POOLS);
		bool row = false;
		seen = 0;
		db_bind_i64(s, 1, last);
		db_bind_i64(s, 2, PORTION);
		while ((rc = db_step(s, &row, p)) == RC_OK && row) {
			last = db_i64(s, 0);
			add(&n->pool, last, 0, 0, -db_i64(s, 1), -db_i64(s, 2));
			seen++;
		}
		db_reset(s);
	}
	return rc;
}

/* Each line is the one before it and its own change; the last is what the store holds. */
static enum rc walk_register(struct anew *n, struct stock_checked *r, struct problem *p)
{
	struct sums left = { .n = 0 };
	int64_t last = 0, seen = PORTION;
	enum rc rc = RC_OK;
	while (rc == RC_OK && seen == PORTION) {
		struct db_stmt *s = db_stmt(n->c, ST_HOSPITAL_STOCK_REGISTER_ALL);
		bool row = false;
		seen = 0;
		db_bind_i64(s, 1, last);
		db_bind_i64(s, 2, PORTION);
		while ((rc = db_step(s, &row, p)) == RC_OK && row) {
			int64_t store = db_i64(s, 1), product = db_i64(s, 2);
			last = db_i64(s, 0);
			add(&left, store, product, 0, db_i64(s, 4), 0);
			if (!left.failed)
				r->wrong_registers += left.at[place_of(&left, store, product, 0)].milli != db_i64(s, 5);
			add(&n->held, store, product, 0, -db_i64(s, 4), 0);
			seen++;
		}
		db_reset(s);
	}
	n->held.failed = n->held.failed || left.failed;
	free(left.at);
	return rc;
}

static int64_t not_zero(const struct sums *s)
{
	int64_t n = 0;
	for (size_t i = 0; i < s->cap; i++)
		n += s->at[i].used && (s->at[i].milli != 0 || s->at[i].cents != 0);
	return n;
}

enum rc stock_recompute(struct db_conn *c, struct stock_checked *r, struct problem *p)
{
	struct anew n = { .c = c };
	*r = (struct stock_checked){ .postings = 0 };
	arena_init(&n.arena, 1u << 20);
	enum rc rc = walk_postings(&n, r, p);
	if (rc == RC_OK)
		rc = walk_balances(&n, r, p);
	if (rc == RC_OK)
		rc = walk_pools(&n, p);
	if (rc == RC_OK)
		rc = walk_register(&n, r, p);
	if (rc == RC_OK && (n.balance.failed || n.pool.failed || n.held.failed || n.lots.failed || n.all.failed))
		rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	r->wrong_balances = not_zero(&n.balance);
	r->wrong_pools = not_zero(&n.pool);
	r->wrong_registers += not_zero(&n.held);
	r->not_zero = not_zero(&n.all);
	free(n.balance.at);
	free(n.pool.at);
	free(n.held.at);
	free(n.lots.at);
	free(n.all.at);
	arena_done(&n.arena);
	return rc;
}

/* "stock_check": set "check": postings, balances, wrong_balances, wrong_pools, wrong_registers, not_zero. All but the first two are 0 where the books are right. */
static enum rc check_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_checked k;
	enum rc rc = stock_recompute(v->db, &k, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "check");
	rows_row(out);
	rows_col_i64(out, "postings", k.postings);
	rows_col_i64(out, "balances", k.balances);
	rows_col_i64(out, "wrong_balances", k.wrong_balances);
	rows_col_i64(out, "wrong_pools", k.wrong_pools);
	rows_col_i64(out, "wrong_registers", k.wrong_registers);
	rows_col_i64(out, "not_zero", k.not_zero);
	return RC_OK;
}

const struct view stock_check_views[] = {
	{ .name = "stock_check", .may = MAY_PHARMACY, .reveals = REVEALS_META, .run = check_view },
	{ .name = NULL },
};
