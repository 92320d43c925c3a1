/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/arrive.h: somebody was let in: what else is to be noted. From where (hospital/notice.h), and whether the same account is at work elsewhere just now: one person is
 * at one place, so it is shared or stolen; person and security officer are told, nobody is stopped for it. Called by enter.c. Start at arrive.
 */
#ifndef HYGIE_GATE_ARRIVE_H
#define HYGIE_GATE_ARRIVE_H

#include "gate/inside.h"

#define ARRIVE_ELSEWHERE_ROUTE "account:elsewhere" /* of an ALARM. Never reworded. */
#define ARRIVE_AT_WORK_MS (15 * INT64_C(60000))    /* a session that was touched since is at work */

/* On the writer, before the new session is in the table. program: what the browser calls itself. */
enum rc arrive(struct db_conn *c, const struct seat *seat, struct str from, struct str program, int64_t now_ms, bool *elsewhere_r, struct problem *p) CHECKED;
void arrive_alarm(struct gate *g, const struct seat *seat, const struct gate_call *call);
#endif
