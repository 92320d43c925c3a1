/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/utf8.h"

static void validity(void **state)
{
	(void)state;
	static const struct { const char *z; size_t bad_at, count; } T[] = {
		{ "",                         0,  0 },
		{ "abc",                      3,  3 },
		{ "\xC3\xA9t\xC3\xA9",        5,  3 },
		{ "\xE2\x82\xAC",             3,  1 },
		{ "\xF0\x9F\x98\x80",         4,  1 },
		{ "\xF4\x8F\xBF\xBF",         4,  1 },
		{ "\xEF\xBF\xBF",             3,  1 },
		{ "\xC0\x80",                 0,  0 }, /* overlong NUL */
		{ "\xC1\xBF",                 0,  0 },
		{ "a\xE0\x9F\xBF",            1,  0 }, /* overlong */
		{ "\xED\xA0\x80",             0,  0 }, /* surrogate */
		{ "\xED\x9F\xBF",             3,  1 },
		{ "\xF0\x8F\xBF\xBF",         0,  0 }, /* overlong */
		{ "\xF4\x90\x80\x80",         0,  0 }, /* above U+10FFFF */
		{ "\xF5\x80\x80\x80",         0,  0 },
		{ "\xFF",                     0,  0 },
		{ "ab\x80",                   2,  0 }, /* continuation alone */
		{ "ab\xC3",                   2,  0 }, /* cut */
		{ "ab\xE2\x82",               2,  0 },
		{ "ab\xF0\x9F\x98",           2,  0 },
		{ "ab\xC3" "c",               2,  0 },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct str s = str_of(T[i].z);
		holds(utf8_bad_at(s) == T[i].bad_at, T[i].z);
		holds(utf8_valid(s) == (T[i].bad_at == s.n), T[i].z);
		if (T[i].bad_at == s.n)
			holds(utf8_count(s) == T[i].count, T[i].z);
	}
}

static void any_offset(void **state)
{
	(void)state;
	/* The fast run over ASCII must meet the slow path at every alignment. */
	char z[200];
	for (size_t at = 0; at < 190; at++)
		for (int kind = 0; kind < 3; kind++) {
			memset(z, 'a', sizeof z);
			memcpy(z + at, kind == 0 ? "\xC3\xA9" : kind == 1 ? "\xC3" "a" : "\xF0\x9F\x98\x80", kind == 2 ? 4 : 2);
			assert_int_equal(utf8_bad_at((struct str){ z, sizeof z }), kind == 1 ? at : sizeof z);
		}
}

static void all_code_points(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 16);
	for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
		buf_reset(&b);
		utf8_put(&b, c);
		uint32_t got = 0;
		size_t at = 0;
		assert_true(utf8_next(buf_view(&b), &at, &got));
		assert_int_equal(at, b.n);
		assert_int_equal(got, c >= 0xD800 && c <= 0xDFFF ? UTF8_REPLACEMENT : c);
		assert_true(utf8_valid(buf_view(&b)));
		assert_false(utf8_next(buf_view(&b), &at, &got));
	}
	buf_reset(&b);
	utf8_put(&b, 0x110000);
	same_text(buf_view(&b), "\xEF\xBF\xBD", "above the last");
	buf_done(&b);
	uint32_t c;
	size_t at = 0, n = 0;
	while (utf8_next(STR("a\xFF\xC3"), &at, &c))
		n += c == UTF8_REPLACEMENT;
	assert_int_equal(n, 2);
}

static void floors(void **state)
{
	(void)state;
	struct str s = STR("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z");
	static const size_t WANT[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11, 11 };
	for (size_t n = 0; n < COUNT(WANT); n++)
		assert_int_equal(utf8_floor(s, n), WANT[n]);
	assert_int_equal(utf8_floor(STR_NONE, 5), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("only well-formed UTF-8 is valid and the first bad byte is told", validity),
		CASE("a bad byte is found at any offset", any_offset),
		CASE("every code point is written and read back, and what is none becomes U+FFFD", all_code_points),
		CASE("a text is never cut inside a code point", floors),
	};
	return cmocka_run_group_tests_name("base/utf8", tests, NULL, NULL);
}
