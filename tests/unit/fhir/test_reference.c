/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

static void what_is_no_reference_is_refused(void **state)
{
	static const char *const bad[] = { "", " ", "1", "Patient", "Patient/", "/Patient/1", "Patient/1/", "Patient/1/2", "Patient/1/_history", "Patient/1/_history/", "patient/1",
		"Patient/a b", "Patient/1#a b", "#a b", "#a/b", "urn:uuid:1", "urn:oid:a", "Thing/1", "Patient?", "Thing?a=b", ":a", "1:a", "a:", "Patient/1\n" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		holds(reference_parse(str_of(bad[i])).form == REF_BAD, bad[i]);
}

static void each_form_of_reference_is_known(void **state)
{
	static const struct { const char *text; enum ref_form form; const char *type, *id; } T[] = {
		{ "Patient/1",                          REF_LOCAL,    "Patient", "1" },
		{ "Patient/1/_history/2",               REF_LOCAL,    "Patient", "1" },
		{ "#",                                  REF_FRAGMENT, "",        "" },
		{ "#a",                                 REF_FRAGMENT, "",        "a" },
		{ "http://a/fhir/Patient/1",            REF_ABSOLUTE, "Patient", "1" },
		{ "https://a/Patient/1/_history/3",     REF_ABSOLUTE, "Patient", "1" },
		{ "http://a/b",                         REF_ABSOLUTE, "",        "" },
		{ "http://a",                           REF_ABSOLUTE, "",        "" },
		{ "urn:x:y",                            REF_ABSOLUTE, "",        "" },
		{ "urn:oid:1.2",                        REF_URN,      "",        "" },
		{ "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", REF_URN, "",   "" },
		{ "Patient?identifier=a|b",             REF_SEARCH,   "Patient", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(T); i++) {
		struct ref r = reference_parse(str_of(T[i].text));

		holds(r.form == T[i].form, T[i].text);
		same_text(str_of(fhir_type_name(r.type)), T[i].type, T[i].text);
		same_text(r.id, T[i].id, T[i].text);
	}
}

static void references_are_listed_in_the_order_of_the_document(void **state)
{
	struct room *r = *state;
	struct fhir_refs refs;
	static const char *const want[] = { "Organization/1", "Patient/2", "#c", "Practitioner/4", "Organization/5" };
	const struct json *root = parsed(r, STR("{\"resourceType\":\"Patient\",\"managingOrganization\":{\"reference\":\"Organization/1\"},"
		"\"link\":[{\"other\":{\"reference\":\"Patient/2\"},\"type\":\"seealso\"}],\"generalPractitioner\":[{\"reference\":\"#c\"},{\"display\":\"x\"}],"
		"\"_birthDate\":{\"extension\":[{\"url\":\"a\",\"valueReference\":{\"reference\":\"Practitioner/4\"}}]},"
		"\"contained\":[{\"resourceType\":\"Practitioner\",\"id\":\"c\",\"qualification\":[{\"code\":{\"text\":\"reference\"},\"issuer\":{\"reference\":\"Organization/5\"}}]}]}"));

	assert_int_equal(fhir_references(root, &r->a, &refs, &r->p), RC_OK);
	assert_int_equal(refs.n, COUNT(want));
	for (size_t i = 0; i < COUNT(want); i++)
		same_text(refs.at[i]->text, want[i], want[i]);
}

static void references_of_what_is_no_resource_are_refused(void **state)
{
	struct room *r = *state;
	struct fhir_refs refs;

	assert_int_equal(fhir_references(parsed(r, STR("[]")), &r->a, &refs, &r->p), RC_BAD_INPUT);
	assert_int_equal(fhir_references(NULL, &r->a, &refs, &r->p), RC_BAD_INPUT);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("what is no reference is refused", what_is_no_reference_is_refused),
		CASE("references of what is no resource are refused", references_of_what_is_no_resource_are_refused),
		CASE("each form of reference is known", each_form_of_reference_is_known),
		CASE("references are listed in the order of the document", references_are_listed_in_the_order_of_the_document),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 20);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/reference", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
