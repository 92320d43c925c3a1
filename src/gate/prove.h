/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/prove.h: a fresh proof from who has a live session, a code of the second factor or a touch of a passkey: before the ladder lets an account go on (enter.c), and
 * for acts whose row says so (act.c). Guesses are slowed down (throttle.h), recorded, and the third that fails ends all sessions of the account: a factor is what a stolen
 * session lacks. Start at prove_shown.
 */
#ifndef HYGIE_GATE_PROVE_H
#define HYGIE_GATE_PROVE_H

#include "gate/touch.h"

/* What was shown: to be spent on the writer (prove_spend), in the transaction of what it allows. */
struct proof { int64_t factor, step; int64_t key; struct passkey_used used; /* key: the passkey that was touched, 0: it was a code */ };
/*
 * By the passkey where one is shown, else by the code. RC_BAD_INPUT FIELD_REQUIRED, CODE_WRONG or PASSKEY_REFUSED, at "code", RC_LIMIT THROTTLED; RC_STEP_UP SIGN_IN: this was the last guess. What failed is in the ledger then (task.number).
 * The attempt counts as a failure until prove_good. A touch that came too late, or of a key that seems to be copied, is refused and recorded, and no guess.
 */
enum rc prove_shown(struct look *l, enum challenge_for what, struct str code, struct str passkey, struct proof *proof_r, struct problem *p) CHECKED;
/*
 * The key or the code of a colleague who stands beside and signs too; a key says itself whose it is: another account that is open, works in a unit of the one who acts, and may break the glass itself.
 * RC_BAD_INPUT COLLEAGUE whatever is not right, RC_LIMIT THROTTLED. The colleague's sessions are left alone: guesses are slowed down by his login.
 */
struct colleague { struct str login, code, passkey; };
enum rc prove_colleague(struct look *l, const struct colleague *who, uint32_t *account_r, struct proof *proof_r, struct problem *p) CHECKED;
enum rc prove_spend(struct db_conn *c, const struct proof *proof, int64_t now_ms, struct problem *p) CHECKED; /* on the writer. RC_DENIED: spent or revoked meanwhile */
/* Whom the throttle counts: the login, or the key that is shown, so that guesses at somebody's code never hold up that person's key (ASVS 5.0 6.3.1). */
struct str prove_who(struct str login, struct str passkey);
void prove_good(struct gate *g, struct str login, struct str passkey, struct str from);
#endif
