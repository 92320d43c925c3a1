/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_feed.c: many rows through one statement on PostgreSQL: in portions of a few thousand rows, by COPY when they may be taken for fresh ones, else with columns
 * as arrays ("FROM unnest($1, $2)"); in a first load by one COPY. Must never hold more than a portion of the rows. Called through driver_postgres. Start at pg_feed_run.
 */
#include "db/postgres.h"

#include <stdio.h>
#include <string.h>

#define PORTION_ROWS 16384         /* each has a savepoint: of more than 64 a transaction the server keeps no list at hand */
#define PORTION_BYTES (4u << 20)
#define FRESH_ROWS 64              /* fewer are not worth a savepoint */
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

/* ---- rows that go together ---- */

void pg_rows_init(struct pg_rows *x)
{
	for (unsigned i = 0; i < PG_ROW_CELLS; i++)
		buf_init(&x->column[i], 64u << 20);
}

void pg_rows_done(struct pg_rows *x)
{
	for (unsigned i = 0; i < PG_ROW_CELLS; i++)
		buf_done(&x->column[i]);
}

void pg_rows_begin(struct pg_rows *x)
{
	for (unsigned i = 0; i < x->n + x->owned; i++) {
		buf_reset(&x->column[i]);
		be_put(&x->column[i], 1, 4);
		be_put(&x->column[i], 0, 4);
		be_put(&x->column[i], i < x->n ? element_of(x->type[i]) : OID_INT8, 4);
		be_put(&x->column[i], 0, 4);
		be_put(&x->column[i], 1, 4);
	}
	x->rows = 0;
}

enum rc pg_rows_end(struct pg_rows *x, struct problem *p)
{
	enum rc rc = RC_OK;
	for (unsigned i = 0; i < x->n + x->owned && rc == RC_OK; i++) {
		rc = buf_rc(&x->column[i], p);
		if (rc == RC_OK)
			put_be(x->column[i].p + 12, x->rows, 4);
	}
	return rc;
}

static enum rc any_send(struct db_stmt *s, const struct pg_rows *x, struct problem *p)
{
	for (unsigned i = 0; i < x->n; i++)
		pg_bind_bytes(s, (int)i + 1, buf_view(&x->column[i]), false);
	return pg_send(s, p);
}

enum rc pg_rows_send(struct db_stmt *s, char mark, const char *text, unsigned *generation, const struct pg_rows *x, struct problem *p)
{
	struct db_conn *c = s->c;
	const char *value[PG_ROW_CELLS];
	Oid type[PG_ROW_CELLS];
	int length[PG_ROW_CELLS], format[PG_ROW_CELLS];
	char name[16];
	enum rc rc = RC_OK;
	snprintf(name, sizeof name, "%c%u", mark, (unsigned)s->pg->id);
	for (unsigned i = 0; i < x->n; i++) {
		type[i] = x->type[i];
		value[i] = x->column[i].p;
		length[i] = (int)x->column[i].n;
		format[i] = 1;
	}
	if (*generation != c->pg->generation) {
		if (!PQsendPrepare(c->pg->h, name, text, (int)x->n, type))
			return pg_problem(c, NULL, p);
		rc = pg_owe(c, 'q', p);
		*generation = c->pg->generation;
	}
	if (rc == RC_OK && !PQsendQueryPrepared(c->pg->h, name, (int)x->n, value, length, format, 1))
		return pg_problem(c, NULL, p);
	c->pg->traffic.statements++;
	return rc == RC_OK ? pg_owe(c, 'q', p) : rc;
}

/* ---- COPY ---- */

/* "INSERT INTO t(a, b) VALUES($1, $2)" → "COPY t(a, b) FROM STDIN (FORMAT binary)", within what goes before and after it */
static enum rc copy_begin(struct db_conn *c, const char *values, const char *before, const char *after, struct problem *p)
{
	char sql[360];
	const char *table = strstr(values, " INTO ") + 6, *end = strstr(values, " VALUES(");
	snprintf(sql, sizeof sql, "%sCOPY %.*s FROM STDIN (FORMAT binary)%s", before, (int)(end - table), table, after);
	enum rc rc = pg_plain(c, p);
	if (rc != RC_OK)
		return rc;
	PGresult *r = PQexec(c->pg->h, sql);
	if (PQresultStatus(r) != PGRES_COPY_IN)
		rc = pg_problem(c, r, p);
	PQclear(r);
	c->pg->traffic.statements++;
	return rc;
}

/* Also when it did not begin, or the rows failed with rc. */
static enum rc copy_end(struct db_conn *c, bool began, enum rc rc, struct problem *p)
{
	PGresult *r;
	struct problem later;
	if (began) {
		if (PQputCopyEnd(c->pg->h, rc == RC_OK ? NULL : "stopped") != 1 && rc == RC_OK)
			rc = pg_problem(c, NULL, p);
		while ((r = PQgetResult(c->pg->h))) {
			if (PQresultStatus(r) != PGRES_COMMAND_OK && rc == RC_OK)
				rc = pg_problem(c, r, p);
			PQclear(r);
		}
	}
	c->pg->traffic.trips += 2;
	if (!c->pg->lost && pg_pipeline(c, &later) != RC_OK && rc == RC_OK) {
		*p = later;
		rc = later.rc;
	}
	return rc;
}

static void copy_head(struct buf *out)
{
	buf_init(out, 2 * COPY_BYTES);
	buf_put(out, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
}

/* Sends what is there when it is much; at the end, all with the mark of the end. */
static enum rc copy_flush(struct db_conn *c, struct buf *out, bool end, struct problem *p)
{
	if (end)
		be_put(out, 0xffff, 2);
	enum rc rc = buf_rc(out, p);
	if (rc == RC_OK && (end || out->n > COPY_BYTES)) {
		rc = PQputCopyData(c->pg->h, out->p, (int)out->n) == 1 ? RC_OK : pg_problem(c, NULL, p);
		buf_reset(out);
	}
	return rc;
}

/* Rows come in key order, and the table was empty: a row that is there already is the one just before. */
static enum rc rows_copy(struct db_conn *c, const struct pg_text *t, struct db_feed *f, struct problem *p)
{
	struct buf out, row, before;
	enum rc rc = RC_OK;
	copy_head(&out);
	buf_init(&row, COPY_BYTES);
	buf_init(&before, COPY_BYTES);
	while (rc == RC_OK && f->next(f, c->cells)) {
		buf_reset(&row);
		be_put(&row, t->cells + (t->owned > 0), 2);
		for (unsigned i = 0; i < t->cells; i++)
			cell_put(&row, &c->cells[i]);
		if (t->owned)
			cell_put(&row, &(struct db_cell){ .kind = DB_CELL_I64, .i = f->owner(f) });
		if (str_is(buf_view(&row), buf_view(&before)))
			continue;
		buf_reset(&before);
		buf_put(&before, row.p, row.n);
		buf_put(&out, row.p, row.n);
		rc = copy_flush(c, &out, false, p);
	}
	if (rc == RC_OK)
		rc = copy_flush(c, &out, true, p);
	buf_done(&out);
	buf_done(&row);
	buf_done(&before);
	return rc;
}

static enum rc by_copy(struct db_conn *c, const struct pg_text *t, struct db_feed *f, struct problem *p)
{
	enum rc rc = copy_begin(c, t->values, "", "", p);
	bool began = rc == RC_OK;
	if (began)
		rc = rows_copy(c, t, f, p);
	return copy_end(c, began, rc, p);
}

enum rc pg_rows_copy(struct db_conn *c, const char *values, const char *before, const char *after, const struct pg_rows *x, struct problem *p)
{
	size_t at[PG_ROW_CELLS];
	unsigned columns = x->n + x->owned;
	struct buf out;
	enum rc rc = copy_begin(c, values, before, after, p);
	bool began = rc == RC_OK;
	copy_head(&out);
	for (unsigned i = 0; i < columns; i++)
		at[i] = PG_ARRAY_HEAD;
	for (size_t row = 0; rc == RC_OK && row < x->rows; row++) {
		be_put(&out, columns, 2);
		for (unsigned i = 0; i < columns; i++) {
			const char *value = x->column[i].p + at[i];
			size_t n = 4 + (size_t)get_be(value, 4);
			buf_put(&out, value, n);
			at[i] += n;
		}
		rc = copy_flush(c, &out, false, p);
	}
	if (rc == RC_OK)
		rc = copy_flush(c, &out, true, p);
	buf_done(&out);
	return copy_end(c, began, rc, p);
}

/* ---- portions ---- */

/*
 * Nearly always none of the rows is there yet. To look whether it is costs a quarter of an import: so they are put as fresh ones, and when one was there
 * after all, the portion is taken back and put again with a look at each.
 */
static enum rc portion_send(struct db_stmt *s, struct pg_rows *x, struct problem *p)
{
	struct db_conn *c = s->c;
	const struct pg_text *t = s->pg->text;
	bool kept = false;
	enum rc rc = pg_rows_end(x, p);
	if (rc != RC_OK)
		return rc;
	if (!t->fresh || x->rows < FRESH_ROWS)
		return any_send(s, x, p);
	if ((rc = pg_collect(c, NULL, p)) != RC_OK) /* what failed before is not ours to take back */
		return rc;
	if (!t->owned || x->owned) {
		rc = pg_rows_copy(c, t->values, "SAVEPOINT feed;", ";RELEASE feed", x, p);
		kept = rc == RC_OK;
	} else {
		rc = pg_run_all(db_stmt(c, ST_DB_FEED), p);
		if (rc == RC_OK)
			rc = pg_rows_send(s, 'f', t->fresh, &s->pg->fresh_generation, x, p);
		if (rc == RC_OK)
			rc = pg_collect(c, NULL, p);
	}
	if (rc == RC_CONFLICT && !c->pg->lost) {
		rc = pg_run_all(db_stmt(c, ST_DB_FEED_UNDO), p);
		if (rc == RC_OK)
			rc = any_send(s, x, p);
	}
	return rc == RC_OK && !kept ? pg_run_all(db_stmt(c, ST_DB_FEED_KEEP), p) : rc;
}

static size_t portion_row(struct pg_rows *x, struct db_cell *cells, struct db_feed *f)
{
	size_t bytes = 0;
	if (x->owned)
		cells[x->n] = (struct db_cell){ .kind = DB_CELL_I64, .i = f->owner(f) };
	for (unsigned i = 0; i < x->n + x->owned; i++) {
		cell_put(&x->column[i], &cells[i]);
		bytes += x->column[i].n;
	}
	x->rows++;
	return bytes;
}

static enum rc by_portions(struct db_stmt *s, const Oid *type, struct db_feed *f, struct problem *p)
{
	struct pg_rows x = { .n = s->pg->text->cells, .owned = s->pg->text->owned && f->owner };
	struct db_cell cells[DB_FEED_CELLS + 1]; /* the patient's beside */
	enum rc rc = RC_OK;
	bool more = true;
	pg_rows_init(&x);
	for (unsigned i = 0; i < x.n; i++)
		x.type[i] = type[i];
	while (rc == RC_OK && more) {
		pg_rows_begin(&x);
		for (size_t bytes = 0; x.rows < PORTION_ROWS && bytes < PORTION_BYTES && (more = f->next(f, cells));)
			bytes = portion_row(&x, cells, f);
		if (x.rows)
			rc = portion_send(s, &x, p);
	}
	pg_rows_done(&x);
	return rc;
}

enum rc pg_feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, id);
	const struct pg_text *t = s->pg->text;
	const Oid *type = NULL;
	MUST(t->feed);
	if (c->db->bulk && (!t->owned || f->owner)) /* COPY cannot look up whose a row is */
		return by_copy(c, t, f, p);
	enum rc rc = pg_types(s, &type, p);
	return rc == RC_OK ? by_portions(s, type, f, p) : rc;
}
