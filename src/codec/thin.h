/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/thin.h: takes out of a text what no repeat covers and what is mostly digits (UUIDs, instants, date-times) and keeps it as bytes beside the text, which then
 * packs better. Pure; no memory is taken. Called by codec/pack.c alone. Start at thin.
 *
 * Table: for each piece, in the order of the text, a number (seven bits a byte, low ones first, 0x80 means more) = bytes of text since the piece before << 2 | kind, then its bytes:
 * 0: a UUID in small letters, 16 bytes; 1: YYYY-MM-DDThh:mm:ss.mmmZ, ms since 1970, 6 bytes; 2: YYYY-MM-DDThh:mm:ss+hh:mm (or -), seconds as written since
 * the year 0, 5 bytes, and quarters of an hour of the offset, 1 byte. Integers little-endian. A piece that would not come back to the byte is not taken.
 */
#ifndef HYGIE_CODEC_THIN_H
#define HYGIE_CODEC_THIN_H

#include "base/str.h"

/* text, table: room for plain.n each, of which both together use no more. */
void thin(struct str plain, unsigned char *text, size_t *text_n_r, unsigned char *table, size_t *table_n_r);
/* Writes n bytes, exactly; false: the two do not make so many, or the table is none. Never writes beyond. */
bool thin_back(struct str text, struct str table, unsigned char *out, size_t n);
/* The instant that stands at byte `at` of the plain text becomes another (ms since 1970, not before, not after the year 9999). false: none was taken out there. */
bool thin_instant_set(unsigned char *table, size_t n, size_t at, int64_t ms);

/* A number of at most 35 bits. The place after it; NULL: cut, or larger. */
unsigned char *thin_number_put(unsigned char *at, uint64_t v);
const unsigned char *thin_number(const unsigned char *at, const unsigned char *end, uint64_t *v_r);
#endif
