/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "codec/url.h"

static void pairs(void **state)
{
	(void)state;
	static const struct { const char *z; enum rc rc; const char *want; } T[] = {
		{ "",                            RC_OK, "" },
		{ "a=1&b=2&a=3",                 RC_OK, "a=1;b=2;a=3;" },
		{ "&&a=&&=b&c&&",                RC_OK, "a=;=b;c=;" },
		{ "a=b=c",                       RC_OK, "a=b=c;" },
		{ "na%6De=H%C3%A9l%C3%a8ne+D",   RC_OK, "name=H\xC3\xA9l\xC3\xA8ne D;" },
		{ "a+b=%2B%26%3D",               RC_OK, "a b=+&=;" },
		{ "a=\xC3\xA9",                  RC_OK, "a=\xC3\xA9;" },
		{ "a=%",                         RC_BAD_INPUT, "" },
		{ "a=%4",                        RC_BAD_INPUT, "" },
		{ "a=%4&b",                      RC_BAD_INPUT, "" },
		{ "a=%zz",                       RC_BAD_INPUT, "" },
		{ "a=%-1",                       RC_BAD_INPUT, "" },
		{ "a=%00",                       RC_BAD_INPUT, "" },
		{ "%00=a",                       RC_BAD_INPUT, "" },
		{ "a=%C3",                       RC_BAD_INPUT, "" },
		{ "a=%C0%80",                    RC_BAD_INPUT, "" },
		{ "a=\xFF",                      RC_BAD_INPUT, "" },
		{ "1&2&3&4&5&6&7&8",             RC_OK, "1=;2=;3=;4=;5=;6=;7=;8=;" },
		{ "1&2&3&4&5&6&7&8&9",           RC_LIMIT, "" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct arena a;
		struct pairs ps = { NULL, 99 };
		struct problem p;
		struct buf b;
		arena_init(&a, 10000);
		buf_init(&b, 1000);
		char *copy = strdup(T[i].z);
		holds(url_pairs(str_of(copy), 8, &a, &ps, &p) == T[i].rc, T[i].z);
		free(copy); /* what comes out does not point into what went in */
		for (size_t k = 0; T[i].rc == RC_OK && k < ps.n; k++) {
			buf_str(&b, ps.at[k].name);
			buf_ch(&b, '=');
			buf_str(&b, ps.at[k].value);
			buf_ch(&b, ';');
			holds(ps.at[k].name.p[ps.at[k].name.n] == 0 && ps.at[k].value.p[ps.at[k].value.n] == 0, T[i].z);
		}
		if (T[i].rc == RC_OK)
			same_text(buf_view(&b), T[i].want, T[i].z);
		else
			holds(ps.n == 99 && p.where[0] == 0, T[i].z);
		buf_done(&b);
		arena_done(&a);
	}
}

static void nul_and_lookup(void **state)
{
	(void)state;
	struct arena a;
	struct pairs ps;
	arena_init(&a, 10000);
	assert_int_equal(url_pairs((struct str){ "a=\0", 3 }, 8, &a, &ps, NULL), RC_BAD_INPUT);
	assert_int_equal(url_pairs(STR("a=1&a=2&e="), 8, &a, &ps, NULL), RC_OK);
	same_text(pairs_get(&ps, "a"), "1", "first");
	assert_true(pairs_get(&ps, "e").p && pairs_get(&ps, "e").n == 0);
	assert_null(pairs_get(&ps, "x").p);
	assert_int_equal(url_pairs(STR_NONE, 8, &a, &ps, NULL), RC_OK);
	assert_int_equal(ps.n, 0);
	arena_done(&a);
}

static void segments(void **state)
{
	(void)state;
	static const struct { const char *z; enum rc rc; const char *want; } T[] = {
		{ "a+b",        RC_OK, "a+b" },
		{ "a%20b%2Fc",  RC_OK, "a b/c" },
		{ "",           RC_OK, "" },
		{ "%e9",        RC_BAD_INPUT, "" },
		{ "%0",         RC_BAD_INPUT, "" },
		{ "x%00",       RC_BAD_INPUT, "" },
	};
	for (size_t i = 0; i < COUNT(T); i++) {
		struct arena a;
		struct str s = STR("untouched");
		arena_init(&a, 10000);
		holds(url_segment(str_of(T[i].z), &a, &s, NULL) == T[i].rc, T[i].z);
		same_text(s, T[i].rc == RC_OK ? T[i].want : "untouched", T[i].z);
		arena_done(&a);
	}
}

static void every_byte(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 1000);
	for (int c = 1; c < 0x80; c++) {
		char z = (char)c;
		buf_reset(&b);
		url_part(&b, (struct str){ &z, 1 });
		assert_int_equal(b.n, (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || strchr("-._~", c) ? 1 : 3);
		struct arena a;
		arena_init(&a, 1000);
		struct str s;
		assert_int_equal(url_segment(buf_view(&b), &a, &s, NULL), RC_OK);
		assert_true(s.n == 1 && s.p[0] == z);
		arena_done(&a);
	}
	buf_reset(&b);
	url_part(&b, STR("\xC3\xA9 /"));
	same_text(buf_view(&b), "%C3%A9%20%2F", "upper case");
	buf_done(&b);
}

static void no_memory(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 400; limit++) {
		struct arena a;
		struct pairs ps;
		struct problem p;
		arena_init(&a, limit);
		enum rc rc = url_pairs(STR("a=1&b=2&c=3"), 8, &a, &ps, &p);
		assert_true(rc == RC_OK || rc == RC_LIMIT);
		arena_done(&a);
	}
	struct arena a;
	struct pairs ps;
	arena_init(&a, 1000);
	nth_alloc = 1;
	assert_int_equal(url_pairs(STR("a=1"), 8, &a, &ps, NULL), RC_LIMIT);
	nth_alloc = 0;
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("pairs are decoded in order and bad triplets, NUL and bad UTF-8 are refused", pairs),
		CASE("an empty value differs from an absent one", nul_and_lookup),
		CASE("a path segment is decoded without the plus rule", segments),
		CASE("every byte but the unreserved is encoded and comes back", every_byte),
		CASE("a lack of memory is a limit", no_memory),
	};
	return cmocka_run_group_tests_name("codec/url", tests, NULL, NULL);
}
