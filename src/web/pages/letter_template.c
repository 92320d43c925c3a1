/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/letter_template.c: the house's templates of letters, with their versions, and the headings it requires. It must never draw a refused text without naming the field that does not exist.
 * Called by front through the rows at the end. Start at templates_show.
 */
#include "pages/letter.h"

#include "codec/fill.h"
#include "pages/bedside.h"

static const struct field put_fields[] = {
	{ "template", N_("Template"), FIELD_INT, .min = 1, .max = INT64_MAX },
	{ "version",  N_("Version"),  FIELD_INT, .min = 1, .max = INT64_MAX },
	{ "kind",     N_("Kind"),     FIELD_CODE, .choices = letter_page_kinds, .required = true },
	{ "name",     N_("Name"),     FIELD_TEXT, .min = 3, .max = 80, .required = true },
	{ "text",     N_("Text"),     FIELD_LINES, .max = 12000, .required = true },
	FIELDS_END
};
static const struct field one_fields[] = { { "template", N_("Template"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field need_fields[] = {
	{ "kind",    N_("Kind"),    FIELD_CODE, .choices = letter_page_kinds, .required = true },
	{ "heading", N_("Heading"), FIELD_TEXT, .min = 3, .max = 80, .required = true },
	{ "source",  N_("Source"),  FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END
};
static const struct field need_end_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

static bool
is_at(const struct req *rq, const char *tail)
{
	return str_ends(str_of(rq->page->path), str_of(tail));
}

static enum rc
templates_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, is_at(rq, "/end") ? "template_end" : is_at(rq, "/need") ? "letter_need_add" : is_at(rq, "/need-end") ? "letter_need_end" : "template_put");
		for (const struct field *f = rq->page->fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).p != NULL)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "letter_templates");
	return RC_OK;
}

static enum rc
one_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "letter_template");
	ask_arg(a, "template", form_get(&rq->form, "template"));
	ask_view(a, "letter_templates");
	return RC_OK;
}

/* The first field of the text that the list has not. */
static struct str
unknown_field(const struct screen *sc, struct str text)
{
	struct str rest = text, before, name;
	while (fill_next(&rest, &before, &name)) {
		bool known = false;
		for release_each (row, sc->rel, "fields")
			known = known || str_is(row_get(row, "name"), name);
		if (!known)
			return name.n > 0 ? name : STR("{{ }}");
	}
	return STR_NONE;
}

static void
draw_fields(struct screen *sc)
{
	static const struct col cols[] = { { N_("Write"), NULL }, { N_("What stands there"), NULL } };
	struct kit *k = &sc->k;
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("All fields that there are"));
	table_open(k, N_("Fields and blocks"), cols, 2);
	for release_each (row, sc->rel, "fields") {
		table_row(k);
		cell_open(k, NULL);
		el_text(k, H_CODE, NULL, screen_join(sc->rq, STR("{{"), screen_join(sc->rq, row_get(row, "name"), STR("}}"))));
		cell_close(k);
		cell_open(k, NULL);
		html_text(&k->w, letter_field_label(k, row_get(row, "name")));
		if (row_get(row, "is_block").n > 0)
			say(k, N_(" (a block of the record)"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	html_close(&k->w, H_DETAILS);
}

static void
draw_put(struct screen *sc, struct row now)
{
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	bool sent = sc->rq->method == HTTP_POST && is_at(sc->rq, "/letter-templates"), own = row_is(now) && row_i64(now, "no") > 0;
	const struct pair values[] = { { STR("kind"), row_is(now) ? row_get(now, "kind") : STR("discharge") }, { STR("name"), own ? row_get(now, "name") : STR_NONE }, { STR("text"), row_is(now) ? row_get(now, "text") : STR_NONE } };
	struct sheet s = { .action = STR("/letter-templates"), .id = "template", .class_ = "sheet wide", .fields = put_fields, .form = sent ? &sc->rq->form : NULL, .now = values, .n_now = 3, .faults = faults };
	struct str unknown = sent && sc->rq->form.n_bad == 0 && release_act_rc(sc->rel) == RC_BAD_INPUT ? unknown_field(sc, form_get(&sc->rq->form, "text")) : STR_NONE;
	struct str no = sent ? form_typed(&sc->rq->form, "template") : own ? row_get(now, "no") : STR_NONE;
	if (sent && sc->rq->form.n_bad == 0)
		s.n_faults = screen_faults(sc->rq, sc->rel, faults, BEDSIDE_FAULTS);
	fields_open(k, &s);
	fields_summary(k, &s);
	if (unknown.n > 0) {
		el_open(k, H_P, "note warn");
		say_with(k, N_("There is no field « {1} »."), unknown);
		html_close(&k->w, H_P);
	}
	if (no.n > 0) {
		fields_hidden(k, "template", no);
		fields_hidden(k, "version", sent ? form_typed(&sc->rq->form, "version") : row_get(now, "version"));
	}
	fields_input(k, &s, "kind", NULL);
	fields_input(k, &s, "name", NULL);
	fields_input(k, &s, "text", &(struct look){ .wide = true, .rows = 18, .hint = N_("# begins a heading, - an item of a list; {{bloc.allergies}} alone on a line is the place of a block") });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, no.n > 0 ? N_("Save as a new version") : N_("Make this template"))));
	fields_close(k);
	draw_fields(sc);
}

static void
draw_list(struct screen *sc)
{
	static const struct col cols[] = { { N_("Template"), NULL }, { N_("Kind"), NULL }, { N_("Version"), "num" }, { N_("Made"), "time" }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Templates in use"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "templates") {
		bool own = row_i64(row, "no") > 0;
		table_row(k);
		if (own) {
			cell_link(k, screen_join(sc->rq, STR("/letter-template?template="), row_get(row, "no")), row_get(row, "name"));
		} else {
			cell_say(k, N_("Shipped with the product"));
		}
		cell_say(k, letter_kind_label(row_get(row, "kind")));
		cell(k, own ? row_get(row, "version") : STR("—"));
		if (own)
			cell_time_ms(k, row_i64(row, "made_at"));
		else
			cell(k, STR("—"));
		cell(k, own ? row_get(row, "by_name") : STR("—"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_needs(struct screen *sc)
{
	static const struct col cols[] = { { N_("Kind"), NULL }, { N_("Heading"), NULL }, { N_("Source"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	struct fault faults[BEDSIDE_FAULTS];
	bool sent = sc->rq->method == HTTP_POST && is_at(sc->rq, "/need");
	el(k, H_H2, NULL, N_("Headings a letter must have"));
	if (rows_count(release_rows(sc->rel), "needs") == 0) {
		el(k, H_P, "note", N_("Not provided: what a law or a decision of the house asks of a letter is entered here, with its source. Until then no heading is required."));
	} else {
		table_open(k, N_("Required before the signature"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, sc->rel, "needs") {
			const struct pair hidden[] = { { STR("no"), row_get(row, "no") } };
			table_row(k);
			cell_say(k, letter_kind_label(row_get(row, "kind")));
			cell(k, row_get(row, "heading"));
			cell(k, row_get(row, "source"));
			cell_time_ms(k, row_i64(row, "made_at"));
			cell(k, row_get(row, "by_name"));
			cell_open(k, NULL);
			fields_button_form(k, STR("/letter-templates/need-end"), "quiet", "trash", screen_say(sc, N_("No longer require: {1}"), row_get(row, "heading")), hidden, 1, NULL);
			cell_close(k);
			table_row_end(k);
		}
		table_close(k);
	}
	struct sheet s = { .action = STR("/letter-templates/need"), .id = "need", .class_ = "sheet", .fields = need_fields, .form = sent ? &sc->rq->form : NULL, .faults = faults };
	if (sent && sc->rq->form.n_bad == 0)
		s.n_faults = screen_faults(sc->rq, sc->rel, faults, BEDSIDE_FAULTS);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "kind", NULL);
	fields_input(k, &s, "heading", &(struct look){ .hint = N_("exactly as it stands in the letter after #") });
	fields_input(k, &s, "source", &(struct look){ .wide = true, .hint = N_("law, decree, decision of the house, with its date") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Require this heading"))));
	fields_close(k);
}

static enum rc
templates_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/letter-templates"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Templates of letters"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Templates of letters"));
	if (rq->form.n_bad == 0)
		screen_refusal(&sc);
	draw_list(&sc);
	el(k, H_H2, NULL, N_("A new template"));
	draw_put(&sc, release_set(rel, "templates"));
	draw_needs(&sc);
	return screen_end(&sc);
}

static enum rc
one_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Version"), "num" }, { N_("Name"), NULL }, { N_("Made"), "time" }, { N_("By"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Template of a letter"));
	struct kit *k = &sc.k;
	struct row now = release_set(rel, "versions");
	el_text(k, H_H1, NULL, row_is(now) ? row_get(now, "name") : STR_NONE);
	draw_put(&sc, now);
	table_open(k, N_("Versions, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "versions") {
		table_row(k);
		cell(k, row_get(row, "version"));
		cell_open(k, NULL);
		html_open(&k->w, H_DETAILS);
		el_text(k, H_SUMMARY, NULL, row_get(row, "name"));
		for (struct str rest = row_get(row, "text"); rest.p != NULL;) {
			html_text(&k->w, str_cut(rest, '\n', &rest));
			html_open(&k->w, H_BR);
		}
		html_close(&k->w, H_DETAILS);
		cell_close(k);
		cell_time_ms(k, row_i64(row, "made_at"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
	if (row_is(now)) {
		const struct pair hidden[] = { { STR("template"), row_get(now, "no") } };
		fields_button_form(k, STR("/letter-templates/end"), "danger", "trash", str_of(tr(k->lang, N_("Take this template out of use"))), hidden, 1, NULL);
	}
	return screen_end(&sc);
}

const struct page pages_letter_template[] = {
	{ HTTP_GET,  "/letter-templates",          MAY_MANAGE, REVEALS_META, .ask = templates_ask, .show = templates_show, .menu = N_("Templates of letters"), .icon = "pencil" },
	{ HTTP_POST, "/letter-templates",          MAY_MANAGE, REVEALS_META, .fields = put_fields, .body_max = 256u << 10, .ask = templates_ask, .show = templates_show },
	{ HTTP_POST, "/letter-templates/end",      MAY_MANAGE, REVEALS_META, .fields = one_fields, .ask = templates_ask, .show = templates_show },
	{ HTTP_POST, "/letter-templates/need",     MAY_MANAGE, REVEALS_META, .fields = need_fields, .ask = templates_ask, .show = templates_show },
	{ HTTP_POST, "/letter-templates/need-end", MAY_MANAGE, REVEALS_META, .fields = need_end_fields, .ask = templates_ask, .show = templates_show },
	{ HTTP_GET,  "/letter-template",           MAY_MANAGE, REVEALS_META, .fields = one_fields, .ask = one_ask, .show = one_show },
	{ .path = NULL },
};
