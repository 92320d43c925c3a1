/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/who.h: « who saw my record », proven: each entry that names a patient, and that there is no other, in one text that stands alone (who.c). A patient is the number
 * that the ledger knows him by; who looked is not in it: the text has the public part of entries. Called by keeper and hygie-verify. Start at ledger_who_prove.
 *
 *   hygie-who/v1
 *   patient <number>                   entries <how many>         salt <hex>, when there are any
 *   entry <base64>  index <number>     hashes, an empty line      each of them, as C2SP tlog-proof has them; ascending
 *   entry <base64>  index <number>     hashes, an empty line      the BIND entry with the root of the patients' map (ledger/people.h)
 *   leaf <index> <patient> <said>      hashes, an empty line      his place in the map; where nothing names him, his neighbours, one at an end
 *   the signed checkpoint under which all these entries stand
 *
 * It says nothing of entries behind `covered`, and no more than whoever made the map knew: who holds a ledger with its personal parts makes it again (ledger_people_check).
 */
#ifndef HYGIE_LEDGER_WHO_H
#define HYGIE_LEDGER_WHO_H

#include "ledger/ledger.h"

#define LEDGER_WHO_BYTES (64u << 20) /* a text at most: 30,000 entries */

/* From a ledger directory and its published files. RC_NOT_FOUND: no map was bound yet, or it is not among what is published. Reads some 20 small files an entry. */
enum rc ledger_who_prove(const char *dir, const char *published, const char *pub_path, int64_t patient, struct buf *out, struct problem *p) CHECKED;

/* What it says: of the entries from since to covered, these and no other. bound_ms: when the map was bound; size: of the checkpoint, note, which points into the text. */
struct ledger_who { int64_t patient, bound_ms; uint64_t n, since, covered, size; struct str note; };
/* Each of the entries that name him, in order, before the verdict is known. Texts live during the call. */
struct ledger_who_each { void (*entry)(struct ledger_who_each *each, const struct ledger_entry *e); };
/* RC_BAD_INPUT when it proves nothing under that key: p says what is missing. epochs_path: as ledger_proof_check has it. */
enum rc ledger_who_check(struct str text, const char *pub_path, const char *epochs_path, struct ledger_who_each *each, struct ledger_who *r, struct problem *p) CHECKED;

/*
 * The map of a ledger directory made again from its entries, against the one that lies there and the root that was bound. good: the same; else patient is the first whose
 * state differs, 0 the root itself. RC_GONE: personal parts were wiped, so it cannot be. Reads all of it; 60 bytes of memory a patient.
 */
struct ledger_people_verdict { bool good; uint64_t patients, covered; int64_t patient; };
enum rc ledger_people_check(const char *dir, struct ledger_people_verdict *r, struct problem *p) CHECKED;
#endif
