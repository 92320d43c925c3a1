/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/own.c: see own.h. Must name no patient: what stands here is about accounts. Numbers of a moment: they change while they are read.
 * Start at the rows at the end.
 */
#include "gate/own.h"

#include <stdlib.h>

#include "gate/attribute.h"
#include "gate/order.h"
#include "gate/reach.h"
#include "ledger/checked.h"
#include "gate/stream.h"
#include "gate/watch.h"

#define METERS_MOST 100

static void col_flag(struct rows *out, const char *name, bool v)
{
	if (v)
		rows_col(out, name, STR("1"));
}

static const char *const JOB[JOBS] = {
	[JOB_NONE] = "", [JOB_NURSE] = "nurse", [JOB_PHYSICIAN] = "physician", [JOB_EMERGENCY] = "emergency", [JOB_CLERK] = "clerk", [JOB_LABORATORY] = "laboratory", [JOB_CODER] = "coder",
};

static void cols_scale(struct rows *out, const struct ladder_scale *s)
{
	rows_col_i64(out, "all_step", s->all_step);
	rows_col_i64(out, "all_stop", s->all_stop);
	rows_col_i64(out, "apart_step", s->apart_step);
	rows_col_i64(out, "apart_stop", s->apart_stop);
	rows_col_i64(out, "apart_month", s->apart_month);
}

/* From where an account stands, by a session of a key or of a code; none: nothing goes at all. */
struct stands { const struct ladder *l; struct limits limits; uint32_t all, apart, unit; int64_t now_ms; bool none; };

static struct ladder_scale scale_of(const struct stands *x, bool by_code)
{
	struct limits limits = x->limits;
	if (by_code)
		limits.apart_pct = limits.apart_pct * LIMIT_CODE_PCT / 100;
	struct ladder_scale s = authorise_scale(limits);
	s.unit = x->unit;
	return s;
}

static void cols_reach(struct rows *out, const struct stands *x, bool by_code)
{
	static const char *const NAME[2][4] = { { "without_proof", "with_proof", "hidden", "explained" }, { "code_without_proof", "code_with_proof", "code_hidden", "code_explained" } };
	struct ladder_scale job = scale_of(x, by_code);
	struct ladder_reach r = { 0, 0, 0, 0 };
	if (!x->none)
		r = ladder_reach(x->l, &job, x->all, x->apart, x->now_ms, REACH_PACE_MS);
	rows_col_i64(out, NAME[by_code][0], r.without_proof);
	rows_col_i64(out, NAME[by_code][1], r.with_proof);
	rows_col_i64(out, NAME[by_code][2], r.hidden);
	rows_col_i64(out, NAME[by_code][3], r.explained);
}

/*
 * "budgets": what each job may open before a proof is asked for and before it is stopped. Set "jobs": job, all_step, all_stop (distinct patients in 24 hours: proof,
 * stop), apart_step, apart_stop (of these without a care link), apart_month (in thirty days), without_proof, with_proof, hidden, explained (gate/reach.h, of an account
 * that opened nobody yet), and the last four as code_… of a session by password and code. Set "jobs_code": job and the budgets of such a session. Set "roles": role, job.
 * Set "house": emergencies (a shift), emergencies_code, emergencies_staff (of emergency staff), searches (an hour), self_made (a day), rhythm (calls a minute).
 */
static enum rc budgets(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	static const struct ladder fresh;
	(void)k;
	(void)p;
	for (int by_code = 0; by_code < 2; by_code++) {
		rows_set(out, by_code ? "jobs_code" : "jobs");
		for (int job = JOB_NONE + 1; job < JOBS; job++) {
			struct stands x = { .l = &fresh, .limits = { .job = (enum ladder_job)job, .all_pct = 100, .apart_pct = 100 }, .now_ms = l->d->now_ms };
			struct ladder_scale s = scale_of(&x, by_code);
			rows_row(out);
			rows_col(out, "job", str_of(JOB[job]));
			cols_scale(out, &s);
			if (!by_code)
				cols_reach(out, &x, false);
			if (!by_code)
				cols_reach(out, &x, true);
		}
	}
	rows_set(out, "roles");
	for (int role = ROLE_NONE + 1; role < ROLE__END; role++) {
		struct limits limits = authorise_limits((enum role)role);
		if (limits.by_ticket || role == ROLE_OPERATOR)
			continue;
		rows_row(out);
		rows_col(out, "role", str_of(role_code((enum role)role)));
		rows_col(out, "job", str_of(JOB[limits.job]));
	}
	rows_set(out, "house");
	rows_row(out);
	rows_col_i64(out, "emergencies", LIMIT_GLASS);
	rows_col_i64(out, "emergencies_code", LIMIT_GLASS_CODE);
	rows_col_i64(out, "emergencies_staff", LIMIT_GLASS * LIMIT_GLASS_TIMES);
	rows_col_i64(out, "searches", LIMIT_SEARCHES);
	rows_col_i64(out, "self_made", LIMIT_SELF_MADE);
	rows_col_i64(out, "rhythm", LADDER_RHYTHM);
	return RC_OK;
}

static void cols_meter(struct rows *out, const struct account *acc, const struct meter *m, int64_t now_ms)
{
	rows_col(out, "login", acc->login);
	rows_col(out, "name", acc->name);
	rows_col(out, "role", str_of(role_code(acc->role)));
	rows_col_i64(out, "opened", m->opened);
	rows_col_i64(out, "unexplained", m->unexplained);
	rows_col_i64(out, "emergencies", m->emergencies);
	rows_col_i64(out, "month", ladder_month(&m->ladder, now_ms));
	rows_col_i64(out, "evidence", m->ladder.evidence * INT64_C(100) / LADDER_ALARM); /* per cent of the alarm */
	rows_col_i64(out, "shifts", m->ladder.shifts);
	col_flag(out, "learnt", m->ladder.shifts >= LADDER_LEARNT);
	if (m->ladder.due)
		rows_col(out, "due", str_of(ladder_word((enum ladder_why)m->ladder.due)));
	if (m->ladder.stopped)
		rows_col(out, "stopped", str_of(ladder_word((enum ladder_why)m->ladder.stopped)));
}

static int louder(const void *a, const void *b)
{
	const struct meter *x = a, *y = b;
	int at[] = { (y->ladder.stopped != 0) - (x->ladder.stopped != 0), (y->ladder.due != 0) - (x->ladder.due != 0), (y->ladder.evidence > x->ladder.evidence) - (y->ladder.evidence < x->ladder.evidence),
		(y->opened > x->opened) - (y->opened < x->opened) };
	for (size_t i = 0; i < sizeof at / sizeof *at; i++)
		if (at[i])
			return at[i];
	return 0;
}

/*
 * "meters": where accounts stand, the loudest hundred first. Set "meters": login, name, role, opened, unexplained, emergencies (of 24 hours), month (unexplained in
 * thirty days), evidence (per cent of the alarm), shifts, learnt (flag), due, stopped (the counter that spoke).
 */
static enum rc meters(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct gate *g = l->d->g;
	(void)k;
	order_lock(g);
	size_t n = budget_accounts(order_budget(g)), got = 0;
	struct meter *at = arena_array(&l->d->arena, n + 1, sizeof *at);
	for (size_t i = 0; at && i < n; i++)
		got += budget_meter_nth(order_budget(g), i, order_now(g), &at[got]);
	order_unlock(g);
	if (!at)
		return arena_rc(&l->d->arena, p);
	qsort(at, got, sizeof *at, louder);
	rows_set(out, "meters");
	for (size_t i = 0; i < got && i < METERS_MOST; i++) {
		struct account acc;
		enum rc rc = account_by_no(l->d->db, at[i].account, &l->d->arena, &acc, p);
		if (rc == RC_NOT_FOUND)
			continue;
		if (rc != RC_OK)
			return rc;
		rows_row(out);
		cols_meter(out, &acc, &at[i], l->d->now_ms);
	}
	return RC_OK;
}

/*
 * "meter": login. What this account can still do today, and what it never can. Set "meter": the columns of "meters", job, the person's own budgets (as in "budgets"),
 * and without_proof, with_proof, hidden, explained from where it stands now, by a session of a key and (code_…) of a code; code_apart_step, code_apart_stop; unit_pct (what the weeks of its
 * unit say of the job's mean, per cent; absent: nothing yet); may (the role's rights, as a number).
 */
static enum rc meter(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct gate *g = l->d->g;
	struct account acc;
	enum rc rc = account_by_login(l->d->db, decide_arg(k, "login"), &l->d->arena, &acc, p);
	if (rc != RC_OK)
		return rc;
	struct limits limits = authorise_limits(acc.role);
	if (account_is_emergency(acc.work, acc.calls, acc.n_calls, l->d->now_ms))
		limits = authorise_emergency(limits);
	order_lock(g);
	struct meter m;
	budget_meter(order_budget(g), acc.no, order_now(g), &m);
	int64_t now = order_now(g);
	uint32_t unit = budget_share(order_budget(g), budget_unit(acc.unit), limits.job);
	order_unlock(g);
	struct rules rules;
	if ((rc = rules_of(l->d->db, &acc, &l->d->arena, &rules, p)) != RC_OK)
		return rc;
	limits.all_pct = limits.apart_pct = (unsigned)rules.at[RULE_BUDGET];
	struct stands x = { &m.ladder, limits, m.opened - m.emergencies, m.unexplained, unit, now, limits.by_ticket || limits.all == 0 || m.ladder.stopped };
	struct ladder_scale job = scale_of(&x, false), by_code = scale_of(&x, true), own = ladder_own(&job, &m.ladder), own_code = ladder_own(&by_code, &m.ladder);
	rows_set(out, "meter");
	rows_row(out);
	cols_meter(out, &acc, &m, now);
	rows_col(out, "job", str_of(JOB[limits.job]));
	cols_scale(out, &own);
	rows_col_i64(out, "code_apart_step", own_code.apart_step);
	rows_col_i64(out, "code_apart_stop", own_code.apart_stop);
	cols_reach(out, &x, false);
	cols_reach(out, &x, true);
	if (unit)
		rows_col_i64(out, "unit_pct", (unit + 5) / 10);
	rows_col_i64(out, "may", gate_role_may(acc.role));
	col_flag(out, "by_ticket", limits.by_ticket);
	return RC_OK;
}

/*
 * "trail": when the ledger was last read from end to end (hygie audit verify). Set "trail": entries (now), verified (entries), verified_at, bad (flag); only entries when
 * it never was. Set "checked", oldest first: at, n (entries), bad.
 */
static enum rc trail(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct ledger_checked at[LEDGER_CHECKED];
	struct buf dir;
	size_t n = 0;
	(void)k;
	buf_init(&dir, 4096);
	buf_z(&dir, l->d->g->dir);
	buf_z(&dir, "/ledger");
	buf_ch(&dir, '\0');
	enum rc rc = buf_rc(&dir, p);
	if (rc == RC_OK)
		rc = ledger_checked_read(dir.p, at, &n, p);
	buf_done(&dir);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "trail");
	rows_row(out);
	rows_col_i64(out, "entries", (int64_t)ledger_head(l->d->g->ledger));
	if (n) {
		rows_col_i64(out, "verified", (int64_t)at[n - 1].entries);
		rows_col_i64(out, "verified_at", at[n - 1].at_ms);
		col_flag(out, "bad", !at[n - 1].good);
	}
	rows_set(out, "checked");
	for (size_t i = 0; i < n; i++) {
		rows_row(out);
		rows_col_i64(out, "at", at[i].at_ms);
		rows_col_i64(out, "n", (int64_t)at[i].entries);
		col_flag(out, "bad", !at[i].good);
	}
	return RC_OK;
}

const struct own_view own_views[] = {
	{ "budgets", MAY_REVIEW, REVEALS_META, budgets },
	{ "meters",  MAY_REVIEW, REVEALS_META, meters },
	{ "meter",   MAY_REVIEW, REVEALS_META, meter },
	{ "trail",   MAY_REVIEW, REVEALS_META, trail },
	{ "attribute", MAY_IMPORT, REVEALS_META, attribute_view },
	{ "export_file", MAY_EXPORT_ASK | MAY_API_READ, REVEALS_META, stream_file },
	{ "watch", MAY_MOVE | MAY_ADMINISTER | MAY_READ_CHART | MAY_PHARMACY, REVEALS_NOTHING, watch_view },
	{ .name = NULL },
};

const struct own_view *own_find(struct str name)
{
	for (const struct own_view *v = own_views; v->name; v++)
		if (str_eq(name, v->name))
			return v;
	return NULL;
}
