/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/transmission.c: targeted transmissions of a patient with who has read them, care to be done, and the unit's sheet for the hand-over. It must never mark as read what was
 * not on the page. Called by front through the rows at the end. Start at sent_show.
 */
#include "pages/transmission.h"

#include "pages/bedside.h"

static const struct field add_fields[] = {
	BEDSIDE_ONCE, BEDSIDE_WHEN,
	{ "target", N_("Target"), FIELD_TEXT,  .min = 2, .max = 120, .required = true },
	{ "data",   N_("Data"),   FIELD_LINES, .max = 2000 },
	{ "action", N_("Action"), FIELD_LINES, .max = 2000 },
	{ "result", N_("Result"), FIELD_LINES, .max = 2000 },
	FIELDS_END
};
static const struct field read_fields[] = { { "nos", N_("Transmissions"), FIELD_INT, .min = 1, .max = INT64_MAX, .many = true, .required = true }, FIELDS_END };
static const struct field strike_fields[] = {
	{ "no",   N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "text", N_("Why it is struck out"), FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END
};
static const struct field task_fields[] = { BEDSIDE_ONCE, BEDSIDE_WHEN, { "what", N_("To be done"), FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };
static const struct choice states[] = { { "open", N_("To be done") }, { "done", N_("Done") }, { "dropped", N_("Dropped") }, { NULL, NULL } };
static const struct field state_fields[] = {
	{ "no",    N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "was",   N_("State before"), FIELD_CODE, .required = true, .choices = states },
	{ "state", N_("State"), FIELD_CODE, .required = true, .choices = states },
	FIELDS_END
};

static const struct { const char *column, *label; } parts[] = { { "data", N_("Data") }, { "action", N_("Action") }, { "result", N_("Result") } };

static const char *
act_of(const struct req *rq)
{
	struct str path = str_of(rq->page->path);
	return str_ends(path, STR("/read")) ? "transmissions_read" : str_ends(path, STR("/strike")) ? "transmission_strike" : str_ends(path, STR("/tasks")) ? "task_add" :
		str_ends(path, STR("/tasks/state")) ? "task_state" : "transmission_add";
}

static enum rc
sent_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, act_of(rq));
	screen_ask_head(rq, a);
	ask_view(a, "transmissions");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "care_tasks");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
draw_one(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool struck = row_get(row, "struck").n > 0, mine = row_get(row, "mine").n > 0;
	el_open(k, H_ARTICLE, "card");
	el_open(k, H_H3, struck ? "gone" : NULL);
	html_text(&k->w, row_get(row, "target"));
	html_close(&k->w, H_H3);
	el_open(k, H_P, "state");
	when_time_tag_ms(k, row_i64(row, "at"));
	html_z(&k->w, " · ");
	el_name(k, row_get(row, "by_name"));
	html_z(&k->w, " ");
	if (struck)
		status_chip(k, "plain", "trash", N_("Struck out"));
	else if (mine && row_i64(row, "readers") == 0)
		say(k, N_("· read by nobody yet"));
	else if (mine)
		say_with(k, tr_n(k->lang, (uint64_t)row_i64(row, "readers"), N_("· read by {1} person"), N_("· read by {1} people")), row_get(row, "readers"));
	else if (row_get(row, "read").n > 0)
		status_chip(k, "plain", "check", N_("Read"));
	else
		status_chip(k, "info", "eye", N_("Not read yet"));
	html_close(&k->w, H_P);
	html_open(&k->w, H_DL);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (row_has(row, parts[i].column)) {
			pair_open(k, parts[i].label);
			for (struct str rest = row_get(row, parts[i].column); rest.p != NULL;) {
				html_text(&k->w, str_cut(rest, '\n', &rest));
				if (rest.p != NULL)
					html_open(&k->w, H_BR);
			}
			pair_close(k);
		}
	if (struck)
		pair_text(k, N_("Why it is struck out"), row_get(row, "why"));
	html_close(&k->w, H_DL);
	html_close(&k->w, H_ARTICLE);
}

static void
draw_strike(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair own[40];
	size_t n = 0;
	for release_each (row, sc->rel, "transmissions")
		if (n < sizeof own / sizeof own[0] && row_get(row, "mine").n > 0 && row_get(row, "struck").n == 0) {
			struct words at = when_clinical_ms(k, row_i64(row, "at"));
			own[n++] = (struct pair){ row_get(row, "no"), screen_say(sc, N_("{1}, {2}"), row_get(row, "target"), words_view(&at)) };
		}
	if (n == 0)
		return;
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/transmissions/strike", "strike", strike_fields, faults);
	html_open(&k->w, H_DETAILS);
	if (fields_has_faults(&s))
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Strike one of mine out"));
	s.class_ = "sheet narrow";
	bedside_open(k, &s);
	fields_input(k, &s, "no", &(struct look){ .options = own, .n_options = n });
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "danger", "trash", str_of(tr(k->lang, N_("Strike it out"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_read_all(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct pair hidden[100];
	size_t n = 0;
	for release_each (row, sc->rel, "transmissions")
		if (n < sizeof hidden / sizeof hidden[0] && row_get(row, "mine").n == 0 && row_get(row, "read").n == 0 && row_get(row, "struck").n == 0)
			hidden[n++] = (struct pair){ STR("nos"), row_get(row, "no") };
	struct digits d;
	if (n > 0)
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/transmissions/read"), "primary", "check", screen_say(sc, N_("I have read them: {1}"), digits_of(&d, (int64_t)n)), hidden, n, NULL);
}

static void
draw_sent(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "transmissions");
	el(k, H_H2, NULL, N_("Transmissions"));
	if (n == 0)
		empty_state(k, N_("None in the last 14 days."), STR_NONE, NULL);
	if (n > 0 && release_may(sc->rel, MAY_ADMINISTER))
		draw_read_all(sc);
	for release_each (row, sc->rel, "transmissions")
		draw_one(sc, row);
	if (release_may(sc->rel, MAY_ADMINISTER))
		draw_strike(sc);
}

static void
draw_add(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/transmissions", "send", add_fields, faults);
	bedside_open(k, &s);
	fields_input(k, &s, "target", &(struct look){ .wide = true, .autofocus = sc->rq->method == HTTP_GET });
	fields_input(k, &s, "data", &(struct look){ .hint = N_("what is seen, what the person says") });
	fields_input(k, &s, "action", &(struct look){ .hint = N_("what was done") });
	fields_input(k, &s, "result", &(struct look){ .hint = N_("what came of it") });
	bedside_when(k, &s);
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Hand on for {1}"), sc->name));
	fields_close(k);
}

static void
task_button(struct screen *sc, struct row row, const char *to, const char *kind, const char *symbol, const char *msgid)
{
	struct pair hidden[3] = { { STR("no"), row_get(row, "no") }, { STR("was"), row_get(row, "state") }, { STR("state"), str_of(to) } };
	fields_button_form(&sc->k, screen_path(sc->rq, sc->rq->path.patient, "/tasks/state"), kind, symbol, screen_say(sc, msgid, row_get(row, "what")), hidden, 3, str_eq(str_of(to), "done") ? "e" : NULL);
}

static void
draw_tasks(struct screen *sc)
{
	static const struct col open[] = { { N_("Due"), "time" }, { N_("To be done"), NULL }, { N_("Asked by"), NULL }, { N_("Action"), NULL } };
	static const struct col ended[] = { { N_("Ended"), "time" }, { N_("What"), NULL }, { N_("State"), NULL }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	bool may = release_may(sc->rel, MAY_ADMINISTER);
	struct fault faults[BEDSIDE_FAULTS];
	el(k, H_H2, NULL, N_("Care to be done"));
	if (str_ends(str_of(sc->rq->page->path), STR("/tasks/state")))
		screen_refusal(sc);
	if (rows_count(release_rows(sc->rel), "open") == 0) {
		empty_state(k, N_("Nothing is left to be done."), STR_NONE, NULL);
	} else {
		table_open(k, N_("To be done, the soonest due first"), open, may ? 4 : 3);
		for release_each (row, sc->rel, "open") {
			table_row(k);
			cell_open(k, "time");
			when_time_tag_ms(k, row_i64(row, "due_at"));
			if (row_get(row, "late").n > 0) {
				html_z(&k->w, " ");
				status_chip(k, "critical", "alert", N_("Late"));
			}
			cell_close(k);
			cell(k, row_get(row, "what"));
			cell(k, row_get(row, "by_name"));
			if (may) {
				cell_open(k, NULL);
				task_button(sc, row, "done", "primary", "check", N_("Done: {1}"));
				task_button(sc, row, "dropped", "quiet", "trash", N_("Drop: {1}"));
				cell_close(k);
			}
			table_row_end(k);
		}
		table_close(k);
	}
	if (rows_count(release_rows(sc->rel), "ended") > 0) {
		table_open(k, N_("Done or dropped in the last two days"), ended, may ? 5 : 4);
		for release_each (row, sc->rel, "ended") {
			bool done = str_eq(row_get(row, "state"), "done");
			table_row(k);
			cell_time_ms(k, row_i64(row, "at"));
			cell(k, row_get(row, "what"));
			cell_open(k, NULL);
			status_chip(k, "plain", done ? "check" : "trash", done ? N_("Done") : N_("Dropped"));
			cell_close(k);
			cell(k, row_get(row, "by_name"));
			if (may) {
				cell_open(k, NULL);
				task_button(sc, row, "open", "quiet", "restore", N_("Take back: {1}"));
				cell_close(k);
			}
			table_row_end(k);
		}
		table_close(k);
	}
	if (!may)
		return;
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/tasks", "task", task_fields, faults);
	bedside_open(k, &s);
	fields_input(k, &s, "what", &(struct look){ .wide = true });
	fields_input(k, &s, "day", &(struct look){ .hint = N_("empty: today") });
	fields_input(k, &s, "time", &(struct look){ .hint = N_("14:12, or empty: now"), .inputmode = "numeric" });
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Plan for {1}"), sc->name));
	fields_close(k);
}

static enum rc
sent_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/transmissions"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Transmissions and care"));
	if (str_ends(str_of(rq->page->path), STR("/transmissions/read")))
		screen_refusal(&sc);
	if (release_may(rel, MAY_ADMINISTER) && !rq->print)
		draw_add(&sc);
	draw_sent(&sc);
	draw_tasks(&sc);
	return screen_end(&sc);
}

/* ---- the unit's sheet ---- */

static enum rc
sheet_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "hand_over_sheet");
	return RC_OK;
}

static enum rc
sheet_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Bed"), NULL }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("To read"), NULL }, { N_("Last transmission"), "time" }, { N_("Care to be done"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Hand-over sheet"));
	struct kit *k = &sc.k;
	struct row unit = release_set(rel, "unit");
	el(k, H_H1, NULL, N_("Hand-over sheet"));
	state_line(k, rows_count(release_rows(rel), "sheet"), N_("{1} patient present"), N_("{1} patients present"), N_("by bed"));
	if (row_is(unit) && row_get(unit, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more patients than are shown here."));
	if (rows_count(release_rows(rel), "sheet") == 0) {
		empty_state(k, N_("Nobody is present in your unit."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Patients of the unit and what there is to hand on"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "sheet") {
		struct words born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		cell(k, row_get(row, "bed"));
		screen_cell_identity(&sc, row);
		screen_cell_patient(&sc, row, "/transmissions");
		cell(k, words_view(&born));
		cell_open(k, NULL);
		if (row_i64(row, "unread") > 0)
			bedside_chip(k, "info", "eye", screen_say(&sc, tr_n(k->lang, (uint64_t)row_i64(row, "unread"), N_("{1} not read yet"), N_("{1} not read yet")), row_get(row, "unread")));
		else
			say(k, row_i64(row, "sent") > 0 ? N_("All read") : N_("None for three days"));
		cell_close(k);
		cell_time_ms(k, row_i64(row, "last_at"));
		cell_open(k, NULL);
		if (row_i64(row, "tasks") > 0) {
			struct words at = when_clinical_ms(k, row_i64(row, "task_at"));
			say_with(k, N_("{1}, the first {2}"), row_get(row, "tasks"), words_view(&at));
		} else {
			say(k, N_("Nothing"));
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

const struct page pages_transmission[] = {
	{ HTTP_GET,  "/patient/:patient/transmissions",        MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = sent_ask, .show = sent_show, .menu = N_("Transmissions and care"), .icon = "people", .key = "g x" },
	{ HTTP_POST, "/patient/:patient/transmissions",        MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = add_fields,    .ask = sent_ask, .show = sent_show },
	{ HTTP_POST, "/patient/:patient/transmissions/read",   MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = read_fields,   .ask = sent_ask, .show = sent_show },
	{ HTTP_POST, "/patient/:patient/transmissions/strike", MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = strike_fields, .ask = sent_ask, .show = sent_show },
	{ HTTP_POST, "/patient/:patient/tasks",                MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = task_fields,   .ask = sent_ask, .show = sent_show },
	{ HTTP_POST, "/patient/:patient/tasks/state",          MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = state_fields,  .ask = sent_ask, .show = sent_show },
	{ HTTP_GET,  "/hand-over-sheet", MAY_ADMINISTER, REVEALS_WORK_LIST, .ask = sheet_ask, .show = sheet_show, .menu = N_("Hand-over sheet"), .icon = "list" },
	{ .path = NULL },
};
