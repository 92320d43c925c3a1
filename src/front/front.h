/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/front.h: joins http and gate. A page (or an API interaction) is a const row with two pure functions: ask says what is wanted, show draws what was
 * released. front reads the request by the row's declared fields, builds the gate call, posts a whole turn's calls as one list, and when they come
 * back runs show and answers. It never decides about access and keeps nothing about a patient after the answer.
 * Implicit fields: csrf and next in every form (POST), next and print in every query (GET); next is refused unless it is a path of ours.
 * A lasting page goes on: an event "id: VERSION, data: VERSION" whenever its region changed, a comment every 20 s, begun at its field since or at Last-Event-ID.
 * It also answers /livez, /readyz and, on the unix socket and plain loopback only, /metrics: no session, no patient data.
 * Called by web/pages and api (their rows), started by cli. Start at struct page.
 */
#ifndef HYGIE_FRONT_FRONT_H
#define HYGIE_FRONT_FRONT_H

#include "codec/form.h"
#include "front/demo.h"
#include "gate/gate.h"
#include "http/http.h"

enum lang { LANG_FR, LANG_EN };

/* What ask and show see of a request. Flat values in the request's arena. */
struct req {
	const struct page *page;
	enum http_method method;
	struct { struct str patient, id, type, vid, rest; } path; /* bound path parameters by their usual names; front_bound for others */
	struct form form;              /* the declared fields, from the query (GET) or the body (POST form) */
	struct str query, body;        /* raw, for the API */
	enum lang lang;                /* cookie hygie_lang, else Accept-Language, else French */
	struct str csrf;               /* the token that forms of this session must carry */
	bool fragment;                 /* asked by the script: header X-Hygie-Fragment: 1 → the main region only; live: the same, and no activity of the person */
	bool print;                    /* ?print=1: the print view of the same page (surface PRINT) */
	struct str agent;              /* what the browser calls itself */
	bool secure;                   /* TLS: __Host- cookie */
	bool demo;
	int64_t now_ms;
	uint64_t seen;                 /* of a lasting page: the version told last; 0 none yet */
	const struct http_req *http;   /* headers (If-Match, Prefer …) */
	struct arena *arena;
};
struct str front_bound(const struct req *rq, const char *name);
struct str front_csrf(const struct req *rq, struct str token);   /* rq->csrf as it will be once the cookie holds this token: for a page drawn in the answer that sets it */

/* The answer under construction. */
struct reply {
	unsigned status;               /* default 200 */
	struct buf body;
	const char *type;              /* default "text/html; charset=utf-8" */
	const char *paper;             /* set: body is a paper (base/paper.h), the answer is its PDF; a file name of ours, of no patient: "ordonnance.pdf" */
	struct http_header_out headers[16]; unsigned n_headers;
	struct arena *arena;
};
void reply_header(struct reply *r, const char *name, struct str value);
void reply_redirect(struct reply *r, struct str path);           /* 303 after an act; path is ours, never from outside */
void reply_cookie(struct reply *r, const struct req *rq, struct str token);  /* sets the session cookie; empty token clears it */
void reply_lang(struct reply *r, enum lang lang);
void reply_etag(struct reply *r, struct str version);            /* W/"version" */
void reply_modified(struct reply *r, struct str instant);        /* Last-Modified from "2026-11-22T14:12:07.123Z"; nothing when it is not one */

struct page {
	enum http_method method;       /* 0 = GET */
	const char *path;
	uint32_t may;                  /* enum may bits: for menus and the access matrix; the gate decides by its own tables */
	enum reveals reveals;
	enum surface surface;          /* 0 = SURFACE_PAGE */
	const struct field *fields;    /* declared inputs; NULL = none; undeclared input is refused */
	uint32_t body_max;             /* default 64 KiB for forms */
	bool raw_body;                 /* API: body is not a form; no CSRF check, bearer token only */
	bool quiet;                    /* a live refresh: not an activity of the person */
	bool lasting;                  /* server-sent events: ask makes a wait (gate_watch) for what is newer than rq->seen, and is asked again for as long as somebody listens; no show */
	/* Pure. Fill asks. When the form has problems (rq->form.n_bad) do not ask for the act, only for what the page needs to be drawn again. */
	enum rc (*ask)(const struct req *rq, struct asks *a, struct problem *p);
	/* Pure. Draws; also called when release_act_rc is not OK or form.n_bad > 0, so that a form comes back with what was typed. */
	enum rc (*show)(const struct req *rq, const struct release *rel, struct reply *out);
	/* Instead of ask and show, for MAY_ANYONE that reveals REVEALS_NOTHING only: answered at once, no session, no gate, no form. */
	enum rc (*at_once)(const struct req *rq, struct reply *out);
	const char *menu;              /* English msgid of the menu entry; NULL = not in the menu */
	const char *icon;              /* symbol in the sprite */
	const char *key;               /* "F2", "g s" … NULL none */
};

/*
 * What never changes and reveals nothing: style, script, sprite, font. Answered at once, without session or gate. Bytes live as long as the program.
 * gzip: the same packed at build time, NULL when it gains nothing. immutable: the path carries the content's hash.
 */
struct asset { const char *path, *type; const void *bytes; size_t n; const void *gzip; size_t n_gzip; bool immutable; };

/*
 * How a surface tells what went wrong: 401/403/404/5xx; pages draw an HTML page, the API an OperationOutcome. rel may be NULL (nothing reached the gate);
 * rq->page may be NULL (no such page), rq->form empty. out->status is set from the problem beforehand and may be changed.
 */
struct front_voice { void (*fail)(const struct req *rq, const struct problem *p, const struct release *rel, struct reply *out); };

struct front_settings {
	struct gate *gate;
	const struct page *const *pages; size_t n_pages;    /* arrays ended by path NULL: web's, then api's */
	const struct front_voice *page_voice, *api_voice;   /* by page->surface */
	const struct asset *assets;                         /* ended by path NULL; may be NULL */
	bool demo;
	const struct demo_people *demo_people;              /* front/demo.h: shown by the sign-in page of a demonstration; NULL else */
};
struct front;
enum rc front_open(const struct front_settings *s, struct front **f_r, struct problem *p) CHECKED;
/* The http routes made from the pages, and the hooks, to put into http_settings. */
const struct http_route *const *front_routes(struct front *f, size_t *n_r);
const struct http_hooks *front_hooks(struct front *f);
void front_fallback(struct http_req *rq, unsigned status, struct http_answer *a);
void front_close(struct front **f);
const struct demo_people *front_demo_people(void);
/* All pages that were registered, for menus and the access matrix. */
size_t front_pages(const struct page *const **all_r);
#endif
