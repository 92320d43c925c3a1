/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/publish.h: the ledger as static files (C2SP tlog-tiles), which any file server hands out and anybody verifies with the public key alone:
 *
 *   DIR/checkpoint                the newest signed size and root (ledger/signing.h); written last
 *   DIR/tile/<level>/<index>      256 hashes each; the last of a level ends in .p/<width>
 *   DIR/tile/entries/<index>      256 entries each, as u16 length and bytes: the public part of an entry (ledger/leaf.h), never its salt nor who looked at whom
 *   DIR/ledger.pub                for convenience: an auditor goes by the copy that was handed over before
 *
 * and one entry's proof (C2SP tlog-proof), which stands alone: entry, place, hashes, checkpoint.
 * Called by keeper and hygie-verify. Start at ledger_publish, then ledger_prove.
 */
#ifndef HYGIE_LEDGER_PUBLISH_H
#define HYGIE_LEDGER_PUBLISH_H

#include "ledger/ledger.h"

/*
 * Brings `to` (made if absent) from what is published there to the newest checkpoint of the ledger in dir, beside a server that runs or not. Costs what was
 * added since; killed in the middle, the next call does it again. What is published is first proven to be the beginning of the ledger: RC_CONFLICT when it is
 * longer, another ledger's, or another past (the old files stay). RC_BROKEN CORRUPT when the ledger's own entries do not have the root that it signed.
 */
struct ledger_published { uint64_t before, size, files; };
enum rc ledger_publish(const char *dir, const char *to, struct ledger_published *done_r, struct problem *p) CHECKED;

/* The proof of entry `number` from the files in `from`, appended to out. RC_NOT_FOUND when it is not published. Reads some 20 files, whatever the size. */
enum rc ledger_prove(const char *from, const char *pub_path, uint64_t number, struct buf *out, struct problem *p) CHECKED;

/* What a proof says. The texts point into hold, which is the caller's. */
struct ledger_proven { uint64_t size; struct ledger_entry e; };
/* RC_BAD_INPUT when it is no proof, or proves nothing under that key. */
enum rc ledger_proof_check(struct str proof, const char *pub_path, struct buf *hold, struct ledger_proven *r, struct problem *p) CHECKED;

/*
 * That what is published began as the checkpoint `old` says, STR_NONE from nothing (C2SP tlog-witness: the body that add-checkpoint asks for), appended to out. RC_BAD_INPUT when old is not
 * signed by this key; RC_CONFLICT when it is, and the files are another past: then the two together prove that the ledger was rewritten.
 */
enum rc ledger_prove_growth(const char *from, const char *pub_path, struct str old, struct buf *out, struct problem *p) CHECKED;
/* RC_BAD_INPUT when it is no such proof, or not of that checkpoint, or proves nothing under that key. */
struct ledger_grown { uint64_t before, size; };
enum rc ledger_growth_check(struct str proof, const char *pub_path, struct str old, struct ledger_grown *r, struct problem *p) CHECKED;

/*
 * Reads every published file. v_r as of ledger_verify, beside: "tile" (the hashes are not those of the entries). old: a checkpoint that the auditor kept, STR_NONE
 * none: the entries must begin with what it signed, else "rewritten" at its size.
 */
enum rc ledger_published_verify(const char *from, const char *pub_path, struct str old, struct ledger_verdict *v_r, struct problem *p) CHECKED;
#endif
