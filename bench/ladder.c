/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ladder.c: how many records leave before the ladder stops a thief, and how often it stops honest people: `name value unit`, one a line.
 * Thieves: who opens unexplained charts only, without and with a key to prove himself; who hides them among explained ones. Honest people: the record of SECURITY
 * 7.9 (shares of jobs, gamma-Poisson days, beta-distributed shares of unexplained openings, unplanned days in another unit): a model, not hospital data.
 * Everybody of a job alike, as there, and what differs from it (WORLD). Arguments: staff-days of each (default 2,000,000), seed (default 0). The same seed gives the same numbers.
 */
#include "chance.h"
#include "gate/reach.h"

#include <stdio.h>
#include <stdlib.h>

#define HOUR 3600000LL
#define DAY (24 * HOUR)

static struct chance chance = { 0x9e3779b97f4a7c15u };

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
			ladder_went(&x->l, c.l.evidence, c.l.granted, unexplained, c.drawn, at);
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
	for (size_t i = 0; i < N_STAFF; i++) {
		struct ladder_reach r = ladder_reach(&fresh, ladder_scale(STAFF[i].job), 0, 0, DAY, REACH_PACE_MS);
		printf("ladder_%s_taken_without_key %u records\n", STAFF[i].name, r.without_proof);
		printf("ladder_%s_taken_with_key %u records\n", STAFF[i].name, r.with_proof);
		printf("ladder_%s_taken_padded %u records\n", STAFF[i].name, r.hidden);
	}
	printf("ladder_taken_by_a_script %u records\n", ladder_reach(&fresh, ladder_scale(JOB_CODER), 0, 0, DAY, 100).with_proof);
}

/* ---- honest people ---- */

#define SHIFTS 220
#define UNIT_WEEK 50 /* shifts of a unit's week: ten people, five days */
struct world { const char *name; bool differ; double volume, away; };
static void honest(const struct world *w, unsigned staff_days)
{
	const char *name = w->name;
	unsigned days = 0, proofs = 0, stops = 0, why[LADDER_WHYS] = { 0 }, of_unit[N_STAFF] = { 0 };
	struct ladder_volume unit[N_STAFF] = { { 0 } }; /* whoever does a job works in one unit: its weeks are learnt as people come and go */
	while (days < staff_days) {
		double u = uniform(&chance);
		size_t j = 0;
		for (double sum = STAFF[0].share; j + 1 < N_STAFF && u > sum; sum += STAFF[++j].share)
			continue;
		struct ladder_scale scale = *ladder_scale(STAFF[j].job);
		struct person x = { .s = &scale, .has_key = true };
		double own = w->differ ? beta_of(&chance, STAFF[j].apart, 20) : STAFF[j].apart; /* the person's own mean */
		for (unsigned shift = 0; shift < SHIFTS && days < staff_days; shift++, days++) {
			bool away = uniform(&chance) < w->away, declared = away && uniform(&chance) < .9;
			double rate = away && !declared ? .7 : beta_of(&chance, own, 6);
			unsigned n = openings_of(&chance, &STAFF[j], w->volume);
			int64_t from = (int64_t)(shift * 30 / 22 + 1) * DAY + 8 * HOUR;
			x.all = x.apart = 0; /* shifts lie a day and more apart */
			x.proofs = x.stops = 0;
			int64_t week = (int64_t)(1 + of_unit[j]++ / UNIT_WEEK) * 7 * DAY;
			uint32_t share;
			if (ladder_volume_due(&unit[j], &scale, week, &share))
				ladder_volume_learnt(&unit[j], share, week);
			scale.unit = unit[j].share;
			for (unsigned i = 0; i < n; i++)
				if (!opens(&x, uniform(&chance) < rate, from + (int64_t)i * 8 * HOUR / n)) {
					why[x.l.stopped]++;
					ladder_freed(&x.l, from + (int64_t)i * 8 * HOUR / n);
				}
			ladder_volume_went(&unit[j], x.all, n > 0, week);
			proofs += x.proofs;
			stops += x.stops;
			for (unsigned i = 0; i < x.proofs; i++) /* a key that does not answer */
				stops += uniform(&chance) < .005;
		}
	}
	printf("ladder_%s_staff_days %u days\n", name, days);
	printf("ladder_%s_proofs_per_1000_days %.3g proofs\n", name, 1000.0 * proofs / days);
	printf("ladder_%s_stops_per_1000_days %.3g stops\n", name, 1000.0 * stops / days);
	for (int i = 1; i < LADDER_WHYS; i++)
		if (why[i])
			printf("ladder_%s_stops_by_%s %.3g per_1000_days\n", name, ladder_word((enum ladder_why)i) + sizeof "ladder:" - 1, 1000.0 * why[i] / days);
}

/* alike: the record of 7.9. Then people who differ, other volumes than the budgets were made for (the ladder learns each person from the twentieth shift on, and each unit's weeks), and three times as many days in another unit. */
static const struct world WORLD[] = {
	{ "alike",     false, 1,    .01 },
	{ "differing", true,  1,    .01 },
	{ "v050",      false, .5,   .01 },
	{ "v125",      false, 1.25, .01 },
	{ "v150",      false, 1.5,  .01 },
	{ "float3",    false, 1,    .03 },
};

int main(int argc, char **argv)
{
	thieves();
	chance.state += argc > 2 ? strtoul(argv[2], NULL, 10) * 0xd1342543de82ef95u : 0;
	unsigned days = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 2000000;
	for (size_t i = 0; i < sizeof WORLD / sizeof *WORLD; i++)
		honest(&WORLD[i], days);
	return 0;
}
