/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/live.c: what tells an open page that what it shows has changed: server-sent events of one region. They say a version; the script then reads the page again and puts
 * what differs in its place. It must never say anything of anybody. Called by front through the row at the end. Start at live_ask; screen_live makes a page live.
 */
#include "pages/screen.h"

static const struct field live_fields[] = { { "since", N_("Since"), FIELD_INT, .min = 0, .max = INT64_MAX }, FIELDS_END };

static enum rc
live_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (rq->form.n_bad > 0)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "since", "live: not a version");
	gate_watch(a, rq->path.type, rq->path.id, rq->seen);
	return RC_OK;
}

const struct page pages_live[] = {
	{ .path = "/live/:type/:id", .may = MAY_MOVE | MAY_ADMINISTER | MAY_READ_CHART | MAY_PHARMACY, .reveals = REVEALS_NOTHING, .fields = live_fields, .quiet = true, .lasting = true, .ask = live_ask },
	{ .path = NULL },
};
