/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/dose_draw.c: see dose_draw.h. It must never hold a dose up, nor draw what the dose does not say in units of the product. Called by administration.c and plan_of_care.c. Start at wanted.
 */
#include "hospital/dose_draw.h"

#include "hospital/stock.h"

#define SIGNED_MOST 50 /* lines of the register of one dose: a line a lot */

static struct str key_of(const struct dose_draw *d, char key[STOCK_KEY])
{
	struct buf b = { .p = key, .cap = STOCK_KEY, .max = STOCK_KEY };
	buf_z(&b, "adm-");
	buf_str(&b, d->administration);
	return buf_view(&b);
}

/* What is said in the unit that its product is counted in is drawn: the stock looks at that (stock_counts). False: no product is counted in it; a dose in mg does not say how many units held it. */
static bool wanted(const struct dose_draw *d, char key[STOCK_KEY], struct stock_want *w_r)
{
	const struct dose *e = d->dose;
	*w_r = (struct stock_want){ .key = key_of(d, key), .cis = d->cis, .lot = e->lot, .unit = d->x->who->unit, .quantity_milli = e->amount / 1000, .patient = e->patient, .request = d->request, .at_ms = e->given_ms,
		.dose_unit = e->unit };
	return stock_counts_any(e->unit) && w_r->quantity_milli <= STOCK_MOST_MILLI;
}

enum rc dose_draw(const struct dose_draw *d, int64_t *movement_r, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn = { .movement = 0 };
	struct stock_want w;
	bool given = d->dose->state == DOSE_GIVEN || d->dose->state == DOSE_RUNNING;
	enum rc rc = wanted(d, key, &w) && given && w.cis && w.quantity_milli >= 1 ? stock_draw(d->x, &w, &drawn, p) : RC_OK;
	if (movement_r)
		*movement_r = rc == RC_OK ? drawn.movement : 0;
	return rc;
}

enum rc dose_draw_change(const struct dose_draw *d, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn;
	struct stock_want w;
	if (!wanted(d, key, &w))
		return RC_OK;
	enum rc rc = stock_draw_change(d->x, &w, &drawn, p);
	return rc == RC_NOT_FOUND ? dose_draw(d, NULL, p) : rc;
}

enum rc dose_draw_back(const struct dose_draw *d, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn;
	enum rc rc = stock_draw_back(d->x, key_of(d, key), &drawn, p);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc dose_draw_signed(const struct dose_draw *d, int64_t movement, uint32_t second, struct problem *p)
{
	struct db_stmt *s = db_stmt(d->x->db, ST_HOSPITAL_STOCK_REGISTER_BY);
	int64_t at[SIGNED_MOST];
	size_t n = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, movement);
	db_bind_i64(s, 2, SIGNED_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < SIGNED_MOST)
		at[n++] = db_i64(s, 0);
	db_reset(s);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		s = db_stmt(d->x->db, ST_HOSPITAL_STOCK_REGISTER_SIGN);
		db_bind_i64(s, 1, at[i]);
		db_bind_i64(s, 2, second);
		db_bind_i64(s, 3, d->x->now_ms);
		rc = db_run(s, p);
	}
	return rc;
}

enum rc dose_draw_owed(struct db_conn *c, int64_t patient, struct str request, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_REGISTER_OWED);
	bool row = false;
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, request);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}
