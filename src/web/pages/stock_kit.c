/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_kit.c: what the screens of the stock share: quantities in units of count, amounts, and products, lots and stores as cells. It must never round a quantity, nor show
 * whose own a lot is. Called by the pages stock*.c. Start at stock_quantity.
 */
#include "pages/stock.h"

#include <string.h>

const struct choice stock_counted_choices[] = {
	{ "tablet", N_("tablets") }, { "capsule", N_("capsules") }, { "ampoule", N_("ampoules") }, { "vial", N_("vials") }, { "ml", N_("mL") }, { "sachet", N_("sachets") }, { "patch", N_("patches") },
	{ "suppository", N_("suppositories") }, { "dose", N_("doses") }, { "unit", N_("units") }, { NULL, NULL },
};

bool
stock_ask_act(const struct req *rq, struct asks *a, const char *act)
{
	if (rq->method != HTTP_POST || rq->form.n_bad > 0 || stock_scanned(rq))
		return false;
	ask_act(a, act);
	for (const struct field *f = rq->page->fields; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, "scan") != 0 && form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return true;
}

void
stock_ask_sent(const struct req *rq, struct asks *a, const struct stock_send *sends, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rq->page->path, sends[i].path) == 0)
			stock_ask_act(rq, a, sends[i].act);
}

bool
stock_was_sent(const struct screen *sc, const char *path)
{
	return sc->rq->method == HTTP_POST && strcmp(sc->rq->page->path, path) == 0;
}

struct sheet
stock_sheet(struct screen *sc, struct fault faults[STOCK_FAULTS], const char *action, const char *id, const struct field *fields)
{
	bool sent = stock_was_sent(sc, action);
	return (struct sheet){ .action = str_of(action), .id = id, .class_ = "sheet", .fields = fields, .form = sent ? &sc->rq->form : NULL, .faults = faults,
		.n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, STOCK_FAULTS) : 0 };
}

struct words
stock_number(const struct kit *k, int64_t milli)
{
	struct words w = { .n = 0 };
	struct digits d;
	char rest[5] = { k->lang == SAY_FR ? ',' : '.' };
	uint64_t v = milli < 0 ? (uint64_t)-milli : (uint64_t)milli;
	size_t n = 4;
	if (milli < 0)
		words_z(&w, "\u2212");
	words_add(&w, digits_of(&d, (int64_t)(v / 1000)));
	for (int i = 3, part = (int)(v % 1000); i > 0; i--, part /= 10)
		rest[i] = (char)('0' + part % 10);
	while (n > 1 && rest[n - 1] == '0')
		n--;
	if (n > 1)
		words_add(&w, (struct str){ rest, n });
	return w;
}

struct words
stock_quantity(const struct kit *k, int64_t milli, struct str counted)
{
	struct words w = stock_number(k, milli);
	for (const struct choice *c = stock_counted_choices; c->code != NULL; c++)
		if (str_eq(counted, c->code)) {
			words_z(&w, "\u00a0");
			words_z(&w, tr(k->lang, c->label));
		}
	return w;
}

struct words
stock_euros(const struct kit *k, int64_t cents)
{
	struct words w = { .n = 0 };
	struct digits d;
	uint64_t v = cents < 0 ? (uint64_t)-cents : (uint64_t)cents;
	if (cents < 0)
		words_z(&w, "\u2212");
	words_add(&w, digits_of(&d, (int64_t)(v / 100)));
	words_z(&w, k->lang == SAY_FR ? "," : ".");
	words_z(&w, v % 100 < 10 ? "0" : "");
	words_add(&w, digits_of(&d, (int64_t)(v % 100)));
	words_z(&w, "\u202f€");
	return w;
}

void
stock_cell_quantity(struct kit *k, int64_t milli, struct str counted)
{
	struct words w = stock_quantity(k, milli, counted);
	cell_open(k, "num");
	html_text(&k->w, words_view(&w));
	cell_close(k);
}

void
stock_cell_euros(struct kit *k, int64_t cents)
{
	struct words w = stock_euros(k, cents);
	cell_open(k, "num");
	html_text(&k->w, words_view(&w));
	cell_close(k);
}

void
stock_cell_product(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (row_has(row, "dci")) {
		el_text(k, H_B, NULL, row_get(row, "dci"));
		html_open(&k->w, H_BR);
	}
	html_text(&k->w, row_has(row, "name") ? row_get(row, "name") : row_get(row, "cis"));
	if (row_has(row, "narcotic")) {
		html_z(&k->w, " ");
		status_chip(k, "info", "lock", N_("Narcotic"));
	}
	if (row_has(row, "unlisted")) {
		html_z(&k->w, " ");
		status_chip(k, "warn", "warn", N_("Not listed by the pharmacy"));
	}
	cell_close(k);
}

const char *
stock_kind(struct str code)
{
	static const struct { const char *code, *label; } words[] = {
		{ "central", N_("Central store") }, { "ward", N_("Ward store") }, { "cabinet", N_("Cabinet") }, { "home", N_("Nursing home") }, { "supplier", N_("Supplier") }, { "patient", N_("Given to patients") },
		{ "loss", N_("Broken or lost") }, { "destruction", N_("Destruction") }, { "discrepancy", N_("Not on the books") }, { "correction", N_("Correction") }, { "own", N_("Patient's own") },
		{ "use", N_("Used by the unit, for no patient") }, { "draw", N_("Given or dispensed") }, { "back", N_("Taken back: not given") }, { "receive", N_("Reception") }, { "transfer", N_("Transfer") },
		{ "return", N_("Return") }, { "less", N_("Correction: less") }, { "more", N_("Correction: more") }, { "give_back", N_("Given back to the patient") }, { "settle", N_("Shortage settled") },
		{ "count", N_("Count") }, { "refill", N_("Ward filled up") }, { "kit", N_("Kit prepared") }, { "kit_open", N_("Kit opened") },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(code, words[i].code))
			return words[i].label;
	return N_("Not recorded");
}

struct words
stock_store_name(struct screen *sc, struct row row)
{
	struct words w = { .n = 0 };
	if (row_has(row, "code"))
		words_add(&w, row_get(row, "code"));
	else
		words_z(&w, tr(sc->k.lang, stock_kind(row_get(row, "kind"))));
	if (row_has(row, "unit_name")) {
		words_z(&w, " · ");
		words_add(&w, row_get(row, "unit_name"));
	}
	return w;
}

void
stock_cell_account(struct screen *sc, struct row row)
{
	struct words w = stock_store_name(sc, row);
	cell_open(&sc->k, NULL);
	html_text(&sc->k.w, words_view(&w));
	if (row_has(row, "of_store")) {
		html_z(&sc->k.w, " ");
		status_chip(&sc->k, "info", "list", N_("Kit"));
	}
	cell_close(&sc->k);
}

void
stock_lot_words(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words on = when_day(k, row_get(row, "expires_on"));
	if (row_has(row, "number"))
		el_text(k, H_CODE, NULL, row_get(row, "number"));
	else
		say(k, N_("lot not known"));
	html_z(&k->w, " ");
	el_open(k, H_SMALL, "hint");
	if (on.n > 0)
		say_with(k, N_("until {1}"), words_view(&on));
	else
		say(k, N_("expiry not known"));
	html_close(&k->w, H_SMALL);
	html_z(&k->w, " ");
	if (row_has(row, "expired"))
		status_chip(k, "critical", "octagon", N_("Expired"));
	if (str_eq(row_get(row, "state"), "quarantine"))
		status_chip(k, "warn", "warn", N_("Quarantine"));
	if (str_eq(row_get(row, "state"), "recalled"))
		status_chip(k, "critical", "octagon", N_("Called back"));
	if (row_has(row, "own"))
		status_chip(k, "info", "person", N_("Patient's own"));
}

void
stock_link(struct screen *sc, const char *path, const char *name, struct str value, const char *msgid)
{
	struct str href = str_of(path);
	if (name != NULL)
		href = screen_join(sc->rq, screen_join(sc->rq, screen_join(sc->rq, href, STR("?")), screen_join(sc->rq, str_of(name), STR("="))), value);
	link_to(&sc->k, "button quiet", href, msgid);
	html_z(&sc->k.w, " ");
}

