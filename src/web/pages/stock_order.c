/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_order.c: what a store should get: the pick list that fills a ward, orders to suppliers, their receptions in parts; the check of their invoices is drawn by stock_invoice.c. Nothing is ordered
 * by itself. Called by front through the rows at the end. Start at proposals_show and order_show.
 */
#include "pages/stock_invoice.h"

#include <string.h>

#define PLACES_MOST 50

#define STORE_TAKEN_FIELD { "from", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX }

static const struct field proposals_fields[] = { STOCK_STORE_FIELD, STORE_TAKEN_FIELD, FIELDS_END };
static const struct field refill_fields[] = { STOCK_KEY_FIELD, STOCK_STORE_FIELD, { "from", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field add_fields[] = { STOCK_KEY_FIELD, STOCK_STORE_FIELD, { "supplier", N_("Supplier"), FIELD_TOKEN, .min = 2, .max = 20, .required = true }, FIELDS_END };
static const struct field order_fields[] = { STOCK_NO_FIELD, FIELDS_END };
static const struct field seen_fields[] = { STOCK_NO_FIELD, STOCK_VERSION_FIELD, FIELDS_END };
static const struct field line_fields[] = { STOCK_NO_FIELD, STOCK_VERSION_FIELD, STOCK_CIS_FIELD, STOCK_QUANTITY_FIELD, { "amount", N_("Price of all of it, in euros"), FIELD_TEXT, .max = 20 }, FIELDS_END };
static const struct field receive_fields[] = {
	STOCK_NO_FIELD, STOCK_KEY_FIELD, STOCK_SCAN_FIELD, STOCK_CIS_FIELD,
	{ "number",  N_("Lot number"),    FIELD_TOKEN, .max = 20, .required = true },
	{ "serial",  N_("Serial number"), FIELD_TOKEN, .max = 20 },
	{ "expires", N_("Expires on"),    FIELD_DATE,  .required = true },
	STOCK_QUANTITY_FIELD,
	FIELDS_END
};
/* Who decides what is ordered; a technician receives it. */
static bool
is_pharmacy(const struct screen *sc)
{
	return release_may(sc->rel, MAY_PHARMACY);
}

static void
hide_key(struct screen *sc, const struct sheet *s)
{
	struct str typed = fields_value(s, "key");
	fields_hidden(&sc->k, "key", typed.n > 0 ? typed : row_get(release_set(sc->rel, "form"), "key"));
}

/* ---- what should come ---- */

static enum rc
proposals_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, strcmp(rq->page->path, "/stock/refill") == 0 ? "stock_refill" : "stock_order_add");
	ask_view(a, "stock_proposals");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	if (form_get(&rq->form, "from").n > 0)
		ask_arg(a, "from", form_get(&rq->form, "from"));
	return RC_OK;
}

static void
draw_proposals(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("May be given"), "num" }, { N_("On order"), "num" }, { N_("Minimum"), "num" }, { N_("Optimum"), "num" }, { N_("Proposed"), "num" } };
	struct kit *k = &sc->k;
	table_open(k, N_("At the minimum or under it"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "proposals") {
		struct str counted = row_get(row, "counted");
		table_row(k);
		stock_cell_product(sc, row);
		stock_cell_quantity(k, row_i64(row, "usable"), counted);
		stock_cell_quantity(k, row_i64(row, "on_order"), counted);
		stock_cell_quantity(k, row_i64(row, "minimum"), counted);
		stock_cell_quantity(k, row_i64(row, "optimum"), counted);
		stock_cell_quantity(k, row_i64(row, "wanted"), counted);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_picks(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Lot"), NULL }, { N_("Take"), "num" } };
	struct kit *k = &sc->k;
	struct str from = form_get(&sc->rq->form, "from");
	if (from.n == 0 || stock_was_sent(sc, "/stock/orders/new"))
		return;
	el(k, H_H2, NULL, N_("Pick list"));
	if (rows_count(release_rows(sc->rel), "picks") == 0) {
		el(k, H_P, "empty", N_("That store has nothing of it that may be given."));
		return;
	}
	table_open(k, N_("To be taken, the soonest expiry first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "picks") {
		table_row(k);
		stock_cell_product(sc, row);
		cell_open(k, NULL);
		stock_lot_words(sc, row);
		cell_close(k);
		stock_cell_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		table_row_end(k);
	}
	table_close(k);
	struct pair hidden[3] = { { STR("key"), row_get(release_set(sc->rel, "form"), "key") }, { STR("store"), form_get(&sc->rq->form, "store") }, { STR("from"), from } };
	fields_button_form(k, STR("/stock/refill"), "primary", "swap", str_of(tr(k->lang, N_("Taken: enter this transfer"))), hidden, 3, NULL);
}

static void
draw_order_form(struct screen *sc, struct str store)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/orders/new", "order", add_fields);
	el(k, H_H2, NULL, N_("Order it"));
	fields_open(k, &s);
	fields_summary(k, &s);
	hide_key(sc, &s);
	fields_hidden(k, "store", store);
	fields_input(k, &s, "supplier", &(struct look){ .hint = N_("Code of the supplier") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Make a draft order"))));
	fields_close(k);
}

static enum rc
proposals_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str store = form_get(&rq->form, "store");
	bool orders = rq->method == HTTP_POST && strcmp(rq->page->path, "/stock/orders/new") == 0;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, orders ? screen_join(rq, STR("/stock/order?no="), row_get(release_set(rel, "order"), "no")) : screen_join(rq, STR("/stock/store?store="), store));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct words name = stock_store_name(&sc, release_set(rel, "store"));
	el_open(k, H_H1, NULL);
	say_with(k, N_("What {1} should get"), words_view(&name));
	html_close(&k->w, H_H1);
	if (!orders)
		screen_refusal(&sc);
	if (rows_count(release_rows(rel), "proposals") == 0) {
		empty_state(k, N_("No product has reached its minimum."), screen_join(rq, STR("/stock/store?store="), store), N_("Back to the store"));
		return screen_end(&sc);
	}
	draw_proposals(&sc);
	el_open(k, H_DIV, "row links");
	for release_each (row, rel, "places") {
		struct words place = stock_store_name(&sc, row);
		html_open(&k->w, H_A);
		html_attr_z(&k->w, "class", "button quiet");
		html_attr(&k->w, "href", screen_join(rq, screen_join(rq, screen_join(rq, STR("/stock/proposals?store="), store), STR("&from=")), row_get(row, "store")));
		say_with(k, N_("Pick list from {1}"), words_view(&place));
		html_close(&k->w, H_A);
	}
	html_close(&k->w, H_DIV);
	draw_picks(&sc);
	if (is_pharmacy(&sc))
		draw_order_form(&sc, store);
	return screen_end(&sc);
}

/* ---- orders ---- */

static enum rc
orders_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "stock_orders");
	return RC_OK;
}

static void
chip_order(struct kit *k, struct str state)
{
	static const struct { const char *code, *kind, *symbol, *label; } words[] = {
		{ "draft", "plain", "pencil", N_("Draft order") }, { "sent", "info", "clock", N_("Ordered") }, { "partly", "warn", "clock", N_("Came in part") }, { "received", "ok", "arrive", N_("Came") },
		{ "checked", "ok", "check", N_("Invoice checked") }, { "disputed", "critical", "octagon", N_("Invoice disputed") }, { "cancelled", "plain", "trash", N_("Order cancelled") },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(state, words[i].code))
			status_chip(k, words[i].kind, words[i].symbol, words[i].label);
}

static enum rc
orders_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Order"), NULL }, { N_("Made on"), "time" }, { N_("Supplier"), NULL }, { N_("For"), NULL }, { N_("State"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Orders"));
	if (rows_count(release_rows(rel), "orders") == 0) {
		empty_state(k, N_("Nothing was ordered yet: orders begin with what a store should get."), STR("/stock"), N_("All stores"));
		return screen_end(&sc);
	}
	table_open(k, N_("The newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "orders") {
		table_row(k);
		cell_link(k, screen_join(rq, STR("/stock/order?no="), row_get(row, "no")), screen_say(&sc, N_("Order {1}"), row_get(row, "no")));
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "supplier"));
		stock_cell_account(&sc, row);
		cell_open(k, NULL);
		chip_order(k, row_get(row, "state"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- one order ---- */

static const struct stock_send order_acts[] = {
	{ "/stock/order/line", "stock_order_line" }, { "/stock/order/send", "stock_order_send" }, { "/stock/order/receive", "stock_order_receive" }, { "/stock/order/invoice", "stock_order_invoice" },
	{ "/stock/order/billed", "stock_invoice_line" },
	{ "/stock/order/end", "stock_order_end" },
};

static enum rc
order_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_sent(rq, a, order_acts, sizeof order_acts / sizeof order_acts[0]);
	stock_ask_scan(rq, a, "in", STR_NONE);
	ask_view(a, "stock_order");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

static void
draw_order_lines(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Ordered"), "num" }, { N_("Came"), "num" }, { N_("Price of the order"), "num" }, { N_("Price of what came"), "num" } };
	struct kit *k = &sc->k;
	struct row total = release_set(sc->rel, "total");
	struct words ordered = stock_euros(k, row_i64(total, "ordered_cents")), came = stock_euros(k, row_i64(total, "received_cents"));
	table_open(k, N_("Lines of the order"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines") {
		table_row(k);
		stock_cell_product(sc, row);
		stock_cell_quantity(k, row_i64(row, "ordered"), row_get(row, "counted"));
		stock_cell_quantity(k, row_i64(row, "received"), row_get(row, "counted"));
		stock_cell_euros(k, row_i64(row, "price_cents"));
		stock_cell_euros(k, row_i64(row, "received_cents"));
		table_row_end(k);
	}
	table_close(k);
	el_open(k, H_P, NULL);
	say_with(k, N_("Ordered for {1}; what came costs {2}."), words_view(&ordered), words_view(&came));
	html_close(&k->w, H_P);
}

static size_t
options_of(struct screen *sc, struct pair *at, bool to_come)
{
	size_t n = 0;
	for release_each (row, sc->rel, "lines")
		if (n < PLACES_MOST && (!to_come || row_i64(row, "received") < row_i64(row, "ordered")))
			at[n++] = (struct pair){ row_get(row, "cis"), row_has(row, "name") ? row_get(row, "name") : row_get(row, "cis") };
	return n;
}

static void
draw_line_form(struct screen *sc, struct str no, struct str version)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/order/line", "line", line_fields);
	el(k, H_H2, NULL, N_("Change or add a line"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	fields_hidden(k, "version", version);
	fields_input(k, &s, "cis", &(struct look){ .hint = N_("Scan the pack, or look the code up under Medicines") });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .hint = N_("0 takes the line off") });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal", .hint = N_("Empty: at the average cost") });
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("Set this line"))));
	fields_close(k);
}

static void
draw_receive_form(struct screen *sc, struct str no)
{
	struct kit *k = &sc->k;
	struct stock_filled f;
	struct pair options[PLACES_MOST];
	size_t n = options_of(sc, options, true);
	struct sheet s = stock_scan_sheet(sc, &f, "/stock/order/receive", "receive", receive_fields);
	el(k, H_H2, NULL, N_("What came"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	hide_key(sc, &s);
	stock_scan_input(sc, &s, &f);
	fields_input(k, &s, "cis", &(struct look){ .options = options, .n_options = n });
	fields_input(k, &s, "number", NULL);
	fields_input(k, &s, "expires", &(struct look){ .hint = N_("Day, month and year with four digits") });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .autofocus = f.filled, .hint = N_("In units of count: 30 tablets, not one box") });
	fields_input(k, &s, "serial", NULL);
	fields_submit(k, "primary", "arrive", str_of(tr(k->lang, N_("Take in"))));
	fields_close(k);
}

static enum rc
order_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str no = form_get(&rq->form, "no");
	if (rq->method == HTTP_POST && !stock_scanned(rq) && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/stock/order?no="), no));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row order = release_set(rel, "order");
	struct str state = row_get(order, "state"), version = row_get(order, "version");
	struct words store = stock_store_name(&sc, order), asked = stock_euros(k, row_i64(order, "invoice_cents"));
	struct pair hidden[2] = { { STR("no"), no }, { STR("version"), version } };
	bool draft = str_eq(state, "draft"), open = str_eq(state, "sent") || str_eq(state, "partly"), pharmacy = is_pharmacy(&sc);
	el_open(k, H_H1, NULL);
	say_with(k, N_("Order {1} to {2}"), row_get(order, "no"), row_get(order, "supplier"));
	html_close(&k->w, H_H1);
	if (stock_was_sent(&sc, "/stock/order/send") || stock_was_sent(&sc, "/stock/order/end"))
		screen_refusal(&sc);
	html_open(&k->w, H_P);
	chip_order(k, state);
	html_z(&k->w, " ");
	say_with(k, N_("For {1}"), words_view(&store));
	html_close(&k->w, H_P);
	draw_order_lines(&sc);
	if (row_has(order, "invoice") && rows_count(release_rows(rel), "checks") == 0) {
		el_open(k, H_P, NULL);
		say_with(k, N_("Invoice {1} asks {2}."), row_get(order, "invoice"), words_view(&asked));
		html_close(&k->w, H_P);
	}
	if (pharmacy && draft)
		draw_line_form(&sc, no, version);
	el_open(k, H_DIV, "row links");
	if (pharmacy && draft)
		fields_button_form(k, STR("/stock/order/send"), "primary", "check", str_of(tr(k->lang, N_("It was sent to the supplier"))), hidden, 2, NULL);
	if (pharmacy && (draft || open))
		fields_button_form(k, STR("/stock/order/end"), "quiet", "trash", str_of(tr(k->lang, str_eq(state, "partly") ? N_("The rest will not come") : N_("Cancel this order"))), hidden, 2, NULL);
	html_close(&k->w, H_DIV);
	if (open)
		draw_receive_form(&sc, no);
	if (pharmacy && (str_eq(state, "received") || str_eq(state, "disputed")))
		stock_invoice_draw(&sc, no, version);
	stock_invoice_draw_checks(&sc);
	return screen_end(&sc);
}

const struct page pages_stock_order[] = {
	{ HTTP_GET,  "/stock/proposals",     STOCK_SUPPLY, REVEALS_META, .fields = proposals_fields, .ask = proposals_ask, .show = proposals_show },
	{ HTTP_POST, "/stock/refill",        STOCK_SUPPLY, REVEALS_META, .fields = refill_fields,    .ask = proposals_ask, .show = proposals_show },
	{ HTTP_POST, "/stock/orders/new",    MAY_PHARMACY, REVEALS_META, .fields = add_fields,       .ask = proposals_ask, .show = proposals_show },
	{ HTTP_GET,  "/stock/orders",        STOCK_SUPPLY, REVEALS_META, .ask = orders_ask, .show = orders_show },
	{ HTTP_GET,  "/stock/order",         STOCK_SUPPLY, REVEALS_META, .fields = order_fields,     .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/line",    MAY_PHARMACY, REVEALS_META, .fields = line_fields,      .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/send",    MAY_PHARMACY, REVEALS_META, .fields = seen_fields,      .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/receive", STOCK_SUPPLY, REVEALS_META, .fields = receive_fields,   .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/invoice", MAY_PHARMACY, REVEALS_META, .fields = stock_invoice_fields, .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/billed",  MAY_PHARMACY, REVEALS_META, .fields = stock_billed_fields,  .ask = order_ask,     .show = order_show },
	{ HTTP_POST, "/stock/order/end",     MAY_PHARMACY, REVEALS_META, .fields = seen_fields,      .ask = order_ask,     .show = order_show },
	{ .path = NULL },
};
