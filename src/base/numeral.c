/* SPDX-License-Identifier: Apache-2.0 */
/* base/numeral.c: see numeral.h. It must never say another number than it was given: what it cannot say it refuses. Start at numeral_french. */
#include "base/numeral.h"

static const char *const UNITS[] = { "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf" };
static const char *const TENS[] = { [2] = "vingt", [3] = "trente", [4] = "quarante", [5] = "cinquante", [6] = "soixante", [8] = "quatre-vingt" };

static void put_unit(struct buf *b, unsigned n, bool feminine)
{
	buf_z(b, n == 1 && feminine ? "une" : UNITS[n]);
}

/* 1 to 99. last: nothing of the number follows, so that « quatre-vingts » takes its s. */
static void put_tens(struct buf *b, unsigned n, bool feminine, bool last)
{
	if (n < 20) {
		put_unit(b, n, feminine);
		return;
	}
	unsigned tens = n / 10 == 7 || n / 10 == 9 ? n / 10 - 1 : n / 10, rest = n - tens * 10; /* soixante-dix, quatre-vingt-dix: the tens before, and ten to nineteen */
	buf_z(b, TENS[tens]);
	if (rest == 0) {
		buf_z(b, tens == 8 && last ? "s" : "");
		return;
	}
	buf_z(b, (rest == 1 || rest == 11) && tens != 8 ? " et " : "-");
	put_unit(b, rest, feminine);
}

/* 1 to 999. */
static void put_hundreds(struct buf *b, unsigned n, bool feminine, bool last)
{
	unsigned hundreds = n / 100, rest = n % 100;
	if (hundreds > 1) {
		put_unit(b, hundreds, false);
		buf_ch(b, ' ');
	}
	if (hundreds > 0)
		buf_z(b, hundreds > 1 && rest == 0 && last ? "cents" : "cent");
	if (hundreds > 0 && rest > 0)
		buf_ch(b, ' ');
	if (rest > 0)
		put_tens(b, rest, feminine, last);
}

/* At most NUMERAL_MOST. Before « mille » nothing takes an s, before « millions » it does: that is a noun. */
static void put_whole(struct buf *b, unsigned n, bool feminine)
{
	unsigned millions = n / 1000000, thousands = n / 1000 % 1000, rest = n % 1000;
	if (n == 0)
		buf_z(b, UNITS[0]);
	if (millions > 0) {
		put_hundreds(b, millions, false, true);
		buf_z(b, millions > 1 ? " millions" : " million");
	}
	if (millions > 0 && (thousands > 0 || rest > 0))
		buf_ch(b, ' ');
	if (thousands > 1) {
		put_hundreds(b, thousands, false, false);
		buf_ch(b, ' ');
	}
	if (thousands > 0)
		buf_z(b, "mille");
	if (thousands > 0 && rest > 0)
		buf_ch(b, ' ');
	if (rest > 0)
		put_hundreds(b, rest, feminine, true);
}

bool numeral_french(struct buf *b, struct decimal d, bool feminine)
{
	unsigned __int128 v = d.coefficient, one = 1;
	int e = d.exponent;
	for (; v && e < 0 && v % 10 == 0; e++)
		v /= 10;
	if (!v)
		e = 0;
	for (; e > 0 && v <= NUMERAL_MOST; e--)
		v *= 10;
	if (e < -NUMERAL_PLACES)
		return false;
	for (int i = e; i < 0; i++)
		one *= 10;
	if (e > 0 || v / one > NUMERAL_MOST)
		return false;
	unsigned whole = (unsigned)(v / one), part = (unsigned)(v % one);
	if (d.negative && v)
		buf_z(b, "moins ");
	put_whole(b, whole, feminine && !part);
	if (!part)
		return true;
	buf_z(b, " virgule ");
	for (unsigned place = (unsigned)one / 10; part < place; place /= 10)
		buf_z(b, "zéro ");
	put_whole(b, part, false);
	return true;
}
