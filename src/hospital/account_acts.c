/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/account_acts.c: what an administrator sees and does with accounts, and what each person does with its own password.
 * Must never show a hash; a new factor's secret is shown once, to whom made the account. The rest about accounts is in account.c. Start at the rows at the end.
 */
#include "base/random.h"
#include "codec/base64.h"
#include "hospital/account_wait.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/password.h"
#include "hospital/rule.h"

#include <string.h>

#define PAGE 100
#define TOTP_SECRET 20 /* bytes: RFC 4226 §4 R6 asks for 160 bits */

/* ---- views ---- */

static void account_cols(struct rows *out, struct names *names, const struct account *acc, int64_t now_ms)
{
	rows_row(out);
	rows_col_i64(out, "no", acc->no);
	rows_col(out, "login", acc->login);
	rows_col(out, "name", acc->name);
	rows_col(out, "role", str_of(role_code(acc->role)));
	rows_col(out, "lang", acc->lang);
	col(out, "unit", acc->unit);
	col(out, "unit_name", name_of(names, "Organization", acc->unit));
	col(out, "practitioner", acc->practitioner);
	col_z(out, "work", work_code(acc->work));
	col_flag(out, "disabled", acc->disabled || (acc->until_ms && acc->until_ms <= now_ms));
	if (acc->until_ms)
		rows_col_i64(out, "until_at", acc->until_ms);
	rows_col_i64(out, "seen_at", acc->seen_ms);
	struct rules rules;
	struct problem ignored; /* rules that cannot be read leave the flag away */
	col_flag(out, "asleep", rules_of(names->db, acc, names->arena, &rules, &ignored) == RC_OK && account_is_asleep(acc, &rules, now_ms));
}

/* The first PAGE logins after one, in order. They lie sealed: all are looked at, and the list is kept short as it goes; a house has some thousands. */
static enum rc logins_after(struct view_ctx *v, struct str after, struct str login[PAGE], unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ACCOUNT_LOGINS);
	db_bind_i64(s, 1, 0);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str one;
		if ((rc = account_login(v->db, db_i64(s, 2), db_text(s, 1), v->arena, &one, p)) != RC_OK)
			break;
		if (str_cmp(one, after) <= 0 || (n == PAGE && str_cmp(one, login[n - 1]) >= 0))
			continue;
		unsigned at = n < PAGE ? n++ : n - 1;
		for (; at > 0 && str_cmp(one, login[at - 1]) < 0; at--)
			login[at] = login[at - 1];
		login[at] = one;
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

/* "accounts": after (login). Set "accounts", by login: no, login, name, role, lang, unit, unit_name, practitioner, work (emergency), disabled (flag), until_at, seen_at, asleep (flag: closed for want of use); set "page": next. */
static enum rc accounts(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct str login[PAGE];
	unsigned n = 0;
	enum rc rc = logins_after(v, args_get(v->args, "after"), login, &n, p);
	rows_set(out, "accounts");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct account acc;
		rc = account_by_login(v->db, login[i], v->arena, &acc, p);
		if (rc == RC_OK)
			account_cols(out, &names, &acc, v->now_ms);
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "page");
	rows_row(out);
	if (n == PAGE)
		rows_col(out, "next", login[n - 1]);
	return arena_rc(v->arena, p);
}

/* "account": login. Set "account": the columns of accounts; set "units": id, name. */
static enum rc account_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct account acc;
	enum rc rc = account_by_login(v->db, args_get(v->args, "login"), v->arena, &acc, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "account");
	account_cols(out, &names, &acc, v->now_ms);
	rows_set(out, "units");
	for (unsigned i = 0; i < acc.n_units; i++) {
		rows_row(out);
		rows_col(out, "id", acc.units[i]);
		col(out, "name", name_of(&names, "Organization", acc.units[i]));
	}
	return arena_rc(v->arena, p);
}

/* ---- acts ---- */

static const struct choice ROLES[] = { { "clerk", "Admission clerk" }, { "nurse", "Nurse" }, { "physician", "Physician" }, { "pharmacist", "Pharmacist" }, { "technician", "Pharmacy technician" }, { "billing", "Billing" },
	{ "rssi", "Security officer" }, { "dpo", "Data protection officer" }, { "admin", "Administrator" }, { NULL, NULL } };
static const struct choice LANGS[] = { { "fr", "French" }, { "en", "English" }, { NULL, NULL } };

static enum rc refuse(struct rows *issues, enum rc rc, const struct problem *p)
{
	rows_set(issues, "issues");
	issue_row(issues, p->why, p->where);
	return rc;
}

/* Units named by an argument that may repeat. */
static enum rc units_arg(struct db_conn *c, const struct args *args, struct str *units, unsigned *n_r, struct problem *p)
{
	unsigned n = 0;
	for (size_t i = 0; i < args->n; i++) {
		if (!str_eq(args->at[i].name, "units") || !args->at[i].value.n)
			continue;
		if (n == ACTOR_UNITS)
			return problem_set(p, RC_BAD_INPUT, WHY_TOO_BIG, "units", "more than %d", ACTOR_UNITS);
		if (!unit_exists(c, args->at[i].value))
			return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "units", "unknown unit");
		units[n++] = args->at[i].value;
	}
	*n_r = n;
	return RC_OK;
}

static const struct field ADD_FIELDS[] = {
	{ .name = "login",        .label = "Login",             .kind = FIELD_TOKEN,  .min = 2, .max = 64, .required = true },
	{ .name = "name",         .label = "Name",              .kind = FIELD_TEXT,   .max = 100, .required = true },
	{ .name = "role",         .label = "Role",              .kind = FIELD_CODE,   .required = true, .choices = ROLES },
	{ .name = "work",         .label = "Work",              .kind = FIELD_CODE,   .choices = account_works },
	{ .name = "lang",         .label = "Language",          .kind = FIELD_CODE,   .choices = LANGS },
	{ .name = "practitioner", .label = "Practitioner",      .kind = FIELD_ID },
	{ .name = "units",        .label = "Units",             .kind = FIELD_ID,     .many = true },
	{ .name = "until",        .label = "Last day of contract", .kind = FIELD_DATE },
	{ .name = "password",     .label = "First password",    .kind = FIELD_SECRET, .max = 1000, .required = true },
	{ .name = "code",         .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};

/* The rules, with the names of the house that the person will know. */
static enum rc password_good(struct view_ctx *v, struct password_owner *of, const struct str *units, unsigned n_units, struct str password, struct problem *p)
{
	enum rc rc = password_house(v->db, v->arena, units, n_units, of, p);
	return rc == RC_OK ? password_rules(of, password, p) : rc;
}

struct addition { struct account_new n; struct str units[ACTOR_UNITS]; unsigned char secret[TOTP_SECRET]; };

static enum rc add_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct addition *k = ARENA_NEW(v->arena, struct addition);
	if (!k)
		return arena_rc(v->arena, p);
	const char *role = arena_z(v->arena, args_get(v->args, "role"));
	k->n = (struct account_new){ .login = args_get(v->args, "login"), .name = args_get(v->args, "name"), .lang = args_get(v->args, "lang"), .practitioner = args_get(v->args, "practitioner"),
		.role = role_of(role), .work = account_work_arg(v->args), .units = k->units };
	struct str password = args_get(v->args, "password");
	enum rc rc = login_is_shared(k->n.login) ? problem_set(p, RC_BAD_INPUT, WHY_LOGIN_SHARED, "login", "a place or a job") : units_arg(v->db, v->args, k->units, &k->n.n_units, p);
	if (rc == RC_OK)
		rc = account_until_arg(v->args, v->now_ms, &k->n.until_ms, p);
	if (rc == RC_OK)
		rc = password_good(v, &(struct password_owner){ .role = k->n.role, .login = k->n.login, .name = k->n.name }, k->units, k->n.n_units, password, p);
	if (rc == RC_OK && k->n.practitioner.n && !practitioner_exists(v->db, k->n.practitioner))
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PRACTITIONER, "practitioner", "unknown practitioner");
	if (rc != RC_OK)
		return refuse(issues, rc, p);
	struct buf hash;
	buf_init(&hash, 256);
	rc = password_hash(password, &hash, p);
	k->n.password_hash = arena_str(v->arena, buf_view(&hash));
	buf_done_wiped(&hash);
	random_bytes(k->secret, sizeof k->secret);
	k->n.totp_secret = (struct str){ (const char *)k->secret, sizeof k->secret };
	if (rc == RC_OK)
		rc = arena_rc(v->arena, p);
	if (rc == RC_OK)
		*prepared_r = k;
	return rc;
}

/* "account_add" → set "account": no, login, totp_secret (base32: shown this once). It is closed until a second person confirms it (account_wait.c). */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct addition *k = x->prepared;
	uint32_t no;
	enum rc rc = account_add_by(x->db, &k->n, x->who->account, &no, p);
	if (rc == RC_OK)
		rc = account_wait_put(x->db, no, x->who->account, x->now_ms, p);
	if (rc != RC_OK)
		return rc;
	struct buf secret;
	buf_init(&secret, 100);
	base32_put(&secret, k->n.totp_secret);
	rows_set(out, "account");
	rows_row(out);
	rows_col_i64(out, "no", no);
	rows_col(out, "login", k->n.login);
	rows_col(out, "totp_secret", buf_view(&secret));
	buf_done_wiped(&secret);
	return RC_OK;
}

static const struct field LOGIN_FIELDS[] = { { .name = "login", .label = "Login", .kind = FIELD_TOKEN, .max = 64, .required = true }, FIELDS_END };

static enum rc able(struct act_ctx *x, struct rows *out, bool disabled, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK && !disabled)
		rc = account_wait_ask(x->db, acc.no, x->who, p);
	if (rc != RC_OK)
		return rc;
	if (disabled && acc.role == ROLE_ADMIN && !acc.disabled) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_ADMINS);
		bool row = false;
		unsigned admins = 0;
		while ((rc = db_step(s, &row, p)) == RC_OK && row)
			admins++;
		db_reset(s);
		if (rc != RC_OK)
			return rc;
		if (admins < 2)
			return problem_set(p, RC_CONFLICT, WHY_LAST_ADMIN, "login", "account %u is the last administrator", acc.no);
	}
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_ABLE);
	db_bind_i64(s, 1, acc.no);
	db_bind_i64(s, 2, disabled);
	db_bind_i64(s, 3, x->now_ms); /* opened again, its days without use begin anew */
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	account_named(out, &acc);
	col_flag(out, "disabled", disabled);
	return RC_OK;
}

/* "account_disable", "account_enable": login → set "account": no, login, disabled. The gate reads the account again when the epoch has grown. */
static enum rc disable_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	return able(x, out, true, p);
}

static enum rc enable_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	return able(x, out, false, p);
}

static const struct field UNITS_FIELDS[] = {
	{ .name = "login", .label = "Login", .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "units", .label = "Units", .kind = FIELD_ID, .many = true },
	FIELDS_END,
};

/* "account_units": login, units (repeated; none: all are taken away) → set "account": no, login. */
static enum rc units_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	struct str units[ACTOR_UNITS];
	unsigned n = 0;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK)
		rc = units_arg(x->db, x->args, units, &n, p);
	if (rc == RC_OK)
		rc = account_units_put(x->db, acc.no, units, n, p);
	bool kept = false;
	for (unsigned i = 0; i < n; i++)
		kept = kept || str_is(units[i], acc.unit);
	if (rc == RC_OK && !kept) {
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_UNIT);
		db_bind_i64(s, 1, acc.no);
		db_bind_str(s, 2, n ? units[0] : STR_NONE);
		rc = db_run(s, p);
	}
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	account_named(out, &acc);
	return RC_OK;
}

static const struct field PASSWORD_FIELDS[] = {
	{ .name = "old_password", .label = "Present password", .kind = FIELD_SECRET, .max = 1000, .required = true },
	{ .name = "password",     .label = "New password",     .kind = FIELD_SECRET, .max = 1000, .required = true },
	FIELDS_END,
};

static enum rc password_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct str old = args_get(v->args, "old_password"), new = args_get(v->args, "password"), *hash_z = ARENA_NEW(v->arena, struct str);
	struct account acc;
	enum rc rc = hash_z ? account_by_no(v->db, v->who->account, v->arena, &acc, p) : arena_rc(v->arena, p);
	if (rc != RC_OK)
		return rc;
	if (!password_is(acc.password, old))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PASSWORD_WRONG, "old_password", "account %u", acc.no);
	else if (str_is(old, new))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PASSWORD_SAME, "password", "account %u", acc.no);
	else
		rc = password_good(v, &(struct password_owner){ .role = acc.role, .login = acc.login, .name = acc.name }, acc.units, acc.n_units, new, p);
	if (rc != RC_OK)
		return refuse(issues, rc, p);
	struct buf hash;
	buf_init(&hash, 256);
	rc = password_hash(new, &hash, p);
	*hash_z = arena_str(v->arena, buf_view(&hash));
	buf_done_wiped(&hash);
	if (rc == RC_OK)
		rc = arena_rc(v->arena, p);
	if (rc == RC_OK)
		*prepared_r = hash_z;
	return rc;
}

/* "account_set_password": old_password, password: one's own. → set "account": no. */
static enum rc password_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_PASSWORD);
	db_bind_i64(s, 1, x->who->account);
	db_bind_str(s, 2, *(const struct str *)x->prepared);
	db_bind_i64(s, 3, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) != 1)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_ACCOUNT, "", "account %u has no password", x->who->account);
	if (rc == RC_OK)
		rc = notice_add(x->db, x->who->account, NOTICE_PASSWORD, 0, STR_NONE, x->now_ms, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "account");
	rows_row(out);
	rows_col_i64(out, "no", x->who->account);
	return RC_OK;
}

const struct view account_views[] = {
	{ .name = "accounts", .may = MAY_MANAGE, .reveals = REVEALS_META, .run = accounts },
	{ .name = "account",  .may = MAY_MANAGE, .reveals = REVEALS_META, .run = account_view },
	{ .name = NULL },
};

const struct act account_acts[] = {
	{ .name = "account_add",          .may = MAY_MANAGE,    .reveals = REVEALS_META,    .fields = ADD_FIELDS, .fresh = true, .key = true, .prepare = add_prepare, .run = add_run },
	{ .name = "account_disable",      .may = MAY_MANAGE,    .reveals = REVEALS_META,    .fields = LOGIN_FIELDS, .ends_named = true,    .run = disable_run },
	{ .name = "account_enable",       .may = MAY_MANAGE,    .reveals = REVEALS_META,    .fields = LOGIN_FIELDS, .key = true,    .run = enable_run },
	{ .name = "account_units",        .may = MAY_MANAGE,    .reveals = REVEALS_META,    .fields = UNITS_FIELDS, .key = true,    .run = units_run },
	{ .name = "account_set_password", .may = MAY_SIGNED_IN, .reveals = REVEALS_NOTHING, .fields = PASSWORD_FIELDS, .prepare = password_prepare, .run = password_run },
	{ .name = NULL },
};
