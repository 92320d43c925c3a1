/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/inner.h: the open ledger as the files of this room share it. Never included outside src/ledger.
 * One mutex (lock) guards what says so; the flusher owns the current segment; the tender makes what may take its time: the next segment,
 * DIR/checkpoint and DIR/index. Start at struct ledger, then ledger.c (append), flusher.c, tender.c, tail.c (open).
 */
#ifndef HYGIE_LEDGER_INNER_H
#define HYGIE_LEDGER_INNER_H

#include "ledger/disk.h"
#include "ledger/epochs.h"
#include "ledger/signing.h"
#include "ledger/tree.h"

#include "base/arena.h"

#include <pthread.h>

#define SEGMENT_DEFAULT (UINT64_C(64) << 20)
#define SEGMENT_LEAST   (UINT64_C(64) << 10) /* tests roll over often; more than one record of the longest */
_Static_assert(SEGMENT_LEAST > 2 * RECORD_MAX, "a segment must hold a record");
#define SIGN_EVERY      4096                 /* entries from one CHECKPOINT to the next, at most; the verifier insists on it */
#define SIGN_NS         UINT64_C(700000000)  /* and this long after the first entry that is not signed: with its flush and the file, an entry is proven within a second (bench/ledger.c) */
#define BATCH_MAX       (16u << 20)          /* bytes of one flush: 40,000 entries and more; also how far behind the end a torn tail can reach */
#define BATCH_EAGER     (1u << 20)           /* so much is flushed though nobody waits for it */
#define BATCH_RESERVE   4096u                /* for our own CHECKPOINT, EPOCH, BIND and STOP on a full batch */
#define KEY_FILE        "ledger.key"
#define KEY_NEXT        "ledger.key.next"    /* from before its EPOCH entry until the key before is erased */

/* Entries that wait for one flush. */
struct batch {
	struct buf bytes;
	uint64_t first, last;
	uint64_t snapshot;                 /* first number of the last group that ends in it; 0 none */
	uint64_t signed_number;            /* its last CHECKPOINT, 0 none; at `signed_at` in bytes */
	size_t signed_at;
	struct tree signed_tree;           /* of the entries before that one: whose root it signs */
	unsigned char signed_root[SHA_LEN]; /* with it: for DIR/checkpoint */
};
/* A durable CHECKPOINT entry: what DIR/checkpoint (number, root with it) and DIR/index (place, tree before it) say. */
struct milestone { uint64_t number; unsigned char root[SHA_LEN]; struct tree tree; uint32_t segment; uint64_t at; };
/* DIR/index: derived, signed with the ledger's key, rebuilt by reading when absent or not ours. */
struct places { struct milestone milestone; /* without root */ uint64_t snapshot, wiped; uint64_t *firsts; uint32_t n; };

struct ledger {
	int dir, lock_fd;
	bool read_only;
	uint64_t segment_bytes, flush_us;
	struct signing_key key;            /* of the last epoch; changes under lock and milestone_lock both. Reading only: its public half */
	struct epochs epochs;              /* changes under milestone_lock */
	unsigned epochs_written;           /* how many DIR/epochs holds */
	bool key_waits;                    /* the key lies in KEY_NEXT still */
	uint64_t epoch_ns, turned_ns;      /* a new one after so long, 0 never; when the present one began */
	uint64_t bind_ns;                  /* between two roots of the patients' map, 0 none */
	pthread_t flusher, tender, binder;
	bool threads, binds;

	pthread_mutex_t lock;
	pthread_cond_t to_flusher, to_tender, to_binder, spare_made;
	/* under lock */
	struct chain head;                 /* last entry given */
	struct tree tree;                  /* over all of them */
	struct batch batches[2], *pending;
	uint32_t unsigned_n;               /* entries since the last CHECKPOINT */
	uint64_t unsigned_ns;              /* when the first of them came */
	uint64_t durable, snapshot, wiped;
	uint64_t wanted;                   /* highest number somebody waits for */
	bool flusher_idle, stop, tender_stop, broken;
	const char *broken_what;           /* literal */
	int broken_errno;
	struct ledger_wait *waits;         /* unordered */
	uint64_t *firsts;                  /* number of the first entry of segment i + 1 */
	uint32_t segments, firsts_cap;     /* segments that hold entries */
	struct milestone milestone;
	uint64_t milestone_written;        /* number of the one that DIR/checkpoint holds */
	struct ledger_stats stats;
	int spare_fd, spare_errno;         /* the next segment, -1 none yet */
	bool spare_wanted, spare_needed, spare_failed;
	/* the flusher's own (and open's, before it starts) */
	int fd;
	uint32_t segment;
	uint64_t at, size;
	/* the tender's own (and open's and close's, while it does not run) */
	uint64_t milestone_ns, spare_tried_ns;
	pthread_mutex_t milestone_lock;    /* one writer of DIR/checkpoint and DIR/index at a time; taken before lock */
	pthread_mutex_t bind_lock;         /* one map at a time; taken before all others */
	/* a wipe and the readers exclude each other */
	pthread_rwlock_t wiping;
};

/* ledger.c: append while the lock is held. extra: for GENESIS and CHECKPOINT. May use the reserve. */
enum rc ledger_put_locked(struct ledger *l, struct ledger_entry *e, struct str extra, struct problem *p) CHECKED;
void ledger_sign_locked(struct ledger *l);               /* a CHECKPOINT over everything given so far */
void ledger_broken_locked(struct ledger *l, const char *what, int why);
bool ledger_firsts_push(struct ledger *l, uint64_t first); /* under lock, or before the threads start */
void ledger_answer(struct ledger *l);                    /* call back the waits that are decided; takes and gives back the lock */

void *flusher_main(void *ledger);
void *tender_main(void *ledger);
/* Writes DIR/checkpoint, then DIR/index, for the last milestone. */
enum rc tender_write_milestone(struct ledger *l, struct problem *p) CHECKED;

/*
 * turn.c: the change of the key. turn: milestone_lock held; number_r: an entry that the new key signed, durable soon. finish: milestone_lock held, and the EPOCH entry durable:
 * DIR/epochs, then the key before is erased. take: at open, the key of the last epoch, from whichever file it lies in.
 */
enum rc turn_begin(struct ledger *l, uint64_t *number_r, struct problem *p) CHECKED;
enum rc turn_finish(struct ledger *l, struct problem *p) CHECKED;
enum rc turn_take_key(struct ledger *l, struct problem *p) CHECKED;
bool turn_is_due(const struct ledger *l, uint64_t now_ns); /* lock held */

enum rc places_read(struct ledger *l, struct places *places_r, struct problem *p) CHECKED; /* RC_NOT_FOUND when absent or not ours */
void places_done(struct places *places);
enum rc places_write(struct ledger *l, const struct places *places, struct problem *p) CHECKED;

/* tail.c: what the last run left. Fills head, tree, segment, at, size, fd, firsts, snapshot, wiped, milestone, unsigned_n. */
struct tail { bool fresh; /* no entry yet */ uint64_t cut; /* bytes of a torn tail, zeroed */ };
enum rc tail_recover(struct ledger *l, struct tail *tail_r, struct problem *p) CHECKED;

enum rc wipe_resume(struct ledger *l, struct problem *p) CHECKED; /* finishes a wipe that a crash cut short */
#endif
