/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/paper.c: an answer that is printed: what a page drew as a paper (base/paper.h) goes to a press, and its PDF is the answer when it comes. The loop never waits for it.
 * Nothing is kept of it afterwards. Called by reply.c (start) and front.c (take, overdue). Start at paper_start.
 */
#include "front/inner.h"

#include <string.h>

#include "base/clock.h"

static void
unlink_work(struct work *w)
{
	struct work **at = &w->desk->printing;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	w->next = NULL;
}

bool
paper_start(struct work *w, struct reply *r, struct problem *p)
{
	struct desk *d = w->desk;
	enum rc rc = r->body.failed ? problem_set(p, RC_LIMIT, WHY_PAPER_LARGE, "", "front: paper") : press_ask(buf_view(&r->body), &w->order, p);
	buf_done(&r->body);
	if (rc == RC_OK && !http_front_watch(d->http, w->order.answer))
		rc = problem_set(p, RC_RETRY, WHY_PRESS_AWAY, "", "front: cannot watch");
	if (rc != RC_OK) {
		press_drop(&w->order);
		return false;
	}
	w->reply = r;
	w->next = d->printing;
	d->printing = w;
	return true;
}

static bool
is_late(const struct work *w)
{
	return clock_ns() - w->order.since_ns > PRESS_WAIT_MS * 1000000ull;
}

/* What came of the orders; those that nobody waits for any more are dropped. */
void
paper_take(struct desk *d, bool all)
{
	for (struct work *w = d->printing, *next; w; w = next) {
		struct problem p = { 0 };
		bool whole = false;
		next = w->next;
		enum rc rc = w->rq && !all ? press_take(&w->order, &whole, &p) : RC_RETRY;
		if (rc == RC_OK && !whole && !is_late(w))
			continue;
		unlink_work(w);
		if (w->rq && rc == RC_OK && whole) {
			w->reply->body = w->order.pdf;
			w->order.pdf = (struct buf){ 0 };
			reply_printed(w, w->reply);
		} else if (w->rq) {
			if (rc == RC_OK || all)
				(void)!problem_set(&p, RC_RETRY, WHY_PRESS_AWAY, "", "front: no answer in time");
			reply_failed(w, &p, NULL);
		}
		press_drop(&w->order);
		work_free(w);
	}
}
