/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/account_life.c: how long an account lives: closed at the end of a contract, after days without a sign-in, and at once when somebody says so; and whose it is: one
 * person's. Counted from what is stored (last sign-in, last opening), by the house's clock. Must never open an account by itself. Start at account_is_asleep.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/rule.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define SOON_MS (30 * DAY_MS)      /* how long before its end a contract stands on the administrator's list */
#define LIST_MOST 200
#define LOOKED_AT 3000

bool account_is_asleep(const struct account *acc, const struct rules *rules, int64_t now_ms)
{
	return acc->seen_ms + rules->at[RULE_INACTIVE] * DAY_MS <= now_ms;
}

/* ---- whose ---- */

/* Words that name a place or a job. A login of nothing else is a shared one: nobody could say who it was. */
static const char *const SHARED[] = {
	"accueil", "admin", "administrateur", "administrator", "admission", "agent", "aide", "ambulance", "anesthesie", "astreinte", "bloc", "bureau", "cadre", "cardio", "cardiologie", "chirurgie",
	"commun", "compte", "consultation", "demo", "dossier", "ecran", "equipe", "externe", "formation", "garde", "generique", "geriatrie", "guest", "hopital", "hospital", "ide", "imagerie",
	"infirmier", "infirmiere", "infirmieres", "infirmiers", "interim", "interimaire", "interne", "internes", "invite", "jour", "labo", "laboratoire", "login", "maternite", "medecin", "medecine",
	"medecins", "nuit", "nurse", "ordinateur", "partage", "pediatrie", "personnel", "pharmacie", "poste", "radio", "radiologie", "rea", "reanimation", "remplacant", "remplacante", "root",
	"salle", "samu", "secretaire", "secretariat", "service", "shared", "smur", "soignant", "soins", "stage", "stagiaire", "standard", "surveillant", "team", "temp", "temporaire", "test", "uhcd",
	"unit", "unite", "urgence", "urgences", "user", "usc", "usic", "utilisateur", "ward",
};

static bool is_shared_word(const char *p, size_t n)
{
	for (size_t i = 0; i < N_OF(SHARED); i++)
		if (strlen(SHARED[i]) == n && memcmp(SHARED[i], p, n) == 0)
			return true;
	return false;
}

bool login_is_shared(struct str login)
{
	bool any = false;
	for (size_t i = 0; i < login.n;) {
		char word[64];
		size_t n = 0;
		for (; i < login.n && n < sizeof word && ((login.p[i] | 32) >= 'a' && (login.p[i] | 32) <= 'z'); i++)
			word[n++] = (char)(login.p[i] | 32);
		if (n > 1 && !is_shared_word(word, n))
			return false;
		any |= n > 1;
		if (n == 0)
			i++;
	}
	return any;
}

/* ---- what the administrator is told ---- */

/* What comes first on the list: what can still be prevented. */
static const char *const WHY[] = { "ends", "soon", "ended", "asleep" };
struct end { uint32_t no; unsigned why; int64_t at_ms; };

static bool end_of(const struct account *acc, const struct rules *rules, int64_t now_ms, struct end *e_r)
{
	int64_t closes = acc->seen_ms + rules->at[RULE_INACTIVE] * DAY_MS, warns = acc->seen_ms + rule_warn_days(rules->at[RULE_INACTIVE]) * DAY_MS;
	bool ended = acc->until_ms && acc->until_ms <= now_ms, ends = acc->until_ms && acc->until_ms <= now_ms + SOON_MS;
	*e_r = (struct end){ acc->no, ended ? 2 : closes <= now_ms ? 3 : ends ? 0 : 1, ended || (ends && closes > now_ms) ? acc->until_ms : closes };
	return ends || warns <= now_ms;
}

/* Accounts that end, LOOKED_AT of them. */
static enum rc ends(struct view_ctx *v, struct end **at_r, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ACCOUNT_ENDING);
	struct end *at = arena_array(v->arena, LOOKED_AT, sizeof *at);
	unsigned n = 0, kept = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_i64(s, 1, v->now_ms - rule_warn_days(rule_rows[RULE_INACTIVE].strictest) * DAY_MS);
	db_bind_i64(s, 2, v->now_ms + SOON_MS);
	db_bind_i64(s, 3, LOOKED_AT);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row && n < LOOKED_AT)
		at[n++].no = (uint32_t)db_i64(s, 0);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct account acc;
		struct rules rules;
		rc = account_by_no(v->db, at[i].no, v->arena, &acc, p);
		if (rc == RC_OK)
			rc = rules_of(v->db, &acc, v->arena, &rules, p);
		if (rc == RC_OK && end_of(&acc, &rules, v->now_ms, &at[kept]))
			kept++;
	}
	*at_r = at;
	*n_r = kept;
	return rc;
}

/*
 * "accounts_ending": set "ending", LIST_MOST of them: login, name, role, unit_name, why ("ends": the contract, within 30 days; "soon": will be closed for want of use;
 * "ended": the contract is over; "asleep": closed), in this order, and at (when it closed or will).
 */
static enum rc ending_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct end *at = NULL;
	unsigned n = 0, shown = 0;
	enum rc rc = ends(v, &at, &n, p);
	rows_set(out, "ending");
	for (unsigned why = 0; why < N_OF(WHY); why++)
		for (unsigned i = 0; i < n && shown < LIST_MOST && rc == RC_OK; i++) {
			struct account acc;
			if (at[i].why != why || (rc = account_by_no(v->db, at[i].no, v->arena, &acc, p)) != RC_OK)
				continue;
			shown++;
			rows_row(out);
			col(out, "login", acc.login);
			col(out, "name", acc.name);
			col_z(out, "role", role_code(acc.role));
			col(out, "unit_name", name_of(&names, "Organization", acc.unit));
			col_z(out, "why", WHY[why]);
			rows_col_i64(out, "at", at[i].at_ms);
		}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the end of a contract ---- */

enum rc account_until_arg(const struct args *args, int64_t now_ms, int64_t *until_r, struct problem *p)
{
	struct str day = args_get(args, "until");
	*until_r = 0;
	if (day.n == 0)
		return RC_OK;
	*until_r = when_high(day); /* the last day is worked */
	return *until_r > now_ms ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "until", "not a day to come");
}

/* "account_until": login, until (a date; empty: no end) → set "account": no, login. An end that is over is account_disable's. */
static enum rc until_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	int64_t until_ms = 0;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK)
		rc = account_until_arg(x->args, x->now_ms, &until_ms, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_UNTIL);
	db_bind_i64(s, 1, acc.no);
	db_bind_i64(s, 2, until_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	account_named(out, &acc);
	return RC_OK;
}

/* "account_work": login, work (role, emergency), and a fresh proof → set "account": no, login. Which budgets: those of the role, or of emergency staff (SECURITY 7.3). */
static enum rc work_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_login(x->db, args_get(x->args, "login"), x->arena, &acc, p);
	if (rc == RC_OK && acc.role != ROLE_NURSE && acc.role != ROLE_PHYSICIAN)
		rc = problem_set(p, RC_BAD_INPUT, WHY_ENTRUST_ROLE, "login", "account %u: role %d", acc.no, (int)acc.role);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ACCOUNT_WORK);
	db_bind_i64(s, 1, acc.no);
	db_bind_str(s, 2, str_of(work_code(account_work_arg(x->args))));
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = account_changed(x->db, p);
	if (rc != RC_OK)
		return rc;
	account_named(out, &acc);
	return RC_OK;
}

static const struct field WORK_FIELDS[] = {
	{ .name = "login", .label = "Login", .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "work",  .label = "Work",  .kind = FIELD_CODE,  .required = true, .choices = account_works },
	{ .name = "code",  .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true },
	FIELDS_END,
};
static const struct field UNTIL_FIELDS[] = {
	{ .name = "login", .label = "Login",               .kind = FIELD_TOKEN, .max = 64, .required = true },
	{ .name = "until", .label = "Last day of contract", .kind = FIELD_DATE },
	FIELDS_END,
};

const struct view life_views[] = {
	{ .name = "accounts_ending", .may = MAY_MANAGE, .reveals = REVEALS_META, .run = ending_view },
	{ .name = NULL },
};

const struct act life_acts[] = {
	{ .name = "account_work",  .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = WORK_FIELDS,  .fresh = true, .key = true, .run = work_run },
	{ .name = "account_until", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = UNTIL_FIELDS, .key = true, .run = until_run },
	{ .name = NULL },
};
