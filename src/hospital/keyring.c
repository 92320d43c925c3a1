/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/keyring.c: see keyring.h, and what each person does with its own keys: list, rename, revoke. Must never show an id or a public key in a view, nor touch
 * a key of another account than the actor's, nor leave somebody without a second factor. Start at keyring_find and at the rows at the end.
 */
#include "hospital/keyring.h"

#include <string.h>

#include "base/random.h"
#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/unsealed.h"

static struct keys_bound key_bound(int64_t id_key) { return (struct keys_bound){ SEALS_PASSKEY, id_key, 0 }; }
static struct keys_bound label_bound(int64_t id_key) { return (struct keys_bound){ SEALS_PASSKEY_LABEL, id_key, 0 }; }

/* ---- the sealed form: user handle, id, public key; the last two led by their lengths, 16 bits each ---- */

static void put_led(struct buf *b, struct str s)
{
	buf_ch(b, (char)(s.n >> 8));
	buf_ch(b, (char)s.n);
	buf_str(b, s);
}

static enum rc get_led(struct str *left, struct str *s_r)
{
	const unsigned char *at = (const unsigned char *)left->p;
	if (left->n < 2 || left->n - 2 < ((size_t)at[0] << 8 | at[1]))
		return RC_BROKEN;
	*s_r = (struct str){ left->p + 2, (size_t)at[0] << 8 | at[1] };
	left->p += 2 + s_r->n;
	left->n -= 2 + s_r->n;
	return RC_OK;
}

static enum rc seal_key(struct db_conn *c, int64_t id_key, const struct passkey *key, struct buf *out, struct problem *p)
{
	struct buf plain;
	MUST(key->user.n == KEYRING_USER && key->id.n <= PASSKEY_ID_MAX && key->key.n <= PASSKEY_KEY_MAX);
	buf_init(&plain, 4096);
	buf_str(&plain, key->user);
	put_led(&plain, key->id);
	put_led(&plain, key->key);
	enum rc rc = keys_seal(c, 0, key_bound(id_key), buf_view(&plain), out, p);
	buf_done(&plain);
	return rc;
}

static enum rc unseal_key(struct db_conn *c, int64_t id_key, struct str sealed, struct arena *a, struct passkey *key_r, struct problem *p)
{
	struct str left;
	enum rc rc = keys_unseal(c, 0, key_bound(id_key), sealed, &left, p);
	if (rc != RC_OK)
		return rc;
	left = arena_str(a, left);
	if (!left.p)
		return arena_rc(a, p);
	if (left.n < KEYRING_USER)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "a sealed passkey is short");
	key_r->user = (struct str){ left.p, KEYRING_USER };
	left.p += KEYRING_USER;
	left.n -= KEYRING_USER;
	if (get_led(&left, &key_r->id) != RC_OK || get_led(&left, &key_r->key) != RC_OK || left.n != 0)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "a sealed passkey does not add up");
	return RC_OK;
}

/* ---- for the gate ---- */

enum rc keyring_find(struct db_conn *c, struct str id, struct arena *a, struct keyring_key *key_r, struct problem *p)
{
	int64_t id_key = keys_house_hash(id);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PASSKEY_BY_ID);
	bool row = false;
	db_bind_i64(s, 1, id_key);
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	if (!row) {
		db_reset(s);
		return problem_set(p, RC_NOT_FOUND, WHY_PASSKEY_REFUSED, "", "no such passkey");
	}
	struct keyring_key k = { .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .revoked = !str_eq(db_text(s, 5), "active") };
	k.key.count = (uint32_t)db_i64(s, 3);
	k.key.backup_eligible = db_i64(s, 4) != 0;
	rc = unseal_key(c, id_key, db_text(s, 2), a, &k.key, p);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!str_is(k.key.id, id)) /* another id with the same hash */
		return problem_set(p, RC_NOT_FOUND, WHY_PASSKEY_REFUSED, "", "no such passkey");
	*key_r = k;
	return RC_OK;
}

enum rc keyring_ids(struct db_conn *c, uint32_t account, struct arena *a, struct str *ids, unsigned *n_r, unsigned char user_r[KEYRING_USER], struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PASSKEY_LIST);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	random_bytes(user_r, KEYRING_USER);
	db_bind_i64(s, 1, account);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct passkey key;
		if ((rc = unseal_key(c, db_i64(s, 6), db_text(s, 1), a, &key, p)) != RC_OK)
			break;
		memcpy(user_r, key.user.p, KEYRING_USER);
		if (n < KEYRING_MOST && str_eq(db_text(s, 7), "active"))
			ids[n++] = key.id;
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

/* How many are in use, and whether all of them have this user handle. */
static enum rc look_through(struct db_conn *c, uint32_t account, struct str user, unsigned *n_r, bool *same_r, struct problem *p)
{
	struct arena a;
	struct str ids[KEYRING_MOST];
	unsigned char known[KEYRING_USER];
	arena_init(&a, 1u << 20);
	enum rc rc = keyring_ids(c, account, &a, ids, n_r, known, p);
	*same_r = *n_r == 0 || same_bytes(known, user.p, KEYRING_USER);
	arena_done(&a);
	return rc;
}

enum rc keyring_add(struct db_conn *c, uint32_t account, const struct passkey *key, struct str label, int64_t now_ms, struct problem *p)
{
	int64_t id_key = keys_house_hash(key->id);
	struct buf sealed, named;
	unsigned n = 0;
	bool same = false;
	enum rc rc = look_through(c, account, key->user, &n, &same, p);
	if (rc == RC_OK && n >= KEYRING_MOST)
		return problem_set(p, RC_CONFLICT, WHY_KEYS_MANY, "", "account %u has %u keys", account, n);
	if (rc == RC_OK && !same)
		return problem_set(p, RC_CONFLICT, WHY_PASSKEY_REFUSED, "", "account %u: another user handle", account);
	buf_init(&sealed, 4096);
	buf_init(&named, 4096);
	if (rc == RC_OK)
		rc = seal_key(c, id_key, key, &sealed, p);
	if (rc == RC_OK)
		rc = keys_seal(c, 0, label_bound(id_key), label, &named, p);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PASSKEY_ADD);
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, id_key);
	db_bind_blob(s, 3, buf_view(&sealed));
	db_bind_blob(s, 4, buf_view(&named));
	db_bind_i64(s, 5, key->count);
	db_bind_i64(s, 6, key->backup_eligible);
	db_bind_i64(s, 7, key->backed_up);
	db_bind_i64(s, 8, now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	buf_done(&named);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_PASSKEY_REFUSED, "", "account %u: this id is known", account);
	return rc == RC_OK ? notice_add(c, account, NOTICE_KEY_ADDED, 0, label, now_ms, p) : rc;
}

enum rc keyring_used(struct db_conn *c, int64_t no, const struct passkey_used *used, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PASSKEY_USED);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, used->count);
	db_bind_i64(s, 3, now_ms);
	db_bind_i64(s, 4, used->backed_up);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	return db_changes(c) == 1 ? RC_OK : problem_set(p, RC_DENIED, WHY_PASSKEY_REFUSED, "", "passkey %lld: revoked or used meanwhile", (long long)no);
}

/* ---- each person's own ---- */

/* Set "keys", oldest first: no, label, synced (flag: may be copied to other devices by its maker's service), made_at, used_at. */
static enum rc keys_of(struct view_ctx *v, uint32_t account, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PASSKEY_LIST);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, account);
	rows_set(out, "keys");
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (!str_eq(db_text(s, 7), "active"))
			continue;
		struct str label = unsealed(v->db, v->arena, 0, label_bound(db_i64(s, 6)), db_text(s, 2));
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		rows_col(out, "label", label);
		col_flag(out, "synced", db_i64(s, 3) != 0);
		rows_col_i64(out, "made_at", db_i64(s, 4));
		if (db_i64(s, 5) > 0)
			rows_col_i64(out, "used_at", db_i64(s, 5));
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "my_keys": the same of who looks. */
static enum rc my_keys(struct view_ctx *v, struct rows *out, struct problem *p)
{
	return keys_of(v, v->who->account, out, p);
}

/* The id's hash of one of an account's keys in use, to which its label is bound; the label; how many others there are. */
static enum rc key_of(struct act_ctx *x, uint32_t account, int64_t *no_r, int64_t *id_key_r, struct str *label_r, unsigned *others_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PASSKEY_LIST);
	bool row = false, found = false;
	uint64_t no = 0;
	enum rc rc = str_u64(args_get(x->args, "no"), &no) == RC_OK ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "no", "no number");
	db_bind_i64(s, 1, account);
	*others_r = 0;
	*label_r = STR_NONE;
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		if (!str_eq(db_text(s, 7), "active"))
			continue;
		bool is = db_i64(s, 0) == (int64_t)no;
		if (is) {
			*id_key_r = db_i64(s, 6);
			*label_r = unsealed(x->db, x->arena, 0, label_bound(*id_key_r), db_text(s, 2));
		}
		found |= is;
		*others_r += !is;
	}
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	*no_r = (int64_t)no;
	return found ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "account %u has no such key", account);
}

static const struct field RENAME_FIELDS[] = {
	{ .name = "no",    .label = "Security key", .kind = FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "label", .label = "Name",         .kind = FIELD_TEXT, .max = KEYRING_LABEL, .required = true },
	FIELDS_END,
};

/* "passkey_rename": no, label → set "key": no. */
static enum rc rename_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = 0, id_key = 0;
	unsigned others;
	struct str label;
	struct buf sealed;
	enum rc rc = key_of(x, x->who->account, &no, &id_key, &label, &others, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&sealed, 4096);
	rc = keys_seal(x->db, 0, label_bound(id_key), args_get(x->args, "label"), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PASSKEY_LABEL);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_blob(s, 3, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "key");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

static const struct field REVOKE_FIELDS[] = {
	{ .name = "no",   .label = "Security key",               .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

static enum rc has_totp(struct act_ctx *x, bool *has_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_FACTOR_LIST);
	db_bind_i64(s, 1, x->who->account);
	db_bind_str(s, 2, STR("totp"));
	enum rc rc = db_step(s, has_r, p);
	db_reset(s);
	return rc;
}

/* "passkey_revoke": no, and a fresh proof → set "key": no. All sessions of the account end with it (its row says so, the gate does it). */
static enum rc revoke_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = 0, id_key;
	unsigned others = 0;
	struct str label;
	bool code = false;
	enum rc rc = key_of(x, x->who->account, &no, &id_key, &label, &others, p);
	if (rc == RC_OK)
		rc = has_totp(x, &code, p);
	if (rc == RC_OK && !code && others == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_LAST_FACTOR, "no", "account %u has no other factor", x->who->account);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PASSKEY_REVOKE);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	if (rc == RC_OK)
		rc = db_run(s, p);
	if (rc == RC_OK)
		rc = notice_add(x->db, x->who->account, NOTICE_KEY_REVOKED, 0, label, x->now_ms, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "key");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

/* ---- somebody else's, by an administrator or the security officer ---- */

/* "account_keys": login. Set "keys": as of "my_keys". Set "account": login, name. */
static enum rc account_keys(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_login(v->db, args_get(v->args, "login"), v->arena, &acc, p);
	if (rc == RC_OK)
		rc = keys_of(v, acc.no, out, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "account");
	rows_row(out);
	col(out, "login", acc.login);
	col(out, "name", acc.name);
	return arena_rc(v->arena, p);
}

static const struct field SEIZE_FIELDS[] = {
	{ .name = "login", .label = "Login",                      .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "no",    .label = "Security key",               .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "code",  .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

/*
 * "account_key_revoke": login, no, and a fresh proof → set "key": no. It is in other hands: all sessions of that person end with it, though it be the last factor
 * (recovery.h is the way back). The person is told.
 */
static enum rc seize_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	struct str label;
	int64_t no = 0, id_key;
	unsigned others;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK)
		rc = key_of(x, acc.no, &no, &id_key, &label, &others, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PASSKEY_REVOKE);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, rc == RC_OK ? acc.no : 0);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_OK)
		rc = notice_add(x->db, acc.no, NOTICE_KEY_REVOKED, x->who->account, label, x->now_ms, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "key");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

const struct view keyring_views[] = {
	{ .name = "account_keys", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .run = account_keys },
	{ .name = "my_keys", .may = MAY_SIGNED_IN, .reveals = REVEALS_META, .run = my_keys },
	{ .name = NULL },
};

const struct act keyring_acts[] = {
	{ .name = "account_key_revoke", .may = MAY_MANAGE | MAY_REVIEW, .reveals = REVEALS_META, .fields = SEIZE_FIELDS, .fresh = true, .ends_named = true, .run = seize_run },
	{ .name = "passkey_rename", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .fields = RENAME_FIELDS, .run = rename_run },
	{ .name = "passkey_revoke", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .fields = REVOKE_FIELDS, .fresh = true, .ends = true, .run = revoke_run },
	{ .name = NULL },
};
