/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock.c: the stores one may see, what each holds (thresholds reached first, lots in the order in which they are drawn), what goes in and out, and what was given without
 * being on the books. Quantities are shown and typed in the product's unit of count. No patient is named here. Called by front through the rows at the end. Start at store_show.
 */
#include "pages/stock.h"

#include <string.h>

#define PLACES_MOST 200

static const struct choice kinds[] = { { "ward", N_("Ward store") }, { "cabinet", N_("Cabinet") }, { "home", N_("Nursing home") }, { "central", N_("Central store") }, { NULL, NULL } };
static const struct choice moves[] = {
	{ "return", N_("Return to the central store") }, { "use", N_("Used by the unit, for no patient") }, { "loss", N_("Broken or lost") }, { "give_back", N_("Give back to the patient") },
	{ "transfer", N_("Transfer to another store") }, { "destruction", N_("Destruction") }, { "less", N_("Correction: less") }, { "more", N_("Correction: more") }, { NULL, NULL },
};
static const struct choice own_moves[] = { /* of a nurse */
	{ "return", N_("Return to the central store") }, { "use", N_("Used by the unit, for no patient") }, { "loss", N_("Broken or lost") }, { "give_back", N_("Give back to the patient") }, { NULL, NULL },
};
static const struct choice goods_moves[] = { /* of a technician */
	{ "transfer", N_("Transfer to another store") }, { "return", N_("Return to the central store") }, { "loss", N_("Broken or lost") }, { NULL, NULL },
};
static const struct choice reasons[] = {
	{ "broken", N_("Broken") }, { "expired", N_("Expired") }, { "cold", N_("Cold chain broken") }, { "recalled", N_("Called back") }, { "unused", N_("Not used") }, { "error", N_("Mistake in the books") },
	{ "found", N_("Found") }, { "other", N_("Another reason") }, { NULL, NULL },
};
static const struct choice sources[] = { { "delivery", N_("Delivery") }, { "opening", N_("Opening of the books") }, { "found", N_("Found") }, { NULL, NULL } };

static const struct field store_add_fields[] = {
	{ "label", N_("Code"), FIELD_TOKEN, .min = 2, .max = 20, .required = true },
	{ "kind",  N_("Kind"), FIELD_CODE, .choices = kinds, .required = true },
	{ "unit",  N_("Unit"), FIELD_ID },
	FIELDS_END
};
static const struct field product_fields[] = {
	STOCK_CIS_FIELD,
	{ "counted", N_("Counted in"), FIELD_CODE, .choices = stock_counted_choices, .required = true },
	{ "ucd",     N_("Code UCD"),   FIELD_TOKEN, .max = 13 },
	FIELDS_END
};
static const struct field store_fields[] = { STOCK_STORE_FIELD, { "text", N_("Substance or name"), FIELD_TEXT, .max = 100 }, FIELDS_END };
static const struct field scan_fields[] = { STOCK_STORE_FIELD, STOCK_SCAN_FIELD, FIELDS_END };
static const struct field close_fields[] = { STOCK_STORE_FIELD, FIELDS_END };
static const struct field journal_fields[] = { STOCK_STORE_FIELD, { "before", N_("Before"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };
static const struct field lot_fields[] = { STOCK_STORE_FIELD, STOCK_LOT_FIELD, FIELDS_END };
static const struct field move_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_LOT_FIELD,
	{ "kind",   N_("What happens"), FIELD_CODE, .choices = moves, .required = true },
	STOCK_QUANTITY_FIELD,
	{ "to",     N_("To which store"), FIELD_INT, .min = 100, .max = INT64_MAX },
	{ "reason", N_("Reason"),  FIELD_CODE, .choices = reasons },
	{ "text",   N_("Remark"),  FIELD_TEXT, .max = 300 },
	FIELDS_END
};
static const struct field own_move_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_LOT_FIELD,
	{ "kind",   N_("What happens"), FIELD_CODE, .choices = own_moves, .required = true },
	STOCK_QUANTITY_FIELD,
	{ "to",     N_("To which store"), FIELD_INT, .min = 100, .max = INT64_MAX },
	{ "reason", N_("Reason"),  FIELD_CODE, .choices = reasons },
	{ "text",   N_("Remark"),  FIELD_TEXT, .max = 300 },
	FIELDS_END
};
static const struct field goods_move_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_LOT_FIELD,
	{ "kind",   N_("What happens"), FIELD_CODE, .choices = goods_moves, .required = true },
	STOCK_QUANTITY_FIELD,
	{ "to",     N_("To which store"), FIELD_INT, .min = 100, .max = INT64_MAX },
	{ "reason", N_("Reason"),  FIELD_CODE, .choices = reasons },
	{ "text",   N_("Remark"),  FIELD_TEXT, .max = 300 },
	FIELDS_END
};
static const struct field receive_fields[] = {
	STOCK_KEY_FIELD, STOCK_STORE_FIELD, STOCK_SCAN_FIELD, STOCK_CIS_FIELD,
	{ "number",  N_("Lot number"),    FIELD_TOKEN, .max = 20, .required = true },
	{ "serial",  N_("Serial number"), FIELD_TOKEN, .max = 20 },
	{ "expires", N_("Expires on"),    FIELD_DATE,  .required = true },
	STOCK_QUANTITY_FIELD,
	{ "amount",  N_("Price of all of it, in euros"), FIELD_TEXT, .max = 20 },
	{ "source",  N_("Where it comes from"), FIELD_CODE, .choices = sources, .required = true },
	FIELDS_END
};
static const struct field level_page_fields[] = { STOCK_STORE_FIELD, STOCK_CIS_FIELD, FIELDS_END };
static const struct field level_fields[] = {
	STOCK_STORE_FIELD, STOCK_CIS_FIELD,
	{ "critical", N_("Critical"), FIELD_TEXT, .max = 20, .required = true },
	{ "minimum",  N_("Minimum"),  FIELD_TEXT, .max = 20, .required = true },
	{ "optimum",  N_("Optimum"),  FIELD_TEXT, .max = 20, .required = true },
	{ "maximum",  N_("Maximum"),  FIELD_TEXT, .max = 20, .required = true },
	FIELDS_END
};
static const struct field settle_fields[] = { STOCK_NO_FIELD, { "lot", N_("Lot"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static bool
is_pharmacy(const struct screen *sc)
{
	return release_may(sc->rel, MAY_PHARMACY);
}

/* The pharmacy's work on goods: a technician's too. */
static bool
is_supply(const struct screen *sc)
{
	return release_may(sc->rel, STOCK_SUPPLY);
}

/* /stock/store?store=… and &lot=… of what the form names, in the request's arena. */
static struct str
path_of(const struct req *rq, const char *path)
{
	return screen_join(rq, screen_join(rq, str_of(path), STR("?store=")), form_get(&rq->form, "store"));
}

/* ---- the stores ---- */

static enum rc
stores_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, strcmp(rq->page->path, "/stock/product") == 0 ? "stock_product_set" : "stock_store_add");
	ask_view(a, "stock_stores");
	ask_view(a, "units");
	return RC_OK;
}

static void
chip_closed(struct kit *k, struct row store)
{
	if (!row_has(store, "closed_at"))
		return;
	html_z(&k->w, " ");
	status_chip(k, "plain", "lock", N_("Closed store"));
}

static void
draw_stores(struct screen *sc)
{
	static const struct col cols[] = { { N_("Store"), NULL }, { N_("Kind"), NULL }, { N_("Unit"), NULL }, { N_("Open"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "stores") == 0) {
		empty_state(k, N_("No store belongs to your units."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Stores"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "stores") {
		struct str no = row_get(row, "store");
		table_row(k);
		cell_link(k, screen_join(sc->rq, STR("/stock/store?store="), no), row_get(row, "code"));
		cell_open(k, NULL);
		say(k, stock_kind(row_get(row, "kind")));
		chip_closed(k, row);
		cell_close(k);
		if (row_has(row, "unit_name"))
			cell(k, row_get(row, "unit_name"));
		else
			cell_say(k, N_("the whole house"));
		cell_open(k, NULL);
		stock_link(sc, "/stock/movements", "store", no, N_("Movements"));
		stock_link(sc, "/stock/counts", "store", no, N_("Counts"));
		if (is_supply(sc) && !row_has(row, "closed_at"))
			stock_link(sc, "/stock/proposals", "store", no, N_("To order or fill up"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_tables(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS], faults_product[STOCK_FAULTS];
	struct pair units[PLACES_MOST];
	size_t n_units = 0;
	for release_each (row, sc->rel, "units")
		if (n_units < PLACES_MOST)
			units[n_units++] = (struct pair){ row_get(row, "id"), row_has(row, "name") ? row_get(row, "name") : row_get(row, "id") };
	struct sheet s = stock_sheet(sc, faults, "/stock/new", "store", store_add_fields);
	el(k, H_H2, NULL, N_("New store"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "label", &(struct look){ .hint = N_("As it stands on its door: PUI, PH-MED2B") });
	fields_input(k, &s, "kind", NULL);
	fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n_units, .hint = N_("Empty for a central store") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Add this store"))));
	fields_close(k);
	s = stock_sheet(sc, faults_product, "/stock/product", "product", product_fields);
	el(k, H_H2, NULL, N_("List a product"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "cis", &(struct look){ .hint = N_("Scan the pack, or look the code up under Medicines") });
	fields_input(k, &s, "counted", &(struct look){ .as_select = true });
	fields_input(k, &s, "ucd", NULL);
	fields_submit(k, "primary", "pill", str_of(tr(k->lang, N_("List this product"))));
	fields_close(k);
}

static enum rc
stores_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/stock"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Stock"));
	el_open(k, H_DIV, "row links");
	if (release_may(rel, STOCK_ROLES)) {
		stock_link(&sc, "/stock/shortages", NULL, STR_NONE, N_("Given, not on the books"));
		stock_link(&sc, "/stock/registers", NULL, STR_NONE, N_("Narcotics register"));
	}
	stock_link(&sc, "/stock/kits", NULL, STR_NONE, N_("Ward kits"));
	if (is_supply(&sc)) {
		stock_link(&sc, "/stock/lots", NULL, STR_NONE, N_("Lots and recalls"));
		stock_link(&sc, "/stock/orders", NULL, STR_NONE, N_("Orders"));
	}
	if (is_pharmacy(&sc))
		stock_link(&sc, "/stock/value", NULL, STR_NONE, N_("What it is worth"));
	html_close(&k->w, H_DIV);
	draw_stores(&sc);
	if (is_pharmacy(&sc))
		draw_tables(&sc);
	return screen_end(&sc);
}

/* ---- one store ---- */

static enum rc
store_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_scan(rq, a, NULL, form_get(&rq->form, "store"));
	ask_view(a, "stock");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	if (form_get(&rq->form, "text").n > 0)
		ask_arg(a, "text", form_get(&rq->form, "text"));
	return RC_OK;
}

static void
chip_rank(struct kit *k, struct row row)
{
	struct str rank = row_get(row, "rank");
	if (str_eq(rank, "critical"))
		status_chip(k, "critical", "octagon", N_("Critical"));
	else if (str_eq(rank, "low"))
		status_chip(k, "warn", "warn", N_("At the minimum"));
	else if (str_eq(rank, "over"))
		status_chip(k, "info", "alert", N_("Over the maximum"));
	else if (row_has(row, "maximum"))
		status_chip(k, "ok", "check", N_("In order"));
	else
		el(k, H_SPAN, "unknown", N_("no threshold"));
}

static void
cell_lots(struct screen *sc, struct row product, struct str store)
{
	struct kit *k = &sc->k;
	bool any = false;
	cell_open(k, NULL);
	for release_each (row, sc->rel, "lots") {
		if (!str_is(row_get(row, "cis"), row_get(product, "cis")))
			continue;
		struct words q = stock_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		if (!any)
			html_open(&k->w, H_UL);
		any = true;
		html_open(&k->w, H_LI);
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_join(sc->rq, screen_join(sc->rq, STR("/stock/move?store="), store), screen_join(sc->rq, STR("&lot="), row_get(row, "lot"))));
		html_text(&k->w, words_view(&q));
		html_close(&k->w, H_A);
		html_z(&k->w, " ");
		stock_lot_words(sc, row);
		html_close(&k->w, H_LI);
	}
	if (any)
		html_close(&k->w, H_UL);
	else
		el(k, H_SPAN, "unknown", N_("none held"));
	html_z(&k->w, " ");
	link_to(k, NULL, screen_join(sc->rq, STR("/stock/medicine?cis="), row_get(product, "cis")), N_("Elsewhere, and substitutes"));
	cell_close(k);
}

static void
draw_products(struct screen *sc, struct str store)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Threshold"), NULL }, { N_("May be given"), "num" }, { N_("Lots, in the order of drawing"), NULL }, { N_("Worth"), "num" } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "products") == 0) {
		empty_state(k, N_("Nothing is held here, and no threshold is set."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("What it holds, thresholds reached first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "products") {
		table_row(k);
		stock_cell_product(sc, row);
		cell_open(k, NULL);
		chip_rank(k, row);
		if (is_pharmacy(sc)) {
			html_z(&k->w, " ");
			html_open(&k->w, H_A);
			html_attr(&k->w, "href", screen_join(sc->rq, screen_join(sc->rq, STR("/stock/level?store="), store), screen_join(sc->rq, STR("&cis="), row_get(row, "cis"))));
			say(k, N_("Set"));
			html_close(&k->w, H_A);
		}
		cell_close(k);
		stock_cell_quantity(k, row_i64(row, "usable"), row_get(row, "counted"));
		cell_lots(sc, row, store);
		stock_cell_euros(k, row_i64(row, "cents"));
		table_row_end(k);
	}
	table_close(k);
}

static void
head_store(struct screen *sc, const char *msgid)
{
	struct words name = stock_store_name(sc, release_set(sc->rel, "store"));
	el_open(&sc->k, H_H1, NULL);
	say_with(&sc->k, msgid, words_view(&name));
	html_close(&sc->k.w, H_H1);
}

static enum rc
store_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str store = form_get(&rq->form, "store");
	struct digits shown, total;
	struct fault fault[1];
	struct sheet s = { .action = STR("/stock/store"), .id = "products", .class_ = "sheet row", .fields = store_fields, .form = &rq->form };
	screen_init(&sc, rq, rel, out);
	fault[0] = stock_scan_fault(&sc);
	if (stock_scanned(rq) && fault[0].field == NULL && row_has(release_set(rel, "scan"), "lot")) {
		reply_redirect(out, screen_join(rq, path_of(rq, "/stock/move"), screen_join(rq, STR("&lot="), row_get(release_set(rel, "scan"), "lot"))));
		return RC_OK;
	}
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	head_store(&sc, N_("Stock of {1}"));
	if (row_has(release_set(rel, "store"), "closed_at")) {
		struct words when = when_clinical_ms(k, row_i64(release_set(rel, "store"), "closed_at"));
		el_open(k, H_P, "state");
		say_with(k, N_("This store was closed on {1}: nothing goes in any more, and what it did stays readable."), words_view(&when));
		html_close(&k->w, H_P);
	}
	el_open(k, H_DIV, "row links");
	stock_link(&sc, "/stock", NULL, STR_NONE, N_("All stores"));
	stock_link(&sc, "/stock/movements", "store", store, N_("Movements"));
	stock_link(&sc, "/stock/counts", "store", store, N_("Counts"));
	if (is_supply(&sc) && !row_has(release_set(rel, "store"), "closed_at")) {
		stock_link(&sc, "/stock/receive", "store", store, N_("Receive goods"));
		stock_link(&sc, "/stock/proposals", "store", store, N_("To order or fill up"));
	}
	if (is_pharmacy(&sc) && !row_has(release_set(rel, "store"), "closed_at"))
		stock_link(&sc, "/stock/close", "store", store, N_("Close this store"));
	html_close(&k->w, H_DIV);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "store", store);
	fields_input(k, &s, "text", &(struct look){ .hint = N_("Three letters at least"), .autofocus = true });
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	struct sheet pack = { .action = STR("/stock/scan"), .id = "pack", .class_ = "sheet row", .fields = scan_fields, .faults = fault, .n_faults = fault[0].field != NULL };
	fields_open(k, &pack);
	fields_summary(k, &pack);
	fields_hidden(k, "store", store);
	fields_input(k, &pack, "scan", &(struct look){ .scan = true, .autofocus = stock_scanned(rq), .hint = N_("Leads to that lot: return, loss, transfer") });
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("Find this lot"))));
	fields_close(k);
	struct row page = release_set(rel, "page");
	if (row_i64(page, "total") > row_i64(page, "shown")) {
		el_open(k, H_P, "state");
		say_with(k, N_("{1} of {2} products: search for the others by name."), digits_of(&shown, row_i64(page, "shown")), digits_of(&total, row_i64(page, "total")));
		html_close(&k->w, H_P);
	}
	draw_products(&sc, store);
	return screen_end(&sc);
}

/* ---- a store is closed ---- */

static enum rc
close_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_store_close");
	ask_view(a, "stock");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	return RC_OK;
}

static enum rc
close_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str store = form_get(&rq->form, "store");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/stock"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct pair hidden[1] = { { STR("store"), store } };
	head_store(&sc, N_("Close {1}"));
	screen_refusal(&sc);
	el_open(k, H_DIV, "row links");
	stock_link(&sc, "/stock/store", "store", store, N_("Back to the store"));
	html_close(&k->w, H_DIV);
	if (row_has(release_set(rel, "store"), "closed_at")) {
		el(k, H_P, "state", N_("This store is closed already."));
	} else if (rows_count(release_rows(rel), "lots") > 0) {
		el(k, H_P, NULL, N_("It still holds what stands here. Each lot goes to another store, or is destroyed or put right; then the store can be closed."));
		draw_products(&sc, store);
	} else {
		el(k, H_P, NULL, N_("It holds nothing. Once it is closed nothing goes in any more and no dose is drawn on it; its movements, counts and registers stay readable. It cannot be opened again."));
		fields_button_form(k, STR("/stock/close"), "primary", "lock", str_of(tr(k->lang, N_("Close this store"))), hidden, 1, NULL);
	}
	return screen_end(&sc);
}

/* ---- one lot goes somewhere ---- */

static enum rc
move_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_move");
	ask_view(a, "stock");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	ask_arg(a, "lot", form_get(&rq->form, "lot"));
	return RC_OK;
}

static void
hide_key(struct screen *sc, const struct sheet *s)
{
	struct str typed = fields_value(s, "key");
	fields_hidden(&sc->k, "key", typed.n > 0 ? typed : row_get(release_set(sc->rel, "form"), "key"));
}

static size_t
places(struct screen *sc, struct pair *at)
{
	size_t n = 0;
	for release_each (row, sc->rel, "places") {
		struct words name = stock_store_name(sc, row);
		if (n < PLACES_MOST)
			at[n++] = (struct pair){ row_get(row, "store"), arena_str(sc->rq->arena, words_view(&name)) };
	}
	return n;
}

static enum rc
move_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, path_of(rq, "/stock/store"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[STOCK_FAULTS];
	struct pair options[PLACES_MOST];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row lot = release_set(rel, "lots"), product = release_set(rel, "products");
	size_t n = places(&sc, options);
	head_store(&sc, N_("A lot of {1}"));
	if (!row_is(lot)) {
		empty_state(k, N_("The store holds nothing of this lot any more."), path_of(rq, "/stock/store"), N_("Back to the store"));
		return screen_end(&sc);
	}
	struct words q = stock_quantity(k, row_i64(lot, "milli"), row_get(lot, "counted"));
	html_open(&k->w, H_P);
	el_text(k, H_B, NULL, row_has(product, "name") ? row_get(product, "name") : row_get(product, "cis"));
	html_z(&k->w, " · ");
	html_text(&k->w, words_view(&q));
	html_z(&k->w, " · ");
	stock_lot_words(&sc, lot);
	html_close(&k->w, H_P);
	el_open(k, H_DIV, "row links");
	if (release_may(rel, STOCK_ROLES))
		stock_link(&sc, "/stock/lot", "lot", row_get(lot, "lot"), N_("This lot everywhere, and to whom it was given"));
	stock_link(&sc, "/stock/store", "store", form_get(&rq->form, "store"), N_("Back to the store"));
	html_close(&k->w, H_DIV);
	struct sheet s = stock_sheet(&sc, faults, "/stock/move", "move", is_pharmacy(&sc) ? move_fields : is_supply(&sc) ? goods_move_fields : own_move_fields);
	fields_open(k, &s);
	fields_summary(k, &s);
	hide_key(&sc, &s);
	fields_hidden(k, "store", form_get(&rq->form, "store"));
	fields_hidden(k, "lot", form_get(&rq->form, "lot"));
	fields_input(k, &s, "kind", &(struct look){ .as_select = true, .autofocus = true });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .hint = N_("12 or 2,5") });
	fields_input(k, &s, "to", &(struct look){ .options = options, .n_options = n, .hint = N_("For a return or a transfer") });
	fields_input(k, &s, "reason", &(struct look){ .as_select = true, .hint = N_("For a loss, a destruction, a correction") });
	fields_input(k, &s, "text", &(struct look){ .wide = true, .hint = N_("Nothing about a patient") });
	fields_submit(k, "primary", "swap", str_of(tr(k->lang, N_("Enter this movement"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- what comes in ---- */

static enum rc
bare_ask(const struct req *rq, struct asks *a)
{
	ask_view(a, "stock");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	return RC_OK;
}

static enum rc
receive_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_receive");
	stock_ask_scan(rq, a, "in", STR_NONE);
	enum rc rc = bare_ask(rq, a);
	ask_arg(a, "bare", STR("1"));
	return rc;
}

static enum rc
receive_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && !stock_scanned(rq) && screen_done(rq, rel)) {
		reply_redirect(out, path_of(rq, "/stock/store"));
		return RC_OK;
	}
	struct screen sc;
	struct stock_filled f;
	struct pair now[1] = { { STR("source"), STR("delivery") } };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	head_store(&sc, N_("Goods for {1}"));
	struct sheet s = stock_scan_sheet(&sc, &f, "/stock/receive", "receive", receive_fields);
	if (s.n_now == 0) {
		s.now = now;
		s.n_now = 1;
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	hide_key(&sc, &s);
	fields_hidden(k, "store", form_get(&rq->form, "store"));
	stock_scan_input(&sc, &s, &f);
	fields_input(k, &s, "cis", &(struct look){ .hint = N_("Or look the code up under Medicines") });
	fields_input(k, &s, "number", NULL);
	fields_input(k, &s, "expires", &(struct look){ .hint = N_("Day, month and year with four digits") });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .autofocus = f.filled, .hint = N_("In units of count: 30 tablets, not one box") });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal", .hint = N_("Empty: at the average cost") });
	fields_input(k, &s, "serial", NULL);
	if (is_pharmacy(&sc))
		fields_input(k, &s, "source", NULL);
	else
		fields_hidden(k, "source", STR("delivery"));
	fields_submit(k, "primary", "arrive", str_of(tr(k->lang, N_("Take in"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- thresholds ---- */

static enum rc
level_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_level_set");
	enum rc rc = bare_ask(rq, a);
	ask_arg(a, "cis", form_get(&rq->form, "cis"));
	return rc;
}

static enum rc
level_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const char *const names[] = { "critical", "minimum", "optimum", "maximum" };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, path_of(rq, "/stock/store"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[STOCK_FAULTS];
	struct pair now[4];
	struct words level[4];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row product = release_set(rel, "products");
	head_store(&sc, N_("Thresholds of {1}"));
	if (row_is(product))
		el_text(k, H_P, NULL, row_has(product, "name") ? row_get(product, "name") : row_get(product, "cis"));
	for (size_t i = 0; i < 4; i++) {
		level[i] = row_has(product, names[i]) ? stock_number(k, row_i64(product, names[i])) : (struct words){ .n = 0 };
		now[i] = (struct pair){ str_of(names[i]), words_view(&level[i]) };
	}
	struct sheet s = stock_sheet(&sc, faults, "/stock/level", "level", level_fields);
	s.now = now;
	s.n_now = 4;
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "store", form_get(&rq->form, "store"));
	fields_hidden(k, "cis", form_get(&rq->form, "cis"));
	fields_input(k, &s, "critical", &(struct look){ .inputmode = "decimal", .autofocus = true, .hint = N_("At or under it the product stands first in the list") });
	fields_input(k, &s, "minimum", &(struct look){ .inputmode = "decimal", .hint = N_("At or under it an order is proposed") });
	fields_input(k, &s, "optimum", &(struct look){ .inputmode = "decimal", .hint = N_("Up to where it is filled") });
	fields_input(k, &s, "maximum", &(struct look){ .inputmode = "decimal" });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Set the thresholds"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- what moved ---- */

static enum rc
journal_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "stock_movements");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	if (form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static const char *
reason_word(struct str code)
{
	for (const struct choice *c = reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	for (const struct choice *c = sources; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return NULL;
}

static enum rc
journal_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Movement"), NULL }, { N_("Medicine"), NULL }, { N_("Lot"), NULL }, { N_("Quantity"), "num" }, { N_("Other side"), NULL }, { N_("By"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	head_store(&sc, N_("Movements of {1}"));
	el_open(k, H_DIV, "row links");
	stock_link(&sc, "/stock/store", "store", form_get(&rq->form, "store"), N_("Back to the store"));
	html_close(&k->w, H_DIV);
	if (rows_count(release_rows(rel), "moves") == 0)
		empty_state(k, N_("Nothing has moved here yet."), STR_NONE, NULL);
	else
		table_open(k, N_("Movements, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "moves") {
		const char *reason = reason_word(row_get(row, "reason"));
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_open(k, NULL);
		say(k, stock_kind(row_get(row, "move")));
		if (reason != NULL) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", reason);
		}
		if (row_has(row, "text")) {
			html_z(&k->w, " ");
			el_text(k, H_SMALL, NULL, row_get(row, "text"));
		}
		cell_close(k);
		stock_cell_product(&sc, row);
		cell(k, row_get(row, "number"));
		stock_cell_quantity(k, row_i64(row, "delta"), row_get(row, "counted"));
		stock_cell_account(&sc, row);
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	if (rows_count(release_rows(rel), "moves") > 0)
		table_close(k);
	struct row more = release_set(rel, "more");
	if (row_is(more))
		link_to(k, "button quiet", screen_join(rq, screen_join(rq, path_of(rq, "/stock/movements"), STR("&before=")), row_get(more, "before")), N_("Older"));
	return screen_end(&sc);
}

/* ---- given, not on the books ---- */

static enum rc
shortages_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_settle");
	ask_view(a, "stock_shortages");
	return RC_OK;
}

static void
cell_settle(struct screen *sc, struct row shortage)
{
	struct kit *k = &sc->k;
	struct str no = row_get(shortage, "no");
	cell_open(k, NULL);
	for release_each (row, sc->rel, "lots") {
		if (!str_is(row_get(row, "no"), no))
			continue;
		struct pair hidden[2] = { { STR("no"), no }, { STR("lot"), row_get(row, "lot") } };
		fields_button_form(k, STR("/stock/shortages"), "quiet", "check", screen_say(sc, N_("It was taken from lot {1}"), row_has(row, "number") ? row_get(row, "number") : row_get(row, "lot")), hidden, 2, NULL);
	}
	if (is_pharmacy(sc)) {
		struct pair hidden[1] = { { STR("no"), no } };
		fields_button_form(k, STR("/stock/shortages"), "quiet", "trash", str_of(tr(k->lang, N_("Not found: correct the books"))), hidden, 1, NULL);
	}
	cell_close(k);
}

static enum rc
shortages_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Since"), "time" }, { N_("Medicine"), NULL }, { N_("Missing"), "num" }, { N_("Store"), NULL }, { N_("Settle"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/stock/shortages"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Given, not on the books"));
	el(k, H_P, NULL, N_("These doses were given although the books of the store had none left: no dose waits for the stock. Say from which lot each was taken, or enter first what is missing on the books."));
	screen_refusal(&sc);
	if (rows_count(release_rows(rel), "shortages") == 0) {
		empty_state(k, N_("The books account for every dose."), STR("/stock"), N_("All stores"));
		return screen_end(&sc);
	}
	table_open(k, N_("The oldest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "shortages") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		stock_cell_product(&sc, row);
		stock_cell_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		stock_cell_account(&sc, row);
		cell_settle(&sc, row);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- worth ---- */

static enum rc
value_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "stock_value");
	ask_view(a, "stock_check");
	return RC_OK;
}

static enum rc
value_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Held"), "num" }, { N_("Average cost of 1,000"), "num" }, { N_("Worth"), "num" } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row check = release_set(rel, "check");
	struct words total = stock_euros(k, row_i64(release_set(rel, "total"), "cents"));
	struct digits postings;
	bool right = row_i64(check, "wrong_balances") + row_i64(check, "wrong_pools") + row_i64(check, "wrong_registers") + row_i64(check, "not_zero") == 0;
	el(k, H_H1, NULL, N_("What the stock is worth"));
	el_open(k, H_P, right ? "note ok" : "note warn");
	if (right)
		say_with(k, N_("All figures were computed anew from {1} postings just now and agree."), digits_of(&postings, row_i64(check, "postings")));
	else
		say_with(k, N_("Computed anew from {1} postings, the figures do not agree: call the person who keeps this system."), digits_of(&postings, row_i64(check, "postings")));
	html_close(&k->w, H_P);
	el_open(k, H_P, NULL);
	say_with(k, N_("All stores together: {1}, at the average weighted cost."), words_view(&total));
	html_close(&k->w, H_P);
	if (rows_count(release_rows(rel), "products") == 0)
		return screen_end(&sc);
	table_open(k, N_("By product"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "products") {
		table_row(k);
		stock_cell_product(&sc, row);
		stock_cell_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		stock_cell_euros(k, row_i64(row, "average"));
		stock_cell_euros(k, row_i64(row, "cents"));
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

const struct page pages_stock[] = {
	{ HTTP_GET,  "/stock",           STOCK_GOODS,  REVEALS_META, .ask = stores_ask, .show = stores_show, .menu = N_("Stock"), .icon = "list" },
	{ HTTP_POST, "/stock/new",       MAY_PHARMACY, REVEALS_META, .fields = store_add_fields,  .ask = stores_ask,    .show = stores_show },
	{ HTTP_POST, "/stock/product",   MAY_PHARMACY, REVEALS_META, .fields = product_fields,    .ask = stores_ask,    .show = stores_show },
	{ HTTP_GET,  "/stock/store",     STOCK_GOODS,  REVEALS_META, .fields = store_fields,      .ask = store_ask,     .show = store_show },
	{ HTTP_POST, "/stock/store",     STOCK_GOODS,  REVEALS_META, .fields = store_fields,      .ask = store_ask,     .show = store_show },
	{ HTTP_POST, "/stock/scan",      STOCK_GOODS,  REVEALS_META, .fields = scan_fields,       .ask = store_ask,     .show = store_show },
	{ HTTP_GET,  "/stock/move",      STOCK_GOODS,  REVEALS_META, .fields = lot_fields,        .ask = move_ask,      .show = move_show },
	{ HTTP_POST, "/stock/move",      STOCK_GOODS,  REVEALS_META, .fields = move_fields,       .ask = move_ask,      .show = move_show },
	{ HTTP_GET,  "/stock/receive",   STOCK_SUPPLY, REVEALS_META, .fields = store_fields,      .ask = receive_ask,   .show = receive_show },
	{ HTTP_POST, "/stock/receive",   STOCK_SUPPLY, REVEALS_META, .fields = receive_fields,    .ask = receive_ask,   .show = receive_show },
	{ HTTP_GET,  "/stock/level",     MAY_PHARMACY, REVEALS_META, .fields = level_page_fields, .ask = level_ask,     .show = level_show },
	{ HTTP_POST, "/stock/level",     MAY_PHARMACY, REVEALS_META, .fields = level_fields,      .ask = level_ask,     .show = level_show },
	{ HTTP_GET,  "/stock/movements", STOCK_GOODS,  REVEALS_META, .fields = journal_fields,    .ask = journal_ask,   .show = journal_show },
	{ HTTP_GET,  "/stock/shortages", STOCK_ROLES,  REVEALS_META, .ask = shortages_ask, .show = shortages_show },
	{ HTTP_POST, "/stock/shortages", STOCK_ROLES,  REVEALS_META, .fields = settle_fields,     .ask = shortages_ask, .show = shortages_show },
	{ HTTP_GET,  "/stock/close",     MAY_PHARMACY, REVEALS_META, .fields = close_fields,      .ask = close_ask,     .show = close_show },
	{ HTTP_POST, "/stock/close",     MAY_PHARMACY, REVEALS_META, .fields = close_fields,      .ask = close_ask,     .show = close_show },
	{ HTTP_GET,  "/stock/value",     MAY_PHARMACY, REVEALS_META, .ask = value_ask, .show = value_show },
	{ .path = NULL },
};
