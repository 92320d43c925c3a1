/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/stock_level.c: a threshold that is crossed is told once, to those who work with the store and to nobody else, until there was more again; and no dose waits for it.
 */
#include "stock_house.h"

struct account_job { struct db_job job; struct account_new n; uint32_t no; };

static enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct account_job *k = (struct account_job *)(void *)j;
	(void)txn;
	return account_add(c, &k->n, &k->no, p);
}

static uint32_t person(const char *login, enum role role, const char *unit)
{
	struct str units[] = { str_of(unit) };
	struct account_job k = { .job = { .run = account_run }, .n = { .login = str_of(login), .name = str_of(login), .role = role, .units = units, .n_units = 1, .password_hash = STR("$argon2id$x") } };
	done(db_write_now(H.db, &k.job, &H.p));
	return k.no;
}

static uint32_t nurse, elsewhere, technician, chief, other_pharmacist;

/* A ward store of u1 that the pharmacy u2 serves: order at six, critical at three. */
static int levels(void **state)
{
	stores(state);
	nurse = person("inf.un", ROLE_NURSE, "u1");
	elsewhere = person("inf.deux", ROLE_NURSE, "u3");
	technician = person("prep.un", ROLE_TECHNICIAN, "u2");
	other_pharmacist = person("ph.loin", ROLE_PHARMACIST, "u3");
	chief = person("ph.chef", ROLE_PHARMACIST, "u2");
	actor(ROLE_PHARMACIST, chief, NULL, "u2");
	done(act("order_pharmacy_set", "unit", "u1", NULL));
	pharmacist(7);
	done(act("stock_level_set", "store", WARD, "cis", DOLIPRANE, "critical", "3", "minimum", "6", "optimum", "20", "maximum", "40", NULL));
	return 0;
}

static int64_t told(uint32_t account, const char *kind)
{
	char sql[200];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM notice WHERE account = %u AND kind LIKE '%s'", account, kind);
	return test_base_number(H.path, sql);
}

static void told_are(int64_t low, int64_t critical, int64_t none)
{
	assert_int_equal(told(nurse, "level_low"), low);
	assert_int_equal(told(nurse, "level_critical"), critical);
	assert_int_equal(told(nurse, "level_none"), none);
	assert_int_equal(told(technician, "level_%"), low + critical + none);
	assert_int_equal(told(elsewhere, "%") + told(other_pharmacist, "%"), 0);
}

static int dose_no;
static struct stock_drawn dose(int64_t milli)
{
	char which[20];
	snprintf(which, sizeof which, "adm-%d", ++dose_no);
	return draw(which, 60234100, milli, 5);
}

static void a_threshold_is_told_once_when_it_is_crossed(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "8", NULL);
	dose(1000);
	told_are(0, 0, 0);
	dose(1000); /* six: at the minimum */
	told_are(1, 0, 0);
	dose(1000);
	dose(1500);
	told_are(1, 0, 0); /* not dose by dose */
	dose(500); /* three */
	told_are(1, 1, 0);
	dose(1000);
	struct stock_drawn d = dose(5000);
	assert_int_equal(d.missing_milli, 3000); /* given all the same */
	told_are(1, 1, 1);
	dose(1000);
	told_are(1, 1, 1); /* nothing is left, once */
	receive(WARD, DOLIPRANE, "A2", "2028-01-31", "8", NULL);
	told_are(1, 1, 1);
	dose(2500);
	told_are(2, 1, 1); /* there had been more again */
	books_are_right();
}

static void one_movement_through_all_thresholds_tells_the_last(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	dose(10000);
	told_are(0, 0, 1);
	receive(WARD, DOLIPRANE, "A2", "2028-01-31", "2", NULL); /* more, and still critical: nothing is told of what gets better */
	told_are(0, 0, 1);
	dose(2000);
	told_are(0, 0, 2);
}

static void every_kind_of_movement_tells(void **s)
{
	(void)s;
	char lot[20], a2[20];
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	snprintf(lot, sizeof lot, "%s", lot_no(WARD, "A1"));
	done(act("stock_move", "key", key(), "store", WARD, "lot", lot, "kind", "transfer", "to", PUI, "quantity", "4", NULL));
	told_are(1, 0, 0);
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot, "kind", "transfer", "to", WARD, "quantity", "4", NULL)); /* and back */
	done(act("stock_move", "key", "twice", "store", WARD, "lot", lot, "kind", "loss", "reason", "broken", "quantity", "8", NULL));
	done(act("stock_move", "key", "twice", "store", WARD, "lot", lot, "kind", "loss", "reason", "broken", "quantity", "8", NULL));
	told_are(1, 1, 0);
	receive(WARD, DOLIPRANE, "A2", "2028-06-30", "8", NULL);
	snprintf(a2, sizeof a2, "%s", lot_no(WARD, "A2"));
	done(act("stock_lot_state", "lot", a2, "state", "quarantine", "reason", "quality", NULL)); /* it is there and may not be given */
	told_are(1, 2, 0);
	done(act("stock_lot_state", "lot", a2, "state", "recalled", "reason", "supplier", NULL));
	told_are(1, 2, 0);
	done(act("stock_lot_state", "lot", a2, "state", "usable", "reason", "checked", NULL));
	/* a dose that is taken back is there again */
	draw("adm-back", 60234100, 5000, 5);
	told_are(2, 2, 0);
	draw_back("adm-back");
	draw("adm-again", 60234100, 4000, 5);
	told_are(3, 2, 0);
	/* dispensed by name, too */
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	done(act("stock_dispense", "patient", "a", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "6", NULL));
	told_are(3, 2, 1);
	books_are_right();
}

static void what_comes_and_goes_within_one_movement_tells_nothing(void **s)
{
	(void)s;
	char lot1[20], lot2[20], no[20];
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	receive(WARD, DOLIPRANE, "A2", "2028-02-28", "1", NULL);
	snprintf(lot1, sizeof lot1, "%s", lot_no(WARD, "A1"));
	snprintf(lot2, sizeof lot2, "%s", lot_no(WARD, "A2"));
	done(act("stock_count_open", "store", WARD, "sighted", "1", NULL));
	snprintf(no, sizeof no, "%s", getz("count", 0, "no"));
	done(act("stock_count_line", "no", no, "lot", lot1, "quantity", "0", NULL)); /* the two lots were taken for each other */
	done(act("stock_count_line", "no", no, "lot", lot2, "quantity", "11", NULL));
	done(act("stock_count_sign", "no", no, NULL));
	pharmacist(8);
	done(act("stock_count_close", "no", no, NULL));
	told_are(0, 0, 0);
	assert_int_equal(held(WARD, "A2"), 11000);
}

static void what_may_not_be_given_does_not_count(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, DOLIPRANE, "SOON", "2026-11-30", "8", NULL);
	receive(WARD, DOLIPRANE, "LATE", "2029-01-31", "5", NULL);
	done(act("stock_own_in", "patient", "a", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "50", "number", "OWN", NULL)); /* a patient's own is nobody else's */
	told_are(0, 0, 0);
	house_now(NOON + 30 * DAY); /* eight are over; nothing moved, so nothing is told yet: the store's page says it */
	told_are(0, 0, 0);
	dose(1000); /* with the next dose */
	told_are(1, 0, 0);
	assert_int_equal(held(WARD, "LATE"), 4000);
}

static void thresholds_that_are_set_tell_nothing_by_themselves(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "50", NULL);
	done(act("stock_level_set", "store", WARD, "cis", DOLIPRANE, "critical", "10", "minimum", "60", "optimum", "80", "maximum", "90", NULL));
	dose(1000);
	told_are(0, 0, 0); /* it had been under it before, as who set them saw */
	dose(40000);
	told_are(0, 1, 0);
	receive(PUI, DOLIPRANE, "A2", "2028-01-31", "1", NULL);
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(PUI, "A2"), "kind", "use", "quantity", "1", NULL)); /* a store without thresholds */
	told_are(0, 1, 0);
}

static void the_night_tells_of_what_grew_too_old(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2026-12-01", "5", NULL);
	receive(WARD, DOLIPRANE, "A2", "2028-01-31", "8", NULL);
	receive(PUI, DOLIPRANE, "A3", "2026-12-01", "5", NULL); /* no thresholds there */
	done(act("books_count", NULL));
	told_are(0, 0, 0);
	house_now(NOON + 14 * DAY); /* 2 December: yesterday was its last day */
	done(act("books_count", NULL));
	told_are(0, 0, 0); /* eight are left of thirteen: above the minimum */
	dose(1000);
	dose(1500);
	told_are(1, 0, 0);
	receive(WARD, DOLIPRANE, "A4", "2026-12-03", "6", NULL);
	house_now(NOON + 16 * DAY);
	done(act("books_count", NULL));
	told_are(2, 0, 0);
	done(act("books_count", NULL));
	told_are(2, 0, 0); /* once */
	house_now(NOON);
}

static void a_notice_names_medicine_and_store_and_no_patient(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "8", NULL);
	draw("adm-x", 60234100, 3000, a);
	actor(ROLE_NURSE, nurse, NULL, "u1");
	done(view("my_notices", NULL));
	assert_int_equal(count("notices"), 1);
	assert_string_equal(getz("notices", 0, "kind"), "level_low");
	assert_string_equal(getz("notices", 0, "detail"), "DOLIPRANE 1000 mg, comprimé");
	assert_string_equal(getz("notices", 0, "store"), WARD);
	assert_string_equal(getz("notices", 0, "code"), "PH-2B");
	assert_true(has("notices", 0, "unread"));
	assert_false(rows_hold("Durand"));
	done(act("notices_seen", NULL));
	pharmacist(7);
	dose(1000);
	told_are(1, 0, 0); /* read or not: it is told again when there had been more */
}

static void where_nobody_said_which_pharmacy_serves_all_are_told(void **s)
{
	(void)s;
	done(act("stock_level_set", "store", PUI, "cis", DOLIPRANE, "critical", "3", "minimum", "6", "optimum", "20", "maximum", "40", NULL)); /* a store of the house, of no unit */
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "8", NULL);
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(PUI, "A1"), "kind", "use", "quantity", "2", NULL));
	assert_int_equal(told(technician, "level_low"), 1);
	assert_int_equal(told(other_pharmacist, "level_low"), 1);
	assert_int_equal(told(nurse, "%") + told(elsewhere, "%"), 0);
	actor(ROLE_PHARMACIST, chief, NULL, "u2");
	done(act("order_pharmacy_set", "unit", "", NULL));
	pharmacist(7);
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(PUI, "A1"), "kind", "use", "quantity", "3", NULL));
	assert_int_equal(told(technician, "level_critical"), 1);
	assert_int_equal(told(other_pharmacist, "level_critical"), 0); /* of another pharmacy */
}

#define LEVEL_TEST(f) cmocka_unit_test_setup_teardown(f, levels, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEVEL_TEST(a_threshold_is_told_once_when_it_is_crossed),
		LEVEL_TEST(one_movement_through_all_thresholds_tells_the_last),
		LEVEL_TEST(every_kind_of_movement_tells),
		LEVEL_TEST(what_comes_and_goes_within_one_movement_tells_nothing),
		LEVEL_TEST(what_may_not_be_given_does_not_count),
		LEVEL_TEST(thresholds_that_are_set_tell_nothing_by_themselves),
		LEVEL_TEST(the_night_tells_of_what_grew_too_old),
		LEVEL_TEST(a_notice_names_medicine_and_store_and_no_patient),
		LEVEL_TEST(where_nobody_said_which_pharmacy_serves_all_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
