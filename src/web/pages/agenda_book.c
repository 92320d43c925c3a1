/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/agenda_book.c: a person's appointments, and « Prochain créneau libre »: the first free times stand there when the page opens, one is chosen, one button books it. Moving, cancelling
 * and arrivals by menu. It must never book twice what was sent twice. Called by front through the rows at the end. Start at list_show.
 */
#include "pages/agenda.h"

#include <stdio.h>
#include <string.h>

#include "pages/bedside.h"

#define SLOTS  20
#define LISTED 60

static const struct choice overs[] = { { "urgent", N_("It cannot wait") }, { "short", N_("It takes a moment only") }, { "together", N_("They come together") }, { "asked", N_("The practitioner asks for it") }, { NULL, NULL } };
static const struct choice cancels[] = { { "pat", N_("The patient") }, { "prov", N_("The practitioner") }, { "maint", N_("Room or device") }, { "other", N_("Another reason") }, { NULL, NULL } };
static const struct choice states[] = { { "arrived", N_("Arrived") }, { "fulfilled", N_("Over") }, { "noshow", N_("Did not come") }, { "booked", N_("Booked") }, { NULL, NULL } };

#define NUMBER(name_, label_) { name_, label_, FIELD_INT, .min = 1, .max = INT64_MAX }
#define MINUTES_FIELD { "minutes", N_("Minutes"), FIELD_INT, .min = 5, .max = 720 }
#define SLOT_FIELD { "slot", N_("First free times"), FIELD_TOKEN, .max = 80 } /* start.person.room.device */
#define OVER_FIELD { "over", N_("Reason for booking over"), FIELD_CODE, .choices = overs }
#define SEEN_FIELDS { "no", N_("Appointment"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field find_fields[] = {
	NUMBER("kind", N_("Kind of consultation")), MINUTES_FIELD, NUMBER("person", N_("With")), NUMBER("room", N_("Room")), NUMBER("device", N_("Device")),
	{ "any_room", N_("Any room"), FIELD_FLAG }, { "from", N_("From"), FIELD_DATE }, { "until", N_("Until"), FIELD_DATE }, FIELDS_END
};
static const struct field book_fields[] = {
	BEDSIDE_ONCE, SLOT_FIELD, NUMBER("kind", N_("Kind of consultation")), MINUTES_FIELD, NUMBER("person", N_("With")), NUMBER("room", N_("Room")), NUMBER("device", N_("Device")), BEDSIDE_WHEN, OVER_FIELD,
	{ "about", N_("About"), FIELD_TEXT, .max = 200 }, FIELDS_END
};
static const struct field move_fields[] = { SEEN_FIELDS, SLOT_FIELD, BEDSIDE_WHEN, OVER_FIELD, FIELDS_END };
static const struct field cancel_fields[] = { SEEN_FIELDS, { "reason", N_("Because of"), FIELD_CODE, .choices = cancels, .required = true }, FIELDS_END };
static const struct field state_fields[] = { SEEN_FIELDS, { "state", N_("State"), FIELD_CODE, .choices = states, .required = true }, FIELDS_END };

static const struct field wish_fields[] = { { "no", N_("Appointment"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static const struct { const char *tail, *act; } deeds[] = {
	{ "/appointments/wish", "appointment_wish" }, { "/appointments/unwish", "appointment_wish_end" },
	{ "/appointments/book", "appointment_book" }, { "/appointments/move", "appointment_move" }, { "/appointments/cancel", "appointment_cancel" }, { "/appointments/state", "appointment_state" },
};

static const char *
act_of(const struct req *rq)
{
	for (size_t i = 0; rq->method == HTTP_POST && rq->page != NULL && i < sizeof deeds / sizeof deeds[0]; i++)
		if (str_ends(str_of(rq->page->path), str_of(deeds[i].tail)))
			return deeds[i].act;
	return NULL;
}

/* A slot names its time and calendars; an hour that was typed goes before it. */
static void
ask_slot(const struct req *rq, struct asks *a, struct str slot)
{
	static const char *const names[] = { "start", "person", "room", "device" };
	struct str rest = slot;
	bool typed = form_get(&rq->form, "time").n > 0;
	for (size_t i = 0; slot.n > 0 && i < sizeof names / sizeof names[0]; i++) {
		struct str part = str_cut(rest, '.', &rest);
		if (part.n > 0 && !str_eq(part, "0") && !typed)
			ask_arg(a, names[i], part);
	}
}

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	const char *act = act_of(rq);
	(void)p;
	if (act != NULL && rq->form.n_bad == 0) {
		bool slot = form_get(&rq->form, "slot").n > 0 && form_get(&rq->form, "time").n == 0;
		ask_act(a, act);
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = rq->page->fields; f->name != NULL; f++) {
			bool of_slot = strcmp(f->name, "person") == 0 || strcmp(f->name, "room") == 0 || strcmp(f->name, "device") == 0 || strcmp(f->name, "day") == 0;
			if (strcmp(f->name, "slot") != 0 && !(slot && of_slot) && form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
		}
		ask_slot(rq, a, form_get(&rq->form, "slot"));
	}
	screen_ask_admin(rq, a);
	ask_view(a, "appointments");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "agenda_free");
	for (const struct field *f = find_fields; f->name != NULL && rq->form.n_bad == 0; f++)
		if (act_of(rq) == NULL && form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

/* ---- drawing ---- */

struct desk { struct screen *sc; struct pair slots[SLOTS], people[LISTED], rooms[LISTED], devices[LISTED], kinds[LISTED]; size_t n_slots, n_people, n_rooms, n_devices, n_kinds; };

static struct str
slot_code(struct screen *sc, struct row row)
{
	char text[96];
	int n = snprintf(text, sizeof text, "%lld.%lld.%lld.%lld", (long long)row_i64(row, "at"), (long long)row_i64(row, "person"), (long long)row_i64(row, "room"), (long long)row_i64(row, "device"));
	return arena_str(sc->rq->arena, (struct str){ text, (size_t)n });
}

static void
read_desk(struct desk *o)
{
	struct screen *sc = o->sc;
	for release_each (row, sc->rel, "slots") {
		if (o->n_slots == SLOTS)
			break;
		struct words at = when_clinical_ms(&sc->k, row_i64(row, "at"));
		struct str where = row_has(row, "room_name") ? screen_say(sc, N_("{1}, {2}"), row_get(row, "person_name"), row_get(row, "room_name")) : row_get(row, "person_name");
		o->slots[o->n_slots++] = (struct pair){ slot_code(sc, row), screen_say(sc, N_("{1} ({2})"), arena_str(sc->rq->arena, words_view(&at)), where) };
	}
	for release_each (row, sc->rel, "calendars") {
		struct pair one = { row_get(row, "no"), row_get(row, "name") };
		bool person = str_eq(row_get(row, "type"), "Practitioner"), room = str_eq(row_get(row, "type"), "Location");
		if (person && o->n_people < LISTED)
			o->people[o->n_people++] = one;
		else if (room && o->n_rooms < LISTED)
			o->rooms[o->n_rooms++] = one;
		else if (!person && !room && o->n_devices < LISTED)
			o->devices[o->n_devices++] = one;
	}
	for release_each (row, sc->rel, "kinds")
		if (o->n_kinds < LISTED)
			o->kinds[o->n_kinds++] = (struct pair){ row_get(row, "no"), screen_say(sc, N_("{1} ({2} min)"), row_get(row, "label"), row_get(row, "minutes")) };
}

static void
input_choice(struct desk *o, const struct sheet *s, const char *name, const struct pair *at, size_t n)
{
	if (n > 0)
		fields_input(&o->sc->k, s, name, &(struct look){ .options = at, .n_options = n });
}

static void
draw_find(struct desk *o)
{
	struct kit *k = &o->sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(o->sc->rq, o->sc->rel, "/appointments/find", "seek", find_fields, faults);
	html_open(&k->w, H_DETAILS);
	if (s.form != NULL)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Search otherwise"));
	fields_open(k, &s);
	fields_summary(k, &s);
	input_choice(o, &s, "kind", o->kinds, o->n_kinds);
	fields_input(k, &s, "minutes", NULL);
	input_choice(o, &s, "person", o->people, o->n_people);
	input_choice(o, &s, "room", o->rooms, o->n_rooms);
	input_choice(o, &s, "device", o->devices, o->n_devices);
	if (o->n_rooms > 0)
		fields_input(k, &s, "any_room", NULL);
	fields_input(k, &s, "from", NULL);
	fields_input(k, &s, "until", NULL);
	fields_submit(k, "primary", "search", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

/* slots: at one of the first free times; else at an hour that is typed. */
static void
draw_book(struct desk *o, bool slots)
{
	struct screen *sc = o->sc;
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/appointments/book", slots ? "book" : "other", book_fields, faults);
	bool typed = form_typed(&sc->rq->form, "slot").n == 0;
	struct pair now[] = { { STR("kind"), STR_NONE }, { STR("minutes"), STR_NONE }, { STR("slot"), o->n_slots > 0 ? o->slots[0].name : STR_NONE } };
	if (s.form != NULL && typed == slots)
		s.form = NULL, s.n_faults = 0;
	if (s.form == NULL && act_of(sc->rq) == NULL)
		for (size_t i = 0; i < 2; i++)
			now[i].value = form_get(&sc->rq->form, i == 0 ? "kind" : "minutes");
	s.now = now;
	s.n_now = slots ? 3 : 2;
	for (size_t i = 0; i < s.n_faults; i++) /* the act names the time; here it is what was chosen, or typed */
		if (strcmp(faults[i].field, "start") == 0)
			faults[i].field = slots ? "slot" : "time";
	if (!slots) {
		html_open(&k->w, H_DETAILS);
		if (s.form != NULL)
			html_flag(&k->w, "open");
		el(k, H_SUMMARY, NULL, N_("At another time, or over"));
	}
	bedside_open(k, &s);
	if (slots) {
		fields_hidden(k, "kind", fields_value(&s, "kind"));
		fields_hidden(k, "minutes", fields_value(&s, "minutes").n > 0 || fields_value(&s, "kind").n > 0 ? fields_value(&s, "minutes") : STR("20"));
		fields_input(k, &s, "slot", &(struct look){ .options = o->slots, .n_options = o->n_slots, .autofocus = true });
	} else {
		input_choice(o, &s, "kind", o->kinds, o->n_kinds);
		fields_input(k, &s, "minutes", NULL);
		input_choice(o, &s, "person", o->people, o->n_people);
		input_choice(o, &s, "room", o->rooms, o->n_rooms);
		input_choice(o, &s, "device", o->devices, o->n_devices);
		fields_input(k, &s, "day", NULL);
		fields_input(k, &s, "time", &(struct look){ .hint = N_("14:12 or 1412") });
		fields_input(k, &s, "over", &(struct look){ .as_select = true });
	}
	fields_input(k, &s, "about", NULL);
	fields_submit(k, "primary", "calendar", screen_say(sc, N_("Book for {1}"), sc->name));
	fields_close(k);
	if (!slots)
		html_close(&k->w, H_DETAILS);
}

static const char *
word_of(const struct choice *at, struct str code)
{
	for (; at->code != NULL; at++)
		if (str_eq(code, at->code))
			return at->label;
	return N_("Cancelled");
}

static void
draw_change(struct desk *o, struct row row, const char *tail, const char *title, const struct field *fields, const char *button)
{
	struct screen *sc = o->sc;
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	char id[32];
	(void)snprintf(id, sizeof id, "change%u", k->ids++);
	struct pair now[] = { { STR("no"), row_get(row, "no") }, { STR("version"), row_get(row, "version") } };
	struct sheet s = bedside_sheet(sc->rq, sc->rel, tail, id, fields, faults);
	if (s.form != NULL && !str_is(form_typed(s.form, "no"), now[0].value))
		s.form = NULL, s.n_faults = 0;
	s.class_ = "sheet narrow";
	html_open(&k->w, H_DETAILS);
	if (s.form != NULL)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, title);
	fields_open(k, &s);
	fields_summary(k, &s);
	for (size_t i = 0; i < 2; i++) /* as it is now: who comes too late sees what it became, and sends again */
		fields_hidden(k, i == 0 ? "no" : "version", now[i].value);
	if (fields == move_fields) {
		input_choice(o, &s, "slot", o->slots, o->n_slots);
		fields_input(k, &s, "day", NULL);
		fields_input(k, &s, "time", &(struct look){ .hint = N_("14:12 or 1412") });
		fields_input(k, &s, "over", &(struct look){ .as_select = true });
	} else {
		fields_input(k, &s, "reason", &(struct look){ .as_radio = true });
	}
	fields_submit(k, fields == move_fields ? "primary" : "danger", fields == move_fields ? "swap" : "trash", screen_say(sc, button, sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_states(struct desk *o, struct row row)
{
	static const struct { const char *from, *to, *word; bool begun; } at[] = {
		{ "booked", "arrived", N_("Arrived"), false }, { "booked", "noshow", N_("Did not come"), true }, { "arrived", "fulfilled", N_("Over"), false }, { "noshow", "booked", N_("A slip: booked still"), false },
		{ "arrived", "booked", N_("A slip: booked still"), false }, { "fulfilled", "arrived", N_("A slip: not over"), false },
	};
	struct kit *k = &o->sc->k;
	for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
		if (!str_eq(row_get(row, "state"), at[i].from) || (at[i].begun && row_has(row, "early")))
			continue;
		struct pair hidden[] = { { STR("no"), row_get(row, "no") }, { STR("version"), row_get(row, "version") }, { STR("state"), str_of(at[i].to) } };
		fields_button_form(k, screen_path(o->sc->rq, o->sc->rq->path.patient, "/appointments/state"), "quiet", "check", str_of(tr(k->lang, at[i].word)), hidden, 3, NULL);
	}
}

/* What was done in the visit that it became, or what is to be paid for it: for who may. */
static void
draw_after(struct desk *o, struct row row)
{
	const struct screen *sc = o->sc;
	bool acts = release_may(sc->rel, MAY_WRITE_CHART);
	if (str_eq(row_get(row, "state"), "fulfilled") && release_may(sc->rel, MAY_PRESCRIBE)) {
		link_to(&o->sc->k, NULL, screen_path(sc->rq, sc->rq->path.patient, "/notes"), N_("Consultation sheet"));
		html_z(&o->sc->k.w, " ");
	}
	if (str_eq(row_get(row, "state"), "fulfilled") && (acts || release_may(sc->rel, MAY_BILL)))
		link_to(&o->sc->k, NULL, screen_path(sc->rq, sc->rq->path.patient, acts ? "/acts" : "/bills"), acts ? N_("Acts done") : N_("Bills"));
}

/* The waiting list: by one button on, by one off. */
static void
draw_wish(struct desk *o, struct row row)
{
	bool waits = row_has(row, "wish");
	struct pair hidden[] = { { STR("no"), row_get(row, "no") } };
	if (row_has(row, "early"))
		fields_button_form(&o->sc->k, screen_path(o->sc->rq, o->sc->rq->path.patient, waits ? "/appointments/unwish" : "/appointments/wish"), "quiet", waits ? "restore" : "clock",
			str_of(tr(o->sc->k.lang, waits ? N_("Wait for an earlier time no more") : N_("Would come earlier"))), hidden, 1, NULL);
}

static void
draw_list(struct desk *o)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("With"), NULL }, { N_("About"), NULL }, { N_("State"), NULL }, { N_("Action"), NULL } };
	struct screen *sc = o->sc;
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "appointments") == 0) {
		empty_state(k, N_("No appointment in these calendars."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Appointments, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "appointments") {
		struct str state = row_get(row, "state");
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_has(row, "room_name") ? screen_say(sc, N_("{1}, {2}"), row_get(row, "person_name"), row_get(row, "room_name")) : row_has(row, "person_name") ? row_get(row, "person_name") : row_get(row, "unit_name"));
		cell(k, row_get(row, "kind"));
		cell_open(k, NULL);
		if (str_eq(state, "cancelled"))
			say_with(k, N_("Cancelled: {1}"), str_of(tr(k->lang, word_of(cancels, row_get(row, "reason")))));
		else
			say(k, word_of(states, state));
		if (row_has(row, "over")) {
			html_z(&k->w, " ");
			status_chip(k, "warn", "alert", N_("Booked over"));
		}
		if (row_has(row, "wish") && row_has(row, "early")) {
			html_z(&k->w, " ");
			status_chip(k, "info", "clock", N_("Waits for an earlier time"));
		}
		cell_close(k);
		cell_open(k, NULL);
		draw_states(o, row);
		draw_after(o, row);
		if (str_eq(state, "booked")) {
			draw_wish(o, row);
			draw_change(o, row, "/appointments/move", N_("Move"), move_fields, N_("Move the appointment of {1}"));
			draw_change(o, row, "/appointments/cancel", N_("Cancel"), cancel_fields, N_("Cancel the appointment of {1}"));
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (act_of(rq) != NULL && screen_done(rq, rel) && row_i64(release_set(rel, "appointment"), "waiting") > 0) { /* the time is free, and somebody would have it */
		reply_redirect(out, STR("/agenda/waiting"));
		return RC_OK;
	}
	if (act_of(rq) != NULL && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/appointments"));
		return RC_OK;
	}
	struct screen sc;
	struct desk *o = ARENA_NEW(rq->arena, struct desk);
	if (o == NULL)
		return RC_LIMIT;
	chart_begin(&sc, rq, rel, out, N_("Appointments"));
	o->sc = &sc;
	read_desk(o);
	if (act_of(rq) != NULL && rq->form.n_bad == 0 && rq->page->fields != book_fields)
		screen_refusal(&sc);
	el(&sc.k, H_H2, NULL, N_("Next free time"));
	if (o->n_slots == 0)
		empty_state(&sc.k, N_("No free time within a year for what is asked."), release_may(rel, MAY_AGENDA) ? STR("/agenda/keep") : STR_NONE, N_("Keep calendars"));
	else
		draw_book(o, true);
	draw_find(o);
	draw_book(o, false);
	el(&sc.k, H_H2, NULL, N_("Appointments"));
	draw_list(o);
	return screen_end(&sc);
}

#define POSTED(tail, fields_) { HTTP_POST, "/patient/:patient/appointments/" tail, MAY_BOOK, REVEALS_ONE_PATIENT, .fields = fields_, .ask = list_ask, .show = list_show }
const struct page pages_appointment[] = {
	{ HTTP_GET, "/patient/:patient/appointments", MAY_BOOK, REVEALS_ONE_PATIENT, .ask = list_ask, .show = list_show, .menu = N_("Appointments"), .icon = "calendar", .key = "g z" },
	POSTED("find",   find_fields),
	POSTED("book",   book_fields),
	POSTED("move",   move_fields),
	POSTED("cancel", cancel_fields),
	POSTED("state",  state_fields),
	POSTED("wish",   wish_fields),
	POSTED("unwish", wish_fields),
	{ .path = NULL },
};
