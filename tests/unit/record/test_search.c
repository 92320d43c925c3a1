/* SPDX-License-Identifier: Apache-2.0 */
/* test_search.c: every kind of search against a small base; order, pages, scope, refusals. */
#include "base.h"

static struct base b;

static void patient(const char *id, const char *family, const char *given, const char *born, const char *gender, const char *ipp)
{
	char body[700];
	snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"identifier\":[{\"system\":\"urn:oid:1.2.3\",\"value\":\"%s\"}],\"active\":true,"
		"\"name\":[{\"family\":\"%s\",\"given\":[\"%s\"]}],\"gender\":\"%s\"%s%s%s}", id, ipp, family, given, gender, born ? ",\"birthDate\":\"" : "", born ? born : "", born ? "\"" : "");
	put(&b, id, body);
}

static void observation(const char *id, const char *subject, const char *system, const char *code, const char *text, const char *when, const char *value, const char *unit)
{
	char body[900], coding[80] = "";
	if (system)
		snprintf(coding, sizeof coding, "\"system\":\"%s\",", system);
	snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"code\":{\"coding\":[{%s\"code\":\"%s\",\"display\":\"%s\"}]},\"subject\":{\"reference\":\"%s\"},"
		"\"effectiveDateTime\":\"%s\",\"valueQuantity\":{\"value\":%s,\"system\":\"http://unitsofmeasure.org\",\"code\":\"%s\"}}", id, coding, code, text, subject, when, value, unit);
	put(&b, id, body);
}

static int setup(void **s)
{
	(void)s;
	base_new(&b);
	patient("p1", "Durand", "Éléonore", "1957-02-14", "female", "0001");
	patient("p2", "Durant", "Jean", "1957-03-01", "male", "0002");
	patient("p3", "Lefèvre", "Marie-Anne", "1990", "female", "0003");
	patient("p4", "d'Arc-Œuf", "Zoé", NULL, "other", "0004");
	observation("o1", "Patient/p1", "http://loinc.org", "8867-4", "Fréquence cardiaque", "2024-05-17T10:00:00+02:00", "72", "/min");
	observation("o2", "Patient/p1", "http://loinc.org", "8867-4", "Fréquence cardiaque", "2024-05-18", "95.5", "/min");
	observation("o3", "Patient/p2", "http://loinc.org", "718-7", "Hémoglobine", "2024-06", "10", "g/dL");
	observation("o4", "Patient/p2", "http://other.example", "8867-4", "Autre pouls", "2023", "60", "/min");
	observation("o5", "Patient/ghost", NULL, "8867-4", "Sans système", "2024-05-17T23:30:00Z", "100", "/min");
	put(&b, "bp", "{\"resourceType\":\"Observation\",\"id\":\"bp\",\"status\":\"amended\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"85354-9\"}]},\"subject\":{\"reference\":\"Patient/p1\"},"
		"\"component\":[{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8480-6\"}]},\"valueQuantity\":{\"value\":140,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mm[Hg]\"}},"
		"{\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8462-4\"}]},\"valueQuantity\":{\"value\":80,\"system\":\"http://unitsofmeasure.org\",\"code\":\"mm[Hg]\"}}]}");
	put(&b, "e1", "{\"resourceType\":\"Encounter\",\"id\":\"e1\",\"status\":\"in-progress\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/p1\"},\"period\":{\"start\":\"2020-01-01T08:00:00Z\"}}");
	put(&b, "e2", "{\"resourceType\":\"Encounter\",\"id\":\"e2\",\"status\":\"finished\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/p2\"},\"period\":{\"start\":\"2021-01-01T08:00:00Z\",\"end\":\"2023-01-01T08:00:00Z\"}}");
	put(&b, "e3", "{\"resourceType\":\"Encounter\",\"id\":\"e3\",\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":\"Patient/p2\"},\"period\":{\"start\":\"2024-01-01T08:00:00Z\",\"end\":\"2024-01-01T09:00:00Z\"}}");
	put(&b, "vs", "{\"resourceType\":\"ValueSet\",\"id\":\"vs\",\"url\":\"http://x.example/vs\",\"status\":\"active\"}");
	return 0;
}
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

static void what_cannot_be_answered_is_refused(void **s)
{
	(void)s;
	REFUSED(&b, "Patient", "nom=x", UNKNOWN_PARAMETER);
	REFUSED(&b, "Patient", "family:in=x", UNKNOWN_MODIFIER);
	REFUSED(&b, "Patient", "_sort=general-practitioner", UNKNOWN_PARAMETER);
	struct found f;
	struct problem p;
	assert_int_equal(try_search(&b, "Patient", "family=durand", NULL, "AAAA", &f, &p), RC_BAD_INPUT);
	OK(try_search(&b, "Patient", "_count=1", NULL, "", &f, pp));
	assert_int_not_equal(f.cursor[0], 0);
	char cursor[8192];
	memcpy(cursor, f.cursor, sizeof cursor);
	assert_int_equal(try_search(&b, "Patient", "family=durand&_count=1", NULL, cursor, &f, &p), RC_BAD_INPUT); /* of another search */
}

static void strings_meet_by_folded_beginning(void **s)
{
	(void)s;
	FINDS(&b, "Patient", "family=DURAN", "p1 p2");
	FINDS(&b, "Patient", "family=durand", "p1");
	FINDS(&b, "Patient", "family=lefevre", "p3");
	FINDS(&b, "Patient", "family=d%20arc%20oeuf", "p4");
	FINDS(&b, "Patient", "given=eleo", "p1");
	FINDS(&b, "Patient", "name=zoe", "p4");
	FINDS(&b, "Patient", "family:exact=Durand", "p1");
	FINDS(&b, "Patient", "family:exact=durand", "");
	FINDS(&b, "Patient", "family:contains=uran", "p1 p2");
	FINDS(&b, "Patient", "family=durand,lefevre", "p1 p3");
	FINDS(&b, "Patient", "family=duran&given=jean", "p2");
	FINDS(&b, "Patient", "family:missing=true", "");
}

static void tokens_meet_by_system_and_code(void **s)
{
	(void)s;
	FINDS(&b, "Observation", "code=8867-4", "o1 o2 o4 o5");
	FINDS(&b, "Observation", "code=http://loinc.org|8867-4", "o1 o2");
	FINDS(&b, "Observation", "code=|8867-4", "o5");
	FINDS(&b, "Observation", "code=http://loinc.org|", "bp o1 o2 o3");
	FINDS(&b, "Observation", "code=718-7,85354-9", "bp o3");
	FINDS(&b, "Observation", "code=8867-4&code:not=http://loinc.org|8867-4", "o4 o5");
	FINDS(&b, "Observation", "code:text=frequence", "o1 o2");
	FINDS(&b, "Observation", "status:not=final", "bp");
	FINDS(&b, "Patient", "identifier=urn:oid:1.2.3|0003", "p3");
	FINDS(&b, "Patient", "identifier=0003", "p3");
	FINDS(&b, "Patient", "gender=female", "p1 p3");
	FINDS(&b, "Patient", "active=true&gender=other", "p4");
	FINDS(&b, "Patient", "birthdate:missing=true", "p4");
	FINDS(&b, "Patient", "birthdate:missing=false", "p1 p2 p3");
}

static void dates_meet_as_intervals(void **s)
{
	(void)s;
	FINDS(&b, "Patient", "birthdate=1957", "p1 p2");
	FINDS(&b, "Patient", "birthdate=1957-02-14", "p1");
	FINDS(&b, "Patient", "birthdate=1990-05", "");
	FINDS(&b, "Patient", "birthdate=gt1957-02-14", "p2 p3");
	FINDS(&b, "Patient", "birthdate=ge1957-02-14", "p1 p2 p3");
	FINDS(&b, "Patient", "birthdate=lt1957-03-01", "p1");
	FINDS(&b, "Patient", "birthdate=le1957-03-01", "p1 p2");
	FINDS(&b, "Patient", "birthdate=ne1957-02-14", "p2 p3");
	FINDS(&b, "Patient", "birthdate=gt1990-06-01", "p3");
	FINDS(&b, "Patient", "birthdate=sa1990-06-01", "");
	FINDS(&b, "Patient", "birthdate=eb1958", "p1 p2");
	FINDS(&b, "Observation", "date=2024-05-18", "o2 o5");
	FINDS(&b, "Observation", "date=ge2024-05-18&date=le2024-12-31", "o2 o3 o5");
	FINDS(&b, "Observation", "date=lt2024", "o4");
	FINDS(&b, "Encounter", "date=ge2024-02-01", "e1");
	FINDS(&b, "Encounter", "date=gt2022-06-01", "e1 e2 e3");
	FINDS(&b, "Encounter", "date=lt2021-06-01", "e1 e2");
	FINDS(&b, "Encounter", "date=eb2023-06-01", "e2");
	FINDS(&b, "Encounter", "date=sa2023-06-01", "e3");
	FINDS(&b, "Encounter", "date=2024-01-01", "e3");
	FINDS(&b, "Patient", "_lastUpdated=gt2020-01-01&family=durand", "p1");
	FINDS(&b, "Patient", "_lastUpdated=lt2020-01-01", "");
}

static void quantities_meet_by_value_and_unit(void **s)
{
	(void)s;
	FINDS(&b, "Observation", "value-quantity=72", "o1");
	FINDS(&b, "Observation", "value-quantity=96", "o2"); /* 95.5 is inside what two digits mean: [95.5, 96.5) */
	FINDS(&b, "Observation", "value-quantity=95.0", "");
	FINDS(&b, "Observation", "value-quantity=gt72", "o2 o5");
	FINDS(&b, "Observation", "value-quantity=ge72", "o1 o2 o5");
	FINDS(&b, "Observation", "value-quantity=lt60", "o3");
	FINDS(&b, "Observation", "value-quantity=le60", "o3 o4");
	FINDS(&b, "Observation", "value-quantity=le60|http://unitsofmeasure.org|/min", "o4");
	FINDS(&b, "Observation", "value-quantity=le60||g/dL", "o3");
	FINDS(&b, "Observation", "value-quantity=ne72", "o2 o3 o4 o5");
	FINDS(&b, "Observation", "value-quantity=ap100", "o2 o5");
}

static void composites_hold_inside_one_group(void **s)
{
	(void)s;
	FINDS(&b, "Observation", "code-value-quantity=http://loinc.org|8867-4$gt80", "o2");
	FINDS(&b, "Observation", "code-value-quantity=8867-4$gt80", "o2 o5");
	FINDS(&b, "Observation", "component-code-value-quantity=http://loinc.org|8480-6$gt130", "bp");
	FINDS(&b, "Observation", "component-code-value-quantity=http://loinc.org|8462-4$gt130", "");
	FINDS(&b, "Observation", "combo-code-value-quantity=8462-4$lt90", "bp");
	FINDS(&b, "Observation", "combo-code-value-quantity=8867-4$gt80", "o2 o5"); /* rows of code-value-quantity and of component-code-value-quantity serve it */
	FINDS(&b, "Observation", "component-code-value-quantity=8480-6$150,8462-4$80", "bp");
}

static void references_and_chains_seek(void **s)
{
	(void)s;
	FINDS(&b, "Observation", "subject=Patient/p1", "bp o1 o2");
	FINDS(&b, "Observation", "patient=p2", "o3 o4");
	FINDS(&b, "Observation", "subject=p2", "o3 o4");
	FINDS(&b, "Observation", "subject:Patient=p2", "o3 o4");
	FINDS(&b, "Observation", "subject=Patient/ghost", "o5");
	FINDS(&b, "Observation", "subject:Patient.family=durand", "bp o1 o2");
	FINDS(&b, "Observation", "subject:Patient.birthdate=1957&code=8867-4", "o1 o2 o4");
	FINDS(&b, "Observation", "patient.gender=male", "o3 o4");
	FINDS(&b, "Observation", "patient._id=p2", "o3 o4");
	FINDS(&b, "ValueSet", "url=http://x.example/vs", "vs");
	FINDS(&b, "ValueSet", "url=http://x.example/v", "");
	FINDS(&b, "Patient", "_id=p1,p3,nobody", "p1 p3");
	FINDS(&b, "Observation", "_id=o1&code=8867-4", "o1");
}

static void order_is_kept(void **s)
{
	(void)s;
	FINDS_IN_ORDER(&b, "Patient", "", "p1 p2 p3 p4");
	FINDS_IN_ORDER(&b, "Patient", "_sort=birthdate", "p1 p2 p3 p4");
	FINDS_IN_ORDER(&b, "Patient", "_sort=-birthdate", "p3 p2 p1 p4");
	FINDS_IN_ORDER(&b, "Patient", "_sort=-birthdate&active=true", "p3 p2 p1 p4");
	FINDS_IN_ORDER(&b, "Patient", "_sort=family", "p4 p1 p2 p3");
	FINDS_IN_ORDER(&b, "Patient", "_sort=gender,-family", "p3 p1 p2 p4");
	FINDS_IN_ORDER(&b, "Patient", "_sort=-_id", "p4 p3 p2 p1");
	FINDS_IN_ORDER(&b, "Patient", "_sort=-_lastUpdated", "p4 p3 p2 p1");
	FINDS_IN_ORDER(&b, "Observation", "subject=Patient/p1&_sort=-date", "o2 o1 bp");
	FINDS_IN_ORDER(&b, "Observation", "code=8867-4&_sort=value-quantity", "o4 o1 o2 o5");
}

static void totals_count_what_is_left(void **s)
{
	(void)s;
	struct found f;
	OK(try_search(&b, "Observation", "code=8867-4&_total=accurate&_count=2", NULL, "", &f, pp));
	assert_int_equal(f.total, 4);
	assert_string_equal(f.ids.text, "o1 o2");
	OK(try_search(&b, "Observation", "code=8867-4,718-7&_summary=count", NULL, "", &f, pp));
	assert_int_equal(f.total, 5);
	assert_string_equal(f.ids.text, "");
	OK(try_search(&b, "Patient", "_summary=count", NULL, "", &f, pp));
	assert_int_equal(f.total, 4);
}

static void a_scope_hides_everything_else(void **s)
{
	(void)s;
	int64_t within[1] = { record_patient_rid(b.c, STR("p2")) };
	struct record_scope scope = { within, 1, false };
	struct found f;
	OK(try_search(&b, "Observation", "code=8867-4&_total=accurate", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "o4");
	assert_int_equal(f.total, 1);
	OK(try_search(&b, "Patient", "_total=accurate", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "p2");
	assert_int_equal(f.total, 1);
	OK(try_search(&b, "Patient", "_sort=family", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "p2");
	OK(try_search(&b, "Observation", "subject:Patient.family=durand", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "");
	OK(try_search(&b, "ValueSet", "", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "");
	scope.house_rows = true;
	OK(try_search(&b, "ValueSet", "", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "vs");
	scope = (struct record_scope){ within, 0, false };
	OK(try_search(&b, "Patient", "", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "");
}

/* All pages of a query, while others write between them. */
static void pages(const char *type, const char *query, const char *ids, bool write)
{
	struct found f = { 0 };
	char all[20000] = "", cursor[8192] = "";
	int guard = 0;
	do {
		memcpy(cursor, f.cursor, sizeof cursor);
		OK(try_search(&b, type, query, NULL, cursor, &f, pp));
		size_t n = strlen(all);
		snprintf(all + n, sizeof all - n, "%s%s", n && f.ids.text[0] ? " " : "", f.ids.text);
		if (write) {
			char id[20];
			snprintf(id, sizeof id, "new%d", guard);
			patient(id, "Durand", "Nouveau", "1957-02-20", "female", id);
		}
	} while (f.cursor[0] && ++guard < 50);
	assert_string_equal(all, ids);
}

static void pages_join_without_gap_or_repeat(void **s)
{
	(void)s;
	pages("Observation", "_count=2", "o1 o2 o3 o4 o5 bp", false);
	pages("Observation", "code=8867-4&_count=1", "o1 o2 o4 o5", false);
	pages("Observation", "code=8867-4,718-7&_count=2", "o1 o2 o4 o5 o3", false); /* no order was asked: one code after the other */
	pages("Observation", "_sort=-date&_count=2", "o3 o5 o2 o1 o4 bp", false);
	pages("Observation", "subject=Patient/p1&_sort=date&_count=1", "o1 o2 bp", false);
	pages("Patient", "_sort=-family&_count=1", "p3 p2 p1 p4", true);
	pages("Patient", "family=duran&_count=1", "p1 p2 new0 new1 new2 new3", false);
	patient("twice", "Zoltan", "Zoltana", "1957-02-20", "female", "twice"); /* two rows in one range, and one resource */
	patient("after", "Zoltanu", "Marie", "1957-02-20", "female", "after");
	pages("Patient", "name=zolta&_count=1", "twice after", false);
	pages("Patient", "name=zolta,zoltan&_count=1", "twice after", false);
}

/* Of two people's few results among very many of a category (more than may be sorted): the people lead, although as many of the category are soon counted. */
enum { VERY_MANY = 10010 };
struct many { struct db_job job; };
static enum rc many_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)job;
	enum rc rc = RC_OK;
	for (int i = 0; rc == RC_OK && i < VERY_MANY; i++) {
		char id[24], body[400];
		struct arena a;
		struct record_write *w = NULL;
		struct fhir_issue *issues = NULL;
		struct record_if cond = { .revive = true };
		struct record_done d;
		arena_init(&a, 1 << 20);
		snprintf(id, sizeof id, "many%d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Observation\",\"id\":\"%s\",\"status\":\"final\",\"category\":[{\"coding\":[{\"code\":\"plenty\"}]}],\"code\":{\"text\":\"x\"},"
			"\"subject\":{\"reference\":\"Patient/%s\"},\"effectiveDateTime\":\"2026-01-%02d\"}", id, i == 7 ? "p1" : i == 9 ? "p2" : "crowd", i % 28 + 1);
		rc = record_prepare(str_of(body), T("Observation"), str_of(id), &a, &w, &issues, p);
		if (rc == RC_OK)
			rc = record_put(c, txn, w, &cond, &d, p);
		arena_done(&a);
	}
	return rc;
}

static void few_of_two_people_are_sorted_among_very_many(void **s)
{
	(void)s;
	struct many m = { .job = { .run = many_run } };
	OK(db_write_now(b.db, &m.job, pp));
	FINDS_IN_ORDER(&b, "Observation", "subject=Patient/p1,Patient/p2&category=plenty&_sort=-date", "many9 many7");
	REFUSED(&b, "Observation", "category=plenty&_sort=-date,value-quantity", TOO_MANY_TO_SORT);
}

/* A search for one value takes hits from its rows, and looks at their facts only where the body does not show it. */
static void one_value_is_answered_by_its_rows(void **s)
{
	(void)s;
	put(&b, "two", "{\"resourceType\":\"Observation\",\"id\":\"two\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"urn:a\",\"code\":\"twin\"},{\"system\":\"urn:b\",\"code\":\"twin\"}]},"
		"\"subject\":{\"reference\":\"Patient/p9\"},\"performer\":[{\"reference\":\"Patient/p9\"},{\"reference\":\"Patient/p9\"}]}");
	put(&b, "one", "{\"resourceType\":\"Observation\",\"id\":\"one\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"urn:b\",\"code\":\"twin\"}]},\"subject\":{\"reference\":\"Patient/p9\"}}");
	put(&b, "esc", "{\"resourceType\":\"Observation\",\"id\":\"esc\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"urn\\u003ab\",\"code\":\"tw\\u0069n\"}]},\"subject\":{\"reference\":\"Patient/\\u0070ale\"}}");
	FINDS(&b, "Observation", "code=twin", "esc one two");
	FINDS(&b, "Observation", "code=urn:a|twin", "two");
	FINDS(&b, "Observation", "code=urn:b|twin", "esc one two");
	FINDS(&b, "Observation", "code=|twin", "");
	FINDS(&b, "Observation", "performer=Patient/p9", "two");
	FINDS(&b, "Observation", "subject=Patient/pale", "esc");
	FINDS(&b, "Observation", "subject=pale", "esc");
	FINDS(&b, "Patient", "deceased=true", "");
	put(&b, "y1", "{\"resourceType\":\"Patient\",\"id\":\"y1\",\"birthDate\":\"1931-02\",\"deceasedDateTime\":\"2020\"}");
	patient("y2", "Ancien", "Paul", "1931-02-14", "male", "y2");
	patient("y3", "Ancien", "Luc", "1931", "male", "y3");
	FINDS(&b, "Patient", "deceased=true", "y1"); /* the body says neither the code nor the word */
	FINDS(&b, "Patient", "birthdate=1931-02", "y1 y2");
	FINDS(&b, "Patient", "birthdate=eq1931-02-14", "y2");
	FINDS(&b, "Patient", "birthdate=1931", "y1 y2 y3");
	FINDS(&b, "Patient", "birthdate=1931-02-14T10:00:00Z", "");
	pages("Observation", "code=twin&_count=1", "two one esc", false);
	pages("Observation", "code=urn:b|twin&_count=1", "two one esc", false);
	pages("Observation", "subject=Patient/p9&_count=1", "two one", false);
	pages("Patient", "birthdate=1931-02&_count=1", "y1 y2", true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_answered_is_refused), cmocka_unit_test(strings_meet_by_folded_beginning), cmocka_unit_test(tokens_meet_by_system_and_code),
		cmocka_unit_test(dates_meet_as_intervals), cmocka_unit_test(quantities_meet_by_value_and_unit), cmocka_unit_test(composites_hold_inside_one_group),
		cmocka_unit_test(references_and_chains_seek), cmocka_unit_test(order_is_kept), cmocka_unit_test(totals_count_what_is_left),
		cmocka_unit_test(a_scope_hides_everything_else), cmocka_unit_test(pages_join_without_gap_or_repeat), cmocka_unit_test(few_of_two_people_are_sorted_among_very_many),
		cmocka_unit_test(one_value_is_answered_by_its_rows),
	};
	return cmocka_run_group_tests_name("record/search", tests, setup, teardown);
}
