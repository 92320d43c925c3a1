/* SPDX-License-Identifier: Apache-2.0 */
/* tests of hospital/entrust.c: on-call lists and hand-overs: what they open, to whom, from when and until when, and that nobody makes one for himself. */
#include "house.h"

struct call { struct db_job job; struct account_new n; uint32_t no; };

static enum rc call_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct call *k = (struct call *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}

static uint32_t add(const char *login, enum role role, enum work work, const char *unit)
{
	struct str units[] = { str_of(unit) };
	struct call k = { .job = { .run = call_run }, .n = { .login = str_of(login), .name = str_of(login), .role = role, .work = work, .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	return k.no;
}

/* As the gate builds a seat: from the account as it is stored now. */
static void be(const char *login)
{
	static struct arena kept;
	struct account acc;
	arena_done(&kept);
	arena_init(&kept, 1u << 20);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(account_by_login(H.c, str_of(login), &kept, &acc, &H.p), RC_OK);
	db_end(H.c);
	H.who = (struct actor){ .account = acc.no, .role = acc.role, .login = acc.login, .unit = acc.unit, .n_units = acc.n_units, .work = acc.work, .n_calls = acc.n_calls };
	memcpy(H.who.units, acc.units, sizeof acc.units);
	memcpy(H.who.calls, acc.calls, sizeof acc.calls);
}

static bool joined(const char *id, struct fact *f)
{
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	bool is = relation_find(H.c, &H.who, record_patient_rid(H.c, str_of(id)), H.now_ms, f);
	db_end(H.c);
	return is;
}

static size_t set_of_mine(void)
{
	const int64_t *at;
	size_t n = 0;
	arena_reset(&H.arena);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(relation_set(H.c, &H.who, H.now_ms, 100, &H.arena, &at, &n, &H.p), RC_OK);
	db_end(H.c);
	return n;
}

static void people(void)
{
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	add("dr.un", ROLE_PHYSICIAN, WORK_OF_ROLE, "u1");
	add("dr.deux", ROLE_PHYSICIAN, WORK_OF_ROLE, "u2");
	add("ide.deux", ROLE_NURSE, WORK_OF_ROLE, "u2");
	add("adm", ROLE_ADMIN, WORK_OF_ROLE, "u2");
}

/* From 12 in Paris, two hours after NOON's ten o'clock, for twelve hours. */
#define ON_CALL "on_call_add", "login", "dr.deux", "unit", "u1", "day", "2026-11-18", "hour", "12", "hours", "12", NULL

static void who_is_on_call_opens_the_units_patients_in_those_hours_only(void **s)
{
	(void)s;
	struct fact f;
	people();
	be("adm");
	assert_int_equal(act(ON_CALL), RC_OK);
	be("dr.deux");
	assert_int_equal(H.who.n_calls, 1);
	assert_false(joined("a", &f));
	assert_int_equal(set_of_mine(), 0);
	assert_false(account_is_emergency(H.who.work, H.who.calls, H.who.n_calls, H.now_ms));
	house_now(NOON + 2 * HOUR);
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_ON_CALL);
	assert_int_equal(f.made_by, 0);
	assert_true(f.until_ms == NOON + 14 * HOUR);
	assert_int_equal(set_of_mine(), 1);
	assert_true(account_is_emergency(H.who.work, H.who.calls, H.who.n_calls, H.now_ms));
	be("ide.deux"); /* another person of the same unit */
	assert_false(joined("a", &f));
	be("dr.deux");
	house_now(NOON + 14 * HOUR);
	assert_false(joined("a", &f));
	be("dr.deux");
	assert_int_equal(H.who.n_calls, 0);
}

static void being_on_call_opens_nobody_who_is_only_booked_there_next_week(void **s)
{
	(void)s;
	struct fact f;
	people();
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter("f", "b", "u1", NULL, "planned", "2026-11-22T08:00:00+01:00", NULL);
	be("adm");
	assert_int_equal(act(ON_CALL), RC_OK);
	house_now(NOON + 3 * HOUR);
	be("dr.deux");
	assert_true(joined("a", &f));
	assert_false(joined("b", &f));
	assert_int_equal(set_of_mine(), 1);
}

static void nobody_puts_himself_on_a_list_nor_anybody_back_in_time(void **s)
{
	(void)s;
	struct fact f;
	people();
	be("dr.deux");
	assert_int_equal(act(ON_CALL), RC_DENIED);
	assert_int_equal(H.p.why, WHY_ENTRUST_OWN);
	be("adm");
	assert_int_equal(act("on_call_add", "login", "adm", "unit", "u1", "day", "2026-11-18", "hour", "12", "hours", "12", NULL), RC_DENIED);
	assert_int_equal(act("on_call_add", "login", "dr.deux", "unit", "u9", "day", "2026-11-18", "hour", "12", "hours", "12", NULL), RC_BAD_INPUT);
	assert_int_equal(act("on_call_add", "login", "dr.deux", "unit", "u1", "day", "2026-11-17", "hour", "9", "hours", "12", NULL), RC_BAD_INPUT);
	assert_int_equal(H.p.why, WHY_ON_CALL_SPAN);
	assert_int_equal(act("on_call_add", "login", "dr.deux", "unit", "u1", "day", "2027-02-17", "hour", "9", "hours", "12", NULL), RC_BAD_INPUT);
	be("dr.deux");
	assert_false(joined("a", &f));
}

static void who_is_taken_off_the_list_opens_nobody_more(void **s)
{
	(void)s;
	struct fact f;
	people();
	be("adm");
	assert_int_equal(act(ON_CALL), RC_OK);
	house_now(NOON + 3 * HOUR);
	be("dr.deux");
	assert_true(joined("a", &f));
	assert_int_equal(view("on_call", NULL), RC_OK); /* of one's own units */
	assert_int_equal(count("calls"), 0);
	be("dr.un");
	assert_int_equal(view("on_call", NULL), RC_OK);
	assert_string_equal(getz("calls", 0, "login"), "dr.deux");
	assert_string_equal(getz("calls", 0, "state"), "on");
	assert_int_equal(act("on_call_end", "no", getz("calls", 0, "no"), NULL), RC_OK);
	be("dr.deux");
	assert_int_equal(H.who.n_calls, 0);
	assert_false(joined("a", &f));
}

static void a_colleague_hands_a_patient_over_for_a_day(void **s)
{
	(void)s;
	struct fact f;
	people();
	be("dr.un");
	assert_int_equal(act("hand_over", "patient", "a", "login", "dr.deux", NULL), RC_OK);
	uint32_t by = H.who.account;
	be("dr.deux");
	assert_true(joined("a", &f));
	assert_int_equal(f.kind, FACT_HANDED);
	assert_int_equal(f.made_by, by);
	assert_int_equal(set_of_mine(), 1);
	assert_int_equal(view("handed", NULL), RC_OK);
	assert_string_equal(getz("to_me", 0, "other_name"), "dr.un");
	assert_string_equal(getz("to_me", 0, "id"), "a");
	assert_int_equal(view("patient_search", "birthdate", "1957-02-14", NULL), RC_OK);
	assert_string_equal(getz("patients", 0, "explained"), "handed");
	be("ide.deux"); /* another person of the same unit */
	assert_false(joined("a", &f));
	be("dr.deux");
	house_now(NOON + 24 * HOUR - 1);
	assert_true(joined("a", &f));
	house_now(NOON + 24 * HOUR);
	assert_false(joined("a", &f));
}

static void what_was_handed_over_goes_no_further_and_nobody_hands_to_himself(void **s)
{
	(void)s;
	struct fact f;
	people();
	be("dr.un");
	assert_int_equal(act("hand_over", "patient", "a", "login", "dr.un", NULL), RC_DENIED);
	assert_int_equal(H.p.why, WHY_ENTRUST_OWN);
	assert_int_equal(act("hand_over", "patient", "a", "login", "dr.deux", NULL), RC_OK);
	be("dr.deux");
	assert_int_equal(act("hand_over", "patient", "a", "login", "ide.deux", NULL), RC_DENIED);
	assert_int_equal(H.p.why, WHY_HAND_NOT_YOURS);
	be("ide.deux");
	assert_false(joined("a", &f));
	/* nor does a fact that the giver made himself */
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter_as(H.who.account, "f", "b", "u2", NULL, "in-progress", "2026-11-18T08:00:00+01:00", NULL);
	assert_true(joined("b", &f));
	assert_int_equal(f.made_by, H.who.account);
	assert_int_equal(act("hand_over", "patient", "b", "login", "dr.un", NULL), RC_DENIED);
}

static void a_hand_over_is_taken_back_by_either_and_by_nobody_else(void **s)
{
	(void)s;
	struct fact f;
	people();
	for (int by = 0; by < 2; by++) {
		be("dr.un");
		assert_int_equal(act("hand_over", "patient", "a", "login", "dr.deux", NULL), RC_OK);
		char no[24];
		snprintf(no, sizeof no, "%s", getz("handed", 0, "no"));
		be("ide.deux");
		assert_int_equal(act("hand_over_end", "no", no, NULL), RC_NOT_FOUND);
		be("dr.deux");
		assert_true(joined("a", &f));
		be(by ? "dr.deux" : "dr.un");
		assert_int_equal(act("hand_over_end", "no", no, NULL), RC_OK);
		be("dr.deux");
		assert_false(joined("a", &f));
	}
}

static void an_account_says_whose_budgets_it_has(void **s)
{
	(void)s;
	people();
	add("dr.urg", ROLE_PHYSICIAN, WORK_EMERGENCY, "u1");
	be("dr.urg");
	assert_int_equal(H.who.work, WORK_EMERGENCY);
	be("adm");
	assert_int_equal(act("account_work", "login", "dr.urg", "work", "role", NULL), RC_OK);
	assert_int_equal(act("account_work", "login", "ide.deux", "work", "emergency", NULL), RC_OK);
	assert_int_equal(act("account_work", "login", "adm", "work", "emergency", NULL), RC_BAD_INPUT);
	be("dr.urg");
	assert_int_equal(H.who.work, WORK_OF_ROLE);
	be("ide.deux");
	assert_int_equal(H.who.work, WORK_EMERGENCY);
}

static void the_journal_of_the_limits_has_each_of_them(void **s)
{
	(void)s;
	people();
	be("adm");
	assert_int_equal(act(ON_CALL), RC_OK);
	be("dr.un");
	assert_int_equal(act("hand_over", "patient", "a", "login", "dr.deux", NULL), RC_OK);
	assert_int_equal(view("ladder_journal", NULL), RC_OK);
	unsigned call = row_with("journal", "what", "on_call"), handed = row_with("journal", "what", "handed");
	assert_string_equal(getz("journal", call, "by"), "dr.deux");
	assert_string_equal(getz("journal", call, "other_name"), "adm");
	assert_string_equal(getz("journal", handed, "by"), "dr.deux");
	assert_string_equal(getz("journal", handed, "other_name"), "dr.un");
	assert_string_equal(getz("journal", handed, "kind"), "grant");
	assert_false(rows_hold("Durand"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(who_is_on_call_opens_the_units_patients_in_those_hours_only),
		HOUSE_TEST(being_on_call_opens_nobody_who_is_only_booked_there_next_week),
		HOUSE_TEST(nobody_puts_himself_on_a_list_nor_anybody_back_in_time),
		HOUSE_TEST(who_is_taken_off_the_list_opens_nobody_more),
		HOUSE_TEST(a_colleague_hands_a_patient_over_for_a_day),
		HOUSE_TEST(what_was_handed_over_goes_no_further_and_nobody_hands_to_himself),
		HOUSE_TEST(a_hand_over_is_taken_back_by_either_and_by_nobody_else),
		HOUSE_TEST(an_account_says_whose_budgets_it_has),
		HOUSE_TEST(the_journal_of_the_limits_has_each_of_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
