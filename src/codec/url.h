/* SPDX-License-Identifier: Apache-2.0 */
/* codec/url.h: percent-coding (RFC 3986) and application/x-www-form-urlencoded (WHATWG URL §5). Pure. */
#ifndef HYGIE_CODEC_URL_H
#define HYGIE_CODEC_URL_H

#include "base/arena.h"

struct pair { struct str name, value; };
struct pairs { struct pair *at; size_t n; };

/* '+' is a space; bad percent triplets, NUL and bad UTF-8 are refused (RC_BAD_INPUT); over max_pairs RC_LIMIT. Order and repeats kept. */
enum rc url_pairs(struct str query, size_t max_pairs, struct arena *a, struct pairs *out_r, struct problem *p) CHECKED;
/* Decode one path segment (no '+' rule). */
enum rc url_segment(struct str raw, struct arena *a, struct str *out_r, struct problem *p) CHECKED;
struct str pairs_get(const struct pairs *ps, const char *name);  /* first value; p NULL when absent */
void url_part(struct buf *b, struct str s);                      /* percent-encode everything but unreserved */
#endif
