/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/coding.c: « Codage PMSI »: stays that wait to be coded, and the codes of one: typed by a person, checked against the CIM-10 FR; of a stay that passed through several medical units a
 * part for each passage, with what is missing there. It must say beside every group that it was typed by hand. Called by front through the rows at the end. Start at coding_show.
 */
#include "pages/coding.h"

#include <stdio.h>

#define FAULTS 8
#define CODE_MOST 8
#define PASSAGES_MOST 99

static const struct field stay_fields[] = { { "stay", N_("Stay"), FIELD_ID }, FIELDS_END };
static const struct field save_fields[] = {
	{ "stay",    N_("Stay"),    FIELD_ID, .required = true },
	{ "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "nth",     N_("Passage"), FIELD_INT, .min = 1, .max = PASSAGES_MOST },
	{ "dp",      N_("Main diagnosis"), FIELD_TOKEN, .max = CODE_MOST },
	{ "dr",      N_("Related diagnosis"), FIELD_TOKEN, .max = CODE_MOST },
	{ "das",     N_("Other diagnoses"), FIELD_TEXT, .max = 400 },
	{ "entry",   N_("Mode of entry"), FIELD_TOKEN, .max = 1 },
	{ "exit",    N_("Mode of exit"), FIELD_TOKEN, .max = 1 },
	{ "ghm",     N_("Group (GHM)"), FIELD_TOKEN, .max = 6 },
	{ "ghs",     N_("Tariff (GHS)"), FIELD_TOKEN, .max = 5 },
	{ "done",    N_("The coding is complete"), FIELD_FLAG },
	FIELDS_END
};

static struct str
coding_path(const struct req *rq, struct str patient, struct str stay)
{
	return screen_join(rq, screen_path(rq, patient, "/coding?stay="), stay);
}

/* ---- the list ---- */

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq, (void)p;
	ask_view(a, "coding_list");
	return RC_OK;
}

/* The way to the files of the PMSI; and those that this house cannot make, with what lacks: nothing is written from memory. */
static void
draw_filings(struct kit *k, const struct release *rel)
{
	static const struct { const char *code, *name; } names[] = { { "rss", N_("RSS, grouped") }, { "s3404", N_("S3404") }, { "b2", N_("B2") } };
	static const struct col cols[] = { { N_("File"), NULL }, { N_("State"), NULL } };
	if (rows_count(release_rows(rel), "filings") == 0)
		return;
	html_open(&k->w, H_P);
	link_to(k, "button quiet", STR("/coding/files"), N_("Files of the PMSI"));
	html_close(&k->w, H_P);
	table_open(k, N_("Files that are not made"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "filings") {
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (str_eq(row_get(row, "name"), names[i].code)) {
				table_row(k);
				cell_say(k, names[i].name);
				cell_say(k, str_eq(row_get(row, "lacks"), "grouping") ? N_("Not made: the official grouping function makes it from the RUM.") : N_("Format not provided: no table of this house has its layout."));
				table_row_end(k);
			}
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("Action"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Coding"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Coding"));
	if (rows_count(release_rows(rel), "to_code") == 0) {
		empty_state(k, N_("No stay waits to be coded."), STR_NONE, NULL);
		draw_filings(k, rel);
		return screen_end(&sc);
	}
	table_open(k, N_("Stays to code"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "to_code") {
		struct words born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		billing_cell_person(k, row);
		cell(k, words_view(&born));
		cell_open(k, NULL);
		link_to(k, "button quiet", coding_path(rq, row_get(row, "patient"), row_get(row, "stay")), N_("Code this stay"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	draw_filings(k, rel);
	return screen_end(&sc);
}

/* ---- one stay ---- */

static enum rc
coding_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	billing_ask_act(rq, a, "coding_save", true);
	screen_ask_admin(rq, a);
	ask_view(a, "coding");
	ask_arg(a, "patient", rq->path.patient);
	if (form_get(&rq->form, "stay").n > 0)
		ask_arg(a, "stay", form_get(&rq->form, "stay"));
	return RC_OK;
}

/* The codes of one passage; of a stay of one unit: all of them. */
static void
draw_codes(struct screen *sc, struct str nth)
{
	static const struct col cols[] = { { N_("Kind"), NULL }, { N_("Code"), NULL }, { N_("Label"), NULL } };
	struct kit *k = &sc->k;
	size_t n = 0;
	for release_each (row, sc->rel, "codes")
		n += str_is(row_get(row, "nth"), nth);
	if (n == 0)
		return;
	table_open(k, N_("Coded so far"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "codes") {
		struct str kind = row_get(row, "kind");
		if (!str_is(row_get(row, "nth"), nth))
			continue;
		table_row(k);
		cell_say(k, str_eq(kind, "dp") ? N_("Main diagnosis") : str_eq(kind, "dr") ? N_("Related diagnosis") : N_("Other diagnoses"));
		cell(k, row_get(row, "code"));
		cell(k, row_get(row, "label"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_stay(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words from = when_day(k, row_get(row, "from_on")), until = when_day(k, row_get(row, "until_on"));
	html_open(&k->w, H_DL);
	pair_text(k, N_("From"), words_view(&from));
	pair_text(k, N_("Until"), words_view(&until));
	pair_text(k, N_("Nights"), row_get(row, "nights"));
	pair_open(k, N_("State"));
	say(k, str_eq(row_get(row, "state"), "coded") ? N_("Coded") : str_eq(row_get(row, "state"), "none") ? N_("No stay in a bed: nothing to group") : N_("To code"));
	pair_close(k);
	html_close(&k->w, H_DL);
	if (row_has(row, "ghm")) {
		el_open(k, H_P, "note");
		say_with(k, N_("{1} {2}: coded by hand, not from the official grouping function."), row_get(row, "ghm"), row_get(row, "ghm_label"));
		html_close(&k->w, H_P);
	}
}

/* ---- passages ---- */

static void
draw_gone(struct screen *sc)
{
	struct kit *k = &sc->k;
	for release_each (row, sc->rel, "gone") {
		el_open(k, H_P, "note warn");
		say_with(k, N_("Passage {1}, {2}, was coded and is no more: its codes go when the coding is said to be complete."), row_get(row, "nth"), row_get(row, "unit_name"));
		html_close(&k->w, H_P);
	}
}

/* What each passage waits for, before the first form: nobody has to look for it below. */
static void
draw_passages(struct screen *sc)
{
	static const struct col cols[] = { { N_("Passage"), "num" }, { N_("Unit"), NULL }, { N_("Number"), NULL }, { N_("From"), "time" }, { N_("Until"), "time" }, { N_("Acts"), "num" }, { N_("What is missing"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_P, "note", N_("This stay passed through several medical units: each passage has its own codes and its own RUM. Which main diagnosis is the stay's, the official grouping function decides."));
	table_open(k, N_("Passages through medical units"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "passages") {
		struct words from = when_day(k, row_get(row, "from_on")), until = when_day(k, row_get(row, "until_on"));
		struct str lacks = row_get(row, "lacks");
		table_row(k);
		cell(k, row_get(row, "nth"));
		cell(k, row_get(row, "unit_name"));
		if (row_has(row, "number"))
			cell(k, row_get(row, "number"));
		else
			cell_say(k, N_("Its unit has no number"));
		cell(k, words_view(&from));
		cell(k, words_view(&until));
		cell_figure(k, row, "acts");
		cell_say(k, str_eq(lacks, "dp") ? N_("Main diagnosis") : str_eq(lacks, "moved") ? N_("Coded for another unit: its movements changed since. Look at its codes and save them again.") : N_("Nothing"));
		table_row_end(k);
	}
	table_close(k);
	draw_gone(sc);
	for release_each (row, sc->rel, "astray") {
		el_open(k, H_P, "note warn");
		say_with(k, N_("Acts whose day or unit is of no passage: {1}. The stay is not written while they stand so."), row_get(row, "acts"));
		html_close(&k->w, H_P);
	}
}

/* The form of one passage; with the first one: what is of the whole stay. */
static void
draw_form(struct screen *sc, struct row stay, struct row passage)
{
	static const char *const names[] = { "dp", "dr", "das", "entry", "exit", "ghm", "ghs" };
	struct kit *k = &sc->k;
	const struct req *rq = sc->rq;
	struct fault faults[FAULTS];
	struct pair now[7];
	bool one = !row_is(passage), first = one || row_i64(passage, "nth") == 1;
	char id[24] = "coding";
	if (!first)
		(void)snprintf(id, sizeof id, "coding%d", (int)row_i64(passage, "nth"));
	for (size_t i = 0; i < 7; i++)
		now[i] = (struct pair){ str_of(names[i]), row_get(i < 3 && !one ? passage : stay, names[i]) };
	struct sheet s = billing_sheet(sc, screen_path(rq, rq->path.patient, "/coding"), id, save_fields, faults, FAULTS);
	struct str sent = form_get(&rq->form, "nth");
	if (!one && !str_is(row_get(passage, "nth"), sent.n > 0 ? sent : STR("1"))) { /* another passage's form was sent */
		s.form = NULL;
		s.n_faults = 0;
	}
	s.now = now;
	s.n_now = 7;
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "stay", row_has(stay, "stay") ? row_get(stay, "stay") : form_get(&rq->form, "stay"));
	fields_hidden(k, "version", row_get(stay, "version"));
	if (!one)
		fields_hidden(k, "nth", row_get(passage, "nth"));
	fields_input(k, &s, "dp", &(struct look){ .hint = N_("CIM-10 code without a dot"), .autofocus = first });
	fields_input(k, &s, "dr", NULL);
	fields_input(k, &s, "das", &(struct look){ .wide = true, .hint = N_("Codes, with blanks between") });
	if (first) {
		fields_input(k, &s, "entry", &(struct look){ .hint = N_("6 transfer within, 7 other hospital, 0 provisional, 8 home, N birth, O organs") });
		fields_input(k, &s, "exit", &(struct look){ .hint = N_("6 transfer within, 7 other hospital, 0 provisional, 8 home, 9 death") });
		fields_input(k, &s, "ghm", &(struct look){ .hint = N_("Typed by hand: this house does not hold the official grouping function.") });
		fields_input(k, &s, "ghs", NULL);
		fields_input(k, &s, "done", one ? NULL : &(struct look){ .hint = N_("Once each passage has its main diagnosis") });
	}
	fields_submit(k, "primary", "check", str_of(tr(k->lang, first ? N_("Save the coding") : N_("Save the codes of this passage"))));
	fields_close(k);
}

static enum rc
coding_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, coding_path(rq, rq->path.patient, form_get(&rq->form, "stay")));
		return RC_OK;
	}
	struct screen sc;
	billing_begin(&sc, rq, rel, out, N_("Coding"));
	struct kit *k = &sc.k;
	struct row stay = release_set(rel, "coding");
	if (!row_is(stay)) {
		empty_state(k, N_("This patient has no such stay."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	draw_stay(&sc, stay);
	if (row_has(stay, "absent"))
		el(k, H_P, "faults", N_("The tariff tables are not there"));
	if (row_has(stay, "several"))
		el(k, H_P, "note warn", N_("Several units, and nothing says from when to when it was in each: its RUM are not written."));
	if (rows_count(release_rows(rel), "passages") == 0) {
		draw_codes(&sc, STR("1"));
		draw_gone(&sc);
		draw_form(&sc, stay, release_set(rel, "passages"));
		return screen_end(&sc);
	}
	draw_passages(&sc);
	for release_each (row, rel, "passages") {
		el_open(k, H_H2, NULL);
		say_with(k, N_("Passage {1}: {2}"), row_get(row, "nth"), row_get(row, "unit_name"));
		html_close(&k->w, H_H2);
		draw_codes(&sc, row_get(row, "nth"));
		draw_form(&sc, stay, row);
	}
	return screen_end(&sc);
}

const struct page pages_coding[] = {
	{ HTTP_GET,  "/coding", MAY_BILL, REVEALS_WORK_LIST, .ask = list_ask, .show = list_show, .menu = N_("Coding"), .icon = "pencil" },
	{ HTTP_GET,  "/patient/:patient/coding", MAY_BILL | MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = stay_fields, .ask = coding_ask, .show = coding_show },
	{ HTTP_POST, "/patient/:patient/coding", MAY_BILL | MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = save_fields, .ask = coding_ask, .show = coding_show },
	{ .path = NULL },
};
