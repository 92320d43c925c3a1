/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/invariant.c: the rules between elements that HL7 states as FHIRPath (R4, severity error) and that are cheap to say as rows: which member
 * needs which, which exclude each other, and a few small functions. Rules about types and formats are check.c's and narrative.c's.
 * It must never read outside the object it is given but for "#id" (ref-1). Adding a rule is adding a row, in the order of enum shape_no.
 * Called by check.c for every object. Start at the table rules.
 */
#include "internal.h"

#include "base/map.h"

#include <string.h>

enum rule_kind {
	RULE_NEEDS = 1,   /* names[0] present → names[1] present */
	RULE_ANY,         /* at least one of names */
	RULE_ONE,         /* exactly one of names */
	RULE_AT_MOST_ONE, /* of names */
	RULE_TOGETHER,    /* names[0] and names[1]: both or neither */
	RULE_WHEN,        /* names[0] has the text names[1] → names[2] present */
	RULE_WHEN_NOT,    /* names[0] has the text names[1] → names[2] absent */
	RULE_ONLY_WHEN,   /* names[2] present → names[0] has the text names[1] */
	RULE_IS,          /* names[0] present → it has the text names[1] */
	RULE_NOT_NEGATIVE,/* names[0] present → a number ≥ 0 */
	RULE_CALL,        /* ask holds() */
};

struct rule {
	uint16_t shape;
	const char *key;
	unsigned char kind;
	const char *names[4];     /* JSON names; a '*' at the end: any variant of the choice */
	bool (*holds)(const struct check *ck, const struct json *object);
};

#define UCUM "http://unitsofmeasure.org"

static bool
has(const struct json *object, const char *name)
{
	size_t n = strlen(name);
	bool choice = name[n - 1] == '*';

	if (choice)
		n--;
	for (const struct json *c = object->first; c != NULL; c = c->next) {
		struct str s = c->name;

		if (s.n > 0 && s.p[0] == '_') {
			s.p++;
			s.n--;
		}
		if ((choice ? s.n > n && s.p[n] >= 'A' && s.p[n] <= 'Z' : s.n == n) && memcmp(s.p, name, n) == 0)
			return true;
	}
	return false;
}

static bool
text_is(const struct json *object, const char *name, const char *text)
{
	return str_eq(json_get_text(object, name), text);
}

/* A CodeableConcept member with a coding of this system and code. */
static bool
coded(const struct json *object, const char *name, const char *system, const char *code)
{
	for json_each(c, json_get(json_get(object, name), "coding")) {
		if (text_is(c, "code", code) && text_is(c, "system", system))
			return true;
	}
	return false;
}

/* a after b is impossible: even the earliest a is not before the end of b. Absent or unreadable: holds. */
static bool
in_order(struct str a, struct str b)
{
	int64_t a_low, a_high, b_low, b_high;

	if (fhir_date_range(a, &a_low, &a_high) != RC_OK || fhir_date_range(b, &b_low, &b_high) != RC_OK)
		return true;
	return a_low < b_high;
}

static bool
period_ordered(const struct check *ck, const struct json *o)
{
	(void)ck;
	return in_order(json_get_text(o, "start"), json_get_text(o, "end"));
}

static bool
task_ordered(const struct check *ck, const struct json *o)
{
	(void)ck;
	return in_order(json_get_text(o, "authoredOn"), json_get_text(o, "lastModified"));
}

static bool
dispense_ordered(const struct check *ck, const struct json *o)
{
	(void)ck;
	return in_order(json_get_text(o, "whenPrepared"), json_get_text(o, "whenHandedOver"));
}

/* Compared only when the units are the same text. */
static bool
range_ordered(const struct check *ck, const struct json *o)
{
	const struct json *low = json_get(o, "low"), *high = json_get(o, "high");
	double l, h;

	(void)ck;
	if (!str_is(json_get_text(low, "code"), json_get_text(high, "code")) || !str_is(json_get_text(low, "unit"), json_get_text(high, "unit")))
		return true;
	if (!number_value(json_get_text(low, "value"), &l) || !number_value(json_get_text(high, "value"), &h))
		return true;
	return l <= h;
}

static bool
ratio_whole(const struct check *ck, const struct json *o)
{
	(void)ck;
	return has(o, "numerator") == has(o, "denominator") && (has(o, "numerator") || has(o, "extension"));
}

static bool
reference_resolves(const struct check *ck, const struct json *o)
{
	struct str s = json_get_text(o, "reference");

	if (s.n < 2 || s.p[0] != '#')
		return true;
	return check_contained(ck, (struct str){ s.p + 1, s.n - 1 }) != NULL;
}

static bool
contained_flat(const struct check *ck, const struct json *o)
{
	(void)ck;
	for json_each(c, json_get(o, "contained")) {
		if (json_get(c, "contained") != NULL)
			return false;
	}
	return true;
}

static bool
contained_unversioned(const struct check *ck, const struct json *o)
{
	(void)ck;
	for json_each(c, json_get(o, "contained")) {
		const struct json *meta = json_get(c, "meta");

		if (json_get(meta, "versionId") != NULL || json_get(meta, "lastUpdated") != NULL)
			return false;
	}
	return true;
}

static bool
contained_unlabelled(const struct check *ck, const struct json *o)
{
	(void)ck;
	for json_each(c, json_get(o, "contained")) {
		if (json_get(json_get(c, "meta"), "security") != NULL)
			return false;
	}
	return true;
}

static bool
contained_named(const struct check *ck, const struct json *o)
{
	return ck->container != o || check_contained_named(ck);
}

static bool
error_entered(const struct json *o, const char *member, const char *system)
{
	return coded(o, member, system, "entered-in-error");
}

static bool
allergy_status(const struct check *ck, const struct json *o)
{
	(void)ck;
	return error_entered(o, "verificationStatus", "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification") != has(o, "clinicalStatus");
}

static bool
condition_abated(const struct check *ck, const struct json *o)
{
	const char *system = "http://terminology.hl7.org/CodeSystem/condition-clinical";

	(void)ck;
	return !has(o, "abatement*") || coded(o, "clinicalStatus", system, "resolved") || coded(o, "clinicalStatus", system, "remission") ||
	       coded(o, "clinicalStatus", system, "inactive");
}

static bool
condition_status(const struct check *ck, const struct json *o)
{
	(void)ck;
	return !has(o, "clinicalStatus") || !error_entered(o, "verificationStatus", "http://terminology.hl7.org/CodeSystem/condition-ver-status");
}

static bool
appointment_timed(const struct check *ck, const struct json *o)
{
	(void)ck;
	return (has(o, "start") && has(o, "end")) || text_is(o, "status", "proposed") || text_is(o, "status", "cancelled") || text_is(o, "status", "waitlist");
}

static bool
appointment_reason(const struct check *ck, const struct json *o)
{
	(void)ck;
	return !has(o, "cancelationReason") || text_is(o, "status", "noshow") || text_is(o, "status", "cancelled");
}

static bool
no_home(const struct json *list)
{
	for json_each(c, list) {
		if (text_is(c, "use", "home"))
			return false;
	}
	return true;
}

static bool
organization_address(const struct check *ck, const struct json *o)
{
	(void)ck;
	return no_home(json_get(o, "address"));
}

static bool
organization_telecom(const struct check *ck, const struct json *o)
{
	(void)ck;
	return no_home(json_get(o, "telecom"));
}

static bool
bundle_total(const struct check *ck, const struct json *o)
{
	(void)ck;
	return !has(o, "total") || text_is(o, "type", "searchset") || text_is(o, "type", "history");
}

static bool
bundle_entries(const struct json *o, const char *member, bool wanted)
{
	for json_each(e, json_get(o, "entry")) {
		if ((json_get(e, member) != NULL) != wanted)
			return false;
	}
	return true;
}

static bool
bundle_search(const struct check *ck, const struct json *o)
{
	(void)ck;
	return text_is(o, "type", "searchset") || bundle_entries(o, "search", false);
}

static bool
bundle_request(const struct check *ck, const struct json *o)
{
	(void)ck;
	return bundle_entries(o, "request", text_is(o, "type", "batch") || text_is(o, "type", "transaction") || text_is(o, "type", "history"));
}

static bool
bundle_response(const struct check *ck, const struct json *o)
{
	(void)ck;
	return bundle_entries(o, "response", text_is(o, "type", "batch-response") || text_is(o, "type", "transaction-response") ||
			      text_is(o, "type", "history"));
}

/* Open addressing in the arena: a transaction may hold thousands of entries. */
static bool
bundle_unique(const struct check *ck, const struct json *o)
{
	const struct json *entries = json_get(o, "entry"), **slot;
	size_t cap = 16;

	if (entries == NULL || entries->kind != JSON_ARRAY || text_is(o, "type", "history"))
		return true;
	while (cap < (size_t)entries->n * 2)
		cap *= 2;
	slot = arena_array(ck->a, cap, sizeof *slot);
	if (slot == NULL)
		return true;
	for json_each(e, entries) {
		struct str url = json_get_text(e, "fullUrl"), version = json_get_text(json_get(json_get(e, "resource"), "meta"), "versionId");
		size_t i;

		if (url.n == 0)
			continue;
		for (i = hash_bytes(url) & (cap - 1); slot[i] != NULL; i = (i + 1) & (cap - 1)) {
			if (str_is(json_get_text(slot[i], "fullUrl"), url) &&
			    str_is(json_get_text(json_get(json_get(slot[i], "resource"), "meta"), "versionId"), version))
				return false;
		}
		slot[i] = e;
	}
	return true;
}

static bool
bundle_document(const struct check *ck, const struct json *o)
{
	const struct json *id = json_get(o, "identifier");

	(void)ck;
	return !text_is(o, "type", "document") || (json_get(id, "system") != NULL && json_get(id, "value") != NULL && json_get(o, "timestamp") != NULL);
}

static bool
bundle_first(const struct check *ck, const struct json *o)
{
	const struct json *first = json_get(json_at(json_get(o, "entry"), 0), "resource");

	(void)ck;
	if (text_is(o, "type", "document"))
		return text_is(first, "resourceType", "Composition");
	return !text_is(o, "type", "message") || text_is(first, "resourceType", "MessageHeader");
}

static bool
entry_unversioned(const struct check *ck, const struct json *o)
{
	struct str url = json_get_text(o, "fullUrl");

	(void)ck;
	return url.n == 0 || memmem(url.p, url.n, "/_history/", 10) == NULL;
}

static bool
capability_described(const struct check *ck, const struct json *o)
{
	(void)ck;
	if (text_is(o, "kind", "instance"))
		return has(o, "implementation");
	if (text_is(o, "kind", "capability"))
		return !has(o, "implementation") && has(o, "software");
	return !has(o, "implementation") && !has(o, "software");
}

static bool
list_deleted(const struct check *ck, const struct json *o)
{
	(void)ck;
	return text_is(o, "mode", "changes") || bundle_entries(o, "deleted", false);
}

static bool
list_dated(const struct check *ck, const struct json *o)
{
	(void)ck;
	return text_is(o, "mode", "working") || bundle_entries(o, "date", false);
}

static bool
linkage_several(const struct check *ck, const struct json *o)
{
	const struct json *item = json_get(o, "item");

	(void)ck;
	return item != NULL && item->n > 1;
}

static bool
target_commented(const struct check *ck, const struct json *o)
{
	(void)ck;
	return has(o, "comment") || !(text_is(o, "equivalence", "narrower") || text_is(o, "equivalence", "inexact"));
}

static bool
expansion_coded(const struct check *ck, const struct json *o)
{
	const struct json *abstract = json_get(o, "abstract");

	(void)ck;
	return has(o, "code") || (abstract != NULL && abstract->kind == JSON_TRUE);
}

static bool
group_actual(const struct check *ck, const struct json *o)
{
	const struct json *actual = json_get(o, "actual");

	(void)ck;
	return !has(o, "member") || actual == NULL || actual->kind == JSON_TRUE;
}

#define R(shape, key, kind, ...) { SHAPE_##shape, key, RULE_##kind, { __VA_ARGS__ }, NULL }
#define C(shape, key, function) { SHAPE_##shape, key, RULE_CALL, { NULL }, function }
static const struct rule rules[] = {
	R(Age,                                       "age-1",  NEEDS, "value", "code"),
	R(Age,                                       "age-1",  IS, "system", UCUM),
	R(Age,                                       "qty-3",  NEEDS, "code", "system"),
	C(AllergyIntolerance,                        "ait-1",  allergy_status),
	R(Appointment,                               "app-2",  TOGETHER, "start", "end"),
	C(Appointment,                               "app-3",  appointment_timed),
	C(Appointment,                               "app-4",  appointment_reason),
	R(Appointment_participant,                   "app-1",  ANY, "type", "actor"),
	R(AppointmentResponse,                       "apr-1",  ANY, "participantType", "actor"),
	R(Attachment,                                "att-1",  NEEDS, "data", "contentType"),
	R(AuditEvent_entity,                         "sev-1",  AT_MOST_ONE, "name", "query"),
	C(Bundle,                                    "bdl-1",  bundle_total),
	C(Bundle,                                    "bdl-2",  bundle_search),
	C(Bundle,                                    "bdl-3",  bundle_request),
	C(Bundle,                                    "bdl-4",  bundle_response),
	C(Bundle,                                    "bdl-7",  bundle_unique),
	C(Bundle,                                    "bdl-9",  bundle_document),
	C(Bundle,                                    "bdl-11", bundle_first),
	R(Bundle_entry,                              "bdl-5",  ANY, "resource", "request", "response"),
	C(Bundle_entry,                              "bdl-8",  entry_unversioned),
	R(CapabilityStatement,                       "cpb-1",  ANY, "rest", "messaging", "document"),
	R(CapabilityStatement,                       "cpb-2",  ANY, "description", "software", "implementation"),
	C(CapabilityStatement,                       "cpb-14", capability_described),
	R(CarePlan_activity,                         "cpl-3",  AT_MOST_ONE, "detail", "reference"),
	R(Composition_section,                       "cmp-1",  ANY, "text", "entry", "section"),
	R(Composition_section,                       "cmp-2",  AT_MOST_ONE, "emptyReason", "entry"),
	C(ConceptMap_group_element_target,           "cmd-1",  target_commented),
	R(ConceptMap_group_unmapped,                 "cmd-2",  WHEN, "mode", "fixed", "code"),
	R(ConceptMap_group_unmapped,                 "cmd-3",  WHEN, "mode", "other-map", "url"),
	C(Condition,                                 "con-4",  condition_abated),
	C(Condition,                                 "con-5",  condition_status),
	R(Condition_evidence,                        "con-2",  ANY, "code", "detail"),
	R(Condition_stage,                           "con-1",  ANY, "summary", "assessment"),
	R(Consent,                                   "ppc-1",  ANY, "policy", "policyRule"),
	R(ContactPoint,                              "cpt-2",  NEEDS, "value", "system"),
	R(Count,                                     "cnt-3",  NEEDS, "value", "code"),
	R(Count,                                     "cnt-3",  IS, "system", UCUM),
	R(Count,                                     "cnt-3",  IS, "code", "1"),
	R(Count,                                     "qty-3",  NEEDS, "code", "system"),
	R(CoverageEligibilityResponse_insurance_item, "ces-1", ONE, "category", "productOrService"),
	R(DataRequirement_codeFilter,                "drq-1",  ONE, "path", "searchParam"),
	R(DataRequirement_dateFilter,                "drq-2",  ONE, "path", "searchParam"),
	R(Distance,                                  "dis-1",  NEEDS, "value", "code"),
	R(Distance,                                  "dis-1",  IS, "system", UCUM),
	R(Distance,                                  "qty-3",  NEEDS, "code", "system"),
	C(DomainResource,                            "dom-2",  contained_flat),
	C(DomainResource,                            "dom-4",  contained_unversioned),
	C(DomainResource,                            "dom-5",  contained_unlabelled),
	C(DomainResource,                            "contained-id", contained_named),
	R(Duration,                                  "drt-1",  NEEDS, "code", "value"),
	R(Duration,                                  "drt-1",  IS, "system", UCUM),
	R(Duration,                                  "qty-3",  NEEDS, "code", "system"),
	R(Expression,                                "exp-1",  ANY, "expression", "reference"),
	R(Extension,                                 "ext-1",  ONE, "extension", "value*"),
	R(FamilyMemberHistory,                       "fhs-1",  AT_MOST_ONE, "age*", "born*"),
	R(FamilyMemberHistory,                       "fhs-2",  NEEDS, "estimatedAge", "age*"),
	R(Goal_target,                               "gol-1",  NEEDS, "detail*", "measure"),
	C(Group,                                     "grp-1",  group_actual),
	R(Immunization_education,                    "imm-1",  ANY, "documentType", "reference"),
	R(ImmunizationRecommendation_recommendation, "imr-1",  ANY, "vaccineCode", "targetDisease"),
	R(InsurancePlan,                             "ipn-1",  ANY, "identifier", "name"),
	C(Linkage,                                   "lnk-1",  linkage_several),
	R(List,                                      "lst-1",  AT_MOST_ONE, "emptyReason", "entry"),
	C(List,                                      "lst-2",  list_deleted),
	C(List,                                      "lst-3",  list_dated),
	R(MeasureReport,                             "mrp-1",  WHEN_NOT, "type", "data-collection", "group"),
	R(MedicationAdministration_dosage,           "mad-1",  ANY, "dose", "rate*"),
	C(MedicationDispense,                        "mdd-1",  dispense_ordered),
	R(MolecularSequence_referenceSeq,            "msq-5",  TOGETHER, "chromosome", "genomeBuild"),
	R(MolecularSequence_referenceSeq,            "msq-6",  ONE, "genomeBuild", "referenceSeqId", "referenceSeqPointer", "referenceSeqString"),
	R(Observation,                               "obs-6",  AT_MOST_ONE, "dataAbsentReason", "value*"),
	R(Observation_referenceRange,                "obs-3",  ANY, "low", "high", "text"),
	R(OperationDefinition_parameter,             "opd-1",  ANY, "type", "part"),
	R(OperationDefinition_parameter,             "opd-2",  ONLY_WHEN, "type", "string", "searchType"),
	R(Organization,                              "org-1",  ANY, "identifier", "name"),
	C(Organization,                              "org-2",  organization_address),
	C(Organization,                              "org-3",  organization_telecom),
	R(Parameters_parameter,                      "inv-1",  ONE, "part", "value*", "resource"),
	R(Patient_contact,                           "pat-1",  ANY, "name", "telecom", "address", "organization"),
	C(Period,                                    "per-1",  period_ordered),
	R(Quantity,                                  "qty-3",  NEEDS, "code", "system"),
	R(Questionnaire_item,                        "que-1",  WHEN, "type", "group", "item"),
	R(Questionnaire_item,                        "que-1",  WHEN_NOT, "type", "display", "item"),
	R(Questionnaire_item,                        "que-3",  WHEN_NOT, "type", "display", "code"),
	R(Questionnaire_item,                        "que-4",  AT_MOST_ONE, "answerOption", "answerValueSet"),
	R(Questionnaire_item,                        "que-6",  WHEN_NOT, "type", "display", "required"),
	R(Questionnaire_item,                        "que-6",  WHEN_NOT, "type", "display", "repeats"),
	R(Questionnaire_item,                        "que-8",  WHEN_NOT, "type", "group", "initial"),
	R(Questionnaire_item,                        "que-8",  WHEN_NOT, "type", "display", "initial"),
	R(Questionnaire_item,                        "que-9",  WHEN_NOT, "type", "display", "readOnly"),
	R(Questionnaire_item,                        "que-11", AT_MOST_ONE, "answerOption", "initial"),
	R(QuestionnaireResponse_item,                "qrs-1",  AT_MOST_ONE, "answer", "item"),
	C(Range,                                     "rng-2",  range_ordered),
	C(Ratio,                                     "rat-1",  ratio_whole),
	C(Reference,                                 "ref-1",  reference_resolves),
	R(RequestGroup_action,                       "rqg-1",  ONE, "resource", "action"),
	R(SearchParameter,                           "spd-1",  NEEDS, "xpath", "xpathUsage"),
	R(SearchParameter,                           "spd-2",  ONLY_WHEN, "type", "reference", "chain"),
	R(ServiceRequest,                            "prr-1",  NEEDS, "orderDetail", "code"),
	R(StructureMap_group_rule_target,            "smp-1",  NEEDS, "element", "context"),
	R(StructureMap_group_rule_target,            "smp-2",  NEEDS, "context", "contextType"),
	C(Task,                                      "inv-1",  task_ordered),
	R(TestReport_setup_action,                   "inv-1",  ONE, "operation", "assert"),
	R(TestReport_test_action,                    "inv-2",  ONE, "operation", "assert"),
	R(TestScript_setup_action,                   "tst-1",  ONE, "operation", "assert"),
	R(TestScript_test_action,                    "tst-2",  ONE, "operation", "assert"),
	R(Timing_repeat,                             "tim-1",  NEEDS, "duration", "durationUnit"),
	R(Timing_repeat,                             "tim-2",  NEEDS, "period", "periodUnit"),
	R(Timing_repeat,                             "tim-4",  NOT_NEGATIVE, "duration"),
	R(Timing_repeat,                             "tim-5",  NOT_NEGATIVE, "period"),
	R(Timing_repeat,                             "tim-6",  NEEDS, "periodMax", "period"),
	R(Timing_repeat,                             "tim-7",  NEEDS, "durationMax", "duration"),
	R(Timing_repeat,                             "tim-8",  NEEDS, "countMax", "count"),
	R(Timing_repeat,                             "tim-9",  NEEDS, "offset", "when"),
	R(Timing_repeat,                             "tim-10", AT_MOST_ONE, "timeOfDay", "when"),
	R(TriggerDefinition,                         "trd-1",  AT_MOST_ONE, "data", "timing*"),
	R(TriggerDefinition,                         "trd-2",  NEEDS, "condition", "data"),
	R(TriggerDefinition,                         "trd-3",  WHEN, "type", "named-event", "name"),
	R(TriggerDefinition,                         "trd-3",  WHEN, "type", "periodic", "timing*"),
	R(ValueSet_compose_include,                  "vsd-1",  ANY, "valueSet", "system"),
	R(ValueSet_compose_include,                  "vsd-2",  NEEDS, "concept", "system"),
	R(ValueSet_compose_include,                  "vsd-2",  NEEDS, "filter", "system"),
	R(ValueSet_compose_include,                  "vsd-3",  AT_MOST_ONE, "concept", "filter"),
	R(ValueSet_expansion_contains,               "vsd-6",  ANY, "code", "display"),
	C(ValueSet_expansion_contains,               "vsd-9",  expansion_coded),
	R(ValueSet_expansion_contains,               "vsd-10", NEEDS, "code", "system"),
};
#undef R
#undef C
#define RULE_N (sizeof rules / sizeof *rules)

static unsigned
count_present(const struct rule *r, const struct json *o)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4 && r->names[i] != NULL; i++)
		n += has(o, r->names[i]);
	return n;
}

static bool
not_negative(struct str text)
{
	double v;

	return !number_value(text, &v) || v >= 0;
}

static bool
rule_holds(const struct check *ck, const struct rule *r, const struct json *o)
{
	switch ((enum rule_kind)r->kind) {
	case RULE_NEEDS:
		return !has(o, r->names[0]) || has(o, r->names[1]);
	case RULE_ANY:
		return count_present(r, o) > 0;
	case RULE_ONE:
		return count_present(r, o) == 1;
	case RULE_AT_MOST_ONE:
		return count_present(r, o) <= 1;
	case RULE_TOGETHER:
		return has(o, r->names[0]) == has(o, r->names[1]);
	case RULE_WHEN:
		return !text_is(o, r->names[0], r->names[1]) || has(o, r->names[2]);
	case RULE_WHEN_NOT:
		return !text_is(o, r->names[0], r->names[1]) || !has(o, r->names[2]);
	case RULE_ONLY_WHEN:
		return !has(o, r->names[2]) || text_is(o, r->names[0], r->names[1]);
	case RULE_IS:
		return json_get(o, r->names[0]) == NULL || text_is(o, r->names[0], r->names[1]);
	case RULE_NOT_NEGATIVE:
		return not_negative(json_get_text(o, r->names[0]));
	case RULE_CALL:
		return r->holds(ck, o);
	}
	return true;
}

void
invariant_check(struct check *ck, uint16_t shape, const struct json *object, const struct frame *at)
{
	size_t low = 0, high = RULE_N;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (rules[mid].shape < shape)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < RULE_N && rules[low].shape == shape; low++) {
		if (!rule_holds(ck, &rules[low], object))
			check_found(ck, WHY_INVARIANT, at, NULL, rules[low].key);
	}
}

bool
invariant_sorted(void)
{
	for (size_t i = 1; i < RULE_N; i++) {
		if (rules[i - 1].shape > rules[i].shape)
			return false;
	}
	return true;
}
