/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/url.c: see url.h. What comes out lies in the arena (NUL-terminated, never in the input), is valid UTF-8 and holds no NUL.
 * Must never put an outside byte in a problem: only the number of the pair. Called by http, form, api. Start at decode.
 */
#include "codec/url.h"
#include "base/utf8.h"

#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* BARRIER: text from outside becomes text of ours. */
static enum rc decode(struct str raw, bool plus, struct arena *a, struct str *out_r, size_t number, struct problem *p)
{
	char *to = raw.n < SIZE_MAX ? arena_bytes(a, raw.n + 1) : NULL;
	if (!to)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "url: part %zu: arena", number);
	size_t n = 0;
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];
		if (c == '%') {
			int high = raw.n - i > 2 ? hex(raw.p[i + 1]) : -1, low = raw.n - i > 2 ? hex(raw.p[i + 2]) : -1;
			if (high < 0 || low < 0)
				return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "url: part %zu: bad percent triplet", number);
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (c == '\0')
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "url: part %zu: NUL", number);
		to[n++] = c;
	}
	to[n] = '\0';
	if (!utf8_valid((struct str){ to, n }))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_UTF8, "", "url: part %zu", number);
	*out_r = (struct str){ to, n };
	return RC_OK;
}

enum rc url_pairs(struct str query, size_t max_pairs, struct arena *a, struct pairs *out_r, struct problem *p)
{
	size_t n = 0;
	struct str part, rest;
	for (rest = query; rest.p;) {
		part = str_cut(rest, '&', &rest);
		n += part.n > 0; /* "a&&b" has two pairs */
	}
	if (n > max_pairs)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "url: %zu pairs, at most %zu", n, max_pairs);
	struct pairs out = { arena_array(a, n, sizeof *out.at), 0 };
	if (!out.at)
		return arena_rc(a, p);
	for (rest = query; rest.p;) {
		part = str_cut(rest, '&', &rest);
		if (part.n == 0)
			continue;
		struct str value, name = str_cut(part, '=', &value);
		enum rc rc = decode(name, true, a, &out.at[out.n].name, out.n, p);
		if (rc == RC_OK)
			rc = decode(value, true, a, &out.at[out.n].value, out.n, p);
		if (rc != RC_OK)
			return rc;
		out.n++;
	}
	*out_r = out;
	return RC_OK;
}

enum rc url_segment(struct str raw, struct arena *a, struct str *out_r, struct problem *p)
{
	return decode(raw, false, a, out_r, 0, p);
}

struct str pairs_get(const struct pairs *ps, const char *name)
{
	for (size_t i = 0; i < ps->n; i++)
		if (str_eq(ps->at[i].name, name))
			return ps->at[i].value;
	return STR_NONE;
}

void url_part(struct buf *b, struct str s)
{
	static const char HEX[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
		if (plain)
			buf_ch(b, (char)c);
		else
			buf_put(b, (char[]){ '%', HEX[c >> 4], HEX[c & 15] }, 3);
	}
}
