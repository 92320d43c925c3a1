/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/drug.c: the medicines of France: found by substance or name, one in full, and a list held against each other. Substance first in bold, never cut (NHS CUI
 * MEDi-001 … 054); nothing is chosen by itself (MSP-0320); each page says of which day the tables are. No patient is asked nor named here.
 * Called by front through the rows at the end. Start at drugs_show.
 */
#include "pages/drug.h"

#define LIST_MOST 400
#define ONE_ROW "drug"

static const struct field list_fields[] = {
	{ "q",    N_("Substance or name"), FIELD_TEXT, .max = 100 },
	{ "list", N_("Medicines to check"), FIELD_TEXT, .max = LIST_MOST },
	{ "all",  N_("All of them"), FIELD_FLAG },
	FIELDS_END
};
static const struct field one_fields[] = { { "cis", N_("Medicine"), FIELD_INT, .min = 1, .max = 99999999, .required = true }, FIELDS_END };

static const struct { const char *chip, *icon, *label; } levels[] = {
	{ "plain", NULL, "" },
	{ "plain",    NULL,      N_("To be taken into account") },
	{ "info",     "alert",   N_("Precaution for use") },
	{ "warn",     "warn",    N_("Not advised together") },
	{ "critical", "octagon", N_("Contraindicated together") },
};

static enum rc
drugs_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str q = form_get(&rq->form, "q"), list = form_get(&rq->form, "list");
	(void)p;
	ask_view(a, "drug_search");
	if (rq->form.n_bad > 0)
		return RC_OK;
	if (q.n > 0)
		ask_arg(a, "text", q);
	if (form_get(&rq->form, "all").n > 0)
		ask_arg(a, "all", STR("1"));
	if (list.n > 0) {
		ask_view(a, "drug_check");
		ask_arg(a, "list", list);
	}
	return RC_OK;
}

/* ---- pieces ---- */

static void
draw_editions(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "editions");
	struct words bdpm = when_day(k, row_get(row, "bdpm_on")), ansm = when_day(k, row_get(row, "ansm_on"));
	el_open(k, H_P, "hint");
	say_with(k, N_("Public medicines database (ANSM, HAS, Assurance Maladie) of {1}; interactions: ANSM thesaurus of {2}. Not certified for prescribing; doses, pregnancy, kidneys: not provided, not checked."),
		words_view(&bdpm), words_view(&ansm));
	html_close(&k->w, H_P);
}

static bool
is_absent(struct screen *sc)
{
	struct kit *k = &sc->k;
	if (row_get(release_set(sc->rel, "editions"), "absent").n == 0)
		return false;
	el_open(k, H_DIV, "faults");
	html_attr_z(&k->w, "role", "alert");
	say(k, N_("The tables of medicines are missing or damaged on this server: nothing can be looked up and nothing is checked."));
	html_close(&k->w, H_DIV);
	return true;
}

/* Substance first, then the name as authorised, which opens the whole entry. */
static void
cells_name(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (row_has(row, "dci"))
		el_text(k, H_B, NULL, row_get(row, "dci"));
	else
		not_recorded(k);
	cell_close(k);
	cell_open(k, NULL);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", screen_join(sc->rq, STR("/drugs/one?cis="), row_get(row, "cis")));
	html_text(&k->w, row_get(row, "name"));
	html_close(&k->w, H_A);
	cell_close(k);
}

/* The ANSM's words for supply, which are written in small and large letters. */
static const char *
supply_word(struct str published)
{
	static const struct { const char *as, *label; } words[] = {
		{ "Rupture de stock", N_("Out of stock") }, { "Tension d'approvisionnement", N_("Supply under tension") },
		{ "Arr\xc3\xaat de commercialisation", N_("Withdrawn from the market") },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq_nocase(published, words[i].as))
			return words[i].label;
	return N_("Supply is disturbed");
}

static void
draw_marks(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	if (row_get(row, "market").n == 0)
		status_chip(k, "plain", NULL, N_("Not on the market"));
	if (row_has(row, "supply")) {
		struct words since = when_short(k, row_get(row, "supply_since_on"));
		status_chip(k, "warn", "warn", supply_word(row_get(row, "supply")));
		html_z(&k->w, " ");
		el_open(k, H_SMALL, "hint");
		say_with(k, N_("since {1}"), words_view(&since));
		html_close(&k->w, H_SMALL);
	}
	if (row_get(row, "watched").n > 0)
		status_chip(k, "info", "alert", N_("Additional monitoring"));
}

/* The list with one more, or without one; in the request's arena. */
static struct str
list_with(struct screen *sc, struct str list, struct str cis)
{
	return list.n > 0 ? screen_join(sc->rq, screen_join(sc->rq, list, STR(",")), cis) : cis;
}

static struct str
list_without(struct screen *sc, struct str list, struct str cis)
{
	struct str out = STR_NONE;
	for (struct str rest = list; rest.n > 0;) {
		struct str next, one = str_trim(str_cut(rest, ',', &next));
		if (one.n > 0 && !str_is(one, cis))
			out = list_with(sc, out, one);
		rest = next;
	}
	return out;
}

static void
cell_list_button(struct screen *sc, struct row row, bool adds)
{
	struct kit *k = &sc->k;
	struct str list = form_get(&sc->rq->form, "list"), cis = row_get(row, "cis");
	struct pair hidden[2] = { { STR("q"), form_get(&sc->rq->form, "q") }, { STR("list"), adds ? list_with(sc, list, cis) : list_without(sc, list, cis) } };
	cell_open(k, "time");
	if (adds && hidden[1].value.n > LIST_MOST)
		el(k, H_SPAN, "unknown", N_("The list is full"));
	else
		fields_button_form(k, STR("/drugs"), "quiet", adds ? "plus" : "trash", str_of(tr(k->lang, adds ? N_("Add to the check") : N_("Remove"))), hidden, 2, NULL);
	cell_close(k);
}

static bool
is_listed(struct screen *sc, struct str cis)
{
	for release_each (row, sc->rel, "list")
		if (str_is(row_get(row, "cis"), cis))
			return true;
	return false;
}

/* ---- what was found ---- */

static void
draw_found(struct screen *sc)
{
	static const struct col cols[] = { { N_("Substance"), NULL }, { N_("Medicine"), NULL }, { N_("Route"), NULL }, { N_("Marks"), NULL }, { N_("Check"), "time" } };
	struct kit *k = &sc->k;
	struct row page = release_set(sc->rel, "drugs_page");
	struct str q = form_get(&sc->rq->form, "q");
	struct digits shown, total;
	if (q.n == 0) {
		el(k, H_P, "empty", N_("Type the substance first, or a name; several words narrow it down: amoxicilline 500 gélule. Nothing is chosen for you."));
		return;
	}
	if (row_i64(page, "total") == 0) {
		el(k, H_P, "empty", N_("No medicine has all these words. Check the spelling, or type fewer letters (three at least)."));
		return;
	}
	el_open(k, H_P, "state");
	say_with(k, N_("{1} of {2}, those on the market first"), digits_of(&shown, row_i64(page, "shown")), digits_of(&total, row_i64(page, "total")));
	html_close(&k->w, H_P);
	table_open(k, N_("Medicines found"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "drugs") {
		table_row(k);
		cells_name(sc, row);
		cell(k, row_get(row, "routes"));
		cell_open(k, NULL);
		draw_marks(sc, row);
		cell_close(k);
		if (is_listed(sc, row_get(row, "cis")))
			cell_say(k, N_("in the list"));
		else
			cell_list_button(sc, row, true);
		table_row_end(k);
	}
	table_close(k);
	if (row_i64(page, "shown") < row_i64(page, "total") && form_get(&sc->rq->form, "all").n == 0) {
		struct pair hidden[3] = { { STR("q"), q }, { STR("list"), form_get(&sc->rq->form, "list") }, { STR("all"), STR("1") } };
		fields_button_form(k, STR("/drugs"), "quiet", NULL, str_of(tr(k->lang, N_("Show more"))), hidden, 3, NULL);
	}
}

/* ---- held against each other ---- */

static void
draw_interaction(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	int64_t level = row_i64(row, "level");
	table_row(k);
	cell_open(k, NULL);
	if (level > 0 && level < (int64_t)(sizeof levels / sizeof levels[0]))
		status_chip(k, levels[level].chip, levels[level].icon, levels[level].label);
	cell_close(k);
	for (unsigned side = 0; side < 2; side++) {
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, side == 0 ? "a" : "b"));
		html_open(&k->w, H_BR);
		el_text(k, H_SMALL, "hint", row_get(row, side == 0 ? "a_as" : "b_as"));
		cell_close(k);
	}
	cell_open(k, NULL);
	html_text(&k->w, row_get(row, "mechanism"));
	if (row_has(row, "advice")) {
		html_open(&k->w, H_BR);
		el_text(k, H_STRONG, NULL, row_get(row, "advice"));
	}
	cell_close(k);
	table_row_end(k);
}

static void
draw_twice(struct screen *sc)
{
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "twice") == 0)
		return;
	el(k, H_H3, NULL, N_("Given twice"));
	html_open(&k->w, H_UL);
	for release_each (row, sc->rel, "twice") {
		html_open(&k->w, H_LI);
		status_chip(k, "warn", "warn", row_has(row, "substance") ? N_("Same substance") : N_("Same class"));
		html_z(&k->w, " ");
		say_with(k, N_("{1}: {2} and {3}"), row_has(row, "substance") ? row_get(row, "substance") : row_get(row, "atc"), row_get(row, "a"), row_get(row, "b"));
		if (row_get(row, "derived").n > 0) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("ATC derived from medicines of the same substances"));
		}
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
}

/* What could not be checked is said before what was found. */
static void
draw_unchecked(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct digits gone;
	for release_each (row, sc->rel, "list") {
		if (!row_has(row, "unknown") && row_get(row, "nothing_said").n == 0)
			continue;
		html_open(&k->w, H_P);
		status_chip(k, "warn", "unavailable", N_("Not checked"));
		html_z(&k->w, " ");
		if (row_has(row, "unknown"))
			say_with(k, N_("{1}: the thesaurus does not know {2}"), row_get(row, "name"), row_get(row, "unknown"));
		else
			say_with(k, N_("{1}: no substance is published"), row_get(row, "name"));
		html_close(&k->w, H_P);
	}
	if (row_i64(release_set(sc->rel, "gone"), "n") > 0) {
		el_open(k, H_P, NULL);
		status_chip(k, "warn", "unavailable", N_("Not checked"));
		html_z(&k->w, " ");
		say_with(k, N_("{1} of the list are no longer in the database"), digits_of(&gone, row_i64(release_set(sc->rel, "gone"), "n")));
		html_close(&k->w, H_P);
	}
}

static void
draw_check(struct screen *sc)
{
	static const struct col list_cols[] = { { N_("Substance"), NULL }, { N_("Medicine"), NULL }, { N_("Marks"), NULL }, { N_("Remove"), "time" } };
	static const struct col cols[] = { { N_("Level"), NULL }, { N_("Medicine"), NULL }, { N_("With"), NULL }, { N_("Why, and what to do"), NULL } };
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "list"), found = rows_count(release_rows(sc->rel), "interactions");
	if (n == 0 && row_i64(release_set(sc->rel, "gone"), "n") == 0)
		return;
	el(k, H_H2, NULL, N_("Checked together"));
	table_open(k, N_("Medicines to check"), list_cols, sizeof list_cols / sizeof list_cols[0]);
	for release_each (row, sc->rel, "list") {
		table_row(k);
		cells_name(sc, row);
		cell_open(k, NULL);
		draw_marks(sc, row);
		cell_close(k);
		cell_list_button(sc, row, false);
		table_row_end(k);
	}
	table_close(k);
	draw_unchecked(sc);
	draw_twice(sc);
	if (found == 0) {
		if (n > 1)
			el(k, H_P, NULL, N_("The thesaurus has no row for two of these. That is no proof that they go together."));
		return;
	}
	table_open(k, N_("Interactions, strongest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "interactions")
		draw_interaction(sc, row);
	table_close(k);
}

static enum rc
drugs_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct sheet s = { .action = STR("/drugs"), .id = "drugs", .class_ = "sheet row", .fields = list_fields, .form = &rq->form, .region = "results" };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Medicines"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Medicines"));
	if (is_absent(&sc))
		return screen_end(&sc);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "q", &(struct look){ .hint = N_("Three letters at least"), .autofocus = true });
	fields_hidden(k, "list", fields_value(&s, "list"));
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	el_open(k, H_DIV, NULL);
	html_attr_z(&k->w, "id", "results");
	draw_found(&sc);
	html_close(&k->w, H_DIV);
	draw_check(&sc);
	draw_editions(&sc);
	return screen_end(&sc);
}

/* ---- one ---- */

static enum rc
one_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, ONE_ROW);
	ask_arg(a, "cis", form_get(&rq->form, "cis"));
	return RC_OK;
}

static void
draw_parts(struct screen *sc)
{
	static const struct col cols[] = { { N_("Substance"), NULL }, { N_("Strength"), NULL }, { N_("In"), NULL }, { N_("Interactions"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("What is in it"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "parts") {
		table_row(k);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "name"));
		if (row_get(row, "moiety").n > 0) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("therapeutic fraction"));
		}
		cell_close(k);
		cell(k, row_get(row, "dose"));
		cell(k, row_get(row, "per"));
		cell_say(k, row_get(row, "known").n > 0 ? N_("known to the thesaurus") : N_("not known to the thesaurus: not checked"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_conditions(struct screen *sc)
{
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Conditions of prescription and supply"));
	if (rows_count(release_rows(sc->rel), "conditions") == 0) {
		el(k, H_P, NULL, N_("None is published."));
		return;
	}
	html_open(&k->w, H_UL);
	for release_each (row, sc->rel, "conditions")
		el_text(k, H_LI, NULL, row_get(row, "text"));
	html_close(&k->w, H_UL);
}

static void
cell_price(struct kit *k, struct row row)
{
	struct words w = { .n = 0 };
	struct digits d;
	int64_t cents = row_i64(row, "price_cents");
	if (row_has(row, "price_cents")) {
		words_add(&w, digits_of(&d, cents / 100));
		words_z(&w, k->lang == SAY_FR ? "," : ".");
		words_z(&w, cents % 100 < 10 ? "0" : "");
		words_add(&w, digits_of(&d, cents % 100));
		words_z(&w, "\u202f€");
	}
	cell(k, words_view(&w));
}

static void
draw_packs(struct screen *sc)
{
	static const struct col cols[] = { { N_("Pack"), NULL }, { N_("Code CIP13"), NULL }, { N_("State"), NULL }, { N_("Reimbursed"), NULL }, { N_("Public price"), "num" } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "packs") == 0)
		return;
	table_open(k, N_("Packs"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "packs") {
		table_row(k);
		cell(k, row_get(row, "label"));
		cell(k, row_get(row, "cip13"));
		cell(k, row_get(row, "state"));
		cell(k, row_get(row, "rate"));
		cell_price(k, row);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_group(struct screen *sc, struct row drug)
{
	static const char *const kinds[] = { N_("Reference medicine"), N_("Generic"), N_("Generic by another posology"), "", N_("Substitutable generic") };
	static const struct col cols[] = { { N_("Substance"), NULL }, { N_("Medicine"), NULL }, { N_("Marks"), NULL } };
	struct kit *k = &sc->k;
	int64_t kind = row_i64(drug, "group_kind");
	if (!row_has(drug, "group"))
		return;
	el(k, H_H2, NULL, N_("Generic group"));
	el_open(k, H_P, NULL);
	html_text(&k->w, row_get(drug, "group"));
	html_z(&k->w, " ");
	if (kind >= 0 && kind < (int64_t)(sizeof kinds / sizeof kinds[0]) && kinds[kind][0] != '\0')
		status_chip(k, "plain", NULL, kinds[kind]);
	html_close(&k->w, H_P);
	if (rows_count(release_rows(sc->rel), "same_group") == 0)
		return;
	table_open(k, N_("Others of the group, on the market"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "same_group") {
		table_row(k);
		cells_name(sc, row);
		cell_open(k, NULL);
		draw_marks(sc, row);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
one_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Medicine"));
	struct kit *k = &sc.k;
	struct row drug = release_set(rel, ONE_ROW);
	el_text(k, H_H1, NULL, row_is(drug) ? row_get(drug, "name") : str_of(tr(k->lang, N_("Medicine"))));
	if (is_absent(&sc) || !row_is(drug))
		return screen_end(&sc);
	el_open(k, H_P, NULL);
	draw_marks(&sc, drug);
	html_close(&k->w, H_P);
	html_open(&k->w, H_DL);
	pair_text(k, N_("Substance"), row_get(drug, "dci"));
	pair_text(k, N_("Form"), row_get(drug, "form"));
	pair_text(k, N_("Route"), row_get(drug, "routes"));
	pair_open(k, N_("Class (ATC)"));
	if (row_has(drug, "atc"))
		html_text(&k->w, row_get(drug, "atc"));
	else
		el(k, H_SPAN, "unknown", N_("none is published, and none can be derived"));
	if (row_get(drug, "atc_derived").n > 0) {
		html_z(&k->w, " ");
		el(k, H_SMALL, "hint", N_("ATC derived from medicines of the same substances"));
	}
	pair_close(k);
	pair_text(k, N_("Holder"), row_get(drug, "holder"));
	pair_text(k, N_("Code CIS"), row_get(drug, "cis"));
	html_close(&k->w, H_DL);
	draw_parts(&sc);
	draw_conditions(&sc);
	draw_packs(&sc);
	draw_group(&sc, drug);
	struct pair hidden[1] = { { STR("list"), row_get(drug, "cis") } };
	fields_button_form(k, STR("/drugs"), "quiet", "plus", str_of(tr(k->lang, N_("Check it with others"))), hidden, 1, NULL);
	draw_editions(&sc);
	return screen_end(&sc);
}

const struct page pages_drug[] = {
	{ HTTP_GET,  "/drugs",     MAY_READ_CHART, REVEALS_META, .fields = list_fields, .ask = drugs_ask, .show = drugs_show, .menu = N_("Medicines"), .icon = "pill", .key = "g d" },
	{ HTTP_POST, "/drugs",     MAY_READ_CHART, REVEALS_META, .fields = list_fields, .ask = drugs_ask, .show = drugs_show },
	{ HTTP_GET,  "/drugs/one", MAY_READ_CHART, REVEALS_META, .fields = one_fields,  .ask = one_ask,   .show = one_show },
	{ .path = NULL },
};
