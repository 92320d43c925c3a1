/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/worklist.c and directory.c: lists of the day hold who belongs to it, and nobody else. */
#include "house.h"

static void without_a_unit_the_lists_are_empty(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	actor(ROLE_NURSE, 7, NULL, NULL);
	assert_int_equal(view("unit_present", NULL), RC_OK);
	assert_int_equal(count("present"), 0);
	assert_int_equal(view("agenda_today", NULL), RC_OK);
	assert_int_equal(count("agenda"), 0);
}

static void the_unit_lists_who_is_present_by_bed(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Petit", "Jean", "1960-02-14", "male", "PROV", NULL);
	patient("c", "Parti", "Hier", "1960-02-14", "male", "PROV", NULL);
	patient("d", "Ailleurs", "Là", "1960-02-14", "male", "PROV", NULL);
	encounter("e1", "a", "u1", "b12", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	encounter("e2", "b", "u1", "b2", "in-progress", "2026-11-12T08:00:00+01:00", NULL);
	encounter("e3", "c", "u1", "b2", "finished", "2026-11-10T08:00:00+01:00", "2026-11-17T20:00:00+01:00");
	encounter("e4", "d", "u2", NULL, "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(view("unit_present", NULL), RC_OK);
	assert_int_equal(count("present"), 2);
	assert_string_equal(getz("present", 0, "name"), "PETIT, Jean");
	assert_string_equal(getz("present", 0, "bed"), "Lit 2-P");
	assert_string_equal(getz("present", 1, "bed"), "Lit 12-F");
	assert_string_equal(getz("unit", 0, "unit_name"), "Médecine 2B");
	assert_false(rows_hold("PARTI") || rows_hold("AILLEURS"));
}

static void whom_i_put_there_myself_stays_masked(void **s)
{
	(void)s;
	patient("a", "Durandmarque", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter_as(7, "e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	assert_int_equal(view("unit_present", NULL), RC_OK);
	assert_int_equal(count("present"), 1);
	assert_string_equal(getz("present", 0, "masked"), "D. M.");
	assert_false(rows_hold("MARQUE") || rows_hold("marque"));
	actor(ROLE_NURSE, 9, NULL, "u1"); /* a colleague sees the name */
	assert_int_equal(view("unit_present", NULL), RC_OK);
	assert_string_equal(getz("present", 0, "name"), "DURANDMARQUE, Marie");
}

static void the_agenda_holds_the_day_of_paris_and_no_other(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	appointment_as(0, "r1", "a", "p1", "c1", "2026-11-18T00:00:00+01:00", "booked");
	appointment_as(0, "r2", "a", "p1", "c1", "2026-11-18T23:59:00+01:00", "booked");
	appointment_as(0, "r3", "a", "p1", "c1", "2026-11-17T23:59:00+01:00", "booked");
	appointment_as(0, "r4", "a", "p1", "c1", "2026-11-19T00:00:00+01:00", "booked");
	appointment_as(0, "r5", "a", "p2", "c1", "2026-11-18T12:00:00+01:00", "booked");
	appointment_as(0, "r6", "a", "p1", "c1", "2026-11-18T12:00:00+01:00", "cancelled");
	actor(ROLE_PHYSICIAN, 8, "p1", "u1");
	assert_int_equal(view("agenda_today", NULL), RC_OK);
	assert_int_equal(count("agenda"), 2);
	assert_string_equal(getz("agenda", 0, "entry"), "r1");
	assert_string_equal(getz("agenda", 1, "entry"), "r2");
	assert_string_equal(getz("agenda", 0, "name"), "DURAND, Marie");
	actor(ROLE_CLERK, 9, NULL, "u2");
	assert_int_equal(view("agenda_today", NULL), RC_OK);
	assert_int_equal(count("agenda"), 3);
}

static void arrivals_hold_appointments_and_announced_stays(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u2", NULL, "planned", "2026-11-18T14:00:00+01:00", NULL);
	appointment_as(0, "r", "a", "p1", "c1", "2026-11-18T12:00:00+01:00", "booked");
	actor(ROLE_CLERK, 9, NULL, "u2");
	assert_int_equal(view("arrivals_today", NULL), RC_OK);
	assert_int_equal(count("arrivals"), 2);
	assert_string_equal(getz("arrivals", 0, "kind"), "appointment");
	assert_string_equal(getz("arrivals", 1, "kind"), "admission");
}

static void my_units_are_named(void **s)
{
	(void)s;
	assert_int_equal(view("my_units", NULL), RC_OK);
	assert_int_equal(count("units"), 1);
	assert_string_equal(getz("units", 0, "name"), "Médecine 2B");
	assert_string_equal(getz("units", 0, "current"), "1");
}

static void practitioners_are_found_by_words_and_units_listed(void **s)
{
	(void)s;
	assert_int_equal(view("practitioners_find", "text", "", NULL), RC_OK);
	assert_int_equal(count("practitioners"), 0);
	assert_int_equal(view("practitioners_find", "text", "sop lec", NULL), RC_OK);
	assert_int_equal(count("practitioners"), 1);
	assert_string_equal(getz("practitioners", 0, "name"), "Sophie Leclerc");
	assert_int_equal(view("practitioners_find", "text", "a,b|c$\\", NULL), RC_OK);
	assert_int_equal(count("practitioners"), 0);
	assert_int_equal(view("units", NULL), RC_OK);
	assert_int_equal(count("units"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(without_a_unit_the_lists_are_empty),
		HOUSE_TEST(the_unit_lists_who_is_present_by_bed),
		HOUSE_TEST(whom_i_put_there_myself_stays_masked),
		HOUSE_TEST(the_agenda_holds_the_day_of_paris_and_no_other),
		HOUSE_TEST(arrivals_hold_appointments_and_announced_stays),
		HOUSE_TEST(my_units_are_named),
		HOUSE_TEST(practitioners_are_found_by_words_and_units_listed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
