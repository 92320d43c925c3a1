/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/timeline.c: what happened to a patient, by day, newest first: stays, documents, results, measures, prescriptions, problems, appointments.
 * A page is whole days, so that the next one begins with the day before. Must never read a kind without a limit. Start at chart_timeline.
 */
#include "base/clock.h"
#include "hospital/matters.h"
#include "hospital/traits.h"

#include <stdlib.h>
#include <string.h>

/* A page ends with the day on which this many lines are reached; each kind is read this far at most a page. */
#define PAGE_LINES 40
#define KIND_MAX 120

/* How each kind is asked for, and where its date stands. Measures are one line a day: nine rounds of five signs would hide the rest. */
struct kind { const char *code, *type, *date_param, *date_path, *other_path; bool by_day; };
static const struct kind KINDS[] = {
	{ "stay",         "Encounter",         "date",          "period.start",      NULL,     false },
	{ "document",     "DocumentReference", "date",          "date",              NULL,     false },
	{ "result",       "DiagnosticReport",  "date",          "effectiveDateTime", "issued", false },
	{ "measure",      "Observation",       "date",          "effectiveDateTime", "issued", true },
	{ "prescription", "MedicationRequest", "authoredon",    "authoredOn",        NULL,     false },
	{ "problem",      "Condition",         "recorded-date", "recordedDate",      NULL,     false },
	{ "note",         "ClinicalImpression", "date",         "date",              "effectiveDateTime", false },
	{ "appointment",  "Appointment",       "date",          "start",             NULL,     false },
};

struct line { int64_t ms; struct str when, day; const struct item *item; const struct kind *kind; unsigned count; };
struct timeline { struct view_ctx *v; struct item patient; struct names names; struct line *at; size_t n, cap; struct str floor; /* the day on which a kind met its limit: it may be read in part, and what is before it is not read at all */ };

static enum rc add_line(struct timeline *t, const struct item *it, const struct kind *kind, struct problem *p)
{
	struct str when = text_at(it->body, kind->date_path);
	if (!when.n && kind->other_path)
		when = text_at(it->body, kind->other_path);
	int64_t ms = when_low(when);
	if (ms == INT64_MIN || (strcmp(kind->code, "note") == 0 && str_eq(json_get_text(it->body, "status"), "entered-in-error")))
		return RC_OK; /* without a date it has no place here, nor has a note that was struck out; the lists of its own page hold it */
	struct str day = day_of(t->v->arena, ms);
	for (size_t i = t->n; kind->by_day && i > 0 && t->at[i - 1].kind == kind; i--)
		if (str_is(t->at[i - 1].day, day)) {
			t->at[i - 1].count++;
			return RC_OK;
		}
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct line *at = arena_array(t->v->arena, cap, sizeof *at);
		if (!at)
			return arena_rc(t->v->arena, p);
		if (t->n)
			memcpy(at, t->at, t->n * sizeof *at);
		t->at = at;
		t->cap = cap;
	}
	t->at[t->n++] = (struct line){ ms, when, day, it, kind, 1 };
	return RC_OK;
}

static enum rc read_kind(struct timeline *t, const struct kind *kind, struct str before, struct problem *p)
{
	struct buf limit, sort;
	buf_init(&limit, 32);
	buf_init(&sort, 32);
	buf_fmt(&limit, "lt%.*s", STR_ARG(before));
	buf_fmt(&sort, "-%s", kind->date_param);
	const struct pair query[] = { { STR("patient"), t->patient.id }, { STR("_sort"), arena_str(t->v->arena, buf_view(&sort)) }, { str_of(kind->date_param), arena_str(t->v->arena, buf_view(&limit)) } };
	struct items s;
	enum rc rc = items_find(t->v->db, t->v->arena, kind->type, query, before.n ? 3 : 2, KIND_MAX, &s, p);
	buf_done(&limit);
	buf_done(&sort);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		rc = add_line(t, &s.at[i], kind, p);
	if (rc == RC_OK && s.more && t->n && t->at[t->n - 1].kind == kind && str_cmp(t->at[t->n - 1].day, t->floor) > 0)
		t->floor = t->at[t->n - 1].day;
	return rc;
}

static int newest_line(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	int day = str_cmp(y->day, x->day);
	if (day)
		return day;
	if (x->ms != y->ms)
		return x->ms < y->ms ? 1 : -1;
	return x->item->rid < y->item->rid ? 1 : x->item->rid > y->item->rid ? -1 : 0;
}

static void label_line(struct timeline *t, struct rows *out, const struct line *l)
{
	const struct json *b = l->item->body;
	const char *code = l->kind->code;
	col(out, "state", json_get_text(b, "status"));
	if (strcmp(code, "stay") == 0) {
		struct stay s;
		stay_of(&t->names, b, t->v->now_ms, &s);
		col(out, "title", s.unit_name);
		col(out, "detail", s.bed_name);
		col_when(out, "until_at", "until_on", s.end);
		col_flag(out, "present", s.present);
	} else if (strcmp(code, "document") == 0) {
		struct str title = text_at(b, "content.attachment.title");
		if (title.n)
			rows_col(out, "title", title);
		else
			col_display(out, "title", json_get(b, "type"));
		col_display(out, "detail", json_get(b, "type"));
		col(out, "by_name", name_ref(&t->names, json_at(json_get(b, "author"), 0)));
	} else if (strcmp(code, "prescription") == 0) {
		const struct json *concept = json_get(b, "medicationCodeableConcept");
		if (concept)
			col_display(out, "title", concept);
		else
			col(out, "title", text_at(b, "medicationReference.display"));
		col(out, "detail", text_at(b, "dosageInstruction.text"));
		col(out, "by_name", name_ref(&t->names, json_get(b, "requester")));
	} else if (strcmp(code, "note") == 0) {
		struct str rest, text = json_get_text(b, "summary").n ? json_get_text(b, "summary") : json_get_text(b, "description");
		col_display(out, "title", json_get(b, "code"));
		col(out, "detail", str_cut(text, '\n', &rest));
		col(out, "by_name", name_ref(&t->names, json_get(b, "assessor")));
	} else if (strcmp(code, "appointment") == 0) {
		meeting_with(out, &t->names, b);
	} else {
		col_display(out, "title", json_get(b, "code"));
		if (l->kind->by_day) {
			rows_col_i64(out, "count", l->count);
			col_flag(out, "more", str_is(l->day, t->floor));
		} else {
			col(out, "by_name", name_ref(&t->names, strcmp(code, "problem") == 0 ? json_get(b, "recorder") : json_at(json_get(b, "performer"), 0)));
		}
	}
}

static enum rc rows_counts(struct timeline *t, struct rows *out, struct problem *p)
{
	rows_set(out, "counts");
	for (size_t i = 0; i < N_OF(KINDS); i++) {
		const struct pair query[] = { { STR("patient"), t->patient.id }, { STR("_total"), STR("accurate") } };
		struct items s;
		enum rc rc = items_find(t->v->db, t->v->arena, KINDS[i].type, query, N_OF(query), 1, &s, p);
		if (rc != RC_OK)
			return rc;
		rows_row(out);
		rows_patient(out, t->patient.rid, TIER_CLINICAL);
		rows_col(out, "kind", str_of(KINDS[i].code));
		rows_col_i64(out, "count", s.total >= 0 ? s.total : (int64_t)s.n);
	}
	return RC_OK;
}

/*
 * "chart_timeline": before (YYYY-MM-DD: what happened on earlier days), kind (one of the codes; empty: all).
 * Set "lines": day, kind (stay, document, result, measure, prescription, problem, note, appointment), id, at or on, title, detail, state, by_name,
 * count (measures of the day; more: there are others), with, place, description (appointments), present, until_at. Set "page": next (a day for before, absent at the end).
 * Set "counts": kind, count: all of them, whatever the filter.
 */
static enum rc chart_timeline(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct timeline t = { .v = v, .names = { v->db, v->arena, NULL } };
	struct str before = args_get(v->args, "before"), kind = args_get(v->args, "kind");
	bool found, known = !kind.n;
	if (before.n && (before.n != 10 || when_low(before) == INT64_MIN))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "before", "not a date");
	for (size_t i = 0; i < N_OF(KINDS); i++)
		known = known || str_eq(kind, KINDS[i].code);
	if (!known)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHOICE, "kind", "no such kind");
	enum rc rc = item_find(v->db, v->arena, "Patient", args_get(v->args, "patient"), &found, &t.patient, p);
	if (rc == RC_OK && !found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	for (size_t i = 0; i < N_OF(KINDS) && rc == RC_OK; i++)
		if (!kind.n || str_eq(kind, KINDS[i].code))
			rc = read_kind(&t, &KINDS[i], before, p);
	if (rc != RC_OK)
		return rc;
	if (t.n)
		qsort(t.at, t.n, sizeof *t.at, newest_line);
	rows_set(out, "lines");
	size_t i = 0;
	/* A stay that began before `before` is asked for by its period; it belongs to the page of the day it began on. */
	for (struct str last = STR_NONE; i < t.n; i++) {
		const struct line *l = &t.at[i];
		bool new_day = !str_is(l->day, last);
		if (new_day && i && (i >= PAGE_LINES || str_cmp(l->day, t.floor) <= 0))
			break;
		last = l->day;
		rows_row(out);
		rows_patient(out, t.patient.rid, TIER_CLINICAL);
		rows_col(out, "day", l->day);
		rows_col(out, "kind", str_of(l->kind->code));
		rows_col(out, "id", l->item->id);
		col_when(out, "at", "on", l->when);
		label_line(&t, out, l);
	}
	rows_set(out, "page");
	rows_row(out);
	rows_patient(out, t.patient.rid, TIER_CLINICAL);
	if (i && (i < t.n || t.floor.n))
		rows_col(out, "next", t.at[i - 1].day);
	rc = rows_counts(&t, out, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view timeline_views[] = {
	{ .name = "chart_timeline", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = chart_timeline },
	{ .name = NULL },
};
