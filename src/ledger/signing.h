/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/signing.h: the signing key, and checkpoints as signed notes (C2SP signed-note, tlog-checkpoint): the hash is the root of the tree over
 * the first <size> entries (ledger/tree.h). Called by this room only. The secret half never leaves struct signing_key and DIR/ledger.key.
 *
 * DIR/checkpoint:            DIR/ledger.pub, one line:
 *   <origin>                   <origin>+<key hash, 8 hex>+<base64 of 0x01 and the 32 key bytes>
 *   <size>                   origin = hygie/ledger/<first 16 hex of SHA-256 of key 0>: the first key names its ledger, and later ones (epochs.h) bear that name.
 *   <base64 of the root>
 *
 *   — <origin> <base64 of the 4-byte key hash and the Ed25519 signature of the three lines>
 */
#ifndef HYGIE_LEDGER_SIGNING_H
#define HYGIE_LEDGER_SIGNING_H

#include "codec/sha.h"

#define SIGNING_PUB    32
#define SIGNING_SECRET 64
#define SIGNING_SIG    64
#define SIGNING_ORIGIN 30
struct signing_key { unsigned char pub[SIGNING_PUB], secret[SIGNING_SECRET]; char origin[SIGNING_ORIGIN]; };

/* DIR/ledger.key (0400) and ledger.pub; made when `make` and neither is there. RC_NOT_FOUND when absent, RC_BROKEN CORRUPT when they do not belong together. */
enum rc signing_key_read(int dir, bool make, struct signing_key *key_r, struct problem *p) CHECKED;
void signing_key_done(struct signing_key *key);
/* Only the public half, from a .pub file (absolute, or relative to dir). RC_BAD_INPUT when it cannot be read as a key. */
enum rc signing_pub_read(int dir, const char *path, struct signing_key *key_r, struct problem *p) CHECKED;

enum rc signing_pub_parse(struct str text, struct signing_key *key_r) CHECKED; /* RC_BAD_INPUT unless every byte is as signing_pub_put writes it */
void signing_pub_put(const struct signing_key *key, struct buf *out);          /* the line of a .pub file */
bool signing_is_first(const struct signing_key *key);                          /* key 0: the ledger is named after it */

/*
 * Keys of later epochs (epochs.h). new: drawn, not derived: nobody can go from one to another. secret_read: DIR/name; its origin is its own name, which is the
 * ledger's for key 0 only. erase: overwritten with zeros in place and flushed, then unlinked when asked; RC_OK when absent. What the disk itself still holds is not in our hands (decisions/0022).
 */
void signing_key_new(const char *origin, struct signing_key *key_r);
enum rc signing_key_write(int dir, const char *name, const struct signing_key *key, struct problem *p) CHECKED;
enum rc signing_secret_read(int dir, const char *name, struct signing_key *key_r, struct problem *p) CHECKED;
enum rc signing_key_erase(int dir, const char *name, bool unlinks, struct problem *p) CHECKED;

/* Over any text, which must begin with a name of its own; and the line of such a signature in a note, with the empty line before it. */
void signing_sign_text(const struct signing_key *key, struct str text, unsigned char sig[SIGNING_SIG]);
bool signing_is_signed_text(const struct signing_key *key, struct str text, const unsigned char sig[SIGNING_SIG]);
void signing_line_put(const struct signing_key *key, const unsigned char sig[SIGNING_SIG], struct buf *out);

void signing_key_hash(const struct signing_key *key, unsigned char out[4]);

/* The signature over origin, size and root: what a CHECKPOINT entry holds. */
void signing_sign(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], unsigned char sig[SIGNING_SIG]);
bool signing_is_signed(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char sig[SIGNING_SIG]);

void signing_put(const struct signing_key *key, uint64_t size, const unsigned char root[SHA_LEN], struct buf *out);
/* RC_BAD_INPUT when a byte is not as signing_put writes it, or the signature is not that key's. */
enum rc signing_parse(const struct signing_key *key, struct str text, uint64_t *size_r, unsigned char root_r[SHA_LEN]) CHECKED;

/*
 * A report as a signed note (C2SP signed-note): the text, which ends with a line feed and whose first line is a name of its own, never an origin, so that no report can pass
 * for a checkpoint; a blank line; the signature. check: RC_BAD_INPUT when a byte is not as signing_note writes it, or the signature is not that key's.
 */
void signing_note(const struct signing_key *key, struct str text, struct buf *out);
enum rc signing_note_check(const struct signing_key *key, struct str note, struct str *text_r) CHECKED;

/* Any text of ours signed by the same key, with a line "signed <base64>" at its end (the index). */
void signing_seal(const struct signing_key *key, struct buf *text);
enum rc signing_unseal(const struct signing_key *key, struct str text, struct str *body_r) CHECKED;
#endif
