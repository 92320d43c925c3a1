/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/wide.c: compartments, operations ($everything, $lastn, $match, $validate, and the $export that the gate refuses), history of a type and of all.
 * It must never add to what was released, nor decide who may. Called by front through the rows of api.c. Start at compartment_ask.
 */
#include "api/inner.h"

/* ---- one patient ---- */

enum rc
compartment_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str query;
	struct str member = front_bound(rq, "member");
	bool all = str_eq(member, "*");
	if (!str_eq(rq->path.type, "Patient") || (!all && fhir_type_of(member) == 0)) /* the only compartment that is served */
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "api: type in a compartment");
	if (!fhir_is_id(rq->path.id))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: id");
	enum rc rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		rc = api_query(rq, &query, p);
	if (rc != RC_OK)
		return rc;
	if (all)
		ask_everything(a, "it", rq->path.id, query, false);
	else
		ask_compartment(a, "it", member, rq->path.id, query);
	return RC_OK;
}

enum rc
everything_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (!fhir_is_id(rq->path.id))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: id");
	enum rc rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		ask_everything(a, "it", rq->path.id, rq->query, true);
	return rc;
}

enum rc
stay_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (!fhir_is_id(rq->path.id))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: id");
	enum rc rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		ask_stay(a, "it", rq->path.id, rq->query);
	return rc;
}

enum rc
lastn_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		ask_lastn(a, "it", rq->query);
	return rc;
}

/* ---- $match ---- */

enum rc
match_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_formats(rq, false, p);
	if (rc == RC_OK)
		rc = api_body(rq, p);
	if (rc == RC_OK)
		ask_match(a, "it", rq->body);
	return rc;
}

enum rc
match_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct buf *b = &out->body, url;
	bool first = true;
	buf_init(&url, 4096);
	buf_z(b, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"total\":");
	buf_u64(b, rows_count(release_rows(rel), "it"));
	for release_each(row, rel, "it") {
		int64_t score = row_i64(row, "score");
		buf_z(b, first ? ",\"entry\":[" : ",");
		first = false;
		api_full_url(rq, b, &url, row);
		buf_z(b, ",\"resource\":");
		buf_str(b, row_get(row, "body"));
		buf_z(b, ",\"search\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/match-grade\",\"valueCode\":");
		json_str(b, row_get(row, "grade"));
		buf_z(b, score >= 100 ? "}],\"mode\":\"match\",\"score\":1}}" : "}],\"mode\":\"match\",\"score\":0.");
		if (score < 100) {
			if (score < 10)
				buf_ch(b, '0');
			buf_i64(b, score);
			buf_z(b, "}}");
		}
	}
	buf_z(b, first ? "}" : "]}");
	buf_done(&url);
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}

/* ---- $validate ---- */

static const struct json *
parameter(const struct json *parameters, const char *name)
{
	for json_each(p, json_get(parameters, "parameter"))
		if (str_eq(json_get_text(p, "name"), name))
			return p;
	return NULL;
}

/* Parameters with resource, mode, profile; else the body is the resource. What is no JSON goes on as it is: that is a finding. */
enum rc
validate_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str resource = rq->body, mode = STR_NONE;
	const struct json *root = NULL;
	struct problem not_json;
	enum rc rc = api_names(rq, rq->path.id.p != NULL, p);
	if (rc == RC_OK)
		rc = api_formats(rq, false, p);
	if (rc == RC_OK)
		rc = api_body(rq, p);
	if (rc != RC_OK)
		return rc;
	if (json_parse(rq->body, rq->arena, &root, &not_json) == RC_OK && str_eq(json_get_text(root, "resourceType"), "Parameters") && !str_eq(rq->path.type, "Parameters")) {
		const struct json *given = json_get(parameter(root, "resource"), "resource");
		mode = json_get_text(parameter(root, "mode"), "valueCode");
		if (parameter(root, "profile"))
			return problem_set(p, RC_BAD_INPUT, WHY_NO_PROFILES, "profile", "api: validate");
		if (!given && !str_eq(mode, "delete"))
			return problem_set(p, RC_BAD_INPUT, WHY_CARDINALITY, "resource", "api: validate");
		resource = given ? given->raw : STR("");
	}
	ask_act(a, "fhir_validate");
	ask_arg(a, "type", rq->path.type);
	ask_arg(a, "body", resource);
	if (rq->path.id.p)
		ask_arg(a, "id", rq->path.id);
	if (mode.n)
		ask_arg(a, "mode", mode);
	return RC_OK;
}

/* 200 whatever was found: the findings are the answer (R4 resource-operation-validate.html). */
enum rc
validate_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct problem done = { .rc = RC_OK, .why = WHY_NONE };
	if (release_act_rc(rel) != RC_OK) {
		api_voice.fail(rq, release_problem(rel), rel, out);
		return RC_OK;
	}
	out->type = FHIR_JSON;
	fhir_outcome(&out->body, &done, api_issues(rq, rel));
	api_done(rq, out);
	return RC_OK;
}

/* ---- $export: an act that the gate refuses, with the reason ---- */

enum rc
export_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	(void)rq;
	ask_act(a, "fhir_export");
	return RC_OK;
}

/* Never reached but with a refusal, which is told before a page is shown. */
enum rc
export_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq;
	(void)rel;
	(void)out;
	return RC_BROKEN;
}

/* ---- history of a type, of all types ---- */

enum rc
changes_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = rq->path.type.p ? api_names(rq, false, p) : RC_OK;
	if (rc == RC_OK)
		rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		ask_changes(a, "it", rq->path.type, rq->query);
	return rc;
}

static void
changes_link(const struct req *rq, struct buf *b, struct buf *url, bool *comma, const char *relation, struct str self, struct str cursor)
{
	api_base(rq, url);
	if (rq->path.type.n > 0) {
		buf_ch(url, '/');
		buf_str(url, rq->path.type);
	}
	buf_z(url, "/_history");
	if (self.n > 0 || cursor.n > 0)
		buf_ch(url, '?');
	buf_str(url, self);
	if (cursor.n > 0) {
		buf_z(url, self.n > 0 ? "&_cursor=" : "_cursor=");
		url_part(url, cursor);
	}
	api_link(b, comma, relation, url);
}

enum rc
changes_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct buf *b = &out->body, url;
	struct row page = rows_first(release_rows(rel), "it.page");
	struct str self = row_is(page) ? row_get(page, "self") : STR_NONE, next = row_is(page) ? row_get(page, "next") : STR_NONE;
	bool comma = false, first = true;
	buf_init(&url, 65536);
	buf_z(b, "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[");
	changes_link(rq, b, &url, &comma, "self", self, STR_NONE);
	if (next.n > 0)
		changes_link(rq, b, &url, &comma, "next", self, next);
	buf_ch(b, ']');
	for release_each(row, rel, "it") {
		buf_z(b, first ? ",\"entry\":[" : ",");
		first = false;
		history_entry(rq, b, &url, row);
	}
	buf_z(b, first ? "}" : "]}");
	buf_done(&url);
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}
