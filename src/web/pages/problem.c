/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/problem.c: the problems and the history of a patient, one form to enter one, and how each ends or comes back. What ended stands below, struck through, and stays readable. It must never draw an
 * empty list as « no problem ». Called by front through the rows at the end. Start at problems_show.
 */
#include "pages/problem.h"

#include <stdio.h>

#include "pages/bedside.h"
#include "pages/chart.h"

static const struct choice ends[] = { { "resolved", N_("Over") }, { "refuted", N_("Ruled out: it was not that") }, { "entered-in-error", N_("Error of entry") }, { NULL, NULL } };
static const struct choice backs[] = { { "recurrence", N_("It is there again") }, { "entered-in-error", N_("Error of entry") }, { NULL, NULL } };
static const struct choice all_ends[] = { { "resolved", "" }, { "refuted", "" }, { "entered-in-error", "" }, { "recurrence", "" }, { NULL, NULL } };

static const struct field add_fields[] = {
	BEDSIDE_ONCE,
	{ "label",   N_("Problem"),                 FIELD_TEXT,  .min = 2, .max = 200 },
	{ "code",    N_("CIM-10 code"),             FIELD_TOKEN, .max = 12 },
	{ "since",   N_("Since"),                   FIELD_TEXT,  .max = 10 },
	{ "history", N_("History: of the past, kept in mind"), FIELD_FLAG },
	{ "unsure",  N_("Not confirmed yet"),       FIELD_FLAG },
	{ "note",    N_("Note"),                    FIELD_TEXT,  .max = 500 },
	FIELDS_END
};
static const struct field end_fields[] = {
	BEDSIDE_SLIP,
	{ "how", N_("How"),        FIELD_CODE, .required = true, .choices = all_ends },
	{ "on",  N_("Over since"), FIELD_TEXT, .max = 10 },
	FIELDS_END
};
/* As end_fields, with the words that a form of its kind offers. */
static const struct field stands_fields[] = { BEDSIDE_SLIP, { "how", N_("How"), FIELD_CODE, .required = true, .choices = ends }, { "on", N_("Over since"), FIELD_TEXT, .max = 10 }, FIELDS_END };
static const struct field over_fields[] = { BEDSIDE_SLIP, { "how", N_("How"), FIELD_CODE, .required = true, .choices = backs }, FIELDS_END };

static enum rc
problems_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/end")) ? "problem_end" : "problem_add");
	screen_ask_head(rq, a);
	ask_view(a, "problems");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static bool
may_write(const struct screen *sc)
{
	return release_may(sc->rel, MAY_PRESCRIBE) && !sc->rq->print;
}

static void
draw_add(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/problems", "problem", add_fields, faults);
	el(k, H_H2, NULL, N_("Enter a problem or a part of the history"));
	bedside_open(k, &s);
	fields_input(k, &s, "label", &(struct look){ .hint = N_("In words; empty: the label of the code"), .autofocus = !fields_has_faults(&s), .autocomplete = "off" });
	fields_input(k, &s, "code", &(struct look){ .hint = N_("Only where it is known; it is never chosen by itself"), .autocomplete = "off" });
	fields_input(k, &s, "since", &(struct look){ .hint = N_("2019, 03/2019 or 14/03/2019: as exactly as it is known"), .autocomplete = "off" });
	fields_input(k, &s, "history", NULL);
	fields_input(k, &s, "unsure", NULL);
	fields_input(k, &s, "note", NULL);
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
}

static void
draw_end(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool over = row_has(row, "over");
	struct pair now[2] = { { STR("id"), row_get(row, "id") }, { STR("version"), row_get(row, "version") } };
	bool sent = sc->rq->method == HTTP_POST && str_is(form_typed(&sc->rq->form, "id"), now[0].value);
	char form_id[48];
	(void)snprintf(form_id, sizeof form_id, "end%u", k->ids++);
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/problems/end", form_id, over ? over_fields : stands_fields, faults);
	s.class_ = "sheet narrow";
	s.form = sent ? s.form : NULL;
	s.n_faults = sent ? s.n_faults : 0; /* another row's */
	s.now = now;
	s.n_now = 2;
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, over ? N_("Change") : N_("End"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "id", now[0].value);
	fields_hidden(k, "version", now[1].value);
	fields_input(k, &s, "how", &(struct look){ .as_radio = true });
	if (!over)
		fields_input(k, &s, "on", &(struct look){ .hint = N_("Only where it is over, and known since when"), .autocomplete = "off" });
	fields_submit(k, over ? "quiet" : "danger", over ? "check" : "octagon", screen_say(sc, over ? N_("Record of: {1}") : N_("End: {1}"), row_get(row, "label")));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
cell_state(struct kit *k, struct row row)
{
	cell_open(k, NULL);
	if (row_has(row, "struck"))
		status_chip(k, "plain", "octagon", N_("Error of entry"));
	else if (row_has(row, "refuted"))
		status_chip(k, "plain", NULL, N_("Ruled out"));
	else if (row_has(row, "over"))
		status_chip(k, "plain", NULL, N_("Over"));
	else
		status_chip(k, "plain", NULL, row_has(row, "back") ? N_("There again") : row_has(row, "unsure") ? N_("Not confirmed yet") : N_("Stands"));
	cell_close(k);
}

enum which { STAND, HISTORY, OVER };

static bool
is_of(struct row row, enum which which)
{
	return row_has(row, "over") ? which == OVER : which == (row_has(row, "history") ? HISTORY : STAND);
}

static void
draw_list(struct screen *sc, enum which which, const char *caption)
{
	static const struct col cols[] = { { N_("Problem"), NULL }, { N_("CIM-10"), NULL }, { N_("State"), NULL }, { N_("Since"), "time" }, { N_("Note"), NULL }, { N_("Recorded"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	static const struct col ended[] = { { N_("Problem"), NULL }, { N_("CIM-10"), NULL }, { N_("State"), NULL }, { N_("Over since"), "time" }, { N_("Note"), NULL }, { N_("Recorded"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, caption, which == OVER ? ended : cols, may_write(sc) ? 8 : 7);
	for release_each (row, sc->rel, "problem_list") {
		if (!is_of(row, which))
			continue;
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		el_text(k, which == OVER ? H_S : H_STRONG, NULL, row_get(row, "label"));
		if (which == OVER && row_has(row, "history"))
			el(k, H_SMALL, "hint", N_("history"));
		html_close(&k->w, H_TH);
		cell(k, row_get(row, "code"));
		cell_state(k, row);
		screen_cell_when(k, row, which == OVER ? "ended" : "onset");
		if (row_has(row, "note"))
			cell(k, row_get(row, "note"));
		else
			cell_blank(k);
		screen_cell_when(k, row, "recorded");
		cell(k, row_get(row, "by_name"));
		if (may_write(sc)) {
			cell_open(k, NULL);
			if (!row_has(row, "refuted"))
				draw_end(sc, row);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static size_t
many(const struct screen *sc, enum which which)
{
	size_t n = 0;
	for release_each (row, sc->rel, "problem_list")
		n += is_of(row, which);
	return n;
}

static void
draw_all(struct screen *sc)
{
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Problems"));
	if (many(sc, STAND) == 0)
		empty_state(k, N_("No problem is recorded: that is not to say that there is none."), STR_NONE, NULL);
	else
		draw_list(sc, STAND, N_("Problems that stand"));
	el(k, H_H2, NULL, N_("History"));
	if (many(sc, HISTORY) == 0)
		empty_state(k, N_("No history is recorded."), STR_NONE, NULL);
	else
		draw_list(sc, HISTORY, N_("History that is kept in mind"));
	if (row_is(release_set(sc->rel, "problem_more")))
		el(k, H_P, "note warn", N_("There are older entries that are not shown here."));
	if (many(sc, OVER) == 0)
		return;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("What is over, ruled out or was a slip"));
	draw_list(sc, OVER, N_("Ended entries, recorded last first"));
	html_close(&k->w, H_DETAILS);
}

static enum rc
problems_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/problems"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Problems and history"));
	if (str_ends(str_of(rq->page->path), STR("/end")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	draw_all(&sc);
	if (may_write(&sc))
		draw_add(&sc);
	return screen_end(&sc);
}

const struct page pages_problem[] = {
	{ HTTP_GET,  "/patient/:patient/problems",     MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = problems_ask, .show = problems_show, .menu = N_("Problems and history"), .icon = "steth", .key = "g u" },
	{ HTTP_POST, "/patient/:patient/problems",     MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = add_fields, .ask = problems_ask, .show = problems_show },
	{ HTTP_POST, "/patient/:patient/problems/end", MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = end_fields, .ask = problems_ask, .show = problems_show },
	{ .path = NULL },
};
