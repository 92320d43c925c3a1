/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/str.c: see str.h. Must never read past n nor need a terminating NUL. Start at buf_room: every write to a buf goes through `grow`.
 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct str str_of(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}

bool str_is(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool str_eq(struct str a, const char *z)
{
	return str_is(a, str_of(z));
}

int str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c ? c : (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str a, struct str prefix)
{
	return a.n >= prefix.n && (prefix.n == 0 || memcmp(a.p, prefix.p, prefix.n) == 0);
}

bool str_ends(struct str a, struct str suffix)
{
	return a.n >= suffix.n && (suffix.n == 0 || memcmp(a.p + (a.n - suffix.n), suffix.p, suffix.n) == 0);
}

static unsigned char lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
}

bool str_eq_nocase(struct str a, const char *z)
{
	struct str b = str_of(z);
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower((unsigned char)a.p[i]) != lower((unsigned char)b.p[i]))
			return false;
	return true;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str a)
{
	while (a.n && blank(a.p[0]))
		a.p++, a.n--;
	while (a.n && blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

struct str str_cut(struct str a, char sep, struct str *rest_r)
{
	const char *hit = a.n ? memchr(a.p, sep, a.n) : NULL;
	if (!hit) {
		*rest_r = STR_NONE;
		return a;
	}
	size_t k = (size_t)(hit - a.p);
	*rest_r = (struct str){ hit + 1, a.n - k - 1 };
	return (struct str){ a.p, k };
}

enum rc str_u64(struct str a, uint64_t *v_r)
{
	/* 19 digits are at most 9999999999999999999, which fits: no overflow test is needed. */
	if (a.n == 0 || a.n > 19)
		return RC_BAD_INPUT;
	uint64_t v = 0;
	for (size_t i = 0; i < a.n; i++) {
		unsigned d = (unsigned)(unsigned char)a.p[i] - '0';
		if (d > 9)
			return RC_BAD_INPUT;
		v = v * 10 + d;
	}
	*v_r = v;
	return RC_OK;
}

enum rc str_i64(struct str a, int64_t *v_r)
{
	bool negative = a.n && a.p[0] == '-';
	if (negative)
		a.p++, a.n--;
	uint64_t v;
	if (str_u64(a, &v) != RC_OK || v > (uint64_t)INT64_MAX + negative)
		return RC_BAD_INPUT;
	*v_r = (int64_t)(negative ? 0 - v : v);
	return RC_OK;
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .max = b->max };
}

void buf_done_wiped(struct buf *b)
{
	if (b->p)
		wipe(b->p, b->cap);
	buf_done(b);
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->failed = false;
}

/* Small buffers may hold secrets, and realloc would leave a copy behind: below this size growth copies and wipes. */
#define WIPED_BELOW 4096

/* Make room for n more bytes. */
static bool grow(struct buf *b, size_t n)
{
	if (b->failed)
		return false;
	if (n > b->max || b->n > b->max - n) {
		b->failed = true;
		return false;
	}
	size_t need = b->n + n;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap < 128 ? 128 : b->cap > SIZE_MAX / 2 ? SIZE_MAX : b->cap * 2;
	if (cap < need)
		cap = need;
	if (cap > b->max)
		cap = b->max;
	char *p;
	if (b->cap <= WIPED_BELOW) {
		p = malloc(cap);
		if (p && b->p) {
			memcpy(p, b->p, b->n);
			wipe(b->p, b->cap);
			free(b->p);
		}
	} else {
		p = realloc(b->p, cap);
	}
	if (!p) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_expect(struct buf *b, size_t n)
{
	(void)grow(b, n);
}

void buf_put(struct buf *b, const void *p, size_t n)
{
	if (n == 0 || !grow(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void buf_str(struct buf *b, struct str s)
{
	buf_put(b, s.p, s.n);
}

void buf_z(struct buf *b, const char *z)
{
	buf_str(b, str_of(z));
}

void buf_ch(struct buf *b, char c)
{
	if (grow(b, 1))
		b->p[b->n++] = c;
}

void buf_u64(struct buf *b, uint64_t v)
{
	char z[20];
	size_t i = sizeof z;
	do
		z[--i] = (char)('0' + v % 10);
	while (v /= 10);
	buf_put(b, z + i, sizeof z - i);
}

void buf_i64(struct buf *b, int64_t v)
{
	if (v < 0)
		buf_ch(b, '-');
	buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	va_list again;
	va_copy(again, ap);
	char z[256];
	int k = vsnprintf(z, sizeof z, fmt, ap);
	va_end(ap);
	if (k < 0) {
		b->failed = true;
	} else if ((size_t)k < sizeof z) {
		buf_put(b, z, (size_t)k);
	} else if (grow(b, (size_t)k)) {
		/* vsnprintf wants room for its NUL, and max may not leave any. */
		char *long_z = malloc((size_t)k + 1);
		if (long_z && vsnprintf(long_z, (size_t)k + 1, fmt, again) == k)
			buf_put(b, long_z, (size_t)k);
		else
			b->failed = true;
		free(long_z);
	}
	va_end(again);
}

void *buf_room(struct buf *b, size_t n)
{
	/* A pointer even for n = 0, so that NULL always means failure. */
	if (!grow(b, n) || (!b->p && !grow(b, 1)))
		return NULL;
	void *at = b->p + b->n;
	memset(at, 0, n);
	b->n += n;
	return at;
}

struct str buf_view(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}

enum rc buf_rc(const struct buf *b, struct problem *p)
{
	if (!b->failed)
		return RC_OK;
	return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "buffer: %zu bytes, at most %zu", b->n, b->max);
}

void wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}

bool same_bytes(const void *a, const void *b, size_t n)
{
	const volatile unsigned char *x = a, *y = b;
	unsigned char diff = 0;
	for (size_t i = 0; i < n; i++)
		diff = (unsigned char)(diff | (x[i] ^ y[i]));
	return diff == 0;
}
