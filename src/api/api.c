/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/api.c: the table of FHIR interactions, what they share, and the voice of failures (OperationOutcome).
 * It must never name a resource type but in the rows of operations that FHIR defines on one, and never tell more than the problem's public sentence. Called by front through the rows. Start at api_pages.
 */
#include "api/inner.h"

#include "base/clock.h"

#include <string.h>

#define RESOURCE_MAX ((uint32_t)8 << 20)  /* documents come as base64 in a resource */
#define BUNDLE_MAX ((uint32_t)32 << 20)   /* a transaction of some thousand entries */
#define FORM_MAX 65536u
#define PATCH_MAX ((uint32_t)1 << 20)

/* What the server can do: from the tables, for anybody, without session. */
static enum rc
metadata(const struct req *rq, struct reply *out)
{
	struct buf base;
	struct problem p;
	if (api_formats(rq, false, &p) != RC_OK) {
		out->status = why_row(p.why)->http;
		api_voice.fail(rq, &p, NULL, out);
		return RC_OK;
	}
	buf_init(&base, 512);
	api_base(rq, &base);
	fhir_capability_with(gate_params(), &out->body, buf_view(&base), STR(HYGIE_VERSION), rq->now_ms);
	buf_done(&base);
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}

#define R .surface = SURFACE_API, .raw_body = true
const struct page api_pages[] = {
	{ .path = "/fhir/metadata",                 .may = MAY_ANYONE,    .reveals = REVEALS_NOTHING,     R, .at_once = metadata },
	{ .path = "/fhir/.well-known/smart-configuration", .may = MAY_ANYONE, .reveals = REVEALS_NOTHING, R, .at_once = smart_configuration },
	{ .path = "/auth/token",         .method = HTTP_POST,   .may = MAY_ANYONE,    .reveals = REVEALS_NOTHING,     R, .ask = token_ask,   .show = token_show, .body_max = FORM_MAX },
	{ .path = "/fhir/:type/:id",                .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = read_ask,    .show = read_show },
	{ .path = "/fhir/:type/:id/_history",       .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = history_ask, .show = history_show },
	{ .path = "/fhir/:type/:id/_history/:vid",  .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = vread_ask,   .show = read_show },
	{ .path = "/fhir/:type",                    .may = MAY_API_READ,  .reveals = REVEALS_MANY,        R, .ask = search_ask,  .show = search_show },
	{ .path = "/fhir/:type/_search", .method = HTTP_POST,   .may = MAY_API_READ,  .reveals = REVEALS_MANY,        R, .ask = search_form_ask, .show = search_show, .body_max = FORM_MAX },
	{ .path = "/fhir/:type",         .method = HTTP_POST,   .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = create_ask, .show = write_show,  .body_max = RESOURCE_MAX },
	{ .path = "/fhir/:type",         .method = HTTP_PUT,    .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = update_ask, .show = write_show,  .body_max = RESOURCE_MAX },
	{ .path = "/fhir/:type",         .method = HTTP_PATCH,  .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = patch_ask,  .show = write_show,  .body_max = PATCH_MAX },
	{ .path = "/fhir/:type",         .method = HTTP_DELETE, .may = MAY_API_WRITE, .reveals = REVEALS_MANY,        R, .ask = delete_ask, .show = delete_show },
	{ .path = "/fhir/:type/:id",     .method = HTTP_PATCH,  .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = patch_ask,  .show = write_show,  .body_max = PATCH_MAX },
	{ .path = "/fhir/:type/:id",     .method = HTTP_PUT,    .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = update_ask, .show = write_show,  .body_max = RESOURCE_MAX },
	{ .path = "/fhir/:type/:id",     .method = HTTP_DELETE, .may = MAY_API_WRITE, .reveals = REVEALS_ONE_PATIENT, R, .ask = delete_ask, .show = delete_show },
	{ .path = "/fhir/_history",                 .may = MAY_API_READ,  .reveals = REVEALS_MANY,        R, .ask = changes_ask,     .show = changes_show },
	{ .path = "/fhir/:type/_history",           .may = MAY_API_READ,  .reveals = REVEALS_MANY,        R, .ask = changes_ask,     .show = changes_show },
	{ .path = "/fhir/:type/:id/:member",         .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = compartment_ask, .show = search_show },
	{ .path = "/fhir/:type/:id/:member/_search", .method = HTTP_POST, .may = MAY_API_READ, .reveals = REVEALS_ONE_PATIENT, R, .ask = compartment_ask, .show = search_show, .body_max = FORM_MAX },
	{ .path = "/fhir/Patient/:id/$everything",  .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = everything_ask,  .show = search_show },
	{ .path = "/fhir/Encounter/:id/$everything", .may = MAY_API_READ, .reveals = REVEALS_ONE_PATIENT, R, .ask = stay_ask,        .show = search_show },
	{ .path = "/fhir/Observation/$lastn",       .may = MAY_API_READ,  .reveals = REVEALS_ONE_PATIENT, R, .ask = lastn_ask,       .show = search_show },
	{ .path = "/fhir/Patient/$match", .method = HTTP_POST, .may = MAY_API_READ, .reveals = REVEALS_MANY,   R, .ask = match_ask,       .show = match_show, .body_max = RESOURCE_MAX },
	{ .path = "/fhir/:type/$validate", .method = HTTP_POST, .may = MAY_API_READ | MAY_API_WRITE, .reveals = REVEALS_META, R, .ask = validate_ask, .show = validate_show, .body_max = RESOURCE_MAX },
	{ .path = "/fhir/:type/:id/$validate", .method = HTTP_POST, .may = MAY_API_READ | MAY_API_WRITE, .reveals = REVEALS_META, R, .ask = validate_ask, .show = validate_show, .body_max = RESOURCE_MAX },
	{ .path = "/fhir/$export",                  .may = MAY_API_READ,  .reveals = REVEALS_NOTHING,     R, .ask = export_ask,      .show = export_show },
	{ .path = "/fhir/Patient/$export",          .may = MAY_API_READ,  .reveals = REVEALS_NOTHING,     R, .ask = export_ask,      .show = export_show },
	{ .path = "/fhir/Group/:id/$export",        .may = MAY_API_READ,  .reveals = REVEALS_NOTHING,     R, .ask = bulk_ask,        .show = bulk_show },
	{ .path = "/fhir/$export-status/:id",       .may = MAY_API_READ,  .reveals = REVEALS_META,        R, .ask = bulk_status_ask, .show = bulk_status_show },
	{ .path = "/fhir/$export-status/:id", .method = HTTP_DELETE, .may = MAY_API_READ, .reveals = REVEALS_NOTHING, R, .ask = bulk_cancel_ask, .show = bulk_cancel_show },
	{ .path = "/fhir/$export-file/:id/:vid",    .may = MAY_API_READ,  .reveals = REVEALS_META,        R, .ask = bulk_file_ask,   .show = bulk_file_show },
	{ .path = "/fhir",               .method = HTTP_POST,   .may = MAY_API_WRITE, .reveals = REVEALS_MANY,        R, .ask = bundle_ask, .show = bundle_show, .body_max = BUNDLE_MAX },
	{ .path = NULL },
};
#undef R

enum rc
api_names(const struct req *rq, bool with_id, struct problem *p)
{
	if (fhir_type_of(rq->path.type) == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "api: type");
	if (with_id && !fhir_is_id(rq->path.id))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: id");
	return RC_OK;
}

/* One parameter of a media type or of a preference: name, '=', value, which may stand in quotes (RFC 9110 §5.6.6, RFC 7240 §2). */
static struct str
header_parameter(struct str one, struct str *value_r)
{
	struct str value, name = str_trim(str_cut(one, '=', &value));
	value = str_trim(value);
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = (struct str){ value.p + 1, value.n - 2 };
	*value_r = value;
	return name;
}

static bool
is_zero(struct str s)
{
	size_t i = 0;
	while (i < s.n && (s.p[i] == '0' || s.p[i] == '.'))
		i++;
	return s.n > 0 && i == s.n;
}

/* JSON in UTF-8 of this version of FHIR (R4 http.html#version-parameter). *wanted_r: false when q says that it is not (RFC 9110 §12.4.2). */
static bool
is_fit(struct str parameters, bool *wanted_r)
{
	bool fits = true;
	*wanted_r = true;
	while (parameters.p && parameters.n > 0) {
		struct str value, name = header_parameter(str_cut(parameters, ';', &parameters), &value);
		if (str_eq_nocase(name, "fhirVersion"))
			fits = fits && (str_eq(value, "4.0") || str_eq(value, "4.0.1"));
		else if (str_eq_nocase(name, "charset"))
			fits = fits && (str_eq_nocase(value, "utf-8") || str_eq_nocase(value, "utf8") || str_eq_nocase(value, "us-ascii"));
		else if (str_eq_nocase(name, "q"))
			*wanted_r = !is_zero(value);
	}
	return fits;
}

/* A '+' typed unescaped in a query is a blank once decoded; clients do that. */
static bool
is_json(struct str type)
{
	static const char *const known[] = { "json", "application/json", "application/fhir+json", "application/fhir json", "text/json", "application/json+fhir" };
	struct str rest;
	bool wanted;
	type = str_trim(str_cut(type, ';', &rest));
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_eq_nocase(type, known[i]))
			return is_fit(rest, &wanted);
	return false;
}

static bool
accepts_json(struct str left)
{
	bool accepted = false, any = false, wanted;
	if (left.n == 0)
		return true;
	while (left.p && left.n > 0) {
		struct str rest, one = str_cut(left, ',', &left), type = str_trim(str_cut(one, ';', &rest));
		bool all = str_eq(type, "*/*") || str_eq_nocase(type, "application/*");
		if (!all && !is_json(one))
			continue;
		if (!is_fit(rest, &wanted))
			continue;
		if (all)
			any = any || wanted;
		else
			accepted = accepted || wanted;
	}
	return accepted || any;
}

/* Reads may be cut down: the same two parameters as searches. */
static enum rc
take_subset(const struct req *rq, struct str name, struct str value, struct subset *subset, bool *known_r, struct problem *p)
{
	*known_r = subset && (str_eq(name, "_summary") || str_eq(name, "_elements"));
	if (!*known_r)
		return RC_OK;
	if (str_eq(name, "_elements"))
		return subset_elements(fhir_type_of(rq->path.type), value, rq->arena, subset, p);
	return subset_summary(value, subset) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_summary", "api: summary");
}

enum rc
api_formats(const struct req *rq, bool is_search, struct problem *p)
{
	return api_formats_subset(rq, is_search, NULL, p);
}

enum rc
api_formats_subset(const struct req *rq, bool is_search, struct subset *subset, struct problem *p)
{
	struct pairs pairs = { 0 };
	bool said = false;
	enum rc rc = rq->query.n > 0 ? url_pairs(rq->query, 256, rq->arena, &pairs, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < pairs.n; i++) {
		struct str name = pairs.at[i].name;
		if (str_eq(name, "_format")) {
			said = true;
			if (!is_json(pairs.at[i].value))
				return problem_set(p, RC_BAD_INPUT, WHY_NOT_ACCEPTABLE, "_format", "api: format");
		} else if (str_eq(name, "mode") && str_eq(pairs.at[i].value, "full") && str_ends(rq->http->path, STR("/metadata"))) {
			continue; /* R4 http.html#capabilities: the one statement there is */
		} else if (!is_search && !str_eq(name, "_pretty") ) {
			bool known;
			if ((rc = take_subset(rq, name, pairs.at[i].value, subset, &known, p)) != RC_OK)
				return rc;
			if (known || api_prefers(rq).lenient)
				continue;
			char where[65] = "";
			if (fhir_is_id(name) || (name.n > 1 && name.p[0] == '_' && fhir_is_id((struct str){ name.p + 1, name.n - 1 }) && name.n < sizeof where))
				memcpy(where, name.p, name.n);
			return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, where, "api: parameter");
		}
	}
	if (!said && !accepts_json(http_header(rq->http, "Accept")))
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_ACCEPTABLE, "", "api: Accept");
	return RC_OK;
}

struct api_prefer
api_prefers(const struct req *rq)
{
	struct api_prefer said = { RETURN_BODY, false, false };
	struct str left = http_header(rq->http, "Prefer");
	while (left.p && left.n > 0) {
		struct str more, one = str_cut(left, ',', &left);
		while (one.p) {
			struct str value, name = header_parameter(str_cut(one, ';', &more), &value);
			bool returns = str_eq_nocase(name, "return");
			if (returns && str_eq_nocase(value, "minimal"))
				said.returns = RETURN_NOTHING, said.asked = true;
			else if (returns && str_eq_nocase(value, "OperationOutcome"))
				said.returns = RETURN_OUTCOME, said.asked = true;
			else if (returns && str_eq_nocase(value, "representation"))
				said.returns = RETURN_BODY, said.asked = true;
			else if (str_eq_nocase(name, "handling") && str_eq_nocase(value, "lenient"))
				said.lenient = true;
			one = more;
		}
	}
	return said;
}

enum rc
api_query(const struct req *rq, struct str *query_r, struct problem *p)
{
	struct str rest, type = str_trim(str_cut(http_header(rq->http, "Content-Type"), ';', &rest));
	struct buf both;
	*query_r = rq->query;
	if (rq->body.n == 0)
		return RC_OK;
	if (!str_eq_nocase(type, "application/x-www-form-urlencoded"))
		return problem_set(p, RC_BAD_INPUT, WHY_MEDIA_TYPE, "", "api: _search Content-Type");
	buf_init(&both, rq->query.n + rq->body.n + 1);
	buf_str(&both, rq->query);
	if (rq->query.n > 0)
		buf_ch(&both, '&');
	buf_str(&both, rq->body);
	enum rc rc = buf_rc(&both, p);
	if (rc == RC_OK) {
		*query_r = arena_str(rq->arena, buf_view(&both));
		rc = arena_rc(rq->arena, p);
	}
	buf_done(&both);
	return rc;
}

enum rc
api_condition(const struct req *rq, struct str *query_r, struct problem *p)
{
	struct pairs pairs = { 0 };
	struct buf b;
	enum rc rc = rq->query.n > 0 ? url_pairs(rq->query, 256, rq->arena, &pairs, p) : RC_OK;
	buf_init(&b, rq->query.n * 3 + 16);
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++) {
		if (str_eq(pairs.at[i].name, "_format") || str_eq(pairs.at[i].name, "_pretty"))
			continue;
		if (b.n > 0)
			buf_ch(&b, '&');
		url_part(&b, pairs.at[i].name);
		buf_ch(&b, '=');
		url_part(&b, pairs.at[i].value);
	}
	if (rc == RC_OK)
		rc = buf_rc(&b, p);
	if (rc == RC_OK && b.n == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_NO_CONDITION, "", "api: no condition");
	*query_r = rc == RC_OK ? arena_str(rq->arena, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	return rc;
}

void
api_done(const struct req *rq, struct reply *out)
{
	struct pairs pairs = { 0 };
	struct buf spread;
	bool pretty = false;
	if (rq->query.n == 0 || !rq->arena || url_pairs(rq->query, 256, rq->arena, &pairs, NULL) != RC_OK)
		return;
	for (size_t i = 0; i < pairs.n; i++)
		pretty = str_eq(pairs.at[i].name, "_pretty") ? str_eq(pairs.at[i].value, "true") : pretty;
	if (!pretty || out->body.n == 0)
		return;
	buf_init(&spread, out->body.max);
	json_pretty(buf_view(&out->body), &spread);
	if (spread.failed) { /* too long when spread: it goes as it is */
		buf_done(&spread);
		return;
	}
	buf_done(&out->body);
	out->body = spread;
}

enum rc
api_body(const struct req *rq, struct problem *p)
{
	if (!is_json(http_header(rq->http, "Content-Type")))
		return problem_set(p, RC_BAD_INPUT, WHY_MEDIA_TYPE, "", "api: Content-Type");
	if (rq->body.n == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_EMPTY, "", "api: no body");
	return RC_OK;
}

/* The guard let only letters, digits and ".:-[]_" through in Host. */
void
api_base(const struct req *rq, struct buf *out)
{
	struct str host = http_header(rq->http, "Host");
	buf_z(out, rq->secure ? "https://" : "http://");
	buf_str(out, host.n ? host : STR("localhost"));
	buf_z(out, "/fhir");
}

void
api_url(const struct req *rq, struct buf *out, struct str type, struct str id, struct str version)
{
	api_base(rq, out);
	buf_ch(out, '/');
	buf_str(out, type);
	buf_ch(out, '/');
	buf_str(out, id);
	if (version.n > 0) {
		buf_z(out, "/_history/");
		buf_str(out, version);
	}
}

static enum why
why_named(struct str name)
{
	for (unsigned w = 0; w < WHY__END; w++)
		if (str_eq(name, why_row((enum why)w)->name))
			return (enum why)w;
	return WHY_BAD_REQUEST;
}

/* All findings of a refused write, not only the first. */
const struct fhir_issue *
api_issues(const struct req *rq, const struct release *rel)
{
	struct fhir_issue *first = NULL, **last = &first;
	if (!rel)
		return NULL;
	for release_each(row, rel, "issues") {
		struct fhir_issue *i = ARENA_NEW(rq->arena, struct fhir_issue);
		if (!i)
			break;
		i->why = why_named(row_get(row, "why"));
		i->where = arena_z(rq->arena, row_get(row, "where"));
		i->rule = row_has(row, "rule") ? arena_z(rq->arena, row_get(row, "rule")) : NULL;
		*last = i;
		last = &i->next;
	}
	return first;
}

static void
fail(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out)
{
	const struct fhir_issue *more = api_issues(rq, rel);
	if (rq->page && rq->page->ask == token_ask) {
		token_fail(p, out);
		return;
	}
	if (out->status == 401)
		reply_header(out, "WWW-Authenticate", STR("Bearer realm=\"hygie\""));
	out->type = FHIR_JSON;
	fhir_outcome(&out->body, p, more);
	api_done(rq, out);
}
const struct front_voice api_voice = { fail };
