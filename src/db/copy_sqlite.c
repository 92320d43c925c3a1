/* SPDX-License-Identifier: Apache-2.0 */
/* db/copy_sqlite.c: a SQLite file as an end of a copy; and the tables of a base, learnt from the migrations in a base in memory. Start at copy_tables. */
#include "db/copy_inner.h"
#include "db/lite.h"
#include "db_migrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

static char kind_of(const char *type) { return strcmp(type, "INTEGER") == 0 ? 'i' : strcmp(type, "REAL") == 0 ? 'f' : strcmp(type, "TEXT") == 0 ? 't' : 'b'; }

static int columns_of(sqlite3 *h, struct copy_table *t)
{
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(h, "SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid", -1, &s, NULL);
	if (code == SQLITE_OK)
		sqlite3_bind_text(s, 1, t->name, -1, SQLITE_STATIC);
	while (code == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		int pk = sqlite3_column_int(s, 2);
		MUST(t->n < COPY_COLUMNS && pk <= COPY_KEYS);
		snprintf(t->col[t->n].name, sizeof t->col[t->n].name, "%s", (const char *)sqlite3_column_text(s, 0));
		t->col[t->n].kind = kind_of((const char *)sqlite3_column_text(s, 1));
		if (pk > 0) {
			t->key[pk - 1] = t->n;
			t->n_key = (unsigned)pk > t->n_key ? (unsigned)pk : t->n_key;
		}
		t->n++;
	}
	sqlite3_finalize(s);
	MUST(code != SQLITE_OK || t->n_key > 0); /* a table without a key cannot be copied in portions */
	return code;
}

enum rc copy_tables(struct copy_table **tables_r, size_t *n_r, struct problem *p)
{
	enum { MOST = 200 };
	sqlite3 *h = NULL;
	sqlite3_stmt *s = NULL;
	size_t n = 0;
	struct copy_table *t = calloc(MOST, sizeof *t);
	int code = sqlite3_open_v2(":memory:", &h, SQLITE_OPEN_READWRITE, NULL);
	if (code == SQLITE_OK) /* migrations write to it; it has its own way of being copied (copy.c, STATE), so it is no table here */
		code = sqlite3_exec(h, "CREATE TEMP TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL)", NULL, NULL, NULL);
	for (size_t i = 0; code == SQLITE_OK && i < db_migrations_count; i++)
		code = sqlite3_exec(h, (const char *)db_migrations[i].bytes, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_prepare_v2(h, "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY rowid", -1, &s, NULL);
	while (code == SQLITE_OK && t && sqlite3_step(s) == SQLITE_ROW) {
		MUST(n < MOST);
		snprintf(t[n].name, sizeof t[n].name, "%s", (const char *)sqlite3_column_text(s, 0));
		code = columns_of(h, &t[n++]);
	}
	enum rc rc = !t ? problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory") : code == SQLITE_OK ? RC_OK : sqlite_problem(h, code, p);
	sqlite3_finalize(s);
	sqlite3_close(h);
	if (rc != RC_OK) {
		free(t);
		return rc;
	}
	*tables_r = t;
	*n_r = n;
	return RC_OK;
}

/* ---- the end ---- */

struct lite_end { sqlite3 *h; sqlite3_stmt *put; };

static enum rc end_exec(struct copy_end *e, const char *sql, struct problem *p)
{
	sqlite3 *h = ((struct lite_end *)e->h)->h;
	int code = sqlite3_exec(h, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? RC_OK : sqlite_problem(h, code, p);
}

static void end_close(struct copy_end *e)
{
	struct lite_end *l = e->h;
	if (!l)
		return;
	sqlite3_finalize(l->put);
	sqlite3_close(l->h);
	free(l);
	e->h = NULL;
}

static enum rc end_open(struct copy_end *e, bool write, struct problem *p)
{
	struct lite_end *l = calloc(1, sizeof *l);
	if (!l)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	e->h = l;
	int code = sqlite3_open_v2(e->path, &l->h, write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, NULL);
	enum rc rc = code == SQLITE_OK ? end_exec(e, write ? "PRAGMA synchronous=FULL; PRAGMA cache_size=-65536" : "PRAGMA cache_size=-16384", p) : sqlite_problem(l->h, code, p);
	if (rc != RC_OK)
		end_close(e);
	return rc;
}

static enum rc end_number(struct copy_end *e, const char *sql, int64_t *v_r, struct problem *p)
{
	sqlite3 *h = ((struct lite_end *)e->h)->h;
	sqlite3_stmt *s = NULL;
	int code = sqlite3_prepare_v2(h, sql, -1, &s, NULL);
	if (code == SQLITE_OK && (code = sqlite3_step(s)) == SQLITE_ROW)
		*v_r = sqlite3_column_int64(s, 0);
	enum rc rc = code == SQLITE_ROW ? RC_OK : sqlite_problem(h, code, p);
	sqlite3_finalize(s);
	return rc;
}

static void bind(sqlite3_stmt *s, int i, char kind, const struct copy_cell *x, sqlite3_destructor_type keep)
{
	if (x->null)
		sqlite3_bind_null(s, i);
	else if (kind == 'i')
		sqlite3_bind_int64(s, i, x->i);
	else if (kind == 'f')
		sqlite3_bind_double(s, i, x->f);
	else if (kind == 't')
		sqlite3_bind_text64(s, i, x->s.p, x->s.n, keep, SQLITE_UTF8);
	else
		sqlite3_bind_blob64(s, i, x->s.p, x->s.n, keep);
}

static enum rc end_rows(struct copy_end *e, const struct copy_table *t, const struct copy_cell *after, bool down, unsigned limit, struct copy_each *each, struct problem *p)
{
	sqlite3 *h = ((struct lite_end *)e->h)->h;
	sqlite3_stmt *s = NULL;
	struct buf sql;
	buf_init(&sql, 8000);
	copy_select(&sql, t, '?', after != NULL, down, limit);
	int code = sqlite3_prepare_v2(h, sql.p, -1, &s, NULL);
	buf_done(&sql);
	for (unsigned i = 0; code == SQLITE_OK && after && i < t->n_key; i++)
		bind(s, (int)i + 1, t->col[t->key[i]].kind, &after[i], SQLITE_TRANSIENT); /* its bytes change with each row handed over */
	while (code == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW) {
		struct copy_cell cells[COPY_COLUMNS] = { 0 };
		for (unsigned i = 0; i < t->n; i++) {
			struct copy_cell *x = &cells[i];
			int k = (int)i;
			x->null = sqlite3_column_type(s, k) == SQLITE_NULL;
			if (t->col[i].kind == 'i')
				x->i = sqlite3_column_int64(s, k);
			else if (t->col[i].kind == 'f')
				x->f = sqlite3_column_double(s, k);
			else if (!x->null) {
				const char *v = sqlite3_column_blob(s, k);
				x->s = (struct str){ v ? v : "", (size_t)sqlite3_column_bytes(s, k) };
			}
		}
		if (!each->row(each, t, cells))
			break;
	}
	int last = sqlite3_finalize(s);
	return code == SQLITE_OK && last == SQLITE_OK ? RC_OK : sqlite_problem(h, code != SQLITE_OK ? code : last, p);
}

static enum rc end_put_begin(struct copy_end *e, const struct copy_table *t, struct problem *p)
{
	struct lite_end *l = e->h;
	struct buf sql;
	buf_init(&sql, 4000);
	buf_z(&sql, "INSERT INTO \"");
	buf_z(&sql, t->name);
	buf_z(&sql, "\" VALUES(?");
	for (unsigned i = 1; i < t->n; i++)
		buf_z(&sql, ",?");
	buf_z(&sql, ")");
	buf_ch(&sql, '\0');
	sqlite3_finalize(l->put);
	l->put = NULL;
	e->table = t;
	int code = sqlite3_prepare_v2(l->h, sql.p, -1, &l->put, NULL);
	buf_done(&sql);
	return code == SQLITE_OK ? end_exec(e, "BEGIN IMMEDIATE", p) : sqlite_problem(l->h, code, p);
}

static enum rc end_put(struct copy_end *e, const struct copy_cell *cells, struct problem *p)
{
	struct lite_end *l = e->h;
	for (unsigned i = 0; i < e->table->n; i++)
		bind(l->put, (int)i + 1, e->table->col[i].kind, &cells[i], SQLITE_STATIC);
	int code = sqlite3_step(l->put);
	sqlite3_reset(l->put);
	return code == SQLITE_DONE ? RC_OK : sqlite_problem(l->h, code, p);
}

static enum rc end_put_end(struct copy_end *e, bool good, struct problem *p)
{
	if (sqlite3_get_autocommit(((struct lite_end *)e->h)->h))
		return RC_OK;
	return end_exec(e, good ? "COMMIT" : "ROLLBACK", p);
}

static enum rc end_finish(struct copy_end *e, const struct copy_table *tables, size_t n, struct problem *p)
{
	(void)tables, (void)n;
	return end_exec(e, "PRAGMA wal_checkpoint(TRUNCATE)", p);
}

const struct copy_ops copy_sqlite = { end_open, end_close, end_exec, end_number, end_rows, end_put_begin, end_put, end_put_end, end_finish,
	"SELECT count(*) FROM sqlite_schema WHERE type='table' AND name IN ('state', 'resource', 'account')" };
