/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/tell.c: patients who are to be told that their chart was opened without a reason: one line each, done with one key; « not told » asks why.
 * It must never name a patient: who writes to one opens the identity, where the role may. Called by front through the rows at the end. Start at tells_show.
 */
#include "pages/tell.h"

#include "pages/access.h"

static const struct choice how_choices[] = {
	{ "letter", N_("By letter") }, { "phone", N_("By phone") }, { "meeting", N_("In person") }, { "not_told", N_("Not told, for the reason below") }, { NULL, NULL },
};
static const struct field told_fields[] = {
	{ "no",      N_("Patient"), FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ "how",     N_("How"),     FIELD_CODE, .required = true, .choices = how_choices },
	{ "comment", N_("Comment"), FIELD_TEXT, .max = 300 },
	FIELDS_END
};
/* Of the list: one of the usual ways, with one key. */
static const struct field key_fields[] = {
	{ "no",  N_("Patient"), FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ "how", N_("How"),     FIELD_CODE, .required = true, .choices = how_choices },
	FIELDS_END
};
static const struct field list_fields[] = { { "after", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };
static const struct field done_fields[] = { { "before", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

/* The act of a posted form. */
static enum rc
tell_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "how", "comment" };
	(void)p;
	bool tells = rq->method == HTTP_POST && rq->form.n_bad == 0;
	if (tells)
		ask_act(a, "tell_done");
	for (size_t i = 0; tells && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	return RC_OK;
}

static enum rc
tells_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (tell_ask(rq, a, p) != RC_OK)
		return p->rc;
	ask_view(a, "to_tell");
	if (rq->method != HTTP_POST && form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	return RC_OK;
}

static void
cell_opener(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (row_has(row, "by_name"))
		el_name(k, row_get(row, "by_name"));
	else
		html_text(&k->w, row_get(row, "by"));
	cell_close(k);
}

/* Told in one of the usual ways: one key. The rest is the form below. */
static void
cell_verdicts(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, "time");
	if (row_get(row, "mine").n > 0) {
		el(k, H_SPAN, "unknown", N_("yours: somebody else deals with it"));
	} else {
		for (size_t i = 0; i < 3; i++) {
			struct pair hidden[2] = { { STR("no"), row_get(row, "no") }, { STR("how"), str_of(how_choices[i].code) } };
			fields_button_form(k, STR("/to-tell"), "quiet", "check", str_of(tr(k->lang, how_choices[i].label)), hidden, 2, i == 0 ? "e" : NULL);
		}
		link_to(k, "button quiet", screen_join(sc->rq, STR("/to-tell/one?no="), row_get(row, "no")), N_("Otherwise"));
	}
	cell_close(k);
}

static void
cell_whom(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	if (!row_has(row, "patient")) {
		access_cell_masked(sc, row);
		return;
	}
	cell_open(k, NULL);
	status_identity(k, row_get(row, "status"), true);
	html_z(&k->w, " ");
	el_name(k, row_get(row, "masked"));
	html_z(&k->w, " ");
	el_text(k, H_SMALL, "hint", row_get(row, "birth_year"));
	html_z(&k->w, " ");
	link_to(k, NULL, screen_path(sc->rq, row_get(row, "patient"), "/admin"), N_("Open the identity"));
	cell_close(k);
}

static enum rc
tells_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Since"), "time" }, { N_("Patient"), NULL }, { N_("Opened by"), NULL }, { N_("Stop"), "time" }, { N_("Told"), "time" } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/to-tell"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Patients to be told"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "page");
	el(k, H_H1, NULL, N_("Patients to be told"));
	el(k, H_P, NULL, N_("A second person found no good reason for these openings. Each patient is told what was seen, by whom and when; what was done stays on this list."));
	screen_refusal(&sc);
	if (rows_count(release_rows(rel), "to_tell") == 0) {
		empty_state(k, N_("Nobody is to be told."), STR("/to-tell/done"), N_("Those already told"));
		return screen_end(&sc);
	}
	table_open(k, N_("Oldest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "to_tell") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_whom(&sc, row);
		cell_opener(&sc, row);
		cell_open(k, "time");
		link_to(k, NULL, screen_join(rq, STR("/stop?number="), row_get(row, "stop")), N_("The list"));
		cell_close(k);
		cell_verdicts(&sc, row);
		table_row_end(k);
	}
	table_close(k);
	if (row_is(page) && row_has(page, "next"))
		link_to(k, "button quiet", screen_join(rq, STR("/to-tell?after="), row_get(page, "next")), N_("Next ones"));
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/to-tell/done"), N_("Those already told"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- one, with words ---- */

static const struct field one_fields[] = { { "no", N_("Patient"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static enum rc
tell_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct fault faults[4];
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = STR("/to-tell/one"), .id = "tell", .class_ = "sheet narrow", .fields = told_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0 };
	if (posted && screen_done(rq, rel)) {
		reply_redirect(out, STR("/to-tell"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Patient to be told"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Patient to be told"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", form_get(&rq->form, "no"));
	fields_input(k, &s, "how", &(struct look){ .as_radio = true, .wide = true });
	fields_input(k, &s, "comment", &(struct look){ .wide = true, .hint = N_("Without naming a patient") });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Record"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/to-tell"), N_("Patients to be told"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- those done ---- */

static enum rc
done_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "told");
	if (form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static const char *
how_word(struct str code)
{
	for (const struct choice *c = how_choices; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return str_eq(code, "not_told") ? N_("Not told") : c->label;
	return N_("Not told");
}

static enum rc
done_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Told"), "time" }, { N_("Patient"), NULL }, { N_("Opened by"), NULL }, { N_("How"), NULL }, { N_("By"), NULL }, { N_("Comment"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Those already told"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "page");
	el(k, H_H1, NULL, N_("Those already told"));
	if (rows_count(release_rows(rel), "to_tell") == 0) {
		empty_state(k, N_("Nobody was told yet."), STR("/to-tell"), N_("Patients to be told"));
		return screen_end(&sc);
	}
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "to_tell") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "told_at"));
		access_cell_masked(&sc, row);
		cell_opener(&sc, row);
		cell_say(k, how_word(row_get(row, "how")));
		cell(k, row_get(row, "told_by_name"));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "comment"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	if (row_is(page) && row_has(page, "next"))
		link_to(k, "button quiet", screen_join(rq, STR("/to-tell/done?before="), row_get(page, "next")), N_("Older"));
	return screen_end(&sc);
}

const struct page pages_tell[] = {
	{ HTTP_GET,  "/to-tell",      MAY_REVIEW, REVEALS_MASKED,  .fields = list_fields, .ask = tells_ask, .show = tells_show, .menu = N_("Patients to be told"), .icon = "people" },
	{ HTTP_POST, "/to-tell",      MAY_REVIEW, REVEALS_MASKED,  .fields = key_fields, .ask = tells_ask, .show = tells_show },
	{ HTTP_GET,  "/to-tell/one",       MAY_REVIEW, REVEALS_NOTHING, .fields = one_fields,  .ask = tell_ask,  .show = tell_show },
	{ HTTP_POST, "/to-tell/one",       MAY_REVIEW, REVEALS_NOTHING, .fields = told_fields, .ask = tell_ask,  .show = tell_show },
	{ HTTP_GET,  "/to-tell/done", MAY_REVIEW, REVEALS_MASKED,  .fields = done_fields, .ask = done_ask,    .show = done_show },
	{ .path = NULL },
};
