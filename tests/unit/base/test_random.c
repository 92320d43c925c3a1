/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "base/clock.h"
#include "base/random.h"

#include <pthread.h>

static void shape_of_id(void **state)
{
	(void)state;
	clock_set(INT64_C(0x0192ABCDEF01));
	char id[ID_LEN + 1], last[ID_LEN + 1] = "";
	for (int i = 0; i < 20000; i++) {
		random_id(id);
		assert_int_equal(strlen(id), ID_LEN);
		for (int k = 0; k < ID_LEN; k++)
			if (k == 8 || k == 13 || k == 18 || k == 23)
				assert_int_equal(id[k], '-');
			else
				assert_non_null(strchr("0123456789abcdef", id[k]));
		assert_int_equal(id[14], '7');
		assert_non_null(strchr("89ab", id[19]));
		assert_true(strcmp(last, id) < 0);
		if (i == 0)
			assert_memory_equal(id, "0192abcd-ef01-7", 15);
		memcpy(last, id, sizeof id);
	}
	clock_set(1000); /* the clock goes back: order holds all the same */
	random_id(id);
	assert_true(strcmp(last, id) < 0);
	clock_set(0);
}

static void *take_ids(void *out)
{
	char(*id)[ID_LEN + 1] = out;
	for (int i = 0; i < 2000; i++)
		random_id(id[i]);
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void threads_differ(void **state)
{
	(void)state;
	static char id[4][2000][ID_LEN + 1];
	pthread_t t[4];
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, take_ids, id[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	char(*all)[ID_LEN + 1] = id[0];
	qsort(all, 8000, sizeof *all, by_text);
	for (int i = 1; i < 8000; i++)
		assert_true(memcmp(all[i - 1], all[i], 18) != 0); /* time and counter alone differ */
}

static void stream_vectors(void **state)
{
	(void)state;
	/* Fixed for ever: demo data and tests are made from them. */
	struct stream s = stream_of(1, 2);
	uint64_t first = stream_u64(&s), second = stream_u64(&s);
	assert_int_equal(first, 0x210d48e633b6a686u);
	assert_int_equal(second, 0xfb3cdde726972d1au);
	struct stream jump = stream_of(1, 2);
	jump.n = 1;
	assert_int_equal(stream_u64(&jump), second);
	struct stream other = stream_of(1, 3), seed = stream_of(2, 2);
	assert_true(stream_u64(&other) != first && stream_u64(&seed) != first);
}

static void even_spread(void **state)
{
	(void)state;
	struct stream s = stream_of(42, 0);
	int seen[10] = { 0 };
	for (int i = 0; i < 100000; i++) {
		uint32_t v = stream_below(&s, 10);
		assert_true(v < 10);
		seen[v]++;
		double u = stream_unit(&s);
		assert_true(u >= 0 && u < 1);
	}
	for (int i = 0; i < 10; i++)
		assert_true(seen[i] > 9500 && seen[i] < 10500);
	assert_int_equal(stream_below(&s, 0), 0);
	assert_int_equal(stream_below(&s, 1), 0);
}

static void bytes_differ(void **state)
{
	(void)state;
	unsigned char a[1000] = { 0 }, b[1000] = { 0 };
	random_bytes(a, sizeof a);
	random_bytes(b, sizeof b);
	assert_true(memcmp(a, b, sizeof a) != 0);
	random_bytes(a, 0);
	assert_true(random_u64() != random_u64());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("an id is a version 7 UUID and each is greater than the one before", shape_of_id),
		CASE("ids of several threads differ", threads_differ),
		CASE("a stream depends on seed, stream and count only", stream_vectors),
		CASE("a stream is spread evenly below its bound", even_spread),
		CASE("random bytes differ", bytes_differ),
	};
	return cmocka_run_group_tests_name("base/random", tests, NULL, NULL);
}
