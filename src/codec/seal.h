/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/seal.h: bytes made unreadable without their key, and unreadable when a single bit of them or of what they are bound to is changed. Pure but for the
 * kernel's random bytes; no memory is taken. It knows no key's place or owner. Called by record (keys.c) and ledger. Start at seal_put, seal_open.
 *
 * Sealed form: algorithm (1 byte) | nonce | ciphertext, as long as the plain bytes | tag (16). 1: AES-256-GCM (NIST SP 800-38D), nonce 12, written where
 * the processor has AES and carry-less multiplication; 2: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03), nonce 24, elsewhere. Both are read wherever
 * the machine can: a base moves from one kind of machine to the other, OpenSSL's plain code reads what was written with AES instructions.
 * Nonces are random: with one key for each patient far below the 2^32 messages that 96 random bits allow (SP 800-38D §8.3).
 */
#ifndef HYGIE_CODEC_SEAL_H
#define HYGIE_CODEC_SEAL_H

#include "base/str.h"

#define SEAL_KEY 32
#define SEAL_TAG 16
#define SEAL_MORE (1 + 24 + SEAL_TAG)   /* a sealed form is longer by this at most */
enum seal_algorithm { SEAL_AES_GCM = 1, SEAL_XCHACHA = 2 };

struct seal_key { unsigned char b[SEAL_KEY]; };

/* Checks the primitives against known answers; MUST hold. Before the first seal; any thread, any number of times. */
void seal_init(void);
enum seal_algorithm seal_algorithm(void);                    /* what seal_put writes on this machine */
size_t seal_size(size_t plain_n);                            /* exactly, on this machine */
/* bound: bytes that the sealed form goes with and that are not stored in it (row, version): opening needs the same. out: room for seal_size(plain.n). */
void seal_put(unsigned char *out, const struct seal_key *key, struct str bound, struct str plain);
/* The same with algorithm and nonce (12 or 24 bytes) given: known-answer tests. Never twice the same nonce with one key. */
void seal_put_with(unsigned char *out, enum seal_algorithm how, const unsigned char *nonce, const struct seal_key *key, struct str bound, struct str plain);
/* Plain bytes: how many a sealed form holds; SIZE_MAX: it is none. */
size_t seal_plain_size(struct str sealed);
/* out: room for seal_plain_size. False, with nothing in out, when key, bound bytes or sealed form are not the ones that belong together. */
bool seal_open(unsigned char *out, const struct seal_key *key, struct str bound, struct str sealed);

/* A key for a purpose, from a key: BLAKE2b keyed (RFC 7693). purpose: a literal. */
void seal_derive(struct seal_key *out, const struct seal_key *from, const char *purpose);
/* 16 bytes that tell whether two keys are the same, and nothing else of them. */
#define SEAL_CHECK 16
void seal_check(unsigned char out[SEAL_CHECK], const struct seal_key *key);
bool seal_same(const void *a, const void *b, size_t n);      /* in constant time */
#endif
