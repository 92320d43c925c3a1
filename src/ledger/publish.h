/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/publish.h: the ledger as static files (C2SP tlog-tiles), which any file server hands out and anybody verifies with the public key alone:
 *
 *   DIR/checkpoint                the newest signed size and root (ledger/signing.h), under it the cosignatures of witnesses (ledger/cosign.h); written last
 *   DIR/tile/<level>/<index>      256 hashes each; the last of a level ends in .p/<width>
 *   DIR/tile/entries/<index>      256 entries each, as u16 length and bytes: the public part of an entry (ledger/leaf.h), never its salt nor who looked at whom
 *   DIR/ledger.pub                for convenience: an auditor goes by the copy that was handed over before
 *   DIR/epochs                    later keys, each certified by the one before (ledger/epochs.h): from any one key to that of every head. Absent while there is one
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
 * longer, another ledger's, or another past (the old files stay). Two at once into one folder: one after the other. RC_BROKEN CORRUPT when the ledger's own entries do not have the root that it signed.
 * asks (NULL: nobody is asked): once all but the new checkpoint is written, ask is called with it and brings what witnesses answered, whatever it is: only lines
 * that verify under one of keys (lines of ledger/cosign.h) are published. Without asks the cosignatures that stand there stay as long as the head is the same.
 */
struct ledger_head {
	uint64_t size, before;          /* before: of the head that stood there, 0 none: what a witness signed last when nothing went wrong */
	struct str note;                /* as the ledger alone signed it */
	struct str epochs;              /* the list of keys, for who knows an earlier one only; STR_NONE while there is one */
	/* The body of add-checkpoint from old_size on, 0 the first, at the end of out. RC_CONFLICT when old_size is above. */
	enum rc (*grown)(const struct ledger_head *h, uint64_t old_size, struct buf *out, struct problem *p);
};
struct ledger_asks { struct str keys; void (*ask)(struct ledger_asks *a, const struct ledger_head *h, struct buf *lines); };
struct ledger_published { uint64_t before, size, files; unsigned cosigned; };
enum rc ledger_publish(const char *dir, const char *to, struct ledger_asks *asks, struct ledger_published *done_r, struct problem *p) CHECKED;
/* Cosignatures that came another way, put under what is published: those of lines that verify under keys, and those that stood there and do. RC_BAD_INPUT when none of lines does. */
enum rc ledger_publish_cosigned(const char *to, const char *pub_path, struct str keys, struct str lines, unsigned *cosigned_r, struct problem *p) CHECKED;

/* The proof of entry `number` from the files in `from`, appended to out. RC_NOT_FOUND when it is not published. Reads some 20 files, whatever the size. */
enum rc ledger_prove(const char *from, const char *pub_path, uint64_t number, struct buf *out, struct problem *p) CHECKED;

/* What a proof says. The texts point into hold, which is the caller's; note, the checkpoint under it with its cosignatures, into the proof. */
struct ledger_proven { uint64_t size; struct ledger_entry e; struct str note; };
/* RC_BAD_INPUT when it is no proof, or proves nothing under that key. Here and below epochs_path: the published list of later keys, NULL none: it need not be believed. */
enum rc ledger_proof_check(struct str proof, const char *pub_path, const char *epochs_path, struct buf *hold, struct ledger_proven *r, struct problem *p) CHECKED;

/*
 * That what is published began as the checkpoint `old` says, STR_NONE from nothing (C2SP tlog-witness: the body that add-checkpoint asks for), appended to out. RC_BAD_INPUT when old is not
 * signed by this key; RC_CONFLICT when it is, and the files are another past: then the two together prove that the ledger was rewritten.
 */
enum rc ledger_prove_growth(const char *from, const char *pub_path, struct str old, struct buf *out, struct problem *p) CHECKED;
/* RC_BAD_INPUT when it is no such proof, or not of that checkpoint, or proves nothing under that key. */
struct ledger_grown { uint64_t before, size; };
enum rc ledger_growth_check(struct str proof, const char *pub_path, const char *epochs_path, struct str old, struct ledger_grown *r, struct problem *p) CHECKED;

/*
 * Reads every published file. v_r as of ledger_verify, beside: "tile" (the hashes are not those of the entries). old: a checkpoint that the auditor kept, STR_NONE
 * none: the entries must begin with what it signed, else "rewritten" at its size. note_r (NULL: not asked): the checkpoint that was judged, at its end.
 */
enum rc ledger_published_verify(const char *from, const char *pub_path, struct str old, struct buf *note_r, struct ledger_verdict *v_r, struct problem *p) CHECKED;

/*
 * What the witnesses of keys say of a checkpoint (the one judged above, or the one at the end of a proof). RC_BAD_INPUT when the ledger itself did not sign it.
 * STALE: older than fresh_s (0: never), or over the body of `old` instead. good: of how many distinct keys. One key twice in keys is refused (CONFLICT).
 */
enum ledger_cosigned { LEDGER_COSIGNED, LEDGER_COSIGN_MISSING, LEDGER_COSIGN_STALE, LEDGER_COSIGN_FALSE };
#define LEDGER_WITNESSES 16
struct ledger_witnessed { unsigned n, good; struct { char name[129]; enum ledger_cosigned is; int64_t at_s; } of[LEDGER_WITNESSES]; };
enum rc ledger_cosignatures_check(struct str note, const char *pub_path, const char *epochs_path, struct str keys, struct str old, int64_t now_s, int64_t fresh_s, struct ledger_witnessed *r, struct problem *p) CHECKED;

/* The newest signed head of a ledger directory or of published files: the note, and the same as one line of ASCII (ledger/head.h), at the end of the two. pub_path NULL: beside it. */
struct ledger_head_of { uint64_t size; char origin[30]; };
enum rc ledger_head_read(const char *dir, const char *pub_path, struct buf *note, struct buf *line, struct ledger_head_of *r, struct problem *p) CHECKED;
/*
 * All heads in a text (a checkpoint, a mail, a syslog receiver's file) against published files or a ledger directory. RC_NOT_FOUND when it holds none of this
 * ledger. good: each is signed and the directory begins with it; else bad_head is the first in the text that contradicts (from 1), and what says how: "signature"
 * (not this ledger's; told only when nothing worse is), "rewritten" (so many entries have another root), "truncated" (there are not so many). unsigned_n: of
 * the first kind. others: heads of other ledgers, not judged.
 * within_ms: 0, or how long at most from one kept head to the next and from the newest to the end, by the times of the entries that they end with (the log's own, not those of a mail):
 * gaps counts where it was longer; gap_from and gap_to are the sizes on both sides of the first, gap_ms its length. A head that never came is missed by that alone.
 */
struct ledger_heads { bool good; uint64_t heads, others, unsigned_n, smallest, largest, size, bad_head, bad_size, gaps, gap_from, gap_to; int64_t gap_ms; const char *what; };
enum rc ledger_heads_check(struct str text, const char *pub_path, const char *dir, int64_t within_ms, struct ledger_heads *r, struct problem *p) CHECKED;
#endif
