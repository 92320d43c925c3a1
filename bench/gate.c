/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/gate.c: the gate without HTTP, on a real base and a real ledger: two fronts post lists of 32 calls and take them back. Prints decision time (resolve,
 * authorise, explain, price, append; not the read itself, not the flush), reads a second for a machine and for people, and one sign-in.
 */
#include <poll.h>
#include <pthread.h>

#include "../tests/unit/gate/house.h"
#include "base/random.h"

#define LIST 32
#define FRONTS 2
#define PATIENTS 2000

struct front { struct house *h; const char *const *token; unsigned n_tokens; bool bearer; uint64_t seed, until_ns, pause_us, done, refused; };

static struct gate_call *one(struct front *f, struct stream *r)
{
	char id[16];
	struct gate_call *c = call_new(f->token[stream_below(r, f->n_tokens)], "/fhir/:type/:id");
	c->bearer = f->bearer;
	c->surface = SURFACE_API;
	/* people look at the charts of their day again and again */
	snprintf(id, sizeof id, "p%u", stream_below(r, f->bearer ? PATIENTS : 20)); /* more within a minute would ask for a proof */
	ask_read(&c->asks, "r", STR("Patient"), str_of(id));
	return c;
}

static void *front(void *ctx)
{
	struct front *f = ctx;
	struct stream r = stream_of(f->seed, 1);
	struct gate_lane *lane = gate_lane_open(f->h->g);
	unsigned under_way = 0;
	struct gate_call *list = NULL;
	for (unsigned i = 0; i < LIST; i++) {
		struct gate_call *c = one(f, &r);
		c->next = list;
		list = c;
	}
	gate_post(f->h->g, lane, list);
	under_way = LIST;
	while (under_way > 0) {
		struct pollfd wait = { gate_lane_fd(lane), POLLIN, 0 };
		poll(&wait, 1, 1000);
		struct gate_call *back = gate_lane_take(lane), *next_list = NULL;
		bool go_on = clock_ns() < f->until_ns;
		while (back) {
			struct gate_call *c = back;
			back = back->next;
			f->done += release_rc(c->release) == RC_OK;
			f->refused += release_rc(c->release) != RC_OK;
			gate_call_done(&c);
			under_way--;
			if (go_on) {
				c = one(f, &r);
				c->next = next_list;
				next_list = c;
				under_way++;
			}
		}
		if (f->pause_us)
			usleep((useconds_t)f->pause_us);
		gate_post(f->h->g, lane, next_list);
	}
	gate_lane_close(&lane);
	return NULL;
}

static double run(struct house *h, const char *const *token, unsigned n, bool bearer, double seconds, uint64_t pause_us)
{
	struct front f[FRONTS];
	pthread_t thread[FRONTS];
	uint64_t from = clock_ns(), done = 0, refused = 0;
	for (unsigned i = 0; i < FRONTS; i++) {
		f[i] = (struct front){ .h = h, .token = token, .n_tokens = n, .bearer = bearer, .seed = i + 1, .pause_us = pause_us, .until_ns = from + (uint64_t)(seconds * 1e9) };
		pthread_create(&thread[i], NULL, front, &f[i]);
	}
	for (unsigned i = 0; i < FRONTS; i++) {
		pthread_join(thread[i], NULL);
		done += f[i].done;
		refused += f[i].refused;
	}
	if (refused)
		fprintf(stderr, "refused: %llu\n", (unsigned long long)refused);
	return (double)done / ((double)(clock_ns() - from) / 1e9);
}

int main(void)
{
	struct house h;
	static char people[3][64];
	static const char *const LOGIN[] = { "nurse", "physician", "clerk" };
	const char *token[3] = { people[0], people[1], people[2] }, *machine[1] = { MACHINE_TOKEN };
	house_now = clock_ms();
	house_new(&h, PATIENTS + 8);
	uint64_t from = clock_ns();
	for (int i = 0; i < 3; i++)
		house_sign_in(&h, LOGIN[i], people[i]);
	printf("gate_sign_in_ms %.1f ms\n", (double)(clock_ns() - from) / 3e6);
	printf("ledger_flush_us %llu us\n", (unsigned long long)h.set.flush_us);
	clock_set(0);
	/* first at an even 10,000 a second (a house of 1,400 people makes some dozens), then as fast as it goes: there the wait for a core is in the figure */
	(void)run(&h, machine, 1, true, 2, 6000);
	(void)run(&h, token, 3, false, 3, 6000);
	struct gate_stats s = gate_stats(h.g);
	printf("gate_decision_p50_us %llu us\ngate_decision_p99_us %llu us\n", (unsigned long long)s.decision_us_p50, (unsigned long long)s.decision_us_p99);
	printf("gate_machine_reads_per_s %.0f /s\n", run(&h, machine, 1, true, 4, 0));
	printf("gate_person_reads_per_s %.0f /s\n", run(&h, token, 3, false, 3, 0));
	s = gate_stats(h.g);
	printf("gate_decision_saturated_p99_us %llu us\n", (unsigned long long)s.decision_us_p99);
	printf("gate_entries_per_flush %.1f n\n", s.flushes ? (double)s.ledger_appended / (double)s.flushes : 0.0);
	house_done(&h);
	return 0;
}
