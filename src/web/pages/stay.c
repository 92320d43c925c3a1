/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stay.c: a person's stays and movements: where the person is, what may be done about it from there, and all that was done, with who, when and what was cancelled.
 * It must never offer a movement of another unit's stay, nor hide one that was cancelled. Called by front through the rows at the end. Start at moves_show.
 */
#include "pages/stay.h"

#include <stdio.h>
#include <string.h>

#include "pages/chart.h"

#define FAULTS 8
#define PLACES_MAX 600
#define MODES_MAX 40
#define TRIAGE_MAX 40

static const struct choice kinds[] = {
	{ "inpatient", N_("Hospital stay") }, { "day", N_("Day stay") }, { "emergency", N_("Emergency") }, { "residence", N_("Residence (nursing home)") }, { NULL, NULL },
};
static const struct choice reasons[] = {
	{ "no_bed", N_("No other bed is free") }, { "couple", N_("They know each other and wish it") }, { "care", N_("Care asks for it") }, { "ready", N_("It is ready, whatever is said") }, { NULL, NULL },
};
static const struct choice cancels[] = {
	{ "person", N_("Wrong person") }, { "place", N_("Wrong place") }, { "time", N_("Wrong time") }, { "not_done", N_("It did not happen") }, { NULL, NULL },
};

static const struct choice retimes[] = { { "mistyped", N_("It was typed wrong") }, { "learned", N_("The right time became known later") }, { NULL, NULL } };

#define STAY_FIELD    { "stay", N_("Stay"), FIELD_ID, .required = true }
#define VERSION_FIELD { "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX }
#define PLACE_FIELD   { "place", N_("Bed or unit"), FIELD_ID, .required = true }
#define DAY_FIELD     { "day", N_("Day"), FIELD_DATE }
#define TIME_FIELD    { "time", N_("Time"), FIELD_TEXT, .max = 8 }
#define REASON_FIELD  { "reason", N_("Reason, where the bed is not quite right"), FIELD_CODE, .choices = reasons }
#define AHEAD_FIELD   { "ahead", N_("Announced only: the bed is kept, nobody moves yet"), FIELD_FLAG }

static const struct field admit_fields[] = {
	{ "stay", N_("Stay"), FIELD_ID }, VERSION_FIELD, { "kind", N_("Kind of stay"), FIELD_CODE, .choices = kinds }, PLACE_FIELD, DAY_FIELD, TIME_FIELD, AHEAD_FIELD,
	{ "mode", N_("Mode of entry"), FIELD_TOKEN, .max = 4 }, { "from", N_("Comes from"), FIELD_TOKEN, .max = 4 },
	{ "triage", N_("Triage"), FIELD_INT, .min = 1, .max = INT64_MAX }, REASON_FIELD, FIELDS_END
};
static const struct field transfer_fields[] = { STAY_FIELD, VERSION_FIELD, PLACE_FIELD, DAY_FIELD, TIME_FIELD, AHEAD_FIELD, REASON_FIELD, FIELDS_END };
static const struct field state_fields[] = { STAY_FIELD, VERSION_FIELD, DAY_FIELD, TIME_FIELD, FIELDS_END };
static const struct field discharge_fields[] = {
	STAY_FIELD, VERSION_FIELD, DAY_FIELD, TIME_FIELD, { "mode", N_("Mode of exit"), FIELD_TOKEN, .max = 4 }, { "to", N_("Goes to"), FIELD_TOKEN, .max = 4 }, FIELDS_END
};
static const struct field cancel_fields[] = {
	STAY_FIELD, { "no", N_("Movement"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { "reason", N_("Reason"), FIELD_CODE, .choices = cancels, .required = true }, FIELDS_END
};

static const struct field retime_fields[] = {
	STAY_FIELD, { "no", N_("Movement"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, DAY_FIELD, { "time", N_("Time"), FIELD_TEXT, .max = 8, .required = true },
	{ "reason", N_("Reason"), FIELD_CODE, .choices = retimes, .required = true }, FIELDS_END
};

/* What a form does, by the end of its path. ahead: the act where it is only announced. */
enum deed_no { ADMIT, TRANSFER, LEAVE, RETURN, EXIT, DISCHARGE, CANCEL, RETIME, DEEDS };
static const struct deed { const char *tail, *id, *act, *ahead; const struct field *fields; const char *title, *button, *icon; } deeds[DEEDS] = {
	[ADMIT]     = { "/moves/admit",     "admit",     "stay_admit",     "stay_announce",          admit_fields,     N_("Admission"),      N_("Admit {1}"),                   "arrive" },
	[TRANSFER]  = { "/moves/transfer",  "transfer",  "stay_transfer",  "stay_transfer_announce", transfer_fields,  N_("Transfer"),       N_("Transfer {1}"),                "swap" },
	[LEAVE]     = { "/moves/leave",     "leave",     "stay_leave",     NULL,                     state_fields,     N_("Leave"),          N_("{1} goes on leave"),           "leave" },
	[RETURN]    = { "/moves/return",    "return",    "stay_return",    NULL,                     state_fields,     N_("Return"),         N_("{1} is back"),                 "arrive" },
	[EXIT]      = { "/moves/exit",      "exit",      "stay_exit_plan", NULL,                     state_fields,     N_("Announced exit"), N_("Announce the exit of {1}"),    "calendar" },
	[DISCHARGE] = { "/moves/discharge", "discharge", "stay_discharge", NULL,                     discharge_fields, N_("Discharge"),      N_("Discharge {1}"),               "leave" },
	[CANCEL]    = { "/moves/cancel",    "cancel",    "stay_cancel",    NULL,                     cancel_fields,    N_("Cancel"),         N_("Cancel this movement of {1}"), "trash" },
	[RETIME]    = { "/moves/retime",    "retime",    "stay_retime",    NULL,                     retime_fields,    N_("Correct the time"), N_("Correct the time of {1}"),   "clock" },
};

static const struct deed *
deed_of(const struct req *rq)
{
	for (size_t i = 0; rq->method == HTTP_POST && rq->page != NULL && i < DEEDS; i++)
		if (str_ends(str_of(rq->page->path), str_of(deeds[i].tail)))
			return &deeds[i];
	return NULL;
}

/* What only one of the two acts of a form takes. */
static bool
is_taken(const char *field, const char *act)
{
	static const char *const not_ahead[] = { "mode", "from", "triage", "reason", "version", "stay" };
	if (strcmp(field, "ahead") == 0)
		return false;
	if (strcmp(act, "stay_announce") != 0)
		return true;
	for (size_t i = 0; i < sizeof not_ahead / sizeof not_ahead[0]; i++)
		if (strcmp(field, not_ahead[i]) == 0)
			return false;
	return true;
}

static enum rc
moves_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	const struct deed *d = deed_of(rq);
	(void)p;
	if (d != NULL && rq->form.n_bad == 0) {
		const char *act = d->ahead != NULL && form_get(&rq->form, "ahead").n > 0 ? d->ahead : d->act;
		ask_act(a, act);
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = d->fields; f->name != NULL; f++)
			if (is_taken(f->name, act) && form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_admin(rq, a);
	ask_view(a, "stay_moves");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

/* ---- what is offered ---- */

struct offer { struct screen *sc; struct pair places[PLACES_MAX], modes[4][MODES_MAX], triage[TRIAGE_MAX]; size_t n_places, n_modes[4], n_triage; bool sent_drawn; };
enum { MODE_IN, FROM, MODE_OUT, TO };

static const char *
bed_word(struct str state)
{
	return str_eq(state, "cleaning") ? N_("to be cleaned") : str_eq(state, "reserved") ? N_("kept for somebody") : str_eq(state, "isolation") ? N_("isolation") : NULL;
}

static void
read_places(struct offer *o)
{
	const struct screen *sc = o->sc;
	for release_each (row, sc->rel, "places") {
		if (o->n_places == PLACES_MAX)
			break;
		const char *word = bed_word(row_get(row, "state"));
		struct str label = !row_has(row, "bed") ? screen_say(sc, N_("{1}, without a bed"), row_get(row, "unit_name"))
			: word != NULL ? screen_say(sc, N_("{1}, {2} ({3})"), row_get(row, "unit_name"), row_get(row, "bed"), str_of(tr(sc->k.lang, word)))
			: screen_say(sc, N_("{1}, {2}"), row_get(row, "unit_name"), row_get(row, "bed"));
		o->places[o->n_places++] = (struct pair){ row_get(row, "id"), label };
	}
}

static void
read_codes(struct offer *o)
{
	static const char *const types[] = { "me", "prov", "ms", "dest" };
	const struct screen *sc = o->sc;
	for release_each (row, sc->rel, "modes")
		for (size_t t = 0; t < 4; t++)
			if (str_eq(row_get(row, "type"), types[t]) && o->n_modes[t] < MODES_MAX)
				o->modes[t][o->n_modes[t]++] = (struct pair){ row_get(row, "code"), screen_say(sc, N_("{1} {2}"), row_get(row, "code"), row_get(row, "label")) };
	for release_each (row, sc->rel, "triage")
		if (o->n_triage < TRIAGE_MAX)
			o->triage[o->n_triage++] = (struct pair){ row_get(row, "no"), screen_say(sc, N_("{1} {2} ({3})"), row_get(row, "code"), row_get(row, "label"), row_get(row, "scale")) };
}

static void
input_code(struct offer *o, const struct sheet *s, const char *name, size_t type)
{
	if (o->n_modes[type] > 0)
		fields_input(&o->sc->k, s, name, &(struct look){ .options = o->modes[type], .n_options = o->n_modes[type] });
}

static void
note_codes(struct offer *o)
{
	if (o->n_modes[MODE_IN] == 0)
		el(&o->sc->k, H_P, "note warn", N_("Modes of entry and exit: not provided, no check is made."));
}

/* Day and time: nothing typed is now. */
static void
input_when(struct kit *k, const struct sheet *s)
{
	fields_input(k, s, "day", &(struct look){ .hint = N_("Empty: now. j-1 is yesterday.") });
	fields_input(k, s, "time", &(struct look){ .hint = N_("14:12 or 1412") });
}

static void
input_rest(struct offer *o, const struct sheet *s, const struct deed *d)
{
	struct kit *k = &o->sc->k;
	bool admits = d == &deeds[ADMIT], moves = admits || d == &deeds[TRANSFER];
	bool fresh = admits && fields_value(s, "stay").n == 0;
	if (fresh)
		fields_input(k, s, "kind", &(struct look){ .as_radio = true, .wide = true });
	if (moves)
		fields_input(k, s, "place", &(struct look){ .options = o->places, .n_options = o->n_places });
	input_when(k, s);
	if (admits) {
		input_code(o, s, "mode", MODE_IN);
		input_code(o, s, "from", FROM);
		if (o->n_triage > 0)
			fields_input(k, s, "triage", &(struct look){ .options = o->triage, .n_options = o->n_triage });
	}
	if (d == &deeds[DISCHARGE]) {
		input_code(o, s, "mode", MODE_OUT);
		input_code(o, s, "to", TO);
	}
	if (moves) {
		fields_input(k, s, "reason", &(struct look){ .as_select = true });
		if (fresh || !admits)
			fields_input(k, s, "ahead", NULL);
	}
	if (admits || d == &deeds[DISCHARGE])
		note_codes(o);
	if (admits && o->n_triage == 0)
		el(k, H_P, "note", N_("Scale of triage: not provided. The establishment enters its own under « Triage »."));
}

/* One deed of one stay (none: of a new one), folded until it is wanted; open again where it was refused. */
static void
draw_deed(struct offer *o, const struct deed *d, struct row stay)
{
	struct screen *sc = o->sc;
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct str id = row_is(stay) ? row_get(stay, "stay") : STR_NONE;
	bool sent = deed_of(sc->rq) == d && str_is(form_typed(&sc->rq->form, "stay"), id);
	struct pair now[2] = { { STR("stay"), id }, { STR("version"), row_is(stay) ? row_get(stay, "version") : STR_NONE } };
	char form_id[48];
	o->sent_drawn = o->sent_drawn || sent;
	(void)snprintf(form_id, sizeof form_id, "%s%u", d->id, k->ids++);
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, d->tail), .id = form_id, .class_ = "sheet", .fields = d->fields, .form = sent ? &sc->rq->form : NULL,
		.now = now, .n_now = 2, .faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, d->title);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "stay", id);
	fields_hidden(k, "version", now[1].value);
	input_rest(o, &s, d);
	fields_submit(k, "primary", d->icon, screen_say(sc, d->button, sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

/* ---- what is and what was ---- */

static const char *
state_word(struct str state)
{
	return str_eq(state, "planned") ? N_("Announced") : str_eq(state, "present") ? N_("Present") : str_eq(state, "leave") ? N_("On leave") : N_("Over");
}

static const char *
state_kind(struct str state)
{
	return str_eq(state, "present") ? "ok" : str_eq(state, "over") ? "plain" : str_eq(state, "leave") ? "info" : "dash";
}

static void
pair_time(struct kit *k, const char *label, int64_t ms)
{
	if (ms == 0)
		return;
	struct words ws = when_clinical_ms(k, ms);
	pair_text(k, label, words_view(&ws));
}

static void
draw_stay(struct screen *sc, struct row stay)
{
	struct kit *k = &sc->k;
	struct str state = row_get(stay, "state"), bed = row_get(stay, "bed"), next = row_has(stay, "next_bed") ? row_get(stay, "next_bed") : row_get(stay, "next_unit_name");
	el_open(k, H_H2, NULL);
	html_text(&k->w, row_has(stay, "unit_name") ? row_get(stay, "unit_name") : row_get(stay, "next_unit_name"));
	html_z(&k->w, " ");
	status_chip(k, state_kind(state), "bed", state_word(state));
	html_close(&k->w, H_H2);
	html_open(&k->w, H_DL);
	pair_text(k, N_("Bed"), bed);
	pair_time(k, str_eq(state, "planned") ? N_("Expected") : N_("Since"), row_i64(stay, "since_at"));
	if (next.n > 0 && !str_eq(state, "planned"))
		pair_text(k, N_("Announced transfer to"), next);
	pair_time(k, N_("Transfer announced for"), str_eq(state, "planned") ? 0 : row_i64(stay, "next_at"));
	pair_time(k, N_("Exit announced for"), row_i64(stay, "exit_at"));
	html_close(&k->w, H_DL);
}

static const char *
move_word(struct str kind)
{
	static const struct { const char *kind, *word; } at[] = {
		{ "A05", N_("Pre-admission") }, { "A01", N_("Admission") }, { "A02", N_("Transfer") }, { "A15", N_("Transfer announced") }, { "A16", N_("Exit announced") }, { "A21", N_("Leave") },
		{ "A22", N_("Return from leave") }, { "A03", N_("Discharge") }, { "A38", N_("Pre-admission cancelled") }, { "A11", N_("Admission cancelled") }, { "A12", N_("Transfer cancelled") },
		{ "A26", N_("Announced transfer called off") }, { "A25", N_("Announced exit called off") }, { "A52", N_("Leave cancelled") }, { "A53", N_("Return cancelled") }, { "A13", N_("Discharge cancelled") },
	};
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++)
		if (str_eq(kind, at[i].kind))
			return at[i].word;
	return N_("Movement");
}

static const char *
reason_word(struct str code)
{
	for (const struct choice *c = reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	for (const struct choice *c = cancels; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	for (const struct choice *c = retimes; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return NULL;
}

static void
cell_about(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	const char *reason = reason_word(row_get(row, "reason"));
	cell_open(k, NULL);
	html_text(&k->w, row_has(row, "mode_label") ? row_get(row, "mode_label") : row_get(row, "mode"));
	if (row_has(row, "place_label")) {
		html_z(&k->w, ". ");
		html_text(&k->w, row_get(row, "place_label"));
	}
	if (reason != NULL) {
		html_z(&k->w, " ");
		el(k, H_EM, NULL, reason);
	}
	if (row_has(row, "cancelled_at")) {
		struct words at = when_clinical_ms(k, row_i64(row, "cancelled_at"));
		html_z(&k->w, " ");
		say_with(k, N_("Cancelled by {1}, {2}"), row_get(row, "cancelled_by_name"), words_view(&at));
	}
	cell_close(k);
}

/* Of the last movement that stands: cancel it, or say another time. */
static void
draw_on_last(struct screen *sc, struct row row, enum deed_no which)
{
	struct kit *k = &sc->k;
	const struct deed *d = &deeds[which];
	struct pair now[2] = { { STR("stay"), row_get(row, "stay") }, { STR("no"), row_get(row, "no") } };
	char form_id[48];
	(void)snprintf(form_id, sizeof form_id, "%s%u", d->id, k->ids++);
	bool sent = deed_of(sc->rq) == d && str_is(form_typed(&sc->rq->form, "no"), now[1].value);
	struct fault faults[FAULTS];
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, d->tail), .id = form_id, .class_ = "sheet narrow", .fields = d->fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 2,
		.faults = faults, .n_faults = sent && which == RETIME && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, d->title);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "stay", now[0].value);
	fields_hidden(k, "no", now[1].value);
	if (which == RETIME) {
		fields_input(k, &s, "day", &(struct look){ .hint = N_("Empty: today") });
		fields_input(k, &s, "time", &(struct look){ .hint = N_("14:12 or 1412"), .autocomplete = "off" });
	}
	fields_input(k, &s, "reason", &(struct look){ .as_radio = true });
	fields_submit(k, which == CANCEL ? "danger" : "primary", d->icon, screen_say(sc, d->button, sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

/* Where to and where from; of what leads out of the house or changes no place, where the person is or was. */
static void
cells_where(struct screen *sc, struct row row)
{
	static const char *const stays[] = { "A03", "A13", "A16", "A25", "A21", "A52" };
	struct kit *k = &sc->k;
	struct str kind = row_get(row, "kind");
	struct str place = row_has(row, "bed") ? screen_say(sc, N_("{1}, {2}"), row_get(row, "unit_name"), row_get(row, "bed")) : row_get(row, "unit_name");
	bool out = false;
	for (size_t i = 0; i < sizeof stays / sizeof stays[0]; i++)
		out = out || str_eq(kind, stays[i]);
	cell_open(k, NULL);
	html_text(&k->w, out ? STR_NONE : place);
	cell_close(k);
	cell_open(k, NULL);
	html_text(&k->w, out ? place : row_get(row, "from"));
	cell_close(k);
}

static void
draw_moves(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("When"), "time" }, { N_("Movement"), NULL }, { N_("Where to"), NULL }, { N_("Where from"), NULL }, { N_("Details"), NULL }, { N_("Recorded"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL },
	};
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("History of movements"));
	if (rows_count(release_rows(sc->rel), "moves") == 0) {
		empty_state(k, N_("No movement was recorded here. Stays that came from another system show above."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Movements, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "moves") {
		bool gone = row_has(row, "cancelled_at");
		table_row(k);
		cell_open(k, "time");
		if (row_has(row, "done_at"))
			when_time_tag_ms(k, row_i64(row, "done_at"));
		else if (row_has(row, "intended_at"))
			when_time_tag_ms(k, row_i64(row, "intended_at"));
		cell_close(k);
		cell_open(k, NULL);
		el(k, gone ? H_S : H_SPAN, NULL, move_word(row_get(row, "kind")));
		html_z(&k->w, " ");
		el_text(k, H_SMALL, NULL, row_get(row, "kind"));
		cell_close(k);
		cells_where(sc, row);
		cell_about(sc, row);
		cell_time_ms(k, row_i64(row, "recorded_at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		if (row_has(row, "last") && row_has(row, "done_at"))
			draw_on_last(sc, row, RETIME);
		if (row_has(row, "last"))
			draw_on_last(sc, row, CANCEL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

/* What may be done from where the person is. */
static void
draw_deeds(struct offer *o, struct row stay)
{
	struct str state = row_get(stay, "state");
	if (!row_has(stay, "may"))
		return;
	if (str_eq(state, "planned")) {
		draw_deed(o, &deeds[ADMIT], stay);
	} else if (str_eq(state, "present")) {
		for (enum deed_no d = TRANSFER; d <= DISCHARGE; d++)
			if (d != RETURN)
				draw_deed(o, &deeds[d], stay);
	} else if (str_eq(state, "leave")) {
		for (enum deed_no d = RETURN; d <= DISCHARGE; d++)
			draw_deed(o, &deeds[d], stay);
	}
}

/* What was sent for a stay that is in another state by now: refused, and still there to be read. */
static void
draw_sent(struct offer *o)
{
	const struct deed *d = deed_of(o->sc->rq);
	struct row of = { .at = 0 };
	if (d == NULL || d == &deeds[CANCEL] || d == &deeds[RETIME] || o->sent_drawn)
		return;
	for release_each (row, o->sc->rel, "stays")
		if (str_is(row_get(row, "stay"), form_typed(&o->sc->rq->form, "stay")))
			of = row;
	draw_deed(o, d, of);
}

/* Is the movement that was meant still the last that stands? Then its form says what is wrong. */
static bool
is_last(const struct screen *sc, struct str no)
{
	for release_each (row, sc->rel, "moves")
		if (row_has(row, "last") && str_is(row_get(row, "no"), no))
			return true;
	return false;
}

static enum rc
moves_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/moves"));
		return RC_OK;
	}
	struct screen sc;
	struct offer *o = ARENA_NEW(rq->arena, struct offer);
	bool present = false;
	struct row none = { .at = 0 };
	if (o == NULL)
		return RC_LIMIT;
	chart_begin(&sc, rq, rel, out, N_("Movements"));
	o->sc = &sc;
	read_places(o);
	read_codes(o);
	if (rq->form.n_bad == 0 && (deed_of(rq) == &deeds[CANCEL] || (deed_of(rq) == &deeds[RETIME] && !is_last(&sc, form_typed(&rq->form, "no")))))
		screen_refusal(&sc);
	for release_each (row, rel, "stays") {
		struct str state = row_get(row, "state");
		if (str_eq(state, "over"))
			continue;
		present = present || str_eq(state, "present");
		draw_stay(&sc, row);
		draw_deeds(o, row);
	}
	if (!present) {
		el(&sc.k, H_H2, NULL, N_("A new stay"));
		draw_deed(o, &deeds[ADMIT], none);
	}
	draw_sent(o);
	draw_moves(&sc);
	return screen_end(&sc);
}

#define POSTED(deed, fields_) { HTTP_POST, "/patient/:patient/moves/" deed, MAY_MOVE, REVEALS_ONE_PATIENT, .fields = fields_, .ask = moves_ask, .show = moves_show }
const struct page pages_stay[] = {
	{ HTTP_GET, "/patient/:patient/moves", MAY_MOVE, REVEALS_ONE_PATIENT, .ask = moves_ask, .show = moves_show, .menu = N_("Movements"), .icon = "bed" },
	POSTED("admit",     admit_fields),
	POSTED("transfer",  transfer_fields),
	POSTED("leave",     state_fields),
	POSTED("return",    state_fields),
	POSTED("exit",      state_fields),
	POSTED("discharge", discharge_fields),
	POSTED("cancel",    cancel_fields),
	POSTED("retime",    retime_fields),
	{ .path = NULL },
};
