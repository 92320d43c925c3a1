/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#define PATIENT(rest) "{\"resourceType\":\"Patient\"," rest "}"
#define CODE "\"code\":{\"text\":\"x\"}"
#define OBSERVATION(rest) "{\"resourceType\":\"Observation\",\"status\":\"final\"," CODE "," rest "}"

static const struct { const char *text; enum why why; const char *where; } BAD[] = {
	{ "[]",                                             WHY_WRONG_TYPE,      "" },
	{ "{}",                                             WHY_CARDINALITY,     "resourceType" },
	{ "{\"resourceType\":1}",                           WHY_WRONG_TYPE,      "resourceType" },
	{ "{\"resourceType\":\"Patients\"}",                WHY_UNKNOWN_TYPE,    "resourceType" },
	{ "{\"resourceType\":\"DomainResource\"}",          WHY_UNKNOWN_TYPE,    "resourceType" },
	{ PATIENT("\"names\":[]"),                          WHY_UNKNOWN_ELEMENT, "Patient.names" },
	{ PATIENT("\"Secret value 42\":1"),                 WHY_UNKNOWN_ELEMENT, "Patient" },
	{ PATIENT("\"_name\":[{\"id\":\"a\"}]"),            WHY_UNKNOWN_ELEMENT, "Patient._name" },
	{ PATIENT("\"_\":1"),                               WHY_UNKNOWN_ELEMENT, "Patient._" },
	{ PATIENT("\"\":1"),                                WHY_UNKNOWN_ELEMENT, "Patient" },
	{ PATIENT("\"name\":{\"family\":\"A\"}"),           WHY_WRONG_TYPE,      "Patient.name" },
	{ PATIENT("\"name\":[]"),                           WHY_EMPTY,           "Patient.name" },
	{ PATIENT("\"name\":[{}]"),                         WHY_EMPTY,           "Patient.name[0]" },
	{ PATIENT("\"name\":[{\"id\":\"a\"}]"),             WHY_EMPTY,           "Patient.name[0]" },
	{ PATIENT("\"name\":[null]"),                       WHY_WRONG_TYPE,      "Patient.name[0]" },
	{ PATIENT("\"name\":[{\"family\":\"A\"},{\"family\":\"\"}]"), WHY_EMPTY, "Patient.name[1].family" },
	{ PATIENT("\"name\":[{\"family\":[\"A\"]}]"),       WHY_WRONG_TYPE,      "Patient.name[0].family" },
	{ PATIENT("\"name\":[{\"family\":null}]"),          WHY_WRONG_TYPE,      "Patient.name[0].family" },
	{ PATIENT("\"name\":[{\"family\":\"a\\u0007b\"}]"), WHY_FORBIDDEN_TEXT,  "Patient.name[0].family" },
	{ PATIENT("\"name\":[{\"family\":\"a\\u0000b\"}]"), WHY_FORBIDDEN_TEXT,  "Patient.name[0].family" },
	{ PATIENT("\"name\":[{\"given\":[\"a\",\"\"]}]"),   WHY_EMPTY,           "Patient.name[0].given[1]" },
	{ PATIENT("\"name\":[{\"given\":[\"a\",null]}]"),   WHY_EMPTY,           "Patient.name[0].given[1]" },
	{ PATIENT("\"name\":[{\"given\":[\"a\",null],\"_given\":[null,null]}]"), WHY_EMPTY, "Patient.name[0].given[1]" },
	{ PATIENT("\"name\":[{\"given\":[\"a\"],\"_given\":[null,{\"id\":\"b\"}]}]"), WHY_CARDINALITY, "Patient.name[0]._given" },
	{ PATIENT("\"name\":[{\"_given\":[null]}]"),        WHY_EMPTY,           "Patient.name[0]._given[0]" },
	{ PATIENT("\"name\":[{\"_given\":{\"id\":\"a\"}}]"), WHY_WRONG_TYPE,     "Patient.name[0]._given" },
	{ PATIENT("\"_birthDate\":{\"id\":\"a\"}"),         WHY_EMPTY,           "Patient._birthDate" },
	{ PATIENT("\"_birthDate\":{}"),                     WHY_EMPTY,           "Patient._birthDate" },
	{ PATIENT("\"_birthDate\":[{\"id\":\"a\"}]"),       WHY_WRONG_TYPE,      "Patient._birthDate" },
	{ PATIENT("\"active\":\"true\""),                   WHY_WRONG_TYPE,      "Patient.active" },
	{ PATIENT("\"birthDate\":\"1957-02-30\""),          WHY_FORMAT,          "Patient.birthDate" },
	{ PATIENT("\"birthDate\":19570214"),                WHY_WRONG_TYPE,      "Patient.birthDate" },
	{ PATIENT("\"id\":\"a b\""),                        WHY_FORMAT,          "Patient.id" },
	{ PATIENT("\"gender\":\"homme\""),                  WHY_BAD_CODE,        "Patient.gender" },
	{ PATIENT("\"deceasedBoolean\":true,\"deceasedDateTime\":\"2020\""), WHY_CHOICE, "Patient.deceasedDateTime" },
	{ PATIENT("\"deceasedBoolean\":true,\"_deceasedDateTime\":{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}"), WHY_CHOICE, "Patient._deceasedDateTime" },
	{ PATIENT("\"_deceasedDateTime\":{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]},\"deceasedBoolean\":true"), WHY_CHOICE, "Patient._deceasedDateTime" },
	{ PATIENT("\"deceased\":true"),                     WHY_UNKNOWN_ELEMENT, "Patient.deceased" },
	{ PATIENT("\"deceasedString\":\"x\""),              WHY_UNKNOWN_ELEMENT, "Patient.deceasedString" },
	{ PATIENT("\"multipleBirthInteger\":1.5"),          WHY_FORMAT,          "Patient.multipleBirthInteger" },
	{ PATIENT("\"communication\":[{\"preferred\":true}]"), WHY_CARDINALITY,  "Patient.communication[0].language" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"Patient/1\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.reference" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"organization 1\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.reference" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"Organization\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.reference" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"http://a/fhir/Patient/1\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.reference" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"Organization/1\",\"type\":\"Patient\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.type" },
	{ PATIENT("\"managingOrganization\":{\"type\":\"Patient\",\"display\":\"x\"}"), WHY_BAD_REFERENCE, "Patient.managingOrganization.type" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"#o\"}"), WHY_INVARIANT, "Patient.managingOrganization" },
	{ PATIENT("\"managingOrganization\":{\"reference\":\"#o\"},\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"o\"}]"), WHY_BAD_REFERENCE, "Patient.managingOrganization.reference" },
	{ PATIENT("\"contained\":{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"a\"}"), WHY_WRONG_TYPE, "Patient.contained" },
	{ PATIENT("\"contained\":[{\"id\":\"o\"}]"),        WHY_CARDINALITY,     "Patient.contained[0].resourceType" },
	{ PATIENT("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\"}]"), WHY_INVARIANT, "Patient.contained[0]" },
	{ PATIENT("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"a\",\"bad\":1}]"), WHY_UNKNOWN_ELEMENT, "Patient.contained[0].bad" },
	{ PATIENT("\"extension\":[{\"valueString\":\"a\"}]"), WHY_CARDINALITY,   "Patient.extension[0].url" },
	{ PATIENT("\"extension\":[{\"url\":\"a\"}]"),       WHY_INVARIANT,       "Patient.extension[0]" },
	{ PATIENT("\"extension\":[{\"url\":\"a\",\"valueString\":\"b\",\"extension\":[{\"url\":\"c\",\"valueCode\":\"d\"}]}]"), WHY_INVARIANT, "Patient.extension[0]" },
	{ PATIENT("\"extension\":[{\"url\":\"a\",\"valueString\":\"b\",\"valueCode\":\"c\"}]"), WHY_CHOICE, "Patient.extension[0].valueCode" },
	{ PATIENT("\"extension\":[{\"url\":\"a\",\"valueThing\":\"b\"}]"), WHY_UNKNOWN_ELEMENT, "Patient.extension[0].valueThing" },
	{ PATIENT("\"text\":{\"status\":\"generated\",\"div\":\"<p>a</p>\"}"), WHY_BAD_NARRATIVE, "Patient.text.div" },
	{ PATIENT("\"text\":{\"status\":\"made\",\"div\":\"<div xmlns='http://www.w3.org/1999/xhtml'>a</div>\"}"), WHY_BAD_CODE, "Patient.text.status" },
	{ PATIENT("\"text\":{\"status\":\"generated\"}"),   WHY_CARDINALITY,     "Patient.text.div" },
	{ PATIENT("\"meta\":{\"lastUpdated\":\"2020\"}"),   WHY_FORMAT,          "Patient.meta.lastUpdated" },
	{ PATIENT("\"meta\":{\"project\":\"x\"}"),          WHY_UNKNOWN_ELEMENT, "Patient.meta.project" },
	{ OBSERVATION("\"valueQuantity\":{\"value\":\"72\"}"), WHY_WRONG_TYPE,   "Observation.valueQuantity.value" },
	{ OBSERVATION("\"valueQuantity\":72"),              WHY_WRONG_TYPE,      "Observation.valueQuantity" },
	{ OBSERVATION("\"component\":[{\"referenceRange\":[{\"low\":{\"bad\":1}}]}]"), WHY_UNKNOWN_ELEMENT, "Observation.component[0].referenceRange[0].low.bad" },
	{ "{\"resourceType\":\"Observation\"," CODE "}",    WHY_CARDINALITY,     "Observation.status" },
	{ "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"},\"clinicalStatus\":{\"text\":\"active\"}}", WHY_BAD_CODE, "AllergyIntolerance.clinicalStatus" },
	{ "{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"},\"clinicalStatus\":{\"coding\":[{\"system\":\"http://a\",\"code\":\"active\"}]}}", WHY_BAD_CODE, "AllergyIntolerance.clinicalStatus" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"bad\":1}}]}", WHY_UNKNOWN_ELEMENT, "Bundle.entry[0].resource.bad" },
	{ "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{\"resourceType\":\"Thing\"}}]}", WHY_UNKNOWN_TYPE, "Bundle.entry[0].resource.resourceType" },
	{ "{\"resourceType\":\"Binary\",\"contentType\":\"text/plain\",\"text\":{}}", WHY_UNKNOWN_ELEMENT, "Binary.text" },
	{ "{\"resourceType\":\"ValueSet\",\"status\":\"active\",\"compose\":{\"include\":[{\"valueSet\":[\"#x\"]}]}}", WHY_BAD_REFERENCE, "ValueSet.compose.include[0].valueSet[0]" },
};

static const char *const GOOD[] = {
	"{\"resourceType\":\"Patient\"}",
	PATIENT("\"id\":\"a\""),
	PATIENT("\"name\":[{\"family\":\"A\",\"given\":[\"B\",null],\"_given\":[null,{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}]}]"),
	PATIENT("\"name\":[{\"_given\":[{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}]}]"),
	PATIENT("\"_birthDate\":{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}"),
	PATIENT("\"birthDate\":\"1957\",\"_birthDate\":{\"id\":\"x\"}"),
	PATIENT("\"deceasedDateTime\":\"2020\",\"_deceasedDateTime\":{\"id\":\"x\"}"),
	PATIENT("\"extension\":[{\"url\":\"a\",\"_valueString\":{\"extension\":[{\"url\":\"b\",\"valueCode\":\"c\"}]}}]"),
	PATIENT("\"managingOrganization\":{\"reference\":\"#o\"},\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"a\"}]"),
	PATIENT("\"managingOrganization\":{\"reference\":\"Organization/1/_history/3\"}"),
	PATIENT("\"managingOrganization\":{\"reference\":\"urn:uuid:c757873d-ec9a-4326-a141-556f43239520\"}"),
	PATIENT("\"managingOrganization\":{\"reference\":\"https://a/Organization/1\",\"type\":\"Organization\"}"),
	PATIENT("\"managingOrganization\":{\"reference\":\"Organization?identifier=a|b\"}"),
	PATIENT("\"managingOrganization\":{\"display\":\"x\"}"),
	PATIENT("\"contained\":[{\"resourceType\":\"Organization\",\"id\":\"o\",\"name\":\"a\",\"partOf\":{\"reference\":\"#p\"}},{\"resourceType\":\"Organization\",\"id\":\"p\",\"name\":\"b\"}]"),
	PATIENT("\"name\":[{\"family\":\"<script>' OR 1=1 --\",\"given\":[\"\\u00e9\\t\\n\"]}]"),
	OBSERVATION("\"valueQuantity\":{\"value\":0.10,\"unit\":\"mg\"}"),
	"{\"resourceType\":\"AllergyIntolerance\",\"patient\":{\"reference\":\"Patient/1\"},\"clinicalStatus\":{\"coding\":[{\"system\":\"http://a\",\"code\":\"b\"},{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]}}",
	"{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\"},\"request\":{\"method\":\"POST\",\"url\":\"Patient\"}}]}",
	"{\"resourceType\":\"Parameters\",\"parameter\":[{\"name\":\"a\",\"part\":[{\"name\":\"b\",\"valueBoolean\":false}]}]}",
	"{\"resourceType\":\"Questionnaire\",\"status\":\"draft\",\"item\":[{\"linkId\":\"1\",\"type\":\"group\",\"item\":[{\"linkId\":\"2\",\"type\":\"string\"}]}]}",
};

static void each_fault_is_found_with_its_element(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < COUNT(BAD); i++) {
		arena_reset(&r->a);
		holds(checked(r, BAD[i].text) == RC_BAD_INPUT, BAD[i].text);
		holds(r->issues != NULL && r->issues->why == BAD[i].why && r->p.why == BAD[i].why, BAD[i].text);
		same_text(str_of(r->issues->where), BAD[i].where, BAD[i].text);
		same_text(str_of(r->p.where), BAD[i].where, BAD[i].text);
	}
}

static void no_more_than_twenty_findings_are_told(void **state)
{
	struct room *r = *state;
	struct buf b;
	unsigned n = 0;

	buf_init(&b, 1 << 16);
	buf_z(&b, "{\"resourceType\":\"Patient\",\"name\":[");
	for (int i = 0; i < 200; i++)
		buf_fmt(&b, "%s{\"bad\":1}", i ? "," : "");
	buf_z(&b, "]}");
	buf_ch(&b, '\0');
	assert_int_equal(checked(r, b.p), RC_BAD_INPUT);
	for (struct fhir_issue *i = r->issues; i; i = i->next)
		n++;
	assert_int_equal(n, 20);
	same_text(str_of(r->issues->next->where), "Patient.name[1].bad", "second");
	buf_done(&b);
}

/* Each of these takes minutes when some step is quadratic. */
static void large_resources_take_time_in_proportion(void **state)
{
	struct room *r = *state;
	struct arena big;
	struct buf b;
	const struct json *root;

	arena_init(&big, 512u << 20);
	buf_init(&b, 64 << 20);
	buf_z(&b, "{\"resourceType\":\"Patient\",\"name\":[{\"given\":[");
	for (int i = 0; i < 200000; i++)
		buf_z(&b, i ? ",null" : "null");
	buf_z(&b, "],\"_given\":[");
	for (int i = 0; i < 200000; i++)
		buf_z(&b, i ? ",{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}" : "{\"extension\":[{\"url\":\"a\",\"valueCode\":\"b\"}]}");
	buf_z(&b, "]}],\"generalPractitioner\":[");
	for (int i = 0; i < 100000; i++)
		buf_fmt(&b, "%s{\"reference\":\"#p%d\"}", i ? "," : "", i);
	buf_z(&b, "],\"contained\":[");
	for (int i = 0; i < 100000; i++)
		buf_fmt(&b, "%s{\"resourceType\":\"Practitioner\",\"id\":\"p%d\"}", i ? "," : "", i);
	buf_z(&b, "]}");
	assert_int_equal(json_parse(buf_view(&b), &big, &root, &r->p), RC_OK);
	assert_int_equal(fhir_check(root, &big, &r->type, &r->issues, &r->p), RC_OK);
	buf_done(&b);
	arena_done(&big);
}

static void a_full_arena_is_a_limit_not_a_pass(void **state)
{
	struct room *r = *state;
	const struct json *root = parsed(r, STR("{\"resourceType\":\"Patient\",\"bad\":1}"));
	struct arena small;

	arena_init(&small, 8);
	assert_int_equal(fhir_check(root, &small, &r->type, &r->issues, &r->p), RC_LIMIT);
	arena_done(&small);
}

static void what_the_standard_allows_is_accepted(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < COUNT(GOOD); i++) {
		arena_reset(&r->a);
		if (checked(r, GOOD[i]) != RC_OK)
			print_error("%s at %s\n", why_row(r->p.why)->name, r->p.where);
		holds(r->p.rc == RC_OK && r->issues == NULL && r->type > 0, GOOD[i]);
	}
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("each fault is found with its element", each_fault_is_found_with_its_element),
		CASE("no more than twenty findings are told", no_more_than_twenty_findings_are_told),
		CASE("a full arena is a limit, not a pass", a_full_arena_is_a_limit_not_a_pass),
		CASE("large resources take time in proportion", large_resources_take_time_in_proportion),
		CASE("what the standard allows is accepted", what_the_standard_allows_is_accepted),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 22);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/check", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
