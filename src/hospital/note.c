/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/note.c: what a physician notes of a patient: at entry, of the course, an opinion, the sheet of a consultation (reason, history, examination, conclusion), as FHIR ClinicalImpressions
 * (https://hl7.org/fhir/R4/clinicalimpression.html). A note is never altered unseen: its author corrects it by a version over it, every version stays readable, and a slip is struck out with a reason.
 * It must never be changed by anybody else, nor be written twice. Called by the gate through the rows at the end. Start at add_run.
 */
#include "hospital/care.h"

#include "hospital/matters.h"
#include "hospital/observation.h"
#include "hospital/prescription.h"

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define SHOWN    40
#define VERSIONS 50
#define VISITS   20
#define PART     "urn:hygie:note:part" /* extension of an Annotation, valueCode: which heading it is */

static const struct choice KINDS[] = { { "entry", "Observation d'entrée" }, { "course", "Évolution" }, { "opinion", "Avis" }, { "consultation", "Consultation" }, { NULL, NULL } };

/* description and summary are R4's own places for the reason and the conclusion; the two others are annotations that say which they are. */
static const struct { const char *name, *element; } PARTS[] = { { "reason", "description" }, { "history", NULL }, { "exam", NULL }, { "conclusion", "summary" } };

static bool is_struck(const struct json *b) { return str_eq(json_get_text(b, "status"), "entered-in-error"); }

static struct str kind_of(const struct json *b)
{
	for (const struct choice *k = KINDS; k->code; k++)
		if (has_code(json_get(b, "code"), STR(CARE_OWN), str_of(k->code)))
			return str_of(k->code);
	return STR_NONE;
}

static struct str part_of(const struct json *b, size_t i)
{
	if (PARTS[i].element)
		return json_get_text(b, PARTS[i].element);
	for json_each (n, json_get(b, "note"))
		for json_each (e, json_get(n, "extension"))
			if (str_eq(json_get_text(e, "url"), PART) && str_eq(json_get_text(e, "valueCode"), PARTS[i].name))
				return json_get_text(n, "text");
	return STR_NONE;
}

/* BARRIER: another person's note is read, never written. An account without a Practitioner is known by no reference, and corrects nothing. */
static bool is_mine(const struct actor *who, const struct json *b)
{
	struct str id;
	return who->practitioner.n && ref_of(json_get(b, "assessor"), "Practitioner", &id) && str_is(id, who->practitioner);
}

/* ---- writing ---- */

static void put_note(struct jw *w, const char *part, struct str text)
{
	jw_object(w);
	jw_key(w, "extension");
	jw_array(w);
	jw_object(w);
	jw_member(w, "url", STR(PART));
	jw_member(w, "valueCode", str_of(part));
	jw_end(w, '}');
	jw_end(w, ']');
	jw_member(w, "text", text);
	jw_end(w, '}');
}

static void put_parts(struct jw *w, const struct args *a)
{
	bool any = false;
	for (size_t i = 0; i < N_OF(PARTS); i++) {
		struct str text = str_trim(args_get(a, PARTS[i].name));
		if (PARTS[i].element && text.n)
			jw_member(w, PARTS[i].element, text);
		any = any || (!PARTS[i].element && text.n);
	}
	if (!any)
		return;
	jw_key(w, "note");
	jw_array(w);
	for (size_t i = 0; i < N_OF(PARTS); i++)
		if (!PARTS[i].element && str_trim(args_get(a, PARTS[i].name)).n)
			put_note(w, PARTS[i].name, str_trim(args_get(a, PARTS[i].name)));
	jw_end(w, ']');
}

static void note(struct buf *out, const struct act_ctx *x, struct str id, struct str stay, int64_t at_ms)
{
	struct jw w;
	struct str kind = args_get(x->args, "kind");
	const struct choice *k = KINDS;
	while (!str_eq(kind, k->code)) /* the form has checked it */
		k++;
	compose_begin(&w, out, "ClinicalImpression", id, NULL);
	jw_member(&w, "status", STR("completed"));
	compose_concept(&w, "code", CARE_OWN, kind, STR_NONE, str_of(k->label));
	compose_ref(&w, "subject", "Patient", args_get(x->args, "patient"), STR_NONE);
	if (stay.n)
		compose_ref(&w, "encounter", "Encounter", stay, STR_NONE);
	compose_instant(&w, "effectiveDateTime", at_ms);
	compose_instant(&w, "date", x->now_ms);
	care_who(&w, "assessor", x->who);
	put_parts(&w, x->args);
	jw_end(&w, '}');
}

static bool says_something(const struct args *a)
{
	for (size_t i = 0; i < N_OF(PARTS); i++)
		if (str_trim(args_get(a, PARTS[i].name)).n)
			return true;
	return false;
}

static bool says_same(const struct args *a, const struct json *b)
{
	for (size_t i = 0; i < N_OF(PARTS); i++)
		if (!str_is(str_trim(args_get(a, PARTS[i].name)), part_of(b, i)))
			return false;
	return str_is(args_get(a, "kind"), kind_of(b));
}

/* The visit of that day that an appointment became (agenda_visit.c). */
static enum rc visit_of_day(struct act_ctx *x, int64_t at_ms, struct str *visit_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), args_get(x->args, "patient") }, { STR("class"), STR("AMB") }, { STR("_sort"), STR("-date") } };
	struct items s;
	enum rc rc = items_find(x->db, x->arena, "Encounter", query, N_OF(query), VISITS, &s, p);
	struct str day = day_of(x->arena, at_ms);
	for (size_t i = 0; rc == RC_OK && i < s.n && !visit_r->n; i++) {
		int64_t start = when_low(text_at(s.at[i].body, "period.start"));
		bool good = !str_eq(json_get_text(s.at[i].body, "status"), "entered-in-error") && !str_eq(json_get_text(s.at[i].body, "status"), "cancelled");
		if (good && start != INT64_MIN && str_is(day_of(x->arena, start), day))
			*visit_r = s.at[i].id;
	}
	return rc;
}

/* Within which encounter: a consultation's visit of its day, else the stay of now. */
static enum rc encounter_for(struct act_ctx *x, int64_t at_ms, struct str *id_r, struct problem *p)
{
	struct stay stay = { .status = STR_NONE };
	enum rc rc = RC_OK;
	*id_r = STR_NONE;
	if (str_eq(args_get(x->args, "kind"), "consultation"))
		rc = visit_of_day(x, at_ms, id_r, p);
	if (rc != RC_OK || id_r->n)
		return rc;
	rc = order_stay(x->db, x->arena, args_get(x->args, "patient"), x->now_ms, &stay, p);
	*id_r = rc == RC_OK ? stay.id : STR_NONE;
	return rc;
}

/*
 * "note_add": once, kind (entry, course, opinion, consultation), reason, history, exam, conclusion (one at least), day, time → set "note": id, again (flag: the same request had come before). It is of
 * the stay of now; a consultation is of the visit of its day. BAD_INPUT: the field; CONFLICT CARE_SENT: other words under one key.
 */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct record_done done;
	struct item it;
	struct buf body;
	struct str id = care_id(x, "note", STR("")), stay = STR_NONE;
	int64_t at_ms = 0;
	bool found = false;
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK)
		rc = care_when(x->args, care_born(&who), x->now_ms, &at_ms, p);
	if (rc == RC_OK && !says_something(x->args))
		rc = problem_set(p, RC_BAD_INPUT, WHY_NOTE_EMPTY, "conclusion", "no words");
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "ClinicalImpression", id, &found, &it, p);
	if (rc == RC_OK && found && !says_same(x->args, it.body))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_SENT, "conclusion", "other words under one key");
	if (rc == RC_OK && !found)
		rc = encounter_for(x, at_ms, &stay, p);
	if (rc != RC_OK)
		return rc;
	if (!found) {
		buf_init(&body, 1u << 17);
		note(&body, x, id, stay, at_ms);
		rc = compose_put(x, "ClinicalImpression", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
		buf_done(&body);
	}
	if (rc == RC_OK)
		care_answer(out, "note", who.item.rid, id, found);
	return rc;
}

/* One's own, of this patient, as it was looked at, and not struck out. */
static enum rc own(struct act_ctx *x, struct item *it, struct problem *p)
{
	bool found = false;
	enum rc rc = item_find(x->db, x->arena, "ClinicalImpression", args_get(x->args, "id"), &found, it, p);
	if (rc == RC_OK && (!found || it->patient == 0 || merge_kept(x->db, it->patient) != merge_kept(x->db, record_patient_rid(x->db, args_get(x->args, "patient")))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such note of this patient");
	if (rc == RC_OK && (!is_mine(x->who, it->body) || !kind_of(it->body).n))
		rc = problem_set(p, RC_CONFLICT, WHY_NOTE_OTHER, "id", "another author's");
	if (rc == RC_OK && it->version != care_arg(x->args, "version"))
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it->version);
	if (rc == RC_OK && is_struck(it->body))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "id", "struck out already");
	return rc;
}

/* Over it as a new version: other texts, or (why) struck out. */
static enum rc write_over(struct act_ctx *x, struct rows *out, const struct item *it, struct str why, struct problem *p)
{
	static const char *const TEXT[] = { "description", "summary", "note", "date", NULL }, *const STATE[] = { "status", "statusReason", NULL };
	struct record_done done;
	struct buf body;
	struct jw w;
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it->body, why.n ? STATE : TEXT);
	if (why.n) {
		jw_member(&w, "status", STR("entered-in-error"));
		compose_concept(&w, "statusReason", NULL, STR_NONE, STR_NONE, why);
	} else {
		compose_instant(&w, "date", x->now_ms);
		put_parts(&w, x->args);
	}
	jw_end(&w, '}');
	enum rc rc = compose_put(x, "ClinicalImpression", it->id, &body, &(struct record_if){ .has_version = true, .version = it->version }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		care_answer(out, "note", it->patient, it->id, false);
	return rc;
}

/* "note_correct": id, version (that was looked at), reason, history, exam, conclusion → set "note": id. By its author: CONFLICT NOTE_OTHER else. What stood there stays as the version before. */
static enum rc correct_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	enum rc rc = says_something(x->args) ? own(x, &it, p) : problem_set(p, RC_BAD_INPUT, WHY_NOTE_EMPTY, "conclusion", "no words");
	return rc == RC_OK ? write_over(x, out, &it, STR_NONE, p) : rc;
}

/* "note_strike": id, version, why → set "note": id. As note_correct. */
static enum rc strike_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct str why = str_trim(args_get(x->args, "why"));
	enum rc rc = why.n ? own(x, &it, p) : problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "why", "blank");
	return rc == RC_OK ? write_over(x, out, &it, why, p) : rc;
}

/* ---- reading ---- */

static void cols_text(struct rows *out, const struct json *b)
{
	for (size_t i = 0; i < N_OF(PARTS); i++)
		col(out, PARTS[i].name, part_of(b, i));
}

/*
 * "notes": patient → set "notes", what it was of last first: id, version, kind or kind_text (of another system), at, by_name, mine (flag: may be corrected by who reads), corrected (flag), struck (flag)
 * with why, reason, history, exam, conclusion; set "notes_more": a row where there are older ones.
 */
static enum rc notes_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct care_patient who;
	struct items s;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	const struct pair query[] = { { STR("patient"), rc == RC_OK ? who.item.id : STR_NONE }, { STR("_sort"), STR("-date") } };
	if (rc == RC_OK)
		rc = items_find(v->db, v->arena, "ClinicalImpression", query, N_OF(query), SHOWN, &s, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = observation_at(s.at[i].body);
	items_newest_first(&s);
	rows_set(out, "notes");
	for (size_t i = 0; i < s.n; i++) {
		const struct json *b = s.at[i].body;
		bool mine = is_mine(v->who, b) && !is_struck(b) && kind_of(b).n;
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col(out, "id", s.at[i].id);
		rows_col_i64(out, "version", s.at[i].version);
		col(out, "kind", kind_of(b));
		if (!kind_of(b).n)
			col_display(out, "kind_text", json_get(b, "code"));
		if (s.at[i].sort_ms != INT64_MIN)
			rows_col_i64(out, "at", s.at[i].sort_ms);
		col(out, "by_name", name_ref(&names, json_get(b, "assessor")));
		col_flag(out, "mine", mine);
		col_flag(out, "corrected", s.at[i].version > (is_struck(b) ? 2u : 1u));
		col_flag(out, "struck", is_struck(b));
		col_display(out, "why", is_struck(b) ? json_get(b, "statusReason") : NULL);
		cols_text(out, b);
	}
	rows_set(out, "notes_more");
	if (s.more) {
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col_i64(out, "shown", (int64_t)s.n);
	}
	return arena_rc(v->arena, p);
}

struct versions { struct record_each each; struct view_ctx *v; struct rows *out; int64_t patient; };

static enum rc version_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct versions *h = (struct versions *)(void *)e;
	const struct json *b;
	enum rc rc = row->deleted ? RC_OK : json_parse(arena_str(h->v->arena, row->body), h->v->arena, &b, p);
	if (rc != RC_OK || row->deleted)
		return rc;
	rows_row(h->out);
	rows_patient(h->out, h->patient, TIER_CLINICAL);
	rows_col_i64(h->out, "version", row->version);
	rows_col_i64(h->out, "written_at", row->updated_ms);
	cols_text(h->out, b);
	return RC_OK;
}

/* "note_versions": patient, id → set "versions", the newest first: version, written_at, reason, history, exam, conclusion; none where it is not this patient's. */
static enum rc versions_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct item it;
	struct str id = args_get(v->args, "id");
	bool found = false;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK && fhir_is_id(id))
		rc = item_find(v->db, v->arena, "ClinicalImpression", id, &found, &it, p);
	if (rc != RC_OK)
		return rc;
	struct versions h = { { version_row }, v, out, who.item.rid };
	rows_set(out, "versions");
	if (!found || it.patient == 0 || merge_kept(v->db, it.patient) != merge_kept(v->db, who.item.rid))
		return RC_OK;
	return record_history(v->db, fhir_type_of(STR("ClinicalImpression")), it.id, VERSIONS, UINT32_MAX, &h.each, p);
}

#define PART_FIELDS { .name = "reason", .label = "Reason", .kind = FIELD_TEXT, .max = 200 }, { .name = "history", .label = "History", .kind = FIELD_LINES, .max = 6000 }, \
	{ .name = "exam", .label = "Examination", .kind = FIELD_LINES, .max = 6000 }, { .name = "conclusion", .label = "Conclusion", .kind = FIELD_LINES, .max = 6000 }
static const struct field ADD_FIELDS[] = {
	PATIENT_FIELD, CARE_ONCE_FIELD, CARE_WHEN_FIELDS,
	{ .name = "kind", .label = "Kind",  .kind = FIELD_CODE, .required = true, .choices = KINDS },
	PART_FIELDS, FIELDS_END,
};
static const struct field CORRECT_FIELDS[] = { PATIENT_FIELD, CARE_STRIKE_FIELDS, PART_FIELDS, FIELDS_END };
static const struct field STRIKE_FIELDS[] = { PATIENT_FIELD, CARE_STRIKE_FIELDS, { .name = "why", .label = "Why it is struck out", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };

const struct view note_views[] = {
	{ .name = "notes",         .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = notes_view },
	{ .name = "note_versions", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = versions_view },
	{ .name = NULL },
};
const struct act note_acts[] = {
	{ .name = "note_add",     .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS,     .run = add_run },
	{ .name = "note_correct", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = CORRECT_FIELDS, .run = correct_run },
	{ .name = "note_strike",  .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = STRIKE_FIELDS,  .run = strike_run },
	{ .name = NULL },
};
