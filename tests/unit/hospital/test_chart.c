/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/chart.c and timeline.c: banner, summary, stays, timeline, and what a clerk's chart must not hold. */
#include "house.h"

static void observation(const char *id, const char *code, const char *when, const char *value, const char *unit)
{
	putf(0, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"vital-signs\"}]}],"
		"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"%s\"}],\"text\":\"Signe %s\"},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"%s\",\"valueQuantity\":{\"value\":%s,\"unit\":\"%s\"}}", id, code, code, when, value, unit);
}

static void allergy(const char *id, const char *code, const char *text, const char *verification)
{
	char coding[200] = "";
	if (code)
		snprintf(coding, sizeof coding, "\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"%s\"}],", code);
	putf(0, "{\"resourceType\":\"AllergyIntolerance\",\"id\":\"%s\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical\",\"code\":\"active\"}]},"
		"\"verificationStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification\",\"code\":\"%s\"}]},\"criticality\":\"high\",\"code\":{%s\"text\":\"%s\"},\"patient\":{\"reference\":\"Patient/a\"},\"recordedDate\":\"2026-01-05\"}", id, verification, coding, text);
}

static void document(const char *id, const char *date, const char *title)
{
	putf(0, "{\"resourceType\":\"DocumentReference\",\"id\":\"%s\",\"status\":\"current\",\"type\":{\"text\":\"Lettre\"},\"subject\":{\"reference\":\"Patient/a\"},\"date\":\"%s\",\"author\":[{\"reference\":\"Practitioner/p1\"}],\"content\":[{\"attachment\":{\"contentType\":\"text/plain\",\"title\":\"%s\"}}]}", id, date, title);
}

static void durand(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "QUAL", "257027511504261");
}

static void a_chart_of_nobody_is_not_found(void **s)
{
	(void)s;
	static const char *const VIEWS[] = { "chart_head", "chart_admin", "chart_summary", "chart_stays", "chart_timeline", "patient_identity", "who_looked" };
	for (size_t i = 0; i < sizeof VIEWS / sizeof *VIEWS; i++) {
		assert_int_equal(view(VIEWS[i], "patient", "nobody", NULL), RC_NOT_FOUND);
		assert_int_equal(view(VIEWS[i], "patient", "'; DROP TABLE x", NULL), RC_NOT_FOUND);
		assert_int_equal(view(VIEWS[i], NULL), RC_NOT_FOUND);
	}
}

static void the_three_states_of_allergies_are_told_apart(void **s)
{
	(void)s;
	durand();
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "allergy_state"), "not_recorded");
	allergy("n", "716186003", "Aucune allergie connue", "confirmed");
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "allergy_state"), "none_known");
	allergy("x", NULL, "Latex", "refuted");
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "allergy_state"), "none_known");
	allergy("y", NULL, "Amoxicilline", "confirmed");
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "allergy_state"), "known");
	assert_string_equal(getz("head", 0, "allergies"), "Amoxicilline");
}

static void the_banner_holds_bed_weight_age_and_ins(void **s)
{
	(void)s;
	durand();
	encounter("e", "a", "u1", "b12", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	observation("w1", "29463-7", "2026-10-01T08:00:00+02:00", "70.50", "kg");
	observation("w2", "29463-7", "2026-11-11T08:00:00+01:00", "71.0", "kg");
	assert_int_equal(view("chart_head", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "name"), "DURAND, Marie");
	assert_string_equal(getz("head", 0, "unit_name"), "Médecine 2B");
	assert_string_equal(getz("head", 0, "bed"), "Lit 12-F");
	assert_string_equal(getz("head", 0, "weight"), "71.0"); /* digits as written */
	assert_string_equal(getz("head", 0, "weight_on"), "2026-11-11");
	assert_string_equal(getz("head", 0, "ins"), "257027511504261");
	assert_int_equal(row_i64(nth("head", 0), "age"), 69);
}

static void a_clerks_chart_holds_nothing_clinical(void **s)
{
	(void)s;
	durand();
	allergy("y", NULL, "MARQUEALLERGIE", "confirmed");
	observation("w", "29463-7", "2026-11-11T08:00:00+01:00", "71.77", "kg");
	document("d", "2026-11-01T10:00:00+01:00", "MARQUELETTRE");
	encounter("e", "a", "u1", "b12", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	put("{\"resourceType\":\"Condition\",\"id\":\"c\",\"subject\":{\"reference\":\"Patient/a\"},\"code\":{\"text\":\"MARQUEPROBLEME\"}}");
	for (const struct view *const *t = hospital_views; *t; t++)
		for (const struct view *v = *t; v->name; v++) {
			if (!(v->may & (MAY_READ_IDENTITY | MAY_FIND_PATIENT | MAY_WRITE_IDENTITY | MAY_WORK_LIST | MAY_SIGNED_IN)))
				continue;
			(void)view(v->name, "patient", "a", "birthdate", "1957-02-14", "birth_name", "Durand", "given_names", "Marie", NULL);
			assert_false(rows_hold("MARQUE") || rows_hold("71.77"));
		}
	assert_int_equal(view("chart_admin", "patient", "a", NULL), RC_OK);
	assert_string_equal(getz("head", 0, "bed"), "Lit 12-F");
	assert_false(has("head", 0, "allergy_state"));
}

static void the_summary_has_each_block(void **s)
{
	(void)s;
	durand();
	allergy("y", NULL, "Amoxicilline", "confirmed");
	put("{\"resourceType\":\"Condition\",\"id\":\"c1\",\"subject\":{\"reference\":\"Patient/a\"},\"code\":{\"coding\":[{\"system\":\"http://hl7.org/fhir/sid/icd-10\",\"code\":\"I10\",\"display\":\"Hypertension essentielle\"}]},\"recordedDate\":\"2020-01-01\",\"recorder\":{\"reference\":\"Practitioner/p1\"}}");
	put("{\"resourceType\":\"Condition\",\"id\":\"c2\",\"subject\":{\"reference\":\"Patient/a\"},\"verificationStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/condition-ver-status\",\"code\":\"entered-in-error\"}]},\"code\":{\"text\":\"Erreur\"}}");
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"m1\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"amlodipine 5 mg\"},\"subject\":{\"reference\":\"Patient/a\"},\"authoredOn\":\"2026-11-11T09:00:00+01:00\",\"requester\":{\"reference\":\"Practitioner/p1\"},\"dosageInstruction\":[{\"text\":\"1 le matin\"}]}");
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"m2\",\"status\":\"stopped\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"ancien\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	for (int i = 0; i < 12; i++) {
		char id[16], when[40];
		snprintf(id, sizeof id, "d%d", i);
		snprintf(when, sizeof when, "2026-%02d-01T10:00:00Z", i + 1);
		document(id, when, id);
	}
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("allergies"), 1);
	assert_int_equal(count("problems"), 1);
	assert_string_equal(getz("problems", 0, "code"), "I10");
	assert_string_equal(getz("problems", 0, "by_name"), "Sophie Leclerc");
	assert_int_equal(count("treatments"), 1);
	assert_string_equal(getz("treatments", 0, "drug"), "amlodipine 5 mg");
	assert_string_equal(getz("treatments", 0, "dosage"), "1 le matin");
	assert_int_equal(count("documents"), 8);
	assert_string_equal(getz("documents", 0, "id"), "d11");
}

static void vitals_are_series_of_at_most_thirty_oldest_first(void **s)
{
	(void)s;
	durand();
	for (int i = 0; i < 35; i++) {
		char id[16], when[40], value[16];
		snprintf(id, sizeof id, "o%d", i);
		snprintf(when, sizeof when, "2026-10-%02dT%02d:00:00Z", 1 + i / 2, 8 + 6 * (i % 2));
		snprintf(value, sizeof value, "%d", 60 + i);
		observation(id, "8867-4", when, value, "/min");
	}
	put("{\"resourceType\":\"Observation\",\"id\":\"bp\",\"status\":\"final\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"vital-signs\"}]}],\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"85354-9\"}]},\"subject\":{\"reference\":\"Patient/a\"},\"effectiveDateTime\":\"2026-11-01\","
		"\"component\":[{\"code\":{\"text\":\"s\"},\"valueQuantity\":{\"value\":128,\"unit\":\"mm[Hg]\"}},{\"code\":{\"text\":\"d\"},\"valueQuantity\":{\"value\":79,\"unit\":\"mm[Hg]\"}}]}");
	assert_int_equal(view("chart_summary", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("vitals"), 2);
	unsigned pulse = row_with("vitals", "code", "8867-4"), pressure = row_with("vitals", "code", "85354-9");
	assert_string_equal(getz("vitals", pulse, "value"), "94");
	assert_int_equal(row_i64(nth("vitals", pulse), "points"), 30);
	assert_string_equal(getz("vitals", pressure, "value"), "128");
	assert_string_equal(getz("vitals", pressure, "second"), "79");
	assert_string_equal(getz("vitals", pressure, "on"), "2026-11-01");
	int64_t last = 0;
	unsigned n = 0;
	for (unsigned i = 0; i < count("vital_points"); i++)
		if (str_eq(get("vital_points", i, "code"), "8867-4")) {
			assert_true(row_i64(nth("vital_points", i), "at") >= last);
			last = row_i64(nth("vital_points", i), "at");
			n++;
		}
	assert_int_equal(n, 30);
}

static void stays_and_appointments_are_newest_first(void **s)
{
	(void)s;
	durand();
	encounter("e1", "a", "u1", "b2", "finished", "2025-01-10T08:00:00+01:00", "2025-01-12T08:00:00+01:00");
	encounter("e2", "a", "u1", "b12", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	appointment_as(0, "r", "a", "p1", "c1", "2026-12-01T10:00:00+01:00", "booked");
	assert_int_equal(view("chart_stays", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("stays"), 2);
	assert_string_equal(getz("stays", 0, "stay"), "e2");
	assert_string_equal(getz("stays", 0, "present"), "1");
	assert_false(has("stays", 1, "present"));
	assert_int_equal(count("appointments"), 1);
	assert_string_equal(getz("appointments", 0, "with"), "Sophie Leclerc");
	assert_string_equal(getz("appointments", 0, "place"), "Salle de consultation");
}

static void the_timeline_pages_by_whole_days_and_loses_nothing(void **s)
{
	(void)s;
	durand();
	encounter("e1", "a", "u1", "b2", "finished", "2025-01-10T08:00:00+01:00", "2025-01-12T08:00:00+01:00");
	for (int i = 0; i < 100; i++) {
		char id[16], when[40];
		snprintf(id, sizeof id, "d%d", i);
		snprintf(when, sizeof when, "2026-%02d-%02dT10:00:00Z", 1 + i / 20, 1 + (i % 20) / 2);
		document(id, when, id);
	}
	for (int i = 0; i < 5; i++) {
		char id[16];
		snprintf(id, sizeof id, "o%d", i);
		observation(id, "8867-4", "2026-05-01T08:00:00Z", "70", "/min");
	}
	size_t lines = 0, pages = 0;
	char before[16] = "", last[16] = "9999-99-99";
	do {
		assert_int_equal(view("chart_timeline", "patient", "a", "before", before, NULL), RC_OK);
		for (unsigned i = 0; i < count("lines"); i++) {
			const char *day = getz("lines", i, "day");
			assert_true(strcmp(day, last) <= 0);
			if (before[0])
				assert_true(strcmp(day, before) < 0);
			snprintf(last, sizeof last, "%s", day);
		}
		lines += count("lines");
		snprintf(before, sizeof before, "%s", getz("page", 0, "next"));
		assert_true(++pages < 20);
	} while (before[0]);
	assert_int_equal(lines, 102); /* 100 documents, one line for five measures, one stay */
	assert_true(pages >= 3);
	assert_int_equal(view("chart_timeline", "patient", "a", "kind", "stay", NULL), RC_OK);
	assert_int_equal(count("lines"), 1);
	assert_string_equal(getz("lines", 0, "title"), "Médecine 2B");
	assert_int_equal(row_i64(nth("counts", row_with("counts", "kind", "document")), "count"), 100);
	assert_int_equal(row_i64(nth("counts", row_with("counts", "kind", "measure")), "count"), 5);
	assert_int_equal(view("chart_timeline", "patient", "a", "kind", "nonsense", NULL), RC_BAD_INPUT);
	assert_int_equal(view("chart_timeline", "patient", "a", "before", "yesterday", NULL), RC_BAD_INPUT);
}

static void a_day_of_many_measures_is_never_cut_in_two(void **s)
{
	(void)s;
	durand();
	for (int i = 0; i < 250; i++) {
		char id[16], when[40];
		snprintf(id, sizeof id, "o%d", i);
		snprintf(when, sizeof when, "2026-05-%02dT%02d:%02d:00Z", 1 + i / 50, 8 + i % 10, i % 60);
		observation(id, "8867-4", when, "70", "/min");
	}
	document("d", "2026-04-01T10:00:00Z", "avant");
	int64_t measures = 0;
	size_t documents = 0, pages = 0;
	char before[16] = "";
	do {
		assert_int_equal(view("chart_timeline", "patient", "a", "before", before, NULL), RC_OK);
		for (unsigned i = 0; i < count("lines"); i++) {
			measures += row_i64(nth("lines", i), "count");
			documents += str_eq(get("lines", i, "kind"), "document");
			assert_false(has("lines", i, "more"));
		}
		snprintf(before, sizeof before, "%s", getz("page", 0, "next"));
		assert_true(++pages < 20);
	} while (before[0]);
	assert_int_equal(measures, 250);
	assert_int_equal(documents, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(a_chart_of_nobody_is_not_found),
		HOUSE_TEST(the_three_states_of_allergies_are_told_apart),
		HOUSE_TEST(the_banner_holds_bed_weight_age_and_ins),
		HOUSE_TEST(a_clerks_chart_holds_nothing_clinical),
		HOUSE_TEST(the_summary_has_each_block),
		HOUSE_TEST(vitals_are_series_of_at_most_thirty_oldest_first),
		HOUSE_TEST(stays_and_appointments_are_newest_first),
		HOUSE_TEST(the_timeline_pages_by_whole_days_and_loses_nothing),
		HOUSE_TEST(a_day_of_many_measures_is_never_cut_in_two),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
