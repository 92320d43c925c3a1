/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/account.c: who may sign in: accounts, the units they work in, second factors, machine tickets. Passwords: password.c.
 * Must never give a secret, a hash or a token to a view, never store a token or a password in clear, never say which of login and password was wrong.
 * Called by the gate (entering), keeper and demo (account_add), tests. The acts of the administrator are in account_acts.c. Start at account_by_login.
 */
#include "hospital/account.h"
#include "hospital/live.h"
#include "hospital/place_tree.h"
#include "hospital/unsealed.h"
#include "base/map.h"
#include "base/clock.h"
#include "codec/sha.h"

#include <liboath/oath.h>
#include <pthread.h>
#include <string.h>

#define TOTP_STEP_S 30
#define TOTP_DIGITS 6

#define DAY_MS (24 * 3600 * INT64_C(1000))

/* ---- accounts ---- */

/* Beside the role, for the budgets. What is not named is the role's own. */
const struct choice account_works[] = { { "role", "As the role" }, { "emergency", "Emergency unit, replacement pool" }, { NULL, NULL } };
enum work account_work_arg(const struct args *args) { return str_eq(args_get(args, "work"), "emergency") ? WORK_EMERGENCY : WORK_OF_ROLE; }
const char *work_code(enum work work) { return work == WORK_EMERGENCY ? "emergency" : ""; }

/* Login and name are bound to the login's keyed hash: a login stays with its account for ever. */
static struct keys_bound name_bound(int64_t login_key) { return (struct keys_bound){ SEALS_ACCOUNT, login_key, 0 }; }
static struct keys_bound login_bound(int64_t login_key) { return (struct keys_bound){ SEALS_LOGIN, login_key, 0 }; }

enum rc account_login(struct db_conn *c, int64_t login_key, struct str sealed, struct arena *a, struct str *login_r, struct problem *p)
{
	struct str plain;
	enum rc rc = keys_unseal(c, 0, login_bound(login_key), sealed, &plain, p);
	if (rc == RC_OK)
		*login_r = arena_str(a, plain);
	return rc;
}

struct str account_name(struct db_conn *c, int64_t login_key, struct str sealed, struct arena *a) { return unsealed(c, a, 0, name_bound(login_key), sealed); }

/* On call now or within a day: longer than a session lasts. */
static enum rc calls_of(struct db_conn *c, struct arena *a, struct account *acc, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CALL_OF);
	int64_t now_ms = clock_ms();
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, acc->no);
	db_bind_i64(s, 2, now_ms);
	db_bind_i64(s, 3, now_ms + DAY_MS);
	db_bind_i64(s, 4, ACTOR_CALLS);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && acc->n_calls < ACTOR_CALLS)
		acc->calls[acc->n_calls++] = (struct on_call){ arena_str(a, db_text(s, 0)), db_i64(s, 1), db_i64(s, 2) };
	db_reset(s);
	return rc;
}

static enum rc account_row(struct db_conn *c, struct db_stmt *s, struct arena *a, struct account *acc_r, struct problem *p)
{
	struct account acc = { .no = (uint32_t)db_i64(s, 0),
		.lang = arena_str(a, db_text(s, 4)), .practitioner = arena_str(a, db_text(s, 5)), .unit = arena_str(a, db_text(s, 6)),
		.password = arena_str(a, db_text(s, 7)), .disabled = db_i64(s, 8) != 0, .until_ms = db_i64(s, 9), .seen_ms = db_i64(s, 11),
		.work = str_eq(db_text(s, 12), "emergency") ? WORK_EMERGENCY : WORK_OF_ROLE };
	const char *role = arena_z(a, db_text(s, 3));
	int64_t login_key = db_i64(s, 10);
	enum rc rc = account_login(c, login_key, db_text(s, 1), a, &acc.login, p);
	acc.name = unsealed(c, a, 0, name_bound(login_key), db_text(s, 2));
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	acc.role = role_of(role);
	struct db_stmt *u = db_stmt(c, ST_HOSPITAL_UNIT_LIST);
	db_bind_i64(u, 1, acc.no);
	bool row = false;
	while ((rc = db_step(u, &row, p)) == RC_OK && row && acc.n_units < ACTOR_UNITS)
		acc.units[acc.n_units++] = arena_str(a, db_text(u, 0));
	db_reset(u);
	if (rc == RC_OK)
		rc = calls_of(c, a, &acc, p);
	if (rc == RC_OK && acc.practitioner.n) {
		struct record_row r;
		struct problem ignored; /* a practitioner that is not in the record leaves 0 */
		if (record_read(c, fhir_type_of(STR("Practitioner")), acc.practitioner, &r, &ignored) == RC_OK)
			acc.practitioner_rid = r.rid;
	}
	if (rc == RC_OK)
		rc = arena_rc(a, p);
	if (rc == RC_OK)
		*acc_r = acc;
	return rc;
}

static enum rc account_one(struct db_conn *c, struct db_stmt *s, struct arena *a, struct account *acc_r, struct problem *p)
{
	bool row;
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "login", "no such account");
	return account_row(c, s, a, acc_r, p);
}

/* Logins are ASCII and stored in lower case: DUPONT.M and dupont.m are the same person. */
static bool login_normal(struct str login, char out[64], struct str *out_r)
{
	if (login.n < 2 || login.n > 64)
		return false;
	for (size_t i = 0; i < login.n; i++) {
		char ch = login.p[i];
		if (ch >= 'A' && ch <= 'Z')
			ch = (char)(ch + 32);
		if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (i && (ch == '.' || ch == '-' || ch == '_' || ch == ':'))))
			return false;
		out[i] = ch;
	}
	*out_r = (struct str){ out, login.n };
	return true;
}

enum rc account_by_login(struct db_conn *c, struct str login, struct arena *a, struct account *acc_r, struct problem *p)
{
	char low[64];
	struct str normal;
	if (!login_normal(login, low, &normal))
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "login", "not a login");
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_BY_LOGIN);
	db_bind_i64(s, 1, keys_house_hash(normal));
	return account_one(c, s, a, acc_r, p);
}

enum rc account_by_no(struct db_conn *c, uint32_t no, struct arena *a, struct account *acc_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_BY_NO);
	db_bind_i64(s, 1, no);
	return account_one(c, s, a, acc_r, p);
}

int64_t account_epoch(struct db_conn *c)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_GET);
	db_bind_str(s, 1, STR("account_epoch"));
	bool row = false;
	struct problem p;
	int64_t epoch = db_step(s, &row, &p) == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return epoch;
}

enum rc account_told(struct db_conn *c, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_NEXT);
	db_bind_str(s, 1, STR("account_epoch"));
	return db_run(s, p);
}

enum rc account_changed(struct db_conn *c, struct problem *p)
{
	live_touch_all();
	return account_told(c, p);
}

enum rc account_units_put(struct db_conn *c, uint32_t account, const struct str *units, unsigned n, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_UNIT_CLEAR);
	db_bind_i64(s, 1, account);
	enum rc rc = db_run(s, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		s = db_stmt(c, ST_HOSPITAL_UNIT_ADD);
		db_bind_i64(s, 1, account);
		db_bind_i64(s, 2, i);
		db_bind_str(s, 3, units[i]);
		rc = db_run(s, p);
	}
	return rc;
}

enum rc account_add_by(struct db_conn *c, const struct account_new *n, uint32_t made_by, uint32_t *no_r, struct problem *p)
{
	char low[64];
	struct str login;
	if (!login_normal(n->login, low, &login))
		return problem_set(p, RC_BAD_INPUT, WHY_LOGIN_FORM, "login", "login form");
	if (n->role == ROLE_NONE || n->n_units > ACTOR_UNITS || (n->role == ROLE_MACHINE) != (n->password_hash.n == 0))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_CHOICE, "role", "role %d, %u units", (int)n->role, n->n_units);
	int64_t now_ms = clock_ms(), login_key = keys_house_hash(login);
	struct buf sealed, sealed_login;
	buf_init(&sealed, 4096);
	buf_init(&sealed_login, 4096);
	enum rc rc = keys_seal(c, 0, name_bound(login_key), n->name, &sealed, p);
	if (rc == RC_OK)
		rc = keys_seal(c, 0, login_bound(login_key), login, &sealed_login, p);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCOUNT_ADD);
	db_bind_blob(s, 1, buf_view(&sealed_login));
	db_bind_blob(s, 2, buf_view(&sealed));
	db_bind_str(s, 3, str_of(role_code(n->role)));
	db_bind_str(s, 4, str_eq(n->lang, "en") ? STR("en") : STR("fr"));
	db_bind_str(s, 5, n->practitioner.n ? n->practitioner : STR_NONE);
	db_bind_str(s, 6, n->unit.n ? n->unit : n->n_units ? n->units[0] : STR_NONE);
	db_bind_str(s, 7, n->password_hash.n ? n->password_hash : STR_NONE);
	db_bind_i64(s, 8, now_ms);
	db_bind_i64(s, 9, n->until_ms);
	db_bind_i64(s, 10, made_by);
	db_bind_i64(s, 11, login_key);
	db_bind_str(s, 12, str_of(work_code(n->work)));
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed_login);
	if (rc == RC_CONFLICT) {
		buf_done(&sealed);
		return problem_set(p, RC_CONFLICT, WHY_LOGIN_TAKEN, "login", "login taken");
	}
	uint32_t no = rc == RC_OK ? (uint32_t)db_last_rowid(c) : 0;
	if (rc == RC_OK)
		rc = account_units_put(c, no, n->units, n->n_units, p);
	buf_reset(&sealed);
	if (rc == RC_OK && n->totp_secret.n)
		rc = keys_seal(c, 0, (struct keys_bound){ SEALS_FACTOR, no, 0 }, n->totp_secret, &sealed, p);
	if (rc == RC_OK && n->totp_secret.n) {
		s = db_stmt(c, ST_HOSPITAL_FACTOR_ADD);
		db_bind_i64(s, 1, no);
		db_bind_str(s, 2, STR("totp"));
		db_bind_blob(s, 3, buf_view(&sealed));
		db_bind_i64(s, 4, now_ms);
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	if (rc == RC_OK)
		rc = account_changed(c, p);
	if (rc == RC_OK)
		*no_r = no;
	return rc;
}

enum rc account_add(struct db_conn *c, const struct account_new *n, uint32_t *no_r, struct problem *p)
{
	return account_add_by(c, n, 0, no_r, p);
}

enum rc account_unit_remember(struct db_conn *c, uint32_t account, struct str unit, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_UNIT_LIST);
	db_bind_i64(s, 1, account);
	bool row = false, mine = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row)
		mine = mine || str_is(db_text(s, 0), unit);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!mine)
		return problem_set(p, RC_DENIED, WHY_UNIT_NOT_YOURS, "unit", "account %u", account);
	s = db_stmt(c, ST_HOSPITAL_ACCOUNT_UNIT);
	db_bind_i64(s, 1, account);
	db_bind_str(s, 2, unit);
	return db_run(s, p);
}

/* ---- second factors ---- */

static pthread_once_t oath_once = PTHREAD_ONCE_INIT;

static void oath_start(void)
{
	MUST(oath_init() == OATH_OK);
}

/* The time step (RFC 6238: T = unix time / 30) whose code this is, among now and one either side; -1 when none. Every step is always tried. */
static int64_t totp_step(struct str secret, struct str code, int64_t now_ms)
{
	(void)pthread_once(&oath_once, oath_start);
	if (code.n != TOTP_DIGITS)
		return -1;
	int64_t now_step = now_ms / 1000 / TOTP_STEP_S, found = -1;
	for (int64_t step = now_step - 1; step <= now_step + 1; step++) {
		char otp[16];
		if (step < 0 || oath_hotp_generate(secret.p, secret.n, (uint64_t)step, TOTP_DIGITS, false, OATH_HOTP_DYNAMIC_TRUNCATION, otp) != OATH_OK)
			continue;
		if (same_bytes(otp, code.p, TOTP_DIGITS))
			found = step;
		wipe(otp, sizeof otp);
	}
	return found;
}

enum rc factor_check_totp(struct db_conn *c, uint32_t account, struct str code, int64_t now_ms, int64_t *factor_r, int64_t *step_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_FACTOR_LIST);
	db_bind_i64(s, 1, account);
	db_bind_str(s, 2, STR("totp"));
	bool row = false, good = false;
	int64_t factor = 0, step = -1;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && !good) {
		struct str secret;
		rc = keys_unseal(c, 0, (struct keys_bound){ SEALS_FACTOR, account, 0 }, db_text(s, 1), &secret, p);
		if (rc != RC_OK)
			break;
		step = totp_step(secret, code, now_ms);
		good = step > db_i64(s, 2);
		factor = db_i64(s, 0);
	}
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!good)
		return problem_set(p, RC_DENIED, WHY_CODE_WRONG, "code", "account %u", account);
	*factor_r = factor;
	*step_r = step;
	return RC_OK;
}

enum rc factor_used(struct db_conn *c, int64_t factor, int64_t step, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_FACTOR_USED);
	db_bind_i64(s, 1, factor);
	db_bind_i64(s, 2, step);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	return db_changes(c) == 1 ? RC_OK : problem_set(p, RC_DENIED, WHY_CODE_WRONG, "code", "factor %lld: step was used", (long long)factor);
}

/* ---- machine accounts ---- */

static void token_digest(struct str token, unsigned char out[SHA_LEN])
{
	sha_two(out, token.p, token.n, NULL, 0);
}

static enum rc ticket_add(struct db_conn *c, uint32_t account, struct str token, bool cohort_all, uint32_t api_may, uint32_t patients, int64_t until_ms, struct problem *p)
{
	unsigned char hash[SHA_LEN];
	/* A token is a key: under 32 characters of 64 it could be guessed. */
	if (token.n < 32)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_SHORT, "token", "%zu bytes", token.n);
	token_digest(token, hash);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TICKET_ADD);
	db_bind_i64(s, 1, account);
	db_bind_blob(s, 2, (struct str){ (const char *)hash, sizeof hash });
	db_bind_str(s, 3, cohort_all ? STR("demo") : STR("contract"));
	db_bind_str(s, 4, cohort_all ? STR("all") : STR("explained"));
	db_bind_i64(s, 5, api_may & (MAY_API_READ | MAY_API_WRITE));
	db_bind_i64(s, 6, until_ms);
	db_bind_i64(s, 7, patients);
	return db_run(s, p);
}

enum rc machine_ticket_add(struct db_conn *c, uint32_t account, struct str token, bool cohort_all, uint32_t api_may, int64_t until_ms, struct problem *p)
{
	enum rc rc = ticket_add(c, account, token, cohort_all, api_may, 0, until_ms, p);
	return rc == RC_OK ? account_changed(c, p) : rc;
}

/* A new token says nothing new of the account: its sessions need not read it again. */
enum rc machine_ticket_own(struct db_conn *c, uint32_t account, struct str token, uint32_t api_may, uint32_t patients, int64_t until_ms, struct problem *p)
{
	return ticket_add(c, account, token, false, api_may, patients, until_ms, p);
}

enum rc machine_by_token(struct db_conn *c, struct str token, int64_t now_ms, struct arena *a, struct account *acc_r, bool *cohort_all_r, uint32_t *api_may_r, struct problem *p)
{
	unsigned char hash[SHA_LEN];
	token_digest(token, hash);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TICKET_BY_HASH);
	db_bind_blob(s, 1, (struct str){ (const char *)hash, sizeof hash });
	bool row;
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "token", "no such token");
	uint32_t account = (uint32_t)db_i64(s, 0), api_may = (uint32_t)db_i64(s, 2);
	bool all = str_eq(db_text(s, 1), "all");
	int64_t until_ms = db_i64(s, 3);
	uint32_t patients = (uint32_t)db_i64(s, 4);
	db_reset(s);
	struct account acc;
	rc = account_by_no(c, account, a, &acc, p);
	if (rc != RC_OK)
		return rc;
	if (acc.disabled || acc.role != ROLE_MACHINE || (until_ms && until_ms <= now_ms) || (acc.until_ms && acc.until_ms <= now_ms))
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "token", "account %u: ticket or account has ended", account);
	*acc_r = acc;
	acc_r->patients = patients;
	if (until_ms && (!acc.until_ms || until_ms < acc.until_ms))
		acc_r->until_ms = until_ms;
	*cohort_all_r = all;
	*api_may_r = api_may;
	return RC_OK;
}

/* ---- people in lists ---- */

struct person_slot { struct person_slot *next; uint32_t account; struct person person; };

struct person person_of(struct people *n, uint32_t account)
{
	for (struct person_slot *s = n->first; s; s = s->next)
		if (s->account == account)
			return s->person;
	struct person_slot *s = ARENA_NEW(n->arena, struct person_slot);
	if (!s)
		return (struct person){ 0 };
	struct account acc;
	struct problem ignored; /* an account that cannot be read leaves the name away */
	if (account && account_by_no(n->db, account, n->arena, &acc, &ignored) == RC_OK)
		s->person = (struct person){ acc.login, acc.name, acc.role };
	s->account = account;
	s->next = n->first;
	n->first = s;
	return s->person;
}

static bool resource_exists(struct db_conn *c, const char *type, struct str id)
{
	struct record_row row;
	struct problem ignored;
	return fhir_is_id(id) && record_read(c, fhir_type_of(str_of(type)), id, &row, &ignored) == RC_OK;
}

void account_named(struct rows *out, const struct account *acc)
{
	rows_set(out, "account");
	rows_row(out);
	rows_col_i64(out, "no", acc->no);
	rows_col(out, "login", acc->login);
}

bool account_is_emergency(enum work work, const struct on_call *calls, unsigned n_calls, int64_t now_ms)
{
	for (unsigned i = 0; i < n_calls; i++)
		if (calls[i].from_ms <= now_ms && now_ms < calls[i].until_ms)
			return true;
	return work == WORK_EMERGENCY;
}

bool account_is_open(const struct account *acc, int64_t now_ms)
{
	return !acc->disabled && (acc->until_ms == 0 || now_ms < acc->until_ms) && acc->role != ROLE_MACHINE && acc->role != ROLE_OPERATOR;
}

bool unit_exists(struct db_conn *c, struct str unit)
{
	return resource_exists(c, "Organization", unit) && !place_is_closed(c, unit);
}

bool practitioner_exists(struct db_conn *c, struct str practitioner)
{
	return resource_exists(c, "Practitioner", practitioner);
}
