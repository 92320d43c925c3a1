/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/occupation.c: how full a unit or an establishment was over a period, as a table with a drawing beside it; and who was in a bed or a unit before. The figures must
 * never name anybody; the history names nobody of another unit. Called by front through the rows at the end. Start at figures_show.
 */
#include "pages/bed.h"

#include "kit/fields.h"
#include "kit/share.h"
#include "kit/spark.h"
#include "pages/screen.h"

#define DAYS_MOST   366
#define PLACES_MOST 2000

/* ---- figures ---- */

static const struct field figures_fields[] = { { "place", N_("Unit or establishment"), FIELD_ID }, { "from", N_("From"), FIELD_DATE }, { "until", N_("Until"), FIELD_DATE }, FIELDS_END };

static enum rc
figures_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "occupation");
	for (const struct field *f = figures_fields; f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

static void
draw_choice(struct screen *sc, struct row period)
{
	struct kit *k = &sc->k;
	struct pair *places = arena_array(sc->rq->arena, PLACES_MOST, sizeof *places), now[3];
	size_t n = 0;
	for release_each (row, sc->rel, "places")
		if (places != NULL && n < PLACES_MOST)
			places[n++] = (struct pair){ row_get(row, "id"), row_has(row, "site_name") ? screen_say(sc, N_("{1} ({2})"), row_get(row, "name"), row_get(row, "site_name")) : row_get(row, "name") };
	now[0] = (struct pair){ STR("place"), row_get(period, "place") };
	struct words from = when_identity(k, row_get(period, "from_on")), until = when_identity(k, row_get(period, "until_on"));
	now[1] = (struct pair){ STR("from"), words_view(&from) };
	now[2] = (struct pair){ STR("until"), words_view(&until) };
	struct fault fault = { NULL, WHY_NONE, NULL };
	if (row_has(period, "why"))
		fault = (struct fault){ str_eq(row_get(period, "field"), "from") ? "from" : "until", screen_why(row_get(period, "why")), NULL };
	bool typed = sc->rq->form.n_bad > 0 || fault.field != NULL;
	struct sheet s = { .action = STR("/beds/occupation"), .id = "period", .class_ = "sheet row", .fields = figures_fields, .form = typed ? &sc->rq->form : NULL, .now = now, .n_now = 3,
		.faults = &fault, .n_faults = fault.field != NULL };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "place", &(struct look){ .options = places, .n_options = n });
	fields_input(k, &s, "from", NULL);
	fields_input(k, &s, "until", NULL);
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Show"))));
	fields_close(k);
}

static void
cell_rate(struct kit *k, int64_t part, int64_t whole)
{
	struct digits d;
	cell_open(k, "num");
	if (whole > 0) {
		html_text(&k->w, digits_of(&d, (part * 100 + whole / 2) / whole));
		html_z(&k->w, k->lang == SAY_FR ? "\xe2\x80\xaf%" : "%");
		share_draw(k, (uint64_t)part, (uint64_t)whole);
	} else {
		not_recorded(k);
	}
	cell_close(k);
}

/* "3 j 4 h": a mean of whole hours. */
static void
cell_length(struct kit *k, struct row row)
{
	struct digits d, h;
	int64_t hours = row_i64(row, "mean_hours");
	cell_open(k, "num");
	if (!row_has(row, "mean_hours"))
		html_z(&k->w, "\xe2\x80\x93");
	else
		say_with(k, N_("{1} d {2} h"), digits_of(&d, hours / 24), digits_of(&h, hours % 24));
	cell_close(k);
}

static void
cells_counts(struct kit *k, struct row row)
{
	static const char *const at[] = { "admissions", "discharges", "transfers_in", "transfers_out" };
	cell_rate(k, row_i64(row, "there"), row_i64(row, "beds"));
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		cell_open(k, "num");
		html_text(&k->w, row_get(row, at[i]));
		cell_close(k);
	}
	cell_length(k, row);
}

static void
draw_days(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("Day"), "time" }, { N_("Beds"), "num" }, { N_("There"), "num" }, { N_("Occupation"), "num" }, { N_("Admissions"), "num" }, { N_("Discharges"), "num" },
		{ N_("Transfers in"), "num" }, { N_("Transfers out"), "num" }, { N_("Mean length"), "num" },
	};
	struct kit *k = &sc->k;
	struct row sum = release_set(sc->rel, "sum");
	table_open(k, N_("Occupation by day"), cols, sizeof cols / sizeof cols[0]);
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	say(k, N_("Together"));
	html_close(&k->w, H_TH);
	cell_figure(k, sum, "beds");
	cell_figure(k, sum, "there");
	cells_counts(k, sum);
	table_row_end(k);
	for release_each (row, sc->rel, "days") {
		struct words day = when_day(k, row_get(row, "day_on"));
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		html_attr_z(&k->w, "class", "time");
		html_text(&k->w, words_view(&day));
		if (row_has(row, "today")) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("now"));
		}
		html_close(&k->w, H_TH);
		cell_figure(k, row, "beds");
		cell_figure(k, row, "there");
		cells_counts(k, row);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_trend(struct screen *sc, const char *column, const char *label)
{
	struct spark_point *at = arena_array(sc->rq->arena, DAYS_MOST, sizeof *at);
	struct kit *k = &sc->k;
	struct row last = { .at = 0 };
	size_t n = 0;
	for release_each (row, sc->rel, "days") {
		last = row;
		if (at != NULL && n < DAYS_MOST)
			at[n++] = (struct spark_point){ row_i64(row, "at"), (double)row_i64(row, column) };
	}
	el_open(k, H_DIV, "tile");
	say(k, label);
	el_text(k, H_B, NULL, row_get(last, column));
	spark_draw(k, &(struct spark){ .label = label, .at = at, .n = n });
	html_close(&k->w, H_DIV);
}

static void
draw_how(struct kit *k)
{
	el(k, H_P, "hint", N_("How it is counted: at midnight at the end of each day (today: now), everybody who is in the unit, with or without a bed, or on leave with the bed kept. Beds: those open now; their number on earlier days is not kept. The total adds up days of people and of beds. Mean length: of the stays that ended on the day, from admission to discharge. "
		"Admissions, discharges and transfers are those recorded here; of an establishment, transfers between its units count too. A stay that came by import counts from its own begin while it lasts; one that ended elsewhere is not counted."));
}

static enum rc
figures_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row period = release_set(rel, "period");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Occupation"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	say(k, N_("Occupation"));
	if (row_has(period, "name")) {
		html_z(&k->w, " \xe2\x80\x94 ");
		html_text(&k->w, row_get(period, "name"));
	}
	html_close(&k->w, H_H1);
	draw_choice(&sc, period);
	if (rows_count(release_rows(rel), "more") > 0)
		el(k, H_P, "note warn", N_("A unit has more movements than are counted: choose a later first day."));
	if (rows_count(release_rows(rel), "days") > 0) {
		el_open(k, H_DIV, "tiles");
		draw_trend(&sc, "there", N_("People there, the last day"));
		draw_trend(&sc, "admissions", N_("Admissions, the last day"));
		draw_trend(&sc, "discharges", N_("Discharges, the last day"));
		html_close(&k->w, H_DIV);
		draw_days(&sc);
		draw_how(k);
	} else if (!row_has(period, "why") && rq->form.n_bad == 0) {
		empty_state(k, N_("No such unit or establishment is known."), STR("/beds/sites"), N_("Beds of all units"));
	}
	if (row_has(period, "unit") && release_may(rel, MAY_MOVE))
		link_to(k, "button quiet", screen_join(rq, STR("/beds/history?unit="), row_get(period, "place")), N_("Who was there"));
	return screen_end(&sc);
}

/* ---- history ---- */

static const struct field history_fields[] = { { "unit", N_("Unit"), FIELD_ID }, { "bed", N_("Bed"), FIELD_ID }, { "before", N_("Before"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static enum rc
history_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "bed_past");
	for (const struct field *f = history_fields; f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

static const char *
what_word(struct str what)
{
	return str_eq(what, "there") ? N_("There now") : str_eq(what, "leave") ? N_("On leave") : str_eq(what, "transfer") ? N_("Transfer") : N_("Discharge");
}

static void
draw_line(struct screen *sc, struct row row, bool of_bed, bool own)
{
	struct kit *k = &sc->k;
	table_row(k);
	if (!of_bed) {
		if (row_has(row, "bed"))
			cell_link(k, screen_join(sc->rq, STR("/beds/history?bed="), row_get(row, "bed")), row_has(row, "bed_name") ? row_get(row, "bed_name") : row_get(row, "bed"));
		else
			cell_say(k, N_("Without a bed"));
	}
	cell_open(k, "time");
	if (row_has(row, "from_at"))
		when_time_tag_ms(k, row_i64(row, "from_at"));
	else
		not_recorded(k);
	if (row_has(row, "stay_start")) {
		html_z(&k->w, " ");
		el(k, H_SMALL, "hint", N_("begin of the stay"));
	}
	cell_close(k);
	cell_open(k, "time");
	if (row_has(row, "until_at"))
		when_time_tag_ms(k, row_i64(row, "until_at"));
	cell_close(k);
	cell_say(k, what_word(row_get(row, "what")));
	if (own) {
		cell_open(k, "whole");
		if (row_has(row, "name") || row_has(row, "masked")) {
			html_open(&k->w, H_A);
			html_attr(&k->w, "href", screen_path(sc->rq, row_get(row, "id"), screen_chart_tail(sc->rel)));
			html_text(&k->w, row_has(row, "name") ? row_get(row, "name") : row_get(row, "masked"));
			html_close(&k->w, H_A);
		} else {
			el(k, H_SMALL, "hint", N_("no care link with you now"));
		}
		cell_close(k);
	}
	table_row_end(k);
}

static void
draw_lines(struct screen *sc, struct row place)
{
	struct kit *k = &sc->k;
	struct col cols[5];
	size_t n = 0;
	bool of_bed = row_has(place, "bed"), own = row_has(place, "own");
	if (!of_bed)
		cols[n++] = (struct col){ N_("Bed"), NULL };
	cols[n++] = (struct col){ N_("From"), "time" };
	cols[n++] = (struct col){ N_("Until"), "time" };
	cols[n++] = (struct col){ N_("How it ended"), NULL };
	if (own)
		cols[n++] = (struct col){ N_("Patient"), NULL };
	table_open(k, N_("Who was there, the latest first"), cols, n);
	for release_each (row, sc->rel, "now")
		draw_line(sc, row, of_bed, own);
	for release_each (row, sc->rel, "past")
		draw_line(sc, row, of_bed, own);
	table_close(k);
}

static enum rc
history_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row place = release_set(rel, "place"), more = release_set(rel, "more");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Who was there"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	say(k, N_("Who was there"));
	if (row_is(place)) {
		html_z(&k->w, " \xe2\x80\x94 ");
		html_text(&k->w, row_has(place, "bed_name") ? row_get(place, "bed_name") : row_get(place, "unit_name"));
	}
	html_close(&k->w, H_H1);
	el_open(k, H_DIV, "row links");
	link_to(k, "button quiet", row_is(place) ? screen_join(rq, STR("/beds?unit="), row_get(place, "unit")) : STR("/beds"), N_("Beds of the unit"));
	if (row_is(place)) {
		link_to(k, "button quiet", screen_join(rq, STR("/beds/occupation?place="), row_get(place, "unit")), N_("Occupation"));
		if (row_has(place, "bed"))
			link_to(k, "button quiet", screen_join(rq, STR("/beds/history?unit="), row_get(place, "unit")), N_("The whole unit"));
	}
	html_close(&k->w, H_DIV);
	if (!row_is(place))
		empty_state(k, N_("No such bed or unit is known."), STR("/beds/sites"), N_("Beds of all units"));
	else if (rows_count(release_rows(rel), "now") + rows_count(release_rows(rel), "past") == 0)
		empty_state(k, N_("Nobody was here, as far as movements recorded here say."), STR_NONE, NULL);
	else
		draw_lines(&sc, place);
	if (row_is(place))
		el(k, H_P, "hint", N_("From the movements recorded here; a stay that came by import and ended elsewhere is not listed. Named are people of the unit you work in whom a care link joins to you now."));
	if (row_is(more)) {
		struct str from = row_has(place, "bed") ? screen_join(rq, STR("/beds/history?bed="), row_get(place, "bed")) : screen_join(rq, STR("/beds/history?unit="), row_get(place, "unit"));
		link_to(k, "button quiet", screen_join(rq, screen_join(rq, from, STR("&before=")), row_get(more, "before")), N_("Older"));
	}
	return screen_end(&sc);
}

const struct page pages_occupation[] = {
	{ HTTP_GET,  "/beds/occupation", MAY_MOVE | MAY_MANAGE, REVEALS_META,      .fields = figures_fields, .ask = figures_ask, .show = figures_show, .menu = N_("Occupation"), .icon = "bed" },
	{ HTTP_POST, "/beds/occupation", MAY_MOVE | MAY_MANAGE, REVEALS_META,      .fields = figures_fields, .ask = figures_ask, .show = figures_show },
	{ HTTP_GET,  "/beds/history",    MAY_MOVE,              REVEALS_WORK_LIST, .fields = history_fields, .ask = history_ask, .show = history_show },
	{ .path = NULL },
};
