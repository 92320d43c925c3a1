/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/recovery.c: see recovery.h. Two people, neither of them the one whom it is for, of different roles or units, each with a fresh proof; the person is told of each
 * step. Must never store the code, remove a factor, or let one person do both. Start at the rows at the end.
 */
#include "hospital/recovery.h"

#include "base/random.h"
#include "codec/base64.h"
#include "codec/sha.h"
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/unsealed.h"

#include <string.h>

#define SHOWN 30
#define REASON_MOST 300
#define DIGEST_BYTES 32
#define CODE_TEXT 24

struct recovery { int64_t no, asked_ms, given_ms, until_ms, used_ms, dropped_ms; uint32_t account, asked_by, given_by; struct str reason; };

static struct keys_bound reason_bound(uint32_t account, int64_t asked_ms) { return (struct keys_bound){ SEALS_RECOVERY, asked_ms, account }; }

/* "asked": waits for the second person; "given": the code opens; "used"; "over". */
static const char *state_of(const struct recovery *k, int64_t now_ms)
{
	if (k->used_ms)
		return "used";
	if (k->dropped_ms)
		return "over";
	if (!k->given_ms)
		return now_ms < k->asked_ms + RECOVERY_MS ? "asked" : "over";
	return now_ms < k->until_ms ? "given" : "over";
}

static bool is_open(const struct recovery *k, int64_t now_ms)
{
	const char *state = state_of(k, now_ms);
	return strcmp(state, "asked") == 0 || strcmp(state, "given") == 0;
}

static enum rc newest(struct db_conn *c, struct arena *a, struct recovery *at, unsigned max, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RECOVERY_LAST);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	db_bind_i64(s, 1, INT64_MAX);
	db_bind_i64(s, 2, max);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < max) {
		struct recovery *k = &at[n++];
		*k = (struct recovery){ .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .asked_by = (uint32_t)db_i64(s, 2), .asked_ms = db_i64(s, 3), .given_by = (uint32_t)db_i64(s, 5),
			.given_ms = db_i64(s, 6), .until_ms = db_i64(s, 7), .used_ms = db_i64(s, 8), .dropped_ms = db_i64(s, 9) };
		k->reason = unsealed(c, a, 0, reason_bound(k->account, k->asked_ms), db_text(s, 4));
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

/* ---- the code ---- */

/* As it is typed: capitals or not, in groups or not. */
static bool code_normal(struct str typed, char out[CODE_TEXT])
{
	size_t n = 0;
	for (size_t i = 0; i < typed.n; i++) {
		char ch = typed.p[i];
		if (ch == ' ' || ch == '-')
			continue;
		if (n == CODE_TEXT)
			return false;
		out[n++] = ch >= 'a' && ch <= 'z' ? (char)(ch - 32) : ch;
	}
	return n == CODE_TEXT;
}

static void code_digest(struct str code, unsigned char out[DIGEST_BYTES])
{
	unsigned char plain[SHA_LEN];
	sha_two(plain, code.p, code.n, NULL, 0);
	keys_house_digest(plain, out);
	wipe(plain, sizeof plain);
}

enum rc recovery_find(struct db_conn *c, uint32_t account, struct str code, int64_t now_ms, int64_t *no_r, struct problem *p)
{
	char text[CODE_TEXT] = { 0 };
	unsigned char digest[DIGEST_BYTES];
	bool shaped = code_normal(code, text), row = false;
	code_digest((struct str){ text, CODE_TEXT }, digest);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RECOVERY_BY_CODE);
	db_bind_blob(s, 1, (struct str){ (const char *)digest, sizeof digest });
	enum rc rc = db_step(s, &row, p);
	bool good = rc == RC_OK && row && shaped && db_i64(s, 1) == account && account != 0 && db_i64(s, 2) > now_ms && db_i64(s, 3) == 0 && db_i64(s, 4) == 0;
	if (good)
		*no_r = db_i64(s, 0);
	db_reset(s);
	wipe(text, sizeof text);
	wipe(digest, sizeof digest);
	if (rc != RC_OK)
		return rc;
	return good ? RC_OK : problem_set(p, RC_DENIED, WHY_SIGN_IN_REFUSED, "activation", "account %u", account);
}

enum rc recovery_spend(struct db_conn *c, int64_t no, uint32_t account, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RECOVERY_USED);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(c) != 1)
		return problem_set(p, RC_DENIED, WHY_SIGN_IN_REFUSED, "activation", "recovery %lld: used meanwhile", (long long)no);
	return rc == RC_OK ? notice_add(c, account, NOTICE_RECOVERY_USED, 0, STR_NONE, now_ms, p) : rc;
}

/* ---- view ---- */

/*
 * "recoveries": set "recoveries", newest first: no, login, name, role, unit_name, state (asked, given, used, over), asked_at, asked_by_name, reason, given_at, given_by_name, until_at,
 * mine (flag: asked for by who looks, or about who looks: another must give the code).
 */
static enum rc recoveries_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct recovery at[SHOWN];
	unsigned n = 0;
	enum rc rc = newest(v->db, v->arena, at, SHOWN, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "recoveries");
	for (unsigned i = 0; i < n; i++) {
		struct person whom = person_of(&people, at[i].account);
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		col(out, "login", whom.login);
		col(out, "name", whom.name);
		col_z(out, "role", role_code(whom.role));
		col_z(out, "state", state_of(&at[i], v->now_ms));
		rows_col_i64(out, "asked_at", at[i].asked_ms);
		col(out, "asked_by_name", person_of(&people, at[i].asked_by).name);
		col(out, "reason", at[i].reason);
		if (at[i].given_ms) {
			rows_col_i64(out, "given_at", at[i].given_ms);
			rows_col_i64(out, "until_at", at[i].until_ms);
			col(out, "given_by_name", person_of(&people, at[i].given_by).name);
		}
		col_flag(out, "mine", at[i].asked_by == v->who->account || at[i].account == v->who->account);
	}
	return arena_rc(v->arena, p);
}

/* ---- acts ---- */

static enum rc told(struct rows *issues, enum rc rc, const struct problem *p)
{
	if (rc == RC_CONFLICT || rc == RC_BAD_INPUT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

static enum rc may_ask(struct db_conn *c, struct arena *a, const struct actor *who, const struct args *args, int64_t now_ms, struct account *acc, struct problem *p)
{
	struct recovery at[SHOWN];
	unsigned n = 0;
	enum rc rc = account_by_login(c, args_get(args, "login"), a, acc, p);
	if (rc == RC_NOT_FOUND)
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_ACCOUNT, "login", "no such account");
	if (rc == RC_OK && acc->no == who->account)
		return problem_set(p, RC_BAD_INPUT, WHY_RECOVERY_OWN, "login", "own account");
	if (rc == RC_OK && !account_is_open(acc, now_ms))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_ACCOUNT, "login", "account %u is closed", acc->no);
	if (rc == RC_OK)
		rc = newest(c, a, at, SHOWN, &n, p);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		if (at[i].account == acc->no && is_open(&at[i], now_ms))
			rc = problem_set(p, RC_CONFLICT, WHY_RECOVERY_RUNS, "login", "recovery %lld", (long long)at[i].no);
	return rc;
}

static enum rc ask_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct account acc;
	(void)prepared_r;
	return told(issues, may_ask(v->db, v->arena, v->who, v->args, v->now_ms, &acc, p), p);
}

static void answer(struct rows *out, int64_t no)
{
	rows_set(out, "recovery");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* "recovery_ask": login, reason, and a fresh proof → set "recovery": no. */
static enum rc ask_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc = { .no = 0 };
	struct buf sealed;
	enum rc rc = may_ask(x->db, x->arena, x->who, x->args, x->now_ms, &acc, p);
	buf_init(&sealed, 4 * REASON_MOST + SEAL_MORE);
	if (rc == RC_OK)
		rc = keys_seal(x->db, 0, reason_bound(acc.no, x->now_ms), args_get(x->args, "reason"), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RECOVERY_ADD);
	db_bind_i64(s, 1, acc.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_blob(s, 4, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	answer(out, db_last_rowid(x->db));
	return notice_add(x->db, acc.no, NOTICE_RECOVERY_ASKED, x->who->account, STR_NONE, x->now_ms, p);
}

static enum rc find_open(struct db_conn *c, struct arena *a, const struct args *args, int64_t now_ms, struct recovery *k, struct problem *p)
{
	struct recovery at[SHOWN];
	unsigned n = 0;
	uint64_t no = 0;
	enum rc rc = str_u64(args_get(args, "no"), &no) == RC_OK ? newest(c, a, at, SHOWN, &n, p) : problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "no", "no number");
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		if (at[i].no == (int64_t)no && is_open(&at[i], now_ms)) {
			*k = at[i];
			return RC_OK;
		}
	return rc != RC_OK ? rc : problem_set(p, RC_CONFLICT, WHY_RECOVERY_OVER, "no", "recovery %llu", (unsigned long long)no);
}

/* Another person, who is neither of the asker's trade nor of the asker's unit, or at least not both. */
static enum rc may_give(struct db_conn *c, struct arena *a, const struct actor *who, const struct args *args, int64_t now_ms, struct recovery *k, struct problem *p)
{
	struct account asker;
	enum rc rc = find_open(c, a, args, now_ms, k, p);
	if (rc == RC_OK && k->given_ms)
		return problem_set(p, RC_CONFLICT, WHY_RECOVERY_OVER, "no", "recovery %lld: given", (long long)k->no);
	if (rc == RC_OK && (k->asked_by == who->account || k->account == who->account))
		return problem_set(p, RC_DENIED, WHY_RECOVERY_OWN, "no", "recovery %lld: own", (long long)k->no);
	if (rc == RC_OK)
		rc = account_by_no(c, k->asked_by, a, &asker, p);
	if (rc != RC_OK)
		return rc;
	bool same_unit = asker.unit.n == 0 || who->unit.n == 0 || str_is(asker.unit, who->unit);
	return asker.role == who->role && same_unit ? problem_set(p, RC_DENIED, WHY_RECOVERY_ALIKE, "no", "recovery %lld: same role and unit", (long long)k->no) : RC_OK;
}

static enum rc give_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct recovery k;
	(void)prepared_r;
	return told(issues, may_give(v->db, v->arena, v->who, v->args, v->now_ms, &k, p), p);
}

/* "recovery_give": no, and a fresh proof with a key, by a second person → set "recovery": no, login, name, code (shown this once), until_at. */
static enum rc give_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	unsigned char raw[RECOVERY_BYTES], digest[DIGEST_BYTES];
	struct people people = { x->db, x->arena, NULL };
	struct recovery k;
	struct buf code;
	enum rc rc = may_give(x->db, x->arena, x->who, x->args, x->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	random_bytes(raw, sizeof raw);
	buf_init(&code, 64);
	base32_put(&code, (struct str){ (const char *)raw, sizeof raw });
	MUST(code.n == CODE_TEXT);
	code_digest(buf_view(&code), digest);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RECOVERY_GIVE);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_i64(s, 4, x->now_ms + RECOVERY_MS);
	db_bind_blob(s, 5, (struct str){ (const char *)digest, sizeof digest });
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = notice_add(x->db, k.account, NOTICE_RECOVERY_GIVEN, x->who->account, STR_NONE, x->now_ms, p);
	if (rc == RC_OK) {
		struct person whom = person_of(&people, k.account);
		answer(out, k.no);
		col(out, "login", whom.login);
		col(out, "name", whom.name);
		rows_col(out, "code", buf_view(&code));
		rows_col_i64(out, "until_at", x->now_ms + RECOVERY_MS);
	}
	buf_done_wiped(&code);
	wipe(raw, sizeof raw);
	wipe(digest, sizeof digest);
	return rc;
}

/* "recovery_drop": no → set "recovery": no. Asked for or given, it is taken back, by anybody who may ask. */
static enum rc drop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct recovery k;
	enum rc rc = find_open(x->db, x->arena, x->args, x->now_ms, &k, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_RECOVERY_DROP);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, k.no);
	return rc;
}

#define CODE { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
static const struct field ASK_FIELDS[] = {
	{ .name = "login",  .label = "Login",  .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "reason", .label = "Reason", .kind = FIELD_TEXT, .min = 3, .max = REASON_MOST, .required = true },
	CODE, FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Request", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, CODE, FIELDS_END };

#define MAY_RECOVER (MAY_MANAGE | MAY_RELEASE)
const struct view recovery_views[] = {
	{ .name = "recoveries", .may = MAY_RECOVER, .reveals = REVEALS_META, .run = recoveries_view },
	{ .name = NULL },
};

const struct act recovery_acts[] = {
	{ .name = "recovery_ask",  .may = MAY_RECOVER, .reveals = REVEALS_META, .fields = ASK_FIELDS, .fresh = true, .prepare = ask_prepare, .run = ask_run },
	{ .name = "recovery_give", .may = MAY_RECOVER, .reveals = REVEALS_META, .fields = NO_FIELDS,  .fresh = true, .key = true, .prepare = give_prepare, .run = give_run },
	{ .name = "recovery_drop", .may = MAY_RECOVER, .reveals = REVEALS_META, .fields = NO_FIELDS,  .fresh = true, .run = drop_run },
	{ .name = NULL },
};
