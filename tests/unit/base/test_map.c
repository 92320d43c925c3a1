/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "nth_alloc.h"
#include "base/map.h"
#include "base/random.h"

#define KEYS 500

static void against_model(void **state)
{
	(void)state;
	struct map64 m;
	map64_init(&m);
	bool in[KEYS] = { false };
	uint64_t value[KEYS] = { 0 };
	size_t n = 0;
	struct stream s = stream_of(7, 7);
	assert_false(map64_find(&m, 1, NULL) || map64_del(&m, 1));
	for (int step = 0; step < 60000; step++) {
		uint32_t k = stream_below(&s, KEYS);
		uint64_t key = (uint64_t)k << 40, v = stream_u64(&s), got = 0;
		switch (stream_below(&s, 3)) {
		case 0:
			assert_true(map64_put(&m, key, v));
			n += !in[k];
			in[k] = true;
			value[k] = v;
			break;
		case 1:
			assert_int_equal(map64_del(&m, key), in[k]);
			n -= in[k];
			in[k] = false;
			break;
		default:
			assert_int_equal(map64_find(&m, key, &got), in[k]);
			assert_true(!in[k] || got == value[k]);
		}
		assert_int_equal(m.n, n);
	}
	uint64_t k, v;
	size_t seen = 0;
	for (size_t i = 0; map64_next(&m, &i, &k, &v); seen++)
		assert_true(in[k >> 40] && value[k >> 40] == v);
	assert_int_equal(seen, n);
	map64_done(&m);
}

static void bytes_against_model(void **state)
{
	(void)state;
	struct maps *m = maps_new();
	assert_non_null(m);
	bool in[KEYS] = { false };
	uint64_t value[KEYS] = { 0 };
	size_t n = 0;
	struct stream s = stream_of(8, 8);
	for (int step = 0; step < 60000; step++) {
		uint32_t k = stream_below(&s, KEYS);
		char z[32];
		size_t len = k == 0 ? 0 : (size_t)snprintf(z, sizeof z, "key-%u", k);
		struct str key = { z, len };
		uint64_t v = stream_u64(&s), got = 0;
		switch (stream_below(&s, 3)) {
		case 0:
			assert_true(maps_put(m, key, v));
			n += !in[k];
			in[k] = true;
			value[k] = v;
			break;
		case 1:
			assert_int_equal(maps_del(m, key), in[k]);
			n -= in[k];
			in[k] = false;
			break;
		default:
			assert_int_equal(maps_find(m, key, &got), in[k]);
			assert_true(!in[k] || got == value[k]);
		}
		assert_int_equal(maps_count(m), n);
	}
	maps_free(&m);
	assert_null(m);
	maps_free(&m);
}

static void nul_in_key(void **state)
{
	(void)state;
	struct maps *m = maps_new();
	uint64_t v;
	assert_true(maps_put(m, (struct str){ "a\0b", 3 }, 1) && maps_put(m, (struct str){ "a\0c", 3 }, 2) && maps_put(m, STR("a"), 3));
	assert_true(maps_find(m, (struct str){ "a\0c", 3 }, &v) && v == 2);
	assert_true(maps_find(m, STR("a"), &v) && v == 3);
	maps_free(&m);
}

static void allocation_fails(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		struct map64 a;
		map64_init(&a);
		struct maps *b = maps_new();
		nth_alloc = n;
		bool failed_a = false, failed_b = false;
		for (uint64_t i = 0; i < 40; i++) {
			char z[24];
			int k = snprintf(z, sizeof z, "%d", (int)i);
			bool put_a = map64_put(&a, i, i), put_b = maps_put(b, (struct str){ z, (size_t)k }, i);
			failed_a |= !put_a;
			failed_b |= !put_b;
			assert_int_equal(map64_find(&a, i, NULL), put_a);
			assert_int_equal(maps_find(b, (struct str){ z, (size_t)k }, NULL), put_b);
		}
		bool done = nth_alloc > 0;
		nth_alloc = 0;
		assert_int_equal(failed_a || failed_b, !done);
		assert_int_equal(a.n + maps_count(b), done ? 80 : 79);
		map64_done(&a);
		maps_free(&b);
		if (done)
			break;
		assert_true(n < 200);
	}
	nth_alloc = 1;
	assert_null(maps_new());
	nth_alloc = 0;
}

/* hash_stable must never change: these are XXH64 (seed 0) vectors, computed by another implementation. */
static void stable_vectors(void **state)
{
	(void)state;
	static const struct { const char *z; uint64_t h; } T[] = {
#include "xxh64_vectors.h"
	};
	for (size_t i = 0; i < COUNT(T); i++)
		holds(hash_stable(str_of(T[i].z)) == T[i].h, T[i].z);
}

static void keyed_vector(void **state)
{
	(void)state;
	/* SipHash paper, appendix A: key 00…0f, text 00…0e. */
	char text[15];
	for (int i = 0; i < 15; i++)
		text[i] = (char)i;
	assert_int_equal(hash_keyed((struct str){ text, 15 }, 0x0706050403020100u, 0x0f0e0d0c0b0a0908u), 0xa129ca6149be45e5u);
	assert_int_equal(hash_bytes(STR("x")), hash_bytes(STR("x")));
	assert_true(hash_bytes(STR("x")) != hash_bytes(STR("y")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("a map of numbers does what a plain table does", against_model),
		CASE("a map of bytes does what a plain table does", bytes_against_model),
		CASE("a key may hold NUL", nul_in_key),
		CASE("a map survives the failure of any allocation and loses only that entry", allocation_fails),
		CASE("the stable hash is the one that is stored in indexes", stable_vectors),
		CASE("the keyed hash is SipHash", keyed_vector),
	};
	return cmocka_run_group_tests_name("base/map", tests, NULL, NULL);
}
