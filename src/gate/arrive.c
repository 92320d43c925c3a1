/* SPDX-License-Identifier: Apache-2.0 */
/* gate/arrive.c: see arrive.h. Must never keep anybody out. */
#include "gate/arrive.h"

#include "base/log.h"
#include "gate/order.h"
#include "hospital/notice.h"
#include "record/keys.h"

static enum rc is_elsewhere(struct db_conn *c, const struct seat *seat, struct str from, int64_t now_ms, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_OF);
	bool row = false;
	enum rc rc;
	*is_r = false;
	db_bind_i64(s, 1, seat->actor.account);
	db_bind_i64(s, 2, now_ms - ARRIVE_AT_WORK_MS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str address;
		struct problem unread; /* an address that cannot be read is no other place */
		if (keys_unseal(c, 0, (struct keys_bound){ SEALS_ADDRESS, db_i64(s, 0), 0 }, db_text(s, 1), &address, &unread) == RC_OK && from.n && address.n)
			*is_r |= !str_is(network_of(address), network_of(from));
	}
	db_reset(s);
	return rc;
}

enum rc arrive(struct db_conn *c, const struct seat *seat, struct str from, struct str program, int64_t now_ms, bool *elsewhere_r, struct problem *p)
{
	struct arrival a = { .account = seat->actor.account, .factor = seat->actor.factor, .from = from, .program = program, .rules = &seat->rules };
	enum rc rc = is_elsewhere(c, seat, from, now_ms, elsewhere_r, p);
	if (rc == RC_OK && *elsewhere_r)
		rc = notice_add(c, a.account, NOTICE_ELSEWHERE, 0, from, now_ms, p);
	return rc == RC_OK ? account_entered(c, &a, now_ms, p) : rc;
}

void arrive_alarm(struct gate *g, const struct seat *seat, const struct gate_call *call)
{
	struct ledger_entry e = { .kind = LEDGER_ALARM, .surface = (unsigned char)call->surface, .reveals = REVEALS_NOTHING, .rc = RC_DENIED, .account = seat->actor.account,
		.session = seat->session, .unit = seat->actor.unit, .route = STR(ARRIVE_ELSEWHERE_ROUTE), .note = STR("elsewhere"), .from = call->from };
	struct problem p;
	if (order_append(g, &e, seat->actor.role, &p) != RC_OK)
		log_problem(LOG_ERROR, "elsewhere_not_recorded", &p);
}
