/* SPDX-License-Identifier: Apache-2.0 */
/* Marks: either form reads the same, what was put is seen, and no two exports write alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "codec/mark.h"
#include "codec/tardos.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct str put(enum mark_kind kind, unsigned form, const char *text, struct buf *b, bool *carries_r)
{
	buf_reset(b);
	*carries_r = mark_put(kind, form, str_of(text), b);
	return buf_view(b);
}

static void each_text_has_two_forms_that_are_seen_again(void **state)
{
	(void)state;
	static const struct { enum mark_kind kind; const char *in, *form[2]; } CASE[] = {
		{ MARK_STREET, "12 Avenue du Général-Leclerc", { "12 Avenue du Général-Leclerc", "12 Av. du Général-Leclerc" } },
		{ MARK_STREET, "12 BD VICTOR HUGO", { "12 BOULEVARD VICTOR HUGO", "12 BD VICTOR HUGO" } },
		{ MARK_STREET, "3 bis allée des Érables", { "3 bis allée des Érables", "3 bis all. des Érables" } },
		{ MARK_STREET, "7 Résidence Les Pins", { "7 Résidence Les Pins", "7 Rés. Les Pins" } },
		{ MARK_PHONE, "06 39 98 12 34", { "06 39 98 12 34", "0639981234" } },
		{ MARK_PHONE, "0639981234", { "06 39 98 12 34", "0639981234" } },
		{ MARK_TOWN, "SAINT-ÉTIENNE", { "Saint-Étienne", "SAINT-ÉTIENNE" } },
		{ MARK_TOWN, "L'Haÿ", { "L'Haÿ", "L'HAŸ" } },
	};
	struct buf b, again;
	buf_init(&b, 1000);
	buf_init(&again, 1000);
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++)
		for (unsigned form = 0; form < 2; form++) {
			bool carries;
			struct str out = put(CASE[i].kind, form, CASE[i].in, &b, &carries);
			assert_true(carries);
			assert_memory_equal(out.p, CASE[i].form[form], out.n);
			assert_int_equal(out.n, strlen(CASE[i].form[form]));
			assert_int_equal(mark_seen(CASE[i].kind, out), form);
			buf_reset(&again);
			assert_true(mark_put(CASE[i].kind, form, out, &again)); /* done twice it is done once */
			assert_true(str_is(buf_view(&again), out));
		}
	buf_done(&b);
	buf_done(&again);
}

static void what_carries_nothing_stays_as_it_is(void **state)
{
	(void)state;
	static const struct { enum mark_kind kind; const char *in; } CASE[] = {
		{ MARK_STREET, "Lieu-dit Les Bordes" }, { MARK_STREET, "Avenue" }, { MARK_STREET, "" }, { MARK_PHONE, "+33639981234" }, { MARK_PHONE, "poste 12" }, { MARK_PHONE, "1234567890" },
		{ MARK_TOWN, "Y" }, { MARK_TOWN, "123" }, { MARK_TOWN, "\xff\xfe" }, { MARK_QUOTE, "x" }, { MARK_ORDER, "x" },
	};
	struct buf b;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++)
		for (unsigned form = 0; form < 2; form++) {
			bool carries;
			struct str out = put(CASE[i].kind, form, CASE[i].in, &b, &carries);
			assert_false(carries);
			assert_true(str_eq(out, CASE[i].in));
			assert_int_equal(mark_seen(CASE[i].kind, str_of(CASE[i].in)), -1);
		}
	buf_done(&b);
}

static void a_csv_field_is_quoted_where_it_must_be_or_where_the_form_says_so(void **state)
{
	(void)state;
	static const struct { const char *in, *form[2]; int seen[2]; } CASE[] = {
		{ "MARTIN", { "MARTIN", "\"MARTIN\"" }, { 0, 1 } }, { "a;b", { "\"a;b\"", "\"a;b\"" }, { -1, -1 } }, { "say \"x\"", { "\"say \"\"x\"\"\"", "\"say \"\"x\"\"\"" }, { -1, -1 } }, { "", { "", "\"\"" }, { -1, 1 } },
	};
	struct buf b;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++)
		for (unsigned form = 0; form < 2; form++) {
			buf_reset(&b);
			mark_csv(form, str_of(CASE[i].in), &b);
			assert_true(str_eq(buf_view(&b), CASE[i].form[form]));
			assert_int_equal(mark_csv_seen(buf_view(&b)), CASE[i].seen[form]);
		}
	buf_done(&b);
}

static void an_object_keeps_all_its_members_in_either_order(void **state)
{
	(void)state;
	static const char A[] = "{\"resourceType\":\"Patient\",\"gender\":\"male\",\"active\":true,\"birthDate\":\"1957-02-14\",\"deceasedBoolean\":false}";
	static const char B[] = "{\"resourceType\":\"Patient\",\"birthDate\":\"1957-02-14\",\"active\":true,\"gender\":\"male\",\"deceasedBoolean\":false}";
	struct buf b;
	buf_init(&b, 1000);
	for (int in = 0; in < 2; in++)
		for (unsigned form = 0; form < 2; form++) {
			buf_reset(&b);
			assert_true(mark_json(form, str_of(in ? B : A), &b));
			assert_true(str_eq(buf_view(&b), form ? B : A));
			assert_int_equal(mark_json_seen(buf_view(&b)), form);
		}
	static const char *const OTHER[] = { "{}", "[1]", "{\"gender\":\"male\"}", "{\"gender\":\"male\", \"birthDate\" : \"1957-02-14\"}", "not json" };
	for (size_t i = 0; i < sizeof OTHER / sizeof *OTHER; i++) {
		buf_reset(&b);
		assert_false(mark_json(1, str_of(OTHER[i]), &b));
		assert_true(str_eq(buf_view(&b), OTHER[i]));
	}
	buf_done(&b);
}

static void a_resource_keeps_all_its_members_with_meta_before_or_after_its_id(void **state)
{
	(void)state;
	static const char A[] = "{\"resourceType\":\"Condition\",\"id\":\"c1\",\"meta\":{\"versionId\":\"1\",\"id\":\"x\"},\"code\":{\"text\":\"a\"}}";
	static const char B[] = "{\"resourceType\":\"Condition\",\"meta\":{\"versionId\":\"1\",\"id\":\"x\"},\"id\":\"c1\",\"code\":{\"text\":\"a\"}}";
	struct buf b;
	buf_init(&b, 1000);
	for (int in = 0; in < 2; in++)
		for (unsigned form = 0; form < 2; form++) {
			buf_reset(&b);
			assert_true(mark_head(form, str_of(in ? B : A), &b));
			assert_true(str_eq(buf_view(&b), form ? B : A));
			assert_int_equal(mark_head_seen(buf_view(&b)), form);
		}
	static const char *const OTHER[] = { "{}", "[]", "\"x\"", "{\"id\":\"a\"}", "{\"id\":\"a\",\"meta\":1}", "{\"id\" :\"a\",\"meta\":{}}", "{\"\\u0069d\":\"a\",\"meta\":{}}", "not json" };
	for (size_t i = 0; i < sizeof OTHER / sizeof *OTHER; i++) {
		buf_reset(&b);
		assert_false(mark_head(1, str_of(OTHER[i]), &b));
		assert_true(str_eq(buf_view(&b), OTHER[i]));
		assert_int_equal(mark_head_seen(str_of(OTHER[i])), -1);
	}
	buf_done(&b);
}

/* Half of the rows of two exports agree, in plain marks; one key says nothing of another. */
static void two_exports_agree_by_chance_only(void **state)
{
	(void)state;
	struct mark a = { .no = 1 }, b = { .no = 2 }, c = { .no = 1 };
	memset(a.key, 7, sizeof a.key);
	memset(b.key, 7, sizeof b.key);
	memset(c.key, 8, sizeof c.key);
	unsigned same_no = 0, same_key = 0, ones = 0, n = 20000;
	for (unsigned i = 0; i < n; i++) {
		char id[32];
		snprintf(id, sizeof id, "patient-%u", i);
		unsigned x = mark_form(&a, str_of(id), MARK_TOWN);
		assert_int_equal(x, mark_form(&a, str_of(id), MARK_TOWN));
		same_key += x == mark_form(&b, str_of(id), MARK_TOWN);
		same_no += x == mark_form(&c, str_of(id), MARK_TOWN);
		ones += x + mark_form(&a, str_of(id), MARK_STREET);
	}
	assert_in_range(same_key, n / 2 - 400, n / 2 + 400);
	assert_in_range(same_no, n / 2 - 400, n / 2 + 400);
	assert_in_range(ones, n - 600, n + 600); /* code words are masked: as many noughts as ones */
}

static void a_form_that_was_seen_says_the_bit_of_the_code_word(void **state)
{
	(void)state;
	struct mark m = { .no = 77 };
	memset(m.key, 3, sizeof m.key);
	for (unsigned i = 0; i < 2000; i++) {
		char id[32];
		snprintf(id, sizeof id, "patient-%u", i);
		unsigned group = mark_group(m.key, str_of(id));
		unsigned bit = tardos_bit(m.key + MARK_KEY / 2, m.no, group, tardos_bias(m.key + MARK_KEY / 2, group));
		assert_in_range(group, 0, MARK_GROUPS - 1);
		for (int k = 0; k < 2; k++) {
			enum mark_kind kind = k ? MARK_STREET : MARK_ORDER;
			assert_int_equal(mark_code_bit(m.key, str_of(id), kind, mark_form(&m, str_of(id), kind)), bit);
		}
	}
}

static void an_innocent_word_scores_nothing_in_the_mean_whatever_is_seen(void **state)
{
	(void)state;
	unsigned char key[TARDOS_KEY] = { 1, 2, 3 };
	double sum = 0, squares = 0;
	unsigned n = 0;
	for (unsigned place = 0; place < 2048; place++)
		for (uint64_t word = 0; word < 100; word++, n++) {
			double bias = tardos_bias(key, place), x = tardos_score(bias, tardos_bit(key, word, place, bias), place % 3 == 0);
			sum += x;
			squares += x * x;
		}
	assert_true(fabs(sum / n) < 0.01);
	assert_true(fabs(squares / n - 1) < 0.1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_has_two_forms_that_are_seen_again),
		cmocka_unit_test(what_carries_nothing_stays_as_it_is),
		cmocka_unit_test(a_csv_field_is_quoted_where_it_must_be_or_where_the_form_says_so),
		cmocka_unit_test(an_object_keeps_all_its_members_in_either_order),
		cmocka_unit_test(a_resource_keeps_all_its_members_with_meta_before_or_after_its_id),
		cmocka_unit_test(two_exports_agree_by_chance_only),
		cmocka_unit_test(a_form_that_was_seen_says_the_bit_of_the_code_word),
		cmocka_unit_test(an_innocent_word_scores_nothing_in_the_mean_whatever_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
