/* SPDX-License-Identifier: Apache-2.0 */
/* test_check.c: the check of the indexes counts each row that is missing, too many or changed, in every table, and nothing else. */
#include "base.h"

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

static const struct { const char *name; bool owned; } TABLES[] = { { "by_type", false }, { "by_updated", false }, { "by_patient", false }, { "by_token", true }, { "by_string", true },
	{ "by_date", true }, { "by_date_end", true }, { "by_number", true }, { "by_reference", true }, { "by_uri", true }, { "by_veiled", true }, { "id_key", false }, { "facts", false } };

/* Rows in every table; one resource deleted, one without a patient. */
static void fill(void)
{
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"name\":[{\"family\":\"Vasseur\"}],\"birthDate\":\"1971-02-03\"}");
	put(&b, "c", "{\"resourceType\":\"Patient\",\"id\":\"c\",\"name\":[{\"family\":\"Lemoine\"}]}");
	put(&b, "o", "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{\"reference\":\"Patient/a\"},"
		"\"effectivePeriod\":{\"start\":\"2025-05-01\",\"end\":\"2025-06-01\"},\"valueQuantity\":{\"value\":72,\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}");
	put(&b, "v", "{\"resourceType\":\"ValueSet\",\"id\":\"v\",\"url\":\"https://hygie.test/v\",\"name\":\"Valeurs\",\"status\":\"active\"}");
	put(&b, "d", "{\"resourceType\":\"Patient\",\"id\":\"d\",\"name\":[{\"family\":\"Martin\"}]}");
	OK(try_delete(&b, "Patient", "d", (struct record_if){ 0 }, pp));
}

static long long rows(const char *table)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	return test_base_number(b.path, sql);
}

static void check_finds(const char *what, long long n)
{
	uint64_t found = UINT64_MAX;
	OK(record_check(b.db, NULL, &found, pp));
	if (found != (uint64_t)n)
		fail_msg("%s: %llu differences, not %lld", what, (unsigned long long)found, n);
}

static void each_row_that_is_missing_is_counted(void **s)
{
	(void)s;
	char sql[300];
	long long gone = 0;
	fill();
	check_finds("nothing", 0);
	for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
		long long before = rows(TABLES[i].name);
		snprintf(sql, sizeof sql, "DELETE FROM %s WHERE rid=(SELECT max(rid) FROM %s WHERE rid<>(SELECT max(rid) FROM resource))", TABLES[i].name, TABLES[i].name);
		test_base_sql(b.path, sql, NULL, NULL);
		long long now = rows(TABLES[i].name);
		assert_true(now < before);
		gone += before - now;
		check_finds(TABLES[i].name, gone);
	}
	OK(record_reindex(b.db, NULL, pp)); /* which does not make id_key */
	check_finds("made anew", 1);
}

static void each_row_too_many_is_counted(void **s)
{
	(void)s;
	char sql[700];
	long long more = 0;
	static const char *const COLS[] = { "type", "type, updated_ms", "patient, type", "param, group_code, value, system", "param, group_code, value", "param, group_code, low, high",
		"param, group_code, high, low", "param, group_code, value, unit", "param, target", "param, value", "param, value" };
	fill();
	for (size_t i = 0; i < sizeof COLS / sizeof *COLS; i++) { /* of a resource that is there, of one that never was */
		const char *patient = TABLES[i].owned && test_base_is_server() ? ", patient" : "";
		for (int away = 0; away < 2; away++) {
			long long before = rows(TABLES[i].name);
			snprintf(sql, sizeof sql, "INSERT INTO %s(%s, rid%s) SELECT %s, %s%s FROM %s WHERE rid=(SELECT max(rid) FROM %s) ON CONFLICT DO NOTHING", TABLES[i].name, COLS[i], patient, COLS[i],
				away ? "rid+77777777" : "(SELECT max(rid) FROM resource)", patient, TABLES[i].name, TABLES[i].name);
			test_base_sql(b.path, sql, NULL, NULL);
			more += rows(TABLES[i].name) - before;
			assert_true(rows(TABLES[i].name) > before);
			check_finds(TABLES[i].name, more);
		}
	}
	test_base_sql(b.path, "INSERT INTO facts(rid, key, type, patient, updated_ms, data) SELECT rid+77777777, key, type, patient, updated_ms, data FROM facts WHERE rid=(SELECT min(rid) FROM facts)", NULL, NULL);
	check_finds("facts of nothing", more + 1);
	test_base_sql(b.path, "INSERT INTO id_key(key, rid) SELECT key+1, rid FROM id_key WHERE rid=(SELECT min(rid) FROM id_key)", NULL, NULL);
	check_finds("a key too many", more + 2);
}

static void a_row_that_was_changed_is_one_missing_and_one_too_many(void **s)
{
	(void)s;
	static const struct { const char *table, *set; long long n; } CHANGES[] = { { "by_type", "type=type+1", 2 }, { "by_updated", "updated_ms=updated_ms+1", 2 }, { "by_patient", "patient=patient+1000000", 2 },
		{ "by_token", "value=value+1", 2 }, { "by_string", "param=param+65536", 2 }, { "by_date", "low=low-1", 2 }, { "by_date_end", "group_code=5", 2 }, { "by_number", "value=value*1.0000001", 2 },
		{ "by_reference", "target=-target", 2 }, { "by_uri", "value=value-1", 2 }, { "by_veiled", "value=value+1", 2 }, { "id_key", "key=key+1", 2 }, { "facts", "updated_ms=updated_ms+1", 1 } };
	char sql[400];
	long long n = 0;
	fill();
	for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES; i++) {
		const char *t = CHANGES[i].table;
		snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE rid=(SELECT min(rid) FROM %s)", t, t);
		long long touched = test_base_number(b.path, sql);
		snprintf(sql, sizeof sql, "UPDATE %s SET %s WHERE rid=(SELECT min(rid) FROM %s)", t, CHANGES[i].set, t);
		test_base_sql(b.path, sql, NULL, NULL);
		n += CHANGES[i].n * touched;
		check_finds(t, n);
	}
}

/* What two resources have exchanged leaves every count as it was. */
static void values_exchanged_between_resources_are_found(void **s)
{
	(void)s;
	fill();
	test_base_sql(b.path, "UPDATE by_veiled SET rid=(SELECT min(rid) FROM by_veiled)+(SELECT max(rid) FROM by_veiled)-rid WHERE rid IN ((SELECT min(rid) FROM by_veiled), (SELECT max(rid) FROM by_veiled))", NULL, NULL);
	uint64_t n = 0;
	OK(record_check(b.db, NULL, &n, pp));
	assert_true(n > 2);
}

static void at_stop(struct record_progress *g, uint64_t done, uint64_t of) { (void)done, (void)of; g->stop = true; }
static void last(struct record_progress *g, uint64_t done, uint64_t of) { (void)g; assert_true(done <= of); }

static void a_check_can_be_stopped(void **s)
{
	(void)s;
	struct problem p;
	uint64_t n = 5;
	struct record_progress stops = { .at = at_stop }, goes = { .at = last };
	fill();
	assert_int_equal(record_check(b.db, &stops, &n, &p), RC_RETRY);
	assert_int_equal(p.why, WHY_STOPPED);
	OK(record_check(b.db, &goes, &n, pp));
	assert_int_equal(n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_row_that_is_missing_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(each_row_too_many_is_counted, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_that_was_changed_is_one_missing_and_one_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(values_exchanged_between_resources_are_found, setup, teardown),
		cmocka_unit_test_setup_teardown(a_check_can_be_stopped, setup, teardown),
	};
	return cmocka_run_group_tests_name("record/check", tests, NULL, NULL);
}
