/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/place.c: the tree of the group's places; closing an establishment and opening it again, by two people; who shares a room; the scale of triage that the house uses.
 * It must say what closing does before it is asked for, and never who was there. Called by front through the rows at the end. Start at tree_show.
 */
#include "pages/bed.h"

#include <string.h>

#include "pages/session.h"

#define FAULTS 4
#define SITES_MAX 100

static const struct choice changes[] = { { "close", N_("Close") }, { "open", N_("Open again") }, { NULL, NULL } };
static const struct choice sexes[] = { { "same", N_("One sex at a time") }, { "any", N_("No rule") }, { "female", N_("Women only") }, { "male", N_("Men only") }, { NULL, NULL } };

static const struct field ask_fields[] = {
	{ "site", N_("Establishment"), FIELD_ID, .required = true }, { "change", N_("What to do"), FIELD_CODE, .choices = changes, .required = true },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 }, SESSION_KEY_FIELD, FIELDS_END
};
static const struct field sign_fields[] = {
	{ "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, { "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 }, SESSION_KEY_FIELD, FIELDS_END
};
static const struct field drop_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field unit_fields[] = { { "unit", N_("Unit"), FIELD_ID, .required = true }, FIELDS_END };
static const struct field rule_fields[] = {
	{ "unit", N_("Unit"), FIELD_ID, .required = true }, { "bed", N_("Bed"), FIELD_ID, .required = true }, { "sex", N_("Who shares a room"), FIELD_CODE, .choices = sexes, .required = true },
	{ "hard", N_("No exception"), FIELD_FLAG }, FIELDS_END
};
static const struct choice reasons[] = {
	{ "works", N_("Works") }, { "season", N_("Season") }, { "staff", N_("Too few staff") }, { "hygiene", N_("Hygiene") }, { "end", N_("It closes for good") }, { NULL, NULL }
};
static const struct field close_fields[] = {
	{ "unit", N_("Unit"), FIELD_ID, .required = true }, { "place", N_("Unit or room"), FIELD_ID, .required = true }, { "reason", N_("Reason"), FIELD_CODE, .choices = reasons, .required = true }, FIELDS_END
};
static const struct field open_fields[] = { { "unit", N_("Unit"), FIELD_ID, .required = true }, { "place", N_("Unit or room"), FIELD_ID, .required = true }, FIELDS_END };
static const struct field triage_fields[] = {
	{ "scale",  N_("Scale"), FIELD_TEXT, .min = 2, .max = 80, .required = true }, { "level", N_("Code"), FIELD_TEXT, .min = 1, .max = 20, .required = true },
	{ "label",  N_("Wording"), FIELD_TEXT, .min = 2, .max = 120, .required = true }, { "source", N_("Source and edition"), FIELD_TEXT, .min = 3, .max = 200, .required = true },
	{ "from",   N_("From"), FIELD_DATE }, { "until", N_("Until"), FIELD_DATE }, FIELDS_END
};

static enum rc
ask_all(const struct req *rq, struct asks *a, const char *act, const struct field *fields, const char *view)
{
	bool acts = act != NULL && rq->method == HTTP_POST && rq->form.n_bad == 0;
	if (acts)
		ask_act(a, act);
	for (const struct field *f = fields; acts && f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0 && strcmp(f->name, "unit") != 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	ask_view(a, view);
	return RC_OK;
}

/* ---- the tree ---- */

static enum rc
tree_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	struct str path = str_of(rq->page->path);
	(void)p;
	if (str_ends(path, STR("/sign")))
		return ask_all(rq, a, "site_sign", sign_fields, "place_tree");
	if (str_ends(path, STR("/drop")))
		return ask_all(rq, a, "site_drop", drop_fields, "place_tree");
	return ask_all(rq, a, "site_ask", ask_fields, "place_tree");
}

static const char *
kind_word(struct str kind)
{
	return str_eq(kind, "group") ? N_("Group") : str_eq(kind, "site") ? N_("Establishment") : str_eq(kind, "pole") ? N_("Pole") : N_("Unit");
}

static void
draw_tree(struct screen *sc)
{
	static const struct col cols[] = { { N_("Place"), NULL }, { N_("Kind"), NULL }, { N_("Beds"), "num" }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	bool manages = release_may(sc->rel, MAY_MANAGE), moves = release_may(sc->rel, MAY_MOVE);
	if (rows_count(release_rows(sc->rel), "places") == 0) {
		empty_state(k, N_("No place of this house is recorded. Places come by import or by the interface."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Group, establishments, poles and units"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "places") {
		bool unit = (row_has(row, "beds") && moves) || (manages && (row_has(row, "beds") || str_eq(row_get(row, "kind"), "unit")));
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		for (int64_t d = row_i64(row, "depth"); d > 0; d--)
			html_z(&k->w, "\xe2\x80\x83");
		if (unit) {
			html_open(&k->w, H_A);
			html_attr(&k->w, "href", screen_join(sc->rq, manages ? STR("/places/rooms?unit=") : STR("/beds?unit="), row_get(row, "id")));
		}
		html_text(&k->w, row_get(row, "name"));
		if (unit)
			html_close(&k->w, H_A);
		html_close(&k->w, H_TH);
		cell_say(k, kind_word(row_get(row, "kind")));
		cell_open(k, "num");
		html_text(&k->w, row_get(row, "beds"));
		cell_close(k);
		cell_open(k, NULL);
		status_chip(k, row_has(row, "closed") ? "critical" : "ok", row_has(row, "closed") ? "lock" : "check", row_has(row, "closed") ? N_("Closed") : N_("In service"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_sign(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	bool sent = str_ends(str_of(sc->rq->page->path), STR("/sign")) && str_is(form_typed(&sc->rq->form, "no"), row_get(row, "no"));
	struct pair now[1] = { { STR("no"), row_get(row, "no") } }, hidden[1] = { { STR("no"), row_get(row, "no") } };
	struct sheet s = { .action = STR("/places/sign"), .id = "sign", .class_ = "sheet narrow", .fields = sign_fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 1,
		.faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	fields_button_form(k, STR("/places/drop"), "quiet", "trash", screen_say(sc, N_("Call off {1}"), row_get(row, "name")), hidden, 1, NULL);
	if (row_has(row, "mine")) {
		el(k, H_P, "hint", N_("Somebody else must sign."));
		return;
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(row, "no"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "danger", "check", screen_say(sc, row_has(row, "opens") ? N_("Open {1} again") : N_("Close {1}"), row_get(row, "name")));
	fields_close(k);
}

static void
draw_closings(struct screen *sc)
{
	static const struct col cols[] = { { N_("Establishment"), NULL }, { N_("What"), NULL }, { N_("Asked for"), "time" }, { N_("By"), NULL }, { N_("Signed"), "time" }, { N_("By"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	bool drawn = false; /* one form to sign on a page */
	if (rows_count(release_rows(sc->rel), "closings") == 0)
		return;
	el(k, H_H2, NULL, N_("Closed and opened"));
	table_open(k, N_("The newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "closings") {
		struct str state = row_get(row, "state");
		bool waits = str_eq(state, "waits");
		table_row(k);
		cell(k, row_get(row, "name"));
		cell_say(k, row_has(row, "opens") ? N_("Open again") : N_("Close"));
		cell_time_ms(k, row_i64(row, "asked_at"));
		cell(k, row_get(row, "asked_by_name"));
		cell_open(k, "time");
		if (row_has(row, "signed_at"))
			when_time_tag_ms(k, row_i64(row, "signed_at"));
		cell_close(k);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "signed_by_name"));
		cell_close(k);
		cell_open(k, NULL);
		status_chip(k, waits ? "warn" : str_eq(state, "signed") ? "ok" : "dash", waits ? "clock" : str_eq(state, "signed") ? "check" : "trash",
			waits ? N_("Waits for its second signature") : str_eq(state, "signed") ? N_("Signed") : N_("Called off"));
		if (waits && !drawn && release_may(sc->rel, (enum may)(MAY_MANAGE | MAY_REVIEW))) {
			draw_sign(sc, row);
			drawn = true;
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_ask(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair sites[SITES_MAX];
	size_t n = 0;
	bool sent = sc->rq->method == HTTP_POST && str_ends(str_of(sc->rq->page->path), STR("/ask"));
	for release_each (row, sc->rel, "places")
		if (n < SITES_MAX && str_eq(row_get(row, "kind"), "site"))
			sites[n++] = (struct pair){ row_get(row, "id"), row_get(row, "name") };
	struct sheet s = { .action = STR("/places/ask"), .id = "site", .class_ = "sheet narrow", .fields = ask_fields, .form = sent ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	el(k, H_H2, NULL, N_("Close an establishment"));
	el(k, H_P, NULL, N_("Once a second administrator has signed, its units are taken from every account and from the on-call lists: working there opens no chart any more, and nobody is admitted. The records stay, out of everybody's daily reach, also of who wrote in them, unless the person has stays elsewhere: who needs one gives a reason, which is reviewed. It is refused while anybody is there or announced."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "site", &(struct look){ .options = sites, .n_options = n });
	fields_input(k, &s, "change", &(struct look){ .as_radio = true });
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "sealed", "lock", str_of(tr(k->lang, N_("Ask for it"))));
	fields_close(k);
}

static enum rc
tree_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/places"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Establishments and units"));
	el(&sc.k, H_H1, NULL, N_("Establishments and units"));
	if (str_ends(str_of(rq->page->path), STR("/drop")))
		screen_refusal(&sc);
	draw_closings(&sc);
	draw_tree(&sc);
	if (release_may(rel, MAY_MANAGE))
		draw_ask(&sc);
	return screen_end(&sc);
}

/* ---- rooms ---- */

static enum rc
rooms_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str path = str_of(rq->page->path);
	bool closes = str_ends(path, STR("/close")), opens = str_ends(path, STR("/open"));
	enum rc rc = ask_all(rq, a, closes ? "place_close" : opens ? "place_open" : "room_rule_set", closes ? close_fields : opens ? open_fields : rule_fields, "bed_rooms");
	ask_arg(a, "unit", form_get(&rq->form, "unit"));
	return rc;
}

static const char *
sex_word(struct str code)
{
	for (const struct choice *c = sexes; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return sexes[0].label;
}

static const char *
reason_word(struct str code)
{
	for (const struct choice *c = reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Open again");
}

/* Closes the unit, or one of the rooms in options. */
static void
draw_close(struct screen *sc, struct str unit, const char *id, const struct pair *options, size_t n)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	bool whole = options == NULL, sent = str_ends(str_of(sc->rq->page->path), STR("/close")) && str_is(form_typed(&sc->rq->form, "place"), unit) == whole;
	struct pair now[2] = { { STR("unit"), unit }, { STR("place"), whole ? unit : STR_NONE } };
	struct sheet s = { .action = STR("/places/close"), .id = id, .class_ = "sheet narrow", .fields = close_fields, .form = sent ? &sc->rq->form : NULL, .now = now, .n_now = 2,
		.faults = faults, .n_faults = sent && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "unit", unit);
	if (whole)
		fields_hidden(k, "place", unit);
	else
		fields_input(k, &s, "place", &(struct look){ .options = options, .n_options = n });
	fields_input(k, &s, "reason", NULL);
	fields_submit(k, "danger", "lock", str_of(tr(k->lang, whole ? N_("Close the unit") : N_("Close the room"))));
	fields_close(k);
}

static void
draw_open(struct screen *sc, struct str unit, struct str place, struct str name)
{
	struct pair hidden[2] = { { STR("unit"), unit }, { STR("place"), place } };
	fields_button_form(&sc->k, STR("/places/open"), "primary", "check", screen_say(sc, N_("Open {1} again"), name), hidden, 2, NULL);
}

static void
draw_unit(struct screen *sc, struct str unit)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "unit");
	struct digits d;
	if (!row_is(row))
		return;
	el_open(k, H_H2, NULL);
	html_text(&k->w, row_get(row, "name"));
	html_close(&k->w, H_H2);
	el_open(k, H_P, NULL);
	status_chip(k, row_has(row, "closed") ? "critical" : "ok", row_has(row, "closed") ? "lock" : "check", row_has(row, "closed") ? N_("Closed") : N_("In service"));
	html_z(&k->w, " ");
	say_with(k, N_("Stays here or expected: {1}."), digits_of(&d, row_i64(row, "there")));
	html_close(&k->w, H_P);
	if (row_has(row, "of_site")) {
		el(k, H_P, "hint", N_("Closed with its establishment: it opens again with it."));
		return;
	}
	if (row_has(row, "closed")) {
		draw_open(sc, unit, unit, row_get(row, "name"));
		return;
	}
	el(k, H_P, NULL, N_("Closed, it is on no board and in no list, and nobody works there until it opens again; duties there end. Who works there keeps it. It is refused while anybody is there or expected. What happened there stays readable in the charts."));
	draw_close(sc, unit, "unit", NULL, 0);
}

static void
draw_changes(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Place"), NULL }, { N_("What"), NULL }, { N_("Reason"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "changes") == 0)
		return;
	el(k, H_H2, NULL, N_("Closed and opened"));
	table_open(k, N_("The newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "changes") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "place_name"));
		cell_say(k, row_has(row, "opens") ? N_("Opened again") : N_("Closed"));
		if (row_has(row, "opens"))
			cell(k, STR_NONE);
		else
			cell_say(k, reason_word(row_get(row, "reason")));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
rooms_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Room"), NULL }, { N_("Beds"), "num" }, { N_("Who shares a room"), NULL }, { N_("Exceptions"), NULL }, { N_("Here or expected"), "num" }, { N_("State"), NULL } };
	struct str unit = form_get(&rq->form, "unit");
	struct pair beds[SITES_MAX], closable[SITES_MAX];
	size_t n = 0, n_closable = 0;
	bool ruled = str_ends(str_of(rq->page->path), STR("/rule"));
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/places/rooms?unit="), unit));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Unit and rooms"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Unit and rooms"));
	link_to(k, NULL, STR("/places"), N_("Establishments and units"));
	if (str_ends(str_of(rq->page->path), STR("/open")))
		screen_refusal(&sc);
	draw_unit(&sc, unit);
	if (rows_count(release_rows(rel), "rooms") == 0) {
		empty_state(k, N_("No room of this unit is recorded."), STR("/places"), N_("Establishments and units"));
		draw_changes(&sc);
		return screen_end(&sc);
	}
	table_open(k, N_("Rooms of the unit"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "rooms") {
		struct str name = row_has(row, "name") ? row_get(row, "name") : row_get(row, "room");
		if (n < SITES_MAX)
			beds[n++] = (struct pair){ row_get(row, "bed"), name };
		if (n_closable < SITES_MAX && !row_has(row, "closed_at"))
			closable[n_closable++] = (struct pair){ row_get(row, "room"), name };
		table_row(k);
		cell(k, name);
		cell_open(k, "num");
		html_text(&k->w, row_get(row, "beds"));
		cell_close(k);
		cell_say(k, sex_word(row_get(row, "rule")));
		cell_say(k, row_has(row, "hard") ? N_("None") : N_("With a reason"));
		cell_open(k, "num");
		html_text(&k->w, row_get(row, "there"));
		cell_close(k);
		cell_open(k, NULL);
		status_chip(k, row_has(row, "closed_at") ? "critical" : "ok", row_has(row, "closed_at") ? "lock" : "check", row_has(row, "closed_at") ? N_("Closed") : N_("In service"));
		if (row_has(row, "closed_at"))
			draw_open(&sc, unit, row_get(row, "room"), name);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	if (n_closable > 0) {
		el(k, H_H2, NULL, N_("Close a room"));
		draw_close(&sc, unit, "room", closable, n_closable);
	}
	struct pair now[2] = { { STR("unit"), unit }, { STR("sex"), STR("same") } };
	struct sheet s = { .action = STR("/places/rule"), .id = "rule", .class_ = "sheet narrow", .fields = rule_fields, .form = ruled ? &rq->form : NULL, .now = now, .n_now = 2,
		.faults = faults, .n_faults = ruled && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	el(k, H_H2, NULL, N_("Change the rule of a room"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "unit", unit);
	fields_input(k, &s, "bed", &(struct look){ .options = beds, .n_options = n });
	fields_input(k, &s, "sex", &(struct look){ .as_radio = true });
	fields_input(k, &s, "hard", NULL);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Change the rule"))));
	fields_close(k);
	draw_changes(&sc);
	return screen_end(&sc);
}

/* ---- triage ---- */

static enum rc
triage_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	bool ends = str_ends(str_of(rq->page->path), STR("/end"));
	(void)p;
	return ask_all(rq, a, ends ? "triage_end" : "triage_add", ends ? drop_fields : triage_fields, "triage_scale");
}

static void
draw_levels(struct screen *sc)
{
	static const struct col cols[] = { { N_("Scale"), NULL }, { N_("Code"), NULL }, { N_("Wording"), NULL }, { N_("Source and edition"), NULL }, { N_("From"), "time" }, { N_("Until"), "time" }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "triage") == 0) {
		el(k, H_P, "note warn", N_("Not provided: the list is delivered empty. Arrivals are recorded without a level."));
		return;
	}
	table_open(k, N_("Levels that hold or are to come"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "triage") {
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		table_row(k);
		cell(k, row_get(row, "scale"));
		cell(k, row_get(row, "code"));
		cell(k, row_get(row, "label"));
		cell(k, row_get(row, "source"));
		cell_time_ms(k, row_i64(row, "from_at"));
		cell_open(k, "time");
		if (row_has(row, "until_at"))
			when_time_tag_ms(k, row_i64(row, "until_at"));
		cell_close(k);
		cell_open(k, NULL);
		if (release_may(sc->rel, MAY_MANAGE))
			fields_button_form(k, STR("/triage/end"), "quiet", "trash", screen_say(sc, N_("End {1} {2}"), row_get(row, "code"), row_get(row, "label")), hidden, 1, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
triage_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/triage"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	bool ends = str_ends(str_of(rq->page->path), STR("/end")), sent = rq->method == HTTP_POST && !ends;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Triage"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Triage"));
	if (ends)
		screen_refusal(&sc);
	draw_levels(&sc);
	if (!release_may(rel, MAY_MANAGE))
		return screen_end(&sc);
	struct sheet s = { .action = STR("/triage"), .id = "triage", .class_ = "sheet", .fields = triage_fields, .form = sent ? &rq->form : NULL,
		.faults = faults, .n_faults = sent && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	el(k, H_H2, NULL, N_("Add a level"));
	el(k, H_P, NULL, N_("Only what the scale that your emergency unit uses says, with its source. A level is ended and entered anew, never reworded."));
	fields_open(k, &s);
	fields_summary(k, &s);
	for (const struct field *f = triage_fields; f->name != NULL; f++)
		fields_input(k, &s, f->name, NULL);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Add this level"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_place[] = {
	{ HTTP_GET,  "/places",       MAY_MANAGE | MAY_MOVE | MAY_REVIEW, REVEALS_META, .ask = tree_ask,   .show = tree_show,   .menu = N_("Establishments and units"), .icon = "home" },
	{ HTTP_POST, "/places/ask",   MAY_MANAGE,            REVEALS_META, .fields = ask_fields,    .ask = tree_ask,   .show = tree_show },
	{ HTTP_POST, "/places/sign",  MAY_MANAGE | MAY_REVIEW, REVEALS_META, .fields = sign_fields,   .ask = tree_ask,   .show = tree_show },
	{ HTTP_POST, "/places/drop",  MAY_MANAGE | MAY_REVIEW, REVEALS_META, .fields = drop_fields,   .ask = tree_ask,   .show = tree_show },
	{ HTTP_GET,  "/places/rooms", MAY_MANAGE,            REVEALS_META, .fields = unit_fields,   .ask = rooms_ask,  .show = rooms_show },
	{ HTTP_POST, "/places/close", MAY_MANAGE,            REVEALS_META, .fields = close_fields,  .ask = rooms_ask,  .show = rooms_show },
	{ HTTP_POST, "/places/open",  MAY_MANAGE,            REVEALS_META, .fields = open_fields,   .ask = rooms_ask,  .show = rooms_show },
	{ HTTP_POST, "/places/rule",  MAY_MANAGE,            REVEALS_META, .fields = rule_fields,   .ask = rooms_ask,  .show = rooms_show },
	{ HTTP_GET,  "/triage",       MAY_MANAGE | MAY_MOVE, REVEALS_META, .ask = triage_ask, .show = triage_show, .menu = N_("Triage"), .icon = "list" },
	{ HTTP_POST, "/triage",       MAY_MANAGE,            REVEALS_META, .fields = triage_fields, .ask = triage_ask, .show = triage_show },
	{ HTTP_POST, "/triage/end",   MAY_MANAGE,            REVEALS_META, .fields = drop_fields,   .ask = triage_ask, .show = triage_show },
	{ .path = NULL },
};
