/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/ward_kit.c: kits of the wards (emergency trolley, full-empty box): which are complete, what is missing, what expires; one kit with its list, what to take for it, its
 * seal, and who looked. Pharmacists prepare and seal, the ward opens and checks. No patient is named here. Called by front through the rows at the end. Start at kit_show.
 */
#include "pages/stock.h"

#include <string.h>

#define STORES_MOST 200

#define KIT_FIELD { "kit", N_("Kit"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }
#define KIT_VERSION_FIELD { "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define BEFORE_FIELD { "before", N_("Mark what expires before"), FIELD_DATE }

static const struct field kits_fields[] = { BEFORE_FIELD, FIELDS_END };
static const struct field add_fields[] = { STOCK_STORE_FIELD, { "label", N_("Code of the kit"), FIELD_TOKEN, .min = 2, .max = 20, .required = true }, FIELDS_END };
static const struct field kit_fields[] = { KIT_FIELD, { "from", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX }, BEFORE_FIELD, FIELDS_END };
static const struct field scan_fields[] = { KIT_FIELD, { "from", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }, STOCK_SCAN_FIELD, FIELDS_END };
static const struct field line_fields[] = { KIT_FIELD, KIT_VERSION_FIELD, STOCK_CIS_FIELD, STOCK_QUANTITY_FIELD, FIELDS_END };
static const struct field prepare_fields[] = {
	STOCK_KEY_FIELD, KIT_FIELD, KIT_VERSION_FIELD,
	{ "from", N_("Taken from"),    FIELD_INT, .min = 100, .max = INT64_MAX, .required = true },
	{ "seen", N_("What was seen"), FIELD_INT, .min = 1,   .max = INT64_MAX, .required = true },
	FIELDS_END
};
static const struct field seal_fields[] = { KIT_FIELD, KIT_VERSION_FIELD, { "number", N_("Number of the seal"), FIELD_TOKEN, .max = 20, .required = true }, FIELDS_END };
static const struct field open_fields[] = { STOCK_KEY_FIELD, KIT_FIELD, FIELDS_END };
static const struct field check_fields[] = { KIT_FIELD, { "number", N_("Number of the seal"), FIELD_TOKEN, .max = 20 }, FIELDS_END };
static const struct field end_fields[] = { KIT_FIELD, FIELDS_END };

static bool
is_pharmacy(const struct screen *sc)
{
	return release_may(sc->rel, MAY_PHARMACY);
}

/* Prepares and seals: a technician too. */
static bool
is_supply(const struct screen *sc)
{
	return release_may(sc->rel, STOCK_SUPPLY);
}

static bool
is_before(struct str day, struct str limit)
{
	return day.n > 0 && limit.n > 0 && str_cmp(day, limit) < 0;
}

static void
chip_count(struct kit *k, const char *kind, const char *symbol, int64_t n, const char *one, const char *many)
{
	struct digits d;
	if (n < 1)
		return;
	el_open(k, H_SPAN, strcmp(kind, "warn") == 0 ? "st st-warn" : "st st-critical");
	icon(k, symbol);
	html_open(&k->w, H_SPAN);
	say_with(k, tr_n(k->lang, (uint64_t)n, one, many), digits_of(&d, n));
	html_close(&k->w, H_SPAN);
	html_close(&k->w, H_SPAN);
	html_z(&k->w, " ");
}

static void
chips_kit(struct kit *k, struct row row, struct str before)
{
	chip_count(k, "critical", "octagon", row_i64(row, "recalled"), N_("{1} lot called back"), N_("{1} lots called back"));
	chip_count(k, "critical", "octagon", row_i64(row, "barred") - row_i64(row, "recalled"), N_("{1} lot expired or in quarantine"), N_("{1} lots expired or in quarantine"));
	chip_count(k, "warn", "warn", row_i64(row, "missing"), N_("{1} medicine missing"), N_("{1} medicines missing"));
	if (row_i64(row, "products") == 0)
		status_chip(k, "plain", "pencil", N_("No list yet"));
	if (row_has(row, "complete"))
		status_chip(k, "ok", "check", N_("Complete"));
	if (is_before(row_get(row, "expires_on"), before)) {
		html_z(&k->w, " ");
		status_chip(k, "warn", "clock", N_("Expires before that day"));
	}
}

static void
say_seal(struct kit *k, struct row row)
{
	if (!row_has(row, "seal")) {
		el(k, H_SPAN, "unknown", N_("not sealed"));
		return;
	}
	el_text(k, H_CODE, NULL, row_get(row, "seal"));
	if (row_i64(row, "sealed_version") != row_i64(row, "version")) {
		html_z(&k->w, " ");
		status_chip(k, "warn", "warn", N_("The list changed since"));
	}
}

static const char *
outcome_word(struct str outcome)
{
	return str_eq(outcome, "ok") ? N_("In order") : str_eq(outcome, "seal") ? N_("Another seal than on the books") : N_("Something is missing or may not be given");
}

static void
say_day(struct kit *k, struct str day)
{
	struct words on = when_day(k, day);
	if (on.n > 0)
		html_text(&k->w, words_view(&on));
	else
		el(k, H_SPAN, "unknown", N_("not known"));
}

/* ---- all kits ---- */

static enum rc
kits_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (strcmp(rq->page->path, "/stock/kits/new") == 0)
		stock_ask_act(rq, a, "stock_kit_add");
	ask_view(a, "stock_kits");
	return RC_OK;
}

static void
draw_kits(struct screen *sc)
{
	static const struct col cols[] = { { N_("Kit"), NULL }, { N_("Ward"), NULL }, { N_("State"), NULL }, { N_("Seal"), NULL }, { N_("Soonest expiry"), NULL }, { N_("Last looked at"), "time" } };
	struct kit *k = &sc->k;
	table_open(k, N_("Kits"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "kits") {
		table_row(k);
		cell_link(k, screen_join(sc->rq, STR("/stock/kit?kit="), row_get(row, "kit")), row_get(row, "label"));
		stock_cell_account(sc, row);
		cell_open(k, NULL);
		chips_kit(k, row, form_get(&sc->rq->form, "before"));
		cell_close(k);
		cell_open(k, NULL);
		say_seal(k, row);
		cell_close(k);
		cell_open(k, NULL);
		if (row_i64(row, "lots") > 0)
			say_day(k, row_get(row, "expires_on"));
		else
			el(k, H_SPAN, "unknown", N_("empty"));
		cell_close(k);
		if (row_has(row, "checked_at"))
			cell_time_ms(k, row_i64(row, "checked_at"));
		else
			cell_say(k, N_("never"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_before(struct screen *sc, const char *action, struct str kit)
{
	struct kit *k = &sc->k;
	struct sheet s = { .action = str_of(action), .id = "before", .class_ = "sheet row", .fields = kits_fields, .form = &sc->rq->form };
	fields_open(k, &s);
	if (stock_was_sent(sc, action))
		fields_summary(k, &s);
	if (kit.n > 0)
		fields_hidden(k, "kit", kit);
	fields_input(k, &s, "before", &(struct look){ .hint = N_("Day, month and year with four digits") });
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("Mark"))));
	fields_close(k);
}

static void
draw_add(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct pair stores[STORES_MOST];
	size_t n = 0;
	for release_each (row, sc->rel, "stores") {
		struct words name = stock_store_name(sc, row);
		if (n < STORES_MOST)
			stores[n++] = (struct pair){ row_get(row, "store"), arena_str(sc->rq->arena, words_view(&name)) };
	}
	struct sheet s = stock_sheet(sc, faults, "/stock/kits/new", "kit", add_fields);
	el(k, H_H2, NULL, N_("New kit"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "store", &(struct look){ .options = stores, .n_options = n, .hint = N_("Whose stock gets what is in it once it is opened") });
	fields_input(k, &s, "label", &(struct look){ .hint = N_("As it stands on it: CHARIOT-2B") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Add this kit"))));
	fields_close(k);
}

static enum rc
kits_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (strcmp(rq->page->path, "/stock/kits/new") == 0 && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/stock/kit?kit="), row_get(release_set(rel, "kit"), "kit")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Ward kits"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Ward kits"));
	el(k, H_P, "hint", N_("Emergency trolleys and full-empty boxes: a list of medicines, prepared by the pharmacy, sealed, and opened by the ward."));
	el_open(k, H_DIV, "row links");
	stock_link(&sc, "/stock", NULL, STR_NONE, N_("All stores"));
	html_close(&k->w, H_DIV);
	if (rows_count(release_rows(rel), "kits") > 0) {
		draw_before(&sc, "/stock/kits", STR_NONE);
		draw_kits(&sc);
	} else {
		el(k, H_P, "empty", N_("No kit belongs to the stores of your units."));
	}
	if (is_pharmacy(&sc))
		draw_add(&sc);
	return screen_end(&sc);
}

/* ---- one kit ---- */

static const struct stock_send kit_acts[] = {
	{ "/stock/kit/line", "stock_kit_line" }, { "/stock/kit/prepare", "stock_kit_prepare" }, { "/stock/kit/seal", "stock_kit_seal" }, { "/stock/kit/open", "stock_kit_open" },
	{ "/stock/kit/check", "stock_kit_check" }, { "/stock/kit/end", "stock_kit_end" },
};

static enum rc
kit_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_sent(rq, a, kit_acts, sizeof kit_acts / sizeof kit_acts[0]);
	stock_ask_scan(rq, a, "out", STR_NONE);
	ask_view(a, "stock_kit");
	ask_arg(a, "kit", form_get(&rq->form, "kit"));
	if (form_get(&rq->form, "from").n > 0)
		ask_arg(a, "from", form_get(&rq->form, "from"));
	return RC_OK;
}

static void
draw_lines(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("On the list"), "num" }, { N_("In the kit"), "num" }, { N_("Missing"), "num" } };
	struct kit *k = &sc->k;
	table_open(k, N_("What belongs in it"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines") {
		struct str counted = row_get(row, "counted");
		table_row(k);
		stock_cell_product(sc, row);
		stock_cell_quantity(k, row_i64(row, "wanted"), counted);
		stock_cell_quantity(k, row_i64(row, "kept"), counted);
		if (row_i64(row, "missing") > 0)
			stock_cell_quantity(k, row_i64(row, "missing"), counted);
		else
			cell_say(k, N_("nothing"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_content(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Lot"), NULL }, { N_("Quantity"), "num" } };
	struct kit *k = &sc->k;
	table_open(k, N_("What it holds, the soonest expiry first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "content") {
		table_row(k);
		stock_cell_product(sc, row);
		cell_open(k, NULL);
		stock_lot_words(sc, row);
		if (is_before(row_get(row, "expires_on"), form_get(&sc->rq->form, "before"))) {
			html_z(&k->w, " ");
			status_chip(k, "warn", "clock", N_("Expires before that day"));
		}
		html_z(&k->w, " ");
		link_to(k, NULL, screen_join(sc->rq, STR("/stock/lot?lot="), row_get(row, "lot")), N_("This lot"));
		cell_close(k);
		stock_cell_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
		table_row_end(k);
	}
	table_close(k);
}

/* Which medicines the chosen store lacks, each with how much: the sentence of a refusal. */
static bool
draw_lacking(struct screen *sc)
{
	struct kit *k = &sc->k;
	bool any = false;
	for release_each (row, sc->rel, "lines") {
		if (!row_has(row, "lacking"))
			continue;
		struct words q = stock_quantity(k, row_i64(row, "lacking"), row_get(row, "counted"));
		any = true;
		el_open(k, H_P, "note warn");
		say_with(k, N_("That store lacks {1} of {2}: nothing is taken from it."), words_view(&q), row_has(row, "name") ? row_get(row, "name") : row_get(row, "cis"));
		html_close(&k->w, H_P);
	}
	return any;
}

static void
draw_moves(struct screen *sc, const char *set, const char *caption, const char *what)
{
	struct col cols[] = { { N_("Medicine"), NULL }, { N_("Lot"), NULL }, { what, "num" } };
	struct kit *k = &sc->k;
	bool out = strcmp(set, "content") == 0, any = false;
	for release_each (row, sc->rel, set)
		any = any || !out || row_has(row, "out");
	if (!any)
		return;
	table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, set) {
		if (out && !row_has(row, "out"))
			continue;
		table_row(k);
		stock_cell_product(sc, row);
		cell_open(k, NULL);
		stock_lot_words(sc, row);
		cell_close(k);
		stock_cell_quantity(k, row_i64(row, out ? "out" : "milli"), row_get(row, "counted"));
		table_row_end(k);
	}
	table_close(k);
}

/* A pack that is about to be put in: is its lot one of those to be taken? */
static void
draw_scan(struct screen *sc, struct str kit, struct str from)
{
	struct kit *k = &sc->k;
	struct row scan = release_set(sc->rel, "scan");
	struct fault fault[1] = { stock_scan_fault(sc) };
	struct sheet s = { .action = STR("/stock/kit/scan"), .id = "pack", .class_ = "sheet row", .fields = scan_fields, .faults = fault, .n_faults = fault[0].field != NULL };
	struct words take = { .n = 0 };
	for release_each (row, sc->rel, "picks")
		if (row_has(scan, "cis") && str_is(row_get(row, "cis"), row_get(scan, "cis")) && str_is(row_get(row, "number"), row_get(scan, "number")))
			take = stock_quantity(k, row_i64(row, "milli"), row_get(row, "counted"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "kit", kit);
	fields_hidden(k, "from", from);
	fields_input(k, &s, "scan", &(struct look){ .scan = true, .autofocus = true, .hint = N_("Says whether the lot in your hand is one of those to be taken") });
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("Check this pack"))));
	fields_close(k);
	if (!row_has(scan, "cis"))
		return;
	el_open(k, H_P, take.n > 0 ? "note ok" : "note warn");
	html_attr_z(&k->w, "role", "status");
	if (take.n > 0)
		say_with(k, N_("{1}, lot {2}: right, take {3}."), row_has(scan, "name") ? row_get(scan, "name") : row_get(scan, "cis"), row_get(scan, "number"), words_view(&take));
	else
		say_with(k, N_("{1}, lot {2}: not one of those to be taken. Put it back."), row_has(scan, "name") ? row_get(scan, "name") : row_get(scan, "cis"), row_get(scan, "number"));
	html_close(&k->w, H_P);
}

static void
draw_prepare(struct screen *sc, struct row kit)
{
	struct kit *k = &sc->k;
	struct str from = form_get(&sc->rq->form, "from"), no = row_get(kit, "kit");
	el(k, H_H2, NULL, N_("Prepare it"));
	el(k, H_P, "hint", N_("Choose where it is filled from: the lots that expire first are proposed, and what may not be given any more goes back there."));
	el_open(k, H_DIV, "row links");
	for release_each (row, sc->rel, "places") {
		struct words place = stock_store_name(sc, row);
		html_open(&k->w, H_A);
		html_attr_z(&k->w, "class", str_is(row_get(row, "store"), from) ? "button" : "button quiet");
		html_attr(&k->w, "href", screen_join(sc->rq, screen_join(sc->rq, screen_join(sc->rq, STR("/stock/kit?kit="), no), STR("&from=")), row_get(row, "store")));
		say_with(k, N_("Pick list from {1}"), words_view(&place));
		html_close(&k->w, H_A);
		html_z(&k->w, " ");
	}
	html_close(&k->w, H_DIV);
	if (from.n == 0)
		return;
	bool lacking = draw_lacking(sc);
	draw_moves(sc, "content", N_("To be taken out"), N_("Take out"));
	if (rows_count(release_rows(sc->rel), "picks") > 0)
		draw_scan(sc, no, from);
	draw_moves(sc, "picks", N_("To be taken, the soonest expiry first"), N_("Take"));
	if (lacking)
		return;
	struct pair hidden[5] = { { STR("key"), row_get(release_set(sc->rel, "form"), "key") }, { STR("kit"), no }, { STR("version"), row_get(kit, "version") }, { STR("from"), from }, { STR("seen"), row_get(kit, "seen") } };
	fields_button_form(k, STR("/stock/kit/prepare"), "primary", "swap", str_of(tr(k->lang, N_("Taken: the kit is prepared"))), hidden, 5, NULL);
}

static void
draw_seal(struct screen *sc, struct row kit)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/kit/seal", "seal", seal_fields);
	el(k, H_H2, NULL, N_("Seal it"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "kit", row_get(kit, "kit"));
	fields_hidden(k, "version", row_get(kit, "version"));
	fields_input(k, &s, "number", &(struct look){ .hint = N_("As it stands on the seal") });
	fields_submit(k, "primary", "lock", str_of(tr(k->lang, N_("Sealed"))));
	fields_close(k);
}

static void
draw_check(struct screen *sc, struct row kit)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/kit/check", "check", check_fields);
	el(k, H_H2, NULL, N_("Look at it"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "kit", row_get(kit, "kit"));
	fields_input(k, &s, "number", &(struct look){ .hint = row_has(kit, "seal") ? N_("As it stands on the seal") : N_("Empty: it has no seal") });
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("I looked at it"))));
	fields_close(k);
}

static void
draw_list_form(struct screen *sc, struct row kit)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct sheet s = stock_sheet(sc, faults, "/stock/kit/line", "line", line_fields);
	el(k, H_H2, NULL, N_("Change the list"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "kit", row_get(kit, "kit"));
	fields_hidden(k, "version", row_get(kit, "version"));
	fields_input(k, &s, "cis", &(struct look){ .hint = N_("Scan the pack, or look the code up under Medicines") });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .hint = N_("0 takes the line off") });
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("Set this line"))));
	fields_close(k);
}

static void
draw_history(struct screen *sc)
{
	static const struct col seals[] = { { N_("Seal"), NULL }, { N_("Version of the list"), "num" }, { N_("Soonest expiry"), NULL }, { N_("Sealed"), "time" }, { N_("By"), NULL }, { N_("Opened"), "time" }, { N_("By"), NULL } };
	static const struct col checks[] = { { N_("When"), "time" }, { N_("Seal"), NULL }, { N_("Found"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "seals") > 0) {
		table_open(k, N_("Seals, the newest first"), seals, sizeof seals / sizeof seals[0]);
		for release_each (row, sc->rel, "seals") {
			table_row(k);
			cell(k, row_get(row, "number"));
			cell(k, row_get(row, "version"));
			cell_open(k, NULL);
			say_day(k, row_get(row, "expires_on"));
			cell_close(k);
			cell_time_ms(k, row_i64(row, "at"));
			cell(k, row_get(row, "by_name"));
			if (row_has(row, "opened_at"))
				cell_time_ms(k, row_i64(row, "opened_at"));
			else
				cell_say(k, N_("not opened"));
			cell(k, row_get(row, "opened_name"));
			table_row_end(k);
		}
		table_close(k);
	}
	if (rows_count(release_rows(sc->rel), "checks") > 0) {
		table_open(k, N_("Who looked at it, the newest first"), checks, sizeof checks / sizeof checks[0]);
		for release_each (row, sc->rel, "checks") {
			table_row(k);
			cell_time_ms(k, row_i64(row, "at"));
			if (row_has(row, "number"))
				cell(k, row_get(row, "number"));
			else
				cell_say(k, N_("none"));
			cell_say(k, outcome_word(row_get(row, "outcome")));
			cell(k, row_get(row, "by_name"));
			table_row_end(k);
		}
		table_close(k);
	}
}

static void
draw_head(struct screen *sc, struct row kit)
{
	struct kit *k = &sc->k;
	struct words store = stock_store_name(sc, kit), when = when_clinical_ms(k, row_i64(kit, "sealed_at")), on = when_day(k, row_get(kit, "expires_on"));
	el_open(k, H_H1, NULL);
	say_with(k, N_("Kit {1} of {2}"), row_get(kit, "label"), words_view(&store));
	html_close(&k->w, H_H1);
	html_open(&k->w, H_P);
	if (row_has(kit, "ended"))
		status_chip(k, "plain", "lock", N_("Ended"));
	chips_kit(k, kit, form_get(&sc->rq->form, "before"));
	html_z(&k->w, " ");
	if (row_has(kit, "seal")) {
		say_with(k, N_("Seal {1}, since {2}, by {3}"), row_get(kit, "seal"), words_view(&when), row_get(kit, "sealed_by"));
		html_z(&k->w, " ");
		if (row_i64(kit, "sealed_version") != row_i64(kit, "version"))
			status_chip(k, "warn", "warn", N_("The list changed since"));
	} else {
		el(k, H_SPAN, "unknown", N_("not sealed"));
	}
	if (on.n > 0) {
		html_z(&k->w, " · ");
		say_with(k, N_("first to expire: {1}"), words_view(&on));
	}
	html_close(&k->w, H_P);
	el_open(k, H_DIV, "row links");
	stock_link(sc, "/stock/kits", NULL, STR_NONE, N_("All kits"));
	stock_link(sc, "/stock/movements", "store", row_get(kit, "kit"), N_("Movements"));
	stock_link(sc, "/stock/store", "store", row_get(kit, "store"), N_("The ward's stock"));
	html_close(&k->w, H_DIV);
}

static enum rc
kit_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const char *const buttons[] = { "/stock/kit/prepare", "/stock/kit/open", "/stock/kit/end" };
	struct screen sc;
	if (rq->method == HTTP_POST && strcmp(rq->page->path, "/stock/kit") != 0 && strcmp(rq->page->path, "/stock/kit/scan") != 0 && screen_done(rq, rel)) {
		reply_redirect(out, strcmp(rq->page->path, "/stock/kit/end") == 0 ? STR("/stock/kits") : screen_join(rq, STR("/stock/kit?kit="), form_get(&rq->form, "kit")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Ward kits"));
	struct kit *k = &sc.k;
	struct row kit = release_set(rel, "kit");
	struct pair hidden[2] = { { STR("kit"), row_get(kit, "kit") }, { STR("key"), row_get(release_set(rel, "form"), "key") } };
	bool sealed = row_has(kit, "seal"), ended = row_has(kit, "ended"), holds = row_i64(kit, "lots") > 0, pharmacy = is_pharmacy(&sc), supply = is_supply(&sc);
	draw_head(&sc, kit);
	for (size_t i = 0; i < sizeof buttons / sizeof buttons[0]; i++)
		if (stock_was_sent(&sc, buttons[i]))
			screen_refusal(&sc);
	if (rows_count(release_rows(rel), "lines") > 0)
		draw_lines(&sc);
	else
		el(k, H_P, "empty", N_("This kit has no list yet."));
	if (holds) {
		draw_before(&sc, "/stock/kit", row_get(kit, "kit"));
		draw_content(&sc);
	}
	if (!ended && holds && release_may(rel, STOCK_ROLES)) {
		el(k, H_P, "hint", N_("Once it is opened all that it holds is on the ward's stock, and doses are drawn from there."));
		fields_button_form(k, STR("/stock/kit/open"), pharmacy ? "quiet" : "primary", "arrive", str_of(tr(k->lang, N_("It was opened"))), hidden, 2, NULL);
	}
	if (!ended && holds)
		draw_check(&sc, kit);
	if (supply && !ended && !sealed && !row_has(kit, "complete") && rows_count(release_rows(rel), "lines") > 0)
		draw_prepare(&sc, kit);
	if (supply && !ended && !sealed && row_has(kit, "complete"))
		draw_seal(&sc, kit);
	if (pharmacy && !ended)
		draw_list_form(&sc, kit);
	draw_history(&sc);
	if (pharmacy && !ended && !sealed && !holds)
		fields_button_form(k, STR("/stock/kit/end"), "quiet", "trash", str_of(tr(k->lang, N_("End this kit"))), hidden, 1, NULL);
	return screen_end(&sc);
}

const struct page pages_ward_kit[] = {
	{ HTTP_GET,  "/stock/kits",        STOCK_GOODS,  REVEALS_META, .fields = kits_fields,    .ask = kits_ask, .show = kits_show },
	{ HTTP_POST, "/stock/kits",        STOCK_GOODS,  REVEALS_META, .fields = kits_fields,    .ask = kits_ask, .show = kits_show },
	{ HTTP_POST, "/stock/kits/new",    MAY_PHARMACY, REVEALS_META, .fields = add_fields,     .ask = kits_ask, .show = kits_show },
	{ HTTP_GET,  "/stock/kit",         STOCK_GOODS,  REVEALS_META, .fields = kit_fields,     .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit",         STOCK_GOODS,  REVEALS_META, .fields = kit_fields,     .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/scan",    STOCK_SUPPLY, REVEALS_META, .fields = scan_fields,    .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/line",    MAY_PHARMACY, REVEALS_META, .fields = line_fields,    .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/prepare", STOCK_SUPPLY, REVEALS_META, .fields = prepare_fields, .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/seal",    STOCK_SUPPLY, REVEALS_META, .fields = seal_fields,    .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/open",    STOCK_ROLES,  REVEALS_META, .fields = open_fields,    .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/check",   STOCK_GOODS,  REVEALS_META, .fields = check_fields,   .ask = kit_ask,  .show = kit_show },
	{ HTTP_POST, "/stock/kit/end",     MAY_PHARMACY, REVEALS_META, .fields = end_fields,     .ask = kit_ask,  .show = kit_show },
	{ .path = NULL },
};
