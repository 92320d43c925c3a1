/* SPDX-License-Identifier: Apache-2.0 */
/* test_posted.c: SearchParameter resources: refused before the rebuild, in effect after it, kept by a restart, gone after they were withdrawn; persons stay veiled. */
#include "base.h"

#include "fhir/extra.h"
#include "record/inner.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

#define SP(id, base, code, type, status, expression) "{\"resourceType\":\"SearchParameter\",\"id\":\"" id "\",\"url\":\"http://hygie.test/sp/" id "\",\"name\":\"N\",\"status\":\"" status \
	"\",\"description\":\"d\",\"base\":[\"" base "\"],\"code\":\"" code "\",\"type\":\"" type "\",\"expression\":\"" expression "\"}"

static void refused(const char *type, const char *query, enum why why, int line)
{
	struct found f;
	struct problem p = { 0 };
	if (try_search(&b, type, query, NULL, "", &f, &p) != RC_BAD_INPUT || p.why != why)
		fail_msg("line %d: %s?%s: %s", line, type, query, why_row(p.why)->name);
}
#define REFUSES(type, query, why) refused((type), (query), (why), __LINE__)

static void reindex(void)
{
	struct record_progress g = { 0 };
	OK(record_reindex(b.db, &g, pp));
}

static void a_parameter_that_cannot_be_taken_up_is_not_stored(void **s)
{
	(void)s;
	struct problem p;
	assert_int_equal(try_put(&b, SP("x", "Patient", "x", "token", "active", "Patient.name.first()"), "x", (struct record_if){ 0 }, NULL, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_SEARCH_EXPRESSION);
	assert_string_equal(p.where, "SearchParameter.expression");
}

static void a_parameter_waits_for_the_rebuild_and_goes_with_the_one_after(void **s)
{
	(void)s;
	put(&b, "o1", "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"final\",\"code\":{\"text\":\"a\"},\"note\":[{\"text\":\"t\",\"authorReference\":{\"reference\":\"Practitioner/p1\"}}]}");
	put(&b, "o2", "{\"resourceType\":\"Observation\",\"id\":\"o2\",\"status\":\"final\",\"code\":{\"text\":\"a\"}}");
	put(&b, "p1", "{\"resourceType\":\"Practitioner\",\"id\":\"p1\",\"name\":[{\"family\":\"Plume\"}]}");
	REFUSES("Observation", "writer=Practitioner/p1", WHY_UNKNOWN_PARAMETER);
	put(&b, "w", SP("w", "Observation", "writer", "reference", "active", "Observation.note.author as Reference"));
	REFUSES("Observation", "writer=Practitioner/p1", WHY_PARAMETER_WAITS);
	REFUSES("Observation", "writer.name=plume", WHY_PARAMETER_WAITS);
	REFUSES("Condition", "writer=Practitioner/p1", WHY_UNKNOWN_PARAMETER);
	base_reopen(&b); /* a restart is no rebuild */
	REFUSES("Observation", "writer=Practitioner/p1", WHY_PARAMETER_WAITS);
	reindex();
	FINDS(&b, "Observation", "writer=Practitioner/p1", "o1");
	FINDS(&b, "Observation", "writer:missing=true", "o2");
	FINDS(&b, "Observation", "writer.name=plume", "o1");
	FINDS(&b, "Practitioner", "_has:Observation:writer:status=final", "p1");
	base_reopen(&b);
	FINDS(&b, "Observation", "writer=Practitioner/p1", "o1");
	put(&b, "o2", "{\"resourceType\":\"Observation\",\"id\":\"o2\",\"status\":\"final\",\"code\":{\"text\":\"a\"},\"note\":[{\"text\":\"t\",\"authorReference\":{\"reference\":\"Practitioner/p1\"}}]}");
	FINDS(&b, "Observation", "writer=Practitioner/p1", "o1 o2");
	whole(&b);
	/* changed: the one in effect stays until the next rebuild */
	put(&b, "w", SP("w", "Observation", "writer", "reference", "retired", "Observation.note.author as Reference"));
	base_reopen(&b);
	FINDS(&b, "Observation", "writer=Practitioner/p1", "o1 o2");
	reindex();
	REFUSES("Observation", "writer=Practitioner/p1", WHY_UNKNOWN_PARAMETER);
	put(&b, "w", SP("w", "Observation", "writer", "string", "active", "Observation.note.author as string"));
	reindex();
	FINDS(&b, "Observation", "writer=x", "");
	struct problem p;
	assert_int_equal(try_delete(&b, "SearchParameter", "w", (struct record_if){ 0 }, &p), RC_OK);
	FINDS(&b, "Observation", "writer=x", "");
	base_reopen(&b); /* its last version is read from the history */
	FINDS(&b, "Observation", "writer=x", "");
	reindex();
	REFUSES("Observation", "writer=x", WHY_UNKNOWN_PARAMETER);
	whole(&b);
}

static void a_posted_parameter_of_a_person_is_veiled(void **s)
{
	(void)s;
	put(&b, "s1", SP("s1", "Patient", "born", "date", "active", "Patient.birthDate"));
	put(&b, "s2", SP("s2", "Patient", "kin", "string", "active", "Patient.contact.name"));
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"birthDate\":\"1971-03-04\",\"contact\":[{\"name\":{\"family\":\"Zorglubine\"}}]}");
	reindex();
	FINDS(&b, "Patient", "born=1971-03-04", "a");
	FINDS(&b, "Patient", "born=ge1971&born=lt1972", "a");
	FINDS(&b, "Patient", "born=1972", "");
	FINDS(&b, "Patient", "kin=zorg", "a");
	assert_int_equal(veil_of(stored_param(extra_find(record_params(), T("Patient"), STR("born"))->no)), VEIL_BIRTH);
	assert_int_equal(veil_of(stored_param(extra_find(record_params(), T("Patient"), STR("kin"))->no)), VEIL_TEXT);
	whole(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_parameter_that_cannot_be_taken_up_is_not_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(a_parameter_waits_for_the_rebuild_and_goes_with_the_one_after, setup, teardown),
		cmocka_unit_test_setup_teardown(a_posted_parameter_of_a_person_is_veiled, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
