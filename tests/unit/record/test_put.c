/* SPDX-License-Identifier: Apache-2.0 */
/* test_put.c: versions, conditions, history, deletion, compartments, round trip of the text. */
#include "base.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); clock_set(0); return 0; }

#define PATIENT(id, family) "{\"resourceType\":\"Patient\",\"id\":\"" id "\",\"name\":[{\"family\":\"" family "\"}]}"

static void a_version_that_is_not_current_is_refused(void **s)
{
	(void)s;
	struct problem p;
	struct record_done d;
	put(&b, "a", PATIENT("a", "Un"));
	put(&b, "a", PATIENT("a", "Deux"));
	assert_int_equal(try_put(&b, PATIENT("a", "Trois"), "a", (struct record_if){ .has_version = true, .version = 1 }, &d, &p), RC_PRECONDITION);
	assert_int_equal(p.why, WHY_VERSION_CONFLICT);
	assert_int_equal(try_put(&b, PATIENT("z", "Trois"), "z", (struct record_if){ .has_version = true, .version = 1 }, &d, &p), RC_PRECONDITION);
	assert_int_equal(try_put(&b, PATIENT("a", "Trois"), "a", (struct record_if){ .none_exists = true }, &d, &p), RC_PRECONDITION);
	assert_int_equal(try_put(&b, PATIENT("a", "Trois"), "a", (struct record_if){ .has_version = true, .version = 2 }, &d, &p), RC_OK);
	assert_int_equal(d.version, 3);
	FINDS(&b, "Patient", "family=Trois", "a");
	FINDS(&b, "Patient", "family=Deux", "");
	whole(&b);
}

static void what_breaks_a_rule_is_refused_with_its_place(void **s)
{
	(void)s;
	struct problem p;
	assert_int_equal(try_put(&b, "{\"resourceType\":\"Patient\",\"nom\":\"x\"}", "", (struct record_if){ 0 }, NULL, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_UNKNOWN_ELEMENT);
	assert_int_equal(try_put(&b, PATIENT("a", "x"), "b", (struct record_if){ 0 }, NULL, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_ID_MISMATCH);
	assert_int_equal(try_put(&b, "{\"resourceType\":\"Patient\"", "", (struct record_if){ 0 }, NULL, &p), RC_BAD_INPUT);
}

static void reading_what_is_not_there_or_was_deleted_says_so(void **s)
{
	(void)s;
	struct record_row row;
	struct problem p;
	put(&b, "a", PATIENT("a", "Un"));
	assert_int_equal(record_read(b.c, T("Patient"), STR("b"), &row, &p), RC_NOT_FOUND);
	assert_int_equal(record_read(b.c, T("Observation"), STR("a"), &row, &p), RC_NOT_FOUND);
	assert_int_equal(record_read(b.c, T("Patient"), STR("../a"), &row, &p), RC_NOT_FOUND);
	OK(try_delete(&b, "Patient", "a", (struct record_if){ 0 }, pp));
	assert_int_equal(record_read(b.c, T("Patient"), STR("a"), &row, &p), RC_GONE);
	assert_int_equal(try_delete(&b, "Patient", "a", (struct record_if){ 0 }, &p), RC_GONE);
	assert_int_equal(try_delete(&b, "Patient", "zz", (struct record_if){ 0 }, &p), RC_NOT_FOUND);
	assert_int_equal(try_put(&b, PATIENT("a", "Un"), "a", (struct record_if){ 0 }, NULL, &p), RC_GONE);
	FINDS(&b, "Patient", "family=un", "");
	struct record_done d = put(&b, "a", PATIENT("a", "Encore"));
	assert_int_equal(d.version, 3);
	assert_true(d.created);
	FINDS(&b, "Patient", "family=encore", "a");
	whole(&b);
}

struct seen { struct record_each e; unsigned n; uint32_t version[16]; bool deleted[16]; };
static enum rc seen_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct seen *x = (struct seen *)e;
	(void)p;
	x->version[x->n] = row->version;
	x->deleted[x->n++] = row->deleted;
	return RC_OK;
}

static void history_runs_from_the_newest_and_pages(void **s)
{
	(void)s;
	struct seen x = { .e = { seen_row } };
	struct record_row row;
	put(&b, "a", PATIENT("a", "Un"));
	put(&b, "a", PATIENT("a", "Deux"));
	OK(try_delete(&b, "Patient", "a", (struct record_if){ 0 }, pp));
	put(&b, "a", PATIENT("a", "Quatre"));
	OK(record_history(b.c, T("Patient"), STR("a"), 3, 0, &x.e, pp));
	assert_int_equal(x.n, 3);
	assert_int_equal(x.version[0], 4);
	assert_int_equal(x.version[1], 3);
	assert_true(x.deleted[1]);
	assert_int_equal(x.version[2], 2);
	x.n = 0;
	OK(record_history(b.c, T("Patient"), STR("a"), 3, 2, &x.e, pp));
	assert_int_equal(x.n, 1);
	assert_int_equal(x.version[0], 1);
	OK(record_vread(b.c, T("Patient"), STR("a"), 1, &row, pp));
	assert_non_null(memmem(row.body.p, row.body.n, "\"Un\"", 4));
	assert_non_null(memmem(row.body.p, row.body.n, "\"versionId\":\"1\"", 15));
	struct problem p;
	assert_int_equal(record_vread(b.c, T("Patient"), STR("a"), 3, &row, &p), RC_GONE);
	assert_int_equal(record_vread(b.c, T("Patient"), STR("a"), 9, &row, &p), RC_NOT_FOUND);
}

static void the_text_comes_back_as_it_was_but_for_id_and_meta(void **s)
{
	(void)s;
	struct record_row row;
	clock_set(1795356727123); /* 2026-11-22T14:12:07.123Z */
	static const char *const CASES[][2] = {
		{ "{ \"resourceType\" : \"Observation\", \"status\":\"final\", \"code\":{\"text\":\"caf\\u00e9 \\/ th\xc3\xa9\"}, \"valueQuantity\":{\"value\":1.50e1} }",
		  "{\"resourceType\":\"Observation\",\"id\":\"a\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2026-11-22T14:12:07.123Z\"},\"status\":\"final\",\"code\":{\"text\":\"caf\\u00e9 \\/ th\xc3\xa9\"},\"valueQuantity\":{\"value\":1.50e1}}" },
		{ "{\"status\":\"final\",\"meta\":{\"profile\":[\"http://x.example/p\"],\"versionId\":\"77\",\"lastUpdated\":\"2001-01-01T00:00:00Z\",\"source\":\"#z\"},\"code\":{\"text\":\"x\"},\"id\":\"a\",\"resourceType\":\"Observation\"}",
		  "{\"status\":\"final\",\"meta\":{\"versionId\":\"2\",\"lastUpdated\":\"2026-11-22T14:12:07.124Z\",\"profile\":[\"http://x.example/p\"],\"source\":\"#z\"},\"code\":{\"text\":\"x\"},\"id\":\"a\",\"resourceType\":\"Observation\"}" },
	};
	for (size_t i = 0; i < 2; i++) {
		put(&b, "a", CASES[i][0]);
		OK(record_read(b.c, T("Observation"), STR("a"), &row, pp));
		char text[1000];
		snprintf(text, sizeof text, "%.*s", STR_ARG(row.body));
		assert_string_equal(text, CASES[i][1]);
	}
}

static void an_equal_body_makes_no_version_when_asked(void **s)
{
	(void)s;
	struct record_done d;
	put(&b, "a", PATIENT("a", "Un"));
	OK(try_put(&b, "{\"resourceType\":\"Patient\", \"id\":\"a\",\"name\":[{\"family\":\"Un\"}]}", "a", (struct record_if){ .keep_if_same = true }, &d, pp));
	assert_true(d.unchanged);
	assert_int_equal(d.version, 1);
	OK(try_put(&b, PATIENT("a", "Deux"), "a", (struct record_if){ .keep_if_same = true }, &d, pp));
	assert_int_equal(d.version, 2);
}

static void a_resource_enters_the_compartment_when_its_patient_comes_later(void **s)
{
	(void)s;
	struct record_done o = put(&b, "o", "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/late\"}}");
	struct record_done moved = put(&b, "m", "{\"resourceType\":\"Observation\",\"id\":\"m\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/late\"}}");
	put(&b, "m", "{\"resourceType\":\"Observation\",\"id\":\"m\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/other\"}}");
	assert_int_equal(o.patient, 0);
	FINDS(&b, "Observation", "subject=Patient/late", "o");
	struct record_done d = put(&b, "late", PATIENT("late", "Tard"));
	assert_int_equal(d.patient, d.rid);
	struct record_row row;
	OK(record_by_rid(b.c, o.rid, &row, pp));
	assert_int_equal(row.patient, d.rid);
	OK(record_by_rid(b.c, moved.rid, &row, pp));
	assert_int_equal(row.patient, 0);
	assert_int_equal(record_patient_rid(b.c, STR("late")), d.rid);
	assert_int_equal(record_patient_rid(b.c, STR("nobody")), 0);
	struct record_scope scope = { .within = &d.rid, .n = 1 };
	struct found f;
	OK(try_search(&b, "Observation", "", &scope, "", &f, pp));
	assert_string_equal(f.ids.text, "o");
	whole(&b);
}

struct told { struct record_watch w; int n; bool created, deleted; int64_t patient; };
static enum rc told_changed(struct record_watch *w, struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	struct told *t = (struct told *)w;
	(void)c;
	t->n++;
	t->created = ch->created;
	t->deleted = ch->now == NULL;
	t->patient = ch->patient;
	return t->n == 4 ? problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "the test says no") : RC_OK;
}

static void who_watches_is_told_in_the_same_transaction_and_may_refuse(void **s)
{
	(void)s;
	struct told t = { .w = { told_changed } };
	struct problem p;
	record_watch_set(&t.w);
	struct record_done d = put(&b, "a", PATIENT("a", "Un"));
	assert_true(t.created && !t.deleted && t.patient == d.rid);
	put(&b, "a", PATIENT("a", "Deux"));
	assert_false(t.created);
	OK(try_delete(&b, "Patient", "a", (struct record_if){ 0 }, pp));
	assert_true(t.deleted);
	assert_int_equal(try_put(&b, PATIENT("x", "Non"), "x", (struct record_if){ 0 }, NULL, &p), RC_CONFLICT);
	record_watch_set(NULL);
	FINDS(&b, "Patient", "family=non", "");
	whole(&b);
}

static unsigned char mark_of_length(const struct json *resource)
{
	struct str family = json_get_text(json_at(json_get(resource, "name"), 0), "family");
	return (unsigned char)(family.n ? family.n : json_get_text(resource, "id").n + 100);
}

static void what_the_house_found_out_at_the_write_comes_with_every_read(void **s)
{
	(void)s;
	struct record_row row;
	record_mark_set(mark_of_length);
	put(&b, "o1", "{\"resourceType\":\"Observation\",\"id\":\"o1\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	put(&b, "a", PATIENT("a", "Un")); /* the observation is sealed anew, with her key */
	put(&b, "a", PATIENT("a", "Quatre"));
	OK(record_read(b.c, T("Observation"), STR("o1"), &row, pp));
	assert_int_equal(row.mark, 102);
	assert_true(row.patient != 0);
	OK(record_read(b.c, T("Patient"), STR("a"), &row, pp));
	assert_int_equal(row.mark, 6);
	record_mark_set(NULL);
	put(&b, "a", PATIENT("a", "Cinq"));
	OK(record_read(b.c, T("Patient"), STR("a"), &row, pp));
	assert_int_equal(row.mark, 0);
	OK(record_vread(b.c, T("Patient"), STR("a"), 1, &row, pp));
	assert_int_equal(row.mark, 2);
	whole(&b);
}

static void reindexing_gives_the_same_answers(void **s)
{
	(void)s;
	for (int i = 0; i < 30; i++) {
		char id[16], body[300];
		snprintf(id, sizeof id, "p%02d", i);
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"id\":\"%s\",\"name\":[{\"family\":\"Famille%d\"}],\"birthDate\":\"19%02d-03-04\"}", id, i % 3, 50 + i);
		put(&b, id, body);
	}
	OK(try_delete(&b, "Patient", "p07", (struct record_if){ 0 }, pp));
	OK(record_reindex(b.db, NULL, pp));
	whole(&b);
	FINDS(&b, "Patient", "family=famille1&birthdate=ge1970", "p22 p25 p28");
}

static enum rc older_form(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)job, (void)txn;
	struct db_stmt *s = db_stmt(c, ST_DB_STATE_SET);
	db_bind_str(s, 1, STR("index_form"));
	db_bind_i64(s, 2, 1);
	return db_run(s, p);
}

static void rows_of_an_older_form_are_made_anew(void **s)
{
	(void)s;
	enum record_rebuild due;
	struct db_job job = { .run = older_form };
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"address\":[{\"city\":\"Orly\"}]}");
	OK(record_rebuild_due(b.db, &due, pp));
	assert_int_equal(due, REBUILD_NONE); /* a base that began with this program */
	OK(db_write_now(b.db, &job, pp));
	OK(record_rebuild_due(b.db, &due, pp));
	assert_int_equal(due, REBUILD_INDEXES);
	OK(record_reindex(b.db, NULL, pp));
	OK(record_rebuild_due(b.db, &due, pp));
	assert_int_equal(due, REBUILD_RELATIONS); /* what stands on the bodies is made after them */
	OK(record_rebuild_over(b.db, pp));
	OK(record_rebuild_due(b.db, &due, pp));
	assert_int_equal(due, REBUILD_NONE);
	whole(&b);
	FINDS(&b, "Patient", "address=orly", "a");
}

#define FITS " NOT BETWEEN -140737488355328 AND 140737488355327"
static void hashes_of_48_bits_that_meet_give_no_wrong_answer(void **s)
{
	(void)s;
	static const char *const TABLE[] = { "by_veiled", "by_number", "by_date" };
	struct found f;
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"Vasseur\"}],\"birthDate\":\"1971-02-03\"}");
	put(&b, "c", "{\"resourceType\":\"Patient\",\"id\":\"c\",\"name\":[{\"family\":\"Lemoine\"}],\"birthDate\":\"1980-12-30\"}");
	put(&b, "o", "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{\"reference\":\"Patient/a\"},"
		"\"effectiveDateTime\":\"2025-05\",\"valueQuantity\":{\"value\":72,\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}");
	put(&b, "q", "{\"resourceType\":\"Observation\",\"id\":\"q\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"2708-6\"}]},\"subject\":{\"reference\":\"Patient/c\"},"
		"\"effectiveDateTime\":\"2024-04\",\"valueQuantity\":{\"value\":96,\"system\":\"http://unitsofmeasure.org\",\"code\":\"%\"}}");
	assert_int_equal(test_base_number(b.path, "SELECT count(*) FROM by_veiled WHERE value" FITS), 0);
	assert_int_equal(test_base_number(b.path, "SELECT count(*) FROM by_token WHERE system" FITS " OR (system=1 AND value" FITS ")"), 0);
	assert_int_equal(test_base_number(b.path, "SELECT count(*) FROM by_number WHERE unit" FITS " OR group_code" FITS), 0);
	assert_true(test_base_number(b.path, "SELECT count(*) FROM by_number WHERE group_code<>0 AND unit<>0") > 0);
	/* every row of one resource leads to all others of its type too, as if all hashes had met */
	for (size_t i = 0; i < sizeof TABLE / sizeof *TABLE; i++) {
		char sql[700];
		const char *cols = i == 0 ? "param, value" : i == 1 ? "param, group_code, value, unit" : "param, group_code, low, high", *more = test_base_is_server() ? ", patient" : "";
		snprintf(sql, sizeof sql, "INSERT INTO %s(%s, rid%s) SELECT %s, r.rid%s%s FROM %s v JOIN resource mine ON mine.rid=v.rid JOIN resource r ON r.type=mine.type AND r.rid<>mine.rid ON CONFLICT DO NOTHING", TABLE[i], cols, more,
			i == 0 ? "v.param, v.value" : i == 1 ? "v.param, v.group_code, v.value, v.unit" : "v.param, v.group_code, v.low, v.high", *more ? ", r." : "", *more ? "patient" : "", TABLE[i]);
		test_base_sql(b.path, sql, NULL, NULL);
	}
	base_reopen(&b);
	FINDS(&b, "Patient", "family=vas", "a");
	FINDS(&b, "Patient", "family=lemoine", "c");
	FINDS(&b, "Patient", "birthdate=1971-02-03", "a");
	FINDS(&b, "Patient", "birthdate=1980", "c");
	FINDS(&b, "Observation", "code-value-quantity=8867-4$72", "o");
	FINDS(&b, "Observation", "value-quantity=96||%25", "q");
	FINDS(&b, "Observation", "date=2024-04", "q");
	OK(try_search(&b, "Patient", "family=vas&_total=accurate", NULL, "", &f, pp));
	assert_int_equal(f.total, 1);
	OK(try_search(&b, "Observation", "code=http://loinc.org|8867-4&_total=accurate", NULL, "", &f, pp));
	assert_int_equal(f.total, 1);
	OK(try_search(&b, "Observation", "code=http://loinc.org|&_total=accurate", NULL, "", &f, pp));
	assert_int_equal(f.total, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rows_of_an_older_form_are_made_anew, setup, teardown),
		cmocka_unit_test_setup_teardown(hashes_of_48_bits_that_meet_give_no_wrong_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(a_version_that_is_not_current_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(what_breaks_a_rule_is_refused_with_its_place, setup, teardown),
		cmocka_unit_test_setup_teardown(reading_what_is_not_there_or_was_deleted_says_so, setup, teardown),
		cmocka_unit_test_setup_teardown(history_runs_from_the_newest_and_pages, setup, teardown),
		cmocka_unit_test_setup_teardown(the_text_comes_back_as_it_was_but_for_id_and_meta, setup, teardown),
		cmocka_unit_test_setup_teardown(an_equal_body_makes_no_version_when_asked, setup, teardown),
		cmocka_unit_test_setup_teardown(a_resource_enters_the_compartment_when_its_patient_comes_later, setup, teardown),
		cmocka_unit_test_setup_teardown(who_watches_is_told_in_the_same_transaction_and_may_refuse, setup, teardown),
		cmocka_unit_test_setup_teardown(what_the_house_found_out_at_the_write_comes_with_every_read, setup, teardown),
		cmocka_unit_test_setup_teardown(reindexing_gives_the_same_answers, setup, teardown),
	};
	return cmocka_run_group_tests_name("record/put", tests, NULL, NULL);
}
