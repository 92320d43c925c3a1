/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/bulk.c: the export of a Group (FHIR Bulk Data Access, asynchronous): kick-off, status, manifest, files, cancel. It runs on a ticket that two people made for this
 * Group and this machine; without one it is refused with what to do. The files are sealed to the ticket's recipient (age), so their type is not NDJSON until they are
 * opened. It must never answer with a resource. Called by front through the rows of api.c. Start at bulk_ask.
 */
#include "api/inner.h"

#include "base/clock.h"

/* ---- kick-off ---- */

static bool
is_ndjson(struct str value)
{
	static const char *const words[] = { "application/fhir+ndjson", "application/ndjson", "ndjson" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(value, words[i]))
			return true;
	return false;
}

static bool
asks_later(const struct req *rq)
{
	struct str left = http_header(rq->http, "Prefer");
	while (left.p && left.n > 0)
		if (str_eq_nocase(str_trim(str_cut(left, ',', &left)), "respond-async"))
			return true;
	return false;
}

enum rc
bulk_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct pairs pairs = { NULL, 0 };
	struct str types = STR_NONE;
	enum rc rc = rq->query.n > 0 ? url_pairs(rq->query, 16, rq->arena, &pairs, p) : RC_OK;
	if (rc == RC_OK && !fhir_is_id(rq->path.id))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "api: id");
	for (size_t i = 0; rc == RC_OK && i < pairs.n; i++) {
		if (str_eq(pairs.at[i].name, "_outputFormat") && !is_ndjson(pairs.at[i].value))
			rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_outputFormat", "bulk");
		else if (str_eq(pairs.at[i].name, "_type"))
			types = pairs.at[i].value;
		else if (!str_eq(pairs.at[i].name, "_outputFormat"))
			rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, "", "bulk");
	}
	if (rc != RC_OK)
		return rc;
	ask_act(a, "export_start");
	ask_arg(a, "group", rq->path.id);
	if (asks_later(rq))
		ask_arg(a, "later", STR("1"));
	if (types.n)
		ask_arg(a, "types", types);
	return RC_OK;
}

static void
put_place(const struct req *rq, struct buf *b, const char *what, struct str no)
{
	api_base(rq, b);
	buf_z(b, what);
	buf_str(b, no);
}

enum rc
bulk_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct buf url;
	buf_init(&url, 1024);
	put_place(rq, &url, "/$export-status/", row_get(rows_first(release_rows(rel), "export"), "no"));
	out->status = 202;
	out->type = FHIR_JSON;
	reply_header(out, "Content-Location", arena_str(rq->arena, buf_view(&url)));
	buf_done(&url);
	return RC_OK;
}

/* ---- status ---- */

enum rc
bulk_status_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "export");
	ask_arg(a, "no", rq->path.id);
	return RC_OK;
}

static void
put_manifest(const struct req *rq, const struct release *rel, struct row x, struct buf *b)
{
	struct jw w;
	struct buf url;
	char z[40];
	struct buf at = { .p = z, .cap = sizeof z, .max = sizeof z };
	buf_init(&url, 1024);
	buf_instant(&at, row_i64(x, "asked_at"));
	jw_init(&w, b);
	jw_object(&w);
	jw_member(&w, "transactionTime", buf_view(&at)); /* whom it holds was found then */
	api_base(rq, &url);
	buf_z(&url, "/Group/");
	buf_str(&url, row_get(x, "group"));
	buf_z(&url, "/$export");
	jw_member(&w, "request", buf_view(&url));
	jw_key(&w, "requiresAccessToken");
	jw_bool(&w, true);
	jw_key(&w, "output");
	jw_array(&w);
	for release_each (row, rel, "files") {
		buf_reset(&url);
		put_place(rq, &url, "/$export-file/", row_get(x, "no"));
		buf_ch(&url, '/');
		buf_str(&url, row_get(row, "part"));
		jw_object(&w);
		jw_member(&w, "type", row_get(row, "type"));
		jw_member(&w, "url", buf_view(&url));
		jw_key(&w, "count");
		jw_i64(&w, row_i64(row, "rows"));
		jw_end(&w, '}');
	}
	jw_end(&w, ']');
	jw_key(&w, "error");
	jw_array(&w);
	jw_end(&w, ']');
	jw_key(&w, "extension");
	jw_object(&w);
	jw_member(&w, "encryption", STR("age-encryption.org/v1"));
	jw_key(&w, "lines");
	jw_i64(&w, row_i64(x, "rows"));
	jw_key(&w, "ledger");
	jw_i64(&w, row_i64(x, "number"));
	jw_end(&w, '}');
	jw_end(&w, '}');
	buf_done(&url);
}

enum rc
bulk_status_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row x = rows_first(release_rows(rel), "export");
	struct str state = row_get(x, "state");
	struct problem over;
	out->type = FHIR_JSON;
	if ((str_eq(state, "sealed") || str_eq(state, "delivered")) && !row_has(x, "gone")) { /* erased: there is nothing to fetch any more */
		out->type = "application/json";
		put_manifest(rq, rel, x, &out->body);
		return RC_OK;
	}
	if (str_eq(state, "running") || str_eq(state, "ready") || str_eq(state, "cooling") || str_eq(state, "approved") || str_eq(state, "asked")) {
		struct buf b;
		buf_init(&b, 64);
		buf_str(&b, row_get(x, "rows"));
		buf_z(&b, " lines sealed");
		out->status = 202;
		reply_header(out, "X-Progress", arena_str(rq->arena, buf_view(&b)));
		reply_header(out, "Retry-After", STR("5"));
		buf_done(&b);
		return RC_OK;
	}
	out->status = why_row(WHY_EXPORT_OVER)->http;
	(void)!problem_set(&over, RC_CONFLICT, WHY_EXPORT_OVER, "", "over");
	fhir_outcome(&out->body, &over, NULL);
	return RC_OK;
}

/* ---- cancel, file ---- */

enum rc
bulk_cancel_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_act(a, "export_cancel");
	ask_arg(a, "no", rq->path.id);
	return RC_OK;
}

enum rc
bulk_cancel_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq;
	(void)rel;
	out->status = 202;
	out->type = FHIR_JSON;
	return RC_OK;
}

enum rc
bulk_file_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_act(a, "export_fetch");
	ask_arg(a, "no", rq->path.id);
	ask_view(a, "export_file");
	ask_arg(a, "no", rq->path.id);
	ask_arg(a, "part", rq->path.vid);
	return RC_OK;
}

enum rc
bulk_file_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq;
	buf_str(&out->body, row_get(rows_first(release_rows(rel), "file"), "data"));
	out->type = "application/octet-stream";
	return RC_OK;
}
