/* SPDX-License-Identifier: Apache-2.0 */
/* db/copy.c: see copy.h. Start at db_copy. */
#include "db/copy_inner.h"
#include "codec/sha.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PORTION_ROWS 20000
#define PORTION_BYTES (8u << 20)
#define LOADING_COPY 2        /* state.loading of a target that is not whole yet */

static void quoted(struct buf *out, const char *name)
{
	buf_ch(out, '"');
	buf_z(out, name);
	buf_ch(out, '"');
}

static void number_put(struct buf *out, unsigned n)
{
	char text[16];
	snprintf(text, sizeof text, "%u", n);
	buf_z(out, text);
}

void copy_select(struct buf *out, const struct copy_table *t, char mark, bool after, bool down, unsigned limit)
{
	buf_z(out, "SELECT ");
	for (unsigned i = 0; i < t->n; i++) {
		buf_z(out, i ? ", " : "");
		quoted(out, t->col[i].name);
	}
	buf_z(out, " FROM ");
	quoted(out, t->name);
	if (after) {
		buf_z(out, " WHERE (");
		for (unsigned i = 0; i < t->n_key; i++) {
			buf_z(out, i ? ", " : "");
			quoted(out, t->col[t->key[i]].name);
		}
		buf_z(out, ")>(");
		for (unsigned i = 0; i < t->n_key; i++) {
			buf_z(out, i ? ", " : "");
			buf_ch(out, mark);
			number_put(out, i + 1);
		}
		buf_z(out, ")");
	}
	buf_z(out, " ORDER BY ");
	for (unsigned i = 0; i < t->n_key; i++) {
		buf_z(out, i ? ", " : "");
		quoted(out, t->col[t->key[i]].name);
		buf_z(out, down ? " DESC" : "");
	}
	buf_z(out, " LIMIT ");
	number_put(out, limit);
	buf_ch(out, '\0');
}

/* ---- a key kept ---- */

struct kept { struct copy_cell cell[COPY_COLUMNS]; struct buf bytes; bool is; };

static void keep(struct kept *k, const struct copy_table *t, const struct copy_cell *cells)
{
	buf_reset(&k->bytes);
	for (unsigned i = 0; i < t->n_key; i++)
		buf_put(&k->bytes, cells[t->key[i]].s.p ? cells[t->key[i]].s.p : "", cells[t->key[i]].s.n);
	size_t at = 0;
	for (unsigned i = 0; i < t->n_key; i++) {
		const struct copy_cell *x = &cells[t->key[i]];
		k->cell[i] = *x;
		if (x->s.p)
			k->cell[i].s.p = k->bytes.p ? k->bytes.p + at : "";
		at += x->s.n;
	}
	k->is = true;
}

/* ---- moving ---- */

struct mover { struct copy_each each; struct copy_end *to; struct kept *last; size_t rows, bytes; enum rc rc; struct problem *p; };

static bool move_row(struct copy_each *e, const struct copy_table *t, const struct copy_cell *cells)
{
	struct mover *m = (struct mover *)e;
	m->rc = m->to->ops->put(m->to, cells, m->p);
	if (m->rc != RC_OK)
		return false;
	keep(m->last, t, cells);
	m->rows++;
	for (unsigned i = 0; i < t->n; i++)
		m->bytes += 8 + cells[i].s.n;
	return m->bytes < PORTION_BYTES;
}

static bool keep_row(struct copy_each *e, const struct copy_table *t, const struct copy_cell *cells)
{
	struct mover *m = (struct mover *)e;
	keep(m->last, t, cells);
	return false;
}

struct copy { struct copy_end from, to; struct copy_table *tables; size_t n; struct db_copying *g; struct db_copied *r; };

static enum rc count(struct copy_end *e, const struct copy_table *t, int64_t *n_r, struct problem *p)
{
	char sql[120];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM \"%s\"", t->name);
	return e->ops->number(e, sql, n_r, p);
}

static enum rc stopped(struct copy *k, struct problem *p)
{
	return k->g && k->g->stop ? problem_set(p, RC_RETRY, WHY_STOPPED, NULL, "run it again: it goes on where it stood") : RC_OK;
}

static enum rc table_move(struct copy *k, const struct copy_table *t, struct problem *p)
{
	struct kept last = { .is = false };
	int64_t of = 0, have = 0;
	buf_init(&last.bytes, 64u << 20);
	struct mover m = { .each = { keep_row }, .to = &k->to, .last = &last, .p = p };
	enum rc rc = count(&k->from, t, &of, p);
	if (rc == RC_OK)
		rc = count(&k->to, t, &have, p);
	if (rc == RC_OK)
		rc = k->to.ops->rows(&k->to, t, NULL, true, 1, &m.each, p);
	m.each.row = move_row;
	uint64_t done = (uint64_t)have;
	k->r->resumed_rows += done;
	for (bool more = of > 0; rc == RC_OK && more;) {
		m.rows = m.bytes = 0;
		rc = k->to.ops->put_begin(&k->to, t, p);
		if (rc == RC_OK)
			rc = k->from.ops->rows(&k->from, t, last.is ? last.cell : NULL, false, PORTION_ROWS, &m.each, p);
		if (rc == RC_OK)
			rc = m.rc;
		struct problem end;
		enum rc ended = k->to.ops->put_end(&k->to, rc == RC_OK, &end);
		if (rc == RC_OK && ended != RC_OK) {
			rc = ended;
			*p = end;
		}
		done += m.rows;
		more = m.rows > 0;
		if (k->g && k->g->at)
			k->g->at(k->g, t->name, done, (uint64_t)of);
		if (rc == RC_OK)
			rc = stopped(k, p);
	}
	buf_done(&last.bytes);
	return rc;
}

/* ---- comparing ---- */

/* SHA-256 of what came before and this row: each row is bound to its place. */
struct digester { struct copy_each each; unsigned char sum[SHA_LEN]; struct buf row; struct kept *last; size_t rows; };

static bool digest_row(struct copy_each *e, const struct copy_table *t, const struct copy_cell *cells)
{
	struct digester *d = (struct digester *)e;
	unsigned char sum[SHA_LEN];
	buf_reset(&d->row);
	for (unsigned i = 0; i < t->n; i++) {
		const struct copy_cell *x = &cells[i];
		unsigned char head[10] = { (unsigned char)t->col[i].kind, x->null };
		uint64_t v = (uint64_t)x->i;
		if (t->col[i].kind == 'f')
			memcpy(&v, &x->f, 8);
		if (t->col[i].kind == 't' || t->col[i].kind == 'b')
			v = x->s.n;
		for (int b = 0; b < 8 && !x->null; b++)
			head[2 + b] = (unsigned char)(v >> (8 * b));
		buf_put(&d->row, head, sizeof head);
		if (!x->null && (t->col[i].kind == 't' || t->col[i].kind == 'b'))
			buf_put(&d->row, x->s.p, x->s.n);
	}
	sha_two(sum, d->sum, sizeof d->sum, d->row.p, d->row.n);
	memcpy(d->sum, sum, sizeof sum);
	keep(d->last, t, cells);
	d->rows++;
	return !d->row.failed;
}

static enum rc digest(struct copy *k, struct copy_end *e, const struct copy_table *t, unsigned char out[SHA_LEN], uint64_t *rows_r, struct problem *p)
{
	struct kept last = { .is = false };
	struct digester d = { .each = { digest_row }, .last = &last };
	buf_init(&last.bytes, 64u << 20);
	buf_init(&d.row, 256u << 20);
	enum rc rc = RC_OK;
	size_t before;
	do {
		before = d.rows;
		rc = e->ops->rows(e, t, last.is ? last.cell : NULL, false, PORTION_ROWS / 10, &d.each, p);
		if (rc == RC_OK)
			rc = stopped(k, p);
	} while (rc == RC_OK && d.rows > before);
	if (rc == RC_OK)
		rc = buf_rc(&d.row, p);
	memcpy(out, d.sum, SHA_LEN);
	buf_done(&d.row);
	*rows_r = d.rows;
	buf_done(&last.bytes);
	return rc;
}

static enum rc table_compare(struct copy *k, const struct copy_table *t, unsigned char all[SHA_LEN], struct problem *p)
{
	unsigned char a[SHA_LEN], b[SHA_LEN], sum[SHA_LEN];
	uint64_t na = 0, nb = 0;
	enum rc rc = digest(k, &k->from, t, a, &na, p);
	if (rc == RC_OK)
		rc = digest(k, &k->to, t, b, &nb, p);
	if (rc == RC_OK && (na != nb || memcmp(a, b, SHA_LEN) != 0))
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, t->name, "%llu rows here, %llu there, or other bytes", (unsigned long long)na, (unsigned long long)nb);
	sha_two(sum, all, SHA_LEN, a, SHA_LEN);
	memcpy(all, sum, SHA_LEN);
	k->r->rows += na;
	if (k->g && k->g->at)
		k->g->at(k->g, t->name, na, na);
	return rc;
}

/* ---- all ---- */

/* A target of our own making: new, or an unfinished copy. What the migrations put in themselves goes away first. */
static enum rc target_ready(struct copy *k, struct problem *p)
{
	bool there = false;
	int64_t tables = 0, loading = 0, rows = 0;
	enum rc rc = db_is_there(k->to.path, &there, p);
	if (rc == RC_OK && there) {
		if ((rc = k->to.ops->open(&k->to, true, p)) == RC_OK)
			rc = k->to.ops->number(&k->to, k->to.ops->tables, &tables, p);
		if (rc == RC_OK && tables == 3)
			rc = k->to.ops->number(&k->to, "SELECT value FROM state WHERE name='loading'", &loading, p);
		if (rc == RC_OK && loading == LOADING_COPY)
			return RC_OK;
		if (rc == RC_OK && tables == 3)
			rc = k->to.ops->number(&k->to, "SELECT (SELECT count(*) FROM resource) + (SELECT count(*) FROM account)", &rows, p);
		k->to.ops->close(&k->to);
		if (rc == RC_OK && rows > 0)
			rc = problem_set(p, RC_CONFLICT, WHY_NOT_EMPTY, "to", "%lld rows", (long long)rows);
	}
	struct db *db = NULL;
	struct db_settings s = { .path = k->to.path };
	if (rc == RC_OK)
		rc = db_open(&s, true, &db, p);
	db_close(&db);
	if (rc == RC_OK)
		rc = k->to.ops->open(&k->to, true, p);
	for (size_t i = k->n; rc == RC_OK && i-- > 0;) {
		char sql[120];
		snprintf(sql, sizeof sql, "DELETE FROM \"%s\"", k->tables[i].name);
		rc = k->to.ops->exec(&k->to, sql, p);
	}
	return rc == RC_OK ? k->to.ops->exec(&k->to, "UPDATE state SET value=2 WHERE name='loading'", p) : rc;
}

/* state: what the base says of itself, but not of this target's own condition. */
static const struct copy_table STATE = { .name = "state", .n = 2, .n_key = 1, .key = { 0 }, .col = { { "name", 't' }, { "value", 'i' } } };

struct stating { struct copy_each each; struct copy *k; enum rc rc; struct problem *p; };

static bool state_row(struct copy_each *e, const struct copy_table *t, const struct copy_cell *cells)
{
	struct stating *s = (struct stating *)e;
	(void)t;
	if (str_eq(cells[0].s, "loading") || str_eq(cells[0].s, "lane"))
		return true;
	s->rc = s->k->to.ops->put(&s->k->to, cells, s->p);
	return s->rc == RC_OK;
}

static enum rc finish(struct copy *k, struct problem *p)
{
	struct stating s = { .each = { state_row }, .k = k, .p = p };
	enum rc rc = k->to.ops->exec(&k->to, "DELETE FROM state WHERE name NOT IN ('loading', 'lane')", p);
	if (rc == RC_OK)
		rc = k->to.ops->put_begin(&k->to, &STATE, p);
	if (rc == RC_OK)
		rc = k->from.ops->rows(&k->from, &STATE, NULL, false, 1000, &s.each, p);
	if (rc == RC_OK)
		rc = s.rc;
	struct problem end;
	enum rc ended = k->to.ops->put_end(&k->to, rc == RC_OK, &end);
	if (rc == RC_OK && ended != RC_OK) {
		rc = ended;
		*p = end;
	}
	if (rc == RC_OK)
		rc = k->to.ops->finish(&k->to, k->tables, k->n, p);
	return rc == RC_OK ? k->to.ops->exec(&k->to, "UPDATE state SET value=0 WHERE name='loading'", p) : rc;
}

enum rc db_copy(const char *from, const char *to, struct db_copying *g, struct db_copied *c_r, struct problem *p)
{
	struct copy k = { .from = { .path = from, .ops = db_is_server(from) ? &copy_pg : &copy_sqlite }, .to = { .path = to, .ops = db_is_server(to) ? &copy_pg : &copy_sqlite }, .g = g, .r = c_r };
	unsigned char sum[SHA_LEN] = { 0 };
	struct db *db = NULL;
	struct db_settings s = { .path = from };
	*c_r = (struct db_copied){ 0 };
	enum rc rc = strcmp(from, to) == 0 ? problem_set(p, RC_BAD_INPUT, WHY_NOT_EMPTY, "to", "the same base") : copy_tables(&k.tables, &k.n, p);
	if (rc == RC_OK)
		rc = db_open(&s, false, &db, p); /* whole, and of this version */
	db_close(&db);
	if (rc == RC_OK)
		rc = k.from.ops->open(&k.from, false, p);
	if (rc == RC_OK)
		rc = target_ready(&k, p);
	for (size_t i = 0; rc == RC_OK && i < k.n; i++)
		rc = table_move(&k, &k.tables[i], p);
	for (size_t i = 0; rc == RC_OK && i < k.n; i++)
		rc = table_compare(&k, &k.tables[i], sum, p);
	if (rc == RC_OK)
		rc = finish(&k, p);
	c_r->tables = k.n;
	for (size_t i = 0; i < SHA_LEN; i++)
		snprintf(c_r->digest + 2 * i, 3, "%02x", sum[i]);
	if (k.from.h)
		k.from.ops->close(&k.from);
	if (k.to.h)
		k.to.ops->close(&k.to);
	free(k.tables);
	return rc;
}
