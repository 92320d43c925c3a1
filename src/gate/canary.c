/* SPDX-License-Identifier: Apache-2.0 */
/* gate/canary.c: see canary.h. Must never name the patient in the alarm, which people read: the refusal that follows holds it, as it does for everybody. */
#include "gate/canary.h"

#include "base/log.h"
#include "gate/order.h"

bool canary_is(const struct gate *g, int64_t patient)
{
	uint64_t is;
	return map64_find(&g->canaries, (uint64_t)patient, &is);
}

enum rc canary_touched_locked(struct gate *g, const struct ledger_entry *of, enum role role, struct problem *p)
{
	struct ledger_entry a = { .kind = LEDGER_ALARM, .surface = of->surface, .reveals = REVEALS_NOTHING, .rc = RC_OVER_BUDGET, .route = str_of(ladder_word(LADDER_CANARY)),
		.note = STR(BUDGET_STOP_NOTE), .account = of->account, .session = of->session, .unit = of->unit, .from = of->from };
	bool told = budget_standing(order_budget(g), of->account, order_now(g)).stopped == LADDER_CANARY;
	enum rc rc = told ? RC_OK : order_append_locked(g, &a, role, p);
	return rc == RC_OK ? problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "%s", a.route.p) : rc;
}

void canary_touched(struct gate *g, const struct ledger_entry *of, enum role role)
{
	struct problem p;
	order_lock(g);
	if (canary_touched_locked(g, of, role, &p) != RC_OVER_BUDGET)
		log_problem(LOG_ERROR, "alarm_not_recorded", &p);
	order_unlock(g);
}
