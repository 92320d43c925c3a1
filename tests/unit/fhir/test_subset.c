/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of fhir/subset.c: what is left of a resource by _summary and _elements. */
#include "fhir_unit.h"

#include "fhir/subset.h"

#define TAG "\"tag\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",\"code\":\"SUBSETTED\"}]"

static const char patient[] = "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\"},\"text\":{\"status\":\"generated\",\"div\":\"<div/>\"},"
	"\"name\":[{\"family\":\"Durand\"}],\"photo\":[{\"url\":\"u\"}],\"_birthDate\":{\"id\":\"b\"},\"contact\":[{\"gender\":\"male\"}]}";
static const char observation[] = "{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.50},"
	"\"component\":[{\"interpretation\":[{\"text\":\"i\"}]},{\"code\":{\"text\":\"k\"},\"interpretation\":[{\"text\":\"i\"}]}],\"note\":[{\"text\":\"n\"}]}";

static void
expect(const char *text, const struct subset *s, const char *wanted)
{
	struct arena a;
	struct buf out;
	const struct json *root;
	struct problem p;
	arena_init(&a, 1u << 20);
	buf_init(&out, 1u << 20);
	assert_int_equal(json_parse(str_of(text), &a, &root, &p), RC_OK);
	subset_put(s, root, &out);
	buf_ch(&out, '\0');
	assert_string_equal(out.p, wanted);
	buf_done(&out);
	arena_done(&a);
}

static struct subset
elements(struct arena *a, const char *type, const char *list)
{
	struct subset s = { SUBSET_WHOLE, NULL, 0 };
	struct problem p;
	assert_int_equal(subset_elements(fhir_type_of(str_of(type)), str_of(list), a, &s, &p), RC_OK);
	return s;
}

static void
an_element_that_the_type_does_not_have_is_refused(void **state)
{
	static const char *const bad[] = { "color", "", "name,", "name..family", "name.family", "Observation.code", "na me" };
	struct arena a;
	struct subset s;
	struct problem p;
	(void)state;
	arena_init(&a, 1u << 20);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(subset_elements(fhir_type_of(STR("Patient")), str_of(bad[i]), &a, &s, &p), RC_BAD_INPUT);
		assert_string_equal(p.where, "_elements");
	}
	arena_done(&a);
}

static void
an_unknown_summary_is_no_subset(void **state)
{
	struct subset s = { SUBSET_WHOLE, NULL, 0 };
	(void)state;
	assert_false(subset_summary(STR("all"), &s));
	assert_false(subset_summary(STR("count"), &s));
	assert_true(subset_summary(STR("false"), &s));
	assert_true(subset_is_whole(&s));
}

static void
a_whole_resource_is_left_as_it_is(void **state)
{
	struct subset s = { SUBSET_WHOLE, NULL, 0 };
	(void)state;
	expect(patient, &s, patient);
}

static void
a_summary_holds_the_marked_elements_and_is_tagged(void **state)
{
	struct subset s = { SUBSET_TRUE, NULL, 0 };
	(void)state;
	expect(patient, &s, "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\"," TAG "},\"name\":[{\"family\":\"Durand\"}],\"_birthDate\":{\"id\":\"b\"}}");
}

static void
a_summary_goes_into_backbone_elements_and_leaves_no_empty_one(void **state)
{
	struct subset s = { SUBSET_TRUE, NULL, 0 };
	(void)state;
	expect(observation, &s, "{\"resourceType\":\"Observation\",\"meta\":{" TAG "},\"status\":\"final\",\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.50},"
		"\"component\":[{\"code\":{\"text\":\"k\"}}]}");
}

static void
text_is_the_narrative_with_what_is_mandatory(void **state)
{
	struct subset s = { SUBSET_TEXT, NULL, 0 };
	(void)state;
	expect(observation, &s, "{\"resourceType\":\"Observation\",\"meta\":{" TAG "},\"status\":\"final\",\"code\":{\"text\":\"c\"}}");
	expect(patient, &s, "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\"," TAG "},\"text\":{\"status\":\"generated\",\"div\":\"<div/>\"}}");
}

static void
data_is_all_but_the_narrative(void **state)
{
	struct subset s = { SUBSET_DATA, NULL, 0 };
	(void)state;
	expect(patient, &s, "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\"," TAG "},\"name\":[{\"family\":\"Durand\"}],\"photo\":[{\"url\":\"u\"}],"
		"\"_birthDate\":{\"id\":\"b\"},\"contact\":[{\"gender\":\"male\"}]}");
}

static void
elements_are_those_named_and_those_that_must_be(void **state)
{
	struct arena a;
	(void)state;
	arena_init(&a, 1u << 20);
	struct subset s = elements(&a, "Patient", "name, birthDate");
	expect(patient, &s, "{\"resourceType\":\"Patient\",\"id\":\"p\",\"meta\":{\"versionId\":\"1\"," TAG "},\"name\":[{\"family\":\"Durand\"}],\"_birthDate\":{\"id\":\"b\"}}");
	s = elements(&a, "Observation", "value");
	expect(observation, &s, "{\"resourceType\":\"Observation\",\"meta\":{" TAG "},\"status\":\"final\",\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.50}}");
	s = elements(&a, "Observation", "Observation.value[x]");
	expect(observation, &s, "{\"resourceType\":\"Observation\",\"meta\":{" TAG "},\"status\":\"final\",\"code\":{\"text\":\"c\"},\"valueQuantity\":{\"value\":1.50}}");
	arena_done(&a);
}

static void
the_tag_is_not_set_twice(void **state)
{
	struct subset s = { SUBSET_DATA, NULL, 0 };
	(void)state;
	expect("{\"resourceType\":\"Basic\",\"meta\":{" TAG "}}", &s, "{\"resourceType\":\"Basic\",\"meta\":{" TAG "}}");
	expect("{\"resourceType\":\"Basic\",\"meta\":{\"tag\":[{\"code\":\"x\"}],\"source\":\"s\"}}", &s, "{\"resourceType\":\"Basic\",\"meta\":{\"tag\":[{\"code\":\"x\"},"
		"{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",\"code\":\"SUBSETTED\"}],\"source\":\"s\"}}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_that_the_type_does_not_have_is_refused),
		cmocka_unit_test(an_unknown_summary_is_no_subset),
		cmocka_unit_test(a_whole_resource_is_left_as_it_is),
		cmocka_unit_test(a_summary_holds_the_marked_elements_and_is_tagged),
		cmocka_unit_test(a_summary_goes_into_backbone_elements_and_leaves_no_empty_one),
		cmocka_unit_test(text_is_the_narrative_with_what_is_mandatory),
		cmocka_unit_test(data_is_all_but_the_narrative),
		cmocka_unit_test(elements_are_those_named_and_those_that_must_be),
		cmocka_unit_test(the_tag_is_not_set_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
