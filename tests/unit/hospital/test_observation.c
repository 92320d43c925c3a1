/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/observation.c and score.c: what may be typed, written once, corrected with what was before, balanced; and scores that only their source and two people make. */
#include "ward_house.h"

static void someone(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

static bool issue(const char *field, enum why why)
{
	for (struct row r = rows_first(buf_view(&H.issues.out), "issues"); row_is(r); r = rows_next(r))
		if (str_eq(row_get(r, "where"), field) && str_eq(row_get(r, "why"), why_row(why)->name))
			return true;
	return false;
}

static void several_values_at_once_are_written_with_comma_or_point(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "time", "9h30", "systolic", "142", "diastolic", "81", "temperature", "36,8", "pulse", " 78 ", "weight", "71.350", NULL), RC_OK);
	assert_string_equal(getz("recorded", 0, "n"), "4");
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("times"), 1);
	assert_int_equal(row_i64(nth("times", 0), "at"), NOON - HOUR / 2);
	assert_int_equal(count("values"), 4);
	unsigned bp = row_with("values", "code", "85354-9");
	assert_string_equal(getz("values", bp, "value"), "142");
	assert_string_equal(getz("values", bp, "second"), "81");
	assert_string_equal(getz("values", row_with("values", "code", "8310-5"), "value"), "36.8");
	assert_string_equal(getz("values", row_with("values", "code", "29463-7"), "value"), "71.35");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK); /* and the chart's summary has them */
	assert_true(any_row("vitals", "code", "8867-4"));
}

static void what_cannot_be_is_told_at_its_field_all_at_once_and_nothing_is_written(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "day", "2026-11-19", "time", "8:00", "systolic", "80", "diastolic", "120", "pulse", "4000", "temperature", "3,68", "saturation", "101", "pain", "-1", "glasgow", "2", "weight", "71,3505", NULL), RC_BAD_INPUT);
	assert_true(issue("day", WHY_CARE_FUTURE));
	assert_true(issue("diastolic", WHY_CARE_PRESSURE));
	assert_true(issue("pulse", WHY_CARE_BOUNDS));
	assert_true(issue("temperature", WHY_FIELD_NUMBER));
	assert_true(issue("saturation", WHY_CARE_BOUNDS));
	assert_true(issue("pain", WHY_FIELD_NUMBER));
	assert_true(issue("glasgow", WHY_CARE_BOUNDS));
	assert_true(issue("weight", WHY_FIELD_NUMBER));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form2", "systolic", "120", NULL), RC_BAD_INPUT);
	assert_true(issue("diastolic", WHY_CARE_PAIR));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form3", NULL), RC_BAD_INPUT);
	assert_true(issue("systolic", WHY_CARE_EMPTY));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form4", "time", "24:00", "pulse", "70", NULL), RC_BAD_INPUT);
	assert_true(issue("time", WHY_CARE_TIME));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form5", "day", "2020-01-01", "time", "8:00", "pulse", "70", NULL), RC_BAD_INPUT);
	assert_true(issue("day", WHY_CARE_PAST));
	assert_int_equal(act("vitals_record", "patient", "none", "once", "form6", "pulse", "70", NULL), RC_NOT_FOUND);
	static const char *const NO_NUMBER[] = { "1e2", "0x10", "+70", "7 0", "70,", ",5", "--", "NaN", "\xD9\xA7\xD9\xA0", "70%", "999999999999999999999" };
	for (size_t i = 0; i < sizeof NO_NUMBER / sizeof *NO_NUMBER; i++)
		assert_int_equal(act("vitals_record", "patient", "a", "once", "form7", "pulse", NO_NUMBER[i], NULL), RC_BAD_INPUT);
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("values"), 0);
}

static void the_same_form_twice_is_one_entry_and_a_changed_one_is_refused(void **s)
{
	(void)s;
	someone();
	for (int i = 0; i < 3; i++)
		assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "time", "9:30", "pulse", "78", NULL), RC_OK);
	assert_true(has("recorded", 0, "again"));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "time", "9:30", "pulse", "87", NULL), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("values"), 1);
	actor(ROLE_NURSE, 8, NULL, "u1");
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "time", "9:30", "pulse", "78", NULL), RC_OK); /* another nurse's measure is another one */
	assert_false(has("recorded", 0, "again"));
}

static void a_correction_keeps_what_was_before_and_says_why(void **s)
{
	(void)s;
	char id[70];
	someone();
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "systolic", "241", "diastolic", "81", NULL), RC_OK);
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	snprintf(id, sizeof id, "%s", getz("values", 0, "id"));
	assert_int_equal(act("observation_correct", "patient", "a", "id", id, "version", "1", "value", "142", "reason", "typing", NULL), RC_BAD_INPUT); /* both are written */
	assert_int_equal(act("observation_correct", "patient", "a", "id", id, "version", "1", "value", "142", "second", "81", "reason", "typing", "text", "chiffres inversés", NULL), RC_OK);
	assert_int_equal(act("observation_correct", "patient", "a", "id", id, "version", "1", "value", "150", "second", "81", "reason", "typing", NULL), RC_PRECONDITION);
	assert_why(WHY_VERSION_CONFLICT);
	assert_int_equal(view("observation", "patient", "a", "id", id, NULL), RC_OK);
	assert_int_equal(count("versions"), 2);
	assert_string_equal(getz("versions", 0, "value"), "142");
	assert_string_equal(getz("versions", 1, "value"), "241");
	assert_string_equal(getz("versions", 0, "why"), "erreur de saisie : chiffres inversés");
	assert_string_equal(getz("versions", 0, "status"), "corrected");
	/* the same form as at first, sent once more by the network, changes nothing and is no conflict */
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "systolic", "241", "diastolic", "81", NULL), RC_OK);
	assert_int_equal(act("observation_correct", "patient", "a", "id", id, "version", "2", "wrong", "1", "reason", "patient", NULL), RC_OK);
	assert_int_equal(act("observation_correct", "patient", "a", "id", id, "version", "3", "wrong", "1", "reason", "patient", NULL), RC_CONFLICT);
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("values"), 0);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	assert_int_equal(act("observation_correct", "patient", "b", "id", id, "version", "3", "value", "1", "second", "1", "reason", "typing", NULL), RC_NOT_FOUND); /* another patient's */
	assert_int_equal(view("observation", "patient", "b", "id", id, NULL), RC_OK);
	assert_int_equal(count("observation") + count("versions"), 0);
}

static void what_goes_in_and_out_is_balanced_by_day(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f1", "time", "8:00", "drink", "250", "urine", "400", NULL), RC_OK);
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f2", "day", "2026-11-17", "time", "14:00", "infusion", "1000", NULL), RC_OK);
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f3", "day", "2026-11-17", "time", "8:00", "drain", "50", NULL), RC_OK);
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f4", "urine", "0", NULL), RC_BAD_INPUT);
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f5", "urine", "20001", NULL), RC_BAD_INPUT);
	assert_int_equal(act("fluids_record", "patient", "a", "once", "f6", "urine", "12,5", NULL), RC_BAD_INPUT);
	assert_int_equal(view("fluids", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("last24", 0, "in_ml"), "1250");
	assert_string_equal(getz("last24", 0, "out_ml"), "400");
	assert_string_equal(getz("last24", 0, "balance_ml"), "850");
	assert_int_equal(count("days"), 2);
	assert_string_equal(getz("days", 0, "balance_ml"), "-150");
	assert_string_equal(getz("days", 1, "balance_ml"), "950");
	assert_int_equal(count("entries"), 4);
	assert_int_equal(view("vitals", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("values"), 0); /* they are no vital signs */
}

/* ---- scores: the numbers are of no score that exists ---- */

#define TYPED "score_add", "name", "Essai", "source", "Source d'essai, page 1", "limits", "aucune", "age_from", "16", "age_below", "150", "pregnancy", "not", "hours", "12"

static void no_score_is_computed_before_two_people_have_made_one(void **s)
{
	(void)s;
	someone();
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "pulse", "100", "temperature", "38,5", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("scores"), 0);
	assert_false(has("provided", 0, "any"));
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	assert_int_equal(act(TYPED, "bands", "pulse - 90 0\npulse 91 - 2\ntemperature 38,1 39 1", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("scores"), 0);
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_DENIED);
	assert_why(WHY_SCORE_OWN);
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_OK);
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_CONFLICT);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "computed");
	assert_string_equal(getz("scores", 0, "points"), "3");
	assert_string_equal(getz("scores", 0, "source"), "Source d'essai, page 1");
	assert_int_equal(act("score_end", "no", "1", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("scores"), 0);
}

static void a_second_scale_counts_on_a_prescribers_order_alone(void **s)
{
	(void)s;
	char version[24];
	someone();
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	assert_int_equal(act(TYPED, "bands", "saturation 91 - 0 2", NULL), RC_BAD_INPUT); /* a second scale without a first */
	assert_why(WHY_SCORE_BAND);
	assert_int_equal(act("score_scale_order", "patient", "a", "once", "o1x4", NULL), RC_CONFLICT);
	assert_why(WHY_SCALE_NONE);
	assert_int_equal(act(TYPED, "bands", "pulse - 90 0\nsaturation - 90 3\nsaturation 91 - 0\nsaturation - 80 3 2\nsaturation 81 - 0 2", NULL), RC_OK);
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_OK);
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "pulse", "80", "saturation", "88", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "scale"), "1");
	assert_string_equal(getz("scores", 0, "points"), "3");
	assert_int_equal(count("scale"), 0);
	for (int i = 0; i < 2; i++) /* sent twice */
		assert_int_equal(act("score_scale_order", "patient", "a", "once", "o2x4", NULL), RC_OK);
	assert_true(has("scale", 0, "again"));
	assert_int_equal(act("score_scale_order", "patient", "a", "once", "o3x4", NULL), RC_CONFLICT);
	assert_why(WHY_SCALE_ORDERED);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "scale"), "2");
	assert_string_equal(getz("scores", 0, "points"), "0");
	snprintf(version, sizeof version, "%s", getz("scale", 0, "version"));
	assert_int_equal(act("score_scale_end", "patient", "a", "version", "77", NULL), RC_CONFLICT);
	assert_why(WHY_SCALE_NOT_ORDERED);
	assert_int_equal(act("score_scale_end", "patient", "a", "version", version, NULL), RC_OK);
	assert_int_equal(act("score_scale_end", "patient", "a", "version", version, NULL), RC_CONFLICT);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "scale"), "1");
	assert_string_equal(getz("scores", 0, "points"), "3");
}

static void a_score_fills_nothing_in_and_keeps_to_its_ages(void **s)
{
	(void)s;
	someone();
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	assert_int_equal(act(TYPED, "bands", "pulse - 90 0\ntemperature 38,1 39 1", NULL), RC_OK);
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_OK);
	assert_int_equal(act("vitals_record", "patient", "a", "once", "f1", "pulse", "80", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "incomplete");
	assert_string_equal(getz("scores", 0, "missing"), "temperature");
	assert_false(has("scores", 0, "points"));
	assert_int_equal(act("vitals_record", "patient", "a", "once", "f2", "temperature", "38,05", NULL), RC_BAD_INPUT); /* such devices show one decimal */
	assert_int_equal(act("vitals_record", "patient", "a", "once", "f3", "temperature", "37", NULL), RC_OK);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "incomplete"); /* no line of it says what 37 is */
	assert_int_equal(act("vitals_record", "patient", "a", "once", "f4", "temperature", "38,5", NULL), RC_OK); /* of the same minute: the later one counts */
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "points"), "1");
	house_now(NOON + 13 * HOUR);
	assert_int_equal(view("scores_of", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "incomplete"); /* too old */
	patient("b", "Petit", "Léa", "2015-02-14", "female", "VALI", NULL);
	assert_int_equal(view("scores_of", "patient", "b", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "age");
	patient("c", "Inconnu", "X", "1950", "male", "PROV", NULL);
	assert_int_equal(view("scores_of", "patient", "c", NULL), RC_OK);
	assert_string_equal(getz("scores", 0, "state"), "age_unknown");
}

static int pregnant(const char *once, const char *says)
{
	return act("pregnancy_record", "patient", "a", "once", once, "pregnancy", says, NULL);
}

static const char *state_of(const char *patient)
{
	assert_int_equal(view("scores_of", "patient", patient, NULL), RC_OK);
	return getz("scores", 0, "state");
}

static void a_score_that_is_not_made_for_pregnancy_is_not_computed_in_it(void **s)
{
	(void)s;
	patient("m", "Durand", "Paul", "1957-02-14", "male", "VALI", NULL);
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	assert_int_equal(act(TYPED, "bands", "pulse - 90 0", NULL), RC_OK);
	assert_int_equal(view("score_list", NULL), RC_OK);
	assert_true(has("scores", 0, "not_pregnant"));
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_OK);
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "pulse", "80", NULL), RC_OK);
	assert_int_equal(act("vitals_record", "patient", "m", "once", "form2", "pulse", "80", NULL), RC_OK);
	assert_string_equal(state_of("a"), "computed"); /* nobody asked: computed, and said */
	assert_true(has("scores", 0, "unasked"));
	assert_string_equal(state_of("m"), "computed"); /* a man is not asked */
	assert_false(has("scores", 0, "unasked"));
	assert_int_equal(pregnant("p1x4", "yes"), RC_OK); /* counts where the house has not said how long, too */
	assert_string_equal(state_of("a"), "pregnant");
	assert_true(has("scores", 0, "pregnant_at"));
	assert_false(has("scores", 0, "points") || has("scores", 0, "unasked"));
	assert_int_equal(pregnant("p2x4", "no"), RC_OK); /* of the same minute: the later one; how long it holds nobody said */
	assert_string_equal(state_of("a"), "computed");
	assert_true(has("scores", 0, "unasked"));
	as_pharmacist();
	assert_int_equal(act("pregnancy_age_set", "days", "7", "source", "Livret d'essai", NULL), RC_OK);
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_string_equal(state_of("a"), "computed");
	assert_false(has("scores", 0, "unasked"));
	assert_int_equal(pregnant("p3x4", "yes"), RC_OK);
	assert_string_equal(state_of("a"), "pregnant");
	house_now(NOON + 8 * 24 * HOUR);
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form3", "pulse", "80", NULL), RC_OK);
	assert_string_equal(state_of("a"), "computed"); /* eight days later nobody knows */
	assert_true(has("scores", 0, "unasked"));
}

static void a_score_that_is_made_for_pregnancy_too_asks_nothing(void **s)
{
	(void)s;
	someone();
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	assert_int_equal(act("score_add", "name", "Essai", "source", "Source d'essai, page 1", "limits", "aucune", "age_from", "16", "age_below", "150", "pregnancy", "too", "hours", "12", "bands", "pulse - 90 0", NULL), RC_OK);
	actor(ROLE_PHYSICIAN, 10, NULL, "u1");
	assert_int_equal(act("score_sign", "no", "1", NULL), RC_OK);
	assert_int_equal(act("vitals_record", "patient", "a", "once", "form1", "pulse", "80", NULL), RC_OK);
	assert_string_equal(state_of("a"), "computed");
	assert_false(has("scores", 0, "unasked"));
	assert_int_equal(pregnant("p1x4", "yes"), RC_OK);
	assert_string_equal(state_of("a"), "computed");
}

static void lines_of_points_that_cannot_be_read_or_say_two_things_are_refused(void **s)
{
	static const char *const BAD[] = { "pulse", "pulse 1 2", "pulse 1 2 3 4", "pulse 2 1 0", "puls 1 2 0", "pulse a 2 0", "pulse 1 2 x", "urine 1 2 0", "pulse 1 90 0\npulse 90 100 1", "pulse - - 0\npulse 5 6 1", "\n\n", "pulse 1,2345 2 0" };
	(void)s;
	actor(ROLE_PHYSICIAN, 9, NULL, "u1");
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		if (act(TYPED, "bands", BAD[i], NULL) != RC_BAD_INPUT)
			fail_msg("line %zu is taken", i);
		assert_why(WHY_SCORE_BAND);
	}
	assert_int_equal(view("score_list", NULL), RC_OK);
	assert_int_equal(count("scores"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(several_values_at_once_are_written_with_comma_or_point),
		HOUSE_TEST(what_cannot_be_is_told_at_its_field_all_at_once_and_nothing_is_written),
		HOUSE_TEST(the_same_form_twice_is_one_entry_and_a_changed_one_is_refused),
		HOUSE_TEST(a_correction_keeps_what_was_before_and_says_why),
		HOUSE_TEST(what_goes_in_and_out_is_balanced_by_day),
		HOUSE_TEST(no_score_is_computed_before_two_people_have_made_one),
		HOUSE_TEST(a_second_scale_counts_on_a_prescribers_order_alone),
		HOUSE_TEST(a_score_fills_nothing_in_and_keeps_to_its_ages),
		WARD_TEST(a_score_that_is_not_made_for_pregnancy_is_not_computed_in_it),
		HOUSE_TEST(a_score_that_is_made_for_pregnancy_too_asks_nothing),
		HOUSE_TEST(lines_of_points_that_cannot_be_read_or_say_two_things_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
