/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/worker.c: see worker.h. Each worker has a desk of its own, and so has each lane, for what is too brief to be handed over. A flight is a decided list on its way: it lands when the ledger says that its highest entry
 * is durable, on the flusher's thread, and is only linked into the lane and waked there. If the ledger failed, every answer of the flight becomes LEDGER_DOWN.
 */
#include "gate/worker.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "gate/decide.h"
#include "gate/line.h"
#include "gate/listen.h"
#include "gate/watch.h"

#define TIMES 512 /* decision times: by 0.25 µs up to 64 µs, then by 4 µs */

struct worker { struct gate *g; struct desk desk; pthread_t thread; bool started; struct worker *next; _Atomic uint64_t times[TIMES]; };
struct workers {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct task *head, *tail;   /* lists, by batch_next */
	bool stop;
	struct worker *lanes;       /* the desks of open lanes */
	uint64_t times[TIMES];      /* of lanes that were closed */
	unsigned n;
	struct worker at[];
};

/* ---- lanes ---- */

struct gate_lane {
	pthread_mutex_t lock;
	pthread_cond_t back;
	int fd;                     /* -1: somebody waits on the condition instead */
	struct gate *g;
	struct gate_call *head, *tail;
	unsigned under_way;
	struct worker *own;         /* for brief lists, on the thread that posts; NULL: all go to the workers */
	struct line *line;          /* of a front process: the calls go to the vault over it, and nothing above is used */
};
static void run_list(struct worker *w, struct task *list);

static bool lane_init(struct gate_lane *lane, struct gate *g, bool with_fd)
{
	*lane = (struct gate_lane){ .fd = -1, .g = g };
	if (with_fd && (lane->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		return false;
	pthread_mutex_init(&lane->lock, NULL);
	pthread_cond_init(&lane->back, NULL);
	return true;
}

static void lane_done(struct gate_lane *lane)
{
	if (lane->fd >= 0)
		close(lane->fd);
	pthread_mutex_destroy(&lane->lock);
	pthread_cond_destroy(&lane->back);
}

/* A lane without a desk of its own works too: its lists all go to the workers. */
static struct worker *own_desk(struct gate *g)
{
	struct problem p;
	struct worker *w = g->remote ? NULL : calloc(1, sizeof *w);
	if (!w)
		return NULL;
	w->g = g;
	if (desk_open(g, &w->desk, &p) != RC_OK) {
		log_problem(LOG_WARN, "lane_desk", &p);
		free(w);
		return NULL;
	}
	pthread_mutex_lock(&g->workers->lock);
	w->next = g->workers->lanes;
	g->workers->lanes = w;
	pthread_mutex_unlock(&g->workers->lock);
	return w;
}

static void own_desk_done(struct worker *w)
{
	struct workers *all = w->g->workers;
	pthread_mutex_lock(&all->lock);
	for (struct worker **at = &all->lanes; *at; at = &(*at)->next)
		if (*at == w) {
			*at = w->next;
			break;
		}
	for (unsigned k = 0; k < TIMES; k++)
		all->times[k] += atomic_load_explicit(&w->times[k], memory_order_relaxed);
	pthread_mutex_unlock(&all->lock);
	desk_done(&w->desk);
	free(w);
}

struct gate_lane *gate_lane_open(struct gate *g)
{
	struct gate_lane *lane = malloc(sizeof *lane);
	if (lane && (!lane_init(lane, g, !g->lines) || (g->lines && !(lane->line = line_open(g))))) {
		free(lane);
		return NULL;
	}
	if (lane && !lane->line)
		lane->own = g->db && db_is_server(db_path(g->db)) ? NULL : own_desk(g); /* a server's answer is waited for by a worker, never by a thread with connections */
	return lane;
}

int gate_lane_fd(const struct gate_lane *lane) { return lane->line ? line_fd(lane->line) : lane->fd; }

void lane_back(struct gate_lane *lane, struct gate_call *head, struct gate_call *tail, unsigned n)
{
	tail->next = NULL;
	pthread_mutex_lock(&lane->lock);
	bool was_empty = lane->head == NULL;
	if (was_empty)
		lane->head = head;
	else
		lane->tail->next = head;
	lane->tail = tail;
	lane->under_way -= n;
	/* All of it under the lock: the one who waits may take the lane down as soon as it is free. */
	uint64_t one = 1;
	if (lane->fd >= 0 && was_empty && write(lane->fd, &one, sizeof one) < 0)
		log_event(LOG_ERROR, "lane_wake", LOG_END);
	pthread_cond_broadcast(&lane->back);
	pthread_mutex_unlock(&lane->lock);
}

struct gate_call *gate_lane_take(struct gate_lane *lane)
{
	uint64_t n;
	if (lane->line)
		return line_take(lane->line);
	pthread_mutex_lock(&lane->lock);
	if (lane->fd >= 0 && read(lane->fd, &n, sizeof n) < 0)
		n = 0; /* nothing was signalled: the list below is the truth */
	struct gate_call *list = lane->head;
	lane->head = lane->tail = NULL;
	pthread_mutex_unlock(&lane->lock);
	return list;
}

void gate_unwatch(struct gate_lane *lane, struct gate_call *call)
{
	if (lane->line)
		line_unwatch(lane->line, TASK_OF(call)->tag);
	else
		watch_drop(lane->g, lane, call);
}

void gate_lane_close(struct gate_lane **lane)
{
	if (!*lane)
		return;
	pthread_mutex_lock(&(*lane)->lock);
	while ((*lane)->under_way > 0)
		pthread_cond_wait(&(*lane)->back, &(*lane)->lock);
	struct gate_call *list = (*lane)->head;
	pthread_mutex_unlock(&(*lane)->lock);
	if ((*lane)->line) {
		line_wait((*lane)->line);
		list = line_take((*lane)->line);
	}
	while (list) {
		struct gate_call *next = list->next;
		gate_call_done(&list);
		list = next;
	}
	if ((*lane)->own)
		own_desk_done((*lane)->own);
	lane_done(*lane);
	free(*lane);
	*lane = NULL;
}

/*
 * A list of single reads by machines takes less time than to wake somebody for it: two index probes each. Whatever may take longer (a page, a search, an act)
 * would hold up the other connections of the thread that posts, and goes to a worker.
 */
static bool is_brief(const struct gate_call *list)
{
	const struct gate_call *c = list;
	while (c && c->bearer && c->asks.n == 1 && asks_is_read(&c->asks))
		c = c->next;
	return c == NULL;
}

static void post(struct gate *g, struct gate_lane *lane, struct gate_call *list)
{
	unsigned n = 0;
	for (struct gate_call *c = list; c; c = c->next) {
		struct task *t = TASK_OF(c);
		t->lane = lane;
		t->phase = PHASE_NEW;
		t->number = t->index_needs = 0;
		n++;
	}
	pthread_mutex_lock(&lane->lock);
	lane->under_way += n;
	pthread_mutex_unlock(&lane->lock);
	if (g->remote)
		remote_queue(g, TASK_OF(list));
	else if (lane->own && is_brief(list))
		run_list(lane->own, TASK_OF(list));
	else
		worker_queue(g, TASK_OF(list));
}

void gate_post(struct gate *g, struct gate_lane *lane, struct gate_call *list)
{
	if (list && lane->line)
		line_post(lane->line, list);
	else if (list)
		post(g, lane, list);
}

void gate_run(struct gate *g, struct gate_call *call)
{
	struct gate_lane lane;
	call->next = NULL;
	if (g->lines) {
		line_run(g, call);
		return;
	}
	MUST(lane_init(&lane, g, false));
	post(g, &lane, call);
	pthread_mutex_lock(&lane.lock);
	while (!lane.head)
		pthread_cond_wait(&lane.back, &lane.lock);
	pthread_mutex_unlock(&lane.lock);
	lane_done(&lane);
}

/* ---- flights ---- */

struct flight { struct ledger_wait wait; struct db_wait seen; struct gate *g; struct gate_call *head; };

static void land(struct gate_call *list)
{
	/* A list may hold calls of several lanes only when it was made of single tasks: then each goes back alone. */
	while (list) {
		struct gate_call *head = list, *tail = list;
		struct gate_lane *lane = TASK_OF(list)->lane;
		unsigned n = 1;
		while (tail->next && TASK_OF(tail->next)->lane == lane) {
			tail = tail->next;
			n++;
		}
		list = tail->next;
		lane_back(lane, head, tail, n);
	}
}

void worker_refuse_down(struct gate *g, struct task *t)
{
	struct problem p;
	(void)g;
	(void)!problem_set(&p, RC_BROKEN, WHY_LEDGER_DOWN, "", "entry not durable");
	release_refuse(t->call.release, &p);
	t->call.release->act_rc = RC_OK;
}

static void refuse_lost(struct task *t)
{
	struct problem p;
	(void)!problem_set(&p, RC_BROKEN, WHY_BASE_DOWN, "", "a flush of the base failed");
	release_refuse(t->call.release, &p);
	t->call.release->act_rc = RC_OK;
}

static void landed(struct db_wait *w, bool ok)
{
	struct flight *f = (struct flight *)(void *)((char *)w - offsetof(struct flight, seen));
	struct gate_call *list = f->head;
	free(f);
	for (struct gate_call *c = list; c && !ok; c = c->next)
		refuse_lost(TASK_OF(c));
	land(list);
}

static void recorded(struct ledger_wait *w, bool ok)
{
	struct flight *f = (struct flight *)(void *)w;
	for (struct gate_call *c = f->head; c && !ok; c = c->next)
		worker_refuse_down(NULL, TASK_OF(c));
	if (ok && f->seen.mark)
		db_when_durable(f->g->db, &f->seen);
	else
		landed(&f->seen, true);
}

static void answer(struct gate *g, struct task *list, uint64_t seen)
{
	uint64_t highest = 0;
	if (!list)
		return;
	for (struct gate_call *c = &list->call; c; c = c->next) {
		struct task *t = TASK_OF(c);
		MUST(t->call.release != NULL);
		atomic_fetch_add_explicit(t->call.release->rc == RC_OK ? &g->released : &g->refused, 1, memory_order_relaxed);
		if (t->number > highest)
			highest = t->number;
	}
	struct flight *f = highest || seen ? malloc(sizeof *f) : NULL;
	if (!f) {
		/* Nothing to wait for; or no memory to wait with, and then nothing is released. */
		for (struct gate_call *c = &list->call; c && (highest || seen); c = c->next)
			worker_refuse_down(g, TASK_OF(c));
		land(&list->call);
		return;
	}
	*f = (struct flight){ .wait = { .done = recorded, .number = highest }, .seen = { .done = landed, .mark = seen }, .g = g, .head = &list->call };
	ledger_when_durable(g->ledger, &f->wait);
}

void worker_answer(struct gate *g, struct task *list)
{
	if (list)
		answer(g, list, db_seen(g->db));
}

void worker_told(struct gate *g, struct task *t) { answer(g, t, 0); }

/* ---- workers ---- */

void worker_queue(struct gate *g, struct task *list)
{
	struct workers *w = g->workers;
	list->batch_next = NULL;
	pthread_mutex_lock(&w->lock);
	if (w->head)
		w->tail->batch_next = list;
	else
		w->head = list;
	w->tail = list;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

/* What may take long: a search, a page. Single reads and acts (which are checked here and run on the writer) are brief, and cheaper together. */
static bool is_long(const struct gate_call *c)
{
	return !asks_is_act(&c->asks) && !(c->asks.n == 1 && asks_is_read(&c->asks));
}

/* The first piece of the queue's first list: one call that may take long, or all the brief ones before the next such. What stands behind a long one does not wait for it while another worker is free. */
static struct task *take(struct workers *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->head && !w->stop)
		pthread_cond_wait(&w->wake, &w->lock);
	struct task *list = w->head;
	if (list) {
		struct gate_call *last = &list->call;
		while (!is_long(&list->call) && last->next && !is_long(last->next))
			last = last->next;
		struct task *rest = last->next ? TASK_OF(last->next) : NULL;
		last->next = NULL;
		w->head = rest ? rest : list->batch_next;
		if (rest)
			rest->batch_next = list->batch_next;
		if (rest && w->tail == list)
			w->tail = rest;
		if (w->head)
			pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return list;
}

static void note_time(struct worker *w, uint64_t ns)
{
	uint64_t us = ns / 1000, i = us < 64 ? ns / 250 : 256 + (us - 64) / 4;
	atomic_fetch_add_explicit(&w->times[i < TIMES ? i : TIMES - 1], 1, memory_order_relaxed);
}

static double time_of(unsigned i) /* upper edge of a bin, µs */
{
	return i < 256 ? (i + 1) * 0.25 : 64 + (double)(i - 255) * 4;
}

static void refuse_all(struct gate *g, struct task *list, const struct problem *p)
{
	for (struct gate_call *c = &list->call; c; c = c->next) {
		if (!c->release)
			c->release = release_new();
		MUST(c->release != NULL);
		release_refuse(c->release, p);
	}
	worker_answer(g, list);
}

static void run_list(struct worker *w, struct task *list)
{
	struct problem p;
	struct gate_call *head = NULL, **tail = &head;
	if (desk_begin(&w->desk, &p) != RC_OK) {
		log_problem(LOG_ERROR, "gate_snapshot", &p);
		refuse_all(w->g, list, &p);
		return;
	}
	for (struct gate_call *c = &list->call, *next; c; c = next) {
		next = c->next;
		c->next = NULL;
		atomic_fetch_add_explicit(&w->g->calls, 1, memory_order_relaxed);
		uint64_t from = clock_ns(), run_ns = 0;
		if (decide_call(&w->desk, TASK_OF(c), &run_ns) == FATE_TAKEN)
			continue;
		note_time(w, clock_ns() - from - run_ns);
		*tail = c;
		tail = &c->next;
	}
	desk_end(&w->desk);
	if (head)
		worker_answer(w->g, TASK_OF(head));
}

static void *work(void *ctx)
{
	struct worker *w = ctx;
	for (struct task *list; (list = take(w->g->workers)) != NULL;)
		run_list(w, list);
	return NULL;
}

enum rc workers_open(struct gate *g, unsigned n, struct problem *p)
{
	struct workers *w = calloc(1, sizeof *w + n * sizeof w->at[0]);
	if (!w)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for workers");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	g->workers = w;
	for (; w->n < n; w->n++) {
		struct worker *one = &w->at[w->n];
		one->g = g;
		enum rc rc = desk_open(g, &one->desk, p);
		if (rc != RC_OK)
			return rc;
		one->started = pthread_create(&one->thread, NULL, work, one) == 0;
		if (!one->started) {
			desk_done(&one->desk);
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread for a worker");
		}
	}
	return RC_OK;
}

void workers_close(struct gate *g)
{
	struct workers *w = g->workers;
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->n; i++) {
		pthread_join(w->at[i].thread, NULL);
		desk_done(&w->at[i].desk);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
	g->workers = NULL;
}

static void add_times(const struct worker *w, uint64_t sum[TIMES])
{
	for (unsigned k = 0; k < TIMES; k++)
		sum[k] += atomic_load_explicit(&w->times[k], memory_order_relaxed);
}

struct gate_stats worker_stats(struct gate *g)
{
	struct gate_stats s = { 0 };
	uint64_t sum[TIMES] = { 0 }, n = 0, seen = 0;
	struct workers *all = g->workers;
	for (unsigned i = 0; all && i < all->n; i++)
		add_times(&all->at[i], sum);
	if (all) {
		pthread_mutex_lock(&all->lock);
		for (const struct worker *w = all->lanes; w; w = w->next)
			add_times(w, sum);
		for (unsigned k = 0; k < TIMES; k++)
			sum[k] += all->times[k];
		pthread_mutex_unlock(&all->lock);
	}
	for (unsigned k = 0; k < TIMES; k++)
		n += sum[k];
	for (unsigned k = 0; k < TIMES && n; k++) {
		seen += sum[k];
		if (s.decision_us_p50 == 0 && seen * 2 >= n)
			s.decision_us_p50 = (uint64_t)(time_of(k) + 0.99);
		if (seen * 100 >= n * 99) {
			s.decision_us_p99 = (uint64_t)(time_of(k) + 0.99);
			break;
		}
	}
	return s;
}
