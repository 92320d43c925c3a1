/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/around.c: « Entourage et volontés »: whom to tell, the trusted person, who represents the patient by law; advance directives and organ donation. Desks that read nothing clinical have the
 * people alone. It must never draw silence as an answer, nor a wish on a page that a clerk opens, nor take the place of a trusted person without saying whose.
 * Called by front through the rows at the end. Start at people_show.
 */
#include "pages/around.h"

#include <stdio.h>

#include "pages/bedside.h"
#include "pages/chart.h"

/* Codes are those of FR Core (hospital/around.c). */
static const struct choice roles[] = {
	{ "ECON", N_("Person to tell in an emergency") }, { "NOK", N_("Trusted person") }, { "GUARD", N_("Legal representative") }, { "TUTEUR", N_("Guardian") }, { "CURATEUR", N_("Curator") },
	{ "MSVG", N_("Mandatary of a legal safeguard") }, { NULL, NULL },
};
static const struct choice relations[] = {
	{ "SPS", N_("Husband or wife") }, { "DOMPART", N_("Registered partner or companion") }, { "SIGOTHR", N_("Life partner") }, { "MTH", N_("Mother") }, { "FTH", N_("Father") }, { "PRN", N_("Parent") },
	{ "DAUC", N_("Daughter") }, { "SONC", N_("Son") }, { "CHILD", N_("Child") }, { "SIS", N_("Sister") }, { "BRO", N_("Brother") }, { "GRMTH", N_("Grandmother") }, { "GRFTH", N_("Grandfather") },
	{ "GRNDCHILD", N_("Grandchild") }, { "AUNT", N_("Aunt") }, { "UNCLE", N_("Uncle") }, { "NIECE", N_("Niece") }, { "NEPHEW", N_("Nephew") }, { "COUSN", N_("Cousin") }, { "DAUINLAW", N_("Daughter-in-law") },
	{ "SONINLAW", N_("Son-in-law") }, { "FMRSPS", N_("Former husband or wife") }, { "FAMMEMB", N_("Another member of the family") }, { "FRND", N_("Another close person") }, { "NBOR", N_("Neighbour") },
	{ "ROOM", N_("Lives under the same roof") }, { "RESPRSN", N_("Legally responsible, not of the family") }, { NULL, NULL },
};
static const struct choice directives[] = { { "exist", N_("They exist") }, { "none", N_("There are none") }, { "unknown", N_("Not known") }, { NULL, NULL } };
static const struct choice organs[] = { { "refusal", N_("A refusal is known") }, { "no_refusal", N_("No refusal is known") }, { "not_asked", N_("Not asked") }, { NULL, NULL } };
static const struct choice said_by[] = {
	{ "patient", N_("The patient") }, { "trusted", N_("The trusted person") }, { "representative", N_("The legal representative") }, { "relative", N_("A relative") }, { "document", N_("A document that was seen") },
	{ NULL, NULL },
};

static const struct field put_fields[] = {
	BEDSIDE_ONCE,
	{ "version",  N_("Version"),    FIELD_INT,  .min = 1, .max = UINT32_MAX, .required = true },
	{ "ref",      N_("Person"),     FIELD_ID },
	{ "family",   N_("Name"),       FIELD_TEXT, .max = 100, .required = true },
	{ "given",    N_("Given name"), FIELD_TEXT, .max = 100 },
	{ "phone",    N_("Phone"),      FIELD_TEXT, .max = 30 },
	{ "role",     N_("Who it is"),  FIELD_CODE, .required = true, .choices = roles },
	{ "relation", N_("Relation"),   FIELD_CODE, .choices = relations },
	FIELDS_END
};
static const struct field end_fields[] = {
	{ "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true },
	{ "ref",     N_("Person"),  FIELD_ID,  .required = true },
	FIELDS_END
};
static const struct field strike_fields[] = { BEDSIDE_SLIP, { "consent", N_("Advance directives"), FIELD_FLAG }, FIELDS_END };
static const struct field wishes_fields[] = {
	BEDSIDE_ONCE,
	{ "directives", N_("Advance directives"),  FIELD_CODE, .choices = directives },
	{ "kept",       N_("Where they are kept"), FIELD_TEXT, .max = 200 },
	{ "organs",     N_("Organ donation"),      FIELD_CODE, .choices = organs },
	{ "said_by",    N_("Said by"),             FIELD_CODE, .required = true, .choices = said_by },
	BEDSIDE_WHEN,
	FIELDS_END
};

static const char *
label_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return NULL;
}

static void
cell_code(struct kit *k, const struct choice *c, struct str code, struct str text)
{
	const char *label = label_of(c, code);
	if (label != NULL)
		cell_say(k, label);
	else
		cell(k, text);
}

/* ---- people ---- */

static enum rc
around_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/end")) ? "around_end" : "around_put");
	screen_ask_admin(rq, a);
	ask_view(a, "people_around");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static bool
may_write(const struct screen *sc)
{
	return release_may(sc->rel, MAY_WRITE_IDENTITY) && !sc->rq->print && row_is(release_set(sc->rel, "around_state"));
}

static struct row
standing(const struct screen *sc, struct str ref)
{
	for release_each (row, sc->rel, "around")
		if (ref.n > 0 && !row_has(row, "over") && str_is(row_get(row, "ref"), ref))
			return row;
	return (struct row){ .at = 0 };
}

/* Somebody new (row: none), or what is said of one who stands. What was typed of one who ended meanwhile is kept in the form for somebody new. */
static void
draw_person(struct screen *sc, struct row row, unsigned nth)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct row state = release_set(sc->rel, "around_state");
	struct str ref = row_is(row) ? row_get(row, "ref") : STR_NONE;
	struct pair now[7] = { { STR("version"), row_get(state, "version") }, { STR("ref"), ref } };
	static const char *const from[] = { "family", "given", "phone", "role", "relation" };
	size_t n_now = 2;
	for (size_t i = 0; row_is(row) && i < sizeof from / sizeof from[0]; i++)
		now[n_now++] = (struct pair){ str_of(from[i]), row_get(row, from[i]) };
	char form_id[32] = "person";
	if (row_is(row))
		(void)snprintf(form_id, sizeof form_id, "person%u", nth);
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/around", form_id, put_fields, faults);
	struct str typed = s.form != NULL ? form_typed(s.form, "ref") : STR_NONE;
	bool sent = s.form != NULL && (row_is(row) ? str_is(typed, ref) : !row_is(standing(sc, typed)));
	if (!sent) {
		s.form = NULL;
		s.n_faults = 0;
	}
	s.now = now;
	s.n_now = n_now;
	if (row_is(row)) {
		html_open(&k->w, H_DETAILS);
		if (sent)
			html_flag(&k->w, "open");
		el(k, H_SUMMARY, NULL, N_("Change"));
	}
	bedside_open(k, &s);
	fields_hidden(k, "version", fields_value(&s, "version"));
	if (ref.n > 0)
		fields_hidden(k, "ref", ref);
	fields_input(k, &s, "family", NULL);
	fields_input(k, &s, "given", NULL);
	fields_input(k, &s, "phone", &(struct look){ .inputmode = "tel" });
	fields_input(k, &s, "role", &(struct look){ .as_select = true });
	fields_input(k, &s, "relation", &(struct look){ .as_select = true });
	if (row_has(state, "trusted") && !(row_is(row) && str_eq(row_get(row, "role"), "NOK")))
		el_text(k, H_P, "note", screen_say(sc, N_("There is one trusted person at a time: a new one takes the place of {1}."), row_get(state, "trusted")));
	if (row_is(row))
		fields_submit(k, "primary", "check", screen_say(sc, N_("Record {1} for {2}"), row_get(row, "name"), sc->name));
	else
		fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
	if (row_is(row))
		html_close(&k->w, H_DETAILS);
}

static void
draw_end(struct screen *sc, struct row row)
{
	struct pair hidden[2] = { { STR("version"), row_get(release_set(sc->rel, "around_state"), "version") }, { STR("ref"), row_get(row, "ref") } };
	fields_button_form(&sc->k, screen_path(sc->rq, sc->rq->path.patient, "/around/end"), "quiet", "octagon", screen_say(sc, N_("End: {1}"), row_get(row, "name")), hidden, 2, NULL);
}

static void
draw_list(struct screen *sc, bool over)
{
	static const struct col cols[] = { { N_("Name"), NULL }, { N_("Who it is"), NULL }, { N_("Relation"), NULL }, { N_("Phone"), NULL }, { N_("Since"), "time" }, { N_("Action"), NULL } };
	static const struct col ended[] = { { N_("Name"), NULL }, { N_("Who it is"), NULL }, { N_("Relation"), NULL }, { N_("Phone"), NULL }, { N_("Since"), "time" }, { N_("Until"), "time" } };
	struct kit *k = &sc->k;
	bool writes = !over && may_write(sc);
	unsigned nth = 0;
	table_open(k, over ? N_("People who stood there before") : N_("People around the patient"), over ? ended : cols, over || writes ? 6 : 5);
	for release_each (row, sc->rel, "around") {
		if (row_has(row, "over") != over)
			continue;
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		if (row_has(row, "name"))
			el_name(k, row_get(row, "name"));
		else
			not_recorded(k);
		html_close(&k->w, H_TH);
		cell_code(k, roles, row_get(row, "role"), row_get(row, "role_text"));
		cell_code(k, relations, row_get(row, "relation"), row_get(row, "relation_text"));
		cell(k, row_get(row, "phone"));
		screen_cell_when(k, row, "since");
		if (over)
			screen_cell_when(k, row, "until");
		if (writes) {
			cell_open(k, NULL);
			if (row_has(row, "ref")) {
				draw_person(sc, row, nth++);
				draw_end(sc, row);
			} else {
				el(k, H_SMALL, "hint", N_("of the record that was joined"));
			}
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_people(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t stand = 0, over = 0;
	for release_each (row, sc->rel, "around") {
		if (row_has(row, "over"))
			over++;
		else
			stand++;
	}
	if (row_is(release_set(sc->rel, "around_alone")))
		el(k, H_P, "note warn", N_("A minor, and nobody is recorded who represents by law: ask who does, and add that person."));
	if (stand == 0)
		empty_state(k, N_("Nobody is recorded around this patient: ask whom to tell, and who the trusted person is."), STR_NONE, NULL);
	else
		draw_list(sc, false);
	if (may_write(sc)) {
		el(k, H_H3, NULL, N_("Add somebody"));
		draw_person(sc, (struct row){ .at = 0 }, 0);
	}
	if (over == 0)
		return;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("Who stood there before"));
	draw_list(sc, true);
	html_close(&k->w, H_DETAILS);
}

/* ---- wishes ---- */

static enum rc
people_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, str_ends(str_of(rq->page->path), STR("/strike")) ? "wish_strike" : "wishes_record");
	screen_ask_head(rq, a);
	ask_view(a, "people_around");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "wishes");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static bool
is_about_organs(struct row row)
{
	return str_eq(row_get(row, "what"), "organs");
}

static bool
may_say(const struct screen *sc)
{
	return release_may(sc->rel, MAY_WRITE_CHART) && !sc->rq->print;
}

/* row: none where nothing was ever said of it. */
static void
draw_word(struct screen *sc, struct row row, bool of_organs)
{
	struct kit *k = &sc->k;
	struct str says = row_is(row) ? row_get(row, "says") : STR_NONE;
	const char *label = label_of(of_organs ? organs : directives, says);
	bool matters = str_eq(says, "exist") || str_eq(says, "refusal");
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	say(k, of_organs ? N_("Organ donation") : N_("Advance directives"));
	html_close(&k->w, H_TH);
	cell_open(k, NULL);
	if (!row_is(row))
		not_recorded(k);
	else if (label == NULL)
		el(k, H_SPAN, "unknown", N_("in words of another system"));
	else if (row_has(row, "struck"))
		el(k, H_S, NULL, label);
	else
		status_chip(k, matters ? "warn" : "plain", matters ? "alert" : NULL, label);
	cell_close(k);
	if (of_organs)
		cell_blank(k);
	else
		cell(k, row_is(row) ? row_get(row, "kept") : STR_NONE);
	cell_code(k, said_by, row_is(row) ? row_get(row, "said_by") : STR_NONE, STR_NONE);
	cell_time_ms(k, row_is(row) ? row_i64(row, "at") : 0);
	cell(k, row_is(row) ? row_get(row, "by_name") : STR_NONE);
	if (may_say(sc)) {
		cell_open(k, NULL);
		if (row_is(row) && row_has(row, "struck"))
			status_chip(k, "plain", "octagon", N_("Error of entry"));
		else if (row_is(row))
			bedside_slip(sc, row, "/wishes/strike", "consent");
		cell_close(k);
	}
	table_row_end(k);
}

static const struct col word_cols[] = { { N_("About"), NULL }, { N_("Answer"), NULL }, { N_("Where they are kept"), NULL }, { N_("Said by"), NULL }, { N_("Said on"), "time" }, { N_("Recorded by"), NULL }, { N_("Action"), NULL } };

static void
draw_words(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t older = 0;
	size_t cols = may_say(sc) ? 7 : 6;
	table_open(k, N_("What was said last"), word_cols, cols);
	for (int of_organs = 0; of_organs < 2; of_organs++) {
		struct row counts = { .at = 0 };
		for release_each (row, sc->rel, "wishes")
			if (row_has(row, "counts") && is_about_organs(row) == (of_organs == 1))
				counts = row;
		draw_word(sc, counts, of_organs == 1);
	}
	table_close(k);
	for release_each (row, sc->rel, "wishes")
		if (!row_has(row, "counts"))
			older++;
	if (older == 0)
		return;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("What was said before"));
	table_open(k, N_("Earlier words, the newest first"), word_cols, cols);
	for release_each (row, sc->rel, "wishes")
		if (!row_has(row, "counts"))
			draw_word(sc, row, is_about_organs(row));
	table_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_wishes(struct screen *sc)
{
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Wishes"));
	el(k, H_P, "note", N_("Here stands what was said to this house. It asks neither the national register of refusals nor « Mon espace santé »."));
	draw_words(sc);
	if (!may_say(sc))
		return;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/wishes", "wishes", wishes_fields, faults);
	el(k, H_H3, NULL, N_("Record what was said"));
	bedside_open(k, &s);
	fields_input(k, &s, "directives", &(struct look){ .as_radio = true });
	fields_input(k, &s, "kept", &(struct look){ .hint = N_("Only where they exist: with whom, or where") });
	fields_input(k, &s, "organs", &(struct look){ .as_radio = true });
	fields_input(k, &s, "said_by", &(struct look){ .as_select = true });
	bedside_when(k, &s);
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
}

static enum rc
people_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/people"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("People and wishes"));
	if (str_ends(str_of(rq->page->path), STR("/strike")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	el(&sc.k, H_H2, NULL, N_("People around"));
	draw_people(&sc);
	draw_wishes(&sc);
	return screen_end(&sc);
}

/* ---- the people alone: for desks, and what comes of a form about them ---- */

static enum rc
around_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, release_may(rel, MAY_READ_CHART) ? "/people" : "/around"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("People around"));
	if (str_ends(str_of(rq->page->path), STR("/end")) && rq->form.n_bad == 0)
		screen_refusal(&sc);
	el(&sc.k, H_H2, NULL, N_("Whom to tell, and who speaks for the patient"));
	draw_people(&sc);
	return screen_end(&sc);
}

const struct page pages_around[] = {
	{ HTTP_GET,  "/patient/:patient/people",     MAY_READ_CHART,     REVEALS_ONE_PATIENT, .ask = people_ask, .show = people_show, .menu = N_("People and wishes"), .icon = "people" },
	{ HTTP_GET,  "/patient/:patient/around",     MAY_READ_IDENTITY,  REVEALS_ONE_PATIENT, .ask = around_ask, .show = around_show, .menu = N_("People around"), .icon = "people" },
	{ HTTP_POST, "/patient/:patient/around",     MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = put_fields, .ask = around_ask, .show = around_show },
	{ HTTP_POST, "/patient/:patient/around/end", MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = end_fields, .ask = around_ask, .show = around_show },
	{ HTTP_POST, "/patient/:patient/wishes",     MAY_WRITE_CHART,    REVEALS_ONE_PATIENT, .fields = wishes_fields, .ask = people_ask, .show = people_show },
	{ HTTP_POST, "/patient/:patient/wishes/strike", MAY_WRITE_CHART, REVEALS_ONE_PATIENT, .fields = strike_fields, .ask = people_ask, .show = people_show },
	{ .path = NULL },
};
