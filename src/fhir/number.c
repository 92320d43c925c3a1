/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/number.c: decimals as written, for search: "100" means [99.5, 100.5), "100.00" means [99.995, 100.005) (search.html#number, R4).
 * It must never be used for a dose or an amount: those are exact decimals elsewhere. It does not follow the locale.
 * Called by primitive.c, extract.c, plan_value.c. Start at number_range.
 */
#include "internal.h"

#include <math.h>

#define MANTISSA_DIGITS 17 /* with one more digit for the half unit it still fits int64_t */

struct decimal { bool negative; int64_t mantissa; int exponent; /* of the mantissa's last digit */ };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits beyond the 17th only move the exponent: they are below what a double can hold. */
static void
take_digit(struct decimal *d, unsigned *n, char c, bool after_point)
{
	if (*n < MANTISSA_DIGITS) {
		d->mantissa = d->mantissa * 10 + (c - '0');
		if (d->mantissa != 0)
			(*n)++;
		if (after_point)
			d->exponent--;
	} else if (!after_point) {
		d->exponent++;
	}
}

static bool
exponent_parse(struct str s, size_t i, int *e_r)
{
	bool negative = false;
	int e = 0;
	size_t start;

	if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
		negative = s.p[i++] == '-';
	for (start = i; i < s.n && is_digit(s.p[i]); i++) {
		if (e < 10000)
			e = e * 10 + (s.p[i] - '0');
	}
	*e_r = negative ? -e : e;
	return i > start && i == s.n;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? and no more than an IEEE double can tell from infinity. */
static bool
decimal_parse(struct str s, struct decimal *d_r)
{
	struct decimal d = { 0 };
	size_t i = 0, start;
	unsigned n = 0;
	int e = 0;

	if (i < s.n && s.p[i] == '-') {
		d.negative = true;
		i++;
	}
	for (start = i; i < s.n && is_digit(s.p[i]); i++)
		take_digit(&d, &n, s.p[i], false);
	if (i == start || (s.p[start] == '0' && i - start > 1))
		return false;
	if (i < s.n && s.p[i] == '.') {
		for (start = ++i; i < s.n && is_digit(s.p[i]); i++)
			take_digit(&d, &n, s.p[i], true);
		if (i == start)
			return false;
	}
	if (i < s.n) {
		if ((s.p[i] != 'e' && s.p[i] != 'E') || !exponent_parse(s, i + 1, &e))
			return false;
	}
	d.exponent += e;
	*d_r = d;
	return d.exponent < 300;
}

/* Exact powers up to 10^27 in a long double of 64 bits; beyond, powl is as good as it gets. */
static double
scaled(int64_t mantissa, int exponent)
{
	static const long double ten[] = { 1e0L, 1e1L, 1e2L, 1e3L, 1e4L, 1e5L, 1e6L, 1e7L, 1e8L, 1e9L, 1e10L, 1e11L, 1e12L, 1e13L, 1e14L, 1e15L,
		1e16L, 1e17L, 1e18L, 1e19L, 1e20L, 1e21L, 1e22L, 1e23L, 1e24L, 1e25L, 1e26L, 1e27L };
	int size = exponent < 0 ? -exponent : exponent;
	long double power = size < 28 ? ten[size] : powl(10, size);

	return (double)(exponent < 0 ? (long double)mantissa / power : (long double)mantissa * power);
}

bool
number_range(struct str text, double *low_r, double *high_r)
{
	struct decimal d;
	int64_t m;

	if (!decimal_parse(text, &d))
		return false;
	m = d.negative ? -d.mantissa : d.mantissa;
	*low_r = scaled(m * 10 - 5, d.exponent - 1);
	*high_r = scaled(m * 10 + 5, d.exponent - 1);
	if (*low_r >= *high_r) { /* finer than a double can tell */
		*low_r = nextafter(*low_r, -INFINITY);
		*high_r = nextafter(*high_r, INFINITY);
	}
	return true;
}

bool
number_value(struct str text, double *v_r)
{
	struct decimal d;

	if (!decimal_parse(text, &d))
		return false;
	*v_r = scaled(d.negative ? -d.mantissa : d.mantissa, d.exponent);
	return true;
}
