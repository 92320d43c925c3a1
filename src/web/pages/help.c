/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/help.c: the help page: keys and screens, made from the page tables so that it cannot drift from them.
 * It must never list a screen that the person's role may not open. Called by front through the row at the end. Start at help_show.
 */
#include "pages/help.h"

#include <string.h>

static const struct { const char *keys, *what; } keys[] = {
	{ "F1",         N_("this page") },
	{ "F2",         N_("find a patient, from any screen") },
	{ "F8",         N_("my work list") },
	{ "1 … 9",      N_("section of the chart, or entry of the menu, by its place; reason on the break-glass page") },
	{ "j  k",       N_("next row, row before") },
	{ "o",          N_("open the row (Enter does the same)") },
	{ "e",          N_("main action of the row") },
	{ "Ctrl+Enter", N_("send the form") },
	{ "Esc",        N_("leave the field, keep what is typed") },
	{ "Alt+L",      N_("lock at once") },
	{ "Alt+P",      N_("print this view") },
	{ "?",          N_("this page") },
};

static enum rc
help_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)a;
	(void)p;
	return RC_OK;
}

static void
draw_key(struct kit *k, const char *key, const char *what)
{
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	el_text(k, H_KBD, NULL, str_of(key));
	html_close(&k->w, H_TH);
	cell_say(k, what);
	table_row_end(k);
}

static void
draw_keys(struct screen *sc)
{
	static const struct col cols[] = { { N_("Keys"), NULL }, { N_("What they do"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Keys everywhere"), cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		draw_key(k, keys[i].keys, keys[i].what);
	table_close(k);
	const struct page *const *all;
	size_t n = front_pages(&all);
	table_open(k, N_("Keys that lead to a screen"), cols, sizeof cols / sizeof cols[0]);
	for (size_t i = 0; i < n; i++)
		if (all[i]->key != NULL && screen_offers(sc, all[i]))
			draw_key(k, all[i]->key, all[i]->menu);
	table_close(k);
}

static enum rc
help_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Help"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Help"));
	el(k, H_P, NULL, N_("Every screen works with the keyboard alone. Keys never sign, delete or break glass by themselves."));
	el_open(k, H_P, NULL);
	el_open(k, H_BUTTON, "button quiet");
	html_attr_z(&k->w, "type", "button");
	html_flag(&k->w, "data-keys-switch");
	html_flag(&k->w, "hidden");
	say(k, N_("Switch off single-letter keys on this machine"));
	html_close(&k->w, H_BUTTON);
	html_close(&k->w, H_P);
	el_open(k, H_DIV, "cards");
	draw_keys(&sc);
	html_close(&k->w, H_DIV);
	el(k, H_H2, NULL, N_("Why a chart opens, or asks for a reason"));
	el(k, H_P, NULL, N_("A chart opens without question when something joins you to the person: present in your unit now or within 48 hours, or announced there; an appointment with you or your unit within 7 days; something you wrote or ordered; a request, a task or a result that waits for you or your unit; the unit you are on call for; a person whom a colleague handed over to you; or you are the treating physician. The banner says which. What you record yourself explains five openings a day. Otherwise a reason is asked, the chart opens for 4 hours, and the opening is reviewed."));
	el(k, H_H2, NULL, N_("Shapes of identity"));
	el_open(k, H_UL, "plain");
	static const char *const codes[] = { "QUAL", "VALI", "RECUP", "PROV" };
	static const char *const meanings[] = {
		N_("asked of the national service and checked on a document: the INS may be used"), N_("checked on an identity document"),
		N_("asked of the national service, no document seen"), N_("neither: present a document"),
	};
	for (size_t i = 0; i < 4; i++) {
		html_open(&k->w, H_LI);
		status_identity(k, str_of(codes[i]), false);
		html_z(&k->w, " ");
		say(k, meanings[i]);
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
	return screen_end(&sc);
}

const struct page pages_help[] = {
	{ HTTP_GET, "/help", MAY_SIGNED_IN, REVEALS_NOTHING, .ask = help_ask, .show = help_show, .menu = N_("Help"), .icon = "help", .key = "F1" },
	{ .path = NULL },
};
