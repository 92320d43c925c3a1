/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/age.h: bytes sealed to somebody's public key in the age format (age-encryption.org/v1): X25519 recipient, HKDF-SHA-256, ChaCha20-Poly1305 in
 * pieces of 64 KiB, so that a file of any length is sealed as it comes and a file cut short is told from a whole one. It writes, it never opens: whoever holds
 * the private key does that elsewhere, with the age program. Must never keep the file's key longer than the file is being written.
 * No I/O: sealed bytes are appended to the caller's buffer. Called by gate (stream.c) and hospital (the recipient's form). Start at age_new.
 */
#ifndef HYGIE_CODEC_AGE_H
#define HYGIE_CODEC_AGE_H

#include "base/str.h"

#define AGE_KEY 32
#define AGE_RECIPIENT 62   /* characters of "age1…" */

/* The public key of a recipient's text (Bech32 of BIP 173, all lower case); false: it is none, or a typing error is in it. */
bool age_recipient(struct str text, unsigned char key[AGE_KEY]);

struct age;
/* Begins a file: its header goes to out. RC_BAD_INPUT EXPORT_KEY for a key to which nothing can be sealed (a point of low order). */
enum rc age_new(const unsigned char key[AGE_KEY], struct age **a_r, struct buf *out, struct problem *p) CHECKED;
/* The next plain bytes, any number of them; what fills a piece is sealed to out at once. */
enum rc age_put(struct age *a, struct str plain, struct buf *out, struct problem *p) CHECKED;
/* The last piece. A file without it is refused by whoever opens it. */
enum rc age_end(struct age *a, struct buf *out, struct problem *p) CHECKED;
void age_free(struct age **a);   /* wipes keys and what waits for its piece; NULL is fine */
#endif
