/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/utf8.c: see utf8.h. Must never read past the given length. Start at utf8_len, which holds the whole rule.
 */
#include "base/utf8.h"

#include <string.h>
#if defined(__SSE2__) && !defined(HYGIE_NO_SIMD)
#include <emmintrin.h>
#endif

/* Unicode 15, table 3-7. */
size_t utf8_len(const unsigned char *p, size_t n)
{
	if (n == 0)
		return 0;
	unsigned char c = p[0];
	if (c < 0x80)
		return 1;
	if (c < 0xC2 || c > 0xF4)
		return 0;
	if (c < 0xE0)
		return n >= 2 && (p[1] & 0xC0) == 0x80 ? 2 : 0;
	if (c < 0xF0) {
		if (n < 3 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
			return 0;
		if (c == 0xE0 && p[1] < 0xA0)
			return 0; /* overlong */
		if (c == 0xED && p[1] > 0x9F)
			return 0; /* surrogate */
		return 3;
	}
	if (n < 4 || (p[1] & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80 || (p[3] & 0xC0) != 0x80)
		return 0;
	if (c == 0xF0 && p[1] < 0x90)
		return 0; /* overlong */
	if (c == 0xF4 && p[1] > 0x8F)
		return 0; /* above U+10FFFF */
	return 4;
}

/* How many leading bytes are ASCII, at least as far as whole words go. */
static size_t ascii_run(const unsigned char *p, size_t n)
{
	size_t i = 0;
#if defined(__SSE2__) && !defined(HYGIE_NO_SIMD)
	for (; n - i >= 64; i += 64) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
		__m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + i + 16));
		__m128i c = _mm_loadu_si128((const __m128i *)(const void *)(p + i + 32));
		__m128i d = _mm_loadu_si128((const __m128i *)(const void *)(p + i + 48));
		if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a, b), _mm_or_si128(c, d))) != 0)
			break;
	}
#endif
	for (; n - i >= 8; i += 8) {
		uint64_t w;
		memcpy(&w, p + i, 8);
		if (w & 0x8080808080808080u)
			break;
	}
	while (i < n && p[i] < 0x80)
		i++;
	return i;
}

size_t utf8_bad_at(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;
	for (;;) {
		if (i < s.n)
			i += ascii_run(p + i, s.n - i);
		if (i >= s.n)
			return s.n;
		do {
			size_t k = utf8_len(p + i, s.n - i);
			if (k == 0)
				return i;
			i += k;
		} while (i < s.n && p[i] >= 0x80);
	}
}

bool utf8_valid(struct str s)
{
	return utf8_bad_at(s) == s.n;
}

size_t utf8_count(struct str s)
{
	size_t k = 0;
	for (size_t i = 0; i < s.n; i++)
		k += ((unsigned char)s.p[i] & 0xC0) != 0x80;
	return k;
}

size_t utf8_floor(struct str s, size_t n)
{
	if (n >= s.n)
		return s.n;
	/* A sequence has at most three continuation bytes: step back over them, no further. */
	size_t m = n;
	for (int back = 0; back < 4 && m > 0 && ((unsigned char)s.p[m] & 0xC0) == 0x80; back++)
		m--;
	return ((unsigned char)s.p[m] & 0xC0) == 0x80 ? n : m;
}

bool utf8_next(struct str s, size_t *at, uint32_t *code_r)
{
	if (*at >= s.n)
		return false;
	const unsigned char *p = (const unsigned char *)s.p + *at;
	size_t k = utf8_len(p, s.n - *at);
	switch (k) {
	case 1: *code_r = p[0]; break;
	case 2: *code_r = (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu); break;
	case 3: *code_r = (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu); break;
	case 4: *code_r = (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu); break;
	default: *code_r = UTF8_REPLACEMENT; k = 1; break;
	}
	*at += k;
	return true;
}

void utf8_put(struct buf *b, uint32_t code)
{
	if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		code = UTF8_REPLACEMENT;
	char z[4];
	size_t n;
	if (code < 0x80) {
		z[0] = (char)code;
		n = 1;
	} else if (code < 0x800) {
		z[0] = (char)(0xC0 | code >> 6);
		z[1] = (char)(0x80 | (code & 0x3F));
		n = 2;
	} else if (code < 0x10000) {
		z[0] = (char)(0xE0 | code >> 12);
		z[1] = (char)(0x80 | (code >> 6 & 0x3F));
		z[2] = (char)(0x80 | (code & 0x3F));
		n = 3;
	} else {
		z[0] = (char)(0xF0 | code >> 18);
		z[1] = (char)(0x80 | (code >> 12 & 0x3F));
		z[2] = (char)(0x80 | (code >> 6 & 0x3F));
		z[3] = (char)(0x80 | (code & 0x3F));
		n = 4;
	}
	buf_put(b, z, n);
}
