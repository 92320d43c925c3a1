/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/problem.c: problems and history in R4 form, dates as exactly as they are known, one that stands is not written twice, and nothing that ended goes away. */
#include "house.h"

#include "hospital/tariff.h"

static void someone(void)
{
	static char codes[600], drugs[600];
	const char *source = getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".";
	(void)snprintf(codes, sizeof codes, "%s/data/nomenclatures", source);
	(void)snprintf(drugs, sizeof drugs, "%s/data/medicaments", source);
	tariff_folder(codes, drugs);
	actor(ROLE_PHYSICIAN, 7, "p1", "u1");
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Paul", "1960-01-01", "male", "VALI", NULL);
}

static enum rc add(const char *once, const char *label, const char *code, const char *since)
{
	return act("problem_add", "patient", "a", "once", once, "label", label, "code", code, "since", since, NULL);
}

static enum rc end(const char *id, const char *how, const char *on)
{
	char version[20];
	assert_int_equal(view("problems", "patient", "a", NULL), RC_OK);
	snprintf(version, sizeof version, "%s", getz("problem_list", row_with("problem_list", "id", id), "version"));
	return act("problem_end", "patient", "a", "id", id, "version", version, "how", how, "on", on, NULL);
}

static const char *stored(const char *id) { return house_stored("Condition", id); }
static void holds(const char *id, const char *text) { house_holds(stored(id), text); }

static unsigned of(const char *label)
{
	assert_int_equal(view("problems", "patient", "a", NULL), RC_OK);
	return row_with("problem_list", "label", label);
}

static const char *id_of(const char *label)
{
	static char id[4][80];
	static unsigned turn;
	char *z = id[turn++ % 4];
	snprintf(z, sizeof id[0], "%s", getz("problem_list", of(label), "id"));
	return z;
}

static void a_problem_is_entered_in_r4_form_with_what_is_known_of_its_date(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Diabète de type 2", "e119", "03/2019"), RC_OK);
	const char *id = id_of("Diabète de type 2");
	holds(id, "\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"active\"}]}");
	holds(id, "\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-category\",\"code\":\"problem-list-item\"}]}]");
	holds(id, "\"system\":\"http://hl7.org/fhir/sid/icd-10\",\"code\":\"E11.9\"");
	holds(id, "\"text\":\"Diabète de type 2\"");
	holds(id, "\"onsetDateTime\":\"2019-03\"");
	assert_string_equal(getz("problem_list", of("Diabète de type 2"), "code"), "E11.9");
	assert_int_equal(act("problem_add", "patient", "a", "once", "form2", "label", "Appendicectomie", "since", "1975", "history", "1", "unsure", "1", "note", "dit par sa fille", NULL), RC_OK);
	id = id_of("Appendicectomie");
	holds(id, "\"code\":\"history\"");
	holds(id, "\"onsetDateTime\":\"1975\"");
	holds(id, "\"code\":\"provisional\"");
	assert_true(has("problem_list", of("Appendicectomie"), "history") && has("problem_list", of("Appendicectomie"), "unsure"));
	assert_string_equal(getz("problem_list", of("Appendicectomie"), "note"), "dit par sa fille");
	assert_int_equal(add("form3", "", "I10", "14/02/2001"), RC_OK); /* the label of the code */
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("problems"), 3);
}

static void what_is_wrong_is_told_at_its_field_and_nothing_is_written(void **s)
{
	(void)s;
	someone();
	static const struct { const char *label, *code, *since, *where; enum why why; } BAD[] = {
		{ "", "", "", "label", WHY_FIELD_REQUIRED },       { "Asthme", "ZZ99", "", "code", WHY_BILL_DIAGNOSIS }, { "Asthme", "", "hier", "since", WHY_PROBLEM_SINCE },
		{ "Asthme", "", "13/2019", "since", WHY_PROBLEM_SINCE }, { "Asthme", "", "30/02/2019", "since", WHY_PROBLEM_SINCE }, { "Asthme", "", "12/2026", "since", WHY_CARE_FUTURE },
		{ "Asthme", "", "1956", "since", WHY_CARE_PAST },  { "Asthme", "", "19", "since", WHY_PROBLEM_SINCE },
	};
	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		assert_int_equal(add("form1", BAD[i].label, BAD[i].code, BAD[i].since), RC_BAD_INPUT);
		assert_why(BAD[i].why);
		assert_string_equal(H.p.where, BAD[i].where);
	}
	assert_int_equal(add("form1", "Asthme", "", "13/02/1957"), RC_BAD_INPUT);
	assert_int_equal(add("form1", "Asthme", "", "1957"), RC_OK); /* the year of birth */
	house_now(NOON + 14 * HOUR + HOUR / 2); /* half past midnight: UTC is still at yesterday */
	assert_int_equal(act("problem_add", "patient", "a", "once", "form2", "label", "Chute", "since", "20/11/2026", NULL), RC_BAD_INPUT);
	assert_int_equal(act("problem_add", "patient", "a", "once", "form2", "label", "Chute", "since", "19/11/2026", NULL), RC_OK);
	house_now(NOON);
	assert_int_equal(view("problems", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("problem_list"), 2);
}

static void one_form_is_one_problem_and_one_that_stands_is_not_entered_again(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Asthme", "", ""), RC_OK);
	assert_int_equal(add("form1", "Asthme", "", ""), RC_OK);
	assert_true(has("problem", 0, "again"));
	assert_int_equal(add("form1", "Autre chose", "", ""), RC_CONFLICT);
	assert_why(WHY_CARE_SENT);
	assert_int_equal(add("form2", "  ASTHME ", "", ""), RC_CONFLICT);
	assert_why(WHY_PROBLEM_TWICE);
	assert_int_equal(act("problem_add", "patient", "a", "once", "form3", "label", "Asthme", "history", "1", NULL), RC_OK); /* of childhood: another kind */
	assert_int_equal(add("form4", "HTA", "I10", ""), RC_OK);
	assert_int_equal(add("form5", "Tension", "i10", ""), RC_CONFLICT);
	assert_string_equal(H.p.where, "code");
	assert_int_equal(act("problem_add", "patient", "b", "once", "form6", "label", "Asthme", NULL), RC_OK); /* another person's */
	assert_int_equal(view("problems", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("problem_list"), 3);
}

static void what_ended_stays_and_may_come_back(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Pneumopathie", "", "2024"), RC_OK);
	const char *id = id_of("Pneumopathie");
	assert_int_equal(end(id, "recurrence", ""), RC_CONFLICT); /* it stands */
	assert_int_equal(end(id, "resolved", "demain"), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "on");
	assert_int_equal(end(id, "resolved", "02/2025"), RC_OK);
	holds(id, "\"abatementDateTime\":\"2025-02\"");
	assert_true(has("problem_list", of("Pneumopathie"), "over") && !has("problem_list", of("Pneumopathie"), "refuted"));
	assert_int_equal(end(id, "resolved", ""), RC_CONFLICT);
	assert_why(WHY_CARE_STRUCK);
	assert_int_equal(end(id, "recurrence", ""), RC_OK);
	assert_null(strstr(stored(id), "abatement")); /* R4, con-4 */
	assert_true(has("problem_list", of("Pneumopathie"), "back") && !has("problem_list", of("Pneumopathie"), "over"));
	assert_int_equal(end(id, "refuted", ""), RC_OK);
	holds(id, "\"code\":\"refuted\"");
	assert_int_equal(end(id, "recurrence", ""), RC_CONFLICT);
	assert_int_equal(add("form2", "Pneumopathie", "", ""), RC_OK); /* what was ruled out does not stand */
	const char *other = getz("problem", 0, "id");
	char slip[80];
	snprintf(slip, sizeof slip, "%s", other);
	assert_int_equal(end(slip, "entered-in-error", ""), RC_OK);
	assert_null(strstr(stored(slip), "clinicalStatus")); /* R4, con-5 */
	assert_int_equal(view("problems", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("problem_list"), 2);
	assert_true(has("problem_list", row_with("problem_list", "id", slip), "struck"));
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("problems"), 0);
}

static void no_version_that_was_not_seen_and_no_other_persons_problem_is_ended(void **s)
{
	(void)s;
	someone();
	assert_int_equal(add("form1", "Asthme", "", ""), RC_OK);
	const char *id = id_of("Asthme");
	assert_int_equal(act("problem_end", "patient", "a", "id", id, "version", "7", "how", "resolved", NULL), RC_PRECONDITION);
	assert_int_equal(act("problem_end", "patient", "b", "id", id, "version", "1", "how", "resolved", NULL), RC_NOT_FOUND);
	assert_int_equal(act("problem_end", "patient", "a", "id", "nothing", "version", "1", "how", "resolved", NULL), RC_NOT_FOUND);
	assert_false(has("problem_list", of("Asthme"), "over"));
}

static void what_another_system_wrote_is_shown_and_kept_but_for_its_state(void **s)
{
	(void)s;
	someone();
	put("{\"resourceType\":\"Condition\",\"id\":\"theirs\",\"extension\":[{\"url\":\"urn:x\",\"valueString\":\"<b>\"}],\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-clinical\",\"code\":\"active\"}]},"
		"\"severity\":{\"text\":\"forte\"},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"195967001\",\"display\":\"Asthma\"}]},\"subject\":{\"reference\":\"Patient/a\"},\"onsetString\":\"enfance\"}");
	assert_false(has("problem_list", of("Asthma"), "over"));
	assert_int_equal(end("theirs", "resolved", "2020"), RC_OK);
	holds("theirs", "{\"url\":\"urn:x\",\"valueString\":\"<b>\"}");
	holds("theirs", "\"severity\":{\"text\":\"forte\"}");
	holds("theirs", "\"onsetString\":\"enfance\"");
	holds("theirs", "\"code\":\"195967001\",\"display\":\"Asthma\"");
	assert_true(has("problem_list", of("Asthma"), "over"));
	assert_string_equal(getz("problem_list", of("Asthma"), "ended_on"), "2020");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_problem_is_entered_in_r4_form_with_what_is_known_of_its_date),
		HOUSE_TEST(what_is_wrong_is_told_at_its_field_and_nothing_is_written),
		HOUSE_TEST(one_form_is_one_problem_and_one_that_stands_is_not_entered_again),
		HOUSE_TEST(what_ended_stays_and_may_come_back),
		HOUSE_TEST(no_version_that_was_not_seen_and_no_other_persons_problem_is_ended),
		HOUSE_TEST(what_another_system_wrote_is_shown_and_kept_but_for_its_state),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
