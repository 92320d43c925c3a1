/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tell.c: patients who are to be told: a second person found no good reason for an opening of their chart (stop.c). The duty is that of GDPR art. 34; this
 * is the work list of it: who was told, how, by whom, and of whom it was decided not to and why. Must never name a patient: masked lines, as every review.
 * An open line that somebody else made explains the data protection officer's opening of that identity. Called
 * by stop.c (a line comes) and by the gate (explain.c, and through the rows at the end). Start at to_tell.
 */
#include "hospital/identity.h"
#include "hospital/matters.h"
#include "hospital/review.h"
#include "hospital/unsealed.h"

#define COMMENT_MOST 300

enum rc tell_add(struct db_conn *c, int64_t patient, int64_t stop, uint32_t made_by, int64_t at_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TELL_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, stop);
	db_bind_i64(s, 3, made_by);
	db_bind_i64(s, 4, at_ms);
	return db_run(s, p);
}

bool tell_waits(struct db_conn *c, int64_t patient, uint32_t account, bool *of_another_r)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TELL_WAITS);
	struct problem ignored; /* then it explains nothing */
	bool row = false;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, account);
	bool waits = db_step(s, &row, &ignored) == RC_OK && row && db_i64(s, 0) > 0;
	*of_another_r = waits && db_i64(s, 1) > 0;
	db_reset(s);
	return waits;
}

struct telling { int64_t no, patient, stop, at_ms, told_by, told_ms; struct str how, comment; };

static struct telling telling_row(struct db_conn *c, struct db_stmt *s, struct arena *a)
{
	struct telling n = { db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), db_i64(s, 5), arena_str(a, db_text(s, 6)), STR_NONE };
	n.comment = unsealed(c, a, n.patient, (struct keys_bound){ SEALS_TELL, n.no, 0 }, db_text(s, 7));
	return n;
}

/* Whose stop it is: the line of the access index; 0 when the index has it not (yet). */
static enum rc stopped_account(struct db_conn *c, int64_t stop, uint32_t *account_r, int64_t *at_ms_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOP_GET);
	bool row = false;
	db_bind_i64(s, 1, stop);
	db_bind_i64(s, 2, RC_OVER_BUDGET);
	enum rc rc = db_step(s, &row, p);
	struct access_line line = rc == RC_OK && row ? access_line(s) : (struct access_line){ .number = 0 };
	db_reset(s);
	*account_r = (uint32_t)line.other;
	*at_ms_r = line.at_ms;
	return rc;
}

static enum rc row_telling(struct view_ctx *v, struct rows *out, struct people *people, const struct telling *n, struct problem *p)
{
	uint32_t account = 0;
	int64_t stopped_ms = 0;
	struct traits t;
	bool found;
	enum rc rc = stopped_account(v->db, n->stop, &account, &stopped_ms, p);
	rows_row(out);
	if (rc == RC_OK)
		rc = review_masked(v, out, n->patient, &t, &found, p);
	if (rc != RC_OK)
		return rc;
	struct person by = person_of(people, account);
	rows_col_i64(out, "no", n->no);
	rows_col_i64(out, "at", n->at_ms);
	rows_col_i64(out, "stop", n->stop);
	if (stopped_ms)
		rows_col_i64(out, "stopped_at", stopped_ms);
	col(out, "by", by.login);
	col(out, "by_name", by.name);
	col_flag(out, "mine", account != 0 && account == v->who->account);
	if (found && v->who->role == ROLE_DPO && !n->told_ms) /* writes to the person: may open the identity (gate/explain.c) */
		col(out, "patient", t.id);
	if (!n->told_ms)
		return RC_OK;
	rows_col_i64(out, "told_at", n->told_ms);
	col(out, "told_by_name", person_of(people, (uint32_t)n->told_by).name);
	col(out, "how", n->how);
	col(out, "comment", n->comment);
	return RC_OK;
}

static int64_t number_arg(const struct args *a, const char *name, int64_t otherwise)
{
	uint64_t v;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : otherwise;
}

static enum rc listed(struct view_ctx *v, struct rows *out, enum stmt which, int64_t cursor, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct telling at[MASKED_LINES + 1];
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, which);
	db_bind_i64(s, 1, cursor);
	db_bind_i64(s, 2, MASKED_LINES + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n <= MASKED_LINES)
		at[n++] = telling_row(v->db, s, v->arena);
	db_reset(s);
	rows_set(out, "to_tell");
	for (unsigned i = 0; i < n && i < MASKED_LINES && rc == RC_OK; i++)
		rc = row_telling(v, out, &people, &at[i], p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "page");
	rows_row(out);
	if (n > MASKED_LINES)
		rows_col_i64(out, "next", at[MASKED_LINES - 1].no);
	return arena_rc(v->arena, p);
}

/*
 * "to_tell": after (a number). Patients still to be told, oldest first, at most ten. Set "to_tell": no, at, stop (number), stopped_at, by, by_name (who had opened), masked,
 * birth_year, sex, status, mine (flag: the looker's own stop), patient (id, for the data protection officer only: who writes to a person opens the identity). Set "page": next (after).
 */
static enum rc to_tell(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return listed(v, out, ST_HOSPITAL_TELL_OPEN, number_arg(v->args, "after", 0), p);
}

/* "told": before. The same of those that were dealt with, newest first, with told_at, told_by_name, how (letter, phone, meeting, not_told), comment; set "page": next (before). */
static enum rc told(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return listed(v, out, ST_HOSPITAL_TELL_DONE, number_arg(v->args, "before", INT64_MAX), p);
}

/* ---- told ---- */

static const struct choice HOW[] = { { "letter", "Letter" }, { "phone", "Phone" }, { "meeting", "In person" }, { "not_told", "Not told" }, { NULL, NULL } };
static const struct field TOLD_FIELDS[] = {
	{ .name = "no",      .label = "Patient", .kind = FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "how",     .label = "How",     .kind = FIELD_CODE, .required = true, .choices = HOW },
	{ .name = "comment", .label = "Comment", .kind = FIELD_TEXT, .max = COMMENT_MOST },
	FIELDS_END,
};

/* "tell_done": no, how, comment (asked for with not_told: why) → set "told": no. Nobody closes the lines of his own stop. */
static enum rc tell_done(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = number_arg(x->args, "no", 0), ignored;
	struct str how = args_get(x->args, "how"), comment = args_get(x->args, "comment");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TELL_GET);
	uint32_t account = 0;
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	struct telling n = rc == RC_OK && row ? telling_row(x->db, s, x->arena) : (struct telling){ .no = 0 };
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!n.no)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such line");
	if (n.told_ms)
		return problem_set(p, RC_CONFLICT, WHY_TELL_DONE, "no", "line %lld: dealt with", (long long)no);
	if (str_eq(how, "not_told") && !comment.n)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "comment", "not told: why");
	rc = stopped_account(x->db, n.stop, &account, &ignored, p);
	if (rc == RC_OK && account == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_STOP_OWN, "no", "line %lld: own stop", (long long)no);
	struct buf sealed;
	buf_init(&sealed, 4 * COMMENT_MOST + SEAL_MORE);
	if (rc == RC_OK && comment.n)
		rc = keys_seal(x->db, n.patient, (struct keys_bound){ SEALS_TELL, no, 0 }, comment, &sealed, p);
	if (rc == RC_GONE) /* erased meanwhile: the word stands without its text */
		rc = RC_OK;
	s = db_stmt(x->db, ST_HOSPITAL_TELL_TOLD);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_str(s, 4, how);
	db_bind_blob(s, 5, sealed.n ? buf_view(&sealed) : STR_NONE);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "told");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

const struct view tell_views[] = {
	{ .name = "to_tell",      .may = MAY_REVIEW, .reveals = REVEALS_MASKED, .run = to_tell },
	{ .name = "told", .may = MAY_REVIEW, .reveals = REVEALS_MASKED, .run = told },
	{ .name = NULL },
};

const struct act tell_acts[] = {
	{ .name = "tell_done", .may = MAY_REVIEW, .reveals = REVEALS_NOTHING, .fields = TOLD_FIELDS, .run = tell_done },
	{ .name = NULL },
};
