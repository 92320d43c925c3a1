/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/prove.c: « C'est bien vous ? »: a code of the second factor or a touch of a key, and what the work is, before another chart opens. One screen, thirty seconds, nothing lost.
 * It must never blame who is asked, nor say which counter asks. Called by front through its rows, and by fail.c. Start at prove_draw.
 */
#include "pages/prove.h"

#include "codec/url.h"
#include "pages/session.h"

#define UNITS_MOST 400

static const struct choice reasons[] = {
	{ "unit",      N_("Today I work in another unit") },
	{ "emergency", N_("I treat emergencies") },
	{ "other",     N_("Another reason") },
	{ NULL, NULL },
};
static const struct field fields[] = {
	{ "reason", N_("What is your work now?"),     FIELD_CODE,  .required = true, .choices = reasons },
	{ "unit",   N_("Unit"),                       FIELD_ID },
	{ "text",   N_("In a few words"),             FIELD_TEXT,  .max = 250 },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};
static const struct field page_fields[] = { FIELDS_END };

void
prove_first(const struct req *rq, struct reply *out)
{
	struct buf to;
	buf_init(&to, 4000);
	buf_z(&to, "/prove?next=");
	url_part(&to, rq->http != NULL ? rq->http->path : STR("/"));
	reply_redirect(out, arena_str(rq->arena, buf_view(&to)));
	buf_done(&to);
}

static size_t
units_of(const struct release *rel, struct arena *a, struct pair **at_r)
{
	size_t n = 0;
	struct pair *at = arena_array(a, UNITS_MOST, sizeof *at);
	for release_each (row, rel, "units")
		if (at != NULL && n < UNITS_MOST)
			at[n++] = (struct pair){ row_get(row, "id"), row_get(row, "name") };
	*at_r = at;
	return n;
}

static enum rc
prove_draw(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[4];
	struct pair *units;
	bool posted = rq->method == HTTP_POST;
	size_t n_units = units_of(rel, rq->arena, &units), n_faults = posted ? screen_faults(rq, rel, faults, 4) : 0;
	screen_init(&sc, rq, rel, out);
	struct kit *k = &sc.k;
	struct sheet s = { .action = STR("/prove"), .id = "prove", .class_ = "sheet narrow", .fields = fields, .form = posted ? &rq->form : NULL, .faults = faults, .n_faults = n_faults };
	sc.shell.why = STR_NONE;
	screen_begin(&sc, N_("Is it still you?"));
	el_open(k, H_H1, NULL);
	icon(k, "shield");
	html_z(&k->w, " ");
	say(k, N_("Is it still you?"));
	html_close(&k->w, H_H1);
	el(k, H_P, NULL, N_("More charts were opened with your account than your usual work explains. This happens on a busy day, and it happens when a password is stolen: so the next chart opens after a code of your second factor. Charts that you have open stay open, and care that cannot wait is never held up."));
	fields_open(k, &s);
	fields_summary(k, &s);
	if (form_get(&rq->form, "next").n > 0)
		fields_hidden(k, "next", form_get(&rq->form, "next"));
	fields_input(k, &s, "reason", &(struct look){ .as_radio = true, .keyed = true, .wide = true });
	fields_input(k, &s, "unit", &(struct look){ .options = units, .n_options = n_units, .wide = true, .hint = N_("Its present patients then open without a reason, until you sign out") });
	fields_input(k, &s, "text", &(struct look){ .wide = true, .hint = N_("For another reason, without naming a person") });
	session_code(&sc, &s, "prove", false);
	el_open(k, H_P, "note");
	icon(k, "eye");
	html_z(&k->w, " ");
	say(k, N_("The security officer reads what you answer."));
	html_close(&k->w, H_P);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Go on with my work"))));
	fields_close(k);
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/"), N_("Back to my work"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

static enum rc
prove_page_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "units");
	return RC_OK;
}

static enum rc
prove_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "reason", "unit", "text", "code", "passkey" };
	if (rq->form.n_bad == 0)
		ask_act(a, "prove");
	for (size_t i = 0; rq->form.n_bad == 0 && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	return prove_page_ask(rq, a, p); /* for a form that is drawn again */
}

static enum rc
prove_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method != HTTP_POST || !screen_done(rq, rel))
		return prove_draw(rq, rel, out);
	struct row row = release_set(rel, "session");
	if (row_is(row))
		reply_cookie(out, rq, row_get(row, "token"));
	struct str next = form_get(&rq->form, "next");
	reply_redirect(out, next.n > 0 ? next : STR("/"));
	return RC_OK;
}

const struct page pages_prove[] = {
	{ HTTP_GET,  "/prove", MAY_SIGNED_IN, REVEALS_META,    .fields = page_fields, .ask = prove_page_ask, .show = prove_show },
	{ HTTP_POST, "/prove", MAY_SIGNED_IN, REVEALS_META,    .fields = fields,      .ask = prove_ask,      .show = prove_show },
	{ .path = NULL },
};
