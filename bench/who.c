/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/who.c: « Qui a consulté ? » over a ledger of a million and of ten million events: the view "who_looked" as a page asks for it, through the gate. The events are appended to
 * the ledger of a small house while no gate runs; at its next start the gate reads them into its index, as after a crash. Prints `name value unit` lines.
 *   bench_who [EVENTS…]      default 1000000 10000000, in growing order. Takes minutes and 200 bytes of disk an event, twice. Start at main.
 */
#include "../tests/unit/gate/house.h"
#include "base/random.h"

#define PATIENTS 2000
#define OF_A_HOUSE 758912u   /* patients whom the events are about; one in five is about one who is in the base */
#define LOOKS 18             /* charts of each person: more within a minute would ask for a proof */
#define ROUNDS 40

static const char *const LOGIN[] = { "nurse", "physician", "clerk" };

static void append(const struct house *h, uint64_t from, uint64_t upto)
{
	struct problem p = { 0 };
	struct dir d;
	struct ledger *l = NULL;
	struct stream r = stream_of(from + 7, 1);
	must_ok(dir_name(h->dir, &d, &p), &p);
	must_ok(ledger_open(&(struct ledger_settings){ .dir = d.ledger }, &l, &p), &p);
	for (uint64_t i = from; i < upto; i++) {
		struct ledger_patient one = { .patient = 1 + stream_below(&r, stream_below(&r, 5) ? OF_A_HOUSE : 3 * PATIENTS), .explain = EXPLAIN_UNIT, .tier = TIER_CLINICAL };
		struct ledger_entry e = { .kind = LEDGER_RELEASE, .surface = 1, .tier = TIER_CLINICAL, .reveals = REVEALS_ONE_PATIENT, .rows = 24, .route = STR("/patient/:patient/summary"),
			.account = 1 + stream_below(&r, 4), .session = i, .unit = STR("u1"), .patients = &one, .n_patients = 1 };
		enum rc rc = ledger_append(l, &e, &p);
		if (rc == RC_RETRY && ledger_sync(l, ledger_head(l)))
			i--;
		else
			must_ok(rc, &p);
	}
	ledger_close(&l);
}

static double ask_who(struct house *h, const char *token, unsigned patient, unsigned *rows_r)
{
	char id[16];
	snprintf(id, sizeof id, "p%u", patient);
	struct gate_call *c = call_new(token, "/patient/:patient/who");
	ask_view(&c->asks, "who_looked");
	ask_arg(&c->asks, "patient", str_of(id));
	uint64_t from = clock_ns();
	gate_run(h->g, c);
	double ms = (double)(clock_ns() - from) / 1e6;
	must_ok(release_rc(c->release), release_problem(c->release));
	*rows_r += (unsigned)rows_count(release_rows(c->release), "accesses");
	gate_call_done(&c);
	return ms;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double measure(struct house *h, uint64_t events)
{
	static double ms[3 * LOOKS * ROUNDS], first[3 * LOOKS];
	unsigned n = 0, n_first = 0, rows = 0;
	char token[3][64];
	house_wait(26 * 3600000LL);
	for (unsigned i = 0; i < 3; i++)
		house_sign_in(h, LOGIN[i], token[i]);
	uint64_t from = clock_ns();
	(void)ask_who(h, token[0], 0, &rows);
	printf("who_saw_me_index_s_%llu %.1f s\n", (unsigned long long)events, (double)(clock_ns() - from) / 1e9);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < 3; i++)
			for (unsigned k = 0; k < LOOKS; k++) {
				ms[n] = ask_who(h, token[i], i * 600 + k * 31, &rows);
				if (round == 0)
					first[n_first++] = ms[n];
				n++;
			}
	qsort(ms, n, sizeof *ms, by_size);
	qsort(first, n_first, sizeof *first, by_size);
	printf("who_saw_me_p50_ms_%llu %.3f ms\nwho_saw_me_p99_ms_%llu %.3f ms\nwho_saw_me_first_worst_ms_%llu %.3f ms\nwho_saw_me_lines_%llu %.1f lines\n", (unsigned long long)events, ms[n / 2], (unsigned long long)events,
		ms[n * 99 / 100], (unsigned long long)events, first[n_first - 1], (unsigned long long)events, (double)rows / (n + 1));
	fflush(stdout);
	return ms[n / 2];
}

int main(int argc, char **argv)
{
	static const char *const USUAL[] = { "1000000", "10000000" };
	struct house h;
	uint64_t have = 0, wanted;
	double smallest = 0, largest = 0;
	house_new(&h, PATIENTS);
	for (int i = 0; i < (argc > 1 ? argc - 1 : 2); i++) {
		if (str_u64(str_of(argc > 1 ? argv[i + 1] : USUAL[i]), &wanted) != RC_OK || wanted <= have)
			return 2;
		gate_close(&h.g);
		append(&h, have, wanted);
		have = wanted;
		uint64_t from = clock_ns();
		house_open(&h);
		printf("who_saw_me_start_s_%llu %.1f s\n", (unsigned long long)have, (double)(clock_ns() - from) / 1e9);
		largest = measure(&h, have);
		smallest = smallest > 0 ? smallest : largest;
	}
	printf("who_saw_me_growth %.2f ratio\n", largest / smallest);
	house_done(&h);
	return 0;
}
