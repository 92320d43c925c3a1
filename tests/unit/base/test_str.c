/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "nth_alloc.h"

static void comparisons(void **state)
{
	(void)state;
	static const struct { const char *a, *b; int cmp; bool starts, ends, nocase; } T[] = {
		{ "",      "",      0,  true,  true,  true },
		{ "a",     "",      1,  true,  true,  false },
		{ "",      "a",     -1, false, false, false },
		{ "abc",   "abc",   0,  true,  true,  true },
		{ "abc",   "ab",    1,  true,  false, false },
		{ "abc",   "bc",    -1, false, true,  false },
		{ "ABC",   "abc",   -1, false, false, true },
		{ "\xC3\xA9", "e",  1,  false, false, false },
		{ "A@[",   "a@[",   -1, false, false, true },
		{ "@",     "`",     -1, false, false, false },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct str a = str_of(T[i].a), b = str_of(T[i].b);
		int c = str_cmp(a, b);
		holds((c > 0) - (c < 0) == T[i].cmp, T[i].a);
		holds(str_is(a, b) == (T[i].cmp == 0), T[i].a);
		holds(str_eq(a, T[i].b) == (T[i].cmp == 0), T[i].a);
		holds(str_starts(a, b) == T[i].starts, T[i].a);
		holds(str_ends(a, b) == T[i].ends, T[i].a);
		holds(str_eq_nocase(a, T[i].b) == T[i].nocase, T[i].a);
	}
	assert_true(str_is(STR_NONE, str_of("")) && str_of(NULL).p == NULL);
}

static void cutting(void **state)
{
	(void)state;
	struct str rest, s = STR("a,,b");
	same_text(str_cut(s, ',', &rest), "a", "first");
	same_text(str_cut(rest, ',', &rest), "", "second");
	assert_non_null(rest.p);
	same_text(str_cut(rest, ',', &rest), "b", "last");
	assert_null(rest.p);
	same_text(str_cut(STR("a,"), ',', &rest), "a", "trailing");
	assert_true(rest.p && rest.n == 0);
	same_text(str_cut(STR_NONE, ',', &rest), "", "none");
	assert_null(rest.p);
	same_text(str_trim(STR(" \t\r\n a b \n")), "a b", "trim");
	same_text(str_trim(STR(" \t ")), "", "blank");
}

static void numbers(void **state)
{
	(void)state;
	static const struct { const char *z; bool ok_u, ok_i; uint64_t u; int64_t i; } T[] = {
		{ "0",                     true,  true,  0, 0 },
		{ "007",                   true,  true,  7, 7 },
		{ "9223372036854775807",   true,  true,  INT64_MAX, INT64_MAX },
		{ "9223372036854775808",   true,  false, (uint64_t)INT64_MAX + 1, 0 },
		{ "9999999999999999999",   true,  false, 9999999999999999999u, 0 },
		{ "00000000000000000001",  false, false, 0, 0 },
		{ "-9223372036854775808",  false, true,  0, INT64_MIN },
		{ "-9223372036854775809",  false, false, 0, 0 },
		{ "-0",                    false, true,  0, 0 },
		{ "-",                     false, false, 0, 0 },
		{ "--1",                   false, false, 0, 0 },
		{ "+1",                    false, false, 0, 0 },
		{ " 1",                    false, false, 0, 0 },
		{ "1 ",                    false, false, 0, 0 },
		{ "1.0",                   false, false, 0, 0 },
		{ "0x10",                  false, false, 0, 0 },
		{ "",                      false, false, 0, 0 },
		{ "\xD9\xA1",              false, false, 0, 0 },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		uint64_t u = 4242;
		int64_t v = 4242;
		enum rc ru = str_u64(str_of(T[i].z), &u), ri = str_i64(str_of(T[i].z), &v);
		holds((ru == RC_OK) == T[i].ok_u && u == (T[i].ok_u ? T[i].u : 4242), T[i].z);
		holds((ri == RC_OK) == T[i].ok_i && v == (T[i].ok_i ? T[i].i : 4242), T[i].z);
	}
}

static void writes(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 100000);
	buf_z(&b, "a");
	buf_ch(&b, 'b');
	buf_str(&b, STR("cd"));
	buf_put(&b, NULL, 0);
	buf_u64(&b, UINT64_MAX);
	buf_ch(&b, ' ');
	buf_u64(&b, 0);
	buf_ch(&b, ' ');
	buf_i64(&b, INT64_MIN);
	buf_fmt(&b, " %s%d", "x", -5);
	same_text(buf_view(&b), "abcd18446744073709551615 0 -9223372036854775808 x-5", "all writers");
	char *room = buf_room(&b, 3);
	assert_true(room && room[0] == 0 && room[2] == 0);
	buf_reset(&b);
	char big[5000];
	memset(big, 'y', sizeof big - 1);
	big[sizeof big - 1] = 0;
	buf_fmt(&b, "<%s>", big);
	assert_int_equal(b.n, 5001);
	assert_int_equal(buf_rc(&b, NULL), RC_OK);
	buf_done(&b);
	buf_done(&b);
	assert_null(b.p);
}

static void error_sticks(void **state)
{
	(void)state;
	struct buf b;
	struct problem p;
	buf_init(&b, 5);
	buf_z(&b, "12345");
	assert_int_equal(buf_rc(&b, &p), RC_OK);
	buf_ch(&b, '6');
	buf_reset(&b);
	buf_z(&b, "123");
	buf_z(&b, "456");
	assert_true(b.failed);
	buf_z(&b, "7");
	buf_fmt(&b, "%d", 7);
	assert_null(buf_room(&b, 1));
	same_text(buf_view(&b), "123", "nothing after the failure");
	assert_int_equal(buf_rc(&b, &p), RC_LIMIT);
	assert_int_equal(p.why, WHY_TOO_BIG);
	buf_done_wiped(&b);
	buf_init(&b, 3);
	buf_fmt(&b, "%s", "abc");
	assert_false(b.failed);
	buf_fmt(&b, "%s", "");
	assert_false(b.failed);
	buf_done(&b);
	buf_init(&b, SIZE_MAX);
	buf_ch(&b, 'x');
	buf_put(&b, "x", SIZE_MAX);
	assert_true(b.failed);
	buf_done(&b);
	buf_init(&b, 0);
	buf_z(&b, "");
	assert_false(b.failed);
	buf_done_wiped(&b);
}

static void allocation_fails(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		struct buf b;
		buf_init(&b, 1 << 20);
		nth_alloc = n;
		for (int i = 0; i < 20000; i++)
			buf_ch(&b, 'x');
		char big[400];
		memset(big, 'y', sizeof big);
		buf_fmt(&b, "%.400s", big);
		bool done = nth_alloc > 0;
		nth_alloc = 0;
		assert_int_equal(b.failed, !done);
		if (!b.failed)
			assert_int_equal(b.n, 20400);
		for (size_t i = 0; i < b.n && i < 20000; i++)
			assert_int_equal(b.p[i], 'x');
		buf_done(&b);
		if (done)
			break;
		assert_true(n < 50);
	}
}

static void secrets(void **state)
{
	(void)state;
	unsigned char a[40], b[40];
	memset(a, 7, sizeof a);
	memset(b, 7, sizeof b);
	assert_true(same_bytes(a, b, sizeof a) && same_bytes(a, b, 0));
	for (size_t i = 0; i < sizeof a; i++) {
		b[i] ^= 0x80;
		assert_false(same_bytes(a, b, sizeof a));
		b[i] ^= 0x80;
	}
	wipe(a, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		assert_int_equal(a[i], 0);
	wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("strings compare bytewise and the shorter comes first", comparisons),
		CASE("a string is cut at the first separator and tells an empty rest from none", cutting),
		CASE("only plain digits in range are a number", numbers),
		CASE("a buffer takes every kind of write", writes),
		CASE("a buffer never grows over its maximum and its error sticks", error_sticks),
		CASE("a buffer survives the failure of any allocation", allocation_fails),
		CASE("secrets are compared whole and wiped", secrets),
	};
	return cmocka_run_group_tests_name("base/str", tests, NULL, NULL);
}
