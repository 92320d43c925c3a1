/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/special.c: « Données sensibles »: the labels that make a chart one of specially sensitive data: those of HL7, said in words, and those of the house's own, which can be added
 * here and not taken away. It must never show whose charts they are. Called by front through the rows at the end. Start at special_show.
 */
#include "pages/special.h"

#include "pages/session.h"

static const struct field add_fields[] = {
	{ "system", N_("Code system"),                FIELD_TOKEN, .min = 3, .max = 200, .required = true },
	{ "label",  N_("Code"),                       FIELD_TOKEN, .min = 1, .max = 64, .required = true },
	{ "code",   N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
special_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "system", "label", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0;
	(void)p;
	if (acts)
		ask_act(a, "special_label_add");
	for (size_t i = 0; acts && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "special_labels");
	return RC_OK;
}

static void
draw_labels(struct screen *sc)
{
	static const struct col cols[] = { { N_("Since"), "time" }, { N_("Code system"), NULL }, { N_("Code"), NULL }, { N_("By"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "labels") == 0) {
		el(k, H_P, "note", N_("This house has none of its own: the list is delivered empty."));
		return;
	}
	table_open(k, N_("Labels of this house"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "labels") {
		table_row(k);
		cell_time_ms(k, row_i64(row, "since_at"));
		cell(k, row_get(row, "system"));
		cell(k, row_get(row, "code"));
		cell(k, row_get(row, "by_name"));
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
special_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/special"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[4];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Specially sensitive data"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Specially sensitive data"));
	el(k, H_P, NULL, N_("A chart counts as one when a resource of it carries a label of HL7 that says so: restricted or very restricted, or a code of sensitivity (psychiatry, HIV, staff and the like); or a label of this house. No diagnosis and no unit is ever taken for one."));
	el(k, H_P, NULL, N_("Its openings are marked in the log, each one without a care link is reviewed, and two people approve an export that holds any."));
	draw_labels(&sc);
	struct sheet s = { .action = STR("/special"), .id = "special", .class_ = "sheet narrow", .fields = add_fields, .form = rq->method == HTTP_POST ? &rq->form : NULL,
		.faults = faults, .n_faults = rq->method == HTTP_POST ? screen_faults(rq, rel, faults, 4) : 0 };
	el(k, H_H2, NULL, N_("Add a label"));
	el(k, H_P, NULL, N_("It counts for what is written from now on, and for what stands once the operator has made the indexes anew. It is not taken away again."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "system", &(struct look){ .wide = true });
	fields_input(k, &s, "label", &(struct look){ .wide = true });
	session_code(&sc, &s, "fresh", false);
	fields_submit(k, "primary", "check", str_of(tr(k->lang, N_("Add this label"))));
	fields_close(k);
	return screen_end(&sc);
}

const struct page pages_special[] = {
	{ HTTP_GET,  "/special", MAY_REVIEW, REVEALS_META, .ask = special_ask, .show = special_show, .menu = N_("Specially sensitive data"), .icon = "lock" },
	{ HTTP_POST, "/special", MAY_REVIEW, REVEALS_META, .fields = add_fields, .ask = special_ask, .show = special_show },
	{ .path = NULL },
};
