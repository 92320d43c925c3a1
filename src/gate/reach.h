/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/reach.h: how far an account can go before the ladder stops it: the same machine as ladder.c, played on a copy. For the security officer's simulator and
 * for the figures of bench/ladder.c. Pure. Start at ladder_reach.
 */
#ifndef HYGIE_GATE_REACH_H
#define HYGIE_GATE_REACH_H

#include "gate/ladder.h"

/* Of the next 24 hours, one opening every pace_ms: how many are released to who has the password and a live session, but ... */
struct ladder_reach {
	uint32_t without_proof;  /* no second factor: unexplained openings until a proof is asked for */
	uint32_t with_proof;     /* the second factor too: unexplained ones until the stop */
	uint32_t hidden;         /* the same, hidden among one to five explained ones each */
	uint32_t explained;      /* explained ones only */
};
#define REACH_PACE_MS (4 * 60000LL)
struct ladder_reach ladder_reach(const struct ladder *l, const struct ladder_scale *job, uint32_t all, uint32_t apart, int64_t now_ms, int64_t pace_ms);
#endif
