/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_count.c: counts of a store, line by line, with their two signatures; and the narcotics register with its running balance. It must show the variance before anybody
 * signs it, and nothing of the books to who counts blind. Called by front through the rows at the end. Start at count_show and register_show.
 */
#include "pages/stock.h"

#include <string.h>

#include "pages/session.h"

#define CODE_FIELDS { "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 }, SESSION_KEY_FIELD

static const struct field store_fields[] = { STOCK_STORE_FIELD, FIELDS_END };
static const struct field open_fields[] = { STOCK_STORE_FIELD, { "sighted", N_("Show what the books say while counting"), FIELD_FLAG }, FIELDS_END };
static const struct field no_fields[] = { STOCK_NO_FIELD, FIELDS_END };
static const struct field line_fields[] = { STOCK_NO_FIELD, STOCK_LOT_FIELD, STOCK_QUANTITY_FIELD, FIELDS_END };
static const struct field scan_fields[] = { STOCK_NO_FIELD, STOCK_SCAN_FIELD, FIELDS_END };
static const struct field close_fields[] = { STOCK_NO_FIELD, CODE_FIELDS, FIELDS_END };
static const struct field register_fields[] = { STOCK_STORE_FIELD, STOCK_CIS_FIELD, { "before", N_("Before"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };
static const struct field sign_fields[] = { STOCK_STORE_FIELD, STOCK_CIS_FIELD, { "upto", N_("Up to line"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE_FIELDS, FIELDS_END };

static void
head(struct screen *sc, const char *msgid)
{
	struct words name = stock_store_name(sc, release_set(sc->rel, "store"));
	el_open(&sc->k, H_H1, NULL);
	say_with(&sc->k, msgid, words_view(&name));
	html_close(&sc->k.w, H_H1);
}

static void
chip_state(struct kit *k, struct str state)
{
	if (str_eq(state, "closed"))
		status_chip(k, "ok", "check", N_("Closed"));
	else if (str_eq(state, "signed"))
		status_chip(k, "warn", "pencil", N_("Waits for the second signature"));
	else if (str_eq(state, "dropped"))
		status_chip(k, "plain", "trash", N_("Dropped"));
	else
		status_chip(k, "info", "list", N_("Being counted"));
}

/* ---- counts of a store ---- */

static enum rc
counts_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_count_open");
	ask_view(a, "stock_counts");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	return RC_OK;
}

static void
cell_signed(struct kit *k, struct row row, const char *name, const char *at)
{
	struct words when = when_clinical_ms(k, row_i64(row, at));
	cell_open(k, NULL);
	if (row_has(row, name)) {
		el_name(k, row_get(row, name));
		html_z(&k->w, " ");
		el_text(k, H_SMALL, "hint", words_view(&when));
	}
	cell_close(k);
}

static enum rc
counts_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Begun"), "time" }, { N_("State"), NULL }, { N_("First signature"), NULL }, { N_("Second signature"), NULL }, { N_("Open"), NULL } };
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/stock/count?no="), row_get(release_set(rel, "count"), "no")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(&sc, faults, "/stock/counts", "count", open_fields);
	head(&sc, N_("Counts of {1}"));
	screen_refusal(&sc);
	el(k, H_P, NULL, N_("Who counted signs, then somebody else signs with a proof: by that second signature the books become what was counted."));
	s.class_ = "sheet row";
	fields_open(k, &s);
	fields_hidden(k, "store", form_get(&rq->form, "store"));
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Begin a count"))));
	fields_input(k, &s, "sighted", &(struct look){ .hint = N_("Otherwise whoever counts sees what the books say after the first signature") });
	fields_close(k);
	if (rows_count(release_rows(rel), "counts") == 0) {
		empty_state(k, N_("This store was never counted."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Counts, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "counts") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_open(k, NULL);
		chip_state(k, row_get(row, "state"));
		if (row_has(row, "blind"))
			status_chip(k, "plain", "lock", N_("Counted blind"));
		cell_close(k);
		cell_signed(k, row, "first_name", "first_at");
		cell_signed(k, row, "second_name", "second_at");
		cell_open(k, NULL);
		link_to(k, NULL, screen_join(rq, STR("/stock/count?no="), row_get(row, "no")), N_("Open this count"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- one count ---- */

static enum rc
count_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const struct { const char *path, *act; } acts[] = {
		{ "/stock/count/line", "stock_count_line" }, { "/stock/count/sign", "stock_count_sign" }, { "/stock/count/close", "stock_count_close" }, { "/stock/count/drop", "stock_count_drop" },
	};
	(void)p;
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (strcmp(rq->page->path, acts[i].path) == 0)
			stock_ask_act(rq, a, acts[i].act);
	stock_ask_scan(rq, a, NULL, STR_NONE);
	ask_view(a, "stock_count");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

/* The lot that was scanned; a serial number tells two of the same lot apart, where the books have it. */
static bool
is_scanned(const struct screen *sc, struct row row)
{
	struct row scan = release_set(sc->rel, "scan");
	if (!stock_scanned(sc->rq) || !row_has(scan, "cis") || !str_is(row_get(row, "cis"), row_get(scan, "cis")) || !str_is(row_get(row, "number"), row_get(scan, "number")))
		return false;
	return !row_has(row, "serial") || str_is(row_get(row, "serial"), row_get(scan, "serial"));
}

static void
draw_scan(struct screen *sc, struct str no)
{
	struct kit *k = &sc->k;
	struct fault fault[1] = { stock_scan_fault(sc) };
	bool any = false;
	for release_each (row, sc->rel, "lines")
		any = any || is_scanned(sc, row);
	if (stock_scanned(sc->rq) && fault[0].field == NULL && !any)
		fault[0] = (struct fault){ "scan", WHY_SCAN_NOT_HELD };
	struct sheet s = { .action = STR("/stock/count/scan"), .id = "pack", .class_ = "sheet row", .fields = scan_fields, .faults = fault, .n_faults = fault[0].field != NULL };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	fields_input(k, &s, "scan", &(struct look){ .scan = true, .autofocus = !any, .hint = N_("Leads to the line of that lot") });
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("Find this lot"))));
	fields_close(k);
}

/* The lot of a line that came back with a fault keeps what was typed. */
static void
cell_count(struct screen *sc, struct row row, struct str no)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct str lot = row_get(row, "lot");
	bool sent = stock_was_sent(sc, "/stock/count/line") && str_is(form_get(&sc->rq->form, "lot"), lot), found = is_scanned(sc, row);
	struct words id = { .n = 0 }, was = stock_number(k, row_i64(row, "counted_milli"));
	struct pair now[1] = { { STR("quantity"), row_has(row, "counted_milli") ? words_view(&was) : STR_NONE } };
	words_z(&id, "lot-");
	words_add(&id, lot);
	struct sheet s = { .action = STR("/stock/count/line"), .id = arena_z(sc->rq->arena, words_view(&id)), .class_ = "row", .fields = line_fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 1,
		.faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, STOCK_FAULTS) : 0 };
	cell_open(k, NULL);
	fields_open(k, &s);
	fields_hidden(k, "no", no);
	fields_hidden(k, "lot", lot);
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .autofocus = found });
	fields_submit(k, "quiet", "check", screen_say(sc, N_("Enter lot {1}"), row_has(row, "number") ? row_get(row, "number") : lot));
	fields_close(k);
	cell_close(k);
}

static void
cells_books(struct kit *k, struct row row)
{
	struct words variance = stock_quantity(k, row_i64(row, "variance"), row_get(row, "counted"));
	stock_cell_quantity(k, row_i64(row, "books"), row_get(row, "counted"));
	cell_open(k, "num");
	if (!row_has(row, "counted_milli"))
		el(k, H_SPAN, "unknown", N_("not counted"));
	else if (row_i64(row, "variance") == 0)
		status_chip(k, "ok", "check", N_("none"));
	else
		html_text(&k->w, words_view(&variance));
	cell_close(k);
}

/* blind: the books were not given to whoever counts. */
static void
draw_lines(struct screen *sc, struct str no, bool open, bool blind)
{
	struct col all[] = { { N_("Medicine"), NULL }, { N_("Lot"), NULL }, { N_("On the books"), "num" }, { N_("Variance"), "num" }, { open ? N_("Counted") : N_("Found"), open ? NULL : "num" } };
	struct col few[] = { all[0], all[1], all[4] };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "lines") == 0) {
		empty_state(k, N_("The books hold nothing here to be counted. What is found is taken in as « Found » first."), STR_NONE, NULL);
		return;
	}
	if (open)
		draw_scan(sc, no);
	table_open(k, N_("Lots to count"), blind ? few : all, blind ? sizeof few / sizeof few[0] : sizeof all / sizeof all[0]);
	for release_each (row, sc->rel, "lines") {
		table_row(k);
		stock_cell_product(sc, row);
		cell_open(k, NULL);
		stock_lot_words(sc, row);
		if (is_scanned(sc, row))
			status_chip(k, "info", "check", N_("scanned"));
		cell_close(k);
		if (!blind)
			cells_books(k, row);
		if (open)
			cell_count(sc, row, no);
		else if (row_has(row, "counted_milli"))
			stock_cell_quantity(k, row_i64(row, "counted_milli"), row_get(row, "counted"));
		else
			cell_say(k, N_("not counted"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_second(struct screen *sc, struct str no)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/count/close", "close", close_fields);
	el(k, H_H2, NULL, N_("Second signature"));
	el(k, H_P, NULL, N_("By signing you say that you looked at these variances. The books become what was counted, and the count stays as it is."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Sign as the second"))));
	fields_close(k);
}

static enum rc
count_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str no = form_get(&rq->form, "no");
	if (rq->method == HTTP_POST && strcmp(rq->page->path, "/stock/count/scan") != 0 && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/stock/count?no="), no));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row count = release_set(rel, "count");
	struct str state = row_get(count, "state");
	struct pair hidden[1] = { { STR("no"), no } };
	bool open = str_eq(state, "open"), blind = open && row_has(count, "blind");
	head(&sc, N_("Count of {1}"));
	html_open(&k->w, H_P);
	chip_state(k, state);
	html_close(&k->w, H_P);
	if (!stock_was_sent(&sc, "/stock/count/line"))
		screen_refusal(&sc);
	if (blind)
		el(k, H_P, "hint", N_("Counted blind: what the books say and by how much it differs is shown once you have signed. What is to be counted again then begins with a new count."));
	draw_lines(&sc, no, open, blind);
	el_open(k, H_DIV, "row links");
	if (open)
		fields_button_form(k, STR("/stock/count/sign"), "primary", "pencil", str_of(tr(k->lang, N_("I counted: sign first"))), hidden, 1, NULL);
	if (open || str_eq(state, "signed"))
		fields_button_form(k, STR("/stock/count/drop"), "quiet", "trash", str_of(tr(k->lang, N_("Drop this count"))), hidden, 1, NULL);
	html_close(&k->w, H_DIV);
	if (str_eq(state, "signed") && row_has(count, "mine"))
		el(k, H_P, "note", N_("You signed first: somebody else signs now."));
	else if (str_eq(state, "signed"))
		draw_second(&sc, no);
	return screen_end(&sc);
}

/* ---- narcotics ---- */

static enum rc
registers_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "stock_registers");
	return RC_OK;
}

static enum rc
registers_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Store"), NULL }, { N_("Balance"), "num" }, { N_("To be signed"), "num" }, { N_("Open"), NULL } };
	struct screen sc;
	struct digits d;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Narcotics register"));
	el(k, H_P, "hint", N_("A medicine is a narcotic here when the public medicines database says so among its conditions of prescription."));
	if (rows_count(release_rows(rel), "registers") == 0) {
		empty_state(k, N_("No narcotic has come into your stores yet."), STR("/stock"), N_("All stores"));
		return screen_end(&sc);
	}
	table_open(k, N_("Balances"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "registers") {
		table_row(k);
		stock_cell_product(&sc, row);
		stock_cell_account(&sc, row);
		stock_cell_quantity(k, row_i64(row, "left"), row_get(row, "counted"));
		cell_open(k, "num");
		html_text(&k->w, digits_of(&d, row_i64(row, "open")));
		cell_close(k);
		cell_open(k, NULL);
		link_to(k, NULL, screen_join(rq, screen_join(rq, STR("/stock/register?store="), row_get(row, "store")), screen_join(rq, STR("&cis="), row_get(row, "cis"))), N_("Open this register"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

static enum rc
register_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, "stock_register_sign");
	ask_view(a, "stock_register");
	ask_arg(a, "store", form_get(&rq->form, "store"));
	ask_arg(a, "cis", form_get(&rq->form, "cis"));
	if (form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static struct str
register_path(const struct req *rq)
{
	return screen_join(rq, screen_join(rq, STR("/stock/register?store="), form_get(&rq->form, "store")), screen_join(rq, STR("&cis="), form_get(&rq->form, "cis")));
}

static void
draw_entries(struct screen *sc, struct str counted)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Entry or exit"), "num" }, { N_("Balance"), "num" }, { N_("Lot"), NULL }, { N_("Other side"), NULL }, { N_("Movement"), "num" }, { N_("Entered by"), NULL },
		{ N_("Second signature"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Entries and exits, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		stock_cell_quantity(k, row_i64(row, "delta"), counted);
		stock_cell_quantity(k, row_i64(row, "left"), counted);
		cell(k, row_get(row, "number"));
		stock_cell_account(sc, row);
		cell(k, row_get(row, "movement"));
		cell(k, row_get(row, "by_name"));
		if (row_has(row, "second_name")) {
			cell_signed(k, row, "second_name", "second_at");
		} else {
			cell_open(k, NULL);
			status_chip(k, "warn", "pencil", row_has(row, "mine") ? N_("Waits for somebody else") : N_("Waits for a signature"));
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
register_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[STOCK_FAULTS];
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, register_path(rq));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	struct kit *k = &sc.k;
	struct row product = release_set(rel, "product"), first = release_set(rel, "lines"), more = release_set(rel, "more");
	bool waits = false;
	head(&sc, N_("Narcotics register of {1}"));
	el_text(k, H_P, NULL, row_has(product, "name") ? row_get(product, "name") : row_get(product, "cis"));
	for release_each (row, rel, "lines")
		waits = waits || (!row_has(row, "second_name") && !row_has(row, "mine"));
	if (!row_is(first)) {
		empty_state(k, N_("Nothing has come or gone yet."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	draw_entries(&sc, row_get(product, "counted"));
	if (row_is(more))
		link_to(k, "button quiet", screen_join(rq, screen_join(rq, register_path(rq), STR("&before=")), row_get(more, "before")), N_("Older"));
	if (!waits)
		return screen_end(&sc);
	struct sheet s = stock_sheet(&sc, faults, "/stock/register", "sign", sign_fields);
	el(k, H_H2, NULL, N_("Second signature"));
	el(k, H_P, NULL, N_("You sign every line above that somebody else entered and nobody has signed yet."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "store", form_get(&rq->form, "store"));
	fields_hidden(k, "cis", form_get(&rq->form, "cis"));
	fields_hidden(k, "upto", row_get(first, "no"));
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Sign these lines"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_stock_count[] = {
	{ HTTP_GET,  "/stock/counts",      STOCK_GOODS, REVEALS_META, .fields = store_fields,    .ask = counts_ask,    .show = counts_show },
	{ HTTP_POST, "/stock/counts",      STOCK_GOODS, REVEALS_META, .fields = open_fields,     .ask = counts_ask,    .show = counts_show },
	{ HTTP_GET,  "/stock/count",       STOCK_GOODS, REVEALS_META, .fields = no_fields,       .ask = count_ask,     .show = count_show },
	{ HTTP_POST, "/stock/count/scan",  STOCK_GOODS, REVEALS_META, .fields = scan_fields,     .ask = count_ask,     .show = count_show },
	{ HTTP_POST, "/stock/count/line",  STOCK_GOODS, REVEALS_META, .fields = line_fields,     .ask = count_ask,     .show = count_show },
	{ HTTP_POST, "/stock/count/sign",  STOCK_GOODS, REVEALS_META, .fields = no_fields,       .ask = count_ask,     .show = count_show },
	{ HTTP_POST, "/stock/count/close", STOCK_GOODS, REVEALS_META, .fields = close_fields,    .ask = count_ask,     .show = count_show },
	{ HTTP_POST, "/stock/count/drop",  STOCK_GOODS, REVEALS_META, .fields = no_fields,       .ask = count_ask,     .show = count_show },
	{ HTTP_GET,  "/stock/registers",   STOCK_ROLES, REVEALS_META, .ask = registers_ask, .show = registers_show },
	{ HTTP_GET,  "/stock/register",    STOCK_ROLES, REVEALS_META, .fields = register_fields, .ask = register_ask,  .show = register_show },
	{ HTTP_POST, "/stock/register",    STOCK_ROLES, REVEALS_META, .fields = sign_fields,     .ask = register_ask,  .show = register_show },
	{ .path = NULL },
};
