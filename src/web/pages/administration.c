/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/administration.c: the plan of care of a patient and day as a grid (medicines down, instants across), what is overdue above it, the round with each drug ticked, what is on
 * demand, and one dose by itself: given by scan or by hand, refused, checked by a second nurse, corrected. And the round of the unit, and the medicines that two nurses give. State is
 * shape and word, never colour alone; late asks nothing, it is told. Called by front through the rows at the end. Start at plan_show.
 */
#include "pages/administration.h"

#include <string.h>

#include "kit/share.h"
#include "pages/bedside.h"

#define COLUMNS 24
#define SOON_MS (2 * 3600 * INT64_C(1000)) /* how far ahead the round ticks */

static const struct choice hands[] = {
	{ "no_code",    N_("No code on the dose") },
	{ "unreadable", N_("The code cannot be read") },
	{ "no_scanner", N_("No scanner, or it does not work") },
	{ "urgent",     N_("Urgent") },
	{ "other",      N_("Another reason") },
	{ NULL, NULL },
};
static const struct choice refusals[] = {
	{ "refused",    N_("The patient refuses") },
	{ "absent",     N_("The patient is not in the unit") },
	{ "fasting",    N_("Fasting") },
	{ "vomiting",   N_("Vomiting") },
	{ "no_access",  N_("The route cannot be used") },
	{ "no_drug",    N_("The medicine is not available") },
	{ "prescriber", N_("The prescriber says so") },
	{ "state",      N_("The patient's state") },
	{ "other",      N_("Another reason") },
	{ NULL, NULL },
};
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
static const struct field day_fields[] = { { "day", N_("Day"), FIELD_DATE }, FIELDS_END };
static const struct field dose_fields[] = {
	{ "no",      N_("Dose"),         FIELD_INT, .min = 1, .max = INT64_MAX },
	{ "line",    N_("Prescription"), FIELD_ID },
	{ "step",    N_("Step"),         FIELD_INT, .min = 0, .max = 11 },
	{ "planned", N_("Planned"),      FIELD_INT, .min = 0, .max = INT64_MAX },
	{ "nth",     N_("Of the same"),  FIELD_INT, .min = 0, .max = 99 },
	FIELDS_END
};
static const struct field give_fields[] = {
	BEDSIDE_ONCE, SLOT, BEDSIDE_WHEN,
	{ "scan",   N_("Scan of the box"),         FIELD_TEXT, .max = 200 },
	{ "reason", N_("By hand, without a scan"), FIELD_CODE, .choices = hands },
	{ "dose",   N_("Another dose than prescribed"), FIELD_TEXT, .max = 40 },
	TEXT, FIELDS_END
};
static const struct field refuse_fields[] = { BEDSIDE_ONCE, SLOT, { "reason", N_("Why it is not given"), FIELD_CODE, .required = true, .choices = refusals }, TEXT, FIELDS_END };
static const struct field round_fields[] = {
	BEDSIDE_ONCE, BEDSIDE_WHEN,
	{ "ticks",  N_("Doses"), FIELD_TOKEN, .max = 120, .many = true, .required = true },
	{ "reason", N_("By hand, without a scan"), FIELD_CODE, .required = true, .choices = hands },
	TEXT, FIELDS_END
};
static const struct field check_fields[] = { DOSE, FIELDS_END };
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
choice_label(const struct choice *c, struct str code)
{
	while (c->code != NULL && !str_eq(code, c->code))
		c++;
	return c->label;
}

/* ---- one cell ---- */

static struct row
line_of(const struct release *rel, struct row cell)
{
	for release_each (row, rel, "lines")
		if (str_is(row_get(row, "line"), row_get(cell, "line")))
			return row;
	return (struct row){ .at = 0 };
}

static struct str
dose_href(struct screen *sc, struct row cell)
{
	struct buf b;
	buf_init(&b, 500);
	if (row_has(cell, "no")) {
		buf_z(&b, "/plan/dose?no=");
		buf_str(&b, row_get(cell, "no"));
	} else {
		buf_z(&b, "/plan/dose?line=");
		url_part(&b, row_get(cell, "line"));
		buf_z(&b, "&step=");
		buf_str(&b, row_get(cell, "step"));
		buf_z(&b, "&planned=");
		buf_str(&b, row_get(cell, "planned_at"));
		buf_z(&b, "&nth=");
		buf_str(&b, row_get(cell, "nth"));
	}
	struct str tail = arena_str(sc->rq->arena, buf_view(&b));
	buf_done(&b);
	return screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, ""), tail);
}

static struct words
hour_ms(int64_t ms)
{
	struct words ws = { .n = 0 };
	struct when w;
	if (!when_of_ms(ms, &w))
		return ws;
	char text[6] = { (char)('0' + w.hour / 10), (char)('0' + w.hour % 10), ':', (char)('0' + w.minute / 10), (char)('0' + w.minute % 10), '\0' };
	words_z(&ws, text);
	return ws;
}

static struct words
initials(struct str name)
{
	struct words ws = { .n = 0 };
	bool begins = true;
	for (size_t i = 0; i < name.n && ws.n < 8; i++) {
		unsigned char c = (unsigned char)name.p[i];
		size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (begins && c != ' ' && c != '-' && i + n <= name.n)
			words_add(&ws, (struct str){ name.p + i, n });
		begins = c == ' ' || c == '-';
	}
	return ws;
}

/* Given: when, by whom; and how far from its time. */
static void
draw_given(struct screen *sc, struct row cell, const char *symbol)
{
	struct words at = hour_ms(row_i64(cell, "given_at")), who = initials(row_get(cell, "by_name"));
	if (row_has(cell, "checked_name")) {
		struct words second = initials(row_get(cell, "checked_name"));
		words_z(&who, "+");
		words_add(&who, words_view(&second));
	}
	words_z(&at, " ");
	words_add(&at, words_view(&who));
	bedside_chip(&sc->k, "plain", symbol, words_view(&at));
}

static void
draw_delay(struct screen *sc, struct row cell, const char *msgid)
{
	struct words delay = bedside_minutes(&sc->k, row_i64(cell, "delay_min"));
	html_z(&sc->k.w, " ");
	el_open(&sc->k, H_SMALL, "hint");
	say_with(&sc->k, msgid, words_view(&delay));
	html_close(&sc->k.w, H_SMALL);
}

static void
draw_state(struct screen *sc, struct row cell)
{
	struct kit *k = &sc->k;
	struct str state = row_get(cell, "state");
	if (str_eq(state, "given")) {
		draw_given(sc, cell, "check");
		if (row_i64(cell, "delay_min") >= 60)
			draw_delay(sc, cell, N_("{1} after its time"));
	} else if (str_eq(state, "running")) {
		draw_given(sc, cell, "clock");
		html_z(&k->w, " ");
		say(k, N_("runs"));
	} else if (str_eq(state, "not_done")) {
		const char *why = choice_label(refusals, row_get(cell, "reason"));
		el_open(k, H_SPAN, "st st-plain");
		icon(k, "octagon");
		el(k, H_S, NULL, N_("given"));
		html_z(&k->w, " ");
		say(k, why != NULL ? why : N_("Not given"));
		html_close(&k->w, H_SPAN);
	} else if (str_eq(state, "check")) {
		status_chip(k, "warn", "people", N_("Second nurse"));
	} else if (str_eq(state, "late")) {
		status_chip(k, "critical", "alert", N_("Late"));
		draw_delay(sc, cell, N_("for {1}"));
	} else if (str_eq(state, "due")) {
		status_chip(k, "dash", "clock", N_("Now"));
	} else if (str_eq(state, "barred")) {
		status_chip(k, "critical", "octagon", N_("Not to be given"));
	} else {
		status_chip(k, "dash", "calendar", N_("To do"));
	}
	const char *amount = row_has(cell, "amount") ? "amount" : "dose";
	if (row_has(cell, amount)) {
		html_open(&k->w, H_BR);
		el_text(k, H_SMALL, "hint", row_get(cell, amount));
	}
}

static void
draw_cell(struct screen *sc, struct row cell, bool *focus)
{
	struct kit *k = &sc->k;
	struct str state = row_get(cell, "state");
	struct row line = line_of(sc->rel, cell);
	struct words at = hour_ms(row_i64(cell, "planned_at"));
	html_open(&k->w, H_A);
	html_attr(&k->w, "class", STR("dose"));
	html_attr(&k->w, "href", dose_href(sc, cell));
	if (*focus && (str_eq(state, "late") || str_eq(state, "due"))) {
		html_flag(&k->w, "autofocus");       /* Enter opens the first that is due: by Tab it is sixty keys away */
		*focus = false;
	}
	el_open(k, H_SPAN, "sr");
	html_text(&k->w, row_get(line, "drug"));
	html_z(&k->w, ", ");
	html_text(&k->w, words_view(&at));
	html_z(&k->w, ": ");
	html_close(&k->w, H_SPAN);
	draw_state(sc, cell);
	html_close(&k->w, H_A);
}

/* ---- lines ---- */

static void
draw_line_head(struct screen *sc, struct row line)
{
	struct kit *k = &sc->k;
	el_text(k, H_STRONG, NULL, row_get(line, "drug"));
	html_open(&k->w, H_BR);
	el(k, H_SPAN, "label", N_("DOSE"));
	html_z(&k->w, " ");
	html_text(&k->w, row_get(line, "dosage"));
	if (row_has(line, "route")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(line, "route"));
	}
	if (row_has(line, "condition")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(line, "condition"));
	}
	static const struct { const char *flag, *kind, *symbol, *msgid; } marks[] = {
		{ "verified", "ok",       "check",   N_("Checked by the pharmacist") },
		{ "two",      "warn",     "people",  N_("Two nurses") },
		{ "held",     "plain",    "lock",    N_("On hold") },
		{ "refused",  "critical", "octagon", N_("Refused by the pharmacist") },
	};
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (row_get(line, marks[i].flag).n > 0) {
			html_z(&k->w, " ");
			status_chip(k, marks[i].kind, marks[i].symbol, marks[i].msgid);
		}
	if (row_has(line, "until_at") && row_get(line, "held").n == 0 && row_get(line, "refused").n == 0) {
		struct words at = when_clinical_ms(k, row_i64(line, "until_at"));
		html_z(&k->w, " ");
		bedside_chip(k, "plain", "lock", screen_say(sc, N_("Stopped {1}"), words_view(&at)));
	}
}

static bool
is_kind(struct row line, const char *kind)
{
	return str_eq(row_get(line, "kind"), kind);
}

/* Lines that stand in the grid: planned ones, and others only where something of the day is written. */
static bool
in_grid(struct screen *sc, struct row line)
{
	for bedside_each (cell, sc->rel, "cells")
		if (str_is(row_get(cell, "line"), row_get(line, "line")))
			return true;
	return false;
}

static size_t
columns_of(struct screen *sc, int64_t at[COLUMNS])
{
	size_t n = 0;
	for bedside_each (cell, sc->rel, "cells") {
		int64_t ms = row_i64(cell, "planned_at") / 60000 * 60000;
		size_t i = 0;
		while (i < n && at[i] < ms)
			i++;
		if (n == COLUMNS || (i < n && at[i] == ms))
			continue;
		for (size_t j = n++; j > i; j--)
			at[j] = at[j - 1];
		at[i] = ms;
	}
	return n;
}

static void
draw_grid_row(struct screen *sc, struct row line, const int64_t *at, size_t n, bool *focus)
{
	struct kit *k = &sc->k;
	table_row(k);
	el_open(k, H_TH, "drug");
	html_attr_z(&k->w, "scope", "row");
	draw_line_head(sc, line);
	html_close(&k->w, H_TH);
	for (size_t i = 0; i < n; i++) {
		bool any = false;
		cell_open(k, at[i] <= k->now_ms ? "past" : NULL);
		for bedside_each (cell, sc->rel, "cells") {
			bool last = i + 1 == n && n == COLUMNS && row_i64(cell, "planned_at") > at[i];
			if (!str_is(row_get(cell, "line"), row_get(line, "line")) || (row_i64(cell, "planned_at") / 60000 * 60000 != at[i] && !last))
				continue;
			draw_cell(sc, cell, focus);
			any = true;
		}
		if (!any)
			el(k, H_SPAN, "sr", N_("nothing"));
		cell_close(k);
	}
	table_row_end(k);
}

static void
draw_grid(struct screen *sc)
{
	struct kit *k = &sc->k;
	int64_t at[COLUMNS];
	size_t n = columns_of(sc, at), now = 0;
	bool focus = release_may(sc->rel, MAY_ADMINISTER) && sc->rq->method == HTTP_GET;
	if (n == 0) {
		empty_state(k, N_("Nothing is planned and nothing was given on this day."), STR_NONE, NULL);
		return;
	}
	while (now < n && at[now] <= k->now_ms)
		now++;
	el_open(k, H_DIV, "scroll");
	el_open(k, H_TABLE, "plan");
	el(k, H_CAPTION, NULL, N_("Medicines and the times of the day"));
	html_open(&k->w, H_THEAD);
	html_open(&k->w, H_TR);
	for (size_t i = 0; i <= n; i++) {
		struct words hour = i > 0 ? hour_ms(at[i - 1]) : (struct words){ .n = 0 };
		el_open(k, H_TH, i > 0 && i == now ? "num now" : i > 0 ? "num" : NULL);
		html_attr_z(&k->w, "scope", "col");
		if (i == 0)
			say(k, N_("Medicine"));
		else
			html_text(&k->w, words_view(&hour));
		if (i > 0 && i == now) {
			html_z(&k->w, " ");
			el(k, H_SMALL, NULL, N_("◂ now"));
		}
		html_close(&k->w, H_TH);
	}
	html_close(&k->w, H_TR);
	html_close(&k->w, H_THEAD);
	html_open(&k->w, H_TBODY);
	for bedside_each (line, sc->rel, "lines")
		if (in_grid(sc, line))
			draw_grid_row(sc, line, at, n, &focus);
	table_close(k);
}

static void
draw_overdue(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "overdue");
	struct digits d;
	if (n == 0)
		return;
	el_open(k, H_SECTION, "card overdue");
	el_open(k, H_H2, NULL);
	icon(k, "alert");
	say_with(k, N_("Overdue: {1}"), digits_of(&d, (int64_t)n));
	html_close(&k->w, H_H2);
	el_open(k, H_UL, "plain");
	for bedside_each (cell, sc->rel, "overdue") {
		struct row line = line_of(sc->rel, cell);
		struct words at = when_clinical_ms(k, row_i64(cell, "planned_at")), delay = bedside_minutes(k, row_i64(cell, "delay_min"));
		html_open(&k->w, H_LI);
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", dose_href(sc, cell));
		html_text(&k->w, row_get(line, "drug"));
		html_close(&k->w, H_A);
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(cell, "dose"));
		html_z(&k->w, " · ");
		html_text(&k->w, words_view(&at));
		html_z(&k->w, " · ");
		say_with(k, N_("{1} late"), words_view(&delay));
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	html_close(&k->w, H_SECTION);
}

/* ---- the round: each drug ticked ---- */

static bool
was_ticked(const struct req *rq, struct str tick)
{
	for (size_t i = 0; rq->method == HTTP_POST && i < rq->form.n; i++)
		if (strcmp(rq->form.at[i].field->name, "ticks") == 0 && str_is(rq->form.at[i].value, tick))
			return true;
	return false;
}

static struct str
tick_of(struct screen *sc, struct row cell)
{
	struct buf b;
	static const char *const columns[] = { "line", "step", "planned_at", "nth" };
	buf_init(&b, 300);
	for (size_t i = 0; i < 4; i++) {
		buf_z(&b, i > 0 ? "/" : "");
		buf_str(&b, row_get(cell, columns[i]));
	}
	struct str made = arena_str(sc->rq->arena, buf_view(&b));
	buf_done(&b);
	return made;
}

static bool
is_for_round(struct screen *sc, struct row cell)
{
	struct str state = row_get(cell, "state");
	bool open = str_eq(state, "late") || str_eq(state, "due") || (str_eq(state, "to_come") && row_i64(cell, "planned_at") <= sc->k.now_ms + SOON_MS);
	return open && row_get(line_of(sc->rel, cell), "two").n == 0 && !row_has(cell, "run_min");
}

static size_t
draw_ticks(struct screen *sc, const char *set, int64_t but_from_ms, bool draw)
{
	struct kit *k = &sc->k;
	size_t n = 0;
	for bedside_each (cell, sc->rel, set) {
		if (!is_for_round(sc, cell) || row_i64(cell, "planned_at") >= but_from_ms)
			continue;
		n++;
		if (!draw)
			continue;
		struct str tick = tick_of(sc, cell);
		struct words at = when_clinical_ms(k, row_i64(cell, "planned_at"));
		el_open(k, H_LABEL, "radio");
		html_open(&k->w, H_INPUT);
		html_attr_z(&k->w, "type", "checkbox");
		html_attr_z(&k->w, "name", "ticks");
		html_attr(&k->w, "value", tick);
		if (was_ticked(sc->rq, tick))
			html_flag(&k->w, "checked");
		html_z(&k->w, " ");
		el_open(k, H_SPAN, NULL);
		el_text(k, H_STRONG, NULL, row_get(line_of(sc->rel, cell), "drug"));
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(cell, "dose"));
		html_z(&k->w, " · ");
		html_text(&k->w, words_view(&at));
		if (str_eq(row_get(cell, "state"), "late")) {
			html_z(&k->w, " ");
			status_chip(k, "critical", "alert", N_("Late"));
		}
		html_close(&k->w, H_SPAN);
		html_close(&k->w, H_LABEL);
	}
	return n;
}

static void
draw_round(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct row plan = release_set(sc->rel, "plan");
	int64_t from = row_i64(plan, "from_at");
	if (draw_ticks(sc, "overdue", from, false) + draw_ticks(sc, "cells", INT64_MAX, false) == 0)
		return;
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/plan/round", "round", round_fields, faults);
	el(k, H_H2, NULL, N_("Round: what is due until in two hours"));
	s.class_ = "sheet";
	bedside_open(k, &s);
	el_open(k, H_FIELDSET, "field wide");
	html_attr_z(&k->w, "id", "round-ticks");
	html_attr_z(&k->w, "tabindex", "-1");
	el(k, H_LEGEND, NULL, N_("Tick each dose that was taken"));
	draw_ticks(sc, "overdue", from, true); /* of the days before; the day's own stand among the cells */
	draw_ticks(sc, "cells", INT64_MAX, true);
	html_close(&k->w, H_FIELDSET);
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	bedside_when(k, &s);
	fields_submit(k, "primary", "check", screen_say(sc, N_("Given to {1}"), sc->name));
	fields_close(k);
}

/* ---- on demand, infusions, second nurse ---- */

static struct str
line_href(struct screen *sc, struct row line)
{
	return screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/plan/dose?line="), row_get(line, "line"));
}

static void
draw_needed(struct screen *sc)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Last dose"), "time" }, { N_("Next one not before"), "time" }, { N_("In 24 hours"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	bool any = false;
	for bedside_each (line, sc->rel, "lines")
		any = any || ((is_kind(line, "needed") || is_kind(line, "unplanned")) && row_get(line, "open").n > 0);
	if (!any)
		return;
	el(k, H_H2, NULL, N_("On demand, and without planned times"));
	table_open(k, N_("What may be given when it is needed"), cols, sizeof cols / sizeof cols[0]);
	for bedside_each (line, sc->rel, "lines") {
		if ((!is_kind(line, "needed") && !is_kind(line, "unplanned")) || row_get(line, "open").n == 0)
			continue;
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		draw_line_head(sc, line);
		if (is_kind(line, "unplanned")) {
			html_z(&k->w, " ");
			status_chip(k, "plain", "doubt", N_("Its words say no times: nothing is planned"));
		}
		html_close(&k->w, H_TH);
		cell_open(k, "time");
		if (row_i64(line, "last_at") > 0)
			when_time_tag_ms(k, row_i64(line, "last_at"));
		else
			say(k, N_("none yet"));
		cell_close(k);
		cell_open(k, "time");
		if (row_i64(line, "next_at") > 0)
			when_time_tag_ms(k, row_i64(line, "next_at"));
		else
			say(k, is_kind(line, "needed") ? N_("may be given now") : N_("—"));
		cell_close(k);
		cell_open(k, NULL);
		if (row_has(line, "most"))
			say_with(k, N_("{1} of at most {2}"), row_has(line, "used") ? row_get(line, "used") : STR("0"), row_get(line, "most"));
		else
			say(k, N_("no most is prescribed"));
		cell_close(k);
		cell_open(k, NULL);
		html_open(&k->w, H_A);
		html_attr_z(&k->w, "class", "button quiet");
		html_attr(&k->w, "href", line_href(sc, line));
		say(k, N_("Give"));
		el_open(k, H_SPAN, "sr");
		html_z(&k->w, " ");
		html_text(&k->w, row_get(line, "drug"));
		html_close(&k->w, H_SPAN);
		html_close(&k->w, H_A);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_infusions(struct screen *sc)
{
	static const struct col cols[] = { { N_("Infusion"), NULL }, { N_("Began"), "time" }, { N_("Ends"), "time" }, { N_("Course"), NULL } };
	struct kit *k = &sc->k;
	bool any = false;
	for bedside_each (cell, sc->rel, "cells")
		any = any || str_eq(row_get(cell, "state"), "running");
	if (!any)
		return;
	el(k, H_H2, NULL, N_("Infusions that run"));
	table_open(k, N_("Infusions of the day that were not stopped"), cols, sizeof cols / sizeof cols[0]);
	for bedside_each (cell, sc->rel, "cells") {
		if (!str_eq(row_get(cell, "state"), "running"))
			continue;
		int64_t since = row_i64(cell, "given_at"), run = row_i64(cell, "run_min"), gone = (k->now_ms - since) / 60000;
		table_row(k);
		cell_link(k, dose_href(sc, cell), row_get(line_of(sc->rel, cell), "drug"));
		cell_time_ms(k, since);
		cell_open(k, "time");
		if (run > 0)
			when_time_tag_ms(k, since + run * 60000);
		else
			say(k, N_("when it is stopped"));
		cell_close(k);
		cell_open(k, NULL);
		struct words told = bedside_minutes(k, gone > 0 ? gone : 0), of = bedside_minutes(k, run);
		if (run > 0) {
			say_with(k, N_("{1} of {2}"), words_view(&told), words_view(&of));
			share_draw(k, (uint64_t)(gone > 0 ? gone : 0), (uint64_t)run);
		} else {
			say_with(k, N_("for {1}"), words_view(&told));
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_checks(struct screen *sc)
{
	struct kit *k = &sc->k;
	for bedside_each (cell, sc->rel, "cells") {
		if (!str_eq(row_get(cell, "state"), "check"))
			continue;
		struct row line = line_of(sc->rel, cell);
		struct pair hidden[1] = { { STR("no"), row_get(cell, "no") } };
		el_open(k, H_DIV, "note warn");
		status_chip(k, "warn", "people", N_("Second nurse"));
		html_z(&k->w, " ");
		say_with(k, N_("{1}, {2}: prepared by {3}, not given yet."), row_get(line, "drug"), row_get(cell, "amount"), row_get(cell, "by_name"));
		html_z(&k->w, " ");
		if (row_get(cell, "mine").n == 0 && release_may(sc->rel, MAY_ADMINISTER))
			fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/plan/check"), "primary", "check", screen_say(sc, N_("I have checked it: given to {1}"), sc->name), hidden, 1, NULL);
		else
			say(k, N_("A colleague checks it in a session of their own."));
		html_close(&k->w, H_DIV);
	}
}

static void
draw_days(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row plan = release_set(sc->rel, "plan");
	static const struct { int days; const char *msgid; } steps[] = { { -1, N_("Day before") }, { 0, N_("Today") }, { 1, N_("Day after") } };
	struct when first;
	struct words day = { .n = 0 };
	if (when_of_ms(row_i64(plan, "from_at"), &first)) {
		char date[24] = { 0 };
		struct buf b = { .p = date, .cap = sizeof date, .max = sizeof date };
		buf_fmt(&b, "%04d-%02d-%02d", first.year, first.month, first.day);
		day = when_clinical_text(k, buf_view(&b));
	}
	el_open(k, H_P, "state");
	say_with(k, N_("Plan of {1}"), words_view(&day));
	html_close(&k->w, H_P);
	el_open(k, H_UL, "filters");
	for (size_t i = 0; i < 3; i++) {
		struct when w;
		int64_t ms = steps[i].days == 0 ? k->now_ms : row_i64(plan, "from_at") + (steps[i].days > 0 ? 36 : -12) * INT64_C(3600000);
		if (!when_of_ms(ms, &w))
			continue;
		char text[24] = { 0 };
		struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
		buf_fmt(&b, "%04d-%02d-%02d", w.year, w.month, w.day);
		html_open(&k->w, H_LI);
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/plan?day="), buf_view(&b)));
		if (steps[i].days == 0 && k->now_ms >= row_i64(plan, "from_at") && k->now_ms < row_i64(plan, "until_at"))
			html_attr_z(&k->w, "aria-current", "page");
		say(k, steps[i].msgid);
		html_close(&k->w, H_A);
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
}

static enum rc
plan_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/check")) ? "dose_check" : "doses_give");
	screen_ask_head(rq, a);
	ask_view(a, "plan_of_care");
	ask_arg(a, "patient", rq->path.patient);
	if (rq->method == HTTP_GET && form_get(&rq->form, "day").n > 0)
		ask_arg(a, "day", form_get(&rq->form, "day"));
	return RC_OK;
}

static enum rc
plan_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/plan"));
		return RC_OK;
	}
	struct screen sc;
	bool may = release_may(rel, MAY_ADMINISTER);
	chart_begin(&sc, rq, rel, out, N_("Plan of care"));
	if (str_ends(str_of(rq->page->path), STR("/check")))
		screen_refusal(&sc);
	draw_overdue(&sc);
	draw_checks(&sc);
	draw_days(&sc);
	draw_grid(&sc);
	draw_infusions(&sc);
	draw_needed(&sc);
	if (may && !rq->print)
		draw_round(&sc);
	struct row plan = release_set(rel, "plan");
	if (row_is(plan) && row_get(plan, "more").n > 0)
		el(&sc.k, H_P, "note warn", N_("There are more prescriptions than are shown here."));
	return screen_end(&sc);
}

/* ---- one dose ---- */

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
	bool two = row_get(line, "two").n > 0;
	s.class_ = "sheet narrow";
	el(k, H_H2, NULL, two ? N_("Prepare: a second nurse checks it before it is given") : N_("Give"));
	bedside_open(k, &s);
	hide_slot(sc, line, cell);
	fields_input(k, &s, "scan", &(struct look){ .hint = N_("Point the scanner at the code of the box."), .autofocus = !fields_has_faults(&s) });
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_input(k, &s, "dose", &(struct look){ .inputmode = "decimal", .hint = is_kind(line, "unplanned") ? N_("how much was given") : N_("empty: as prescribed") });
	bedside_when(k, &s);
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "primary", two ? "people" : "check", screen_say(sc, two ? N_("Prepared for {1}") : N_("Given to {1}"), sc->name));
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
	draw_state(sc, cell);
	pair_close(k);
	if (row_has(cell, "recorded_at")) {
		pair_open(k, N_("Recorded"));
		when_time_tag_ms(k, row_i64(cell, "recorded_at"));
		html_z(&k->w, " ");
		el_name(k, row_get(cell, "by_name"));
		pair_close(k);
		pair_open(k, N_("How"));
		const char *why = choice_label(hands, row_get(cell, "reason"));
		say(k, row_get(cell, "scanned").n > 0 ? N_("scanned") : why != NULL ? why : N_("by hand"));
		if (row_has(cell, "lot")) {
			html_z(&k->w, " ");
			say_with(k, N_("lot {1}"), row_get(cell, "lot"));
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
	if (!row_is(line))
		return screen_end(&sc);
	el_open(k, H_P, NULL);
	draw_line_head(&sc, line);
	html_close(&k->w, H_P);
	struct str state = row_is(cell) ? row_get(cell, "state") : STR_NONE;
	bool recorded = row_is(cell) && row_has(cell, "no"), may = release_may(rel, MAY_ADMINISTER);
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
	if (may && str_eq(state, "running"))
		draw_stop(&sc, cell);
	if (may && recorded && !str_eq(state, "void"))
		draw_correct(&sc, cell);
	link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/plan"), N_("Back to the plan"));
	return screen_end(&sc);
}

/* ---- the unit's round ---- */

static enum rc
round_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "plan_of_unit");
	return RC_OK;
}

static void
draw_slots(struct screen *sc, struct str slots)
{
	struct kit *k = &sc->k;
	bool any = false;
	for (struct str rest = slots; rest.n > 0;) {
		struct str one = str_cut(rest, ',', &rest), count, at = str_cut(one, '=', &count);
		uint64_t ms;
		if (str_u64(at, &ms) != RC_OK)
			continue;
		struct words hour = hour_ms((int64_t)ms);
		html_z(&k->w, any ? " · " : "");
		html_text(&k->w, words_view(&hour));
		html_z(&k->w, "\xc2\xa0(");
		html_text(&k->w, count);
		html_z(&k->w, ")");
		any = true;
	}
	if (!any)
		say(k, N_("Nothing for 12 hours"));
}

static void
draw_counts(struct screen *sc, struct row row)
{
	static const struct { const char *column, *kind, *symbol, *msgid; } counts[] = {
		{ "late",    "critical", "alert",  N_("{1} overdue") },
		{ "due",     "dash",     "clock",  N_("{1} now") },
		{ "check",   "warn",     "people", N_("{1} to check") },
		{ "running", "plain",    "clock",  N_("{1} running") },
		{ "words",   "plain",    "doubt",  N_("{1} without planned times") },
	};
	bool any = false;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (row_i64(row, counts[i].column) > 0) {
			html_z(&sc->k.w, any ? " " : "");
			bedside_chip(&sc->k, counts[i].kind, counts[i].symbol, screen_say(sc, counts[i].msgid, row_get(row, counts[i].column)));
			any = true;
		}
	if (!any)
		say(&sc->k, N_("All is done"));
}

static enum rc
round_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Bed"), NULL }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("Medicines now"), NULL }, { N_("To come (how many)"), NULL }, { N_("Care to be done"), "num" } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("My round"));
	struct kit *k = &sc.k;
	struct row unit = release_set(rel, "unit");
	el(k, H_H1, NULL, N_("My round"));
	state_line(k, rows_count(release_rows(rel), "round"), N_("{1} patient present"), N_("{1} patients present"), N_("by bed"));
	if (row_is(unit) && row_get(unit, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more patients than are shown here."));
	if (rows_count(release_rows(rel), "round") == 0) {
		empty_state(k, N_("Nobody is present in your unit."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Patients of the unit and what is due"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "round") {
		struct words born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		cell(k, row_get(row, "bed"));
		screen_cell_identity(&sc, row);
		screen_cell_patient(&sc, row, "/plan");
		cell(k, words_view(&born));
		cell_open(k, NULL);
		draw_counts(&sc, row);
		cell_close(k);
		cell_open(k, NULL);
		draw_slots(&sc, row_get(row, "slots"));
		cell_close(k);
		cell_open(k, "num");
		if (row_i64(row, "tasks") > 0)
			html_text(&k->w, row_get(row, "tasks"));
		else
			html_z(&k->w, "0");
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- medicines that two nurses give ---- */

static const struct choice systems[] = { { "cis", N_("Speciality (CIS)") }, { "atc", N_("Class and all below it (ATC)") }, { NULL, NULL } };
static const struct field double_fields[] = {
	{ "system", N_("Kind of code"), FIELD_CODE, .required = true, .choices = systems },
	{ "code",   N_("Code"), FIELD_TOKEN, .max = 10, .required = true },
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static enum rc
double_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, str_ends(str_of(rq->page->path), STR("/end")) ? "double_check_end" : "double_check_add");
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "double_checks");
	return RC_OK;
}

static enum rc
double_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Kind of code"), NULL }, { N_("Code"), NULL }, { N_("Medicine"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/two-nurses"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	bool may = release_may(rel, MAY_PHARMACY), add = rq->method == HTTP_POST && !str_ends(str_of(rq->page->path), STR("/end"));
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Medicines that two nurses give"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Medicines that two nurses give"));
	if (!add)
		screen_refusal(&sc);
	if (rows_count(release_rows(rel), "codes") == 0) {
		el(k, H_P, "empty", N_("Not provided: no line asks for a second nurse. The pharmacist of the establishment fills this list; it is delivered empty."));
	} else {
		table_open(k, N_("Codes in force"), cols, may ? 6 : 5);
		for release_each (row, rel, "codes") {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			table_row(k);
			cell_say(k, choice_label(systems, row_get(row, "system")));
			cell(k, row_get(row, "code"));
			if (row_has(row, "label"))
				cell(k, row_get(row, "label"));
			else
				cell_say(k, N_("—"));
			cell_time_ms(k, row_i64(row, "since_at"));
			cell(k, row_get(row, "by_name"));
			if (may) {
				cell_open(k, NULL);
				fields_button_form(k, STR("/two-nurses/end"), "quiet", "lock", screen_say(&sc, N_("End {1}"), row_get(row, "code")), hidden, 1, NULL);
				cell_close(k);
			}
			table_row_end(k);
		}
		table_close(k);
	}
	if (may) {
		struct sheet s = { .action = STR("/two-nurses"), .id = "double", .class_ = "sheet narrow", .fields = double_fields, .form = add ? &rq->form : NULL, .faults = faults,
			.n_faults = add && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_input(k, &s, "system", NULL);
		fields_input(k, &s, "code", NULL);
		fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Two nurses from now on"))));
		fields_close(k);
	}
	return screen_end(&sc);
}

const struct page pages_administration[] = {
	{ HTTP_GET,  "/round", MAY_ADMINISTER, REVEALS_WORK_LIST, .ask = round_ask, .show = round_show, .menu = N_("My round"), .icon = "pill", .key = "g o" },
	{ HTTP_GET,  "/patient/:patient/plan",         MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = day_fields,     .ask = plan_ask, .show = plan_show, .menu = N_("Plan of care"), .icon = "pill", .key = "g a" },
	{ HTTP_POST, "/patient/:patient/plan/round",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = round_fields,   .ask = plan_ask, .show = plan_show },
	{ HTTP_POST, "/patient/:patient/plan/check",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = check_fields,   .ask = plan_ask, .show = plan_show },
	{ HTTP_GET,  "/patient/:patient/plan/dose",    MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = dose_fields,    .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/give",    MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = give_fields,    .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/refuse",  MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = refuse_fields,  .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/correct", MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = correct_fields, .ask = dose_ask, .show = dose_show },
	{ HTTP_POST, "/patient/:patient/plan/stop",    MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = stop_fields,    .ask = dose_ask, .show = dose_show },
	{ HTTP_GET,  "/two-nurses",     MAY_PHARMACY | MAY_ADMINISTER, REVEALS_META, .ask = double_ask, .show = double_show, .menu = N_("Medicines for two nurses"), .icon = "people" },
	{ HTTP_POST, "/two-nurses",     MAY_PHARMACY, REVEALS_META, .fields = double_fields, .ask = double_ask, .show = double_show },
	{ HTTP_POST, "/two-nurses/end", MAY_PHARMACY, REVEALS_META, .fields = no_fields,     .ask = double_ask, .show = double_show },
	{ .path = NULL },
};
