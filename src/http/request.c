/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/request.c: the life of one request between the library and its handler: target taken, head checked by the guard, routed, body gathered, handler
 * started, answered at once or later. It must never wait, and never let a handler see a request that the guard did not pass.
 *
 * Waiting costs no system call: a request whose handler did not answer yet simply has no response; the library asks again on each run of its door, and
 * http_answer hands it the response directly. (MHD_suspend_connection would take the socket out of epoll and put it back, and write to a pipe, for each
 * request: docs/decisions has the measurement.) The connection stays watched meanwhile, so a client that leaves is noticed.
 * BARRIER: everything before guard_check is hostile bytes.
 * Called by the library (callbacks) and by handlers (http_answer). Start at request_access.
 */
#include "base/clock.h"
#include "base/log.h"
#include "http/req.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ARENA_MAX ((size_t)64 << 20) /* the largest body (a bundle) and what is made of it before it goes to the gate */
#define FREE_RQ 256                  /* kept for reuse: more than the requests of one turn are a burst */
#define HEAD_S 20                    /* for the first head of a connection, TLS handshake included */
#define BODY_S 30                    /* for a body, and … */
#define BODY_BYTES_S 8192            /* … a second more for each of these bytes */
#define WRITE_S 120                  /* for the client to read its answer */

static uint64_t
in_seconds(uint64_t s)
{
	return clock_about_ns() + s * 1000000000u;
}

static struct http_rq *
rq_new(struct http_front *f)
{
	struct http_rq *rq = f->free_rq;
	if (rq) {
		f->free_rq = rq->next_free;
		f->n_free--;
	} else {
		if (!(rq = malloc(sizeof *rq)))
			return NULL;
		arena_init(&rq->pub.arena, ARENA_MAX);
	}
	struct arena kept = rq->pub.arena;
	memset(rq, 0, offsetof(struct http_rq, headers));
	rq->n_headers = 0;
	rq->body = NULL;
	rq->n_body = rq->body_len = 0;
	rq->allowed = 0;
	rq->stream = NULL;
	rq->pub.arena = kept;
	rq->pub.front = f;
	f->n_open++;
	return rq;
}

static void
rq_free(struct http_rq *rq)
{
	struct http_front *f = rq->pub.front;
	f->n_open--;
	if (rq->response)
		MHD_destroy_response(rq->response);
	if (f->n_free == FREE_RQ) {
		arena_done(&rq->pub.arena);
		free(rq);
		return;
	}
	arena_reset(&rq->pub.arena);
	rq->next_free = f->free_rq;
	f->free_rq = rq;
	f->n_free++;
}

void
request_free_all(struct http_front *f)
{
	for (struct http_rq *rq = f->free_rq, *next; rq; rq = next) {
		next = rq->next_free;
		arena_done(&rq->pub.arena);
		free(rq);
	}
	f->free_rq = NULL;
}

/* The library tells the raw target before it cuts it up. What is returned becomes *rq of the other callbacks. */
void *
request_begin(void *cls, const char *target, struct MHD_Connection *c)
{
	struct door *door = cls;
	struct http_rq *rq = rq_new(door->front);
	if (!rq)
		return NULL;
	rq->mhd = c;
	rq->conn = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
	rq->line = target;
	rq->target = arena_str(&rq->pub.arena, str_of(target));
	rq->pub.conn = rq;
	rq->pub.started_ns = clock_ns();
	stats_request(door->front);
	return rq;
}

static enum MHD_Result
header_came(void *cls, enum MHD_ValueKind kind, const char *name, size_t n_name, const char *value, size_t n_value)
{
	struct http_rq *rq = cls;
	(void)kind;
	if (rq->n_headers <= GUARD_HEADERS)
		rq->headers[rq->n_headers++] = (struct guard_header){ { name, n_name }, { value ? value : "", value ? n_value : 0 } }; /* NULL: library 1.0, empty */
	return rq->n_headers <= GUARD_HEADERS ? MHD_YES : MHD_NO;
}

/*
 * Library versions before 0.9.76 cut lines as C strings: what hides behind a NUL, folded lines and bare LF are not reported. They leave the head in place
 * in their buffer, so the distance from one part to the next tells: exactly "method SP target SP HTTP/1.1 CR LF" and "name: value CR LF", nothing between.
 * Newer versions refuse these themselves. Should the layout ever differ, every request is refused and the first test says so: it fails closed.
 */
static bool
head_is_whole(const struct http_rq *rq, const char *method, const char *version)
{
	static int old = -1;
	if (old < 0)
		old = strverscmp(MHD_get_version(), "0.9.76") < 0;
	if (!old)
		return true;
	if (method + strlen(method) + 1 != rq->line || rq->line + rq->target.n + 1 != version)
		return false;
	const char *at = version + strlen(version) + 2;
	for (size_t i = 0; i < rq->n_headers; i++) {
		const struct guard_header *h = &rq->headers[i];
		if (h->name.p != at || h->value.p <= at)
			return false;
		for (const char *gap = h->name.p + h->name.n + 1; gap < h->value.p; gap++)
			if (*gap != ' ' && *gap != '\t')
				return false;
		at = h->value.p + h->value.n + 2;
	}
	return at + 2 == method + MHD_get_connection_info(rq->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
}

static void
fallback(struct http_rq *rq, unsigned status)
{
	static const struct http_header_out plain = { "Content-Type", { "text/plain; charset=utf-8", 25 } };
	struct http_front *f = rq->pub.front;
	struct http_answer a = { .status = status, .headers = &plain, .n_headers = 1, .body = "Refused.\n", .n_body = 9 };
	char allow[64];
	if (f->server->set.fallback)
		f->server->set.fallback(&rq->pub, status, &a);
	a.status = status;
	a.close = a.close || rq->close;
	struct http_header_out all[34] UNSET;
	if (status == 405) {
		router_allow(rq->allowed, allow);
		MUST(a.n_headers <= 32);
		memcpy(all, a.headers, a.n_headers * sizeof *all);
		all[a.n_headers++] = (struct http_header_out){ "Allow", str_of(allow) };
		a.headers = all;
	}
	http_answer(&rq->pub, &a);
}

static enum MHD_Result
queue(struct http_rq *rq)
{
	struct MHD_Response *r = rq->response;
	rq->response = NULL;
	rq->phase = REQ_QUEUED;
	rq->conn->due_ns = in_seconds(WRITE_S);
	rq->conn->listening = false;
	enum MHD_Result ok = MHD_queue_response(rq->mhd, rq->status, r); /* may complete rq */
	MHD_destroy_response(r);
	return ok;
}

/* Queued before the library read the body, which makes it close the connection: for what is refused on its head. */
static enum MHD_Result
refuse_now(struct http_rq *rq, unsigned status)
{
	rq->close = true;
	rq->phase = REQ_RUNNING;
	fallback(rq, status);
	return queue(rq);
}

static unsigned
method_of(const char *z)
{
	static const struct { const char *name; enum http_method method; } rows[] = {
		{ "GET", HTTP_GET }, { "HEAD", HTTP_HEAD }, { "POST", HTTP_POST }, { "PUT", HTTP_PUT }, { "PATCH", HTTP_PATCH }, { "DELETE", HTTP_DELETE },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].name, z) == 0)
			return rows[i].method;
	return 0;
}

/* Route and path parameters; 0 or the status to refuse with. */
static unsigned
find_route(struct http_rq *rq, unsigned method)
{
	struct http_req *pub = &rq->pub;
	pub->route = router_find(pub->front->server->router, method ? method : HTTP_GET, pub->path, pub->bound, &pub->n_bound, &rq->allowed);
	if (!pub->route)
		return rq->allowed ? 405 : 404;
	if (!method) {
		(void)router_find(pub->front->server->router, 0, pub->path, pub->bound, &pub->n_bound, &rq->allowed);
		pub->route = NULL;
		return 405;
	}
	pub->method = method;
	pub->head = method == HTTP_HEAD;
	for (size_t i = 0; i < pub->n_bound; i++)
		if (url_segment(pub->bound[i].value, &pub->arena, &pub->bound[i].value, NULL) != RC_OK)
			return 400;
	return 0;
}

static enum MHD_Result
head_came(struct http_rq *rq, const char *method, const char *version)
{
	struct http_req *pub = &rq->pub;
	struct guard_seen seen;
	(void)MHD_get_connection_values_n(rq->mhd, MHD_HEADER_KIND, header_came, rq);
	struct guard_request q = { str_of(method), rq->target, str_of(version), rq->headers, rq->n_headers };
	pub->tls = rq->conn->door->kind == DOOR_TLS;
	pub->local = rq->conn->local;
	pub->from = str_of(rq->conn->from);
	unsigned status = rq->target.n <= GUARD_TARGET_MAX && rq->n_headers <= GUARD_HEADERS && !head_is_whole(rq, method, version) ? 400 : guard_check(&q, &seen);
	if (status) {
		stats_refused(pub->front);
		log_event(LOG_WARN, "request_refused", LOG_N("status", status), LOG_END);
		rq->n_headers = rq->n_headers > GUARD_HEADERS ? GUARD_HEADERS : rq->n_headers;
		return refuse_now(rq, status);
	}
	pub->path = seen.path;
	if (pub->path.n > 1 && pub->path.p[pub->path.n - 1] == '/') /* a slash at the end names the same */
		pub->path.n--;
	pub->query = seen.query;
	unsigned m = method_of(method);
	rq->refuse = find_route(rq, m);
	if (rq->refuse && seen.length > 0)
		return refuse_now(rq, rq->refuse);
	if (!rq->refuse && seen.length > pub->route->body_max)
		return refuse_now(rq, 413);
	if (seen.length > 0 && !(rq->body = arena_bytes(&pub->arena, seen.length)))
		return refuse_now(rq, 503);
	rq->body_len = seen.length;
	rq->phase = REQ_BODY;
	rq->conn->due_ns = in_seconds(BODY_S + seen.length / BODY_BYTES_S);
	return MHD_YES;
}

static enum MHD_Result
run(struct http_rq *rq)
{
	struct http_req *pub = &rq->pub;
	if (rq->n_body != rq->body_len)
		return MHD_NO;
	pub->body = (struct str){ rq->body, rq->n_body };
	rq->conn->due_ns = 0;
	rq->conn->listening = false;
	rq->phase = REQ_RUNNING;
	if (rq->refuse)
		fallback(rq, rq->refuse);
	else
		pub->route->start(pub);
	if (rq->phase == REQ_ANSWERED)
		return queue(rq);
	rq->phase = REQ_WAITING;
	rq->conn->door->waiting++;
	return MHD_YES;
}

enum MHD_Result
request_access(void *cls, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *upload, size_t *n_upload, void **req)
{
	struct http_rq *rq = *req;
	(void)cls, (void)c, (void)url;
	if (!rq)
		return MHD_NO; /* no memory for one more */
	if (rq->phase == REQ_NEW)
		return head_came(rq, method, version);
	if (*n_upload > 0) {
		if (rq->phase != REQ_BODY || *n_upload > rq->body_len - rq->n_body)
			return MHD_NO;
		memcpy(rq->body + rq->n_body, upload, *n_upload);
		rq->n_body += *n_upload;
		*n_upload = 0;
		rq->pub.front->pieces++;
		return MHD_YES;
	}
	return rq->phase == REQ_BODY ? run(rq) : MHD_YES;
}

void
request_completed(void *cls, struct MHD_Connection *c, void **req, enum MHD_RequestTerminationCode how)
{
	struct http_rq *rq = *req;
	(void)cls, (void)c, (void)how;
	if (!rq)
		return;
	*req = NULL;
	if (rq->phase == REQ_WAITING)
		rq->conn->door->waiting--;
	if ((rq->phase == REQ_WAITING || rq->phase == REQ_STREAM) && rq->pub.gone)
		rq->pub.gone(&rq->pub);
	if (rq->stream)
		lasting_gone(rq);
	rq->conn->due_ns = in_seconds(rq->pub.front->server->set.idle_s);
	rq->conn->listening = true;
	rq_free(rq);
}

static bool
is_clean(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
			return false;
	return true;
}

static void
add_header(struct http_rq *rq, struct MHD_Response *r, const struct http_header_out *h)
{
	char small[1024] UNSET, *z = small;
	MUST(is_clean(h->value));
	if (h->value.n == 0 || (h->value.n >= sizeof small && !(z = arena_bytes(&rq->pub.arena, h->value.n + 1))))
		return;
	memcpy(z, h->value.p, h->value.n);
	z[h->value.n] = '\0';
	(void)MHD_add_response_header(r, h->name, z);
}

static struct MHD_Response *
response_of(struct http_rq *rq, const struct http_answer *a)
{
	enum MHD_ResponseMemoryMode mode = a->owned ? MHD_RESPMEM_MUST_FREE : a->lasting || a->n_body == 0 ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY;
	union { const char *in; void *out; } body = { .in = a->body };
	struct MHD_Response *r = MHD_create_response_from_buffer(a->n_body, body.out, mode);
	if (!r) {
		if (a->owned)
			free(body.out);
		return NULL;
	}
	for (size_t i = 0; i < a->n_headers; i++)
		add_header(rq, r, &a->headers[i]);
	if (a->close || http_stopping(rq->pub.front->server))
		(void)MHD_add_response_header(r, "Connection", "close");
	return r;
}

/* At once or later, like an answer; its end is told by gone. */
void
http_stream(struct http_req *pub, const struct http_header_out *headers, size_t n)
{
	struct http_rq *rq = pub->conn;
	MUST(rq->phase == REQ_WAITING);
	struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_PENDING, lasting_read, rq, NULL);
	MUST(r); /* as in http_answer */
	for (size_t i = 0; i < n; i++)
		add_header(rq, r, &headers[i]);
	stats_answer(pub->front, 200, clock_ns() - pub->started_ns);
	rq->conn->door->waiting--;
	rq->conn->door->ready = true;
	rq->phase = REQ_STREAM;
	rq->conn->listening = false;
	rq->conn->due_ns = in_seconds(STREAM_TAKE_S);
	lasting_open(rq);
	(void)MHD_queue_response(rq->mhd, 200, r);
	MHD_destroy_response(r);
}

void
http_answer(struct http_req *pub, const struct http_answer *a)
{
	struct http_rq *rq = pub->conn;
	MUST(rq->phase == REQ_RUNNING || rq->phase == REQ_WAITING);
	rq->status = a->status;
	if (!(rq->response = response_of(rq, a))) {
		rq->status = 503;
		rq->response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
		MUST(rq->response); /* a few hundred bytes: without them the process is done for */
	}
	stats_answer(pub->front, rq->status, clock_ns() - pub->started_ns);
	if (a->status >= 500 && pub->route)
		log_event(LOG_ERROR, "answer_5xx", LOG_N("status", a->status), LOG_Z("route", pub->route->path), LOG_END);
	if (rq->phase == REQ_RUNNING) {
		rq->phase = REQ_ANSWERED;
		return;
	}
	rq->conn->door->waiting--;
	rq->conn->door->ready = true;
	(void)queue(rq);
}

struct str
http_header(const struct http_req *pub, const char *name)
{
	const struct http_rq *rq = pub->conn;
	size_t n = strlen(name);
	for (size_t i = 0; i < rq->n_headers; i++)
		if (rq->headers[i].name.n == n && strncasecmp(rq->headers[i].name.p, name, n) == 0)
			return rq->headers[i].value;
	return STR_NONE;
}

/* A name that comes twice with different values is nobody's: empty. */
struct str
http_cookie(const struct http_req *pub, const char *name)
{
	struct str left = http_header(pub, "Cookie"), found = STR_NONE;
	while (left.p && left.n > 0) {
		struct str value, one = str_trim(str_cut(left, ';', &left));
		struct str key = str_cut(one, '=', &value);
		if (!value.p || !str_eq(key, name))
			continue;
		if (found.p && !str_is(found, value))
			return STR_NONE;
		found = value;
	}
	return found;
}

struct str
http_bound(const struct http_req *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_bound; i++)
		if (str_eq(rq->bound[i].name, name))
			return rq->bound[i].value;
	return STR_NONE;
}
