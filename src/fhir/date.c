/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/date.c: FHIR dates: the grammar of date, dateTime, instant and time (datatypes.html R4), and the half-open interval a partial date means.
 * It must never guess: a date that the calendar does not have is refused. No zone means Europe/Paris, the house's own.
 * Called by primitive.c, extract.c, plan_value.c. Start at date_parse.
 */
#include "internal.h"

#include "base/clock.h"

static bool
digits(struct str s, size_t at, size_t n, int *v_r)
{
	int v = 0;

	if (at + n > s.n)
		return false;
	for (size_t i = at; i < at + n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	*v_r = v;
	return true;
}

/* ".123…" at *at: any number of digits, kept to the millisecond. */
static bool
fraction(struct str s, size_t *at, int *ms_r)
{
	int ms = 0, scale = 100;
	size_t i = *at + 1, start = i;

	for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		ms += (s.p[i] - '0') * scale;
		scale /= 10;
	}
	*ms_r = ms;
	*at = i;
	return i > start;
}

static bool
zone(struct str s, size_t at, struct date_parts *m)
{
	int hour, minute;

	if (at == s.n)
		return true;
	m->has_zone = true;
	if (s.p[at] == 'Z')
		return at + 1 == s.n;
	if ((s.p[at] != '+' && s.p[at] != '-') || at + 6 != s.n || s.p[at + 3] != ':' || !digits(s, at + 1, 2, &hour) || !digits(s, at + 4, 2, &minute))
		return false;
	if (minute > 59 || hour > 14 || (hour == 14 && minute > 0))
		return false;
	m->zone_min = (s.p[at] == '-' ? -1 : 1) * (hour * 60 + minute);
	return true;
}

/* hh:mm[:ss[.fff]] from *at; seconds may be left out only when a search allows it. 24:00 is no time. */
static bool
clock_part(struct str s, size_t *at, bool partial, struct date_parts *m)
{
	if (!digits(s, *at, 2, &m->hour) || *at + 5 > s.n || s.p[*at + 2] != ':' || !digits(s, *at + 3, 2, &m->minute))
		return false;
	if (m->hour > 23 || m->minute > 59)
		return false;
	*at += 5;
	m->precision = 5;
	if (*at < s.n && s.p[*at] == ':') {
		if (!digits(s, *at + 1, 2, &m->second) || m->second > 60)
			return false;
		*at += 3;
		m->precision = 6;
		if (*at < s.n && s.p[*at] == '.') {
			if (!fraction(s, at, &m->ms))
				return false;
			m->precision = 7;
		}
	}
	return partial || m->precision > 5;
}

bool
date_parse(struct str s, bool partial_time, struct date_parts *m_r)
{
	struct date_parts m = { .month = 1, .day = 1, .precision = 1 };
	size_t at = 4;

	if (s.n > 64 || !digits(s, 0, 4, &m.year) || m.year == 0)
		return false;
	if (at < s.n) {
		if (s.p[at] != '-' || !digits(s, at + 1, 2, &m.month) || m.month < 1 || m.month > 12)
			return false;
		at += 3;
		m.precision = 2;
	}
	if (at < s.n) {
		if (s.p[at] != '-' || !digits(s, at + 1, 2, &m.day) || !date_exists(m.year, m.month, m.day))
			return false;
		at += 3;
		m.precision = 3;
	}
	if (at < s.n) {
		if (s.p[at] != 'T')
			return false;
		at++;
		if (!clock_part(s, &at, partial_time, &m) || !zone(s, at, &m))
			return false;
	}
	*m_r = m;
	return true;
}

bool
date_time_ok(struct str s)
{
	struct date_parts m = { 0 };
	size_t at = 0;

	return s.n <= 32 && clock_part(s, &at, false, &m) && at == s.n;
}

static int64_t
to_ms(const struct date_parts *m, int year, int month, int day)
{
	struct civil c = { year, month, day, m->hour, m->minute, m->second == 60 ? 59 : m->second, m->ms };

	if (m->has_zone)
		return civil_to_ms(c) - (int64_t)m->zone_min * 60000;
	return civil_paris_to_ms(c);
}

static int64_t
to_ms_next_day(const struct date_parts *m)
{
	struct civil c = civil_of_days(days_of(m->year, m->month, m->day) + 1);

	return to_ms(m, c.year, c.month, c.day);
}

bool
date_range(const struct date_parts *m, int64_t *low_r, int64_t *high_r)
{
	int64_t low = to_ms(m, m->year, m->month, m->day), high;

	if (m->precision == 1)
		high = to_ms(m, m->year + 1, 1, 1);
	else if (m->precision == 2)
		high = m->month == 12 ? to_ms(m, m->year + 1, 1, 1) : to_ms(m, m->year, m->month + 1, 1);
	else if (m->precision == 3)
		high = to_ms_next_day(m);
	else if (m->precision == 5)
		high = low + 60000;
	else
		high = low + (m->precision == 6 ? 1000 : 1);
	*low_r = low;
	*high_r = high;
	return high > low;
}

enum rc
fhir_date_range(struct str text, int64_t *low_r, int64_t *high_r)
{
	struct date_parts m;

	if (!date_parse(text, true, &m) || !date_range(&m, low_r, high_r))
		return RC_BAD_INPUT;
	return RC_OK;
}
