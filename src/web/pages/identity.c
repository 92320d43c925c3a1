/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/identity.c: what an identity stands on (documents, INSi, attributes), the work lists of the identity cell, its members, records closed and opened again. It must never show an INS of
 * an identity that is not qualified, nor a name on a work list. Called by front through the rows at the end. Start at proofs_show and work_show.
 */
#include "pages/identity.h"

#include <string.h>

#include "pages/chart.h"
#include "pages/session.h"

#define FAULTS 6

const struct choice identity_proofs[] = {
	{ "CN", N_("National identity card") }, { "PA", N_("Passport") }, { "CS", N_("Residence permit") }, { "CE", N_("European card") }, { "AN", N_("Extract of the birth certificate") },
	{ "LE", N_("Family record book") }, { "AC", N_("Birth certificate and Vitale card with photo") }, { "DC", N_("Travel document of a foreign minor") }, { "CC", N_("Circulation booklet") },
	{ "CM", N_("Military card") }, { "PC", N_("Driving licence") }, { "TC", N_("Trusted third party") }, { "IE", N_("Electronic identification (eIDAS)") }, { NULL, NULL },
};
static const struct choice methods[] = { { "SM", N_("Typed in") }, { "CV", N_("Vitale card") }, { "CB", N_("Bar code") }, { "RFID", N_("RFID chip") }, { NULL, NULL } };

static const struct field proof_fields[] = {
	{ "proof",   N_("Document"),        FIELD_CODE, .required = true, .choices = identity_proofs },
	{ "method",  N_("How it was read"), FIELD_CODE, .choices = methods },
	{ "seen_on", N_("Seen on"),         FIELD_DATE, .required = true },
	{ "version", N_("Version"),         FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};
static const struct field end_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field call_fields[] = { { "version", N_("Version"), FIELD_INT, .min = 1, .max = UINT32_MAX }, FIELDS_END };
static const struct field mark_fields[] = {
	{ "homonym",  N_("Namesake exists"),     FIELD_FLAG },
	{ "doubtful", N_("Doubtful identity"),   FIELD_FLAG },
	{ "fictive",  N_("Fictitious identity"), FIELD_FLAG },
	{ "version",  N_("Version"),             FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END
};
static const struct field collision_fields[] = { { "text", N_("Explain"), FIELD_TEXT, .min = 3, .max = 500, .required = true }, FIELDS_END };

static const char *
label_of(const struct choice *c, struct str code)
{
	for (; c->code != NULL; c++)
		if (str_eq(code, c->code))
			return c->label;
	return N_("Not recorded");
}

/* ---- what an identity stands on ---- */

/* The forms of the page, by the end of their address. */
static const struct { const char *tail, *act; const struct field *fields; } proof_forms[] = {
	{ "/proofs",           "identity_source_add", proof_fields },
	{ "/proofs/end",       "identity_source_end", end_fields },
	{ "/proofs/insi",      "insi_call",           call_fields },
	{ "/proofs/marks",     "identity_mark",       mark_fields },
	{ "/proofs/collision", "identity_collision",  collision_fields },
};

static size_t
form_of(const struct req *rq)
{
	size_t i = 0;
	while (i < sizeof proof_forms / sizeof proof_forms[0] - 1 && !str_ends(str_of(rq->page->path), str_of(proof_forms[i].tail)))
		i++;
	return i;
}

static enum rc
proofs_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		size_t i = form_of(rq);
		ask_act(a, proof_forms[i].act);
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = proof_forms[i].fields; f->name != NULL; f++)
			if (form_get(&rq->form, f->name).n > 0)
				ask_arg(a, f->name, form_get(&rq->form, f->name));
	}
	screen_ask_admin(rq, a);
	ask_view(a, "identity_sources");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

static void
draw_sources(struct screen *sc)
{
	static const struct col cols[] = { { N_("Document"), NULL }, { N_("How it was read"), NULL }, { N_("Seen on"), "num" }, { N_("By"), NULL }, { N_("Worth"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "sources") == 0) {
		empty_state(k, N_("Nothing recorded here: the status is what came with the record."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("What this identity stands on"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "sources") {
		bool insi = str_eq(row_get(row, "method"), "INSI"), ended = row_has(row, "ended_at");
		struct words seen = when_identity(k, row_get(row, "seen_on"));
		const char *name = insi ? N_("National identity service (INSi)") : label_of(identity_proofs, row_get(row, "proof"));
		table_row(k);
		cell_say(k, name);
		if (insi)
			cell(k, STR("INSi"));
		else
			cell_say(k, label_of(methods, row_get(row, "method")));
		cell(k, words_view(&seen));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		if (ended)
			status_chip(k, "dash", "lock", N_("Withdrawn"));
		else if (row_get(row, "agrees").n == 0)
			status_chip(k, "warn", "warn", N_("Other traits than now"));
		else if (row_get(row, "proves").n == 0)
			status_chip(k, "plain", "doc", N_("Recorded; proves nothing here"));
		else
			status_chip(k, "ok", "check", N_("Counts"));
		cell_close(k);
		cell_open(k, NULL);
		if (!ended && release_may(sc->rel, MAY_WRITE_IDENTITY)) {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/proofs/end"), "quiet", "trash", screen_say(sc, N_("Withdraw: {1}"), str_of(tr(k->lang, name))), hidden, 1, NULL);
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_answer(struct screen *sc)
{
	static const struct { const char *code, *says; } outcomes[] = {
		{ "found", N_("The national service knows this person by these traits.") }, { "none", N_("The national service knows nobody by these traits. Nothing was changed; the identity cell has it on its list.") },
		{ "several", N_("The national service knows several by these traits. Nothing was changed; the identity cell has it on its list.") },
		{ "differs", N_("The national service knows this person by other traits. Nothing was changed: check the document and correct the identity.") },
	};
	static const struct { const char *code, *label; } names[] = { { "birth_name", N_("Birth name") }, { "given_names", N_("Given names of birth") }, { "birthdate", N_("Birth date") }, { "sex", N_("Sex") }, { "birth_place", N_("Birth place") } };
	static const struct col cols[] = { { N_("Trait"), NULL }, { N_("Here"), NULL }, { N_("National service"), NULL } };
	struct kit *k = &sc->k;
	struct row insi = release_set(sc->rel, "insi");
	if (!row_is(insi))
		return;
	bool found = str_eq(row_get(insi, "outcome"), "found");
	el_open(k, H_P, found ? "note" : "note warn");
	html_attr_z(&k->w, "role", "status");
	icon(k, found ? "check" : "warn");
	html_z(&k->w, " ");
	for (size_t i = 0; i < sizeof outcomes / sizeof outcomes[0]; i++)
		if (str_eq(row_get(insi, "outcome"), outcomes[i].code))
			say(k, outcomes[i].says);
	html_close(&k->w, H_P);
	if (rows_count(release_rows(sc->rel), "differs") == 0)
		return;
	table_open(k, N_("What differs"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "differs") {
		table_row(k);
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
			if (str_eq(row_get(row, "field"), names[i].code))
				cell_say(k, names[i].label);
		cell(k, row_get(row, "ours"));
		cell(k, row_get(row, "theirs"));
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_insi(struct screen *sc, struct row state)
{
	struct kit *k = &sc->k;
	struct pair hidden[1] = { { STR("version"), row_get(state, "version") } };
	el(k, H_H2, NULL, N_("National identity service (INSi)"));
	draw_answer(sc);
	if (!row_has(state, "service"))
		el(k, H_P, "note", N_("Not connected in this house: no status can rest on it."));
	else if (!row_has(state, "may_ask"))
		el(k, H_P, "note", N_("Not asked about a doubtful or fictitious identity."));
	else
		fields_button_form(k, screen_path(sc->rq, sc->rq->path.patient, "/proofs/insi"), "primary", "id-recup", screen_say(sc, N_("Ask INSi about {1}"), sc->name), hidden, 1, NULL);
	if (str_eq(row_get(state, "service"), "simulator"))
		el(k, H_P, "hint", N_("A simulator answers: a few invented people, with numbers of the test authority."));
}

static size_t
faults_of(struct screen *sc, bool posted, struct fault *at)
{
	return posted && sc->rq->form.n_bad == 0 ? screen_faults(sc->rq, sc->rel, at, FAULTS) : 0;
}

static void
draw_proof_form(struct screen *sc, struct row state, bool posted)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair now[2] = { { STR("version"), row_get(state, "version") }, { STR("method"), STR("SM") } };
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/proofs"), .id = "proof", .class_ = "sheet", .fields = proof_fields, .form = posted ? &sc->rq->form : NULL, .now = now, .n_now = 2,
		.faults = faults, .n_faults = faults_of(sc, posted, faults) };
	el(k, H_H2, NULL, N_("A document was shown"));
	el(k, H_P, "hint", N_("It proves the traits as they stand now. Identity card, passport, residence permit, birth certificate and family record book validate; others are recorded: the rules that this house was given say nothing about them."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "version", fields_value(&s, "version"));
	fields_input(k, &s, "proof", &(struct look){ .as_select = true });
	fields_input(k, &s, "method", &(struct look){ .as_select = true });
	fields_input(k, &s, "seen_on", &(struct look){ .hint = N_("h: today; or 14/02/2026") });
	fields_submit(k, "primary", "check", screen_say(sc, N_("Record the document of {1}"), sc->name));
	fields_close(k);
}

static void
draw_mark_form(struct screen *sc, struct row state, bool posted)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct pair now[4] = { { STR("version"), row_get(state, "version") }, { STR("homonym"), row_get(state, "homonym") }, { STR("doubtful"), row_get(state, "doubtful") }, { STR("fictive"), row_get(state, "fictive") } };
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/proofs/marks"), .id = "marks", .class_ = "sheet", .fields = mark_fields, .form = posted ? &sc->rq->form : NULL, .now = now, .n_now = 4,
		.faults = faults, .n_faults = faults_of(sc, posted, faults) };
	el(k, H_H2, NULL, N_("Attributes"));
	el(k, H_P, "hint", N_("A doubtful or fictitious identity is provisional: its INS goes, and INSi is not asked."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_hidden(k, "version", fields_value(&s, "version"));
	fields_input(k, &s, "homonym", NULL);
	fields_input(k, &s, "doubtful", NULL);
	fields_input(k, &s, "fictive", NULL);
	fields_submit(k, "quiet", "check", screen_say(sc, N_("Record the attributes of {1}"), sc->name));
	fields_close(k);
}

static void
draw_collision_form(struct screen *sc, bool posted)
{
	struct kit *k = &sc->k;
	struct fault faults[FAULTS];
	struct sheet s = { .action = screen_path(sc->rq, sc->rq->path.patient, "/proofs/collision"), .id = "collision", .class_ = "sheet", .fields = collision_fields, .form = posted ? &sc->rq->form : NULL,
		.faults = faults, .n_faults = faults_of(sc, posted, faults) };
	el(k, H_H2, NULL, N_("Two persons in one record?"));
	for release_each (row, sc->rel, "tasks")
		if (str_eq(row_get(row, "kind"), "collision"))
			el(k, H_P, "note warn", N_("A collision is suspected: the identity cell has it on its list."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "quiet", "people", screen_say(sc, N_("Report a collision in the record of {1}"), sc->name));
	fields_close(k);
}

static enum rc
proofs_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	size_t which = form_of(rq);
	bool posted = rq->method == HTTP_POST;
	if (posted && screen_done(rq, rel) && !row_is(release_set(rel, "insi"))) {
		reply_redirect(out, screen_path(rq, rq->path.patient, "/proofs"));
		return RC_OK;
	}
	chart_begin(&sc, rq, rel, out, N_("What the identity stands on"));
	struct kit *k = &sc.k;
	struct row state = release_set(rel, "state");
	if (which == 1 || which == 2)
		screen_refusal(&sc);
	if (!row_is(state)) {
		link_to(k, "button primary", screen_path(rq, rq->path.patient, "/proofs"), N_("Open the page again"));
		return screen_end(&sc);
	}
	el_open(k, H_P, NULL);
	status_identity(k, row_get(state, "status"), false);
	html_z(&k->w, " ");
	status_identity_marks(k, screen_marks(state));
	html_close(&k->w, H_P);
	draw_sources(&sc);
	if (release_may(rel, MAY_WRITE_IDENTITY)) {
		draw_insi(&sc, state);
		draw_proof_form(&sc, state, posted && which == 0);
		draw_mark_form(&sc, state, posted && which == 3);
		draw_collision_form(&sc, posted && which == 4);
		el_open(k, H_P, "actions");
		link_to(k, "button", screen_path(rq, rq->path.patient, "/merge"), N_("Ask for a merge"));
		link_to(k, "button quiet", screen_path(rq, rq->path.patient, "/close"), N_("Close the record"));
		html_close(&k->w, H_P);
	}
	return screen_end(&sc);
}

/* ---- work lists ---- */

static const struct { const char *code, *icon, *label, *none; } kinds[] = {
	{ "prov",      "id-prov",  N_("Provisional ones"),     N_("No provisional identity.") },
	{ "recup",     "id-recup", N_("Retrieved"),         N_("No identity waits for its document.") },
	{ "vali",      "id-vali",  N_("Validated"),         N_("No identity waits for INSi.") },
	{ "doubtful",  "doubt",    N_("Doubtful, fictitious"), N_("No doubtful or fictitious identity.") },
	{ "collision", "people",   N_("Collisions"),        N_("No collision is suspected.") },
	{ "insi",      "warn",     N_("INS rejected"),      N_("No answer of INSi waits.") },
	{ "asked",     "swap",     N_("Merges asked for"),  N_("No merge is asked for.") },
	{ "merged",    "link",     N_("Merges done"),       N_("No merge stands.") },
	{ "closed",    "lock",     N_("Closed records"),    N_("No record is closed.") },
};
#define KINDS (sizeof kinds / sizeof kinds[0])
enum { LIST_ASKED = 6, LIST_MERGED, LIST_CLOSED };

static const struct field work_fields[] = {
	{ "kind",  N_("List"), FIELD_TOKEN, .max = 16 },
	{ "after", N_("Page"), FIELD_INT, .min = 1, .max = INT64_MAX },
	FIELDS_END
};
static const struct field no_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field reopen_fields[] = {
	{ "no",   N_("Number"),  FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ "text", N_("Explain"), FIELD_TEXT, .min = 3, .max = 500, .required = true },
	FIELDS_END
};

/* The list that is shown: a form's own after it was sent. */
static size_t
list_of(const struct req *rq)
{
	struct str path = str_of(rq->page->path);
	if (rq->method == HTTP_POST)
		return str_ends(path, STR("/undo")) ? LIST_MERGED : str_ends(path, STR("/reopen")) ? LIST_CLOSED : str_ends(path, STR("/dismiss")) ? LIST_ASKED : 4;
	for (size_t i = 0; i < KINDS; i++)
		if (str_eq(form_get(&rq->form, "kind"), kinds[i].code))
			return i;
	return 0;
}

static enum rc
work_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	size_t list = list_of(rq);
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, list == LIST_MERGED ? "merge_undo" : list == LIST_CLOSED ? "record_reopen" : list == LIST_ASKED ? "merge_dismiss" : "identity_task_close");
		ask_arg(a, "no", form_get(&rq->form, "no"));
		if (list == LIST_CLOSED)
			ask_arg(a, "text", form_get(&rq->form, "text"));
	}
	ask_view(a, list == LIST_CLOSED ? "records_closed" : list >= LIST_ASKED ? "merges" : "identity_work");
	ask_arg(a, "kind", str_of(kinds[list].code));
	if (rq->method != HTTP_POST && form_get(&rq->form, "after").n > 0)
		ask_arg(a, "after", form_get(&rq->form, "after"));
	return RC_OK;
}

static void
draw_lists(struct screen *sc, size_t chosen)
{
	struct kit *k = &sc->k;
	el_open(k, H_UL, "filters");
	html_attr_z(&k->w, "aria-label", tr(k->lang, N_("List")));
	for (size_t i = 0; i < KINDS; i++) {
		html_open(&k->w, H_LI);
		html_open(&k->w, H_A);
		html_attr(&k->w, "href", screen_join(sc->rq, STR("/identity?kind="), str_of(kinds[i].code)));
		if (i == chosen)
			html_attr_z(&k->w, "aria-current", "true");
		icon(k, kinds[i].icon);
		say(k, kinds[i].label);
		html_close(&k->w, H_A);
		html_close(&k->w, H_LI);
	}
	html_close(&k->w, H_UL);
}

static void
draw_line(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	screen_cell_identity(sc, row);
	screen_cell_patient(sc, row, "/proofs");
	cell(k, row_get(row, "birth_year"));
	cell_say(k, status_sex(row_get(row, "sex")));
}

static void
draw_work(struct screen *sc, bool tasks)
{
	static const struct col cols[] = { { N_("Identity"), "shape" }, { N_("Person"), NULL }, { N_("Born"), "num" }, { N_("Sex"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("Answer"), NULL }, { N_("Action"), NULL } };
	static const struct { const char *code, *says; } details[] = { { "none", N_("Nobody found") }, { "several", N_("Several found") }, { "differs", N_("Other traits") } };
	struct kit *k = &sc->k;
	table_open(k, tasks ? N_("The oldest first") : N_("The newest records first"), cols, tasks ? 8 : 4);
	for release_each (row, sc->rel, "work") {
		table_row(k);
		draw_line(sc, row);
		if (tasks) {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			cell_time_ms(k, row_i64(row, "at"));
			cell(k, row_get(row, "by_name"));
			cell_open(k, NULL);
			for (size_t i = 0; i < sizeof details / sizeof details[0]; i++)
				if (str_eq(row_get(row, "detail"), details[i].code))
					status_chip(k, "warn", "warn", details[i].says);
			cell_close(k);
			cell_open(k, NULL);
			fields_button_form(k, STR("/identity/task"), "quiet", "check", screen_say(sc, N_("Settled: {1}"), row_get(row, "masked")), hidden, 1, NULL);
			cell_close(k);
		}
		table_row_end(k);
	}
	table_close(k);
}

static struct row
line_with(const struct release *rel, struct str no, const char *side)
{
	for release_each (row, rel, "lines")
		if (str_is(row_get(row, "no"), no) && str_eq(row_get(row, "side"), side))
			return row;
	return (struct row){ .at = 0 };
}

static void
draw_side(struct screen *sc, struct row row)
{
	struct kit *k = &sc->k;
	cell_open(k, NULL);
	if (row_is(row)) {
		status_identity(k, row_get(row, "status"), true);
		html_z(&k->w, " ");
		el_name(k, row_get(row, "masked"));
		html_z(&k->w, " ");
		html_text(&k->w, row_get(row, "birth_year"));
	}
	cell_close(k);
}

static struct str
pair_href(struct screen *sc, struct row a, struct row b)
{
	struct str from = screen_join(sc->rq, STR("/identity/compare?patient="), row_is(a) ? row_get(a, "id") : STR_NONE);
	return screen_join(sc->rq, screen_join(sc->rq, from, STR("&with=")), row_is(b) ? row_get(b, "id") : STR_NONE);
}

/* What a line does first: j and k go from one to the next. */
static void
draw_compare(struct kit *k, struct str href)
{
	html_open(&k->w, H_A);
	html_attr(&k->w, "href", href);
	html_attr_z(&k->w, "class", "button");
	html_flag(&k->w, "data-row");
	say(k, N_("Compare"));
	html_close(&k->w, H_A);
}

static void
draw_merges(struct screen *sc, bool done)
{
	const struct col cols[] = { { done ? N_("Kept") : N_("Older record"), NULL }, { done ? N_("Joined to it") : N_("Newer record"), NULL }, { N_("When"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, done ? N_("Merges that stand") : N_("The oldest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "merges") {
		struct str no = row_get(row, "no");
		struct pair hidden[1] = { { STR("no"), no } };
		struct row first = line_with(sc->rel, no, "winner");
		table_row(k);
		draw_side(sc, first);
		struct row second = line_with(sc->rel, no, "loser");
		draw_side(sc, second);
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		struct str name = row_is(first) ? row_get(first, "masked") : no;
		if (done)
			fields_button_form(k, STR("/identity/undo"), "quiet", "restore", screen_say(sc, N_("Undo the merge of {1}"), name), hidden, 1, "e");
		else if (row_has(row, "mine"))
			fields_button_form(k, STR("/identity/dismiss"), "quiet", "trash", screen_say(sc, N_("Take back the request for {1}"), name), hidden, 1, NULL);
		else
			draw_compare(k, pair_href(sc, first, second));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static void
draw_closed(struct screen *sc)
{
	static const struct choice reasons[] = { { "over", N_("Follow-up is over") }, { "request", N_("Asked for by the person") }, { "authority", N_("Asked for by an authority") }, { "other", N_("Other") }, { NULL, NULL } };
	static const struct col cols[] = { { N_("Identity"), "shape" }, { N_("Person"), NULL }, { N_("Born"), "num" }, { N_("Sex"), NULL }, { N_("State"), NULL }, { N_("Reason"), NULL }, { N_("Since"), "time" }, { N_("By"), NULL }, { N_("Action"), NULL } };
	struct kit *k = &sc->k;
	table_open(k, N_("Closed records"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "records") {
		bool sealed = str_eq(row_get(row, "kind"), "sealed");
		table_row(k);
		draw_line(sc, row);
		cell_open(k, NULL);
		status_chip(k, sealed ? "sealed" : "dash", "lock", sealed ? N_("Sealed") : N_("Archived"));
		cell_close(k);
		cell_say(k, label_of(reasons, row_get(row, "reason")));
		cell_time_ms(k, row_i64(row, "at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		if (row_has(row, "mine"))
			el(k, H_SPAN, "unknown", N_("closed by you: another member opens it again"));
		else
			link_to(k, "button quiet", screen_join(sc->rq, STR("/identity/reopen?no="), row_get(row, "no")), N_("Open again"));
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
work_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	size_t list = list_of(rq);
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, screen_join(rq, STR("/identity?kind="), str_of(kinds[list].code)));
		return RC_OK;
	}
	struct screen sc;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Identity cell"));
	struct kit *k = &sc.k;
	struct row page = release_set(rel, "page");
	el(k, H_H1, NULL, N_("Identity cell"));
	screen_refusal(&sc);
	if (!row_is(page) || !row_has(page, "member")) {
		empty_state(k, N_("These lists are those of the identity cell. An administrator makes somebody a member."), STR("/identity/cell"), N_("Who is a member"));
		return screen_end(&sc);
	}
	draw_lists(&sc, list);
	const char *set = list == LIST_CLOSED ? "records" : list >= LIST_ASKED ? "merges" : "work";
	if (rows_count(release_rows(rel), set) == 0)
		empty_state(k, kinds[list].none, STR_NONE, NULL);
	else if (list == LIST_CLOSED)
		draw_closed(&sc);
	else if (list >= LIST_ASKED)
		draw_merges(&sc, list == LIST_MERGED);
	else
		draw_work(&sc, list >= 4);
	if (row_has(page, "next"))
		link_to(k, "button quiet", screen_join(rq, screen_join(rq, screen_join(rq, STR("/identity?kind="), str_of(kinds[list].code)), STR("&after=")), row_get(page, "next")), N_("More"));
	return screen_end(&sc);
}

/* ---- a closed record is opened again ---- */

static enum rc
reopen_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)rq;
	(void)p;
	ask_view(a, "identity_cell");
	return RC_OK;
}

static enum rc
reopen_draw(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct fault faults[FAULTS];
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Open a record again"));
	bool posted = rq->method == HTTP_POST;
	struct pair now[1] = { { STR("no"), form_get(&rq->form, "no") } };
	struct sheet s = { .action = STR("/identity/reopen"), .id = "reopen", .class_ = "sheet narrow", .fields = reopen_fields, .form = posted ? &rq->form : NULL, .now = now, .n_now = 1,
		.faults = faults, .n_faults = faults_of(&sc, posted, faults) };
	el(&sc.k, H_H1, NULL, N_("Open a record again"));
	fields_open(&sc.k, &s);
	fields_summary(&sc.k, &s);
	fields_hidden(&sc.k, "no", fields_value(&s, "no"));
	fields_input(&sc.k, &s, "text", &(struct look){ .autofocus = true });
	fields_submit(&sc.k, "primary", "restore", str_of(tr(sc.k.lang, N_("Open again"))));
	fields_close(&sc.k);
	return screen_end(&sc);
}

static enum rc
reopen_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	return rq->method == HTTP_POST && screen_done(rq, rel) ? work_show(rq, rel, out) : reopen_draw(rq, rel, out);
}

/* ---- a record is closed ---- */

static const struct choice close_kinds[] = { { "archived", N_("Archived: read, not written") }, { "sealed", N_("Sealed: opened for a reason only, not written") }, { NULL, NULL } };
static const struct choice close_reasons[] = { { "over", N_("Follow-up is over") }, { "request", N_("Asked for by the person") }, { "authority", N_("Asked for by an authority") }, { "other", N_("Other") }, { NULL, NULL } };
static const struct field close_fields[] = {
	{ "kind",   N_("How"),     FIELD_CODE, .required = true, .choices = close_kinds },
	{ "reason", N_("Reason"),  FIELD_CODE, .required = true, .choices = close_reasons },
	{ "text",   N_("Explain"), FIELD_TEXT, .min = 3, .max = 500, .required = true },
	FIELDS_END
};

static enum rc
close_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	if (rq->method == HTTP_POST && rq->form.n_bad == 0) {
		ask_act(a, "record_close");
		ask_arg(a, "patient", rq->path.patient);
		for (const struct field *f = close_fields; f->name != NULL; f++)
			ask_arg(a, f->name, form_get(&rq->form, f->name));
		return RC_OK;                /* nothing to read of a record that no link opens now */
	}
	screen_ask_admin(rq, a);
	return RC_OK;
}

static enum rc
close_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/identity?kind=closed"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	chart_begin(&sc, rq, rel, out, N_("Close the record"));
	struct kit *k = &sc.k;
	bool posted = rq->method == HTTP_POST;
	struct sheet s = { .action = screen_path(rq, rq->path.patient, "/close"), .id = "close", .class_ = "sheet narrow", .fields = close_fields, .form = posted ? &rq->form : NULL,
		.faults = faults, .n_faults = faults_of(&sc, posted, faults) };
	el(k, H_P, NULL, N_("By members of the identity cell, once nothing is under way for this person. Another member opens the record again."));
	fields_open(k, &s);
	fields_summary(k, &s);
	fields_input(k, &s, "kind", &(struct look){ .as_radio = true });
	fields_input(k, &s, "reason", &(struct look){ .as_radio = true });
	fields_input(k, &s, "text", NULL);
	fields_submit(k, "danger", "lock", sc.name.n > 0 ? screen_say(&sc, N_("Close the record of {1}"), sc.name) : str_of(tr(k->lang, N_("Close the record"))));
	fields_close(k);
	return screen_end(&sc);
}

/* ---- members ---- */

static const struct field member_fields[] = {
	{ "login", N_("Login of the member"),        FIELD_TOKEN, .max = 64, .required = true },
	{ "code",  N_("Code of your second factor"), FIELD_TOKEN, .max = 16 },
	SESSION_KEY_FIELD,
	FIELDS_END
};

static enum rc
cell_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	static const char *const names[] = { "login", "code", "passkey" };
	bool acts = rq->method == HTTP_POST && rq->form.n_bad == 0, ends = str_ends(str_of(rq->page->path), STR("/end"));
	(void)p;
	if (acts)
		ask_act(a, ends ? "identity_cell_end" : "identity_cell_add");
	if (acts && ends)
		ask_arg(a, "no", form_get(&rq->form, "no"));
	for (size_t i = 0; acts && !ends && i < sizeof names / sizeof names[0]; i++)
		if (form_get(&rq->form, names[i]).n > 0)
			ask_arg(a, names[i], form_get(&rq->form, names[i]));
	ask_view(a, "identity_cell");
	return RC_OK;
}

static void
draw_members(struct screen *sc)
{
	static const struct col cols[] = { { N_("Who"), NULL }, { N_("Since"), "time" }, { N_("Made a member by"), NULL }, { N_("State"), NULL } };
	struct kit *k = &sc->k;
	if (rows_count(release_rows(sc->rel), "members") == 0) {
		empty_state(k, N_("Nobody is a member yet: no merge can be done, no record closed."), STR_NONE, NULL);
		return;
	}
	table_open(k, N_("Members, the newest first"), cols, sizeof cols / sizeof cols[0]);
	for release_each (row, sc->rel, "members") {
		bool ended = row_has(row, "ended");
		table_row(k);
		cell_open(k, NULL);
		el_name(k, row_get(row, "name"));
		cell_close(k);
		cell_time_ms(k, row_i64(row, "since_at"));
		cell(k, row_get(row, "by_name"));
		cell_open(k, NULL);
		status_chip(k, ended ? "dash" : "ok", ended ? "lock" : "check", ended ? N_("Taken off") : N_("Member"));
		if (!ended && (row_has(row, "mine") || release_may(sc->rel, MAY_MANAGE))) {
			struct pair hidden[1] = { { STR("no"), row_get(row, "no") } };
			html_z(&k->w, " ");
			fields_button_form(k, STR("/identity/cell/end"), "quiet", "lock", screen_say(sc, N_("Take {1} off the list"), row_get(row, "name")), hidden, 1, NULL);
		}
		cell_close(k);
		table_row_end(k);
	}
	table_close(k);
}

static enum rc
cell_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	if (rq->method == HTTP_POST && screen_done(rq, rel)) {
		reply_redirect(out, STR("/identity/cell"));
		return RC_OK;
	}
	struct screen sc;
	struct fault faults[FAULTS];
	bool ends = str_ends(str_of(rq->page->path), STR("/end")), posted = rq->method == HTTP_POST && !ends;
	screen_init(&sc, rq, rel, out);
	screen_begin(&sc, N_("Members of the identity cell"));
	struct kit *k = &sc.k;
	el(k, H_H1, NULL, N_("Members of the identity cell"));
	if (ends)
		screen_refusal(&sc);
	draw_members(&sc);
	if (release_may(rel, MAY_MANAGE)) {
		struct sheet s = { .action = STR("/identity/cell"), .id = "member", .class_ = "sheet narrow", .fields = member_fields, .form = posted ? &rq->form : NULL, .faults = faults, .n_faults = faults_of(&sc, posted, faults) };
		el(k, H_H2, NULL, N_("Make somebody a member"));
		el(k, H_P, "hint", N_("Members join records, close them and see what waits about identities. Admission, nurses and physicians can be members; nobody makes himself one."));
		fields_open(k, &s);
		fields_summary(k, &s);
		fields_input(k, &s, "login", NULL);
		session_code(&sc, &s, "fresh", false);
		fields_submit(k, "primary", "plus", str_of(tr(k->lang, N_("Make a member"))));
		fields_close(k);
	}
	return screen_end(&sc);
}

const struct page pages_identity[] = {
	{ HTTP_GET,  "/identity",          MAY_WRITE_IDENTITY,              REVEALS_MASKED, .fields = work_fields,   .ask = work_ask,   .show = work_show,   .menu = N_("Identity cell"), .icon = "id-qual" },
	{ HTTP_POST, "/identity/task",     MAY_WRITE_IDENTITY,              REVEALS_MASKED, .fields = no_fields,     .ask = work_ask,   .show = work_show },
	{ HTTP_POST, "/identity/undo",     MAY_WRITE_IDENTITY,              REVEALS_MASKED, .fields = no_fields,     .ask = work_ask,   .show = work_show },
	{ HTTP_POST, "/identity/dismiss",  MAY_WRITE_IDENTITY,              REVEALS_MASKED, .fields = no_fields,     .ask = work_ask,   .show = work_show },
	{ HTTP_GET,  "/identity/reopen",   MAY_WRITE_IDENTITY,              REVEALS_META,   .fields = no_fields,     .ask = reopen_ask, .show = reopen_show },
	{ HTTP_POST, "/identity/reopen",   MAY_WRITE_IDENTITY,              REVEALS_MASKED, .fields = reopen_fields, .ask = work_ask,   .show = reopen_show },
	{ HTTP_GET,  "/identity/cell",     MAY_MANAGE | MAY_WRITE_IDENTITY, REVEALS_META,   .ask = cell_ask,         .show = cell_show, .menu = N_("Members of the identity cell"), .icon = "people" },
	{ HTTP_POST, "/identity/cell",     MAY_MANAGE,                      REVEALS_META,   .fields = member_fields, .ask = cell_ask,   .show = cell_show },
	{ HTTP_POST, "/identity/cell/end", MAY_MANAGE | MAY_WRITE_IDENTITY, REVEALS_META,   .fields = no_fields,     .ask = cell_ask,   .show = cell_show },
	{ HTTP_GET,  "/patient/:patient/proofs",           MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_ONE_PATIENT, .ask = proofs_ask, .show = proofs_show, .menu = N_("Proofs of identity"), .icon = "id-qual" },
	{ HTTP_POST, "/patient/:patient/proofs",           MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = proof_fields,     .ask = proofs_ask, .show = proofs_show },
	{ HTTP_POST, "/patient/:patient/proofs/end",       MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = end_fields,       .ask = proofs_ask, .show = proofs_show },
	{ HTTP_POST, "/patient/:patient/proofs/insi",      MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = call_fields,      .ask = proofs_ask, .show = proofs_show },
	{ HTTP_POST, "/patient/:patient/proofs/marks",     MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = mark_fields,      .ask = proofs_ask, .show = proofs_show },
	{ HTTP_POST, "/patient/:patient/proofs/collision", MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = collision_fields, .ask = proofs_ask, .show = proofs_show },
	{ HTTP_GET,  "/patient/:patient/close",            MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .ask = close_ask, .show = close_show },
	{ HTTP_POST, "/patient/:patient/close",            MAY_WRITE_IDENTITY, REVEALS_ONE_PATIENT, .fields = close_fields,     .ask = close_ask, .show = close_show },
	{ .path = NULL },
};
