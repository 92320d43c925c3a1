/* SPDX-License-Identifier: Apache-2.0 */
/* Recipients of the age format are read to the last letter, and files have the form that age writes. That they open: tests/gate/test_age.py, by Debian's age. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/age.h"

#define RECIPIENT "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p" /* of the age project's manual */

static void a_recipient_is_read_and_any_changed_letter_is_refused(void **state)
{
	unsigned char key[AGE_KEY], other[AGE_KEY];
	char z[AGE_RECIPIENT + 1] = RECIPIENT;
	(void)state;
	assert_true(age_recipient(str_of(z), key));
	for (size_t i = 0; i < AGE_RECIPIENT; i++)
		for (const char *c = "qpzry9x8gf2tvdw0s3jn54khce6mua7lQ1b "; *c; c++) {
			char was = z[i];
			z[i] = *c;
			assert_int_equal(age_recipient(str_of(z), other), *c == was);
			z[i] = was;
		}
	assert_false(age_recipient(STR(""), other));
	assert_false(age_recipient(STR("age1"), other));
	assert_false(age_recipient(STR(RECIPIENT "p"), other));
	assert_false(age_recipient((struct str){ RECIPIENT, AGE_RECIPIENT - 1 }, other));
}

static size_t sealed_size(size_t n, size_t step)
{
	unsigned char key[AGE_KEY];
	struct age *a = NULL;
	struct buf out;
	struct problem p;
	char *plain = calloc(1, n + 1);
	assert_non_null(plain);
	buf_init(&out, 1u << 20);
	assert_true(age_recipient(STR(RECIPIENT), key));
	assert_int_equal(age_new(key, &a, &out, &p), RC_OK);
	assert_true(str_starts(buf_view(&out), STR("age-encryption.org/v1\n-> X25519 ")));
	for (size_t at = 0; at < n; at += step)
		assert_int_equal(age_put(a, (struct str){ plain + at, n - at < step ? n - at : step }, &out, &p), RC_OK);
	assert_int_equal(age_end(a, &out, &p), RC_OK);
	age_free(&a);
	size_t size = out.n;
	buf_done(&out);
	free(plain);
	return size;
}

static void a_file_is_as_long_as_its_header_its_bytes_and_a_tag_a_piece(void **state)
{
	static const struct { size_t n, pieces; } of[] = { { 0, 1 }, { 1, 1 }, { 65535, 1 }, { 65536, 1 }, { 65537, 2 }, { 131072, 2 }, { 200000, 4 } };
	size_t header = 22 + 10 + 43 + 1 + 43 + 1 + 4 + 43 + 1 + 16; /* version, stanza, its body, MAC, nonce */
	(void)state;
	for (size_t i = 0; i < sizeof of / sizeof of[0]; i++)
		for (size_t step = 1000; step <= 100000; step *= 10)
			assert_int_equal(sealed_size(of[i].n, step), header + of[i].n + 16 * of[i].pieces);
}

static void nothing_is_sealed_to_a_point_of_low_order(void **state)
{
	static const unsigned char zero[AGE_KEY], one[AGE_KEY] = { 1 };
	struct age *a = NULL;
	struct buf out;
	struct problem p;
	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(age_new(zero, &a, &out, &p), RC_BAD_INPUT);
	assert_int_equal(p.why, WHY_EXPORT_KEY);
	assert_int_equal(age_new(one, &a, &out, &p), RC_BAD_INPUT);
	assert_null(a);
	buf_done(&out);
}

static void a_full_buffer_is_told(void **state)
{
	unsigned char key[AGE_KEY];
	struct age *a = NULL;
	struct buf out;
	struct problem p;
	(void)state;
	assert_true(age_recipient(STR(RECIPIENT), key));
	for (size_t max = 0; max < 180; max += 20) {
		buf_init(&out, max);
		assert_int_equal(age_new(key, &a, &out, &p), RC_LIMIT);
		assert_null(a);
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recipient_is_read_and_any_changed_letter_is_refused), cmocka_unit_test(a_file_is_as_long_as_its_header_its_bytes_and_a_tag_a_piece),
		cmocka_unit_test(nothing_is_sealed_to_a_point_of_low_order), cmocka_unit_test(a_full_buffer_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
