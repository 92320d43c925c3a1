/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/throttle.h: guessing made slow: failures of the last 15 minutes by what was typed as login (known or not, so it tells nothing) and by address.
 * After the fifth, each further one doubles the wait. An attempt counts as a failure until it has succeeded, so that many at once gain nothing.
 * In memory, bounded; a restart forgets it, which costs an attacker more than it gives. Thread-safe. Called by enter.c.
 */
#ifndef HYGIE_GATE_THROTTLE_H
#define HYGIE_GATE_THROTTLE_H

#include "base/str.h"

struct throttle;
struct throttle *throttle_new(void);
void throttle_free(struct throttle **t);
/* May this attempt be made now? true: it is counted as a failure from now on. */
bool throttle_try(struct throttle *t, struct str login, struct str from, int64_t now_ms);
/* May one more refusal of somebody unknown take room in the ledger? At most 20 a second: a flood must not fill the disk. *skipped_r: those not written since. */
bool throttle_note(struct throttle *t, int64_t now_ms, uint32_t *skipped_r);
void throttle_good(struct throttle *t, struct str login, struct str from); /* the attempt succeeded: the login's failures are forgotten, the address loses this one */
#endif
