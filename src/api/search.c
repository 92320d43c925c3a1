/* SPDX-License-Identifier: Apache-2.0 */
/*
 * api/search.c: search by GET and by POST _search, and the searchset that answers it. The query is not read here: the gate does that; bodies are copied
 * as they were released. It must never add to what was asked. Called by front through the rows of api.c. Start at search_ask, then search_show.
 */
#include "api/inner.h"

static void
key(struct buf *b, bool *comma, const char *literal)
{
	if (*comma)
		buf_ch(b, ',');
	*comma = true;
	json_key(b, literal);
}

/* search.html#errors: without Prefer: handling=lenient what is not known is refused. */
static uint32_t handling(const struct req *rq) { return api_prefers(rq).lenient ? SEARCH_LENIENT : 0; }

enum rc
search_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	enum rc rc = api_names(rq, false, p);
	if (rc == RC_OK)
		rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		ask_search(a, "it", rq->path.type, rq->query, handling(rq));
	return rc;
}

enum rc
search_form_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str query;
	enum rc rc = api_names(rq, false, p);
	if (rc == RC_OK)
		rc = api_formats(rq, true, p);
	if (rc == RC_OK)
		rc = api_query(rq, &query, p);
	if (rc == RC_OK)
		ask_search(a, "it", rq->path.type, query, handling(rq));
	return rc;
}

static void
search_link(const struct req *rq, struct buf *b, struct buf *url, bool *comma, const char *relation, struct str self, struct str cursor)
{
	struct str path = rq->http->path; /* of the front's own routes: "/fhir/Patient/p1/Observation" */
	api_base(rq, url);
	if (str_ends(path, STR("/_search")))
		path.n -= sizeof "/_search" - 1;
	if (str_starts(path, STR("/fhir"))) {
		buf_str(url, (struct str){ path.p + 5, path.n - 5 });
	} else {
		buf_ch(url, '/');
		buf_str(url, rq->path.type);
	}
	if (self.n > 0 || cursor.n > 0)
		buf_ch(url, '?');
	buf_str(url, self);
	if (cursor.n > 0) {
		buf_z(url, self.n > 0 ? "&_cursor=" : "_cursor=");
		url_part(url, cursor);
	}
	api_link(b, comma, relation, url);
}

/* That includes were cut is said in the page itself (search.html#status: mode outcome). */
static void
cut_entry(struct buf *b)
{
	buf_z(b, "{\"resource\":{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"warning\",\"code\":\"too-costly\",\"diagnostics\":\""
		"More resources would have been included than one page may bring along. Ask for fewer matches a page, or for less along with them.\"}]},"
		"\"search\":{\"mode\":\"outcome\"}}");
}

enum rc
search_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct buf *b = &out->body, url;
	struct row page = rows_first(release_rows(rel), "it.page");
	struct str self = row_is(page) ? row_get(page, "self") : STR_NONE, next = row_is(page) ? row_get(page, "next") : STR_NONE;
	struct str total = row_is(page) ? row_get(page, "total") : STR_NONE;
	bool comma = true, links = false, first = true;
	buf_init(&url, 65536);
	buf_z(b, "{\"resourceType\":\"Bundle\",\"type\":\"searchset\"");
	if (total.n > 0) {
		key(b, &comma, "total");
		buf_str(b, total);
	}
	key(b, &comma, "link");
	buf_ch(b, '[');
	search_link(rq, b, &url, &links, "self", self, STR_NONE);
	if (next.n > 0)
		search_link(rq, b, &url, &links, "next", self, next);
	buf_ch(b, ']');
	for release_each(row, rel, "it") {
		struct str mode = row_get(row, "mode");
		buf_z(b, first ? ",\"entry\":[" : ",");
		first = false;
		api_full_url(rq, b, &url, row);
		buf_z(b, ",\"resource\":");
		buf_str(b, row_get(row, "body"));
		buf_z(b, str_eq(mode, "include") ? ",\"search\":{\"mode\":\"include\"}}" : ",\"search\":{\"mode\":\"match\"}}");
	}
	if (row_is(page) && row_has(page, "cut")) {
		buf_z(b, first ? ",\"entry\":[" : ",");
		first = false;
		cut_entry(b);
	}
	buf_z(b, first ? "}" : "]}");
	if (url.failed)
		b->failed = true;
	buf_done(&url);
	out->type = FHIR_JSON;
	api_done(rq, out);
	return RC_OK;
}
