/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/notice.c: « Mon compte »: new keys, changed factors, unusual sign-ins, each once in plain words with what to do now; and the last sign-ins. The line on every
 * screen that leads here stays until « J'ai lu »; and the sessions that are open, of which one can be ended from here. It must never show anybody else's. Called by front
 * through the rows at the end. Start at me_show.
 */
#include "pages/notice.h"

#include <string.h>

#include "pages/session.h"

static const struct field one_fields[] = { { "session", N_("Session"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field end_fields[] = {
	{ "session", N_("Session"),                    FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "code",    N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

/* What is said of each kind; {1}: its detail, {2}: the store. then: what to do now. */
static const struct { const char *kind, *said, *then; } said[] = {
	{ "key_added",      N_("A security key was added to your account: {1}."), N_("Was it not you? Revoke it under My keys and tell the security officer.") },
	{ "key_revoked",    N_("A security key of your account was revoked: {1}."), N_("It opens nothing any more.") },
	{ "password",       N_("Your password was changed."), N_("Was it not you? Tell the security officer now.") },
	{ "odd",            N_("Your account was signed in to from a place or with a program that is new for you: {1}."), N_("Was it not you? Change your password and tell the security officer now.") },
	{ "elsewhere",      N_("Your account was signed in to while it was at work in another place: {1}."), N_("An account is one person's. Was it not you? Tell the security officer now.") },
	{ "asleep",         N_("You had not signed in for {1} days."), N_("An account that nobody uses is closed after a while; the administrator opens it again.") },
	{ "two_keys",       N_("You have fewer than two security keys."), N_("Add a second one under My keys, for the day on which the first stays at home.") },
	{ "recovery_asked", N_("Somebody asked for a new way in to your account."), N_("Have you lost nothing? Tell the security officer now.") },
	{ "recovery_given", N_("Two people gave a one-time code for your account."), N_("Have you lost nothing? Tell the security officer now.") },
	{ "recovery_used",  N_("The one-time code for your account was used."), N_("Your other keys and codes still open. Revoke what you have lost under My keys.") },
	{ "export",         N_("An export of more than 10,000 patients was approved: number {1}."), N_("It waits for four hours. You may cancel it under Exports to approve.") },
	{ "journal",        N_("The nightly count of the journal found differences: {1}."), N_("Nothing was changed. Count anew under Journal, which names them, and tell whoever runs the machine.") },
	{ "stock",          N_("The nightly count of the stock found differences: {1}."), N_("Nothing was changed. What differs stands under the stock's worth; tell whoever runs the machine.") },
	{ "level_low",      N_("In the store {2}, {1} has reached its minimum."), N_("Said once, until there is more of it again.") },
	{ "level_critical", N_("In the store {2}, {1} has reached its critical threshold."), N_("Said once, until there is more of it again.") },
	{ "level_none",     N_("In the store {2}, nothing is left of {1} that may be given."), N_("What is given all the same waits under the shortages.") },
};

static enum rc
me_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST)
		ask_act(a, "notices_seen");
	ask_view(a, "my_notices");
	ask_view(a, "my_sessions");
	return RC_OK;
}

static void
draw_notice(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct words at = when_clinical_ms(k, row_i64(row, "at"));
	bool unread = row_get(row, "unread").n > 0;
	for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
		if (!str_eq(row_get(row, "kind"), said[i].kind))
			continue;
		html_open(&k->w, H_LI);
		if (unread) {
			status_chip(k, "warn", "warn", N_("New"));
			html_z(&k->w, " ");
		}
		html_text(&k->w, words_view(&at));
		html_z(&k->w, " · ");
		say_with(k, said[i].said, row_get(row, "detail"), row_get(row, "code"));
		if (row_has(row, "by_name")) {
			html_z(&k->w, " ");
			say_with(k, N_("By {1}."), row_get(row, "by_name"));
		}
		html_z(&k->w, " ");
		el(k, H_SMALL, "hint", said[i].then);
		if (row_has(row, "store")) {
			html_z(&k->w, " ");
			link_to(k, NULL, screen_join(sc->rq, STR("/stock/store?store="), row_get(row, "store")), N_("Open the store"));
		}
		html_close(&k->w, H_LI);
	}
}

static const struct { const char *in, *name; } programs[] = { { "Firefox/", "Firefox" }, { "Edg/", "Edge" }, { "Chrome/", "Chrome" }, { "Safari/", "Safari" } };
static const struct { const char *in, *name; } systems[] = { { "Windows", "Windows" }, { "Android", "Android" }, { "iPhone", "iPhone" }, { "iPad", "iPad" }, { "Mac OS X", "macOS" }, { "Linux", "Linux" } };

static bool
holds(struct str s, const char *z)
{
	size_t n = strlen(z);
	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, z, n) == 0)
			return true;
	return false;
}

/* "Firefox, Windows"; what is not known is told as it called itself, cut short. */
static void
cell_program(struct kit *k, struct str program)
{
	const char *name = NULL, *system = NULL;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0] && name == NULL; i++)
		name = holds(program, programs[i].in) ? programs[i].name : NULL;
	for (size_t i = 0; i < sizeof systems / sizeof systems[0] && system == NULL; i++)
		system = holds(program, systems[i].in) ? systems[i].name : NULL;
	cell_open(k, NULL);
	if (name == NULL) {
		el_text(k, H_SPAN, "cut", program);
	} else {
		html_text(&k->w, str_of(name));
		if (system != NULL) {
			html_text(&k->w, STR(", "));
			html_text(&k->w, str_of(system));
		}
	}
	cell_close(k);
}

static void
draw_sessions(struct screen *sc)
{
	static const struct col cols[] = { { N_("Since"), "time" }, { N_("Last used"), "time" }, { N_("With"), NULL }, { N_("Network address"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("My open sessions"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "sessions") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "started_at"));
		cell_time_ms(k, row_i64(row, "seen_at"));
		cell_say(k, row_get(row, "key").n > 0 ? N_("Security key") : N_("Password and code"));
		cell(k, row_get(row, "place"));
		cell_open(k, NULL);
		if (row_get(row, "mine").n > 0)
			say(k, N_("this one"));
		else
			link_to(k, "button quiet", screen_join(sc->rq, STR("/me/session?session="), row_get(row, "no")), N_("End it"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
me_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("With"), NULL }, { N_("Network address"), NULL }, { N_("Program"), NULL }, { N_("State"), NULL } };
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/me"));
		return RC_OK;
	}
	struct screen sc;
	bool unread = false;
	screen_init(&sc, rq, rel, out);
	sc.shell.notices = 0; /* they stand below */
	screen_begin(&sc, N_("My account"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("My account"));
	el(k, H_P, NULL, N_("What happened to the ways in to your account. Nothing of it is sent by mail or to a phone: it stands here."));
	if (rows_count(release_rows(rel), "notices") == 0) {
		empty_state(k, N_("Nothing was changed."), STR("/keys"), N_("My keys"));
	} else {
		el_open(k, H_UL, "plain");
		for release_each (row, rel, "notices") {
			draw_notice(&sc, row);
			unread |= row_get(row, "unread").n > 0;
		}
		html_close(&k->w, H_UL);
	}
	if (unread)
		fields_button_form(k, STR("/me"), "primary", "check", str_of(tr(k->lang, N_("I have read this"))), NULL, 0, NULL);
	draw_sessions(&sc);
	table_open(k, N_("My last sign-ins"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "sign_ins") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_say(k, row_get(row, "key").n > 0 ? N_("Security key") : N_("Password and code"));
		cell(k, row_get(row, "from"));
		cell_program(k, row_get(row, "program"));
		cell_open(k, NULL);
		if (row_get(row, "odd").n > 0)
			status_chip(k, "warn", "warn", N_("Unusual"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	return screen_end(&sc);
}

/* ---- the end of one session ---- */

static enum rc
end_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "session", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, "session_end");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "my_sessions");
	return RC_OK;
}

static enum rc
end_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/me"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = STR("/me/session"), .id = "end", .class_ = "sheet narrow", .fields = end_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0 };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("End a session"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("End a session"));
	for release_each (row, rel, "sessions")
		if (str_is(row_get(row, "no"), form_typed(&rq->form, "session"))) {
			struct words since = when_clinical_ms(k, row_i64(row, "started_at"));
			el_open(k, H_P, NULL);
			say_with(k, N_("Open since {1}, from {2}."), words_view(&since), row_get(row, "place"));
			html_close(&k->w, H_P);
		}
	el(k, H_P, "hint", N_("Was it not you? Change your password, revoke the key that you miss, and tell the security officer."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "session", form_typed(&rq->form, "session"));
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "danger", "lock", str_of(tr(k->lang, N_("End this session"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/me"), N_("My account"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

const struct page pages_notice[] = {
	{ HTTP_GET,  "/me", MAY_SIGNED_IN, REVEALS_META, .ask = me_ask, .show = me_show, .menu = N_("My account"), .icon = "person" },
	{ HTTP_POST, "/me", MAY_SIGNED_IN, REVEALS_META, .ask = me_ask, .show = me_show },
	{ HTTP_GET,  "/me/session", MAY_SIGNED_IN, REVEALS_META, .fields = one_fields, .ask = end_ask, .show = end_show },
	{ HTTP_POST, "/me/session", MAY_SIGNED_IN, REVEALS_META, .fields = end_fields, .ask = end_ask, .show = end_show },
	{ .path = NULL },
};
