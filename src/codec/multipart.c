/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/multipart.c: see multipart.h. It must never guess: a delimiter that could be data, a header that it does not know, a name of another form end the reading. Called by front/ask.c,
 * fuzzed. Start at multipart_read.
 */
#include "codec/multipart.h"

#include <string.h>
#include <strings.h>

#define BOUNDARY_MOST 70 /* RFC 2046 §5.1.1 */
#define CRLF STR("\r\n")

static enum rc bad(struct problem *p, const char *what)
{
	return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "multipart: %s", what);
}

static bool is_all(struct str s, const char *of)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(of, s.p[i]))
			return false;
	return s.n > 0;
}

static bool take(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	s->p += prefix.n;
	s->n -= prefix.n;
	return true;
}

static bool take_nocase(struct str *s, const char *word)
{
	size_t n = strlen(word);
	if (s->n < n || strncasecmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	s->n -= n;
	return true;
}

static void skip_blanks(struct str *s)
{
	while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
		s->p++, s->n--;
}

/* One ; name=value, the value bare or between quotes; within quotes nothing is escaped: browsers write %22 for a quote. */
static bool take_parameter(struct str *s, struct str *name_r, struct str *value_r)
{
	skip_blanks(s);
	if (!take(s, STR(";")))
		return false;
	skip_blanks(s);
	const char *equals = s->n ? memchr(s->p, '=', s->n) : NULL;
	if (!equals)
		return false;
	*name_r = (struct str){ s->p, (size_t)(equals - s->p) };
	s->n -= name_r->n + 1;
	s->p = equals + 1;
	if (take(s, STR("\""))) {
		const char *quote = s->n ? memchr(s->p, '"', s->n) : NULL;
		if (!quote)
			return false;
		*value_r = (struct str){ s->p, (size_t)(quote - s->p) };
		s->n -= value_r->n + 1;
		s->p = quote + 1;
		return true;
	}
	size_t n = 0;
	while (n < s->n && !strchr("; \t\"", s->p[n]))
		n++;
	*value_r = (struct str){ s->p, n };
	s->p += n;
	s->n -= n;
	return n > 0;
}

/* "multipart/form-data; boundary=…": that one parameter. */
static bool boundary_of(struct str type, struct str *boundary_r)
{
	struct str name;
	type = str_trim(type);
	return take_nocase(&type, "multipart/form-data") && take_parameter(&type, &name, boundary_r) && str_eq_nocase(name, "boundary") && str_trim(type).n == 0 && boundary_r->n <= BOUNDARY_MOST &&
		is_all(*boundary_r, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?");
}

static bool disposition(struct str line, struct part *part)
{
	bool named = false;
	struct str name, value;
	skip_blanks(&line);
	if (!take_nocase(&line, "form-data"))
		return false;
	while (line.n) {
		if (!take_parameter(&line, &name, &value))
			return false;
		if (str_eq_nocase(name, "name") && !named && value.n <= MULTIPART_NAME && is_all(value, "abcdefghijklmnopqrstuvwxyz0123456789_")) {
			part->name = value;
			named = true;
		} else if (str_eq_nocase(name, "filename") && !part->file) {
			part->file = true;
		} else {
			return false;
		}
	}
	return named;
}

/* The lines before the blank one. */
static enum rc head(struct str *s, struct part *part, struct problem *p)
{
	bool disposed = false, typed = false;
	size_t most = s->n < MULTIPART_HEAD ? s->n : MULTIPART_HEAD;
	const char *end = memmem(s->p, most, "\r\n\r\n", 4);
	if (!end)
		return s->n > MULTIPART_HEAD ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "multipart: head of a part") : bad(p, "no end of a head");
	struct str lines = { s->p, (size_t)(end - s->p) + 2 };
	s->n -= lines.n + 2;
	s->p = end + 4;
	while (lines.n) {
		const char *stop = memmem(lines.p, lines.n, "\r\n", 2);
		if (!stop)
			return bad(p, "a line of a head without its end");
		struct str line = { lines.p, (size_t)(stop - lines.p) };
		lines.n -= line.n + 2;
		lines.p = stop + 2;
		if (line.n && (memchr(line.p, '\0', line.n) || memchr(line.p, '\r', line.n) || memchr(line.p, '\n', line.n)))
			return bad(p, "a control character in a head");
		if (!disposed && take_nocase(&line, "Content-Disposition:")) {
			if (!(disposed = disposition(line, part)))
				return bad(p, "a disposition that no form has");
		} else if (!typed && take_nocase(&line, "Content-Type:")) {
			struct str type = str_trim(line);
			typed = true;
			if (take_nocase(&type, "multipart"))
				return bad(p, "a form within the form");
		} else {
			return bad(p, "a header that no form has");
		}
	}
	return disposed ? RC_OK : bad(p, "a part without a name");
}

enum rc multipart_read(struct str type, struct str body, struct arena *a, struct parts *out_r, struct problem *p)
{
	struct str boundary;
	struct parts out = { arena_array(a, MULTIPART_PARTS, sizeof *out.at), 0 };
	char mark[BOUNDARY_MOST + 4] = "\r\n--";
	if (!out.at)
		return arena_rc(a, p);
	if (!boundary_of(type, &boundary))
		return bad(p, "no boundary");
	memcpy(mark + 4, boundary.p, boundary.n);
	struct str delimiter = { mark, boundary.n + 4 };
	if (!take(&body, (struct str){ mark + 2, boundary.n + 2 }))
		return bad(p, "it does not begin with its boundary");
	while (take(&body, CRLF)) {
		struct part part = { .file = false };
		if (out.n == MULTIPART_PARTS)
			return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "multipart: too many parts");
		enum rc rc = head(&body, &part, p);
		if (rc != RC_OK)
			return rc;
		const char *end = memmem(body.p, body.n, delimiter.p, delimiter.n);
		if (!end)
			return bad(p, "a part has no end");
		part.value = (struct str){ body.p, (size_t)(end - body.p) };
		body.n -= part.value.n + delimiter.n;
		body.p = end + delimiter.n;
		if (!part.file && part.value.n && memchr(part.value.p, '\0', part.value.n))
			return bad(p, "NUL in a text");
		out.at[out.n++] = part;
	}
	if (!out.n || !take(&body, STR("--")) || (body.n && !str_is(body, CRLF)))
		return bad(p, "it does not end with its boundary");
	*out_r = out;
	return RC_OK;
}
