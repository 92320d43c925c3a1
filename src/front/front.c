/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/front.c: routes from pages, and the turn of each desk: requests gathered while a turn lasts are posted to the gate as one list; what is back is taken
 * as one list, drawn and answered. It must never hold a release after its answer, nor answer before the gate gave the call back.
 * Called by http through its hooks; opened by cli. Start at on_start, on_turn, on_woken.
 */
#include "front/inner.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define SPARE_MAX 512      /* work structs kept for reuse by a desk */
#define FORM_MAX 65536u
static const struct field implicit[] = {
	{ .name = "csrf", .label = "Form token", .kind = FIELD_TOKEN, .max = 64 },
	{ .name = "next", .label = "Next page", .kind = FIELD_TEXT, .max = 1000 },
	{ .name = "print", .label = "Print view", .kind = FIELD_FLAG },
};
static struct front *current; /* one house a process: set by front_open, read by pages that draw menus */

struct front *
front_current(void)
{
	return current;
}

static struct work *
work_new(struct desk *d)
{
	struct work *w = d->spare;
	if (w) {
		d->spare = w->next;
		d->n_spare--;
	} else if (!(w = malloc(sizeof *w))) {
		return NULL;
	}
	w->desk = d;
	w->call = NULL;
	w->rq = NULL;
	w->next = NULL;
	w->streams = false;
	return w;
}

void
work_free(struct work *w)
{
	struct desk *d = w->desk;
	if (w->call)
		gate_call_done(&w->call);
	wipe(w->token, sizeof w->token);
	wipe(w->csrf, sizeof w->csrf);
	if (d->n_spare == SPARE_MAX) {
		free(w);
		return;
	}
	w->next = d->spare;
	d->spare = w;
	d->n_spare++;
}

/* The connection is gone; the call still comes back and is dropped then. */
static void
on_gone(struct http_req *rq)
{
	struct work *w = rq->owner;
	w->rq = NULL;
	if (w->streams && w->call)
		gate_unwatch(w->desk->lane, w->call);
	else if (w->streams)
		work_free(w);
}

/* With the others of this turn. */
void
work_post(struct work *w)
{
	struct desk *d = w->desk;
	w->call->next = NULL;
	*d->last = w->call;
	d->last = &w->call->next;
	d->under_way++;
}

static void
on_start(struct http_req *rq)
{
	const struct known *k = rq->route->tag;
	struct desk *d = http_front_ctx(rq->front);
	struct work *w = work_new(d);
	struct problem p = { 0 };
	if (!w) {
		struct http_answer a = { .status = 503 };
		http_answer(rq, &a);
		return;
	}
	ask_basics(w, rq, k->page);
	if (k->page->at_once) {
		reply_at_once(w);
		work_free(w);
		return;
	}
	if (ask_request(w, k, &p) != RC_OK) {
		reply_failed(w, &p, NULL);
		work_free(w);
		return;
	}
	rq->owner = w;
	rq->gone = on_gone;
	work_post(w);
}

static void
on_asset(struct http_req *rq)
{
	const struct known *k = rq->route->tag;
	reply_asset(rq, k->asset);
}

static void
on_turn(void *ctx)
{
	struct desk *d = ctx;
	struct gate_call *list = d->first;
	if (d->printing)
		paper_take(d, false);
	if (!list)
		return;
	d->first = NULL;
	d->last = &d->first;
	gate_post(d->front->set.gate, d->lane, list);
}

static void
take_back(struct desk *d)
{
	for (struct gate_call *c = gate_lane_take(d->lane), *next; c; c = next) {
		struct work *w = c->owner;
		next = c->next;
		d->under_way--;
		bool answered = true;
		if (w->rq && w->req.page->lasting && live_back(w))
			continue;
		if (w->rq && release_rc(c->release) == RC_OK)
			answered = reply_shown(w, c->release);
		else if (w->rq)
			reply_failed(w, release_problem(c->release), c->release);
		if (answered)
			work_free(w);
	}
}

static void
on_woken(void *ctx)
{
	take_back(ctx);
	paper_take(ctx, false);
}

static void *
on_open(void *ctx, struct http_front *http, int *wake_fd_r)
{
	struct front *f = ctx;
	struct desk *d = calloc(1, sizeof *d);
	MUST(d); /* at start only */
	d->front = f;
	d->http = http;
	d->last = &d->first;
	d->lane = gate_lane_open(f->set.gate);
	MUST(d->lane);
	*wake_fd_r = gate_lane_fd(d->lane);
	return d;
}

/* All connections are closed by now. What was posted is waited for: an act under way is finished and recorded, though nobody reads the answer. */
static void
on_close(void *ctx)
{
	struct desk *d = ctx;
	on_turn(d);
	while (d->under_way > 0) {
		struct pollfd fd = { .fd = gate_lane_fd(d->lane), .events = POLLIN };
		(void)poll(&fd, 1, 100);
		take_back(d);
	}
	paper_take(d, true);
	gate_lane_close(&d->lane);
	for (struct work *w = d->spare, *next; w; w = next) {
		next = w->next;
		free(w);
	}
	free(d);
}

/* The page's own fields, then the implicit ones. */
static struct field *
fields_of(const struct page *page)
{
	size_t n = 0, extra = sizeof implicit / sizeof *implicit;
	bool form = page->method && page->method != HTTP_GET;
	while (page->fields && page->fields[n].name)
		n++;
	struct field *all = calloc(n + extra + 1, sizeof *all);
	if (!all)
		return NULL;
	if (n > 0)
		memcpy(all, page->fields, n * sizeof *all);
	for (size_t i = 0; i < extra; i++) {
		bool wanted = i == 1 || (i == 0 ? form : !form);
		for (size_t j = 0; j < n; j++)
			wanted = wanted && strcmp(all[j].name, implicit[i].name) != 0;
		if (wanted)
			all[n++] = implicit[i];
	}
	return all;
}

static void
count(const struct front_settings *s, size_t *n_pages_r, size_t *n_assets_r)
{
	*n_pages_r = *n_assets_r = 0;
	for (size_t t = 0; t < s->n_pages; t++)
		for (const struct page *page = s->pages[t]; page && page->path; page++)
			++*n_pages_r;
	for (const struct asset *as = s->assets; as && as->path; as++)
		++*n_assets_r;
}

static bool
add_page(struct front *f, const struct page *page)
{
	struct known *k = &f->known[f->n_pages];
	MUST(page->may != 0 && page->reveals != REVEALS_UNSAID);
	MUST(page->at_once ? page->may == MAY_ANYONE && page->reveals == REVEALS_NOTHING : page->ask && (page->show || page->lasting));
	*k = (struct known){ .page = page, .fields = fields_of(page) };
	f->routes[f->n_pages] = (struct http_route){
		.method = page->method ? page->method : HTTP_GET, .path = page->path, .start = on_start, .tag = k,
		.body_max = page->body_max ? page->body_max : page->method && page->method != HTTP_GET ? FORM_MAX : 0,
	};
	f->pages[f->n_pages++] = page;
	return k->fields != NULL;
}

enum rc
front_open(const struct front_settings *s, struct front **f_r, struct problem *p)
{
	static const struct http_route health[] = {
		{ HTTP_GET, "/livez",   0, health_live,    NULL },
		{ HTTP_GET, "/readyz",  0, health_ready,   NULL },
		{ HTTP_GET, "/metrics", 0, health_metrics, NULL },
	};
	size_t n_pages, n_assets, n_health = sizeof health / sizeof *health;
	struct front *f = calloc(1, sizeof *f);
	if (!f)
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	f->set = *s;
	count(s, &n_pages, &n_assets);
	f->pages = calloc(n_pages + 1, sizeof *f->pages);
	f->known = calloc(n_pages + n_assets + 1, sizeof *f->known);
	f->routes = calloc(n_pages + n_assets + n_health + 1, sizeof *f->routes);
	bool ok = f->pages && f->known && f->routes;
	for (size_t t = 0; ok && t < s->n_pages; t++)
		for (const struct page *page = s->pages[t]; ok && page && page->path; page++)
			ok = add_page(f, page);
	if (!ok) {
		front_close(&f);
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	}
	struct http_route *at = f->routes + n_pages;
	for (size_t i = 0; i < n_assets; i++) {
		f->known[n_pages + i].asset = &s->assets[i];
		*at++ = (struct http_route){ .method = HTTP_GET, .path = s->assets[i].path, .start = on_asset, .tag = &f->known[n_pages + i] };
	}
	memcpy(at, health, sizeof health);
	f->tables[0] = f->routes;
	f->hooks = (struct http_hooks){ f, on_open, on_woken, on_turn, on_close };
	current = f;
	*f_r = f;
	return RC_OK;
}

void
front_close(struct front **fp)
{
	struct front *f = *fp;
	if (!f)
		return;
	for (size_t i = 0; f->known && i < f->n_pages; i++)
		free(f->known[i].fields);
	free(f->known);
	free(f->routes);
	free(f->pages);
	if (current == f)
		current = NULL;
	free(f);
	*fp = NULL;
}

const struct http_route *const *
front_routes(struct front *f, size_t *n_r)
{
	*n_r = 1;
	return f->tables;
}

const struct http_hooks *
front_hooks(struct front *f)
{
	return &f->hooks;
}

/* What no page took. Framing refusals are told in one plain line: the request was not understood, so neither is who asks in which language. */
void
front_fallback(struct http_req *rq, unsigned status, struct http_answer *a)
{
	static const struct http_header_out headers[] = {
		{ "Content-Type", { "text/plain; charset=utf-8", 25 } }, { "Cache-Control", { "no-store", 8 } }, { "X-Content-Type-Options", { "nosniff", 7 } },
	};
	static const struct { unsigned status; enum rc rc; enum why why; } rows[] = {
		{ 404, RC_NOT_FOUND, WHY_NOT_FOUND }, { 405, RC_BAD_INPUT, WHY_METHOD }, { 413, RC_LIMIT, WHY_TOO_BIG }, { 503, RC_RETRY, WHY_BUSY },
		{ 400, RC_BAD_INPUT, WHY_BAD_REQUEST },
	};
	struct problem p = { .rc = RC_BAD_INPUT, .why = WHY_FRAMING };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].status == status && rq->path.n > 0) {
			p.rc = rows[i].rc;
			p.why = rows[i].why;
		}
	struct desk *d = http_front_ctx(rq->front);
	struct work *w = p.why == WHY_FRAMING || !d ? NULL : work_new(d);
	if (w) {
		ask_basics(w, rq, NULL);
		reply_fill(w, &p, a);
		work_free(w);
	} else {
		const char *z = why_row(p.why)->sentence;
		*a = (struct http_answer){ .headers = headers, .n_headers = 3, .body = z, .n_body = strlen(z), .lasting = true };
	}
	a->status = status;
}

const struct demo_people *
front_demo_people(void)
{
	return current ? current->set.demo_people : NULL;
}

size_t
front_pages(const struct page *const **all_r)
{
	*all_r = current ? current->pages : NULL;
	return current ? current->n_pages : 0;
}
