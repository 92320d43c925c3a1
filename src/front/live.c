/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/live.c: answers that go on: what the gate says of a region becomes an event, and its wait is posted again. An event holds a version and nothing else: what changed is read
 * by the page, through the gate like anything. Must never keep a stream whose wait was refused. Called by front.c when such a call is back. Start at live_back.
 */
#include "front/inner.h"

#include <stdio.h>

static uint64_t
begun_at(const struct work *w)
{
	struct str last = http_header(w->rq, "Last-Event-ID"), since = form_get(&w->req.form, "since");
	uint64_t v = 0;
	return str_u64(last.n > 0 ? last : since, &v) == RC_OK ? v : 0;
}

static void
open_stream(struct work *w)
{
	static const struct http_header_out headers[] = {
		{ "Content-Type", { "text/event-stream", 17 } }, { "Cache-Control", { "no-store", 8 } }, { "X-Content-Type-Options", { "nosniff", 7 } },
		{ "Content-Security-Policy", { "default-src 'none'", 18 } }, { "X-Accel-Buffering", { "no", 2 } },
	};
	w->streams = true;
	w->req.seen = begun_at(w);
	http_stream(w->rq, headers, sizeof headers / sizeof headers[0]);
}

static void
tell(struct work *w, uint64_t version)
{
	char event[80] = ":\n\n";
	if (version > w->req.seen && w->req.seen > 0)
		(void)snprintf(event, sizeof event, "id: %llu\ndata: %llu\n\n", (unsigned long long)version, (unsigned long long)version);
	if (version > w->req.seen)
		w->req.seen = version;
	http_stream_put(w->rq, str_of(event));
}

/* The next wait, by the same token: whether that still stands is looked at each time. */
static bool
wait_again(struct work *w)
{
	struct gate_call *old = w->call, *c = gate_call_new();
	struct problem p = { 0 };
	if (c != NULL) {
		c->surface = old->surface;
		c->route = old->route;
		c->token = old->token;
		c->from = old->from;
		c->owner = w;
	}
	bool good = c != NULL && w->req.page->ask(&w->req, &c->asks, &p) == RC_OK && !c->asks.flat.failed;
	gate_call_done(&w->call);
	if (!good && c != NULL)
		gate_call_done(&c);
	w->call = c;
	if (good)
		work_post(w);
	return good;
}

bool
live_back(struct work *w)
{
	const struct release *rel = w->call->release;
	bool good = release_rc(rel) == RC_OK;
	if (!good && !w->streams)
		return false;
	struct row row = rows_first(release_rows(rel), "watch");
	uint64_t version = good && row_is(row) ? (uint64_t)row_i64(row, "version") : 0;
	if (good && !w->streams)
		open_stream(w);
	if (w->rq != NULL && good) /* opening may have found the client gone */
		tell(w, version);
	if (w->rq == NULL)
		return false;
	if (good && wait_again(w))
		return true;
	if (w->call != NULL)
		gate_call_done(&w->call);
	http_stream_end(w->rq);
	return true;
}
