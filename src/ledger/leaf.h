/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/leaf.h: an entry as bytes, and a record (entry, salt, personal part) as it lies in a segment. Pure: no I/O, no memory.
 * It never trusts a length: what does not decode to the last byte is refused. Called by this room only; fuzzed. Start at the two layouts.
 *
 * Record:    u16 leaf length, big-endian (the bundle form of C2SP tlog-tiles) | leaf | u32 personal length | 16-byte salt | personal part
 * Leaf v1 (little-endian):
 *   0 version 1 | 1 kind | 2 surface | 3 rc | 4 tier | 5 reveals | 6 number u64 | 14 at_ms i64 | 22 joined u32 | 26 previous chain hash (32)
 *   | 58 commitment (32) = SHA-256(salt || personal part) | 90 personal length u32 | 94 rows u32 | 98 draws u32 | 102 draws_unexplained u32
 *   | 106 about u64 | 114 route, note, why's name, extra: each u8 length and bytes | CRC-32C of all before, u32
 *   joined: how many entries before this one were waiting for the same flush. So a hole is told from a torn tail: whatever begins a later
 *   flush was written only after everything before it was durable.
 *   why is stored by its name: the numbers of the table of reasons move as it grows.
 *   extra: the public key (32) of a GENESIS, the signature (64) of a CHECKPOINT, the next key and the signature of the one before (32 + 64) of an EPOCH, the root of
 *   the patients' map and the entry from which it is whole (32 + 8) of a BIND, empty for all others.
 * Personal part v1: version 1 | account u32 | session u64 | unit u8+ | from u8+ | text u16+ | n u32 | n × (patient i64, explain u8, tier u8 with bit 7 = draw)
 * A wiped record keeps its leaf and its personal length; its salt and personal part are all zero (a live one begins with its version).
 */
#ifndef HYGIE_LEDGER_LEAF_H
#define HYGIE_LEDGER_LEAF_H

#include "ledger/ledger.h"
#include "codec/sha.h"

#define LEAF_FIXED    114
#define LEAF_MIN      (LEAF_FIXED + 4 + 4)
#define LEAF_TEXT     255                    /* route, note: longest */
#define LEAF_WHY      48
#define LEAF_EXTRA    96
#define LEAF_MAX      (LEAF_MIN + 2 * LEAF_TEXT + LEAF_WHY + LEAF_EXTRA)
#define LEAF_SALT     16
#define LEAF_TYPED    541                    /* text: longest, bytes: 500 typed ones, sealed (codec/seal.h) */
#define LEAF_PATIENTS 2000
#define LEAF_PATIENT  10                     /* bytes of one */
#define PERSONAL_MIN  (1 + 4 + 8 + 1 + 1 + 2 + 4)
#define PERSONAL_MAX  (PERSONAL_MIN + 2 * LEAF_TEXT + LEAF_TYPED + LEAF_PATIENTS * LEAF_PATIENT)
#define RECORD_MIN    (2 + LEAF_MIN + 4 + LEAF_SALT + PERSONAL_MIN)
#define RECORD_MAX    (2 + LEAF_MAX + 4 + LEAF_SALT + PERSONAL_MAX)

struct leaf {
	struct ledger_entry e;                   /* public part; route and note point into the bytes */
	uint32_t joined, personal_n;
	const unsigned char *prev, *commitment;  /* 32 bytes each */
	struct str extra;
};
struct record {
	const unsigned char *leaf, *salt, *personal;
	size_t leaf_n, personal_n, n;            /* n: the whole record */
};

/* Does the entry keep within the lengths above? RC_LIMIT with the field else. */
enum rc leaf_fits(const struct ledger_entry *e, struct problem *p) CHECKED;
size_t leaf_personal_size(const struct ledger_entry *e);
void leaf_personal_put(const struct ledger_entry *e, unsigned char *out);                       /* exactly that many bytes */
/* Everything but number, at_ms, joined, previous hash and CRC, which leaf_seal writes once the place in the chain is known. Returns the length. */
size_t leaf_put(const struct ledger_entry *e, const unsigned char commitment[SHA_LEN], size_t personal_n, struct str extra, unsigned char out[LEAF_MAX]);
void leaf_seal(unsigned char *leaf, size_t n, uint64_t number, int64_t at_ms, uint32_t joined, const unsigned char prev[SHA_LEN]);
size_t leaf_record_size(size_t leaf_n, size_t personal_n);
void leaf_record_put(unsigned char *out, const unsigned char *leaf, size_t leaf_n, const unsigned char salt[LEAF_SALT], const unsigned char *personal, size_t personal_n);

/* RC_BAD_INPUT when a single byte is not as it must be; the CRC is checked. */
enum rc leaf_parse(const unsigned char *p, size_t n, struct leaf *leaf_r) CHECKED;
/* patients: room for LEAF_PATIENTS. Strings point into the bytes. */
enum rc leaf_personal_parse(const unsigned char *p, size_t n, struct ledger_entry *e, struct ledger_patient *patients) CHECKED;
/* RC_OK a record and its leaf; RC_NOT_FOUND the end (a zero length, or fewer than two bytes); RC_LIMIT runs over the bytes given; RC_BAD_INPUT. */
enum rc leaf_record_parse(const unsigned char *p, size_t n, struct record *r, struct leaf *leaf) CHECKED;
size_t leaf_record_skip(const unsigned char *p, size_t n);                                           /* length of a record that we wrote ourselves */
bool leaf_record_wiped(const struct record *r);

/* The running state of the chain, and the check of the next record against it. */
struct chain { uint64_t number; int64_t at_ms; unsigned char head[SHA_LEN]; };
/* NULL when the record is the next one (c moved on to it, hash_r NULL or its tree_leaf), else what is wrong: "number", "time", "chain", "commitment" (c unchanged). */
const char *leaf_chain_next(struct chain *c, const struct record *r, const struct leaf *leaf, bool *wiped_r, unsigned char *hash_r);
#endif
