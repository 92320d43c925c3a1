/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/session.c: coming in and going out: sign-in (in a demonstration with the people to choose from), sign-out, lock, unlock, choice of unit, language.
 * It must never echo a password or a code, say which of name, password and code was wrong, or send a person to an address from outside.
 * Called by front through the rows at the end. Start at session_draw_sign_in.
 */
#include "pages/session.h"

#include <string.h>

#include "codec/url.h"
#include "front/demo.h"

#define KEPT_FIELD  { "kept", N_("What was typed before"), FIELD_TOKEN, .max = KEPT_MAX } /* sealed: nobody reads it here */
#define KEPT_FIELDS 256         /* as many as front takes of a form */
#define WAY_IN_MAX (128u << 10) /* bytes: what is kept, and a key's answer beside it */

static const struct field sign_in_fields[] = {
	{ "login",    N_("Login"),                      FIELD_TEXT,   .max = 64,  .required = true },
	{ "password", N_("Password"),                   FIELD_SECRET, .max = 1000, .required = true },
	{ "code",     N_("Code of your second factor"), FIELD_TOKEN,  .max = 16,  .required = true },
	FIELDS_END
};
/* The same with a passkey instead: what is missing then is the gate's to say. */
static const struct field sign_in_sent[] = {
	{ "login",    N_("Login"),                      FIELD_TEXT,   .max = 64 },
	{ "password", N_("Password"),                   FIELD_SECRET, .max = 1000 },
	{ "code",     N_("Code of your second factor"), FIELD_TOKEN,  .max = 16 },
	SESSION_KEY_FIELD,
	KEPT_FIELD,
	{ "as",       N_("Login"),                      FIELD_TOKEN,  .max = 64 }, /* a demonstration's choice, where the form carries what is kept */
	FIELDS_END
};
static const struct field sign_in_as_fields[] = {
	{ "as", N_("Login"), FIELD_TOKEN, .max = 64 },
	FIELDS_END
};

static bool
is_session_page(const struct page *page)
{
	static const char *const own[] = { "/lock", "/unlock", "/sign-in", "/sign-out", "/" };
	for (size_t i = 0; page != NULL && i < sizeof own / sizeof own[0]; i++)
		if (strcmp(page->path, own[i]) == 0)
			return true;
	return page == NULL;
}

/* ---- what was typed before, by whoever it was ---- */

/* The two pages that are sent to come in: what was carried to them goes on. */
static bool
is_way_in(const struct req *rq)
{
	return rq->method == HTTP_POST && rq->page != NULL && (strcmp(rq->page->path, "/sign-in") == 0 || strcmp(rq->page->path, "/unlock") == 0);
}

static bool
has_screen(const struct page *page)
{
	const struct page *const *all;
	size_t n = front_pages(&all);
	for (size_t i = 0; i < n; i++)
		if (all[i]->method != HTTP_POST && strcmp(all[i]->path, page->path) == 0)
			return true;
	return false;
}

/* Where to go once in: the page that was asked for. */
static struct str
next_of(const struct req *rq)
{
	if (is_way_in(rq))
		return form_get(&rq->form, "next");
	return !is_session_page(rq->page) && rq->http != NULL && has_screen(rq->page) ? rq->http->path : STR_NONE;
}

static struct str
kept_of(const struct req *rq, const struct release *rel)
{
	if (is_way_in(rq))
		return form_get(&rq->form, "kept");
	struct row row = rel != NULL ? release_set(rel, "kept") : (struct row){ .at = 0 };
	return row_is(row) ? row_get(row, "text") : STR_NONE;
}

static bool
said_something(const struct req *rq)
{
	bool said = false;
	for (size_t i = 0; i < rq->form.n; i++)
		said = said || (rq->form.at[i].typed.n > 0 && strcmp(rq->form.at[i].field->name, "csrf") != 0 && strcmp(rq->form.at[i].field->name, "next") != 0);
	return said && rq->method == HTTP_POST && !is_session_page(rq->page);
}

/* One sentence on what was sent, and the hidden inputs that go on; how many. */
static size_t
carry_on(struct screen *sc, const char *is_kept, struct pair to[2])
{
	struct str next = next_of(sc->rq), kept = kept_of(sc->rq, sc->rel);
	size_t n = 0;
	if (next.n > 0)
		to[n++] = (struct pair){ STR("next"), next };
	if (kept.n > 0)
		to[n++] = (struct pair){ STR("kept"), kept };
	if (kept.n > 0)
		el(&sc->k, H_P, NULL, is_kept);
	else if (said_something(sc->rq))
		el(&sc->k, H_P, NULL, N_("What was sent was not carried out, and could not be kept. It may still stand on the page before this one."));
	return n;
}

static struct str
new_token(const struct release *rel)
{
	struct row row = release_set(rel, "session");
	return row_is(row) ? row_get(row, "token") : STR_NONE;
}

/* What was stopped because the session was locked or over, to be sent again by a deliberate press. RC_NOT_FOUND: there is nothing of this person's. */
static enum rc
draw_resend(const struct req *rq, const struct release *rel, struct reply *out, const char *title, const char *words)
{
	struct row row = release_set(rel, "kept");
	struct str said = STR_NONE, to = row_is(row) ? str_cut(row_get(row, "text"), '?', &said) : STR_NONE;
	struct pairs pairs;
	struct problem p;
	if (to.n < 2 || to.p[0] != '/' || to.p[1] == '/' || url_pairs(said, KEPT_FIELDS, rq->arena, &pairs, &p) != RC_OK)
		return RC_NOT_FOUND;
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	sc.k.csrf = front_csrf(rq, new_token(rel));
	screen_begin(&sc, title);
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, title);
	el(k, H_P, NULL, words);
	el_open(k, H_DIV, "actions");
	fields_button_form(k, to, "primary", "check", str_of(tr(k->lang, N_("Send it now"))), pairs.at, pairs.n, NULL);
	link_to(k, "button quiet", STR("/"), N_("Give it up"));
	html_close(&k->w, H_DIV);
	return screen_end(&sc);
}

/* ---- sign in ---- */

static const struct demo_person *
demo_person_of(const struct req *rq, struct str login)
{
	const struct demo_people *people = rq->demo ? front_demo_people() : NULL;
	for (size_t i = 0; people != NULL && i < people->n; i++)
		if (str_eq(login, people->at[i].login))
			return &people->at[i];
	return NULL;
}

/* Somebody of a demonstration was chosen by a button of the form: it is drawn again, filled. */
static bool
is_chosen(const struct req *rq)
{
	return rq->demo && rq->method == HTTP_POST && form_get(&rq->form, "as").n > 0;
}

static void
draw_person(struct screen *sc, const struct demo_person *who, bool chosen, bool carries)
{
	struct kit *k = &sc->k;
	struct buf href;
	buf_init(&href, 200);
	buf_z(&href, "/sign-in?as=");
	url_part(&href, str_of(who->login));
	html_open(&k->w, H_LI);
	html_open(&k->w, carries ? H_BUTTON : H_A);
	if (carries) {
		html_attr_z(&k->w, "type", "submit");
		html_attr_z(&k->w, "form", "sign-in");
		html_attr_z(&k->w, "name", "as");
		html_attr_z(&k->w, "value", who->login);
	} else {
		html_attr(&k->w, "href", buf_view(&href));
	}
	if (chosen)
		html_attr_z(&k->w, "aria-current", "true");
	el(k, H_B, NULL, role_label(who->role));
	html_open(&k->w, H_SPAN);
	el_name(k, str_of(who->name));
	if (who->unit_name[0] != '\0') {
		html_z(&k->w, " · ");
		html_text(&k->w, str_of(who->unit_name));
	}
	html_close(&k->w, H_SPAN);
	html_close(&k->w, carries ? H_BUTTON : H_A);
	html_close(&k->w, H_LI);
	buf_done(&href);
}

static void
draw_people(struct screen *sc, const struct demo_person *chosen, bool carries)
{
	struct kit *k = &sc->k;
	const struct demo_people *people = front_demo_people();
	if (people == NULL)
		return;
	html_open(&k->w, H_SECTION);
	html_attr_z(&k->w, "aria-labelledby", "people");
	el_open(k, H_H2, NULL);
	html_attr_z(&k->w, "id", "people");
	say(k, N_("Who would you like to be?"));
	html_close(&k->w, H_H2);
	el(k, H_P, NULL, N_("This is a demonstration on this machine only. All persons are invented. Choose someone: the form is filled for you."));
	el_open(k, H_UL, "people");
	for (size_t i = 0; i < people->n; i++)
		draw_person(sc, &people->at[i], &people->at[i] == chosen, carries);
	html_close(&k->w, H_UL);
	html_close(&k->w, H_SECTION);
}

/* Demonstration only: this input is the one place where a password is written into a page, and it is not a secret there. */
static void
draw_demo_secret(struct screen *sc, const char *name, const char *label, const char *value, const char *hint)
{
	struct kit *k = &sc->k;
	el_open(k, H_DIV, "field");
	html_open(&k->w, H_LABEL);
	say(k, label);
	html_open(&k->w, H_INPUT);
	html_attr_z(&k->w, "type", "text");
	html_attr_z(&k->w, "name", name);
	html_attr_z(&k->w, "autocomplete", "off");
	html_attr_z(&k->w, "value", value);
	html_close(&k->w, H_LABEL);
	if (hint != NULL)
		el(k, H_SPAN, "hint", hint);
	html_close(&k->w, H_DIV);
}

void
session_code(struct screen *sc, const struct sheet *s, const char *purpose, bool autofocus)
{
	char code[7];
	const struct demo_person *demo = sc->rel != NULL ? demo_person_of(sc->rq, release_who(sc->rel)->login) : NULL;
	if (demo != NULL && demo_code(demo, sc->rq->now_ms, code))
		draw_demo_secret(sc, "code", N_("Code of your second factor"), code, N_("Opens once; a new one comes every 30 seconds: open this page again."));
	else
		fields_input(&sc->k, s, "code", &(struct look){ .autocomplete = "one-time-code", .inputmode = "numeric", .autofocus = autofocus, .hint = N_("Six figures from your authenticator") });
	if (purpose != NULL)
		fields_key(&sc->k, purpose, "quiet", N_("Use my key"));
}

enum rc
session_draw_sign_in(const struct req *rq, const struct release *rel, struct reply *out, enum why why)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST && rq->page != NULL && strcmp(rq->page->path, "/sign-in") == 0;
	const struct demo_person *demo = demo_person_of(rq, posted && !is_chosen(rq) ? form_get(&rq->form, "login") : form_get(&rq->form, "as"));
	sc.shell.signed_in = false;
	screen_begin(&sc, N_("Sign in"));
	el(k, H_H1, NULL, N_("Sign in"));
	el_open(k, H_DIV, rq->demo ? "two" : NULL);
	bool missing = why == WHY_FIELD_REQUIRED && rel != NULL;
	struct fault fault = { missing ? arena_z(rq->arena, str_of(release_problem(rel)->where)) : NULL, why, NULL };
	struct pair now = { STR("login"), demo != NULL ? str_of(demo->login) : STR_NONE };
	struct sheet s = {
		.action = STR("/sign-in"), .id = "sign-in", .class_ = "sheet narrow", .fields = sign_in_fields, .form = posted && !is_chosen(rq) ? &rq->form : NULL,
		.now = &now, .n_now = 1, .faults = &fault, .n_faults = why != WHY_NONE && why != WHY_SIGN_IN && why != WHY_NOT_SIGNED_IN ? 1 : 0,
	};
	fields_open(k, &s);
	fields_summary(k, &s);
	struct pair carried[2];
	size_t n = carry_on(&sc, N_("What was sent was not carried out. This page keeps it, unreadable, for the person who typed it: after signing in they are asked whether to send it. Nobody else sees it."), carried);
	for (size_t i = 0; i < n; i++)
		fields_hidden(k, carried[i].name.p, carried[i].value);
	fields_key(k, "sign_in", "primary", N_("Use my key"));
	fields_input(k, &s, "login", &(struct look){ .autocomplete = "username", .autofocus = demo == NULL });
	char code[7];
	if (demo != NULL && demo_code(demo, rq->now_ms, code)) {
		draw_demo_secret(&sc, "password", sign_in_fields[1].label, demo->password, NULL);
		draw_demo_secret(&sc, "code", sign_in_fields[2].label, code, N_("Opens once; a new one comes every 30 seconds: open this page again."));
	} else {
		fields_input(k, &s, "password", &(struct look){ .autocomplete = "current-password" });
		fields_input(k, &s, "code", &(struct look){ .autocomplete = "one-time-code", .inputmode = "numeric", .hint = N_("Six figures from your authenticator") });
	}
	fields_submit(k, "primary", "arrive", str_of(tr(k->lang, N_("Sign in"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/activate"), N_("I have lost my key and have a one-time code"));
	html_close(&k->w, H_P);
	if (rq->demo)
		draw_people(&sc, demo, kept_of(rq, rel).n > 0);
	html_close(&k->w, H_DIV);
	return screen_end(&sc);
}

static enum rc
ask_nothing(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)a;
	(void)p;
	return RC_OK;
}

static enum rc
sign_in_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	return session_draw_sign_in(rq, rel, out, WHY_NONE);
}

static void
ask_kept(const struct req *rq, struct asks *a)
{
	if (form_get(&rq->form, "kept").n > 0)
		ask_arg(a, "kept", form_get(&rq->form, "kept"));
}

static enum rc
sign_in_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad > 0 || is_chosen(rq))
		return RC_OK;
	ask_act(a, "sign_in");
	if (rq->agent.n > 0)
		ask_arg(a, "agent", rq->agent);
	ask_kept(rq, a);
	if (form_get(&rq->form, "passkey").n > 0) {
		ask_arg(a, "passkey", form_get(&rq->form, "passkey"));
		return RC_OK;
	}
	ask_arg(a, "login", form_get(&rq->form, "login"));
	ask_arg(a, "password", form_get(&rq->form, "password"));
	ask_arg(a, "code", form_get(&rq->form, "code"));
	return RC_OK;
}

static enum rc
sign_in_done(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (is_chosen(rq))
		return session_draw_sign_in(rq, rel, out, WHY_NONE);
	if (!screen_done(rq, rel)) {
		out->status = rq->form.n_bad > 0 || release_problem(rel)->rc == RC_BAD_INPUT ? 422 : 401;
		return session_draw_sign_in(rq, rel, out, rq->form.n_bad > 0 ? WHY_NONE : release_problem(rel)->why);
	}
	reply_cookie(out, rq, new_token(rel));
	if (draw_resend(rq, rel, out, N_("Signed in"), N_("What you sent after your session had ended was kept, and has not been carried out yet.")) == RC_OK)
		return RC_OK;
	/* What was kept belongs to somebody else: so does the page that it was for. */
	struct str next = form_get(&rq->form, "kept").n > 0 ? STR_NONE : form_get(&rq->form, "next");
	reply_redirect(out, next.n > 0 ? next : STR("/"));
	return RC_OK;
}

/* ---- sign out, lock, unlock ---- */

static enum rc
sign_out_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_act(a, "sign_out");
	return RC_OK;
}

static enum rc
sign_out_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rel;
	reply_cookie(out, rq, STR_NONE);
	reply_redirect(out, STR("/sign-in"));
	return RC_OK;
}

static enum rc
lock_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_act(a, "lock");
	return RC_OK;
}

static enum rc
lock_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	return session_draw_lock(rq, rel, out, WHY_NONE);
}

static const struct field unlock_fields[] = { /* password and code, or a passkey: the gate says what is missing */
	{ "password", N_("Password"),                   FIELD_SECRET, .max = 1000 },
	{ "code",     N_("Code of your second factor"), FIELD_TOKEN,  .max = 16 },
	SESSION_KEY_FIELD,
	KEPT_FIELD,
	FIELDS_END
};

enum rc
session_draw_lock(const struct req *rq, const struct release *rel, struct reply *out, enum why why)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	struct str person = sc.shell.person;
	sc.shell.signed_in = false;         /* nothing of the session but its owner's name */
	screen_begin(&sc, N_("Session locked"));
	el_open(k, H_H1, NULL);
	icon(k, "lock");
	html_z(&k->w, " ");
	say(k, N_("Session locked"));
	html_close(&k->w, H_H1);
	if (why != WHY_NONE && why != WHY_LOCKED) {
		el_open(k, H_DIV, "faults");
		html_attr_z(&k->w, "role", "alert");
		say(k, why_row(why)->sentence);
		html_close(&k->w, H_DIV);
	}
	struct pair carried[2];
	size_t n = carry_on(&sc, N_("What you sent was not carried out. It is kept here, unreadable, and offered again once you have unlocked."), carried);
	shell_unlock(k, person, carried, n, true);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/sign-in"), N_("Sign in as someone else"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

static enum rc
unlock_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "unlock");
	ask_kept(rq, a);
	if (form_get(&rq->form, "passkey").n > 0) {
		ask_arg(a, "passkey", form_get(&rq->form, "passkey"));
		return RC_OK;
	}
	ask_arg(a, "password", form_get(&rq->form, "password"));
	ask_arg(a, "code", form_get(&rq->form, "code"));
	return RC_OK;
}

static enum rc
unlock_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (!screen_done(rq, rel)) {
		out->status = rq->form.n_bad > 0 || release_problem(rel)->rc == RC_BAD_INPUT ? 422 : 401;
		return session_draw_lock(rq, rel, out, rq->form.n_bad > 0 ? rq->form.bad[0].why : release_problem(rel)->why);
	}
	reply_cookie(out, rq, new_token(rel));
	if (rq->fragment) {                  /* the overlay: the page below goes on with the new token */
		struct html w;
		html_init(&w, &out->body);
		html_open(&w, H_P);
		html_attr(&w, "data-csrf", front_csrf(rq, new_token(rel)));
		html_close(&w, H_P);
		return html_end(&w, NULL);
	}
	if (draw_resend(rq, rel, out, N_("Session unlocked"), N_("What you sent before the lock was kept and has not been carried out yet.")) == RC_OK)
		return RC_OK;
	struct str next = form_get(&rq->form, "next");
	reply_redirect(out, next.n > 0 ? next : STR("/"));
	return RC_OK;
}

/* ---- unit ---- */

static enum rc
unit_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "my_units");
	return RC_OK;
}

static enum rc
unit_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Choose my unit"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Choose my unit"));
	el(k, H_P, NULL, N_("The patients present in the unit you choose open without further question. The choice is written in the access log."));
	size_t n = 0;
	el_open(k, H_UL, "people");
	for release_each (row, rel, "units") {
		struct pair hidden = { STR("unit"), row_has(row, "unit") ? row_get(row, "unit") : row_get(row, "id") };
		struct str label = row_has(row, "unit_name") ? row_get(row, "unit_name") : row_get(row, "name");
		html_open(&k->w, H_LI);
		fields_button_form(k, STR("/unit/choose"), row_get(row, "current").n > 0 ? "primary" : "quiet", "bed", label.n > 0 ? label : hidden.value, &hidden, 1, NULL);
		html_close(&k->w, H_LI);
		n++;
	}
	html_close(&k->w, H_UL);
	if (n == 0)
		empty_state(k, N_("Your account is tied to no unit. The administrator can add one."), STR_NONE, NULL);
	return screen_end(&sc);
}

static const struct field unit_fields[] = {
	{ "unit", N_("Unit"), FIELD_ID, .required = true },
	FIELDS_END
};

static enum rc
unit_choose_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (rq->form.n_bad > 0)
		return unit_ask(rq, a, p);
	ask_act(a, "declare_unit");
	ask_arg(a, "unit", form_get(&rq->form, "unit"));
	return RC_OK;
}

static enum rc
unit_choose_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (!screen_done(rq, rel))
		return unit_show(rq, rel, out);
	struct str token = new_token(rel);
	if (token.n > 0)
		reply_cookie(out, rq, token);
	reply_redirect(out, STR("/"));
	return RC_OK;
}

/* ---- language ---- */

static enum rc
lang_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	(void)rel;
	reply_lang(out, rq->page != NULL && str_ends(str_of(rq->page->path), STR("/en")) ? LANG_EN : LANG_FR);
	reply_redirect(out, STR("/"));
	return RC_OK;
}

const struct page pages_session[] = {
	{ HTTP_GET,  "/sign-in",     MAY_ANYONE,    REVEALS_NOTHING, .fields = sign_in_as_fields, .ask = ask_nothing, .show = sign_in_show },
	{ HTTP_POST, "/sign-in",     MAY_ANYONE,    REVEALS_NOTHING, .fields = sign_in_sent, .body_max = WAY_IN_MAX, .ask = sign_in_ask, .show = sign_in_done },
	{ HTTP_POST, "/sign-out",    MAY_SIGNED_IN, REVEALS_NOTHING, .ask = sign_out_ask, .show = sign_out_show },
	{ HTTP_POST, "/lock",        MAY_SIGNED_IN, REVEALS_NOTHING, .ask = lock_ask, .show = lock_show },
	{ HTTP_POST, "/unlock",      MAY_ANYONE,    REVEALS_NOTHING, .fields = unlock_fields, .body_max = WAY_IN_MAX, .ask = unlock_ask, .show = unlock_show },
	{ HTTP_GET,  "/unit/choose", MAY_WORK_LIST, REVEALS_META,    .ask = unit_ask, .show = unit_show },
	{ HTTP_POST, "/unit/choose", MAY_WORK_LIST, REVEALS_META,    .fields = unit_fields, .ask = unit_choose_ask, .show = unit_choose_show },
	{ HTTP_GET,  "/lang/fr",     MAY_ANYONE,    REVEALS_NOTHING, .ask = ask_nothing, .show = lang_show },
	{ HTTP_GET,  "/lang/en",     MAY_ANYONE,    REVEALS_NOTHING, .ask = ask_nothing, .show = lang_show },
	{ .path = NULL },
};
