/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../pages/outline.h"
#include "kit/banner.h"
#include "kit/spark.h"
#include "kit/table.h"

static struct buf out;
static struct kit k;

static void
fresh(void)
{
	buf_done(&out);
	buf_init(&out, 1 << 20);
	k = (struct kit){ .lang = SAY_EN, .icons = "/i", .now_ms = INT64_C(1795353127000) };
	html_init(&k.w, &out);
}

static bool
holds(const char *z)
{
	buf_ch(&out, '\0');
	bool found = strstr(out.p, z) != NULL;
	out.n--;
	return found;
}

static void
finish(void)
{
	struct problem p;
	assert_int_equal(html_end(&k.w, &p), RC_OK);
	assert_true(outline_is_strict(buf_view(&out)));
}

static const struct banner durand = {
	.href = { "/patient/1", 10 }, .name = { "DURAND, Marie", 13 }, .born = { "1957-02-14", 10 }, .sex = { "female", 6 }, .status = { "QUAL", 4 },
	.ins = { "257027511504261", 15 }, .clinical = true, .allergies = ALLERGIES_KNOWN, .allergy_names = { "P\xC3\xA9nicilline", 12 },
};

static void
an_ins_never_stands_beside_an_identity_that_is_not_qualified(void **state)
{
	(void)state;
	static const char *const statuses[] = { "PROV", "VALI", "RECUP", "", "XXXX" };
	for (size_t i = 0; i < 5; i++) {
		struct banner b = durand;
		b.status = str_of(statuses[i]);
		fresh();
		banner_draw(&k, &b);
		finish();
		assert_false(holds("257027511504261"));
		assert_false(holds("115"));
	}
	fresh();
	banner_draw(&k, &durand);
	finish();
	assert_true(holds("2\xC2\xA0" "57\xC2\xA0" "02\xC2\xA0" "75\xC2\xA0" "115\xC2\xA0" "042\xC2\xA0" "61"));
}

static void
an_unknown_status_is_shown_as_provisional(void **state)
{
	(void)state;
	struct banner b = durand;
	b.status = STR("XXXX");
	fresh();
	banner_draw(&k, &b);
	finish();
	assert_true(holds("Provisional identity"));
}

static void
the_four_states_of_allergies_have_four_words_and_four_icons(void **state)
{
	(void)state;
	static const struct { enum allergies state; const char *word, *icon; } T[] = {
		{ ALLERGIES_UNAVAILABLE,  "Allergies unavailable",  "#unavailable" },
		{ ALLERGIES_NOT_RECORDED, "Allergies not recorded", "#not-recorded" },
		{ ALLERGIES_NONE_KNOWN,   "No known allergy",       "#none-known" },
		{ ALLERGIES_KNOWN,        "P\xC3\xA9nicilline",     "#alert" },
	};
	for (size_t i = 0; i < 4; i++) {
		struct banner b = durand;
		b.allergies = T[i].state;
		fresh();
		banner_draw(&k, &b);
		finish();
		assert_true(holds(T[i].word));
		assert_true(holds(T[i].icon));
		for (size_t j = 0; j < 3; j++)
			assert_true(j == i || !holds(T[j].word));
	}
}

static void
who_reads_nothing_clinical_sees_no_allergy_and_no_weight(void **state)
{
	(void)state;
	struct banner b = durand;
	b.clinical = false;
	b.weight = STR("71");
	fresh();
	banner_draw(&k, &b);
	finish();
	assert_false(holds("llerg"));
	assert_false(holds("nicilline"));
	assert_false(holds("71"));
}

static void
what_is_not_known_is_said_in_words(void **state)
{
	(void)state;
	struct banner b = { .href = STR("/"), .clinical = true };
	fresh();
	banner_draw(&k, &b);
	finish();
	assert_true(holds("Name not recorded"));
	assert_true(holds("Not recorded"));
	assert_true(holds("Allergies unavailable"));
	assert_false(holds("?<"));
}

static void
a_deceased_person_has_a_hatched_banner_and_the_age_at_death(void **state)
{
	(void)state;
	struct banner b = durand;
	b.deceased = true;
	b.died = STR("2000-02-13");
	fresh();
	banner_draw(&k, &b);
	finish();
	assert_true(holds("banner deceased"));
	assert_true(holds("42 years"));
	assert_true(holds("13-Feb-2000"));
}

static void
a_spark_breaks_its_line_at_a_gap_and_stays_in_its_box(void **state)
{
	(void)state;
	static struct spark_point at[1000];
	for (size_t i = 0; i < 1000; i++)
		at[i] = (struct spark_point){ (int64_t)i * 1000, i % 7 == 0 ? 1e15 : -1e15 };
	struct spark s = { .label = "Weight", .at = at, .n = 1000 };
	fresh();
	spark_draw(&k, &s);
	finish();
	assert_true(holds("400 measures"));
	assert_false(holds("-"));                    /* no coordinate left of or above the box */
	struct spark_point gap[] = { { 0, 1 }, { 1000, 2 }, { 900000, 3 } };
	s = (struct spark){ .label = "Weight", .at = gap, .n = 3, .gap_ms = 10000 };
	fresh();
	spark_draw(&k, &s);
	finish();
	assert_true(holds("M4 28L"));
	assert_true(holds("M156 4"));
	fresh();
	spark_draw(&k, &(struct spark){ .label = "Weight" });
	finish();
	assert_int_equal(out.n, 0);
}

static void
numbers_for_a_drawing_are_read_or_refused(void **state)
{
	(void)state;
	double v;
	assert_true(spark_number(STR("142,5"), &v) && v > 142.49 && v < 142.51);
	assert_true(spark_number(STR("-3"), &v) && v < -2.9);
	assert_false(spark_number(STR(""), &v));
	assert_false(spark_number(STR("1e9"), &v));
	assert_false(spark_number(STR("1.2.3"), &v));
	assert_false(spark_number(STR("-"), &v));
}

static void
a_table_has_a_caption_and_scopes_and_an_empty_cell_has_words(void **state)
{
	(void)state;
	static const struct col cols[] = { { "Name", NULL }, { "When", "time" } };
	fresh();
	table_open(&k, "Accounts", cols, 2);
	table_row(&k);
	cell_link(&k, STR("/a"), STR("<x>"));
	cell_time(&k, STR("nonsense"));
	table_row_end(&k);
	table_close(&k);
	finish();
	assert_true(holds("<caption>Accounts</caption>"));
	assert_true(holds("scope=\"col\""));
	assert_true(holds("scope=\"row\""));
	assert_true(holds("&lt;x&gt;"));
	assert_true(holds("Not recorded"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_ins_never_stands_beside_an_identity_that_is_not_qualified),
		cmocka_unit_test(an_unknown_status_is_shown_as_provisional),
		cmocka_unit_test(the_four_states_of_allergies_have_four_words_and_four_icons),
		cmocka_unit_test(who_reads_nothing_clinical_sees_no_allergy_and_no_weight),
		cmocka_unit_test(what_is_not_known_is_said_in_words),
		cmocka_unit_test(a_deceased_person_has_a_hatched_banner_and_the_age_at_death),
		cmocka_unit_test(a_spark_breaks_its_line_at_a_gap_and_stays_in_its_box),
		cmocka_unit_test(numbers_for_a_drawing_are_read_or_refused),
		cmocka_unit_test(a_table_has_a_caption_and_scopes_and_an_empty_cell_has_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
