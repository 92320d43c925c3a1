/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/stock*.c: what is posted sums to zero and stays, no lot goes under nothing, a dose never waits, lots leave by their date, everything can be computed anew, and
 * nobody signs twice. The last one prints how many postings a second are durable; no timing fails a test.
 */
#include "stock_house.h"

#include <pthread.h>
#include <sqlite3.h>

/* ---- tests ---- */

static void what_comes_in_is_held_and_worth_its_average_cost(void **s)
{
	(void)s;
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "100", "10,00");
	receive(PUI, DOLIPRANE, "A2", "2028-06-30", "300", "50,00");
	done(view("stock_value", NULL));
	assert_string_equal(getz("total", 0, "cents"), "6000");
	assert_string_equal(getz("products", 0, "average"), "15000"); /* 150 € a thousand: 60 € by 400 */
	char lot[20];
	snprintf(lot, sizeof lot, "%s", lot_no(PUI, "A1"));
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot, "kind", "transfer", "to", WARD, "quantity", "40", NULL));
	assert_int_equal(held(PUI, "A1"), 60000);
	assert_int_equal(held(WARD, "A1"), 40000);
	done(view("stock_value", NULL));
	assert_string_equal(getz("total", 0, "cents"), "6000"); /* between stores nothing is worth more or less */
	done(act("stock_move", "key", key(), "store", WARD, "lot", lot, "kind", "loss", "reason", "broken", "quantity", "2,5", NULL));
	done(view("stock_value", NULL));
	assert_string_equal(getz("total", 0, "cents"), "5962"); /* 2.5 at 0.15 € is 0.375 €, half up */
	books_are_right();
}

static void the_same_form_sent_twice_is_done_once(void **s)
{
	(void)s;
	for (int i = 0; i < 2; i++)
		done(act("stock_receive", "key", "once", "store", PUI, "cis", DOLIPRANE, "number", "A1", "expires", "2028-01-31", "quantity", "100", "source", "delivery", NULL));
	assert_true(has("movement", 0, "again"));
	assert_int_equal(held(PUI, "A1"), 100000);
}

static void a_quantity_is_read_as_it_is_typed_or_refused(void **s)
{
	(void)s;
	static const char *const BAD[] = { "", "0", "-1", "1,2345", "1e3", "douze", "1,", ",5", "1 000", "9999999999999999", "1.5.2", "٣" };
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "12,5", NULL);
	assert_int_equal(held(PUI, "A1"), 12500);
	for (size_t i = 0; i < N_OF(BAD); i++) {
		enum rc rc = act("stock_receive", "key", key(), "store", PUI, "cis", DOLIPRANE, "number", "A1", "expires", "2028-01-31", "quantity", BAD[i], "source", "delivery", NULL);
		if (rc != RC_BAD_INPUT)
			fail_msg("« %s » is taken", BAD[i]);
		assert_why(WHY_STOCK_NUMBER);
		assert_string_equal(H.p.where, "quantity");
	}
	assert_int_equal(act("stock_receive", "key", key(), "store", PUI, "cis", DOLIPRANE, "number", "A9", "expires", "2026-11-17", "quantity", "1", "source", "delivery", NULL), RC_BAD_INPUT);
	assert_why(WHY_STOCK_EXPIRED);
	assert_int_equal(act("stock_receive", "key", key(), "store", PUI, "cis", DOLIPRANE, "number", "A1", "expires", "2029-01-31", "quantity", "1", "source", "delivery", NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_EXPIRY);
	assert_int_equal(act("stock_receive", "key", key(), "store", PUI, "cis", "10", "number", "A1", "expires", "2029-01-31", "quantity", "1", "source", "delivery", NULL), RC_BAD_INPUT);
	assert_why(WHY_UNKNOWN_DRUG);
	assert_int_equal(held(PUI, "A1"), 12500);
}

static void a_store_never_gives_more_of_a_lot_than_it_holds(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	const char *lot = lot_no(WARD, "A1");
	assert_int_equal(act("stock_move", "key", key(), "store", WARD, "lot", lot, "kind", "use", "quantity", "10,001", NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_SHORT);
	assert_int_equal(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(WARD, "A1"), "kind", "use", "quantity", "1", NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_SHORT);
	assert_int_equal(held(WARD, "A1"), 10000);
	books_are_right();
}

static void lots_leave_by_their_date_and_blocked_ones_do_not(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, DOLIPRANE, "LATE", "2028-01-31", "10", NULL);
	receive(WARD, DOLIPRANE, "SOON", "2026-12-31", "2", NULL);
	receive(WARD, DOLIPRANE, "PUT-ASIDE", "2026-12-01", "5", NULL);
	receive(WARD, DOLIPRANE, "TODAY", "2026-11-18", "1", NULL);
	done(act("stock_lot_state", "lot", lot_no(WARD, "PUT-ASIDE"), "state", "quarantine", "reason", "quality", NULL));
	done(view("stock", "store", WARD, NULL));
	static const char *const ORDER[] = { "TODAY", "SOON", "LATE", "PUT-ASIDE" };
	for (unsigned i = 0; i < N_OF(ORDER); i++)
		assert_string_equal(getz("lots", i, "number"), ORDER[i]);
	assert_string_equal(getz("products", 0, "usable"), "13000");
	struct stock_drawn d = draw("adm-1", 60234100, 4000, a);
	assert_int_equal(d.drawn_milli, 4000);
	assert_int_equal(held(WARD, "TODAY"), 0);
	assert_int_equal(held(WARD, "SOON"), 0);
	assert_int_equal(held(WARD, "LATE"), 9000);
	house_now(NOON + 900 * DAY);
	d = draw("adm-2", 60234100, 1000, a);
	assert_int_equal(d.drawn_milli, 0); /* all that is left has expired, or is put aside */
	assert_int_equal(d.missing_milli, 1000);
	d = draw_lot("adm-3", 60234100, 1000, a, "PUT-ASIDE"); /* but what was scanned was given, whatever it is */
	assert_int_equal(d.drawn_milli, 1000);
	assert_int_equal(held(WARD, "PUT-ASIDE"), 4000);
	receive(WARD, DOLIPRANE, "NEW", "2031-01-31", "1", NULL);
	done(view("stock", "store", WARD, NULL));
	assert_string_equal(getz("lots", 0, "number"), "NEW"); /* though the expired one's day is sooner */
	assert_string_equal(getz("lots", 2, "number"), "LATE");
	books_are_right();
}

static void a_dose_never_waits_and_what_is_missing_is_in_the_work_list(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "1", NULL);
	struct stock_drawn d = draw("adm-1", 60234100, 3000, a);
	assert_int_equal(d.drawn_milli, 1000);
	assert_int_equal(d.missing_milli, 2000);
	d = draw("adm-1", 60234100, 3000, a);
	assert_true(d.again && d.drawn_milli == 1000 && d.missing_milli == 2000);
	d = draw("adm-2", 66000000, 1000, a); /* no speciality of the tables: nothing can be entered, and nothing is refused */
	assert_int_equal(d.movement, 0);
	done(view("stock_shortages", NULL));
	assert_int_equal(count("shortages"), 1);
	assert_string_equal(getz("shortages", 0, "milli"), "2000");
	assert_false(rows_hold("Durand"));
	books_are_right();
	receive(WARD, DOLIPRANE, "A2", "2028-01-31", "5", NULL);
	done(view("stock_shortages", NULL));
	char no[20], lot[20];
	snprintf(no, sizeof no, "%s", getz("shortages", 0, "no"));
	snprintf(lot, sizeof lot, "%s", getz("lots", 0, "lot"));
	done(act("stock_settle", "no", no, "lot", lot, NULL));
	assert_int_equal(act("stock_settle", "no", no, "lot", lot, NULL), RC_CONFLICT);
	assert_int_equal(held(WARD, "A2"), 3000);
	done(view("stock_shortages", NULL));
	assert_int_equal(count("shortages"), 0);
	books_are_right();
}

static void a_unit_without_a_store_gives_all_the_same(void **s)
{
	(void)s;
	struct draw k = { .job = { .run = draw_run }, .arena = &H.arena, .w = { .key = STR("adm-9"), .cis = 60234100, .unit = STR("u2"), .quantity_milli = 500, .patient = 1 } };
	done(db_write_now(H.db, &k.job, &H.p));
	assert_true(k.d.store == 0 && k.d.missing_milli == 500);
	done(view("stock_shortages", NULL));
	assert_string_equal(getz("shortages", 0, "unit_name"), "Consultations");
	done(act("stock_settle", "no", getz("shortages", 0, "no"), NULL));
	books_are_right();
}

static void a_dose_taken_back_is_in_the_store_again_once(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "1", NULL);
	draw("adm-1", 60234100, 3000, a);
	struct stock_drawn d = draw_back("adm-1");
	assert_true(!d.again && d.drawn_milli == 1000 && d.missing_milli == 2000);
	d = draw_back("adm-1");
	assert_true(d.again);
	assert_int_equal(held(WARD, "A1"), 1000);
	done(view("stock_shortages", NULL));
	assert_int_equal(count("shortages"), 0);
	struct draw k = { .job = { .run = draw_run }, .arena = &H.arena, .back = "never" };
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_NOT_FOUND);
	books_are_right();
}

static void what_a_patient_brought_is_given_to_that_patient_alone(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), b = patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	done(act("stock_own_in", "patient", "a", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "4", "number", "HOME", NULL));
	receive(WARD, DOLIPRANE, "A1", "2026-12-31", "10", "5");
	assert_int_equal(draw("adm-1", 60234100, 1000, b).drawn_milli, 1000);
	assert_int_equal(held(WARD, "HOME"), 4000);
	assert_int_equal(draw("adm-2", 60234100, 5000, a).drawn_milli, 5000); /* four of her own, then one of the house's */
	assert_int_equal(held(WARD, "HOME"), 0);
	assert_int_equal(held(WARD, "A1"), 8000);
	done(act("stock_own_in", "patient", "a", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "4", "number", "HOME", NULL));
	const char *lot = lot_no(WARD, "HOME");
	assert_int_equal(act("stock_move", "key", key(), "store", WARD, "lot", lot, "kind", "use", "quantity", "1", NULL), RC_BAD_INPUT);
	assert_why(WHY_STOCK_OWN);
	done(act("stock_move", "key", key(), "store", WARD, "lot", lot_no(WARD, "HOME"), "kind", "give_back", "quantity", "4", NULL));
	done(view("stock_value", NULL));
	assert_string_equal(getz("total", 0, "cents"), "400"); /* 8 of the 10 that cost 5 €: her own is worth nothing to the house */
	books_are_right();
}

/* What the catalogue's own statements are refused by the tables, and what a hand in the file is. */

struct bad { struct db_job job; enum stmt id; int64_t at[8]; int n; };

static enum rc bad_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct bad *k = (struct bad *)(void *)j;
	struct db_stmt *s = db_stmt(c, k->id);
	(void)txn;
	for (int i = 0; i < k->n; i++)
		db_bind_i64(s, i + 1, k->at[i]);
	return db_run(s, p);
}

static void the_tables_refuse_what_would_not_sum_to_zero_or_go_under_it(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", "5");
	receive(WARD, MORPHINE, "M1", "2028-01-31", "10", "5");
	struct bad bad[] = {
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 1, 1, 1, 101, 0, 0 },     .n = 7 }, /* nothing */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 1, 1, 1, 101, -5, 0 },    .n = 7 }, /* less than nothing */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 1, 1, 101, 101, 5, 0 },   .n = 7 }, /* from and to the same */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 2, 1, 1, 101, 5, 0 },     .n = 7 }, /* another product's lot */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 1, 99, 1, 101, 5, 0 },    .n = 7 }, /* no lot */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 1, 1, 1, 1, 999, 5, 0 },     .n = 7 }, /* no account */
		{ .id = ST_HOSPITAL_STOCK_POSTING_ADD,  .at = { 99, 1, 1, 1, 101, 5, 0 },    .n = 7 }, /* no movement */
		{ .id = ST_HOSPITAL_STOCK_BALANCE_MOVE, .at = { 101, 1, 1, -10001 },         .n = 4 }, /* a store under zero */
		{ .id = ST_HOSPITAL_STOCK_BALANCE_OPEN, .at = { 100, 1, 1, 1 },              .n = 4 }, /* a store that says it were none */
		{ .id = ST_HOSPITAL_STOCK_BALANCE_OPEN, .at = { 100, 1, 2, 0 },              .n = 4 }, /* a lot of another product */
		{ .id = ST_HOSPITAL_STOCK_POOL_MOVE,    .at = { 1, -10001, 0 },              .n = 3 },
		{ .id = ST_HOSPITAL_STOCK_REGISTER_SIGN, .at = { 1, 7, 1 },                  .n = 3 }, /* the second signature by who entered it */
		{ .id = ST_HOSPITAL_STOCK_LEVEL_PUT,    .at = { 101, 1, 5, 4, 9, 9, 7, 1 },  .n = 8 }, /* a minimum under the critical threshold */
	};
	for (size_t i = 0; i < N_OF(bad); i++) {
		bad[i].job.run = bad_run;
		enum rc rc = db_write_now(H.db, &bad[i].job, &H.p);
		if (rc != RC_CONFLICT)
			fail_msg("number %zu: %s", i, rc == RC_OK ? "taken" : why_row(H.p.why)->name);
	}
	books_are_right();
}

static void what_was_posted_is_neither_changed_nor_taken_away(void **s)
{
	(void)s;
	static const char *const HANDS[] = {
		"UPDATE stock_posting SET quantity = 1", "DELETE FROM stock_posting", "UPDATE stock_movement SET made_by = 8", "DELETE FROM stock_movement", "UPDATE stock_register SET left_after = 1", "DELETE FROM stock_register",
		"UPDATE stock_register SET second_by = 9, second_ms = 1 WHERE second_by IS NOT NULL",
		"UPDATE stock_account SET free = 1 WHERE kind = 'central'", "UPDATE stock_pool SET quantity = -1, value_cents = 0", "UPDATE stock_pool SET value_cents = -1", "UPDATE stock_pool SET quantity = 0, value_cents = 1",
		"INSERT INTO stock_lot(product, number, serial, expires_on, patient, state, made_ms) SELECT product, number, serial, expires_on, patient, state, 1 FROM stock_lot",
		"INSERT INTO stock_movement(kind, key, reason, patient, request, made_by, made_ms, at_ms) SELECT kind, key, reason, patient, request, 1, 1, 1 FROM stock_movement",
		"INSERT INTO stock_register(store, product, posting, delta, left_after, made_by, made_ms) SELECT store, product, posting, -1, -1, 1, 1 FROM stock_register",
		"INSERT INTO stock_count(store, made_by, made_ms, first_by, first_ms, second_by, second_ms) SELECT no, 7, 1, 7, 1, 7, 1 FROM stock_account WHERE kind = 'ward'",
		"INSERT INTO stock_order_line(ordered_in, product, ordered, received, price_cents) VALUES (1, 1, 5, 6, 1)", /* more than was ordered */
	};
	sqlite3 *raw;
	if (test_base_is_server())
		return;
	receive(WARD, MORPHINE, "M1", "2028-01-31", "10", "5");
	pharmacist(8);
	done(act("stock_register_sign", "store", WARD, "cis", MORPHINE, "upto", "1", NULL));
	assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	for (size_t i = 0; i < N_OF(HANDS); i++) {
		assert_int_equal(sqlite3_exec(raw, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
		if (sqlite3_exec(raw, HANDS[i], NULL, NULL, NULL) != SQLITE_CONSTRAINT)
			fail_msg("%s is done", HANDS[i]);
		assert_int_equal(sqlite3_exec(raw, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	}
	sqlite3_close(raw);
	books_are_right();
}

static void a_figure_that_is_not_what_the_postings_say_is_found(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", "5");
	books_are_right();
	struct bad wrong = { .job = { .run = bad_run }, .id = ST_HOSPITAL_STOCK_BALANCE_MOVE, .at = { 101, 1, 1, 1 }, .n = 4 };
	done(db_write_now(H.db, &wrong.job, &H.p));
	struct stock_checked k = checked();
	assert_true(k.wrong_balances == 1 && k.not_zero == 1 && k.wrong_pools == 0);
	wrong = (struct bad){ .job = { .run = bad_run }, .id = ST_HOSPITAL_STOCK_POOL_MOVE, .at = { 1, 0, 1 }, .n = 3 };
	done(db_write_now(H.db, &wrong.job, &H.p));
	assert_int_equal(checked().wrong_pools, 1);
}

static void a_register_that_does_not_follow_from_its_lines_is_found(void **s)
{
	(void)s;
	static const struct { int64_t n; const char *text; } AT[] = {
		{ 1, "UPDATE stock_register SET left_after = 9000 WHERE no = 1" },                                          /* not the one before it and its own change */
		{ 1, "UPDATE stock_register SET delta = 9000, left_after = 9000 WHERE no = 1" },                            /* it follows, and is not what was posted */
	};
	sqlite3 *raw;
	if (test_base_is_server())
		return;
	receive(WARD, MORPHINE, "M1", "2028-01-31", "10", "5");
	books_are_right();
	for (size_t i = 0; i < N_OF(AT); i++) {
		assert_int_equal(sqlite3_open_v2(H.path, &raw, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(raw, "DROP TRIGGER IF EXISTS stock_register_kept", NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_exec(raw, AT[i].text, NULL, NULL, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_close(raw), SQLITE_OK);
		assert_int_equal(checked().wrong_registers, AT[i].n);
	}
}

static void after_any_movements_everything_can_be_computed_anew(void **s)
{
	(void)s;
	static const char *const KIND[] = { "transfer", "use", "loss", "destruction", "less", "more" };
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	unsigned seed = 20261118, refused = 0;
	for (int i = 0; i < 6; i++) {
		char number[8];
		snprintf(number, sizeof number, "L%d", i);
		receive(i % 2 ? WARD : PUI, i % 3 ? DOLIPRANE : MORPHINE, number, i % 2 ? "2028-01-31" : "2027-05-31", "50", "33,33");
	}
	for (int i = 0; i < 400; i++) {
		seed = seed * 1664525u + 1013904223u;
		unsigned r = seed >> 8;
		char lot[8], quantity[16], which[24];
		snprintf(lot, sizeof lot, "%u", 1 + r % 6);
		snprintf(quantity, sizeof quantity, "%u.%u", r % 7, 1 + r % 9);
		snprintf(which, sizeof which, "adm-%d", i);
		bool ward = (r >> 5) % 2;
		enum rc rc = RC_OK;
		if (r % 4 == 0)
			draw(which, (r >> 3) % 2 ? 60234100 : 60762795, (int64_t)(r % 5000) + 1, a);
		else if (r % 16 == 1)
			receive(ward ? WARD : PUI, (r >> 7) % 2 ? DOLIPRANE : MORPHINE, "NEW", "2029-01-01", quantity, (r >> 9) % 2 ? "7,77" : NULL);
		else
			rc = act("stock_move", "key", which, "store", ward ? WARD : PUI, "lot", lot, "kind", KIND[(r >> 4) % N_OF(KIND)], "to", ward ? PUI : WARD, "reason", "error", "quantity", quantity, NULL);
		assert_true(rc == RC_OK || rc == RC_CONFLICT);
		refused += rc == RC_CONFLICT;
	}
	assert_true(refused > 10 && refused < 300);
	books_are_right();
	assert_true(checked().postings > 150);
}

/* ---- many at once ---- */

#define CLIENTS 32
#define EACH 40
struct client { pthread_t thread; struct arena arena; int no; int64_t drawn, missing; enum rc rc; };

static void *client_run(void *of)
{
	struct client *me = of;
	struct problem p;
	arena_init(&me->arena, 4u << 20);
	for (int i = 0; i < EACH && me->rc == RC_OK; i++) {
		char which[32];
		snprintf(which, sizeof which, "adm-%d-%d", me->no, i);
		struct draw k = { .job = { .run = draw_run }, .arena = &me->arena, .w = { .key = str_of(which), .cis = 60762795, .unit = STR("u1"), .quantity_milli = 1000, .patient = 5 } };
		me->rc = db_write_now(H.db, &k.job, &p);
		me->drawn += k.d.drawn_milli;
		me->missing += k.d.missing_milli;
	}
	arena_done(&me->arena);
	return NULL;
}

static void thirty_two_at_once_lose_nothing_and_no_lot_goes_under_zero(void **s)
{
	static struct client clients[CLIENTS];
	int64_t drawn = 0, missing = 0;
	(void)s;
	receive(WARD, MORPHINE, "M1", "2027-01-31", "400", "5");
	receive(WARD, MORPHINE, "M2", "2028-01-31", "600", "5");
	for (int i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .no = i };
		assert_int_equal(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]), 0);
	}
	for (int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		assert_int_equal(clients[i].rc, RC_OK);
		drawn += clients[i].drawn;
		missing += clients[i].missing;
	}
	assert_int_equal(drawn, 1000000);
	assert_int_equal(drawn + missing, CLIENTS * EACH * 1000);
	assert_int_equal(held(WARD, "M1"), 0);
	assert_int_equal(held(WARD, "M2"), 0);
	books_are_right();
}

/* ---- counts and the register ---- */

static void a_count_is_signed_by_two_and_then_the_books_are_what_was_counted(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", "5");
	receive(WARD, DOLIPRANE, "A2", "2028-02-28", "10", "5");
	char lot1[20], lot2[20], no[20];
	snprintf(lot1, sizeof lot1, "%s", lot_no(WARD, "A1"));
	snprintf(lot2, sizeof lot2, "%s", lot_no(WARD, "A2"));
	done(act("stock_count_open", "store", WARD, "sighted", "1", NULL));
	snprintf(no, sizeof no, "%s", getz("count", 0, "no"));
	assert_int_equal(act("stock_count_open", "store", WARD, NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_COUNTING);
	assert_int_equal(act("stock_count_sign", "no", no, NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_COUNT_EMPTY);
	done(act("stock_count_line", "no", no, "lot", lot1, "quantity", "9", NULL));
	done(act("stock_count_line", "no", no, "lot", lot1, "quantity", "8", NULL));
	done(act("stock_count_line", "no", no, "lot", lot2, "quantity", "11", NULL));
	draw("adm-1", 60234100, 1000, 5); /* meanwhile a dose goes out: the variance stays what it was */
	done(view("stock_count", "no", no, NULL));
	assert_string_equal(getz("lines", row_with("lines", "number", "A1"), "variance"), "-2000");
	assert_int_equal(act("stock_count_close", "no", no, NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_NOT_SIGNED);
	done(act("stock_count_sign", "no", no, NULL));
	assert_int_equal(act("stock_count_line", "no", no, "lot", lot1, "quantity", "5", NULL), RC_CONFLICT);
	assert_int_equal(act("stock_count_close", "no", no, NULL), RC_DENIED);
	assert_why(WHY_STOCK_SIGN_TWICE);
	pharmacist(8);
	done(act("stock_count_close", "no", no, NULL));
	assert_int_equal(act("stock_count_close", "no", no, NULL), RC_CONFLICT);
	assert_int_equal(held(WARD, "A1"), 7000);
	assert_int_equal(held(WARD, "A2"), 11000);
	books_are_right();
	done(act("stock_count_open", "store", WARD, NULL));
	done(act("stock_count_drop", "no", getz("count", 0, "no"), NULL));
	assert_int_equal(held(WARD, "A1"), 7000);
}

static void who_counts_blind_sees_the_books_after_the_first_signature(void **s)
{
	(void)s;
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "77", "5");
	receive(WARD, DOLIPRANE, "A2", "2028-02-28", "10", "5");
	char lot[20], no[20];
	snprintf(lot, sizeof lot, "%s", lot_no(WARD, "A1"));
	done(act("stock_count_open", "store", WARD, NULL)); /* blind is what nobody has to ask for */
	snprintf(no, sizeof no, "%s", getz("count", 0, "no"));
	done(act("stock_count_line", "no", no, "lot", lot, "quantity", "70", NULL));
	static const uint32_t LOOKS[] = { 7, 8 };
	for (size_t i = 0; i < N_OF(LOOKS); i++) { /* whoever looks */
		pharmacist(LOOKS[i]);
		done(view("stock_count", "no", no, NULL));
		assert_true(has("count", 0, "blind"));
		assert_int_equal(count("lines"), 2);
		for (unsigned k = 0; k < 2; k++)
			assert_false(has("lines", k, "books") || has("lines", k, "variance"));
		assert_string_equal(getz("lines", row_with("lines", "number", "A1"), "counted_milli"), "70000");
		assert_false(rows_hold("77000") || rows_hold("-7000"));
	}
	pharmacist(7);
	done(act("stock_count_sign", "no", no, NULL));
	done(view("stock_count", "no", no, NULL));
	assert_string_equal(getz("lines", row_with("lines", "number", "A1"), "books"), "77000");
	assert_string_equal(getz("lines", row_with("lines", "number", "A1"), "variance"), "-7000");
	assert_string_equal(getz("lines", row_with("lines", "number", "A2"), "books"), "10000");
	done(act("stock_count_drop", "no", no, NULL)); /* counted again by a count of its own */
	done(act("stock_count_open", "store", WARD, "sighted", "1", NULL));
	snprintf(no, sizeof no, "%s", getz("count", 0, "no"));
	done(view("stock_count", "no", no, NULL));
	assert_false(has("count", 0, "blind"));
	assert_string_equal(getz("lines", row_with("lines", "number", "A1"), "books"), "77000");
	done(act("stock_count_drop", "no", no, NULL));
	books_are_right();
}

static void narcotics_are_in_the_register_with_what_is_left_and_two_signatures(void **s)
{
	(void)s;
	receive(PUI, MORPHINE, "M1", "2028-01-31", "20", "5");
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "20", "5");
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(PUI, "M1"), "kind", "transfer", "to", WARD, "quantity", "5", NULL));
	draw("adm-1", 60762795, 2000, 5);
	done(view("stock_register", "store", WARD, "cis", MORPHINE, NULL));
	assert_int_equal(count("lines"), 2);
	assert_string_equal(getz("lines", 0, "delta"), "-2000");
	assert_string_equal(getz("lines", 0, "left"), "3000");
	assert_string_equal(getz("lines", 1, "left"), "5000");
	assert_int_equal(view("stock_register", "store", PUI, "cis", DOLIPRANE, NULL), RC_NOT_FOUND);
	assert_int_equal(act("stock_register_sign", "store", WARD, "cis", MORPHINE, "upto", "100", NULL), RC_DENIED);
	assert_why(WHY_STOCK_SIGN_TWICE);
	pharmacist(8);
	done(act("stock_register_sign", "store", WARD, "cis", MORPHINE, "upto", "100", NULL));
	assert_string_equal(getz("signed", 0, "lines"), "2");
	assert_int_equal(act("stock_register_sign", "store", WARD, "cis", MORPHINE, "upto", "100", NULL), RC_CONFLICT);
	done(view("stock_registers", NULL));
	assert_int_equal(count("registers"), 2);
	assert_string_equal(getz("registers", row_with("registers", "code", "PH-2B"), "open"), "0");
	assert_string_equal(getz("registers", row_with("registers", "code", "PUI"), "left"), "15000");
	books_are_right();
}

/* ---- orders ---- */

static const char *order_version(const char *no)
{
	static char version[20];
	done(view("stock_order", "no", no, NULL));
	snprintf(version, sizeof version, "%s", getz("order", 0, "version"));
	return version;
}

static void an_order_goes_from_thresholds_to_a_checked_invoice(void **s)
{
	(void)s;
	char no[20];
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "10", "2");
	done(act("stock_level_set", "store", PUI, "cis", DOLIPRANE, "critical", "5", "minimum", "20", "optimum", "100", "maximum", "200", NULL));
	done(act("stock_level_set", "store", PUI, "cis", MORPHINE, "critical", "0", "minimum", "0", "optimum", "10", "maximum", "20", NULL));
	assert_int_equal(act("stock_level_set", "store", PUI, "cis", DOLIPRANE, "critical", "5", "minimum", "4", "optimum", "100", "maximum", "200", NULL), RC_BAD_INPUT);
	done(view("stock", "store", PUI, NULL));
	assert_string_equal(getz("products", 0, "rank"), "critical");
	assert_string_equal(getz("products", 1, "rank"), "low");
	static const struct { const char *critical, *minimum, *optimum, *maximum, *rank; } RANK[] = { /* of the ten that are there */
		{ "10", "20", "100", "200", "critical" }, { "9", "10", "100", "200", "low" }, { "5", "9", "10", "200", "" }, { "5", "8", "10", "10", "" }, { "5", "8", "9", "9", "over" }, { "5", "20", "100", "200", "low" } };
	for (size_t i = 0; i < N_OF(RANK); i++) {
		done(act("stock_level_set", "store", PUI, "cis", DOLIPRANE, "critical", RANK[i].critical, "minimum", RANK[i].minimum, "optimum", RANK[i].optimum, "maximum", RANK[i].maximum, NULL));
		done(view("stock", "store", PUI, NULL));
		unsigned at = row_with("products", "cis", DOLIPRANE);
		assert_string_equal(has("products", at, "rank") ? getz("products", at, "rank") : "", RANK[i].rank);
	}
	done(view("stock_proposals", "store", PUI, NULL));
	assert_string_equal(getz("proposals", row_with("proposals", "cis", DOLIPRANE), "wanted"), "90000");
	done(act("stock_order_add", "key", "o1", "store", PUI, "supplier", "CERP", NULL));
	snprintf(no, sizeof no, "%s", getz("order", 0, "no"));
	done(act("stock_order_add", "key", "o1", "store", PUI, "supplier", "CERP", NULL));
	assert_string_equal(getz("order", 0, "no"), no);
	assert_int_equal(act("stock_order_receive", "no", no, "key", key(), "cis", DOLIPRANE, "number", "B1", "expires", "2029-01-31", "quantity", "40", NULL), RC_CONFLICT);
	done(act("stock_order_line", "no", no, "version", "1", "cis", MORPHINE, "quantity", "0", NULL));
	assert_int_equal(act("stock_order_line", "no", no, "version", "1", "cis", DOLIPRANE, "quantity", "90", "amount", "10", NULL), RC_CONFLICT);
	assert_why(WHY_VERSION_CONFLICT);
	done(act("stock_order_line", "no", no, "version", "2", "cis", DOLIPRANE, "quantity", "90", "amount", "10,01", NULL));
	done(act("stock_order_send", "no", no, "version", "3", NULL));
	done(view("stock_proposals", "store", PUI, NULL));
	assert_false(any_row("proposals", "cis", DOLIPRANE)); /* it is on its way */
	done(act("stock_order_receive", "no", no, "key", "r1", "cis", DOLIPRANE, "number", "B1", "expires", "2029-01-31", "quantity", "40", NULL));
	done(act("stock_order_receive", "no", no, "key", "r1", "cis", DOLIPRANE, "number", "B1", "expires", "2029-01-31", "quantity", "40", NULL));
	assert_int_equal(held(PUI, "B1"), 40000);
	assert_int_equal(act("stock_order_receive", "no", no, "key", key(), "cis", DOLIPRANE, "number", "B1", "expires", "2029-01-31", "quantity", "51", NULL), RC_BAD_INPUT);
	assert_why(WHY_STOCK_ORDER_MORE);
	done(act("stock_order_receive", "no", no, "key", key(), "cis", DOLIPRANE, "number", "B2", "expires", "2029-01-31", "quantity", "50", NULL));
	done(view("stock_order", "no", no, NULL));
	assert_string_equal(getz("order", 0, "state"), "received");
	assert_string_equal(getz("total", 0, "received_cents"), "1001");
	done(act("stock_invoice_line", "no", no, "version", order_version(no), "cis", DOLIPRANE, "quantity", "90", "amount", "10,01", NULL));
	done(act("stock_order_invoice", "no", no, "version", order_version(no), "invoice", "F-1", "amount", "10,01", NULL));
	assert_string_equal(getz("order", 0, "state"), "checked");
	assert_string_equal(getz("order", 0, "outcome"), "agreed");
	books_are_right();
}

/* ---- its invoice ---- */

/* Two products: 90 tablets for 10,01 and ten ampoules for 20,00 are ordered; all tablets came, seven ampoules. */
static void came(char no[20])
{
	done(act("stock_level_set", "store", PUI, "cis", DOLIPRANE, "critical", "5", "minimum", "20", "optimum", "90", "maximum", "200", NULL));
	done(act("stock_level_set", "store", PUI, "cis", MORPHINE, "critical", "1", "minimum", "2", "optimum", "10", "maximum", "20", NULL));
	done(act("stock_order_add", "key", "o1", "store", PUI, "supplier", "CERP", NULL));
	snprintf(no, 20, "%s", getz("order", 0, "no"));
	done(act("stock_order_line", "no", no, "version", "1", "cis", DOLIPRANE, "quantity", "90", "amount", "10,01", NULL));
	done(act("stock_order_line", "no", no, "version", "2", "cis", MORPHINE, "quantity", "10", "amount", "20", NULL));
	assert_int_equal(act("stock_invoice_line", "no", no, "version", "3", "cis", DOLIPRANE, "quantity", "90", "amount", "10,01", NULL), RC_CONFLICT); /* nothing came */
	assert_why(WHY_STOCK_ORDER_STATE);
	done(act("stock_order_send", "no", no, "version", "3", NULL));
	done(act("stock_order_receive", "no", no, "key", key(), "cis", DOLIPRANE, "number", "B1", "expires", "2029-01-31", "quantity", "90", NULL));
	done(act("stock_order_receive", "no", no, "key", key(), "cis", MORPHINE, "number", "B2", "expires", "2029-01-31", "quantity", "7", NULL));
	done(act("stock_order_end", "no", no, "version", order_version(no), NULL));
}

static enum rc bill_line(const char *no, const char *cis, const char *quantity, const char *amount)
{
	return act("stock_invoice_line", "no", no, "version", order_version(no), "cis", cis, "quantity", quantity, "amount", amount, NULL);
}

static enum rc decide(const char *no, const char *amount, const char *decision, const char *reason)
{
	return act("stock_order_invoice", "no", no, "version", order_version(no), "invoice", "F-1", "amount", amount, decision ? "decision" : NULL, decision, reason ? "reason" : NULL, reason, NULL);
}

static const char *billed(const char *cis, const char *name) { return getz("billed", row_with("billed", "cis", cis), name); }

static void an_invoice_is_held_against_each_line_of_its_order(void **s)
{
	(void)s;
	char no[20], version[20];
	came(no);
	assert_int_equal(decide(no, "24,01", NULL, NULL), RC_CONFLICT);
	assert_why(WHY_STOCK_INVOICE_LINES);
	static const char *const BAD[][2] = { { "", "1" }, { "-1", "1" }, { "1,2345", "1" }, { "x", "1" }, { "7", "" }, { "7", "-1" }, { "7", "1,234" }, { "7", "1 000" }, { "0", "1" }, { "1e3", "1" } };
	for (size_t i = 0; i < N_OF(BAD); i++)
		assert_int_equal(bill_line(no, DOLIPRANE, BAD[i][0], BAD[i][1]), RC_BAD_INPUT);
	snprintf(version, sizeof version, "%s", order_version(no));
	done(bill_line(no, DOLIPRANE, "90", "10,01"));
	assert_int_equal(act("stock_invoice_line", "no", no, "version", version, "cis", MORPHINE, "quantity", "10", "amount", "20", NULL), RC_CONFLICT); /* seen before the other one was typed */
	assert_why(WHY_VERSION_CONFLICT);
	assert_int_equal(decide(no, "24,01", NULL, NULL), RC_CONFLICT); /* the ampoules are not typed */
	done(bill_line(no, MORPHINE, "10", "20")); /* billed as ordered: three never came */
	done(view("stock_order", "no", no, NULL));
	assert_false(has("billed", row_with("billed", "cis", DOLIPRANE), "more") || has("billed", row_with("billed", "cis", DOLIPRANE), "more_cents"));
	assert_string_equal(billed(MORPHINE, "ordered"), "10000");
	assert_string_equal(billed(MORPHINE, "received"), "7000");
	assert_string_equal(billed(MORPHINE, "due_cents"), "1400");
	assert_string_equal(billed(MORPHINE, "more"), "3000");
	assert_string_equal(billed(MORPHINE, "more_cents"), "600");
	assert_int_equal(decide(no, "30,01", NULL, NULL), RC_BAD_INPUT);
	assert_why(WHY_STOCK_INVOICE_DIFFERS);
	assert_int_equal(decide(no, "30,01", "dispute", NULL), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "reason");
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_invoice"), 0);
	done(decide(no, "30,01", "dispute", "to_come"));
	assert_string_equal(getz("order", 0, "state"), "disputed");
	done(bill_line(no, MORPHINE, "7", "14")); /* another invoice, after a word with the supplier */
	assert_int_equal(decide(no, "24,02", NULL, NULL), RC_BAD_INPUT); /* each line agrees, the sum does not */
	done(decide(no, "24,01", NULL, NULL));
	assert_string_equal(getz("order", 0, "outcome"), "agreed");
	done(view("stock_order", "no", no, NULL));
	assert_string_equal(getz("order", 0, "state"), "checked");
	assert_int_equal(count("billed"), 0); /* nothing is typed any more */
	assert_int_equal(count("checks"), 2);
	assert_string_equal(getz("checks", 0, "outcome"), "agreed");
	assert_string_equal(getz("checks", 1, "reason"), "to_come");
	assert_int_equal(count("check_lines"), 4);
	assert_string_equal(getz("check_lines", 3, "more"), "3000"); /* as it was found then */
	assert_int_equal(bill_line(no, MORPHINE, "7", "14"), RC_CONFLICT);
	assert_int_equal(decide(no, "24,01", NULL, NULL), RC_CONFLICT);
	books_are_right();
}

static void an_invoice_that_differs_is_accepted_with_a_reason(void **s)
{
	(void)s;
	static const char OTHER[] = "60002283";
	char no[20];
	came(no);
	done(bill_line(no, DOLIPRANE, "90", "11"));
	done(bill_line(no, MORPHINE, "7", "14"));
	done(bill_line(no, OTHER, "5", "3")); /* nobody ordered it */
	done(view("stock_order", "no", no, NULL));
	assert_string_equal(billed(DOLIPRANE, "more_cents"), "99");
	assert_string_equal(billed(OTHER, "ordered"), "0");
	assert_string_equal(billed(OTHER, "more"), "5000");
	done(bill_line(no, OTHER, "0", "0")); /* a slip: it was not on the invoice */
	done(view("stock_order", "no", no, NULL));
	assert_false(any_row("billed", "cis", OTHER));
	assert_int_equal(decide(no, "25", "accept", NULL), RC_BAD_INPUT);
	done(decide(no, "25", "accept", "price"));
	assert_string_equal(getz("order", 0, "outcome"), "accepted");
	assert_string_equal(getz("order", 0, "state"), "checked");
	done(view("stock_order", "no", no, NULL));
	assert_string_equal(getz("checks", 0, "cents"), "2500");
	assert_string_equal(getz("checks", 0, "reason"), "price");
	assert_int_equal(held(PUI, "B1"), 90000); /* goods and what they are worth stay as they came in */
	assert_int_equal(test_base_number(H.path, "SELECT value_cents FROM stock_pool p JOIN stock_product q ON q.no = p.product WHERE q.cis = 60234100"), 1001);
	books_are_right();
}

static void a_ward_is_filled_up_from_the_soonest_lots(void **s)
{
	(void)s;
	receive(PUI, DOLIPRANE, "LATE", "2029-01-31", "100", "2");
	receive(PUI, DOLIPRANE, "SOON", "2027-01-31", "10", "2");
	done(act("stock_level_set", "store", WARD, "cis", DOLIPRANE, "critical", "5", "minimum", "20", "optimum", "30", "maximum", "40", NULL));
	done(view("stock_proposals", "store", WARD, "from", PUI, NULL));
	assert_string_equal(getz("picks", 0, "number"), "SOON");
	for (int i = 0; i < 2; i++)
		done(act("stock_refill", "key", "f1", "store", WARD, "from", PUI, NULL));
	assert_int_equal(held(WARD, "SOON"), 10000);
	assert_int_equal(held(WARD, "LATE"), 20000);
	books_are_right();
}

/* ---- for whom, and in whose place ---- */

static void what_is_dispensed_for_a_line_is_for_a_line_of_this_patient(void **s)
{
	(void)s;
	patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"m\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	static const char *const OTHERS[][2] = { { "b", "m" }, { "a", "none" }, { "a", "b" } };
	for (size_t i = 0; i < N_OF(OTHERS); i++) {
		assert_int_equal(act("stock_dispense", "patient", OTHERS[i][0], "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "1", "request", OTHERS[i][1], NULL), RC_NOT_FOUND);
		assert_string_equal(H.p.where, "request");
	}
	assert_int_equal(held(WARD, "A1"), 10000);
	done(act("stock_dispense", "patient", "a", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "1", "request", "m", NULL));
	done(act("stock_dispense", "patient", "b", "key", key(), "store", WARD, "cis", DOLIPRANE, "quantity", "1", NULL)); /* for no line: what a ward keeps */
	assert_int_equal(held(WARD, "A1"), 8000);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_movement WHERE request = 'm'"), 1);
	books_are_right();
}

static void another_of_the_generic_group_is_shown_and_never_taken_by_itself(void **s)
{
	(void)s;
	static const char WANTED[] = "67763864", OTHER[] = "66387722"; /* of one group in generiques.tsv */
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL);
	receive(WARD, OTHER, "G1", "2028-01-31", "10", NULL);
	done(view("stock_product", "cis", WANTED, NULL));
	assert_int_equal(count("where"), 0);
	assert_int_equal(count("substitutes"), 1);
	assert_string_equal(getz("substitutes", 0, "cis"), OTHER);
	assert_string_equal(getz("substitutes", 0, "usable"), "10000");
	struct stock_drawn d = draw("adm-1", 67763864, 1000, a);
	assert_true(d.drawn_milli == 0 && d.missing_milli == 1000);
	assert_int_equal(held(WARD, "G1"), 10000);
	done(view("stock_product", "cis", DOLIPRANE, NULL)); /* of no group */
	assert_int_equal(count("substitutes"), 0);
	books_are_right();
}

/* ---- recalls ---- */

static void a_recall_names_whom_the_reader_cares_for_and_counts_the_others(void **s)
{
	(void)s;
	int64_t a = patient("a", "Durand", "Marie", "1957-02-14", "female", "VALI", NULL), b = patient("b", "Martin", "Luc", "1960-01-01", "male", "VALI", NULL);
	encounter("e", "a", "u1", "b2", "in-progress", "2026-11-10T08:00:00+01:00", NULL);
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "10", "5");
	draw("adm-1", 60234100, 1000, a);
	draw("adm-2", 60234100, 2000, b);
	draw("adm-3", 60234100, 1000, b);
	draw_back("adm-3");
	int64_t d = patient("d", "Petit", "Rose", "1961-01-01", "female", "VALI", NULL);
	draw_lot("adm-5", 60234100, 9000, d, "A1"); /* seven were left of it: two were on no books */
	draw_back("adm-5");
	draw_lot("adm-6", 60762795, 1000, d, "A1"); /* another medicine's lot of the same number */
	char lot[20];
	snprintf(lot, sizeof lot, "%s", lot_no(WARD, "A1"));
	assert_int_equal(act("stock_recall_tell", "lot", lot, NULL), RC_CONFLICT);
	done(act("stock_lot_state", "lot", lot, "state", "recalled", "reason", "authority", NULL));
	done(view("stock_lot", "lot", lot, NULL));
	assert_int_equal(count("given"), 1);
	assert_string_equal(getz("given", 0, "milli"), "1000");
	assert_true(rows_hold("DURAND") || rows_hold("Durand"));
	assert_false(rows_hold("MARTIN") || rows_hold("Martin"));
	assert_string_equal(getz("elsewhere", 0, "people"), "1");
	assert_string_equal(getz("events", 0, "reason"), "authority");
	done(act("stock_recall_tell", "lot", lot, NULL));
	assert_string_equal(getz("told", 0, "told"), "2");
	done(act("stock_recall_tell", "lot", lot, NULL));
	assert_true(has("told", 0, "again"));
	draw_lot("adm-7", 66835549, 1000, d, "Z9"); /* of a lot that no store ever had */
	done(view("stock_find_lots", "cis", "66835549", NULL));
	snprintf(lot, sizeof lot, "%s", getz("found", 0, "lot"));
	done(act("stock_lot_state", "lot", lot, "state", "recalled", "reason", "supplier", NULL));
	done(act("stock_recall_tell", "lot", lot, NULL));
	assert_string_equal(getz("told", 0, "told"), "1");
	snprintf(lot, sizeof lot, "%s", lot_no(WARD, "A1"));
	assert_int_equal(draw("adm-4", 60234100, 1000, a).drawn_milli, 0);
	done(view("stock_blocked", NULL));
	assert_int_equal(count("lots"), 2);
}

/* ---- who ---- */

static uint32_t of_nurse(enum role role) { return role == ROLE_PHARMACIST ? MAY_PHARMACY | MAY_STOCK : role == ROLE_TECHNICIAN ? MAY_SUPPLY : MAY_STOCK; }

static void a_nurse_reaches_the_stores_of_her_units_and_no_other(void **s)
{
	(void)s;
	struct judge judge = { NULL, nobody_is_stopped, of_nurse, all_is_seen, all_filters };
	struct stock_account store;
	actor(ROLE_NURSE, 9, NULL, "u1");
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, 101, &store, &H.p), RC_OK);
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, 100, &store, &H.p), RC_NOT_FOUND);
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, STOCK_PATIENT, &store, &H.p), RC_NOT_FOUND);
	actor(ROLE_NURSE, 9, NULL, "u2");
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, 101, &store, &H.p), RC_NOT_FOUND);
	actor(ROLE_TECHNICIAN, 9, NULL, "u2"); /* every store, and no other account */
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, 100, &store, &H.p), RC_OK);
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, 101, &store, &H.p), RC_OK);
	assert_int_equal(stock_store_mine(H.c, &H.arena, &H.who, &judge, STOCK_PATIENT, &store, &H.p), RC_NOT_FOUND);
	assert_false(stock_is_pharmacy(&H.who, &judge));
	db_end(H.c);
}

/* ---- how quick ---- */

#define MEASURED 20000
#define MEASURED_MOST 1000000
struct drawing { struct draw k; char which[24]; };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static unsigned finished, measured;

static void one_done(struct db_job *j)
{
	(void)j;
	pthread_mutex_lock(&lock);
	if (++finished == measured)
		pthread_cond_signal(&told);
	pthread_mutex_unlock(&lock);
}

static void so_many_postings_a_second_are_durable(void **s)
{
	(void)s;
	const char *many = getenv("HYGIE_STOCK_YEAR"); /* so many doses, for measuring */
	long n = many ? strtol(many, NULL, 10) : MEASURED;
	assert_true(n > 1 && n <= MEASURED_MOST);
	measured = (unsigned)n;
	struct drawing *at = calloc(measured, sizeof *at);
	receive(WARD, DOLIPRANE, "A1", "2028-01-31", "1000000", "5");
	done(act("stock_level_set", "store", WARD, "cis", DOLIPRANE, "critical", "5", "minimum", "20", "optimum", "90", "maximum", "2000000", NULL)); /* what a draw pays for thresholds is in the figure */
	finished = 0;
	for (int i = 0; i < (int)measured; i++) {
		snprintf(at[i].which, sizeof at[i].which, "adm-%d", i);
		at[i].k = (struct draw){ .job = { .run = draw_run, .done = one_done }, .arena = &H.arena, .w = { .key = str_of(at[i].which), .cis = 60234100, .unit = STR("u1"), .quantity_milli = 1000, .patient = 1 + i % 500, .request = STR("order-1") } };
		at[i].k.job.next = i + 1 < (int)measured ? &at[i + 1].k.job : NULL;
	}
	uint64_t from = clock_ns();
	db_submit(H.db, &at[0].k.job);
	pthread_mutex_lock(&lock);
	while (finished < measured)
		pthread_cond_wait(&told, &lock);
	pthread_mutex_unlock(&lock);
	uint64_t took = clock_ns() - from;
	for (int i = 0; i < (int)measured; i++)
		assert_int_equal(at[i].k.job.rc, RC_OK);
	uint64_t first = at[0].k.trips, trips = at[measured - 1].k.trips;
	free(at);
	double waits = (double)(trips - first) / (measured - 1);
	print_message("# %d doses drawn, each durable: %.0f a second, %.2f waits for a server a dose\n", (int)measured, measured * 1e9 / (double)took, waits);
	assert_true(waits < 2.5); /* on a file none */
	from = clock_ns();
	books_are_right();
	print_message("# %lld postings computed anew: %.0f a second\n", (long long)checked().postings, measured * 1e9 * 2 / (double)(clock_ns() - from));
}

#define STOCK_TEST(f) cmocka_unit_test_setup_teardown(f, stores, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STOCK_TEST(what_comes_in_is_held_and_worth_its_average_cost),
		STOCK_TEST(the_same_form_sent_twice_is_done_once),
		STOCK_TEST(a_quantity_is_read_as_it_is_typed_or_refused),
		STOCK_TEST(a_store_never_gives_more_of_a_lot_than_it_holds),
		STOCK_TEST(lots_leave_by_their_date_and_blocked_ones_do_not),
		STOCK_TEST(a_dose_never_waits_and_what_is_missing_is_in_the_work_list),
		STOCK_TEST(a_unit_without_a_store_gives_all_the_same),
		STOCK_TEST(a_dose_taken_back_is_in_the_store_again_once),
		STOCK_TEST(what_a_patient_brought_is_given_to_that_patient_alone),
		STOCK_TEST(the_tables_refuse_what_would_not_sum_to_zero_or_go_under_it),
		STOCK_TEST(what_was_posted_is_neither_changed_nor_taken_away),
		STOCK_TEST(a_figure_that_is_not_what_the_postings_say_is_found),
		STOCK_TEST(a_register_that_does_not_follow_from_its_lines_is_found),
		STOCK_TEST(after_any_movements_everything_can_be_computed_anew),
		STOCK_TEST(thirty_two_at_once_lose_nothing_and_no_lot_goes_under_zero),
		STOCK_TEST(a_count_is_signed_by_two_and_then_the_books_are_what_was_counted),
		STOCK_TEST(who_counts_blind_sees_the_books_after_the_first_signature),
		STOCK_TEST(narcotics_are_in_the_register_with_what_is_left_and_two_signatures),
		STOCK_TEST(an_order_goes_from_thresholds_to_a_checked_invoice),
		STOCK_TEST(an_invoice_is_held_against_each_line_of_its_order),
		STOCK_TEST(an_invoice_that_differs_is_accepted_with_a_reason),
		STOCK_TEST(a_ward_is_filled_up_from_the_soonest_lots),
		STOCK_TEST(what_is_dispensed_for_a_line_is_for_a_line_of_this_patient),
		STOCK_TEST(another_of_the_generic_group_is_shown_and_never_taken_by_itself),
		STOCK_TEST(a_recall_names_whom_the_reader_cares_for_and_counts_the_others),
		STOCK_TEST(a_nurse_reaches_the_stores_of_her_units_and_no_other),
		STOCK_TEST(so_many_postings_a_second_are_durable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
