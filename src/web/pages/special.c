/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/special.c: « Données sensibles »: the labels that make a chart one of specially sensitive data: those of HL7, said in words, and those of the house's own, which can be added
 * here and not taken away; and the openings of such charts that somebody else is to look at, one key a line. It must never show whose charts they are but by initials.
 * Called by front through the rows at the end. Start at special_show and openings_show.
 */
#include "pages/special.h"

#include "pages/access.h"
#include "pages/session.h"

static const struct field add_fields[] = {
	{ "system", N_("Code system"),                FIELD_TOKEN, .min = 3, .max = 200, .required = true },
	{ "label",  N_("Code"),                       FIELD_TOKEN, .min = 1, .max = 64, .required = true },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
special_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "system", "label", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, "special_label_add");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "special_labels");
	return RC_OK;
}

static void
draw_labels(struct screen *sc)
{
	static const struct col cols[] = { { N_("Since"), "time" }, { N_("Code system"), NULL }, { N_("Code"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "labels") == 0) {
		el(k, H_P, "note", N_("This house has none of its own: the list is delivered empty."));
		return;
	}
	table_open(k, N_("Labels of this house"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "labels") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "since_at"));
		cell(k, row_get(row, "system"));
		cell(k, row_get(row, "code"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
special_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/special"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Specially sensitive data"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Specially sensitive data"));
	el(k, H_P, NULL, N_("A chart counts as one when a resource of it carries a label of HL7 that says so: restricted or very restricted, or a code of sensitivity (psychiatry, HIV, staff and the like); or a label of this house. No diagnosis and no unit is ever taken for one."));
	el(k, H_P, NULL, N_("Its openings are marked in the log. Each one without a care link is reviewed; of those with one, each where names are shared and one in ten of the others. Two people approve an export that holds any."));
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/special/openings"), N_("Openings to review"));
	html_close(&k->w, H_P);
	draw_labels(&sc);
	struct sheet s = { .action = STR("/special"), .id = "special", .class_ = "sheet narrow", .fields = add_fields, .form = rq->method == HTTP_POST ? &rq->form : NULL,
		.faults = faults, .n_faults = rq->method == HTTP_POST ? screen_faults(rq, rel, faults, 4) : 0 };
	el(k, H_H2, NULL, N_("Add a label"));
	el(k, H_P, NULL, N_("It counts for what is written from now on, and for what stands once the operator has made the indexes anew. It is not taken away again."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "system", &(struct look){ .wide = true });
	fields_input(k, &s, "label", &(struct look){ .wide = true });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Add this label"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- openings to review ---- */

static const struct choice verdict_choices[] = { { "justified", N_("Justified") }, { "doubtful", N_("Doubtful") }, { NULL, NULL } };
static const struct field verdict_fields[] = {
	{ "no",      N_("Access"),  FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "verdict", N_("Verdict"), FIELD_CODE, .required = true, .choices = verdict_choices },
	FIELDS_END
};
static const struct field after_fields[] = { { "after", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static enum rc
openings_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "special_review");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		ask_arg(a, "verdict", form_get(&rq->form, "verdict"));
	}
	ask_view(a, "special_openings");
	if (rq->method != HTTP_POST && form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	return RC_OK;
}

static void
draw_opening(struct screen *sc, struct row row, bool next)
{
	struct kit *k = &sc->k;
	struct pair hidden[2] = { { STR("no"), row_get(row, "no") }, { STR("verdict"), STR("justified") } };
	table_row(k);
	if (next) {
		html_attr_z(&k->w, "id", "next");
		html_attr_z(&k->w, "tabindex", "-1");
	}
	cell_time_ms(k, row_i64(row, "at"));
	access_cell_person(sc, row);
	cell(k, row_get(row, "unit_name"));
	access_cell_relation(sc, row);
	access_cell_masked(sc, row);
	access_cell_marks(sc, row);
	cell_open(k, "time");
	if (row_get(row, "mine").n > 0) {
		el(k, H_SPAN, "unknown", N_("yours: somebody else reviews it"));
	} else {
		fields_button_form(k, STR("/special/openings"), "quiet", "check", str_of(tr(k->lang, N_("Justified"))), hidden, 2, "e");
		hidden[1].value = STR("doubtful");
		fields_button_form(k, STR("/special/openings"), "quiet", "warn", str_of(tr(k->lang, N_("Doubtful"))), hidden, 2, NULL);
	}
	cell_close(k);
	table_row_end(k);
}

static enum rc
openings_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = {
		{ N_("When"), "time" }, { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("Why"), NULL }, { N_("Patient"), NULL }, { N_("Marks"), NULL }, { N_("Verdict"), "time" },
	};
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/special/openings#next")); /* where the keyboard goes on: one key a line */
		return RC_OK;
	}
	struct screen sc;
	bool chosen = false;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Openings of specially sensitive charts"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "page");
	el(k, H_H1, NULL, N_("Openings of specially sensitive charts"));
	screen_refusal(&sc);
	el(k, H_P, NULL, N_("A care link explained them. Each where names are shared is here, and one in ten of the others; what no link explained is reviewed as break-glass."));
	if (rows_count(release_rows(rel), "openings") == 0) {
		empty_state(k, N_("Nothing to review."), STR("/review"), N_("Security review"));
		return screen_end(&sc);
	}
	if (row_is(page)) {
		struct digits d;
		el_open(k, H_P, "state");
		say_with(k, N_("{1} wait for review."), digits_of(&d, (uint64_t)row_i64(page, "waiting")));
		html_close(&k->w, H_P);
	}
	table_open(k, N_("Oldest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "openings") {
		bool next = !chosen && row_get(row, "mine").n == 0;
		draw_opening(&sc, row, next);
		chosen = chosen || next;
	}
	table_close(k);
	if (row_is(page) && row_has(page, "next"))
		link_to(k, "button quiet", screen_join(rq, STR("/special/openings?after="), row_get(page, "next")), N_("Next ones"));
	return screen_end(&sc);
}

const struct page pages_special[] = {
	{ HTTP_GET,  "/special", MAY_REVIEW, REVEALS_META, .ask = special_ask, .show = special_show, .menu = N_("Specially sensitive data"), .icon = "lock" },
	{ HTTP_POST, "/special", MAY_REVIEW, REVEALS_META, .fields = add_fields, .ask = special_ask, .show = special_show },
	{ HTTP_GET,  "/special/openings", MAY_REVIEW, REVEALS_MASKED, .fields = after_fields,   .ask = openings_ask, .show = openings_show, .menu = N_("Openings of sensitive charts"), .icon = "eye" },
	{ HTTP_POST, "/special/openings", MAY_REVIEW, REVEALS_MASKED, .fields = verdict_fields, .ask = openings_ask, .show = openings_show },
	{ .path = NULL },
};
