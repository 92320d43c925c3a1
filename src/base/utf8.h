/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/utf8.h: UTF-8 as Unicode 15 table 3-7 defines it: no overlong form, no surrogate, nothing above U+10FFFF. Pure.
 * It never changes text: it tells, counts and decodes. Called by codec (json, url, form, fold) and by whoever cuts a text to a length.
 * Start at utf8_bad_at: the others are small.
 */
#ifndef HYGIE_BASE_UTF8_H
#define HYGIE_BASE_UTF8_H

#include "base/str.h"

#define UTF8_REPLACEMENT 0xFFFDu

size_t utf8_bad_at(struct str s);   /* offset of the first byte that starts no valid sequence; s.n when all is well. Fast on ASCII. */
bool utf8_valid(struct str s);
size_t utf8_count(struct str s);    /* code points, of valid text */
/* The longest prefix of at most n bytes that cuts no sequence. */
size_t utf8_floor(struct str s, size_t n);
/* Decode at *at and move on. False at the end. An invalid byte gives U+FFFD and moves one byte. */
bool utf8_next(struct str s, size_t *at, uint32_t *code_r);
void utf8_put(struct buf *b, uint32_t code); /* U+FFFD for what is no scalar value */
size_t utf8_len(const unsigned char *p, size_t n); /* bytes of the valid sequence at p, 0 when none */

#endif
