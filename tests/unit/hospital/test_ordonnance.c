/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/prescription_home.c and prescription_supply.c: the ordonnance outside of a discharge, which papers there are, and how much is to be handed out. */
#include "ward_house.h"

#define OUT(form_, cis_, ...) act("order_add", "patient", "a", "form", form_, "kind", "drug", "cis", cis_, "how", "moments", "route", "orale", "out", "1", __VA_ARGS__)

static const char *supply_of(const char *set, const char *of)
{
	for (unsigned i = 0; i < count(set); i++)
		if (str_eq(get(set, i, "cis"), of))
			return getz(set, i, "supply");
	fail_msg("no line of %s", of);
	return "";
}

static void an_ordonnance_is_signed_outside_of_a_discharge_and_stands_beside_the_stay(void **s)
{
	(void)s;
	char first[80], again[80];
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
	assert_int_equal(OUT("form-0002", cis("efferalgan 500"), "dose", "1 cp", "take", "soir", NULL), RC_OK);
	assert_int_equal(OUT("form-0003", cis("bisoprolol"), "dose", "1 cp", "take", "matin", "during", "30 j", "ald", "1", "home", "e", NULL), RC_BAD_INPUT); /* after a stay and outside of one */
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("lines", 0, "out"), "1");
	assert_string_equal(getz("lines", 0, "home"), "1");
	assert_true(alert_of("double", "3")); /* it is taken from now on, beside what is given in the stay */
	assert_int_equal(view("prescription_papers", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("ordonnances"), 0);
	assert_int_equal(sign("sign-0002", "benefit"), RC_OK);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 2);
	assert_int_equal(view("plan_of_care", "patient", "a", NULL), RC_OK); /* given by nobody here */
	assert_int_equal(count("lines"), 1);
	assert_int_equal(view("prescription_papers", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("ordonnances"), 1);
	assert_string_equal(getz("ordonnances", 0, "out"), "1");
	assert_string_equal(getz("ordonnances", 0, "n"), "1");
	snprintf(first, sizeof first, "%s", getz("ordonnances", 0, "line"));
	assert_int_equal(view("prescription_home", "patient", "a", "line", first, NULL), RC_OK);
	assert_int_equal(count("papers"), 1);
	assert_int_equal(count("lines"), 1);
	assert_true(has("home", 0, "unit_name")); /* of the unit it was prescribed from */
	house_now(H.now_ms + DAY);
	assert_int_equal(OUT("form-0004", cis("bisoprolol"), "dose", "1 cp", "take", "matin", "during", "30 j", "ald", "1", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0005", "kind", "drug", "cis", cis("omeprazole"), "how", "moments", "dose", "1 gélule", "take", "matin", "route", "orale", "home", "e", NULL), RC_OK);
	assert_int_equal(sign("sign-0003", "benefit"), RC_OK);
	assert_int_equal(view("prescription_papers", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("ordonnances"), 3); /* another day, and a discharge: papers of their own */
	assert_string_equal(getz("ordonnances", 2, "out"), "");
	assert_int_equal(view("prescription_home", "patient", "a", "line", first, NULL), RC_OK);
	assert_int_equal(count("lines"), 1); /* the same paper as before */
	assert_int_equal(view("prescription_home", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_int_equal(count("lines"), 1); /* of the discharge: what was prescribed outside of it is not on it */
	assert_non_null(strstr(getz("lines", 0, "dosage"), "gélule"));
	assert_int_equal(view("prescription_home", "patient", "a", "line", "none", NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
	/* what takes the place of it ends it, and what is given in the house is left alone */
	assert_int_equal(OUT("form-0006", cis("efferalgan 500"), "dose", "2 cp", "take", "soir", "replaces", first, NULL), RC_OK);
	assert_int_equal(sign("sign-0004", "benefit"), RC_OK);
	assert_int_equal(view("prescription_home", "patient", "a", "line", first, NULL), RC_OK);
	assert_int_equal(count("lines"), 0);
	assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("orders"), 4);
	/* the stay ends: it has not its decision, for it was taken at home before; it stands */
	assert_int_equal(view("discharge_treatments", "patient", "a", "stay", "e", NULL), RC_OK);
	unsigned of_home = 0;
	for (unsigned i = 0; i < count("undecided"); i++)
		of_home += str_eq(get("undecided", i, "of_home"), "1");
	assert_int_equal(of_home, 2);
	assert_int_equal(act("stay_discharge", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_int_equal(view("prescription_papers", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("ordonnances"), 2);
	snprintf(again, sizeof again, "%s", getz("ordonnances", 0, "line"));
	assert_string_not_equal(again, first);
}

static void a_consultation_names_its_encounter_and_nobody_needs_one(void **s)
{
	(void)s;
	putf(0, "{\"resourceType\":\"Encounter\",\"id\":\"c\",\"status\":\"in-progress\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"AMB\"},"
		"\"subject\":{\"reference\":\"Patient/b\"},\"serviceProvider\":{\"reference\":\"Organization/u1\"},\"period\":{\"start\":\"2026-11-18T09:00:00+01:00\"}}");
	assert_int_equal(act("order_add", "patient", "b", "form", "form-0001", "kind", "drug", "cis", cis("bisoprolol"), "how", "moments", "dose", "1 cp", "take", "matin", "route", "orale", "during", "30 j", "out", "1", NULL), RC_OK);
	char seen[40], line[80];
	assert_int_equal(view("order_basket", "patient", "b", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("basket", 0, "seen"));
	assert_int_equal(act("prescription_sign", "patient", "b", "form", "sign-0001", "seen", seen, NULL), RC_OK);
	assert_int_equal(view("prescription_papers", "patient", "b", NULL), RC_OK);
	snprintf(line, sizeof line, "%s", getz("ordonnances", 0, "line"));
	putf(0, "{\"resourceType\":\"Encounter\",\"id\":\"c\",\"status\":\"finished\",\"class\":{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActCode\",\"code\":\"AMB\"},"
		"\"subject\":{\"reference\":\"Patient/b\"},\"serviceProvider\":{\"reference\":\"Organization/u1\"},\"period\":{\"start\":\"2026-11-18T09:00:00+01:00\",\"end\":\"2026-11-18T09:30:00+01:00\"}}");
	assert_int_equal(view("prescription_home", "patient", "b", "line", line, NULL), RC_OK); /* the consultation is over, the line goes on */
	assert_int_equal(count("lines"), 1);
	assert_int_equal(view("prescription_home", "patient", "a", "line", line, NULL), RC_OK); /* another person's */
	assert_int_equal(count("lines"), 0);
}

static void how_much_is_counted_where_units_count_and_else_the_length_alone(void **s)
{
	(void)s;
	char narcotic[16];
	snprintf(narcotic, sizeof narcotic, "%s", narcotic_in_mg());
	assert_int_equal(OUT("form-0001", cis("bisoprolol"), "dose", "1 cp", "take", "matin", "during", "30 j", "renewals", "2", NULL), RC_OK);
	assert_int_equal(OUT("form-0002", cis("amoxicilline 500 gelule"), "dose", "1 gélule", "take", "matin midi soir", "during", "7 j", NULL), RC_OK);
	assert_int_equal(OUT("form-0003", cis("omeprazole"), "dose", "1 gélule", "take", "matin", "qsp", "4 semaines", NULL), RC_OK);
	assert_int_equal(OUT("form-0004", narcotic, "dose", "2 cp", "take", "matin soir", "during", "21 j", NULL), RC_OK);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0005", "kind", "drug", "cis", cis("doliprane 500"), "how", "as_needed", "dose", "1 cp", "gap", "6 h", "most", "4", "route", "orale", "during", "5 j", "out", "1", NULL), RC_OK);
	assert_int_equal(OUT("form-0006", cis("furosemide 40"), "dose", "40 mg", "take", "matin", "during", "10 j", NULL), RC_OK);
	assert_int_equal(OUT("form-0007", cis("ramipril"), "dose", "1 cp", "take", "matin", NULL), RC_OK);
	assert_int_equal(OUT("form-0008", cis("prednisone"), "dose", "1 cp", "take", "matin", "days", "2", "during", "10 j", "qsp", "1 mois", NULL), RC_BAD_INPUT); /* a month has no length */
	assert_why(WHY_ORDER_QSP);
	assert_int_equal(OUT("form-0009", cis("prednisone"), "dose", "0,5 cp", "take", "matin", "days", "2", "during", "10 j", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	for (unsigned turn = 0; turn < 2; turn++) { /* before the signature as after it */
		const char *set = turn ? "orders" : "lines";
		assert_string_equal(supply_of(set, cis("bisoprolol")), "Quantité : 30 comprimés pour 30 jours. À renouveler 2 fois.");
		assert_string_equal(supply_of(set, cis("amoxicilline 500 gelule")), "Quantité : 21 gélules pour 7 jours.");
		assert_string_equal(supply_of(set, cis("omeprazole")), "Quantité suffisante pour (QSP) 28 jours, soit 28 gélules.");
		assert_string_equal(supply_of(set, cis("doliprane 500")), "Durée : 5 jours."); /* on demand: nothing is planned */
		assert_string_equal(supply_of(set, cis("furosemide 40")), "Durée : 10 jours."); /* milligrams are no units */
		assert_string_equal(supply_of(set, cis("ramipril")), "");
		assert_string_equal(supply_of(set, cis("prednisone")), "Quantité : 2,5 comprimés pour 10 jours.");
		assert_string_equal(supply_of(set, narcotic), "Quantité : 84 comprimés pour 21 jours.");
		if (!turn) {
			assert_int_equal(sign("sign-0001", "benefit"), RC_OK);
			assert_int_equal(view("order_list", "patient", "a", NULL), RC_OK);
		}
	}
	assert_int_equal(view("prescription_home", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("papers"), 1);
	for (unsigned i = 0; i < count("lines"); i++)
		if (getz("lines", i, "narcotic")[0]) {
			assert_string_equal(getz("lines", i, "supply"), "Quantité : quatre-vingt-quatre comprimés pour vingt et un jours.");
			assert_string_equal(getz("lines", i, "supply_figures"), "Quantité : 84 comprimés pour 21 jours.");
		} else {
			assert_string_equal(getz("lines", i, "supply_figures"), "");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WARD_TEST(an_ordonnance_is_signed_outside_of_a_discharge_and_stands_beside_the_stay),
		WARD_TEST(a_consultation_names_its_encounter_and_nobody_needs_one),
		WARD_TEST(how_much_is_counted_where_units_count_and_else_the_length_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
