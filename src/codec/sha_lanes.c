/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/sha_lanes.c: SHA-256 of messages that do not depend on each other, two at a time. A round of SHA-NI waits four cycles for the one before it and could begin each
 * second cycle: one message leaves the unit idle half of the time, two fill it. Judging a ledger is three quarters digests, three or four of each entry, none of which needs
 * another. Where the processor has no SHA-NI this is sha_two, one after the other. The rounds are those of FIPS 180-4 §6.2.2. Start at sha_many.
 */
#include "codec/sha.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define BLOCK 64
#define LANE_TARGET __attribute__((target("sha,sse4.1,ssse3")))

static const uint32_t round_words[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74,
	0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e,
	0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
	0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* A message on its way: at bytes of it are in the digest. state holds the eight words as the instructions want them, ABEF and CDGH. */
struct lane {
	const struct sha_job *job; /* NULL: idle */
	size_t at, blocks;         /* blocks still to come, padding included */
	__m128i abef, cdgh;
	unsigned char pieced[BLOCK];
};

LANE_TARGET static void
lane_take(struct lane *l, const struct sha_job *job)
{
	l->job = job;
	l->at = 0;
	l->blocks = (job->a_n + job->b_n + 8) / BLOCK + 1;
	l->abef = _mm_set_epi32(0x6a09e667, (int)0xbb67ae85, 0x510e527f, (int)0x9b05688c);
	l->cdgh = _mm_set_epi32(0x3c6ef372, (int)0xa54ff53a, 0x1f83d9ab, 0x5be0cd19);
}

/* The next block: where it lies whole in a piece that piece, else put together, with the padding (FIPS 180-4 §5.1.1) at the end. */
static const unsigned char *
lane_block(struct lane *l)
{
	const struct sha_job *j = l->job;
	size_t all = j->a_n + j->b_n, at = l->at, n = 0;

	l->at += BLOCK;
	l->blocks--;
	if (at + BLOCK <= j->a_n)
		return (const unsigned char *)j->a + at;
	if (at >= j->a_n && at + BLOCK <= all)
		return (const unsigned char *)j->b + (at - j->a_n);
	if (at < j->a_n) {
		n = j->a_n - at;
		memcpy(l->pieced, (const unsigned char *)j->a + at, n);
	}
	if (at + n < all) {
		size_t rest = all - at - n, more = rest < BLOCK - n ? rest : BLOCK - n;
		memcpy(l->pieced + n, (const unsigned char *)j->b + (at + n - j->a_n), more);
		n += more;
	}
	if (n == BLOCK)
		return l->pieced;
	memset(l->pieced + n, 0, BLOCK - n);
	if (at <= all)
		l->pieced[n] = 0x80;
	if (l->blocks == 0)
		for (unsigned i = 0; i < 8; i++)
			l->pieced[BLOCK - 1 - i] = (unsigned char)((uint64_t)all * 8 >> (8 * i));
	return l->pieced;
}

LANE_TARGET static void
lane_end(struct lane *l)
{
	__m128i feba = _mm_shuffle_epi32(l->abef, 0x1B), dchg = _mm_shuffle_epi32(l->cdgh, 0xB1);
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);

	_mm_storeu_si128((__m128i *)(void *)l->job->out, _mm_shuffle_epi8(_mm_blend_epi16(feba, dchg, 0xF0), swap));
	_mm_storeu_si128((__m128i *)(void *)(l->job->out + 16), _mm_shuffle_epi8(_mm_alignr_epi8(dchg, feba, 8), swap));
	l->job = NULL;
}

/* Four rounds of one lane, and the four words of the schedule that are used sixteen rounds later in place of w0. */
#define LANE_ROUNDS(i, abef, cdgh, w0) do { \
	__m128i k = _mm_add_epi32(w0, _mm_load_si128((const __m128i *)(const void *)(round_words + 4 * (i)))); \
	cdgh = _mm_sha256rnds2_epu32(cdgh, abef, k); \
	abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(k, 0x0E)); \
} while (0)
#define LANE_WORDS(w0, w1, w2, w3) \
	(w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), _mm_alignr_epi8(w3, w2, 4)), w3))
#define BOTH_ROUNDS(i, n) do { \
	LANE_ROUNDS(i, a0, c0, x##n); \
	LANE_ROUNDS(i, a1, c1, y##n); \
} while (0)
#define BOTH_WORDS(n0, n1, n2, n3) do { \
	LANE_WORDS(x##n0, x##n1, x##n2, x##n3); \
	LANE_WORDS(y##n0, y##n1, y##n2, y##n3); \
} while (0)
#define LANE_LOAD(p, i) _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)((p) + 16 * (i))), swap)

/* One block of each lane, in step. */
LANE_TARGET static void
lanes_step(struct lane *l0, const unsigned char *p0, struct lane *l1, const unsigned char *p1)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i a0 = l0->abef, c0 = l0->cdgh, a1 = l1->abef, c1 = l1->cdgh;
	__m128i x0 = LANE_LOAD(p0, 0), x1 = LANE_LOAD(p0, 1), x2 = LANE_LOAD(p0, 2), x3 = LANE_LOAD(p0, 3);
	__m128i y0 = LANE_LOAD(p1, 0), y1 = LANE_LOAD(p1, 1), y2 = LANE_LOAD(p1, 2), y3 = LANE_LOAD(p1, 3);

	for (unsigned i = 0; i < 12; i += 4) {
		BOTH_ROUNDS(i, 0);
		BOTH_WORDS(0, 1, 2, 3);
		BOTH_ROUNDS(i + 1, 1);
		BOTH_WORDS(1, 2, 3, 0);
		BOTH_ROUNDS(i + 2, 2);
		BOTH_WORDS(2, 3, 0, 1);
		BOTH_ROUNDS(i + 3, 3);
		BOTH_WORDS(3, 0, 1, 2);
	}
	BOTH_ROUNDS(12, 0);
	BOTH_ROUNDS(13, 1);
	BOTH_ROUNDS(14, 2);
	BOTH_ROUNDS(15, 3);
	l0->abef = _mm_add_epi32(l0->abef, a0);
	l0->cdgh = _mm_add_epi32(l0->cdgh, c0);
	l1->abef = _mm_add_epi32(l1->abef, a1);
	l1->cdgh = _mm_add_epi32(l1->cdgh, c1);
}

/* One block of one lane, when nothing is left for the other. */
LANE_TARGET static void
lane_step(struct lane *l, const unsigned char *p)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i a = l->abef, c = l->cdgh, w0 = LANE_LOAD(p, 0), w1 = LANE_LOAD(p, 1), w2 = LANE_LOAD(p, 2), w3 = LANE_LOAD(p, 3);

	for (unsigned i = 0; i < 12; i += 4) {
		LANE_ROUNDS(i, a, c, w0);
		LANE_WORDS(w0, w1, w2, w3);
		LANE_ROUNDS(i + 1, a, c, w1);
		LANE_WORDS(w1, w2, w3, w0);
		LANE_ROUNDS(i + 2, a, c, w2);
		LANE_WORDS(w2, w3, w0, w1);
		LANE_ROUNDS(i + 3, a, c, w3);
		LANE_WORDS(w3, w0, w1, w2);
	}
	LANE_ROUNDS(12, a, c, w0);
	LANE_ROUNDS(13, a, c, w1);
	LANE_ROUNDS(14, a, c, w2);
	LANE_ROUNDS(15, a, c, w3);
	l->abef = _mm_add_epi32(l->abef, a);
	l->cdgh = _mm_add_epi32(l->cdgh, c);
}

/* Each lane takes the next job when its own has ended. */
LANE_TARGET static void
lanes_run(const struct sha_job *jobs, size_t n)
{
	struct lane lane[2];
	size_t next = 0;

	lane[0].job = lane[1].job = NULL;
	for (;;) {
		for (unsigned i = 0; i < 2; i++) {
			if (lane[i].job && lane[i].blocks == 0)
				lane_end(&lane[i]);
			if (!lane[i].job && next < n)
				lane_take(&lane[i], &jobs[next++]);
		}
		if (lane[0].job && lane[1].job) {
			const unsigned char *p0 = lane_block(&lane[0]), *p1 = lane_block(&lane[1]);
			lanes_step(&lane[0], p0, &lane[1], p1);
		} else if (lane[0].job || lane[1].job) {
			struct lane *l = lane[0].job ? &lane[0] : &lane[1];
			lane_step(l, lane_block(l));
		} else {
			return;
		}
	}
}

/* CPUID leaf 7, EBX bit 29 (SHA), and leaf 1, ECX bits 9 and 19 (SSSE3, SSE4.1): gcc 12 knows no "sha" in __builtin_cpu_supports. */
static bool
lanes_there(void)
{
	static _Atomic int known; /* 1 yes, -1 no; whoever asks at once finds the same */
	unsigned a, b, c, d;
	int is = known;

	if (is == 0) {
		is = __get_cpuid(1, &a, &b, &c, &d) && (c & 1u << 9) && (c & 1u << 19) && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29) ? 1 : -1;
		known = is;
	}
	return is > 0;
}
#endif

void
sha_many(const struct sha_job *jobs, size_t n)
{
#if defined(__x86_64__)
	if (lanes_there()) {
		lanes_run(jobs, n);
		return;
	}
#endif
	for (size_t i = 0; i < n; i++)
		sha_two(jobs[i].out, jobs[i].a, jobs[i].a_n, jobs[i].b, jobs[i].b_n);
}
