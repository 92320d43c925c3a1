/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/import.c: the act "import": lines of NDJSON, each a resource with its id, put as they are; equal ones change nothing. A line may be a whole transaction
 * bundle: all of it or nothing, and the same bundle again changes nothing. What is refused is told line by line (set "results": n, rc, why, where, and
 * for a bundle how many entries) and the rest is stored, its index rows at the end of the act in key order (record_batch). Parsing and checking happen
 * before the writer. Called by act.c through act_own.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/sha.h"
#include "gate/act.h"
#include "gate/act_fhir.h"
#include "gate/canary.h"
#include "record/keys.h"

#define LINES_MAX 10000
#define LINES_MANY 2000 /* from here on a call is a load, not a handful: the writer may take memory for it */

struct line {
	enum rc rc; struct problem problem; uint16_t type; struct record_write *w; struct record_bundle *bundle; unsigned char digest[32];
	struct line *first;    /* the first line of the call that is this very bundle */
	bool stored, noted;    /* of the first: the bundle is stored, whenever it was; of any: by this line */
};
struct import { struct line *at; size_t n, resources; struct line **bundles; size_t n_bundles; };

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

static int digest_cmp(const void *a, const void *b)
{
	const struct line *x = *(struct line *const *)a, *y = *(struct line *const *)b;
	int d = memcmp(x->digest, y->digest, sizeof x->digest);
	return d ? d : x < y ? -1 : x > y;
}

static enum rc bundles_gather(struct import *im, struct arena *a, struct problem *p)
{
	im->bundles = arena_array(a, im->n + 1, sizeof(*im->bundles));
	if (!im->bundles)
		return arena_rc(a, p);
	for (size_t i = 0; i < im->n; i++)
		if (im->at[i].bundle)
			im->bundles[im->n_bundles++] = &im->at[i];
	qsort(im->bundles, im->n_bundles, sizeof(*im->bundles), digest_cmp);
	for (size_t i = 0; i < im->n_bundles; i++) {
		struct line *before = i ? im->bundles[i - 1] : NULL;
		im->bundles[i]->first = before && memcmp(before->digest, im->bundles[i]->digest, sizeof before->digest) == 0 ? before->first : im->bundles[i];
	}
	return RC_OK;
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
	enum rc rc = bundles_gather(im, v->arena, p);
	return v->arena->failed ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "lines", "import over the memory limit") : rc;
}

/* ---- which bundles were there before, asked once for all of them ---- */

struct asked { struct db_many m; struct import *im; };

static void asked_bind(struct db_many *m, struct db_stmt *s, size_t i)
{
	db_bind_blob(s, 1, (struct str){ (const char *)((struct asked *)(void *)m)->im->bundles[i]->digest, 32 });
}

static enum rc asked_row(struct db_many *m, struct db_stmt *s, size_t i, struct problem *p)
{
	(void)s, (void)p;
	((struct asked *)(void *)m)->im->bundles[i]->first->stored = true;
	return RC_OK;
}

static enum rc bundles_ask(struct import *im, struct db_conn *c, struct problem *p)
{
	struct asked x = { { asked_bind, asked_row }, im };
	for (size_t i = 0; i < im->n_bundles; i++)
		im->bundles[i]->stored = im->bundles[i]->noted = false; /* the job may run again */
	return db_each(c, ST_GATE_IMPORT_WAS, &x.m, im->n_bundles, p);
}

static enum rc bundle_note(struct act_ctx *x, struct line *l, struct problem *p)
{
	enum rc rc = import_note(x, l->digest, p);
	l->first->stored = l->noted = rc == RC_OK;
	return rc;
}

static void bundles_undone(struct line *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (at[i].noted)
			at[i].first->stored = false;
		at[i].noted = false;
	}
}

/* Lines that stand or fall together at first: a savepoint for each line keeps a copy of the pages that all of them change. A server is waited for at each. */
#define TOGETHER 64
#define TOGETHER_FAR 256

struct putting { struct act_ctx *x; struct record_batch *b; int64_t shared; /* the patient whose chart was seen to last */ };

static enum rc shared(struct putting *u, int64_t patient, struct problem *p)
{
	if (patient <= 0 || patient == u->shared || record_batch_made(u->b, patient)) /* a chart that this call began is nobody's own */
		return RC_OK;
	u->shared = patient;
	if (canary_is(act_inside(u->x)->g, patient))
		act_inside(u->x)->canary = true; /* stored all the same: an import has no account to stop, and a refusal would tell which patient it is */
	return act_shared(u->x->db, patient, u->x->who ? u->x->who->account : 0, p);
}

static enum rc put_bundle(struct putting *u, struct line *l)
{
	const int64_t *patients;
	if (l->first->stored)
		return RC_OK;
	enum rc rc = bundle_note(u->x, l, &l->problem);
	if (rc != RC_OK)
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
	if (line == RC_OK) {
		rc = record_batch_settle(u->b, u->x->db, p);
	} else {
		record_batch_undo(u->b, mark);
		bundles_undone(at, n);
		u->shared = 0;
		rc = db_run(db_stmt(u->x->db, ST_GATE_LINE_UNDO), p);
	}
	return rc == RC_OK ? db_run(db_stmt(u->x->db, ST_GATE_LINE_KEEP), p) : rc;
}

/* What is stored of the ids of these lines, in one go: a server is far. */
static enum rc look_at(struct putting *u, const struct line *at, size_t n, struct problem *p)
{
	if (!db_is_far(u->x->db))
		return RC_OK;
	for (size_t i = 0; i < n; i++) {
		if (at[i].w)
			record_batch_expect(u->b, at[i].w);
		if (at[i].bundle && !at[i].first->stored && record_bundle_is_plain(at[i].bundle))
			record_bundle_expect(at[i].bundle, u->b);
	}
	return record_batch_look(u->b, u->x->db, p);
}

/* A line that fails is undone alone: each half of its group is put again, and halves of the one that it is in. */
static enum rc put_group(struct putting *u, struct line *at, size_t n, struct problem *p)
{
	bool all = false;
	enum rc rc = look_at(u, at, n, p);
	if (rc == RC_OK)
		rc = put_together(u, at, n, &all, p);
	if (rc != RC_OK || all || n == 1)
		return rc;
	rc = put_group(u, at, n / 2, p);
	return rc == RC_OK ? put_group(u, at + n / 2, n - n / 2, p) : rc;
}

static bool searches(const struct line *l) { return l->bundle && !record_bundle_is_plain(l->bundle); }

/* The next lines that may go together. A bundle that asks what a search would find sees all before it, and goes alone. */
static enum rc put_next(struct putting *u, const struct import *im, size_t *at, struct problem *p)
{
	size_t from = *at, n = 1, most = db_is_far(u->x->db) ? TOGETHER_FAR : TOGETHER;
	enum rc rc = searches(&im->at[from]) ? record_batch_end(u->b, u->x->db, p) : RC_OK;
	while (!searches(&im->at[from]) && from + n < im->n && n < most && !searches(&im->at[from + n]))
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
	if (rc == RC_OK)
		rc = bundles_ask(im, x->db, p);
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
