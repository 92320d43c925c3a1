/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/cbor.h: reads CBOR (RFC 8949) as authenticators must write it: the CTAP2 canonical form (FIDO CTAP 2.1 §8; WebAuthn Level 2 §2.2.4 asks for it).
 * Heads of the shortest length, definite lengths, no tags, no floats, UTF-8 texts, no key twice, at most CBOR_DEPTH levels and CBOR_MEMBERS members a map.
 * The order of keys is not asked for: some writers get it wrong, and with no key twice the order carries no meaning. One text has one reading, which is
 * what a check over signed bytes needs. No memory is taken: items point into the input, which must outlive them. Pure. Called by passkey.c.
 */
#ifndef HYGIE_CODEC_CBOR_H
#define HYGIE_CODEC_CBOR_H

#include "base/str.h"

/* An attestation object is a map that holds a map that holds an array of certificates: three levels of holders, then bytes. */
#define CBOR_DEPTH 4
#define CBOR_MEMBERS 32

enum cbor_kind { CBOR_UINT, CBOR_NINT, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_SIMPLE }; /* CBOR_SIMPLE: n is 20 false, 21 true, 22 null */

struct cbor {
	enum cbor_kind kind;
	uint64_t n;         /* CBOR_UINT: the number; CBOR_NINT: the number is -1 - n; CBOR_ARRAY, CBOR_MAP: elements or members */
	struct str inside;  /* CBOR_BYTES, CBOR_TEXT: the bytes; CBOR_ARRAY, CBOR_MAP: the elements, one after the other */
	struct str raw;     /* the whole item, head and all */
};

/* Takes one item off the front of *in, checked to its bottom. RC_BAD_INPUT: cut short or not in this form; RC_CONFLICT: a map holds a key twice;
 * RC_LIMIT: deeper or with more members than the limits. *in is moved on RC_OK only. */
enum rc cbor_read(struct str *in, struct cbor *item_r) CHECKED;

/* Whole number of an item; false when it is none or does not fit. */
bool cbor_int(const struct cbor *item, int64_t *v_r);
/* Member of a map that cbor_read gave; false when there is none or the item is no map. */
bool cbor_find_int(const struct cbor *map, int64_t key, struct cbor *value_r);
bool cbor_find_text(const struct cbor *map, const char *key, struct cbor *value_r);
#endif
