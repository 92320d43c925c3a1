/* SPDX-License-Identifier: Apache-2.0 */
/* db/copy_pg.c: a PostgreSQL base as an end of a copy: read in binary, written by COPY. It holds the same advisory lock as a vault that writes. Start at end_open. */
#include "db/copy_inner.h"
#include "db/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Codes only: the server's own words may hold values. */
static enum rc problem(PGconn *h, const PGresult *r, struct problem *p)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	if (!state || PQstatus(h) == CONNECTION_BAD)
		return problem_set(p, RC_RETRY, WHY_DB_AWAY, NULL, "connection lost");
	if (strncmp(state, "23", 2) == 0)
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "constraint %s", state);
	return problem_set(p, RC_BROKEN, strcmp(state, "53100") == 0 ? WHY_DISK_FULL : WHY_BROKEN, NULL, "sqlstate %s", state);
}

static enum rc query(struct copy_end *e, const char *sql, PGresult **r_r, struct problem *p)
{
	PGresult *r = PQexec(e->h, sql);
	ExecStatusType s = PQresultStatus(r);
	enum rc rc = s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK || s == PGRES_COPY_IN ? RC_OK : problem(e->h, r, p);
	if (rc == RC_OK && r_r)
		*r_r = r;
	else
		PQclear(r);
	return rc;
}

static enum rc end_exec(struct copy_end *e, const char *sql, struct problem *p) { return query(e, sql, NULL, p); }

static enum rc end_number(struct copy_end *e, const char *sql, int64_t *v_r, struct problem *p)
{
	PGresult *r = NULL;
	enum rc rc = query(e, sql, &r, p);
	if (rc == RC_OK && PQntuples(r) < 1)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no row");
	if (rc == RC_OK)
		*v_r = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return rc;
}

static void end_close(struct copy_end *e)
{
	if (e->h)
		PQfinish(e->h);
	e->h = NULL;
	buf_done(&e->out);
}

static void unheard(void *ctx, const PGresult *r) { (void)ctx, (void)r; }

static enum rc end_open(struct copy_end *e, bool write, struct problem *p)
{
	static const char *const KEYS[] = { "connect_timeout", "target_session_attrs", "dbname", "client_encoding", "fallback_application_name", NULL };
	const char *const VALUES[] = { "5", write ? "read-write" : "any", e->path, "UTF8", "hygie copy", NULL };
	int64_t ours = 0;
	buf_init(&e->out, 512u << 20);
	PGconn *h = PQconnectdbParams(KEYS, VALUES, 1);
	e->h = h;
	enum rc rc = h && PQstatus(h) == CONNECTION_OK ? RC_OK : problem_set(p, RC_RETRY, WHY_DB_AWAY, NULL, "no connection");
	if (rc == RC_OK) {
		PQsetNoticeReceiver(h, unheard, NULL);
		rc = end_exec(e, "SET search_path=hygie; SET enable_seqscan=off; SET enable_bitmapscan=off; SET enable_sort=off; SET jit=off; SET max_parallel_workers_per_gather=0", p);
	}
	for (int i = 0; rc == RC_OK && !ours && i < 100; i++) { /* the session that migrated the base ends in its own time */
		rc = end_number(e, "SELECT pg_try_advisory_lock(" PG_LOCK_KEY ")::int", &ours, p);
		if (rc == RC_OK && !ours)
			rc = end_exec(e, "SELECT pg_sleep(0.02)", p);
	}
	if (rc == RC_OK && !ours)
		rc = problem_set(p, RC_CONFLICT, WHY_IN_USE, NULL, "a vault works on this base");
	if (rc != RC_OK)
		end_close(e);
	return rc;
}

/* ---- reading ---- */

static void cell_of(PGresult *r, int row, int col, char kind, struct copy_cell *x)
{
	const char *v = PQgetvalue(r, row, col);
	size_t n = (size_t)PQgetlength(r, row, col);
	uint64_t bits;
	x->null = PQgetisnull(r, row, col) != 0;
	if (x->null)
		return;
	if (kind == 'i')
		x->i = (int64_t)get_be(v, n);
	else if (kind == 'f') {
		bits = get_be(v, 8);
		memcpy(&x->f, &bits, 8);
	} else
		x->s = (struct str){ v, n };
}

static enum rc end_rows(struct copy_end *e, const struct copy_table *t, const struct copy_cell *after, bool down, unsigned limit, struct copy_each *each, struct problem *p)
{
	const char *value[COPY_KEYS];
	char at[COPY_KEYS][8];
	int length[COPY_KEYS], format[COPY_KEYS];
	struct buf sql;
	enum rc rc = RC_OK;
	for (unsigned i = 0; after && i < t->n_key; i++) {
		char kind = t->col[t->key[i]].kind;
		uint64_t v = (uint64_t)after[i].i;
		if (kind == 'f')
			memcpy(&v, &after[i].f, 8);
		put_be(at[i], v, 8);
		value[i] = kind == 'i' || kind == 'f' ? at[i] : after[i].s.p;
		length[i] = kind == 'i' || kind == 'f' ? 8 : (int)after[i].s.n;
		format[i] = 1;
	}
	buf_init(&sql, 8000);
	copy_select(&sql, t, '$', after != NULL, down, limit > 2000 ? 2000 : limit);
	PGresult *r = PQexecParams(e->h, sql.p, after ? (int)t->n_key : 0, NULL, value, length, format, 1);
	buf_done(&sql);
	if (PQresultStatus(r) != PGRES_TUPLES_OK)
		rc = problem(e->h, r, p);
	for (int i = 0; rc == RC_OK && i < PQntuples(r); i++) {
		struct copy_cell cells[COPY_COLUMNS] = { 0 };
		for (unsigned k = 0; k < t->n; k++)
			cell_of(r, i, (int)k, t->col[k].kind, &cells[k]);
		if (!each->row(each, t, cells))
			break;
	}
	PQclear(r);
	return rc;
}

/* ---- writing: one COPY a portion, begun when the portion is whole, so that nothing waits on the other end meanwhile ---- */

static void be(struct buf *b, uint64_t v, size_t n)
{
	char at[8];
	put_be(at, v, n);
	buf_put(b, at, n);
}

static enum rc end_put_begin(struct copy_end *e, const struct copy_table *t, struct problem *p)
{
	(void)p;
	e->table = t;
	buf_reset(&e->out);
	buf_put(&e->out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	return RC_OK;
}

static enum rc end_put(struct copy_end *e, const struct copy_cell *cells, struct problem *p)
{
	struct buf *b = &e->out;
	be(b, e->table->n, 2);
	for (unsigned i = 0; i < e->table->n; i++) {
		const struct copy_cell *x = &cells[i];
		char kind = e->table->col[i].kind;
		uint64_t v = (uint64_t)x->i;
		if (kind == 'f')
			memcpy(&v, &x->f, 8);
		if (x->null) {
			be(b, 0xffffffffu, 4);
		} else if (kind == 'i' || kind == 'f') {
			be(b, 8, 4);
			be(b, v, 8);
		} else {
			be(b, x->s.n, 4);
			buf_put(b, x->s.p, x->s.n);
		}
	}
	return buf_rc(b, p);
}

/* Value rows have their resource's patient beside them here: they come by a table of their own, and with it. */
static enum rc stage_make(struct copy_end *e, struct problem *p)
{
	char sql[300];
	snprintf(sql, sizeof sql, "CREATE TEMP TABLE IF NOT EXISTS \"copied_%s\" (LIKE \"%s\"); ALTER TABLE \"copied_%s\" DROP COLUMN IF EXISTS patient", e->table->name, e->table->name, e->table->name);
	return end_exec(e, sql, p);
}

static enum rc stage_give(struct copy_end *e, struct problem *p)
{
	char sql[400];
	const char *t = e->table->name;
	snprintf(sql, sizeof sql, "BEGIN; INSERT INTO \"%s\" SELECT s.*, coalesce((SELECT r.patient FROM resource r WHERE r.rid=s.rid), 0) FROM \"copied_%s\" s; TRUNCATE \"copied_%s\"; COMMIT", t, t, t);
	enum rc rc = end_exec(e, sql, p);
	struct problem undone;
	if (rc != RC_OK)
		(void)!end_exec(e, "ROLLBACK", &undone);
	return rc;
}

static enum rc end_put_end(struct copy_end *e, bool good, struct problem *p)
{
	char sql[120];
	PGresult *r;
	if (!good || e->out.n <= 19)
		return RC_OK;
	const char *table = e->table->name;
	bool owned = pg_owned(table, strlen(table)) > 0;
	enum rc rc = owned ? stage_make(e, p) : RC_OK;
	snprintf(sql, sizeof sql, "COPY \"%s%s\" FROM STDIN (FORMAT binary)", owned ? "copied_" : "", table);
	if (rc == RC_OK)
		rc = query(e, sql, NULL, p);
	if (rc != RC_OK)
		return rc;
	be(&e->out, 0xffff, 2);
	for (size_t at = 0; rc == RC_OK && at < e->out.n; at += 1u << 20) {
		size_t n = e->out.n - at < 1u << 20 ? e->out.n - at : 1u << 20;
		if (PQputCopyData(e->h, e->out.p + at, (int)n) != 1)
			rc = problem(e->h, NULL, p);
	}
	if (PQputCopyEnd(e->h, rc == RC_OK ? NULL : "stopped") != 1 && rc == RC_OK)
		rc = problem(e->h, NULL, p);
	while ((r = PQgetResult(e->h))) {
		if (PQresultStatus(r) != PGRES_COMMAND_OK && rc == RC_OK)
			rc = problem(e->h, r, p);
		PQclear(r);
	}
	return rc == RC_OK && owned ? stage_give(e, p) : rc;
}

/* Numbers that the server gives by itself go on after the highest; and the planner learns the tables. */
static enum rc end_finish(struct copy_end *e, const struct copy_table *tables, size_t n, struct problem *p)
{
	static const char NUMBERS[] = "DO $$ DECLARE t text; BEGIN FOR t IN SELECT table_name FROM information_schema.columns WHERE table_schema='hygie' AND column_name='no' AND is_identity='YES' LOOP "
		"EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''no''), coalesce((SELECT max(no) FROM hygie.%I), 0) + 1, false)', 'hygie.' || t, t); END LOOP; END $$";
	(void)tables, (void)n;
	enum rc rc = end_exec(e, NUMBERS, p);
	return rc == RC_OK ? end_exec(e, "ANALYZE", p) : rc;
}

const struct copy_ops copy_pg = { end_open, end_close, end_exec, end_number, end_rows, end_put_begin, end_put, end_put_end, end_finish,
	"SELECT count(*) FROM pg_tables WHERE schemaname='hygie' AND tablename IN ('state', 'resource', 'account')" };
