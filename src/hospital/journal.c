/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/journal.c: all that the ladder did and was given, as rows of one table: alarms and stops, proofs, reasons given, verdicts of second persons, « plan blanc », budgets that
 * an establishment changed and that units' weeks taught, on-call lists and hand-overs. No patient.
 * Called by the gate through the rows at the end. Start at ladder_journal.
 */
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/review.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 50
#define EACH 100 /* of each kind: a page, and what may have come in its last millisecond */

struct line { int64_t at_ms; const char *kind; uint32_t account, other; struct str what, unit; };
struct lines { struct line *at; size_t n; };

/* Statements whose columns are: when, whose account, what (a word), and where there is one another person. */
static const struct { enum stmt which; const char *kind; bool other; } SIMPLE[] = {
	{ ST_HOSPITAL_JOURNAL_PROOFS,   "proof",   false },
	{ ST_HOSPITAL_JOURNAL_GRANTS,   "glass",   true },
	{ ST_HOSPITAL_JOURNAL_VERDICTS, "verdict", true },
	{ ST_HOSPITAL_JOURNAL_PLANS,    "plan",    true },
	{ ST_HOSPITAL_JOURNAL_ENDED,    "plan",    true },
	{ ST_HOSPITAL_JOURNAL_RULES,    "budget",  true },
	{ ST_HOSPITAL_JOURNAL_CALLS,    "grant",   true },
	{ ST_HOSPITAL_JOURNAL_HANDED,   "grant",   true },
};

static enum rc take(struct view_ctx *v, enum stmt which, const char *kind, int64_t before_ms, bool other, struct lines *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, before_ms);
	db_bind_i64(s, 2, EACH);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		l->at[l->n++] = (struct line){ db_i64(s, 0), kind, (uint32_t)db_i64(s, 1), other ? (uint32_t)db_i64(s, 3) : 0, arena_str(v->arena, db_text(s, 2)), STR_NONE };
	db_reset(s);
	return rc;
}

/* Of an alarm the word is a number of the index, and how loud it was says what it did. */
static enum rc take_alarms(struct view_ctx *v, int64_t before_ms, struct lines *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_JOURNAL_ALARMS);
	int64_t route[EACH];
	size_t from = l->n;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, before_ms);
	db_bind_i64(s, 2, EACH);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		route[l->n - from] = db_i64(s, 2);
		l->at[l->n++] = (struct line){ db_i64(s, 0), db_i64(s, 3) == RC_OVER_BUDGET && db_i64(s, 1) ? "stop" : "alarm", (uint32_t)db_i64(s, 1), 0, STR_NONE, STR_NONE };
	}
	db_reset(s);
	for (size_t i = from; i < l->n && rc == RC_OK; i++)
		l->at[i].what = access_word(v->db, v->arena, route[i - from]);
	return rc;
}

/* What units' weeks taught: numbers of the index, and the unit's name. */
static enum rc take_learnt(struct view_ctx *v, int64_t before_ms, struct lines *l, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_JOURNAL_LEARNT);
	struct names names = { v->db, v->arena, NULL };
	int64_t unit[EACH];
	size_t from = l->n;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, before_ms);
	db_bind_i64(s, 2, EACH);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		unit[l->n - from] = db_i64(s, 1);
		l->at[l->n++] = (struct line){ db_i64(s, 0), "learnt", 0, 0, STR("unit_week"), STR_NONE };
	}
	db_reset(s);
	for (size_t i = from; i < l->n && rc == RC_OK; i++) {
		struct str id = access_word(v->db, v->arena, unit[i - from]), name = name_of(&names, "Organization", id);
		l->at[i].unit = name.n ? name : id;
	}
	return rc;
}

static int newest_first(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	return (x->at_ms < y->at_ms) - (x->at_ms > y->at_ms);
}

/*
 * "ladder_journal": before (ms). Set "journal", newest first, fifty and what shares the millisecond of the last: at, kind (alarm: a proof is asked for; stop; proof; glass: a reason
 * was given; verdict: of a second person; plan; budget: an establishment changed one; learnt: of a unit's week; grant: on call, handed over), by, by_name, by_role (whose account;
 * none for the whole house), unit_name (of learnt), what (the counter, the reason, released or kept, signed or ended, which budget, on_call or handed), other_name (the second person).
 * Set "page": next (before).
 */
static enum rc ladder_journal(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct lines l = { arena_array(v->arena, (N_OF(SIMPLE) + 2) * EACH, sizeof(struct line)), 0 };
	uint64_t arg;
	int64_t before_ms = str_u64(args_get(v->args, "before"), &arg) == RC_OK && arg <= INT64_MAX ? (int64_t)arg : INT64_MAX;
	size_t n = 0;
	if (!l.at)
		return arena_rc(v->arena, p);
	enum rc rc = take_alarms(v, before_ms, &l, p);
	if (rc == RC_OK)
		rc = take_learnt(v, before_ms, &l, p);
	for (size_t i = 0; i < N_OF(SIMPLE) && rc == RC_OK; i++)
		rc = take(v, SIMPLE[i].which, SIMPLE[i].kind, before_ms, SIMPLE[i].other, &l, p);
	if (rc != RC_OK)
		return rc;
	if (l.n)
		qsort(l.at, l.n, sizeof *l.at, newest_first);
	while (n < l.n && (n < PAGE || l.at[n].at_ms == l.at[PAGE - 1].at_ms))
		n++;
	rows_set(out, "journal");
	for (size_t i = 0; i < n; i++) {
		struct person by = person_of(&people, l.at[i].account);
		rows_row(out);
		rows_col_i64(out, "at", l.at[i].at_ms);
		rows_col(out, "kind", str_of(l.at[i].kind));
		col(out, "by", by.login);
		col(out, "by_name", by.name);
		col_z(out, "by_role", role_code(by.role));
		col(out, "what", l.at[i].what);
		col(out, "unit_name", l.at[i].unit);
		if (l.at[i].other)
			col(out, "other_name", person_of(&people, l.at[i].other).name);
	}
	rows_set(out, "page");
	rows_row(out);
	if (n < l.n)
		rows_col_i64(out, "next", l.at[n - 1].at_ms - 1);
	return arena_rc(v->arena, p);
}

const struct view journal_views[] = {
	{ .name = "ladder_journal", .may = MAY_REVIEW, .reveals = REVEALS_META, .run = ladder_journal },
	{ .name = NULL },
};
