/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/worklist.c: the lists that a day's work begins with: who is present in my unit, who comes today, where I may work.
 * Must never name a patient whom no live fact joins to the actor: each list is read from the facts of the actor's own unit and person.
 * Called by the gate through the rows at the end. Start at unit_present.
 */
#include "base/clock.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/relation.h"

#include <stdlib.h>
#include <string.h>

#define PRESENT_MAX 300   /* the largest unit of a university hospital has some hundred beds */
#define AGENDA_MAX 300

struct entry { int64_t patient, source, at_ms; bool self_made; struct traits traits; struct item patient_item, source_item; struct stay stay; bool known; };
struct entries { struct entry *at; size_t n; bool more; };

/* ---- one entry ---- */

static enum rc read_entry(struct view_ctx *v, struct entry *e, struct problem *p)
{
	bool patient = false, source = false;
	e->patient = merge_kept(v->db, e->patient); /* what came under a record that was joined to another is that other's */
	enum rc rc = item_by_rid(v->db, v->arena, e->patient, &patient, &e->patient_item, p);
	if (rc == RC_OK)
		rc = item_by_rid(v->db, v->arena, e->source, &source, &e->source_item, p);
	e->known = patient && source;
	if (rc == RC_OK && patient)
		traits_read(&e->patient_item, v->arena, &e->traits);
	if (rc == RC_OK && patient)
		known_beware(v->db, &e->traits);
	return rc;
}

static bool is_mine(const struct view_ctx *v, int64_t made_by)
{
	return made_by && made_by == v->who->account;
}

/* BARRIER: a fact that the reader made gives no name: the line stays masked until somebody else adds to it, or the chart is opened. */
static void cols_patient(struct view_ctx *v, struct rows *out, const struct entry *e)
{
	rows_patient(out, e->patient, TIER_MASKED);
	if (e->self_made)
		traits_masked(out, &e->traits);
	else
		traits_named(out, &e->traits, v->now_ms);
}

static bool has_source(const struct entries *s, int64_t source)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->at[i].source == source)
			return true;
	return false;
}

/* Beds as people count them: 2-P before 12-F. */
static int natural(struct str a, struct str b)
{
	size_t i = 0, k = 0;
	while (i < a.n && k < b.n) {
		bool digits = a.p[i] >= '0' && a.p[i] <= '9' && b.p[k] >= '0' && b.p[k] <= '9';
		if (!digits) {
			if (a.p[i] != b.p[k])
				return (unsigned char)a.p[i] < (unsigned char)b.p[k] ? -1 : 1;
			i++;
			k++;
			continue;
		}
		uint64_t x = 0, y = 0;
		for (; i < a.n && a.p[i] >= '0' && a.p[i] <= '9'; i++)
			x = x * 10 + (uint64_t)(a.p[i] - '0');
		for (; k < b.n && b.p[k] >= '0' && b.p[k] <= '9'; k++)
			y = y * 10 + (uint64_t)(b.p[k] - '0');
		if (x != y)
			return x < y ? -1 : 1;
	}
	return i < a.n ? 1 : k < b.n ? -1 : 0;
}

static int by_bed(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (!x->stay.bed_name.n != !y->stay.bed_name.n)
		return x->stay.bed_name.n ? -1 : 1;
	int bed = natural(x->stay.bed_name, y->stay.bed_name);
	return bed ? bed : str_cmp(x->traits.birth_name, y->traits.birth_name);
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->source < y->source ? -1 : x->source > y->source;
}

/* ---- present in my unit ---- */

static enum rc present_facts(struct view_ctx *v, struct entries *s, struct problem *p)
{
	struct db_stmt *st = db_stmt(v->db, ST_HOSPITAL_RELATION_PRESENT);
	db_bind_i64(st, 1, relation_unit(v->who->unit));
	/* a stay that ended still explains for 48 h, but its patient has left the list */
	db_bind_i64(st, 2, v->now_ms + RELATION_AFTER_STAY_MS);
	db_bind_i64(st, 3, v->now_ms);
	db_bind_i64(st, 4, PRESENT_MAX + 1);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(st, &row, p)) == RC_OK && row) {
		if (s->n == PRESENT_MAX)
			s->more = true;
		else if (!has_source(s, db_i64(st, 1)))
			s->at[s->n++] = (struct entry){ .patient = db_i64(st, 0), .source = db_i64(st, 1), .self_made = is_mine(v, db_i64(st, 3)) };
	}
	db_reset(st);
	return rc;
}

static void unit_row(struct view_ctx *v, struct rows *out, struct names *names, bool more)
{
	rows_set(out, "unit");
	rows_row(out);
	col(out, "unit", v->who->unit);
	col(out, "unit_name", name_of(names, "Organization", v->who->unit));
	col_flag(out, "more", more);
}

/*
 * "unit_present": patients present in my unit, by bed. Set "unit": unit, unit_name, more (flag).
 * Set "present": id, name, born_on, birth_year, age, sex, status, bed, since_at, stay, stay_class, unit, unit_name.
 */
static enum rc unit_present(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct entries s = { .at = arena_array(v->arena, PRESENT_MAX, sizeof(struct entry)) };
	enum rc rc = s.at ? RC_OK : arena_rc(v->arena, p);
	if (rc == RC_OK && v->who->unit.n)
		rc = present_facts(v, &s, p);
	for (size_t i = 0; i < s.n && rc == RC_OK; i++) {
		rc = read_entry(v, &s.at[i], p);
		if (rc == RC_OK && s.at[i].known) {
			stay_of(&names, s.at[i].source_item.body, v->now_ms, &s.at[i].stay);
			s.at[i].known = s.at[i].stay.present;
		}
	}
	if (rc != RC_OK)
		return rc;
	qsort(s.at, s.n, sizeof *s.at, by_bed);
	unit_row(v, out, &names, s.more);
	rows_set(out, "present");
	for (size_t i = 0; i < s.n; i++) {
		if (!s.at[i].known)
			continue;
		rows_row(out);
		cols_patient(v, out, &s.at[i]);
		stay_cols(out, &s.at[i].stay);
	}
	return arena_rc(v->arena, p);
}

/* ---- today ---- */

/* First and last instant of the day, in Paris. */
static void today(int64_t now_ms, int64_t *from_r, int64_t *to_r)
{
	struct civil c = civil_paris(now_ms);
	struct civil start = { .year = c.year, .month = c.month, .day = c.day };
	struct civil next = civil_of_days(days_of(c.year, c.month, c.day) + 1);
	*from_r = civil_paris_to_ms(start);
	*to_r = civil_paris_to_ms((struct civil){ .year = next.year, .month = next.month, .day = next.day });
}

/* Appointments (and announced stays) of one who whose span stands around the day. */
static enum rc agenda_facts(struct view_ctx *v, int64_t who, int64_t from, int64_t to, struct entries *s, struct problem *p)
{
	struct db_stmt *st = db_stmt(v->db, ST_HOSPITAL_RELATION_AGENDA);
	db_bind_i64(st, 1, who);
	db_bind_i64(st, 2, from + RELATION_APPOINTMENT_MS);
	db_bind_i64(st, 3, to + RELATION_APPOINTMENT_MS + 24 * 3600 * INT64_C(1000)); /* the end may lie on the next day, the start not */
	db_bind_i64(st, 4, AGENDA_MAX * 4);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(st, &row, p)) == RC_OK && row) {
		int64_t at_ms = db_i64(st, 2) + RELATION_APPOINTMENT_MS;
		if (at_ms < from || at_ms >= to || has_source(s, db_i64(st, 1)))
			continue;
		if (s->n == AGENDA_MAX)
			s->more = true;
		else
			s->at[s->n++] = (struct entry){ .patient = db_i64(st, 0), .source = db_i64(st, 1), .at_ms = at_ms, .self_made = is_mine(v, db_i64(st, 4)) };
	}
	db_reset(st);
	return rc;
}

static void agenda_row(struct view_ctx *v, struct rows *out, struct names *names, const struct entry *e)
{
	const struct json *b = e->source_item.body;
	bool stay = str_eq(json_get_text(b, "resourceType"), "Encounter");
	rows_row(out);
	cols_patient(v, out, e);
	rows_col(out, "kind", stay ? STR("admission") : STR("appointment"));
	rows_col(out, "entry", e->source_item.id);
	rows_col_i64(out, "at", e->at_ms);
	col(out, "state", json_get_text(b, "status"));
	if (stay) {
		struct stay s;
		stay_of(names, b, v->now_ms, &s);
		col(out, "place", s.unit_name);
		col(out, "bed", s.bed_name);
	} else {
		col_when(out, "end_at", "end_on", json_get_text(b, "end"));
		meeting_with(out, names, b);
	}
}

static enum rc agenda(struct view_ctx *v, struct rows *out, const char *set, bool mine, bool units, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct entries s = { .at = arena_array(v->arena, AGENDA_MAX, sizeof(struct entry)) };
	int64_t from, to;
	today(v->now_ms, &from, &to);
	enum rc rc = s.at ? RC_OK : arena_rc(v->arena, p);
	if (rc == RC_OK && mine && v->who->practitioner.n)
		rc = agenda_facts(v, relation_person(v->who->practitioner), from, to, &s, p);
	if (rc == RC_OK && units && v->who->unit.n)
		rc = agenda_facts(v, relation_unit(v->who->unit), from, to, &s, p);
	for (size_t i = 0; i < s.n && rc == RC_OK; i++)
		rc = read_entry(v, &s.at[i], p);
	if (rc != RC_OK)
		return rc;
	qsort(s.at, s.n, sizeof *s.at, by_time);
	unit_row(v, out, &names, s.more);
	rows_set(out, set);
	for (size_t i = 0; i < s.n; i++)
		if (s.at[i].known)
			agenda_row(v, out, &names, &s.at[i]);
	return arena_rc(v->arena, p);
}

/*
 * "agenda_today": my appointments of the day, else (no practitioner) those of my unit. Set "agenda": id, name, born_on, age, sex, status, kind
 * (appointment, admission), entry (id of the appointment or stay), at, end_at, state, with, place, description, bed. Set "unit" as unit_present.
 */
static enum rc agenda_today(struct view_ctx *v, struct rows *out, struct problem *p)
{
	bool mine = v->who->practitioner.n > 0;
	return agenda(v, out, "agenda", mine, !mine, p);
}

/* "arrivals_today": who is expected in my unit today: appointments and announced stays. Set "arrivals": columns of agenda_today. */
static enum rc arrivals_today(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return agenda(v, out, "arrivals", false, true, p);
}

/* "my_units": set "units": id, name, current (flag). */
static enum rc my_units(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	rows_set(out, "units");
	for (unsigned i = 0; i < v->who->n_units; i++) {
		struct str name = name_of(&names, "Organization", v->who->units[i]);
		rows_row(out);
		rows_col(out, "id", v->who->units[i]);
		rows_col(out, "name", name.n ? name : v->who->units[i]);
		col_flag(out, "current", str_is(v->who->units[i], v->who->unit));
	}
	return arena_rc(v->arena, p);
}

const struct view worklist_views[] = {
	{ .name = "unit_present",   .may = MAY_WORK_LIST, .reveals = REVEALS_WORK_LIST, .run = unit_present },
	{ .name = "agenda_today",   .may = MAY_WORK_LIST, .reveals = REVEALS_WORK_LIST, .run = agenda_today },
	{ .name = "arrivals_today", .may = MAY_WORK_LIST, .reveals = REVEALS_WORK_LIST, .run = arrivals_today },
	{ .name = "my_units",       .may = MAY_SIGNED_IN, .reveals = REVEALS_META,      .run = my_units },
	{ .name = NULL },
};
