/* SPDX-License-Identifier: Apache-2.0 */
/* gate/reach.c: see reach.h. Must never decide otherwise than the gate: it only plays what ladder.c says. */
#include "gate/reach.h"

#define DAY_MS (24 * 3600 * 1000LL)

struct play { struct ladder l; const struct ladder_scale *job; uint32_t all, apart; bool proves; };

/* False: not released, and nothing more will be. */
static bool opens(struct play *x, bool unexplained, int64_t at_ms)
{
	for (int proofs = 0; proofs < 4; proofs++) { /* one call meets a few counters at most */
		struct ladder_call c;
		ladder_begin(&c, &x->l, x->job, x->all, x->apart, at_ms);
		ladder_open(&c, unexplained, true);
		if (c.verdict.step == LADDER_GO) {
			ladder_went(&x->l, c.l.evidence, c.l.granted, unexplained, c.drawn, at_ms);
			x->all++;
			x->apart += unexplained;
			return true;
		}
		if (c.verdict.step == LADDER_STOP || !x->proves)
			return false;
		ladder_asked(&x->l, c.verdict.why);
		ladder_proved(&x->l, at_ms);
	}
	return false;
}

/* How many of those that count are released: unexplained ones, each followed by so many explained; or explained ones only. */
static uint32_t play(struct play x, unsigned between, bool explained_only, int64_t now_ms, int64_t pace_ms)
{
	uint32_t n = 0;
	for (int64_t at = now_ms; at < now_ms + DAY_MS; at += pace_ms) {
		if (!opens(&x, !explained_only, at))
			return n;
		n++;
		for (unsigned i = 0; i < between; i++)
			if (!opens(&x, false, at += pace_ms))
				return n;
	}
	return n;
}

struct ladder_reach ladder_reach(const struct ladder *l, const struct ladder_scale *job, uint32_t all, uint32_t apart, int64_t now_ms, int64_t pace_ms)
{
	struct play bare = { *l, job, all, apart, false }, keyed = { *l, job, all, apart, true };
	struct ladder_reach r = { .without_proof = play(bare, 0, false, now_ms, pace_ms), .with_proof = play(keyed, 0, false, now_ms, pace_ms), .explained = play(keyed, 0, true, now_ms, pace_ms) };
	for (unsigned between = 1; between < 6; between++) {
		uint32_t n = play(keyed, between, false, now_ms, pace_ms);
		r.hidden = n > r.hidden ? n : r.hidden;
	}
	return r;
}
