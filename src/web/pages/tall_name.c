/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/tall_name.c: the pharmacist's table of names with tall letters, each with its source and day; delivered empty, and said so. Called by front through the rows at the
 * end. Start at tall_show.
 */
#include "pages/stock.h"

#include <string.h>

static const struct field add_fields[] = {
	{ "tall",   N_("Name with its tall letters"), FIELD_TEXT, .max = 60, .required = true },
	{ "source", N_("Source"), FIELD_TEXT, .min = 3, .max = 200, .required = true },
	FIELDS_END
};
static const struct field end_fields[] = { STOCK_NO_FIELD, FIELDS_END };

static enum rc
tall_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	stock_ask_act(rq, a, strcmp(rq->page->path, "/pharmacy/tall/end") == 0 ? "tall_name_end" : "tall_name_add");
	ask_view(a, "tall_names");
	return RC_OK;
}

static void
draw_table(struct screen *sc)
{
	static const struct col cols[] = { { N_("Shown as"), NULL }, { N_("Source"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("End"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Names that are shown with tall letters"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "tall") {
		struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
		table_row(k);
		cell_open(k, NULL);
		el_text(k, H_B, NULL, row_get(row, "tall"));
		cell_close(k);
		cell(k, row_get(row, "source"));
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		fields_button_form(k, STR("/pharmacy/tall/end"), "quiet", "trash", screen_say(sc, N_("End {1}"), row_get(row, "tall")), hidden, 1, NULL);
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
tall_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[STOCK_FAULTS];
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/pharmacy/tall"));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Names with tall letters"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Names with tall letters"));
	el(k, H_P, "hint", N_("A name of this table is shown with its tall letters wherever a medicine is named: prescribing, plan of care, stock, papers. Searching, and what is stored and sent, stay as published."));
	if (stock_was_sent(&sc, "/pharmacy/tall/end"))
		screen_refusal(&sc);
	if (rows_count(release_rows(rel), "tall") > 0)
		draw_table(&sc);
	else
		el(k, H_P, "note", N_("Not provided: no name is shown with tall letters. The pharmacist fills this table from the list that the establishment adopted."));
	struct sheet s = stock_sheet(&sc, faults, "/pharmacy/tall", "tall", add_fields);
	el(k, H_H2, NULL, N_("Add a name"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "tall", &(struct look){ .hint = N_("One word: a substance or a brand, written as exemPLE would be") });
	fields_input(k, &s, "source", &(struct look){ .hint = N_("The list, and its day") });
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("From now on"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_tall_name[] = {
	{ HTTP_GET,  "/pharmacy/tall",     MAY_PHARMACY, REVEALS_META, .ask = tall_ask, .show = tall_show },
	{ HTTP_POST, "/pharmacy/tall",     MAY_PHARMACY, REVEALS_META, .fields = add_fields, .ask = tall_ask, .show = tall_show },
	{ HTTP_POST, "/pharmacy/tall/end", MAY_PHARMACY, REVEALS_META, .fields = end_fields, .ask = tall_ask, .show = tall_show },
	{ .path = NULL },
};
