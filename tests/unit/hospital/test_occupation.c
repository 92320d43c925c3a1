/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/occupation.c and bed_past.c: figures of days against what was done on them, cancelled movements, stays of elsewhere, and who was in a bed or a unit. */
#include "house.h"

#include "hospital/stay_code.h"

#define ORG(id, part, type) "{\"resourceType\":\"Organization\",\"id\":\"" id "\",\"name\":\"" id "\"" type part "}"
#define PART(up) ",\"partOf\":{\"reference\":\"Organization/" up "\"}"
#define UF ",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}]"
#define BED(id, unit) "{\"resourceType\":\"Location\",\"id\":\"" id "\",\"status\":\"active\",\"name\":\"Lit " id "\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-location-type\",\"code\":\"LIT\"}]}]," \
	"\"managingOrganization\":{\"reference\":\"Organization/" unit "\"}}"

/* Two units of one establishment, of three and one beds, and one of another. Eve lies in x1 since the tenth, as another system says. */
static void places(void)
{
	put(ORG("grp", "", ""));
	put(ORG("site1", PART("grp"), ""));
	put(ORG("site2", PART("grp"), ""));
	put(ORG("u1", PART("site1"), UF));
	put(ORG("u2", PART("site1"), UF));
	put(ORG("u3", PART("site2"), UF));
	put(BED("x1", "u1"));
	put(BED("x2", "u1"));
	put(BED("x3", "u1"));
	put(BED("x4", "u2"));
	patient("ann", "Durand", "Anne", "1957-02-14", "female", "VALI", NULL);
	patient("bob", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	patient("eve", "Petit", "Eve", "1970-01-01", "female", "VALI", NULL);
	actor(ROLE_NURSE, 7, NULL, "u1");
	encounter("e1", "eve", "u1", "x1", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
}

static void fine(enum rc rc)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", why_row(H.p.why)->name, H.p.where, H.p.detail);
}

static char keep[8][80];
static const char *kept(unsigned at, const char *name)
{
	snprintf(keep[at], sizeof keep[at], "%s", getz("movement", 0, name));
	return keep[at];
}

static void period(const char *place, const char *from, const char *until) { assert_int_equal(view("occupation", "place", place, "from", from, "until", until, NULL), RC_OK); }

static long long number(const char *day, const char *column) { return strtoll(getz("days", row_with("days", "day_on", day), column), NULL, 10); }

/* The sixteenth: Ann comes. The seventeenth: she moves to u2, Bob comes into her bed. The eighteenth: Eve leaves; Bob too, which was a mistake. */
static void three_days(void)
{
	places();
	house_now(NOON - 48 * HOUR);
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "x3", NULL));
	const char *ann = kept(0, "stay");
	house_now(NOON - 24 * HOUR);
	fine(act("stay_transfer", "patient", "ann", "stay", ann, "place", "x4", NULL));
	fine(act("stay_admit", "patient", "bob", "kind", "inpatient", "place", "x3", "reason", "ready", NULL));
	const char *bob = kept(1, "stay");
	house_now(NOON);
	fine(act("stay_discharge", "patient", "eve", "stay", "e1", NULL));
	fine(act("stay_discharge", "patient", "bob", "stay", bob, NULL));
	const char *no = kept(2, "no");
	fine(act("stay_cancel", "patient", "bob", "stay", bob, "no", no, "reason", "person", NULL));
}

static void a_days_figures_are_what_was_done_on_it(void **s)
{
	(void)s;
	three_days();
	period("u1", "2026-11-15", "2026-11-18");
	assert_int_equal(count("days"), 4);
	assert_int_equal(number("2026-11-15", "there"), 1);
	assert_int_equal(number("2026-11-16", "there"), 2);
	assert_int_equal(number("2026-11-16", "admissions"), 1);
	assert_int_equal(number("2026-11-17", "there"), 2);
	assert_int_equal(number("2026-11-17", "admissions"), 1);
	assert_int_equal(number("2026-11-17", "transfers_out"), 1);
	assert_int_equal(number("2026-11-17", "discharges"), 0);
	assert_int_equal(number("2026-11-18", "there"), 1); /* Bob, whose exit was a mistake */
	assert_int_equal(number("2026-11-18", "discharges"), 1);
	assert_int_equal(number("2026-11-18", "mean_hours"), 194); /* Eve's, from the tenth at eight to the eighteenth at ten, though no movement began it */
	assert_int_equal(number("2026-11-18", "beds"), 3);
	assert_string_equal(getz("sum", 0, "there"), "6");
	assert_string_equal(getz("sum", 0, "beds"), "12");
	assert_string_equal(getz("sum", 0, "admissions"), "2");
}

static void an_establishment_is_the_sum_of_its_units_and_of_nobody_elses(void **s)
{
	(void)s;
	three_days();
	period("u2", "2026-11-16", "2026-11-18");
	assert_int_equal(number("2026-11-17", "transfers_in"), 1);
	assert_int_equal(number("2026-11-16", "there"), 0);
	assert_int_equal(number("2026-11-18", "there"), 1);
	period("site1", "2026-11-16", "2026-11-18");
	assert_int_equal(number("2026-11-16", "there"), 2);
	assert_int_equal(number("2026-11-17", "there"), 3);
	assert_int_equal(number("2026-11-18", "there"), 2);
	assert_int_equal(number("2026-11-18", "beds"), 4);
	period("site2", "2026-11-16", "2026-11-18");
	assert_string_equal(getz("sum", 0, "there"), "0");
	period("nothing", "2026-11-16", "2026-11-18");
	assert_int_equal(count("days"), 0);
}

static void a_period_that_ended_counts_those_who_left_after_it(void **s)
{
	(void)s;
	three_days();
	period("u1", "2026-11-12", "2026-11-13");
	assert_int_equal(count("days"), 2);
	assert_int_equal(number("2026-11-13", "there"), 1); /* Eve, who left on the eighteenth */
	assert_string_equal(getz("sum", 0, "discharges"), "0");
}

static void without_days_the_last_seven_are_shown_and_what_is_no_period_is_said(void **s)
{
	(void)s;
	static const char *const WRONG[][3] = { { "2026-11-18", "2026-11-19", "until" }, { "2026-11-18", "2026-11-17", "from" }, { "2025-11-16", "2026-11-18", "from" } };
	three_days();
	assert_int_equal(view("occupation", NULL), RC_OK);
	assert_int_equal(count("days"), 7);
	assert_string_equal(getz("period", 0, "place"), "u1");
	assert_string_equal(getz("period", 0, "from_on"), "2026-11-12");
	period("u1", "2025-11-18", "2026-11-18");
	assert_int_equal(count("days"), 366);
	period("site1", "2026-08-19", "2026-11-18");
	assert_int_equal(count("days"), 92);
	period("site1", "2026-08-18", "2026-11-18");
	assert_string_equal(getz("period", 0, "field"), "from");
	for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
		period("u1", WRONG[i][0], WRONG[i][1]);
		assert_string_equal(getz("period", 0, "why"), "OCCUPATION_DAYS");
		assert_string_equal(getz("period", 0, "field"), WRONG[i][2]);
		assert_int_equal(count("days"), 0);
	}
}

static void a_bed_says_who_was_in_it_from_when_to_when(void **s)
{
	(void)s;
	char from[24], until[24];
	three_days();
	snprintf(from, sizeof from, "%lld", (long long)(NOON - 48 * HOUR));
	snprintf(until, sizeof until, "%lld", (long long)(NOON - 24 * HOUR));
	assert_int_equal(view("bed_past", "bed", "x3", NULL), RC_OK);
	assert_int_equal(count("now"), 1);
	assert_string_equal(getz("now", 0, "id"), "bob");
	assert_int_equal(count("past"), 1);
	assert_string_equal(getz("past", 0, "from_at"), from);
	assert_string_equal(getz("past", 0, "until_at"), until);
	assert_string_equal(getz("past", 0, "what"), "transfer");
	assert_int_equal(view("bed_past", "bed", "x1", NULL), RC_OK);
	assert_int_equal(count("now"), 0);
	assert_string_equal(getz("past", 0, "what"), "discharge");
	assert_true(has("past", 0, "stay_start"));
	assert_int_equal(view("bed_past", "bed", "no-bed", NULL), RC_OK);
	assert_int_equal(count("place"), 0);
}

static void of_another_unit_the_history_names_nobody(void **s)
{
	(void)s;
	three_days();
	assert_int_equal(view("bed_past", "unit", "u1", NULL), RC_OK);
	assert_int_equal(count("now") + count("past"), 3);
	assert_string_equal(getz("now", 0, "id"), "bob");
	actor(ROLE_NURSE, 99, NULL, "u2");
	assert_int_equal(view("bed_past", "unit", "u1", NULL), RC_OK);
	assert_int_equal(count("now") + count("past"), 3);
	assert_false(rows_hold("Martin") || rows_hold("Durand") || rows_hold("Petit") || rows_hold("bob"));
	actor(ROLE_NURSE, 99, NULL, "u3");
	assert_int_equal(view("bed_past", NULL), RC_OK);
	assert_int_equal(count("now") + count("past"), 0);
}

static void pages_of_a_history_repeat_and_lose_nothing(void **s)
{
	(void)s;
	places();
	fine(act("stay_admit", "patient", "ann", "kind", "inpatient", "place", "x2", NULL));
	const char *ann = kept(0, "stay");
	for (unsigned i = 0; i < 60; i++) /* all at one instant: the number decides */
		fine(act("stay_transfer", "patient", "ann", "stay", ann, "place", i % 2 ? "x2" : "x3", "reason", "ready", NULL));
	assert_int_equal(view("bed_past", "unit", "u1", NULL), RC_OK);
	assert_int_equal(count("past"), 50);
	assert_int_equal(count("now"), 2);
	char before[24];
	snprintf(before, sizeof before, "%s", getz("more", 0, "before"));
	assert_int_equal(view("bed_past", "unit", "u1", "before", before, NULL), RC_OK);
	assert_int_equal(count("past"), 10);
	assert_int_equal(count("now"), 0);
	assert_int_equal(count("more"), 0);
	assert_int_equal(view("bed_past", "bed", "x2", NULL), RC_OK);
	assert_int_equal(count("past"), 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_days_figures_are_what_was_done_on_it),
		HOUSE_TEST(an_establishment_is_the_sum_of_its_units_and_of_nobody_elses),
		HOUSE_TEST(a_period_that_ended_counts_those_who_left_after_it),
		HOUSE_TEST(without_days_the_last_seven_are_shown_and_what_is_no_period_is_said),
		HOUSE_TEST(a_bed_says_who_was_in_it_from_when_to_when),
		HOUSE_TEST(of_another_unit_the_history_names_nobody),
		HOUSE_TEST(pages_of_a_history_repeat_and_lose_nothing),
	};
	char folder[400];
	snprintf(folder, sizeof folder, "%s/data/nomenclatures", getenv("HYGIE_SOURCE"));
	stay_code_folder(folder);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
