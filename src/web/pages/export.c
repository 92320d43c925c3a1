/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/export.c: exports by two people: the form with its count, one's own exports with progress, files and receipt, and the inbox of those that wait for approval.
 * It must never offer to approve what one asked for oneself, nor name a patient of a cohort (masked lines only). Called by front through the rows at the end.
 */
#include "pages/export.h"

#include "pages/access.h"
#include "pages/coding.h"
#include "pages/session.h"

struct word { const char *code, *text; };

static const struct choice kinds[] = {
	{ "contact",   N_("Names and contacts: one line a person") },
	{ "stays",     N_("Stays: dates, kind and unit, without names") },
	{ "diagnoses", N_("Diagnoses: code, text and date, without names") },
	{ "pmsi",      N_("File of the PMSI of a month, by billing") },
	{ "fhir",      N_("FHIR resources of the types below (NDJSON)") },
	{ NULL, NULL },
};
static const struct word states[] = {
	{ "asked", N_("Waits for approval") }, { "approved", N_("Waits for a second approval") }, { "cooling", N_("Approved; its waiting time runs") }, { "ready", N_("Approved: may be taken") },
	{ "running", N_("Being sealed") }, { "sealed", N_("Sealed: to be downloaded") }, { "delivered", N_("Downloaded") }, { "refused", N_("Refused") }, { "cancelled", N_("Cancelled") },
	{ "cut", N_("Ended on the way") }, { "expired", N_("Expired") }, { NULL, NULL },
};

#define PURPOSE_FIELD   { "purpose",   N_("What is it for?"),             FIELD_LINES, .min = 10, .max = 400, .required = true }
#define KIND_FIELD      { "kind",      N_("What is exported"),            FIELD_CODE,  .required = true, .choices = kinds }
#define TYPES_FIELD     { "types",     N_("FHIR resource types"),         FIELD_TEXT,  .max = 400 }
#define COHORT_FIELD    { "cohort",    N_("Which patients"),              FIELD_TEXT,  .min = 3, .max = 500, .required = true }
#define RECIPIENT_FIELD { "recipient", N_("Public key of the recipient"), FIELD_TOKEN, .min = 10, .max = 100, .required = true }
#define HOURS_FIELD     { "hours",     N_("Valid for how many hours"),    FIELD_INT,   .min = 1, .max = 24, .required = true }
#define MACHINE_FIELD   { "machine",   N_("Machine account that may take it"), FIELD_TOKEN, .max = 64 }
#define CODE_FIELD      { "code",      N_("Code of your second factor"),  FIELD_TOKEN, .max = 16 }
#define NO_FIELD        { "no",        N_("Export"),                      FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true }
static const struct field count_fields[] = { PURPOSE_FIELD, KIND_FIELD, TYPES_FIELD, COHORT_FIELD, RECIPIENT_FIELD, HOURS_FIELD, MACHINE_FIELD, FIELDS_END };
static const struct field ask_fields[] = { PURPOSE_FIELD, KIND_FIELD, TYPES_FIELD, COHORT_FIELD, RECIPIENT_FIELD, HOURS_FIELD, MACHINE_FIELD,
	{ "count", N_("Patients"), FIELD_INT, .min = 0, .max = 2000000, .required = true }, CODE_FIELD, SESSION_KEY_FIELD, FIELDS_END };
static const struct field no_fields[] = { NO_FIELD, FIELDS_END };
static const struct field take_fields[] = { NO_FIELD, CODE_FIELD, SESSION_KEY_FIELD, FIELDS_END };
static const struct field approve_fields[] = { NO_FIELD, { "hash", N_("Fingerprint of the request"), FIELD_TOKEN, .min = 64, .max = 64, .required = true }, CODE_FIELD, SESSION_KEY_FIELD, FIELDS_END };
static const struct field file_fields[] = { NO_FIELD, { "part", N_("Part"), FIELD_INT, .min = 1, .max = 1000, .required = true }, FIELDS_END };

static const char *
word_of(const struct word *at, struct str code)
{
	for (; at->code; at++)
		if (str_eq(code, at->code))
			return at->text;
	return N_("Not recorded");
}

static const char *
kind_of(struct str code)
{
	for (const struct choice *c = kinds; c->code; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

static void
pass(const struct req *rq, struct asks *a, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
}

static bool
is_state(struct row row, const char *state)
{
	return str_eq(row_get(row, "state"), state);
}

/* ---- lists ---- */

static enum rc
mine_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "exports_mine");
	return RC_OK;
}

static enum rc
inbox_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "exports_inbox");
	return RC_OK;
}

static void
draw_list(struct screen *sc, const char *caption, bool inbox)
{
	static const struct col cols[] = { { N_("Asked for"), "time" }, { N_("By"), NULL }, { N_("What is exported"), NULL }, { N_("Patients"), "num" }, { N_("State"), NULL }, { N_("Lines sealed"), "num" }, { N_("Look"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "exports") {
		bool waits = is_state(row, "asked") || is_state(row, "approved");
		bool mine = row_get(row, "mine").n > 0;
		table_row(k);
		cell_time_ms(k, row_i64(row, "asked_at"));
		cell(k, row_get(row, "by_name"));
		cell_say(k, kind_of(row_get(row, "kind")));
		cell_figure(k, row, "patients");
		cell_say(k, word_of(states, row_get(row, "state")));
		cell_figure(k, row, "rows");
		cell_open(k, NULL);
		link_to(k, "button", screen_join(sc->rq, inbox && waits && !mine ? STR("/exports/approve?no=") : STR("/export?no="), row_get(row, "no")), inbox && waits && !mine ? N_("Judge it") : N_("Open"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	bool inbox = str_eq(str_of(rq->page->path), "/exports/inbox");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, inbox ? N_("Exports to approve") : N_("My exports"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, inbox ? N_("Exports to approve") : N_("My exports"));
	el(k, H_P, NULL, inbox ? N_("Nobody takes more than 50 patients out of the house alone. You approve what somebody of another unit asked for, after having looked at it; five a day at most.")
		: N_("Nobody takes more than 50 patients out of the house alone: somebody of another unit approves it, and it is sealed for one recipient."));
	if (!inbox) {
		html_open(&k->w, H_P);
		link_to(k, "button primary", STR("/exports/ask"), N_("Ask for an export"));
		html_close(&k->w, H_P);
	}
	if (rows_count(release_rows(rel), "exports") == 0)
		el(k, H_P, "note", inbox ? N_("No export waits.") : N_("You have not asked for any export."));
	else
		draw_list(&sc, N_("Newest first"), inbox);
	return screen_end(&sc);
}

/* ---- asking ---- */

static enum rc
form_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const all[] = { "purpose", "kind", "types", "cohort", "recipient", "hours", "count", "machine", "code", "passkey" };
	(void)p;
	bool asks = str_eq(str_of(rq->page->path), "/exports/ask");
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, asks ? "export_ask" : "export_count");
		if (asks)
			pass(rq, a, all, sizeof all / sizeof all[0]);
		else
			ask_arg(a, "cohort", form_get(&rq->form, "cohort"));
	}
	ask_view(a, "exports_mine"); /* whoever asks is somebody who may */
	return RC_OK;
}

/* Of a file of the PMSI (pages/coding_files.c) nothing else is asked: which file, of which month. */
static void
draw_month(struct screen *sc, struct str cohort)
{
	struct kit *k = &sc->k;
	struct str rest, month;
	(void)str_cut(cohort, '/', &rest);
	struct str file = str_cut(rest, '/', &rest);
	(void)str_cut(rest, '/', &month);
	fields_hidden(k, "kind", STR("pmsi"));
	fields_hidden(k, "cohort", cohort);
	el_open(k, H_P, NULL);
	say_with(k, N_("File: {1}, stays that ended in {2}"), str_of(tr(k->lang, coding_file_name(file))), coding_month_said(sc->rq, month));
	html_close(&k->w, H_P);
}

static void
draw_form(struct screen *sc, struct row count)
{
	struct kit *k = &sc->k;
	const struct req *rq = sc->rq;
	struct fault faults[8];
	bool counted = row_is(count) && row_has(count, "patients");
	bool again = rq->method == HTTP_POST && str_eq(str_of(rq->page->path), "/exports/ask"); /* refused: what was typed comes back with its count */
	static const struct pair first[] = { { { "hours", 5 }, { "24", 2 } } };
	struct sheet s = { .action = counted || again ? STR("/exports/ask") : STR("/exports/count"), .id = "export", .class_ = "sheet", .fields = counted || again ? ask_fields : count_fields,
		.form = rq->method == HTTP_POST ? &rq->form : NULL, .now = first, .n_now = 1, .faults = faults, .n_faults = rq->method == HTTP_POST ? screen_faults(rq, sc->rel, faults, 8) : 0 };
	if (counted) {
		el_open(k, H_P, "note");
		say_with(k, tr_n(k->lang, (uint64_t)row_i64(count, "patients"), N_("{1} patient now. If you ask for the export, it is this patient and no other."), N_("{1} patients now. If you ask for the export, it is these patients and no others.")), row_get(count, "patients"));
		html_close(&k->w, H_P);
	} else if (row_is(count)) {
		el(k, H_P, "note", N_("50 patients or fewer: this needs no export. Open them one by one."));
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "purpose", &(struct look){ .wide = true, .hint = N_("Without naming a patient: this is shown to whoever approves"), .autofocus = !counted });
	bool month = rq->method == HTTP_POST && str_eq(form_typed(&rq->form, "kind"), "pmsi") && str_starts(form_typed(&rq->form, "cohort"), STR("PMSI/"));
	if (month) {
		draw_month(sc, form_typed(&rq->form, "cohort"));
	} else {
		fields_input(k, &s, "cohort", &(struct look){ .wide = true, .hint = N_("A FHIR search of patients, such as gender=female&birthdate=lt1950-01-01, or Group/ and its id") });
		fields_input(k, &s, "kind", &(struct look){ .as_radio = true, .wide = true });
		fields_input(k, &s, "types", &(struct look){ .wide = true, .hint = N_("For FHIR only, by commas: Patient,Encounter,Condition") });
	}
	fields_input(k, &s, "recipient", &(struct look){ .wide = true, .hint = N_("It begins with age1. Only who holds its private key can read the file.") });
	fields_input(k, &s, "hours", &(struct look){ .inputmode = "numeric" });
	if (!month)
		fields_input(k, &s, "machine", &(struct look){ .hint = N_("For a Group that a machine fetches by FHIR; else leave it empty") });
	if (counted || again) {
		fields_hidden(k, "count", counted ? row_get(count, "patients") : form_typed(&rq->form, "count"));
		session_code(sc, &s, "fresh", false);
		fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Ask for this export"))));
	} else {
		fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Count the patients"))));
	}
	fields_close(k);
}

static enum rc
form_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	bool asks = str_eq(str_of(rq->page->path), "/exports/ask");
	if (asks && rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/exports"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Ask for an export"));
	el(&sc.k, H_H1, NULL, N_("Ask for an export"));
	el(&sc.k, H_P, NULL, N_("First the patients are counted, then you ask. Above 1,000 patients, or where there is specially sensitive data, two people approve; above 10,000 four hours pass before it may be taken."));
	draw_form(&sc, release_set(rel, "count"));
	return screen_end(&sc);
}

/* ---- one ---- */

static enum rc
one_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "hash", "code", "passkey" };
	struct str path = str_of(rq->page->path);
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, str_ends(path, STR("/take")) ? "export_take" : str_ends(path, STR("/cancel")) ? "export_cancel" : str_ends(path, STR("/refuse")) ? "export_refuse" : "export_approve");
		pass(rq, a, names, sizeof names / sizeof names[0]);
	}
	ask_view(a, "export");
	ask_arg(a, "no", form_get(&rq->form, "no"));
	if (str_eq(path, "/exports/approve") && rq->method != HTTP_POST) { /* after the act there may be nothing left to sample */
		ask_view(a, "export_sample");
		ask_arg(a, "no", form_get(&rq->form, "no"));
	}
	return RC_OK;
}

static void
pair_number(struct kit *k, const char *label, int64_t n)
{
	struct digits d;
	pair_text(k, label, digits_of(&d, n));
}

static void
pair_time(struct kit *k, const char *label, struct row row, const char *column)
{
	if (!row_has(row, column))
		return;
	pair_open(k, label);
	when_time_tag_ms(k, row_i64(row, column));
	pair_close(k);
}

/* "3,4 % de la base" from ten-thousandths. */
static void
pair_share(struct kit *k, struct row x)
{
	struct digits whole, tenth;
	struct words share = { .n = 0 };
	int64_t n = row_i64(x, "share");
	words_add(&share, digits_of(&whole, n / 100));
	words_z(&share, ".");
	words_add(&share, digits_of(&tenth, n % 100 / 10));
	struct words said = when_number(k, words_view(&share));
	pair_open(k, N_("Patients"));
	say_with(k, N_("{1}: {2} % of the base"), row_get(x, "patients"), words_view(&said));
	pair_close(k);
}

static void
draw_ticket(struct screen *sc, struct row x)
{
	struct kit *k = &sc->k;
	el_open(k, H_DL, "pairs");
	pair_open(k, N_("State"));
	say(k, word_of(states, row_get(x, "state")));
	pair_close(k);
	pair_text(k, N_("What is it for?"), row_get(x, "purpose"));
	pair_share(k, x);
	if (row_has(x, "special")) {
		pair_open(k, N_("Specially sensitive data"));
		if (str_eq(row_get(x, "special"), "few"))
			say(k, N_("Of some of these patients: two people approve."));
		else
			say_with(k, N_("Of {1} of these patients: two people approve."), row_get(x, "special"));
		pair_close(k);
	}
	if (row_has(x, "file")) {
		pair_open(k, N_("Which patients"));
		say_with(k, N_("Those with a line in this file: stays that ended in {1}, {2}"), coding_month_said(sc->rq, row_get(x, "month")), row_get(x, "place_name"));
		pair_close(k);
	} else {
		pair_text(k, N_("Which patients"), row_get(x, "cohort"));
	}
	pair_open(k, N_("What is exported"));
	say(k, kind_of(row_get(x, "kind")));
	if (row_has(x, "file")) {
		html_z(&k->w, " \xc2\xb7 ");
		say(k, coding_file_name(row_get(x, "file")));
	}
	if (row_has(x, "types")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(x, "types"));
	}
	pair_close(k);
	pair_open(k, N_("Asked for by"));
	el_name(k, row_get(x, "by_name"));
	if (row_has(x, "unit_name")) {
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(x, "unit_name"));
	}
	pair_close(k);
	if (row_has(x, "machine"))
		pair_text(k, N_("Machine account that may take it"), row_get(x, "machine"));
	pair_text(k, N_("Public key of the recipient"), row_get(x, "recipient"));
	pair_time(k, N_("Asked for"), x, "asked_at");
	pair_time(k, N_("Valid until"), x, "until_at");
	pair_time(k, N_("May be taken from"), x, "ready_at");
	pair_time(k, N_("Begun"), x, "started_at");
	pair_time(k, N_("Ended"), x, "ended_at");
	pair_time(k, N_("Files erased here"), x, "gone_at");
	if (row_has(x, "ended_by_name"))
		pair_text(k, N_("Ended by"), row_get(x, "ended_by_name"));
	if (row_has(x, "started_at"))
		pair_number(k, N_("Lines sealed"), row_i64(x, "rows"));
	pair_text(k, N_("Fingerprint of the request"), row_get(x, "hash"));
	html_close(&k->w, H_DL);
}

static void
draw_approvals(struct screen *sc, struct row x)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Approved by"), NULL }, { N_("Role"), NULL }, { N_("Unit"), NULL } };
	struct kit *k = &sc->k;
	el_open(k, H_H2, NULL);
	say_with(k, N_("Approvals: {1} of {2}"), row_get(x, "approved"), row_get(x, "needs"));
	html_close(&k->w, H_H2);
	if (rows_count(release_rows(sc->rel), "approvals") == 0)
		return;
	table_open(k, N_("Who approved"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "approvals") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_say(k, role_label(role_of(arena_z(sc->rq->arena, row_get(row, "role")))));
		cell(k, row_get(row, "unit_name"));
		table_row_end(k);
	}
	table_close(k);
}

/* The receipt: what was sealed, and where the ledger says so. Its files as long as they are there, to whom they belong. */
static void
draw_receipt(struct screen *sc, struct row x)
{
	static const struct col cols[] = { { N_("File"), NULL }, { N_("Lines sealed"), "num" }, { N_("Bytes"), "num" }, { "SHA-256", NULL }, { N_("Download"), NULL } };
	struct kit *k = &sc->k;
	bool there = row_get(x, "mine").n > 0 && !row_has(x, "gone") && (is_state(x, "sealed") || is_state(x, "delivered"));
	if (rows_count(release_rows(sc->rel), "files") == 0)
		return;
	el(k, H_H2, NULL, N_("Receipt"));
	el_open(k, H_P, NULL);
	say_with(k, N_("Export {1}: {2} lines; entry {3} of the ledger says so."), row_get(x, "no"), row_get(x, "rows"), row_get(x, "number"));
	html_close(&k->w, H_P);
	table_open(k, N_("Sealed files"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "files") {
		table_row(k);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "part"));
		html_z(&k->w, " · ");
		html_text(&k->w, row_get(row, "type"));
		cell_close(k);
		cell_figure(k, row, "rows");
		cell_figure(k, row, "bytes");
		cell_open(k, NULL);
		el_text(k, H_CODE, NULL, row_get(row, "sha256"));
		cell_close(k);
		cell_open(k, NULL);
		if (there) {
			const struct pair hidden[] = { { STR("no"), row_get(x, "no") }, { STR("part"), row_get(row, "part") } };
			fields_button_form(k, STR("/export/fetch"), "quiet", "check", screen_say(sc, N_("Download part {1}"), row_get(row, "part")), hidden, 2, NULL);
		} else {
			html_z(&k->w, "\xe2\x80\x94");
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_step(struct screen *sc, struct row x, const char *action, const struct field *fields, const char *kind, const char *label)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST && str_eq(str_of(sc->rq->page->path), action);
	struct sheet s = { .action = str_of(action), .id = "step", .class_ = "sheet narrow", .fields = fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(x, "no"));
	if (fields == approve_fields)
		fields_hidden(k, "hash", row_get(x, "hash")); /* what this page shows is what is approved */
	session_code(sc, &s, "fresh", false);
	fields_submit(k, kind, "check", str_of(tr(k->lang, label)));
	fields_close(k);
}

static void
draw_button(struct screen *sc, struct row x, const char *action, const char *label)
{
	const struct pair hidden[] = { { STR("no"), row_get(x, "no") } };
	fields_button_form(&sc->k, str_of(action), "danger", "octagon", str_of(tr(sc->k.lang, label)), hidden, 1, NULL);
}

static void
draw_sample(struct screen *sc)
{
	static const struct col cols[] = { { N_("Patient"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "sample") == 0)
		return;
	el(k, H_H2, NULL, N_("Ten of these patients"));
	table_open(k, N_("Evenly apart; patients are masked"), cols, 1);
	for release_each (row, sc->rel, "sample") {
		table_row(k);
		access_cell_masked(sc, row);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_year(struct screen *sc)
{
	struct row y = release_set(sc->rel, "year");
	if (!row_is(y))
		return;
	el(&sc->k, H_H2, NULL, N_("This person's other exports of twelve months"));
	el_open(&sc->k, H_P, NULL);
	say_with(&sc->k, N_("Asked for: {1}. Sealed: {2}, with {3} patients."), row_get(y, "asked"), row_get(y, "sealed"), row_get(y, "patients"));
	html_close(&sc->k.w, H_P);
}

static enum rc
one_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row x = release_set(rel, "export");
	bool approves = str_starts(str_of(rq->page->path), STR("/exports/"));
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, approves ? STR("/exports/inbox") : screen_join(rq, STR("/export?no="), row_get(x, "no")));
		return RC_OK;
	}
	struct screen sc;
	bool mine = row_get(x, "mine").n > 0, waits = is_state(x, "asked") || is_state(x, "approved"), live = waits || is_state(x, "cooling") || is_state(x, "ready") || is_state(x, "running");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Export"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	say_with(k, N_("Export {1}"), row_get(x, "no"));
	html_close(&k->w, H_H1);
	draw_ticket(&sc, x);
	draw_receipt(&sc, x);
	draw_approvals(&sc, x);
	if (!mine)
		draw_year(&sc);
	draw_sample(&sc);
	if (approves && !mine && waits) {
		el(k, H_H2, NULL, N_("Your word as a second person"));
		el(k, H_P, NULL, N_("Call the person. Approve only what you could explain to these patients."));
		draw_step(&sc, x, "/exports/approve", approve_fields, "primary", N_("Approve exactly this"));
		draw_button(&sc, x, "/exports/refuse", N_("Refuse this export"));
	}
	if (mine && is_state(x, "ready"))
		draw_step(&sc, x, "/export/take", take_fields, "primary", N_("Take it: sealing begins"));
	if ((is_state(x, "sealed") || is_state(x, "delivered")) && !row_has(x, "gone")) {
		el(k, H_P, NULL, mine ? N_("Sealed files lie here until the export's time is over. Once you have them all, erase them here.") : N_("Sealed files lie here until the export's time is over, or until they are erased."));
		draw_button(&sc, x, "/export/cancel", mine ? N_("I have the files: erase them here") : N_("Erase the sealed files"));
	}
	if (live && !(approves && waits))
		draw_button(&sc, x, "/export/cancel", N_("Cancel this export"));
	html_open(&k->w, H_P);
	link_to(k, NULL, release_may(rel, MAY_EXPORT_APPROVE) && !mine ? STR("/exports/inbox") : STR("/exports"), release_may(rel, MAY_EXPORT_APPROVE) && !mine ? N_("Exports to approve") : N_("My exports"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- a file ---- */

static enum rc
file_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad == 0) {
		ask_act(a, "export_fetch");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		ask_view(a, "export_file");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		ask_arg(a, "part", form_get(&rq->form, "part"));
	} else {
		ask_view(a, "exports_mine");
	}
	return RC_OK;
}

static enum rc
file_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row file = release_set(rel, "file");
	struct words name = { .n = 0 };
	if (!row_is(file)) {
		reply_redirect(out, STR("/exports"));
		return RC_OK;
	}
	words_z(&name, "attachment; filename=\"export-");
	words_add(&name, form_get(&rq->form, "no"));
	words_z(&name, "-");
	words_add(&name, form_get(&rq->form, "part"));
	words_z(&name, ".age\"");
	buf_str(&out->body, row_get(file, "data"));
	out->type = "application/octet-stream";
	reply_header(out, "Content-Disposition", screen_join(rq, words_view(&name), STR("")));
	return RC_OK;
}

const struct page pages_export[] = {
	{ HTTP_GET,  "/exports",         MAY_EXPORT_ASK,                      REVEALS_META, .ask = mine_ask,  .show = list_show, .menu = N_("My exports"), .icon = "lock" },
	{ HTTP_GET,  "/exports/inbox",   MAY_EXPORT_APPROVE,                  REVEALS_META, .ask = inbox_ask, .show = list_show, .menu = N_("Exports to approve"), .icon = "lock" },
	{ HTTP_GET,  "/exports/ask",     MAY_EXPORT_ASK,                      REVEALS_META, .ask = form_ask,  .show = form_show },
	{ HTTP_POST, "/exports/count",   MAY_EXPORT_ASK,                      REVEALS_META, .fields = count_fields,   .ask = form_ask, .show = form_show },
	{ HTTP_POST, "/exports/ask",     MAY_EXPORT_ASK,                      REVEALS_META, .fields = ask_fields,     .ask = form_ask, .show = form_show },
	{ HTTP_GET,  "/exports/approve", MAY_EXPORT_APPROVE,                  REVEALS_MASKED, .fields = no_fields,    .ask = one_ask,  .show = one_show },
	{ HTTP_POST, "/exports/approve", MAY_EXPORT_APPROVE,                  REVEALS_META, .fields = approve_fields, .ask = one_ask,  .show = one_show },
	{ HTTP_POST, "/exports/refuse",  MAY_EXPORT_APPROVE,                  REVEALS_META, .fields = no_fields,      .ask = one_ask,  .show = one_show },
	{ HTTP_GET,  "/export",          MAY_EXPORT_ASK | MAY_EXPORT_APPROVE, REVEALS_META, .fields = no_fields,      .ask = one_ask,  .show = one_show },
	{ HTTP_POST, "/export/take",     MAY_EXPORT_ASK,                      REVEALS_META, .fields = take_fields,    .ask = one_ask,  .show = one_show },
	{ HTTP_POST, "/export/cancel",   MAY_EXPORT_ASK | MAY_EXPORT_APPROVE, REVEALS_META, .fields = no_fields,      .ask = one_ask,  .show = one_show },
	{ HTTP_POST, "/export/fetch",    MAY_EXPORT_ASK,                      REVEALS_META, .fields = file_fields,    .ask = file_ask, .show = file_show },
	{ .path = NULL },
};
