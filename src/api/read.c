/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/read.c: read, vread, history. Bodies are copied from release rows as they are stored, never parsed nor rebuilt.
 * Called by front through the rows of api.c. Start at read_show.
 */
#include "api/inner.h"

#include "base/clock.h"
#include "codec/base64.h"

#include <string.h>

#define HISTORY_COUNT 20u
#define COUNT_MAX 200u

/* ---- the bytes of a Binary ---- */

/* R4 binary.html: a reader that accepts another type than FHIR's is given the bytes themselves. Types that Binary/ID.1 and ID.2 have, and nothing wider: who names none gets the resource. */
static const struct { const char *type, *sent, *name; } RAW[] = {
	{ "application/pdf", "application/pdf", "attachment; filename=\"document.pdf\"" }, { "text/plain", "text/plain; charset=utf-8", "attachment; filename=\"document.txt\"" },
	{ "text/xml", "text/xml; charset=utf-8", "attachment; filename=\"document.xml\"" },
};

static size_t
raw_kind(struct str type)
{
	struct str rest;
	size_t k = 0;
	type = str_trim(str_cut(type, ';', &rest));
	while (k < sizeof RAW / sizeof RAW[0] && !str_eq_nocase(type, RAW[k].type))
		k++;
	return k;
}

static bool
wants_raw(const struct req *rq)
{
	return str_eq(rq->path.type, "Binary") && rq->query.n == 0 && raw_kind(http_header(rq->http, "Accept")) < sizeof RAW / sizeof RAW[0];
}

/* BARRIER: told by the house's own table of types, as a file to be saved, in a sandbox: never a page of this house, whatever the bytes are. */
static enum rc
put_raw(const struct req *rq, struct str body, struct reply *out, struct problem *p)
{
	const struct json *root;
	enum rc rc = json_parse(body, rq->arena, &root, p);
	size_t k = rc == RC_OK ? raw_kind(json_get_text(root, "contentType")) : 0;
	if (rc != RC_OK)
		return rc;
	if (k != raw_kind(http_header(rq->http, "Accept")))
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_ACCEPTABLE, "", "api: a Binary of another type");
	if (base64_get(json_get_text(root, "data"), &out->body) != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "api: data is no base64");
	out->type = RAW[k].sent;
	reply_header(out, "Content-Disposition", str_of(RAW[k].name));
	reply_header(out, "Content-Security-Policy", STR("sandbox; default-src 'none'"));
	return buf_rc(&out->body, p);
}

/* ---- read, vread ---- */
enum rc
read_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct subset subset = { SUBSET_WHOLE, NULL, 0 };
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK && !wants_raw(rq))
		rc = api_formats_subset(rq, false, &subset, p);
	if (rc == RC_OK)
		ask_read(a, "it", rq->path.type, rq->path.id);
	return rc;
}

enum rc
vread_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	uint64_t version;
	struct subset subset = { SUBSET_WHOLE, NULL, 0 };
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK)
		rc = api_formats_subset(rq, false, &subset, p);
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

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7); false for any other form: the header is then passed over. */
static bool
http_date(struct str s, int64_t *ms_r)
{
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int64_t day, year, hour, minute, second;
	int month = 0;
	if (s.n != 29 || !str_ends(s, STR(" GMT")) || s.p[3] != ',')
		return false;
	while (month < 12 && memcmp(s.p + 8, months[month], 3) != 0)
		month++;
#define PART(at, n, v) (str_i64((struct str){ s.p + (at), (n) }, (v)) == RC_OK)
	if (month == 12 || !PART(5, 2, &day) || !PART(12, 4, &year) || !PART(17, 2, &hour) || !PART(20, 2, &minute) || !PART(23, 2, &second)
		|| !date_exists((int)year, month + 1, (int)day))
		return false;
#undef PART
	*ms_r = ((days_of((int)year, month + 1, (int)day) * 24 + hour) * 60 + minute) * 60000 + second * 1000;
	return true;
}

/* Conditional read (R4 http.html#cread): the tag goes before the date when both are there (RFC 9110 §13.1.3). */
static bool
is_unchanged(const struct req *rq, struct str version, struct str updated)
{
	struct str tags = http_header(rq->http, "If-None-Match"), since = http_header(rq->http, "If-Modified-Since");
	int64_t asked, low, high;
	if (tags.n > 0)
		return is_among(tags, version);
	return since.n > 0 && http_date(since, &asked) && fhir_date_range(updated, &low, &high) == RC_OK && low / 1000 * 1000 <= asked;
}

static enum rc
put_subset(const struct req *rq, struct str body, struct reply *out)
{
	struct subset subset = { SUBSET_WHOLE, NULL, 0 };
	const struct json *root;
	struct problem p;
	enum rc rc = api_formats_subset(rq, false, &subset, &p);
	if (rc != RC_OK)
		return rc;
	if (subset_is_whole(&subset)) {
		buf_str(&out->body, body);
		return RC_OK;
	}
	if ((rc = json_parse(body, rq->arena, &root, &p)) == RC_OK)
		subset_put(&subset, root, &out->body);
	return rc;
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
	if (is_unchanged(rq, version, row_get(row, "updated"))) {
		out->status = 304;
		return RC_OK;
	}
	if (wants_raw(rq)) {
		if (put_raw(rq, body, out, &p) != RC_OK) {
			buf_reset(&out->body);
			out->status = why_row(p.why)->http;
			api_voice.fail(rq, &p, rel, out);
		}
		return RC_OK;
	}
	enum rc rc = put_subset(rq, body, out);
	api_done(rq, out);
	return rc;
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
/* What of a resource's history is wanted. _since and _at choose among the versions of a page: all of them are the same patient's. */
struct window { uint64_t count, before; int64_t since_ms, at_low, at_high; struct str since, at; };

static enum rc
history_parameter(struct window *w, struct str name, struct str value, struct problem *p)
{
	int64_t high;
	bool ok = true;
	if (str_eq(name, "_format") || str_eq(name, "_pretty"))
		return RC_OK;
	if (str_eq(name, "_count"))
		ok = str_u64(value, &w->count) == RC_OK && w->count > 0;
	else if (str_eq(name, "_before"))
		ok = str_u64(value, &w->before) == RC_OK && w->before > 0 && w->before < UINT32_MAX;
	else if (str_eq(name, "_since"))
		ok = fhir_date_range(w->since = value, &w->since_ms, &high) == RC_OK;
	else if (str_eq(name, "_at"))
		ok = fhir_date_range(w->at = value, &w->at_low, &w->at_high) == RC_OK;
	else
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, "", "api: history");
	char where[8];
	memcpy(where, name.p, name.n < sizeof where ? name.n : 7);
	where[name.n < sizeof where ? name.n : 7] = '\0';
	return ok ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, where, "api: history");
}

static enum rc
history_window(const struct req *rq, struct window *w, struct problem *p)
{
	struct pairs pairs = { 0 };
	enum rc rc = rq->query.n > 0 ? url_pairs(rq->query, 16, rq->arena, &pairs, p) : RC_OK;
	*w = (struct window){ .count = HISTORY_COUNT, .since_ms = INT64_MIN };
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++)
		rc = history_parameter(w, pairs.at[i].name, pairs.at[i].value, p);
	if (w->count > COUNT_MAX)
		w->count = COUNT_MAX;
	return rc;
}

enum rc
history_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct window w;
	enum rc rc = api_names(rq, true, p);
	if (rc == RC_OK)
		rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		rc = history_window(rq, &w, p);
	/* the version that a page goes on from is read again: it says until when the first of the page was current */
	if (rc == RC_OK)
		ask_history(a, "it", rq->path.type, rq->path.id, (uint32_t)w.count + (w.before > 0), w.before ? (uint32_t)w.before + 1 : 0);
	return rc;
}

void
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
link_value(struct buf *url, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	buf_z(url, name);
	url_part(url, value);
}

static void
history_link(const struct req *rq, struct buf *b, struct buf *url, bool *comma, const char *relation, const struct window *w, uint64_t before)
{
	api_url(rq, url, rq->path.type, rq->path.id, STR_NONE);
	buf_z(url, "/_history?_count=");
	buf_u64(url, w->count);
	link_value(url, "&_since=", w->since);
	link_value(url, "&_at=", w->at);
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
	struct window w;
	uint64_t last = 0, n = 0;
	int64_t until = INT64_MAX, from = 0, high;
	bool comma = false;
	if (history_window(rq, &w, NULL) != RC_OK || rows_count(release_rows(rel), "it") == 0)
		return RC_NOT_FOUND;
	buf_init(&url, 16384);
	buf_z(b, "{\"resourceType\":\"Bundle\",\"type\":\"history\",\"link\":[");
	history_link(rq, b, &url, &comma, "self", &w, w.before);
	for release_each(row, rel, "it") {
		n++;
		if (str_u64(row_get(row, "version"), &last) != RC_OK || fhir_date_range(row_get(row, "updated"), &from, &high) != RC_OK)
			last = 0;
	}
	if (n == w.count + (w.before > 0) && last > 1 && from >= w.since_ms)
		history_link(rq, b, &url, &comma, "next", &w, last);
	buf_ch(b, ']');
	comma = false;
	for release_each(row, rel, "it") {
		uint64_t version;
		if (str_u64(row_get(row, "version"), &version) != RC_OK || fhir_date_range(row_get(row, "updated"), &from, &high) != RC_OK)
			return RC_BROKEN;
		bool wanted = (w.before == 0 || version < w.before) && from >= w.since_ms && (w.at_high == 0 || (from < w.at_high && until > w.at_low));
		until = from;
		if (!wanted)
			continue;
		buf_z(b, comma ? "," : ",\"entry\":[");
		comma = true;
		history_entry(rq, b, &url, row);
	}
	buf_z(b, comma ? "]}" : "}");
	buf_done(&url);
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}
