/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/gs1.c: see gs1.h. It must never take a piece of one element for another: what does not end where it has to is refused. Start at gs1_read.
 */
#include "codec/gs1.h"

#include <string.h>

#include "base/clock.h"

#define FNC1 '\x1D'

/* Kinds of identifiers: fixed numbers of digits, or up to so many characters, which FNC1 ends. */
static const struct ai { const char *code; unsigned char digits, most; } AI[] = {
	{ "01",  14, 0 },
	{ "10",  0, 20 },
	{ "11",  6, 0 },
	{ "15",  6, 0 },
	{ "17",  6, 0 },
	{ "21",  0, 20 },
	{ "711", 0, 20 },
};
enum { AIS = sizeof AI / sizeof AI[0] };

static enum rc refuse(const char *why, struct problem *p)
{
	return problem_set(p, RC_BAD_INPUT, WHY_GS1_UNREADABLE, "scan", "gs1: %s", why);
}

static bool is_end(char c)
{
	return c == FNC1 || c == '~' || c == '|' || c == '^' || c == '#';
}

/* The 82 characters that an element may hold (General Specifications, figure 7.11-1). */
static bool is_held(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c != '\0' && strchr("!\"%&'()*+,-./:;<=>?_", c) != NULL);
}

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return true;
}

/* Section 7.9: weights 3 and 1 from the right, the last digit makes the sum a multiple of ten. */
static bool is_checked(struct str gtin)
{
	unsigned sum = 0;
	for (size_t i = 0; i < gtin.n; i++)
		sum += (unsigned)(gtin.p[i] - '0') * ((gtin.n - i) % 2 ? 1 : 3);
	return sum % 10 == 0;
}

/* Section 7.12: of the centuries that the two digits may mean, the nearest: 49 years back to 50 ahead. Day 00: the last of the month. */
static bool date_of(struct str six, int year, char out[11])
{
	int part[3];
	for (int i = 0; i < 3; i++)
		part[i] = (six.p[i * 2] - '0') * 10 + (six.p[i * 2 + 1] - '0');
	int ahead = part[0] - year % 100, whole = year - year % 100 + part[0];
	whole += ahead >= 51 ? -100 : ahead <= -50 ? 100 : 0;
	if (part[2] == 0)
		for (part[2] = 31; part[2] > 28 && !date_exists(whole, part[1], part[2]); part[2]--)
			;
	if (!date_exists(whole, part[1], part[2]))
		return false;
	struct buf b = { .p = out, .cap = 10, .max = 10 };
	for (int i = 1000; i > 0; i /= 10)
		buf_ch(&b, (char)('0' + whole / i % 10));
	for (int i = 1; i < 3; i++) {
		buf_ch(&b, '-');
		buf_ch(&b, (char)('0' + part[i] / 10));
		buf_ch(&b, (char)('0' + part[i] % 10));
	}
	out[10] = '\0';
	return true;
}

static const struct ai *ai_of(struct str s)
{
	for (unsigned i = 0; i < AIS; i++)
		if (str_starts(s, str_of(AI[i].code)))
			return &AI[i];
	return NULL;
}

static enum rc keep(const struct ai *ai, struct str value, int year, struct gs1 *g, struct problem *p)
{
	char ignored[11];
	if (ai->digits && !is_digits(value))
		return refuse("a sign among digits", p);
	if (strcmp(ai->code, "01") == 0) {
		if (!is_checked(value))
			return refuse("check digit", p);
		g->gtin = value;
	} else if (strcmp(ai->code, "10") == 0) {
		g->lot = value;
	} else if (strcmp(ai->code, "21") == 0) {
		g->serial = value;
	} else if (ai->digits == 6 && !date_of(value, year, strcmp(ai->code, "17") == 0 ? g->expires_on : ignored)) {
		return refuse("date", p);
	}
	return RC_OK;
}

/* Cuts one element off. In brackets, the next bracketed identifier ends it too. */
static enum rc cut(struct str *rest, bool brackets, const struct ai **ai_r, struct str *value_r, struct problem *p)
{
	struct str s = *rest;
	if (brackets && (s.p[0] != '(' || (s.p++, --s.n == 0)))
		return refuse("no identifier", p);
	const struct ai *ai = ai_of(s);
	size_t code = ai ? strlen(ai->code) : 0;
	if (!ai || (brackets && (s.n <= code || s.p[code] != ')')))
		return refuse("no identifier that is read here", p);
	s.p += code + brackets;
	s.n -= code + brackets;
	size_t n = 0, most = ai->digits ? ai->digits : ai->most;
	while (n < s.n && n < most && !is_end(s.p[n]) && is_held(s.p[n]) && !(brackets && s.p[n] == '(' && ai_of((struct str){ s.p + n + 1, s.n - n - 1 })))
		n++;
	if (n == 0 || (ai->digits && n != ai->digits))
		return refuse("length", p);
	*value_r = (struct str){ s.p, n };
	s.p += n;
	s.n -= n;
	if (s.n && is_end(s.p[0])) {
		s.p++;
		s.n--;
	} else if (s.n && !ai->digits && !brackets) {
		return refuse("an element without its end", p);
	}
	*ai_r = ai;
	*rest = s;
	return RC_OK;
}

enum rc gs1_read(struct str text, int year, struct gs1 *out_r, struct problem *p)
{
	static const char *const PREFIX[] = { "]d2", "]C1", "]Q3", "]e0" };
	struct gs1 g = { .expires_on = "" };
	unsigned seen = 0;
	struct str rest = str_trim(text);
	if (rest.n > GS1_MOST)
		return refuse("too long", p);
	for (size_t i = 0; i < sizeof PREFIX / sizeof PREFIX[0]; i++)
		if (str_starts(rest, str_of(PREFIX[i]))) {
			rest.p += 3;
			rest.n -= 3;
			break;
		}
	if (rest.n && is_end(rest.p[0])) {
		rest.p++;
		rest.n--;
	}
	bool brackets = rest.n && rest.p[0] == '(';
	while (rest.n) {
		const struct ai *ai = AI;
		struct str value = STR_NONE;
		enum rc rc = cut(&rest, brackets, &ai, &value, p);
		if (rc == RC_OK && (seen & 1u << (ai - AI)))
			rc = refuse("an element twice", p);
		if (rc == RC_OK)
			rc = keep(ai, value, year, &g, p);
		if (rc != RC_OK)
			return rc;
		seen |= 1u << (ai - AI);
	}
	if (!seen)
		return refuse("nothing", p);
	*out_r = g;
	return RC_OK;
}

struct str gs1_cip13(const struct gs1 *g)
{
	return str_starts(g->gtin, STR("03400")) ? (struct str){ g->gtin.p + 1, 13 } : STR_NONE;
}
