/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/invoice.c: posted invoices: the next number of the establishment and year, lines, what each payer owes, the journal, all in one transaction; and the credit note that takes one
 * back. Must never change what was posted, nor leave a gap between numbers: the tables refuse it (0021-billing.sql). Called by the gate through the rows at the end. Start at post.
 */
#include "base/clock.h"
#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/matters.h"

#define SHOWN 200

enum rc invoice_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct invoice *i_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_INVOICE_GET);
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*i_r = (struct invoice){ .no = no, .bill = db_i64(s, 0), .credits = db_i64(s, 1), .stay = arena_str(a, db_text(s, 2)), .patient = db_i64(s, 3), .establishment = arena_str(a, db_text(s, 4)),
			.year = db_i64(s, 5), .number = db_i64(s, 6), .day = arena_str(a, db_text(s, 7)), .n_lines = db_i64(s, 8), .amount = db_i64(s, 9), .posted_by = db_i64(s, 10), .posted_ms = db_i64(s, 11) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- posting ---- */

enum rc invoice_add(struct act_ctx *x, struct invoice *i, struct problem *p)
{
	struct civil today = civil_paris(x->now_ms);
	bool row = false;
	i->year = today.year;
	i->day = day_of(x->arena, x->now_ms);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INVOICE_NUMBER_MAKE);
	db_bind_str(s, 1, i->establishment);
	db_bind_i64(s, 2, i->year);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_INVOICE_NUMBER_NEXT);
	db_bind_str(s, 1, i->establishment);
	db_bind_i64(s, 2, i->year);
	rc = db_step(s, &row, p);
	i->number = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_INVOICE_ADD);
	if (i->bill)
		db_bind_i64(s, 1, i->bill);
	else
		db_bind_null(s, 1);
	if (i->credits)
		db_bind_i64(s, 2, i->credits);
	else
		db_bind_null(s, 2);
	db_bind_str(s, 3, i->stay);
	db_bind_i64(s, 4, i->patient);
	db_bind_str(s, 5, i->establishment);
	db_bind_i64(s, 6, i->year);
	db_bind_i64(s, 7, i->number);
	if (i->number > 1)
		db_bind_i64(s, 8, i->number - 1);
	else
		db_bind_null(s, 8);
	db_bind_str(s, 9, i->day);
	db_bind_i64(s, 10, i->n_lines);
	db_bind_i64(s, 11, i->amount);
	db_bind_i64(s, 12, x->who->account);
	db_bind_i64(s, 13, x->now_ms);
	rc = db_run(s, p);
	i->no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	return rc;
}

/* sign: 1, or -1 for a credit note, whose lines take back. */
static enum rc invoice_lines(struct act_ctx *x, const struct invoice *i, const struct line *at, size_t n, int64_t sign, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t k = 0; k < n && rc == RC_OK; k++) {
		const struct line *l = &at[k];
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INVOICE_LINE_ADD);
		db_bind_i64(s, 1, i->no);
		db_bind_i64(s, 2, (int64_t)k + 1);
		db_bind_i64(s, 3, i->n_lines);
		db_bind_str(s, 4, l->kind);
		db_bind_str(s, 5, l->code);
		db_bind_str(s, 6, l->detail.n ? l->detail : STR(""));
		db_bind_i64(s, 7, l->grid);
		db_bind_str(s, 8, l->done_on);
		db_bind_i64(s, 9, l->quantity);
		if (l->price >= 0)
			db_bind_i64(s, 10, l->price);
		else
			db_bind_null(s, 10);
		db_bind_i64(s, 11, sign * l->amount);
		for (int j = PAYER_COMPULSORY; j <= PAYERS; j++)
			db_bind_i64(s, 11 + j, sign * l->share[j]);
		db_bind_str(s, 15, l->rule);
		rc = db_run(s, p);
	}
	return rc;
}

static enum rc invoice_of_bill(struct act_ctx *x, int64_t bill, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_INVOICE_OF_BILL);
	bool row = false;
	db_bind_i64(s, 1, bill);
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* "bill_post": patient, no, version → set "bill": no, invoice. Pressed twice it is posted once: the second answer is the first. */
static enum rc post(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bill b;
	struct line *at;
	size_t n;
	int64_t total[PAYERS + 1] = { 0 }, done = 0;
	enum rc rc = bill_get(x->db, x->arena, billing_i64(x->args, "no"), record_patient_rid(x->db, args_get(x->args, "patient")), &b, p);
	if (rc == RC_OK && str_eq(b.state, "posted")) {
		rc = invoice_of_bill(x, b.no, &done, p);
		if (rc == RC_OK)
			bill_told(out, &b, done);
		return rc;
	}
	if (rc == RC_OK && (!str_eq(b.state, "checked") || b.version != billing_i64(x->args, "version")))
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "version", "another was quicker");
	if (rc == RC_OK)
		rc = bill_is_free(x, &b, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	struct invoice i = { .bill = b.no, .stay = b.stay, .patient = b.patient, .establishment = b.establishment, .n_lines = (int64_t)n };
	for (size_t k = 0; k < n; k++) {
		i.amount += at[k].amount;
		for (int j = PAYER_COMPULSORY; j <= PAYERS; j++)
			total[j] += at[k].share[j];
	}
	rc = invoice_add(x, &i, p);
	if (rc == RC_OK)
		rc = invoice_lines(x, &i, at, n, 1, p);
	for (int j = PAYER_COMPULSORY; j <= PAYERS && rc == RC_OK; j++) {
		struct claim k = { .invoice = i.no, .payer = (enum payer)j, .establishment = i.establishment, .patient = i.patient, .amount = total[j] };
		if (total[j] == 0)
			continue;
		rc = claim_add(x, &k, p);
		if (rc == RC_OK)
			rc = journal_post(x, &k, POSTING_INVOICE, j, ACCOUNT_CARE, total[j], p);
	}
	if (rc == RC_OK)
		rc = bill_step(x, &b, "posted", STR(""), true, p);
	if (rc == RC_OK)
		bill_told(out, &b, i.no);
	return rc;
}

/* "invoice_credit": patient, no (of the invoice) → set "bill": invoice (of the credit note). The whole of it is taken back, under a number of its own; its acts can be billed anew. */
static enum rc credit(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct invoice of, note;
	struct line *at;
	size_t n;
	bool found = false;
	int64_t patient = record_patient_rid(x->db, args_get(x->args, "patient"));
	enum rc rc = invoice_get(x->db, x->arena, billing_i64(x->args, "no"), &found, &of, p);
	if (rc == RC_OK && (!found || of.patient != patient || of.credits))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such invoice");
	if (rc == RC_OK)
		rc = bill_lines_get(x->db, x->arena, ST_HOSPITAL_INVOICE_LINES, of.no, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	note = (struct invoice){ .credits = of.no, .stay = of.stay, .patient = of.patient, .establishment = of.establishment, .n_lines = of.n_lines, .amount = -of.amount };
	rc = invoice_add(x, &note, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "no", "invoice %lld was credited", (long long)of.no);
	if (rc == RC_OK)
		rc = invoice_lines(x, &note, at, n, -1, p);
	for (int j = PAYER_COMPULSORY; j <= PAYERS && rc == RC_OK; j++) {
		struct claim k;
		rc = claim_get(x->db, x->arena, of.no, j, &found, &k, p);
		if (rc != RC_OK || !found)
			continue;
		k.credited = k.amount;
		rc = journal_post(x, &k, POSTING_CREDIT, ACCOUNT_CARE, j, k.amount, p);
		if (rc == RC_OK)
			rc = claim_put(x, &k, p);
	}
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_BILLING_ACT_FREE);
	db_bind_i64(s, 1, of.bill);
	if (rc == RC_OK)
		rc = db_run(s, p);
	if (rc == RC_OK)
		bill_told(out, &(struct bill){ .no = of.bill, .patient = of.patient }, note.no);
	return rc;
}

/* ---- views ---- */

/* "bills": patient. Set "bills" (drafts): no, stay, state, block, made_at. Set "invoices": no, year, number, day_on, amount_cents, credits (of a credit note). */
static enum rc bills_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILL_OF);
	bool row = false;
	enum rc rc = RC_OK;
	rows_set(out, "bills");
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "no", db_i64(s, 0));
		rows_col(out, "stay", db_text(s, 1));
		rows_col(out, "state", db_text(s, 2));
		col(out, "block", db_text(s, 3));
		rows_col_i64(out, "made_at", db_i64(s, 4));
	}
	db_reset(s);
	rows_set(out, "invoices");
	s = db_stmt(v->db, ST_HOSPITAL_INVOICE_OF);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "no", db_i64(s, 0));
		rows_col_i64(out, "year", db_i64(s, 1));
		rows_col_i64(out, "number", db_i64(s, 2));
		rows_col(out, "day_on", db_text(s, 3));
		rows_col_i64(out, "amount_cents", db_i64(s, 4));
		if (db_i64(s, 5))
			rows_col_i64(out, "credits", db_i64(s, 5));
	}
	db_reset(s);
	return rc;
}

/* "invoice": patient, no. Set "invoice": no, year, number, day_on, amount_cents, by_name, posted_at, credits, credited_by (no of the note), stay. Sets "lines" and "total" as of "bill". */
static enum rc invoice_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct invoice i;
	struct line *at;
	size_t n;
	bool found = false, row = false;
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	enum rc rc = invoice_get(v->db, v->arena, billing_i64(v->args, "no"), &found, &i, p);
	if (rc == RC_OK && (!found || i.patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such invoice of this patient");
	if (rc == RC_OK)
		rc = bill_lines_get(v->db, v->arena, ST_HOSPITAL_INVOICE_LINES, i.no, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	struct str by = person_of(&people, (uint32_t)i.posted_by).name;
	rows_set(out, "invoice");
	rows_row(out);
	rows_patient(out, i.patient, TIER_IDENTITY);
	rows_col_i64(out, "no", i.no);
	rows_col_i64(out, "year", i.year);
	rows_col_i64(out, "number", i.number);
	rows_col(out, "day_on", i.day);
	rows_col_i64(out, "amount_cents", i.amount);
	rows_col(out, "stay", i.stay);
	col(out, "by_name", by);
	rows_col_i64(out, "posted_at", i.posted_ms);
	if (i.credits)
		rows_col_i64(out, "credits", i.credits);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_INVOICE_CREDIT_OF);
	db_bind_i64(s, 1, i.no);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		rows_col_i64(out, "credited_by", db_i64(s, 0));
	db_reset(s);
	if (rc == RC_OK)
		bill_line_rows(out, i.patient, at, n);
	return rc;
}

#define OF_BILL { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define VERSION { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
static const struct field STEP_FIELDS[] = { OF_BILL, VERSION, FIELDS_END };
static const struct field CREDIT_FIELDS[] = { OF_BILL, { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }, FIELDS_END };


const struct view invoice_views[] = {
	{ .name = "bills",   .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .run = bills_view },
	{ .name = "invoice", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .run = invoice_view },
	{ .name = NULL },
};

const struct act invoice_acts[] = {
	{ .name = "bill_post",      .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = STEP_FIELDS,   .run = post },
	{ .name = "invoice_credit", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = CREDIT_FIELDS, .fresh = true, .run = credit },
	{ .name = NULL },
};
