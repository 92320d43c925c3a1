/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/plan_blanc.c: « plan blanc »: one form at a time: ask for it, sign it, end it; each with a fresh code. Below, what was done before.
 * It must never offer to sign what one asked for oneself. Called by front through the rows at the end. Start at plan_show.
 */
#include "pages/plan_blanc.h"

#include "pages/session.h"

static const struct field ask_fields[] = {
	{ "reason", N_("What happens?"),              FIELD_TEXT,  .min = 3, .max = 300, .required = true },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field no_fields[] = {
	{ "no",   N_("Plan blanc"),                 FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ "code", N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
plan_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "reason", "no", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, str_ends(str_of(rq->page->path), STR("/sign")) ? "plan_sign" : str_ends(str_of(rq->page->path), STR("/end")) ? "plan_end" : "plan_ask");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "plan");
	return RC_OK;
}

static void
draw_form(struct screen *sc, const char *action, const struct field *fields, struct row plan, const char *kind, const char *label)
{
	struct kit *k = &sc->k;
	struct fault faults[4];
	bool posted = sc->rq->method == HTTP_POST && sc->rq->page != NULL && str_eq(str_of(sc->rq->page->path), action);
	struct sheet s = { .action = str_of(action), .id = "plan", .class_ = "sheet narrow", .fields = fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = posted ? screen_faults(sc->rq, sc->rel, faults, 4) : 0 };
	fields_open(k, &s);
	fields_summary(k, &s);
	if (fields == no_fields)
		fields_hidden(k, "no", row_get(plan, "no"));
	else
		fields_input(k, &s, "reason", &(struct look){ .wide = true, .autofocus = true });
	session_code(sc, &s, "fresh", false);
	fields_submit(k, kind, "check", str_of(tr(k->lang, label)));
	fields_close(k);
}

static void
draw_now(struct screen *sc, struct row plan)
{
	struct kit *k = &sc->k;
	struct str state = row_is(plan) ? row_get(plan, "state") : STR_NONE;
	if (str_eq(state, "on")) {
		struct words until = when_clinical_ms(k, row_i64(plan, "until_at"));
		el_open(k, H_P, "note");
		say_with(k, N_("It is on until {1}."), words_view(&until));
		html_close(&k->w, H_P);
		draw_form(sc, "/plan/end", no_fields, plan, "danger", N_("End the plan blanc"));
	} else if (str_eq(state, "asked")) {
		struct words at = when_clinical_ms(k, row_i64(plan, "asked_at"));
		el_open(k, H_P, "note");
		say_with(k, N_("{1} asked for it, {2}: “{3}”. It waits for a second signature."), row_get(plan, "asked_by_name"), words_view(&at), row_get(plan, "reason"));
		html_close(&k->w, H_P);
		if (row_get(plan, "mine").n > 0)
			draw_form(sc, "/plan/end", no_fields, plan, "quiet", N_("Take it back"));
		else
			draw_form(sc, "/plan/sign", no_fields, plan, "primary", N_("Sign: it begins now, for 12 hours"));
	} else {
		draw_form(sc, "/plan", ask_fields, plan, "primary", N_("Ask for the plan blanc"));
	}
}

static void
cell_if(struct kit *k, struct row row, const char *column)
{
	cell_open(k, NULL);
	html_text(&k->w, row_has(row, column) ? row_get(row, column) : STR("\xe2\x80\x94"));
	cell_close(k);
}

static void
draw_before(struct screen *sc)
{
	static const struct col cols[] = { { N_("Asked for"), "time" }, { N_("By"), NULL }, { N_("Reason"), NULL }, { N_("Signed by"), NULL }, { N_("Until"), "time" }, { N_("Ended by"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "plans") == 0)
		return;
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "plans") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "asked_at"));
		cell(k, row_get(row, "asked_by_name"));
		cell(k, row_get(row, "reason"));
		cell_if(k, row, "signed_by_name");
		if (row_has(row, "until_at"))
			cell_time_ms(k, row_has(row, "ended_at") ? row_i64(row, "ended_at") : row_i64(row, "until_at"));
		else
			cell_if(k, row, "until_at");
		cell_if(k, row, "ended_by_name");
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
plan_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/plan"));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Plan blanc"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Plan blanc"));
	el(k, H_P, NULL, N_("For a mass casualty. One person asks for it and another signs; for 12 hours everybody may then name five times as many emergencies. Nothing else is widened, each opening is reviewed as ever, and every screen says that it is on."));
	draw_now(&sc, release_set(rel, "plans"));
	draw_before(&sc);
	return screen_end(&sc);
}

const struct page pages_plan[] = {
	{ HTTP_GET,  "/plan",      MAY_RELEASE, REVEALS_META, .ask = plan_ask, .show = plan_show, .menu = N_("Plan blanc"), .icon = "alert" },
	{ HTTP_POST, "/plan",      MAY_RELEASE, REVEALS_META, .fields = ask_fields, .ask = plan_ask, .show = plan_show },
	{ HTTP_POST, "/plan/sign", MAY_RELEASE, REVEALS_META, .fields = no_fields,  .ask = plan_ask, .show = plan_show },
	{ HTTP_POST, "/plan/end",  MAY_RELEASE, REVEALS_META, .fields = no_fields,  .ask = plan_ask, .show = plan_show },
	{ .path = NULL },
};
