/* SPDX-License-Identifier: Apache-2.0 */
/* test_batch.c: many puts of one job leave the very tables that single puts leave, whatever comes between them: refusals, repeats, late patients. */
#include "base.h"

#include <sys/stat.h>

#define N_OF(a) (sizeof(a) / sizeof *(a))

static struct base one, many;
/* One base a process has its keys in memory: said before the other one is used. */
static struct base *use(struct base *b)
{
	keys_place(b->dir);
	OK(record_open(b->db, pp));
	return b;
}

static void copy(const char *from, const char *to)
{
	static char bytes[4u << 20];
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
	size_t n = fread(bytes, 1, sizeof bytes, in);
	assert_true(n > 0 && n < sizeof bytes && fwrite(bytes, 1, n, out) == n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(to, 0600), 0);
}

/* Two empty bases with the same keys, so that what is hashed is the same in both. */
static int setup(void **s)
{
	char from[160], to[160];
	(void)s;
	clock_set(1795356727123);
	base_new(&many);
	base_new(&one);
	db_reader_close(&many.c);
	db_close(&many.db);
	db_reader_close(&one.c);
	db_close(&one.db);
	snprintf(from, sizeof from, "%s/keys/instance.key", one.dir);
	snprintf(to, sizeof to, "%s/keys/instance.key", many.dir);
	test_base_copy(one.path, many.path);
	assert_int_equal(unlink(to), 0);
	copy(from, to);
	base_reopen(&one);
	base_reopen(&many);
	return 0;
}
static int teardown(void **s) { (void)s; record_watch_set(NULL); base_end(&one); base_end(&many); clock_set(0); return 0; }

/* ---- one job that puts lines, each in a savepoint of its own ---- */

struct line { const char *type, *id, *body; struct record_if cond; enum rc rc; struct record_done done; struct record_write *w; };
struct lines_job { struct db_job job; struct line *at; size_t n; bool batch, fails; };

static enum rc line_put(struct lines_job *j, struct record_batch *batch, struct line *l, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct problem own = { 0 };
	struct record_mark mark = { 0 };
	enum rc rc = db_savepoint(c, p);
	if (rc != RC_OK)
		return rc;
	if (j->batch)
		mark = record_batch_mark(batch);
	l->rc = j->batch ? record_batch_put(batch, c, txn, l->w, &l->cond, &l->done, &own) : record_put(c, txn, l->w, &l->cond, &l->done, &own);
	if (l->rc == RC_OK)
		return db_savepoint_keep(c, p);
	if (j->batch)
		record_batch_undo(batch, mark);
	return db_savepoint_undo(c, p);
}

/* Of every other three lines it is asked at once what is stored; the next three look for themselves. */
static enum rc lines_look(struct record_batch *batch, const struct line *at, size_t n, struct db_conn *c, struct problem *p)
{
	for (size_t i = 0; i < n && i < 3; i++)
		record_batch_expect(batch, at[i].w);
	return record_batch_look(batch, c, p);
}

static enum rc lines_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct lines_job *j = (struct lines_job *)job;
	struct record_batch *batch = j->batch ? record_batch_new() : NULL;
	enum rc rc = db_expect_many(c, p);
	for (size_t i = 0; rc == RC_OK && i < j->n; i++) {
		if (j->batch && i % 6 == 0)
			rc = lines_look(batch, &j->at[i], j->n - i, c, p);
		if (rc == RC_OK)
			rc = line_put(j, batch, &j->at[i], c, txn, p);
	}
	if (rc == RC_OK && j->batch)
		rc = record_batch_end(batch, c, p);
	record_batch_free(&batch);
	return rc == RC_OK && j->fails ? problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "the test says no") : rc;
}

static enum rc lines_put(struct base *b, struct line *at, size_t n, bool batch, bool fails, struct problem *p)
{
	struct lines_job j = { .job = { .run = lines_run }, .at = at, .n = n, .batch = batch, .fails = fails };
	for (size_t i = 0; i < n; i++) {
		struct fhir_issue *issues;
		OK(record_prepare(arena_str(&b->a, str_of(at[i].body)), T(at[i].type), str_of(at[i].id), &b->a, &at[i].w, &issues, pp));
	}
	return db_write_now(b->db, &j.job, p);
}

/* ---- all rows of all tables of the record ---- */

static void cell(void *out, int row, int col, const char *p, size_t n)
{
	(void)row;
	buf_ch(out, col ? ' ' : '\n');
	for (size_t x = 0; x < n; x++)
		buf_ch(out, p[x] ? p[x] : '0');
}

static char *tables_of(struct base *b)
{
	static const char *const TABLES[] = { "resource", "history", "id_key", "facts", "waiting", "by_type", "by_updated", "by_patient", "by_token", "by_string", "by_date", "by_date_end", "by_number", "by_reference", "by_uri", "by_veiled" };
	struct buf out;
	buf_init(&out, 64u << 20);
	for (size_t i = 0; i < sizeof TABLES / sizeof *TABLES; i++) {
		char sql[160];
		/* columns of its key: the last digit of the order */
		int n = i < 4 ? 1 : strcmp(TABLES[i], "waiting") == 0 || strcmp(TABLES[i], "by_type") == 0 ? 2 : strcmp(TABLES[i], "by_string") == 0 ? 4 :
			strncmp(TABLES[i], "by_date", 7) == 0 || strcmp(TABLES[i], "by_token") == 0 || strcmp(TABLES[i], "by_number") == 0 ? 5 : 3;
		/* what is sealed is never twice alike: its length; what it holds is judged by whole() */
		const char *what = i == 0 ? "rid, type, id, version, txn, updated_ms, deleted, patient, length(body)" : i == 1 ? "at, patient, txn, updated_ms, deleted, length(body)" :
			i == 3 ? "rid, key, type, patient, updated_ms, length(data)" : "*";
		snprintf(sql, sizeof sql, "SELECT %s FROM %s ORDER BY %.*s", what, TABLES[i], 2 * n - 1, "1,2,3,4,5");
		buf_z(&out, TABLES[i]);
		test_base_sql(b->path, sql, cell, &out);
	}
	buf_ch(&out, '\0');
	assert_false(out.failed);
	return out.p; /* of malloc, as buf_done frees it */
}

static void same_tables(void)
{
	char *a = tables_of(&one), *z = tables_of(&many);
	size_t i = 0;
	while (a[i] && a[i] == z[i])
		i++;
	if (a[i] || z[i])
		fail_msg("tables differ: one by one '%.80s', batch '%.80s'", a + (i > 40 ? i - 40 : 0), z + (i > 40 ? i - 40 : 0));
	free(a);
	free(z);
	whole(use(&one));
	whole(use(&many));
}

/* The same lines into both bases. */
static void both(struct line *at, size_t n)
{
	OK(lines_put(use(&one), at, n, false, false, pp));
	enum rc first[64];
	struct record_done done[64];
	assert_true(n <= 64);
	for (size_t i = 0; i < n; i++) {
		first[i] = at[i].rc;
		done[i] = at[i].done;
	}
	OK(lines_put(use(&many), at, n, true, false, pp));
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(at[i].rc, first[i]);
		if (first[i] == RC_OK)
			assert_true(at[i].done.rid == done[i].rid && at[i].done.version == done[i].version && at[i].done.patient == done[i].patient && at[i].done.unchanged == done[i].unchanged);
	}
	same_tables();
}

#define P(id, family, more) { "Patient", id, "{\"resourceType\":\"Patient\",\"id\":\"" id "\",\"name\":[{\"family\":\"" family "\"}]" more "}", { .keep_if_same = true, .revive = true }, 0, { 0 }, NULL }
#define O(id, patient, code, value) { "Observation", id, "{\"resourceType\":\"Observation\",\"id\":\"" id "\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"" code "\",\"display\":\"D " code "\"}]}," \
	"\"subject\":{\"reference\":\"Patient/" patient "\"},\"effectiveDateTime\":\"2024-05\",\"valueQuantity\":{\"value\":" value ",\"unit\":\"mm\",\"code\":\"mm\",\"system\":\"http://unitsofmeasure.org\"}}", { .keep_if_same = true, .revive = true }, 0, { 0 }, NULL }

/* ---- refusals ---- */

static enum rc says_no(struct record_watch *w, struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	(void)w, (void)c;
	return str_starts(ch->id, STR("no")) ? problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "the test says no") : RC_OK;
}

static void a_refused_line_leaves_no_rows_and_the_rest_is_stored(void **s)
{
	(void)s;
	struct record_watch w = { says_no };
	struct line l[] = {
		P("a", "Un", ""), O("no1", "a", "c1", "1"), O("o1", "a", "c1", "-2.5"), P("no2", "Deux", ""), O("o2", "no2", "c2", "3"), P("b", "Trois", ",\"birthDate\":\"1950\""), O("o3", "b", "c1", "7"), O("no3", "b", "c1", "7"),
	};
	record_watch_set(&w);
	l[6].cond = (struct record_if){ .has_version = true, .version = 4 };
	both(l, N_OF(l));
	assert_int_equal(l[1].rc, RC_CONFLICT);
	assert_int_equal(l[3].rc, RC_CONFLICT);
	assert_int_equal(l[6].rc, RC_PRECONDITION);
	FINDS(&many, "Observation", "code=c1", "o1");
	FINDS(&many, "Patient", "family=deux", "");
	FINDS(&many, "Observation", "value-quantity=lt0", "o1");
}

static void a_job_that_fails_leaves_nothing(void **s)
{
	(void)s;
	struct line l[] = { P("a", "Un", ""), O("o1", "a", "c1", "1") };
	struct problem p;
	assert_int_equal(lines_put(&many, l, N_OF(l), true, true, &p), RC_CONFLICT);
	same_tables(); /* both empty */
	both(l, N_OF(l));
}

/* ---- repeats ---- */

static void the_same_id_twice_makes_two_versions_with_the_rows_of_the_last(void **s)
{
	(void)s;
	struct line l[] = { P("a", "Un", ""), O("o", "a", "c1", "1"), O("o", "a", "c2", "5"), P("a", "Deux", ",\"gender\":\"male\""), O("o", "a", "c1", "1"), O("o", "a", "c1", "1"), P("a", "Deux", ",\"gender\":\"male\"") };
	both(l, N_OF(l));
	assert_int_equal(l[4].done.version, 3);
	assert_true(l[5].done.unchanged && l[6].done.unchanged);
	FINDS(&many, "Observation", "code=c1", "o");
	FINDS(&many, "Observation", "code=c2", "");
	FINDS(&many, "Patient", "family=un", "");
	FINDS(&many, "Patient", "family=deux&gender=male", "a");
}

static void a_refused_repeat_leaves_the_rows_of_the_version_before(void **s)
{
	(void)s;
	struct line l[] = { P("a", "Un", ""), O("o", "a", "c1", "1"), O("o", "a", "c2", "5"), O("o", "a", "c3", "6") };
	l[2].cond = (struct record_if){ .has_version = true, .version = 9 };
	l[3].cond = (struct record_if){ .none_exists = true };
	both(l, N_OF(l));
	assert_int_equal(l[2].rc, RC_PRECONDITION);
	FINDS(&many, "Observation", "code=c1", "o");
}

static void a_second_batch_changes_what_the_first_stored(void **s)
{
	(void)s;
	struct line l[] = { P("a", "Un", ""), P("b", "Autre", ""), O("o", "a", "c1", "1"), O("p", "a", "c1", "1") };
	struct line again[] = { P("a", "Un", ""), O("o", "b", "c2", "8"), O("p", "a", "c1", "1"), O("p", "b", "c9", "2"), O("p", "a", "c1", "1") };
	both(l, N_OF(l));
	both(again, N_OF(again));
	assert_true(again[0].done.unchanged && again[2].done.unchanged);
	FINDS(&many, "Observation", "patient=b", "o");
	OK(try_delete(use(&one), "Observation", "o", (struct record_if){ 0 }, pp));
	OK(try_delete(use(&many), "Observation", "o", (struct record_if){ 0 }, pp));
	both(l, N_OF(l));
	assert_int_equal(l[2].done.version, 4);
}

/* ---- patients ---- */

struct walks { struct record_watch w; int n; struct db_conn *c; int64_t rows; };
static enum rc walks_chart(struct record_watch *w, struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	struct walks *x = (struct walks *)w;
	bool row = true;
	enum rc rc = RC_OK;
	x->n++;
	if (ch->rid != ch->patient)
		return RC_OK;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_CHART);
	db_bind_i64(s, 1, ch->patient);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		x->rows++;
	db_reset(s);
	return rc;
}

static void a_patient_that_comes_later_in_the_batch_takes_its_resources_in_and_the_watch_sees_them(void **s)
{
	(void)s;
	struct walks x = { .w = { walks_chart } };
	struct line before[] = { O("o0", "late", "c1", "1") };
	struct line l[] = { O("o1", "late", "c1", "1"), O("o2", "late", "c2", "2"), O("o2", "never", "c2", "2"), P("first", "Un", ""), O("o3", "first", "c1", "4"), P("late", "Tard", ""), O("o4", "late", "c1", "4"), P("never", "Enfin", "") };
	record_watch_set(&x.w);
	both(before, N_OF(before));
	both(l, N_OF(l));
	assert_int_equal(x.n, 18); /* each line in each base */
	assert_int_equal(x.rows, 6);   /* o0, o1, o2: in each base */
	FINDS(&many, "Observation", "patient=late", "o0 o1 o4");
	struct record_scope scope = { .within = &l[5].done.rid, .n = 1 };
	struct found f;
	OK(try_search(&many, "Observation", "", &scope, "", &f, pp));
	sort_words(f.ids.text);
	assert_string_equal(f.ids.text, "o0 o1 o4");
}

static void a_refused_patient_gives_back_what_waited_for_it(void **s)
{
	(void)s;
	struct record_watch w = { says_no };
	struct line l[] = { O("o1", "no", "c1", "1"), P("no", "Refus", ""), O("o2", "no", "c2", "2") };
	struct line later[] = { P("no", "Enfin", "") };
	record_watch_set(&w);
	both(l, N_OF(l));
	assert_int_equal(l[1].rc, RC_CONFLICT);
	record_watch_set(NULL);
	both(later, N_OF(later));
	struct record_scope scope = { .within = &later[0].done.rid, .n = 1 };
	struct found f;
	OK(try_search(&many, "Observation", "", &scope, "", &f, pp));
	sort_words(f.ids.text);
	assert_string_equal(f.ids.text, "o1 o2");
}

/* ---- many ---- */

static void three_thousand_lines_in_mixed_order_leave_the_same_tables(void **s)
{
	(void)s;
	enum { N = 3000, ROUND = 60 };
	static char bodies[ROUND][600], ids[ROUND][16];
	struct line l[ROUND];
	for (int from = 0; from < N; from += ROUND) {
		for (int k = 0; k < ROUND; k++) {
			int i = (from + k) * 7919 % 2500; /* patients after their resources, and repeats */
			bool patient = i % 5 == 0;
			snprintf(ids[k], sizeof ids[k], "%c%d", patient ? 'p' : 'o', i);
			if (patient)
				snprintf(bodies[k], sizeof bodies[k], "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"Famille%d\",\"given\":[\"Ann\xc3\xa9\"]}],\"birthDate\":\"19%02d-01-02\"}", i, from % 100, i % 90 + 10);
			else
				snprintf(bodies[k], sizeof bodies[k], "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"c%d\"}]},"
					"\"subject\":{\"reference\":\"Patient/p%d\"},\"effectiveDateTime\":\"20%02d-05\",\"valueQuantity\":{\"value\":-%d.5,\"unit\":\"mm\"}}", i, i % 7, i / 5 * 5, i % 25, (from + k) % 300);
			l[k] = (struct line){ .type = patient ? "Patient" : "Observation", .id = ids[k], .body = bodies[k], .cond = { .keep_if_same = true, .revive = true } };
		}
		OK(lines_put(use(&one), l, ROUND, false, false, pp));
		OK(lines_put(use(&many), l, ROUND, true, false, pp));
		arena_reset(&one.a);
		arena_reset(&many.a);
	}
	same_tables();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_refused_line_leaves_no_rows_and_the_rest_is_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(a_job_that_fails_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(the_same_id_twice_makes_two_versions_with_the_rows_of_the_last, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_repeat_leaves_the_rows_of_the_version_before, setup, teardown),
		cmocka_unit_test_setup_teardown(a_second_batch_changes_what_the_first_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(a_patient_that_comes_later_in_the_batch_takes_its_resources_in_and_the_watch_sees_them, setup, teardown),
		cmocka_unit_test_setup_teardown(a_refused_patient_gives_back_what_waited_for_it, setup, teardown),
		cmocka_unit_test_setup_teardown(three_thousand_lines_in_mixed_order_leave_the_same_tables, setup, teardown),
	};
	return cmocka_run_group_tests_name("record/batch", tests, NULL, NULL);
}
