/* SPDX-License-Identifier: Apache-2.0 */
/* test_front.c: front between a real http and a fake gate: what forms and tokens are refused, what reaches the gate, what every answer carries. */
#include "fake_gate.h"

#include "../http/wire.h"
#include "front/front.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "codec/base64.h"

#define CSP "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " \
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hygie\r\n"

static uint16_t port;
static struct http_server *srv;
static struct front *front;
static char socket_path[64];

/* ---- pages ---- */
static enum rc
ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "v");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rel;
	buf_z(&out->body, "lang=");
	buf_z(&out->body, rq->lang == LANG_EN ? "en" : "fr");
	buf_z(&out->body, rq->fragment ? " fragment" : "");
	buf_z(&out->body, rq->print ? " print" : "");
	buf_z(&out->body, " csrf=");
	buf_str(&out->body, rq->csrf);
	for (unsigned i = 0; i < 400; i++)
		buf_z(&out->body, " filler");
	return RC_OK;
}

static enum rc
form_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad == 0) {
		ask_act(a, "write");
		ask_arg(a, "name", form_get(&rq->form, "name"));
	} else {
		ask_view(a, "again");
	}
	return RC_OK;
}

static enum rc
form_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->form.n_bad > 0 || release_act_rc(rel) != RC_OK) {
		buf_z(&out->body, "again: ");
		buf_str(&out->body, form_typed(&rq->form, "name"));
		return RC_OK;
	}
	reply_cookie(out, rq, STR("new-token"));
	reply_lang(out, LANG_EN);
	reply_redirect(out, STR("/page/1"));
	return RC_OK;
}

static enum rc
bad_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq, (void)rel;
	buf_z(&out->body, "half drawn SECRET");
	return RC_BROKEN;
}

static enum rc
api_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_read(a, "it", rq->path.type, rq->path.id);
	return RC_OK;
}

static enum rc
api_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq, (void)rel;
	out->type = "application/fhir+json";
	reply_etag(out, STR("7"));
	reply_modified(out, STR("2026-11-22T14:12:07.123Z"));
	for (unsigned i = 0; i < 300; i++)
		buf_z(&out->body, "{body}");
	return RC_OK;
}

static enum rc
at_once(const struct req *rq, struct reply *out)
{
	(void)rq;
	buf_z(&out->body, "at once");
	return RC_OK;
}

static const struct field fields[] = { { .name = "name", .label = "Name", .kind = FIELD_TEXT, .required = true, .max = 20 }, FIELDS_END };
static const struct field proof_fields[] = {
	{ .name = "name", .label = "Name", .kind = FIELD_LINES }, { .name = "ticks", .label = "Ticks", .kind = FIELD_TOKEN, .many = true }, { .name = "password", .label = "Password", .kind = FIELD_SECRET },
	{ .name = "code", .label = "Code", .kind = FIELD_TOKEN }, { .name = "passkey", .label = "Key", .kind = FIELD_TOKEN }, { .name = "colleague_code", .label = "Code", .kind = FIELD_TOKEN }, FIELDS_END
};
static const struct field code_fields[] = { { .name = "code", .label = "Code of a thing", .kind = FIELD_TOKEN }, FIELDS_END };
static const struct page pages[] = {
	{ .path = "/proof/:patient", .method = HTTP_POST, .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = proof_fields, .ask = form_ask, .show = form_show },
	{ .path = "/code", .method = HTTP_POST, .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = code_fields, .ask = form_ask, .show = form_show },
	{ .path = "/enter", .method = HTTP_POST, .may = MAY_ANYONE, .reveals = REVEALS_NOTHING, .fields = code_fields, .ask = form_ask, .show = form_show },
	{ .path = "/page/:patient", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .ask = ask, .show = show },
	{ .path = "/quiet", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .ask = ask, .show = show, .quiet = true },
	{ .path = "/form", .method = HTTP_POST, .may = MAY_WRITE_CHART, .reveals = REVEALS_ONE_PATIENT, .fields = fields, .ask = form_ask, .show = form_show },
	{ .path = "/manage", .may = MAY_MANAGE, .reveals = REVEALS_NOTHING, .ask = ask, .show = show },
	{ .path = "/bad", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .ask = ask, .show = bad_show },
	{ .path = "/once", .may = MAY_ANYONE, .reveals = REVEALS_NOTHING, .at_once = at_once },
	{ .path = NULL },
};
static const struct page apis[] = {
	{ .path = "/fhir/:type/:id", .may = MAY_API_READ, .reveals = REVEALS_ONE_PATIENT, .surface = SURFACE_API, .raw_body = true, .ask = api_ask, .show = api_show },
	{ .path = NULL },
};
static const struct asset assets[] = {
	{ "/assets/a.css", "text/css", "body{}", 6, "GZGZ", 4, true }, { "/assets/s.svg", "image/svg+xml", "<svg/>", 6, NULL, 0, false }, { 0 },
};

static void
page_fail(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out)
{
	(void)rel;
	buf_z(&out->body, rq->page ? "page voice: " : "page voice, no page: ");
	buf_z(&out->body, why_row(p->why)->name);
}

static void
api_fail(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out)
{
	(void)rq, (void)rel;
	out->type = "application/fhir+json";
	buf_z(&out->body, "api voice: ");
	buf_z(&out->body, why_row(p->why)->name);
}
static const struct front_voice page_voice = { page_fail }, api_voice = { api_fail };

/* ---- the fake's decision: by token; what it saw is kept for the tests ---- */
static char seen[65536], seen_token[300], seen_from[64], seen_route[64];
static bool seen_bearer, seen_touch;
static enum surface seen_surface;

static void
decide(const struct gate_call *c, struct str asked, struct release *r)
{
	(void)snprintf(seen, sizeof seen, "%.*s", STR_ARG(asked));
	(void)snprintf(seen_token, sizeof seen_token, "%.*s", STR_ARG(c->token));
	(void)snprintf(seen_from, sizeof seen_from, "%.*s", STR_ARG(c->from));
	(void)snprintf(seen_route, sizeof seen_route, "%s", c->route);
	seen_bearer = c->bearer;
	seen_touch = c->touch;
	seen_surface = c->surface;
	if (str_eq(c->token, "denied"))
		fake_refuse(r, RC_DENIED, WHY_NOT_FOUND, "");
	else if (c->token.n == 0)
		fake_refuse(r, RC_STEP_UP, WHY_NOT_SIGNED_IN, "");
	else if (str_eq(c->token, "gone"))
		r->who.role = ROLE_NONE;
	else if (str_starts(asked, STR("act write name=conflict"))) {
		r->act_rc = RC_CONFLICT;
		(void)!problem_set(&r->problem, RC_CONFLICT, WHY_DUPLICATE, "", "fake");
	}
}

/* ---- one exchange ---- */
static struct heard
say(const char *z)
{
	int fd = wire_open(port);
	wire_z(fd, z);
	struct heard r = wire_read(fd, NULL, 0);
	(void)close(fd);
	return r;
}

#define GOT(r, what) do { if (!strstr((r).text, what)) fail_msg("%s\nis not in\n%s", what, (r).text); } while (0)
#define GOT_NOT(r, what) do { if (strstr((r).text, what)) fail_msg("%s\nis in\n%s", what, (r).text); } while (0)
#define HEAD " HTTP/1.1\r\nHost: hygie.test\r\nConnection: close\r\n"

static struct heard
post_to(const char *path, const char *headers, const char *body)
{
	char z[70000];
	(void)snprintf(z, sizeof z, "POST %s" HEAD "%sContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s", path, headers, strlen(body), body);
	return say(z);
}

static struct heard post(const char *headers, const char *body) { return post_to("/form", headers, body); }

static const char *
csrf_for(const char *cookie)
{
	static char out[33];
	unsigned char sum[32];
	char z[300];
	struct buf b;
	(void)snprintf(z, sizeof z, "csrf%s", cookie);
	(void)crypto_hash_sha256(sum, (unsigned char *)z, strlen(z));
	buf_init(&b, 64);
	base64url_put(&b, (struct str){ (char *)sum, 32 });
	memcpy(out, b.p, 32);
	buf_done(&b);
	return out;
}

static void
forms_without_the_token_of_their_session_never_reach_the_gate(void **state)
{
	static const char *const bodies[] = { "name=x", "name=x&csrf=", "name=x&csrf=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "name=x&csrf=short" };
	unsigned before = fake_posted();
	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		struct heard r = post("Cookie: hygie-plain=good\r\n", bodies[i]);
		assert_int_equal(status_of(r.text), 403);
		GOT(r, "page voice: CSRF");
		free(r.text);
	}
	assert_int_equal(fake_posted(), before);
}

static void
forms_from_elsewhere_never_reach_the_gate(void **state)
{
	static const char *const headers[] = {
		"Origin: https://evil.test\r\n", "Origin: null\r\n", "Origin: https://hygie.test\r\n" /* we are plain here */, "Origin: http://hygie.test.evil\r\n",
		"Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: none\r\n",
	};
	unsigned before = fake_posted();
	(void)state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct heard r = post(headers[i], "name=x");
		assert_int_equal(status_of(r.text), 403);
		free(r.text);
	}
	assert_int_equal(fake_posted(), before);
}

static void
undeclared_repeated_or_unreadable_input_never_reaches_the_gate(void **state)
{
	static const struct { const char *body, *why; } rows[] = {
		{ "name=x&role=admin", "FIELD_UNKNOWN" }, { "name=x&name=y", "DUPLICATE_KEY" }, { "name=%ff", "BAD_UTF8" }, { "name=%zz", "" }, { "name=x&next=//evil.test", "BAD_REQUEST" },
		{ "name=x&next=https://evil.test", "BAD_REQUEST" }, { "name=x&next=/%5cevil.test", "BAD_REQUEST" }, { "name=x&print=1", "FIELD_UNKNOWN" },
	};
	unsigned before = fake_posted();
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct heard r = post("", rows[i].body);
		if (status_of(r.text) != 400)
			fail_msg("%s: %u", rows[i].body, status_of(r.text));
		GOT(r, rows[i].why);
		free(r.text);
	}
	struct heard r = say("GET /page/1?role=admin" HEAD "\r\n");
	assert_int_equal(status_of(r.text), 400);
	free(r.text);
	r = say("GET /page/1?csrf=x" HEAD "\r\n");
	assert_int_equal(status_of(r.text), 400);
	free(r.text);
	r = say("POST /form?name=x" HEAD "Content-Length: 0\r\n\r\n");
	assert_int_equal(status_of(r.text), 400);
	free(r.text);
	r = say("POST /form" HEAD "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\nname=x");
	assert_int_equal(status_of(r.text), 400);
	free(r.text);
	assert_int_equal(fake_posted(), before);
}

static void
a_page_takes_no_bearer_and_the_api_no_cookie(void **state)
{
	(void)state;
	struct heard r = say("GET /page/1" HEAD "Authorization: Bearer good\r\n\r\n");
	assert_int_equal(status_of(r.text), 401);
	assert_string_equal(seen_token, "");
	assert_false(seen_bearer);
	free(r.text);
	r = say("GET /fhir/Patient/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 401);
	GOT(r, "api voice: NOT_SIGNED_IN");
	assert_string_equal(seen_token, "");
	assert_true(seen_bearer);
	free(r.text);
	r = say("GET /page/1" HEAD "Cookie: __Host-hygie=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 401);
	free(r.text);
}

static void
refusals_and_failures_tell_nothing_but_their_sentence(void **state)
{
	(void)state;
	struct heard r = say("GET /page/1" HEAD "Cookie: hygie-plain=denied\r\n\r\n");
	assert_int_equal(status_of(r.text), 404);
	GOT(r, "page voice: NOT_FOUND");
	GOT(r, CSP);
	free(r.text);
	r = say("GET /bad" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 500);
	GOT(r, "page voice: BROKEN");
	GOT_NOT(r, "SECRET");
	free(r.text);
	r = say("GET /nowhere" HEAD "\r\n");
	assert_int_equal(status_of(r.text), 404);
	GOT(r, "page voice, no page: NOT_FOUND");
	GOT(r, CSP);
	free(r.text);
	r = say("DELETE /fhir/Patient/1" HEAD "\r\n");
	assert_int_equal(status_of(r.text), 405);
	GOT(r, "api voice: METHOD");
	GOT(r, "Allow: GET, HEAD\r\n");
	free(r.text);
	r = say("GET //x" HEAD "\r\n");
	assert_int_equal(status_of(r.text), 400);
	GOT(r, why_row(WHY_FRAMING)->sentence);
	free(r.text);
}

/* What such a page asked for was released to its reader by the gate's own tables; the page is for others all the same. */
static void
a_page_is_drawn_for_those_whom_its_row_names_only(void **state)
{
	(void)state;
	struct heard r = say("GET /manage" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 403);
	GOT(r, "page voice: NOT_ALLOWED");
	free(r.text);
	r = say("GET /quiet" HEAD "Cookie: hygie-plain=gone\r\n\r\n");
	assert_int_equal(status_of(r.text), 401);
	GOT(r, "page voice: SIGN_IN");
	free(r.text);
}

static void
a_form_with_problems_comes_back_as_typed(void **state)
{
	char body[200];
	(void)state;
	(void)snprintf(body, sizeof body, "name=%s&csrf=%s", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", csrf_for("good"));
	struct heard r = post("Cookie: hygie-plain=good\r\n", body);
	assert_int_equal(status_of(r.text), 422);
	GOT(r, "again: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	assert_string_equal(seen, "view again");
	free(r.text);
	(void)snprintf(body, sizeof body, "name=conflict&csrf=%s", csrf_for("good"));
	r = post("Cookie: hygie-plain=good\r\n", body);
	assert_int_equal(status_of(r.text), 409);
	GOT(r, "again: conflict");
	free(r.text);
}

static void
a_good_form_reaches_the_gate_and_redirects(void **state)
{
	char body[200];
	(void)state;
	(void)snprintf(body, sizeof body, "name=Ren%%C3%%A9+D&next=%%2Fpage%%2F1&csrf=%s", csrf_for("good"));
	struct heard r = post("Cookie: x=1; hygie-plain=good\r\nOrigin: http://hygie.test\r\nSec-Fetch-Site: same-origin\r\n", body);
	assert_int_equal(status_of(r.text), 303);
	GOT(r, "Location: /page/1\r\n");
	GOT(r, "Set-Cookie: hygie-plain=new-token; Path=/; HttpOnly; SameSite=Strict\r\n");
	GOT(r, "Set-Cookie: hygie_lang=en; ");
	assert_string_equal(seen, "act write name=Ren\303\251 D");
	assert_string_equal(seen_token, "good");
	assert_string_equal(seen_route, "/form");
	assert_string_equal(seen_from, "127.0.0.1");
	assert_true(seen_touch);
	free(r.text);
}

static void
pages_carry_every_header_and_are_never_packed(void **state)
{
	(void)state;
	struct heard r = say("GET /page/pat-1" HEAD "Cookie: hygie-plain=good\r\nAccept-Encoding: gzip\r\n\r\n");
	assert_int_equal(status_of(r.text), 200);
	GOT(r, CSP);
	GOT(r, "Content-Type: text/html; charset=utf-8\r\n");
	GOT(r, "X-Content-Type-Options: nosniff\r\n");
	GOT(r, "Referrer-Policy: no-referrer\r\n");
	GOT(r, "Cross-Origin-Opener-Policy: same-origin\r\n");
	GOT(r, "Cross-Origin-Resource-Policy: same-origin\r\n");
	GOT(r, "Cache-Control: no-store\r\n");
	GOT_NOT(r, "Content-Encoding");
	GOT_NOT(r, "Strict-Transport-Security"); /* plain */
	GOT(r, csrf_for("good"));
	assert_string_equal(seen, "view v patient=pat-1");
	free(r.text);
	r = say("HEAD /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 200);
	GOT_NOT(r, "filler");
	free(r.text);
	r = say("GET /quiet" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_false(seen_touch);
	free(r.text);
}

static void
language_fragment_and_print_are_read(void **state)
{
	static const struct { const char *headers, *want; } rows[] = {
		{ "", "lang=fr" }, { "Accept-Language: de, en-GB;q=0.8, fr;q=0.5\r\n", "lang=en" }, { "Accept-Language: fr-FR, en\r\n", "lang=fr" },
		{ "Cookie: hygie_lang=en\r\nAccept-Language: fr\r\n", "lang=en" }, { "X-Hygie-Fragment: 1\r\n", "lang=fr fragment" },
	};
	char z[1024];
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool cookie = strstr(rows[i].headers, "Cookie") != NULL;
		(void)snprintf(z, sizeof z, "GET /page/1" HEAD "%s%s\r\n", cookie ? "Cookie: hygie-plain=good; hygie_lang=en\r\n" : "Cookie: hygie-plain=good\r\n", cookie ? "" : rows[i].headers);
		struct heard r = say(z);
		GOT(r, rows[i].want);
		free(r.text);
	}
	struct heard r = say("GET /page/1?print=1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	GOT(r, "lang=fr print");
	assert_int_equal(seen_surface, SURFACE_PRINT);
	free(r.text);
}

static void
the_api_answers_with_etag_and_date_and_may_pack(void **state)
{
	(void)state;
	struct heard r = say("GET /fhir/Patient/1" HEAD "Authorization: Bearer good\r\n\r\n");
	assert_int_equal(status_of(r.text), 200);
	GOT(r, "ETag: W/\"7\"\r\n");
	GOT(r, "Last-Modified: Sun, 22 Nov 2026 14:12:07 GMT\r\n");
	GOT(r, "Content-Type: application/fhir+json\r\n");
	GOT(r, "{body}{body}");
	GOT_NOT(r, "Content-Encoding");
	assert_string_equal(seen, "read it Patient 1");
	assert_int_equal(seen_surface, SURFACE_API);
	free(r.text);
	r = say("GET /fhir/Patient/1" HEAD "Authorization: bearer good\r\nAccept-Encoding: br, gzip;q=1\r\n\r\n");
	GOT(r, "Content-Encoding: gzip\r\n");
	GOT_NOT(r, "{body}");
	assert_true(r.n < 1000);
	free(r.text);
	r = say("GET /fhir/Patient/1" HEAD "Authorization: Bearer good\r\nAccept-Encoding: gzip;q=0\r\n\r\n");
	GOT_NOT(r, "Content-Encoding");
	free(r.text);
}

static void
assets_and_at_once_pages_do_not_pass_the_gate(void **state)
{
	unsigned before = fake_posted();
	(void)state;
	struct heard r = say("GET /assets/a.css" HEAD "\r\n");
	GOT(r, "\r\n\r\nbody{}");
	GOT(r, "Cache-Control: public, max-age=31536000, immutable\r\n");
	GOT(r, "Vary: Accept-Encoding\r\n");
	free(r.text);
	r = say("GET /assets/a.css" HEAD "Accept-Encoding: gzip, br\r\n\r\n");
	GOT(r, "\r\n\r\nGZGZ");
	GOT(r, "Content-Encoding: gzip\r\n");
	free(r.text);
	r = say("GET /assets/s.svg" HEAD "Accept-Encoding: gzip, br\r\n\r\n");
	GOT(r, "\r\n\r\n<svg/>");
	GOT(r, "Content-Security-Policy: default-src 'none'\r\n");
	free(r.text);
	r = say("GET /once" HEAD "\r\n");
	GOT(r, "\r\n\r\nat once");
	GOT(r, CSP);
	free(r.text);
	assert_int_equal(fake_posted(), before);
}

static void
health_is_told_and_figures_only_to_those_near(void **state)
{
	(void)state;
	struct heard r = say("GET /livez" HEAD "\r\n");
	GOT(r, "alive");
	free(r.text);
	r = say("GET /readyz" HEAD "\r\n");
	GOT(r, "ready");
	free(r.text);
	r = say("GET /metrics" HEAD "\r\n");
	GOT(r, "# TYPE hygie_http_requests_total counter\nhygie_http_requests_total ");
	free(r.text);
	r = say("GET /metrics" HEAD "X-Forwarded-For: 192.0.2.1\r\n\r\n");
	assert_int_equal(status_of(r.text), 404);
	free(r.text);
	int fd = wire_open_unix(socket_path);
	wire_z(fd, "GET /metrics" HEAD "\r\n");
	r = wire_read(fd, NULL, 0);
	GOT(r, "hygie_gate_calls_total ");
	free(r.text);
	(void)close(fd);
}

static bool
until(unsigned (*what)(void), unsigned want)
{
	for (unsigned i = 0; i < 400 && what() < want; i++)
		(void)usleep(5000);
	return what() >= want;
}

static void
a_turn_s_requests_are_posted_as_one_list(void **state)
{
	unsigned posted = fake_posted(), lists = fake_lists();
	struct buf b;
	(void)state;
	buf_init(&b, 65536);
	int fd[40];
	for (unsigned i = 0; i < 40; i++)
		fd[i] = wire_open(port);
	(void)usleep(50000);
	for (unsigned i = 0; i < 40; i++)
		wire_z(fd[i], "GET /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	for (unsigned i = 0; i < 40; i++) {
		struct heard r = wire_read(fd[i], NULL, 0);
		assert_int_equal(status_of(r.text), 200);
		free(r.text);
		(void)close(fd[i]);
	}
	assert_int_equal(fake_posted() - posted, 40);
	assert_true(fake_lists() - lists <= 40);
	buf_done(&b);
}

static void
a_call_whose_client_left_is_finished_and_dropped(void **state)
{
	unsigned posted = fake_posted(), done = fake_done();
	struct linger now = { 1, 0 };
	(void)state;
	fake_hold(true);
	for (unsigned i = 0; i < 20; i++) {
		int fd = wire_open(port);
		wire_z(fd, "GET /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
		assert_true(until(fake_posted, posted + i + 1));
		(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		(void)close(fd);
	}
	(void)usleep(50000);
	assert_int_equal(fake_done(), done);
	fake_hold(false);
	assert_true(until(fake_done, done + 20));
	struct heard r = say("GET /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_int_equal(status_of(r.text), 200);
	free(r.text);
}

static void
release_soon(void)
{
	(void)usleep(400000);
	fake_hold(false);
}

static void *
later(void *arg)
{
	(void)arg;
	release_soon();
	return NULL;
}

static void
stopping_waits_for_calls_that_the_gate_still_has(void **state)
{
	unsigned posted = fake_posted();
	pthread_t t;
	(void)state;
	fake_hold(true);
	int fd = wire_open(port);
	wire_z(fd, "GET /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	assert_true(until(fake_posted, posted + 1));
	assert_int_equal(pthread_create(&t, NULL, later, NULL), 0);
	http_stop(&srv, 100);   /* sooner than the gate: the client is cut off, the call still comes back */
	front_close(&front);
	(void)pthread_join(t, NULL);
	assert_int_equal(fake_done(), fake_posted());
	struct heard r = wire_read(fd, NULL, 0);
	assert_true(r.closed && status_of(r.text) != 200);
	free(r.text);
	(void)close(fd);
}

static int
up(void **state)
{
	static const struct page *const tables[] = { pages, apis };
	struct front_settings s = { .pages = tables, .n_pages = 2, .page_voice = &page_voice, .api_voice = &api_voice, .assets = assets };
	struct problem p;
	(void)state;
	(void)snprintf(socket_path, sizeof socket_path, "/tmp/hygie-front-%d.sock", (int)getpid());
	fake_decide = decide;
	port = free_port();
	if (front_open(&s, &front, &p) != RC_OK)
		return -1;
	struct http_settings h = { .plain_port = port, .socket_path = socket_path, .hooks = front_hooks(front), .fallback = front_fallback };
	h.tables = front_routes(front, &h.n_tables);
	return http_start(&h, &srv, &p) == RC_OK ? 0 : -1;
}

static void
what_a_form_said_goes_along_without_secrets_and_proofs(void **state)
{
	static char body[60000], long_[40000];
	const char *csrf = csrf_for("good");
	(void)state;
	struct { const char *path, *headers, *body, *kept; } CASE[] = {
		{ "/proof/p%31", "", "name=a%0D%0A%C3%A9+%26&ticks=x&ticks=y&password=SECRET1&code=123456&passkey=SECRET2&colleague_code=654321", "/proof/p%31?name=a%0A%C3%A9%20%26&ticks=x&ticks=y" },
		{ "/code", "", "code=PARA500", "/code?code=PARA500" },
		{ "/form", "", "name=much-longer-than-twenty", "/form?name=much-longer-than-twenty" }, /* what is not good is kept as it was typed */
		{ "/form", "", "next=/page/1", NULL }, { "/proof/1", "", "code=123456", NULL },               /* they say nothing */
		{ "/form", "X-Hygie-Fragment: 1\r\n", "name=x", NULL },                                       /* its page stands still */
		{ "/enter", "", "code=123456", NULL }, { "/proof/1", "", long_, NULL },
	};
	memset(long_, 'x', sizeof long_ - 1);
	memcpy(long_, "name=", 5);
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		char want[300], headers[200];
		fake_kept[0] = '\0';
		(void)snprintf(headers, sizeof headers, "Cookie: hygie-plain=good\r\n%s", CASE[i].headers);
		(void)snprintf(body, sizeof body, "%s&csrf=%s", CASE[i].body, csrf);
		struct heard r = post_to(CASE[i].path, headers, body);
		assert_int_not_equal(status_of(r.text), 403);
		free(r.text);
		(void)snprintf(want, sizeof want, "%s %s", csrf, CASE[i].kept ? CASE[i].kept : "");
		assert_string_equal(fake_kept, CASE[i].kept ? want : "");
	}
	struct heard r = say("GET /page/1" HEAD "Cookie: hygie-plain=good\r\n\r\n");
	free(r.text);
	assert_string_equal(fake_kept, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_form_said_goes_along_without_secrets_and_proofs),
		cmocka_unit_test(forms_without_the_token_of_their_session_never_reach_the_gate),
		cmocka_unit_test(forms_from_elsewhere_never_reach_the_gate),
		cmocka_unit_test(undeclared_repeated_or_unreadable_input_never_reaches_the_gate),
		cmocka_unit_test(a_page_takes_no_bearer_and_the_api_no_cookie),
		cmocka_unit_test(refusals_and_failures_tell_nothing_but_their_sentence),
		cmocka_unit_test(a_page_is_drawn_for_those_whom_its_row_names_only),
		cmocka_unit_test(a_form_with_problems_comes_back_as_typed),
		cmocka_unit_test(a_good_form_reaches_the_gate_and_redirects),
		cmocka_unit_test(pages_carry_every_header_and_are_never_packed),
		cmocka_unit_test(language_fragment_and_print_are_read),
		cmocka_unit_test(the_api_answers_with_etag_and_date_and_may_pack),
		cmocka_unit_test(assets_and_at_once_pages_do_not_pass_the_gate),
		cmocka_unit_test(health_is_told_and_figures_only_to_those_near),
		cmocka_unit_test(a_turn_s_requests_are_posted_as_one_list),
		cmocka_unit_test(a_call_whose_client_left_is_finished_and_dropped),
		cmocka_unit_test(stopping_waits_for_calls_that_the_gate_still_has),
	};
	return cmocka_run_group_tests(tests, up, NULL);
}
