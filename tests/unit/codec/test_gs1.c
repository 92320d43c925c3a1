/* SPDX-License-Identifier: Apache-2.0 */
/* tests of codec/gs1.c: what boxes carry, what scanners make of it, and what must not be taken for anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/gs1.h"

static struct gs1 G;
static struct problem P;

static enum rc rd(const char *text)
{
	return gs1_read(str_of(text), 2026, &G, &P);
}

static void is(const char *gtin, const char *expires, const char *lot, const char *serial)
{
	assert_true(str_eq(G.gtin, gtin));
	assert_string_equal(G.expires_on, expires);
	assert_true(str_eq(G.lot, lot));
	assert_true(str_eq(G.serial, serial));
}

static void a_box_is_read_with_and_without_its_symbology(void **s)
{
	(void)s;
	assert_int_equal(rd("]d2010340093000001417271231101AB2\x1d" "21SN9"), RC_OK);
	is("03400930000014", "2027-12-31", "1AB2", "SN9");
	assert_int_equal(rd("010340093000001421SN9\x1d" "17271231101AB2"), RC_OK);
	is("03400930000014", "2027-12-31", "1AB2", "SN9");
	assert_int_equal(rd("\x1d" "0103400930000014"), RC_OK);
	is("03400930000014", "", "", "");
	assert_int_equal(rd("  0103400930000014\r\n"), RC_OK);
	assert_true(str_eq(gs1_cip13(&G), "3400930000014"));
}

static void signs_that_stand_for_fnc1_and_brackets_are_read(void **s)
{
	static const char *const FORM[] = { "01034009300000141712345~", "010340093000001410L~21S", "010340093000001410L|21S", "010340093000001410L^21S", "010340093000001410L#21S", "(01)03400930000014(10)L(21)S" };
	(void)s;
	assert_int_equal(rd(FORM[0]), RC_BAD_INPUT);
	for (size_t i = 1; i < sizeof FORM / sizeof FORM[0]; i++) {
		assert_int_equal(rd(FORM[i]), RC_OK);
		is("03400930000014", "", "L", "S");
	}
	assert_int_equal(rd("(10)A(B)(21)S"), RC_OK); /* a bracket inside of a lot is the lot's */
	is("", "", "A(B)", "S");
}

static void a_month_alone_ends_with_its_last_day_and_centuries_are_the_nearest(void **s)
{
	static const struct { const char *text, *expires; } CASE[] = {
		{ "17280200", "2028-02-29" }, { "17270200", "2027-02-28" }, { "17270400", "2027-04-30" }, { "17990131", "1999-01-31" }, { "17760101", "2076-01-01" }, { "17770101", "1977-01-01" },
	};
	(void)s;
	for (size_t i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
		assert_int_equal(rd(CASE[i].text), RC_OK);
		assert_string_equal(G.expires_on, CASE[i].expires);
	}
	assert_int_equal(gs1_read(STR("17010101"), 1999, &G, &P), RC_OK);
	assert_string_equal(G.expires_on, "2001-01-01");
}

static void what_is_not_whole_is_refused(void **s)
{
	static const char *const BAD[] = {
		"", "   ", "]d2", "\x1d", "0103400930000018" /* check digit */, "010340093000001" /* short */, "01034009300000140103400930000014" /* twice */, "17271331", "17270230", "1727123x", "10", "10\x1d",
		"10ABCDEFGHIJKLMNOPQRSTU" /* 21 characters */, "10L\xC3\xA9", "10L L", "99X", "(01)0340093000001", "(01", "(", "()", "(99)X", "x", "3400930000014", "\x1d\x1d" "10L",
		"21\x01", "0103400930000014 10L",
	};
	char longer[260];
	(void)s;
	for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
		if (rd(BAD[i]) != RC_BAD_INPUT)
			fail_msg("case %zu is read", i);
		assert_int_equal(P.why, WHY_GS1_UNREADABLE);
	}
	for (size_t i = 0; i < sizeof longer; i++)
		longer[i] = '1';
	assert_int_equal(gs1_read((struct str){ longer, sizeof longer }, 2026, &G, &P), RC_BAD_INPUT);
	assert_int_equal(gs1_read((struct str){ "10\0L", 4 }, 2026, &G, &P), RC_BAD_INPUT);
}

static void another_gtin_is_no_french_number(void **s)
{
	(void)s;
	assert_int_equal(rd("0104012345678901"), RC_OK);
	assert_int_equal(gs1_cip13(&G).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_is_read_with_and_without_its_symbology),
		cmocka_unit_test(signs_that_stand_for_fnc1_and_brackets_are_read),
		cmocka_unit_test(a_month_alone_ends_with_its_last_day_and_centuries_are_the_nearest),
		cmocka_unit_test(what_is_not_whole_is_refused),
		cmocka_unit_test(another_gtin_is_no_french_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
