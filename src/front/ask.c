/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/ask.c: from an HTTP request to a gate call: language, cookie or bearer token, origin and token of forms, declared fields, then the page's ask.
 * It must never believe a name, role or right that the request claims: it only carries token bytes to the gate.
 * BARRIER: form values leave here typed, checked and normalised, or not at all. Called by front.c. Start at ask_request.
 */
#include "front/inner.h"

#include "base/clock.h"
#include "codec/base64.h"
#include "codec/gzip.h"
#include "codec/multipart.h"
#include "codec/sha.h"

#include <string.h>
#include <strings.h>

static enum lang
language_of(const struct http_req *rq)
{
	struct str cookie = http_cookie(rq, "hygie_lang"), left = http_header(rq, "Accept-Language");
	if (cookie.n == 2)
		return str_eq(cookie, "en") ? LANG_EN : LANG_FR;
	while (left.p && left.n > 0) {
		struct str one = str_trim(str_cut(left, ',', &left));
		if (one.n >= 2 && strncasecmp(one.p, "fr", 2) == 0)
			return LANG_FR;
		if (one.n >= 2 && strncasecmp(one.p, "en", 2) == 0)
			return LANG_EN;
	}
	return LANG_FR;
}

/* Pages know a session by its cookie, machines by their bearer token; neither is taken for the other. */
static struct str
token_of(const struct http_req *rq, bool bearer)
{
	struct str t = STR_NONE;
	if (bearer) {
		struct str a = http_header(rq, "Authorization");
		if (a.n > 7 && strncasecmp(a.p, "Bearer ", 7) == 0)
			t = str_trim((struct str){ a.p + 7, a.n - 7 });
	} else if (rq->tls) {
		t = http_cookie(rq, "__Host-hygie");
	} else if (rq->local) {
		t = http_cookie(rq, "hygie-plain");
	}
	return t.n < TOKEN_MAX ? t : STR_NONE;
}

/* The token that forms of the session with this cookie must carry: nothing where there is no session. */
static bool
csrf_make(struct str cookie, char out[CSRF_LEN + 1])
{
	unsigned char sum[SHA_LEN];
	struct buf b;
	out[0] = '\0';
	if (cookie.n == 0)
		return false;
	sha_two(sum, "csrf", 4, cookie.p, cookie.n);
	buf_init(&b, 64);
	base64url_put(&b, (struct str){ (char *)sum, sizeof sum });
	bool good = !b.failed;
	if (good) {
		memcpy(out, b.p, CSRF_LEN);
		out[CSRF_LEN] = '\0';
	}
	buf_done_wiped(&b);
	return good;
}

static void
csrf_of(struct work *w, struct str cookie)
{
	if (csrf_make(cookie, w->csrf))
		w->req.csrf = (struct str){ w->csrf, CSRF_LEN };
}

struct str
front_csrf(const struct req *rq, struct str token)
{
	char made[CSRF_LEN + 1];
	return csrf_make(token, made) ? arena_str(rq->arena, (struct str){ made, CSRF_LEN }) : STR_NONE;
}

/* By the script, because what is shown has changed: not an activity of the person. */
static bool
is_refresh(const struct http_req *rq)
{
	return str_eq(http_header(rq, "X-Hygie-Fragment"), "live");
}

void
ask_basics(struct work *w, struct http_req *rq, const struct page *page)
{
	bool bearer = page && (page->surface == SURFACE_API || page->raw_body);
	struct str token = token_of(rq, bearer);
	w->rq = rq;
	w->req = (struct req){
		.page = page, .method = rq->method, .query = rq->query, .body = rq->body, .lang = language_of(rq),
		.path = { http_bound(rq, "patient"), http_bound(rq, "id"), http_bound(rq, "type"), http_bound(rq, "vid"), http_bound(rq, "*") },
		.fragment = str_eq(http_header(rq, "X-Hygie-Fragment"), "1") || is_refresh(rq), .agent = http_header(rq, "User-Agent"), .secure = rq->tls, .demo = w->desk->front->set.demo,
		.now_ms = clock_ms(), .http = rq, .arena = &rq->arena,
	};
	memcpy(w->token, token.p ? token.p : "", token.n);
	w->token[token.n] = '\0';
	size_t n = rq->from.n < sizeof w->from ? rq->from.n : sizeof w->from - 1;
	memcpy(w->from, rq->from.p ? rq->from.p : "", n);
	w->from[n] = '\0';
	if (!bearer)
		csrf_of(w, token);
}

/* A form must come from a page of ours. Browsers say where from; what says nothing is held to the token alone. */
static bool
origin_is_ours(const struct http_req *rq)
{
	struct str origin = http_header(rq, "Origin"), site = http_header(rq, "Sec-Fetch-Site"), host = http_header(rq, "Host");
	if (site.n > 0 && !str_eq(site, "same-origin"))
		return false;
	/* Under Referrer-Policy: no-referrer a browser sends the origin of its own form as null; Sec-Fetch-Site, which no page can set, then vouches for it. */
	if (str_eq(origin, "null") && site.n > 0)
		return true;
	if (origin.n == 0)
		return true;
	const char *scheme = rq->tls ? "https://" : "http://";
	size_t n = strlen(scheme);
	return host.n > 0 && origin.n == n + host.n && memcmp(origin.p, scheme, n) == 0 && strncasecmp(origin.p + n, host.p, host.n) == 0;
}

/* A path on this site, whatever reads it: "/x", not "//x" nor "/\x". */
static bool
is_own_path(struct str s)
{
	if (s.n == 0)
		return true;
	if (s.p[0] != '/' || (s.n > 1 && (s.p[1] == '/' || s.p[1] == '\\')))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '\\' || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool
is_form_type(struct str type)
{
	struct str rest;
	return str_eq_nocase(str_trim(str_cut(type, ';', &rest)), "application/x-www-form-urlencoded");
}

/* The name of the form's file; NULL: it has none. */
static const char *
file_of(const struct field *fields)
{
	for (; fields->name; fields++)
		if (fields->kind == FIELD_FILE)
			return fields->name;
	return NULL;
}

/* BARRIER: a part with a file name is the declared file and no other is: a text shall not pass for one, nor the other way. */
static enum rc
read_parts(struct http_req *rq, const char *file, struct pairs *out_r, struct problem *p)
{
	struct parts parts;
	enum rc rc = multipart_read(http_header(rq, "Content-Type"), rq->body, &rq->arena, &parts, p);
	struct pair *at = rc == RC_OK ? arena_array(&rq->arena, parts.n, sizeof *at) : NULL;
	if (!at)
		return rc == RC_OK ? arena_rc(&rq->arena, p) : rc;
	for (size_t i = 0; i < parts.n; i++) {
		if (parts.at[i].file != str_eq(parts.at[i].name, file))
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "front: a file where a text is declared, or a text where a file is");
		at[i] = (struct pair){ parts.at[i].name, parts.at[i].value };
	}
	*out_r = (struct pairs){ at, parts.n };
	return RC_OK;
}

static void
drop_named(struct pairs *pairs, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < pairs->n; i++)
		if (!str_eq(pairs->at[i].name, name))
			pairs->at[kept++] = pairs->at[i];
	pairs->n = kept;
}

static enum rc
read_form(struct work *w, const struct known *k, struct problem *p)
{
	struct http_req *rq = w->rq;
	struct req *req = &w->req;
	struct pairs pairs = { 0 };
	bool safe = rq->method == HTTP_GET || rq->method == HTTP_HEAD;
	const char *file = file_of(k->fields);
	bool parted = !safe && file && !is_form_type(http_header(rq, "Content-Type"));
	if (!safe && !origin_is_ours(rq))
		return problem_set(p, RC_DENIED, WHY_CSRF, "", "front: origin");
	if (!safe && !parted && rq->body.n > 0 && !is_form_type(http_header(rq, "Content-Type")))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "front: form content type");
	if (!safe && rq->query.n > 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_UNKNOWN, "", "front: query on a form");
	struct str input = safe ? rq->query : rq->body;
	enum rc rc = parted ? read_parts(rq, file, &pairs, p) : input.n > 0 ? url_pairs(input, PAIRS_MAX, &rq->arena, &pairs, p) : RC_OK;
	if (rc == RC_OK && file && !parted)
		drop_named(&pairs, file); /* a form without parts holds no file */
	if (rc == RC_OK)
		rc = form_read(k->fields, &pairs, req->now_ms, &rq->arena, &req->form, p);
	if (rc != RC_OK)
		return rc;
	if (!is_own_path(form_get(&req->form, "next")))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "next", "front: foreign path");
	req->print = safe && form_get(&req->form, "print").n > 0;
	struct str given = form_get(&req->form, "csrf");
	if (!safe && req->csrf.n > 0 && (given.n != CSRF_LEN || !same_bytes(given.p, req->csrf.p, CSRF_LEN)))
		return problem_set(p, RC_DENIED, WHY_CSRF, "csrf", "front: token");
	return RC_OK;
}

/* BARRIER: a small packed body may be a large one: it is unpacked up to what the row takes plain, no further. */
static enum rc
unpack(struct work *w, const struct page *page, struct problem *p)
{
	struct str encoding = str_trim(http_header(w->rq, "Content-Encoding"));
	struct buf plain;
	if (encoding.n == 0 || str_eq_nocase(encoding, "identity") || w->req.body.n == 0)
		return RC_OK;
	if (!str_eq_nocase(encoding, "gzip"))
		return problem_set(p, RC_BAD_INPUT, WHY_ENCODING, "", "front: content encoding");
	buf_init(&plain, page->body_max);
	enum rc rc = gzip_unpack(w->req.body, &plain, p);
	if (rc == RC_OK)
		w->req.body = arena_str(&w->rq->arena, buf_view(&plain));
	buf_done(&plain);
	if (rc == RC_OK && !w->req.body.p)
		rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "front: unpacked body");
	return rc == RC_LIMIT ? problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "front: unpacked body over the limit") : rc;
}

/* What belongs to this one sending, and proofs that open once: a "code" is one where a key may stand for it. */
static bool
is_of_this_sending(const struct field *fields, const char *name)
{
	static const char *const own[] = { "csrf", "next", "passkey", "made", "colleague_code" };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	bool by_key = false;
	for (; fields->name; fields++)
		by_key = by_key || strcmp(fields->name, "passkey") == 0 || strcmp(fields->name, "made") == 0;
	return by_key && strcmp(name, "code") == 0;
}

/* What the form said and where it goes, encoded as one text, for the gate to seal should the session be over; secrets and files stay behind. A form that says nothing, or more than is kept, keeps nothing. */
static void
keep_form(struct work *w, const struct known *k)
{
	const struct page *page = k->page;
	struct buf b;
	bool said = false;
	if (page->method != HTTP_POST || page->raw_body || (page->surface && page->surface != SURFACE_PAGE) || (page->may & MAY_ANYONE) || w->req.fragment)
		return;
	buf_init(&b, KEEP_MAX);
	buf_str(&b, w->rq->path);
	for (size_t i = 0; i < w->req.form.n; i++) {
		const struct form_value *v = &w->req.form.at[i]; /* of a secret and a file nothing is held as typed */
		if (v->typed.n == 0 || is_of_this_sending(k->fields, v->field->name))
			continue;
		buf_ch(&b, said ? '&' : '?');
		url_part(&b, str_of(v->field->name));
		buf_ch(&b, '=');
		url_part(&b, v->typed);
		said = true;
	}
	if (said && !b.failed)
		ask_keep(&w->call->asks, form_get(&w->req.form, "csrf"), buf_view(&b));
	buf_done_wiped(&b);
}

enum rc
ask_request(struct work *w, const struct known *k, struct problem *p)
{
	const struct page *page = k->page;
	enum rc rc = page->raw_body ? unpack(w, page, p) : read_form(w, k, p);
	if (rc != RC_OK)
		return rc;
	if (!(w->call = gate_call_new()))
		return problem_set(p, RC_RETRY, WHY_BUSY, "", "front: no memory");
	struct gate_call *c = w->call;
	c->surface = w->req.print ? SURFACE_PRINT : page->surface ? page->surface : SURFACE_PAGE;
	c->route = page->path;
	c->token = str_of(w->token);
	c->bearer = page->surface == SURFACE_API || page->raw_body;
	c->from = str_of(w->from);
	c->touch = !page->quiet && !is_refresh(w->rq);
	c->owner = w;
	rc = page->ask(&w->req, &c->asks, p);
	if (rc == RC_OK)
		keep_form(w, k);
	if (rc == RC_OK)
		rc = buf_rc(&c->asks.flat, p);
	if (rc != RC_OK)
		gate_call_done(&w->call);
	return rc;
}

struct str
front_bound(const struct req *rq, const char *name)
{
	return http_bound(rq->http, name);
}
