/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/prescription.c: the prescriptions of a chart, one medicine a row (NHS CUI MEDi, MEDv): substance first in bold, nothing cut, newest start first, what stands is shown
 * first and the filter says what it hides; alerts and the pharmacist's opinion beside the line, for nurse and prescriber alike. It must never show a line without its posology.
 * Called by front through the rows at the end. Start at list_show.
 */
#include "pages/prescription.h"

static const struct choice stop_reasons[] = {
	{ "done", N_("The treatment is over") }, { "inefficient", N_("No effect") }, { "adverse", N_("Adverse effect") }, { "changed", N_("Replaced by another") },
	{ "error", N_("Prescribed by mistake") }, { "refused", N_("The person refuses it") }, { NULL, NULL } };
static const struct field list_fields[] = { { "all", N_("Ended ones too"), FIELD_FLAG }, FIELDS_END };
static const struct field stop_fields[] = {
	{ "id",      N_("Prescription"), FIELD_ID,   .required = true },
	{ "version", N_("Version"),      FIELD_INT,  .min = 1, .max = UINT32_MAX, .required = true },
	{ "reason",  N_("Reason"),       FIELD_CODE, .required = true, .choices = stop_reasons },
	FIELDS_END
};

/* ---- pieces ---- */

void
order_draw_line(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	if (row_has(row, "dci")) {
		el_text(k, H_B, NULL, row_get(row, "dci"));
		html_z(&k->w, " ");
	}
	html_text(&k->w, row_has(row, "name") ? row_get(row, "name") : row_get(row, "what"));
	if (row_has(row, "dosage")) {
		html_open(&k->w, H_BR);
		el(k, H_SPAN, "label", N_("DOSE"));
		html_z(&k->w, " ");
		html_text(&k->w, row_get(row, "dosage"));
	}
	if (row_has(row, "supply")) {
		html_open(&k->w, H_BR);
		html_text(&k->w, row_get(row, "supply"));
	}
	if (row_has(row, "note")) {
		html_open(&k->w, H_BR);
		el_text(k, H_SMALL, NULL, row_get(row, "note"));
	}
}

void
order_draw_home(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	if (row_get(row, "home").n > 0) {
		html_open(&k->w, H_BR);
		status_chip(k, "info", "leave", N_("For home"));
	}
	if (row_get(row, "ald").n > 0) {
		html_z(&k->w, " ");
		status_chip(k, "plain", NULL, N_("ALD"));
	}
}

void
order_draw_opinion(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str opinion = row_get(row, "opinion");
	if (row_get(row, "home").n > 0)
		return; /* no pharmacy of the house gives it */
	if (opinion.n == 0) {
		if (row_get(release_set(sc->rel, "orders_page"), "pharmacy").n > 0)
			status_chip(k, "plain", "clock", N_("Opinion awaited"));
		else
			el(k, H_SMALL, "hint", N_("no pharmacy is set for this unit"));
		return;
	}
	bool accepted = str_eq(opinion, "accept"), refused = str_eq(opinion, "refuse");
	if (row_get(row, "opinion_old").n > 0)
		status_chip(k, "plain", "clock", N_("Changed since the opinion"));
	else
		status_chip(k, accepted ? "ok" : refused ? "critical" : "warn", accepted ? "check" : refused ? "octagon" : "warn",
			accepted ? N_("Opinion: accepted") : refused ? N_("Opinion: refused") : N_("Opinion: to be modified"));
	if (row_has(row, "opinion_text")) {
		html_open(&k->w, H_BR);
		el_text(k, H_STRONG, NULL, row_get(row, "opinion_text"));
	}
	html_open(&k->w, H_BR);
	struct words when = when_clinical_ms(k, row_i64(row, "opinion_at"));
	el_open(k, H_SMALL, "hint");
	html_text(&k->w, row_get(row, "opinion_by"));
	html_z(&k->w, " · ");
	html_text(&k->w, words_view(&when));
	html_close(&k->w, H_SMALL);
}

static const struct { const char *rule, *label; } rules[] = {
	{ "interaction", N_("Interaction") }, { "allergy", N_("Allergy to the substance") }, { "allergy_class", N_("Allergy to the class") }, { "double", N_("Same substance twice") },
	{ "double_class", N_("Same class twice") }, { "narcotic", N_("Narcotic") }, { "hospital_only", N_("Hospital prescription or use") }, { "dose_once", N_("Largest single dose") },
	{ "dose_day", N_("Largest dose in 24 hours") }, { "renal", N_("Kidney function") }, { "pregnancy", N_("Pregnancy") }, { "breastfeeding", N_("Breastfeeding") },
	{ "high_risk", N_("High-risk medicine") }, { "conditions", N_("Conditions of prescription") },
};

const char *
order_rule_label(struct str rule)
{
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
		if (str_eq(rule, rules[i].rule))
			return rules[i].label;
	return N_("Check");
}

static const char *
because(struct str code)
{
	static const struct { const char *code, *label; } words[] = {
		{ "no_tables", N_("the tables of medicines are missing") }, { "no_code", N_("this line has no code of a medicine") }, { "unknown_substance", N_("the thesaurus does not know this substance") },
		{ "no_status", N_("status not recorded, or too old: ask the person") },
		{ "allergy_unknown", N_("this allergy matches no substance of the database") }, { "allergies_not_recorded", N_("no allergy status is recorded: ask the person") },
		{ "not_provided", N_("not provided: check not done") }, { "no_weight", N_("no weight is recorded") }, { "no_gfr", N_("no filtration rate is recorded") }, { "no_age", N_("no birth date is recorded") },
		{ "not_bounded", N_("the posology says no largest dose") }, { "other_unit", N_("the rule is written in another unit") }, { "too_many", N_("there are too many lines") },
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(code, words[i].code))
			return words[i].label;
	return N_("not provided: check not done");
}

static void
draw_unrun(struct screen *sc)
{
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "unrun");
	struct digits d;
	if (n == 0)
		return;
	bool of_person = false; /* what is of this person stands open; that no table is provided is the same everywhere */
	for release_each (row, sc->rel, "unrun")
		of_person = of_person || !str_eq(row_get(row, "because"), "not_provided");
	html_open(&k->w, H_DETAILS);
	if (of_person)
		html_flag(&k->w, "open");
	html_open(&k->w, H_SUMMARY);
	status_chip(k, "warn", "unavailable", N_("Not checked"));
	html_z(&k->w, " ");
	html_text(&k->w, digits_of(&d, (int64_t)n));
	html_close(&k->w, H_SUMMARY);
	html_open(&k->w, H_UL);
	for release_each (row, sc->rel, "unrun") {
		html_open(&k->w, H_LI);
		say(k, order_rule_label(row_get(row, "check")));
		html_z(&k->w, " : ");
		if (row_has(row, "of")) {
			html_text(&k->w, row_get(row, "of"));
			html_z(&k->w, " : ");
		}
		say(k, because(row_get(row, "because")));
		if (row_has(row, "what")) {
			html_z(&k->w, " (");
			html_text(&k->w, row_get(row, "what"));
			html_z(&k->w, ")");
		}
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	html_close(&k->w, H_DETAILS);
}

static void
draw_alert(struct screen *sc, struct row row)
{
	static const struct { const char *chip, *icon, *label; } tiers[] = {
		{ "plain", NULL, "" }, { "plain", "alert", N_("To know") }, { "info", "alert", N_("Caution") }, { "warn", "warn", N_("Asks for a reason") }, { "critical", "octagon", N_("Forbidden") } };
	static const char *const levels[] = { NULL, N_("To be taken into account"), N_("Precaution for use"), N_("Not advised together"), N_("Contraindicated together") };
	struct kit *k = &sc->k;
	int64_t tier = row_i64(row, "tier"), level = row_i64(row, "level");
	struct words on = when_day(k, row_get(row, "edition_on"));
	table_row(k);
	cell_open(k, NULL);
	if (tier > 0 && tier < (int64_t)(sizeof tiers / sizeof tiers[0]))
		status_chip(k, tiers[tier].chip, tiers[tier].icon, tiers[tier].label);
	html_open(&k->w, H_BR);
	el(k, H_STRONG, NULL, order_rule_label(row_get(row, "rule")));
	if (level > 0 && level < (int64_t)(sizeof levels / sizeof levels[0])) {
		html_open(&k->w, H_BR);
		say(k, levels[level]);
	}
	cell_close(k);
	cell_open(k, NULL);
	el_text(k, H_B, NULL, row_get(row, "a"));
	if (row_has(row, "b")) {
		html_open(&k->w, H_BR);
		el_text(k, H_B, NULL, row_get(row, "b"));
	}
	cell_close(k);
	cell_open(k, NULL);
	html_text(&k->w, row_get(row, "what"));
	if (row_has(row, "other")) {
		html_z(&k->w, " + ");
		html_text(&k->w, row_get(row, "other"));
	}
	if (row_get(row, "derived").n > 0) {
		html_z(&k->w, " ");
		el(k, H_SMALL, "hint", N_("class derived from the substances, not published"));
	}
	if (row_has(row, "why")) {
		html_open(&k->w, H_BR);
		html_text(&k->w, row_get(row, "why"));
	}
	if (row_has(row, "advice")) {
		html_open(&k->w, H_BR);
		el_text(k, H_STRONG, NULL, row_get(row, "advice"));
	}
	html_open(&k->w, H_BR);
	el_open(k, H_SMALL, "hint");
	say_with(k, N_("{1}, edition of {2}"), row_get(row, "source"), words_view(&on));
	html_close(&k->w, H_SMALL);
	cell_close(k);
	cell_open(k, NULL);
	if (row_has(row, "reason")) {
		status_chip(k, "ok", "check", N_("Answered in this stay"));
		html_open(&k->w, H_BR);
		say(k, order_reason_label(row_get(row, "reason")));
	}
	cell_close(k);
	table_row_end(k);
}

static size_t
draw_alerts(struct screen *sc, const char *caption, bool fresh)
{
	static const struct col cols[] = { { N_("Alert"), NULL }, { N_("Medicine"), NULL }, { N_("Why, and what to do"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	size_t n = 0;
	for release_each (row, sc->rel, "alerts") {
		if ((row_get(row, "fresh").n > 0) != fresh)
			continue;
		if (n++ == 0)
			table_open(k, caption, cols, sizeof cols / sizeof cols[0]);
		draw_alert(sc, row);
	}
	if (n > 0)
		table_close(k);
	return n;
}

void
order_draw_fresh(struct screen *sc)
{
	draw_unrun(sc);
	if (draw_alerts(sc, N_("Alerts of the basket, strongest first"), true) == 0)
		el(&sc->k, H_P, NULL, N_("The checks that were made found nothing. That is no proof that there is nothing."));
}

void
order_draw_standing(struct screen *sc)
{
	if (draw_alerts(sc, N_("Alerts of what stands already, strongest first"), false) == 0)
		el(&sc->k, H_P, NULL, N_("The checks that were made found nothing. That is no proof that there is nothing."));
}

void
order_draw_checks(struct screen *sc)
{
	draw_unrun(sc);
	order_draw_standing(sc);
}

/* ---- the list ---- */

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bool acts = rq->method == HTTP_POST && str_ends(str_of(rq->page->path), STR("/stop")) && rq->form.n_bad == 0;
	if (acts) {
		ask_act(a, "order_stop");
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = stop_fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_head(rq, a);
	ask_view(a, "order_list");
	ask_arg(a, "patient", rq->path.patient);
	if (acts || (!str_ends(str_of(rq->page->path), STR("/stop")) && form_get(&rq->form, "all").n > 0))
		ask_arg(a, "all", STR("1")); /* a refused stop shows what became of the line, ended or not */
	ask_view(a, "order_checks");
	ask_arg(a, "patient", rq->path.patient);
	ask_view(a, "prescription_papers");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static const char *
stop_reason(struct str code)
{
	for (const struct choice *c = stop_reasons; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return str_eq(code, "discharge") ? N_("The stay ended") : NULL;
}

static void
cell_times(struct kit *k, struct row row)
{
	cell_open(k, "time");
	if (row_has(row, "start_at"))
		when_time_tag_ms(k, row_i64(row, "start_at"));
	else
		when_time_tag_ms(k, row_i64(row, "since_at"));
	html_open(&k->w, H_BR);
	if (row_has(row, "end_at"))
		when_time_tag_ms(k, row_i64(row, "end_at"));
	else
		el(k, H_SMALL, "hint", N_("no end"));
	cell_close(k);
}

static void
cell_state(struct kit *k, struct row row)
{
	cell_open(k, NULL);
	bool over = row_get(row, "over").n > 0;
	const char *reason = stop_reason(row_get(row, "reason"));
	status_chip(k, over ? "warn" : str_eq(row_get(row, "status"), "active") ? "ok" : "plain", over ? "clock" : NULL, over ? N_("Its time is over") : status_word(row_get(row, "status")));
	if (reason != NULL && !str_eq(row_get(row, "status"), "active")) {
		html_open(&k->w, H_BR);
		say(k, reason);
	}
	if (row_get(row, "unplanned").n > 0) {
		html_open(&k->w, H_BR);
		el(k, H_SMALL, "hint", N_("words only: no dose is planned"));
	}
	cell_close(k);
}

/* Stop, with its reason, without leaving the row; and write again. */
static void
cell_change(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool now = row_get(row, "over").n == 0 && (str_eq(row_get(row, "status"), "active") || str_eq(row_get(row, "status"), "on-hold"));
	cell_open(k, NULL);
	if (now && release_may(sc->rel, MAY_PRESCRIBE)) {
		struct words id = { .n = 0 };
		words_z(&id, "stop-");
		words_add(&id, row_get(row, "id"));
		struct str id_z = words_view(&id);
		struct pair keep[2] = { { STR("id"), row_get(row, "id") }, { STR("version"), row_get(row, "version") } };
		struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/prescriptions/stop"), .id = arena_z(sc->rq->arena, id_z), .class_ = "inline", .fields = stop_fields, .now = keep, .n_now = 2 };
		bool sent = sc->rq->method == HTTP_POST && str_is(form_typed(&sc->rq->form, "id"), keep[0].value);
		s.form = sent ? &sc->rq->form : NULL;
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, row_get(row, "out").n > 0 ? "/prescribe?out=1&replaces=" : "/prescribe?replaces="), row_get(row, "id")));
		html_attr_z(&k->w, "class", "button quiet");
		say(k, N_("Modify"));
		html_close(&k->w, H_A);
		html_open(&k->w, H_DETAILS);
		if (sent)
			html_flag(&k->w, "open");
		el(k, H_SUMMARY, NULL, N_("Stop"));
		fields_open(k, &s);
		fields_hidden(k, "id", row_get(row, "id"));
		fields_hidden(k, "version", row_get(row, "version"));
		fields_input(k, &s, "reason", &(struct look){ .as_select = true });
		fields_submit(k, "danger", "octagon", screen_say(sc, N_("Stop {1}"), row_has(row, "dci") ? row_get(row, "dci") : row_get(row, "name")));
		fields_close(k);
		html_close(&k->w, H_DETAILS);
	}
	cell_close(k);
}

static void
draw_orders(struct screen *sc, bool all)
{
	static const struct col cols[] = { { N_("Medicine"), NULL }, { N_("Begins, ends"), "time" }, { N_("State"), NULL }, { N_("Prescriber"), NULL }, { N_("Pharmacist"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct row page = release_set(sc->rel, "orders_page");
	struct digits current, ended;
	el_open(k, H_P, "state");
	say_with(k, all ? N_("{1} current and {2} ended prescriptions, newest start first") : N_("{1} current prescriptions, newest start first; {2} ended are hidden"),
		digits_of(&current, row_i64(page, "current")), digits_of(&ended, row_i64(page, "ended")));
	html_z(&k->w, " ");
	link_to(k, "button quiet", screen_path(sc->rq, sc->rq->path.patient, all ? "/prescriptions" : "/prescriptions?all=1"), all ? N_("Hide those that ended") : N_("Show those that ended"));
	html_close(&k->w, H_P);
	if (row_get(page, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more than can be shown here: see the timeline."));
	if (rows_count(release_rows(sc->rel), "orders") == 0) {
		empty_state(k, N_("No current prescription."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Prescriptions"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "orders") {
		table_row(k);
		cell_open(k, NULL);
		order_draw_line(sc, row);
		order_draw_home(sc, row);
		cell_close(k);
		cell_times(k, row);
		cell_state(k, row);
		cell_open(k, NULL);
		el_name(k, row_get(row, "by_name"));
		if (row_has(row, "since_at")) {
			html_open(&k->w, H_BR);
			when_time_tag_ms(k, row_i64(row, "since_at"));
		}
		if (row_has(row, "replaces")) {
			html_open(&k->w, H_BR);
			el(k, H_SMALL, "hint", N_("takes the place of an earlier one"));
		}
		cell_close(k);
		cell_open(k, NULL);
		order_draw_opinion(sc, row);
		cell_close(k);
		cell_change(sc, row);
		table_row_end(k);
	}
	table_close(k);
}

static const char *
kind_label(struct str kind)
{
	return str_eq(kind, "lab") ? N_("Laboratory") : str_eq(kind, "imaging") ? N_("Imaging") : str_eq(kind, "diet") ? N_("Diet") : N_("Care");
}

static void
draw_others(struct screen *sc)
{
	static const struct col cols[] = { { N_("Kind"), NULL }, { N_("Prescription"), NULL }, { N_("Since"), "time" }, { N_("State"), NULL }, { N_("Prescriber"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "others") == 0)
		return;
	el(k, H_H2, NULL, N_("Laboratory, imaging, care and diet"));
	table_open(k, N_("Other orders"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "others") {
		table_row(k);
		cell_say(k, kind_label(row_get(row, "kind")));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "what"));
		if (str_eq(row_get(row, "priority"), "urgent")) {
			html_z(&k->w, " ");
			status_chip(k, "warn", "warn", N_("Urgent"));
		}
		if (row_has(row, "note")) {
			html_open(&k->w, H_BR);
			el_text(k, H_SMALL, NULL, row_get(row, "note"));
		}
		cell_close(k);
		screen_cell_when(k, row, "since");
		cell_state(k, row);
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

/* Each paper that the lines for home make: by prescriber and day, of a discharge or outside of one. */
static void
draw_papers(struct screen *sc)
{
	static const struct col cols[] = { { N_("Signed"), "time" }, { N_("Prescriber"), NULL }, { N_("Medicines"), "num" }, { N_("Of"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct digits n;
	if (rows_count(release_rows(sc->rel), "ordonnances") == 0)
		return;
	el(k, H_H2, NULL, N_("Ordonnances for home"));
	table_open(k, N_("What is signed for home and stands"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "ordonnances") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "signed_at"));
		cell(k, row_get(row, "by_name"));
		cell(k, digits_of(&n, row_i64(row, "n")));
		cell_say(k, row_get(row, "out").n > 0 ? N_("A consultation, or outside of a stay") : N_("A discharge"));
		cell_open(k, NULL);
		link_to(k, "button quiet", screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/ordonnance.pdf?line="), row_get(row, "line")), N_("Print the ordonnance"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/prescriptions"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Prescriptions"));
	struct kit *k = &sc.k;
	bool stops = str_ends(str_of(rq->page->path), STR("/stop"));
	screen_refusal(&sc);
	if (release_may(rel, MAY_PRESCRIBE)) {
		el_open(k, H_P, "actions");
		link_to(k, "button primary", screen_path(rq, rq->path.patient, "/prescribe"), N_("Prescribe"));
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/prescribe?out=1"), N_("Ordonnance for home"));
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/discharge"), N_("Treatments at discharge"));
		html_close(&k->w, H_P);
		if (row_i64(release_set(rel, "orders_page"), "current") > 0)
			fields_button_form(k, screen_path(rq, rq->path.patient, "/prescribe/renew"), "quiet", "restore", str_of(tr(k->lang, N_("Renew all that end: into the basket"))), NULL, 0, NULL);
	}
	draw_papers(&sc);
	draw_orders(&sc, (stops && rq->form.n_bad == 0) || (!stops && form_get(&rq->form, "all").n > 0));
	draw_others(&sc);
	el(k, H_H2, NULL, N_("Checks of what is prescribed"));
	order_draw_checks(&sc);
	return screen_end(&sc);
}

const struct page pages_prescription[] = {
	{ HTTP_GET,  "/patient/:patient/prescriptions",      MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = list_fields, .ask = list_ask, .show = list_show, .menu = N_("Prescriptions"), .icon = "pill", .key = "g p" },
	{ HTTP_POST, "/patient/:patient/prescriptions/stop", MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = stop_fields, .ask = list_ask, .show = list_show },
	{ .path = NULL },
};
