/* SPDX-License-Identifier: Apache-2.0 */
/* base/decimal.c: see decimal.h. Must never round. Called by fhir (search), record (indexes), hospital (doses). Start at decimal_parse. */
#include "base/decimal.h"

static bool digit(struct str s, size_t i)
{
	return i < s.n && s.p[i] >= '0' && s.p[i] <= '9';
}

enum rc decimal_parse(struct str s, struct decimal *d_r)
{
	struct decimal d = { 0 };
	bool over = false;
	size_t i = 0;
	int significant = 0;
	int64_t exponent = 0;
	bool negative = s.n && s.p[0] == '-';
	i += negative;
	if (!digit(s, i) || (s.p[i] == '0' && digit(s, i + 1)))
		return RC_BAD_INPUT;
	bool fraction = false;
	for (;; i++) {
		if (!fraction && i < s.n && s.p[i] == '.') {
			fraction = true;
			if (!digit(s, i + 1))
				return RC_BAD_INPUT;
			continue;
		}
		if (!digit(s, i))
			break;
		if (significant > 0 || s.p[i] != '0')
			significant++;
		if (significant > DECIMAL_DIGITS)
			over = true;
		else
			d.coefficient = d.coefficient * 10 + (unsigned)(s.p[i] - '0');
		exponent -= fraction;
	}
	if (i < s.n && (s.p[i] | 0x20) == 'e') {
		i++;
		bool down = i < s.n && s.p[i] == '-';
		i += i < s.n && (s.p[i] == '-' || s.p[i] == '+');
		if (!digit(s, i))
			return RC_BAD_INPUT;
		int64_t e = 0;
		for (; digit(s, i); i++)
			if (e <= 2 * DECIMAL_EXPONENT)
				e = e * 10 + (s.p[i] - '0');
		exponent += down ? -e : e;
	}
	if (i != s.n)
		return RC_BAD_INPUT;
	if (over || exponent > DECIMAL_EXPONENT || exponent < -DECIMAL_EXPONENT)
		return RC_LIMIT;
	d.exponent = (int)exponent;
	d.negative = negative && d.coefficient != 0;
	*d_r = d;
	return RC_OK;
}

static int digits_of(unsigned __int128 v)
{
	int n = 0;
	for (; v; v /= 10)
		n++;
	return n;
}

/* |a| against |b| */
static int cmp_size(struct decimal a, struct decimal b)
{
	if (a.coefficient == 0 || b.coefficient == 0)
		return (a.coefficient != 0) - (b.coefficient != 0);
	int top_a = digits_of(a.coefficient) + a.exponent, top_b = digits_of(b.coefficient) + b.exponent;
	if (top_a != top_b)
		return top_a < top_b ? -1 : 1;
	/* Same magnitude: the exponents differ by less than the digits of the shorter, so that scaling stays within 38 digits. */
	for (; a.exponent > b.exponent; a.exponent--)
		a.coefficient *= 10;
	for (; b.exponent > a.exponent; b.exponent--)
		b.coefficient *= 10;
	return (a.coefficient > b.coefficient) - (a.coefficient < b.coefficient);
}

int decimal_cmp(struct decimal a, struct decimal b)
{
	bool below_a = a.negative && a.coefficient, below_b = b.negative && b.coefficient;
	if (below_a != below_b)
		return below_a ? -1 : 1;
	return below_a ? cmp_size(b, a) : cmp_size(a, b);
}

/* d + (up ? 1 : -1) half units, where the coefficient of d was scaled so that half a unit is `half`. */
static struct decimal moved(struct decimal d, unsigned half, bool up)
{
	if (d.coefficient == 0)
		return (struct decimal){ half, d.exponent, !up };
	if (up == d.negative) { /* towards zero */
		if (d.coefficient < half)
			return (struct decimal){ half - d.coefficient, d.exponent, !d.negative };
		d.coefficient -= half;
		d.negative = d.negative && d.coefficient != 0;
	} else {
		d.coefficient += half;
	}
	return d;
}

void decimal_range(struct decimal d, struct decimal *low_r, struct decimal *high_r)
{
	int more = d.exponent > 0 && d.coefficient < 10 ? 2 : 1;
	for (int i = 0; i < more; i++, d.exponent--)
		d.coefficient *= 10;
	*low_r = moved(d, 5, false);
	*high_r = moved(d, 5, true);
}

void buf_decimal(struct buf *b, struct decimal d)
{
	char z[48];
	size_t at = sizeof z;
	int n = 0;
	do {
		z[--at] = (char)('0' + (int)(d.coefficient % 10));
		n++;
	} while (d.coefficient /= 10);
	if (d.negative)
		buf_ch(b, '-');
	if (d.exponent == 0) {
		buf_put(b, z + at, (size_t)n);
	} else if (d.exponent < 0 && d.exponent > -40) {
		int whole = n + d.exponent;
		if (whole > 0) {
			buf_put(b, z + at, (size_t)whole);
		} else {
			buf_ch(b, '0');
		}
		buf_ch(b, '.');
		for (int i = whole; i < 0; i++)
			buf_ch(b, '0');
		buf_put(b, z + at + (whole > 0 ? whole : 0), (size_t)(whole > 0 ? n - whole : n));
	} else {
		buf_put(b, z + at, (size_t)n);
		buf_ch(b, 'e');
		buf_i64(b, d.exponent);
	}
}
