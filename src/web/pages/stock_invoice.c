/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_invoice.c: a supplier's invoice beside its order: each line with what was ordered, what came and what is billed, typed as the invoice says it; what differs is said in words; then the whole
 * is agreed to, accepted with a reason or disputed. Below, what earlier checks found. Called by stock_order.c, which has the page's rows. Start at stock_invoice_draw.
 */
#include "pages/stock_invoice.h"

#include <string.h>

static const struct choice decisions[] = { { "accept", N_("Accepted as it is") }, { "dispute", N_("Disputed") }, { NULL, NULL } };
static const struct choice reasons[] = {
	{ "price",       N_("The supplier changed a price") },
	{ "to_come",     N_("Billed, and still to come") },
	{ "transport",   N_("Transport or other charges") },
	{ "credit",      N_("A credit note is promised") },
	{ "not_ordered", N_("Billed, and never ordered") },
	{ "error",       N_("An error of the supplier") },
	{ "other",       N_("Another reason") },
	{ NULL, NULL },
};
const struct field stock_invoice_fields[] = {
	STOCK_NO_FIELD, STOCK_VERSION_FIELD,
	{ "invoice",  N_("Invoice number"), FIELD_TOKEN, .max = 30, .required = true },
	{ "amount",   N_("What it asks, in euros"), FIELD_TEXT, .max = 20, .required = true },
	{ "decision", N_("Where it differs"), FIELD_CODE, .choices = decisions },
	{ "reason",   N_("Why"), FIELD_CODE, .choices = reasons },
	FIELDS_END
};
const struct field stock_billed_fields[] = {
	STOCK_NO_FIELD, STOCK_VERSION_FIELD, STOCK_CIS_FIELD, { "quantity", N_("Billed quantity"), FIELD_TEXT, .max = 20, .required = true },
	{ "amount", N_("Billed for it, in euros"), FIELD_TEXT, .max = 20, .required = true }, FIELDS_END
};

/* "12,5", without a unit or a sign of money: as a field takes it back. */
static struct str
amount_typed(struct screen *sc, int64_t cents)
{
	struct words w = stock_number(&sc->k, cents * 10);
	return arena_str(sc->rq->arena, words_view(&w));
}

static struct str
quantity_typed(struct screen *sc, int64_t milli)
{
	struct words w = stock_number(&sc->k, milli);
	return arena_str(sc->rq->arena, words_view(&w));
}

/* ---- what differs ---- */

static void
say_more(struct screen *sc, const char *more, const char *less, int64_t by, struct words amount)
{
	struct kit *k = &sc->k;
	el_open(k, H_SPAN, "st st-critical");
	icon(k, "warn");
	say_with(k, by > 0 ? more : less, words_view(&amount));
	html_close(&k->w, H_SPAN);
	html_z(&k->w, " ");
}

static int64_t
size_of(int64_t by)
{
	return by < 0 ? -by : by;
}

static void
cell_differs(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (!row_has(row, "typed"))
		el(k, H_SPAN, "unknown", N_("not typed yet"));
	else if (!row_has(row, "more") && !row_has(row, "more_cents"))
		status_chip(k, "ok", "check", N_("As it came"));
	if (row_has(row, "more"))
		say_more(sc, N_("{1} more than came"), N_("{1} less than came"), row_i64(row, "more"), stock_quantity(k, size_of(row_i64(row, "more")), row_get(row, "counted")));
	if (row_has(row, "more_cents"))
		say_more(sc, N_("{1} dearer than the order"), N_("{1} cheaper than the order"), row_i64(row, "more_cents"), stock_euros(k, size_of(row_i64(row, "more_cents"))));
	cell_close(k);
}

/* ---- typed ---- */

/* The form of a line; one that came back with a fault keeps what was typed. */
static void
cell_typed(struct screen *sc, struct row row, struct str no, struct str version)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	struct str cis = row_get(row, "cis");
	bool sent = stock_was_sent(sc, "/stock/order/billed") && str_is(form_get(&sc->rq->form, "cis"), cis);
	struct pair now[2] = { { STR("quantity"), STR_NONE }, { STR("amount"), STR_NONE } };
	struct words id = { .n = 0 };
	words_z(&id, "billed-");
	words_add(&id, cis);
	if (row_has(row, "typed")) {
		now[0].value = quantity_typed(sc, row_i64(row, "quantity"));
		now[1].value = amount_typed(sc, row_i64(row, "cents"));
	}
	struct sheet s = { .action = STR("/stock/order/billed"), .id = arena_z(sc->rq->arena, words_view(&id)), .class_ = "row", .fields = stock_billed_fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 2,
		.faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, STOCK_FAULTS) : 0 };
	cell_open(k, NULL);
	fields_open(k, &s);
	fields_hidden(k, "no", no);
	fields_hidden(k, "version", version);
	fields_hidden(k, "cis", cis);
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal" });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal" });
	fields_submit(k, "quiet", "check", screen_say(sc, N_("Set {1}"), row_has(row, "dci") ? row_get(row, "dci") : row_has(row, "name") ? row_get(row, "name") : cis));
	fields_close(k);
	cell_close(k);
}

static void
cells_order(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	stock_cell_product(sc, row);
	stock_cell_quantity(k, row_i64(row, "ordered"), row_get(row, "counted"));
	stock_cell_quantity(k, row_i64(row, "received"), row_get(row, "counted"));
	stock_cell_euros(k, row_i64(row, "due_cents"));
}

static bool
is_of_order(const struct screen *sc, struct str cis)
{
	for release_each (row, sc->rel, "billed")
		if (str_is(row_get(row, "cis"), cis))
			return true;
	return false;
}

static void
draw_other(struct screen *sc, struct str no, struct str version)
{
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	bool mine = stock_was_sent(sc, "/stock/order/billed") && !is_of_order(sc, form_get(&sc->rq->form, "cis"));
	struct sheet s = stock_sheet(sc, faults, "/stock/order/billed", "other", stock_billed_fields);
	if (!mine) {
		s.form = NULL;
		s.n_faults = 0;
	}
	s.class_ = "sheet row";
	el(k, H_H3, NULL, N_("Billed, and not on the order"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	fields_hidden(k, "version", version);
	fields_input(k, &s, "cis", &(struct look){ .hint = N_("Scan the pack, or look the code up under Medicines") });
	fields_input(k, &s, "quantity", &(struct look){ .inputmode = "decimal", .hint = N_("0 takes the line off") });
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal" });
	fields_submit(k, "quiet", "plus", str_of(tr(k->lang, N_("Add this line"))));
	fields_close(k);
}

void
stock_invoice_draw(struct screen *sc, struct str no, struct str version)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Ordered"), "num" }, { N_("Came"), "num" }, { N_("Price of what came"), "num" }, { N_("As the invoice says"), NULL }, { N_("Difference"), NULL } };
	struct kit *k = &sc->k;
	struct fault faults[STOCK_FAULTS];
	int64_t billed = 0;
	bool all = true;
	el(k, H_H2, NULL, N_("Check of the invoice"));
	el(k, H_P, "hint", N_("Each line as it stands on the invoice; a line of the order that is not billed: 0 and 0. Then the invoice as a whole."));
	table_open(k, N_("Billed, line by line"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "billed") {
		table_row(k);
		cells_order(sc, row);
		cell_typed(sc, row, no, version);
		cell_differs(sc, row);
		table_row_end(k);
		all = all && row_has(row, "typed");
		billed += row_i64(row, "cents");
	}
	table_close(k);
	draw_other(sc, no, version);
	struct words sum = stock_euros(k, billed);
	struct sheet s = stock_sheet(sc, faults, "/stock/order/invoice", "invoice", stock_invoice_fields);
	el(k, H_H3, NULL, N_("The invoice as a whole"));
	if (!all) {
		el(k, H_P, "note", N_("Lines of the order are still to be typed."));
	} else {
		el_open(k, H_P, NULL);
		say_with(k, N_("The lines that were typed make {1}."), words_view(&sum));
		html_close(&k->w, H_P);
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", no);
	fields_hidden(k, "version", version);
	fields_input(k, &s, "invoice", NULL);
	fields_input(k, &s, "amount", &(struct look){ .inputmode = "decimal", .hint = N_("Held against what came, at the prices of the order") });
	fields_input(k, &s, "decision", &(struct look){ .as_select = true, .hint = N_("Empty where nothing differs") });
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Check the invoice"))));
	fields_close(k);
}

/* ---- checked before ---- */

static void
chip_outcome(struct kit *k, struct str outcome)
{
	if (str_eq(outcome, "agreed"))
		status_chip(k, "ok", "check", N_("Agrees line by line"));
	else if (str_eq(outcome, "accepted"))
		status_chip(k, "warn", "warn", N_("Accepted with differences"));
	else
		status_chip(k, "critical", "octagon", N_("Invoice disputed"));
}

static void
draw_check(struct screen *sc, struct row check)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Ordered"), "num" }, { N_("Came"), "num" }, { N_("Price of what came"), "num" }, { N_("Billed"), "num" }, { N_("Billed for it"), "num" }, { N_("Difference"), NULL } };
	struct kit *k = &sc->k;
	struct words asked = stock_euros(k, row_i64(check, "cents")), at = when_clinical_ms(k, row_i64(check, "at"));
	html_open(&k->w, H_P);
	chip_outcome(k, row_get(check, "outcome"));
	html_z(&k->w, " ");
	say_with(k, N_("Invoice {1} asks {2}."), row_get(check, "number"), words_view(&asked));
	for (const struct choice *c = reasons; c->code != NULL; c++)
		if (str_eq(row_get(check, "reason"), c->code)) {
			html_z(&k->w, " ");
			el(k, H_STRONG, NULL, c->label);
		}
	html_z(&k->w, " ");
	el_text(k, H_SMALL, "hint", screen_say(sc, N_("{1}, {2}"), row_get(check, "by_name"), words_view(&at)));
	html_close(&k->w, H_P);
	table_open(k, N_("As it was checked"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "check_lines") {
		if (!str_is(row_get(row, "check"), row_get(check, "check")))
			continue;
		table_row(k);
		cells_order(sc, row);
		stock_cell_quantity(k, row_i64(row, "quantity"), row_get(row, "counted"));
		stock_cell_euros(k, row_i64(row, "cents"));
		cell_differs(sc, row);
		table_row_end(k);
	}
	table_close(k);
}

void
stock_invoice_draw_checks(struct screen *sc)
{
	if (rows_count(release_rows(sc->rel), "checks") > 0)
		el(&sc->k, H_H2, NULL, N_("Checks of invoices, the newest first"));
	for release_each (row, sc->rel, "checks")
		draw_check(sc, row);
}
