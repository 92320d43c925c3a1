/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a leaked sample came from: the figures of SECURITY 7.6 as a deterministic test. 10,000 exports of one house; of a sample of 34 unaltered rows, or of 162 with half the
 * marks destroyed, the right one is named, with a single plain mark a row; three who mix their copies are found by their code words; nobody innocent is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/random.h"
#include "hospital/attribute_read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTS 10000u
static struct arena A;
static unsigned char key[MARK_KEY];
static struct attribute_export exports[EXPORTS];
static struct attribute_exports house;

static int begin(void **state)
{
	(void)state;
	struct stream s = stream_of(42, 0);
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (unsigned char)stream_u64(&s);
	for (unsigned i = 0; i < EXPORTS; i++)
		exports[i] = (struct attribute_export){ .no = 1 + i, .recipient = STR("registre") };
	house = (struct attribute_exports){ .key = key, .at = exports, .n = EXPORTS };
	arena_init(&A, (size_t)2 << 30);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_done(&A);
	return 0;
}

static struct str id_of(unsigned i)
{
	char id[40];
	snprintf(id, sizeof id, "0192f3a0-%04x-7abc-8123-%012x", i & 0xffff, i * 2654435761u);
	return arena_str(&A, str_of(id));
}

/* Rows with one plain mark each, of an export (0: of none, drawn by chance); so many of a hundred marks are overwritten with one form. */
static struct attribute_row *rows_of(uint64_t export_, unsigned from, unsigned n, unsigned destroyed, struct stream *s)
{
	struct attribute_row *at = arena_array(&A, n, sizeof *at);
	struct mark m = { .no = export_ };
	memcpy(m.key, key, sizeof m.key);
	assert_non_null(at);
	for (unsigned i = 0; i < n; i++) {
		at[i] = (struct attribute_row){ .id = id_of(from + i), .line = i + 2 };
		memset(at[i].seen, -1, sizeof at[i].seen);
		at[i].seen[MARK_TOWN] = (signed char)(export_ ? mark_form(&m, at[i].id, MARK_TOWN) : stream_below(s, 2));
		if (stream_below(s, 100) < destroyed)
			at[i].seen[MARK_TOWN] = 1; /* all in capitals */
	}
	return at;
}

static struct attribute_suspect *judged(const struct attribute_row *rows, size_t n, size_t *n_r)
{
	struct attribute_suspect *out = NULL;
	struct problem p = { 0 };
	assert_int_equal(attribute_marks(&house, rows, n, &A, &out, n_r, &p), RC_OK);
	return out;
}

static void the_right_one_of_10000_exports_is_named_from_34_unaltered_rows(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 1);
	for (unsigned e = 1; e <= EXPORTS; e += 499) {
		size_t n;
		struct attribute_suspect *out = judged(rows_of(e, e * 7, 34, 0, &s), 34, &n);
		assert_int_equal(n, 1);
		assert_int_equal(exports[out[0].export_].no, e);
		assert_true(out[0].by_marks);
	}
}

static void from_33_rows_nobody_is_named(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 2);
	size_t n;
	struct attribute_suspect *out = judged(rows_of(77, 5, 33, 0, &s), 33, &n);
	assert_int_equal(exports[out[0].export_].no, 77); /* it comes nearest, and is not called proven */
	assert_false(out[0].by_marks);
}

/* At 162 the mean of what agrees lies on the threshold (7.6): about half of such samples prove it, and none proves another; at 240 nearly all. */
static void half_destroyed_the_right_one_is_named_from_162_rows_on(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 3);
	unsigned right[2] = { 0, 0 };
	static const unsigned ROWS[] = { 162, 240 };
	for (int k = 0; k < 2; k++)
		for (unsigned i = 0; i < 20; i++) {
			size_t n;
			uint64_t e = 1 + i * 491;
			struct attribute_suspect *out = judged(rows_of(e, i * 300, ROWS[k], 50, &s), ROWS[k], &n);
			assert_int_equal(n, 1);
			if (out[0].by_marks)
				assert_int_equal(exports[out[0].export_].no, e);
			right[k] += out[0].by_marks && exports[out[0].export_].no == e;
		}
	print_message("# half destroyed: %u of 20 named at 162 rows, %u of 20 at 240\n", right[0], right[1]);
	assert_in_range(right[0], 6, 20);
	assert_in_range(right[1], 18, 20);
}

static void a_sample_of_no_export_names_none(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 4);
	for (unsigned i = 0; i < 24; i++) {
		size_t n;
		struct attribute_suspect *out = judged(rows_of(0, i * 1000, 30 + i * 10, i % 3 * 40, &s), 30 + i * 10, &n);
		assert_false(out[0].by_marks || out[0].by_code || out[0].by_canaries);
	}
}

static void a_row_that_stands_twice_counts_once_and_what_others_hold_is_not_counted(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 5);
	struct attribute_row *at = rows_of(9, 0, 20, 0, &s), *twice = arena_array(&A, 80, sizeof *twice);
	size_t n;
	for (unsigned i = 0; i < 80; i++)
		twice[i] = at[i % 20];
	struct attribute_suspect *out = judged(twice, 80, &n);
	assert_int_equal(out[0].marks, 20);
	assert_false(out[0].by_marks);
}

static void an_exports_own_canary_names_it(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 6);
	struct str own[2] = { STR("own-canary-one"), id_of(3) };
	size_t n;
	exports[4321].canaries = own;
	exports[4321].n_canaries = 2;
	struct attribute_suspect *out = judged(rows_of(0, 0, 6, 0, &s), 6, &n);
	exports[4321].canaries = NULL;
	exports[4321].n_canaries = 0;
	assert_int_equal(n, 1);
	assert_int_equal(exports[out[0].export_].no, 4322);
	assert_int_equal(out[0].canaries, 1);
	assert_true(out[0].by_canaries);
}

/* Three who each had the same rows; of each row they take one of their three forms. */
static void three_who_mix_their_copies_are_found_by_their_code_words(void **state)
{
	(void)state;
	struct stream s = stream_of(1, 7);
	unsigned found = 0, wrong = 0, samples = 0;
	static const unsigned ROWS[] = { 10000, 20000 };
	for (unsigned k = 0; k < 3; k++, samples++) {
		uint64_t who[3] = { 11 + k * 1000, 5000 + k, 9000 + k * 7 };
		unsigned n_rows = ROWS[k % 2];
		struct attribute_row *at = arena_array(&A, n_rows, sizeof *at);
		size_t n;
		for (unsigned i = 0; i < n_rows; i++) {
			struct mark m = { .no = who[stream_below(&s, 3)] };
			memcpy(m.key, key, sizeof m.key);
			at[i] = (struct attribute_row){ .id = id_of(k * 30000 + i), .line = i };
			memset(at[i].seen, -1, sizeof at[i].seen);
			at[i].seen[MARK_STREET] = (signed char)mark_form(&m, at[i].id, MARK_STREET);
		}
		struct attribute_suspect *out = judged(at, n_rows, &n);
		for (size_t i = 0; i < n; i++) {
			uint64_t no = exports[out[i].export_].no;
			bool is = no == who[0] || no == who[1] || no == who[2];
			if (!out[i].by_code && !out[i].by_marks)
				continue;
			found += is;
			wrong += !is;
		}
	}
	print_message("# three who mixed, %u samples: %u of %u named, %u others\n", samples, found, 3 * samples, wrong);
	assert_int_equal(wrong, 0);
	assert_in_range(found, 2 * samples, 3 * samples);
}

static void chances_are_those_of_the_books(void **state)
{
	(void)state;
	assert_true(fabs(attribute_tail(34, 34) + 34 * log10(2)) < 1e-9);
	assert_true(fabs(attribute_tail(10, 9) - log10(11.0 / 1024)) < 1e-9);
	assert_true(fabs(attribute_tail(100, 0)) < 1e-9 && attribute_tail(3, 4) < -1e300);
	assert_true(fabs(attribute_normal(1e-10) - 6.3613) < 1e-3); /* SECURITY 7.6: z = 6.36 */
	/* SECURITY 1.2: 20 rows with two holders each → 0.9968 at p = 0.5 and 0.64 at 0.9; 20 rows of one holder → 0.88 at 0.9. */
	assert_true(fabs(1 - pow(attribute_innocence(0.5, 2), 20) - 0.9968) < 1e-4);
	assert_true(fabs(1 - pow(attribute_innocence(0.9, 2), 20) - 0.64) < 5e-3);
	assert_true(fabs(1 - pow(attribute_innocence(0.9, 1), 20) - 0.88) < 5e-3);
}

static void guilt_falls_on_who_opened_what_nobody_else_did(void **state)
{
	(void)state;
	static const uint32_t both[] = { 5, 9 }, one[] = { 9 };
	struct attribute_opened rows[30];
	struct attribute_reader *out;
	struct problem p = { 0 };
	size_t n;
	for (unsigned i = 0; i < 30; i++)
		rows[i] = i < 20 ? (struct attribute_opened){ both, 2 } : (struct attribute_opened){ one, 1 };
	assert_int_equal(attribute_guilt(rows, 30, &A, &out, &n, &p), RC_OK);
	assert_int_equal(n, 2);
	assert_int_equal(out[0].account, 9);
	assert_int_equal(out[0].only, 10);
	assert_int_equal(out[0].rows, 30);
	assert_true(fabs(1 - out[1].innocent_half - 0.9968) < 1e-4);
	assert_true(fabs(1 - out[1].innocent_most - 0.6415) < 1e-3);
}

static size_t read_sample(const char *text, enum attribute_form want, struct attribute_row **rows_r)
{
	struct problem p = { 0 };
	enum attribute_form form;
	size_t n;
	assert_int_equal(attribute_read(str_of(text), &A, rows_r, &n, &form, &p), RC_OK);
	assert_int_equal(form, want);
	return n;
}

static void a_sample_is_read_in_whatever_form_and_what_is_torn_is_passed_over(void **state)
{
	(void)state;
	struct attribute_row *r;
	assert_int_equal(read_sample("id;nom;prénom;date de naissance;téléphone;adresse;ville\r\nabc-1;MARTIN;Jean;14/02/1957;06 39 98 01 02;3 Rue de la Paix;TOURS\n"
		"\"abc-2\";\"LE \"\"GOFF\"\"\";\"Anne\";\"1960-01-31\";\"0639980102\";\"4 Av. du Lac\";\"Blois\"\nonly;half", ATTRIBUTE_CSV, &r), 3);
	assert_true(str_eq(r[0].id, "abc-1") && str_eq(r[0].born_on, "1957-02-14") && r[0].line == 2);
	assert_int_equal(r[0].seen[MARK_PHONE], 0);
	assert_int_equal(r[0].seen[MARK_STREET], 0);
	assert_int_equal(r[0].seen[MARK_TOWN], 1);
	assert_int_equal(r[0].seen[MARK_QUOTE], 0);
	assert_true(str_eq(r[1].family, "LE \"GOFF\""));
	assert_int_equal(r[1].seen[MARK_PHONE], 1);
	assert_int_equal(r[1].seen[MARK_STREET], 1);
	assert_int_equal(r[1].seen[MARK_TOWN], 0);
	assert_int_equal(r[1].seen[MARK_QUOTE], 1);
	assert_int_equal(read_sample("{\"resourceType\":\"Patient\",\"id\":\"p1\",\"name\":[{\"family\":\"A\",\"given\":[\"B\"]}],\"birthDate\":\"1957-02-14\",\"gender\":\"male\",\"address\":[{\"line\":[\"1 Place du Nord\"],\"city\":\"Tours\"}]}\n"
		"{\"torn\n{\"resourceType\":\"Observation\",\"id\":\"o1\",\"subject\":{\"reference\":\"Patient/p2\"}}\n", ATTRIBUTE_JSON, &r), 2);
	assert_true(str_eq(r[0].id, "p1") && str_eq(r[1].id, "p2") && r[1].line == 3);
	assert_int_equal(r[0].seen[MARK_ORDER], 1);
	assert_int_equal(r[0].seen[MARK_STREET], 0);
	assert_int_equal(r[1].seen[MARK_HEAD], -1);
	assert_int_equal(read_sample("{\"resourceType\":\"Observation\",\"meta\":{},\"id\":\"o1\",\"subject\":{\"reference\":\"Patient/p2\"}}\n{\"resourceType\":\"Consent\",\"id\":\"o2\",\"meta\":{},\"patient\":{\"reference\":\"Patient/p3\"}}\n", ATTRIBUTE_JSON, &r), 2);
	assert_true(r[0].seen[MARK_HEAD] == 1 && r[1].seen[MARK_HEAD] == 0 && str_eq(r[1].id, "p3"));
	assert_int_equal(read_sample("[{\"nom\":\"A\",\"naissance\":\"14.02.1957\"},{\"x\":1},{\"id\":\"z9\"}]", ATTRIBUTE_JSON, &r), 2);
	assert_int_equal(read_sample("{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p7\"}}]}", ATTRIBUTE_JSON, &r), 1);
	assert_int_equal(read_sample("found on a forum: 0192f3a0-1111-7abc-8123-0123456789ab, and so on\nnothing here\n", ATTRIBUTE_TEXT, &r), 1);
	assert_int_equal(read_sample("", ATTRIBUTE_TEXT, &r), 0);
}

static void no_bytes_whatever_break_the_reader(void **state)
{
	(void)state;
	static const char SIGN[] = "{}[]\",;\n\t:ab1 \\\xc3\xa9-/\"\"id;nom\n";
	struct stream s = stream_of(9, 9);
	size_t rows = 0;
	for (int i = 0; i < 20000; i++) {
		char text[120];
		size_t n = stream_below(&s, sizeof text);
		struct attribute_row *r;
		enum attribute_form form;
		struct problem p = { 0 };
		size_t got;
		struct arena a;
		arena_init(&a, 1u << 20);
		memcpy(text, i % 2 ? "id;nom;naissance\n" : "[{\"id\":1},", 10);
		for (size_t k = i % 4 ? 10 : 0; k < n; k++)
			text[k] = SIGN[stream_below(&s, sizeof SIGN - 1)];
		assert_int_equal(attribute_read((struct str){ text, n }, &a, &r, &got, &form, &p), RC_OK);
		rows += got;
		arena_done(&a);
	}
	assert_in_range(rows, 1, 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_one_of_10000_exports_is_named_from_34_unaltered_rows),
		cmocka_unit_test(from_33_rows_nobody_is_named),
		cmocka_unit_test(half_destroyed_the_right_one_is_named_from_162_rows_on),
		cmocka_unit_test(a_sample_of_no_export_names_none),
		cmocka_unit_test(a_row_that_stands_twice_counts_once_and_what_others_hold_is_not_counted),
		cmocka_unit_test(an_exports_own_canary_names_it),
		cmocka_unit_test(three_who_mix_their_copies_are_found_by_their_code_words),
		cmocka_unit_test(chances_are_those_of_the_books),
		cmocka_unit_test(guilt_falls_on_who_opened_what_nobody_else_did),
		cmocka_unit_test(a_sample_is_read_in_whatever_form_and_what_is_torn_is_passed_over),
		cmocka_unit_test(no_bytes_whatever_break_the_reader),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
