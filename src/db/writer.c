/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/writer.c: the one lane of writes. It takes all jobs that waited while the last flush ran, runs each in one transaction so that it can be undone
 * alone (enum undo), has the ledger flush what they need, commits, and has each job told once that is durable: on SQLite the flush and the telling are flush.c's,
 * and the next group runs beside them. Must never tell a job RC_OK before the flush of its transaction, and never leave half of a job.
 * Called by the gate (db_submit) and by keeper (db_write_now). Start at writer_loop, then group_run.
 */
#include "db/inner.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* A group ends after so many jobs or so long, so that the first of a flood does not wait for the last. */
#define GROUP_JOBS 2048
#define GROUP_NS 100000000u

/* Groups without a word of db_expect_many after which the cache is small again. */
#define MANY_GROUPS 64
/* Groups with savepoints after one whose job failed when it had written: who makes such jobs makes no group run twice but one in so many. */
#define GUARDED_GROUPS 64
/* A transaction that met another one is run again so often; the writer is alone, so this is for an operator's own session beside it. */
#define TRIES_MOST 5

/* ---- groups ---- */

static enum rc simple(struct db_conn *c, enum stmt id, struct problem *p) { return db_run(db_stmt(c, id), p); }

static void give_up(struct db_conn *c)
{
	struct problem p;
	if (!c->drv->in_txn(c))
		return; /* the database rolled back by itself */
	if (simple(c, ST_DB_ROLLBACK, &p) != RC_OK)
		MUST(!c->drv->in_txn(c));
}

/*
 * How a job that fails is undone. A savepoint keeps a copy of each page that changes under it, a tenth of a write, and nearly all jobs are kept: so on SQLite a
 * group runs without. Where a job fails after it has changed something, the whole group is taken back and run again with savepoints, and so are the next groups.
 */
enum undo {
	UNDO_ALL,       /* nothing came before it: the transaction begins again */
	UNDO_NOTHING,   /* it changed nothing; else the group begins again */
	UNDO_PART,      /* by its savepoint */
};

static enum undo undo_of(const struct db_conn *c, bool first)
{
	return first ? UNDO_ALL : c->drv->changed && !c->db->guarded ? UNDO_NOTHING : UNDO_PART;
}

/* The job failed; what it did is taken back. RC_RETRY with db.guarded set: the group must run again. */
static enum rc job_undo(struct db_conn *c, enum undo how, int64_t before, struct problem *p)
{
	enum rc rc;
	switch (how) {
	case UNDO_ALL:
		rc = simple(c, ST_DB_ROLLBACK, p);
		return rc == RC_OK ? c->drv->begin_write(c, p) : rc;
	case UNDO_NOTHING:
		if (c->drv->changed(c) == before)
			return RC_OK;
		c->db->guarded = GUARDED_GROUPS;
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "a job failed that had written");
	default:
		return simple(c, ST_DB_JOB_UNDO, p);
	}
}

/* Runs one job so that it can be undone alone. RC other than OK: the transaction as a whole is lost. */
static enum rc job_run(struct db_conn *c, struct db_job *j, int64_t txn, enum undo how, struct problem *p)
{
	enum rc rc = how == UNDO_PART ? simple(c, ST_DB_JOB, p) : RC_OK;
	int64_t before = how == UNDO_NOTHING ? c->drv->changed(c) : 0;
	if (rc != RC_OK)
		return rc;
	j->rc = j->run(j, c, txn, &j->problem);
	conn_reset(c); /* a read left open would keep the next transaction from its snapshot */
	if (j->rc == RC_OK)
		j->rc = c->drv->settle(c, &j->problem);
	if (!c->drv->in_txn(c)) { /* a full disk, a read error or a server that went away may end the transaction under our feet */
		*p = j->problem;
		if (j->rc == RC_RETRY)
			return RC_RETRY;
		return problem_set(p, RC_BROKEN, j->problem.why == WHY_DISK_FULL ? WHY_DISK_FULL : WHY_BROKEN, NULL, "transaction lost");
	}
	if (j->rc == RC_RETRY && c->drv->met(c)) {
		*p = j->problem;
		return RC_RETRY;
	}
	if (j->rc != RC_OK)
		rc = job_undo(c, how, before, p);
	return rc == RC_OK && how == UNDO_PART ? simple(c, ST_DB_JOB_KEEP, p) : rc;
}

static uint64_t most_needed(const struct db_job *list, uint64_t needs)
{
	for (size_t n = 0; list && n < GROUP_JOBS; list = list->next, n++)
		needs = list->needs > needs ? list->needs : needs;
	return needs;
}

/*
 * The ledger flushes what the next group needs beside what the writer does now, so that its commit finds it done. That group then takes only jobs whose
 * needs were asked for here: one that came later would make all of them wait for a second flush.
 */
static void ask_for(struct db *db, uint64_t needs)
{
	if (needs <= db->asked || !db->ledger.before_commit)
		return;
	db->asked = needs;
	db->ledger.soon(db->ledger.ctx, needs);
}

static void ask_for_next(struct db *db, const struct db_job *rest)
{
	pthread_mutex_lock(&db->lock);
	uint64_t needs = most_needed(db->head, most_needed(rest, 0));
	pthread_mutex_unlock(&db->lock);
	ask_for(db, needs);
}

static enum rc group_commit(struct db *db, const struct db_job *rest, uint64_t needs, int64_t txn, bool shown, struct problem *p)
{
	struct db_conn *c = db->writer;
	struct db_stmt *s = db_stmt(c, ST_DB_TXN_SET);
	db_bind_i64(s, 1, txn);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && needs && db->ledger.before_commit && db->ledger.before_commit(db->ledger.ctx, needs) != RC_OK)
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, NULL, "ledger refused entry %llu", (unsigned long long)needs);
	if (rc == RC_OK)
		rc = c->drv->settle(c, p);
	if (rc == RC_OK)
		rc = flush_may(db, p);
	if (rc != RC_OK)
		return rc;
	ask_for_next(db, rest);
	flush_begin(db, shown);
	return c->drv->commit(c, txn, p);
}

static enum rc txn_of(struct db_conn *c, int64_t *txn_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_DB_TXN);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && !row)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "no transaction counter");
	if (rc == RC_OK)
		*txn_r = db_i64(s, 0);
	db_reset(s);
	return rc;
}

/* Runs jobs from list until the group is full, the list ends, or a job needs what was not asked for; returns the first job not taken. Every job taken has its final rc, unless *again_r is set. */
static struct db_job *group_try(struct db *db, struct db_job *list, bool last, bool *again_r)
{
	struct db_conn *c = db->writer;
	struct problem lost = { .rc = RC_OK };
	uint64_t from = clock_ns(), needs = 0;
	unsigned guarded = db->guarded;
	int64_t txn = 0;
	size_t n = 0, good = 0;
	bool shown = false;
	*again_r = false;
	struct db_job *j = list;
	enum rc rc = c->drv->begin_write(c, &lost);
	bool began = rc == RC_OK;
	if (rc == RC_OK)
		rc = txn_of(c, &txn, &lost);
	for (; rc == RC_OK && j && n < GROUP_JOBS && (n == 0 || (j->needs <= db->asked && clock_ns() - from < GROUP_NS)); n++, j = j->next) {
		j->problem = (struct problem){ .rc = RC_OK };
		rc = job_run(c, j, txn + 1, undo_of(c, good == 0), &lost);
		if (rc == RC_OK && j->rc == RC_OK) {
			txn++, good++;
			shown = shown || !j->derived;
			needs = j->needs > needs ? j->needs : needs;
		}
	}
	if (n == 0) { /* the transaction did not even open: answer one job, the next group tries again; a server that is away is away for all who wait */
		*again_r = began && rc == RC_RETRY && !last;
		j = rc == RC_RETRY ? NULL : list->next;
	}
	if (rc == RC_OK && good)
		rc = group_commit(db, j, needs, txn, shown, &lost);
	if (rc == RC_RETRY && n > 0)
		*again_r = !last && (c->drv->met(c) || db->guarded > guarded);
	if (rc != RC_OK || !good)
		give_up(c);
	if (rc == RC_OK && good) {
		c->txn = txn;
		atomic_store(&db->last_txn, txn);
		db->guarded -= db->guarded > 0;
	}
	if (rc != RC_OK && !*again_r) {
		log_problem(LOG_ERROR, "group_lost", &lost);
		for (struct db_job *k = list; k != j; k = k->next) {
			k->problem = lost;
			k->rc = k->problem.rc = rc == RC_RETRY ? RC_RETRY : RC_BROKEN;
		}
	}
	return j;
}

/* The one place where a transaction is tried again: it met another one (never on SQLite), or one of its jobs could not be undone alone; nothing of it was written. */
static struct db_job *group_run(struct db *db, struct db_job *list)
{
	bool again = true;
	struct db_job *rest = list;
	if (list->needs > db->asked)
		ask_for(db, most_needed(list, 0));
	for (int i = 1; again; i++)
		rest = group_try(db, list, i == TRIES_MOST, &again);
	return rest;
}

enum rc db_expect_many(struct db_conn *c, struct problem *p)
{
	enum rc rc = RC_OK;
	MUST(c->writes);
	if (!atomic_load(&c->db->many))
		rc = c->drv->many(c, true, p);
	if (rc == RC_OK)
		atomic_store(&c->db->many, MANY_GROUPS);
	return rc;
}

static void many_less(struct db *db)
{
	struct problem p;
	if (!atomic_load(&db->many) || atomic_fetch_sub(&db->many, 1) != 1)
		return;
	if (db->drv->many(db->writer, false, &p) != RC_OK)
		log_problem(LOG_ERROR, "cache_not_small", &p);
}

/* While more is written, what the next group needs of the ledger takes what was appended here with it: a flush of its own would only be in that one's way. */
static bool more_comes(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	bool more = db->head || (db->drv->flush && db->in_hand); /* where nothing flushes beside, this is the writer itself */
	pthread_mutex_unlock(&db->lock);
	return more;
}

void writer_tell(struct db *db, struct db_job *list)
{
	for (struct db_job *j = list, *next; j; j = next) {
		next = j->next; /* done may free the job */
		j->done(j);
	}
	if (db->ledger.before_commit && !more_comes(db))
		db->ledger.told(db->ledger.ctx);
}

/* Before what came meanwhile. Lock held. */
static void put_back(struct db *db, struct db_job *list)
{
	struct db_job *last = list;
	if (!list)
		return;
	while (last->next)
		last = last->next;
	last->next = db->head;
	if (!db->head)
		db->tail = &last->next;
	db->head = list;
}

static void *writer_loop(void *arg)
{
	struct db *db = arg;
	pthread_mutex_lock(&db->lock);
	for (;;) {
		if (!db->head || db->bulk) {
			db->in_hand = false;
			pthread_cond_broadcast(&db->idle);
			if (db->stop)
				break;
			pthread_cond_wait(&db->wake, &db->lock);
			continue;
		}
		struct db_job *list = db->head;
		db->head = NULL;
		db->tail = &db->head;
		db->in_hand = true;
		pthread_mutex_unlock(&db->lock);
		struct db_job *rest = group_run(db, list);
		flush_give(db, list, rest);
		many_less(db);
		db->drv->after_groups(db);
		pthread_mutex_lock(&db->lock);
		put_back(db, rest);
	}
	pthread_mutex_unlock(&db->lock);
	return NULL;
}

enum rc writer_start(struct db *db, struct problem *p)
{
	enum rc rc = flush_start(db, p);
	if (rc != RC_OK)
		return rc;
	if (pthread_create(&db->writer_thread, NULL, writer_loop, db) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "no thread");
	db->writer_runs = true;
	return RC_OK;
}

void writer_stop(struct db *db)
{
	if (db->writer_runs) {
		pthread_mutex_lock(&db->lock);
		db->stop = true;
		pthread_cond_broadcast(&db->wake);
		pthread_mutex_unlock(&db->lock);
		pthread_join(db->writer_thread, NULL);
		db->writer_runs = false;
	}
	flush_stop(db);
}

void db_submit(struct db *db, struct db_job *list)
{
	if (!list)
		return;
	struct db_job *last = list;
	while (last->next)
		last = last->next;
	pthread_mutex_lock(&db->lock);
	MUST(!db->stop);
	*db->tail = list;
	db->tail = &last->next;
	pthread_cond_broadcast(&db->wake);
	pthread_mutex_unlock(&db->lock);
}

bool writer_stops(struct db *db)
{
	pthread_mutex_lock(&db->lock);
	bool stop = db->stop;
	pthread_mutex_unlock(&db->lock);
	return stop;
}

void writer_refuse_queue(struct db *db, const struct problem *why)
{
	pthread_mutex_lock(&db->lock);
	struct db_job *list = db->head;
	db->head = NULL;
	db->tail = &db->head;
	pthread_mutex_unlock(&db->lock);
	for (struct db_job *j = list; j; j = j->next) {
		j->problem = *why;
		j->rc = why->rc;
	}
	writer_tell(db, list);
}

void db_ledger_set(struct db *db, const struct db_ledger *ledger)
{
	pthread_mutex_lock(&db->lock);
	db->ledger = *ledger;
	pthread_mutex_unlock(&db->lock);
}

/* ---- submit and wait ---- */

struct waited {
	struct db_job job;
	struct db_job *inner;
	pthread_mutex_t lock;
	pthread_cond_t told;
	bool over;
};

static enum rc waited_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct waited *w = (struct waited *)job;
	enum rc rc = w->inner->run(w->inner, c, txn, p);
	w->job.needs = w->inner->needs;
	return rc;
}

static void waited_done(struct db_job *job)
{
	struct waited *w = (struct waited *)job;
	pthread_mutex_lock(&w->lock);
	w->over = true;
	pthread_cond_signal(&w->told);
	pthread_mutex_unlock(&w->lock);
}

enum rc db_write_now(struct db *db, struct db_job *job, struct problem *p)
{
	struct waited w = { .job = { .run = waited_run, .done = waited_done, .needs = job->needs, .derived = job->derived }, .inner = job };
	pthread_mutex_init(&w.lock, NULL);
	pthread_cond_init(&w.told, NULL);
	db_submit(db, &w.job);
	pthread_mutex_lock(&w.lock);
	while (!w.over)
		pthread_cond_wait(&w.told, &w.lock);
	pthread_mutex_unlock(&w.lock);
	pthread_mutex_destroy(&w.lock);
	pthread_cond_destroy(&w.told);
	job->rc = w.job.rc;
	job->problem = w.job.problem;
	if (job->done)
		job->done(job);
	if (w.job.rc != RC_OK && p)
		*p = w.job.problem;
	return w.job.rc;
}
