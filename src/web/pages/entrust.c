/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/entrust.c: who is on call for a unit, made by somebody else than who is; and a patient handed over to a colleague until the end of the shift to come. It must say
 * what each opens and to whom, before it is done. Called by front through the rows at the end. Start at calls_show and hand_show.
 */
#include "pages/entrust.h"

#include "pages/chart.h"

#define FAULTS 6
#define UNITS_MAX 200

static const struct field call_fields[] = {
	{ "login", N_("Login of who is on call"), FIELD_TOKEN, .max = 64, .required = true },
	{ "unit",  N_("Unit"),       FIELD_ID,    .required = true },
	{ "day",   N_("Day"),                     FIELD_DATE,  .required = true },
	{ "hour",  N_("From what hour"),          FIELD_INT,   .min = 0, .max = 23, .required = true },
	{ "hours", N_("For how many hours"),      FIELD_INT,   .min = 1, .max = 72, .required = true },
	FIELDS_END
};
static const struct field unit_fields[] = { { "unit", N_("Unit"), FIELD_ID }, FIELDS_END };
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field hand_fields[] = { { "login", N_("Login of the colleague"), FIELD_TOKEN, .max = 64, .required = true }, FIELDS_END };

/* ---- on call ---- */

static enum rc
calls_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0, ends = str_ends(str_of(rq->page->path), STR("/end"));
	if (acts)
		ask_act(a, ends ? "on_call_end" : "on_call_add");
	for (const struct field *f = ends ? no_fields : call_fields; acts && f->name != NULL; f++)
		ask_arg(a, f->name, form_get(&rq->form, f->name));
	ask_view(a, "on_call");
	if (!ends && form_get(&rq->form, "unit").n > 0)
		ask_arg(a, "unit", form_get(&rq->form, "unit"));
	return RC_OK;
}

static void
draw_calls(struct screen *sc)
{
	static const struct col cols[] = { { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("From"), "time" }, { N_("Until"), "time" }, { N_("Put on the list by"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "calls") == 0) {
		empty_state(k, N_("Nobody is on this list."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("The soonest over first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "calls") {
		bool ended = str_eq(row_get(row, "state"), "ended"), on = str_eq(row_get(row, "state"), "on");
		table_row(k);
		cell_open(k, NULL);
		el_name(k, row_get(row, "name"));
		cell_close(k);
		cell(k, row_has(row, "unit_name") ? row_get(row, "unit_name") : row_get(row, "unit"));
		cell_time_ms(k, row_i64(row, "from_at"));
		cell_time_ms(k, row_i64(row, "until_at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		status_chip(k, ended ? "dash" : on ? "ok" : "info", ended ? "lock" : on ? "check" : "calendar", ended ? N_("Taken off") : on ? N_("On call now") : N_("To come"));
		if (!ended) {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			fields_button_form(k, STR("/on-call/end"), "quiet", "lock", screen_say(sc, N_("Take {1} off the list"), row_get(row, "name")), hidden, 1, NULL);
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_call_form(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair units[UNITS_MAX];
	size_t n_units = 0;
	for release_each (row, sc->rel, "units")
		if (n_units < UNITS_MAX)
			units[n_units++] = (struct pair){ row_get(row, "id"), row_has(row, "name") ? row_get(row, "name") : row_get(row, "id") };
	bool posted = sc->rq->method == HTTP_POST && !str_ends(str_of(sc->rq->page->path), STR("/end"));
	struct sheet s = { .action = STR("/on-call"), .id = "call", .class_ = "sheet", .fields = call_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	el(k, H_H2, NULL, N_("Put somebody on the list"));
	el(k, H_P, "hint", N_("During these hours the patients of the unit open to this person as if she worked there. Nobody puts himself on a list; the journal of the limits has each line."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "login", NULL);
	fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n_units });
	fields_input(k, &s, "day", NULL);
	fields_input(k, &s, "hour", NULL);
	fields_input(k, &s, "hours", NULL);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Put on the list"))));
	fields_close(k);
}

static enum rc
calls_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/on-call"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("On call"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("On call"));
	if (str_ends(str_of(rq->page->path), STR("/end")))
		screen_refusal(&sc);
	draw_calls(&sc);
	if (release_may(rel, (enum may)(MAY_MANAGE | MAY_RELEASE)))
		draw_call_form(&sc);
	return screen_end(&sc);
}

/* ---- handed over ---- */

static enum rc
handed_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "hand_over_end");
		ask_arg(a, "no", form_get(&rq->form, "no"));
	}
	ask_view(a, "handed");
	return RC_OK;
}

static void
draw_handed(struct screen *sc, const char *set, const char *caption, const char *other, const char *none, const char *ends)
{
	struct col cols[] = { { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { other, NULL }, { N_("Until"), "time" }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, caption);
	if (rows_count(release_rows(sc->rel), set) == 0) {
		empty_state(k, none, STR_NONE, NULL);
		return;
	}
	table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, set) {
		struct words born = when_identity(k, row_get(row, "born_on"));
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		table_row(k);
		screen_cell_identity(sc, row);
		screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
		cell(k, words_view(&born));
		cell(k, row_get(row, "other_name"));
		cell_time_ms(k, row_i64(row, "until_at"));
		cell_open(k, NULL);
		fields_button_form(k, STR("/handed"), "quiet", "lock", screen_say(sc, ends, row_get(row, "name")), hidden, 1, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
handed_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/handed"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Hand-overs"));
	el(&sc.k, H_H1, NULL, N_("Hand-overs"));
	screen_refusal(&sc);
	draw_handed(&sc, "to_me", N_("Handed over to me"), N_("By"), N_("No colleague has handed anybody over to you."), N_("Give {1} back"));
	draw_handed(&sc, "by_me", N_("Handed over by me"), N_("To"), N_("You have handed nobody over."), N_("Take {1} back"));
	return screen_end(&sc);
}

static enum rc
hand_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "hand_over");
		ask_arg(a, "patient", rq->path.patient);
		ask_arg(a, "login", form_get(&rq->form, "login"));
	}
	screen_ask_admin(rq, a);
	return RC_OK;
}

static enum rc
hand_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/handed"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Hand over to a colleague"));
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = screen_path(rq, rq->path.patient, "/hand-over"), .id = "hand", .class_ = "sheet narrow", .fields = hand_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	el(k, H_P, NULL, N_("This chart then opens to your colleague without a question for 24 hours, and the person's access list says that you handed it over. You can take it back."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "login", &(struct look){ .autofocus = true });
	fields_submit(k, "primary", "people", str_of(tr(k->lang, N_("Hand over"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_entrust[] = {
	{ HTTP_GET,  "/on-call",     MAY_MANAGE | MAY_READ_CHART, REVEALS_META,      .fields = unit_fields, .ask = calls_ask,  .show = calls_show,  .menu = N_("On call"), .icon = "calendar" },
	{ HTTP_POST, "/on-call",     MAY_MANAGE | MAY_RELEASE,    REVEALS_META,      .fields = call_fields, .ask = calls_ask,  .show = calls_show },
	{ HTTP_POST, "/on-call/end", MAY_MANAGE | MAY_READ_CHART, REVEALS_META,      .fields = no_fields,   .ask = calls_ask,  .show = calls_show },
	{ HTTP_GET,  "/handed",      MAY_READ_CHART,              REVEALS_WORK_LIST, .ask = handed_ask, .show = handed_show, .menu = N_("Hand-overs"), .icon = "people" },
	{ HTTP_POST, "/handed",      MAY_READ_CHART,              REVEALS_WORK_LIST, .fields = no_fields,   .ask = handed_ask, .show = handed_show },
	{ HTTP_GET,  "/patient/:patient/hand-over", MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = hand_ask, .show = hand_show },
	{ HTTP_POST, "/patient/:patient/hand-over", MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = hand_fields, .ask = hand_ask, .show = hand_show },
	{ .path = NULL },
};
