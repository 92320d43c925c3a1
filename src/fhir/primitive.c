/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/primitive.c: the formats of the R4 primitives (HL7 FHIR R4, datatypes.html#primitive), each a small hand-written checker.
 * It must never allocate nor change text. Called by check.c and plan_value.c. Start at primitive_ok.
 */
#include "internal.h"

#include <string.h>

#define TEXT_MAX (1024u * 1024u) /* string, markdown: "SHALL NOT exceed 1MB in size" */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Eight bytes at a time: no byte below 0x20 in a word is the common case. */
bool
primitive_text_ok(struct str s)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	size_t i = 0;

	while (i < s.n) {
		uint64_t w;

		if (s.n - i >= 8) {
			memcpy(&w, s.p + i, 8);
			if (((w - ones * 0x20) & ~w & tops) == 0) {
				i += 8;
				continue;
			}
		}
		for (size_t end = s.n - i < 8 ? s.n : i + 8; i < end; i++) {
			if ((unsigned char)s.p[i] < 0x20 && !is_blank(s.p[i]))
				return false;
		}
	}
	return true;
}

static const bool of_id[256] = {
	['-'] = true, ['.'] = true, ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

bool
fhir_is_id(struct str s)
{
	if (s.n < 1 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!of_id[(unsigned char)s.p[i]])
			return false;
	return true;
}

static bool
not_blank(struct str s)
{
	return s.n <= TEXT_MAX && str_trim(s).n > 0;
}

static bool
uri_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_blank(s.p[i]))
			return false;
	}
	return s.n > 0;
}

/* No blank at either end, single blanks inside. */
static bool
code_ok(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_blank(s.p[i]) && (i == 0 || i + 1 == s.n || is_blank(s.p[i + 1])))
			return false;
	}
	return s.n > 0;
}

static bool
oid_ok(struct str s)
{
	size_t i = 9;

	if (!str_starts(s, STR("urn:oid:")) || s.n < 11 || s.p[8] < '0' || s.p[8] > '2')
		return false;
	while (i < s.n) {
		size_t start;

		if (s.p[i++] != '.')
			return false;
		for (start = i; i < s.n && is_digit(s.p[i]); i++)
			;
		if (i == start || (s.p[start] == '0' && i - start > 1))
			return false;
	}
	return true;
}

static bool
uuid_ok(struct str s)
{
	if (s.n != 9 + 36 || !str_starts(s, STR("urn:uuid:")))
		return false;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.p[9 + i] != '-' : !is_hex(s.p[9 + i]))
			return false;
	}
	return true;
}

static bool
base64_ok(struct str s)
{
	size_t digits = 0, pads = 0;

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (is_blank(c))
			continue;
		if (c == '=') {
			pads++;
			continue;
		}
		if (pads > 0 || !(is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/'))
			return false;
		digits++;
	}
	return digits > 0 && pads <= 2 && (digits + pads) % 4 == 0;
}

/* Within 32 bits, no leading zero, no exponent. */
static bool
integer_ok(struct str s, int64_t min)
{
	int64_t v;
	struct str digits = s;

	if (digits.n > 0 && digits.p[0] == '-') {
		digits.p++;
		digits.n--;
		if (digits.n == 0 || digits.p[0] == '0')
			return false;
	}
	if (digits.n == 0 || digits.n > 10 || (digits.p[0] == '0' && digits.n > 1))
		return false;
	return str_i64(s, &v) == RC_OK && v >= min && v <= INT32_MAX;
}

bool
primitive_ok(enum kind kind, struct str s)
{
	struct date_parts m;
	double low, high;

	switch (kind) {
	case KIND_STRING:
	case KIND_MARKDOWN:
		return not_blank(s);
	case KIND_CODE:
		return code_ok(s);
	case KIND_URI:
	case KIND_URL:
	case KIND_CANONICAL:
		return uri_ok(s);
	case KIND_ID:
		return fhir_is_id(s);
	case KIND_OID:
		return oid_ok(s);
	case KIND_UUID:
		return uuid_ok(s);
	case KIND_BASE64:
		return base64_ok(s);
	case KIND_DATE:
		return date_parse(s, false, &m) && m.precision <= 3;
	case KIND_DATETIME:
		return date_parse(s, false, &m) && (m.precision <= 3 || (m.precision >= 6 && m.has_zone));
	case KIND_INSTANT:
		return date_parse(s, false, &m) && m.precision >= 6 && m.has_zone;
	case KIND_TIME:
		return date_time_ok(s);
	case KIND_DECIMAL:
		return number_range(s, &low, &high);
	case KIND_INTEGER:
		return integer_ok(s, INT32_MIN);
	case KIND_UNSIGNED:
		return integer_ok(s, 0);
	case KIND_POSITIVE:
		return integer_ok(s, 1);
	case KIND_BOOLEAN:
		return str_eq(s, "true") || str_eq(s, "false");
	default:
		return false;
	}
}
