/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/inside.h: what the gate's own files share: the open vault, a desk (what one deciding thread holds) and a task (a call under way).
 * Nobody outside of the gate may include it. Start at struct task, then decide.c.
 */
#ifndef HYGIE_GATE_INSIDE_H
#define HYGIE_GATE_INSIDE_H

#include <stdatomic.h>

#include "gate/asks.h"
#include "gate/authorise.h"
#include "gate/budget.h"
#include "gate/release.h"
#include "gate/session.h"
#include "base/map.h"
#include "hospital/hospital.h"
#include "ledger/ledger.h"

struct order;     /* order.h: the one lock that joins ledger order and counters */
struct workers;   /* worker.h */
struct pool;      /* pool.h: slow work: passwords, imports */
struct index;     /* index.h */
struct stream;    /* stream.h */
struct throttle;  /* throttle.h */
struct clients;   /* clients.h */
struct listener;  /* listen.c */
struct challenges; /* challenge.h */
struct touch_site; /* touch.h: whom passkeys are made for */
struct remote;    /* listen.c: this gate is a connection to another process */
struct doors;     /* door.h: front processes that call this vault */
struct lines;     /* line.h: this gate is a front process' */
struct watch;     /* watch.h: who waits for what to change */

struct gate {
	struct gate_settings set;
	char *dir;
	int lock_fd;
	struct db *db;
	struct ledger *ledger;
	struct sessions *sessions;
	struct order *order;
	struct workers *workers;
	struct pool *pool;
	struct index *index;
	struct stream *stream;
	struct judge judge;             /* what hospital asks the gate */
	struct throttle *throttle;
	struct clients *clients;
	struct challenges *challenges;
	struct touch_site *site;        /* NULL: no passkeys */
	struct map64 canaries;          /* surrogates of people who do not exist; read at the start, never changes after */
	struct listener *listener;
	struct remote *remote;
	struct doors *doors;
	struct lines *lines;
	struct watch *watch;
	atomic_bool rotating;           /* the instance key: one order at a time */
	atomic_bool forgetting;         /* the same of what is kept no longer */
	atomic_uint acts_under_way;     /* given to the writer and not yet back: close waits for them */
	_Atomic uint64_t generation;    /* grows when an act was committed: cached facts are of one generation */
	_Atomic uint64_t calls, released, refused;
	_Atomic int64_t plan_until_ms;  /* of the counters, for every answer to say */
};

/* What one thread that decides holds. */
#define DESK_FACTS 1024
struct desk_fact { uint32_t account; int64_t patient, at_ms, until_ms; uint64_t generation, unit; enum explain explain; };
struct desk {
	struct gate *g;
	struct db_conn *db;
	struct arena arena;             /* of the call being decided */
	int64_t txn, epoch, now_ms;     /* of the snapshot open now */
	uint64_t version;               /* read before it was taken: of all that is read in it (watch.h) */
	bool specials;                  /* some chart holds specially sensitive data */
	uint64_t generation;            /* read before the snapshot was taken: what is cached under it is at least that new */
	struct desk_fact *facts;        /* cache: direct-mapped */
};
enum rc desk_open(struct gate *g, struct desk *d, struct problem *p) CHECKED;
void desk_done(struct desk *d);
enum rc desk_begin(struct desk *d, struct problem *p) CHECKED;  /* a snapshot; reads clock, epoch, transaction */
void desk_end(struct desk *d);

enum phase { PHASE_NEW, PHASE_AFTER_ACT };
struct act_run;
struct task {
	struct gate_call call;          /* first: a call is a task */
	struct gate_lane *lane;
	struct task *batch_next;        /* in the workers' queue: the next list */
	enum phase phase;
	uint64_t number;                /* ledger entry that must be durable before the answer goes; 0 none */
	uint64_t index_needs;           /* the access index must have reached this; 0 not asked yet */
	struct act_run *act;
	atomic_bool waited;             /* waits for a change no more (watch.h) */
	uint32_t tag;                   /* its number on a line, at both ends */
};
#define TASK_OF(c) ((struct task *)(void *)(c))

/* Where the answer to a call goes from here. */
enum fate { FATE_READY /* wait for task.number, then hand over */, FATE_TAKEN /* somebody else goes on with it */, FATE_READS /* from enter_start only: refused for what was typed, and reads follow */ };
#endif
