/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/plan_blanc.c: « plan blanc »: a mass casualty. One person asks for it, another signs, each with a fresh code; for twelve hours everybody may name five times as
 * many emergencies (SECURITY 7.9), and everybody is told. It widens nothing else. Who ends it needs nobody else: that takes away.
 * Must never let one person do both. What widens is the gate's own fold of the act "plan_sign". Start at plan_view.
 */
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"

#define PAGE_PLANS 20
#define REASON_MOST 300

struct plan_blanc { int64_t no, asked_by, asked_ms, signed_by, signed_ms, until_ms, ended_by, ended_ms; struct str reason; };

static enum rc plans(struct db_conn *c, struct arena *a, struct plan_blanc *at, unsigned max, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PLAN_LAST);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, max);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < max) {
		struct plan_blanc *k = &at[n++];
		*k = (struct plan_blanc){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 4), db_i64(s, 5), db_i64(s, 6), db_i64(s, 7), db_i64(s, 8), STR_NONE };
		k->reason = unsealed(c, a, 0, (struct keys_bound){ SEALS_PLAN, k->asked_ms, k->asked_by }, db_text(s, 3));
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

/* "asked": waits for its second signature; "on"; "over". */
static const char *state_of(const struct plan_blanc *k, int64_t now_ms)
{
	if (k->ended_ms)
		return "over";
	if (!k->signed_ms)
		return now_ms < k->asked_ms + PLAN_ASKED_MS ? "asked" : "over";
	return now_ms < k->until_ms ? "on" : "over";
}

/* "plan": set "plans", newest first: no, state (asked, on, over), asked_at, asked_by_name, reason, signed_at, signed_by_name, until_at, ended_at, ended_by_name, mine (flag: asked for by who looks). */
static enum rc plan_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct plan_blanc at[PAGE_PLANS];
	unsigned n = 0;
	enum rc rc = plans(v->db, v->arena, at, PAGE_PLANS, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "plans");
	for (unsigned i = 0; i < n; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col_z(out, "state", state_of(&at[i], v->now_ms));
		rows_col_i64(out, "asked_at", at[i].asked_ms);
		col(out, "asked_by_name", person_of(&people, (uint32_t)at[i].asked_by).name);
		col(out, "reason", at[i].reason);
		col_flag(out, "mine", at[i].asked_by == v->who->account);
		if (at[i].signed_ms) {
			rows_col_i64(out, "signed_at", at[i].signed_ms);
			rows_col_i64(out, "until_at", at[i].until_ms);
			col(out, "signed_by_name", person_of(&people, (uint32_t)at[i].signed_by).name);
		}
		if (at[i].ended_ms) {
			rows_col_i64(out, "ended_at", at[i].ended_ms);
			col(out, "ended_by_name", person_of(&people, (uint32_t)at[i].ended_by).name);
		}
	}
	return arena_rc(v->arena, p);
}

/* ---- acts ---- */

static int64_t no_arg(const struct args *a)
{
	uint64_t v = 0;
	return str_u64(args_get(a, "no"), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

/* The newest plan: at most one is asked for or on. */
static enum rc newest(struct db_conn *c, struct arena *a, struct plan_blanc *k, unsigned *n_r, struct problem *p)
{
	*k = (struct plan_blanc){ .no = 0 };
	return plans(c, a, k, 1, n_r, p);
}

static enum rc may_ask(struct db_conn *c, struct arena *a, int64_t now_ms, struct problem *p)
{
	struct plan_blanc k;
	unsigned n = 0;
	enum rc rc = newest(c, a, &k, &n, p);
	if (rc == RC_OK && n && !str_eq(str_of(state_of(&k, now_ms)), "over"))
		rc = problem_set(p, RC_CONFLICT, WHY_PLAN_RUNS, "", "plan %lld", (long long)k.no);
	return rc;
}

static enum rc may_sign(struct db_conn *c, struct arena *a, const struct actor *who, int64_t no, int64_t now_ms, struct problem *p)
{
	struct plan_blanc k;
	unsigned n = 0;
	enum rc rc = newest(c, a, &k, &n, p);
	if (rc != RC_OK)
		return rc;
	if (!n || k.no != no || !str_eq(str_of(state_of(&k, now_ms)), "asked"))
		return problem_set(p, RC_CONFLICT, WHY_PLAN_OVER, "no", "plan %lld", (long long)no);
	return k.asked_by == who->account ? problem_set(p, RC_DENIED, WHY_PLAN_OWN, "no", "plan %lld: own", (long long)no) : RC_OK;
}

static enum rc may_end(struct db_conn *c, struct arena *a, int64_t no, int64_t now_ms, struct problem *p)
{
	struct plan_blanc k;
	unsigned n = 0;
	enum rc rc = newest(c, a, &k, &n, p);
	if (rc == RC_OK && (!n || k.no != no || str_eq(str_of(state_of(&k, now_ms)), "over")))
		rc = problem_set(p, RC_CONFLICT, WHY_PLAN_OVER, "no", "plan %lld", (long long)no);
	return rc;
}

static enum rc told(struct rows *issues, enum rc rc, const struct problem *p)
{
	if (rc == RC_CONFLICT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

static enum rc ask_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	(void)prepared_r;
	return told(issues, may_ask(v->db, v->arena, v->now_ms, p), p);
}

static enum rc sign_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	(void)prepared_r;
	return told(issues, may_sign(v->db, v->arena, v->who, no_arg(v->args), v->now_ms, p), p);
}

static enum rc end_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	(void)prepared_r;
	return told(issues, may_end(v->db, v->arena, no_arg(v->args), v->now_ms, p), p);
}

static void answer(struct rows *out, int64_t no)
{
	rows_set(out, "plan");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "plan_ask": reason, code → set "plan": no. */
static enum rc ask_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct buf sealed;
	enum rc rc = may_ask(x->db, x->arena, x->now_ms, p);
	buf_init(&sealed, 4 * REASON_MOST + SEAL_MORE);
	if (rc == RC_OK)
		rc = keys_seal(x->db, 0, (struct keys_bound){ SEALS_PLAN, x->now_ms, x->who->account }, args_get(x->args, "reason"), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PLAN_ADD);
	db_bind_i64(s, 1, x->who->account);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_blob(s, 3, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&sealed);
	if (rc == RC_OK)
		answer(out, db_last_rowid(x->db));
	return rc;
}

/* Writes who and when to a plan that may be changed so; until_ms where the statement takes one, 0 where not. */
static enum rc put(struct act_ctx *x, enum stmt which, enum rc may, int64_t no, int64_t until_ms, struct rows *out, struct problem *p)
{
	if (may != RC_OK)
		return may;
	struct db_stmt *s = db_stmt(x->db, which);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	if (until_ms)
		db_bind_i64(s, 4, until_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, no);
	return rc;
}

/* "plan_sign": no, code, by another person → set "plan": no. The gate widens from this act's intent on. */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = no_arg(x->args);
	return put(x, ST_HOSPITAL_PLAN_SIGN, may_sign(x->db, x->arena, x->who, no, x->now_ms, p), no, x->now_ms + PLAN_MS, out, p);
}

/* "plan_end": no, code → set "plan": no. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = no_arg(x->args);
	return put(x, ST_HOSPITAL_PLAN_END, may_end(x->db, x->arena, no, x->now_ms, p), no, 0, out, p);
}

#define CODE { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
static const struct field ASK_FIELDS[] = { { .name = "reason", .label = "Reason", .kind = FIELD_TEXT, .min = 3, .max = REASON_MOST, .required = true }, CODE, FIELDS_END };
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Plan blanc", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE, FIELDS_END };

const struct view plan_views[] = {
	{ .name = "plan", .may = MAY_RELEASE, .reveals = REVEALS_META, .run = plan_view },
	{ .name = NULL },
};

const struct act plan_acts[] = {
	{ .name = "plan_ask",  .may = MAY_RELEASE, .reveals = REVEALS_NOTHING, .fields = ASK_FIELDS, .fresh = true, .prepare = ask_prepare,  .run = ask_run },
	{ .name = "plan_sign", .may = MAY_RELEASE, .reveals = REVEALS_NOTHING, .fields = NO_FIELDS,  .fresh = true, .prepare = sign_prepare, .run = sign_run },
	{ .name = "plan_end",  .may = MAY_RELEASE, .reveals = REVEALS_NOTHING, .fields = NO_FIELDS,  .fresh = true, .prepare = end_prepare,  .run = end_run },
	{ .name = NULL },
};
