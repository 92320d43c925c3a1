/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/forget.c: see forget.h. Must keep what somebody still has to look at: a stop that stands, a patient who is to be told, a reason and an opening that wait for review.
 * Called by gate/forget.c, on the writer. Start at forget_some.
 */
#include "hospital/forget.h"
#include "hospital/show.h"

#define ROWS_AT_ONCE 2000
#define DAY_MS (24 * 3600 * INT64_C(1000))

/* Tables that say by themselves who opened whom, in order of time: the first moment behind ?1 and before ?2, and what goes from ?1 on and before ?2. */
static const struct { enum stmt first, drop; } TABLE[] = {
	{ ST_HOSPITAL_FORGET_GLASS_AT,   ST_HOSPITAL_FORGET_GLASS },
	{ ST_HOSPITAL_FORGET_SPECIAL_AT, ST_HOSPITAL_FORGET_SPECIAL },
	{ ST_HOSPITAL_FORGET_HAND_AT,    ST_HOSPITAL_FORGET_HAND },
	{ ST_HOSPITAL_FORGET_PROOF_AT,   ST_HOSPITAL_FORGET_PROOF },
};

static enum rc number_of(struct db_stmt *s, bool *is_r, int64_t *n_r, struct problem *p)
{
	enum rc rc = db_step(s, is_r, p);
	*is_r = rc == RC_OK && *is_r && !db_is_null(s, 0);
	if (*is_r)
		*n_r = db_i64(s, 0);
	db_reset(s);
	return rc;
}

/* Of the index of accesses: some lines of one account, then of the next. */
static enum rc access_some(struct db_conn *c, struct forgetting *k, bool *more_r, struct problem *p)
{
	bool is = false;
	int64_t cut = 0;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_FORGET_ACCESS_CUT);
	db_bind_i64(s, 1, k->account);
	db_bind_i64(s, 2, k->at);
	db_bind_i64(s, 3, (int64_t)k->upto);
	db_bind_i64(s, 4, ROWS_AT_ONCE);
	enum rc rc = number_of(s, &is, &cut, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(c, ST_HOSPITAL_FORGET_ACCESS);
	db_bind_i64(s, 1, k->account);
	db_bind_i64(s, 2, k->at);
	db_bind_i64(s, 3, is ? cut : (int64_t)k->upto);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	k->rows += (uint64_t)db_changes(c);
	k->at = cut;
	if (is)
		return RC_OK;
	s = db_stmt(c, ST_HOSPITAL_FORGET_ACCESS_NEXT);
	db_bind_i64(s, 1, k->account);
	rc = number_of(s, more_r, &k->account, p);
	k->at = 0;
	return rc;
}

/* A day of one table; false: nothing is left of it. */
static enum rc table_some(struct db_conn *c, struct forgetting *k, bool *more_r, struct problem *p)
{
	int64_t first = 0;
	struct db_stmt *s = db_stmt(c, TABLE[k->table].first);
	db_bind_i64(s, 1, k->at);
	db_bind_i64(s, 2, k->before_ms);
	enum rc rc = number_of(s, more_r, &first, p);
	if (rc != RC_OK || !*more_r)
		return rc;
	int64_t upto = k->before_ms - first < DAY_MS ? k->before_ms : first + DAY_MS;
	s = db_stmt(c, TABLE[k->table].drop);
	db_bind_i64(s, 1, first);
	db_bind_i64(s, 2, upto);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	k->rows += (uint64_t)db_changes(c);
	k->at = upto - 1;
	return RC_OK;
}

enum rc forget_some(struct db_conn *c, struct forgetting *k, bool *more_r, struct problem *p)
{
	bool more = true;
	enum rc rc = k->table < N_OF(TABLE) ? table_some(c, k, &more, p) : access_some(c, k, &more, p);
	*more_r = true;
	if (rc != RC_OK || more)
		return rc;
	if (k->table == N_OF(TABLE))
		*more_r = false;
	else
		k->table++;
	k->at = k->account = 0;
	return RC_OK;
}
