/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/write.c: create, update, delete, batch and transaction: each is one act of the house, which checks, writes and answers under the gate.
 * It must never parse or repair a body: findings come from the act, with their elements. Called by front through the rows of api.c. Start at update_ask.
 */
#include "api/inner.h"

#include <string.h>

/* If-Match: W/"3" as FHIR writes it; "3" is taken too. One tag only. */
static enum rc
ask_version(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str tag = str_trim(http_header(rq->http, "If-Match"));
	uint64_t version;
	if (tag.n == 0)
		return RC_OK;
	if (str_starts(tag, STR("W/")))
		tag = (struct str){ tag.p + 2, tag.n - 2 };
	if (tag.n >= 2 && tag.p[0] == '"' && tag.p[tag.n - 1] == '"')
		tag = (struct str){ tag.p + 1, tag.n - 2 };
	if (str_u64(tag, &version) != RC_OK || version == 0 || version > UINT32_MAX)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "If-Match", "api: entity tag");
	ask_arg(a, "if_match", tag);
	return RC_OK;
}

enum rc
create_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_names(rq, false, p);
	if (rc == RC_OK)
		rc = api_formats(rq, false, p);
	if (rc == RC_OK)
		rc = api_body(rq, p);
	if (rc != RC_OK)
		return rc;
	struct str condition = http_header(rq->http, "If-None-Exist");
	if (str_starts(condition, STR("?")))
		condition = (struct str){ condition.p + 1, condition.n - 1 };
	ask_act(a, "fhir_create");
	ask_arg(a, "type", rq->path.type);
	ask_arg(a, "body", rq->body);
	if (http_header(rq->http, "If-None-Exist").n > 0)
		ask_arg(a, "if_none_exist", condition);
	return RC_OK;
}

/* By id, or by the condition that the address carries (R4 http.html#cond-update, #patch, #cdelete). */
static enum rc
ask_target(const struct req *rq, struct asks *a, const char *act, struct problem *p)
{
	struct str condition = STR_NONE;
	bool by_id = rq->path.id.p != NULL;
	enum rc rc = api_names(rq, by_id, p);
	if (rc == RC_OK)
		rc = api_formats(rq, !by_id, p);
	if (rc == RC_OK && !by_id)
		rc = api_condition(rq, &condition, p);
	if (rc != RC_OK)
		return rc;
	struct str none = str_trim(http_header(rq->http, "If-None-Match"));
	bool updates = strcmp(act, "fhir_update") == 0;
	if (updates && none.n > 0 && !str_eq(none, "*"))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "If-None-Match", "api: entity tag of an update");
	ask_act(a, act);
	ask_arg(a, "type", rq->path.type);
	if (updates && none.n > 0)
		ask_arg(a, "if_none_match", none);
	ask_arg(a, by_id ? "id" : "query", by_id ? rq->path.id : condition);
	return ask_version(rq, a, p);
}

enum rc
update_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = ask_target(rq, a, "fhir_update", p);
	if (rc == RC_OK)
		rc = api_body(rq, p);
	if (rc == RC_OK)
		ask_arg(a, "body", rq->body);
	return rc;
}

enum rc
patch_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str rest, type = str_trim(str_cut(http_header(rq->http, "Content-Type"), ';', &rest));
	enum rc rc = ask_target(rq, a, "fhir_patch", p);
	if (rc == RC_OK && !str_eq_nocase(type, "application/json-patch+json"))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PATCH_MEDIA, "", "api: Content-Type of a patch");
	if (rc == RC_OK)
		ask_arg(a, "patch", rq->body);
	return rc;
}

enum rc
delete_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	return ask_target(rq, a, "fhir_delete", p);
}

enum rc
bundle_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_formats(rq, false, p);
	if (rc == RC_OK)
		rc = api_body(rq, p);
	if (rc != RC_OK)
		return rc;
	ask_act(a, "fhir_bundle");
	ask_arg(a, "body", rq->body);
	struct api_prefer said = api_prefers(rq); /* unsaid, entries answer with their status: the resources of a large bundle are known to who sent them */
	if (said.asked && said.returns != RETURN_NOTHING)
		ask_arg(a, "prefer", said.returns == RETURN_BODY ? STR("representation") : STR("OperationOutcome"));
	return RC_OK;
}

/* An act that was refused while the call as a whole went through. */
static bool
was_refused(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (release_act_rc(rel) == RC_OK)
		return false;
	api_voice.fail(rq, release_problem(rel), rel, out);
	return true;
}

enum rc
write_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row row = rows_first(release_rows(rel), "written");
	struct buf url;
	if (was_refused(rq, rel, out))
		return RC_OK;
	if (!row_is(row))
		return RC_BROKEN;
	struct str version = row_get(row, "version"), created = row_get(row, "created");
	out->status = created.n > 0 && !str_eq(created, "0") ? 201 : 200;
	buf_init(&url, 1024);
	api_url(rq, &url, row_get(row, "type"), row_get(row, "id"), version);
	if (!url.failed)
		reply_header(out, "Location", arena_str(rq->arena, buf_view(&url)));
	buf_done(&url);
	reply_etag(out, version);
	reply_modified(out, row_get(row, "updated"));
	out->type = FHIR_JSON;
	struct problem done = { .rc = RC_OK, .why = WHY_NONE };
	switch (api_prefers(rq).returns) {
	case RETURN_BODY: buf_str(&out->body, row_get(row, "body")); break;
	case RETURN_OUTCOME: fhir_outcome(&out->body, &done, NULL); break;
	case RETURN_NOTHING: break;
	}
	api_done(rq, out);
	return RC_OK;
}

enum rc
delete_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (was_refused(rq, rel, out))
		return RC_OK;
	struct row row = rows_first(release_rows(rel), "written");
	if (rq->path.id.p && row_is(row) && row_get(row, "version").n > 0)
		reply_etag(out, row_get(row, "version"));
	out->status = 204;
	if (api_prefers(rq).returns == RETURN_OUTCOME) {
		struct problem done = { .rc = RC_OK, .why = WHY_NONE };
		out->status = 200;
		out->type = FHIR_JSON;
		fhir_outcome(&out->body, &done, NULL);
		api_done(rq, out);
	}
	return RC_OK;
}

enum rc
bundle_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row row = rows_first(release_rows(rel), "bundle");
	if (was_refused(rq, rel, out))
		return RC_OK;
	if (!row_is(row))
		return RC_BROKEN;
	buf_str(&out->body, row_get(row, "body"));
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}
