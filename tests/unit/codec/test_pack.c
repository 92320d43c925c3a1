/* SPDX-License-Identifier: Apache-2.0 */
/* What is packed unpacks to the same bytes; whatever else is given never writes past what was asked for. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/pack.h"
#include "../base/nth_alloc.h"

static const char RESOURCE[] = "{\"resourceType\":\"Observation\",\"id\":\"a1\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2026-11-17T12:00:00.000Z\"},\"status\":\"final\","
	"\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/observation-category\",\"code\":\"vital-signs\"}]}],"
	"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"8867-4\",\"display\":\"Fréquence cardiaque\"}]},\"subject\":{\"reference\":\"Patient/p1\"},"
	"\"valueQuantity\":{\"value\":72,\"unit\":\"/min\",\"system\":\"http://unitsofmeasure.org\",\"code\":\"/min\"}}";

#define U "1c00004e-7400-8a52-8e7b-9edad6b0af74"

static struct str packed_of(unsigned char **out, enum pack_how how, struct str plain)
{
	*out = malloc(plain.n + PACK_MORE);
	size_t n = pack_put(*out, how, plain);
	assert_in_range(n, 1, plain.n + PACK_MORE);
	return (struct str){ (const char *)*out, n };
}

static bool opens_to(struct str packed, struct str plain)
{
	size_t n = pack_plain_size(packed);
	if (n != plain.n)
		return false;
	unsigned char *out = malloc(n + 1);
	struct problem p;
	bool same = pack_open(out, packed, &p) == RC_OK && (n == 0 || memcmp(out, plain.p, n) == 0);
	free(out);
	return same;
}

static void a_form_of_no_known_kind_is_refused(void **state)
{
	(void)state;
	unsigned char out[8];
	struct problem p;
	for (int how = 5; how < 256; how++) {
		char form[4] = { (char)how, 'a', 'b', 'c' };
		assert_int_equal(pack_plain_size((struct str){ form, 4 }), SIZE_MAX);
		assert_int_equal(pack_open(out, (struct str){ form, 4 }, &p), RC_BROKEN);
	}
	assert_int_equal(pack_plain_size(STR_NONE), SIZE_MAX);
}

static void a_form_that_claims_more_than_the_most_is_refused_before_any_memory_is_taken(void **state)
{
	(void)state;
	/* RFC 8878 §3.1.1: magic, a head with an eight-byte content size and a window, the size 2^40 */
	static const unsigned char LONG[] = { 3, 0x81, 0x80, 0x40, 0 }; /* a megabyte and a byte, an empty table */
	assert_int_equal(pack_plain_size((struct str){ (const char *)LONG, sizeof LONG }), SIZE_MAX);
	static const unsigned char BARE[] = { 4, 0xC0, 0x58, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0 };
	assert_int_equal(pack_plain_size((struct str){ (const char *)BARE, sizeof BARE }), SIZE_MAX);
	static const unsigned char BIG[] = { 2, 0x28, 0xB5, 0x2F, 0xFD, 0xC0, 0x58, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0 };
	assert_int_equal(pack_plain_size((struct str){ (const char *)BIG, sizeof BIG }), SIZE_MAX);
}

static void a_cut_or_changed_form_never_writes_past_its_place(void **state)
{
	(void)state;
	struct str plain = STR(RESOURCE);
	for (int how = PACK_JSON; how <= PACK_BYTES; how++) {
		unsigned char *form;
		struct str packed = packed_of(&form, (enum pack_how)how, plain);
		for (size_t i = 0; i < packed.n * 8 + packed.n; i++) {
			struct str given = packed;
			if (i < packed.n)
				given.n = i;
			else
				form[(i - packed.n) / 8] ^= (unsigned char)(1 << (i - packed.n) % 8);
			size_t n = pack_plain_size(given);
			if (n != SIZE_MAX && n < 1u << 20) {
				unsigned char *out = malloc(n + 8);
				struct problem p;
				memset(out + n, 0xA5, 8);
				enum rc rc = pack_open(out, given, &p);
				assert_true(rc == RC_OK || (rc == RC_BROKEN && p.why == WHY_CORRUPT));
				assert_true(i >= packed.n || rc != RC_OK);
				for (int k = 0; k < 8; k++)
					assert_int_equal(out[n + (size_t)k], 0xA5);
				free(out);
			}
			if (i >= packed.n)
				form[(i - packed.n) / 8] ^= (unsigned char)(1 << (i - packed.n) % 8);
		}
		assert_true(opens_to(packed, plain));
		free(form);
	}
}

static void every_size_and_kind_comes_back(void **state)
{
	static const size_t SIZES[] = { 0, 1, 47, 48, 49, 255, 256, 257, 4000, 65535, 65792, 70000, 3000000 };
	(void)state;
	for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++)
		for (int how = PACK_PLAIN; how <= PACK_BYTES; how++)
			for (int hard = 0; hard < 2; hard++) {
				unsigned char *form;
				char *text = malloc(SIZES[i] + 1);
				uint32_t x = 7;
				for (size_t k = 0; k < SIZES[i]; k++) {
					x = x * 1664525u + 1013904223u;
					text[k] = hard ? (char)(x >> 24) : RESOURCE[k % (sizeof RESOURCE - 1)];
				}
				struct str plain = { text, SIZES[i] };
				struct str packed = packed_of(&form, (enum pack_how)how, plain);
				assert_true(opens_to(packed, plain));
				if (hard || SIZES[i] < 48 || how == PACK_PLAIN)
					assert_int_equal(form[0], PACK_PLAIN);
				free(form);
				free(text);
			}
}

static void a_resource_becomes_less_than_a_third_with_the_dictionary(void **state)
{
	(void)state;
	unsigned char *form;
	struct str packed = packed_of(&form, PACK_JSON, STR(RESOURCE));
	assert_int_equal(form[0], 3);
	assert_in_range(packed.n, 1, (sizeof RESOURCE - 1) / 4);
	free(form);
}

/* Bases refer to the dictionary by its number: another one under the same number would make them unreadable. */
static void what_the_first_dictionary_packed_is_read_for_ever(void **state)
{
	(void)state;
	static const unsigned char PACKED_1[] = {
		0x01, 0x28, 0xB5, 0x2F, 0xFD, 0x61, 0x01, 0xD8, 0x00, 0x25, 0x03, 0x00, 0x33, 0x02, 0x07, 0xFF, 0x4F, 0x1A, 0x77, 0x95, 0xCA, 0x25, 0xBF, 0x31, 0x2C,
		0xE6, 0xB8, 0xDD, 0xE0, 0x17, 0xF2, 0xC0, 0x67, 0x5C, 0x16, 0x86, 0x45, 0x8A, 0xE7, 0x92, 0xD6, 0xB4, 0x01, 0x16, 0xFC, 0x43, 0x0E, 0x9F, 0x3C, 0x0E,
		0xE9, 0x22, 0x23, 0x6D, 0x0F, 0x10, 0xCD, 0x44, 0x6E, 0x82, 0x64, 0x5B, 0x6D, 0x5F, 0x52, 0x38, 0x2A, 0x24, 0x66, 0x5A, 0x98, 0x05, 0xB1, 0x85, 0x94,
		0x00, 0xB4, 0x2B, 0xCD, 0x50, 0xEA, 0x91, 0x67, 0x20, 0xC8, 0xF8, 0x0A, 0x3D, 0x5D, 0xD9, 0x68, 0xD5, 0x87, 0x1D, 0x2B, 0xA6, 0x46, 0xBF, 0x9C, 0x2C,
		0x0D, 0x97, 0x62, 0xB7, 0x5B, 0xE0, 0x19, 0xCE, 0xFB, 0xBF, 0x0A, 0x02
	};
	assert_true(opens_to((struct str){ (const char *)PACKED_1, sizeof PACKED_1 }, STR(RESOURCE)));
	static const unsigned char PACKED_3[] = {
		0x03, 0x76, 0x18, 0x00, 0x1C, 0x00, 0x00, 0x4E, 0x74, 0x00, 0x8A, 0x52, 0x8E, 0x7B, 0x9E, 0xDA, 0xD6, 0xB0, 0xAF, 0x74, 0x02, 0xA0, 0xC4, 0x21, 0xE3,
		0x0E, 0x04, 0x20, 0x39, 0xB5, 0x00, 0x00, 0x48, 0x61, 0x31, 0x66, 0x69, 0x6E, 0x61, 0x6C, 0x22, 0x7D, 0x03, 0xFC, 0x1E, 0xF3, 0xD3, 0x81, 0xCB, 0x70,
		0xF6, 0xF1, 0xE0, 0x12
	};
	assert_true(opens_to((struct str){ (const char *)PACKED_3, sizeof PACKED_3 }, STR(U "2026-03-08T10:00:00+01:00{\"resourceType\":\"Observation\",\"id\":\"a1\",\"status\":\"final\"}")));
	static const unsigned char PACKED_4[] = { 0x04, 0x20, 0x40, 0x75, 0x00, 0x00, 0x40, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x01, 0x00, 0xDD, 0x59, 0xB8 };
	assert_true(opens_to((struct str){ (const char *)PACKED_4, sizeof PACKED_4 }, STR("abcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefghabcdefgh")));
}

static void what_looks_like_a_uuid_or_a_time_comes_back_to_the_byte(void **state)
{
	(void)state;
	static const char *const TEXT[] = { U, U U, "x" U "y", "-" U "-", "1c00004e-7400-8a52-8e7b-9edad6b0af7", "1C00004E-7400-8A52-8E7B-9EDAD6B0AF74", "1c00004g-7400-8a52-8e7b-9edad6b0af74",
		"1c00004e-7400-8a52-8e7b-9edad6b0af7-", "2026-03-08T10:00:00+01:00", "2026-03-08T10:00:00-01:00", "2026-03-08T10:00:00+00:00", "2026-03-08T10:00:00-00:00", "2026-03-08T10:00:00+14:45",
		"2026-03-08T10:00:00+15:00", "2026-03-08T10:00:00+05:30", "2026-03-08T10:00:00+05:31", "2026-03-08T23:59:59-12:00", "2026-03-08T24:00:00+01:00", "2026-03-08T10:00:60+01:00",
		"2026-02-29T10:00:00+01:00", "2024-02-29T10:00:00+01:00", "0000-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-14:45", "9999-12-31T23:59:59.999Z",
		"1970-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "2026-11-17T12:00:00.000Z", "2026-11-17T12:00:00.00Z", "2026-11-17T12:00:00Z", "2026-11-17", "2026-11-17T12:00:00.000+01:00",
		"12026-03-08T10:00:00+01:00", "2026-03-08T10:00:00+01:002026-11-17T12:00:00.000Z" U, "----", "\x01\x02\x03", "2026-03-08T10:00:00+01:0", "2026-11-17T12:00:00.000" };
	for (size_t i = 0; i < sizeof TEXT / sizeof *TEXT; i++)
		for (int around = 0; around < 3; around++) {
			char plain[700];
			unsigned char *form;
			int n = snprintf(plain, sizeof plain, "%s%s%s", around == 1 ? "" : RESOURCE, TEXT[i], around == 2 ? "" : RESOURCE);
			assert_in_range(n, 1, 2 * sizeof plain);
			struct str text = { plain, n < (int)sizeof plain ? (size_t)n : sizeof plain - 1 };
			struct str packed = packed_of(&form, PACK_JSON, text);
			assert_int_equal(form[0], 3);
			assert_true(opens_to(packed, text));
			free(form);
		}
}

static void a_text_with_uuids_and_times_packs_to_their_bytes(void **state)
{
	(void)state;
	unsigned char *form, *other;
	char with[sizeof RESOURCE + 100], without[sizeof RESOURCE + 100];
	size_t n = (size_t)snprintf(with, sizeof with, "%s%s", RESOURCE, U "2026-03-08T10:00:00+01:00"), m = (size_t)snprintf(without, sizeof without, "%s", RESOURCE);
	struct str packed = packed_of(&form, PACK_JSON, (struct str){ with, n });
	assert_in_range(packed.n, 1, packed_of(&other, PACK_JSON, (struct str){ without, m }).n + 16 + 6 + 4);
	free(form);
	free(other);
}

/* A text packed before its hour is known: the hour set afterwards is that of the text, whatever stands around it. */
static void an_instant_is_set_in_what_was_packed(void **state)
{
	(void)state;
	static const char *const TEXTS[] = { RESOURCE, "{\"id\":\"" U "\",\"meta\":{\"versionId\":\"1\",\"lastUpdated\":\"2026-11-17T12:00:00.000Z\"},\"at\":\"2026-11-17T12:00:00+01:00\"}",
		"\"2026-11-17T12:00:00.000Z\"", "\"2020-01-01T00:00:00.000Z\",\"2026-11-17T12:00:00.000Z\",\"2026-11-17T12:00:00.000Z\"" };
	for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
		char now[800];
		unsigned char *out;
		struct str plain = str_of(TEXTS[i]);
		size_t at = (size_t)(strstr(plain.p, "2026-11-17T12:00:00.000Z") - plain.p);
		struct str packed = packed_of(&out, PACK_JSON, plain);
		memcpy(now, plain.p, plain.n);
		memcpy(now + at, "2031-02-28T23:59:58.123Z", 24);
		assert_true(pack_instant_set(out, packed.n, at, INT64_C(1930089598123)));
		assert_true(opens_to(packed, (struct str){ now, plain.n }));
		assert_false(plain.n > 60 && pack_instant_set(out, packed.n, at + 1, 0)); /* none stands there */
		assert_false(pack_instant_set(out, packed.n, plain.n, 0));
		free(out);
	}
	struct buf large;
	buf_init(&large, 4u << 20);
	buf_str(&large, str_of(RESOURCE));
	while (large.n < 3u << 19)
		buf_z(&large, "0123456789 lorem ipsum ");
	unsigned char *out;
	struct str packed = packed_of(&out, PACK_JSON, buf_view(&large));
	assert_false(pack_instant_set(out, packed.n, (size_t)(strstr(RESOURCE, "2026-11-17") - RESOURCE), 0));
	free(out);
	buf_done(&large);
}

static void a_table_that_does_not_belong_to_its_text_is_refused(void **state)
{
	(void)state;
	unsigned char *form, out[4096];
	struct problem p;
	char plain[sizeof RESOURCE + 100];
	size_t n = (size_t)snprintf(plain, sizeof plain, U "%s" U, RESOURCE);
	struct str packed = packed_of(&form, PACK_JSON, (struct str){ plain, n });
	/* kind, two bytes of length, one of the table's; the first piece begins the text: its number is its kind alone */
	assert_int_equal(form[4], 0);
	for (unsigned v = 1; v < 256; v++) {
		form[4] = (unsigned char)v;
		assert_int_equal(pack_open(out, packed, &p), RC_BROKEN);
	}
	form[4] = 0;
	for (unsigned more = 1; more < 4; more++) {
		form[1] ^= (unsigned char)more;
		assert_int_equal(pack_open(out, packed, &p), RC_BROKEN);
		form[1] ^= (unsigned char)more;
	}
	assert_true(opens_to(packed, (struct str){ plain, n }));
	free(form);
}

static void *in_a_new_thread(void *packed)
{
	unsigned char out[sizeof RESOURCE + PACK_MORE];
	struct problem p = { 0 };
	nth_alloc = 1; /* a thread's first text makes its contexts */
	bool refused = pack_open(out, *(const struct str *)packed, &p) == RC_LIMIT && p.why == WHY_BUSY;
	nth_alloc = 1;
	bool plain = pack_put(out, PACK_JSON, STR(RESOURCE)) == sizeof RESOURCE && out[0] == PACK_PLAIN;
	nth_alloc = 0;
	return refused && plain ? packed : NULL;
}

static void without_memory_texts_are_stored_as_they_are_and_unpacking_says_so(void **state)
{
	(void)state;
	unsigned char *form;
	pthread_t thread;
	void *good = NULL;
	struct str packed = packed_of(&form, PACK_JSON, STR(RESOURCE));
	assert_int_equal(pthread_create(&thread, NULL, in_a_new_thread, &packed), 0);
	assert_int_equal(pthread_join(thread, &good), 0);
	assert_non_null(good);
	free(form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_of_no_known_kind_is_refused),
		cmocka_unit_test(a_form_that_claims_more_than_the_most_is_refused_before_any_memory_is_taken),
		cmocka_unit_test(a_cut_or_changed_form_never_writes_past_its_place),
		cmocka_unit_test(every_size_and_kind_comes_back),
		cmocka_unit_test(a_resource_becomes_less_than_a_third_with_the_dictionary),
		cmocka_unit_test(what_the_first_dictionary_packed_is_read_for_ever),
		cmocka_unit_test(what_looks_like_a_uuid_or_a_time_comes_back_to_the_byte),
		cmocka_unit_test(a_text_with_uuids_and_times_packs_to_their_bytes),
		cmocka_unit_test(an_instant_is_set_in_what_was_packed),
		cmocka_unit_test(a_table_that_does_not_belong_to_its_text_is_refused),
		cmocka_unit_test(without_memory_texts_are_stored_as_they_are_and_unpacking_says_so),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
