/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/account.c: the administrator's accounts, and everyone's own password. No patient data on any of these pages.
 * It must never show a password, and a new factor's secret only once, on the page that made it. Called by front through the rows at the end.
 * Start at accounts_show.
 */
#include "pages/account.h"

#include <string.h>

#include "pages/session.h"

#define FAULTS 8

static const struct choice roles[] = {
	{ "clerk", N_("Admission clerk") }, { "nurse", N_("Nurse") }, { "physician", N_("Physician") }, { "pharmacist", N_("Pharmacist") },
	{ "technician", N_("Pharmacy technician") }, { "billing", N_("Billing") },
	{ "rssi", N_("Security officer") }, { "dpo", N_("Data protection officer") }, { "admin", N_("Administrator") }, { NULL, NULL },
};
static const struct choice langs[] = { { "fr", N_("French") }, { "en", N_("English") }, { NULL, NULL } };
static const struct choice works[] = { { "role", N_("As the role") }, { "emergency", N_("Emergency unit, replacement pool") }, { NULL, NULL } };
static const struct field work_fields[] = {
	{ "login", N_("Login"), FIELD_TOKEN, .max = 64, .required = true },
	{ "work",  N_("Work"),  FIELD_CODE,  .required = true, .choices = works },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field add_fields[] = {
	{ "login",        N_("Login"),          FIELD_TOKEN,  .min = 2, .max = 64, .required = true },
	{ "name",         N_("Name"),           FIELD_TEXT,   .max = 100, .required = true },
	{ "role",         N_("Role"),           FIELD_CODE,   .required = true, .choices = roles },
	{ "work",         N_("Work"),           FIELD_CODE,   .choices = works },
	{ "units",        N_("Unit (its number)"), FIELD_ID },
	{ "practitioner", N_("Practitioner (its number)"), FIELD_ID },
	{ "lang",         N_("Language"),       FIELD_CODE,   .choices = langs },
	{ "until",        N_("Last day of contract"), FIELD_DATE },
	{ "password",     N_("First password"), FIELD_SECRET, .max = 1000, .required = true },
	{ "code",         N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct choice answers[] = { { "confirm", N_("Confirm it: I know who it is, and the role is right") }, { "down", N_("Turn it down: it stays closed for good") }, { NULL, NULL } };
static const struct field confirm_fields[] = {
	{ "login", N_("Login"),        FIELD_TOKEN, .max = 64, .required = true },
	{ "seen",  N_("Account"),      FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "answer", N_("Your answer"), FIELD_CODE,  .required = true, .choices = answers },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field until_fields[] = {
	{ "login", N_("Login"),                FIELD_TOKEN, .max = 64, .required = true },
	{ "until", N_("Last day of contract"), FIELD_DATE },
	FIELDS_END
};
static const struct field until_of[] = { { "login", N_("Login"), FIELD_TOKEN, .max = 64, .required = true }, FIELDS_END };
static const struct field switch_fields[] = {
	{ "disable", N_("Disable"), FIELD_TOKEN, .max = 64 },     /* the pressed button's login: one form for the whole list keeps the page small */
	{ "enable",  N_("Enable"),  FIELD_TOKEN, .max = 64 },
	FIELDS_END
};
static const struct field list_fields[] = {
	{ "after", N_("Page"), FIELD_TOKEN, .max = 64 },
	FIELDS_END
};
static const struct field password_fields[] = {
	{ "old_password", N_("Present password"), FIELD_SECRET, .max = 1000, .required = true },
	{ "password",     N_("New password"),     FIELD_SECRET, .max = 1000, .required = true },
	FIELDS_END
};

/* ---- list ---- */

static enum rc
accounts_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str enable = form_get(&rq->form, "enable"), disable = form_get(&rq->form, "disable");
	if (rq->method == HTTP_POST && rq->form.n_bad == 0 && (enable.n > 0 || disable.n > 0)) {
		ask_act(a, enable.n > 0 ? "account_enable" : "account_disable");
		ask_arg(a, "login", enable.n > 0 ? enable : disable);
	}
	ask_view(a, "accounts");
	if (rq->method != HTTP_POST && form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	else
		ask_view(a, "accounts_ending");
	return RC_OK;
}

static void
draw_account(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	bool off = row_get(row, "disabled").n > 0;
	const char *role = role_label(role_of(arena_z(sc->rq->arena, row_get(row, "role"))));
	table_row(k);
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	html_text(&k->w, row_get(row, "login"));
	html_close(&k->w, H_TH);
	cell_open(k, NULL);
	el_name(k, row_get(row, "name"));
	cell_close(k);
	cell_say(k, role[0] != '\0' ? role : N_("Unknown"));
	cell_open(k, NULL);
	html_text(&k->w, row_has(row, "unit_name") ? row_get(row, "unit_name") : row_get(row, "unit"));
	cell_close(k);
	cell_open(k, NULL);
	bool asleep = !off && row_get(row, "asleep").n > 0;
	status_chip(k, off || asleep ? "dash" : "ok", off || asleep ? "lock" : "check", off ? N_("Disabled") : asleep ? N_("Closed: not used") : N_("In use"));
	if (row_has(row, "until_at")) {
		struct words at = when_clinical_ms(k, row_i64(row, "until_at") - 1);
		html_z(&k->w, " ");
		say_with(k, N_("until {1}"), words_view(&at));
	}
	cell_close(k);
	cell_open(k, NULL);
	el_open(k, H_BUTTON, "button quiet");
	html_attr_z(&k->w, "name", off ? "enable" : "disable");
	html_attr(&k->w, "value", row_get(row, "login"));
	say_with(k, off ? N_("Enable {1}") : N_("Disable {1}"), row_get(row, "login"));
	html_close(&k->w, H_BUTTON);
	if (asleep) {
		el_open(k, H_BUTTON, "button quiet");
		html_attr_z(&k->w, "name", "enable");
		html_attr(&k->w, "value", row_get(row, "login"));
		say_with(k, N_("Open {1} again"), row_get(row, "login"));
		html_close(&k->w, H_BUTTON);
	}
	html_z(&k->w, " ");
	link_to(k, NULL, screen_join(sc->rq, STR("/accounts/until?login="), row_get(row, "login")), N_("Contract"));
	html_z(&k->w, " ");
	link_to(k, NULL, screen_join(sc->rq, STR("/accounts/work?login="), row_get(row, "login")), N_("Work"));
	html_z(&k->w, " ");
	link_to(k, NULL, screen_join(sc->rq, STR("/accounts/keys?login="), row_get(row, "login")), N_("Keys"));
	cell_close(k);
	table_row_end(k);
}

/* Accounts that end soon or have ended, and why: the first thing an administrator reads. */
static void
draw_ending(struct screen *sc)
{
	static const struct col cols[] = { { N_("Login"), NULL }, { N_("Name"), NULL }, { N_("Role"), NULL }, { N_("Unit"), NULL }, { N_("Why"), NULL }, { N_("On"), "time" } };
	static const struct { const char *why, *said; } whys[] = {
		{ "asleep", N_("Closed: nobody signed in") }, { "soon", N_("Will close: nobody signs in") }, { "ended", N_("Contract over: disable it") }, { "ends", N_("Contract ends") },
	};
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "ending") == 0)
		return;
	table_open(k, N_("Accounts that end, or have ended"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "ending") {
		const char *why = N_("Unknown");
		for (size_t i = 0; i < sizeof whys / sizeof whys[0]; i++)
			if (str_eq(row_get(row, "why"), whys[i].why))
				why = whys[i].said;
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		html_text(&k->w, row_get(row, "login"));
		html_close(&k->w, H_TH);
		cell_open(k, NULL);
		el_name(k, row_get(row, "name"));
		cell_close(k);
		cell_say(k, role_label(role_of(arena_z(sc->rq->arena, row_get(row, "role")))));
		cell(k, row_get(row, "unit_name"));
		cell_say(k, why);
		cell_time_ms(k, row_i64(row, "at"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
accounts_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Login"), NULL }, { N_("Name"), NULL }, { N_("Role"), NULL }, { N_("Unit"), NULL }, { N_("State"), NULL }, { N_("Action"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/accounts"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Accounts"));
	struct kit *k = &sc.k;
	size_t n = rows_count(release_rows(rel), "accounts");
	el_open(k, H_DIV, "head");
	el(k, H_H1, NULL, N_("Accounts"));
	link_to(k, "button primary", STR("/accounts/new"), N_("New account"));
	html_close(&k->w, H_DIV);
	screen_refusal(&sc);
	draw_ending(&sc);
	el(k, H_P, "state", N_("Sorted by login. An administrator opens no patient record: rights over settings are not rights over records."));
	fields_open(k, &(struct sheet){ .action = STR("/accounts"), .id = "accounts", .class_ = "list" });
	table_open(k, N_("Accounts"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "accounts")
		draw_account(&sc, row);
	table_close(k);
	fields_close(k);
	struct row page = release_set(rel, "page");
	if (n > 0 && row_is(page) && row_has(page, "next")) {
		struct buf href;
		buf_init(&href, 400);
		buf_z(&href, "/accounts?after=");
		url_part(&href, row_get(page, "next"));
		link_to(k, "button quiet", buf_view(&href), N_("Next ones"));
		buf_done(&href);
	}
	return screen_end(&sc);
}

/* ---- new account ---- */

static enum rc
add_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "account_add");
	for (const struct field *f = add_fields; f->name != NULL; f++)
		if (form_get(&rq->form, f->name).n > 0)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
	return RC_OK;
}

static enum rc
added_show(struct screen *sc, struct row made)
{
	struct kit *k = &sc->k;
	screen_begin(sc, N_("Account made"));
	el(k, H_H1, NULL, N_("Account made"));
	el_open(k, H_DIV, "card");
	el(k, H_P, NULL, N_("Give this secret to the person now, for their authenticator. It is shown this once only."));
	el(k, H_P, "note", N_("The account stays closed until a second person has confirmed it: another administrator, the security officer or the data protection officer."));
	html_open(&k->w, H_DL);
	pair_text(k, N_("Login"), row_get(made, "login"));
	pair_open(k, N_("Secret of the second factor"));
	el_text(k, H_CODE, "number", row_get(made, "totp_secret"));
	pair_close(k);
	html_close(&k->w, H_DL);
	link_to(k, "button primary", STR("/accounts"), N_("Back to the accounts"));
	html_close(&k->w, H_DIV);
	return screen_end(sc);
}

static enum rc
add_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	struct row made = release_set(rel, "account");
	bool posted = rq->method == HTTP_POST;
	if (posted && screen_done(rq, rel) && row_is(made))
		return added_show(&sc, made);
	struct kit *k = &sc.k;
	struct sheet s = {
		.action = STR("/accounts/new"), .id = "account", .fields = add_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0,
	};
	screen_begin(&sc, N_("New account"));
	el(k, H_H1, NULL, N_("New account"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "login", &(struct look){ .autofocus = true, .hint = N_("Letters without accents, digits, dots, hyphens") });
	fields_input(k, &s, "name", NULL);
	fields_input(k, &s, "role", &(struct look){ .as_select = true });
	fields_input(k, &s, "work", &(struct look){ .as_radio = true, .hint = N_("Which limits a nurse or a physician has") });
	fields_input(k, &s, "lang", &(struct look){ .as_radio = true });
	fields_input(k, &s, "units", NULL);
	fields_input(k, &s, "practitioner", NULL);
	fields_input(k, &s, "until", &(struct look){ .hint = N_("The account is closed at the end of this day; empty: no end is known") });
	fields_input(k, &s, "password", &(struct look){ .autocomplete = "new-password", .hint = N_("12 characters at least, 16 for administrators and security officers") });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Make the account"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- accounts that wait for a second person ---- */

static enum rc
waiting_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "login", "seen", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, str_eq(form_get(&rq->form, "answer"), "down") ? "account_turn_down" : "account_confirm");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "accounts_waiting");
	return RC_OK;
}

static void
draw_waiting(struct screen *sc, struct row row)
{
	const struct req *rq = sc->rq;
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	bool posted = rq->method == HTTP_POST && str_is(form_typed(&rq->form, "login"), row_get(row, "login"));
	struct sheet s = { .action = STR("/accounts/waiting"), .id = arena_z(rq->arena, screen_join(rq, STR("w-"), row_get(row, "login"))), .class_ = "sheet narrow", .fields = confirm_fields,
		.form = posted ? &rq->form : NULL, .faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, sc->rel, faults, FAULTS) : 0 };
	struct words asked = when_clinical_ms(k, row_i64(row, "asked_at"));
	el_open(k, H_DIV, "card");
	el_open(k, H_H2, NULL);
	el_name(k, row_get(row, "name"));
	html_close(&k->w, H_H2);
	html_open(&k->w, H_DL);
	pair_text(k, N_("Login"), row_get(row, "login"));
	pair_text(k, N_("Role"), str_of(tr(k->lang, role_label(role_of(arena_z(rq->arena, row_get(row, "role")))))));
	if (row_has(row, "work"))
		pair_text(k, N_("Work"), str_of(tr(k->lang, N_("Emergency unit, replacement pool"))));
	pair_text(k, N_("Units"), row_has(row, "units") ? row_get(row, "units") : STR("–"));
	if (row_has(row, "until_at")) {
		struct words at = when_clinical_ms(k, row_i64(row, "until_at") - 1);
		pair_text(k, N_("Last day of contract"), words_view(&at));
	}
	pair_open(k, N_("Made by"));
	el_name(k, row_get(row, "asked_by_name"));
	html_z(&k->w, " · ");
	html_text(&k->w, words_view(&asked));
	pair_close(k);
	html_close(&k->w, H_DL);
	if (row_get(row, "mine").n > 0) {
		el(k, H_P, "note", N_("You made this account. Somebody else confirms it."));
	} else {
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_hidden(k, "login", row_get(row, "login"));
		fields_hidden(k, "seen", row_get(row, "seen"));
		fields_input(k, &s, "answer", &(struct look){ .as_radio = true });
		session_code(sc, &s, "fresh", false);
		fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Decide"))));
		fields_close(k);
	}
	html_close(&k->w, H_DIV);
}

static enum rc
waiting_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/accounts/waiting"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Accounts to confirm"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Accounts to confirm"));
	screen_refusal(&sc);
	el(k, H_P, NULL, N_("An account that one person made stays closed until another has confirmed it: call the person, or whoever asked for it, before you do."));
	if (rows_count(release_rows(rel), "waiting") == 0)
		empty_state(k, N_("No account waits."), STR_NONE, NULL);
	for release_each (row, rel, "waiting")
		draw_waiting(&sc, row);
	return screen_end(&sc);
}

/* ---- the end of a contract ---- */

static enum rc
until_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	struct str login = form_get(&rq->form, "login");
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "account_until");
		ask_arg(a, "login", login);
		if (form_get(&rq->form, "until").n > 0)
			ask_arg(a, "until", form_get(&rq->form, "until"));
	}
	ask_view(a, "account");
	ask_arg(a, "login", login);
	return RC_OK;
}

static enum rc
until_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/accounts"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	struct row row = release_set(rel, "account");
	bool posted = rq->method == HTTP_POST;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	struct sheet s = { .action = STR("/accounts/until"), .id = "until", .class_ = "sheet narrow", .fields = until_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	screen_begin(&sc, N_("End of contract"));
	el(k, H_H1, NULL, N_("End of contract"));
	el_open(k, H_P, NULL);
	el_name(k, row_get(row, "name"));
	if (row_has(row, "until_at")) {
		struct words at = when_clinical_ms(k, row_i64(row, "until_at") - 1);
		html_z(&k->w, " · ");
		say_with(k, N_("until {1}"), words_view(&at));
	}
	html_close(&k->w, H_P);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "login", form_typed(&rq->form, "login"));
	fields_input(k, &s, "until", &(struct look){ .autofocus = true, .hint = N_("The account is closed at the end of this day; empty: no end is known") });
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save the last day"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/accounts"), N_("Back to the accounts"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- the work, for the limits ---- */

static enum rc
work_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "account_work");
		for (const struct field *f = work_fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	ask_view(a, "account");
	ask_arg(a, "login", form_get(&rq->form, "login"));
	return RC_OK;
}

static enum rc
work_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/accounts"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	struct row row = release_set(rel, "account");
	bool posted = rq->method == HTTP_POST;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	struct sheet s = { .action = STR("/accounts/work"), .id = "work", .class_ = "sheet narrow", .fields = work_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0 };
	screen_begin(&sc, N_("Work of an account"));
	el_open(k, H_H1, NULL);
	el_name(k, row_get(row, "name"));
	html_close(&k->w, H_H1);
	el_open(k, H_P, NULL);
	say(k, N_("Limits of"));
	html_z(&k->w, " ");
	say(k, row_has(row, "work") ? works[1].label : works[0].label);
	html_close(&k->w, H_P);
	el(k, H_P, "hint", N_("Who works in an emergency unit or a replacement pool meets more people without a link: the limits of emergency work are wider, and fifteen emergencies a shift. Being on call gives the same meanwhile."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "login", form_typed(&rq->form, "login"));
	fields_input(k, &s, "work", &(struct look){ .as_radio = true });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Save the work"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/accounts"), N_("Back to the accounts"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- keys of somebody ---- */

static const struct field seize_fields[] = {
	{ "login", N_("Login"),                      FIELD_TOKEN, .max = 64, .required = true },
	{ "no",    N_("Security key"),               FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
keys_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "login", "no", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, "account_key_revoke");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "account_keys");
	ask_arg(a, "login", form_get(&rq->form, "login"));
	return RC_OK;
}

static void
draw_seize(struct screen *sc, struct row row, struct str login)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	struct words id = { .n = 0 }, at = when_clinical_ms(k, row_i64(row, "made_at"));
	words_z(&id, "key");
	words_add(&id, row_get(row, "no"));
	bool typed = sc->rq->method == HTTP_POST && str_is(form_typed(&sc->rq->form, "no"), row_get(row, "no"));
	struct sheet s = { .action = STR("/accounts/keys"), .id = arena_z(sc->rq->arena, words_view(&id)), .class_ = "sheet narrow", .fields = seize_fields, .form = typed ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = typed ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	el_open(k, H_H2, NULL);
	icon(k, "key");
	html_z(&k->w, " ");
	html_text(&k->w, row_get(row, "label"));
	html_z(&k->w, " · ");
	html_text(&k->w, words_view(&at));
	html_close(&k->w, H_H2);
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "login", login);
	fields_hidden(k, "no", row_get(row, "no"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, "danger", "lock", str_of(tr(k->lang, N_("Revoke this key"))));
	fields_close(k);
}

static enum rc
keys_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row account = release_set(rel, "account");
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/accounts/keys?login="), row_get(account, "login")));
		return RC_OK;
	}
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Keys of an account"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	el_name(k, row_get(account, "name"));
	html_close(&k->w, H_H1);
	el(k, H_P, NULL, N_("A key that is lost or in other hands is revoked here: it opens nothing any more, and all sessions of this person end at once. The person is told."));
	if (rows_count(release_rows(rel), "keys") == 0)
		empty_state(k, N_("This person has no key."), STR_NONE, NULL);
	for release_each (row, rel, "keys")
		draw_seize(&sc, row, row_get(account, "login"));
	return screen_end(&sc);
}

/* ---- own password ---- */

static enum rc
password_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "account_set_password");
	ask_arg(a, "old_password", form_get(&rq->form, "old_password"));
	ask_arg(a, "password", form_get(&rq->form, "password"));
	return RC_OK;
}

static enum rc
password_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST, done = posted && screen_done(rq, rel);
	struct sheet s = {
		.action = STR("/password"), .id = "password", .class_ = "sheet narrow", .fields = password_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted && !done && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, FAULTS) : 0,
	};
	screen_begin(&sc, N_("My password"));
	el(k, H_H1, NULL, N_("My password"));
	if (done) {
		el_open(k, H_P, "note ok");
		html_attr_z(&k->w, "role", "status");
		icon(k, "check");
		html_z(&k->w, " ");
		say(k, N_("Your password is changed."));
		html_close(&k->w, H_P);
		return screen_end(&sc);
	}
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "old_password", &(struct look){ .autocomplete = "current-password", .autofocus = true });
	fields_input(k, &s, "password", &(struct look){ .autocomplete = "new-password", .hint = N_("12 characters at least, 16 for administrators and security officers") });
	fields_submit(k, "primary", "key", str_of(tr(k->lang, N_("Change my password"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_account[] = {
	{ HTTP_GET,  "/accounts",     MAY_MANAGE,    REVEALS_META,    .fields = list_fields, .ask = accounts_ask, .show = accounts_show, .menu = N_("Accounts"), .icon = "people", .key = "g k" },
	{ HTTP_POST, "/accounts",     MAY_MANAGE,    REVEALS_META,    .fields = switch_fields, .ask = accounts_ask, .show = accounts_show },
	{ HTTP_GET,  "/accounts/new", MAY_MANAGE,    REVEALS_NOTHING, .ask = add_ask, .show = add_show },
	{ HTTP_POST, "/accounts/new", MAY_MANAGE,    REVEALS_META,    .fields = add_fields, .ask = add_ask, .show = add_show },
	{ HTTP_GET,  "/accounts/waiting", MAY_MANAGE | MAY_REVIEW, REVEALS_META, .ask = waiting_ask, .show = waiting_show, .menu = N_("Accounts to confirm"), .icon = "people" },
	{ HTTP_POST, "/accounts/waiting", MAY_MANAGE | MAY_REVIEW, REVEALS_META, .fields = confirm_fields, .ask = waiting_ask, .show = waiting_show },
	{ HTTP_GET,  "/accounts/until", MAY_MANAGE,  REVEALS_META,    .fields = until_of, .ask = until_ask, .show = until_show },
	{ HTTP_POST, "/accounts/until", MAY_MANAGE,  REVEALS_META,    .fields = until_fields, .ask = until_ask, .show = until_show },
	{ HTTP_GET,  "/accounts/work",  MAY_MANAGE,  REVEALS_META,    .fields = until_of, .ask = work_ask, .show = work_show },
	{ HTTP_POST, "/accounts/work",  MAY_MANAGE,  REVEALS_META,    .fields = work_fields, .ask = work_ask, .show = work_show },
	{ HTTP_GET,  "/accounts/keys", MAY_MANAGE | MAY_REVIEW, REVEALS_META, .fields = until_of, .ask = keys_ask, .show = keys_show },
	{ HTTP_POST, "/accounts/keys", MAY_MANAGE | MAY_REVIEW, REVEALS_META, .fields = seize_fields, .ask = keys_ask, .show = keys_show },
	{ HTTP_GET,  "/password",     MAY_SIGNED_IN, REVEALS_NOTHING, .ask = password_ask, .show = password_show, .menu = N_("My password"), .icon = "key" },
	{ HTTP_POST, "/password",     MAY_SIGNED_IN, REVEALS_NOTHING, .fields = password_fields, .ask = password_ask, .show = password_show },
	{ .path = NULL },
};
