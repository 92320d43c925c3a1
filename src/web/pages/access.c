/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/access.c: who looked at what: « Mes accès » with the volume meter, « Qui a consulté ? » in the chart, and the security officer's list of
 * break-glass to review, refusals and stops. It must never name a patient outside their own chart: reviewers see the masked line.
 * Called by front through the rows at the end. Start at review_show.
 */
#include "pages/access.h"

#include <string.h>

#include "pages/chart.h"

struct word { const char *code, *word; };

static const char *
word_of(const struct word *at, size_t n, struct str code, const char *other)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(code, at[i].code))
			return at[i].word;
	return other;
}
#define WORD_OF(table, code, other) word_of((table), sizeof(table) / sizeof((table)[0]), (code), (other))

static const struct word kinds[] = {
	{ "read", N_("Opened") }, { "act", N_("Acted") }, { "refusal", N_("Refused") }, { "session", N_("Session") },
};
static const struct word refusals[] = {
	{ "denied", N_("Refused") }, { "over_budget", N_("Stopped: limit reached") }, { "step_up", N_("Proof of identity asked") }, { "not_found", N_("Not found") },
	{ "bad_input", N_("Not understood") }, { "conflict", N_("Conflict") }, { "precondition", N_("Conflict") }, { "limit", N_("Too large") }, { "gone", N_("Deleted") },
	{ "retry", N_("Busy") }, { "broken", N_("Failed on our side") },
};
static const struct word surfaces[] = {
	{ "page", N_("screen") }, { "api", N_("interface") }, { "print", N_("print") }, { "import", N_("import") }, { "command", N_("command") }, { "job", N_("automatic") },
};
static const struct word glass_reasons[] = {
	{ "emergency", N_("Emergency: care that cannot wait") }, { "arrival", N_("The person is here, or on the way, and not yet registered") },
	{ "advice", N_("A colleague asks for my opinion") }, { "other", N_("Another reason") },
};
static const struct word verdicts[] = { { "justified", N_("Justified") }, { "doubtful", N_("Doubtful") } };

/* Screens that stand in no menu, and addresses of interfaces. */
static const struct word places[] = {
	{ "/patient/:patient/edit", N_("Correct the identity") }, { "/patient/:patient/delete", N_("Delete the record") }, { "/patient/:patient/treating", N_("Treating physician") },
	{ "/patient/:patient/treating/set", N_("Treating physician") }, { "/patient/:patient/glass", N_("Break-glass") }, { "/prove", N_("Is it still you?") }, { "stop_release", N_("Ended a stop") }, { "stop_keep", N_("Kept a stop") }, { "/patient/:patient/hand-over", N_("Hand over to a colleague") }, { "hand_over", N_("Hand over to a colleague") }, { "plan_ask", N_("Plan blanc") }, { "plan_sign", N_("Plan blanc") }, { "plan_end", N_("Plan blanc") }, { "/unit/choose", N_("Choose my unit") },
	{ "/accounts/new", N_("New account") }, { "/sign-in", N_("Sign in") }, { "/sign-out", N_("Sign out") }, { "/lock", N_("Lock") }, { "/unlock", N_("Unlock") },
	{ "break_glass", N_("Break-glass") }, { "/", N_("Home") },
	{ "/patient/:patient/letter", N_("Letter") }, { "/patient/:patient/merge", N_("Ask for a merge") }, { "/patient/:patient/close", N_("Close the record") }, { "/identity/compare", N_("Compare two records") },
	{ "/patient/:patient/coding", N_("Coding") }, { "/patient/:patient/bill", N_("Draft of an invoice") }, { "/patient/:patient/invoice", N_("Invoice") }, { "/patient/:patient/document", N_("Documents") },
	{ "/patient/:patient/tasks", N_("Transmissions and care") }, { "/patient/:patient/wristband.pdf", N_("Wristband") }, { "/patient/:patient/labels.pdf", N_("Labels") },
	{ "/patient/:patient/invoice.pdf", N_("Invoice") }, { "/patient/:patient/reminder.pdf", N_("Reminders") }, { "/patient/:patient/ordonnance.pdf", N_("Ordonnance") },
	{ "/patient/:patient/own", N_("What the patient brought") }, { "/patient/:patient/wishes", N_("People and wishes") }, { "/stock/lot", N_("Lots and recalls") },
};

static const char *
own_name(struct str route)
{
	const struct page *const *all;
	size_t n = front_pages(&all);
	for (size_t i = 0; i < n; i++)
		if (all[i]->menu != NULL && str_eq(route, all[i]->path))
			return all[i]->menu;
	return WORD_OF(places, route, NULL);
}

const char *
access_place(struct str route)
{
	const char *name = own_name(route);
	for (size_t n = route.n; name == NULL && n-- > 0;)
		if (route.p[n] == '/') {
			struct str above = { route.p, n };
			if (n == 0 || str_eq(above, "/patient/:patient"))
				break;
			name = own_name(above);
		}
	return name;
}

static void
cell_what(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	const char *name = access_place(row_get(row, "what"));
	cell_open(k, NULL);
	say(k, WORD_OF(kinds, row_get(row, "kind"), N_("Opened")));
	html_z(&k->w, " · ");
	if (name != NULL)
		say(k, name);
	else
		el_text(k, H_CODE, NULL, row_get(row, "what"));
	if (!str_eq(row_get(row, "surface"), "page") && row_has(row, "surface")) {
		html_z(&k->w, " · ");
		say(k, WORD_OF(surfaces, row_get(row, "surface"), N_("screen")));
	}
	cell_close(k);
}

void
access_cell_relation(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct str refused = row_get(row, "refused"), why = row_get(row, "explained");
	const char *relation = status_link(why);
	cell_open(k, NULL);
	if (refused.n > 0)
		status_chip(k, "critical", "octagon", WORD_OF(refusals, refused, N_("Refused")));
	else if (str_eq(why, "break_glass") || str_eq(why, "emergency"))
		status_chip(k, "sealed", "glass", str_eq(why, "emergency") ? N_("Emergency") : N_("Break-glass"));
	else if (relation != NULL)
		say(k, relation);
	else
		html_z(&k->w, "—");
	cell_close(k);
}

void
access_cell_person(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	const char *role = role_label(role_of(arena_z(sc->rq->arena, row_has(row, "by_role") ? row_get(row, "by_role") : row_get(row, "role"))));
	html_open(&k->w, H_TH);
	html_attr_z(&k->w, "scope", "row");
	if (row_has(row, "by_name"))
		el_name(k, row_get(row, "by_name"));
	else if (row_has(row, "by"))
		html_text(&k->w, row_get(row, "by"));
	else
		say(k, N_("Unknown"));
	if (role[0] != '\0') {
		html_z(&k->w, " ");
		el(k, H_SMALL, "hint", role);
	}
	html_close(&k->w, H_TH);
}

static void
pager(struct screen *sc, struct str path, const char *param)
{
	struct row page = release_set(sc->rel, "page");
	if (!row_is(page) || !row_has(page, "next"))
		return;
	struct str href = screen_join(sc->rq, screen_join(sc->rq, path, str_of(param)), row_get(page, "next"));
	html_open(&sc->k.w, H_P);
	link_to(&sc->k, "button quiet", href, N_("Older"));
	html_close(&sc->k.w, H_P);
}

static const struct field before_fields[] = {
	{ "before", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX },
	FIELDS_END
};

static void
ask_before(const struct req *rq, struct asks *a)
{
	if (rq->method != HTTP_POST && form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
}

/* ---- my accesses ---- */

static enum rc
mine_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "my_accesses");
	ask_before(rq, a);
	return RC_OK;
}

static void
draw_meter(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct digits a, b;
	const struct shell *s = &sc->shell;
	el_open(k, H_DIV, "card meter");
	if (s->opened_max == 0) {
		html_open(&k->w, H_SPAN);
		say(k, N_("Your role opens no patient record."));
		html_close(&k->w, H_SPAN);
	} else {
		html_open(&k->w, H_LABEL);
		html_attr_z(&k->w, "for", "opened");
		say_with(k, N_("Charts opened in 24 h: {1} of {2}"), digits_of(&a, s->opened), digits_of(&b, s->opened_max));
		html_close(&k->w, H_LABEL);
		html_open(&k->w, H_METER);
		html_attr_z(&k->w, "id", "opened");
		html_attr_u(&k->w, "min", 0);
		html_attr_u(&k->w, "max", s->opened_max);
		html_attr_u(&k->w, "high", s->opened_max - s->opened_max / 5);
		html_attr_u(&k->w, "value", s->opened);
		html_close(&k->w, H_METER);
		html_open(&k->w, H_SPAN);
		html_attr_z(&k->w, "class", "hint");
		say(k, N_("Only you and the security officer see this. Work lists do not count; each chart counts once in 24 hours."));
		html_close(&k->w, H_SPAN);
	}
	html_close(&k->w, H_DIV);
}

static enum rc
mine_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Identity"), "shape" }, { N_("Patient"), NULL }, { N_("What"), NULL }, { N_("Why it opened"), NULL }, { N_("Unit"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("My accesses"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("My accesses"));
	draw_meter(&sc);
	if (rows_count(release_rows(rel), "accesses") == 0) {
		empty_state(k, N_("You have opened nothing yet."), STR("/"), N_("Back to my work"));
		return screen_end(&sc);
	}
	table_open(k, N_("Newest first; patients are masked"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "accesses") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell_open(k, "shape");
		if (row_has(row, "masked"))
			status_identity(k, row_get(row, "status"), true);
		cell_close(k);
		cell_open(k, NULL);
		if (row_has(row, "masked")) {
			el_name(k, row_get(row, "masked"));
			html_z(&k->w, " ");
			el_text(k, H_SMALL, "hint", row_get(row, "birth_year"));
		} else {
			html_z(&k->w, "—");
		}
		cell_close(k);
		cell_what(&sc, row);
		access_cell_relation(&sc, row);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "unit_name"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	pager(&sc, STR("/accesses"), "?before=");
	return screen_end(&sc);
}

/* ---- who looked ---- */

static enum rc
looked_ask(const struct req *rq, struct asks *a)
{
	ask_view(a, "who_looked");
	ask_arg(a, "patient", rq->path.patient);
	ask_before(rq, a);
	return RC_OK;
}

static enum rc
looked_clinical_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_head(rq, a);
	return looked_ask(rq, a);
}

static enum rc
looked_admin_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_admin(rq, a);
	return looked_ask(rq, a);
}

static void
draw_grants(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Reason"), NULL }, { N_("Review"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "grants") == 0)
		return;
	table_open(k, N_("Break-glass on this chart"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "grants") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_say(k, WORD_OF(glass_reasons, row_get(row, "reason"), N_("Another reason")));
		cell_say(k, WORD_OF(verdicts, row_get(row, "verdict"), N_("waits for review")));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
looked_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("Who"), NULL }, { N_("When"), "time" }, { N_("What"), NULL }, { N_("Why it opened"), NULL }, { N_("Unit"), NULL } };
	struct screen sc;
	chart_begin(&sc, rq, rel, out, N_("Who looked?"));
	struct kit *k = &sc.k;
	el(k, H_P, NULL, N_("Every opening of this chart, as the access log holds it. It can be printed for the person who asks."));
	draw_grants(&sc);
	if (rows_count(release_rows(rel), "accesses") == 0) {
		empty_state(k, N_("Nobody has opened this chart before you."), STR_NONE, NULL);
		return screen_end(&sc);
	}
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "accesses") {
		table_row(k);
		access_cell_person(&sc, row);
		cell_time_ms(k, row_i64(row, "at"));
		cell_what(&sc, row);
		access_cell_relation(&sc, row);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "unit_name"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
	for release_each (row, rel, "page") {
		struct digits d;
		el_open(k, H_P, "hint");
		say_with(k, N_("Who wants a proof that nothing is missing here gives this number of the record to the operator: {1}."), digits_of(&d, (uint64_t)row_i64(row, "record")));
		html_close(&k->w, H_P);
	}
	pager(&sc, screen_path(rq, rq->path.patient, release_may(rel, MAY_READ_CHART) ? "/who" : "/looked"), "?before=");
	return screen_end(&sc);
}

/* ---- review ---- */

static const struct choice verdict_choices[] = { { "justified", N_("Justified") }, { "doubtful", N_("Doubtful") }, { NULL, NULL } };
static const struct field review_fields[] = {
	{ "no",      N_("Access"),  FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ "verdict", N_("Verdict"), FIELD_CODE, .required = true, .choices = verdict_choices },
	FIELDS_END
};
static const struct field review_page_fields[] = {
	{ "after",  N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX },
	{ "before", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX },
	FIELDS_END
};

static enum rc
review_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "break_glass_review");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		ask_arg(a, "verdict", form_get(&rq->form, "verdict"));
	}
	ask_view(a, "review_list");
	ask_before(rq, a);
	if (rq->method != HTTP_POST && form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	return RC_OK;
}

static void
draw_tile(struct screen *sc, const char *symbol, const char *label, uint64_t n, bool more)
{
	struct kit *k = &sc->k;
	el_open(k, H_DIV, "tile");
	icon(k, symbol);
	html_z(&k->w, " ");
	say(k, label);
	html_open(&k->w, H_B);
	html_u(&k->w, n);
	if (more)
		html_z(&k->w, "+");
	html_close(&k->w, H_B);
	html_close(&k->w, H_DIV);
}

static void
draw_verdicts(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	struct pair hidden[2] = { { STR("no"), row_get(row, "no") }, { STR("verdict"), STR("justified") } };
	cell_open(k, "time");
	if (row_get(row, "mine").n > 0) {
		el(k, H_SPAN, "unknown", N_("yours: somebody else reviews it"));
	} else if (row_has(row, "verdict")) {
		say(k, WORD_OF(verdicts, row_get(row, "verdict"), N_("Doubtful")));
	} else {
		fields_button_form(k, STR("/review"), "quiet", "check", str_of(tr(k->lang, N_("Justified"))), hidden, 2, "e");
		hidden[1].value = STR("doubtful");
		fields_button_form(k, STR("/review"), "quiet", "warn", str_of(tr(k->lang, N_("Doubtful"))), hidden, 2, NULL);
	}
	cell_close(k);
}

void
access_cell_masked(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	status_identity(k, row_get(row, "status"), true);
	html_z(&k->w, " ");
	el_name(k, row_get(row, "masked"));
	html_z(&k->w, " ");
	el_text(k, H_SMALL, "hint", row_get(row, "birth_year"));
	cell_close(k);
}

void
access_cell_marks(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (row_get(row, "same_surname").n > 0)
		status_chip(k, "warn", "homonym", N_("Same surname"));
	if (row_get(row, "colleague").n > 0)
		status_chip(k, "warn", "people", N_("Name of a colleague"));
	if (row_get(row, "no_later_care").n > 0)
		status_chip(k, "warn", "clock", N_("No care since"));
	if (row_get(row, "late").n > 0)
		status_chip(k, "critical", "clock", N_("Over 72 hours"));
	cell_close(k);
}

static void
draw_grant(struct screen *sc, struct row row, bool next)
{
	struct kit *k = &sc->k;
	table_row(k);
	if (next) {
		html_attr_z(&k->w, "id", "next");
		html_attr_z(&k->w, "tabindex", "-1");
	}
	cell_time_ms(k, row_i64(row, "at"));
	access_cell_person(sc, row);
	cell(k, row_get(row, "unit_name"));
	cell_open(k, NULL);
	say(k, WORD_OF(glass_reasons, row_get(row, "reason"), N_("Another reason")));
	if (row_has(row, "text")) {
		html_open(&k->w, H_BR);
		html_z(&k->w, "«\xe2\x80\xaf");
		html_text(&k->w, row_get(row, "text"));
		html_z(&k->w, "\xe2\x80\xaf»");
	}
	if (row_has(row, "cosigned_by_name")) {
		html_open(&k->w, H_BR);
		say_with(k, N_("signed too by {1}"), row_get(row, "cosigned_by_name"));
	}
	cell_close(k);
	access_cell_masked(sc, row);
	access_cell_marks(sc, row);
	draw_verdicts(sc, row);
	table_row_end(k);
}

static void
draw_break_glass(struct screen *sc, const char *caption)
{
	static const struct col cols[] = {
		{ N_("When"), "time" }, { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("Reason"), NULL }, { N_("Patient"), NULL }, { N_("Marks"), NULL }, { N_("Verdict"), "time" },
	};
	table_open(&sc->k, caption, cols, sizeof cols / sizeof cols[0]);
	bool chosen = false;
	for release_each (row, sc->rel, "break_glass") {
		bool next = !chosen && !row_has(row, "verdict") && row_get(row, "mine").n == 0;
		draw_grant(sc, row, next);
		chosen = chosen || next;
	}
	table_close(&sc->k);
}

static void
draw_troubles(struct screen *sc, const char *set, const char *title, const char *none)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("What"), NULL }, { N_("Result"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, title);
	if (rows_count(release_rows(sc->rel), set) == 0) {
		empty_state(k, none, STR_NONE, NULL);
		return;
	}
	table_open(k, title, cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, set) {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		access_cell_person(sc, row);
		cell_open(k, NULL);
		html_text(&k->w, row_get(row, "unit_name"));
		cell_close(k);
		cell_what(sc, row);
		access_cell_relation(sc, row);
		table_row_end(k);
	}
	table_close(k);
}

static const struct word counters[] = {
	{ "ladder:evidence",       N_("Many openings without a care link, and few with one between them") },
	{ "ladder:all",            N_("More patients in 24 hours than this work opens") },
	{ "ladder:unexplained",    N_("More openings without a care link in 24 hours than this work needs") },
	{ "ladder:month",          N_("More openings without a care link in 30 days than this work needs") },
	{ "house:unexplained",     N_("Far more openings without a care link in ten minutes than in the same hour of other weeks") },
	{ "key:copied",            N_("A security key whose counter went back: there may be two of it. It was refused") },
	{ "ladder:canary",         N_("A patient was opened who does not exist and whom nobody has a reason to open (canary)") },
	{ "account:elsewhere",     N_("One account signed in from a place while it was at work in another: a shared or a stolen one") },
	{ "ladder:rhythm",         N_("Charts opened one after the other faster than anybody reads") },
};

const char *
access_counter(struct str code)
{
	return WORD_OF(counters, code, N_("Another counter"));
}

/* The proofs that were given: what people said of their work. */
static void
draw_proofs(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Reason"), NULL }, { N_("Unit"), NULL }, { N_("In a few words"), NULL } };
	static const struct word reasons[] = { { "unit", N_("Today I work in another unit") }, { "emergency", N_("I treat emergencies") }, { "other", N_("Another reason") } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Proofs given"));
	if (rows_count(release_rows(sc->rel), "proofs") == 0) {
		empty_state(k, N_("Nobody was asked for a proof."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "proofs") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		access_cell_person(sc, row);
		cell_say(k, WORD_OF(reasons, row_get(row, "reason"), N_("Another reason")));
		cell(k, row_get(row, "unit_name"));
		cell(k, row_get(row, "text"));
		table_row_end(k);
	}
	table_close(k);
}

/* What the counters of the ladder found unusual: a proof was asked for, or the account was stopped. */
static void
draw_alarms(struct screen *sc)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("Who"), NULL }, { N_("Unit"), NULL }, { N_("What is unusual"), NULL } };
	struct kit *k = &sc->k;
	el(k, H_H2, NULL, N_("Unusual access"));
	if (rows_count(release_rows(sc->rel), "alarms") == 0) {
		empty_state(k, N_("Nothing unusual was seen."), STR_NONE, NULL);
		return;
	}
	el_open(k, H_P, "hint");
	say(k, N_("A proof was asked for, or the account was stopped until a second person has seen what it opened."));
	html_z(&k->w, " ");
	link_to(k, NULL, STR("/stops"), N_("Stopped accounts"));
	html_close(&k->w, H_P);
	table_open(k, N_("Unusual access"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "alarms") {
		bool loud = str_eq(row_get(row, "refused"), "over_budget"), refused = str_eq(row_get(row, "refused"), "denied");
		table_row(k);
		cell_time_ms(k, row_i64(row, "at"));
		if (row_has(row, "by")) {
			access_cell_person(sc, row);
			cell(k, row_get(row, "unit_name"));
		} else {
			cell_open(k, NULL);
			el(k, H_B, NULL, N_("The whole house"));
			cell_close(k);
			cell_open(k, NULL);
			html_z(&k->w, "\xe2\x80\x93");
			cell_close(k);
		}
		cell_open(k, NULL);
		status_chip(k, loud ? "critical" : "warn", loud ? "octagon" : "warn", row_has(row, "by") ? (loud ? N_("Stopped") : refused ? N_("Refused") : N_("Proof asked")) : N_("Very unusual"));
		html_z(&k->w, " ");
		say(k, access_counter(row_get(row, "what")));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
review_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/review#next")); /* where the keyboard goes on: one key a line */
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Security review"));
	struct kit *k = &sc.k;
	struct str rows = release_rows(rel);
	struct row next = release_set(rel, "break_glass_page"), page = release_set(rel, "page");
	bool more_glass = row_is(next) && row_has(next, "next"), more = row_is(page) && row_has(page, "next");
	el(k, H_H1, NULL, N_("Security review"));
	if (rq->method == HTTP_POST && release_act_rc(rel) != RC_OK) {
		el_open(k, H_DIV, "faults");
		html_attr_z(&k->w, "role", "alert");
		say_why(k, release_problem(rel)->why, release_problem(rel)->about);
		html_close(&k->w, H_DIV);
	}
	el_open(k, H_DIV, "tiles");
	draw_tile(&sc, "glass", N_("Break-glass to review"), rows_count(rows, "break_glass"), more_glass);
	draw_tile(&sc, "warn", N_("Unusual access"), rows_count(rows, "alarms"), more);
	draw_tile(&sc, "octagon", N_("Refusals"), rows_count(rows, "refusals"), more);
	draw_tile(&sc, "shield", N_("Stops at a limit"), rows_count(rows, "stops"), more);
	html_close(&k->w, H_DIV);
	el(k, H_H2, NULL, N_("Break-glass to review"));
	if (rows_count(rows, "break_glass") == 0)
		empty_state(k, N_("Nothing to review."), STR("/review/all"), N_("Those already reviewed"));
	else
		draw_break_glass(&sc, N_("Most marks first, then the oldest; to be reviewed within 72 hours"));
	if (more_glass)
		link_to(k, "button quiet", screen_join(rq, STR("/review?after="), row_get(next, "next")), N_("Next ones"));
	draw_alarms(&sc);
	draw_proofs(&sc);
	draw_troubles(&sc, "stops", N_("Stops at a limit"), N_("Nobody was stopped."));
	draw_troubles(&sc, "refusals", N_("Refusals"), N_("Nothing was refused."));
	pager(&sc, STR("/review"), "?before=");
	return screen_end(&sc);
}

static enum rc
reviewed_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "break_glass_list");
	ask_before(rq, a);
	return RC_OK;
}

static enum rc
reviewed_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("All break-glass"));
	struct kit *k = &sc.k;
	struct row next = release_set(rel, "break_glass_page");
	el(k, H_H1, NULL, N_("All break-glass"));
	if (rows_count(release_rows(rel), "break_glass") == 0)
		empty_state(k, N_("Nobody has broken the glass yet."), STR("/review"), N_("Security review"));
	else
		draw_break_glass(&sc, N_("Newest first"));
	if (row_is(next) && row_has(next, "next"))
		link_to(k, "button quiet", screen_join(rq, STR("/review/all?before="), row_get(next, "next")), N_("Older"));
	return screen_end(&sc);
}

const struct page pages_access[] = {
	{ HTTP_GET, "/accesses", MAY_SIGNED_IN, REVEALS_WORK_LIST, .fields = before_fields, .ask = mine_ask, .show = mine_show, .menu = N_("My accesses"), .icon = "eye", .key = "g m" },
	{ .path = NULL },
};
const struct page pages_chart_access[] = {
	{ HTTP_GET, "/patient/:patient/who",    MAY_READ_CHART,    REVEALS_ONE_PATIENT, .fields = before_fields, .ask = looked_clinical_ask, .show = looked_show, .menu = N_("Who looked?"), .icon = "eye", .key = "g q" },
	{ HTTP_GET, "/patient/:patient/looked", MAY_READ_IDENTITY, REVEALS_ONE_PATIENT, .fields = before_fields, .ask = looked_admin_ask,    .show = looked_show, .menu = N_("Who looked?"), .icon = "eye", .key = "g q" },
	{ .path = NULL },
};
const struct page pages_review[] = {
	{ HTTP_GET,  "/review",     MAY_REVIEW, REVEALS_MASKED, .fields = review_page_fields, .ask = review_ask, .show = review_show, .menu = N_("Security review"), .icon = "shield", .key = "g r" },
	{ HTTP_POST, "/review",     MAY_REVIEW, REVEALS_MASKED, .fields = review_fields, .ask = review_ask, .show = review_show },
	{ HTTP_GET,  "/review/all", MAY_REVIEW, REVEALS_MASKED, .fields = before_fields, .ask = reviewed_ask, .show = reviewed_show, .menu = N_("All break-glass"), .icon = "glass" },
	{ .path = NULL },
};
