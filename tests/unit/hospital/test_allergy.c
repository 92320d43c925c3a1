/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/allergy.c: entered once, said to be none only where none stands, ended with how and kept. */
#include "house.h"

static void someone(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

static const char *state(void)
{
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	return getz("head", 0, "allergy_state");
}

static enum rc add(const char *once, const char *substance) { return act("allergy_add", "patient", "a", "once", once, "substance", substance, "criticality", "high", "reaction", "urticaire", NULL); }

static void one_is_entered_once_and_stands_in_the_banner(void **s)
{
	(void)s;
	someone();
	assert_string_equal(state(), "not_recorded");
	assert_int_equal(add("form1", "amoxicilline"), RC_OK);
	assert_false(has("allergy", 0, "again"));
	assert_int_equal(add("form1", "amoxicilline"), RC_OK);
	assert_true(has("allergy", 0, "again"));
	assert_int_equal(add("form1", "iode"), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_string_equal(state(), "known");
	assert_string_equal(getz("head", 0, "allergies"), "amoxicilline");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("allergies"), 1);
	assert_string_equal(getz("allergies", 0, "criticality"), "high");
	assert_string_equal(getz("allergies", 0, "reaction"), "urticaire");
}

static void that_none_is_known_is_said_and_only_where_none_stands(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("allergy_add", "patient", "a", "once", "form0", NULL), RC_BAD_INPUT);
	assert_why(WHY_FIELD_REQUIRED);
	assert_int_equal(act("allergy_add", "patient", "a", "once", "form0", "none", "1", "substance", "iode", NULL), RC_BAD_INPUT);
	assert_why(WHY_ALLERGY_BOTH);
	assert_int_equal(act("allergy_add", "patient", "a", "once", "form1", "none", "1", NULL), RC_OK);
	assert_string_equal(state(), "none_known");
	assert_int_equal(add("form2", "iode"), RC_OK);
	assert_string_equal(state(), "known");
	assert_int_equal(act("allergy_add", "patient", "a", "once", "form3", "none", "1", NULL), RC_CONFLICT);
	assert_why(WHY_ALLERGY_KNOWN);
}

static void one_ends_by_the_version_that_was_seen_and_only_once(void **s)
{
	(void)s;
	char id[80];
	static const char *const HOW[] = { "refuted", "resolved", "entered-in-error" };
	someone();
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	for (int i = 0; i < 3; i++) {
		char once[8] = { 'f', 'o', 'r', 'm', (char)('1' + i), '\0' };
		assert_int_equal(add(once, "iode"), RC_OK);
		snprintf(id, sizeof id, "%s", getz("allergy", 0, "id"));
		assert_string_equal(state(), "known");
		assert_int_equal(act("allergy_end", "patient", "b", "id", id, "version", "1", "how", HOW[i], NULL), RC_NOT_FOUND);
		assert_int_equal(act("allergy_end", "patient", "a", "id", id, "version", "2", "how", HOW[i], NULL), RC_PRECONDITION);
		assert_int_equal(act("allergy_end", "patient", "a", "id", id, "version", "1", "how", HOW[i], NULL), RC_OK);
		assert_string_equal(state(), "not_recorded");
		assert_int_equal(act("allergy_end", "patient", "a", "id", id, "version", "2", "how", HOW[i], NULL), RC_CONFLICT);
		assert_why(WHY_CARE_STRUCK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(one_is_entered_once_and_stands_in_the_banner),
		HOUSE_TEST(that_none_is_known_is_said_and_only_where_none_stands),
		HOUSE_TEST(one_ends_by_the_version_that_was_seen_and_only_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
