/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/paper.h"
#include "fake.h"
#include "outline.h"

#define PAGE_MOST 60000        /* bytes of a page: UX §3 */

static void
each_page(void (*check)(const struct page *page, struct str drawn), enum role role, bool filled, bool is_fragment)
{
	const struct page *const *all;
	size_t n = fake_pages(&all);
	for (size_t i = 0; i < n; i++) {
		if (strstr(all[i]->path, "/lang/") != NULL || all[i]->lasting)
			continue;
		fake_begin(role);
		if (filled)
			fake_fill(STR_NONE);
		fake_fragment(is_fragment);
		struct str drawn = fake_show(all[i]->method == 0 ? HTTP_GET : all[i]->method, all[i]->path, NULL, 0);
		if (fake_out.paper)
			assert_int_equal(paper_check(drawn, NULL), RC_OK); /* its PDF is a press's to make */
		else if (fake_out.type && strncmp(fake_out.type, "text/html", 9) != 0)
			assert_false(fake_holds("<html")); /* a file of the record, as it is */
		else
			check(all[i], drawn);
	}
}

static void
check_whole(const struct page *page, struct str drawn)
{
	struct buf shape;
	if (fake_location().n > 0)
		return;
	buf_init(&shape, 1 << 22);
	bool good = outline_of(drawn, &shape) && outline_is_strict(drawn) && fake_holds("<title>") && fake_holds("<main id=\"main\"") && fake_holds("lang=\"fr\"") && drawn.n <= PAGE_MOST;
	if (!good)
		print_message("# %s: %zu bytes, %s\n", page->path, drawn.n, outline_of(drawn, &shape) ? "well formed" : "not well formed");
	assert_true(good);
	buf_done(&shape);
}

static void
every_page_draws_from_an_empty_release(void **state)
{
	(void)state;
	static const enum role roles[] = { ROLE_NURSE, ROLE_CLERK, ROLE_RSSI, ROLE_ADMIN };
	for (size_t i = 0; i < 4; i++)
		each_page(check_whole, roles[i], false, false);
}

static void
every_page_draws_whole_strict_and_under_60_kB(void **state)
{
	(void)state;
	static const enum role roles[] = { ROLE_NURSE, ROLE_CLERK, ROLE_RSSI, ROLE_ADMIN, ROLE_DPO, ROLE_PHARMACIST, ROLE_TECHNICIAN };
	for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
		each_page(check_whole, roles[i], true, false);
}

static void
check_fragment(const struct page *page, struct str drawn)
{
	struct buf shape;
	if (fake_location().n > 0)
		return;
	buf_init(&shape, 1 << 22);
	bool good = outline_of(drawn, &shape) && !fake_holds("<html") && !fake_holds("<main");
	if (!good)
		print_message("# %s\n", page->path);
	assert_true(good);
	buf_done(&shape);
}

static void
a_fragment_is_only_what_stands_in_main(void **state)
{
	(void)state;
	each_page(check_fragment, ROLE_NURSE, true, true);
}

static void
check_patient_named(const struct page *page, struct str drawn)
{
	(void)drawn;
	if (page->reveals != REVEALS_ONE_PATIENT || fake_location().n > 0)
		return;
	bool good = fake_holds("class=\"banner\"") && fake_holds("DURAND, Marie \xE2\x80\x94") && !fake_holds("href=\"/patient/DURAND");
	if (!good)
		print_message("# %s\n", page->path);
	assert_true(good);
}

static void
check_no_patient(const struct page *page, struct str drawn)
{
	(void)drawn;
	if (page->reveals != REVEALS_ONE_PATIENT && fake_holds("class=\"banner"))
		print_message("# banner on %s\n", page->path);
	assert_true(page->reveals == REVEALS_ONE_PATIENT || !fake_holds("class=\"banner"));
}

static void
the_patient_is_in_title_and_banner_of_each_chart_page_and_nowhere_else(void **state)
{
	(void)state;
	each_page(check_patient_named, ROLE_NURSE, true, false);
	each_page(check_no_patient, ROLE_NURSE, true, false);
}

static void
submit_buttons_carry_the_patient(void **state)
{
	(void)state;
	static const struct { const char *path, *label; } T[] = {
		{ "/patient/:patient/edit", "Enregistrer l\xE2\x80\x99identit\xC3\xA9 de DURAND, Marie" }, { "/patient/:patient/delete", "Supprimer le dossier de DURAND, Marie" },
	};
	for (size_t i = 0; i < 2; i++) {
		fake_begin(ROLE_CLERK);
		fake_fill(STR_NONE);
		fake_show(HTTP_GET, T[i].path, NULL, 0);
		assert_true(fake_holds(T[i].label));
	}
}

static void
a_clerk_sees_nothing_clinical_on_a_page_open_to_clerks(void **state)
{
	(void)state;
	static const char *const paths[] = { "/patient/:patient/admin", "/patient/:patient/looked" };
	for (size_t i = 0; i < 2; i++) {
		fake_begin(ROLE_CLERK);
		fake_row("head");              /* what chart_admin gives */
		fake_col_z("id", "p-1");
		fake_col_z("name", "DURAND, Marie");
		fake_col_z("status", "VALI");
		fake_show(HTTP_GET, paths[i], NULL, 0);
		assert_false(fake_holds("llergie"));
		assert_false(fake_holds("Poids"));
	}
}

static void
the_menu_offers_only_what_the_role_may_open(void **state)
{
	(void)state;
	fake_begin(ROLE_RSSI);
	fake_show(HTTP_GET, "/help", NULL, 0);
	assert_false(fake_holds("href=\"/search\""));
	assert_false(fake_holds("href=\"/accounts\""));
	assert_true(fake_holds("href=\"/review\""));
	fake_begin(ROLE_NURSE);
	fake_fill(STR_NONE);
	fake_show(HTTP_GET, "/patient/:patient", NULL, 0);
	assert_true(fake_holds("href=\"/patient/p-1/timeline\""));
	assert_false(fake_holds("href=\"/patient/p-1/admin\""));
	assert_false(fake_holds("href=\"/review\""));
}

static void
no_menu_leaves_out_what_the_role_may_open(void **state)
{
	(void)state;
	const struct page *const *all;
	size_t n = fake_pages(&all);
	for (int role = ROLE_CLERK; role <= ROLE_ADMIN; role++) {
		fake_begin((enum role)role);
		fake_fill(STR_NONE);
		fake_show(HTTP_GET, "/help", NULL, 0);
		for (size_t i = 0; i < n; i++) {
			char href[120];
			if (all[i]->menu == NULL || (all[i]->may & fake_rights()) == 0 || strstr(all[i]->path, ":patient") != NULL)
				continue;
			snprintf(href, sizeof href, "href=\"%s\"", all[i]->path);
			if (!fake_holds(href))
				print_message("# role %d, %s\n", role, all[i]->path);
			assert_true(fake_holds(href));
		}
	}
}

static void
the_ins_of_an_unqualified_identity_is_on_no_page(void **state)
{
	(void)state;
	static const char *const paths[] = { "/patient/:patient", "/patient/:patient/identity", "/patient/:patient/admin" };
	for (size_t i = 0; i < 3; i++) {
		static const char *const sets[] = { "head", "identity" };
		fake_begin(ROLE_NURSE);
		for (size_t s = 0; s < 2; s++) {
			fake_row(sets[s]);
			fake_col_z("id", "p-1");
			fake_col_z("name", "DURAND, Marie");
			fake_col_z("status", "RECUP");
			fake_col_z("ins", "257027511504261");
		}
		fake_show(HTTP_GET, paths[i], NULL, 0);
		assert_false(fake_holds("257027511504261"));
		assert_false(fake_holds("\xC2\xA0" "042\xC2\xA0"));
	}
}

/* No range of a source that may be quoted is shipped, so a value is drawn and never judged. */
static void
a_vital_sign_is_shown_and_not_judged(void **state)
{
	(void)state;
	fake_begin(ROLE_NURSE);
	fake_row("head");
	fake_col_z("id", "p-1");
	fake_col_i("age", 40);
	fake_row("vitals");
	fake_col_z("code", "8867-4");
	fake_col_z("value", "212");
	fake_col_i("at", FAKE_NOW - 60000);
	for (int j = 0; j < 2; j++) {
		fake_row("vital_points");
		fake_col_z("code", "8867-4");
		fake_col_i("at", FAKE_NOW - 60000 * (2 - j));
		fake_col_z("value", "212");
	}
	fake_show(HTTP_GET, "/patient/:patient", NULL, 0);
	assert_true(fake_holds("class=\"line\""));
	assert_true(fake_holds("212"));
	assert_false(fake_holds("st-warn"));
}

static void
home_leads_each_role_to_its_own_list(void **state)
{
	(void)state;
	static const struct { enum role role; const char *path; } T[] = {
		{ ROLE_NURSE, "/unit" }, { ROLE_PHYSICIAN, "/my-patients" }, { ROLE_CLERK, "/arrivals" }, { ROLE_RSSI, "/cockpit" }, { ROLE_ADMIN, "/accounts" },
		{ ROLE_DPO, "/cockpit" }, { ROLE_PHARMACIST, "/unit" }, { ROLE_BILLING, "/arrivals" }, { ROLE_TECHNICIAN, "/stock" },
	};
	for (size_t i = 0; i < sizeof T / sizeof T[0]; i++) {
		fake_begin(T[i].role);
		fake_show(HTTP_GET, "/", NULL, 0);
		assert_true(str_eq(fake_location(), T[i].path));
		assert_true(fake_page(HTTP_GET, T[i].path)->may & 0xffffffffu);
	}
}

static void
a_cockpit(int64_t waits, bool bad)
{
	static const char *const codes[] = { "glass", "volume", "approvals", "keys", "to_tell" };
	fake_begin(ROLE_RSSI);
	for (size_t i = 0; i < 5; i++) {
		fake_row("tiles");
		fake_col_z("code", codes[i]);
		fake_col_i("n", i == 3 ? 12 : i == 4 ? waits : 0);
		if (i == 3)
			fake_col_i("of", 345);
		else if (i == 4 && waits > 0)
			fake_col_i("oldest_at", FAKE_NOW - 7200000);
	}
	for (int i = 0; i < 10; i++) {
		fake_row("days");
		fake_col_z("code", codes[i / 2]);
		fake_col_i("at", FAKE_NOW - (1 - i % 2) * 86400000);
		fake_col_i("n", i % 2 == 0 ? 4321 : 0);
	}
	fake_row("blocked");
	fake_col_i("alarms", 3);
	fake_col_i("refused", 17);
	fake_row("trail");
	fake_col_i("entries", 9000);
	fake_col_i("verified", 8000);
	fake_col_i("verified_at", FAKE_NOW - 3600000);
	if (bad)
		fake_col_z("bad", "1");
	fake_show(HTTP_GET, "/cockpit", NULL, 0);
}

static void
the_cockpit_is_calm_when_nothing_waits_and_says_what_does(void **state)
{
	(void)state;
	a_cockpit(0, false);
	assert_true(fake_holds("Rien à traiter"));
	assert_true(fake_holds("12 sur 345"));
	assert_true(fake_holds("17 demandes refusées, 3 alertes"));
	assert_true(fake_holds("4321")); /* the numbers of the drawings stand on the page */
	assert_true(fake_holds("class=\"line\""));
	assert_true(fake_holds("relu d") && !fake_holds("Le journal n"));
	a_cockpit(5, false);
	assert_false(fake_holds("Rien à traiter"));
	assert_true(fake_holds("href=\"/to-tell\"") && fake_holds("le plus ancien depuis"));
	a_cockpit(0, true);
	assert_false(fake_holds("Rien à traiter"));
	assert_true(fake_holds("Le journal n"));
}

static unsigned
times(struct str page, const char *z)
{
	unsigned n = 0;
	for (const char *at = page.p; (at = memmem(at, (size_t)(page.p + page.n - at), z, strlen(z))) != NULL; at += strlen(z))
		n++;
	return n;
}

static void
the_cockpit_has_six_tiles_each_a_number_and_five_a_line_and_a_list(void **state)
{
	static const char *const lists[] = { "/review", "/stops", "/exports/inbox", "/rules", "/to-tell", "/help" };
	(void)state;
	a_cockpit(5, false);
	struct str page = buf_view(&fake_out.body);
	assert_int_equal(times(page, "class=\"tile\""), 6);
	assert_int_equal(times(page, "<b>"), 6);
	assert_true(times(page, "<svg class=\"spark\"") >= 5);
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		assert_true(fake_holds(lists[i]));
}

static void
the_limits_show_both_kinds_of_session_with_their_bars(void **state)
{
	static const char *const taken[] = { "without_proof", "with_proof", "hidden", "code_without_proof", "code_with_proof", "code_hidden" };
	(void)state;
	fake_begin(ROLE_RSSI);
	for (int by_code = 0; by_code < 2; by_code++) {
		fake_row(by_code ? "jobs_code" : "jobs");
		fake_col_z("job", "nurse");
		fake_col_i("all_step", 43);
		fake_col_i("all_stop", 53);
		fake_col_i("apart_step", by_code ? 8 : 16);
		fake_col_i("apart_stop", by_code ? 12 : 24);
		fake_col_i("apart_month", by_code ? 47 : 94);
		for (size_t i = 0; !by_code && i < sizeof taken / sizeof taken[0]; i++)
			fake_col_i(taken[i], 61 + (int)i);
	}
	fake_show(HTTP_GET, "/budgets", NULL, 0);
	assert_true(fake_holds("16 · 24") && fake_holds("8 · 12"));
	for (int i = 0; i < 6; i++) {
		char bar[80];
		snprintf(bar, sizeof bar, "value=\"%d\" aria-label=\"%d\"", 61 + i, 61 + i);
		assert_true(fake_holds(bar));
	}
}

static void
acts_that_went_through_lead_on_and_others_show_the_form_again(void **state)
{
	(void)state;
	struct pair good[] = { { STR("birth_name"), STR("DUR<AND") }, { STR("given_names"), STR("Marie") }, { STR("birthdate"), STR("14/2/57") }, { STR("sex"), STR("female") } };
	fake_begin(ROLE_CLERK);
	fake_row("patient");
	fake_col_z("id", "p-9");
	fake_show(HTTP_POST, "/patients/new", good, 4);
	assert_true(str_eq(fake_location(), "/patient/p-9/admin"));
	fake_begin(ROLE_CLERK);
	fake_row("duplicates");
	fake_col_z("id", "p-7");
	fake_col_z("masked", "D. M.");
	fake_act_rc(RC_CONFLICT, WHY_PATIENT_DUPLICATES, "birth_name");
	fake_show(HTTP_POST, "/patients/new", good, 4);
	assert_int_equal(fake_location().n, 0);
	assert_true(fake_holds("D. M.") && fake_holds("confirm_no_duplicate") && fake_holds("value=\"DUR&lt;AND\"") && fake_holds("value=\"14/2/57\""));
	fake_begin(ROLE_CLERK);
	fake_row("issues");
	fake_col_z("why", "UNKNOWN_PLACE");
	fake_col_z("where", "birth_place");
	fake_act_rc(RC_BAD_INPUT, WHY_UNKNOWN_PLACE, "birth_place");
	fake_show(HTTP_POST, "/patients/new", good, 4);
	assert_true(fake_holds("id=\"new-birth_place-error\"") && fake_holds("href=\"#new-birth_place\"") && fake_holds("value=\"DUR&lt;AND\""));
}

static void
signing_in_sets_the_cookie_and_follows_only_what_front_let_through(void **state)
{
	(void)state;
	struct pair in[] = { { STR("login"), STR("a") }, { STR("password"), STR("b") }, { STR("code"), STR("123456") }, { STR("next"), STR("/patient/p-1/stays") } };
	fake_begin(ROLE_NURSE);
	fake_row("session");
	fake_col_z("token", "TOKENTOKEN");
	fake_show(HTTP_POST, "/sign-in", in, 4);
	assert_true(str_eq(fake_location(), "/patient/p-1/stays"));
	assert_true(str_eq(fake_out.headers[0].value, "TOKENTOKEN"));
	assert_int_equal(fake_out.body.n, 0);
}

static void
a_demonstration_fills_the_form_and_nothing_else_does(void **state)
{
	(void)state;
	struct pair as[] = { { STR("as"), STR("ide.martin") } };
	fake_begin(ROLE_NONE);
	fake_demo(true);
	fake_show(HTTP_GET, "/sign-in", as, 1);
	assert_true(fake_holds("value=\"ide.martin\"") && fake_holds("value=\"ortie-violette-42\"") && fake_holds("value=\"123456\"") && fake_holds("ribbon"));
	fake_begin(ROLE_NONE);
	fake_show(HTTP_GET, "/sign-in", as, 1);
	assert_false(fake_holds("ortie-violette-42"));
	assert_false(fake_holds("ribbon"));
	assert_false(fake_holds("Julie"));
	/* Where something is kept the choice goes through the form that carries it. */
	struct pair kept[] = { { STR("as"), STR("ide.martin") }, { STR("kept"), STR("U0VBTEVE") } };
	fake_begin(ROLE_NONE);
	fake_demo(true);
	fake_show(HTTP_POST, "/sign-in", kept, 2);
	assert_true(fake_holds("value=\"ide.martin\"") && fake_holds("value=\"ortie-violette-42\"") && fake_holds("name=\"kept\" value=\"U0VBTEVE\"") && fake_holds("form=\"sign-in\" name=\"as\" value=\"rssi\""));
	assert_false(fake_holds("href=\"/sign-in?as="));
	assert_int_equal(fake_ask(HTTP_POST, "/sign-in", kept, 2).n, 0);
	fake_demo(false);
	assert_true(fake_ask(HTTP_POST, "/sign-in", kept, 2).n > 0); /* outside of a demonstration it is nobody's choice */
}

/* What the gate gave back: the text as front made it. */
static void
came_in(struct str kept)
{
	fake_begin(ROLE_CLERK);
	fake_row("session");
	fake_col_z("token", "TOKENTOKEN");
	if (kept.n > 0) {
		fake_row("kept");
		fake_col("text", kept);
	}
}

static void
coming_in_offers_what_was_kept_and_nothing_that_the_page_itself_brings(void **state)
{
	(void)state;
	static const char *const PATH[] = { "/unlock", "/sign-in" };
	static const char *const NOT_OURS[] = { "//evil.test/?a=b", "https://evil.test/?a=b", "/", "/patients/new?a=%zz", "" };
	struct pair un[] = { { STR("password"), STR("b") }, { STR("code"), STR("123456") }, { STR("next"), STR("/patients/deleted") }, { STR("kept"), STR("birth_name=DURAND") } };
	for (int i = 0; i < 2; i++) {
		came_in(STR("/patients/new?birth_name=DUR%3CAND&sex=female&note=a%0Ab"));
		fake_show(HTTP_POST, PATH[i], un, 4);
		assert_true(fake_holds("action=\"/patients/new\"") && fake_holds("name=\"birth_name\" value=\"DUR&lt;AND\"") && fake_holds("name=\"sex\" value=\"female\"") && fake_holds("value=\"NEWTOKEN\""));
		assert_true(fake_location().n == 0 && str_eq(fake_out.headers[0].value, "TOKENTOKEN") && !fake_holds("DURAND"));
		for (size_t n = 0; n < sizeof NOT_OURS / sizeof *NOT_OURS; n++) {
			came_in(str_of(NOT_OURS[n]));
			fake_show(HTTP_POST, PATH[i], un, 3);
			assert_true(str_eq(fake_location(), "/patients/deleted"));
		}
		came_in(STR_NONE); /* somebody else's: neither the words nor their page */
		fake_show(HTTP_POST, PATH[i], un, 4);
		assert_int_equal(fake_out.body.n, 0);
		assert_true(str_eq(fake_location(), i ? "/" : "/patients/deleted"));
	}
	fake_begin(ROLE_CLERK);
	fake_fragment(true);
	fake_row("session");
	fake_col_z("token", "TOKENTOKEN");
	assert_true(str_eq(fake_show(HTTP_POST, "/unlock", un, 2), "<p data-csrf=\"NEWTOKEN\"></p>"));
}

static void
keys_are_listed_and_a_button_for_them_waits_for_the_script(void **state)
{
	(void)state;
	fake_begin(ROLE_NURSE);
	fake_fill(STR_NONE);
	fake_show(HTTP_GET, "/keys", NULL, 0);
	assert_true(fake_holds("value=\"Clé du badge\"") && fake_holds("/keys/revoke?no=2") && fake_holds("Partagée entre vos appareils") && fake_holds("Pas encore"));
	assert_true(fake_holds("data-passkey=\"register\"") && fake_holds("type=\"hidden\" name=\"made\" value=\"\""));
	static const char *const PATH[] = { "/sign-in", "/prove" };
	for (size_t i = 0; i < 2; i++) {
		fake_begin(i == 0 ? ROLE_NONE : ROLE_NURSE);
		fake_show(HTTP_GET, PATH[i], NULL, 0);
		assert_true(fake_holds(i == 0 ? "data-passkey=\"sign_in\"" : "data-passkey=\"prove\"") && fake_holds("Utiliser ma clé") && fake_holds("name=\"code\""));
	}
}

static void
what_a_key_is_asked_to_sign_goes_to_the_script_in_a_fragment(void **state)
{
	(void)state;
	struct pair asked[] = { { STR("for"), STR("sign_in") } };
	fake_begin(ROLE_NONE);
	fake_fragment(true);
	fake_row("challenge");
	fake_col_z("challenge", "Q0hBTExFTkdF");
	fake_col_z("rp_id", "dpi.hopital.test");
	fake_row("keys");
	fake_col_z("id", "QUFB");
	fake_row("keys");
	fake_col_z("id", "QkJC");
	fake_show(HTTP_POST, "/passkey/ask", asked, 1);
	assert_true(fake_holds("data-challenge=\"Q0hBTExFTkdF\" data-rp=\"dpi.hopital.test\" data-ids=\"QUFB QkJC\"") && !fake_holds("data-user"));
	fake_begin(ROLE_NURSE);
	fake_fragment(true);
	fake_fail(HTTP_POST, "/passkey/ask", asked, 1, RC_BAD_INPUT, WHY_CODE_WRONG, "code");
	assert_true(fake_holds("role=\"alert\"") && !fake_holds("data-challenge"));
}

static void
english_is_complete_too(void **state)
{
	(void)state;
	const struct page *const *all;
	size_t n = fake_pages(&all);
	for (size_t i = 0; i < n; i++) {
		if (strstr(all[i]->path, "/lang/") != NULL || all[i]->lasting)
			continue;
		fake_begin(ROLE_NURSE);
		fake_lang(LANG_EN);
		fake_show(all[i]->method == 0 ? HTTP_GET : all[i]->method, all[i]->path, NULL, 0);
		if (fake_location().n > 0)
			continue;
		assert_true(fake_out.paper || (fake_out.type && strncmp(fake_out.type, "text/html", 9) != 0) || fake_holds("lang=\"en\""));
		assert_false(fake_holds("Non renseign\xC3\xA9"));
		assert_false(fake_holds("Se d\xC3\xA9" "connecter"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_page_draws_from_an_empty_release),
		cmocka_unit_test(every_page_draws_whole_strict_and_under_60_kB),
		cmocka_unit_test(a_fragment_is_only_what_stands_in_main),
		cmocka_unit_test(a_clerk_sees_nothing_clinical_on_a_page_open_to_clerks),
		cmocka_unit_test(the_ins_of_an_unqualified_identity_is_on_no_page),
		cmocka_unit_test(the_menu_offers_only_what_the_role_may_open),
		cmocka_unit_test(no_menu_leaves_out_what_the_role_may_open),
		cmocka_unit_test(the_patient_is_in_title_and_banner_of_each_chart_page_and_nowhere_else),
		cmocka_unit_test(submit_buttons_carry_the_patient),
		cmocka_unit_test(a_vital_sign_is_shown_and_not_judged),
		cmocka_unit_test(home_leads_each_role_to_its_own_list),
		cmocka_unit_test(the_cockpit_is_calm_when_nothing_waits_and_says_what_does),
		cmocka_unit_test(the_cockpit_has_six_tiles_each_a_number_and_five_a_line_and_a_list),
		cmocka_unit_test(the_limits_show_both_kinds_of_session_with_their_bars),
		cmocka_unit_test(acts_that_went_through_lead_on_and_others_show_the_form_again),
		cmocka_unit_test(signing_in_sets_the_cookie_and_follows_only_what_front_let_through),
		cmocka_unit_test(a_demonstration_fills_the_form_and_nothing_else_does),
		cmocka_unit_test(coming_in_offers_what_was_kept_and_nothing_that_the_page_itself_brings),
		cmocka_unit_test(keys_are_listed_and_a_button_for_them_waits_for_the_script),
		cmocka_unit_test(what_a_key_is_asked_to_sign_goes_to_the_script_in_a_fragment),
		cmocka_unit_test(english_is_complete_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
