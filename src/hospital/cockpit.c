/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/cockpit.c: the security officer's first page: how much waits on each work list, what was stopped today, and the last fortnight of each. Counts only:
 * no patient, no person. Called by the gate through the rows at the end. Start at cockpit.
 */
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/review.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define DAYS   14
#define PEOPLE_MOST 20000
#define REVIEW_MS (72 * 3600 * INT64_C(1000)) /* as review.c: broken glass (SECURITY 7.4) */

/* One tile: a number now, and one for each day, today first. */
struct tile { const char *code; int64_t n, oldest_ms, of; int64_t day[DAYS]; };

/* How many days before now; DAYS: none of the fortnight. */
static unsigned day_of_ms(const struct view_ctx *v, int64_t at_ms)
{
	int64_t day = (v->now_ms - at_ms) / DAY_MS;
	return day < 0 ? 0 : day < DAYS ? (unsigned)day : DAYS;
}

/* What a statement gives instants of, counted by days before now. */
static enum rc by_day(struct view_ctx *v, enum stmt which, int64_t day[DAYS], struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, v->now_ms - DAYS * DAY_MS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		unsigned at = day_of_ms(v, db_i64(s, 0));
		if (at < DAYS)
			day[at]++;
	}
	db_reset(s);
	return rc;
}

/* How many wait, and since when the oldest does. */
static enum rc waiting(struct view_ctx *v, enum stmt which, struct tile *t, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	bool row = false;
	db_bind_i64(s, 1, 0);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		t->n = db_i64(s, 0);
		t->oldest_ms = t->n ? db_i64(s, 1) : 0;
	}
	db_reset(s);
	return rc;
}

/* Alarms, and what was refused: of the last fortnight, each call once however many patients it named. */
static enum rc troubles(struct view_ctx *v, int64_t alarms[DAYS], int64_t refused[DAYS], struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_COCKPIT_TROUBLES);
	int64_t last = 0; /* lines of one call stand together */
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, v->now_ms - DAYS * DAY_MS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		unsigned at = day_of_ms(v, db_i64(s, 0));
		int64_t code = db_i64(s, 2), number = db_i64(s, 3);
		if (at == DAYS || number == last)
			continue;
		last = number;
		if (db_i64(s, 1) == ACCESS_ALARM)
			alarms[at]++;
		else if (code == RC_DENIED || code == RC_OVER_BUDGET || code == RC_STEP_UP)
			refused[at]++;
	}
	db_reset(s);
	return rc;
}

/* Persons who may sign in, how many of them without a passkey, and how many had none on each day. */
static enum rc without_key(struct view_ctx *v, struct tile *t, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_COCKPIT_KEYS);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, v->now_ms);
	db_bind_i64(s, 3, PEOPLE_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t made_ms = db_i64(s, 0); /* 0: no key */
		t->of++;
		t->n += made_ms == 0;
		for (int i = 0; i < DAYS; i++)
			t->day[i] += made_ms == 0 || made_ms > v->now_ms - i * DAY_MS;
	}
	db_reset(s);
	return rc;
}

/* How many waited at the end of each day: now less what came since, and what was dealt with since. */
static enum rc waited(struct view_ctx *v, struct tile *t, struct problem *p)
{
	int64_t came[DAYS] = { 0 }, done[DAYS] = { 0 };
	enum rc rc = by_day(v, ST_HOSPITAL_COCKPIT_CAME, came, p);
	if (rc == RC_OK)
		rc = by_day(v, ST_HOSPITAL_COCKPIT_TOLD, done, p);
	t->day[0] = t->n;
	for (int i = 1; i < DAYS; i++)
		t->day[i] = t->day[i - 1] - came[i - 1] + done[i - 1];
	return rc;
}

static void waits_since(struct tile *t, int64_t at_ms)
{
	t->n++;
	if (!t->oldest_ms || at_ms < t->oldest_ms)
		t->oldest_ms = at_ms;
}

/* Exports that nobody, or not enough, approved yet: a ticket lives a day. */
static enum rc exports(struct view_ctx *v, struct tile *t, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_COCKPIT_EXPORTS);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, v->now_ms - DAYS * DAY_MS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		unsigned at = day_of_ms(v, db_i64(s, 0));
		if (at < DAYS)
			t->day[at]++;
		if (db_i64(s, 1) > v->now_ms && db_is_null(s, 2) && db_is_null(s, 3) && db_is_null(s, 4))
			waits_since(t, db_i64(s, 0));
	}
	db_reset(s);
	return rc;
}

/* What was asked for and not signed yet: exports, and « plan blanc ». */
static enum rc approvals(struct view_ctx *v, struct tile *t, struct problem *p)
{
	enum rc rc = exports(v, t, p);
	if (rc == RC_OK)
		rc = by_day(v, ST_HOSPITAL_COCKPIT_PLANS, t->day, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PLAN_LAST);
	bool row = false;
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, 1);
	if (rc == RC_OK)
		rc = db_step(s, &row, p);
	if (rc == RC_OK && row && !db_i64(s, 4) && !db_i64(s, 7) && v->now_ms < db_i64(s, 2) + PLAN_ASKED_MS)
		waits_since(t, db_i64(s, 2));
	db_reset(s);
	return rc;
}

static void put_tile(struct rows *out, const struct tile *t)
{
	rows_row(out);
	rows_col(out, "code", str_of(t->code));
	rows_col_i64(out, "n", t->n);
	if (t->oldest_ms)
		rows_col_i64(out, "oldest_at", t->oldest_ms);
	if (t->of)
		rows_col_i64(out, "of", t->of);
}

/*
 * "cockpit": set "tiles": code (glass: break-glass to review; volume: accounts that stand stopped, days: alarms; approvals: exports, « plan blanc » and accounts that wait for a second person; keys: persons without
 * a passkey, of all; to_tell: patients to be told), n, oldest_at, of. Set "days", the last fourteen, oldest first: code, at (ms, the day's end), n.
 * Set "blocked": alarms, refused of the last 24 hours, special (openings of specially sensitive charts that wait for review), accounts (that wait for a second person), late (flag: broken glass waits longer than 72 hours).
 */
static enum rc cockpit(struct view_ctx *v, struct rows *out, struct problem *p)
{
	enum { GLASS, VOLUME, APPROVALS, KEYS, NOTICES, TILES };
	struct tile at[TILES] = { { .code = "glass" }, { .code = "volume" }, { .code = "approvals" }, { .code = "keys" }, { .code = "to_tell" } };
	int64_t refused[DAYS] = { 0 };
	enum rc rc = waiting(v, ST_HOSPITAL_COCKPIT_GLASS, &at[GLASS], p);
	if (rc == RC_OK)
		rc = by_day(v, ST_HOSPITAL_COCKPIT_BROKEN, at[GLASS].day, p);
	struct tile special = { .n = 0 }, accounts = { .n = 0 };
	if (rc == RC_OK)
		rc = waiting(v, ST_HOSPITAL_COCKPIT_SPECIAL, &special, p);
	if (rc == RC_OK)
		rc = waiting(v, ST_HOSPITAL_COCKPIT_ACCOUNTS, &accounts, p);
	if (rc == RC_OK)
		rc = waiting(v, ST_HOSPITAL_COCKPIT_STOPS, &at[VOLUME], p);
	at[VOLUME].oldest_ms = 0;
	if (rc == RC_OK)
		rc = troubles(v, at[VOLUME].day, refused, p);
	if (rc == RC_OK)
		rc = approvals(v, &at[APPROVALS], p);
	if (rc == RC_OK && accounts.n) {
		waits_since(&at[APPROVALS], accounts.oldest_ms);
		at[APPROVALS].n += accounts.n - 1;
	}
	if (rc == RC_OK)
		rc = without_key(v, &at[KEYS], p);
	if (rc == RC_OK)
		rc = waiting(v, ST_HOSPITAL_COCKPIT_TELL, &at[NOTICES], p);
	if (rc == RC_OK)
		rc = waited(v, &at[NOTICES], p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "tiles");
	for (int i = 0; i < TILES; i++)
		put_tile(out, &at[i]);
	rows_set(out, "days");
	for (int i = 0; i < TILES; i++) {
		for (int day = DAYS; day-- > 0;) {
			rows_row(out);
			rows_col(out, "code", str_of(at[i].code));
			rows_col_i64(out, "at", v->now_ms - day * DAY_MS);
			rows_col_i64(out, "n", at[i].day[day]);
		}
	}
	rows_set(out, "blocked");
	rows_row(out);
	rows_col_i64(out, "alarms", at[VOLUME].day[0]);
	rows_col_i64(out, "refused", refused[0]);
	rows_col_i64(out, "special", special.n);
	rows_col_i64(out, "accounts", accounts.n);
	col_flag(out, "late", at[GLASS].n && v->now_ms > at[GLASS].oldest_ms + REVIEW_MS);
	return RC_OK;
}

const struct view cockpit_views[] = {
	{ .name = "cockpit", .may = MAY_REVIEW, .reveals = REVEALS_META, .run = cockpit },
	{ .name = NULL },
};
