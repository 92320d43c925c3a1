/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda.c: keeping calendars (who has one, its weekly hours, closings, kinds of consultation), and the day and week that they show. Must never name somebody of
 * another unit or another day: today's agenda of my unit says names where somebody else made what explains them, other days of my unit initials, other units that a time is taken.
 * Called by the gate through the rows at the end. Start at agenda_day_view.
 */
#include "hospital/agenda.h"

#include "base/clock.h"
#include "hospital/care.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/relation.h"
#include "hospital/traits.h"

#include <stdio.h>
#include <string.h>

#define DAY_ROWS   400    /* of one calendar and day */
#define AHEAD_DAYS 732
#define OFFERED    60     /* people, rooms, devices that could have a calendar */

/* ---- arguments ---- */

/* "8", "8h30", "08:30", "0830", "24:00": minutes of the day; -1: none. */
static int minute_of(struct str typed)
{
	int digits[4], n = 0;
	typed = str_trim(typed);
	for (size_t i = 0; i < typed.n; i++) {
		char c = typed.p[i];
		if (c >= '0' && c <= '9' && n < 4)
			digits[n++] = c - '0';
		else if ((c != ':' && c != 'h' && c != 'H') || (n != 1 && n != 2))
			return -1;
	}
	if (!n)
		return -1;
	int hour = n == 1 || n == 3 ? digits[0] : digits[0] * 10 + digits[1], minute = n < 3 ? 0 : digits[n - 2] * 10 + digits[n - 1];
	return minute < 60 && hour * 60 + minute <= 1440 ? hour * 60 + minute : -1;
}

/* A day of the form; absent: `otherwise`. */
static int32_t day_arg(const struct args *a, const char *name, int32_t otherwise)
{
	int64_t ms = when_low(args_get(a, name));
	return ms == INT64_MIN ? otherwise : agenda_day(ms + 12 * CARE_HOUR_MS);
}

static bool is_mine(const struct actor *who, struct str unit)
{
	for (unsigned i = 0; i < who->n_units; i++)
		if (str_is(who->units[i], unit))
			return true;
	return false;
}

static enum rc wants_mine(const struct act_ctx *x, struct str unit, struct problem *p)
{
	return unit.n && is_mine(x->who, unit) ? RC_OK : problem_set(p, RC_DENIED, WHY_AGENDA_OTHER, "agenda", "another unit's");
}

static enum rc own_agenda(struct act_ctx *x, struct agenda *g, struct problem *p)
{
	bool found = false;
	enum rc rc = agenda_get(x->db, x->arena, (int64_t)care_arg(x->args, "agenda"), &found, g, p);
	if (rc == RC_OK && !found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "agenda", "no such calendar");
	return rc == RC_OK ? wants_mine(x, g->unit, p) : rc;
}

static void tell_no(struct rows *out, const char *set, struct act_ctx *x)
{
	rows_set(out, set);
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
}

/* ---- acts ---- */

static enum rc write_schedule(struct act_ctx *x, const struct agenda *g, struct record_done *d, struct problem *p)
{
	struct buf body;
	struct jw w;
	buf_init(&body, 4000);
	compose_begin(&w, &body, "Schedule", STR_NONE, NULL);
	jw_key(&w, "active");
	jw_bool(&w, true);
	jw_key(&w, "actor");
	jw_array(&w);
	jw_object(&w);
	struct buf ref;
	buf_init(&ref, 200);
	buf_str(&ref, g->type);
	buf_ch(&ref, '/');
	buf_str(&ref, g->actor);
	jw_member(&w, "reference", buf_view(&ref));
	jw_end(&w, '}');
	jw_end(&w, ']');
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "Schedule", STR_NONE, &body, NULL, d, p);
	buf_done(&ref);
	buf_done(&body);
	return rc;
}

/* "agenda_add": a calendar of a practitioner, a room or a device, in the unit worked in. Set "agenda": no. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct agenda g = { .unit = x->who->unit, .type = args_get(x->args, "type"), .actor = args_get(x->args, "actor") };
	struct item it;
	bool found = false;
	struct record_done d;
	char type[16];
	(void)snprintf(type, sizeof type, "%.*s", (int)g.type.n, g.type.p);
	enum rc rc = wants_mine(x, g.unit, p);
	if (rc != RC_OK)
		return rc;
	if ((rc = item_find(x->db, x->arena, type, g.actor, &found, &it, p)) != RC_OK)
		return rc;
	if (!found || str_eq(json_get_text(it.body, "active"), "false"))
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_ACTOR, "actor", "unknown");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_AGENDA_OF_ACTOR);
	db_bind_str(s, 1, g.type);
	db_bind_str(s, 2, g.actor);
	rc = db_step(s, &found, p);
	db_reset(s);
	if (rc == RC_OK && found)
		return problem_set(p, RC_CONFLICT, WHY_AGENDA_TWICE, "actor", "has one");
	if (rc == RC_OK)
		rc = write_schedule(x, &g, &d, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_AGENDA_ADD);
	db_bind_str(s, 1, g.unit);
	db_bind_str(s, 2, g.type);
	db_bind_str(s, 3, g.actor);
	db_bind_str(s, 4, arena_str(x->arena, str_of(d.id)));
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	if ((rc = db_run(s, p)) == RC_OK)
		tell_no(out, "agenda", x);
	return rc;
}

/* "agenda_kind_add": a kind of consultation of the unit worked in. Set "kind": no. */
static enum rc kind_add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	enum rc rc = wants_mine(x, x->who->unit, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_AGENDA_KIND_ADD);
	db_bind_str(s, 1, x->who->unit);
	db_bind_str(s, 2, args_get(x->args, "label"));
	db_bind_i64(s, 3, (int64_t)care_arg(x->args, "minutes"));
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	if ((rc = db_run(s, p)) == RC_OK)
		tell_no(out, "kind", x);
	return rc;
}

static enum rc days_arg(const struct args *a, int64_t now_ms, int32_t otherwise, int32_t *from_r, int32_t *until_r, struct problem *p)
{
	*from_r = day_arg(a, "from", agenda_day(now_ms));
	*until_r = day_arg(a, "until", otherwise < 0 ? *from_r : *from_r + otherwise);
	bool good = *until_r >= *from_r && *until_r <= *from_r + AHEAD_DAYS;
	return good ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_AGENDA_DAYS, "until", "%d days", (int)(*until_r - *from_r));
}

/* Hours that begin, or a closing that ends: what was full may be so no longer. */
static enum rc opened(struct act_ctx *x, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_AGENDA_OPENED);
	db_bind_str(s, 1, unit);
	return db_run(s, p);
}

/* "agenda_hours_add": weekly hours, on each weekday that the argument "days" holds as a digit, Monday 1. Set "hours": no (of the last). */
static enum rc hours_add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct agenda g;
	struct agenda_kind kind = { .unit = STR_NONE };
	bool found = false;
	int from = minute_of(args_get(x->args, "begin")), until = minute_of(args_get(x->args, "end")), step = (int)care_arg(x->args, "minutes");
	int32_t first = 0, last = 0;
	struct str days = args_get(x->args, "days");
	enum rc rc = own_agenda(x, &g, p);
	if (rc == RC_OK)
		rc = days_arg(x->args, x->now_ms, AHEAD_DAYS, &first, &last, p);
	if (rc != RC_OK)
		return rc;
	if (from < 0 || until < 0 || until <= from || from + step > until)
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_HOURS, from < 0 ? "begin" : "end", "%d to %d by %d", from, until, step);
	if (care_arg(x->args, "kind") && (rc = agenda_kind_get(x->db, x->arena, (int64_t)care_arg(x->args, "kind"), &found, &kind, p)) != RC_OK)
		return rc;
	if (care_arg(x->args, "kind") && (!found || !str_is(kind.unit, g.unit)))
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_ACTOR, "kind", "of another unit");
	rc = opened(x, g.unit, p);
	for (int weekday = 1; weekday <= 7 && rc == RC_OK; weekday++) {
		if (!memchr(days.p, '0' + weekday, days.n))
			continue;
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_AGENDA_HOURS_ADD);
		int64_t v[] = { g.no, weekday, from, until, step, kind.no, first, last, x->who->account, x->now_ms };
		for (unsigned i = 0; i < N_OF(v); i++)
			db_bind_i64(s, i + 1, v[i]);
		rc = db_run(s, p);
		found = true;
		if (rc == RC_OK)
			tell_no(out, "hours", x);
	}
	return rc;
}

/* "agenda_close": of one calendar, or (none named) of the unit worked in; whole days, or from "begin" to "end" of one. Set "closing": no. What is booked there stays, and the day shows it. */
static enum rc close_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct agenda g = { .unit = x->who->unit };
	int32_t first = 0, last = 0;
	struct str begin = args_get(x->args, "begin"), end = args_get(x->args, "end");
	int from = begin.n ? minute_of(begin) : 0, until = end.n ? minute_of(end) : 1440;
	enum rc rc = care_arg(x->args, "agenda") ? own_agenda(x, &g, p) : wants_mine(x, g.unit, p);
	if (rc == RC_OK)
		rc = days_arg(x->args, x->now_ms, -1, &first, &last, p);
	if (rc != RC_OK)
		return rc;
	if (from < 0 || until < 0 || agenda_instant(last, until) <= agenda_instant(first, from))
		return problem_set(p, RC_BAD_INPUT, WHY_AGENDA_HOURS, from < 0 ? "begin" : "end", "no span");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_AGENDA_CLOSING_ADD);
	db_bind_str(s, 1, g.unit);
	db_bind_i64(s, 2, g.no);
	db_bind_i64(s, 3, agenda_instant(first, from));
	db_bind_i64(s, 4, agenda_instant(last, until));
	db_bind_str(s, 5, args_get(x->args, "reason"));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	if ((rc = db_run(s, p)) == RC_OK)
		tell_no(out, "closing", x);
	return rc;
}

/* "agenda_end": what: hours, closing or kind; no. Ends it from now on; what was booked stays. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const struct { const char *what; unsigned get, end, unit; bool by_agenda; } AT[] = {
		{ "hours",   ST_HOSPITAL_AGENDA_HOURS_GET,   ST_HOSPITAL_AGENDA_HOURS_END,   0, true },
		{ "closing", ST_HOSPITAL_AGENDA_CLOSING_GET, ST_HOSPITAL_AGENDA_CLOSING_END, 0, false },
		{ "kind",    ST_HOSPITAL_AGENDA_KIND_GET,    ST_HOSPITAL_AGENDA_KIND_END,    1, false },
	};
	struct agenda g = { .no = 0 };
	size_t i = 0;
	bool found = false;
	(void)out;
	while (i + 1 < N_OF(AT) && !str_eq(args_get(x->args, "what"), AT[i].what))
		i++;
	struct db_stmt *s = db_stmt(x->db, AT[i].get);
	db_bind_i64(s, 1, (int64_t)care_arg(x->args, "no"));
	enum rc rc = db_step(s, &found, p);
	if (rc == RC_OK && found && AT[i].by_agenda)
		g.no = db_i64(s, 0);
	else if (rc == RC_OK && found)
		g.unit = arena_str(x->arena, db_text(s, AT[i].unit));
	db_reset(s);
	if (rc == RC_OK && found && AT[i].by_agenda)
		rc = agenda_get(x->db, x->arena, g.no, &found, &g, p);
	if (rc == RC_OK && !found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "nothing that runs");
	if (rc == RC_OK)
		rc = wants_mine(x, g.unit, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, AT[i].end);
	db_bind_i64(s, 1, (int64_t)care_arg(x->args, "no"));
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	return rc == RC_OK ? opened(x, g.unit, p) : rc;
}

/* ---- what is kept ---- */

static enum rc kinds_set(struct view_ctx *v, struct rows *out, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_AGENDA_KIND_OF);
	bool row = false;
	enum rc rc;
	db_bind_str(s, 1, unit);
	rows_set(out, "kinds");
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		col(out, "label", db_text(s, 2));
		rows_col_i64(out, "minutes", db_i64(s, 3));
	}
	db_reset(s);
	return rc;
}

static void calendars_set(struct rows *out, struct names *names, const struct agendas *g)
{
	rows_set(out, "calendars");
	for (size_t i = 0; i < g->n; i++) {
		rows_row(out);
		rows_col_i64(out, "no", g->at[i].no);
		col(out, "type", g->at[i].type);
		col(out, "name", agenda_name(names, &g->at[i]));
		col(out, "unit", g->at[i].unit);
	}
}

static enum rc offered_set(struct view_ctx *v, struct rows *out, struct problem *p)
{
	static const struct { const char *type, *element; } AT[] = { { "PractitionerRole", "practitioner" }, { "Location", NULL }, { "Device", NULL } };
	struct names names = { v->db, v->arena, NULL };
	struct pair q[] = { { STR("organization"), v->who->unit } };
	enum rc rc = RC_OK;
	rows_set(out, "offered");
	for (size_t t = 0; t < N_OF(AT) && rc == RC_OK; t++) {
		struct items found = { 0 };
		rc = items_find(v->db, v->arena, AT[t].type, q, 1, OFFERED, &found, p);
		for (size_t i = 0; rc == RC_OK && i < found.n; i++) {
			struct agenda g = { .type = str_of(AT[t].type), .actor = found.at[i].id };
			if (AT[t].element && !ref_of(json_get(found.at[i].body, AT[t].element), "Practitioner", &g.actor))
				continue;
			if (AT[t].element)
				g.type = STR("Practitioner");
			rows_row(out);
			col(out, "type", g.type);
			col(out, "actor", g.actor);
			col(out, "name", agenda_name(&names, &g));
		}
	}
	return rc;
}

/*
 * "agenda_setup": of the unit worked in. Sets "calendars": no, type, name, unit; "hours": no, agenda, weekday, from_min, until_min, step_min, kind, from_on, until_on;
 * "closings" (that are not over): no, agenda (absent: all), from_at, until_at, reason; "kinds": no, label, minutes; "offered": type, actor, name.
 */
static enum rc setup_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct agendas g = { 0 };
	if (!v->who->unit.n)
		return RC_OK;
	enum rc rc = agendas_of_unit(v->db, v->arena, v->who->unit, &g, p);
	if (rc == RC_OK)
		calendars_set(out, &names, &g);
	rows_set(out, "hours");
	for (size_t i = 0; i < g.n && rc == RC_OK; i++) {
		struct calendar k = { 0 };
		rc = calendar_read(v->db, v->arena, &g.at[i], v->now_ms, v->now_ms, &k, p);
		for (size_t h = 0; h < k.n_hours && rc == RC_OK; h++) {
			const struct agenda_hours *r = &k.hours[h];
			int64_t n[] = { r->no, g.at[i].no, r->weekday, r->from_min, r->until_min, r->step_min, r->kind };
			static const char *const NAMES[] = { "no", "agenda", "weekday", "from_min", "until_min", "step_min", "kind" };
			rows_row(out);
			for (size_t c = 0; c < N_OF(n); c++)
				rows_col_i64(out, NAMES[c], n[c]);
			col(out, "from_on", day_of(v->arena, agenda_instant(r->from_day, 720)));
			col(out, "until_on", day_of(v->arena, agenda_instant(r->until_day, 720)));
		}
	}
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_AGENDA_CLOSING_OF);
	bool row = false;
	db_bind_str(s, 1, v->who->unit);
	db_bind_i64(s, 2, v->now_ms);
	db_bind_i64(s, 3, INT64_MAX);
	rows_set(out, "closings");
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		if (db_i64(s, 1))
			rows_col_i64(out, "agenda", db_i64(s, 1));
		rows_col_i64(out, "from_at", db_i64(s, 2));
		rows_col_i64(out, "until_at", db_i64(s, 3));
		col(out, "reason", db_text(s, 4));
	}
	db_reset(s);
	if (rc == RC_OK)
		rc = kinds_set(v, out, v->who->unit, p);
	return rc == RC_OK ? offered_set(v, out, p) : rc;
}

/* ---- the day ---- */

struct taken { int64_t at_ms, end_ms, no, patient, kind, resource; bool over; struct str state; };

static enum rc read_day(struct view_ctx *v, int64_t agenda, int64_t from_ms, int64_t until_ms, struct taken *at, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_APPOINTMENT_DAY);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, agenda);
	db_bind_i64(s, 2, from_ms);
	db_bind_i64(s, 3, until_ms);
	db_bind_i64(s, 4, DAY_ROWS);
	*n_r = 0;
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		at[(*n_r)++] = (struct taken){ .at_ms = db_i64(s, 0), .end_ms = db_i64(s, 1), .no = db_i64(s, 2), .over = db_i64(s, 3) != 0, .patient = db_i64(s, 4), .state = arena_str(v->arena, db_text(s, 5)),
			.kind = db_i64(s, 6), .resource = db_i64(s, 7) };
	db_reset(s);
	return rc;
}

/* BARRIER: names today and of my unit (or of mine), where another made what explains them; initials on other days of my unit; nothing of other units. */
static enum rc cols_patient(struct view_ctx *v, struct rows *out, const struct agenda *g, bool today, const struct taken *t, struct problem *p)
{
	struct item it;
	struct traits traits;
	struct fact f;
	bool found = false;
	bool mine = str_is(g->unit, v->who->unit) || (v->who->practitioner.n && str_eq(g->type, "Practitioner") && str_is(g->actor, v->who->practitioner));
	int64_t patient = merge_kept(v->db, t->patient);
	if (!mine)
		return RC_OK;
	enum rc rc = item_by_rid(v->db, v->arena, patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&it, v->arena, &traits);
	known_beware(v->db, &traits);
	rows_patient(out, patient, TIER_MASKED);
	if (today && relation_find(v->db, v->who, patient, v->now_ms, &f) && f.made_by != v->who->account)
		traits_named(out, &traits, v->now_ms);
	else
		traits_masked(out, &traits);
	return RC_OK;
}

static enum rc taken_row(struct view_ctx *v, struct rows *out, const struct calendar *k, bool today, const struct taken *t, struct problem *p)
{
	struct agenda_kind kind;
	bool found = false;
	enum rc rc = agenda_kind_get(v->db, v->arena, t->kind, &found, &kind, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rc = cols_patient(v, out, &k->of, today, t, p);
	rows_col_i64(out, "agenda", k->of.no);
	rows_col_i64(out, "no", t->no);
	rows_col_i64(out, "at", t->at_ms);
	rows_col_i64(out, "end_at", t->end_ms);
	col(out, "state", t->state);
	col_flag(out, "over", t->over);
	col_flag(out, "outside", !calendar_is_open(k, 0, t->at_ms, t->end_ms));
	if (found)
		col(out, "kind", kind.label);
	return rc;
}

/* Free times of one day, between the taken ones, in the order of the day. */
static void free_rows(struct rows *out, const struct calendar *k, int32_t day, int64_t now_ms)
{
	for (size_t h = 0; h < k->n_hours; h++) {
		const struct agenda_hours *r = &k->hours[h];
		struct calendar one = { .of = k->of, .hours = &k->hours[h], .n_hours = 1, .closed = k->closed, .n_closed = k->n_closed };
		for (int m = r->from_min; m + r->step_min <= r->until_min; m += r->step_min) {
			int64_t at = agenda_instant(day, m), end = agenda_instant(day, m + r->step_min);
			if (end <= at || at < now_ms || !calendar_is_open(&one, 0, at, end) || !calendar_is_free(k, at, end))
				continue;
			rows_row(out);
			rows_col_i64(out, "agenda", k->of.no);
			rows_col_i64(out, "at", at);
			rows_col_i64(out, "end_at", end);
			col_flag(out, "free", true);
		}
	}
}

/*
 * "agenda_day": of the unit "unit" (else mine), the day "day" (else today); with "agenda" that one calendar for the seven days of its week. Set "day": on, from_at, before_on,
 * after_on, unit, unit_name, own (flag), today (flag), over (how many are booked over), agenda. Set "calendars" as agenda_setup. Set "lines", by calendar, free ones after taken ones:
 * agenda, at, end_at; free (flag) or no, state, kind, over (flag), outside (flag: outside of its hours), and id, name or masked, born_on, age, sex, status where it may say so.
 */
static enum rc day_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct str unit = args_get(v->args, "unit").n ? args_get(v->args, "unit") : v->who->unit;
	int32_t now = agenda_day(v->now_ms), day = day_arg(v->args, "day", now);
	struct agendas g = { 0 };
	struct agenda one;
	bool found = false;
	int days = 1;
	int64_t over = 0;
	enum rc rc = RC_OK;
	if (care_arg(v->args, "agenda")) {
		rc = agenda_get(v->db, v->arena, (int64_t)care_arg(v->args, "agenda"), &found, &one, p);
		if (rc == RC_OK && !found)
			return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "agenda", "no such calendar");
		g = (struct agendas){ &one, 1 };
		unit = one.unit;
		day -= agenda_weekday(day) - 1;
		days = 7;
	} else if (unit.n) {
		rc = agendas_of_unit(v->db, v->arena, unit, &g, p);
	}
	struct taken *at = arena_array(v->arena, DAY_ROWS, sizeof *at);
	if (rc != RC_OK || !at)
		return rc != RC_OK ? rc : arena_rc(v->arena, p);
	calendars_set(out, &names, &g);
	rows_set(out, "lines");
	struct calendar k = { 0 };
	for (size_t i = 0; i < g.n && rc == RC_OK; i++)
		for (int32_t d = day; d < day + days && rc == RC_OK; d++) {
			size_t n = 0;
			rc = calendar_read(v->db, v->arena, &g.at[i], agenda_instant(d, 0), agenda_instant(d + 1, 0), &k, p);
			if (rc == RC_OK)
				rc = read_day(v, g.at[i].no, agenda_instant(d, 0), agenda_instant(d + 1, 0), at, &n, p);
			for (size_t t = 0; t < n && rc == RC_OK; t++) {
				over += at[t].over;
				rc = taken_row(v, out, &k, d == now, &at[t], p);
			}
			if (rc == RC_OK)
				free_rows(out, &k, d, v->now_ms);
		}
	rows_set(out, "day");
	rows_row(out);
	col(out, "on", day_of(v->arena, agenda_instant(day, 720)));
	col(out, "before_on", day_of(v->arena, agenda_instant(day - days, 720)));
	col(out, "after_on", day_of(v->arena, agenda_instant(day + days, 720)));
	col(out, "unit", unit);
	col(out, "unit_name", name_of(&names, "Organization", unit));
	col_flag(out, "own", str_is(unit, v->who->unit));
	col_flag(out, "today", day == now);
	rows_col_i64(out, "over", over);
	if (days > 1)
		rows_col_i64(out, "agenda", one.no);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct choice TYPES[] = { { "Practitioner", "Practitioner" }, { "Location", "Room" }, { "Device", "Device" }, { NULL, NULL } };
static const struct choice CLOSED[] = { { "holiday", "Public holiday" }, { "closure", "Closure" }, { "leave", "Leave" }, { NULL, NULL } };
static const struct choice WHATS[] = { { "hours", "Hours" }, { "closing", "Closing" }, { "kind", "Kind" }, { NULL, NULL } };
#define NUMBER(name_, label_) { .name = name_, .label = label_, .kind = FIELD_INT, .min = 1, .max = INT64_MAX }
#define MINUTES { .name = "minutes", .label = "Minutes", .kind = FIELD_INT, .min = 5, .max = 720, .required = true }
#define CLOCK(name_, label_) { .name = name_, .label = label_, .kind = FIELD_TEXT, .max = 8 }
#define DAYS { .name = "from", .label = "From", .kind = FIELD_DATE }, { .name = "until", .label = "Until", .kind = FIELD_DATE }
static const struct field ADD_FIELDS[] = { { .name = "type", .label = "Kind", .kind = FIELD_CODE, .choices = TYPES, .required = true }, { .name = "actor", .label = "Who or what", .kind = FIELD_ID, .required = true }, FIELDS_END };
static const struct field KIND_FIELDS[] = { { .name = "label", .label = "Kind of consultation", .kind = FIELD_TEXT, .max = 60, .required = true }, MINUTES, FIELDS_END };
static const struct field HOURS_FIELDS[] = {
	{ .name = "agenda", .label = "Calendar", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { .name = "days", .label = "Days of the week", .kind = FIELD_TOKEN, .max = 7, .required = true },
	CLOCK("begin", "Begin"), CLOCK("end", "End"), MINUTES, NUMBER("kind", "Kind of consultation"), DAYS, FIELDS_END,
};
static const struct field CLOSE_FIELDS[] = { NUMBER("agenda", "Calendar"), { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = CLOSED, .required = true }, CLOCK("begin", "Begin"), CLOCK("end", "End"), DAYS, FIELDS_END };
static const struct field END_FIELDS[] = {
	{ .name = "what", .label = "What", .kind = FIELD_CODE, .choices = WHATS, .required = true }, { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END,
};

const struct view agenda_views[] = {
	{ .name = "agenda_day",   .may = MAY_BOOK,   .reveals = REVEALS_WORK_LIST, .run = day_view },
	{ .name = "agenda_setup", .may = MAY_AGENDA, .reveals = REVEALS_META,      .run = setup_view },
	{ .name = NULL },
};
const struct act agenda_acts[] = {
	{ .name = "agenda_add",       .may = MAY_AGENDA, .reveals = REVEALS_META, .fields = ADD_FIELDS,   .run = add_run },
	{ .name = "agenda_kind_add",  .may = MAY_AGENDA, .reveals = REVEALS_META, .fields = KIND_FIELDS,  .run = kind_add_run },
	{ .name = "agenda_hours_add", .may = MAY_AGENDA, .reveals = REVEALS_META, .fields = HOURS_FIELDS, .run = hours_add_run },
	{ .name = "agenda_close",     .may = MAY_AGENDA, .reveals = REVEALS_META, .fields = CLOSE_FIELDS, .run = close_run },
	{ .name = "agenda_end",       .may = MAY_AGENDA, .reveals = REVEALS_META, .fields = END_FIELDS,   .run = end_run },
	{ .name = NULL },
};
