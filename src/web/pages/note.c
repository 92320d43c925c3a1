/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/note.c: what physicians noted of a patient, the newest first, one form to write a note (at entry, of the course, an opinion, a consultation's sheet), and for its author how it is corrected or
 * struck out. A correction leaves the text before readable. Called by front through the rows at the end. Start at notes_show.
 */
#include "pages/note.h"

#include <stdio.h>

#include "pages/bedside.h"
#include "pages/chart.h"

static const struct choice kinds[] = { { "course", N_("Course") }, { "entry", N_("At entry") }, { "opinion", N_("Opinion") }, { "consultation", N_("Consultation") }, { NULL, NULL } };

#define PART_FIELDS { "reason", N_("Reason"), FIELD_TEXT, .max = 200 }, { "history", N_("History of the complaint"), FIELD_LINES, .max = 6000 }, { "exam", N_("Examination"), FIELD_LINES, .max = 6000 }, \
	{ "conclusion", N_("Conclusion, what is to be done"), FIELD_LINES, .max = 6000 }
static const struct field add_fields[] = { BEDSIDE_ONCE, { "kind", N_("Kind"), FIELD_CODE, .required = true, .choices = kinds }, PART_FIELDS, BEDSIDE_WHEN, FIELDS_END };
static const struct field correct_fields[] = { BEDSIDE_SLIP, PART_FIELDS, FIELDS_END };
static const struct field strike_fields[] = { BEDSIDE_SLIP, { "why", N_("Why it is struck out"), FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };
static const struct field version_fields[] = { { "id", N_("Note"), FIELD_ID }, FIELDS_END };

static const struct { const char *name, *label; } PARTS[] = { { "reason", N_("Reason") }, { "history", N_("History of the complaint") }, { "exam", N_("Examination") }, { "conclusion", N_("Conclusion, what is to be done") } };
#define N_PARTS (sizeof PARTS / sizeof PARTS[0])

static bool
ends(const struct req *rq, const char *tail)
{
	return str_ends(str_of(rq->page->path), str_of(tail));
}

static enum rc
notes_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, ends(rq, "/correct") ? "note_correct" : ends(rq, "/strike") ? "note_strike" : "note_add");
	screen_ask_head(rq, a);
	ask_view(a, "notes");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
versions_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	ask_view(a, "note_versions");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "id", form_get(&rq->form, "id"));
	return RC_OK;
}

static bool
may_write(const struct screen *sc)
{
	return release_may(sc->rel, MAY_PRESCRIBE) && !sc->rq->print;
}

static const char *
kind_label(struct str code)
{
	for (const struct choice *c = kinds; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return NULL;
}

/* Lines as they were written. */
static void
draw_text(struct kit *k, struct str text, bool gone)
{
	while (text.n > 0) {
		struct str rest, line = str_cut(text, '\n', &rest);
		if (str_trim(line).n > 0) {
			html_open(&k->w, H_P);
			el_text(k, gone ? H_S : H_SPAN, NULL, str_trim(line));
			html_close(&k->w, H_P);
		}
		text = rest;
	}
}

static void
draw_parts(struct kit *k, struct row row, bool gone)
{
	for (size_t i = 0; i < N_PARTS; i++)
		if (row_has(row, PARTS[i].name)) {
			el(k, H_STRONG, NULL, PARTS[i].label);
			draw_text(k, row_get(row, PARTS[i].name), gone);
		}
}

/* One of the forms of one note: its own when it was sent. */
static struct sheet
sheet_of(struct screen *sc, struct row row, const char *tail, const struct field *fields, struct fault faults[BEDSIDE_FAULTS], struct pair now[6], char id[48], bool *sent_r)
{
	struct sheet s;
	(void)snprintf(id, 48, "%s%u", tail + 7, sc->k.ids++);
	s = bedside_sheet(sc->rq, sc->rel, tail, id, fields, faults);
	*sent_r = s.form != NULL && str_is(form_typed(s.form, "id"), row_get(row, "id"));
	now[0] = (struct pair){ STR("id"), row_get(row, "id") };
	now[1] = (struct pair){ STR("version"), row_get(row, "version") };
	for (size_t i = 0; i < N_PARTS; i++)
		now[2 + i] = (struct pair){ str_of(PARTS[i].name), row_get(row, PARTS[i].name) };
	s.now = now;
	s.n_now = 6;
	if (!*sent_r)
		s.form = NULL, s.n_faults = 0;
	return s;
}

static void
open_form(struct kit *k, const struct sheet *s, const struct pair *now, bool sent, const char *summary)
{
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, summary);
	bedside_open(k, s);
	fields_hidden(k, "id", now[0].value);
	fields_hidden(k, "version", now[1].value); /* as it is by now: where it was refused, both texts stand on the page */
}

static void
draw_inputs(struct kit *k, const struct sheet *s)
{
	for (size_t i = 0; i < N_PARTS; i++)
		fields_input(k, s, PARTS[i].name, &(struct look){ .wide = true });
}

static void
draw_own(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair now[6];
	char id[48];
	bool sent;
	struct sheet s = sheet_of(sc, row, "/notes/correct", correct_fields, faults, now, id, &sent);
	open_form(k, &s, now, sent, N_("Correct"));
	draw_inputs(k, &s);
	fields_submit(k, "primary", "check", screen_say(sc, N_("Correct for {1}"), sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
	s = sheet_of(sc, row, "/notes/strike", strike_fields, faults, now, id, &sent);
	s.class_ = "sheet narrow";
	open_form(k, &s, now, sent, N_("Error of entry"));
	fields_input(k, &s, "why", NULL);
	fields_submit(k, "danger", "octagon", screen_say(sc, N_("Strike out for {1}"), sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_one(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool struck = row_has(row, "struck");
	const char *kind = kind_label(row_get(row, "kind"));
	el_open(k, H_ARTICLE, "card");
	el_open(k, H_H3, struck ? "gone" : NULL);
	if (kind != NULL)
		say(k, kind);
	else
		html_text(&k->w, row_get(row, "kind_text"));
	html_close(&k->w, H_H3);
	el_open(k, H_P, "state");
	if (row_has(row, "at"))
		when_time_tag_ms(k, row_i64(row, "at"));
	else
		not_recorded(k);
	html_z(&k->w, " · ");
	el_name(k, row_get(row, "by_name"));
	html_z(&k->w, " ");
	if (struck)
		status_chip(k, "plain", "trash", N_("Struck out"));
	if (row_has(row, "corrected")) {
		struct str href = screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/notes/versions?id="), row_get(row, "id"));
		link_to(k, NULL, href, N_("Corrected: what stood before"));
	}
	html_close(&k->w, H_P);
	if (struck && row_has(row, "why")) {
		el_open(k, H_P, "hint");
		html_text(&k->w, row_get(row, "why"));
		html_close(&k->w, H_P);
	}
	draw_parts(k, row, struck);
	if (row_has(row, "mine") && may_write(sc))
		draw_own(sc, row);
	html_close(&k->w, H_ARTICLE);
}

static void
draw_add(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair now[1] = { { STR("kind"), STR("course") } };
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/notes", "note", add_fields, faults);
	s.now = now;
	s.n_now = 1;
	el(k, H_H2, NULL, N_("Write a note"));
	bedside_open(k, &s);
	fields_input(k, &s, "kind", &(struct look){ .as_select = true });
	draw_inputs(k, &s);
	bedside_when(k, &s);
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
}

static enum rc
notes_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/notes"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Medical notes"));
	if ((ends(rq, "/correct") || ends(rq, "/strike")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	if (may_write(&sc))
		draw_add(&sc);
	el(&sc.k, H_H2, NULL, N_("What was noted, the newest first"));
	if (rows_count(release_rows(rel), "notes") == 0)
		empty_state(&sc.k, N_("No medical note is recorded."), STR_NONE, NULL);
	for bedside_each (row, rel, "notes")
		draw_one(&sc, row);
	if (row_is(release_set(rel, "notes_more")))
		el(&sc.k, H_P, "note warn", N_("There are older notes that are not shown here."));
	return screen_end(&sc);
}

static enum rc
versions_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("What stood in the note"));
	struct kit *k = &sc.k;
	if (rows_count(release_rows(rel), "versions") == 0)
		empty_state(k, N_("This patient has no such note."), STR_NONE, NULL);
	for bedside_each (row, rel, "versions") {
		el_open(k, H_ARTICLE, "card");
		html_open(&k->w, H_H3);
		when_time_tag_ms(k, row_i64(row, "written_at"));
		html_close(&k->w, H_H3);
		draw_parts(k, row, false);
		html_close(&k->w, H_ARTICLE);
	}
	link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/notes"), N_("Back to the notes"));
	return screen_end(&sc);
}

const struct page pages_note[] = {
	{ HTTP_GET,  "/patient/:patient/notes",          MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = notes_ask, .show = notes_show, .menu = N_("Medical notes"), .icon = "pencil" },
	{ HTTP_POST, "/patient/:patient/notes",          MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = add_fields, .ask = notes_ask, .show = notes_show },
	{ HTTP_GET,  "/patient/:patient/notes/versions", MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = version_fields, .ask = versions_ask, .show = versions_show },
	{ HTTP_POST, "/patient/:patient/notes/correct",  MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = correct_fields, .ask = notes_ask, .show = notes_show },
	{ HTTP_POST, "/patient/:patient/notes/strike",   MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = strike_fields, .ask = notes_ask, .show = notes_show },
	{ .path = NULL },
};
