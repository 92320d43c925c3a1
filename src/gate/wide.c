/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/wide.c: see wide.h. Must never leave a row to the caller that fetch_row did not mark, nor count what is not open. Start at wide_run.
 */
#include "gate/wide.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "gate/explain.h"
#include "gate/project.h"
#include "record/record.h"

#define PAGE_DEFAULT 50u
#define PAGE_MAX 200u

/* ---- parameters ---- */

struct wanted {
	uint32_t count, max;
	int64_t since_ms, at_low, at_high, start_ms, end_ms;
	bool types[512], some_types, some_time;
	struct str cursor;
	struct pairs rest;          /* lastn: what is a search's */
	struct buf self;
};
enum { TAKES_TYPE = 1, TAKES_SINCE = 2, TAKES_AT = 4, TAKES_MAX = 8, TAKES_REST = 16, TAKES_COUNT = 32, TAKES_TIME = 64 };

static enum rc refused(const struct pair *pair, enum why why, struct problem *p)
{
	char where[65] = "";
	bool shown = pair->name.n < sizeof where;
	for (size_t i = 0; i < pair->name.n && shown; i++)
		shown = (pair->name.p[i] >= 'a' && pair->name.p[i] <= 'z') || (pair->name.p[i] >= 'A' && pair->name.p[i] <= 'Z') || pair->name.p[i] == '_' || pair->name.p[i] == '-';
	if (shown)
		memcpy(where, pair->name.p, pair->name.n);
	return problem_set(p, RC_BAD_INPUT, why, where, "parameter of a wide read");
}

static bool take_types(struct wanted *w, struct str list)
{
	w->some_types = true;
	while (list.p) {
		uint16_t type = fhir_type_of(str_trim(str_cut(list, ',', &list)));
		if (type == 0)
			return false;
		w->types[type] = true;
	}
	return true;
}

static bool take_count(struct str value, uint32_t *n_r)
{
	uint64_t n;
	if (str_u64(value, &n) != RC_OK || n == 0)
		return false;
	*n_r = n < PAGE_MAX ? (uint32_t)n : PAGE_MAX;
	return true;
}

static bool take(struct wanted *w, const struct pair *pair, unsigned takes, bool *known_r)
{
	struct str name = pair->name, value = pair->value;
	int64_t low, high;
	*known_r = true;
	if (str_eq(name, "_format") || str_eq(name, "_pretty"))
		return true;
	if (str_eq(name, "_count") && (takes & TAKES_COUNT))
		return take_count(value, &w->count);
	if (str_eq(name, "max") && (takes & TAKES_MAX))
		return take_count(value, &w->max);
	if (str_eq(name, "_cursor") && (takes & TAKES_COUNT)) {
		w->cursor = value;
		return value.n < 200;
	}
	if (str_eq(name, "_type") && (takes & TAKES_TYPE))
		return take_types(w, value);
	if (str_eq(name, "_since") && (takes & TAKES_SINCE))
		return fhir_date_range(value, &w->since_ms, &high) == RC_OK;
	if (str_eq(name, "_at") && (takes & TAKES_AT))
		return fhir_date_range(value, &w->at_low, &w->at_high) == RC_OK;
	if ((str_eq(name, "start") || str_eq(name, "end")) && (takes & TAKES_TIME)) {
		if (fhir_date_range(value, &low, &high) != RC_OK)
			return false;
		w->some_time = true;
		*(name.n == 5 ? &w->start_ms : &w->end_ms) = name.n == 5 ? low : high;
		return true;
	}
	*known_r = false;
	return true;
}

/* The query but its cursor, for the self link. */
static void put_self(struct wanted *w, const struct pair *pair)
{
	if (str_eq(pair->name, "_cursor"))
		return;
	if (w->self.n > 0)
		buf_ch(&w->self, '&');
	url_part(&w->self, pair->name);
	buf_ch(&w->self, '=');
	url_part(&w->self, pair->value);
}

static enum rc read_wanted(struct fetch *f, unsigned takes, struct wanted *w, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	struct pairs pairs = { 0 };
	enum rc rc = f->k->query.n > 0 ? url_pairs(f->k->query, 64, a, &pairs, p) : RC_OK;
	*w = (struct wanted){ .count = PAGE_DEFAULT, .max = 1, .since_ms = INT64_MIN, .start_ms = INT64_MIN, .end_ms = INT64_MAX };
	buf_init(&w->self, 65536);
	w->rest.at = rc == RC_OK ? arena_array(a, pairs.n + 1, sizeof *w->rest.at) : NULL;
	if (rc == RC_OK && !w->rest.at)
		rc = arena_rc(a, p);
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++) {
		bool known;
		if (!take(w, &pairs.at[i], takes, &known))
			rc = refused(&pairs.at[i], WHY_BAD_VALUE, p);
		else if (!known && !(takes & TAKES_REST))
			rc = refused(&pairs.at[i], WHY_UNKNOWN_PARAMETER, p);
		if (!known)
			w->rest.at[w->rest.n++] = pairs.at[i];
		put_self(w, &pairs.at[i]);
	}
	return rc == RC_OK ? buf_rc(&w->self, p) : rc;
}

static void put_page(struct fetch *f, struct wanted *w, struct str next, int64_t total)
{
	char set[80];
	(void)snprintf(set, sizeof set, "%s.page", f->k->name.p);
	rows_set(f->out, set);
	rows_row(f->out);
	if (next.n)
		rows_col(f->out, "next", next);
	if (total >= 0)
		rows_col_i64(f->out, "total", total);
	rows_col(f->out, "self", buf_view(&w->self));
}

static bool sees(struct fetch *f, uint16_t type)
{
	f->sight = authorise_type(f->l->seat->actor.role, type);
	return f->sight != SIGHT_NONE;
}

/* "Observation.1234", or two numbers: where a page begins. */
static bool cursor_of(struct str cursor, struct str *head_r, int64_t *rid_r)
{
	struct str tail;
	*head_r = str_cut(cursor, '.', &tail);
	return tail.p && str_i64(tail, rid_r) == RC_OK && *rid_r >= 0;
}

/* ---- all of a patient, all of a stay ---- */

#define HOUSE_MOST 400     /* resources of the house that one page may bring along */

/* What a page names of the house, each once, in the order met. */
struct named { uint16_t type; struct str id; };
struct every {
	struct record_each each; struct fetch *f; const struct wanted *w;
	bool brings;               /* what is named of the house comes along */
	struct str stay;           /* "Encounter/id": only what names it; empty: all */
	int64_t last; uint32_t n;
	struct named *named; size_t n_named;
};

/* "Practitioner/p1" or "Practitioner/p1/_history/2", of the house, once. */
static void note_house(struct every *x, struct str ref)
{
	struct str rest, id, type_name = str_cut(ref, '/', &rest);
	uint16_t type = fhir_type_of(type_name);
	if (type == 0 || !rest.p || !authorise_is_house(type) || (x->w->some_types && !x->w->types[type]) || x->n_named == HOUSE_MOST)
		return;
	id = str_cut(rest, '/', &rest);
	if (!fhir_is_id(id) || authorise_type(x->f->l->seat->actor.role, type) == SIGHT_NONE)
		return;
	for (size_t i = 0; i < x->n_named; i++)
		if (x->named[i].type == type && str_is(x->named[i].id, id))
			return;
	x->named[x->n_named++] = (struct named){ type, id };
}

/* R4 asks for dates of care: a resource lasts from its first to its last date; one without any is of all time. */
static enum rc is_of_time(struct every *x, uint16_t type, const struct json *root, bool *is_r, struct problem *p)
{
	struct fhir_values v;
	int64_t low = INT64_MAX, high = INT64_MIN;
	*is_r = true;
	if (!x->w->some_time)
		return RC_OK;
	enum rc rc = fhir_extract(type, root, &x->f->l->d->arena, &v, p);
	for (size_t i = 0; rc == RC_OK && i < v.n; i++) {
		const struct fhir_value *at = &v.at[i];
		if (at->kind != VALUE_DATE || at->group > 0 || strcmp(fhir_param_at(at->param)->code, "birthdate") == 0)
			continue;
		low = at->low < low ? at->low : low;
		high = at->high > high ? at->high : high;
	}
	*is_r = low > high || (low < x->w->end_ms && high > x->w->start_ms);
	return rc;
}

static bool names(const struct fhir_refs *refs, struct str stay)
{
	for (size_t i = 0; i < refs->n; i++) {
		struct str ref = refs->at[i]->text;
		if (str_starts(ref, stay) && (ref.n == stay.n || ref.p[stay.n] == '/'))
			return true;
	}
	return false;
}

/* What the role sees of a resource: what is left out of it brings nothing along. */
static enum rc seen_of(struct fetch *f, const struct record_row *row, const struct json **root_r, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	struct buf b;
	struct str body = arena_str(a, row->body);
	enum rc rc = body.p ? json_parse(body, a, root_r, p) : arena_rc(a, p);
	if (rc != RC_OK || authorise_type(f->l->seat->actor.role, row->type) == SIGHT_WHOLE)
		return rc;
	buf_init(&b, 16u << 20);
	project_body(row->type, *root_r, &b);
	body = arena_str(a, buf_view(&b));
	rc = buf_rc(&b, p);
	buf_done(&b);
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	return rc == RC_OK ? json_parse(body, a, root_r, p) : rc;
}

static enum rc on_every(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct every *x = (struct every *)(void *)e;
	const struct json *root;
	struct fhir_refs refs = { NULL, 0 };
	bool is = true;
	int64_t shut;
	x->last = row->rid;
	if (row->updated_ms < x->w->since_ms)
		return RC_OK;
	enum rc rc = record_is_of_several(row) ? fetch_opens(x->f, row, &is, &shut, p) : RC_OK; /* of one patient: the chart's, which is open */
	if (rc != RC_OK || !is)
		return rc;
	if (!x->brings && !x->w->some_time)
		return x->n++, fetch_row(x->f, row, p);
	rc = seen_of(x->f, row, &root, p);
	if (rc == RC_OK && row->rid != row->patient)
		rc = is_of_time(x, row->type, root, &is, p);
	if (rc == RC_OK && is)
		rc = fhir_references(root, &x->f->l->d->arena, &refs, p);
	if (rc != RC_OK || !is || (x->stay.n && row->rid != row->patient && !names(&refs, x->stay)))
		return rc;
	for (size_t i = 0; x->brings && i < refs.n; i++)
		note_house(x, refs.at[i]->text);
	x->n++;
	return fetch_row(x->f, row, p);
}

/* What the page names of the house, and what that names in turn: a role its person and its place. Nothing that is somebody's comes so. */
static enum rc bring_house(struct every *x, struct problem *p)
{
	struct arena *a = &x->f->l->d->arena;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < x->n_named; i++) {
		struct record_row row;
		const struct json *root;
		struct fhir_refs refs;
		rc = record_read(x->f->l->d->db, x->named[i].type, x->named[i].id, &row, p);
		if (rc == RC_NOT_FOUND || rc == RC_GONE || (rc == RC_OK && (row.patient != 0 || row.updated_ms < x->w->since_ms))) {
			rc = RC_OK;
			continue;
		}
		row.included = true;
		if (rc == RC_OK)
			rc = seen_of(x->f, &row, &root, p);
		if (rc == RC_OK)
			rc = fhir_references(root, a, &refs, p);
		for (size_t k = 0; rc == RC_OK && k < refs.n; k++)
			note_house(x, refs.at[k]->text);
		if (rc == RC_OK)
			rc = fetch_row(x->f, &row, p);
	}
	return rc;
}

/* The stay itself comes first; it does not name itself. */
static enum rc put_stay(struct every *x, uint16_t type, struct problem *p)
{
	struct record_row row;
	struct str stay = x->stay;
	if (!sees(x->f, type) || (x->w->some_types && !x->w->types[type]))
		return RC_OK;
	x->stay = STR_NONE;
	enum rc rc = record_read(x->f->l->d->db, type, x->f->k->id, &row, p);
	if (rc == RC_OK)
		rc = on_every(&x->each, &row, p);
	x->stay = stay;
	return rc;
}

static enum rc put_by_rid(struct every *x, int64_t rid, uint16_t type, struct problem *p)
{
	struct record_row row;
	if (!sees(x->f, type) || (x->w->some_types && !x->w->types[type]))
		return RC_OK;
	enum rc rc = record_by_rid(x->f->l->d->db, rid, &row, p);
	return rc == RC_OK ? on_every(&x->each, &row, p) : rc;
}

/* One type of the chart, as far as the page has room; next: where to go on, empty when the type is done. */
static enum rc every_of_type(struct every *x, int64_t patient, uint16_t type, int64_t after, char *next, size_t size, struct problem *p)
{
	bool more = false;
	enum rc rc;
	next[0] = '\0';
	do {
		x->last = after;
		rc = record_compartment(x->f->l->d->db, patient, type, after, x->n < x->w->count ? x->w->count - x->n : 0, &x->each, &more, p);
		after = x->last;
	} while (rc == RC_OK && more && x->n < x->w->count);
	if (rc == RC_OK && more)
		(void)snprintf(next, size, "%s.%lld", fhir_type_name(type), (long long)after);
	return rc;
}

/* Whose chart is asked for, and with a stay which. */
static enum rc every_begin(struct every *x, int64_t *patient_r, struct problem *p)
{
	struct fetch *f = x->f;
	struct record_row row;
	char text[80];
	if (f->type == fhir_type_of(STR("Patient")))
		return fetch_patient(f, f->k->id, patient_r, p);
	enum rc rc = record_read(f->l->d->db, f->type, f->k->id, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		return fetch_absent(f, rc, p);
	if (rc != RC_OK)
		return rc;
	*patient_r = row.patient;
	(void)snprintf(text, sizeof text, "Encounter/%.*s", STR_ARG(f->k->id));
	x->stay = arena_str(&f->l->d->arena, str_of(text));
	if (!fetch_is_open(f, *patient_r)) {
		f->l->about = *patient_r;
		return fetch_absent(f, RC_NOT_FOUND, p);
	}
	if (!x->stay.p)
		return arena_rc(&f->l->d->arena, p);
	rc = RC_OK;
	if (*patient_r > 0)
		decide_open(f->l, *patient_r, f->tier, p, &rc);
	return rc;
}

static enum rc everything(struct fetch *f, struct problem *p)
{
	struct wanted w;
	struct str from;
	int64_t patient, after = 0;
	uint16_t type = 1, self = fhir_type_of(STR("Patient")), stay = fhir_type_of(STR("Encounter"));
	char next[80] = "";
	f->tier = TIER_CLINICAL;
	bool whole = f->k->limit != 0; /* else a compartment's "*" */
	enum rc rc = read_wanted(f, TAKES_COUNT | TAKES_TYPE | TAKES_SINCE | (whole && f->type == self ? TAKES_TIME : 0), &w, p);
	struct every x = { .each = { on_every }, .f = f, .w = &w, .brings = whole };
	if (rc == RC_OK)
		rc = every_begin(&x, &patient, p);
	if (rc == RC_OK && w.cursor.n && (!cursor_of(w.cursor, &from, &after) || (type = fhir_type_of(from)) == 0))
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "cursor");
	if (rc == RC_OK && !(x.named = arena_array(&f->l->d->arena, HOUSE_MOST, sizeof *x.named)))
		rc = arena_rc(&f->l->d->arena, p);
	if (rc == RC_OK && !w.cursor.n && x.stay.n)
		rc = put_stay(&x, stay, p);
	if (rc == RC_OK && !w.cursor.n && whole && patient > 0)
		rc = put_by_rid(&x, patient, self, p);
	for (; rc == RC_OK && patient > 0 && !next[0] && type <= fhir_type_count(); type++, after = 0)
		if (type != self && fhir_compartment_params(type)[0] != 0 && !(w.some_types && !w.types[type]) && sees(f, type))
			rc = every_of_type(&x, patient, type, after, next, sizeof next, p);
	if (rc == RC_OK)
		rc = bring_house(&x, p);
	if (rc == RC_OK)
		put_page(f, &w, str_of(next), -1);
	buf_done(&w.self);
	return rc;
}

/* ---- the newest of each code ---- */

#define GROUPS_MAX 1000
#define CODES_MAX 8
#define PAGES_LASTN 100    /* of 200: a patient with more results names a code */

struct group { struct str code[CODES_MAX]; unsigned n_codes; uint32_t n; };
struct lastn { struct record_each each; struct fetch *f; uint32_t max; struct group *at; size_t n; };

static struct str code_key(struct arena *a, const struct json *coding)
{
	struct str system = json_get_text(coding, "system"), code = json_get_text(coding, "code");
	char *z = code.n ? arena_bytes(a, system.n + code.n + 1) : NULL;
	if (!z)
		return STR_NONE;
	memcpy(z, system.p ? system.p : "", system.n);
	z[system.n] = '|';
	memcpy(z + system.n + 1, code.p, code.n);
	return (struct str){ z, system.n + code.n + 1 };
}

static bool is_of(const struct group *g, const struct group *one)
{
	for (unsigned i = 0; i < g->n_codes; i++)
		for (unsigned k = 0; k < one->n_codes; k++)
			if (str_is(g->code[i], one->code[k]))
				return true;
	return false;
}

static enum rc on_last(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct lastn *x = (struct lastn *)(void *)e;
	struct arena *a = &x->f->l->d->arena;
	const struct json *root, *code;
	struct group one = { .n_codes = 0 };
	struct str body = arena_str(a, row->body);
	size_t i = 0;
	if (!body.p)
		return arena_rc(a, p);
	enum rc rc = json_parse(body, a, &root, p);
	if (rc != RC_OK)
		return rc;
	code = json_get(root, "code");
	for json_each(c, json_get(code, "coding"))
		if (one.n_codes < CODES_MAX && (one.code[one.n_codes] = code_key(a, c)).n)
			one.n_codes++;
	if (one.n_codes == 0)
		one.code[one.n_codes++] = json_get_text(code, "text");
	while (i < x->n && !is_of(&x->at[i], &one))
		i++;
	if (i == x->n) {
		if (x->n == GROUPS_MAX)
			return problem_set(p, RC_LIMIT, WHY_NARROWER, "", "lastn over %d codes", GROUPS_MAX);
		x->at[x->n++] = one;
	}
	return x->at[i].n++ < x->max ? fetch_row(x->f, row, p) : RC_OK;
}

static enum rc lastn(struct fetch *f, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	struct wanted w;
	struct plan *plan;
	struct plan_sort newest = { .param = fhir_param_find(f->type, STR("date")), .descending = true };
	int64_t one;
	struct record_scope scope = { .within = &one, .n = 1, .house = authorise_house(), .open = fetch_scope_open, .of = f };
	struct lastn x = { .each = { on_last }, .f = f };
	struct buf cursor;
	buf_init(&cursor, 16384);
	enum rc rc = read_wanted(f, TAKES_MAX | TAKES_REST, &w, p);
	if (rc == RC_OK)
		rc = record_plan_parse(f->l->d->db, f->type, &w.rest, false, a, &plan, p);
	if (rc == RC_OK && (plan->includes || plan->sort || plan->total || plan->summary_count || plan->cursor.n))
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, "", "a result parameter of lastn");
	if (rc == RC_OK && fetch_is_held(f->l))
		rc = fetch_filters(f->l->seat->actor.role, plan, p);
	if (rc == RC_OK && fetch_named_patient(plan).n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "patient", "lastn names no patient");
	f->tier = TIER_CLINICAL;
	if (rc == RC_OK)
		rc = fetch_patient(f, fetch_named_patient(plan), &one, p);
	if (rc == RC_OK && !(x.at = arena_array(a, GROUPS_MAX, sizeof *x.at)))
		rc = arena_rc(a, p);
	x.max = w.max;
	for (unsigned pages = 0; rc == RC_OK; pages++) {
		if (pages == PAGES_LASTN) {
			rc = problem_set(p, RC_LIMIT, WHY_NARROWER, "", "lastn over %u pages", PAGES_LASTN);
			break;
		}
		plan->sort = &newest;
		plan->count = PAGE_MAX;
		f->subset = plan->subset;
		plan->cursor = arena_str(a, buf_view(&cursor));
		buf_reset(&cursor);
		rc = record_search(f->l->d->db, plan, &scope, &x.each, &cursor, NULL, p);
		if (rc != RC_OK || cursor.n == 0)
			break;
	}
	if (rc == RC_OK)
		put_page(f, &w, STR_NONE, (int64_t)f->n);
	buf_done(&cursor);
	buf_done(&w.self);
	return rc;
}

/* ---- who may this be ---- */

static const struct json *parameter(const struct json *parameters, const char *name)
{
	for json_each(p, json_get(parameters, "parameter"))
		if (str_eq(json_get_text(p, "name"), name))
			return p;
	return NULL;
}

static enum rc put_match(struct fetch *f, const struct match_line *m, bool masked, struct problem *p)
{
	struct record_row row;
	if (masked)
		return match_masked(f->l->d->db, &f->l->d->arena, m, f->out, p);
	if (!fetch_is_open(f, m->patient))
		return RC_OK; /* outside of the cohort: neither shown nor counted */
	enum rc rc = record_by_rid(f->l->d->db, m->patient, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		return RC_OK;
	if (rc == RC_OK)
		rc = fetch_row(f, &row, p);
	if (rc == RC_OK) {
		rows_col_i64(f->out, "score", m->score);
		rows_col(f->out, "grade", str_of(match_grade(m->grade)));
	}
	return rc;
}

/* R4 patient-operation-match.html: a bare Patient, or Parameters with resource, onlyCertainMatches, count. */
static enum rc match(struct fetch *f, struct problem *p)
{
	struct arena *a = &f->l->d->arena;
	const struct json *root, *patient, *most;
	struct match_line line[MATCH_LINES];
	struct fhir_issue *issues = NULL;
	unsigned n = 0, certain = 0;
	uint64_t count = MATCH_LINES;
	uint16_t type;
	enum rc rc = json_parse(f->k->query, a, &root, p);
	if (rc != RC_OK)
		return rc;
	bool bare = str_eq(json_get_text(root, "resourceType"), "Patient");
	patient = bare ? root : json_get(parameter(root, "resource"), "resource");
	if (!patient || !str_eq(json_get_text(patient, "resourceType"), "Patient"))
		return problem_set(p, RC_BAD_INPUT, WHY_CARDINALITY, "resource", "match without a Patient");
	if ((rc = fhir_check(patient, a, &type, &issues, p)) != RC_OK)
		return rc;
	most = bare ? NULL : json_get(parameter(root, "count"), "valueInteger");
	if (most && (str_u64(most->text, &count) != RC_OK || count == 0))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "count", "match");
	const struct json *only = bare ? NULL : json_get(parameter(root, "onlyCertainMatches"), "valueBoolean");
	bool masked = !f->l->seat->actor.machine, only_certain = only && only->kind == JSON_TRUE;
	rc = match_find(f->l->d->db, a, patient, f->l->d->now_ms, line, &n, p);
	for (unsigned i = 0; i < n; i++)
		certain += line[i].grade == MATCH_CERTAIN;
	if (only_certain && certain != 1) /* several that are certain are none */
		n = 0;
	for (unsigned i = 0; rc == RC_OK && i < n && i < count; i++)
		if (!only_certain || line[i].grade == MATCH_CERTAIN)
			rc = put_match(f, &line[i], masked, p);
	return rc;
}

/* ---- versions by time ---- */

#define LOOKS 5000u        /* versions that one page looks at: those of others are passed over */

struct changes { struct record_changed each; struct fetch *f; const int64_t *set; size_t n_set; uint32_t n, count; };

static bool is_in_set(const struct changes *x, int64_t patient)
{
	size_t low = 0, high = x->n_set;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (x->set[mid] < patient)
			low = mid + 1;
		else
			high = mid;
	}
	return low < x->n_set && x->set[low] == patient;
}

/* Passed over: what the role does not see, what is of nobody but not of the house, and what is not, with each of its patients, of the explained set. */
static enum rc is_shown(struct changes *x, const struct record_row *row, bool *is_r, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	enum rc rc = RC_OK;
	*is_r = sees(x->f, row->type);
	if (!*is_r || !fetch_is_held(x->f->l))
		return RC_OK;
	if (row->patient == 0) {
		*is_r = authorise_is_house(row->type);
		return RC_OK;
	}
	if (record_is_of_several(row))
		rc = record_patients(x->f->l->d->db, row, &x->f->l->d->arena, &at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		*is_r = *is_r && is_in_set(x, at[i]);
	return rc;
}

static enum rc on_change(struct record_changed *e, const struct record_row *row, int64_t until_ms, bool *full_r, struct problem *p)
{
	struct changes *x = (struct changes *)(void *)e;
	bool is;
	(void)until_ms;
	enum rc rc = is_shown(x, row, &is, p);
	if (rc != RC_OK || !is)
		return rc;
	x->n++;
	*full_r = x->n == x->count;
	return fetch_row(x->f, row, p);
}

static enum rc changes(struct fetch *f, struct problem *p)
{
	struct wanted w;
	struct str head;
	int64_t updated = INT64_MAX, rid = INT64_MAX;
	char next[60] = "";
	bool more = false, all = f->k->limit != 0;
	struct changes x = { .each = { on_change }, .f = f };
	enum rc rc = read_wanted(f, TAKES_COUNT | TAKES_SINCE | TAKES_AT | (all ? TAKES_TYPE : 0), &w, p);
	if (rc == RC_OK && w.cursor.n && (!cursor_of(w.cursor, &head, &rid) || str_i64(head, &updated) != RC_OK))
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "cursor");
	if (rc == RC_OK && fetch_is_held(f->l) && !f->l->seat->actor.machine && !all && str_eq(f->k->type, "Patient"))
		rc = problem_set(p, RC_DENIED, WHY_SEARCH_PAGE, "", "history of all patients by a person");
	if (rc == RC_OK && fetch_is_held(f->l))
		rc = explain_set(f->l->d, f->l->seat, &x.set, &x.n_set, p);
	x.count = w.count;
	struct record_span span = { .type = all ? 0 : f->type, .since_ms = w.since_ms, .at_low = w.at_low, .at_high = w.at_high, .looks = LOOKS, .types = w.some_types ? w.types : NULL };
	if (rc == RC_OK)
		rc = record_changes(f->l->d->db, &span, &updated, &rid, &x.each, &more, p);
	if (rc == RC_OK && more)
		(void)snprintf(next, sizeof next, "%lld.%lld", (long long)updated, (long long)rid);
	if (rc == RC_OK)
		put_page(f, &w, str_of(next), -1);
	buf_done(&w.self);
	return rc;
}

enum rc wide_run(struct fetch *f, struct problem *p)
{
	switch (f->k->kind) {
	case ASK_EVERYTHING: return everything(f, p);
	case ASK_LASTN: return lastn(f, p);
	case ASK_MATCH: return match(f, p);
	case ASK_CHANGES: return changes(f, p);
	default: return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "ask");
	}
}
