/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of a base: no key, another's key or a key that others read opens nothing; a patient erased is gone and all else stands; keys change while in use. */
#include "base.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <signal.h>
#include <sys/wait.h>

static struct base b;

static char *key_path(const char *name)
{
	static char path[2][200];
	static unsigned at;
	char *out = path[at++ % 2];
	snprintf(out, 200, "%s/keys/%s", b.dir, name);
	return out;
}

static int setup(void **s)
{
	(void)s;
	base_new(&b);
	put(&b, "a", "{\"resourceType\":\"Patient\",\"id\":\"a\",\"birthDate\":\"1957-02-14\",\"name\":[{\"family\":\"Zorglub\",\"given\":[\"Marie\"]}]}");
	put(&b, "z", "{\"resourceType\":\"Patient\",\"id\":\"z\",\"birthDate\":\"1961-05-01\",\"name\":[{\"family\":\"Zorglin\"}]}");
	put(&b, "o", "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"final\",\"code\":{\"text\":\"Quartz\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	put(&b, "o", "{\"resourceType\":\"Observation\",\"id\":\"o\",\"status\":\"amended\",\"code\":{\"text\":\"Quartz\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	put(&b, "y", "{\"resourceType\":\"Observation\",\"id\":\"y\",\"status\":\"final\",\"code\":{\"text\":\"Quartz\"},\"subject\":{\"reference\":\"Patient/z\"}}");
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	unlink(key_path("instance.next"));
	base_end(&b);
	return 0;
}

static enum rc try_open(enum why *why_r)
{
	struct problem p = { 0 };
	struct db_settings set = { .path = b.path };
	db_reader_close(&b.c);
	db_close(&b.db);
	enum rc rc = db_open(&set, true, &b.db, &p);
	if (rc == RC_OK)
		rc = record_open(b.db, &p);
	*why_r = p.why;
	return rc;
}

static enum rc read_it(const char *type, const char *id, enum why *why_r)
{
	struct record_row row;
	struct problem p = { 0 };
	OK(db_begin(b.c, pp));
	enum rc rc = record_read(b.c, T(type), str_of(id), &row, &p);
	db_end(b.c);
	*why_r = p.why;
	return rc;
}

/* ---- refusals ---- */

static void without_its_key_a_base_does_not_open(void **s)
{
	enum why why;
	(void)s;
	assert_int_equal(rename(key_path("instance.key"), key_path("away")), 0);
	assert_int_not_equal(try_open(&why), RC_OK);
	assert_int_equal(why, WHY_KEY_MISSING);
	assert_int_equal(access(key_path("instance.key"), F_OK), -1); /* and none is made in its place */
	assert_int_equal(rename(key_path("away"), key_path("instance.key")), 0);
	base_reopen(&b);
	FINDS(&b, "Patient", "family=zorg", "a z");
}

static void another_key_or_no_key_in_the_file_is_refused(void **s)
{
	static const char *const TEXT[] = { "0000000000000000000000000000000000000000000000000000000000000000\n", "00\n", "", "zz00000000000000000000000000000000000000000000000000000000000000\n" };
	enum why why;
	(void)s;
	assert_int_equal(rename(key_path("instance.key"), key_path("away")), 0);
	for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++) {
		FILE *f = fopen(key_path("instance.key"), "w");
		fputs(TEXT[i], f);
		fclose(f);
		assert_int_equal(chmod(key_path("instance.key"), 0400), 0);
		assert_int_not_equal(try_open(&why), RC_OK);
		assert_int_equal(why, WHY_KEY_WRONG);
		assert_int_equal(unlink(key_path("instance.key")), 0);
	}
	assert_int_equal(rename(key_path("away"), key_path("instance.key")), 0);
	base_reopen(&b);
}

static void a_key_that_others_may_read_is_refused(void **s)
{
	static const mode_t MODE[] = { 0440, 0404, 0644, 0600 | S_IWGRP };
	enum why why;
	(void)s;
	for (size_t i = 0; i < sizeof MODE / sizeof *MODE; i++) {
		assert_int_equal(chmod(key_path("instance.key"), MODE[i]), 0);
		assert_int_not_equal(try_open(&why), RC_OK);
		assert_int_equal(why, WHY_KEY_EXPOSED);
	}
	assert_int_equal(chmod(key_path("instance.key"), 0400), 0);
	base_reopen(&b);
}

static void rows_that_were_exchanged_do_not_open(void **s)
{
	enum why why;
	(void)s;
	put(&b, "p", "{\"resourceType\":\"Observation\",\"id\":\"p\",\"status\":\"final\",\"code\":{\"text\":\"Basalt\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	test_base_sql(b.path, "UPDATE resource SET body=(SELECT body FROM resource WHERE id='o') WHERE id='p'", NULL, NULL);
	assert_int_equal(read_it("Observation", "p", &why), RC_BROKEN);
	assert_int_equal(why, WHY_CORRUPT);
	assert_int_equal(read_it("Observation", "o", &why), RC_OK);
}

/* ---- erasing ---- */

struct erase { struct db_job job; int64_t patient; };
static enum rc erase_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p) { (void)txn; return record_erase(c, ((struct erase *)job)->patient, p); }

static void an_erased_patient_is_unreadable_and_all_else_intact(void **s)
{
	enum why why;
	struct record_row row;
	struct problem p = { 0 };
	struct found f;
	(void)s;
	int64_t rid = record_patient_rid(b.c, STR("a"));
	FINDS(&b, "Observation", "code:text=qua", "o y");
	for (int again = 0; again < 2; again++) {
		struct erase e = { .job = { .run = erase_run }, .patient = rid };
		struct problem q = { 0 };
		assert_int_equal(db_write_now(b.db, &e.job, &q), again ? RC_NOT_FOUND : RC_OK);
	}
	for (int round = 0; round < 3; round++) { /* with keys in memory, after a start, after the indexes were built anew */
		assert_int_equal(read_it("Patient", "a", &why), RC_GONE);
		assert_int_equal(why, WHY_ERASED);
		assert_int_equal(read_it("Observation", "o", &why), RC_GONE);
		OK(db_begin(b.c, pp));
		assert_int_equal(record_vread(b.c, T("Observation"), STR("o"), 1, &row, &p), RC_GONE);
		assert_int_equal(p.why, WHY_ERASED);
		db_end(b.c);
		assert_int_equal(try_search(&b, "Patient", "family=zorg", NULL, "", &f, &p), RC_OK);
		assert_string_equal(f.ids.text, "z");
		FINDS(&b, "Observation", "code:text=qua", "y");
		FINDS(&b, "Patient", "birthdate=1961-05-01", "z");
		FINDS(&b, "Patient", "birthdate=1957-02-14", "");
		assert_int_equal(read_it("Observation", "y", &why), RC_OK);
		whole(&b);
		if (round == 0)
			base_reopen(&b);
		if (round == 1)
			OK(record_reindex(b.db, NULL, pp));
	}
	assert_int_not_equal(try_put(&b, "{\"resourceType\":\"Observation\",\"id\":\"n\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/a\"}}", "n", (struct record_if){ 0 }, NULL, &p), RC_OK);
	assert_int_equal(p.why, WHY_ERASED);
}

/* ---- resources of several patients ---- */

#define APPOINTMENT(id, status, x, y) "{\"resourceType\":\"Appointment\",\"id\":\"" id "\",\"status\":\"" status "\",\"start\":\"2026-03-01T09:00:00Z\",\"end\":\"2026-03-01T09:30:00Z\",\"participant\":[{\"actor\":{\"reference\":\"Patient/" x "\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":\"Patient/" y "\"},\"status\":\"accepted\"}]}"

static void erase(const char *id)
{
	struct erase e = { .job = { .run = erase_run }, .patient = record_patient_rid(b.c, str_of(id)) };
	OK(db_write_now(b.db, &e.job, pp));
}

static enum rc read_old(const char *type, const char *id, uint32_t version)
{
	struct record_row row;
	struct problem p = { 0 };
	OK(db_begin(b.c, pp));
	enum rc rc = record_vread(b.c, T(type), str_of(id), version, &row, &p);
	db_end(b.c);
	return rc;
}

static long long shared_rows(void) { return test_base_number(b.path, "SELECT count(*) FROM shared_key"); }

static void one_patient_takes_no_key_of_its_own(void **s)
{
	(void)s;
	assert_int_equal(shared_rows(), 0);
	put(&b, "twice", APPOINTMENT("twice", "booked", "a", "a"));
	assert_int_equal(shared_rows(), 0);
}

static void a_resource_of_two_outlives_either_and_not_both(void **s)
{
	static const char *const FIRST[] = { "a", "z" };
	enum why why;
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", "a", "z"));
	put(&b, "v", APPOINTMENT("v", "arrived", "a", "z"));
	put(&b, "w", APPOINTMENT("w", "booked", "z", "a"));
	assert_int_equal(shared_rows(), 4); /* the same patients: the same key */
	whole(&b);
	for (size_t i = 0; i < 2; i++) {
		erase(FIRST[i]);
		for (int round = 0; round < 3; round++) {
			enum rc want = i ? RC_GONE : RC_OK;
			assert_int_equal(read_it("Appointment", "v", &why), want);
			assert_int_equal(read_it("Appointment", "w", &why), want);
			assert_int_equal(read_old("Appointment", "v", 1), want);
			assert_int_equal(read_it("Patient", FIRST[i], &why), RC_GONE);
			FINDS(&b, "Appointment", "status=arrived", i ? "" : "v");
			FINDS(&b, "Appointment", "status=booked", i ? "" : "w");
			whole(&b);
			if (round == 0)
				base_reopen(&b);
			if (round == 1)
				OK(record_reindex(b.db, NULL, pp));
		}
		assert_int_equal(shared_rows(), i ? 0 : 2);
		char sql[200];
		snprintf(sql, sizeof sql, "SELECT count(*) FROM resource r JOIN resource p ON p.rid=r.patient WHERE r.id IN ('v', 'w') AND p.id='z'");
		assert_int_equal(test_base_number(b.path, sql), 2); /* it is z's from then on */
	}
}

static void who_left_a_resource_opens_its_old_versions_only(void **s)
{
	enum why why;
	(void)s;
	put(&b, "c", "{\"resourceType\":\"Patient\",\"id\":\"c\"}");
	put(&b, "v", APPOINTMENT("v", "booked", "a", "z"));
	put(&b, "v", APPOINTMENT("v", "booked", "a", "c"));
	put(&b, "v", APPOINTMENT("v", "arrived", "a", "a"));
	put(&b, "v", APPOINTMENT("v", "fulfilled", "a", "c"));
	whole(&b);
	erase("a");
	assert_int_equal(read_old("Appointment", "v", 3), RC_GONE);
	erase("c");
	assert_int_equal(read_it("Appointment", "v", &why), RC_GONE);
	assert_int_equal(read_old("Appointment", "v", 2), RC_GONE);
	assert_int_equal(read_old("Appointment", "v", 1), RC_OK);
	whole(&b);
}

static void a_patient_who_comes_later_joins(void **s)
{
	enum why why;
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", "late", "a"));
	put(&b, "w", APPOINTMENT("w", "booked", "late", "later"));
	assert_int_equal(shared_rows(), 0);
	put(&b, "late", "{\"resourceType\":\"Patient\",\"id\":\"late\"}");
	assert_int_equal(shared_rows(), 2);
	put(&b, "later", "{\"resourceType\":\"Patient\",\"id\":\"later\"}");
	assert_int_equal(shared_rows(), 4);
	whole(&b);
	erase("a");
	assert_int_equal(read_it("Appointment", "v", &why), RC_OK);
	erase("late");
	assert_int_equal(read_it("Appointment", "v", &why), RC_GONE);
	assert_int_equal(read_it("Appointment", "w", &why), RC_OK);
	whole(&b);
	put(&b, "w", APPOINTMENT("w", "arrived", "late", "later")); /* the erased one is left away */
	assert_int_equal(read_it("Appointment", "w", &why), RC_OK);
	whole(&b);
}

static void an_erased_patient_leaves_no_row_of_hers_and_touches_nobody_elses(void **s)
{
	static const char *const MINE[] = { "by_patient", "facts" };
	(void)s;
	long long rid = (long long)record_patient_rid(b.c, STR("a"));
	char sql[300];
	erase("a");
	for (size_t i = 0; i < sizeof MINE / sizeof *MINE; i++) {
		snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE patient=%lld", MINE[i], rid);
		assert_int_equal(test_base_number(b.path, sql), 0);
	}
	static const char *const INDEX[] = { "by_type", "by_updated", "by_token", "by_string", "by_date", "by_date_end", "by_number", "by_reference", "by_uri", "by_veiled" };
	for (size_t i = 0; i < sizeof INDEX / sizeof *INDEX; i++) {
		snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE rid IN (SELECT rid FROM resource WHERE patient=%lld)", INDEX[i], rid);
		assert_int_equal(test_base_number(b.path, sql), 0);
	}
}

/* ---- other keys ---- */

static void a_snapshot_older_than_a_rotation_reads_on(void **s)
{
	struct record_row row;
	bool any;
	(void)s;
	base_reopen(&b); /* no patient's key in memory */
	OK(db_begin(b.c, pp));
	struct db_stmt *st = db_stmt(b.c, ST_RECORD_SEALED_KEY);
	db_bind_i64(st, 1, 0);
	OK(db_step(st, &any, pp));
	db_reset(st);
	OK(record_keys_rotate(b.db, NULL, pp));
	assert_false(keys_rotating());
	OK(record_read(b.c, T("Patient"), STR("a"), &row, pp));
	OK(record_read(b.c, T("Observation"), STR("y"), &row, pp));
	db_end(b.c);
	OK(record_keys_rotate(b.db, NULL, pp));
	whole(&b);
}

struct rewrap { struct db_job job; unsigned most; uint64_t left; };
static enum rc rewrap_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p) { (void)txn; struct rewrap *r = (struct rewrap *)job; return keys_rewrap(c, r->most, &r->left, p); }

static long long wrapped_by(int no)
{
	char sql[100];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM sealed_key WHERE wrapped_by=%d", no);
	return test_base_number(b.path, sql);
}

static void all_is_there(void)
{
	enum why why;
	assert_int_equal(read_it("Patient", "a", &why), RC_OK);
	assert_int_equal(read_it("Observation", "o", &why), RC_OK);
	assert_int_equal(read_it("Observation", "y", &why), RC_OK);
	FINDS(&b, "Patient", "family=zorg", "a z");
	FINDS(&b, "Patient", "birthdate=1957-02-14", "a");
	whole(&b);
}

static void a_new_instance_key_takes_over_step_by_step_and_after_each_cut(void **s)
{
	(void)s;
	long long all = test_base_number(b.path, "SELECT count(*) FROM sealed_key");
	char old[80] = "", now[80] = "";
	FILE *f = fopen(key_path("instance.key"), "r");
	assert_non_null(fgets(old, sizeof old, f));
	fclose(f);
	OK(keys_next_make(pp));
	struct rewrap r = { .job = { .run = rewrap_run }, .most = 1, .left = 99 };
	for (int n = 0; r.left && n < 50; n++) {
		r.job.next = NULL;
		OK(db_write_now(b.db, &r.job, pp));
		base_reopen(&b); /* as after a kill: both keys are at hand */
		all_is_there();
	}
	assert_int_equal(r.left, 0);
	assert_int_equal(wrapped_by(2), all);
	base_reopen(&b); /* instance.next is the key; opening puts it in place */
	OK(keys_next_settle(b.db, pp));
	assert_int_equal(access(key_path("instance.next"), F_OK), -1);
	f = fopen(key_path("instance.key"), "r");
	assert_non_null(fgets(now, sizeof now, f));
	fclose(f);
	assert_string_not_equal(old, now);
	base_reopen(&b);
	all_is_there();
	put(&b, "new", "{\"resourceType\":\"Patient\",\"id\":\"new\"}");
	assert_int_equal(wrapped_by(2), all + 1);
}

static void the_old_key_opens_nothing_after_a_rotation(void **s)
{
	enum why why;
	(void)s;
	char old[80] = "";
	FILE *f = fopen(key_path("instance.key"), "r");
	assert_non_null(fgets(old, sizeof old, f));
	fclose(f);
	OK(keys_next_make(pp));
	struct rewrap r = { .job = { .run = rewrap_run }, .most = 5000, .left = 99 };
	for (int n = 0; r.left && n < 5; n++) {
		r.job.next = NULL;
		OK(db_write_now(b.db, &r.job, pp));
	}
	OK(keys_next_settle(b.db, pp));
	all_is_there();
	assert_int_equal(rename(key_path("instance.key"), key_path("away")), 0);
	f = fopen(key_path("instance.key"), "w");
	fputs(old, f);
	fclose(f);
	assert_int_equal(chmod(key_path("instance.key"), 0400), 0);
	assert_int_not_equal(try_open(&why), RC_OK);
	assert_int_equal(why, WHY_KEY_WRONG);
	assert_int_equal(unlink(key_path("instance.key")), 0);
	assert_int_equal(rename(key_path("away"), key_path("instance.key")), 0);
	base_reopen(&b);
}

static void a_rotation_killed_anywhere_goes_on(void **s)
{
	(void)s;
	if (test_base_is_server())
		return;
	for (int ms = 0; ms < 8; ms++) {
		db_reader_close(&b.c);
		db_close(&b.db);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct db_settings set = { .path = b.path };
			struct rewrap r = { .job = { .run = rewrap_run }, .most = 1, .left = 99 };
			struct problem p = { 0 };
			if (db_open(&set, true, &b.db, &p) != RC_OK || record_open(b.db, &p) != RC_OK || keys_next_make(&p) != RC_OK)
				_exit(1);
			for (int n = 0; r.left; n++) {
				r.job.next = NULL;
				if (db_write_now(b.db, &r.job, &p) != RC_OK)
					_exit(2);
				if (n == ms)
					kill(getpid(), SIGKILL);
			}
			if (keys_next_settle(b.db, &p) != RC_OK)
				_exit(3);
			kill(getpid(), SIGKILL);
		}
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		base_reopen(&b);
		all_is_there();
	}
}

static void another_index_key_finds_the_same_and_leaves_no_old_hash(void **s)
{
	(void)s;
	int64_t before = keys_hash(STR("zorglub"));
	OK(record_reindex_anew(b.db, NULL, pp));
	assert_int_not_equal(keys_hash(STR("zorglub")), before);
	all_is_there();
	base_reopen(&b);
	all_is_there();
}

#define KEYS_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		KEYS_TEST(one_patient_takes_no_key_of_its_own),
		KEYS_TEST(a_resource_of_two_outlives_either_and_not_both),
		KEYS_TEST(who_left_a_resource_opens_its_old_versions_only),
		KEYS_TEST(a_patient_who_comes_later_joins),
		KEYS_TEST(an_erased_patient_leaves_no_row_of_hers_and_touches_nobody_elses),
		KEYS_TEST(a_snapshot_older_than_a_rotation_reads_on),
		KEYS_TEST(without_its_key_a_base_does_not_open),
		KEYS_TEST(another_key_or_no_key_in_the_file_is_refused),
		KEYS_TEST(a_key_that_others_may_read_is_refused),
		KEYS_TEST(rows_that_were_exchanged_do_not_open),
		KEYS_TEST(an_erased_patient_is_unreadable_and_all_else_intact),
		KEYS_TEST(a_new_instance_key_takes_over_step_by_step_and_after_each_cut),
		KEYS_TEST(the_old_key_opens_nothing_after_a_rotation),
		KEYS_TEST(a_rotation_killed_anywhere_goes_on),
		KEYS_TEST(another_index_key_finds_the_same_and_leaves_no_old_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
