/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/prescription_check.c: which tier each level of the thesaurus and each condition of prescription has, allergies by a published class, and the rules of the house by kidneys and breastfeeding. */
#include "ward_house.h"

static void basket_of(const char *one, const char *second)
{
	assert_int_equal(put_drug("form-0001", one, "1 cp", "matin"), RC_OK);
	assert_int_equal(put_drug("form-0002", second, "1 cp", "soir"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
}

/* Pairs of the thesaurus of September 2023. */
static void tier_of_pair(const char *one, const char *second, const char *level, const char *tier)
{
	basket_of(one, second);
	unsigned i = row_with("alerts", "rule", "interaction");
	assert_string_equal(getz("alerts", i, "level"), level);
	assert_string_equal(getz("alerts", i, "tier"), tier);
	assert_string_equal(getz("alerts", i, "source"), "ANSM");
	assert_string_equal(getz("alerts", i, "edition_on"), "2023-09-15");
}

static void what_is_to_be_taken_into_account_asks_nothing(void **s)
{
	(void)s;
	tier_of_pair("coumadine", "emend 80", "1", "1");
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
}

static void a_precaution_is_said_beside_the_line_and_asks_nothing(void **s)
{
	(void)s;
	tier_of_pair("coumadine", "allopurinol 100", "2", "2");
	assert_int_equal(sign("sign-0001", NULL), RC_OK);
}

static void what_is_advised_against_asks_for_a_reason(void **s)
{
	(void)s;
	tier_of_pair("amiodarone", "diltiazem 60", "3", "3");
	assert_int_equal(sign("sign-0001", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_REASON);
	assert_int_equal(sign("sign-0001", "monitored"), RC_OK);
}

static void a_contraindication_asks_for_a_reason(void **s)
{
	(void)s;
	tier_of_pair("coumadine", "daktarin gel", "4", "3");
	assert_int_equal(sign("sign-0001", NULL), RC_BAD_INPUT);
	assert_why(WHY_ORDER_REASON);
}

/* Whatever starts so in conditions_prescription.tsv, and nothing else: no list of ours. */
static const char *with_condition(const char *begins, bool without)
{
	static char cis[2][16];
	for (const struct drug *d = drug_next(drug_base(&H.p), NULL); d; d = drug_next(drug_base(&H.p), d)) {
		bool has = false, other_one = false;
		for (unsigned i = 0; i < d->n_conditions; i++) {
			has = has || str_starts(d->condition[i], str_of(begins));
			other_one = other_one || str_starts(d->condition[i], STR("stup\xc3\xa9" "fiants")) || str_starts(d->condition[i], STR("prescription hospitali\xc3\xa8re")) || str_starts(d->condition[i], STR("r\xc3\xa9serv\xc3\xa9 \xc3\xa0 l'usage HOSP"));
		}
		if (d->marketed && has && (!without || !other_one)) {
			snprintf(cis[without], sizeof cis[0], "%u", d->cis);
			return cis[without];
		}
	}
	fail_msg("no medicine of « %s »", begins);
	return "";
}

static void conditions_of_prescription_are_told_as_published_and_only_those(void **s)
{
	(void)s;
	static const struct { const char *begins, *rule, *tier; } AT[] = {
		{ "stup\xc3\xa9" "fiants", "narcotic", "2" }, { "r\xc3\xa9serv\xc3\xa9 \xc3\xa0 l'usage HOSPITALIER", "hospital_only", "1" }, { "prescription hospitali\xc3\xa8re", "hospital_only", "1" } };
	for (size_t i = 0; i < N_OF(AT); i++) {
		char form[16];
		snprintf(form, sizeof form, "form-%04zu", i);
		assert_int_equal(act("order_add", "patient", "a", "form", form, "kind", "drug", "cis", with_condition(AT[i].begins, false), "how", "once", "dose", "1 mg", NULL), RC_OK);
		assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
		unsigned k = row_with("alerts", "rule", AT[i].rule);
		assert_string_equal(getz("alerts", k, "tier"), AT[i].tier);
		assert_string_equal(getz("alerts", k, "source"), "BDPM");
		assert_true(has("alerts", k, "edition_on"));
		assert_int_equal(memcmp(getz("alerts", k, "what"), AT[i].begins, strlen(AT[i].begins)), 0);
		assert_int_equal(act("order_drop", "patient", "a", "no", getz("lines", 0, "no"), NULL), RC_OK);
	}
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0009", "kind", "drug", "cis", with_condition("liste I", true), "how", "once", "dose", "1 mg", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("narcotic", NULL) || alert_of("hospital_only", NULL));
}

/* A class that is coded with the allergy is published; one that was found by the substance's name alone is derived, and says so. */
static void a_class_that_is_coded_with_the_allergy_is_not_marked_as_derived(void **s)
{
	(void)s;
	put("{\"resourceType\":\"AllergyIntolerance\",\"id\":\"g1\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},\"category\":[\"medication\"],"
	    "\"code\":{\"coding\":[{\"system\":\"http://www.whocc.no/atc\",\"code\":\"J01CA04\"}],\"text\":\"classe d'essai\"},\"patient\":{\"reference\":\"Patient/a\"}}");
	const struct drug *d = NULL; /* a medicine whose own class is published, of J01CA, by another name */
	for (d = drug_next(drug_base(&H.p), NULL); d && !(d->marketed && !d->atc_derived && str_starts(d->atc, STR("J01CA"))); d = drug_next(drug_base(&H.p), d))
		;
	assert_non_null(d);
	char code[16];
	snprintf(code, sizeof code, "%u", d->cis);
	assert_int_equal(act("order_add", "patient", "a", "form", "form-0001", "kind", "drug", "cis", code, "how", "once", "dose", "1 g", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	unsigned i = row_with("alerts", "rule", "allergy_class");
	assert_false(has("alerts", i, "derived"));
	assert_string_equal(getz("alerts", i, "tier"), "3");
}

static void observed(const char *id, const char *loinc, const char *value, const char *unit)
{
	putf(0, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\"}]},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"2026-11-17T08:00:00+01:00\","
		"\"valueQuantity\":{\"value\":%s,\"unit\":\"%s\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"%s\"}}", id, loinc, value, unit, unit);
}

static void a_rule_by_kidneys_needs_a_measure_and_holds_below_its_limit_only(void **s)
{
	(void)s;
	as_pharmacist();
	assert_int_equal(act("order_rule_add", "rule", "renal", "kind", "substance", "what", "paracétamol", "tier", "3", "source", "Livret du test", NULL), RC_BAD_INPUT); /* below what? */
	assert_int_equal(act("order_rule_add", "rule", "renal", "kind", "substance", "what", "paracétamol", "gfr_below", "30", "tier", "3", "source", "Livret du test", NULL), RC_OK);
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(unrun_of("renal", "no_gfr") && !alert_of("renal", NULL));
	observed("k1", "62238-1", "29.9", "mL/min/{1.73_m2}");
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("renal", "3") && !unrun_of("renal", "no_gfr"));
	observed("k1", "62238-1", "30", "mL/min/{1.73_m2}");
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("renal", NULL) || unrun_of("renal", "no_gfr"));
}

/* She is 69. */
static void a_rule_by_age_holds_within_its_ages_only(void **s)
{
	(void)s;
	static const struct { const char *from, *until; bool holds; } AGE[] = { { "65", "", true }, { "69", "", true }, { "70", "", false }, { "", "69", true }, { "", "68", false }, { "65", "75", true } };
	as_doctor();
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	for (size_t i = 0; i < N_OF(AGE); i++) {
		char no[24];
		as_pharmacist();
		assert_int_equal(act("order_rule_add", "rule", "dose_day", "kind", "substance", "what", "paracétamol", "limit", "0,5 cp", "age_from", AGE[i].from, "age_until", AGE[i].until, "tier", "3", "source", "Livret du test", NULL), RC_OK);
		snprintf(no, sizeof no, "%s", getz("rule", 0, "no"));
		as_doctor();
		assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
		if (alert_of("dose_day", "3") != AGE[i].holds)
			fail_msg("from %s until %s", AGE[i].from, AGE[i].until);
		as_pharmacist();
		assert_int_equal(act("order_rule_end", "no", no, NULL), RC_OK);
	}
}

static void a_rule_on_breastfeeding_asks_for_that_and_not_for_pregnancy(void **s)
{
	(void)s;
	as_pharmacist();
	assert_int_equal(act("order_rule_add", "rule", "breastfeeding", "kind", "substance", "what", "paracétamol", "tier", "3", "source", "Livret du test", NULL), RC_OK);
	assert_int_equal(act("pregnancy_age_set", "days", "7", "source", "Livret du test, page 2", NULL), RC_OK);
	as_doctor();
	assert_int_equal(act("pregnancy_record", "patient", "a", "once", "st-01", "pregnancy", "no", "day", "2026-11-18", "time", "9", NULL), RC_OK);
	assert_int_equal(put_drug("form-0001", "doliprane 500", "1 cp", "matin"), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_true(alert_of("breastfeeding", "3") && unrun_of("breastfeeding", "no_status"));
	assert_int_equal(act("pregnancy_record", "patient", "a", "once", "st-02", "breastfeeding", "no", "day", "2026-11-18", "time", "9", NULL), RC_OK);
	assert_int_equal(view("order_basket", "patient", "a", NULL), RC_OK);
	assert_false(alert_of("breastfeeding", NULL) || unrun_of("breastfeeding", "no_status"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WARD_TEST(what_is_to_be_taken_into_account_asks_nothing),
		WARD_TEST(a_precaution_is_said_beside_the_line_and_asks_nothing),
		WARD_TEST(what_is_advised_against_asks_for_a_reason),
		WARD_TEST(a_contraindication_asks_for_a_reason),
		WARD_TEST(conditions_of_prescription_are_told_as_published_and_only_those),
		WARD_TEST(a_class_that_is_coded_with_the_allergy_is_not_marked_as_derived),
		WARD_TEST(a_rule_by_kidneys_needs_a_measure_and_holds_below_its_limit_only),
		WARD_TEST(a_rule_by_age_holds_within_its_ages_only),
		WARD_TEST(a_rule_on_breastfeeding_asks_for_that_and_not_for_pregnancy),
	};
	return cmocka_run_group_tests_name("prescription_check", tests, NULL, NULL);
}
