/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/bundle_run.c: the part of a bundle that runs on the writer, and its answer. See bundle.c.
 * Must never answer an entry of a transaction that as a whole failed. Called inside a job of the writer. Start at record_bundle_run.
 */
#include "record/bundle.h"
#include "base/clock.h"
#include "base/random.h"
#include "fhir/patch.h"
#include "fhir/subset.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum rc at_entry(size_t i, struct problem *p)
{
	char where[PROBLEM_WHERE];
	snprintf(where, sizeof where, "Bundle.entry[%zu]", i);
	if (p->where[0]) {
		size_t n = strlen(where);
		snprintf(where + n, sizeof where - n, ": %.110s", p->where);
	}
	memcpy(p->where, where, sizeof where);
	return p->rc;
}

/* ---- conditions ---- */

static enum rc condition_answer(struct db_conn *c, struct record_bundle *b, struct condition *x)
{
	unsigned most = x->all ? BUNDLE_DELETE_MOST : 1;
	enum rc rc = b->guard ? b->guard->match(b->guard, x->type, x->query, most, &x->ids, &x->n, &x->problem)
		: record_matches(c, x->type, x->query, most, b->a, &x->ids, &x->n, &x->problem);
	x->id[0] = '\0';
	if (rc == RC_OK && x->n == 1) {
		memcpy(x->id, x->ids[0].p, x->ids[0].n);
		x->id[x->ids[0].n] = '\0';
	}
	return rc;
}

static enum rc conditions_answer(struct db_conn *c, struct record_bundle *b, struct problem *p)
{
	for (struct condition *x = b->conditions; x; x = x->next) {
		x->problem = (struct problem){ .rc = RC_OK };
		enum rc rc = condition_answer(c, b, x);
		if (rc == RC_BROKEN) {
			*p = x->problem;
			return rc;
		}
	}
	return RC_OK;
}

/* Settles what an entry means now that its condition is answered. */
static enum rc entry_settle(struct entry *e, struct problem *p)
{
	const struct condition *x = e->condition;
	e->matched = e->deleted_nothing = false;
	if (!x)
		return RC_OK;
	if (x->problem.rc != RC_OK) {
		*p = x->problem;
		return p->rc;
	}
	if (x->n > 1 && e->method != METHOD_DELETE)
		return problem_set(p, RC_PRECONDITION, WHY_MULTIPLE_MATCHES, NULL, "condition");
	if (x->n > BUNDLE_DELETE_MOST)
		return problem_set(p, RC_PRECONDITION, WHY_TOO_MANY_MATCHES, NULL, "conditional delete over %d", BUNDLE_DELETE_MOST);
	if (x->n == 0 && e->method == METHOD_PATCH)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "patch of nothing");
	e->fresh = x->n == 0;
	e->id[0] = '\0';
	if (x->n == 1)
		memcpy(e->id, x->id, sizeof e->id);
	if (e->method == METHOD_POST)
		e->matched = x->n == 1;
	if (e->method == METHOD_DELETE)
		e->deleted_nothing = x->n == 0;
	return RC_OK;
}

enum rc bundle_ref_met(const struct record_bundle *b, const struct entry *e, const struct json *at, struct problem *p)
{
	struct str query, type = str_cut(at->text, '?', &query);
	for (const struct condition *x = b->conditions; query.n && x; x = x->next) {
		if (x->type != fhir_type_of(type) || !str_is(x->query, query))
			continue;
		if (x->problem.rc != RC_OK) {
			*p = x->problem;
			return p->rc;
		}
		if (x->n == 0)
			return bundle_unresolved(e, at, RC_BAD_INPUT, WHY_UNRESOLVED, p);
		if (x->n > 1)
			return bundle_unresolved(e, at, RC_PRECONDITION, WHY_MULTIPLE_MATCHES, p);
	}
	return RC_OK;
}

enum rc bundle_ref_brought(struct record_bundle *b, const struct entry *e, struct str was, struct str *now_r, struct problem *p)
{
	const struct json ref = { .kind = JSON_STRING, .text = was };
	struct str query, type = str_cut(was, '?', &query);
	bool open, asked = !query.n || !fhir_type_of(type);
	for (const struct condition *x = b->conditions; x && !asked; x = x->next)
		asked = x->type == fhir_type_of(type) && str_is(x->query, query);
	enum rc rc = asked ? bundle_ref_met(b, e, &ref, p) : bundle_unresolved(e, &ref, RC_BAD_INPUT, WHY_UNRESOLVED, p);
	return rc == RC_OK ? bundle_ref_text(b, e, &ref, true, now_r, &open, p) : rc;
}

/* Every conditional reference must name exactly one. Which entry asked is found by its text. */
static enum rc refs_check(const struct record_bundle *b, const struct entry *e, struct problem *p)
{
	struct fhir_refs refs;
	if (!e->open)
		return RC_OK;
	enum rc rc = fhir_references(e->resource, b->a, &refs, p);
	for (size_t i = 0; rc == RC_OK && i < refs.n; i++)
		rc = bundle_ref_met(b, e, refs.at[i], p);
	return rc;
}

/* ---- one entry ---- */

static enum rc patient_note(struct record_bundle *b, int64_t patient, struct problem *p)
{
	if (patient <= 0)
		return RC_OK;
	for (size_t i = 0; i < b->n_patients; i++)
		if (b->patients[i] == patient)
			return RC_OK;
	if (b->n_patients == b->cap_patients) {
		size_t cap = b->cap_patients ? b->cap_patients * 2 : 16;
		int64_t *at = arena_array(b->a, cap, sizeof *at);
		if (!at)
			return arena_rc(b->a, p);
		if (b->n_patients)
			memcpy(at, b->patients, b->n_patients * sizeof *at);
		b->patients = at;
		b->cap_patients = cap;
	}
	b->patients[b->n_patients++] = patient;
	return RC_OK;
}

/* The same for each patient of a resource. */
static enum rc whose_note(struct db_conn *c, struct record_bundle *b, const struct record_row *row, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	enum rc rc = record_is_of_several(row) ? record_patients(c, row, b->a, &at, &n, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = patient_note(b, at[i], p);
	return rc;
}

/* May each of its patients be touched? */
static enum rc whose_touch(struct db_conn *c, struct record_bundle *b, const struct record_row *row, bool created, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	if (!b->guard)
		return RC_OK;
	enum rc rc = record_is_of_several(row) ? record_patients(c, row, b->a, &at, &n, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = b->guard->touch(b->guard, at[i], created, p);
	return rc;
}

struct found { struct record_each e; struct db_conn *c; struct record_bundle *b; struct buf *out; bool any; const struct subset *hit, *included; int64_t *rids; size_t n; };

/* _summary, _elements: less of what may be shown. */
static enum rc found_less(struct found *f, const struct subset *less, struct str body, struct problem *p)
{
	const struct json *root = NULL;
	body = arena_str(f->b->a, body);
	enum rc rc = body.p ? json_parse(body, f->b->a, &root, p) : arena_rc(f->b->a, p);
	if (rc == RC_OK)
		subset_put(less, root, f->out);
	return rc;
}

static enum rc found_row(struct record_each *each, const struct record_row *row, struct problem *p)
{
	struct found *f = (struct found *)each;
	if (f->any)
		buf_ch(f->out, ',');
	f->any = true;
	struct str body = row->body;
	struct record_row whose = { .rid = row->rid, .patient = row->patient, .since = row->since, .since_now = row->since_now };
	enum rc rc = f->b->guard ? f->b->guard->show(f->b->guard, row, &body, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	buf_z(f->out, "{\"resource\":");
	const struct subset *less = row->included ? f->included : f->hit;
	if (f->rids && !row->included)
		f->rids[f->n++] = whose.rid;
	if (less)
		rc = found_less(f, less, body, p);
	else
		buf_str(f->out, body);
	buf_z(f->out, row->included ? ",\"search\":{\"mode\":\"include\"}}" : ",\"search\":{\"mode\":\"match\"}}");
	return rc == RC_OK ? whose_note(f->c, f->b, &whose, p) : rc;
}

static enum rc get_search(struct db_conn *c, struct record_bundle *b, struct entry *e, struct buf *out, struct problem *p)
{
	struct pairs pairs;
	struct plan *plan = NULL;
	struct buf cursor;
	int64_t total = -1;
	struct found f = { .e = { found_row }, .c = c, .b = b, .out = out };
	buf_init(&cursor, 16384);
	buf_z(out, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[");
	enum rc rc = url_pairs(e->query, 100, b->a, &pairs, p);
	if (rc == RC_OK)
		rc = record_plan_parse(c, e->type, &pairs, false, b->a, &plan, p);
	struct record_scope scope;
	bool scoped = false, cut = false;
	struct subset less = { 0 };
	if (rc == RC_OK && plan->subset) {
		f.hit = plan->subset;
		less.summary = plan->subset->summary; /* _elements names elements of the hits' type */
		f.included = subset_is_whole(&less) ? NULL : &less;
	}
	if (rc == RC_OK && plan->includes && !(f.rids = arena_array(b->a, (size_t)plan->count + 1, sizeof *f.rids)))
		rc = arena_rc(b->a, p);
	if (rc == RC_OK && b->guard)
		rc = b->guard->scope(b->guard, plan, &scope, &scoped, p);
	if (rc == RC_OK)
		rc = record_search(c, plan, scoped ? &scope : NULL, &f.e, &cursor, &total, p);
	buf_done(&cursor);
	if (rc == RC_OK && plan->includes)
		rc = record_include(c, plan, f.rids, f.n, scoped ? &scope : NULL, b->guard ? b->guard->sight : NULL, &f.e, &cut, p);
	if (cut) /* said in the page itself (search.html#status) */
		buf_z(out, ",{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"warning\",\"code\":\"incomplete\"}]},\"search\":{\"mode\":\"outcome\"}}");
	if (f.any) {
		buf_ch(out, ']');
	} else {
		out->n -= sizeof ",\"entry\":[" - 1; /* an empty array is not FHIR */
	}
	if (total >= 0) {
		buf_z(out, ",\"total\":");
		buf_i64(out, total);
	}
	buf_ch(out, '}');
	return rc;
}

static bool has_version(struct str tag, uint32_t version)
{
	char text[24];
	snprintf(text, sizeof text, "W/\"%u\"", version);
	return str_eq(tag, text);
}

static enum rc entry_get(struct db_conn *c, struct record_bundle *b, struct entry *e, struct problem *p)
{
	struct buf out;
	struct record_row row;
	enum rc rc;
	buf_init(&out, 64u << 20);
	if (!e->url_id.n) {
		rc = get_search(c, b, e, &out, p);
	} else {
		rc = e->version ? record_vread(c, e->type, e->url_id, e->version, &row, p) : record_read(c, e->type, e->url_id, &row, p);
		if (rc == RC_OK) {
			e->done = (struct record_done){ .rid = row.rid, .patient = row.patient, .since = row.since, .type = row.type, .version = row.version, .updated_ms = row.updated_ms };
			struct str body = row.body;
			e->same = e->if_none_match.n > 4 && e->if_none_match.p[0] == 'W' && has_version(e->if_none_match, row.version);
			if (b->guard)
				rc = b->guard->show(b->guard, &row, &body, p);
			if (!e->same)
				buf_str(&out, body);
			if (rc == RC_OK)
				rc = whose_note(c, b, &row, p);
		}
	}
	if (rc == RC_OK)
		rc = buf_rc(&out, p);
	if (rc == RC_OK) {
		e->answer = arena_str(b->a, buf_view(&out));
		rc = arena_rc(b->a, p);
	}
	buf_done(&out);
	return rc;
}

/* A resource that is there may be written only where its patient is open. */
static enum rc touch_old(struct db_conn *c, struct record_bundle *b, uint16_t type, struct str id, struct problem *p)
{
	struct record_row old;
	struct problem none;
	if (!b->guard || record_read(c, type, id, &old, &none) != RC_OK)
		return RC_OK;
	return whose_touch(c, b, &old, false, p);
}

struct brought { struct patch_brought p; struct record_bundle *b; const struct entry *e; };

static enum rc brought_text(struct patch_brought *x, struct str was, struct str *now_r, struct problem *p)
{
	struct brought *t = (struct brought *)(void *)x;
	return bundle_ref_brought(t->b, t->e, was, now_r, p);
}

static enum rc entry_apply(struct db_conn *c, int64_t txn, struct record_bundle *b, struct entry *e, struct problem *p)
{
	struct record_row old;
	struct buf patched;
	struct str patch;
	struct record_if cond = e->cond;
	struct brought brought = { { "reference", brought_text }, b, e };
	enum rc rc = record_read(c, e->type, str_of(e->id), &old, p);
	if (rc == RC_OK && cond.has_version && cond.version != old.version)
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, NULL, "ifMatch of a patch");
	if (rc != RC_OK)
		return rc;
	struct str body = arena_str(b->a, old.body); /* the row is the connection's until the next statement */
	if (!body.p)
		return arena_rc(b->a, p);
	buf_init(&patched, 64u << 20);
	rc = bundle_patch_text(b, e, true, &patch, p);
	if (rc == RC_OK)
		rc = patch_apply_asking(body, patch, &brought.p, b->a, &patched, p);
	if (rc == RC_OK)
		rc = write_prepare(buf_view(&patched), e->type, str_of(e->id), false, true, b->a, &e->write, &e->issues, p);
	if (rc == RC_OK)
		rc = record_put(c, txn, e->write, &cond, &e->done, p);
	buf_done(&patched);
	return rc;
}

static enum rc delete_id(struct db_conn *c, int64_t txn, struct record_bundle *b, struct entry *e, struct str id, struct problem *p)
{
	enum rc rc = touch_old(c, b, e->type, id, p);
	if (rc == RC_OK)
		rc = record_delete(c, txn, e->type, id, e->cond.has_version ? &e->cond : NULL, &e->done, p);
	const struct record_row whose = record_done_row(&e->done);
	if (rc == RC_OK)
		rc = whose_touch(c, b, &whose, false, p);
	if (rc == RC_OK && b->gone && whose.rid == whose.patient)
		rc = b->gone->gone(b->gone, whose.patient, p);
	return rc == RC_OK ? whose_note(c, b, &whose, p) : rc;
}

/* R4: deleting what is not there succeeds; by a condition, all that match. */
static enum rc entry_delete(struct db_conn *c, int64_t txn, struct record_bundle *b, struct entry *e, struct problem *p)
{
	const struct condition *x = e->condition;
	if (e->deleted_nothing)
		return RC_OK;
	if (x && x->n > 1) {
		enum rc rc = RC_OK;
		for (unsigned i = 0; rc == RC_OK && i < x->n; i++) {
			rc = delete_id(c, txn, b, e, x->ids[i], p);
			rc = rc == RC_NOT_FOUND || rc == RC_GONE ? RC_OK : rc; /* another entry of a batch was first */
		}
		e->done = (struct record_done){ .version = 0 }; /* of several, no one version */
		return rc;
	}
	enum rc rc = delete_id(c, txn, b, e, x ? str_of(e->id) : e->url_id, p);
	e->deleted_nothing = rc == RC_NOT_FOUND || rc == RC_GONE;
	return e->deleted_nothing ? RC_OK : rc;
}

/* What a write is answered with, if it is asked for and may be shown. */
static enum rc entry_shown(struct db_conn *c, struct record_bundle *b, struct entry *e, struct problem *p)
{
	struct record_row row;
	struct problem hidden;
	e->answer = STR_NONE;
	if (b->returns != BUNDLE_RESOURCE || e->method == METHOD_DELETE)
		return RC_OK;
	enum rc rc = record_read(c, e->done.type, str_of(e->done.id), &row, p);
	if (rc != RC_OK)
		return rc;
	struct str body = arena_str(b->a, row.body);
	row.body = body;
	rc = arena_rc(b->a, p);
	if (rc == RC_OK && b->guard && (rc = b->guard->show(b->guard, &row, &body, &hidden)) != RC_OK) {
		*p = hidden;
		return rc == RC_DENIED || rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	if (rc == RC_OK)
		e->answer = arena_str(b->a, body);
	return rc == RC_OK ? arena_rc(b->a, p) : rc;
}

bool record_bundle_is_plain(const struct record_bundle *b)
{
	bool plain = b->is_transaction && !b->conditions && !b->guard;
	for (size_t i = 0; i < b->n && plain; i++)
		plain = (b->at[i].method == METHOD_POST || b->at[i].method == METHOD_PUT) && !b->at[i].condition && !b->at[i].open;
	return plain;
}

void record_bundle_batch(struct record_bundle *b, struct record_batch *batch)
{
	MUST(!batch || record_bundle_is_plain(b));
	b->batch = batch;
}

void record_bundle_expect(const struct record_bundle *b, struct record_batch *batch)
{
	MUST(record_bundle_is_plain(b));
	for (size_t i = 0; i < b->n; i++)
		record_batch_expect(batch, b->at[i].write);
}

size_t record_bundle_entries(const struct record_bundle *b) { return b->n; }

static enum rc entry_run(struct db_conn *c, int64_t txn, struct record_bundle *b, struct entry *e, struct problem *p)
{
	enum rc rc = RC_OK;
	if (e->method == METHOD_DELETE)
		return entry_delete(c, txn, b, e, p);
	if (e->method <= METHOD_PATCH && !e->matched)
		rc = touch_old(c, b, e->type, str_of(e->id), p);
	if (rc != RC_OK)
		return rc;
	switch (e->method) {
	case METHOD_PATCH:
		rc = entry_apply(c, txn, b, e, p);
		break;
	case METHOD_POST:
	case METHOD_PUT:
		if (e->matched) {
			struct record_row row;
			rc = record_read(c, e->type, str_of(e->id), &row, p);
			if (rc == RC_OK) {
				e->done = (struct record_done){ .rid = row.rid, .patient = row.patient, .since = row.since, .type = row.type, .version = row.version, .updated_ms = row.updated_ms, .unchanged = true };
				memcpy(e->done.id, e->id, sizeof e->id);
			}
			break;
		}
		rc = b->batch ? record_batch_put(b->batch, c, txn, e->write, &e->cond, &e->done, p) : record_put(c, txn, e->write, &e->cond, &e->done, p);
		break;
	default:
		return entry_get(c, b, e, p);
	}
	const struct record_row whose = record_done_row(&e->done);
	if (rc == RC_OK)
		rc = whose_touch(c, b, &whose, e->done.created && e->done.patient == e->done.rid, p);
	if (rc == RC_OK)
		rc = whose_note(c, b, &whose, p);
	return rc == RC_OK ? entry_shown(c, b, e, p) : rc;
}

/* ---- the answer ---- */

static void put_status(struct jw *w, const struct entry *e)
{
	if (e->failed) {
		char text[32];
		const struct why_row *why = why_row(e->problem.why);
		snprintf(text, sizeof text, "%u", why->http);
		jw_member(w, "status", str_of(text));
		return;
	}
	switch (e->method) {
	case METHOD_DELETE: jw_member(w, "status", STR("204 No Content")); break;
	case METHOD_POST:
	case METHOD_PUT:    jw_member(w, "status", e->done.created ? STR("201 Created") : STR("200 OK")); break;
	default:            jw_member(w, "status", e->same ? STR("304 Not Modified") : STR("200 OK"));
	}
}

static void put_version(struct jw *w, const struct entry *e)
{
	char text[200], instant[40];
	struct buf b;
	if (e->failed || e->done.version == 0)
		return;
	if (e->method == METHOD_POST || e->method == METHOD_PUT || e->method == METHOD_PATCH) {
		snprintf(text, sizeof text, "%s/%s/_history/%u", fhir_type_name(e->done.type), e->done.id, e->done.version);
		jw_member(w, "location", str_of(text));
	}
	snprintf(text, sizeof text, "W/\"%u\"", e->done.version);
	jw_member(w, "etag", str_of(text));
	buf_init(&b, sizeof instant);
	buf_instant(&b, e->done.updated_ms);
	jw_member(w, "lastModified", buf_view(&b));
	buf_done(&b);
}

static void put_answer(const struct record_bundle *b, struct buf *out)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "resourceType", STR("Bundle"));
	jw_member(&w, "type", b->is_transaction ? STR("transaction-response") : STR("batch-response"));
	if (b->n) {
		jw_key(&w, "entry");
		jw_array(&w);
	}
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->at[i];
		jw_object(&w);
		if (e->answer.n && e->method != METHOD_HEAD && !e->failed) {
			jw_key(&w, "resource");
			jw_raw(&w, e->answer);
		}
		jw_key(&w, "response");
		jw_object(&w);
		put_status(&w, e);
		put_version(&w, e);
		if (e->failed || (b->returns == BUNDLE_OUTCOME && e->method <= METHOD_PATCH)) {
			static const struct problem done = { .rc = RC_OK, .why = WHY_NONE };
			struct buf outcome;
			buf_init(&outcome, 1u << 20);
			fhir_outcome(&outcome, e->failed ? &e->problem : &done, e->failed ? e->issues : NULL);
			jw_key(&w, "outcome");
			jw_raw(&w, buf_view(&outcome));
			buf_done(&outcome);
		}
		jw_end(&w, '}');
		jw_end(&w, '}');
	}
	if (b->n)
		jw_end(&w, ']');
	jw_end(&w, '}');
}

/* ---- the whole ---- */

static int key_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* A transaction may name a resource once only among its changes (R4). */
static enum rc once_check(const struct record_bundle *b, struct problem *p)
{
	size_t n = 0, most = b->n + 1;
	for (size_t i = 0; i < b->n; i++)
		most += b->at[i].condition ? b->at[i].condition->n : 0;
	int64_t *keys = arena_array(b->a, most, sizeof *keys);
	if (!keys)
		return arena_rc(b->a, p);
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->at[i];
		if (e->method == METHOD_DELETE && e->condition && e->condition->n > 1 && !e->failed)
			for (unsigned k = 0; k < e->condition->n; k++)
				keys[n++] = key_of(e->type, e->condition->ids[k]);
		else if (e->method == METHOD_DELETE && !e->deleted_nothing)
			keys[n++] = key_of(e->type, e->condition ? str_of(e->id) : e->url_id);
		else if ((e->method == METHOD_POST || e->method == METHOD_PUT || e->method == METHOD_PATCH) && !e->matched && e->id[0])
			keys[n++] = key_of(e->type, str_of(e->id));
	}
	qsort(keys, n, sizeof *keys, key_cmp);
	for (size_t i = 1; i < n; i++)
		if (keys[i] == keys[i - 1])
			return problem_set(p, RC_BAD_INPUT, WHY_DUPLICATE, "Bundle.entry", "one resource twice");
	return RC_OK;
}

static enum rc entries_settle(struct record_bundle *b, struct problem *p)
{
	/* first all ids, then the texts that hold them */
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = &b->at[i];
		enum rc rc = e->failed ? RC_OK : entry_settle(e, p);
		if (rc == RC_OK && !e->failed && e->condition && !e->id[0] && e->method != METHOD_DELETE && e->method != METHOD_PATCH)
			random_id(e->id);
		if (rc != RC_OK && b->is_transaction)
			return at_entry(i, p);
		if (rc != RC_OK) {
			e->failed = true;
			e->problem = *p;
		}
	}
	for (size_t i = 0; i < b->n; i++) {
		struct entry *e = &b->at[i];
		struct fhir_issue *issues = NULL;
		if (e->failed || !e->later || e->matched)
			continue;
		enum rc rc = refs_check(b, e, p);
		bool later = e->later;
		if (rc == RC_OK)
			rc = entry_write(b, e, true, &issues, p);
		e->later = later; /* should the job run again, so must this */
		if (rc != RC_OK && b->is_transaction)
			return at_entry(i, p);
		if (rc != RC_OK) {
			e->failed = true;
			e->problem = *p;
		}
	}
	return RC_OK;
}

static enum rc entry_apart(struct db_conn *c, int64_t txn, struct record_bundle *b, struct entry *e, struct problem *p)
{
	enum rc rc = db_savepoint(c, p);
	if (rc != RC_OK)
		return rc;
	rc = entry_run(c, txn, b, e, p);
	if (rc == RC_OK)
		return db_savepoint_keep(c, p);
	if (rc == RC_BROKEN)
		return rc;
	e->failed = true;
	e->problem = *p;
	return db_savepoint_undo(c, p);
}

/* R4's order; of what is deleted, people last: what is deleted with them does not keep them. */
static int turn_of(const struct entry *e)
{
	return e->method == METHOD_DELETE && e->type != fhir_type_of(STR("Patient")) ? -1 : (int)e->method;
}

enum rc record_bundle_run(struct db_conn *c, int64_t txn, struct record_bundle *b, struct buf *response, struct problem *p)
{
	b->n_patients = 0;
	for (size_t i = 0; i < b->n; i++)
		b->at[i].failed = b->at[i].refused;
	enum rc rc = conditions_answer(c, b, p);
	if (rc == RC_OK)
		rc = entries_settle(b, p);
	if (rc == RC_OK && b->is_transaction)
		rc = once_check(b, p);
	for (int m = -1; rc == RC_OK && m < METHOD__END; m++) {
		for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
			struct entry *e = &b->at[i];
			if (e->failed || turn_of(e) != m)
				continue;
			rc = b->is_transaction ? entry_run(c, txn, b, e, p) : entry_apart(c, txn, b, e, p);
			if (rc != RC_OK)
				rc = at_entry(i, p);
		}
	}
	if (rc == RC_OK && response) {
		put_answer(b, response);
		rc = buf_rc(response, p);
	}
	return rc;
}
