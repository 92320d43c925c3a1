/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/stop.c: accounts that are stopped, what each had opened, and the second person's word: end the stop, or leave it and have the patients told.
 * It must never name a patient (masked lines only), nor offer a verdict before the list was seen. Called by front through the rows at the end. Start at stop_show.
 */
#include "pages/stop.h"

#include "pages/access.h"
#include "pages/session.h"

static const struct choice verdicts[] = {
	{ "release", N_("The list is that of honest work: end the stop") },
	{ "keep",    N_("I cannot explain it: the account stays stopped, and the patients are to be told") },
	{ NULL, NULL },
};
static const struct field fields[] = {
	{ "number",  N_("Stop"),                       FIELD_INT,   .min = 1, .max = INT64_MAX,  .required = true },
	{ "account", N_("Account"),                    FIELD_INT,   .min = 1, .max = UINT32_MAX, .required = true },
	{ "upto",    N_("List"),                       FIELD_INT,   .min = 0, .max = INT64_MAX,  .required = true },
	{ "verdict", N_("What do you say?"),           FIELD_CODE,  .required = true, .choices = verdicts },
	{ "comment", N_("What you found"),             FIELD_LINES, .max = 300 },
	{ "code",    N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field one_fields[] = { { "number", N_("Stop"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

/* ---- the list ---- */

static enum rc
stops_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "stops");
	return RC_OK;
}

static enum rc
stops_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("What is unusual"), NULL }, { N_("What it opened"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stopped accounts"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Stopped accounts"));
	if (rows_count(release_rows(rel), "stops") == 0) {
		empty_state(k, N_("No account is stopped."), STR("/"), N_("Back to my work"));
		return screen_end(&sc);
	}
	el(k, H_P, NULL, N_("Until a second person has looked, these accounts open nothing but emergencies. Call the person first: it is most often a colleague on a heavy day."));
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "stops") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		access_cell_person(&sc, row);
		cell(k, row_get(row, "unit_name"));
		cell_say(k, access_counter(row_get(row, "what")));
		cell_open(k, "time");
		if (row_get(row, "mine").n > 0)
			el(k, H_SPAN, "unknown", N_("yours: somebody else looks at it"));
		else
			link_to(k, "button", screen_join(rq, STR("/stop?number="), row_get(row, "number")), N_("Look at the list"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- one ---- */

static enum rc
stop_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "number", "account", "upto", "comment", "code", "passkey" };
	bool judges = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (judges)
		ask_act(a, str_eq(form_get(&rq->form, "verdict"), "release") ? "stop_release" : "stop_keep");
	for (size_t i = 0; judges && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "stop");
	ask_arg(a, "number", form_get(&rq->form, "number"));
	return RC_OK;
}

static void
draw_opened(struct screen *sc, struct str count)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Patient"), NULL }, { N_("Why it opened"), NULL }, { N_("Unit"), NULL }, { N_("Marks"), NULL } };
	struct kit *k = &sc->k;
	el_open(k, H_H2, NULL);
	say_with(k, N_("Opened in the 24 hours before, and since: {1}"), count);
	html_close(&k->w, H_H2);
	table_open(k, N_("Newest first; patients are masked"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "opened") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		access_cell_masked(sc, row);
		access_cell_relation(sc, row);
		cell(k, row_get(row, "unit_name"));
		access_cell_marks(sc, row);
		table_row_end(k);
	}
	table_close(k);
}

static bool
draw_reviews(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Verdict"), NULL }, { N_("What you found"), NULL } };
	struct kit *k = &sc->k;
	bool released = false;
	if (rows_count(release_rows(sc->rel), "reviews") == 0)
		return false;
	table_open(k, N_("What was said of this stop"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "reviews") {
		bool ends = str_eq(row_get(row, "verdict"), "released");
		released = released || ends;
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_say(k, ends ? N_("Stop ended") : N_("Stays stopped; patients to be told"));
		cell(k, row_get(row, "comment"));
		table_row_end(k);
	}
	table_close(k);
	return released;
}

static void
draw_judgement(struct screen *sc, struct row stop)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST;
	struct sheet s = { .action = STR("/stop"), .id = "stop", .class_ = "sheet narrow", .fields = fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	el(k, H_H2, NULL, N_("Your word as a second person"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "number", row_get(stop, "number"));
	fields_hidden(k, "account", row_get(stop, "account"));
	fields_hidden(k, "upto", row_get(stop, "upto")); /* what this page shows: a list that grew meanwhile is looked at again */
	fields_input(k, &s, "verdict", &(struct look){ .as_radio = true, .wide = true });
	fields_input(k, &s, "comment", &(struct look){ .wide = true, .hint = N_("Without naming a patient") });
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Record"))));
	fields_close(k);
}

static enum rc
stop_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/stops"));
		return RC_OK;
	}
	struct screen sc;
	struct row stop = release_set(rel, "stop");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Stopped account"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	icon(k, "octagon");
	html_z(&k->w, " ");
	el_name(k, row_has(stop, "by_name") ? row_get(stop, "by_name") : row_get(stop, "by"));
	html_close(&k->w, H_H1);
	el_open(k, H_P, NULL);
	say(k, access_counter(row_get(stop, "what")));
	html_z(&k->w, " · ");
	struct words at = when_clinical_ms(k, row_i64(stop, "at"));
	html_text(&k->w, words_view(&at));
	if (row_has(stop, "unit_name")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(stop, "unit_name"));
	}
	html_close(&k->w, H_P);
	bool released = draw_reviews(&sc);
	draw_opened(&sc, row_get(stop, "patients"));
	if (released)
		el(k, H_P, "note", N_("This stop has ended."));
	else
		draw_judgement(&sc, stop);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/stops"), N_("Stopped accounts"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

const struct page pages_stop[] = {
	{ HTTP_GET,  "/stops", MAY_RELEASE, REVEALS_META,   .ask = stops_ask, .show = stops_show, .menu = N_("Stopped accounts"), .icon = "octagon" },
	{ HTTP_GET,  "/stop",  MAY_RELEASE, REVEALS_MASKED, .fields = one_fields, .ask = stop_ask, .show = stop_show },
	{ HTTP_POST, "/stop",  MAY_RELEASE, REVEALS_MASKED, .fields = fields, .ask = stop_ask, .show = stop_show },
	{ .path = NULL },
};
