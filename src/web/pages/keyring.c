/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/keyring.c: « Mes clés »: list, add, rename, revoke; and the fragment by which the script learns what a key is asked to sign. A key is added by the script
 * alone: a browser without it knows no passkeys. It must never show an id where no key is asked for, nor write an answer of a key into a page.
 * Called by front through the rows at the end. Start at keys_show.
 */
#include "pages/keyring.h"

#include "pages/session.h"

static const struct choice purposes[] = { { "sign_in", "sign_in" }, { "unlock", "unlock" }, { "prove", "prove" }, { "fresh", "fresh" }, { "cosign", "cosign" }, { "register", "register" }, { NULL, NULL } };
static const struct field asked_fields[] = {
	{ "for",  N_("Purpose"),                    FIELD_CODE,  .required = true, .choices = purposes },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field add_fields[] = {
	{ "label", N_("Name of the key"),            FIELD_TEXT,  .max = 60, .required = true },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	{ "made",  N_("New key"),                    FIELD_TOKEN, .max = SESSION_KEY_MAX },
	FIELDS_END
};
static const struct field rename_fields[] = {
	{ "no",    N_("Security key"),    FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ "label", N_("Name of the key"), FIELD_TEXT, .max = 60, .required = true },
	FIELDS_END
};
static const struct field revoke_fields[] = {
	{ "no",   N_("Security key"),               FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field one_fields[] = { { "no", N_("Security key"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

/* ---- what a key is asked to sign: for the script ---- */

static enum rc
asked_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "for", "code", "passkey" };
	(void)p;
	if (rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "passkey_ask");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	return RC_OK;
}

/* What the script reads off; a person who comes here without it learns what became of the proof. */
static enum rc
asked_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct { const char *attr, *col; } parts[] = { { "data-challenge", "challenge" }, { "data-rp", "rp_id" }, { "data-user", "user" }, { "data-login", "login" }, { "data-name", "name" } };
	struct row wanted = release_set(rel, "challenge");
	enum why why = rq->form.n_bad > 0 ? rq->form.bad[0].why : release_problem(rel)->why;
	struct screen sc;
	struct buf ids;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Security key"));
	struct kit *k = &sc.k;
	buf_init(&ids, 40000);
	for release_each (row, rel, "keys") {
		if (ids.n > 0)
			buf_ch(&ids, ' ');
		buf_str(&ids, row_get(row, "id"));
	}
	html_open(&k->w, H_P);
	if (row_is(wanted)) {
		for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
			if (row_has(wanted, parts[i].col))
				html_attr(&k->w, parts[i].attr, row_get(wanted, parts[i].col));
		html_attr(&k->w, "data-ids", buf_view(&ids));
	} else {
		html_attr_z(&k->w, "role", "alert");
		say(k, why_row(why)->sentence);
	}
	html_close(&k->w, H_P);
	buf_done(&ids);
	return screen_end(&sc);
}

/* ---- my keys ---- */

static enum rc
keys_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "my_keys");
	return RC_OK;
}

static void
draw_key(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct pair now = { STR("label"), row_get(row, "label") };
	struct words id = { .n = 0 };
	words_z(&id, "key");
	words_add(&id, row_get(row, "no"));
	struct fault faults[2];
	bool typed = sc->rq->method == HTTP_POST && sc->rq->page != NULL && sc->rq->page->fields == rename_fields && str_is(form_typed(&sc->rq->form, "no"), row_get(row, "no"));
	struct sheet s = { .action = STR("/keys/rename"), .id = arena_z(sc->rq->arena, words_view(&id)), .class_ = "row", .fields = rename_fields, .now = &now, .n_now = 1,
		.form = typed ? &sc->rq->form : NULL, .faults = faults, .n_faults = typed ? screen_faults(sc->rq, sc->rel, faults, 2) : 0 };
	table_row(k);
	cell_open(k, NULL);
	fields_open(k, &s);
	fields_hidden(k, "no", row_get(row, "no"));
	fields_input(k, &s, "label", NULL);
	fields_submit(k, "quiet", "check", str_of(tr(k->lang, N_("Rename"))));
	fields_close(k);
	cell_close(k);
	cell_say(k, row_has(row, "synced") ? N_("Shared between your devices by its maker") : N_("On one device only"));
	cell_time_ms(k, row_i64(row, "made_at"));
	if (row_has(row, "used_at"))
		cell_time_ms(k, row_i64(row, "used_at"));
	else
		cell_say(k, N_("Not yet"));
	cell_open(k, NULL);
	link_to(k, "button quiet", screen_join(sc->rq, STR("/keys/revoke?no="), row_get(row, "no")), N_("Revoke"));
	cell_close(k);
	table_row_end(k);
}

static void
draw_add(struct screen *sc, const struct fault *faults, size_t n_faults)
{
	struct kit *k = &sc->k;
	bool posted = sc->rq->page != NULL && str_eq(str_of(sc->rq->page->path), "/keys/add");
	struct sheet s = { .action = STR("/keys/add"), .id = "add-key", .class_ = "sheet narrow", .fields = add_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? n_faults : 0 };
	el(k, H_H2, NULL, N_("Add a key"));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "label", &(struct look){ .wide = true, .hint = N_("So that you know it again: badge, phone, drawer") });
	if (sc->rq->demo)
		session_code(sc, &s, NULL, false);
	else
		fields_input(k, &s, "code", &(struct look){ .autocomplete = "one-time-code", .inputmode = "numeric", .hint = N_("Six figures from your authenticator; empty: another of your keys is asked for first") });
	fields_key(k, "register", "primary", N_("Add this key"));
	el_open(k, H_P, "note without-key"); /* not seen once the script has shown the button above */
	say(k, N_("To add a key, the browser must know passkeys and let this page's script run. Your code opens everything meanwhile."));
	html_close(&k->w, H_P);
	fields_close(k);
}

static enum rc
keys_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Name of the key"), NULL }, { N_("Where it is"), NULL }, { N_("Added"), "time" }, { N_("Last used"), "time" }, { N_("Action"), NULL } };
	struct screen sc;
	struct fault faults[4];
	size_t n_faults = rq->method == HTTP_POST ? screen_faults(rq, rel, faults, 4) : 0;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("My keys"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("My keys"));
	el(k, H_P, NULL, N_("A key signs you in with one touch, and no copied page can use it. Two are better than one: the second for the day when the first stays at home."));
	bool refused = rq->page != NULL && str_eq(str_of(rq->page->path), "/keys/add"); /* it stands alone in its call: nothing was read beside it */
	if (!refused && rows_count(release_rows(rel), "keys") == 0) {
		empty_state(k, N_("You have no key yet: you sign in with your password and a code."), STR_NONE, NULL);
	} else if (!refused) {
		table_open(k, N_("My keys"), cols, sizeof cols / sizeof cols[0]);
		for release_each (row, rel, "keys")
			draw_key(&sc, row);
		table_close(k);
	}
	draw_add(&sc, faults, n_faults);
	return screen_end(&sc);
}

/* ---- add, rename, revoke ---- */

static enum rc
add_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (rq->form.n_bad > 0)
		return keys_ask(rq, a, p);
	ask_act(a, "passkey_add");
	ask_arg(a, "label", form_get(&rq->form, "label"));
	ask_arg(a, "made", form_get(&rq->form, "made"));
	return RC_OK;
}

static enum rc
rename_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	if (rq->form.n_bad == 0) {
		ask_act(a, "passkey_rename");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		ask_arg(a, "label", form_get(&rq->form, "label"));
	}
	return keys_ask(rq, a, p);
}

static enum rc
changed_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (!screen_done(rq, rel))
		return keys_show(rq, rel, out);
	reply_redirect(out, STR("/keys"));
	return RC_OK;
}

static enum rc
revoke_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "code", "passkey" };
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "passkey_revoke");
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (form_get(&rq->form, names[i]).n > 0)
				ask_arg(a, names[i], form_get(&rq->form, names[i]));
		return RC_OK; /* nothing to read afterwards: the session ends with it */
	}
	return keys_ask(rq, a, p);
}

static enum rc
revoke_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_cookie(out, rq, STR_NONE);
		reply_redirect(out, STR("/sign-in"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = STR("/keys/revoke"), .id = "revoke-key", .class_ = "sheet narrow", .fields = revoke_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0 };
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Revoke a key"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Revoke a key"));
	for release_each (row, rel, "keys")
		if (str_is(row_get(row, "no"), form_get(&rq->form, "no"))) {
			el_open(k, H_P, NULL);
			html_open(&k->w, H_B);
			html_text(&k->w, row_get(row, "label"));
			html_close(&k->w, H_B);
			html_close(&k->w, H_P);
		}
	el(k, H_P, NULL, N_("It opens nothing any more, and it cannot be taken back. All your sessions end, this one too: sign in again with another key or with your code."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", form_get(&rq->form, "no"));
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "danger", "lock", str_of(tr(k->lang, N_("Revoke"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/keys"), N_("My keys"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

const struct page pages_keyring[] = {
	{ HTTP_GET,  "/keys",        MAY_SIGNED_IN, REVEALS_META,    .ask = keys_ask, .show = keys_show, .menu = N_("My keys"), .icon = "key" },
	{ HTTP_POST, "/keys/add",    MAY_SIGNED_IN, REVEALS_META,    .fields = add_fields, .ask = add_ask, .show = changed_show },
	{ HTTP_POST, "/keys/rename", MAY_SIGNED_IN, REVEALS_META,    .fields = rename_fields, .ask = rename_ask, .show = changed_show },
	{ HTTP_GET,  "/keys/revoke", MAY_SIGNED_IN, REVEALS_META,    .fields = one_fields, .ask = revoke_ask, .show = revoke_show },
	{ HTTP_POST, "/keys/revoke", MAY_SIGNED_IN, REVEALS_META,    .fields = revoke_fields, .ask = revoke_ask, .show = revoke_show },
	{ HTTP_POST, "/passkey/ask", MAY_ANYONE,    REVEALS_NOTHING, .fields = asked_fields, .ask = asked_ask, .show = asked_show },
	{ .path = NULL },
};
