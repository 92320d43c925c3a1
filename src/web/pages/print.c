/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/print.c: what is printed of a patient: wristband, labels, invoices, the ordonnance for home. Each draws a paper (base/paper.h), the answer is its PDF (front/paper.c). A print is a look at the patient as
 * any page is. It must never print an INS of an identity that is not qualified, nor put a patient's name into a file name or a title. Called by front through the rows at the end.
 * Start at wristband_show.
 */
#include "pages/print.h"

#include <stdio.h>

#include "base/paper.h"
#include "kit/status.h"
#include "kit/when.h"
#include "pages/billing.h"
#include "pages/chart.h"
#include "pages/screen.h"

#define LABELS_MOST 40
#define DAY_MS 86400000

static const struct field label_fields[] = { { "n", N_("Number"), FIELD_INT, .min = 1, .max = LABELS_MOST }, FIELDS_END };
static const struct field invoice_fields[] = { { "no", N_("Number"), FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

/* The answer is a paper of this title; file: under which name a browser keeps it. */
static void
print_open(struct screen *sc, struct reply *out, const char *file, const char *title, enum paper_format format, int64_t made_ms)
{
	out->paper = file;
	paper_open(&out->body, &(struct paper_head){ .title = str_of(tr(sc->k.lang, title)), .lang = sc->k.lang == LANG_EN ? STR("en") : STR("fr"), .format = format, .made_s = made_ms / 1000 });
}

static struct str
word(const struct screen *sc, const char *msgid)
{
	return str_of(tr(sc->k.lang, msgid));
}

/* ---- wristband and labels ---- */

static enum rc
identity_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	ask_view(a, "patient_identity");
	ask_arg(a, "patient", rq->path.patient);
	return RC_OK;
}

/* A scanner reads it back: the house's number as it stands in the record, in signs that a keyboard has. */
static bool
is_scannable(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return false;
	return s.n > 0 && s.n <= PAPER_CODE_MOST;
}

/* The traits as the RNIV has them shown: name of birth, first given name of birth, name and given name in use where there are others, birth date, sex; the matricule only with a qualified identity. */
static void
put_traits(const struct screen *sc, struct reply *out, struct row row)
{
	struct buf *b = &out->body;
	struct words born = when_identity(&sc->k, row_get(row, "born_on"));
	struct str ipp = row_get(row, "ipp"), family = row_has(row, "birth_name") ? row_get(row, "birth_name") : row_get(row, "name");
	struct str second = screen_say(sc, N_("born {1}, sex {2}"), words_view(&born), word(sc, status_sex(row_get(row, "sex"))));

	paper_heading(b, 1, row_has(row, "given") ? screen_say(sc, N_("{1} {2}"), family, row_get(row, "given")) : family);
	if (row_has(row, "used_name") || row_has(row, "used_given"))
		paper_field(b, word(sc, N_("Name in use")), screen_say(sc, N_("{1} {2}"), row_has(row, "used_name") ? row_get(row, "used_name") : family, row_has(row, "used_given") ? row_get(row, "used_given") : row_get(row, "given")));
	paper_text(b, second);
	if (ipp.n > 0)
		paper_field(b, word(sc, N_("House number (IPP)")), ipp);
	if (str_eq(row_get(row, "status"), "QUAL") && row_has(row, "ins"))
		paper_field(b, word(sc, N_("INS")), row_get(row, "ins"));
	else
		paper_text(b, word(sc, N_("Identity not qualified")));
}

static void
put_code(struct reply *out, struct row row)
{
	struct str ipp = row_get(row, "ipp");
	if (is_scannable(ipp))
		paper_code(&out->body, ipp, ipp);
}

static enum rc
wristband_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row row = release_set(rel, "identity");

	screen_init(&sc, rq, rel, out);
	print_open(&sc, out, "bracelet.pdf", N_("Wristband"), PAPER_WRISTBAND, rq->now_ms - rq->now_ms % DAY_MS);
	put_code(out, row);
	put_traits(&sc, out, row);
	return RC_OK;
}

static enum rc
labels_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	uint64_t n = 1;
	struct row row = release_set(rel, "identity");

	screen_init(&sc, rq, rel, out);
	if (form_get(&rq->form, "n").n > 0 && str_u64(form_get(&rq->form, "n"), &n) != RC_OK)
		n = 1;
	print_open(&sc, out, "etiquettes.pdf", N_("Labels"), PAPER_LABEL, rq->now_ms - rq->now_ms % DAY_MS);
	for (uint64_t i = 0; i < n && i < LABELS_MOST; i++) {
		if (i > 0)
			paper_break(&out->body);
		put_code(out, row);
		put_traits(&sc, out, row);
	}
	return RC_OK;
}

/* ---- the ordonnance for home ---- */

static const struct field home_fields[] = { { "stay", N_("Stay"), FIELD_ID }, { "line", N_("Prescription"), FIELD_ID }, FIELDS_END };

static enum rc
home_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	screen_ask_head(rq, a);
	enum rc rc = identity_ask(rq, a, p);
	ask_view(a, "prescription_home");
	ask_arg(a, "patient", rq->path.patient);
	if (form_get(&rq->form, "stay").n > 0)
		ask_arg(a, "stay", form_get(&rq->form, "stay"));
	if (form_get(&rq->form, "line").n > 0)
		ask_arg(a, "line", form_get(&rq->form, "line"));
	return rc;
}

static void
put_prescribed(const struct screen *sc, struct reply *out, struct row row, int64_t nth)
{
	struct buf *b = &out->body;
	struct digits d;
	struct str name = row_has(row, "dci") ? screen_say(sc, N_("{1} {2}"), row_get(row, "dci"), row_get(row, "name")) : row_get(row, "name");
	paper_strong(b, screen_say(sc, N_("{1}. {2}"), digits_of(&d, nth), name));
	if (row_has(row, "letters")) {
		paper_text(b, row_get(row, "letters"));
		paper_small(b, screen_say(sc, N_("In figures: {1}"), row_get(row, "dosage")));
	} else {
		paper_text(b, row_get(row, "dosage"));
	}
	if (row_has(row, "supply"))
		paper_text(b, row_get(row, "supply"));
	if (row_has(row, "supply_figures"))
		paper_small(b, screen_say(sc, N_("In figures: {1}"), row_get(row, "supply_figures")));
	if (row_has(row, "strength"))
		paper_text(b, screen_say(sc, N_("Strength: {1}"), row_get(row, "strength")));
	if (row_get(row, "endless").n > 0)
		paper_text(b, word(sc, N_("No length of treatment is said.")));
	if (row_has(row, "note"))
		paper_text(b, row_get(row, "note"));
	if (row_has(row, "conditions"))
		paper_small(b, screen_say(sc, N_("Conditions of prescription as published (BDPM, {1}): {2}"), row_get(row, "edition_on"), row_get(row, "conditions")));
}

/* One of the two zones; NULL: no zones, all lines. Answers how many lines are written by now. */
static int64_t
put_zone(const struct screen *sc, struct reply *out, struct row paper, const char *title, bool ald, int64_t nth)
{
	bool open = false;
	for release_each (row, sc->rel, "lines") {
		if (row_i64(row, "paper") != row_i64(paper, "paper") || (title != NULL && (row_get(row, "ald").n > 0) != ald))
			continue;
		if (title != NULL && !open)
			paper_zone(&out->body, word(sc, title));
		open = true;
		put_prescribed(sc, out, row, ++nth);
	}
	if (title != NULL && open)
		paper_zone_end(&out->body);
	return nth;
}

static bool
has_ald(const struct screen *sc, struct row paper)
{
	for release_each (row, sc->rel, "lines")
		if (row_i64(row, "paper") == row_i64(paper, "paper") && row_get(row, "ald").n > 0)
			return true;
	return false;
}

static void
put_ordonnance(const struct screen *sc, struct reply *out, struct row paper)
{
	struct buf *b = &out->body;
	struct row home = release_set(sc->rel, "home"), identity = release_set(sc->rel, "identity");
	struct words when = when_identity(&sc->k, row_get(paper, "signed_on")); /* with its year */
	struct digits d;
	if (row_has(home, "site_name"))
		paper_strong(b, row_get(home, "site_name"));
	if (row_has(home, "unit_name") && !str_is(row_get(home, "unit_name"), row_get(home, "site_name")))
		paper_text(b, row_get(home, "unit_name"));
	if (row_has(home, "finess"))
		paper_field(b, word(sc, N_("FINESS")), row_get(home, "finess"));
	paper_field(b, word(sc, N_("Prescriber")), row_get(paper, "by_name"));
	if (row_has(paper, "rpps"))
		paper_field(b, word(sc, N_("RPPS")), row_get(paper, "rpps"));
	paper_field(b, word(sc, N_("Signed on")), words_view(&when));
	paper_rule(b);
	put_traits(sc, out, identity);
	if (row_has(identity, "treating_name"))
		paper_field(b, word(sc, N_("Treating physician")), row_get(identity, "treating_name"));
	paper_rule(b);
	int64_t n = 0;
	if (has_ald(sc, paper)) {
		n = put_zone(sc, out, paper, N_("Of the long illness (ALD), as the prescriber says"), true, n);
		n = put_zone(sc, out, paper, N_("Without relation to the long illness"), false, n);
	} else {
		n = put_zone(sc, out, paper, NULL, false, n);
	}
	paper_text(b, screen_say(sc, N_("Number of medicines: {1}"), digits_of(&d, n)));
	paper_signature(b, row_get(paper, "by_name"), screen_say(sc, N_("Signed in the record on {1}"), words_view(&when)));
}

/* A paper of French law: in French whatever the reader's language is. Where nothing is signed there is no paper, and a sentence says so. */
static enum rc
home_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	bool more = row_get(release_set(rel, "home"), "more").n > 0, first = true;
	if (more || rows_count(release_rows(rel), "lines") == 0) {
		chart_begin(&sc, rq, rel, out, N_("Ordonnance"));
		empty_state(&sc.k, more ? N_("This person has more open prescriptions than one paper is made of. Stop what is over, then print.") : N_("Nothing is signed for home: there is no ordonnance to print."),
			screen_path(rq, rq->path.patient, "/prescriptions"), N_("Prescriptions"));
		return screen_end(&sc);
	}
	struct row identity = release_set(rel, "identity");
	screen_init(&sc, rq, rel, out);
	sc.k.lang = (unsigned)LANG_FR;
	print_open(&sc, out, "ordonnance.pdf", N_("Ordonnance"), PAPER_A4, row_i64(release_set(rel, "papers"), "signed_at"));
	for release_each (row, rel, "papers") {
		if (!first)
			paper_break(&out->body);
		first = false;
		put_ordonnance(&sc, out, row);
	}
	struct words born = when_identity(&sc.k, row_get(identity, "born_on"));
	paper_foot(&out->body, screen_say(&sc, N_("{1}, born {2}, IPP {3}"), row_has(identity, "birth_name") ? row_get(identity, "birth_name") : row_get(identity, "name"), words_view(&born), row_get(identity, "ipp")));
	return RC_OK;
}

/* ---- invoices and credit notes ---- */

static enum rc
invoice_ask(const struct req *rq, struct asks *a, struct problem *p)
{
	(void)p;
	screen_ask_admin(rq, a);
	ask_view(a, "invoice");
	ask_arg(a, "patient", rq->path.patient);
	ask_arg(a, "no", form_get(&rq->form, "no"));
	return RC_OK;
}

static struct str
money(const struct screen *sc, struct row row, const char *name)
{
	if (!row_has(row, name))
		return word(sc, N_("not priced"));
	struct words w = billing_money(&sc->k, row_i64(row, name));
	return arena_str(sc->rq->arena, words_view(&w));
}

static void
put_lines(const struct screen *sc, struct reply *out)
{
	const struct paper_column columns[] = {
		{ word(sc, N_("Day")), 9, false }, { word(sc, N_("What")), 32, false }, { word(sc, N_("Amount")), 13, true }, { word(sc, N_("Compulsory insurance")), 14, true },
		{ word(sc, N_("Complementary insurance")), 14, true }, { word(sc, N_("Patient")), 13, true },
	};
	enum { COLUMNS = sizeof columns / sizeof columns[0] };
	struct buf *b = &out->body;

	paper_table(b, columns, COLUMNS);
	for release_each (row, sc->rel, "lines") {
		struct words day = when_day(&sc->k, row_get(row, "done_on"));
		struct str what = row_get(row, "detail").n > 0 ? screen_say(sc, N_("{1} {2}"), row_get(row, "code"), row_get(row, "detail")) : row_get(row, "code");
		if (row_has(row, "block"))
			what = screen_say(sc, N_("{1} ({2})"), what, word(sc, billing_why(row_get(row, "block"))));
		else if (row_has(row, "rule"))
			what = screen_say(sc, N_("{1} ({2})"), what, row_get(row, "rule"));
		const struct str cells[COLUMNS] = { arena_str(sc->rq->arena, words_view(&day)), what, money(sc, row, "amount_cents"), money(sc, row, "amo_cents"), money(sc, row, "amc_cents"), money(sc, row, "patient_cents") };
		paper_row(b, cells, COLUMNS);
	}
	struct row total = release_set(sc->rel, "total");
	const struct str sum[COLUMNS] = { STR_NONE, word(sc, N_("Total")), money(sc, total, "amount_cents"), money(sc, total, "amo_cents"), money(sc, total, "amc_cents"), money(sc, total, "patient_cents") };
	paper_row(b, sum, COLUMNS);
	paper_table_end(b);
}

static enum rc
invoice_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row head = release_set(rel, "head"), invoice = release_set(rel, "invoice");
	bool credit = row_has(invoice, "credits");
	const char *title = credit ? N_("Credit note") : N_("Invoice");
	char number[32];

	screen_init(&sc, rq, rel, out);
	struct words born = when_identity(&sc.k, row_get(head, "born_on")), day = when_day(&sc.k, row_get(invoice, "day_on"));
	snprintf(number, sizeof number, "%06lld", (long long)row_i64(invoice, "number"));
	struct str no = screen_say(&sc, N_("No. {1}-{2}"), row_get(invoice, "year"), str_of(number));
	print_open(&sc, out, credit ? "avoir.pdf" : "facture.pdf", title, PAPER_A4, row_i64(invoice, "posted_at"));
	struct buf *b = &out->body;
	paper_heading(b, 1, screen_say(&sc, N_("{1} {2}"), word(&sc, title), no));
	paper_field(b, word(&sc, N_("Patient")), row_get(head, "name"));
	paper_field(b, word(&sc, N_("Birth date")), words_view(&born));
	paper_field(b, word(&sc, N_("House number (IPP)")), row_get(head, "ipp"));
	paper_field(b, word(&sc, N_("Posted on")), words_view(&day));
	paper_field(b, word(&sc, N_("By")), row_get(invoice, "by_name"));
	put_lines(&sc, out);
	if (row_has(invoice, "credited_by"))
		paper_strong(b, word(&sc, N_("Taken back by a credit note")));
	paper_foot(b, no);
	return RC_OK;
}

const struct page pages_print[] = {
	{ HTTP_GET, "/patient/:patient/wristband.pdf", MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .ask = identity_ask, .show = wristband_show },
	{ HTTP_GET, "/patient/:patient/labels.pdf",    MAY_READ_IDENTITY | MAY_READ_CHART, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .fields = label_fields, .ask = identity_ask, .show = labels_show },
	{ HTTP_GET, "/patient/:patient/invoice.pdf",   MAY_BILL, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .fields = invoice_fields, .ask = invoice_ask, .show = invoice_show },
	{ HTTP_GET, "/patient/:patient/ordonnance.pdf", MAY_READ_CHART, REVEALS_ONE_PATIENT, .surface = SURFACE_PRINT, .fields = home_fields, .ask = home_ask, .show = home_show },
	{ .path = NULL },
};
