/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "outline.h"

static void
is_sound(const char *what)
{
	struct buf shape;
	buf_init(&shape, 1 << 20);
	bool good = outline_of(buf_view(&fake_out.body), &shape) && outline_is_strict(buf_view(&fake_out.body));
	if (!good)
		print_message("# %s\n", what);
	assert_true(good);
	buf_done(&shape);
}

static void
every_reason_gives_a_page_in_plain_words(void **state)
{
	(void)state;
	for (int w = 1; w < WHY__END; w++) {
		fake_begin(ROLE_NURSE);
		fake_fail(HTTP_GET, "/unit", NULL, 0, RC_DENIED, (enum why)w, "");
		if (w == WHY_PROOF_DUE) { /* has a page of its own, and comes back from there */
			assert_true(str_eq(fake_location(), "/prove?next=%2Funit"));
			fake_begin(ROLE_NURSE);
			fake_fail(HTTP_POST, "/unit", NULL, 0, RC_STEP_UP, WHY_PROOF_DUE, ""); /* a form says so in place */
		}
		is_sound(why_row((enum why)w)->name);
		assert_true(fake_holds("<h1"));
		fake_begin(ROLE_NONE);
		fake_fail(w == WHY_PROOF_DUE ? HTTP_POST : HTTP_GET, "/unit", NULL, 0, RC_DENIED, (enum why)w, "");
		is_sound(why_row((enum why)w)->name);
		assert_false(fake_holds("Julie"));
	}
}

static void
refused_and_absent_read_the_same_to_one_who_may_not_know(void **state)
{
	(void)state;
	fake_begin(ROLE_CLERK);
	struct buf first;
	buf_init(&first, 1 << 20);
	buf_str(&first, fake_fail(HTTP_GET, "/patient/:patient/admin", NULL, 0, RC_NOT_FOUND, WHY_NOT_FOUND, "patient"));
	fake_begin(ROLE_CLERK);
	assert_true(str_is(fake_fail(HTTP_GET, "/patient/:patient/admin", NULL, 0, RC_DENIED, WHY_NOT_FOUND, ""), buf_view(&first)));
	buf_done(&first);
}

static void
a_chart_that_asks_for_a_reason_answers_with_the_break_glass_page(void **state)
{
	(void)state;
	fake_begin(ROLE_NURSE);
	fake_fail(HTTP_GET, "/patient/:patient/stays", NULL, 0, RC_DENIED, WHY_UNEXPLAINED, "patient");
	is_sound("glass");
	assert_int_equal(fake_out.status, 403);
	assert_true(fake_holds("action=\"/patient/p-1/glass\"") && fake_holds("name=\"next\" value=\"/patient/p-1/stays\"") && fake_holds("data-digit=\"4\"") && fake_holds("72 heures"));
	assert_false(fake_holds("class=\"banner"));
	fake_begin(ROLE_RSSI);
	fake_fail(HTTP_GET, "/patient/:patient/stays", NULL, 0, RC_DENIED, WHY_UNEXPLAINED, "patient");
	assert_false(fake_holds("/glass\""));
}

static void
a_closed_establishments_chart_offers_an_emergency_and_a_ticket_and_nothing_else(void **state)
{
	(void)state;
	struct pair other[] = { { STR("reason"), STR("advice") }, { STR("text"), STR("essai du jour") }, { STR("closed"), STR("1") } };
	fake_begin(ROLE_PHYSICIAN);
	fake_fail(HTTP_GET, "/patient/:patient/stays", NULL, 0, RC_DENIED, WHY_CLOSED_CHART, "patient");
	is_sound("closed");
	assert_int_equal(fake_out.status, 403);
	assert_true(fake_holds("value=\"emergency\"") && fake_holds("href=\"/exports/ask\"") && fake_holds("_id=p-1") && fake_holds("name=\"closed\" value=\"1\""));
	assert_false(fake_holds("value=\"advice\"") || fake_holds("value=\"arrival\"") || fake_holds("value=\"other\"") || fake_holds("class=\"banner"));
	fake_begin(ROLE_NURSE);
	fake_fail(HTTP_POST, "/patient/:patient/glass", other, 3, RC_DENIED, WHY_CLOSED_CHART, "reason");
	is_sound("closed, refused");
	assert_true(fake_holds("value=\"emergency\"") && fake_holds("role=\"alert\"") && fake_holds("ticket"));
	assert_false(fake_holds("value=\"advice\"") || fake_holds("href=\"/exports/ask\""));
	fake_begin(ROLE_NURSE); /* the shift's emergencies are used up: a colleague signs, and no other reason comes back */
	fake_fail(HTTP_POST, "/patient/:patient/glass", other, 3, RC_OVER_BUDGET, WHY_OVER_GLASS, "");
	assert_true(fake_holds("value=\"emergency\"") && fake_holds("name=\"colleague\""));
	assert_false(fake_holds("value=\"advice\""));
}

static void
without_a_session_the_sign_in_page_answers_and_remembers_the_address(void **state)
{
	(void)state;
	fake_begin(ROLE_NONE);
	fake_fail(HTTP_GET, "/patient/:patient/stays", NULL, 0, RC_STEP_UP, WHY_SIGN_IN, "");
	is_sound("sign in");
	assert_int_equal(fake_out.status, 401);
	assert_true(fake_holds("action=\"/sign-in\"") && fake_holds("name=\"next\" value=\"/patient/p-1/stays\""));
	assert_false(fake_holds("role=\"alert\""));
}

static void
a_refused_sign_in_does_not_say_which_part_was_wrong(void **state)
{
	(void)state;
	struct pair in[] = { { STR("login"), STR("rssi") }, { STR("password"), STR("hunter2hunter2") }, { STR("code"), STR("123456") } };
	fake_begin(ROLE_NONE);
	fake_fail(HTTP_POST, "/sign-in", in, 3, RC_DENIED, WHY_SIGN_IN_REFUSED, "");
	is_sound("refused");
	assert_true(fake_holds("role=\"alert\"") && fake_holds("value=\"rssi\""));
	assert_false(fake_holds("hunter2"));
}

static void
a_locked_or_ended_session_carries_what_is_kept_and_shows_nothing_of_it(void **state)
{
	(void)state;
	struct pair form[] = { { STR("birth_name"), STR("DUR<AND & \"fils\"") }, { STR("given_names"), STR("Marie") }, { STR("birthdate"), STR("140257") }, { STR("sex"), STR("female") }, { STR("csrf"), STR("CSRFTOKEN") } };
	struct pair stop[] = { { STR("reason"), STR("DUR") } };
	for (int i = 0; i < 2; i++) {
		fake_begin(i ? ROLE_NONE : ROLE_CLERK);
		fake_row("kept");
		fake_col_z("text", "U0VBTEVE");
		fake_fail(HTTP_POST, "/patients/new", form, 5, RC_STEP_UP, i ? WHY_SIGN_IN : WHY_LOCKED, "");
		is_sound("kept");
		assert_true(fake_holds("name=\"next\" value=\"/patients/new\"") && fake_holds("name=\"kept\" value=\"U0VBTEVE\"") && fake_holds("illisible"));
		assert_false(fake_holds("DUR") || fake_holds("Marie") || fake_holds("140257") || fake_holds("pas pu être"));
		assert_int_equal(fake_holds("Julie Martin"), i == 0);
		/* Nothing is kept, of a session that nobody knows: that is said; and no way leads to a page that only takes forms. */
		fake_begin(i ? ROLE_NONE : ROLE_CLERK);
		fake_fail(HTTP_POST, "/patient/:patient/prescriptions/stop", stop, 1, RC_STEP_UP, i ? WHY_SIGN_IN : WHY_LOCKED, "");
		is_sound("not kept");
		assert_true(fake_holds("pas pu être gardé"));
		assert_false(fake_holds("name=\"kept\"") || fake_holds("name=\"next\"") || fake_holds("value=\"DUR"));
	}
}

static void
what_is_carried_goes_on_over_a_wrong_code_and_the_end_of_a_locked_session(void **state)
{
	(void)state;
	struct pair un[] = { { STR("password"), STR("x") }, { STR("code"), STR("1") }, { STR("next"), STR("/patients/new") }, { STR("kept"), STR("U0VBTEVE") } };
	struct pair in[] = { { STR("login"), STR("rssi") }, { STR("password"), STR("x") }, { STR("code"), STR("123456") }, { STR("next"), STR("/patients/new") }, { STR("kept"), STR("U0VBTEVE") } };
	fake_begin(ROLE_CLERK);
	fake_fail(HTTP_POST, "/unlock", un, 4, RC_DENIED, WHY_SIGN_IN_REFUSED, "");
	is_sound("unlock");
	assert_true(fake_holds("action=\"/unlock\"") && fake_holds("name=\"kept\" value=\"U0VBTEVE\"") && fake_holds("name=\"next\" value=\"/patients/new\"") && fake_holds("role=\"alert\""));
	fake_begin(ROLE_NONE);
	fake_fail(HTTP_POST, "/sign-in", in, 5, RC_DENIED, WHY_SIGN_IN_REFUSED, "");
	is_sound("sign in");
	assert_true(fake_holds("name=\"kept\" value=\"U0VBTEVE\"") && fake_holds("name=\"next\" value=\"/patients/new\"") && fake_holds("role=\"alert\""));
	fake_begin(ROLE_NONE); /* it ended while it was locked */
	fake_fail(HTTP_POST, "/unlock", un, 4, RC_STEP_UP, WHY_SIGN_IN, "");
	is_sound("ended");
	assert_true(fake_holds("action=\"/sign-in\"") && fake_holds("name=\"kept\" value=\"U0VBTEVE\"") && fake_holds("name=\"next\" value=\"/patients/new\""));
}

static void
a_search_that_cannot_be_read_comes_back_with_what_was_typed(void **state)
{
	(void)state;
	struct pair q[] = { { STR("q"), STR("dur<and") } };
	fake_begin(ROLE_NURSE);
	fake_fail(HTTP_POST, "/search", q, 1, RC_BAD_INPUT, WHY_SEARCH_NEEDS_DATE, "birthdate");
	is_sound("search");
	assert_true(fake_holds("value=\"dur&lt;and\"") && fake_holds("id=\"search-q-error\""));
}

static void
a_spent_budget_says_how_long_and_what_to_do(void **state)
{
	(void)state;
	fake_begin(ROLE_NURSE);
	fake_fail(HTTP_GET, "/patient/:patient", NULL, 0, RC_OVER_BUDGET, WHY_OVER_BUDGET, "");
	assert_true(fake_holds("24 heures") && fake_holds("RSSI"));
}

static void
a_page_that_does_not_exist_has_no_row_and_still_answers(void **state)
{
	(void)state;
	fake_begin(ROLE_NURSE);
	fake_fail(HTTP_GET, "/nothing-here", NULL, 0, RC_NOT_FOUND, WHY_NOT_FOUND, "");
	is_sound("404");
	assert_null(fake_rq.page);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_gives_a_page_in_plain_words),
		cmocka_unit_test(refused_and_absent_read_the_same_to_one_who_may_not_know),
		cmocka_unit_test(a_chart_that_asks_for_a_reason_answers_with_the_break_glass_page),
		cmocka_unit_test(a_closed_establishments_chart_offers_an_emergency_and_a_ticket_and_nothing_else),
		cmocka_unit_test(without_a_session_the_sign_in_page_answers_and_remembers_the_address),
		cmocka_unit_test(a_refused_sign_in_does_not_say_which_part_was_wrong),
		cmocka_unit_test(a_locked_or_ended_session_carries_what_is_kept_and_shows_nothing_of_it),
		cmocka_unit_test(what_is_carried_goes_on_over_a_wrong_code_and_the_end_of_a_locked_session),
		cmocka_unit_test(a_search_that_cannot_be_read_comes_back_with_what_was_typed),
		cmocka_unit_test(a_spent_budget_says_how_long_and_what_to_do),
		cmocka_unit_test(a_page_that_does_not_exist_has_no_row_and_still_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
