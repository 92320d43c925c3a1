/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/payment.c: what payers owe of a posted invoice: sent, rejected, paid, given back; the cash desk that money comes into, counted by one person and closed by another. Each
 * movement of money is one row of the journal that debits one account and credits another, in the transaction of the movement. Must never take one slip twice, nor give money back on
 * one person's word. Called by the gate through the rows at the end. Start at pay and journal_post.
 */
#include "hospital/account.h"
#include "hospital/billing.h"
#include "hospital/matters.h"
#include "record/keys.h"

#define SHOWN 200
#define REFERENCE_MOST 60

static const struct choice MEANS_CODES[] = { { "cash", "Cash" }, { "card", "Card" }, { "cheque", "Cheque" }, { "transfer", "Transfer" }, { NULL, NULL } };
static const struct choice PAYER_CODES[] = { { "compulsory", "Compulsory insurance" }, { "complementary", "Complementary payer" }, { "patient", "Patient" }, { NULL, NULL } };

/* From 1; 0: none of them. */
static int64_t number_of(const struct choice *c, struct str code)
{
	for (int64_t i = 0; c[i].code; i++)
		if (str_eq(code, c[i].code))
			return i + 1;
	return 0;
}

static const char *code_of(const struct choice *c, int64_t number)
{
	for (int64_t i = 0; c[i].code; i++)
		if (i + 1 == number)
			return c[i].code;
	return "";
}

/* ---- claims ---- */

int64_t claim_due(const struct claim *k) { return k->amount - k->credited - k->paid + k->refunded; }

enum rc claim_get(struct db_conn *c, struct arena *a, int64_t invoice, int64_t payer, bool *found_r, struct claim *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLAIM_GET);
	db_bind_i64(s, 1, invoice);
	db_bind_i64(s, 2, payer);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*k_r = (struct claim){ .invoice = invoice, .payer = (enum payer)payer, .establishment = arena_str(a, db_text(s, 0)), .patient = db_i64(s, 1), .amount = db_i64(s, 2), .paid = db_i64(s, 3),
			.credited = db_i64(s, 4), .refunded = db_i64(s, 5), .state = arena_str(a, db_text(s, 6)), .reason = arena_str(a, db_text(s, 7)), .version = db_i64(s, 8),
			.since_on = arena_str(a, db_text(s, 9)), .reminders = db_i64(s, 10) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc claim_add(struct act_ctx *x, const struct claim *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLAIM_ADD);
	db_bind_i64(s, 1, k->invoice);
	db_bind_i64(s, 2, k->payer);
	db_bind_str(s, 3, k->establishment);
	db_bind_i64(s, 4, k->patient);
	db_bind_i64(s, 5, k->amount);
	db_bind_str(s, 6, day_of(x->arena, x->now_ms));
	return db_run(s, p);
}

static struct str state_of(const struct claim *k)
{
	int64_t due = claim_due(k);
	if (due <= 0)
		return due ? STR("refund") : STR("settled");
	if (k->reason.n)
		return STR("rejected");
	if (k->paid > k->refunded)
		return STR("part");
	return str_eq(k->state, "sent") ? STR("sent") : STR("open");
}

enum rc claim_put(struct act_ctx *x, struct claim *k, struct problem *p)
{
	struct str before = k->state;
	if (claim_due(k) <= 0)
		k->reason = STR("");
	k->state = state_of(k);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLAIM_SET);
	db_bind_i64(s, 1, k->invoice);
	db_bind_i64(s, 2, k->payer);
	db_bind_i64(s, 3, k->version);
	db_bind_i64(s, 4, k->paid);
	db_bind_i64(s, 5, k->credited);
	db_bind_i64(s, 6, k->refunded);
	db_bind_str(s, 7, k->state);
	db_bind_str(s, 8, k->reason.n ? k->reason : STR(""));
	db_bind_str(s, 9, str_is(before, k->state) ? k->since_on : day_of(x->arena, x->now_ms));
	db_bind_i64(s, 10, k->reminders);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "seen", "another was quicker");
	if (rc != RC_OK || !str_eq(k->state, "settled"))
		return rc;
	struct invoice i;
	bool found = false;
	rc = invoice_get(x->db, x->arena, k->invoice, &found, &i, p);
	return rc == RC_OK && found ? billing_stay_settle(x, i.stay, p) : rc;
}

/* ---- the journal ---- */

static enum rc day_add(struct act_ctx *x, const struct claim *k, int64_t account, int64_t debit, int64_t credit, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_JOURNAL_DAY_ADD);
	db_bind_str(s, 1, k->establishment);
	db_bind_str(s, 2, day_of(x->arena, x->now_ms));
	db_bind_i64(s, 3, account);
	db_bind_i64(s, 4, debit);
	db_bind_i64(s, 5, credit);
	return db_run(s, p);
}

enum rc journal_post(struct act_ctx *x, const struct claim *k, enum posting_kind kind, int64_t debit, int64_t credit, int64_t cents, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_POSTING_LAST);
	bool row = false;
	db_bind_i64(s, 1, k->invoice);
	enum rc rc = db_step(s, &row, p);
	int64_t seq = rc == RC_OK && row ? db_i64(s, 0) + 1 : 0;
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_POSTING_ADD);
	db_bind_i64(s, 1, k->invoice);
	db_bind_i64(s, 2, seq);
	db_bind_i64(s, 3, kind);
	db_bind_i64(s, 4, k->payer);
	db_bind_str(s, 5, k->establishment);
	db_bind_str(s, 6, day_of(x->arena, x->now_ms));
	db_bind_i64(s, 7, debit);
	db_bind_i64(s, 8, credit);
	db_bind_i64(s, 9, cents);
	db_bind_i64(s, 10, x->who->account);
	db_bind_i64(s, 11, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = day_add(x, k, debit, cents, 0, p);
	return rc == RC_OK ? day_add(x, k, credit, 0, cents, p) : rc;
}

/* ---- what is asked of a claim ---- */

static void told(struct rows *out, const struct claim *k, int64_t no)
{
	rows_set(out, "claim");
	rows_row(out);
	rows_patient(out, k->patient, TIER_IDENTITY);
	rows_col_i64(out, "invoice", k->invoice);
	if (no)
		rows_col_i64(out, "no", no);
}

static enum rc claim_of_args(struct act_ctx *x, struct claim *k, struct problem *p)
{
	bool found = false;
	int64_t payer = number_of(PAYER_CODES, args_get(x->args, "payer"));
	enum rc rc = claim_get(x->db, x->arena, billing_i64(x->args, "no"), payer, &found, k, p);
	if (rc == RC_OK && (!found || k->patient != record_patient_rid(x->db, args_get(x->args, "patient"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "nothing owed by this payer");
	return rc;
}

static enum rc still(struct act_ctx *x, const struct claim *k, struct problem *p)
{
	return k->version == billing_i64(x->args, "seen") && claim_due(k) > 0 ? RC_OK : problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "seen", "version %lld", (long long)k->version);
}

/* "claim_send": patient, no, payer, seen → set "claim". Sent, or sent again after a rejection. Nothing leaves the house here: no format of exchange is in the tables. */
static enum rc claim_send(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct claim k;
	enum rc rc = claim_of_args(x, &k, p);
	if (rc == RC_OK)
		rc = still(x, &k, p);
	if (rc != RC_OK)
		return rc;
	struct str before = k.state;
	k.reason = STR("");
	k.state = STR("sent");
	if (!str_eq(before, "rejected") && !str_eq(before, "open"))
		return problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "seen", "sent before");
	k.since_on = day_of(x->arena, x->now_ms);
	rc = claim_put(x, &k, p);
	if (rc == RC_OK)
		told(out, &k, 0);
	return rc;
}

/* "claim_reject": patient, no, payer, seen, reason (the payer's code) → set "claim". */
static enum rc claim_reject(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct claim k;
	enum rc rc = claim_of_args(x, &k, p);
	if (rc == RC_OK)
		rc = still(x, &k, p);
	if (rc != RC_OK)
		return rc;
	k.reason = args_get(x->args, "reason");
	rc = claim_put(x, &k, p);
	if (rc == RC_OK)
		told(out, &k, 0);
	return rc;
}

/* "claim_remind": patient, no, payer, seen → set "claim". That the payer was reminded once more. */
static enum rc claim_remind(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct claim k;
	enum rc rc = claim_of_args(x, &k, p);
	if (rc == RC_OK)
		rc = still(x, &k, p);
	if (rc != RC_OK)
		return rc;
	k.reminders++;
	rc = claim_put(x, &k, p);
	if (rc == RC_OK)
		told(out, &k, 0);
	return rc;
}

/* ---- money ---- */

struct session { int64_t no, opened_ms, n_counted, counted_ms; uint32_t counted_by, opened_by; };

static enum rc session_get(struct db_conn *c, struct str establishment, struct session *s_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CASH_OPEN_OF);
	bool row = false;
	db_bind_str(s, 1, establishment);
	enum rc rc = db_step(s, &row, p);
	*s_r = (struct session){ .no = 0 };
	if (rc == RC_OK && row)
		*s_r = (struct session){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 4), (uint32_t)db_i64(s, 3), (uint32_t)db_i64(s, 5) };
	db_reset(s);
	return rc;
}

/* The open desk of the establishment; the first money opens one. */
static enum rc session_open(struct act_ctx *x, struct str establishment, int64_t *no_r, struct problem *p)
{
	struct session is;
	enum rc rc = session_get(x->db, establishment, &is, p);
	*no_r = is.no;
	if (rc != RC_OK || is.no)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CASH_ADD);
	db_bind_str(s, 1, establishment);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	*no_r = rc == RC_OK ? db_last_rowid(x->db) : 0;
	return rc;
}

static struct keys_bound reference_bound(int64_t invoice, int64_t payer, int64_t seen) { return (struct keys_bound){ SEALS_BILLING, invoice, seen * 4 + payer }; }

struct money { int64_t means, cents, refund; struct str reference; };

/* One movement: payment, claim, journal. */
static enum rc money_move(struct act_ctx *x, struct claim *k, const struct money *m, int64_t *no_r, struct problem *p)
{
	struct buf sealed;
	int64_t session;
	buf_init(&sealed, REFERENCE_MOST * 4 + SEAL_MORE);
	enum rc rc = session_open(x, k->establishment, &session, p);
	if (rc == RC_OK && m->reference.n)
		rc = keys_seal(x->db, k->patient, reference_bound(k->invoice, k->payer, k->version), m->reference, &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PAYMENT_ADD);
	db_bind_i64(s, 1, k->invoice);
	db_bind_i64(s, 2, k->payer);
	db_bind_i64(s, 3, k->version);
	db_bind_i64(s, 4, session);
	db_bind_i64(s, 5, m->means);
	db_bind_i64(s, 6, m->cents);
	if (m->refund)
		db_bind_i64(s, 7, m->refund);
	else
		db_bind_null(s, 7);
	if (m->reference.n)
		db_bind_blob(s, 8, buf_view(&sealed));
	else
		db_bind_null(s, 8);
	db_bind_i64(s, 9, x->who->account);
	db_bind_i64(s, 10, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc == RC_OK && db_changes(x->db) != 1)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_COUNTED, "no", "the desk was closed");
	if (rc != RC_OK)
		return rc;
	*no_r = db_last_rowid(x->db);
	if (m->cents > 0)
		k->paid += m->cents;
	else
		k->refunded -= m->cents;
	int64_t money = ACCOUNT_MEANS + m->means;
	rc = m->cents > 0 ? journal_post(x, k, POSTING_PAYMENT, money, k->payer, m->cents, p) : journal_post(x, k, POSTING_REFUND, k->payer, money, -m->cents, p);
	return rc == RC_OK ? claim_put(x, k, p) : rc;
}

/* The payment that this very slip made before: the same claim as it stood, means, amount and person. 0: none. */
static enum rc paid_before(struct act_ctx *x, const struct claim *k, const struct money *m, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PAYMENT_SEEN);
	bool row = false;
	db_bind_i64(s, 1, k->invoice);
	db_bind_i64(s, 2, k->payer);
	db_bind_i64(s, 3, billing_i64(x->args, "seen"));
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row && db_i64(s, 1) == m->means && db_i64(s, 2) == m->cents && db_i64(s, 3) == x->who->account ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* "pay": patient, no, payer, seen, means, amount, reference → set "claim": invoice, no (of the payment). The same slip sent twice is one payment. */
static enum rc pay(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct claim k;
	struct money m = { .means = number_of(MEANS_CODES, args_get(x->args, "means")), .reference = args_get(x->args, "reference") };
	int64_t no = 0;
	enum rc rc = claim_of_args(x, &k, p);
	if (rc == RC_OK)
		rc = billing_amount(x->args, "amount", false, &m.cents, p);
	if (rc == RC_OK)
		rc = paid_before(x, &k, &m, &no, p);
	if (rc == RC_OK && no) {
		told(out, &k, no);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = still(x, &k, p);
	if (rc == RC_OK && (m.cents <= 0 || m.cents > claim_due(&k)))
		rc = problem_set(p, RC_BAD_INPUT, m.cents <= 0 ? WHY_FIELD_NUMBER : WHY_BILL_MUCH, "amount", "due %lld", (long long)claim_due(&k));
	if (rc == RC_OK)
		rc = money_move(x, &k, &m, &no, p);
	if (rc == RC_OK)
		told(out, &k, no);
	return rc;
}

/* "refund_ask": patient, no, payer, means → set "claim": no (of the refund): all that was paid too much, once a second person signs. */
static enum rc refund_ask(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct claim k;
	enum rc rc = claim_of_args(x, &k, p);
	if (rc == RC_OK && claim_due(&k) >= 0)
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "no", "nothing was paid too much");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REFUND_ADD);
	db_bind_i64(s, 1, k.invoice);
	db_bind_i64(s, 2, k.payer);
	db_bind_str(s, 3, k.establishment);
	db_bind_i64(s, 4, -claim_due(&k));
	db_bind_i64(s, 5, number_of(MEANS_CODES, args_get(x->args, "means")));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "no", "asked before");
	if (rc == RC_OK)
		told(out, &k, db_last_rowid(x->db));
	return rc;
}

struct refund { int64_t no, invoice, payer, cents, means; uint32_t asked_by; };

static enum rc refund_of_args(struct act_ctx *x, struct refund *r, struct claim *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REFUND_GET);
	bool row = false, found = false;
	r->no = billing_i64(x->args, "refund");
	db_bind_i64(s, 1, r->no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*r = (struct refund){ r->no, db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), (uint32_t)db_i64(s, 4) };
	db_reset(s);
	if (rc == RC_OK && row)
		rc = claim_get(x->db, x->arena, r->invoice, r->payer, &found, k, p);
	if (rc == RC_OK && (!row || !found || k->patient != record_patient_rid(x->db, args_get(x->args, "patient"))))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "refund", "no refund waits under this number");
	return rc;
}

/* "refund_sign": patient, refund; fresh → set "claim". By a second person. */
static enum rc refund_sign(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct refund r;
	struct claim k;
	int64_t no;
	enum rc rc = refund_of_args(x, &r, &k, p);
	if (rc == RC_OK && r.asked_by == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_BILL_TWO, "refund", "account %u signs its own", r.asked_by);
	if (rc == RC_OK && r.cents > -claim_due(&k))
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "refund", "less is owed back");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REFUND_SIGN);
	db_bind_i64(s, 1, r.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = money_move(x, &k, &(struct money){ .means = r.means, .cents = -r.cents, .refund = r.no }, &no, p);
	if (rc == RC_OK)
		told(out, &k, no);
	return rc;
}

/* "refund_drop": patient, refund → set "claim". By anybody of the desk: nothing moves. */
static enum rc refund_drop(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct refund r;
	struct claim k;
	enum rc rc = refund_of_args(x, &r, &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_REFUND_DROP);
	db_bind_i64(s, 1, r.no);
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		told(out, &k, r.no);
	return rc;
}

/*
 * "claims": patient, no (of the invoice). Set "claims": payer, amount_cents, paid_cents, credited_cents, refunded_cents, due_cents, state, reason, seen, since_on, reminders, refund (no, when
 * one waits), refund_cents, refund_mine (flag). Set "payments": payer, means, amount_cents, reference, by_name, at.
 */
static enum rc claims_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct payment_row { int64_t payer, seen, means, cents, at_ms; uint32_t by; struct str sealed; } *at = arena_array(v->arena, SHOWN, sizeof *at);
	int64_t invoice = billing_i64(v->args, "no"), patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	size_t n = 0;
	bool row = false, any = false;
	rows_set(out, "claims");
	for (int64_t payer = 1; payer <= PAYERS && rc == RC_OK; payer++) {
		struct claim k;
		bool found = false;
		rc = claim_get(v->db, v->arena, invoice, payer, &found, &k, p);
		if (rc != RC_OK || !found || k.patient != patient)
			continue;
		any = true;
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col(out, "payer", str_of(code_of(PAYER_CODES, payer)));
		rows_col_i64(out, "amount_cents", k.amount);
		rows_col_i64(out, "paid_cents", k.paid);
		rows_col_i64(out, "credited_cents", k.credited);
		rows_col_i64(out, "refunded_cents", k.refunded);
		rows_col_i64(out, "due_cents", claim_due(&k));
		rows_col(out, "state", k.state);
		col(out, "reason", k.reason);
		rows_col_i64(out, "seen", k.version);
		rows_col(out, "since_on", k.since_on);
		rows_col_i64(out, "reminders", k.reminders);
		struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_REFUND_OF);
		db_bind_i64(s, 1, invoice);
		db_bind_i64(s, 2, payer);
		db_bind_str(s, 3, k.establishment);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row) {
			rows_col_i64(out, "refund", db_i64(s, 0));
			rows_col_i64(out, "refund_cents", db_i64(s, 1));
			col_flag(out, "refund_mine", db_i64(s, 3) == v->who->account);
		}
		db_reset(s);
	}
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PAYMENT_OF);
	db_bind_i64(s, 1, invoice);
	while (rc == RC_OK && any && n < SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct payment_row){ .payer = db_i64(s, 0), .seen = db_i64(s, 1), .means = db_i64(s, 3), .cents = db_i64(s, 4), .sealed = db_is_null(s, 5) ? STR_NONE : arena_str(v->arena, db_text(s, 5)),
			.by = (uint32_t)db_i64(s, 6), .at_ms = db_i64(s, 7) };
	db_reset(s);
	rows_set(out, "payments");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct str reference = STR_NONE;
		if (at[i].sealed.n)
			rc = keys_unseal(v->db, patient, reference_bound(invoice, at[i].payer, at[i].seen), at[i].sealed, &reference, p);
		if (rc != RC_OK)
			break;
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col(out, "payer", str_of(code_of(PAYER_CODES, at[i].payer)));
		rows_col(out, "means", str_of(code_of(MEANS_CODES, at[i].means)));
		rows_col_i64(out, "amount_cents", at[i].cents);
		col(out, "reference", reference);
		col(out, "by_name", person_of(&people, at[i].by).name);
		rows_col_i64(out, "at", at[i].at_ms);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the cash desk ---- */

struct sums { int64_t n[MEANS + 1], cents[MEANS + 1], all; };

static enum rc sums_get(struct db_conn *c, int64_t session, struct sums *u, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CASH_SUMS);
	bool row = false;
	enum rc rc;
	*u = (struct sums){ .all = 0 };
	db_bind_i64(s, 1, session);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t means = db_i64(s, 0);
		MUST(means >= 1 && means <= MEANS);
		u->n[means] = db_i64(s, 1);
		u->cents[means] = db_i64(s, 2);
		u->all += u->n[means];
	}
	db_reset(s);
	return rc;
}

/*
 * "cash": the desk of the establishment worked in. Set "session" (none when nothing came in): no, opened_at, payments, counted_by, counted_at, stale (flag: money came since), mine (flag).
 * Set "means": means, payments, expected_cents, counted_cents (once counted). Set "past": no, opened_at, payments, closed_at, counted_by, closed_by.
 */
static enum rc cash(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct past { int64_t no, opened_ms, n, closed_ms; uint32_t counted_by, closed_by; } past[30];
	int64_t counted[MEANS + 1] = { 0 };
	struct sums u;
	struct session is;
	struct str here;
	size_t n = 0;
	bool row = false;
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK)
		rc = session_get(v->db, here, &is, p);
	if (rc == RC_OK)
		rc = sums_get(v->db, is.no, &u, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_CASH_COUNTS);
	db_bind_i64(s, 1, is.no);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		counted[db_i64(s, 0)] = db_i64(s, 2);
	db_reset(s);
	rows_set(out, "session");
	if (rc == RC_OK && is.no) {
		rows_row(out);
		rows_col_i64(out, "no", is.no);
		rows_col_i64(out, "opened_at", is.opened_ms);
		rows_col_i64(out, "payments", u.all);
		if (is.counted_by) {
			col(out, "counted_by", person_of(&people, is.counted_by).name);
			rows_col_i64(out, "counted_at", is.counted_ms);
		}
		col_flag(out, "stale", is.counted_by && is.n_counted != u.all);
		col_flag(out, "mine", is.counted_by == v->who->account);
	}
	rows_set(out, "means");
	for (int64_t m = 1; m <= MEANS && rc == RC_OK && is.no; m++) {
		rows_row(out);
		rows_col(out, "means", str_of(code_of(MEANS_CODES, m)));
		rows_col_i64(out, "payments", u.n[m]);
		rows_col_i64(out, "expected_cents", u.cents[m]);
		if (is.counted_by)
			rows_col_i64(out, "counted_cents", counted[m]);
	}
	s = db_stmt(v->db, ST_HOSPITAL_CASH_LAST);
	db_bind_str(s, 1, here);
	db_bind_i64(s, 2, N_OF(past));
	while (rc == RC_OK && n < N_OF(past) && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (db_i64(s, 5))
			past[n++] = (struct past){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 5), (uint32_t)db_i64(s, 3), (uint32_t)db_i64(s, 4) };
	db_reset(s);
	rows_set(out, "past");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "no", past[i].no);
		rows_col_i64(out, "opened_at", past[i].opened_ms);
		rows_col_i64(out, "payments", past[i].n);
		rows_col_i64(out, "closed_at", past[i].closed_ms);
		col(out, "counted_by", person_of(&people, past[i].counted_by).name);
		col(out, "closed_by", person_of(&people, past[i].closed_by).name);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static enum rc session_here(struct act_ctx *x, struct session *is, struct problem *p)
{
	struct str here;
	enum rc rc = billing_establishment(x->db, x->arena, x->who->unit, &here, p);
	if (rc == RC_OK)
		rc = session_get(x->db, here, is, p);
	if (rc == RC_OK && (!is->no || is->no != billing_i64(x->args, "no")))
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "no", "not the open desk");
	return rc;
}

static void desk_told(struct rows *out, int64_t no)
{
	rows_set(out, "session");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "cash_count": no, cash, card, cheque, transfer (amounts) → set "session": no. What lies there beside what should; it may be counted again until it is closed. */
static enum rc cash_count(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct session is;
	struct sums u;
	enum rc rc = session_here(x, &is, p);
	if (rc == RC_OK)
		rc = sums_get(x->db, is.no, &u, p);
	for (int64_t m = 1; m <= MEANS && rc == RC_OK; m++) {
		int64_t cents;
		rc = billing_amount(x->args, code_of(MEANS_CODES, m), true, &cents, p);
		if (rc != RC_OK)
			break;
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CASH_COUNT_PUT);
		db_bind_i64(s, 1, is.no);
		db_bind_i64(s, 2, m);
		db_bind_i64(s, 3, u.cents[m]);
		db_bind_i64(s, 4, cents);
		rc = db_run(s, p);
	}
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CASH_COUNTED);
	db_bind_i64(s, 1, is.no);
	db_bind_i64(s, 2, u.all);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		desk_told(out, is.no);
	return rc;
}

/* "cash_close": no; fresh → set "session": no. By another than who counted, of what was counted. */
static enum rc cash_close(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct session is;
	struct sums u;
	enum rc rc = session_here(x, &is, p);
	if (rc == RC_OK)
		rc = sums_get(x->db, is.no, &u, p);
	if (rc == RC_OK && (!is.counted_by || is.n_counted != u.all))
		rc = problem_set(p, RC_CONFLICT, WHY_BILL_COUNTED, "no", "%lld counted, %lld there", (long long)is.n_counted, (long long)u.all);
	if (rc == RC_OK && is.counted_by == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_BILL_TWO, "no", "account %u closes what it counted", is.counted_by);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CASH_CLOSE);
	db_bind_i64(s, 1, is.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		desk_told(out, is.no);
	return rc;
}

#define OF_CLAIM { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, \
	{ .name = "payer", .label = "Payer", .kind = FIELD_CODE, .choices = PAYER_CODES, .required = true }
#define SEEN { .name = "seen", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define BY_MEANS { .name = "means", .label = "Means of payment", .kind = FIELD_CODE, .choices = MEANS_CODES, .required = true }
#define FRESH { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
#define NO { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define COUNTED(name_, label_) { .name = name_, .label = label_, .kind = FIELD_TOKEN, .max = 16 }
static const struct field CLAIM_FIELDS[] = { OF_CLAIM, SEEN, FIELDS_END };
static const struct field REJECT_FIELDS[] = { OF_CLAIM, SEEN, { .name = "reason", .label = "The payer's code of rejection", .kind = FIELD_TOKEN, .max = 16, .required = true }, FIELDS_END };
static const struct field PAY_FIELDS[] = {
	OF_CLAIM, SEEN, BY_MEANS,
	{ .name = "amount",    .label = "Amount", .kind = FIELD_TOKEN, .max = 16, .required = true },
	{ .name = "reference", .label = "Number of the cheque or transfer", .kind = FIELD_TEXT, .max = REFERENCE_MOST },
	FIELDS_END,
};
static const struct field ASK_FIELDS[] = { OF_CLAIM, BY_MEANS, FIELDS_END };
static const struct field REFUND_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "refund",  .label = "Refund",  .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END,
};
static const struct field SIGN_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "refund",  .label = "Refund",  .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FRESH, FIELDS_END,
};
static const struct field COUNT_FIELDS[] = { NO, COUNTED("cash", "Cash"), COUNTED("card", "Card"), COUNTED("cheque", "Cheque"), COUNTED("transfer", "Transfer"), FIELDS_END };
static const struct field CLOSE_FIELDS[] = { NO, FRESH, FIELDS_END };

const struct view payment_views[] = {
	{ .name = "claims", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .run = claims_view },
	{ .name = "cash",   .may = MAY_BILL, .reveals = REVEALS_META,        .run = cash },
	{ .name = NULL },
};

const struct act payment_acts[] = {
	{ .name = "claim_send",   .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = CLAIM_FIELDS,  .run = claim_send },
	{ .name = "claim_reject", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = REJECT_FIELDS, .run = claim_reject },
	{ .name = "claim_remind", .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = CLAIM_FIELDS,  .run = claim_remind },
	{ .name = "pay",          .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = PAY_FIELDS,    .run = pay },
	{ .name = "refund_ask",   .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = ASK_FIELDS,    .run = refund_ask },
	{ .name = "refund_sign",  .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = SIGN_FIELDS,   .fresh = true, .run = refund_sign },
	{ .name = "refund_drop",  .may = MAY_BILL, .reveals = REVEALS_ONE_PATIENT, .fields = REFUND_FIELDS, .run = refund_drop },
	{ .name = "cash_count",   .may = MAY_BILL, .reveals = REVEALS_META,        .fields = COUNT_FIELDS,  .run = cash_count },
	{ .name = "cash_close",   .may = MAY_BILL, .reveals = REVEALS_META,        .fields = CLOSE_FIELDS,  .fresh = true, .run = cash_close },
	{ .name = NULL },
};
