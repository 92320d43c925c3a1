/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/glass.c: the break-glass page: one screen, a reason on keys 1 to 4, a few words, and what follows said plainly.
 * It must never show more of the person than the masked line, nor blame who asks. Called by front through its rows, and by fail.c in place of any
 * chart page that asks for a reason. Start at glass_draw.
 */
#include "pages/glass.h"

#include <string.h>

#include "pages/session.h"

/* Codes of the act break_glass, in the order of their keys. */
static const struct choice reasons[] = {
	{ "emergency", N_("Emergency: care that cannot wait") },
	{ "arrival",   N_("The person is here, or on the way, and not yet registered") },
	{ "advice",    N_("A colleague asks for my opinion") },
	{ "other",     N_("Another reason") },
	{ NULL, NULL },
};
static const struct field fields[] = {
	{ "reason", N_("Reason"),                  FIELD_CODE, .required = true, .choices = reasons },
	{ "text",   N_("In a few words"),          FIELD_TEXT, .min = 3, .max = 250, .required = true },
	{ "colleague",      N_("Login of a colleague of the unit"), FIELD_TOKEN, .max = 64 },
	{ "colleague_code", N_("Their present code"),               FIELD_TOKEN, .max = 16 },
	{ "closed", N_("Chart of a closed establishment"), FIELD_FLAG },
	SESSION_KEY_FIELD,
	FIELDS_END
};

/* Of a stopped account, and of a closed establishment's chart: an emergency is all that opens. */
static const struct choice emergency_alone[] = { { "emergency", N_("Emergency: care that cannot wait") }, { NULL, NULL } };
static const struct field emergency_fields[] = {
	{ "reason", N_("Reason"),                  FIELD_CODE, .required = true, .choices = emergency_alone },
	{ "text",   N_("In a few words"),          FIELD_TEXT, .min = 3, .max = 250, .required = true },
	{ "colleague",      N_("Login of a colleague of the unit"), FIELD_TOKEN, .max = 64 },
	{ "colleague_code", N_("Their present code"),               FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

/* What a page says for whose chart it is asked: nothing joins, the account is stopped, or the establishment is closed. */
struct glass_case { const char *title, *symbol, *head, *text; };
static const struct glass_case unjoined = { N_("A reason is asked"), "glass", N_("This chart asks for a reason before it opens."), N_("Nothing joins you to this person now: no stay in your unit, no appointment, no note or order of yours. If you care for them, say why: the chart opens at once, for 4 hours.") };
static const struct glass_case of_stopped = { N_("Account stopped"), "octagon", N_("Your account is stopped: it opens emergencies only."), N_("It opened more than its work explains. Call the security officer, or a physician of your unit: once one of them has seen what was opened, you go on. If this person's care cannot wait, say so here: the chart opens at once.") };
static const struct glass_case of_closed = { N_("Chart of a closed establishment"), "lock", N_("This chart belongs to an establishment that is closed."), N_("Two ways lead to it. If this person's care cannot wait, say so here: the chart opens at once, for 4 hours. For anything else it is asked for by a ticket that a second person approves.") };

/* The other way to a closed establishment's chart, for who may ask for it. */
static void
draw_ticket(struct screen *sc)
{
	struct kit *k = &sc->k;
	if (!release_may(sc->rel, MAY_EXPORT_ASK)) {
		el(k, H_P, "note", N_("Your role asks for no ticket: a physician, a pharmacist, a coder or the data protection officer can."));
		return;
	}
	el_open(k, H_P, "note");
	link_to(k, "button", STR("/exports/ask"), N_("Ask for it by a ticket"));
	html_z(&k->w, " ");
	say_with(k, N_("As its patients, write _id={1}."), sc->rq->path.patient);
	html_close(&k->w, H_P);
}

static void
draw_traits(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct row row = release_set(sc->rel, "masked");
	if (!row_is(row))
		return;
	el_open(k, H_P, "state");
	status_identity(k, row_get(row, "status"), false);
	html_z(&k->w, " ");
	el_text(k, H_STRONG, NULL, row_get(row, "masked"));
	html_z(&k->w, " · ");
	say_with(k, N_("born in {1}"), row_get(row, "birth_year"));
	html_z(&k->w, " · ");
	say(k, status_sex(row_get(row, "sex")));
	html_close(&k->w, H_P);
}

enum rc
glass_draw(const struct req *rq, const struct release *rel, struct reply *out, enum why why)
{
	struct screen sc;
	struct fault fault = { why == WHY_BREAK_GLASS_REASON || why == WHY_CLOSED_CHART ? "reason" : why == WHY_COLLEAGUE ? "colleague_code" : NULL, why, NULL };
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST && rq->page != NULL && strcmp(rq->page->path, "/patient/:patient/glass") == 0, stopped = why == WHY_STOPPED_ACCOUNT;
	bool closed = !stopped && (why == WHY_CLOSED_CHART || (posted && form_get(&rq->form, "closed").n > 0));
	const struct glass_case *c = stopped ? &of_stopped : closed ? &of_closed : &unjoined;
	struct sheet s = {
		.action = screen_path(rq, rq->path.patient, "/glass"), .id = "glass", .class_ = "sheet", .fields = stopped || closed ? emergency_fields : fields, .form = posted ? &rq->form : NULL,
		.faults = &fault, .n_faults = why != WHY_NONE && why != WHY_UNEXPLAINED && !stopped && (posted || !closed) ? 1 : 0,
	};
	sc.shell.why = STR_NONE;
	sc.shell.mode = "sealed-page";
	sc.shell.n_rail = 0;
	screen_begin(&sc, c->title);
	el_open(k, H_H1, NULL);
	icon(k, c->symbol);
	html_z(&k->w, " ");
	say(k, c->head);
	html_close(&k->w, H_H1);
	draw_traits(&sc);
	el(k, H_P, NULL, c->text);
	if (closed)
		draw_ticket(&sc);
	fields_open(k, &s);
	fields_summary(k, &s);
	struct str next = posted ? form_get(&rq->form, "next") : rq->method == HTTP_GET && rq->http != NULL && rq->page != NULL && strcmp(rq->page->path, "/patient/:patient/glass") != 0 ? rq->http->path : STR_NONE;
	if (next.n > 0)
		fields_hidden(k, "next", next);
	if (closed) /* so that the page that comes back for another reason offers no more */
		fields_hidden(k, "closed", STR("1"));
	fields_input(k, &s, "reason", &(struct look){ .as_radio = true, .keyed = true, .wide = true });
	fields_input(k, &s, "text", &(struct look){ .wide = true, .hint = N_("What you need to know, without naming the person") });
	if (!stopped && (why == WHY_OVER_GLASS || why == WHY_COLLEAGUE || (posted && (form_typed(&rq->form, "colleague").n > 0 || form_typed(&rq->form, "colleague_code").n > 0)))) {
		el(k, H_P, NULL, N_("The shift's own emergencies are used up. A colleague of your unit who is here signs too: with their key, or with login and present code of their second factor."));
		fields_input(k, &s, "colleague", NULL);
		fields_input(k, &s, "colleague_code", &(struct look){ .autocomplete = "one-time-code", .inputmode = "numeric" });
		fields_key(k, "cosign", "quiet", N_("My colleague's key"));
	}
	el_open(k, H_P, "note sealed");
	icon(k, "eye");
	html_z(&k->w, " ");
	say(k, N_("The security officer reviews emergencies within 72 hours, and a part of the other openings. Each shows in the person's own access list, with your name and reason."));
	html_close(&k->w, H_P);
	fields_submit(k, "sealed", "glass", str_of(tr(k->lang, N_("Open the chart"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/"), N_("Do not open: back to my work"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

static enum rc
glass_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return RC_OK;
	ask_act(a, "break_glass");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "reason", form_get(&rq->form, "reason"));
	ask_arg(a, "text", form_get(&rq->form, "text"));
	if (form_get(&rq->form, "passkey").n > 0)
		ask_arg(a, "colleague_passkey", form_get(&rq->form, "passkey"));
	else if (form_get(&rq->form, "colleague").n > 0 || form_get(&rq->form, "colleague_code").n > 0) {
		ask_arg(a, "colleague", form_get(&rq->form, "colleague"));
		ask_arg(a, "colleague_code", form_get(&rq->form, "colleague_code"));
	}
	return RC_OK;
}

static enum rc
glass_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method != HTTP_POST || !screen_done(rq, rel))
		return glass_draw(rq, rel, out, rq->method != HTTP_POST || rq->form.n_bad > 0 ? WHY_NONE : release_problem(rel)->why);
	struct str next = form_get(&rq->form, "next");
	reply_redirect(out, next.n > 0 ? next : screen_path(rq, rq->path.patient, screen_chart_tail(rel)));
	return RC_OK;
}

const struct page pages_glass[] = {
	{ HTTP_GET,  "/patient/:patient/glass", MAY_BREAK_GLASS, REVEALS_NOTHING, .ask = glass_ask, .show = glass_show },
	{ HTTP_POST, "/patient/:patient/glass", MAY_BREAK_GLASS, REVEALS_NOTHING, .fields = fields, .ask = glass_ask, .show = glass_show },
	{ .path = NULL },
};
