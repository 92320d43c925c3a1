/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/dose_draw.c: see dose_draw.h. It must never hold a dose up, nor draw what the dose does not say in units of the product. Called by administration.c and plan_of_care.c. Start at wanted.
 */
#include "hospital/dose_draw.h"

#include "hospital/stock.h"

#define SIGNED_MOST 50 /* lines of the register of one dose: a line a lot */

static struct str key_of(struct str administration, char key[STOCK_KEY])
{
	struct buf b = { .p = key, .cap = STOCK_KEY, .max = STOCK_KEY };
	buf_z(&b, "adm-");
	buf_str(&b, administration);
	return buf_view(&b);
}

bool dose_units(uint32_t cis, struct str unit, int64_t amount, struct drug_units *u_r)
{
	struct problem absent;
	const struct drugs *base = cis && drug_is_weight(unit) ? drug_base(&absent) : NULL;
	return base && drug_units(drug_by_cis(base, cis), unit, amount, u_r);
}

enum rc dose_drawn_of(struct db_conn *c, struct str administration, uint32_t *cis_r, struct problem *p)
{
	char key[STOCK_KEY];
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOCK_DRAWN_CIS);
	bool row = false;
	db_bind_str(s, 1, key_of(administration, key));
	enum rc rc = db_step(s, &row, p);
	*cis_r = rc == RC_OK && row ? (uint32_t)db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/*
 * What is said in the unit that its product is counted in is drawn, and a weight that is a whole number of units of the speciality: the stock looks whether it counts so (stock_counts). False: neither; how many
 * units held another dose in mg nobody says.
 */
static bool wanted(const struct dose_draw *d, uint32_t cis, char key[STOCK_KEY], struct stock_want *w_r)
{
	const struct dose *e = d->dose;
	struct drug_units units;
	*w_r = (struct stock_want){ .key = key_of(d->administration, key), .cis = cis, .lot = e->lot, .unit = d->x->who->unit, .quantity_milli = e->amount / 1000, .patient = e->patient, .request = d->request, .at_ms = e->given_ms,
		.dose_unit = e->unit };
	if (dose_units(cis, e->unit, e->amount, &units)) {
		w_r->quantity_milli = units.n * STOCK_UNIT_MILLI;
		w_r->dose_unit = str_of(units.ucum);
	}
	return stock_counts_any(w_r->dose_unit) && w_r->quantity_milli <= STOCK_MOST_MILLI;
}

enum rc dose_draw(const struct dose_draw *d, int64_t *movement_r, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn = { .movement = 0 };
	struct stock_want w;
	bool given = d->dose->state == DOSE_GIVEN || d->dose->state == DOSE_RUNNING;
	enum rc rc = wanted(d, d->cis, key, &w) && given && w.cis && w.quantity_milli >= 1 ? stock_draw(d->x, &w, &drawn, p) : RC_OK;
	if (movement_r)
		*movement_r = rc == RC_OK ? drawn.movement : 0;
	return rc;
}

enum rc dose_draw_change(const struct dose_draw *d, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn;
	struct stock_want w;
	uint32_t was = 0; /* what a weight was drawn of may be another of its group: the box that was scanned */
	bool weight = drug_is_weight(d->dose->unit);
	enum rc rc = weight ? dose_drawn_of(d->x->db, d->administration, &was, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (!wanted(d, was ? was : d->cis, key, &w)) {
		if (!was)
			return RC_OK;
		w.quantity_milli = 0;
	}
	rc = stock_draw_change(d->x, &w, &drawn, p);
	return rc == RC_NOT_FOUND ? dose_draw(d, NULL, p) : rc;
}

enum rc dose_draw_back(const struct dose_draw *d, struct problem *p)
{
	char key[STOCK_KEY];
	struct stock_drawn drawn;
	enum rc rc = stock_draw_back(d->x, key_of(d->administration, key), &drawn, p);
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
