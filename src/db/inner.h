/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/inner.h: what the files of this room share: the structs behind db.h and the mapping of SQLite's result codes.
 * Must never be included from another room. Start at struct db.
 */
#ifndef HYGIE_DB_INNER_H
#define HYGIE_DB_INNER_H

#include "db/db.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

/* "HYGI": what `file` and SQLite see in the header of a base of ours. */
#define DB_APPLICATION_ID 0x48594749
#define DB_PAGE_BYTES 8192

struct db_stmt {
	sqlite3_stmt *h;
	struct db_conn *c;
	struct db_stmt *rowed_next;
	bool rowed;            /* in db_conn.rowed: gave a row since the snapshot began */
};

struct db_conn {
	sqlite3 *h;
	struct db *db;
	bool writes;
	struct db_feed *feed;          /* what the table feed reads, during db_feed_run */
	struct db_cell cells[DB_FEED_CELLS];
	int64_t txn;                   /* last transaction in the open snapshot */
	struct db_stmt *rowed;         /* statements that gave a row: what a snapshot's end, or a job's, resets */
	struct db_stmt at[ST__END + 1];
};

enum conn_kind { CONN_READER, CONN_WRITER, CONN_CHECKPOINT };

struct db {
	char *path;
	struct db_settings set;
	struct db_conn *writer;        /* used by the writer thread, or by the bulk loader while bulk is set */
	struct db_conn *checkpointer;

	pthread_t writer_thread;
	bool writer_runs;
	pthread_mutex_t lock;          /* guards the queue, bulk and stop */
	pthread_cond_t wake;           /* a job came, stop was asked */
	pthread_cond_t idle;           /* the writer has nothing in hand */
	struct db_job *head, **tail;
	bool stop, bulk, in_hand;

	pthread_t checkpoint_thread;
	bool checkpoint_runs;
	pthread_mutex_t checkpoint_lock; /* guards checkpoint_due and checkpoint_stop */
	pthread_cond_t checkpoint_wake;
	bool checkpoint_due, checkpoint_stop;
	pthread_mutex_t checkpoint_turn; /* one checkpoint at a time */
	atomic_int wal_pages;          /* frames in the log after the last commit */
	atomic_int many;               /* groups until the writer goes back to its small cache; 0: it has it */

	enum rc (*before_commit)(void *ctx, uint64_t needs);
	void *before_commit_ctx;
	atomic_llong last_txn;
};

/* sqlite.c */
enum rc conn_open(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p) CHECKED;
void conn_close(struct db_conn **c);
void conn_reset(struct db_conn *c);
enum rc conn_cache(struct db_conn *c, uint64_t bytes, struct problem *p) CHECKED;     /* most of its page cache; 0: what the settings say */
enum rc conn_exec(struct db_conn *c, const char *sql, struct problem *p) CHECKED;     /* literals and migrations only */
enum rc conn_number(struct db_conn *c, const char *sql, int64_t *v_r, struct problem *p) CHECKED; /* first column of the first row */
enum rc sqlite_problem(sqlite3 *h, int code, struct problem *p) CHECKED;              /* RC_OK never */

/* feed.c */
enum rc feed_register(struct db_conn *c, struct problem *p) CHECKED;

/* migrate.c */
enum rc migrate_run(struct db_conn *c, bool migrate, struct problem *p) CHECKED;

/* writer.c */
enum rc writer_start(struct db *db, struct problem *p) CHECKED;
void writer_stop(struct db *db);   /* drains, then ends both threads */
enum rc checkpoint_start(struct db *db, struct problem *p) CHECKED;
void checkpoint_stop(struct db *db);

#endif
