/* SPDX-License-Identifier: Apache-2.0 */
/* db/copy_inner.h: the two ends of a copy: copy.c moves rows from one to the other, copy_sqlite.c and copy_pg.c read and write them. Start at struct copy_ops. */
#ifndef HYGIE_DB_COPY_INNER_H
#define HYGIE_DB_COPY_INNER_H

#include "db/copy.h"
#include "db/inner.h"

#define COPY_COLUMNS 32
#define COPY_KEYS 8

/* kind: 'i' whole number, 'f' double, 't' text, 'b' bytes */
struct copy_table { char name[64]; unsigned n, n_key, key[COPY_KEYS]; struct { char name[48], kind; } col[COPY_COLUMNS]; };
struct copy_cell { bool null; int64_t i; double f; struct str s; };
/* Takes one row; the cells are valid during the call. false ends the reading. */
struct copy_each { bool (*row)(struct copy_each *e, const struct copy_table *t, const struct copy_cell *cells); };

struct copy_end { const struct copy_ops *ops; void *h; const char *path; bool writes; const struct copy_table *table; struct buf out; };
struct copy_ops {
	enum rc (*open)(struct copy_end *e, bool write, struct problem *p);
	void (*close)(struct copy_end *e);
	enum rc (*exec)(struct copy_end *e, const char *sql, struct problem *p);
	enum rc (*number)(struct copy_end *e, const char *sql, int64_t *v_r, struct problem *p);
	/* Rows in key order after a key (NULL: from the start), at most limit; down: from the end. */
	enum rc (*rows)(struct copy_end *e, const struct copy_table *t, const struct copy_cell *after, bool down, unsigned limit, struct copy_each *each, struct problem *p);
	/* A portion: all of it or nothing. */
	enum rc (*put_begin)(struct copy_end *e, const struct copy_table *t, struct problem *p);
	enum rc (*put)(struct copy_end *e, const struct copy_cell *cells, struct problem *p);
	enum rc (*put_end)(struct copy_end *e, bool good, struct problem *p);
	enum rc (*finish)(struct copy_end *e, const struct copy_table *tables, size_t n, struct problem *p);
	const char *tables; /* asks how many of state, resource and account are there: fewer than three where the making of a base was cut */
};
extern const struct copy_ops copy_sqlite, copy_pg;

/* The tables of a base, as the migrations make them, in their order. */
enum rc copy_tables(struct copy_table **tables_r, size_t *n_r, struct problem *p) CHECKED;
/* "SELECT a, b FROM t WHERE (k1, k2)>(?1, ?2) ORDER BY k1, k2 LIMIT n" */
void copy_select(struct buf *out, const struct copy_table *t, char mark, bool after, bool down, unsigned limit);
#endif
