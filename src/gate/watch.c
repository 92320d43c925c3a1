/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/watch.c: see watch.h. What regions were touched last is kept by mark in a table of fixed size: two marks in one place cost a read too many, never one too few.
 * Must never answer a wait by itself: who is waked goes through decide.c. Start at watch_wait, then wake.
 */
#include "gate/watch.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "gate/explain.h"
#include "gate/worker.h"

#define PLACES (1u << 16)
#define LEFT 64u           /* between being posted and waiting lie some milliseconds; one that is forgotten here waits for a beat */

struct waits { struct task *t; struct waits *next; uint64_t mark, since, session; uint32_t account; int64_t from_ms; };
struct watch {
	pthread_mutex_t lock;
	_Atomic uint64_t now, turns;
	uint64_t all;                  /* of the last touch of everything, at first of the start */
	uint64_t last[PLACES];         /* 0: not since the start */
	struct waits *waits;
	struct { const struct gate_lane *lane; uint32_t tag; } left[LEFT]; unsigned n_left; /* cancelled before they waited: a ring */
	bool closing;
};

static void session_turned(void *of, uint64_t session, uint32_t account)
{
	watch_turned(of, session, account);
}

enum rc watch_open(struct gate *g, struct problem *p)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for what is watched");
	pthread_mutex_init(&w->lock, NULL);
	w->all = (uint64_t)clock_ms();
	atomic_init(&w->now, w->all);
	g->watch = w;
	sessions_tell(g->sessions, session_turned, g);
	return RC_OK;
}

uint64_t watch_now(struct gate *g) { return g->watch ? atomic_load(&g->watch->now) : 0; }
uint64_t watch_turns(struct gate *g) { return g->watch ? atomic_load(&g->watch->turns) : 0; }

/* Locked. */
static uint64_t version(const struct watch *w, uint64_t mark)
{
	uint64_t at = w->last[mark % PLACES];
	return at > w->all ? at : w->all;
}

struct which { bool all; uint64_t session; uint32_t account; int64_t before_ms; const struct gate_lane *lane; const struct gate_call *call; uint32_t tag; };

static bool is_waked(const struct watch *w, const struct which *k, const struct waits *one)
{
	if (k->all || (k->session && one->session == k->session) || (k->account && one->account == k->account))
		return true;
	if (k->session || k->account)
		return false;
	if (k->lane)
		return one->t->lane == k->lane && (k->call ? &one->t->call == k->call : k->tag == WATCH_ALL || one->t->tag == k->tag);
	return k->before_ms ? one->from_ms <= k->before_ms : version(w, one->mark) > one->since;
}

/* Takes out under the lock, queues without it. How many. */
static unsigned wake(struct gate *g, struct which k)
{
	struct watch *w = g->watch;
	struct waits *gone = NULL;
	pthread_mutex_lock(&w->lock);
	for (struct waits **at = &w->waits, *one; (one = *at) != NULL;)
		if (is_waked(w, &k, one)) {
			*at = one->next;
			one->next = gone;
			gone = one;
		} else {
			at = &one->next;
		}
	pthread_mutex_unlock(&w->lock);
	unsigned n = 0;
	for (struct waits *next; gone; gone = next, n++) {
		next = gone->next;
		gone->t->call.next = NULL;
		worker_queue(g, gone->t);
		free(gone);
	}
	return n;
}

void watch_touched(struct gate *g, const struct live_set *s)
{
	struct watch *w = g->watch;
	if (!w || (!s->n && !s->all))
		return;
	pthread_mutex_lock(&w->lock);
	uint64_t now = atomic_fetch_add(&w->now, 1) + 1;
	for (unsigned i = 0; i < s->n; i++)
		w->last[s->at[i] % PLACES] = now;
	if (s->all)
		w->all = now;
	pthread_mutex_unlock(&w->lock);
	(void)wake(g, (struct which){ .all = false });
}

void watch_turned(struct gate *g, uint64_t session, uint32_t account)
{
	if (!g->watch)
		return;
	pthread_mutex_lock(&g->watch->lock);
	atomic_fetch_add(&g->watch->turns, 1);
	pthread_mutex_unlock(&g->watch->lock);
	(void)wake(g, (struct which){ .session = session, .account = account });
}

void watch_beat(struct gate *g, int64_t now_ms)
{
	if (g->watch)
		(void)wake(g, (struct which){ .before_ms = now_ms - WATCH_BEAT_MS });
}

void watch_cancel(struct gate *g, const struct gate_lane *lane, uint32_t tag)
{
	struct watch *w = g->watch;
	if (!w || wake(g, (struct which){ .lane = lane, .tag = tag }) || tag == WATCH_ALL)
		return;
	pthread_mutex_lock(&w->lock);
	w->left[w->n_left % LEFT].lane = lane;
	w->left[w->n_left++ % LEFT].tag = tag;
	pthread_mutex_unlock(&w->lock);
}

void watch_drop(struct gate *g, const struct gate_lane *lane, struct gate_call *call)
{
	atomic_store(&TASK_OF(call)->waited, true); /* it may be on its way to wait */
	if (g->watch)
		(void)wake(g, (struct which){ .lane = lane, .call = call });
}

void watch_close(struct gate *g)
{
	if (!g->watch)
		return;
	pthread_mutex_lock(&g->watch->lock);
	g->watch->closing = true;
	pthread_mutex_unlock(&g->watch->lock);
	(void)wake(g, (struct which){ .all = true });
}

void watch_free(struct gate *g)
{
	if (!g->watch)
		return;
	pthread_mutex_destroy(&g->watch->lock);
	free(g->watch);
	g->watch = NULL;
}

/* ---- a call ---- */

bool watch_is(const struct look *l)
{
	return l->asks.n == 1 && l->asks.at[0].kind == ASK_VIEW && str_eq(l->asks.at[0].name, "watch");
}

/* BARRIER: a right of the region's row; and of a patient a live fact that joins this person to him now. */
static enum rc mark_of(struct look *l, const struct ask *k, uint64_t *mark_r, struct problem *p)
{
	const struct live_region *r = live_region(decide_arg(k, "region"));
	struct str key = decide_arg(k, "key");
	int64_t patient, until;
	if (!r)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "region", "no such region");
	if (!l->seat || l->seat->actor.machine || !(l->may & r->may))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "region not for this role");
	if (l->d->g->judge.stopped(l->d->g->judge.of, l->seat->actor.account))
		return problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "stopped");
	switch (r->of) {
	case LIVE_OF_HOUSE:
		*mark_r = live_mark_house(r->live);
		return RC_OK;
	case LIVE_OF_UNIT:
		*mark_r = live_mark_unit(r->live, key);
		return fhir_is_id(key) ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "key", "no unit");
	case LIVE_OF_PATIENT:
		break;
	}
	patient = fhir_is_id(key) ? record_patient_rid(l->d->db, key) : 0;
	if (patient > 0)
		l->about = patient;
	if (patient <= 0 || explain_find(l->d, l->seat, patient, &until) == EXPLAIN_NONE)
		return decide_unknown(l, patient, true, p);
	*mark_r = live_mark_patient(r->live, patient);
	return RC_OK;
}

/* Locked. */
static bool has_room(const struct watch *w, const struct look *l)
{
	unsigned session = 0, lane = 0;
	for (const struct waits *one = w->waits; one; one = one->next) {
		session += one->session == l->seat->session;
		lane += one->t->lane == l->t->lane;
	}
	return session < WATCH_SESSION && lane < WATCH_LANE;
}

/* Locked. Nobody is there any more to hear of it. */
static bool was_left(struct watch *w, const struct task *t)
{
	for (unsigned i = 0; i < LEFT; i++)
		if (w->left[i].lane == t->lane && w->left[i].tag == t->tag) {
			w->left[i].lane = NULL;
			return true;
		}
	return false;
}

enum rc watch_wait(struct look *l, uint64_t turns, bool *taken_r, struct problem *p)
{
	struct watch *w = l->d->g->watch;
	const struct ask *k = &l->asks.at[0];
	uint64_t mark, since;
	*taken_r = false;
	enum rc rc = mark_of(l, k, &mark, p);
	if (rc != RC_OK || atomic_load(&l->t->waited) || str_u64(decide_arg(k, "since"), &since) != RC_OK)
		return rc; /* who waited, or asks how it stands, is answered */
	struct waits *one = malloc(sizeof *one);
	if (!one)
		return problem_set(p, RC_RETRY, WHY_BUSY, "", "no memory to wait");
	*one = (struct waits){ .t = l->t, .mark = mark, .since = since, .session = l->seat->session, .account = l->seat->actor.account, .from_ms = clock_ms() };
	pthread_mutex_lock(&w->lock);
	bool left = was_left(w, l->t), room = left || has_room(w, l), waits = !left && room && !w->closing && atomic_load(&w->turns) == turns && version(w, mark) <= since;
	waits = waits && !atomic_exchange(&l->t->waited, true);
	if (waits) {
		one->next = w->waits;
		w->waits = one;
	}
	pthread_mutex_unlock(&w->lock);
	*taken_r = waits;
	if (!waits)
		free(one);
	return room ? RC_OK : problem_set(p, RC_RETRY, WHY_BUSY, "", "waits for too much");
}

/* "watch": region, key, since (a version; none: asks how it stands) → set "watch": version. It waits until the region has a newer one, or for WATCH_BEAT_MS. */
enum rc watch_view(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct watch *w = l->d->g->watch;
	uint64_t mark;
	enum rc rc = mark_of(l, k, &mark, p);
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&w->lock);
	uint64_t at = version(w, mark);
	pthread_mutex_unlock(&w->lock);
	rows_set(out, "watch");
	rows_row(out);
	rows_col_i64(out, "version", (int64_t)at);
	return RC_OK;
}
