/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_lot.c: one lot: where it lies, what was decided about it, to whom it was given; lots looked up for a recall; one medicine over the stores, with what may stand in for
 * it; and in the chart: dispensing to a patient, and taking in what a patient brings. Of a lot's patients the page names whom the reader's work joins to; for the others it offers to
 * tell their units. Called by front through the rows at the end. Start at lot_show and dispense_show.
 */
#include "pages/stock.h"

#include <string.h>

#include "pages/chart.h"

#define STORES_MOST 100
#define LINES_MOST 80

static const struct choice states[] = { { "quarantine", N_("Quarantine") }, { "recalled", N_("Called back") }, { "usable", N_("Free again") }, { NULL, NULL } };
static const struct choice state_reasons[] = {
	{ "authority", N_("Notice of the authority (ANSM)") }, { "supplier", N_("Notice of the supplier") }, { "quality", N_("Doubt about its quality") }, { "cold", N_("Cold chain broken") },
	{ "checked", N_("Checked: in order") }, { "other", N_("Another reason") }, { NULL, NULL },
};
static const struct field lot_fields[] = { STOCK_LOT_FIELD, FIELDS_END };
static const struct field state_fields[] = {
	STOCK_LOT_FIELD,
	{ "state",  N_("From now on"), FIELD_CODE, .choices = states, .required = true },
	{ "reason", N_("Reason"),      FIELD_CODE, .choices = state_reasons, .required = true },
	FIELDS_END
};
static const struct field find_fields[] = { { "cis", N_("Medicine (CIS or CIP13)"), FIELD_INT, .min = 1, .max = INT64_C(9999999999999) }, FIELDS_END };
static const struct field medicine_fields[] = { STOCK_CIS_FIELD, FIELDS_END };
static const struct field dispense_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_SCAN_FIELD, STOCK_CIS_FIELD, STOCK_QUANTITY_FIELD,
	{ "request", N_("Prescription line"), FIELD_ID },
	{ "number",  N_("Lot number, if scanned"), FIELD_TOKEN, .max = 20 },
	FIELDS_END
};
static const struct field own_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_SCAN_FIELD, STOCK_CIS_FIELD, STOCK_QUANTITY_FIELD,
	{ "number",  N_("Lot number"), FIELD_TOKEN, .max = 20 },
	{ "expires", N_("Expires on"), FIELD_DATE },
	FIELDS_END
};

/* ---- one lot ---- */

static enum rc
lot_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, strcmp(rq->page->path, "/stock/lot/tell") == 0 ? "stock_recall_tell" : "stock_lot_state");
	ask_view(a, "stock_lot");
	ask_arg(a, "lot", form_get(&rq->form, "lot"));
	return RC_OK;
}

static const char *
word_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

static void
draw_where(struct screen *sc, struct str counted)
{
	static const struct col cols[] = { { N_("Store"), NULL }, { N_("Held"), "num" } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "where") == 0) {
		el(k, H_P, NULL, N_("None of your stores holds any of it now."));
		return;
	}
	table_open(k, N_("Where it lies"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "where") {
		table_row(k);
		stock_cell_account(sc, row);
		stock_cell_quantity(k, row_i64(row, "milli"), counted);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_given(struct screen *sc, struct str counted)
{
	static const struct col cols[] = { { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("Given"), "num" }, { N_("Last on"), "time" }, { N_("Store"), NULL } };
	struct kit *k = &sc->k;
	struct digits d;
	el(k, H_H2, NULL, N_("Given to"));
	if (rows_count(release_rows(sc->rel), "given") + rows_count(release_rows(sc->rel), "elsewhere") == 0)
		el(k, H_P, NULL, N_("The books know of nobody who was given any of it."));
	if (rows_count(release_rows(sc->rel), "given") > 0) {
		table_open(k, N_("Patients of yours"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, sc->rel, "given") {
			struct words born = when_identity(k, row_get(row, "born_on"));
			table_row(k);
			screen_cell_identity(sc, row);
			screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
			cell(k, words_view(&born));
			stock_cell_quantity(k, row_i64(row, "milli"), counted);
			cell_time_ms(k, row_i64(row, "last_at"));
			stock_cell_account(sc, row);
			table_row_end(k);
		}
		table_close(k);
	}
	for release_each (row, sc->rel, "elsewhere") {
		struct words name = stock_store_name(sc, row);
		el_open(k, H_P, NULL);
		say_with(k, tr_n(k->lang, (uint64_t)row_i64(row, "people"), N_("{1} other patient by {2}: its unit knows the name."), N_("{1} other patients by {2}: its unit knows their names.")),
			digits_of(&d, row_i64(row, "people")), words_view(&name));
		html_close(&k->w, H_P);
	}
	if (rows_count(release_rows(sc->rel), "cut") > 0)
		el(k, H_P, "note warn", N_("Only the newest movements of this lot were looked at: there may be more people."));
}

static void
draw_decisions(struct screen *sc, struct row lot)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("State"), NULL }, { N_("Reason"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	if (rows_count(release_rows(sc->rel), "events") > 0) {
		table_open(k, N_("What was decided"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, sc->rel, "events") {
			table_row(k);
			cell_time_ms(k, row_i64(row, "at"));
			cell_say(k, word_of(states, row_get(row, "state")));
			cell_say(k, word_of(state_reasons, row_get(row, "reason")));
			cell(k, row_get(row, "by_name"));
			table_row_end(k);
		}
		table_close(k);
	}
	if (!release_may(sc->rel, MAY_PHARMACY))
		return;
	if (str_eq(row_get(lot, "state"), "recalled")) {
		struct pair hidden[1] = { { STR("lot"), row_get(lot, "lot") } };
		el(k, H_P, "hint", N_("Each unit that gave any of this lot gets an urgent task for each of its patients. This is done once."));
		fields_button_form(k, STR("/stock/lot/tell"), "primary", "people", str_of(tr(k->lang, N_("Tell the units"))), hidden, 1, NULL);
	}
	struct sheet s = stock_sheet(sc, faults, "/stock/lot", "state", state_fields);
	el(k, H_H2, NULL, N_("Put aside, call back, give free"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "lot", row_get(lot, "lot"));
	fields_input(k, &s, "state", NULL);
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Decide"))));
	fields_close(k);
}

static enum rc
lot_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/stock/lot?lot="), form_get(&rq->form, "lot")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row lot = release_set(rel, "lot");
	el_text(k, H_H1, NULL, row_has(lot, "name") ? row_get(lot, "name") : str_of(tr(k->lang, N_("Lot"))));
	if (stock_was_sent(&sc, "/stock/lot/tell"))
		screen_refusal(&sc);
	html_open(&k->w, H_P);
	stock_lot_words(&sc, lot);
	html_close(&k->w, H_P);
	draw_where(&sc, row_get(lot, "counted"));
	draw_given(&sc, row_get(lot, "counted"));
	draw_decisions(&sc, lot);
	return screen_end(&sc);
}

/* ---- lots looked up ---- */

static enum rc
lots_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "stock_blocked");
	if (form_get(&rq->form, "cis").n > 0) {
		ask_view(a, "stock_find_lots");
		ask_arg(a, "cis", form_get(&rq->form, "cis"));
	}
	return RC_OK;
}

static void
draw_lots(struct screen *sc, const char *set, const char *caption)
{
	struct col cols[] = { { N_("Lot"), NULL }, { N_("Medicine"), NULL }, { N_("Open"), NULL } };
	struct kit *k = &sc->k;
	bool opens = release_may(sc->rel, STOCK_ROLES); /* a lot's page names whom it was given to */
	table_open(k, caption, cols, sizeof cols / sizeof cols[0] - !opens);
	for release_each (row, sc->rel, set) {
		table_row(k);
		cell_open(k, NULL);
		stock_lot_words(sc, row);
		cell_close(k);
		stock_cell_product(sc, row);
		if (opens) {
			cell_open(k, NULL);
			link_to(k, NULL, screen_join(sc->rq, STR("/stock/lot?lot="), row_get(row, "lot")), N_("Open this lot"));
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
lots_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct sheet s = { .action = STR("/stock/lots"), .id = "lots", .class_ = "sheet row", .fields = find_fields, .form = &rq->form };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Lots and recalls"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "cis", &(struct look){ .autofocus = true, .hint = N_("Scan the pack, or look the code up under Medicines") });
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	if (form_get(&rq->form, "cis").n > 0) {
		el(k, H_H2, NULL, N_("Lots of this medicine"));
		if (rows_count(release_rows(rel), "found") > 0)
			draw_lots(&sc, "found", N_("Every lot that was ever here"));
		else
			el(k, H_P, "empty", N_("The books know of no lot of it."));
	}
	el(k, H_H2, NULL, N_("Put aside or called back"));
	if (rows_count(release_rows(rel), "lots") > 0)
		draw_lots(&sc, "lots", N_("The newest first"));
	else
		el(k, H_P, "empty", N_("No lot is in quarantine, and none was called back."));
	return screen_end(&sc);
}

/* ---- one medicine over the stores ---- */

static enum rc
medicine_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "stock_product");
	ask_arg(a, "cis", form_get(&rq->form, "cis"));
	return RC_OK;
}

static void
draw_held(struct screen *sc, const char *set, const char *caption)
{
	struct col cols[] = { { N_("Medicine"), NULL }, { N_("Store"), NULL }, { N_("May be given"), "num" } };
	struct kit *k = &sc->k;
	table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, set) {
		table_row(k);
		stock_cell_product(sc, row);
		stock_cell_account(sc, row);
		stock_cell_quantity(k, row_i64(row, "usable"), row_get(row, "counted"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
medicine_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row product = release_set(rel, "product");
	el_text(k, H_H1, NULL, row_has(product, "name") ? row_get(product, "name") : row_get(product, "cis"));
	if (rows_count(release_rows(rel), "where") > 0)
		draw_held(&sc, "where", N_("In your stores"));
	else
		el(k, H_P, "empty", N_("None of your stores holds any of it now."));
	el(k, H_H2, NULL, N_("Of the same generic group"));
	el(k, H_P, "hint", N_("Proposed for a substitution, which the pharmacist decides: nothing is exchanged by itself."));
	if (rows_count(release_rows(rel), "substitutes") > 0)
		draw_held(&sc, "substitutes", N_("In your stores"));
	else
		el(k, H_P, "empty", N_("Your stores hold no other of its group."));
	return screen_end(&sc);
}

/* ---- to a patient, and from one ---- */

static bool
is_own(const struct req *rq)
{
	return strcmp(rq->page->path, "/patient/:patient/own") == 0;
}

static enum rc
dispense_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (stock_ask_act(rq, a, is_own(rq) ? "stock_own_in" : "stock_dispense"))
		ask_arg(a, "patient", rq->path.patient);
	stock_ask_scan(rq, a, is_own(rq) ? "in" : "out", form_get(&rq->form, "store"));
	screen_ask_head(rq, a);
	ask_view(a, "stock_stores");
	ask_view(a, "order_list");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "stock_dispensed");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static struct row
line_named(struct screen *sc, const char *set, const char *column, struct str line)
{
	for release_each (row, sc->rel, set)
		if (line.n > 0 && str_is(row_get(row, column), line))
			return row;
	return (struct row){ 0 };
}

static void
cell_left(struct kit *k, struct row left, struct str counted)
{
	struct words n = stock_quantity(k, row_i64(left, "left"), counted);
	if (!row_is(left)) {
		cell_say(k, N_("not said"));
		return;
	}
	cell_open(k, "num");
	html_text(&k->w, words_view(&n));
	if (row_has(left, "unsaid")) {
		html_open(&k->w, H_BR);
		el(k, H_SMALL, "hint", N_("at most: doses were given in another unit than it is counted in"));
	}
	cell_close(k);
}

/* What was dispensed by name, on this page or by round, and how much of its line is still there. */
static void
draw_dispensed(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Medicine"), NULL }, { N_("Dispensed"), "num" }, { N_("For the line"), NULL }, { N_("Still there of the line"), "num" }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Dispensed in the last five weeks"));
	if (rows_count(release_rows(sc->rel), "dispensed") == 0) {
		el(k, H_P, "empty", N_("Nothing was dispensed by name."));
		return;
	}
	table_open(k, N_("The newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "dispensed") {
		struct row order = line_named(sc, "orders", "id", row_get(row, "line")), left = line_named(sc, "line_left", "line", row_get(row, "line"));
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		stock_cell_product(sc, row);
		stock_cell_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		if (row_is(order))
			cell(k, row_get(order, "dosage"));
		else
			cell_say(k, row_has(row, "line") ? N_("a line that is over") : N_("for no line"));
		cell_left(k, left, row_get(row, "counted"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

/* The medicines that are prescribed now, for a dispensing to say which of them it is for. */
static size_t
lines_of(struct screen *sc, struct pair at[LINES_MOST])
{
	size_t n = 0;
	for release_each (row, sc->rel, "orders")
		if (n < LINES_MOST)
			at[n++] = (struct pair){ row_get(row, "id"), screen_say(sc, N_("{1} {2}: {3}"), row_get(row, "dci"), row_get(row, "name"), row_get(row, "dosage")) };
	return n;
}

static void
draw_patient_form(struct screen *sc, const struct sheet *s, const struct stock_filled *f, const struct pair *stores, size_t n)
{
	struct kit *k = &sc->k;
	struct str typed = fields_value(s, "key");
	fields_open(k, s);
	fields_summary(k, s);
	fields_hidden(k, "key", typed.n > 0 ? typed : row_get(release_set(sc->rel, "form"), "key"));
	stock_scan_input(sc, s, f);
	fields_input(k, s, "store", &(struct look){ .options = stores, .n_options = n });
	fields_input(k, s, "cis", &(struct look){ .hint = N_("Or look the code up under Medicines") });
	fields_input(k, s, "quantity", &(struct look){ .inputmode = "decimal", .autofocus = f->filled, .hint = N_("In units of count: 30 tablets, not one box") });
	fields_input(k, s, "number", NULL);
}

static enum rc
dispense_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && !stock_scanned(rq) && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/dispense"));
		return RC_OK;
	}
	struct screen sc;
	struct stock_filled f, f_own;
	struct pair stores[STORES_MOST], lines[LINES_MOST];
	size_t n = 0;
	chart_begin(&sc, rq, rel, out, N_("Dispense"));
	struct kit *k = &sc.k;
	for release_each (row, rel, "stores") {
		struct words name = stock_store_name(&sc, row);
		if (n < STORES_MOST)
			stores[n++] = (struct pair){ row_get(row, "store"), arena_str(rq->arena, words_view(&name)) };
	}
	struct pair only[1] = { { STR("store"), n == 1 ? stores[0].name : STR_NONE } };
	struct sheet s = stock_scan_sheet(&sc, &f, "/patient/:patient/dispense", "dispense", dispense_fields);
	if (s.n_now == 0) {
		s.now = only;
		s.n_now = 1;
	}
	s.action = screen_path(rq, rq->path.patient, "/dispense");
	el(k, H_P, "hint", N_("The lots that expire first are taken. What the store lacks is dispensed all the same and waits under « Given, not on the books »."));
	draw_patient_form(&sc, &s, &f, stores, n);
	fields_input(k, &s, "request", &(struct look){ .options = lines, .n_options = lines_of(&sc, lines), .wide = true });
	fields_submit(k, "primary", "pill", screen_say(&sc, N_("Dispense to {1}"), sc.name));
	fields_close(k);
	draw_dispensed(&sc);
	s = stock_scan_sheet(&sc, &f_own, "/patient/:patient/own", "own", own_fields);
	s.action = screen_path(rq, rq->path.patient, "/own");
	if (s.n_now == 0) {
		s.now = only;
		s.n_now = 1;
	}
	el(k, H_H2, NULL, N_("What the patient brought"));
	el(k, H_P, "hint", N_("Kept apart from the house's own, given to this patient alone, and given back at the end of the stay."));
	draw_patient_form(&sc, &s, &f_own, stores, n);
	fields_input(k, &s, "expires", &(struct look){ .hint = N_("Day, month and year with four digits") });
	fields_submit(k, "primary", "arrive", screen_say(&sc, N_("Take in for {1}"), sc.name));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_stock_lot[] = {
	{ HTTP_GET,  "/stock/lot",      STOCK_ROLES,  REVEALS_WORK_LIST, .fields = lot_fields,   .ask = lot_ask,  .show = lot_show },
	{ HTTP_POST, "/stock/lot",      MAY_PHARMACY, REVEALS_WORK_LIST, .fields = state_fields, .ask = lot_ask,  .show = lot_show },
	{ HTTP_POST, "/stock/lot/tell", MAY_PHARMACY, REVEALS_WORK_LIST, .fields = lot_fields,   .ask = lot_ask,  .show = lot_show },
	{ HTTP_GET,  "/stock/lots",     STOCK_SUPPLY, REVEALS_META,      .fields = find_fields,  .ask = lots_ask, .show = lots_show },
	{ HTTP_POST, "/stock/lots",     STOCK_SUPPLY, REVEALS_META,      .fields = find_fields,  .ask = lots_ask, .show = lots_show },
	{ HTTP_GET,  "/stock/medicine", STOCK_GOODS,  REVEALS_META,      .fields = medicine_fields, .ask = medicine_ask, .show = medicine_show },
	{ HTTP_GET,  "/patient/:patient/dispense", STOCK_ROLES, REVEALS_ONE_PATIENT, .ask = dispense_ask, .show = dispense_show, .menu = N_("Dispense"), .icon = "pill" },
	{ HTTP_POST, "/patient/:patient/dispense", STOCK_ROLES, REVEALS_ONE_PATIENT, .fields = dispense_fields, .ask = dispense_ask, .show = dispense_show },
	{ HTTP_POST, "/patient/:patient/own",      STOCK_ROLES, REVEALS_ONE_PATIENT, .fields = own_fields,      .ask = dispense_ask, .show = dispense_show },
	{ .path = NULL },
};
