/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/chance.h: chance that comes out the same in every run, and the staff of SECURITY 7.9: who opens how many charts a day. The means of physicians are anchored in
 * published counts, those of clerks, laboratories and coders are guesses there. Used by ladder.c and the replay. Never for keys.
 */
#ifndef HYGIE_BENCH_CHANCE_H
#define HYGIE_BENCH_CHANCE_H

#include "gate/ladder.h"

#include <math.h>

struct chance { uint64_t state; };

static inline double uniform(struct chance *c)
{
	uint64_t z = c->state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return ((double)((z ^ z >> 31) >> 11) + .5) / 9007199254740992.0;
}

static inline unsigned below(struct chance *c, size_t n) { return (unsigned)(uniform(c) * (double)n); }

static inline double normal(struct chance *c) { return sqrt(-2 * log(uniform(c))) * cos(6.283185307179586 * uniform(c)); }

/* Marsaglia and Tsang 2000. */
static inline double gamma_of(struct chance *c, double shape)
{
	if (shape < 1) {
		double g = gamma_of(c, shape + 1);
		return g * pow(uniform(c), 1 / shape);
	}
	double d = shape - 1.0 / 3, k = 1 / sqrt(9 * d);
	for (;;) {
		double x = normal(c), v = 1 + k * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(uniform(c)) < .5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

static inline unsigned poisson(struct chance *c, double mean)
{
	unsigned n = 0;
	for (double left = exp(-mean), p = uniform(c); p > left; p *= uniform(c))
		n++;
	return n;
}

static inline double beta_of(struct chance *c, double mean, double concentration)
{
	double a = gamma_of(c, mean * concentration), b = gamma_of(c, (1 - mean) * concentration);
	return a / (a + b);
}

/* apart: share of openings without a care link, by 7.9. */
static const struct staff { const char *name; enum ladder_job job; double share, mean, k, apart; } STAFF[] = {
	{ "nurse",      JOB_NURSE,      .40, 12, 4, .05 },
	{ "physician",  JOB_PHYSICIAN,  .20, 17, 4, .06 },
	{ "emergency",  JOB_EMERGENCY,  .08, 25, 3, .20 },
	{ "clerk",      JOB_CLERK,      .15, 35, 3, .15 },
	{ "laboratory", JOB_LABORATORY, .12, 40, 3, .10 },
	{ "coder",      JOB_CODER,      .05, 50, 3, .25 },
};
#define N_STAFF (sizeof STAFF / sizeof *STAFF)

/* Gamma-Poisson, as budgets of 7.3 take it; volume 1: of 7.9. */
static inline unsigned openings_of(struct chance *c, const struct staff *s, double volume)
{
	return poisson(c, gamma_of(c, s->k) * s->mean * volume / s->k);
}
#endif
