/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/machine.c: see machine.h. Must never store a token in clear, take an assertion twice, or say which of client, key and claims was wrong. Start at token_prepare.
 */
#include "hospital/machine.h"

#include "base/log.h"
#include "base/random.h"
#include "codec/base64.h"
#include "codec/jwt.h"
#include "codec/sha.h"
#include "hospital/account.h"
#include "hospital/matters.h"

#include <string.h>

#define TOKEN_BYTES 32
#define ORIGINS_ROOM 1024

static char origins[ORIGINS_ROOM];

void machine_origins_set(const char *list)
{
	size_t n = list ? strlen(list) : 0;
	if (n >= sizeof origins)
		n = 0; /* more than is taken: none, rather than half of one */
	if (n)
		memcpy(origins, list, n);
	origins[n] = 0;
}

/* ---- the assertion ---- */

struct granted { uint32_t account, api_may, patients; unsigned char id[SHA_LEN]; int64_t over_ms; };

static enum jwt_fault judge(const struct jwt *t, int64_t now_ms)
{
	enum jwt_fault fault = JWT_AUDIENCE;
	for (struct str left = str_of(origins); left.p && left.n > 0 && fault == JWT_AUDIENCE;) {
		char text[ORIGINS_ROOM + sizeof MACHINE_TOKEN_PATH];
		struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
		struct str one = str_trim(str_cut(left, ' ', &left));
		if (one.n == 0)
			continue;
		buf_str(&b, one);
		buf_z(&b, MACHINE_TOKEN_PATH);
		fault = jwt_judge(t, buf_view(&b), (uint64_t)now_ms / 1000);
	}
	return fault;
}

struct held { int64_t no; uint32_t account, api_may, patients; struct str jwk; };

static enum rc held_find(struct db_conn *c, uint32_t account, struct str kid, struct arena *a, struct held *h_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MACHINE_KEY);
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_str(s, 2, kid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*h_r = (struct held){ db_i64(s, 0), account, (uint32_t)db_i64(s, 2), (uint32_t)db_i64(s, 3), arena_str(a, db_text(s, 1)) };
	db_reset(s);
	return rc != RC_OK ? rc : row ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "", "account %u has no such key", account);
}

/* What of the registered rights a scope asks for: "system/TYPE.ACTIONS", SMART 1 and 2. false: a scope that is none here. */
static bool scopes_of(struct str scope, uint32_t registered, uint32_t *may_r)
{
	uint32_t may = 0;
	if (str_trim(scope).n == 0) {
		*may_r = registered;
		return true;
	}
	while (scope.p && scope.n > 0) {
		struct str actions, one = str_cut(scope, ' ', &scope);
		if (one.n == 0)
			continue;
		if (!str_starts(one, STR("system/")))
			return false;
		(void)str_cut(one, '.', &actions);
		if (str_eq(actions, "read") || str_eq(actions, "rs") || str_eq(actions, "r") || str_eq(actions, "s"))
			may |= MAY_API_READ;
		else if (str_eq(actions, "write") || str_eq(actions, "cud") || str_eq(actions, "cu") || str_eq(actions, "c") || str_eq(actions, "u") || str_eq(actions, "d"))
			may |= MAY_API_WRITE;
		else if (str_eq(actions, "*") || str_eq(actions, "cruds"))
			may |= MAY_API_READ | MAY_API_WRITE;
		else
			return false;
	}
	*may_r = may & registered;
	return *may_r != 0;
}

/* For the ledger, which the gate writes before it tells: the reason, and of whom the assertion says that it is. */
struct refusing { struct rows *issues; struct act_refused *is; };

static enum rc refuse(struct refusing *r, enum why why, const char *field, const char *fault, struct problem *p)
{
	struct rows *issues = r->issues;
	r->is->reason = fault;
	rows_set(issues, "issues");
	issue_row(issues, why, field);
	return problem_set(p, RC_BAD_INPUT, why, field, "%s", fault);
}

/* Taken before: told without asking the writer, so that one assertion shown again and again costs no entry each time. */
static enum rc was_taken(struct db_conn *c, const struct granted *g, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MACHINE_ID_IS);
	db_bind_blob(s, 1, (struct str){ (const char *)g->id, sizeof g->id });
	enum rc rc = db_step(s, is_r, p);
	db_reset(s);
	return rc;
}

static enum rc token_judge(struct view_ctx *v, struct granted *g, struct refusing *r, struct problem *p)
{
	struct jwt t;
	struct jwt_key key;
	struct account acc;
	struct held held = { .no = 0 };
	bool taken = false;
	enum jwt_fault fault = jwt_read(args_get(v->args, "assertion"), v->arena, &t);
	if (fault != JWT_SOUND)
		return refuse(r, WHY_CLIENT_REFUSED, "assertion", jwt_fault_name(fault), p);
	enum rc rc = account_by_login(v->db, t.issuer, v->arena, &acc, p);
	if (rc == RC_OK && acc.role == ROLE_MACHINE)
		r->is->account = acc.no;
	if (rc == RC_OK && (acc.role != ROLE_MACHINE || acc.disabled || (acc.until_ms && acc.until_ms <= v->now_ms)))
		rc = RC_NOT_FOUND;
	if (rc == RC_NOT_FOUND)
		return refuse(r, WHY_CLIENT_REFUSED, "assertion", "client", p);
	if (rc == RC_OK)
		rc = held_find(v->db, acc.no, t.kid, v->arena, &held, p);
	if (rc == RC_NOT_FOUND)
		return refuse(r, WHY_CLIENT_REFUSED, "assertion", "unknown key", p);
	if (rc != RC_OK)
		return rc;
	fault = jwt_key_read(held.jwk, v->arena, &key);
	if (fault == JWT_SOUND)
		fault = jwt_verify(&t, &key);
	if (fault == JWT_SOUND)
		fault = judge(&t, v->now_ms);
	if (fault != JWT_SOUND)
		return refuse(r, WHY_CLIENT_REFUSED, "assertion", jwt_fault_name(fault), p);
	*g = (struct granted){ .account = acc.no, .patients = held.patients, .over_ms = (int64_t)t.expires_s * 1000 };
	if (!scopes_of(args_get(v->args, "scope"), held.api_may, &g->api_may))
		return refuse(r, WHY_SCOPE_REFUSED, "scope", "scope", p);
	sha_two(g->id, t.issuer.p, t.issuer.n, t.id.p, t.id.n);
	if ((rc = was_taken(v->db, g, &taken, p)) != RC_OK)
		return rc;
	return taken ? refuse(r, WHY_CLIENT_REFUSED, "assertion", "twice", p) : RC_OK;
}

static enum rc token_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct granted *g = ARENA_NEW(v->arena, struct granted);
	struct refusing r = { issues, ARENA_NEW(v->arena, struct act_refused) };
	if (!g || !r.is)
		return arena_rc(v->arena, p);
	enum rc rc = token_judge(v, g, &r, p);
	*prepared_r = rc == RC_OK ? (void *)g : r.is;
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "machine_token": assertion, scope → set "token": token, expires_s, scope. For anybody: the assertion says who. Each is taken once. */
static enum rc token_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct granted *g = x->prepared;
	unsigned char raw[TOKEN_BYTES];
	struct buf token;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MACHINE_ID_OLD);
	db_bind_i64(s, 1, x->now_ms);
	enum rc rc = db_run(s, p);
	s = db_stmt(x->db, ST_HOSPITAL_MACHINE_TICKET_OLD);
	db_bind_i64(s, 1, x->now_ms - MACHINE_TOKEN_MS);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	s = db_stmt(x->db, ST_HOSPITAL_MACHINE_ID_ADD);
	db_bind_blob(s, 1, (struct str){ (const char *)g->id, sizeof g->id });
	db_bind_i64(s, 2, g->over_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_BAD_INPUT, WHY_CLIENT_REFUSED, "assertion", "account %u: an assertion twice", g->account);
	random_bytes(raw, sizeof raw);
	buf_init(&token, 64);
	base64url_put(&token, (struct str){ (const char *)raw, sizeof raw });
	if (rc == RC_OK)
		rc = machine_ticket_own(x->db, g->account, buf_view(&token), g->api_may, g->patients, x->now_ms + MACHINE_TOKEN_MS, p);
	if (rc == RC_OK) {
		rows_set(out, "token");
		rows_row(out);
		rows_col(out, "token", buf_view(&token));
		rows_col_i64(out, "expires_s", MACHINE_TOKEN_MS / 1000);
		rows_col(out, "scope", g->api_may == (MAY_API_READ | MAY_API_WRITE) ? STR("system/*.cruds") : g->api_may == MAY_API_READ ? STR("system/*.rs") : STR("system/*.cud"));
	}
	buf_done_wiped(&token);
	wipe(raw, sizeof raw);
	return rc;
}

/* ---- the operator's ---- */

static enum rc key_arg(struct arena *a, const struct args *args, struct jwt_key *key, struct problem *p)
{
	enum jwt_fault fault = jwt_key_read(args_get(args, "jwk"), a, key);
	return fault == JWT_SOUND ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_KEY_FORM, "jwk", "%s", jwt_fault_name(fault));
}

/* "machine_key_add": login, name and unit (of a new account: the patients present there are whom it may read), jwk (a public key with its kid), may (read, write, both), patients (a day) → set "key": login, kid. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc = { .no = 0 };
	struct jwt_key key;
	uint64_t patients = 0;
	struct str may = args_get(x->args, "may"), login = args_get(x->args, "login"), unit = args_get(x->args, "unit");
	uint32_t api_may = str_eq(may, "read") ? MAY_API_READ : str_eq(may, "write") ? MAY_API_WRITE : MAY_API_READ | MAY_API_WRITE;
	if (str_u64(args_get(x->args, "patients"), &patients) != RC_OK)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "patients", "no number");
	if (unit.n && !unit_exists(x->db, unit))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "unit", "unknown unit");
	enum rc rc = key_arg(x->arena, x->args, &key, p);
	if (rc == RC_OK)
		rc = account_by_login(x->db, login, x->arena, &acc, p);
	if (rc == RC_OK && acc.role != ROLE_MACHINE)
		return problem_set(p, RC_CONFLICT, WHY_LOGIN_TAKEN, "login", "account %u is a person's", acc.no);
	if (rc == RC_NOT_FOUND)
		rc = account_add_by(x->db, &(struct account_new){ .login = login, .name = args_get(x->args, "name").n ? args_get(x->args, "name") : login, .role = ROLE_MACHINE, .lang = STR("fr"), .units = &unit, .n_units = unit.n > 0 }, 0, &acc.no, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MACHINE_KEY_ADD);
	const int64_t at[] = { acc.no, api_may, (int64_t)patients, x->now_ms };
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	db_bind_str(s, 5, rc == RC_OK ? key.kid : STR(""));
	db_bind_str(s, 6, args_get(x->args, "jwk"));
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "jwk", "account %u has this key id", acc.no);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "key");
	rows_row(out);
	rows_col(out, "login", login);
	rows_col(out, "kid", key.kid);
	return account_changed(x->db, p);
}

/* "machine_key_revoke": login, kid → set "key": login. What it got ends with it, at the next request. */
static enum rc revoke_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MACHINE_KEY_END);
	db_bind_i64(s, 1, acc.no);
	db_bind_str(s, 2, args_get(x->args, "kid"));
	rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "kid", "account %u has no such key", acc.no);
	s = db_stmt(x->db, ST_HOSPITAL_MACHINE_TICKET_END);
	db_bind_i64(s, 1, acc.no);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "key");
	rows_row(out);
	rows_col(out, "login", acc.login);
	return account_changed(x->db, p);
}

static const struct choice MAYS[] = { { "read", "Read" }, { "write", "Write" }, { "both", "Read and write" }, { NULL, NULL } };
static const struct field TOKEN_FIELDS[] = {
	{ .name = "assertion", .label = "Assertion", .kind = FIELD_TOKEN, .max = JWT_TEXT, .required = true },
	{ .name = "scope",     .label = "Scope",     .kind = FIELD_TEXT, .max = 1000 },
	FIELDS_END,
};
static const struct field ADD_FIELDS[] = {
	{ .name = "login",    .label = "Login",          .kind = FIELD_TOKEN, .min = 2, .max = 64, .required = true },
	{ .name = "name",     .label = "Name",           .kind = FIELD_TEXT,  .max = 100 },
	{ .name = "unit",     .label = "Unit",           .kind = FIELD_ID },
	{ .name = "jwk",      .label = "Public key",     .kind = FIELD_LINES, .max = 4000, .required = true },
	{ .name = "may",      .label = "Rights",         .kind = FIELD_CODE,  .required = true, .choices = MAYS },
	{ .name = "patients", .label = "Patients a day", .kind = FIELD_INT,   .min = 1, .max = MACHINE_PATIENTS_MOST, .required = true },
	FIELDS_END,
};
static const struct field REVOKE_FIELDS[] = {
	{ .name = "login", .label = "Login", .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "kid",   .label = "Key",   .kind = FIELD_TEXT,  .max = JWT_KID_MOST, .required = true },
	FIELDS_END,
};

const struct act machine_acts[] = {
	{ .name = "machine_token",      .may = MAY_ANYONE, .reveals = REVEALS_NOTHING, .refusals = true, .fields = TOKEN_FIELDS,  .prepare = token_prepare, .run = token_run },
	{ .name = "machine_key_add",    .may = MAY_IMPORT, .reveals = REVEALS_META,    .fields = ADD_FIELDS,    .run = add_run },
	{ .name = "machine_key_revoke", .may = MAY_IMPORT, .reveals = REVEALS_META,    .fields = REVOKE_FIELDS, .run = revoke_run },
	{ .name = NULL },
};
