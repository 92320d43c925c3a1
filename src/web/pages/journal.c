/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/journal.c: what the limits did, and were given, in one table: alarms, stops, proofs, reasons, verdicts, « plan blanc », budgets changed and learnt, who is on call or was handed a patient. It must never name a patient.
 * Called by front through the row at the end. Start at journal_show.
 */
#include "pages/journal.h"

#include "pages/access.h"

static const struct { const char *kind, *chip, *icon, *label; } kinds[] = {
	{ "alarm",   "warn",   "warn",    N_("Proof asked") },
	{ "stop",    "critical", "octagon", N_("Stopped") },
	{ "proof",   "info",   "key",     N_("Proof given") },
	{ "glass",   "sealed", "glass",   N_("Break-glass") },
	{ "verdict", "info",   "check",   N_("Verdict of a second person") },
	{ "plan",    "warn",   "alert",   N_("Plan blanc") },
	{ "budget",  "info",   "shield",  N_("Limit changed") },
	{ "learnt",  "info",   "shield",  N_("Limit learnt") },
	{ "grant",   "info",   "people",  N_("Patients entrusted") },
};
static const struct { const char *code, *label; } words[] = {
	{ "unit",      N_("Today I work in another unit") },
	{ "emergency", N_("Emergency: care that cannot wait") },
	{ "arrival",   N_("The person is here, or on the way, and not yet registered") },
	{ "advice",    N_("A colleague asks for my opinion") },
	{ "other",     N_("Another reason") },
	{ "released",  N_("Stop ended") },
	{ "kept",      N_("Stays stopped; patients to be told") },
	{ "signed",    N_("Signed by a second person") },
	{ "ended",     N_("Ended") },
	{ "budget",      N_("Budgets of an establishment") },
	{ "emergencies", N_("Emergencies in a shift") },
	{ "unit_week",   N_("The unit's week: what its people open in a shift") },
	{ "on_call",     N_("On call for a unit") },
	{ "handed",      N_("A patient handed over by a colleague") },
};
static const struct field fields[] = { { "before", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX }, FIELDS_END };

static const char *
word_of(struct str code)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (str_eq(code, words[i].code))
			return words[i].label;
	return access_counter(code);
}

static enum rc
journal_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "ladder_journal");
	if (form_get(&rq->form, "before").n > 0)
		ask_arg(a, "before", form_get(&rq->form, "before"));
	return RC_OK;
}

static void
draw_line(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	table_row(k);
	cell_time_ms(k, row_i64(row, "at"));
	cell_open(k, NULL);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (str_eq(row_get(row, "kind"), kinds[i].kind))
			status_chip(k, kinds[i].chip, kinds[i].icon, kinds[i].label);
	cell_close(k);
	if (row_has(row, "by"))
		access_cell_person(sc, row);
	else if (row_has(row, "unit_name"))
		cell(k, row_get(row, "unit_name"));
	else
		cell_say(k, N_("The whole house"));
	cell_say(k, word_of(row_get(row, "what")));
	cell_open(k, NULL);
	html_text(&k->w, row_get(row, "other_name"));
	cell_close(k);
	table_row_end(k);
}

static enum rc
journal_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	static const struct col cols[] = { { N_("When"), "time" }, { N_("What happened"), NULL }, { N_("Whose account"), NULL }, { N_("Why"), NULL }, { N_("Second person"), NULL } };
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("What the limits did"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "page");
	el(k, H_H1, NULL, N_("What the limits did"));
	if (rows_count(release_rows(rel), "journal") == 0) {
		empty_state(k, N_("They have done nothing yet."), STR("/budgets"), N_("Limits"));
		return screen_end(&sc);
	}
	table_open(k, N_("Newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, rel, "journal")
		draw_line(&sc, row);
	table_close(k);
	if (row_is(page) && row_has(page, "next"))
		link_to(k, "button quiet", screen_join(rq, STR("/budgets/journal?before="), row_get(page, "next")), N_("Older"));
	html_open(&k->w, H_P);
	link_to(k, NULL, STR("/budgets"), N_("Limits"));
	html_close(&k->w, H_P);
	return screen_end(&sc);
}

const struct page pages_journal[] = {
	{ HTTP_GET, "/budgets/journal", MAY_REVIEW, REVEALS_META, .fields = fields, .ask = journal_ask, .show = journal_show },
	{ .path = NULL },
};
