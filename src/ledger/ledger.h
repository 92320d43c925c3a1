/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/ledger.h: the append-only, hash-chained, signed log of every disclosure and act. Nothing is released and no act begins to be committed before its
 * entry is durable. It never updates an entry; the one thing that may ever be wiped is the personal part of an old one (salt and text), which leaves the chain valid.
 * Called by gate (and by hygie-verify, read-only). Start at struct ledger_entry, then ledger_append and ledger_when_durable.
 *
 * An entry's bytes are final: a transparency-log leaf of at most 65,535 bytes, length-prefixed by u16 in its segment (C2SP tlog-tiles bundle form), holding:
 * version, kind, number, time, previous entry's chain hash, the public facts below, and commitment = SHA-256(salt || personal part).
 * Chain: h(n) = SHA-256(h(n-1) || entry bytes). Tree: RFC 6962 over the same bytes (ledger/tree.h), whose root the checkpoints sign, so that one entry can
 * be proven without the others. The personal part (who, which patients, free reason) lies beside the entry with its 16-byte salt and is erasable.
 */
#ifndef HYGIE_LEDGER_LEDGER_H
#define HYGIE_LEDGER_LEDGER_H

#include "base/rights.h"
#include "base/rows.h"

#define LEDGER_ANSWER_NOTE "answer" /* of a RELEASE: whom an act's answer opens, charged before the act is committed; its OUTCOME tells who looked */
enum ledger_kind {            /* values are stored: never renumber */
	LEDGER_GENESIS    = 1,
	LEDGER_START      = 2,    /* the vault came up; note says how (clean, after crash, restored) */
	LEDGER_SESSION    = 3,    /* sign-in, refusal of sign-in, lock, unlock, sign-out, expiry: note = which */
	LEDGER_RELEASE    = 4,    /* a read that was released */
	LEDGER_REFUSAL    = 5,    /* a read or act that was refused, before it is told */
	LEDGER_INTENT     = 6,    /* an act about to be committed */
	LEDGER_OUTCOME    = 7,    /* what became of intent `about` */
	LEDGER_SNAPSHOT   = 8,    /* one identity's counters at a moment; a group of these ends with SNAPSHOT_END */
	LEDGER_SNAPSHOT_END = 9,
	LEDGER_CHECKPOINT = 10,   /* Ed25519 signature over (origin, size, root of the tree over all entries before it) */
	LEDGER_STOP       = 11,
	LEDGER_MARK       = 12,   /* an operator's verb that reveals no patient: migrate, reindex, backup, erase */
	LEDGER_ALARM      = 13,   /* the ladder of an account: note = proof (a proof of identity is asked for) or stop; route = which counter */
	LEDGER_EPOCH      = 14,   /* another key signs from here on (ledger/epochs.h): about = which epoch, its key and the signature of the one before */
	LEDGER_BIND       = 15,   /* the root of the patients' map (ledger/people.h): about = the last entry that it covers, rows = patients in it */
	LEDGER_KIND_LAST  = LEDGER_BIND,
};
enum explain {                /* stored: never renumber. Why an opening was allowed. */
	EXPLAIN_NONE = 0, EXPLAIN_UNIT = 1, EXPLAIN_APPOINTMENT = 2, EXPLAIN_AUTHOR = 3, EXPLAIN_TREATING = 4, EXPLAIN_SELF_MADE = 5,
	EXPLAIN_BREAK_GLASS = 6 /* a reason was given */, EXPLAIN_TICKET = 7, EXPLAIN_CREATED = 8, EXPLAIN_REVIEW = 9, EXPLAIN_EMERGENCY = 10 /* care that cannot wait */,
	EXPLAIN_ASKED = 11 /* a request, a task, a result waits */, EXPLAIN_TRANSFER = 12, EXPLAIN_ON_CALL = 13, EXPLAIN_HANDED = 14, EXPLAIN__LAST = EXPLAIN_HANDED,
};
struct ledger_patient { int64_t patient; unsigned char explain; unsigned char tier; bool draw; /* counts: the first opening in the sliding 24 h, and again half a day later (gate/budget.c) */ };
struct ledger_entry {
	/* public part */
	unsigned char kind, surface, rc, tier;   /* tier: the highest released */
	unsigned char reveals;                   /* enum reveals */
	uint16_t why;                            /* enum why at refusal */
	uint32_t rows, draws, draws_unexplained;
	uint64_t about;                          /* INTENT number for OUTCOME; first number of the group for SNAPSHOT_END; evidence after a RELEASE or INTENT (gate/ladder.h); the export of a RELEASE that is one (gate/stream.h) */
	int64_t at_ms;                           /* set by append: never goes back along the ledger */
	struct str route;                        /* route template, view or act name: program literals only */
	struct str note;                         /* program literals only: "sign_in", "locked", … */
	/* personal part */
	uint32_t account; uint64_t session;      /* 0 when none; session = short number, not the token */
	struct str unit;                         /* unit the person worked in */
	struct str from;                         /* remote address, sealed (gate/order.c) */
	struct str text;                         /* reason typed at break-glass, sealed by the caller; ticket number …; at most 541 bytes */
	const struct ledger_patient *patients; uint32_t n_patients;   /* at most 2,000 */
	/* set by append and by readers */
	uint64_t number;
	struct str bytes;                        /* readers: the public part as it lies in the ledger */
	bool erased;                             /* readers: the personal part was wiped, the fields above it are empty */
};

struct ledger;
struct ledger_settings {
	const char *dir;               /* made if absent, 0700 */
	uint64_t segment_bytes;        /* default 64 MiB, preallocated */
	bool read_only;
	uint64_t epoch_s;              /* another key after so long; 0: only when ledger_epoch_next is called */
	uint64_t bind_s;               /* ledger_bind at open and after so long, by a thread of its own; 0: only when it is called */
};
/*
 * Opens, finds the last whole entry (a torn tail is cut back to it and noted), takes a lock (a second writer is refused: CONFLICT), and starts the flusher.
 * The signing key (Ed25519) is DIR/ledger.key 0400, made at first use; DIR/ledger.pub, the first one's public half, beside it. RC_BROKEN CORRUPT when the chain does not join.
 */
enum rc ledger_open(const struct ledger_settings *s, struct ledger **l_r, struct problem *p) CHECKED;
void ledger_close(struct ledger **l);                        /* flush, checkpoint, STOP entry */

/*
 * From now on another key signs, drawn here: certified by the one before in an EPOCH entry, which is durable on return, and in DIR/epochs; the one before is erased from
 * memory and from its file. Killed at any moment, the next open has the one key or the other, and finishes. RC_RETRY: the change before is not finished. A few flushes.
 */
enum rc ledger_epoch_next(struct ledger *l, struct problem *p) CHECKED;
unsigned ledger_epoch(struct ledger *l); /* the present one; 0: the first */

/*
 * The patients' map (ledger/people.h) up to what is durable, and its root in a BIND entry. Reads what came since the last one; writes the map anew (130 bytes a patient).
 * Seconds for a million entries; appends and reads go on. RC_RETRY: the ledger closes, or the entry found no room.
 */
enum rc ledger_bind(struct ledger *l, struct problem *p) CHECKED;

/*
 * Give the entry its number, its time and its place. Thread-safe, never waits for the disk. RC_BROKEN (LEDGER_DOWN) once a write or flush has failed: for
 * ever. RC_RETRY (BUSY) when 16 MiB already wait for the flush. RC_LIMIT: route, note, unit, from over 255 bytes, text over 541, patients over 2,000.
 * GENESIS, CHECKPOINT, STOP, EPOCH and BIND are the ledger's own.
 */
enum rc ledger_append(struct ledger *l, struct ledger_entry *e, struct problem *p) CHECKED;
/* Call back when entry `number` and all before are durable (ok), or the ledger failed (!ok). On the flusher thread, at once when already so; must be quick. */
struct ledger_wait { void (*done)(struct ledger_wait *w, bool ok); uint64_t number; struct ledger_wait *next; };
void ledger_when_durable(struct ledger *l, struct ledger_wait *w);
void ledger_want(struct ledger *l, uint64_t number);         /* somebody will wait for it soon: flush now; never waits */
bool ledger_sync(struct ledger *l, uint64_t number);         /* blocks; the writer's before_commit and the index's own thread only */
uint64_t ledger_head(struct ledger *l);                      /* last number given */
uint64_t ledger_durable(struct ledger *l);
/* Median of 20 single fdatasync of 4 KiB at open, µs: the start-up warning stands on it (< 20: the flush is probably ignored; > 20,000: too slow). */
uint64_t ledger_flush_us(const struct ledger *l);
struct ledger_stats { uint64_t appended, flushes, bytes; };
struct ledger_stats ledger_stats(struct ledger *l);

/* Read entries from `first` on, durable ones only, in order; each returns false to stop. Strings live during the call. Safe beside appends. */
struct ledger_each { bool (*entry)(struct ledger_each *e, const struct ledger_entry *entry); };
enum rc ledger_read(struct ledger *l, uint64_t first, struct ledger_each *each, struct problem *p) CHECKED;
/* Number of the first entry of the last complete snapshot group, 0 when none: where folding starts. */
uint64_t ledger_last_snapshot(struct ledger *l);
/*
 * Wipe the personal parts of entries before a moment (retention). Chain and signatures stay valid. A MARK entry "erase_personal" with about = the moment (ms)
 * comes first; the verifier accepts an empty part only under such a mark. Not from inside ledger_read.
 */
enum rc ledger_erase_personal(struct ledger *l, int64_t before_ms, uint64_t *erased_r, struct problem *p) CHECKED;
uint64_t ledger_wiped(struct ledger *l);                     /* up to this entry all personal parts are wiped; 0 none */

/*
 * A report signed with the ledger's key, appended to out: text ends with a line feed and does not begin as a checkpoint does. And whether such a note is: text_r is the
 * text in it. RC_BAD_INPUT: it is not, or was changed. pub_path: a copy of ledger.pub; epochs_path: of the list of later keys, NULL none. It does not say of which epoch it should be.
 */
void ledger_note(struct ledger *l, struct str text, struct buf *out);
const char *ledger_origin(const struct ledger *l);
enum rc ledger_note_check(struct str note, const char *pub_path, const char *epochs_path, struct str *text_r, struct problem *p) CHECKED;
/*
 * The verifier: needs only the directory (or a copy) and a public key, the first or a later one (pub_path NULL: DIR/ledger.pub, which proves less: keep a copy elsewhere).
 * DIR/epochs is not believed: the entries have it all. Reads every byte; names the first bad entry. What is missing at the end is named by the number after the last good one. RC_OK with good = false is a bad ledger;
 * another rc means that it could not be read at all. Of a ledger being written, verify a copy: a flush half way looks "torn".
 */
#define LEDGER_UNSIGNED_MS 60000 /* a ledger at work signs within a second: an end that is older and not signed is "unsigned" */
struct ledger_verdict {
	bool good; uint64_t entries, checkpoints, first_bad, erased;
	const char *what; /* literal: "chain", "commitment", "signature", "signature of an earlier version", "number", "time", "torn", "truncated", "epoch" (a key that the one before did not certify, or one that never came), "unsigned" */
	char head[65], root[65];
	unsigned epochs;       /* keys after the first */
	uint64_t unsigned_n;   /* entries behind the last signature */
	int64_t signed_ms;     /* when that was made; INT64_MIN never */
};
enum rc ledger_verify(const char *dir, const char *pub_path, uint64_t expect_at_least, struct ledger_verdict *v_r, struct problem *p) CHECKED;
#endif
