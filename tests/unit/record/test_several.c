/* SPDX-License-Identifier: Apache-2.0 */
/* test_several.c: a resource of several patients lies in each one's compartment, comes once, and only where each of its patients is open; writes keep it so. */
#include "base.h"

static struct base b;

#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"
#define WHO(x) "{\"actor\":{\"reference\":\"Patient/" x "\"},\"status\":\"accepted\"}"
#define APPOINTMENT(id, status, who) "{\"resourceType\":\"Appointment\",\"id\":\"" id "\",\"status\":\"" status "\",\"start\":\"2026-03-01T09:00:00Z\",\"end\":\"2026-03-01T09:30:00Z\",\"participant\":[" who "]}"
#define OBSERVATION(id, of, more) "{\"resourceType\":\"Observation\",\"id\":\"" id "\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{\"reference\":\"Patient/" of "\"}" more "}"
#define BY(x) ",\"performer\":[{\"reference\":\"Patient/" x "\"}]"

static int setup(void **s)
{
	(void)s;
	base_new(&b);
	put(&b, "a", PATIENT("a"));
	put(&b, "c", PATIENT("c"));
	put(&b, "z", PATIENT("z"));
	return 0;
}
static int teardown(void **s) { (void)s; base_end(&b); return 0; }

static int64_t rid(const char *id)
{
	OK(db_begin(b.c, pp));
	int64_t r = record_patient_rid(b.c, str_of(id));
	db_end(b.c);
	return r;
}

/* ---- who may open whom: letters ---- */

static const char *opens;
static bool is_open(void *of, int64_t patient)
{
	char id[2] = { 0 };
	struct problem p;
	struct record_row row;
	(void)of;
	if (record_by_rid(b.c, patient, &row, &p) == RC_OK)
		id[0] = row.id.p[0];
	return id[0] && strchr(opens, id[0]);
}

static void found_(const char *type, const char *query, const char *within, const char *open, const char *ids, long long total, int line)
{
	int64_t at[8];
	size_t n = 0;
	struct found f;
	struct problem p = { 0 };
	for (const char *w = within; *w; w++)
		at[n++] = rid((char[]){ *w, '\0' });
	for (size_t i = 1; i < n; i++)
		assert_true(at[i - 1] < at[i]);
	struct record_scope scope = { .within = at, .n = n, .open = open ? is_open : NULL };
	opens = open;
	enum rc rc = try_search(&b, type, query, &scope, "", &f, &p);
	if (rc != RC_OK)
		fail_msg("line %d: %s?%s: rc %d %s", line, type, query, rc, why_row(p.why)->name);
	sort_words(f.ids.text);
	if (strcmp(f.ids.text, ids) != 0 || (total >= 0 && f.total != total))
		fail_msg("line %d: %s?%s within %s found '%s' of %lld, not '%s'", line, type, query, within, f.ids.text, (long long)f.total, ids);
}
#define FOUND(type, query, within, open, ids) found_((type), (query), (within), (open), (ids), -1, __LINE__)
#define COUNTED(type, query, within, open, ids, total) found_((type), (query), (within), (open), (ids), (total), __LINE__)

/* The compartment itself, as everything() walks it. */
static void chart_(const char *id, const char *type, const char *ids, int line)
{
	struct ids got = { .e = { ids_row } };
	bool more;
	int64_t patient = rid(id);
	OK(db_begin(b.c, pp));
	OK(record_compartment(b.c, patient, T(type), 0, 1000, &got.e, &more, pp));
	db_end(b.c);
	sort_words(got.text);
	if (strcmp(got.text, ids) != 0)
		fail_msg("line %d: %s's %s: '%s', not '%s'", line, id, type, got.text, ids);
}
#define CHART(id, ids) chart_((id), "Appointment", (ids), __LINE__)

struct erase { struct db_job job; int64_t patient; };
static enum rc erase_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)txn;
	return record_erase(c, ((struct erase *)job)->patient, p);
}
static void erase(const char *id)
{
	struct erase e = { .job = { .run = erase_run }, .patient = rid(id) };
	OK(db_write_now(b.db, &e.job, pp));
}

/* ---- the tests ---- */

static void it_lies_in_each_of_its_patients_compartments_whatever_is_written(void **s)
{
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", WHO("a") "," WHO("z")));
	put(&b, "w", APPOINTMENT("w", "booked", WHO("z")));
	for (int round = 0; round < 2; round++) {
		CHART("a", "v");
		CHART("z", "v w");
		CHART("c", "");
		whole(&b);
		OK(record_reindex(b.db, NULL, pp));
	}
	put(&b, "v", APPOINTMENT("v", "booked", WHO("c") "," WHO("z") "," WHO("a"))); /* one more, who is the first from now on */
	CHART("a", "v");
	CHART("c", "v");
	CHART("z", "v w");
	whole(&b);
	put(&b, "v", APPOINTMENT("v", "arrived", WHO("z") "," WHO("c")));
	CHART("a", "");
	CHART("c", "v");
	whole(&b);
	put(&b, "v", APPOINTMENT("v", "arrived", WHO("c")));
	CHART("c", "v");
	CHART("z", "w");
	whole(&b);
	put(&b, "v", APPOINTMENT("v", "arrived", WHO("c") "," WHO("z")));
	put(&b, "w", APPOINTMENT("w", "booked", WHO("a") "," WHO("z")));
	struct problem p = { 0 };
	OK(try_delete(&b, "Appointment", "v", (struct record_if){ 0 }, pp));
	assert_int_equal(try_delete(&b, "Appointment", "v", (struct record_if){ 0 }, &p), RC_GONE);
	CHART("c", "");
	CHART("z", "w");
	CHART("a", "w");
	whole(&b);
	put(&b, "v", APPOINTMENT("v", "booked", WHO("z") "," WHO("c")));
	CHART("c", "v");
	whole(&b);
}

static void who_comes_later_finds_it_in_his_compartment(void **s)
{
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", WHO("l") "," WHO("a") "," WHO("m")));
	put(&b, "w", APPOINTMENT("w", "booked", WHO("l") "," WHO("m")));
	put(&b, "l", PATIENT("l"));
	CHART("l", "v w");
	CHART("a", "v");
	put(&b, "m", PATIENT("m"));
	CHART("m", "v w");
	CHART("l", "v w");
	whole(&b);
	put(&b, "v", APPOINTMENT("v", "arrived", WHO("l") "," WHO("m")));
	CHART("a", "");
	CHART("m", "v w");
	whole(&b);
}

static void the_erased_one_leaves_and_the_others_keep_it(void **s)
{
	static const char *const ORDER[] = { "z", "a", "c" };
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", WHO("a") "," WHO("c") "," WHO("z")));
	put(&b, "w", APPOINTMENT("w", "booked", WHO("z") "," WHO("a")));
	put(&b, "gone", APPOINTMENT("gone", "booked", WHO("z") "," WHO("a")));
	OK(try_delete(&b, "Appointment", "gone", (struct record_if){ 0 }, pp));
	for (size_t i = 0; i < 3; i++) {
		long long patient = rid(ORDER[i]);
		char sql[100];
		erase(ORDER[i]);
		snprintf(sql, sizeof sql, "SELECT count(*) FROM by_patient WHERE patient=%lld", patient);
		assert_int_equal(test_base_number(b.path, sql), 0);
		whole(&b);
		if (i < 1)
			CHART("a", "v w");
		if (i < 2)
			CHART("c", "v");
		OK(record_reindex(b.db, NULL, pp));
		whole(&b);
	}
}

static void it_is_found_by_each_where_all_are_open_and_by_nobody_else(void **s)
{
	(void)s;
	put(&b, "v", APPOINTMENT("v", "booked", WHO("a") "," WHO("z")));
	put(&b, "w", APPOINTMENT("w", "booked", WHO("z")));
	COUNTED("Appointment", "_total=accurate", "a", "az", "v", 1);
	COUNTED("Appointment", "_total=accurate", "z", "az", "v w", 2);
	COUNTED("Appointment", "_total=accurate", "a", "a", "", 0);
	COUNTED("Appointment", "_total=accurate", "z", "z", "w", 1);
	COUNTED("Appointment", "status=booked&_total=accurate", "c", "acz", "", 0);
	/* without one who says, each must be within */
	COUNTED("Appointment", "_total=accurate", "a", NULL, "", 0);
	COUNTED("Appointment", "status=booked&_total=accurate", "acz", NULL, "v w", 2);
	COUNTED("Appointment", "_sort=-date&_total=accurate", "az", NULL, "v w", 2);
	FOUND("Appointment", "actor=Patient/z", "z", "az", "v w");
	FOUND("Appointment", "actor=Patient/a", "a", "a", "");
}

/* ---- many in one job ---- */

struct batch_job { struct db_job job; struct record_write **w; size_t n; };
static enum rc batch_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct batch_job *j = (struct batch_job *)job;
	struct record_batch *batch = record_batch_new();
	struct record_done d;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < j->n; i++)
		rc = record_batch_put(batch, c, txn, j->w[i], &(struct record_if){ .revive = true }, &d, p);
	if (rc == RC_OK)
		rc = record_batch_end(batch, c, p);
	record_batch_free(&batch);
	return rc;
}

#define MANY 1300 /* more than a search gathers */
static void pages_of_many_compartments_hold_it_once(void **s)
{
	static unsigned char seen[MANY];
	static struct record_write *w[MANY];
	struct batch_job j = { .job = { .run = batch_run }, .w = w, .n = MANY };
	struct fhir_issue *issues;
	char body[400], id[20];
	int64_t within[3] = { rid("a"), rid("c"), rid("z") };
	(void)s;
	struct record_scope scope = { .within = within, .n = 3 };
	for (int i = 0; i < MANY; i++) {
		static const char *const TWO[][2] = { { "a", "z" }, { "z", "c" }, { "c", "a" }, { "z", "z" } };
		snprintf(id, sizeof id, "v%d", i);
		snprintf(body, sizeof body, APPOINTMENT("%s", "booked", WHO("%s") "," WHO("%s")), id, TWO[i % 4][0], TWO[i % 4][1]);
		OK(record_prepare(arena_str(&b.a, str_of(body)), T("Appointment"), arena_str(&b.a, str_of(id)), &b.a, &w[i], &issues, pp));
	}
	OK(db_write_now(b.db, &j.job, pp));
	/* by rid in a stream along the compartments, gathered, in order of a value */
	static const char *const QUERY[] = { "_count=97&_total=accurate", "_count=97&_total=accurate&date=ge2020", "_count=97&_total=accurate&_sort=date", "_count=97&_total=accurate&status=booked" };
	for (size_t q = 0; q < sizeof QUERY / sizeof *QUERY; q++) {
		struct found f = { 0 };
		char cursor[8192] = "";
		memset(seen, 0, sizeof seen);
		do {
			OK(try_search(&b, "Appointment", QUERY[q], &scope, cursor, &f, pp));
			assert_int_equal(f.total, MANY);
			memcpy(cursor, f.cursor, sizeof cursor);
			for (char *at = f.ids.text; (at = strchr(at, 'v')); at++)
				seen[atoi(at + 1)]++;
		} while (cursor[0]);
		for (int i = 0; i < MANY; i++)
			assert_int_equal(seen[i], 1);
	}
}

static void nothing_passes_through_it_to_one_who_may_not_open_all(void **s)
{
	(void)s;
	put(&b, "own", OBSERVATION("own", "a", ""));
	put(&b, "two", OBSERVATION("two", "a", BY("z") ",\"hasMember\":[{\"reference\":\"Observation/own\"}]"));
	put(&b, "on", OBSERVATION("on", "a", ",\"hasMember\":[{\"reference\":\"Observation/two\"}]"));
	put(&b, "list", "{\"resourceType\":\"List\",\"id\":\"list\",\"status\":\"current\",\"mode\":\"working\",\"subject\":{\"reference\":\"Patient/a\"},\"source\":{\"reference\":\"Patient/z\"},\"entry\":[{\"item\":{\"reference\":\"Observation/own\"}}]}");
	for (int all = 0; all < 2; all++) {
		FOUND("Observation", "", "a", all ? "az" : "a", all ? "on own two" : "on own");
		FOUND("Observation", "has-member.code:text=x", "a", all ? "az" : "a", all ? "on two" : "");
		FOUND("Observation", "_has:Observation:has-member:status=final", "a", all ? "az" : "a", all ? "own two" : "");
		FOUND("Observation", "has-member._id=two", "a", all ? "az" : "a", all ? "on" : "");
	}
	/* a List names both by its source: R4's List compartment has subject and source */
	FOUND("Observation", "_list=list", "a", "az", "own");
	FOUND("Observation", "_list=list", "a", "a", "");
}

static void its_versions_and_its_row_say_whose_they_are(void **s)
{
	struct record_row row;
	const int64_t *at;
	size_t n;
	(void)s;
	struct record_done d = put(&b, "v", APPOINTMENT("v", "booked", WHO("a") "," WHO("z")));
	assert_int_equal(d.since, 1);
	d = put(&b, "v", APPOINTMENT("v", "booked", WHO("c")));
	assert_int_equal(d.since, 0);
	OK(db_begin(b.c, pp));
	OK(record_read(b.c, T("Appointment"), STR("v"), &row, pp));
	assert_false(record_is_of_several(&row));
	OK(record_vread(b.c, T("Appointment"), STR("v"), 1, &row, pp));
	assert_true(record_is_of_several(&row));
	OK(record_patients(b.c, &row, &b.a, &at, &n, pp));
	assert_int_equal(n, 3); /* the present one's, then those of the version */
	db_end(b.c);
	put(&b, "v", APPOINTMENT("v", "booked", WHO("c") "," WHO("z")));
	OK(db_begin(b.c, pp));
	OK(record_vread(b.c, T("Appointment"), STR("v"), 2, &row, pp));
	OK(record_patients(b.c, &row, &b.a, &at, &n, pp));
	assert_int_equal(n, 2);
	db_end(b.c);
}

static void a_first_load_leaves_what_single_writes_leave(void **s)
{
	static const struct { const char *type, *id, *body; } LINES[] = {
		{ "Patient", "p", PATIENT("p") }, { "Patient", "q", PATIENT("q") },
		{ "Appointment", "v", APPOINTMENT("v", "booked", WHO("q") "," WHO("p")) }, { "Appointment", "w", APPOINTMENT("w", "booked", WHO("p")) },
		{ "Appointment", "x", APPOINTMENT("x", "booked", WHO("p") "," WHO("late")) },
	};
	struct record_bulk *k = NULL;
	(void)s;
	base_end(&b);
	base_new(&b);
	db_reader_close(&b.c);
	OK(record_bulk_open(b.db, &k, pp));
	for (size_t i = 0; i < sizeof LINES / sizeof *LINES; i++)
		OK(record_bulk_put(k, T(LINES[i].type), str_of(LINES[i].id), str_of(LINES[i].body), 1700000000000, pp));
	OK(record_bulk_end(&k, NULL, pp));
	OK(db_reader(b.db, &b.c, pp));
	CHART("p", "v w x");
	CHART("q", "v");
	whole(&b);
	put(&b, "late", PATIENT("late"));
	CHART("late", "x");
	whole(&b);
}

static void a_batch_leaves_what_single_writes_leave(void **s)
{
	static const struct { const char *type, *id, *body; } LINES[] = {
		{ "Appointment", "v", APPOINTMENT("v", "booked", WHO("l") "," WHO("a") "," WHO("z")) },
		{ "Appointment", "w", APPOINTMENT("w", "booked", WHO("l") "," WHO("c")) },
		{ "Patient", "l", PATIENT("l") },
		{ "Appointment", "w", APPOINTMENT("w", "booked", WHO("c") "," WHO("a")) },
		{ "Appointment", "v", APPOINTMENT("v", "booked", WHO("z") "," WHO("l")) },
	};
	struct record_write *w[sizeof LINES / sizeof *LINES];
	struct batch_job j = { .job = { .run = batch_run }, .w = w };
	struct fhir_issue *issues;
	(void)s;
	for (; j.n < sizeof LINES / sizeof *LINES; j.n++)
		OK(record_prepare(str_of(LINES[j.n].body), T(LINES[j.n].type), str_of(LINES[j.n].id), &b.a, &w[j.n], &issues, pp));
	OK(db_write_now(b.db, &j.job, pp));
	CHART("l", "v");
	CHART("z", "v");
	CHART("a", "w");
	CHART("c", "w");
	whole(&b);
}

#define SEVERAL_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		SEVERAL_TEST(it_lies_in_each_of_its_patients_compartments_whatever_is_written),
		SEVERAL_TEST(who_comes_later_finds_it_in_his_compartment),
		SEVERAL_TEST(the_erased_one_leaves_and_the_others_keep_it),
		SEVERAL_TEST(it_is_found_by_each_where_all_are_open_and_by_nobody_else),
		SEVERAL_TEST(pages_of_many_compartments_hold_it_once),
		SEVERAL_TEST(nothing_passes_through_it_to_one_who_may_not_open_all),
		SEVERAL_TEST(its_versions_and_its_row_say_whose_they_are),
		SEVERAL_TEST(a_first_load_leaves_what_single_writes_leave),
		SEVERAL_TEST(a_batch_leaves_what_single_writes_leave),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
