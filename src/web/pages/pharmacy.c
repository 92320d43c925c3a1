/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/pharmacy.c: the pharmacist's queue, a chart's prescriptions with what changed since they were last seen, and the tables that the pharmacist keeps: the house's own rules
 * (delivered empty), the clock times of the moments of a day, how often alerts are overridden. It must never put a number into a rule by itself. Called by front through the
 * rows at the end. Start at queue_show, chart_show, tables_show.
 */
#include "pages/prescription.h"

#define FAULTS 10
#define UNITS_MAX 40

static const struct choice opinions[] = { { "accept", N_("Accept") }, { "modify", N_("To be modified") }, { "refuse", N_("Refuse") }, { NULL, NULL } };
static const struct choice rule_kinds[] = { { "dose_once", N_("Largest single dose") }, { "dose_day", N_("Largest dose in 24 hours") }, { "renal", N_("Kidney function") }, { "pregnancy", N_("Pregnancy") },
	{ "breastfeeding", N_("Breastfeeding") }, { "high_risk", N_("High-risk medicine") }, { NULL, NULL } };
static const struct choice of_kinds[] = { { "cis", N_("One speciality (CIS)") }, { "substance", N_("A substance") }, { "atc", N_("An ATC class") }, { NULL, NULL } };
static const struct choice tiers[] = { { "1", N_("To know") }, { "2", N_("Caution") }, { "3", N_("Asks for a reason") }, { "4", N_("Forbidden") }, { NULL, NULL } };
static const struct choice moments[] = { { "WAKE", N_("On waking") }, { "ACM", N_("Before breakfast") }, { "MORN", N_("Morning") }, { "CM", N_("With breakfast") }, { "PCM", N_("After breakfast") },
	{ "ACD", N_("Before lunch") }, { "NOON", N_("Noon") }, { "CD", N_("With lunch") }, { "PCD", N_("After lunch") }, { "AFT", N_("Afternoon") }, { "ACV", N_("Before dinner") }, { "EVE", N_("Evening") },
	{ "CV", N_("With dinner") }, { "PCV", N_("After dinner") }, { "HS", N_("Bedtime") }, { "NIGHT", N_("Night") }, { NULL, NULL } };

static const struct field opinion_fields[] = {
	{ "id",      N_("Prescription"), FIELD_ID,    .required = true },
	{ "version", N_("Version"),      FIELD_INT,   .min = 1, .max = UINT32_MAX, .required = true },
	{ "opinion", N_("Opinion"),      FIELD_CODE,  .required = true, .choices = opinions },
	{ "text",    N_("Your words"),   FIELD_LINES, .max = 1000 },
	FIELDS_END
};
static const struct field rule_fields[] = {
	{ "rule",      N_("Rule"),       FIELD_CODE, .required = true, .choices = rule_kinds },
	{ "kind",      N_("Of"),         FIELD_CODE, .required = true, .choices = of_kinds },
	{ "what",      N_("Which"),      FIELD_TEXT, .min = 3, .max = 200, .required = true },
	{ "limit",     N_("Limit"),      FIELD_TEXT, .max = 40 },
	{ "per_kg",    N_("Per kilogram"), FIELD_FLAG },
	{ "age_from",  N_("From age"),   FIELD_INT,  .min = 0, .max = 130 },
	{ "age_until", N_("Until age"),  FIELD_INT,  .min = 0, .max = 130 },
	{ "gfr_below", N_("Filtration rate below"), FIELD_INT, .min = 1, .max = 200 },
	{ "tier",      N_("Alert"),      FIELD_CODE, .required = true, .choices = tiers },
	{ "source",    N_("Source"),     FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field clock_fields[] = {
	{ "moment", N_("Moment"), FIELD_CODE, .required = true, .choices = moments },
	{ "time",   N_("Time"),   FIELD_TEXT, .max = 10, .required = true },
	{ "unit",   N_("Unit"),   FIELD_ID },
	FIELDS_END
};

static void
ask_all(const struct req *rq, struct asks *a, const char *act)
{
	ask_act(a, act);
	for (const struct field *f = rq->page->fields; f != NULL && f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
}

/* ---- the queue ---- */

static enum rc
queue_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0)
		ask_all(rq, a, "order_pharmacy_set");
	ask_view(a, "order_queue");
	return RC_OK;
}

static enum rc
queue_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Unit"), NULL }, { N_("Bed"), NULL }, { N_("Waiting since"), "time" }, { N_("Lines"), "num" }, { N_("State"), NULL } };
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/pharmacy"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_live(&sc, "queue", STR("-"));
	screen_begin(&sc, N_("Prescriptions to validate"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "queue_page");
	el(k, H_H1, NULL, N_("Prescriptions to validate"));
	screen_refusal(&sc);
	if (row_get(page, "house").n == 0) {
		el(k, H_P, "note", row_get(page, "none").n > 0 ? N_("No pharmacy is set for the house: what is signed reaches every pharmacist of the establishment until one is.")
			: N_("What is signed in a unit reaches the pharmacy that is set for it. Yours is not the one of the house."));
		fields_button_form(k, STR("/pharmacy"), "quiet", "check", screen_say(&sc, N_("Send what is signed to {1}"), row_get(page, "pharmacy_name")), NULL, 0, NULL);
	}
	if (rows_count(release_rows(rel), "queue") == 0) {
		empty_state(k, N_("No prescription waits for you."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Urgent ones first, then the oldest"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "queue") {
		struct digits n;
		table_row(k);
		screen_cell_identity(&sc, row);
		screen_cell_patient(&sc, row, "/pharmacy");
		cell(k, row_get(row, "unit_name"));
		cell(k, row_get(row, "bed_name"));
		cell_time_ms(k, row_i64(row, "since_at"));
		cell(k, digits_of(&n, row_i64(row, "lines")));
		cell_open(k, NULL);
		if (row_get(row, "urgent").n > 0)
			status_chip(k, "warn", "warn", N_("Urgent"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	if (row_get(page, "more").n > 0)
		el(k, H_P, "hint", N_("There are more; these are the first."));
	return screen_end(&sc);
}

/* ---- one chart ---- */

static enum rc
chart_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_all(rq, a, "order_opinion");
		ask_arg(a, "patient", rq->path.patient);
	}
	screen_ask_head(rq, a);
	ask_view(a, "order_list");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "all", STR("1"));
	ask_view(a, "order_checks");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static bool
stands(struct row row)
{
	return row_get(row, "over").n == 0 && row_get(row, "home").n == 0 && (str_eq(row_get(row, "status"), "active") || str_eq(row_get(row, "status"), "on-hold"));
}

/* New, changed or ended since a pharmacist's last word on it. */
static const char *
what_changed(struct row row)
{
	if (row_get(row, "home").n > 0)
		return NULL;
	if (row_get(row, "opinion").n == 0)
		return stands(row) ? row_has(row, "replaces") ? N_("Modified") : N_("New") : NULL;
	if (row_get(row, "opinion_old").n == 0)
		return NULL;
	return stands(row) ? N_("Modified") : str_eq(row_get(row, "status"), "completed") ? NULL : N_("Ended"); /* what ran out was seen with its end */
}

static void
draw_opinion_form(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool typed = sc->rq->method == HTTP_POST && str_is(form_get(&sc->rq->form, "id"), row_get(row, "id"));
	struct fault faults[FAULTS];
	struct words id = { .n = 0 };
	words_z(&id, "opinion-");
	words_add(&id, row_get(row, "id"));
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/pharmacy"), .id = arena_z(sc->rq->arena, words_view(&id)), .class_ = "inline", .fields = opinion_fields, .form = typed ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = typed && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	struct pair accept[3] = { { STR("id"), row_get(row, "id") }, { STR("version"), row_get(row, "version") }, { STR("opinion"), STR("accept") } };
	struct str named = row_has(row, "dci") ? row_get(row, "dci") : row_get(row, "name");
	fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/pharmacy"), "quiet", "check", screen_say(sc, N_("Accept {1}"), named), accept, 3, NULL);
	html_open(&k->w, H_DETAILS);
	if (typed)
		html_flag(&k->w, "open");
	el(k, H_SUMMARY, NULL, N_("Modify or refuse"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "id", row_get(row, "id"));
	fields_hidden(k, "version", row_get(row, "version"));
	fields_input(k, &s, "opinion", &(struct look){ .as_radio = true, .wide = true });
	fields_input(k, &s, "text", &(struct look){ .wide = true, .hint = N_("What you propose; the prescriber signs it, or not.") });
	fields_submit(k, "primary", "check", screen_say(sc, N_("Give this opinion on {1}"), named));
	fields_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_chart(struct screen *sc)
{
	static const struct col cols[] = { { N_("Since the last opinion"), NULL }, { N_("Medicine"), NULL }, { N_("Begins, ends"), "time" }, { N_("Prescriber"), NULL }, { N_("Pharmacist"), NULL }, { N_("Opinion"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Prescriptions, and what changed since a pharmacist last saw them"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "orders") {
		const char *changed = what_changed(row);
		if (!stands(row) && changed == NULL)
			continue;
		table_row(k);
		cell_open(k, NULL);
		if (changed != NULL)
			status_chip(k, "info", "alert", changed);
		else
			status_chip(k, "plain", "check", N_("Unchanged"));
		cell_close(k);
		cell_open(k, NULL);
		order_draw_line(sc, row);
		cell_close(k);
		cell_open(k, "time");
		when_time_tag_ms(k, row_has(row, "start_at") ? row_i64(row, "start_at") : row_i64(row, "since_at"));
		html_open(&k->w, H_BR);
		if (row_has(row, "end_at"))
			when_time_tag_ms(k, row_i64(row, "end_at"));
		else
			el(k, H_SMALL, "hint", N_("no end"));
		cell_close(k);
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		order_draw_opinion(sc, row);
		cell_close(k);
		cell_open(k, NULL);
		if (changed != NULL)
			draw_opinion_form(sc, row);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
chart_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	unsigned n = 0;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/pharmacy"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("Pharmaceutical validation"));
	struct kit *k = &sc.k;
	screen_refusal(&sc);
	for release_each (row, rel, "orders")
		n += stands(row) || what_changed(row) != NULL;
	if (n > 0)
		draw_chart(&sc);
	else
		empty_state(k, N_("No current prescription."), STR_NONE, NULL);
	el(k, H_H2, NULL, N_("Checks of what is prescribed"));
	order_draw_checks(&sc);
	return screen_end(&sc);
}
/* ---- tables ---- */

static enum rc
tables_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str path = str_of(rq->page->path);
	if (rq->method == HTTP_POST && rq->form.n_bad == 0)
		ask_all(rq, a, str_ends(path, STR("/end")) ? "order_rule_end" : str_ends(path, STR("/clock")) ? "order_clock_set" : "order_rule_add");
	ask_view(a, "order_rules");
	ask_view(a, "order_clock");
	return RC_OK;
}

static void
draw_rules(struct screen *sc)
{
	static const struct col cols[] = { { N_("Rule"), NULL }, { N_("Of"), NULL }, { N_("Limit"), NULL }, { N_("Ages"), NULL }, { N_("Alert"), NULL }, { N_("Source"), NULL }, { N_("Since"), "time" }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "rules") == 0) {
		el(k, H_P, "note", N_("This table is delivered empty: no public source that may be shipped brings such numbers. Each check says that it is not done until you fill it."));
		return;
	}
	table_open(k, N_("Rules of this house"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "rules") {
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		int64_t tier = row_i64(row, "tier");
		table_row(k);
		cell_say(k, order_rule_label(row_get(row, "rule")));
		cell(k, row_get(row, "code"));
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "limit"));
		if (row_get(row, "per_kg").n > 0) {
			html_z(&k->w, " ");
			say(k, N_("per kilogram"));
		}
		if (row_has(row, "gfr"))
			say_with(k, N_("below {1} mL/min/1,73 m²"), row_get(row, "gfr"));
		cell_close(k);
		cell_open(k, NULL);
		if (row_has(row, "age_from"))
			say_with(k, N_("from {1}"), row_get(row, "age_from"));
		html_z(&k->w, " ");
		if (row_has(row, "age_until"))
			say_with(k, N_("until {1}"), row_get(row, "age_until"));
		cell_close(k);
		cell_say(k, tier > 0 && tier < 5 ? tiers[tier - 1].label : "");
		cell(k, row_get(row, "source"));
		cell_time_ms(k, row_i64(row, "since_at"));
		cell_open(k, NULL);
		fields_button_form(k, STR("/pharmacy/tables/end"), "quiet", "lock", screen_say(sc, N_("End the rule on {1}"), row_get(row, "code")), hidden, 1, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_rule_form(struct screen *sc)
{
	struct kit *k = &sc->k;
	bool posted = sc->rq->page->fields == rule_fields;
	struct fault faults[FAULTS];
	struct sheet s = { .action = STR("/pharmacy/tables"), .id = "rule", .class_ = "sheet", .fields = rule_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	el(k, H_H3, NULL, N_("Add a rule"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "rule", &(struct look){ .as_select = true });
	fields_input(k, &s, "kind", &(struct look){ .as_select = true });
	fields_input(k, &s, "what", &(struct look){ .hint = N_("A code CIS, the name of a substance, or the beginning of an ATC code") });
	fields_input(k, &s, "limit", &(struct look){ .hint = N_("For doses: 4 g") });
	fields_input(k, &s, "per_kg", NULL);
	fields_input(k, &s, "age_from", NULL);
	fields_input(k, &s, "age_until", NULL);
	fields_input(k, &s, "gfr_below", &(struct look){ .hint = N_("For kidney function, in mL/min/1,73 m²") });
	fields_input(k, &s, "tier", &(struct look){ .as_select = true });
	fields_input(k, &s, "source", &(struct look){ .hint = N_("Where the number comes from: document, date, page"), .wide = true });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Add this rule"))));
	fields_close(k);
}

static void
draw_rates(struct screen *sc)
{
	static const struct col cols[] = { { N_("Rule"), NULL }, { N_("Alerts that asked for an answer"), "num" }, { N_("Overridden"), "num" }, { N_("Share"), "num" } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("How often alerts are overridden"));
	if (rows_count(release_rows(sc->rel), "rates") == 0) {
		el(k, H_P, "empty", N_("No alert was answered in the last 90 days."));
		return;
	}
	table_open(k, N_("By rule, in the last 90 days"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "rates") {
		struct digits met, overridden, share;
		struct words w = { .n = 0 };
		table_row(k);
		cell_say(k, order_rule_label(row_get(row, "rule")));
		cell(k, digits_of(&met, row_i64(row, "met")));
		cell(k, digits_of(&overridden, row_i64(row, "overridden")));
		words_add(&w, digits_of(&share, row_i64(row, "met") > 0 ? 100 * row_i64(row, "overridden") / row_i64(row, "met") : 0));
		words_z(&w, "\u202f%");
		cell(k, words_view(&w));
		table_row_end(k);
	}
	table_close(k);
}

static const char *
moment_label(struct str code)
{
	for (const struct choice *c = moments; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return "";
}

static void
draw_clock(struct screen *sc)
{
	static const struct col cols[] = { { N_("Moment"), NULL }, { N_("Time"), "num" }, { N_("Set by the house"), NULL } };
	struct kit *k = &sc->k;
	bool posted = sc->rq->page->fields == clock_fields;
	struct fault faults[FAULTS];
	struct pair units[UNITS_MAX];
	size_t n = 0;
	el(k, H_H2, NULL, N_("Moments of the day"));
	el(k, H_P, "hint", N_("When the rounds are made: a setting of the house, no medical fact. A change holds from tomorrow on; the plan of today does not move."));
	table_open(k, N_("Clock times that hold today"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "clock") {
		struct digits h, m;
		struct words w = { .n = 0 };
		int64_t minute = row_i64(row, "minute");
		if (!row_has(row, "words"))
			continue;
		table_row(k);
		cell_say(k, moment_label(row_get(row, "moment")));
		words_add(&w, digits_of(&h, minute / 60));
		words_z(&w, minute % 60 < 10 ? ":0" : ":");
		words_add(&w, digits_of(&m, minute % 60));
		cell(k, words_view(&w));
		cell_open(k, NULL);
		if (row_get(row, "own").n > 0)
			status_chip(k, "ok", "check", N_("set here"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	for release_each (row, sc->rel, "units")
		if (n < UNITS_MAX)
			units[n++] = (struct pair){ row_get(row, "id"), row_has(row, "name") ? row_get(row, "name") : row_get(row, "id") };
	struct sheet s = { .action = STR("/pharmacy/tables/clock"), .id = "clock", .class_ = "sheet", .fields = clock_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, faults, FAULTS) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "moment", &(struct look){ .as_select = true });
	fields_input(k, &s, "time", &(struct look){ .hint = N_("8h or 20h30") });
	if (n > 0)
		fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n, .hint = N_("Empty: the whole house") });
	fields_submit(k, "primary", "clock", str_of(tr(k->lang, N_("Set from tomorrow on"))));
	fields_close(k);
}

static enum rc
tables_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/pharmacy/tables"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Tables of prescribing"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Tables of prescribing"));
	if (rq->page->fields == no_fields)
		screen_refusal(&sc);
	el(k, H_H2, NULL, N_("Rules that no public table brings"));
	draw_rules(&sc);
	draw_rule_form(&sc);
	draw_rates(&sc);
	draw_clock(&sc);
	link_to(k, "button quiet", STR("/pharmacy/tall"), N_("Names with tall letters"));
	html_z(&k->w, " ");
	link_to(k, "button quiet", STR("/pharmacy/pregnancy"), N_("How long a status of pregnancy holds"));
	return screen_end(&sc);
}

const struct page pages_pharmacy[] = {
	{ HTTP_GET,  "/pharmacy",                  MAY_PHARMACY, REVEALS_WORK_LIST,   .ask = queue_ask, .show = queue_show, .menu = N_("Prescriptions to validate"), .icon = "pill" },
	{ HTTP_POST, "/pharmacy",                  MAY_PHARMACY, REVEALS_WORK_LIST,   .ask = queue_ask, .show = queue_show },
	{ HTTP_GET,  "/pharmacy/tables",           MAY_PHARMACY, REVEALS_META,        .ask = tables_ask, .show = tables_show, .menu = N_("Tables of prescribing"), .icon = "list" },
	{ HTTP_POST, "/pharmacy/tables",           MAY_PHARMACY, REVEALS_META,        .fields = rule_fields,  .ask = tables_ask, .show = tables_show },
	{ HTTP_POST, "/pharmacy/tables/end",       MAY_PHARMACY, REVEALS_META,        .fields = no_fields,    .ask = tables_ask, .show = tables_show },
	{ HTTP_POST, "/pharmacy/tables/clock",     MAY_PHARMACY, REVEALS_META,        .fields = clock_fields, .ask = tables_ask, .show = tables_show },
	{ HTTP_GET,  "/patient/:patient/pharmacy", MAY_PHARMACY, REVEALS_ONE_PATIENT, .ask = chart_ask, .show = chart_show, .menu = N_("Pharmaceutical validation"), .icon = "check" },
	{ HTTP_POST, "/patient/:patient/pharmacy", MAY_PHARMACY, REVEALS_ONE_PATIENT, .fields = opinion_fields, .ask = chart_ask, .show = chart_show },
	{ .path = NULL },
};
