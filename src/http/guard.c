/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/guard.c: the framing guard (see guard.h). It must never repair a request: a doubt is a refusal.
 * Called by loop.c. Start at guard_check at the end.
 */
#include "http/guard.h"

#include <string.h>
#include <strings.h>

/* Headers that mean nothing, or two things, when they come twice. Lists (Accept, Prefer …) may repeat. */
enum { HOST, LENGTH, CODING, EXPECT, SINGLES = 24 };
#define S(z) { z, sizeof z - 1 }
static const struct str single[SINGLES] = {
	[HOST] = S("Host"), [LENGTH] = S("Content-Length"), [CODING] = S("Transfer-Encoding"), [EXPECT] = S("Expect"),
	S("Content-Type"), S("Content-Encoding"), S("Authorization"), S("Cookie"), S("Origin"), S("Referer"), S("User-Agent"),
	S("If-Match"), S("If-None-Match"), S("If-Modified-Since"), S("If-Unmodified-Since"), S("If-None-Exist"), S("Range"), S("From"), S("Max-Forwards"), S("Date"),
	S("Sec-Fetch-Site"), S("Sec-Fetch-Mode"), S("Sec-Fetch-Dest"), S("X-Hygie-Fragment"),
};
#undef S

/* RFC 9110 §5.6.2 tchar. */
static bool
is_tchar(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c != 0 && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static bool
is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_tchar((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

/* Field content: visible bytes, blank, TAB, and 0x80 … 0xFF. */
static bool
is_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Printable ASCII, whole percent triplets, no encoded NUL. */
static bool
is_target(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c <= 0x20 || c >= 0x7f || c == '#')
			return false;
		if (c != '%')
			continue;
		if (i + 2 >= s.n || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0 || (s.p[i + 1] == '0' && s.p[i + 2] == '0'))
			return false;
	}
	return true;
}

/* One meaning only: no backslash, no empty, "." or ".." segment, none of these hidden behind percent-coding, no encoded slash. */
static bool
is_path(struct str s)
{
	if (s.n == 0 || s.p[0] != '/')
		return false;
	for (size_t i = 0; i < s.n;) {
		size_t end = i + 1, dots = 0, chars = 0;
		for (; end < s.n && s.p[end] != '/'; end++, chars++) {
			int c = (unsigned char)s.p[end];
			if (c == '%') {
				c = hex(s.p[end + 1]) * 16 + hex(s.p[end + 2]);
				end += 2;
				if (c == '/' || c < 0x20 || c == 0x7f)
					return false;
			}
			if (c == '\\')
				return false;
			dots += c == '.';
		}
		if ((chars == 0 && s.n > 1 && end < s.n) || (chars > 0 && chars <= 2 && dots == chars))
			return false;
		i = end;
	}
	return true;
}

static bool
is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']' || c == '_'))
			return false;
	}
	return s.n > 0 && s.n <= 255;
}

static unsigned
check_headers(const struct guard_request *q, struct guard_seen *seen)
{
	unsigned char times[SINGLES] = { 0 };
	bool old = str_eq(q->version, "HTTP/1.0");
	size_t bytes = 0;
	if (q->n_headers > GUARD_HEADERS)
		return 431;
	for (size_t i = 0; i < q->n_headers; i++) {
		const struct guard_header *h = &q->headers[i];
		bytes += h->name.n + h->value.n;
		if (bytes > GUARD_HEADERS_MAX)
			return 431;
		if (!is_token(h->name) || !is_value(h->value))
			return 400;
		size_t which = 0;
		while (which < SINGLES && (h->name.n != single[which].n || strncasecmp(h->name.p, single[which].p, h->name.n) != 0))
			which++;
		if (which == SINGLES)
			continue;
		if (times[which]++ > 0)
			return 400;
		if (which == HOST && !is_host(h->value))
			return 400;
		if (which == LENGTH && str_u64(h->value, &seen->length) != RC_OK)
			return 400;
		if (which == EXPECT && !str_eq_nocase(h->value, "100-continue"))
			return 417;
	}
	seen->has_length = times[LENGTH] > 0;
	if (!times[HOST] && !old)
		return 400;
	if (times[CODING])
		return seen->has_length || old ? 400 : 411;
	return 0;
}

unsigned
guard_check(const struct guard_request *q, struct guard_seen *seen_r)
{
	struct guard_seen seen = { 0 };
	if (!str_eq(q->version, "HTTP/1.1") && !str_eq(q->version, "HTTP/1.0"))
		return 505;
	if (q->target.n > GUARD_TARGET_MAX)
		return 414;
	if (!is_token(q->method) || !is_target(q->target))
		return 400;
	seen.path = str_cut(q->target, '?', &seen.query);
	if (!is_path(seen.path))
		return 400;
	unsigned status = check_headers(q, &seen);
	if (status == 0)
		*seen_r = seen;
	return status;
}
