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

/* A line that fails is undone alone. Disk and database troubles stop the whole. */
static enum rc put_line(struct act_ctx *x, struct record_batch *b, struct line *l, struct problem *p)
{
	struct record_if cond = { .keep_if_same = true, .revive = true };
	struct record_mark mark = record_batch_mark(b);
	struct record_done d;
	enum rc rc = db_run(db_stmt(x->db, ST_GATE_LINE_OPEN), p);
	if (rc != RC_OK)
		return rc;
	l->rc = record_batch_put(b, x->db, x->txn, l->w, &cond, &d, &l->problem);
	if (l->rc == RC_OK && d.patient > 0 && !d.unchanged)
		l->rc = act_shared(x->db, d.patient, x->who ? x->who->account : 0, &l->problem);
	if (l->rc == RC_BROKEN || l->rc == RC_RETRY) {
		*p = l->problem;
		return l->rc;
	}
	if (l->rc != RC_OK) {
		record_batch_undo(b, mark);
		rc = db_run(db_stmt(x->db, ST_GATE_LINE_UNDO), p);
		if (rc != RC_OK)
			return rc;
	}
	return db_run(db_stmt(x->db, ST_GATE_LINE_KEEP), p);
}

enum rc import_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct import *im = x->prepared;
	struct record_batch *b = record_batch_new();
	enum rc rc = b ? RC_OK : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK && im->n >= LINES_MANY)
		rc = db_expect_many(x->db, p);
	for (size_t i = 0; i < im->n && rc == RC_OK; i++)
		if (im->at[i].w)
			rc = put_line(x, b, &im->at[i], p);
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
