/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/merge.c: a merge is asked for on the person's record, from who looks alike; a member of the identity cell who did not ask compares both side by side, with what differs marked, and
 * says which one is kept. It must never choose which one, nor carry the banner of one of the two. Called by front through the rows at the end. Start at compare_show.
 */
#include "pages/merge.h"

#include <string.h>

#include "pages/chart.h"

#define FAULTS 4
#define CANDIDATES 10

static const struct field ask_fields[] = {
	{ "other", N_("The other record"), FIELD_ID,   .required = true },
	{ "text",  N_("Explain"),          FIELD_TEXT, .min = 3, .max = 500, .required = true },
	FIELDS_END
};
static const struct field pair_fields[] = {
	{ "patient", N_("Patient"),          FIELD_ID },
	{ "with",    N_("The other record"), FIELD_ID },
	FIELDS_END
};
static const struct field do_fields[] = {
	{ "no",            N_("Number"),         FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "keep",          N_("Record to keep"), FIELD_ID,  .required = true },
	{ "version",       N_("Version"),        FIELD_INT, .min = 1, .max = UINT32_MAX },
	{ "other_version", N_("Version"),        FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};

/* ---- asked for ---- */

static enum rc
request_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "merge_ask");
		ask_arg(a, "patient", rq->path.patient);
		ask_arg(a, "other", form_get(&rq->form, "other"));
		ask_arg(a, "text", form_get(&rq->form, "text"));
	}
	screen_ask_admin(rq, a);
	ask_view(a, "merge_candidates");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static size_t
candidates(struct screen *sc, struct pair *at)
{
	size_t n = 0;
	for release_each (row, sc->rel, "duplicates") {
		if (n == CANDIDATES)
			break;
		const char *sex = tr(sc->k.lang, status_sex(row_get(row, "sex")));
		at[n++] = (struct pair){ row_get(row, "id"), screen_say(sc, N_("{1}, born {2}, {3}: {4} % alike"), row_get(row, "masked"), row_get(row, "birth_year"), str_of(sex), row_get(row, "score")) };
	}
	return n;
}

static enum rc
request_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	struct pair options[CANDIDATES];
	bool posted = rq->method == HTTP_POST, done = posted && screen_done(rq, rel);
	chart_begin(&sc, rq, rel, out, N_("Ask for a merge"));
	struct kit *k = &sc.k;
	size_t n = candidates(&sc, options);
	if (done) {
		el_open(k, H_P, "note");
		html_attr_z(&k->w, "role", "status");
		say(k, N_("Asked for. A member of the identity cell compares both and decides; you will see it on the record."));
		html_close(&k->w, H_P);
		return screen_end(&sc);
	}
	el(k, H_P, NULL, N_("Two records of one person are a danger. Those that look alike are listed as initials: who decides sees both in full."));
	if (n == 0) {
		empty_state(k, N_("No other record looks like this one."), STR("/search"), N_("Find a patient"));
		return screen_end(&sc);
	}
	struct sheet s = { .action = screen_path(rq, rq->path.patient, "/merge"), .id = "merge", .class_ = "sheet narrow", .fields = ask_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "other", &(struct look){ .options = options, .n_options = n });
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "primary", "swap", screen_say(&sc, N_("Ask for a merge with the record of {1}"), sc.name));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- compared ---- */

static enum rc
compare_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "merge_do");
		for (const struct field *f = do_fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
		return RC_OK;                /* joined, there is nothing to compare; refused, the page is opened again */
	}
	ask_view(a, "merge_compare");
	ask_arg(a, "patient", form_get(&rq->form, "patient"));
	if (form_get(&rq->form, "with").n > 0)
		ask_arg(a, "other", form_get(&rq->form, "with"));
	return RC_OK;
}

static const struct { const char *code, *label; } trait_names[] = {
	{ "birth_name", N_("Birth name") }, { "given_names", N_("Given names of birth") }, { "born_on", N_("Birth date") }, { "sex", N_("Sex") }, { "birth_place", N_("Birth place") }, { "used_name", N_("Name in use") },
	{ "used_given", N_("Given name in use") }, { "ins", N_("INS") }, { "ipp", N_("House number (IPP)") }, { "phone", N_("Phone") }, { "city", N_("City") },
};

static void
trait_cell(struct kit *k, struct str field, struct str value)
{
	struct words born = when_identity(k, value);
	struct words ins = banner_ins(value);
	if (str_eq(field, "sex") && value.n > 0)
		cell_say(k, status_sex(value));
	else if (str_eq(field, "ins") && value.n > 0)
		cell(k, words_view(&ins));
	else
		cell(k, str_eq(field, "born_on") && born.n > 0 ? words_view(&born) : value);
}

static void
side_head(struct kit *k, struct row side)
{
	html_open(&k->w, H_TD);
	status_identity(k, row_get(side, "status"), false);
	html_z(&k->w, " ");
	status_identity_marks(k, screen_marks(side));
	html_close(&k->w, H_TD);
}

static void
draw_traits(struct screen *sc, struct row a, struct row b)
{
	static const struct col cols[] = { { N_("Trait"), NULL }, { N_("Older record"), NULL }, { N_("Newer record"), NULL }, { N_("Compared"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Side by side"), cols, sizeof cols / sizeof cols[0]);
	table_row(k);
	cell_say(k, N_("Identity"));
	side_head(k, a);
	side_head(k, b);
	cell_blank(k);
	table_row_end(k);
	for release_each (row, sc->rel, "traits") {
		struct str field = row_get(row, "field");
		table_row(k);
		for (size_t i = 0; i < sizeof trait_names / sizeof trait_names[0]; i++)
			if (str_eq(field, trait_names[i].code))
				cell_say(k, trait_names[i].label);
		trait_cell(k, field, row_get(row, "a"));
		trait_cell(k, field, row_get(row, "b"));
		cell_open(k, NULL);
		if (row_has(row, "differs"))
			status_chip(k, "warn", "warn", N_("differs"));
		else if (row_has(row, "a") && row_has(row, "b") && !str_eq(field, "ipp"))
			status_chip(k, "plain", "check", N_("agrees"));
		else if (row_has(row, "a") != row_has(row, "b"))
			status_chip(k, "dash", NULL, N_("on one side only"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_keep(struct screen *sc, struct str no, struct row keep, struct row other, const char *label)
{
	struct pair hidden[4] = { { STR("no"), no }, { STR("keep"), row_get(keep, "id") }, { STR("version"), row_get(keep, "version") }, { STR("other_version"), row_get(other, "version") } };
	fields_button_form(&sc->k, STR("/identity/merge"), "danger", "swap", screen_say(sc, label, row_get(keep, "name")), hidden, 4, NULL);
}

static void
draw_decision(struct screen *sc, struct row merge, struct row a, struct row b)
{
	struct kit *k = &sc->k;
	struct pair hidden[1] = { { STR("no"), row_get(merge, "no") } };
	if (!row_has(merge, "member")) {
		el(k, H_P, "note", N_("A merge is asked for: a member of the identity cell decides."));
		return;
	}
	if (row_has(merge, "mine")) {
		el(k, H_P, "note", N_("You asked for this one: another member of the identity cell does it."));
	} else {
		el(k, H_P, NULL, N_("Both are read as one from then on, under the one that is kept. Nothing moves: undone, each has back what it had, and keeps what is written in it meanwhile."));
		el_open(k, H_DIV, "actions");
		draw_keep(sc, row_get(merge, "no"), a, b, N_("Keep the older record: {1}"));
		html_z(&k->w, " ");
		draw_keep(sc, row_get(merge, "no"), b, a, N_("Keep the newer record: {1}"));
		html_close(&k->w, H_DIV);
	}
	html_open(&k->w, H_BR);
	fields_button_form(k, STR("/identity/dismiss"), "quiet", "people", str_of(tr(k->lang, N_("Two persons: dismiss the request"))), hidden, 1, NULL);
}

static enum rc
compare_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct { const char *code, *kind, *says; } grades[] = {
		{ "certain", "ok", N_("Same strict traits") }, { "probable", "info", N_("Probably the same person") }, { "possible", "warn", N_("Possibly the same person") }, { "unlikely", "critical", N_("Little alike") },
	};
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/identity?kind=merged"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Compare two records"));
	struct kit *k = &sc.k;
	struct row merge = release_set(rel, "merge"), a = release_set(rel, "sides"), like = release_set(rel, "likeness");
	struct row b = row_is(a) ? rows_next(a) : a;
	el(k, H_H1, NULL, N_("Compare two records"));
	screen_refusal(&sc);
	if (!row_is(b) || !row_is(like)) {
		link_to(k, "button primary", STR("/identity?kind=asked"), N_("Merges asked for"));
		return screen_end(&sc);
	}
	el_open(k, H_P, NULL);
	for (size_t i = 0; i < sizeof grades / sizeof grades[0]; i++)
		if (str_eq(row_get(like, "grade"), grades[i].code))
			status_chip(k, grades[i].kind, "people", grades[i].says);
	if (row_has(like, "score")) {
		html_z(&k->w, " ");
		say_with(k, N_("{1} % alike"), row_get(like, "score"));
	}
	html_close(&k->w, H_P);
	if (row_is(merge)) {
		html_open(&k->w, H_DL);
		pair_text(k, N_("Asked for by"), row_get(merge, "by_name"));
		pair_text(k, N_("Because"), row_get(merge, "reason"));
		html_close(&k->w, H_DL);
	}
	draw_traits(&sc, a, b);
	if (row_is(merge))
		draw_decision(&sc, merge, a, b);
	else
		link_to(k, "button", screen_path(rq, row_get(a, "id"), "/merge"), N_("Ask for a merge"));
	return screen_end(&sc);
}

const struct page pages_merge[] = {
	{ HTTP_GET,  "/patient/:patient/merge", MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .ask = request_ask, .show = request_show },
	{ HTTP_POST, "/patient/:patient/merge",   MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = ask_fields, .ask = request_ask, .show = request_show },
	{ HTTP_GET,  "/identity/compare",       MAY_WRITE_IDENTITY, REVEALS_MANY,        .fields = pair_fields, .ask = compare_ask, .show = compare_show },
	{ HTTP_POST, "/identity/merge",         MAY_WRITE_IDENTITY, REVEALS_META,        .fields = do_fields,  .ask = compare_ask, .show = compare_show },
	{ .path = NULL },
};
