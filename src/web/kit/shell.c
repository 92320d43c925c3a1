/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/shell.c: draws the frame. It must never write an inline script or style, nor a patient's name outside title, banner and main.
 * Called by web/pages/frame.c. Start at shell_open.
 */
#include "kit/shell.h"

struct words
shell_title(const struct kit *k, const char *section, struct str name, struct str unit)
{
	struct words ws = { .n = 0 };
	words_z(&ws, tr(k->lang, section));
	if (name.n > 0) {
		words_z(&ws, " — ");
		words_add(&ws, name);
	}
	if (unit.n > 0) {
		words_z(&ws, " — ");
		words_add(&ws, unit);
	}
	return ws;
}

static void
meta(struct kit *k, const char *name, const char *content)
{
	html_open(&k->w, H_META);
	html_attr_z(&k->w, "name", name);
	html_attr_z(&k->w, "content", content);
}

static void
draw_head(struct kit *k, const struct shell *s)
{
	html_open(&k->w, H_HEAD);
	html_open(&k->w, H_META);
	html_attr_z(&k->w, "charset", "utf-8");
	meta(k, "viewport", "width=device-width, initial-scale=1");
	meta(k, "color-scheme", "light dark");
	html_open(&k->w, H_TITLE);
	html_text(&k->w, s->title);
	html_close(&k->w, H_TITLE);
	html_open(&k->w, H_LINK);
	html_attr_z(&k->w, "rel", "stylesheet");
	html_attr_z(&k->w, "href", s->css);
	html_open(&k->w, H_LINK);
	html_attr_z(&k->w, "rel", "icon");
	html_attr_z(&k->w, "href", k->icons);
	html_attr_z(&k->w, "type", "image/svg+xml");
	html_open(&k->w, H_SCRIPT);
	html_attr_z(&k->w, "src", s->js);
	html_flag(&k->w, "defer");
	html_close(&k->w, H_SCRIPT);
	html_close(&k->w, H_HEAD);
}

static void
draw_entry(struct kit *k, const struct shell_entry *e, unsigned digit)
{
	html_open(&k->w, H_LI);
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", e->href);
	if (e->current)
		html_attr_z(&k->w, "aria-current", "page");
	if (e->key != NULL)
		html_attr_z(&k->w, "data-key", e->key);
	if (digit > 0 && digit < 10)
		html_attr_u(&k->w, "data-digit", digit);
	if (e->icon != NULL)
		icon(k, e->icon);
	el(k, H_SPAN, NULL, e->label);
	if (e->key != NULL)
		el_text(k, H_KBD, NULL, str_of(e->key));
	html_close(&k->w, H_A);
	html_close(&k->w, H_LI);
}

static void
draw_search(struct kit *k)
{
	el_open(k, H_FORM, "find");
	html_attr_z(&k->w, "method", "post");
	html_attr_z(&k->w, "action", "/search");
	html_attr_z(&k->w, "role", "search");
	html_attr_z(&k->w, "autocomplete", "off");
	if (k->csrf.n > 0)
		fields_hidden(k, "csrf", k->csrf);
	html_open(&k->w, H_LABEL);
	html_attr_z(&k->w, "for", "find");
	icon(k, "find");
	el(k, H_SPAN, "sr", N_("Find a patient: birth date, or birth date and first letters of the name"));
	html_close(&k->w, H_LABEL);
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "id", "find");
	html_attr_z(&k->w, "name", "q");
	html_attr_z(&k->w, "type", "text");
	html_attr_z(&k->w, "placeholder", tr(k->lang, N_("Birth date, e.g. 14021957 dur")));
	html_attr_z(&k->w, "autocomplete", "off");
	html_attr_z(&k->w, "spellcheck", "false");
	html_attr_z(&k->w, "data-key", "F2");
	el_text(k, H_KBD, NULL, STR("F2"));
	html_open(&k->w, H_BUTTON);
	html_attr_z(&k->w, "type", "submit");
	html_attr_z(&k->w, "class", "sr-focus");
	say(k, N_("Search"));
	html_close(&k->w, H_BUTTON);
	html_close(&k->w, H_FORM);
}

static void
draw_me(struct kit *k, const struct shell *s)
{
	el_open(k, H_DIV, "me");
	if (s->unit.n > 0) {
		html_open(&k->w, H_A);
		html_attr_z(&k->w, "href", "/unit/choose");
		html_attr_z(&k->w, "title", tr(k->lang, N_("Change unit")));
		icon(k, "bed");
		el(k, H_SPAN, "sr", N_("Unit"));
		el_text(k, H_SPAN, "cut", s->unit);
		html_close(&k->w, H_A);
	}
	el_open(k, H_SPAN, "person");
	icon(k, "person");
	html_open(&k->w, H_SPAN);
	el_name(k, s->person);
	html_z(&k->w, " · ");
	html_text(&k->w, s->role);
	html_close(&k->w, H_SPAN);
	html_close(&k->w, H_SPAN);
	fields_button_form(k, STR("/lock"), "bar", "lock", str_of(tr(k->lang, N_("Lock"))), NULL, 0, "Alt+L");
	fields_button_form(k, STR("/sign-out"), "bar", "leave", str_of(tr(k->lang, N_("Sign out"))), NULL, 0, NULL);
	html_close(&k->w, H_DIV);
}

static void
draw_languages(struct kit *k, const struct shell *s)
{
	for (size_t i = 0; i < s->n_languages; i++) {
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", s->languages[i].href);
		html_attr_z(&k->w, "lang", s->languages[i].key);
		html_z(&k->w, s->languages[i].label);
		html_close(&k->w, H_A);
	}
}

static void
draw_top(struct kit *k, const struct shell *s)
{
	el_open(k, H_HEADER, "top");
	el_open(k, H_A, "logo");
	html_attr_z(&k->w, "href", "/");
	icon(k, "logo");
	html_z(&k->w, "Hygie");
	html_close(&k->w, H_A);
	if (s->demo) {
		el_open(k, H_SPAN, "ribbon");
		say(k, N_("DEMO"));
		html_close(&k->w, H_SPAN);
	}
	if (s->plan_until_ms > 0) { /* everybody is told (SECURITY 7.9) */
		struct words at = when_clinical_ms(k, s->plan_until_ms);
		el_open(k, H_SPAN, "ribbon plan");
		html_attr_z(&k->w, "role", "status");
		say_with(k, N_("PLAN BLANC until {1}"), words_view(&at));
		html_close(&k->w, H_SPAN);
	}
	if (s->notices > 0) {
		el_open(k, H_A, "ribbon notices");
		html_attr_z(&k->w, "href", "/me");
		icon(k, "warn");
		html_z(&k->w, " ");
		say(k, s->notices > s->levels ? N_("Something happened to your account: read it") : N_("A threshold of a store was reached: read it"));
		html_close(&k->w, H_A);
	}
	if (s->signed_in && s->can_search)
		draw_search(k);
	if (s->signed_in)
		draw_me(k, s);
	else
		draw_languages(k, s);
	html_close(&k->w, H_HEADER);
}

static void
draw_nav(struct kit *k, const char *label, const struct shell_entry *at, size_t n, bool digits)
{
	if (n == 0)
		return;
	html_open(&k->w, H_NAV);
	html_attr_z(&k->w, "aria-label", tr(k->lang, label));
	html_open(&k->w, H_UL);
	for (size_t i = 0; i < n; i++)
		draw_entry(k, &at[i], digits ? (unsigned)i + 1 : 0);
	html_close(&k->w, H_UL);
	html_close(&k->w, H_NAV);
}

static void
draw_rail(struct kit *k, const struct shell *s)
{
	el_open(k, H_DIV, "rail");
	draw_nav(k, N_("Sections of the chart"), s->rail, s->n_rail, true);
	draw_nav(k, N_("My work"), s->menu, s->n_menu, s->n_rail == 0);
	html_close(&k->w, H_DIV);
}

/* The running head of a printed sheet: repeated on each one by position (css), with who printed and when. */
static void
draw_print_head(struct kit *k, const struct shell *s)
{
	struct words at = when_clinical_ms(k, k->now_ms);
	el_open(k, H_P, "print-foot");
	html_text(&k->w, s->title);
	html_z(&k->w, " · ");
	say_with(k, N_("printed by {1}, {2}"), s->printed_by.n > 0 ? s->printed_by : s->person, words_view(&at));
	html_close(&k->w, H_P);
}

void
shell_unlock(struct kit *k, struct str person, const struct pair *carry, size_t n_carry, bool autofocus)
{
	el_open(k, H_FORM, "sheet unlock");
	html_attr_z(&k->w, "method", "post");
	html_attr_z(&k->w, "action", "/unlock");
	html_attr_z(&k->w, "autocomplete", "off");
	if (k->csrf.n > 0)
		fields_hidden(k, "csrf", k->csrf);
	for (size_t i = 0; i < n_carry; i++) {
		html_open(&k->w, H_INPUT);
		html_attr_z(&k->w, "type", "hidden");
		html_attr(&k->w, "name", carry[i].name);
		html_attr(&k->w, "value", carry[i].value);
	}
	el_open(k, H_P, NULL);
	say_with(k, N_("Session of {1}."), person);
	html_close(&k->w, H_P);
	fields_key(k, "unlock", "primary", N_("Use my key"));
	el_open(k, H_DIV, "field");
	html_open(&k->w, H_LABEL);
	say(k, N_("Password"));
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "password");
	html_attr_z(&k->w, "name", "password");
	html_attr_z(&k->w, "autocomplete", "current-password");
	if (autofocus)
		html_flag(&k->w, "autofocus");
	html_close(&k->w, H_LABEL);
	html_close(&k->w, H_DIV);
	el_open(k, H_DIV, "field");
	html_open(&k->w, H_LABEL);
	say(k, N_("Code of your second factor"));
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "text");
	html_attr_z(&k->w, "class", "short");
	html_attr_z(&k->w, "name", "code");
	html_attr_z(&k->w, "inputmode", "numeric");
	html_attr_z(&k->w, "autocomplete", "one-time-code");
	html_close(&k->w, H_LABEL);
	html_close(&k->w, H_DIV);
	el_open(k, H_P, "error");
	html_attr_z(&k->w, "role", "alert");
	html_flag(&k->w, "data-error");
	html_close(&k->w, H_P);
	fields_submit(k, "primary", "lock", str_of(tr(k->lang, N_("Unlock"))));
	html_close(&k->w, H_FORM);
}

/* Opened by the script over the same page, so that what was being typed stays. Without script the server answers with the lock page. */
static void
draw_overlay(struct kit *k, const struct shell *s)
{
	html_open(&k->w, H_DIALOG);
	html_attr_z(&k->w, "id", "lock");
	html_attr_z(&k->w, "aria-labelledby", "lock-title");
	html_attr_z(&k->w, "data-soon", tr(k->lang, N_("The session locks in less than 2 minutes: any key keeps it open.")));
	el_open(k, H_H2, NULL);
	html_attr_z(&k->w, "id", "lock-title");
	icon(k, "lock");
	say(k, N_("Session locked"));
	html_close(&k->w, H_H2);
	el(k, H_P, NULL, N_("What you were typing is kept under this window."));
	shell_unlock(k, s->person, NULL, 0, false);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/sign-in"), N_("Sign in as someone else"));
	html_close(&k->w, H_P);
	html_close(&k->w, H_DIALOG);
}

static void
draw_strip(struct kit *k, const struct shell *s)
{
	el_open(k, H_FOOTER, "strip");
	el_open(k, H_SPAN, NULL);
	html_attr_z(&k->w, "id", "say");
	html_attr_z(&k->w, "role", "status");
	html_attr_z(&k->w, "aria-live", "polite");
	html_close(&k->w, H_SPAN);
	const char *relation = status_relation(s->why);
	if (relation != NULL) {
		bool glass = str_eq(s->why, "break_glass") || str_eq(s->why, "emergency");
		el_open(k, H_SPAN, glass ? "st st-sealed" : NULL);
		icon(k, glass ? "glass" : "link");
		if (s->why_until_ms > 0) {
			struct words until = when_clinical_ms(k, s->why_until_ms);
			say_with(k, N_("Access: {1}, until {2}"), str_of(tr(k->lang, relation)), words_view(&until));
		} else {
			say_with(k, N_("Access: {1}"), str_of(tr(k->lang, relation)));
		}
		html_close(&k->w, H_SPAN);
	}
	if (s->special) {
		el_open(k, H_SPAN, "st st-sealed");
		icon(k, "lock");
		say(k, N_("Specially sensitive data: this opening is marked so in the log"));
		html_close(&k->w, H_SPAN);
	}
	if (s->banner != NULL && !s->print) {  /* the print view is asked for by itself, so that the ledger tells a print from a look */
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", s->print_at.n ? s->print_at : STR("?print=1"));
		html_attr_z(&k->w, "data-key", "Alt+P");
		icon(k, "print");
		say(k, N_("Print"));
		html_close(&k->w, H_A);
	}
	if (s->opened_max > 0) {
		struct digits a, b;
		html_open(&k->w, H_A);
		html_attr_z(&k->w, "href", "/accesses");
		say_with(k, N_("Charts opened in 24 h: {1} of {2}"), digits_of(&a, s->opened), digits_of(&b, s->opened_max));
		html_close(&k->w, H_A);
	}
	draw_languages(k, s);
	if (s->demo)
		el(k, H_SPAN, "ribbon", N_("DEMO: invented persons"));
	html_close(&k->w, H_FOOTER);
}

void
shell_open(struct kit *k, const struct shell *s)
{
	if (s->bare)
		return;
	html_doctype(&k->w);
	html_open(&k->w, H_HTML);
	html_attr_z(&k->w, "lang", k->lang == SAY_EN ? "en" : "fr");
	draw_head(k, s);
	el_open(k, H_BODY, s->mode);
	if (s->signed_in)
		html_attr_u(&k->w, "data-idle", (uint64_t)s->idle_s);
	el_open(k, H_A, "skip");
	html_attr_z(&k->w, "href", "#main");
	say(k, N_("Skip to content"));
	html_close(&k->w, H_A);
	draw_top(k, s);
	if (s->banner != NULL)
		banner_draw(k, s->banner);
	el_open(k, H_DIV, s->signed_in ? "frame" : "frame alone");
	if (s->signed_in)
		draw_rail(k, s);
	html_open(&k->w, H_MAIN);
	html_attr_z(&k->w, "id", "main");
	html_attr_z(&k->w, "tabindex", "-1");
	if (s->live.n > 0) {
		html_attr(&k->w, "data-live", s->live);
		html_attr_z(&k->w, "data-changed", tr(k->lang, N_("This page was brought up to date.")));
	}
}

void
shell_close(struct kit *k, const struct shell *s)
{
	if (s->bare)
		return;
	html_close(&k->w, H_MAIN);
	html_close(&k->w, H_DIV);
	if (s->signed_in) {
		draw_strip(k, s);
		draw_print_head(k, s);
		draw_overlay(k, s);
	}
	html_close(&k->w, H_BODY);
	html_close(&k->w, H_HTML);
}
