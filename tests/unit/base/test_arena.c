/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"
#include "nth_alloc.h"
#include "base/arena.h"

static void aligned_and_zeroed(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 8 << 20);
	unsigned char *last = NULL;
	size_t last_n = 0;
	for (size_t n = 0; n < 3000; n += 7) {
		unsigned char *p = arena_alloc(&a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xFF, n);
		for (size_t i = 0; i < last_n; i++)
			assert_int_equal(last[i], 0xFF);
		last = p;
		last_n = n;
		assert_non_null(arena_bytes(&a, n % 5));
	}
	assert_non_null(arena_alloc(&a, 3 << 20));
	assert_int_equal(arena_rc(&a, NULL), RC_OK);
	arena_done(&a);
	arena_done(&a);
}

static void copies(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 16);
	char source[] = "hello";
	struct str s = arena_str(&a, (struct str){ source, 5 });
	const char *z = arena_z(&a, STR("world"));
	memset(source, 'x', 5);
	same_text(s, "hello", "copy");
	assert_int_equal(s.p[5], 0);
	assert_string_equal(z, "world");
	struct str none = arena_str(&a, STR_NONE);
	assert_true(none.p && none.n == 0 && none.p[0] == 0);
	assert_non_null(arena_array(&a, 0, 8));
	arena_done(&a);
}

static void limit(void **state)
{
	(void)state;
	struct arena a;
	struct problem p;
	arena_init(&a, 1000);
	assert_non_null(arena_alloc(&a, 1000));
	assert_null(arena_alloc(&a, 1));
	assert_null(arena_str(&a, STR("")).p);
	assert_int_equal(arena_rc(&a, &p), RC_LIMIT);
	arena_reset(&a);
	assert_int_equal(arena_rc(&a, &p), RC_OK);
	assert_non_null(arena_alloc(&a, 500));
	assert_null(arena_array(&a, SIZE_MAX / 2, 3));
	assert_int_equal(arena_rc(&a, &p), RC_LIMIT);
	assert_null(arena_alloc(&a, 1));
	arena_done(&a);
	arena_init(&a, SIZE_MAX);
	assert_null(arena_alloc(&a, SIZE_MAX - 8));
	assert_int_equal(arena_rc(&a, &p), RC_LIMIT);
	arena_done(&a);
}

static void reset_keeps_first(void **state)
{
	(void)state;
	struct arena a;
	arena_init(&a, 1 << 24);
	void *first = arena_alloc(&a, 100);
	for (int i = 0; i < 1000; i++)
		assert_non_null(arena_alloc(&a, 1000));
	arena_reset(&a);
	assert_ptr_equal(arena_alloc(&a, 100), first);
	assert_int_equal(a.used, 100);
	arena_done(&a);
}

static void allocation_fails(void **state)
{
	(void)state;
	for (long n = 1;; n++) {
		struct arena a;
		arena_init(&a, 1 << 24);
		nth_alloc = n;
		void *p = NULL;
		for (int i = 0; i < 1000; i++)
			p = arena_alloc(&a, 500);
		bool done = nth_alloc > 0;
		nth_alloc = 0;
		assert_int_equal(p != NULL, done);
		assert_int_equal(arena_rc(&a, NULL), done ? RC_OK : RC_LIMIT);
		arena_done(&a);
		if (done)
			break;
		assert_true(n < 50);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("arena memory is aligned, zeroed and never overlaps", aligned_and_zeroed),
		CASE("a copied string ends with NUL and lives on its own", copies),
		CASE("over the limit allocation fails, sticks, and is told as a limit", limit),
		CASE("a reset arena keeps its first block", reset_keeps_first),
		CASE("an arena survives the failure of any allocation", allocation_fails),
	};
	return cmocka_run_group_tests_name("base/arena", tests, NULL, NULL);
}
