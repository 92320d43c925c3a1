/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/banner.c: draws the patient banner. It must never show an INS beside an identity that is not qualified, nor « aucune allergie » for « non renseigné ».
 * Called by web/pages. Start at banner_draw.
 */
#include "kit/banner.h"

struct words
banner_ins(struct str ins)
{
	static const unsigned char groups[] = { 1, 2, 2, 2, 3, 3, 2 };
	struct words ws = { .n = 0 };
	size_t at = 0;
	for (size_t g = 0; at < ins.n; g++) {
		size_t n = ins.n == 15 ? groups[g] : 4;
		if (n > ins.n - at)
			n = ins.n - at;
		if (at > 0)
			words_z(&ws, "\xc2\xa0");       /* one line, whatever the width (NUM-0002) */
		words_add(&ws, (struct str){ ins.p + at, n });
		at += n;
	}
	return ws;
}

static void
item_open(struct kit *k, const char *label)
{
	el_open(k, H_SPAN, "item");
	if (label != NULL) {
		el(k, H_SPAN, "label", label);
		html_z(&k->w, " ");
	}
}

static void
item_close(struct kit *k)
{
	html_close(&k->w, H_SPAN);
}

static void
item_words(struct kit *k, const char *label, struct str value)
{
	item_open(k, label);
	if (value.n == 0)
		el(k, H_SPAN, "unknown", N_("Not recorded"));
	else
		el_text(k, H_SPAN, "value", value);
	item_close(k);
}

static void
draw_name(struct kit *k, const struct banner *b)
{
	el_open(k, H_A, "who");
	html_attr(&k->w, "href", b->href);
	if (b->name.n > 0)
		el_name(k, b->name);
	else
		say(k, N_("Name not recorded"));
	html_close(&k->w, H_A);
	if (b->birth_name.n > 0) {
		item_open(k, N_("Birth name"));
		el_name(k, b->birth_name);
		item_close(k);
	}
}

static void
draw_born(struct kit *k, const struct banner *b)
{
	struct words born = when_born(k, b->born);
	struct words age = when_age(k, b->born, b->deceased ? b->died : STR_NONE);
	item_open(k, N_("Born"));
	if (born.n == 0) {
		el(k, H_SPAN, "unknown", N_("Not recorded"));
	} else {
		el_open(k, H_SPAN, "value");
		html_text(&k->w, words_view(&born));
		if (age.n > 0 && (!b->deceased || b->died.n > 0)) {
			html_z(&k->w, " (");
			html_text(&k->w, words_view(&age));
			html_z(&k->w, ")");
		}
		html_close(&k->w, H_SPAN);
	}
	item_close(k);
	if (b->deceased) {
		struct words died = when_day(k, b->died);
		item_open(k, N_("Died"));
		if (died.n > 0)
			el_text(k, H_SPAN, "value", words_view(&died));
		else
			el(k, H_SPAN, "unknown", N_("Date not recorded"));
		item_close(k);
	}
}

static void
draw_identity(struct kit *k, const struct banner *b)
{
	item_open(k, NULL);
	el(k, H_SPAN, "sr", N_("Sex"));
	html_z(&k->w, " ");
	el(k, H_SPAN, "value", status_sex(b->sex));
	item_close(k);
	if (str_eq(b->status, "QUAL") && b->ins.n > 0) {
		struct words ins = banner_ins(b->ins);
		item_open(k, N_("INS"));
		el_text(k, H_SPAN, "value number", words_view(&ins));
		item_close(k);
	}
	item_open(k, NULL);
	status_identity(k, b->status, false);
	status_identity_marks(k, b->marks);
	item_close(k);
}

static void
draw_care(struct kit *k, const struct banner *b)
{
	if (b->clinical) {
		item_open(k, NULL);
		status_allergies(k, b->allergies, b->allergy_names);
		item_close(k);
	}
	if (b->bed.n > 0 || b->unit.n > 0)
		item_words(k, NULL, b->bed.n > 0 ? b->bed : b->unit);
	else
		item_words(k, NULL, str_of(tr(k->lang, N_("No stay now"))));
	if (!b->clinical)
		return;
	el_open(k, H_SPAN, "item weight");
	el(k, H_SPAN, b->weight.n > 0 ? "sr" : "label", N_("Weight"));
	html_z(&k->w, " ");
	if (b->weight.n > 0) {
		struct words v = when_number(k, b->weight), day = when_short(k, b->weight_at);
		words_z(&v, "\xc2\xa0");
		words_add(&v, b->weight_unit.n > 0 ? b->weight_unit : STR("kg"));
		el_text(k, H_SPAN, "value", words_view(&v));
		if (day.n > 0) {
			html_z(&k->w, " ");
			el_text(k, H_SMALL, NULL, words_view(&day));
		}
	} else {
		el(k, H_SPAN, "unknown", N_("Not recorded"));
	}
	html_close(&k->w, H_SPAN);
}

void
banner_draw(struct kit *k, const struct banner *b)
{
	el_open(k, H_SECTION, b->deceased ? "banner deceased" : "banner");
	html_attr_z(&k->w, "aria-label", tr(k->lang, N_("Patient")));
	draw_name(k, b);
	draw_born(k, b);
	draw_identity(k, b);
	draw_care(k, b);
	html_close(&k->w, H_SECTION);
}
