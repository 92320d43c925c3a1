/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/pack.h: stored texts made smaller before they are sealed, with zstd (RFC 8878). Pure; contexts are kept one a thread, so that nothing is allocated for
 * a text. It knows no key and no row. Called by record (keys.c). Start at pack_put, pack_open.
 *
 * Packed form: its kind (1 byte) | bytes. 0: as they are (short, or not made smaller); 1: a zstd frame with the dictionary data/pack/json_1.dict; 2: a zstd frame
 * without a dictionary; 3: length of the plain text, length of the table, table of what was taken out (codec/thin.h), and the rest as a frame with the dictionary, without
 * its first four bytes, which are always the same; 4: as 2, without these four bytes. Written are 0, 3, 4, and 1 of more than a megabyte.
 * Numbers are stored: never change the meaning of one. A frame says how long its plain bytes are. Measured: decisions/0007.
 */
#ifndef HYGIE_CODEC_PACK_H
#define HYGIE_CODEC_PACK_H

#include "base/str.h"

enum pack_how { PACK_PLAIN, PACK_JSON, PACK_BYTES };   /* JSON: FHIR resources; BYTES: small blobs that repeat themselves, packed in a hurry */
#define PACK_MORE 1                                     /* a packed form is longer by this at most */
#define PACK_MOST ((size_t)128 << 20)                   /* what says that it holds more is refused */

/* out: room for plain.n + PACK_MORE. Gives the size of the packed form; 0 only when plain.n is over PACK_MOST. */
size_t pack_put(unsigned char *out, enum pack_how how, struct str plain);
/*
 * The instant (YYYY-MM-DDThh:mm:ss.mmmZ) at byte `at` of the plain text becomes another, in the packed form of n bytes: a text may be packed before its hour is
 * known. false: the form does not keep it apart (a text of over a megabyte): pack again.
 */
bool pack_instant_set(unsigned char *packed, size_t n, size_t at, int64_t ms);
/* Plain bytes that a packed form says it holds; SIZE_MAX: it is none. */
size_t pack_plain_size(struct str packed);
/* out: room for pack_plain_size. RC_BROKEN CORRUPT: does not unpack to exactly so many bytes; never writes beyond them. RC_LIMIT: no memory for this thread. */
enum rc pack_open(unsigned char *out, struct str packed, struct problem *p) CHECKED;
#endif
