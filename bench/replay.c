/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/replay.c: one hospital of the replay, of one seed (replay.h). bench/replay runs it for several and makes a table of them. Prints
 *   fig NAME VALUE UNIT, thief … (replay_thieves.c), and at the end dir DIRECTORY: the files, for a thief of the disk; whoever called removes them.
 *   bench_replay SEED DAYS PEOPLE      PEOPLE: of each establishment. Start at main.
 */
#include "replay.h"

static void say_work(const struct world *w, const struct tally t[N_STAFF])
{
	struct tally sum = { 0 };
	for (size_t j = 0; j < N_STAFF; j++) {
		const struct tally *of = &t[j];
		printf("fig work_%s_explained_pct %.2f pct\n", STAFF[j].name, of->openings ? 100.0 * of->explained / of->openings : 0);
		printf("fig work_%s_stepups_per_1000 %.2f per_1000\n", STAFF[j].name, of->staff_days ? 1000.0 * of->proofs / of->staff_days : 0);
		printf("fig work_%s_freezes_per_1000 %.2f per_1000\n", STAFF[j].name, of->staff_days ? 1000.0 * of->stops / of->staff_days : 0);
		sum.staff_days += of->staff_days;
		sum.openings += of->openings;
		sum.explained += of->explained;
		sum.reasons += of->reasons;
		sum.proofs += of->proofs;
		sum.stops += of->stops;
		for (int why = 1; why < LADDER_WHYS; why++)
			if (of->why[why])
				printf("fig stops_%s_%s %u stops\n", STAFF[j].name, ladder_word((enum ladder_why)why) + sizeof "ladder:" - 1, of->why[why]);
		sum.differs += of->differs;
		sum.ran_out += of->ran_out;
		sum.read_us += of->read_us;
		sum.reads += of->reads;
	}
	printf("fig work_people %zu people\nfig work_staff_days %u days\nfig work_openings %u openings\n", w->n_person, sum.staff_days, sum.openings);
	printf("fig work_ran_out %u openings\n", sum.ran_out);
	printf("fig x5_explained_pct %.3f pct\nfig x5_asked_pct %.3f pct\n", 100.0 * sum.explained / sum.openings, 100.0 * sum.reasons / sum.openings);
	printf("fig work_stepups_per_1000 %.2f per_1000\nfig work_freezes_per_1000 %.2f per_1000\n", 1000.0 * sum.proofs / sum.staff_days, 1000.0 * sum.stops / sum.staff_days);
	printf("fig model_differs %u openings\n", sum.differs);
	printf("time read_us %.1f us\n", sum.read_us / (double)sum.reads);
	fflush(stdout);
}

static unsigned number(const char *text, unsigned most)
{
	unsigned long n = strtoul(text, NULL, 10);
	return n > 0 && n <= most ? (unsigned)n : 0;
}

int main(int argc, char **argv)
{
	struct world w;
	struct tally t[N_STAFF] = { { 0 } };
	unsigned seed = argc == 4 ? number(argv[1], 1u << 30) : 0, days = argc == 4 ? number(argv[2], 120) : 0, people = argc == 4 ? number(argv[3], 60) : 0;
	if (!seed || !days || !people) {
		fputs("usage: bench_replay SEED DAYS PEOPLE\n", stderr);
		return 2;
	}
	fprintf(stderr, "replay: seed %u: a hospital is made\n", seed);
	world_new(&w, seed, days, people);
	printf("dir %s\n", w.dir);
	fflush(stdout);
	for (unsigned day = 0; day < days; day++) {
		fprintf(stderr, "replay: seed %u: day %u of %u\n", seed, day + 1, days);
		world_day(&w, day);
		work_day(&w, day, t);
	}
	say_work(&w, t);
	struct gate_stats s = gate_stats(w.g);
	printf("time decision_p50_us %llu us\ntime decision_p99_us %llu us\n", (unsigned long long)s.decision_us_p50, (unsigned long long)s.decision_us_p99);
	thieves(&w);
	world_done(&w);
	return 0;
}
