/* SPDX-License-Identifier: Apache-2.0 */
/* test_build.c: trees that a first load writes as pages: the rows are those that were given, whatever their number; SQLite finds nothing wrong; writing goes on in them. */
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/db.h"
#include "house.h"

static char dir[64], path[TEST_BASE_PATH];
static struct db *db;

static void open_with(int64_t most)
{
	struct db_settings set = { .path = path, .max_pages = most };
	OK(db_open(&set, true, &db, pp));
}

static int setup(void **s)
{
	(void)s;
	snprintf(dir, sizeof dir, "/tmp/hygie-build-XXXXXX");
	assert_non_null(mkdtemp(dir));
	test_base_at(dir, path);
	open_with(0);
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

/* ---- rows of four tables, each a function of its number; the numbers are in the order of the keys ---- */

static const int64_t WHOLE[] = { INT64_MIN, INT64_MIN + 1, -140737488355329, -140737488355328, -2147483649, -2147483648, -8388609, -8388608, -32769, -32768, -129, -128, -1, 0, 1, 2, 127, 128,
	32767, 32768, 8388607, 8388608, 2147483647, 2147483648, 140737488355327, 140737488355328, INT64_MAX - 1, INT64_MAX };
static const double REAL[] = { -INFINITY, -1e300, -1e15, -99999999999999.5, -3, -0.5, 0, 5e-324, 0.1, 1, 1.5, 2, 1e14, 1e15, 1e300, INFINITY };

enum kind { STRINGS, NUMBERS, KEYS, WHOLES };
static const enum stmt FEED[] = { ST_RECORD_F_STRING, ST_RECORD_F_NUMBER, ST_RECORD_F_KEY, ST_RECORD_F_REFERENCE };
static const char *const READ[] = { "SELECT param, group_code, value, rid FROM by_string ORDER BY param, group_code, value, rid",
	"SELECT param, group_code, value, unit, rid FROM by_number ORDER BY param, group_code, value, unit, rid", "SELECT key, rid FROM id_key ORDER BY key",
	"SELECT param, target, rid FROM by_reference ORDER BY param, target, rid" };

#define TEXT 1500
static struct db_cell whole(int64_t v) { return (struct db_cell){ .kind = DB_CELL_I64, .i = v }; }

static unsigned row(enum kind kind, int64_t i, char text[TEXT], struct db_cell cells[DB_FEED_CELLS])
{
	switch (kind) {
	case STRINGS: { /* long: few in a page, and a tall tree soon */
		size_t n = (size_t)snprintf(text, TEXT, "v%08" PRId64, i);
		size_t more = (size_t)(i * 7919 % 740);
		memset(text + n, 'x', more > n ? more - n : 0);
		cells[0] = whole(i / 50);
		cells[1] = whole(0);
		cells[2] = (struct db_cell){ .kind = DB_CELL_TEXT, .s = { text, more > n ? more : n } };
		cells[3] = whole(i);
		return 4;
	}
	case NUMBERS:
		cells[0] = whole(i / 160);
		cells[1] = whole(WHOLE[6 + i / 16 % 10]);
		cells[2] = (struct db_cell){ .kind = DB_CELL_F64, .f = REAL[i % 16] };
		cells[3] = whole(WHOLE[i % 28]);
		cells[4] = whole(i);
		return 5;
	case KEYS:
		cells[0] = whole((i - 3000) * INT64_C(123456789012) + i);
		cells[1] = whole(i);
		return 2;
	default:
		cells[0] = whole(i / 28);
		cells[1] = whole(WHOLE[i % 28]);
		cells[2] = whole(i);
		return 3;
	}
}

struct rows { struct db_feed f; enum kind kind; int64_t i, n, step; bool twice, again; char text[TEXT]; };
static bool rows_next(struct db_feed *f, struct db_cell *cells)
{
	struct rows *r = (struct rows *)f;
	if (r->i >= r->n)
		return false;
	row(r->kind, r->i, r->text, cells);
	r->again = r->twice && !r->again;
	if (!r->again)
		r->i += r->step;
	return true;
}

static void feed(enum kind kind, int64_t n, bool twice)
{
	struct db_conn *c = NULL;
	struct rows r = { .f = { .next = rows_next }, .kind = kind, .n = n, .step = 1, .twice = twice };
	OK(db_bulk_begin(db, &c, pp));
	OK(db_feed_run(c, FEED[kind], &r.f, pp));
	OK(db_bulk_end(db, pp));
}

struct seen { enum kind kind; int64_t rows; };
static void each(void *ctx, int no, int col, const char *p, size_t n)
{
	struct seen *x = ctx;
	char text[TEXT], want[TEXT];
	struct db_cell cells[DB_FEED_CELLS];
	row(x->kind, no, text, cells);
	const struct db_cell *cell = &cells[col];
	if (cell->kind == DB_CELL_F64) { /* as numbers: an infinity has its own spelling */
		char got[64];
		snprintf(got, sizeof got, "%.*s", (int)n, p);
		double d = strstr(got, "nf") ? got[0] == '-' ? -INFINITY : INFINITY : strtod(got, NULL);
		assert_true(d == cell->f || fabs(d - cell->f) <= fabs(cell->f) * 1e-14);
	} else {
		size_t k = cell->kind == DB_CELL_TEXT ? cell->s.n : (size_t)snprintf(want, sizeof want, "%" PRId64, cell->i);
		assert_int_equal(n, k);
		assert_memory_equal(p, cell->kind == DB_CELL_TEXT ? cell->s.p : want, n);
	}
	if (col == 0)
		x->rows++;
}

static void same(enum kind kind, int64_t n)
{
	struct seen x = { kind, 0 };
	test_base_sql(path, READ[kind], each, &x);
	assert_int_equal(x.rows, n);
}

static void sound(void)
{
	if (!test_base_is_server())
		assert_int_equal(test_base_number(path, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"), 1);
}

static void emptied(void) { test_base_sql(path, "DELETE FROM by_string; DELETE FROM by_number; DELETE FROM id_key; DELETE FROM by_reference", NULL, NULL); }

/* ---- */

static void rows_that_are_out_of_order_are_refused(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct problem p = { 0 };
	struct rows r = { .f = { .next = rows_next }, .kind = KEYS, .i = 5, .n = 6, .step = -1 };
	if (test_base_is_server())
		return; /* a server orders them itself */
	OK(db_bulk_begin(db, &c, pp));
	assert_int_equal(db_feed_run(c, FEED[KEYS], &r.f, &p), RC_BROKEN);
}

static void a_key_that_comes_twice_is_refused(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct problem p = { 0 };
	struct rows r = { .f = { .next = rows_next }, .kind = KEYS, .n = 3, .step = 1, .twice = true };
	if (test_base_is_server())
		return; /* told at the end of its transaction */
	OK(db_bulk_begin(db, &c, pp));
	assert_int_equal(db_feed_run(c, FEED[KEYS], &r.f, &p), RC_CONFLICT);
	assert_int_equal(p.why, WHY_DUPLICATE);
}

static void a_full_disk_is_told_while_a_tree_is_made(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct problem p = { 0 };
	struct rows r = { .f = { .next = rows_next }, .kind = STRINGS, .n = 100000, .step = 1 };
	if (test_base_is_server())
		return;
	db_close(&db);
	open_with(600);
	OK(db_bulk_begin(db, &c, pp));
	assert_int_equal(db_feed_run(c, FEED[STRINGS], &r.f, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_DISK_FULL);
}

static void a_load_that_ends_in_the_middle_of_a_tree_is_refused_at_the_next_start(void **s)
{
	(void)s;
	struct db_conn *c = NULL;
	struct problem p = { 0 };
	struct rows r = { .f = { .next = rows_next }, .kind = STRINGS, .n = 3000, .step = 1 };
	if (test_base_is_server())
		return; /* one transaction there: nothing stays */
	OK(db_bulk_begin(db, &c, pp));
	OK(db_feed_run(c, FEED[STRINGS], &r.f, pp));
	db_close(&db);
	struct db_settings set = { .path = path };
	assert_int_not_equal(db_open(&set, true, &db, &p), RC_OK);
}

static void any_number_of_rows_makes_a_whole_tree(void **s)
{
	(void)s;
	for (int64_t n = 0; n <= 40; n++) {
		for (enum kind k = STRINGS; k <= WHOLES; k++)
			feed(k, n, false);
		db_close(&db);
		for (enum kind k = STRINGS; k <= WHOLES; k++)
			same(k, n);
		sound();
		emptied();
		open_with(0);
	}
}

static void a_tree_of_one_two_and_three_levels_is_whole_at_every_number_near_a_full_page(void **s)
{
	(void)s;
	static const struct { enum kind kind; int64_t from, to; } RUN[] = { { KEYS, 500, 640 }, { WHOLES, 380, 520 }, { NUMBERS, 300, 420 }, { STRINGS, 75, 160 } };
	if (test_base_is_server())
		return;
	for (size_t i = 0; i < sizeof RUN / sizeof *RUN; i++)
		for (int64_t n = RUN[i].from; n <= RUN[i].to; n += 3) {
			feed(RUN[i].kind, n, false);
			db_close(&db);
			same(RUN[i].kind, n);
			sound();
			emptied();
			open_with(0);
		}
}

static void tall_trees_hold_what_was_given_and_go_on_as_any_other(void **s)
{
	(void)s;
	for (enum kind k = STRINGS; k <= WHOLES; k++)
		feed(k, k == STRINGS ? 6000 : 60000, false);
	db_close(&db);
	for (enum kind k = STRINGS; k <= WHOLES; k++)
		same(k, k == STRINGS ? 6000 : 60000);
	sound();
	/* every third row goes and comes back, others come between */
	test_base_sql(path, "DELETE FROM by_string WHERE rid % 3 = 0; DELETE FROM id_key WHERE rid % 3 = 0; DELETE FROM by_reference WHERE rid % 3 = 0; DELETE FROM by_number WHERE rid % 3 = 0", NULL, NULL);
	sound();
	open_with(0);
	struct db_conn *c = NULL;
	OK(db_bulk_begin(db, &c, pp));
	for (enum kind k = STRINGS; k <= WHOLES; k++) { /* tables that are not empty take rows as ever */
		struct rows r = { .f = { .next = rows_next }, .kind = k, .n = k == STRINGS ? 6000 : 60000, .step = 3 };
		OK(db_feed_run(c, FEED[k], &r.f, pp));
	}
	OK(db_bulk_end(db, pp));
	db_close(&db);
	for (enum kind k = STRINGS; k <= WHOLES; k++)
		same(k, k == STRINGS ? 6000 : 60000);
	sound();
}

static void a_row_that_comes_twice_is_there_once_where_the_statement_says_so(void **s)
{
	(void)s;
	feed(STRINGS, 300, true);
	feed(NUMBERS, 300, true);
	feed(WHOLES, 300, true);
	db_close(&db);
	same(STRINGS, 300);
	same(NUMBERS, 300);
	same(WHOLES, 300);
	sound();
}

static void pages_of_a_first_load_are_full(void **s)
{
	(void)s;
	if (test_base_is_server())
		return;
	feed(WHOLES, 60000, false);
	long long before = test_base_number(path, "SELECT page_count FROM pragma_page_count");
	db_close(&db);
	test_base_sql(path, "VACUUM", NULL, NULL);
	assert_true(before <= test_base_number(path, "SELECT page_count FROM pragma_page_count") + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(rows_that_are_out_of_order_are_refused),
		TEST(a_key_that_comes_twice_is_refused),
		TEST(a_full_disk_is_told_while_a_tree_is_made),
		TEST(a_load_that_ends_in_the_middle_of_a_tree_is_refused_at_the_next_start),
		TEST(any_number_of_rows_makes_a_whole_tree),
		TEST(a_tree_of_one_two_and_three_levels_is_whole_at_every_number_near_a_full_page),
		TEST(tall_trees_hold_what_was_given_and_go_on_as_any_other),
		TEST(a_row_that_comes_twice_is_there_once_where_the_statement_says_so),
		TEST(pages_of_a_first_load_are_full),
	};
	return cmocka_run_group_tests_name("db/build", tests, NULL, NULL);
}
