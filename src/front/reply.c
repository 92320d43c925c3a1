/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/reply.c: from what was released to an HTTP answer: show draws, a voice tells failures, headers that every answer of its kind must carry are added.
 * Pages are never compressed (they carry a secret token beside what a person typed: the BREACH attack); API answers may be, and assets are at build time.
 * It must never cache an answer nor keep anything of it. Called by front.c. Start at reply_shown.
 */
#include "front/inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "codec/gzip.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTML "text/html; charset=utf-8"
#define CSP \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; " \
	"base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hygie"
#define GZIP_FROM 1400 /* below one network packet there is nothing to gain */

void
reply_header(struct reply *r, const char *name, struct str value)
{
	MUST(r->n_headers < sizeof r->headers / sizeof *r->headers);
	r->headers[r->n_headers++] = (struct http_header_out){ name, value };
}

static void
header_z(struct reply *r, const char *name, const char *literal)
{
	reply_header(r, name, str_of(literal));
}

void
reply_redirect(struct reply *r, struct str path)
{
	MUST(path.n > 0 && path.p[0] == '/' && (path.n == 1 || path.p[1] != '/'));
	r->status = 303;
	reply_header(r, "Location", arena_str(r->arena, path));
}

void
reply_cookie(struct reply *r, const struct req *rq, struct str token)
{
	struct buf b;
	MUST(rq->secure || rq->http->local);
	buf_init(&b, TOKEN_MAX + 128);
	buf_z(&b, rq->secure ? "__Host-hygie=" : "hygie-plain=");
	buf_str(&b, token);
	buf_z(&b, rq->secure ? "; Path=/; Secure; HttpOnly; SameSite=Strict" : "; Path=/; HttpOnly; SameSite=Strict");
	if (token.n == 0)
		buf_z(&b, "; Max-Age=0");
	if (!b.failed)
		reply_header(r, "Set-Cookie", arena_str(r->arena, buf_view(&b)));
	buf_done_wiped(&b);
}

void
reply_lang(struct reply *r, enum lang lang)
{
	header_z(r, "Set-Cookie", lang == LANG_EN ? "hygie_lang=en; Path=/; Max-Age=31536000; SameSite=Lax" : "hygie_lang=fr; Path=/; Max-Age=31536000; SameSite=Lax");
}

void
reply_etag(struct reply *r, struct str version)
{
	char *z = arena_bytes(r->arena, version.n + 4);
	if (!z)
		return;
	memcpy(z, "W/\"", 3);
	memcpy(z + 3, version.p, version.n);
	z[3 + version.n] = '"';
	reply_header(r, "ETag", (struct str){ z, version.n + 4 });
}

static int
number_at(struct str s, size_t at, size_t n)
{
	int v = 0;
	for (size_t i = at; i < at + n; i++) {
		if (i >= s.n || s.p[i] < '0' || s.p[i] > '9')
			return -1;
		v = v * 10 + (s.p[i] - '0');
	}
	return v;
}

void
reply_modified(struct reply *r, struct str t)
{
	static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" }; /* from day 0, 1 January 1970 */
	static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	int year = number_at(t, 0, 4), month = number_at(t, 5, 2), day = number_at(t, 8, 2);
	int hour = number_at(t, 11, 2), minute = number_at(t, 14, 2), second = number_at(t, 17, 2);
	if (year < 1970 || month < 1 || hour < 0 || minute < 0 || second < 0 || !date_exists(year, month, day) || t.p[t.n - 1] != 'Z' || t.p[13] != ':' || t.p[16] != ':')
		return;
	char *z = arena_bytes(r->arena, sizeof "Thu, 01 Jan 1970 00:00:00 GMT" - 1);
	if (!z)
		return;
	memcpy(z, "Thu, 01 Jan 1970 00:00:00 GMT", 29);
	memcpy(z, days[days_of(year, month, day) % 7], 3);
	memcpy(z + 5, t.p + 8, 2);
	memcpy(z + 8, months[month - 1], 3);
	memcpy(z + 12, t.p, 4);
	memcpy(z + 17, t.p + 11, 8); /* the clock is written the same way in both */
	reply_header(r, "Last-Modified", (struct str){ z, 29 });
}

/* A weight of nothing (RFC 9110, 12.4.2): q=0, q=0.0, q=0.00, q=0.000 */
static bool
is_refused(struct str q)
{
	static const char *const NONE[] = { "q=0", "q=0.", "q=0.0", "q=0.00", "q=0.000" };
	for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
		if (str_eq_nocase(q, NONE[i]))
			return true;
	return false;
}

static bool
takes_gzip(const struct http_req *rq)
{
	struct str left = http_header(rq, "Accept-Encoding");
	while (left.p && left.n > 0) {
		struct str q, one = str_cut(left, ',', &left);
		if (str_eq_nocase(str_trim(str_cut(one, ';', &q)), "gzip"))
			return !q.p || !is_refused(str_trim(q));
	}
	return false;
}

static void
pack(struct work *w, struct reply *r)
{
	struct buf packed;
	if (r->body.n < GZIP_FROM || r->status >= 300)
		return;
	header_z(r, "Vary", "Accept-Encoding");
	if (!takes_gzip(w->rq))
		return;
	buf_init(&packed, r->body.n);
	if (gzip_pack(buf_view(&r->body), &packed, NULL) == RC_OK) {
		buf_done(&r->body);
		r->body = packed;
		header_z(r, "Content-Encoding", "gzip");
	} else {
		buf_done(&packed);
	}
}

static struct reply *
reply_new(struct work *w, unsigned status)
{
	struct reply *r = ARENA_NEW(&w->rq->arena, struct reply);
	if (!r)
		return NULL;
	r->status = status;
	r->type = HTML;
	r->arena = &w->rq->arena;
	buf_init(&r->body, REPLY_MAX);
	return r;
}

/* An HSTS line on "localhost" would lock out every other program that a developer runs there. */
static bool
wants_hsts(const struct work *w)
{
	return w->rq->tls && !(w->req.demo && str_starts(http_header(w->rq, "Host"), STR("localhost")));
}

static bool
is_api(const struct work *w)
{
	return w->req.page ? w->req.page->surface == SURFACE_API : str_eq(w->rq->path, "/fhir") || str_starts(w->rq->path, STR("/fhir/"));
}

/* The headers that every answer of its kind must carry, and the answer itself. Takes r->body. */
static void
finish(struct work *w, struct reply *r, struct http_answer *a)
{
	bool api = is_api(w);
	if (api)
		pack(w, r);
	if (r->body.n > 0)
		header_z(r, "Content-Type", r->type);
	header_z(r, "Cache-Control", "no-store");
	header_z(r, "X-Content-Type-Options", "nosniff");
	if (!api) {
		header_z(r, "Content-Security-Policy", CSP);
		header_z(r, "Referrer-Policy", "no-referrer");
		header_z(r, "Cross-Origin-Opener-Policy", "same-origin");
		header_z(r, "Cross-Origin-Resource-Policy", "same-origin");
	}
	if (wants_hsts(w))
		header_z(r, "Strict-Transport-Security", "max-age=31536000");
	*a = (struct http_answer){ .status = r->status, .headers = r->headers, .n_headers = r->n_headers, .body = r->body.p, .n_body = r->body.n, .owned = r->body.p != NULL };
	r->body = (struct buf){ 0 };
}

static unsigned
status_of(const struct problem *p)
{
	static const unsigned by_rc[RC__END] = {
		[RC_OK] = 200, [RC_BAD_INPUT] = 400, [RC_DENIED] = 403, [RC_STEP_UP] = 401, [RC_OVER_BUDGET] = 429, [RC_NOT_FOUND] = 404, [RC_GONE] = 410,
		[RC_CONFLICT] = 409, [RC_PRECONDITION] = 412, [RC_LIMIT] = 413, [RC_RETRY] = 503, [RC_BROKEN] = 500,
	};
	unsigned status = p->why ? why_row(p->why)->http : 0;
	return status >= 400 ? status : by_rc[p->rc] >= 400 ? by_rc[p->rc] : 500;
}

/* When even an error page cannot be drawn. */
static void
plain(struct work *w, const struct problem *p, struct http_answer *a)
{
	static const struct http_header_out headers[] = { { "Content-Type", { "text/plain; charset=utf-8", 25 } }, { "Cache-Control", { "no-store", 8 } } };
	const char *z = why_row(p->why)->sentence;
	(void)w;
	*a = (struct http_answer){ .status = status_of(p), .headers = headers, .n_headers = 2, .body = z, .n_body = strlen(z), .lasting = true };
}

static void
tell(struct work *w, const struct problem *p, const struct release *rel, struct http_answer *a)
{
	const struct front_settings *s = &w->desk->front->set;
	const struct front_voice *voice = is_api(w) ? s->api_voice : s->page_voice;
	struct reply *r = voice ? reply_new(w, status_of(p)) : NULL;
	if (p->rc == RC_BROKEN)
		log_problem(LOG_ERROR, "request_broken", p);
	if (r)
		voice->fail(&w->req, p, rel, r);
	if (r && !r->body.failed) {
		finish(w, r, a);
		return;
	}
	if (r)
		buf_done(&r->body);
	plain(w, p, a);
}

void
reply_fill(struct work *w, const struct problem *p, struct http_answer *a)
{
	tell(w, p, NULL, a);
}

void
reply_failed(struct work *w, const struct problem *p, const struct release *rel)
{
	struct http_answer a;
	tell(w, p, rel, &a);
	http_answer(w->rq, &a);
}

/* rc of the drawing function; takes r. false: it is at a press. */
static bool
answer_drawn(struct work *w, struct reply *r, enum rc rc, const struct release *rel)
{
	struct problem p = { 0 };
	struct http_answer a;
	if (rc == RC_OK && r->paper) {
		if (paper_start(w, r, &p))
			return false;
		reply_failed(w, &p, rel);
		return true;
	}
	if (rc == RC_OK && !r->body.failed) {
		finish(w, r, &a);
		http_answer(w->rq, &a);
		return true;
	}
	if (r)
		buf_done(&r->body);
	if (rc == RC_NOT_FOUND)
		(void)!problem_set(&p, rc, WHY_NOT_FOUND, "", "front: show");
	else
		(void)!problem_set(&p, RC_BROKEN, WHY_BROKEN, "", "front: show gave %d", (int)rc);
	reply_failed(w, &p, rel);
	return true;
}

void
reply_printed(struct work *w, struct reply *r)
{
	struct http_answer a;
	struct buf name;
	buf_init(&name, 200);
	buf_fmt(&name, "inline; filename=\"%s\"", r->paper);
	r->type = "application/pdf";
	if (!name.failed)
		reply_header(r, "Content-Disposition", arena_str(r->arena, buf_view(&name)));
	buf_done(&name);
	finish(w, r, &a);
	http_answer(w->rq, &a);
}

/*
 * A page that asked the gate for nothing, or for less than it is for (an empty form, a form around an identity that the role may read but not change), is
 * still not for everybody. Nobody signed in after a good POST is somebody who has just left.
 */
static bool
is_for_another(const struct work *w, const struct release *rel, struct problem *p)
{
	uint32_t may = w->req.page->may;
	if (is_api(w) || (may & MAY_ANYONE))
		return false;
	if (release_who(rel)->role == ROLE_NONE) {
		if (w->req.method == HTTP_POST && w->req.form.n_bad == 0)
			return false;
		(void)!problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "front: nobody on a page for some");
		return true;
	}
	if (release_may(rel, (enum may)may))
		return false;
	(void)!problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "front: page not for this role");
	return true;
}

bool
reply_shown(struct work *w, const struct release *rel)
{
	struct problem p = { 0 };
	if (is_for_another(w, rel, &p)) {
		reply_failed(w, &p, rel);
		return true;
	}
	unsigned status = w->req.form.n_bad > 0 ? 422 : release_act_rc(rel) != RC_OK ? status_of(release_problem(rel)) : 200;
	struct reply *r = reply_new(w, status);
	return answer_drawn(w, r, r ? w->req.page->show(&w->req, rel, r) : RC_LIMIT, rel);
}

void
reply_at_once(struct work *w)
{
	struct reply *r = reply_new(w, 200);
	(void)answer_drawn(w, r, r ? w->req.page->at_once(&w->req, r) : RC_LIMIT, NULL);
}

void
reply_asset(struct http_req *rq, const struct asset *as)
{
	bool packed = as->gzip && takes_gzip(rq);
	struct http_header_out h[7] = {
		{ "Content-Type", str_of(as->type) },
		{ "Cache-Control", as->immutable ? STR("public, max-age=31536000, immutable") : STR("public, max-age=3600") },
		{ "X-Content-Type-Options", STR("nosniff") }, { "Cross-Origin-Resource-Policy", STR("same-origin") }, { "Vary", STR("Accept-Encoding") },
		{ "Content-Encoding", packed ? STR("gzip") : STR_NONE },
		{ "Content-Security-Policy", strcmp(as->type, "image/svg+xml") == 0 ? STR("default-src 'none'") : STR_NONE },
	};
	struct http_answer a = { .status = 200, .headers = h, .n_headers = 7, .body = packed ? as->gzip : as->bytes, .n_body = packed ? as->n_gzip : as->n, .lasting = true };
	http_answer(rq, &a);
}
