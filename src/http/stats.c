/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/stats.c: counters and the latency histogram of each front. One thread writes, any thread reads, of any process of the server where they share a board: relaxed loads and stores,
 * never a lock.
 * Called by request.c (writing) and by whoever shows figures (http_stats). Start at bucket_of.
 */
#include "http/req.h"

#define ADD(x) __atomic_store_n(&(x), (x) + 1, __ATOMIC_RELAXED)
#define READ(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)

/* Sixteen buckets a power of two: below 16 µs exact, above within 6 %. */
static unsigned
bucket_of(uint64_t us)
{
	if (us < 16)
		return (unsigned)us;
	unsigned top = 63u - (unsigned)__builtin_clzll(us);
	unsigned b = (top - 3) * 16 + (unsigned)((us >> (top - 4)) & 15);
	return b < BUCKETS ? b : BUCKETS - 1;
}

static uint64_t
bucket_us(unsigned b)
{
	if (b < 16)
		return b;
	unsigned top = b / 16 + 3;
	return (uint64_t)(16 + b % 16) << (top - 4);
}

void
stats_request(struct http_front *f)
{
	ADD(f->count->requests);
}

void
stats_refused(struct http_front *f)
{
	ADD(f->count->refused_framing);
}

void
stats_answer(struct http_front *f, unsigned status, uint64_t took_ns)
{
	if (status >= 500)
		ADD(f->count->answers_5xx);
	else if (status >= 400)
		ADD(f->count->answers_4xx);
	else
		ADD(f->count->answers_2xx);
	ADD(f->count->took[bucket_of(took_ns / 1000)]);
}

static uint64_t
percentile(const uint64_t took[BUCKETS], uint64_t total, unsigned per_thousand)
{
	uint64_t rank = (total * per_thousand + 999) / 1000, seen = 0;
	for (unsigned b = 0; total > 0 && b < BUCKETS; b++)
		if ((seen += took[b]) >= rank)
			return bucket_us(b);
	return 0;
}

#define PAGE 4096u

size_t
http_board_bytes(unsigned fronts)
{
	return ((size_t)fronts * sizeof(struct counters) + PAGE - 1) / PAGE * PAGE;
}

static void
add_up(struct http_stats *s, uint64_t took[BUCKETS], const struct counters *c)
{
	s->requests += READ(c->requests);
	s->refused_framing += READ(c->refused_framing);
	s->answers_2xx += READ(c->answers_2xx);
	s->answers_4xx += READ(c->answers_4xx);
	s->answers_5xx += READ(c->answers_5xx);
	for (unsigned b = 0; b < BUCKETS; b++)
		took[b] += READ(c->took[b]);
}

struct http_stats
http_stats(struct http_server *srv)
{
	struct http_stats s = { 0 };
	uint64_t took[BUCKETS] = { 0 }, total = 0;
	const struct http_board *board = &srv->board;
	unsigned parts = board->all ? board->parts : 1;
	for (unsigned k = 0; k < parts; k++) {
		const struct counters *of = board->all ? (const void *)((const char *)board->all + k * http_board_bytes(srv->set.fronts)) : srv->counts;
		for (unsigned i = 0; i < srv->set.fronts; i++)
			add_up(&s, took, &of[i]);
	}
	for (unsigned b = 0; b < BUCKETS; b++)
		total += took[b];
	s.us_p50 = percentile(took, total, 500);
	s.us_p95 = percentile(took, total, 950);
	s.us_p99 = percentile(took, total, 990);
	return s;
}
