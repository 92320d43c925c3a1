/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/treating.c: choose the treating physician: find practitioners by name, then one press. Called by front through the rows at the end.
 * It must never choose by itself, even when one name alone is found. Start at treating_show.
 */
#include "pages/chart.h"

#include <string.h>

#define FAULTS 4

static const struct field find_fields[] = {
	{ "text", N_("Name of the physician"), FIELD_TEXT, .min = 2, .max = 80 },
	FIELDS_END
};
static const struct field set_fields[] = {
	{ "practitioner", N_("Treating physician"), FIELD_ID },
	{ "version",      N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};

static enum rc
treating_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_admin(rq, a);
	if (rq->form.n_bad == 0 && form_get(&rq->form, "text").n > 0) {
		ask_view(a, "practitioners_find");
		ask_arg(a, "text", form_get(&rq->form, "text"));
	}
	return RC_OK;
}

static void
draw_set(struct screen *sc, struct str practitioner, struct str label, const char *kind)
{
	struct row head = release_set(sc->rel, "head");
	struct pair hidden[2] = { { STR("practitioner"), practitioner }, { STR("version"), row_is(head) ? row_get(head, "version") : STR_NONE } };
	fields_button_form(&sc->k, screen_path(sc->rq, sc->rq->path.patient, "/treating/set"), kind, "steth", label, hidden, 2, NULL);
}

static void
draw_found(struct screen *sc)
{
	static const struct col cols[] = { { N_("Physician"), NULL }, { N_("Qualification"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "practitioners") == 0) {
		empty_state(k, N_("No practitioner has this name. Check the spelling."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Practitioners found"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "practitioners") {
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		el_name(k, row_get(row, "name"));
		html_close(&k->w, H_TH);
		cell(k, row_get(row, "qualification"));
		cell_open(k, NULL);
		draw_set(sc, row_get(row, "id"), screen_say(sc, N_("{1} for {2}"), row_get(row, "name"), sc->name), "quiet");
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	struct row search = release_set(sc->rel, "search");
	if (row_is(search) && row_get(search, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more: write more of the name."));
}

static enum rc
treating_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Treating physician"));
	struct kit *k = &sc.k;
	struct row head = release_set(rel, "head");
	bool set = rq->page != NULL && str_ends(str_of(rq->page->path), STR("/set"));
	struct sheet s = {
		.action = screen_path(rq, rq->path.patient, "/treating"), .id = "treating", .class_ = "sheet row", .fields = find_fields, .form = set ? NULL : &rq->form,
		.faults = faults, .n_faults = set && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0, .region = "found",
	};
	html_open(&k->w, H_DL);
	pair_text(k, N_("Treating physician now"), row_is(head) ? row_get(head, "treating_name") : STR_NONE);
	html_close(&k->w, H_DL);
	if (row_is(head) && row_has(head, "treating"))
		draw_set(&sc, STR_NONE, screen_say(&sc, N_("No treating physician for {1}"), sc.name), "quiet");
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "text", &(struct look){ .autofocus = true });
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	el_open(k, H_DIV, NULL);
	html_attr_z(&k->w, "id", "found");
	if (form_get(&rq->form, "text").n > 0 && rq->form.n_bad == 0 && !set)
		draw_found(&sc);
	html_close(&k->w, H_DIV);
	return screen_end(&sc);
}

static enum rc
set_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad == 0) {
		ask_act(a, "treating_physician_set");
		ask_arg(a, "patient", rq->path.patient);
		if (form_get(&rq->form, "practitioner").n > 0)
			ask_arg(a, "practitioner", form_get(&rq->form, "practitioner"));
		ask_arg(a, "version", form_get(&rq->form, "version"));
	}
	screen_ask_admin(rq, a);
	return RC_OK;
}

static enum rc
set_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (!screen_done(rq, rel))
		return treating_show(rq, rel, out);
	reply_redirect(out, screen_path(rq, rq->path.patient, release_may(rel, MAY_READ_CHART) ? "/identity" : "/admin"));
	return RC_OK;
}

const struct page pages_treating[] = {
	{ HTTP_GET,  "/patient/:patient/treating",     MAY_WRITE_IDENTITY | MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .ask = treating_ask, .show = treating_show },
	{ HTTP_POST, "/patient/:patient/treating",     MAY_WRITE_IDENTITY | MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = find_fields, .ask = treating_ask, .show = treating_show },
	{ HTTP_POST, "/patient/:patient/treating/set", MAY_WRITE_IDENTITY | MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = set_fields, .ask = set_ask, .show = set_show },
	{ .path = NULL },
};
