/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/cosign.h: cosignatures (C2SP tlog-cosignature, Ed25519): a witness's key and name, its line under a checkpoint, and a checkpoint that has such lines.
 * Pure. BARRIER: keys are the operator's, every other byte a stranger's. A line counts for the key that verifies it, never for the name or the key hash on it,
 * and a key counts once, under whatever names it is given. Called by publish.c, prove.c, head.c and witness.c, and fuzzed. Start at cosign_note_read, then cosign_judge.
 */
#ifndef HYGIE_LEDGER_COSIGN_H
#define HYGIE_LEDGER_COSIGN_H

#include "ledger/signing.h"

#define COSIGN_NAME  128
#define COSIGN_KEYS  16      /* witnesses that one verifier names */
#define COSIGN_LINES 64      /* signatures under one checkpoint; C2SP signed-note lets a reader bound them */
#define COSIGN_NOTE  16384   /* bytes of a checkpoint with all of them */
#define COSIGN_AHEAD_S 300   /* a time further ahead than this is no clock that goes a little fast */

struct cosign_key { unsigned char pub[SIGNING_PUB], id[4]; char name[COSIGN_NAME + 1]; };
struct cosign_keys { unsigned n; struct cosign_key key[COSIGN_KEYS]; };

bool cosign_is_name(struct str name); /* 1 to 128 printable bytes without blank or plus */
void cosign_key_make(const unsigned char pub[SIGNING_PUB], struct str name, struct cosign_key *key_r);
void cosign_key_put(const struct cosign_key *key, struct buf *out); /* name+key hash+base64, and a line feed */
/* Keys as lines; empty lines and those that begin with # are passed over. RC_BAD_INPUT when a line is no such key; RC_CONFLICT when a key comes twice; RC_LIMIT. */
enum rc cosign_keys_parse(struct str text, struct cosign_keys *keys_r, struct problem *p) CHECKED;

/* The line of one witness over the body of a checkpoint, at the end of out. */
void cosign_put(const struct cosign_key *key, const unsigned char secret[SIGNING_SECRET], struct str body, int64_t now_s, struct buf *out);

/* A checkpoint under which others may have signed too. The texts point into what was read. */
struct cosign_note {
	uint64_t size;
	unsigned char root[SHA_LEN];
	struct str body, lines;       /* the three lines that are signed; all signature lines */
	char own[512]; size_t own_n;  /* as the ledger alone signs it: what signing_parse takes */
};
/* RC_BAD_INPUT unless the ledger's own line is there once and good, and the others are signature lines, of whomever. */
enum rc cosign_note_read(const struct signing_key *ledger, struct str text, struct cosign_note *r) CHECKED;

enum cosign_is { COSIGN_GOOD, COSIGN_MISSING, COSIGN_STALE, COSIGN_FALSE };
/*
 * What one witness says of a body: the newest of its lines that verify; STALE when the only ones are before not_before_s, or verify over `old` (STR_NONE none)
 * instead; FALSE when there are lines with its name and key hash and none verifies, or only with a time ahead of now_s. at_s_r: 0 when missing or false.
 */
enum cosign_is cosign_judge(const struct cosign_key *key, struct str body, struct str lines, struct str old, int64_t now_s, int64_t not_before_s, int64_t *at_s_r);
/* The newest good line of each key, in the order of the keys, at the end of out. lines: anything. */
unsigned cosign_keep(const struct cosign_keys *keys, struct str body, struct str lines, int64_t now_s, struct buf *out);
/* All lines but the ledger's own. */
unsigned cosign_others(const struct cosign_note *note, struct buf *out);
#endif
