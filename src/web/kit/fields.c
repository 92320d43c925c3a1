/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kit/fields.c: draws forms. It must never echo a secret, lose what was typed, or send a form by GET.
 * Called by web/pages and kit/shell.c. Start at fields_input.
 */
#include "kit/fields.h"

#include <stdio.h>
#include <string.h>

#include "kit/status.h"

#define RADIO_AT_MOST 5       /* more choices than this become a list to open */

static const struct field *
field_of(const struct sheet *s, const char *name)
{
	for (const struct field *f = s->fields; f != NULL && f->name != NULL; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static const struct field *
field_must(const struct sheet *s, const char *name)
{
	const struct field *f = field_of(s, name);
	MUST(f != NULL);
	return f;
}

/* Whether somebody else changed what this form is about after it was opened. */
static bool
is_stale(const struct sheet *s)
{
	for (size_t i = 0; s->form != NULL && i < s->n_faults; i++)
		if (s->faults[i].why == WHY_VERSION_CONFLICT)
			return true;
	return false;
}

/* What the record has; p NULL where the page did not say. */
static struct str
present_value(const struct sheet *s, const char *name)
{
	for (size_t i = 0; i < s->n_now; i++)
		if (str_eq(s->now[i].name, name))
			return s->now[i].value;
	return STR_NONE;
}

struct str
fields_value(const struct sheet *s, const char *name)
{
	const struct field *f = field_of(s, name);
	if (f != NULL && f->kind == FIELD_SECRET)
		return STR_NONE;
	if (s->form != NULL && s->form->n > 0 && !(is_stale(s) && strcmp(name, "version") == 0)) { /* the version that both are shown of is the one to write over */
		struct str typed = form_typed(s->form, name);
		if (typed.p != NULL)
			return typed;
	}
	return present_value(s, name);
}

/* The first problem of a field; WHY_NONE when it is well. */
static enum why
fault_of(const struct sheet *s, const char *name)
{
	if (s->form != NULL)
		for (size_t i = 0; i < s->form->n_bad; i++)
			if (strcmp(s->form->bad[i].field, name) == 0)
				return s->form->bad[i].why;
	for (size_t i = 0; i < s->n_faults; i++)
		if (s->faults[i].field != NULL && strcmp(s->faults[i].field, name) == 0)
			return s->faults[i].why;
	return WHY_NONE;
}

/* What the problem that is shown beside a field is about; NULL: nothing. */
static const char *
about_of(const struct sheet *s, const char *name, enum why why)
{
	for (size_t i = 0; i < s->n_faults; i++)
		if (s->faults[i].why == why && s->faults[i].field != NULL && strcmp(s->faults[i].field, name) == 0)
			return s->faults[i].about;
	return NULL;
}

bool
fields_has_faults(const struct sheet *s)
{
	return s->n_faults > 0 || (s->form != NULL && s->form->n_bad > 0);
}

static struct words
id_of(const struct sheet *s, const char *prefix, const char *name, const char *suffix)
{
	struct words ws = { .n = 0 };
	words_z(&ws, prefix);
	words_z(&ws, s->id);
	words_z(&ws, "-");
	words_z(&ws, name);
	words_z(&ws, suffix);
	return ws;
}

static void
attr_id(struct kit *k, const char *attr, const struct sheet *s, const char *name, const char *suffix)
{
	struct words ws = id_of(s, "", name, suffix);
	html_attr(&k->w, attr, words_view(&ws));
}

void
fields_hidden(struct kit *k, const char *name, struct str value)
{
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "hidden");
	html_attr_z(&k->w, "name", name);
	html_attr(&k->w, "value", value);
}

void
fields_open(struct kit *k, const struct sheet *s)
{
	el_open(k, H_FORM, s->class_ != NULL ? s->class_ : "sheet");
	html_attr_z(&k->w, "method", "post");
	html_attr(&k->w, "action", s->action);
	html_attr_z(&k->w, "id", s->id);
	html_attr_z(&k->w, "autocomplete", "off");
	for (const struct field *f = s->fields; f != NULL && f->name != NULL; f++)
		if (f->kind == FIELD_FILE)
			html_attr_z(&k->w, "enctype", "multipart/form-data");
	html_flag(&k->w, "novalidate");            /* our own words beside each field instead of the browser's */
	if (s->region != NULL)
		html_attr_z(&k->w, "data-live", s->region);
	if (s->wait != NULL)
		html_attr_z(&k->w, "data-wait", s->wait);
	if (k->csrf.n > 0)
		fields_hidden(k, "csrf", k->csrf);
}

void
fields_close(struct kit *k)
{
	html_close(&k->w, H_FORM);
}

static void
summary_line(struct kit *k, const struct sheet *s, const char *field, enum why why, const char *about)
{
	const struct field *f = field != NULL ? field_of(s, field) : NULL;
	html_open(&k->w, H_LI);
	if (f != NULL) {
		struct words href = id_of(s, "#", f->name, "");
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", words_view(&href));
		char says[PROBLEM_SAYS * 2];
		struct buf b = { .p = says, .cap = sizeof says, .max = sizeof says };
		const char *with = about != NULL && about[0] != '\0' ? why_about(why) : NULL;
		say_buf(&b, tr(k->lang, with != NULL ? with : why_row(why)->sentence), str_of(about != NULL ? about : ""));
		say_with(k, N_("{1}: {2}"), str_of(tr(k->lang, f->label)), buf_view(&b));
		html_close(&k->w, H_A);
	} else {
		say_why(k, why, about);
	}
	html_close(&k->w, H_LI);
}

/* Theirs beside yours: what the record has by now, where it is not what is typed. */
static bool
has_meanwhile(const struct sheet *s, const struct field *f)
{
	struct str now = present_value(s, f->name), typed = s->form != NULL ? form_typed(s->form, f->name) : STR_NONE;
	bool known = false;
	for (size_t i = 0; i < s->n_now; i++)
		known = known || str_eq(s->now[i].name, f->name);
	return known && is_stale(s) && f->kind != FIELD_SECRET && !str_is(now, typed);
}

void
fields_summary(struct kit *k, const struct sheet *s)
{
	if (!fields_has_faults(s))
		return;
	size_t n = s->n_faults + (s->form != NULL ? s->form->n_bad : 0);
	struct digits d;
	el_open(k, H_DIV, "faults");
	html_attr_z(&k->w, "role", "alert");
	html_attr_z(&k->w, "tabindex", "-1");
	html_flag(&k->w, "data-focus");
	el_open(k, H_H2, NULL);
	icon(k, "alert");
	say_with(k, tr_n(k->lang, n, N_("{1} point to correct"), N_("{1} points to correct")), digits_of(&d, (int64_t)n));
	html_close(&k->w, H_H2);
	html_open(&k->w, H_UL);
	if (s->form != NULL)
		for (size_t i = 0; i < s->form->n_bad; i++)
			summary_line(k, s, s->form->bad[i].field, s->form->bad[i].why, NULL);
	for (size_t i = 0; i < s->n_faults; i++)
		summary_line(k, s, s->faults[i].field, s->faults[i].why, s->faults[i].about);
	html_close(&k->w, H_UL);
	bool differs = false;
	for (const struct field *f = s->fields; f != NULL && f->name != NULL; f++)
		differs = differs || has_meanwhile(s, f);
	if (differs)
		el(k, H_P, NULL, N_("What is recorded by now stands beside each field that differs. What you typed is kept here and is not recorded yet."));
	html_close(&k->w, H_DIV);
}

/* As a person reads it: of a choice its label. */
static struct str
label_of(const struct kit *k, const struct field *f, const struct look *look, struct str value)
{
	for (size_t i = 0; i < look->n_options; i++)
		if (str_is(look->options[i].name, value))
			return look->options[i].value;
	for (const struct choice *c = f->choices; c != NULL && c->code != NULL; c++)
		if (str_eq(value, c->code))
			return str_of(tr(k->lang, c->label));
	return f->kind == FIELD_FLAG ? str_of(tr(k->lang, value.n > 0 ? N_("Yes") : N_("No"))) : value;
}

static void
describe(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why)
{
	struct words ws = { .n = 0 };
	if (look->hint != NULL) {
		struct words id = id_of(s, "", f->name, "-hint");
		words_add(&ws, words_view(&id));
	}
	if (has_meanwhile(s, f)) {
		if (ws.n > 0)
			words_z(&ws, " ");
		struct words id = id_of(s, "", f->name, "-meanwhile");
		words_add(&ws, words_view(&id));
	}
	if (why != WHY_NONE) {
		if (ws.n > 0)
			words_z(&ws, " ");
		struct words id = id_of(s, "", f->name, "-error");
		words_add(&ws, words_view(&id));
		html_attr_z(&k->w, "aria-invalid", "true");
	}
	if (ws.n > 0)
		html_attr(&k->w, "aria-describedby", words_view(&ws));
	bool group = f->kind == FIELD_CODE && k->w.open[k->w.depth - 1] == H_FIELDSET;     /* a group of radios has no such attribute; its legend says it */
	if (f->required && !group)
		html_attr_z(&k->w, "aria-required", "true");
	if (look->autofocus)
		html_flag(&k->w, "autofocus");
	if (look->step)
		html_flag(&k->w, "data-step");
	if (look->scan)
		html_flag(&k->w, "data-scan");
}

static void
draw_meanwhile(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look)
{
	struct str now = present_value(s, f->name);
	if (!has_meanwhile(s, f))
		return;
	el_open(k, H_SPAN, "error");
	attr_id(k, "id", s, f->name, "-meanwhile");
	icon(k, "swap");
	if (now.n == 0 && f->kind != FIELD_FLAG)
		say(k, N_("In the record by now: nothing"));
	else
		say_with(k, N_("In the record by now: {1}"), label_of(k, f, look, now));
	html_close(&k->w, H_SPAN);
}

static void
hint_and_error(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why)
{
	draw_meanwhile(k, s, f, look);
	if (look->hint != NULL) {
		el_open(k, H_SPAN, "hint");
		attr_id(k, "id", s, f->name, "-hint");
		say(k, look->hint);
		html_close(&k->w, H_SPAN);
	}
	if (why != WHY_NONE) {
		el_open(k, H_SPAN, "error");
		attr_id(k, "id", s, f->name, "-error");
		icon(k, "alert");
		say_why(k, why, about_of(s, f->name, why));
		html_close(&k->w, H_SPAN);
	}
}

static void
label_text(struct kit *k, const struct field *f)
{
	say(k, f->label);
	if (!f->required)
		return;
	el_open(k, H_SPAN, "required");
	html_z(&k->w, " (");
	say(k, N_("required"));
	html_z(&k->w, ")");
	html_close(&k->w, H_SPAN);
}

static void
draw_radios(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why, struct str value)
{
	el_open(k, H_FIELDSET, why != WHY_NONE ? (look->wide ? "field wide bad" : "field bad") : look->wide ? "field wide" : "field");
	describe(k, s, f, look, why);
	attr_id(k, "id", s, f->name, "");
	html_attr_z(&k->w, "tabindex", "-1");
	html_open(&k->w, H_LEGEND);
	label_text(k, f);
	html_close(&k->w, H_LEGEND);
	hint_and_error(k, s, f, look, why);
	int number = 0;
	for (const struct choice *c = f->choices; c != NULL && c->code != NULL; c++) {
		number++;
		el_open(k, H_LABEL, "radio");
		html_open(&k->w, H_INPUT);
		html_attr_z(&k->w, "type", "radio");
		html_attr_z(&k->w, "name", f->name);
		html_attr_z(&k->w, "value", c->code);
		if (str_eq(value, c->code))
			html_flag(&k->w, "checked");
		if (look->keyed && number < 10)
			html_attr_u(&k->w, "data-digit", (uint64_t)number);
		if (look->keyed && number < 10) {
			html_open(&k->w, H_KBD);
			html_u(&k->w, (uint64_t)number);
			html_close(&k->w, H_KBD);
		}
		html_z(&k->w, " ");
		el(k, H_SPAN, NULL, c->label);
		html_close(&k->w, H_LABEL);
	}
	html_close(&k->w, H_FIELDSET);
}

static void
draw_select(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why, struct str value)
{
	html_open(&k->w, H_SELECT);
	html_attr_z(&k->w, "name", f->name);
	attr_id(k, "id", s, f->name, "");
	describe(k, s, f, look, why);
	html_open(&k->w, H_OPTION);
	html_attr_z(&k->w, "value", "");
	html_z(&k->w, "—");
	html_close(&k->w, H_OPTION);
	for (const struct choice *c = f->choices; c != NULL && c->code != NULL; c++) {
		html_open(&k->w, H_OPTION);
		html_attr_z(&k->w, "value", c->code);
		if (str_eq(value, c->code))
			html_flag(&k->w, "selected");
		say(k, c->label);
		html_close(&k->w, H_OPTION);
	}
	for (size_t i = 0; i < look->n_options; i++) {
		html_open(&k->w, H_OPTION);
		html_attr(&k->w, "value", look->options[i].name);
		if (str_is(value, look->options[i].name))
			html_flag(&k->w, "selected");
		html_text(&k->w, look->options[i].value);
		html_close(&k->w, H_OPTION);
	}
	html_close(&k->w, H_SELECT);
}

static void
draw_lines(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why, struct str value)
{
	html_open(&k->w, H_TEXTAREA);
	html_attr_z(&k->w, "name", f->name);
	html_attr_u(&k->w, "rows", look->rows > 0 ? look->rows : 3);
	attr_id(k, "id", s, f->name, "");
	describe(k, s, f, look, why);
	html_z(&k->w, "\n");         /* a parser drops the first line end of a textarea: give it ours, not the person's */
	html_text(&k->w, value);
	html_close(&k->w, H_TEXTAREA);
}

/* Names of persons have marks and long forms: inputs are as wide as what is expected, never cut. */
static const char *
type_of(const struct field *f)
{
	return f->kind == FIELD_SECRET ? "password" : f->kind == FIELD_FILE ? "file" : "text";
}

static void
draw_line(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why, struct str value)
{
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", type_of(f));
	html_attr_z(&k->w, "name", f->name);
	attr_id(k, "id", s, f->name, "");
	html_attr_z(&k->w, "autocomplete", look->autocomplete != NULL ? look->autocomplete : "off");
	html_attr_z(&k->w, "spellcheck", "false");
	if (look->key != NULL)
		html_attr_z(&k->w, "data-key", look->key);
	if (look->inputmode != NULL)
		html_attr_z(&k->w, "inputmode", look->inputmode);
	else if (f->kind == FIELD_INT)
		html_attr_z(&k->w, "inputmode", "numeric");
	if (f->kind == FIELD_DATE || f->kind == FIELD_INT)
		html_attr_z(&k->w, "class", "short");
	describe(k, s, f, look, why);
	if (f->kind != FIELD_SECRET && f->kind != FIELD_FILE)
		html_attr(&k->w, "value", value);
}

static void
draw_flag(struct kit *k, const struct sheet *s, const struct field *f, const struct look *look, enum why why, struct str value)
{
	el_open(k, H_DIV, "field");
	el_open(k, H_LABEL, "radio");
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "checkbox");
	html_attr_z(&k->w, "name", f->name);
	html_attr_z(&k->w, "value", "1");
	attr_id(k, "id", s, f->name, "");
	describe(k, s, f, look, why);
	if (value.n > 0)
		html_flag(&k->w, "checked");
	html_z(&k->w, " ");
	el(k, H_SPAN, NULL, f->label);
	html_close(&k->w, H_LABEL);
	hint_and_error(k, s, f, look, why);
	html_close(&k->w, H_DIV);
}

static size_t
count_choices(const struct field *f)
{
	size_t n = 0;
	while (f->choices != NULL && f->choices[n].code != NULL)
		n++;
	return n;
}

void
fields_input(struct kit *k, const struct sheet *s, const char *name, const struct look *look)
{
	static const struct look plain = { 0 };
	if (look == NULL)
		look = &plain;
	const struct field *f = field_must(s, name);
	enum why why = fault_of(s, name);
	struct str value = fields_value(s, name);
	if (f->kind == FIELD_FLAG) {
		draw_flag(k, s, f, look, why, value);
		return;
	}
	if (f->kind == FIELD_CODE && !look->as_select && (look->as_radio || count_choices(f) <= RADIO_AT_MOST)) {
		draw_radios(k, s, f, look, why, value);
		return;
	}
	el_open(k, H_DIV, why != WHY_NONE ? (look->wide ? "field wide bad" : "field bad") : look->wide ? "field wide" : "field");
	html_open(&k->w, H_LABEL);
	attr_id(k, "for", s, f->name, "");
	label_text(k, f);
	html_close(&k->w, H_LABEL);
	if (f->kind == FIELD_CODE || look->n_options > 0)
		draw_select(k, s, f, look, why, value);
	else if (f->kind == FIELD_LINES)
		draw_lines(k, s, f, look, why, value);
	else
		draw_line(k, s, f, look, why, value);
	hint_and_error(k, s, f, look, why);
	html_close(&k->w, H_DIV);
}

static void
button_as(struct kit *k, const char *kind, const char *symbol, struct str label, const char *key, const char *name, struct str value)
{
	struct words class_ = { .n = 0 };
	words_z(&class_, "button ");
	words_z(&class_, kind);
	html_open(&k->w, H_BUTTON);
	html_attr_z(&k->w, "type", "submit");
	html_attr(&k->w, "class", words_view(&class_));
	if (key != NULL)
		html_attr_z(&k->w, "data-key", key);
	if (name != NULL) {
		html_attr_z(&k->w, "name", name);
		html_attr(&k->w, "value", value);
	}
	if (symbol != NULL)
		icon(k, symbol);
	el_text(k, H_SPAN, NULL, label);
	html_close(&k->w, H_BUTTON);
}

static void
button(struct kit *k, const char *kind, const char *symbol, struct str label, const char *key)
{
	button_as(k, kind, symbol, label, key, NULL, STR_NONE);
}

void
fields_submit_as(struct kit *k, const char *kind, const char *symbol, struct str label, const char *name, struct str value)
{
	button_as(k, kind, symbol, label, NULL, name, value);
}

void
fields_submit(struct kit *k, const char *kind, const char *symbol, struct str label)
{
	el_open(k, H_P, "actions");
	button(k, kind, symbol, label, NULL);
	html_close(&k->w, H_P);
}

void
fields_key(struct kit *k, const char *purpose, const char *kind, const char *msgid)
{
	char class_[40];
	snprintf(class_, sizeof class_, "button %s", kind);
	el_open(k, H_P, "actions key");
	html_attr_z(&k->w, "data-passkey", purpose);
	html_attr_z(&k->w, "data-failed", tr(k->lang, N_("The key was not used: it was cancelled, took too long, or is not known here.")));
	html_flag(&k->w, "hidden");
	fields_hidden(k, strcmp(purpose, "register") == 0 ? "made" : "passkey", STR(""));
	el_open(k, H_BUTTON, class_);
	html_attr_z(&k->w, "type", "button");
	icon(k, "key");
	say(k, msgid);
	html_close(&k->w, H_BUTTON);
	el_open(k, H_SPAN, "error");
	html_attr_z(&k->w, "aria-live", "assertive");
	html_close(&k->w, H_SPAN);
	html_close(&k->w, H_P);
}

void
fields_button_form(struct kit *k, struct str action, const char *kind, const char *symbol, struct str label, const struct pair *hidden, size_t n, const char *key)
{
	el_open(k, H_FORM, "inline");
	html_attr_z(&k->w, "method", "post");
	html_attr(&k->w, "action", action);
	if (k->csrf.n > 0)
		fields_hidden(k, "csrf", k->csrf);
	for (size_t i = 0; i < n; i++) {
		html_open(&k->w, H_INPUT);
		html_attr_z(&k->w, "type", "hidden");
		html_attr(&k->w, "name", hidden[i].name);
		html_attr(&k->w, "value", hidden[i].value);
	}
	button(k, kind, symbol, label, key);
	html_close(&k->w, H_FORM);
}
