/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "internal.h"

static void what_is_no_decimal_is_refused(void **state)
{
	static const char *const bad[] = { "", "-", ".", "1.", ".1", "1e", "1e+", "--1", "1 ", "inf", "nan", "0x10", "1,5", "1e300", "00" };
	double low, high;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		holds(!number_range(str_of(bad[i]), &low, &high), bad[i]);
}

static void a_decimal_means_half_a_unit_of_its_last_digit_either_side(void **state)
{
	static const struct { const char *text; double low, high; } T[] = {
		{ "100",    99.5,    100.5 },
		{ "100.00", 99.995,  100.005 },
		{ "1e2",    50,      150 },
		{ "-5.4",   -5.45,   -5.35 },
		{ "0",      -0.5,    0.5 },
		{ "0.001",  0.0005,  0.0015 },
		{ "1e-3",   0.0005,  0.0015 },
		{ "7.2",    7.15,    7.25 },
		{ "2147483647", 2147483646.5, 2147483647.5 },
	};
	double low, high, v;

	(void)state;
	for (size_t i = 0; i < COUNT(T); i++) {
		holds(number_range(str_of(T[i].text), &low, &high), T[i].text);
		holds(low == T[i].low && high == T[i].high, T[i].text);
		holds(number_value(str_of(T[i].text), &v) && v >= low && v <= high, T[i].text);
	}
}

static void very_long_and_very_small_decimals_do_not_overflow(void **state)
{
	double v, low, high;

	(void)state;
	assert_true(number_value(STR("0.00000000000000000000000000000000000000000000000000000000000000000000001"), &v) && v > 0 && v < 1e-70);
	assert_true(number_value(STR("123456789012345678901234567890"), &v) && v > 1.2e29 && v < 1.3e29);
	assert_true(number_range(STR("99999999999999999999999999.99999999999999999999"), &low, &high) && low < high);
	assert_true(number_value(STR("1e-9999999999"), &v) && v == 0);
	assert_true(number_value(STR("0e-99999999999999999999"), &v) && v == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("what is no decimal is refused", what_is_no_decimal_is_refused),
		CASE("a decimal means half a unit of its last digit either side", a_decimal_means_half_a_unit_of_its_last_digit_either_side),
		CASE("very long and very small decimals do not overflow", very_long_and_very_small_decimals_do_not_overflow),
	};
	return cmocka_run_group_tests_name("fhir/number", tests, NULL, NULL);
}
