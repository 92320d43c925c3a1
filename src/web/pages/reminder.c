/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/reminder.c: reminders of what patients owe: who is to be reminded since a number of days that the house types, one press that writes the batch, its letters as one paper or one by one, and
 * the house's wording. It must never name whom no fact joins to the reader, nor write a word that is not the house's or the shipped neutral one. Called by front through the rows at the end.
 * Start at list_show, and letter for what stands on the paper.
 */
#include "base/paper.h"
#include "kit/when.h"
#include "pages/billing.h"
#include "pages/session.h"

#include <stdio.h>

#define FAULTS 6
#define NUMBER_MOST 40

static const struct field find_fields[] = { { "days", N_("Days since it was posted, and since the last reminder"), FIELD_INT, .min = 0, .max = 3650, .required = true }, FIELDS_END };
static const struct field make_fields[] = {
	{ "form", N_("Form"), FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ "days", N_("Days since it was posted, and since the last reminder"), FIELD_INT, .min = 0, .max = 3650, .required = true },
	FIELDS_END
};
static const struct field wording_fields[] = {
	{ "from",  N_("From"), FIELD_DATE, .required = true },
	{ "words", N_("Words of the letter"), FIELD_LINES, .max = 2000, .required = true },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END
};
static const struct field batch_fields[] = { { "batch", N_("Batch"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field letter_fields[] = {
	{ "no",     N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "letter", N_("Letter"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END
};

static bool
is_page(const struct req *rq, const struct field *fields)
{
	return rq->page->fields == fields;
}

/* ---- the list ---- */

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (is_page(rq, make_fields))
		billing_ask_act(rq, a, "reminders_make", false);
	if (is_page(rq, wording_fields))
		billing_ask_act(rq, a, "reminder_wording_add", false);
	ask_view(a, "reminders");
	if (form_get(&rq->form, "days").n > 0 && rq->form.n_bad == 0)
		ask_arg(a, "days", form_get(&rq->form, "days"));
	return RC_OK;
}

static struct str
number_of(const struct screen *sc, struct row row)
{
	char number[NUMBER_MOST];
	snprintf(number, sizeof number, "%06lld", (long long)row_i64(row, "number"));
	return screen_say(sc, N_("No. {1}-{2}"), row_get(row, "year"), str_of(number));
}

static void
due_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct digits d;
	struct words posted = when_day(k, row_get(row, "day_on")), last = when_day(k, row_get(row, "last_on"));
	table_row(k);
	cell(k, number_of(sc, row));
	cell(k, words_view(&posted));
	billing_cell_person(k, row);
	billing_cell_money(k, row, "cents");
	cell(k, digits_of(&d, row_i64(row, "reminders")));
	if (row_has(row, "last_on"))
		cell(k, words_view(&last));
	else
		cell_say(k, N_("—"));
	cell_open(k, NULL);
	if (str_eq(row_get(row, "kept_back"), "no_address"))
		status_chip(k, "warn", "warn", N_("No address: not written"));
	else if (str_eq(row_get(row, "kept_back"), "deceased"))
		status_chip(k, "warn", "warn", N_("Died: not written"));
	cell_close(k);
	billing_cell_open(k, billing_path(sc->rq, row_get(row, "patient"), "/invoice", row_get(row, "invoice")));
	table_row_end(k);
}

static void
draw_due(struct screen *sc)
{
	static const struct col cols[] = { { N_("Invoice"), NULL }, { N_("Posted on"), "time" }, { N_("Patient"), NULL }, { N_("Owed"), "num" }, { N_("Reminders"), "num" }, { N_("Last on paper"), "time" }, { N_("State"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct str days = form_get(&sc->rq->form, "days");
	if (is_page(sc->rq, wording_fields) || days.n == 0 || sc->rq->form.n_bad > 0)
		return;
	if (rows_count(release_rows(sc->rel), "due") == 0) {
		empty_state(k, N_("Nothing that a patient owes is that old, or it was reminded since."), STR_NONE, NULL);
		return;
	}
	struct pair hidden[2] = { { STR("form"), row_get(release_set(sc->rel, "due_page"), "form") }, { STR("days"), days } };
	fields_button_form(k, STR("/billing/reminders/make"), "primary", "doc", str_of(tr(k->lang, N_("Write the reminders"))), hidden, 2, NULL);
	table_open(k, N_("What patients owe, the oldest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "due")
		due_row(sc, row);
	table_close(k);
	if (row_get(release_set(sc->rel, "due_page"), "more").n > 0)
		el(k, H_P, "hint", N_("There are more; these are the first. One press writes sixty letters at most: press again."));
}

static void
draw_batches(struct screen *sc)
{
	static const struct col cols[] = { { N_("Batch"), "num" }, { N_("Written on"), "time" }, { N_("Days"), "num" }, { N_("Letters"), "num" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "batches") == 0)
		return;
	el(k, H_H2, NULL, N_("Batches"));
	table_open(k, N_("What was written, the last first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "batches") {
		struct digits d, n;
		struct words day = when_day(k, row_get(row, "day_on"));
		table_row(k);
		cell(k, row_get(row, "no"));
		cell(k, words_view(&day));
		cell(k, digits_of(&d, row_i64(row, "days")));
		cell(k, digits_of(&n, row_i64(row, "n")));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		link_to(k, "button quiet", screen_join(sc->rq, STR("/billing/reminders.pdf?batch="), row_get(row, "no")), N_("Print the letters"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	el(k, H_P, "hint", N_("Letters to persons whom no care link joins to you are not in the paper of a batch, which says how many: each is printed from the invoice, after a reason."));
}

static void
draw_lines(struct kit *k, struct str words)
{
	for (bool first = true; words.n > 0; first = false) {
		struct str one = str_cut(words, '\n', &words);
		if (!first)
			html_open(&k->w, H_BR);
		html_text(&k->w, one);
	}
}

static void
draw_wordings(struct screen *sc)
{
	static const struct col cols[] = { { N_("From"), "time" }, { N_("Words of the letter"), NULL }, { N_("By"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct row words = release_set(sc->rel, "words");
	el(k, H_H2, NULL, N_("Words of the letter"));
	if (row_get(words, "shipped").n > 0)
		el(k, H_P, "note", N_("The house has not written its own words: these neutral ones stand on the letters. They name no law, no interest and no further step."));
	html_open(&k->w, H_P);
	draw_lines(k, row_get(words, "words"));
	html_close(&k->w, H_P);
	if (rows_count(release_rows(sc->rel), "wordings") > 0) {
		table_open(k, N_("The house's own words, the latest first: a row is never changed"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, sc->rel, "wordings") {
			struct words from = when_day(k, row_get(row, "from_on"));
			table_row(k);
			cell(k, words_view(&from));
			cell_open(k, NULL);
			draw_lines(k, row_get(row, "words"));
			cell_close(k);
			cell(k, row_get(row, "by_name"));
			cell_open(k, NULL);
			if (row_get(row, "holds").n > 0)
				status_chip(k, "ok", "check", N_("Holds today"));
			cell_close(k);
			table_row_end(k);
		}
		table_close(k);
	}
	struct sheet s = billing_sheet(sc, STR("/billing/reminders/words"), "wording", wording_fields, faults, FAULTS);
	html_open(&k->w, H_DETAILS);
	if (s.form != NULL)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Write the house's own words"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "from", NULL);
	fields_input(k, &s, "words", &(struct look){ .wide = true, .hint = N_("The invoice, its dates and sums stand below them by themselves.") });
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Keep these words"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	if (rq->method == HTTP_POST && is_page(rq, wording_fields) && screen_done(rq, rel)) {
		reply_redirect(out, STR("/billing/reminders"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Reminders on paper"));
	struct kit *k = &sc.k;
	struct row batch = release_set(rel, "batch");
	el(k, H_H1, NULL, N_("Reminders on paper"));
	if (rq->method == HTTP_POST && is_page(rq, make_fields)) {
		if (screen_done(rq, rel)) {
			struct digits n, without;
			el_open(k, H_P, "note");
			say_with(k, N_("Letters written: {1}. Not written, for want of an address or because the person died: {2}."), digits_of(&n, row_i64(batch, "n")), digits_of(&without, row_i64(batch, "without")));
			html_close(&k->w, H_P);
			el_open(k, H_P, "actions");
			link_to(k, "button primary", screen_join(rq, STR("/billing/reminders.pdf?batch="), row_get(batch, "no")), N_("Print the letters"));
			html_close(&k->w, H_P);
		} else {
			screen_refusal(&sc);
		}
	}
	struct sheet s = billing_sheet(&sc, STR("/billing/reminders"), "since", find_fields, faults, FAULTS);
	if (is_page(rq, make_fields))
		s.form = &rq->form;
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "days", &(struct look){ .hint = N_("A number of the house: nothing here says when a payment is late."), .autofocus = true, .inputmode = "numeric" });
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Show"))));
	fields_close(k);
	el(k, H_P, "hint", N_("What patients owe only: the house has no address of who else pays."));
	draw_due(&sc);
	draw_batches(&sc);
	draw_wordings(&sc);
	return screen_end(&sc);
}

/* ---- the paper: in French whatever the reader's language is ---- */

static void
put_sum(const struct screen *sc, struct buf *b, const char *label, int64_t cents)
{
	struct words w = billing_money(&sc->k, cents);
	paper_field(b, str_of(tr(sc->k.lang, label)), words_view(&w));
}

static void
put_letter(const struct screen *sc, struct buf *b, struct row row)
{
	const struct kit *k = &sc->k;
	struct words day = when_identity(k, row_get(row, "day_on")), posted = when_identity(k, row_get(row, "invoiced_on"));
	struct digits nth;
	paper_strong(b, row_get(row, "site"));
	if (row_has(row, "finess"))
		paper_field(b, str_of(tr(k->lang, N_("FINESS"))), row_get(row, "finess"));
	paper_rule(b);
	paper_text(b, screen_say(sc, N_("{1}\n{2}\n{3}"), row_get(row, "to"), row_get(row, "line"), row_get(row, "town")));
	paper_rule(b);
	paper_heading(b, 1, screen_say(sc, N_("Reminder: invoice {1}"), number_of(sc, row)));
	paper_field(b, str_of(tr(k->lang, N_("Written on"))), words_view(&day));
	paper_field(b, str_of(tr(k->lang, N_("Reminder number"))), digits_of(&nth, row_i64(row, "nth")));
	paper_text(b, row_get(row, "words"));
	paper_field(b, str_of(tr(k->lang, N_("Invoice"))), number_of(sc, row));
	paper_field(b, str_of(tr(k->lang, N_("Invoice of"))), words_view(&posted));
	put_sum(sc, b, N_("Your part"), row_i64(row, "amount_cents"));
	put_sum(sc, b, N_("Paid by you"), row_i64(row, "paid_cents"));
	if (row_i64(row, "credited_cents") > 0)
		put_sum(sc, b, N_("Credited"), row_i64(row, "credited_cents"));
	if (row_i64(row, "refunded_cents") > 0)
		put_sum(sc, b, N_("Given back"), row_i64(row, "refunded_cents"));
	struct words due = billing_money(k, row_i64(row, "due_cents"));
	paper_strong(b, screen_say(sc, N_("Still owed: {1}"), words_view(&due)));
}

static void
letter_open(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out)
{
	screen_init(sc, rq, rel, out);
	sc->k.lang = (unsigned)LANG_FR;
	out->paper = "rappel.pdf";
	paper_open(&out->body, &(struct paper_head){ .title = str_of(tr(sc->k.lang, N_("Reminder"))), .lang = STR("fr"), .format = PAPER_A4, .made_s = row_i64(release_set(rel, "letters"), "at") / 1000 });
}

static enum rc
batch_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "reminder_batch");
	ask_arg(a, "batch", form_get(&rq->form, "batch"));
	return RC_OK;
}

static enum rc
batch_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row page = release_set(rel, "letters_page");
	struct digits left, all;
	bool first = true;
	if (rows_count(release_rows(rel), "letters") == 0) {
		screen_init(&sc, rq, rel, out);
		screen_begin(&sc, N_("Reminders on paper"));
		empty_state(&sc.k, N_("No care link joins you to anybody of this batch: each letter is printed from its invoice, after a reason."), STR("/billing/reminders"), N_("Reminders on paper"));
		return screen_end(&sc);
	}
	letter_open(&sc, rq, rel, out);
	for release_each (row, rel, "letters") {
		if (!first)
			paper_break(&out->body);
		first = false;
		put_letter(&sc, &out->body, row);
	}
	if (row_i64(page, "left") > 0) {
		paper_break(&out->body);
		paper_strong(&out->body, screen_say(&sc, N_("{1} of {2} letters of this batch are not here: no care link joins you to these persons."), digits_of(&left, row_i64(page, "left")), digits_of(&all, row_i64(page, "n"))));
	}
	return RC_OK;
}

static enum rc
letter_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_admin(rq, a);
	ask_view(a, "reminders_of");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "no", form_get(&rq->form, "no"));
	ask_arg(a, "letter", form_get(&rq->form, "letter"));
	return RC_OK;
}

static enum rc
letter_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rows_count(release_rows(rel), "letters") == 0) {
		billing_begin(&sc, rq, rel, out, N_("Reminders on paper"));
		empty_state(&sc.k, N_("There is no such letter of this invoice."), screen_path(rq, rq->path.patient, "/bills"), N_("Bills"));
		return screen_end(&sc);
	}
	letter_open(&sc, rq, rel, out);
	put_letter(&sc, &out->body, release_set(rel, "letters"));
	return RC_OK;
}

void
reminder_draw_of(struct screen *sc)
{
	static const struct col cols[] = { { N_("Written on"), "time" }, { N_("Reminder number"), "num" }, { N_("Owed"), "num" }, { N_("To"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "letters") == 0)
		return;
	table_open(k, N_("Reminders on paper"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "letters") {
		struct words day = when_day(k, row_get(row, "day_on"));
		struct digits nth;
		struct str to = screen_join(sc->rq, billing_path(sc->rq, sc->rq->path.patient, "/reminder.pdf", row_get(release_set(sc->rel, "invoice"), "no")), STR("&letter="));
		table_row(k);
		cell(k, words_view(&day));
		cell(k, digits_of(&nth, row_i64(row, "nth")));
		billing_cell_money(k, row, "due_cents");
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "line"));
		html_z(&k->w, ", ");
		html_text(&k->w, row_get(row, "town"));
		cell_close(k);
		cell_open(k, NULL);
		link_to(k, "button quiet", screen_join(sc->rq, to, row_get(row, "no")), N_("Print this letter"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

const struct page pages_reminder[] = {
	{ HTTP_GET,  "/billing/reminders",       MAY_BILL, REVEALS_WORK_LIST, .ask = list_ask, .show = list_show, .menu = N_("Reminders on paper"), .icon = "clock" },
	{ HTTP_POST, "/billing/reminders",       MAY_BILL, REVEALS_WORK_LIST, .fields = find_fields,    .ask = list_ask, .show = list_show },
	{ HTTP_POST, "/billing/reminders/make",  MAY_BILL, REVEALS_WORK_LIST, .fields = make_fields,    .ask = list_ask, .show = list_show },
	{ HTTP_POST, "/billing/reminders/words", MAY_BILL, REVEALS_WORK_LIST, .fields = wording_fields, .ask = list_ask, .show = list_show },
	{ HTTP_GET,  "/billing/reminders.pdf",   MAY_BILL, REVEALS_MANY, .surface = SURFACE_PRINT, .fields = batch_fields, .ask = batch_ask, .show = batch_show },
	{ HTTP_GET,  "/patient/:patient/reminder.pdf", MAY_BILL, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .fields = letter_fields, .ask = letter_ask, .show = letter_show },
	{ .path = NULL },
};
