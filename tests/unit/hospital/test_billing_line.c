/* SPDX-License-Identifier: Apache-2.0 */
/* tests of lines that no act brings (hospital/bill.c) and of the desk (hospital/billing_desk.c): what the hospital's tables price and what says why it has no price, and what stands still first, with its reason. */
#include "bill_house.h"

static void add(const char *kind, const char *what, const char *day, const char *quantity, const char *block, const char *cents)
{
	assert_int_equal(BILL("bill_line_add", "kind", kind, "what", what, "day", day, "quantity", quantity, NULL), RC_OK);
	(void)version("a");
	unsigned last = (unsigned)count("lines") - 1;
	assert_string_equal(getz("lines", last, "code"), what);
	assert_string_equal(has("lines", last, "block") ? getz("lines", last, "block") : "", block);
	assert_string_equal(has("lines", last, "amount_cents") ? getz("lines", last, "amount_cents") : "", cents);
	assert_int_equal(has("bill", 0, "block"), true); /* nobody has said who pays: none of it is posted yet */
}

static void typed(const char *kind, const char *what, const char *from, const char *price)
{
	assert_int_equal(act("house_tariff_add", "kind", kind, "what", what, "from", from, "value", price, "source", "essai, page 1", "code", "x", NULL), RC_OK);
}

static void what_comes_beside_acts_is_priced_by_a_dated_table_or_says_why_not(void **s)
{
	(void)s;
	people();
	draft("a", "e");
	add("room", "CP", "2026-11-02", "1", "no_table", ""); /* shipped empty */
	add("day", "FJ", "2026-11-02", "4", "no_table", "");
	add("sup", "REA", "2026-11-02", "1", "no_day", "");   /* the table says its year, not from which day it holds */
	add("ucd", "3400892388618", "2026-11-02", "1", "no_tax", "");
	typed("room", "CP", "2026-11-02", "60");
	typed("day", "FJ", "2026-11-02", "20,005");
	typed("effect", "supplements", "2026-03-01", "");
	add("room", "CP", "2026-11-01", "1", "no_table", ""); /* the day before */
	add("room", "CP", "2026-11-02", "2", "", "12000");
	assert_non_null(strstr(getz("lines", (unsigned)count("lines") - 1, "rule"), "Table de l'h\xc3\xb4pital n\xc2\xb0")); /* the rule is cited */
	add("day", "FJ", "2026-11-03", "3", "", "6002"); /* 60,015: rounded once */
	add("sup", "REA", "2026-11-03", "2", "", "199364"); /* 996,82 in the published table */
	assert_int_equal(BILL("bill_line_add", "kind", "sup", "what", "ZZZ", "day", "2026-11-02", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_CODE);
	assert_int_equal(BILL("bill_line_add", "kind", "room", "what", "CP", "day", "2026-11-19", NULL), RC_BAD_INPUT);
	assert_why(WHY_BILL_FUTURE);
	assert_int_equal(BILL("bill_line_add", "kind", "room", "what", "CP", "day", "2026-11-02", "quantity", "-1", NULL), RC_BAD_INPUT);
	assert_why(WHY_FIELD_NUMBER);
	for (const char *const *place_of = (const char *const[]){ "1", "2", "3", "4", "5", NULL }; *place_of; place_of++) /* what has no price stands against posting until it is taken out or typed */
		assert_int_equal(BILL("bill_line_drop", "place", *place_of, NULL), RC_OK);
	assert_int_equal(BILL("bill_share", NULL), RC_OK);
	assert_int_equal(BILL("bill_check", NULL), RC_OK);
}

/* A rate of the hospital is by line and day; one of nothing is how who pays nothing is said. */
static void a_rate_of_nothing_leaves_the_patient_nothing(void **s)
{
	(void)s;
	people();
	assert_int_equal(capture("AAFA001", "2026-11-02", "1"), RC_OK);
	typed("rate", "EXO", "2026-01-01", "0");
	draft("a", "e");
	assert_int_equal(BILL("bill_share", "rate", "EXO", NULL), RC_OK);
	(void)version("a");
	assert_string_equal(getz("total", 0, "patient_cents"), "0");
	assert_string_equal(getz("total", 0, "amo_cents"), "66101");
}

static unsigned at_desk(const char *kind, const char *reason)
{
	unsigned i = row_with("desk", "kind", kind);
	if (reason)
		assert_string_equal(getz("desk", i, "reason"), reason);
	return i;
}

static void the_desk_begins_with_what_stands_still_and_says_why(void **s)
{
	(void)s;
	people();
	posted("1");
	assert_int_equal(act("claim_send", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "1", NULL), RC_OK);
	assert_int_equal(act("claim_reject", "patient", "a", "no", invoice_no, "payer", "compulsory", "seen", "2", "reason", "R12", NULL), RC_OK);
	posted("2");
	assert_int_equal(paid("patient", "40", "1"), RC_OK);
	assert_int_equal(act("invoice_credit", "patient", "a", "no", invoice_no, "code", "x", NULL), RC_OK);
	assert_int_equal(view("billing_desk", NULL), RC_OK);
	(void)at_desk("refund", NULL);
	assert_int_equal(act("refund_ask", "patient", "a", "no", invoice_no, "payer", "patient", "means", "transfer", NULL), RC_OK);
	assert_int_equal(capture("AAFA001", "2024-12-31", "1"), RC_OK);
	draft("a", "e");
	as(ROLE_PHYSICIAN, 7);
	assert_int_equal(act("act_capture", "patient", "b", "stay", "f", "act", "AAFA001", "activity", "1", "phase", "0", "day", "2026-11-02", NULL), RC_OK);
	as(ROLE_BILLING, BILLER);
	assert_int_equal(view("billing_desk", NULL), RC_OK);
	unsigned rejected = at_desk("rejected", "R12"), second = at_desk("sign", NULL), blocked = at_desk("blocked", "before"), waits = at_desk("act", NULL);
	assert_true(rejected < second && second < blocked && blocked < waits);
	assert_int_equal(rejected, 0);
	assert_true(waits < at_desk("to_send", NULL)); /* what nothing stands against comes last: the patient's part of the first invoice */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOUSE_TEST(what_comes_beside_acts_is_priced_by_a_dated_table_or_says_why_not),
		HOUSE_TEST(a_rate_of_nothing_leaves_the_patient_nothing),
		HOUSE_TEST(the_desk_begins_with_what_stands_still_and_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
