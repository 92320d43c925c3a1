/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/invoice.c: billing of one patient: acts captured where they are done, the draft of a stay with what stands against it, the posted invoice with what each payer owes, pays and
 * is given back. It must never offer what the state no longer takes: what moved on meanwhile is shown as it stands. Called by front through the rows at the end. Start at bill_show.
 */
#include "pages/invoice.h"

#include <stdio.h>
#include <string.h>

#include "pages/session.h"

#define FAULTS 8
#define STAYS_MOST 20
#define UNITS_MOST 40

#define NO { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define VERSION { "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define PLACE { "place", N_("Line"), FIELD_INT, .min = 1, .max = 200, .required = true }
#define SEEN { "seen", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define PROOF { "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 }, SESSION_KEY_FIELD

static const struct choice line_kinds[] = { { "ghs", N_("Stay (GHS)") }, { "sup", N_("Supplement of a stay") }, { "room", N_("Room supplement") }, { "day", N_("Daily charge") },
	{ "ngap", N_("Letter of the NGAP") }, { "ucd", N_("Medicine beside the stay (UCD)") }, { "lpp", N_("Device beside the stay (LPP)") }, { NULL, NULL } };
static const struct choice payer_codes[] = { { "compulsory", N_("Compulsory insurance") }, { "complementary", N_("Complementary payer") }, { "patient", N_("Patient") }, { NULL, NULL } };
static const struct choice means_codes[] = { { "cash", N_("Cash") }, { "card", N_("Card") }, { "cheque", N_("Cheque") }, { "transfer", N_("Transfer") }, { NULL, NULL } };
#define PAYER { "payer", N_("Payer"), FIELD_CODE, .choices = payer_codes, .required = true }
#define MEANS { "means", N_("Means of payment"), FIELD_CODE, .choices = means_codes, .required = true }

static const struct field no_fields[] = { NO, FIELDS_END };
static const struct field stay_fields[] = { { "stay", N_("Stay"), FIELD_ID, .required = true }, FIELDS_END };
static const struct field line_fields[] = {
	NO, VERSION,
	{ "kind",     N_("Kind of line"), FIELD_CODE, .choices = line_kinds, .required = true },
	{ "what",     N_("Code"),         FIELD_TOKEN, .max = 16 },
	{ "day",      N_("Day"),          FIELD_DATE },
	{ "quantity", N_("Quantity"),     FIELD_TOKEN, .max = 12 },
	FIELDS_END
};
static const struct field amount_fields[] = { NO, VERSION, PLACE, { "amount", N_("Amount"), FIELD_TOKEN, .max = 16, .required = true }, FIELDS_END };
static const struct field away_fields[] = { NO, VERSION, PLACE, FIELDS_END };
static const struct field share_fields[] = {
	NO, VERSION,
	{ "rate",          N_("Rate of the patient's share"), FIELD_TOKEN, .max = 16 },
	{ "covered",       N_("The complementary payer takes it"), FIELD_FLAG },
	{ "own",           N_("Patient"), FIELD_TOKEN, .max = 16 },
	{ "complementary", N_("Complementary payer"), FIELD_TOKEN, .max = 16 },
	FIELDS_END
};
static const struct field step_fields[] = { NO, VERSION, FIELDS_END };
static const struct field claim_fields[] = { NO, PAYER, SEEN, FIELDS_END };
static const struct field reject_fields[] = { NO, PAYER, SEEN, { "reason", N_("The payer's code of rejection"), FIELD_TOKEN, .max = 16, .required = true }, FIELDS_END };
static const struct field pay_fields[] = {
	NO, PAYER, SEEN, MEANS,
	{ "amount",    N_("Amount"), FIELD_TOKEN, .max = 16, .required = true },
	{ "reference", N_("Number of the cheque or transfer"), FIELD_TEXT, .max = 60 },
	FIELDS_END
};
static const struct field back_fields[] = { NO, PAYER, MEANS, FIELDS_END };
static const struct field sign_fields[] = { NO, { "refund", N_("Refund"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, PROOF, FIELDS_END };
static const struct field forget_fields[] = { NO, { "refund", N_("Refund"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field credit_fields[] = { NO, PROOF, FIELDS_END };
static const struct field capture_fields[] = {
	{ "stay",      N_("Stay"),     FIELD_ID, .required = true },
	{ "act",       N_("Act (CCAM)"), FIELD_TOKEN, .min = 7, .max = 7, .required = true },
	{ "activity",  N_("Activity"), FIELD_INT, .min = 1, .max = 9, .required = true },
	{ "phase",     N_("Phase"),    FIELD_INT, .min = 0, .max = 9, .required = true },
	{ "day",       N_("Day"),      FIELD_DATE, .required = true },
	{ "modifiers", N_("Modifiers"), FIELD_TOKEN, .max = 8 },
	{ "nth",       N_("Which one of that day"), FIELD_INT, .min = 1, .max = 99 },
	{ "unit",      N_("Unit in which it was done"), FIELD_ID },
	FIELDS_END
};

/* Which act a form asks for: by the end of its path, so that each row of the table below stays one line. */
static const struct { const char *tail, *act; } forms[] = {
	{ "/bill/line", "bill_line_add" }, { "/bill/amount", "bill_line_set" }, { "/bill/away", "bill_line_drop" }, { "/bill/share", "bill_share" }, { "/bill/check", "bill_check" },
	{ "/bill/post", "bill_post" }, { "/bill/drop", "bill_drop" }, { "/bills", "bill_open" }, { "/invoice/send", "claim_send" }, { "/invoice/reject", "claim_reject" },
	{ "/invoice/remind", "claim_remind" }, { "/invoice/pay", "pay" }, { "/invoice/back", "refund_ask" }, { "/invoice/sign", "refund_sign" }, { "/invoice/forget", "refund_drop" },
	{ "/invoice/credit", "invoice_credit" }, { "/acts", "act_capture" }, { "/acts/retract", "act_retract" },
};

static const char *
act_of(const struct req *rq)
{
	for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
		if (str_ends(str_of(rq->page->path), str_of(forms[i].tail)))
			return forms[i].act;
	return "bill_check";
}

static bool
is_form(const struct req *rq, const char *tail)
{
	return rq->method == HTTP_POST && str_ends(str_of(rq->page->path), str_of(tail));
}

static void
ask_patient(const struct req *rq, struct asks *a, const char *view)
{
	ask_view(a, view);
	ask_arg(a, "patient", rq->path.patient);
}

/* ---- captured acts ---- */

static enum rc
acts_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, act_of(rq), true);
	screen_ask_admin(rq, a);
	ask_patient(rq, a, "acts_captured");
	return RC_OK;
}

static void
draw_captured(struct screen *sc, bool retracts)
{
	static const struct col cols[] = { { N_("Day"), "time" }, { N_("Act"), NULL }, { N_("Activity"), "num" }, { N_("Phase"), "num" }, { N_("Modifiers"), NULL }, { N_("By"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "acts") == 0) {
		empty_state(k, N_("No act was captured."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Captured acts"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "acts") {
		struct words day = when_day(k, row_get(row, "done_on"));
		bool open = str_eq(row_get(row, "state"), "captured"), billed = str_eq(row_get(row, "state"), "billed");
		table_row(k);
		cell(k, words_view(&day));
		cell_open(k, NULL);
		say_with(k, N_("{1} {2}"), row_get(row, "code"), row_get(row, "label"));
		if (row_has(row, "unit_name")) {
			html_z(&k->w, " \xc2\xb7 ");
			html_text(&k->w, row_get(row, "unit_name"));
		}
		cell_close(k);
		cell(k, row_get(row, "activity"));
		cell(k, row_get(row, "phase"));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "modifiers"));
		cell_close(k);
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		status_chip(k, open ? "info" : "plain", open ? "clock" : billed ? "check" : "trash", open ? N_("To bill") : billed ? N_("Billed") : N_("Retracted"));
		if (open && retracts) {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/acts/retract"), "quiet", "trash", screen_say(sc, N_("Retract {1}"), row_get(row, "code")), hidden, 1, NULL);
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

/* "Médecine 2B, 12 nov." as the words of a choice. */
static size_t
stay_choices(struct screen *sc, struct pair *at, size_t max)
{
	size_t n = 0;
	for release_each (row, sc->rel, "stays") {
		struct words since = screen_when(&sc->k, row, "since");
		if (n < max)
			at[n++] = (struct pair){ row_get(row, "stay"), screen_say(sc, N_("{1}, {2}"), row_get(row, "unit_name"), words_view(&since)) };
	}
	return n;
}

/* The units of stays that had several; each once. */
static size_t
unit_choices(struct screen *sc, struct pair *at, size_t max)
{
	size_t n = 0;
	for release_each (row, sc->rel, "units") {
		bool there = false;
		for (size_t i = 0; i < n; i++)
			there = there || str_is(at[i].name, row_get(row, "unit"));
		if (!there && n < max)
			at[n++] = (struct pair){ row_get(row, "unit"), row_get(row, "unit_name") };
	}
	return n;
}

static enum rc
acts_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/acts"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	struct pair stays[STAYS_MOST], units[UNITS_MOST], now[4];
	char today[32];
	struct when w = { .year = 0 };
	billing_begin(&sc, rq, rel, out, N_("Acts done"));
	struct kit *k = &sc.k;
	if (is_form(rq, "/retract"))
		screen_refusal(&sc);
	draw_captured(&sc, true);
	size_t n_stays = stay_choices(&sc, stays, STAYS_MOST);
	if (n_stays == 0) {
		el(k, H_P, "note", N_("This patient has no stay that an act could belong to."));
		return screen_end(&sc);
	}
	(void)when_of_ms(rq->now_ms, &w);
	snprintf(today, sizeof today, "%02d/%02d/%04d", w.day, w.month, w.year);
	now[0] = (struct pair){ STR("activity"), STR("1") };
	now[1] = (struct pair){ STR("phase"), STR("0") };
	now[2] = (struct pair){ STR("day"), str_of(today) };
	now[3] = (struct pair){ STR("stay"), stays[0].name };
	struct sheet s = billing_sheet(&sc, screen_path(rq, rq->path.patient, "/acts"), "act", capture_fields, faults, FAULTS);
	s.now = now;
	s.n_now = 4;
	el(k, H_H2, NULL, N_("Capture an act"));
	el(k, H_P, "hint", N_("It is written into the chart and handed to billing. Association rules and amounts of modifiers: not provided, not checked."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "act", &(struct look){ .autofocus = true, .hint = N_("Seven signs; Tariffs finds it by words") });
	fields_input(k, &s, "activity", NULL);
	fields_input(k, &s, "phase", NULL);
	fields_input(k, &s, "day", NULL);
	fields_input(k, &s, "modifiers", NULL);
	fields_input(k, &s, "nth", &(struct look){ .hint = N_("Only when the same act was done more than once on that day") });
	fields_input(k, &s, "stay", &(struct look){ .options = stays, .n_options = n_stays });
	size_t n_units = unit_choices(&sc, units, UNITS_MOST);
	if (n_units > 0)
		fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n_units, .hint = N_("Only on the day of a transfer: without it the act is of the unit where the day ended") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Capture"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- bills of a patient ---- */

static enum rc
bills_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, act_of(rq), true);
	screen_ask_admin(rq, a);
	ask_patient(rq, a, "bills");
	ask_patient(rq, a, "acts_captured");
	return RC_OK;
}

static const char *
bill_state(struct str state)
{
	return str_eq(state, "draft") ? N_("Draft") : str_eq(state, "checked") ? N_("Checked") : str_eq(state, "posted") ? N_("Posted") : N_("Given up");
}

static void
draw_stays(struct screen *sc)
{
	static const struct col cols[] = { { N_("Unit"), NULL }, { N_("From"), "time" }, { N_("Until"), "time" }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Stays"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "stays") {
		struct pair hidden[1] = { { STR("stay"), row_get(row, "stay") } };
		table_row(k);
		cell(k, row_get(row, "unit_name"));
		screen_cell_when(k, row, "since");
		screen_cell_when(k, row, "until");
		cell_open(k, NULL);
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/bills"), "quiet", "plus", str_of(tr(k->lang, N_("Bill this stay"))), hidden, 1, "e");
		link_to(k, "button quiet", screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/coding?stay="), row_get(row, "stay")), N_("Code this stay"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_bills(struct screen *sc)
{
	static const struct col drafts[] = { { N_("Draft"), NULL }, { N_("State"), NULL }, { N_("Why"), NULL }, { N_("Made"), "time" } };
	static const struct col posted[] = { { N_("Invoice"), NULL }, { N_("Posted"), "time" }, { N_("Amount"), "num" }, { N_("What"), NULL } };
	struct kit *k = &sc->k;
	struct digits d;
	if (rows_count(release_rows(sc->rel), "bills") > 0) {
		table_open(k, N_("Drafts"), drafts, sizeof drafts / sizeof drafts[0]);
		for release_each (row, sc->rel, "bills") {
			table_row(k);
			cell_link(k, billing_path(sc->rq, sc->rq->path.patient, "/bill", row_get(row, "no")), screen_say(sc, N_("Draft {1}"), row_get(row, "no")));
			cell_say(k, bill_state(row_get(row, "state")));
			cell_open(k, NULL);
			if (row_has(row, "block"))
				say(k, billing_why(row_get(row, "block")));
			cell_close(k);
			cell_time_ms(k, row_i64(row, "made_at"));
			table_row_end(k);
		}
		table_close(k);
	}
	if (rows_count(release_rows(sc->rel), "invoices") == 0)
		return;
	table_open(k, N_("Invoices"), posted, sizeof posted / sizeof posted[0]);
	for release_each (row, sc->rel, "invoices") {
		struct words day = when_day(k, row_get(row, "day_on"));
		table_row(k);
		cell_link(k, billing_path(sc->rq, sc->rq->path.patient, "/invoice", row_get(row, "no")), screen_say(sc, N_("No. {1}-{2}"), row_get(row, "year"), digits_of(&d, row_i64(row, "number"))));
		cell(k, words_view(&day));
		billing_cell_money(k, row, "amount_cents");
		cell_say(k, row_has(row, "credits") ? N_("Credit note") : N_("Invoice"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
bills_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, billing_path(rq, rq->path.patient, "/bill", row_get(release_set(rel, "bill"), "no")));
		return RC_OK;
	}
	struct screen sc;
	billing_begin(&sc, rq, rel, out, N_("Bills"));
	screen_refusal(&sc);
	draw_bills(&sc);
	draw_stays(&sc);
	draw_captured(&sc, false);
	return screen_end(&sc);
}

/* ---- one draft ---- */

static enum rc
bill_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, act_of(rq), true);
	screen_ask_admin(rq, a);
	ask_patient(rq, a, "bill");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

static const char *
kind_word(struct str kind)
{
	for (size_t i = 0; line_kinds[i].code != NULL; i++)
		if (str_eq(kind, line_kinds[i].code))
			return line_kinds[i].label;
	return str_eq(kind, "ccam") ? N_("Act (CCAM)") : N_("Days over the upper bound");
}

static struct words
quantity_of(const struct kit *k, int64_t milli)
{
	char text[40];
	struct words ws = { .n = 0 };
	int n = milli % 1000 ? snprintf(text, sizeof text, "%lld.%03lld", (long long)(milli / 1000), (long long)(milli % 1000)) : snprintf(text, sizeof text, "%lld", (long long)(milli / 1000));
	return n > 0 ? when_number(k, (struct str){ text, (size_t)n }) : ws;
}

static void
draw_line(struct screen *sc, struct row row, struct row bill)
{
	struct kit *k = &sc->k;
	struct words day = when_day(k, row_get(row, "done_on")), quantity = quantity_of(k, row_i64(row, "quantity_milli")), price = billing_price(k, row_i64(row, "price_milli"));
	table_row(k);
	cell_open(k, NULL);
	say(k, kind_word(row_get(row, "kind")));
	html_text(&k->w, STR(" "));
	html_text(&k->w, row_get(row, "code"));
	html_text(&k->w, STR(" "));
	html_text(&k->w, row_get(row, "detail"));
	cell_close(k);
	cell(k, words_view(&day));
	cell(k, words_view(&quantity));
	cell_open(k, "num");
	if (row_has(row, "price_milli"))
		html_text(&k->w, words_view(&price));
	cell_close(k);
	billing_cell_money(k, row, "amount_cents");
	billing_cell_money(k, row, "amo_cents");
	billing_cell_money(k, row, "amc_cents");
	billing_cell_money(k, row, "patient_cents");
	cell_open(k, NULL);
	if (row_has(row, "block")) {
		status_chip(k, "warn", "warn", N_("Not priced"));
		html_text(&k->w, STR(" "));
		say(k, billing_why(row_get(row, "block")));
	} else {
		html_text(&k->w, row_get(row, "rule"));
	}
	if (row_is(bill)) {
		struct pair hidden[3] = { { STR("no"), row_get(bill, "no") }, { STR("version"), row_get(bill, "version") }, { STR("place"), row_get(row, "place") } };
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/bill/away"), "quiet", "trash", screen_say(sc, N_("Take line {1} away"), row_get(row, "place")), hidden, 3, NULL);
	}
	cell_close(k);
	table_row_end(k);
}

/* bill: none for a posted invoice, whose lines take no change. */
static void
draw_lines(struct screen *sc, struct row bill)
{
	static const struct col cols[] = { { N_("Line"), NULL }, { N_("Day"), "time" }, { N_("Quantity"), "num" }, { N_("Price"), "num" }, { N_("Amount"), "num" }, { N_("Compulsory insurance"), "num" },
		{ N_("Complementary payer"), "num" }, { N_("Patient"), "num" }, { N_("Rule"), NULL } };
	struct kit *k = &sc->k;
	struct row total = release_set(sc->rel, "total");
	if (rows_count(release_rows(sc->rel), "lines") == 0) {
		empty_state(k, N_("No line"), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Lines"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines")
		draw_line(sc, row, bill);
	table_row(k);
	cell_say(k, N_("Together"));
	for (int i = 0; i < 3; i++) {
		cell_blank(k);
	}
	billing_cell_money(k, total, "amount_cents");
	billing_cell_money(k, total, "amo_cents");
	billing_cell_money(k, total, "amc_cents");
	billing_cell_money(k, total, "patient_cents");
	cell_blank(k);
	table_row_end(k);
	table_close(k);
}

static void
bill_hidden(struct kit *k, struct row bill)
{
	fields_hidden(k, "no", row_get(bill, "no"));
	fields_hidden(k, "version", row_get(bill, "version"));
}

static void
draw_add(struct screen *sc, struct row bill)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, "/bill/line"), "line", line_fields, faults, FAULTS);
	el(k, H_H2, NULL, N_("Add a line"));
	if (row_has(bill, "ghs")) {
		el_open(k, H_P, "hint");
		say_with(k, N_("Stay coded {1}, tariff {2}: coded by hand, not from the official grouping function."), row_get(bill, "ghm"), row_get(bill, "ghs"));
		html_close(&k->w, H_P);
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	bill_hidden(k, bill);
	fields_input(k, &s, "kind", &(struct look){ .as_select = true });
	fields_input(k, &s, "what", &(struct look){ .hint = N_("Not needed for the stay, whose group stands in its coding") });
	fields_input(k, &s, "day", NULL);
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .hint = N_("1 when nothing is typed") });
	fields_submit(k, "quiet", "plus", str_of(tr(k->lang, N_("Add this line"))));
	fields_close(k);
}

static void
draw_amount(struct screen *sc, struct row bill)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair places[200];
	size_t n = 0;
	bool typed = is_form(sc->rq, "/bill/amount"); /* refused: what was typed comes back, for a line too that somebody else priced meanwhile */
	for release_each (row, sc->rel, "lines")
		if (n < 200 && (row_has(row, "block") || (typed && str_is(form_typed(&sc->rq->form, "place"), row_get(row, "place")))))
			places[n++] = (struct pair){ row_get(row, "place"), screen_say(sc, N_("{1}, {2}"), row_get(row, "place"), row_get(row, "code")) };
	if (n == 0)
		return;
	struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, "/bill/amount"), "amount", amount_fields, faults, FAULTS);
	struct pair only[1] = { { STR("place"), places[0].name } };
	bool first = sc->rq->method == HTTP_GET; /* what the draft waits for has the focus */
	s.now = only;
	s.n_now = n == 1;
	el(k, H_H2, NULL, N_("Type the amount of a line that no table prices"));
	fields_open(k, &s);
	fields_summary(k, &s);
	bill_hidden(k, bill);
	fields_input(k, &s, "place", &(struct look){ .options = places, .n_options = n, .autofocus = first && n > 1 });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal", .autofocus = first && n == 1 });
	fields_submit(k, "quiet", "pencil", str_of(tr(k->lang, N_("Set this amount"))));
	fields_close(k);
}

static void
draw_share(struct screen *sc, struct row bill)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, "/bill/share"), "share", share_fields, faults, FAULTS);
	el(k, H_H2, NULL, N_("Who pays what"));
	el(k, H_P, "hint", N_("A rate of the hospital's table, or the amounts of patient and complementary payer; what is left is the compulsory insurance's. Empty: all of it."));
	fields_open(k, &s);
	fields_summary(k, &s);
	bill_hidden(k, bill);
	fields_input(k, &s, "rate", NULL);
	fields_input(k, &s, "covered", NULL);
	fields_input(k, &s, "own", &(struct look){ .inputmode = "decimal" });
	fields_input(k, &s, "complementary", &(struct look){ .inputmode = "decimal" });
	fields_submit(k, "quiet", "people", str_of(tr(k->lang, N_("Share it so"))));
	fields_close(k);
}

static void
draw_steps(struct screen *sc, struct row bill)
{
	struct kit *k = &sc->k;
	struct pair hidden[2] = { { STR("no"), row_get(bill, "no") }, { STR("version"), row_get(bill, "version") } };
	bool draft = str_eq(row_get(bill, "state"), "draft"), checked = str_eq(row_get(bill, "state"), "checked");
	struct str patient = sc->rq->path.patient;
	el_open(k, H_P, row_has(bill, "block") ? "note" : "hint");
	say(k, bill_state(row_get(bill, "state")));
	html_text(&k->w, STR(". "));
	say(k, billing_why(row_get(bill, "block")));
	html_close(&k->w, H_P);
	if (draft && !row_has(bill, "block"))
		fields_button_form(k, screen_path(sc->rq, patient, "/bill/check"), "primary", "eye", str_of(tr(k->lang, N_("I have checked it"))), hidden, 2, NULL);
	if (checked)
		fields_button_form(k, screen_path(sc->rq, patient, "/bill/post"), "primary", "check", str_of(tr(k->lang, N_("Post the invoice"))), hidden, 2, NULL);
	if (draft || checked) {
		struct pair stay[1] = { { STR("stay"), row_get(bill, "stay") } };
		fields_button_form(k, screen_path(sc->rq, patient, "/bills"), "quiet", "restore", str_of(tr(k->lang, N_("Take new acts, price anew"))), stay, 1, NULL);
	}
	if (draft || checked)
		fields_button_form(k, screen_path(sc->rq, patient, "/bill/drop"), "quiet", "trash", str_of(tr(k->lang, N_("Give this draft up"))), hidden, 2, NULL);
	if (row_has(bill, "invoice"))
		link_to(k, "button", billing_path(sc->rq, patient, "/invoice", row_get(bill, "invoice")), N_("Open the invoice"));
}

static enum rc
bill_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row bill = release_set(rel, "bill");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		bool invoice = row_has(bill, "invoice");
		reply_redirect(out, billing_path(rq, rq->path.patient, invoice ? "/invoice" : "/bill", row_get(bill, invoice ? "invoice" : "no")));
		return RC_OK;
	}
	struct screen sc;
	billing_begin(&sc, rq, rel, out, N_("Draft of an invoice"));
	bool open = str_eq(row_get(bill, "state"), "draft") || str_eq(row_get(bill, "state"), "checked");
	if (is_form(rq, "/away") || is_form(rq, "/check") || is_form(rq, "/post") || is_form(rq, "/drop"))
		screen_refusal(&sc);
	draw_steps(&sc, bill);
	draw_lines(&sc, open ? bill : (struct row){ STR_NONE, 0 });
	if (open) {
		draw_amount(&sc, bill);
		draw_share(&sc, bill);
		draw_add(&sc, bill);
	}
	return screen_end(&sc);
}

/* ---- a posted invoice ---- */

static enum rc
invoice_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		bool refund = is_form(rq, "/sign") || is_form(rq, "/forget");
		ask_act(a, act_of(rq));
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0 && !(refund && strcmp(f->name, "no") == 0))
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_admin(rq, a);
	ask_patient(rq, a, "invoice");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	ask_patient(rq, a, "claims");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	ask_patient(rq, a, "reminders_of");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

static const char *
claim_state(struct row row)
{
	static const struct choice words[] = { { "open", N_("To send") }, { "sent", N_("Sent") }, { "part", N_("Paid in part") }, { "rejected", N_("Refused by the payer") }, { "refund", N_("To give back") } };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(row_get(row, "state"), words[i].code))
			return words[i].label;
	return row_i64(row, "credited_cents") > 0 ? N_("Credited") : N_("Paid");
}

static void
draw_claims(struct screen *sc)
{
	static const struct col cols[] = { { N_("Payer"), NULL }, { N_("Amount"), "num" }, { N_("Paid"), "num" }, { N_("Credited"), "num" }, { N_("Given back"), "num" }, { N_("Owed"), "num" }, { N_("State"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct str no = row_get(release_set(sc->rel, "invoice"), "no");
	struct digits d;
	table_open(k, N_("What each payer owes"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "claims") {
		struct str state = row_get(row, "state"), patient = sc->rq->path.patient;
		struct pair hidden[3] = { { STR("no"), no }, { STR("payer"), row_get(row, "payer") }, { STR("seen"), row_get(row, "seen") } };
		const char *payer = tr(k->lang, billing_payer(row_get(row, "payer")));
		table_row(k);
		cell_say(k, billing_payer(row_get(row, "payer")));
		billing_cell_money(k, row, "amount_cents");
		billing_cell_money(k, row, "paid_cents");
		billing_cell_money(k, row, "credited_cents");
		billing_cell_money(k, row, "refunded_cents");
		billing_cell_money(k, row, "due_cents");
		cell_open(k, NULL);
		say(k, claim_state(row));
		if (row_has(row, "reason")) {
			html_text(&k->w, STR(" "));
			say_with(k, N_("Code {1}"), row_get(row, "reason"));
		}
		if (row_i64(row, "reminders") > 0) {
			html_text(&k->w, STR(" "));
			say_with(k, N_("reminded {1} times"), digits_of(&d, row_i64(row, "reminders")));
		}
		cell_close(k);
		cell_open(k, NULL);
		if (str_eq(state, "open") || str_eq(state, "rejected"))
			fields_button_form(k, screen_path(sc->rq, patient, "/invoice/send"), "quiet", "doc", screen_say(sc, N_("Sent to: {1}"), str_of(payer)), hidden, 3, "e");
		else if (str_eq(state, "sent") || str_eq(state, "part"))
			fields_button_form(k, screen_path(sc->rq, patient, "/invoice/remind"), "quiet", "clock", screen_say(sc, N_("Reminded: {1}"), str_of(payer)), hidden, 3, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

/* A form of one payer; only the one that was sent comes back as it was typed. */
static struct sheet
claim_sheet(struct screen *sc, struct row row, const char *tail, const char *what, const struct field *fields, struct fault *faults, char id[40])
{
	snprintf(id, 40, "%s-%.*s", what, STR_ARG(row_get(row, "payer")));
	struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, tail), id, fields, faults, FAULTS);
	if (s.form != NULL && !str_is(form_get(s.form, "payer"), row_get(row, "payer"))) {
		s.form = NULL;
		s.n_faults = 0;
	}
	return s;
}

static void
claim_hidden(struct screen *sc, struct row row)
{
	fields_hidden(&sc->k, "no", row_get(release_set(sc->rel, "invoice"), "no"));
	fields_hidden(&sc->k, "payer", row_get(row, "payer"));
}

static void
draw_pay(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	char id[40], other[40];
	struct words due = billing_typed(k, row_i64(row, "due_cents"));
	struct pair now[1] = { { STR("amount"), words_view(&due) } };
	el_open(k, H_H2, NULL);
	say_with(k, N_("Payment: {1}"), str_of(tr(k->lang, billing_payer(row_get(row, "payer")))));
	html_close(&k->w, H_H2);
	struct sheet s = claim_sheet(sc, row, "/invoice/pay", "pay", pay_fields, faults, id);
	s.now = now;
	s.n_now = 1;
	fields_open(k, &s);
	fields_summary(k, &s);
	claim_hidden(sc, row);
	fields_hidden(k, "seen", row_get(row, "seen"));
	fields_input(k, &s, "means", &(struct look){ .as_select = true, .autofocus = sc->rq->method == HTTP_GET && str_eq(row_get(row, "payer"), "patient") });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal" });
	fields_input(k, &s, "reference", NULL);
	fields_submit(k, "primary", "check", screen_say(sc, N_("Take the payment: {1}"), str_of(tr(k->lang, billing_payer(row_get(row, "payer"))))));
	fields_close(k);
	struct fault rejected[FAULTS];
	struct sheet r = claim_sheet(sc, row, "/invoice/reject", "reject", reject_fields, rejected, other);
	fields_open(k, &r);
	fields_summary(k, &r);
	claim_hidden(sc, row);
	fields_hidden(k, "seen", row_get(row, "seen"));
	fields_input(k, &r, "reason", NULL);
	fields_submit(k, "quiet", "octagon", screen_say(sc, N_("Refused: {1}"), str_of(tr(k->lang, billing_payer(row_get(row, "payer"))))));
	fields_close(k);
}

static void
draw_back(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	char id[40];
	struct words much = billing_money(k, row_has(row, "refund") ? row_i64(row, "refund_cents") : -row_i64(row, "due_cents"));
	el_open(k, H_H2, NULL);
	say_with(k, N_("To give back: {1}"), words_view(&much));
	html_close(&k->w, H_H2);
	if (!row_has(row, "refund")) {
		struct sheet s = claim_sheet(sc, row, "/invoice/back", "back", back_fields, faults, id);
		fields_open(k, &s);
		fields_summary(k, &s);
		claim_hidden(sc, row);
		fields_input(k, &s, "means", &(struct look){ .as_select = true });
		fields_submit(k, "primary", "swap", str_of(tr(k->lang, N_("Ask for the refund"))));
		fields_close(k);
		return;
	}
	struct pair hidden[2] = { { STR("no"), row_get(release_set(sc->rel, "invoice"), "no") }, { STR("refund"), row_get(row, "refund") } };
	if (row_has(row, "refund_mine")) {
		el(k, H_P, "note", N_("You asked for it: a second person signs."));
	} else {
		struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, "/invoice/sign"), "sign", sign_fields, faults, FAULTS);
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_hidden(k, "no", hidden[0].value);
		fields_hidden(k, "refund", hidden[1].value);
		session_code(sc, &s, "fresh", false);
		fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Sign the refund"))));
		fields_close(k);
	}
	fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/invoice/forget"), "quiet", "trash", str_of(tr(k->lang, N_("Give the refund up"))), hidden, 2, NULL);
}

static void
draw_payments(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Payer"), NULL }, { N_("Means of payment"), NULL }, { N_("Number"), NULL }, { N_("Amount"), "num" }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "payments") == 0)
		return;
	table_open(k, N_("Payments and refunds"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "payments") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_say(k, billing_payer(row_get(row, "payer")));
		cell_say(k, billing_means(row_get(row, "means")));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "reference"));
		cell_close(k);
		billing_cell_money(k, row, "amount_cents");
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_credit(struct screen *sc, struct row invoice)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	if (row_has(invoice, "credits") || row_has(invoice, "credited_by"))
		return;
	struct sheet s = billing_sheet(sc, screen_path(sc->rq, sc->rq->path.patient, "/invoice/credit"), "credit", credit_fields, faults, FAULTS);
	el(k, H_H2, NULL, N_("Take the invoice back"));
	el(k, H_P, "hint", N_("What was posted is never changed: a credit note of the whole takes it back, and its acts can be billed anew."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(invoice, "no"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "danger", "restore", str_of(tr(k->lang, N_("Post a credit note"))));
	fields_close(k);
}

static enum rc
invoice_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row invoice = release_set(rel, "invoice");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, billing_path(rq, rq->path.patient, "/invoice", form_get(&rq->form, "no")));
		return RC_OK;
	}
	struct screen sc;
	struct digits d;
	billing_begin(&sc, rq, rel, out, row_has(invoice, "credits") ? N_("Credit note") : N_("Invoice"));
	struct kit *k = &sc.k;
	struct words day = when_day(k, row_get(invoice, "day_on"));
	el_open(k, H_P, NULL);
	say_with(k, N_("No. {1}-{2}, posted {3} by {4}"), row_get(invoice, "year"), digits_of(&d, row_i64(invoice, "number")), words_view(&day), row_get(invoice, "by_name"));
	html_close(&k->w, H_P);
	link_to(k, "button", billing_path(rq, rq->path.patient, "/invoice.pdf", row_get(invoice, "no")), N_("Print as PDF"));
	if (is_form(rq, "/send") || is_form(rq, "/remind") || is_form(rq, "/forget"))
		screen_refusal(&sc);
	if (row_has(invoice, "credited_by"))
		link_to(k, "note", billing_path(rq, rq->path.patient, "/invoice", row_get(invoice, "credited_by")), N_("Taken back by a credit note"));
	if (row_has(invoice, "credits"))
		link_to(k, "note", billing_path(rq, rq->path.patient, "/invoice", row_get(invoice, "credits")), N_("Takes this invoice back"));
	draw_lines(&sc, (struct row){ STR_NONE, 0 });
	if (rows_count(release_rows(rel), "claims") > 0)
		draw_claims(&sc);
	for release_each (row, rel, "claims") {
		if (row_i64(row, "due_cents") > 0)
			draw_pay(&sc, row);
		if (row_i64(row, "due_cents") < 0)
			draw_back(&sc, row);
	}
	draw_payments(&sc);
	reminder_draw_of(&sc);
	draw_credit(&sc, invoice);
	return screen_end(&sc);
}

#define OF_PATIENT(tail, fields_, ask_, show_) { HTTP_POST, "/patient/:patient" tail, MAY_BILL, REVEALS_ONE_PATIENT, .fields = fields_, .ask = ask_, .show = show_ }
const struct page pages_invoice[] = {
	{ HTTP_GET,  "/patient/:patient/acts",         MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .ask = acts_ask, .show = acts_show, .menu = N_("Acts done"), .icon = "steth" },
	{ HTTP_POST, "/patient/:patient/acts",         MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = capture_fields, .ask = acts_ask, .show = acts_show },
	{ HTTP_POST, "/patient/:patient/acts/retract", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = no_fields, .ask = acts_ask, .show = acts_show },
	{ HTTP_GET,  "/patient/:patient/bills",   MAY_BILL, REVEALS_ONE_PATIENT, .ask = bills_ask, .show = bills_show, .menu = N_("Bills"), .icon = "list" },
	OF_PATIENT("/bills",          stay_fields,   bills_ask,   bills_show),
	{ HTTP_GET,  "/patient/:patient/bill",    MAY_BILL, REVEALS_ONE_PATIENT, .fields = no_fields, .ask = bill_ask, .show = bill_show },
	OF_PATIENT("/bill/line",      line_fields,   bill_ask,    bill_show),
	OF_PATIENT("/bill/amount",    amount_fields, bill_ask,    bill_show),
	OF_PATIENT("/bill/away",      away_fields,   bill_ask,    bill_show),
	OF_PATIENT("/bill/share",     share_fields,  bill_ask,    bill_show),
	OF_PATIENT("/bill/check",     step_fields,   bill_ask,    bill_show),
	OF_PATIENT("/bill/post",      step_fields,   bill_ask,    bill_show),
	OF_PATIENT("/bill/drop",      step_fields,   bill_ask,    bill_show),
	{ HTTP_GET,  "/patient/:patient/invoice", MAY_BILL, REVEALS_ONE_PATIENT, .fields = no_fields, .ask = invoice_ask, .show = invoice_show },
	OF_PATIENT("/invoice/send",   claim_fields,  invoice_ask, invoice_show),
	OF_PATIENT("/invoice/remind", claim_fields,  invoice_ask, invoice_show),
	OF_PATIENT("/invoice/reject", reject_fields, invoice_ask, invoice_show),
	OF_PATIENT("/invoice/pay",    pay_fields,    invoice_ask, invoice_show),
	OF_PATIENT("/invoice/back",   back_fields,   invoice_ask, invoice_show),
	OF_PATIENT("/invoice/sign",   sign_fields,   invoice_ask, invoice_show),
	OF_PATIENT("/invoice/forget", forget_fields, invoice_ask, invoice_show),
	OF_PATIENT("/invoice/credit", credit_fields, invoice_ask, invoice_show),
	{ .path = NULL },
};
