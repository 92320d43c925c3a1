/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/decimal.h: exact decimal numbers for doses and FHIR decimals: ± coefficient × 10^exponent, as written (5.40 is 540 × 10^-2).
 * Never a float. The text as typed stays with the caller: it is what is stored and shown. Pure.
 */
#ifndef HYGIE_BASE_DECIMAL_H
#define HYGIE_BASE_DECIMAL_H

#include "base/str.h"

#define DECIMAL_DIGITS 36      /* significant; two more digits than this still fit in 128 bits */
#define DECIMAL_EXPONENT 1000000

struct decimal {
	unsigned __int128 coefficient;
	int exponent;
	bool negative;             /* "-0" parses as zero, not negative */
};

/* JSON and FHIR form: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?  RC_BAD_INPUT else; RC_LIMIT over DECIMAL_DIGITS or DECIMAL_EXPONENT. */
enum rc decimal_parse(struct str text, struct decimal *d_r) CHECKED;
int decimal_cmp(struct decimal a, struct decimal b);    /* by value: 5.40 equals 5.4 */
/*
 * What a search for the number as written means (FHIR R4 search.html#number: a range with implicit precision): [low, high).
 * Half a unit of the last digit each way: 5.40 → [5.395, 5.405), 100 → [99.5, 100.5), 1.5e3 → [1450, 1550). The page's own example
 * 1e2 → [95, 105) is finer than that rule: one digit alone with a positive exponent counts as two (1e2 as 1.0e2).
 */
void decimal_range(struct decimal d, struct decimal *low_r, struct decimal *high_r);
/* Plain notation when it is short, exponent else; always parses back to the same coefficient and exponent. */
void buf_decimal(struct buf *b, struct decimal d);

#endif
