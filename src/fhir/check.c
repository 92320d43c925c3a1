/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/check.c: structural validation of one resource (HL7 FHIR R4, json.html, datatypes.html, references.html), driven by the tables alone.
 * It must never name a resource type nor put a value into a finding. Called by record before a write, and by api for $validate.
 * Recursion is bounded by the JSON parser's depth. Start at fhir_check, then check_object.
 */
#include "internal.h"

#include "base/map.h"

#include <string.h>

struct seen { uint64_t bit[SHAPE_SLOTS / 64]; };

static bool
seen_is(const struct seen *s, unsigned slot)
{
	return s->bit[slot / 64] >> (slot % 64) & 1;
}

static void
seen_set(struct seen *s, unsigned slot)
{
	s->bit[slot / 64] |= (uint64_t)1 << (slot % 64);
}

/* ---- findings ---- */

/* Writes the path of a frame from the root; with out NULL only measures. Recursion as deep as the JSON. */
static size_t
path_put(const struct frame *f, char *out, size_t at)
{
	char index[12];
	unsigned n = 0;
	int v = f->index;

	if (f->up != NULL)
		at = path_put(f->up, out, at);
	if (f->name.n > 0) {
		if (at > 0 && out)
			out[at] = '.';
		at += at > 0;
		if (out)
			memcpy(out + at, f->name.p, f->name.n);
		at += f->name.n;
	}
	if (v < 0)
		return at;
	do
		index[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	if (out)
		out[at] = '[';
	at++;
	for (; n > 0; at++) {
		n--;
		if (out)
			out[at] = index[n];
	}
	if (out)
		out[at] = ']';
	return at + 1;
}

void
check_found(struct check *ck, enum why why, const struct frame *at, const char *below, const char *rule)
{
	struct fhir_issue *issue;
	size_t n = path_put(at, NULL, 0), more = below ? strlen(below) : 0;
	char *where;

	if (ck->n >= CHECK_ISSUES)
		return;
	issue = ARENA_NEW(ck->a, struct fhir_issue);
	where = arena_bytes(ck->a, n + more + 2);
	if (issue == NULL || where == NULL)
		return;
	path_put(at, where, 0);
	if (more > 0) {
		if (n > 0)
			where[n++] = '.';
		memcpy(where + n, below, more);
		n += more;
	}
	where[n] = '\0';
	issue->why = why;
	issue->where = where;
	issue->rule = rule;
	if (ck->n++ == 0)
		ck->rc = problem_set(ck->p, RC_BAD_INPUT, why, where, "%s", rule ? rule : "");
	*ck->last = issue;
	ck->last = &issue->next;
}

/* An unknown member's name is outside text: shown only when it looks like an element name. */
static bool
looks_like_name(struct str s)
{
	if (s.n == 0 || s.n > 64)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

static void
found_unknown(struct check *ck, const struct frame *at, struct str name)
{
	struct frame f = { at, name, -1 };

	check_found(ck, WHY_UNKNOWN_ELEMENT, looks_like_name(name) ? &f : at, NULL, NULL);
}

/* ---- values ---- */

static bool
json_kind_fits(enum kind kind, unsigned char json)
{
	switch (kind) {
	case KIND_BOOLEAN:
		return json == JSON_TRUE || json == JSON_FALSE;
	case KIND_INTEGER:
	case KIND_UNSIGNED:
	case KIND_POSITIVE:
	case KIND_DECIMAL:
		return json == JSON_NUMBER;
	default:
		return json == JSON_STRING;
	}
}

static void
check_primitive(struct check *ck, const struct member *m, const struct json *v, const struct frame *at)
{
	enum kind kind = m->kind;

	if (!json_kind_fits(kind, v->kind)) {
		check_found(ck, WHY_WRONG_TYPE, at, NULL, NULL);
		return;
	}
	if (kind == KIND_BOOLEAN)
		return;
	if (v->text.n == 0) {
		check_found(ck, WHY_EMPTY, at, NULL, NULL);
		return;
	}
	if (v->kind == JSON_STRING && !primitive_text_ok(v->text)) {
		check_found(ck, WHY_FORBIDDEN_TEXT, at, NULL, NULL);
		return;
	}
	if (kind == KIND_XHTML) {
		if (!narrative_ok(v->text))
			check_found(ck, WHY_BAD_NARRATIVE, at, NULL, NULL);
		return;
	}
	if (!primitive_ok(kind, v->text)) {
		check_found(ck, WHY_FORMAT, at, NULL, NULL);
		return;
	}
	if (m->codes != 0 && !model_code_is(m->codes, v->text, STR_NONE))
		check_found(ck, WHY_BAD_CODE, at, NULL, NULL);
	if (kind == KIND_CANONICAL && v->text.p[0] == '#' && v->text.n > 1 &&
	    check_contained(ck, (struct str){ v->text.p + 1, v->text.n - 1 }) == NULL)
		check_found(ck, WHY_BAD_REFERENCE, at, NULL, NULL);
}

/* The contained resources of the container at hand by id: one table for each container, made when first asked. */
static const struct contained_ids *
contained_ids(const struct check *ck)
{
	struct contained_ids *ids = ck->ids;
	const struct json *list = json_get(ck->container, "contained");
	size_t cap = 16;

	if (ids->of == ck->container)
		return ids;
	*ids = (struct contained_ids){ .of = ck->container };
	if (list == NULL || list->kind != JSON_ARRAY)
		return ids;
	while (cap < (size_t)list->n * 2)
		cap *= 2;
	ids->slot = arena_array(ck->a, cap, sizeof *ids->slot);
	if (ids->slot == NULL)
		return ids;
	ids->cap = cap;
	for json_each(c, list) {
		struct str id = json_get_text(c, "id");
		size_t i = hash_bytes(id) & (cap - 1);

		if (id.n == 0) {
			ids->wrong = true;
			continue;
		}
		while (ids->slot[i] != NULL && !str_is(json_get_text(ids->slot[i], "id"), id))
			i = (i + 1) & (cap - 1);
		ids->wrong = ids->wrong || ids->slot[i] != NULL;
		ids->slot[i] = c;
	}
	return ids;
}

bool
check_contained_named(const struct check *ck)
{
	return !contained_ids(ck)->wrong;
}

const struct json *
check_contained(const struct check *ck, struct str id)
{
	const struct contained_ids *ids = contained_ids(ck);
	size_t i;

	if (ids->cap == 0)
		return NULL;
	for (i = hash_bytes(id) & (ids->cap - 1); ids->slot[i] != NULL; i = (i + 1) & (ids->cap - 1)) {
		if (str_is(json_get_text(ids->slot[i], "id"), id))
			return ids->slot[i];
	}
	return NULL;
}

/* Form, target type, and that Reference.type does not say otherwise. */
static void
check_reference(struct check *ck, uint16_t targets, const struct json *v, const struct frame *at)
{
	struct str text = json_get_text(v, "reference"), said = json_get_text(v, "type");
	uint16_t said_type = fhir_type_of(said);
	struct ref r;

	if (said_type != 0 && !model_target_is(targets, said_type)) {
		check_found(ck, WHY_BAD_REFERENCE, at, "type", NULL);
		return;
	}
	if (text.p == NULL || text.n == 0)
		return;
	r = reference_parse(text);
	if (r.form == REF_FRAGMENT && r.id.n > 0)
		r.type = fhir_type_of(json_get_text(check_contained(ck, r.id), "resourceType"));
	if (r.form == REF_BAD || (r.type != 0 && (!model_target_is(targets, r.type) || (said_type != 0 && said_type != r.type))))
		check_found(ck, WHY_BAD_REFERENCE, at, "reference", NULL);
}

static bool
coding_is(uint16_t set, const struct json *coding)
{
	struct str system = json_get_text(coding, "system");

	return system.p != NULL && model_code_is(set, json_get_text(coding, "code"), system);
}

/* Required binding of a Coding, or of a CodeableConcept: one of its codings is in the set; text alone or an extension alone says no code. */
static void
check_binding(struct check *ck, const struct member *m, const struct json *v, const struct frame *at)
{
	bool ok = false;

	if (m->shape == SHAPE_Coding)
		ok = coding_is(m->codes, v);
	else {
		for json_each(c, json_get(v, "coding"))
			ok = ok || coding_is(m->codes, c);
	}
	if (!ok)
		check_found(ck, WHY_BAD_CODE, at, NULL, NULL);
}

static void check_object(struct check *ck, uint16_t shape, const struct json *object, const struct frame *at);
static void check_resource(struct check *ck, const struct json *resource, const struct frame *at, uint16_t *type_r);

/* One value that is not an array. */
static void
check_value(struct check *ck, const struct member *m, const struct json *v, const struct frame *at)
{
	if (ck->n >= CHECK_ISSUES || m->kind == KIND_RESOURCE_TYPE)
		return;
	if (m->kind < KIND_COMPLEX) {
		check_primitive(ck, m, v, at);
		return;
	}
	if (v->kind != JSON_OBJECT) {
		check_found(ck, WHY_WRONG_TYPE, at, NULL, NULL);
		return;
	}
	if (m->kind == KIND_RESOURCE) {
		const struct json *container = ck->container;
		bool contained = ck->contained;

		if (str_eq(at->name, "contained"))
			ck->contained = true;
		else {
			ck->container = v;
			ck->contained = false;
		}
		check_resource(ck, v, at, NULL);
		ck->container = container;
		ck->contained = contained;
		return;
	}
	check_object(ck, m->shape, v, at);
	if (m->shape == SHAPE_Reference)
		check_reference(ck, m->targets, v, at);
	else if (m->codes != 0)
		check_binding(ck, m, v, at);
}

/* The other half of a primitive: for "given" its "_given", for "_given" its "given". */
static const struct json *
other_half(const struct json *object, struct str name)
{
	bool sibling = name.p[0] == '_';

	for (const struct json *c = object->first; c != NULL; c = c->next) {
		if (sibling ? c->name.n + 1 == name.n && memcmp(c->name.p, name.p + 1, c->name.n) == 0
			    : c->name.n == name.n + 1 && c->name.p[0] == '_' && memcmp(c->name.p + 1, name.p, name.n) == 0)
			return c;
	}
	return NULL;
}

static void
check_array(struct check *ck, const struct member *m, const struct json *object, const struct json *array, const struct frame *at)
{
	const struct json *half = m->kind < KIND_COMPLEX ? other_half(object, array->name) : NULL, *e;
	struct frame f = { at->up, at->name, 0 };

	if (array->n == 0) {
		check_found(ck, WHY_EMPTY, at, NULL, NULL);
		return;
	}
	e = half != NULL && half->kind == JSON_ARRAY ? half->first : NULL;
	for json_each(v, array) {
		if (v->kind != JSON_NULL || m->kind >= KIND_COMPLEX)
			check_value(ck, m, v, &f);
		else if (e == NULL || e->kind != JSON_OBJECT)
			check_found(ck, WHY_EMPTY, &f, NULL, NULL);
		e = e ? e->next : NULL;
		f.index++;
	}
}

/* id and extension of one primitive; alone, an id says nothing (ele-1). */
static void
check_half(struct check *ck, const struct json *v, bool has_value, const struct frame *at)
{
	if (v->kind != JSON_OBJECT) {
		check_found(ck, WHY_WRONG_TYPE, at, NULL, NULL);
		return;
	}
	check_object(ck, SHAPE_Element, v, at);
	if (!has_value && json_get(v, "extension") == NULL)
		check_found(ck, WHY_EMPTY, at, NULL, "ele-1");
}

/* "_given": aligned with "given" by nulls. */
static void
check_sibling(struct check *ck, const struct member *m, const struct json *object, const struct json *sibling, const struct frame *at)
{
	const struct json *value = other_half(object, sibling->name), *mate;
	struct frame f = { at->up, at->name, 0 };

	if (!(m->flags & MEMBER_MANY)) {
		check_half(ck, sibling, value != NULL, at);
		return;
	}
	if (sibling->kind != JSON_ARRAY) {
		check_found(ck, WHY_WRONG_TYPE, at, NULL, NULL);
		return;
	}
	if (sibling->n == 0 || (value != NULL && value->kind == JSON_ARRAY && value->n != sibling->n)) {
		check_found(ck, sibling->n == 0 ? WHY_EMPTY : WHY_CARDINALITY, at, NULL, NULL);
		return;
	}
	mate = value ? value->first : NULL;
	for json_each(v, sibling) {
		bool has_value = mate != NULL && mate->kind != JSON_NULL;

		if (v->kind != JSON_NULL)
			check_half(ck, v, has_value, &f);
		else if (!has_value)
			check_found(ck, WHY_EMPTY, &f, NULL, NULL);
		mate = mate ? mate->next : NULL;
		f.index++;
	}
}

/* Another variant of the same choice element beside this one? Rare: only asked when a slot is met twice or by a sibling alone. */
static bool
rival(const struct shape *shape, const struct json *object, const struct member *m)
{
	for json_each(c, object) {
		bool sibling = c->name.n > 1 && c->name.p[0] == '_';
		const struct member *other = model_member(shape, sibling ? (struct str){ c->name.p + 1, c->name.n - 1 } : c->name);

		if (other != NULL && other != m && other->slot == m->slot)
			return true;
	}
	return false;
}

static void
check_member(struct check *ck, const struct shape *shape, const struct json *object, const struct json *c, struct seen *seen, const struct frame *at)
{
	bool sibling = c->name.n > 1 && c->name.p[0] == '_';
	const struct member *m = model_member(shape, sibling ? (struct str){ c->name.p + 1, c->name.n - 1 } : c->name);
	struct frame f = { at, c->name, -1 };

	if (m == NULL || (sibling && m->kind > KIND_XHTML)) {
		found_unknown(ck, at, c->name);
		return;
	}
	if ((m->flags & MEMBER_CHOICE) && (sibling || seen_is(seen, m->slot)) && rival(shape, object, m))
		check_found(ck, WHY_CHOICE, &f, NULL, NULL);
	seen_set(seen, m->slot);
	if (sibling)
		check_sibling(ck, m, object, c, &f);
	else if (!(m->flags & MEMBER_MANY))
		check_value(ck, m, c, &f);
	else if (c->kind != JSON_ARRAY)
		check_found(ck, WHY_WRONG_TYPE, &f, NULL, NULL);
	else
		check_array(ck, m, object, c, &f);
}

static void
check_object(struct check *ck, uint16_t shape_no, const struct json *object, const struct frame *at)
{
	const struct shape *shape = &model_shapes[shape_no];
	struct seen seen = { { 0 } };

	if (ck->n >= CHECK_ISSUES)
		return;
	if (object->n == 0 || (object->n == 1 && shape->type == 0 && shape_no != SHAPE_Element && str_eq(object->first->name, "id"))) {
		check_found(ck, WHY_EMPTY, at, NULL, "ele-1");
		return;
	}
	for json_each(c, object)
		check_member(ck, shape, object, c, &seen, at);
	for (unsigned i = 0; i < shape->required_n; i++) {
		const struct required *r = &model_required_members[shape->required_first + i];

		if (!seen_is(&seen, r->slot))
			check_found(ck, WHY_CARDINALITY, at, model_pool + r->name, NULL);
	}
	invariant_check(ck, shape_no, object, at);
}

static void
check_resource(struct check *ck, const struct json *resource, const struct frame *at, uint16_t *type_r)
{
	const struct json *name = json_get(resource, "resourceType");
	uint16_t type;
	struct frame root = *at;

	if (name == NULL || name->kind != JSON_STRING) {
		check_found(ck, name ? WHY_WRONG_TYPE : WHY_CARDINALITY, at, "resourceType", NULL);
		return;
	}
	type = fhir_type_of(name->text);
	if (type == 0) {
		check_found(ck, WHY_UNKNOWN_TYPE, at, "resourceType", NULL);
		return;
	}
	if (at->up == NULL && at->name.n == 0)
		root.name = str_of(fhir_type_name(type));
	if (type_r != NULL)
		*type_r = type;
	check_object(ck, model_type_rows[type].shape, resource, &root);
	if (json_get(resource, "contained") != NULL)
		invariant_check(ck, SHAPE_DomainResource, resource, &root);
}

enum rc
fhir_check(const struct json *resource, struct arena *a, uint16_t *type_r, struct fhir_issue **issues_r, struct problem *p)
{
	struct contained_ids ids = { .of = NULL };
	struct check ck = { .a = a, .container = resource, .ids = &ids, .p = p };
	struct frame root = { NULL, STR_NONE, -1 };
	uint16_t type = 0;

	ck.last = &ck.first;
	if (resource == NULL || resource->kind != JSON_OBJECT)
		check_found(&ck, WHY_WRONG_TYPE, &root, NULL, NULL);
	else
		check_resource(&ck, resource, &root, &type);
	*issues_r = ck.first;
	if (arena_rc(a, p) != RC_OK)
		return RC_LIMIT;
	if (ck.rc == RC_OK)
		*type_r = type;
	return ck.rc;
}
