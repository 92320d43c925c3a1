/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/lite.h: what the files of the SQLite driver share: sqlite.c, checkpoint.c, feed.c, lite_build.c, lite_log.c, lite_map.c. Must never be included by anything else.
 * Start at struct lite.
 */
#ifndef HYGIE_DB_LITE_H
#define HYGIE_DB_LITE_H

#include "db/inner.h"

#include <sqlite3.h>

/* "HYGI": what `file` and SQLite see in the header of a base of ours. */
#define DB_APPLICATION_ID 0x48594749
#define DB_PAGE_BYTES 4096 /* docs/decisions/0055 */
#define TEXT_OF(number) TEXT_OF_IT(number)
#define TEXT_OF_IT(number) #number
#define LITE_BUSY_MS 10000

/* The log and its checkpoints. */
struct lite {
	struct lite_map *map;
	struct lite_log *log;
	int log_fd;                    /* for flush.c's thread; -1: none */
	struct db_conn *checkpointer;
	pthread_t thread;
	bool runs;
	pthread_mutex_t lock;          /* guards due and stop */
	pthread_cond_t wake;
	bool due, stop;
	pthread_mutex_t turn;          /* one checkpoint at a time */
	atomic_int wal_pages;          /* frames in the log after the last commit */
	atomic_int wal_moved;          /* of these, in the base */
	int wal_tried;                 /* the writer's own: frames when it last tried to begin the log anew; 0: not since it began */
};

/* sqlite.c */
enum rc sqlite_problem(sqlite3 *h, int code, struct problem *p) CHECKED;              /* RC_OK never */
enum rc lite_conn_open(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p) CHECKED;
void lite_conn_close(struct db_conn **c);

/* lite_map.c */
struct lite_map *map_open(const char *path);              /* before the first connection: it opens and closes the file, which would drop a connection's locks. NULL: none, readers have SQLite's own */
void map_learn(struct lite_map *m, struct db_conn *c);    /* any connection of the base, before the first reader; m may be NULL here and below */
void map_use(struct lite_map *m, struct db_conn *c);      /* a reader, which must be closed before the map is */
void map_close(struct lite_map **m);                      /* after the last connection */

/* lite_log.c */
void log_gather(struct lite_log **l, struct db_conn *c);  /* the writer, in a transaction of log mode; made at its first, again after the log was closed */
void log_later(struct lite_log *l, bool later);            /* a commit's own flush is left to log_flush; l may be NULL */
void log_free(struct lite_log **l);                       /* after the writer was closed */
enum rc log_flush_open(struct db *db, struct problem *p) CHECKED;   /* of a base in log mode that was read: its log is there */
void log_flush_close(struct db *db);
enum rc log_flush(struct db *db, struct problem *p) CHECKED;        /* any thread, one at a time */

/* checkpoint.c */
enum rc checkpoint_start(struct db *db, struct problem *p) CHECKED;
void checkpoint_stop(struct db *db);
void checkpoint_if_long(struct db *db);   /* by the writer, between groups */

/* lite_build.c: in a first load, an empty table's tree out of rows in key order. *built_r false: not a table that this can do, and no row was taken. */
enum rc build_run(struct db_conn *c, const char *sql, struct db_feed *f, bool *built_r, struct problem *p) CHECKED;

#endif
