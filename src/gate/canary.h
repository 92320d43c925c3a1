/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/canary.h: what becomes of an account that opens somebody who does not exist (SECURITY 7.6): it is stopped by the ladder, at once, and the ledger has the
 * alarm once. A touch is an opening that would be released, or an emergency that would be granted, or a write that would be kept; a masked line is none, nor is a
 * look that is refused for another reason. Nothing of the canary is released, and the refusal is that of any stop: who is stopped does not learn by whom.
 * Called by decide.c and act.c. Start at canary_touched_locked.
 */
#ifndef HYGIE_GATE_CANARY_H
#define HYGIE_GATE_CANARY_H

#include "gate/inside.h"

bool canary_is(const struct gate *g, int64_t patient);
/* Under the order lock. of: who it was (account, session, unit, from, surface). RC_OVER_BUDGET STOPPED; another rc when the alarm cannot be written. */
enum rc canary_touched_locked(struct gate *g, const struct ledger_entry *of, enum role role, struct problem *p) CHECKED;
/* The same without the lock, where the answer is a refusal already: a failure to write shows when the refusal is written. */
void canary_touched(struct gate *g, const struct ledger_entry *of, enum role role);
#endif
