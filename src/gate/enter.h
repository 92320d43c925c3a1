/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/enter.h: coming and going: sign_in, sign_out, lock, unlock, declare_unit, prove, activate, and passkeys asked for and added. These change who a token stands for, so they are no rows of an act table.
 * Called by decide.c (enter_start) and pool.c. Start at the table in enter.c.
 */
#ifndef HYGIE_GATE_ENTER_H
#define HYGIE_GATE_ENTER_H

#include "gate/decide.h"

bool enter_is(struct str act);
bool enter_while_locked(struct str act);                     /* sign_out, unlock, and what a key is asked for it */
bool enter_for_anyone(struct str act);                       /* with the cookie of a session that is over, too */
enum fate enter_start(struct look *l, const struct ask *k);
size_t enter_rows(struct gate_row *out, size_t max);
#endif
