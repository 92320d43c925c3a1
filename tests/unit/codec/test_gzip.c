/* SPDX-License-Identifier: Apache-2.0 */
#include "../base/unit.h"
#include "../base/nth_alloc.h"
#include "base/random.h"
#include "codec/gzip.h"

#define MOST (1 << 20)

static void round_trips(void **state)
{
	(void)state;
	static char z[200000];
	struct stream s = stream_of(6, 6);
	static const size_t SIZES[] = { 0, 1, 100, 16383, 16384, 16385, 100000, 200000 };
	for (size_t i = 0; i < COUNT(SIZES); i++)
		for (int noise = 0; noise < 2; noise++) {
			for (size_t k = 0; k < SIZES[i]; k++)
				z[k] = (char)(noise ? stream_u64(&s) : k / 100);
			struct buf packed, again, plain;
			buf_init(&packed, MOST);
			buf_init(&again, MOST);
			buf_init(&plain, MOST);
			struct problem p;
			assert_int_equal(gzip_pack((struct str){ z, SIZES[i] }, &packed, &p), RC_OK);
			assert_true(gzip_is(buf_view(&packed)));
			assert_int_equal(gzip_pack((struct str){ z, SIZES[i] }, &again, &p), RC_OK);
			assert_true(str_is(buf_view(&packed), buf_view(&again)));
			assert_int_equal(gzip_unpack(buf_view(&packed), &plain, &p), RC_OK);
			assert_true(str_is(buf_view(&plain), (struct str){ z, SIZES[i] }));
			buf_done(&packed);
			buf_done(&again);
			buf_done(&plain);
		}
}

static void bounded(void **state)
{
	(void)state;
	static char zeros[1 << 22];
	struct buf bomb, out;
	struct problem p;
	buf_init(&bomb, MOST);
	assert_int_equal(gzip_pack((struct str){ zeros, sizeof zeros }, &bomb, &p), RC_OK);
	assert_true(bomb.n < 10000);
	buf_init(&out, 100000);
	buf_z(&out, "before");
	assert_int_equal(gzip_unpack(buf_view(&bomb), &out, &p), RC_LIMIT);
	assert_int_equal(p.why, WHY_TOO_BIG);
	same_text(buf_view(&out), "before", "left as it was");
	buf_done(&out);
	buf_init(&out, sizeof zeros);
	assert_int_equal(gzip_unpack(buf_view(&bomb), &out, &p), RC_OK);
	buf_done(&out);
	buf_init(&out, sizeof zeros - 1);
	assert_int_equal(gzip_unpack(buf_view(&bomb), &out, &p), RC_LIMIT);
	buf_done(&out);
	buf_init(&out, 10);
	assert_int_equal(gzip_pack(STR("some text that does not fit"), &out, &p), RC_LIMIT);
	buf_done(&out);
	buf_done(&bomb);
}

static void refused(void **state)
{
	(void)state;
	struct buf packed, out;
	struct problem p;
	buf_init(&packed, MOST);
	buf_init(&out, MOST);
	assert_int_equal(gzip_pack(STR("some text, some text, some text"), &packed, &p), RC_OK);
	for (size_t n = 0; n < packed.n; n++) {
		assert_int_equal(gzip_unpack((struct str){ packed.p, n }, &out, &p), RC_BAD_INPUT);
		assert_int_equal(out.n, 0);
	}
	for (size_t i = 0; i < packed.n; i++) {
		if (i >= 3 && i < 10)
			continue; /* text hint, time, effort, system: they carry nothing */
		packed.p[i] ^= 0x01;
		assert_int_equal(gzip_unpack(buf_view(&packed), &out, &p), RC_BAD_INPUT);
		packed.p[i] ^= 0x01;
	}
	size_t one = packed.n;
	assert_int_equal(gzip_pack(STR("; more"), &packed, &p), RC_OK);
	assert_int_equal(gzip_unpack(buf_view(&packed), &out, &p), RC_OK);
	same_text(buf_view(&out), "some text, some text, some text; more", "two members");
	buf_reset(&out);
	packed.n = one;
	buf_z(&packed, "tail");
	assert_int_equal(gzip_unpack(buf_view(&packed), &out, &p), RC_BAD_INPUT);
	assert_int_equal(gzip_unpack(STR_NONE, &out, &p), RC_BAD_INPUT);
	assert_int_equal(gzip_unpack(STR("plain text"), &out, &p), RC_BAD_INPUT);
	assert_false(gzip_is(STR("x")) || gzip_is(STR_NONE));
	nth_alloc = 1;
	buf_done(&out);
	buf_init(&out, MOST);
	packed.n = one;
	assert_int_equal(gzip_unpack(buf_view(&packed), &out, &p), RC_LIMIT);
	nth_alloc = 0;
	buf_done(&packed);
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("any bytes are packed the same way and come back", round_trips),
		CASE("nothing over the bound comes out, whatever the ratio", bounded),
		CASE("what is cut, changed or trailed by other bytes is refused", refused),
	};
	return cmocka_run_group_tests_name("codec/gzip", tests, NULL, NULL);
}
