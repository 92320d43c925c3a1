/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/index.c: see index.h. The index is derived: rows come from memory while the gate runs, from the ledger itself after a start or when too many waited.
 * Rows and the number they reach are written in one transaction, so none is lost or doubled. Must never index what is not durable.
 */
#include "gate/index.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "gate/act.h"
#include "gate/clients.h"
#include "gate/enter.h"
#include "gate/restore.h"
#include "gate/order.h"
#include "gate/watch.h"
#include "gate/worker.h"

#define BATCH 4096             /* more than one entry's patients */
#define ENTRY_ROWS 2001
#define SAVE_EVERY 20000       /* entries without rows: note how far we are */
#define SNAPSHOT_ENTRIES 20000
#define SNAPSHOT_MS (15 * 60 * 1000LL)
#define SEEN_MS 60000

struct index_job { struct db_job job; const struct order_row *row; size_t n; uint64_t upto; };

struct index {
	pthread_mutex_t lock;
	pthread_cond_t kick;
	pthread_t thread;
	bool started, stop, kicked;
	struct task *parked;        /* by batch_next */
	_Atomic uint64_t indexed;
	uint64_t saved;
	int64_t snapshot_ms, seen_ms;
	struct order_rows mine; size_t at; /* rows taken over, and how many of them are written */
	struct order_row row[BATCH];       /* for what is read back from the ledger */
};

bool index_is_view(struct str view)
{
	static const char *const VIEW[] = { "who_looked", "my_accesses", "review_list", "break_glass_list", "stops", "stop", "cockpit", "ladder_journal", "attribute", "special_openings" };
	for (size_t i = 0; i < sizeof VIEW / sizeof *VIEW; i++)
		if (str_eq(view, VIEW[i]))
			return true;
	return false;
}

bool index_park(struct gate *g, struct task *t)
{
	struct index *x = g->index;
	if (t->index_needs == 0)
		t->index_needs = ledger_head(g->ledger); /* what was answered before may not be durable yet: the outcome of an act (decisions/0011) */
	if (atomic_load(&x->indexed) >= t->index_needs)
		return false;
	pthread_mutex_lock(&x->lock);
	bool parks = x->started && !x->stop;
	if (parks) {
		t->batch_next = x->parked;
		x->parked = t;
		x->kicked = true;
		pthread_cond_signal(&x->kick);
	}
	pthread_mutex_unlock(&x->lock);
	return parks;
}

/* ---- writing rows ---- */

static enum rc write_rows(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct index_job *k = (struct index_job *)(void *)job;
	enum rc rc = RC_OK;
	(void)txn;
	for (size_t i = 0; i < k->n && rc == RC_OK; i++)
		rc = access_index_put(c, &k->row[i].row, p);
	return rc == RC_OK ? access_indexed_set(c, k->upto, p) : rc;
}

static bool write_batch(struct gate *g, const struct order_row *row, size_t n, uint64_t upto)
{
	struct index *x = g->index;
	struct problem p;
	if (n > 0 || upto >= x->saved + SAVE_EVERY) {
		struct index_job k = { .job = { .run = write_rows, .derived = true }, .row = row, .n = n, .upto = upto };
		if (db_write_now(g->db, &k.job, &p) != RC_OK) {
			log_problem(LOG_ERROR, "access_index", &p);
			return false;
		}
		x->saved = upto;
	}
	if (upto > atomic_load(&x->indexed))
		atomic_store(&x->indexed, upto);
	return true;
}

/* From the ledger: after a start, or when rows were dropped. */
struct catch_up { struct ledger_each each; struct gate *g; struct db_conn *c; struct arena arena, words; struct map64 roles; size_t n; uint64_t upto, last; bool good, lost /* a role could not be read */; };

static enum role role_of_account(struct catch_up *k, uint32_t account)
{
	struct account acc;
	struct problem p;
	uint64_t role;
	if (account == 0)
		return ROLE_NONE;
	if (map64_find(&k->roles, account, &role))
		return (enum role)role;
	/* a snapshot of its own: one held over millions of entries would keep every page that their rows change in the log */
	if (db_begin(k->c, &p) != RC_OK) {
		k->lost = true;
		return ROLE_NONE;
	}
	role = account_by_no(k->c, account, &k->arena, &acc, &p) == RC_OK ? acc.role : ROLE_NONE;
	db_end(k->c);
	arena_reset(&k->arena);
	(void)map64_put(&k->roles, account, role);
	return (enum role)role;
}

static bool flush_rows(struct catch_up *k)
{
	k->good = write_batch(k->g, k->g->index->row, k->n, k->last);
	k->n = 0;
	arena_reset(&k->words);
	return k->good;
}

static bool catch_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct catch_up *k = (struct catch_up *)(void *)each;
	struct index *x = k->g->index;
	struct access_row rows[ENTRY_ROWS];
	if (e->number > k->upto)
		return false;
	size_t n = order_rows_of(e, role_of_account(k, e->account), rows, ENTRY_ROWS);
	if (k->lost || (k->n + n > BATCH && !flush_rows(k)))
		return false;
	/* strings live only during the call, rows until the batch is written */
	struct str unit = n ? arena_str(&k->words, e->unit) : STR_NONE, route = n ? arena_str(&k->words, e->route) : STR_NONE;
	for (size_t i = 0; i < n; i++) {
		rows[i].unit = unit;
		rows[i].route = route;
		x->row[k->n++].row = rows[i];
	}
	k->last = e->number;
	return true;
}

static bool catch_up(struct gate *g, uint64_t upto)
{
	struct catch_up k = { .each = { catch_entry }, .g = g, .upto = upto, .good = true };
	struct problem p;
	uint64_t from = atomic_load(&g->index->indexed);
	if (from >= upto)
		return true;
	if (db_reader(g->db, &k.c, &p) != RC_OK)
		return false;
	arena_init(&k.arena, 16u << 20);
	arena_init(&k.words, 16u << 20);
	map64_init(&k.roles);
	enum rc rc = ledger_read(g->ledger, from + 1, &k.each, &p);
	if (rc != RC_OK)
		log_problem(LOG_ERROR, "access_index_read", &p);
	map64_done(&k.roles);
	bool good = rc == RC_OK && k.good && !k.lost && (k.n == 0 || flush_rows(&k)) && write_batch(g, NULL, 0, upto);
	arena_done(&k.words);
	arena_done(&k.arena);
	db_reader_close(&k.c);
	return good;
}

/* ---- the thread ---- */

/* Rows of mine that are durable, whole entries only, at most a batch. */
static size_t durable_rows(const struct index *x, uint64_t durable)
{
	const struct order_row *row = x->mine.at + x->at;
	size_t n = 0, left = x->mine.n - x->at;
	while (n < left && n < BATCH && row[n].row.number <= durable)
		n++;
	if (n == BATCH && n < left)
		while (n > 0 && row[n - 1].row.number == row[n].row.number)
			n--;
	return n;
}

static bool wait_and_catch_up(struct gate *g, uint64_t upto)
{
	return ledger_sync(g->ledger, upto) && catch_up(g, upto);
}

static bool index_step(struct gate *g)
{
	struct index *x = g->index;
	for (;;) {
		/* Taken before the swap: whatever is durable by now is in mine after it, or has no rows. Without a swap newer rows may be durable that are not in mine. */
		uint64_t durable = ledger_durable(g->ledger), dropped;
		bool fresh = x->at == x->mine.n;
		if (fresh) {
			x->at = 0;
			if (!order_swap(g, &x->mine, &dropped) && !wait_and_catch_up(g, dropped))
				return false;
		}
		size_t n = durable_rows(x, durable);
		const struct order_row *row = x->mine.at + x->at;
		bool end = x->at + n == x->mine.n, last = end ? fresh : row[n].row.number > durable;
		uint64_t upto = last ? durable : row[n - 1].row.number;
		if (!write_batch(g, n ? row : NULL, n, upto)) {
			order_read_again(g, x->mine.n ? x->mine.at[x->mine.n - 1].row.number : durable); /* the ledger keeps them for the next time */
			x->at = x->mine.n;
			return false;
		}
		x->at += n;
		if (last)
			return true;
	}
}

static void unpark(struct gate *g, bool all)
{
	struct index *x = g->index;
	struct task *ready = NULL;
	uint64_t indexed = atomic_load(&x->indexed);
	pthread_mutex_lock(&x->lock);
	for (struct task **at = &x->parked; *at;) {
		struct task *t = *at;
		if (t->index_needs > indexed && !all) {
			at = &t->batch_next;
			continue;
		}
		if (all)
			t->index_needs = indexed; /* better a list a second old than none */
		*at = t->batch_next;
		t->batch_next = ready;
		ready = t;
	}
	pthread_mutex_unlock(&x->lock);
	for (struct task *next; ready; ready = next) {
		next = ready->batch_next;
		ready->call.next = NULL;
		worker_queue(g, ready);
	}
}

static void snapshot_if_due(struct gate *g)
{
	struct index *x = g->index;
	struct problem p;
	uint64_t since = order_since_snapshot(g);
	int64_t now = clock_ms();
	if (since < SNAPSHOT_ENTRIES && (since == 0 || now - x->snapshot_ms < SNAPSHOT_MS))
		return;
	x->snapshot_ms = now;
	if (order_snapshot(g, &p) != RC_OK || act_prune(g) != RC_OK)
		log_event(LOG_WARN, "snapshot_failed", LOG_END);
}

/* What a parked one waits for and the ledger would flush a second later by itself. */
static void flush_for_parked(struct gate *g)
{
	struct index *x = g->index;
	uint64_t needs = 0;
	pthread_mutex_lock(&x->lock);
	for (const struct task *t = x->parked; t; t = t->batch_next)
		needs = t->index_needs > needs ? t->index_needs : needs;
	pthread_mutex_unlock(&x->lock);
	if (needs > ledger_durable(g->ledger))
		(void)ledger_sync(g->ledger, needs); /* without a ledger nothing is shown anyway */
}

static void tend(struct gate *g)
{
	struct index *x = g->index;
	flush_for_parked(g);
	bool good = index_step(g);
	unpark(g, !good);
	watch_beat(g, clock_ms());
	snapshot_if_due(g);
	if (clock_ms() - x->seen_ms >= SEEN_MS) {
		x->seen_ms = clock_ms();
		clients_tell(g, false);
		restore_save_seen(g);
	}
}

static void *run(void *ctx)
{
	struct gate *g = ctx;
	struct index *x = g->index;
	bool stop = false;
	while (!stop) {
		tend(g);
		struct timespec until;
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += 500 * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_mutex_lock(&x->lock);
		if (!x->kicked && !x->stop)
			pthread_cond_timedwait(&x->kick, &x->lock, &until);
		x->kicked = false;
		stop = x->stop;
		pthread_mutex_unlock(&x->lock);
	}
	return NULL;
}

enum rc index_open(struct gate *g, struct problem *p)
{
	struct index *x = calloc(1, sizeof *x);
	struct db_conn *c = NULL;
	if (!x)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for the index");
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->kick, NULL);
	g->index = x;
	x->snapshot_ms = x->seen_ms = clock_ms();
	enum rc rc = db_reader(g->db, &c, p);
	if (rc == RC_OK && (rc = db_begin(c, p)) == RC_OK) {
		x->saved = access_indexed(c);
		atomic_store(&x->indexed, x->saved);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	if (rc != RC_OK)
		return rc;
	order_read_again(g, ledger_head(g->ledger)); /* what came before this start is read from the ledger */
	x->started = pthread_create(&x->thread, NULL, run, g) == 0;
	return x->started ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread for the index");
}

void index_close(struct gate *g)
{
	struct index *x = g->index;
	if (!x)
		return;
	pthread_mutex_lock(&x->lock);
	x->stop = true;
	pthread_cond_signal(&x->kick);
	pthread_mutex_unlock(&x->lock);
	if (x->started) {
		pthread_join(x->thread, NULL);
		clients_tell(g, true);
		(void)index_step(g);
		restore_save_seen(g);
	}
	pthread_mutex_destroy(&x->lock);
	pthread_cond_destroy(&x->kick);
	free(x->mine.at);
	free(x);
	g->index = NULL;
}
