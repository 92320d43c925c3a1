/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/capability.c: the CapabilityStatement, generated from the tables: what it says and what fhir_plan_parse accepts cannot part.
 * It must never name what is not served: a parameter that is not indexed is not listed. Called by api for /metadata. Start at fhir_capability.
 */
#include "internal.h"
#include "fhir/extra.h"

#include "base/clock.h"

#include <stdio.h>

static const char *const type_interactions[] = { "read", "vread", "update", "patch", "delete", "history-instance", "history-type", "create", "search-type" };
static const char *const system_interactions[] = { "transaction", "batch", "history-system" };
/* What the rows of api offer beside interactions. type NULL: on every type. */
static const struct { const char *name, *type, *definition; } operations[] = {
	{ "validate",   NULL,          "http://hl7.org/fhir/OperationDefinition/Resource-validate" },
	{ "everything", "Patient",     "http://hl7.org/fhir/OperationDefinition/Patient-everything" },
	{ "everything", "Encounter",   "http://hl7.org/fhir/OperationDefinition/Encounter-everything" },
	{ "match",      "Patient",     "http://hl7.org/fhir/OperationDefinition/Patient-match" },
	{ "lastn",      "Observation", "http://hl7.org/fhir/OperationDefinition/Observation-lastn" },
};
static const char *const kind_codes[] = { "", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special" };

static void
code_object(struct jw *w, const char *code)
{
	jw_object(w);
	jw_member(w, "code", str_of(code));
	jw_end(w, '}');
}

static void
param_put(struct jw *w, const char *name, const char *url, const char *kind)
{
	jw_object(w);
	jw_member(w, "name", str_of(name));
	if (url != NULL)
		jw_member(w, "definition", str_of(url));
	jw_member(w, "type", str_of(kind));
	jw_end(w, '}');
}

static const struct fhir_param *
param_at(const struct fhir_extra *x, unsigned no)
{
	return no <= PARAM_COUNT ? &model_params[no] : extra_at(x, (uint16_t)no);
}

static bool
may_point_to(const struct fhir_param *param, uint16_t type)
{
	for (const uint16_t *t = param->targets; *t != 0; t++)
		if (*t == type)
			return true;
	return false; /* a parameter that may point to anything is named where it stands, not on every type */
}

static void
include_put(struct jw *w, const struct fhir_param *param)
{
	char text[160];
	snprintf(text, sizeof text, "%s:%s", fhir_type_name(param->type), param->code);
	jw_z(w, text);
}

/* _include from this type, _revinclude to it: the same reference parameters, from either end. */
static void
includes_put(struct jw *w, const struct fhir_extra *x, uint16_t type)
{
	bool any = false;
	unsigned count = fhir_param_count() + extra_count(x);
	for (unsigned no = 1; no <= count; no++) {
		const struct fhir_param *param = param_at(x, no);
		if (param->type != type || !param->indexed || param->kind != PARAM_REFERENCE)
			continue;
		if (!any) {
			jw_key(w, "searchInclude");
			jw_array(w);
		}
		any = true;
		include_put(w, param);
	}
	if (any)
		jw_end(w, ']');
	any = false;
	for (unsigned no = 1; no <= count; no++) {
		const struct fhir_param *param = param_at(x, no);
		if (!param->indexed || param->kind != PARAM_REFERENCE || !may_point_to(param, type))
			continue;
		if (!any) {
			jw_key(w, "searchRevInclude");
			jw_array(w);
		}
		any = true;
		include_put(w, param);
	}
	if (any)
		jw_end(w, ']');
}

static void
operations_put(struct jw *w, uint16_t type)
{
	jw_key(w, "operation");
	jw_array(w);
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
		if (operations[i].type != NULL && fhir_type_of(str_of(operations[i].type)) != type)
			continue;
		jw_object(w);
		jw_member(w, "name", str_of(operations[i].name));
		jw_member(w, "definition", str_of(operations[i].definition));
		jw_end(w, '}');
	}
	jw_end(w, ']');
}

static void
type_put(struct jw *w, const struct fhir_extra *x, uint16_t type)
{
	uint16_t from, to;
	jw_object(w);
	jw_member(w, "type", str_of(fhir_type_name(type)));
	jw_key(w, "interaction");
	jw_array(w);
	for (size_t i = 0; i < sizeof type_interactions / sizeof *type_interactions; i++)
		code_object(w, type_interactions[i]);
	jw_end(w, ']');
	jw_member(w, "versioning", STR("versioned"));
	jw_key(w, "readHistory");
	jw_bool(w, true);
	jw_key(w, "updateCreate");
	jw_bool(w, true);
	jw_key(w, "conditionalCreate");
	jw_bool(w, true);
	jw_member(w, "conditionalRead", STR("full-support"));
	jw_key(w, "conditionalUpdate");
	jw_bool(w, true);
	jw_member(w, "conditionalDelete", STR("multiple"));
	includes_put(w, x, type);
	jw_key(w, "searchParam");
	jw_array(w);
	param_put(w, "_id", "http://hl7.org/fhir/SearchParameter/Resource-id", "token");
	param_put(w, "_lastUpdated", "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", "date");
	param_put(w, "_list", NULL, "special");
	for (unsigned no = model_param_first[type]; no < model_param_first[type + 1]; no++) {
		if (model_params[no].indexed)
			param_put(w, model_params[no].code, model_params[no].url, kind_codes[model_params[no].kind]);
	}
	for (extra_of_type(x, type, &from, &to); from < to; from++)
		param_put(w, extra_at(x, from)->code, extra_at(x, from)->url, kind_codes[extra_at(x, from)->kind]);
	jw_end(w, ']');
	operations_put(w, type);
	jw_end(w, '}');
}

static void
rest_put(struct jw *w, const struct fhir_extra *x)
{
	jw_key(w, "rest");
	jw_array(w);
	jw_object(w);
	jw_member(w, "mode", STR("server"));
	jw_key(w, "resource");
	jw_array(w);
	for (uint16_t type = 1; type <= fhir_type_count(); type++)
		type_put(w, x, type);
	jw_end(w, ']');
	jw_key(w, "interaction");
	jw_array(w);
	for (size_t i = 0; i < sizeof system_interactions / sizeof *system_interactions; i++)
		code_object(w, system_interactions[i]);
	jw_end(w, ']');
	jw_key(w, "compartment");
	jw_array(w);
	jw_z(w, "http://hl7.org/fhir/CompartmentDefinition/patient");
	jw_end(w, ']');
	jw_end(w, '}');
	jw_end(w, ']');
}

void
fhir_capability(struct buf *out, struct str base_url, struct str version, int64_t at_ms)
{
	fhir_capability_with(NULL, out, base_url, version, at_ms);
}

void
fhir_capability_with(const struct fhir_extra *x, struct buf *out, struct str base_url, struct str version, int64_t at_ms)
{
	struct jw w;
	struct buf date;

	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "resourceType", STR("CapabilityStatement"));
	jw_member(&w, "status", STR("active"));
	buf_init(&date, 64);
	buf_instant(&date, at_ms);
	jw_member(&w, "date", buf_view(&date));
	buf_done(&date);
	jw_member(&w, "kind", STR("instance"));
	jw_key(&w, "software");
	jw_object(&w);
	jw_member(&w, "name", STR("Hygie"));
	if (version.n > 0)
		jw_member(&w, "version", version);
	jw_end(&w, '}');
	jw_key(&w, "implementation");
	jw_object(&w);
	jw_member(&w, "description", STR("Hygie, hospital information system"));
	if (base_url.n > 0)
		jw_member(&w, "url", base_url);
	jw_end(&w, '}');
	jw_member(&w, "fhirVersion", STR("4.0.1"));
	jw_key(&w, "format");
	jw_array(&w);
	jw_z(&w, "json");
	jw_end(&w, ']');
	jw_key(&w, "patchFormat");
	jw_array(&w);
	jw_z(&w, "application/json-patch+json");
	jw_end(&w, ']');
	rest_put(&w, x);
	jw_end(&w, '}');
}
