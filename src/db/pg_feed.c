/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_feed.c: many rows through one statement on PostgreSQL: columns as arrays ("FROM unnest($1, $2)"), a few thousand rows a statement, none waited for;
 * in a first load by COPY. Must never hold more than a portion of the rows. Called through driver_postgres. Start at pg_feed_run.
 */
#include "db/postgres.h"

#include <stdio.h>
#include <string.h>

#define PORTION_ROWS 4096
#define PORTION_BYTES (1u << 20)
#define FRESH_ROWS 64              /* fewer are not worth a savepoint */
#define ARRAY_HEAD 20              /* dimensions, nulls, type, length, first index */
#define COPY_BYTES (256u << 10)

static void be_put(struct buf *b, uint64_t v, size_t n)
{
	char at[8];
	put_be(at, v, n);
	buf_put(b, at, n);
}

/* Length, then the value: as an element of an array and as a field of COPY alike. */
static void cell_put(struct buf *b, const struct db_cell *x)
{
	uint64_t bits;
	switch (x->kind) {
	case DB_CELL_I64:
		be_put(b, 8, 4);
		be_put(b, (uint64_t)x->i, 8);
		break;
	case DB_CELL_F64:
		memcpy(&bits, &x->f, 8);
		be_put(b, 8, 4);
		be_put(b, bits, 8);
		break;
	default:
		be_put(b, x->s.n, 4);
		buf_put(b, x->s.p ? x->s.p : "", x->s.n);
	}
}

static Oid element_of(Oid array)
{
	return array == OID_INT8_ARRAY ? OID_INT8 : array == OID_FLOAT8_ARRAY ? OID_FLOAT8 : array == OID_BYTEA_ARRAY ? OID_BYTEA : OID_TEXT;
}

static enum rc any_send(struct db_stmt *s, struct buf *column, struct problem *p)
{
	for (unsigned i = 0; i < s->pg->text->cells; i++)
		pg_bind_bytes(s, (int)i + 1, buf_view(&column[i]), false);
	return pg_send(s, p);
}

/* Sends the statement that takes fresh rows only, in a savepoint. */
static enum rc fresh_send(struct db_stmt *s, const Oid *type, struct buf *column, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	struct db_conn *c = s->c;
	const char *value[DB_FEED_CELLS];
	int length[DB_FEED_CELLS], format[DB_FEED_CELLS];
	char name[16];
	snprintf(name, sizeof name, "f%u", (unsigned)x->id);
	for (unsigned i = 0; i < x->text->cells; i++) {
		value[i] = column[i].p;
		length[i] = (int)column[i].n;
		format[i] = 1;
	}
	enum rc rc = pg_run_all(db_stmt(c, ST_DB_FEED), p);
	if (rc == RC_OK && x->fresh_generation != c->pg->generation) {
		if (!PQsendPrepare(c->pg->h, name, x->text->fresh, (int)x->text->cells, type))
			return pg_problem(c, NULL, p);
		rc = pg_owe(c, 'q', p);
		x->fresh_generation = c->pg->generation;
	}
	if (rc == RC_OK && !PQsendQueryPrepared(c->pg->h, name, (int)x->text->cells, value, length, format, 1))
		return pg_problem(c, NULL, p);
	c->pg->traffic.statements++;
	return rc == RC_OK ? pg_owe(c, 'q', p) : rc;
}

/*
 * Nearly always none of the rows is there yet. To look whether it is costs a quarter of an import: so they are put as fresh ones, and when one was there
 * after all, the portion is taken back and put again with a look at each.
 */
static enum rc portion_send(struct db_stmt *s, const Oid *type, struct buf *column, size_t rows, struct problem *p)
{
	struct db_conn *c = s->c;
	for (unsigned i = 0; i < s->pg->text->cells; i++) {
		if (column[i].failed)
			return buf_rc(&column[i], p);
		put_be(column[i].p + 12, rows, 4);
	}
	if (!s->pg->text->fresh || rows < FRESH_ROWS)
		return any_send(s, column, p);
	enum rc rc = pg_collect(c, NULL, p); /* what failed before is not ours to take back */
	if (rc == RC_OK)
		rc = fresh_send(s, type, column, p);
	if (rc == RC_OK)
		rc = pg_collect(c, NULL, p);
	if (rc == RC_CONFLICT && !c->pg->lost) {
		rc = pg_run_all(db_stmt(c, ST_DB_FEED_UNDO), p);
		if (rc == RC_OK)
			rc = any_send(s, column, p);
	}
	return rc == RC_OK ? pg_run_all(db_stmt(c, ST_DB_FEED_KEEP), p) : rc;
}

static enum rc by_arrays(struct db_stmt *s, unsigned cells, const Oid *type, struct db_feed *f, struct problem *p)
{
	struct db_conn *c = s->c;
	struct buf column[DB_FEED_CELLS];
	enum rc rc = RC_OK;
	bool more = true;
	for (unsigned i = 0; i < cells; i++)
		buf_init(&column[i], 64u << 20);
	while (rc == RC_OK && more) {
		size_t rows = 0, bytes = 0;
		for (unsigned i = 0; i < cells; i++) {
			buf_reset(&column[i]);
			be_put(&column[i], 1, 4);
			be_put(&column[i], 0, 4);
			be_put(&column[i], element_of(type[i]), 4);
			be_put(&column[i], 0, 4);
			be_put(&column[i], 1, 4);
		}
		while (rows < PORTION_ROWS && bytes < PORTION_BYTES && (more = f->next(f, c->cells))) {
			bytes = 0;
			for (unsigned i = 0; i < cells; i++) {
				cell_put(&column[i], &c->cells[i]);
				bytes += column[i].n;
			}
			rows++;
		}
		if (rows)
			rc = portion_send(s, type, column, rows, p);
	}
	for (unsigned i = 0; i < cells; i++)
		buf_done(&column[i]);
	return rc;
}

/* ---- COPY ---- */

/* "INSERT INTO t(a, b) SELECT …" → "COPY t(a, b) FROM STDIN BINARY" */
static void copy_text(const char *values, char *out, size_t n)
{
	const char *table = strstr(values, " INTO ") + 6, *end = strstr(values, " VALUES(");
	snprintf(out, n, "COPY %.*s FROM STDIN (FORMAT binary)", (int)(end - table), table);
}

/* Rows come in key order, and the table was empty: a row that is there already is the one just before. */
static enum rc rows_copy(struct db_conn *c, unsigned cells, struct db_feed *f, struct problem *p)
{
	struct buf out, row, before;
	enum rc rc = RC_OK;
	buf_init(&out, 2 * COPY_BYTES);
	buf_init(&row, COPY_BYTES);
	buf_init(&before, COPY_BYTES);
	buf_put(&out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
	while (rc == RC_OK && f->next(f, c->cells)) {
		buf_reset(&row);
		be_put(&row, cells, 2);
		for (unsigned i = 0; i < cells; i++)
			cell_put(&row, &c->cells[i]);
		if (str_is(buf_view(&row), buf_view(&before)))
			continue;
		buf_reset(&before);
		buf_put(&before, row.p, row.n);
		buf_put(&out, row.p, row.n);
		rc = buf_rc(&out, p);
		if (rc == RC_OK && out.n > COPY_BYTES) {
			rc = PQputCopyData(c->pg->h, out.p, (int)out.n) == 1 ? RC_OK : pg_problem(c, NULL, p);
			buf_reset(&out);
		}
	}
	be_put(&out, 0xffff, 2);
	if (rc == RC_OK)
		rc = PQputCopyData(c->pg->h, out.p, (int)out.n) == 1 ? RC_OK : pg_problem(c, NULL, p);
	buf_done(&out);
	buf_done(&row);
	buf_done(&before);
	return rc;
}

static enum rc by_copy(struct db_conn *c, const struct pg_text *t, struct db_feed *f, struct problem *p)
{
	char sql[300];
	copy_text(t->values, sql, sizeof sql);
	enum rc rc = pg_plain(c, p);
	if (rc != RC_OK)
		return rc;
	PGresult *r = PQexec(c->pg->h, sql);
	if (PQresultStatus(r) != PGRES_COPY_IN)
		rc = pg_problem(c, r, p);
	PQclear(r);
	if (rc == RC_OK) {
		rc = rows_copy(c, t->cells, f, p);
		if (PQputCopyEnd(c->pg->h, rc == RC_OK ? NULL : "stopped") != 1 && rc == RC_OK)
			rc = pg_problem(c, NULL, p);
		while ((r = PQgetResult(c->pg->h))) {
			if (PQresultStatus(r) != PGRES_COMMAND_OK && rc == RC_OK)
				rc = pg_problem(c, r, p);
			PQclear(r);
		}
	}
	struct problem later;
	if (!c->pg->lost && pg_pipeline(c, &later) != RC_OK && rc == RC_OK) {
		*p = later;
		rc = later.rc;
	}
	return rc;
}

enum rc pg_feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, id);
	const struct pg_text *t = s->pg->text;
	const Oid *type = NULL;
	MUST(t->feed);
	if (c->db->bulk && !t->owned) /* COPY cannot look up whose a row is */
		return by_copy(c, t, f, p);
	enum rc rc = pg_types(s, &type, p);
	return rc == RC_OK ? by_arrays(s, t->cells, type, f, p) : rc;
}
