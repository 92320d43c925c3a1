/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/reference.c: the forms of Reference.reference (references.html#literal, R4), and all references of a resource.
 * It must never follow one. Called by check.c, extract.c, plan_value.c, record (fhir_references). Start at reference_parse.
 */
#include "internal.h"

#include <string.h>

static bool
has_scheme(struct str s)
{
	size_t i = 0;

	for (; i < s.n && s.p[i] != ':'; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
			return false;
	}
	return i > 0 && i + 1 < s.n;
}

/* Type/id or Type/id/_history/version. */
static bool
is_local(struct str s, struct ref *r)
{
	struct str rest, type = str_cut(s, '/', &rest), id, tail, history, version;

	r->type = fhir_type_of(type);
	if (r->type == 0 || rest.p == NULL)
		return false;
	id = str_cut(rest, '/', &tail);
	r->id = id;
	if (!fhir_is_id(id))
		return false;
	if (tail.p == NULL)
		return true;
	history = str_cut(tail, '/', &version);
	return str_eq(history, "_history") && fhir_is_id(version);
}

/* The Type/id that an address ends in, when it does. */
static void
absolute_end(struct str s, struct ref *r)
{
	static const char mark[] = "/_history/";
	const char *h = memmem(s.p, s.n, mark, sizeof mark - 1);
	size_t end = h ? (size_t)(h - s.p) : s.n, at = end;
	unsigned slashes = 0;

	while (at > 0) {
		if (s.p[at - 1] == '/' && ++slashes == 2)
			break;
		at--;
	}
	if (slashes < 2 || !is_local((struct str){ s.p + at, end - at }, r)) {
		r->type = 0;
		r->id = STR_NONE;
	}
}

struct ref
reference_parse(struct str s)
{
	struct ref r = { .form = REF_BAD };
	struct str rest;

	if (s.n == 0)
		return r;
	for (size_t i = 0; i < s.n; i++) {
		if ((unsigned char)s.p[i] <= 0x20)
			return r;
	}
	if (s.p[0] == '#') {
		r.id = (struct str){ s.p + 1, s.n - 1 };
		r.form = r.id.n == 0 || fhir_is_id(r.id) ? REF_FRAGMENT : REF_BAD;
	} else if (str_starts(s, STR("urn:uuid:"))) {
		r.form = primitive_ok(KIND_UUID, s) ? REF_URN : REF_BAD;
	} else if (str_starts(s, STR("urn:oid:"))) {
		r.form = primitive_ok(KIND_OID, s) ? REF_URN : REF_BAD;
	} else if (is_local(s, &r)) {
		r.form = REF_LOCAL;
	} else if (memchr(s.p, '?', s.n) && (r.type = fhir_type_of(str_cut(s, '?', &rest))) != 0) {
		r.id = STR_NONE;
		r.form = rest.n > 0 ? REF_SEARCH : REF_BAD;
	} else if (has_scheme(s)) {
		r.form = REF_ABSOLUTE;
		absolute_end(s, &r);
	}
	if (r.form == REF_BAD || r.form == REF_URN)
		r.type = 0;
	return r;
}

/* Collects below v; shape says which members are References (NULL: v is a resource to look up). */
struct refs_walk { struct fhir_refs out; size_t cap; struct arena *a; };

static bool
refs_push(struct refs_walk *w, const struct json *v)
{
	if (w->out.n == w->cap) {
		size_t cap = w->cap ? w->cap * 2 : 16;
		const struct json **at = arena_array(w->a, cap, sizeof *at);

		if (at == NULL)
			return false;
		if (w->out.n > 0)
			memcpy(at, w->out.at, w->out.n * sizeof *at);
		w->out.at = at;
		w->cap = cap;
	}
	w->out.at[w->out.n++] = v;
	return true;
}

static bool refs_in(struct refs_walk *w, const struct shape *shape, const struct json *object);

static bool
refs_value(struct refs_walk *w, const struct member *m, const struct json *v)
{
	if (v->kind == JSON_ARRAY) {
		for json_each(e, v) {
			if (e->kind == JSON_OBJECT && !refs_value(w, m, e))
				return false;
		}
		return true;
	}
	if (v->kind != JSON_OBJECT)
		return true;
	if (m->kind == KIND_RESOURCE)
		return refs_in(w, NULL, v);
	return refs_in(w, &model_shapes[m->kind == KIND_COMPLEX ? m->shape : SHAPE_Element], v);
}

static bool
refs_in(struct refs_walk *w, const struct shape *shape, const struct json *object)
{
	if (shape == NULL) {
		uint16_t type = fhir_type_of(json_get_text(object, "resourceType"));

		if (type == 0)
			return true;
		shape = &model_shapes[model_type_rows[type].shape];
	}
	for json_each(c, object) {
		bool sibling = c->name.n > 1 && c->name.p[0] == '_';
		const struct member *m;

		if (c->kind != JSON_OBJECT && c->kind != JSON_ARRAY && !(shape == &model_shapes[SHAPE_Reference] && c->kind == JSON_STRING))
			continue;
		m = model_member(shape, sibling ? (struct str){ c->name.p + 1, c->name.n - 1 } : c->name);
		if (m == NULL)
			continue;
		if (c->kind == JSON_STRING) {
			if (str_eq(c->name, "reference") && !refs_push(w, c))
				return false;
			continue;
		}
		if (!refs_value(w, m, c))
			return false;
	}
	return true;
}

enum rc
fhir_references(const struct json *resource, struct arena *a, struct fhir_refs *out_r, struct problem *p)
{
	struct refs_walk w = { .a = a };

	if (resource == NULL || resource->kind != JSON_OBJECT)
		return problem_set(p, RC_BAD_INPUT, WHY_WRONG_TYPE, "", "not an object");
	if (!refs_in(&w, NULL, resource))
		return arena_rc(a, p);
	*out_r = w.out;
	return RC_OK;
}
