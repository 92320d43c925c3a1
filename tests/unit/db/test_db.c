/* SPDX-License-Identifier: Apache-2.0 */
/* test_db.c: opening and refusing, migrations, snapshots, the group-commit writer; every statement of the catalogue prepared and its plan looked at. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include "db/db.h"
#include "house.h"

static char dir[64], path[TEST_BASE_PATH];
static struct db *db;

static void reopen(void)
{
	struct db_settings set = { .path = path };
	db_close(&db);
	OK(db_open(&set, true, &db, pp));
}

static int setup(void **s)
{
	(void)s;
	snprintf(dir, sizeof dir, "/tmp/hygie-db-XXXXXX");
	assert_non_null(mkdtemp(dir));
	test_base_at(dir, path);
	reopen();
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	db_close(&db);
	test_base_gone(path);
	rmdir(dir);
	return 0;
}

static void sql(const char *text) { test_base_sql(path, text, NULL, NULL); }

static void refused(enum why why)
{
	struct db_settings set = { .path = path };
	struct problem p = { 0 };
	db_close(&db);
	assert_int_not_equal(db_open(&set, true, &db, &p), RC_OK);
	assert_string_equal(why_row(p.why)->name, why_row(why)->name);
}

static void a_file_that_is_not_ours_is_refused(void **s)
{
	(void)s;
	struct db_settings set = { .path = "/nowhere/at/all.db" };
	struct problem p;
	struct db *none = NULL;
	assert_int_not_equal(db_open(&set, false, &none, &p), RC_OK);
	db_close(&db);
	if (test_base_is_server()) {
		sql("DROP SCHEMA hygie CASCADE");
		struct db_settings there = { .path = path };
		assert_int_not_equal(db_open(&there, false, &none, &p), RC_OK);
		assert_int_equal(p.why, WHY_NOT_A_BASE);
		return;
	}
	sql("PRAGMA application_id=77");
	refused(WHY_NOT_A_BASE);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("this is no database, but a text long enough to be looked at as one: it must be refused, whatever it says", f);
	fclose(f);
	refused(WHY_NOT_A_BASE);
}

static void a_newer_base_is_refused(void **s)
{
	(void)s;
	db_close(&db);
	sql("INSERT INTO migration VALUES(9999, 'later', 'x', 0)");
	refused(WHY_NEWER_SCHEMA);
}

static void a_base_with_another_past_is_refused(void **s)
{
	(void)s;
	db_close(&db);
	sql("UPDATE migration SET sha256='00' WHERE no=1");
	refused(WHY_CORRUPT);
}

static void an_older_base_is_refused_unless_it_may_be_migrated(void **s)
{
	struct db_settings set = { .path = path };
	struct problem p = { 0 };
	(void)s;
	db_close(&db);
	OK(db_remove(path, pp));
	assert_int_not_equal(db_open(&set, false, &db, &p), RC_OK);
	assert_int_equal(p.why, WHY_NOT_A_BASE);
	OK(db_open(&set, true, &db, pp));
	db_close(&db);
	OK(db_open(&set, false, &db, pp));
}

/* ---- the writer ---- */

struct job { struct db_job job; int64_t key, txn; enum rc say; bool told, idle; unsigned runs; };

static enum rc job_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct job *x = (struct job *)j;
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY_ADD);
	db_bind_i64(s, 1, x->key);
	db_bind_i64(s, 2, x->key);
	x->txn = txn;
	x->runs++;
	enum rc rc = x->idle ? RC_OK : db_run(s, p);
	return rc != RC_OK ? rc : x->say == RC_OK ? RC_OK : problem_set(p, x->say, WHY_PRECONDITION, NULL, "as told");
}

static bool has(struct db_conn *c, int64_t key)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY);
	db_bind_i64(s, 1, key);
	OK(db_step(s, &row, pp));
	db_reset(s);
	return row;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static int left;
static void job_done(struct db_job *j)
{
	pthread_mutex_lock(&lock);
	((struct job *)j)->told = true;
	left--;
	pthread_cond_signal(&told);
	pthread_mutex_unlock(&lock);
}

static void wait_all(void)
{
	pthread_mutex_lock(&lock);
	while (left > 0)
		pthread_cond_wait(&told, &lock);
	pthread_mutex_unlock(&lock);
}

static void a_job_that_fails_takes_back_its_own_and_nothing_else(void **s)
{
	(void)s;
	enum { N = 300 };
	static struct job jobs[N];
	struct db_conn *c = NULL;
	memset(jobs, 0, sizeof jobs);
	for (int i = 0; i < N; i++)
		jobs[i] = (struct job){ .job = { .run = job_run, .done = job_done, .next = i + 1 < N ? &jobs[i + 1].job : NULL }, .key = i % 7 == 6 ? i : i + 1, .say = i % 5 == 4 ? RC_PRECONDITION : RC_OK };
	left = N;
	db_submit(db, &jobs[0].job);
	wait_all();
	OK(db_reader(db, &c, pp));
	OK(db_begin(c, pp));
	int64_t last = 0;
	for (int i = 0; i < N; i++) {
		assert_true(jobs[i].told);
		if (jobs[i].job.rc == RC_OK) {
			assert_true(jobs[i].txn > last);
			last = jobs[i].txn;
			assert_true(has(c, jobs[i].key));
		} else if (i % 5 == 4 && jobs[i].job.rc == RC_PRECONDITION && i % 7 < 5) /* 6 adds the key of 5 again: that row is the other's */ {
			assert_false(has(c, jobs[i].key));
		}
	}
	assert_int_equal(db_conn_txn(c), last);
	assert_int_equal(db_last_txn(db), last);
	db_end(c);
	db_reader_close(&c);
}

/* Three jobs of one group, the second fails: how often the first was run. */
static unsigned runs_of_the_first(int64_t key, bool idle)
{
	struct job jobs[3] = { { .key = key }, { .key = key + 1, .say = RC_PRECONDITION, .idle = idle }, { .key = key + 2 } };
	struct db_conn *c = NULL;
	for (int i = 0; i < 3; i++)
		jobs[i].job = (struct db_job){ .run = job_run, .done = job_done, .next = i < 2 ? &jobs[i + 1].job : NULL };
	left = 3;
	db_submit(db, &jobs[0].job);
	wait_all();
	assert_int_equal(jobs[0].job.rc, RC_OK);
	assert_int_equal(jobs[1].job.rc, RC_PRECONDITION);
	assert_int_equal(jobs[2].job.rc, RC_OK);
	assert_int_equal(jobs[2].txn, jobs[0].txn + 1);
	OK(db_reader(db, &c, pp));
	OK(db_begin(c, pp));
	for (int i = 0; i < 3; i++)
		assert_int_equal(has(c, key + i), i != 1);
	db_end(c);
	db_reader_close(&c);
	return jobs[0].runs;
}

static void a_group_runs_again_only_when_a_job_fails_that_had_written(void **s)
{
	(void)s;
	assert_int_equal(runs_of_the_first(10, true), 1);
	assert_int_equal(runs_of_the_first(20, false), test_base_is_server() ? 1 : 2); /* a server's failed statement needs its savepoint anyway */
	assert_int_equal(runs_of_the_first(30, false), 1); /* guarded from now on: who makes groups run twice does it once */
}

static enum rc many_keys(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct job *x = (struct job *)j;
	enum rc rc = RC_OK;
	(void)txn;
	for (int64_t i = 0; rc == RC_OK && i < 20000; i++) {
		struct db_stmt *s = db_stmt(c, ST_RECORD_KEY_ADD);
		db_bind_i64(s, 1, x->key + i);
		db_bind_i64(s, 2, 7);
		rc = db_run(s, p);
	}
	return rc;
}

static void a_reader_sees_pages_that_came_to_the_file_after_it_was_opened(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	OK(db_reader(db, &c, pp));
	for (int64_t key = 1; key < 100000; key += 20000) {
		struct job j = { .job = { .run = many_keys }, .key = key };
		OK(db_write_now(db, &j.job, pp));
		if (!test_base_is_server())
			sql("PRAGMA wal_checkpoint(PASSIVE)"); /* from the log into the file, which grows */
		OK(db_begin(c, pp));
		for (int64_t i = 1; i < key + 20000; i += 37)
			assert_true(has(c, i));
		assert_true(has(c, key + 19999));
		assert_false(has(c, key + 20000));
		db_end(c);
	}
	db_reader_close(&c);
}

static long write_calls(void)
{
	char line[64];
	long n = -1;
	FILE *f = fopen("/proc/self/io", "r");
	assert_non_null(f);
	while (n < 0 && fgets(line, sizeof line, f))
		if (sscanf(line, "syscw: %ld", &n) != 1)
			n = -1;
	fclose(f);
	return n;
}

static long log_bytes(void)
{
	char name[TEST_BASE_PATH + 8];
	struct stat st = { .st_size = 0 };
	snprintf(name, sizeof name, "%s-wal", path);
	return stat(name, &st) == 0 ? (long)st.st_size : 0;
}

static void the_pages_of_a_commit_go_to_the_log_in_few_calls(void **s)
{
	(void)s;
	if (test_base_is_server())
		return;
	struct db_conn *c = NULL;
	long calls = write_calls(), bytes = log_bytes();
	struct job j = { .job = { .run = many_keys }, .key = 1 };
	OK(db_write_now(db, &j.job, pp));
	long pages = (log_bytes() - bytes) / (4096 + 24);
	assert_true(pages > 20);
	assert_true(write_calls() - calls < pages / 2); /* SQLite alone makes two a page */
	OK(db_reader(db, &c, pp));
	for (int64_t i = 1; i < 20000; i += 37)
		assert_true(has(c, i));
	db_reader_close(&c);
	reopen(); /* and what another process would read */
	OK(db_reader(db, &c, pp));
	assert_true(has(c, 19999));
	db_reader_close(&c);
}

/* KB of the file that the process has entered in its memory map. */
static long entered_kb(void)
{
	char line[512];
	long kb = 0;
	bool ours = false;
	FILE *f = fopen("/proc/self/smaps", "r");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		if (strstr(line, " r--s ") && strstr(line, path))
			ours = true;
		if (ours && sscanf(line, "Rss: %ld kB", &kb) == 1)
			break;
	}
	fclose(f);
	return kb;
}

static void what_is_in_memory_of_a_base_is_in_the_map_before_it_is_looked_at(void **s)
{
	(void)s;
	if (test_base_is_server())
		return; /* it has its own memory */
	for (int64_t key = 1; key < 100000; key += 20000) {
		struct job j = { .job = { .run = many_keys }, .key = key };
		OK(db_write_now(db, &j.job, pp));
	}
	db_close(&db); /* the log goes into the file */
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	long file_kb = ftell(f) / 1024;
	fclose(f);
	assert_true(file_kb > 500);
	reopen();
	long kb = 0;
	for (int i = 0; i < 500 && (kb = entered_kb()) < file_kb; i++)
		usleep(10000);
	assert_true(kb >= file_kb);
}

static uint64_t asked, announced;
static void soon(void *ctx, uint64_t needs)
{
	(void)ctx;
	assert_int_equal(asked, 0); /* before the commit asks */
	announced = needs;
}

static _Atomic int groups_told;
static void group_told(void *ctx)
{
	(void)ctx;
	groups_told++;
}

static enum rc ledger(void *ctx, uint64_t needs)
{
	asked = needs;
	return *(enum rc *)ctx;
}

static void nothing_is_committed_when_the_ledger_refuses(void **s)
{
	(void)s;
	enum rc say = RC_BROKEN;
	struct problem p;
	struct db_conn *c = NULL;
	struct job j = { .job = { .run = job_run, .needs = 17 }, .key = 5 };
	db_ledger_set(db, &(struct db_ledger){ &say, ledger, soon, group_told });
	assert_int_equal(db_write_now(db, &j.job, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_LEDGER_DOWN);
	assert_int_equal(asked, 17);
	assert_int_equal(announced, 17);
	OK(db_reader(db, &c, pp));
	assert_false(has(c, 5));
	say = RC_OK;
	asked = 0;
	OK(db_write_now(db, &j.job, pp));
	for (unsigned i = 0; i < 2000 && groups_told == 0; i++) /* told once it is answered: perhaps in a moment */
		usleep(1000);
	assert_true(groups_told >= 1);
	assert_true(has(c, 5));
	db_reader_close(&c);
}

static void a_snapshot_does_not_see_what_comes_after_it(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct job j = { .job = { .run = job_run }, .key = 9 };
	OK(db_reader(db, &c, pp));
	OK(db_begin(c, pp));
	OK(db_write_now(db, &j.job, pp));
	assert_false(has(c, 9));
	db_end(c);
	OK(db_begin(c, pp));
	assert_true(has(c, 9));
	db_end(c);
	struct problem p;
	OK(db_begin(c, pp));
	struct db_stmt *w = db_stmt(c, ST_RECORD_KEY_ADD);
	db_bind_i64(w, 1, 1);
	db_bind_i64(w, 2, 1);
	assert_int_not_equal(db_run(w, &p), RC_OK); /* a reader cannot write */
	db_reader_close(&c);
}

static enum rc part_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct job *x = (struct job *)j;
	enum rc rc = job_run(j, c, txn, p);
	if (rc == RC_OK)
		rc = db_savepoint(c, p);
	x->key++;
	if (rc == RC_OK)
		rc = job_run(j, c, txn, p);
	if (rc == RC_OK)
		rc = db_savepoint_undo(c, p);
	x->key++;
	if (rc == RC_OK)
		rc = db_savepoint(c, p);
	if (rc == RC_OK)
		rc = job_run(j, c, txn, p);
	return rc == RC_OK ? db_savepoint_keep(c, p) : rc;
}

static void a_part_of_a_job_can_be_taken_back_alone(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct job j = { .job = { .run = part_run }, .key = 20 };
	OK(db_write_now(db, &j.job, pp));
	OK(db_reader(db, &c, pp));
	assert_true(has(c, 20) && !has(c, 21) && has(c, 22));
	db_reader_close(&c);
}

/* ---- meeting another session (a server only) ---- */

struct meeting {
	struct job j;
	PGconn *other;
	void (*meets)(struct meeting *m);   /* between the first and the second write, in the first run */
	int runs;
};

static void other_does(PGconn *h, const char *text)
{
	PGresult *r = PQexec(h, text);
	if (PQresultStatus(r) != PGRES_COMMAND_OK && PQresultStatus(r) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", text, PQerrorMessage(h));
	PQclear(r);
}

static enum rc place_put(struct db_conn *c, const char *code, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PLACE_PUT);
	db_bind_str(s, 1, str_of(code));
	db_bind_str(s, 2, STR("ours"));
	return db_run(s, p);
}

static enum rc meeting_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct meeting *m = (struct meeting *)j;
	enum rc rc = place_put(c, "one", p);
	if (rc == RC_OK)
		rc = job_run(j, c, txn, p);
	if (rc == RC_OK && m->runs++ == 0)
		m->meets(m);
	if (rc == RC_OK && has(c, 1)) /* all that was sent is done by now */
		rc = RC_BROKEN;
	return rc == RC_OK ? place_put(c, "two", p) : rc;
}

static void *other_wants_the_first(void *arg)
{
	struct meeting *m = arg;
	char url[TEST_BASE_PATH];
	snprintf(url, sizeof url, "%s", path);
	for (int i = 0; i < 500 && test_base_number(url, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0; i++)
		usleep(5000);
	other_does(m->other, "UPDATE place SET name='theirs' WHERE code='one'; COMMIT");
	return NULL;
}

static pthread_t other_thread;
static void crosses(struct meeting *m)
{
	other_does(m->other, "SET deadlock_timeout='60s'; BEGIN; UPDATE place SET name='theirs' WHERE code='two'"); /* so it is the writer who gives way */
	assert_int_equal(pthread_create(&other_thread, NULL, other_wants_the_first, m), 0);
}

static void overtakes(struct meeting *m) { other_does(m->other, "UPDATE place SET name='theirs' WHERE code='two'"); }

/* Runs one job that meets another session: it is run again, is told once, and is there once. */
static void met(void (*meets)(struct meeting *m), int64_t key)
{
	struct meeting m = { .j = { .job = { .run = meeting_run, .done = job_done }, .key = key }, .meets = meets };
	struct job beside = { .job = { .run = job_run, .done = job_done }, .key = key + 1 };
	char count[100];
	m.other = PQconnectdb(path);
	assert_int_equal(PQstatus(m.other), CONNECTION_OK);
	other_does(m.other, "SET search_path=hygie; INSERT INTO place(code, name) VALUES('one', ''), ('two', '') ON CONFLICT DO NOTHING");
	int64_t before = db_last_txn(db);
	left = 2;
	beside.job.next = &m.j.job;
	db_submit(db, &beside.job);
	wait_all();
	assert_int_equal(m.j.job.rc, RC_OK);
	assert_int_equal(beside.job.rc, RC_OK);
	assert_true(m.runs >= 2); /* again, and on a busy machine once more */
	assert_int_equal(db_last_txn(db), before + 2);
	snprintf(count, sizeof count, "SELECT count(*) FROM id_key WHERE key IN (%d, %d)", (int)key, (int)key + 1);
	assert_int_equal(test_base_number(path, count), 2);
	assert_int_equal(test_base_number(path, "SELECT count(*) FROM place WHERE name='ours'"), 2);
	if (meets == crosses)
		pthread_join(other_thread, NULL);
	PQfinish(m.other);
}

static void a_transaction_that_met_another_is_run_again_and_lands_once(void **s)
{
	(void)s;
	if (!test_base_is_server())
		return; /* nobody else can write to a file while its writer does */
	met(crosses, 100);
	/* an operator's own setting of the base makes the writer's transactions serializable */
	sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_isolation=serializable', current_database()); END $$");
	reopen();
	met(overtakes, 200);
}

/* ---- walks ---- */

#define WALKED 9000

static enum rc walk_fill(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)j, (void)txn;
	enum rc rc = RC_OK;
	for (int i = 0; rc == RC_OK && i < WALKED; i++) {
		struct db_stmt *s = db_stmt(c, ST_RECORD_I_UPDATED);
		db_bind_i64(s, 1, 7);
		db_bind_i64(s, 2, i / 10);
		db_bind_i64(s, 3, i);
		rc = db_run(s, p);
	}
	return rc;
}

/* Rows of a type by time; other reads go on between them, as in a search. */
static void walked(struct db_conn *c, enum stmt id, int64_t ms, int64_t rid, int64_t limit, int64_t first, int step, int expected)
{
	struct db_stmt *s = db_stmt(c, id);
	bool row = true;
	int n = 0;
	db_bind_i64(s, 1, 7);
	db_bind_i64(s, 2, ms);
	db_bind_i64(s, 3, rid);
	db_bind_i64(s, 4, limit);
	for (;; n++) {
		OK(db_step(s, &row, pp));
		if (!row)
			break;
		assert_int_equal(db_i64(s, 1), first + n * step);
		assert_int_equal(db_i64(s, 0), (first + n * step) / 10);
		if (n % 500 == 0)
			assert_false(has(c, 1));
	}
	assert_int_equal(n, expected);
}

static void a_long_walk_gives_each_row_once_and_in_order(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct db_job j = { .run = walk_fill };
	OK(db_write_now(db, &j, pp));
	OK(db_reader(db, &c, pp));
	OK(db_begin(c, pp));
	walked(c, ST_RECORD_W_UPDATED, -1, 0, INT64_MAX, 0, 1, WALKED);
	walked(c, ST_RECORD_W_UPDATED, 100, 1004, 200, 1005, 1, 2000 - 1005);
	walked(c, ST_RECORD_W_UPDATED_DOWN, INT64_MAX, INT64_MAX, INT64_MIN, WALKED - 1, -1, WALKED);
	walked(c, ST_RECORD_W_UPDATED_DOWN, 100, 1005, 0, 1004, -1, 1005);
	db_end(c);
	db_reader_close(&c);
}

/* ---- a feed ---- */

struct rows { struct db_feed f; int64_t i, n; };
static bool rows_next(struct db_feed *f, struct db_cell *cells)
{
	struct rows *r = (struct rows *)f;
	if (r->i == r->n)
		return false;
	cells[0] = (struct db_cell){ .kind = DB_CELL_I64, .i = 3 };
	cells[1] = (struct db_cell){ .kind = DB_CELL_I64, .i = r->i++ / 2 }; /* each twice */
	return true;
}

static enum rc feed_job(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct rows r = { .f = { .next = rows_next }, .n = 20000 };
	(void)j, (void)txn;
	return db_feed_run(c, ST_RECORD_F_TYPE, &r.f, p);
}

static void many_rows_through_one_statement_are_each_there_once(void **s)
{
	(void)s;
	struct db_job j = { .run = feed_job };
	OK(db_write_now(db, &j, pp));
	OK(db_write_now(db, &j, pp));
	db_close(&db);
	assert_int_equal(test_base_number(path, "SELECT count(*) FROM by_type WHERE type=3"), 10000);
	assert_int_equal(test_base_number(path, "SELECT sum(rid) FROM by_type"), 9999LL * 10000 / 2);
}

/* Rows of references: the resource's patient is told, where the table has it in its key. */
struct refs { struct db_job job; struct db_feed f; int64_t i, n; unsigned step; };
static bool refs_next(struct db_feed *f, struct db_cell *cells)
{
	struct refs *r = (struct refs *)((char *)f - offsetof(struct refs, f));
	if (r->i >= r->n)
		return false;
	for (int k = 0; k < 2; k++)
		cells[k] = (struct db_cell){ .kind = DB_CELL_I64, .i = 7 + k };
	cells[2] = (struct db_cell){ .kind = DB_CELL_I64, .i = r->i };
	r->i += r->step;
	return true;
}
static int64_t refs_owner(struct db_feed *f)
{
	const struct refs *r = (const struct refs *)((char *)f - offsetof(struct refs, f));
	return (r->i - r->step) % 10;
}
static enum rc refs_job(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct refs *r = (struct refs *)j;
	(void)txn;
	r->i = 0;
	return db_feed_run(c, ST_RECORD_F_REFERENCE, &r->f, p);
}

static void rows_that_tell_their_patient_are_each_there_once_also_where_some_were_there_before(void **s)
{
	(void)s;
	struct refs third = { .job = { .run = refs_job }, .f = { refs_next, refs_owner }, .n = 18000, .step = 3 }, all = third;
	all.step = 1;
	OK(db_write_now(db, &third.job, pp));
	OK(db_write_now(db, &all.job, pp));
	OK(db_write_now(db, &all.job, pp));
	db_close(&db);
	assert_int_equal(test_base_number(path, "SELECT count(DISTINCT rid) FROM by_reference WHERE param=7 AND target=8"), 18000);
	assert_int_equal(test_base_number(path, "SELECT sum(rid) FROM (SELECT DISTINCT rid FROM by_reference) q"), 17999LL * 18000 / 2);
	if (test_base_is_server()) /* the third alone: what was there after all was put again, and is looked up */
		assert_int_equal(test_base_number(path, "SELECT count(*) FROM by_reference WHERE patient=rid%10 AND rid%3=0"), 6000);
}

/* ---- rows that are put aside ---- */

static enum rc key_put(struct db_conn *c, int64_t key, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY_ADD);
	db_bind_i64(s, 1, key);
	db_bind_i64(s, 2, key);
	return db_run(s, p);
}

static enum rc key_seen(struct db_conn *c, int64_t key, bool is, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY);
	db_bind_i64(s, 1, key);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	return rc == RC_OK && row != is ? problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "key %lld", (long long)key) : rc;
}

static enum rc count_seen(struct db_conn *c, int64_t n, struct problem *p)
{
	bool row = false;
	int64_t seen = 0;
	enum rc rc;
	struct db_stmt *s = db_stmt(c, ST_RECORD_A_KEY);
	db_bind_i64(s, 1, INT64_MIN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		seen++;
	if (rc == RC_OK && seen != n)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "%lld keys", (long long)seen);
	db_reset(s);
	return rc;
}

/* Each step is seen by the next: rows one by one, by another way, under a part that is kept and one that is undone, one, few and very many. */
static enum rc aside_job(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	enum rc rc = RC_OK;
	(void)j, (void)txn;
	for (int64_t i = 0; i < 10 && rc == RC_OK; i++)
		rc = key_put(c, i, p);
	for (int64_t i = 0; i < 20 && rc == RC_OK; i++)
		rc = key_seen(c, i, i < 10, p);
	if (rc == RC_OK)
		rc = key_put(c, 10, p);
	if (rc == RC_OK)
		rc = count_seen(c, 11, p);
	for (int part = 0; part < 2 && rc == RC_OK; part++) {
		rc = key_put(c, 20 + part, p); /* before the part: stays */
		if (rc == RC_OK)
			rc = db_savepoint(c, p);
		for (int64_t i = 0; i < 100 && rc == RC_OK; i++)
			rc = key_put(c, 1000 + 1000 * part + i, p);
		if (rc == RC_OK)
			rc = part ? db_savepoint_undo(c, p) : db_savepoint_keep(c, p);
		if (rc == RC_OK)
			rc = key_seen(c, 1000 + 1000 * part, !part, p);
	}
	if (rc == RC_OK)
		rc = count_seen(c, 113, p);
	for (int64_t i = 0; i < 9000 && rc == RC_OK; i++)
		rc = key_put(c, 10000 + i, p);
	return rc == RC_OK ? key_seen(c, 18999, true, p) : rc;
}

static void rows_that_nobody_waits_for_are_seen_by_whoever_looks_and_end_with_their_part(void **s)
{
	(void)s;
	struct db_job j = { .run = aside_job };
	OK(db_write_now(db, &j, pp));
	db_close(&db);
	assert_int_equal(test_base_number(path, "SELECT count(*) FROM id_key"), 9113);
	assert_int_equal(test_base_number(path, "SELECT count(*) FROM id_key WHERE key>=2000 AND key<10000"), 0);
}

/* The last key is there twice: nobody looks, so it is told at the end of the job, and nothing of it stays. */
static enum rc twice_job(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	enum rc rc = RC_OK;
	(void)j, (void)txn;
	for (int64_t i = 0; i < 100 && rc == RC_OK; i++)
		rc = key_put(c, i % 99, p);
	return rc;
}

static void a_row_put_aside_that_was_there_fails_its_job_alone(void **s)
{
	(void)s;
	struct db_job twice = { .run = twice_job }, j = { .run = aside_job };
	struct problem p;
	assert_int_equal(db_write_now(db, &twice, &p), RC_CONFLICT);
	OK(db_write_now(db, &j, pp));
	assert_int_equal(db_write_now(db, &j, &p), RC_CONFLICT);
	db_close(&db);
	assert_int_equal(test_base_number(path, "SELECT count(*) FROM id_key"), 9113);
}

/* ---- one statement for many ---- */

struct asked { struct db_many m; int64_t keys[700]; unsigned seen[700]; };

static void asked_bind(struct db_many *m, struct db_stmt *s, size_t i) { db_bind_i64(s, 1, ((struct asked *)(void *)m)->keys[i]); }

static enum rc asked_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	struct asked *a = (struct asked *)(void *)m;
	a->seen[i]++;
	return db_i64(s, 0) == a->keys[i] ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "row of another");
}

/* Between its own writes: what was put a moment ago is seen, also a row that was put aside, and what is undone is not. */
static enum rc asked_job(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct asked a = { .m = { asked_bind, asked_row } };
	enum rc rc = RC_OK;
	(void)j, (void)txn;
	for (int64_t i = 0; i < 700; i++)
		a.keys[i] = i * 7 % 700;
	for (int part = 0; part < 3 && rc == RC_OK; part++) {
		memset(a.seen, 0, sizeof a.seen);
		rc = db_savepoint(c, p);
		for (int64_t i = part * 100; i < (part + 1) * 100 && rc == RC_OK; i++)
			rc = key_put(c, i, p);
		if (rc == RC_OK && part == 1)
			rc = db_savepoint_undo(c, p);
		uint64_t before = db_traffic(c).trips;
		if (rc == RC_OK)
			rc = db_each(c, ST_RECORD_KEY, &a.m, 700, p);
		if (rc == RC_OK && db_traffic(c).trips - before > (db_is_far(c) ? 12 : 0))
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "%d trips", (int)(db_traffic(c).trips - before));
		for (size_t i = 0; i < 700 && rc == RC_OK; i++)
			if (a.seen[i] != (a.keys[i] < 100 || (part == 2 && a.keys[i] >= 200 && a.keys[i] < 300)))
				rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "part %d, key %d", part, (int)a.keys[i]);
		if (rc == RC_OK && part != 1)
			rc = db_savepoint_keep(c, p);
	}
	return rc;
}

static void one_statement_for_many_gives_each_its_rows_also_to_the_writer(void **s)
{
	(void)s;
	struct db_job j = { .run = asked_job };
	OK(db_write_now(db, &j, pp));
}

/* ---- the catalogue ---- */

/* Statements that may look at a whole table: counts, clearing and walks of keeper, small tables of the house. */
static bool may_scan(const char *name)
{
	static const char *const NAMES[] = { "RECORD_WORDS", "RECORD_TOP", NULL };
	if (strncmp(name, "RECORD_N_", 9) == 0 || strncmp(name, "RECORD_Z_", 9) == 0 || strncmp(name, "RECORD_F_", 9) == 0)
		return true;
	for (size_t i = 0; NAMES[i]; i++)
		if (strcmp(name, NAMES[i]) == 0)
			return true;
	return false;
}

static bool is_big(const char *detail)
{
	static const char *const BIG[] = { "resource", "facts", "history", "id_key", "waiting", "by_type", "by_updated", "by_patient", "by_token", "by_string", "by_date", "by_number", "by_reference", "by_uri", NULL };
	if (strncmp(detail, "SCAN ", 5) != 0)
		return false;
	for (size_t i = 0; BIG[i]; i++)
		if (strncmp(detail + 5, BIG[i], strlen(BIG[i])) == 0)
			return true;
	return false;
}

static void strcat_list(char *out, size_t n, const char *more)
{
	size_t at = strlen(out);
	snprintf(out + at, n - at, "%s", more);
}

/*
 * On a server: tables that a statement may read whole, since they stay small: people of the house, sessions, words. All others are sought: a node on them has a
 * condition on its index, so that it reads what it looks for and not the whole index.
 */
static bool is_small(const char *table)
{
	static const char *const SMALL[] = { "account", "session", "state", "migration", "house", "place", "vocabulary", "instance_key", "machine_ticket", "act_done", "import_done", "account_waits", "closed_room", NULL };
	for (size_t i = 0; SMALL[i]; i++)
		if (strcmp(table, SMALL[i]) == 0)
			return true;
	return false;
}

/* Statements that go along a table by intent: the least or the largest of an index, an operator's verbs over all people or keys, lists that are few. */
static bool may_walk(const char *name)
{
	static const char *const NAMES[] = { "HOSPITAL_RELATION_TOP", "HOSPITAL_KNOWN_CLEAR", "HOSPITAL_KNOWN_NAME_CLEAR", "RECORD_SEALED_KEYS_OLD", "HOSPITAL_GLASS_OPEN", "HOSPITAL_GLASS_ALL", "HOSPITAL_KNOWN_COUNT",
		"HOSPITAL_BED_CLEAR", "HOSPITAL_UNIT_PLACE_CLEAR", "HOSPITAL_STAY_NOW_CLEAR", "HOSPITAL_STOCK_LEVELS_OVER", /* by night: all thresholds */ "HOSPITAL_MERGE_ANY", /* what is made anew from the record; is there one at all? */
		/* An empty base: the server goes along the index of what is open, since it is shorter than that of all. What is open is few. */
		"HOSPITAL_STOCK_SHORTAGE_BACK", "HOSPITAL_STOCK_SHORTAGE_WAITS", "HOSPITAL_STOCK_SHORTAGE_LESS", "HOSPITAL_STOCK_COUNT_DROP", "HOSPITAL_CLOSING_SIGN", "HOSPITAL_CLOSING_DROP",
		"HOSPITAL_DISCHARGE_WAIT_OF", /* one of what waits, in order: of an empty table the key is as short as the index of the patient */ NULL };
	for (size_t i = 0; NAMES[i]; i++)
		if (strcmp(name, NAMES[i]) == 0)
			return true;
	return may_scan(name);
}

/* Walks in the order of their table: whoever goes along it gets the first row at once, and a server never holds it whole. */
static bool is_walk(const char *name) { return strncmp(name, "RECORD_W_", 9) == 0 || strncmp(name, "RECORD_A_", 9) == 0; }

/* The lines of one plan. A scan's condition stands in the lines under it, deeper in. */
static void plan_seeks(const char *name, const PGresult *r)
{
	for (int k = 0; k < PQntuples(r); k++) {
		const char *line = PQgetvalue(r, k, 0), *on = strstr(line, " Scan"), *table = on ? strstr(on, " on ") : NULL;
		char of[64] = "";
		bool cond = false;
		if (!table || sscanf(table + 4, "%63s", of) != 1 || is_small(of) || may_walk(name))
			continue;
		size_t depth = strspn(line, " ");
		for (int j = k + 1; j < PQntuples(r) && strspn(PQgetvalue(r, j, 0), " ") > depth && !strstr(PQgetvalue(r, j, 0), "->"); j++)
			cond = cond || strstr(PQgetvalue(r, j, 0), "Index Cond:");
		if (strstr(line, "Seq Scan") || !cond)
			fail_msg("%s: %s", name, line);
	}
}

/* The server's plan of each statement as its connections run it; every one is prepared by it first. */
static void no_statement_scans_on_a_server(void)
{
	static const char SETTINGS[] = "SET search_path=hygie; SET plan_cache_mode=force_generic_plan; SET enable_seqscan=off; SET enable_bitmapscan=off;"
		"SET enable_hashjoin=off; SET enable_mergejoin=off; SET enable_material=off; SET jit=off";
	PGconn *h = PQconnectdb(path);
	assert_int_equal(PQstatus(h), CONNECTION_OK);
	PQclear(PQexec(h, SETTINGS));
	for (int i = 0; i < ST__END; i++) {
		const char *name = db_stmt_name((enum stmt)i), *text = db_stmt_text(db, (enum stmt)i);
		char ask[200], values[200] = "";
		if (strncmp(text, "SELECT", 6) != 0 && strncmp(text, "UPDATE", 6) != 0 && strncmp(text, "DELETE", 6) != 0)
			continue;
		PGresult *r = PQprepare(h, name, text, 0, NULL);
		if (PQresultStatus(r) != PGRES_COMMAND_OK)
			fail_msg("%s: %s", name, PQerrorMessage(h));
		PQclear(r);
		r = PQdescribePrepared(h, name);
		for (int k = 0; k < PQnparams(r); k++)
			strcat_list(values, sizeof values, k ? ", NULL" : "(NULL");
		PQclear(r);
		snprintf(ask, sizeof ask, "EXPLAIN EXECUTE \"%s\"%s%s", name, values, values[0] ? ")" : "");
		r = PQexec(h, ask);
		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			fail_msg("%s: %s", ask, PQerrorMessage(h));
		for (int k = 0; k < PQntuples(r); k++) {
			const char *detail = PQgetvalue(r, k, 0);
			if (is_walk(name) && strstr(detail, "Sort"))
				fail_msg("%s sorts: %s", name, detail);
		}
		plan_seeks(name, r);
		if (is_walk(name) && !strstr(text, " LIMIT "))
			fail_msg("%s would be held whole", name);
		PQclear(r);
	}
	PQfinish(h);
}

static void no_statement_scans_or_sorts_a_big_table(void **s)
{
	(void)s;
	if (test_base_is_server()) {
		no_statement_scans_on_a_server();
		return;
	}
	struct db_conn *c = NULL;
	sqlite3 *h = NULL;
	OK(db_reader(db, &c, pp));
	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	for (int i = 0; i < ST__END; i++) {
		const char *name = db_stmt_name((enum stmt)i), *text = db_stmt_sql((enum stmt)i);
		char plan[4000];
		sqlite3_stmt *q = NULL;
		assert_non_null(db_stmt(c, (enum stmt)i)); /* prepares, or ends the test */
		if (strncmp(text, "SELECT", 6) != 0 && strncmp(text, "UPDATE", 6) != 0 && strncmp(text, "DELETE", 6) != 0)
			continue;
		snprintf(plan, sizeof plan, "EXPLAIN QUERY PLAN %s", text);
		if (sqlite3_prepare_v2(h, plan, -1, &q, NULL) != SQLITE_OK)
			fail_msg("%s: %s", name, sqlite3_errmsg(h));
		while (sqlite3_step(q) == SQLITE_ROW) {
			const char *detail = (const char *)sqlite3_column_text(q, 3);
			if (is_big(detail) && !may_scan(name))
				fail_msg("%s: %s", name, detail);
			if (is_walk(name) && strstr(detail, "TEMP B-TREE"))
				fail_msg("%s sorts: %s", name, detail);
		}
		sqlite3_finalize(q);
	}
	sqlite3_close(h);
	db_reader_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_file_that_is_not_ours_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_newer_base_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(a_base_with_another_past_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(an_older_base_is_refused_unless_it_may_be_migrated, setup, teardown),
		cmocka_unit_test_setup_teardown(a_job_that_fails_takes_back_its_own_and_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(a_reader_sees_pages_that_came_to_the_file_after_it_was_opened, setup, teardown),
		cmocka_unit_test_setup_teardown(the_pages_of_a_commit_go_to_the_log_in_few_calls, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_in_memory_of_a_base_is_in_the_map_before_it_is_looked_at, setup, teardown),
		cmocka_unit_test_setup_teardown(a_group_runs_again_only_when_a_job_fails_that_had_written, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing_is_committed_when_the_ledger_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(a_snapshot_does_not_see_what_comes_after_it, setup, teardown),
		cmocka_unit_test_setup_teardown(a_part_of_a_job_can_be_taken_back_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(a_transaction_that_met_another_is_run_again_and_lands_once, setup, teardown),
		cmocka_unit_test_setup_teardown(a_long_walk_gives_each_row_once_and_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(many_rows_through_one_statement_are_each_there_once, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_that_nobody_waits_for_are_seen_by_whoever_looks_and_end_with_their_part, setup, teardown),
		cmocka_unit_test_setup_teardown(a_row_put_aside_that_was_there_fails_its_job_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(one_statement_for_many_gives_each_its_rows_also_to_the_writer, setup, teardown),
		cmocka_unit_test_setup_teardown(rows_that_tell_their_patient_are_each_there_once_also_where_some_were_there_before, setup, teardown),
		cmocka_unit_test_setup_teardown(no_statement_scans_or_sorts_a_big_table, setup, teardown),
	};
	return cmocka_run_group_tests_name("db/db", tests, NULL, NULL);
}
