/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/capability.c: the CapabilityStatement, generated from the tables: what it says and what fhir_plan_parse accepts cannot part.
 * It must never name what is not served: a parameter that is not indexed is not listed. Called by api for /metadata. Start at fhir_capability.
 */
#include "internal.h"

#include "base/clock.h"

static const char *const type_interactions[] = { "read", "vread", "history-instance", "create", "update", "delete", "search-type" };
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
	jw_member(w, "definition", str_of(url));
	jw_member(w, "type", str_of(kind));
	jw_end(w, '}');
}

static void
type_put(struct jw *w, uint16_t type)
{
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
	jw_key(w, "searchParam");
	jw_array(w);
	param_put(w, "_id", "http://hl7.org/fhir/SearchParameter/Resource-id", "token");
	param_put(w, "_lastUpdated", "http://hl7.org/fhir/SearchParameter/Resource-lastUpdated", "date");
	for (unsigned no = model_param_first[type]; no < model_param_first[type + 1]; no++) {
		if (model_params[no].indexed)
			param_put(w, model_params[no].code, model_params[no].url, kind_codes[model_params[no].kind]);
	}
	jw_end(w, ']');
	jw_end(w, '}');
}

static void
rest_put(struct jw *w)
{
	jw_key(w, "rest");
	jw_array(w);
	jw_object(w);
	jw_member(w, "mode", STR("server"));
	jw_key(w, "resource");
	jw_array(w);
	for (uint16_t type = 1; type <= fhir_type_count(); type++)
		type_put(w, type);
	jw_end(w, ']');
	jw_key(w, "interaction");
	jw_array(w);
	code_object(w, "transaction");
	code_object(w, "batch");
	jw_end(w, ']');
	jw_end(w, '}');
	jw_end(w, ']');
}

void
fhir_capability(struct buf *out, struct str base_url, struct str version, int64_t at_ms)
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
	rest_put(&w);
	jw_end(&w, '}');
}
