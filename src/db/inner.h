/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/inner.h: what the files of this room share: the structs behind db.h, and the table of functions that a database brings (struct driver).
 * Must never be included from another room. Start at struct driver.
 */
#ifndef HYGIE_DB_INNER_H
#define HYGIE_DB_INNER_H

#include "db/db.h"

#include <pthread.h>
#include <stdatomic.h>

struct sqlite3;
struct sqlite3_stmt;
struct lite;             /* sqlite.c: what SQLite keeps for a base (its checkpointer) */
struct pg;               /* postgres.h: a connection to a server */
struct pg_stmt;
struct pg_base;

/* A statement knows its driver itself: a step costs one load and one call more than SQLite alone. */
struct db_stmt {
	const struct driver *drv;
	struct sqlite3_stmt *h;
	struct pg_stmt *pg;
	struct db_conn *c;
	struct db_stmt *rowed_next;
	bool rowed;            /* in db_conn.rowed: gave a row since the snapshot began */
};

struct db_conn {
	const struct driver *drv;
	struct sqlite3 *h;
	struct pg *pg;
	struct db *db;
	bool writes;
	struct db_feed *feed;          /* what the table feed reads, during db_feed_run */
	struct db_cell cells[DB_FEED_CELLS];
	int64_t txn;                   /* last transaction in the open snapshot */
	struct db_stmt *rowed;         /* statements that gave a row: what a snapshot's end, or a job's, resets */
	struct db_stmt at[ST__END + 1];
};

enum conn_kind { CONN_READER, CONN_WRITER, CONN_CHECKPOINT };

/*
 * What a database brings. Everything else of this room (db.c, writer.c, migrate.c) is the same for all.
 * On PostgreSQL a statement of the writer whose answer nobody needs is sent and not waited for: what it met is told by settle, or by the next answer.
 */
struct driver {
	const char *name;
	/* the base: opens its own things and the writer's connection; sets nothing up yet */
	enum rc (*open)(struct db *db, bool migrate, struct problem *p);
	enum rc (*run)(struct db *db, struct problem *p);                     /* after migrations: what runs beside the writer */
	void (*close)(struct db *db);                                         /* after the writer ended; frees what open made */
	enum rc (*check)(struct db *db, struct problem *p);
	enum rc (*is_there)(const char *path, bool *there_r, struct problem *p);
	enum rc (*remove)(const char *path, struct problem *p);
	/* connections */
	enum rc (*conn_open)(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p);
	void (*conn_close)(struct db_conn **c);
	enum rc (*exec)(struct db_conn *c, const char *sql, struct problem *p);   /* literals and migrations only; several statements */
	enum rc (*number)(struct db_conn *c, const char *sql, int64_t *v_r, struct problem *p); /* first column of the first row */
	/* snapshots of a reader */
	enum rc (*begin)(struct db_conn *c, struct problem *p);               /* and reads c->txn */
	void (*end)(struct db_conn *c);
	/* statements */
	const char *(*text)(enum stmt id);
	void (*prepare)(struct db_stmt *s, enum stmt id);
	void (*bind_i64)(struct db_stmt *s, int i, int64_t v);
	void (*bind_f64)(struct db_stmt *s, int i, double v);
	void (*bind_bytes)(struct db_stmt *s, int i, struct str v, bool text);
	void (*bind_null)(struct db_stmt *s, int i);
	enum rc (*step)(struct db_stmt *s, bool *row_r, struct problem *p);
	enum rc (*run_all)(struct db_stmt *s, struct problem *p);
	void (*reset)(struct db_stmt *s);
	int64_t (*i64)(struct db_stmt *s, int col);
	double (*f64)(struct db_stmt *s, int col);
	struct str (*bytes)(struct db_stmt *s, int col);
	bool (*is_null)(struct db_stmt *s, int col);
	int64_t (*last_rowid)(struct db_conn *c);
	int64_t (*changes)(struct db_conn *c);
	enum rc (*part_keep)(struct db_conn *c, struct problem *p);
	enum rc (*part_undo)(struct db_conn *c, struct problem *p);
	enum rc (*feed_run)(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p);
	/* looking ahead: NULL where nothing is far */
	void (*ahead)(struct db_stmt *s, int at, const int64_t *values, size_t n);
	void (*ahead_of)(struct db_stmt *s, int col, enum stmt id, bool (*wants)(int64_t value));
	struct db_traffic (*traffic)(const struct db_conn *c);
	enum rc (*each)(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p);
	/* the writer's group */
	enum rc (*begin_write)(struct db_conn *c, struct problem *p);
	bool (*in_txn)(struct db_conn *c);                                    /* false: the transaction ended under our feet */
	enum rc (*settle)(struct db_conn *c, struct problem *p);              /* all that was sent is answered: the first that failed */
	int64_t (*changed)(struct db_conn *c);                                /* rows written since the connection was opened; NULL: a statement that fails spoils the transaction */
	bool (*met)(struct db_conn *c);                                       /* the transaction failed because it met another one: nothing was written, it can run again */
	/* RC_OK: durable, or where flush is there: after the next flush. The outcome is never unknown to the caller: a commit whose answer was lost is looked up by txn (0: cannot be). */
	enum rc (*commit)(struct db_conn *c, int64_t txn, struct problem *p);
	enum rc (*flush)(struct db *db, struct problem *p);                   /* on a thread of its own: all that was committed is durable. NULL: commit sees to it */
	void (*after_groups)(struct db *db);                                  /* between groups: keep the log short */
	enum rc (*many)(struct db_conn *c, bool on, struct problem *p);       /* room for very many changes */
	/* a first load */
	enum rc (*bulk_begin)(struct db *db, struct problem *p);              /* the writer is idle */
	enum rc (*bulk_end)(struct db *db, struct problem *p);
};
extern const struct driver driver_sqlite, driver_postgres;

/* flush.c. Under db.lock, but for reading shown and settled. Marks count the commits that were begun. */
struct flush {
	pthread_t thread;
	bool runs, stop, in_hand, broken;
	pthread_cond_t wake;           /* groups came, stop was asked */
	struct db_wait *waits;         /* unordered */
	struct db_job *head, **tail;   /* jobs of groups that were committed or lost, to be told */
	atomic_ullong shown;           /* the last with a job whose rows must be durable before they are told */
	atomic_ullong settled;
	uint64_t begun, given;         /* the writer's own; of the last group that was given */
};

struct db {
	const struct driver *drv;
	char *path;
	struct db_settings set;
	struct lite *lite;
	struct pg_base *pg;
	struct db_conn *writer;        /* used by the writer thread, or by the bulk loader while bulk is set */

	pthread_t writer_thread;
	bool writer_runs;
	pthread_mutex_t lock;          /* guards the queue, bulk and stop */
	pthread_cond_t wake;           /* a job came, stop was asked */
	pthread_cond_t idle;           /* the writer, or what flushes and tells, has nothing in hand */
	struct db_job *head, **tail;
	bool stop, bulk, in_hand;
	uint64_t asked;                /* the writer's own: what the ledger was asked to flush */
	unsigned guarded;              /* the writer's own: groups that still run each job in a savepoint */
	atomic_int many;               /* groups until the writer goes back to its small cache; 0: it has it */

	struct db_ledger ledger;       /* before_commit NULL: there is none */
	atomic_llong last_txn;
	struct flush flush;
};

/* db.c */
void conn_reset(struct db_conn *c);                       /* every statement that gave a row */
static inline void stmt_rowed(struct db_stmt *s)          /* it may still be on a row at db_end, which resets it */
{
	if (!s->rowed) {
		s->rowed = true;
		s->rowed_next = s->c->rowed;
		s->c->rowed = s;
	}
}
struct db_conn *conn_new(struct db *db, enum conn_kind kind, struct problem *p);

/* feed.c: SQLite's virtual table */
enum rc feed_register(struct db_conn *c, struct problem *p);
enum rc feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p) CHECKED;

/* migrate.c: tables of a new base, then each migration not applied yet */
struct embedded;
struct migrations { const struct embedded *at; size_t n; const char *start; /* makes migration and state */ const char *has_start; /* number of tables called migration */ };
enum rc migrate_run(struct db_conn *c, const struct migrations *m, bool migrate, struct problem *p) CHECKED;

/* writer.c */
enum rc writer_start(struct db *db, struct problem *p) CHECKED;
void writer_stop(struct db *db);       /* drains, then ends the thread */
void writer_refuse_queue(struct db *db, const struct problem *why); /* the writer cannot work now: what waits is told so at once */
bool writer_stops(struct db *db);
void writer_tell(struct db *db, struct db_job *list);         /* each hears its outcome; then the ledger */

/* flush.c */
enum rc flush_start(struct db *db, struct problem *p) CHECKED;      /* nothing, where a commit is durable by itself */
void flush_stop(struct db *db);                                     /* after the writer: tells what is left */
void flush_begin(struct db *db, bool shown);                        /* the writer: readers may see what follows from now on */
enum rc flush_may(struct db *db, struct problem *p) CHECKED;        /* RC_BROKEN once a flush failed */
void flush_give(struct db *db, struct db_job *list, struct db_job *rest); /* the group list up to rest, with its outcomes */

#endif
