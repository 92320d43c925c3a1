/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/explain.h: why this person may open this patient's record: live facts of hospital, kept for a few seconds as long as nothing was written.
 * Caps, grants and budgets are budget.c's matter. Called by decide.c, fetch.c, act.c. Start at explain_find.
 */
#ifndef HYGIE_GATE_EXPLAIN_H
#define HYGIE_GATE_EXPLAIN_H

#include "gate/inside.h"

/* Facts alone. patient 0 (no such patient) costs the same and finds nothing. */
enum explain explain_find(struct desk *d, const struct seat *seat, int64_t patient, int64_t *until_r);
bool explain_made(struct desk *d, const struct seat *seat, int64_t patient);   /* made by this account and not yet shared */
/* Facts, charts made by oneself and live grants together: may this be looked at all? (The price is agreed later.) */
bool explain_any(struct desk *d, const struct seat *seat, int64_t patient);
/* All patients explained to this person now: sorted, distinct, in the desk's arena. RC_LIMIT NARROWER when too many. */
#define EXPLAIN_SET_MAX 5000u
enum rc explain_set(struct desk *d, const struct seat *seat, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;
const char *explain_text(enum explain e);                    /* literals of release_explained */
#endif
