/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/dose.c: one dose by itself, with its three times: given by scan or by hand, not given, corrected, an infusion stopped; and all that was written of it. A form that has no place
 * any more leaves its refusal above, so that nobody believes a dose to be unrecorded that is. Called by front through the rows at the end. Start at dose_show.
 */
#include "pages/administration.h"

#include "pages/bedside.h"

static const struct choice corrections[] = {
	{ "typing",    N_("Typing error") },
	{ "patient",   N_("Another patient") },
	{ "time",      N_("Another time") },
	{ "not_taken", N_("Not taken, or brought up again") },
	{ "other",     N_("Another reason") },
	{ NULL, NULL },
};
#define SLOT \
	{ "line",    N_("Prescription"), FIELD_ID,  .required = true }, \
	{ "step",    N_("Step"),         FIELD_INT, .min = 0, .max = 11 }, \
	{ "planned", N_("Planned"),      FIELD_INT, .min = 0, .max = INT64_MAX }, \
	{ "nth",     N_("Of the same"),  FIELD_INT, .min = 0, .max = 99 }
#define TEXT { "text", N_("In a few words"), FIELD_TEXT, .max = 200 }
#define DOSE { "no", N_("Dose"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field dose_fields[] = {
	{ "no",      N_("Dose"),         FIELD_INT, .min = 1, .max = INT64_MAX },
	{ "line",    N_("Prescription"), FIELD_ID },
	{ "step",    N_("Step"),         FIELD_INT, .min = 0, .max = 11 },
	{ "planned", N_("Planned"),      FIELD_INT, .min = 0, .max = INT64_MAX },
	{ "nth",     N_("Of the same"),  FIELD_INT, .min = 0, .max = 99 },
	FIELDS_END
};
static const struct field give_fields[] = {
	BEDSIDE_ONCE, SLOT, BEDSIDE_WHEN, BEDSIDE_WRISTBAND,
	{ "scan",   N_("Scan of the box"),         FIELD_TEXT, .max = 200 },
	{ "reason", N_("By hand, without a scan"), FIELD_CODE, .choices = administration_hands },
	{ "dose",   N_("Another dose than prescribed"), FIELD_TEXT, .max = 40 },
	ADMINISTRATION_ALONE, TEXT, FIELDS_END
};
static const struct field refuse_fields[] = { BEDSIDE_ONCE, SLOT, { "reason", N_("Why it is not given"), FIELD_CODE, .required = true, .choices = administration_refusals }, TEXT, FIELDS_END };
static const struct field stop_fields[] = { DOSE, BEDSIDE_WHEN, TEXT, FIELDS_END };
static const struct field correct_fields[] = {
	DOSE,
	{ "state", N_("State"), FIELD_TOKEN, .max = 10, .required = true },
	{ "given", N_("Given"), FIELD_INT, .min = 0, .max = INT64_MAX, .required = true },
	BEDSIDE_WHEN,
	{ "dose",   N_("Dose given"), FIELD_TEXT, .max = 40 },
	{ "wrong",  N_("Strike it out: the dose is to be given again or was never given"), FIELD_FLAG },
	{ "reason", N_("Reason"), FIELD_CODE, .required = true, .choices = corrections },
	TEXT, FIELDS_END
};

static const char *
dose_act(const struct req *rq)
{
	struct str path = str_of(rq->page->path);
	return str_ends(path, STR("/refuse")) ? "dose_refuse" : str_ends(path, STR("/correct")) ? "dose_correct" : str_ends(path, STR("/stop")) ? "infusion_stop" : "dose_give";
}

static enum rc
dose_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "line", "step", "planned", "nth" };
	(void)p;
	bedside_ask(rq, a, dose_act(rq));
	screen_ask_head(rq, a);
	ask_view(a, "dose");
	ask_arg(a, "patient", rq->path.patient);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	return RC_OK;
}

static void
hide_slot(struct screen *sc, struct row line, struct row cell)
{
	struct kit *k = &sc->k;
	fields_hidden(k, "line", row_get(line, "line"));
	fields_hidden(k, "step", row_is(cell) ? row_get(cell, "step") : STR("0"));
	fields_hidden(k, "planned", row_is(cell) ? row_get(cell, "planned_at") : STR("0"));
	fields_hidden(k, "nth", row_is(cell) ? row_get(cell, "nth") : STR("0"));
}

static void
draw_give(struct screen *sc, struct row line, struct row cell)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/plan/give", "give", give_fields, faults);
	bool two = row_has(line, "two"), narcotic = row_has(line, "narcotic") && !two;
	s.class_ = "sheet narrow";
	el(k, H_H2, NULL, two ? N_("Prepare: a second nurse checks it before it is given") : narcotic ? N_("Prepare: a second person checks this narcotic before it is given") : N_("Give"));
	bedside_open(k, &s);
	hide_slot(sc, line, cell);
	bedside_wristband(k, &s);
	fields_input(k, &s, "scan", &(struct look){ .hint = N_("Point the scanner at the code of the box."), .step = true });
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_input(k, &s, "dose", &(struct look){ .inputmode = "decimal", .hint = administration_is_kind(line, "unplanned") ? N_("how much was given") : N_("empty: as prescribed") });
	bedside_when(k, &s);
	if (narcotic)
		fields_input(k, &s, "alone", &(struct look){ .as_select = true, .hint = N_("Only where nobody can come: then it is given now, and the second signature of the register stays owed") });
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "primary", two || narcotic ? "people" : "check", screen_say(sc, narcotic ? N_("Enter for {1}") : two ? N_("Prepared for {1}") : N_("Given to {1}"), sc->name));
	fields_close(k);
}

static void
draw_refuse(struct screen *sc, struct row line, struct row cell)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/plan/refuse", "refuse", refuse_fields, faults);
	s.class_ = "sheet narrow";
	el(k, H_H2, NULL, N_("Not given"));
	bedside_open(k, &s);
	hide_slot(sc, line, cell);
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "quiet", "octagon", screen_say(sc, N_("Not given to {1}"), sc->name));
	fields_close(k);
}

static void
draw_correct(struct screen *sc, struct row cell)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct str state = row_get(cell, "state");
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/plan/correct", "correct", correct_fields, faults);
	bool only_strike = str_eq(state, "check") || str_eq(state, "not_done");
	s.class_ = "sheet narrow";
	el(k, H_H2, NULL, N_("Correct"));
	bedside_open(k, &s);
	fields_hidden(k, "no", row_get(cell, "no"));
	fields_hidden(k, "state", state);
	fields_hidden(k, "given", row_get(cell, "given_at"));
	if (!only_strike) {
		fields_input(k, &s, "day", &(struct look){ .hint = N_("empty: as it is") });
		fields_input(k, &s, "time", &(struct look){ .hint = N_("empty: as it is"), .inputmode = "numeric" });
		fields_input(k, &s, "dose", &(struct look){ .hint = N_("empty: as it is"), .inputmode = "decimal" });
	}
	fields_input(k, &s, "wrong", NULL);
	fields_input(k, &s, "reason", NULL);
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "quiet", "pencil", screen_say(sc, N_("Correct for {1}"), sc->name));
	fields_close(k);
}

static void
draw_stop(struct screen *sc, struct row cell)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/plan/stop", "stop", stop_fields, faults);
	s.class_ = "sheet narrow";
	el(k, H_H2, NULL, N_("Stop the infusion"));
	bedside_open(k, &s);
	fields_hidden(k, "no", row_get(cell, "no"));
	bedside_when(k, &s);
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "primary", "clock", screen_say(sc, N_("Stopped for {1}"), sc->name));
	fields_close(k);
}

static void
draw_three_times(struct screen *sc, struct row cell)
{
	struct kit *k = &sc->k;
	html_open(&k->w, H_DL);
	pair_open(k, N_("Intended"));
	when_time_tag_ms(k, row_i64(cell, "planned_at"));
	html_z(&k->w, " ");
	html_text(&k->w, row_get(cell, "dose"));
	pair_close(k);
	pair_open(k, N_("Given"));
	if (row_has(cell, "given_at") && !str_eq(row_get(cell, "state"), "not_done"))
		when_time_tag_ms(k, row_i64(cell, "given_at"));
	html_z(&k->w, " ");
	administration_state(sc, cell);
	pair_close(k);
	if (row_has(cell, "recorded_at")) {
		pair_open(k, N_("Recorded"));
		when_time_tag_ms(k, row_i64(cell, "recorded_at"));
		html_z(&k->w, " ");
		el_name(k, row_get(cell, "by_name"));
		pair_close(k);
		pair_open(k, N_("How"));
		const char *why = administration_choice(administration_hands, row_get(cell, "reason"));
		say(k, row_get(cell, "scanned").n > 0 ? N_("scanned") : why != NULL ? why : N_("by hand"));
		const char *alone = administration_choice(administration_alone, row_get(cell, "alone"));
		if (alone != NULL) {
			html_z(&k->w, " · ");
			say(k, N_("without a second person:"));
			html_z(&k->w, " ");
			say(k, alone);
		}
		if (row_has(cell, "lot")) {
			html_z(&k->w, " ");
			say_with(k, N_("lot {1}"), row_get(cell, "lot"));
		}
		if (row_get(release_set(sc->rel, "versions"), "wristband").n > 0) {
			html_z(&k->w, " · ");
			say(k, N_("wristband scanned"));
		}
		pair_close(k);
	}
	html_close(&k->w, H_DL);
}

static void
draw_history(struct screen *sc)
{
	static const struct col cols[] = { { N_("Written"), "time" }, { N_("Given"), "time" }, { N_("Dose"), "num" }, { N_("State"), NULL }, { N_("Why"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "versions") == 0)
		return;
	table_open(k, N_("What was written, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "versions") {
		struct str status = row_get(row, "status");
		struct words amount = when_number(k, row_get(row, "amount"));
		words_z(&amount, " ");
		words_add(&amount, row_get(row, "unit"));
		table_row(k);
		cell_time_ms(k, row_i64(row, "written_at"));
		cell_time_ms(k, row_i64(row, "given_at"));
		cell_open(k, "num");
		html_text(&k->w, words_view(&amount));
		cell_close(k);
		cell_say(k, str_eq(status, "entered-in-error") ? N_("Struck out") : str_eq(status, "not-done") ? N_("Not given") : str_eq(status, "in-progress") ? N_("Runs") : N_("Given"));
		if (row_has(row, "why"))
			cell(k, row_get(row, "why"));
		else
			cell_say(k, N_("—"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
dose_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/plan"));
		return RC_OK;
	}
	struct screen sc;
	struct row line = release_set(rel, "lines"), cell = release_set(rel, "cells");
	chart_begin(&sc, rq, rel, out, N_("One dose"));
	struct kit *k = &sc.k;
	if (!row_is(line)) {
		empty_state(k, N_("This person has no such dose."), screen_path(rq, rq->path.patient, "/plan"), N_("Back to the plan"));
		return screen_end(&sc);
	}
	struct str state = row_is(cell) ? row_get(cell, "state") : STR_NONE, path = str_of(rq->page->path);
	bool recorded = row_is(cell) && row_has(cell, "no"), may = release_may(rel, MAY_ADMINISTER), running = str_eq(state, "running");
	bool first = str_ends(path, STR("/give")) || str_ends(path, STR("/refuse"));
	if (first ? recorded || (!row_is(cell) && row_get(line, "open").n == 0) : str_ends(path, STR("/stop")) ? !running : !recorded)
		screen_refusal(&sc); /* the form that was sent has no place any more: what became of it is told above */
	el_open(k, H_P, NULL);
	administration_line(&sc, line);
	html_close(&k->w, H_P);
	if (row_has(line, "units")) {
		struct words on = when_day(k, row_get(line, "edition_on"));
		el_open(k, H_P, "hint");
		say_with(k, N_("{1} (dosage of the BDPM, edition of {2}): so many are drawn on the unit's stock."), row_get(line, "units"), words_view(&on));
		html_close(&k->w, H_P);
	}
	if (row_has(line, "undrawn"))
		el(k, H_P, "hint", N_("Nothing of it is drawn on the unit's stock: the dose is not said in the unit in which this medicine is counted."));
	if (row_is(cell))
		draw_three_times(&sc, cell);
	draw_history(&sc);
	if (may && !recorded && (row_is(cell) || row_get(line, "open").n > 0)) {
		el_open(k, H_DIV, "two");
		el_open(k, H_DIV, NULL);
		draw_give(&sc, line, cell);
		html_close(&k->w, H_DIV);
		if (row_is(cell)) {
			el_open(k, H_DIV, NULL);
			draw_refuse(&sc, line, cell);
			html_close(&k->w, H_DIV);
		}
		html_close(&k->w, H_DIV);
	}
	if (may && running)
		draw_stop(&sc, cell);
	if (may && recorded && !str_eq(state, "void"))
		draw_correct(&sc, cell);
	link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/plan"), N_("Back to the plan"));
	return screen_end(&sc);
}

const struct page pages_dose[] = {
	{ HTTP_GET,  "/patient/:patient/plan/dose",    MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = dose_fields,    .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/give",    MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = give_fields,    .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/refuse",  MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = refuse_fields,  .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/correct", MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = correct_fields, .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/stop",    MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = stop_fields,    .ask = dose_ask, .show = dose_show },
	{ .path = NULL },
};
