/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/ledger.c: what the ledger does on this disk: one flush, durable entries a second with 1, 8 and 64 waiters (each appends one, waits for it, appends
 * the next), also while the patients' map is bound twice a second, how long until a signed head proves an entry, a change of keys, a proof of who saw a record, and the verifier. Prints `name value unit` lines. It must never run on a real ledger: it makes its own directory and removes it.
 *   bench_ledger [DIRECTORY] [SECONDS]      DIRECTORY: on the disk to be measured, default the current one. Start at main.
 */
#include "ledger/publish.h"
#include "ledger/who.h"

#include "base/clock.h"
#include "base/random.h"

#include <ftw.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAITERS_MAX 64
#define ACKS_MAX    4000000u

struct waiter { pthread_t thread; struct ledger *l; uint64_t *ns; size_t n, max; };
static _Atomic bool over;

static void
must(enum rc rc, const struct problem *p)
{
	if (rc == RC_OK)
		return;
	fprintf(stderr, "bench_ledger: %s: %s\n", p->where, p->detail);
	exit(1);
}

/* A read of one chart: what most entries are. */
static void *
wait_and_append(void *waiter)
{
	struct waiter *w = waiter;
	struct problem p = { 0 };

	for (uint64_t i = 0; !over; i++) {
		struct ledger_patient one = { .patient = (int64_t)i + 1, .explain = EXPLAIN_UNIT, .tier = TIER_CLINICAL, .draw = true };
		struct ledger_entry e = { .kind = LEDGER_RELEASE, .surface = 1, .tier = TIER_CLINICAL, .reveals = REVEALS_ONE_PATIENT, .rows = 24, .draws = 1,
			.route = STR("/patient/:patient/summary"), .account = 42, .session = i, .unit = STR("CARDIO-2"), .from = STR("10.2.0.17"), .patients = &one, .n_patients = 1 };
		uint64_t from = clock_ns();
		must(ledger_append(w->l, &e, &p), &p);
		if (!ledger_sync(w->l, e.number))
			exit(1);
		if (w->n < w->max)
			w->ns[w->n] = clock_ns() - from;
		w->n++;
	}
	return NULL;
}

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
appends(struct ledger *l, unsigned n, const char *when, unsigned seconds, uint64_t *ns)
{
	struct waiter w[WAITERS_MAX];
	struct ledger_stats before = ledger_stats(l);
	size_t done = 0, kept = 0;

	over = false;
	uint64_t from = clock_ns();
	for (unsigned i = 0; i < n; i++) {
		w[i] = (struct waiter){ .l = l, .ns = ns + i * (ACKS_MAX / n), .max = ACKS_MAX / n };
		if (pthread_create(&w[i].thread, NULL, wait_and_append, &w[i]) != 0)
			exit(1);
	}
	sleep(seconds);
	over = true;
	for (unsigned i = 0; i < n; i++) {
		pthread_join(w[i].thread, NULL);
		done += w[i].n;
		size_t have = w[i].n < w[i].max ? w[i].n : w[i].max;
		memmove(ns + kept, w[i].ns, have * sizeof *ns);
		kept += have;
	}
	double took = (double)(clock_ns() - from) / 1e9;
	struct ledger_stats after = ledger_stats(l);
	qsort(ns, kept, sizeof *ns, by_size);
	printf("ledger_appends_per_s_%u%s %.0f entries/s\n", n, when, (double)done / took);
	printf("ledger_entries_per_flush_%u%s %.1f entries\n", n, when, (double)(after.appended - before.appended) / (double)(after.flushes - before.flushes));
	printf("ledger_ack_median_us_%u%s %.0f us\n", n, when, (double)ns[kept / 2] / 1e3);
	printf("ledger_ack_p99_us_%u%s %.0f us\n", n, when, (double)ns[kept * 99 / 100] / 1e3);
	fflush(stdout);
}

/* ---- from an entry to the signed head that proves it ---- */

/* What the published head says: its second line is the size (ledger/signing.h). */
static uint64_t
signed_size(const char *dir)
{
	char path[600], text[600];
	uint64_t size = 0;
	struct str left = STR_NONE;

	(void)snprintf(path, sizeof path, "%s/checkpoint", dir);
	FILE *f = fopen(path, "r");
	size_t n = f ? fread(text, 1, sizeof text, f) : 0;
	if (f)
		fclose(f);
	(void)str_cut((struct str){ text, n }, '\n', &left);
	return n > 0 && str_u64(str_cut(left, '\n', &left), &size) == RC_OK ? size : 0;
}

/* One entry each pause_us for so many seconds, none waited for; how long until a signed head covers it. */
static void
proof_ready(struct ledger *l, const char *dir, const char *name, unsigned pause_us, unsigned seconds, uint64_t *ns)
{
	struct problem p = { 0 };
	uint64_t first = ledger_head(l) + 1, last = 0, upto = first, stop = clock_ns() + seconds * UINT64_C(1000000000);

	for (bool appends = true; appends || upto <= last;) {
		if (appends) {
			struct ledger_entry e = { .kind = LEDGER_RELEASE, .surface = 1, .tier = TIER_CLINICAL, .rows = 24, .draws = 1, .route = STR("/patient/:patient/summary"), .account = 42, .unit = STR("CARDIO-2") };
			must(ledger_append(l, &e, &p), &p);
			ledger_want(l, e.number);
			last = e.number;
			if (last - first < ACKS_MAX)
				ns[last - first] = clock_ns();
			appends = clock_ns() < stop;
		}
		usleep(pause_us);
		for (uint64_t size = signed_size(dir); upto <= size && upto <= last; upto++)
			if (upto - first < ACKS_MAX)
				ns[upto - first] = clock_ns() - ns[upto - first];
	}
	size_t n = last - first + 1 < ACKS_MAX ? last - first + 1 : ACKS_MAX;
	/* the numbers between are the ledger's own entries: never given a time */
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (ns[i] < UINT64_C(60000000000))
			ns[kept++] = ns[i];
	qsort(ns, kept, sizeof *ns, by_size);
	printf("ledger_proof_ready_median_ms_%s %.0f ms\n", name, (double)ns[kept / 2] / 1e6);
	printf("ledger_proof_ready_p99_ms_%s %.0f ms\n", name, (double)ns[kept * 99 / 100] / 1e6);
	fflush(stdout);
}

/* Without waiting: what chaining and hashing alone allow. */
static void
given(struct ledger *l, uint64_t count)
{
	struct problem p = { 0 };
	struct ledger_entry e = { 0 };
	uint64_t from = clock_ns();

	for (uint64_t i = 0; i < count; i++) {
		e = (struct ledger_entry){ .kind = LEDGER_RELEASE, .surface = 1, .tier = TIER_CLINICAL, .rows = 24, .draws = 1, .route = STR("/patient/:patient/summary"),
			.account = 42, .session = i, .unit = STR("CARDIO-2"), .from = STR("10.2.0.17") };
		enum rc rc = ledger_append(l, &e, &p);
		if (rc == RC_RETRY && ledger_sync(l, ledger_head(l)))
			i--;
		else
			must(rc, &p);
	}
	printf("ledger_given_per_s %.0f entries/s\n", (double)count / ((double)(clock_ns() - from) / 1e9));
	if (!ledger_sync(l, ledger_head(l)))
		exit(1);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	return remove(path);
}

static void
remove_dir(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the patients' map ---- */

static void *
bind_again(void *ledger)
{
	struct problem p = { 0 };

	for (; !over; usleep(500000)) /* a server binds once an hour */
		must(ledger_bind(ledger, &p), &p);
	return NULL;
}

static void
appends_while_bound(struct ledger *l, unsigned seconds, uint64_t *ns)
{
	pthread_t binder;
	struct problem p = { 0 };

	uint64_t from = clock_ns();
	must(ledger_bind(l, &p), &p);
	printf("ledger_bind_first_ms %.0f ms\n", (double)(clock_ns() - from) / 1e6);
	over = false;
	if (pthread_create(&binder, NULL, bind_again, l) != 0)
		exit(1);
	appends(l, 64, "_binding", seconds, ns);
	pthread_join(binder, NULL);
	from = clock_ns();
	must(ledger_bind(l, &p), &p);
	printf("ledger_bind_again_ms %.0f ms\n", (double)(clock_ns() - from) / 1e6);
}

static void
epochs(struct ledger *l)
{
	struct problem p = { 0 };
	uint64_t from = clock_ns();

	for (unsigned i = 0; i < 10; i++)
		must(ledger_epoch_next(l, &p), &p);
	printf("ledger_epoch_ms %.1f ms\n", (double)(clock_ns() - from) / 1e7);
}

static void
nothing(struct ledger_who_each *each, const struct ledger_entry *e)
{
	(void)each, (void)e;
}

#define ASKED 400

static void
who(const char *dir)
{
	char out[600], pub[600], list[600];
	struct ledger_published done;
	struct ledger_who_each each = { nothing };
	struct ledger_who r = { .n = 0 };
	struct stream dice = stream_of(7, 7);
	struct problem p = { 0 };
	uint64_t made[ASKED], judged[ASKED], bytes = 0, entries = 0;
	struct buf text;

	(void)snprintf(out, sizeof out, "%s/published", dir);
	(void)snprintf(pub, sizeof pub, "%s/ledger.pub", dir);
	(void)snprintf(list, sizeof list, "%s/epochs", dir);
	must(ledger_publish(dir, out, NULL, &done, &p), &p);
	buf_init(&text, LEDGER_WHO_BYTES);
	for (unsigned i = 0; i < ASKED; i++) {
		buf_reset(&text);
		uint64_t from = clock_ns();
		must(ledger_who_prove(dir, out, NULL, 1 + stream_below(&dice, 20000), &text, &p), &p);
		made[i] = clock_ns() - from;
		from = clock_ns();
		must(ledger_who_check(buf_view(&text), pub, list, &each, &r, &p), &p);
		judged[i] = clock_ns() - from;
		bytes += text.n;
		entries += r.n;
	}
	buf_done(&text);
	qsort(made, ASKED, sizeof *made, by_size);
	qsort(judged, ASKED, sizeof *judged, by_size);
	printf("ledger_who_entries %.1f entries\nledger_who_bytes %.0f bytes\nledger_who_made_p50_ms %.2f ms\nledger_who_made_p99_ms %.2f ms\nledger_who_judged_p99_ms %.2f ms\n", (double)entries / ASKED, (double)bytes / ASKED,
		(double)made[ASKED / 2] / 1e6, (double)made[ASKED * 99 / 100] / 1e6, (double)judged[ASKED * 99 / 100] / 1e6);
}

/* Of all threads of this process: a verification's own time, whatever else the machine does. */
static double
cpu_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	char dir[512];
	struct ledger_settings s = { .dir = dir };
	struct ledger *l = NULL;
	struct ledger_verdict v;
	struct problem p = { 0 };
	unsigned seconds = 3;
	uint64_t *ns = calloc(ACKS_MAX, sizeof *ns), wanted;

	if (argc > 2 && str_u64(str_of(argv[2]), &wanted) == RC_OK && wanted > 0 && wanted < 600)
		seconds = (unsigned)wanted;
	int n = snprintf(dir, sizeof dir, "%s/bench-ledger-XXXXXX", argc > 1 ? argv[1] : ".");
	if (!ns || n < 0 || (size_t)n >= sizeof dir || !mkdtemp(dir))
		return 1;
	uint64_t from = clock_ns();
	must(ledger_open(&s, &l, &p), &p);
	printf("ledger_first_open_ms %.1f ms\n", (double)(clock_ns() - from) / 1e6);
	printf("ledger_flush_us %" PRIu64 " us\n", ledger_flush_us(l));
	appends(l, 1, "", seconds, ns);
	appends(l, 8, "", seconds, ns);
	appends(l, 64, "", seconds, ns);
	appends_while_bound(l, seconds, ns);
	epochs(l);
	memset(ns, 0xff, ACKS_MAX * sizeof *ns); /* no time given */
	proof_ready(l, dir, "quiet", 10000, 6, ns);
	memset(ns, 0xff, ACKS_MAX * sizeof *ns);
	proof_ready(l, dir, "busy", 200, 6, ns);
	given(l, 1000000);
	ledger_close(&l);
	from = clock_ns();
	must(ledger_open(&s, &l, &p), &p);
	printf("ledger_open_ms %.1f ms\n", (double)(clock_ns() - from) / 1e6);
	ledger_close(&l);
	double cpu = cpu_s();
	from = clock_ns();
	must(ledger_verify(dir, NULL, 0, &v, &p), &p);
	printf("verify_entries_per_s %.0f entries/s\n", (double)v.entries / ((double)(clock_ns() - from) / 1e9));
	if (!v.good)
		fprintf(stderr, "bench_ledger: the verifier finds entry %" PRIu64 " bad: %s\n", v.first_bad, v.what);
	printf("verify_entries_per_s_core %.0f entries/s\n", (double)v.entries / (cpu_s() - cpu));
	who(dir);
	remove_dir(dir);
	free(ns);
	return v.good ? 0 : 1;
}
