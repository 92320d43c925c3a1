/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/postgres.h: what the files of the PostgreSQL driver share: postgres.c (connections, groups, opening), pg_stmt.c (statements), pg_text.c (texts),
 * pg_feed.c (many rows), pg_hold.c (rows put aside until somebody looks), pg_ahead.c (many reads in one round trip). Must never be included by anything else. Start at struct pg.
 */
#ifndef HYGIE_DB_POSTGRES_H
#define HYGIE_DB_POSTGRES_H

#include "db/inner.h"

#include <libpq-fe.h>

/* The advisory lock of the one who writes: "HYGI", as SQLite's application id. */
#define PG_LOCK_KEY "1213810505"
#define PG_PARAMS 24
#define PG_ROW_CELLS 12        /* columns of rows that go together */
#define PG_ARRAY_HEAD 20       /* of an array in binary: dimensions, nulls, type, length, first index */
#define PG_HELD 64             /* statements whose rows may be put aside */
#define PG_OWED 512            /* answers that may be outstanding before they are read */

/* Types that the tables use (pg_type.h of the server; their numbers never change). */
enum { OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TEXT = 25, OID_FLOAT8 = 701, OID_BYTEA_ARRAY = 1001, OID_INT8_ARRAY = 1016, OID_FLOAT8_ARRAY = 1022, OID_TEXT_ARRAY = 1009 };

/* A statement as PostgreSQL takes it: made from the catalogue's text, see pg_text.c. */
struct pg_text {
	char *sql;                 /* NULL: not made yet */
	unsigned params;
	bool utility;              /* BEGIN, SAVEPOINT …: no parameters, no columns */
	bool quiet;                /* the writer needs no answer: it fails for reasons of the server's only */
	bool inserts;
	bool settles;              /* what was sent before must be answered first: RELEASE, ROLLBACK … */
	bool undoes;               /* … and may have failed: ROLLBACK */
	/* a walk: rows come in portions; the next one starts after the last row of the one before */
	bool walk;
	unsigned start, keys;      /* parameters start … start+keys-1 are the columns 0 … keys-1; the last parameter is the portion */
	/* a feed: INSERT … SELECT … FROM feed */
	bool feed;
	unsigned cells;
	unsigned owned;            /* the patient of the resource in this column is put beside; 0: no such table */
	char *fresh;               /* the same for rows of which none is there yet: what is there is met as an error; NULL: sql is that */
	char *values;              /* the same with VALUES: tells the columns' types */
	/* SELECT … WHERE k=?1: the same for many values, the value as one more column; NULL: not such a statement */
	char *many;
	/* INSERT … VALUES that nobody waits for: its rows are put aside and go together (pg_hold.c) */
	uint64_t hold;             /* its bit, 0: not such a statement */
	char *rows;                /* the same for many rows, as arrays */
	bool copies;               /* its parameters are the columns, and none is there: COPY does as well */
	uint64_t meets;            /* rows of these must be sent before this statement: it looks at their table, or they at its */
	bool by_key;               /* … but not when the resource's key, which is its first parameter, is none of theirs */
};

/* Rows that go together, a buffer a column: the head of an array, then each value after its length. One more for the patient, where owned. */
struct pg_rows { struct buf column[PG_ROW_CELLS]; Oid type[PG_ROW_CELLS]; /* of arrays */ unsigned n; bool owned; size_t rows; };

/* One a base, shared by its connections: types of parameters, asked once. */
struct pg_base {
	pthread_mutex_t lock;
	struct { bool known; Oid type[PG_PARAMS]; } at[ST__END + 1];
	int64_t lane;              /* says whose turn it is to write: a vault that finds another number there has been replaced */
	char *url;
};

struct pg {
	PGconn *h;
	char owed[PG_OWED];        /* what was sent and not answered, in order: 'q' a statement, 's' a mark of the pipeline */
	unsigned n_owed, unmarked; /* statements after the last mark */
	bool in_txn, lost;         /* lost: the connection is gone, with its transaction and its prepared statements */
	bool failed;               /* the transaction is: only going back helps */
	bool again;                /* … because it met another one */
	bool part;                 /* savepoint of a job's part is open */
	struct problem first;      /* what failed it */
	int64_t changes;
	struct db_traffic traffic;
	uint64_t held;             /* statements that have rows put aside */
	bool aside;                /* the last statement is one of them */
	bool looked_ahead;         /* in this snapshot: something to forget at its end */
	uint64_t retry_ns, backoff_ns;
	unsigned generation;       /* of prepared statements: goes up with each connection */
};

#define PG_PORTION_FIRST 64
struct pg_stmt {
	const struct pg_text *text;
	enum stmt id;
	unsigned generation;       /* prepared on this connection when equal to pg.generation */
	struct pg_bound { enum { BOUND_NULL, BOUND_I64, BOUND_F64, BOUND_BYTES } kind; int64_t i; double f; struct str s; } bound[PG_PARAMS];
	PGresult *res;
	bool borrowed;             /* res belongs to ahead */
	int row, rows;
	struct pg_ahead *ahead;    /* what was asked for before it is run: pg_ahead.c */
	unsigned many_generation;  /* of pg_text.many */
	unsigned fresh_generation; /* of pg_text.fresh */
	unsigned rows_generation;  /* of pg_text.rows */
	struct pg_rows *rows_held; /* NULL: none yet */
	struct { bool is; int col; enum stmt id; bool (*wants)(int64_t value); int to; } link; /* its rows are looked ahead from: so far */
	int64_t portion;
	bool more;                 /* a walk that was cut at its portion */
	char *keep; size_t keep_n; /* bytes of the last row's keys */
};

/* pg_text.c */
unsigned pg_owned(const char *table, size_t n);       /* the column that holds the resource of a table of value rows; 0: another table */
const struct pg_text *pg_text_of(enum stmt id);       /* made once a process */
enum stmt pg_text_held(unsigned bit);                 /* the statement of this bit of pg_text.hold */

/* postgres.c */
enum rc pg_problem(struct db_conn *c, const PGresult *r, struct problem *p) CHECKED;      /* RC_OK never; notes what became of the transaction */
enum rc pg_ready(struct db_conn *c, struct problem *p) CHECKED;                           /* connected, or connects again */
enum rc pg_owe(struct db_conn *c, char what, struct problem *p) CHECKED;                  /* notes what was just sent; reads answers when too many are owed */
enum rc pg_mark(struct db_conn *c, struct problem *p) CHECKED;                            /* sends a mark and flushes */
/* Reads all answers that are owed. The last statement's result goes to *last_r when asked (PQclear it). The first that failed is told. */
enum rc pg_collect(struct db_conn *c, PGresult **last_r, struct problem *p) CHECKED;
/* The same; keeps the results of the last n statements (all or, when one failed, none). */
enum rc pg_collect_each(struct db_conn *c, PGresult **at, size_t n, struct problem *p) CHECKED;
enum rc pg_plain(struct db_conn *c, struct problem *p) CHECKED;                           /* leaves pipeline mode: for exec and COPY */
enum rc pg_pipeline(struct db_conn *c, struct problem *p) CHECKED;

/* pg_stmt.c */
void pg_prepare(struct db_stmt *s, enum stmt id);
void pg_bind_i64(struct db_stmt *s, int i, int64_t v);
void pg_bind_f64(struct db_stmt *s, int i, double v);
void pg_bind_bytes(struct db_stmt *s, int i, struct str v, bool text);
void pg_bind_null(struct db_stmt *s, int i);
enum rc pg_step(struct db_stmt *s, bool *row_r, struct problem *p) CHECKED;
enum rc pg_run_all(struct db_stmt *s, struct problem *p) CHECKED;
enum rc pg_send(struct db_stmt *s, struct problem *p) CHECKED;                            /* without waiting */
void pg_reset(struct db_stmt *s);
void pg_stmt_free(struct db_stmt *s);
int64_t pg_i64(struct db_stmt *s, int col);
double pg_f64(struct db_stmt *s, int col);
struct str pg_bytes(struct db_stmt *s, int col);
bool pg_is_null(struct db_stmt *s, int col);
enum rc pg_types(struct db_stmt *s, const Oid **type_r, struct problem *p) CHECKED;       /* of a statement's parameters */
Oid pg_array_of(Oid type);                                                                /* 0: a type of which we send no arrays */
/* One parameter in the server's binary form; the bytes stand in `at` or where they were bound. false: no value of that type. */
bool pg_encode(const struct pg_bound *b, Oid type, char at[8], const char **value_r, int *n_r);
/* Types of a text's parameters, asked of the server. */
enum rc pg_describe(struct db_conn *c, const char *sql, unsigned n, Oid *type_r, struct problem *p) CHECKED;

/* pg_ahead.c */
void pg_ahead(struct db_stmt *s, int at, const int64_t *values, size_t n);
void pg_ahead_of(struct db_stmt *s, int col, enum stmt id, bool (*wants)(int64_t value));
bool pg_ahead_serve(struct db_stmt *s);      /* the rows of what is bound were brought: res, row and rows stand before them */
void pg_ahead_rows(struct db_stmt *s);       /* s stands on a row from which others are to be looked at */
void pg_ahead_forget(struct db_conn *c);     /* the snapshot ends */
void pg_ahead_free(struct pg_stmt *x);
enum rc pg_each(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p) CHECKED;

/* pg_feed.c */
enum rc pg_feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p) CHECKED;
void pg_rows_init(struct pg_rows *x);
void pg_rows_done(struct pg_rows *x);
void pg_rows_begin(struct pg_rows *x);                                                    /* no rows; n, owned and type stand */
enum rc pg_rows_end(struct pg_rows *x, struct problem *p) CHECKED;                        /* before they are sent; RC_LIMIT: no memory */
/* By a statement with a parameter a column, not waited for. It is prepared as mark and number of s, once a *generation. */
enum rc pg_rows_send(struct db_stmt *s, char mark, const char *text, unsigned *generation, const struct pg_rows *x, struct problem *p) CHECKED;
/* By COPY into the table of "INSERT INTO t… VALUES(…": the server puts many into a page at once. Two round trips; leaves pipeline mode and comes back. before, after: statements around it, in the same trips. RC_CONFLICT: one is there. */
enum rc pg_rows_copy(struct db_conn *c, const char *values, const char *before, const char *after, const struct pg_rows *x, struct problem *p) CHECKED;

/* pg_hold.c: rows that are put aside */
/* Takes the row that is bound, or says that it is to be sent as it is. What it would meet is sent first. */
enum rc pg_hold(struct db_stmt *s, bool *held_r, struct problem *p) CHECKED;
enum rc pg_hold_meet(struct db_stmt *s, struct problem *p) CHECKED;                       /* before s is sent: what it must see */
enum rc pg_hold_send(struct db_conn *c, struct problem *p) CHECKED;                       /* all of them */
void pg_hold_free(struct pg_stmt *x);

static inline void put_be(char *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(v >> (8 * (n - 1 - i)));
}
static inline uint64_t get_be(const char *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}
#endif
