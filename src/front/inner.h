/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/inner.h: the private part of front, for the files of src/front only. A desk is one http front's side of the gate: its lane and the calls gathered
 * in this turn. A work is one request under way: it outlives its connection when that goes, because a gate worker may be reading its call.
 * Start at struct work.
 */
#ifndef HYGIE_FRONT_INNER_H
#define HYGIE_FRONT_INNER_H

#include "base/press.h"
#include "front/front.h"

#define TOKEN_MAX 256      /* ours have 43 characters; a longer one is nobody's */
#define CSRF_LEN 32        /* base64url characters of SHA-256("csrf" || cookie): 192 bits */
#define REPLY_MAX ((size_t)64 << 20)
#define PAIRS_MAX 256      /* form fields of one request */

struct front {
	struct front_settings set;
	const struct page **pages; size_t n_pages;
	struct known { const struct page *page; const struct asset *asset; struct field *fields; } *known; /* what a route's tag points to */
	struct http_route *routes;
	const struct http_route *tables[1];
	struct http_hooks hooks;
};

struct desk {
	struct front *front;
	struct http_front *http;
	struct gate_lane *lane;
	struct gate_call *first, **last;   /* of this turn */
	struct work *spare; unsigned n_spare;
	struct work *printing;             /* whose paper is at a press */
	uint64_t under_way;                /* posted and not back yet */
};

struct work {
	struct desk *desk;
	struct http_req *rq;               /* NULL once the connection is gone: nothing below that points into its arena may be used then */
	struct gate_call *call;
	struct req req;
	struct work *next;
	struct press_order order;          /* of those that are printing, with the answer to be */
	struct reply *reply;
	bool streams;                      /* its answer goes on (live.c); it lives until both call and connection are gone */
	char token[TOKEN_MAX], from[48], csrf[CSRF_LEN + 1];
};

/* ask.c: from a request to what it wants. On other than RC_OK nothing was asked and p says why. */
enum rc ask_request(struct work *w, const struct known *k, struct problem *p) CHECKED;
void ask_basics(struct work *w, struct http_req *rq, const struct page *page); /* language, csrf token, clock: no input is read yet */
/* reply.c: draws and answers; afterwards the request is no more. */
bool reply_shown(struct work *w, const struct release *rel);  /* false: it is at a press, and answered later */
void reply_printed(struct work *w, struct reply *r);
void reply_at_once(struct work *w);
void reply_failed(struct work *w, const struct problem *p, const struct release *rel);
void reply_fill(struct work *w, const struct problem *p, struct http_answer *a); /* for fallback */
void reply_asset(struct http_req *rq, const struct asset *as);
/* live.c: a lasting page's call is back. True: w goes on, or ends with its connection. */
bool live_back(struct work *w);
/* front.c */
void work_free(struct work *w);
void work_post(struct work *w);
/* health.c */
void health_live(struct http_req *rq);
void health_ready(struct http_req *rq);
void health_metrics(struct http_req *rq);

/* paper.c. false: p says why, and nothing was kept. */
bool paper_start(struct work *w, struct reply *r, struct problem *p);
void paper_take(struct desk *d, bool all /* the desk closes */);
void work_free(struct work *w);

struct front *front_current(void);
#endif
