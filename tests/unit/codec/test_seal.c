/* SPDX-License-Identifier: Apache-2.0 */
/* What is sealed opens with its key, its bound bytes and untouched, and in no other case. Known answers: NIST (in seal.c itself) and Wycheproof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "codec/json.h"
#include "codec/seal.h"
#include "shared.h"

static const struct seal_key KEY = { "0123456789abcdefghijklmnopqrstu" }, OTHER = { "0123456789abcdefghijklmnopqrstv" };
static const size_t SIZES[] = { 0, 1, 15, 16, 17, 639, 640, 641, 5000, 70000 };

static struct str sealed_of(unsigned char **out, struct str bound, size_t n, enum seal_algorithm how)
{
	unsigned char *plain = malloc(n + 1);
	for (size_t i = 0; i < n; i++)
		plain[i] = (unsigned char)(i * 7 + n);
	*out = malloc(n + SEAL_MORE);
	seal_put_with(*out, how, (const unsigned char *)"abcdefghijklmnopqrstuvwx", &KEY, bound, (struct str){ (const char *)plain, n });
	free(plain);
	return (struct str){ (const char *)*out, n + (how == SEAL_AES_GCM ? 29 : 41) };
}

static void every_changed_bit_is_refused(void **state)
{
	(void)state;
	for (int how = SEAL_AES_GCM; how <= SEAL_XCHACHA; how++) {
		unsigned char *s, out[100];
		struct str sealed = sealed_of(&s, STR("row 7"), 40, (enum seal_algorithm)how);
		for (size_t bit = 0; bit < sealed.n * 8; bit++) {
			s[bit / 8] ^= (unsigned char)(1 << bit % 8);
			size_t n = seal_plain_size(sealed);
			assert_true(n == SIZE_MAX || n <= sizeof out);
			if (n != SIZE_MAX)
				assert_false(seal_open(out, &KEY, STR("row 7"), sealed));
			s[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
		assert_true(seal_open(out, &KEY, STR("row 7"), sealed));
		free(s);
	}
}

static void another_key_or_row_does_not_open_it_and_leaves_nothing_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
		for (int how = SEAL_AES_GCM; how <= SEAL_XCHACHA; how++) {
			unsigned char *s, *out = calloc(1, SIZES[i] + 1);
			struct str sealed = sealed_of(&s, STR("row 7"), SIZES[i], (enum seal_algorithm)how);
			assert_false(seal_open(out, &OTHER, STR("row 7"), sealed));
			assert_false(seal_open(out, &KEY, STR("row 8"), sealed));
			assert_false(seal_open(out, &KEY, STR_NONE, sealed));
			for (size_t k = 0; k < SIZES[i]; k++)
				assert_int_equal(out[k], 0);
			free(s);
			free(out);
		}
}

static void what_is_cut_short_is_refused(void **state)
{
	(void)state;
	for (int how = SEAL_AES_GCM; how <= SEAL_XCHACHA; how++) {
		unsigned char *s, out[100];
		struct str sealed = sealed_of(&s, STR_NONE, 20, (enum seal_algorithm)how);
		for (size_t n = 0; n < sealed.n; n++) {
			unsigned char *copy = malloc(n + 1); /* of its own size, so that a checker sees a step over the end */
			memcpy(copy, s, n);
			assert_false(seal_open(out, &KEY, STR_NONE, (struct str){ (const char *)copy, n }));
			free(copy);
		}
		free(s);
	}
}

static void what_is_sealed_opens_at_every_size(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
		for (int how = SEAL_AES_GCM; how <= SEAL_XCHACHA; how++) {
			unsigned char *s, *out = calloc(1, SIZES[i] + 1);
			struct str sealed = sealed_of(&s, STR("b"), SIZES[i], (enum seal_algorithm)how);
			assert_int_equal(seal_plain_size(sealed), SIZES[i]);
			assert_true(seal_open(out, &KEY, STR("b"), sealed));
			for (size_t k = 0; k < SIZES[i]; k++)
				assert_int_equal(out[k], (unsigned char)(k * 7 + SIZES[i]));
			free(s);
			free(out);
		}
}

static void the_same_text_is_never_sealed_twice_alike(void **state)
{
	unsigned char a[3 + SEAL_MORE], b[3 + SEAL_MORE];
	(void)state;
	seal_put(a, &KEY, STR_NONE, STR("abc"));
	seal_put(b, &KEY, STR_NONE, STR("abc"));
	assert_memory_not_equal(a + 1, b + 1, 12);
	assert_memory_not_equal(a + 13, b + 13, 3);
}

static void keys_made_from_a_key_differ_by_purpose(void **state)
{
	struct seal_key a, b, c;
	unsigned char x[SEAL_CHECK], y[SEAL_CHECK];
	(void)state;
	seal_derive(&a, &KEY, "wrap");
	seal_derive(&b, &KEY, "index");
	seal_derive(&c, &OTHER, "wrap");
	assert_memory_not_equal(a.b, b.b, SEAL_KEY);
	assert_memory_not_equal(a.b, c.b, SEAL_KEY);
	seal_check(x, &KEY);
	seal_check(y, &OTHER);
	assert_false(seal_same(x, y, SEAL_CHECK));
	assert_true(seal_same(x, x, SEAL_CHECK));
}

/* ---- Wycheproof: AES-GCM, key 256, nonce 96, tag 128 ---- */

static size_t unhex(struct str hex, unsigned char *out)
{
	for (size_t i = 0; i < hex.n; i++) {
		int c = hex.p[i], v = c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
		out[i / 2] = (unsigned char)(i % 2 ? out[i / 2] << 4 | v : v);
	}
	return hex.n / 2;
}

static void the_vectors_of_wycheproof_hold(void **state)
{
	char path[1024];
	struct arena a;
	struct problem p;
	const struct json *root;
	unsigned valid = 0, invalid = 0;
	(void)state;
	if (!shared_is("data/entrees_hostiles/wycheproof/aes_gcm_test.json"))
		return;
	struct str text = read_whole(shared_path(path, "data/entrees_hostiles/wycheproof/aes_gcm_test.json"));
	arena_init(&a, 64u << 20);
	assert_int_equal(json_parse(text, &a, &root, &p), RC_OK);
	for json_each(group, json_get(root, "testGroups")) {
		if (!str_eq(json_get(group, "keySize")->text, "256") || !str_eq(json_get(group, "ivSize")->text, "96") || !str_eq(json_get(group, "tagSize")->text, "128"))
			continue;
		for json_each(t, json_get(group, "tests")) {
			struct seal_key key;
			unsigned char iv[12], aad[1024], msg[1024], sealed[1100], out[1100];
			assert_int_equal(unhex(json_get_text(t, "key"), key.b), 32);
			assert_int_equal(unhex(json_get_text(t, "iv"), iv), 12);
			struct str bound = { (const char *)aad, unhex(json_get_text(t, "aad"), aad) }, plain = { (const char *)msg, unhex(json_get_text(t, "msg"), msg) };
			sealed[0] = SEAL_AES_GCM;
			memcpy(sealed + 1, iv, 12);
			size_t n = 13 + unhex(json_get_text(t, "ct"), sealed + 13);
			n += unhex(json_get_text(t, "tag"), sealed + n);
			bool is_valid = str_eq(json_get_text(t, "result"), "valid");
			assert_true(seal_open(out, &key, bound, (struct str){ (const char *)sealed, n }) == is_valid);
			if (is_valid) {
				assert_memory_equal(out, msg, plain.n);
				seal_put_with(out, SEAL_AES_GCM, iv, &key, bound, plain);
				assert_memory_equal(out, sealed, n);
			}
			valid += is_valid;
			invalid += !is_valid;
		}
	}
	assert_true(valid > 20 && invalid > 10);
	arena_done(&a);
	free_str(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_changed_bit_is_refused),
		cmocka_unit_test(another_key_or_row_does_not_open_it_and_leaves_nothing_behind),
		cmocka_unit_test(what_is_cut_short_is_refused),
		cmocka_unit_test(what_is_sealed_opens_at_every_size),
		cmocka_unit_test(the_same_text_is_never_sealed_twice_alike),
		cmocka_unit_test(keys_made_from_a_key_differ_by_purpose),
		cmocka_unit_test(the_vectors_of_wycheproof_hold),
	};
	seal_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
