/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/ward_kit.c: see ward_kit.h: lists, what should move, and the acts: a kit is made and its list changed, prepared, sealed, opened, checked, ended. Two who prepare the
 * same kit are serial on the writer: the second is told that it is complete. It must never do half of a preparation, put into a kit what may not be given, nor hold up an
 * opening. Called by the gate through the rows at the end. Start at kit_plan, then prepare_run.
 */
#include "hospital/ward_kit.h"

#include <string.h>

#include "base/map.h"
#include "hospital/matters.h"

/* ---- reading ---- */

static enum rc seal_now(struct db_conn *c, struct arena *a, int64_t kit, struct kit_seal *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KIT_SEAL_NOW);
	bool row = false;
	*r = (struct kit_seal){ .no = 0 };
	db_bind_i64(s, 1, kit);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = (struct kit_seal){ .no = db_i64(s, 0), .number = arena_str(a, db_text(s, 1)), .version = db_i64(s, 2), .expires_on = arena_str(a, db_text(s, 3)), .by = db_i64(s, 4), .made_ms = db_i64(s, 5) };
	db_reset(s);
	return rc;
}

enum rc kit_get(struct db_conn *c, struct arena *a, const struct actor *who, const struct judge *judge, int64_t no, struct kit *k, struct problem *p)
{
	*k = (struct kit){ .version = 0 };
	enum rc rc = stock_store_mine(c, a, who, judge, no, &k->account, p);
	if (rc == RC_OK && !k->account.of_store)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "kit", "store %lld is no kit", (long long)no);
	if (rc == RC_OK)
		rc = stock_account_get(c, a, k->account.of_store, &k->store, p);
	if (rc == RC_OK)
		rc = seal_now(c, a, no, &k->seal, p);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KIT);
	bool row = false;
	db_bind_i64(s, 1, no);
	if (rc == RC_OK)
		rc = db_step(s, &row, p);
	k->version = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc plan_lines(struct db_conn *c, int64_t kit, struct kit_plan *plan, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_KIT_LINES);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, kit);
	db_bind_i64(s, 2, KIT_LINES);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		plan->line[plan->n_lines++] = (struct kit_line){ .product = db_i64(s, 0), .wanted = db_i64(s, 1), .missing = db_i64(s, 1), .by = db_i64(s, 2), .made_ms = db_i64(s, 3) };
	db_reset(s);
	return rc;
}

static struct kit_line *line_of(struct kit_plan *plan, int64_t product)
{
	for (size_t i = 0; i < plan->n_lines; i++)
		if (plan->line[i].product == product)
			return &plan->line[i];
	return NULL;
}

/* Content by product: what may not be given leaves; of what is too much the soonest lots leave, so that what stays lasts longest. */
static enum rc plan_lots(struct db_conn *c, struct arena *a, int64_t kit, struct str today, struct kit_plan *plan, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_STORE_HELD);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, kit);
	db_bind_i64(s, 2, KIT_LOTS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct stock_held held = { .milli = db_i64(s, 0), .lot = { .no = db_i64(s, 1), .product = db_i64(s, 2), .number = arena_str(a, db_text(s, 3)), .serial = arena_str(a, db_text(s, 4)),
			.expires_on = arena_str(a, db_text(s, 5)), .patient = db_i64(s, 6), .state = arena_str(a, db_text(s, 7)) } };
		plan->lot[plan->n_lots++] = (struct kit_lot){ .held = held, .barred = !stock_may_give(&held.lot, today) };
	}
	db_reset(s);
	if (rc == RC_OK)
		stock_sooner_first(plan->lot, plan->n_lots, sizeof plan->lot[0]);
	for (size_t i = plan->n_lots; i-- > 0;) {
		struct kit_lot *one = &plan->lot[i];
		struct kit_line *line = line_of(plan, one->held.lot.product);
		int64_t stays = one->barred || !line ? 0 : one->held.milli < line->missing ? one->held.milli : line->missing;
		one->out = one->held.milli - stays;
		if (stays) {
			line->kept += stays;
			line->missing -= stays;
		}
	}
	return rc;
}

static enum rc plan_picks(struct db_conn *c, struct arena *a, int64_t from, struct str today, struct kit_plan *plan, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < plan->n_lines && rc == RC_OK; i++) {
		struct kit_line *line = &plan->line[i];
		struct stock_held *at = NULL;
		size_t n = 0, taken = 0;
		if (line->missing < 1)
			continue;
		rc = stock_held_of(c, a, from, line->product, &at, &n, p);
		for (size_t k = 0; k < n && line->found < line->missing && taken < KIT_PICKED && rc == RC_OK; k++) {
			int64_t left = line->missing - line->found;
			if (at[k].lot.patient || !stock_may_give(&at[k].lot, today))
				continue;
			at[k].milli = at[k].milli < left ? at[k].milli : left;
			line->found += at[k].milli;
			plan->pick[plan->n_picks++] = at[k];
			taken++;
		}
		plan->lacking += line->found < line->missing;
	}
	return rc;
}

static int64_t plan_digest(const struct kit_plan *plan, int64_t from)
{
	struct buf b;
	buf_init(&b, 65536);
	buf_i64(&b, from);
	for (size_t i = 0; i < plan->n_lots; i++)
		if (plan->lot[i].out)
			buf_fmt(&b, "-%lld:%lld", (long long)plan->lot[i].held.lot.no, (long long)plan->lot[i].out);
	for (size_t i = 0; i < plan->n_picks; i++)
		buf_fmt(&b, "+%lld:%lld", (long long)plan->pick[i].lot.no, (long long)plan->pick[i].milli);
	int64_t seen = (int64_t)(hash_stable(buf_view(&b)) >> 1) | 1;
	buf_done(&b);
	return seen;
}

enum rc kit_plan(struct db_conn *c, struct arena *a, const struct kit *k, int64_t from, int64_t now_ms, struct kit_plan **r, struct problem *p)
{
	struct kit_plan *plan = ARENA_NEW(a, struct kit_plan);
	struct str today = day_of(a, now_ms);
	*r = plan;
	if (!plan)
		return arena_rc(a, p);
	enum rc rc = plan_lines(c, k->account.no, plan, p);
	if (rc == RC_OK)
		rc = plan_lots(c, a, k->account.no, today, plan, p);
	if (rc == RC_OK && from)
		rc = plan_picks(c, a, from, today, plan, p);
	plan->complete = plan->n_lines > 0;
	for (size_t i = 0; i < plan->n_lines; i++)
		plan->complete = plan->complete && plan->line[i].missing == 0;
	for (size_t i = 0; i < plan->n_lots; i++)
		plan->complete = plan->complete && plan->lot[i].out == 0;
	plan->seen = plan_digest(plan, from);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- a kit and its list ---- */

static enum rc kit_mine(struct act_ctx *x, struct kit *k, struct problem *p)
{
	enum rc rc = kit_get(x->db, x->arena, x->who, x->judge, stock_no(x->args, "kit"), k, p);
	return rc == RC_OK && k->account.closed_ms ? problem_set(p, RC_CONFLICT, WHY_STOCK_CLOSED, "kit", "kit %lld", (long long)k->account.no) : rc;
}

static enum rc not_sealed(const struct kit *k, struct problem *p)
{
	return k->seal.no ? problem_set(p, RC_CONFLICT, WHY_KIT_SEALED, "kit", "kit %lld, seal %lld", (long long)k->account.no, (long long)k->seal.no) : RC_OK;
}

static enum rc same_version(struct act_ctx *x, const struct kit *k, struct problem *p)
{
	return stock_no(x->args, "version") == k->version ? RC_OK : problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "version", "kit %lld is at %lld", (long long)k->account.no, (long long)k->version);
}

static void row_kit(struct rows *out, int64_t kit)
{
	rows_set(out, "kit");
	rows_row(out);
	rows_col_i64(out, "kit", kit);
}

/* "stock_kit_add": store, label (its code) → set "kit": kit. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_account store;
	struct db_stmt *s;
	int64_t no = 0;
	enum rc rc = stock_store_open(x, stock_no(x->args, "store"), &store, p);
	if (rc == RC_OK && str_eq(store.kind, "central"))
		rc = problem_set(p, RC_BAD_INPUT, WHY_KIT_STORE, "store", "store %lld is central", (long long)store.no);
	if (rc == RC_OK)
		rc = stock_store_next(x, &no, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_KIT_ACCOUNT_ADD);
	db_bind_i64(s, 1, no);
	db_bind_str(s, 2, args_get(x->args, "label"));
	db_bind_str(s, 3, store.unit);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	db_bind_i64(s, 6, store.no);
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_STOCK_CODE_TAKEN, "label", "a code twice");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_KIT_ADD);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, store.no);
	rc = db_run(s, p);
	if (rc == RC_OK)
		row_kit(out, no);
	return rc;
}

static enum rc line_put(struct act_ctx *x, const struct kit *k, int64_t product, int64_t milli, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KIT_LINE_END);
	db_bind_i64(s, 1, k->account.no);
	db_bind_i64(s, 2, product);
	db_bind_i64(s, 3, k->version + 1);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && milli) {
		const int64_t at[] = { k->account.no, product, k->version + 1, milli, x->who->account, x->now_ms };
		s = db_stmt(x->db, ST_HOSPITAL_KIT_LINE_ADD);
		for (size_t i = 0; i < N_OF(at); i++)
			db_bind_i64(s, (int)i + 1, at[i]);
		rc = db_run(s, p);
	}
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_KIT_VERSION);
	db_bind_i64(s, 1, k->account.no);
	db_bind_i64(s, 2, k->version);
	return db_run(s, p);
}

/* "stock_kit_line": kit, version, cis, quantity (0 takes it off) → set "kit": kit. The list's next version; what was prepared and sealed by an earlier one stays as it is until it is opened. */
static enum rc line_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	struct stock_product product = { .no = 0 };
	int64_t milli = 0;
	uint32_t cis = 0;
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK)
		rc = same_version(x, &k, p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", true, &milli, p);
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK)
		rc = kit_plan(x->db, x->arena, &k, 0, x->now_ms, &plan, p);
	bool listed = rc == RC_OK && line_of(plan, product.no);
	if (rc == RC_OK && !listed && milli == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_KIT_NOT_LISTED, "cis", "product %lld", (long long)product.no);
	if (rc == RC_OK && !listed && plan->n_lines == KIT_LINES)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "cis", "over %d lines", KIT_LINES);
	if (rc == RC_OK)
		rc = line_put(x, &k, product.no, milli, p);
	if (rc == RC_OK)
		row_kit(out, k.account.no);
	return rc;
}

/* ---- prepared, sealed, opened ---- */

/* A central store, or the ward's own: what a kit is filled from, and where what leaves it goes. */
static enum rc from_get(struct act_ctx *x, const struct kit *k, struct stock_account *from, struct problem *p)
{
	enum rc rc = stock_store_open(x, stock_no(x->args, "from"), from, p);
	return rc == RC_OK && from->no != k->store.no && !str_eq(from->kind, "central") ? problem_set(p, RC_BAD_INPUT, WHY_STOCK_PLACE, "from", "store %lld", (long long)from->no) : rc;
}

static enum rc post_one(struct act_ctx *x, int64_t movement, const struct stock_lot *lot, const struct stock_account *from, const struct stock_account *to, int64_t milli, struct problem *p)
{
	struct stock_product product;
	enum rc rc = stock_product_get(x->db, x->arena, lot->product, &product, p);
	return rc == RC_OK ? stock_post(x, movement, &product, lot, from, to, milli, -1, p) : rc;
}

static enum rc plan_post(struct act_ctx *x, int64_t movement, const struct kit *k, const struct stock_account *from, const struct kit_plan *plan, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; i < plan->n_lots && rc == RC_OK; i++)
		if (plan->lot[i].out)
			rc = post_one(x, movement, &plan->lot[i].held.lot, &k->account, from, plan->lot[i].out, p);
	for (size_t i = 0; i < plan->n_picks && rc == RC_OK; i++)
		rc = post_one(x, movement, &plan->pick[i].lot, from, &k->account, plan->pick[i].milli, p);
	return rc;
}

static void row_moved(struct rows *out, const struct kit *k, int64_t movement, bool again)
{
	row_kit(out, k->account.no);
	rows_col_i64(out, "movement", movement);
	col_flag(out, "again", again);
}

/*
 * "stock_kit_prepare": key, kit, version (of the list that was seen), from, seen (the plan that was seen: view "stock_kit") → set "kit": kit, movement, again. One movement: what must leave goes
 * to from, what is missing comes from there, soonest lots first. CONFLICT KIT_SHORT "from": it lacks something, the view says of what and how much, nothing is done; KIT_SEALED; KIT_COMPLETE; KIT_CHANGED: the
 * lots are no longer those that were seen.
 */
static enum rc prepare_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct stock_account from;
	struct kit_plan *plan = NULL;
	int64_t movement = 0;
	bool again = false;
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK)
		rc = from_get(x, &k, &from, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "kit", .key = stock_form_key(x->arena, "kit", args_get(x->args, "key")) }, &movement, &again, p);
	if (rc == RC_OK && again) {
		row_moved(out, &k, movement, true);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = not_sealed(&k, p);
	if (rc == RC_OK)
		rc = same_version(x, &k, p);
	if (rc == RC_OK)
		rc = kit_plan(x->db, x->arena, &k, from.no, x->now_ms, &plan, p);
	if (rc == RC_OK && plan->n_lines == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_EMPTY, "kit", "kit %lld has no list", (long long)k.account.no);
	if (rc == RC_OK && plan->complete)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_COMPLETE, "kit", "kit %lld", (long long)k.account.no);
	if (rc == RC_OK && plan->lacking)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_SHORT, "from", "%lld products", (long long)plan->lacking);
	if (rc == RC_OK && plan->n_lots + plan->n_picks > KIT_LOTS)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "kit", "over %d lots", KIT_LOTS);
	if (rc == RC_OK && plan->seen != stock_no(x->args, "seen"))
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_CHANGED, "seen", "kit %lld", (long long)k.account.no);
	if (rc == RC_OK)
		rc = plan_post(x, movement, &k, &from, plan, p);
	if (rc == RC_OK)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK)
		row_moved(out, &k, movement, false);
	return rc;
}

static struct str soonest_of(const struct kit_plan *plan)
{
	return plan->n_lots && plan->lot[0].held.lot.expires_on.n ? plan->lot[0].held.lot.expires_on : STR("");
}

static enum rc seal_is_new(struct act_ctx *x, const struct kit *k, struct str number, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KIT_SEAL_FIND);
	bool row = false;
	db_bind_i64(s, 1, k->account.no);
	db_bind_str(s, 2, number);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	return rc == RC_OK && row ? problem_set(p, RC_CONFLICT, WHY_KIT_SEAL_TAKEN, "number", "kit %lld", (long long)k->account.no) : rc;
}

/* "stock_kit_seal": kit, version, number → set "kit": kit, expires_on. Only of what is complete: CONFLICT KIT_INCOMPLETE. The seal keeps the soonest last day of what is in it. */
static enum rc seal_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	struct str number = args_get(x->args, "number");
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK)
		rc = not_sealed(&k, p);
	if (rc == RC_OK)
		rc = same_version(x, &k, p);
	if (rc == RC_OK)
		rc = kit_plan(x->db, x->arena, &k, 0, x->now_ms, &plan, p);
	if (rc == RC_OK && !plan->complete)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_INCOMPLETE, "kit", "kit %lld", (long long)k.account.no);
	if (rc == RC_OK)
		rc = seal_is_new(x, &k, number, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KIT_SEAL_ADD);
	db_bind_i64(s, 1, k.account.no);
	db_bind_str(s, 2, number);
	db_bind_i64(s, 3, k.version);
	db_bind_str(s, 4, soonest_of(plan));
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		row_kit(out, k.account.no);
		col(out, "expires_on", soonest_of(plan));
	}
	return rc;
}

static enum rc seal_end(struct act_ctx *x, const struct kit *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KIT_SEAL_END);
	if (!k->seal.no)
		return RC_OK;
	db_bind_i64(s, 1, k->seal.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	return db_run(s, p);
}

/* "stock_kit_open": key, kit → set "kit": kit, movement, again. All that it holds is on the ward's stock from now on, what expired too: it is never drawn by itself. */
static enum rc open_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	int64_t movement = 0;
	bool again = false;
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK)
		rc = stock_begin(x, &(struct stock_deed){ .kind = "kit_open", .key = stock_form_key(x->arena, "kit_open", args_get(x->args, "key")) }, &movement, &again, p);
	if (rc == RC_OK && !again)
		rc = kit_plan(x->db, x->arena, &k, 0, x->now_ms, &plan, p);
	if (rc == RC_OK && !again && plan->n_lots == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_EMPTY, "kit", "kit %lld", (long long)k.account.no);
	for (size_t i = 0; rc == RC_OK && !again && i < plan->n_lots; i++)
		rc = post_one(x, movement, &plan->lot[i].held.lot, &k.account, &k.store, plan->lot[i].held.milli, p);
	if (rc == RC_OK && !again)
		rc = stock_levels_moved(x, movement, movement, p);
	if (rc == RC_OK && !again)
		rc = seal_end(x, &k, p);
	if (rc == RC_OK)
		row_moved(out, &k, movement, again);
	return rc;
}

/* ---- checked, ended ---- */

/* "stock_kit_check": kit, number (what the seal says) → set "check": outcome (ok, seal: another number than on the books, content: something is missing or may not be given). */
static enum rc check_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	struct str number = args_get(x->args, "number");
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK && k.seal.no && number.n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "number", "none");
	if (rc == RC_OK)
		rc = kit_plan(x->db, x->arena, &k, 0, x->now_ms, &plan, p);
	if (rc != RC_OK)
		return rc;
	bool same = k.seal.no ? str_is(number, k.seal.number) : number.n == 0;
	const char *outcome = !same ? "seal" : plan->complete ? "ok" : "content";
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KIT_CHECK_ADD);
	db_bind_i64(s, 1, k.account.no);
	db_bind_str(s, 2, number.n ? number : STR(""));
	db_bind_str(s, 3, str_of(outcome));
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "check");
		rows_row(out);
		rows_col(out, "outcome", str_of(outcome));
	}
	return rc;
}

/* "stock_kit_end": kit → set "kit": kit. For good, once it holds nothing; its code stays taken, what it did stays readable. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct kit k;
	struct kit_plan *plan = NULL;
	enum rc rc = kit_mine(x, &k, p);
	if (rc == RC_OK)
		rc = not_sealed(&k, p);
	if (rc == RC_OK)
		rc = kit_plan(x->db, x->arena, &k, 0, x->now_ms, &plan, p);
	if (rc == RC_OK && plan->n_lots)
		rc = problem_set(p, RC_CONFLICT, WHY_KIT_HOLDS, "kit", "kit %lld", (long long)k.account.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ACCOUNT_END);
	db_bind_i64(s, 1, k.account.no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK)
		row_kit(out, k.account.no);
	return rc;
}

#define KEY_FIELD { .name = "key", .label = "Key of the form", .kind = FIELD_TOKEN, .max = STOCK_FORM_KEY, .required = true }
#define KIT_FIELD { .name = "kit", .label = "Kit", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }
#define VERSION_FIELD { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }

static const struct field ADD_FIELDS[] = {
	{ .name = "store", .label = "Store", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true }, { .name = "label", .label = "Code", .kind = FIELD_TOKEN, .min = 2, .max = 20, .required = true }, FIELDS_END,
};
static const struct field LINE_FIELDS[] = {
	KIT_FIELD, VERSION_FIELD, { .name = "cis", .label = "Medicine", .kind = FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true },
	{ .name = "quantity", .label = "Quantity", .kind = FIELD_TEXT, .max = 20, .required = true }, FIELDS_END,
};
static const struct field PREPARE_FIELDS[] = {
	KEY_FIELD, KIT_FIELD, VERSION_FIELD, { .name = "from", .label = "Taken from", .kind = FIELD_INT, .min = STOCK_FIRST_STORE, .max = INT64_MAX, .required = true },
	{ .name = "seen", .label = "What was seen", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END,
};
static const struct field SEAL_FIELDS[] = { KIT_FIELD, VERSION_FIELD, { .name = "number", .label = "Number of the seal", .kind = FIELD_TOKEN, .max = 20, .required = true }, FIELDS_END };
static const struct field OPEN_FIELDS[] = { KEY_FIELD, KIT_FIELD, FIELDS_END };
static const struct field CHECK_FIELDS[] = { KIT_FIELD, { .name = "number", .label = "Number of the seal", .kind = FIELD_TOKEN, .max = 20 }, FIELDS_END };
static const struct field END_FIELDS[] = { KIT_FIELD, FIELDS_END };

const struct act kit_acts[] = {
	{ .name = "stock_kit_add",     .may = MAY_PHARMACY,                          .reveals = REVEALS_META, .fields = ADD_FIELDS,     .run = add_run },
	{ .name = "stock_kit_line",    .may = MAY_PHARMACY,                          .reveals = REVEALS_META, .fields = LINE_FIELDS,    .run = line_run },
	{ .name = "stock_kit_prepare", .may = MAY_PHARMACY | MAY_SUPPLY,             .reveals = REVEALS_META, .fields = PREPARE_FIELDS, .run = prepare_run },
	{ .name = "stock_kit_seal",    .may = MAY_PHARMACY | MAY_SUPPLY,             .reveals = REVEALS_META, .fields = SEAL_FIELDS,    .run = seal_run },
	{ .name = "stock_kit_open",    .may = MAY_PHARMACY | MAY_STOCK,              .reveals = REVEALS_META, .fields = OPEN_FIELDS,    .run = open_run },
	{ .name = "stock_kit_check",   .may = MAY_PHARMACY | MAY_STOCK | MAY_SUPPLY, .reveals = REVEALS_META, .fields = CHECK_FIELDS,   .run = check_run },
	{ .name = "stock_kit_end",     .may = MAY_PHARMACY,                          .reveals = REVEALS_META, .fields = END_FIELDS,     .run = end_run },
	{ .name = NULL },
};
