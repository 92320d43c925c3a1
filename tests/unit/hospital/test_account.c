/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/account*.c: accounts, units, passwords, TOTP of RFC 6238, machine tickets. */
#include "house.h"

#include "codec/base64.h"
#include "hospital/password.h"

/* what the gate does on the writer */
struct call { struct db_job job; int what; struct account_new n; uint32_t no; int64_t factor, step; struct str token; bool all; int64_t until; struct str unit; };

static enum rc call_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct call *k = (struct call *)(void *)j;
	(void)txn;
	switch (k->what) {
	case 0: return account_add(c, &k->n, &k->no, p);
	case 1: return factor_used(c, k->factor, k->step, p);
	case 2: return machine_ticket_add(c, k->no, k->token, k->all, MAY_API_READ | MAY_MANAGE, k->until, p);
	default: return account_unit_remember(c, k->no, k->unit, p);
	}
}

static enum rc call(struct call *k)
{
	k->job = (struct db_job){ .run = call_run };
	return db_write_now(H.db, &k->job, &H.p);
}

static uint32_t add(const char *login, enum role role, const char *password, const char *secret)
{
	struct buf hash;
	buf_init(&hash, 256);
	if (password)
		assert_int_equal(password_hash(str_of(password), &hash, &H.p), RC_OK);
	struct str units[] = { STR("u1"), STR("u2") };
	struct call k = { .n = { .login = str_of(login), .name = STR("Une Personne"), .role = role, .units = units, .n_units = 2, .password_hash = buf_view(&hash), .totp_secret = str_of(secret) } };
	assert_int_equal(call(&k), RC_OK);
	buf_done(&hash);
	return k.no;
}

static enum rc by_login(const char *login, struct account *acc)
{
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	enum rc rc = account_by_login(H.c, str_of(login), &H.arena, acc, &H.p);
	db_end(H.c);
	return rc;
}

static int64_t epoch(void)
{
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	int64_t e = account_epoch(H.c);
	db_end(H.c);
	return e;
}

static void bad_logins_and_taken_logins_are_refused(void **s)
{
	(void)s;
	static const char *const BAD[] = { "a", "né", "a b", "-a", "a'--", "" };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct call k = { .n = { .login = str_of(BAD[i]), .name = STR("X"), .role = ROLE_NURSE, .password_hash = STR("$argon2id$x") } };
		assert_int_equal(call(&k), RC_BAD_INPUT);
		assert_why(WHY_LOGIN_FORM);
	}
	add("dupont.m", ROLE_NURSE, "a long enough one", NULL);
	struct call again = { .n = { .login = STR("DUPONT.M"), .name = STR("X"), .role = ROLE_NURSE, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(call(&again), RC_CONFLICT);
	assert_why(WHY_LOGIN_TAKEN);
	struct account acc;
	assert_int_equal(by_login("nobody", &acc), RC_NOT_FOUND);
}

static void an_account_is_found_whatever_the_case_with_its_units(void **s)
{
	(void)s;
	struct account acc;
	uint32_t no = add("dupont.m", ROLE_NURSE, "a long enough one", NULL);
	assert_int_equal(by_login("Dupont.M", &acc), RC_OK);
	assert_int_equal(acc.no, no);
	assert_int_equal(acc.role, ROLE_NURSE);
	assert_int_equal(acc.n_units, 2);
	assert_true(str_eq(acc.unit, "u1"));
	assert_true(password_is(acc.password, STR("a long enough one")));
	assert_false(password_is(acc.password, STR("a long enough one ")));
	assert_false(password_is(acc.password, STR("")));
	assert_false(password_is(STR("garbage"), STR("garbage")));
}

/* RFC 6238 appendix B, SHA-1, secret "12345678901234567890": the last six digits of the eight printed there. */
static void a_code_of_rfc_6238_opens_once_within_one_step(void **s)
{
	(void)s;
	static const struct { int64_t at_s; const char *code; } RFC[] = { { 59, "287082" }, { 1111111109, "081804" }, { 1111111111, "050471" }, { 1234567890, "005924" }, { 2000000000, "279037" }, { INT64_C(20000000000), "353130" } };
	uint32_t no = add("dupont.m", ROLE_NURSE, "a long enough one", "12345678901234567890");
	int64_t factor, step;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	for (size_t i = 0; i < sizeof RFC / sizeof *RFC; i++) {
		int64_t ms = RFC[i].at_s * 1000;
		assert_int_equal(factor_check_totp(H.c, no, str_of(RFC[i].code), ms, &factor, &step, &H.p), RC_OK);
		assert_int_equal(step, RFC[i].at_s / 30);
		assert_int_equal(factor_check_totp(H.c, no, str_of(RFC[i].code), ms + 30000, &factor, &step, &H.p), RC_OK);
		assert_int_equal(factor_check_totp(H.c, no, str_of(RFC[i].code), ms - 30000, &factor, &step, &H.p), RC_OK);
		assert_int_equal(factor_check_totp(H.c, no, str_of(RFC[i].code), ms + 90000, &factor, &step, &H.p), RC_DENIED);
	}
	assert_int_equal(factor_check_totp(H.c, no, STR("000000"), 59000, &factor, &step, &H.p), RC_DENIED);
	assert_int_equal(factor_check_totp(H.c, no, STR("28708"), 59000, &factor, &step, &H.p), RC_DENIED);
	assert_int_equal(factor_check_totp(H.c, no + 1, STR("287082"), 59000, &factor, &step, &H.p), RC_DENIED);
	assert_int_equal(factor_check_totp(H.c, no, STR("050471"), INT64_C(1111111111000), &factor, &step, &H.p), RC_OK);
	db_end(H.c);
	struct call used = { .what = 1, .factor = factor, .step = step };
	assert_int_equal(call(&used), RC_OK);
	assert_int_equal(call(&used), RC_DENIED); /* the same code in two requests at once */
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(factor_check_totp(H.c, no, STR("050471"), INT64_C(1111111111000), &factor, &step, &H.p), RC_DENIED);
	db_end(H.c);
}

static void a_machine_token_works_until_its_end_and_reads_at_most_the_api(void **s)
{
	(void)s;
	struct account acc;
	bool all;
	uint32_t may;
	struct call k = { .what = 2, .no = add("robot", ROLE_MACHINE, NULL, NULL), .token = STR("0123456789abcdef0123456789abcdef"), .all = true, .until = NOON + DAY };
	struct call weak = k;
	weak.token = STR("short");
	assert_int_equal(call(&weak), RC_BAD_INPUT);
	assert_int_equal(call(&k), RC_OK);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(machine_by_token(H.c, STR("0123456789abcdef0123456789abcdee"), NOON, &H.arena, &acc, &all, &may, &H.p), RC_NOT_FOUND);
	assert_int_equal(machine_by_token(H.c, k.token, NOON, &H.arena, &acc, &all, &may, &H.p), RC_OK);
	assert_true(all);
	assert_int_equal(may, MAY_API_READ);
	assert_int_equal(acc.role, ROLE_MACHINE);
	assert_int_equal(machine_by_token(H.c, k.token, NOON + DAY, &H.arena, &acc, &all, &may, &H.p), RC_NOT_FOUND);
	db_end(H.c);
	add("chief", ROLE_ADMIN, "sixteen chars ok", NULL);
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_disable", "login", "robot", NULL), RC_OK);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(machine_by_token(H.c, k.token, NOON, &H.arena, &acc, &all, &may, &H.p), RC_NOT_FOUND);
	db_end(H.c);
}

static void every_change_moves_the_epoch(void **s)
{
	(void)s;
	int64_t was = epoch();
	add("chief", ROLE_ADMIN, "sixteen chars ok", NULL);
	assert_true(epoch() > was);
	add("chief2", ROLE_ADMIN, "sixteen chars ok", NULL);
	was = epoch();
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_disable", "login", "chief2", NULL), RC_OK);
	assert_true(epoch() > was);
}

static void the_last_administrator_cannot_be_disabled(void **s)
{
	(void)s;
	add("chief", ROLE_ADMIN, "sixteen chars ok", NULL);
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_disable", "login", "chief", NULL), RC_CONFLICT);
	assert_why(WHY_LAST_ADMIN);
	add("chief2", ROLE_ADMIN, "sixteen chars ok", NULL);
	assert_int_equal(act("account_disable", "login", "chief", NULL), RC_OK);
	struct account acc;
	assert_int_equal(by_login("chief", &acc), RC_OK);
	assert_true(acc.disabled);
	assert_int_equal(act("account_enable", "login", "chief", NULL), RC_OK);
	assert_int_equal(by_login("chief", &acc), RC_OK);
	assert_false(acc.disabled);
	assert_int_equal(act("account_disable", "login", "nobody", NULL), RC_NOT_FOUND);
}

static void an_account_that_one_person_made_is_opened_by_another_who_saw_it_as_it_is(void **s)
{
	(void)s;
	char seen[32];
	struct account acc;
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "physician", "units", "u1", "password", "trois chats gris dorment", NULL), RC_OK);
	assert_int_equal(by_login("petit.j", &acc), RC_OK);
	assert_true(acc.disabled);
	/* nobody opens it alone, by no other way */
	assert_int_equal(act("account_enable", "login", "petit.j", NULL), RC_CONFLICT);
	assert_why(WHY_ACCOUNT_WAITS);
	assert_int_equal(view("accounts_waiting", NULL), RC_OK);
	assert_int_equal(count("waiting"), 1);
	assert_string_equal(getz("waiting", 0, "role"), "physician");
	assert_string_equal(getz("waiting", 0, "units"), "Médecine 2B");
	assert_true(has("waiting", 0, "mine"));
	snprintf(seen, sizeof seen, "%s", getz("waiting", 0, "seen"));
	assert_int_equal(act("account_confirm", "login", "petit.j", "seen", seen, NULL), RC_DENIED);
	assert_why(WHY_ACCOUNT_OWN);
	/* changed since it was looked at */
	assert_int_equal(act("account_units", "login", "petit.j", "units", "u2", NULL), RC_OK);
	actor(ROLE_RSSI, 2, NULL, NULL);
	assert_int_equal(act("account_enable", "login", "petit.j", NULL), RC_CONFLICT);
	assert_int_equal(act("account_confirm", "login", "petit.j", "seen", seen, NULL), RC_CONFLICT);
	assert_why(WHY_ACCOUNT_CHANGED);
	assert_int_equal(view("accounts_waiting", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("waiting", 0, "seen"));
	assert_int_equal(act("account_confirm", "login", "petit.j", "seen", seen, NULL), RC_OK);
	assert_int_equal(by_login("petit.j", &acc), RC_OK);
	assert_false(acc.disabled);
	assert_int_equal(act("account_confirm", "login", "petit.j", "seen", seen, NULL), RC_CONFLICT);
	assert_why(WHY_ACCOUNT_OVER);
	/* turned down it stays closed, whoever tries */
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_add", "login", "faux.f", "name", "Faust Faux", "role", "nurse", "units", "u1", "password", "trois chats gris dorment", NULL), RC_OK);
	actor(ROLE_DPO, 3, NULL, NULL);
	assert_int_equal(view("accounts_waiting", NULL), RC_OK);
	snprintf(seen, sizeof seen, "%s", getz("waiting", 0, "seen"));
	assert_int_equal(act("account_turn_down", "login", "faux.f", "seen", seen, NULL), RC_OK);
	assert_int_equal(act("account_confirm", "login", "faux.f", "seen", seen, NULL), RC_CONFLICT);
	assert_int_equal(act("account_enable", "login", "faux.f", NULL), RC_CONFLICT);
	assert_int_equal(view("accounts_waiting", NULL), RC_OK);
	assert_int_equal(count("waiting"), 0);
	/* the operator of the machine is another person than who made it */
	actor(ROLE_OPERATOR, 0, NULL, NULL);
	assert_int_equal(act("account_enable", "login", "faux.f", NULL), RC_OK);
	assert_int_equal(by_login("faux.f", &acc), RC_OK);
	assert_false(acc.disabled);
}

static void an_administrator_adds_an_account_and_sees_its_factor_once(void **s)
{
	(void)s;
	actor(ROLE_ADMIN, 1, NULL, NULL);
	assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "nurse", "units", "u1", "units", "u2", "password", "short", NULL), RC_BAD_INPUT);
	assert_int_equal(rows_count(buf_view(&H.issues.out), "issues"), 1);
	assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "nurse", "units", "u1", "units", "nowhere", "password", "trois chats gris dorment", NULL), RC_BAD_INPUT);
	assert_why(WHY_UNKNOWN_UNIT);
	assert_int_equal(act("account_add", "login", "petit.j", "name", "Jean Petit", "role", "nurse", "units", "u1", "units", "u2", "password", "trois chats gris dorment", NULL), RC_OK);
	assert_int_equal(strlen(getz("account", 0, "totp_secret")), 32);
	char secret[40];
	snprintf(secret, sizeof secret, "%s", getz("account", 0, "totp_secret"));
	assert_int_equal(view("account", "login", "petit.j", NULL), RC_OK);
	assert_int_equal(count("units"), 2);
	assert_string_equal(getz("account", 0, "unit_name"), "Médecine 2B");
	assert_false(rows_hold("argon2") || rows_hold(secret));
	assert_int_equal(view("accounts", NULL), RC_OK);
	assert_int_equal(count("accounts"), 1);
	assert_false(rows_hold("argon2"));
	assert_int_equal(act("account_units", "login", "petit.j", "units", "u2", NULL), RC_OK);
	struct account acc;
	assert_int_equal(by_login("petit.j", &acc), RC_OK);
	assert_int_equal(acc.n_units, 1);
	assert_true(str_eq(acc.unit, "u2"));
}

static void one_changes_ones_own_password_knowing_the_old_one(void **s)
{
	(void)s;
	struct account acc;
	uint32_t no = add("dupont.m", ROLE_NURSE, "a long enough one", NULL);
	actor(ROLE_NURSE, no, NULL, "u1");
	assert_int_equal(act("account_set_password", "old_password", "not this one!", "password", "trois chats gris dorment", NULL), RC_BAD_INPUT);
	assert_why(WHY_PASSWORD_WRONG);
	assert_int_equal(act("account_set_password", "old_password", "a long enough one", "password", "a long enough one", NULL), RC_BAD_INPUT);
	assert_why(WHY_PASSWORD_SAME);
	assert_int_equal(act("account_set_password", "old_password", "a long enough one", "password", "trois chats gris dorment", NULL), RC_OK);
	assert_int_equal(by_login("dupont.m", &acc), RC_OK);
	assert_true(password_is(acc.password, STR("trois chats gris dorment")));
}

static void the_unit_worked_in_must_be_one_of_ones_own(void **s)
{
	(void)s;
	struct account acc;
	struct call k = { .what = 3, .no = add("dupont.m", ROLE_NURSE, "a long enough one", NULL), .unit = STR("elsewhere") };
	assert_int_equal(call(&k), RC_DENIED);
	assert_why(WHY_UNIT_NOT_YOURS);
	k.unit = STR("u2");
	assert_int_equal(call(&k), RC_OK);
	assert_int_equal(by_login("dupont.m", &acc), RC_OK);
	assert_true(str_eq(acc.unit, "u2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(bad_logins_and_taken_logins_are_refused),
		HOUSE_TEST(an_account_is_found_whatever_the_case_with_its_units),
		HOUSE_TEST(a_code_of_rfc_6238_opens_once_within_one_step),
		HOUSE_TEST(a_machine_token_works_until_its_end_and_reads_at_most_the_api),
		HOUSE_TEST(every_change_moves_the_epoch),
		HOUSE_TEST(the_last_administrator_cannot_be_disabled),
		HOUSE_TEST(an_administrator_adds_an_account_and_sees_its_factor_once),
		HOUSE_TEST(an_account_that_one_person_made_is_opened_by_another_who_saw_it_as_it_is),
		HOUSE_TEST(one_changes_ones_own_password_knowing_the_old_one),
		HOUSE_TEST(the_unit_worked_in_must_be_one_of_ones_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
