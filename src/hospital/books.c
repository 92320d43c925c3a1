/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/books.c: the nightly count: what the stock holds and what the journal says, made anew from what was posted (stock_check.c, billing_desk.c), asked for by the operator's timer. Whoever
 * keeps the books is told of a difference on every screen until it was read, once while the word stands; and who works with a store, of thresholds that lots fell under by growing old. It must
 * never mend anything. Called by the gate through the row at the end. Start at count_run.
 */
#include "hospital/billing.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/stock_inner.h"

#define KEEPERS 1000

struct books { struct journal_counted journal; struct stock_checked stock; int64_t stock_differences; };

static enum rc count_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct books *b = ARENA_NEW(v->arena, struct books);
	(void)issues;
	enum rc rc = b ? journal_recompute(v->db, &b->journal, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = stock_recompute(v->db, &b->stock, p);
	if (rc != RC_OK)
		return rc;
	b->stock_differences = b->stock.wrong_balances + b->stock.wrong_pools + b->stock.wrong_registers + b->stock.not_zero;
	*prepared_r = b;
	return RC_OK;
}

static enum rc tell_keepers(struct act_ctx *x, const char *role, enum notice kind, int64_t differences, struct problem *p)
{
	uint32_t *at = arena_array(x->arena, KEEPERS, sizeof *at);
	char text[24];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_KEEPERS);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(x->arena, p);
	db_bind_i64(s, 1, x->now_ms);
	db_bind_str(s, 2, str_of(role));
	while (rc == RC_OK && n < KEEPERS && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (uint32_t)db_i64(s, 0);
	db_reset(s);
	buf_i64(&b, differences);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = notice_once(x->db, at[i], kind, buf_view(&b), x->now_ms, p);
	return rc;
}

static void told(struct rows *out, const char *of, int64_t postings, int64_t differences)
{
	rows_row(out);
	rows_col(out, "of", str_of(of));
	rows_col_i64(out, "postings", postings);
	rows_col_i64(out, "differences", differences);
}

/* "books_count" → set "counted": of (journal, stock), postings, differences. That the journal was counted is noted as when somebody presses it. */
static enum rc count_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct books *b = x->prepared;
	enum rc rc = journal_recounted(x, &b->journal, p);
	if (rc == RC_OK && b->journal.differences)
		rc = tell_keepers(x, "billing", NOTICE_JOURNAL, b->journal.differences, p);
	if (rc == RC_OK && b->stock_differences)
		rc = tell_keepers(x, "pharmacist", NOTICE_STOCK, b->stock_differences, p);
	if (rc == RC_OK)
		rc = stock_levels_over(x, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "counted");
	told(out, "journal", b->journal.postings, b->journal.differences);
	told(out, "stock", b->stock.postings, b->stock_differences);
	return RC_OK;
}

static const struct field NONE[] = { FIELDS_END };

const struct act books_acts[] = {
	{ .name = "books_count", .may = MAY_IMPORT, .reveals = REVEALS_META, .fields = NONE, .slow = true, .prepare = count_prepare, .run = count_run },
	{ .name = NULL },
};
