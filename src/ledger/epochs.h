/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/epochs.h: which key signs which part of a ledger. A ledger begins with key 0, which gives it its name. Each later key is certified by the one before it in
 * an EPOCH entry, and from that entry on it alone signs; the one before is erased then. So who takes the key of today can sign nothing that was signed yesterday,
 * and who holds any one public key can judge every head. Called by this room only; the list is fuzzed. Must never take a key that the key before did not sign.
 * Start at struct epochs, then epochs_note_read.
 *
 * EPOCH entry N: about = number of the epoch, extra = its public key (32) and the signature (64) of the key before over this text, with size = N - 1:
 *
 *   hygie/ledger/epoch/v1
 *   <origin>
 *   epoch <number, from 1>
 *   size <entries before>
 *   root <base64 of the root of the tree over them>
 *   key <line of the new key, as in ledger.pub: the origin, the key hash of that name and key, the key>
 *
 * A head of `size` entries is signed by the key of the last EPOCH entry among them, and by no other. So an EPOCH entry seals all before it for good.
 * DIR/epochs, and the same among static files: the line of key 0, then each of these texts as a signed note (C2SP signed-note). A ledger without it has one key.
 */
#ifndef HYGIE_LEDGER_EPOCHS_H
#define HYGIE_LEDGER_EPOCHS_H

#include "ledger/cosign.h"
#include "ledger/leaf.h"

#define EPOCHS_FILE  "epochs"
#define EPOCHS_BYTES (64u << 20) /* 180,000 epochs: one an hour for twenty years */

struct epoch { uint64_t first; /* the EPOCH entry; 0 of epoch 0 */ unsigned char pub[SIGNING_PUB]; };
struct epochs { char origin[SIGNING_ORIGIN]; unsigned n, cap; struct epoch *at; struct buf text; /* what the file holds */ size_t before; /* of the text, before the last push */ };

/* key: key 0. Ends with epochs_done, also after a failure of any of these. */
void epochs_init(struct epochs *e, const struct signing_key *key);
void epochs_done(struct epochs *e);

/* RC_BAD_INPUT when a byte is not as it is written here, or a certificate is not signed by the key before it, or pinned is none of the keys. e_r: not yet initialised. */
enum rc epochs_parse(struct str text, const struct signing_key *pinned, struct epochs *e_r, struct problem *p) CHECKED;
/* DIR/path; absent: pinned is key 0 and the only one (RC_BAD_INPUT when it is a later one). path NULL: there is no list. */
enum rc epochs_read(int dir, const char *path, const struct signing_key *pinned, struct epochs *e_r, struct problem *p) CHECKED;
/* The same from the file of a public key that somebody keeps. */
enum rc epochs_open(int pub_dir, const char *pub_path, int dir, const char *path, struct epochs *e_r, struct problem *p) CHECKED;
/* From the entries of a ledger directory, whose list was lost. Reads all of them. */
enum rc epochs_rebuild(int dir, const struct signing_key *first, struct epochs *e_r, struct problem *p) CHECKED;

unsigned epochs_of(const struct epochs *e, uint64_t size);                          /* the epoch that signs so many entries */
void epochs_key(const struct epochs *e, unsigned epoch, struct signing_key *key_r); /* its public half */

/* The signature of key over the certificate of the next one. */
void epochs_certify(const struct signing_key *key, unsigned epoch, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char next[SIGNING_PUB], unsigned char sig[SIGNING_SIG]);
bool epochs_is_certified(const struct signing_key *key, unsigned epoch, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char next[SIGNING_PUB], const unsigned char sig[SIGNING_SIG]);
/* An epoch more at the end of the list, certified by its last. False: no memory. */
bool epochs_push(struct epochs *e, uint64_t first, const unsigned char root[SHA_LEN], const unsigned char pub[SIGNING_PUB], const unsigned char sig[SIGNING_SIG]);
void epochs_pop(struct epochs *e); /* takes back the last push, once */
/*
 * An EPOCH entry, met on the way through the entries: at = the epoch before it, which it raises. root: of the entries before. It must be what the list says of that epoch,
 * or come behind its end and be certified by its last key (then it is pushed). False else.
 */
bool epochs_meet(struct epochs *e, unsigned *at, const struct leaf *leaf, const unsigned char root[SHA_LEN]);

/* As cosign_note_read and signing_parse, under the key that the note's size asks for. */
enum rc epochs_note_read(const struct epochs *e, struct str text, struct cosign_note *r) CHECKED;
enum rc epochs_note_parse(const struct epochs *e, struct str text, uint64_t *size_r, unsigned char root_r[SHA_LEN]) CHECKED;
bool epochs_note_size(struct str text, uint64_t *size_r); /* what the second line says, not judged */
#endif
