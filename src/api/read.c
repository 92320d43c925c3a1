/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/read.c: read, vread, history. Bodies are copied from release rows as they are stored, never parsed nor rebuilt.
 * Called by front through the rows of api.c. Start at read_show.
 */
#include "api/inner.h"

#include <string.h>

#define HISTORY_COUNT 20u
#define COUNT_MAX 200u

/* ---- read, vread ---- */
enum rc
read_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK)
		rc = api_formats(rq, false, p);
	if (rc == RC_OK)
		ask_read(a, "it", rq->path.type, rq->path.id);
	return rc;
}

enum rc
vread_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	uint64_t version;
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK)
		rc = api_formats(rq, false, p);
	if (rc == RC_OK && (str_u64(rq->path.vid, &version) != RC_OK || version == 0 || version > UINT32_MAX))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: version");
	if (rc == RC_OK)
		ask_vread(a, "it", rq->path.type, rq->path.id, rq->path.vid);
	return rc;
}

/* One of a list of entity tags, weak comparison (RFC 9110 §8.8.3.2), or "*". */
static bool
is_among(struct str tags, struct str version)
{
	while (tags.p && tags.n > 0) {
		struct str one = str_trim(str_cut(tags, ',', &tags));
		if (str_eq(one, "*"))
			return true;
		if (str_starts(one, STR("W/")))
			one = (struct str){ one.p + 2, one.n - 2 };
		if (one.n >= 2 && one.p[0] == '"' && one.p[one.n - 1] == '"' && str_is((struct str){ one.p + 1, one.n - 2 }, version))
			return true;
	}
	return false;
}

static bool
is_deleted(struct row row)
{
	struct str d = row_get(row, "deleted");
	return d.n > 0 && !str_eq(d, "0");
}

enum rc
read_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row row = rows_first(release_rows(rel), "it");
	struct problem p;
	if (!row_is(row))
		return RC_NOT_FOUND;
	struct str version = row_get(row, "version"), body = row_get(row, "body");
	if (is_deleted(row) || body.n == 0) {
		(void)!problem_set(&p, RC_GONE, WHY_GONE, "", "api: deleted");
		out->status = why_row(p.why)->http;
		api_voice.fail(rq, &p, rel, out);
		return RC_OK;
	}
	reply_etag(out, version);
	reply_modified(out, row_get(row, "updated"));
	out->type = FHIR_JSON;
	if (is_among(http_header(rq->http, "If-None-Match"), version))
		out->status = 304;
	else
		buf_str(&out->body, body);
	return RC_OK;
}

/* ---- bundles ---- */
void
api_link(struct buf *b, bool *comma, const char *relation, struct buf *url)
{
	buf_z(b, *comma ? ",{\"relation\":\"" : "{\"relation\":\"");
	*comma = true;
	buf_z(b, relation);
	buf_z(b, "\",\"url\":");
	json_str(b, buf_view(url));
	buf_ch(b, '}');
	buf_reset(url);
}

void
api_full_url(const struct req *rq, struct buf *b, struct buf *url, struct row row)
{
	api_url(rq, url, row_get(row, "type"), row_get(row, "id"), STR_NONE);
	buf_z(b, "{\"fullUrl\":");
	json_str(b, buf_view(url));
	buf_reset(url);
}

/* ---- history ---- */
static enum rc
history_window(const struct req *rq, uint32_t *count_r, uint32_t *before_r, struct problem *p)
{
	struct pairs pairs = { 0 };
	uint64_t count = HISTORY_COUNT, before = 0;
	enum rc rc = rq->query.n > 0 ? url_pairs(rq->query, 16, rq->arena, &pairs, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++) {
		struct str name = pairs.at[i].name, value = pairs.at[i].value;
		if (str_eq(name, "_count")) {
			if (str_u64(value, &count) != RC_OK || count == 0)
				rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_count", "api: history");
		} else if (str_eq(name, "_before")) {
			if (str_u64(value, &before) != RC_OK || before == 0 || before > UINT32_MAX)
				rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_before", "api: history");
		} else if (!str_eq(name, "_format") && !str_eq(name, "_pretty")) {
			rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, str_eq(name, "_since") ? "_since" : str_eq(name, "_at") ? "_at" : "", "api: history");
		}
	}
	*count_r = (uint32_t)(count < COUNT_MAX ? count : COUNT_MAX);
	*before_r = (uint32_t)before;
	return rc;
}

enum rc
history_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	uint32_t count, before;
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK)
		rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		rc = history_window(rq, &count, &before, p);
	if (rc == RC_OK)
		ask_history(a, "it", rq->path.type, rq->path.id, count, before);
	return rc;
}

static void
history_entry(const struct req *rq, struct buf *b, struct buf *url, struct row row)
{
	bool deleted = is_deleted(row), first = str_eq(row_get(row, "version"), "1");
	api_full_url(rq, b, url, row);
	if (!deleted) {
		buf_z(b, ",\"resource\":");
		buf_str(b, row_get(row, "body"));
	}
	buf_z(b, deleted ? ",\"request\":{\"method\":\"DELETE\",\"url\":\"" : ",\"request\":{\"method\":\"PUT\",\"url\":\"");
	buf_str(b, row_get(row, "type"));
	buf_ch(b, '/');
	buf_str(b, row_get(row, "id"));
	buf_z(b, deleted ? "\"},\"response\":{\"status\":\"204\",\"etag\":\"W/\\\"" : first ? "\"},\"response\":{\"status\":\"201\",\"etag\":\"W/\\\""
		: "\"},\"response\":{\"status\":\"200\",\"etag\":\"W/\\\"");
	buf_str(b, row_get(row, "version"));
	buf_z(b, "\\\"\",\"lastModified\":");
	json_str(b, row_get(row, "updated"));
	buf_z(b, "}}");
}

static void
history_link(const struct req *rq, struct buf *b, struct buf *url, bool *comma, const char *relation, uint32_t count, uint64_t before)
{
	api_url(rq, url, rq->path.type, rq->path.id, STR_NONE);
	buf_z(url, "/_history?_count=");
	buf_u64(url, count);
	if (before > 0) {
		buf_z(url, "&_before=");
		buf_u64(url, before);
	}
	api_link(b, comma, relation, url);
}

enum rc
history_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct buf *b = &out->body, url;
	uint32_t count, before;
	uint64_t last = 0, n = 0;
	bool comma = false;
	if (history_window(rq, &count, &before, NULL) != RC_OK || rows_count(release_rows(rel), "it") == 0)
		return RC_NOT_FOUND;
	buf_init(&url, 16384);
	buf_z(b, "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[");
	history_link(rq, b, &url, &comma, "self", count, before);
	for release_each(row, rel, "it") {
		n++;
		if (str_u64(row_get(row, "version"), &last) != RC_OK)
			last = 0;
	}
	if (n == count && last > 1)
		history_link(rq, b, &url, &comma, "next", count, last);
	buf_z(b, "],\"entry\":[");
	comma = false;
	for release_each(row, rel, "it") {
		if (comma)
			buf_ch(b, ',');
		comma = true;
		history_entry(rq, b, &url, row);
	}
	buf_z(b, "]}");
	buf_done(&url);
	out->type = FHIR_JSON;
	return RC_OK;
}
