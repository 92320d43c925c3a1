/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/model.c: look-ups over the generated tables: types, parameters, members, codes. Binary searches; nothing is built at run time.
 * Called by the whole room and, through fhir.h, by record, gate and api. Start at fhir_type_of.
 */
#include "model.h"

#include <string.h>

static int
name_cmp(struct str a, uint32_t at, size_t n)
{
	int c = memcmp(a.p, model_pool + at, a.n < n ? a.n : n);

	if (c != 0)
		return c;
	return a.n < n ? -1 : a.n > n;
}

uint16_t
fhir_type_of(struct str name)
{
	unsigned low = 1, high = TYPE__END;

	if (name.n == 0)
		return 0;
	while (low < high) {
		unsigned mid = (low + high) / 2;
		int c = name_cmp(name, model_type_rows[mid].name, model_type_rows[mid].len);

		if (c == 0)
			return (uint16_t)mid;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return 0;
}

const char *
fhir_type_name(uint16_t type)
{
	MUST(type < TYPE__END);
	return type ? model_pool + model_type_rows[type].name : "";
}

uint16_t
fhir_type_count(void)
{
	return TYPE__END - 1;
}

const struct fhir_param *
fhir_param_find(uint16_t type, struct str code)
{
	unsigned low, high;

	if (type == 0 || type >= TYPE__END)
		return NULL;
	low = model_param_first[type];
	high = model_param_first[type + 1];
	while (low < high) {
		unsigned mid = (low + high) / 2;
		int c = str_cmp(code, str_of(model_params[mid].code));

		if (c == 0)
			return &model_params[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct fhir_param *
fhir_param_at(uint16_t no)
{
	MUST(no > 0 && no <= PARAM_COUNT);
	return &model_params[no];
}

bool
model_is_words(const struct fhir_param *param)
{
	return param->no <= PARAM_COUNT && param->indexed && model_programs[param->no].branch_n == 0;
}

const struct code model_code = { model_pool, model_steps, model_branches, model_components };

uint16_t
fhir_param_count(void)
{
	return PARAM_COUNT;
}

const uint16_t *
fhir_compartment_params(uint16_t type)
{
	MUST(type > 0 && type < TYPE__END);
	return model_lists + model_compartments[type];
}

const struct member *
model_member(const struct shape *shape, struct str name)
{
	const struct member *m = model_members + shape->member_first;
	unsigned low = 0, high = shape->member_n;

	if (name.n == 0)
		return NULL;
	while (low < high) {
		unsigned mid = (low + high) / 2;
		int c = name_cmp(name, m[mid].name, m[mid].len);

		if (c == 0)
			return &m[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

struct str
model_system(uint16_t no)
{
	if (no == 0)
		return STR_NONE;
	return (struct str){ model_pool + model_systems[no].at, model_systems[no].n };
}

uint16_t
model_set_of(struct str url)
{
	for (uint16_t i = 1; i < SET_COUNT; i++) {
		if (str_eq(url, model_pool + model_set_urls[i]))
			return i;
	}
	return 0;
}

bool
model_code_is(uint16_t set, struct str code, struct str system)
{
	const struct set_code *c = model_set_codes + model_code_sets[set].first;
	unsigned low = 0, high = model_code_sets[set].n, end = high;

	if (code.n == 0)
		return false;
	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (name_cmp(code, c[mid].code, c[mid].len) <= 0)
			high = mid;
		else
			low = mid + 1;
	}
	for (; low < end && name_cmp(code, c[low].code, c[low].len) == 0; low++) {
		if (system.p == NULL || str_is(system, model_system(c[low].system)))
			return true;
	}
	return false;
}

bool
model_target_is(uint16_t targets, uint16_t type)
{
	const struct run *r = &model_target_runs[targets];

	if (targets == 0)
		return true;
	for (unsigned i = 0; i < r->n; i++) {
		if (model_target_types[r->first + i] == type)
			return true;
	}
	return false;
}

const struct json *
model_get(const struct json *object, const char *name, size_t n)
{
	if (object == NULL || object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json *c = object->first; c != NULL; c = c->next) {
		if (c->name.n == n && memcmp(c->name.p, name, n) == 0)
			return c;
	}
	return NULL;
}
