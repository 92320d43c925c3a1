/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of billing (hospital/tariff.c, billing_act.c, bill.c, invoice.c, payment.c, coding.c, billing_desk.c): what is priced and what is not, numbers without a gap, what was posted stays,
 * every cent is somebody's, money is given back by two, the journal balances and the count finds what differs. Each rule is asked of the tables too, past the program.
 */
#include "bill_house.h"

/* ---- prices ---- */

static void an_act_before_its_tariff_takes_effect_is_not_priced_and_says_so(void **s)
{
	(void)s;
	people();
	assert_int_equal(capture("AAFA001", "2024-12-31", "1"), RC_OK);
	assert_int_equal(capture("AAFA001", "2025-01-01", "1"), RC_OK);
	draft("a", "e");
	(void)version("a");
	assert_string_equal(getz("lines", 0, "block"), "before");
	assert_false(has("lines", 0, "amount_cents"));
	assert_false(has("lines", 0, "price_milli"));
	assert_string_equal(getz("lines", 1, "amount_cents"), "66101");
	assert_string_equal(getz("lines", 1, "rule"), "CCAM 2025-01-01 grille 16");
	assert_string_equal(getz("bill", 0, "block"), "before");
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_BLOCKED);
	assert_int_equal(BILL("bill_line_set", "place", "1", "amount", "600,5", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 0, "amount_cents"), "60050");
	assert_string_equal(getz("lines", 0, "rule"), "Saisi à la main");
}

static void without_its_tables_or_what_the_hospital_says_nothing_is_priced(void **s)
{
	(void)s;
	struct problem p;
	people();
	const struct tariffs *t = tariff_base(&p);
	assert_non_null(t);
	assert_int_equal(tariff_ghs(t, PLACE_UNKNOWN, STR("01C031"), STR("0022"), STR("2026-01-01"), STR_NONE, 3).base.why, TARIFF_NO_KIND);
	assert_int_equal(tariff_ghs(t, PLACE_PRIVATE, STR("01C031"), STR("22"), STR("2026-01-01"), STR_NONE, 3).base.why, TARIFF_NO_DAY);
	assert_int_equal(tariff_ghs(t, PLACE_PRIVATE, STR("01C031"), STR("22"), STR("2026-01-01"), STR("2025-06-01"), 3).base.price_milli, 1779300);
	assert_int_equal(tariff_ghs(t, PLACE_PUBLIC, STR("01C031"), STR("0022"), STR("2025-02-28"), STR_NONE, 3).base.why, TARIFF_BEFORE);
	struct tariff_stay g = tariff_ghs(t, PLACE_PUBLIC, STR("01C031"), STR("0022"), STR("2025-03-01"), STR_NONE, 13);
	assert_int_equal(g.base.price_milli, 4202100);
	assert_int_equal(g.days_over, 2);
	assert_int_equal(g.over_milli, 124290);
	assert_int_equal(tariff_ucd(t, STR("3400892388618"), STR("2025-01-01")).why, TARIFF_NO_TAX);
	assert_int_equal(tariff_ucd(t, STR("3400892388618"), STR("1990-01-01")).why, TARIFF_BEFORE);
	assert_int_equal(tariff_supplement(t, PLACE_PUBLIC, STR("REA"), STR("2026-01-01"), STR_NONE).why, TARIFF_NO_DAY);
	draft("a", "e");
	assert_int_equal(BILL("bill_line_add", "kind", "ngap", "what", "C", "day", "2026-11-02", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 0, "block"), "no_table");
	assert_int_equal(act("house_tariff_add", "kind", "ngap", "what", "C", "from", "2026-11-03", "value", "23", "source", "essai", "code", "x", NULL), RC_OK);
	assert_int_equal(BILL("bill_line_add", "kind", "ngap", "what", "C", "day", "2026-11-02", NULL), RC_OK);
	assert_int_equal(BILL("bill_line_add", "kind", "ngap", "what", "C", "day", "2026-11-03", "quantity", "1,5", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 1, "block"), "no_table");
	assert_string_equal(getz("lines", 2, "amount_cents"), "3450");
}

static void an_amount_is_whole_cents_rounded_once(void **s)
{
	(void)s;
	int64_t v;
	assert_int_equal(tariff_cents(1005, 1000), 101);          /* 1,005 € → 1,01: half a cent up */
	assert_int_equal(tariff_cents(1004, 1000), 100);
	assert_int_equal(tariff_cents(333, 3000), 100);           /* 3 × 0,333 = 0,999: the product is rounded, not the price (3 × 0,33 = 0,99) */
	assert_int_equal(tariff_cents(23375000, 100000000), INT64_C(233750000000));
	assert_int_equal(tariff_share(66101, 2000), 13220);
	assert_true(tariff_number(STR("12,5"), 2, &v) && v == 1250);
	assert_true(tariff_number(STR("12.50"), 2, &v) && v == 1250);
	static const char *const BAD[] = { "", ",5", "5,", "-1", "1,234", "1e3", "0x10", "1 2", "1,2,3", "99999999999999999999", "NaN" };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		assert_false(tariff_number(str_of(BAD[i]), 2, &v));
}

static void no_file_of_billing_knows_a_floating_number(void **s)
{
	(void)s;
	static const char *const FILES[] = { "src/hospital/tariff.c", "src/hospital/billing_act.c", "src/hospital/bill.c", "src/hospital/invoice.c", "src/hospital/payment.c", "src/hospital/billing_desk.c",
		"src/hospital/billing.h", "src/web/pages/billing.c", "src/web/pages/invoice.c", "db/sqlite/0021-billing.sql", "db/postgres/0021-billing.sql" };
	static const char *const WORDS[] = { "double ", "float ", "db_f64", "reference_number", "strtod", " REAL", "double precision" };
	for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
		static char text[400000];
		char path[700];
		snprintf(path, sizeof path, "%s/%s", getenv("HYGIE_SOURCE") ? getenv("HYGIE_SOURCE") : ".", FILES[i]);
		FILE *f = fopen(path, "r");
		assert_non_null(f);
		size_t n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
		text[n] = 0;
		for (size_t w = 0; w < sizeof WORDS / sizeof *WORDS; w++)
			if (strstr(text, WORDS[w]))
				fail_msg("%s knows \"%s\"", FILES[i], WORDS[w]);
	}
}

/* ---- acts ---- */

static void an_act_is_captured_once_and_only_when_the_tables_let_it(void **s)
{
	(void)s;
	people();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_CONFLICT);
	assert_why(WHY_BILL_TWICE);
	assert_int_equal(capture("AAFA001", "2026-11-02", "2"), RC_OK);
	assert_int_equal(capture("ZZZZ999", "2026-11-02", "1"), RC_BAD_INPUT);
	assert_why(WHY_BILL_CODE);
	assert_int_equal(capture("AAFA001", "2004-11-02", "1"), RC_BAD_INPUT);
	assert_why(WHY_BILL_ENDED);
	assert_int_equal(capture("AAFA001", "2026-11-19", "1"), RC_BAD_INPUT);
	assert_why(WHY_BILL_FUTURE);
	as(ROLE_PHYSICIAN, 7);
	assert_int_equal(act("act_capture", "patient", "a", "stay", "f", "act", "AAFA001", "activity", "1", "phase", "0", "day", "2026-11-02", NULL), RC_NOT_FOUND);
	assert_int_equal(act("act_capture", "patient", "a", "stay", "e", "act", "AAFA001", "activity", "5", "phase", "0", "day", "2026-11-02", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_ACTIVITY);
	assert_int_equal(act("act_capture", "patient", "a", "stay", "e", "act", "AAFA001", "activity", "1", "phase", "0", "day", "2026-11-03", "modifiers", "FF", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_MODIFIER);
	assert_int_equal(view("acts_captured", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("acts"), 2);
}

static void what_was_captured_is_taken_by_one_draft_and_freed_with_it(void **s)
{
	(void)s;
	people();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	draft("a", "e");
	assert_int_equal(act("bill_open", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_string_equal(getz("bill", 0, "no"), no);
	(void)version("a");
	assert_int_equal(count("lines"), 1);
	as(ROLE_PHYSICIAN, 7);
	assert_int_equal(act("act_retract", "patient", "a", "no", "1", NULL), RC_CONFLICT);
	as(ROLE_BILLING, BILLER);
	assert_int_equal(BILL("bill_drop", NULL), RC_OK);
	as(ROLE_PHYSICIAN, 7);
	assert_int_equal(act("act_retract", "patient", "a", "no", "1", NULL), RC_OK);
	as(ROLE_BILLING, BILLER);
	draft("a", "e");
	(void)version("a");
	assert_int_equal(count("lines"), 0);
}

/* ---- drafts ---- */

static void shares_make_the_whole_to_the_cent(void **s)
{
	(void)s;
	people();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	assert_int_equal(act("house_tariff_add", "kind", "rate", "what", "TM", "from", "2026-01-01", "value", "33,33", "source", "essai", "code", "x", NULL), RC_OK);
	draft("a", "e");
	assert_int_equal(BILL("bill_share", "rate", "AUTRE", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_RATE);
	assert_int_equal(BILL("bill_share", "rate", "TM", "covered", "1", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("total", 0, "amo_cents"), "44070");
	assert_string_equal(getz("total", 0, "amc_cents"), "22031");
	assert_int_equal(BILL("bill_share", "own", "600", "complementary", "61,02", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_SHARES);
	assert_int_equal(BILL("bill_share", "own", "600", "complementary", "61,01", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("total", 0, "amo_cents"), "0");
	if (!test_base_is_server()) {
		assert_false(sql("UPDATE bill_line SET amo_cents = amo_cents + 1"));
		assert_false(sql("UPDATE bill_line SET patient_cents = -1, amo_cents = amo_cents + patient_cents + 1"));
	}
}

static void a_stale_draft_and_another_patients_are_refused(void **s)
{
	(void)s;
	char old[24];
	people();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	draft("a", "e");
	snprintf(old, sizeof old, "%s", version("a"));
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(act("bill_check", "patient", "a", "no", no, "version", old, NULL), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
	assert_int_equal(act("bill_check", "patient", "b", "no", no, "version", "2", NULL), RC_NOT_FOUND);
	assert_int_equal(view("bill", "patient", "b", "no", no, NULL), RC_NOT_FOUND);
	assert_int_equal(BILL("bill_post", NULL), RC_CONFLICT); /* nobody checked it */
	snprintf(old, sizeof old, "%s", version("a"));
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	assert_int_equal(act("bill_post", "patient", "a", "no", no, "version", old, NULL), RC_CONFLICT);
	assert_why(WHY_BILL_STATE);
}

static void nothing_empty_nor_of_which_nobody_said_who_pays_is_posted(void **s)
{
	(void)s;
	people();
	draft("a", "e");
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_BLOCKED);
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	draft("a", "e");
	assert_int_equal(BILL("bill_check", NULL), RC_CONFLICT);
	assert_why(WHY_BILL_BLOCKED);
	(void)version("a");
	assert_string_equal(getz("bill", 0, "block"), "shares");
}

/* ---- posting ---- */

static void what_was_posted_is_never_changed(void **s)
{
	(void)s;
	people();
	posted("1");
	assert_int_equal(view("invoice", "patient", "a", "no", invoice_no, NULL), RC_OK);
	assert_string_equal(getz("invoice", 0, "number"), "1");
	assert_int_equal(view("invoice", "patient", "b", "no", invoice_no, NULL), RC_NOT_FOUND);
	if (test_base_is_server())
		return; /* the tables are asked through SQLite's file */
	assert_false(sql("UPDATE invoice SET amount_cents = 1"));
	assert_false(sql("DELETE FROM invoice"));
	assert_false(sql("UPDATE invoice_line SET rule = ''"));
	assert_false(sql("DELETE FROM invoice_line"));
	assert_false(sql("INSERT INTO invoice_line SELECT invoice, 2, n_lines, kind, code, detail, grid, done_on, quantity_milli, price_milli, amount_cents, amo_cents, amc_cents, patient_cents, rule FROM invoice_line"));
	assert_false(sql("INSERT INTO invoice_line SELECT invoice, 2, 2, kind, code, detail, grid, done_on, quantity_milli, price_milli, amount_cents, amo_cents, amc_cents, patient_cents, rule FROM invoice_line"));
	assert_false(sql("UPDATE posting SET amount_cents = 1"));
	assert_false(sql("DELETE FROM posting"));
	assert_false(sql("INSERT INTO posting SELECT invoice, 99, kind, payer, establishment, day, debit, debit, amount_cents, made_by, made_ms FROM posting WHERE seq = 1"));
}

static void a_number_without_the_one_before_it_is_refused_by_the_table(void **s)
{
	(void)s;
	people();
	posted("1");
	if (test_base_is_server())
		return;
	const char *insert = "INSERT INTO invoice(credits, stay, patient, establishment, year, number, before, day, n_lines, amount_cents, posted_by, posted_ms) SELECT no, stay, patient, establishment, year, %s, day, 1, -1, 9, 1 FROM invoice WHERE no = 1";
	static const char *const GAPS[] = { "3, 2", "3, 1", "2, NULL", "1, NULL", "3, NULL" };
	char text[600];
	for (size_t i = 0; i < sizeof GAPS / sizeof *GAPS; i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof text, insert, GAPS[i]);
#pragma GCC diagnostic pop
		if (sql(text))
			fail_msg("number, before: %s", GAPS[i]);
	}
}

/* Numbers begin with one in each establishment and each year, whatever the others have posted, and go on where that one was. */
static void each_establishment_and_each_year_has_numbers_of_its_own(void **s)
{
	(void)s;
	static const struct { const char *unit, *stay; int days; const char *year, *number; } AT[] = {
		{ "u1", "e", 0, "2026", "1" }, { "u2", "g", 0, "2026", "1" }, { "u1", "e", 1, "2026", "2" }, { "u1", "e", 45, "2027", "1" }, { "u2", "g", 45, "2027", "1" }, { "u1", "e", 46, "2027", "2" },
	};
	people();
	encounter("g", "a", "u2", NULL, "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
	actor(ROLE_BILLING, BILLER, NULL, "u2");
	assert_int_equal(act("billing_place_set", "kind", "public", "grid", "16", "code", "x", NULL), RC_OK);
	for (size_t i = 0; i < N_OF(AT); i++) {
		char nth[8];
		snprintf(nth, sizeof nth, "%zu", i + 1);
		house_now(NOON + AT[i].days * DAY);
		actor(ROLE_PHYSICIAN, 7, NULL, AT[i].unit);
		assert_int_equal(act("act_capture", "patient", "a", "stay", AT[i].stay, "act", "AAFA001", "activity", "1", "phase", "0", "day", "2026-11-02", "nth", nth, NULL), RC_OK);
		actor(ROLE_BILLING, BILLER, NULL, AT[i].unit);
		draft("a", AT[i].stay);
		assert_int_equal(BILL("bill_share", NULL), RC_OK);
		assert_int_equal(BILL("bill_check", NULL), RC_OK);
		assert_int_equal(BILL("bill_post", NULL), RC_OK);
		kept(invoice_no, "bill", "invoice");
		assert_int_equal(view("invoice", "patient", "a", "no", invoice_no, NULL), RC_OK);
		assert_string_equal(getz("invoice", 0, "year"), AT[i].year);
		assert_string_equal(getz("invoice", 0, "number"), AT[i].number);
	}
	assert_int_equal(differences(), 0);
}

static void the_tables_hold_the_money_together(void **s)
{
	(void)s;
	static const struct { bool may; const char *text; } AT[] = {
		{ false, "INSERT INTO invoice(bill, stay, patient, establishment, year, number, before, day, n_lines, amount_cents, posted_by, posted_ms) SELECT bill, stay, patient, establishment, year, 2, 1, day, 1, 1, 9, 1 FROM invoice" }, /* a draft posted twice */
		{ false, "INSERT INTO invoice(credits, stay, patient, establishment, year, number, before, day, n_lines, amount_cents, posted_by, posted_ms) SELECT no, stay, patient, establishment, year, 2, 1, day, 1, 1, 9, 1 FROM invoice" }, /* a credit note that asks for money */
		{ false, "INSERT INTO invoice(stay, patient, establishment, year, number, before, day, n_lines, amount_cents, posted_by, posted_ms) SELECT stay, patient, establishment, year, 2, 1, day, 1, 1, 9, 1 FROM invoice" }, /* of no draft */
		{ false, "UPDATE bill_line SET block = 'before'" },
		{ false, "UPDATE bill_line SET amount_cents = NULL, amo_cents = 0, amc_cents = 0, patient_cents = 0" },
		{ false, "UPDATE bill SET block = 'zero'" },
		{ false, "UPDATE bill SET shared = 0" },
		{ true,  "INSERT INTO bill(stay, patient, establishment, state, block, version, shared, made_by, made_ms) SELECT stay, patient, establishment, 'draft', '', 1, 0, 9, 1 FROM bill" },
		{ false, "INSERT INTO bill(stay, patient, establishment, state, block, version, shared, made_by, made_ms) SELECT stay, patient, establishment, 'draft', '', 1, 0, 9, 1 FROM bill WHERE no = 1" }, /* two open drafts of a stay */
		{ false, "UPDATE billing_act SET bill = NULL" },
		{ false, "UPDATE claim SET credited_cents = amount_cents + 1, state = 'refund'" }, /* more than the invoice */
		{ false, "UPDATE claim SET refunded_cents = paid_cents + 1 WHERE payer = 3" },
		{ false, "UPDATE claim SET state = 'settled' WHERE payer = 3" },
		{ false, "UPDATE claim SET state = 'refund' WHERE payer = 3" },
		{ false, "INSERT INTO cash_session(establishment, opened_by, opened_ms, n_counted) SELECT establishment, 9, 1, 0 FROM cash_session" }, /* two open desks */
		{ false, "UPDATE payment SET amount_cents = 1" },
		{ false, "DELETE FROM payment" },
		{ false, "INSERT INTO payment(invoice, payer, seen, session, means, amount_cents, made_by, made_ms) SELECT invoice, payer, seen, session, means, 1, 9, 1 FROM payment" }, /* the same slip */
		{ false, "INSERT INTO payment(invoice, payer, seen, session, means, amount_cents, made_by, made_ms) SELECT invoice, payer, 99, session, means, -1, 9, 1 FROM payment" }, /* money out that nobody signed */
		{ false, "INSERT INTO refund(invoice, payer, establishment, amount_cents, means, asked_by, asked_ms) SELECT invoice, payer, establishment, -1, 1, 9, 1 FROM claim WHERE payer = 3" },
		{ true,  "INSERT INTO refund(invoice, payer, establishment, amount_cents, means, asked_by, asked_ms) SELECT invoice, payer, establishment, 1, 1, 9, 1 FROM claim WHERE payer = 3" },
		{ false, "INSERT INTO refund(invoice, payer, establishment, amount_cents, means, asked_by, asked_ms) SELECT invoice, payer, establishment, 1, 1, 9, 1 FROM claim WHERE payer = 3" }, /* asked twice */
		{ true,  "INSERT INTO payment(invoice, payer, seen, session, means, amount_cents, refund, made_by, made_ms) SELECT invoice, payer, 98, session, means, -1, 1, 9, 1 FROM payment" },
		{ false, "INSERT INTO payment(invoice, payer, seen, session, means, amount_cents, refund, made_by, made_ms) SELECT invoice, payer, 97, session, means, -1, 1, 9, 1 FROM payment WHERE amount_cents > 0" }, /* paid out twice */
		{ false, "INSERT INTO posting SELECT invoice, 98, kind, payer, establishment, day, debit, credit, 0, made_by, made_ms FROM posting WHERE seq = 1" },
		{ true,  "INSERT INTO invoice(credits, stay, patient, establishment, year, number, before, day, n_lines, amount_cents, posted_by, posted_ms) SELECT no, stay, patient, establishment, year, 2, 1, day, 1, -1, 9, 1 FROM invoice" },
		{ false, "INSERT INTO invoice_line SELECT 2, 1, 1, kind, code, detail, grid, done_on, quantity_milli, price_milli, -1, 0, 0, 0, rule FROM invoice_line" }, /* payers that do not make the whole */
		{ false, "DELETE FROM invoice WHERE number = 2" }, /* nothing hangs on it */
	};
	people();
	posted("1");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	if (test_base_is_server())
		return;
	for (size_t i = 0; i < sizeof AT / sizeof *AT; i++)
		if (sql(AT[i].text) != AT[i].may)
			fail_msg("%s: %s", AT[i].may ? "refused" : "done", AT[i].text);
}

/* An act that did all of its work, and fails: as when the disk is full a moment later. */
static enum rc undone_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	enum rc rc = act_run(j, c, txn, p);
	return rc == RC_OK ? problem_set(p, RC_BROKEN, WHY_DISK_FULL, "", "undone") : rc;
}

static void an_undone_posting_gives_its_number_back_and_a_second_press_is_the_first(void **s)
{
	(void)s;
	char of[24];
	people();
	posted("1");
	assert_int_equal(capture("AAFA001", "2026-11-02", "2"), RC_OK);
	draft("a", "e");
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	snprintf(of, sizeof of, "%s", version("a"));
	struct pair at[] = { { STR("patient"), STR("a") }, { STR("no"), str_of(no) }, { STR("version"), str_of(of) } };
	struct args args = { at, 3 };
	struct act_job k = { .job = { .run = undone_run }, .act = act_find(STR("bill_post")), .args = &args };
	fresh_rows();
	assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_BROKEN);
	assert_int_equal(act("bill_post", "patient", "a", "no", no, "version", of, NULL), RC_OK);
	kept(invoice_no, "bill", "invoice");
	assert_int_equal(act("bill_post", "patient", "a", "no", no, "version", of, NULL), RC_OK);
	assert_string_equal(getz("bill", 0, "invoice"), invoice_no);
	assert_int_equal(view("invoice", "patient", "a", "no", invoice_no, NULL), RC_OK);
	assert_string_equal(getz("invoice", 0, "number"), "2");
	assert_int_equal(view("bills", "patient", "a", NULL), RC_OK);
	assert_int_equal(count("invoices"), 2);
	assert_int_equal(differences(), 0);
}

/* ---- 32 at once ---- */

#define CLIENTS 32
#define EACH 4
struct client { pthread_t thread; unsigned n, posted; char no[EACH][24], version[EACH][24]; };
struct client_job { struct db_job job; const struct args *args; struct arena arena; struct rows rows; bool undo; };

static enum rc client_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct client_job *k = (struct client_job *)(void *)j;
	struct actor who = { .account = BILLER, .role = ROLE_BILLING, .unit = STR("u1"), .lang = STR("fr") };
	arena_reset(&k->arena);
	rows_done(&k->rows);
	rows_init(&k->rows, 1u << 20);
	struct act_ctx x = { c, txn, &who, k->args, &k->arena, NOON, NULL, &JUDGE };
	enum rc rc = act_find(STR("bill_post"))->run(&x, &k->rows, p);
	return rc == RC_OK && k->undo ? problem_set(p, RC_BROKEN, WHY_DISK_FULL, "", "undone") : rc;
}

static void *client_go(void *arg)
{
	struct client *me = arg;
	for (unsigned i = 0; i < EACH; i++)
		for (int turn = 0; turn < 2; turn++) { /* the first is undone, for one in two of them */
			struct pair at[] = { { STR("patient"), STR("a") }, { STR("no"), str_of(me->no[i]) }, { STR("version"), str_of(me->version[i]) } };
			struct args args = { at, 3 };
			struct client_job k = { .job = { .run = client_run }, .args = &args, .undo = turn == 0 && (me->n + i) % 2 == 0 };
			struct problem p;
			if (turn == 0 && !k.undo)
				continue;
			arena_init(&k.arena, 8u << 20);
			rows_init(&k.rows, 1024);
			me->posted += db_write_now(H.db, &k.job, &p) == RC_OK;
			rows_done(&k.rows);
			arena_done(&k.arena);
		}
	return NULL;
}

static void thirty_two_clients_leave_no_gap(void **s)
{
	(void)s;
	static struct client clients[CLIENTS];
	people();
	for (unsigned i = 0; i < CLIENTS * EACH; i++) {
		struct client *c = &clients[i / EACH];
		char stay[24];
		c->n = i / EACH;
		c->posted = 0;
		snprintf(stay, sizeof stay, "s%u", i);
		encounter(stay, "a", "u1", NULL, "finished", "2026-11-01T08:00:00+01:00", "2026-11-05T10:00:00+01:00");
		as(ROLE_PHYSICIAN, 7);
		assert_int_equal(act("act_capture", "patient", "a", "stay", stay, "act", "AAFA001", "activity", "1", "phase", "0", "day", "2026-11-02", NULL), RC_OK);
		as(ROLE_BILLING, BILLER);
		draft("a", stay);
		assert_int_equal(BILL("bill_share", NULL), RC_OK);
		assert_int_equal(BILL("bill_check", NULL), RC_OK);
		snprintf(c->no[i % EACH], 24, "%s", no);
		snprintf(c->version[i % EACH], 24, "%s", version("a"));
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&clients[i].thread, NULL, client_go, &clients[i]), 0);
	unsigned all = 0;
	for (unsigned i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		all += clients[i].posted;
	}
	assert_int_equal(all, CLIENTS * EACH);
	if (!test_base_is_server()) {
		assert_int_equal(value("SELECT COUNT(*) FROM invoice"), CLIENTS * EACH);
		assert_int_equal(value("SELECT MAX(number) FROM invoice"), CLIENTS * EACH);
		assert_int_equal(value("SELECT COUNT(DISTINCT number) FROM invoice"), CLIENTS * EACH);
	}
	assert_int_equal(differences(), 0);
}

/* ---- money ---- */

static void a_slip_is_one_payment_and_no_more_than_is_owed_is_taken(void **s)
{
	(void)s;
	people();
	posted("1");
	assert_string_equal(claim("patient", "due_cents"), "10000");
	assert_int_equal(paid("patient", "100,01", "1"), RC_BAD_INPUT);
	assert_why(WHY_BILL_MUCH);
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	char first[24];
	kept(first, "claim", "no");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	assert_string_equal(getz("claim", 0, "no"), first);
	assert_string_equal(claim("patient", "paid_cents"), "4000");
	assert_string_equal(claim("patient", "state"), "part");
	assert_int_equal(count("payments"), 1);
	assert_string_equal(getz("payments", 0, "reference"), "7001234");
	assert_int_equal(paid("patient", "50", "1"), RC_CONFLICT); /* another slip, filled in on what is no longer so */
	assert_int_equal(paid("patient", "60", "2"), RC_OK);
	assert_string_equal(claim("patient", "state"), "settled");
	assert_int_equal(paid("patient", "1", "3"), RC_CONFLICT);
	assert_int_equal(differences(), 0);
}

static void a_rejection_comes_back_to_the_desk_first(void **s)
{
	(void)s;
	people();
	posted("1");
	assert_int_equal(act("claim_send", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "1", NULL), RC_OK);
	assert_int_equal(act("claim_reject", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "2", "reason", "R12", NULL), RC_OK);
	assert_int_equal(view("billing_desk", NULL), RC_OK);
	assert_string_equal(getz("desk", 0, "kind"), "rejected");
	assert_string_equal(getz("desk", 0, "reason"), "R12");
	assert_int_equal(act("claim_send", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "2", NULL), RC_CONFLICT);
	assert_int_equal(act("claim_send", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "3", NULL), RC_OK);
	assert_int_equal(act("claim_remind", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "4", NULL), RC_OK);
	assert_string_equal(claim("compulsory", "state"), "sent");
	assert_string_equal(claim("compulsory", "reminders"), "1");
}

static void a_credit_note_takes_all_back_and_money_is_given_back_by_two(void **s)
{
	(void)s;
	char refund[24], note[24];
	people();
	posted("1");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	assert_int_equal(act("refund_ask", "patient", "a", "no", invoice_no, "payer", "patient", "means", "transfer", NULL), RC_CONFLICT);
	assert_int_equal(act("invoice_credit", "patient", "b", "no", invoice_no, "code", "x", NULL), RC_NOT_FOUND);
	assert_int_equal(act("invoice_credit", "patient", "a", "no", invoice_no, "code", "x", NULL), RC_OK);
	kept(note, "bill", "invoice");
	assert_int_equal(act("invoice_credit", "patient", "a", "no", note, "code", "x", NULL), RC_NOT_FOUND);
	assert_int_equal(act("invoice_credit", "patient", "a", "no", invoice_no, "code", "x", NULL), RC_CONFLICT);
	assert_string_equal(claim("compulsory", "state"), "settled");
	assert_string_equal(claim("patient", "due_cents"), "-4000");
	assert_string_equal(claim("patient", "state"), "refund");
	assert_int_equal(act("refund_ask", "patient", "a", "no", invoice_no, "payer", "patient", "means", "transfer", NULL), RC_OK);
	kept(refund, "claim", "no");
	assert_int_equal(act("refund_ask", "patient", "a", "no", invoice_no, "payer", "patient", "means", "transfer", NULL), RC_CONFLICT);
	assert_int_equal(act("refund_sign", "patient", "a", "refund", refund, "code", "x", NULL), RC_DENIED);
	assert_why(WHY_BILL_TWO);
	if (!test_base_is_server())
		assert_false(sql("UPDATE refund SET signed_by = asked_by, signed_ms = 1"));
	as(ROLE_BILLING, SECOND);
	assert_int_equal(act("refund_sign", "patient", "a", "refund", refund, "code", "x", NULL), RC_OK);
	assert_int_equal(act("refund_sign", "patient", "a", "refund", refund, "code", "x", NULL), RC_NOT_FOUND);
	assert_string_equal(claim("patient", "state"), "settled");
	assert_string_equal(claim("patient", "refunded_cents"), "4000");
	assert_int_equal(differences(), 0);
	draft("a", "e"); /* its act is billed anew */
	(void)version("a");
	assert_int_equal(count("lines"), 1);
}

static void the_desk_is_counted_by_one_and_closed_by_another(void **s)
{
	(void)s;
	char session[24];
	people();
	posted("1");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	assert_int_equal(view("cash", NULL), RC_OK);
	kept(session, "session", "no");
	assert_string_equal(getz("means", row_with("means", "means", "cheque"), "expected_cents"), "4000");
	as(ROLE_BILLING, SECOND);
	assert_int_equal(act("cash_close", "no", session, "code", "x", NULL), RC_CONFLICT); /* nobody counted */
	as(ROLE_BILLING, BILLER);
	assert_int_equal(act("cash_count", "no", session, "cheque", "40", NULL), RC_OK);
	assert_int_equal(act("cash_close", "no", session, "code", "x", NULL), RC_DENIED);
	assert_why(WHY_BILL_TWO);
	if (!test_base_is_server())
		assert_false(sql("UPDATE cash_session SET closed_by = counted_by, closed_ms = 1"));
	assert_int_equal(paid("patient", "10", "2"), RC_OK);
	as(ROLE_BILLING, SECOND);
	assert_int_equal(act("cash_close", "no", session, "code", "x", NULL), RC_CONFLICT); /* money came since */
	assert_why(WHY_BILL_COUNTED);
	as(ROLE_BILLING, BILLER);
	assert_int_equal(act("cash_count", "no", session, "cheque", "50,00", NULL), RC_OK);
	as(ROLE_BILLING, SECOND);
	assert_int_equal(act("cash_close", "no", session, "code", "x", NULL), RC_OK);
	assert_int_equal(paid("patient", "50", "3"), RC_OK);
	assert_int_equal(view("cash", NULL), RC_OK);
	assert_string_not_equal(getz("session", 0, "no"), session);
	assert_int_equal(count("past"), 1);
}

/* ---- the count ---- */

static void the_journal_balances_by_day_and_the_count_finds_what_differs(void **s)
{
	(void)s;
	people();
	posted("1");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	assert_int_equal(view("billing_journal", NULL), RC_OK);
	assert_string_equal(getz("day", 0, "debit_cents"), getz("day", 0, "credit_cents"));
	assert_string_equal(getz("day", 0, "debit_cents"), "70101");
	assert_int_equal(count("postings"), 3);
	assert_int_equal(differences(), 0);
	if (test_base_is_server())
		return;
	assert_true(sql("UPDATE claim SET paid_cents = paid_cents - 1 WHERE payer = 3"));
	assert_int_equal(differences(), 1);
	assert_true(sql("UPDATE claim SET paid_cents = paid_cents + 1 WHERE payer = 3"));
	assert_true(sql("UPDATE journal_day SET debit_cents = debit_cents + 1 WHERE account = 23"));
	assert_int_equal(differences(), 1);
	assert_true(sql("UPDATE journal_day SET debit_cents = debit_cents - 1 WHERE account = 23"));
	assert_true(sql("DROP TRIGGER posting_deleted; DELETE FROM posting WHERE seq = 2"));
	assert_true(differences() > 0);
}

static void the_count_finds_each_figure_that_differs(void **s)
{
	(void)s;
#define LOOSE "PRAGMA foreign_keys=OFF;"
#define SHIFT(n) "UPDATE invoice_line SET patient_cents = patient_cents + " n ", amo_cents = amo_cents - " n
	static const struct { int64_t n; const char *broken, *mended; } AT[] = {
		{ 1, LOOSE "UPDATE invoice SET number = 2, before = 1", LOOSE "UPDATE invoice SET number = 1, before = NULL" },
		{ 1, "UPDATE invoice SET amount_cents = amount_cents + 1", "UPDATE invoice SET amount_cents = amount_cents - 1" },
		{ 2, SHIFT("1"), SHIFT("-1") }, /* another payer's */
		{ 1, LOOSE "INSERT INTO invoice_line SELECT 99, place, n_lines, kind, code, detail, grid, done_on, quantity_milli, price_milli, amount_cents, amo_cents, amc_cents, patient_cents, rule FROM invoice_line", LOOSE "DELETE FROM invoice_line WHERE invoice = 99" },
		{ 1, "UPDATE claim SET credited_cents = 1 WHERE payer = 1", "UPDATE claim SET credited_cents = 0 WHERE payer = 1" },
		{ 1, "UPDATE claim SET refunded_cents = 1 WHERE payer = 3", "UPDATE claim SET refunded_cents = 0 WHERE payer = 3" },
		{ 1, LOOSE "CREATE TABLE away AS SELECT * FROM claim WHERE payer = 1; DELETE FROM claim WHERE payer = 1", "INSERT INTO claim SELECT * FROM away; DROP TABLE away" },
		{ 1, "UPDATE journal_day SET credit_cents = credit_cents + 1 WHERE account = 10", "UPDATE journal_day SET credit_cents = credit_cents - 1 WHERE account = 10" },
		{ 1, "INSERT INTO journal_day VALUES ('x', '2026-01-01', 1, 0, 0)", "DELETE FROM journal_day WHERE establishment = 'x'" },
		{ 1, "CREATE TABLE away AS SELECT * FROM journal_day WHERE account = 23; DELETE FROM journal_day WHERE account = 23", "INSERT INTO journal_day SELECT * FROM away; DROP TABLE away" },
	};
#undef LOOSE
#undef SHIFT
	people();
	posted("1");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	if (test_base_is_server())
		return;
	assert_true(sql("DROP TRIGGER invoice_changed; DROP TRIGGER invoice_line_changed; DROP TRIGGER invoice_line_deleted"));
	for (size_t i = 0; i < sizeof AT / sizeof *AT; i++) {
		assert_true(sql(AT[i].broken));
		int64_t n = differences();
		if (n != AT[i].n)
			fail_msg("%lld differences: %s", (long long)n, AT[i].broken);
		assert_true(sql(AT[i].mended));
	}
	assert_int_equal(differences(), 0);
}

static void a_year_of_postings_is_counted_anew_in_a_minute(void **s)
{
	(void)s;
	const char *many = getenv("HYGIE_BILLING_YEAR");
	if (test_base_is_server())
		return; /* rows are put in through SQLite's file */
	many = many ? many : "5000"; /* HYGIE_BILLING_YEAR: so many invoices, for measuring */
	char text[3000];
	people();
	snprintf(text, sizeof text,
		"BEGIN; CREATE TABLE year(i INTEGER PRIMARY KEY);"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %s) INSERT INTO year SELECT i FROM n;"
		"PRAGMA defer_foreign_keys=ON;"
		"INSERT INTO billing_stay SELECT 'y' || i, 1, 'h' || (i %% 17), '', 1, 'to_code', 1, '', '', '', '', '', '', '', 0, 0, '' FROM year;"
		"INSERT INTO bill SELECT i, 'y' || i, 1, 'h' || (i %% 17), 'posted', '', 1, 1, 9, 1 FROM year;"
		"INSERT INTO invoice SELECT i, i, NULL, 'y' || i, 1, 'h' || (i %% 17), 2026, (i + 16) / 17, CASE WHEN i > 17 THEN (i + 16) / 17 - 1 END, date('2026-01-01', '+' || (i %% 365) || ' days'), 2, 10000, 9, 1 FROM year;"
		"INSERT INTO invoice_line SELECT i, p, 2, 'ccam', 'AAFA001', '1/0', 16, '2026-01-01', 1000, 50000, 5000, 4000, 0, 1000, '' FROM year, (SELECT 1 AS p UNION ALL SELECT 2) ORDER BY i, p;"
		"INSERT INTO claim SELECT i, p, 'h' || (i %% 17), 1, CASE p WHEN 1 THEN 8000 ELSE 2000 END, CASE p WHEN 1 THEN 8000 ELSE 0 END, 0, 0, CASE p WHEN 1 THEN 'settled' ELSE 'open' END, '', 1, '2026-01-01', 0 FROM year, (SELECT 1 AS p UNION ALL SELECT 3) ORDER BY i, p;"
		"INSERT INTO posting SELECT i, q, CASE q WHEN 3 THEN 2 ELSE 1 END, CASE q WHEN 2 THEN 3 ELSE 1 END, 'h' || (i %% 17), date('2026-01-01', '+' || (i %% 365) || ' days'), CASE q WHEN 1 THEN 1 WHEN 2 THEN 3 ELSE 24 END, CASE q WHEN 3 THEN 1 ELSE 10 END, CASE q WHEN 2 THEN 2000 ELSE 8000 END, 9, 1 FROM year, (SELECT 1 AS q UNION ALL SELECT 2 UNION ALL SELECT 3) ORDER BY i, q;"
		"INSERT INTO journal_day SELECT establishment, day, account, SUM(d), SUM(c) FROM (SELECT establishment, day, debit AS account, amount_cents AS d, 0 AS c FROM posting UNION ALL SELECT establishment, day, credit, 0, amount_cents FROM posting) GROUP BY 1, 2, 3;"
		"COMMIT;", many);
	assert_true(sql(text));
	assert_int_equal(differences(), 0);
	print_message("# %s invoices, %s postings counted anew in %s ms\n", many, getz("recounted", 0, "postings"), getz("recounted", 0, "took_ms"));
	assert_true(row_i64(nth("recounted", 0), "took_ms") <= 60000);
}

/* ---- coding ---- */

static enum rc coded(const char *dp, const char *das, const char *ghm, const char *ghs, const char *done)
{
	assert_int_equal(view("coding", "patient", "a", "stay", "e", NULL), RC_OK);
	char at[24];
	kept(at, "coding", "version");
	return act("coding_save", "patient", "a", "stay", "e", "version", at, "dp", dp, "das", das, "ghm", ghm, "ghs", ghs, "entry", "8", "exit", "8", "done", done, NULL);
}

static void codes_are_held_against_the_cim_10_and_a_group_is_typed_by_hand(void **s)
{
	(void)s;
	people();
	assert_false(grouper_by_hand.official);
	assert_int_equal(coded("A00", "", "", "", ""), RC_BAD_INPUT); /* a category */
	assert_why(WHY_BILL_OTHER);
	assert_int_equal(coded("XXXX", "", "", "", ""), RC_BAD_INPUT);
	assert_why(WHY_BILL_DIAGNOSIS);
	assert_int_equal(coded("", "", "", "", "1"), RC_BAD_INPUT);
	assert_why(WHY_FIELD_REQUIRED);
	assert_int_equal(coded("A000", "A001 A001, A009", "99Z999", "", ""), RC_BAD_INPUT);
	assert_why(WHY_BILL_CODE);
	assert_int_equal(coded("A000", "A001 A001, A009", "01C031", "9999", ""), RC_BAD_INPUT);
	draft("a", "e");
	assert_int_equal(BILL("bill_line_add", "kind", "ghs", NULL), RC_BAD_INPUT); /* no group yet */
	assert_int_equal(coded("A000", "A001 A001, A009", "01C031", "0022", ""), RC_OK);
	assert_int_equal(view("coding", "patient", "a", "stay", "e", NULL), RC_OK);
	assert_string_equal(getz("coding", 0, "das"), "A001 A009");
	assert_int_equal(BILL("bill_line_add", "kind", "ghs", NULL), RC_OK);
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("lines", 0, "amount_cents"), "420210");
	assert_string_equal(getz("lines", 0, "rule"), "GHS public 2025-03-01");
	assert_string_equal(getz("bill", 0, "block"), "coding");
	assert_int_equal(coded("A000", "", "01C031", "0022", "1"), RC_OK);
	(void)version("a");
	assert_false(has("bill", 0, "block"));
	assert_int_equal(act("coding_save", "patient", "a", "stay", "e", "version", "1", "dp", "A000", NULL), RC_CONFLICT);
}

static void the_task_of_a_stay_joins_the_coders_of_its_unit_only(void **s)
{
	(void)s;
	people();
	house_now(NOON + 30 * DAY);
	as(ROLE_BILLING, BILLER);
	struct fact f;
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_false(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	assert_int_equal(f.kind, FACT_ASKED);
	actor(ROLE_BILLING, BILLER, NULL, "u2");
	assert_false(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
	as(ROLE_BILLING, BILLER);
	assert_int_equal(view("coding_list", NULL), RC_OK);
	assert_int_equal(count("to_code"), 1);
	assert_string_equal(getz("to_code", 0, "stay"), "e");
	assert_true(has("to_code", 0, "name"));
	assert_int_equal(count("filings"), 3); /* none of these is written from memory */
	assert_string_equal(getz("filings", row_with("filings", "name", "rss"), "lacks"), "grouping");
	draft("a", "e"); /* once all of it is coded, billed and paid, the record closes again */
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
	assert_int_equal(BILL("bill_post", NULL), RC_OK);
	kept(invoice_no, "bill", "invoice");
	assert_int_equal(paid("compulsory", "661,01", "1"), RC_OK);
	house_now(NOON + 40 * DAY);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f)); /* still to code */
	db_end(H.c);
	assert_int_equal(act("coding_save", "patient", "a", "stay", "e", "version", "1", "dp", "A000", "done", "1", NULL), RC_OK);
	house_now(NOON + 43 * DAY);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_false(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
	assert_int_equal(capture("AAFA001", "2026-11-03", "1"), RC_OK);
	assert_int_equal(db_begin(H.c, &H.p), RC_OK);
	assert_true(relation_find(H.c, &H.who, record_patient_rid(H.c, STR("a")), H.now_ms, &f));
	db_end(H.c);
}

static void acts_that_were_not_priced_are_priced_once_the_establishment_is_known(void **s)
{
	(void)s;
	people();
	if (!test_base_is_server())
		assert_true(sql("DELETE FROM billing_place"));
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	draft("a", "e");
	(void)version("a");
	if (!test_base_is_server())
		assert_string_equal(getz("lines", 0, "block"), "no_kind");
	place("private");
	draft("a", "e");
	(void)version("a");
	assert_int_equal(count("lines"), 1);
	assert_string_equal(getz("lines", 0, "amount_cents"), "66101");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(an_act_before_its_tariff_takes_effect_is_not_priced_and_says_so),
		HOUSE_TEST(without_its_tables_or_what_the_hospital_says_nothing_is_priced),
		cmocka_unit_test(an_amount_is_whole_cents_rounded_once),
		cmocka_unit_test(no_file_of_billing_knows_a_floating_number),
		HOUSE_TEST(an_act_is_captured_once_and_only_when_the_tables_let_it),
		HOUSE_TEST(what_was_captured_is_taken_by_one_draft_and_freed_with_it),
		HOUSE_TEST(shares_make_the_whole_to_the_cent),
		HOUSE_TEST(a_stale_draft_and_another_patients_are_refused),
		HOUSE_TEST(nothing_empty_nor_of_which_nobody_said_who_pays_is_posted),
		HOUSE_TEST(what_was_posted_is_never_changed),
		HOUSE_TEST(the_tables_hold_the_money_together),
		HOUSE_TEST(a_number_without_the_one_before_it_is_refused_by_the_table),
		HOUSE_TEST(each_establishment_and_each_year_has_numbers_of_its_own),
		HOUSE_TEST(an_undone_posting_gives_its_number_back_and_a_second_press_is_the_first),
		HOUSE_TEST(thirty_two_clients_leave_no_gap),
		HOUSE_TEST(a_slip_is_one_payment_and_no_more_than_is_owed_is_taken),
		HOUSE_TEST(a_rejection_comes_back_to_the_desk_first),
		HOUSE_TEST(a_credit_note_takes_all_back_and_money_is_given_back_by_two),
		HOUSE_TEST(the_desk_is_counted_by_one_and_closed_by_another),
		HOUSE_TEST(the_journal_balances_by_day_and_the_count_finds_what_differs),
		HOUSE_TEST(the_count_finds_each_figure_that_differs),
		HOUSE_TEST(a_year_of_postings_is_counted_anew_in_a_minute),
		HOUSE_TEST(codes_are_held_against_the_cim_10_and_a_group_is_typed_by_hand),
		HOUSE_TEST(acts_that_were_not_priced_are_priced_once_the_establishment_is_known),
		HOUSE_TEST(the_task_of_a_stay_joins_the_coders_of_its_unit_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
