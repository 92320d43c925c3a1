/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock_invoice.c: a supplier's invoice held against each line of its order: what it bills beside what was ordered and what came, in quantity and in price. It agrees by itself only when
 * nothing differs; else somebody accepts it or disputes it and says why, and line by line it is kept as it was then. It must never change what was received, what it is worth or a check that was made.
 * Called by the gate through the rows at the end. Start at check_run.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/stock_order.h"

#define CHECKS_SHOWN 20

/* What the invoice says of one product: typed, or kept with what it was held against then. */
struct billed { int64_t product, quantity, cents, ordered, received, due_cents; };

static enum rc typed_read(struct db_conn *c, struct arena *a, int64_t order, struct billed **at_r, size_t *n_r, struct problem *p)
{
	struct billed *at = arena_array(a, STOCK_ORDER_LINES, sizeof *at);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_INVOICE_TYPED);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, order);
	db_bind_i64(s, 2, STOCK_ORDER_LINES);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct billed){ .product = db_i64(s, 0), .quantity = db_i64(s, 1), .cents = db_i64(s, 2) };
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc;
}

static const struct billed *billed_of(const struct billed *at, size_t n, int64_t product)
{
	for (size_t i = 0; i < n; i++)
		if (at[i].product == product)
			return &at[i];
	return NULL;
}

/* Beside the order: what never stood on it was ordered as nothing. */
static void hold_against(struct billed *b, const struct stock_order_line *l)
{
	b->ordered = l ? l->ordered : 0;
	b->received = l ? l->received : 0;
	b->due_cents = l ? l->received_cents : 0;
}

static bool differs(const struct billed *b) { return b->quantity != b->received || b->cents != b->due_cents; }

static enum rc amount_of(const struct args *a, int64_t *cents_r, struct problem *p)
{
	enum rc rc = stock_cents(a, "amount", cents_r, p);
	return rc == RC_OK && *cents_r < 0 ? problem_set(p, RC_BAD_INPUT, WHY_STOCK_AMOUNT, "amount", "none") : rc;
}

/* ---- typed, line by line ---- */

/*
 * "stock_invoice_line": no, version, cis, quantity (0: not billed; takes a line off that the order has not), amount (of all of it) → set "order". While the goods came and nobody has agreed to an invoice.
 */
static enum rc line_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stock_order o;
	struct stock_product product = { .no = 0 };
	struct stock_order_line *at = NULL;
	int64_t milli = 0, cents = 0;
	uint32_t cis = 0;
	size_t n = 0;
	enum rc rc = stock_order_seen(x, &o, p);
	if (rc == RC_OK)
		rc = stock_order_is(&o, "received", "disputed", p);
	if (rc == RC_OK)
		rc = stock_cis(x->args, "cis", &cis, p);
	if (rc == RC_OK)
		rc = stock_milli(x->args, "quantity", true, &milli, p);
	if (rc == RC_OK)
		rc = amount_of(x->args, &cents, p);
	if (rc == RC_OK && milli == 0 && cents != 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_INVOICE_NOTHING, "amount", "an amount of nothing");
	if (rc == RC_OK)
		rc = stock_product_need(x, cis, &product, p);
	if (rc == RC_OK)
		rc = stock_order_lines(x->db, x->arena, o.no, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	bool off = milli == 0 && !stock_order_line_of(at, n, product.no);
	struct db_stmt *s = db_stmt(x->db, off ? ST_HOSPITAL_STOCK_INVOICE_TYPED_END : ST_HOSPITAL_STOCK_INVOICE_TYPED_PUT);
	const int64_t put[] = { o.no, product.no, milli, cents, x->who->account, x->now_ms };
	for (size_t i = 0; i < (off ? 2 : N_OF(put)); i++)
		db_bind_i64(s, (int)i + 1, put[i]);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = stock_order_state(x, &o, arena_z(x->arena, o.state), p);
	if (rc == RC_OK)
		stock_order_row(out, o.no, false);
	return rc;
}

/* ---- decided ---- */

struct check { struct stock_order o; struct stock_order_line *line; size_t n_lines; struct billed *at; size_t n; int64_t asked; bool differs; };

/* Every line of the order was typed, and everything is held against what came. */
static enum rc check_read(struct act_ctx *x, struct check *k, struct problem *p)
{
	int64_t sum = 0;
	enum rc rc = stock_order_lines(x->db, x->arena, k->o.no, &k->line, &k->n_lines, p);
	if (rc == RC_OK)
		rc = typed_read(x->db, x->arena, k->o.no, &k->at, &k->n, p);
	for (size_t i = 0; i < k->n_lines && rc == RC_OK; i++)
		if (!billed_of(k->at, k->n, k->line[i].product))
			rc = problem_set(p, RC_CONFLICT, WHY_STOCK_INVOICE_LINES, "invoice", "order %lld, product %lld", (long long)k->o.no, (long long)k->line[i].product);
	for (size_t i = 0; i < k->n && rc == RC_OK; i++) {
		hold_against(&k->at[i], stock_order_line_of(k->line, k->n_lines, k->at[i].product));
		k->differs |= differs(&k->at[i]);
		sum += k->at[i].cents;
	}
	k->differs |= sum != k->asked;
	return rc;
}

static enum rc check_put(struct act_ctx *x, const struct check *k, const char *outcome, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_INVOICE_ADD);
	db_bind_i64(s, 1, k->o.no);
	db_bind_str(s, 2, args_get(x->args, "invoice"));
	db_bind_i64(s, 3, k->asked);
	db_bind_str(s, 4, str_of(outcome));
	db_bind_str(s, 5, strcmp(outcome, "agreed") == 0 ? STR("") : args_get(x->args, "reason"));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	enum rc rc = db_run(s, p);
	int64_t no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	for (size_t i = 0; i < k->n && rc == RC_OK; i++) {
		const struct billed *b = &k->at[i];
		const int64_t put[] = { no, b->product, b->ordered, b->received, b->due_cents, b->quantity, b->cents };
		s = db_stmt(x->db, ST_HOSPITAL_STOCK_INVOICE_LINE_ADD);
		for (size_t j = 0; j < N_OF(put); j++)
			db_bind_i64(s, (int)j + 1, put[j]);
		rc = db_run(s, p);
	}
	return rc;
}

/*
 * "stock_order_invoice": no, version, invoice, amount (of the whole invoice), decision (accept, dispute), reason → set "order", with state (checked, disputed) and outcome (agreed, accepted, disputed).
 * CONFLICT STOCK_INVOICE_LINES "invoice": a line of the order was not typed yet. BAD_INPUT STOCK_INVOICE_DIFFERS "decision": it differs in a line or in its sum, and nobody said what becomes of it.
 */
static enum rc check_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct check k = { .n = 0 };
	struct str decision = args_get(x->args, "decision");
	bool dispute = str_eq(decision, "dispute");
	enum rc rc = stock_order_seen(x, &k.o, p);
	if (rc == RC_OK)
		rc = stock_order_is(&k.o, "received", "disputed", p);
	if (rc == RC_OK)
		rc = amount_of(x->args, &k.asked, p);
	if (rc == RC_OK)
		rc = check_read(x, &k, p);
	if (rc == RC_OK && k.differs && !decision.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_STOCK_INVOICE_DIFFERS, "decision", "order %lld", (long long)k.o.no);
	if (rc == RC_OK && (k.differs || dispute) && !args_get(x->args, "reason").n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "reason", "none");
	const char *outcome = dispute ? "disputed" : k.differs ? "accepted" : "agreed";
	if (rc == RC_OK)
		rc = check_put(x, &k, outcome, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOCK_ORDER_INVOICE);
	db_bind_i64(s, 1, k.o.no);
	db_bind_i64(s, 2, k.o.version);
	db_bind_str(s, 3, dispute ? STR("disputed") : STR("checked"));
	db_bind_str(s, 4, args_get(x->args, "invoice"));
	db_bind_i64(s, 5, k.asked);
	db_bind_i64(s, 6, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK) {
		stock_order_row(out, k.o.no, false);
		col_z(out, "state", dispute ? "disputed" : "checked");
		col_z(out, "outcome", outcome);
	}
	return rc;
}

/* ---- seen ---- */

/* Differences are of the invoice: more (under nothing: less) than what came, and than what that costs. */
static enum rc row_billed(struct view_ctx *v, struct rows *out, const struct billed *b, bool typed, struct problem *p)
{
	struct stock_product product;
	enum rc rc = stock_product_get(v->db, v->arena, b->product, &product, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	stock_cols_product(out, &product);
	rows_col_i64(out, "ordered", b->ordered);
	rows_col_i64(out, "received", b->received);
	rows_col_i64(out, "due_cents", b->due_cents);
	col_flag(out, "typed", typed);
	if (!typed)
		return RC_OK;
	rows_col_i64(out, "quantity", b->quantity);
	rows_col_i64(out, "cents", b->cents);
	if (b->quantity != b->received)
		rows_col_i64(out, "more", b->quantity - b->received);
	if (b->cents != b->due_cents)
		rows_col_i64(out, "more_cents", b->cents - b->due_cents);
	return RC_OK;
}

static enum rc rows_typed(struct view_ctx *v, struct rows *out, const struct stock_order *o, const struct stock_order_line *at, size_t n, struct problem *p)
{
	struct billed *typed = NULL;
	size_t n_typed = 0;
	enum rc rc = typed_read(v->db, v->arena, o->no, &typed, &n_typed, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		const struct billed *b = billed_of(typed, n_typed, at[i].product);
		struct billed one = b ? *b : (struct billed){ .product = at[i].product };
		hold_against(&one, &at[i]);
		rc = row_billed(v, out, &one, b != NULL, p);
	}
	for (size_t i = 0; i < n_typed && rc == RC_OK; i++)
		if (!stock_order_line_of(at, n, typed[i].product))
			rc = row_billed(v, out, &typed[i], true, p);
	return rc;
}

struct kept { int64_t no, cents, at_ms; struct str number, outcome, reason; uint32_t by; };

static enum rc rows_kept_lines(struct view_ctx *v, struct rows *out, const struct kept *k, struct problem *p)
{
	struct billed *at = arena_array(v->arena, STOCK_ORDER_LINES, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_INVOICE_LINES);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, k->no);
	db_bind_i64(s, 2, STOCK_ORDER_LINES);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct billed){ .product = db_i64(s, 0), .ordered = db_i64(s, 1), .received = db_i64(s, 2), .due_cents = db_i64(s, 3), .quantity = db_i64(s, 4), .cents = db_i64(s, 5) };
	db_reset(s);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		rc = row_billed(v, out, &at[i], true, p);
		rows_col_i64(out, "check", k->no);
	}
	return rc;
}

/*
 * Set "billed", while an invoice may be checked: product's columns, ordered, received (thousandths), due_cents (what came, at the order's price), typed (flag), and once it was: quantity, cents, more and
 * more_cents (where they differ from what came). Set "checks", the newest first: check, number, cents, outcome (agreed, accepted, disputed), reason, at, by_name. Set "check_lines": check, as in "billed".
 */
enum rc stock_invoice_rows(struct view_ctx *v, struct rows *out, const struct stock_order *o, const struct stock_order_line *at, size_t n, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct kept kept[CHECKS_SHOWN];
	size_t n_kept = 0;
	bool row = false, open = str_eq(o->state, "received") || str_eq(o->state, "disputed");
	rows_set(out, "billed");
	enum rc rc = open ? rows_typed(v, out, o, at, n, p) : RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOCK_INVOICES);
	db_bind_i64(s, 1, o->no);
	db_bind_i64(s, 2, CHECKS_SHOWN);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		kept[n_kept++] = (struct kept){ .no = db_i64(s, 0), .number = arena_str(v->arena, db_text(s, 1)), .cents = db_i64(s, 2), .outcome = arena_str(v->arena, db_text(s, 3)),
			.reason = arena_str(v->arena, db_text(s, 4)), .by = (uint32_t)db_i64(s, 5), .at_ms = db_i64(s, 6) };
	db_reset(s);
	rows_set(out, "checks");
	for (size_t i = 0; i < n_kept && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "check", kept[i].no);
		col(out, "number", kept[i].number);
		rows_col_i64(out, "cents", kept[i].cents);
		rows_col(out, "outcome", kept[i].outcome);
		col(out, "reason", kept[i].reason);
		rows_col_i64(out, "at", kept[i].at_ms);
		col(out, "by_name", person_of(&people, kept[i].by).name);
	}
	rows_set(out, "check_lines");
	for (size_t i = 0; i < n_kept && rc == RC_OK; i++)
		rc = rows_kept_lines(v, out, &kept[i], p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- rows ---- */

static const struct choice DECISIONS[] = { { "accept", "" }, { "dispute", "" }, { NULL, NULL } };
static const struct choice REASONS[] = { { "price", "" }, { "to_come", "" }, { "transport", "" }, { "credit", "" }, { "not_ordered", "" }, { "error", "" }, { "other", "" }, { NULL, NULL } };

#define NO_FIELD { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define VERSION_FIELD { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define AMOUNT_FIELD { .name = "amount", .label = "Amount", .kind = FIELD_TEXT, .max = 20, .required = true }

static const struct field LINE_FIELDS[] = {
	NO_FIELD, VERSION_FIELD, { .name = "cis", .label = "Medicine", .kind = FIELD_INT, .min = 1, .max = INT64_C(9999999999999), .required = true },
	{ .name = "quantity", .label = "Quantity", .kind = FIELD_TEXT, .max = 20, .required = true }, AMOUNT_FIELD, FIELDS_END,
};
static const struct field CHECK_FIELDS[] = {
	NO_FIELD, VERSION_FIELD, { .name = "invoice", .label = "Invoice number", .kind = FIELD_TOKEN, .max = 30, .required = true }, AMOUNT_FIELD,
	{ .name = "decision", .label = "What becomes of it", .kind = FIELD_CODE, .choices = DECISIONS }, { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = REASONS }, FIELDS_END,
};

const struct act stock_invoice_acts[] = {
	{ .name = "stock_invoice_line",  .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = LINE_FIELDS,  .run = line_run },
	{ .name = "stock_order_invoice", .may = MAY_PHARMACY, .reveals = REVEALS_META, .fields = CHECK_FIELDS, .run = check_run },
	{ .name = NULL },
};
