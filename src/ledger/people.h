/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/people.h: the patients' map: for each patient how many entries name him and a hash over all of these, in a Merkle tree in the order of the patients' numbers,
 * whose root stands in the ledger (BIND). So « who saw my record » can be answered with a proof that nothing was left out: who.c makes and judges it.
 * Must never be in the way of an append: it is made by a thread of its own out of durable entries, at intervals. Called by ledger.c and keeper. Start at struct person, then ledger_bind.
 *
 * An entry names a patient when he stands in its personal part, whatever its kind but SNAPSHOT: releases, refusals, acts. Twice in one entry is once.
 *   chain(0) = 32 zeros; chain(k) = SHA-256(chain(k - 1) || tree_leaf of his k-th entry's bytes)
 *   said     = SHA-256("hygie/ledger/patient/v1" || salt || count, u64 || chain), numbers little-endian; the salt is drawn once for each patient: neighbours in a proof say nothing
 *   leaf     = tree_leaf(patient, i64 || said); the tree is that of RFC 6962 over the leaves in ascending order of patient
 *   BIND     = root (32 bytes) || since, u64; about = covered; rows = how many patients. It speaks of the entries from since to covered: since is 1 unless personal
 *              parts were wiped before the map knew them.
 *
 * DIR/patients: a head, the persons, the nodes of the tree level by level; replaced as one. DIR/looks: for each entry of each patient its number and the place of his one
 * before, at the end of what was. Both lie beside the personal parts and say no more than these; both can be made again while nothing was wiped (with other salts: the
 * roots that stand in the ledger then prove nothing more).
 */
#ifndef HYGIE_LEDGER_PEOPLE_H
#define HYGIE_LEDGER_PEOPLE_H

#include "ledger/ledger.h"
#include "ledger/tree.h"

#define PEOPLE_FILE  "patients"
#define PEOPLE_LOOKS "looks"
#define PEOPLE_SALT  16
#define PEOPLE_BIND  (SHA_LEN + 8)

struct people_head { uint64_t covered, since, bound /* number of the BIND entry */, n, looks; };
struct person { int64_t patient; uint64_t count, last /* place of his last look, from 1 */; unsigned char salt[PEOPLE_SALT], chain[SHA_LEN]; };

void people_chain(unsigned char chain[SHA_LEN], const unsigned char leaf[SHA_LEN]);
void people_said(const struct person *one, unsigned char out[SHA_LEN]);
void people_leaf(int64_t patient, const unsigned char said[SHA_LEN], unsigned char out[SHA_LEN]);

/* The two files, open for reading. reader: over the nodes of the tree. */
struct people { struct tree_reader reader; int fd, looks_fd; struct people_head head; };
enum rc people_open(int dir, struct people *k, struct problem *p) CHECKED; /* RC_NOT_FOUND when nothing was bound yet; RC_BROKEN CORRUPT */
void people_close(struct people *k);
enum rc people_read(const struct people *k, uint64_t index, struct person *one_r, struct problem *p) CHECKED;
/* Where the patient stands, or would stand: the first whose number is not below. Some 20 reads. */
enum rc people_find(const struct people *k, int64_t patient, uint64_t *index_r, bool *is_r, struct problem *p) CHECKED;
/* The numbers of his entries, ascending, count of them; the caller frees. */
enum rc people_looks(const struct people *k, const struct person *one, uint64_t **numbers_r, struct problem *p) CHECKED;

void *people_main(void *ledger); /* the thread: ledger_bind at open and every bind_ns */
#endif
