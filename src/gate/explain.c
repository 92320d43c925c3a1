/* SPDX-License-Identifier: Apache-2.0 */
/* gate/explain.c: see explain.h. A cached fact holds for 3 s, for the same account, unit and patient; never across an act (only acts write to the record). */
#include "gate/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "gate/order.h"

#define FACT_FRESH_MS 3000

static const enum explain OF_FACT[] = {
	[FACT_PRESENT] = EXPLAIN_UNIT, [FACT_APPOINTMENT] = EXPLAIN_APPOINTMENT, [FACT_AUTHOR] = EXPLAIN_AUTHOR,
	[FACT_TREATING] = EXPLAIN_TREATING, [FACT_ASKED] = EXPLAIN_ASKED,
	[FACT_TRANSFER] = EXPLAIN_TRANSFER, [FACT_ON_CALL] = EXPLAIN_ON_CALL, [FACT_HANDED] = EXPLAIN_HANDED,
};

/* Who is to tell a person that the chart was opened without a reason may open the identity, and who of the identity cell has it on his list; what one brought there oneself weighs as
 * what one made oneself. */
static enum explain find_waiting(struct desk *d, const struct seat *seat, int64_t patient)
{
	bool of_another;
	bool waits = seat->actor.role == ROLE_DPO ? tell_waits(d->db, patient, seat->actor.account, &of_another) : !seat->actor.machine && cell_waits(d->db, patient, seat->actor.account, &of_another);
	if (!waits)
		return EXPLAIN_NONE;
	return of_another ? EXPLAIN_REVIEW : EXPLAIN_SELF_MADE;
}

static enum explain find_fact(struct desk *d, const struct seat *seat, int64_t patient, int64_t *until_r)
{
	struct fact f;
	*until_r = 0;
	if (!relation_find(d->db, &seat->actor, patient, d->now_ms, &f))
		return find_waiting(d, seat, patient);
	if (f.until_ms < RELATION_FOR_EVER)
		*until_r = f.until_ms;
	MUST((unsigned)f.kind < sizeof OF_FACT / sizeof *OF_FACT);
	return f.made_by != 0 && f.made_by == seat->actor.account ? EXPLAIN_SELF_MADE : OF_FACT[f.kind];
}

enum explain explain_find(struct desk *d, const struct seat *seat, int64_t patient, int64_t *until_r)
{
	*until_r = 0;
	if (seat->cohort_all)
		return patient > 0 ? EXPLAIN_TICKET : EXPLAIN_NONE;
	if (seat->operator_)
		return EXPLAIN_NONE;
	uint64_t unit = hash_bytes(seat->actor.unit);
	struct desk_fact *f = &d->facts[((uint64_t)patient * 0x9e3779b97f4a7c15u + seat->actor.account * 0x85ebca6bu) >> 54 & (DESK_FACTS - 1)];
	if (f->account == seat->actor.account && f->patient == patient && f->unit == unit && f->generation == d->generation
		&& d->now_ms - f->at_ms < FACT_FRESH_MS && (f->until_ms == 0 || f->until_ms > d->now_ms)) {
		*until_r = f->until_ms;
		return f->explain;
	}
	enum explain e = find_fact(d, seat, patient, until_r);
	if (seat->actor.machine && e != EXPLAIN_NONE)
		e = EXPLAIN_TICKET; /* a contract's cohort is what facts join to the machine's own account */
	*f = (struct desk_fact){ seat->actor.account, patient, d->now_ms, *until_r, d->generation, unit, e };
	return e;
}

bool explain_made(struct desk *d, const struct seat *seat, int64_t patient)
{
	if (patient == 0 || seat->actor.account == 0 || seat->actor.machine)
		return false;
	struct db_stmt *s = db_stmt(d->db, ST_GATE_MADE_BY);
	struct problem p;
	bool row = false, mine = false;
	db_bind_i64(s, 1, patient);
	if (db_step(s, &row, &p) == RC_OK && row)
		mine = db_i64(s, 0) == seat->actor.account;
	db_reset(s);
	return mine && !closed_chart_is(d->db, patient);
}

/* BARRIER: of a closed establishment's chart an emergency counts and no other reason, whenever it was given (docs/decisions/0040). */
static bool has_grant(struct desk *d, const struct seat *seat, int64_t patient)
{
	if (patient == 0 || seat->actor.machine)
		return false;
	patient = merge_kept(d->db, patient);
	bool closed = closed_chart_is(d->db, patient);
	order_lock(d->g);
	bool live = budget_grant(order_budget(d->g), seat->actor.account, patient, closed, order_now(d->g)) != 0;
	order_unlock(d->g);
	return live;
}

bool explain_any(struct desk *d, const struct seat *seat, int64_t patient)
{
	int64_t until;
	return explain_find(d, seat, patient, &until) != EXPLAIN_NONE || explain_made(d, seat, patient) || has_grant(d, seat, patient);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* Facts, own charts and grants, unsorted. */
static enum rc gather(struct desk *d, const struct seat *seat, int64_t **at_r, size_t *n_r, struct problem *p)
{
	const int64_t *facts;
	size_t n_facts, n;
	enum rc rc = relation_set(d->db, &seat->actor, d->now_ms, EXPLAIN_SET_MAX, &d->arena, &facts, &n_facts, p);
	if (rc == RC_LIMIT)
		return problem_set(p, RC_LIMIT, WHY_NARROWER, "", "explained set over %u", EXPLAIN_SET_MAX);
	if (rc != RC_OK)
		return rc;
	size_t max = n_facts + GRANTS_MAX + 64;
	int64_t *at = arena_array(&d->arena, max, sizeof *at);
	if (!at)
		return arena_rc(&d->arena, p);
	memcpy(at, facts, n_facts * sizeof *at);
	n = n_facts;
	struct db_stmt *s = db_stmt(d->db, ST_GATE_MADE_SET);
	db_bind_i64(s, 1, seat->actor.account);
	db_bind_i64(s, 2, 64);
	for (bool row = true; row && n < n_facts + 64;) {
		if ((rc = db_step(s, &row, p)) != RC_OK)
			return rc;
		if (row)
			at[n++] = db_i64(s, 0);
	}
	db_reset(s);
	order_lock(d->g);
	n += budget_grants(order_budget(d->g), seat->actor.account, order_now(d->g), at + n, max - n);
	order_unlock(d->g);
	size_t open = n_facts;
	for (size_t i = n_facts; i < n; i++)
		if (!closed_chart_is(d->db, at[i]) || has_grant(d, seat, at[i]))
			at[open++] = at[i];
	*at_r = at;
	*n_r = open;
	return RC_OK;
}

enum rc explain_set(struct desk *d, const struct seat *seat, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	int64_t *at;
	size_t n, kept = 0;
	enum rc rc = gather(d, seat, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	qsort(at, n, sizeof *at, compare);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || at[kept - 1] != at[i])
			at[kept++] = at[i];
	*at_r = at;
	*n_r = kept;
	return RC_OK;
}

const char *explain_text(enum explain e)
{
	static const char *const TEXT[] = {
		[EXPLAIN_NONE] = "", [EXPLAIN_UNIT] = "unit", [EXPLAIN_APPOINTMENT] = "appointment", [EXPLAIN_AUTHOR] = "author", [EXPLAIN_TREATING] = "treating",
		[EXPLAIN_SELF_MADE] = "self_made", [EXPLAIN_BREAK_GLASS] = "break_glass", [EXPLAIN_TICKET] = "ticket", [EXPLAIN_CREATED] = "created", [EXPLAIN_REVIEW] = "review",
		[EXPLAIN_EMERGENCY] = "emergency", [EXPLAIN_ASKED] = "asked", [EXPLAIN_TRANSFER] = "transfer", [EXPLAIN_ON_CALL] = "on_call", [EXPLAIN_HANDED] = "handed",
	};
	return (unsigned)e < sizeof TEXT / sizeof *TEXT ? TEXT[e] : "";
}
