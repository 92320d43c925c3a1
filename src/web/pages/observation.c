/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/observation.c: vital signs (the entry row always open, the newest left, a line beside each), what goes in and out in 24 hours, corrections with what was before, and the
 * early-warning scores, which say where they come from and where they may not be used. It must never colour a value as good or bad. Called by front through the rows at the end.
 * Start at vitals_show.
 */
#include "pages/observation.h"

#include "kit/spark.h"
#include "pages/bedside.h"

#define POINTS 60
#define TIMES 8

#define VALUE(name_, label_) { name_, label_, FIELD_TEXT, .max = 12 }
static const struct field vitals_fields[] = {
	BEDSIDE_ONCE, BEDSIDE_WHEN,
	VALUE("systolic",    N_("Systolic pressure")),
	VALUE("diastolic",   N_("Diastolic pressure")),
	VALUE("pulse",       N_("Heart rate")),
	VALUE("temperature", N_("Temperature")),
	VALUE("saturation",  N_("Oxygen saturation")),
	VALUE("breaths",     N_("Breathing rate")),
	VALUE("pain",        N_("Pain")),
	VALUE("glasgow",     N_("Glasgow score")),
	VALUE("glucose",     N_("Capillary glucose")),
	VALUE("weight",      N_("Weight")),
	VALUE("height",      N_("Height")),
	FIELDS_END
};
/* In the order in which they are taken; the unit is the field's, and is not typed. */
static const struct { const char *name, *unit; } vital_inputs[] = {
	{ "systolic", N_("mmHg") }, { "diastolic", N_("mmHg") }, { "pulse", N_("per minute") }, { "temperature", N_("°C") }, { "saturation", N_("%") }, { "breaths", N_("per minute") },
	{ "pain", N_("0 to 10") }, { "glasgow", N_("3 to 15") }, { "glucose", N_("g/L") }, { "weight", N_("kg") }, { "height", N_("cm") },
};
static const struct field fluids_fields[] = {
	BEDSIDE_ONCE, BEDSIDE_WHEN,
	VALUE("drink",       N_("Drinks")),
	VALUE("infusion",    N_("Infusions")),
	VALUE("transfusion", N_("Transfusions")),
	VALUE("feeding",     N_("Tube feeding")),
	VALUE("other_in",    N_("Other, in")),
	VALUE("urine",       N_("Urine")),
	VALUE("stool",       N_("Stools")),
	VALUE("vomit",       N_("Vomit")),
	VALUE("drain",       N_("Drains and suction")),
	VALUE("other_out",   N_("Other, out")),
	FIELDS_END
};
static const struct choice reasons[] = {
	{ "typing",  N_("Typing error") },
	{ "patient", N_("Another patient") },
	{ "time",    N_("Another time") },
	{ "device",  N_("Measure or device at fault") },
	{ "other",   N_("Another reason") },
	{ NULL, NULL },
};
static const struct field correct_fields[] = {
	{ "id",      N_("Entry"), FIELD_ID, .required = true },
	{ "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true },
	VALUE("value",  N_("Right value")),
	VALUE("second", N_("Right diastolic pressure")),
	{ "wrong",   N_("Strike it out: it is no measure of this person"), FIELD_FLAG },
	{ "reason",  N_("Reason"), FIELD_CODE, .required = true, .choices = reasons },
	{ "text",    N_("In a few words"), FIELD_TEXT, .max = 200 },
	FIELDS_END
};
static const struct field page_fields[] = { { "before", N_("Before"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };
static const struct field one_fields[] = { { "id", N_("Entry"), FIELD_ID }, FIELDS_END };

static const char *
label_of(struct str kind)
{
	for (const struct field *f = vitals_fields; f->name != NULL; f++)
		if (str_eq(kind, f->name))
			return f->label;
	for (const struct field *f = fluids_fields; f->name != NULL; f++)
		if (str_eq(kind, f->name))
			return f->label;
	return NULL;
}

static struct str
one_href(struct screen *sc, struct str id)
{
	return screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/vitals/one?id="), id);
}

static void
put_value(struct kit *k, struct row row)
{
	struct words first = when_number(k, row_get(row, "value")), second = when_number(k, row_get(row, "second"));
	html_text(&k->w, words_view(&first));
	if (second.n > 0) {
		html_z(&k->w, "/");
		html_text(&k->w, words_view(&second));
	}
}

/* ---- vital signs ---- */

static enum rc
vitals_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str path = str_of(rq->page->path);
	bedside_ask(rq, a, str_ends(path, STR("/scale/end")) ? "score_scale_end" : str_ends(path, STR("/scale")) ? "score_scale_order" : "vitals_record");
	screen_ask_head(rq, a);
	ask_view(a, "vitals");
	ask_arg(a, "patient", rq->path.patient);
	if (rq->method == HTTP_GET && form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	ask_view(a, "scores_of");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
draw_entry(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	struct sheet s = bedside_sheet(sc->rq, sc->rel, "/vitals", "vitals", vitals_fields, faults);
	s.class_ = "sheet measures";
	bedside_open(k, &s);
	bedside_when(k, &s);
	for (size_t i = 0; i < sizeof vital_inputs / sizeof vital_inputs[0]; i++)
		fields_input(k, &s, vital_inputs[i].name, &(struct look){ .hint = vital_inputs[i].unit, .inputmode = "decimal", .autofocus = i == 0 && !fields_has_faults(&s) });
	fields_submit(k, "primary", "plus", screen_say(sc, N_("Record for {1}"), sc->name));
	fields_close(k);
}

static void
draw_spark(struct screen *sc, struct row kind, const char *name)
{
	struct spark_point at[POINTS];
	size_t n = 0;
	for release_each (row, sc->rel, "points") {
		double value;
		if (n < POINTS && str_is(row_get(row, "code"), row_get(kind, "code")) && spark_number(row_get(row, "value"), &value))
			at[n++] = (struct spark_point){ row_i64(row, "at"), value };
	}
	if (n < 2)
		return;
	struct spark s = { .label = name != NULL ? name : N_("Measures"), .at = at, .n = n };
	spark_draw(&sc->k, &s);
}

static void
draw_cell(struct screen *sc, struct row kind, size_t slot)
{
	struct kit *k = &sc->k;
	bool any = false;
	cell_open(k, "num");
	for release_each (row, sc->rel, "values") {
		if (row_i64(row, "slot") != (int64_t)slot || !str_is(row_get(row, "code"), row_get(kind, "code")))
			continue;
		if (any)
			html_open(&k->w, H_BR);
		any = true;
		if (row_has(kind, "kind")) {
			html_open(&k->w, H_A);
			html_attr(&k->w, "href", one_href(sc, row_get(row, "id")));
		}
		put_value(k, row);
		if (row_has(kind, "kind"))
			html_close(&k->w, H_A);
		if (row_get(row, "changed").n > 0) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("corrected"));
		}
	}
	if (!any)
		el(k, H_SPAN, "sr", N_("not measured"));
	cell_close(k);
}

static void
draw_table(struct screen *sc)
{
	struct kit *k = &sc->k;
	int64_t at[TIMES];
	size_t n = 0;
	for release_each (row, sc->rel, "times")
		if (n < TIMES)
			at[n++] = row_i64(row, "at");
	struct row page = release_set(sc->rel, "page");
	if (n == 0) {
		empty_state(k, N_("No measure recorded."), STR_NONE, NULL);
		return;
	}
	struct words ago = when_ago(k, row_i64(page, "last_at"));
	el_open(k, H_P, "state");
	say_with(k, N_("Last measure {1}"), words_view(&ago));
	html_close(&k->w, H_P);
	el_open(k, H_DIV, "scroll");
	html_open(&k->w, H_TABLE);
	el(k, H_CAPTION, NULL, N_("Measures, the newest left"));
	html_open(&k->w, H_THEAD);
	html_open(&k->w, H_TR);
	for (size_t i = 0; i < n + 2; i++) {
		el_open(k, H_TH, i < 2 ? NULL : "num");
		html_attr_z(&k->w, "scope", "col");
		if (i == 0)
			say(k, N_("Measure"));
		else if (i == 1)
			say(k, N_("Course"));
		else
			when_time_tag_ms(k, at[i - 2]);
		html_close(&k->w, H_TH);
	}
	html_close(&k->w, H_TR);
	html_close(&k->w, H_THEAD);
	html_open(&k->w, H_TBODY);
	for bedside_each (kind, sc->rel, "kinds") {
		const char *name = label_of(row_get(kind, "kind"));
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		if (name != NULL && !str_eq(row_get(kind, "kind"), "systolic"))
			say(k, name);
		else if (name != NULL)
			say(k, N_("Blood pressure"));
		else
			html_text(&k->w, row_get(kind, "label"));
		html_z(&k->w, " ");
		el_text(k, H_SMALL, "hint", status_unit(row_get(kind, "unit")));
		html_close(&k->w, H_TH);
		cell_open(k, NULL);
		draw_spark(sc, kind, name);
		cell_close(k);
		for (size_t i = 0; i < n; i++)
			draw_cell(sc, kind, i);
		table_row_end(k);
	}
	table_close(k);
	if (row_has(page, "before"))
		link_to(k, "button quiet", screen_join(sc->rq, screen_path(sc->rq, sc->rq->path.patient, "/vitals?before="), row_get(page, "before")), N_("Older measures"));
}

static void
draw_missing(struct screen *sc, struct str names)
{
	struct kit *k = &sc->k;
	for (struct str rest = names; rest.n > 0;) {
		struct str one = str_cut(rest, ',', &rest);
		const char *label = label_of(one);
		html_z(&k->w, " ");
		if (label != NULL)
			say(k, label);
		else
			html_text(&k->w, one);
		html_z(&k->w, rest.n > 0 ? "," : "");
	}
}

static const struct field scale_fields[] = { BEDSIDE_ONCE, FIELDS_END };
static const struct field scale_end_fields[] = { { "version", N_("Version"), FIELD_INT, .min = 1, .max = INT64_C(4000000000), .required = true }, FIELDS_END };

static void
draw_scores(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row provided = release_set(sc->rel, "provided");
	el(k, H_H2, NULL, N_("Early-warning scores"));
	if (!row_is(provided) || row_get(provided, "any").n == 0) {
		el(k, H_P, "note", N_("Not provided: no score is computed. The establishment's physicians fill them in from their published source."));
		return;
	}
	for release_each (row, sc->rel, "scores") {
		struct str state = row_get(row, "state");
		el_open(k, H_P, "note");
		el_text(k, H_STRONG, NULL, row_get(row, "name"));
		html_z(&k->w, " ");
		if (str_eq(state, "computed")) {
			bedside_chip(k, "plain", NULL, screen_say(sc, N_("{1} points"), row_get(row, "points")));
			struct words at = when_clinical_ms(k, row_i64(row, "at"));
			html_z(&k->w, " ");
			say_with(k, N_("oldest value {1}"), words_view(&at));
		} else if (str_eq(state, "incomplete")) {
			status_chip(k, "plain", "doubt", N_("Not computed: a value is missing"));
			draw_missing(sc, row_get(row, "missing"));
		} else if (str_eq(state, "pregnant")) {
			struct words at = when_clinical_ms(k, row_i64(row, "pregnant_at"));
			status_chip(k, "plain", "doubt", N_("Not computed: not made for pregnancy"));
			html_z(&k->w, " ");
			say_with(k, N_("pregnant, said on {1}"), words_view(&at));
		} else {
			status_chip(k, "plain", "doubt", str_eq(state, "age") ? N_("Not computed: not made for this age") : N_("Not computed: the age is not known"));
		}
		if (row_has(row, "scale")) {
			html_z(&k->w, " ");
			status_chip(k, str_eq(row_get(row, "scale"), "2") ? "warn" : "plain", NULL, str_eq(row_get(row, "scale"), "2") ? N_("By the second scale, as ordered") : N_("By the first scale"));
		}
		if (row_has(row, "unasked")) {
			html_z(&k->w, " ");
			status_chip(k, "warn", "doubt", N_("Not made for pregnancy, which is not known: nobody asked, or the answer no longer holds"));
		}
		html_open(&k->w, H_BR);
		el_open(k, H_SMALL, "hint");
		say_with(k, N_("Source: {1}. Limits of use: {2}"), row_get(row, "source"), row_get(row, "limits"));
		html_close(&k->w, H_SMALL);
		html_close(&k->w, H_P);
	}
}

/* The second scale counts for whom a prescriber ordered it, and for nobody else. */
static void
draw_scale(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row provided = release_set(sc->rel, "provided"), scale = release_set(sc->rel, "scale");
	struct fault faults[BEDSIDE_FAULTS];
	if (!row_is(provided) || (!row_has(provided, "second") && !row_is(scale))) {
		el(k, H_P, "hint", N_("Second scale of saturation: not provided by this establishment, and nothing can be ordered."));
		return;
	}
	if (row_is(scale)) {
		struct words at = when_clinical_ms(k, row_i64(scale, "at"));
		el_open(k, H_P, "note warn");
		say_with(k, N_("Second scale of saturation ordered on {1} by {2}."), words_view(&at), row_get(scale, "by_name"));
		html_close(&k->w, H_P);
	} else {
		el(k, H_P, "hint", N_("No prescriber ordered the second scale of saturation: the first one counts."));
	}
	if (!release_may(sc->rel, MAY_PRESCRIBE) || sc->rq->print)
		return;
	bool end = row_is(scale);
	struct sheet s = bedside_sheet(sc->rq, sc->rel, end ? "/vitals/scale/end" : "/vitals/scale", "scale", end ? scale_end_fields : scale_fields, faults);
	bedside_open(k, &s);
	if (end)
		fields_hidden(k, "version", row_get(scale, "version"));
	fields_submit(k, "quiet", end ? "lock" : "check", screen_say(sc, end ? N_("End the second scale for {1}") : N_("Order the second scale for {1}"), sc->name));
	fields_close(k);
}

static enum rc
vitals_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/vitals"));
		return RC_OK;
	}
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Vital signs"));
	if (release_may(rel, MAY_ADMINISTER))
		draw_entry(&sc);
	draw_table(&sc);
	draw_scores(&sc);
	draw_scale(&sc);
	return screen_end(&sc);
}

/* ---- one entry, and its correction ---- */

static enum rc
one_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, "observation_correct");
	screen_ask_head(rq, a);
	ask_view(a, "observation");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "id", form_get(&rq->form, "id").n > 0 ? form_get(&rq->form, "id") : form_typed(&rq->form, "id"));
	return RC_OK;
}

static void
draw_versions(struct screen *sc)
{
	static const struct col cols[] = { { N_("Written"), "time" }, { N_("Value"), "num" }, { N_("State"), NULL }, { N_("Why"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	struct row one = release_set(sc->rel, "observation");
	table_open(k, N_("What was written, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "versions") {
		bool wrong = str_eq(row_get(row, "status"), "entered-in-error");
		table_row(k);
		cell_time_ms(k, row_i64(row, "written_at"));
		cell_open(k, wrong ? "num gone" : "num");
		put_value(k, row);
		html_z(&k->w, " ");
		html_text(&k->w, status_unit(row_get(one, "unit")));
		cell_close(k);
		cell_say(k, wrong ? N_("Struck out") : str_eq(row_get(row, "status"), "corrected") ? N_("Corrected") : N_("Recorded"));
		if (row_has(row, "why"))
			cell(k, row_get(row, "why"));
		else
			cell_say(k, N_("—"));
		cell(k, row_has(row, "by_name") ? row_get(row, "by_name") : row_get(one, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
one_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row one = release_set(rel, "observation");
	bool fluid = row_is(one) && str_eq(row_get(one, "unit"), "mL");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, fluid ? "/fluids" : "/vitals"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Correct an entry"));
	struct kit *k = &sc.k;
	if (!row_is(one)) {
		empty_state(k, N_("This person has no such entry."), screen_path(rq, rq->path.patient, "/vitals"), N_("Vital signs"));
		return screen_end(&sc);
	}
	const char *name = label_of(row_get(one, "kind"));
	el_open(k, H_P, "state");
	el_open(k, H_STRONG, NULL);
	if (name != NULL && !row_has(one, "second"))
		say(k, name);
	else
		html_text(&k->w, row_get(one, "label"));
	html_close(&k->w, H_STRONG);
	html_z(&k->w, " · ");
	when_time_tag_ms(k, row_i64(one, "measured_at"));
	html_close(&k->w, H_P);
	draw_versions(&sc);
	if (release_may(rel, MAY_ADMINISTER) && !str_eq(row_get(one, "status"), "entered-in-error")) {
		struct sheet s = bedside_sheet(rq, rel, "/vitals/correct", "correct", correct_fields, faults);
		s.class_ = "sheet narrow";
		bedside_open(k, &s);
		fields_hidden(k, "id", row_get(one, "id"));
		fields_hidden(k, "version", row_get(one, "version")); /* the one that stands above: what came meanwhile is shown there */
		fields_input(k, &s, "value", &(struct look){ .inputmode = "decimal" });
		if (row_has(one, "second"))
			fields_input(k, &s, "second", &(struct look){ .inputmode = "decimal" });
		fields_input(k, &s, "wrong", NULL);
		fields_input(k, &s, "reason", NULL);
		fields_input(k, &s, "text", NULL);
		fields_submit(k, "primary", "pencil", screen_say(&sc, N_("Correct for {1}"), sc.name));
		fields_close(k);
	}
	return screen_end(&sc);
}

/* ---- in and out ---- */

static enum rc
fluids_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	bedside_ask(rq, a, "fluids_record");
	screen_ask_head(rq, a);
	ask_view(a, "fluids");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
put_ml(struct kit *k, struct row row, const char *column)
{
	int64_t v = row_i64(row, column);
	struct digits d;
	html_z(&k->w, v > 0 && column[0] == 'b' ? "+" : "");
	html_text(&k->w, digits_of(&d, v));
	html_z(&k->w, "\xc2\xa0");
	say(k, N_("mL"));
}

static void
draw_balance(struct screen *sc)
{
	static const struct col cols[] = { { N_("Span"), NULL }, { N_("Taken in"), "num" }, { N_("Put out"), "num" }, { N_("Balance"), "num" } };
	static const char *const columns[] = { "in_ml", "out_ml", "balance_ml" };
	struct kit *k = &sc->k;
	struct row last = release_set(sc->rel, "last24");
	if (!row_is(last) || rows_count(release_rows(sc->rel), "entries") == 0) {
		empty_state(k, N_("Nothing recorded in the last seven days."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Balances"), cols, sizeof cols / sizeof cols[0]);
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	say(k, N_("Last 24 hours"));
	html_close(&k->w, H_TH);
	for (size_t i = 0; i < 3; i++) {
		cell_open(k, "num");
		put_ml(k, last, columns[i]);
		cell_close(k);
	}
	table_row_end(k);
	for release_each (row, sc->rel, "days") {
		struct words day = when_day(k, row_get(row, "on"));
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		html_text(&k->w, words_view(&day));
		html_close(&k->w, H_TH);
		for (size_t i = 0; i < 3; i++) {
			cell_open(k, "num");
			put_ml(k, row, columns[i]);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
	if (row_get(last, "more").n > 0)
		el(k, H_P, "note warn", N_("There are more entries than are read here: the oldest days are not whole."));
}

static void
draw_entries(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("In or out"), NULL }, { N_("What"), NULL }, { N_("How much"), "num" } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "entries") == 0)
		return;
	table_open(k, N_("Entries, newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "entries") {
		const char *label = label_of(row_get(row, "kind"));
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_say(k, str_eq(row_get(row, "way"), "in") ? N_("Taken in") : N_("Put out"));
		cell_say(k, label != NULL ? label : N_("Measure"));
		cell_open(k, "num");
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", one_href(sc, row_get(row, "id")));
		html_text(&k->w, row_get(row, "ml"));
		html_z(&k->w, "\xc2\xa0");
	say(k, N_("mL"));
		html_close(&k->w, H_A);
		if (row_get(row, "changed").n > 0) {
			html_z(&k->w, " ");
			el(k, H_SMALL, "hint", N_("corrected"));
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
fluids_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/fluids"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Fluid balance"));
	struct kit *k = &sc.k;
	if (release_may(rel, MAY_ADMINISTER)) {
		struct sheet s = bedside_sheet(rq, rel, "/fluids", "fluids", fluids_fields, faults);
		s.class_ = "sheet measures";
		bedside_open(k, &s);
		bedside_when(k, &s);
		for (const struct field *f = fluids_fields + 3; f->name != NULL; f++)
			fields_input(k, &s, f->name, &(struct look){ .hint = N_("mL"), .inputmode = "numeric" });
		fields_submit(k, "primary", "plus", screen_say(&sc, N_("Record for {1}"), sc.name));
		fields_close(k);
	}
	draw_balance(&sc);
	draw_entries(&sc);
	return screen_end(&sc);
}

/* ---- scores of the establishment ---- */

static const struct choice in_pregnancy[] = { { "not", N_("Not in pregnancy") }, { "too", N_("In pregnancy too") }, { NULL, NULL } };
static const struct field score_fields[] = {
	{ "name",      N_("Name of the score"), FIELD_TEXT,  .min = 2, .max = 80, .required = true },
	{ "source",    N_("Published source"),  FIELD_TEXT,  .min = 5, .max = 400, .required = true },
	{ "limits",    N_("Limits of use"),     FIELD_LINES, .min = 5, .max = 1000, .required = true },
	{ "age_from",  N_("From what age"),     FIELD_INT,   .min = 0, .max = 130, .required = true },
	{ "age_below", N_("Below what age"),    FIELD_INT,   .min = 1, .max = 150, .required = true },
	{ "pregnancy", N_("In pregnancy"),      FIELD_CODE,  .required = true, .choices = in_pregnancy },
	{ "hours",     N_("Values of how many hours"), FIELD_INT, .min = 1, .max = 72, .required = true },
	{ "bands",     N_("Points"),            FIELD_LINES, .max = 4000, .required = true },
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static enum rc
scores_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str path = str_of(rq->page->path);
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, str_ends(path, STR("/sign")) ? "score_sign" : str_ends(path, STR("/end")) ? "score_end" : "score_add");
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "score_list");
	return RC_OK;
}

static void
draw_score(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str state = row_get(row, "state");
	struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
	el_open(k, H_SECTION, "card");
	el_open(k, H_H2, NULL);
	html_text(&k->w, row_get(row, "name"));
	html_close(&k->w, H_H2);
	status_chip(k, str_eq(state, "signed") ? "ok" : "plain", str_eq(state, "signed") ? "check" : NULL,
		str_eq(state, "signed") ? N_("Signed: it is computed") : str_eq(state, "ended") ? N_("Ended") : N_("Typed: waits for a second physician"));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Published source"), row_get(row, "source"));
	pair_text(k, N_("Limits of use"), row_get(row, "limits"));
	pair_open(k, N_("Ages"));
	say_with(k, N_("from {1} to below {2} years, values of the last {3} hours"), row_get(row, "age_from"), row_get(row, "age_below"), row_get(row, "hours"));
	pair_close(k);
	pair_open(k, N_("In pregnancy"));
	say(k, row_has(row, "not_pregnant") ? N_("Not computed for whom is pregnant") : N_("Computed in pregnancy too"));
	pair_close(k);
	pair_text(k, N_("Typed by"), row_get(row, "by_name"));
	if (row_has(row, "signed_name"))
		pair_text(k, N_("Signed by"), row_get(row, "signed_name"));
	html_close(&k->w, H_DL);
	el_open(k, H_UL, "plain");
	for (struct str rest = row_get(row, "bands"); rest.n > 0;)
		el_text(k, H_LI, "number", str_cut(rest, '\n', &rest));
	html_close(&k->w, H_UL);
	if (release_may(sc->rel, MAY_PRESCRIBE) && str_eq(state, "typed") && row_get(row, "mine").n == 0)
		fields_button_form(k, STR("/scores/sign"), "primary", "check", screen_say(sc, N_("I have compared {1} with its source: sign"), row_get(row, "name")), hidden, 1, NULL);
	if (release_may(sc->rel, MAY_PRESCRIBE) && !str_eq(state, "ended"))
		fields_button_form(k, STR("/scores/end"), "quiet", "lock", screen_say(sc, N_("End {1}"), row_get(row, "name")), hidden, 1, NULL);
	html_close(&k->w, H_SECTION);
}

static enum rc
scores_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/scores"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[BEDSIDE_FAULTS];
	bool add = rq->method == HTTP_POST && str_eq(str_of(rq->page->path), "/scores");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Early-warning scores"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Early-warning scores"));
	el(k, H_P, NULL, N_("None is delivered: points are typed here from their published source by one physician and compared with it by another before anything is computed."));
	if (!add)
		screen_refusal(&sc);
	if (rows_count(release_rows(rel), "scores") == 0)
		empty_state(k, N_("Not provided: no score is computed."), STR_NONE, NULL);
	for release_each (row, rel, "scores")
		draw_score(&sc, row);
	if (release_may(rel, MAY_PRESCRIBE)) {
		struct sheet s = { .action = STR("/scores"), .id = "score", .class_ = "sheet", .fields = score_fields, .form = add ? &rq->form : NULL, .faults = faults,
			.n_faults = add && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
		el(k, H_H2, NULL, N_("Type a score"));
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_input(k, &s, "name", NULL);
		fields_input(k, &s, "source", &(struct look){ .wide = true });
		fields_input(k, &s, "limits", &(struct look){ .wide = true });
		fields_input(k, &s, "age_from", NULL);
		fields_input(k, &s, "age_below", NULL);
		fields_input(k, &s, "pregnancy", NULL);
		fields_input(k, &s, "hours", NULL);
		fields_input(k, &s, "bands", &(struct look){ .wide = true,
			.hint = N_("One line each: measure, from, to, points; - without end; a 2 behind the points: second scale of that measure, on order only. Measures: systolic diastolic pulse temperature saturation breaths pain glasgow glucose weight height") });
		fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Keep this score"))));
		fields_close(k);
	}
	return screen_end(&sc);
}

const struct page pages_observation[] = {
	{ HTTP_GET,  "/patient/:patient/vitals",         MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = page_fields,    .ask = vitals_ask, .show = vitals_show, .menu = N_("Vital signs"), .icon = "heart", .key = "g v" },
	{ HTTP_POST, "/patient/:patient/vitals",         MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = vitals_fields,  .ask = vitals_ask, .show = vitals_show },
	{ HTTP_POST, "/patient/:patient/vitals/scale",     MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = scale_fields,     .ask = vitals_ask, .show = vitals_show },
	{ HTTP_POST, "/patient/:patient/vitals/scale/end", MAY_PRESCRIBE, REVEALS_ONE_PATIENT, .fields = scale_end_fields, .ask = vitals_ask, .show = vitals_show },
	{ HTTP_GET,  "/patient/:patient/vitals/one",     MAY_READ_CHART, REVEALS_ONE_PATIENT, .fields = one_fields,     .ask = one_ask,    .show = one_show },
	{ HTTP_POST, "/patient/:patient/vitals/correct", MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = correct_fields, .ask = one_ask,    .show = one_show },
	{ HTTP_GET,  "/patient/:patient/fluids",         MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = fluids_ask, .show = fluids_show, .menu = N_("Fluid balance"), .icon = "swap", .key = "g f" },
	{ HTTP_POST, "/patient/:patient/fluids",         MAY_ADMINISTER, REVEALS_ONE_PATIENT, .fields = fluids_fields,  .ask = fluids_ask, .show = fluids_show },
	{ HTTP_GET,  "/scores",      MAY_PRESCRIBE | MAY_ADMINISTER, REVEALS_META, .ask = scores_ask, .show = scores_show, .menu = N_("Early-warning scores"), .icon = "list" },
	{ HTTP_POST, "/scores",      MAY_PRESCRIBE, REVEALS_META, .fields = score_fields, .ask = scores_ask, .show = scores_show },
	{ HTTP_POST, "/scores/sign", MAY_PRESCRIBE, REVEALS_META, .fields = no_fields, .ask = scores_ask, .show = scores_show },
	{ HTTP_POST, "/scores/end",  MAY_PRESCRIBE, REVEALS_META, .fields = no_fields, .ask = scores_ask, .show = scores_show },
	{ .path = NULL },
};
