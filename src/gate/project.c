/* SPDX-License-Identifier: Apache-2.0 */
/* gate/project.c: see project.h. Must never let out an element that the role's projection does not name. */
#include "gate/project.h"

#include <stdio.h>
#include <string.h>

#include "fhir/subset.h"

void project_body(uint16_t type, const struct json *resource, struct buf *out)
{
	bool first = true;
	buf_ch(out, '{');
	for json_each(m, resource) {
		struct str name = m->name;
		if (str_starts(name, STR("_"))) {
			name.p++;
			name.n--;
		}
		if (!authorise_element(type, name))
			continue;
		if (!first)
			buf_ch(out, ',');
		first = false;
		json_str(out, m->name);
		buf_ch(out, ':');
		if (str_eq(m->name, "meta") && m->kind == JSON_OBJECT)
			subset_meta(m, out);
		else
			buf_str(out, m->raw);
	}
	buf_ch(out, '}');
}

/* ---- columns ---- */

static void put_display(const struct json *v, struct buf *b)
{
	if (v->kind != JSON_ARRAY) {
		if (v->kind == JSON_OBJECT)
			fhir_display(b, v);
		else
			buf_str(b, json_text(v));
		return;
	}
	bool any = false;
	for json_each(c, v) {
		size_t before = b->n;
		if (any)
			buf_z(b, ", ");
		size_t from = b->n;
		put_display(c, b);
		if (b->n == from) /* nothing to show: no separator either */
			b->n = before;
		else
			any = true;
	}
}

static void put_part(struct rows *out, const char *base, const char *part, struct str value)
{
	char name[128];
	if (value.n == 0)
		return;
	if (snprintf(name, sizeof name, "%s.%s", base, part) < (int)sizeof name)
		rows_col(out, name, value);
}

static void put_parts(struct rows *out, const char *base, const struct json *v)
{
	if (v->kind == JSON_ARRAY)
		v = v->first;
	if (!v || v->kind != JSON_OBJECT)
		return;
	const struct json *coding = json_at(json_get(v, "coding"), 0);
	put_part(out, base, "code", json_get_text(coding ? coding : v, "code"));
	put_part(out, base, "reference", json_get_text(v, "reference"));
	put_part(out, base, "start", json_get_text(v, "start"));
	put_part(out, base, "end", json_get_text(v, "end"));
	put_part(out, base, "value", json_get_text(v, "value"));
	put_part(out, base, "unit", json_get_text(v, "unit"));
}

/* "onsetDateTime" → 5, the length of "onset"; 0 when the name does not end in a data type. */
static size_t choice_base(struct str name)
{
	static const char *const TYPE[] = { "DateTime", "Period", "CodeableConcept", "Quantity", "String", "Boolean", "Integer", "Range", "Ratio", "Time",
		"Age", "Duration", "Timing", "Reference", "Instant", "SampledData", "Attachment", "Decimal" };
	for (size_t i = 0; i < sizeof TYPE / sizeof *TYPE; i++) {
		struct str t = str_of(TYPE[i]);
		if (name.n > t.n && str_ends(name, t))
			return name.n - t.n;
	}
	return 0;
}

void project_columns(uint16_t type, enum sight sight, const struct json *resource, struct rows *out, struct arena *a)
{
	struct buf b;
	buf_init(&b, 1u << 20);
	for json_each(m, resource) {
		struct str name = m->name;
		if (name.n == 0 || name.n > 64 || name.p[0] == '_' || str_eq(name, "resourceType") || str_eq(name, "id") || str_eq(name, "meta")
			|| str_eq(name, "text") || str_eq(name, "contained") || str_eq(name, "extension"))
			continue;
		if (sight != SIGHT_WHOLE && !authorise_element(type, name))
			continue;
		buf_reset(&b);
		put_display(m, &b);
		const char *z = arena_z(a, name);
		if (!z || b.failed)
			break;
		rows_col(out, z, buf_view(&b));
		put_parts(out, z, m);
		size_t base = choice_base(name);
		const char *base_z = base ? arena_z(a, (struct str){ name.p, base }) : NULL;
		if (base_z && !json_get(resource, base_z)) {
			rows_col(out, base_z, buf_view(&b));
			put_parts(out, base_z, m);
		}
	}
	buf_done(&b);
}
