/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests of hospital/stock_round*.c: what lines need is counted from their posology to the unit, lots are proposed by their date, what is lacking is said, all that is ticked is dispensed
 * once and whole, and nobody is on a sheet whom no fact joins to the pharmacist. The last one prints how long a unit of thirty beds takes; only its waits for a server fail it.
 */
#include "line_house.h"

#define GENERIC "60002283" /* paracétamol, of another generic group than DOLIPRANE or of none: its own lots only */

/* One in the morning, two in the evening. */
static struct posology tablets(void)
{
	struct posology q = { .unit = "{comprime}", .route = STR("orale"), .start_ms = NOON - 2 * DAY, .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_MOMENTS, .n_takes = 2, .every_days = 1, .take = { { MOMENT_MORN, 0, dec(1, 0) }, { MOMENT_EVE, 0, dec(2, 0) } } };
	return q;
}

static struct posology on_demand(const char *unit, int64_t dose, int64_t most)
{
	struct posology q = { .unit = unit, .start_ms = NOON - DAY, .n_steps = 1 };
	q.step[0] = (struct posology_step){ .kind = POSOLOGY_AS_NEEDED, .dose = dec(dose, 0), .gap_min = 360, .day_most = dec(most, 0) };
	return q;
}

static void validated(const char *who, const char *line, const char *opinion)
{
	done(act("order_opinion", "patient", who, "id", line, "version", "1", "opinion", opinion, "text", "essai", NULL));
}

static void sheet(void) { done(view("stock_round", "unit", "u1", "store", PUI, NULL)); }

static const char *of_line(const char *line, const char *name) { return getz("lines", row_with("lines", "line", line), name); }

static const char *tick(const char *line)
{
	static char at[4][420];
	static unsigned turn;
	char *one = at[turn++ % 4];
	sheet();
	snprintf(one, sizeof at[0], "%s", of_line(line, "tick"));
	assert_true(one[0] != '\0');
	return one;
}

static enum rc dispense(const char *k, const char *one, const char *two)
{
	return act("stock_round_dispense", "key", k, "unit", "u1", "store", PUI, "ticks", one, "ticks", two ? two : "", NULL);
}

/* ---- what is needed ---- */

static void the_need_is_what_is_planned_in_the_span_in_whole_units(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	order("a", "m", tablets(), DOLIPRANE);
	order("a", "half", every("{comprime}", dec(5, -1), 480), GENERIC);
	order("a", "mg", every("mg", dec(500, 0), 480), DOLIPRANE);
	order("a", "puffs", every("{bouffee}", dec(2, 0), 480), DOLIPRANE);
	order("a", "need", on_demand("{comprime}", 1, 4), DOLIPRANE);
	order("a", "free", on_demand("mg", 1000, 3000), DOLIPRANE);
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"words\",\"status\":\"active\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/a\"},\"dosageInstruction\":[{\"text\":\"3 fois par jour\"}]}");
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"home\",\"status\":\"active\",\"intent\":\"order\",\"category\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/medicationrequest-category\",\"code\":\"discharge\"}]}],"
		"\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/a\"},\"dosageInstruction\":[{\"text\":\"3 fois par jour\"}]}");
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "100", NULL);
	sheet();
	assert_string_equal(of_line("m", "need"), "3000"); /* this evening and tomorrow's morning */
	assert_string_equal(of_line("m", "doses"), "2");
	assert_string_equal(of_line("half", "need"), "2000"); /* three halves are two tablets */
	assert_string_equal(of_line("mg", "kind"), "amount");
	assert_string_equal(of_line("mg", "due"), "1500 mg");
	assert_string_equal(of_line("mg", "tick"), ""); /* how many tablets that is, nobody says */
	assert_string_equal(of_line("puffs", "kind"), "amount"); /* a part of a pack: six of them are no six inhalers */
	assert_string_equal(of_line("puffs", "tick"), "");
	assert_string_equal(of_line("need", "kind"), "needed");
	assert_string_equal(of_line("need", "need"), "4000");
	assert_string_equal(of_line("free", "tick"), "");
	assert_string_equal(of_line("words", "kind"), "unplanned");
	assert_false(any_row("lines", "line", "home"));
	for (unsigned i = 0; i < count("lines"); i++)
		assert_false(has("lines", i, "ticked")); /* no pharmacist has seen them */
	validated("a", "m", "accept");
	validated("a", "need", "accept");
	sheet();
	assert_string_equal(of_line("m", "ticked"), "1");
	assert_string_equal(of_line("need", "ticked"), ""); /* on demand: shown, not counted */
	done(view("stock_round", "unit", "u1", "store", PUI, "day", "2026-11-20", "time", "10:00", NULL));
	assert_string_equal(of_line("m", "need"), "6000");
	assert_string_equal(of_line("need", "need"), "8000");
	done(view("stock_round", "unit", "u1", "store", PUI, "day", "2026-11-22", NULL));
	assert_string_equal(getz("sheet", 0, "why"), "FIELD_REQUIRED");
	done(view("stock_round", "unit", "u1", "store", PUI, "day", "2026-11-21", "time", "10:01", NULL));
	assert_string_equal(getz("sheet", 0, "why"), "ROUND_SPAN");
	assert_int_equal(count("lines"), 0);
	house_now(NOON + 1000);
	validated("a", "m", "refuse");
	sheet();
	assert_false(any_row("lines", "line", "m")); /* nothing is due of it any more */
}

/* Alike for the sheet, for a dose that is given, for the chart: what is not said in the unit of the product is not counted, and says so. */
static void a_dose_is_counted_where_its_unit_is_that_of_the_product(void **s)
{
	(void)s;
	static const struct { const char *counted, *unit; bool counts; } CASE[] = {
		{ "tablet",  "{comprime}", true  }, { "tablet",  "{gelule}",  false }, { "capsule", "{gelule}", true  }, { "unit",  "{comprime}", true }, { "unit", "{dose}",    false }, { "dose",  "{dose}",    true },
		{ "dose",    "{bouffee}",  false }, { "unit",    "{bouffee}", false }, { "vial",    "{flacon}", true  }, { "vial",  "{bouffee}",  false }, { "vial", "{cuillere}", false }, { "vial", "{application}", false },
		{ "unit",    "{pulverisation}", false }, { "ml", "mL",        true  }, { "vial",    "mL",       false }, { "ml",    "{cuillere}", false }, { "unit", "mg", true /* 1 mg a tablet, by its composition */ }, { "ampoule", "mg", false },
	};
	char planned[24], line[20], once[20];
	snprintf(planned, sizeof planned, "%lld", (long long)NOON);
	someone("a", "Durand", "b2");
	for (size_t i = 0; i < N_OF(CASE); i++) {
		snprintf(line, sizeof line, "l%zu", i);
		snprintf(once, sizeof once, "o%zu", i);
		int64_t before = test_base_number(H.path, "SELECT count(*) FROM stock_movement");
		done(act("stock_product_set", "cis", GENERIC, "counted", CASE[i].counted, NULL)); /* nothing of it is held: it may be counted otherwise */
		order("a", line, every(CASE[i].unit, dec(1, 0), 480), GENERIC);
		sheet();
		assert_string_equal(of_line(line, "kind"), CASE[i].counts ? "counted" : "amount");
		assert_string_equal(of_line(line, "need"), CASE[i].counts ? "3000" : "0");
		done(view("dose", "patient", "a", "line", line, "step", "0", "planned", planned, "nth", "0", NULL));
		assert_int_equal(has("lines", 0, "undrawn"), !CASE[i].counts);
		done(act("dose_give", "patient", "a", "once", once, "line", line, "step", "0", "planned", planned, "nth", "0", "time", "", "reason", "no_code", NULL));
		assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_movement") - before, CASE[i].counts); /* what was given of what no store has is on the discrepancy account */
	}
	books_are_right();
}

static void a_dose_that_is_recorded_is_not_dispensed_for(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	order("a", "m", every("{comprime}", dec(1, 0), 240), DOLIPRANE); /* at ten, at two … */
	house_now(NOON - 30 * 60000);
	sheet();
	assert_string_equal(of_line("m", "need"), "6000");
	char planned[24];
	snprintf(planned, sizeof planned, "%lld", (long long)NOON);
	done(act("dose_give", "patient", "a", "once", "form1", "line", "m", "step", "0", "planned", planned, "nth", "0", "time", "", "reason", "no_code", NULL));
	sheet();
	assert_string_equal(of_line("m", "need"), "5000");
}

/* ---- which lots ---- */

static void lots_are_proposed_by_their_date_and_no_two_lines_take_the_same(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	someone("b", "Martin", "b12");
	order("a", "m", tablets(), DOLIPRANE);
	order("b", "n", tablets(), DOLIPRANE);
	receive(PUI, DOLIPRANE, "LATE", "2029-01-31", "2", NULL);
	receive(PUI, DOLIPRANE, "SOON", "2027-01-31", "2", NULL);
	receive(PUI, DOLIPRANE, "BAD", "2026-12-31", "50", NULL);
	done(act("stock_lot_state", "lot", lot_no(PUI, "BAD"), "state", "quarantine", "reason", "quality", NULL));
	sheet();
	assert_int_equal(count("people"), 2);
	assert_string_equal(getz("people", 0, "bed"), "Lit 2-P");
	assert_string_equal(of_line("m", "found"), "3000");
	assert_string_equal(of_line("n", "found"), "1000"); /* two are lacking */
	assert_string_equal(of_line("n", "need"), "3000");
	assert_int_equal(count("picks"), 3);
	assert_string_equal(getz("picks", 0, "number"), "SOON");
	assert_string_equal(getz("picks", 0, "milli"), "2000");
	assert_string_equal(getz("picks", 1, "number"), "LATE");
	assert_string_equal(getz("picks", 2, "line"), "n");
	validated("b", "n", "accept"); /* what is proposed goes before what waits for a pharmacist's word */
	sheet();
	assert_string_equal(of_line("n", "found"), "3000");
	assert_string_equal(of_line("m", "found"), "1000");
}

static void a_narcotic_is_apart_and_goes_into_the_register(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	order("a", "m", every("{ampoule}", dec(1, 0), 480), MORPHINE);
	receive(PUI, MORPHINE, "M1", "2028-01-31", "10", NULL);
	validated("a", "m", "accept");
	sheet();
	assert_string_equal(of_line("m", "narcotic"), "1");
	assert_string_equal(of_line("m", "ticked"), ""); /* never by itself */
	done(dispense(key(), tick("m"), NULL));
	assert_int_equal(held(PUI, "M1"), 7000);
	assert_int_equal(test_base_number(H.path, "SELECT delta FROM stock_register WHERE second_by IS NULL ORDER BY no DESC LIMIT 1"), -3000);
	books_are_right();
}

/* ---- a narcotic at the dose ---- */

static void nurse(uint32_t no) { actor(ROLE_NURSE, no, NULL, "u1"); }

static const char *at_ms(int64_t ms)
{
	static char out[4][24];
	static unsigned turn;
	char *z = out[turn++ % 4];
	snprintf(z, sizeof out[0], "%lld", (long long)ms);
	return z;
}

static enum rc dose(const char *line, int64_t planned, const char *once, const char *alone)
{
	return act("dose_give", "patient", "a", "once", once, "line", line, "step", "0", "planned", at_ms(planned), "nth", "0", "time", "", "reason", "no_code", alone ? "alone" : NULL, alone, NULL);
}

static int64_t signed_lines(const char *more)
{
	char sql[200];
	snprintf(sql, sizeof sql, "SELECT count(*) FROM stock_register WHERE delta < 0 AND %s", more);
	return test_base_number(H.path, sql);
}

static const char *plan_of_line(const char *line, const char *name)
{
	done(view("plan_of_care", "patient", "a", NULL));
	return getz("lines", row_with("lines", "line", line), name);
}

static void a_narcotic_asks_for_a_second_person_who_is_in_the_register_too(void **s)
{
	(void)s;
	char no[20], ticks[60];
	someone("a", "Durand", "b2");
	order("a", "m", every("{ampoule}", dec(1, 0), 240), MORPHINE);
	receive(WARD, MORPHINE, "M1", "2028-01-31", "1", NULL);
	receive(WARD, MORPHINE, "M2", "2029-01-31", "5", NULL);
	nurse(1);
	assert_string_equal(plan_of_line("m", "narcotic"), "1");
	snprintf(ticks, sizeof ticks, "m/0/%lld/0", (long long)NOON);
	assert_int_equal(act("doses_give", "patient", "a", "once", "r1", "ticks", ticks, "reason", "no_code", NULL), RC_BAD_INPUT); /* by itself, not in a round */
	assert_why(WHY_DOSE_NEEDS_TWO);
	done(act("dose_give", "patient", "a", "once", "f1", "line", "m", "step", "0", "planned", at_ms(NOON), "nth", "0", "time", "", "dose", "2", "reason", "no_code", NULL));
	assert_string_equal(getz("dose", 0, "state"), "check");
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(signed_lines("1 = 1"), 0); /* nothing has left the shelf */
	assert_int_equal(act("dose_check", "patient", "a", "no", no, NULL), RC_DENIED);
	assert_why(WHY_DOSE_OWN_CHECK);
	nurse(2);
	for (int i = 0; i < 2; i++)
		done(act("dose_check", "patient", "a", "no", no, NULL));
	assert_true(has("dose", 0, "again"));
	assert_int_equal(signed_lines("made_by = 2 AND second_by = 1"), 2); /* of each lot */
	assert_int_equal(signed_lines("second_by IS NULL"), 0);
	assert_string_equal(plan_of_line("m", "owed"), "");
	books_are_right();
}

static void a_narcotic_is_given_alone_for_a_reason_and_its_signature_stays_owed(void **s)
{
	(void)s;
	char no[20];
	someone("a", "Durand", "b2");
	order("a", "m", every("{ampoule}", dec(1, 0), 240), MORPHINE);
	order("a", "p", every("{comprime}", dec(1, 0), 240), DOLIPRANE);
	receive(WARD, MORPHINE, "M1", "2028-01-31", "5", NULL);
	receive(WARD, DOLIPRANE, "D1", "2028-01-31", "5", NULL);
	nurse(1);
	for (int i = 0; i < 2; i++) {
		done(dose("m", NOON, "f1", "urgent"));
		assert_string_equal(getz("dose", 0, "state"), "given");
	}
	assert_true(has("dose", 0, "again"));
	assert_int_equal(held(WARD, "M1"), 4000);
	assert_int_equal(signed_lines("made_by = 1 AND second_by IS NULL"), 1);
	assert_string_equal(plan_of_line("m", "owed"), "1");
	assert_string_equal(getz("cells", row_with("cells", "no", "1"), "alone"), "urgent");
	/* prepared, and then nobody came */
	house_now(NOON + 4 * HOUR);
	done(dose("m", NOON + 4 * HOUR, "f2", NULL));
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	nurse(2);
	done(act("dose_check", "patient", "a", "no", no, "alone", "nobody", NULL)); /* who was there is there */
	assert_int_equal(signed_lines("made_by = 2 AND second_by = 1"), 1);
	nurse(1);
	house_now(NOON + 8 * HOUR);
	done(dose("m", NOON + 8 * HOUR, "f3", NULL));
	snprintf(no, sizeof no, "%s", getz("dose", 0, "no"));
	assert_int_equal(act("dose_check", "patient", "a", "no", no, NULL), RC_DENIED);
	for (int i = 0; i < 2; i++)
		done(act("dose_check", "patient", "a", "no", no, "alone", "nobody", NULL));
	assert_true(has("dose", 0, "again"));
	assert_int_equal(held(WARD, "M1"), 2000);
	assert_string_equal(plan_of_line("m", "owed"), "2");
	/* of another medicine nobody asks, and nothing is kept of it */
	done(dose("p", NOON + 8 * HOUR, "f4", "urgent"));
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM dose WHERE alone <> ''"), 2);
	/* what the pharmacist listed is not given alone, narcotic or not */
	pharmacist(7);
	done(act("double_check_add", "system", "cis", "code", MORPHINE, NULL));
	nurse(1);
	house_now(NOON + 12 * HOUR);
	assert_int_equal(dose("m", NOON + 12 * HOUR, "f5", "urgent"), RC_BAD_INPUT);
	assert_string_equal(H.p.where, "alone");
	done(dose("m", NOON + 12 * HOUR, "f6", NULL));
	assert_int_equal(act("dose_check", "patient", "a", "no", getz("dose", 0, "no"), "alone", "urgent", NULL), RC_DENIED);
	/* the signature that was owed is given in the register, as ever */
	pharmacist(9);
	done(act("stock_register_sign", "store", WARD, "cis", MORPHINE, "upto", "99999", NULL));
	nurse(1);
	assert_string_equal(plan_of_line("m", "owed"), "");
	books_are_right();
}

static void what_could_stand_in_is_shown_and_taken_when_it_is_ticked(void **s)
{
	(void)s;
	static const char WANTED[] = "67763864", OTHER[] = "66387722"; /* of one group in generiques.tsv */
	someone("a", "Durand", "b2");
	order("a", "m", tablets(), WANTED);
	validated("a", "m", "accept");
	receive(PUI, WANTED, "A1", "2028-01-31", "1", NULL);
	receive(PUI, OTHER, "G1", "2028-01-31", "30", NULL);
	receive(PUI, MORPHINE, "M1", "2028-01-31", "30", NULL);
	sheet();
	assert_string_equal(of_line("m", "found"), "1000");
	assert_int_equal(count("substitutes"), 1);
	assert_string_equal(getz("substitutes", 0, "cis"), OTHER);
	assert_string_equal(getz("substitutes", 0, "found"), "2000");
	assert_false(has("substitutes", 0, "ticked"));
	char mine[420], its[420], bad[420];
	snprintf(mine, sizeof mine, "%s", of_line("m", "tick"));
	snprintf(its, sizeof its, "%s", getz("substitutes", 0, "tick"));
	snprintf(bad, sizeof bad, "m~1~0~%s~%s:1000", MORPHINE, lot_no(PUI, "M1"));
	assert_int_equal(dispense(key(), bad, NULL), RC_BAD_INPUT); /* of no generic group of it */
	assert_int_equal(dispense(key(), mine, mine), RC_BAD_INPUT);
	done(dispense(key(), mine, its));
	assert_int_equal(held(PUI, "A1"), 0);
	assert_int_equal(held(PUI, "G1"), 28000);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_movement WHERE request = 'm'"), 2);
	sheet();
	assert_string_equal(of_line("m", "need"), "0");
	books_are_right();
}

/* ---- dispensed ---- */

static void a_sheet_is_dispensed_once_and_each_line_is_on_the_chart(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	someone("b", "Martin", "b12");
	order("a", "m", tablets(), DOLIPRANE);
	order("b", "n", tablets(), DOLIPRANE);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "10", "5");
	char one[420], two[420];
	snprintf(one, sizeof one, "%s", tick("m"));
	snprintf(two, sizeof two, "%s", tick("n"));
	assert_int_equal(dispense("sheet", "", NULL), RC_BAD_INPUT);
	assert_why(WHY_ROUND_NONE);
	for (int i = 0; i < 2; i++)
		done(dispense("sheet", one, two));
	assert_true(has("round", 0, "again"));
	assert_int_equal(count("dispensed"), 2);
	assert_int_equal(held(PUI, "A1"), 4000);
	done(view("stock_round", "unit", "u1", "store", PUI, "done", "sheet", NULL)); /* what the sheet that comes back says of it */
	assert_string_equal(getz("done", 0, "lines"), "2");
	assert_string_equal(getz("done", 0, "milli"), "6000");
	static const char *const NOT[] = { "shee", "sheet.", "sheet.0", "nothing", "%" };
	for (size_t i = 0; i < N_OF(NOT); i++) {
		done(view("stock_round", "unit", "u1", "store", PUI, "done", NOT[i], NULL));
		assert_int_equal(count("done"), 0);
	}
	pharmacist(8);
	done(view("stock_round", "unit", "u1", "store", PUI, "done", "sheet", NULL)); /* somebody else's */
	assert_int_equal(count("done"), 0);
	pharmacist(7);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_posting WHERE to_account = 2"), 2);
	assert_int_equal(dispense("sheet", one, NULL), RC_CONFLICT); /* the same key for something else */
	done(view("stock_dispensed", "patient", "a", NULL));
	assert_int_equal(count("dispensed"), 1);
	assert_string_equal(getz("dispensed", 0, "line"), "m");
	assert_string_equal(getz("line_left", 0, "left"), "3000");
	sheet();
	assert_string_equal(of_line("m", "left"), "3000");
	assert_string_equal(of_line("m", "need"), "0");
	done(view("stock_round", "unit", "u1", "store", PUI, "day", "2026-11-20", "time", "10:00", NULL));
	assert_string_equal(of_line("m", "need"), "3000"); /* of two days one is there */
	books_are_right();
}

static void what_was_given_since_is_no_longer_left(void **s)
{
	(void)s;
	char planned[24];
	someone("a", "Durand", "b2");
	order("a", "m", every("{comprime}", dec(1, 0), 240), DOLIPRANE);
	receive(WARD, DOLIPRANE, "W1", "2028-01-31", "10", NULL);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "20", NULL);
	snprintf(planned, sizeof planned, "%lld", (long long)(NOON - 4 * HOUR));
	done(act("dose_give", "patient", "a", "once", "form1", "line", "m", "step", "0", "planned", planned, "nth", "0", "time", "9:00", "reason", "no_code", NULL)); /* from the ward's shelf, before */
	sheet();
	assert_string_equal(of_line("m", "need"), "6000");
	done(act("stock_dispense", "patient", "a", "key", key(), "store", PUI, "cis", DOLIPRANE, "quantity", "2", "request", "m", NULL));
	sheet();
	assert_string_equal(of_line("m", "left"), "2000"); /* by name on the chart counts as by round */
	assert_string_equal(of_line("m", "need"), "4000");
	house_now(NOON + HOUR);
	snprintf(planned, sizeof planned, "%lld", (long long)NOON);
	done(act("dose_give", "patient", "a", "once", "form2", "line", "m", "step", "0", "planned", planned, "nth", "0", "time", "", "reason", "no_code", NULL));
	sheet();
	assert_string_equal(of_line("m", "left"), "1000");
	assert_string_equal(of_line("m", "need"), "5000");
	books_are_right();
}

static void what_was_given_in_another_unit_uses_nothing_up_and_says_so(void **s)
{
	(void)s;
	char planned[24];
	someone("a", "Durand", "b2");
	order("a", "puffs", every("{bouffee}", dec(2, 0), 240), DOLIPRANE);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "20", NULL);
	receive(WARD, DOLIPRANE, "W1", "2028-01-31", "20", NULL);
	done(act("stock_dispense", "patient", "a", "key", key(), "store", PUI, "cis", DOLIPRANE, "quantity", "1", "request", "puffs", NULL));
	done(view("stock_dispensed", "patient", "a", NULL));
	assert_string_equal(getz("line_left", 0, "left"), "1000");
	assert_false(has("line_left", 0, "unsaid"));
	house_now(NOON + HOUR);
	snprintf(planned, sizeof planned, "%lld", (long long)NOON);
	done(act("dose_give", "patient", "a", "once", "form1", "line", "puffs", "step", "0", "planned", planned, "nth", "0", "time", "", "reason", "no_code", NULL));
	done(act("dose_correct", "patient", "a", "no", getz("dose", 0, "no"), "state", "given", "given", getz("dose", 0, "given_at"), "dose", "1", "reason", "typing", NULL));
	assert_int_equal(held(WARD, "W1"), 20000); /* no two packs for two puffs */
	done(view("stock_dispensed", "patient", "a", NULL));
	assert_string_equal(getz("line_left", 0, "left"), "1000");
	assert_true(has("line_left", 0, "unsaid"));
	books_are_right();
}

static void of_two_who_press_at_once_one_dispenses_and_the_other_is_told(void **s)
{
	(void)s;
	someone("a", "Durand", "b2");
	order("a", "m", tablets(), DOLIPRANE);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "100", NULL);
	char one[420];
	snprintf(one, sizeof one, "%s", tick("m"));
	fresh_rows();
	struct arg_list at[2];
	struct act_job job[2];
	for (int i = 0; i < 2; i++) { /* both have looked before either writes */
		at[i].at[0] = (struct pair){ STR("key"), i ? STR("two") : STR("one") };
		at[i].at[1] = (struct pair){ STR("unit"), STR("u1") };
		at[i].at[2] = (struct pair){ STR("store"), STR(PUI) };
		at[i].at[3] = (struct pair){ STR("ticks"), str_of(one) };
		at[i].args = (struct args){ at[i].at, 4 };
		job[i] = (struct act_job){ .job = { .run = act_run }, .act = act_find(STR("stock_round_dispense")), .args = &at[i].args };
		done(db_begin(H.c, &H.p));
		struct view_ctx ctx = { H.c, &H.who, &at[i].args, &H.arena, H.now_ms, 200, &JUDGE };
		done(job[i].act->prepare(&ctx, &job[i].prepared, &H.issues, &H.p));
		db_end(H.c);
	}
	done(db_write_now(H.db, &job[0].job, &H.p));
	assert_int_equal(db_write_now(H.db, &job[1].job, &H.p), RC_CONFLICT);
	assert_why(WHY_ROUND_CHANGED);
	assert_int_equal(held(PUI, "A1"), 97000);
	books_are_right();
}

static void a_sheet_is_refused_whole_when_a_line_or_a_lot_changed(void **s)
{
	(void)s;
	char one[420], two[420];
	someone("a", "Durand", "b2");
	someone("b", "Martin", "b12");
	order("a", "m", tablets(), DOLIPRANE);
	order("b", "n", tablets(), GENERIC);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	receive(PUI, GENERIC, "G1", "2028-01-31", "10", NULL);
	snprintf(one, sizeof one, "%s", tick("m"));
	snprintf(two, sizeof two, "%s", tick("n"));
	done(act("stock_move", "key", key(), "store", PUI, "lot", lot_no(PUI, "G1"), "kind", "use", "quantity", "8", NULL));
	assert_int_equal(dispense(key(), one, two), RC_CONFLICT);
	assert_why(WHY_ROUND_CHANGED);
	assert_non_null(strstr(H.p.detail, "line n"));
	assert_int_equal(held(PUI, "A1"), 10000); /* not half of it */
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_movement WHERE kind = 'round'"), 0);
	snprintf(two, sizeof two, "%s", tick("n")); /* two are there */
	done(act("stock_lot_state", "lot", lot_no(PUI, "G1"), "state", "recalled", "reason", "authority", NULL));
	assert_int_equal(dispense(key(), one, two), RC_CONFLICT);
	put("{\"resourceType\":\"MedicationRequest\",\"id\":\"m\",\"status\":\"stopped\",\"intent\":\"order\",\"medicationCodeableConcept\":{\"text\":\"essai\"},\"subject\":{\"reference\":\"Patient/a\"}}");
	assert_int_equal(dispense(key(), one, NULL), RC_CONFLICT);
	assert_non_null(strstr(H.p.detail, "line m"));
	static const char *const BAD[] = { "m", "m~1~0~60234100~", "m~1~0~60234100~1:0", "m~1~0~60234100~1:1:1", "m~x~0~60234100~1:1", "../m~1~0~60234100~1:1", "m~1~0~60234100~1:1000,1:1000,1:1,1:1,1:1,1:1,1:1" };
	for (size_t i = 0; i < N_OF(BAD); i++)
		assert_int_equal(dispense(key(), BAD[i], NULL), RC_BAD_INPUT);
	assert_int_equal(held(PUI, "A1"), 10000);
	books_are_right();
}

/* ---- who ---- */

static void nobody_is_on_a_sheet_whom_no_fact_of_another_joins_to_the_reader(void **s)
{
	(void)s;
	char one[420];
	put("{\"resourceType\":\"Organization\",\"id\":\"ph\",\"type\":[{\"coding\":[{\"system\":\"" FRC "CodeSystem/fr-core-cs-v2-3307\",\"code\":\"UF\"}]}],\"name\":\"Pharmacie\"}");
	someone("a", "Durand", "b2");
	someone("b", "Martin", "b12");
	order("a", "m", tablets(), DOLIPRANE);
	order("b", "n", tablets(), DOLIPRANE);
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "10", NULL);
	snprintf(one, sizeof one, "%s", tick("n")); /* of who works in the unit itself */
	actor(ROLE_PHARMACIST, 8, NULL, "ph");
	sheet();
	assert_int_equal(count("people") + count("lines"), 0);
	assert_string_equal(getz("sheet", 0, "others"), "2");
	assert_false(rows_hold("MARTIN") || rows_hold("Martin") || rows_hold("essai"));
	putf(0, "{\"resourceType\":\"Task\",\"id\":\"t\",\"status\":\"requested\",\"intent\":\"order\",\"for\":{\"reference\":\"Patient/a\"},\"owner\":{\"reference\":\"Organization/ph\"}}");
	putf(8, "{\"resourceType\":\"Task\",\"id\":\"own\",\"status\":\"requested\",\"intent\":\"order\",\"for\":{\"reference\":\"Patient/b\"},\"owner\":{\"reference\":\"Organization/ph\"}}");
	sheet();
	assert_int_equal(count("people"), 1);
	assert_string_equal(getz("sheet", 0, "others"), "1"); /* a task that one gives oneself joins nobody */
	assert_false(rows_hold("MARTIN") || rows_hold("Martin"));
	assert_int_equal(dispense(key(), one, NULL), RC_CONFLICT);
	assert_int_equal(held(PUI, "A1"), 10000);
	actor(ROLE_PHARMACIST, 9, NULL, "u2");
	done(act("order_pharmacy_set", "unit", "u1", NULL)); /* another pharmacy serves the unit now */
	actor(ROLE_PHARMACIST, 8, NULL, "ph");
	assert_int_equal(view("stock_round", "unit", "u1", "store", PUI, NULL), RC_NOT_FOUND);
	assert_int_equal(dispense(key(), one, NULL), RC_NOT_FOUND);
	done(view("stock_round_units", NULL));
	assert_false(any_row("units", "id", "u1"));
	assert_true(any_row("units", "id", "ph"));
}

/* ---- how quick ---- */

#define BEDS 30
#define EACH 8

static uint64_t trips(void) { return db_traffic(H.c).trips; }

static void thirty_beds_of_eight_lines_take_few_waits(void **s)
{
	(void)s;
	static struct arg_list l;
	static struct pair at[3 + BEDS * EACH];
	char who[20], line[20];
	receive(PUI, DOLIPRANE, "A1", "2028-01-31", "300", NULL);
	receive(PUI, DOLIPRANE, "A2", "2028-02-28", "3000", NULL);
	for (int i = 0; i < BEDS; i++) {
		snprintf(who, sizeof who, "p%d", i);
		someone(who, "Durand", NULL);
		for (int k = 0; k < EACH; k++) {
			snprintf(line, sizeof line, "p%d-%d", i, k);
			order(who, line, tablets(), DOLIPRANE);
		}
	}
	sheet(); /* keys of the records are in memory from now on */
	uint64_t before = trips(), from = clock_ns();
	sheet();
	uint64_t took = clock_ns() - from, waits = trips() - before;
	assert_int_equal(count("lines"), BEDS * EACH);
	print_message("# %d lines of %d people: %.1f ms, %llu waits for a server\n", BEDS * EACH, BEDS, (double)took / 1e6, (unsigned long long)waits);
	at[0] = (struct pair){ STR("key"), STR("sheet") };
	at[1] = (struct pair){ STR("unit"), STR("u1") };
	at[2] = (struct pair){ STR("store"), STR(PUI) };
	for (unsigned i = 0; i < BEDS * EACH; i++)
		at[3 + i] = (struct pair){ STR("ticks"), str_of(strdup(getz("lines", i, "tick"))) };
	l.args = (struct args){ at, N_OF(at) };
	from = clock_ns();
	done(act_args("stock_round_dispense", &l.args));
	print_message("# all of it dispensed: %.1f ms\n", (double)(clock_ns() - from) / 1e6);
	for (unsigned i = 0; i < BEDS * EACH; i++)
		free((char *)(uintptr_t)at[3 + i].value.p);
	assert_int_equal(test_base_number(H.path, "SELECT count(*) FROM stock_movement WHERE kind = 'draw'"), BEDS * EACH);
	books_are_right();
	assert_true(waits < 4 * BEDS); /* on a file none; never one a line */
}

/* Who signs an opinion has an account: numbers 1 to 9. */
struct account_job { struct db_job job; struct account_new n; };

static enum rc account_run(struct db_job *j, struct db_conn *c, int64_t txn, struct problem *p)
{
	uint32_t no = 0;
	(void)txn;
	return account_add(c, &((struct account_job *)(void *)j)->n, &no, p);
}

static int staffed(void **state)
{
	static const char *const LOGINS[] = { "ph.un", "ph.deux", "ph.trois", "ph.quatre", "ph.cinq", "ph.six", "ph.sept", "ph.huit", "ph.neuf" };
	static const struct str UNIT[] = { { "u1", 2 } };
	stores(state);
	for (size_t i = 0; i < N_OF(LOGINS); i++) {
		struct account_job k = { .job = { .run = account_run }, .n = { .login = str_of(LOGINS[i]), .name = str_of(LOGINS[i]), .role = ROLE_PHARMACIST, .units = UNIT, .n_units = 1, .password_hash = STR("$argon2id$x") } };
		assert_int_equal(db_write_now(H.db, &k.job, &H.p), RC_OK);
	}
	return 0;
}

#define ROUND_TEST(f) cmocka_unit_test_setup_teardown(f, staffed, house_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROUND_TEST(the_need_is_what_is_planned_in_the_span_in_whole_units),
		ROUND_TEST(a_dose_is_counted_where_its_unit_is_that_of_the_product),
		ROUND_TEST(a_dose_that_is_recorded_is_not_dispensed_for),
		ROUND_TEST(what_was_given_in_another_unit_uses_nothing_up_and_says_so),
		ROUND_TEST(lots_are_proposed_by_their_date_and_no_two_lines_take_the_same),
		ROUND_TEST(a_narcotic_is_apart_and_goes_into_the_register),
		ROUND_TEST(a_narcotic_asks_for_a_second_person_who_is_in_the_register_too),
		ROUND_TEST(a_narcotic_is_given_alone_for_a_reason_and_its_signature_stays_owed),
		ROUND_TEST(what_could_stand_in_is_shown_and_taken_when_it_is_ticked),
		ROUND_TEST(a_sheet_is_dispensed_once_and_each_line_is_on_the_chart),
		ROUND_TEST(what_was_given_since_is_no_longer_left),
		ROUND_TEST(of_two_who_press_at_once_one_dispenses_and_the_other_is_told),
		ROUND_TEST(a_sheet_is_refused_whole_when_a_line_or_a_lot_changed),
		ROUND_TEST(nobody_is_on_a_sheet_whom_no_fact_of_another_joins_to_the_reader),
		ROUND_TEST(thirty_beds_of_eight_lines_take_few_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
