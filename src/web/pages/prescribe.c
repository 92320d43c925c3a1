/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/prescribe.c: the basket: find a medicine (nothing is chosen by itself), say how, see at once what is checked, go on; then review and one signature. Drafts stay in the
 * basket whatever becomes of the session. It must lose nothing that was typed, and sign nothing that was not seen. What is looked for is sent by POST: no address says what
 * somebody is treated with. Called by front through the rows at the end. Start at prescribe_show and review_show.
 */
#include "pages/prescription.h"

#define FAULTS 16
#define UNITS_MAX 60
#define ROUTES_MAX 12

static const struct choice kinds[] = { { "drug", N_("Medicine") }, { "lab", N_("Laboratory") }, { "imaging", N_("Imaging") }, { "care", N_("Care") }, { "diet", N_("Diet") }, { NULL, NULL } };
static const struct choice other_kinds[] = { { "lab", N_("Laboratory") }, { "imaging", N_("Imaging") }, { "care", N_("Care") }, { "diet", N_("Diet") }, { NULL, NULL } };
static const struct choice how[] = { { "moments", N_("At moments of the day") }, { "every", N_("At intervals") }, { "as_needed", N_("As needed") }, { "once", N_("Once") }, { "continuous", N_("Continuously") }, { NULL, NULL } };
static const struct choice reasons[] = {
	{ "benefit", N_("The benefit outweighs the risk") }, { "monitored", N_("Watched: laboratory or clinical follow-up is ordered") }, { "tolerated", N_("Known and tolerated before") },
	{ "adapted", N_("Dose or times were adapted") }, { "no_other", N_("No alternative") }, { "not_so", N_("The alert does not apply to this person") }, { NULL, NULL } };

static const struct field again_fields[] = { { "replaces", N_("Takes the place of"), FIELD_ID }, { "home", N_("For home after the stay"), FIELD_ID }, { "out", N_("For home at once"), FIELD_FLAG }, FIELDS_END };
static const struct field find_fields[] = {
	{ "q",        N_("Substance or name"),  FIELD_TEXT, .max = 100 },
	{ "all",      N_("All of them"),        FIELD_FLAG },
	{ "cis",      N_("Medicine"),           FIELD_INT, .min = 1, .max = 99999999 },
	{ "replaces", N_("Takes the place of"), FIELD_ID },
	{ "home",     N_("For home after the stay"), FIELD_ID },
	{ "out",      N_("For home at once"),   FIELD_FLAG },
	FIELDS_END
};
static const struct field add_fields[] = {
	{ "form",      N_("Form"),     FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ "kind",      N_("Kind"),     FIELD_CODE,  .required = true, .choices = kinds },
	{ "cis",       N_("Medicine"), FIELD_INT,   .min = 1, .max = 99999999 },
	{ "replaces",  N_("Takes the place of"), FIELD_ID },
	{ "what",      N_("Prescription"),    FIELD_TEXT,  .max = 200 },
	{ "note",      N_("Note for who carries it out"), FIELD_LINES, .max = 1000 },
	{ "urgent",    N_("Urgent"),   FIELD_FLAG },
	{ "how",       N_("How it is given"), FIELD_CODE, .choices = how },
	{ "dose",      N_("Dose"),     FIELD_TEXT,  .max = 40 },
	{ "unit",      N_("Unit of the dose"), FIELD_TEXT, .max = 40 },
	{ "route",     N_("Route"),    FIELD_TEXT,  .max = 100 },
	{ "take",      N_("When"),     FIELD_TEXT,  .max = 100 },
	{ "days",      N_("Which days"), FIELD_TEXT, .max = 60 },
	{ "every",     N_("Every"),    FIELD_TEXT,  .max = 40 },
	{ "gap",       N_("At least between two"), FIELD_TEXT, .max = 40 },
	{ "most",      N_("At most in 24 hours"),  FIELD_TEXT, .max = 40 },
	{ "rate",      N_("Rate"),     FIELD_TEXT,  .max = 40 },
	{ "run",       N_("Given over"), FIELD_TEXT, .max = 40 },
	{ "start",     N_("Begins"),   FIELD_TEXT,  .max = 40 },
	{ "during",    N_("During"),   FIELD_TEXT,  .max = 40 },
	{ "stop",      N_("Until"),    FIELD_TEXT,  .max = 40 },
	{ "condition", N_("Condition"), FIELD_TEXT, .max = 200 },
	{ "steps",     N_("Then, one stage a line"), FIELD_LINES, .max = 1000 },
	{ "home",      N_("For home after the stay"), FIELD_ID },
	{ "out",       N_("For home at once"), FIELD_FLAG },
	{ "ald",       N_("Belongs to the long illness (ALD)"), FIELD_FLAG },
	{ "qsp",       N_("Quantity sufficient for (QSP)"), FIELD_TEXT, .max = 40 },
	{ "renewals",  N_("To be renewed, times"), FIELD_INT, .min = 0, .max = 99 },
	FIELDS_END
};
static const struct field other_fields[] = {
	{ "form",   N_("Form"),   FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ "kind",   N_("Kind"),   FIELD_CODE,  .required = true, .choices = other_kinds },
	{ "what",   N_("Prescription"),  FIELD_TEXT,  .max = 200, .required = true },
	{ "note",   N_("Note for who carries it out"), FIELD_LINES, .max = 1000 },
	{ "urgent", N_("Urgent"), FIELD_FLAG },
	FIELDS_END
};
static const struct field save_fields[] = {
	{ "name",   N_("Name of the protocol or favourite"), FIELD_TEXT, .min = 3, .max = 80, .required = true },
	{ "shared", N_("For everybody who prescribes in this unit"), FIELD_FLAG },
	FIELDS_END
};
static const struct field use_fields[] = {
	{ "no",   N_("Number"), FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "form", N_("Form"),   FIELD_TOKEN, .min = 8, .max = 90, .required = true },
	FIELDS_END
};
static const struct field drop_fields[] = { { "no", N_("Line"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field sign_fields[] = {
	{ "form",   N_("Form"),   FIELD_TOKEN, .min = 8, .max = 100, .required = true },
	{ "seen",   N_("Seen"),   FIELD_TOKEN, .min = 8, .max = 40, .required = true },
	{ "reason", N_("Why you go on in spite of the alerts"), FIELD_CODE, .choices = reasons },
	FIELDS_END
};

const char *
order_reason_label(struct str code)
{
	for (const struct choice *c = reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("—");
}

static bool
posts_to(const struct req *rq, const char *tail)
{
	return rq->method == HTTP_POST && str_ends(str_of(rq->page->path), str_of(tail));
}

static bool
is_other(const struct req *rq)
{
	return posts_to(rq, "/prescribe/other");
}

static bool
adds(const struct req *rq)
{
	return posts_to(rq, "/prescribe/add") || is_other(rq);
}

/* ---- asking ---- */

static const char *
act_of(const struct req *rq)
{
	return adds(rq) ? "order_add" : posts_to(rq, "/drop") ? "order_drop" : posts_to(rq, "/renew") ? "order_renew" : posts_to(rq, "/save") ? "order_set_save" : "order_set_use";
}

static enum rc
prescribe_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	const struct field *f = rq->page->fields;
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0 && f != find_fields;
	struct str replaces = form_get(&rq->form, "replaces"), cis = form_get(&rq->form, "cis");
	if (acts) {
		ask_act(a, act_of(rq));
		ask_arg(a, "patient", rq->path.patient);
		for (; f != NULL && f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_head(rq, a);
	ask_view(a, "order_basket");
	ask_arg(a, "patient", rq->path.patient);
	if (replaces.n > 0)
		ask_arg(a, "replaces", replaces);
	ask_view(a, "order_sets");
	ask_view(a, "drug_search");
	if (form_get(&rq->form, "q").n > 0)
		ask_arg(a, "text", form_get(&rq->form, "q"));
	if (form_get(&rq->form, "all").n > 0)
		ask_arg(a, "all", STR("1"));
	if (cis.n > 0) {
		ask_view(a, "drug");
		ask_arg(a, "cis", cis);
	}
	return RC_OK;
}

/* ---- finding ---- */

static bool
is_for_home(const struct screen *sc)
{
	return form_get(&sc->rq->form, "home").n > 0 || form_get(&sc->rq->form, "out").n > 0;
}

/* What the line takes the place of, and whether it is for home: kept from form to form until it is written. */
static size_t
kept_of_line(struct screen *sc, struct pair at[3])
{
	static const char *const names[] = { "replaces", "home", "out" };
	size_t n = 0;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (form_get(&sc->rq->form, names[i]).n > 0)
			at[n++] = (struct pair){ str_of(names[i]), form_get(&sc->rq->form, names[i]) };
	return n;
}

static void
keep_of_line(struct screen *sc)
{
	struct pair at[3];
	size_t n = kept_of_line(sc, at);
	for (size_t i = 0; i < n; i++)
		fields_hidden(&sc->k, at[i].name.p, at[i].value);
}

static void
draw_choose(struct screen *sc, struct str cis, const char *label)
{
	struct pair hidden[4] = { { STR("cis"), cis } };
	size_t n = 1 + kept_of_line(sc, hidden + 1);
	fields_button_form(&sc->k, screen_path(sc->rq, sc->rq->path.patient, "/prescribe"), "quiet", "plus", str_of(tr(sc->k.lang, label)), hidden, n, NULL);
}

static void
draw_found(struct screen *sc)
{
	static const struct col cols[] = { { N_("Substance"), NULL }, { N_("Medicine"), NULL }, { N_("Route"), NULL }, { N_("Marks"), NULL }, { N_("Choose"), NULL } };
	struct kit *k = &sc->k;
	struct row page = release_set(sc->rel, "drugs_page");
	struct digits shown, total;
	if (form_get(&sc->rq->form, "q").n == 0)
		return;
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
		cell_open(k, NULL);
		if (row_has(row, "dci"))
			el_text(k, H_B, NULL, row_get(row, "dci"));
		else
			not_recorded(k);
		cell_close(k);
		cell(k, row_get(row, "name"));
		cell(k, row_get(row, "routes"));
		cell_open(k, NULL);
		if (row_get(row, "market").n == 0)
			status_chip(k, "plain", NULL, N_("Not on the market"));
		if (row_has(row, "supply"))
			status_chip(k, "warn", "warn", N_("Supply is disturbed"));
		cell_close(k);
		cell_open(k, NULL);
		draw_choose(sc, row_get(row, "cis"), N_("Choose"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	if (row_i64(page, "shown") < row_i64(page, "total") && form_get(&sc->rq->form, "all").n == 0) {
		struct pair hidden[5] = { { STR("q"), form_get(&sc->rq->form, "q") }, { STR("all"), STR("1") } };
		size_t n = 2 + kept_of_line(sc, hidden + 2);
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/prescribe"), "quiet", NULL, str_of(tr(k->lang, N_("Show more"))), hidden, n, NULL);
	}
}

static void
draw_find(struct screen *sc)
{
	struct kit *k = &sc->k;
	bool found = posts_to(sc->rq, "/prescribe");
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescribe"), .id = "medicine", .class_ = "sheet row", .fields = find_fields, .form = found ? &sc->rq->form : NULL };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "q", &(struct look){ .hint = N_("Three letters at least; several words narrow it down. Nothing is chosen for you."), .autofocus = form_get(&sc->rq->form, "cis").n == 0, .autocomplete = "off" });
	keep_of_line(sc);
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	draw_found(sc);
}

/* ---- one line ---- */

static size_t
routes_of(struct str routes, struct pair *at)
{
	size_t n = 0;
	while (routes.n > 0 && n < ROUTES_MAX) {
		struct str one = str_trim(str_cut(routes, ';', &routes));
		if (one.n > 0)
			at[n++] = (struct pair){ one, one };
	}
	return n;
}

static void
draw_posology(struct screen *sc, struct sheet *s, struct row drug)
{
	struct kit *k = &sc->k;
	struct pair units[UNITS_MAX], routes[ROUTES_MAX];
	size_t n_units = 0, n_routes = routes_of(row_get(drug, "routes"), routes);
	for release_each (row, sc->rel, "units")
		if (n_units < UNITS_MAX)
			units[n_units++] = (struct pair){ row_get(row, "code"), row_get(row, "label") };
	fields_input(k, s, "dose", &(struct look){ .hint = N_("1 or 0,5; a unit may stand behind it: 500 mg"), .autofocus = true, .autocomplete = "off" });
	fields_input(k, s, "unit", &(struct look){ .options = units, .n_options = n_units });
	fields_input(k, s, "how", &(struct look){ .as_select = true });
	if (n_routes > 1)
		fields_input(k, s, "route", &(struct look){ .options = routes, .n_options = n_routes });
	else if (n_routes == 1)
		fields_hidden(k, "route", routes[0].value);
	fields_input(k, s, "take", &(struct look){ .hint = N_("At moments: 1-0-1, matin soir, 8h 20h"), .autocomplete = "off" });
	fields_input(k, s, "every", &(struct look){ .hint = N_("At intervals: 8 h, 2 j"), .autocomplete = "off" });
	fields_input(k, s, "during", &(struct look){ .hint = N_("5 j, 48 h; empty: no end"), .autocomplete = "off" });
	fields_input(k, s, "start", &(struct look){ .hint = N_("Empty: at the signature; 14h, demain 8h, 12/03/2027 8h30"), .autocomplete = "off" });
	fields_input(k, s, "gap", &(struct look){ .hint = N_("As needed: 6 h"), .autocomplete = "off" });
	fields_input(k, s, "most", &(struct look){ .hint = N_("As needed: 4, in the unit of the dose"), .autocomplete = "off" });
	fields_input(k, s, "rate", &(struct look){ .hint = N_("Infusion: 50 mL/h"), .autocomplete = "off" });
	fields_input(k, s, "run", &(struct look){ .hint = N_("Infusion: 30 min"), .autocomplete = "off" });
	fields_input(k, s, "days", &(struct look){ .hint = N_("2: one day in two; lun mer ven"), .autocomplete = "off" });
	fields_input(k, s, "stop", &(struct look){ .hint = N_("Instead of a length: 12/03/2027"), .autocomplete = "off" });
	fields_input(k, s, "condition", &(struct look){ .hint = N_("si douleur, à jeun"), .wide = true, .autocomplete = "off" });
	fields_input(k, s, "steps", &(struct look){ .hint = N_("Tapering: 20 mg matin 5 j"), .wide = true });
	fields_input(k, s, "note", &(struct look){ .wide = true });
	fields_input(k, s, "urgent", NULL);
}

static struct str
form_key(struct screen *sc, bool typed)
{
	return typed && form_get(&sc->rq->form, "form").n > 0 ? form_get(&sc->rq->form, "form") : row_get(release_set(sc->rel, "basket"), "form");
}

static void
draw_line_form(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row drug = release_set(sc->rel, "drug"), again = release_set(sc->rel, "again");
	bool typed = posts_to(sc->rq, "/prescribe/add");
	struct str cis = form_get(&sc->rq->form, "cis");
	struct fault faults[FAULTS];
	struct pair now[FAULTS + 8];
	size_t n_now = 0;
	if (cis.n == 0 || !row_is(drug))
		return;
	static const char *const kept[] = { "how", "dose", "unit", "route", "take", "days", "every", "gap", "most", "rate", "run", "during", "condition", "steps", "qsp", "renewals" };
	for (size_t i = 0; row_is(again) && i < sizeof kept / sizeof kept[0]; i++)
		now[n_now++] = (struct pair){ str_of(kept[i]), row_get(again, kept[i]) };
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescribe/add"), .id = "line", .class_ = "sheet", .fields = add_fields, .form = typed ? &sc->rq->form : NULL,
		.now = now, .n_now = n_now, .faults = faults, .n_faults = typed && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	el_open(k, H_H2, NULL);
	html_text(&k->w, row_get(drug, "dci"));
	html_z(&k->w, " ");
	html_text(&k->w, row_get(drug, "name"));
	html_close(&k->w, H_H2);
	html_open(&k->w, H_UL);
	for release_each (row, sc->rel, "conditions")
		el_text(k, H_LI, NULL, row_get(row, "text"));
	html_close(&k->w, H_UL);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "form", form_key(sc, typed));
	fields_hidden(k, "kind", STR("drug"));
	fields_hidden(k, "cis", cis);
	keep_of_line(sc);
	draw_posology(sc, &s, drug);
	if (is_for_home(sc)) {
		fields_input(k, &s, "qsp", &(struct look){ .hint = N_("28 j, 4 semaines; empty: the length of the treatment"), .autocomplete = "off" });
		fields_input(k, &s, "renewals", &(struct look){ .hint = N_("Empty: not said. Nothing here knows how long or how often it may be."), .autocomplete = "off" });
		fields_input(k, &s, "ald", NULL);
	}
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Put into the basket"))));
	fields_close(k);
}

static void
draw_other_form(struct screen *sc)
{
	struct kit *k = &sc->k;
	bool typed = is_other(sc->rq);
	struct fault faults[FAULTS];
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescribe/other"), .id = "other", .class_ = "sheet", .fields = other_fields, .form = typed ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = typed && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	if (!typed)
		html_open(&k->w, H_DETAILS);
	el(k, typed ? H_H2 : H_SUMMARY, NULL, N_("Laboratory, imaging, care, diet"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "form", form_key(sc, typed));
	fields_input(k, &s, "kind", &(struct look){ .as_radio = true, .wide = true });
	fields_input(k, &s, "what", &(struct look){ .wide = true });
	fields_input(k, &s, "note", &(struct look){ .wide = true });
	fields_input(k, &s, "urgent", NULL);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Put into the basket"))));
	fields_close(k);
	if (!typed)
		html_close(&k->w, H_DETAILS);
}

/* ---- the basket ---- */

static const char *
kind_label(struct str kind)
{
	for (const struct choice *c = kinds; c->code != NULL; c++)
		if (str_eq(kind, c->code))
			return c->label;
	return N_("Prescription");
}

/* The strongest alert of a line, beside it. */
static void
draw_strongest(struct screen *sc, struct row line)
{
	struct kit *k = &sc->k;
	for release_each (row, sc->rel, "alerts") {
		if (!str_is(row_get(row, "line"), row_get(line, "no")) && !str_is(row_get(row, "line_b"), row_get(line, "no")))
			continue;
		int64_t tier = row_i64(row, "tier");
		status_chip(k, tier == 4 ? "critical" : tier == 3 ? "warn" : tier == 2 ? "info" : "plain", tier == 4 ? "octagon" : tier == 3 ? "warn" : "alert", order_rule_label(row_get(row, "rule")));
		return;
	}
}

static void
draw_basket(struct screen *sc, bool drops)
{
	static const struct col cols[] = { { N_("Kind"), NULL }, { N_("Prescription"), NULL }, { N_("Begins, ends"), "time" }, { N_("Alert"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "lines") == 0) {
		empty_state(k, N_("The basket is empty."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Basket: nothing of it is prescribed before you sign"), cols, sizeof cols / sizeof cols[0] - (drops ? 0 : 1));
	for release_each (row, sc->rel, "lines") {
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		table_row(k);
		cell_open(k, NULL);
		say(k, kind_label(row_get(row, "kind")));
		if (row_get(row, "urgent").n > 0) {
			html_z(&k->w, " ");
			status_chip(k, "warn", "warn", N_("Urgent"));
		}
		cell_close(k);
		cell_open(k, NULL);
		order_draw_line(sc, row);
		order_draw_home(sc, row);
		if (row_has(row, "replaces") && row_get(row, "home").n == 0) {
			html_open(&k->w, H_BR);
			status_chip(k, "info", "swap", row_has(row, "renews") ? N_("Renewal") : N_("Takes the place of the present one"));
		}
		cell_close(k);
		cell_open(k, "time");
		if (row_has(row, "start_at"))
			when_time_tag_ms(k, row_i64(row, "start_at"));
		html_open(&k->w, H_BR);
		if (row_has(row, "end_at"))
			when_time_tag_ms(k, row_i64(row, "end_at"));
		else if (row_has(row, "start_at"))
			el(k, H_SMALL, "hint", N_("no end"));
		cell_close(k);
		cell_open(k, NULL);
		if (row_get(row, "unreadable").n > 0)
			status_chip(k, "critical", "octagon", N_("To be written again"));
		else
			draw_strongest(sc, row);
		cell_close(k);
		if (drops) {
			cell_open(k, NULL);
			fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/prescribe/drop"), "quiet", "trash", str_of(tr(k->lang, N_("Take out"))), hidden, 1, NULL);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

/* ---- protocols and favourites ---- */

static void
draw_sets(struct screen *sc)
{
	static const struct col cols[] = { { N_("Name"), NULL }, { N_("Lines"), "num" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "sets") == 0)
		return;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("Protocols and favourites"));
	table_open(k, N_("Lines to begin from: they come into the basket as drafts and are checked like any other"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "sets") {
		struct pair hidden[2] = { { STR("no"), row_get(row, "no") }, { STR("form"), form_key(sc, false) } };
		table_row(k);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "name"));
		html_z(&k->w, " ");
		if (row_get(row, "shared").n > 0)
			status_chip(k, "info", "people", N_("Protocol of the unit"));
		cell_close(k);
		cell(k, row_get(row, "lines"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/prescribe/use"), "quiet", "plus", screen_say(sc, N_("Put {1} into the basket"), row_get(row, "name")), hidden, 2, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_save(struct screen *sc)
{
	struct kit *k = &sc->k;
	bool typed = posts_to(sc->rq, "/prescribe/save");
	struct fault faults[FAULTS];
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescribe/save"), .id = "save", .class_ = "sheet", .fields = save_fields, .form = typed ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = typed && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	html_open(&k->w, H_DETAILS);
	if (typed)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Keep this basket as a protocol or favourite"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "name", &(struct look){ .hint = N_("Nothing of this person is kept: no note, no day."), .autocomplete = "off" });
	fields_input(k, &s, "shared", NULL);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Keep it"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static enum rc
prescribe_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row again;
	if (rq->method == HTTP_POST && rq->page->fields != find_fields && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, posts_to(rq, "/renew") ? "/prescribe/review" : form_get(&rq->form, "out").n > 0 ? "/prescribe?out=1" : "/prescribe"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("Prescribe"));
	struct kit *k = &sc.k;
	if (rq->method == HTTP_POST && !adds(rq) && rq->page->fields != find_fields && rq->page->fields != save_fields)
		screen_refusal(&sc);
	again = release_set(rel, "again");
	bool home = form_get(&rq->form, "home").n > 0, at_once = form_get(&rq->form, "out").n > 0;
	if (at_once) {
		el(k, H_P, "note", N_("Ordonnance for home: each line is taken at home from the signature on, is given by nobody here, and is printed once it is signed."));
		el_open(k, H_P, "actions");
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/prescribe"), N_("Prescribe in the house instead"));
		html_close(&k->w, H_P);
	} else if (!home) {
		el_open(k, H_P, "actions");
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/prescribe?out=1"), N_("Ordonnance for home"));
		html_close(&k->w, H_P);
	}
	if (home)
		el(k, H_P, "note", N_("This line is for home: it begins when the stay ends, and is given by nobody here."));
	if (form_get(&rq->form, "replaces").n > 0) {
		if (!home)
			el(k, H_P, "note", N_("The new line takes the place of the present one once it is signed."));
		if (row_has(again, "cis") && form_get(&rq->form, "cis").n == 0)
			draw_choose(&sc, row_get(again, "cis"), N_("Keep the same medicine"));
	}
	draw_basket(&sc, true);
	if (rows_count(release_rows(rel), "lines") > 0) {
		el_open(k, H_P, "actions");
		link_to(k, "button primary", screen_path(rq, rq->path.patient, "/prescribe/review"), N_("Review and sign"));
		html_close(&k->w, H_P);
	}
	if (rows_count(release_rows(rel), "lines") > 0 || posts_to(rq, "/prescribe/save"))
		draw_save(&sc);
	draw_line_form(&sc);
	el(k, H_H2, NULL, N_("Add a medicine"));
	draw_find(&sc);
	if (!at_once) { /* what is ordered for this house, and drafts of it */
		draw_other_form(&sc);
		draw_sets(&sc);
	}
	return screen_end(&sc);
}

static enum rc
sets_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "order_set_end");
		ask_arg(a, "no", form_get(&rq->form, "no"));
	}
	ask_view(a, "order_sets");
	return RC_OK;
}

static enum rc
sets_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Name"), NULL }, { N_("Lines"), "num" }, { N_("By"), NULL }, { N_("Since"), "time" }, { N_("Action"), NULL } };
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/protocols"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Protocols and favourites"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Protocols and favourites"));
	screen_refusal(&sc);
	if (rows_count(release_rows(rel), "sets") == 0) {
		empty_state(k, N_("There is none yet: they are kept from a basket, on the page where you prescribe."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Yours, and those of your unit"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "sets") {
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		table_row(k);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "name"));
		html_z(&k->w, " ");
		if (row_get(row, "shared").n > 0)
			status_chip(k, "info", "people", N_("Protocol of the unit"));
		cell_close(k);
		cell(k, row_get(row, "lines"));
		cell(k, row_get(row, "by_name"));
		cell_time_ms(k, row_i64(row, "made_at"));
		cell_open(k, NULL);
		if (row_get(row, "mine").n > 0)
			fields_button_form(k, STR("/protocols"), "quiet", "trash", screen_say(&sc, N_("Remove {1}"), row_get(row, "name")), hidden, 1, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- review and signature ---- */

static enum rc
review_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "prescription_sign");
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = sign_fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_head(rq, a);
	ask_view(a, "order_basket");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "drug_search");
	return RC_OK;
}

/* Whether a reason is asked for, and whether one of them forbids. */
static void
weigh(struct screen *sc, bool *reason_r, bool *forbidden_r)
{
	*reason_r = *forbidden_r = false;
	for release_each (row, sc->rel, "alerts") {
		bool fresh = row_get(row, "fresh").n > 0;
		*reason_r = *reason_r || (fresh && row_i64(row, "tier") == 3 && !row_has(row, "reason"));
		*forbidden_r = *forbidden_r || (fresh && row_i64(row, "tier") == 4);
	}
}

static void
draw_sign(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row basket = release_set(sc->rel, "basket");
	struct fault faults[4];
	bool reason, forbidden, posted = sc->rq->method == HTTP_POST;
	struct digits n;
	weigh(sc, &reason, &forbidden);
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescribe/review"), .id = "sign", .class_ = "sheet", .fields = sign_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	if (forbidden) {
		el(k, H_P, "note warn", N_("An alert forbids this: take the line out of the basket."));
		return;
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	/* What is seen now is what is signed: after a refusal the page has the newest state. */
	fields_hidden(k, "form", form_key(sc, posted));
	fields_hidden(k, "seen", row_get(basket, "seen"));
	if (reason)
		fields_input(k, &s, "reason", &(struct look){ .as_radio = true, .wide = true, .hint = N_("One reason for all alerts that ask for one; it is kept, and holds for this stay.") });
	fields_submit(k, "primary", "check", screen_say(sc, N_("Sign {1} lines for {2}"), digits_of(&n, (int64_t)rows_count(release_rows(sc->rel), "lines")), sc->name));
	fields_close(k);
}

static enum rc
review_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/prescriptions"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("Review and sign"));
	struct kit *k = &sc.k;
	draw_basket(&sc, true);
	order_draw_fresh(&sc);
	if (row_get(release_set(rel, "basket"), "stay").n == 0)
		el(k, H_P, "note", N_("The person is not in a stay now: the prescription is written without one."));
	if (rows_count(release_rows(rel), "lines") > 0)
		draw_sign(&sc);
	el_open(k, H_P, "actions");
	link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/prescribe"), N_("Back to the basket"));
	html_close(&k->w, H_P);
	order_draw_standing(&sc);
	return screen_end(&sc);
}

const struct page pages_prescribe[] = {
	{ HTTP_GET,  "/patient/:patient/prescribe",        MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = again_fields, .ask = prescribe_ask, .show = prescribe_show, .menu = N_("Prescribe"), .icon = "plus", .key = "F4" },
	{ HTTP_POST, "/patient/:patient/prescribe",        MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = find_fields,  .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/add",    MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = add_fields,   .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/other",  MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = other_fields, .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/drop",   MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = drop_fields,  .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/renew",  MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/save",   MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = save_fields,  .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_POST, "/patient/:patient/prescribe/use",    MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = use_fields,   .ask = prescribe_ask, .show = prescribe_show },
	{ HTTP_GET,  "/patient/:patient/prescribe/review", MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .ask = review_ask, .show = review_show },
	{ HTTP_POST, "/patient/:patient/prescribe/review", MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = sign_fields, .ask = review_ask, .show = review_show },
	{ HTTP_GET,  "/protocols", MAY_PRESCRIBE, REVEALS_META, .ask = sets_ask, .show = sets_show, .menu = N_("Protocols and favourites"), .icon = "list" },
	{ HTTP_POST, "/protocols", MAY_PRESCRIBE, REVEALS_META, .fields = drop_fields, .ask = sets_ask, .show = sets_show },
	{ .path = NULL },
};
