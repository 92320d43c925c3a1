/* SPDX-License-Identifier: Apache-2.0 */
/* test_trees.c: :above and :below of codes and of places; the words of narratives. */
#include "base.h"

#include "record/inner.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

#define ICD "http://hl7.org/fhir/sid/icd-10"
#define CONDITION(id, system, code) put(&b, id, "{\"resourceType\":\"Condition\",\"id\":\"" id "\",\"subject\":{\"display\":\"x\"},\"code\":{\"coding\":[{\"system\":\"" system "\",\"code\":\"" code "\"}]}}")
#define WHERE(id, part) put(&b, id, "{\"resourceType\":\"Location\",\"id\":\"" id "\",\"name\":\"" id "\"" part "}")
#define PART_OF(id) ",\"partOf\":{\"reference\":\"Location/" id "\"}"
#define STAY(id, place) put(&b, id, "{\"resourceType\":\"Encounter\",\"id\":\"" id "\",\"status\":\"planned\",\"class\":{\"code\":\"IMP\"},\"location\":[{\"location\":{\"reference\":\"Location/" place "\"}}]}")

static void refuses(const char *type, const char *query, enum rc rc, enum why why, int line)
{
	struct found f;
	struct problem p = { 0 };
	if (try_search(&b, type, query, NULL, "", &f, &p) != rc || p.why != why)
		fail_msg("line %d: %s?%s: %s", line, type, query, why_row(p.why)->name);
}
#define REFUSES(type, query, rc, why) refuses((type), (query), (rc), (why), __LINE__)

static void codes_are_found_above_and_below_where_the_system_has_a_hierarchy(void **s)
{
	(void)s;
	REFUSES("Condition", "code:below=http://loinc.org|1234-5", RC_BAD_INPUT, WHY_NO_HIERARCHY);
	REFUSES("Condition", "code:above=A000", RC_BAD_INPUT, WHY_NO_HIERARCHY);
	REFUSES("Condition", "code:below=" ICD "|XX", RC_LIMIT, WHY_TOO_BIG); /* 27,097 external causes */
	REFUSES("Condition", "subject:below=Patient/1", RC_BAD_INPUT, WHY_NO_HIERARCHY);
	REFUSES("Condition", "code:in=http://hygie.test/vs", RC_BAD_INPUT, WHY_NO_VALUE_SET);
	CONDITION("a000", ICD, "A000");
	CONDITION("a00", ICD, "A00");
	CONDITION("a00-1", ICD, "A00.1"); /* as the WHO writes it */
	CONDITION("block", ICD, "A00-A09");
	CONDITION("chapter", ICD, "I");
	CONDITION("b", ICD, "B24");
	CONDITION("c", ICD, "C00");
	CONDITION("other", "http://other.test", "A000");
	FINDS(&b, "Condition", "code:below=" ICD "|A00", "a00 a00-1 a000");
	FINDS(&b, "Condition", "code:below=" ICD "|A00-A09", "a00 a00-1 a000 block");
	FINDS(&b, "Condition", "code:below=" ICD "|I", "a00 a00-1 a000 b block chapter");
	FINDS(&b, "Condition", "code:above=" ICD "|A00.0", "a00 a000 block chapter");
	FINDS(&b, "Condition", "code:above=" ICD "|A00-A09", "block chapter");
	FINDS(&b, "Condition", "code:below=" ICD "|C00," ICD "|B24", "b c");
	CONDITION("r03", "http://www.whocc.no/atc", "R03BA01");
	FINDS(&b, "Condition", "code:below=http://www.whocc.no/atc|R03", "r03");
	FINDS(&b, "Condition", "code:above=http://www.whocc.no/atc|R03BA01", "r03");
	FINDS(&b, "Condition", "code:below=http://www.whocc.no/atc|R04", "");
}

static void places_are_found_above_and_below_however_far(void **s)
{
	(void)s;
	WHERE("site", "");
	WHERE("wing", PART_OF("site"));
	WHERE("ward", PART_OF("wing"));
	WHERE("room", PART_OF("ward"));
	WHERE("loop1", PART_OF("loop2"));
	WHERE("loop2", PART_OF("loop1"));
	STAY("in-room", "room");
	STAY("in-ward", "ward");
	STAY("in-site", "site");
	STAY("in-loop", "loop1");
	FINDS(&b, "Encounter", "location:below=Location/wing", "in-room in-ward");
	FINDS(&b, "Encounter", "location:below=site", "in-room in-site in-ward");
	FINDS(&b, "Encounter", "location:above=Location/ward", "in-site in-ward");
	FINDS(&b, "Encounter", "location:below=Location/loop2", "in-loop");
	FINDS(&b, "Encounter", "location:below=Location/nowhere", "");
	put(&b, "c", "{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"display\":\"x\"},\"encounter\":{\"reference\":\"Encounter/in-room\"}}");
	FINDS(&b, "Condition", "encounter.location:below=Location/site", "c");
	FINDS(&b, "Location", "partof:below=Location/site", "room ward wing");
}

static void narratives_are_found_by_their_words(void **s)
{
	(void)s;
	REFUSES("Observation", "_content=a", RC_BAD_INPUT, WHY_PARAMETER_UNSERVED);
	REFUSES("Observation", "_query=a", RC_BAD_INPUT, WHY_PARAMETER_UNSERVED);
	REFUSES("Observation", "_contained=true", RC_BAD_INPUT, WHY_PARAMETER_UNSERVED);
	REFUSES("Observation", "_containedType=contained", RC_BAD_INPUT, WHY_PARAMETER_UNSERVED);
	REFUSES("Observation", "_text:contains=a", RC_BAD_INPUT, WHY_UNKNOWN_MODIFIER);
	REFUSES("Observation", "_text=,", RC_BAD_INPUT, WHY_BAD_VALUE);
	REFUSES("Observation", "_sort=_text", RC_BAD_INPUT, WHY_BAD_VALUE);
#define TEXT(id, html) put(&b, id, "{\"resourceType\":\"Observation\",\"id\":\"" id "\",\"text\":{\"status\":\"generated\",\"div\":\"<div xmlns='http://www.w3.org/1999/xhtml'>" html "</div>\"},\"status\":\"final\",\"code\":{\"text\":\"absent\"}}")
	TEXT("a", "<p title='caché'>Fi&egrave;vre éle<br/>vée, c&#339;ur r&#xE9;gulier</p>");
	TEXT("b", "Fièvre basse");
	put(&b, "c", "{\"resourceType\":\"Observation\",\"id\":\"c\",\"status\":\"final\",\"code\":{\"text\":\"fièvre\"}}");
	FINDS(&b, "Observation", "_text=FIEVRE", "a b");
	FINDS(&b, "Observation", "_text=fièvre%20basse", "b");
	FINDS(&b, "Observation", "_text=basse,coeur", "a b");
	FINDS(&b, "Observation", "_text=coeur%20r%C3%A9gulier", "a");
	FINDS(&b, "Observation", "_text=fiev", "");        /* words, not beginnings */
	FINDS(&b, "Observation", "_text=cache", "");       /* markup is no text */
	FINDS(&b, "Observation", "_text=absent", "");      /* nor is the rest of the resource */
	FINDS(&b, "Observation", "_text:missing=true", "c");
	FINDS(&b, "Observation", "_contained=false&_text=basse", "b");
	assert_int_equal(veil_of(stored_param(fhir_param_find(T("Location"), STR("_text"))->no)), VEIL_TEXT);
	whole(&b);
	TEXT("b", "guéri");
	FINDS(&b, "Observation", "_text=fievre", "a");
	FINDS(&b, "Observation", "_text=gueri", "b");
	whole(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(codes_are_found_above_and_below_where_the_system_has_a_hierarchy, setup, teardown),
		cmocka_unit_test_setup_teardown(places_are_found_above_and_below_however_far, setup, teardown),
		cmocka_unit_test_setup_teardown(narratives_are_found_by_their_words, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
