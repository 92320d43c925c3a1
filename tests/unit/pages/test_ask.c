/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "pages/access.h"

static void
asks(enum http_method method, const char *path, const struct pair *pairs, size_t n, const char *expected)
{
	fake_begin(ROLE_NURSE);
	struct str got = fake_ask(method, path, pairs, n);
	if (!str_eq(got, expected))
		print_message("# %s asked \"%.*s\"\n", path, STR_ARG(got));
	assert_true(str_eq(got, expected));
}

static void
a_form_with_a_fault_asks_for_no_act(void **state)
{
	(void)state;
	const struct page *const *all;
	size_t n = fake_pages(&all);
	for (size_t i = 0; i < n; i++) {
		if (all[i]->method != HTTP_POST || all[i]->fields == NULL)
			continue;
		bool required = false;
		for (const struct field *f = all[i]->fields; f->name != NULL; f++)
			required = required || f->required;
		if (!required)
			continue;
		fake_begin(ROLE_NURSE);
		struct str got = fake_ask(HTTP_POST, all[i]->path, NULL, 0);
		if (str_starts(got, STR("act ")))
			print_message("# %s\n", all[i]->path);
		assert_false(str_starts(got, STR("act ")));
	}
}

/* « Qui a consulté ? » is printed for the person: no address of ours stands in it. */
static void
whatever_opens_a_record_has_a_name_for_people(void **state)
{
	(void)state;
	const struct page *const *all;
	size_t n = fake_pages(&all), seen = 0, bad = 0;
	for (size_t i = 0; i < n; i++) {
		if (all[i]->surface != 0 && all[i]->surface != SURFACE_PAGE && all[i]->surface != SURFACE_PRINT)
			continue;
		if (all[i]->lasting || (all[i]->reveals != REVEALS_ONE_PATIENT && all[i]->reveals != REVEALS_MANY && all[i]->reveals != REVEALS_WORK_LIST))
			continue;
		seen++;
		if (access_place(str_of(all[i]->path)) == NULL)
			print_message("# %s has no name\n", all[i]->path);
		bad += access_place(str_of(all[i]->path)) == NULL;
	}
	assert_int_equal(bad, 0);
	assert_true(seen > 100);
}

static void
every_row_says_who_may_and_what_it_reveals(void **state)
{
	(void)state;
	const struct page *const *all;
	size_t n = fake_pages(&all);
	assert_true(n > 40);
	for (size_t i = 0; i < n; i++) {
		assert_true(all[i]->may != 0);
		assert_true(all[i]->reveals != REVEALS_UNSAID);
		assert_non_null(all[i]->ask);
		assert_true((all[i]->show == NULL) == all[i]->lasting);
		for (size_t j = 0; j < i; j++)
			assert_false(strcmp(all[i]->path, all[j]->path) == 0 && all[i]->method == all[j]->method);
		/* A page of one patient names that patient in its path, by an opaque id. */
		if (all[i]->reveals == REVEALS_ONE_PATIENT)
			assert_non_null(strstr(all[i]->path, "/:patient"));
	}
}

static void
chart_pages_ask_for_the_patient_of_their_address_only(void **state)
{
	(void)state;
	asks(HTTP_GET, "/patient/:patient", NULL, 0, "view chart_head patient=p-1 view chart_summary patient=p-1 ");
	asks(HTTP_GET, "/patient/:patient/identity", NULL, 0, "view chart_head patient=p-1 view patient_identity patient=p-1 ");
	asks(HTTP_GET, "/patient/:patient/admin", NULL, 0, "view chart_admin patient=p-1 view patient_identity patient=p-1 view chart_stays patient=p-1 ");
	asks(HTTP_GET, "/patient/:patient/who", NULL, 0, "view chart_head patient=p-1 view who_looked patient=p-1 ");
	asks(HTTP_GET, "/patient/:patient/looked", NULL, 0, "view chart_admin patient=p-1 view who_looked patient=p-1 ");
}

static void
filters_and_cursors_travel_as_arguments(void **state)
{
	(void)state;
	struct pair filter[] = { { STR("kind"), STR("result") }, { STR("before"), STR("2026-11-17") } }, before[] = { { STR("before"), STR("77") } };
	asks(HTTP_GET, "/patient/:patient/timeline", filter, 2, "view chart_head patient=p-1 view chart_timeline patient=p-1 kind=result before=2026-11-17 ");
	asks(HTTP_GET, "/accesses", before, 1, "view my_accesses before=77 ");
	asks(HTTP_GET, "/review", before, 1, "view review_list before=77 ");
}

static void
acts_carry_their_arguments_and_come_first(void **state)
{
	(void)state;
	struct pair in[] = { { STR("login"), STR("a") }, { STR("password"), STR("b") }, { STR("code"), STR("123456") }, { STR("kept"), STR("U0VBTEVE") } };
	asks(HTTP_POST, "/sign-in", in, 3, "act sign_in login=a password=b code=123456 ");
	asks(HTTP_POST, "/sign-in", in, 4, "act sign_in kept=U0VBTEVE login=a password=b code=123456 ");
	asks(HTTP_POST, "/unlock", &in[1], 3, "act unlock kept=U0VBTEVE password=b code=123456 ");
	struct pair glass[] = { { STR("reason"), STR("emergency") }, { STR("text"), STR("chute") } };
	asks(HTTP_POST, "/patient/:patient/glass", glass, 2, "act break_glass patient=p-1 reason=emergency text=chute ");
	struct pair review[] = { { STR("no"), STR("4") }, { STR("verdict"), STR("justified") } };
	asks(HTTP_POST, "/review", review, 2, "act break_glass_review no=4 verdict=justified view review_list ");
	struct pair told[] = { { STR("no"), STR("4") }, { STR("how"), STR("letter") } };
	asks(HTTP_POST, "/to-tell", told, 2, "act tell_done no=4 how=letter view to_tell ");
	asks(HTTP_POST, "/to-tell/one", told, 2, "act tell_done no=4 how=letter ");
	struct pair account[] = { { STR("disable"), STR("x") } };
	asks(HTTP_POST, "/accounts", account, 1, "act account_disable login=x view accounts view accounts_ending ");
	struct pair set[] = { { STR("practitioner"), STR("pr-1") }, { STR("version"), STR("3") } };
	asks(HTTP_POST, "/patient/:patient/treating/set", set, 2, "act treating_physician_set patient=p-1 practitioner=pr-1 version=3 view chart_admin patient=p-1 ");
	struct pair duty[] = { { STR("login"), STR("a") }, { STR("unit"), STR("u1") }, { STR("day"), STR("18112026") }, { STR("hour"), STR("8") }, { STR("hours"), STR("12") } };
	asks(HTTP_POST, "/on-call", duty, 5, "act on_call_add login=a unit=u1 day=2026-11-18 hour=8 hours=12 view on_call unit=u1 ");
	struct pair no[] = { { STR("no"), STR("4") } };
	asks(HTTP_POST, "/on-call/end", no, 1, "act on_call_end no=4 view on_call ");
	asks(HTTP_POST, "/handed", no, 1, "act hand_over_end no=4 view handed ");
	asks(HTTP_POST, "/patient/:patient/hand-over", duty, 1, "act hand_over patient=p-1 login=a view chart_admin patient=p-1 ");
	struct pair work[] = { { STR("login"), STR("a") }, { STR("work"), STR("emergency") } };
	asks(HTTP_POST, "/accounts/work", work, 2, "act account_work login=a work=emergency view account login=a ");
	asks(HTTP_POST, "/lock", NULL, 0, "act lock ");
	asks(HTTP_POST, "/sign-out", NULL, 0, "act sign_out ");
}

static void
a_search_goes_out_as_typed_and_only_when_sent(void **state)
{
	(void)state;
	struct pair q[] = { { STR("q"), STR("14/02/1957 dur") } };
	asks(HTTP_GET, "/search", NULL, 0, "");
	asks(HTTP_POST, "/search", q, 1, "view patient_search text=14/02/1957 dur ");
	asks(HTTP_POST, "/search", NULL, 0, "");
}

static void
an_edit_sends_emptied_fields_too(void **state)
{
	(void)state;
	struct pair edit[] = { { STR("birth_name"), STR("DURAND") }, { STR("given_names"), STR("Marie") }, { STR("birthdate"), STR("140257") }, { STR("sex"), STR("female") }, { STR("version"), STR("3") } };
	fake_begin(ROLE_CLERK);
	struct str got = fake_ask(HTTP_POST, "/patient/:patient/edit", edit, 5);
	assert_true(str_starts(got, STR("act patient_edit patient=p-1 birth_name=DURAND given_names=Marie birthdate=1957-02-14 sex=female birth_place= used_name= ")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_with_a_fault_asks_for_no_act),
		cmocka_unit_test(whatever_opens_a_record_has_a_name_for_people), cmocka_unit_test(every_row_says_who_may_and_what_it_reveals),
		cmocka_unit_test(chart_pages_ask_for_the_patient_of_their_address_only),
		cmocka_unit_test(filters_and_cursors_travel_as_arguments),
		cmocka_unit_test(acts_carry_their_arguments_and_come_first),
		cmocka_unit_test(a_search_goes_out_as_typed_and_only_when_sent),
		cmocka_unit_test(an_edit_sends_emptied_fields_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
