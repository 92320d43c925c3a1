/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/account_wait.c: see account_wait.h. A stolen administrator could else make himself as many physicians as he likes. What is confirmed is what was looked at: role, work, units, end
 * and name go into a number that the page shows and the act brings back. Must never let the one who made an account open it. Start at confirm_run.
 */
#include "hospital/account_wait.h"

#include "hospital/matters.h"
#include "record/keys.h"

#define SHOWN 100

struct waiting { uint32_t account, asked_by; int64_t asked_ms; bool refused; };

static enum rc waiting_of(struct db_conn *c, uint32_t account, bool *is_r, struct waiting *w_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_WAIT_OF);
	db_bind_i64(s, 1, account);
	enum rc rc = db_step(s, is_r, p);
	if (rc == RC_OK && *is_r)
		*w_r = (struct waiting){ account, (uint32_t)db_i64(s, 1), db_i64(s, 2), !db_is_null(s, 3) };
	db_reset(s);
	return rc;
}

static enum rc closed_set(struct db_conn *c, uint32_t account, bool closed, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_ABLE);
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, closed);
	db_bind_i64(s, 3, now_ms);
	enum rc rc = db_run(s, p);
	return rc == RC_OK ? account_changed(c, p) : rc;
}

static enum rc waits_no_more(struct db_conn *c, uint32_t account, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_WAIT_END);
	db_bind_i64(s, 1, account);
	return db_run(s, p);
}

enum rc account_wait_put(struct db_conn *c, uint32_t account, uint32_t asked_by, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_WAIT_ADD);
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, asked_by);
	db_bind_i64(s, 3, now_ms);
	enum rc rc = db_run(s, p);
	return rc == RC_OK ? closed_set(c, account, true, now_ms, p) : rc;
}

enum rc account_wait_ask(struct db_conn *c, uint32_t account, const struct actor *who, struct problem *p)
{
	struct waiting w;
	bool is = false;
	enum rc rc = waiting_of(c, account, &is, &w, p);
	if (rc != RC_OK || !is)
		return rc;
	return who->account ? problem_set(p, RC_CONFLICT, WHY_ACCOUNT_WAITS, "login", "account %u", account) : waits_no_more(c, account, p);
}

/* What a second person looked at, as a number: whoever changes it meanwhile makes another. */
static int64_t seen_of(const struct account *acc)
{
	struct buf b;
	buf_init(&b, 1u << 16);
	buf_z(&b, "account ");
	buf_u64(&b, acc->no);
	buf_ch(&b, ' ');
	buf_z(&b, role_code(acc->role));
	buf_ch(&b, ' ');
	buf_z(&b, work_code(acc->work));
	buf_ch(&b, ' ');
	buf_i64(&b, acc->until_ms);
	for (unsigned i = 0; i < acc->n_units; i++) {
		buf_ch(&b, ' ');
		buf_str(&b, acc->units[i]);
	}
	buf_ch(&b, ' ');
	buf_str(&b, acc->practitioner);
	buf_ch(&b, ' ');
	buf_str(&b, acc->name);
	int64_t seen = keys_house_hash(buf_view(&b)) & INT64_MAX;
	buf_done(&b);
	return seen ? seen : 1;
}

/* ---- view ---- */

/*
 * "accounts_waiting": set "waiting": login, name, role, work (emergency), units (names), practitioner, until_at, asked_at, asked_by_name, mine (flag: another must confirm), seen (number that
 * stands for all of it).
 */
static enum rc waiting_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct waiting at[SHOWN];
	unsigned n = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ACCOUNT_WAIT_LIST);
	db_bind_i64(s, 1, 0);
	db_bind_i64(s, 2, SHOWN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < SHOWN)
		at[n++] = (struct waiting){ (uint32_t)db_i64(s, 0), (uint32_t)db_i64(s, 1), db_i64(s, 2), false };
	db_reset(s);
	rows_set(out, "waiting");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct account acc;
		struct buf units;
		if ((rc = account_by_no(v->db, at[i].account, v->arena, &acc, p)) != RC_OK)
			break;
		rows_row(out);
		col(out, "login", acc.login);
		col(out, "name", acc.name);
		col_z(out, "role", role_code(acc.role));
		col_z(out, "work", work_code(acc.work));
		col(out, "practitioner", acc.practitioner);
		buf_init(&units, 4096);
		for (unsigned k = 0; k < acc.n_units; k++) {
			struct str name = name_of(&names, "Organization", acc.units[k]);
			buf_z(&units, k ? ", " : "");
			buf_str(&units, name.n ? name : acc.units[k]);
		}
		col(out, "units", buf_view(&units));
		buf_done(&units);
		if (acc.until_ms)
			rows_col_i64(out, "until_at", acc.until_ms);
		rows_col_i64(out, "asked_at", at[i].asked_ms);
		col(out, "asked_by_name", person_of(&people, at[i].asked_by).name);
		col_flag(out, "mine", at[i].asked_by == v->who->account);
		rows_col_i64(out, "seen", seen_of(&acc));
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- acts ---- */

static enum rc may_confirm(struct db_conn *c, struct arena *a, const struct actor *who, const struct args *args, struct account *acc, struct problem *p)
{
	struct waiting w = { .refused = true };
	uint64_t seen = 0;
	bool is = false;
	enum rc rc = account_by_login(c, args_get(args, "login"), a, acc, p);
	if (rc == RC_OK)
		rc = waiting_of(c, acc->no, &is, &w, p);
	if (rc != RC_OK)
		return rc;
	if (!is || w.refused)
		return problem_set(p, RC_CONFLICT, WHY_ACCOUNT_OVER, "login", "account %u waits for nobody", acc->no);
	if (w.asked_by == who->account)
		return problem_set(p, RC_DENIED, WHY_ACCOUNT_OWN, "login", "account %u: own", acc->no);
	if (str_u64(args_get(args, "seen"), &seen) != RC_OK || (int64_t)seen != seen_of(acc))
		return problem_set(p, RC_CONFLICT, WHY_ACCOUNT_CHANGED, "login", "account %u is not what was looked at", acc->no);
	return RC_OK;
}

static enum rc confirm_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct account acc;
	(void)prepared_r;
	enum rc rc = may_confirm(v->db, v->arena, v->who, v->args, &acc, p);
	if (rc == RC_CONFLICT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

/* "account_confirm": login, seen, and a fresh proof with a key, by another than who made it → set "account": no, login. It opens now, and its days without use begin. */
static enum rc confirm_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	enum rc rc = may_confirm(x->db, x->arena, x->who, x->args, &acc, p);
	if (rc == RC_OK)
		rc = waits_no_more(x->db, acc.no, p);
	if (rc == RC_OK)
		rc = closed_set(x->db, acc.no, false, x->now_ms, p);
	if (rc == RC_OK)
		account_named(out, &acc);
	return rc;
}

/* "account_turn_down": the same arguments → set "account": no, login. It stays closed for good: a login is not given twice. */
static enum rc refuse_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc = { .no = 0 };
	enum rc rc = may_confirm(x->db, x->arena, x->who, x->args, &acc, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_WAIT_REFUSE);
	db_bind_i64(s, 1, acc.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_OK)
		account_named(out, &acc);
	return rc;
}

static const struct field CONFIRM_FIELDS[] = {
	{ .name = "login", .label = "Login",                      .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "seen",  .label = "Account",                    .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "code",  .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

const struct view wait_views[] = {
	{ .name = "accounts_waiting", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .run = waiting_view },
	{ .name = NULL },
};
const struct act wait_acts[] = {
	{ .name = "account_confirm",   .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .fields = CONFIRM_FIELDS, .fresh = true, .key = true, .prepare = confirm_prepare, .run = confirm_run },
	{ .name = "account_turn_down", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .fields = CONFIRM_FIELDS, .fresh = true, .prepare = confirm_prepare, .run = refuse_run },
	{ .name = NULL },
};
