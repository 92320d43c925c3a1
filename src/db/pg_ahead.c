/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_ahead.c: reads that are known before they are run are asked for together: a search waits for the server a few times a page, not once a candidate.
 * A statement by one key goes as one statement with all keys (pg_text.many); any other goes as often as there are values, in one round trip; of a walk its first portion does.
 * Must never answer from one snapshot what is asked in another, nor keep anything for the writer, who sees its own changes: pg_each, which keeps nothing, is
 * for all. Called through driver_postgres and by pg_stmt.c. Start at pg_ahead, then pg_ahead_serve.
 */
#include "db/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of a walk that are looked ahead from at once, and statements sent together (each is owed an answer). */
#define ROWS_AT_ONCE 256
#define SENT_AT_ONCE 128
#define VALUES_MOST 1024
#define SETS_MOST 64
#define ARRAY_HEAD 20 /* dimensions, nulls, type, length, first index */

struct seen { int64_t value; PGresult *res; int row, rows; };
struct pg_ahead { /* one a set of the other parameters: a statement may be looked ahead at for several */
	struct pg_ahead *next;
	unsigned at;                          /* the parameter that varies */
	struct pg_bound bound[PG_PARAMS];     /* the others */
	struct seen *seen; size_t n, cap;     /* in order of value */
	PGresult **res; size_t n_res;
};

/* ---- keeping ---- */

static void clear(struct pg_stmt *x, struct pg_ahead *a)
{
	if (x->borrowed) {
		x->res = NULL;
		x->rows = x->row = 0;
		x->borrowed = false;
	}
	for (size_t i = 0; i < a->n_res; i++)
		PQclear(a->res[i]);
	a->n = a->n_res = 0;
}

static void clear_all(struct pg_stmt *x)
{
	for (struct pg_ahead *a = x->ahead; a; a = a->next)
		clear(x, a);
}

void pg_ahead_free(struct pg_stmt *x)
{
	for (struct pg_ahead *a = x->ahead, *next; a; a = next) {
		next = a->next;
		clear(x, a);
		free(a->seen);
		free(a->res);
		free(a);
	}
	x->ahead = NULL;
}

static bool is_for(const struct pg_ahead *a, const struct pg_stmt *x)
{
	for (unsigned i = 0; i < x->text->params; i++)
		if (i != a->at - 1 && (x->bound[i].kind != BOUND_I64 || a->bound[i].kind != BOUND_I64 || x->bound[i].i != a->bound[i].i))
			return false;
	return true;
}

/* The place for what is bound: the same parameters' of before, an empty one, or a new one. NULL: no more. */
static struct pg_ahead *place(struct pg_stmt *x, unsigned at)
{
	unsigned n = 0;
	struct pg_ahead *a, *empty = NULL;
	for (a = x->ahead; a; a = a->next, n++) {
		if (a->n && a->at == at && is_for(a, x))
			break;
		empty = a->n ? empty : a;
	}
	a = a ? a : empty;
	if (!a && n < SETS_MOST && (a = calloc(1, sizeof *a))) {
		a->next = x->ahead;
		x->ahead = a;
	}
	if (a) {
		clear(x, a);
		a->at = at;
		memcpy(a->bound, x->bound, sizeof a->bound);
	}
	return a;
}

void pg_ahead_forget(struct db_conn *c)
{
	if (!c->pg->looked_ahead)
		return;
	for (size_t i = 0; i < ST__END; i++)
		if (c->at[i].pg)
			clear_all(c->at[i].pg);
	c->pg->looked_ahead = false;
}

static int seen_cmp(const void *a, const void *b)
{
	int64_t x = ((const struct seen *)a)->value, y = ((const struct seen *)b)->value;
	return x < y ? -1 : x > y;
}

static struct seen *seen_find(const struct pg_ahead *a, int64_t value)
{
	struct seen key = { .value = value };
	return a->n ? bsearch(&key, a->seen, a->n, sizeof *a->seen, seen_cmp) : NULL;
}

/* The values, each once and in order; false: no memory, nothing is looked ahead. */
static bool seen_set(struct pg_ahead *a, const int64_t *values, size_t n)
{
	if (n > a->cap) {
		struct seen *seen = realloc(a->seen, n * sizeof *seen);
		PGresult **res = seen ? realloc(a->res, n * sizeof(*res)) : NULL;
		a->seen = seen ? seen : a->seen;
		if (!res)
			return false;
		a->res = res;
		a->cap = n;
	}
	for (size_t i = 0; i < n; i++)
		a->seen[i] = (struct seen){ .value = values[i] };
	qsort(a->seen, n, sizeof *a->seen, seen_cmp);
	for (size_t i = 0; i < n; i++)
		if (!a->n || a->seen[a->n - 1].value != a->seen[i].value)
			a->seen[a->n++] = a->seen[i];
	return true;
}

/* ---- one statement with all keys ---- */

static bool keys_send(struct db_stmt *s, const struct pg_ahead *a, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	struct pg *g = s->c->pg;
	static const Oid ARRAY = OID_INT8_ARRAY;
	static const int BINARY = 1;
	char name[16];
	size_t n = ARRAY_HEAD + a->n * 12;
	char *array = malloc(n);
	if (!array)
		return false;
	put_be(array, 1, 4);
	put_be(array + 4, 0, 4);
	put_be(array + 8, OID_INT8, 4);
	put_be(array + 12, a->n, 4);
	put_be(array + 16, 1, 4);
	for (size_t i = 0; i < a->n; i++) {
		put_be(array + ARRAY_HEAD + i * 12, 8, 4);
		put_be(array + ARRAY_HEAD + i * 12 + 4, (uint64_t)a->seen[i].value, 8);
	}
	snprintf(name, sizeof name, "m%u", (unsigned)x->id);
	bool good = true;
	if (x->many_generation != g->generation) {
		good = PQsendPrepare(g->h, name, x->text->many, 1, &ARRAY) && pg_owe(s->c, 'q', p) == RC_OK;
		x->many_generation = good ? g->generation : 0;
	}
	const char *value = array;
	int length = (int)n;
	good = good && PQsendQueryPrepared(g->h, name, 1, &value, &length, &BINARY, 1) && pg_owe(s->c, 'q', p) == RC_OK;
	free(array);
	g->traffic.statements += good;
	return good;
}

static bool by_keys(struct db_stmt *s, struct pg_ahead *a)
{
	struct problem p;
	PGresult *r = NULL;
	if (!keys_send(s, a, &p) || pg_collect(s->c, &r, &p) != RC_OK || !r)
		return false;
	a->res[a->n_res++] = r;
	int key = PQnfields(r) - 1;
	for (int i = 0; i < PQntuples(r); i++) {
		struct seen *one = PQgetlength(r, i, key) == 8 ? seen_find(a, (int64_t)get_be(PQgetvalue(r, i, key), 8)) : NULL;
		MUST(one && !one->rows); /* a key names one row */
		one->res = r;
		one->row = i;
		one->rows = 1;
	}
	for (size_t i = 0; i < a->n; i++)
		a->seen[i].res = r;
	return true;
}

/* ---- many statements, one round trip ---- */

static bool one_by_one(struct db_stmt *s, struct pg_ahead *a)
{
	struct pg_stmt *x = s->pg;
	struct problem p;
	for (size_t from = 0; from < a->n;) {
		size_t n = a->n - from < SENT_AT_ONCE ? a->n - from : SENT_AT_ONCE;
		if (s->c->pg->n_owed && pg_collect(s->c, NULL, &p) != RC_OK)
			return false;
		for (size_t i = 0; i < n; i++) {
			x->bound[a->at - 1] = (struct pg_bound){ .kind = BOUND_I64, .i = a->seen[from + i].value };
			if (pg_send(s, &p) != RC_OK)
				return false;
		}
		if (pg_collect_each(s->c, a->res + a->n_res, n, &p) != RC_OK)
			return false;
		a->n_res += n;
		for (size_t i = 0; i < n; i++, from++) {
			a->seen[from].res = a->res[from];
			a->seen[from].rows = PQntuples(a->res[from]);
		}
	}
	return true;
}

/* ---- looking ahead ---- */

/* What was brought may say what is looked at next. */
static void follow(struct db_stmt *s, const PGresult *r, int from, int to)
{
	const struct pg_stmt *x = s->pg;
	int64_t values[VALUES_MOST];
	size_t n = 0;
	for (int i = from; i < to && n < VALUES_MOST; i++) {
		if (PQgetisnull(r, i, x->link.col) || PQgetlength(r, i, x->link.col) != 8)
			continue;
		int64_t v = (int64_t)get_be(PQgetvalue(r, i, x->link.col), 8);
		if ((!n || values[n - 1] != v) && (!x->link.wants || x->link.wants(v)))
			values[n++] = v;
	}
	if (n > 1)
		pg_ahead(db_stmt(s->c, x->link.id), 1, values, n);
}

void pg_ahead(struct db_stmt *s, int at, const int64_t *values, size_t n)
{
	struct pg_stmt *x = s->pg;
	struct db_conn *c = s->c;
	if (!c->pg->in_txn || c->writes || c->pg->lost)
		return;
	if (x->text->walk) /* its first portion */
		x->bound[x->text->params - 1] = (struct pg_bound){ .kind = BOUND_I64, .i = PG_PORTION_FIRST };
	struct pg_ahead *a = place(x, (unsigned)at);
	if (!a)
		return;
	c->pg->looked_ahead = true;
	if (!seen_set(a, values, n < VALUES_MOST ? n : VALUES_MOST) || !(x->text->many ? by_keys(s, a) : one_by_one(s, a))) {
		clear(x, a); /* each is asked for when it is run, and tells what the matter is */
		return;
	}
	if (x->link.is && x->text->many)
		follow(s, a->res[0], 0, PQntuples(a->res[0]));
}

void pg_ahead_of(struct db_stmt *s, int col, enum stmt id, bool (*wants)(int64_t value))
{
	s->pg->link.is = true;
	s->pg->link.col = col;
	s->pg->link.id = id;
	s->pg->link.wants = wants;
	s->pg->link.to = 0;
}

void pg_ahead_rows(struct db_stmt *s)
{
	struct pg_stmt *x = s->pg;
	int to = x->rows - x->row > ROWS_AT_ONCE ? x->row + ROWS_AT_ONCE : x->rows;
	x->link.to = to;
	if (s->c->pg->in_txn && !s->c->writes)
		follow(s, x->res, x->row, to);
}

bool pg_ahead_serve(struct db_stmt *s)
{
	struct pg_stmt *x = s->pg;
	const struct seen *one = NULL;
	if (x->text->walk)
		x->bound[x->text->params - 1] = (struct pg_bound){ .kind = BOUND_I64, .i = PG_PORTION_FIRST };
	for (struct pg_ahead *a = x->ahead; a && !one; a = a->next)
		if (a->n && x->bound[a->at - 1].kind == BOUND_I64 && is_for(a, x))
			one = seen_find(a, x->bound[a->at - 1].i);
	if (!one)
		return false;
	x->res = one->res;
	x->borrowed = true;
	x->row = one->row - 1;
	x->rows = one->row + one->rows;
	x->link.to = 0;
	x->more = x->text->walk && one->rows == PG_PORTION_FIRST;
	return true;
}

/* ---- one statement for many, nothing kept ---- */

static enum rc each_ask(struct db_conn *c, enum stmt id, struct db_many *m, size_t from, size_t n, PGresult **res, struct problem *p)
{
	/* Between the first of ours and the last nothing else is sent, and no answer is read: what was put aside goes before, and so do too many answers. */
	enum rc rc = c->pg->held & db_stmt(c, id)->pg->text->meets ? pg_hold_send(c, p) : RC_OK;
	if (rc == RC_OK && c->pg->n_owed > PG_OWED / 2)
		rc = pg_collect(c, NULL, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, id);
		MUST(!s->pg->text->walk);
		m->bind(m, s, from + i);
		rc = pg_send(s, p);
	}
	return rc == RC_OK ? pg_collect_each(c, res, n, p) : rc;
}

static enum rc each_give(struct db_conn *c, enum stmt id, struct db_many *m, size_t i, PGresult *r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, id);
	struct pg_stmt *x = s->pg;
	enum rc rc = RC_OK;
	x->res = r;
	x->borrowed = true;
	x->rows = PQntuples(r);
	for (x->row = 0; x->row < x->rows && rc == RC_OK; x->row++)
		rc = m->row(m, s, i, p);
	pg_reset(s);
	return rc;
}

enum rc pg_each(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p)
{
	PGresult *res[SENT_AT_ONCE];
	enum rc rc = RC_OK;
	for (size_t from = 0; from < n && rc == RC_OK; from += SENT_AT_ONCE) {
		size_t some = n - from < SENT_AT_ONCE ? n - from : SENT_AT_ONCE;
		rc = each_ask(c, id, m, from, some, res, p);
		if (rc != RC_OK)
			return rc;
		for (size_t i = 0; i < some; i++) {
			rc = rc == RC_OK ? each_give(c, id, m, from + i, res[i], p) : rc;
			PQclear(res[i]);
		}
	}
	return rc;
}
