/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/timeline.c: what happened to a patient, by day, newest first, with filters that carry their counts and a cursor by day.
 * It must never hide that it is filtered. Called by front through the row at the end. Start at timeline_show.
 */
#include "pages/chart.h"

#include <string.h>

#include "base/clock.h"

static const struct { const char *code, *label, *icon; } kinds[] = {
	{ "stay",         N_("Stays"),         "bed" },
	{ "document",     N_("Documents"),     "doc" },
	{ "result",       N_("Results"),       "list" },
	{ "measure",      N_("Measures"),      "heart" },
	{ "prescription", N_("Prescriptions"), "pill" },
	{ "problem",      N_("Problems"),      "steth" },
	{ "note",         N_("Medical notes"), "pencil" },
	{ "appointment",  N_("Appointments"),  "calendar" },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static const struct choice kind_choices[] = {
	{ "stay", N_("Stays") }, { "document", N_("Documents") }, { "result", N_("Results") }, { "measure", N_("Measures") },
	{ "prescription", N_("Prescriptions") }, { "problem", N_("Problems") }, { "note", N_("Medical notes") }, { "appointment", N_("Appointments") }, { NULL, NULL },
};
static const struct field fields[] = {
	{ "kind",   N_("Kind"),    FIELD_CODE, .choices = kind_choices },
	{ "before", N_("Before"),  FIELD_DATE },
	FIELDS_END
};

static size_t
kind_of(struct str code)
{
	for (size_t i = 0; i < KINDS; i++)
		if (str_eq(code, kinds[i].code))
			return i;
	return KINDS;
}

static struct str
href(const struct screen *sc, struct str kind, struct str before)
{
	const struct req *rq = sc->rq;
	struct str path = screen_path(rq, rq->path.patient, "/timeline");
	if (kind.n > 0)
		path = screen_join(rq, screen_join(rq, path, STR("?kind=")), kind);
	if (before.n > 0)
		path = screen_join(rq, screen_join(rq, path, kind.n > 0 ? STR("&before=") : STR("?before=")), before);
	return path;
}

static void
draw_filter(struct screen *sc, struct str code, const char *icon_, const char *label, int64_t count, bool current)
{
	struct kit *k = &sc->k;
	struct digits d;
	html_open(&k->w, H_LI);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", href(sc, code, STR_NONE));
	if (current)
		html_attr_z(&k->w, "aria-current", "true");
	icon(k, icon_);
	say(k, label);
	if (count >= 0)
		el_text(k, H_B, NULL, digits_of(&d, count));
	html_close(&k->w, H_A);
	html_close(&k->w, H_LI);
}

static void
draw_filters(struct screen *sc, struct str chosen)
{
	struct kit *k = &sc->k;
	el_open(k, H_UL, "filters");
	html_attr_z(&k->w, "aria-label", tr(k->lang, N_("Filter")));
	draw_filter(sc, STR_NONE, "timeline", N_("Everything"), -1, chosen.n == 0);
	for release_each (row, sc->rel, "counts") {
		size_t i = kind_of(row_get(row, "kind"));
		if (i < KINDS)
			draw_filter(sc, row_get(row, "kind"), kinds[i].icon, kinds[i].label, row_i64(row, "count"), str_is(chosen, row_get(row, "kind")));
	}
	html_close(&k->w, H_UL);
}

static void
draw_what(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str state = row_get(row, "state");
	bool gone = str_eq(state, "entered-in-error");
	if (row_i64(row, "count") > 1) {       /* a day's measures are one line */
		struct digits d;
		el_open(k, H_STRONG, NULL);
		say_with(k, N_("{1} measures"), digits_of(&d, row_i64(row, "count")));
		html_close(&k->w, H_STRONG);
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(row, "title"));
		html_z(&k->w, "…");
		return;
	}
	struct str title = row_has(row, "title") ? row_get(row, "title") : row_has(row, "description") ? row_get(row, "description") : row_get(row, "with");
	if (title.n > 0)
		el_text(k, gone ? H_S : H_STRONG, NULL, title);
	else
		not_recorded(k);
	if (row_has(row, "detail")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(row, "detail"));
	}
	if (row_has(row, "place")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(row, "place"));
	}
}

static void
draw_line(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	size_t i = kind_of(row_get(row, "kind"));
	struct when w;
	struct words hour = { .n = 0 };
	if (when_of_ms(row_i64(row, "at"), &w)) {
		struct buf iso;
		buf_init(&iso, 64);
		buf_instant(&iso, w.ms);
		hour = when_hour(k, buf_view(&iso));
		buf_done(&iso);
	}
	table_row(k);
	cell_open(k, "time");
	html_text(&k->w, words_view(&hour));
	cell_close(k);
	cell_open(k, NULL);
	if (i < KINDS) {
		icon(k, kinds[i].icon);
		html_z(&k->w, " ");
		say(k, kinds[i].label);
	}
	cell_close(k);
	cell_open(k, NULL);
	draw_what(sc, row);
	cell_close(k);
	cell_open(k, NULL);
	/* What is as it should be needs no word: only what is planned, on hold, cancelled, corrected … */
	struct str code = row_get(row, "state");
	const char *state = str_eq(code, "final") || str_eq(code, "current") || str_eq(code, "active") || str_eq(code, "finished") ? NULL : status_known(code);
	if (state != NULL)
		status_chip(k, "plain", NULL, state);
	cell_close(k);
	cell_open(k, NULL);
	html_text(&k->w, row_get(row, "by_name"));
	cell_close(k);
	table_row_end(k);
}

static void
draw_days(struct screen *sc)
{
	static const struct col cols[] = { { N_("Hour"), "time" }, { N_("Kind"), NULL }, { N_("What"), NULL }, { N_("State"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	struct str day = STR_NONE;
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "lines") {
		if (!str_is(day, row_get(row, "day"))) {
			day = row_get(row, "day");
			struct words ws = when_clinical_text(k, day);
			table_row(k);
			html_open(&k->w, H_TH);
			html_attr_z(&k->w, "colspan", "5");
			html_attr_z(&k->w, "scope", "rowgroup");
			html_attr_z(&k->w, "class", "day");
			html_text(&k->w, words_view(&ws));
			html_close(&k->w, H_TH);
			table_row_end(k);
		}
		draw_line(sc, row);
	}
	table_close(k);
}

static enum rc
timeline_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	if (rq->form.n_bad > 0)
		return RC_OK;
	ask_view(a, "chart_timeline");
	ask_arg(a, "patient", rq->path.patient);
	if (form_get(&rq->form, "kind").n > 0)
		ask_arg(a, "kind", form_get(&rq->form, "kind"));
	if (form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static enum rc
timeline_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Timeline"));
	struct kit *k = &sc.k;
	struct str kind = form_get(&rq->form, "kind"), before = form_get(&rq->form, "before");
	draw_filters(&sc, kind);
	struct words until = when_day(k, before);
	if (before.n > 0) {
		el_open(k, H_P, "state");
		say_with(k, N_("Before {1}"), words_view(&until));
		html_z(&k->w, " · ");
		link_to(k, NULL, href(&sc, kind, STR_NONE), N_("Back to today"));
		html_close(&k->w, H_P);
	}
	if (rows_count(release_rows(rel), "lines") == 0) {
		empty_state(k, kind.n > 0 ? N_("Nothing of this kind is recorded in this period.") : N_("Nothing is recorded in this period."),
			kind.n > 0 ? href(&sc, STR_NONE, STR_NONE) : STR_NONE, N_("Show everything"));
		return screen_end(&sc);
	}
	draw_days(&sc);
	struct row page = release_set(rel, "page");
	if (row_is(page) && row_has(page, "next"))
		link_to(k, "button quiet", href(&sc, kind, row_get(page, "next")), N_("Older"));
	else
		el(k, H_P, "state", N_("Nothing older is recorded."));
	return screen_end(&sc);
}

const struct page pages_timeline[] = {
	{ HTTP_GET, "/patient/:patient/timeline", MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = fields, .ask = timeline_ask, .show = timeline_show, .menu = N_("Timeline"), .icon = "timeline", .key = "g c" },
	{ .path = NULL },
};
