/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/bed.c: the board of a unit's beds: each bed's state as shape, word and fill; who lies there, for who works in the unit; moving and preparing by menu, without script.
 * And all units by their counts. It must never name anybody of another unit, nor anybody at all in the corridor. Called by front through the rows at the end.
 * Start at board_show.
 */
#include "pages/bed.h"

#include <string.h>

#include "kit/share.h"
#include "pages/screen.h"

#define FREE_MAX 200

static const struct choice states[] = { { "ready", N_("Ready") }, { "cleaning", N_("To be cleaned") }, { "isolation", N_("Isolation") }, { "closed", N_("Closed") }, { NULL, NULL } };
static const struct choice reasons[] = {
	{ "no_bed", N_("No other bed is free") }, { "couple", N_("They know each other and wish it") }, { "care", N_("Care asks for it") }, { "ready", N_("It is ready, whatever is said") }, { NULL, NULL },
};

static const struct field board_fields[] = { { "unit", N_("Unit"), FIELD_ID }, FIELDS_END };
static const struct field set_fields[] = { { "unit", N_("Unit"), FIELD_ID }, { "bed", N_("Bed"), FIELD_ID, .required = true }, { "state", N_("State"), FIELD_CODE, .choices = states, .required = true }, FIELDS_END };
static const struct field move_fields[] = {
	{ "unit", N_("Unit"), FIELD_ID }, { "patient", N_("Patient"), FIELD_ID, .required = true }, { "stay", N_("Stay"), FIELD_ID, .required = true }, { "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX },
	{ "place", N_("Bed or unit"), FIELD_ID, .required = true }, { "reason", N_("Reason, where the bed is not quite right"), FIELD_CODE, .choices = reasons }, FIELDS_END
};

/* A screen on a wall: without names, without forms, and read again by itself (which keeps no session awake). */
#define CORRIDOR_S STR("60")
static bool
is_corridor(const struct req *rq)
{
	return rq->page != NULL && str_ends(str_of(rq->page->path), STR("/corridor"));
}

/* ---- asking ---- */

static void
ask_board(const struct req *rq, struct asks *a)
{
	ask_view(a, "bed_board");
	if (form_get(&rq->form, "unit").n > 0)
		ask_arg(a, "unit", form_get(&rq->form, "unit"));
	if (is_corridor(rq))
		ask_arg(a, "corridor", STR("1"));
}

static enum rc
board_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_board(rq, a);
	return RC_OK;
}

static enum rc
act_ask(const struct req *rq, struct asks *a, const char *act, const struct field *fields)
{
	if (rq->form.n_bad == 0) {
		ask_act(a, act);
		for (const struct field *f = fields; f->name != NULL; f++)
			if (strcmp(f->name, "unit") != 0 && form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_board(rq, a);
	return RC_OK;
}

static enum rc
set_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	return act_ask(rq, a, "bed_set", set_fields);
}

static enum rc
move_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	return act_ask(rq, a, "stay_transfer", move_fields);
}

/* ---- one bed ---- */

struct board { struct screen *sc; bool own, may, corridor; struct str unit; struct pair free[FREE_MAX]; size_t n_free; };

static void
chip_of(struct kit *k, struct str says)
{
	static const struct { const char *says, *kind, *symbol, *word; } at[] = {
		{ "occupied", "info", "person", N_("Occupied") }, { "leave", "info", "leave", N_("On leave") }, { "free", "ok", "check", N_("Free") }, { "isolation", "warn", "shield", N_("Isolation, free") },
		{ "reserved", "dash", "clock", N_("Kept") }, { "cleaning", "warn", "restore", N_("To be cleaned") }, { "closed", "critical", "octagon", N_("Closed") },
	};
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
		if (str_eq(says, at[i].says)) {
			status_chip(k, at[i].kind, at[i].symbol, at[i].word);
			return;
		}
}

static bool
names_somebody(struct row row)
{
	return row_has(row, "name") || row_has(row, "masked");
}

static void
cell_person(struct board *b, struct row row)
{
	struct kit *k = &b->sc->k;
	cell_open(k, "whole");
	if (b->corridor && row_has(row, "masked")) {
		html_text(&k->w, row_get(row, "masked"));
	} else if (names_somebody(row)) {
		status_identity(k, row_get(row, "status"), true);
		html_z(&k->w, " ");
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_path(b->sc->rq, row_get(row, "id"), screen_chart_tail(b->sc->rel)));
		html_text(&k->w, row_has(row, "name") ? row_get(row, "name") : row_get(row, "masked"));
		html_close(&k->w, H_A);
		status_identity_marks(k, screen_marks(row));
	}
	cell_close(k);
}

static void
cell_sex(struct board *b, struct row row)
{
	if (names_somebody(row))
		cell_say(&b->sc->k, status_sex(row_get(row, "sex")));
	else
		cell_blank(&b->sc->k);
}

static void
cell_maybe(struct kit *k, int64_t ms)
{
	cell_open(k, "time");
	if (ms > 0)
		when_time_tag_ms(k, ms);
	cell_close(k);
}

static void
draw_select(struct board *b, const char *name, const char *label, const struct pair *at, size_t n, const struct choice *choices)
{
	struct kit *k = &b->sc->k;
	html_open(&k->w, H_SELECT);
	html_attr_z(&k->w, "name", name);
	html_attr_z(&k->w, "aria-label", tr(k->lang, label));
	html_open(&k->w, H_OPTION);
	html_attr_z(&k->w, "value", "");
	say(k, label);
	html_close(&k->w, H_OPTION);
	for (size_t i = 0; i < n; i++) {
		html_open(&k->w, H_OPTION);
		html_attr(&k->w, "value", at[i].name);
		html_text(&k->w, at[i].value);
		html_close(&k->w, H_OPTION);
	}
	for (const struct choice *c = choices; c != NULL && c->code != NULL; c++) {
		html_open(&k->w, H_OPTION);
		html_attr_z(&k->w, "value", c->code);
		say(k, c->label);
		html_close(&k->w, H_OPTION);
	}
	html_close(&k->w, H_SELECT);
}

static void
form_open(struct board *b, const char *action)
{
	struct kit *k = &b->sc->k;
	html_open(&k->w, H_FORM);
	html_attr_z(&k->w, "class", "inline");
	html_attr_z(&k->w, "method", "post");
	html_attr_z(&k->w, "action", action);
	fields_hidden(k, "csrf", k->csrf);
	fields_hidden(k, "unit", b->unit);
}

/* To another bed of the unit, by menu; further away on the page of movements. */
static void
draw_move(struct board *b, struct row row)
{
	struct kit *k = &b->sc->k;
	html_open(&k->w, H_DETAILS);
	html_open(&k->w, H_SUMMARY);
	say(k, N_("Move"));
	html_close(&k->w, H_SUMMARY);
	form_open(b, "/beds/move");
	fields_hidden(k, "patient", row_get(row, "id"));
	fields_hidden(k, "stay", row_get(row, "stay"));
	fields_hidden(k, "version", row_get(row, "version"));
	draw_select(b, "place", N_("To which bed"), b->free, b->n_free, NULL);
	draw_select(b, "reason", N_("Reason, where the bed is not quite right"), NULL, 0, reasons);
	fields_submit(k, "quiet", "swap", screen_say(b->sc, N_("Move {1}"), row_has(row, "name") ? row_get(row, "name") : row_get(row, "masked")));
	html_close(&k->w, H_FORM);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", screen_path(b->sc->rq, row_get(row, "id"), "/moves"));
	say(k, N_("Other movements"));
	html_close(&k->w, H_A);
	html_close(&k->w, H_DETAILS);
}

static void
set_button(struct board *b, struct row row, const char *state, const char *symbol, const char *label)
{
	struct pair hidden[3] = { { STR("unit"), b->unit }, { STR("bed"), row_get(row, "bed") }, { STR("state"), str_of(state) } };
	fields_button_form(&b->sc->k, STR("/beds/set"), "quiet", symbol, screen_say(b->sc, label, row_get(row, "bed_name")), hidden, 3, NULL);
}

static void
draw_set(struct board *b, struct row row)
{
	struct kit *k = &b->sc->k;
	struct str says = row_get(row, "says");
	bool lies = str_eq(says, "occupied") || str_eq(says, "leave");
	if (str_eq(says, "closed"))
		set_button(b, row, "ready", "restore", N_("Open {1}"));
	else if (row_has(row, "cleaning"))
		set_button(b, row, "ready", "check", N_("{1} is clean"));
	else if (row_has(row, "isolation"))
		set_button(b, row, "ready", "check", N_("End the isolation of {1}"));
	if (lies || str_eq(says, "closed"))
		return;
	html_open(&k->w, H_DETAILS);
	html_open(&k->w, H_SUMMARY);
	say(k, N_("Prepare"));
	html_close(&k->w, H_SUMMARY);
	if (!row_has(row, "cleaning"))
		set_button(b, row, "cleaning", "restore", N_("Ask for the cleaning of {1}"));
	if (!row_has(row, "isolation"))
		set_button(b, row, "isolation", "shield", N_("Isolation in {1}"));
	if (!str_eq(says, "reserved"))
		set_button(b, row, "closed", "lock", N_("Close {1}"));
	html_close(&k->w, H_DETAILS);
}

/* Somebody may be moved there. */
static bool
takes(struct row row)
{
	struct str says = row_get(row, "says");
	return str_eq(says, "free") || str_eq(says, "cleaning") || str_eq(says, "isolation");
}

static void
draw_bed(struct board *b, struct row row)
{
	struct kit *k = &b->sc->k;
	bool moves = b->may && !b->corridor && row_has(row, "stay") && names_somebody(row) && str_eq(row_get(row, "says"), "occupied");
	table_row(k);
	if (moves)
		html_attr_z(&k->w, "draggable", "true");
	else if (b->may && !b->corridor && takes(row))
		html_attr(&k->w, "data-bed", row_get(row, "bed"));
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	html_attr_z(&k->w, "class", "time");
	html_text(&k->w, row_get(row, "bed_name"));
	html_close(&k->w, H_TH);
	cell_open(k, NULL);
	chip_of(k, row_get(row, "says"));
	if (row_has(row, "held_at")) {
		struct words from = when_clinical_ms(k, row_i64(row, "held_at"));
		html_z(&k->w, " ");
		say_with(k, N_("kept from {1}"), words_view(&from));
	}
	if (row_has(row, "isolation") && !str_eq(row_get(row, "says"), "isolation"))
		status_chip(k, "warn", "shield", N_("Isolation"));
	cell_close(k);
	if (b->own) {
		cell_person(b, row);
		cell_sex(b, row);
	}
	cell_maybe(k, row_i64(row, "since_at"));
	cell_maybe(k, row_i64(row, "exit_at"));
	if (b->may && !b->corridor) {
		cell_open(k, NULL);
		if (moves)
			draw_move(b, row);
		draw_set(b, row);
		cell_close(k);
	}
	table_row_end(k);
}

static void
draw_beds(struct board *b)
{
	struct kit *k = &b->sc->k;
	struct col cols[7];
	size_t n = 0;
	cols[n++] = (struct col){ N_("Bed"), "time" };
	cols[n++] = (struct col){ N_("State"), NULL };
	if (b->own) {
		cols[n++] = (struct col){ N_("Patient"), NULL };
		cols[n++] = (struct col){ N_("Sex"), NULL };
	}
	cols[n++] = (struct col){ N_("Since"), "time" };
	cols[n++] = (struct col){ N_("Exit announced"), "time" };
	if (b->may && !b->corridor)
		cols[n++] = (struct col){ N_("Action"), NULL };
	state_line(k, rows_count(release_rows(b->sc->rel), "beds"), N_("{1} bed"), N_("{1} beds"), N_("sorted by bed"));
	table_open(k, N_("Beds of the unit"), cols, n);
	for release_each (row, b->sc->rel, "beds")
		draw_bed(b, row);
	table_close(k);
}

/* ---- who is there without a bed, and who comes ---- */

static void
draw_unplaced(struct board *b)
{
	static const struct col cols[] = { { N_("Patient"), NULL }, { N_("Sex"), NULL }, { N_("Since"), "time" }, { N_("Exit announced"), "time" }, { N_("Action"), NULL } };
	struct kit *k = &b->sc->k;
	if (rows_count(release_rows(b->sc->rel), "unplaced") == 0)
		return;
	el(k, H_H2, NULL, N_("In the unit, without a bed"));
	table_open(k, N_("In the unit, without a bed"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, b->sc->rel, "unplaced") {
		table_row(k);
		cell_person(b, row);
		cell_sex(b, row);
		cell_maybe(k, row_i64(row, "since_at"));
		cell_maybe(k, row_i64(row, "exit_at"));
		cell_open(k, NULL);
		if (b->may && !b->corridor && row_has(row, "stay") && names_somebody(row) && !row_has(row, "leave"))
			draw_move(b, row);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_coming(struct board *b)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("What"), NULL }, { N_("Patient"), NULL }, { N_("Sex"), NULL }, { N_("Bed"), NULL } };
	struct kit *k = &b->sc->k;
	if (rows_count(release_rows(b->sc->rel), "coming") == 0)
		return;
	el(k, H_H2, NULL, N_("Announced"));
	table_open(k, N_("Announced admissions and transfers, the soonest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, b->sc->rel, "coming") {
		table_row(k);
		cell_maybe(k, row_i64(row, "at"));
		cell_say(k, str_eq(row_get(row, "what"), "transfer") ? N_("Transfer") : N_("Admission"));
		cell_person(b, row);
		cell_sex(b, row);
		cell(k, row_get(row, "bed_name"));
		table_row_end(k);
	}
	table_close(k);
}

/* ---- the page ---- */

static void
draw_counts(struct board *b, struct row unit)
{
	static const struct { const char *label, *column; } at[] = {
		{ N_("{1} occupied"), "occupied" }, { N_("{1} on leave"), "leave" }, { N_("{1} free"), "free" }, { N_("{1} to be cleaned"), "cleaning" }, { N_("{1} kept"), "reserved" }, { N_("{1} closed"), "closed" },
		{ N_("exits within 24 hours: {1}"), "exits" }, { N_("arrivals within 24 hours: {1}"), "coming" },
	};
	struct kit *k = &b->sc->k;
	struct digits d;
	int64_t forecast = row_i64(unit, "free") + row_i64(unit, "cleaning") + row_i64(unit, "reserved") + row_i64(unit, "exits") - row_i64(unit, "coming");
	el_open(k, H_P, "state");
	if (row_has(unit, "site_name")) {
		html_text(&k->w, row_get(unit, "site_name"));
		html_z(&k->w, " · ");
	}
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		say_with(k, at[i].label, row_get(unit, at[i].column));
		html_z(&k->w, " · ");
	}
	html_open(&k->w, H_STRONG);
	say_with(k, N_("beds left in 24 hours: {1}"), digits_of(&d, forecast));
	html_close(&k->w, H_STRONG);
	html_close(&k->w, H_P);
	if (row_i64(unit, "free") == 0)
		el(k, H_P, "note warn", N_("No free bed here. Look at the beds of all units."));
}

static void
take_free(struct board *b)
{
	for release_each (row, b->sc->rel, "beds") {
		struct str says = row_get(row, "says");
		if (takes(row) && b->n_free < FREE_MAX)
			b->free[b->n_free++] = (struct pair){ row_get(row, "bed"), str_eq(says, "free") ? row_get(row, "bed_name")
				: screen_say(b->sc, N_("{1} ({2})"), row_get(row, "bed_name"), str_of(tr(b->sc->k.lang, str_eq(says, "cleaning") ? N_("to be cleaned") : N_("isolation")))) };
	}
}

static void
draw_links(struct board *b)
{
	struct kit *k = &b->sc->k;
	el_open(k, H_P, NULL);
	link_to(k, "button quiet", STR("/beds/sites"), N_("Beds of all units"));
	html_z(&k->w, " ");
	if (!b->corridor && b->unit.n > 0) {
		link_to(k, "button quiet", screen_join(b->sc->rq, STR("/beds/occupation?place="), b->unit), N_("Occupation over a period"));
		html_z(&k->w, " ");
		link_to(k, "button quiet", screen_join(b->sc->rq, STR("/beds/history?unit="), b->unit), N_("Who was there"));
		html_z(&k->w, " ");
	}
	if (b->own)
		link_to(k, "button quiet", b->corridor ? STR("/beds") : STR("/beds/corridor"), b->corridor ? N_("With names") : N_("For the corridor, without names"));
	html_close(&k->w, H_P);
}

static enum rc
board_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct str unit = form_get(&rq->form, "unit");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, unit.n > 0 ? screen_join(rq, STR("/beds?unit="), unit) : STR("/beds"));
		return RC_OK;
	}
	struct screen sc;
	struct board *b = ARENA_NEW(rq->arena, struct board);
	if (b == NULL)
		return RC_LIMIT;
	if (is_corridor(rq))
		reply_header(out, "Refresh", CORRIDOR_S);
	screen_init(&sc, rq, rel, out);
	screen_live(&sc, "beds", row_get(release_set(rel, "board"), "unit"));
	screen_begin(&sc, N_("Beds"));
	struct kit *k = &sc.k;
	struct row board = release_set(rel, "board");
	*b = (struct board){ .sc = &sc, .own = row_has(board, "own"), .may = row_has(board, "may"), .corridor = is_corridor(rq), .unit = row_get(board, "unit") };
	el_open(k, H_H1, NULL);
	say(k, N_("Beds"));
	if (row_is(board)) {
		html_z(&k->w, " — ");
		html_text(&k->w, row_get(board, "unit_name"));
	}
	html_close(&k->w, H_H1);
	screen_refusal(&sc);
	if (rq->method == HTTP_POST && rq->form.n_bad > 0)
		el(k, H_P, "note warn", N_("Choose a bed first."));
	draw_links(b);
	if (row_i64(board, "beds") == 0) {
		empty_state(k, sc.shell.unit.n > 0 || row_is(board) ? N_("This unit has no beds.") : N_("You have not said in which unit you work."), STR("/beds/sites"), N_("Beds of all units"));
	} else {
		take_free(b);
		draw_counts(b, board);
		draw_beds(b);
	}
	draw_unplaced(b);
	draw_coming(b);
	return screen_end(&sc);
}

/* ---- all units ---- */

static enum rc
sites_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "bed_sites");
	return RC_OK;
}

static void
cell_share(struct kit *k, int64_t part, int64_t whole)
{
	struct digits d;
	cell_open(k, "num");
	html_text(&k->w, digits_of(&d, whole > 0 ? (part * 100 + whole / 2) / whole : 0));
	html_z(&k->w, k->lang == SAY_FR ? "\xe2\x80\xaf%" : "%");
	share_draw(k, (uint64_t)part, (uint64_t)whole);
	cell_close(k);
}

static const char *const counts[] = { "beds", "occupied", "free", "cleaning", "reserved", "closed", "exits", "coming" };
#define COUNTS (sizeof counts / sizeof counts[0])

static void
draw_unit_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	table_row(k);
	cell_link(k, screen_join(sc->rq, release_may(sc->rel, MAY_MOVE) ? STR("/beds?unit=") : STR("/places/rooms?unit="), row_get(row, "id")), row_get(row, "name"));
	cell_share(k, row_i64(row, "occupied") + row_i64(row, "leave"), row_i64(row, "beds") - row_i64(row, "closed"));
	for (size_t i = 0; i < COUNTS; i++) {
		cell_open(k, "num");
		html_text(&k->w, row_get(row, counts[i]));
		cell_close(k);
	}
	table_row_end(k);
}

static void
draw_site(struct screen *sc, struct row first)
{
	static const struct col cols[] = {
		{ N_("Unit"), NULL }, { N_("Occupation"), "num" }, { N_("Beds"), "num" }, { N_("Occupied"), "num" }, { N_("Free"), "num" }, { N_("To be cleaned"), "num" }, { N_("Kept"), "num" },
		{ N_("Closed"), "num" }, { N_("Exits, 24 h"), "num" }, { N_("Arrivals, 24 h"), "num" },
	};
	struct kit *k = &sc->k;
	struct str site = row_get(first, "site");
	int64_t sum[COUNTS] = { 0 }, leave = 0;
	struct digits d;
	table_open(k, N_("Beds by unit"), cols, sizeof cols / sizeof cols[0]);
	for (struct row row = first; row_is(row) && str_is(row_get(row, "site"), site); row = rows_next(row)) {
		draw_unit_row(sc, row);
		leave += row_i64(row, "leave");
		for (size_t i = 0; i < COUNTS; i++)
			sum[i] += row_i64(row, counts[i]);
	}
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	say(k, N_("Establishment"));
	html_close(&k->w, H_TH);
	cell_share(k, sum[1] + leave, sum[0] - sum[5]);
	for (size_t i = 0; i < COUNTS; i++) {
		cell_open(k, "num");
		el_text(k, H_STRONG, NULL, digits_of(&d, sum[i]));
		cell_close(k);
	}
	table_row_end(k);
	table_close(k);
}

static enum rc
sites_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct str before = STR_NONE;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Beds of all units"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Beds of all units"));
	if (rows_count(release_rows(rel), "units") == 0)
		empty_state(k, N_("No unit of this house has beds."), STR_NONE, NULL);
	else
		state_line(k, rows_count(release_rows(rel), "units"), N_("{1} unit"), N_("{1} units"), N_("by establishment"));
	for release_each (row, rel, "units") {
		if (str_is(row_get(row, "site"), before))
			continue;
		before = row_get(row, "site");
		el_text(k, H_H2, NULL, row_has(row, "site_name") ? row_get(row, "site_name") : before);
		draw_site(&sc, row);
	}
	return screen_end(&sc);
}

const struct page pages_bed[] = {
	{ HTTP_GET,  "/beds",       MAY_MOVE,              REVEALS_WORK_LIST,   .fields = board_fields, .ask = board_ask, .show = board_show, .menu = N_("Beds"), .icon = "bed" },
	{ HTTP_GET,  "/beds/corridor", MAY_MOVE,           REVEALS_WORK_LIST,   .quiet = true, .ask = board_ask, .show = board_show },
	{ HTTP_POST, "/beds/set",   MAY_MOVE,              REVEALS_WORK_LIST,   .fields = set_fields,   .ask = set_ask,   .show = board_show },
	{ HTTP_POST, "/beds/move",  MAY_MOVE,              REVEALS_WORK_LIST,   .fields = move_fields,  .ask = move_ask, .show = board_show },
	{ HTTP_GET,  "/beds/sites", MAY_MOVE | MAY_MANAGE, REVEALS_META,        .ask = sites_ask, .show = sites_show, .menu = N_("Beds of all units"), .icon = "bed" },
	{ .path = NULL },
};
