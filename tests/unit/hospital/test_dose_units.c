/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/drug_strength.c and of what follows from it: a dose of a weight is so many units where the shipped composition says so of that very medicine, and nothing where it does not. The medicines
 * are those of data/medicaments, edition 2026-01-27.
 */
#include "line_house.h"

#include "hospital/dose_draw.h"

#define SEVREDOL "60907447" /* 10 mg of morphine sulphate (7.5 mg of morphine) a tablet; a narcotic */

static const struct drugs *base(void)
{
	const struct drugs *d = drug_base(&H.p);
	assert_non_null(d);
	return d;
}

static void a_weight_is_so_many_units_where_the_composition_says_so(void **s)
{
	(void)s;
	static const struct { uint32_t cis; const char *unit; int64_t dose, parts /* of a unit */; int64_t n /* 0: not said */; const char *is; } CASE[] = {
		{ 60234100, "mg", 1000, 1, 1, "{comprime}" }, { 60234100, "g", 1, 1, 1, "{comprime}" }, { 60234100, "g", 3, 1, 3, "{comprime}" }, { 60234100, "ug", 1000000, 1, 1, "{comprime}" }, /* 1000 mg a tablet */
		{ 60234100, "mg", 500, 1, 0, "" }, { 60234100, "mg", 1500, 1, 0, "" }, { 60234100, "mg", 0, 1, 0, "" }, { 60234100, "mL", 1000, 1, 0, "" }, { 60234100, "{comprime}", 1, 1, 0, "" },
		{ 60907447, "mg", 10, 1, 1, "{comprime}" }, { 60907447, "mg", 30, 1, 3, "{comprime}" }, /* three of 10 mg as the name says, not four of 7.5 */
		{ 60907447, "mg", 15, 2, 0, "" }, { 60907447, "mg", 15, 1, 0, "" },
		{ 61227030, "mg", 20, 1, 2, "{gelule}" },
		{ 60075370, "ug", 600, 1, 1, "{comprime}" }, { 60075370, "mg", 6, 10, 1, "{comprime}" }, { 60075370, "ug", 900, 1, 0, "" }, /* of fentanyl; its citrate has no weight */
		{ 60325201, "mg", 40, 1, 2, "{ampoule}" }, /* "une ampoule de 2 ml", 20 mg/2 ml */
		{ 60235330, "g", 1, 1, 2, "{flacon}" }, { 60235330, "mg", 250, 1, 0, "" }, /* 500 mg, as the name says, of 596.5 mg of the salt */
		{ 60155329, "g", 10, 1, 1, "{sachet}" }, { 60132572, "mg", 690, 1, 1, "{suppositoire}" }, { 60195010, "mg", 1000, 1, 2, "{comprime}" }, /* no weight in these two names: none contradicts */
		{ 60762795, "mg", 10, 1, 0, "" },       /* 10 mg a millilitre */
		{ 69155138, "mg", 20, 1, 0, "" },       /* two substances */
		{ 60281114, "mg", 12375, 1000, 0, "" }, /* a patch */
		{ 66936459, "mg", 40, 1, 0, "" }, { 66936459, "mg", 20, 1, 0, "" }, /* named 40 mg, composed of 20 */
		{ 60061171, "mg", 226, 1, 0, "" }, { 60061171, "mg", 150, 1, 0, "" }, /* named 150 mg, composed of 226 mg of a salt */
		{ 67351818, "mg", 300, 1, 0, "" }, { 67351818, "mg", 408, 1, 0, "" }, /* the name states both */
		{ 60002746, "mg", 1, 1, 0, "" },        /* dilutions, several forms */
		{ 1, "mg", 1, 1, 0, "" },
	};
	for (size_t i = 0; i < N_OF(CASE); i++) {
		struct drug_units u = { .n = -1 };
		bool said = drug_units(drug_by_cis(base(), CASE[i].cis), str_of(CASE[i].unit), CASE[i].dose * 1000000 / CASE[i].parts, &u);
		if (said != (CASE[i].n > 0) || (said && (u.n != CASE[i].n || strcmp(u.ucum, CASE[i].is) != 0)))
			fail_msg("%u, %lld/%lld %s: %s%lld", CASE[i].cis, (long long)CASE[i].dose, (long long)CASE[i].parts, CASE[i].unit, said ? "" : "not said ", (long long)u.n);
	}
}

/* Whatever is said holds: twice the dose is twice as many, and nothing is made of a thousandth more. */
static void it_is_said_of_every_medicine_or_of_none_of_its_doses(void **s)
{
	(void)s;
	static const int64_t MG[] = { 1, 2, 5, 10, 20, 25, 40, 50, 75, 80, 100, 150, 200, 250, 300, 400, 500, 1000 };
	size_t said = 0, all = 0;
	for (const struct drug *one = drug_next(base(), NULL); one; one = drug_next(base(), one)) {
		bool any = false;
		all++;
		for (size_t i = 0; i < N_OF(MG) && !any; i++) {
			struct drug_units u, two, same;
			any = drug_units(one, STR("mg"), MG[i] * 1000000, &u);
			if (!any)
				continue;
			assert_true(drug_units(one, STR("mg"), MG[i] * 2000000, &two) && two.n == 2 * u.n);
			assert_true(drug_units(one, STR("ug"), MG[i] * 1000000000, &same) && same.n == u.n);
			assert_true(!drug_units(one, STR("mg"), MG[i] * 1000000 + 1, &same) || same.n > 1000);
			assert_true(posology_unit_of(str_of(u.ucum)) && stock_counts(STR(STOCK_UNLISTED), str_of(u.ucum)));
		}
		said += any;
	}
	print_message("# of %zu specialities %zu say how many units a round number of mg is\n", all, said);
	assert_in_range(said, 5000, 9000);
}

/* ---- given ---- */

static const char *at_ms(int64_t ms)
{
	static char out[4][24];
	static unsigned turn;
	char *z = out[turn++ % 4];
	snprintf(z, sizeof out[0], "%lld", (long long)ms);
	return z;
}

static void give(const char *line, int64_t planned, const char *once)
{
	done(act("dose_give", "patient", "a", "once", once, "line", line, "step", "0", "planned", at_ms(planned), "nth", "0", "time", "", "reason", "no_code", NULL));
}

static void slot(const char *line) { done(view("dose", "patient", "a", "line", line, "step", "0", "planned", at_ms(NOON), "nth", "0", NULL)); }

static void correct(const char *no, const char *dose)
{
	char given[24];
	done(view("dose", "patient", "a", "no", no, NULL));
	snprintf(given, sizeof given, "%s", getz("cells", 0, "given_at"));
	done(act("dose_correct", "patient", "a", "no", no, "state", "given", "given", given, dose ? "dose" : "wrong", dose ? dose : "1", "reason", "typing", NULL));
}

static void what_is_given_in_mg_is_drawn_and_said(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	receive(WARD, DOLIPRANE, "W1", "2028-01-31", "20", NULL);
	order("a", "whole", every("mg", dec(2000, 0), 240), DOLIPRANE);
	order("a", "half", every("mg", dec(500, 0), 240), DOLIPRANE);
	slot("whole");
	assert_string_equal(getz("lines", 0, "units"), "2 comprimés");
	assert_string_equal(getz("lines", 0, "edition_on"), "2026-01-27");
	assert_false(has("lines", 0, "undrawn"));
	slot("half");
	assert_true(has("lines", 0, "undrawn"));
	assert_false(has("lines", 0, "units"));
	give("whole", NOON, "f1");
	give("half", NOON, "f2");
	assert_int_equal(held(WARD, "W1"), 18000);
	slot("whole");
	assert_string_equal(getz("lines", 0, "units"), "2 comprimés");
	/* counted otherwise, it is not what the composition says */
	done(act("stock_product_set", "cis", "60002283", "counted", "sachet", NULL));
	order("a", "other", every("mg", dec(1, 0), 240), "60002283");
	slot("other");
	assert_true(has("lines", 0, "undrawn"));
	/* of what the pharmacy never listed whole pieces are drawn: they are missing on the books */
	order("a", "unlisted", every("mg", dec(20, 0), 240), "61227030");
	slot("unlisted");
	assert_string_equal(getz("lines", 0, "units"), "2 gélules");
	books_are_right();
}

static void a_dose_that_was_corrected_is_drawn_anew(void **s)
{
	(void)s;
	char no[20];
	someone("a", "Durand", "b2");
	receive(WARD, DOLIPRANE, "W1", "2028-01-31", "20", NULL);
	order("a", "m", every("mg", dec(1000, 0), 240), DOLIPRANE);
	give("m", NOON, "f1");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(held(WARD, "W1"), 19000);
	correct(no, "3000");
	assert_int_equal(held(WARD, "W1"), 17000);
	correct(no, "1500"); /* one and a half: nobody says how many were used up */
	assert_int_equal(held(WARD, "W1"), 20000);
	done(view("dose", "patient", "a", "no", no, NULL));
	assert_true(has("lines", 0, "undrawn"));
	correct(no, "2000");
	assert_int_equal(held(WARD, "W1"), 18000);
	done(view("dose", "patient", "a", "no", no, NULL));
	assert_string_equal(getz("lines", 0, "units"), "2 comprimés");
	correct(no, NULL);
	assert_int_equal(held(WARD, "W1"), 20000);
	/* what was given before anybody could say so was drawn from nothing, and is not said to have been */
	order("a", "n", every("mg", dec(500, 0), 240), DOLIPRANE);
	give("n", NOON, "f2");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	correct(no, "750");
	assert_int_equal(held(WARD, "W1"), 20000);
	correct(no, "1000");
	assert_int_equal(held(WARD, "W1"), 19000);
	books_are_right();
}

static void a_narcotic_in_mg_is_in_the_register_with_both_signatures(void **s)
{
	(void)s;
	char no[20];
	someone("a", "Durand", "b2");
	done(act("stock_product_set", "cis", SEVREDOL, "counted", "tablet", NULL));
	receive(WARD, SEVREDOL, "S1", "2028-01-31", "10", NULL);
	order("a", "m", every("mg", dec(30, 0), 240), SEVREDOL);
	actor(ROLE_NURSE, 1, NULL, "u1");
	give("m", NOON, "f1");
	assert_string_equal(getz("dose", 0, "state"), "check");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_register WHERE delta < 0"), 0);
	actor(ROLE_NURSE, 2, NULL, "u1");
	done(act("dose_check", "patient", "a", "no", no, NULL));
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_register WHERE delta = -3000 AND left_after = 7000 AND made_by = 2 AND second_by = 1"), 1);
	/* alone, its signature stays owed */
	house_now(NOON + 4 * HOUR);
	done(act("dose_give", "patient", "a", "once", "f2", "line", "m", "step", "0", "planned", at_ms(NOON + 4 * HOUR), "nth", "0", "time", "", "reason", "no_code", "alone", "nobody", NULL));
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_register WHERE delta = -3000 AND left_after = 4000 AND second_by IS NULL"), 1);
	done(view("plan_of_care", "patient", "a", NULL));
	assert_string_equal(getz("lines", 0, "owed"), "1");
	/* half a tablet makes no line, as before */
	house_now(NOON + 8 * HOUR);
	done(act("dose_give", "patient", "a", "once", "f3", "line", "m", "step", "0", "planned", at_ms(NOON + 8 * HOUR), "nth", "0", "time", "", "dose", "5", "reason", "no_code", "alone", "nobody", NULL));
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_register WHERE delta < 0"), 2);
	assert_int_equal(held(WARD, "S1"), 4000);
	books_are_right();
}

static void a_round_dispenses_mg_where_each_dose_is_whole_units(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "50", NULL);
	receive(WARD, DOLIPRANE, "W1", "2028-01-31", "50", NULL);
	order("a", "whole", every("mg", dec(2000, 0), 480), DOLIPRANE);
	order("a", "halves", every("mg", dec(500, 0), 240), DOLIPRANE); /* six halves are three, and no dose of them is one */
	done(view("stock_round", "unit", "u1", "store", PUI, NULL));
	unsigned whole = row_with("lines", "line", "whole"), halves = row_with("lines", "line", "halves");
	assert_string_equal(getz("lines", whole, "kind"), "counted");
	assert_string_equal(getz("lines", whole, "need"), "6000");
	assert_string_equal(getz("lines", halves, "kind"), "amount");
	assert_string_equal(getz("lines", halves, "need"), "0");
	done(act("stock_dispense", "patient", "a", "key", key(), "store", PUI, "cis", DOLIPRANE, "quantity", "6", "request", "whole", NULL));
	house_now(NOON + HOUR);
	give("whole", NOON, "f1");
	done(view("stock_dispensed", "patient", "a", NULL));
	assert_string_equal(getz("line_left", 0, "left"), "4000");
	assert_false(has("line_left", 0, "unsaid"));
	books_are_right();
}

#define UNITS_TEST(f) cmocka_unit_test_setup_teardown(f, stores, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNITS_TEST(a_weight_is_so_many_units_where_the_composition_says_so),
		UNITS_TEST(it_is_said_of_every_medicine_or_of_none_of_its_doses),
		UNITS_TEST(what_is_given_in_mg_is_drawn_and_said),
		UNITS_TEST(a_dose_that_was_corrected_is_drawn_anew),
		UNITS_TEST(a_narcotic_in_mg_is_in_the_register_with_both_signatures),
		UNITS_TEST(a_round_dispenses_mg_where_each_dose_is_whole_units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
