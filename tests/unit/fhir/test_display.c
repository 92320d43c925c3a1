/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

static const struct { const char *json, *want; } T[] = {
	{ "{}", "" }, { "null", "" }, { "[]", "" }, { "{\"id\":\"a\"}", "" }, { "{\"coding\":[]}", "" }, { "{\"value\":{}}", "" }, { "{\"value\":null}", "" },
	{ "\"a\"", "a" }, { "12.50", "12.50" }, { "true", "true" }, { "[\"a\",\"b\"]", "a, b" },
	{ "{\"family\":\"Dupont\",\"given\":[\"Marie\",\"Anne\"]}", "DUPONT Marie Anne" },
	{ "{\"family\":\"Lefèvre\"}", "LEFÈVRE" }, { "{\"given\":[\"Marie\"]}", "Marie" }, { "{\"text\":\"Mme Dupont\"}", "Mme Dupont" },
	{ "{\"value\":72,\"unit\":\"kg\"}", "72 kg" }, { "{\"value\":72.0,\"code\":\"kg\"}", "72.0 kg" }, { "{\"value\":5,\"comparator\":\"<\",\"unit\":\"mg\"}", "<5 mg" },
	{ "{\"value\":72}", "72" }, { "{\"value\":12.50,\"currency\":\"EUR\"}", "12.50 EUR" },
	{ "{\"coding\":[{\"code\":\"c\",\"display\":\"d\"}],\"text\":\"t\"}", "t" }, { "{\"coding\":[{\"code\":\"c\"},{\"code\":\"e\",\"display\":\"d\"}]}", "d" }, { "{\"coding\":[{\"code\":\"c\"}]}", "c" }, { "{\"text\":\"t\"}", "t" },
	{ "{\"system\":\"s\",\"code\":\"c\",\"display\":\"d\"}", "d" }, { "{\"system\":\"s\",\"code\":\"c\"}", "c" },
	{ "{\"reference\":\"Patient/1\",\"display\":\"Mme Dupont\"}", "Mme Dupont" }, { "{\"reference\":\"Patient/1\"}", "Patient/1" }, { "{\"identifier\":{\"value\":\"v\"}}", "v" },
	{ "{\"system\":\"s\",\"value\":\"v\"}", "v" }, { "{\"system\":\"phone\",\"value\":\"01\"}", "01" },
	{ "{\"start\":\"2020\",\"end\":\"2021\"}", "2020 – 2021" }, { "{\"start\":\"2020\"}", "2020 – " },
	{ "{\"low\":{\"value\":1,\"unit\":\"g\"},\"high\":{\"value\":2,\"unit\":\"g\"}}", "1 g – 2 g" },
	{ "{\"numerator\":{\"value\":1,\"unit\":\"mg\"},\"denominator\":{\"value\":2,\"unit\":\"mL\"}}", "1 mg / 2 mL" },
	{ "{\"line\":[\"1 rue A\"],\"postalCode\":\"45100\",\"city\":\"Orléans\"}", "1 rue A 45100 Orléans" },
	{ "[{\"text\":\"a\"},{\"text\":\"b\"}]", "a, b" },
};

static void each_datatype_is_one_plain_line(void **state)
{
	struct room *r = *state;

	for (size_t i = 0; i < COUNT(T); i++) {
		struct buf b;

		arena_reset(&r->a);
		buf_init(&b, 4096);
		fhir_display(&b, parsed(r, str_of(T[i].json)));
		same_text(buf_view(&b), T[i].want, T[i].json);
		buf_reset(&b);
		buf_z(&b, "> ");
		fhir_display(&b, parsed(r, str_of(T[i].json)));
		same_text(((struct str){ b.p + 2, b.n - 2 }), T[i].want, T[i].json);
		buf_done(&b);
	}
}

static void an_absent_value_shows_nothing(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 16);
	fhir_display(&b, NULL);
	assert_int_equal(b.n, 0);
	buf_done(&b);
}

int main(void)
{
	struct CMUnitTest tests[] = {
		CASE("an absent value shows nothing", an_absent_value_shows_nothing),
		CASE("each datatype is one plain line", each_datatype_is_one_plain_line),
	};
	struct room r = { 0 };
	int failed;

	arena_init(&r.a, 1 << 20);
	for (size_t i = 0; i < COUNT(tests); i++)
		tests[i].initial_state = &r;
	failed = cmocka_run_group_tests_name("fhir/display", tests, NULL, NULL);
	arena_done(&r.a);
	return failed;
}
