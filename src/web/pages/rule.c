/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/rule.c: « Règles d'accès »: establishment by establishment which rule is on, since when, by whom, and for whom it is not true yet; the change of one; who is
 * meant. It must never let a rule that nobody switched on look like one that holds. Called by front through the rows at the end. Start at rules_show.
 */
#include "pages/rule.h"

#include <string.h>

#include "base/rule.h"
#include "kit/share.h"
#include "pages/session.h"

/* How each rule is said. unit: {1} is the figure; NULL: it is on or off. prose: what it does, for who decides on it. missing: who is not there yet; NULL: holds for all at once. */
static const struct said { const char *name, *unit, *prose, *missing; } said[RULES] = {
	[RULE_KEY_ONLY]    = { N_("Security key only"), NULL,
		N_("Nobody comes in with a password and a code any more, which a copied page can catch; only a security key opens. Who has none yet is shut out from the next request on: look at the list first."),
		N_("{1} of {2} have no key") },
	[RULE_TWO_KEYS]    = { N_("Two keys each"), NULL,
		N_("Whoever has fewer than two keys is told so at each sign-in. It shuts nobody out; it spares the day on which the only key stays at home."), N_("{1} of {2} have fewer than two") },
	[RULE_IDLE]        = { N_("Lock without activity"), N_("after {1} minutes"),
		N_("A screen that nobody touches for so long is locked; a key or a code opens it again where it stood."), NULL },
	[RULE_SESSION]     = { N_("Length of a session"), N_("{1} hours at most"), N_("After so many hours one signs in anew, active or not."), NULL },
	[RULE_PASSWORD]    = { N_("Length of a password"), N_("{1} characters at least"),
		N_("For passwords that are set from now on; administrators and security officers have 16 at least in any case. Passwords do not expire: the list shows which ones are older than the rule."),
		N_("{1} of {2} have a password older than the rule") },
	[RULE_INACTIVE]    = { N_("Accounts that nobody uses"), N_("closed after {1} days"),
		N_("Who has not signed in for so long is no longer let in until an administrator opens the account again. Person and administrator are warned at two thirds of the time."),
		N_("{1} of {2} are closed by it") },
	[RULE_EMERGENCIES] = { N_("Emergencies named alone"), N_("{1} a shift"),
		N_("Beyond this number a colleague of the unit signs too, on the same screen: no care waits. A session opened by a code has 2 at most."), NULL },
	[RULE_BUDGET]      = { N_("Limits of opening"), N_("{1} % of the house's"), N_("The number of charts in a day and a month before a proof is asked for, and before the account is stopped."), NULL },
};

static const struct field one_fields[] = {
	{ "place", N_("Establishment"), FIELD_ID },
	{ "rule",  N_("Rule"),          FIELD_TOKEN, .max = 20, .required = true },
	FIELDS_END
};
static const struct field change_fields[] = {
	{ "place", N_("Establishment"),              FIELD_ID },
	{ "rule",  N_("Rule"),                       FIELD_TOKEN, .max = 20, .required = true },
	{ "value", N_("New figure"),                 FIELD_INT,   .max = 10000, .required = true },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field sign_fields[] = {
	{ "no",   N_("Rule"),                       FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "drop", N_("Take it back"),               FIELD_FLAG },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static const struct said *
said_of(struct str rule)
{
	int at = rule_find(rule);
	return at < 0 ? NULL : &said[at];
}

/* "after 15 minutes", "on". */
static void
say_value(struct kit *k, const struct said *s, struct str value)
{
	if (s->unit != NULL)
		say_with(k, s->unit, value);
	else
		say(k, str_eq(value, "0") ? N_("off") : N_("on"));
}

static struct str
link_of(const struct req *rq, const char *path, struct str place, struct str rule)
{
	struct str at = screen_join(rq, str_of(path), STR("?rule="));
	at = screen_join(rq, at, rule);
	return place.n > 0 ? screen_join(rq, screen_join(rq, at, STR("&place=")), place) : at;
}

static void
say_place(struct kit *k, struct str id, struct str name)
{
	if (id.n == 0)
		say(k, N_("All establishments"));
	else
		html_text(&k->w, name.n > 0 ? name : id);
}

/* ---- the page ---- */

static enum rc
rules_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "rules");
	return RC_OK;
}

static bool is_of(struct row row, struct str place) { return place.n == 0 ? !row_has(row, "place") : str_is(row_get(row, "place"), place); }

static void
cell_state(struct kit *k, struct row row, const struct said *s)
{
	bool off = s->unit == NULL && str_eq(row_get(row, "value"), "0"), native = str_is(row_get(row, "value"), row_get(row, "native"));
	cell_open(k, NULL);
	if (off)
		status_chip(k, "warn", "warn", N_("Never switched on"));
	else if (!native)
		status_chip(k, "ok", "check", row_has(row, "own") ? N_("Stricter here") : N_("Stricter everywhere"));
	else
		status_chip(k, "plain", "shield", N_("As delivered"));
	if (s->unit != NULL) {
		html_z(&k->w, " ");
		say_value(k, s, row_get(row, "value"));
	}
	cell_close(k);
}

static void
cell_since(struct kit *k, struct row row)
{
	cell_open(k, NULL);
	if (!row_has(row, "since_at")) {
		html_z(&k->w, "—");
	} else {
		struct words at = when_clinical_ms(k, row_i64(row, "since_at"));
		html_text(&k->w, words_view(&at));
		html_z(&k->w, " · ");
		el_name(k, row_get(row, "by_name"));
		if (row_has(row, "signed_by_name")) {
			html_z(&k->w, ", ");
			el_name(k, row_get(row, "signed_by_name"));
		}
	}
	cell_close(k);
}

static void
cell_missing(struct screen *sc, struct row row, const struct said *s)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (s->missing == NULL) {
		el(k, H_SPAN, "hint", N_("holds for all"));
	} else if (row_i64(row, "missing") == 0) {
		el(k, H_SPAN, "hint", N_("nobody"));
		share_draw(k, 0, 1);
	} else {
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", link_of(sc->rq, "/rules/people", row_get(row, "place"), row_get(row, "rule")));
		say_with(k, s->missing, row_get(row, "missing"), row_get(row, "of"));
		html_close(&k->w, H_A);
		share_draw(k, (uint64_t)row_i64(row, "missing"), (uint64_t)row_i64(row, "of"));
	}
	cell_close(k);
}

static void
draw_place(struct screen *sc, struct row place)
{
	static const struct col cols[] = { { N_("Rule"), NULL }, { N_("What holds"), NULL }, { N_("Since, by whom"), NULL }, { N_("Not true yet for"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	el_open(k, H_H2, NULL);
	say_place(k, row_get(place, "id"), row_get(place, "name"));
	html_close(&k->w, H_H2);
	table_open(k, row_has(place, "id") ? N_("Whoever works in a unit of this establishment; people without a unit are held to the rules of all") : N_("Everybody who signs in to this house"),
		cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "rules") {
		const struct said *s = said_of(row_get(row, "rule"));
		if (s == NULL || !is_of(row, row_get(place, "id")))
			continue;
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		say(k, s->name);
		html_close(&k->w, H_TH);
		cell_state(k, row, s);
		cell_since(k, row);
		cell_missing(sc, row, s);
		cell_link(k, link_of(sc->rq, "/rules/change", row_get(row, "place"), row_get(row, "rule")), str_of(tr(k->lang, N_("Change"))));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_waiting(struct screen *sc)
{
	static const struct col cols[] = { { N_("Establishment"), NULL }, { N_("Rule"), NULL }, { N_("Would hold"), NULL }, { N_("Asked for"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "waiting") == 0)
		return;
	el(k, H_H2, NULL, N_("Waits for a second signature"));
	table_open(k, N_("Looser than what holds: another person signs within a day, or nothing changes"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "waiting") {
		const struct said *s = said_of(row_get(row, "rule"));
		struct words at = when_clinical_ms(k, row_i64(row, "asked_at"));
		if (s == NULL)
			continue;
		table_row(k);
		cell_open(k, NULL);
		say_place(k, row_get(row, "place"), row_get(row, "place_name"));
		cell_close(k);
		cell_say(k, s->name);
		cell_open(k, NULL);
		say_value(k, s, row_get(row, "value"));
		cell_close(k);
		cell_open(k, NULL);
		html_text(&k->w, words_view(&at));
		html_z(&k->w, " · ");
		el_name(k, row_get(row, "asked_by_name"));
		cell_close(k);
		cell_link(k, screen_join(sc->rq, STR("/rules/sign?no="), row_get(row, "no")), str_of(tr(k->lang, row_has(row, "mine") ? N_("Take it back") : N_("Sign or take back"))));
		table_row_end(k);
	}
	table_close(k);
}

/* The one line that a security officer should read first: what nobody ever switched on. */
static void
draw_lead(struct screen *sc)
{
	struct kit *k = &sc->k;
	unsigned stricter = 0, off = 0;
	struct row keys = { 0 };
	for release_each (row, sc->rel, "rules") {
		const struct said *s = said_of(row_get(row, "rule"));
		bool native = str_is(row_get(row, "value"), row_get(row, "native"));
		if (s == &said[RULE_KEY_ONLY] && !row_has(row, "place"))
			keys = row;
		off += s != NULL && !row_has(row, "place") && s->unit == NULL && native;
		stricter += !native && (!row_has(row, "place") || row_has(row, "own"));
	}
	struct digits d, e;
	el_open(k, H_P, off > 0 ? "note warn" : "note ok");
	html_attr_z(&k->w, "role", "status");
	icon(k, off > 0 ? "warn" : "check");
	html_z(&k->w, " ");
	if (stricter == 0)
		say(k, N_("No rule was ever made stricter here: the house runs as it was delivered."));
	else
		say_with(k, N_("Rules that are stricter than delivered: {1}. Never switched on for everybody: {2}."), digits_of(&d, stricter), digits_of(&e, off));
	if (row_is(keys)) {
		html_z(&k->w, " ");
		say_with(k, N_("Accounts without any security key: {1} of {2}."), row_get(keys, "missing"), row_get(keys, "of"));
	}
	html_close(&k->w, H_P);
}

static void
draw_line(struct screen *sc, struct row place)
{
	static const enum rule shown[] = { RULE_KEY_ONLY, RULE_TWO_KEYS, RULE_INACTIVE };
	struct kit *k = &sc->k;
	struct row at[RULES];
	struct digits d;
	unsigned stricter = 0;
	memset(at, 0, sizeof at);
	for release_each (row, sc->rel, "rules")
		if (is_of(row, row_get(place, "id")) && rule_find(row_get(row, "rule")) >= 0) {
			at[rule_find(row_get(row, "rule"))] = row;
			stricter += !str_is(row_get(row, "value"), row_get(row, "native"));
		}
	table_row(k);
	cell_link(k, screen_join(sc->rq, STR("/rules?place="), row_get(place, "id")), row_has(place, "name") ? row_get(place, "name") : row_get(place, "id"));
	cell_open(k, "num");
	html_text(&k->w, digits_of(&d, stricter));
	cell_close(k);
	for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
		cell_open(k, NULL);
		say_with(k, N_("{1} of {2}"), row_get(at[shown[i]], "missing"), row_get(at[shown[i]], "of"));
		share_draw(k, (uint64_t)row_i64(at[shown[i]], "missing"), (uint64_t)row_i64(at[shown[i]], "of"));
		cell_close(k);
	}
	table_row_end(k);
}

/* Each establishment in a line: what it made stricter, and how many are not there yet. */
static void
draw_places(struct screen *sc)
{
	static const struct col cols[] = { { N_("Establishment"), NULL }, { N_("Stricter than delivered"), "num" }, { N_("No key"), NULL }, { N_("Fewer than two keys"), NULL }, { N_("Closed: not used"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Establishment by establishment"));
	table_open(k, N_("People without a unit are counted everywhere: the rules of all hold for them"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "places")
		if (row_has(row, "id"))
			draw_line(sc, row);
	table_close(k);
}

static enum rc
rules_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Access rules"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Access rules"));
	draw_lead(&sc);
	el(k, H_P, NULL, N_("An establishment makes a rule stricter, never looser than delivered. Stricter holds from the next request on, for open sessions too. The way back, as far as the delivered figure, takes two people."));
	draw_waiting(&sc);
	struct str place = form_get(&rq->form, "place");
	for release_each (row, rel, "places")
		if (place.n > 0 ? str_is(row_get(row, "id"), place) : !row_has(row, "id"))
			draw_place(&sc, row);
	if (place.n == 0) {
		draw_places(&sc);
	} else {
		html_open(&k->w, H_P);
		link_to(k, NULL, STR("/rules"), N_("All establishments"));
		html_close(&k->w, H_P);
	}
	return screen_end(&sc);
}

/* ---- for whom not yet ---- */

static enum rc
people_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "rule_people");
	ask_arg(a, "rule", form_get(&rq->form, "rule"));
	if (form_get(&rq->form, "place").n > 0)
		ask_arg(a, "place", form_get(&rq->form, "place"));
	return RC_OK;
}

static enum rc
people_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Name"), NULL }, { N_("Login"), NULL }, { N_("Role"), NULL }, { N_("Unit"), NULL }, { N_("Keys"), "num" }, { N_("Last sign-in"), "time" }, { N_("Password of"), "time" } };
	struct screen sc;
	struct row rule = release_set(rel, "rule");
	const struct said *s = said_of(row_get(rule, "rule"));
	size_t shown = rows_count(release_rows(rel), "people");
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Not true yet"));
	struct kit *k = &sc.k;
	el_open(k, H_H1, NULL);
	say(k, s != NULL ? s->name : N_("Access rules"));
	html_z(&k->w, " — ");
	say_place(k, row_get(rule, "place"), row_get(rule, "place_name"));
	html_close(&k->w, H_H1);
	if (s != NULL)
		el(k, H_P, NULL, s->prose);
	if (shown == 0) {
		empty_state(k, N_("It is true for everybody."), STR("/rules"), N_("Access rules"));
		return screen_end(&sc);
	}
	struct digits d;
	el_open(k, H_P, "state");
	say_with(k, N_("Not true yet for {1} people; {2} are shown."), row_get(rule, "missing"), digits_of(&d, (int64_t)shown));
	html_close(&k->w, H_P);
	table_open(k, N_("For whom it is not true yet"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "people") {
		table_row(k);
		html_open(&k->w, H_TH);
		html_attr_z(&k->w, "scope", "row");
		el_name(k, row_get(row, "name"));
		html_close(&k->w, H_TH);
		cell(k, row_get(row, "login"));
		cell_say(k, role_label(role_of(arena_z(rq->arena, row_get(row, "role")))));
		cell(k, row_get(row, "unit_name"));
		cell_open(k, "num");
		html_text(&k->w, row_get(row, "keys"));
		cell_close(k);
		cell_time_ms(k, row_i64(row, "seen_at"));
		cell_time_ms(k, row_i64(row, "password_at"));
		table_row_end(k);
	}
	table_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/rules"), N_("Access rules"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- a change ---- */

static enum rc
change_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "place", "rule", "value", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, "rule_set");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "rules");
	return RC_OK;
}

/* The row that is asked about; not there: a rule or an establishment that does not exist. */
static struct row
row_asked(const struct req *rq, const struct release *rel)
{
	for release_each (row, rel, "rules")
		if (str_is(row_get(row, "rule"), form_typed(&rq->form, "rule")) && is_of(row, form_typed(&rq->form, "place")))
			return row;
	return (struct row){ 0 };
}

static void
draw_change(struct screen *sc, struct row row, const struct said *s)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST, off = s->unit == NULL && str_eq(row_get(row, "value"), "0");
	struct pair now = { STR("value"), row_get(row, "value") };
	struct sheet sheet = { .action = STR("/rules/change"), .id = "rule", .class_ = "sheet narrow", .fields = change_fields, .form = posted ? &sc->rq->form : NULL, .now = &now, .n_now = 1,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	fields_open(k, &sheet);
	fields_summary(k, &sheet);
	fields_hidden(k, "rule", row_get(row, "rule"));
	if (row_has(row, "place"))
		fields_hidden(k, "place", row_get(row, "place"));
	if (s->unit == NULL)
		fields_hidden(k, "value", off ? STR("1") : STR("0"));
	else
		fields_input(k, &sheet, "value", &(struct look){ .autofocus = true, .inputmode = "numeric" });
	session_code(sc, &sheet, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, s->unit != NULL ? N_("Change the rule") : off ? N_("Switch the rule on") : N_("Ask to switch it off"))));
	fields_close(k);
}

static enum rc
change_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/rules"));
		return RC_OK;
	}
	struct screen sc;
	struct row asked = row_asked(rq, rel), place = { 0 };
	const struct said *s = row_is(asked) ? said_of(row_get(asked, "rule")) : NULL;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Change a rule"));
	struct kit *k = &sc.k;
	if (s == NULL) {
		el(k, H_H1, NULL, N_("Change a rule"));
		empty_state(k, N_("There is no such rule."), STR("/rules"), N_("Access rules"));
		return screen_end(&sc);
	}
	for release_each (row, rel, "places")
		if (str_is(row_get(row, "id"), row_get(asked, "place")) || (!row_has(row, "id") && !row_has(asked, "place")))
			place = row;
	el_open(k, H_H1, NULL);
	say(k, s->name);
	html_z(&k->w, " — ");
	say_place(k, row_get(asked, "place"), row_get(place, "name"));
	html_close(&k->w, H_H1);
	el(k, H_P, NULL, s->prose);
	el_open(k, H_P, NULL);
	say(k, N_("Now:"));
	html_z(&k->w, " ");
	say_value(k, s, row_get(asked, "value"));
	html_z(&k->w, ". ");
	if (s->unit != NULL)
		say_with(k, N_("As delivered: {1}; the strictest that is taken: {2}."), row_get(asked, "native"), row_get(asked, "strictest"));
	html_close(&k->w, H_P);
	if (s->missing != NULL && row_i64(asked, "missing") > 0) {
		el_open(k, H_P, "note warn");
		icon(k, "warn");
		html_z(&k->w, " ");
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", link_of(rq, "/rules/people", row_get(asked, "place"), row_get(asked, "rule")));
		say_with(k, s->missing, row_get(asked, "missing"), row_get(asked, "of"));
		html_close(&k->w, H_A);
		html_close(&k->w, H_P);
	}
	draw_change(&sc, asked, s);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/rules"), N_("Access rules"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

/* ---- the second signature ---- */

static enum rc
sign_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "no", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, form_get(&rq->form, "drop").n > 0 ? "rule_drop" : "rule_sign");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "rules");
	return RC_OK;
}

static void
draw_sign(struct screen *sc, struct row row, bool drop)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST && drop == (form_get(&sc->rq->form, "drop").n > 0);
	struct sheet s = { .action = STR("/rules/sign"), .id = drop ? "drop" : "sign", .class_ = "sheet narrow", .fields = sign_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "no", row_get(row, "no"));
	if (drop)
		fields_hidden(k, "drop", STR("1"));
	session_code(sc, &s, "fresh", false);
	fields_submit(k, drop ? "quiet" : "primary", "check", str_of(tr(k->lang, drop ? N_("Take it back") : N_("Sign: it holds at once"))));
	fields_close(k);
}

static enum rc
sign_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/rules"));
		return RC_OK;
	}
	struct screen sc;
	struct row asked = { 0 };
	for release_each (row, rel, "waiting")
		if (str_is(row_get(row, "no"), form_typed(&rq->form, "no")))
			asked = row;
	const struct said *s = row_is(asked) ? said_of(row_get(asked, "rule")) : NULL;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Sign a change"));
	struct kit *k = &sc.k;
	if (s == NULL) {
		el(k, H_H1, NULL, N_("Sign a change"));
		empty_state(k, N_("This change was signed or taken back already, or was asked for too long ago."), STR("/rules"), N_("Access rules"));
		return screen_end(&sc);
	}
	el_open(k, H_H1, NULL);
	say(k, s->name);
	html_z(&k->w, " — ");
	say_place(k, row_get(asked, "place"), row_get(asked, "place_name"));
	html_close(&k->w, H_H1);
	el_open(k, H_P, "note");
	say_with(k, N_("{1} asks for a looser rule. It would hold:"), row_get(asked, "asked_by_name"));
	html_z(&k->w, " ");
	say_value(k, s, row_get(asked, "value"));
	html_z(&k->w, ".");
	html_close(&k->w, H_P);
	if (!row_has(asked, "mine"))
		draw_sign(&sc, asked, false);
	draw_sign(&sc, asked, true);
	return screen_end(&sc);
}

static const struct field place_fields[] = { { "place", N_("Establishment"), FIELD_ID }, FIELDS_END };
static const struct field no_fields[] = { { "no", N_("Rule"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct page pages_rule[] = {
	{ HTTP_GET,  "/rules",        MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = place_fields, .ask = rules_ask, .show = rules_show, .menu = N_("Access rules"), .icon = "lock" },
	{ HTTP_GET,  "/rules/people", MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = one_fields, .ask = people_ask, .show = people_show },
	{ HTTP_GET,  "/rules/change", MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = one_fields, .ask = change_ask, .show = change_show },
	{ HTTP_POST, "/rules/change", MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = change_fields, .ask = change_ask, .show = change_show },
	{ HTTP_GET,  "/rules/sign",   MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = no_fields, .ask = sign_ask, .show = sign_show },
	{ HTTP_POST, "/rules/sign",   MAY_REVIEW | MAY_MANAGE, REVEALS_META, .fields = sign_fields, .ask = sign_ask, .show = sign_show },
	{ .path = NULL },
};
