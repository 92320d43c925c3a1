/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/entrust.c: what one person entrusts another with (SECURITY 7.2): the on-call list of a unit, and a patient handed over. Both explain openings (relation.c),
 * so they must never be made by whom they serve, nor hand on what was only handed to oneself. Called by the gate through the rows at the end. Start at calls.
 */
#include "base/clock.h"
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/relation.h"
#include "hospital/known.h"

#define HOUR_MS (3600 * INT64_C(1000))
#define DAY_MS (24 * HOUR_MS)
#define CALL_HOURS 72        /* a duty at most: a weekend and its Monday morning */
#define CALL_AHEAD 62        /* days that a list reaches */
#define CALLS_MOST 100       /* of a unit, on one page */
#define HANDED_MOST 50       /* to and by one person, on one page */

static int64_t number_arg(const struct args *a, const char *name)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

static bool is_own_unit(const struct actor *who, struct str unit)
{
	for (unsigned i = 0; i < who->n_units; i++)
		if (str_is(who->units[i], unit))
			return true;
	return false;
}

/* ---- on-call lists ---- */

struct call { int64_t no, from_ms, until_ms, ended_by, ended_ms; uint32_t account, made_by; struct str unit; };

static struct call call_row(struct db_stmt *s, struct arena *a)
{
	return (struct call){ .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .unit = arena_str(a, db_text(s, 2)), .from_ms = db_i64(s, 3), .until_ms = db_i64(s, 4),
		.made_by = (uint32_t)db_i64(s, 5), .ended_by = db_i64(s, 6), .ended_ms = db_i64(s, 7) };
}

static enum rc calls_of_unit(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_CALL_LIST);
	struct call *at = arena_array(v->arena, CALLS_MOST, sizeof *at);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, v->now_ms);
	db_bind_i64(s, 3, CALLS_MOST);
	while (rc == RC_OK && n < CALLS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = call_row(s, v->arena);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct person who = person_of(people, at[i].account);
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col(out, "login", who.login);
		col(out, "name", who.name);
		col(out, "unit", at[i].unit);
		col(out, "unit_name", name_of(names, "Organization", at[i].unit));
		rows_col_i64(out, "from_at", at[i].from_ms);
		rows_col_i64(out, "until_at", at[i].until_ms);
		col(out, "by_name", person_of(people, at[i].made_by).name);
		col_z(out, "state", at[i].ended_ms ? "ended" : at[i].from_ms > v->now_ms ? "to_come" : "on");
		col_flag(out, "mine", at[i].account == v->who->account);
	}
	return rc;
}

/*
 * "on_call": unit (for who manages accounts; others see their own units). Who is on call, the soonest over first. Set "calls": no, login, name, unit, unit_name, from_at, until_at,
 * by_name (who made it), state (on, to_come, ended), mine (flag). Set "units" (one's own): id, name.
 */
static enum rc calls(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct str unit = args_get(v->args, "unit");
	enum rc rc = RC_OK;
	rows_set(out, "calls");
	if (unit.n && (v->judge->may(v->who->role) & MAY_MANAGE))
		rc = calls_of_unit(v, out, &people, &names, unit, p);
	for (unsigned i = 0; i < v->who->n_units && rc == RC_OK; i++)
		rc = calls_of_unit(v, out, &people, &names, v->who->units[i], p);
	rows_set(out, "units");
	for (unsigned i = 0; i < v->who->n_units && rc == RC_OK; i++) {
		rows_row(out);
		rows_col(out, "id", v->who->units[i]);
		col(out, "name", name_of(&names, "Organization", v->who->units[i]));
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* A day and an hour of it, in Paris. */
static bool begins_at(const struct args *a, int64_t *at_r)
{
	struct str day = args_get(a, "day");
	int64_t low = when_low(day);
	if (low == INT64_MIN)
		return false;
	struct civil c = civil_paris(low + 12 * HOUR_MS); /* a day has its noon in either zone */
	*at_r = civil_paris_to_ms((struct civil){ .year = c.year, .month = c.month, .day = c.day, .hour = (int)number_arg(a, "hour") });
	return true;
}

/* Who makes lists: an administrator for any unit, a physician for the units that are his own. Security and data protection officers work in none. */
static enum rc call_is_good(struct act_ctx *x, const struct account *acc, int64_t from_ms, int64_t until_ms, struct problem *p)
{
	struct str unit = args_get(x->args, "unit");
	if (acc->no == x->who->account)
		return problem_set(p, RC_DENIED, WHY_ENTRUST_OWN, "login", "account %u puts itself on the list", acc->no);
	if (!unit_exists(x->db, unit))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "unit", "unknown unit");
	if (!(x->judge->may(x->who->role) & MAY_MANAGE) && !is_own_unit(x->who, unit))
		return problem_set(p, RC_DENIED, WHY_UNIT_NOT_YOURS, "unit", "a list of another unit");
	if ((acc->role != ROLE_NURSE && acc->role != ROLE_PHYSICIAN) || !account_is_open(acc, x->now_ms))
		return problem_set(p, RC_BAD_INPUT, WHY_ENTRUST_ROLE, "login", "account %u: role %d, or closed", acc->no, (int)acc->role);
	bool ahead = until_ms > x->now_ms && from_ms < x->now_ms + CALL_AHEAD * DAY_MS;
	return ahead ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_ON_CALL_SPAN, "day", "not within %d days to come", CALL_AHEAD);
}

/* "on_call_add": login, unit, day, hour, hours → set "call": no. Opens the unit's patients to that account from then on, and gives it the budgets of emergency staff meanwhile. */
static enum rc call_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	int64_t from_ms = 0, hours = number_arg(x->args, "hours");
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK && !begins_at(x->args, &from_ms))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "day", "no day");
	if (rc == RC_OK)
		rc = call_is_good(x, &acc, from_ms, from_ms + hours * HOUR_MS, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CALL_ADD);
	db_bind_i64(s, 1, acc.no);
	db_bind_str(s, 2, args_get(x->args, "unit"));
	db_bind_i64(s, 3, from_ms);
	db_bind_i64(s, 4, from_ms + hours * HOUR_MS);
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	rc = db_run(s, p);
	int64_t no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "call");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

/* "on_call_end": no → set "call": no. By whoever may make that list, or by who is on it: that takes away. */
static enum rc call_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CALL_GET);
	bool row = false;
	db_bind_i64(s, 1, number_arg(x->args, "no"));
	enum rc rc = db_step(s, &row, p);
	struct call k = rc == RC_OK && row ? call_row(s, x->arena) : (struct call){ .no = 0 };
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!k.no || (!(x->judge->may(x->who->role) & MAY_MANAGE) && !is_own_unit(x->who, k.unit) && k.account != x->who->account))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such duty of a unit of account %u", x->who->account);
	s = db_stmt(x->db, ST_HOSPITAL_CALL_END);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "call");
	rows_row(out);
	rows_col_i64(out, "no", k.no);
	return RC_OK;
}

/* ---- hand-overs ---- */

struct handed { int64_t no, patient, at_ms, until_ms; uint32_t to, from; };

static enum rc handed_rows(struct view_ctx *v, enum stmt which, struct handed *at, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	bool row = false;
	unsigned n = 0;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, v->who->account);
	db_bind_i64(s, 2, v->now_ms);
	db_bind_i64(s, 3, HANDED_MOST);
	while (n < HANDED_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct handed){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 4), db_i64(s, 5), (uint32_t)db_i64(s, 2), (uint32_t)db_i64(s, 3) };
	db_reset(s);
	*n_r = n;
	return rc;
}

/* BARRIER: named are those only whom a fact joins to the reader now. */
static enum rc row_handed(struct view_ctx *v, struct rows *out, struct people *people, const struct handed *h, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	bool found = false, mine = h->to == v->who->account;
	if (!relation_find(v->db, v->who, h->patient, v->now_ms, &f) || f.made_by == v->who->account)
		return RC_OK;
	enum rc rc = item_by_rid(v->db, v->arena, h->patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&it, v->arena, &t);
	known_beware(v->db, &t);
	rows_row(out);
	rows_patient(out, h->patient, TIER_MASKED);
	traits_named(out, &t, v->now_ms);
	rows_col_i64(out, "no", h->no);
	col(out, "other_name", person_of(people, mine ? h->from : h->to).name);
	rows_col_i64(out, "at", h->at_ms);
	rows_col_i64(out, "until_at", h->until_ms);
	return RC_OK;
}

/*
 * "handed": whom colleagues handed over to me and I to them, those that still hold. Sets "to_me" and "by_me": id, name, born_on, age, sex, status, no, other_name (the colleague), at, until_at.
 */
static enum rc handed(struct view_ctx *v, struct rows *out, struct problem *p)
{
	static const struct { enum stmt which; const char *set; } SETS[] = { { ST_HOSPITAL_HAND_TO, "to_me" }, { ST_HOSPITAL_HAND_FROM, "by_me" } };
	struct people people = { v->db, v->arena, NULL };
	struct handed *at = arena_array(v->arena, HANDED_MOST, sizeof *at);
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	for (size_t i = 0; i < N_OF(SETS) && rc == RC_OK; i++) {
		unsigned n = 0;
		rc = handed_rows(v, SETS[i].which, at, &n, p);
		rows_set(out, SETS[i].set);
		for (unsigned k = 0; k < n && rc == RC_OK; k++)
			rc = row_handed(v, out, &people, &at[k], p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/*
 * "hand_over": patient, login → set "handed": no. To a colleague who reads charts, until the end of the shift to come (24 h). Only of whom the giver's own work joins to the patient:
 * what a reason opened, what he made himself and what was handed to him goes no further.
 */
static enum rc hand_over(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	struct fact f;
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient"));
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK && acc.no == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_ENTRUST_OWN, "login", "account %u hands over to itself", acc.no);
	if (rc == RC_OK && (!(x->judge->may(acc.role) & MAY_READ_CHART) || !account_is_open(&acc, x->now_ms)))
		rc = problem_set(p, RC_BAD_INPUT, WHY_ENTRUST_ROLE, "login", "account %u: role %d, or closed", acc.no, (int)acc.role);
	if (rc == RC_OK && (!relation_find(x->db, x->who, patient, x->now_ms, &f) || f.made_by == x->who->account || f.kind == FACT_HANDED))
		rc = problem_set(p, RC_DENIED, WHY_HAND_NOT_YOURS, "patient", "nothing of account %u's own work", x->who->account);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_HAND_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, acc.no);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	db_bind_i64(s, 5, x->now_ms + RELATION_HANDED_MS);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "handed");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* "hand_over_end": no → set "handed": no. By either of the two. */
static enum rc hand_over_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_HAND_GET);
	int64_t no = number_arg(x->args, "no");
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	bool one_of_two = rc == RC_OK && row && (db_i64(s, 2) == x->who->account || db_i64(s, 3) == x->who->account);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!one_of_two)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such hand-over of account %u", x->who->account);
	s = db_stmt(x->db, ST_HOSPITAL_HAND_END);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "handed");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

static const struct field CALL_FIELDS[] = {
	{ .name = "login", .label = "Login of who is on call", .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "unit",  .label = "Unit",                    .kind = FIELD_ID,    .required = true },
	{ .name = "day",   .label = "Day",                     .kind = FIELD_DATE,  .required = true },
	{ .name = "hour",  .label = "From what hour",          .kind = FIELD_INT,   .min = 0, .max = 23, .required = true },
	{ .name = "hours", .label = "For how many hours",      .kind = FIELD_INT,   .min = 1, .max = CALL_HOURS, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field HAND_FIELDS[] = {
	{ .name = "patient", .label = "Patient",              .kind = FIELD_ID,    .required = true },
	{ .name = "login",   .label = "Login of the colleague", .kind = FIELD_TOKEN, .max = 64, .required = true },
	FIELDS_END,
};

const struct view entrust_views[] = {
	{ .name = "on_call", .may = MAY_MANAGE | MAY_READ_CHART, .reveals = REVEALS_META,      .run = calls },
	{ .name = "handed",  .may = MAY_READ_CHART,              .reveals = REVEALS_WORK_LIST, .run = handed },
	{ .name = NULL },
};

const struct act entrust_acts[] = {
	{ .name = "on_call_add",   .may = MAY_MANAGE | MAY_RELEASE,    .reveals = REVEALS_META,        .fields = CALL_FIELDS, .key = true, .run = call_add },
	{ .name = "on_call_end",   .may = MAY_MANAGE | MAY_READ_CHART, .reveals = REVEALS_META,        .fields = NO_FIELDS,   .run = call_end },
	{ .name = "hand_over",     .may = MAY_READ_CHART,              .reveals = REVEALS_ONE_PATIENT, .fields = HAND_FIELDS, .run = hand_over },
	{ .name = "hand_over_end", .may = MAY_READ_CHART,              .reveals = REVEALS_META,        .fields = NO_FIELDS,   .run = hand_over_end },
	{ .name = NULL },
};
