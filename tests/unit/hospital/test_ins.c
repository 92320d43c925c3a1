/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of hospital/ins.c: on which identities an INS may stand, and what of it leaves. */
#include "../base/unit.h"

#include "hospital/hospital.h"

#define STATUS(code) "\"extension\":[{\"url\":\"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability\",\"extension\":[" \
	"{\"url\":\"identityStatus\",\"valueCoding\":{\"code\":\"" code "\"}}]}]"
#define INS "{\"use\":\"official\",\"system\":\"urn:oid:1.2.250.1.213.1.4.8\",\"value\":\"157027511504261\"}"
#define VEILED "{\"use\":\"official\",\"system\":\"urn:oid:1.2.250.1.213.1.4.8\",\"_value\":{\"extension\":[{\"url\":" \
	"\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}}"
#define PATIENT(more, ids) "{\"resourceType\":\"Patient\"," more "\"identifier\":[" ids "],\"gender\":\"male\"}"

static enum rc
checked(const char *text, enum why *why, char *where)
{
	struct arena a;
	struct problem p = { 0 };
	struct fhir_issue *issues = NULL;
	const struct json *root;
	arena_init(&a, 1u << 20);
	assert_int_equal(json_parse(str_of(text), &a, &root, &p), RC_OK);
	enum rc rc = ins_check(root, &a, &issues, &p);
	*why = p.why;
	snprintf(where, 160, "%s", p.where);
	assert_true((issues != NULL) == (rc != RC_OK));
	arena_done(&a);
	return rc;
}

static void
a_number_on_another_status_is_refused_with_its_place(void **state)
{
	static const struct { const char *body, *where; } rows[] = {
		{ PATIENT(STATUS("VALI") ",", INS), "Patient.identifier[0]" },
		{ PATIENT(STATUS("PROV") ",", "{\"value\":\"a\"}," INS), "Patient.identifier[1]" },
		{ PATIENT("", INS), "Patient.identifier[0]" },
		{ PATIENT("\"extension\":[{\"url\":\"other\"}],", INS), "Patient.identifier[0]" },
		{ "{\"resourceType\":\"Observation\",\"contained\":[{\"resourceType\":\"Basic\"}," PATIENT("", INS) "]}", "Observation.contained[1].identifier[0]" },
		{ "{\"resourceType\":\"Patient\",\"extension\":[{\"url\":\"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability\",\"extension\":["
			"{\"url\":\"identityStatus\",\"valueCoding\":{\"code\":\"VALI\"}},{\"url\":\"identityStatus\",\"valueCoding\":{\"code\":\"QUAL\"}}]}],\"identifier\":[" INS "]}",
			"Patient.identifier[0]" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		enum why why;
		char where[160];
		assert_int_equal(checked(rows[i].body, &why, where), RC_BAD_INPUT);
		assert_int_equal(why, WHY_INS_STATUS);
		assert_string_equal(where, rows[i].where);
	}
}

static void
what_was_masked_is_not_written_back(void **state)
{
	enum why why;
	char where[160];
	(void)state;
	assert_int_equal(checked(PATIENT(STATUS("QUAL") ",", VEILED), &why, where), RC_BAD_INPUT);
	assert_int_equal(why, WHY_MASKED);
}

static void
retrieved_and_qualified_identities_hold_it_and_others_hold_other_numbers(void **state)
{
	enum why why;
	char where[160];
	(void)state;
	assert_int_equal(checked(PATIENT(STATUS("QUAL") ",", INS), &why, where), RC_OK);
	assert_int_equal(checked(PATIENT(STATUS("RECUP") ",", INS), &why, where), RC_OK);
	assert_int_equal(checked(PATIENT("", "{\"system\":\"urn:oid:1.2.250.1.213.1.4.2\",\"value\":\"1\"}"), &why, where), RC_OK);
}

static void
veils(const char *body, const char *wanted)
{
	struct arena a;
	struct problem p = { 0 };
	struct str out;
	arena_init(&a, 1u << 20);
	const struct json *root;
	assert_int_equal(ins_veil(str_of(body), INS_UNKNOWN, &a, &out, &p), RC_OK);
	assert_int_equal(json_parse(str_of(body), &a, &root, NULL), RC_OK);
	assert_int_equal(ins_mark(root), strcmp(body, wanted) == 0 ? INS_NOTHING_HIDES : INS_UNKNOWN); /* said at the write: what the veil would do */
	if (!str_eq(out, wanted))
		print_error("got    %.*s\nwanted %s\n", STR_ARG(out), wanted);
	assert_true(str_eq(out, wanted));
	arena_done(&a);
}

static void
a_number_leaves_with_a_qualified_identity_only(void **state)
{
	(void)state;
	veils(PATIENT(STATUS("QUAL") ",", INS), PATIENT(STATUS("QUAL") ",", INS));
	veils(PATIENT(STATUS("RECUP") ",", INS), PATIENT(STATUS("RECUP") ",", VEILED));
	veils(PATIENT(STATUS("VALI") ",", "{\"value\":\"a\"}," INS ",{\"value\":\"b\"}"), PATIENT(STATUS("VALI") ",", "{\"value\":\"a\"}," VEILED ",{\"value\":\"b\"}"));
	veils(PATIENT("", INS), PATIENT("", VEILED));
	veils("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":" PATIENT("", INS) "},{\"resource\":" PATIENT(STATUS("QUAL") ",", INS) "}]}",
		"{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":" PATIENT("", VEILED) "},{\"resource\":" PATIENT(STATUS("QUAL") ",", INS) "}]}");
}

static void
escapes_do_not_hide_a_number(void **state)
{
	(void)state;
	veils("{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:oid:1.2.250.1.213\\u002e1.4.8\",\"value\":\"157027511504261\"}]}",
		"{\"resourceType\":\"Patient\",\"identifier\":[{\"system\":\"urn:oid:1.2.250.1.213\\u002e1.4.8\",\"_value\":{\"extension\":[{\"url\":"
		"\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\",\"valueCode\":\"masked\"}]}}]}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_number_on_another_status_is_refused_with_its_place),
		cmocka_unit_test(what_was_masked_is_not_written_back),
		cmocka_unit_test(retrieved_and_qualified_identities_hold_it_and_others_hold_other_numbers),
		cmocka_unit_test(a_number_leaves_with_a_qualified_identity_only),
		cmocka_unit_test(escapes_do_not_hide_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
