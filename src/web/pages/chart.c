/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/chart.c: the opened chart: summary, identity, stays; and for those who may only read identities, the administrative page.
 * It must never draw a clinical set on a page that a clerk opens, nor let an empty block read as "none" where nothing was recorded.
 * Called by front through the rows at the end. The timeline and who-looked are in their own files. Start at summary_show.
 */
#include "pages/chart.h"

#include <string.h>

#include "kit/spark.h"

#define POINTS 60

void
chart_begin(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out, const char *section)
{
	screen_init(sc, rq, rel, out);
	screen_patient(sc);
	if (rq->page->path != NULL && (str_ends(str_of(rq->page->path), STR("/prescriptions")) || str_ends(str_of(rq->page->path), STR("/plan"))))
		screen_live(sc, "chart", rq->path.patient);
	screen_begin(sc, section);
	el(&sc->k, H_H1, NULL, section);
}

static void
card_open(struct screen *sc, const char *symbol, const char *title)
{
	el_open(&sc->k, H_SECTION, "card");
	el_open(&sc->k, H_H2, NULL);
	icon(&sc->k, symbol);
	say(&sc->k, title);
	html_close(&sc->k.w, H_H2);
}

static void
card_close(struct screen *sc)
{
	html_close(&sc->k.w, H_SECTION);
}

static void
put_when(struct screen *sc, struct row row, const char *column)
{
	struct words ws = screen_when(&sc->k, row, column);
	if (ws.n > 0)
		el_text(&sc->k, H_SMALL, "hint", words_view(&ws));
}

/* ---- summary ---- */

static void
draw_allergies(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row state = release_set(sc->rel, "state");
	struct str code = row_is(state) ? row_get(state, "allergy_state") : STR_NONE;
	card_open(sc, "alert", N_("Allergies"));
	if (str_eq(code, "none_known"))
		status_allergies(k, ALLERGIES_NONE_KNOWN, STR_NONE);
	else if (str_eq(code, "not_recorded"))
		el(k, H_P, "empty", N_("Allergies not recorded: ask the person, and record the answer, even when it is none."));
	else if (!str_eq(code, "known"))
		status_allergies(k, ALLERGIES_UNAVAILABLE, STR_NONE);
	el_open(k, H_UL, "plain");
	for release_each (row, sc->rel, "allergies") {
		html_open(&k->w, H_LI);
		el_text(k, H_STRONG, NULL, row_get(row, "code"));
		html_z(&k->w, " ");
		if (str_eq(row_get(row, "criticality"), "high"))
			status_chip(k, "critical", "alert", N_("High criticality"));
		if (row_has(row, "reaction")) {
			html_z(&k->w, " · ");
			html_text(&k->w, row_get(row, "reaction"));
		}
		const char *checked = status_known(row_get(row, "verification"));
		if (checked != NULL) {
			html_z(&k->w, " · ");
			say(k, checked);
		}
		html_z(&k->w, " ");
		put_when(sc, row, "recorded");
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	if (release_may(sc->rel, MAY_WRITE_CHART))
		link_to(k, "button quiet", screen_path(sc->rq, sc->rq->path.patient, "/allergies"), N_("Enter or end an allergy"));
	card_close(sc);
}

static void
draw_problems(struct screen *sc)
{
	struct kit *k = &sc->k;
	card_open(sc, "steth", N_("Problems"));
	if (rows_count(release_rows(sc->rel), "problems") == 0)
		empty_state(k, N_("No problem recorded."), STR_NONE, NULL);
	el_open(k, H_UL, "plain");
	for release_each (row, sc->rel, "problems") {
		html_open(&k->w, H_LI);
		el_text(k, H_STRONG, NULL, row_get(row, "label"));
		if (row_has(row, "code")) {
			html_z(&k->w, " ");
			el_text(k, H_SMALL, "hint", row_get(row, "code"));
		}
		if (row_has(row, "history")) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("history"));
		}
		const char *state = status_known(row_get(row, "clinical"));
		if (state != NULL && !str_eq(row_get(row, "clinical"), "active")) {
			html_z(&k->w, " ");
			status_chip(k, "plain", NULL, state);
		}
		html_z(&k->w, " ");
		put_when(sc, row, row_has(row, "onset_on") ? "onset" : "recorded");
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	if (release_may(sc->rel, MAY_PRESCRIBE))
		link_to(k, "button quiet", screen_path(sc->rq, sc->rq->path.patient, "/problems"), N_("Enter or end a problem"));
	card_close(sc);
}

static void
draw_treatments(struct screen *sc)
{
	struct kit *k = &sc->k;
	card_open(sc, "pill", N_("Current treatments"));
	if (rows_count(release_rows(sc->rel), "treatments") == 0)
		empty_state(k, N_("No current prescription."), STR_NONE, NULL);
	el_open(k, H_UL, "plain drugs");
	for release_each (row, sc->rel, "treatments") {
		html_open(&k->w, H_LI);
		if (row_has(row, "drug"))
			el_text(k, H_STRONG, NULL, row_get(row, "drug"));
		else
			not_recorded(k);
		if (row_has(row, "dosage")) {
			html_open(&k->w, H_BR);
			el(k, H_SPAN, "label", N_("DOSE"));
			html_z(&k->w, " ");
			html_text(&k->w, row_get(row, "dosage"));
		}
		const char *state = status_known(row_get(row, "status"));
		if (state != NULL && !str_eq(row_get(row, "status"), "active")) {
			html_z(&k->w, " ");
			status_chip(k, "plain", NULL, state);
		}
		html_z(&k->w, " ");
		put_when(sc, row, "since");
		if (row_has(row, "by_name")) {
			html_z(&k->w, " ");
			el_text(k, H_SMALL, "hint", row_get(row, "by_name"));
		}
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	card_close(sc);
}

/* The names of the FHIR vital signs by their LOINC code. No reference range is drawn: none of a source we may quote is shipped. */
static const struct { const char *code; const char *label; } vital_names[] = {
	{ "8867-4",  N_("Heart rate") },
	{ "8310-5",  N_("Temperature") },
	{ "9279-1",  N_("Breathing rate") },
	{ "59408-5", N_("Oxygen saturation") },
	{ "2708-6",  N_("Oxygen saturation") },
	{ "85354-9", N_("Blood pressure") },
	{ "8480-6",  N_("Systolic pressure") },
	{ "8462-4",  N_("Diastolic pressure") },
	{ "29463-7", N_("Weight") },
	{ "8302-2",  N_("Height") },
};

static const char *
vital_name(struct str code)
{
	for (size_t i = 0; i < sizeof vital_names / sizeof vital_names[0]; i++)
		if (str_eq(code, vital_names[i].code))
			return vital_names[i].label;
	return NULL;
}

static void
draw_spark(struct screen *sc, struct str code, const char *name)
{
	struct spark_point at[POINTS];
	size_t n = 0;
	for release_each (row, sc->rel, "vital_points") {
		double value;
		if (n < POINTS && str_is(row_get(row, "code"), code) && spark_number(row_get(row, "value"), &value))
			at[n++] = (struct spark_point){ row_i64(row, "at"), value };
	}
	if (n < 2)
		return;
	struct spark s = { .label = name != NULL ? name : N_("Measures"), .at = at, .n = n };
	spark_draw(&sc->k, &s);
}

static void
draw_value(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words first = when_number(k, row_get(row, "value")), second = when_number(k, row_get(row, "second"));
	el_open(k, H_STRONG, NULL);
	html_text(&k->w, words_view(&first));
	if (second.n > 0) {
		html_z(&k->w, "/");
		html_text(&k->w, words_view(&second));
	}
	html_close(&k->w, H_STRONG);
	html_z(&k->w, "\xc2\xa0");
	html_text(&k->w, status_unit(row_get(row, "unit")));
}

static void
draw_vitals(struct screen *sc)
{
	static const struct col cols[] = { { N_("Measure"), NULL }, { N_("Last value"), "num" }, { N_("When"), "time" }, { N_("Course"), NULL } };
	struct kit *k = &sc->k;
	card_open(sc, "heart", N_("Last vital signs"));
	if (rows_count(release_rows(sc->rel), "vitals") == 0) {
		empty_state(k, N_("No measure recorded."), STR_NONE, NULL);
		card_close(sc);
		return;
	}
	table_open(k, N_("Newest values"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "vitals") {
		const char *name = vital_name(row_get(row, "code"));
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		if (name != NULL)
			say(k, name);
		else
			html_text(&k->w, row_get(row, "label"));
		html_close(&k->w, H_TH);
		cell_open(k, "num");
		draw_value(sc, row);
		cell_close(k);
		int64_t at_ms = row_i64(row, "at");
		struct words ws = at_ms > 0 ? when_clinical_ms(k, at_ms) : when_clinical_text(k, row_get(row, "on"));
		struct words ago = when_ago(k, at_ms);
		cell_open(k, "time");
		html_text(&k->w, words_view(&ws));
		if (ago.n > 0) {
			html_open(&k->w, H_BR);
			el_text(k, H_SMALL, "hint", words_view(&ago));
		}
		cell_close(k);
		cell_open(k, NULL);
		draw_spark(sc, row_get(row, "code"), name);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	card_close(sc);
}

static void
draw_documents(struct screen *sc)
{
	struct kit *k = &sc->k;
	card_open(sc, "doc", N_("Last documents"));
	if (rows_count(release_rows(sc->rel), "documents") == 0)
		empty_state(k, N_("No document."), STR_NONE, NULL);
	el_open(k, H_UL, "plain");
	for release_each (row, sc->rel, "documents") {
		html_open(&k->w, H_LI);
		el_text(k, H_STRONG, NULL, row_get(row, "title"));
		html_z(&k->w, " ");
		put_when(sc, row, "dated");
		if (row_has(row, "by_name")) {
			html_z(&k->w, " ");
			el_text(k, H_SMALL, "hint", row_get(row, "by_name"));
		}
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	card_close(sc);
}

/* One line each, and only where there is something: who has nobody and wrote nothing has no card. */
static void
draw_people(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "people");
	if (!row_is(row))
		return;
	card_open(sc, "people", N_("People and wishes"));
	el_open(k, H_UL, "plain");
	if (row_has(row, "trusted")) {
		html_open(&k->w, H_LI);
		say(k, N_("Trusted person"));
		html_z(&k->w, " ");
		el_open(k, H_STRONG, NULL);
		el_name(k, row_get(row, "trusted"));
		html_close(&k->w, H_STRONG);
		html_z(&k->w, " ");
		if (row_has(row, "trusted_phone"))
			el_text(k, H_SPAN, "number", row_get(row, "trusted_phone"));
		html_close(&k->w, H_LI);
	}
	if (row_has(row, "directives")) {
		html_open(&k->w, H_LI);
		el(k, H_STRONG, NULL, N_("Advance directives exist"));
		if (row_has(row, "kept")) {
			html_z(&k->w, " · ");
			html_text(&k->w, row_get(row, "kept"));
		}
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	link_to(k, "button quiet", screen_path(sc->rq, sc->rq->path.patient, "/people"), N_("Open people and wishes"));
	card_close(sc);
}

static enum rc
summary_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	ask_view(a, "chart_summary");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
summary_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Summary"));
	el_open(&sc.k, H_DIV, "cards");
	draw_allergies(&sc);
	draw_problems(&sc);
	draw_treatments(&sc);
	draw_vitals(&sc);
	draw_documents(&sc);
	draw_people(&sc);
	html_close(&sc.k.w, H_DIV);
	return screen_end(&sc);
}

/* ---- identity ---- */

static void
pair_words(struct kit *k, const char *label, struct words ws)
{
	pair_text(k, label, words_view(&ws));
}

static void
draw_identity(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "identity");
	if (!row_is(row))
		return;
	struct words place = { .n = 0 };
	words_add(&place, row_get(row, "birth_city"));
	if (row_has(row, "birth_place")) {
		words_z(&place, place.n > 0 ? " (" : "");
		words_add(&place, row_get(row, "birth_place"));
		words_z(&place, row_has(row, "birth_city") ? ")" : "");
	}
	el_open(k, H_SECTION, "card");
	el(k, H_H2, NULL, N_("Traits"));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Birth name"), row_get(row, "birth_name"));
	pair_text(k, N_("Given names of birth"), row_get(row, "given_names"));
	pair_words(k, N_("Birth date"), when_identity(k, row_get(row, "born_on")));
	pair_open(k, N_("Sex"));
	say(k, status_sex(row_get(row, "sex")));
	pair_close(k);
	pair_text(k, N_("Birth place"), words_view(&place));
	pair_text(k, N_("Name in use"), row_has(row, "used_name") ? row_get(row, "used_name") : str_of(tr(k->lang, N_("as at birth"))));
	pair_text(k, N_("Given name in use"), row_has(row, "used_given") ? row_get(row, "used_given") : str_of(tr(k->lang, N_("as at birth"))));
	pair_open(k, N_("Identity status"));
	status_identity(k, row_get(row, "status"), false);
	pair_close(k);
	pair_open(k, N_("INS"));
	if (str_eq(row_get(row, "status"), "QUAL") && row_has(row, "ins")) {
		struct words ins = banner_ins(row_get(row, "ins"));
		el_text(k, H_SPAN, "number", words_view(&ins));
	} else {
		el(k, H_SPAN, "unknown", N_("shown for a qualified identity only"));
	}
	pair_close(k);
	pair_text(k, N_("House number (IPP)"), row_get(row, "ipp"));
	html_close(&k->w, H_DL);
	html_close(&k->w, H_SECTION);
	el_open(k, H_SECTION, "card");
	el(k, H_H2, NULL, N_("Contacts"));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Address"), row_get(row, "address"));
	struct words city = { .n = 0 };
	words_add(&city, row_get(row, "postal_code"));
	words_z(&city, city.n > 0 ? " " : "");
	words_add(&city, row_get(row, "city"));
	pair_text(k, N_("City"), words_view(&city));
	pair_text(k, N_("Phone"), row_get(row, "phone"));
	pair_text(k, N_("E-mail"), row_get(row, "email"));
	pair_text(k, N_("Treating physician"), row_get(row, "treating_name"));
	html_close(&k->w, H_DL);
	html_close(&k->w, H_SECTION);
}

static void
draw_identity_actions(struct screen *sc)
{
	struct kit *k = &sc->k;
	const struct req *rq = sc->rq;
	el_open(k, H_P, "actions");
	if (release_may(sc->rel, MAY_WRITE_IDENTITY))
		link_to(k, "button", screen_path(rq, rq->path.patient, "/edit"), N_("Correct the identity"));
	link_to(k, "button", screen_path(rq, rq->path.patient, "/proofs"), N_("Proofs of identity"));
	link_to(k, "button", screen_path(rq, rq->path.patient, "/wristband.pdf"), N_("Print the wristband"));
	link_to(k, "button", screen_path(rq, rq->path.patient, "/labels.pdf?n=8"), N_("Print labels"));
	if (release_may(sc->rel, (enum may)(MAY_WRITE_IDENTITY | MAY_WRITE_CHART)))
		link_to(k, "button", screen_path(rq, rq->path.patient, "/treating"), N_("Choose the treating physician"));
	if (release_may(sc->rel, MAY_READ_CHART))
		link_to(k, "button", screen_path(rq, rq->path.patient, "/hand-over"), N_("Hand over to a colleague"));
	if (release_may(sc->rel, MAY_WRITE_IDENTITY))
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/delete"), N_("Delete the record"));
	html_close(&k->w, H_P);
}

static enum rc
identity_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	ask_view(a, "patient_identity");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
identity_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Identity"));
	draw_identity_actions(&sc);
	el_open(&sc.k, H_DIV, "cards");
	draw_identity(&sc);
	html_close(&sc.k.w, H_DIV);
	return screen_end(&sc);
}

/* ---- stays and appointments ---- */

static void
draw_stays(struct screen *sc)
{
	static const struct col cols[] = {
		{ N_("From"), "time" }, { N_("Until"), "time" }, { N_("Unit"), NULL }, { N_("Bed"), NULL }, { N_("Kind"), NULL }, { N_("State"), NULL },
	};
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "stays");
	el(k, H_H2, NULL, N_("Stays"));
	if (n == 0) {
		empty_state(k, N_("No stay recorded."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Stays, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "stays") {
		table_row(k);
		screen_cell_when(k, row, "since");
		bool present = row_get(row, "present").n > 0;
		if (present)
			cell_say(k, N_("present"));
		else
			screen_cell_when(k, row, "until");
		cell(k, row_get(row, "unit_name"));
		cell(k, row_get(row, "bed"));
		screen_cell_kind(k, row_has(row, "stay_type") ? row_get(row, "stay_type") : row_get(row, "stay_class"));
		cell_open(k, NULL);
		status_chip(k, present ? "info" : "plain", present ? "bed" : NULL, status_word(row_get(row, "stay_status")));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_appointments(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("With"), NULL }, { N_("About"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Appointments"));
	if (rows_count(release_rows(sc->rel), "appointments") == 0) {
		empty_state(k, N_("No appointment recorded."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Appointments, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "appointments") {
		table_row(k);
		screen_cell_when(k, row, "start");
		cell(k, row_get(row, "with"));
		cell(k, row_get(row, "description"));
		cell_say(k, status_word(row_get(row, "status")));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
stays_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	ask_view(a, "chart_stays");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
stays_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Stays and appointments"));
	draw_stays(&sc);
	draw_appointments(&sc);
	return screen_end(&sc);
}

/* ---- the administrative page: identity, contacts, stays, for desks that read nothing clinical ---- */

static enum rc
admin_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_admin(rq, a);
	ask_view(a, "patient_identity");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "chart_stays");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static enum rc
admin_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Administrative record"));
	draw_identity_actions(&sc);
	el_open(&sc.k, H_DIV, "cards");
	draw_identity(&sc);
	html_close(&sc.k.w, H_DIV);
	draw_stays(&sc);
	draw_appointments(&sc);
	return screen_end(&sc);
}

const struct page pages_chart[] = {
	{ HTTP_GET, "/patient/:patient",          MAY_READ_CHART,    REVEALS_ONE_PATIENT, .ask = summary_ask,  .show = summary_show,  .menu = N_("Summary"), .icon = "summary", .key = "g s" },
	{ HTTP_GET, "/patient/:patient/admin",    MAY_READ_IDENTITY, REVEALS_ONE_PATIENT, .ask = admin_ask,    .show = admin_show,    .menu = N_("Administrative record"), .icon = "id-vali", .key = "g a" },
	{ HTTP_GET, "/patient/:patient/identity", MAY_READ_CHART,    REVEALS_ONE_PATIENT, .ask = identity_ask, .show = identity_show, .menu = N_("Identity"), .icon = "id-vali", .key = "g i" },
	{ HTTP_GET, "/patient/:patient/stays",    MAY_READ_CHART,    REVEALS_ONE_PATIENT, .ask = stays_ask,    .show = stays_show,    .menu = N_("Stays and appointments"), .icon = "bed", .key = "g j" },
	{ .path = NULL },
};
