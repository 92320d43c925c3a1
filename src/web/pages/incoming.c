/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/incoming.c: documents that come in: taken in with what stands on them, the lists of those that wait and of those that were dropped, one of them with its match, corrected or dropped, and a record's page, where a person files one by choice
 * or takes a wrong one out. It must never show anything of a record but on that record's own page, nor the file before it is filed. Called by front through the rows at the end. Start at
 * one_show and of_show.
 */
#include "pages/incoming.h"

#include "codec/base64.h"
#include "pages/bedside.h"
#include "pages/chart.h"

#define FILE_MOST (4 << 20)      /* bytes; hospital/document.h holds to the same */
#define FORM_MOST (FILE_MOST + (64 << 10))
#define WAITS_OFFERED 50

static const struct choice sexes[] = { { "female", N_("Female") }, { "male", N_("Male") }, { "unknown", N_("Undetermined") }, { NULL, NULL } };
static const struct choice kinds[] = { { "discharge", N_("Discharge letter") }, { "consultation", N_("Consultation letter") }, { "free", N_("Other document") }, { NULL, NULL } };

static const struct field list_fields[] = { { "after", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };
static const struct field one_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct choice grounds[] = { { "nobody", N_("Of nobody of the house") }, { "twice", N_("Received twice") }, { "unreadable", N_("Not readable") }, { "elsewhere", N_("For another house") }, { NULL, NULL } };
#define TYPED \
	{ "family",   N_("Birth name"),             FIELD_TEXT, .max = 100, .required = true }, \
	{ "given",    N_("First given name"),       FIELD_TEXT, .max = 100, .required = true }, \
	{ "born_on",  N_("Birth date"),             FIELD_DATE, .required = true }, \
	{ "sex",      N_("Sex"),                    FIELD_CODE, .required = true, .choices = sexes }, \
	{ "ins",      N_("INS"),                    FIELD_TEXT, .max = 30 }, \
	{ "kind",     N_("Kind of document"),       FIELD_CODE, .required = true, .choices = kinds }, \
	{ "dated_on", N_("Date of the document"),   FIELD_DATE, .required = true }, \
	{ "author",   N_("Author of the document"), FIELD_TEXT, .max = 100, .required = true }
static const struct field add_fields[] = { BEDSIDE_ONCE, { "file", N_("File"), FIELD_FILE, .max = FILE_MOST, .required = true }, TYPED, FIELDS_END };
#define DOCUMENT { "document", N_("Document received"), FIELD_TOKEN, .max = 44, .required = true } /* number/version */
static const struct field file_fields[] = { DOCUMENT, { "reason", N_("Reason"), FIELD_TEXT, .min = 3, .max = 200 }, FIELDS_END };
static const struct field correct_fields[] = { DOCUMENT, TYPED, FIELDS_END };
static const struct field drop_fields[] = { DOCUMENT, { "ground", N_("Why it is dropped"), FIELD_CODE, .required = true, .choices = grounds }, { "reason", N_("In words"), FIELD_TEXT, .min = 3, .max = 200 }, FIELDS_END };
static const struct field restore_fields[] = { DOCUMENT, FIELDS_END };
static const struct field return_fields[] = { DOCUMENT, { "reason", N_("Reason"), FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };

static const char *
label_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

/* brief: in a list. */
static void
found_chip(struct kit *k, struct str found, bool brief)
{
	if (str_eq(found, "match"))
		status_chip(k, "ok", "check", brief ? N_("Exact match") : N_("One qualified identity has exactly this INS and these traits"));
	else if (str_eq(found, "several"))
		status_chip(k, "critical", "people", brief ? N_("Several have the INS") : N_("Several identities have this INS"));
	else if (str_eq(found, "none"))
		status_chip(k, "warn", "warn", brief ? N_("No exact match") : N_("No qualified identity has exactly this INS and these traits"));
	else
		status_chip(k, "plain", "not-recorded", N_("No INS stands on it"));
}

/* "12/3": what a form sends back of a row. */
static struct str
row_key(const struct req *rq, struct row row)
{
	return screen_join(rq, screen_join(rq, row_get(row, "no"), STR("/")), row_get(row, "saved"));
}

/* ---- taken in ---- */

/* The gate's arguments are texts: the bytes go as base64. */
static struct str
as_text(const struct req *rq, struct str bytes)
{
	struct buf b;
	buf_init(&b, 2 * (size_t)FILE_MOST);
	base64_put(&b, bytes);
	struct str text = b.failed ? STR_NONE : arena_str(rq->arena, buf_view(&b));
	buf_done(&b);
	return text;
}

static enum rc
add_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "incoming_add");
		for (const struct field *f = add_fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, f->kind == FIELD_FILE ? as_text(rq, form_get(&rq->form, f->name)) : form_get(&rq->form, f->name));
	}
	return arena_rc(rq->arena, p);
}

static void
typed_inputs(struct kit *k, const struct sheet *s)
{
	fields_input(k, s, "kind", &(struct look){ .as_select = true });
	fields_input(k, s, "dated_on", &(struct look){ .hint = N_("14/02/2026, or j-3") });
	fields_input(k, s, "author", NULL);
	fields_input(k, s, "family", NULL);
	fields_input(k, s, "given", NULL);
	fields_input(k, s, "born_on", &(struct look){ .hint = N_("140257 or 14/02/1957") });
	fields_input(k, s, "sex", NULL);
	fields_input(k, s, "ins", &(struct look){ .hint = N_("15 signs, as written on the document; empty when none stands on it"), .inputmode = "numeric" });
}

static enum rc
add_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	bool posted = rq->method == HTTP_POST;
	if (posted && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/incoming/document?no="), row_get(release_set(rel, "made"), "no")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Take in a document"));
	struct kit *k = &sc.k;
	struct sheet s = { .action = STR("/incoming/add"), .id = "incoming", .class_ = "sheet", .fields = add_fields, .form = posted ? &rq->form : NULL, .faults = faults,
		.n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
	el(k, H_H1, NULL, N_("Take in a document"));
	el(k, H_P, "hint", N_("Write what stands on the document, exactly. It is filed by itself into no record: one key files it where INS and traits are exactly the same, else a person chooses."));
	bedside_open(k, &s);
	fields_input(k, &s, "file", &(struct look){ .hint = N_("PDF or plain text (UTF-8), 4 MB at most; choose it again when the form comes back") });
	typed_inputs(k, &s);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Take in the document"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- those that wait ---- */

static bool
at_dropped(const struct req *rq)
{
	return str_ends(str_of(rq->page->path), STR("/dropped"));
}

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, at_dropped(rq) ? "incoming_dropped" : "incoming_list");
	if (form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	return RC_OK;
}

static struct str
person_of(struct screen *sc, struct row row)
{
	return screen_say(sc, N_("{1}, {2}"), row_get(row, "family"), row_get(row, "given"));
}

static struct str
document_path(const struct req *rq, struct row row)
{
	return screen_join(rq, STR("/incoming/document?no="), row_get(row, "no"));
}

static void
draw_table(struct screen *sc, const char *set, const struct col *cols, size_t n_cols, const char *caption, const char *instant)
{
	struct kit *k = &sc->k;
	table_open(k, caption, cols, n_cols);
	for release_each (row, sc->rel, set) {
		struct words dated = when_identity(k, row_get(row, "dated_on")), born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		cell_link(k, document_path(sc->rq, row), str_of(tr(k->lang, label_of(kinds, row_get(row, "kind")))));
		cell(k, words_view(&dated));
		cell(k, row_get(row, "author"));
		cell(k, person_of(sc, row));
		cell(k, words_view(&born));
		cell_open(k, NULL);
		found_chip(k, row_get(row, "found"), true);
		cell_close(k);
		cell_time_ms(k, row_i64(row, instant));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
	if (row_is(release_set(sc->rel, "page")))
		link_to(k, "button", screen_join(sc->rq, screen_join(sc->rq, str_of(sc->rq->page->path), STR("?after=")), row_get(release_set(sc->rel, "page"), "next")), N_("The next ones"));
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Document received"), NULL }, { N_("Dated"), "num" }, { N_("Author"), NULL }, { N_("Name on it"), NULL }, { N_("Born on"), "num" }, { N_("Finding when it came"), NULL }, { N_("Came"), "time" }, { N_("By"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Documents to file"));
	struct kit *k = &sc.k;
	size_t n = rows_count(release_rows(rel), "waits");
	el(k, H_H1, NULL, N_("Documents to file"));
	el_open(k, H_P, "actions");
	link_to(k, "button primary", STR("/incoming/add"), N_("Take in a document"));
	link_to(k, "button quiet", STR("/incoming/dropped"), N_("Documents that were dropped"));
	html_close(&k->w, H_P);
	if (n == 0) {
		empty_state(k, N_("No document waits."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	state_line(k, n, N_("{1} document waits"), N_("{1} documents wait"), N_("the oldest first"));
	draw_table(&sc, "waits", cols, sizeof cols / sizeof cols[0], N_("Documents to file"), "at");
	return screen_end(&sc);
}

static enum rc
dropped_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Document received"), NULL }, { N_("Dated"), "num" }, { N_("Author"), NULL }, { N_("Name on it"), NULL }, { N_("Born on"), "num" }, { N_("Finding when it was dropped"), NULL }, { N_("Dropped at"), "time" }, { N_("Taken in by"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Documents that were dropped"));
	struct kit *k = &sc.k;
	size_t n = rows_count(release_rows(rel), "dropped");
	el(k, H_H1, NULL, N_("Documents that were dropped"));
	el(k, H_P, "hint", N_("They are nobody's and are kept under seal. Each says by whom and why it was dropped, and can be taken up again."));
	if (n == 0)
		empty_state(k, N_("No document was dropped."), STR_NONE, NULL);
	else
		draw_table(&sc, "dropped", cols, sizeof cols / sizeof cols[0], N_("Documents that were dropped"), "dropped_at");
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/incoming"), N_("Documents to file"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- one of them ---- */

static enum rc
one_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str saved = STR_NONE, path = str_of(rq->page->path), no = form_get(&rq->form, "no");
	if (rq->method == HTTP_POST)
		no = str_cut(form_get(&rq->form, "document"), '/', &saved);
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, str_ends(path, STR("/correct")) ? "incoming_correct" : str_ends(path, STR("/drop")) ? "incoming_drop" : "incoming_restore");
		ask_arg(a, "no", no);
		ask_arg(a, "saved", saved);
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			if (f->kind != FIELD_TOKEN && form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "incoming");
	ask_arg(a, "no", no);
	return arena_rc(rq->arena, p);
}

/* What stands on it, of the document or of a note of what was typed before. */
static void
draw_typed(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words dated = when_identity(k, row_get(row, "dated_on")), born = when_identity(k, row_get(row, "born_on"));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Kind of document"), str_of(tr(k->lang, label_of(kinds, row_get(row, "kind")))));
	pair_text(k, N_("Date of the document"), words_view(&dated));
	pair_text(k, N_("Author of the document"), row_get(row, "author"));
	pair_text(k, N_("Name on it"), person_of(sc, row));
	pair_text(k, N_("Birth date"), words_view(&born));
	pair_text(k, N_("Sex"), str_of(tr(k->lang, label_of(sexes, row_get(row, "sex")))));
	pair_text(k, N_("INS"), row_get(row, "ins"));
	html_close(&k->w, H_DL);
}

static void
draw_notes(struct screen *sc)
{
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "notes") == 0)
		return;
	el(k, H_H2, NULL, N_("What was done with it"));
	for release_each (row, sc->rel, "notes") {
		struct words at = when_clinical_ms(k, row_i64(row, "at"));
		bool corrected = str_eq(row_get(row, "kind_of"), "corrected");
		html_open(&k->w, H_P);
		say_with(k, corrected ? N_("Corrected {1} by {2}. Before, it said:") : str_eq(row_get(row, "kind_of"), "dropped") ? N_("Dropped {1} by {2}.") : N_("Taken up again {1} by {2}."), words_view(&at), row_get(row, "by_name"));
		if (row_has(row, "ground")) {
			html_z(&k->w, " ");
			say(k, label_of(grounds, row_get(row, "ground")));
		}
		if (row_has(row, "reason")) {
			html_z(&k->w, " \xe2\x80\x94 ");
			html_text(&k->w, row_get(row, "reason"));
		}
		html_close(&k->w, H_P);
		if (corrected)
			draw_typed(sc, row);
	}
}

static bool
sent_to(const struct req *rq, const char *tail)
{
	return rq->method == HTTP_POST && str_ends(str_of(rq->page->path), str_of(tail));
}

static void
draw_drop(struct screen *sc, struct row row)
{
	const struct req *rq = sc->rq;
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	bool sent = sent_to(rq, "/drop");
	struct sheet s = { .action = STR("/incoming/drop"), .id = "drop", .class_ = "sheet narrow", .fields = drop_fields, .form = sent ? &rq->form : NULL, .faults = faults,
		.n_faults = sent && rq->form.n_bad == 0 ? screen_faults(rq, sc->rel, faults, BEDSIDE_FAULTS) : 0 };
	html_open(&k->w, H_DETAILS);
	if (sent)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Drop this document"));
	el(k, H_P, "hint", N_("It leaves this list and is kept, under seal, in the list of those that were dropped."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "document", row_key(rq, row));
	fields_input(k, &s, "ground", NULL);
	fields_input(k, &s, "reason", NULL);
	fields_submit(k, "danger", "trash", str_of(tr(k->lang, N_("Drop this document"))));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_waiting(struct screen *sc, struct row row)
{
	const struct req *rq = sc->rq;
	struct kit *k = &sc->k;
	struct pair hidden[1] = { { STR("document"), row_key(rq, row) } };
	if (row_has(row, "patient")) {
		fields_button_form(k, screen_path(rq, row_get(row, "patient"), "/incoming/file"), "primary", "check", screen_say(sc, N_("File into the record of {1}"), person_of(sc, row)), hidden, 1, "F9");
		el(k, H_P, "hint", N_("This opens the record, as any page of it does."));
	} else {
		el(k, H_P, "hint", N_("Find the person, open the record, and file the document there with a reason: the record's menu has “Incoming documents”."));
		link_to(k, "button", STR("/search"), N_("Find the person"));
	}
	link_to(k, "button quiet", screen_join(rq, STR("/incoming/correct?no="), row_get(row, "no")), N_("Correct what was typed"));
	draw_drop(sc, row);
}

static void
draw_gone(struct screen *sc)
{
	struct kit *k = &sc->k;
	el(k, H_P, "note warn", N_("This document does not wait any more: it was filed, or there is none of this number."));
	link_to(k, "button", STR("/incoming"), N_("Documents to file"));
}

static enum rc
one_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row row = release_set(rel, "document");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, sent_to(rq, "/drop") ? STR("/incoming") : document_path(rq, release_set(rel, "made")));
		return RC_OK;
	}
	bool dropped = row_is(row) && str_eq(row_get(row, "state"), "dropped");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, dropped ? N_("Document that was dropped") : N_("Document to file"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, dropped ? N_("Document that was dropped") : N_("Document to file"));
	if (!row_is(row) || dropped || !sent_to(rq, "/drop"))
		screen_refusal(&sc);
	if (!row_is(row)) {
		draw_gone(&sc);
		return screen_end(&sc);
	}
	draw_typed(&sc, row);
	el_open(k, H_P, NULL);
	found_chip(k, row_get(row, "found"), false);
	html_close(&k->w, H_P);
	struct pair hidden[1] = { { STR("document"), row_key(rq, row) } };
	if (dropped)
		fields_button_form(k, STR("/incoming/restore"), "primary", "restore", str_of(tr(k->lang, N_("Take it up again"))), hidden, 1, NULL);
	else
		draw_waiting(&sc, row);
	draw_notes(&sc);
	html_open(&k->w, H_P);
	link_to(k, NULL, dropped ? STR("/incoming/dropped") : STR("/incoming"), dropped ? N_("Documents that were dropped") : N_("Documents to file"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* Another was quicker: what stands now is shown beside the form, which keeps what was typed and would write over it. */
static enum rc
correct_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row row = release_set(rel, "document");
	struct fault faults[BEDSIDE_FAULTS];
	bool posted = rq->method == HTTP_POST;
	if (posted && screen_done(rq, rel)) {
		reply_redirect(out, document_path(rq, release_set(rel, "made")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Correct what was typed"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Correct what was typed"));
	if (!row_is(row) || str_eq(row_get(row, "state"), "dropped")) {
		screen_refusal(&sc);
		draw_gone(&sc);
		return screen_end(&sc);
	}
	struct words dated = when_identity(k, row_get(row, "dated_on")), born = when_identity(k, row_get(row, "born_on"));
	struct pair now[8] = { { STR("dated_on"), words_view(&dated) }, { STR("born_on"), words_view(&born) } };
	static const char *const SAME[] = { "family", "given", "sex", "ins", "kind", "author" };
	for (size_t i = 0; i < sizeof SAME / sizeof SAME[0]; i++)
		now[i + 2] = (struct pair){ str_of(SAME[i]), row_get(row, SAME[i]) };
	struct sheet s = { .action = STR("/incoming/correct"), .id = "incoming", .class_ = "sheet", .fields = correct_fields, .form = posted ? &rq->form : NULL, .now = now, .n_now = 8, .faults = faults,
		.n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
	el(k, H_P, "hint", N_("Write what stands on the document, exactly. What was typed before stays beside it, with who corrected it and when."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "document", row_key(rq, row));
	typed_inputs(k, &s);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Correct this document"))));
	fields_close(k);
	if (posted && rq->form.n_bad == 0 && release_problem(rel)->why == WHY_INCOMING_GONE) {
		el_open(k, H_ARTICLE, "card");
		el(k, H_H2, NULL, N_("What stands now"));
		el(k, H_P, "note warn", N_("Somebody changed this document meanwhile. What you typed is in the form above and is not saved yet: compare, then send it again, or leave it."));
		draw_typed(&sc, row);
		html_close(&k->w, H_ARTICLE);
	}
	html_open(&k->w, H_P);
	link_to(k, NULL, document_path(rq, row), N_("Back to the document"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- in a record ---- */

static enum rc
of_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		struct str saved, no = str_cut(form_get(&rq->form, "document"), '/', &saved);
		ask_act(a, str_ends(str_of(rq->page->path), STR("/file")) ? "incoming_file" : "incoming_return");
		ask_arg(a, "patient", rq->path.patient);
		ask_arg(a, "no", no);
		ask_arg(a, "saved", saved);
		if (form_get(&rq->form, "reason").n > 0)
			ask_arg(a, "reason", form_get(&rq->form, "reason"));
	}
	screen_ask_admin(rq, a);
	ask_view(a, "incoming_of");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

/* One form over the documents of a set: which one, and why. */
static void
draw_choice(struct screen *sc, const char *set, const char *tail, const char *id, const struct field *fields, const char *symbol, struct str label)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair options[WAITS_OFFERED];
	size_t n = 0;
	struct sheet s = bedside_sheet(sc->rq, sc->rel, tail, id, fields, faults);
	for release_each (row, sc->rel, set) {
		struct words dated = when_identity(k, row_get(row, "dated_on"));
		if (n < WAITS_OFFERED)
			options[n++] = (struct pair){ row_key(sc->rq, row), screen_say(sc, N_("{1} of {2} — {3} — {4}"), str_of(tr(k->lang, label_of(kinds, row_get(row, "kind")))), arena_str(sc->rq->arena, words_view(&dated)),
				row_get(row, "author"), person_of(sc, row)) };
	}
	if (n == 0) {
		if (fields_has_faults(&s))
			screen_refusal(sc);
		return;
	}
	bedside_open(k, &s);
	fields_input(k, &s, "document", &(struct look){ .options = options, .n_options = n, .as_select = true, .wide = true });
	fields_input(k, &s, "reason", &(struct look){ .wide = true });
	fields_submit(k, "quiet", symbol, label);
	fields_close(k);
}

static enum rc
of_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Document received"), NULL }, { N_("Dated"), "num" }, { N_("Author"), NULL }, { N_("Name on it"), NULL }, { N_("Came"), "time" }, { N_("By"), NULL } };
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/incoming"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("Incoming documents"));
	struct kit *k = &sc.k;
	if (!row_is(release_set(rel, "record"))) { /* refused: nothing of the record was asked for */
		screen_refusal(&sc);
		link_to(k, "button primary", screen_path(rq, rq->path.patient, "/incoming"), N_("Open the page again"));
		return screen_end(&sc);
	}
	if (rows_count(release_rows(rel), "filed") == 0) {
		empty_state(k, N_("No document from outside was filed into this record."), STR_NONE, NULL);
	} else {
		table_open(k, N_("Filed into this record"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, rel, "filed") {
			struct words dated = when_identity(k, row_get(row, "dated_on"));
			table_row(k);
			cell_say(k, label_of(kinds, row_get(row, "kind")));
			cell(k, words_view(&dated));
			cell(k, row_get(row, "author"));
			cell(k, person_of(&sc, row));
			cell_time_ms(k, row_i64(row, "at"));
			cell(k, row_get(row, "by_name"));
			table_row_end(k);
		}
		table_close(k);
	}
	el(k, H_H2, NULL, N_("File a document that waits into this record"));
	if (rows_count(release_rows(rel), "waits") == 0)
		empty_state(k, N_("No document waits."), STR("/incoming/add"), N_("Take in a document"));
	draw_choice(&sc, "waits", "/incoming/file", "file", file_fields, "check", screen_say(&sc, N_("File into the record of {1}"), sc.name));
	if (rows_count(release_rows(rel), "filed") > 0) {
		el(k, H_H2, NULL, N_("Filed wrongly?"));
		el(k, H_P, "hint", N_("The document leaves this record, which keeps a trace of it as entered in error, and waits again: file it into the right record from there."));
	}
	draw_choice(&sc, "filed", "/incoming/return", "return", return_fields, "restore", screen_say(&sc, N_("Take out of the record of {1}"), sc.name));
	return screen_end(&sc);
}

const struct page pages_incoming[] = {
	{ HTTP_GET,  "/incoming",          MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = list_fields, .ask = list_ask, .show = list_show, .menu = N_("Documents to file"), .icon = "doc" },
	{ HTTP_GET,  "/incoming/document", MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = one_fields,  .ask = one_ask,  .show = one_show },
	{ HTTP_GET,  "/incoming/dropped",  MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = list_fields, .ask = list_ask, .show = dropped_show },
	{ HTTP_GET,  "/incoming/correct",  MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = one_fields,     .ask = one_ask, .show = correct_show },
	{ HTTP_POST, "/incoming/correct",  MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = correct_fields, .ask = one_ask, .show = correct_show },
	{ HTTP_POST, "/incoming/drop",     MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = drop_fields,    .ask = one_ask, .show = one_show },
	{ HTTP_POST, "/incoming/restore",  MAY_FILE_DOCUMENT, REVEALS_WORK_LIST, .fields = restore_fields, .ask = one_ask, .show = one_show },
	{ HTTP_GET,  "/incoming/add",      MAY_FILE_DOCUMENT, REVEALS_META,      .ask = add_ask, .show = add_show },
	{ HTTP_POST, "/incoming/add",      MAY_FILE_DOCUMENT, REVEALS_META,      .fields = add_fields,  .body_max = FORM_MOST, .ask = add_ask,  .show = add_show },
	{ .path = NULL },
};

const struct page pages_incoming_patient[] = {
	{ HTTP_GET,  "/patient/:patient/incoming",        MAY_FILE_DOCUMENT, REVEALS_ONE_PATIENT, .ask = of_ask, .show = of_show, .menu = N_("Incoming documents"), .icon = "doc" },
	{ HTTP_POST, "/patient/:patient/incoming/file",   MAY_FILE_DOCUMENT, REVEALS_ONE_PATIENT, .fields = file_fields,   .ask = of_ask, .show = of_show },
	{ HTTP_POST, "/patient/:patient/incoming/return", MAY_FILE_DOCUMENT, REVEALS_ONE_PATIENT, .fields = return_fields, .ask = of_ask, .show = of_show },
	{ .path = NULL },
};
