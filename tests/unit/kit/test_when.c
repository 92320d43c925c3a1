/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kit/when.h"

/* 22 November 2026, 14:12:07 in Paris. */
#define NOW INT64_C(1795353127000)

static struct kit fr = { .lang = SAY_FR, .now_ms = NOW }, en = { .lang = SAY_EN, .now_ms = NOW };

static void
is(struct words ws, const char *expected)
{
	if (!str_eq(words_view(&ws), expected))
		print_message("# got \"%.*s\", expected \"%s\"\n", STR_ARG(words_view(&ws)), expected);
	assert_true(str_eq(words_view(&ws), expected));
}

static void
what_is_no_date_gives_no_words(void **state)
{
	(void)state;
	static const char *const T[] = { "", "x", "195", "1957-13", "1957-02-30", "1957-02-14x", "1957-02-14T", "1957-02-14T25:00", "1957-02-14T10:00+1", "14/02/1957", "-0001", "1957-2-14" };
	struct when w;
	for (size_t i = 0; i < sizeof T / sizeof T[0]; i++) {
		if (when_parse(str_of(T[i]), &w))
			print_message("# %s was read\n", T[i]);
		assert_false(when_parse(str_of(T[i]), &w));
		is(when_clinical_text(&fr, str_of(T[i])), "");
		is(when_identity(&fr, str_of(T[i])), "");
		is(when_age(&fr, str_of(T[i]), STR_NONE), "");
	}
}

static void
clinical_times_name_day_and_month_and_the_year_when_it_is_another(void **state)
{
	(void)state;
	is(when_clinical_text(&fr, STR("2026-11-21T14:12:07+01:00")), "sam. 21 nov. 14:12");
	is(when_clinical_text(&fr, STR("2026-11-21T23:30:00Z")), "dim. 22 nov. 00:30");
	is(when_clinical_text(&fr, STR("2026-07-01T10:00:00.123Z")), "mer. 1er juil. 12:00");
	is(when_clinical_text(&fr, STR("2025-01-01")), "mer. 1er janv. 2025");
	is(when_clinical_text(&fr, STR("2019-03")), "mars 2019");
	is(when_clinical_text(&fr, STR("2019")), "2019");
	is(when_clinical_text(&en, STR("2026-11-21T14:12:07+01:00")), "Sat 21-Nov 14:12");
	is(when_clinical_ms(&fr, NOW), "dim. 22 nov. 14:12");
	is(when_hour(&fr, STR("2026-11-21T04:05:00+01:00")), "04:05");
}

static void
birth_dates_read_as_on_identity_papers(void **state)
{
	(void)state;
	is(when_identity(&fr, STR("1957-02-14")), "14/02/1957");
	is(when_identity(&fr, STR("1957-02")), "02/1957");
	is(when_identity(&fr, STR("1957")), "1957");
	is(when_identity(&en, STR("1957-02-14")), "14-Feb-1957");
	is(when_born(&fr, STR("1957-02-14")), "14 f\xC3\xA9vr. 1957");
	is(when_born(&en, STR("1957-02-04")), "04-Feb-1957");
}

static void
ages_are_whole_and_fit_the_child(void **state)
{
	(void)state;
	is(when_age(&fr, STR("1957-02-14"), STR_NONE), "69 ans");
	is(when_age(&fr, STR("1957-11-23"), STR_NONE), "68 ans");
	is(when_age(&fr, STR("2026-11-22"), STR_NONE), "0 jour");
	is(when_age(&fr, STR("2026-11-13"), STR_NONE), "9 jours");
	is(when_age(&fr, STR("2025-09-22"), STR_NONE), "14 mois");
	is(when_age(&fr, STR("2024-11-22"), STR_NONE), "2 ans");
	is(when_age(&fr, STR("1957"), STR_NONE), "environ 69 ans");
	is(when_age(&fr, STR("2030-01-01"), STR_NONE), "");
	is(when_age(&fr, STR("1957-02-14"), STR("2000-02-13")), "42 ans");
	is(when_age(&en, STR("2025-10-22"), STR_NONE), "13 months");
}

static void
numbers_take_the_comma_in_french_and_keep_their_digits(void **state)
{
	(void)state;
	is(when_number(&fr, STR("5.40")), "5,40");
	is(when_number(&en, STR("5.40")), "5.40");
	is(when_number(&fr, STR("-0.5")), "-0,5");
	is(when_number(&fr, STR("1.2.x")), "1.2.x");
	is(when_ago(&fr, NOW - 30000), "\xC3\xA0 l\xE2\x80\x99instant");
	is(when_ago(&fr, NOW - 9 * 3600000), "il y a 9 h");
	is(when_ago(&fr, NOW + 1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_date_gives_no_words),
		cmocka_unit_test(clinical_times_name_day_and_month_and_the_year_when_it_is_another),
		cmocka_unit_test(birth_dates_read_as_on_identity_papers),
		cmocka_unit_test(ages_are_whole_and_fit_the_child),
		cmocka_unit_test(numbers_take_the_comma_in_french_and_keep_their_digits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
