/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/watch.h: the fifth verb: calls that wait for a region to change. A version is a number of one counter of this vault, which begins at the clock's milliseconds at
 * each start: so it only grows, and after a restart every page reads again. A touch by a committed act gives its regions the counter's next number and wakes who
 * waits for them. BARRIER: whoever is waked is decided anew from its token on, so a session that is over, locked, or lost its unit hears nothing more; those are waked too.
 * In memory only, which is right where one vault is active (ARCHITECTURE §3). Thread-safe. Called by decide.c, act.c, enter.c, index.c, worker.c, door.c. Start at watch_wait.
 */
#ifndef HYGIE_GATE_WATCH_H
#define HYGIE_GATE_WATCH_H

#include "gate/decide.h"
#include "hospital/live.h"

#define WATCH_BEAT_MS 20000    /* waits are answered after so long though nothing changed: the front's heartbeat, and the look whether a session has gone idle */
#define WATCH_SESSION 4        /* of one session at once: a browser that speaks HTTP/1.1 opens six connections to a host */
#define WATCH_LANE 2048        /* of one front thread: half of what its line takes */

enum rc watch_open(struct gate *g, struct problem *p) CHECKED;
void watch_close(struct gate *g);                             /* nobody waits any more */
void watch_free(struct gate *g);
uint64_t watch_now(struct gate *g);                           /* the counter: read before a snapshot, it is the version of all that is read in it */
uint64_t watch_turns(struct gate *g);                         /* read before the token is looked at: see watch_wait */
bool watch_is(const struct look *l);                          /* the call is a wait */
/*
 * Of a call that is one, once it was authorised. TAKEN: it waits here, and is queued again. READY with RC_OK: there is something to say (watch_view says it). A refusal is in p.
 * turns: of before the session was found: one that ended meanwhile is not waited for.
 */
enum rc watch_wait(struct look *l, uint64_t turns, bool *taken_r, struct problem *p) CHECKED;
enum rc watch_view(struct look *l, const struct ask *k, struct rows *out, struct problem *p) CHECKED;
void watch_touched(struct gate *g, const struct live_set *s); /* after the commit */
void watch_turned(struct gate *g, uint64_t session, uint32_t account); /* that session was ended, locked or turned, or that account stopped: its waits are looked at anew */
void watch_beat(struct gate *g, int64_t now_ms);
/* Who waits on this lane comes back now: the one with this tag, or all. */
#define WATCH_ALL UINT32_MAX
void watch_cancel(struct gate *g, const struct gate_lane *lane, uint32_t tag);
void watch_drop(struct gate *g, const struct gate_lane *lane, struct gate_call *call); /* the same of one call, which need not wait yet */
#endif
