/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages/print.c: what is printed of a patient: wristband, labels, invoices. Each draws a paper (base/paper.h), the answer is its PDF (front/paper.c). A print is a look at the patient as
 * any page is. It must never print an INS of an identity that is not qualified, nor put a patient's name into a file name or a title. Called by front through the rows at the end.
 * Start at wristband_show.
 */
#include "pages/print.h"

#include <stdio.h>

#include "base/paper.h"
#include "kit/status.h"
#include "kit/when.h"
#include "pages/billing.h"
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

	if (is_scannable(ipp))
		paper_code(b, ipp, ipp);
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

static enum rc
wristband_show(const struct req *rq, const struct release *rel, struct reply *out)
{
	struct screen sc;
	struct row row = release_set(rel, "identity");

	screen_init(&sc, rq, rel, out);
	print_open(&sc, out, "bracelet.pdf", N_("Wristband"), PAPER_WRISTBAND, rq->now_ms - rq->now_ms % DAY_MS);
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
		put_traits(&sc, out, row);
	}
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
	{ .path = NULL },
};
