/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/discharge.c: treatments at discharge: what is undecided first, each line to be continued, changed or stopped; then what was decided, as the letter will have it; one signature. And
 * whose stay ended before that was done. It must decide nothing by itself. Called by front through the rows at the end. Start at discharge_show.
 */
#include "pages/prescription.h"

#define FAULTS 4

static const struct choice stop_reasons[] = {
	{ "stay_only", N_("Needed in the stay only") }, { "done", N_("The treatment is over") }, { "inefficient", N_("No effect") }, { "adverse", N_("Adverse effect") },
	{ "refused", N_("The person refuses it") }, { NULL, NULL } };
static const struct choice outcomes[] = { { "continue", N_("Continued") }, { "change", N_("Changed") }, { "stop", N_("Stopped") }, { "new", N_("New") }, { NULL, NULL } };
static const struct field stay_fields[] = { { "stay", N_("Stay"), FIELD_ID }, FIELDS_END };
static const struct field continue_fields[] = { { "stay", N_("Stay"), FIELD_ID, .required = true }, { "id", N_("Treatment"), FIELD_ID }, FIELDS_END };
static const struct field stop_fields[] = {
	{ "stay",   N_("Stay"),      FIELD_ID,   .required = true },
	{ "id",     N_("Treatment"), FIELD_ID,   .required = true },
	{ "reason", N_("Reason"),    FIELD_CODE, .required = true, .choices = stop_reasons },
	FIELDS_END
};
static const struct field sign_fields[] = { { "stay", N_("Stay"), FIELD_ID, .required = true }, FIELDS_END };

static const char *
label_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("—");
}

static bool
posts_to(const struct req *rq, const char *tail)
{
	return rq->method == HTTP_POST && str_ends(str_of(rq->page->path), str_of(tail));
}

static enum rc
discharge_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, posts_to(rq, "/stop") ? "discharge_stop" : posts_to(rq, "/sign") ? "discharge_sign" : "discharge_continue");
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_head(rq, a);
	ask_view(a, "discharge_treatments");
	ask_arg(a, "patient", rq->path.patient);
	if (rq->method == HTTP_GET && form_get(&rq->form, "stay").n > 0)
		ask_arg(a, "stay", form_get(&rq->form, "stay"));
	return RC_OK;
}

/* ---- what is undecided ---- */

static struct str
write_link(struct screen *sc, struct str stay, struct str replaces)
{
	struct str to = screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/prescribe?home="), stay);
	return replaces.n > 0 ? screen_join(sc->rq, screen_join(sc->rq, to, STR("&replaces=")), replaces) : to;
}

static void
draw_link(struct screen *sc, struct str href, const char *label)
{
	struct kit *k = &sc->k;
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", href);
	html_attr_z(&k->w, "class", "button quiet");
	say(k, label);
	html_close(&k->w, H_A);
}

static void
cell_decide(struct screen *sc, struct row row, struct str stay)
{
	struct kit *k = &sc->k;
	struct str name = row_has(row, "dci") ? row_get(row, "dci") : row_get(row, "name");
	struct pair keep[2] = { { STR("stay"), stay }, { STR("id"), row_get(row, "id") } };
	bool typed = posts_to(sc->rq, "/stop") && str_is(form_get(&sc->rq->form, "id"), row_get(row, "id")), home = row_get(row, "of_home").n > 0;
	struct words id = { .n = 0 };
	words_z(&id, "stop-");
	words_add(&id, row_get(row, "id"));
	struct str id_z = words_view(&id);
	struct fault faults[FAULTS];
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/discharge/stop"), .id = arena_z(sc->rq->arena, id_z), .class_ = "inline", .fields = stop_fields, .now = keep, .n_now = 2,
		.form = typed ? &sc->rq->form : NULL, .faults = faults, .n_faults = typed && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	cell_open(k, NULL);
	if (home || row_get(row, "words").n == 0)
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/discharge/continue"), "quiet", "check", screen_say(sc, home ? N_("Goes on as at home: {1}") : N_("Continue {1}"), name), keep, 2, "e");
	draw_link(sc, write_link(sc, stay, row_get(row, "statement").n > 0 ? STR_NONE : row_get(row, "id")), N_("Change"));
	html_open(&k->w, H_DETAILS);
	if (typed)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Stop"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "stay", stay);
	fields_hidden(k, "id", row_get(row, "id"));
	fields_input(k, &s, "reason", &(struct look){ .as_select = true });
	fields_submit(k, "danger", "octagon", screen_say(sc, N_("Stop {1}"), name));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
	cell_close(k);
}

static void
draw_undecided(struct screen *sc, struct str stay, bool may)
{
	static const struct col cols[] = { { N_("Treatment"), NULL }, { N_("Known from"), NULL }, { N_("At discharge"), NULL } };
	struct kit *k = &sc->k;
	size_t n = rows_count(release_rows(sc->rel), "undecided"), plain = 0;
	el(k, H_H2, NULL, N_("To be decided"));
	if (n == 0) {
		el(k, H_P, NULL, N_("Each treatment has its decision."));
		return;
	}
	for release_each (row, sc->rel, "undecided")
		plain += row_get(row, "of_home").n > 0 || row_get(row, "words").n == 0;
	if (may && plain > 1) {
		struct digits d;
		struct pair keep[1] = { { STR("stay"), stay } };
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/discharge/continue"), "quiet", "check", screen_say(sc, N_("Continue all {1}"), digits_of(&d, (int64_t)plain)), keep, 1, NULL);
	}
	table_open(k, N_("Treatments without a decision"), cols, may ? 3 : 2);
	for release_each (row, sc->rel, "undecided") {
		table_row(k);
		cell_open(k, NULL);
		order_draw_line(sc, row);
		cell_close(k);
		cell_say(k, row_get(row, "of_home").n > 0 ? N_("Before the stay") : N_("The stay"));
		if (may)
			cell_decide(sc, row, stay);
		table_row_end(k);
	}
	table_close(k);
}

/* ---- what was decided ---- */

static void
draw_decided(struct screen *sc)
{
	static const struct col cols[] = { { N_("Decision"), NULL }, { N_("Treatment"), NULL }, { N_("In the stay"), NULL }, { N_("Why"), NULL }, { N_("By"), NULL } };
	static const struct { const char *code, *chip, *icon; } chips[] = { { "continue", "ok", "check" }, { "change", "warn", "swap" }, { "stop", "plain", "octagon" }, { "new", "info", "plus" } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Decided: this is what the letter says"));
	if (rows_count(release_rows(sc->rel), "treatments") == 0) {
		el(k, H_P, "empty", N_("Nothing is decided yet."));
		return;
	}
	table_open(k, N_("Treatments at discharge"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "treatments") {
		table_row(k);
		cell_open(k, NULL);
		for (size_t i = 0; i < sizeof chips / sizeof chips[0]; i++)
			if (str_eq(row_get(row, "outcome"), chips[i].code))
				status_chip(k, chips[i].chip, chips[i].icon, label_of(outcomes, row_get(row, "outcome")));
		if (row_get(row, "withdrawn").n > 0) {
			html_z(&k->w, " ");
			status_chip(k, "critical", "octagon", N_("The line was stopped since"));
		}
		cell_close(k);
		cell_open(k, NULL);
		order_draw_line(sc, row);
		if (row_get(row, "ald").n > 0) {
			html_z(&k->w, " ");
			status_chip(k, "plain", NULL, N_("ALD"));
		}
		cell_close(k);
		if (row_has(row, "was"))
			cell(k, row_get(row, "was"));
		else
			cell_say(k, N_("—"));
		cell_say(k, label_of(stop_reasons, row_get(row, "reason")));
		cell_open(k, NULL);
		el_name(k, row_get(row, "by_name"));
		html_open(&k->w, H_BR);
		when_time_tag_ms(k, row_i64(row, "at"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_state(struct screen *sc, struct row page)
{
	struct kit *k = &sc->k;
	if (row_get(page, "done").n > 0) {
		struct words when = when_clinical_ms(k, row_i64(page, "signed_at"));
		el_open(k, H_P, "state");
		status_chip(k, "ok", "check", N_("Gone through"));
		html_z(&k->w, " ");
		el_name(k, row_get(page, "signed_by"));
		html_z(&k->w, " · ");
		html_text(&k->w, words_view(&when));
		html_close(&k->w, H_P);
	} else if (row_has(page, "ended_at")) {
		el(k, H_P, "note warn", N_("The stay ended before its treatments were gone through. What was prescribed in it ended with it."));
	} else if (row_has(page, "signed_at")) {
		el(k, H_P, "note warn", N_("Something was prescribed since this was signed."));
	}
}

static enum rc
discharge_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/discharge"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("Treatments at discharge"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "discharge");
	struct str stay = row_get(page, "stay");
	bool may = release_may(rel, MAY_PRESCRIBE);
	if (!posts_to(rq, "/stop"))
		screen_refusal(&sc);
	if (stay.n == 0) {
		empty_state(k, N_("No stay runs or has ended whose treatments could be gone through."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	draw_state(&sc, page);
	draw_undecided(&sc, stay, may);
	if (may) {
		el_open(k, H_P, "actions");
		draw_link(&sc, write_link(&sc, stay, STR_NONE), N_("Add a new one for home"));
		draw_link(&sc, screen_path(rq, rq->path.patient, "/prescribe/review"), N_("Sign the lines for home"));
		html_close(&k->w, H_P);
	}
	draw_decided(&sc);
	for release_each (row, rel, "treatments")
		if (row_has(row, "home") && row_get(row, "withdrawn").n == 0) {
			link_to(k, "button quiet", screen_join(rq, screen_path(rq, rq->path.patient, "/ordonnance.pdf?stay="), stay), N_("Print the ordonnance for home"));
			break;
		}
	if (may && row_get(page, "done").n == 0 && row_i64(page, "left") == 0) {
		struct pair keep[1] = { { STR("stay"), stay } };
		fields_button_form(k, screen_path(rq, rq->path.patient, "/discharge/sign"), "primary", "check", str_of(tr(k->lang, N_("Sign: all treatments were gone through"))), keep, 1, NULL);
	}
	return screen_end(&sc);
}

/* ---- whose stay ended before ---- */

static enum rc
queue_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "discharge_queue");
	return RC_OK;
}

static enum rc
queue_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Left"), "time" }, { N_("Undecided treatments"), "num" } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Discharges without reconciliation"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Discharges without reconciliation"));
	if (rows_count(release_rows(rel), "queue") == 0) {
		empty_state(k, N_("Nobody left your unit without it."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Who left your unit before the treatments were gone through, the last first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "queue") {
		struct digits n;
		table_row(k);
		screen_cell_identity(&sc, row);
		screen_cell_patient(&sc, row, "/discharge");
		cell_time_ms(k, row_i64(row, "ended_at"));
		cell(k, digits_of(&n, row_i64(row, "lines")));
		table_row_end(k);
	}
	table_close(k);
	if (row_get(release_set(rel, "queue_page"), "more").n > 0)
		el(k, H_P, "hint", N_("There are more; these are the first."));
	return screen_end(&sc);
}

const struct page pages_discharge[] = {
	{ HTTP_GET,  "/patient/:patient/discharge",          MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = stay_fields,     .ask = discharge_ask, .show = discharge_show, .menu = N_("Treatments at discharge"), .icon = "leave" },
	{ HTTP_POST, "/patient/:patient/discharge/continue", MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = continue_fields, .ask = discharge_ask, .show = discharge_show },
	{ HTTP_POST, "/patient/:patient/discharge/stop",     MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = stop_fields,     .ask = discharge_ask, .show = discharge_show },
	{ HTTP_POST, "/patient/:patient/discharge/sign",     MAY_PRESCRIBE,  REVEALS_ONE_PATIENT, .fields = sign_fields,     .ask = discharge_ask, .show = discharge_show },
	{ HTTP_GET,  "/discharges", MAY_PRESCRIBE, REVEALS_WORK_LIST, .ask = queue_ask, .show = queue_show, .menu = N_("Discharges without reconciliation"), .icon = "leave" },
	{ .path = NULL },
};
