/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/feed.c: many rows through one statement: "INSERT INTO t SELECT c1, c2 FROM feed". feed is a virtual table of this connection whose rows
 * come from a callback; the statement keeps its place in the tree from row to row, which rows in key order make very cheap.
 * Must never be readable outside db_feed_run: it is then empty. Called by record. Start at feed_run.
 */
#include "db/lite.h"

#include <string.h>

struct feed_table { sqlite3_vtab base; struct db_conn *c; };
struct feed_cursor { sqlite3_vtab_cursor base; struct db_conn *c; bool over; sqlite3_int64 n; };

static int feed_connect(sqlite3 *h, void *aux, int argc, const char *const *argv, sqlite3_vtab **out, char **error)
{
	(void)argc, (void)argv, (void)error;
	int code = sqlite3_declare_vtab(h, "CREATE TABLE feed(c1, c2, c3, c4, c5)");
	if (code != SQLITE_OK)
		return code;
	struct feed_table *t = sqlite3_malloc(sizeof *t);
	if (!t)
		return SQLITE_NOMEM;
	memset(t, 0, sizeof *t);
	t->c = aux;
	*out = &t->base;
	return SQLITE_OK;
}

static int feed_disconnect(sqlite3_vtab *t)
{
	sqlite3_free(t);
	return SQLITE_OK;
}

static int feed_best(sqlite3_vtab *t, sqlite3_index_info *info)
{
	(void)t;
	info->estimatedCost = 1000;
	info->estimatedRows = 1000;
	return SQLITE_OK;
}

static int feed_open(sqlite3_vtab *t, sqlite3_vtab_cursor **out)
{
	struct feed_cursor *k = sqlite3_malloc(sizeof *k);
	if (!k)
		return SQLITE_NOMEM;
	memset(k, 0, sizeof *k);
	k->c = ((struct feed_table *)t)->c;
	*out = &k->base;
	return SQLITE_OK;
}

static int feed_close(sqlite3_vtab_cursor *k)
{
	sqlite3_free(k);
	return SQLITE_OK;
}

static int feed_next(sqlite3_vtab_cursor *base)
{
	struct feed_cursor *k = (struct feed_cursor *)base;
	k->n++;
	k->over = !k->c->feed || !k->c->feed->next(k->c->feed, k->c->cells);
	return SQLITE_OK;
}

static int feed_filter(sqlite3_vtab_cursor *k, int no, const char *text, int argc, sqlite3_value **argv)
{
	(void)no, (void)text, (void)argc, (void)argv;
	return feed_next(k);
}

static int feed_eof(sqlite3_vtab_cursor *k) { return ((struct feed_cursor *)k)->over; }

static int feed_column(sqlite3_vtab_cursor *base, sqlite3_context *out, int i)
{
	const struct db_cell *x = &((struct feed_cursor *)base)->c->cells[i];
	switch (x->kind) {
	case DB_CELL_I64: sqlite3_result_int64(out, x->i); break;
	case DB_CELL_F64: sqlite3_result_double(out, x->f); break;
	default:          sqlite3_result_text64(out, x->s.p ? x->s.p : "", x->s.n, SQLITE_STATIC, SQLITE_UTF8);
	}
	return SQLITE_OK;
}

static int feed_rowid(sqlite3_vtab_cursor *k, sqlite3_int64 *out)
{
	*out = ((struct feed_cursor *)k)->n;
	return SQLITE_OK;
}

enum rc feed_register(struct db_conn *c, struct problem *p)
{
	static const sqlite3_module MODULE = { /* no xCreate: it exists without being made, in no schema */
		.iVersion = 1, .xConnect = feed_connect, .xBestIndex = feed_best, .xDisconnect = feed_disconnect, .xOpen = feed_open, .xClose = feed_close,
		.xFilter = feed_filter, .xNext = feed_next, .xEof = feed_eof, .xColumn = feed_column, .xRowid = feed_rowid,
	};
	int code = sqlite3_create_module_v2(c->h, "feed", &MODULE, c, NULL);
	return code == SQLITE_OK ? RC_OK : sqlite_problem(c->h, code, p);
}

enum rc feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p)
{
	bool built = false;
	if (c->writes && c->db->bulk) {
		enum rc rc = build_run(c, db_stmt_sql(id), f, &built, p);
		if (rc != RC_OK || built)
			return rc;
	}
	return db_run(db_stmt(c, id), p);
}
