/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/clock.h"

#include <time.h>

static void never_back(void **state)
{
	(void)state;
	int64_t last = clock_ms();
	uint64_t last_ns = clock_ns();
	assert_true(last > INT64_C(1600000000000));
	for (int i = 0; i < 10000; i++) {
		int64_t now = clock_ms();
		uint64_t ns = clock_ns();
		assert_true(now >= last && ns >= last_ns);
		last = now;
		last_ns = ns;
	}
	clock_set(1234);
	assert_int_equal(clock_ms(), 1234);
	clock_set(1000);
	assert_int_equal(clock_ms(), 1000);
	clock_set(0);
	assert_true(clock_ms() >= last);
}

static void text(struct buf *b, struct civil c)
{
	buf_reset(b);
	buf_fmt(b, "%04d-%02d-%02dT%02d:%02d:%02d.%03d", c.year, c.month, c.day, c.hour, c.minute, c.second, c.ms);
}

static void instants(void **state)
{
	(void)state;
	static const struct { int64_t ms; const char *utc, *paris; } T[] = {
		{ 0,                          "1970-01-01T00:00:00.000", "1970-01-01T01:00:00.000" },
		{ -1,                         "1969-12-31T23:59:59.999", "1970-01-01T00:59:59.999" },
		{ INT64_C(951782400000),      "2000-02-29T00:00:00.000", "2000-02-29T01:00:00.000" },
		{ INT64_C(1774745999999),     "2026-03-29T00:59:59.999", "2026-03-29T01:59:59.999" },
		{ INT64_C(1774746000000),     "2026-03-29T01:00:00.000", "2026-03-29T03:00:00.000" },
		{ INT64_C(1792889999999),     "2026-10-25T00:59:59.999", "2026-10-25T02:59:59.999" },
		{ INT64_C(1792890000000),     "2026-10-25T01:00:00.000", "2026-10-25T02:00:00.000" },
		{ INT64_C(-62135596800000),   "0001-01-01T00:00:00.000", "0001-01-01T01:00:00.000" },
		{ INT64_C(253402300799999),   "9999-12-31T23:59:59.999", "10000-01-01T00:59:59.999" },
	};
	struct buf b;
	buf_init(&b, 100);
	for (size_t i = 0; i < COUNT(T); i++) {
		text(&b, civil_utc(T[i].ms));
		same_text(buf_view(&b), T[i].utc, "utc");
		text(&b, civil_paris(T[i].ms));
		same_text(buf_view(&b), T[i].paris, "paris");
		holds(civil_to_ms(civil_utc(T[i].ms)) == T[i].ms, T[i].utc);
		buf_reset(&b);
		buf_instant(&b, T[i].ms);
		b.n--; /* Z */
		same_text(buf_view(&b), T[i].utc, "instant");
	}
	buf_reset(&b);
	buf_instant(&b, INT64_MAX);
	same_text(buf_view(&b), "9999-12-31T23:59:59.999Z", "clamped");
	buf_reset(&b);
	buf_instant(&b, INT64_MIN);
	same_text(buf_view(&b), "0000-01-01T00:00:00.000Z", "clamped");
	buf_done(&b);
}

static void against_libc(void **state)
{
	(void)state;
	for (int64_t s = INT64_C(-5000000000); s < INT64_C(9000000000); s += 86400 * 3 + 12347) {
		time_t t = s;
		struct tm tm;
		gmtime_r(&t, &tm);
		struct civil c = civil_utc(s * 1000);
		assert_true(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday && c.hour == tm.tm_hour &&
			c.minute == tm.tm_min && c.second == tm.tm_sec);
		struct civil d = civil_of_days(days_of(c.year, c.month, c.day));
		assert_true(d.year == c.year && d.month == c.month && d.day == c.day && d.hour == 0);
		assert_true(date_exists(c.year, c.month, c.day));
	}
}

static void paris_against_libc(void **state)
{
	(void)state;
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	for (int64_t s = INT64_C(820454400); s < INT64_C(4000000000); s += 3599) {
		time_t t = s;
		struct tm tm;
		localtime_r(&t, &tm);
		struct civil c = civil_paris(s * 1000);
		assert_true(c.year == tm.tm_year + 1900 && c.month == tm.tm_mon + 1 && c.day == tm.tm_mday && c.hour == tm.tm_hour &&
			c.minute == tm.tm_min);
		int64_t back = civil_paris_to_ms(c);
		assert_true(back == s * 1000 || back == (s - 3600) * 1000);
		struct civil again = civil_paris(back);
		assert_true(again.hour == c.hour && again.minute == c.minute && again.day == c.day);
	}
}

static void hours_of_change(void **state)
{
	(void)state;
	/* 2026-03-29 02:30 does not exist: 03:30; 2026-10-25 02:30 comes twice: the first. */
	assert_int_equal(civil_paris_to_ms((struct civil){ 2026, 3, 29, 2, 30, 0, 0 }), INT64_C(1774747800000));
	assert_int_equal(civil_paris_to_ms((struct civil){ 2026, 10, 25, 2, 30, 0, 0 }), INT64_C(1792888200000));
}

static void dates(void **state)
{
	(void)state;
	static const struct { int y, m, d; bool ok; } T[] = {
		{ 2024, 2, 29, true }, { 2023, 2, 29, false }, { 1900, 2, 29, false }, { 2000, 2, 29, true }, { 2023, 4, 31, false },
		{ 2023, 0, 1, false }, { 2023, 13, 1, false }, { 2023, 1, 0, false }, { 0, 1, 1, false }, { 10000, 1, 1, false }, { 9999, 12, 31, true },
	};
	for (size_t i = 0; i < COUNT(T); i++)
		assert_int_equal(date_exists(T[i].y, T[i].m, T[i].d), T[i].ok);
	assert_int_equal(days_of(1970, 1, 1), 0);
	assert_int_equal(days_of(2000, 3, 1), 11017);
}

static void ages(void **state)
{
	(void)state;
	static const struct { struct civil born, on; int years; } T[] = {
		{ { 1957, 2, 14 }, { 2026, 2, 13 }, 68 },
		{ { 1957, 2, 14 }, { 2026, 2, 14 }, 69 },
		{ { 2024, 2, 29 }, { 2025, 2, 28 }, 0 },
		{ { 2024, 2, 29 }, { 2025, 3, 1 },  1 },
		{ { 2026, 1, 1 },  { 2026, 1, 1 },  0 },
		{ { 2026, 1, 2 },  { 2026, 1, 1 },  -1 },
	};
	for (size_t i = 0; i < COUNT(T); i++)
		assert_int_equal(age_years(T[i].born, T[i].on), T[i].years);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the clock never goes back and tests can set it", never_back),
		CASE("instants are shown in UTC and in Paris time", instants),
		CASE("the civil calendar agrees with libc over centuries", against_libc),
		CASE("Paris time agrees with the European rule of libc and comes back", paris_against_libc),
		CASE("the missing hour moves on and the double hour is the first", hours_of_change),
		CASE("only dates that exist exist", dates),
		CASE("an age counts whole years", ages),
	};
	return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
