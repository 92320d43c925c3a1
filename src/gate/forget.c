/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/forget.c: what is older than it is kept is forgotten: who, whom and why, in the ledger and in what the base made of it (SECURITY 2.2). Public parts, chain, tree and signatures stay.
 * Must never take anything that a counter still needs, a stop that stands, or what is younger than half a year, whoever asks: who stole an account could else have his traces wiped.
 * Called through gate.h and, for an operator's command beside a server, by listen.c. Start at gate_forget.
 */
#include "base/clock.h"
#include "base/log.h"
#include "gate/listen.h"
#include "gate/order.h"
#include "hospital/forget.h"

#define FORGET_LEAST_MS (181 * 24 * 3600 * INT64_C(1000)) /* six months at their shortest: CNIL's least (docs/design/security.md 2.2) */

struct forget_job { struct db_job job; struct forgetting now, next; bool more; };

static enum rc forget_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct forget_job *k = (struct forget_job *)(void *)job;
	(void)txn;
	k->next = k->now; /* it may be run again with its group */
	return forget_some(c, &k->next, &k->more, p);
}

/* The base's own lines, a piece a transaction: others write between. */
static enum rc forget_base(struct gate *g, int64_t before_ms, struct gate_progress *progress, struct problem *p)
{
	struct forget_job k = { .job = { .run = forget_run }, .now = { .before_ms = before_ms, .upto = ledger_wiped(g->ledger) }, .more = true };
	enum rc rc = RC_OK;
	while (rc == RC_OK && k.more) {
		rc = db_write_now(g->db, &k.job, p);
		k.now = rc == RC_OK ? k.next : k.now;
		progress->at(progress, k.now.rows, 0);
		if (rc == RC_OK && k.more && progress->stop)
			rc = problem_set(p, RC_RETRY, WHY_STOPPED, "ledger", "goes on when called again");
	}
	return rc;
}

enum rc gate_forget(struct gate *g, int64_t before_ms, struct gate_progress *progress, struct problem *p)
{
	uint64_t erased = 0;
	if (g->remote)
		return remote_forget(g, before_ms, progress, p);
	if (before_ms <= 0 || before_ms > clock_ms() - FORGET_LEAST_MS)
		return problem_set(p, RC_BAD_INPUT, WHY_KEPT_LONGER, "months", "younger than half a year");
	if (atomic_exchange(&g->forgetting, true))
		return problem_set(p, RC_CONFLICT, WHY_FORGETTING, "ledger", "under way");
	enum rc rc = order_snapshot(g, p); /* a start folds from here on: nothing older is read for counters, stops and grants */
	if (rc == RC_OK)
		rc = ledger_erase_personal(g->ledger, before_ms, &erased, p);
	if (rc == RC_OK)
		rc = forget_base(g, before_ms, progress, p);
	if (rc == RC_OK)
		progress->at(progress, erased, erased);
	log_event(rc == RC_OK ? LOG_INFO : LOG_WARN, "audit_forget", LOG_N("entries", (int64_t)erased), LOG_N("rc", rc), LOG_END);
	atomic_store(&g->forgetting, false);
	return rc;
}
