/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/billing.c: « Facturation »: the desk, what stands still first; tariffs found by words; the hospital's own tables; the cash desk, counted by one and closed by another; the journal
 * of a day. It must never show a patient's name outside the desk's explained rows, nor a price without its table. Called by front through the rows at the end. Start at desk_show.
 */
#include "pages/billing.h"

#include <stdio.h>
#include <string.h>

#include "pages/session.h"

#define FAULTS 8

/* ---- what billing pages share ---- */

static void
put_number(struct words *ws, unsigned lang, int64_t whole, int64_t part, int places, bool grouped)
{
	char digits[40], text[80];
	bool minus = whole < 0 || part < 0;
	int n = snprintf(digits, sizeof digits, "%lld", (long long)(whole < 0 ? -whole : whole));
	size_t at = 0;
	for (int i = 0; i < n; i++) {
		if (grouped && i > 0 && (n - i) % 3 == 0)
			at += (size_t)snprintf(text + at, sizeof text - at, "%s", lang == SAY_FR ? "\u202f" : ",");
		text[at++] = digits[i];
	}
	if (places > 0)
		at += (size_t)snprintf(text + at, sizeof text - at, "%c%0*lld", lang == SAY_FR ? ',' : '.', places, (long long)(part < 0 ? -part : part));
	if (minus)
		words_z(ws, "-");
	words_add(ws, (struct str){ text, at });
}

struct words
billing_money(const struct kit *k, int64_t cents)
{
	struct words ws = { .n = 0 };
	put_number(&ws, k->lang, cents / 100, cents % 100, 2, true);
	words_z(&ws, "\u202f€");
	return ws;
}

struct words
billing_typed(const struct kit *k, int64_t cents)
{
	struct words ws = { .n = 0 };
	put_number(&ws, k->lang, cents / 100, cents % 100, 2, false);
	return ws;
}

struct words
billing_price(const struct kit *k, int64_t milli)
{
	struct words ws = { .n = 0 };
	if (milli % 10 == 0)
		return billing_money(k, milli / 10);
	put_number(&ws, k->lang, milli / 1000, milli % 1000, 3, true);
	words_z(&ws, "\u202f€");
	return ws;
}

void
billing_cell_money(struct kit *k, struct row row, const char *name)
{
	struct words ws = billing_money(k, row_i64(row, name));
	cell_open(k, "num");
	if (row_has(row, name))
		html_text(&k->w, words_view(&ws));
	else
		not_recorded(k);
	cell_close(k);
}

static const char *
word_of(const struct choice *c, size_t n, struct str code)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(code, c[i].code))
			return c[i].label;
	return N_("Not recorded");
}
#define WORD_OF(table, code) word_of(table, sizeof(table) / sizeof(table)[0], code)

const char *
billing_why(struct str block)
{
	static const struct choice words[] = {
		{ "",         N_("Nothing stands against it") },
		{ "empty",    N_("No line") },
		{ "zero",     N_("Nothing to pay") },
		{ "coding",   N_("Stay not coded") },
		{ "shares",   N_("Who pays what is not said") },
		{ "no_code",  N_("Code not in the tables") },
		{ "no_price", N_("No price in the tables for this activity, phase or column") },
		{ "before",   N_("Dated before the tariff takes effect: not priced") },
		{ "ended",    N_("Code no longer held on that day") },
		{ "no_day",   N_("Table without a day of effect: not provided, not priced") },
		{ "no_kind",  N_("Public or private: nobody has said what this establishment is") },
		{ "short",    N_("Stay under the lower bound: rule of reduction not provided, to be typed") },
		{ "no_tax",   N_("Price without tax only: amount to be typed") },
		{ "no_table", N_("Table of the hospital: not provided for this day") },
		{ "no_data",  N_("The tariff tables are not there") },
	};
	return WORD_OF(words, block);
}

static const struct choice payers[] = { { "compulsory", N_("Compulsory insurance") }, { "complementary", N_("Complementary payer") }, { "patient", N_("Patient") }, { NULL, NULL } };
static const struct choice means[] = { { "cash", N_("Cash") }, { "card", N_("Card") }, { "cheque", N_("Cheque") }, { "transfer", N_("Transfer") }, { NULL, NULL } };

const char *
billing_payer(struct str code)
{
	return word_of(payers, 3, code);
}

const char *
billing_means(struct str code)
{
	return word_of(means, 4, code);
}

struct str
billing_path(const struct req *rq, struct str patient, const char *tail, struct str no)
{
	char text[80];
	int n = snprintf(text, sizeof text, "%s?no=%.*s", tail, STR_ARG(no));
	return n > 0 && (size_t)n < sizeof text ? screen_path(rq, patient, text) : STR_NONE;
}

void
billing_begin(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out, const char *title)
{
	screen_init(sc, rq, rel, out);
	screen_patient(sc);
	screen_begin(sc, title);
	el(&sc->k, H_H1, NULL, title);
}

void
billing_ask_act(const struct req *rq, struct asks *a, const char *act, bool patient)
{
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return;
	ask_act(a, act);
	if (patient)
		ask_arg(a, "patient", rq->path.patient);
	for (const struct field *f = rq->page->fields; f != NULL && f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
}

struct sheet
billing_sheet(struct screen *sc, struct str action, const char *id, const struct field *fields, struct fault *faults, size_t max)
{
	const struct req *rq = sc->rq;
	bool sent = rq->method == HTTP_POST && rq->page->fields == fields;
	return (struct sheet){ .action = action, .id = id, .class_ = "sheet", .fields = fields, .form = sent ? &rq->form : NULL, .faults = faults,
		.n_faults = sent && rq->form.n_bad == 0 ? screen_faults(rq, sc->rel, faults, max) : 0 };
}

void
billing_cell_person(struct kit *k, struct row row)
{
	cell_open(k, NULL);
	if (row_has(row, "name"))
		el_name(k, row_get(row, "name"));
	else
		say(k, N_("No care link: the record asks for a reason"));
	cell_close(k);
}

void
billing_cell_open(struct kit *k, struct str to)
{
	cell_open(k, NULL);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", to);
	html_attr_z(&k->w, "class", "button quiet");
	html_flag(&k->w, "data-row");
	say(k, N_("Open"));
	html_close(&k->w, H_A);
	cell_close(k);
}

/* ---- the desk ---- */

static enum rc
desk_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq, (void)p;
	ask_view(a, "billing_desk");
	return RC_OK;
}

static const struct { const char *kind, *chip, *icon, *label, *tail; } works[] = {
	{ "rejected", "critical", "octagon", N_("Refused by the payer"),       "/invoice" },
	{ "sign",     "warn",     "pencil",  N_("Refund to sign"),              "/invoice" },
	{ "refund",   "warn",     "swap",    N_("To give back"),                "/invoice" },
	{ "blocked",  "warn",     "warn",    N_("Draft that stands still"),     "/bill" },
	{ "act",      "info",     "plus",    N_("Acts without a draft"),        "/bills" },
	{ "ready",    "info",     "eye",     N_("Draft to check"),              "/bill" },
	{ "checked",  "info",     "check",   N_("Checked, to post"),            "/bill" },
	{ "to_send",  "info",     "doc",     N_("Posted, to send"),             "/invoice" },
	{ "part",     "plain",    "clock",   N_("Paid in part"),                "/invoice" },
	{ "sent",     "plain",    "clock",   N_("Sent, waiting for payment"),   "/invoice" },
};
#define WORKS (sizeof works / sizeof works[0])

static const char *
payer_of_number(int64_t number)
{
	return number >= 1 && number <= 3 ? payers[number - 1].label : N_("Not recorded");
}

static void
desk_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	size_t w = 0;
	while (w + 1 < WORKS && !str_eq(row_get(row, "kind"), works[w].kind))
		w++;
	table_row(k);
	cell_open(k, NULL);
	status_chip(k, works[w].chip, works[w].icon, works[w].label);
	cell_close(k);
	cell_open(k, NULL);
	if (str_eq(row_get(row, "kind"), "rejected"))
		say_with(k, N_("Code {1}"), row_get(row, "reason"));
	else if (row_has(row, "reason"))
		say(k, billing_why(row_get(row, "reason")));
	cell_close(k);
	billing_cell_person(k, row);
	cell_open(k, NULL);
	if (row_has(row, "payer"))
		say(k, payer_of_number(row_i64(row, "payer")));
	cell_close(k);
	cell_open(k, "num");
	struct words due = billing_money(k, row_i64(row, "cents"));
	if (row_has(row, "cents"))
		html_text(&k->w, words_view(&due));
	cell_close(k);
	screen_cell_when(k, row, "since");
	struct str to = row_has(row, "no") ? billing_path(sc->rq, row_get(row, "patient"), works[w].tail, row_get(row, "no")) : screen_path(sc->rq, row_get(row, "patient"), works[w].tail);
	billing_cell_open(k, to);
	table_row_end(k);
}

static enum rc
desk_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("What waits"), NULL }, { N_("Why"), NULL }, { N_("Patient"), NULL }, { N_("Payer"), NULL }, { N_("Owed"), "num" }, { N_("Since"), "time" }, { N_("Action"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Billing"));
	struct kit *k = &sc.k;
	struct row place = release_set(rel, "place");
	el(k, H_H1, NULL, N_("Billing"));
	if (row_is(place)) {
		el_open(k, H_P, "hint");
		say_with(k, N_("Establishment: {1}"), row_get(place, "name"));
		html_close(&k->w, H_P);
	}
	if (row_is(place) && !row_has(place, "kind")) {
		el_open(k, H_P, "note");
		say(k, N_("Public or private: nobody has said what this establishment is"));
		html_text(&k->w, STR(". "));
		link_to(k, NULL, STR("/billing/tables"), N_("Tables of the hospital"));
		html_close(&k->w, H_P);
	}
	if (rows_count(release_rows(rel), "desk") == 0) {
		empty_state(k, N_("Nothing waits: no rejection, no draft, no act to bill."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("What stands still first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "desk")
		desk_row(&sc, row);
	table_close(k);
	return screen_end(&sc);
}

/* ---- tariffs ---- */

static const struct field search_fields[] = { { "q", N_("Act: code or words"), FIELD_TEXT, .max = 100 }, { "day", N_("Day of the act"), FIELD_DATE }, FIELDS_END };

static enum rc
tariffs_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "tariff_search");
	if (rq->form.n_bad > 0)
		return RC_OK;
	if (form_get(&rq->form, "q").n > 0)
		ask_arg(a, "text", form_get(&rq->form, "q"));
	if (form_get(&rq->form, "day").n > 0)
		ask_arg(a, "day", form_get(&rq->form, "day"));
	return RC_OK;
}

static void
draw_acts(struct screen *sc)
{
	static const struct col cols[] = { { N_("Code"), NULL }, { N_("Act"), NULL }, { N_("Activity"), "num" }, { N_("Phase"), "num" }, { N_("Price since"), "time" }, { N_("Price"), "num" } };
	struct kit *k = &sc->k;
	struct digits d;
	struct row page = release_set(sc->rel, "acts_page");
	if (rows_count(release_rows(sc->rel), "acts") == 0) {
		if (form_get(&sc->rq->form, "q").n > 0)
			empty_state(k, N_("No act of the CCAM has these words. Three letters at least."), STR_NONE, NULL);
		return;
	}
	if (row_i64(page, "total") > row_i64(page, "shown")) {
		el_open(k, H_P, "note");
		say_with(k, N_("{1} acts have these words; the first ones are shown: write more."), digits_of(&d, row_i64(page, "total")));
		html_close(&k->w, H_P);
	}
	table_open(k, N_("Acts of the CCAM"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "acts") {
		struct words from = when_day(k, row_get(row, "from_on")), price = billing_price(k, row_i64(row, "price_milli"));
		table_row(k);
		cell(k, row_get(row, "code"));
		cell(k, row_get(row, "label"));
		cell(k, row_get(row, "activity"));
		cell(k, row_get(row, "phase"));
		cell(k, words_view(&from));
		cell_open(k, "num");
		if (row_has(row, "price_milli"))
			html_text(&k->w, words_view(&price));
		else
			say(k, billing_why(row_get(row, "why")));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
tariffs_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Tariffs"));
	struct kit *k = &sc.k;
	struct row edition = release_set(rel, "editions");
	struct words day = when_day(k, row_get(edition, "day_on"));
	el(k, H_H1, NULL, N_("Tariffs"));
	if (row_has(edition, "absent")) {
		empty_state(k, N_("The tariff tables are not there"), STR_NONE, NULL);
		return screen_end(&sc);
	}
	el_open(k, H_P, "hint");
	say_with(k, N_("CCAM {1}, prices of {2}, column {3}. Amounts of modifiers and rules of association: not provided, not checked."), row_get(edition, "ccam"), words_view(&day),
		row_has(edition, "grid_label") ? row_get(edition, "grid_label") : str_of(tr(k->lang, N_("not said"))));
	html_close(&k->w, H_P);
	struct sheet s = { .action = STR("/billing/tariffs"), .id = "tariff", .class_ = "sheet narrow", .fields = search_fields, .form = &rq->form };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "q", &(struct look){ .autofocus = true, .wide = true });
	fields_input(k, &s, "day", NULL);
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Find"))));
	fields_close(k);
	draw_acts(&sc);
	return screen_end(&sc);
}

/* ---- tables of the hospital ---- */

static const struct choice tariff_kinds[] = { { "ngap", N_("Letter of the NGAP") }, { "room", N_("Room supplement") }, { "day", N_("Daily charge") }, { "modifier", N_("Modifier of the CCAM") },
	{ "rate", N_("Rate of the patient's share") }, { "effect", N_("Day of effect of a shipped table") }, { NULL, NULL } };
static const struct choice place_kinds[] = { { "public", N_("Public or non-profit") }, { "private", N_("Private") }, { NULL, NULL } };
static const struct field tariff_fields[] = {
	{ "kind",   N_("Table"),               FIELD_CODE, .choices = tariff_kinds, .required = true },
	{ "what",   N_("Code"),                FIELD_TOKEN, .max = 16, .required = true },
	{ "from",   N_("From what day"),       FIELD_DATE, .required = true },
	{ "value",  N_("Price in euros, or rate in per cent"), FIELD_TOKEN, .max = 16 },
	{ "source", N_("Which text says so"),  FIELD_TEXT, .min = 3, .max = 200, .required = true },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field place_fields[] = {
	{ "kind", N_("Kind of establishment"), FIELD_CODE, .choices = place_kinds, .required = true },
	{ "grid", N_("Column of the CCAM"),    FIELD_INT, .min = 3, .max = 19, .required = true },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
tables_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, rq->page->fields == place_fields ? "billing_place_set" : "house_tariff_add", false);
	ask_view(a, "house_tariffs");
	return RC_OK;
}

static void
draw_tables(struct screen *sc)
{
	static const struct col cols[] = { { N_("Table"), NULL }, { N_("Code"), NULL }, { N_("From"), "time" }, { N_("Price or rate"), "num" }, { N_("Text"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "tariffs") == 0) {
		el(k, H_P, "note", N_("These tables are delivered empty: letters of the NGAP, room supplements, daily charges and rates are not provided, and nothing is priced by them."));
		return;
	}
	table_open(k, N_("Tables of the hospital"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "tariffs") {
		struct words from = when_day(k, row_get(row, "from_on")), price = billing_price(k, row_i64(row, "value"));
		struct words rate = billing_typed(k, row_i64(row, "value"));
		table_row(k);
		cell_say(k, WORD_OF(tariff_kinds, row_get(row, "kind")));
		cell(k, row_get(row, "code"));
		cell(k, words_view(&from));
		cell_open(k, "num");
		if (str_eq(row_get(row, "kind"), "rate"))
			say_with(k, N_("{1} %"), words_view(&rate));
		else if (!str_eq(row_get(row, "kind"), "effect"))
			html_text(&k->w, words_view(&price));
		cell_close(k);
		cell(k, row_get(row, "source"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
tables_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/billing/tables"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Tables of the hospital"));
	struct kit *k = &sc.k;
	struct row place = release_set(rel, "places");
	el(k, H_H1, NULL, N_("Tables of the hospital"));
	draw_tables(&sc);
	struct sheet s = billing_sheet(&sc, STR("/billing/tables"), "tariff", tariff_fields, faults, FAULTS);
	el(k, H_H2, NULL, N_("Add a row"));
	el(k, H_P, "hint", N_("A row is never changed: a later day, or the same day typed again, holds from then. Day of effect: code ghs_prive or supplements, for shipped tables that say their year only."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "kind", &(struct look){ .as_select = true });
	fields_input(k, &s, "what", NULL);
	fields_input(k, &s, "from", NULL);
	fields_input(k, &s, "value", &(struct look){ .inputmode = "decimal" });
	fields_input(k, &s, "source", &(struct look){ .wide = true });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Add this row"))));
	fields_close(k);
	struct pair now[2] = { { STR("kind"), row_get(place, "kind") }, { STR("grid"), row_i64(place, "grid") > 0 ? row_get(place, "grid") : STR_NONE } };
	struct fault place_faults[FAULTS];
	struct sheet t = billing_sheet(&sc, STR("/billing/place"), "place", place_fields, place_faults, FAULTS);
	t.now = now;
	t.n_now = 2;
	el_open(k, H_H2, NULL);
	say_with(k, N_("What this establishment is: {1}"), row_get(place, "name"));
	html_close(&k->w, H_H2);
	fields_open(k, &t);
	fields_summary(k, &t);
	fields_input(k, &t, "kind", &(struct look){ .as_select = true });
	fields_input(k, &t, "grid", &(struct look){ .hint = N_("Number of the column of ccam_grilles_tarifs, 3 to 19") });
	session_code(&sc, &t, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- cash desk ---- */

static const struct field count_fields[] = {
	{ "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "cash",     N_("Cash"),     FIELD_TOKEN, .max = 16 },
	{ "card",     N_("Card"),     FIELD_TOKEN, .max = 16 },
	{ "cheque",   N_("Cheque"),   FIELD_TOKEN, .max = 16 },
	{ "transfer", N_("Transfer"), FIELD_TOKEN, .max = 16 },
	FIELDS_END
};
static const struct field close_fields[] = {
	{ "no",   N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
cash_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, rq->page->fields == close_fields ? "cash_close" : "cash_count", false);
	ask_view(a, "cash");
	return RC_OK;
}

static void
draw_means(struct screen *sc)
{
	static const struct col cols[] = { { N_("Means of payment"), NULL }, { N_("Payments"), "num" }, { N_("Should be there"), "num" }, { N_("Counted"), "num" }, { N_("Difference"), "num" } };
	struct kit *k = &sc->k;
	table_open(k, N_("The open desk"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "means") {
		int64_t differs = row_i64(row, "counted_cents") - row_i64(row, "expected_cents");
		struct words words = billing_money(k, differs);
		table_row(k);
		cell_say(k, billing_means(row_get(row, "means")));
		cell(k, row_get(row, "payments"));
		billing_cell_money(k, row, "expected_cents");
		billing_cell_money(k, row, "counted_cents");
		cell_open(k, "num");
		if (row_has(row, "counted_cents"))
			html_text(&k->w, words_view(&words));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_count(struct screen *sc, struct row session)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct sheet s = billing_sheet(sc, STR("/billing/cash"), "count", count_fields, faults, FAULTS);
	el(k, H_H2, NULL, N_("Count the desk"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(session, "no"));
	for (size_t i = 0; i < 4; i++)
		fields_input(k, &s, means[i].code, &(struct look){ .inputmode = "decimal" });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("This is what lies there"))));
	fields_close(k);
}

static void
draw_close(struct screen *sc, struct row session)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	if (!row_has(session, "counted_by"))
		return;
	el(k, H_H2, NULL, N_("Close the desk"));
	el_open(k, H_P, "hint");
	say_with(k, N_("Counted by {1}. Another person closes it; payments that come after go to a new desk."), row_get(session, "counted_by"));
	html_close(&k->w, H_P);
	if (row_has(session, "mine") || row_has(session, "stale")) {
		el(k, H_P, "note", row_has(session, "stale") ? N_("Payments came after it was counted: count it again.") : N_("You counted it: somebody else closes it."));
		return;
	}
	struct sheet s = billing_sheet(sc, STR("/billing/cash/close"), "close", close_fields, faults, FAULTS);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(session, "no"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "primary", "lock", str_of(tr(k->lang, N_("Close the desk"))));
	fields_close(k);
}

static enum rc
cash_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Opened"), "time" }, { N_("Payments"), "num" }, { N_("Closed"), "time" }, { N_("Counted by"), NULL }, { N_("Closed by"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/billing/cash"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Cash desk"));
	struct kit *k = &sc.k;
	struct row session = release_set(rel, "session");
	el(k, H_H1, NULL, N_("Cash desk"));
	if (rq->method == HTTP_POST && rq->page->fields == close_fields)
		screen_refusal(&sc);
	if (row_is(session)) {
		draw_means(&sc);
		draw_count(&sc, session);
		draw_close(&sc, session);
	} else {
		empty_state(k, N_("No money has come in since the last closing: the next payment opens the desk."), STR_NONE, NULL);
	}
	if (rows_count(release_rows(rel), "past") == 0)
		return screen_end(&sc);
	table_open(k, N_("Closed before"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "past") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "opened_at"));
		cell(k, row_get(row, "payments"));
		cell_time_ms(k, row_i64(row, "closed_at"));
		cell(k, row_get(row, "counted_by"));
		cell(k, row_get(row, "closed_by"));
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- journal ---- */

static const struct field journal_fields[] = { { "day", N_("Day"), FIELD_DATE }, FIELDS_END };
static const struct field recount_fields[] = { FIELDS_END };

static enum rc
journal_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->page->fields == recount_fields)
		billing_ask_act(rq, a, "journal_recount", false);
	ask_view(a, "billing_journal");
	if (rq->page->fields == journal_fields && form_get(&rq->form, "day").n > 0)
		ask_arg(a, "day", form_get(&rq->form, "day"));
	return RC_OK;
}

static const char *
account_word(int64_t account)
{
	switch (account) {
	case 1: return N_("Owed by the compulsory insurance");
	case 2: return N_("Owed by complementary payers");
	case 3: return N_("Owed by patients");
	case 10: return N_("Care given");
	case 21: return N_("Cash");
	case 22: return N_("Card");
	case 23: return N_("Cheque");
	case 24: return N_("Transfer");
	default: return N_("Not recorded");
	}
}

static const char *
posting_word(int64_t kind)
{
	static const char *const words[] = { N_("Not recorded"), N_("Invoice"), N_("Payment"), N_("Credit note"), N_("Refund") };
	return words[kind >= 1 && kind <= 4 ? kind : 0];
}

static void
draw_day(struct screen *sc)
{
	static const struct col cols[] = { { N_("Account"), NULL }, { N_("Debit"), "num" }, { N_("Credit"), "num" } };
	static const struct col rows[] = { { N_("Invoice"), "num" }, { N_("What"), NULL }, { N_("Debit"), NULL }, { N_("Credit"), NULL }, { N_("Amount"), "num" } };
	struct kit *k = &sc->k;
	struct row day = release_set(sc->rel, "day");
	if (rows_count(release_rows(sc->rel), "accounts") == 0) {
		empty_state(k, N_("Nothing was posted on this day."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Sums of the day"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "accounts") {
		table_row(k);
		cell_say(k, account_word(row_i64(row, "account")));
		billing_cell_money(k, row, "debit_cents");
		billing_cell_money(k, row, "credit_cents");
		table_row_end(k);
	}
	table_row(k);
	cell_say(k, N_("Together"));
	billing_cell_money(k, day, "debit_cents");
	billing_cell_money(k, day, "credit_cents");
	table_row_end(k);
	table_close(k);
	table_open(k, N_("Rows of the day"), rows, sizeof rows / sizeof rows[0]);
	for release_each (row, sc->rel, "postings") {
		table_row(k);
		cell(k, screen_say(sc, N_("No. {1}-{2}"), row_get(row, "year"), row_get(row, "number")));
		cell_say(k, posting_word(row_i64(row, "kind")));
		cell_say(k, account_word(row_i64(row, "debit")));
		cell_say(k, account_word(row_i64(row, "credit")));
		billing_cell_money(k, row, "amount_cents");
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_recount(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct digits n, d;
	struct row last = release_set(sc->rel, "recount");
	el(k, H_H2, NULL, N_("Count anew"));
	el(k, H_P, "hint", N_("Every sum is made again from the rows of the journal and the lines of the invoices, and compared with what is shown."));
	if (row_is(last)) {
		struct words at = when_clinical_ms(k, row_i64(last, "at"));
		el_open(k, H_P, row_i64(last, "differences") > 0 ? "faults" : "note");
		say_with(k, N_("Last count: {1}, {2} rows, {3} differences."), words_view(&at), digits_of(&n, row_i64(last, "postings")), digits_of(&d, row_i64(last, "differences")));
		html_close(&k->w, H_P);
	}
	for release_each (row, sc->rel, "differences") {
		el_open(k, H_P, "faults");
		say_with(k, N_("Differs: {1}, invoice {2}"), row_get(row, "what"), row_get(row, "invoice"));
		html_close(&k->w, H_P);
	}
	fields_button_form(k, STR("/billing/journal"), "quiet", "restore", str_of(tr(k->lang, N_("Count anew"))), NULL, 0, NULL);
}

static enum rc
journal_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Journal of billing"));
	struct kit *k = &sc.k;
	struct words day = when_day(k, row_get(release_set(rel, "day"), "day_on"));
	el_open(k, H_H1, NULL);
	say_with(k, N_("Journal of billing, {1}"), words_view(&day));
	html_close(&k->w, H_H1);
	screen_refusal(&sc);
	struct sheet s = { .action = STR("/billing/journal/day"), .id = "day", .class_ = "sheet narrow", .fields = journal_fields, .form = rq->page->fields == journal_fields ? &rq->form : NULL };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "day", NULL);
	fields_submit(k, "quiet", "calendar", str_of(tr(k->lang, N_("Show this day"))));
	fields_close(k);
	draw_day(&sc);
	draw_recount(&sc);
	return screen_end(&sc);
}

const struct page pages_billing[] = {
	{ HTTP_GET,  "/billing",            MAY_BILL, REVEALS_WORK_LIST, .ask = desk_ask, .show = desk_show, .menu = N_("Billing"), .icon = "list" },
	{ HTTP_GET,  "/billing/tariffs",    MAY_BILL | MAY_WRITE_CHART, REVEALS_META, .fields = search_fields, .ask = tariffs_ask, .show = tariffs_show, .menu = N_("Tariffs"), .icon = "find" },
	{ HTTP_POST, "/billing/tariffs",    MAY_BILL | MAY_WRITE_CHART, REVEALS_META, .fields = search_fields, .ask = tariffs_ask, .show = tariffs_show },
	{ HTTP_GET,  "/billing/tables",     MAY_BILL, REVEALS_META, .ask = tables_ask, .show = tables_show, .menu = N_("Tables of the hospital"), .icon = "doc" },
	{ HTTP_POST, "/billing/tables",     MAY_BILL, REVEALS_META, .fields = tariff_fields, .ask = tables_ask, .show = tables_show },
	{ HTTP_POST, "/billing/place",      MAY_BILL, REVEALS_META, .fields = place_fields, .ask = tables_ask, .show = tables_show },
	{ HTTP_GET,  "/billing/cash",       MAY_BILL, REVEALS_META, .ask = cash_ask, .show = cash_show, .menu = N_("Cash desk"), .icon = "key" },
	{ HTTP_POST, "/billing/cash",       MAY_BILL, REVEALS_META, .fields = count_fields, .ask = cash_ask, .show = cash_show },
	{ HTTP_POST, "/billing/cash/close", MAY_BILL, REVEALS_META, .fields = close_fields, .ask = cash_ask, .show = cash_show },
	{ HTTP_GET,  "/billing/journal",    MAY_BILL, REVEALS_META, .ask = journal_ask, .show = journal_show, .menu = N_("Journal of billing"), .icon = "timeline" },
	{ HTTP_POST, "/billing/journal",    MAY_BILL, REVEALS_META, .fields = recount_fields, .ask = journal_ask, .show = journal_show },
	{ HTTP_POST, "/billing/journal/day", MAY_BILL, REVEALS_META, .fields = journal_fields, .ask = journal_ask, .show = journal_show },
	{ .path = NULL },
};
