/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/pregnancy.c: whether a patient is pregnant or breastfeeds, as the prescribing checks read it, and the pharmacist's page that says for how long an answer holds. It must
 * never draw silence, or an old answer, as « no ». Called by front through the rows at the end. Start at status_show.
 */
#include "pages/pregnancy.h"

#include "pages/bedside.h"
#include "pages/chart.h"

static const struct choice says[] = { { "yes", N_("Yes") }, { "no", N_("No") }, { NULL, NULL } };

static const struct field record_fields[] = {
	BEDSIDE_ONCE,
	{ "pregnancy",     N_("Pregnancy"),     FIELD_CODE, .choices = says },
	{ "breastfeeding", N_("Breastfeeding"), FIELD_CODE, .choices = says },
	BEDSIDE_WHEN,
	FIELDS_END
};
static const struct field strike_fields[] = { BEDSIDE_SLIP, FIELDS_END };
static const struct field age_fields[] = {
	{ "days",   N_("Days"),   FIELD_INT,  .min = 1, .max = 366, .required = true },
	{ "source", N_("Source"), FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END
};

static enum rc
status_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/strike")) ? "pregnancy_strike" : "pregnancy_record");
	screen_ask_head(rq, a);
	ask_view(a, "pregnancy");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
draw_status(struct screen *sc)
{
	static const struct col cols[] = { { N_("Status"), NULL }, { N_("Answer"), NULL }, { N_("Of"), "time" } };
	struct kit *k = &sc->k;
	if (!row_has(release_set(sc->rel, "pregnancy_age"), "days"))
		el(k, H_P, "note", N_("For how long an answer holds: not provided. Until the pharmacy says so, the checks take every answer for not known."));
	table_open(k, N_("What was recorded last"), cols, 3);
	for release_each (row, sc->rel, "pregnancy") {
		bool yes = str_eq(row_get(row, "says"), "yes");
		table_row(k);
		cell_open(k, NULL);
		say(k, str_eq(row_get(row, "what"), "pregnancy") ? N_("Pregnancy") : N_("Breastfeeding"));
		cell_close(k);
		cell_open(k, NULL);
		if (row_has(row, "says"))
			status_chip(k, yes ? "warn" : "plain", yes ? "alert" : NULL, yes ? N_("Yes") : N_("No"));
		else
			not_recorded(k);
		if (row_has(row, "old"))
			el(k, H_SMALL, "hint", N_("too old: counts as not known"));
		cell_close(k);
		cell_time_ms(k, row_i64(row, "at"));
		table_row_end(k);
	}
	table_close(k);
}

/* Every answer, who took it, and what was a slip. */
static void
draw_said(struct screen *sc)
{
	static const struct col cols[] = { { N_("Status"), NULL }, { N_("Answer"), NULL }, { N_("Of"), "time" }, { N_("Recorded by"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	bool may = release_may(sc->rel, MAY_WRITE_CHART) && !sc->rq->print;
	if (rows_count(release_rows(sc->rel), "pregnancy_said") == 0)
		return;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("All answers"));
	table_open(k, N_("All answers, the newest first"), cols, may ? 5 : 4);
	for release_each (row, sc->rel, "pregnancy_said") {
		struct str says_ = row_get(row, "says");
		const char *label = str_eq(says_, "yes") ? N_("Yes") : str_eq(says_, "no") ? N_("No") : NULL;
		table_row(k);
		cell_open(k, NULL);
		say(k, str_eq(row_get(row, "what"), "pregnancy") ? N_("Pregnancy") : N_("Breastfeeding"));
		cell_close(k);
		cell_open(k, NULL);
		if (label == NULL)
			el(k, H_SPAN, "unknown", N_("in words of another system"));
		else
			el(k, row_has(row, "struck") ? H_S : H_SPAN, NULL, label);
		cell_close(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		if (may) {
			cell_open(k, NULL);
			if (row_has(row, "struck"))
				status_chip(k, "plain", "octagon", N_("Error of entry"));
			else
				bedside_slip(sc, row, "/pregnancy/strike", NULL);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
	html_close(&k->w, H_DETAILS);
}

static enum rc
status_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/pregnancy"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Pregnancy and breastfeeding"));
	if (str_ends(str_of(rq->page->path), STR("/strike")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	draw_status(&sc);
	draw_said(&sc);
	if (release_may(rel, MAY_WRITE_CHART) && !rq->print) {
		struct kit *k = &sc.k;
		struct sheet s = bedside_sheet(rq, rel, "/pregnancy", "pregnancy", record_fields, faults);
		el(k, H_H2, NULL, N_("Record what the person says"));
		bedside_open(k, &s);
		fields_input(k, &s, "pregnancy", &(struct look){ .as_radio = true });
		fields_input(k, &s, "breastfeeding", &(struct look){ .as_radio = true });
		bedside_when(k, &s);
		fields_submit(k, "primary", "plus", screen_say(&sc, N_("Record for {1}"), sc.name));
		fields_close(k);
	}
	return screen_end(&sc);
}

static enum rc
age_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "pregnancy_age_set");
		for (const struct field *f = age_fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "pregnancy_age");
	return RC_OK;
}

static enum rc
age_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/pharmacy/pregnancy"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("How long a status of pregnancy holds"));
	struct kit *k = &sc.k;
	struct row row = release_set(rel, "age");
	el(k, H_H1, NULL, N_("How long a status of pregnancy holds"));
	if (row_is(row))
		el_text(k, H_P, NULL, screen_say(&sc, N_("{1} days, by {2}"), row_get(row, "days"), row_get(row, "source")));
	else
		el(k, H_P, "note", N_("For how long an answer holds: not provided. Until the pharmacy says so, the checks take every answer for not known."));
	struct sheet s = { .action = STR("/pharmacy/pregnancy"), .id = "age", .class_ = "sheet narrow", .fields = age_fields, .form = rq->method == HTTP_POST ? &rq->form : NULL,
		.faults = faults, .n_faults = rq->method == HTTP_POST && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "days", NULL);
	fields_input(k, &s, "source", NULL);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("From now on"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_pregnancy[] = {
	{ HTTP_GET,  "/patient/:patient/pregnancy", MAY_READ_CHART,  REVEALS_ONE_PATIENT, .ask = status_ask, .show = status_show, .menu = N_("Pregnancy"), .icon = "user" },
	{ HTTP_POST, "/patient/:patient/pregnancy", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = record_fields, .ask = status_ask, .show = status_show },
	{ HTTP_POST, "/patient/:patient/pregnancy/strike", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = strike_fields, .ask = status_ask, .show = status_show },
	{ HTTP_GET,  "/pharmacy/pregnancy",         MAY_PHARMACY,    REVEALS_META, .ask = age_ask, .show = age_show },
	{ HTTP_POST, "/pharmacy/pregnancy",         MAY_PHARMACY,    REVEALS_META, .fields = age_fields, .ask = age_ask, .show = age_show },
	{ .path = NULL },
};
