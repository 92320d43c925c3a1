/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "nth_alloc.h"
#include "base/random.h"
#include "base/rows.h"

#include <sys/wait.h>
#include <unistd.h>

static void make(struct rows *r, size_t max)
{
	rows_init(r, max);
	rows_set(r, "people");
	rows_row(r);
	rows_patient(r, 17, TIER_IDENTITY);
	rows_col(r, "name", STR("DURAND"));
	rows_col(r, "empty", STR_NONE);
	rows_col_i64(r, "age", -69);
	rows_row(r);
	rows_set(r, "nothing");
	rows_set(r, "more");
	rows_row(r);
	rows_patient(r, INT64_MAX, TIER_SPECIAL);
	rows_col(r, "name", (struct str){ "a\0b", 3 });
	rows_end(r);
}

static void reads_back(void **state)
{
	(void)state;
	struct rows r;
	make(&r, 10000);
	assert_int_equal(buf_rc(&r.out, NULL), RC_OK);
	struct str flat = buf_view(&r.out);
	assert_true(rows_check(flat));
	assert_int_equal(rows_count(flat, "people"), 2);
	assert_int_equal(rows_count(flat, "nothing"), 0);
	assert_int_equal(rows_count(flat, "missing"), 0);
	struct row row = rows_first(flat, "people");
	assert_true(row_is(row));
	same_text(row_get(row, "name"), "DURAND", "name");
	assert_true(row_has(row, "empty") && row_get(row, "empty").n == 0);
	assert_false(row_has(row, "nam"));
	assert_int_equal(row_i64(row, "age"), -69);
	assert_int_equal(row_i64(row, "name"), 0);
	row = rows_next(row);
	assert_true(row_is(row) && !row_has(row, "name"));
	row = rows_next(row);
	assert_false(row_is(row) || row_is(rows_next(row)) || row_has(row, "name"));
	assert_null(row_get(row, "name").p);
	assert_false(row_is(rows_first(flat, "missing")));
	assert_false(row_is(rows_first(flat, "nothing")));
	assert_false(row_is(rows_first(STR_NONE, "people")));
	assert_int_equal(rows_count(STR_NONE, "people"), 0);
	assert_int_equal(row_get(rows_first(flat, "more"), "name").n, 3);
	rows_done(&r);
}

static void marks(void **state)
{
	(void)state;
	struct rows r;
	make(&r, 10000);
	struct str flat = buf_view(&r.out);
	size_t at = 0;
	int64_t patient;
	enum tier tier;
	assert_true(rows_next_mark(flat, &at, &patient, &tier) && patient == 17 && tier == TIER_IDENTITY);
	assert_true(rows_next_mark(flat, &at, &patient, &tier) && patient == INT64_MAX && tier == TIER_SPECIAL);
	assert_false(rows_next_mark(flat, &at, &patient, &tier));
	rows_unmark(r.out.p, r.out.n);
	assert_true(rows_check(flat));
	at = 0;
	assert_false(rows_next_mark(flat, &at, &patient, &tier));
	same_text(row_get(rows_first(flat, "people"), "name"), "DURAND", "still there");
	at = 0;
	assert_false(rows_next_mark(STR_NONE, &at, &patient, &tier));
	rows_done(&r);
}

static void no_row(void **state)
{
	(void)state;
	struct rows r;
	rows_init(&r, 100);
	rows_end(&r);
	assert_true(rows_check(buf_view(&r.out)));
	rows_done(&r);
	assert_false(rows_check(STR_NONE));
}

static void too_small(void **state)
{
	(void)state;
	struct rows whole;
	make(&whole, 10000);
	for (size_t max = 0; max <= whole.out.n; max++) {
		struct rows r;
		make(&r, max);
		assert_int_equal(buf_rc(&r.out, NULL), max < whole.out.n ? RC_LIMIT : RC_OK);
		assert_int_equal(rows_check(buf_view(&r.out)), max == whole.out.n);
		rows_done(&r);
	}
	for (long n = 1; n < 10; n++) {
		struct rows r;
		nth_alloc = n;
		make(&r, 10000);
		bool done = nth_alloc > 0;
		nth_alloc = 0;
		assert_int_equal(r.out.failed, !done);
		rows_done(&r);
	}
	rows_done(&whole);
}

static void walk(struct str flat)
{
	size_t at = 0;
	int64_t patient;
	enum tier tier;
	while (rows_next_mark(flat, &at, &patient, &tier))
		assert_true(patient > 0 && tier <= TIER_SPECIAL);
	static const char *const SETS[] = { "people", "nothing", "more" };
	for (size_t i = 0; i < COUNT(SETS); i++) {
		size_t n = 0;
		for (struct row row = rows_first(flat, SETS[i]); row_is(row); row = rows_next(row), n++)
			row_get(row, "name");
		assert_int_equal(n, rows_count(flat, SETS[i]));
	}
}

static void hostile_bytes(void **state)
{
	(void)state;
	struct rows r;
	make(&r, 10000);
	size_t n = r.out.n, accepted = 0;
	struct stream s = stream_of(3, 3);
	for (int turn = 0; turn < 20000; turn++) {
		/* A heap copy of exact size, so that a checker sees any step over the end. */
		size_t k = turn % 3 ? n : stream_below(&s, (uint32_t)n + 1);
		char *copy = malloc(k + !k);
		memcpy(copy, r.out.p, k);
		for (uint32_t i = stream_below(&s, 3) + (k == n); i > 0 && k; i--)
			copy[stream_below(&s, (uint32_t)k)] = (char)(stream_below(&s, 2) ? stream_below(&s, 4) : stream_below(&s, 256));
		struct str flat = { copy, k };
		if (rows_check(flat)) {
			walk(flat);
			accepted++;
		}
		free(copy);
	}
	assert_true(accepted > 100 && accepted < 19000);
	rows_done(&r);
}

static void misuse(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			close(2);
			struct rows r;
			rows_init(&r, 100);
			if (i > 0)
				rows_set(&r, "s");
			if (i == 0)
				rows_row(&r);
			else if (i == 1)
				rows_col(&r, "c", STR("v"));
			else
				rows_patient(&r, 1, TIER_MASKED);
			_exit(0);
		}
		int status = 0;
		waitpid(pid, &status, 0);
		assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("what was written is read back by set, row and column", reads_back),
		CASE("marks are walked over all sets and can be taken away", marks),
		CASE("rows without a set are good and no bytes are not", no_row),
		CASE("rows that do not fit, or find no memory, fail as a limit", too_small),
		CASE("hostile bytes are refused or safe to walk", hostile_bytes),
		CASE("a row without set and a column without row end the process", misuse),
	};
	return cmocka_run_group_tests_name("base/rows", tests, NULL, NULL);
}
