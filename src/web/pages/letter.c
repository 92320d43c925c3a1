/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/letter.c: the letters of a patient: begun from a template, written with blocks of the record beside their source and date, what is missing named before the signature, signed, corrected,
 * cancelled. It must never hide what another saved meanwhile, nor show a block without the instant it was read. Called by front through the rows at the end. Start at letter_show.
 */
#include "pages/letter.h"

#include "codec/fill.h"
#include "pages/bedside.h"
#include "pages/chart.h"

const struct choice letter_page_kinds[] = { { "discharge", N_("Discharge letter") }, { "consultation", N_("Consultation letter") }, { "free", N_("Free letter") }, { NULL, NULL } };

#define NO { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define REGION "as-saved"         /* what the draft is, as it was saved last: refilled when it saves itself */
#define SAVES_AFTER_MS "3000"     /* after the last key: a pause between two sentences */
#define SAVED { "saved", N_("Version"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field draft_fields[] = {
	BEDSIDE_ONCE,
	{ "begin", N_("Begin with"), FIELD_TOKEN, .max = 40, .required = true }, /* kind, or kind and number of a template */
	FIELDS_END
};
static const struct field one_fields[] = { NO, FIELDS_END };
static const struct field save_fields[] = {
	NO, SAVED,
	{ "title", N_("Title"),      FIELD_TEXT,  .min = 3, .max = 120, .required = true },
	{ "to",    N_("Recipients"), FIELD_LINES, .max = 600 },
	{ "text",  N_("Text"),       FIELD_LINES, .max = 12000, .required = true },
	{ "pull",  N_("Block"),      FIELD_TEXT,  .max = 40 },
	FIELDS_END
};
static const struct field sign_fields[] = { NO, SAVED, FIELDS_END };
static const struct field correct_fields[] = { NO, BEDSIDE_ONCE, FIELDS_END };
static const struct field cancel_fields[] = { NO, { "reason", N_("Reason"), FIELD_TEXT, .min = 3, .max = 200, .required = true }, FIELDS_END };

/* Blocks first: they have buttons. The names are hospital's list; a name that is not here is shown as it stands. */
static const struct { const char *name, *label; } named[] = {
	{ "bloc.problemes",        N_("Problems") },
	{ "bloc.allergies",        N_("Allergies") },
	{ "bloc.traitements",      N_("Treatments that stand") },
	{ "bloc.constantes",       N_("Last vital signs") },
	{ "bloc.resultats",        N_("Results") },
	{ "bloc.sejour",           N_("Dates of the stay") },
	{ "patient.nom",           N_("Name used") },
	{ "patient.prenom",        N_("Given name used") },
	{ "patient.nom_naissance", N_("Birth name") },
	{ "patient.naissance",     N_("Birth date") },
	{ "patient.age",           N_("Age in years") },
	{ "patient.sexe",          N_("Sex") },
	{ "patient.ipp",           N_("Record number (IPP)") },
	{ "sejour.entree",         N_("First day of the stay") },
	{ "sejour.sortie",         N_("Last day of the stay") },
	{ "sejour.unite",          N_("Unit of the stay") },
	{ "medecin_traitant.nom",  N_("Treating physician") },
	{ "auteur.nom",            N_("Who writes the letter") },
	{ "date.jour",             N_("Today") },
};
#define BLOCKS 6

struct str
letter_field_label(const struct kit *k, struct str name)
{
	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
		if (str_eq(name, named[i].name))
			return str_of(tr(k->lang, named[i].label));
	return name;
}

const char *
letter_kind_label(struct str code)
{
	for (const struct choice *c = letter_page_kinds; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Letter");
}

static void
state_chip(struct kit *k, struct str state)
{
	if (str_eq(state, "draft"))
		status_chip(k, "warn", "pencil", N_("Draft"));
	else if (str_eq(state, "signed"))
		status_chip(k, "ok", "check", N_("Signed"));
	else if (str_eq(state, "replaced"))
		status_chip(k, "plain", "restore", N_("Replaced by a later version"));
	else
		status_chip(k, "plain", "trash", N_("Cancelled"));
}

/* ---- the list ---- */

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		struct str rest, begin = form_get(&rq->form, "begin"), kind = str_cut(begin, '/', &rest);
		ask_act(a, "letter_draft");
		ask_arg(a, "patient", rq->path.patient);
		ask_arg(a, "once", form_get(&rq->form, "once"));
		ask_arg(a, "kind", kind);
		if (rest.n > 0)
			ask_arg(a, "template", rest);
	}
	screen_ask_head(rq, a);
	ask_view(a, "letters");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "letter_templates");
	return RC_OK;
}

static struct str
letter_path(const struct req *rq, struct str no)
{
	return screen_join(rq, screen_path(rq, rq->path.patient, "/letter?no="), no);
}

static void
draw_begin(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct pair options[64];
	size_t n = 0;
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/letters", "begin", draft_fields, faults);
	for release_each (row, sc->rel, "templates") {
		bool own = row_i64(row, "no") > 0;
		struct str kind = row_get(row, "kind"), label = str_of(tr(k->lang, letter_kind_label(kind)));
		if (n < sizeof options / sizeof options[0])
			options[n++] = (struct pair){ own ? screen_join(sc->rq, kind, screen_join(sc->rq, STR("/"), row_get(row, "no"))) : kind,
				own ? screen_say(sc, N_("{1}: {2}"), label, row_get(row, "name")) : label };
	}
	bedside_open(k, &s);
	fields_input(k, &s, "begin", &(struct look){ .options = options, .n_options = n, .as_select = true, .autofocus = sc->rq->method == HTTP_GET });
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Begin a letter for {1}"), sc->name));
	fields_close(k);
}

static void
draw_list(struct screen *sc)
{
	static const struct col cols[] = { { N_("Letter"), NULL }, { N_("State"), NULL }, { N_("Version"), "num" }, { N_("Last change"), "time" }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "letters");
	if (n == 0) {
		empty_state(k, N_("No letter was begun for this person."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Letters, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "letters") {
		table_row(k);
		cell_link(k, letter_path(sc->rq, row_get(row, "no")), row_get(row, "title"));
		cell_open(k, NULL);
		state_chip(k, row_get(row, "state"));
		cell_close(k);
		cell(k, row_get(row, "version"));
		cell_time_ms(k, row_has(row, "signed_at") ? row_i64(row, "signed_at") : row_i64(row, "saved_at"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row made = rel != NULL ? release_set(rel, "made") : (struct row){ .at = 0 };
	if (rq->method == HTTP_POST && screen_done(rq, rel) && row_is(made)) {
		reply_redirect(out, letter_path(rq, row_get(made, "no")));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Letters"));
	if (release_may(rel, MAY_WRITE_CHART) && !rq->print)
		draw_begin(&sc);
	draw_list(&sc);
	return screen_end(&sc);
}

/* ---- one ---- */

static enum rc
letter_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str path = str_of(rq->page->path);
	bedside_ask(rq, a, str_ends(path, STR("/sign")) ? "letter_sign" : str_ends(path, STR("/correct")) ? "letter_correct" : str_ends(path, STR("/cancel")) ? "letter_cancel" : "letter_save");
	screen_ask_head(rq, a);
	ask_view(a, "letter");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

static struct sheet
sheet_of(struct screen *sc, const char *tail, const char *id, const struct field *fields, struct fault *faults, const struct pair *now, size_t n_now)
{
	struct sheet s = bedside_sheet(sc->rq, sc->rel, tail, id, fields, faults);
	s.now = now;
	s.n_now = n_now;
	return s;
}

static bool
is_stale(const struct screen *sc)
{
	return sc->rq->method == HTTP_POST && sc->rq->form.n_bad == 0 && release_problem(sc->rel)->why == WHY_VERSION_CONFLICT;
}

static void
draw_pulls(struct screen *sc)
{
	struct kit *k = &sc->k;
	el_open(k, H_FIELDSET, NULL);
	el(k, H_LEGEND, NULL, N_("Read from the record, now"));
	el(k, H_P, "hint", N_("Each press saves the text. A block appears where its name stands in the text, and is read again only when you press."));
	el_open(k, H_P, "actions");
	for (size_t i = 0; i < BLOCKS; i++)
		fields_submit_as(k, "quiet", "restore", str_of(tr(k->lang, named[i].label)), "pull", str_of(named[i].name));
	fields_submit_as(k, "quiet", "pencil", str_of(tr(k->lang, N_("Fields that have a value by now"))), "pull", STR("fields"));
	html_close(&k->w, H_P);
	html_close(&k->w, H_FIELDSET);
}

/*
 * Which state of the draft the form saves over. It stands in the region that the script refills, so that what saved itself is saved over by the next save. Refused to the script (another saved, or a
 * text that does not hold) it stays what it was: the next save is refused too, until the person presses the button and sees both.
 */
static void
draw_saved(struct screen *sc, struct row l)
{
	const struct req *rq = sc->rq;
	struct kit *k = &sc->k;
	bool refused = rq->fragment && rq->method == HTTP_POST;
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "hidden");
	html_attr_z(&k->w, "name", "saved");
	html_attr(&k->w, "value", refused && form_typed(&rq->form, "saved").n > 0 ? form_typed(&rq->form, "saved") : row_get(l, "saved"));
	html_attr_z(&k->w, "form", "letter");
	if (!refused)
		return;
	el_open(k, H_P, "state note warn");
	say(k, is_stale(sc) ? N_("Somebody saved this letter meanwhile: yours is not saved. Press the button to see both.")
		: rq->form.n_bad > 0 ? N_("Not saved yet: something is missing in the form.") : N_("Not saved yet."));
	if (!is_stale(sc) && rq->form.n_bad == 0) {
		html_z(&k->w, " ");
		say(k, why_row(release_problem(sc->rel)->why)->sentence);
	}
	html_close(&k->w, H_P);
}

static void
draw_form(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	const struct pair now[] = { { STR("title"), row_get(l, "title") }, { STR("to"), row_get(l, "to") }, { STR("text"), row_get(l, "text") } };
	struct sheet s = sheet_of(sc, "/letter", "letter", save_fields, faults, now, 3);
	s.class_ = "sheet wide";
	bool both = is_stale(sc);
	if (!both) { /* over what another saved it goes by the button alone */
		s.region = REGION;
		s.wait = SAVES_AFTER_MS;
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(l, "no"));
	fields_input(k, &s, "title", &(struct look){ .wide = true });
	fields_input(k, &s, "to", &(struct look){ .wide = true, .hint = N_("recorded with the letter; sending is not built yet"), .rows = 2 });
	fields_input(k, &s, "text", &(struct look){ .wide = true, .rows = both ? 10 : 22, .hint = N_("# begins a heading, - an item of a list; {{bloc.allergies}} alone on a line is the place of a block") });
	el_open(k, H_P, "actions");
	fields_submit_as(k, "primary", "check", screen_say(sc, N_("Save the draft for {1}"), sc->name), "pull", STR(""));
	if (!both)
		el(k, H_SPAN, "hint", N_("It saves itself too, when you pause."));
	html_close(&k->w, H_P);
	draw_pulls(sc);
	fields_close(k);
}

static void
draw_block(struct screen *sc, struct str name)
{
	static const struct col cols[] = { { N_("What is recorded"), NULL }, { N_("Recorded by"), NULL }, { N_("Recorded"), "time" } };
	struct kit *k = &sc->k;
	for bedside_each (b, sc->rel, "blocks") {
		if (!str_is(row_get(b, "name"), name))
			continue;
		struct words at = when_clinical_ms(k, row_i64(b, "at"));
		el_text(k, H_P, "strong", letter_field_label(k, name));
		if (row_i64(b, "lines") == 0) {
			el_open(k, H_P, "note");
			say_with(k, N_("{1}: nothing is recorded. Read from the record {2}."), letter_field_label(k, name), words_view(&at));
			html_close(&k->w, H_P);
			return;
		}
		table_open(k, N_("Read from the record"), cols, 3);
		for bedside_each (line, sc->rel, "lines") {
			if (!str_is(row_get(line, "name"), name))
				continue;
			table_row(k);
			cell(k, row_get(line, "what"));
			cell(k, row_get(line, "source"));
			screen_cell_when(k, line, "when");
			table_row_end(k);
		}
		table_close(k);
		el_open(k, H_P, "hint");
		say_with(k, row_get(b, "more").n > 0 ? N_("Read from the record {1}; the record holds more than is shown.") : N_("Read from the record {1}."), words_view(&at));
		html_close(&k->w, H_P);
		return;
	}
	el_open(k, H_P, "note warn");
	say_with(k, N_("{1}: not read from the record yet."), letter_field_label(k, name));
	html_close(&k->w, H_P);
}

/* The letter as it will be read: headings, lists and blocks in their places. */
static void
draw_text(struct screen *sc, struct str text)
{
	struct kit *k = &sc->k;
	for (struct str rest = text; rest.p != NULL;) {
		struct str words;
		unsigned level;
		enum fill_line kind = fill_line(str_cut(rest, '\n', &rest), &words, &level);
		if (kind == FILL_HEADING)
			el_text(k, level == 1 ? H_H3 : H_P, level == 1 ? NULL : "strong", words);
		else if (kind == FILL_ALONE && str_starts(words, STR("bloc.")))
			draw_block(sc, words);
		else if (kind == FILL_ITEM) {
			html_open(&k->w, H_UL);
			el_text(k, H_LI, NULL, words);
			html_close(&k->w, H_UL);
		} else if (kind == FILL_TEXT || kind == FILL_ALONE)
			el_text(k, H_P, NULL, kind == FILL_TEXT ? words : screen_join(sc->rq, STR("{{"), screen_join(sc->rq, words, STR("}}"))));
	}
}

static void
draw_meanwhile(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	struct words at = when_clinical_ms(k, row_i64(l, "saved_at"));
	el_open(k, H_ARTICLE, "card");
	el(k, H_H2, NULL, N_("What was saved meanwhile"));
	el_open(k, H_P, "note warn");
	say_with(k, N_("{1} saved this {2}. What you typed is in the form beside and is not saved yet: take over from here what is missing there, then save."), row_get(l, "by_name"), words_view(&at));
	html_close(&k->w, H_P);
	html_open(&k->w, H_DL);
	pair_text(k, N_("Title"), row_get(l, "title"));
	pair_text(k, N_("Recipients"), row_get(l, "to"));
	html_close(&k->w, H_DL);
	draw_text(sc, row_get(l, "text"));
	html_close(&k->w, H_ARTICLE);
}

/* Another saved: the form with what was typed and what stands now, beside one another, and below what only one of them has. Saving writes over what stands, by the person's own will. */
static void
draw_both(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	el_open(k, H_DIV, "two");
	draw_form(sc, l);
	draw_meanwhile(sc, l);
	html_close(&k->w, H_DIV);
	draw_saved(sc, l);
	letter_draw_compare(sc, &sc->rq->form, l);
}

static void
draw_missing(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	if (row_i64(l, "needs") == 0)
		el(k, H_P, "note", N_("Which headings this kind of letter must have is not provided: the house has entered none. Only fields and blocks are checked."));
	if (rows_count(release_rows(sc->rel), "missing") == 0)
		return;
	el_open(k, H_DIV, "faults");
	el(k, H_P, NULL, N_("Missing before it can be signed:"));
	html_open(&k->w, H_UL);
	for release_each (row, sc->rel, "missing") {
		struct str lack = row_get(row, "lack"), label = letter_field_label(k, row_get(row, "what"));
		html_open(&k->w, H_LI);
		if (str_eq(lack, "heading"))
			say_with(k, N_("Words under the heading « {1} » (asked for by: {2})"), row_get(row, "what"), row_get(row, "source"));
		else if (str_eq(lack, "block"))
			say_with(k, N_("{1}: a block that was not read from the record"), label);
		else
			say_with(k, N_("{1}: a field without a value in the record; write it in the text"), label);
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	html_close(&k->w, H_DIV);
}

static void
draw_sign(struct screen *sc, struct row l)
{
	const struct pair hidden[] = { { STR("no"), row_get(l, "no") }, { STR("saved"), row_get(l, "saved") } };
	struct kit *k = &sc->k;
	el(k, H_P, "hint", N_("What is signed is the text as it was saved last, shown above. It becomes a PDF and a CDA document of the record."));
	fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/letter/sign"), "primary", "check", screen_say(sc, N_("Sign the letter for {1}"), sc->name), hidden, 2, NULL);
}

static void
draw_cancel(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = sheet_of(sc, "/letter/cancel", "cancel", cancel_fields, faults, NULL, 0);
	s.class_ = "sheet narrow";
	html_open(&k->w, H_DETAILS);
	if (s.form != NULL)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Cancel this letter"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(l, "no"));
	fields_input(k, &s, "reason", &(struct look){ .hint = str_eq(row_get(l, "state"), "signed") ? N_("it stays in the record, marked as entered in error") : NULL });
	fields_submit(k, "danger", "trash", screen_say(sc, N_("Cancel the letter of {1}"), sc->name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_signed(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	struct digits d;
	const struct pair hidden[] = { { STR("no"), row_get(l, "no") }, { STR("once"), digits_of(&d, k->now_ms) } };
	struct str base = screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/document/"), row_get(l, "document"));
	el_open(k, H_P, "actions");
	link_to(k, "button", screen_join(sc->rq, base, STR("?part=1")), N_("Take the PDF"));
	link_to(k, "button quiet", screen_join(sc->rq, base, STR("?part=2")), N_("Take the CDA document"));
	html_close(&k->w, H_P);
	el(k, H_P, "note", N_("Recipients are recorded; sending is not built yet."));
	if (str_eq(row_get(l, "state"), "signed") && release_may(sc->rel, MAY_WRITE_CHART) && !sc->rq->print)
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/letter/correct"), "quiet", "pencil", screen_say(sc, N_("Correct it in a new version for {1}"), sc->name), hidden, 2, NULL);
}

static void
draw_head(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	struct words at = when_clinical_ms(k, row_has(l, "signed_at") ? row_i64(l, "signed_at") : row_i64(l, "saved_at"));
	el_open(k, H_P, "state");
	state_chip(k, row_get(l, "state"));
	html_z(&k->w, " ");
	say_with(k, row_has(l, "signed_at") ? N_("{1}, version {2}, signed {3} by {4}") : N_("{1}, version {2}, saved {3} by {4}"), str_of(tr(k->lang, letter_kind_label(row_get(l, "kind")))), row_get(l, "version"), words_view(&at), row_get(l, "by_name"));
	html_close(&k->w, H_P);
}

static void
draw_letter(struct screen *sc, struct row l)
{
	struct kit *k = &sc->k;
	el_open(k, H_ARTICLE, "card");
	el_text(k, H_H2, NULL, row_get(l, "title"));
	if (row_has(l, "to")) {
		html_open(&k->w, H_DL);
		pair_text(k, N_("Recipients"), row_get(l, "to"));
		html_close(&k->w, H_DL);
	}
	draw_text(sc, row_get(l, "text"));
	html_close(&k->w, H_ARTICLE);
}

static enum rc
letter_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		bool next = str_ends(str_of(rq->page->path), STR("/correct"));
		reply_redirect(out, letter_path(rq, next ? row_get(release_set(rel, "made"), "no") : form_get(&rq->form, "no")));
		return RC_OK;
	}
	struct screen sc;
	struct kit *k = &sc.k;
	chart_begin(&sc, rq, rel, out, N_("Letter"));
	struct row l = release_set(rel, "letter");
	if (!row_is(l)) {
		out->status = 404;
		el(k, H_P, "note warn", N_("This record has no such letter."));
		return screen_end(&sc);
	}
	bool draft = str_eq(row_get(l, "state"), "draft"), writes = release_may(rel, MAY_WRITE_CHART) && !rq->print;
	if (!draft || !writes)
		draw_head(&sc, l);
	if (draft && writes && is_stale(&sc) && !rq->fragment && str_ends(str_of(rq->page->path), STR("/letter"))) {
		draw_both(&sc, l);
		return screen_end(&sc);
	}
	if (rq->form.n_bad == 0)
		screen_refusal(&sc);
	if (draft && writes)
		draw_form(&sc, l);
	el_open(k, H_DIV, NULL);
	html_attr_z(&k->w, "id", REGION);
	if (draft && writes) {
		draw_head(&sc, l);
		draw_saved(&sc, l);
	}
	draw_letter(&sc, l);
	if (draft)
		draw_missing(&sc, l);
	if (draft && release_may(rel, MAY_PRESCRIBE) && !rq->print)
		draw_sign(&sc, l);
	html_close(&k->w, H_DIV);
	if (row_has(l, "document"))
		draw_signed(&sc, l);
	if (writes && (draft || str_eq(row_get(l, "state"), "signed")))
		draw_cancel(&sc, l);
	return screen_end(&sc);
}

const struct page pages_letter[] = {
	{ HTTP_GET,  "/patient/:patient/letters",        MAY_READ_CHART,  REVEALS_ONE_PATIENT, .ask = list_ask, .show = list_show, .menu = N_("Letters"), .icon = "pencil", .key = "g y" },
	{ HTTP_POST, "/patient/:patient/letters",        MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = draft_fields, .ask = list_ask, .show = list_show },
	{ HTTP_GET,  "/patient/:patient/letter",         MAY_READ_CHART,  REVEALS_ONE_PATIENT, .fields = one_fields, .ask = letter_ask, .show = letter_show },
	{ HTTP_POST, "/patient/:patient/letter",         MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = save_fields, .body_max = 256u << 10, .ask = letter_ask, .show = letter_show },
	{ HTTP_POST, "/patient/:patient/letter/sign",    MAY_PRESCRIBE,   REVEALS_ONE_PATIENT, .fields = sign_fields, .ask = letter_ask, .show = letter_show },
	{ HTTP_POST, "/patient/:patient/letter/correct", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = correct_fields, .ask = letter_ask, .show = letter_show },
	{ HTTP_POST, "/patient/:patient/letter/cancel",  MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = cancel_fields, .ask = letter_ask, .show = letter_show },
	{ .path = NULL },
};
