/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/identity_cell.c: who looks after identities, made a member by an administrator with a fresh proof, never by oneself; and the work lists of these people: to qualify,
 * doubtful, collisions, answers of INSi that do not fit (requests to merge are in merge.c). The lists are masked lines, ten a page; only what somebody else brought before the cell opens
 * an identity to its members. Called by the gate (cell_waits) and through the rows at the end. Start at work.
 */
#include "hospital/merge.h"

#include "hospital/account.h"
#include "hospital/identity_source.h"
#include "hospital/identity.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"

#define MEMBERS_SHOWN 100

int64_t cell_number(const struct args *a, const char *name, int64_t otherwise)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : otherwise;
}

/* ---- members ---- */

bool cell_has(struct db_conn *c, uint32_t account)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CELL_IS);
	bool row = false;
	db_bind_i64(s, 1, account);
	bool is = account && db_step(s, &row, &ignored) == RC_OK && row;
	db_reset(s);
	return is;
}

struct member { int64_t no, made_ms, ended_ms; uint32_t account, made_by; };

static struct member member_row(struct db_stmt *s)
{
	return (struct member){ .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .made_by = (uint32_t)db_i64(s, 2), .made_ms = db_i64(s, 3), .ended_ms = db_i64(s, 4) };
}

/* "identity_cell": set "members", the newest first: no, login, name, by_name, since_at, ended (flag), mine (flag); set "me": member (flag). */
static enum rc members(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct member at[MEMBERS_SHOWN];
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_CELL_LIST);
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, MEMBERS_SHOWN);
	while (n < MEMBERS_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = member_row(s);
	db_reset(s);
	rows_set(out, "members");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct person who = person_of(&people, at[i].account);
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col(out, "login", who.login);
		col(out, "name", who.name);
		col(out, "by_name", person_of(&people, at[i].made_by).name);
		rows_col_i64(out, "since_at", at[i].made_ms);
		col_flag(out, "ended", at[i].ended_ms);
		col_flag(out, "mine", at[i].account == v->who->account);
	}
	rows_set(out, "me");
	rows_row(out);
	col_flag(out, "member", cell_has(v->db, v->who->account));
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static void result(struct rows *out, int64_t no)
{
	rows_set(out, "member");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "identity_cell_add": login → set "member": no. */
static enum rc member_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK && acc.no == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_CELL_OWN, "login", "account %u makes itself a member", acc.no);
	if (rc == RC_OK && ((acc.role != ROLE_CLERK && acc.role != ROLE_NURSE && acc.role != ROLE_PHYSICIAN) || !account_is_open(&acc, x->now_ms)))
		rc = problem_set(p, RC_BAD_INPUT, WHY_CELL_ROLE, "login", "account %u: role %d, or closed", acc.no, (int)acc.role);
	if (rc == RC_OK && cell_has(x->db, acc.no))
		rc = problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "login", "account %u is a member", acc.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CELL_ADD);
	db_bind_i64(s, 1, acc.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, db_last_rowid(x->db));
	return rc;
}

/* "identity_cell_end": no → set "member": no. By an administrator, or by the member: that takes away. */
static enum rc member_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CELL_GET);
	bool row = false;
	db_bind_i64(s, 1, cell_number(x->args, "no", 0));
	enum rc rc = db_step(s, &row, p);
	struct member m = rc == RC_OK && row ? member_row(s) : (struct member){ .no = 0 };
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!m.no || (m.account != x->who->account && !(x->judge->may(x->who->role) & MAY_MANAGE)))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such membership");
	s = db_stmt(x->db, ST_HOSPITAL_CELL_END);
	db_bind_i64(s, 1, m.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, m.no);
	return rc;
}

/* ---- what waits about a patient ---- */

static bool asks(struct db_conn *c, enum stmt which, int64_t patient, int column, uint32_t account, bool *of_another)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, which);
	bool row = false, any = false;
	db_bind_i64(s, 1, patient);
	while (db_step(s, &row, &ignored) == RC_OK && row) {
		any = true;
		*of_another = *of_another || db_i64(s, column) != account;
	}
	db_reset(s);
	return any;
}

/*
 * Requests to join somebody. BARRIER: who asks names whom he likes, so what one person asks for within a day opens the first few to members; the rest is to them as what they
 * brought themselves: five a day, then a reason (docs/decisions/0044).
 */
#define BROUGHT_MOST 5
#define BROUGHT_MS (24 * 3600 * INT64_C(1000))
struct brought { uint32_t by; int64_t at_ms, no; };

static bool is_early(struct db_conn *c, const struct brought *b)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_BEFORE);
	bool row = false;
	unsigned n = 0;
	db_bind_i64(s, 1, b->by);
	db_bind_i64(s, 2, b->at_ms - BROUGHT_MS);
	db_bind_i64(s, 3, b->no);
	db_bind_i64(s, 4, BROUGHT_MOST);
	while (n < BROUGHT_MOST && db_step(s, &row, &ignored) == RC_OK && row)
		n++;
	db_reset(s);
	return n < BROUGHT_MOST;
}

#define BROUGHT_SEEN 16 /* requests about one person that are looked at */
static bool asks_to_join(struct db_conn *c, enum stmt which, int64_t patient, uint32_t account, bool *of_another)
{
	struct problem ignored;
	struct brought at[BROUGHT_SEEN];
	struct db_stmt *s = db_stmt(c, which);
	bool row = false;
	unsigned n = 0;
	db_bind_i64(s, 1, patient);
	while (n < BROUGHT_SEEN && db_step(s, &row, &ignored) == RC_OK && row)
		at[n++] = (struct brought){ (uint32_t)db_i64(s, 0), db_i64(s, 1), db_i64(s, 2) };
	db_reset(s);
	for (unsigned i = 0; i < n && !*of_another; i++)
		*of_another = at[i].by != account && is_early(c, &at[i]);
	return n > 0;
}

bool cell_waits(struct db_conn *c, int64_t patient, uint32_t account, bool *of_another_r)
{
	*of_another_r = false;
	if (patient <= 0 || !cell_has(c, account) || record_seal_hides(c, patient))
		return false;
	bool first = asks_to_join(c, ST_HOSPITAL_MERGE_WAITS_FIRST, patient, account, of_another_r), second = asks_to_join(c, ST_HOSPITAL_MERGE_WAITS_SECOND, patient, account, of_another_r);
	return asks(c, ST_HOSPITAL_IDENTITY_TASK_OF, patient, 5, account, of_another_r) || first || second;
}

/* ---- work lists ---- */

enum rc cell_line(struct view_ctx *v, struct rows *out, int64_t patient, struct problem *p)
{
	struct known k;
	bool found = false;
	rows_patient(out, patient, TIER_MASKED);
	enum rc rc = known_find(v->db, patient, v->arena, &found, &k, p);
	if (rc == RC_OK && found)
		known_masked(out, &k);
	return rc;
}

static enum rc line_rows(struct view_ctx *v, struct rows *out, struct db_stmt *s, unsigned *n_r, int64_t *last_r, struct problem *p)
{
	int64_t at[MASKED_LINES];
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	while (n < MASKED_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = db_i64(s, 0);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		if (merge_kept(v->db, at[i]) != at[i])
			continue; /* the person is qualified under the record that is kept */
		rows_row(out);
		rc = cell_line(v, out, at[i], p);
	}
	*n_r = n;
	*last_r = n ? at[n - 1] : 0;
	return rc;
}

static enum rc by_trust(struct view_ctx *v, struct rows *out, enum trust trust, unsigned *n_r, int64_t *last_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_IDENTITY_BY_TRUST);
	db_bind_i64(s, 1, trust);
	db_bind_i64(s, 2, cell_number(v->args, "after", INT64_MAX));
	db_bind_i64(s, 3, MASKED_LINES);
	return line_rows(v, out, s, n_r, last_r, p);
}

static enum rc doubtful(struct view_ctx *v, struct rows *out, unsigned *n_r, int64_t *last_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_IDENTITY_DOUBTFUL);
	db_bind_i64(s, 1, cell_number(v->args, "after", INT64_MAX));
	db_bind_i64(s, 2, MASKED_LINES);
	return line_rows(v, out, s, n_r, last_r, p);
}

static enum rc tasks(struct view_ctx *v, struct rows *out, struct str kind, unsigned *n_r, int64_t *last_r, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct identity_task at[MASKED_LINES];
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_IDENTITY_TASK_LIST);
	db_bind_str(s, 1, kind);
	db_bind_i64(s, 2, cell_number(v->args, "after", 0));
	db_bind_i64(s, 3, MASKED_LINES);
	while (n < MASKED_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = identity_task_row(s, v->db, v->arena);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rc = cell_line(v, out, at[i].patient, p);
		rows_col_i64(out, "no", at[i].no);
		rows_col_i64(out, "at", at[i].made_ms);
		col(out, "by_name", person_of(&people, at[i].made_by).name);
		col(out, "detail", at[i].detail); /* the text may name the person: it is told on the opened identity */
	}
	*n_r = n;
	*last_r = n ? at[n - 1].no : 0;
	return rc;
}

/*
 * "identity_work": kind (prov, recup, vali, doubtful, collision, insi), after (cursor). For members. Set "work", at most ten: id, masked, birth_year, sex, status, homonym, doubtful, fictive;
 * of the last two kinds: no, at, by_name, detail; set "page": member (flag), kind, next (cursor).
 */
static enum rc work(struct view_ctx *v, struct rows *out, struct problem *p)
{
	static const struct { const char *kind; enum trust trust; } STATUS[] = { { "prov", TRUST_PROV }, { "recup", TRUST_RECUP }, { "vali", TRUST_VALI } };
	struct str kind = args_get(v->args, "kind");
	bool member = cell_has(v->db, v->who->account), done = !member;
	unsigned n = 0;
	int64_t last = 0;
	enum rc rc = RC_OK;
	rows_set(out, "work");
	for (size_t i = 0; i < N_OF(STATUS) && !done; i++)
		if ((done = str_eq(kind, STATUS[i].kind)))
			rc = by_trust(v, out, STATUS[i].trust, &n, &last, p);
	if (!done && str_eq(kind, "doubtful"))
		rc = doubtful(v, out, &n, &last, p);
	else if (!done && (str_eq(kind, task_codes[TASK_COLLISION]) || str_eq(kind, task_codes[TASK_INSI])))
		rc = tasks(v, out, kind, &n, &last, p);
	rows_set(out, "page");
	rows_row(out);
	col_flag(out, "member", member);
	if (n == MASKED_LINES)
		rows_col_i64(out, "next", last);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "identity_task_close": no → set "task": no. By a member: it was looked into. */
static enum rc task_close(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_TASK_GET);
	int64_t no = cell_number(x->args, "no", 0);
	bool row = false;
	if (!cell_has(x->db, x->who->account))
		return problem_set(p, RC_DENIED, WHY_NOT_CELL, "", "account %u is no member", x->who->account);
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	int64_t patient = rc == RC_OK && row ? db_i64(s, 1) : 0;
	db_reset(s);
	if (rc == RC_OK && !row)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such task");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_TASK_END);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = known_collision(x->db, patient, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "task");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

static const struct field ADD_FIELDS[] = {
	{ .name = "login", .label = "Login of the member",        .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "code",  .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view identity_cell_views[] = {
	{ .name = "identity_cell", .may = MAY_MANAGE | MAY_WRITE_IDENTITY, .reveals = REVEALS_META,   .run = members },
	{ .name = "identity_work", .may = MAY_WRITE_IDENTITY,              .reveals = REVEALS_MASKED, .work_after = "after", .run = work },
	{ .name = NULL },
};

const struct act identity_cell_acts[] = {
	{ .name = "identity_cell_add",   .may = MAY_MANAGE,                      .reveals = REVEALS_META, .fields = ADD_FIELDS, .fresh = true, .run = member_add },
	{ .name = "identity_cell_end",   .may = MAY_MANAGE | MAY_WRITE_IDENTITY, .reveals = REVEALS_META, .fields = NO_FIELDS,  .run = member_end },
	{ .name = "identity_task_close", .may = MAY_WRITE_IDENTITY,              .reveals = REVEALS_META, .fields = NO_FIELDS,  .run = task_close },
	{ .name = NULL },
};
