/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/prove.h: a fresh code of the second factor from who has a live session: before the ladder lets an account go on (enter.c), and for acts whose row
 * says so (act.c). Guesses are slowed down (throttle.h), recorded, and the third that fails ends all sessions of the account: a code is what a stolen
 * session lacks. Start at prove_code.
 */
#ifndef HYGIE_GATE_PROVE_H
#define HYGIE_GATE_PROVE_H

#include "gate/decide.h"

/* What was shown: to be spent on the writer (factor_used), in the transaction of what it allows. */
struct proof { int64_t factor, step; };
/*
 * RC_BAD_INPUT FIELD_REQUIRED or CODE_WRONG, RC_LIMIT THROTTLED; RC_STEP_UP SIGN_IN: this was the last guess. What failed is in the ledger then (task.number).
 * The attempt counts as a failure until prove_good.
 */
enum rc prove_code(struct look *l, struct str code, struct proof *proof_r, struct problem *p) CHECKED;
/*
 * The code of a colleague who stands beside and signs too: another account that is open, works in a unit of the one who acts, and may break the glass itself.
 * RC_BAD_INPUT CODE_WRONG whatever is not right, RC_LIMIT THROTTLED. The colleague's sessions are left alone: guesses are slowed down by his login.
 */
enum rc prove_colleague(struct look *l, struct str login, struct str code, uint32_t *account_r, struct proof *proof_r, struct problem *p) CHECKED;
void prove_good(struct gate *g, struct str login, struct str from);
#endif
