/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_order.c: from thresholds to goods: what a store should get, the pick list that fills a ward from a central store, the order to a supplier, its receptions in
 * parts. Its invoice is in stock_invoice.c. Proposals order nothing by themselves. Called by the gate through the rows at the end. Start at proposals_read.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/stock_order.h"

#define PROPOSED_MOST STOCK_ORDER_LINES
#define ORDERS_SHOWN 50
#define PICKED_LOTS 8       /* of one product on a pick list */

/* ---- what should come ---- */

struct proposal { int64_t product, critical, minimum, optimum, maximum, usable, on_order, wanted; };
struct proposals { struct proposal *at; size_t n; };

static enum rc levels_read(struct db_conn *c, struct arena *a, int64_t store, struct proposals *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_LEVELS);
	bool row = false;
	r->at = arena_array(a, PROPOSED_MOST, sizeof *r->at);
	r->n = 0;
	enum rc rc = r->at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, store);
	db_bind_i64(s, 2, 0);
	db_bind_i64(s, 3, PROPOSED_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		r->at[r->n++] = (struct proposal){ .product = db_i64(s, 0), .critical = db_i64(s, 1), .minimum = db_i64(s, 2), .optimum = db_i64(s, 3), .maximum = db_i64(s, 4) };
	db_reset(s);
	return rc;
}

static enum rc on_order_read(struct db_conn *c, int64_t store, struct proposals *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_ON_ORDER);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, store);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		for (size_t i = 0; i < r->n; i++)
			if (r->at[i].product == db_i64(s, 0))
				r->at[i].on_order += db_i64(s, 1);
	db_reset(s);
	return rc;
}

/* Products whose quantity that may be given, with what is on order, is at the minimum or under it; wanted: up to the optimum. */
static enum rc proposals_read(struct db_conn *c, struct arena *a, int64_t store, int64_t now_ms, struct proposals *r, struct problem *p)
{
	struct str today = day_of(a, now_ms);
	size_t kept = 0;
	enum rc rc = levels_read(c, a, store, r, p);
	if (rc == RC_OK)
		rc = on_order_read(c, store, r, p);
	for (size_t i = 0; i < r->n && rc == RC_OK; i++) {
		struct stock_held *at = NULL;
		size_t n = 0;
		rc = stock_held_of(c, a, store, r->at[i].product, &at, &n, p);
		for (size_t k = 0; k < n; k++)
			r->at[i].usable += at[k].lot.patient == 0 && stock_may_give(&at[k].lot, today) ? at[k].milli : 0;
		r->at[i].wanted = r->at[i].optimum - r->at[i].usable - r->at[i].on_order;
		if (r->at[i].usable + r->at[i].on_order <= r->at[i].minimum && r->at[i].wanted > 0)
			r->at[kept++] = r->at[i];
	}
	r->n = kept;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* What of a product may be taken from a store, soonest expiry first. */
static enum rc picked(struct db_conn *c, struct arena *a, int64_t from, int64_t product, int64_t wanted, int64_t now_ms, struct stock_held *out, size_t *n_r, struct problem *p)
{
	struct stock_held *at = NULL;
	struct str today = day_of(a, now_ms);
	size_t n = 0;
	*n_r = 0;
	enum rc rc = stock_held_of(c, a, from, product, &at, &n, p);
	for (size_t i = 0; i < n && wanted > 0 && *n_r < PICKED_LOTS && rc == RC_OK; i++)
		if (at[i].lot.patient == 0 && stock_may_give(&at[i].lot, today)) {
			out[*n_r] = at[i];
			out[*n_r].milli = at[i].milli < wanted ? at[i].milli : wanted;
			wanted -= out[(*n_r)++].milli;
		}
	return rc;
}

/*
 * "stock_proposals": store, from (a store to pick from). Sets "store", "form" (key), "places" (stores to pick from); set "proposals": product's columns, usable, on_order, critical, minimum,
 * optimum, maximum, wanted (thousandths); set "picks": cis, counted, name, lot's columns, milli: what the store named by from can give, in the order of taking.
 */
static enum rc proposals_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct stock_account store, from = { .no = 0 }, *places = NULL;
	struct proposals r = { .n = 0 };
	struct stock_held pick[PICKED_LOTS];
	struct str today = day_of(v->arena, v->now_ms);
	size_t n = 0, n_places = 0, kept = 0;
	enum rc rc = stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "store"), &store, p);
	if (rc == RC_OK && args_get(v->args, "from").n)
		rc = stock_store_mine(v->db, v->arena, v->who, v->judge, stock_no(v->args, "from"), &from, p);
	if (rc == RC_OK)
		rc = proposals_read(v->db, v->arena, store.no, v->now_ms, &r, p);
	if (rc == RC_OK)
		rc = stock_stores_of(v, &places, &n_places, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < n_places; i++)
		if (str_eq(places[i].kind, "central") && places[i].no != store.no && !places[i].closed_ms)
			places[kept++] = places[i];
	stock_rows_accounts(v, out, "store", &store, 1);
	stock_rows_accounts(v, out, "places", places, kept);
	stock_col_key(out, v->who, v->now_ms);
	rows_set(out, "proposals");
	for (size_t i = 0; i < r.n && rc == RC_OK; i++) {
		struct stock_product product;
		rc = stock_product_get(v->db, v->arena, r.at[i].product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, &product);
		rows_col_i64(out, "usable", r.at[i].usable);
		rows_col_i64(out, "on_order", r.at[i].on_order);
		rows_col_i64(out, "critical", r.at[i].critical);
		rows_col_i64(out, "minimum", r.at[i].minimum);
		rows_col_i64(out, "optimum", r.at[i].optimum);
		rows_col_i64(out, "maximum", r.at[i].maximum);
		rows_col_i64(out, "wanted", r.at[i].wanted);
	}
	rows_set(out, "picks");
	for (size_t i = 0; i < r.n && from.no && from.no != store.no && rc == RC_OK; i++) {
		struct stock_product product;
		rc = picked(v->db, v->arena, from.no, r.at[i].product, r.at[i].wanted, v->now_ms, pick, &n, p);
		if (rc == RC_OK)
			rc = stock_product_get(v->db, v->arena, r.at[i].product, &product, p);
		for (size_t k = 0; k < n && rc == RC_OK; k++) {
			rows_row(out);
			stock_cols_product(out, &product);
			stock_cols_lot(out, &pick[k].lot, today);
			rows_col_i64(out, "milli", pick[k].milli);
		}
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "stock_refill": key, store, from → set "movement": movement, postings, again. All that the pick list says now goes over in one movement. */
static enum rc refill_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store, from;
	struct stock_held pick[PICKED_LOTS];
	struct proposals r = { .n = 0 };
	int64_t movement = 0, postings = 0;
	bool again = false;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = stock_store_mine(x->db, x->arena, x->who, x->judge, stock_no(x->args, "from"), &from, p);
	if (rc == RC_OK && (from.no == store.no || from.of_store))
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_PLACE, "from", "store %lld", (long long)from.no);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "refill", .key = stock_form_key(x->arena, "refill", args_get(x->args, "key")) }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = proposals_read(x->db, x->arena, store.no, x->now_ms, &r, p);
	for (size_t i = 0; i < r.n && rc == RC_OK; i++) {
		struct stock_product product;
		size_t n = 0;
		rc = picked(x->db, x->arena, from.no, r.at[i].product, r.at[i].wanted, x->now_ms, pick, &n, p);
		if (rc == RC_OK)
			rc = stock_product_get(x->db, x->arena, r.at[i].product, &product, p);
		for (size_t k = 0; k < n && rc == RC_OK; k++, postings++)
			rc = stock_post(x, movement, &product, &pick[k].lot, &from, &store, pick[k].milli, -1, p);
	}
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK && !again && postings == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_ORDER_EMPTY, "from", "nothing to take");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "movement");
	rows_row(out);
	rows_col_i64(out, "movement", movement);
	rows_col_i64(out, "postings", postings);
	col_flag(out, "again", again);
	return RC_OK;
}

/* ---- orders ---- */

static struct stock_order order_row(struct db_stmt *s, struct arena *a)
{
	return (struct stock_order){ .no = db_i64(s, 0), .store = db_i64(s, 1), .supplier = arena_str(a, db_text(s, 2)), .state = arena_str(a, db_text(s, 3)), .version = db_i64(s, 4), .by = db_i64(s, 5), .made_ms = db_i64(s, 6),
		.sent_ms = db_i64(s, 7), .invoice = arena_str(a, db_text(s, 8)), .invoice_cents = db_i64(s, 9) };
}

enum rc stock_order_get(struct db_conn *c, struct arena *a, int64_t no, struct stock_order *o, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_ORDER);
	bool row = false;
	*o = (struct stock_order){ .no = 0 };
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*o = order_row(s, a);
	db_reset(s);
	return rc == RC_OK && !o->no ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no order %lld", (long long)no) : rc;
}

/* The order as the form saw it: somebody who changed it meanwhile is not overwritten. */
enum rc stock_order_seen(struct act_ctx *x, struct stock_order *o, struct problem *p)
{
	enum rc rc = stock_order_get(x->db, x->arena, stock_no(x->args, "no"), o, p);
	if (rc == RC_OK && stock_no(x->args, "version") != o->version)
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "version", "order %lld is at %lld", (long long)o->no, (long long)o->version);
	return rc;
}

enum rc stock_order_is(const struct stock_order *o, const char *one, const char *other, struct problem *p)
{
	bool is = str_eq(o->state, one) || str_eq(o->state, other);
	return is ? RC_OK : problem_set(p, RC_CONFLICT, WHY_STOCK_ORDER_STATE, "no", "order %lld", (long long)o->no);
}

enum rc stock_order_lines(struct db_conn *c, struct arena *a, int64_t order, struct stock_order_line **at_r, size_t *n_r, struct problem *p)
{
	struct stock_order_line *at = arena_array(a, PROPOSED_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_ORDER_LINES);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, order);
	db_bind_i64(s, 2, PROPOSED_MOST);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct stock_order_line){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4) };
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc;
}

static enum rc line_put(struct act_ctx *x, int64_t order, int64_t product, int64_t milli, int64_t cents, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, milli ? ST_HOSPITAL_STOCK_ORDER_LINE_PUT : ST_HOSPITAL_STOCK_ORDER_LINE_END);
	db_bind_i64(s, 1, order);
	db_bind_i64(s, 2, product);
	if (milli) {
		db_bind_i64(s, 3, milli);
		db_bind_i64(s, 4, cents);
	}
	return db_run(s, p);
}

enum rc stock_order_state(struct act_ctx *x, const struct stock_order *o, const char *state, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_STATE);
	db_bind_i64(s, 1, o->no);
	db_bind_i64(s, 2, o->version);
	db_bind_str(s, 3, str_of(state));
	return db_run(s, p);
}

void stock_order_row(struct rows *out, int64_t no, bool again)
{
	rows_set(out, "order");
	rows_row(out);
	rows_col_i64(out, "no", no);
	col_flag(out, "again", again);
}

/* At the average cost of what is held; 0 where nothing is known, for the pharmacist to write. */
static enum rc price_guess(struct db_conn *c, int64_t product, int64_t milli, int64_t *cents_r, struct problem *p)
{
	struct stock_pool pool;
	enum rc rc = stock_pool_get(c, product, &pool, p);
	*cents_r = rc == RC_OK && pool.milli > 0 ? (int64_t)(((__int128)pool.cents * milli * 2 + pool.milli) / ((__int128)pool.milli * 2)) : 0;
	return rc;
}

/* "stock_order_add": key, store, supplier → set "order": no, again. A draft of what the thresholds propose now. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store;
	struct proposals r = { .n = 0 };
	struct str key = stock_form_key(x->arena, "order", args_get(x->args, "key"));
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_KEY);
	bool row = false;
	db_bind_str(s, 1, key);
	enum rc rc = db_step(s, &row, p);
	int64_t no = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc == RC_OK && no) {
		stock_order_row(out, no, true);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK)
		rc = proposals_read(x->db, x->arena, store.no, x->now_ms, &r, p);
	if (rc == RC_OK && r.n == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_ORDER_EMPTY, "store", "nothing at its minimum");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_ADD);
	db_bind_str(s, 1, key);
	db_bind_i64(s, 2, store.no);
	db_bind_str(s, 3, args_get(x->args, "supplier"));
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	rc = db_run(s, p);
	no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	for (size_t i = 0; i < r.n && rc == RC_OK; i++) {
		int64_t cents = 0;
		rc = price_guess(x->db, r.at[i].product, r.at[i].wanted, &cents, p);
		if (rc == RC_OK)
			rc = line_put(x, no, r.at[i].product, r.at[i].wanted, cents, p);
	}
	if (rc == RC_OK)
		stock_order_row(out, no, false);
	return rc;
}

/* "stock_order_line": no, version, cis, quantity (0 takes it off), amount (of all of it) → set "order". Of a draft only. */
static enum rc line_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_order o;
	struct stock_product product = { .no = 0 };
	int64_t milli = 0, cents = 0;
	uint32_t cis = 0;
	enum rc rc = stock_order_seen(x, &o, p);
	if (rc == RC_OK)
		rc = stock_order_is(&o, "draft", "draft", p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", true, &milli, p);
	if (rc == RC_OK)
		rc = stock_cents(x->args, "amount", &cents, p);
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK && cents < 0)
		rc = price_guess(x->db, product.no, milli, &cents, p);
	if (rc == RC_OK)
		rc = line_put(x, o.no, product.no, milli, cents, p);
	if (rc == RC_OK)
		rc = stock_order_state(x, &o, "draft", p);
	if (rc == RC_OK)
		stock_order_row(out, o.no, false);
	return rc;
}

/* "stock_order_send": no, version → set "order". From now on what is ordered counts as on its way. */
static enum rc send_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_order o;
	struct stock_order_line *at = NULL;
	size_t n = 0;
	enum rc rc = stock_order_seen(x, &o, p);
	if (rc == RC_OK)
		rc = stock_order_is(&o, "draft", "draft", p);
	if (rc == RC_OK)
		rc = stock_order_lines(x->db, x->arena, o.no, &at, &n, p);
	if (rc == RC_OK && n == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_STOCK_ORDER_EMPTY, "no", "order %lld", (long long)o.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_SENT);
	db_bind_i64(s, 1, o.no);
	db_bind_i64(s, 2, o.version);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		stock_order_row(out, o.no, false);
	return rc;
}

/* ---- what came of it ---- */

int64_t stock_order_worth(const struct stock_order_line *l, int64_t milli)
{
	return (int64_t)(((__int128)l->price_cents * milli * 2 + l->ordered) / ((__int128)l->ordered * 2));
}

static enum rc line_in(struct act_ctx *x, int64_t order, const struct stock_order_line *l, int64_t milli, int64_t *cents_r, struct problem *p)
{
	*cents_r = stock_order_worth(l, l->received + milli) - l->received_cents;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_LINE_IN);
	db_bind_i64(s, 1, order);
	db_bind_i64(s, 2, l->product);
	db_bind_i64(s, 3, milli);
	db_bind_i64(s, 4, *cents_r);
	return db_run(s, p);
}

const struct stock_order_line *stock_order_line_of(const struct stock_order_line *at, size_t n, int64_t product)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].product == product)
			return &at[i];
	return NULL;
}

static bool all_came(const struct stock_order_line *at, size_t n, int64_t product, int64_t milli)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].received + (at[i].product == product ? milli : 0) < at[i].ordered)
			return false;
	return true;
}

struct arrived { struct stock_order o; struct stock_account store; struct stock_product product; struct stock_order_line *at; size_t n; const struct stock_order_line *line; int64_t milli; };

static enum rc arrived_read(struct act_ctx *x, struct arrived *r, struct problem *p)
{
	struct str on = args_get(x->args, "expires");
	uint32_t cis = 0;
	enum rc rc = stock_order_get(x->db, x->arena, stock_no(x->args, "no"), &r->o, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_product_of(x->db, x->arena, cis, &r->product, p);
	if (rc == RC_OK)
		rc = stock_order_lines(x->db, x->arena, r->o.no, &r->at, &r->n, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", false, &r->milli, p);
	if (rc == RC_OK && on.n && str_cmp(on, day_of(x->arena, x->now_ms)) < 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_EXPIRED, "expires", "over");
	r->line = rc == RC_OK ? stock_order_line_of(r->at, r->n, r->product.no) : NULL;
	if (rc == RC_OK && !r->line)
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_ORDER_MORE, "cis", "not in order %lld", (long long)r->o.no);
	return rc == RC_OK ? stock_account_get(x->db, x->arena, r->o.store, &r->store, p) : rc;
}

static enum rc arrived_post(struct act_ctx *x, const struct arrived *r, int64_t movement, struct problem *p)
{
	struct stock_account supplier = stock_outside(STOCK_SUPPLIER);
	struct stock_lot lot;
	int64_t cents = 0;
	enum rc rc = stock_order_is(&r->o, "sent", "partly", p);
	if (rc == RC_OK && r->line->received + r->milli > r->line->ordered)
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_ORDER_MORE, "quantity", "over what is to come");
	if (rc == RC_OK)
		rc = stock_lot_need(x, r->product.no, args_get(x->args, "number"), args_get(x->args, "serial"), args_get(x->args, "expires"), 0, &lot, p);
	if (rc == RC_OK)
		rc = line_in(x, r->o.no, r->line, r->milli, &cents, p);
	if (rc == RC_OK)
		rc = stock_post(x, movement, &r->product, &lot, &supplier, &r->store, r->milli, cents, p);
	return rc == RC_OK ? stock_order_state(x, &r->o, all_came(r->at, r->n, r->product.no, r->milli) ? "received" : "partly", p) : rc;
}

/* "stock_order_receive": no, key, cis, number, serial, expires, quantity → set "order": no, again. In parts, each as it comes; at the price of the order. */
static enum rc receive_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct arrived r = { .n = 0 };
	int64_t movement = 0;
	bool again = false;
	enum rc rc = arrived_read(x, &r, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "receive", .key = stock_form_key(x->arena, "arrive", args_get(x->args, "key")), .reason = STR("delivery") }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = arrived_post(x, &r, movement, p);
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK)
		stock_order_row(out, r.o.no, again);
	return rc;
}

/* "stock_order_end": no, version → set "order". A draft or what never came is cancelled; of what came in part the rest is waited for no longer. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_order o;
	enum rc rc = stock_order_seen(x, &o, p);
	if (rc == RC_OK && !str_eq(o.state, "partly"))
		rc = stock_order_is(&o, "draft", "sent", p);
	if (rc == RC_OK)
		rc = stock_order_state(x, &o, str_eq(o.state, "partly") ? "received" : "cancelled", p);
	if (rc == RC_OK)
		stock_order_row(out, o.no, false);
	return rc;
}

/* ---- orders as they are seen ---- */

static enum rc row_order(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, const struct stock_order *o, struct problem *p)
{
	struct stock_account store;
	enum rc rc = stock_account_get(v->db, v->arena, o->store, &store, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_col_i64(out, "no", o->no);
	rows_col(out, "supplier", o->supplier);
	rows_col(out, "state", o->state);
	rows_col_i64(out, "version", o->version);
	rows_col_i64(out, "at", o->made_ms);
	if (o->sent_ms)
		rows_col_i64(out, "sent_at", o->sent_ms);
	col(out, "by_name", person_of(people, (uint32_t)o->by).name);
	if (o->invoice.n) {
		col(out, "invoice", o->invoice);
		rows_col_i64(out, "invoice_cents", o->invoice_cents);
	}
	stock_cols_account(out, names, &store);
	return RC_OK;
}

/* "stock_orders": set "orders", the newest first: no, supplier, state, version, at, sent_at, by_name, invoice, invoice_cents, store's columns. */
static enum rc orders_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct stock_order *at = arena_array(v->arena, ORDERS_SHOWN, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_ORDERS);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, ORDERS_SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row && n < ORDERS_SHOWN)
		at[n++] = order_row(s, v->arena);
	db_reset(s);
	rows_set(out, "orders");
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = row_order(v, out, &people, &names, &at[i], p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "stock_order": no. Set "order": as in stock_orders; set "lines": product's columns, ordered, received (thousandths), price_cents, received_cents; set "total": ordered_cents, received_cents; sets of stock_invoice_rows; set "form": key. */
static enum rc order_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct stock_order o;
	struct stock_order_line *at = NULL;
	int64_t ordered = 0, received = 0;
	size_t n = 0;
	enum rc rc = stock_order_get(v->db, v->arena, stock_no(v->args, "no"), &o, p);
	if (rc == RC_OK)
		rc = stock_order_lines(v->db, v->arena, o.no, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "order");
	rc = row_order(v, out, &people, &names, &o, p);
	rows_set(out, "lines");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct stock_product product;
		rc = stock_product_get(v->db, v->arena, at[i].product, &product, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		stock_cols_product(out, &product);
		rows_col_i64(out, "ordered", at[i].ordered);
		rows_col_i64(out, "received", at[i].received);
		rows_col_i64(out, "price_cents", at[i].price_cents);
		rows_col_i64(out, "received_cents", at[i].received_cents);
		ordered += at[i].price_cents;
		received += at[i].received_cents;
	}
	rows_set(out, "total");
	rows_row(out);
	rows_col_i64(out, "ordered_cents", ordered);
	rows_col_i64(out, "received_cents", received);
	if (rc == RC_OK)
		rc = stock_invoice_rows(v, out, &o, at, n, p);
	stock_col_key(out, v->who, v->now_ms);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- rows ---- */

#define KEY_FIELD { .name = "key", .label = "Key of the form", .kind = FIELD_TOKEN, .max = STOCK_FORM_KEY, .required = true }
#define STORE_FIELD { .name = "store", .label = "Store", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }
#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define VERSION_FIELD { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define CIS_FIELD { .name = "cis", .label = "Medicine", .kind = FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true }
#define QUANTITY_FIELD { .name = "quantity", .label = "Quantity", .kind = FIELD_TEXT, .max = 20, .required = true }

static const struct field REFILL_FIELDS[] = { KEY_FIELD, STORE_FIELD, { .name = "from", .label = "From", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field ADD_FIELDS[] = { KEY_FIELD, STORE_FIELD, { .name = "supplier", .label = "Supplier", .kind = FIELD_TOKEN, .min = 2, .max = 20, .required = true }, FIELDS_END };
static const struct field LINE_FIELDS[] = { NO_FIELD, VERSION_FIELD, CIS_FIELD, QUANTITY_FIELD, { .name = "amount", .label = "Amount", .kind = FIELD_TEXT, .max = 20 }, FIELDS_END };
static const struct field SEEN_FIELDS[] = { NO_FIELD, VERSION_FIELD, FIELDS_END };
static const struct field RECEIVE_FIELDS[] = {
	NO_FIELD, KEY_FIELD, CIS_FIELD, { .name = "number", .label = "Lot number", .kind = FIELD_TOKEN, .max = 20, .required = true }, { .name = "serial", .label = "Serial number", .kind = FIELD_TOKEN, .max = 20 },
	{ .name = "expires", .label = "Expires on", .kind = FIELD_DATE, .required = true }, QUANTITY_FIELD, FIELDS_END,
};

const struct view stock_order_views[] = {
	{ .name = "stock_proposals", .may = MAY_PHARMACY | MAY_SUPPLY, .reveals = REVEALS_META, .run = proposals_view },
	{ .name = "stock_orders",    .may = MAY_PHARMACY | MAY_SUPPLY, .reveals = REVEALS_META, .run = orders_view },
	{ .name = "stock_order",     .may = MAY_PHARMACY | MAY_SUPPLY, .reveals = REVEALS_META, .run = order_view },
	{ .name = NULL },
};
const struct act stock_order_acts[] = {
	{ .name = "stock_refill",        .may = MAY_PHARMACY | MAY_SUPPLY, .reveals = REVEALS_META, .fields = REFILL_FIELDS,  .run = refill_run },
	{ .name = "stock_order_add",     .may = MAY_PHARMACY,              .reveals = REVEALS_META, .fields = ADD_FIELDS,     .run = add_run },
	{ .name = "stock_order_line",    .may = MAY_PHARMACY,              .reveals = REVEALS_META, .fields = LINE_FIELDS,    .run = line_run },
	{ .name = "stock_order_send",    .may = MAY_PHARMACY,              .reveals = REVEALS_META, .fields = SEEN_FIELDS,    .run = send_run },
	{ .name = "stock_order_receive", .may = MAY_PHARMACY | MAY_SUPPLY, .reveals = REVEALS_META, .fields = RECEIVE_FIELDS, .run = receive_run },
	{ .name = "stock_order_end",     .may = MAY_PHARMACY,              .reveals = REVEALS_META, .fields = SEEN_FIELDS,    .run = end_run },
	{ .name = NULL },
};
