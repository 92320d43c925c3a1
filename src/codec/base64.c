/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/base64.c: see base64.h. Readers accept one spelling only (no blanks, right padding, spare bits zero), so that two different texts
 * never mean the same bytes: a token has one form. base32 is upper case without padding, as otpauth wants. Hex reads both cases.
 * Must leave out as it was on failure. Called by api, record, gate (tokens), http. Start at get_bits: all readers but base64 padding.
 */
#include "codec/base64.h"

#include <string.h>

static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
static const char HEX[] = "0123456789abcdef";

/* Small pieces go through the stack, so that a buf is asked once for many bytes. */
#define PIECE 240 /* a multiple of 3, 5 and 1 */

static void put_bits(struct buf *out, struct str bytes, const char *alphabet, int bits)
{
	char z[PIECE * 2];
	size_t n = 0;
	unsigned acc = 0;
	int held = 0;
	for (size_t i = 0; i < bytes.n; i++) {
		acc = (acc << 8 | (unsigned char)bytes.p[i]) & 0xFFFF;
		held += 8;
		while (held >= bits) {
			held -= bits;
			z[n++] = alphabet[acc >> held & ((1u << bits) - 1)];
		}
		if (n >= sizeof z - 4) {
			buf_put(out, z, n);
			n = 0;
		}
	}
	if (held)
		z[n++] = alphabet[acc << (bits - held) & ((1u << bits) - 1)];
	buf_put(out, z, n);
}

/* Value of a character, 64 for none. Arithmetic instead of a table: no secret-dependent address. */
static unsigned value_of(unsigned c, const char *alphabet)
{
	if (alphabet == HEX) {
		unsigned low = c | 0x20;
		return c - '0' <= 9u ? c - '0' : low - 'a' <= 5u ? low - 'a' + 10u : 64;
	}
	if (c - 'A' <= 25u)
		return c - 'A';
	if (alphabet == BASE32)
		return c - '2' <= 5u ? c - '2' + 26u : 64;
	if (c - 'a' <= 25u)
		return c - 'a' + 26u;
	if (c - '0' <= 9u)
		return c - '0' + 52u;
	return c == (unsigned char)alphabet[62] ? 62 : c == (unsigned char)alphabet[63] ? 63 : 64;
}

static enum rc get_bits(struct str text, const char *alphabet, unsigned bits, struct buf *out)
{
	size_t start = out->n;
	unsigned acc = 0, held = 0;
	unsigned char z[256];
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		unsigned v = value_of((unsigned char)text.p[i], alphabet);
		if (v == 64)
			goto bad;
		acc = (acc << bits | v) & 0xFFFF;
		held += bits;
		if (held >= 8) {
			held -= 8;
			z[n++] = (unsigned char)(acc >> held);
			if (n == sizeof z) {
				buf_put(out, z, n);
				n = 0;
			}
		}
	}
	/* What is left over must be less than a character, and zero. */
	if (held >= bits || (acc & ((1u << held) - 1)) != 0)
		goto bad;
	buf_put(out, z, n);
	wipe(z, sizeof z);
	if (out->failed) {
		out->n = start;
		return RC_LIMIT;
	}
	return RC_OK;
bad:
	wipe(z, sizeof z);
	out->n = start;
	return RC_BAD_INPUT;
}

void base64_put(struct buf *out, struct str bytes)
{
	put_bits(out, bytes, STANDARD, 6);
	if (bytes.n % 3)
		buf_put(out, "==", 3 - bytes.n % 3);
}

enum rc base64_get(struct str text, struct buf *out)
{
	if (text.n % 4 != 0)
		return RC_BAD_INPUT;
	for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
		text.n--;
	return get_bits(text, STANDARD, 6, out);
}

void base64url_put(struct buf *out, struct str bytes)
{
	put_bits(out, bytes, URL, 6);
}

enum rc base64url_get(struct str text, struct buf *out)
{
	return get_bits(text, URL, 6, out);
}

void base32_put(struct buf *out, struct str bytes)
{
	put_bits(out, bytes, BASE32, 5);
}

enum rc base32_get(struct str text, struct buf *out)
{
	return get_bits(text, BASE32, 5, out);
}

void hex_put(struct buf *out, struct str bytes)
{
	put_bits(out, bytes, HEX, 4);
}

enum rc hex_get(struct str text, struct buf *out)
{
	return get_bits(text, HEX, 4, out);
}
