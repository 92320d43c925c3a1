/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/pg_stmt.c: statements on PostgreSQL: prepared once a connection, parameters and columns in binary, walks in portions.
 * Must never wait for an answer that nobody needs while the writer has a transaction open (db/pg_text.c says which). Called through driver_postgres.
 * Start at pg_step, then ask.
 */
#include "db/postgres.h"

#include <stdlib.h>
#include <string.h>

/* Rows of a walk asked for at first, and at most: most walks are cut short by their caller, some go along a whole table. */
#define PORTION_MOST 2048

/* ---- binding ---- */

void pg_reset(struct db_stmt *s)
{
	struct pg_stmt *x = s->pg;
	if (x->res && !x->borrowed)
		PQclear(x->res);
	x->res = NULL;
	x->rows = x->row = 0;
	x->more = x->borrowed = false;
}

void pg_prepare(struct db_stmt *s, enum stmt id)
{
	if (!s->pg) {
		s->pg = calloc(1, sizeof *s->pg);
		MUST(s->pg != NULL);
		s->pg->text = pg_text_of(id);
		s->pg->id = id;
		return;
	}
	pg_reset(s);
	memset(s->pg->bound, 0, sizeof s->pg->bound);
	if (s->pg->text->walk)
		s->pg->link.is = false;
}

void pg_stmt_free(struct db_stmt *s)
{
	if (!s->pg)
		return;
	pg_reset(s);
	pg_ahead_free(s->pg);
	pg_hold_free(s->pg);
	free(s->pg->keep);
	free(s->pg);
	s->pg = NULL;
}

static struct pg_bound *bound(struct db_stmt *s, int i)
{
	MUST(i >= 1 && (unsigned)i <= s->pg->text->params - s->pg->text->walk);
	return &s->pg->bound[i - 1];
}

void pg_bind_i64(struct db_stmt *s, int i, int64_t v) { *bound(s, i) = (struct pg_bound){ .kind = BOUND_I64, .i = v }; }
void pg_bind_f64(struct db_stmt *s, int i, double v) { *bound(s, i) = (struct pg_bound){ .kind = BOUND_F64, .f = v }; }
void pg_bind_null(struct db_stmt *s, int i) { *bound(s, i) = (struct pg_bound){ .kind = BOUND_NULL }; }

void pg_bind_bytes(struct db_stmt *s, int i, struct str v, bool text)
{
	(void)text; /* the server's column says which */
	*bound(s, i) = (struct pg_bound){ .kind = BOUND_BYTES, .s = v };
}

/* ---- types ---- */

enum rc pg_describe(struct db_conn *c, const char *sql, unsigned n, Oid *type_r, struct problem *p)
{
	struct pg *g = c->pg;
	PGresult *r = NULL;
	if (!PQsendPrepare(g->h, "", sql, 0, NULL))
		return pg_problem(c, NULL, p);
	enum rc rc = pg_owe(c, 'q', p);
	if (rc == RC_OK && !PQsendDescribePrepared(g->h, ""))
		return pg_problem(c, NULL, p);
	if (rc == RC_OK)
		rc = pg_owe(c, 'q', p);
	if (rc == RC_OK)
		rc = pg_collect(c, &r, p);
	if (rc == RC_OK && (!r || (unsigned)PQnparams(r) != n))
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "%d parameters, not %u", r ? PQnparams(r) : -1, n);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		type_r[i] = PQparamtype(r, (int)i);
	PQclear(r);
	return rc;
}

Oid pg_array_of(Oid type)
{
	switch (type) {
	case OID_INT8:   return OID_INT8_ARRAY;
	case OID_FLOAT8: return OID_FLOAT8_ARRAY;
	case OID_BYTEA:  return OID_BYTEA_ARRAY;
	case OID_TEXT:   return OID_TEXT_ARRAY;
	default:         return 0;
	}
}

/* What the parameters are: asked of the server by the first connection that needs it. */
enum rc pg_types(struct db_stmt *s, const Oid **type_r, struct problem *p)
{
	const struct pg_text *t = s->pg->text;
	struct pg_base *b = s->c->db->pg;
	Oid type[PG_PARAMS] = { 0 };
	enum stmt id = s->pg->id;
	pthread_mutex_lock(&b->lock);
	bool known = b->at[id].known;
	pthread_mutex_unlock(&b->lock);
	*type_r = b->at[id].type;
	if (known || t->params == 0)
		return RC_OK;
	enum rc rc = pg_describe(s->c, t->feed ? t->values : t->sql, t->params, type, p);
	for (unsigned i = 0; rc == RC_OK && t->feed && i < t->params; i++)
		if (!(type[i] = pg_array_of(type[i])))
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "%s: a column that cannot be fed", db_stmt_name(id));
	if (rc != RC_OK)
		return rc;
	pthread_mutex_lock(&b->lock);
	memcpy(b->at[id].type, type, sizeof type);
	b->at[id].known = true;
	pthread_mutex_unlock(&b->lock);
	return RC_OK;
}

/* ---- sending ---- */

static const char NAME[] = "s";
static void name_of(enum stmt id, char out[8])
{
	out[0] = NAME[0];
	out[1] = (char)('0' + (unsigned)id / 100 % 10);
	out[2] = (char)('0' + (unsigned)id / 10 % 10);
	out[3] = (char)('0' + (unsigned)id % 10);
	out[4] = '\0';
	_Static_assert(ST__END < 1000, "three digits");
}

bool pg_encode(const struct pg_bound *b, Oid type, char at[8], const char **value_r, int *n_r)
{
	uint64_t bits;
	double f;
	*value_r = at;
	if (b->kind == BOUND_NULL) {
		*value_r = NULL;
		*n_r = 0;
		return true;
	}
	if (b->kind == BOUND_BYTES) {
		*value_r = b->s.p;
		*n_r = (int)b->s.n;
		return (type == OID_TEXT || type == OID_BYTEA || type == OID_INT8_ARRAY || type == OID_FLOAT8_ARRAY || type == OID_BYTEA_ARRAY || type == OID_TEXT_ARRAY) && b->s.n < (size_t)1 << 30;
	}
	switch (type) {
	case OID_INT8: put_be(at, (uint64_t)b->i, *n_r = 8); return b->kind == BOUND_I64;
	case OID_INT4: put_be(at, (uint64_t)b->i, *n_r = 4); return b->kind == BOUND_I64;
	case OID_INT2: put_be(at, (uint64_t)b->i, *n_r = 2); return b->kind == BOUND_I64;
	case OID_FLOAT8:
		f = b->kind == BOUND_F64 ? b->f : (double)b->i;
		memcpy(&bits, &f, 8);
		put_be(at, bits, *n_r = 8);
		return true;
	default: return false;
	}
}

enum rc pg_send(struct db_stmt *s, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	const struct pg_text *t = x->text;
	const char *value[PG_PARAMS];
	char at[PG_PARAMS][8], name[8];
	int length[PG_PARAMS], format[PG_PARAMS];
	const Oid *type = NULL;
	enum rc rc = pg_ready(s->c, p);
	struct pg *g = s->c->pg;
	if (rc == RC_OK)
		rc = pg_hold_meet(s, p);
	if (rc == RC_OK)
		rc = pg_types(s, &type, p);
	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; i < t->params; i++) {
		format[i] = 1;
		if (!pg_encode(&x->bound[i], type[i], at[i], &value[i], &length[i]))
			return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "%s: parameter %u is of type %u", db_stmt_name(x->id), i + 1, type[i]);
	}
	name_of(x->id, name);
	if (x->generation != g->generation) {
		if (!PQsendPrepare(g->h, name, t->sql, (int)t->params, type))
			return pg_problem(s->c, NULL, p);
		if ((rc = pg_owe(s->c, 'q', p)) != RC_OK)
			return rc;
		x->generation = g->generation;
	}
	if (!PQsendQueryPrepared(g->h, name, (int)t->params, value, length, format, 1))
		return pg_problem(s->c, NULL, p);
	g->traffic.statements++;
	return pg_owe(s->c, 'q', p);
}

/* ---- stepping ---- */

/* Sends the statement and reads its rows; for a walk, the next portion. */
static enum rc ask(struct db_stmt *s, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	PGresult *r = NULL;
	if (x->text->walk)
		x->bound[x->text->params - 1] = (struct pg_bound){ .kind = BOUND_I64, .i = x->portion };
	enum rc rc = pg_send(s, p);
	if (rc == RC_OK)
		rc = pg_collect(s->c, &r, p);
	if (x->res && !x->borrowed)
		PQclear(x->res);
	x->borrowed = false;
	x->res = r;
	if (rc != RC_OK) {
		pg_reset(s);
		return rc;
	}
	x->row = -1;
	x->rows = r ? PQntuples(r) : 0;
	x->link.to = 0;
	x->more = x->text->walk && x->rows == x->portion;
	return RC_OK;
}

/* The next portion starts after the last row: its keys become the start. */
static enum rc ask_on(struct db_stmt *s, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	size_t n = 0;
	int last = x->rows - 1;
	for (unsigned k = 0; k < x->text->keys; k++)
		n += (size_t)PQgetlength(x->res, last, (int)k);
	if (n > x->keep_n) {
		char *keep = realloc(x->keep, n);
		if (!keep)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		x->keep = keep;
		x->keep_n = n;
	}
	n = 0;
	for (unsigned k = 0; k < x->text->keys; k++) {
		struct pg_bound *b = &x->bound[x->text->start - 1 + k];
		const char *v = PQgetvalue(x->res, last, (int)k);
		size_t len = (size_t)PQgetlength(x->res, last, (int)k);
		switch (PQftype(x->res, (int)k)) {
		case OID_INT8:
			*b = (struct pg_bound){ .kind = BOUND_I64, .i = (int64_t)get_be(v, 8) };
			break;
		case OID_FLOAT8:
			b->kind = BOUND_F64;
			uint64_t bits = get_be(v, 8);
			memcpy(&b->f, &bits, 8);
			break;
		default:
			memcpy(x->keep + n, v, len);
			*b = (struct pg_bound){ .kind = BOUND_BYTES, .s = { x->keep + n, len } };
			n += len;
		}
	}
	x->portion = x->portion < PORTION_MOST ? x->portion * 4 < PORTION_MOST ? x->portion * 4 : PORTION_MOST : x->portion;
	return ask(s, p);
}

enum rc pg_step(struct db_stmt *s, bool *row_r, struct problem *p)
{
	struct pg_stmt *x = s->pg;
	enum rc rc = RC_OK;
	*row_r = false;
	if (!x->res)
		x->portion = PG_PORTION_FIRST;
	if (!x->res && !(x->ahead && pg_ahead_serve(s)))
		rc = ask(s, p);
	if (rc == RC_OK && ++x->row >= x->rows && x->more) {
		rc = ask_on(s, p);
		x->row = 0;
	}
	if (rc != RC_OK)
		return rc;
	if (x->row < x->rows) {
		*row_r = true;
		stmt_rowed(s);
		if (x->link.is && x->text->walk && x->row >= x->link.to)
			pg_ahead_rows(s);
		return RC_OK;
	}
	pg_reset(s);
	return RC_OK;
}

/* Without an answer where nobody needs one: what the statement met is told by the next answer, at the latest by settle at the end of the job. */
enum rc pg_run_all(struct db_stmt *s, struct problem *p)
{
	const struct pg_stmt *x = s->pg;
	const struct pg_text *t = x->text;
	struct db_conn *c = s->c;
	struct problem ignored;
	enum rc rc = RC_OK;
	bool held = false;
	pg_reset(s);
	if (t->undoes)
		c->pg->held = 0; /* what was put aside came after the savepoint, before which all was sent */
	if (t->hold && c->pg->in_txn && c->writes && !c->pg->failed && ((rc = pg_hold(s, &held, p)) != RC_OK || held))
		return rc;
	bool numbers = t->inserts && !t->quiet; /* its caller may ask for the row's number next: rows sent between would have the last one */
	if ((t->settles || numbers) && c->pg->held)
		rc = pg_hold_send(c, p);
	if (rc != RC_OK)
		return rc;
	if (t->settles && c->pg->n_owed) {
		rc = pg_collect(c, NULL, t->undoes ? &ignored : p);
		if (rc != RC_OK && (!t->undoes || c->pg->lost)) {
			if (t->undoes)
				*p = ignored;
			return rc;
		}
	}
	if (x->id == ST_DB_PART)
		c->pg->part = true;
	c->pg->aside = false;
	rc = pg_send(s, p);
	if (rc == RC_OK && c->pg->in_txn && (c->writes || t->utility) && (t->quiet || (t->settles && !t->undoes) || (t->inserts && c->db->bulk)))
		return RC_OK; /* RELEASE: what came before it is answered, so it cannot fail */
	if (rc == RC_OK)
		rc = pg_collect(c, NULL, p);
	if (t->undoes && rc == RC_OK)
		c->pg->failed = c->pg->again = false;
	if (x->id == ST_DB_ROLLBACK)
		c->pg->in_txn = c->pg->part = false;
	return rc;
}

/* ---- columns ---- */

bool pg_is_null(struct db_stmt *s, int col) { return PQgetisnull(s->pg->res, s->pg->row, col) != 0; }

int64_t pg_i64(struct db_stmt *s, int col)
{
	const PGresult *r = s->pg->res;
	if (PQgetisnull(r, s->pg->row, col))
		return 0;
	const char *v = PQgetvalue(r, s->pg->row, col);
	switch (PQgetlength(r, s->pg->row, col)) {
	case 8:  return (int64_t)get_be(v, 8);
	case 4:  return (int32_t)get_be(v, 4);
	case 2:  return (int16_t)get_be(v, 2);
	case 1:  return v[0] != 0;
	default: MUST(!"a whole number of 1, 2, 4 or 8 bytes"); return 0;
	}
}

double pg_f64(struct db_stmt *s, int col)
{
	double f = 0;
	if (PQgetisnull(s->pg->res, s->pg->row, col))
		return 0;
	if (PQftype(s->pg->res, col) != OID_FLOAT8)
		return (double)pg_i64(s, col);
	uint64_t bits = get_be(PQgetvalue(s->pg->res, s->pg->row, col), 8);
	memcpy(&f, &bits, 8);
	return f;
}

struct str pg_bytes(struct db_stmt *s, int col)
{
	if (PQgetisnull(s->pg->res, s->pg->row, col))
		return STR_NONE;
	return (struct str){ PQgetvalue(s->pg->res, s->pg->row, col), (size_t)PQgetlength(s->pg->res, s->pg->row, col) };
}
