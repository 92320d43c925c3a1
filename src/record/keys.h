/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/keys.h: the keys of a base and what is sealed with them. One instance key lies outside of the database (keys/instance.key beside it, or a systemd
 * credential); it wraps every other key: one a patient, the house's (patient 0), the index key. Those lie wrapped in sealed_key, so that the
 * instance key can be changed without sealing anything anew, and one patient erased by erasing one row.
 * A key is never logged, never in a problem's detail, and wiped when it leaves. Called by the files of record, by hospital for its own columns, by keeper.
 * Start at keys_open, keys_seal, keys_unseal.
 */
#ifndef HYGIE_RECORD_KEYS_H
#define HYGIE_RECORD_KEYS_H

#include "base/arena.h"
#include "codec/seal.h"
#include "db/db.h"

/* Where instance.key lies: DIR/keys; NULL: in keys/ beside the database file. Before record_open; kept for the process. */
void keys_place(const char *dir);
/* The folder itself, whatever keys_place says; at start. NULL: as keys_place says. Kept, not copied. */
void keys_use_folder(const char *folder);
/* Where the instance key of a directory is looked for, and whether it is one: RC_NOT_FOUND none, RC_BROKEN as keys_open. For who watches the machine. */
#define KEYS_PATH 640
enum rc keys_look(const char *dir, char path[KEYS_PATH], struct problem *p) CHECKED;
/* By record_open. A base that holds nothing gets its keys here, and the file when there is none. RC_BROKEN: KEY_MISSING, KEY_WRONG, KEY_EXPOSED. */
enum rc keys_open(struct db *db, struct problem *p) CHECKED;

/*
 * What a sealed text is bound to besides its key: its kind, its row and a number more (version, instant), so that rows cannot be exchanged. Kinds are stored
 * with what they seal: never change one.
 */
enum keys_kind { SEALS_BODY = 1, SEALS_FACTS, SEALS_KEY, SEALS_KNOWN, SEALS_GLASS, SEALS_VERDICT, SEALS_DELETION, SEALS_ACCOUNT, SEALS_FACTOR, SEALS_ADDRESS, SEALS_LEDGER,
	SEALS_LOGIN, SEALS_SHARED, SEALS_PROOF, SEALS_PLAN, SEALS_PASSKEY, SEALS_PASSKEY_LABEL, SEALS_TELL, SEALS_CANARY, SEALS_EXPORT, SEALS_COHORT, SEALS_NOTICE, SEALS_SIGN_IN, SEALS_RECOVERY, SEALS_OWN,
	SEALS_STOCK, SEALS_BASKET, SEALS_OPINION, SEALS_SCORE, SEALS_SOURCE, SEALS_TASK, SEALS_MERGE, SEALS_CLOSED, SEALS_BILLING, SEALS_ORDER_SET,
	SEALS_TEMPLATE, SEALS_LETTER, SEALS_FILE, SEALS_INCOMING, SEALS_KEPT };
struct keys_bound { enum keys_kind kind; int64_t row, more; };
/* A body carries a number 0 to 255 of who stores it (record_mark_set), sealed with it and told without unpacking anything more: what was found out once, at the
 * write, need not be found out at each read. 0: nothing is known. */

/* Appends the sealed form; bodies and facts are packed first (codec/pack.h). patient: 0 the house. RC_GONE ERASED when the patient's key was erased.
 * One probe when the key is not in memory. */
enum rc keys_seal(struct db_conn *c, int64_t patient, struct keys_bound b, struct str plain, struct buf *out, struct problem *p) CHECKED;
enum rc keys_seal_marked(struct db_conn *c, int64_t patient, struct keys_bound b, unsigned char mark, struct str plain, struct buf *out, struct problem *p) CHECKED;
/* The same in two steps: the first by any thread that prepares, for it needs no key. kind: SEALS_BODY or SEALS_FACTS. */
enum rc keys_pack(enum keys_kind kind, unsigned char mark, struct str plain, struct arena *a, struct str *packed_r, struct problem *p) CHECKED;
/* The instant at byte `at` of the plain text becomes another in what keys_pack made of it; false: pack again. */
bool keys_packed_instant(enum keys_kind kind, struct str packed, size_t at, int64_t ms);
enum rc keys_seal_packed(struct db_conn *c, int64_t patient, struct keys_bound b, struct str packed, struct buf *out, struct problem *p) CHECKED;
/*
 * The plain bytes, in memory of this thread that the fourth following call takes again. RC_GONE ERASED; RC_BROKEN CORRUPT when bytes, row or key are not
 * those that belong together. Cost: 0.1 µs and 0.4 ns a byte when the patient's key is in memory, and
 * 0.4 µs for a body of 700 bytes to unpack; else one probe more.
 */
enum rc keys_unseal(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, struct str *plain_r, struct problem *p) CHECKED;
enum rc keys_unseal_marked(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, struct str *plain_r, unsigned char *mark_r, struct problem *p) CHECKED;
/* The same into memory of the caller: *at grows with realloc to *cap. */
enum rc keys_unseal_into(struct db_conn *c, int64_t patient, struct keys_bound b, struct str sealed, char **at, size_t *cap, struct str *plain_r, struct problem *p) CHECKED;

/* On the writer, when a Patient is first stored: its key. */
enum rc keys_make(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;
/* Is the patient's key not in memory? For what looks ahead. */
bool keys_lacks(int64_t patient);
/* On the writer: the key's row loses its key for ever. What was sealed with it is unreadable at once, here and in every copy of the base. */
enum rc keys_erase(struct db_conn *c, int64_t patient, struct problem *p) CHECKED;

/*
 * ---- resources of several patients ----
 * A body or facts sealed for the "patient" KEYS_SHARED(rid) are sealed with the resource's own key, which every one of its patients' keys opens; their sealed
 * forms say so, and keys_unseal follows whatever patient it is given. GONE ERASED once all of them were erased. Two probes more than a patient's key.
 */
#define KEYS_SHARED(rid) (-(rid))
/* The version that the own key dates from, by which the sealed form says so; 0: it is sealed with one patient's key, or the house's. */
uint32_t keys_since(struct str sealed);
/* On the writer, before version `since` is sealed: the key for these patients (any order, without repeats; those erased are left away), or the one there is when
 * they are the same: *since_r says since when. *since_r 0: fewer than two are left, *one_r the one (0: none). */
enum rc keys_share(struct db_conn *c, int64_t rid, uint32_t since, int64_t *patients, size_t n, uint32_t *since_r, int64_t *one_r, struct problem *p) CHECKED;
/* The same when version `since` is sealed already and is sealed anew for more patients: its key's rows are replaced. */
enum rc keys_share_more(struct db_conn *c, int64_t rid, uint32_t since, int64_t *patients, size_t n, uint32_t *since_r, int64_t *one_r, struct problem *p) CHECKED;
/* The first patient after one whose key opens what was sealed with the own key of that version (since 0: the last one's); 0 at the end. One probe. */
enum rc keys_shared_next(struct db_conn *c, int64_t rid, uint32_t since, int64_t after, int64_t *patient_r, struct problem *p) CHECKED;

/* Search values: a keyed hash (SipHash-2-4 under the index key), never 0. Differs from base to base. */
int64_t keys_hash(struct str s);

/* The same under a key that no rebuild changes: what the house finds again by it (logins) is not derived from anything that could be read anew. */
int64_t keys_house_hash(struct str s);
/* A digest (SHA-256) as it may be stored: without the house's key nobody tells whether a file that he has was imported. */
void keys_house_digest(const unsigned char digest[32], unsigned char out[32]);

/* On the writer, by a rebuild of the indexes before its first row: another index key. What was hashed before finds nothing any more. */
enum rc keys_index_renew(struct db_conn *c, struct problem *p) CHECKED;

/*
 * ---- the instance key ----
 * Rotation: keys_next_make writes keys/instance.next, keys_rewrap (on the writer, again and again until *left_r is 0) wraps so many keys anew, keys_next_settle
 * makes instance.next the instance.key. Each step may be repeated, and the whole be cut anywhere: until the last both files are needed, and keys_open takes both.
 */
enum rc keys_next_make(struct problem *p) CHECKED;
enum rc keys_rewrap(struct db_conn *c, unsigned most, uint64_t *left_r, struct problem *p) CHECKED;
enum rc keys_next_settle(struct db *db, struct problem *p) CHECKED;
bool keys_rotating(void);

#endif
