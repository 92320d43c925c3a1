/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/str.h: bytes with their length (by value), and a growing buffer with a maximum given at birth.
 * No function here reads past n; none needs a terminating NUL. Called by everything.
 */
#ifndef HYGIE_BASE_STR_H
#define HYGIE_BASE_STR_H

#include "base/rc.h"

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
#define STR_ARG(s) (int)(s).n, (s).p /* for "%.*s" */

struct str str_of(const char *z);                 /* NULL gives an empty str */
bool str_is(struct str a, struct str b);
bool str_eq(struct str a, const char *z);
int str_cmp(struct str a, struct str b);          /* bytewise, shorter first on tie */
bool str_starts(struct str a, struct str prefix);
bool str_ends(struct str a, struct str suffix);
bool str_eq_nocase(struct str a, const char *z);  /* ASCII case only */
struct str str_trim(struct str a);                /* ASCII space, tab, CR, LF */
/* Cut a at the first sep: returns the part before it, moves *rest after it. When sep is absent returns all, *rest empty with p NULL. */
struct str str_cut(struct str a, char sep, struct str *rest_r);
/* Decimal digits only, no sign, no blank, at most 19 digits. RC_BAD_INPUT else. */
enum rc str_u64(struct str a, uint64_t *v_r) CHECKED;
enum rc str_i64(struct str a, int64_t *v_r) CHECKED; /* same with an optional leading '-' */

/* A buffer: error sticks, tested once at the end. */
struct buf {
	char *p;
	size_t n, cap, max;
	bool failed; /* over max, or no memory */
};
void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);                     /* frees; idempotent */
void buf_done_wiped(struct buf *b);               /* wipes first: for secrets */
void buf_reset(struct buf *b);                    /* keeps memory; clears failed */
void buf_expect(struct buf *b, size_t n);          /* room for n more bytes at once: growth by doubling copies and wipes each time */
void buf_put(struct buf *b, const void *p, size_t n);
void buf_str(struct buf *b, struct str s);
void buf_z(struct buf *b, const char *z);
void buf_ch(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);          /* decimal */
void buf_i64(struct buf *b, int64_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) PRINTF(2, 3); /* never for HTML, SQL, JSON, URL */
void *buf_room(struct buf *b, size_t n);          /* n writable bytes appended (zeroed), NULL when failed */
struct str buf_view(const struct buf *b);         /* valid until the next write */
enum rc buf_rc(const struct buf *b, struct problem *p) CHECKED; /* RC_LIMIT when failed */

void wipe(void *p, size_t n);                     /* not optimised away */
bool same_bytes(const void *a, const void *b, size_t n); /* constant time */

#endif
