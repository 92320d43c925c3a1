/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/db.h: the one narrow door to a database: SQLite and PostgreSQL behind the same functions (db/inner.h, struct driver).
 * SQL runs only from the catalogue (db/catalogue_*.def, by id), every value bound; a search plan becomes walks of the catalogue (record/walk.c).
 * Readers have a connection each and read snapshots; all writes go through the one group-commit writer. It never decides who may see what.
 */
#ifndef HYGIE_DB_DB_H
#define HYGIE_DB_DB_H

#include "base/str.h"

/* What a statement can reveal, said in its catalogue row. */
enum stmt_reveals { STMT_NONE, STMT_META, STMT_PATIENT };
/* S(ROOM_NAME, reveals, "sql") : enum stmt { ST_ROOM_NAME }. One file a room that owns tables. */
enum stmt {
#define S(name, reveals, sql) ST_##name,
#include "db/catalogue_db.def"
#include "db/catalogue_record.def"
#include "db/catalogue_hospital.def"
#include "db/catalogue_gate.def"
#include "db/catalogue_keeper.def"
#undef S
	ST__END
};

struct db;       /* an open database: path, writer thread, settings */
struct db_conn;  /* one connection, one thread at a time */
struct db_stmt;  /* a prepared statement of a connection, reset when fetched again */

struct db_settings {
	const char *path;          /* SQLite file, or postgresql://… */
	uint64_t cache_bytes;      /* page cache of one reader connection */
	uint64_t writer_cache_bytes;
	bool bulk;                 /* first load of an empty base: no durability until db_bulk_end */
	const char *scratch;       /* directory of temporary files of a first load; NULL: beside the file, or /var/tmp for a server. Must live as long as the base */
	int64_t max_pages;         /* SQLite only. 0: no ceiling; else the base may not grow over so many pages of 8 KB (quota, tests) */
};
/* Opens, checks application id and schema version (refuses a newer one), migrates if asked (forward only, one transaction each, checksummed), starts the writer. */
enum rc db_open(const struct db_settings *s, bool migrate, struct db **db_r, struct problem *p) CHECKED;
/* Is there a base of ours at path (file or server's address)? Nothing is made or locked. RC_RETRY when a server does not answer. */
enum rc db_is_there(const char *path, bool *there_r, struct problem *p) CHECKED;
/* Takes away what was made there: the file and its tails, or the schema of our tables. CONFLICT when another vault has it. */
enum rc db_remove(const char *path, struct problem *p) CHECKED;
void db_close(struct db **db);                       /* drains the writer first */
enum rc db_check(struct db *db, struct problem *p) CHECKED; /* integrity; long */

/* ---- reading ---- */
enum rc db_reader(struct db *db, struct db_conn **c_r, struct problem *p) CHECKED;
void db_reader_close(struct db_conn **c);
enum rc db_begin(struct db_conn *c, struct problem *p) CHECKED;  /* one snapshot until db_end */
void db_end(struct db_conn *c);

/* Statements. Binding is by position from 1; columns from 0. A str column is valid until the next step. */
struct db_stmt *db_stmt(struct db_conn *c, enum stmt id);                       /* prepared once a connection; MUST exist */
void db_bind_i64(struct db_stmt *s, int i, int64_t v);
void db_bind_f64(struct db_stmt *s, int i, double v);
void db_bind_str(struct db_stmt *s, int i, struct str v);   /* text; must live until the statement is reset; p NULL binds NULL */
void db_bind_blob(struct db_stmt *s, int i, struct str v);
void db_bind_null(struct db_stmt *s, int i);
/* RC_OK with *row_r true while rows come; false at the end (statement reset by itself). RC_CONFLICT: a constraint; RC_BROKEN: disk, corruption (why DISK_FULL or BROKEN). */
enum rc db_step(struct db_stmt *s, bool *row_r, struct problem *p) CHECKED;
enum rc db_run(struct db_stmt *s, struct problem *p) CHECKED;    /* step to the end, no rows wanted */
void db_reset(struct db_stmt *s);
int64_t db_i64(struct db_stmt *s, int col);
double db_f64(struct db_stmt *s, int col);
struct str db_text(struct db_stmt *s, int col);                  /* text or blob bytes; p NULL for NULL */
bool db_is_null(struct db_stmt *s, int col);
int64_t db_last_rowid(struct db_conn *c);
int64_t db_changes(struct db_conn *c);

/* ---- looking ahead: a server is far, a file is not (then all of these do nothing) ---- */
/*
 * The statement, whose other parameters are bound, will be run with each of these values as parameter `at` before the snapshot ends: a server is asked for all
 * of them in one round trip. One parameter: at most one row a value. Of a walk the first portion is brought. Only a hint: it never fails, and what it did not bring is asked for when it is run.
 * What it brought stays valid until the next hint for the same statement, or db_end.
 */
void db_ahead(struct db_stmt *s, int at, const int64_t *values, size_t n);
/* Column col of the rows that come from s will be the only parameter of statement id; wants: for which values (NULL: all). For a walk: until it is fetched again. */
void db_ahead_of(struct db_stmt *s, int col, enum stmt id, bool (*wants)(int64_t value));
bool db_is_far(const struct db_conn *c);
/*
 * One statement for many: bind gives the parameters of number i (texts must live until its rows were given), row takes each row that it gave, in order of i.
 * A server is asked for many in one round trip. What is brought is given at once and not kept: so this is for the writer too, who sees its own changes.
 * Neither function may run a statement. Not for walks.
 */
struct db_many {
	void (*bind)(struct db_many *m, struct db_stmt *s, size_t i);
	enum rc (*row)(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p);
};
enum rc db_each(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p) CHECKED;
/* How often this connection waited for a server's answer, and statements sent to it, since it was opened. */
struct db_traffic { uint64_t trips, statements; };
struct db_traffic db_traffic(const struct db_conn *c);

/* ---- the group-commit writer ---- */
/*
 * A job runs on the writer thread inside the group's transaction, and is undone alone if it fails. It may be run again with its group: re-runnable, touches nothing but the database and its own memory.
 * It changes rows only, no tables.
 * The writer takes all jobs that waited while the last flush ran, runs each, calls before_commit once (the ledger's flush of intents), commits,
 * and once that is durable each job's done(job) is called, in order, on one thread that others wait for: done must be quick (hand over, wake).
 * job->rc: what run returned; RC_BROKEN for every job of a group whose commit failed.
 */
struct db_job {
	enum rc (*run)(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p); /* txn: transaction counter, commit order */
	void (*done)(struct db_job *job);
	enum rc rc;
	struct problem problem;
	bool derived;                /* its rows follow from what is durable elsewhere, or are told to nobody: who reads them need not wait for their flush */
	uint64_t needs;              /* ledger number that must be durable before COMMIT; 0 none */
	struct db_job *next;
};
void db_submit(struct db *db, struct db_job *list);               /* any thread; never blocks on disk */
enum rc db_write_now(struct db *db, struct db_job *job, struct problem *p) CHECKED; /* submit and wait: start-up and keeper only */
/* What the writer tells the ledger, on its own thread. */
struct db_ledger {
	void *ctx;
	enum rc (*before_commit)(void *ctx, uint64_t needs);    /* blocks until what the group needs is durable */
	void (*soon)(void *ctx, uint64_t needs);                /* a group that needs this begins, or waits for one before it: its commit will ask for it */
	void (*told)(void *ctx);                                /* the jobs of a group were told: what their done() appended may be flushed beside what comes next */
};
void db_ledger_set(struct db *db, const struct db_ledger *ledger);
/*
 * A reader's snapshot may show a group whose flush still runs (SQLite's log is flushed beside the next group). What was read is told to nobody before that is
 * durable: db_seen after the reading, 0 when all that could be seen is; else db_when_durable, which calls back on the thread that flushes, or at once when
 * that is decided: ok, or not: a flush failed, and nothing that was seen will ever be called durable. done must be quick.
 */
struct db_wait { void (*done)(struct db_wait *w, bool ok); uint64_t mark; struct db_wait *next; };
uint64_t db_seen(struct db *db);
void db_when_durable(struct db *db, struct db_wait *w);
/*
 * Said by a job that will change very many pages (an import of thousands): the writer's page cache may grow to an eighth of the machine's memory, at
 * most 512 MB, and the log to about twice as much, until a run of groups has passed without its being said again.
 */
enum rc db_expect_many(struct db_conn *c, struct problem *p) CHECKED;
/* A part of a job that may fail alone (an entry of a batch): open, then keep or undo. They do not nest. */
enum rc db_savepoint(struct db_conn *c, struct problem *p) CHECKED;
enum rc db_savepoint_keep(struct db_conn *c, struct problem *p) CHECKED;
enum rc db_savepoint_undo(struct db_conn *c, struct problem *p) CHECKED;
int64_t db_last_txn(struct db *db);
int64_t db_conn_txn(struct db_conn *c);                           /* last transaction in this connection's snapshot */

/* ---- many rows through one statement: "INSERT INTO t SELECT c1, c2 FROM feed" ---- */
#define DB_FEED_CELLS 5
enum db_cell_kind { DB_CELL_I64, DB_CELL_F64, DB_CELL_TEXT };
struct db_cell { enum db_cell_kind kind; int64_t i; double f; struct str s; /* valid until the next row */ };
struct db_feed {
	bool (*next)(struct db_feed *f, struct db_cell cells[DB_FEED_CELLS]); /* false: no more rows */
	/* The patient of the resource of the row handed out last, 0 none: asked only for tables that have it in their keys (PostgreSQL). NULL: looked up, which is dearer. */
	int64_t (*owner)(struct db_feed *f);
};
/* Rows in the order of the table's key; in a first load on SQLite rows that are not are refused (RC_BROKEN), for an empty table's tree is then written as pages (lite_build.c). */
enum rc db_feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p) CHECKED;

/* ---- the first load of an empty base: the writer's connection in the caller's hand, without journal and flush ---- */
/* No other connection may be open (RC_RETRY). A crash between the two leaves a base that db_open refuses: it is removed and loaded again. */
enum rc db_bulk_begin(struct db *db, struct db_conn **c_r, struct problem *p) CHECKED;
enum rc db_bulk_end(struct db *db, struct problem *p) CHECKED;  /* commit, fsync, mark whole, back to durable writes */

/* ---- the catalogue, for checks ---- */
const char *db_path(const struct db *db);                        /* a file, or a server's address: never to be logged, it may hold a password */
const char *db_scratch(const struct db *db);                     /* a path whose directory takes temporary files */
const char *db_driver(const struct db *db);                      /* "sqlite", "postgresql" */
bool db_is_server(const char *path);                             /* postgresql://… */
const char *db_stmt_name(enum stmt id);
const char *db_stmt_sql(enum stmt id);
const char *db_stmt_text(const struct db *db, enum stmt id);      /* as its driver runs it */
enum stmt_reveals db_stmt_reveals(enum stmt id);
#endif
