/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_table.c: what a house sets about prescribing: its own dated rules (shipped empty), the clock times of the moments of a day, which pharmacy sees which
 * unit; and how often alerts are overridden. Must never hold a number of ours, nor rewrite what held before. No patient here. Called by the gate through the rows at the
 * end. Start at rules_view.
 */
#include "hospital/prescription.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"

#define RULES_SHOWN 500
#define CLOCK_ROWS 800
#define RATE_MS (90 * 86400 * INT64_C(1000)) /* how far back alerts are counted */

static const struct choice RULES[] = { { "dose_once", "Largest single dose" }, { "dose_day", "Largest dose in 24 hours" }, { "renal", "Kidney function" }, { "pregnancy", "Pregnancy" },
	{ "breastfeeding", "Breastfeeding" }, { "high_risk", "High-risk medicine" }, { NULL, NULL } };
static const struct choice KINDS[] = { { "cis", "One speciality (CIS)" }, { "substance", "A substance" }, { "atc", "An ATC class" }, { NULL, NULL } };
static const struct choice TIERS[] = { { "1", "Icon" }, { "2", "Beside the line" }, { "3", "Asks for a reason" }, { "4", "Forbids" }, { NULL, NULL } };

static int64_t number_arg(const struct args *a, const char *name, int64_t none)
{
	int64_t v = 0;
	return str_i64(args_get(a, name), &v) == RC_OK ? v : none;
}

/* ---- rules ---- */

static enum rc rows_rules(struct view_ctx *v, struct rows *out, struct people *people, const char *rule, struct problem *p)
{
	struct kept { int64_t no, limit, per_kg, age_from, age_until, gfr, tier, since_ms; struct str kind, code, unit, source; uint32_t by; } *at = arena_array(v->arena, RULES_SHOWN, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ORDER_RULES);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, str_of(rule));
	db_bind_i64(s, 2, 0);
	db_bind_i64(s, 3, RULES_SHOWN);
	while (rc == RC_OK && n < RULES_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct kept){ .no = db_i64(s, 0), .kind = arena_str(v->arena, db_text(s, 2)), .code = arena_str(v->arena, db_text(s, 3)), .limit = db_is_null(s, 4) ? -1 : db_i64(s, 4),
			.unit = arena_str(v->arena, db_text(s, 5)), .per_kg = db_i64(s, 6), .age_from = db_is_null(s, 7) ? -1 : db_i64(s, 7), .age_until = db_is_null(s, 8) ? -1 : db_i64(s, 8),
			.gfr = db_is_null(s, 9) ? -1 : db_i64(s, 9), .tier = db_i64(s, 10), .source = arena_str(v->arena, db_text(s, 11)), .since_ms = db_i64(s, 12), .by = (uint32_t)db_i64(s, 13) };
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct buf b;
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col_z(out, "rule", rule);
		col(out, "kind", at[i].kind);
		col(out, "code", at[i].code);
		if (at[i].limit >= 0) {
			buf_init(&b, 100);
			posology_amount(&b, (struct decimal){ .coefficient = (unsigned __int128)at[i].limit, .exponent = -6 }, arena_z(v->arena, at[i].unit));
			col(out, "limit", buf_view(&b));
			buf_done(&b);
		}
		col_flag(out, "per_kg", at[i].per_kg != 0);
		if (at[i].age_from >= 0)
			rows_col_i64(out, "age_from", at[i].age_from);
		if (at[i].age_until >= 0)
			rows_col_i64(out, "age_until", at[i].age_until);
		if (at[i].gfr >= 0)
			rows_col_i64(out, "gfr", at[i].gfr);
		rows_col_i64(out, "tier", at[i].tier);
		col(out, "source", at[i].source);
		rows_col_i64(out, "since_at", at[i].since_ms);
		col(out, "by_name", person_of(people, at[i].by).name);
	}
	return rc;
}

/* "order_rules": set "rules": no, rule, kind, code, limit, per_kg (flag), age_from, age_until, gfr, tier, source, since_at, by_name; set "rates" (last 90 days): rule, met, overridden. */
static enum rc rules_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	static const char *const ALL[] = { "interaction", "allergy", "allergy_class", "double", "dose_once", "dose_day", "renal", "pregnancy", "breastfeeding", "high_risk" };
	struct people people = { v->db, v->arena, NULL };
	enum rc rc = RC_OK;
	rows_set(out, "rules");
	for (const struct choice *r = RULES; r->code && rc == RC_OK; r++)
		rc = rows_rules(v, out, &people, r->code, p);
	rows_set(out, "rates");
	for (size_t i = 0; i < N_OF(ALL) && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ORDER_RATE);
		bool row = false;
		db_bind_str(s, 1, str_of(ALL[i]));
		db_bind_i64(s, 2, v->now_ms - RATE_MS);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row && db_i64(s, 0) > 0) {
			rows_row(out);
			col_z(out, "rule", ALL[i]);
			rows_col_i64(out, "met", db_i64(s, 0));
			rows_col_i64(out, "overridden", db_i64(s, 1));
		}
		db_reset(s);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

struct new_rule { int64_t limit_micro; const char *unit; };

static enum rc refuse(struct rows *issues, const char *field, struct problem *p)
{
	rows_set(issues, "issues");
	issue_row(issues, WHY_ORDER_RULE, field);
	return problem_set(p, RC_BAD_INPUT, WHY_ORDER_RULE, field, "order rule");
}

/* The limit as a dose is typed: "4 g". */
static enum rc rule_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct str rule = args_get(v->args, "rule"), code = str_trim(args_get(v->args, "what"));
	bool dosed = str_eq(rule, "dose_once") || str_eq(rule, "dose_day");
	struct new_rule *n = ARENA_NEW(v->arena, struct new_rule);
	struct posology_bad bad[POSOLOGY_BAD];
	struct posology q;
	unsigned n_bad = 0;
	uint64_t cis;
	if (!n)
		return arena_rc(v->arena, p);
	*prepared_r = n;
	n->limit_micro = -1;
	if (str_eq(args_get(v->args, "kind"), "cis") && str_u64(code, &cis) != RC_OK)
		return refuse(issues, "what", p);
	if (str_eq(rule, "renal") != (args_get(v->args, "gfr_below").n > 0))
		return refuse(issues, "gfr_below", p);
	if (dosed != (str_trim(args_get(v->args, "limit")).n > 0))
		return refuse(issues, "limit", p);
	if (!dosed)
		return RC_OK;
	posology_type(&(struct posology_typed){ .kind = STR("once"), .dose = args_get(v->args, "limit") }, v->now_ms, &q, bad, &n_bad);
	if (n_bad)
		return refuse(issues, "limit", p);
	n->limit_micro = posology_micro(q.step[0].dose);
	n->unit = q.unit;
	return RC_OK;
}

static void bind_or_null(struct db_stmt *s, int i, int64_t v)
{
	if (v >= 0)
		db_bind_i64(s, i, v);
	else
		db_bind_null(s, i);
}

/* "order_rule_add": rule, kind, what, limit, per_kg, age_from, age_until, gfr_below, tier, source → set "rule": no. Counts from now on. */
static enum rc rule_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct new_rule *n = x->prepared;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_RULE_ADD);
	db_bind_str(s, 1, args_get(x->args, "rule"));
	db_bind_str(s, 2, args_get(x->args, "kind"));
	db_bind_str(s, 3, str_trim(args_get(x->args, "what")));
	bind_or_null(s, 4, n->limit_micro);
	db_bind_str(s, 5, n->unit ? str_of(n->unit) : STR_NONE);
	db_bind_i64(s, 6, args_get(x->args, "per_kg").n > 0);
	bind_or_null(s, 7, number_arg(x->args, "age_from", -1));
	bind_or_null(s, 8, number_arg(x->args, "age_until", -1));
	bind_or_null(s, 9, number_arg(x->args, "gfr_below", -1));
	db_bind_i64(s, 10, number_arg(x->args, "tier", 1));
	db_bind_str(s, 11, str_trim(args_get(x->args, "source")));
	db_bind_i64(s, 12, x->now_ms);
	db_bind_i64(s, 13, x->who->account);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "rule");
		rows_row(out);
		rows_col_i64(out, "no", db_last_rowid(x->db));
	}
	return rc;
}

/* "order_rule_end": no → set "rule": no. It stays, with who ended it and when. */
static enum rc rule_end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_RULE_OPEN);
	int64_t no = number_arg(x->args, "no", 0);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	if (rc == RC_OK && !row)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such rule, or ended");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_ORDER_RULE_END);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "rule");
		rows_row(out);
		rows_col_i64(out, "no", no);
	}
	return rc;
}

/* ---- clocks ---- */

struct clock_row { int32_t since_day; enum posology_moment moment; int16_t minute; };

static enum rc clock_rows(struct db_conn *c, struct str unit, struct clock_row *at, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLOCK_ROWS);
	bool row = false;
	enum rc rc = RC_OK;
	size_t n = 0;
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	db_bind_i64(s, 2, CLOCK_ROWS);
	while (n < CLOCK_ROWS && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n] = (struct clock_row){ (int32_t)db_i64(s, 0), posology_moment_of(db_text(s, 1)), (int16_t)db_i64(s, 2) };
		n += at[n].moment < MOMENT__END;
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

/* What the newest row on or before the day says. Rows are newest first. */
static void apply(struct posology_clock *clock, const struct clock_row *at, size_t n, int32_t day)
{
	for (size_t i = n; i; i--)
		if (at[i - 1].since_day <= day)
			clock->minute[at[i - 1].moment] = at[i - 1].minute;
}

enum rc orders_clocks(struct db_conn *c, struct arena *a, struct str unit, const struct posology_clock **at_r, size_t *n_r, struct problem *p)
{
	struct clock_row *house = arena_array(a, CLOCK_ROWS, sizeof *house), *own = arena_array(a, CLOCK_ROWS, sizeof *own);
	struct posology_clock *clock = arena_array(a, 2 * CLOCK_ROWS + 1, sizeof *clock);
	size_t n_house = 0, n_own = 0, n = 0;
	enum rc rc = arena_rc(a, p);
	if (rc == RC_OK)
		rc = clock_rows(c, STR_NONE, house, &n_house, p);
	if (rc == RC_OK && unit.n)
		rc = clock_rows(c, unit, own, &n_own, p);
	for (size_t i = 0, k = 0; rc == RC_OK && (i < n_house || k < n_own);) {
		int32_t day = k == n_own || (i < n_house && house[i].since_day >= own[k].since_day) ? house[i].since_day : own[k].since_day;
		clock[n] = posology_house;
		clock[n].since_day = day;
		apply(&clock[n], house, n_house, day);
		apply(&clock[n++], own, n_own, day);
		while (i < n_house && house[i].since_day == day)
			i++;
		while (k < n_own && own[k].since_day == day)
			k++;
	}
	*at_r = clock;
	*n_r = n;
	return rc;
}

/* "order_clock": unit (empty: the house). Set "clock": moment, words, minute (that holds today), own (flag: set here, not the product's beginning). Set "units" (one's own): id, name. */
static enum rc clock_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	const struct posology_clock *at = NULL, *now = &posology_house;
	struct civil c = civil_paris(v->now_ms);
	int32_t today = days_of(c.year, c.month, c.day);
	size_t n = 0;
	enum rc rc = orders_clocks(v->db, v->arena, args_get(v->args, "unit"), &at, &n, p);
	for (size_t i = n; rc == RC_OK && i; i--)
		if (at[i - 1].since_day <= today)
			now = &at[i - 1];
	if (rc != RC_OK)
		return rc;
	rows_set(out, "clock");
	for (unsigned m = 0; m < MOMENT__END; m++) {
		rows_row(out);
		col_z(out, "moment", posology_moment_code((enum posology_moment)m));
		col_z(out, "words", posology_moment_words((enum posology_moment)m));
		rows_col_i64(out, "minute", now->minute[m]);
		col_flag(out, "own", now->minute[m] != posology_house.minute[m]);
	}
	rows_set(out, "units");
	for (unsigned i = 0; i < v->who->n_units; i++) {
		rows_row(out);
		rows_col(out, "id", v->who->units[i]);
		col(out, "name", name_of(&names, "Organization", v->who->units[i]));
	}
	return RC_OK;
}

static enum rc clock_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	int *minute = ARENA_NEW(v->arena, int);
	struct posology_bad bad[POSOLOGY_BAD];
	struct posology q;
	unsigned n = 0;
	if (!minute)
		return arena_rc(v->arena, p);
	*prepared_r = minute;
	posology_type(&(struct posology_typed){ .kind = STR("moments"), .dose = STR("1"), .unit = STR("{dose}"), .take = args_get(v->args, "time") }, v->now_ms, &q, bad, &n);
	if (n || q.step[0].n_takes != 1 || q.step[0].take[0].at != MOMENT_CLOCK) {
		rows_set(issues, "issues");
		issue_row(issues, WHY_ORDER_CLOCK, "time");
		return problem_set(p, RC_BAD_INPUT, WHY_ORDER_CLOCK, "time", "no clock time");
	}
	*minute = q.step[0].take[0].minute;
	return RC_OK;
}

/* "order_clock_set": moment, time ("8h30"), unit (empty: the house) → set "clock": moment, minute. Holds from tomorrow on, so that no plan of today moves. */
static enum rc clock_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str unit = args_get(x->args, "unit");
	struct civil c = civil_paris(x->now_ms);
	int minute = *(const int *)x->prepared;
	bool own = !unit.n;
	for (unsigned i = 0; i < x->who->n_units; i++)
		own = own || str_is(unit, x->who->units[i]);
	if (!own)
		return problem_set(p, RC_DENIED, WHY_UNIT_NOT_YOURS, "unit", "a clock of another unit");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOCK_PUT);
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	db_bind_i64(s, 2, days_of(c.year, c.month, c.day) + 1);
	db_bind_str(s, 3, args_get(x->args, "moment"));
	db_bind_i64(s, 4, minute);
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "clock");
		rows_row(out);
		rows_col(out, "moment", args_get(x->args, "moment"));
		rows_col_i64(out, "minute", minute);
	}
	return rc;
}

/* ---- which pharmacy ---- */

static enum rc pharmacy_row(struct db_conn *c, struct arena *a, struct str unit, struct str *pharmacy_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PHARMACY_OF);
	bool row = false;
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	enum rc rc = db_step(s, &row, p);
	*pharmacy_r = rc == RC_OK && row ? arena_str(a, db_text(s, 0)) : STR_NONE;
	db_reset(s);
	return rc;
}

enum rc order_pharmacy(struct db_conn *c, struct arena *a, struct str unit, struct str *pharmacy_r, struct problem *p)
{
	enum rc rc = pharmacy_row(c, a, unit, pharmacy_r, p);
	return rc == RC_OK && !pharmacy_r->n && unit.n ? pharmacy_row(c, a, STR_NONE, pharmacy_r, p) : rc;
}

/* "order_pharmacy_set": unit (empty: every one without a row of its own) → set "pharmacy": unit. The pharmacist's own present unit sees it from now on. */
static enum rc pharmacy_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str unit = args_get(x->args, "unit");
	if (!x->who->unit.n || (unit.n && !unit_exists(x->db, unit)))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "unit", "no unit");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PHARMACY_SET);
	db_bind_str(s, 1, unit.n ? unit : STR(""));
	db_bind_str(s, 2, x->who->unit);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK) {
		rows_set(out, "pharmacy");
		rows_row(out);
		rows_col(out, "unit", x->who->unit);
	}
	return rc;
}

static const struct choice MOMENTS[] = { { "WAKE", "On waking" }, { "ACM", "Before breakfast" }, { "MORN", "Morning" }, { "CM", "With breakfast" }, { "PCM", "After breakfast" }, { "ACD", "Before lunch" },
	{ "NOON", "Noon" }, { "CD", "With lunch" }, { "PCD", "After lunch" }, { "AFT", "Afternoon" }, { "ACV", "Before dinner" }, { "EVE", "Evening" }, { "CV", "With dinner" }, { "PCV", "After dinner" },
	{ "HS", "Bedtime" }, { "NIGHT", "Night" }, { NULL, NULL } };

static const struct field RULE_FIELDS[] = {
	{ .name = "rule",      .label = "Rule",       .kind = FIELD_CODE, .choices = RULES, .required = true },
	{ .name = "kind",      .label = "Of",         .kind = FIELD_CODE, .choices = KINDS, .required = true },
	{ .name = "what",      .label = "Which",      .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	{ .name = "limit",     .label = "Limit",      .kind = FIELD_TEXT, .max = 40 },
	{ .name = "per_kg",    .label = "Per kilogram", .kind = FIELD_FLAG },
	{ .name = "age_from",  .label = "From age",   .kind = FIELD_INT,  .min = 0, .max = 130 },
	{ .name = "age_until", .label = "Until age",  .kind = FIELD_INT,  .min = 0, .max = 130 },
	{ .name = "gfr_below", .label = "Filtration rate below", .kind = FIELD_INT, .min = 1, .max = 200 },
	{ .name = "tier",      .label = "Alert",      .kind = FIELD_CODE, .choices = TIERS, .required = true },
	{ .name = "source",    .label = "Source",     .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field CLOCK_FIELDS[] = {
	{ .name = "moment", .label = "Moment", .kind = FIELD_CODE, .choices = MOMENTS, .required = true },
	{ .name = "time",   .label = "Time",   .kind = FIELD_TEXT, .max = 10, .required = true },
	{ .name = "unit",   .label = "Unit",   .kind = FIELD_ID },
	FIELDS_END,
};
static const struct field UNIT_FIELDS[] = { { .name = "unit", .label = "Unit", .kind = FIELD_ID }, FIELDS_END };

const struct view order_table_views[] = {
	{ .name = "order_rules", .may = MAY_PHARMACY | MAY_READ_CHART, .reveals = REVEALS_META, .run = rules_view },
	{ .name = "order_clock", .may = MAY_PHARMACY | MAY_READ_CHART, .reveals = REVEALS_META, .run = clock_view },
	{ .name = NULL },
};
const struct act order_table_acts[] = {
	{ .name = "order_rule_add",     .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = RULE_FIELDS,  .prepare = rule_prepare, .run = rule_run },
	{ .name = "order_rule_end",     .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = NO_FIELDS,    .run = rule_end_run },
	{ .name = "order_clock_set",    .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = CLOCK_FIELDS, .prepare = clock_prepare, .run = clock_run },
	{ .name = "order_pharmacy_set", .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = UNIT_FIELDS,  .run = pharmacy_run },
	{ .name = NULL },
};
