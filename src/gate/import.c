/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/import.c: the act "import": lines of NDJSON, each a resource with its id, put as they are; equal ones change nothing. What is refused is told line by
 * line (set "results": n, rc, why, where) and the rest is stored, its index rows at the end of the act in
 * key order (record_batch). Parsing and checking happen before the writer. Called by act.c through act_own.
 */
#include <string.h>

#include "gate/act_fhir.h"

#define LINES_MAX 10000
#define LINES_MANY 2000 /* from here on a call is a load, not a handful: the writer may take memory for it */

struct line { enum rc rc; struct problem problem; uint16_t type; struct record_write *w; };
struct import { struct line *at; size_t n; };

static size_t count_lines(struct str text)
{
	size_t n = 0;
	for (struct str left = text; left.n > 0;)
		n += str_trim(str_cut(left, '\n', &left)).n > 0;
	return n;
}

/* A finding's place is worth more than "somewhere in the body". */
static void prepare_line(struct str text, struct arena *a, struct arena *scratch, struct line *l)
{
	const struct json *root;
	struct fhir_issue *issues = NULL;
	arena_reset(scratch);
	l->rc = json_parse(text, scratch, &root, &l->problem);
	if (l->rc != RC_OK)
		return;
	l->type = fhir_type_of(json_get_text(root, "resourceType"));
	struct str id = arena_str(a, json_get_text(root, "id"));
	if (l->type == 0)
		l->rc = problem_set(&l->problem, RC_BAD_INPUT, WHY_UNKNOWN_TYPE, "resourceType", "line");
	else if (!fhir_is_id(id))
		l->rc = problem_set(&l->problem, RC_BAD_INPUT, WHY_FORMAT, "id", "line without a usable id");
	else
		l->rc = record_prepare(text, l->type, id, a, &l->w, &issues, &l->problem);
	if (l->rc != RC_OK && issues && issues->where && strlen(issues->where) < sizeof l->problem.where) {
		memcpy(l->problem.where, issues->where, strlen(issues->where) + 1);
		l->problem.why = issues->why;
	}
}

enum rc import_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct str text = args_get(v->args, "lines");
	struct import *im = ARENA_NEW(v->arena, struct import);
	struct arena scratch;
	(void)issues;
	size_t n = count_lines(text);
	if (n > LINES_MAX)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "lines", "%zu lines", n);
	if (!im || !(im->at = arena_array(v->arena, n ? n : 1, sizeof *im->at)))
		return arena_rc(v->arena, p);
	*prepared_r = im;
	arena_init(&scratch, 256u << 20);
	for (struct str left = text; left.n > 0;) {
		struct str one = str_trim(str_cut(left, '\n', &left));
		if (one.n)
			prepare_line(one, v->arena, &scratch, &im->at[im->n++]);
	}
	arena_done(&scratch);
	return v->arena->failed ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "lines", "import over the memory limit") : RC_OK;
}

/* Lines that stand or fall together at first: a savepoint for each line keeps a copy of the pages that all of them change. */
#define TOGETHER 64

struct putting { struct act_ctx *x; struct record_batch *b; int64_t shared; /* the patient whose chart was seen to last */ };

static enum rc put_one(struct putting *u, struct line *l)
{
	struct record_if cond = { .keep_if_same = true, .revive = true };
	struct record_done d;
	l->problem = (struct problem){ .rc = RC_OK };
	l->rc = record_batch_put(u->b, u->x->db, u->x->txn, l->w, &cond, &d, &l->problem);
	if (l->rc == RC_OK && d.patient > 0 && !d.unchanged && d.patient != u->shared) {
		l->rc = act_shared(u->x->db, d.patient, u->x->who ? u->x->who->account : 0, &l->problem);
		u->shared = d.patient;
	}
	return l->rc;
}

/* All of them, or none: *all_r says which. Disk and database troubles stop the whole import. */
static enum rc put_together(struct putting *u, struct line *at, size_t n, bool *all_r, struct problem *p)
{
	struct record_mark mark = record_batch_mark(u->b);
	enum rc rc = db_run(db_stmt(u->x->db, ST_GATE_LINE_OPEN), p), line = RC_OK;
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < n && line == RC_OK; i++) {
		line = at[i].w ? put_one(u, &at[i]) : RC_OK;
		if (line == RC_BROKEN || line == RC_RETRY) {
			*p = at[i].problem;
			return line;
		}
	}
	*all_r = line == RC_OK;
	if (line != RC_OK) {
		record_batch_undo(u->b, mark);
		u->shared = 0;
		rc = db_run(db_stmt(u->x->db, ST_GATE_LINE_UNDO), p);
	}
	return rc == RC_OK ? db_run(db_stmt(u->x->db, ST_GATE_LINE_KEEP), p) : rc;
}

/* A line that fails is undone alone: the others of its group are put again, one by one. */
static enum rc put_group(struct putting *u, struct line *at, size_t n, struct problem *p)
{
	bool all = false;
	enum rc rc = put_together(u, at, n, &all, p);
	for (size_t i = 0; i < n && rc == RC_OK && !all; i++) {
		bool alone;
		rc = put_together(u, &at[i], 1, &alone, p);
	}
	return rc;
}

enum rc import_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct import *im = x->prepared;
	struct record_batch *b = record_batch_new();
	enum rc rc = b ? RC_OK : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK && im->n >= LINES_MANY)
		rc = db_expect_many(x->db, p);
	struct putting u = { .x = x, .b = b };
	for (size_t i = 0; i < im->n && rc == RC_OK; i += TOGETHER)
		rc = put_group(&u, &im->at[i], im->n - i < TOGETHER ? im->n - i : TOGETHER, p);
	if (rc == RC_OK)
		rc = record_batch_end(b, x->db, p);
	record_batch_free(&b);
	rows_set(out, "results");
	for (size_t i = 0; i < im->n && rc == RC_OK; i++) {
		struct line *l = &im->at[i];
		rows_row(out);
		rows_col_i64(out, "n", (int64_t)i);
		rows_col_i64(out, "rc", l->rc);
		if (l->rc != RC_OK) {
			rows_col(out, "why", str_of(why_row(l->problem.why)->name));
			rows_col(out, "where", str_of(l->problem.where));
		}
	}
	return rc;
}
