/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/allergy.c: the allergies of a patient, one form to enter one or to say that none is known, and the end of one with how. It must never draw an empty list as « none known ».
 * Called by front through the rows at the end. Start at allergies_show.
 */
#include "pages/allergy.h"

#include <stdio.h>

#include "pages/bedside.h"
#include "pages/chart.h"

static const struct choice kinds[] = { { "medication", N_("Medicine") }, { "food", N_("Food") }, { "environment", N_("Environment") }, { NULL, NULL } };
static const struct choice criticalities[] = { { "high", N_("High criticality") }, { "low", N_("Low criticality") }, { "unable-to-assess", N_("Cannot be assessed") }, { NULL, NULL } };
static const struct choice ends[] = { { "refuted", N_("Refuted: the person is not allergic to it") }, { "resolved", N_("Over") }, { "entered-in-error", N_("Error of entry") }, { NULL, NULL } };

static const struct field add_fields[] = {
	BEDSIDE_ONCE,
	{ "substance",   N_("Substance"),            FIELD_TEXT, .min = 2, .max = 120 },
	{ "kind",        N_("Kind"),                 FIELD_CODE, .choices = kinds },
	{ "criticality", N_("Criticality"),          FIELD_CODE, .choices = criticalities },
	{ "reaction",    N_("Reaction"),             FIELD_TEXT, .max = 200 },
	{ "none",        N_("No allergy is known: the person was asked"), FIELD_FLAG },
	FIELDS_END
};
static const struct field end_fields[] = {
	{ "id",      N_("Allergy"), FIELD_ID,   .required = true },
	{ "version", N_("Version"), FIELD_INT,  .min = 1, .max = UINT32_MAX, .required = true },
	{ "how",     N_("Why it ends"), FIELD_CODE, .required = true, .choices = ends },
	FIELDS_END
};

static enum rc
allergies_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/end")) ? "allergy_end" : "allergy_add");
	screen_ask_head(rq, a);
	ask_view(a, "chart_summary");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
draw_add(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair now[1] = { { STR("kind"), STR("medication") } };
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/allergies", "allergy", add_fields, faults);
	s.now = now;
	s.n_now = 1;
	bedside_open(k, &s);
	fields_input(k, &s, "substance", &(struct look){ .hint = N_("By its substance (DCI) where it is a medicine: prescriptions are checked against it"), .autofocus = !fields_has_faults(&s), .autocomplete = "off" });
	fields_input(k, &s, "kind", NULL);
	fields_input(k, &s, "criticality", NULL);
	fields_input(k, &s, "reaction", &(struct look){ .hint = N_("what was seen: urticaria, oedema") });
	fields_input(k, &s, "none", NULL);
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
}

static void
draw_end(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct pair now[2] = { { STR("id"), row_get(row, "id") }, { STR("version"), row_get(row, "version") } };
	bool sent = sc->rq->method == HTTP_POST && str_is(form_typed(&sc->rq->form, "id"), now[0].value);
	char form_id[48];
	(void)snprintf(form_id, sizeof form_id, "end%u", k->ids++);
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/allergies/end"), .id = form_id, .class_ = "sheet narrow", .fields = end_fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 2 };
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("End"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "id", now[0].value);
	fields_hidden(k, "version", now[1].value);
	fields_input(k, &s, "how", &(struct look){ .as_radio = true });
	fields_submit(k, "danger", "octagon", screen_say(sc, N_("End: {1}"), row_get(row, "code")));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
cell_criticality(struct kit *k, struct row row)
{
	cell_open(k, NULL);
	if (str_eq(row_get(row, "criticality"), "high"))
		status_chip(k, "critical", "alert", N_("High criticality"));
	else if (row_has(row, "criticality"))
		say(k, str_eq(row_get(row, "criticality"), "low") ? N_("Low criticality") : N_("Cannot be assessed"));
	else
		not_recorded(k);
	cell_close(k);
}

static void
draw_list(struct screen *sc)
{
	static const struct col cols[] = { { N_("Substance"), NULL }, { N_("Criticality"), NULL }, { N_("Reaction"), NULL }, { N_("State"), NULL }, { N_("Recorded"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct row state = release_set(sc->rel, "state");
	struct str says = row_is(state) ? row_get(state, "allergy_state") : STR_NONE;
	bool may = release_may(sc->rel, MAY_WRITE_CHART);
	if (!str_eq(says, "known"))
		status_allergies(k, str_eq(says, "none_known") ? ALLERGIES_NONE_KNOWN : str_eq(says, "not_recorded") ? ALLERGIES_NOT_RECORDED : ALLERGIES_UNAVAILABLE, STR_NONE);
	if (rows_count(release_rows(sc->rel), "allergies") == 0)
		return;
	table_open(k, N_("Allergies that are recorded"), cols, may ? 7 : 6);
	for release_each (row, sc->rel, "allergies") {
		bool over = str_eq(row_get(row, "clinical"), "resolved") || str_eq(row_get(row, "clinical"), "inactive");
		table_row(k);
		cell_open(k, NULL);
		el_text(k, over ? H_S : H_STRONG, NULL, row_get(row, "code"));
		cell_close(k);
		cell_criticality(k, row);
		cell(k, row_get(row, "reaction"));
		cell_open(k, NULL);
		status_chip(k, over ? "plain" : "warn", over ? NULL : "alert", over ? N_("Over") : N_("Stands"));
		cell_close(k);
		screen_cell_when(k, row, "recorded");
		cell(k, row_get(row, "by_name"));
		if (may) {
			cell_open(k, NULL);
			if (!over)
				draw_end(sc, row);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
allergies_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/allergies"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Allergies"));
	if (str_ends(str_of(rq->page->path), STR("/end")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	draw_list(&sc);
	if (release_may(rel, MAY_WRITE_CHART) && !rq->print) {
		el(&sc.k, H_H2, NULL, N_("Enter an allergy"));
		draw_add(&sc);
	}
	return screen_end(&sc);
}

const struct page pages_allergy[] = {
	{ HTTP_GET,  "/patient/:patient/allergies",     MAY_READ_CHART,  REVEALS_ONE_PATIENT, .ask = allergies_ask, .show = allergies_show, .menu = N_("Allergies"), .icon = "alert", .key = "g w" },
	{ HTTP_POST, "/patient/:patient/allergies",     MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = add_fields, .ask = allergies_ask, .show = allergies_show },
	{ HTTP_POST, "/patient/:patient/allergies/end", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = end_fields, .ask = allergies_ask, .show = allergies_show },
	{ .path = NULL },
};
