/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/flush.c: where a commit is durable later than it is written (SQLite: its log), the flush is this thread's: the writer runs the next group meanwhile. Groups
 * are told here, in their order, once durable. What a reader may see before that is known by db_seen: whoever answers from it waits by db_when_durable first.
 * Must never tell a job RC_OK before its flush, nor flush again after one that failed: the kernel may have dropped the pages, and a second one would lie.
 * From then on nothing is written and nothing that was seen is called durable, until the base is opened again. Called by writer.c and db.h's readers. Start at flush_main.
 */
#include "db/inner.h"
#include "base/log.h"

#define LOST WHY_BASE_DOWN, NULL, "an earlier flush of the log failed"

void flush_begin(struct db *db, bool shown)
{
	if (!db->drv->flush)
		return; /* nobody sees it before it is durable */
	db->flush.begun++;
	if (shown)
		atomic_store(&db->flush.shown, db->flush.begun);
}

enum rc flush_may(struct db *db, struct problem *p)
{
	pthread_mutex_lock(&db->lock);
	bool broken = db->flush.broken;
	pthread_mutex_unlock(&db->lock);
	return broken ? problem_set(p, RC_BROKEN, LOST) : RC_OK;
}

void flush_give(struct db *db, struct db_job *list, struct db_job *rest)
{
	struct db_job *last = list;
	while (last->next != rest)
		last = last->next;
	last->next = NULL;
	if (!db->drv->flush) {
		writer_tell(db, list);
		return;
	}
	pthread_mutex_lock(&db->lock);
	*db->flush.tail = list;
	db->flush.tail = &last->next;
	db->flush.given = db->flush.begun;
	pthread_cond_signal(&db->flush.wake);
	pthread_mutex_unlock(&db->lock);
}

/* Those whose wait is decided. */
static struct db_wait *waits_take(struct flush *f)
{
	struct db_wait *due = NULL;
	for (struct db_wait **at = &f->waits; *at;) {
		struct db_wait *w = *at;
		if (!f->broken && w->mark > atomic_load(&f->settled)) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		w->next = due;
		due = w;
	}
	return due;
}

/* Lock held on entry and return, not between. */
static void flush_groups(struct db *db)
{
	struct flush *f = &db->flush;
	struct db_job *list = f->head;
	uint64_t upto = f->given;
	struct problem lost = { .rc = RC_OK };
	bool due = upto > atomic_load(&f->settled) && !f->broken;
	f->head = NULL;
	f->tail = &f->head;
	f->in_hand = true;
	pthread_mutex_unlock(&db->lock);
	enum rc rc = due ? db->drv->flush(db, &lost) : RC_OK;
	if (rc != RC_OK)
		log_problem(LOG_ERROR, "log_flush_failed", &lost);
	pthread_mutex_lock(&db->lock);
	f->broken = f->broken || rc != RC_OK;
	if (f->broken)
		(void)!problem_set(&lost, RC_BROKEN, LOST);
	else
		atomic_store(&f->settled, upto);
	struct db_wait *waits = waits_take(f);
	uint64_t settled = atomic_load(&f->settled);
	pthread_mutex_unlock(&db->lock);
	for (struct db_wait *w = waits, *next; w; w = next) {
		next = w->next; /* done may free it */
		w->done(w, w->mark <= settled);
	}
	for (struct db_job *j = list; j && lost.rc != RC_OK; j = j->next)
		if (j->rc == RC_OK) {
			j->problem = lost;
			j->rc = lost.rc;
		}
	writer_tell(db, list);
	pthread_mutex_lock(&db->lock);
	f->in_hand = false;
	pthread_cond_broadcast(&db->idle);
}

static void *flush_main(void *arg)
{
	struct db *db = arg;
	struct flush *f = &db->flush;
	pthread_mutex_lock(&db->lock);
	while (f->head || !f->stop)
		if (f->head)
			flush_groups(db);
		else
			pthread_cond_wait(&f->wake, &db->lock);
	pthread_mutex_unlock(&db->lock);
	return NULL;
}

enum rc flush_start(struct db *db, struct problem *p)
{
	if (!db->drv->flush)
		return RC_OK;
	if (pthread_create(&db->flush.thread, NULL, flush_main, db) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "no thread");
	db->flush.runs = true;
	return RC_OK;
}

void flush_stop(struct db *db)
{
	if (!db->flush.runs)
		return;
	pthread_mutex_lock(&db->lock);
	db->flush.stop = true;
	pthread_cond_signal(&db->flush.wake);
	pthread_mutex_unlock(&db->lock);
	pthread_join(db->flush.thread, NULL);
	db->flush.runs = false;
}

uint64_t db_seen(struct db *db)
{
	uint64_t mark = atomic_load(&db->flush.shown);
	return mark > atomic_load(&db->flush.settled) ? mark : 0;
}

void db_when_durable(struct db *db, struct db_wait *w)
{
	struct flush *f = &db->flush;
	pthread_mutex_lock(&db->lock);
	bool ok = atomic_load(&f->settled) >= w->mark, now = ok || f->broken;
	if (!now) {
		w->next = f->waits;
		f->waits = w;
	}
	pthread_mutex_unlock(&db->lock);
	if (now)
		w->done(w, ok);
}
