/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/table.c: draws tables, lists of pairs, and empty states. It must never draw a blank table or a cell that means two things.
 * Called by web/pages. Start at table_open.
 */
#include "kit/table.h"

void
table_open(struct kit *k, const char *caption, const struct col *cols, size_t n)
{
	el_open(k, H_DIV, "scroll");
	html_open(&k->w, H_TABLE);
	el(k, H_CAPTION, NULL, caption);
	html_open(&k->w, H_THEAD);
	html_open(&k->w, H_TR);
	for (size_t i = 0; i < n; i++) {
		el_open(k, H_TH, cols[i].class_);
		html_attr_z(&k->w, "scope", "col");
		say(k, cols[i].label);
		html_close(&k->w, H_TH);
	}
	html_close(&k->w, H_TR);
	html_close(&k->w, H_THEAD);
	html_open(&k->w, H_TBODY);
}

void
table_row(struct kit *k)
{
	html_open(&k->w, H_TR);
}

void
table_row_end(struct kit *k)
{
	html_close(&k->w, H_TR);
}

void
table_close(struct kit *k)
{
	html_close(&k->w, H_TBODY);
	html_close(&k->w, H_TABLE);
	html_close(&k->w, H_DIV);
}

void
cell_open(struct kit *k, const char *class_)
{
	el_open(k, H_TD, class_);
}

void
cell_close(struct kit *k)
{
	html_close(&k->w, H_TD);
}

void
cell_figure(struct kit *k, struct row row, const char *column)
{
	cell_open(k, "num");
	html_text(&k->w, row_get(row, column));
	cell_close(k);
}

void
not_recorded(struct kit *k)
{
	el(k, H_SPAN, "unknown", N_("Not recorded"));
}

void
cell(struct kit *k, struct str text)
{
	cell_open(k, NULL);
	if (text.n == 0)
		not_recorded(k);
	else
		html_text(&k->w, text);
	cell_close(k);
}

void
cell_blank(struct kit *k)
{
	cell_open(k, NULL);
	cell_close(k);
}

void
cell_say(struct kit *k, const char *msgid)
{
	el(k, H_TD, NULL, msgid);
}

void
cell_time(struct kit *k, struct str fhir_time)
{
	cell_open(k, "time");
	struct when w;
	if (when_parse(fhir_time, &w))
		when_time_tag(k, fhir_time);
	else
		not_recorded(k);
	cell_close(k);
}

void
cell_time_ms(struct kit *k, int64_t ms)
{
	cell_open(k, "time");
	if (ms > 0)
		when_time_tag_ms(k, ms);
	else
		not_recorded(k);
	cell_close(k);
}

void
cell_link(struct kit *k, struct str href, struct str text)
{
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", href);
	html_flag(&k->w, "data-row");
	el_name(k, text);
	html_close(&k->w, H_A);
	html_close(&k->w, H_TH);
}

void
state_line(struct kit *k, uint64_t count, const char *one, const char *many, const char *sorted)
{
	struct digits d;
	el_open(k, H_P, "state");
	el_open(k, H_STRONG, NULL);
	say_with(k, tr_n(k->lang, count, one, many), digits_of(&d, (int64_t)count));
	html_close(&k->w, H_STRONG);
	if (sorted != NULL) {
		html_z(&k->w, " · ");
		say(k, sorted);
	}
	html_z(&k->w, " · ");
	struct words at = when_clinical_ms(k, k->now_ms);
	el_open(k, H_SPAN, "fresh");
	html_attr_u(&k->w, "data-fresh", (uint64_t)k->now_ms);
	say_with(k, N_("up to date {1}"), words_view(&at));
	html_close(&k->w, H_SPAN);
	html_close(&k->w, H_P);
}

void
empty_state(struct kit *k, const char *why, struct str action_href, const char *action)
{
	el_open(k, H_P, "empty");
	say(k, why);
	if (action_href.n > 0) {
		html_z(&k->w, " ");
		link_to(k, "button quiet", action_href, action);
	}
	html_close(&k->w, H_P);
}

void
pair_open(struct kit *k, const char *label)
{
	html_open(&k->w, H_DIV);
	el(k, H_DT, NULL, label);
	html_open(&k->w, H_DD);
}

void
pair_close(struct kit *k)
{
	html_close(&k->w, H_DD);
	html_close(&k->w, H_DIV);
}

void
pair_text(struct kit *k, const char *label, struct str value)
{
	pair_open(k, label);
	if (value.n == 0)
		not_recorded(k);
	else
		html_text(&k->w, value);
	pair_close(k);
}
