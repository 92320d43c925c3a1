/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stock_round.c: dispensing by round: a unit, a store and until when; then, bed by bed, what each line needs, what is still there of what was dispensed, and the lots to take; ticked
 * lines are dispensed in one press. The same as a paper to pick by. It must never tick a substitute, a narcotic or what no pharmacist has validated. Called by front through the rows at
 * the end. Start at round_show.
 */
#include "pages/stock.h"

#include <string.h>

#include "base/paper.h"
#include "codec/url.h"
#include "kit/status.h"
#include "kit/when.h"

#define CHOICES_MOST 200
#define SENT_MOST 262144 /* bytes of a form: 240 lines with their lots */
#define TICKS_FIELD { "ticks", N_("Lines"), FIELD_TOKEN, .max = 400, .many = true }
#define UNTIL_FIELDS { "day", N_("Until the day"), FIELD_DATE }, { "time", N_("Until the hour"), FIELD_TEXT, .max = 8 }

static const struct field choose_fields[] = { { "unit", N_("Unit"), FIELD_ID }, { "store", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX }, UNTIL_FIELDS, { "done", N_("Sheet"), FIELD_TOKEN, .max = 60 }, FIELDS_END };
static const struct field sheet_fields[] = { { "unit", N_("Unit"), FIELD_ID, .required = true }, { "store", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }, UNTIL_FIELDS, FIELDS_END };
static const struct field dispense_fields[] = {
	STOCK_KEY_FIELD, { "unit", N_("Unit"), FIELD_ID, .required = true }, { "store", N_("Taken from"), FIELD_INT, .min = 100, .max = INT64_MAX, .required = true }, UNTIL_FIELDS, TICKS_FIELD, FIELDS_END
};
static const char *const CHOSEN[] = { "unit", "store", "day", "time" };

static bool
is_chosen(const struct req *rq)
{
	return form_get(&rq->form, "unit").n > 0 && form_get(&rq->form, "store").n > 0 && rq->form.n_bad == 0;
}

static void
ask_sheet(const struct req *rq, struct asks *a)
{
	ask_view(a, "stock_round");
	for (size_t i = 0; i < sizeof CHOSEN / sizeof CHOSEN[0]; i++)
		if (form_get(&rq->form, CHOSEN[i]).n > 0)
			ask_arg(a, CHOSEN[i], form_get(&rq->form, CHOSEN[i]));
	if (form_get(&rq->form, "done").n > 0)
		ask_arg(a, "done", form_get(&rq->form, "done"));
}

static enum rc
round_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->page->fields == dispense_fields && rq->form.n_bad == 0) {
		ask_act(a, "stock_round_dispense");
		for (size_t i = 0; i < rq->form.n; i++) {
			const char *name = rq->form.at[i].field->name;
			if (rq->form.at[i].value.n > 0 && (strcmp(name, "key") == 0 || strcmp(name, "unit") == 0 || strcmp(name, "store") == 0 || strcmp(name, "ticks") == 0))
				ask_arg(a, name, rq->form.at[i].value);
		}
	}
	ask_view(a, "stock_round_units");
	ask_view(a, "stock_stores");
	if (is_chosen(rq))
		ask_sheet(rq, a);
	return RC_OK;
}

/* path?unit=…&store=… of what was chosen, in the request's arena. */
static struct str
path_of(const struct req *rq, const char *path)
{
	struct buf b;
	char sign = '?';
	buf_init(&b, 1024);
	buf_z(&b, path);
	for (size_t i = 0; i < sizeof CHOSEN / sizeof CHOSEN[0]; i++) {
		struct str value = form_get(&rq->form, CHOSEN[i]);
		if (value.n == 0)
			continue;
		buf_ch(&b, sign);
		buf_z(&b, CHOSEN[i]);
		buf_ch(&b, '=');
		url_part(&b, value);
		sign = '&';
	}
	struct str at = b.failed ? str_of(path) : arena_str(rq->arena, buf_view(&b));
	buf_done(&b);
	return at;
}

/* ---- what is chosen ---- */

static void
draw_choice(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct pair units[CHOICES_MOST], stores[CHOICES_MOST], now[2];
	size_t n_units = 0, n_stores = 0, n_now = 0;
	struct row sheet = release_set(sc->rel, "sheet");
	struct fault span = { NULL, 0, NULL };
	for release_each (row, sc->rel, "units")
		if (n_units < CHOICES_MOST)
			units[n_units++] = (struct pair){ row_get(row, "id"), !row_has(row, "name") ? row_get(row, "id") : row_has(row, "part_of") ? screen_say(sc, N_("{1}, {2}"), row_get(row, "name"), row_get(row, "part_of")) : row_get(row, "name") };
	for release_each (row, sc->rel, "stores")
		if (n_stores < CHOICES_MOST && !row_has(row, "closed_at")) {
			struct words name = stock_store_name(sc, row);
			stores[n_stores++] = (struct pair){ row_get(row, "store"), arena_str(sc->rq->arena, words_view(&name)) };
		}
	if (n_units == 1)
		now[n_now++] = (struct pair){ STR("unit"), units[0].name };
	if (n_stores == 1)
		now[n_now++] = (struct pair){ STR("store"), stores[0].name };
	struct sheet s = { .action = STR("/stock/round/sheet"), .id = "choose", .class_ = "sheet row", .fields = choose_fields, .form = sc->rq->form.n > 0 ? &sc->rq->form : NULL, .now = now, .n_now = n_now };
	if (row_is(sheet) && row_has(sheet, "why")) {
		span = (struct fault){ str_eq(row_get(sheet, "field"), "day") ? "day" : "time", screen_why(row_get(sheet, "why")), NULL };
		s.faults = &span;
		s.n_faults = 1;
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n_units });
	fields_input(k, &s, "store", &(struct look){ .options = stores, .n_options = n_stores });
	fields_input(k, &s, "day", &(struct look){ .hint = N_("Day and hour empty: the next 24 hours; three days at most") });
	fields_input(k, &s, "time", NULL);
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("What is needed"))));
	fields_close(k);
}

/* ---- ticks ---- */

static bool
is_sent(const struct screen *sc)
{
	return sc->rq->method == HTTP_POST && sc->rq->page->fields == dispense_fields;
}

static bool
was_ticked(const struct req *rq, struct str tick)
{
	for (size_t i = 0; i < rq->form.n; i++)
		if (strcmp(rq->form.at[i].field->name, "ticks") == 0 && str_is(rq->form.at[i].value, tick))
			return true;
	return false;
}

/* "line~version~last~cis~lot:milli,…": what was asked for when the sheet was drawn. */
static int64_t
ticked_milli(struct str tick, struct str *line_r, struct str *cis_r)
{
	struct str rest, lots;
	int64_t sum = 0;
	*line_r = str_cut(tick, '~', &rest);
	(void)str_cut(rest, '~', &rest);
	(void)str_cut(rest, '~', &rest);
	*cis_r = str_cut(rest, '~', &lots);
	while (lots.n > 0) {
		struct str one = str_cut(lots, ',', &lots), milli;
		uint64_t v;
		(void)str_cut(one, ':', &milli);
		sum += str_u64(milli, &v) == RC_OK && v < INT64_MAX / 1000 ? (int64_t)v : 0;
	}
	return sum;
}

static bool
stands(const struct screen *sc, struct str tick)
{
	static const char *const sets[] = { "lines", "substitutes" };
	for (size_t i = 0; i < 2; i++)
		for release_each (row, sc->rel, sets[i])
			if (str_is(row_get(row, "tick"), tick))
				return true;
	return false;
}

static struct row
row_of(const struct screen *sc, const char *set, const char *column, struct str value)
{
	for release_each (row, sc->rel, set)
		if (str_is(row_get(row, column), value))
			return row;
	return (struct row){ 0 };
}

/* ---- refused: what was asked for beside what is there by now ---- */

static void
draw_changed(struct screen *sc)
{
	static const struct col cols[] = { { N_("Patient"), NULL }, { N_("Medicine"), NULL }, { N_("Asked for"), "num" }, { N_("Needed now"), "num" }, { N_("In the store now"), "num" } };
	struct kit *k = &sc->k;
	const struct form *form = &sc->rq->form;
	bool any = false;
	for (size_t i = 0; i < form->n && is_sent(sc); i++) {
		struct str line, cis, tick = form->at[i].value;
		if (strcmp(form->at[i].field->name, "ticks") != 0 || tick.n == 0 || stands(sc, tick))
			continue;
		int64_t asked = ticked_milli(tick, &line, &cis);
		struct row now = row_of(sc, "lines", "line", line);
		if (!any) {
			el(k, H_H2, NULL, N_("Changed meanwhile"));
			table_open(k, N_("What was ticked and is no longer as it was"), cols, sizeof cols / sizeof cols[0]);
		}
		any = true;
		table_row(k);
		if (row_is(now)) {
			struct row who = row_of(sc, "people", "id", row_get(now, "patient"));
			cell(k, row_get(who, "name"));
			cell(k, row_get(now, "drug"));
		} else {
			cell_say(k, N_("no longer on the sheet"));
			cell(k, cis);
		}
		stock_cell_quantity(k, asked, row_get(now, "counted"));
		stock_cell_quantity(k, row_is(now) ? row_i64(now, "need") : 0, row_get(now, "counted"));
		stock_cell_quantity(k, row_is(now) ? row_i64(now, "found") : 0, row_get(now, "counted"));
		table_row_end(k);
	}
	if (any)
		table_close(k);
}

/* ---- the lines ---- */

static void
draw_tick(struct screen *sc, struct row row, bool proposed, struct str label)
{
	struct kit *k = &sc->k;
	struct str tick = row_get(row, "tick");
	bool on = is_sent(sc) ? was_ticked(sc->rq, tick) : proposed;
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "checkbox");
	html_attr_z(&k->w, "name", "ticks");
	html_attr(&k->w, "value", tick);
	html_attr(&k->w, "aria-label", label);
	if (on)
		html_flag(&k->w, "checked");
}

static void
draw_lots(struct screen *sc, struct str line, struct str cis)
{
	struct kit *k = &sc->k;
	bool any = false;
	for (struct row pick = release_set(sc->rel, "picks"); row_is(pick); pick = rows_next(pick)) {
		if (!str_is(row_get(pick, "line"), line) || !str_is(row_get(pick, "cis"), cis))
			continue;
		struct words n = stock_number(k, row_i64(pick, "milli"));
		if (any)
			html_open(&k->w, H_BR);
		any = true;
		html_text(&k->w, words_view(&n));
		html_z(&k->w, " \xc3\x97 ");
		stock_lot_words(sc, pick);
	}
}

/* Why nothing can be ticked. */
static const char *
why_not(struct row row)
{
	struct str kind = row_get(row, "kind");
	if (str_eq(kind, "unplanned"))
		return N_("Its words say no times: dispense it on the patient's page.");
	if (str_eq(kind, "no_code"))
		return N_("No code of a medicine: dispense it on the patient's page.");
	if (str_eq(kind, "amount") || row_i64(row, "need") == 0)
		return row_has(row, "left") && !str_eq(kind, "amount") ? N_("Dispensed already.") : N_("Not said in units of the product: dispense it on the patient's page.");
	return N_("The store has nothing of it that may be given.");
}

static void
cell_medicine(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	el_text(k, H_B, NULL, row_get(row, "drug"));
	if (row_has(row, "dosage")) {
		html_open(&k->w, H_BR);
		el_text(k, H_SMALL, "hint", row_get(row, "dosage"));
	}
	html_z(&k->w, " ");
	if (row_has(row, "narcotic"))
		status_chip(k, "info", "lock", N_("Narcotic"));
	if (row_has(row, "modify"))
		status_chip(k, "warn", "warn", N_("To be modified"));
	else if (!row_has(row, "validated"))
		status_chip(k, "warn", "warn", N_("Not validated"));
	if (str_eq(row_get(row, "kind"), "needed"))
		status_chip(k, "plain", "clock", N_("On demand: the most of a day"));
	cell_close(k);
}

static void
cells_quantity(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str counted = row_get(row, "counted");
	struct digits d;
	cell_open(k, "num");
	html_text(&k->w, row_get(row, "due"));
	if (row_i64(row, "doses") > 0) {
		html_open(&k->w, H_BR);
		el_open(k, H_SMALL, "hint");
		say_with(k, tr_n(k->lang, (uint64_t)row_i64(row, "doses"), N_("{1} dose"), N_("{1} doses")), digits_of(&d, row_i64(row, "doses")));
		html_close(&k->w, H_SMALL);
	}
	cell_close(k);
	cell_open(k, "num");
	if (row_has(row, "left")) {
		struct words left = stock_number(k, row_i64(row, "left"));
		html_text(&k->w, words_view(&left));
	} else {
		html_z(&k->w, "0");
	}
	cell_close(k);
	stock_cell_quantity(k, row_i64(row, "need"), counted);
}

static void
draw_substitutes(struct screen *sc, struct str line, struct str name)
{
	struct kit *k = &sc->k;
	for release_each (row, sc->rel, "substitutes") {
		if (!str_is(row_get(row, "line"), line))
			continue;
		table_row(k);
		cell_open(k, NULL);
		draw_tick(sc, row, false, screen_say(sc, N_("{1}: {2}"), name, row_get(row, "name")));
		cell_close(k);
		cell_blank(k);
		cell_blank(k);
		cell_open(k, NULL);
		status_chip(k, "plain", "swap", N_("Could stand in"));
		html_z(&k->w, " ");
		html_text(&k->w, row_get(row, "name"));
		cell_close(k);
		cell_blank(k);
		cell_blank(k);
		stock_cell_quantity(k, row_i64(row, "found"), row_get(row, "counted"));
		cell_open(k, NULL);
		draw_lots(sc, line, row_get(row, "cis"));
		cell_close(k);
		table_row_end(k);
	}
}

static void
draw_line(struct screen *sc, struct row who, struct row row)
{
	struct kit *k = &sc->k;
	struct str name = row_has(who, "name") ? row_get(who, "name") : row_get(who, "masked");
	int64_t need = row_i64(row, "need"), found = row_i64(row, "found");
	struct words lacking = stock_quantity(k, need - found, row_has(row, "counted") ? row_get(row, "counted") : STR("unit"));
	table_row(k);
	cell_open(k, NULL);
	if (row_has(row, "tick"))
		draw_tick(sc, row, row_has(row, "ticked"), screen_say(sc, N_("{1}: {2}"), name, row_get(row, "drug")));
	cell_close(k);
	cell_open(k, "whole");
	html_text(&k->w, row_get(who, "bed"));
	cell_close(k);
	screen_cell_patient(sc, who, "/dispense");
	cell_medicine(sc, row);
	cells_quantity(sc, row);
	cell_open(k, NULL);
	if (row_has(row, "tick"))
		draw_lots(sc, row_get(row, "line"), row_get(row, "cis"));
	else
		el(k, H_SMALL, "hint", why_not(row));
	if (found < need && row_has(row, "tick")) {
		html_open(&k->w, H_BR);
		el_open(k, H_SPAN, "st st-warn");
		say_with(k, N_("lacking: {1}"), words_view(&lacking));
		html_close(&k->w, H_SPAN);
	}
	cell_close(k);
	table_row_end(k);
	draw_substitutes(sc, row_get(row, "line"), name);
}

static size_t
draw_lines(struct screen *sc, bool narcotic, const char *caption, bool draw)
{
	static const struct col cols[] = { { N_("Take"), NULL }, { N_("Bed"), NULL }, { N_("Patient"), NULL }, { N_("Medicine"), NULL }, { N_("Planned"), "num" }, { N_("Still there"), "num" }, { N_("To dispense"), "num" }, { N_("Lots"), NULL } };
	size_t n = 0;
	if (draw)
		table_open(&sc->k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines") {
		if (row_has(row, "narcotic") != narcotic)
			continue;
		n++;
		if (draw)
			draw_line(sc, row_of(sc, "people", "id", row_get(row, "patient")), row);
	}
	if (draw)
		table_close(&sc->k);
	return n;
}

static void
draw_notes(struct screen *sc, struct row sheet)
{
	struct kit *k = &sc->k;
	struct digits d;
	struct words until = when_clinical_ms(k, row_i64(sheet, "until_at"));
	int64_t others = row_i64(sheet, "others");
	el_open(k, H_P, NULL);
	say_with(k, N_("{1}, until {2}."), row_get(sheet, "unit_name"), words_view(&until));
	html_close(&k->w, H_P);
	if (others > 0) {
		el_open(k, H_P, "note");
		say_with(k, tr_n(k->lang, (uint64_t)others, N_("{1} more patient lies there whose prescriptions nobody has asked your pharmacy about in the last two days: not on this sheet."),
			N_("{1} more patients lie there whose prescriptions nobody has asked your pharmacy about in the last two days: not on this sheet.")), digits_of(&d, others));
		html_close(&k->w, H_P);
	}
	if (row_has(sheet, "more"))
		el(k, H_P, "note warn", N_("There is more than one sheet holds: some lines are missing here."));
}

static void
draw_sheet(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row sheet = release_set(sc->rel, "sheet");
	if (!row_is(sheet) || row_has(sheet, "why"))
		return;
	draw_notes(sc, sheet);
	draw_changed(sc);
	if (rows_count(release_rows(sc->rel), "lines") == 0) {
		el(k, H_P, "empty", N_("Nothing is planned there until then."));
		return;
	}
	struct sheet s = { .action = STR("/stock/round"), .id = "round", .class_ = "sheet", .fields = dispense_fields };
	fields_open(k, &s);
	fields_hidden(k, "key", row_get(release_set(sc->rel, "form"), "key"));
	for (size_t i = 0; i < sizeof CHOSEN / sizeof CHOSEN[0]; i++)
		if (form_get(&sc->rq->form, CHOSEN[i]).n > 0)
			fields_hidden(k, CHOSEN[i], form_get(&sc->rq->form, CHOSEN[i]));
	if (draw_lines(sc, false, NULL, false) > 0)
		draw_lines(sc, false, N_("By bed; ticked is what a pharmacist has validated"), true);
	if (draw_lines(sc, true, NULL, false) > 0) {
		el(k, H_H2, NULL, N_("Narcotics"));
		el(k, H_P, "hint", N_("Each goes into the register of the store, which a second person signs. None is ticked by itself."));
		draw_lines(sc, true, N_("Narcotics, by bed"), true);
	}
	fields_submit(k, "primary", "pill", str_of(tr(k->lang, N_("Dispense what is ticked"))));
	fields_close(k);
	el_open(k, H_DIV, "row links");
	html_open(&k->w, H_A);
	html_attr_z(&k->w, "class", "button quiet");
	html_attr(&k->w, "href", path_of(sc->rq, "/stock/round.pdf"));
	say(k, N_("Pick list (PDF)"));
	html_close(&k->w, H_A);
	html_close(&k->w, H_DIV);
}

/* After one press: what left the store by it, as the books have it. */
static void
draw_done(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row done = release_set(sc->rel, "done");
	struct words units = stock_number(k, row_i64(done, "milli"));
	struct digits lines;
	if (!row_is(done))
		return;
	el_open(k, H_P, "note ok");
	html_attr_z(&k->w, "role", "status");
	icon(k, "check");
	html_z(&k->w, " ");
	el_open(k, H_STRONG, NULL);
	say_with(k, tr_n(k->lang, (uint64_t)row_i64(done, "lines"), N_("Dispensed: {1} line, {2} units."), N_("Dispensed: {1} lines, {2} units.")), digits_of(&lines, row_i64(done, "lines")), words_view(&units));
	html_close(&k->w, H_STRONG);
	html_close(&k->w, H_P);
}

static enum rc
round_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && rq->page->fields == dispense_fields && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, screen_join(rq, path_of(rq, "/stock/round"), STR("&done=")), form_get(&rq->form, "key")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stock"));
	el(&sc.k, H_H1, NULL, N_("Dispense by round"));
	el(&sc.k, H_P, "hint", N_("What the prescriptions of a unit need, less what was dispensed by name and not given yet. Each patient on the sheet counts as an opened chart."));
	if (is_sent(&sc))
		screen_refusal(&sc);
	draw_done(&sc);
	draw_choice(&sc);
	draw_sheet(&sc);
	return screen_end(&sc);
}

/* ---- on paper ---- */

struct taken { struct row pick, line, who; };
#define TAKEN_MOST 2000

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_sheet(rq, a);
	return RC_OK;
}

/* By medicine and lot, as one walks along the shelves; then by bed, as the rows came. */
static int
by_lot(const struct taken *x, const struct taken *y)
{
	int order = str_cmp(row_get(x->pick, "dci"), row_get(y->pick, "dci"));
	order = order ? order : str_cmp(row_get(x->pick, "name"), row_get(y->pick, "name"));
	order = order ? order : str_cmp(row_get(x->pick, "expires_on"), row_get(y->pick, "expires_on"));
	return order ? order : str_cmp(row_get(x->pick, "number"), row_get(y->pick, "number"));
}

static size_t
gather(const struct screen *sc, bool proposed, struct taken *at)
{
	size_t n = 0;
	for (struct row line = release_set(sc->rel, "lines"); row_is(line); line = rows_next(line)) {
		if (row_has(line, "ticked") != proposed)
			continue;
		for (struct row pick = release_set(sc->rel, "picks"); row_is(pick); pick = rows_next(pick))
			if (n < TAKEN_MOST && str_is(row_get(pick, "line"), row_get(line, "line")) && str_is(row_get(pick, "cis"), row_get(line, "cis"))) {
				struct taken one = { pick, line, row_of(sc, "people", "id", row_get(line, "patient")) };
				size_t i = n++;
				for (; i > 0 && by_lot(&at[i - 1], &one) > 0; i--)
					at[i] = at[i - 1];
				at[i] = one;
			}
	}
	return n;
}

static void
put_list(const struct screen *sc, struct buf *b, const char *title, const struct taken *at, size_t n)
{
	const struct kit *k = &sc->k;
	const struct paper_column cols[] = { { str_of(tr(k->lang, N_("Medicine"))), 4, false }, { str_of(tr(k->lang, N_("Lot"))), 2, false }, { str_of(tr(k->lang, N_("Take"))), 1, true }, { str_of(tr(k->lang, N_("Bed"))), 1, false },
		{ str_of(tr(k->lang, N_("Patient"))), 3, false } };
	if (n == 0)
		return;
	paper_heading(b, 2, str_of(tr(k->lang, title)));
	paper_table(b, cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < n; i++) {
		struct words on = when_day(k, row_get(at[i].pick, "expires_on")), much = stock_number(k, row_i64(at[i].pick, "milli")), born = when_identity(k, row_get(at[i].who, "born_on"));
		struct str medicine = row_has(at[i].pick, "name") ? row_get(at[i].pick, "name") : row_get(at[i].pick, "cis");
		const struct str cells[] = { medicine, screen_say(sc, N_("{1} until {2}"), row_get(at[i].pick, "number"), words_view(&on)), words_view(&much), row_get(at[i].who, "bed"),
			screen_say(sc, N_("{1}, {2}"), row_get(at[i].who, "name"), words_view(&born)) };
		paper_row(b, cells, sizeof cells / sizeof cells[0]);
	}
	paper_table_end(b);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row sheet = release_set(rel, "sheet"), store = release_set(rel, "store");
	struct taken *at = arena_array(rq->arena, TAKEN_MOST, sizeof *at);
	screen_init(&sc, rq, rel, out);
	if (!row_is(sheet) || row_has(sheet, "why")) {
		screen_begin(&sc, N_("Stock"));
		empty_state(&sc.k, N_("A sheet begins now and goes three days at most: choose a day and an hour within them."), STR("/stock/round"), N_("Dispense by round"));
		return screen_end(&sc);
	}
	const struct kit *k = &sc.k;
	struct words name = stock_store_name(&sc, store), until = when_clinical_ms(k, row_i64(sheet, "until_at")), made = when_clinical_ms(k, row_i64(sheet, "from_at"));
	struct buf *b = &out->body;
	out->paper = "cueillette.pdf";
	paper_open(b, &(struct paper_head){ .title = str_of(tr(k->lang, N_("Pick list"))), .lang = k->lang == LANG_EN ? STR("en") : STR("fr"), .format = PAPER_A4, .made_s = rq->now_ms / 1000 });
	paper_heading(b, 1, screen_say(&sc, N_("Pick list: {1}"), row_get(sheet, "unit_name")));
	paper_field(b, str_of(tr(k->lang, N_("Taken from"))), arena_str(rq->arena, words_view(&name)));
	paper_field(b, str_of(tr(k->lang, N_("Needed until"))), arena_str(rq->arena, words_view(&until)));
	paper_field(b, str_of(tr(k->lang, N_("As of"))), arena_str(rq->arena, words_view(&made)));
	size_t n = at ? gather(&sc, true, at) : 0;
	put_list(&sc, b, N_("To be taken"), at, n);
	if (n == 0)
		paper_text(b, str_of(tr(k->lang, N_("Nothing that is validated is to be taken."))));
	n = at ? gather(&sc, false, at) : 0;
	put_list(&sc, b, N_("Only if ticked on the sheet: not validated, on demand, narcotics"), at, n);
	return RC_OK;
}

const struct page pages_stock_round[] = {
	{ HTTP_GET,  "/stock/round",       MAY_PHARMACY, REVEALS_MANY, .fields = choose_fields,   .ask = round_ask, .show = round_show, .menu = N_("Dispense by round"), .icon = "pill" },
	{ HTTP_POST, "/stock/round/sheet", MAY_PHARMACY, REVEALS_MANY, .fields = sheet_fields,    .ask = round_ask, .show = round_show },
	{ HTTP_POST, "/stock/round",       MAY_PHARMACY, REVEALS_MANY, .fields = dispense_fields, .body_max = SENT_MOST, .ask = round_ask, .show = round_show },
	{ HTTP_GET,  "/stock/round.pdf",   MAY_PHARMACY, REVEALS_MANY, .surface = SURFACE_PRINT, .fields = sheet_fields, .ask = list_ask, .show = list_show },
	{ .path = NULL },
};
