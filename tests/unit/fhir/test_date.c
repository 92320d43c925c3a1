/* SPDX-License-Identifier: Apache-2.0 */
#include "fhir_unit.h"

#include "base/clock.h"
#include "internal.h"

static int64_t at(int year, int month, int day, int hour, int minute, int second, int ms)
{
	return civil_to_ms((struct civil){ year, month, day, hour, minute, second, ms });
}

static void what_is_no_date_has_no_range(void **state)
{
	static const char *const bad[] = { "", "x", "20", "2020-", "2020-02-30", "2020-01-01T", "2020-01-01T1", "2020-01-01T10", "2020-01-01T10:00+", "2020-01-01T10:00:00+25:00", "2020-01-01T10:00:00Zx" };
	int64_t low, high;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		holds(fhir_date_range(str_of(bad[i]), &low, &high) == RC_BAD_INPUT, bad[i]);
}

static void a_partial_date_is_the_interval_it_means(void **state)
{
	const struct { const char *text; int64_t low, high; } T[] = {
		{ "2020",                      at(2019, 12, 31, 23, 0, 0, 0), at(2020, 12, 31, 23, 0, 0, 0) },
		{ "2020-07",                   at(2020, 6, 30, 22, 0, 0, 0),  at(2020, 7, 31, 22, 0, 0, 0) },
		{ "2020-12",                   at(2020, 11, 30, 23, 0, 0, 0), at(2020, 12, 31, 23, 0, 0, 0) },
		{ "2020-02-29",                at(2020, 2, 28, 23, 0, 0, 0),  at(2020, 2, 29, 23, 0, 0, 0) },
		{ "2020-03-29",                at(2020, 3, 28, 23, 0, 0, 0),  at(2020, 3, 29, 22, 0, 0, 0) },  /* 23 hours */
		{ "2020-10-25",                at(2020, 10, 24, 22, 0, 0, 0), at(2020, 10, 25, 23, 0, 0, 0) }, /* 25 hours */
		{ "2020-01-01T10:00Z",         at(2020, 1, 1, 10, 0, 0, 0),   at(2020, 1, 1, 10, 1, 0, 0) },
		{ "2020-01-01T10:00:07Z",      at(2020, 1, 1, 10, 0, 7, 0),   at(2020, 1, 1, 10, 0, 8, 0) },
		{ "2020-01-01T10:00:07.5Z",    at(2020, 1, 1, 10, 0, 7, 500), at(2020, 1, 1, 10, 0, 7, 501) },
		{ "2020-01-01T10:00:07+02:00", at(2020, 1, 1, 8, 0, 7, 0),    at(2020, 1, 1, 8, 0, 8, 0) },
		{ "2020-01-01T10:00:07-03:30", at(2020, 1, 1, 13, 30, 7, 0),  at(2020, 1, 1, 13, 30, 8, 0) },
		{ "2020-07-01T10:00:07",       at(2020, 7, 1, 8, 0, 7, 0),    at(2020, 7, 1, 8, 0, 8, 0) },
	};
	int64_t low, high;

	(void)state;
	for (size_t i = 0; i < COUNT(T); i++) {
		holds(fhir_date_range(str_of(T[i].text), &low, &high) == RC_OK, T[i].text);
		holds(low == T[i].low && high == T[i].high, T[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("what is no date has no range", what_is_no_date_has_no_range),
		CASE("a partial date is the interval it means, in Paris when it names no zone", a_partial_date_is_the_interval_it_means),
	};
	return cmocka_run_group_tests_name("fhir/date", tests, NULL, NULL);
}
