/* SPDX-License-Identifier: Apache-2.0 */
/* gate/pool.c: see pool.h. A full queue is told at once: better "busy" than a sign-in that takes a minute. Must never hold a snapshot while it hashes. */
#include "gate/pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "gate/decide.h"
#include "gate/worker.h"

#define POOL_THREADS 2
#define POOL_QUEUE 48 /* at 0.1 s a password and two threads: 2.5 s at most */

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct task *head, *tail;
	unsigned n;
	bool stop;
	unsigned threads;
	struct pool_thread { struct gate *g; struct desk desk; pthread_t thread; } at[POOL_THREADS];
};

bool pool_post(struct gate *g, struct task *t)
{
	struct pool *w = g->pool;
	pthread_mutex_lock(&w->lock);
	bool room = w->n < POOL_QUEUE && !w->stop;
	if (room) {
		t->batch_next = NULL;
		if (w->head)
			w->tail->batch_next = t;
		else
			w->head = t;
		w->tail = t;
		w->n++;
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

bool pool_is_here(const struct desk *d)
{
	for (unsigned i = 0; d->g->pool && i < POOL_THREADS; i++)
		if (d == &d->g->pool->at[i].desk)
			return true;
	return false;
}

static struct task *take(struct pool *w)
{
	pthread_mutex_lock(&w->lock);
	while (!w->head && !w->stop)
		pthread_cond_wait(&w->wake, &w->lock);
	struct task *t = w->head;
	if (t) {
		w->head = t->batch_next;
		w->n--;
	}
	pthread_mutex_unlock(&w->lock);
	return t;
}

static void run_one(struct pool_thread *w, struct task *t)
{
	struct problem p;
	uint64_t run_ns;
	t->call.next = NULL;
	if (desk_begin(&w->desk, &p) != RC_OK) {
		log_problem(LOG_ERROR, "pool_snapshot", &p);
		release_refuse(t->call.release, &p);
		worker_answer(w->g, t);
		return;
	}
	enum fate fate = decide_call(&w->desk, t, &run_ns);
	desk_end(&w->desk);
	if (fate == FATE_READY)
		worker_answer(w->g, t);
}

static void *work(void *ctx)
{
	struct pool_thread *w = ctx;
	for (struct task *t; (t = take(w->g->pool)) != NULL;)
		run_one(w, t);
	return NULL;
}

enum rc pool_open(struct gate *g, struct problem *p)
{
	struct pool *w = calloc(1, sizeof *w);
	if (!w)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for the pool");
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	g->pool = w;
	for (; w->threads < POOL_THREADS; w->threads++) {
		struct pool_thread *one = &w->at[w->threads];
		one->g = g;
		enum rc rc = desk_open(g, &one->desk, p);
		if (rc != RC_OK)
			return rc;
		if (pthread_create(&one->thread, NULL, work, one) != 0) {
			desk_done(&one->desk);
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread for the pool");
		}
	}
	return RC_OK;
}

void pool_close(struct gate *g)
{
	struct pool *w = g->pool;
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->wake);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->threads; i++) {
		pthread_join(w->at[i].thread, NULL);
		desk_done(&w->at[i].desk);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->wake);
	free(w);
	g->pool = NULL;
}
