/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/agenda.c: the day of a unit's calendars, one column each, and the week of one; printed as the list of the day. And the calendars that a unit keeps: hours, closings, kinds. It must
 * never say more of a person than the line holds. Called by front through the rows at the end. Start at day_show.
 */
#include "pages/agenda.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

#include "pages/bedside.h"

#define LISTED 120

/* ---- day and week ---- */

static const struct field day_fields[] = { { "day", N_("Day"), FIELD_DATE }, { "unit", N_("Unit"), FIELD_ID }, { "agenda", N_("Calendar"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static enum rc
day_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "agenda_day");
	for (const struct field *f = day_fields; f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

const char *
agenda_state(struct str state)
{
	return str_eq(state, "arrived") ? N_("Arrived") : str_eq(state, "fulfilled") ? N_("Over") : str_eq(state, "noshow") ? N_("Did not come") : str_eq(state, "cancelled") ? N_("Cancelled") : N_("Booked");
}

static void
hours_of(struct kit *k, struct row row)
{
	struct words from = when_clinical_ms(k, row_i64(row, "at")), until = when_clinical_ms(k, row_i64(row, "end_at"));
	struct str a = words_view(&from), b = words_view(&until); /* the last five letters are the hour */
	html_text(&k->w, a.n > 5 ? (struct str){ a.p + a.n - 5, 5 } : a);
	html_z(&k->w, "–");
	html_text(&k->w, b.n > 5 ? (struct str){ b.p + b.n - 5, 5 } : b);
}

static void
draw_line(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool open = row_has(row, "free");
	table_row(k);
	cell_open(k, "num");
	hours_of(k, row);
	cell_close(k);
	cell_open(k, NULL);
	if (open) {
		status_chip(k, "dash", "clock", N_("Free"));
	} else if (row_has(row, "name") || row_has(row, "masked")) {
		struct words born = when_identity(k, row_get(row, "born_on"));
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_path(sc->rq, row_get(row, "id"), "/appointments"));
		html_text(&k->w, row_has(row, "name") ? row_get(row, "name") : row_get(row, "masked"));
		html_close(&k->w, H_A);
		html_z(&k->w, " ");
		html_text(&k->w, row_has(row, "born_on") ? words_view(&born) : row_get(row, "birth_year"));
	} else {
		say(k, N_("Taken"));
	}
	if (!open) {
		html_z(&k->w, " ");
		html_text(&k->w, row_get(row, "kind"));
		html_z(&k->w, " ");
		status_chip(k, str_eq(row_get(row, "state"), "noshow") ? "warn" : str_eq(row_get(row, "state"), "arrived") ? "ok" : "info", "calendar", agenda_state(row_get(row, "state")));
	}
	if (row_has(row, "over"))
		status_chip(k, "warn", "alert", N_("Booked over"));
	else if (row_has(row, "outside"))
		status_chip(k, "warn", "alert", N_("Outside of the hours"));
	cell_close(k);
	table_row_end(k);
}

/* The lines of one calendar (in a week: of one day of it), by time: free and taken come one after the other in the release. */
static size_t
draw_lines(struct screen *sc, int64_t agenda, struct str day)
{
	static const struct col cols[] = { { N_("Time"), "num" }, { N_("Patient"), NULL } };
	struct row at[LISTED];
	size_t n = 0;
	for release_each (row, sc->rel, "lines") {
		struct when w;
		char on[16];
		if (row_i64(row, "agenda") != agenda || n == LISTED || !when_of_ms(row_i64(row, "at"), &w))
			continue;
		(void)snprintf(on, sizeof on, "%04d-%02d-%02d", w.year, w.month, w.day);
		if (day.n > 0 && !str_eq(day, on))
			continue;
		size_t i = n++;
		for (; i > 0 && row_i64(at[i - 1], "at") > row_i64(row, "at"); i--)
			at[i] = at[i - 1];
		at[i] = row;
	}
	if (n == 0) {
		el(&sc->k, H_P, "note", N_("Nothing booked, nothing free."));
		return 0;
	}
	table_open(&sc->k, N_("Times"), cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < n; i++)
		draw_line(sc, at[i]);
	table_close(&sc->k);
	return n;
}

static void
link_of(struct screen *sc, const char *to, struct str day, struct str unit, struct str agenda, const char *msgid, struct str text)
{
	struct kit *k = &sc->k;
	struct words href = { .n = 0 };
	words_z(&href, to);
	words_add(&href, day);
	words_z(&href, agenda.n > 0 ? "&agenda=" : "&unit=");
	words_add(&href, agenda.n > 0 ? agenda : unit);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", words_view(&href));
	if (msgid != NULL)
		say(k, msgid);
	else
		html_text(&k->w, text);
	html_close(&k->w, H_A);
	html_z(&k->w, " ");
}

static void
day_link(struct screen *sc, struct str day, struct str unit, struct str agenda, const char *msgid, struct str text)
{
	link_of(sc, "/agenda/day?day=", day, unit, agenda, msgid, text);
}

/* The day as a paper: of the unit's calendars, or of one. */
static void
print_link(struct screen *sc, struct str day, struct str unit, struct str agenda)
{
	link_of(sc, "/agenda/day.pdf?day=", day, unit, agenda, N_("Print the day"), STR_NONE);
}

static void
draw_week(struct screen *sc, struct row day)
{
	struct kit *k = &sc->k;
	struct when first;
	if (!when_parse(row_get(day, "on"), &first))
		return;
	for (int i = 0; i < 7; i++) {
		struct civil c = civil_of_days(days_of(first.year, first.month, first.day) + i);
		char on[16];
		(void)snprintf(on, sizeof on, "%04d-%02d-%02d", c.year, c.month, c.day);
		struct words name = when_day(k, str_of(on));
		el_open(k, H_SECTION, "card");
		el_text(k, H_H3, NULL, words_view(&name));
		print_link(sc, str_of(on), STR_NONE, row_get(day, "agenda"));
		draw_lines(sc, row_i64(day, "agenda"), str_of(on));
		html_close(&k->w, H_SECTION);
	}
}

static enum rc
day_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row day = release_set(rel, "day");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Calendars"));
	struct kit *k = &sc.k;
	if (!row_is(day) || !row_has(day, "unit")) {
		el(k, H_H1, NULL, N_("Calendars"));
		empty_state(k, N_("You have not said in which unit you work."), STR("/unit/choose"), N_("Choose my unit"));
		return screen_end(&sc);
	}
	struct words on = when_day(k, row_get(day, "on"));
	struct str agenda = row_get(day, "agenda"), unit = row_get(day, "unit");
	el_open(k, H_H1, NULL);
	html_text(&k->w, words_view(&on));
	html_z(&k->w, " — ");
	html_text(&k->w, row_get(day, "unit_name"));
	html_close(&k->w, H_H1);
	el_open(k, H_P, "state");
	day_link(&sc, row_get(day, "before_on"), unit, agenda, agenda.n > 0 ? N_("Week before") : N_("Day before"), STR_NONE);
	day_link(&sc, row_get(day, "after_on"), unit, agenda, agenda.n > 0 ? N_("Week after") : N_("Day after"), STR_NONE);
	if (agenda.n > 0)
		day_link(&sc, row_get(day, "on"), unit, STR_NONE, N_("All calendars of the unit"), STR_NONE);
	if (agenda.n == 0 && rows_count(release_rows(rel), "calendars") > 0)
		print_link(&sc, row_get(day, "on"), unit, STR_NONE);
	if (row_i64(day, "over") > 0)
		say_with(k, tr_n(k->lang, (uint64_t)row_i64(day, "over"), N_("{1} appointment booked over"), N_("{1} appointments booked over")), row_get(day, "over"));
	html_close(&k->w, H_P);
	if (rows_count(release_rows(rel), "calendars") == 0)
		empty_state(k, N_("This unit keeps no calendar."), release_may(rel, MAY_AGENDA) ? STR("/agenda/keep") : STR_NONE, N_("Keep calendars"));
	el_open(k, H_DIV, "agenda");
	for release_each (row, rel, "calendars") {
		if (agenda.n > 0) {
			el_text(k, H_H2, NULL, row_get(row, "name"));
			draw_week(&sc, day);
			break;
		}
		el_open(k, H_SECTION, NULL);
		el_open(k, H_H2, NULL);
		day_link(&sc, row_get(day, "on"), unit, row_get(row, "no"), NULL, row_get(row, "name"));
		html_close(&k->w, H_H2);
		draw_lines(&sc, row_i64(row, "no"), STR_NONE);
		html_close(&k->w, H_SECTION);
	}
	html_close(&k->w, H_DIV);
	return screen_end(&sc);
}

/* ---- who waits for an earlier time ---- */

static enum rc
waiting_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "agenda_waiting");
	return RC_OK;
}

static enum rc
waiting_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Patient"), NULL }, { N_("Booked for"), "time" }, { N_("Waits since"), "time" }, { N_("Free earlier"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Waiting list"));
	struct kit *k = &sc.k;
	size_t n = rows_count(release_rows(rel), "waiting");
	el(k, H_H1, NULL, N_("Waiting list"));
	el(k, H_P, "hint", N_("Who would come earlier than he is booked. Nothing is moved by itself: ask the person, then move the appointment in his record."));
	if (n == 0) {
		empty_state(k, N_("Nobody of this unit waits for an earlier time."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	state_line(k, n, N_("{1} person waits"), N_("{1} people wait"), N_("who waits longest first"));
	table_open(k, N_("Waiting list"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "waiting") {
		struct words at = when_clinical_ms(k, row_i64(row, "free_at"));
		table_row(k);
		cell_link(k, screen_path(rq, row_get(row, "id"), "/appointments"), screen_join(rq, row_get(row, "masked"), screen_join(rq, STR(" "), row_get(row, "birth_year"))));
		cell_time_ms(k, row_i64(row, "at"));
		cell_time_ms(k, row_i64(row, "since_at"));
		cell_open(k, NULL);
		if (row_has(row, "free_at")) {
			status_chip(k, "ok", "check", N_("Free"));
			html_z(&k->w, " ");
			say_with(k, N_("{1} ({2})"), words_view(&at), row_get(row, "free_with"));
		} else {
			say(k, N_("Nothing earlier is free"));
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- what is kept ---- */

static const struct choice closings[] = { { "holiday", N_("Public holiday") }, { "closure", N_("Closure") }, { "leave", N_("Leave") }, { NULL, NULL } };
static const struct choice whats[] = { { "hours", N_("Hours") }, { "closing", N_("Closing") }, { "kind", N_("Kind of consultation") }, { NULL, NULL } };
static const struct choice weeks[] = { { "12345", N_("Monday to Friday") }, { "1", N_("Monday") }, { "2", N_("Tuesday") }, { "3", N_("Wednesday") }, { "4", N_("Thursday") }, { "5", N_("Friday") }, { "6", N_("Saturday") }, { "7", N_("Sunday") }, { NULL, NULL } };
#define BEGIN_END { "begin", N_("Begin"), FIELD_TEXT, .max = 8 }, { "end", N_("End"), FIELD_TEXT, .max = 8 }
#define FROM_UNTIL { "from", N_("From"), FIELD_DATE }, { "until", N_("Until"), FIELD_DATE }
#define MINUTES_FIELD { "minutes", N_("Minutes"), FIELD_INT, .min = 5, .max = 720, .required = true }
static const struct field add_fields[] = { { "actor", N_("Who or what"), FIELD_TOKEN, .max = 80, .required = true }, FIELDS_END };
static const struct field kind_fields[] = { { "label", N_("Kind of consultation"), FIELD_TEXT, .max = 60, .required = true }, MINUTES_FIELD, FIELDS_END };
static const struct field hours_fields[] = {
	{ "agenda", N_("Calendar"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { "days", N_("Days of the week"), FIELD_CODE, .choices = weeks, .required = true }, BEGIN_END, MINUTES_FIELD,
	{ "kind", N_("Kind of consultation"), FIELD_INT, .min = 1, .max = INT64_MAX }, FROM_UNTIL, FIELDS_END
};
static const struct field close_fields[] = { { "agenda", N_("Calendar"), FIELD_INT, .min = 1, .max = INT64_MAX }, { "reason", N_("Reason"), FIELD_CODE, .choices = closings, .required = true }, FROM_UNTIL, BEGIN_END, FIELDS_END };
static const struct field end_fields[] = { { "what", N_("What"), FIELD_CODE, .choices = whats, .required = true }, { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static const struct { const char *tail, *act; } keeps[] = {
	{ "/keep/add", "agenda_add" }, { "/keep/kind", "agenda_kind_add" }, { "/keep/hours", "agenda_hours_add" }, { "/keep/close", "agenda_close" }, { "/keep/end", "agenda_end" },
};

static enum rc
keep_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	for (size_t i = 0; rq->method == HTTP_POST && rq->form.n_bad == 0 && i < sizeof keeps / sizeof keeps[0]; i++) {
		if (!str_ends(str_of(rq->page->path), str_of(keeps[i].tail)))
			continue;
		ask_act(a, keeps[i].act);
		for (const struct field *f = rq->page->fields; f->name != NULL; f++) {
			struct str v = form_get(&rq->form, f->name), rest;
			if (v.n == 0)
				continue;
			if (strcmp(f->name, "actor") == 0) {
				ask_arg(a, "type", str_cut(v, '/', &rest));
				v = rest;
			}
			ask_arg(a, f->name, v);
		}
	}
	ask_view(a, "agenda_setup");
	return RC_OK;
}

struct keep { struct screen *sc; struct pair calendars[LISTED], kinds[LISTED], offered[LISTED * 2]; size_t n_calendars, n_kinds, n_offered; };

static void
read_choices(struct keep *o)
{
	for release_each (row, o->sc->rel, "calendars")
		if (o->n_calendars < LISTED)
			o->calendars[o->n_calendars++] = (struct pair){ row_get(row, "no"), row_get(row, "name") };
	for release_each (row, o->sc->rel, "kinds")
		if (o->n_kinds < LISTED)
			o->kinds[o->n_kinds++] = (struct pair){ row_get(row, "no"), screen_say(o->sc, N_("{1} ({2} min)"), row_get(row, "label"), row_get(row, "minutes")) };
	for release_each (row, o->sc->rel, "offered")
		if (o->n_offered < LISTED * 2)
			o->offered[o->n_offered++] = (struct pair){ screen_join(o->sc->rq, row_get(row, "type"), screen_join(o->sc->rq, STR("/"), row_get(row, "actor"))), row_get(row, "name") };
}

static struct str
label_of(const struct pair *at, size_t n, struct str no)
{
	for (size_t i = 0; i < n; i++)
		if (str_is(at[i].name, no))
			return at[i].value;
	return STR_NONE;
}

static void
draw_form(struct keep *o, const char *tail, const char *id, const char *title, const struct field *fields)
{
	struct kit *k = &o->sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(o->sc->rq, o->sc->rel, tail, id, fields, faults);
	s.action = screen_join(o->sc->rq, STR("/agenda"), str_of(tail));
	html_open(&k->w, H_DETAILS);
	if (s.form != NULL)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, title);
	fields_open(k, &s);
	fields_summary(k, &s);
	for (const struct field *f = fields; f->name != NULL; f++) {
		struct look look = { .hint = strcmp(f->name, "begin") == 0 ? N_("8:30 or 0830") : NULL };
		if (strcmp(f->name, "agenda") == 0)
			look = (struct look){ .options = o->calendars, .n_options = o->n_calendars };
		else if (strcmp(f->name, "kind") == 0)
			look = (struct look){ .options = o->kinds, .n_options = o->n_kinds };
		else if (strcmp(f->name, "actor") == 0)
			look = (struct look){ .options = o->offered, .n_options = o->n_offered };
		else if (f->kind == FIELD_CODE)
			look.as_select = true;
		if ((strcmp(f->name, "kind") != 0 && strcmp(f->name, "agenda") != 0 && strcmp(f->name, "actor") != 0) || look.n_options > 0)
			fields_input(k, &s, f->name, &look);
	}
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
cell_end(struct keep *o, const char *what, struct row row)
{
	struct pair hidden[] = { { STR("what"), str_of(what) }, { STR("no"), row_get(row, "no") } };
	cell_open(&o->sc->k, NULL);
	fields_button_form(&o->sc->k, STR("/agenda/keep/end"), "quiet", "trash", str_of(tr(o->sc->k.lang, N_("End it"))), hidden, 2, NULL);
	cell_close(&o->sc->k);
}

static struct str
clock_text(struct screen *sc, int64_t minutes)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%02d:%02d", (int)(minutes / 60), (int)(minutes % 60));
	return arena_str(sc->rq->arena, (struct str){ text, (size_t)n });
}

static const char *
word_of(const struct choice *at, struct str code)
{
	for (; at->code != NULL; at++)
		if (str_eq(code, at->code))
			return at->label;
	return N_("Other");
}

static void
draw_kept(struct keep *o)
{
	static const struct col hours[] = { { N_("Calendar"), NULL }, { N_("Day"), NULL }, { N_("Time"), "num" }, { N_("Minutes"), "num" }, { N_("Kind of consultation"), NULL }, { N_("Until"), NULL }, { N_("Action"), NULL } };
	static const struct col closed[] = { { N_("Calendar"), NULL }, { N_("Reason"), NULL }, { N_("From"), "time" }, { N_("Until"), "time" }, { N_("Action"), NULL } };
	struct screen *sc = o->sc;
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "hours") > 0) {
		table_open(k, N_("Weekly hours"), hours, sizeof hours / sizeof hours[0]);
		for release_each (row, sc->rel, "hours") {
			struct words until = when_day(k, row_get(row, "until_on"));
			table_row(k);
			cell(k, label_of(o->calendars, o->n_calendars, row_get(row, "agenda")));
			cell_say(k, word_of(weeks + 1, row_get(row, "weekday")));
			cell(k, screen_say(sc, N_("{1} to {2}"), clock_text(sc, row_i64(row, "from_min")), clock_text(sc, row_i64(row, "until_min"))));
			cell(k, row_get(row, "step_min"));
			if (row_i64(row, "kind") == 0)
				cell_say(k, N_("Any kind"));
			else
				cell(k, label_of(o->kinds, o->n_kinds, row_get(row, "kind")));
			cell(k, words_view(&until));
			cell_end(o, "hours", row);
			table_row_end(k);
		}
		table_close(k);
	}
	if (rows_count(release_rows(sc->rel), "closings") > 0) {
		table_open(k, N_("Closings"), closed, sizeof closed / sizeof closed[0]);
		for release_each (row, sc->rel, "closings") {
			table_row(k);
			if (row_has(row, "agenda"))
				cell(k, label_of(o->calendars, o->n_calendars, row_get(row, "agenda")));
			else
				cell_say(k, N_("All calendars of the unit"));
			cell_say(k, word_of(closings, row_get(row, "reason")));
			cell_time_ms(k, row_i64(row, "from_at"));
			cell_time_ms(k, row_i64(row, "until_at"));
			cell_end(o, "closing", row);
			table_row_end(k);
		}
		table_close(k);
	}
}

static enum rc
keep_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct keep *o = ARENA_NEW(rq->arena, struct keep);
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/agenda/keep"));
		return RC_OK;
	}
	if (o == NULL)
		return RC_LIMIT;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Keep calendars"));
	o->sc = &sc;
	el(&sc.k, H_H1, NULL, N_("Keep calendars"));
	if (rq->page->fields == end_fields)
		screen_refusal(&sc);
	read_choices(o);
	if (o->n_calendars == 0)
		empty_state(&sc.k, N_("This unit keeps no calendar."), STR_NONE, NULL);
	el(&sc.k, H_P, "note", N_("Public holidays: not provided. The unit closes its own days. A break is what lies between two lines of hours."));
	draw_form(o, "/keep/add", "add", N_("A calendar more"), add_fields);
	draw_form(o, "/keep/kind", "kind", N_("A kind of consultation more"), kind_fields);
	draw_form(o, "/keep/hours", "hours", N_("Hours more"), hours_fields);
	draw_form(o, "/keep/close", "close", N_("Close, or leave"), close_fields);
	draw_kept(o);
	return screen_end(&sc);
}

const struct page pages_agenda[] = {
	{ HTTP_GET,  "/agenda/day",        MAY_BOOK,   REVEALS_WORK_LIST, .fields = day_fields, .ask = day_ask, .show = day_show, .menu = N_("Calendars"), .icon = "calendar" },
	{ HTTP_GET,  "/agenda/waiting",    MAY_BOOK,   REVEALS_WORK_LIST, .ask = waiting_ask, .show = waiting_show, .menu = N_("Waiting list"), .icon = "clock" },
	{ HTTP_GET,  "/agenda/keep",       MAY_AGENDA, REVEALS_META, .ask = keep_ask, .show = keep_show, .menu = N_("Keep calendars"), .icon = "calendar" },
	{ HTTP_POST, "/agenda/keep/add",   MAY_AGENDA, REVEALS_META, .fields = add_fields,   .ask = keep_ask, .show = keep_show },
	{ HTTP_POST, "/agenda/keep/kind",  MAY_AGENDA, REVEALS_META, .fields = kind_fields,  .ask = keep_ask, .show = keep_show },
	{ HTTP_POST, "/agenda/keep/hours", MAY_AGENDA, REVEALS_META, .fields = hours_fields, .ask = keep_ask, .show = keep_show },
	{ HTTP_POST, "/agenda/keep/close", MAY_AGENDA, REVEALS_META, .fields = close_fields, .ask = keep_ask, .show = keep_show },
	{ HTTP_POST, "/agenda/keep/end",   MAY_AGENDA, REVEALS_META, .fields = end_fields,   .ask = keep_ask, .show = keep_show },
	{ .path = NULL },
};
