/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/chart.c: the opened chart: banner, summary, stays, and the same head without anything clinical for those who may only read identities.
 * Must never put a clinical column into a view whose row lets a clerk in; must never read without the patient's key and a limit.
 * Called by the gate through the rows at the end. The timeline has its own file. Start at chart_head and chart_summary.
 */
#include "hospital/around.h"
#include "hospital/document.h"
#include "hospital/matters.h"
#include "hospital/known.h"
#include "hospital/merge.h"
#include "hospital/problem.h"
#include "hospital/tall_name.h"
#include "hospital/wishes.h"

#include <stdlib.h>
#include <string.h>

/* Limits of what a summary reads: a chart of 85 years is longer, and has its timeline. */
#define STAYS 50
#define ALLERGIES 50
#define PROBLEMS 60
#define TREATMENTS 60
#define VITALS 240
#define DOCUMENTS 8
#define POINTS 30
#define SERIES 16

#define LOINC "http://loinc.org"
#define WEIGHT "29463-7"

struct chart { struct view_ctx *v; struct item patient; struct traits traits; struct names names; };

static enum rc chart_open(struct view_ctx *v, struct chart *k, struct problem *p)
{
	bool found;
	*k = (struct chart){ .v = v, .names = { v->db, v->arena, NULL } };
	enum rc rc = item_find(v->db, v->arena, "Patient", args_get(v->args, "patient"), &found, &k->patient, p);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	traits_read(&k->patient, v->arena, &k->traits);
	known_beware(v->db, &k->traits);
	return arena_rc(v->arena, p);
}

#define OF_PATIENT(k) { STR("patient"), (k)->patient.id }

static enum rc find(struct chart *k, const char *type, const struct pair *query, size_t n, uint32_t max, struct items *out, struct problem *p)
{
	return items_find(k->v->db, k->v->arena, type, query, n, max, out, p);
}

/* ---- stays ---- */

static enum rc stays_of(struct chart *k, struct items *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k), { STR("_sort"), STR("-date") } };
	enum rc rc = find(k, "Encounter", query, N_OF(query), STAYS, out, p);
	for (size_t i = 0; rc == RC_OK && i < out->n; i++)
		out->at[i].sort_ms = when_low(text_at(out->at[i].body, "period.start"));
	if (rc == RC_OK)
		items_newest_first(out);
	return rc;
}

static const struct item *present_stay(const struct items *stays, int64_t now_ms)
{
	for (size_t i = 0; i < stays->n; i++)
		if (stay_is_present(stays->at[i].body, now_ms))
			return &stays->at[i];
	return NULL;
}

static enum rc cols_present(struct chart *k, struct rows *out, struct problem *p)
{
	struct items stays;
	enum rc rc = stays_of(k, &stays, p);
	if (rc != RC_OK)
		return rc;
	const struct item *now = present_stay(&stays, k->v->now_ms);
	if (now) {
		struct stay s;
		stay_of(&k->names, now->body, k->v->now_ms, &s);
		stay_cols(out, &s);
	}
	return RC_OK;
}

/* ---- allergies ---- */

/* SNOMED CT 716186003 and its children: "no known allergy" is a statement, not the absence of one. */
static bool is_none_known(const struct json *allergy)
{
	static const char *const CODES[] = { "716186003", "409137002", "429625007", "428607008", "716184000", "716185004" };
	for (size_t i = 0; i < N_OF(CODES); i++)
		if (has_code(json_get(allergy, "code"), STR("http://snomed.info/sct"), str_of(CODES[i])))
			return true;
	return false;
}

static bool is_refuted(const struct json *r)
{
	const struct json *v = json_get(r, "verificationStatus");
	return has_code(v, STR_NONE, STR("refuted")) || has_code(v, STR_NONE, STR("entered-in-error"));
}

static bool is_active(const struct json *r)
{
	const struct json *c = json_get(r, "clinicalStatus");
	return !c || has_code(c, STR_NONE, STR("active")) || has_code(c, STR_NONE, STR("recurrence")) || has_code(c, STR_NONE, STR("relapse"));
}

static enum rc allergies_of(struct chart *k, struct items *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k) };
	enum rc rc = find(k, "AllergyIntolerance", query, N_OF(query), ALLERGIES, out, p);
	for (size_t i = 0; rc == RC_OK && i < out->n; i++)
		out->at[i].sort_ms = when_low(json_get_text(out->at[i].body, "recordedDate"));
	if (rc == RC_OK)
		items_newest_first(out);
	return rc;
}

static const char *allergy_state(const struct items *allergies)
{
	const char *state = "not_recorded";
	for (size_t i = 0; i < allergies->n; i++) {
		const struct json *a = allergies->at[i].body;
		if (is_refuted(a) || !is_active(a))
			continue;
		if (!is_none_known(a))
			return "known";
		state = "none_known";
	}
	return state;
}

static void allergy_names(struct rows *out, const struct items *allergies)
{
	struct buf b;
	buf_init(&b, 4096);
	for (size_t i = 0; i < allergies->n; i++) {
		const struct json *a = allergies->at[i].body;
		if (is_refuted(a) || !is_active(a) || is_none_known(a))
			continue;
		if (b.n)
			buf_z(&b, ", ");
		fhir_display(&b, json_get(a, "code"));
	}
	if (!b.failed)
		col(out, "allergies", buf_view(&b));
	buf_done(&b);
}

static void rows_allergies(struct chart *k, struct rows *out, const struct items *s)
{
	rows_set(out, "allergies");
	for (size_t i = 0; i < s->n; i++) {
		const struct json *a = s->at[i].body;
		if (is_refuted(a) || is_none_known(a))
			continue;
		rows_row(out);
		rows_patient(out, k->patient.rid, TIER_CLINICAL);
		rows_col(out, "id", s->at[i].id);
		rows_col_i64(out, "version", s->at[i].version);
		col_display(out, "code", json_get(a, "code"));
		col(out, "type", json_get_text(a, "type"));
		col(out, "category", text_at(a, "category"));
		col(out, "criticality", json_get_text(a, "criticality"));
		col(out, "clinical", text_at(a, "clinicalStatus.coding.code"));
		col(out, "verification", text_at(a, "verificationStatus.coding.code"));
		col_display(out, "reaction", at_path(a, "reaction.manifestation"));
		col_when(out, "recorded_at", "recorded_on", json_get_text(a, "recordedDate"));
		col(out, "by_name", name_ref(&k->names, json_get(a, "recorder")));
	}
}

/* ---- problems, treatments, documents ---- */

static enum rc rows_problems(struct chart *k, struct rows *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k) };
	struct items s;
	enum rc rc = find(k, "Condition", query, N_OF(query), PROBLEMS, &s, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = when_low(json_get_text(s.at[i].body, "recordedDate"));
	items_newest_first(&s);
	rows_set(out, "problems");
	for (size_t i = 0; i < s.n; i++) {
		const struct json *c = s.at[i].body;
		if (is_refuted(c))
			continue;
		rows_row(out);
		rows_patient(out, k->patient.rid, TIER_CLINICAL);
		rows_col(out, "id", s.at[i].id);
		col_display(out, "label", json_get(c, "code"));
		col(out, "code", text_at(c, "code.coding.code"));
		col(out, "clinical", text_at(c, "clinicalStatus.coding.code"));
		col(out, "category", text_at(c, "category.coding.code"));
		col_flag(out, "history", problem_is_history(c));
		col_when(out, "onset_at", "onset_on", json_get_text(c, "onsetDateTime"));
		col_when(out, "recorded_at", "recorded_on", json_get_text(c, "recordedDate"));
		col(out, "by_name", name_ref(&k->names, json_get(c, "recorder")));
	}
	return RC_OK;
}

/* What is prescribed: the concept, or the medication that the reference shows. */
static void col_medication(struct chart *k, struct rows *out, const struct json *m)
{
	const struct json *concept = json_get(m, "medicationCodeableConcept"), *reference = json_get(m, "medicationReference");
	if (concept) {
		col_medicine_display(out, "drug", concept);
		return;
	}
	struct str id = STR_NONE, shown = json_get_text(reference, "display");
	struct item it;
	bool found = false;
	struct problem ignored; /* a medication that cannot be read leaves its display */
	if (!shown.n && ref_of(reference, "Medication", &id) && item_find(k->v->db, k->v->arena, "Medication", id, &found, &it, &ignored) == RC_OK && found)
		col_display(out, "drug", json_get(it.body, "code"));
	else
		col(out, "drug", shown);
}

static enum rc rows_treatments(struct chart *k, struct rows *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k), { STR("status"), STR("active,on-hold") } };
	struct items s;
	enum rc rc = find(k, "MedicationRequest", query, N_OF(query), TREATMENTS, &s, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = when_low(json_get_text(s.at[i].body, "authoredOn"));
	items_newest_first(&s);
	rows_set(out, "treatments");
	for (size_t i = 0; i < s.n; i++) {
		const struct json *m = s.at[i].body;
		rows_row(out);
		rows_patient(out, k->patient.rid, TIER_CLINICAL);
		rows_col(out, "id", s.at[i].id);
		col_medication(k, out, m);
		col(out, "dosage", text_at(m, "dosageInstruction.text"));
		col(out, "status", json_get_text(m, "status"));
		col(out, "intent", json_get_text(m, "intent"));
		col_when(out, "since_at", "since_on", json_get_text(m, "authoredOn"));
		col(out, "by_name", name_ref(&k->names, json_get(m, "requester")));
	}
	return RC_OK;
}

static enum rc rows_documents(struct chart *k, struct rows *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k), { STR("_sort"), STR("-date") } };
	struct items s;
	enum rc rc = find(k, "DocumentReference", query, N_OF(query), DOCUMENTS, &s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "documents");
	for (size_t i = 0; i < s.n; i++)
		document_row(out, &k->names, &s.at[i], k->patient.rid);
	return RC_OK;
}

/* ---- vital signs ---- */

struct series { struct str code; const struct json *label; struct str unit; struct str second_code; unsigned n; struct { int64_t at_ms; struct str when, value, second; } at[POINTS]; };

static struct str quantity_of(const struct json *q, struct str *unit)
{
	struct str shown = json_get_text(q, "unit");
	if (!unit->n)
		*unit = shown.n ? shown : json_get_text(q, "code");
	return json_get_text(q, "value");
}

static struct series *series_for(struct series *at, unsigned *n, struct str code)
{
	for (unsigned i = 0; i < *n; i++)
		if (str_is(at[i].code, code))
			return &at[i];
	if (*n == SERIES)
		return NULL;
	at[*n] = (struct series){ .code = code };
	return &at[(*n)++];
}

/* One observation into its series: a value, or the two of a blood pressure (any panel of two quantities). */
static void take_vital(struct series *at, unsigned *n, const struct json *o, struct str when)
{
	struct str code = text_at(o, "code.coding.code"), status = json_get_text(o, "status");
	if (!code.n || str_eq(status, "entered-in-error") || str_eq(status, "cancelled"))
		return;
	struct series *s = series_for(at, n, code);
	if (!s || s->n == POINTS)
		return;
	struct str value = quantity_of(json_get(o, "valueQuantity"), &s->unit), second = STR_NONE;
	const struct json *parts = json_get(o, "component");
	if (!value.n && parts && parts->n) {
		value = quantity_of(json_get(json_at(parts, 0), "valueQuantity"), &s->unit);
		second = quantity_of(json_get(json_at(parts, 1), "valueQuantity"), &s->unit);
	}
	if (!value.n)
		return;
	if (!s->n)
		s->label = json_get(o, "code");
	s->at[s->n].at_ms = when_low(when);
	s->at[s->n].when = when;
	s->at[s->n].value = value;
	s->at[s->n++].second = second;
}

static struct str effective_of(const struct json *o)
{
	struct str when = json_get_text(o, "effectiveDateTime");
	if (!when.n)
		when = text_at(o, "effectivePeriod.start");
	return when.n ? when : json_get_text(o, "issued");
}

static enum rc rows_vitals(struct chart *k, struct rows *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k), { STR("category"), STR("vital-signs") }, { STR("_sort"), STR("-date") } };
	struct items s;
	struct series *at = arena_array(k->v->arena, SERIES, sizeof *at);
	enum rc rc = at ? find(k, "Observation", query, N_OF(query), VITALS, &s, p) : arena_rc(k->v->arena, p);
	if (rc != RC_OK)
		return rc;
	unsigned n = 0;
	for (size_t i = 0; i < s.n; i++)
		s.at[i].sort_ms = when_low(effective_of(s.at[i].body));
	items_newest_first(&s);
	for (size_t i = 0; i < s.n; i++)
		take_vital(at, &n, s.at[i].body, effective_of(s.at[i].body));
	rows_set(out, "vitals");
	for (unsigned i = 0; i < n; i++) {
		if (!at[i].n)
			continue;
		rows_row(out);
		rows_patient(out, k->patient.rid, TIER_CLINICAL);
		rows_col(out, "code", at[i].code);
		col_display(out, "label", at[i].label);
		rows_col(out, "value", at[i].at[0].value);
		col(out, "second", at[i].at[0].second);
		col(out, "unit", at[i].unit);
		col_when(out, "at", "on", at[i].at[0].when);
		rows_col_i64(out, "points", at[i].n);
	}
	rows_set(out, "vital_points");
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = at[i].n; j > 0; j--) {
			rows_row(out);
			rows_patient(out, k->patient.rid, TIER_CLINICAL);
			rows_col(out, "code", at[i].code);
			rows_col_i64(out, "at", at[i].at[j - 1].at_ms);
			rows_col(out, "value", at[i].at[j - 1].value);
			col(out, "second", at[i].at[j - 1].second);
		}
	return RC_OK;
}

static enum rc cols_weight(struct chart *k, struct rows *out, struct problem *p)
{
	const struct pair query[] = { OF_PATIENT(k), { STR("code"), STR(LOINC "|" WEIGHT) }, { STR("_sort"), STR("-date") } };
	struct items s;
	enum rc rc = find(k, "Observation", query, N_OF(query), 3, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		struct str unit = STR_NONE, value = quantity_of(json_get(s.at[i].body, "valueQuantity"), &unit);
		if (!value.n || str_eq(json_get_text(s.at[i].body, "status"), "entered-in-error"))
			continue;
		rows_col(out, "weight", value);
		col(out, "weight_unit", unit);
		col_when(out, "weight_at", "weight_on", effective_of(s.at[i].body));
		break;
	}
	return rc;
}

/* ---- people and wishes ---- */

/* A row only where there is something that nobody should have to look for. */
static enum rc rows_wishes(struct chart *k, struct rows *out, struct problem *p)
{
	struct str name, phone, kept = STR_NONE;
	bool directives = false;
	enum rc rc = around_trusted(k->v->db, k->v->arena, &k->patient, k->v->now_ms, &name, &phone, p);
	if (rc == RC_OK)
		rc = wishes_directives(k->v->db, k->v->arena, k->patient.id, &directives, &kept, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "people");
	if (!name.n && !directives)
		return RC_OK;
	rows_row(out);
	rows_patient(out, k->patient.rid, TIER_CLINICAL);
	col(out, "trusted", name);
	col(out, "trusted_phone", phone);
	col_flag(out, "directives", directives);
	col(out, "kept", kept);
	return RC_OK;
}

/* ---- heads ---- */

static void head_cols(struct chart *k, struct rows *out)
{
	traits_named(out, &k->traits, k->v->now_ms);
	merge_cols(k->v->db, out, k->patient.rid);
	record_seal_cols(k->v->db, out, k->patient.rid);
	rows_col_i64(out, "version", k->patient.version);
	if (k->traits.trust == TRUST_QUAL) /* BARRIER: else the slot shows the status word */
		col(out, "ins", k->traits.ins);
	col(out, "ipp", k->traits.ipp);
	col(out, "treating", k->traits.treating);
	col(out, "treating_name", name_of(&k->names, "Practitioner", k->traits.treating));
}

/*
 * "chart_head": the banner. Set "head": id, name, birth_name (when another name is used), born_on, birth_year, age, sex, status, homonym, doubtful, fictive,
 * deceased, deceased_on, ins (QUAL only), ipp, version, treating, treating_name, allergy_state (known, none_known, not_recorded), allergies (text),
 * weight, weight_unit, weight_at or weight_on, and when present: stay, present, unit, unit_name, bed, since_at.
 */
static enum rc chart_head(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct chart k;
	struct items allergies;
	enum rc rc = chart_open(v, &k, p);
	if (rc == RC_OK)
		rc = allergies_of(&k, &allergies, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "head");
	rows_row(out);
	rows_patient(out, k.patient.rid, TIER_CLINICAL);
	head_cols(&k, out);
	col_z(out, "allergy_state", allergy_state(&allergies));
	allergy_names(out, &allergies);
	rc = cols_weight(&k, out, p);
	if (rc == RC_OK)
		rc = cols_present(&k, out, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "chart_admin": the banner without anything clinical. Set "head": the columns of chart_head but allergies and weight. */
static enum rc chart_admin(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct chart k;
	enum rc rc = chart_open(v, &k, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "head");
	rows_row(out);
	rows_patient(out, k.patient.rid, TIER_IDENTITY);
	head_cols(&k, out);
	rc = cols_present(&k, out, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/*
 * "chart_summary": sets
 * "allergies": id, code, type, category, criticality, clinical, verification, reaction, recorded_on, by_name;   "state": allergy_state
 * "problems": id, label, code, clinical, category, onset_on, recorded_on, by_name
 * "treatments": id, drug, dosage, status, intent, since_at, since_on, by_name
 * "vitals": code, label, value, second (diastolic), unit, at, on, points;   "vital_points": code, at, value, second: oldest first, at most 30 a code
 * "documents": id, title, type, status, content_type, dated_at, dated_on, by_name
 * "people": at most one row: trusted, trusted_phone (the trusted person), directives (flag: they exist), kept (where)
 */
static enum rc chart_summary(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct chart k;
	struct items allergies;
	enum rc rc = chart_open(v, &k, p);
	if (rc == RC_OK)
		rc = allergies_of(&k, &allergies, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "state");
	rows_row(out);
	rows_patient(out, k.patient.rid, TIER_CLINICAL);
	col_z(out, "allergy_state", allergy_state(&allergies));
	rows_allergies(&k, out, &allergies);
	rc = rows_problems(&k, out, p);
	if (rc == RC_OK)
		rc = rows_treatments(&k, out, p);
	if (rc == RC_OK)
		rc = rows_vitals(&k, out, p);
	if (rc == RC_OK)
		rc = rows_documents(&k, out, p);
	if (rc == RC_OK)
		rc = rows_wishes(&k, out, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "chart_stays": set "stays", newest first: stay, stay_status, present (flag), unit, unit_name, bed, since_at, until_at, stay_class, stay_type;
 * set "appointments", newest first: id, status, start_at, end_at, description, with (names). */
static enum rc chart_stays(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct chart k;
	struct items stays, meetings;
	enum rc rc = chart_open(v, &k, p);
	if (rc == RC_OK)
		rc = stays_of(&k, &stays, p);
	const struct pair query[] = { OF_PATIENT(&k), { STR("_sort"), STR("-date") } };
	if (rc == RC_OK)
		rc = find(&k, "Appointment", query, N_OF(query), STAYS, &meetings, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "stays");
	for (size_t i = 0; i < stays.n; i++) {
		struct stay s;
		stay_of(&k.names, stays.at[i].body, v->now_ms, &s);
		rows_row(out);
		rows_patient(out, k.patient.rid, TIER_IDENTITY);
		stay_cols(out, &s);
	}
	rows_set(out, "appointments");
	for (size_t i = 0; i < meetings.n; i++) {
		const struct json *a = meetings.at[i].body;
		rows_row(out);
		rows_patient(out, k.patient.rid, TIER_IDENTITY);
		rows_col(out, "id", meetings.at[i].id);
		col(out, "status", json_get_text(a, "status"));
		col_when(out, "start_at", "start_on", json_get_text(a, "start"));
		col_when(out, "end_at", "end_on", json_get_text(a, "end"));
		meeting_with(out, &k.names, a);
	}
	return arena_rc(v->arena, p);
}

const struct view chart_views[] = {
	{ .name = "chart_head",    .may = MAY_READ_CHART,                     .reveals = REVEALS_ONE_PATIENT, .run = chart_head },
	{ .name = "chart_admin",   .may = MAY_READ_IDENTITY | MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = chart_admin },
	{ .name = "chart_summary", .may = MAY_READ_CHART,                     .reveals = REVEALS_ONE_PATIENT, .run = chart_summary },
	{ .name = "chart_stays",   .may = MAY_READ_IDENTITY | MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = chart_stays },
	{ .name = NULL },
};
