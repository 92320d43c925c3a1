/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/subset.c: see subset.h. It must never write an empty object or array (FHIR has none), nor a member that the resource does not have.
 * Start at subset_put.
 */
#include "fhir/subset.h"

#include "internal.h"

#include <string.h>

#define SYSTEM "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
#define ELEMENTS_MAX 64

bool
subset_summary(struct str value, struct subset *s)
{
	static const struct { const char *name; enum subset_summary summary; } known[] = {
		{ "true", SUBSET_TRUE }, { "text", SUBSET_TEXT }, { "data", SUBSET_DATA }, { "false", SUBSET_WHOLE },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq(value, known[i].name)) {
			s->summary = known[i].summary;
			return true;
		}
	return false;
}

bool
subset_is_whole(const struct subset *s)
{
	return s->summary == SUBSET_WHOLE && s->n_elements == 0;
}

/* ---- which elements ---- */

/* "value" names valueQuantity, "value[x]" and "valueQuantity" too. */
static bool
is_named(const struct member *m, struct str name, struct str element)
{
	if (str_ends(element, STR("[x]")))
		element.n -= 3;
	if (str_is(name, element))
		return true;
	return m != NULL && (m->flags & MEMBER_CHOICE) && str_starts(name, element) && name.n > element.n && name.p[element.n] >= 'A' && name.p[element.n] <= 'Z';
}

static bool
has_element(const struct shape *shape, struct str element)
{
	for (unsigned i = 0; i < shape->member_n; i++) {
		const struct member *m = &model_members[shape->member_first + i];
		if (is_named(m, (struct str){ model_pool + m->name, m->len }, element))
			return true;
	}
	return false;
}

static bool
is_form(struct str s)
{
	if (str_ends(s, STR("[x]")))
		s.n -= 3;
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= 'A' && s.p[i] <= 'Z') || (i > 0 && s.p[i] >= '0' && s.p[i] <= '9')))
			return false;
	return s.n > 0 && s.n <= 64;
}

enum rc
subset_elements(uint16_t type, struct str value, struct arena *a, struct subset *s, struct problem *p)
{
	struct str *at = arena_array(a, ELEMENTS_MAX, sizeof *at);
	const struct shape *shape = type ? &model_shapes[model_type_rows[type].shape] : NULL;
	size_t n = 0;
	if (!at)
		return arena_rc(a, p);
	for (struct str left = value; left.p;) {
		struct str one = str_trim(str_cut(left, ',', &left));
		if (type && str_starts(one, str_of(fhir_type_name(type))) && one.n > strlen(fhir_type_name(type)) && one.p[strlen(fhir_type_name(type))] == '.') {
			one.p += strlen(fhir_type_name(type)) + 1; /* "Patient.name" */
			one.n -= strlen(fhir_type_name(type)) + 1;
		}
		if (n == ELEMENTS_MAX || !is_form(one) || (shape && !has_element(shape, one)))
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_elements", "type %u", (unsigned)type);
		at[n++] = one;
	}
	s->element = at;
	s->n_elements = n;
	return RC_OK;
}

static bool
is_required(const struct shape *shape, const struct member *m)
{
	for (unsigned i = 0; m != NULL && i < shape->required_n; i++)
		if (model_required_members[shape->required_first + i].slot == m->slot)
			return true;
	return false;
}

static bool
is_kept(const struct subset *s, const struct shape *shape, const struct member *m, struct str name)
{
	static const char *const always[] = { "resourceType", "id", "meta", "implicitRules" };
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		if (str_eq(name, always[i]))
			return true;
	bool is_text = str_eq(name, "text");
	if (s->summary == SUBSET_TEXT)
		return is_text || is_required(shape, m);
	if (s->summary == SUBSET_TRUE)
		return m != NULL && (m->flags & MEMBER_SUMMARY);
	if (s->summary == SUBSET_DATA && is_text)
		return false;
	if (s->n_elements == 0 || is_required(shape, m) || str_eq(name, "modifierExtension"))
		return true;
	for (size_t i = 0; i < s->n_elements; i++)
		if (is_named(m, name, s->element[i]))
			return true;
	return false;
}

/* ---- writing ---- */

void
subset_meta(const struct json *meta, struct buf *out)
{
	static const char tag[] = "{\"system\":\"" SYSTEM "\",\"code\":\"SUBSETTED\"}";
	bool tagged = false, first = true;
	buf_ch(out, '{');
	for json_each(m, meta) {
		if (!first)
			buf_ch(out, ',');
		first = false;
		json_str(out, m->name);
		buf_ch(out, ':');
		if (!str_eq(m->name, "tag") || m->kind != JSON_ARRAY) {
			buf_str(out, m->raw);
			continue;
		}
		bool has = false;
		buf_ch(out, '[');
		for json_each(t, m) {
			if (t != m->first)
				buf_ch(out, ',');
			buf_str(out, t->raw);
			has = has || (str_eq(json_get_text(t, "code"), "SUBSETTED") && str_eq(json_get_text(t, "system"), SYSTEM));
		}
		if (!has) {
			if (m->n > 0)
				buf_ch(out, ',');
			buf_z(out, tag);
		}
		buf_ch(out, ']');
		tagged = true;
	}
	if (!tagged) {
		buf_z(out, first ? "\"tag\":[" : ",\"tag\":[");
		buf_z(out, tag);
		buf_ch(out, ']');
	}
	buf_ch(out, '}');
}

/* A backbone element of a resource: its own members are judged one by one. A datatype goes whole. */
static const struct shape *
backbone(const struct member *m)
{
	if (m == NULL || m->kind != KIND_COMPLEX)
		return NULL;
	const struct shape *shape = &model_shapes[m->shape];
	const char *name = model_pool + shape->name, *dot = strchr(name, '.');
	if (dot == NULL || fhir_type_of((struct str){ name, (size_t)(dot - name) }) == 0)
		return NULL;
	for (unsigned i = 0; i < shape->member_n; i++)
		if (model_members[shape->member_first + i].flags & MEMBER_SUMMARY)
			return shape;
	return NULL;
}

static bool summary_value(const struct member *m, const struct json *v, struct buf *out);

static bool
summary_object(const struct shape *shape, const struct json *object, struct buf *out)
{
	size_t from = out->n;
	bool first = true;
	buf_ch(out, '{');
	for json_each(c, object) {
		struct str name = str_starts(c->name, STR("_")) ? (struct str){ c->name.p + 1, c->name.n - 1 } : c->name;
		const struct member *m = model_member(shape, name);
		size_t before = out->n;
		if (m == NULL || !(m->flags & MEMBER_SUMMARY))
			continue;
		if (!first)
			buf_ch(out, ',');
		json_str(out, c->name);
		buf_ch(out, ':');
		if (summary_value(m, c, out))
			first = false;
		else
			out->n = before;
	}
	buf_ch(out, '}');
	if (first && !out->failed)
		out->n = from;
	return !first;
}

/* False when nothing of it is summary: then nothing was written. Nested as deep as the parser allows. */
static bool
summary_value(const struct member *m, const struct json *v, struct buf *out)
{
	const struct shape *shape = backbone(m);
	if (shape == NULL || (v->kind != JSON_OBJECT && v->kind != JSON_ARRAY)) {
		buf_str(out, v->raw);
		return true;
	}
	if (v->kind == JSON_OBJECT)
		return summary_object(shape, v, out);
	size_t from = out->n;
	bool first = true;
	buf_ch(out, '[');
	for json_each(e, v) {
		size_t before = out->n;
		if (!first)
			buf_ch(out, ',');
		if (summary_value(m, e, out))
			first = false;
		else
			out->n = before;
	}
	buf_ch(out, ']');
	if (first && !out->failed)
		out->n = from;
	return !first;
}

void
subset_put(const struct subset *s, const struct json *resource, struct buf *out)
{
	uint16_t type = fhir_type_of(json_get_text(resource, "resourceType"));
	bool first = true;
	if (subset_is_whole(s) || type == 0) {
		buf_str(out, resource->raw);
		return;
	}
	const struct shape *shape = &model_shapes[model_type_rows[type].shape];
	bool has_meta = json_get(resource, "meta") != NULL;
	buf_ch(out, '{');
	for json_each(c, resource) {
		struct str name = str_starts(c->name, STR("_")) ? (struct str){ c->name.p + 1, c->name.n - 1 } : c->name;
		const struct member *m = model_member(shape, name);
		size_t before = out->n;
		bool put = true;
		if (!is_kept(s, shape, m, name))
			continue;
		if (!first)
			buf_ch(out, ',');
		json_str(out, c->name);
		buf_ch(out, ':');
		if (str_eq(c->name, "meta"))
			subset_meta(c, out);
		else if (s->summary == SUBSET_TRUE)
			put = summary_value(m, c, out);
		else
			buf_str(out, c->raw);
		if (!put)
			out->n = before;
		first = first && !put;
		if (put && !has_meta && str_eq(c->name, "resourceType")) {
			buf_z(out, ",\"meta\":");
			subset_meta(NULL, out);
		}
	}
	buf_ch(out, '}');
}
