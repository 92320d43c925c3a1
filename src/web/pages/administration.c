/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/administration.c: the plan of care of a patient and day as a grid (medicines down, instants across), what is overdue above it, the round with each drug ticked, what is on
 * demand. State is shape and word, never colour alone; late asks nothing, it is told. Called by front through the rows at the end; one dose by itself is in dose.c, the unit's round
 * in round.c. Start at plan_show.
 */
#include "pages/administration.h"

#include <string.h>

#include "kit/share.h"
#include "pages/bedside.h"

#define COLUMNS 24
#define SOON_MS (2 * 3600 * INT64_C(1000)) /* how far ahead the round ticks */

const struct choice administration_hands[] = {
	{ "no_code",    N_("No code on the dose") },
	{ "unreadable", N_("The code cannot be read") },
	{ "no_scanner", N_("No scanner, or it does not work") },
	{ "urgent",     N_("Urgent") },
	{ "other",      N_("Another reason") },
	{ NULL, NULL },
};
const struct choice administration_refusals[] = {
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
const struct choice administration_alone[] = {
	{ "nobody", N_("Nobody else is there") },
	{ "urgent", N_("Urgent") },
	{ "other",  N_("Another reason") },
	{ NULL, NULL },
};
static const struct field day_fields[] = { { "day", N_("Day"), FIELD_DATE }, FIELDS_END };
static const struct field round_fields[] = {
	BEDSIDE_ONCE, BEDSIDE_WHEN, BEDSIDE_WRISTBAND,
	{ "ticks",  N_("Doses"), FIELD_TOKEN, .max = 120, .many = true, .required = true },
	{ "reason", N_("By hand, without a scan"), FIELD_CODE, .required = true, .choices = administration_hands },
	{ "text",   N_("In a few words"), FIELD_TEXT, .max = 200 },
	FIELDS_END
};
static const struct field check_fields[] = { { "no", N_("Dose"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, BEDSIDE_WRISTBAND, FIELDS_END };
static const struct field alone_fields[] = {
	{ "no", N_("Dose"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "alone", N_("Without a second person: why"), FIELD_CODE, .required = true, .choices = administration_alone },
	FIELDS_END
};

const char *
administration_choice(const struct choice *c, struct str code)
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
		buf_z(&b, "&line=");
		url_part(&b, row_get(cell, "line"));
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

struct words
administration_hour(int64_t ms)
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
	struct words at = administration_hour(row_i64(cell, "given_at")), who = initials(row_get(cell, "by_name"));
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

void
administration_state(struct screen *sc, struct row cell)
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
		const char *why = administration_choice(administration_refusals, row_get(cell, "reason"));
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
		draw_delay(sc, cell, N_("by {1}"));
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
	struct words at = administration_hour(row_i64(cell, "planned_at"));
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
	administration_state(sc, cell);
	html_close(&k->w, H_A);
}

/* ---- lines ---- */

void
administration_line(struct screen *sc, struct row line)
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
	struct str condition = row_get(line, "condition"), dosage = row_get(line, "dosage");
	if (condition.n > 0 && memmem(dosage.p, dosage.n, condition.p, condition.n) == NULL) {
		html_z(&k->w, " · ");
		html_text(&k->w, condition);
	}
	if (row_has(line, "note")) {
		html_open(&k->w, H_BR);
		el_text(k, H_SMALL, NULL, row_get(line, "note"));
	}
	static const struct { const char *flag, *kind, *symbol, *msgid; } marks[] = {
		{ "verified", "ok",       "check",   N_("Checked by the pharmacist") },
		{ "two",      "warn",     "people",  N_("Two nurses") },
		{ "narcotic", "info",     "lock",    N_("Narcotic") },
		{ "held",     "plain",    "lock",    N_("On hold") },
		{ "refused",  "critical", "octagon", N_("Refused by the pharmacist") },
		{ "modify",   "warn",     "warn",    N_("The pharmacist asks for a change") },
	};
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (row_get(line, marks[i].flag).n > 0) {
			html_z(&k->w, " ");
			status_chip(k, marks[i].kind, marks[i].symbol, marks[i].msgid);
		}
	if (row_i64(line, "owed") > 0) {
		struct digits d;
		html_z(&k->w, " ");
		bedside_chip(k, "warn", "pencil", screen_say(sc, tr_n(k->lang, (uint64_t)row_i64(line, "owed"), N_("{1} second signature owed in the register"), N_("{1} second signatures owed in the register")),
			digits_of(&d, row_i64(line, "owed"))));
	}
	if (row_has(line, "said")) {
		html_z(&k->w, " ");
		el_text(k, H_STRONG, NULL, row_get(line, "said"));
	}
	if (row_has(line, "until_at") && row_get(line, "held").n == 0 && row_get(line, "refused").n == 0) {
		struct words at = when_clinical_ms(k, row_i64(line, "until_at"));
		html_z(&k->w, " ");
		bedside_chip(k, "plain", "lock", screen_say(sc, N_("Stopped {1}"), words_view(&at)));
	}
}

bool
administration_asks_two(struct row line)
{
	return row_has(line, "two") || row_has(line, "narcotic");
}

bool
administration_is_kind(struct row line, const char *kind)
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
	administration_line(sc, line);
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

static bool
may_focus(const struct screen *sc)
{
	return release_may(sc->rel, MAY_ADMINISTER) && sc->rq->method == HTTP_GET;
}

static void
draw_grid(struct screen *sc, bool focus)
{
	struct kit *k = &sc->k;
	int64_t at[COLUMNS];
	size_t n = columns_of(sc, at), now = 0;
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
		struct words hour = i > 0 ? administration_hour(at[i - 1]) : (struct words){ .n = 0 };
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

/* Whether the focus is still free for the grid: a dose of an earlier day stands here only, and has it before what is due today. */
static bool
draw_overdue(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "overdue");
	bool focus = may_focus(sc);
	struct digits d;
	if (n == 0)
		return focus;
	int64_t from = row_i64(release_set(sc->rel, "plan"), "from_at");
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
		if (focus && row_i64(cell, "planned_at") < from) {
			html_flag(&k->w, "autofocus");
			focus = false;
		}
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
	return focus;
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
is_open_soon(struct screen *sc, struct row cell)
{
	struct str state = row_get(cell, "state");
	return str_eq(state, "late") || str_eq(state, "due") || (str_eq(state, "to_come") && row_i64(cell, "planned_at") <= sc->k.now_ms + SOON_MS);
}

/* Another dose of the same line goes before: of those whose time has come the last one, else the next to come. */
static bool
is_passed(struct screen *sc, struct row cell, const char *set)
{
	int64_t now = sc->k.now_ms, at = row_i64(cell, "planned_at");
	for bedside_each (other, sc->rel, set) {
		int64_t its = row_i64(other, "planned_at");
		if (str_is(row_get(other, "line"), row_get(cell, "line")) && (at > now ? its < at : its > at && its <= now) && is_open_soon(sc, other))
			return true;
	}
	return false;
}

/* A round gives each medicine once. What was missed before is recorded by itself, above. */
static bool
is_for_round(struct screen *sc, struct row cell)
{
	return is_open_soon(sc, cell) && !is_passed(sc, cell, "cells") && !is_passed(sc, cell, "overdue") && !administration_asks_two(line_of(sc->rel, cell)) && !row_has(cell, "run_min");
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
	fields_input(k, &s, "wristband", &(struct look){ .hint = N_("Point the scanner at the wristband. Another patient's is refused."), .step = true });
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
		any = any || ((administration_is_kind(line, "needed") || administration_is_kind(line, "unplanned")) && row_get(line, "open").n > 0);
	if (!any)
		return;
	el(k, H_H2, NULL, N_("On demand, and without planned times"));
	table_open(k, N_("What may be given when it is needed"), cols, sizeof cols / sizeof cols[0]);
	for bedside_each (line, sc->rel, "lines") {
		if ((!administration_is_kind(line, "needed") && !administration_is_kind(line, "unplanned")) || row_get(line, "open").n == 0)
			continue;
		table_row(k);
		el_open(k, H_TH, "drug");
		html_attr_z(&k->w, "scope", "row");
		administration_line(sc, line);
		if (administration_is_kind(line, "unplanned")) {
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
			say(k, administration_is_kind(line, "needed") ? N_("may be given now") : N_("—"));
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

/* The form of one prepared dose; of another that was sent it keeps nothing. */
static struct sheet
check_sheet(struct screen *sc, const char *prefix, const char *path, const struct field *fields, struct str no, struct fault *faults)
{
	struct words id = { .n = 0 };
	words_z(&id, prefix);
	words_add(&id, no);
	struct sheet s = bedside_sheet(sc->rq, sc->rel, path, arena_z(sc->rq->arena, words_view(&id)), fields, faults);
	if (s.form != NULL && !str_is(form_get(s.form, "no"), no)) {
		s.form = NULL;
		s.n_faults = 0;
	}
	s.class_ = "inline";
	return s;
}

/* What the second nurse sends: the wristband may be scanned with it. */
static void
draw_check(struct screen *sc, struct str no)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = check_sheet(sc, "check-", "/plan/check", check_fields, no, faults);
	bedside_open(k, &s);
	fields_hidden(k, "no", no);
	fields_input(k, &s, "wristband", NULL);
	fields_submit(k, "primary", "check", screen_say(sc, N_("I have checked it: given to {1}"), sc->name));
	fields_close(k);
}

/* A narcotic that its nurse prepared and for which nobody came: care is not held up. */
static void
draw_alone(struct screen *sc, struct str no)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = check_sheet(sc, "alone-", "/plan/alone", alone_fields, no, faults);
	bedside_open(k, &s);
	fields_hidden(k, "no", no);
	fields_input(k, &s, "alone", &(struct look){ .as_select = true, .hint = N_("The dose is given now; the second signature of the register stays owed") });
	fields_submit(k, "quiet", "alert", screen_say(sc, N_("Nobody came: given to {1}"), sc->name));
	fields_close(k);
}

static void
draw_checks(struct screen *sc)
{
	struct kit *k = &sc->k;
	for bedside_each (cell, sc->rel, "cells") {
		if (!str_eq(row_get(cell, "state"), "check"))
			continue;
		struct row line = line_of(sc->rel, cell);
		el_open(k, H_DIV, "note warn");
		status_chip(k, "warn", "people", N_("Second nurse"));
		html_z(&k->w, " ");
		say_with(k, N_("{1}, {2}: prepared by {3}, not given yet."), row_get(line, "drug"), row_get(cell, "amount"), row_get(cell, "by_name"));
		html_z(&k->w, " ");
		if (row_get(cell, "mine").n == 0 && release_may(sc->rel, MAY_ADMINISTER))
			draw_check(sc, row_get(cell, "no"));
		else
			say(k, N_("A colleague checks it in a session of their own."));
		if (row_has(cell, "mine") && row_has(line, "narcotic") && !row_has(line, "two") && release_may(sc->rel, MAY_ADMINISTER))
			draw_alone(sc, row_get(cell, "no"));
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
	char from[24] = { 0 };
	struct buf text_of = { .p = from, .cap = sizeof from, .max = sizeof from };
	if (when_of_ms(row_i64(plan, "from_at"), &first))
		buf_fmt(&text_of, "%04d-%02d-%02d", first.year, first.month, first.day);
	struct words day = when_day(k, buf_view(&text_of));
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
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/round")) ? "doses_give" : "dose_check");
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
	if (str_ends(str_of(rq->page->path), STR("/check")) || str_ends(str_of(rq->page->path), STR("/alone")))
		screen_refusal(&sc);
	bool focus = draw_overdue(&sc);
	draw_checks(&sc);
	draw_days(&sc);
	draw_grid(&sc, focus);
	if (may && !rq->print)
		draw_round(&sc);
	draw_infusions(&sc);
	draw_needed(&sc);
	struct row plan = release_set(rel, "plan");
	if (row_is(plan) && row_get(plan, "more").n > 0)
		el(&sc.k, H_P, "note warn", N_("There are more prescriptions than are shown here."));
	return screen_end(&sc);
}

const struct page pages_administration[] = {
	{ HTTP_GET,  "/patient/:patient/plan",         MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = day_fields,     .ask = plan_ask, .show = plan_show, .menu = N_("Plan of care"), .icon = "pill", .key = "g a" },
	{ HTTP_POST, "/patient/:patient/plan/round",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = round_fields,   .ask = plan_ask, .show = plan_show },
	{ HTTP_POST, "/patient/:patient/plan/check",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = check_fields,   .ask = plan_ask, .show = plan_show },
	{ HTTP_POST, "/patient/:patient/plan/alone",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = alone_fields,   .ask = plan_ask, .show = plan_show },
	{ .path = NULL },
};
