/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/agenda_print.c: the list of a day as a paper: one calendar (a practitioner, a room), or each of a unit's on a page of its own: who comes when, for what, and what became of it. It must
 * never say more of a person than the line of the screen does. Called by front through the row at the end. Start at list_show.
 */
#include "pages/agenda.h"

#include "base/paper.h"
#include "kit/when.h"
#include "pages/screen.h"

#include <stdio.h>

#define LISTED 120

static const struct field list_fields[] = { { "day", N_("Day"), FIELD_DATE }, { "unit", N_("Unit"), FIELD_ID }, { "agenda", N_("Calendar"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "agenda_day");
	for (const struct field *f = list_fields; f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

/* "2026-11-18" of an instant, in Paris. */
static bool
is_on(int64_t ms, struct str day)
{
	struct when w;
	char on[16];
	if (!when_of_ms(ms, &w))
		return false;
	(void)snprintf(on, sizeof on, "%04d-%02d-%02d", w.year, w.month, w.day);
	return str_eq(day, on);
}

static struct str
hour(const struct screen *sc, int64_t ms)
{
	struct when w;
	char text[8] = "";
	if (when_of_ms(ms, &w))
		(void)snprintf(text, sizeof text, "%02d:%02d", w.hour, w.minute);
	return arena_str(sc->rq->arena, str_of(text));
}

/* Those of the calendar on that day that somebody has, by time. */
static size_t
taken_of(const struct screen *sc, int64_t agenda, struct str day, struct row at[LISTED], size_t *free_r)
{
	size_t n = 0;
	*free_r = 0;
	for release_each (row, sc->rel, "lines") {
		if (row_i64(row, "agenda") != agenda || !is_on(row_i64(row, "at"), day))
			continue;
		if (row_has(row, "free")) {
			(*free_r)++;
			continue;
		}
		if (n == LISTED)
			break;
		size_t i = n++;
		for (; i > 0 && row_i64(at[i - 1], "at") > row_i64(row, "at"); i--)
			at[i] = at[i - 1];
		at[i] = row;
	}
	return n;
}

static void
put_line(const struct screen *sc, struct buf *b, struct row row)
{
	const struct kit *k = &sc->k;
	struct words born = when_identity(k, row_get(row, "born_on"));
	struct str who = row_has(row, "name") ? row_get(row, "name") : row_has(row, "masked") ? row_get(row, "masked") : str_of(tr(k->lang, N_("Taken")));
	struct str state = str_of(tr(k->lang, agenda_state(row_get(row, "state"))));
	if (row_has(row, "over"))
		state = screen_say(sc, N_("{1}. {2}"), state, str_of(tr(k->lang, N_("Booked over"))));
	else if (row_has(row, "outside"))
		state = screen_say(sc, N_("{1}. {2}"), state, str_of(tr(k->lang, N_("Outside of the hours"))));
	const struct str cells[] = { screen_say(sc, N_("{1}–{2}"), hour(sc, row_i64(row, "at")), hour(sc, row_i64(row, "end_at"))), who,
		row_has(row, "born_on") ? arena_str(sc->rq->arena, words_view(&born)) : row_get(row, "birth_year"), row_get(row, "kind"), state };
	paper_row(b, cells, sizeof cells / sizeof cells[0]);
}

static void
put_calendar(const struct screen *sc, struct buf *b, struct row calendar, struct row day, struct str on)
{
	const struct kit *k = &sc->k;
	const struct paper_column columns[] = { { str_of(tr(k->lang, N_("Time"))), 17, false }, { str_of(tr(k->lang, N_("Patient"))), 30, false }, { str_of(tr(k->lang, N_("Birth date"))), 14, false },
		{ str_of(tr(k->lang, N_("Kind"))), 21, false }, { str_of(tr(k->lang, N_("State"))), 18, false } };
	struct row at[LISTED];
	struct words when = when_identity(k, on);
	struct digits taken, left;
	size_t n_free = 0, n = taken_of(sc, row_i64(calendar, "no"), on, at, &n_free);
	paper_heading(b, 1, row_get(calendar, "name"));
	paper_field(b, str_of(tr(k->lang, N_("Day"))), words_view(&when));
	paper_field(b, str_of(tr(k->lang, N_("Unit"))), row_get(day, "unit_name"));
	paper_text(b, screen_say(sc, N_("{1} booked, {2} free"), digits_of(&taken, (int64_t)n), digits_of(&left, (int64_t)n_free)));
	if (n == 0)
		return;
	paper_table(b, columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < n; i++)
		put_line(sc, b, at[i]);
	paper_table_end(b);
}

static bool
is_booked(const struct screen *sc, struct row calendar, struct str on)
{
	struct row at[LISTED];
	size_t n_free;
	return taken_of(sc, row_i64(calendar, "no"), on, at, &n_free) > 0;
}

/* Of several calendars those that have nobody get no page: their names stand at the end. */
static void
put_empty(const struct screen *sc, struct buf *b, struct row day, struct str on, bool one, bool first)
{
	const struct kit *k = &sc->k;
	struct words when = when_identity(k, on);
	bool any = false;
	if (first) {
		paper_heading(b, 1, row_get(day, "unit_name"));
		paper_field(b, str_of(tr(k->lang, N_("Day"))), words_view(&when));
	}
	for release_each (row, sc->rel, "calendars") {
		if (one || is_booked(sc, row, on))
			continue;
		if (!any)
			paper_text(b, str_of(tr(k->lang, N_("Nobody is booked with:"))));
		any = true;
		paper_item(b, row_get(row, "name"));
	}
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row day = release_set(rel, "day");
	struct when now;
	char today[16] = "";
	bool first = true;
	screen_init(&sc, rq, rel, out);
	if (rows_count(release_rows(rel), "calendars") == 0) {
		screen_begin(&sc, N_("Calendars"));
		empty_state(&sc.k, N_("This unit keeps no calendar."), STR("/agenda/day"), N_("Calendars"));
		return screen_end(&sc);
	}
	/* Of one calendar the view answers its whole week: the day is the one that was asked for, else today. */
	if (when_of_ms(rq->now_ms, &now))
		(void)snprintf(today, sizeof today, "%04d-%02d-%02d", now.year, now.month, now.day);
	struct str typed = form_get(&rq->form, "day"), on = row_has(day, "agenda") ? (typed.n > 0 ? typed : str_of(today)) : row_get(day, "on");
	out->paper = "agenda.pdf";
	paper_open(&out->body, &(struct paper_head){ .title = str_of(tr(sc.k.lang, N_("List of the day"))), .lang = sc.k.lang == LANG_EN ? STR("en") : STR("fr"), .format = PAPER_A4, .made_s = rq->now_ms / 1000 });
	bool one = rows_count(release_rows(rel), "calendars") == 1;
	for release_each (row, rel, "calendars") {
		if (!one && !is_booked(&sc, row, on))
			continue;
		if (!first)
			paper_break(&out->body);
		first = false;
		put_calendar(&sc, &out->body, row, day, on);
	}
	put_empty(&sc, &out->body, day, on, one, first);
	struct words made = when_clinical_ms(&sc.k, rq->now_ms);
	paper_foot(&out->body, screen_say(&sc, N_("As of {1}"), words_view(&made)));
	return RC_OK;
}

const struct page pages_agenda_print[] = {
	{ HTTP_GET, "/agenda/day.pdf", MAY_BOOK, REVEALS_WORK_LIST, .surface = SURFACE_PRINT, .fields = list_fields, .ask = list_ask, .show = list_show },
	{ .path = NULL },
};
