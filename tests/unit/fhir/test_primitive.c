/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

static const struct { enum kind kind; const char *bad[12], *good[8]; } T[] = {
	{ KIND_ID,       { "", "a b", "é", "a_b", "12345678901234567890123456789012345678901234567890123456789012345" },
	                 { "a", "A-1.b", "1234567890123456789012345678901234567890123456789012345678901234" } },
	{ KIND_CODE,     { "", " a", "a ", "a  b", "a\tb ", "\n" }, { "a", "a b", "é", "<=" } },
	{ KIND_URI,      { "", "a b", "a\nb" }, { "a", "http://a/b?c", "urn:oid:1.2", "é" } },
	{ KIND_URL,      { "", "a b" }, { "http://a" } },
	{ KIND_CANONICAL, { "", "a b" }, { "http://a|1" } },
	{ KIND_OID,      { "", "1.2", "urn:oid:", "urn:oid:3.1", "urn:oid:1", "urn:oid:1.02", "urn:oid:1.", "urn:oid:1..2", "urn:oid:1.2x" },
	                 { "urn:oid:1.2", "urn:oid:2.0.250" } },
	{ KIND_UUID,     { "", "c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:c757873d-ec9a-4326-a141-556f4323952",
	                   "urn:uuid:c757873dxec9a-4326-a141-556f43239520", "urn:uuid:g757873d-ec9a-4326-a141-556f43239520" },
	                 { "urn:uuid:c757873d-ec9a-4326-a141-556f43239520" } },
	{ KIND_BASE64,   { "", "a", "abc", "abc=d", "ab=c", "a===", "abcd=", "ab\xC3\xA9" }, { "abcd", "abc=", "ab==", " ab\ncd " } },
	{ KIND_INTEGER,  { "", "1.0", "01", "-0", "1e2", "2147483648", "-2147483649", "12345678901" }, { "0", "-1", "2147483647", "-2147483648" } },
	{ KIND_UNSIGNED, { "-1", "1.5", "2147483648" }, { "0", "2147483647" } },
	{ KIND_POSITIVE, { "0", "-1" }, { "1" } },
	{ KIND_DECIMAL,  { "", ".5", "5.", "01", "+1", "1e", "1e999", "NaN", "0x1" }, { "0", "-0", "0.10", "1e-3", "1E+2", "123456789012345678901234567890.5" } },
	{ KIND_STRING,   { "", " ", "\t\r\n" }, { "a", " a " } },
	{ KIND_BOOLEAN,  { "True", "1", "" }, { "true", "false" } },
	{ KIND_DATE,     { "", "20", "0000", "2020-13", "2020-00", "2020-02-30", "2021-02-29", "2020-1-1", "2020-01-01T", "2020-01-01T10:00:00Z", "2020-", "2020/01" },
	                 { "2020", "2020-02", "2020-02-29", "0001-01-01", "9999-12-31" } },
	{ KIND_DATETIME, { "2020-01-01T10:00", "2020-01-01T10:00Z", "2020-01-01T10:00:00", "2020-01-01T24:00:00Z", "2020-01-01T10:60:00Z",
	                   "2020-01-01T10:00:61Z", "2020-01-01T10:00:00+15:00", "2020-01-01T10:00:00.Z", "2020-01-01T10:00:00+1:00", "2020-01-01 10:00:00Z", "2020-01-01T10:00:00z" },
	                 { "2020", "2020-01-01T10:00:00Z", "2020-01-01T10:00:60Z", "2020-01-01T10:00:00.123456+14:00", "2020-01-01T10:00:00-03:30" } },
	{ KIND_INSTANT,  { "2020", "2020-01-01", "2020-01-01T10:00Z", "2020-01-01T10:00:00" }, { "2020-01-01T10:00:00Z", "2020-01-01T10:00:00.1+01:00" } },
	{ KIND_TIME,     { "", "10", "10:00", "24:00:00", "10:60:00", "10:00:61", "10:00:00Z", "10:00:00." }, { "10:00:00", "23:59:60", "00:00:00.001" } },
};

static void each_primitive_refuses_and_accepts_what_its_rule_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(T); i++) {
		for (size_t k = 0; k < COUNT(T[i].bad) && T[i].bad[k]; k++)
			holds(!primitive_ok(T[i].kind, str_of(T[i].bad[k])), T[i].bad[k]);
		for (size_t k = 0; k < COUNT(T[i].good) && T[i].good[k]; k++)
			holds(primitive_ok(T[i].kind, str_of(T[i].good[k])), T[i].good[k]);
	}
}

static void a_text_over_one_megabyte_is_refused(void **state)
{
	size_t n = 1024 * 1024 + 1;
	char *p = malloc(n);

	(void)state;
	assert_non_null(p);
	memset(p, 'a', n);
	assert_false(primitive_ok(KIND_STRING, (struct str){ p, n }));
	assert_true(primitive_ok(KIND_STRING, (struct str){ p, n - 1 }));
	free(p);
}

static void control_characters_are_refused_but_tab_and_line_ends(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 0x20; c++) {
		char text[] = { 'a', (char)c, 'b' };

		assert_int_equal(primitive_text_ok((struct str){ text, 3 }), c == '\t' || c == '\n' || c == '\r');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("each primitive refuses and accepts what its rule says", each_primitive_refuses_and_accepts_what_its_rule_says),
		CASE("a text over one megabyte is refused", a_text_over_one_megabyte_is_refused),
		CASE("control characters are refused but tab and line ends", control_characters_are_refused_but_tab_and_line_ends),
	};
	return cmocka_run_group_tests_name("fhir/primitive", tests, NULL, NULL);
}
