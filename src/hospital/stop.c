/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stop.c: proofs that the ladder asked for, accounts that it stopped, and their release by a second person who saw what they had opened (SECURITY 7.4).
 * A stop is an ALARM of the ledger; this file reads it from the access index. What frees the account is the gate's own fold of the act "stop_release".
 * Must never let anybody free himself, nor show more of a patient than a masked line. Called by the gate through the rows at the end. Start at stops.
 */
#include "hospital/colleague.h"
#include "hospital/matters.h"
#include "hospital/review.h"
#include "hospital/unsealed.h"

#include <string.h>

#define PAGE_STOPS 50
#define DAY_MS (24 * 3600 * INT64_C(1000))
#define LINES_MOST 4000        /* of the index that are looked at for one list: an account's day has a few hundred */
#define PATIENTS_MOST 400      /* more than any ladder lets an account open in a day */
#define COMMENT_MOST 300

/* ---- proofs ---- */

const struct choice proof_reasons[] = { { "unit", "Today I work in another unit" }, { "emergency", "Emergency" }, { "other", "Another reason" }, { NULL, NULL } };

enum rc proof_add(struct db_conn *c, const struct proof_given *g, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PROOF_ADD);
	db_bind_i64(s, 1, g->account);
	db_bind_i64(s, 2, g->at_ms);
	db_bind_str(s, 3, g->reason);
	db_bind_str(s, 4, g->unit.n ? g->unit : STR_NONE);
	db_bind_blob(s, 5, g->sealed.n ? g->sealed : STR_NONE);
	return db_run(s, p);
}

enum rc stop_proofs(struct view_ctx *v, struct rows *out, unsigned max, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct kept { uint32_t account; int64_t at_ms; struct str reason, unit, text; } *at = arena_array(v->arena, max, sizeof *at);
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	if (!at)
		return arena_rc(v->arena, p);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PROOF_LIST);
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, max);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < max) {
		struct kept *k = &at[n++];
		*k = (struct kept){ (uint32_t)db_i64(s, 1), db_i64(s, 2), arena_str(v->arena, db_text(s, 3)), arena_str(v->arena, db_text(s, 4)), STR_NONE };
		k->text = unsealed(v->db, v->arena, 0, (struct keys_bound){ SEALS_PROOF, k->at_ms, k->account }, db_text(s, 5));
	}
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "proofs");
	for (unsigned i = 0; i < n; i++) {
		struct person by = person_of(&people, at[i].account);
		rows_row(out);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by", by.login);
		col(out, "by_name", by.name);
		col_z(out, "by_role", role_code(by.role));
		rows_col(out, "reason", at[i].reason);
		col(out, "unit_name", name_of(&names, "Organization", at[i].unit));
		col(out, "text", at[i].text);
	}
	return arena_rc(v->arena, p);
}

/* ---- stops ---- */

static enum rc is_released(struct db_conn *c, int64_t number, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOP_REVIEWS);
	bool row = false;
	enum rc rc;
	*is_r = false;
	db_bind_i64(s, 1, number);
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		*is_r = *is_r || str_eq(db_text(s, 3), "released");
	db_reset(s);
	return rc;
}

enum rc stop_put(struct db_conn *c, int64_t number, struct problem *p)
{
	bool done;
	enum rc rc = is_released(c, number, &done, p); /* the index is made anew from the ledger at times: what was ended stays so */
	if (rc != RC_OK || done)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOP_PUT);
	db_bind_i64(s, 1, number);
	return db_run(s, p);
}

struct stop { struct access_line line; struct account whom; };

/* Who sees a stop and may end it: reviewers any, others one of a person who works in one of their units; nobody his own. */
static bool is_theirs(const struct actor *who, const struct account *whom)
{
	if (who->role == ROLE_RSSI || who->role == ROLE_DPO)
		return true;
	for (unsigned i = 0; i < whom->n_units; i++)
		for (unsigned k = 0; k < who->n_units; k++)
			if (str_is(whom->units[i], who->units[k]))
				return true;
	return false;
}

static enum rc stop_find(struct db_conn *c, struct arena *a, int64_t number, const struct actor *who, struct stop *st, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOP_GET);
	bool row = false;
	db_bind_i64(s, 1, number);
	db_bind_i64(s, 2, RC_OVER_BUDGET);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		st->line = access_line(s);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "number", "no such stop");
	if ((uint32_t)st->line.other == who->account)
		return problem_set(p, RC_DENIED, WHY_STOP_OWN, "number", "stop %lld: own", (long long)number);
	rc = account_by_no(c, (uint32_t)st->line.other, a, &st->whom, p);
	if (rc == RC_OK && !is_theirs(who, &st->whom))
		return problem_set(p, RC_DENIED, WHY_STOP_OTHER_UNIT, "number", "stop %lld: of another unit", (long long)number);
	return rc;
}

static void stop_cols(struct view_ctx *v, struct rows *out, struct names *names, const struct access_line *l, const struct person *by)
{
	rows_row(out);
	rows_col_i64(out, "account", l->other);
	col(out, "by", by->login);
	col(out, "by_name", by->name);
	access_cols(v, out, names, l);
}

/* "stops": accounts that are stopped and not yet released. Set "stops", newest first: number, at, account, by, by_name, role, unit_name, what (the counter), mine (flag). */
static enum rc stops(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct access_line at[PAGE_STOPS];
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOP_OPEN);
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, PAGE_STOPS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < PAGE_STOPS)
		at[n++] = access_line(s);
	db_reset(s);
	rows_set(out, "stops");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct account whom;
		bool mine = (uint32_t)at[i].other == v->who->account;
		if ((rc = account_by_no(v->db, (uint32_t)at[i].other, v->arena, &whom, p)) != RC_OK)
			break;
		if (!mine && !is_theirs(v->who, &whom))
			continue;
		struct person by = person_of(&people, whom.no);
		stop_cols(v, out, &names, &at[i], &by);
		col_flag(out, "mine", mine);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* The number of a word of the access index; 0: it was never needed. */
static int64_t word_number(struct db_conn *c, const char *word)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WORD_FIND);
	struct problem ignored; /* then nothing is told apart by it */
	bool row = false;
	db_bind_str(s, 1, str_of(word));
	int64_t no = db_step(s, &row, &ignored) == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return no;
}

/* The patients that an account opened in the day before its stop and since, newest opening of each. */
static enum rc opened_by(struct view_ctx *v, const struct stop *st, struct access_line *at, unsigned *n_r, int64_t *newest_r, struct problem *p)
{
	struct access_line page[100];
	unsigned n = 0, looked = 0, got = 0;
	int64_t before = INT64_MAX, from = st->line.at_ms - DAY_MS;
	int64_t glass = word_number(v->db, "break_glass"); /* to give a reason opens nothing yet */
	bool more = true;
	*newest_r = 0;
	while (more && looked < LINES_MOST) {
		enum rc rc = access_lines(v, ST_HOSPITAL_ACCESS_ACCOUNT, st->line.other, before, page, N_OF(page), &got, p);
		if (rc != RC_OK)
			return rc;
		more = got == N_OF(page);
		for (unsigned i = 0; i < got; i++, looked++) {
			if (page[i].at_ms < from) {
				more = false;
				break;
			}
			before = page[i].number;
			if (page[i].other <= 0)
				continue;
			if (page[i].number > *newest_r)
				*newest_r = page[i].number;
			unsigned k = 0;
			while (k < n && at[k].other != page[i].other)
				k++;
			if (page[i].rc == RC_OK && page[i].route != glass && k == n && n < PATIENTS_MOST)
				at[n++] = page[i];
		}
	}
	*n_r = n;
	return RC_OK;
}

static enum rc row_opened(struct view_ctx *v, struct rows *out, struct names *names, struct colleagues *house, const struct stop *st, const struct access_line *l, struct problem *p)
{
	struct traits t;
	bool found, none = false, colleague = false;
	rows_row(out);
	enum rc rc = review_masked(v, out, l->other, &t, &found, p);
	if (rc != RC_OK)
		return rc;
	access_cols(v, out, names, l);
	if (found) {
		col_flag(out, "same_surname", review_same_surname(v->arena, st->whom.name, &t));
		rc = colleague_is(house, &t, &colleague, p);
		col_flag(out, "colleague", colleague);
		if (rc == RC_OK)
			rc = review_no_later_care(v, t.id, l->at_ms, &none, p);
		col_flag(out, "no_later_care", rc == RC_OK && none);
	}
	return rc;
}

static enum rc rows_reviews(struct view_ctx *v, struct rows *out, int64_t number, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct one { int64_t no, by, at_ms; struct str verdict, comment; } at[20];
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOP_REVIEWS);
	db_bind_i64(s, 1, number);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < N_OF(at)) {
		at[n] = (struct one){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), arena_str(v->arena, db_text(s, 3)), STR_NONE };
		at[n].comment = unsealed(v->db, v->arena, 0, (struct keys_bound){ SEALS_PROOF, at[n].at_ms, at[n].by }, db_text(s, 4));
		n++;
	}
	db_reset(s);
	rows_set(out, "reviews");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by_name", person_of(&people, (uint32_t)at[i].by).name);
		rows_col(out, "verdict", at[i].verdict);
		col(out, "comment", at[i].comment);
	}
	return rc;
}

/*
 * "stop": number. Set "stop": the columns of "stops", upto (number of the newest line that the list holds), patients, notices. Set "opened": whom the account opened in
 * the 24 hours before and since, each once, newest first: masked, birth_year, sex, status, at, explained, what …, same_surname, colleague, no_later_care (flags).
 * Set "reviews": at, by_name, verdict (released, kept), comment.
 */
static enum rc stop_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct colleagues house = { .db = v->db, .arena = v->arena };
	struct access_line *at = arena_array(v->arena, PATIENTS_MOST, sizeof *at);
	uint64_t number = 0;
	unsigned n = 0;
	int64_t newest = 0, notices = 0;
	struct stop st;
	if (!at)
		return arena_rc(v->arena, p);
	if (str_u64(args_get(v->args, "number"), &number) != RC_OK || number > INT64_MAX)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "number", "no number");
	enum rc rc = stop_find(v->db, v->arena, (int64_t)number, v->who, &st, p);
	if (rc == RC_OK)
		rc = opened_by(v, &st, at, &n, &newest, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_STOP_NOTICES);
	bool row = false;
	db_bind_i64(s, 1, (int64_t)number);
	if ((rc = db_step(s, &row, p)) == RC_OK && row)
		notices = db_i64(s, 0);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	struct person by = person_of(&people, st.whom.no);
	rows_set(out, "stop");
	stop_cols(v, out, &names, &st.line, &by);
	rows_col_i64(out, "upto", newest);
	rows_col_i64(out, "patients", n);
	rows_col_i64(out, "notices", notices);
	rows_set(out, "opened");
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = row_opened(v, out, &names, &house, &st, &at[i], p);
	if (rc == RC_OK)
		rc = rows_reviews(v, out, (int64_t)number, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the second person ---- */

static const struct field STOP_FIELDS[] = {
	{ .name = "number",  .label = "Stop",                       .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "account", .label = "Account",                    .kind = FIELD_INT,   .min = 1, .max = UINT32_MAX, .required = true },
	{ .name = "upto",    .label = "List",                       .kind = FIELD_INT,   .min = 0, .max = INT64_MAX, .required = true },
	{ .name = "comment", .label = "What you found",             .kind = FIELD_LINES, .max = COMMENT_MOST },
	{ .name = "code",    .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

static int64_t number_arg(const struct args *a, const char *name)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

/* May this person judge this stop, and did the list that was seen hold everything? Asked before the act is written down, and again when it is done. */
static enum rc judged(struct db_conn *c, struct arena *a, const struct args *args, const struct actor *who, struct stop *st, struct problem *p)
{
	int64_t number = number_arg(args, "number");
	bool done = false, row = false;
	enum rc rc = stop_find(c, a, number, who, st, p);
	if (rc == RC_OK && st->whom.no != number_arg(args, "account"))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "account", "stop %lld is of another account", (long long)number);
	if (rc == RC_OK)
		rc = is_released(c, number, &done, p);
	if (rc != RC_OK)
		return rc;
	if (done)
		return problem_set(p, RC_CONFLICT, WHY_STOP_DONE, "number", "stop %lld", (long long)number);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STOP_NEWEST);
	db_bind_i64(s, 1, st->whom.no);
	rc = db_step(s, &row, p);
	int64_t newest = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc == RC_OK && newest > number_arg(args, "upto"))
		return problem_set(p, RC_CONFLICT, WHY_STOP_LIST_OLD, "upto", "stop %lld", (long long)number);
	return rc;
}

static enum rc judge_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct stop st;
	(void)prepared_r;
	enum rc rc = judged(v->db, v->arena, v->args, v->who, &st, p);
	if (rc == RC_CONFLICT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

static enum rc judge(struct act_ctx *x, struct rows *out, const char *verdict, struct stop *st, struct problem *p)
{
	struct buf sealed;
	struct str comment = args_get(x->args, "comment");
	enum rc rc = judged(x->db, x->arena, x->args, x->who, st, p);
	buf_init(&sealed, 4 * COMMENT_MOST + SEAL_MORE);
	if (rc == RC_OK && comment.n)
		rc = keys_seal(x->db, 0, (struct keys_bound){ SEALS_PROOF, x->now_ms, x->who->account }, comment, &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOP_REVIEW_ADD);
	db_bind_i64(s, 1, st->line.number);
	db_bind_i64(s, 2, st->whom.no);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	db_bind_str(s, 5, str_of(verdict));
	db_bind_blob(s, 6, sealed.n ? buf_view(&sealed) : STR_NONE);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "review");
	rows_row(out);
	rows_col_i64(out, "number", st->line.number);
	rows_col(out, "verdict", str_of(verdict));
	return RC_OK;
}

/* "stop_release": number, account, upto, comment, code → set "review": number, verdict. The gate frees the account named by the act. */
static enum rc release_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stop st = { .line = { .number = 0 } };
	enum rc rc = judge(x, out, "released", &st, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_STOP_DROP);
	db_bind_i64(s, 1, st.line.number);
	return rc == RC_OK ? db_run(s, p) : rc;
}

/* "stop_keep": the same arguments: what was opened has no good reason that this person sees. The account stays stopped, and whom it opened is to be told. */
static enum rc keep_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct stop st = { .line = { .number = 0 } };
	struct view_ctx v = { .db = x->db, .who = x->who, .args = x->args, .arena = x->arena, .now_ms = x->now_ms };
	struct access_line *at = arena_array(x->arena, PATIENTS_MOST, sizeof *at);
	unsigned n = 0;
	int64_t newest;
	enum rc rc = at ? judge(x, out, "kept", &st, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = opened_by(&v, &st, at, &n, &newest, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = tell_add(x->db, at[i].other, st.line.number, x->who->account, x->now_ms, p);
	return rc;
}

const struct view stop_views[] = {
	{ .name = "stops", .may = MAY_RELEASE, .reveals = REVEALS_META,   .run = stops },
	{ .name = "stop",  .may = MAY_RELEASE, .reveals = REVEALS_MASKED, .run = stop_view },
	{ .name = NULL },
};

const struct act stop_acts[] = {
	{ .name = "stop_release", .may = MAY_RELEASE, .reveals = REVEALS_NOTHING, .fields = STOP_FIELDS, .fresh = true, .prepare = judge_prepare, .run = release_run },
	{ .name = "stop_keep",    .may = MAY_RELEASE, .reveals = REVEALS_NOTHING, .fields = STOP_FIELDS, .fresh = true, .prepare = judge_prepare, .run = keep_run },
	{ .name = NULL },
};
