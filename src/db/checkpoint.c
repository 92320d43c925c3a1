/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/checkpoint.c: what SQLite's log holds goes to the base: on a connection and a thread of its own, and by the writer itself when the log grows too long.
 * Must never run while a first load has the base to itself. Called by sqlite.c. Start at checkpoint_loop.
 */
#include "db/lite.h"
#include "base/clock.h"
#include "base/log.h"

/* Pages in the log that are not in the base: the background pass starts at 128 MB, for a page that changes again before is moved once (at 32 MB a CRUD mix on
 * six million resources takes 7 % more); over 384 MB the writer makes a pass itself, else the log would grow for ever under a load without pause. */
#define PAGES_OF_MB(mb) ((mb) * (1024 * 1024 / DB_PAGE_BYTES)) /* in a base with larger pages it is more */
#define WAL_PAGES_PASS PAGES_OF_MB(128)
#define WAL_PAGES_WAIT PAGES_OF_MB(384)
/* While very much is written, a call of an import alone may fill the half of it. */
#define WAL_PAGES_PASS_MANY PAGES_OF_MB(512)
#define WAL_PAGES_WAIT_MANY PAGES_OF_MB(1024)
/* A pass goes on with what came during it, until so little is left that the writer may move it and begin the log anew. */
#define WAL_PAGES_FEW PAGES_OF_MB(16)
#define PASSES_MOST 4
/* The writer waits so long for readers to leave the log; else it tries again when the log has grown by WAL_PAGES_FEW. */
#define RESTART_MS 5

static int checkpoint_pass(struct db *db, struct db_conn *c, int how)
{
	int in_log = 0, moved = 0;
	uint64_t from = clock_ns();
	int code = sqlite3_wal_checkpoint_v2(c->h, NULL, how, &in_log, &moved);
	uint64_t ms = (clock_ns() - from) / 1000000u;
	if (moved > 0)
		atomic_store(&db->lite->wal_moved, moved);
	if (code != SQLITE_OK && code != SQLITE_BUSY)
		log_event(LOG_ERROR, "checkpoint_failed", LOG_N("sqlite", sqlite3_extended_errcode(c->h)), LOG_N("errno", sqlite3_system_errno(c->h)), LOG_END);
	else if (ms > 2000)
		log_event(LOG_INFO, "checkpoint_slow", LOG_N("ms", ms), LOG_N("pages", moved), LOG_END);
	return code;
}

static int behind(struct db *db) { return atomic_load(&db->lite->wal_pages) - atomic_load(&db->lite->wal_moved); }

static void background_pass(struct db *db)
{
	pthread_mutex_lock(&db->lite->turn);
	int most = atomic_load(&db->many) ? 1 : PASSES_MOST;
	for (int i = 0, before = -1; i < most && behind(db) > WAL_PAGES_FEW && atomic_load(&db->lite->wal_moved) != before; i++) {
		before = atomic_load(&db->lite->wal_moved);
		checkpoint_pass(db, db->lite->checkpointer, SQLITE_CHECKPOINT_PASSIVE);
	}
	pthread_mutex_unlock(&db->lite->turn);
}

static void *checkpoint_loop(void *arg)
{
	struct db *db = arg;
	pthread_mutex_lock(&db->lite->lock);
	while (!db->lite->stop) {
		if (!db->lite->due) {
			pthread_cond_wait(&db->lite->wake, &db->lite->lock);
			continue;
		}
		db->lite->due = false;
		pthread_mutex_unlock(&db->lite->lock);
		background_pass(db);
		pthread_mutex_lock(&db->lite->lock);
	}
	pthread_mutex_unlock(&db->lite->lock);
	return NULL;
}

static int wal_grew(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct db *db = arg;
	(void)h, (void)name;
	atomic_store(&db->lite->wal_pages, pages);
	if (pages < atomic_load(&db->lite->wal_moved)) { /* it began anew */
		atomic_store(&db->lite->wal_moved, 0);
		db->lite->wal_tried = 0;
	}
	if (behind(db) < (atomic_load(&db->many) ? WAL_PAGES_PASS_MANY : WAL_PAGES_PASS))
		return SQLITE_OK;
	pthread_mutex_lock(&db->lite->lock);
	db->lite->due = true;
	pthread_cond_signal(&db->lite->wake);
	pthread_mutex_unlock(&db->lite->lock);
	return SQLITE_OK;
}

enum rc checkpoint_start(struct db *db, struct problem *p)
{
	enum rc rc = lite_conn_open(db, CONN_CHECKPOINT, &db->lite->checkpointer, p);
	if (rc == RC_OK)
		rc = log_flush_open(db, p);
	if (rc != RC_OK)
		return rc;
	sqlite3_wal_hook(db->writer->h, wal_grew, db);
	db->lite->stop = db->lite->due = false;
	if (pthread_create(&db->lite->thread, NULL, checkpoint_loop, db) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "no thread");
	db->lite->runs = true;
	return RC_OK;
}

void checkpoint_stop(struct db *db)
{
	if (db->lite->runs) {
		pthread_mutex_lock(&db->lite->lock);
		db->lite->stop = true;
		pthread_cond_signal(&db->lite->wake);
		pthread_mutex_unlock(&db->lite->lock);
		pthread_join(db->lite->thread, NULL);
		db->lite->runs = false;
	}
	lite_conn_close(&db->lite->checkpointer);
	log_flush_close(db);
}

/*
 * SQLite begins the log anew only when all of it was moved and nobody reads from it, which under a load without pause never happens by itself: the log would grow,
 * each look into it with it, and new pages of a file cost the system more than old ones that are written again (a third of an import's time).
 * So the writer, which all writes wait for anyway, moves the few pages that are left and asks for it. In an import these are what came during a pass.
 */
static void begin_anew(struct db *db)
{
	int pages = atomic_load(&db->lite->wal_pages);
	bool many = atomic_load(&db->many) > 0;
	if (pages < (many ? WAL_PAGES_PASS_MANY : WAL_PAGES_PASS) || behind(db) > (many ? WAL_PAGES_PASS_MANY : WAL_PAGES_FEW * 2) || (db->lite->wal_tried && pages - db->lite->wal_tried < WAL_PAGES_FEW) || pthread_mutex_trylock(&db->lite->turn) != 0)
		return;
	db->lite->wal_tried = pages;
	sqlite3_busy_timeout(db->writer->h, RESTART_MS);
	checkpoint_pass(db, db->writer, SQLITE_CHECKPOINT_RESTART);
	sqlite3_busy_timeout(db->writer->h, LITE_BUSY_MS);
	pthread_mutex_unlock(&db->lite->turn);
}

void checkpoint_if_long(struct db *db)
{
	if (behind(db) <= (atomic_load(&db->many) ? WAL_PAGES_WAIT_MANY : WAL_PAGES_WAIT)) {
		begin_anew(db);
		return;
	}
	pthread_mutex_lock(&db->lite->turn);
	checkpoint_pass(db, db->writer, SQLITE_CHECKPOINT_PASSIVE);
	pthread_mutex_unlock(&db->lite->turn);
}
