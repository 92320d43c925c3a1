/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/import.c: the act "import": lines of NDJSON, each a resource with its id, put as they are; equal ones change nothing. A line may be a whole transaction
 * bundle: all of it or nothing, and the same bundle again changes nothing. What is refused is told line by line (set "results": n, rc, why, where, and
 * for a bundle how many entries) and the rest is stored, its index rows at the end of the act in key order (record_batch). Parsing and checking happen
 * before the writer. Called by act.c through act_own.
 */
#include <string.h>

#include "codec/sha.h"
#include "gate/act.h"
#include "gate/act_fhir.h"
#include "gate/canary.h"
#include "record/keys.h"

#define LINES_MAX 10000
#define LINES_MANY 2000 /* from here on a call is a load, not a handful: the writer may take memory for it */

struct line { enum rc rc; struct problem problem; uint16_t type; struct record_write *w; struct record_bundle *bundle; unsigned char digest[32]; };
struct import { struct line *at; size_t n, resources; };

static size_t count_lines(struct str text)
{
	size_t n = 0;
	for (struct str left = text; left.n > 0;)
		n += str_trim(str_cut(left, '\n', &left)).n > 0;
	return n;
}

static bool is_transaction(const struct json *root)
{
	return str_eq(json_get_text(root, "resourceType"), "Bundle") && str_eq(json_get_text(root, "type"), "transaction");
}

static void prepare_bundle(struct str text, struct arena *a, struct line *l)
{
	struct fhir_issue *issues = NULL;
	sha_two(l->digest, text.p, text.n, NULL, 0);
	keys_house_digest(l->digest, l->digest);
	l->rc = record_bundle_prepare(text, a, &l->bundle, &issues, &l->problem);
	if (l->rc != RC_OK)
		l->bundle = NULL;
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
	if (is_transaction(root)) {
		prepare_bundle(text, a, l);
		return;
	}
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
		if (!one.n)
			continue;
		struct line *l = &im->at[im->n++];
		prepare_line(one, v->arena, &scratch, l);
		im->resources += l->bundle ? record_bundle_entries(l->bundle) : 1;
	}
	arena_done(&scratch);
	return v->arena->failed ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "lines", "import over the memory limit") : RC_OK;
}

/* Lines that stand or fall together at first: a savepoint for each line keeps a copy of the pages that all of them change. */
#define TOGETHER 64

struct putting { struct act_ctx *x; struct record_batch *b; int64_t shared; /* the patient whose chart was seen to last */ };

static enum rc shared(struct putting *u, int64_t patient, struct problem *p)
{
	if (patient <= 0 || patient == u->shared)
		return RC_OK;
	u->shared = patient;
	if (canary_is(act_inside(u->x)->g, patient))
		act_inside(u->x)->canary = true; /* stored all the same: an import has no account to stop, and a refusal would tell which patient it is */
	return act_shared(u->x->db, patient, u->x->who ? u->x->who->account : 0, p);
}

static enum rc put_bundle(struct putting *u, struct line *l)
{
	const int64_t *patients;
	bool was = false;
	enum rc rc = import_once(u->x, l->digest, &was, &l->problem);
	if (rc != RC_OK || was)
		return rc;
	record_bundle_batch(l->bundle, record_bundle_is_plain(l->bundle) ? u->b : NULL);
	rc = record_bundle_run(u->x->db, u->x->txn, l->bundle, NULL, &l->problem);
	size_t n = rc == RC_OK ? record_bundle_patients(l->bundle, &patients) : 0;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = shared(u, patients[i], &l->problem);
	return rc;
}

static enum rc put_one(struct putting *u, struct line *l)
{
	struct record_if cond = { .keep_if_same = true, .revive = true };
	struct record_done d;
	l->problem = (struct problem){ .rc = RC_OK };
	if (l->bundle)
		return l->rc = put_bundle(u, l);
	l->rc = record_batch_put(u->b, u->x->db, u->x->txn, l->w, &cond, &d, &l->problem);
	if (l->rc == RC_OK && !d.unchanged)
		l->rc = d.since ? act_shared_each(u->x, &d, &l->problem) : shared(u, d.patient, &l->problem);
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
		line = at[i].w || at[i].bundle ? put_one(u, &at[i]) : RC_OK;
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

static bool searches(const struct line *l) { return l->bundle && !record_bundle_is_plain(l->bundle); }

/* The next lines that may go together. A bundle that asks what a search would find sees all before it, and goes alone. */
static enum rc put_next(struct putting *u, const struct import *im, size_t *at, struct problem *p)
{
	size_t from = *at, n = 1;
	enum rc rc = searches(&im->at[from]) ? record_batch_end(u->b, u->x->db, p) : RC_OK;
	while (!searches(&im->at[from]) && from + n < im->n && n < TOGETHER && !searches(&im->at[from + n]))
		n++;
	*at = from + n;
	return rc == RC_OK ? put_group(u, &im->at[from], n, p) : rc;
}

enum rc import_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct import *im = x->prepared;
	struct record_batch *b = record_batch_new();
	enum rc rc = b ? RC_OK : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK && im->resources >= LINES_MANY)
		rc = db_expect_many(x->db, p);
	struct putting u = { .x = x, .b = b };
	for (size_t at = 0; at < im->n && rc == RC_OK;)
		rc = put_next(&u, im, &at, p);
	if (rc == RC_OK)
		rc = record_batch_end(b, x->db, p);
	record_batch_free(&b);
	rows_set(out, "results");
	for (size_t i = 0; i < im->n && rc == RC_OK; i++) {
		struct line *l = &im->at[i];
		rows_row(out);
		rows_col_i64(out, "n", (int64_t)i);
		rows_col_i64(out, "rc", l->rc);
		if (l->bundle)
			rows_col_i64(out, "entries", (int64_t)record_bundle_entries(l->bundle));
		if (l->rc != RC_OK) {
			rows_col(out, "why", str_of(why_row(l->problem.why)->name));
			rows_col(out, "where", str_of(l->problem.where));
		}
	}
	return rc;
}
