/* SPDX-License-Identifier: Apache-2.0 */
/* test_bulk.c: the first load, a writer killed at any moment, a full disk. */
#include "base.h"

#include <signal.h>
#include <sys/wait.h>

static struct base b;
static int setup(void **s) { (void)s; base_new(&b); return 0; }
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

static size_t make(char *out, size_t n, int i)
{
	if (i % 5 == 0)
		return (size_t)snprintf(out, n, "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"Famille%d\",\"given\":[\"Ann\xc3\xa9\"]}],\"birthDate\":\"19%02d-01-02\"}", i, i % 100, i % 90 + 10);
	return (size_t)snprintf(out, n, "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"c%d\"}]},\"subject\":{\"reference\":\"Patient/p%d\"},"
		"\"effectiveDateTime\":\"20%02d-05\",\"valueQuantity\":{\"value\":-%d.5,\"code\":\"mm\"}}", i, i % 7, i / 5 * 5, i % 25, i % 300);
}
static const char *id_of(char *out, int i) { snprintf(out, 20, "%c%d", i % 5 ? 'o' : 'p', i); return out; }

static void load(struct base *x, int n)
{
	struct record_bulk *k = NULL;
	char body[600], id[20];
	db_reader_close(&x->c);
	OK(record_bulk_open(x->db, &k, pp));
	for (int i = 0; i < n; i++) {
		size_t len = make(body, sizeof body, i);
		OK(record_bulk_put(k, T(i % 5 ? "Observation" : "Patient"), str_of(id_of(id, i)), (struct str){ body, len }, 1700000000000 + i, pp));
	}
	OK(record_bulk_end(&k, NULL, pp));
	OK(db_reader(x->db, &x->c, pp));
}

static void a_base_that_is_not_empty_is_not_loaded(void **s)
{
	(void)s;
	struct record_bulk *k = NULL;
	struct problem p;
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\"}");
	assert_int_equal(record_bulk_open(b.db, &k, &p), RC_CONFLICT);
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"active\":true}");
	whole(&b);
}

static void a_load_gives_what_single_writes_give(void **s)
{
	(void)s;
	load(&b, 3000);
	whole(&b);
	struct record_row row;
	OK(record_read(b.c, T("Observation"), STR("o7"), &row, pp));
	assert_int_equal(row.patient, record_patient_rid(b.c, STR("p5")));
	assert_non_null(memmem(row.body.p, row.body.n, "\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2023-11-14T22:13:20.007Z\"}", 65));
	struct found f;
	OK(try_search(&b, "Observation", "code=http://loinc.org|c3&_total=accurate", NULL, "", &f, pp));
	int expected = 0;
	for (int i = 0; i < 3000; i++)
		expected += i % 5 && i % 7 == 3;
	assert_int_equal(f.total, expected);
	FINDS(&b, "Observation", "patient=p10", "o11 o12 o13 o14");
	OK(try_search(&b, "Observation", "value-quantity=lt-299&_total=accurate", NULL, "", &f, pp));
	assert_int_equal(f.total, 10); /* 299.5 where i % 300 is 299: none of them a Patient */
	put(&b, "after", "{\"resourceType\":\"Patient\",\"id\":\"after\",\"name\":[{\"family\":\"Apr\xc3\xa8s\"}]}");
	FINDS(&b, "Patient", "family=apres", "after");
	base_reopen(&b);
	whole(&b);
}

static void an_interrupted_load_is_refused_at_the_next_start(void **s)
{
	(void)s;
	db_reader_close(&b.c);
	db_close(&b.db);
	pid_t child = fork();
	if (child == 0) {
		struct db_settings set = { .path = b.path };
		struct problem p;
		struct record_bulk *k = NULL;
		char body[600], id[20];
		if (db_open(&set, true, &b.db, &p) != RC_OK || record_open(b.db, &p) != RC_OK || record_bulk_open(b.db, &k, &p) != RC_OK)
			_exit(1);
		for (int i = 0; i < 2000; i++) {
			size_t len = make(body, sizeof body, i);
			if (record_bulk_put(k, fhir_type_of(str_of(i % 5 ? "Observation" : "Patient")), str_of(id_of(id, i)), (struct str){ body, len }, 1, &p) != RC_OK)
				_exit(1);
		}
		raise(SIGKILL);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	struct db_settings set = { .path = b.path };
	struct problem p;
	if (test_base_is_server()) { /* one transaction: nothing of it is there */
		OK(db_open(&set, true, &b.db, pp));
		assert_int_equal(test_base_number(b.path, "SELECT count(*) FROM resource"), 0);
		return;
	}
	assert_int_not_equal(db_open(&set, true, &b.db, &p), RC_OK);
	assert_int_equal(p.why, WHY_CORRUPT);
}

/* The child tells each id after its commit; the parent kills it, and finds all that was told. */
static void whatever_was_acknowledged_outlives_a_kill(void **s)
{
	(void)s;
	db_reader_close(&b.c);
	db_close(&b.db);
	for (int round = 0; round < 6; round++) {
		int fd[2];
		assert_int_equal(pipe(fd), 0);
		pid_t child = fork();
		if (child == 0) {
			struct db_settings set = { .path = b.path };
			struct problem p;
			if (db_open(&set, true, &b.db, &p) != RC_OK || record_open(b.db, &p) != RC_OK)
				_exit(1);
			for (int i = round * 100000;; i++) {
				char body[600];
				struct record_done d;
				make(body, sizeof body, i);
				if (i % 1000 == 0)
					arena_reset(&b.a);
				if (try_put(&b, body, "", (struct record_if){ 0 }, &d, &p) != RC_OK || write(fd[1], d.id, 65) != 65)
					_exit(1);
			}
		}
		char id[65];
		int n = 0;
		close(fd[1]);
		assert_int_equal(read(fd[0], id, 65), 65); /* it runs */
		usleep(30000 + (useconds_t)round * 37000);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		base_reopen(&b);
		do {
			struct record_row row;
			struct problem p;
			if (record_read(b.c, T("Patient"), str_of(id), &row, &p) != RC_OK)
				OK(record_read(b.c, T("Observation"), str_of(id), &row, pp));
			n++;
		} while (read(fd[0], id, 65) == 65);
		close(fd[0]);
		assert_true(n > 0);
		whole(&b);
		db_reader_close(&b.c);
		db_close(&b.db);
	}
}

static void a_full_disk_leaves_nothing_half_done_and_the_writer_alive(void **s)
{
	(void)s;
	if (test_base_is_server()) /* its disk is the server's own */
		return;
	db_reader_close(&b.c);
	db_close(&b.db);
	struct db_settings set = { .path = b.path, .max_pages = 120 };
	struct problem p = { 0 };
	OK(db_open(&set, true, &b.db, pp));
	OK(record_open(b.db, pp));
	OK(db_reader(b.db, &b.c, pp));
	static char body[40000], pad[30000];
	memset(pad, 'x', sizeof pad - 1);
	int i = 0;
	enum rc rc = RC_OK;
	for (; rc == RC_OK && i < 1000; i++) {
		snprintf(body, sizeof body, "{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"F%d\",\"text\":\"%s\"}]}", i, pad);
		rc = try_put(&b, body, "", (struct record_if){ 0 }, NULL, &p);
	}
	assert_int_equal(rc, RC_BROKEN);
	assert_int_equal(p.why, WHY_DISK_FULL);
	assert_true(i > 3);
	struct found f;
	OK(try_search(&b, "Patient", "_summary=count", NULL, "", &f, pp));
	assert_int_equal(f.total, i - 1);
	whole(&b);
	base_reopen(&b); /* space was freed */
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\"}");
	whole(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_base_that_is_not_empty_is_not_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(a_load_gives_what_single_writes_give, setup, teardown),
		cmocka_unit_test_setup_teardown(an_interrupted_load_is_refused_at_the_next_start, setup, teardown),
		cmocka_unit_test_setup_teardown(whatever_was_acknowledged_outlives_a_kill, setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_nothing_half_done_and_the_writer_alive, setup, teardown),
	};
	return cmocka_run_group_tests_name("record/bulk", tests, NULL, NULL);
}
