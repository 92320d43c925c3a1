/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/random.c: see random.h. Kernel bytes are never pooled: a pool would survive a fork and be given out twice.
 * The stream must never be used for anything that has to be unguessable. Start at random_id.
 */
#include "base/random.h"
#include "base/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/random.h>

void random_bytes(void *p, size_t n)
{
	unsigned char *at = p;
	while (n) {
		ssize_t k = getrandom(at, n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		MUST(k > 0);
		at += k;
		n -= (size_t)k;
	}
}

uint64_t random_u64(void)
{
	uint64_t v;
	random_bytes(&v, sizeof v);
	return v;
}

/* RFC 9562 §6.2 method 1 with 12 bits of counter in rand_a, started at random in its lower half each millisecond. When the counter is spent
 * or the clock stands still it runs on into the milliseconds, so that order holds at any rate. The other 62 bits are random each time. */
static _Atomic uint64_t last_id; /* milliseconds << 12 | counter */

void random_id(char out[ID_LEN + 1])
{
	unsigned char r[10];
	random_bytes(r, sizeof r);
	uint64_t now = (uint64_t)clock_ms() << 12 | (unsigned)(r[8] << 3 | r[9] >> 5);
	uint64_t last = atomic_load_explicit(&last_id, memory_order_relaxed), next;
	do
		next = now > last ? now : last + 1;
	while (!atomic_compare_exchange_weak_explicit(&last_id, &last, next, memory_order_relaxed, memory_order_relaxed));

	unsigned char id[16];
	for (int i = 0; i < 6; i++)
		id[i] = (unsigned char)(next >> (52 - 8 * i));
	id[6] = (unsigned char)(0x70 | (next >> 8 & 0x0F));
	id[7] = (unsigned char)next;
	id[8] = (unsigned char)(0x80 | (r[0] & 0x3F));
	for (int i = 9; i < 16; i++)
		id[i] = r[i - 8];

	static const char HEX[] = "0123456789abcdef";
	char *at = out;
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = HEX[id[i] >> 4];
		*at++ = HEX[id[i] & 15];
	}
	*at = '\0';
}

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants of Stafford's variant 13). */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

struct stream stream_of(uint64_t seed, uint64_t stream)
{
	return (struct stream){ seed, stream, 0 };
}

uint64_t stream_u64(struct stream *s)
{
	uint64_t key = mix(s->seed + 0x9E3779B97F4A7C15u) ^ mix(s->stream * 0xD1342543DE82EF95u + 0x632BE59BD9B4E019u);
	return mix(mix(key) + ++s->n * 0x9E3779B97F4A7C15u);
}

uint32_t stream_below(struct stream *s, uint32_t bound)
{
	/* Multiply-shift without rejection: one draw a value, whatever the bound; the bias is below 2^-32. */
	return (uint32_t)((unsigned __int128)stream_u64(s) * bound >> 64);
}

double stream_unit(struct stream *s)
{
	return (double)(stream_u64(s) >> 11) * 0x1p-53;
}
