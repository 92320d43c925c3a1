/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/extract.c: the search values of a checked resource. Follows the compiled expressions of the type's parameters and turns each datatype
 * into values as search.html (R4) says. It must never decide what is stored: record does. It never fails on data that fhir_check accepts.
 * Called by record on worker threads. Start at fhir_extract, then value_of.
 */
#include "plan.h"
#include "base/map.h"
#include "fhir/extra.h"

#include <math.h>
#include <string.h>

#define SPECIAL_VALUES "http://terminology.hl7.org/CodeSystem/special-values"

struct walk {
	struct arena *a;
	struct fhir_value *at;
	size_t n, cap;
	uint16_t param, group;
	unsigned char part;
	enum param_kind kind;
	const struct code *code; /* that the parameter is compiled in */
	uint16_t system;         /* of the branch */
	bool failed;
};

static struct fhir_value *
push(struct walk *w, enum value_kind kind)
{
	struct fhir_value *v;

	if (w->n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 64;
		struct fhir_value *at = arena_array(w->a, cap, sizeof *at);

		if (at == NULL) {
			w->failed = true;
			return NULL;
		}
		if (w->n > 0)
			memcpy(at, w->at, w->n * sizeof *at);
		w->at = at;
		w->cap = cap;
	}
	v = &w->at[w->n++];
	*v = (struct fhir_value){ .kind = (unsigned char)kind, .param = w->param, .group = w->group, .part = w->part };
	return v;
}

#define GET(o, literal) model_get((o), literal, sizeof(literal) - 1)
#define TEXT(o, literal) text_of(GET(o, literal))

static struct str
text_of(const struct json *v)
{
	return v != NULL && (v->kind == JSON_STRING || v->kind == JSON_NUMBER) ? v->text : STR_NONE;
}

/* ---- one datatype each ---- */

static void
put_string(struct walk *w, struct str text)
{
	struct fhir_value *v;

	if (text.n > 0 && (v = push(w, VALUE_STRING)) != NULL)
		v->a = text;
}

static void
put_strings(struct walk *w, const struct json *v)
{
	if (v == NULL)
		return;
	if (v->kind == JSON_ARRAY) {
		for json_each(e, v)
			put_string(w, text_of(e));
		return;
	}
	put_string(w, text_of(v));
}

static void
put_token(struct walk *w, struct str system, struct str code, struct str text)
{
	struct fhir_value *v;

	if ((system.n > 0 || code.n > 0 || text.n > 0) && (v = push(w, VALUE_TOKEN)) != NULL) {
		v->a = system;
		v->b = code;
		v->text = text;
	}
}

static void
put_uri(struct walk *w, struct str text)
{
	struct fhir_value *v;

	if (text.n > 0 && (v = push(w, VALUE_URI)) != NULL)
		v->a = text;
}

static void
put_date(struct walk *w, int64_t low, int64_t high)
{
	struct fhir_value *v = push(w, VALUE_DATE);

	if (v != NULL) {
		v->low = low;
		v->high = high;
	}
}

static void
put_number(struct walk *w, enum value_kind kind, struct str system, struct str code, double low, double high)
{
	struct fhir_value *v = push(w, kind);

	if (v != NULL) {
		v->a = system;
		v->b = code;
		v->num_low = low;
		v->num_high = high;
	}
}

static void
of_period(struct walk *w, const struct json *v)
{
	struct str start = TEXT(v, "start"), end = TEXT(v, "end");
	int64_t low = INT64_MIN, high = INT64_MAX, rest;

	if (start.n == 0 && end.n == 0)
		return;
	if (start.n > 0 && fhir_date_range(start, &low, &rest) != RC_OK)
		return;
	if (end.n > 0 && fhir_date_range(end, &rest, &high) != RC_OK)
		return;
	put_date(w, low, high);
}

/* The outer limits of the events and of the bounds ("the specified outer limits", search.html#date). */
static void
of_timing(struct walk *w, const struct json *v)
{
	int64_t low = INT64_MAX, high = INT64_MIN, l, h;
	const struct json *bounds = GET(GET(v, "repeat"), "boundsPeriod");

	for json_each(e, GET(v, "event")) {
		if (fhir_date_range(text_of(e), &l, &h) == RC_OK) {
			low = l < low ? l : low;
			high = h > high ? h : high;
		}
	}
	if (low < high)
		put_date(w, low, high);
	if (bounds != NULL)
		of_period(w, bounds);
}

static void
of_date(struct walk *w, struct str text)
{
	int64_t low, high;

	if (fhir_date_range(text, &low, &high) == RC_OK)
		put_date(w, low, high);
}

static void
of_name(struct walk *w, const struct json *v)
{
	put_strings(w, GET(v, "text"));
	put_strings(w, GET(v, "family"));
	put_strings(w, GET(v, "given"));
	put_strings(w, GET(v, "prefix"));
	put_strings(w, GET(v, "suffix"));
}

static void
of_address(struct walk *w, const struct json *v)
{
	put_strings(w, GET(v, "text"));
	put_strings(w, GET(v, "line"));
	put_strings(w, GET(v, "city"));
	put_strings(w, GET(v, "district"));
	put_strings(w, GET(v, "state"));
	put_strings(w, GET(v, "postalCode"));
	put_strings(w, GET(v, "country"));
}

static void
of_coding(struct walk *w, const struct json *v, struct str otherwise)
{
	struct str display = TEXT(v, "display");

	put_token(w, TEXT(v, "system"), TEXT(v, "code"), display.n > 0 ? display : otherwise);
}

/* Each coding; the concept's own text stands with codings that have no display, or alone (no system, no code) so that :text finds it. */
static void
of_concept(struct walk *w, const struct json *v)
{
	struct str text = TEXT(v, "text");
	bool used = false;

	for json_each(c, GET(v, "coding")) {
		used = used || TEXT(c, "display").n == 0 || str_is(TEXT(c, "display"), text);
		of_coding(w, c, text);
	}
	if (text.n > 0 && !used)
		put_token(w, STR_NONE, STR_NONE, text);
}

static void
of_identifier(struct walk *w, const struct json *v)
{
	struct str system = TEXT(v, "system"), value = TEXT(v, "value");

	if (value.n > 0 || system.n > 0)
		put_token(w, system, value, TEXT(GET(v, "type"), "text"));
	for json_each(c, value.n > 0 ? GET(GET(v, "type"), "coding") : NULL) {
		struct str typed = plan_typed(w->a, TEXT(c, "system"), TEXT(c, "code"));

		if (TEXT(c, "code").n > 0 && typed.p != NULL)
			put_token(w, typed, value, STR_NONE);
	}
}

static void
of_reference(struct walk *w, const struct json *v)
{
	struct str text = TEXT(v, "reference");
	struct fhir_value *out;

	if (GET(v, "identifier") != NULL)
		of_identifier(w, GET(v, "identifier"));
	if (text.n == 0 || text.p[0] == '#' || (out = push(w, VALUE_REFERENCE)) == NULL)
		return;
	out->a = text;
	struct ref r = reference_parse(text);

	if (r.form == REF_LOCAL) {
		out->ref_type = r.type;
		out->ref_id = r.id;
	}
}

/* A canonical is found with and without its version. */
static void
of_canonical(struct walk *w, enum value_kind kind, struct str text)
{
	struct str version, url = str_cut(text, '|', &version);
	struct fhir_value *v;

	if (text.n == 0 || text.p[0] == '#')
		return;
	if ((v = push(w, kind)) != NULL)
		v->a = text;
	if (version.p != NULL && url.n > 0 && (v = push(w, kind)) != NULL)
		v->a = url;
}

static void
of_number(struct walk *w, struct str text)
{
	double low, high;

	if (number_range(text, &low, &high))
		put_number(w, VALUE_NUMBER, STR_NONE, STR_NONE, low, high);
}

static void
of_quantity(struct walk *w, const struct json *v)
{
	struct str code = TEXT(v, "code"), unit = TEXT(v, "unit"), comparator = TEXT(v, "comparator");
	double low, high;

	if (!number_range(TEXT(v, "value"), &low, &high))
		return;
	if (comparator.n > 0 && comparator.p[0] == '<')
		low = -INFINITY;
	else if (comparator.n > 0)
		high = INFINITY;
	put_number(w, VALUE_QUANTITY, TEXT(v, "system"), code.n > 0 ? code : unit, low, high);
}

static void
of_money(struct walk *w, const struct json *v)
{
	double low, high;

	if (number_range(TEXT(v, "value"), &low, &high))
		put_number(w, VALUE_QUANTITY, STR("urn:iso:std:iso:4217"), TEXT(v, "currency"), low, high);
}

static void
of_range(struct walk *w, const struct json *v, enum value_kind kind)
{
	const struct json *l = GET(v, "low"), *h = GET(v, "high"), *either = l ? l : h;
	double low = -INFINITY, high = INFINITY, rest;
	struct str code = TEXT(either, "code");

	if (!number_range(TEXT(l, "value"), &low, &rest))
		low = -INFINITY;
	if (!number_range(TEXT(h, "value"), &rest, &high))
		high = INFINITY;
	if (isinf(low) && isinf(high))
		return;
	if (kind == VALUE_NUMBER)
		put_number(w, kind, STR_NONE, STR_NONE, low, high);
	else
		put_number(w, kind, TEXT(either, "system"), code.n > 0 ? code : TEXT(either, "unit"), low, high);
}

/* From the lowest to the highest sample: data × factor + origin; E, U and L say no number. */
static void
of_sampled(struct walk *w, const struct json *v)
{
	const struct json *origin = GET(v, "origin");
	struct str rest = TEXT(v, "data"), code = TEXT(origin, "code");
	double zero = 0, factor = 1, low = INFINITY, high = -INFINITY, x;

	(void)number_value(TEXT(origin, "value"), &zero);
	(void)number_value(TEXT(v, "factor"), &factor);
	while (rest.n > 0) {
		struct str one = str_cut(rest, ' ', &rest);

		if (!number_value(one, &x))
			continue;
		x = x * factor + zero;
		low = x < low ? x : low;
		high = x > high ? x : high;
	}
	if (low <= high)
		put_number(w, VALUE_QUANTITY, TEXT(origin, "system"), code.n > 0 ? code : TEXT(origin, "unit"), low, high);
}

/* ---- parameter kind × datatype ---- */

static void
primitive_value(struct walk *w, const struct branch *b, const struct json *v)
{
	struct str text = text_of(v);

	switch (w->kind) {
	case PARAM_STRING:
		put_string(w, text);
		break;
	case PARAM_TOKEN:
		if (b->kind == KIND_BOOLEAN)
			put_token(w, STR(SPECIAL_VALUES), v->kind == JSON_TRUE ? STR("true") : STR("false"), STR_NONE);
		else
			put_token(w, model_system(b->system), text, STR_NONE);
		break;
	case PARAM_DATE:
		of_date(w, text);
		break;
	case PARAM_NUMBER:
		of_number(w, text);
		break;
	case PARAM_REFERENCE:
		of_canonical(w, VALUE_REFERENCE, text);
		break;
	case PARAM_URI:
		if (b->kind == KIND_CANONICAL)
			of_canonical(w, VALUE_URI, text);
		else
			put_uri(w, text);
		break;
	default:
		break;
	}
}

static void
value_of(struct walk *w, const struct branch *b, const struct json *v)
{
	if (b->kind < KIND_COMPLEX) {
		primitive_value(w, b, v);
		return;
	}
	switch (b->shape) {
	case SHAPE_HumanName:
		of_name(w, v);
		break;
	case SHAPE_Address:
		of_address(w, v);
		break;
	case SHAPE_Coding:
		of_coding(w, v, STR_NONE);
		break;
	case SHAPE_CodeableConcept:
		of_concept(w, v);
		break;
	case SHAPE_Identifier:
		of_identifier(w, v);
		break;
	case SHAPE_ContactPoint:
		if (TEXT(v, "value").n > 0)
			put_token(w, TEXT(v, "system"), TEXT(v, "value"), STR_NONE);
		break;
	case SHAPE_Reference:
		of_reference(w, v);
		break;
	case SHAPE_Period:
		of_period(w, v);
		break;
	case SHAPE_Timing:
		of_timing(w, v);
		break;
	case SHAPE_Quantity:
	case SHAPE_Age:
	case SHAPE_Duration:
	case SHAPE_Count:
	case SHAPE_Distance:
		of_quantity(w, v);
		break;
	case SHAPE_Money:
		of_money(w, v);
		break;
	case SHAPE_Range:
		of_range(w, v, w->kind == PARAM_NUMBER ? VALUE_NUMBER : VALUE_QUANTITY);
		break;
	case SHAPE_SampledData:
		of_sampled(w, v);
		break;
	default:
		break;
	}
}

/* ---- following the steps ---- */

struct follow {
	struct walk *w;
	const struct branch *branch;
	const struct step *end;
	void (*reached)(struct follow *f, const struct json *v);
	const struct program *composite;
};

static bool
reference_is(const struct json *v, uint16_t type)
{
	struct ref r = reference_parse(TEXT(v, "reference"));

	if (r.type == 0)
		r.type = fhir_type_of(TEXT(v, "type"));
	return r.type == type;
}

static void
follow(struct follow *f, const struct step *s, const struct json *v)
{
	const struct json *found;
	unsigned i = 0;

	if (v->kind == JSON_ARRAY) {
		for json_each(e, v) {
			if (s < f->end && s->op == STEP_INDEX && i++ != s->arg)
				continue;
			follow(f, s < f->end && s->op == STEP_INDEX ? s + 1 : s, e);
		}
		return;
	}
	if (s == f->end) {
		if (v->kind != JSON_NULL)
			f->reached(f, v);
		return;
	}
	switch ((enum step_op)s->op) {
	case STEP_MEMBER:
		found = model_get(v, f->w->code->pool + s->name, s->name_n);
		if (found != NULL)
			follow(f, s + 1, found);
		break;
	case STEP_INDEX:
		if (s->arg == 0)
			follow(f, s + 1, v);
		break;
	case STEP_WHERE:
		found = model_get(v, f->w->code->pool + s->name, s->name_n);
		if (str_is(text_of(found), (struct str){ f->w->code->pool + s->value, s->value_n }))
			follow(f, s + 1, v);
		break;
	case STEP_RESOLVE:
		if (reference_is(v, s->arg))
			follow(f, s + 1, v);
		break;
	case STEP_EXISTS:
		found = model_get(v, f->w->code->pool + s->name, s->name_n);
		put_token(f->w, STR(SPECIAL_VALUES), (found != NULL && found->kind == JSON_TRUE) || model_get(v, f->w->code->pool + s->value, s->value_n) ?
			  STR("true") : STR("false"), STR_NONE);
		break;
	}
}

static void
reached_value(struct follow *f, const struct json *v)
{
	f->w->system = f->branch->system;
	value_of(f->w, f->branch, v);
}

static void
run_branches(struct walk *w, unsigned first, unsigned n, const struct json *from, struct follow f)
{
	f.w = w;
	for (unsigned i = 0; i < n; i++) {
		const struct branch *b = &w->code->branches[first + i];

		f.branch = b;
		f.end = w->code->steps + b->step_first + b->step_n;
		follow(&f, w->code->steps + b->step_first, from);
	}
}

/* A composite's context: all its components' values share one group; a component without value voids the group. */
static void
reached_context(struct follow *f, const struct json *v)
{
	struct walk *w = f->w;
	size_t before = w->n;

	w->group++;
	for (unsigned i = 0; i < f->composite->part_n; i++) {
		const struct component *c = &w->code->components[f->composite->part_first + i];
		size_t had = w->n;

		w->part = (unsigned char)i;
		w->kind = c->kind;
		run_branches(w, c->branch_first, c->branch_n, v, (struct follow){ .reached = reached_value });
		if (w->n == had) {
			w->n = before;
			w->group--;
			return;
		}
	}
}

#define WORDS_MOST 5000 /* of one narrative: what follows is not found by _text */
#define WORDS_SEEN 512

/* Most repeats are left out here, one glance a word; who stores values leaves out the rest. */
static void
words_run(struct walk *w, const struct json *resource)
{
	struct str xhtml = TEXT(GET(resource, "text"), "div"), rest, seen[WORDS_SEEN];
	struct fhir_value *v;
	struct buf b;

	if (xhtml.n == 0)
		return;
	buf_init(&b, 64u << 20);
	narrative_words(xhtml, &b);
	rest = arena_str(w->a, buf_view(&b));
	w->failed = w->failed || b.failed || rest.p == NULL;
	buf_done(&b);
	memset(seen, 0, sizeof seen);
	for (unsigned n = 0; n < WORDS_MOST && rest.n > 0; n++) {
		struct str word = str_cut(rest, ' ', &rest), *slot = &seen[hash_bytes(word) % WORDS_SEEN];

		if (word.n == 0 || str_is(*slot, word))
			continue;
		*slot = word;
		if ((v = push(w, VALUE_URI)) != NULL)
			v->a = word;
	}
}

static void
param_run(struct walk *w, const struct fhir_extra *x, const struct fhir_param *param, const struct json *resource)
{
	const struct program *g = model_program(x, param->no, &w->code);

	w->param = param->no;
	w->group = 0;
	w->part = 0;
	w->kind = param->kind;
	if (model_is_words(param)) {
		words_run(w, resource);
		return;
	}
	run_branches(w, g->branch_first, g->branch_n, resource,
		     (struct follow){ .reached = g->part_n ? reached_context : reached_value, .composite = g });
}

enum rc
fhir_extract_with(const struct fhir_extra *x, uint16_t type, const struct json *resource, struct arena *a, struct fhir_values *out_r, struct problem *p)
{
	struct walk w = { .a = a };
	uint16_t from, to;

	MUST(type > 0 && type < TYPE__END);
	for (unsigned no = model_param_first[type]; no < model_param_first[type + 1]; no++) {
		if (model_params[no].indexed)
			param_run(&w, NULL, &model_params[no], resource);
	}
	for (extra_of_type(x, type, &from, &to); from < to; from++)
		param_run(&w, x, extra_at(x, from), resource);
	if (w.failed)
		return arena_rc(a, p);
	*out_r = (struct fhir_values){ w.at, w.n };
	return RC_OK;
}

enum rc
fhir_extract(uint16_t type, const struct json *resource, struct arena *a, struct fhir_values *out_r, struct problem *p)
{
	return fhir_extract_with(NULL, type, resource, a, out_r, p);
}
