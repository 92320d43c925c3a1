/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/billing_desk.c: what the billing desk begins its day with: what stands still and why, first what a payer refused; the journal of a day; and the count that makes every sum
 * anew from the rows and compares. Must never name a patient whom no fact joins to the reader, nor mend a difference: it is shown. Called by the gate through the rows at the end.
 * Start at desk and recount.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/map.h"
#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/matters.h"

#define PART_MOST 60      /* of each kind, on one page */
#define KINDS_MOST 10
#define POSTINGS_SHOWN 500

/* ---- the desk ---- */

struct task { const char *kind; int64_t no, patient, payer, cents, since_ms; struct str reason, since_on, stay; };
struct tasks { struct task *at; size_t n; };

static enum rc claims_in(struct view_ctx *v, struct str here, const char *state, const char *kind, struct tasks *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_CLAIM_WORK);
	size_t from = w->n;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, str_of(state));
	db_bind_i64(s, 3, PART_MOST);
	while (w->n - from < PART_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		w->at[w->n++] = (struct task){ .kind = kind, .no = db_i64(s, 0), .payer = db_i64(s, 1), .patient = db_i64(s, 2), .cents = db_i64(s, 3), .reason = arena_str(v->arena, db_text(s, 4)),
			.since_on = arena_str(v->arena, db_text(s, 5)) };
	db_reset(s);
	return rc;
}

static enum rc bills_in(struct view_ctx *v, struct str here, const char *state, struct tasks *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILL_WORK);
	size_t from = w->n;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, str_of(state));
	db_bind_i64(s, 3, PART_MOST);
	while (w->n - from < PART_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str block = arena_str(v->arena, db_text(s, 2));
		w->at[w->n++] = (struct task){ .kind = str_eq(str_of(state), "checked") ? "checked" : block.n ? "blocked" : "ready", .no = db_i64(s, 0), .patient = db_i64(s, 1), .reason = block,
			.stay = arena_str(v->arena, db_text(s, 3)), .since_ms = db_i64(s, 4) };
	}
	db_reset(s);
	return rc;
}

/* One row a stay, however many acts wait. */
static enum rc acts_in(struct view_ctx *v, struct str here, struct tasks *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_BILLING_ACT_OPEN);
	size_t from = w->n;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, PART_MOST * 4);
	while (w->n - from < PART_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		bool known = false;
		for (size_t i = from; i < w->n; i++)
			known = known || str_is(w->at[i].stay, db_text(s, 0));
		if (!known)
			w->at[w->n++] = (struct task){ .kind = "act", .stay = arena_str(v->arena, db_text(s, 0)), .patient = db_i64(s, 1), .since_on = arena_str(v->arena, db_text(s, 3)) };
	}
	db_reset(s);
	return rc;
}

static enum rc refunds_in(struct view_ctx *v, struct str here, struct tasks *w, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_REFUND_OPEN);
	size_t from = w->n;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, PART_MOST);
	while (w->n - from < PART_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct claim k = { .patient = 0 };
		struct task one = { .kind = "sign", .no = db_i64(s, 1), .payer = db_i64(s, 2), .cents = db_i64(s, 3) };
		bool found = false;
		rc = claim_get(v->db, v->arena, one.no, one.payer, &found, &k, p);
		if (rc != RC_OK)
			break;
		one.patient = k.patient;
		one.since_on = k.since_on;
		w->at[w->n++] = one;
	}
	db_reset(s);
	return rc;
}

/*
 * "billing_desk": what waits in the establishment worked in, what stands still first: refused by a payer, to give back, drafts that something stands against, acts without a draft, then what
 * only has to be done. Set "desk": kind (rejected, sign, refund, blocked, act, ready, checked, to_send, part, sent), reason, no (draft or invoice), payer (number), cents, since_on or since_at, stay,
 * and the columns of billing_who. Set "place": establishment, name, kind.
 */
static enum rc desk(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct tasks w = { .at = arena_array(v->arena, PART_MOST * KINDS_MOST, sizeof *w.at) };
	struct names names = { v->db, v->arena, NULL };
	struct billing_place place = { PLACE_UNKNOWN, 0 };
	struct str here;
	enum rc rc = w.at ? billing_establishment(v->db, v->arena, v->who->unit, &here, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = billing_place_get(v->db, here, &place, p);
	if (rc == RC_OK)
		rc = claims_in(v, here, "rejected", "rejected", &w, p);
	if (rc == RC_OK)
		rc = refunds_in(v, here, &w, p);
	if (rc == RC_OK)
		rc = claims_in(v, here, "refund", "refund", &w, p);
	if (rc == RC_OK)
		rc = bills_in(v, here, "draft", &w, p);
	if (rc == RC_OK)
		rc = acts_in(v, here, &w, p);
	if (rc == RC_OK)
		rc = bills_in(v, here, "checked", &w, p);
	if (rc == RC_OK)
		rc = claims_in(v, here, "open", "to_send", &w, p);
	if (rc == RC_OK)
		rc = claims_in(v, here, "part", "part", &w, p);
	if (rc == RC_OK)
		rc = claims_in(v, here, "sent", "sent", &w, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	col(out, "establishment", here);
	col(out, "name", name_of(&names, "Organization", here));
	col_z(out, "kind", place.kind == PLACE_PUBLIC ? "public" : place.kind == PLACE_PRIVATE ? "private" : "");
	rows_set(out, "desk");
	for (size_t i = 0; i < w.n && rc == RC_OK; i++) {
		const struct task *one = &w.at[i];
		rows_row(out);
		col_z(out, "kind", one->kind);
		col(out, "reason", one->reason);
		if (one->no)
			rows_col_i64(out, "no", one->no);
		if (one->payer) {
			rows_col_i64(out, "payer", one->payer);
			rows_col_i64(out, "cents", one->cents);
		}
		col(out, "stay", one->stay);
		col(out, "since_on", one->since_on);
		if (one->since_ms)
			rows_col_i64(out, "since_at", one->since_ms);
		rc = billing_who(v, out, one->patient, p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the journal ---- */

/*
 * "billing_journal": day (today when it is not said), of the establishment worked in: amounts and numbers, no patient. Set "day": day_on, debit_cents, credit_cents. Set "accounts": account,
 * debit_cents, credit_cents. Set "postings": invoice, seq, kind, payer, debit, credit, amount_cents, year, number (of the invoice). Set "recount" (the last count): at, by_name, postings, differences, took_ms.
 */
static enum rc journal(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct str here, day = args_get(v->args, "day");
	int64_t debit = 0, credit = 0;
	uint32_t by = 0;
	bool row = false;
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc != RC_OK)
		return rc;
	if (!day.n)
		day = day_of(v->arena, v->now_ms);
	rows_set(out, "accounts");
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_JOURNAL_DAY);
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, day);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "account", db_i64(s, 0));
		rows_col_i64(out, "debit_cents", db_i64(s, 1));
		rows_col_i64(out, "credit_cents", db_i64(s, 2));
		debit += db_i64(s, 1);
		credit += db_i64(s, 2);
	}
	db_reset(s);
	rows_set(out, "day");
	rows_row(out);
	rows_col(out, "day_on", day);
	rows_col_i64(out, "debit_cents", debit);
	rows_col_i64(out, "credit_cents", credit);
	rows_set(out, "postings");
	s = db_stmt(v->db, ST_HOSPITAL_POSTING_OF_DAY);
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, day);
	db_bind_i64(s, 3, POSTINGS_SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		static const char *const NAMES[] = { "invoice", "seq", "kind", "payer", "debit", "credit", "amount_cents", "year", "number" };
		rows_row(out);
		for (int i = 0; i < 9; i++)
			rows_col_i64(out, NAMES[i], db_i64(s, i));
	}
	db_reset(s);
	rows_set(out, "recount");
	s = db_stmt(v->db, ST_HOSPITAL_RECOUNT_LAST);
	if (rc == RC_OK)
		rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "at", db_i64(s, 1));
		rows_col_i64(out, "postings", db_i64(s, 3));
		rows_col_i64(out, "differences", db_i64(s, 4));
		rows_col_i64(out, "took_ms", db_i64(s, 5));
		by = (uint32_t)db_i64(s, 2);
	}
	db_reset(s);
	if (by && rc == RC_OK)
		col(out, "by_name", person_of(&people, by).name);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the count ---- */

/*
 * All figures are made anew from what cannot change (lines of invoices and rows of the journal) and compared with what is kept beside: what each payer owes, was paid, credited and given back; sums
 * by day and account; and the numbers of invoices, one after the other. One pass over each table in the order of its key, five walks beside each other.
 */
struct sum { int64_t debit, credit; };
struct count {
	struct db_conn *db;
	struct maps *days, *last;                 /* "establishment|day|account" → place in sum + 1; "establishment|year" → last number */
	struct sum *sum; size_t n, cap;
	int64_t postings, differences;
	struct journal_found found[DIFFERENCES_SHOWN];
	struct walk { struct db_stmt *s; bool row; } line, claim, post;
};

static void differs(struct count *c, const char *what, int64_t invoice, int64_t payer)
{
	if (c->differences < DIFFERENCES_SHOWN)
		c->found[c->differences] = (struct journal_found){ what, invoice, payer };
	c->differences++;
}

#define KEY_MOST 160
static struct str day_key(char key[KEY_MOST], struct str establishment, struct str day, int64_t account)
{
	int n = snprintf(key, KEY_MOST, "%.*s|%.*s|%lld", STR_ARG(establishment), STR_ARG(day), (long long)account);
	MUST(n > 0 && n < KEY_MOST);
	return (struct str){ key, (size_t)n };
}

static struct sum *sum_of(struct count *c, struct str key)
{
	uint64_t at = 0;
	if (maps_find(c->days, key, &at))
		return &c->sum[at - 1];
	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 1024;
		struct sum *grown = realloc(c->sum, cap * sizeof *grown);
		if (!grown)
			return NULL;
		c->sum = grown;
		c->cap = cap;
	}
	c->sum[c->n] = (struct sum){ 0, 0 };
	return maps_put(c->days, key, c->n + 1) ? &c->sum[c->n++] : NULL;
}

static enum rc next(struct walk *w, struct problem *p) { return db_step(w->s, &w->row, p); }

static enum rc no_memory(struct problem *p) { return problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory"); }

/* What of a table before `no` belongs to no invoice that was walked: there is none. */
static enum rc skip(struct count *c, struct walk *w, int64_t no, const char *what, struct problem *p)
{
	enum rc rc = RC_OK;
	while (rc == RC_OK && w->row && db_i64(w->s, 0) < no) {
		differs(c, what, db_i64(w->s, 0), 0);
		rc = next(w, p);
	}
	return rc;
}

struct owed { int64_t amount, paid, credited, refunded; };

static enum rc count_postings(struct count *c, int64_t no, struct owed owed[PAYERS + 1], struct problem *p)
{
	enum rc rc = skip(c, &c->post, no, "posting", p);
	while (rc == RC_OK && c->post.row && db_i64(c->post.s, 0) == no) {
		struct db_stmt *s = c->post.s;
		char key[KEY_MOST];
		int64_t kind = db_i64(s, 2), payer = db_i64(s, 3), cents = db_i64(s, 8);
		struct owed *o = &owed[payer >= 1 && payer <= PAYERS ? payer : 0];
		*(kind == POSTING_INVOICE ? &o->amount : kind == POSTING_PAYMENT ? &o->paid : kind == POSTING_CREDIT ? &o->credited : &o->refunded) += cents;
		for (int side = 0; side < 2; side++) {
			struct sum *sum = sum_of(c, day_key(key, db_text(s, 4), db_text(s, 5), db_i64(s, 6 + side)));
			if (!sum)
				return no_memory(p);
			*(side ? &sum->credit : &sum->debit) += cents;
		}
		c->postings++;
		rc = next(&c->post, p);
	}
	return rc;
}

static enum rc count_claims(struct count *c, int64_t no, const int64_t lines[PAYERS + 1], const struct owed owed[PAYERS + 1], struct problem *p)
{
	bool there[PAYERS + 1] = { false };
	enum rc rc = skip(c, &c->claim, no, "claim", p);
	while (rc == RC_OK && c->claim.row && db_i64(c->claim.s, 0) == no) {
		struct db_stmt *s = c->claim.s;
		int64_t payer = db_i64(s, 1);
		const struct owed *o = &owed[payer];
		if (db_i64(s, 2) != lines[payer] || db_i64(s, 2) != o->amount || db_i64(s, 3) != o->paid || db_i64(s, 4) != o->credited || db_i64(s, 5) != o->refunded)
			differs(c, "claim", no, payer);
		there[payer] = true;
		rc = next(&c->claim, p);
	}
	for (int64_t j = 1; j <= PAYERS && rc == RC_OK; j++)
		if (!there[j] && (lines[j] > 0 || owed[j].amount))
			differs(c, "claim", no, j);
	return rc;
}

static enum rc count_lines(struct count *c, int64_t no, int64_t total, int64_t lines[PAYERS + 1], struct problem *p)
{
	int64_t all = 0;
	enum rc rc = skip(c, &c->line, no, "line", p);
	while (rc == RC_OK && c->line.row && db_i64(c->line.s, 0) == no) {
		for (int j = 1; j <= PAYERS; j++) {
			lines[j] += db_i64(c->line.s, 1 + j);
			all += db_i64(c->line.s, 1 + j);
		}
		rc = next(&c->line, p);
	}
	if (rc == RC_OK && all != total)
		differs(c, "amount", no, 0);
	return rc;
}

static enum rc count_invoice(struct count *c, struct db_stmt *s, struct problem *p)
{
	struct owed owed[PAYERS + 1] = { { 0 } };
	int64_t lines[PAYERS + 1] = { 0 }, no = db_i64(s, 0), number = db_i64(s, 3);
	bool note = db_i64(s, 5) != 0;
	char key[KEY_MOST];
	uint64_t last = 0;
	struct str of = day_key(key, db_text(s, 1), STR(""), db_i64(s, 2));
	(void)maps_find(c->last, of, &last);
	if (number != (int64_t)last + 1)
		differs(c, "number", no, 0);
	if (!maps_put(c->last, of, (uint64_t)number))
		return no_memory(p);
	enum rc rc = count_lines(c, no, db_i64(s, 4), lines, p);
	if (rc == RC_OK)
		rc = count_postings(c, no, owed, p);
	if (rc == RC_OK && note) /* its amounts stand in the journal of the invoice that it takes back */
		for (int j = 1; j <= PAYERS; j++)
			lines[j] = 0;
	return rc == RC_OK ? count_claims(c, no, lines, owed, p) : rc;
}

static enum rc count_days(struct count *c, struct problem *p)
{
	struct db_stmt *s = db_stmt(c->db, ST_HOSPITAL_RECOUNT_DAYS);
	bool row = false;
	size_t met = 0;
	enum rc rc;
	db_bind_str(s, 1, STR(""));
	db_bind_str(s, 2, STR(""));
	db_bind_i64(s, 3, 0);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		char key[KEY_MOST];
		uint64_t at = 0;
		bool known = maps_find(c->days, day_key(key, db_text(s, 0), db_text(s, 1), db_i64(s, 2)), &at);
		met += known;
		if (!known || c->sum[at - 1].debit != db_i64(s, 3) || c->sum[at - 1].credit != db_i64(s, 4))
			differs(c, "day", 0, db_i64(s, 2));
	}
	db_reset(s);
	if (rc == RC_OK && met != c->n)
		differs(c, "day", 0, 0);
	return rc;
}

static enum rc walk_begin(struct count *c, struct walk *w, enum stmt which, struct problem *p)
{
	w->s = db_stmt(c->db, which);
	db_bind_i64(w->s, 1, 0);
	db_bind_i64(w->s, 2, 0);
	return next(w, p);
}

static enum rc count_all(struct count *c, struct problem *p)
{
	bool row = false;
	enum rc rc = walk_begin(c, &c->line, ST_HOSPITAL_RECOUNT_LINES, p);
	if (rc == RC_OK)
		rc = walk_begin(c, &c->claim, ST_HOSPITAL_RECOUNT_CLAIMS, p);
	if (rc == RC_OK)
		rc = walk_begin(c, &c->post, ST_HOSPITAL_RECOUNT_POSTINGS, p);
	struct db_stmt *s = db_stmt(c->db, ST_HOSPITAL_RECOUNT_INVOICES);
	db_bind_i64(s, 1, 0);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		rc = count_invoice(c, s, p);
	db_reset(s);
	if (rc == RC_OK)
		rc = skip(c, &c->line, INT64_MAX, "line", p);
	if (rc == RC_OK)
		rc = skip(c, &c->claim, INT64_MAX, "claim", p);
	if (rc == RC_OK)
		rc = skip(c, &c->post, INT64_MAX, "posting", p);
	db_reset(c->line.s);
	db_reset(c->claim.s);
	db_reset(c->post.s);
	return rc == RC_OK ? count_days(c, p) : rc;
}

enum rc journal_recompute(struct db_conn *db, struct journal_counted *done, struct problem *p)
{
	struct count *c = calloc(1, sizeof *c);
	uint64_t from = clock_ns();
	enum rc rc = RC_OK;
	if (c) {
		c->db = db;
		c->days = maps_new();
		c->last = maps_new();
	}
	if (!c || !c->days || !c->last)
		rc = no_memory(p);
	if (rc == RC_OK)
		rc = count_all(c, p);
	if (rc == RC_OK) {
		*done = (struct journal_counted){ .postings = c->postings, .differences = c->differences, .took_ms = (int64_t)((clock_ns() - from) / 1000000),
			.n = c->differences < DIFFERENCES_SHOWN ? (size_t)c->differences : DIFFERENCES_SHOWN };
		memcpy(done->found, c->found, sizeof done->found);
	}
	if (c) {
		maps_free(&c->days);
		maps_free(&c->last);
		free(c->sum);
	}
	free(c);
	return rc;
}

static enum rc recount_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct journal_counted *done = ARENA_NEW(v->arena, struct journal_counted);
	(void)issues;
	*prepared_r = done;
	return done ? journal_recompute(v->db, done, p) : arena_rc(v->arena, p);
}

enum rc journal_recounted(struct act_ctx *x, const struct journal_counted *done, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RECOUNT_ADD);
	db_bind_i64(s, 1, x->now_ms);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, done->postings);
	db_bind_i64(s, 4, done->differences);
	db_bind_i64(s, 5, done->took_ms);
	return db_run(s, p);
}

/* "journal_recount" → set "recounted": postings, differences, took_ms; set "differences": what (claim, amount, number, day, line, posting), invoice, payer. */
static enum rc recount(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct journal_counted *done = x->prepared;
	enum rc rc = journal_recounted(x, done, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "recounted");
	rows_row(out);
	rows_col_i64(out, "postings", done->postings);
	rows_col_i64(out, "differences", done->differences);
	rows_col_i64(out, "took_ms", done->took_ms);
	rows_set(out, "differences");
	for (size_t i = 0; i < done->n; i++) {
		rows_row(out);
		col_z(out, "what", done->found[i].what);
		rows_col_i64(out, "invoice", done->found[i].invoice);
		rows_col_i64(out, "payer", done->found[i].payer);
	}
	return RC_OK;
}

static const struct field NONE[] = { FIELDS_END };

const struct view billing_desk_views[] = {
	{ .name = "billing_desk",    .may = MAY_BILL, .reveals = REVEALS_WORK_LIST, .run = desk },
	{ .name = "billing_journal", .may = MAY_BILL, .reveals = REVEALS_META,      .run = journal },
	{ .name = NULL },
};

const struct act billing_desk_acts[] = {
	{ .name = "journal_recount", .may = MAY_BILL, .reveals = REVEALS_META, .fields = NONE, .slow = true, .prepare = recount_prepare, .run = recount },
	{ .name = NULL },
};
