/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

#define P(rest) "{\"resourceType\":\"Patient\"," rest "}"
#define O(rest) "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"}," rest "}"
#define CODED(name, system, code) "\"" name "\":{\"coding\":[{\"system\":\"" system "\",\"code\":\"" code "\"}]}"
#define ALLERGY_CLINICAL "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
#define ALLERGY_VERIFY "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
#define CONDITION_CLINICAL "http://terminology.hl7.org/CodeSystem/condition-clinical"
#define CONDITION_VERIFY "http://terminology.hl7.org/CodeSystem/condition-ver-status"
#define SUBJECT "\"subject\":{\"reference\":\"Patient/1\"}"
#define BUNDLE(type, rest) "{\"resourceType\":\"Bundle\",\"type\":\"" type "\"" rest "}"
#define WHO(id) "\"resource\":{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"
#define ORGANIZATION(rest) "{\"resourceType\":\"Organization\",\"name\":\"a\"," rest "}"
#define CONTAINED(rest) P("\"contained\":[{\"resourceType\":\"Organization\",\"name\":\"a\"," rest "}]")
#define TIMING(rest) "{\"resourceType\":\"MedicationRequest\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"x\"}," SUBJECT \
	",\"dosageInstruction\":[{\"timing\":{\"repeat\":{" rest "}}}]}"
#define ITEM(rest) "{\"resourceType\":\"Questionnaire\",\"status\":\"draft\",\"item\":[{\"linkId\":\"1\"," rest "}]}"

/* A resource that breaks one rule, and the same put right. */
static const struct { const char *rule, *bad, *good; } T[] = {
	{ "per-1",  P("\"name\":[{\"period\":{\"start\":\"2020-01-02\",\"end\":\"2020-01-01\"}}]"), P("\"name\":[{\"period\":{\"start\":\"2020-01-02\",\"end\":\"2020\"}}]") },
	{ "cpt-2",  P("\"telecom\":[{\"value\":\"01\"}]"), P("\"telecom\":[{\"system\":\"phone\",\"value\":\"01\"}]") },
	{ "pat-1",  P("\"contact\":[{\"gender\":\"male\"}]"), P("\"contact\":[{\"name\":{\"family\":\"a\"}}]") },
	{ "att-1",  P("\"photo\":[{\"data\":\"AAAA\"}]"), P("\"photo\":[{\"data\":\"AAAA\",\"contentType\":\"image/png\"}]") },
	{ "ext-1",  P("\"extension\":[{\"url\":\"a\"}]"), P("\"extension\":[{\"url\":\"a\",\"valueInteger\":0}]") },
	{ "ref-1",  P("\"generalPractitioner\":[{\"reference\":\"#a\"}]"), P("\"generalPractitioner\":[{\"reference\":\"#a\"}],\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"a\"}]") },
	{ "dom-2",  CONTAINED("\"id\":\"a\",\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"b\"}]"), CONTAINED("\"id\":\"a\"") },
	{ "dom-4",  CONTAINED("\"id\":\"a\",\"meta\":{\"versionId\":\"1\"}"), CONTAINED("\"id\":\"a\",\"meta\":{\"source\":\"b\"}") },
	{ "dom-5",  CONTAINED("\"id\":\"a\",\"meta\":{\"security\":[{\"code\":\"R\"}]}"), CONTAINED("\"id\":\"a\",\"meta\":{\"tag\":[{\"code\":\"R\"}]}") },
	{ "contained-id", P("\"contained\":[{\"resourceType\":\"Patient\",\"active\":true}]"), P("\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"a\"}]") },
	{ "contained-id", P("\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"a\"},{\"resourceType\":\"Patient\",\"id\":\"a\"}]"), P("\"contained\":[{\"resourceType\":\"Patient\",\"id\":\"a\"},{\"resourceType\":\"Patient\",\"id\":\"b\"}]") },
	{ "qty-3",  O("\"valueQuantity\":{\"value\":1,\"code\":\"mg\"}"), O("\"valueQuantity\":{\"value\":1,\"code\":\"mg\",\"system\":\"http://a\"}") },
	{ "rng-2",  O("\"valueRange\":{\"low\":{\"value\":2},\"high\":{\"value\":1}}"), O("\"valueRange\":{\"low\":{\"value\":1},\"high\":{\"value\":1}}") },
	{ "rat-1",  O("\"valueRatio\":{\"numerator\":{\"value\":2}}"), O("\"valueRatio\":{\"numerator\":{\"value\":2},\"denominator\":{\"value\":1}}") },
	{ "obs-6",  O("\"valueString\":\"a\",\"dataAbsentReason\":{\"text\":\"b\"}"), O("\"dataAbsentReason\":{\"text\":\"b\"}") },
	{ "obs-3",  O("\"referenceRange\":[{\"type\":{\"text\":\"a\"}}]"), O("\"referenceRange\":[{\"text\":\"a\"}]") },
	{ "ait-1",  "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"}}", "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"}," CODED("clinicalStatus", ALLERGY_CLINICAL, "active") "}" },
	{ "ait-1",  "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"}," CODED("clinicalStatus", ALLERGY_CLINICAL, "active") "," CODED("verificationStatus", ALLERGY_VERIFY, "entered-in-error") "}",
	            "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"}," CODED("verificationStatus", ALLERGY_VERIFY, "entered-in-error") "}" },
	{ "con-4",  "{\"resourceType\":\"Condition\"," SUBJECT ",\"abatementDateTime\":\"2020\"," CODED("clinicalStatus", CONDITION_CLINICAL, "active") "}",
	            "{\"resourceType\":\"Condition\"," SUBJECT ",\"abatementDateTime\":\"2020\"," CODED("clinicalStatus", CONDITION_CLINICAL, "resolved") "}" },
	{ "con-5",  "{\"resourceType\":\"Condition\"," SUBJECT "," CODED("clinicalStatus", CONDITION_CLINICAL, "active") "," CODED("verificationStatus", CONDITION_VERIFY, "entered-in-error") "}",
	            "{\"resourceType\":\"Condition\"," SUBJECT "," CODED("verificationStatus", CONDITION_VERIFY, "entered-in-error") "}" },
	{ "app-2",  "{\"resourceType\":\"Appointment\",\"status\":\"proposed\",\"start\":\"2020-01-01T10:00:00Z\",\"participant\":[{\"status\":\"accepted\",\"type\":[{\"text\":\"a\"}]}]}",
	            "{\"resourceType\":\"Appointment\",\"status\":\"proposed\",\"participant\":[{\"status\":\"accepted\",\"type\":[{\"text\":\"a\"}]}]}" },
	{ "app-3",  "{\"resourceType\":\"Appointment\",\"status\":\"booked\",\"participant\":[{\"status\":\"accepted\",\"type\":[{\"text\":\"a\"}]}]}",
	            "{\"resourceType\":\"Appointment\",\"status\":\"booked\",\"start\":\"2020-01-01T10:00:00Z\",\"end\":\"2020-01-01T11:00:00Z\",\"participant\":[{\"status\":\"accepted\",\"type\":[{\"text\":\"a\"}]}]}" },
	{ "app-1",  "{\"resourceType\":\"Appointment\",\"status\":\"proposed\",\"participant\":[{\"status\":\"accepted\"}]}",
	            "{\"resourceType\":\"Appointment\",\"status\":\"proposed\",\"participant\":[{\"status\":\"accepted\",\"actor\":{\"display\":\"a\"}}]}" },
	{ "org-1",  "{\"resourceType\":\"Organization\",\"active\":true}", "{\"resourceType\":\"Organization\",\"name\":\"a\"}" },
	{ "org-2",  ORGANIZATION("\"address\":[{\"use\":\"home\"}]"), ORGANIZATION("\"address\":[{\"use\":\"work\"}]") },
	{ "org-3",  ORGANIZATION("\"telecom\":[{\"use\":\"home\"}]"), ORGANIZATION("\"telecom\":[{\"use\":\"work\"}]") },
	{ "bdl-1",  BUNDLE("collection", ",\"total\":1"), BUNDLE("searchset", ",\"total\":1") },
	{ "bdl-2",  BUNDLE("collection", ",\"entry\":[{" WHO("a") ",\"search\":{\"mode\":\"match\"}}]"), BUNDLE("searchset", ",\"entry\":[{" WHO("a") ",\"search\":{\"mode\":\"match\"}}]") },
	{ "bdl-3",  BUNDLE("transaction", ",\"entry\":[{" WHO("a") "}]"), BUNDLE("transaction", ",\"entry\":[{" WHO("a") ",\"request\":{\"method\":\"PUT\",\"url\":\"Patient/a\"}}]") },
	{ "bdl-4",  BUNDLE("batch-response", ",\"entry\":[{" WHO("a") "}]"), BUNDLE("batch-response", ",\"entry\":[{\"response\":{\"status\":\"200\"}}]") },
	{ "bdl-5",  BUNDLE("collection", ",\"entry\":[{\"fullUrl\":\"http://a/1\"}]"), BUNDLE("collection", ",\"entry\":[{" WHO("a") "}]") },
	{ "bdl-7",  BUNDLE("collection", ",\"entry\":[{\"fullUrl\":\"http://a/1\"," WHO("a") "},{\"fullUrl\":\"http://a/1\"," WHO("b") "}]"),
	            BUNDLE("collection", ",\"entry\":[{\"fullUrl\":\"http://a/1\"," WHO("a") "},{\"fullUrl\":\"http://a/2\"," WHO("b") "}]") },
	{ "bdl-8",  BUNDLE("collection", ",\"entry\":[{\"fullUrl\":\"http://a/Patient/1/_history/2\"," WHO("1") "}]"), BUNDLE("collection", ",\"entry\":[{\"fullUrl\":\"http://a/Patient/1\"," WHO("1") "}]") },
	{ "bdl-9",  BUNDLE("document", ",\"timestamp\":\"2020-01-01T10:00:00Z\""), BUNDLE("collection", ",\"timestamp\":\"2020-01-01T10:00:00Z\"") },
	{ "bdl-11", BUNDLE("message", ",\"entry\":[{" WHO("a") "}]"), BUNDLE("collection", ",\"entry\":[{" WHO("a") "}]") },
	{ "lst-1",  "{\"resourceType\":\"List\",\"status\":\"current\",\"mode\":\"working\",\"emptyReason\":{\"text\":\"a\"},\"entry\":[{\"item\":{\"display\":\"b\"}}]}", "{\"resourceType\":\"List\",\"status\":\"current\",\"mode\":\"working\",\"emptyReason\":{\"text\":\"a\"}}" },
	{ "lst-2",  "{\"resourceType\":\"List\",\"status\":\"current\",\"mode\":\"working\",\"entry\":[{\"deleted\":true,\"item\":{\"display\":\"b\"}}]}", "{\"resourceType\":\"List\",\"status\":\"current\",\"mode\":\"changes\",\"entry\":[{\"deleted\":true,\"item\":{\"display\":\"b\"}}]}" },
	{ "tim-1",  TIMING("\"duration\":2"), TIMING("\"duration\":2,\"durationUnit\":\"h\"") },
	{ "tim-2",  TIMING("\"frequency\":1,\"period\":2"), TIMING("\"frequency\":1,\"period\":2,\"periodUnit\":\"d\"") },
	{ "tim-5",  TIMING("\"period\":-2,\"periodUnit\":\"d\""), TIMING("\"period\":0,\"periodUnit\":\"d\"") },
	{ "tim-8",  TIMING("\"countMax\":2"), TIMING("\"count\":1,\"countMax\":2") },
	{ "tim-10", TIMING("\"timeOfDay\":[\"10:00:00\"],\"when\":[\"AC\"]"), TIMING("\"timeOfDay\":[\"10:00:00\"]") },
	{ "drt-1",  TIMING("\"boundsDuration\":{\"value\":1,\"system\":\"http://a\",\"code\":\"d\"}"), TIMING("\"boundsDuration\":{\"value\":1,\"system\":\"http://unitsofmeasure.org\",\"code\":\"d\"}") },
	{ "que-1",  ITEM("\"type\":\"group\""), ITEM("\"type\":\"string\"") },
	{ "que-3",  ITEM("\"type\":\"display\",\"code\":[{\"code\":\"a\"}]"), ITEM("\"type\":\"display\"") },
	{ "inv-1",  "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"a\"}]}", "{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"a\",\"valueString\":\"b\"}]}" },
	{ "vsd-1",  "{\"resourceType\":\"ValueSet\",\"status\":\"active\",\"compose\":{\"include\":[{\"version\":\"1\"}]}}", "{\"resourceType\":\"ValueSet\",\"status\":\"active\",\"compose\":{\"include\":[{\"system\":\"http://a\"}]}}" },
	{ "inv-1",  "{\"resourceType\":\"Task\",\"status\":\"draft\",\"intent\":\"order\",\"authoredOn\":\"2020-02-01\",\"lastModified\":\"2020-01-01\"}", "{\"resourceType\":\"Task\",\"status\":\"draft\",\"intent\":\"order\",\"authoredOn\":\"2020-02-01\",\"lastModified\":\"2020-02\"}" },
	{ "cmp-1",  "{\"resourceType\":\"Composition\",\"status\":\"final\",\"type\":{\"text\":\"a\"},\"date\":\"2020\",\"author\":[{\"display\":\"b\"}],\"title\":\"c\",\"section\":[{\"title\":\"d\"}]}",
	            "{\"resourceType\":\"Composition\",\"status\":\"final\",\"type\":{\"text\":\"a\"},\"date\":\"2020\",\"author\":[{\"display\":\"b\"}],\"title\":\"c\",\"section\":[{\"entry\":[{\"display\":\"d\"}]}]}" },
	{ "mdd-1",  "{\"resourceType\":\"MedicationDispense\",\"status\":\"completed\",\"medicationCodeableConcept\":{\"text\":\"a\"},\"whenPrepared\":\"2020-02-01\",\"whenHandedOver\":\"2020-01-01\"}",
	            "{\"resourceType\":\"MedicationDispense\",\"status\":\"completed\",\"medicationCodeableConcept\":{\"text\":\"a\"},\"whenPrepared\":\"2020-01-01\",\"whenHandedOver\":\"2020-01-01\"}" },
};

static void each_rule_refuses_what_breaks_it_and_lets_the_rest_pass(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < COUNT(T); i++) {
		bool named = false;

		arena_reset(&r->a);
		holds(checked(r, T[i].bad) == RC_BAD_INPUT, T[i].bad);
		for (struct fhir_issue *f = r->issues; f; f = f->next)
			named = named || (f->why == WHY_INVARIANT && strcmp(f->rule, T[i].rule) == 0);
		holds(named, T[i].bad);
		arena_reset(&r->a);
		if (checked(r, T[i].good) != RC_OK)
			print_error("%s %s at %s\n", why_row(r->p.why)->name, r->p.detail, r->p.where);
		holds(r->p.rc == RC_OK, T[i].good);
	}
}

static void the_rules_are_in_the_order_of_shapes(void **state)
{
	(void)state;
	assert_true(invariant_sorted());
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("each rule refuses what breaks it and lets the rest pass", each_rule_refuses_what_breaks_it_and_lets_the_rest_pass),
		CASE("the rules are in the order of shapes", the_rules_are_in_the_order_of_shapes),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 22);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/invariant", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
