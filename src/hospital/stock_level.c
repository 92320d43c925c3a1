/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_level.c: thresholds that tell: what takes what may be given of a store's product to its minimum or under it, to its critical threshold, or to nothing, is told once to those who work
 * with the store, in the transaction that does it (docs/decisions/0057). It must never refuse or delay a movement, nor name a patient. Called by whoever posts. Start at stock_level_moved.
 */
#include <string.h>

#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/stock_inner.h"

#define TOLD_MOST 1000    /* people of one store */
#define MOVED_MOST 20000  /* postings of one act, on both sides */
#define OVER_DAYS 7       /* nights that may be missed; a threshold that has told nothing yet is held against what expired since then */

enum stock_rank stock_level_rank(const struct stock_level *l, int64_t usable)
{
	return usable <= 0 ? STOCK_NONE : usable <= l->critical ? STOCK_CRITICAL : usable <= l->minimum ? STOCK_LOW : STOCK_IN_ORDER;
}

/* ---- who ---- */

/* The last word on whose pharmacy serves a unit; of a unit of which nobody spoke, the house's. Empty: nobody said. */
static enum rc pharmacy_of(struct act_ctx *x, struct str unit, struct str *pharmacy_r, struct problem *p)
{
	const struct str asked[] = { unit, STR("") };
	enum rc rc = RC_OK;
	*pharmacy_r = STR_NONE;
	for (size_t i = unit.n ? 0 : 1; i < N_OF(asked) && rc == RC_OK && !pharmacy_r->n; i++) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PHARMACY_OF);
		bool row = false;
		db_bind_str(s, 1, asked[i]);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row)
			*pharmacy_r = arena_str(x->arena, db_text(s, 0));
		db_reset(s);
	}
	return rc;
}

/* Of these people those whose role works with a stock; once each. */
static enum rc people_add(struct act_ctx *x, struct db_stmt *s, uint32_t *at, size_t *n, struct problem *p)
{
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && *n < TOLD_MOST) {
		uint32_t no = (uint32_t)db_i64(s, 0);
		bool there = !(x->judge->may(role_of(arena_z(x->arena, db_text(s, 1)))) & (MAY_STOCK | MAY_SUPPLY | MAY_PHARMACY));
		for (size_t i = 0; i < *n && !there; i++)
			there = at[i] == no;
		if (!there)
			at[(*n)++] = no;
	}
	db_reset(s);
	return rc;
}

/* Those of the store's unit, and of the pharmacy that serves it: it fills the store. Where nobody said which pharmacy that is, all of the pharmacies. */
static enum rc people_of(struct act_ctx *x, const struct stock_account *store, uint32_t *at, size_t *n_r, struct problem *p)
{
	struct str pharmacy = STR_NONE;
	size_t n = 0;
	bool own = store->unit.n && str_eq(store->kind, "central");
	enum rc rc = own ? RC_OK : pharmacy_of(x, store->unit, &pharmacy, p);
	if (rc == RC_OK && store->unit.n + pharmacy.n > 0) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_PEOPLE);
		db_bind_str(s, 1, store->unit.n ? store->unit : pharmacy);
		db_bind_str(s, 2, pharmacy.n ? pharmacy : store->unit);
		db_bind_i64(s, 3, x->now_ms);
		db_bind_i64(s, 4, TOLD_MOST);
		rc = people_add(x, s, at, &n, p);
	}
	if (rc == RC_OK && !own && !pharmacy.n) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_PHARMACY_PEOPLE);
		db_bind_i64(s, 1, x->now_ms);
		db_bind_i64(s, 2, TOLD_MOST);
		rc = people_add(x, s, at, &n, p);
	}
	*n_r = n;
	return rc;
}

/* ---- told ---- */

static enum rc tell(struct act_ctx *x, int64_t store, uint32_t cis, enum stock_rank rank, struct problem *p)
{
	static const enum notice KIND[STOCK_RANK__END] = { [STOCK_LOW] = NOTICE_LEVEL_LOW, [STOCK_CRITICAL] = NOTICE_LEVEL_CRITICAL, [STOCK_NONE] = NOTICE_LEVEL_NONE };
	uint32_t *who = arena_array(x->arena, TOLD_MOST, sizeof *who);
	struct stock_account at;
	size_t n = 0;
	enum rc rc = who ? stock_account_get(x->db, x->arena, store, &at, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = people_of(x, &at, who, &n, p);
	return rc == RC_OK ? notice_level(x->db, who, n, KIND[rank], store, cis, x->now_ms, p) : rc;
}

enum rc stock_level_moved(struct act_ctx *x, int64_t store, const struct stock_product *product, const struct stock_level *l, int64_t before, int64_t after, struct problem *p)
{
	if (!l->there)
		return RC_OK;
	int64_t was = l->told >= 0 ? l->told : (int64_t)stock_level_rank(l, before);
	enum stock_rank now = stock_level_rank(l, after);
	if ((int64_t)now == was)
		return RC_OK;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LEVEL_TOLD);
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, product->no);
	db_bind_i64(s, 3, (int64_t)now);
	enum rc rc = db_run(s, p);
	return rc == RC_OK && (int64_t)now > was ? tell(x, store, product->cis, now, p) : rc;
}

/* Of a store's product: what may be given now, and by how much all postings changed that. */
struct moved { int64_t store, product, cis, after, delta; struct stock_level level; };
struct moves { struct moved *at; size_t n, cap; };

/* Each posting is a row; a store's product is told once for all of them. */
static bool moved_add(struct moves *m, struct arena *a, const struct moved *row)
{
	size_t i = 0;
	while (i < m->n && !(m->at[i].store == row->store && m->at[i].product == row->product))
		i++;
	if (i < m->n) {
		m->at[i].delta += row->delta;
		return true;
	}
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 8;
		struct moved *more = arena_array(a, cap, sizeof *more);
		if (!more)
			return false;
		if (m->n)
			memcpy(more, m->at, m->n * sizeof *more);
		m->at = more;
		m->cap = cap;
	}
	m->at[m->n++] = *row;
	return true;
}

/* Rows of store, product, cis, critical, minimum, told, what may be given now, by how much that changed. */
static enum rc moved_rows(struct act_ctx *x, struct db_stmt *s, struct problem *p)
{
	struct moves m = { .n = 0 };
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct moved one = { .store = db_i64(s, 0), .product = db_i64(s, 1), .cis = db_i64(s, 2), .level = { true, db_i64(s, 3), db_i64(s, 4), db_i64(s, 5) }, .after = db_i64(s, 6), .delta = db_i64(s, 7) };
		if (!moved_add(&m, x->arena, &one))
			break;
	}
	db_reset(s);
	if (rc == RC_OK)
		rc = arena_rc(x->arena, p);
	for (size_t i = 0; i < m.n && rc == RC_OK; i++) {
		const struct stock_product product = { .no = m.at[i].product, .cis = (uint32_t)m.at[i].cis };
		rc = stock_level_moved(x, m.at[i].store, &product, &m.at[i].level, m.at[i].after - m.at[i].delta, m.at[i].after, p);
	}
	return rc;
}

enum rc stock_levels_moved(struct act_ctx *x, int64_t first, int64_t last, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LEVELS_MOVED);
	db_bind_i64(s, 1, first);
	db_bind_i64(s, 2, last);
	db_bind_str(s, 3, day_of(x->arena, x->now_ms));
	db_bind_i64(s, 4, MOVED_MOST);
	return moved_rows(x, s, p);
}

enum rc stock_levels_of_lot(struct act_ctx *x, const struct stock_lot *lot, bool usable, struct problem *p)
{
	struct str today = day_of(x->arena, x->now_ms);
	if (lot->patient || (lot->expires_on.n && str_cmp(lot->expires_on, today) < 0))
		return RC_OK;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LEVELS_OF_LOT);
	db_bind_i64(s, 1, lot->no);
	db_bind_i64(s, 2, usable ? 1 : -1);
	db_bind_str(s, 3, today);
	db_bind_i64(s, 4, MOVED_MOST);
	return moved_rows(x, s, p);
}

enum rc stock_levels_over(struct act_ctx *x, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_LEVELS_OVER);
	db_bind_str(s, 1, day_of(x->arena, x->now_ms - OVER_DAYS * INT64_C(86400000)));
	db_bind_str(s, 2, day_of(x->arena, x->now_ms));
	db_bind_i64(s, 3, MOVED_MOST);
	return moved_rows(x, s, p);
}
