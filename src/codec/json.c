/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/json.c: see json.h. One pass over the bytes, no recursion: the chain of open containers is an array of JSON_DEPTH.
 * UTF-8 is checked once for the whole text before; strings are scanned 16 bytes at a time (SSE2) or 8 (elsewhere) and copied only when they
 * hold an escape. Must never accept what RFC 8259 refuses, never keep a value in a problem, never be quadratic on any input.
 * Called by api, record, fhir, ledger. Start at json_parse.
 */
#include "codec/json.h"
#include "base/map.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#if defined(__SSE2__) && !defined(HYGIE_NO_SIMD)
#include <emmintrin.h>
#define SIMD 1
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* A member name is compared with its elder siblings one by one up to this many members, beyond through one table when the object closes. */
#define LINEAR_MEMBERS 16
/* Nodes are taken from the arena so many at a time at most. */
#define NODES_AT_ONCE 64

struct parser {
	const char *start, *at, *end;
	struct arena *arena;
	struct json *spare, *spare_end;
	size_t nodes_at_once;
	unsigned depth;                    /* containers open */
	struct open {
		struct json *v, *last;
		uint64_t names;            /* one bit a name seen, by a cheap hash: a clear bit spares the comparison */
	} open[JSON_DEPTH];
	enum why why;
	const char *what;
	bool at_end;                       /* failed because the text ended too early */
	struct str key;                    /* the name read last, for the place of a failure */
};

static bool fail(struct parser *s, enum why why, const char *what)
{
	s->why = why;
	s->what = what;
	return false;
}

static bool fail_end(struct parser *s)
{
	s->at_end = true;
	return fail(s, WHY_BAD_JSON, "text ends too early");
}

/* ---- scanning ---- */

static inline bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static const char *skip_blanks_far(const char *p, const char *end)
{
#ifdef SIMD
	const __m128i sp = _mm_set1_epi8(' '), lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r'), tab = _mm_set1_epi8('\t');
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i blank = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, sp), _mm_cmpeq_epi8(v, lf)),
			_mm_or_si128(_mm_cmpeq_epi8(v, cr), _mm_cmpeq_epi8(v, tab)));
		unsigned other = ~(unsigned)_mm_movemask_epi8(blank) & 0xFFFF;
		if (other)
			return p + __builtin_ctz(other);
		p += 16;
	}
#endif
	while (p < end && is_blank((unsigned char)*p))
		p++;
	return p;
}

static inline const char *skip_blanks(const char *p, const char *end)
{
	if (p < end && (unsigned char)*p > ' ')
		return p;
	if (end - p >= 2 && is_blank((unsigned char)p[0]) && (unsigned char)p[1] > ' ')
		return p + 1;
	return skip_blanks_far(p, end);
}

/* The first byte at or after p that is '"', '\\' or a control character; end when none. */
static inline const char *plain_end(const char *p, const char *end)
{
#ifdef SIMD
	const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
	while (end - p >= 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, quote), _mm_cmpeq_epi8(v, slash)),
			_mm_cmpeq_epi8(_mm_min_epu8(v, control), v));
		unsigned mask = (unsigned)_mm_movemask_epi8(hit);
		if (mask)
			return p + __builtin_ctz(mask);
		p += 16;
	}
#else
	/* Bytes below a bound, and bytes equal to one, by the subtract-and-mask trick; a hit is then located byte by byte. */
	const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
	while (end - p >= 8) {
		uint64_t w;
		memcpy(&w, p, 8);
		uint64_t q = w ^ ones * '"', s = w ^ ones * '\\';
		uint64_t hit = ((q - ones) & ~q) | ((s - ones) & ~s) | ((w - ones * 0x20) & ~w);
		if (hit & highs)
			break;
		p += 8;
	}
#endif
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	return p;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at p; -1 when there are not. */
static int hex4(const char *p, const char *end)
{
	if (end - p < 4)
		return -1;
	int v = 0;
	for (int i = 0; i < 4; i++) {
		int d = hex_digit(p[i]);
		if (d < 0)
			return -1;
		v = v << 4 | d;
	}
	return v;
}

static char *put_utf8(char *to, unsigned code)
{
	if (code < 0x80) {
		*to++ = (char)code;
	} else if (code < 0x800) {
		*to++ = (char)(0xC0 | code >> 6);
		*to++ = (char)(0x80 | (code & 0x3F));
	} else if (code < 0x10000) {
		*to++ = (char)(0xE0 | code >> 12);
		*to++ = (char)(0x80 | (code >> 6 & 0x3F));
		*to++ = (char)(0x80 | (code & 0x3F));
	} else {
		*to++ = (char)(0xF0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3F));
		*to++ = (char)(0x80 | (code >> 6 & 0x3F));
		*to++ = (char)(0x80 | (code & 0x3F));
	}
	return to;
}

/* One escape, *p at the backslash; the result is never longer than the escape. */
static bool unescape(struct parser *s, const char **p, char **to)
{
	const char *at = *p + 1;
	if (at == s->end)
		return fail_end(s);
	char c;
	switch (*at++) {
	case '"': c = '"'; break;
	case '\\': c = '\\'; break;
	case '/': c = '/'; break;
	case 'b': c = '\b'; break;
	case 'f': c = '\f'; break;
	case 'n': c = '\n'; break;
	case 'r': c = '\r'; break;
	case 't': c = '\t'; break;
	case 'u': {
		int code = hex4(at, s->end);
		if (code < 0)
			return fail(s, WHY_BAD_JSON, "bad \\u escape");
		at += 4;
		if (code >= 0xD800 && code <= 0xDFFF) {
			int low = code < 0xDC00 && s->end - at >= 6 && at[0] == '\\' && at[1] == 'u' ? hex4(at + 2, s->end) : -1;
			if (low < 0xDC00 || low > 0xDFFF)
				return fail(s, WHY_BAD_JSON, "lone surrogate");
			code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
			at += 6;
		}
		*to = put_utf8(*to, (unsigned)code);
		*p = at;
		return true;
	}
	default:
		return fail(s, WHY_BAD_JSON, "bad escape");
	}
	*(*to)++ = c;
	*p = at;
	return true;
}

/* The rest of a string that has an escape (or a fault) at `hit`; text begins at s->at + 1. */
static bool read_escaped(struct parser *s, const char *hit, struct str *text_r)
{
	/* Find the closing quote first, to size the copy. */
	const char *begin = s->at + 1, *p = hit;
	while (p < s->end && *p != '"') {
		if (*p == '\\') {
			if (s->end - p < 2)
				return fail_end(s);
			p += 2;
		} else if ((unsigned char)*p < 0x20) {
			return fail(s, WHY_BAD_JSON, "raw control character");
		}
		p = plain_end(p, s->end);
	}
	if (p >= s->end)
		return fail_end(s);
	const char *close = p;
	char *copy = arena_bytes(s->arena, (size_t)(close - begin));
	if (!copy)
		return fail(s, WHY_TOO_BIG, "arena");
	char *to = copy;
	for (p = begin; p < close;) {
		if (*p == '\\') {
			if (!unescape(s, &p, &to))
				return false;
			continue;
		}
		const char *run = p;
		p = plain_end(p, close);
		memcpy(to, run, (size_t)(p - run));
		to += p - run;
	}
	*text_r = (struct str){ copy, (size_t)(to - copy) };
	s->at = close + 1;
	return true;
}

/* s->at is at the opening quote; afterwards behind the closing one. */
static inline bool read_string(struct parser *s, struct str *text_r)
{
	const char *begin = s->at + 1;
	const char *p = plain_end(begin, s->end);
	if (likely(p < s->end && *p == '"')) {
		*text_r = (struct str){ begin, (size_t)(p - begin) };
		s->at = p + 1;
		return true;
	}
	return read_escaped(s, p, text_r);
}

static inline bool digit_at(const char *p, const char *end)
{
	return p < end && (unsigned char)(*p - '0') <= 9;
}

static bool read_number(struct parser *s)
{
	const char *p = s->at, *end = s->end;
	if (*p == '-')
		p++;
	if (!digit_at(p, end))
		return fail(s, WHY_BAD_JSON, "bad number");
	if (*p == '0')
		p++;
	else
		while (digit_at(p, end))
			p++;
	if (p < end && *p == '.') {
		if (!digit_at(++p, end))
			return fail(s, WHY_BAD_JSON, "bad number");
		while (digit_at(p, end))
			p++;
	}
	if (p < end && (*p | 0x20) == 'e') {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		if (!digit_at(p, end))
			return fail(s, WHY_BAD_JSON, "bad number");
		while (digit_at(p, end))
			p++;
	}
	s->at = p;
	return true;
}

static bool read_word(struct parser *s, const char *word, size_t n)
{
	if ((size_t)(s->end - s->at) < n || memcmp(s->at, word, n) != 0)
		return fail(s, WHY_BAD_JSON, "not a value");
	s->at += n;
	return true;
}

/* ---- the tree ---- */

static bool more_nodes(struct parser *s)
{
	s->spare = arena_raw(s->arena, s->nodes_at_once * sizeof *s->spare);
	if (!s->spare)
		return fail(s, WHY_TOO_BIG, "arena");
	s->spare_end = s->spare + s->nodes_at_once;
	return true;
}

static bool same_name(struct str a, struct str b)
{
	return a.n == b.n && memcmp(a.p, b.p, a.n) == 0;
}

/* Duplicate names of an object that is small, one by one against the elder. The bit set tells almost always that there is nothing to do. */
static inline bool name_is_new(struct open *o, struct str name)
{
	unsigned h = (unsigned)name.n * 7;
	if (name.n)
		h += (unsigned char)name.p[0] * 5u + (unsigned char)name.p[name.n - 1] * 3u + (unsigned char)name.p[name.n / 2] * 11u;
	uint64_t bit = UINT64_C(1) << (h & 63);
	bool seen = o->names & bit;
	o->names |= bit;
	if (likely(!seen) || o->v->n >= LINEAR_MEMBERS)
		return true;
	for (const struct json *c = o->v->first; c; c = c->next)
		if (same_name(c->name, name))
			return false;
	return true;
}

/* Duplicate names of an object that is large, all at once, in a table keyed against chosen names. */
static bool names_differ(struct parser *s, const struct json *object)
{
	size_t cap = 64;
	while (cap < (size_t)object->n * 2)
		cap *= 2;
	const struct json **table = calloc(cap, sizeof *table);
	if (!table)
		return fail(s, WHY_TOO_BIG, "no memory");
	bool ok = true;
	for (const struct json *c = object->first; c && ok; c = c->next) {
		size_t i = (size_t)hash_bytes(c->name) & (cap - 1);
		for (; table[i]; i = (i + 1) & (cap - 1))
			if (same_name(table[i]->name, c->name)) {
				s->key = c->name;
				ok = fail(s, WHY_DUPLICATE_KEY, "");
				break;
			}
		if (ok)
			table[i] = c;
	}
	free(table);
	return ok;
}

/* The value at s->at, all of it for a scalar, its opening for a container; hung under the innermost open container. */
static inline bool read_value(struct parser *s, struct str name, struct json **v_r)
{
	if (unlikely(s->at >= s->end))
		return fail_end(s);
	if (unlikely(s->spare == s->spare_end) && !more_nodes(s))
		return false;
	struct json *v = s->spare;
	const char *begin = s->at;
	struct str text = STR_NONE;
	enum json_kind kind;
	switch (*begin) {
	case '"':
		kind = JSON_STRING;
		if (!read_string(s, &text))
			return false;
		break;
	case '{':
	case '[':
		kind = *begin == '{' ? JSON_OBJECT : JSON_ARRAY;
		if (unlikely(s->depth == JSON_DEPTH))
			return fail(s, WHY_TOO_DEEP, "");
		s->at++;
		break;
	case 't':
		kind = JSON_TRUE;
		if (!read_word(s, "true", 4))
			return false;
		break;
	case 'f':
		kind = JSON_FALSE;
		if (!read_word(s, "false", 5))
			return false;
		break;
	case 'n':
		kind = JSON_NULL;
		if (!read_word(s, "null", 4))
			return false;
		break;
	case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
		kind = JSON_NUMBER;
		if (!read_number(s))
			return false;
		text = (struct str){ begin, (size_t)(s->at - begin) };
		break;
	default:
		return fail(s, WHY_BAD_JSON, "not a value");
	}
	s->spare++;
	v->kind = (unsigned char)kind;
	v->n = 0;
	v->text = text;
	v->raw = (struct str){ begin, (size_t)(s->at - begin) };
	v->name = name;
	v->first = v->next = NULL;
	if (likely(s->depth > 0)) {
		struct open *o = &s->open[s->depth - 1];
		if (o->last)
			o->last->next = v;
		else
			o->v->first = v;
		o->last = v;
		o->v->n++;
	}
	*v_r = v;
	return true;
}

static bool read_text(struct parser *s, struct json **root_r)
{
	struct json *v;
	struct str name = STR_NONE;
	s->at = skip_blanks(s->at, s->end);
	if (!read_value(s, name, root_r))
		return false;
	v = *root_r;
	for (;;) {
		/* v was just read. A container opens; a scalar, or a container that closes at once, is followed by ',' or a closing. */
		if (v->kind >= JSON_ARRAY) {
			s->open[s->depth++] = (struct open){ .v = v };
			s->at = skip_blanks(s->at, s->end);
			if (s->at < s->end && *s->at == (v->kind == JSON_OBJECT ? '}' : ']'))
				goto close;
			goto item;
		}
	next:
		if (s->depth == 0)
			break;
		s->at = skip_blanks(s->at, s->end);
		if (unlikely(s->at >= s->end))
			return fail_end(s);
		v = s->open[s->depth - 1].v;
		if (likely(*s->at == ',')) {
			s->at = skip_blanks(s->at + 1, s->end);
			goto item;
		}
		if (*s->at != (v->kind == JSON_OBJECT ? '}' : ']'))
			return fail(s, WHY_BAD_JSON, "comma or closing expected");
	close:
		s->at++;
		v->raw.n = (size_t)(s->at - v->raw.p);
		if (unlikely(v->kind == JSON_OBJECT && v->n > LINEAR_MEMBERS) && !names_differ(s, v))
			return false;
		s->depth--;
		goto next;
	item:
		name = STR_NONE;
		if (s->open[s->depth - 1].v->kind == JSON_OBJECT) {
			if (unlikely(s->at >= s->end || *s->at != '"'))
				return s->at < s->end ? fail(s, WHY_BAD_JSON, "name expected") : fail_end(s);
			s->key = STR_NONE;
			if (!read_string(s, &name))
				return false;
			s->key = name;
			if (unlikely(!name_is_new(&s->open[s->depth - 1], name)))
				return fail(s, WHY_DUPLICATE_KEY, "");
			s->at = skip_blanks(s->at, s->end);
			if (unlikely(s->at >= s->end || *s->at != ':'))
				return s->at < s->end ? fail(s, WHY_BAD_JSON, "colon expected") : fail_end(s);
			s->at = skip_blanks(s->at + 1, s->end);
		}
		if (!read_value(s, name, &v))
			return false;
	}
	s->at = skip_blanks(s->at, s->end);
	return s->at == s->end || fail(s, WHY_BAD_JSON, "text after the value");
}

/* A name is put in a problem only when it looks like an element's: letters, '_' before, at most 64. Others become '?'. */
static void put_place(struct buf *b, struct str name)
{
	bool element = name.n > 0 && name.n <= 64;
	for (size_t i = 0; i < name.n && element; i++)
		element = ((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z') || (name.p[i] == '_' && i == 0);
	if (b->n)
		buf_ch(b, '.');
	buf_str(b, element ? name : STR("?"));
}

static void place(const struct parser *s, char where[PROBLEM_WHERE])
{
	struct buf b = { .p = where, .cap = PROBLEM_WHERE - 1, .max = PROBLEM_WHERE - 1 }; /* over the stack: it never grows */
	for (unsigned d = 0; d < s->depth && !b.failed; d++) {
		const struct open *o = &s->open[d];
		if (o->v->kind == JSON_ARRAY) {
			/* The element being read is not counted yet at the innermost level. */
			buf_ch(&b, '[');
			buf_u64(&b, d + 1 < s->depth ? o->v->n - 1u : o->v->n);
			buf_ch(&b, ']');
		} else if (d + 1 < s->depth) {
			put_place(&b, o->last->name);
		} else if (s->key.p) {
			put_place(&b, s->key);
		}
	}
	where[b.n] = '\0';
}

enum rc json_parse(struct str text, struct arena *a, const struct json **root_r, struct problem *p)
{
	if (text.n > UINT32_MAX)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "json: %zu bytes", text.n);
	if (!text.p)
		text = STR("");
	/* Where the UTF-8 breaks, the text ends for the parser, so that the fault is reported with its place. */
	size_t good = utf8_bad_at(text);
	struct parser s;
	s.start = s.at = text.p;
	s.end = text.p + good;
	s.arena = a;
	s.spare = s.spare_end = NULL;
	/* A FHIR document has a value in about every 25 bytes. */
	s.nodes_at_once = text.n / 32 + 2 < NODES_AT_ONCE ? text.n / 32 + 2 : NODES_AT_ONCE;
	s.depth = 0;
	s.why = WHY_NONE;
	s.what = "";
	s.at_end = false;
	s.key = STR_NONE;
	struct json *root;
	bool ok = read_text(&s, &root);
	if (ok && good == text.n) {
		*root_r = root;
		return RC_OK;
	}
	if (good != text.n && (ok || s.at_end))
		s.why = WHY_BAD_UTF8;
	char where[PROBLEM_WHERE];
	place(&s, where);
	return problem_set(p, s.why == WHY_TOO_BIG ? RC_LIMIT : RC_BAD_INPUT, s.why, where, "json: %s, at byte %zu", s.what,
		s.why == WHY_BAD_UTF8 ? good : (size_t)(s.at - s.start));
}

const struct json *json_get(const struct json *object, const char *name)
{
	if (!object || object->kind != JSON_OBJECT)
		return NULL;
	size_t n = strlen(name);
	for (const struct json *c = object->first; c; c = c->next)
		if (c->name.n == n && memcmp(c->name.p, name, n) == 0)
			return c;
	return NULL;
}

const struct json *json_at(const struct json *array, unsigned i)
{
	if (!array || array->kind != JSON_ARRAY || i >= array->n)
		return NULL;
	const struct json *c = array->first;
	while (i--)
		c = c->next;
	return c;
}

struct str json_text(const struct json *v)
{
	if (!v)
		return STR_NONE;
	switch (v->kind) {
	case JSON_STRING:
	case JSON_NUMBER: return v->text;
	case JSON_TRUE: return STR("true");
	case JSON_FALSE: return STR("false");
	default: return STR_NONE;
	}
}

struct str json_get_text(const struct json *object, const char *name)
{
	return json_text(json_get(object, name));
}

/* ---- writing ---- */

/* The end of the string that opens at p, behind its closing quote; end when it does not close. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; (p = plain_end(p, end)) < end;) {
		if (*p == '"')
			return p + 1;
		p += *p == '\\' && end - p >= 2 ? 2 : 1;
	}
	return end;
}

void json_minify(struct str text, struct buf *out)
{
	const char *p = text.n ? text.p : "", *end = p + text.n;
	while (p < end) {
		/* One run without blanks outside of strings leaves in one copy. */
		const char *run = p;
		while (p < end && !is_blank((unsigned char)*p))
			p = *p == '"' ? string_end(p, end) : p + 1;
		buf_put(out, run, (size_t)(p - run));
		p = skip_blanks_far(p, end);
	}
}

static void put_escape(struct buf *b, unsigned char c)
{
	static const char HEX[] = "0123456789abcdef";
	char z[6] = { '\\', 'u', '0', '0', HEX[c >> 4], HEX[c & 15] };
	switch (c) {
	case '"': case '\\': z[1] = (char)c; break;
	case '\b': z[1] = 'b'; break;
	case '\f': z[1] = 'f'; break;
	case '\n': z[1] = 'n'; break;
	case '\r': z[1] = 'r'; break;
	case '\t': z[1] = 't'; break;
	default: buf_put(b, z, 6); return;
	}
	buf_put(b, z, 2);
}

void json_str(struct buf *b, struct str s)
{
	buf_ch(b, '"');
	size_t good = 0; /* text before this offset is valid UTF-8 */
	for (size_t at = 0; at < s.n;) {
		if (at >= good)
			good = at + utf8_bad_at((struct str){ s.p + at, s.n - at });
		if (at == good) {
			buf_put(b, "\xEF\xBF\xBD", 3);
			at++;
			continue;
		}
		const char *run = s.p + at, *stop = plain_end(run, s.p + good);
		buf_put(b, run, (size_t)(stop - run));
		at += (size_t)(stop - run);
		if (at < good)
			put_escape(b, (unsigned char)s.p[at++]);
	}
	buf_ch(b, '"');
}

void json_key(struct buf *b, const char *literal)
{
	json_str(b, str_of(literal));
	buf_ch(b, ':');
}

/* Bit d of has: the next item at depth d needs a comma before it. A key clears it, its value sets it again. */
static void item(struct jw *w)
{
	uint64_t bit = w->depth < 64 ? UINT64_C(1) << w->depth : 0;
	if (w->has & bit)
		buf_ch(w->out, ',');
	w->has |= bit;
}

void jw_init(struct jw *w, struct buf *out)
{
	*w = (struct jw){ .out = out };
}

static void deeper(struct jw *w, char open)
{
	item(w);
	buf_ch(w->out, open);
	w->depth++;
	if (w->depth < 64)
		w->has &= ~(UINT64_C(1) << w->depth);
	else
		w->out->failed = true; /* more than the bits can tell: no half-right JSON leaves */
}

void jw_object(struct jw *w)
{
	deeper(w, '{');
}

void jw_array(struct jw *w)
{
	deeper(w, '[');
}

void jw_end(struct jw *w, char close)
{
	MUST(w->depth > 0 && (close == '}' || close == ']'));
	w->depth--;
	buf_ch(w->out, close);
}

void jw_key(struct jw *w, const char *name)
{
	item(w);
	json_key(w->out, name);
	if (w->depth < 64)
		w->has &= ~(UINT64_C(1) << w->depth);
}

void jw_str(struct jw *w, struct str s)
{
	item(w);
	json_str(w->out, s);
}

void jw_z(struct jw *w, const char *z)
{
	jw_str(w, str_of(z));
}

void jw_i64(struct jw *w, int64_t v)
{
	item(w);
	buf_i64(w->out, v);
}

void jw_bool(struct jw *w, bool v)
{
	item(w);
	buf_z(w->out, v ? "true" : "false");
}

void jw_raw(struct jw *w, struct str raw)
{
	item(w);
	buf_str(w->out, raw);
}

void jw_member(struct jw *w, const char *name, struct str s)
{
	jw_key(w, name);
	jw_str(w, s);
}
