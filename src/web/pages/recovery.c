/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/recovery.c: « Clé perdue »: one person asks, another gives a one-time code that is shown this once; and « J'ai un code à usage unique », where it opens the making
 * of a new key and nothing else. It must never write the code anywhere but on the page of who gave it. Called by front through the rows at the end. Start at list_show.
 */
#include "pages/recovery.h"

#include <string.h>

#include "pages/session.h"

static const struct field ask_fields[] = {
	{ "login",  N_("Login"),                      FIELD_TOKEN, .max = 64, .required = true },
	{ "reason", N_("What happened?"),             FIELD_TEXT,  .min = 3, .max = 300, .required = true },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Request"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field give_fields[] = {
	{ "no",   N_("Request"),                    FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "drop", N_("Take it back"),               FIELD_FLAG },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field activate_fields[] = {
	{ "login",      N_("Login"),         FIELD_TEXT,  .max = 64, .required = true },
	{ "activation", N_("One-time code"), FIELD_TEXT, .max = 40, .required = true },
	FIELDS_END
};

static void
ask_names(const struct req *rq, struct asks *a, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
}

/* ---- the list, and asking ---- */

static enum rc
list_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "login", "reason", "code", "passkey" };
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "recovery_ask");
		ask_names(rq, a, names, sizeof names / sizeof names[0]);
	}
	ask_view(a, "recoveries");
	return RC_OK;
}

static void
draw_state(struct kit *k, struct row row)
{
	struct str state = row_get(row, "state");
	bool asked = str_eq(state, "asked"), given = str_eq(state, "given");
	status_chip(k, asked ? "warn" : given ? "info" : "plain", asked ? "warn" : given ? "key" : "check", asked ? N_("Waits for a second person") : given ? N_("Code given") : str_eq(state, "used") ? N_("Used") : N_("Over"));
	if (given) {
		struct words until = when_clinical_ms(k, row_i64(row, "until_at"));
		html_z(&k->w, " ");
		say_with(k, N_("opens until {1}"), words_view(&until));
	}
}

static void
draw_list(struct screen *sc)
{
	static const struct col cols[] = { { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("What happened"), NULL }, { N_("Asked for"), NULL }, { N_("State"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "recoveries") == 0)
		return;
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "recoveries") {
		struct words at = when_clinical_ms(k, row_i64(row, "asked_at"));
		bool live = str_eq(row_get(row, "state"), "asked") || str_eq(row_get(row, "state"), "given");
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		el_name(k, row_get(row, "name"));
		html_close(&k->w, H_TH);
		cell_say(k, role_label(role_of(arena_z(sc->rq->arena, row_get(row, "role")))));
		cell(k, row_get(row, "reason"));
		cell_open(k, NULL);
		html_text(&k->w, words_view(&at));
		html_z(&k->w, " · ");
		el_name(k, row_get(row, "asked_by_name"));
		cell_close(k);
		cell_open(k, NULL);
		draw_state(k, row);
		cell_close(k);
		cell_open(k, NULL);
		if (live)
			link_to(k, "button quiet", screen_join(sc->rq, STR("/recovery/give?no="), row_get(row, "no")), str_eq(row_get(row, "state"), "asked") && row_get(row, "mine").n == 0 ? N_("Confirm or take back") : N_("Take it back"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
list_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/recovery"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = STR("/recovery"), .id = "recovery", .class_ = "sheet narrow", .fields = ask_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0 };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Lost key"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Lost key"));
	el(k, H_P, NULL, N_("For somebody who has no way in any more. You ask; a person of another role or unit sees who it is, face to face, and gives a one-time code. The code makes a new key and opens nothing else. No key and no password of the person is taken away."));
	draw_list(&sc);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "login", NULL);
	fields_input(k, &s, "reason", &(struct look){ .wide = true });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "key", str_of(tr(k->lang, N_("Ask for a one-time code"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- the second person ---- */

static enum rc
give_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "code", "passkey" };
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, form_get(&rq->form, "drop").n > 0 ? "recovery_drop" : "recovery_give");
		ask_names(rq, a, names, sizeof names / sizeof names[0]);
	}
	ask_view(a, "recoveries");
	return RC_OK;
}

static void
draw_give(struct screen *sc, struct row row, bool drop)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST && drop == (form_get(&sc->rq->form, "drop").n > 0);
	struct sheet s = { .action = STR("/recovery/give"), .id = drop ? "drop" : "give", .class_ = "sheet narrow", .fields = give_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(row, "no"));
	if (drop)
		fields_hidden(k, "drop", STR("1"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, drop ? "quiet" : "primary", drop ? "trash" : "key", str_of(tr(k->lang, drop ? N_("Take it back") : N_("I have seen who it is: give the code"))));
	fields_close(k);
}

static enum rc
given_show(struct screen *sc, struct row made)
{
	struct kit *k = &sc->k;
	struct words until = when_clinical_ms(k, row_i64(made, "until_at"));
	screen_begin(sc, N_("One-time code"));
	el(k, H_H1, NULL, N_("One-time code"));
	el_open(k, H_DIV, "card");
	el(k, H_P, NULL, N_("Give it to the person now. It is shown this once only, opens once, and makes a new key."));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Name"), row_get(made, "name"));
	pair_text(k, N_("Login"), row_get(made, "login"));
	pair_open(k, N_("One-time code"));
	struct str code = row_get(made, "code");
	el_open(k, H_CODE, "number");
	for (size_t i = 0; i + 4 <= code.n; i += 4) {
		if (i)
			html_text(&k->w, STR("-"));
		html_text(&k->w, (struct str){ code.p + i, 4 });
	}
	html_close(&k->w, H_CODE);
	pair_close(k);
	pair_text(k, N_("Opens until"), words_view(&until));
	html_close(&k->w, H_DL);
	el(k, H_P, NULL, N_("The person types it on the sign-in page, under “I have a one-time code”, at a computer where the new key can be plugged in or touched."));
	link_to(k, "button primary", STR("/recovery"), N_("Done"));
	html_close(&k->w, H_DIV);
	return screen_end(sc);
}

static enum rc
give_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row made = release_set(rel, "recovery"), asked = { 0 };
	bool done = rq->method == HTTP_POST && screen_done(rq, rel);
	screen_init(&sc, rq, rel, out);
	if (done && row_is(made) && row_has(made, "code"))
		return given_show(&sc, made);
	if (done) {
		reply_redirect(out, STR("/recovery"));
		return RC_OK;
	}
	for release_each (row, rel, "recoveries")
		if (str_is(row_get(row, "no"), form_typed(&rq->form, "no")))
			asked = row;
	screen_begin(&sc, N_("Lost key"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Lost key"));
	if (!row_is(asked) || str_eq(row_get(asked, "state"), "used") || str_eq(row_get(asked, "state"), "over")) {
		empty_state(k, N_("This request is over."), STR("/recovery"), N_("Lost key"));
		return screen_end(&sc);
	}
	el_open(k, H_P, "note");
	say_with(k, N_("{1} asked for a one-time code for {2}: “{3}”."), row_get(asked, "asked_by_name"), row_get(asked, "name"), row_get(asked, "reason"));
	html_close(&k->w, H_P);
	if (str_eq(row_get(asked, "state"), "asked") && row_get(asked, "mine").n == 0) {
		el(k, H_P, NULL, N_("See the person, or call back on a number that you know, before you give it. A message or a call from outside is not enough."));
		draw_give(&sc, asked, false);
	}
	draw_give(&sc, asked, true);
	return screen_end(&sc);
}

/* ---- who has the code ---- */

static enum rc
activate_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "activate");
	ask_arg(a, "login", form_get(&rq->form, "login"));
	ask_arg(a, "activation", form_get(&rq->form, "activation"));
	return RC_OK;
}

static enum rc
activate_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row session = rel != NULL ? release_set(rel, "session") : (struct row){ 0 };
	if (rq->method == HTTP_POST && rel != NULL && screen_done(rq, rel) && row_is(session)) {
		reply_cookie(out, rq, row_get(session, "token"));
		reply_redirect(out, STR("/activate/key"));
		return RC_OK;
	}
	struct screen sc;
	enum why why = rel != NULL && rq->method == HTTP_POST && rq->form.n_bad == 0 ? release_problem(rel)->why : WHY_NONE;
	struct fault fault = { NULL, why, NULL };
	struct sheet s = { .action = STR("/activate"), .id = "activate", .class_ = "sheet narrow", .fields = activate_fields, .form = rq->method == HTTP_POST ? &rq->form : NULL,
		.faults = &fault, .n_faults = why != WHY_NONE };
	screen_init(&sc, rq, rel, out);
	sc.shell.signed_in = false;
	screen_begin(&sc, N_("One-time code"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("One-time code"));
	el(k, H_P, NULL, N_("You have lost your key, and a colleague gave you a code. It opens once, and makes a new key: have it at hand."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "login", &(struct look){ .autocomplete = "username", .autofocus = true });
	fields_input(k, &s, "activation", &(struct look){ .autocomplete = "one-time-code", .hint = N_("Six groups of four letters and figures") });
	fields_submit(k, "primary", "key", str_of(tr(k->lang, N_("Go on"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/sign-in"), N_("Sign in"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

static const struct field key_fields[] = {
	{ "label", N_("Name of the key"), FIELD_TEXT,  .max = 60, .required = true },
	{ "made",  N_("New key"),         FIELD_TOKEN, .max = SESSION_KEY_MAX },
	FIELDS_END
};

static enum rc
key_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "passkey_add");
	ask_arg(a, "label", form_get(&rq->form, "label"));
	ask_arg(a, "made", form_get(&rq->form, "made"));
	return RC_OK;
}

static enum rc
key_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	bool posted = rq->method == HTTP_POST;
	if (posted && rel != NULL && screen_done(rq, rel)) {
		reply_cookie(out, rq, STR_NONE);
		reply_redirect(out, STR("/sign-in"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	struct sheet s = { .action = STR("/activate/key"), .id = "add-key", .class_ = "sheet narrow", .fields = key_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0 };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Make your new key"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Make your new key"));
	el(k, H_P, NULL, N_("Afterwards you sign in with it. Your other keys and your code still open: revoke what you have lost under My keys."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "label", &(struct look){ .wide = true, .autofocus = true, .hint = N_("So that you know it again: badge, phone, drawer") });
	fields_key(k, "register", "primary", N_("Add this key"));
	el_open(k, H_P, "note without-key");
	say(k, N_("To add a key, the browser must know passkeys and let this page's script run."));
	html_close(&k->w, H_P);
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_recovery[] = {
	{ HTTP_GET,  "/recovery",      MAY_MANAGE | MAY_RELEASE, REVEALS_META, .ask = list_ask, .show = list_show, .menu = N_("Lost key"), .icon = "key" },
	{ HTTP_POST, "/recovery",      MAY_MANAGE | MAY_RELEASE, REVEALS_META, .fields = ask_fields, .ask = list_ask, .show = list_show },
	{ HTTP_GET,  "/recovery/give", MAY_MANAGE | MAY_RELEASE, REVEALS_META, .fields = no_fields, .ask = give_ask, .show = give_show },
	{ HTTP_POST, "/recovery/give", MAY_MANAGE | MAY_RELEASE, REVEALS_META, .fields = give_fields, .ask = give_ask, .show = give_show },
	{ HTTP_GET,  "/activate",      MAY_ANYONE, REVEALS_NOTHING, .ask = activate_ask, .show = activate_show },
	{ HTTP_POST, "/activate",      MAY_ANYONE, REVEALS_NOTHING, .fields = activate_fields, .ask = activate_ask, .show = activate_show },
	{ HTTP_GET,  "/activate/key",  MAY_ANYONE, REVEALS_NOTHING, .ask = key_ask, .show = key_show },
	{ HTTP_POST, "/activate/key",  MAY_ANYONE, REVEALS_NOTHING, .fields = key_fields, .ask = key_ask, .show = key_show },
	{ .path = NULL },
};
