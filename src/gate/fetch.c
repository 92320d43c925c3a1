/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/fetch.c: see fetch.h. A person's search names its patient or runs inside the explained set, which is computed first and joined: what lies outside is
 * neither shown nor counted. Must never tell one who may not know whether a record exists.
 */
#include "gate/fetch.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "gate/explain.h"
#include "gate/project.h"
#include "gate/wide.h"
#include "hospital/document.h"

/* Binary/ID.1 and ID.2: the file of a DocumentReference (hospital/document.h), seen as that is seen. */
static bool is_file(const struct ask *k)
{
	struct str id;
	enum document_part part;
	return k->kind == ASK_READ && str_eq(k->type, "Binary") && document_binary_id(k->id, &id, &part);
}

static uint16_t type_of(const struct ask *k)
{
	return fhir_type_of(is_file(k) ? STR("DocumentReference") : k->type);
}

bool fetch_is_held(const struct look *l)
{
	return !l->seat->cohort_all; /* a contract machine sees its cohort as a person sees her patients */
}

enum rc fetch_may(struct look *l, const struct ask *k, struct problem *p)
{
	uint16_t type = type_of(k);
	if (!l->seat)
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "nobody signed in");
	if (type == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "type");
	bool may = (l->may & (MAY_API_READ | MAY_READ_IDENTITY | MAY_READ_CHART)) || (authorise_is_house(type) && (l->may & MAY_SIGNED_IN));
	if (!may || authorise_type(l->seat->actor.role, type) == SIGHT_NONE)
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "type %u not for role %d", type, (int)l->seat->actor.role);
	bool finds = k->kind == ASK_MATCH && !l->seat->actor.machine; /* a person looks for persons: masked lines, sixty an hour */
	if (finds && !(l->may & MAY_FIND_PATIENT))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "match not for role %d", (int)l->seat->actor.role);
	l->searched = l->searched || finds;
	enum reveals reveals = finds ? REVEALS_MASKED : authorise_is_house(type) ? REVEALS_META : k->kind >= ASK_SEARCH ? REVEALS_MANY : REVEALS_ONE_PATIENT;
	if (reveals > l->reveals)
		l->reveals = reveals;
	return RC_OK;
}

/* ---- rows ---- */

static void put_updated(struct rows *out, int64_t ms)
{
	char z[40];
	struct buf b = { .p = z, .cap = sizeof z, .max = sizeof z }; /* an instant is 24 bytes */
	buf_instant(&b, ms);
	rows_col(out, "updated", buf_view(&b));
}

/* What the role sees, read again, to be cut down further. Empties b. */
static enum rc put_less(struct buf *b, struct arena *a, const struct json **root_r, struct problem *p)
{
	enum rc rc = buf_rc(b, p);
	struct str seen = rc == RC_OK ? arena_str(a, buf_view(b)) : STR_NONE;
	buf_reset(b);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	return rc == RC_OK ? json_parse(seen, a, root_r, p) : rc;
}

static enum rc put_content(struct fetch *f, const struct record_row *row, struct problem *p)
{
	if (f->file) {
		rows_col(f->out, "body", buf_view(f->file));
		return RC_OK;
	}
	struct arena *a = &f->l->d->arena;
	const struct json *root;
	const struct subset *subset = row->included ? f->subset_included : f->subset;
	enum sight sight = row->included ? authorise_type(f->l->seat->actor.role, row->type) : f->sight;
	struct str seen;
	enum rc rc = ins_veil(row->body, row->mark, a, &seen, p);
	if (rc != RC_OK)
		return rc;
	if (f->k->kind != ASK_PLAN && sight == SIGHT_WHOLE && !subset) {
		rows_col(f->out, "body", seen);
		return RC_OK;
	}
	struct str body = arena_str(a, seen);
	if (!body.p)
		return arena_rc(a, p);
	rc = json_parse(body, a, &root, p);
	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "stored body does not parse, rid %lld", (long long)row->rid);
	if (f->k->kind == ASK_PLAN) {
		project_columns(row->type, sight, root, f->out, a);
		return RC_OK;
	}
	struct buf b;
	buf_init(&b, 16u << 20);
	if (sight != SIGHT_WHOLE)
		project_body(row->type, root, &b);
	if (sight != SIGHT_WHOLE && subset)
		rc = put_less(&b, a, &root, p);
	if (rc == RC_OK && subset)
		subset_put(subset, root, &b);
	rows_col(f->out, "body", buf_view(&b));
	if (rc == RC_OK)
		rc = buf_rc(&b, p);
	buf_done(&b);
	return rc;
}

/* What shows several patients is priced for each: the row's mark names the first, the others are opened beside it. */
static enum rc open_others(struct fetch *f, const struct record_row *row, enum tier tier, struct problem *p)
{
	const int64_t *at;
	size_t n;
	enum rc rc = record_patients(f->l->d->db, row, &f->l->d->arena, &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (at[i] != row->patient)
			decide_open(f->l, at[i], tier, p, &rc);
	return rc;
}

enum rc fetch_row(struct fetch *f, const struct record_row *row, struct problem *p)
{
	rows_row(f->out);
	/* A resource of a patient's type that names no patient is nobody's to price: only a machine whose ticket covers all may have it. */
	enum tier tier = authorise_tier(row->type) == TIER_NONE ? TIER_CLINICAL : authorise_tier(row->type);
	tier = !row->included && f->tier > tier ? f->tier : tier;
	if (row->patient > 0)
		rows_patient(f->out, row->patient, tier);
	enum rc rc = record_is_of_several(row) ? open_others(f, row, tier, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	rows_col(f->out, "type", f->file ? f->k->type : str_of(fhir_type_name(row->type)));
	if (row->included)
		rows_col(f->out, "mode", STR("include"));
	rows_col(f->out, "id", f->file ? f->k->id : row->id);
	rows_col_i64(f->out, "version", row->version);
	put_updated(f->out, row->updated_ms);
	if (row->deleted)
		rows_col(f->out, "deleted", STR("1"));
	f->n++;
	return row->deleted ? RC_OK : put_content(f, row, p);
}

bool fetch_is_open(struct fetch *f, int64_t patient)
{
	if (!fetch_is_held(f->l))
		return true;
	if (patient == 0)
		return authorise_is_house(f->type);
	return explain_any(f->l->d, f->l->seat, patient);
}

enum rc fetch_opens(struct fetch *f, const struct record_row *row, bool *is_r, int64_t *shut_r, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	enum rc rc = record_is_of_several(row) ? record_patients(f->l->d->db, row, &f->l->d->arena, &at, &n, p) : RC_OK;
	*is_r = rc == RC_OK;
	*shut_r = 0;
	for (size_t i = 0; rc == RC_OK && *is_r && i < n; i++)
		if (!fetch_is_open(f, at[i])) {
			*is_r = false;
			*shut_r = at[i];
		}
	return rc;
}

bool fetch_scope_open(void *of, int64_t patient) { return fetch_is_open(of, patient); }

static enum rc on_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct fetch *f = (struct fetch *)(void *)e;
	int64_t shut;
	bool is;
	enum rc rc = fetch_opens(f, row, &is, &shut, p);
	if (rc == RC_OK && !is) {
		f->l->about = shut;
		return decide_unknown(f->l, shut, str_eq(f->k->type, "Patient"), p);
	}
	return rc == RC_OK ? fetch_row(f, row, p) : rc;
}

/* ---- one record ---- */

static enum rc unknown(struct fetch *f, int64_t patient, struct problem *p)
{
	if (fetch_is_held(f->l)) {
		if (patient == 0)
			(void)explain_any(f->l->d, f->l->seat, 0); /* what is not there costs what is not open */
		return decide_unknown(f->l, patient, str_eq(f->k->type, "Patient"), p);
	}
	return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "no such record");
}

/* record said GONE or NOT_FOUND. That a patient's record was deleted is told to those who had it open. */
enum rc fetch_absent(struct fetch *f, enum rc rc, struct problem *p)
{
	if (rc == RC_GONE && !fetch_is_held(f->l))
		return rc;
	if (rc == RC_GONE && str_eq(f->k->type, "Patient")) {
		int64_t patient = record_patient_rid(f->l->d->db, f->k->id);
		if (patient > 0 && explain_any(f->l->d, f->l->seat, patient))
			return problem_set(p, RC_GONE, WHY_GONE, "", "deleted");
	}
	return unknown(f, 0, p);
}

static enum rc run_read(struct fetch *f, struct problem *p)
{
	struct record_row row;
	struct db_conn *db = f->l->d->db;
	uint64_t version = 0;
	if (f->k->kind == ASK_VREAD && (str_u64(f->k->version, &version) != RC_OK || version == 0 || version > UINT32_MAX))
		return unknown(f, 0, p);
	enum rc rc = f->k->kind == ASK_VREAD ? record_vread(db, f->type, f->k->id, (uint32_t)version, &row, p) : record_read(db, f->type, f->k->id, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		return fetch_absent(f, rc, p);
	if (rc != RC_OK)
		return rc;
	/* is_open asks other statements of this connection: the row's strings must not be needed after it, so it is put first and judged before anything leaves */
	int64_t shut;
	bool is;
	if ((rc = fetch_row(f, &row, p)) != RC_OK || (rc = fetch_opens(f, &row, &is, &shut, p)) != RC_OK)
		return rc;
	if (!is) {
		f->l->about = shut;
		return unknown(f, shut, p);
	}
	return RC_OK;
}

/*
 * The file of a document: the row of its DocumentReference, judged and priced as that read is, with the Binary as its body. BARRIER: judged before a byte is unsealed. That a document has no
 * file looks as if there were none of this id.
 */
static enum rc run_file(struct fetch *f, struct problem *p)
{
	struct record_row row;
	struct arena *a = &f->l->d->arena;
	struct str id = STR_NONE;
	enum document_part part = DOCUMENT_READ;
	struct buf body;
	int64_t shut;
	bool is;
	(void)document_binary_id(f->k->id, &id, &part);
	uint16_t own = fhir_type_of(f->k->type);
	enum rc rc = record_read(f->l->d->db, f->type, id, &row, p);
	if (rc == RC_NOT_FOUND && authorise_type(f->l->seat->actor.role, own) == SIGHT_WHOLE) { /* a Binary that a machine stored under such an id */
		f->type = own;
		return run_read(f, p);
	}
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		return fetch_absent(f, rc, p);
	row.id = rc == RC_OK ? arena_str(a, row.id) : STR_NONE; /* other statements follow: the row's strings do not live that long */
	row.body = STR_NONE;
	if (rc == RC_OK)
		rc = fetch_opens(f, &row, &is, &shut, p);
	if (rc != RC_OK)
		return rc;
	if (!is) {
		f->l->about = shut;
		return unknown(f, shut, p);
	}
	rc = document_binary(f->l->d->db, a, row.rid, row.id, part, row.version, row.updated_ms, &body, p);
	f->file = &body;
	if (rc == RC_OK)
		rc = fetch_row(f, &row, p);
	f->file = NULL;
	buf_done(&body);
	return rc;
}

static enum rc run_history(struct fetch *f, struct problem *p)
{
	enum rc rc = record_history(f->l->d->db, f->type, f->k->id, f->k->limit ? f->k->limit : 50, f->k->before ? f->k->before : UINT32_MAX, &f->each, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && f->n == 0 && f->k->before == 0))
		return fetch_absent(f, rc == RC_OK ? RC_NOT_FOUND : rc, p);
	return rc;
}

/* ---- search ---- */

/* The patient that the query names, as an id; empty when it names none or several. */
struct str fetch_named_patient(const struct plan *plan)
{
	uint16_t patient = fhir_type_of(STR("Patient"));
	const uint16_t *members = fhir_compartment_params(plan->type);
	for (const struct plan_clause *c = plan->clauses; c; c = c->next) {
		const struct plan_value *v = c->values;
		if (!v || v->next || c->chain)
			continue;
		if (c->what == CLAUSE_ID && plan->type == patient && c->modifier == MOD_NONE)
			return v->a.n ? v->a : v->b;
		if (c->what != CLAUSE_PARAM || c->param->kind != PARAM_REFERENCE)
			continue;
		if (c->modifier != MOD_NONE && !(c->modifier == MOD_TYPE && c->mod_type == patient))
			continue;
		bool joins = c->param->no <= fhir_param_count() && (strcmp(c->param->code, "patient") == 0 || strcmp(c->param->code, "subject") == 0);
		for (const uint16_t *m = members; m && *m && !joins; m++)
			joins = *m == c->param->no;
		if (joins && v->ref_id.n && (v->ref_type == patient || c->mod_type == patient || v->ref_type == 0))
			return v->ref_id;
	}
	return STR_NONE;
}

static enum rc filter(enum role role, const struct plan *plan, struct plan_clause *c, struct problem *p);

static bool is_chain_seen(enum role role, const struct plan *plan, uint16_t type)
{
	return authorise_type(role, type) == SIGHT_WHOLE && (authorise_is_house(type) || !authorise_is_house(plan->type));
}

/* Of the types that a chain may lead to, those that are not seen are left out; when none is left it is refused. */
static enum rc filter_chain(enum role role, const struct plan *plan, struct plan_clause *c, struct problem *p)
{
	enum rc rc = RC_OK;
	for (struct plan_clause **at = &c->chain; *at;) {
		if (is_chain_seen(role, plan, (*at)->type))
			at = &(*at)->other;
		else
			*at = (*at)->other;
	}
	if (!c->chain)
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, c->param->code, "chain into an unseen type, or from the house into a record");
	for (struct plan_clause *in = c->chain; rc == RC_OK && in; in = in->other)
		rc = filter(role, plan, in, p);
	return rc;
}

static enum rc filter(enum role role, const struct plan *plan, struct plan_clause *c, struct problem *p)
{
	if (c->what == CLAUSE_PARAM && authorise_type(role, c->type) == SIGHT_PROJECTED && !authorise_param(c->type, c->param))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, c->param->code, "parameter of an unseen element");
	if (c->what == CLAUSE_LIST && !is_chain_seen(role, plan, fhir_type_of(STR("List"))))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "_list", "lists are not seen");
	return c->chain ? filter_chain(role, plan, c, p) : RC_OK;
}

static enum rc filter_include(enum role role, const struct plan *plan, const struct plan_include *i, struct problem *p)
{
	const char *where = i->reverse ? "_revinclude" : "_include";
	if ((i->source && authorise_type(role, i->source) == SIGHT_NONE) || (i->target && authorise_type(role, i->target) == SIGHT_NONE))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, where, "include of an unseen type");
	if (i->param && authorise_type(role, i->source) == SIGHT_PROJECTED && !authorise_param(i->source, i->param))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, where, "include by an unseen element");
	if (i->source && authorise_is_house(plan->type) && !authorise_is_house(i->source))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, where, "include from the house into a record");
	return RC_OK;
}

enum rc fetch_filters(enum role role, struct plan *plan, struct problem *p)
{
	enum sight sight = authorise_type(role, plan->type);
	enum rc rc = RC_OK;
	for (struct plan_clause *c = plan->clauses; rc == RC_OK && c; c = c->next)
		rc = filter(role, plan, c, p);
	for (const struct plan_include *i = plan->includes; rc == RC_OK && i; i = i->next)
		rc = filter_include(role, plan, i, p);
	for (const struct plan_sort *s = plan->sort; rc == RC_OK && s; s = s->next)
		if (sight == SIGHT_PROJECTED && s->param && !authorise_param(plan->type, s->param))
			rc = problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, s->param->code, "sort by an unseen element");
	return rc;
}

/* The highest tier among what the conditions look at: a Patient found by his diagnosis is priced as his diagnosis. */
static enum tier filter_tier(const struct plan_clause *c, enum tier most)
{
	for (; c; c = c->next) {
		enum tier own = c->what == CLAUSE_LIST ? TIER_CLINICAL : authorise_tier(c->type);
		most = own > most ? own : most;
		for (const struct plan_clause *in = c->chain; in; in = in->other) {
			struct plan_clause one = *in;
			one.next = NULL;
			most = filter_tier(&one, most);
		}
	}
	return most;
}

/* What a person's hits must belong to. */
static enum rc person_scope(struct fetch *f, const struct plan *plan, struct record_scope *scope, int64_t *one, struct problem *p)
{
	struct str id = fetch_named_patient(plan);
	*scope = (struct record_scope){ .within = one, .n = 1, .house_rows = false, .house = authorise_house(), .open = fetch_scope_open, .of = f };
	if (id.n) {
		*one = fhir_is_id(id) ? record_patient_rid(f->l->d->db, id) : 0;
		if (*one > 0)
			f->l->about = *one;
		if (!explain_any(f->l->d, f->l->seat, *one))
			return decide_unknown(f->l, *one, true, p);
		enum rc rc = RC_OK; /* no hit tells something too: the chart was opened */
		decide_open(f->l, *one, f->tier > TIER_IDENTITY ? f->tier : TIER_IDENTITY, p, &rc);
		return rc;
	}
	if (str_eq(f->k->type, "Patient") && !f->l->seat->actor.machine)
		return problem_set(p, RC_DENIED, WHY_SEARCH_PAGE, "", "patient search by a person");
	scope->open = NULL; /* what a person made explain itself opens one chart at a time, never a search: all patients of one resource are of the set */
	return explain_set(f->l->d, f->l->seat, &scope->within, &scope->n, p);
}

/* Rows of a search come while the statement is open: they are put as they come, their patients lie within the scope by construction, and are priced after. */
static enum rc on_hit(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct fetch *f = (struct fetch *)(void *)e;
	if (row->patient == 0 && !f->open_world && !authorise_is_house(f->type))
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "a hit outside of the scope");
	if (f->hits)
		f->hits[f->n_hits++] = row->rid;
	return fetch_row(f, row, p);
}

enum rc fetch_patient(struct fetch *f, struct str id, int64_t *patient_r, struct problem *p)
{
	enum rc rc = RC_OK;
	int64_t patient = fhir_is_id(id) ? record_patient_rid(f->l->d->db, id) : 0;
	if (patient > 0)
		f->l->about = patient;
	if (fetch_is_held(f->l) ? !explain_any(f->l->d, f->l->seat, patient) : patient <= 0)
		return fetch_is_held(f->l) ? decide_unknown(f->l, patient, true, p) : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "no such patient");
	decide_open(f->l, patient, f->tier > TIER_IDENTITY ? f->tier : TIER_IDENTITY, p, &rc);
	*patient_r = patient;
	return rc;
}

/* ---- what a page brings along ---- */

struct along { struct record_each each; struct fetch *f; };

static bool sees_type(const struct record_sight *s, uint16_t type)
{
	return authorise_type(((const struct fetch_sight *)(const void *)s)->role, type) != SIGHT_NONE;
}

static bool sees_param(const struct record_sight *s, const struct fhir_param *param)
{
	enum role role = ((const struct fetch_sight *)(const void *)s)->role;
	return authorise_type(role, param->type) == SIGHT_WHOLE || authorise_param(param->type, param);
}

struct fetch_sight fetch_sight_of(enum role role) { return (struct fetch_sight){ { sees_type, sees_param }, role }; }

/* BARRIER: record left out what is out of scope; that a person gets a resource of nobody is judged once more. */
static enum rc on_along(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct fetch *f = ((struct along *)(void *)e)->f;
	if (row->patient == 0 && !f->open_world && !authorise_is_house(row->type))
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "an include outside of the scope");
	return fetch_row(f, row, p);
}

static enum rc bring_along(struct fetch *f, const struct plan *plan, const struct record_scope *within, bool *cut_r, struct problem *p)
{
	static const int64_t nobody[1] = { 0 };
	struct along along = { { on_along }, f };
	struct fetch_sight sight = fetch_sight_of(f->l->seat->actor.role);
	struct record_scope house = { .within = nobody, .n = 0, .house = authorise_house() };
	const struct record_scope *scope = f->open_world || within ? within : &house;
	return record_include(f->l->d->db, plan, f->hits, f->n_hits, scope, &sight.sight, &along.each, cut_r, p);
}

static void put_page(struct fetch *f, const struct plan *plan, const struct buf *cursor, int64_t total, bool cut)
{
	const char *name = f->k->name.p; /* NUL-terminated by asks */
	char set[80];
	(void)snprintf(set, sizeof set, "%s.page", name);
	rows_set(f->out, set);
	rows_row(f->out);
	if (cursor->n)
		rows_col(f->out, "next", buf_view(cursor));
	if (total >= 0)
		rows_col_i64(f->out, "total", total);
	rows_col(f->out, "self", plan->self);
	if (cut)
		rows_col(f->out, "cut", STR("1"));
}

static enum rc prepare_search(struct fetch *f, const struct plan *plan, struct problem *p)
{
	struct subset *less = plan->subset ? ARENA_NEW(&f->l->d->arena, struct subset) : NULL;
	f->tier = filter_tier(plan->clauses, TIER_NONE);
	f->subset = plan->subset;
	if (plan->subset && !less)
		return arena_rc(&f->l->d->arena, p);
	if (less) {
		less->summary = plan->subset->summary; /* _elements names elements of the hits' type */
		f->subset_included = subset_is_whole(less) ? NULL : less;
	}
	if (plan->includes) {
		f->hits = arena_array(&f->l->d->arena, plan->count + 1, sizeof *f->hits);
		return f->hits ? RC_OK : arena_rc(&f->l->d->arena, p);
	}
	return RC_OK;
}

static enum rc compartment_scope(struct fetch *f, struct record_scope *scope, int64_t *one, struct problem *p)
{
	*scope = (struct record_scope){ .within = one, .n = 1, .house = authorise_house(), .open = fetch_scope_open, .of = f };
	if (f->type != fhir_type_of(STR("Patient")) && fhir_compartment_params(f->type)[0] == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "type %u is in no patient's compartment", f->type);
	return fetch_patient(f, f->k->id, one, p);
}

static enum rc run_search(struct fetch *f, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	struct pairs pairs;
	struct plan *plan;
	struct record_scope scope, *within = NULL;
	int64_t one = 0, total = -1;
	bool cut = false;
	enum rc rc = url_pairs(f->k->query, 64, a, &pairs, p);
	if (rc == RC_OK)
		rc = record_plan_parse(f->l->d->db, f->type, &pairs, f->k->lenient, a, &plan, p);
	if (rc == RC_OK)
		rc = prepare_search(f, plan, p);
	if (rc != RC_OK)
		return rc;
	if (f->k->limit && plan->count > f->k->limit)
		plan->count = f->k->limit;
	if (fetch_is_held(f->l) && (rc = fetch_filters(f->l->seat->actor.role, plan, p)) != RC_OK)
		return rc;
	if (f->k->kind == ASK_COMPARTMENT)
		rc = compartment_scope(f, &scope, &one, p);
	else if (fetch_is_held(f->l) && !authorise_is_house(f->type))
		rc = person_scope(f, plan, &scope, &one, p);
	if (rc != RC_OK)
		return rc;
	if (f->k->kind == ASK_COMPARTMENT || (fetch_is_held(f->l) && !authorise_is_house(f->type)))
		within = &scope;
	struct buf cursor;
	buf_init(&cursor, 4096);
	f->each.row = on_hit;
	rc = record_search(f->l->d->db, plan, within, &f->each, &cursor, &total, p);
	if (rc == RC_OK)
		rc = bring_along(f, plan, within, &cut, p);
	if (rc == RC_OK)
		put_page(f, plan, &cursor, total, cut);
	buf_done(&cursor);
	return rc;
}

enum rc fetch_run(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct fetch f = { .each = { on_row }, .l = l, .k = k, .out = out, .type = type_of(k) };
	f.sight = authorise_type(l->seat->actor.role, f.type);
	f.open_world = !fetch_is_held(l);
	rows_set(out, k->name.p);
	switch (k->kind) {
	case ASK_READ:
	case ASK_VREAD: return is_file(k) ? run_file(&f, p) : run_read(&f, p);
	case ASK_HISTORY: return run_history(&f, p);
	case ASK_SEARCH:
	case ASK_PLAN:
	case ASK_COMPARTMENT: return run_search(&f, p);
	case ASK_EVERYTHING:
	case ASK_LASTN:
	case ASK_MATCH:
	case ASK_CHANGES: return wide_run(&f, p);
	default: return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "ask");
	}
}
