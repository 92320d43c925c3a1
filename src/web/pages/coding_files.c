/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/coding_files.c: « Fichiers du PMSI »: of a month in the establishment worked in, how many lines each file has, each stay that is not written with its reason, which zones are never
 * filled, and the way to ask for a file: by an export that somebody else approves. And what the establishment and its units are called there; the file of units is downloaded as it is, for
 * it names nobody. It must never give a line that names a patient, nor hide a stay that was left out. Called by front through the rows at the end. Start at files_show.
 */
#include <stdio.h>
#include <string.h>

#include "pages/billing.h"
#include "pages/coding.h"

#define FAULTS 8
#define TYPES_MOST 200
#define FILES_MOST 8
#define MONTH 32

static const struct field month_fields[] = { { "month", N_("Month"), FIELD_TEXT, .max = 7 }, FIELDS_END };
/* As the page of exports takes it (pages/export.c): the cohort is one of this page's files. */
static const struct field ask_fields[] = {
	{ "purpose",   N_("What is it for?"), FIELD_LINES, .min = 10, .max = 400, .required = true },
	{ "cohort",    N_("File"), FIELD_TEXT, .min = 3, .max = 500, .required = true },
	{ "recipient", N_("Public key of the recipient"), FIELD_TOKEN, .min = 10, .max = 100, .required = true },
	{ "hours",     N_("Valid for how many hours"), FIELD_INT, .min = 1, .max = 24, .required = true },
	FIELDS_END
};
static const struct choice modes[] = { { "C", N_("Full hospital stay") }, { "P", N_("Day hospital") }, { "M", N_("Both") }, { NULL, NULL } };
static const struct field units_fields[] = { { "unit", N_("Unit"), FIELD_ID }, FIELDS_END };
static const struct field place_fields[] = {
	{ "finess",  N_("FINESS"), FIELD_TOKEN, .min = 9, .max = 9, .required = true },
	{ "vidhosp", N_("Version of the VID-HOSP"), FIELD_TOKEN, .max = 4 },
	{ "version", N_("Version"), FIELD_INT, .min = 0, .max = INT64_MAX, .required = true },
	FIELDS_END
};
static const struct field unit_fields[] = {
	{ "unit",    N_("Unit"), FIELD_ID, .required = true },
	{ "number",  N_("Number of the unit"), FIELD_TOKEN, .min = 1, .max = 4, .required = true },
	{ "finess",  N_("FINESS"), FIELD_TOKEN, .min = 9, .max = 9, .required = true },
	{ "type",    N_("Authorisation"), FIELD_TOKEN, .min = 2, .max = 3, .required = true },
	{ "from",    N_("Since when"), FIELD_DATE, .required = true },
	{ "beds",    N_("Beds"), FIELD_INT, .min = 0, .max = 999 },
	{ "mode",    N_("Kind of stays"), FIELD_CODE, .choices = modes, .required = true },
	{ "version", N_("Version"), FIELD_INT, .min = 0, .max = INT64_MAX, .required = true },
	FIELDS_END
};
static const struct field part_fields[] = {
	{ "unit",    N_("Unit"), FIELD_ID, .required = true },
	{ "of",      N_("Part of the medical unit of"), FIELD_ID, .required = true },
	{ "version", N_("Version"), FIELD_INT, .min = 0, .max = INT64_MAX, .required = true },
	FIELDS_END
};

static const struct choice file_names[] = { { "rum", N_("RUM, to be grouped") }, { "vidhosp", N_("VID-HOSP") }, { "les", N_("FICHCOMP, medicines beside the stay") }, { "dmi", N_("FICHCOMP, devices beside the stay") },
	{ "rum_da", N_("RUM, associated diagnoses") }, { "rum_dad", N_("RUM, documentary data") }, { "rum_za", N_("RUM, acts") }, { NULL, NULL } };
static const struct choice reasons[] = {
	{ "to_code",  N_("Not coded, or the coding is not complete") },
	{ "finess",   N_("The FINESS of the establishment is not typed") },
	{ "unit",     N_("Its unit has no number") },
	{ "units",    N_("Several units, and nothing says from when to when it was in each") },
	{ "elsewhere", N_("One of its units is of another establishment") },
	{ "passage",  N_("A passage of this stay is not coded") },
	{ "moved",    N_("Its movements changed after it was coded") },
	{ "act",      N_("An act whose day or unit is of no passage") },
	{ "zone",     N_("A zone without its value") },
	{ "overflow", N_("A value that does not fit its zone") },
	{ "draft",    N_("On an invoice that is not posted") },
	{ NULL, NULL },
};

static const char *
word_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

const char *
coding_file_name(struct str file)
{
	return word_of(file_names, file);
}

/* ---- a month ---- */

/* "11/2026" or "2026-11" → "2026-11"; false: neither. */
static bool
month_of(struct str typed, char month[MONTH])
{
	struct str t = str_trim(typed), rest, first = str_cut(t, memchr(t.p ? t.p : "", '/', t.n) ? '/' : '-', &rest);
	struct str year = first.n == 4 ? first : rest, m = first.n == 4 ? rest : first;
	int64_t y = 0, n = 0;
	if (year.n != 4 || m.n < 1 || m.n > 2 || str_i64(year, &y) != RC_OK || str_i64(m, &n) != RC_OK || n < 1 || n > 12 || y < 1900)
		return false;
	(void)snprintf(month, MONTH, "%04d-%02d", (int)y, (int)n);
	return true;
}

/* The month that is over. */
static void
last_month(int64_t now_ms, char month[MONTH])
{
	struct when w = { .year = 0 };
	(void)when_of_ms(now_ms, &w);
	(void)snprintf(month, MONTH, "%04d-%02d", w.month == 1 ? w.year - 1 : w.year, w.month == 1 ? 12 : w.month - 1);
}

struct str
coding_month_said(const struct req *rq, struct str month)
{
	char text[8] = "";
	if (month.n == 7)
		(void)snprintf(text, sizeof text, "%.2s/%.4s", month.p + 5, month.p);
	return arena_str(rq->arena, str_of(text));
}

static enum rc
files_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	char month[MONTH];
	struct str typed = form_get(&rq->form, "month");
	(void)p;
	if (!typed.n || !month_of(typed, month))
		last_month(rq->now_ms, month);
	ask_view(a, "pmsi_month");
	ask_arg(a, "month", arena_str(rq->arena, str_of(month)));
	return RC_OK;
}

static void
draw_month(struct screen *sc, struct row place)
{
	char ignored[MONTH];
	struct kit *k = &sc->k;
	const struct req *rq = sc->rq;
	struct str typed = form_get(&rq->form, "month");
	struct pair now[1] = { { STR("month"), coding_month_said(rq, row_get(place, "month")) } };
	struct fault fault = { "month", WHY_FIELD_DATE, NULL };
	bool bad = typed.n > 0 && !month_of(typed, ignored);
	struct sheet s = { .action = STR("/coding/files"), .id = "month", .class_ = "sheet row", .fields = month_fields, .form = bad || rq->form.n_bad > 0 ? &rq->form : NULL, .now = now, .n_now = 1,
		.faults = &fault, .n_faults = bad };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "month", &(struct look){ .hint = N_("Month and year of discharge, as 11/2026") });
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Show"))));
	fields_close(k);
}

static void
row_said(struct kit *k, const char *name, const char *what)
{
	table_row(k);
	cell_say(k, name);
	for (int i = 0; i < 2; i++) {
		cell_open(k, "num");
		html_z(&k->w, "\xe2\x80\x93");
		cell_close(k);
	}
	cell_say(k, what);
	table_row_end(k);
}

static void
draw_files(struct screen *sc)
{
	static const struct col cols[] = { { N_("File"), NULL }, { N_("Lines"), "num" }, { N_("Stays not written"), "num" }, { N_("How it leaves"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Files of the month"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "files") {
		table_row(k);
		cell_say(k, coding_file_name(row_get(row, "file")));
		cell_figure(k, row, "lines");
		cell_figure(k, row, "left");
		cell_say(k, N_("By an export that somebody of another unit approves"));
		table_row_end(k);
	}
	row_said(k, N_("RSS, grouped"), N_("Not made: the official grouping function makes it from the RUM."));
	row_said(k, N_("FICUM, units"), N_("Downloaded from the page of units: it names nobody."));
	table_close(k);
}

static void
draw_left(struct screen *sc)
{
	static const struct col cols[] = { { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("File"), NULL }, { N_("Reason"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct digits d;
	int64_t all = 0;
	for release_each (row, sc->rel, "files")
		all += row_i64(row, "left");
	if (all == 0)
		return;
	el(k, H_H2, NULL, N_("Stays that are not written"));
	if (all > (int64_t)rows_count(release_rows(sc->rel), "left")) {
		el_open(k, H_P, "note warn");
		say_with(k, N_("{1} in all; the first ones are shown."), digits_of(&d, all));
		html_close(&k->w, H_P);
	}
	table_open(k, N_("Each with its reason"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "left") {
		struct words born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		billing_cell_person(k, row);
		cell(k, words_view(&born));
		cell_say(k, coding_file_name(row_get(row, "file")));
		cell_open(k, NULL);
		say(k, word_of(reasons, row_get(row, "why")));
		if (row_has(row, "nth")) {
			html_z(&k->w, " \xc2\xb7 ");
			say_with(k, N_("passage {1}"), row_get(row, "nth"));
		}
		if (row_has(row, "label")) {
			html_z(&k->w, " \xc2\xb7 ");
			html_text(&k->w, row_get(row, "label"));
		}
		cell_close(k);
		cell_open(k, NULL);
		link_to(k, "button quiet", screen_join(sc->rq, screen_path(sc->rq, row_get(row, "patient"), "/coding?stay="), row_get(row, "stay")), N_("Code this stay"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

/* Zones that stay blank in every line, by file: those that the layout wants first. */
static void
draw_never(struct screen *sc)
{
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Zones that are never filled"));
	el(k, H_P, "hint", N_("Nothing in this house holds them, or no source says how they are written: they stay blank, to be completed where the file goes."));
	for (const struct choice *c = file_names; c->code != NULL; c++)
		for (int must = 1; must >= 0; must--) {
			bool any = false;
			for release_each (row, sc->rel, "never") {
				if (!str_eq(row_get(row, "file"), c->code) || row_has(row, "must") != (must == 1))
					continue;
				if (!any) {
					html_open(&k->w, H_P);
					el(k, H_B, NULL, c->label);
					html_z(&k->w, ", ");
					say(k, must ? N_("wanted by the layout:") : N_("optional:"));
				}
				html_z(&k->w, any ? ", " : " ");
				html_text(&k->w, row_get(row, "label"));
				any = true;
			}
			if (any) {
				html_z(&k->w, ".");
				html_close(&k->w, H_P);
			}
		}
}

static void
draw_ask(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct pair files[FILES_MOST];
	static const struct pair first[] = { { { "hours", 5 }, { "24", 2 } } };
	size_t n = 0;
	for release_each (row, sc->rel, "files")
		if (n < FILES_MOST && row_i64(row, "lines") > 0)
			files[n++] = (struct pair){ row_get(row, "cohort"), screen_say(sc, N_("{1}: {2} lines"), str_of(tr(k->lang, coding_file_name(row_get(row, "file")))), row_get(row, "lines")) };
	if (n == 0 || !release_may(sc->rel, MAY_EXPORT_ASK))
		return;
	el(k, H_H2, NULL, N_("Ask for a file"));
	el(k, H_P, "hint", N_("It is counted first. Then you ask with your passkey, somebody of another unit approves, and it is sealed for one recipient. It holds the stays written above, and each patient can see that it did."));
	struct sheet s = { .action = STR("/exports/count"), .id = "ask", .class_ = "sheet", .fields = ask_fields, .now = first, .n_now = 1 };
	fields_open(k, &s);
	fields_hidden(k, "kind", STR("pmsi"));
	fields_input(k, &s, "cohort", &(struct look){ .options = files, .n_options = n });
	fields_input(k, &s, "purpose", &(struct look){ .wide = true, .hint = N_("Without naming a patient: this is shown to whoever approves") });
	fields_input(k, &s, "recipient", &(struct look){ .wide = true, .hint = N_("It begins with age1. Only who holds its private key can read the file.") });
	fields_input(k, &s, "hours", &(struct look){ .inputmode = "numeric" });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Count the patients"))));
	fields_close(k);
}

static enum rc
files_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row place = release_set(rel, "place");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Files of the PMSI"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	say(k, N_("Files of the PMSI"));
	if (row_has(place, "name")) {
		html_z(&k->w, " \xe2\x80\x94 ");
		html_text(&k->w, row_get(place, "name"));
	}
	html_close(&k->w, H_H1);
	el_open(k, H_DIV, "row links");
	link_to(k, "button quiet", STR("/coding"), N_("Stays to code"));
	link_to(k, "button quiet", STR("/coding/units"), N_("Establishment and units"));
	link_to(k, "button quiet", STR("/exports"), N_("My exports"));
	html_close(&k->w, H_DIV);
	draw_month(&sc, place);
	if (row_has(place, "absent")) {
		el(k, H_P, "faults", N_("The layouts of the files are not there: nothing can be written."));
		return screen_end(&sc);
	}
	el_open(k, H_P, NULL);
	say_with(k, N_("Stays in a bed that ended in {1}: {2}."), coding_month_said(rq, row_get(place, "month")), row_get(place, "stays"));
	html_close(&k->w, H_P);
	if (row_has(place, "more"))
		el(k, H_P, "note warn", N_("There are more stays than are looked at: this count is not whole, and no file is made."));
	if (!row_has(place, "finess"))
		el(k, H_P, "note warn", N_("The FINESS of this establishment is not typed: no file that names a stay can be made."));
	draw_files(&sc);
	draw_ask(&sc);
	draw_left(&sc);
	draw_never(&sc);
	return screen_end(&sc);
}

/* ---- the establishment and its units ---- */

static enum rc
units_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST)
		billing_ask_act(rq, a, rq->page->fields == place_fields ? "pmsi_place_set" : rq->page->fields == part_fields ? "pmsi_unit_part" : "pmsi_unit_set", false);
	ask_view(a, "pmsi_places");
	return RC_OK;
}

static void
draw_place(struct screen *sc, struct row place)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct sheet s = billing_sheet(sc, STR("/coding/place"), "place", place_fields, faults, FAULTS);
	struct pair now[2] = { { STR("finess"), row_get(place, "finess") }, { STR("vidhosp"), row_get(place, "vidhosp") } };
	s.now = now;
	s.n_now = 2;
	el_open(k, H_H2, NULL);
	say_with(k, N_("{1} in the files"), row_get(place, "name"));
	html_close(&k->w, H_H2);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "version", row_get(place, "version"));
	fields_input(k, &s, "finess", &(struct look){ .hint = N_("Nine characters: by which the establishment is known to e-PMSI") });
	fields_input(k, &s, "vidhosp", &(struct look){ .hint = N_("Four characters, as V015: which one holds this year is in no table of this house. Without it no VID-HOSP is written.") });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save"))));
	fields_close(k);
}

static void
draw_units(struct screen *sc)
{
	static const struct col cols[] = { { N_("Unit"), NULL }, { N_("Number"), NULL }, { N_("FINESS"), NULL }, { N_("Authorisation"), NULL }, { N_("Since"), "time" }, { N_("Beds"), "num" },
		{ N_("Kind of stays"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Units"));
	table_open(k, N_("Units of the establishment"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "units") {
		struct words since = when_day(k, row_get(row, "from_on"));
		bool typed = row_i64(row, "version") > 0;
		table_row(k);
		cell(k, row_get(row, "name"));
		if (row_has(row, "part_of")) {
			cell(k, row_get(row, "code"));
			for (int i = 0; i < 4; i++)
				cell_blank(k);
			cell_open(k, NULL);
			say_with(k, N_("Part of the medical unit of {1}"), row_get(row, "part_name"));
			cell_close(k);
		} else if (typed) {
			cell(k, row_get(row, "code"));
			cell(k, row_get(row, "finess"));
			cell_open(k, NULL);
			html_text(&k->w, row_get(row, "type"));
			html_z(&k->w, " ");
			html_text(&k->w, row_get(row, "type_label"));
			cell_close(k);
			cell(k, words_view(&since));
			cell(k, row_get(row, "beds"));
			cell_say(k, word_of(modes, row_get(row, "mode")));
		} else {
			for (int i = 0; i < 5; i++)
				cell_blank(k);
			cell_say(k, N_("Not typed: its stays are not written"));
		}
		cell_open(k, NULL);
		link_to(k, "button quiet", screen_join(sc->rq, STR("/coding/units?unit="), row_get(row, "unit")), typed ? N_("Change") : N_("Type them in"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

/* It may have no number of its own: several units of the house make one medical unit. */
static void
draw_part(struct screen *sc, struct row unit)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair now[1] = { { STR("of"), row_get(unit, "part_of") } }, *others = arena_array(sc->rq->arena, TYPES_MOST, sizeof *others);
	size_t n = 0;
	for release_each (row, sc->rel, "units")
		if (others != NULL && n < TYPES_MOST && row_i64(row, "version") > 0 && !row_has(row, "part_of") && !str_is(row_get(row, "unit"), row_get(unit, "unit")))
			others[n++] = (struct pair){ row_get(row, "unit"), screen_say(sc, N_("{1}: {2}"), row_get(row, "code"), row_get(row, "name")) };
	if (n == 0)
		return;
	struct sheet s = billing_sheet(sc, STR("/coding/part"), "part", part_fields, faults, FAULTS);
	s.now = now;
	s.n_now = 1;
	el(k, H_P, "hint", N_("Or it is a part of another unit's medical unit, and has that one's number: who goes from one to the other has not left the medical unit."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "unit", row_get(unit, "unit"));
	fields_hidden(k, "version", row_get(unit, "version"));
	fields_input(k, &s, "of", &(struct look){ .options = others, .n_options = n, .wide = true });
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("It is a part of it"))));
	fields_close(k);
}

static void
draw_unit(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct str unit = form_get(&sc->rq->form, "unit");
	struct fault faults[FAULTS];
	struct pair now[6], *types = arena_array(sc->rq->arena, TYPES_MOST, sizeof *types);
	size_t n_types = 0;
	for release_each (row, sc->rel, "types")
		if (types != NULL && n_types < TYPES_MOST)
			types[n_types++] = (struct pair){ row_get(row, "code"), screen_say(sc, N_("{1}: {2}"), row_get(row, "code"), row_get(row, "label")) };
	for release_each (row, sc->rel, "units") {
		if (!str_is(row_get(row, "unit"), unit))
			continue;
		struct words since = when_identity(k, row_get(row, "from_on"));
		static const char *const names[] = { "number", "finess", "type", "from", "beds", "mode" }, *const columns[] = { "code", "finess", "type", NULL, "beds", "mode" };
		for (size_t i = 0; i < 6; i++)
			now[i] = (struct pair){ str_of(names[i]), columns[i] ? row_get(row, columns[i]) : row_has(row, "from_on") ? words_view(&since) : STR_NONE };
		struct sheet s = billing_sheet(sc, STR("/coding/unit"), "unit", unit_fields, faults, FAULTS);
		s.now = now;
		s.n_now = 6;
		el_open(k, H_H2, NULL);
		say_with(k, N_("{1} in the files"), row_get(row, "name"));
		html_close(&k->w, H_H2);
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_hidden(k, "unit", unit);
		fields_hidden(k, "version", row_get(row, "version"));
		fields_input(k, &s, "number", &(struct look){ .autofocus = true, .hint = N_("One to four characters, the unit's own in this establishment") });
		fields_input(k, &s, "finess", &(struct look){ .hint = N_("Of the place where the unit stands") });
		fields_input(k, &s, "type", &(struct look){ .options = types, .n_options = n_types, .wide = true });
		fields_input(k, &s, "from", &(struct look){ .hint = N_("Since when the authorisation holds") });
		fields_input(k, &s, "beds", &(struct look){ .inputmode = "numeric", .hint = N_("Empty: none of its own") });
		fields_input(k, &s, "mode", &(struct look){ .as_radio = true });
		fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save"))));
		fields_close(k);
		draw_part(sc, row);
	}
}

static enum rc
units_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/coding/units"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Establishment and units"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Establishment and units"));
	el_open(k, H_DIV, "row links");
	link_to(k, "button quiet", STR("/coding/files"), N_("Files of the PMSI"));
	html_close(&k->w, H_DIV);
	el(k, H_P, "hint", N_("Delivered empty: each number is the hospital's own, and is typed here from its papers."));
	draw_unit(&sc);
	draw_place(&sc, release_set(rel, "place"));
	draw_units(&sc);
	fields_button_form(k, STR("/coding/ficum"), "quiet", "check", str_of(tr(k->lang, N_("Download the file of units (FICUM)"))), NULL, 0, NULL);
	return screen_end(&sc);
}

static enum rc
ficum_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq, (void)p;
	ask_view(a, "pmsi_ficum");
	return RC_OK;
}

static enum rc
ficum_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rq;
	buf_str(&out->body, row_get(release_set(rel, "file"), "data"));
	out->type = "text/plain; charset=us-ascii";
	reply_header(out, "Content-Disposition", STR("attachment; filename=\"ficum.txt\""));
	return RC_OK;
}

const struct page pages_coding_files[] = {
	{ HTTP_GET,  "/coding/files", MAY_BILL, REVEALS_WORK_LIST, .fields = month_fields, .ask = files_ask, .show = files_show },
	{ HTTP_POST, "/coding/files", MAY_BILL, REVEALS_WORK_LIST, .fields = month_fields, .ask = files_ask, .show = files_show },
	{ HTTP_GET,  "/coding/units", MAY_BILL, REVEALS_META,      .fields = units_fields, .ask = units_ask, .show = units_show },
	{ HTTP_POST, "/coding/place", MAY_BILL, REVEALS_META,      .fields = place_fields, .ask = units_ask, .show = units_show },
	{ HTTP_POST, "/coding/unit",  MAY_BILL, REVEALS_META,      .fields = unit_fields,  .ask = units_ask, .show = units_show },
	{ HTTP_POST, "/coding/part",  MAY_BILL, REVEALS_META,      .fields = part_fields,  .ask = units_ask, .show = units_show },
	{ HTTP_POST, "/coding/ficum", MAY_BILL, REVEALS_META,      .ask = ficum_ask, .show = ficum_show },
	{ .path = NULL },
};
