/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/notice.c: see notice.h. Must never tell anybody else than the person, nor keep an address or a program in clear. Start at account_entered.
 */
#include "hospital/notice.h"

#include "base/utf8.h"
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/stock_inner.h"
#include "hospital/tall_name.h"
#include "hospital/unsealed.h"

#define DETAIL_MOST 400
#define PAGE_NOTICES 50
#define PAGE_SIGN_INS 20
#define DAY_MS (24 * 3600 * INT64_C(1000))

static const char *const KIND[NOTICES] = {
	[NOTICE_KEY_ADDED] = "key_added", [NOTICE_KEY_REVOKED] = "key_revoked", [NOTICE_PASSWORD] = "password", [NOTICE_ODD] = "odd", [NOTICE_ELSEWHERE] = "elsewhere",
	[NOTICE_ASLEEP] = "asleep", [NOTICE_TWO_KEYS] = "two_keys", [NOTICE_RECOVERY_ASKED] = "recovery_asked", [NOTICE_RECOVERY_GIVEN] = "recovery_given", [NOTICE_RECOVERY_USED] = "recovery_used",
	[NOTICE_EXPORT] = "export", [NOTICE_JOURNAL] = "journal", [NOTICE_STOCK] = "stock",
	[NOTICE_LEVEL_LOW] = "level_low", [NOTICE_LEVEL_CRITICAL] = "level_critical", [NOTICE_LEVEL_NONE] = "level_none",
};

static struct keys_bound detail_bound(uint32_t account, int64_t at_ms) { return (struct keys_bound){ SEALS_NOTICE, at_ms, account }; }
static struct keys_bound sign_in_bound(uint32_t account, int64_t at_ms) { return (struct keys_bound){ SEALS_SIGN_IN, at_ms, account }; }

static enum rc put(struct db_conn *c, uint32_t account, enum notice kind, uint32_t by, struct str detail, int64_t now_ms, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, DETAIL_MOST + SEAL_MORE);
	if (detail.n > DETAIL_MOST)
		detail = STR_NONE;
	enum rc rc = detail.n ? keys_seal(c, 0, detail_bound(account, now_ms), detail, &sealed, p) : RC_OK;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_NOTICE_ADD);
	db_bind_i64(s, 1, account);
	db_bind_str(s, 2, str_of(KIND[kind]));
	db_bind_i64(s, 3, now_ms);
	db_bind_i64(s, 4, by);
	db_bind_blob(s, 5, detail.n ? buf_view(&sealed) : STR(""));
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&sealed);
	return rc;
}

enum rc notice_add(struct db_conn *c, uint32_t account, enum notice kind, uint32_t by, struct str detail, int64_t now_ms, struct problem *p)
{
	enum rc rc = put(c, account, kind, by, detail, now_ms, p);
	return rc == RC_OK ? account_changed(c, p) : rc;
}

enum rc notice_level(struct db_conn *c, const uint32_t *accounts, size_t n, enum notice kind, int64_t store, uint32_t cis, int64_t now_ms, struct problem *p)
{
	char text[40];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	enum rc rc = RC_OK;
	buf_fmt(&b, "%lld %u", (long long)store, cis);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = put(c, accounts[i], kind, 0, buf_view(&b), now_ms, p);
	return rc == RC_OK && n ? account_told(c, p) : rc;
}

static int64_t count_of(struct db_conn *c, enum stmt which, uint32_t account, const char *kind)
{
	struct db_stmt *s = db_stmt(c, which);
	struct problem ignored; /* a number that cannot be read is told as none */
	bool row = false;
	db_bind_i64(s, 1, account);
	if (kind)
		db_bind_str(s, 2, str_of(kind));
	int64_t n = db_step(s, &row, &ignored) == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return n;
}

uint32_t notices_unseen(struct db_conn *c, uint32_t account, uint32_t *levels_r)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_NOTICE_UNSEEN);
	struct problem ignored; /* as in count_of */
	bool row = false;
	db_bind_i64(s, 1, account);
	bool told = db_step(s, &row, &ignored) == RC_OK && row;
	uint32_t n = told ? (uint32_t)db_i64(s, 0) : 0;
	*levels_r = told ? (uint32_t)db_i64(s, 1) : 0;
	db_reset(s);
	return n;
}

enum rc notice_once(struct db_conn *c, uint32_t account, enum notice kind, struct str detail, int64_t now_ms, struct problem *p)
{
	return count_of(c, ST_HOSPITAL_NOTICE_STANDS, account, KIND[kind]) > 0 ? RC_OK : notice_add(c, account, kind, 0, detail, now_ms, p);
}

/* ---- signing in ---- */

struct str network_of(struct str from)
{
	size_t groups = 0, last = from.n;
	bool six = false;
	for (size_t i = 0; i < from.n; i++)
		six |= from.p[i] == ':';
	for (size_t i = 0; i < from.n; i++) {
		if (from.p[i] == (six ? ':' : '.') && ++groups <= 3)
			last = i;
	}
	return (struct str){ from.p, groups >= 3 ? last : from.n };
}

/* Its letters: a new version is no other program. */
static int64_t program_key(struct str program)
{
	struct buf b;
	buf_init(&b, 1024);
	buf_z(&b, "program ");
	for (size_t i = 0; i < program.n && b.n < 500; i++)
		if ((program.p[i] >= 'a' && program.p[i] <= 'z') || (program.p[i] >= 'A' && program.p[i] <= 'Z'))
			buf_ch(&b, program.p[i]);
	int64_t key = keys_house_hash(buf_view(&b));
	buf_done(&b);
	return key;
}

static int64_t network_key(struct str from)
{
	struct buf b;
	buf_init(&b, 256);
	buf_z(&b, "network ");
	buf_str(&b, network_of(from));
	int64_t key = keys_house_hash(buf_view(&b));
	buf_done(&b);
	return key;
}

/* Somebody whose first sign-in this is has no usual place yet. */
static enum rc is_odd(struct db_conn *c, const struct arrival *a, int64_t network, int64_t program, bool *odd_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SIGN_IN_KNOWN);
	bool row = false;
	db_bind_i64(s, 1, a->account);
	db_bind_i64(s, 2, network);
	db_bind_i64(s, 3, program);
	enum rc rc = db_step(s, &row, p);
	*odd_r = rc == RC_OK && row && db_i64(s, 0) > 0 && (db_i64(s, 1) == 0 || db_i64(s, 2) == 0);
	db_reset(s);
	return rc;
}

static struct str whole_characters(struct str s, size_t most)
{
	if (s.n > most)
		s.n = most;
	while (s.n > 0 && !utf8_valid(s))
		s.n--;
	return s;
}

static enum rc keep_sign_in(struct db_conn *c, const struct arrival *a, int64_t now_ms, struct problem *p)
{
	int64_t network = network_key(a->from), program = program_key(a->program);
	struct buf detail, sealed;
	bool odd = false;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SIGN_IN_OLD);
	db_bind_i64(s, 1, a->account);
	db_bind_i64(s, 2, now_ms - SIGN_INS_MS);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		rc = is_odd(c, a, network, program, &odd, p);
	buf_init(&detail, DETAIL_MOST);
	buf_init(&sealed, DETAIL_MOST + SEAL_MORE);
	buf_str(&detail, whole_characters(a->from, 80));
	buf_ch(&detail, '\n');
	buf_str(&detail, whole_characters(a->program, 300));
	if (rc == RC_OK)
		rc = keys_seal(c, 0, sign_in_bound(a->account, now_ms), buf_view(&detail), &sealed, p);
	s = db_stmt(c, ST_HOSPITAL_SIGN_IN_ADD);
	const int64_t at[] = { a->account, now_ms, a->factor, network, program, odd };
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	db_bind_blob(s, 7, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_OK && odd)
		rc = notice_add(c, a->account, NOTICE_ODD, 0, buf_view(&detail), now_ms, p);
	buf_done(&detail);
	buf_done(&sealed);
	return rc;
}

enum rc account_entered(struct db_conn *c, const struct arrival *a, int64_t now_ms, struct problem *p)
{
	int64_t seen_ms = count_of(c, ST_HOSPITAL_ACCOUNT_SEEN_GET, a->account, NULL), days = (now_ms - seen_ms) / DAY_MS;
	struct buf text;
	buf_init(&text, 32);
	buf_i64(&text, days);
	enum rc rc = days >= rule_warn_days(a->rules->at[RULE_INACTIVE]) ? notice_once(c, a->account, NOTICE_ASLEEP, buf_view(&text), now_ms, p) : RC_OK;
	buf_done(&text);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_SEEN);
	db_bind_i64(s, 1, a->account);
	db_bind_i64(s, 2, now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_OK && a->rules->at[RULE_TWO_KEYS] && count_of(c, ST_HOSPITAL_PASSKEY_COUNT, a->account, NULL) < 2)
		rc = notice_once(c, a->account, NOTICE_TWO_KEYS, STR_NONE, now_ms, p);
	return rc == RC_OK ? keep_sign_in(c, a, now_ms, p) : rc;
}

/* ---- each person's own ---- */

/* Of a threshold: the medicine instead of the words, and the store that it leads to. */
static enum rc cols_level(struct view_ctx *v, struct rows *out, struct str detail, struct problem *p)
{
	struct problem absent;
	struct str rest, store = str_cut(detail, ' ', &rest);
	struct stock_account at = { .no = 0 };
	uint64_t no = 0, cis = 0;
	const struct drugs *base = drug_base(&absent);
	if (str_u64(store, &no) != RC_OK || no > INT64_MAX || str_u64(rest, &cis) != RC_OK || cis > UINT32_MAX)
		return RC_OK;
	const struct drug *drug = base ? drug_by_cis(base, (uint32_t)cis) : NULL;
	enum rc rc = stock_account_get(v->db, v->arena, (int64_t)no, &at, p);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	col_medicine(out, "detail", drug ? drug->name : rest);
	col(out, "code", at.code);
	rows_col_i64(out, "store", at.no);
	return rc;
}

static bool is_level(struct str kind) { return str_eq(kind, KIND[NOTICE_LEVEL_LOW]) || str_eq(kind, KIND[NOTICE_LEVEL_CRITICAL]) || str_eq(kind, KIND[NOTICE_LEVEL_NONE]); }

/* "my_notices". Set "notices", newest first: no, kind, at, by_name, detail, unread (flag); of a store's threshold detail is the medicine, and store, code. Set "sign_ins", newest first: at, key (flag: with a key), from, program, odd (flag). */
static enum rc my_notices(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_NOTICE_LIST);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, v->who->account);
	db_bind_i64(s, 2, PAGE_NOTICES);
	rows_set(out, "notices");
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		col(out, "kind", db_text(s, 1));
		rows_col_i64(out, "at", db_i64(s, 2));
		if (db_i64(s, 3) && db_i64(s, 3) != v->who->account)
			col(out, "by_name", person_of(&people, (uint32_t)db_i64(s, 3)).name);
		struct str detail = unsealed(v->db, v->arena, 0, detail_bound(v->who->account, db_i64(s, 2)), db_text(s, 4));
		bool level = is_level(db_text(s, 1));
		col_flag(out, "unread", db_i64(s, 5) == 0);
		if (!level)
			col(out, "detail", detail);
		else if ((rc = cols_level(v, out, detail, p)) != RC_OK)
			break;
	}
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(v->db, ST_HOSPITAL_SIGN_IN_LIST);
	db_bind_i64(s, 1, v->who->account);
	db_bind_i64(s, 2, PAGE_SIGN_INS);
	rows_set(out, "sign_ins");
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str program, from = str_cut(unsealed(v->db, v->arena, 0, sign_in_bound(v->who->account, db_i64(s, 0)), db_text(s, 2)), '\n', &program);
		rows_row(out);
		rows_col_i64(out, "at", db_i64(s, 0));
		col_flag(out, "key", db_i64(s, 1) == FACTOR_KEY);
		col(out, "from", from);
		col(out, "program", program);
		col_flag(out, "odd", db_i64(s, 3) != 0);
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "notices_seen" → set "notices": seen. All that stand now. */
static enum rc seen_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_NOTICE_SEEN);
	db_bind_i64(s, 1, x->who->account);
	db_bind_i64(s, 2, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "notices");
	rows_row(out);
	rows_col_i64(out, "seen", db_changes(x->db));
	return account_changed(x->db, p);
}

static const struct field NO_FIELDS[] = { FIELDS_END };

const struct view notice_views[] = {
	{ .name = "my_notices", .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .run = my_notices },
	{ .name = NULL },
};

const struct act notice_acts[] = {
	{ .name = "notices_seen", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .fields = NO_FIELDS, .run = seen_run },
	{ .name = NULL },
};
