/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/discharge_end.c: what ends with a stay, whoever ends it (an act, or a machine that writes the Encounter), and what comes back when it runs again: medicines, laboratory,
 * imaging, care and diets ordered in it. An order that somebody took up stays open for its result. Must never refuse the end of a stay, end what is for home, nor bring back what
 * somebody changed since. Stays are noticed while an act writes (bed.c) and looked at once all that it wrote stands. Start at act_carry_out.
 */
#include "hospital/discharge.h"

#include <stdio.h>
#include <string.h>

#include "hospital/compose.h"
#include "hospital/matters.h"
#include "hospital/prescription.h"
#include "hospital/score_scale.h"

#define LINES_MOST 300
#define ASKED_AT_ONCE 60   /* orders of one search for what was done of them */
#define SCRATCH ((size_t)64 << 20)

/* ---- stays that an act wrote ---- */

struct seen { int64_t stay; bool ran; struct str unit; struct seen *next; };
struct gathered { struct arena *arena; struct seen *first, *last; };
static _Thread_local struct gathered *gathering; /* of the act that runs on this thread; NULL: nobody looks (first loads, rebuilds) */

void discharge_saw(int64_t stay, bool ran, struct str unit)
{
	struct gathered *g = gathering;
	struct seen *s = g ? ARENA_NEW(g->arena, struct seen) : NULL;
	if (!s)
		return; /* without memory the act fails: act_carry_out asks its arena */
	*s = (struct seen){ .stay = stay, .ran = ran, .unit = arena_str(g->arena, unit) };
	*(g->last ? &g->last->next : &g->first) = s;
	g->last = s;
}

/* ---- what was done of an order ---- */

enum { DONE_PART = 1 /* taken up: a sample, images, a task begun */, DONE_RESULT = 2 /* a report is there */, DONE_WAITS = 4 /* a report is announced, or not final */ };
struct line { const char *type; struct item it; unsigned done; };
struct lines { struct line *at; size_t n; };

/* What tells so, by which search parameter, in which element; nothing: states in which it tells none. */
static const struct { const char *type, *param, *element, *nothing; } TELLS[] = {
	{ "DiagnosticReport", "based-on", "basedOn", "cancelled,entered-in-error" },
	{ "Observation",      "based-on", "basedOn", "cancelled,entered-in-error" },
	{ "ImagingStudy",     "basedon",  "basedOn", "cancelled,entered-in-error" },
	{ "Procedure",        "based-on", "basedOn", "not-done,entered-in-error" },
	{ "Appointment",      "based-on", "basedOn", "cancelled,noshow,entered-in-error" },
	{ "Task",             "based-on", "basedOn", "draft,requested,received,rejected,cancelled,failed,entered-in-error" },
	{ "Task",             "focus",    "focus",   "draft,requested,received,rejected,cancelled,failed,entered-in-error" },
};

static bool is_among(struct str word, const char *words)
{
	for (struct str left = str_of(words); left.n;)
		if (str_is(str_cut(left, ',', &left), word))
			return true;
	return false;
}

static unsigned tells(const char *type, struct str status)
{
	static const char FINAL[] = "final,amended,corrected,appended";
	return strcmp(type, "DiagnosticReport") != 0 ? DONE_PART : is_among(status, FINAL) ? DONE_RESULT : DONE_WAITS;
}

static void mark(struct lines *l, const struct json *reference, unsigned done)
{
	struct str id;
	if (ref_of(reference, "ServiceRequest", &id))
		for (size_t i = 0; i < l->n; i++)
			if (strcmp(l->at[i].type, "ServiceRequest") == 0 && str_is(l->at[i].it.id, id))
				l->at[i].done |= done;
}

/* The element is one reference or several. */
static void mark_each(struct lines *l, const struct json *element, unsigned done)
{
	mark(l, element, done);
	for json_each (one, element)
		mark(l, one, done);
}

/* Care is done while the person is here: nothing of it is waited for. */
static bool has_result(const struct line *l)
{
	return strcmp(l->type, "ServiceRequest") == 0 && !has_code(json_get(l->it.body, "category"), STR(ORDER_KINDS), STR("care"));
}

/* "ServiceRequest/a,ServiceRequest/b…" of those from *from_r on, ASKED_AT_ONCE at most. */
static void name_some(const struct lines *l, size_t *from_r, struct buf *out)
{
	buf_reset(out);
	for (unsigned n = 0; *from_r < l->n && n < ASKED_AT_ONCE; ++*from_r)
		if (has_result(&l->at[*from_r])) {
			buf_z(out, n++ ? ",ServiceRequest/" : "ServiceRequest/");
			buf_str(out, l->at[*from_r].it.id);
		}
}

/* Too many to be read: whatever they would have told, no result is lost. */
static void mark_rest(struct lines *l, bool more)
{
	for (size_t i = 0; more && i < l->n; i++)
		l->at[i].done |= DONE_PART;
}

static enum rc ask(struct act_ctx *x, struct str patient, struct lines *l, struct str some, size_t t, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), patient }, { str_of(TELLS[t].param), some } };
	struct items found;
	enum rc rc = items_find(x->db, x->arena, TELLS[t].type, query, N_OF(query), LINES_MOST, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n; i++) {
		struct str status = json_get_text(found.at[i].body, "status");
		if (!is_among(status, TELLS[t].nothing))
			mark_each(l, json_get(found.at[i].body, TELLS[t].element), tells(TELLS[t].type, status));
	}
	mark_rest(l, rc == RC_OK && found.more);
	return rc;
}

/* R4 has no search of samples by their order: those that were written since the stay began. */
static enum rc ask_samples(struct act_ctx *x, struct str patient, struct lines *l, int64_t start_ms, struct problem *p)
{
	char since[24];
	struct str day = start_ms == INT64_MIN ? STR("1900-01-01") : day_of(x->arena, start_ms);
	(void)snprintf(since, sizeof since, "ge%.*s", STR_ARG(day));
	const struct pair query[] = { { STR("patient"), patient }, { STR("_lastUpdated"), str_of(since) } };
	struct items found;
	enum rc rc = items_find(x->db, x->arena, "Specimen", query, N_OF(query), LINES_MOST, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n; i++)
		if (!str_eq(json_get_text(found.at[i].body, "status"), "entered-in-error"))
			mark_each(l, json_get(found.at[i].body, "request"), DONE_PART);
	mark_rest(l, rc == RC_OK && found.more);
	return rc;
}

static enum rc look_at_results(struct act_ctx *x, struct str patient, struct lines *l, int64_t start_ms, struct problem *p)
{
	struct buf some;
	enum rc rc = RC_OK;
	bool any = false;
	buf_init(&some, ASKED_AT_ONCE * 90);
	for (size_t i = 0; i < l->n && rc == RC_OK;) {
		name_some(l, &i, &some);
		any = any || some.n;
		for (size_t t = 0; t < N_OF(TELLS) && some.n && rc == RC_OK; t++)
			rc = ask(x, patient, l, buf_view(&some), t, p);
	}
	if (rc == RC_OK)
		rc = buf_rc(&some, p);
	buf_done(&some);
	for (size_t i = 0; i < l->n; i++)
		l->at[i].done |= json_get(l->at[i].it.body, "specimen") ? DONE_PART : 0;
	return rc == RC_OK && any ? ask_samples(x, patient, l, start_ms, p) : rc;
}

/* ---- the end ---- */

static enum rc keep_ended(struct act_ctx *x, const struct item *stay, const struct line *l, uint32_t version, struct problem *p)
{
	char named[140];
	bool drug = strcmp(l->type, "MedicationRequest") == 0;
	(void)snprintf(named, sizeof named, "%s%s%.*s", drug ? "" : l->type, drug ? "" : "/", STR_ARG(l->it.id));
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_END);
	db_bind_str(s, 1, stay->id);
	db_bind_str(s, 2, str_of(named));
	db_bind_i64(s, 3, stay->patient);
	db_bind_i64(s, 4, l->it.version);
	db_bind_i64(s, 5, version);
	return db_run(s, p);
}

static void put_extensions(struct jw *w, const struct json *extensions, int64_t end_ms)
{
	jw_key(w, "extension");
	jw_array(w);
	for json_each (e, extensions)
		if (!str_eq(json_get_text(e, "url"), ORDER_WHY))
			jw_raw(w, e->raw);
	jw_object(w);
	jw_member(w, "url", STR(ORDER_WHY));
	compose_concept(w, "valueCodeableConcept", ORDER_REASONS, STR("discharge"), STR_NONE, STR_NONE);
	jw_end(w, '}');
	jw_object(w);
	jw_member(w, "url", STR(ORDER_ENDED));
	compose_instant(w, "valueDateTime", end_ms);
	jw_end(w, '}');
	jw_end(w, ']');
}

/* R4 has no reason of a status here: its own extension says it. What was answered is completed, and needs none. */
static enum rc close_other(struct act_ctx *x, const struct line *l, int64_t end_ms, struct record_done *d_r, struct problem *p)
{
	bool answered = l->done & DONE_RESULT;
	const char *const but[] = { "status", answered ? NULL : "extension", NULL };
	struct record_if cond = { .has_version = true, .version = l->it.version };
	struct buf body;
	struct jw w;
	buf_init(&body, 4u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, l->it.body, but);
	jw_member(&w, "status", answered ? STR("completed") : STR("revoked"));
	if (!answered)
		put_extensions(&w, json_get(l->it.body, "extension"), end_ms);
	jw_end(&w, '}');
	enum rc rc = compose_put(x, l->type, l->it.id, &body, &cond, d_r, p);
	buf_done(&body);
	return rc;
}

static bool stays_open(const struct line *l)
{
	return has_result(l) && ((l->done & DONE_WAITS) || ((l->done & DONE_PART) && !(l->done & DONE_RESULT)));
}

static enum rc end_line(struct act_ctx *x, const struct item *stay, const struct line *l, int64_t end_ms, struct problem *p)
{
	struct record_done done;
	if (stays_open(l))
		return RC_OK;
	enum rc rc = strcmp(l->type, "MedicationRequest") == 0 ? order_close_at(x, &l->it, "stopped", STR("discharge"), end_ms, &done, p) : close_other(x, l, end_ms, &done, p);
	return rc == RC_OK ? keep_ended(x, stay, l, done.version, p) : rc;
}

/* An order for the stay: no intention, nothing that is asked for a time after it, no order of how a score is counted for this person. */
static bool ends_with_it(const struct json *b, int64_t end_ms)
{
	struct str at = json_get_text(b, "occurrenceDateTime");
	int64_t when = when_low(at.n ? at : text_at(b, "occurrencePeriod.start"));
	return !is_among(json_get_text(b, "intent"), "proposal,plan,option") && when < end_ms && !has_code(json_get(b, "code"), STR(SCORE_SCALE_ORDER), text_at(b, "code.coding.code"));
}

static enum rc open_lines(struct act_ctx *x, struct str patient, const struct item *stay, int64_t end_ms, struct lines *l_r, struct problem *p)
{
	static const char *const TYPES[] = { "MedicationRequest", "ServiceRequest", "NutritionOrder" };
	const struct pair open[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } };
	struct lines l = { .at = arena_array(x->arena, N_OF(TYPES) * LINES_MOST, sizeof *l.at) };
	int64_t start = when_low(text_at(stay->body, "period.start"));
	enum rc rc = l.at ? RC_OK : arena_rc(x->arena, p);
	for (size_t t = 0; t < N_OF(TYPES) && rc == RC_OK; t++) {
		struct items s;
		rc = items_find(x->db, x->arena, TYPES[t], open, N_OF(open), LINES_MOST, &s, p);
		for (size_t i = 0; rc == RC_OK && i < s.n; i++)
			if (discharge_is_of_stay(s.at[i].body, stay->id, start) && (t == 0 || ends_with_it(s.at[i].body, end_ms)))
				l.at[l.n++] = (struct line){ .type = TYPES[t], .it = s.at[i] };
	}
	*l_r = l;
	return rc == RC_OK ? look_at_results(x, patient, l_r, start, p) : rc;
}

/* Whatever nobody decided: the unit's physicians find it on their work list. */
static enum rc tell_unit(struct act_ctx *x, struct str patient, const struct item *stay, struct str unit, int64_t end_ms, struct problem *p)
{
	size_t n = 0;
	enum rc rc = discharge_undecided(x->db, x->arena, patient, stay, &n, p);
	if (rc != RC_OK || !n)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_WAIT);
	db_bind_str(s, 1, stay->id);
	db_bind_i64(s, 2, stay->patient);
	db_bind_str(s, 3, unit.n ? unit : STR(""));
	db_bind_i64(s, 4, end_ms);
	db_bind_i64(s, 5, (int64_t)n);
	return db_run(s, p);
}

/* As it says; a day alone is over at its end. Never after now. */
static int64_t end_of(const struct json *encounter, int64_t now_ms)
{
	struct str end = text_at(encounter, "period.end");
	int64_t ms = end.n > sizeof "YYYY-MM-DD" - 1 ? when_low(end) : when_high(end);
	return ms == INT64_MIN || ms > now_ms ? now_ms : ms;
}

static enum rc end_all(struct act_ctx *x, const struct item *stay, struct str unit, struct problem *p)
{
	int64_t end = end_of(stay->body, x->now_ms);
	struct str patient;
	struct lines l = { .n = 0 };
	if (!ref_of(json_get(stay->body, "subject"), "Patient", &patient))
		return RC_OK;
	enum rc rc = open_lines(x, patient, stay, end, &l, p);
	for (size_t i = 0; rc == RC_OK && i < l.n; i++)
		rc = end_line(x, stay, &l.at[i], end, p);
	return rc == RC_OK ? tell_unit(x, patient, stay, unit, end, p) : rc;
}

/* ---- it runs again ---- */

struct ended { const char *type; struct str id; uint32_t before, version; };

/* Which order a row of discharge_ended names. */
static struct ended ended_row(struct db_stmt *s, struct arena *a)
{
	static const char *const OTHERS[] = { "ServiceRequest", "NutritionOrder" };
	struct str named = arena_str(a, db_text(s, 0)), id;
	struct ended e = { "MedicationRequest", named, (uint32_t)db_i64(s, 1), (uint32_t)db_i64(s, 2) };
	for (size_t i = 0; i < N_OF(OTHERS); i++)
		if (str_eq(str_cut(named, '/', &id), OTHERS[i]) && id.n)
			e = (struct ended){ OTHERS[i], id, e.before, e.version };
	return e;
}

/* The line as it stood, and the opinion that was given of these very words. */
static enum rc line_back(struct act_ctx *x, const struct ended *e, struct problem *p)
{
	const struct json *was = NULL;
	struct record_done done;
	struct record_row old;
	struct item it;
	struct buf body;
	struct jw w;
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, e->type, e->id, &found, &it, p);
	if (rc != RC_OK || !found || it.version != e->version)
		return rc;
	rc = record_vread(x->db, fhir_type_of(str_of(e->type)), e->id, e->before, &old, p);
	if (rc == RC_OK)
		rc = json_parse(arena_str(x->arena, old.body), x->arena, &was, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&body, 4u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, was, (const char *const[]){ NULL });
	jw_end(&w, '}');
	rc = compose_put(x, e->type, e->id, &body, NULL, &done, p);
	buf_done(&body);
	if (rc != RC_OK || strcmp(e->type, "MedicationRequest") != 0)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_OPINION_AGAIN);
	db_bind_i64(s, 1, it.patient);
	db_bind_str(s, 2, e->id);
	db_bind_i64(s, 3, done.version);
	db_bind_i64(s, 4, e->before);
	return db_run(s, p);
}

static enum rc bring_back(struct act_ctx *x, struct str stay, struct problem *p)
{
	struct ended *at = arena_array(x->arena, DISCHARGE_ENDED_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_ENDED);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(x->arena, p);
	db_bind_str(s, 1, stay);
	db_bind_i64(s, 2, DISCHARGE_ENDED_MOST);
	while (rc == RC_OK && n < DISCHARGE_ENDED_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = ended_row(s, x->arena);
	db_reset(s);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = line_back(x, &at[i], p);
	enum stmt drop[] = { ST_HOSPITAL_DISCHARGE_ENDED_DROP, ST_HOSPITAL_DISCHARGE_WAIT_DROP };
	for (size_t i = 0; rc == RC_OK && i < N_OF(drop); i++) {
		s = db_stmt(x->db, drop[i]);
		db_bind_str(s, 1, stay);
		rc = db_run(s, p);
	}
	return rc;
}

/* ---- once the act wrote all ---- */

/* By what stands now, whatever was written on the way: over (finished, or its end is past), running, or neither (planned, cancelled: nothing follows). */
static bool is_over(const struct json *encounter, bool *runs_r, int64_t now_ms)
{
	struct str status = json_get_text(encounter, "status");
	int64_t end = when_high(text_at(encounter, "period.end"));
	bool here = is_among(status, "arrived,triaged,in-progress,onleave"), past = end != INT64_MIN && end <= now_ms;
	*runs_r = here && !past;
	return str_eq(status, "finished") || (here && past);
}

static enum rc settle(struct act_ctx *x, const struct seen *s, struct problem *p)
{
	struct item stay;
	bool found = false, runs = false;
	enum rc rc = item_by_rid(x->db, x->arena, s->stay, &found, &stay, p);
	if (rc != RC_OK || !found)
		return rc;
	bool over = is_over(stay.body, &runs, x->now_ms);
	return s->ran && over ? end_all(x, &stay, s->unit, p) : !s->ran && runs ? bring_back(x, stay.id, p) : RC_OK;
}

static enum rc settle_all(const struct act_ctx *x, const struct seen *first, struct problem *p)
{
	struct arena scratch;
	struct actor who = *x->who;
	struct act_ctx own = *x;
	enum rc rc = RC_OK;
	who.account = who.machine ? 0 : who.account; /* what a machine writes makes nobody's link */
	own.who = &who;
	own.arena = &scratch;
	arena_init(&scratch, SCRATCH);
	for (const struct seen *s = first; s && rc == RC_OK; s = s->next) {
		rc = settle(&own, s, p);
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	return rc;
}

enum rc act_carry_out(const struct act *act, struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct gathered g = { .arena = x->arena };
	gathering = &g;
	enum rc rc = act->run(x, out, p);
	gathering = NULL;
	if (rc == RC_OK)
		rc = arena_rc(x->arena, p);
	return rc == RC_OK && g.first ? settle_all(x, g.first, p) : rc;
}
