/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/allergy.c: what a person is allergic to, as FHIR AllergyIntolerance (https://hl7.org/fhir/R4/allergyintolerance.html), or that nothing is known, which is said and not
 * supposed; and its end: refuted, over, or an error of entry. Nothing is taken away: what ended stays in the history. It must never say « none known » beside one that stands, nor
 * invent a code for a substance: the words are kept as typed, and the check of prescriptions says when it cannot read them. Called by the gate through the rows at the end. Start
 * at add_run.
 */
#include "hospital/care.h"

#include "hospital/matters.h"

#define PATIENT_FIELD { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define ALLERGIES 60
#define SNOMED "http://snomed.info/sct"
#define NONE_KNOWN "716186003" /* SNOMED CT: no known allergy */
#define CLINICAL CARE_TERM "allergyintolerance-clinical"
#define VERIFICATION CARE_TERM "allergyintolerance-verification"

static const struct choice KINDS[] = { { "medication", "" }, { "food", "" }, { "environment", "" }, { NULL, NULL } };
static const struct choice CRITICALITIES[] = { { "low", "" }, { "high", "" }, { "unable-to-assess", "" }, { NULL, NULL } };
static const struct choice ENDS[] = { { "refuted", "" }, { "resolved", "" }, { "entered-in-error", "" }, { NULL, NULL } };

static bool is_none(const struct json *allergy) { return has_code(json_get(allergy, "code"), STR(SNOMED), STR(NONE_KNOWN)); }

static bool stands(const struct json *allergy)
{
	const struct json *v = json_get(allergy, "verificationStatus"), *c = json_get(allergy, "clinicalStatus");
	return !has_code(v, STR_NONE, STR("refuted")) && !has_code(v, STR_NONE, STR("entered-in-error")) && !has_code(c, STR_NONE, STR("inactive")) && !has_code(c, STR_NONE, STR("resolved"));
}

static void put_state(struct jw *w, const char *clinical, const char *verification)
{
	if (clinical)
		compose_concept(w, "clinicalStatus", CLINICAL, str_of(clinical), STR_NONE, STR_NONE);
	compose_concept(w, "verificationStatus", VERIFICATION, str_of(verification), STR_NONE, STR_NONE);
}

static void put_list(struct jw *w, const char *key)
{
	jw_key(w, key);
	jw_array(w);
}

static void allergy(struct buf *out, const struct act_ctx *x, struct str id)
{
	struct jw w;
	struct str substance = args_get(x->args, "substance"), reaction = args_get(x->args, "reaction"), kind = args_get(x->args, "kind"), criticality = args_get(x->args, "criticality");
	compose_begin(&w, out, "AllergyIntolerance", id, NULL);
	put_state(&w, "active", "confirmed");
	if (substance.n) {
		put_list(&w, "category");
		jw_str(&w, kind.n ? kind : STR("medication"));
		jw_end(&w, ']');
		if (criticality.n)
			jw_member(&w, "criticality", criticality);
		compose_concept(&w, "code", NULL, STR_NONE, STR_NONE, substance);
	} else {
		compose_concept(&w, "code", SNOMED, STR(NONE_KNOWN), STR_NONE, STR("Aucune allergie connue"));
	}
	compose_ref(&w, "patient", "Patient", args_get(x->args, "patient"), STR_NONE);
	compose_instant(&w, "recordedDate", x->now_ms);
	care_who(&w, "recorder", x->who);
	if (reaction.n && substance.n) {
		put_list(&w, "reaction");
		jw_object(&w);
		put_list(&w, "manifestation");
		compose_concept(&w, NULL, NULL, STR_NONE, STR_NONE, reaction);
		jw_end(&w, ']');
		jw_end(&w, '}');
		jw_end(&w, ']');
	}
	jw_end(&w, '}');
}

static enum rc none_fits(struct act_ctx *x, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), args_get(x->args, "patient") } };
	struct items s;
	enum rc rc = items_find(x->db, x->arena, "AllergyIntolerance", query, N_OF(query), ALLERGIES, &s, p);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		if (stands(s.at[i].body) && !is_none(s.at[i].body))
			rc = problem_set(p, RC_CONFLICT, WHY_ALLERGY_KNOWN, "none", "one stands");
	return rc;
}

/* "allergy_add": once, none (flag: no allergy is known) or substance, kind, criticality, reaction → set "allergy": id, again (flag: the same request had come before). */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct item it;
	bool found = false, none = args_get(x->args, "none").n > 0;
	struct str substance = args_get(x->args, "substance"), id = care_id(x, "allergy", STR(""));
	enum rc rc = care_patient(x->db, x->arena, x->args, &who, p);
	if (rc == RC_OK && none == (substance.n > 0))
		rc = problem_set(p, RC_BAD_INPUT, none ? WHY_ALLERGY_BOTH : WHY_FIELD_REQUIRED, "substance", none ? "both" : "neither");
	if (rc == RC_OK)
		rc = item_find(x->db, x->arena, "AllergyIntolerance", id, &found, &it, p);
	if (rc == RC_OK && found && (none ? !is_none(it.body) : !str_is(text_at(it.body, "code.text"), substance)))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_SENT, "substance", "other words under one key");
	if (rc == RC_OK && !found && none)
		rc = none_fits(x, p);
	if (rc != RC_OK)
		return rc;
	if (!found) {
		struct buf body;
		struct record_done done;
		buf_init(&body, 1u << 16);
		allergy(&body, x, id);
		rc = compose_put(x, "AllergyIntolerance", id, &body, &(struct record_if){ .none_exists = true }, &done, p);
		buf_done(&body);
	}
	if (rc == RC_OK)
		care_answer(out, "allergy", who.item.rid, id, found);
	return rc;
}

/*
 * "allergy_end": id, version (the one that was looked at), how (refuted, resolved, entered-in-error) → set "allergy": id. PRECONDITION when somebody changed it meanwhile;
 * CONFLICT CARE_STRUCK when it ended already.
 */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const char *const STATES[] = { "clinicalStatus", "verificationStatus", NULL };
	struct item it;
	struct jw w;
	struct buf body;
	struct record_done done;
	bool found = false;
	struct str how = args_get(x->args, "how");
	enum rc rc = item_find(x->db, x->arena, "AllergyIntolerance", args_get(x->args, "id"), &found, &it, p);
	if (rc == RC_OK && (!found || it.patient == 0 || it.patient != record_patient_rid(x->db, args_get(x->args, "patient"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such allergy of this patient");
	if (rc == RC_OK && it.version != care_arg(x->args, "version"))
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it.version);
	if (rc == RC_OK && !stands(it.body))
		rc = problem_set(p, RC_CONFLICT, WHY_CARE_STRUCK, "how", "ended already");
	if (rc != RC_OK)
		return rc;
	bool error = str_eq(how, "entered-in-error"), over = str_eq(how, "resolved");
	buf_init(&body, 1u << 20);
	jw_init(&w, &body);
	jw_object(&w);
	compose_keep(&w, it.body, STATES);
	/* R4, ait-1 and ait-2: an error of entry has no clinical status, anything else has one */
	put_state(&w, error ? NULL : over ? "resolved" : "inactive", error ? "entered-in-error" : over ? "confirmed" : "refuted");
	jw_end(&w, '}');
	rc = compose_put(x, "AllergyIntolerance", it.id, &body, &(struct record_if){ .has_version = true, .version = it.version }, &done, p);
	buf_done(&body);
	if (rc == RC_OK)
		care_answer(out, "allergy", it.patient, it.id, false);
	return rc;
}

static const struct field ADD_FIELDS[] = {
	PATIENT_FIELD, CARE_ONCE_FIELD,
	{ .name = "none",        .label = "None known",  .kind = FIELD_FLAG },
	{ .name = "substance",   .label = "Substance",   .kind = FIELD_TEXT, .min = 2, .max = 120 },
	{ .name = "kind",        .label = "Kind",        .kind = FIELD_CODE, .choices = KINDS },
	{ .name = "criticality", .label = "Criticality", .kind = FIELD_CODE, .choices = CRITICALITIES },
	{ .name = "reaction",    .label = "Reaction",    .kind = FIELD_TEXT, .max = 200 },
	FIELDS_END,
};
static const struct field END_FIELDS[] = {
	PATIENT_FIELD,
	{ .name = "id",      .label = "Allergy", .kind = FIELD_ID,   .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT,  .min = 1, .max = UINT32_MAX, .required = true },
	{ .name = "how",     .label = "How",     .kind = FIELD_CODE, .required = true, .choices = ENDS },
	FIELDS_END,
};
const struct act allergy_acts[] = {
	{ .name = "allergy_add", .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = ADD_FIELDS, .run = add_run },
	{ .name = "allergy_end", .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = END_FIELDS, .run = end_run },
	{ .name = NULL },
};
