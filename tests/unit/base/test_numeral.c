/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/numeral.h"

static void says(const char *number, bool feminine, const char *words)
{
	struct decimal d;
	struct buf b;
	buf_init(&b, 400);
	holds(decimal_parse(str_of(number), &d) == RC_OK, number);
	bool done = numeral_french(&b, d, feminine);
	holds(done == (words != NULL), number);
	if (words && !str_eq(buf_view(&b), words))
		fail_msg("%s: %.*s", number, (int)b.n, b.p);
	holds(words || b.n == 0, number);
	buf_done(&b);
}

static void whole(void **state)
{
	(void)state;
	static const struct { const char *number, *words; } T[] = {
		{ "0", "zéro" }, { "1", "un" }, { "11", "onze" }, { "16", "seize" }, { "17", "dix-sept" }, { "20", "vingt" }, { "21", "vingt et un" }, { "22", "vingt-deux" }, { "30", "trente" },
		{ "31", "trente et un" }, { "61", "soixante et un" }, { "69", "soixante-neuf" }, { "70", "soixante-dix" }, { "71", "soixante et onze" }, { "72", "soixante-douze" }, { "77", "soixante-dix-sept" },
		{ "79", "soixante-dix-neuf" }, { "80", "quatre-vingts" }, { "81", "quatre-vingt-un" }, { "90", "quatre-vingt-dix" }, { "91", "quatre-vingt-onze" }, { "99", "quatre-vingt-dix-neuf" },
		{ "100", "cent" }, { "101", "cent un" }, { "171", "cent soixante et onze" }, { "180", "cent quatre-vingts" }, { "200", "deux cents" }, { "201", "deux cent un" }, { "280", "deux cent quatre-vingts" },
		{ "999", "neuf cent quatre-vingt-dix-neuf" }, { "1000", "mille" }, { "1001", "mille un" }, { "1100", "mille cent" }, { "2000", "deux mille" }, { "21000", "vingt et un mille" },
		{ "80000", "quatre-vingt mille" }, { "200000", "deux cent mille" }, { "200200", "deux cent mille deux cents" }, { "1000000", "un million" }, { "80000000", "quatre-vingts millions" },
		{ "200000001", "deux cents millions un" }, { "999999999", "neuf cent quatre-vingt-dix-neuf millions neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf" },
	};
	for (size_t i = 0; i < sizeof T / sizeof T[0]; i++)
		says(T[i].number, false, T[i].words);
	says("1e3", false, "mille");
	says("-2", false, "moins deux");
	says("1000000000", false, NULL);
	says("1e9", false, NULL);
	says("1e900000", false, NULL);
	says("123456789012345678901234567890", false, NULL);
}

static void decimals(void **state)
{
	(void)state;
	says("1.5", false, "un virgule cinq");
	says("1.50", false, "un virgule cinq");
	says("2.0", false, "deux");
	says("0.25", false, "zéro virgule vingt-cinq");
	says("0.05", false, "zéro virgule zéro cinq");
	says("0.005", false, "zéro virgule zéro zéro cinq");
	says("10.80", false, "dix virgule huit");
	says("0.80", false, "zéro virgule huit");
	says("12.375", false, "douze virgule trois cent soixante-quinze");
	says("80.081", false, "quatre-vingts virgule zéro quatre-vingt-un");
	says("0.000001", false, "zéro virgule zéro zéro zéro zéro zéro un");
	says("0.0000001", false, NULL);
}

static void genders(void **state)
{
	(void)state;
	says("1", true, "une");
	says("11", true, "onze");
	says("21", true, "vingt et une");
	says("71", true, "soixante et onze");
	says("81", true, "quatre-vingt-une");
	says("201", true, "deux cent une");
	says("1001", true, "mille une");
	says("1.5", true, "un virgule cinq");
}

/* Read back by a grammar of its own, every number that a dose may be is itself again. */
static unsigned value_of(struct str words)
{
	static const struct { const char *word; unsigned value; } W[] = { { "zéro", 0 }, { "un", 1 }, { "deux", 2 }, { "trois", 3 }, { "quatre", 4 }, { "cinq", 5 }, { "six", 6 }, { "sept", 7 }, { "huit", 8 }, { "neuf", 9 },
		{ "dix", 10 }, { "onze", 11 }, { "douze", 12 }, { "treize", 13 }, { "quatorze", 14 }, { "quinze", 15 }, { "seize", 16 }, { "vingt", 20 }, { "vingts", 20 }, { "trente", 30 }, { "quarante", 40 },
		{ "cinquante", 50 }, { "soixante", 60 } };
	unsigned all = 0, part = 0;
	char text[200];
	assert_true(words.n < sizeof text);
	for (size_t i = 0; i < words.n; i++)
		text[i] = words.p[i] == '-' ? ' ' : words.p[i];
	for (struct str rest = { text, words.n }; rest.n;) {
		struct str one = str_cut(rest, ' ', &rest);
		if (str_eq(one, "mille")) {
			all += (part ? part : 1) * 1000;
			part = 0;
		} else if (str_eq(one, "cent") || str_eq(one, "cents")) {
			part = part ? part * 100 : 100;
		} else if (part % 100 == 4 && (str_eq(one, "vingt") || str_eq(one, "vingts"))) {
			part += 76;
		} else {
			for (size_t i = 0; i < sizeof W / sizeof W[0]; i++)
				if (str_eq(one, W[i].word))
					part += W[i].value;
		}
	}
	return all + part;
}

static void back(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 100000; n++) {
		struct buf b;
		buf_init(&b, 400);
		assert_true(numeral_french(&b, (struct decimal){ .coefficient = n }, false));
		if (value_of(buf_view(&b)) != n)
			fail_msg("%u: %.*s", n, (int)b.n, b.p);
		buf_done(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("whole numbers are written as they were before 1990", whole),
		CASE("what stands after the comma keeps its zeros, and loses those at its end", decimals),
		CASE("before what is feminine, one is une", genders),
		CASE("every number below a hundred thousand is read back as itself", back),
	};
	return cmocka_run_group_tests_name("base/numeral", tests, NULL, NULL);
}
