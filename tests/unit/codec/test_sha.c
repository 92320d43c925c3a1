/* SPDX-License-Identifier: Apache-2.0 */
/* Digests by the two ways, one after the other (OpenSSL) and two at a time, of every length around the edges of a block, in pieces, in any number. */
#include "../base/unit.h"
#include "base/random.h"
#include "codec/sha.h"

#include <string.h>

static void known_answers(void **state)
{
	(void)state;
	/* FIPS 180-4, examples of the standard: "abc" and the empty message. */
	static const unsigned char abc[SHA_LEN] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96,
		0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	static const unsigned char none[SHA_LEN] = { 0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64,
		0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55 };
	unsigned char out[3][SHA_LEN];
	const struct sha_job jobs[] = { { out[0], "abc", 3, NULL, 0 }, { out[1], NULL, 0, NULL, 0 }, { out[2], "a", 1, "bc", 2 } };

	sha_many(jobs, 3);
	assert_memory_equal(out[0], abc, SHA_LEN);
	assert_memory_equal(out[1], none, SHA_LEN);
	assert_memory_equal(out[2], abc, SHA_LEN);
	sha_many(jobs, 0);
}

/* Every length to four blocks, cut at every place, each beside a message of another length. */
static void as_one_after_the_other(void **state)
{
	static unsigned char text[300];
	unsigned char want[SHA_LEN], out[3][SHA_LEN];

	(void)state;
	random_bytes(text, sizeof text);
	for (size_t n = 0; n <= 260; n++)
		for (size_t cut = 0; cut <= n; cut++) {
			size_t other = (n * 7 + cut * 3) % sizeof text;
			const struct sha_job jobs[] = { { out[0], text, cut, text + cut, n - cut }, { out[1], text, other, NULL, 0 }, { out[2], NULL, 0, text, n } };
			memset(out, 0, sizeof out);
			sha_many(jobs, 1 + (n + cut) % 3);
			sha_two(want, text, n, NULL, 0);
			assert_memory_equal(out[0], want, SHA_LEN);
			if ((n + cut) % 3 > 0) {
				sha_two(want, text, other, NULL, 0);
				assert_memory_equal(out[1], want, SHA_LEN);
			}
			if ((n + cut) % 3 > 1)
				assert_memory_equal(out[2], out[0], SHA_LEN);
		}
}

static void many_of_any_length(void **state)
{
	enum { MANY = 200, LONG = 70000 };
	static unsigned char text[LONG], out[MANY][SHA_LEN];
	struct sha_job jobs[MANY];
	unsigned char want[SHA_LEN];

	(void)state;
	random_bytes(text, sizeof text);
	for (size_t i = 0; i < MANY; i++) {
		uint32_t a = (uint32_t)text[i] << 8 | text[i + 1], b = text[i + 2];
		jobs[i] = (struct sha_job){ out[i], text + i, a % (i % 20 ? 500 : 60000), text, b };
	}
	sha_many(jobs, MANY);
	for (size_t i = 0; i < MANY; i++) {
		sha_two(want, jobs[i].a, jobs[i].a_n, jobs[i].b, jobs[i].b_n);
		assert_memory_equal(out[i], want, SHA_LEN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(known_answers), cmocka_unit_test(as_one_after_the_other), cmocka_unit_test(many_of_any_length) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
