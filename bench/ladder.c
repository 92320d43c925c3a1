/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder.c: how many records leave before the ladder stops a thief, and how often it stops honest people: `name value unit`, one a line.
 * Thieves: who opens unexplained charts only, without and with a key to prove himself; who hides them among explained ones. Honest people: the record of SECURITY
 * 7.9 (shares of jobs, gamma-Poisson days, beta-distributed shares of unexplained openings, unplanned days in another unit): a model, not hospital data.
 * Twice: everybody of a job alike, as there, and people who differ around their job's mean. Arguments: staff-days of each (default 2,000,000). The same numbers
 * come out of every run.
 */
#include "gate/reach.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define HOUR 3600000LL
#define DAY (24 * HOUR)

static const struct { const char *name; enum ladder_job job; double share, mean, k, apart; } JOBS_OF[] = {
	{ "nurse", JOB_NURSE, .40, 12, 4, .05 }, { "physician", JOB_PHYSICIAN, .20, 17, 4, .06 }, { "emergency", JOB_EMERGENCY, .08, 25, 3, .20 },
	{ "clerk", JOB_CLERK, .15, 35, 3, .15 }, { "laboratory", JOB_LABORATORY, .12, 40, 3, .10 }, { "coder", JOB_CODER, .05, 50, 3, .25 },
};
#define N_JOBS (sizeof JOBS_OF / sizeof *JOBS_OF)

/* ---- chance ---- */

static uint64_t state = 0x9e3779b97f4a7c15u;

static double uniform(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return ((double)((z ^ z >> 31) >> 11) + .5) / 9007199254740992.0;
}

static double normal(void) { return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform()); }

/* Marsaglia and Tsang 2000. */
static double gamma_of(double shape)
{
	if (shape < 1)
		return gamma_of(shape + 1) * pow(uniform(), 1 / shape);
	double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
	for (;;) {
		double x = normal(), v = 1 + c * x;
		if (v <= 0)
			continue;
		v = v * v * v;
		if (log(uniform()) < .5 * x * x + d - d * v + d * log(v))
			return d * v;
	}
}

static unsigned poisson(double mean)
{
	unsigned n = 0;
	for (double left = exp(-mean), p = uniform(); p > left; p *= uniform())
		n++;
	return n;
}

static double beta(double mean, double concentration)
{
	double a = gamma_of(mean * concentration), b = gamma_of((1 - mean) * concentration);
	return a / (a + b);
}

/* ---- one opening, as the gate prices it ---- */

struct person { struct ladder l; const struct ladder_scale *s; uint32_t all, apart; unsigned proofs, stops; bool has_key; };

/* False: not released. */
static bool opens(struct person *x, bool unexplained, int64_t at)
{
	for (;;) {
		struct ladder_call c;
		if (x->l.stopped)
			return false;
		ladder_begin(&c, &x->l, x->s, x->all, x->apart, at);
		ladder_open(&c, unexplained, true);
		if (c.verdict.step == LADDER_GO) {
			ladder_went(&x->l, c.l.evidence, c.l.granted, unexplained, c.more, at);
			x->all++;
			x->apart += unexplained;
			return true;
		}
		if (c.verdict.step == LADDER_STOP || !x->has_key) {
			x->stops++;
			ladder_stopped(&x->l, c.verdict.why, at);
			return false;
		}
		x->proofs++;
		ladder_asked(&x->l, c.verdict.why);
		ladder_proved(&x->l, at);
	}
}

/* ---- thieves ---- */

static void thieves(void)
{
	static const struct ladder fresh;
	for (size_t i = 0; i < N_JOBS; i++) {
		struct ladder_reach r = ladder_reach(&fresh, ladder_scale(JOBS_OF[i].job), 0, 0, DAY, REACH_PACE_MS);
		printf("ladder_%s_taken_without_key %u records\n", JOBS_OF[i].name, r.without_proof);
		printf("ladder_%s_taken_with_key %u records\n", JOBS_OF[i].name, r.with_proof);
		printf("ladder_%s_taken_padded %u records\n", JOBS_OF[i].name, r.hidden);
	}
	printf("ladder_taken_by_a_script %u records\n", ladder_reach(&fresh, ladder_scale(JOB_CODER), 0, 0, DAY, 100).with_proof);
}

/* ---- honest people ---- */

#define SHIFTS 220
static void honest(const char *name, unsigned staff_days, bool differ)
{
	unsigned days = 0, proofs = 0, stops = 0, why[LADDER_WHYS] = { 0 };
	while (days < staff_days) {
		double u = uniform();
		size_t j = 0;
		for (double sum = JOBS_OF[0].share; j + 1 < N_JOBS && u > sum; sum += JOBS_OF[++j].share)
			continue;
		struct person x = { .s = ladder_scale(JOBS_OF[j].job), .has_key = true };
		double own = differ ? beta(JOBS_OF[j].apart, 20) : JOBS_OF[j].apart; /* the person's own mean */
		for (unsigned shift = 0; shift < SHIFTS && days < staff_days; shift++, days++) {
			bool away = uniform() < .01, declared = away && uniform() < .9;
			double rate = away && !declared ? .7 : beta(own, 6);
			unsigned n = poisson(gamma_of(JOBS_OF[j].k) * JOBS_OF[j].mean / JOBS_OF[j].k);
			int64_t from = (int64_t)(shift * 30 / 22 + 1) * DAY + 8 * HOUR;
			x.all = x.apart = 0; /* shifts lie a day and more apart */
			x.proofs = x.stops = 0;
			for (unsigned i = 0; i < n; i++)
				if (!opens(&x, uniform() < rate, from + (int64_t)i * 8 * HOUR / n)) {
					why[x.l.stopped]++;
					ladder_freed(&x.l, from + (int64_t)i * 8 * HOUR / n);
				}
			proofs += x.proofs;
			stops += x.stops;
			for (unsigned i = 0; i < x.proofs; i++) /* a key that does not answer */
				stops += uniform() < .005;
		}
	}
	printf("ladder_%s_staff_days %u days\n", name, days);
	printf("ladder_%s_proofs_per_1000_days %.3g proofs\n", name, 1000.0 * proofs / days);
	printf("ladder_%s_stops_per_1000_days %.3g stops\n", name, 1000.0 * stops / days);
	for (int i = 1; i < LADDER_WHYS; i++)
		if (why[i])
			printf("ladder_%s_stops_by_%s %.3g per_1000_days\n", name, ladder_word((enum ladder_why)i) + sizeof "ladder:" - 1, 1000.0 * why[i] / days);
}

int main(int argc, char **argv)
{
	thieves();
	unsigned days = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000000;
	honest("alike", days, false);
	honest("differing", days, true);
	return 0;
}
