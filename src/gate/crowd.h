/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/crowd.h: how many charts the whole house opens without a care link in ten minutes, against what it did in the same hour of earlier weeks (SECURITY 7.3.4).
 * Many accounts that each stay under their own alarms show here. A pure machine of whole numbers, folded from the ledger. Called by budget.c. Start at crowd_weigh.
 */
#ifndef HYGIE_GATE_CROWD_H
#define HYGIE_GATE_CROWD_H

#include "base/str.h"

#define CROWD_SLOT_MS (600 * 1000LL)
#define CROWD_HOURS 168                /* of a week, from Thursday 1 January 1970 00:00 UTC */
#define CROWD_SIGMAS 6
#define CROWD_LEARNT 24                /* slots of an hour of the week before it stands for itself: four weeks; before, all hours together from a day on */
#define CROWD_DAY 144
#define CROWD_LEAST 10                 /* fewer in ten minutes are never an alarm */

struct crowd {
	int64_t slot;                      /* number of the slot that runs, 0 none yet */
	uint32_t n;                        /* openings in it */
	bool told;                         /* an alarm was given in it */
	struct crowd_hour { uint32_t slots; uint64_t sum, squares; } hour[CROWD_HOURS], all;
};

/* Would `more` openings now be an alarm that was not given in these ten minutes yet? Cost: a copy of 4 KB, and nothing when more is 0. */
bool crowd_weigh(const struct crowd *c, uint32_t more, int64_t now_ms);
/* The fold. */
void crowd_went(struct crowd *c, uint32_t opened, int64_t at_ms);
void crowd_told(struct crowd *c, int64_t at_ms);
bool crowd_same(const struct crowd *a, const struct crowd *b, int64_t now_ms); /* at a moment */

/* As text for a snapshot, in parts of at most CROWD_TEXT bytes: from *at on, which is moved on; false when nothing is left. The first part begins anew. */
#define CROWD_TEXT 500
bool crowd_put(const struct crowd *c, unsigned *at, struct buf *out);
bool crowd_get(struct crowd *c, struct str text);                /* false: no such text */
#endif
