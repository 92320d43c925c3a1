/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_hold.c: rows of the writer that are put aside and go together: an INSERT that nobody waits for costs the server three times its row when it comes alone.
 * They are sent before any statement that could look at their table or change what they look at, before each savepoint and at the end of a job; many of one
 * statement by COPY or as arrays. So nothing of this can be seen, and what goes wrong is told where it was told before: at the latest by settle.
 * Must never hold rows over a savepoint, nor outside the writer's transaction. Called by pg_stmt.c. Start at pg_hold.
 */
#include "db/postgres.h"

#include <stdlib.h>
#include <string.h>

#define HELD_ROWS 4096
#define HELD_BYTES (1u << 20) /* of one column */
#define COPY_ROWS 64          /* fewer are not worth the round trips */

void pg_hold_free(struct pg_stmt *x)
{
	if (!x->rows_held)
		return;
	pg_rows_done(x->rows_held);
	free(x->rows_held);
	x->rows_held = NULL;
}

/* NULL: a statement of a kind of which there are no arrays, or no memory: its row is sent alone. */
static struct pg_rows *rows_of(struct pg_stmt *x, const Oid *type)
{
	struct pg_rows *r = x->rows_held;
	if (r)
		return r;
	for (unsigned i = 0; i < x->text->params; i++)
		if (!pg_array_of(type[i]))
			return NULL;
	if (!(r = calloc(1, sizeof *r)))
		return NULL;
	r->n = x->text->params;
	for (unsigned i = 0; i < r->n; i++)
		r->type[i] = pg_array_of(type[i]);
	pg_rows_init(r);
	return x->rows_held = r;
}

enum rc pg_hold(struct db_stmt *s, bool *held_r, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	struct pg *g = s->c->pg;
	const char *value[PG_ROW_CELLS];
	char at[PG_ROW_CELLS][8];
	int length[PG_ROW_CELLS];
	const Oid *type = NULL;
	enum rc rc = pg_ready(s->c, p);
	if (rc == RC_OK)
		rc = pg_hold_meet(s, p);
	if (rc == RC_OK)
		rc = pg_types(s, &type, p);
	struct pg_rows *r = rc == RC_OK ? rows_of(x, type) : NULL;
	if (!r)
		return rc;
	for (unsigned i = 0; i < r->n; i++)
		if (!pg_encode(&x->bound[i], type[i], at[i], &value[i], &length[i]) || !value[i])
			return RC_OK; /* no value */
	if (!(g->held & x->text->hold))
		pg_rows_begin(r);
	bool much = ++r->rows == HELD_ROWS;
	for (unsigned i = 0; i < r->n; i++) {
		char head[4];
		put_be(head, (uint64_t)length[i], 4);
		buf_put(&r->column[i], head, 4);
		buf_put(&r->column[i], value[i], (size_t)length[i]);
		much = much || r->column[i].n > HELD_BYTES;
	}
	g->held |= x->text->hold;
	g->aside = true;
	*held_r = true;
	return much ? pg_hold_send(s->c, p) : RC_OK;
}

/* The only row, by the statement itself: what its caller has bound meanwhile is kept. */
static enum rc one_send(struct db_stmt *s, const struct pg_rows *r, const Oid *type, struct problem *p)
{
	struct pg_bound kept[PG_PARAMS];
	memcpy(kept, s->pg->bound, sizeof kept);
	for (unsigned i = 0; i < r->n; i++) {
		const char *v = r->column[i].p + PG_ARRAY_HEAD;
		struct str bytes = { v + 4, (size_t)get_be(v, 4) };
		struct pg_bound *b = &s->pg->bound[i];
		*b = (struct pg_bound){ .kind = BOUND_BYTES, .s = bytes };
		if (type[i] == OID_INT8)
			*b = (struct pg_bound){ .kind = BOUND_I64, .i = (int64_t)get_be(bytes.p, 8) };
		if (type[i] == OID_FLOAT8) {
			uint64_t bits = get_be(bytes.p, 8);
			b->kind = BOUND_F64;
			memcpy(&b->f, &bits, 8);
		}
	}
	enum rc rc = pg_send(s, p);
	memcpy(s->pg->bound, kept, sizeof kept);
	return rc;
}

static enum rc rows_send(struct db_conn *c, enum stmt id, struct problem *p)
{
	struct db_stmt *s = &c->at[id];
	struct pg_stmt *x = s->pg;
	const Oid *type = NULL;
	enum rc rc = pg_rows_end(x->rows_held, p);
	if (rc == RC_OK)
		rc = pg_types(s, &type, p);
	if (rc != RC_OK)
		return rc;
	if (x->rows_held->rows == 1)
		return one_send(s, x->rows_held, type, p);
	if (x->text->copies && x->rows_held->rows >= COPY_ROWS)
		return pg_rows_copy(c, x->text->sql, "", "", x->rows_held, p);
	return pg_rows_send(s, 'h', x->text->rows, &x->rows_generation, x->rows_held, p);
}

static enum rc some_send(struct db_conn *c, uint64_t which, struct problem *p)
{
	struct pg *g = c->pg;
	enum rc rc = RC_OK;
	while (rc == RC_OK && (g->held & which)) {
		unsigned bit = (unsigned)__builtin_ctzll(g->held & which);
		g->held &= ~((uint64_t)1 << bit); /* first: what sends them may ask whether something is put aside */
		rc = rows_send(c, pg_text_held(bit), p);
	}
	return rc;
}

enum rc pg_hold_send(struct db_conn *c, struct problem *p) { return c->pg->held ? some_send(c, UINT64_MAX, p) : RC_OK; }

/* Numbers stand in a column 12 bytes apart. */
static bool key_is_held(struct db_conn *c, const struct pg_bound *b)
{
	const struct db_stmt *s = &c->at[ST_RECORD_KEY_ADD];
	const struct pg_rows *r = c->pg->held & pg_text_of(ST_RECORD_KEY_ADD)->hold ? s->pg->rows_held : NULL;
	if (b->kind != BOUND_I64)
		return true;
	for (size_t i = 0; r && i < r->rows; i++)
		if ((int64_t)get_be(r->column[0].p + PG_ARRAY_HEAD + 12 * i + 4, 8) == b->i)
			return true;
	return false;
}

enum rc pg_hold_meet(struct db_stmt *s, struct problem *p)
{
	const struct pg_text *t = s->pg->text;
	uint64_t which = s->c->pg->held & t->meets;
	return which && !(t->by_key && !key_is_held(s->c, &s->pg->bound[0])) ? some_send(s->c, which, p) : RC_OK;
}
