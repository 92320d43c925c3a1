/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/round.c: the round of a unit: who lies there and how much is due, late, to be checked; and the list of medicines that two nurses give. It must name no medicine of a patient:
 * that is the patient's own plan. Called by front through the rows at the end. Start at round_show.
 */
#include "pages/administration.h"

#include "pages/bedside.h"

/* ---- the unit's round ---- */

static enum rc
round_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "plan_of_unit");
	return RC_OK;
}

static void
draw_slots(struct screen *sc, struct str slots)
{
	struct kit *k = &sc->k;
	bool any = false;
	for (struct str rest = slots; rest.n > 0;) {
		struct str one = str_cut(rest, ',', &rest), count, at = str_cut(one, '=', &count);
		uint64_t ms;
		if (str_u64(at, &ms) != RC_OK)
			continue;
		struct words hour = administration_hour((int64_t)ms);
		html_z(&k->w, any ? " · " : "");
		html_text(&k->w, words_view(&hour));
		html_z(&k->w, "\xc2\xa0(");
		html_text(&k->w, count);
		html_z(&k->w, ")");
		any = true;
	}
	if (!any)
		say(k, N_("Nothing for 12 hours"));
}

static void
draw_counts(struct screen *sc, struct row row)
{
	static const struct { const char *column, *kind, *symbol, *msgid; } counts[] = {
		{ "late",    "critical", "alert",  N_("{1} overdue") },
		{ "due",     "dash",     "clock",  N_("{1} now") },
		{ "check",   "warn",     "people", N_("{1} to check") },
		{ "running", "plain",    "clock",  N_("{1} running") },
		{ "unplanned", "plain",  "doubt",  N_("{1} without times") },
	};
	bool any = false;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
		if (row_i64(row, counts[i].column) > 0) {
			html_z(&sc->k.w, any ? " " : "");
			bedside_chip(&sc->k, counts[i].kind, counts[i].symbol, screen_say(sc, counts[i].msgid, row_get(row, counts[i].column)));
			any = true;
		}
	if (!any)
		say(&sc->k, N_("All is done"));
}

static enum rc
round_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Bed"), NULL }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("Born"), "num" }, { N_("Medicines now"), NULL }, { N_("To come (how many)"), NULL }, { N_("Care to be done"), "num" } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_live(&sc, "care", release_who(rel)->unit);
	screen_begin(&sc, N_("My round"));
	struct kit *k = &sc.k;
	struct row unit = release_set(rel, "unit");
	el(k, H_H1, NULL, N_("My round"));
	bedside_scan(&sc);
	state_line(k, rows_count(release_rows(rel), "round"), N_("{1} patient present"), N_("{1} patients present"), N_("by bed"));
	if (row_is(unit) && row_has(unit, "more_lines"))
		el(k, H_P, "note warn", N_("There are more prescriptions than are shown here."));
	if (row_is(unit) && row_get(unit, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more patients than are shown here."));
	if (rows_count(release_rows(rel), "round") == 0) {
		empty_state(k, N_("Nobody is present in your unit."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Patients of the unit and what is due"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "round") {
		struct words born = when_identity(k, row_get(row, "born_on"));
		table_row(k);
		cell(k, row_get(row, "bed"));
		screen_cell_identity(&sc, row);
		screen_cell_patient(&sc, row, "/plan");
		cell(k, words_view(&born));
		cell_open(k, NULL);
		draw_counts(&sc, row);
		cell_close(k);
		cell_open(k, NULL);
		draw_slots(&sc, row_get(row, "slots"));
		cell_close(k);
		cell_open(k, "num");
		if (row_i64(row, "tasks") > 0)
			html_text(&k->w, row_get(row, "tasks"));
		else
			html_z(&k->w, "0");
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- medicines that two nurses give ---- */

static const struct choice systems[] = { { "cis", N_("Speciality (CIS)") }, { "atc", N_("Class and all below it (ATC)") }, { NULL, NULL } };
static const struct field double_fields[] = {
	{ "system", N_("Kind of code"), FIELD_CODE, .required = true, .choices = systems },
	{ "code",   N_("Code"), FIELD_TOKEN, .max = 10, .required = true },
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static enum rc
double_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, str_ends(str_of(rq->page->path), STR("/end")) ? "double_check_end" : "double_check_add");
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "double_checks");
	return RC_OK;
}

static enum rc
double_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Kind of code"), NULL }, { N_("Code"), NULL }, { N_("Medicine"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/two-nurses"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	bool may = release_may(rel, MAY_PHARMACY), add = rq->method == HTTP_POST && !str_ends(str_of(rq->page->path), STR("/end"));
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Medicines that two nurses give"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Medicines that two nurses give"));
	if (!add)
		screen_refusal(&sc);
	if (rows_count(release_rows(rel), "codes") == 0) {
		el(k, H_P, "empty", N_("Not provided: no line asks for a second nurse. The pharmacist of the establishment fills this list; it is delivered empty."));
	} else {
		table_open(k, N_("Codes in force"), cols, may ? 6 : 5);
		for release_each (row, rel, "codes") {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			table_row(k);
			cell_say(k, administration_choice(systems, row_get(row, "system")));
			cell(k, row_get(row, "code"));
			if (row_has(row, "label"))
				cell(k, row_get(row, "label"));
			else
				cell_say(k, N_("—"));
			cell_time_ms(k, row_i64(row, "since_at"));
			cell(k, row_get(row, "by_name"));
			if (may) {
				cell_open(k, NULL);
				fields_button_form(k, STR("/two-nurses/end"), "quiet", "lock", screen_say(&sc, N_("End {1}"), row_get(row, "code")), hidden, 1, NULL);
				cell_close(k);
			}
			table_row_end(k);
		}
		table_close(k);
	}
	if (may) {
		struct sheet s = { .action = STR("/two-nurses"), .id = "double", .class_ = "sheet narrow", .fields = double_fields, .form = add ? &rq->form : NULL, .faults = faults,
			.n_faults = add && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_input(k, &s, "system", NULL);
		fields_input(k, &s, "code", NULL);
		fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Two nurses from now on"))));
		fields_close(k);
	}
	return screen_end(&sc);
}

const struct page pages_round[] = {
	{ HTTP_GET,  "/round", MAY_ADMINISTER, REVEALS_WORK_LIST, .ask = round_ask, .show = round_show, .menu = N_("My round"), .icon = "pill", .key = "g o" },
	{ HTTP_GET,  "/two-nurses",     MAY_PHARMACY | MAY_ADMINISTER, REVEALS_META, .ask = double_ask, .show = double_show, .menu = N_("Medicines for two nurses"), .icon = "people" },
	{ HTTP_POST, "/two-nurses",     MAY_PHARMACY, REVEALS_META, .fields = double_fields, .ask = double_ask, .show = double_show },
	{ HTTP_POST, "/two-nurses/end", MAY_PHARMACY, REVEALS_META, .fields = no_fields,     .ask = double_ask, .show = double_show },
	{ .path = NULL },
};
