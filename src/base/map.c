/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/map.c: linear probing, at most 3/4 full, sizes are powers of two, deletion shifts back (no tombstones: a map that lives long does
 * not slow down). Keys are spread with a per-process random key, so that nobody outside can choose keys that collide.
 * Must never be shared between threads without a lock, nor changed while it is walked.
 *
 * hash_stable is XXH64 with seed 0 (Y. Collet, xxHash specification 0.1.1, "XXH64 algorithm"), little-endian on every machine. It is stored in
 * indexes: it must never change. tests/unit/base/test_map.c holds vectors. It resists no attacker: whoever can choose keys can make two
 * of them meet, so an index must compare the value itself where a collision would do harm.
 * Start at map64_find.
 */
#include "base/map.h"
#include "base/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint64_t process_key[2];
static pthread_once_t process_key_once = PTHREAD_ONCE_INIT;

static void process_key_make(void)
{
	random_bytes(process_key, sizeof process_key);
}

static uint64_t spread(uint64_t x)
{
	x ^= process_key[0];
	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
	x ^= process_key[1];
	x = (x ^ x >> 27) * 0x94D049BB133111EBu;
	return x ^ x >> 31;
}

void map64_init(struct map64 *m)
{
	pthread_once(&process_key_once, process_key_make);
	*m = (struct map64){ 0 };
}

void map64_done(struct map64 *m)
{
	free(m->slot);
	free(m->state);
	*m = (struct map64){ 0 };
}

/* The slot of key, or the free slot where it would go. cap > 0. */
static size_t map64_at(const struct map64 *m, uint64_t key)
{
	size_t mask = m->cap - 1, i = (size_t)spread(key) & mask;
	while (m->state[i] && m->slot[i].key != key)
		i = (i + 1) & mask;
	return i;
}

bool map64_find(const struct map64 *m, uint64_t key, uint64_t *value_r)
{
	if (m->n == 0)
		return false;
	size_t i = map64_at(m, key);
	if (!m->state[i])
		return false;
	if (value_r)
		*value_r = m->slot[i].value;
	return true;
}

static bool map64_grow(struct map64 *m)
{
	struct map64 wide = { .cap = m->cap ? m->cap * 2 : 16, .n = m->n };
	wide.slot = calloc(wide.cap, sizeof *wide.slot);
	wide.state = calloc(wide.cap, 1);
	if (!wide.slot || !wide.state) {
		map64_done(&wide);
		return false;
	}
	for (size_t i = 0; i < m->cap; i++)
		if (m->state[i]) {
			size_t to = map64_at(&wide, m->slot[i].key);
			wide.slot[to] = m->slot[i];
			wide.state[to] = 1;
		}
	map64_done(m);
	*m = wide;
	return true;
}

bool map64_put(struct map64 *m, uint64_t key, uint64_t value)
{
	if (m->cap) {
		size_t i = map64_at(m, key);
		if (m->state[i]) {
			m->slot[i].value = value;
			return true;
		}
	}
	if (m->n >= m->cap / 4 * 3 && !map64_grow(m))
		return false;
	size_t i = map64_at(m, key);
	m->slot[i] = (struct map64_slot){ key, value };
	m->state[i] = 1;
	m->n++;
	return true;
}

bool map64_del(struct map64 *m, uint64_t key)
{
	if (m->n == 0)
		return false;
	size_t mask = m->cap - 1, hole = map64_at(m, key);
	if (!m->state[hole])
		return false;
	for (size_t i = (hole + 1) & mask; m->state[i]; i = (i + 1) & mask) {
		size_t home = (size_t)spread(m->slot[i].key) & mask;
		/* Move it into the hole unless its home lies after the hole, going round. */
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slot[hole] = m->slot[i];
			hole = i;
		}
	}
	m->state[hole] = 0;
	m->n--;
	return true;
}

bool map64_next(const struct map64 *m, size_t *i, uint64_t *key_r, uint64_t *value_r)
{
	for (; *i < m->cap; ++*i)
		if (m->state[*i]) {
			*key_r = m->slot[*i].key;
			*value_r = m->slot[*i].value;
			++*i;
			return true;
		}
	return false;
}

struct maps_slot { char *key; size_t n; uint64_t hash, value; }; /* key NULL: free */
struct maps { struct maps_slot *slot; size_t n, cap; };

struct maps *maps_new(void)
{
	return calloc(1, sizeof(struct maps));
}

void maps_free(struct maps **m)
{
	if (!*m)
		return;
	for (size_t i = 0; i < (*m)->cap; i++)
		free((*m)->slot[i].key);
	free((*m)->slot);
	free(*m);
	*m = NULL;
}

static size_t maps_at(const struct maps *m, struct str key, uint64_t hash)
{
	size_t mask = m->cap - 1, i = (size_t)hash & mask;
	for (; m->slot[i].key; i = (i + 1) & mask)
		if (m->slot[i].hash == hash && str_is((struct str){ m->slot[i].key, m->slot[i].n }, key))
			break;
	return i;
}

bool maps_find(const struct maps *m, struct str key, uint64_t *value_r)
{
	if (m->n == 0)
		return false;
	size_t i = maps_at(m, key, hash_bytes(key));
	if (!m->slot[i].key)
		return false;
	if (value_r)
		*value_r = m->slot[i].value;
	return true;
}

static bool maps_grow(struct maps *m)
{
	struct maps wide = { .cap = m->cap ? m->cap * 2 : 16, .n = m->n };
	wide.slot = calloc(wide.cap, sizeof *wide.slot);
	if (!wide.slot)
		return false;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slot[i].key)
			wide.slot[maps_at(&wide, (struct str){ m->slot[i].key, m->slot[i].n }, m->slot[i].hash)] = m->slot[i];
	free(m->slot);
	*m = wide;
	return true;
}

bool maps_put(struct maps *m, struct str key, uint64_t value)
{
	uint64_t hash = hash_bytes(key);
	if (m->cap) {
		size_t i = maps_at(m, key, hash);
		if (m->slot[i].key) {
			m->slot[i].value = value;
			return true;
		}
	}
	if (key.n == SIZE_MAX || (m->n >= m->cap / 4 * 3 && !maps_grow(m)))
		return false;
	char *copy = malloc(key.n + 1); /* never of size 0: a free slot has no key */
	if (!copy)
		return false;
	if (key.n)
		memcpy(copy, key.p, key.n);
	copy[key.n] = '\0';
	m->slot[maps_at(m, key, hash)] = (struct maps_slot){ copy, key.n, hash, value };
	m->n++;
	return true;
}

bool maps_del(struct maps *m, struct str key)
{
	if (m->n == 0)
		return false;
	size_t mask = m->cap - 1, hole = maps_at(m, key, hash_bytes(key));
	if (!m->slot[hole].key)
		return false;
	free(m->slot[hole].key);
	for (size_t i = (hole + 1) & mask; m->slot[i].key; i = (i + 1) & mask) {
		size_t home = (size_t)m->slot[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			m->slot[hole] = m->slot[i];
			hole = i;
		}
	}
	m->slot[hole] = (struct maps_slot){ 0 };
	m->n--;
	return true;
}

size_t maps_count(const struct maps *m)
{
	return m->n;
}

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

static uint64_t load64(const unsigned char *p)
{
	uint64_t v = 0;
	for (int i = 7; i >= 0; i--)
		v = v << 8 | p[i];
	return v;
}

static uint64_t load32(const unsigned char *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* SipHash-2-4 (Aumasson, Bernstein 2012). */
#define SIP_ROUND \
	do { \
		v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32); \
		v2 += v3; v3 = rotl(v3, 16) ^ v2; \
		v0 += v3; v3 = rotl(v3, 21) ^ v0; \
		v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32); \
	} while (0)

uint64_t hash_keyed(struct str s, uint64_t k0, uint64_t k1)
{
	uint64_t v0 = k0 ^ 0x736F6D6570736575u, v1 = k1 ^ 0x646F72616E646F6Du;
	uint64_t v2 = k0 ^ 0x6C7967656E657261u, v3 = k1 ^ 0x7465646279746573u;
	const unsigned char *p = (const unsigned char *)s.p;
	size_t i = 0;
	for (; s.n - i >= 8; i += 8) {
		uint64_t m = load64(p + i);
		v3 ^= m;
		SIP_ROUND;
		SIP_ROUND;
		v0 ^= m;
	}
	uint64_t last = (uint64_t)s.n << 56;
	for (int k = 0; i < s.n; i++, k += 8)
		last |= (uint64_t)p[i] << k;
	v3 ^= last;
	SIP_ROUND;
	SIP_ROUND;
	v0 ^= last;
	v2 ^= 0xFF;
	SIP_ROUND;
	SIP_ROUND;
	SIP_ROUND;
	SIP_ROUND;
	return v0 ^ v1 ^ v2 ^ v3;
}

uint64_t hash_bytes(struct str s)
{
	pthread_once(&process_key_once, process_key_make);
	return hash_keyed(s, process_key[0], process_key[1]);
}

#define X1 0x9E3779B185EBCA87u
#define X2 0xC2B2AE3D27D4EB4Fu
#define X3 0x165667B19E3779F9u
#define X4 0x85EBCA77C2B2AE63u
#define X5 0x27D4EB2F165667C5u

static uint64_t xx_round(uint64_t acc, uint64_t lane)
{
	return rotl(acc + lane * X2, 31) * X1;
}

static uint64_t xx_merge(uint64_t acc, uint64_t lane)
{
	return (acc ^ xx_round(0, lane)) * X1 + X4;
}

uint64_t hash_stable(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t n = s.n;
	uint64_t h;
	if (n >= 32) {
		uint64_t a = X1 + X2, b = X2, c = 0, d = 0 - X1;
		for (; n >= 32; n -= 32, p += 32) {
			a = xx_round(a, load64(p));
			b = xx_round(b, load64(p + 8));
			c = xx_round(c, load64(p + 16));
			d = xx_round(d, load64(p + 24));
		}
		h = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
		h = xx_merge(h, a);
		h = xx_merge(h, b);
		h = xx_merge(h, c);
		h = xx_merge(h, d);
	} else {
		h = X5;
	}
	h += (uint64_t)s.n;
	for (; n >= 8; n -= 8, p += 8)
		h = rotl(h ^ xx_round(0, load64(p)), 27) * X1 + X4;
	if (n >= 4) {
		h = rotl(h ^ load32(p) * X1, 23) * X2 + X3;
		n -= 4;
		p += 4;
	}
	for (; n; n--, p++)
		h = rotl(h ^ *p * X5, 11) * X1;
	h = (h ^ h >> 33) * X2;
	h = (h ^ h >> 29) * X3;
	return h ^ h >> 32;
}
