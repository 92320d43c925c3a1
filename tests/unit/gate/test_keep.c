/* SPDX-License-Identifier: Apache-2.0 */
/* What a form said when its session was locked or over: given back to the one who typed it, to nobody else, and of no session that nobody knows. */
#include "gate/session.h"
#include "house.h"

#define TYPED "/patients/new?birth_name=MARKERTYPED&text=a%20b"

static struct house h;
static char kept[KEPT_MAX + 1];

/* ---- whose it was ---- */

static void add(struct sessions *s, uint64_t no, uint32_t account, const char *token, bool machine)
{
	unsigned char hash[HASH_BYTES];
	struct seat *seat = calloc(1, sizeof *seat);
	assert_non_null(seat);
	atomic_init(&seat->refs, 1);
	seat->session = no;
	seat->actor.account = account;
	session_hash(str_of(token), hash);
	assert_true(sessions_add(s, &(struct session_new){ .hash = hash, .seat = seat, .started_ms = house_now, .seen_ms = house_now, .machine = machine }));
}

static void whose_an_ended_session_was_is_known_for_twelve_hours_however_it_ended(void **state)
{
	(void)state;
	struct sessions *s = sessions_new(900000, 43200000);
	char form[FORM_TEXT + 1];
	assert_non_null(s);
	add(s, 1, 11, "one", false);
	add(s, 2, 12, "two", false);
	add(s, 3, 13, "three", false);
	add(s, 4, 13, "four", false);
	add(s, 5, 15, "machine", true);
	add(s, 6, 0, "operator", false);
	session_form(STR("one"), form);
	assert_int_equal(sessions_ended(s, STR("one"), house_now), 0); /* it is not over */
	sessions_leave(s, 1, STR("one"));
	sessions_end(s, 2);
	assert_int_equal(sessions_end_account(s, 13), 2);
	sessions_end(s, 5);
	sessions_end(s, 6);
	assert_int_equal(sessions_count(s), 0);
	assert_int_equal(sessions_ended(s, STR("one"), house_now), 11);
	assert_int_equal(sessions_ended(s, str_of(form), house_now), 11);
	assert_int_equal(sessions_ended(s, STR("two"), house_now), 12);
	assert_int_equal(sessions_ended(s, STR("three"), house_now), 13);
	assert_int_equal(sessions_ended(s, STR("four"), house_now), 13);
	session_form(STR("two"), form);
	assert_int_equal(sessions_ended(s, str_of(form), house_now), 0); /* its browser has the cookie still */
	assert_int_equal(sessions_ended(s, STR("machine"), house_now), 0);
	assert_int_equal(sessions_ended(s, STR("operator"), house_now), 0);
	assert_int_equal(sessions_ended(s, STR("nobody"), house_now), 0);
	assert_int_equal(sessions_ended(s, STR_NONE, house_now), 0);
	assert_int_equal(sessions_ended(s, STR("one"), house_now + 43200000), 0);
	sessions_free(&s);
}

static void a_session_that_is_swept_is_known_too_and_of_very_many_the_oldest_are_forgotten(void **state)
{
	(void)state;
	struct sessions *s = sessions_new(900000, 43200000);
	char token[16];
	assert_non_null(s);
	add(s, 1, 11, "swept", false);
	sessions_sweep(s, house_now + 43200000);
	assert_int_equal(sessions_count(s), 0);
	assert_int_equal(sessions_ended(s, STR("swept"), house_now), 11);
	for (unsigned i = 0; i < 8192; i++) {
		snprintf(token, sizeof token, "t%u", i);
		add(s, 100 + i, 12, token, false);
		sessions_end(s, 100 + i);
	}
	assert_int_equal(sessions_ended(s, STR("swept"), house_now), 0);
	assert_int_equal(sessions_ended(s, STR("t0"), house_now), 12);
	assert_int_equal(sessions_ended(s, STR("t8191"), house_now), 12);
	sessions_free(&s);
}

/* ---- through the gate ---- */

static struct gate_call *send_form(const char *token, const char *form, const char *text)
{
	struct gate_call *c = call_new(token, "/patients/new");
	ask_act(&c->asks, "break_glass");
	ask_arg(&c->asks, "patient", STR("p1"));
	ask_arg(&c->asks, "reason", STR("advice"));
	ask_arg(&c->asks, "text", STR("avis du jour"));
	ask_keep(&c->asks, str_of(form), str_of(text));
	gate_run(h.g, c);
	return c;
}

/* Refused, and what it keeps is in kept: nothing of it can be read there. */
static void is_kept(const char *token, const char *form, enum why why)
{
	struct gate_call *c = send_form(token, form, TYPED);
	assert_int_equal(release_rc(c->release), RC_STEP_UP);
	assert_int_equal(release_problem(c->release)->why, why);
	struct str flat = release_rows(c->release), text = row_get(rows_first(flat, "kept"), "text");
	assert_in_range(text.n, strlen(TYPED), KEPT_MAX);
	assert_null(memmem(flat.p, flat.n, "MARKERTYPED", 11));
	memcpy(kept, text.p, text.n);
	kept[text.n] = 0;
	gate_call_done(&c);
}

static void is_not_kept(const char *token, const char *form)
{
	struct gate_call *c = send_form(token, form, TYPED);
	assert_int_equal(release_rc(c->release), RC_STEP_UP);
	assert_int_equal(rows_count(release_rows(c->release), "kept"), 0);
	gate_call_done(&c);
}

/* Comes in with what is kept; says whether the very text came back. token: of a locked session; NULL: signs in. */
static bool comes_back_to(const char *login, const char *token, char fresh[64])
{
	char code[8];
	house_wait(31000);
	code_now(login, code);
	struct gate_call *c = call_new(token, token ? "/unlock" : "/sign-in");
	ask_act(&c->asks, token ? "unlock" : "sign_in");
	if (!token)
		ask_arg(&c->asks, "login", str_of(login));
	ask_arg(&c->asks, "password", STR(PASSWORD));
	ask_arg(&c->asks, "code", str_of(code));
	ask_arg(&c->asks, "kept", str_of(kept));
	gate_run(h.g, c);
	must_ok(release_rc(c->release), release_problem(c->release));
	size_t n = rows_count(release_rows(c->release), "kept");
	bool same = n == 1 && str_eq(row_get(rows_first(release_rows(c->release), "kept"), "text"), TYPED);
	assert_true(n == 0 || same);
	token_of(c, fresh);
	return same;
}

static void a_form_sent_into_a_locked_session_comes_back_to_who_unlocks_it_and_to_nobody_else(void **state)
{
	(void)state;
	char token[64], fresh[64], other[64];
	house_sign_in(&h, "nurse", token);
	assert_int_equal(act_rc(&h, token, "lock", NULL, NULL), RC_OK);
	uint64_t entries = gate_stats(h.g).ledger_appended;
	is_kept(token, "", WHY_LOCKED);
	assert_int_equal(gate_stats(h.g).ledger_appended, entries); /* nothing was read and nothing done */
	assert_false(comes_back_to("nurse2", NULL, other));
	assert_false(comes_back_to("physician", NULL, other));
	assert_true(comes_back_to("nurse", token, fresh));
	assert_true(comes_back_to("nurse", NULL, other)); /* in another session of hers */
	struct gate_call *c = send_form(fresh, "", TYPED); /* and it is carried out where the session lives: nothing is kept */
	assert_int_equal(release_rc(c->release), RC_OK);
	assert_int_equal(rows_count(release_rows(c->release), "kept"), 0);
	gate_call_done(&c);
}

static void a_form_sent_into_a_session_that_was_signed_out_comes_back_by_its_cookie_and_without_one_by_the_form(void **state)
{
	(void)state;
	char token[64], other[64], form[FORM_TEXT + 1];
	house_sign_in(&h, "nurse", token);
	session_form(str_of(token), form);
	is_not_kept(NULL, form); /* it is not over */
	assert_int_equal(act_rc(&h, token, "sign_out", NULL, NULL), RC_OK);
	is_kept(token, form, WHY_SIGN_IN);
	assert_true(comes_back_to("nurse", NULL, other));
	is_kept(NULL, form, WHY_SIGN_IN);
	assert_false(comes_back_to("nurse2", NULL, other));
	assert_true(comes_back_to("nurse", NULL, other));
	is_not_kept(NULL, "");
	is_not_kept(NULL, "another-form-another-form-anothe");
	is_not_kept("invented-token-invented-token-invented-tok", form); /* a cookie says more than a form */
}

static void a_form_sent_after_twelve_hours_or_after_an_end_by_others_comes_back_too(void **state)
{
	(void)state;
	char token[64], other[64];
	house_sign_in(&h, "nurse", token);
	house_wait(12 * 3600000LL);
	is_kept(token, "", WHY_SIGN_IN);
	is_kept(token, "", WHY_SIGN_IN); /* found over the first time, gone the second */
	assert_true(comes_back_to("nurse", NULL, other));
	char admin[64];
	house_sign_in(&h, "clerk", token);
	house_sign_in(&h, "admin", admin);
	assert_int_equal(act_rc(&h, admin, "account_disable", "login", "clerk"), RC_OK);
	is_kept(token, "", WHY_SIGN_IN); /* for an account that does not come in any more */
	assert_false(comes_back_to("nurse", NULL, other));
}

static void what_is_older_than_twelve_hours_changed_or_nothing_of_ours_is_passed_over(void **state)
{
	(void)state;
	char token[64], other[64], whole[KEPT_MAX + 1];
	house_sign_in(&h, "nurse", token);
	assert_int_equal(act_rc(&h, token, "sign_out", NULL, NULL), RC_OK);
	is_kept(token, "", WHY_SIGN_IN);
	memcpy(whole, kept, sizeof whole);
	size_t n = strlen(whole), at[] = { 0, 5, 20, n / 2, n - 5 };
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		memcpy(kept, whole, sizeof whole);
		kept[at[i]] = kept[at[i]] == 'B' ? 'C' : 'B';
		assert_false(comes_back_to("nurse", NULL, other));
	}
	/* cut; no base64; nothing in it; the form of a shared key (a first byte of 0x80), which would be looked up in the base */
	static const char *const NONE[] = { "AQ", "!!!!", "A", "gAEAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "gAAAAAA" };
	for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
		snprintf(kept, sizeof kept, "%s", NONE[i]);
		assert_false(comes_back_to("nurse", NULL, other));
	}
	memcpy(kept, whole, sizeof whole);
	assert_true(comes_back_to("nurse", NULL, other));
	house_wait(12 * 3600000LL);
	assert_false(comes_back_to("nurse", NULL, other));
}

static void machines_commands_and_prints_have_no_forms(void **state)
{
	(void)state;
	char token[64];
	house_sign_in(&h, "nurse", token);
	static const struct { enum surface surface; bool bearer; } CASE[] = { { SURFACE_API, true }, { SURFACE_API, false }, { SURFACE_PAGE, true }, { SURFACE_PRINT, false }, { SURFACE_CLI, false }, { SURFACE_JOB, false } };
	for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
		struct gate_call *c = call_new(CASE[i].bearer ? MACHINE_TOKEN : token, "/fhir/:type/:id");
		c->surface = CASE[i].surface;
		c->bearer = CASE[i].bearer;
		ask_read(&c->asks, "rows", STR("Patient"), STR("p1"));
		ask_keep(&c->asks, STR_NONE, STR(TYPED));
		gate_run(h.g, c);
		assert_int_equal(release_rc(c->release), RC_BAD_INPUT);
		assert_int_equal(rows_count(release_rows(c->release), "kept") + rows_count(release_rows(c->release), "rows"), 0);
		gate_call_done(&c);
	}
}

static void a_restart_forgets_whose_it_was_and_not_what_is_locked_or_kept(void **state)
{
	(void)state;
	char gone[64], locked[64], fresh[64];
	house_sign_in(&h, "nurse", gone);
	assert_int_equal(act_rc(&h, gone, "sign_out", NULL, NULL), RC_OK);
	house_sign_in(&h, "nurse", locked);
	assert_int_equal(act_rc(&h, locked, "lock", NULL, NULL), RC_OK);
	is_kept(gone, "", WHY_SIGN_IN);
	gate_close(&h.g);
	house_open(&h);
	assert_true(comes_back_to("nurse", NULL, fresh));
	is_not_kept(gone, "");
	is_kept(locked, "", WHY_LOCKED);
	assert_true(comes_back_to("nurse", locked, fresh));
}

static int open_house(void **state)
{
	(void)state;
	house_new(&h, 20);
	return 0;
}

static int close_house(void **state)
{
	(void)state;
	house_done(&h);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_an_ended_session_was_is_known_for_twelve_hours_however_it_ended),
		cmocka_unit_test(a_session_that_is_swept_is_known_too_and_of_very_many_the_oldest_are_forgotten),
		cmocka_unit_test(a_form_sent_into_a_locked_session_comes_back_to_who_unlocks_it_and_to_nobody_else),
		cmocka_unit_test(a_form_sent_into_a_session_that_was_signed_out_comes_back_by_its_cookie_and_without_one_by_the_form),
		cmocka_unit_test(a_form_sent_after_twelve_hours_or_after_an_end_by_others_comes_back_too),
		cmocka_unit_test(what_is_older_than_twelve_hours_changed_or_nothing_of_ours_is_passed_over),
		cmocka_unit_test(machines_commands_and_prints_have_no_forms),
		cmocka_unit_test(a_restart_forgets_whose_it_was_and_not_what_is_locked_or_kept),
	};
	return cmocka_run_group_tests(tests, open_house, close_house);
}
