/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/patient.c: find a person (birth date first, then up to three letters), and the identity acts: create with likely duplicates shown before,
 * edit, delete with a reason, bring back. It must never choose a line for the person, nor lose what was typed.
 * Called by front through the rows at the end. Start at patient_draw_search.
 */
#include "pages/patient.h"

#include <string.h>

#include "pages/identity.h"

#define FAULTS 12

/* ---- search ---- */

static const struct field search_fields[] = {
	{ "q", N_("Birth date, then at most 3 letters of the name"), FIELD_TEXT, .max = 80, .required = true },
	FIELDS_END
};

static void
draw_search_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words born = when_identity(k, row_get(row, "born_on"));
	table_row(k);
	screen_cell_identity(sc, row);
	screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
	cell(k, born.n > 0 ? words_view(&born) : row_get(row, "birth_year"));
	cell_say(k, status_sex(row_get(row, "sex")));
	cell_open(k, NULL);
	const char *relation = status_relation(row_get(row, "explained"));
	if (relation != NULL)
		say(k, relation);
	else
		el(k, H_SPAN, "unknown", N_("no care link: a reason will be asked"));
	cell_close(k);
	cell_open(k, NULL);
	if (row_has(row, "merged_into")) {
		status_chip(k, "info", "link", N_("Joined to another record"));
		html_z(&k->w, " ");
		link_to(k, NULL, screen_path(sc->rq, row_get(row, "merged_into"), screen_chart_tail(sc->rel)), N_("Open that one"));
	}
	if (row_has(row, "closed"))
		status_chip(k, "dash", "lock", str_eq(row_get(row, "closed"), "sealed") ? N_("Sealed") : N_("Archived"));
	if (row_get(row, "phonetic").n > 0)
		status_chip(k, "plain", NULL, N_("Sounds alike"));
	if (row_get(row, "deceased").n > 0)
		status_chip(k, "plain", NULL, N_("Deceased"));
	cell_close(k);
	table_row_end(k);
}

static void
draw_results(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("Identity"), "shape" }, { N_("Person"), NULL }, { N_("Born"), NULL }, { N_("Sex"), NULL }, { N_("Care link"), NULL }, { N_("Beware"), NULL },
	};
	struct kit *k = &sc->k;
	struct row search = release_set(sc->rel, "search");
	if (!row_is(search))
		return;
	size_t n = rows_count(release_rows(sc->rel), "patients");
	struct words born = when_identity(k, row_get(search, "born_on"));
	if (n == 0) {
		bool by_date = str_eq(row_get(search, "by"), "birthdate");
		bool may = release_may(sc->rel, MAY_WRITE_IDENTITY) && by_date;
		empty_state(k, by_date ? N_("Nobody is known with this birth date and these letters. Check the date on the identity card.") : N_("Nobody is known with this identifier."),
			may ? STR("/patients/new") : STR_NONE, N_("Create the record"));
		return;
	}
	if (row_get(search, "more").n > 0) {
		el_open(k, H_P, "note warn");
		html_attr_z(&k->w, "role", "status");
		icon(k, "warn");
		html_z(&k->w, " ");
		say(k, N_("More than 10 persons: add the first letters of the name."));
		html_close(&k->w, H_P);
	}
	struct digits d;
	el_open(k, H_P, "state");
	if (born.n > 0)
		say_with(k, tr_n(k->lang, n, N_("{1} person born on {2}"), N_("{1} persons born on {2}")), digits_of(&d, (int64_t)n), words_view(&born));
	else
		say_with(k, tr_n(k->lang, n, N_("{1} person"), N_("{1} persons")), digits_of(&d, (int64_t)n));
	html_z(&k->w, " · ");
	say(k, N_("those you care for first; the others are masked"));
	html_close(&k->w, H_P);
	table_open(k, N_("Persons found"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "patients")
		draw_search_row(sc, row);
	table_close(k);
	if (release_may(sc->rel, MAY_WRITE_IDENTITY)) {
		html_open(&k->w, H_P);
		say(k, N_("None of these?"));
		html_z(&k->w, " ");
		link_to(k, NULL, STR("/patients/new"), N_("Create the record"));
		html_close(&k->w, H_P);
	}
}

enum rc
patient_draw_search(const struct req *rq, const struct release *rel, struct reply *out, const struct problem *p)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST;
	struct fault fault = { "q", p != NULL && p->why == WHY_FIELD_DATE ? WHY_FIELD_DATE : WHY_SEARCH_NEEDS_DATE, NULL };
	struct sheet s = {
		.action = STR("/search"), .id = "search", .class_ = "sheet row", .fields = search_fields, .form = posted ? &rq->form : NULL,
		.faults = &fault, .n_faults = p != NULL ? 1 : 0, .region = "results",
	};
	sc.shell.can_search = false;         /* the page has its own */
	screen_begin(&sc, N_("Find a patient"));
	el(k, H_H1, NULL, N_("Find a patient"));
	fields_open(k, &s);
	fields_input(k, &s, "q", &(struct look){ .hint = N_("For example 14021957, 14/02/57 or 14/02/1957 dur; or a whole identifier."), .autofocus = true, .key = "F2" });
	fields_submit(k, "primary", "find", str_of(tr(k->lang, N_("Search"))));
	fields_close(k);
	el_open(k, H_DIV, NULL);
	html_attr_z(&k->w, "id", "results");
	if (posted && fields_has_faults(&s))
		fields_summary(k, &s);
	else if (posted && rel != NULL)
		draw_results(&sc);
	else
		el(k, H_P, "empty", N_("Search by birth date first: it is what separates persons best. Letters that sound alike are found too."));
	html_close(&k->w, H_DIV);
	return screen_end(&sc);
}

static enum rc
search_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_view(a, "patient_search");
	ask_arg(a, "text", form_get(&rq->form, "q"));
	return RC_OK;
}

static enum rc
search_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	return patient_draw_search(rq, rel, out, NULL);
}

/* ---- identity form ---- */

static const struct choice sexes[] = { { "female", N_("Female") }, { "male", N_("Male") }, { "unknown", N_("Undetermined") }, { NULL, NULL } };

/* In the order of the French identity card; names and bounds are those of the acts patient_create and patient_edit. */
#define IDENTITY_FIELDS \
	{ "birth_name",  N_("Birth name"),           FIELD_TEXT, .max = 100, .required = true }, \
	{ "given_names", N_("Given names of birth"), FIELD_TEXT, .max = 200, .required = true }, \
	{ "birthdate",   N_("Birth date"),           FIELD_DATE, .required = true }, \
	{ "sex",         N_("Sex"),                  FIELD_CODE, .required = true, .choices = sexes }, \
	{ "birth_place", N_("Birth place"),          FIELD_TEXT, .max = 5 }, \
	{ "used_name",   N_("Name in use"),          FIELD_TEXT, .max = 100 }, \
	{ "used_given",  N_("Given name in use"),    FIELD_TEXT, .max = 100 }, \
	{ "address",     N_("Address"),              FIELD_TEXT, .max = 200 }, \
	{ "postal_code", N_("Postal code"),          FIELD_TEXT, .max = 10 }, \
	{ "city",        N_("City"),                 FIELD_TEXT, .max = 100 }, \
	{ "phone",       N_("Phone"),                FIELD_TEXT, .max = 30 }, \
	{ "email",       N_("E-mail"),               FIELD_TEXT, .max = 254 }

/* What the status follows from: no document, provisional. */
#define PROOF_FIELDS \
	{ "proof",   N_("Identity document seen"), FIELD_CODE, .choices = identity_proofs }, \
	{ "seen_on", N_("Seen on"),                FIELD_DATE }

static const struct field create_fields[] = {
	IDENTITY_FIELDS,
	PROOF_FIELDS,
	{ "confirm_no_duplicate", N_("None of these is this person: create a new record"), FIELD_FLAG },
	FIELDS_END
};
static const struct field edit_fields[] = {
	IDENTITY_FIELDS,
	PROOF_FIELDS,
	{ "version", N_("Version"),  FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};

static void
ask_fields(const struct req *rq, struct asks *a, const struct field *fields)
{
	for (const struct field *f = fields; f->name != NULL; f++) {
		struct str value = form_get(&rq->form, f->name);
		if (value.p != NULL)
			ask_arg(a, f->name, value);
		else if (f->kind == FIELD_TEXT)
			ask_arg(a, f->name, STR(""));      /* emptied by hand: that is a wish too */
	}
}

static void
draw_identity_inputs(struct kit *k, const struct sheet *s, bool focus)
{
	static const struct look city = { .autocomplete = "off" };
	fields_input(k, s, "birth_name", &(struct look){ .autofocus = focus });
	fields_input(k, s, "given_names", &(struct look){ .hint = N_("All of them, in the order of the document") });
	fields_input(k, s, "birthdate", &(struct look){ .hint = N_("14/02/1957, or 140257"), .inputmode = "numeric" });
	fields_input(k, s, "sex", &(struct look){ .as_radio = true });
	fields_input(k, s, "birth_place", &(struct look){ .hint = N_("INSEE code of five characters, such as 75056; 99xxx for a country") });
	fields_input(k, s, "proof", &(struct look){ .as_select = true, .hint = N_("The status follows from it; none: provisional, or as it was") });
	fields_input(k, s, "seen_on", &(struct look){ .hint = N_("Empty: today") });
	fields_input(k, s, "used_name", &(struct look){ .hint = N_("When it differs from the birth name") });
	fields_input(k, s, "used_given", &(struct look){ .hint = N_("When it differs from the first given name") });
	fields_input(k, s, "address", NULL);
	fields_input(k, s, "postal_code", &(struct look){ .inputmode = "numeric" });
	fields_input(k, s, "city", &city);
	fields_input(k, s, "phone", &(struct look){ .inputmode = "tel" });
	fields_input(k, s, "email", &(struct look){ .inputmode = "email" });
}

/* ---- create ---- */

static void
draw_duplicates(struct screen *sc, const struct sheet *s)
{
	static const struct col cols[] = {
		{ N_("Identity"), "shape" }, { N_("Person"), NULL }, { N_("Born"), NULL }, { N_("Sex"), NULL }, { N_("Likeness"), "num" },
	};
	struct kit *k = &sc->k;
	el_open(k, H_DIV, "wide");
	el_open(k, H_DIV, "note warn");
	html_attr_z(&k->w, "role", "alert");
	el_open(k, H_H2, NULL);
	icon(k, "homonym");
	say(k, N_("This person may already be known"));
	html_close(&k->w, H_H2);
	el(k, H_P, NULL, N_("Compare before creating: two records of one person are a danger. Open the right one if it is there."));
	html_close(&k->w, H_DIV);
	table_open(k, N_("Likely the same person"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "duplicates") {
		table_row(k);
		screen_cell_identity(sc, row);
		screen_cell_patient(sc, row, screen_chart_tail(sc->rel));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "birth_year"));
		if (row_get(row, "same_date").n > 0) {
			html_z(&k->w, " · ");
			say(k, N_("same birth date"));
		}
		cell_close(k);
		cell_say(k, status_sex(row_get(row, "sex")));
		cell_open(k, "num");
		html_text(&k->w, row_get(row, "score"));
		html_z(&k->w, "\xc2\xa0%");
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	fields_input(k, s, "confirm_no_duplicate", NULL);
	html_close(&k->w, H_DIV);
}

static enum rc
create_draw(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST;
	bool doubles = posted && rel != NULL && rows_count(release_rows(rel), "duplicates") > 0;
	struct sheet s = {
		.action = STR("/patients/new"), .id = "new", .fields = create_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && !doubles && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0,
	};
	screen_begin(&sc, N_("New patient record"));
	el(k, H_H1, NULL, N_("New patient record"));
	fields_open(k, &s);
	fields_summary(k, &s);
	if (doubles)
		draw_duplicates(&sc, &s);
	draw_identity_inputs(k, &s, !doubles && !fields_has_faults(&s));
	struct str family = fields_value(&s, "birth_name"), given = fields_value(&s, "given_names");
	struct str label = doubles ? screen_say(&sc, N_("Create a new record for {1} {2}"), family, given) : str_of(tr(k->lang, N_("Look for duplicates, then create")));
	fields_submit(k, doubles ? "danger" : "primary", "plus", label);
	fields_close(k);
	return screen_end(&sc);
}

static enum rc
create_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "patient_create");
	ask_fields(rq, a, create_fields);
	return RC_OK;
}

static enum rc
create_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row made = release_set(rel, "patient");
	if (rq->method != HTTP_POST || !screen_done(rq, rel) || !row_is(made))
		return create_draw(rq, rel, out);
	reply_redirect(out, screen_path(rq, row_get(made, "id"), "/admin"));
	return RC_OK;
}

/* ---- edit ---- */

/* The button names the patient. Where the record was not released with the refusal, what was typed shows but cannot be sent over the new version. */
static void
draw_submit(struct screen *sc, const char *kind, const char *symbol, const char *label)
{
	if (sc->name.n > 0)
		fields_submit(&sc->k, kind, symbol, screen_say(sc, label, sc->name));
	else
		link_to(&sc->k, "button primary", sc->rq->http != NULL ? sc->rq->http->path : STR("/"), N_("Open the page again"));
}

static enum rc
edit_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "patient_edit");
		ask_arg(a, "patient", rq->path.patient);
		ask_fields(rq, a, edit_fields);
	}
	screen_ask_admin(rq, a);
	ask_view(a, "patient_identity");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

#define EDITED 13

static size_t
present_values(struct row row, struct pair now[EDITED])
{
	static const struct { const char *field, *column; } from[EDITED] = {
		{ "birth_name", "birth_name" }, { "given_names", "given_names" }, { "birthdate", "born_on" }, { "sex", "sex" }, { "birth_place", "birth_place" },
		{ "used_name", "used_name" }, { "used_given", "used_given" }, { "address", "address" }, { "postal_code", "postal_code" }, { "city", "city" },
		{ "phone", "phone" }, { "email", "email" }, { "version", "version" },
	};
	for (size_t i = 0; i < EDITED; i++)
		now[i] = (struct pair){ str_of(from[i].field), row_get(row, from[i].column) };
	return EDITED;
}

static enum rc
edit_draw(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	struct pair now[EDITED];
	screen_init(&sc, rq, rel, out);
	screen_patient(&sc);
	struct kit *k = &sc.k;
	struct row identity = release_set(rel, "identity");
	struct words born = when_identity(k, row_is(identity) ? row_get(identity, "born_on") : STR_NONE);
	size_t n = row_is(identity) ? present_values(identity, now) : 0;
	if (n > 0 && born.n > 0 && k->lang == SAY_FR)
		now[2].value = words_view(&born);
	bool posted = rq->method == HTTP_POST;
	struct sheet s = {
		.action = screen_path(rq, rq->path.patient, "/edit"), .id = "edit", .fields = edit_fields, .form = posted ? &rq->form : NULL, .now = now, .n_now = n,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0,
	};
	screen_begin(&sc, N_("Correct the identity"));
	el(k, H_H1, NULL, N_("Correct the identity"));
	struct str status = row_is(identity) ? row_get(identity, "status") : STR_NONE;
	if (str_eq(status, "QUAL") || str_eq(status, "RECUP")) {
		el_open(k, H_P, "note warn");
		icon(k, "warn");
		html_z(&k->w, " ");
		say(k, N_("Names, birth date, sex and birth place come from the national identity service. Changing one of them drops the INS and the status."));
		html_close(&k->w, H_P);
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "version", fields_value(&s, "version"));
	draw_identity_inputs(k, &s, !fields_has_faults(&s));
	draw_submit(&sc, "primary", "check", N_("Record the identity of {1}"));
	fields_close(k);
	return screen_end(&sc);
}

static enum rc
edit_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method != HTTP_POST || !screen_done(rq, rel))
		return edit_draw(rq, rel, out);
	reply_redirect(out, screen_path(rq, rq->path.patient, "/admin"));
	return RC_OK;
}

/* ---- delete ---- */

static const struct choice delete_reasons[] = {
	{ "duplicate", N_("Duplicate of another record") }, { "error", N_("Created by mistake") },
	{ "fictive", N_("Test or fictitious identity") }, { "request", N_("Asked for by the person") }, { NULL, NULL },
};
static const struct field delete_fields[] = {
	{ "reason",  N_("Reason"),  FIELD_CODE, .required = true, .choices = delete_reasons },
	{ "text",    N_("Explain"), FIELD_TEXT, .min = 3, .max = 500, .required = true },
	{ "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};

static enum rc
delete_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "patient_delete");
		ask_arg(a, "patient", rq->path.patient);
		ask_fields(rq, a, delete_fields);
		return RC_OK;                /* nothing to read of a record that is deleted now */
	}
	screen_ask_admin(rq, a);
	ask_view(a, "patient_identity");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
delete_draw(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	screen_patient(&sc);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST;
	struct row identity = release_set(rel, "identity");
	struct pair now = { STR("version"), row_is(identity) ? row_get(identity, "version") : STR_NONE };
	struct sheet s = {
		.action = screen_path(rq, rq->path.patient, "/delete"), .id = "delete", .class_ = "sheet narrow", .fields = delete_fields, .form = posted ? &rq->form : NULL, .now = &now, .n_now = 1,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0,
	};
	screen_begin(&sc, N_("Delete the record"));
	el(k, H_H1, NULL, N_("Delete the record"));
	el_open(k, H_P, "note warn");
	icon(k, "warn");
	html_z(&k->w, " ");
	say(k, N_("The record leaves every list and can no longer be opened. Nothing is physically lost: another person than you can bring it back."));
	html_close(&k->w, H_P);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "version", fields_value(&s, "version"));
	fields_input(k, &s, "reason", &(struct look){ .as_radio = true });
	fields_input(k, &s, "text", NULL);
	draw_submit(&sc, "danger", "trash", N_("Delete the record of {1}"));
	fields_close(k);
	return screen_end(&sc);
}

static enum rc
delete_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method != HTTP_POST || !screen_done(rq, rel))
		return delete_draw(rq, rel, out);
	reply_redirect(out, STR("/patients/deleted"));
	return RC_OK;
}

/* ---- bring back ---- */

static const char *
delete_reason(struct str code)
{
	for (const struct choice *c = delete_reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

static const struct field deleted_fields[] = {
	{ "before", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX },
	FIELDS_END
};
static const struct field restore_fields[] = {
	{ "deletion", N_("Deletion"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END
};

static enum rc
deleted_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "patient_restore");
		ask_arg(a, "deletion", form_get(&rq->form, "deletion"));
	}
	ask_view(a, "patients_deleted");
	if (rq->method != HTTP_POST && form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static void
draw_deleted_row(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct pair hidden = { STR("deletion"), row_get(row, "deletion") };
	table_row(k);
	screen_cell_identity(sc, row);
	el_open(k, H_TH, NULL);
	html_attr_z(&k->w, "scope", "row");
	el_name(k, row_get(row, "masked"));
	html_close(&k->w, H_TH);
	cell(k, row_get(row, "birth_year"));
	cell_say(k, status_sex(row_get(row, "sex")));
	cell_say(k, delete_reason(row_get(row, "reason")));
	screen_cell_when(k, row, "deleted");
	cell(k, row_get(row, "by_name"));
	cell_open(k, NULL);
	if (row_get(row, "mine").n > 0)
		el(k, H_SPAN, "unknown", N_("deleted by you: a colleague can bring it back"));
	else
		fields_button_form(k, STR("/patients/deleted"), "quiet", "restore", screen_say(sc, N_("Bring back {1}"), row_get(row, "masked")), &hidden, 1, "e");
	cell_close(k);
	table_row_end(k);
}

static enum rc
deleted_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = {
		{ N_("Identity"), "shape" }, { N_("Person"), NULL }, { N_("Born"), NULL }, { N_("Sex"), NULL }, { N_("Reason"), NULL }, { N_("Deleted"), "time" },
		{ N_("By"), NULL }, { N_("Action"), NULL },
	};
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		struct row back = release_set(rel, "patient");
		reply_redirect(out, row_is(back) ? screen_path(rq, row_get(back, "id"), "/admin") : STR("/patients/deleted"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Deleted records"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Deleted records"));
	if (rq->method == HTTP_POST && release_act_rc(rel) != RC_OK) {
		el_open(k, H_DIV, "faults");
		html_attr_z(&k->w, "role", "alert");
		say_why(k, release_problem(rel)->why, release_problem(rel)->about);
		html_close(&k->w, H_DIV);
	}
	size_t n = rows_count(release_rows(rel), "deletions");
	if (n == 0) {
		empty_state(k, N_("No deleted record waits here."), STR("/search"), N_("Find a patient"));
		return screen_end(&sc);
	}
	state_line(k, n, N_("{1} deleted record"), N_("{1} deleted records"), N_("newest first; bringing back takes another person than who deleted"));
	table_open(k, N_("Deleted records"), cols, sizeof cols / sizeof cols[0]);
	struct str last = STR_NONE;
	for release_each (row, rel, "deletions") {
		draw_deleted_row(&sc, row);
		last = row_get(row, "deletion");
	}
	table_close(k);
	if (n >= 10) {
		struct str href = screen_join(rq, STR("/patients/deleted?before="), last);
		link_to(k, "button quiet", href, N_("Older"));
	}
	return screen_end(&sc);
}

const struct page pages_patient[] = {
	{ HTTP_GET,  "/search",                  MAY_FIND_PATIENT,   REVEALS_MASKED,      .ask = search_ask, .show = search_show, .menu = N_("Find a patient"), .icon = "find", .key = "F2" },
	{ HTTP_POST, "/search",                  MAY_FIND_PATIENT,   REVEALS_MASKED,      .fields = search_fields, .ask = search_ask, .show = search_show },
	{ HTTP_GET,  "/patients/new",            MAY_WRITE_IDENTITY, REVEALS_NOTHING,     .ask = create_ask, .show = create_show, .menu = N_("New record"), .icon = "plus", .key = "g n" },
	{ HTTP_POST, "/patients/new",            MAY_WRITE_IDENTITY, REVEALS_MASKED,      .fields = create_fields, .ask = create_ask, .show = create_show },
	{ HTTP_GET,  "/patient/:patient/edit",   MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .ask = edit_ask, .show = edit_show },
	{ HTTP_POST, "/patient/:patient/edit",   MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = edit_fields, .ask = edit_ask, .show = edit_show },
	{ HTTP_GET,  "/patient/:patient/delete", MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .ask = delete_ask, .show = delete_show },
	{ HTTP_POST, "/patient/:patient/delete", MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = delete_fields, .ask = delete_ask, .show = delete_show },
	{ HTTP_GET,  "/patients/deleted",        MAY_WRITE_IDENTITY, REVEALS_MASKED,      .fields = deleted_fields, .ask = deleted_ask, .show = deleted_show, .menu = N_("Deleted records"), .icon = "trash" },
	{ HTTP_POST, "/patients/deleted",        MAY_WRITE_IDENTITY, REVEALS_MASKED,      .fields = restore_fields, .ask = deleted_ask, .show = deleted_show },
	{ .path = NULL },
};
