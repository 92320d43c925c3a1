/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/json.h: JSON in and out (RFC 8259), for the record: number text is kept as written, member order is kept, duplicate keys,
 * bad UTF-8, lone surrogates, trailing text, raw control characters and depth over the limit are refused with the place.
 * The tree lives in the caller's arena and points into the input where it can: the input must outlive the tree. Pure, no I/O.
 */
#ifndef HYGIE_CODEC_JSON_H
#define HYGIE_CODEC_JSON_H

#include "base/arena.h"

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
	unsigned char kind;        /* enum json_kind */
	unsigned int n;            /* elements or members */
	struct str text;           /* JSON_STRING: the unescaped text; JSON_NUMBER: the text as written */
	struct str raw;            /* the bytes of the value in the input, quotes and all */
	struct str name;           /* member name when inside an object (unescaped) */
	struct json *first, *next; /* children in order; next sibling */
};

#define JSON_DEPTH 64
/* where_r of a problem names the member path reached. Failures: RC_BAD_INPUT (BAD_JSON, DUPLICATE_KEY, BAD_UTF8, TOO_DEEP), RC_LIMIT (arena). */
enum rc json_parse(struct str text, struct arena *a, const struct json **root_r, struct problem *p) CHECKED;

const struct json *json_get(const struct json *object, const char *name);     /* NULL when absent or not an object */
const struct json *json_at(const struct json *array, unsigned i);
struct str json_text(const struct json *v);                                  /* text of a string, number, "true"/"false"; empty else */
struct str json_get_text(const struct json *object, const char *name);
/* for (const struct json *c = v ? v->first : NULL; c; c = c->next) */
#define json_each(c, v) (const struct json *c = (v) ? (v)->first : NULL; c; c = c->next)

/* Minified copy: white space outside strings dropped, member order, number text and escapes kept byte for byte. */
void json_minify(struct str text, struct buf *out);

/* Spread over lines, two blanks a level (pretty.c). Of minified text. */
void json_pretty(struct str text, struct buf *out);

/* Writers: append to a buf. */
void json_str(struct buf *b, struct str s);          /* quoted and escaped; '/' is not escaped; non-ASCII kept; invalid UTF-8 becomes U+FFFD */
void json_key(struct buf *b, const char *literal);   /* "literal": */

/* A small structured writer: commas are its matter. */
struct jw { struct buf *out; unsigned depth; uint64_t has; /* bit d: a member was written at depth d */ };
void jw_init(struct jw *w, struct buf *out);
void jw_object(struct jw *w);
void jw_array(struct jw *w);
void jw_end(struct jw *w, char close);               /* '}' or ']' */
void jw_key(struct jw *w, const char *name);
void jw_str(struct jw *w, struct str s);
void jw_z(struct jw *w, const char *z);
void jw_i64(struct jw *w, int64_t v);
void jw_bool(struct jw *w, bool v);
void jw_raw(struct jw *w, struct str raw);           /* already valid JSON */
void jw_member(struct jw *w, const char *name, struct str s); /* key and string */
#endif
