/* SPDX-License-Identifier: Apache-2.0 */
/* pages/bedside.c: see care.h. It must never send a form under a key that another form had. Called by observation.c, transmission.c, administration.c. Start at bedside_ask. */
#include "pages/bedside.h"

#include <string.h>

#include "pages/patient.h"

void
bedside_ask(const struct req *rq, struct asks *a, const char *act)
{
	if (rq->method != HTTP_POST || rq->form.n_bad > 0)
		return;
	ask_act(a, act);
	ask_arg(a, "patient", rq->path.patient);
	for (const struct field *f = rq->page->fields; f != NULL && f->name != NULL; f++)
		for (size_t i = 0; i < rq->form.n; i++)
			if (rq->form.at[i].value.p != NULL && strcmp(rq->form.at[i].field->name, f->name) == 0)
				ask_arg(a, f->name, rq->form.at[i].value);
}

void
bedside_open(struct kit *k, const struct sheet *s)
{
	struct digits d;
	struct str once = fields_value(s, "once");
	bool keyed = false;
	for (const struct field *f = s->fields; f->name != NULL; f++)
		keyed = keyed || strcmp(f->name, "once") == 0;
	fields_open(k, s);
	if (keyed)
		fields_hidden(k, "once", once.n > 0 ? once : digits_of(&d, k->now_ms));
	fields_summary(k, s);
}

void
bedside_wristband(struct kit *k, const struct sheet *s)
{
	fields_input(k, s, "wristband", &(struct look){ .hint = N_("Point the scanner at the wristband. Another patient's is refused."), .autofocus = !fields_has_faults(s), .step = true });
}

/* ---- from a list to who wears the wristband ---- */

static const struct field scan_fields[] = { { "q", N_("Wristband"), FIELD_TEXT, .max = 100 }, FIELDS_END }; /* not marked as required: the list is worked without it too */

void
bedside_scan(struct screen *sc)
{
	struct kit *k = &sc->k;
	struct sheet s = { .action = STR("/scan"), .id = "wristband", .class_ = "sheet row", .fields = scan_fields };
	if (!release_may(sc->rel, MAY_FIND_PATIENT))
		return;
	fields_open(k, &s);
	fields_input(k, &s, "q", &(struct look){ .hint = N_("Scan it here, or anywhere on this page: the patient opens."), .scan = true });
	fields_submit(k, "quiet", "find", str_of(tr(k->lang, N_("Open the patient"))));
	fields_close(k);
}

static enum rc
scan_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->form.n_bad > 0 || form_get(&rq->form, "q").n == 0)
		return RC_OK;
	ask_view(a, "patient_search");
	ask_arg(a, "text", form_get(&rq->form, "q"));
	return RC_OK;
}

/* One person has this number: that one opens, or the record that it was joined to. Else what was found, as any search shows it. */
static enum rc
scan_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct row one = release_set(rel, "patients");
	if (!str_eq(row_get(release_set(rel, "search"), "by"), "identifier") || rows_count(release_rows(rel), "patients") != 1)
		return patient_draw_search(rq, rel, out, NULL);
	reply_redirect(out, screen_path(rq, row_has(one, "merged_into") ? row_get(one, "merged_into") : row_get(one, "id"), release_may(rel, MAY_ADMINISTER) ? "/plan" : screen_chart_tail(rel)));
	return RC_OK;
}

const struct page pages_bedside[] = {
	{ HTTP_POST, "/scan", MAY_FIND_PATIENT, REVEALS_MASKED, .fields = scan_fields, .ask = scan_ask, .show = scan_show },
	{ .path = NULL },
};

void
bedside_when(struct kit *k, const struct sheet *s)
{
	fields_input(k, s, "day", &(struct look){ .hint = N_("empty: today") });
	fields_input(k, s, "time", &(struct look){ .hint = N_("14:12, or empty: now"), .inputmode = "numeric" });
}

struct sheet
bedside_sheet(const struct req *rq, const struct release *rel, const char *tail, const char *id, const struct field *fields, struct fault faults[BEDSIDE_FAULTS])
{
	bool sent = rq->method == HTTP_POST && rq->page != NULL && str_ends(str_of(rq->page->path), str_of(tail));
	return (struct sheet){ .action = screen_path(rq, rq->path.patient, tail), .id = id, .class_ = "sheet", .fields = fields, .form = sent ? &rq->form : NULL, .faults = faults,
		.n_faults = sent && rq->form.n_bad == 0 ? screen_faults(rq, rel, faults, BEDSIDE_FAULTS) : 0 };
}

void
bedside_slip(struct screen *sc, struct row row, const char *tail, const char *flag)
{
	struct kit *k = &sc->k;
	struct pair hidden[3] = { { STR("id"), row_get(row, "id") }, { STR("version"), row_get(row, "version") } };
	size_t n = 2;
	if (!row_has(row, "id"))
		return;
	if (flag != NULL && row_has(row, flag))
		hidden[n++] = (struct pair){ str_of(flag), STR("1") };
	html_open(&k->w, H_DETAILS);
	el(k, H_SUMMARY, NULL, N_("Error of entry"));
	el(k, H_P, "hint", N_("It stays readable, struck out; what was said before counts again."));
	fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, tail), "quiet", "octagon", screen_say(sc, N_("Strike out for {1}"), sc->name), hidden, n, NULL);
	html_close(&k->w, H_DETAILS);
}

struct words
bedside_minutes(const struct kit *k, int64_t minutes)
{
	struct words ws = { .n = 0 };
	struct digits h, m;
	(void)k;
	if (minutes >= 60) {
		words_add(&ws, digits_of(&h, minutes / 60));
		words_z(&ws, "\xc2\xa0h");
	}
	if (minutes < 60 || minutes % 60 > 0) {
		words_z(&ws, ws.n > 0 ? minutes % 60 < 10 ? "\xc2\xa0" "0" : "\xc2\xa0" : "");
		words_add(&ws, digits_of(&m, minutes % 60));
		words_z(&ws, minutes < 60 ? "\xc2\xa0min" : "");
	}
	return ws;
}

void
bedside_chip(struct kit *k, const char *kind, const char *symbol, struct str text)
{
	struct words class_ = { .n = 0 };
	words_z(&class_, "st st-");
	words_z(&class_, kind);
	html_open(&k->w, H_SPAN);
	html_attr(&k->w, "class", words_view(&class_));
	if (symbol != NULL)
		icon(k, symbol);
	html_text(&k->w, text);
	html_close(&k->w, H_SPAN);
}
