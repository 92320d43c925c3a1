/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/clock.c: see clock.h. The civil calendar is the proleptic Gregorian one, computed on eras of 400 years that start on 1 March
 * (so that the leap day is the last of its year). Must never call localtime: the time zone of the machine is not the hospital's.
 *
 * Paris: UTC+1, and UTC+2 from 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October (directive 2000/84/EC;
 * in force in this form since 1996). Instants before 1996 are shown by the same rule, which is wrong by an hour for some of them:
 * dates of birth and the like are dates, not instants, and never pass here. Start at from_days.
 */
#include "base/clock.h"

#include <stdatomic.h>
#include <time.h>

#define DAY_MS INT64_C(86400000)
#define HOUR_MS INT64_C(3600000)

static _Atomic int64_t set_ms;     /* 0: the real clock */
static _Atomic int64_t last_ms;    /* the greatest instant given out */

int64_t clock_ms(void)
{
	int64_t now = atomic_load_explicit(&set_ms, memory_order_relaxed);
	if (now != 0)
		return now;
	struct timespec t;
	MUST(clock_gettime(CLOCK_REALTIME, &t) == 0);
	now = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	int64_t last = atomic_load_explicit(&last_ms, memory_order_relaxed);
	while (now > last)
		if (atomic_compare_exchange_weak_explicit(&last_ms, &last, now, memory_order_relaxed, memory_order_relaxed))
			return now;
	return last;
}

uint64_t clock_ns(void)
{
	struct timespec t;
	MUST(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

uint64_t clock_about_ns(void)
{
	struct timespec t;
	MUST(clock_gettime(CLOCK_MONOTONIC_COARSE, &t) == 0);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void clock_set(int64_t now_ms)
{
	atomic_store_explicit(&set_ms, now_ms, memory_order_relaxed);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01; month 1…12, day may be out of range (it is added). */
static int64_t to_days(int64_t year, int month, int64_t day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_div(y, 400);
	int64_t of_era = y - era * 400;                                  /* 0…399 */
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5; /* day of the March year on which the month starts */
	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year + day - 1 - 719468;
}

static void from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468; /* since 0000-03-01 */
	int64_t era = floor_div(z, 146097);
	int64_t of_era = z - era * 146097;
	int64_t y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * y + y / 4 - y / 100);
	int64_t m = (5 * of_year + 2) / 153; /* 0 is March */
	c->day = (int)(of_year - (153 * m + 2) / 5 + 1);
	c->month = (int)(m < 10 ? m + 3 : m - 9);
	c->year = (int)(y + era * 400 + (c->month <= 2));
}

struct civil civil_utc(int64_t ms)
{
	struct civil c = { 0 };
	int64_t days = floor_div(ms, DAY_MS);
	int of_day = (int)(ms - days * DAY_MS);
	from_days(days, &c);
	c.hour = of_day / 3600000;
	c.minute = of_day / 60000 % 60;
	c.second = of_day / 1000 % 60;
	c.ms = of_day % 1000;
	return c;
}

int64_t civil_to_ms(struct civil c)
{
	return to_days(c.year, c.month, c.day) * DAY_MS + c.hour * HOUR_MS + c.minute * INT64_C(60000) + c.second * INT64_C(1000) + c.ms;
}

/* 01:00 UTC on the last Sunday of a month of 31 days. 1970-01-01 was a Thursday: weekday = (days + 4) mod 7, 0 is Sunday. */
static int64_t last_sunday_ms(int year, int month)
{
	int64_t d = to_days(year, month, 31);
	int64_t weekday = d + 4 - floor_div(d + 4, 7) * 7;
	return (d - weekday) * DAY_MS + HOUR_MS;
}

static bool summer(int64_t ms)
{
	int year = civil_utc(ms).year;
	return ms >= last_sunday_ms(year, 3) && ms < last_sunday_ms(year, 10);
}

struct civil civil_paris(int64_t ms)
{
	return civil_utc(ms + (summer(ms) ? 2 : 1) * HOUR_MS);
}

int64_t civil_paris_to_ms(struct civil c)
{
	int64_t ms = civil_to_ms(c);
	/* The hour that comes twice is taken the first time; the hour that does not exist moves one hour on. */
	return summer(ms - 2 * HOUR_MS) ? ms - 2 * HOUR_MS : ms - HOUR_MS;
}

int32_t days_of(int year, int month, int day)
{
	return (int32_t)to_days(year, month, day);
}

struct civil civil_of_days(int32_t days)
{
	struct civil c = { 0 };
	from_days(days, &c);
	return c;
}

static bool leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool date_exists(int year, int month, int day)
{
	static const unsigned char DAYS[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= DAYS[month - 1] + (month == 2 && leap(year));
}

static void digits(char *z, int n, int v)
{
	for (; n > 0; n--, v /= 10)
		z[n - 1] = (char)('0' + v % 10);
}

void buf_instant(struct buf *b, int64_t ms)
{
	/* Four digits of year are all that the form has: outside of them the nearest end is written. */
	const int64_t low = INT64_C(-62167219200000), high = INT64_C(253402300799999);
	struct civil c = civil_utc(ms < low ? low : ms > high ? high : ms);
	char z[24] = "0000-00-00T00:00:00.000Z";
	digits(z, 4, c.year);
	digits(z + 5, 2, c.month);
	digits(z + 8, 2, c.day);
	digits(z + 11, 2, c.hour);
	digits(z + 14, 2, c.minute);
	digits(z + 17, 2, c.second);
	digits(z + 20, 3, c.ms);
	buf_put(b, z, sizeof z);
}

int age_years(struct civil born, struct civil on)
{
	return on.year - born.year - (on.month < born.month || (on.month == born.month && on.day < born.day));
}
