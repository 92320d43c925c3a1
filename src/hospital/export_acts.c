/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export_acts.c: what people do with exports: count a cohort, ask, approve, refuse, cancel, take, fetch. What stands against it is judged when a step is
 * prepared and once more on the writer, where nothing can come between. Must never let one person be two. Called by the gate through the rows at the end.
 */
#include <string.h>

#include "codec/age.h"
#include "codec/base64.h"
#include "hospital/account.h"
#include "hospital/export.h"
#include "hospital/billing.h"
#include "hospital/matters.h"
#include "hospital/notice.h"
#include "hospital/pmsi.h"
#include "hospital/special.h"
#include "record/keys.h"

#define PURPOSE 400
#define COHORT 500
#define PART 2000

static int64_t number(const struct args *a, const char *name)
{
	int64_t v = 0;
	return str_i64(args_get(a, name), &v) == RC_OK ? v : 0;
}

static void answer(struct rows *out, int64_t no)
{
	rows_set(out, "export");
	rows_row(out);
	rows_col_i64(out, "no", no);
}

/* A refusal that comes back to the form, with its field. */
static enum rc told(struct rows *issues, enum rc rc, const struct problem *p)
{
	if (rc == RC_CONFLICT || rc == RC_BAD_INPUT) {
		rows_set(issues, "issues");
		issue_row(issues, p->why, p->where);
	}
	return rc;
}

static enum rc count_of(struct db_conn *c, enum stmt which, uint32_t account, int64_t from_ms, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, from_ms);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* The ticket's hash, in hex: by it an auditor joins asking, approvals and what went. */
static void note(struct act_note *k, const struct export_ticket *t)
{
	struct buf b;
	buf_init(&b, sizeof k->text);
	hex_put(&b, (struct str){ (const char *)t->hash, SHA_LEN });
	MUST(!b.failed && b.n == sizeof k->text);
	memcpy(k->text, b.p, b.n);
	k->n = b.n;
	k->rows = t->patients;
	buf_done(&b);
}

/* ---- count ---- */

/*
 * BARRIER: a file of the PMSI is a kind of its own, asked for by billing, of the establishment worked in; no other kind takes its cohort, nor this kind another's. It may be of fewer patients than others: by establishment and
 * month nobody can be asked about.
 */
static enum rc check_pmsi(struct view_ctx *v, struct str kind /* empty: not said yet */, struct str cohort, bool *is_r, struct problem *p)
{
	struct pmsi_ask k;
	struct str here;
	*is_r = str_starts(cohort, STR("PMSI/"));
	if ((kind.n && str_eq(kind, "pmsi") != *is_r) || (*is_r && !pmsi_ask_of(cohort, &k)))
		return problem_set(p, RC_BAD_INPUT, WHY_EXPORT_COHORT, "cohort", "no file of a month");
	if (!*is_r)
		return RC_OK;
	enum rc rc = billing_establishment(v->db, v->arena, v->who->unit, &here, p);
	if (rc == RC_OK && (!(v->judge->may(v->who->role) & MAY_BILL) || !str_is(here, k.establishment)))
		rc = problem_set(p, RC_DENIED, WHY_PMSI_PLACE, "cohort", "not of role %d, or another establishment", (int)v->who->role);
	return rc;
}

/* What a fixed set shows that the role does not see at all is not asked for. Fills types with what is left of it, in the house's spelling. */
static enum rc check_kind(const struct judge *j, enum role role, struct str kind, struct str types, struct problem *p)
{
	const struct export_set *set = export_set_of(kind);
	unsigned n = 0;
	if (set)
		return j->sees(role, fhir_type_of(STR("Patient"))) && j->sees(role, fhir_type_of(str_of(set->type))) ? RC_OK : problem_set(p, RC_DENIED, WHY_EXPORT_KIND, "kind", "set not for role %d", (int)role);
	for (struct str rest = types; rest.p; n++) {
		uint16_t type = fhir_type_of(str_trim(str_cut(rest, ',', &rest)));
		bool of_patient = type && (type == fhir_type_of(STR("Patient")) || fhir_compartment_params(type)[0] != 0);
		if (!of_patient)
			return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_TYPE, "types", "type %u", type);
		if (!j->sees(role, type))
			return problem_set(p, RC_DENIED, WHY_EXPORT_KIND, "types", "type %u not for role %d", type, (int)role);
	}
	return n ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "types", "no types");
}

struct counted { int64_t n; bool closed; /* export_of_closed */ bool month; /* a file of the PMSI */ };
static enum rc count_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct counted *k = ARENA_NEW(v->arena, struct counted);
	const int64_t *at;
	size_t found = 0;
	struct str group, cohort = str_trim(args_get(v->args, "cohort"));
	if (!k)
		return arena_rc(v->arena, p);
	MUST(v->judge);
	enum rc rc = check_pmsi(v, STR_NONE, cohort, &k->month, p);
	if (rc == RC_OK)
		rc = export_freeze(v->db, v->arena, v->judge, v->who->role, cohort, &at, &found, &group, p);
	if (rc == RC_OK)
		rc = export_of_closed(v->db, v->arena, cohort, at, found, &k->closed, p);
	k->n = (int64_t)found;
	*prepared_r = k;
	return told(issues, rc, p);
}

/* "export_count": cohort → set "count": patients, or small (flag) when they are 50 or fewer, whose number is not told but of closed charts named by their ids and of a file of the PMSI; left: how often more today. */
static enum rc count_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct counted *k = x->prepared;
	int64_t today = 0;
	enum rc rc = count_of(x->db, ST_HOSPITAL_EXPORT_COUNTS, x->who->account, x->now_ms - EXPORT_DAY_MS, &today, p);
	if (rc == RC_OK && today >= EXPORT_COUNTS)
		rc = problem_set(p, RC_DENIED, WHY_EXPORT_COUNTS, "cohort", "%lld counts", (long long)today);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_EXPORT_COUNT_ADD);
	db_bind_i64(s, 1, x->who->account);
	db_bind_i64(s, 2, x->now_ms);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	rows_set(out, "count");
	rows_row(out);
	if (k->n >= EXPORT_LEAST || k->closed || (k->month && k->n))
		rows_col_i64(out, "patients", k->n);
	else
		rows_col(out, "small", STR("1"));
	rows_col_i64(out, "left", EXPORT_COUNTS - today - 1);
	return RC_OK;
}

/* ---- ask ---- */

struct asked { struct act_note head; struct export_ticket t; const int64_t *at; size_t n; };

static enum rc machine_of(struct view_ctx *v, struct export_ticket *t, struct problem *p)
{
	struct str login = str_trim(args_get(v->args, "machine"));
	struct account acc;
	if (!login.n)
		return RC_OK;
	enum rc rc = account_by_login(v->db, login, v->arena, &acc, p);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && acc.role != ROLE_MACHINE))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_ACCOUNT, "machine", "no machine account");
	if (rc == RC_OK)
		t->machine = acc.no;
	return rc;
}

static struct str list_of(struct arena *a, struct str types)
{
	struct buf b;
	buf_init(&b, EXPORT_TYPES + 1);
	for (struct str rest = types; rest.p;) {
		struct str one = str_trim(str_cut(rest, ',', &rest));
		if (b.n)
			buf_ch(&b, ',');
		buf_str(&b, one);
	}
	struct str out = arena_str(a, buf_view(&b));
	buf_done(&b);
	return out;
}

static enum rc ask_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct asked *k = ARENA_NEW(v->arena, struct asked);
	const struct args *a = v->args;
	unsigned char key[AGE_KEY];
	if (!k)
		return arena_rc(v->arena, p);
	MUST(v->judge);
	struct export_ticket *t = &k->t;
	*t = (struct export_ticket){ .account = v->who->account, .role = v->who->role, .unit = v->who->unit.n ? v->who->unit : STR(""), .kind = args_get(a, "kind"), .types = STR(""),
		.purpose = str_trim(args_get(a, "purpose")), .cohort = str_trim(args_get(a, "cohort")), .recipient = args_get(a, "recipient"),
		.asked_ms = v->now_ms, .until_ms = v->now_ms + number(a, "hours") * INT64_C(3600000) };
	if (!export_set_of(t->kind))
		t->types = list_of(v->arena, args_get(a, "types"));
	enum rc rc = age_recipient(t->recipient, key) ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_EXPORT_KEY, "recipient", "no age recipient");
	if (rc == RC_OK)
		rc = check_kind(v->judge, t->role, t->kind, t->types, p);
	if (rc == RC_OK)
		rc = machine_of(v, t, p);
	bool closed = false, month = false;
	if (rc == RC_OK)
		rc = check_pmsi(v, t->kind, t->cohort, &month, p);
	if (rc == RC_OK)
		rc = export_freeze(v->db, v->arena, v->judge, t->role, t->cohort, &k->at, &k->n, &t->group, p);
	t->patients = (int64_t)k->n;
	if (rc == RC_OK)
		rc = export_of_closed(v->db, v->arena, t->cohort, k->at, k->n, &closed, p);
	if (rc == RC_OK && number(a, "count") < (month ? 1 : EXPORT_LEAST) && !closed) /* of what was typed: whether a cohort is that small is told by a count only, which is counted itself */
		rc = problem_set(p, RC_BAD_INPUT, WHY_EXPORT_SMALL, "cohort", "too few");
	if (rc == RC_OK && t->patients != number(a, "count"))
		rc = problem_set(p, RC_CONFLICT, WHY_EXPORT_COUNT, "cohort", "not what was seen");
	if (rc == RC_OK && t->machine && !t->group.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_EXPORT_COHORT, "cohort", "a machine takes the export of a group");
	if (rc == RC_OK)
		rc = special_count(v->db, k->at, k->n, &t->special, p);
	sha_two(t->cohort_hash, k->at, k->n * sizeof *k->at, NULL, 0);
	export_hash(t, t->hash);
	note(&k->head, t);
	*prepared_r = k;
	return told(issues, rc, p);
}

static enum rc seal_text(struct db_conn *c, struct arena *a, struct keys_bound b, struct str plain, struct str *sealed_r, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 2 * (PART * 8 + SEAL_MORE));
	enum rc rc = keys_seal(c, 0, b, plain, &sealed, p);
	*sealed_r = rc == RC_OK ? arena_str(a, buf_view(&sealed)) : STR_NONE;
	buf_done(&sealed);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc put_cohort(struct act_ctx *x, int64_t no, const struct asked *k, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t from = 0, part = 0; rc == RC_OK && from < k->n; from += PART, part++) {
		size_t n = k->n - from < PART ? k->n - from : PART;
		struct str sealed;
		rc = seal_text(x->db, x->arena, (struct keys_bound){ SEALS_COHORT, no, (int64_t)part }, (struct str){ (const char *)(k->at + from), n * sizeof *k->at }, &sealed, p);
		struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_EXPORT_PART_ADD);
		db_bind_i64(s, 1, no);
		db_bind_i64(s, 2, (int64_t)part);
		db_bind_blob(s, 3, sealed);
		if (rc == RC_OK)
			rc = db_run(s, p);
		else
			db_reset(s);
	}
	return rc;
}

/* "export_ask": purpose, kind, types, cohort, recipient, hours, count (as it was told), machine, code → set "export": no. */
static enum rc ask_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct asked *k = x->prepared;
	const struct export_ticket *t = &k->t;
	struct str purpose = STR_NONE, cohort = STR_NONE;
	enum rc rc = x->judge->stopped(x->judge->of, t->account) ? problem_set(p, RC_DENIED, WHY_EXPORT_FROZEN, "", "asked by a stopped account") : RC_OK;
	if (rc == RC_OK)
		rc = seal_text(x->db, x->arena, (struct keys_bound){ SEALS_EXPORT, t->asked_ms, t->account }, t->purpose, &purpose, p);
	if (rc == RC_OK)
		rc = seal_text(x->db, x->arena, (struct keys_bound){ SEALS_EXPORT, t->asked_ms, -(int64_t)t->account }, t->cohort, &cohort, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_EXPORT_ADD);
	db_bind_i64(s, 1, t->account);
	db_bind_str(s, 2, str_of(role_code(t->role)));
	db_bind_str(s, 3, t->unit);
	db_bind_i64(s, 4, t->machine);
	db_bind_i64(s, 5, t->asked_ms);
	db_bind_i64(s, 6, t->until_ms);
	db_bind_str(s, 7, t->kind);
	db_bind_str(s, 8, t->types);
	db_bind_blob(s, 9, purpose);
	db_bind_blob(s, 10, cohort);
	db_bind_str(s, 11, t->group);
	db_bind_str(s, 12, t->recipient);
	db_bind_i64(s, 13, t->patients);
	db_bind_blob(s, 14, (struct str){ (const char *)t->cohort_hash, SHA_LEN });
	db_bind_blob(s, 15, (struct str){ (const char *)t->hash, SHA_LEN });
	db_bind_i64(s, 16, t->special);
	if ((rc = db_run(s, p)) != RC_OK)
		return rc;
	int64_t no = db_last_rowid(x->db);
	if ((rc = put_cohort(x, no, k, p)) == RC_OK)
		answer(out, no);
	return rc;
}

/* ---- approve, refuse, cancel, take, fetch ---- */

/* The ticket that the act names, how many approved, and where it stands. */
struct step { struct export_ticket t; struct export_approvals k; enum export_state state; };
static enum rc step_find(struct db_conn *c, struct arena *a, int64_t no, int64_t now_ms, struct step *s, struct problem *p)
{
	enum rc rc = export_find(c, a, no, &s->t, p);
	if (rc == RC_OK)
		rc = export_approved(c, a, s->t.no, &s->k, p);
	if (rc == RC_OK)
		s->state = export_state(&s->t, s->k.n, now_ms);
	return rc;
}

static enum rc step_of(struct db_conn *c, struct arena *a, const struct args *args, int64_t now_ms, struct step *s, struct problem *p)
{
	return step_find(c, a, number(args, "no"), now_ms, s, p);
}

static enum rc over(const struct step *s, struct problem *p)
{
	return s->state == EXPORT_EXPIRED ? problem_set(p, RC_DENIED, WHY_EXPORT_EXPIRED, "no", "export %lld", (long long)s->t.no)
		: problem_set(p, RC_CONFLICT, WHY_EXPORT_OVER, "no", "export %lld: state %d", (long long)s->t.no, (int)s->state);
}

static bool is_waiting(enum export_state s) { return s == EXPORT_ASKED || s == EXPORT_APPROVED; }

/* People of the unit where it was asked for, however they are signed in today; two officers of one office where neither has a unit. */
static bool same_unit(const struct actor *who, const struct export_ticket *t)
{
	bool same = str_is(who->unit, t->unit) && t->unit.n;
	for (unsigned i = 0; i < who->n_units; i++)
		same = same || (t->unit.n && str_is(who->units[i], t->unit));
	return same || (!t->unit.n && !who->unit.n && !who->n_units && who->role == t->role);
}

static enum rc may_approve(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct step *s, int64_t now_ms, struct problem *p)
{
	const struct export_ticket *t = &s->t;
	unsigned char hash[SHA_LEN];
	bool officer = who->role == ROLE_DPO || who->role == ROLE_RSSI, twice = false;
	int64_t today = 0;
	(void)a;
	if (t->account == who->account)
		return problem_set(p, RC_DENIED, WHY_EXPORT_OWN, "no", "export %lld: own", (long long)t->no);
	if (same_unit(who, t))
		return problem_set(p, RC_DENIED, WHY_EXPORT_SAME_UNIT, "no", "export %lld: same unit", (long long)t->no);
	for (unsigned i = 0; i < s->k.n; i++) {
		twice = twice || s->k.at[i].account == who->account;
		officer = officer || s->k.at[i].role == ROLE_DPO || s->k.at[i].role == ROLE_RSSI;
	}
	if (twice)
		return problem_set(p, RC_CONFLICT, WHY_EXPORT_TWICE, "no", "export %lld: twice", (long long)t->no);
	if (!is_waiting(s->state))
		return over(s, p);
	export_hash(t, hash);
	if (memcmp(hash, t->hash, SHA_LEN) != 0)
		return problem_set(p, RC_DENIED, WHY_EXPORT_CHANGED, "no", "export %lld: another hash", (long long)t->no);
	if (export_needs(t) == s->k.n + 1 && export_needs(t) > 1 && !officer)
		return problem_set(p, RC_DENIED, WHY_EXPORT_SECOND, "no", "export %lld: no officer", (long long)t->no);
	if (j->stopped(j->of, who->account) || j->stopped(j->of, t->account))
		return problem_set(p, RC_DENIED, WHY_EXPORT_FROZEN, "no", "export %lld", (long long)t->no);
	enum rc rc = count_of(c, ST_HOSPITAL_EXPORT_APPROVALS, who->account, now_ms - EXPORT_DAY_MS, &today, p);
	return rc == RC_OK && today >= EXPORT_APPROVALS ? problem_set(p, RC_DENIED, WHY_EXPORT_DAY, "no", "%lld approvals", (long long)today) : rc;
}

/* The hash that the page showed: what was looked at is what is approved. */
static enum rc is_seen(struct arena *a, const struct args *args, const struct export_ticket *t, struct problem *p)
{
	struct buf hex;
	(void)a;
	buf_init(&hex, 128);
	hex_put(&hex, (struct str){ (const char *)t->hash, SHA_LEN });
	bool same = str_is(args_get(args, "hash"), buf_view(&hex));
	buf_done(&hex);
	return same ? RC_OK : problem_set(p, RC_DENIED, WHY_EXPORT_CHANGED, "hash", "export %lld: another was looked at", (long long)t->no);
}

static enum rc judge_approve(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, const struct step *s, int64_t now_ms, struct problem *p)
{
	enum rc rc = may_approve(c, a, j, who, s, now_ms, p);
	return rc == RC_OK ? is_seen(a, args, &s->t, p) : rc;
}

static enum rc judge_refuse(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, const struct step *s, int64_t now_ms, struct problem *p)
{
	(void)c;
	(void)a;
	(void)j;
	(void)args;
	(void)now_ms;
	if (s->t.account == who->account)
		return problem_set(p, RC_DENIED, WHY_EXPORT_OWN, "no", "export %lld: own", (long long)s->t.no);
	if (same_unit(who, &s->t))
		return problem_set(p, RC_DENIED, WHY_EXPORT_SAME_UNIT, "no", "export %lld: same unit", (long long)s->t.no);
	return is_waiting(s->state) ? RC_OK : over(s, p);
}

/* The requester, whoever approved it, and the officers: what takes away needs nobody else. What is sealed is erased by it: who asked has it, or it is taken back. */
static enum rc judge_cancel(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, const struct step *s, int64_t now_ms, struct problem *p)
{
	bool may = who->account == s->t.account || (s->t.machine && who->account == s->t.machine) || who->role == ROLE_RSSI || who->role == ROLE_DPO;
	(void)c;
	(void)a;
	(void)j;
	(void)args;
	(void)now_ms;
	for (unsigned i = 0; i < s->k.n; i++)
		may = may || s->k.at[i].account == who->account;
	if (!may)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "export %lld: somebody else's", (long long)s->t.no);
	bool lies = (s->state == EXPORT_SEALED || s->state == EXPORT_DELIVERED) && !s->t.gone_ms;
	return s->t.ended_ms && !lies ? over(s, p) : RC_OK;
}

static enum rc is_mine(const struct actor *who, const struct export_ticket *t, struct problem *p)
{
	return who->account == t->account || (t->machine && who->account == t->machine) ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "export %lld: somebody else's", (long long)t->no);
}

static enum rc judge_take(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, const struct step *s, int64_t now_ms, struct problem *p)
{
	enum rc rc = is_mine(who, &s->t, p);
	(void)args;
	if (rc == RC_OK && !who->machine && !str_is(who->unit, s->t.unit))
		rc = problem_set(p, RC_DENIED, WHY_EXPORT_UNIT, "no", "export %lld: another unit", (long long)s->t.no);
	if (rc == RC_OK && (s->t.started_ms || s->t.ended_ms))
		rc = over(s, p);
	return rc == RC_OK ? export_judge(c, a, j, &s->t, now_ms, true, p) : rc;
}

static enum rc fetchable(const struct judge *j, const struct actor *who, const struct step *s, int64_t now_ms, struct problem *p)
{
	enum rc rc = is_mine(who, &s->t, p);
	if (rc == RC_OK && ((s->state != EXPORT_SEALED && s->state != EXPORT_DELIVERED) || s->t.gone_ms))
		rc = over(s, p);
	if (rc == RC_OK && now_ms >= s->t.until_ms)
		rc = problem_set(p, RC_DENIED, WHY_EXPORT_EXPIRED, "no", "export %lld", (long long)s->t.no);
	if (rc == RC_OK && (j->stopped(j->of, s->t.account) || j->stopped(j->of, who->account)))
		rc = problem_set(p, RC_DENIED, WHY_EXPORT_FROZEN, "no", "export %lld", (long long)s->t.no);
	return rc;
}

static enum rc judge_fetch(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, const struct step *s, int64_t now_ms, struct problem *p)
{
	(void)c;
	(void)a;
	(void)args;
	return fetchable(j, who, s, now_ms, p);
}

enum rc export_may_fetch(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, int64_t no, int64_t now_ms, struct export_ticket *t_r, struct problem *p)
{
	struct step s;
	enum rc rc = step_find(c, a, no, now_ms, &s, p);
	if (rc == RC_OK)
		rc = fetchable(j, who, &s, now_ms, p);
	*t_r = s.t;
	return rc;
}

typedef enum rc judged(struct db_conn *, struct arena *, const struct judge *, const struct actor *, const struct args *, const struct step *, int64_t, struct problem *);

/* Judged before; the ticket's hash goes with the intent. */
static enum rc prepare_with(judged *judge, struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct step s;
	struct act_note *k = ARENA_NEW(v->arena, struct act_note);
	MUST(v->judge);
	enum rc rc = k ? step_of(v->db, v->arena, v->args, v->now_ms, &s, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		rc = judge(v->db, v->arena, v->judge, v->who, v->args, &s, v->now_ms, p);
	if (rc == RC_OK)
		note(k, &s.t);
	*prepared_r = k;
	return told(issues, rc, p);
}

static enum rc again(judged *judge, struct act_ctx *x, struct step *s, struct problem *p)
{
	enum rc rc = step_of(x->db, x->arena, x->args, x->now_ms, s, p);
	return rc == RC_OK ? judge(x->db, x->arena, x->judge, x->who, x->args, s, x->now_ms, p) : rc;
}

static enum rc approve_prepare(struct view_ctx *v, void **r, struct rows *issues, struct problem *p) { return prepare_with(judge_approve, v, r, issues, p); }
static enum rc refuse_prepare(struct view_ctx *v, void **r, struct rows *issues, struct problem *p) { return prepare_with(judge_refuse, v, r, issues, p); }
static enum rc cancel_prepare(struct view_ctx *v, void **r, struct rows *issues, struct problem *p) { return prepare_with(judge_cancel, v, r, issues, p); }
static enum rc take_prepare(struct view_ctx *v, void **r, struct rows *issues, struct problem *p) { return prepare_with(judge_take, v, r, issues, p); }
static enum rc fetch_prepare(struct view_ctx *v, void **r, struct rows *issues, struct problem *p) { return prepare_with(judge_fetch, v, r, issues, p); }

/* Above EXPORT_COOL patients the house's officers are told, each on every screen until it was read: four hours are theirs to cancel it. The direction has no account of its own. */
#define OFFICERS 200
static enum rc tell_officers(struct act_ctx *x, int64_t no, struct problem *p)
{
	uint32_t at[OFFICERS];
	char text[24];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_OFFICERS);
	size_t n = 0;
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, x->now_ms);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < OFFICERS)
		at[n++] = (uint32_t)db_i64(s, 0);
	db_reset(s);
	buf_i64(&b, no);
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = notice_add(x->db, at[i], NOTICE_EXPORT, x->who->account, buf_view(&b), x->now_ms, p);
	return rc;
}

/* "export_approve": no, hash (as shown), code → set "export": no. The last approval that is needed sets when it may be taken. */
static enum rc approve_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct step s;
	enum rc rc = again(judge_approve, x, &s, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *q = db_stmt(x->db, ST_HOSPITAL_EXPORT_APPROVE);
	db_bind_i64(q, 1, s.t.no);
	db_bind_i64(q, 2, x->who->account);
	db_bind_str(q, 3, str_of(role_code(x->who->role)));
	db_bind_str(q, 4, x->who->unit.n ? x->who->unit : STR(""));
	db_bind_i64(q, 5, x->now_ms);
	db_bind_blob(q, 6, (struct str){ (const char *)s.t.hash, SHA_LEN });
	rc = db_run(q, p);
	if (rc == RC_OK && s.k.n + 1 >= export_needs(&s.t)) {
		q = db_stmt(x->db, ST_HOSPITAL_EXPORT_READY);
		db_bind_i64(q, 1, s.t.no);
		db_bind_i64(q, 2, x->now_ms + (s.t.patients > EXPORT_COOL ? EXPORT_COOL_MS : 0));
		rc = db_run(q, p);
		if (rc == RC_OK && s.t.patients > EXPORT_COOL)
			rc = tell_officers(x, s.t.no, p);
	}
	if (rc == RC_OK)
		answer(out, s.t.no);
	return rc;
}

static enum rc end(struct act_ctx *x, judged *judge, const char *what, struct rows *out, struct problem *p)
{
	struct step s;
	enum rc rc = again(judge, x, &s, p);
	if (rc == RC_OK)
		rc = export_over(x->db, s.t.no, what, x->now_ms, x->who->account, p);
	if (rc == RC_OK)
		answer(out, s.t.no);
	return rc;
}

/* "export_refuse": no. → set "export": no. */
static enum rc refuse_run(struct act_ctx *x, struct rows *out, struct problem *p) { return end(x, judge_refuse, "refused", out, p); }

/* "export_cancel": no. While it runs: what was sealed so far is thrown away. Once it is sealed: its files are erased here. → set "export": no. */
static enum rc cancel_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct step s;
	enum rc rc = again(judge_cancel, x, &s, p);
	if (rc != RC_OK || !s.t.ended_ms)
		return rc == RC_OK ? end(x, judge_cancel, "cancelled", out, p) : rc;
	struct db_stmt *q = db_stmt(x->db, ST_HOSPITAL_EXPORT_GONE);
	db_bind_i64(q, 1, s.t.no);
	db_bind_i64(q, 2, x->now_ms);
	if ((rc = db_run(q, p)) == RC_OK)
		answer(out, s.t.no);
	return rc;
}

static enum rc set_time(struct act_ctx *x, judged *judge, enum stmt which, struct rows *out, struct problem *p)
{
	struct step s;
	enum rc rc = again(judge, x, &s, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *q = db_stmt(x->db, which);
	db_bind_i64(q, 1, s.t.no);
	db_bind_i64(q, 2, x->now_ms);
	if ((rc = db_run(q, p)) == RC_OK)
		answer(out, s.t.no);
	return rc;
}

/* "export_take": no, code: from then on the gate seals line after line. "export_fetch": no: its file is asked for beside it. → set "export": no. */
static enum rc take_run(struct act_ctx *x, struct rows *out, struct problem *p) { return set_time(x, judge_take, ST_HOSPITAL_EXPORT_START, out, p); }
static enum rc fetch_run(struct act_ctx *x, struct rows *out, struct problem *p) { return set_time(x, judge_fetch, ST_HOSPITAL_EXPORT_FETCHED, out, p); }

/* The newest ticket of this group that names this machine and was not taken yet; none: what to do is said. */
static enum rc ticket_of(struct db_conn *c, const struct actor *who, const struct args *args, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_GROUP);
	bool row = false;
	db_bind_str(s, 1, args_get(args, "group"));
	db_bind_i64(s, 2, who->account);
	enum rc rc = who->machine && args_get(args, "group").n ? db_step(s, &row, p) : RC_OK;
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc != RC_OK || *no_r ? rc : problem_set(p, RC_DENIED, WHY_EXPORT_NO_TICKET, "", "no ticket for this group");
}

static enum rc judge_start(struct db_conn *c, struct arena *a, const struct judge *j, const struct actor *who, const struct args *args, int64_t now_ms, struct step *s, struct problem *p)
{
	struct str types = args_get(args, "types");
	int64_t no;
	enum rc rc = who->machine && !args_get(args, "later").n ? problem_set(p, RC_BAD_INPUT, WHY_BULK_LATER, "Prefer", "an answer at once") : ticket_of(c, who, args, &no, p);
	if (rc == RC_OK)
		rc = step_find(c, a, no, now_ms, s, p);
	if (rc == RC_OK && types.n && !str_is(types, s->t.types))
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_type", "not the types of the ticket");
	return rc == RC_OK ? judge_take(c, a, j, who, args, s, now_ms, p) : rc;
}

static enum rc start_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct step s;
	struct act_note *k = ARENA_NEW(v->arena, struct act_note);
	MUST(v->judge);
	enum rc rc = k ? judge_start(v->db, v->arena, v->judge, v->who, v->args, v->now_ms, &s, p) : arena_rc(v->arena, p);
	if (rc == RC_OK)
		note(k, &s.t);
	*prepared_r = k;
	return told(issues, rc, p);
}

/* "export_start": group, types, later (no answer at once is waited for): a machine takes the export of a group that was approved for it; two people gave their proof already → set "export": no. */
static enum rc start_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct step s;
	enum rc rc = judge_start(x->db, x->arena, x->judge, x->who, x->args, x->now_ms, &s, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *q = db_stmt(x->db, ST_HOSPITAL_EXPORT_START);
	db_bind_i64(q, 1, s.t.no);
	db_bind_i64(q, 2, x->now_ms);
	if ((rc = db_run(q, p)) == RC_OK)
		answer(out, s.t.no);
	return rc;
}

#define NO { .name = "no", .label = "Export", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }
#define CODE { .name = "code", .label = "Code of your second factor", .kind = FIELD_TOKEN, .max = 16, .required = true }
#define COHORT_FIELD { .name = "cohort", .label = "Cohort", .kind = FIELD_TEXT, .min = 3, .max = COHORT, .required = true }
static const struct field COUNT_FIELDS[] = { COHORT_FIELD, FIELDS_END };
static const struct field ASK_FIELDS[] = {
	{ .name = "purpose", .label = "Purpose", .kind = FIELD_LINES, .min = 10, .max = PURPOSE, .required = true },
	{ .name = "kind", .label = "What", .kind = FIELD_CODE, .required = true, .choices = export_kinds },
	{ .name = "types", .label = "Resource types", .kind = FIELD_TEXT, .max = EXPORT_TYPES },
	COHORT_FIELD,
	{ .name = "recipient", .label = "Public key of the recipient", .kind = FIELD_TOKEN, .min = 10, .max = 100, .required = true },
	{ .name = "hours", .label = "Valid for (hours)", .kind = FIELD_INT, .min = 1, .max = 24, .required = true },
	{ .name = "count", .label = "Patients", .kind = FIELD_INT, .min = 0, .max = EXPORT_MOST, .required = true },
	{ .name = "machine", .label = "Machine account", .kind = FIELD_TOKEN, .max = 64 },
	CODE, FIELDS_END,
};
static const struct field APPROVE_FIELDS[] = { NO, { .name = "hash", .label = "Hash", .kind = FIELD_TOKEN, .min = 64, .max = 64, .required = true }, CODE, FIELDS_END };
static const struct field NO_FIELDS[] = { NO, FIELDS_END };
static const struct field START_FIELDS[] = { { .name = "group", .label = "Group", .kind = FIELD_ID }, { .name = "types", .label = "Resource types", .kind = FIELD_TEXT, .max = EXPORT_TYPES },
	{ .name = "later", .label = "Later", .kind = FIELD_FLAG }, FIELDS_END };
static const struct field TAKE_FIELDS[] = { NO, CODE, FIELDS_END };

const struct act export_acts[] = {
	{ .name = "export_count",   .may = MAY_EXPORT_ASK,                      .reveals = REVEALS_META,    .fields = COUNT_FIELDS, .slow = true, .prepare = count_prepare, .run = count_run },
	{ .name = "export_ask",     .may = MAY_EXPORT_ASK,                      .reveals = REVEALS_NOTHING, .notes = true, .fields = ASK_FIELDS, .fresh = true, .key = true, .slow = true, .prepare = ask_prepare, .run = ask_run },
	{ .name = "export_approve", .may = MAY_EXPORT_APPROVE,                  .reveals = REVEALS_NOTHING, .notes = true, .fields = APPROVE_FIELDS, .fresh = true, .key = true, .prepare = approve_prepare, .run = approve_run },
	{ .name = "export_refuse",  .may = MAY_EXPORT_APPROVE,                  .reveals = REVEALS_NOTHING, .notes = true, .fields = NO_FIELDS, .prepare = refuse_prepare, .run = refuse_run },
	{ .name = "export_cancel",  .may = MAY_EXPORT_ASK | MAY_EXPORT_APPROVE | MAY_API_READ, .reveals = REVEALS_NOTHING, .notes = true, .fields = NO_FIELDS, .prepare = cancel_prepare, .run = cancel_run },
	{ .name = "export_take",    .may = MAY_EXPORT_ASK,                      .reveals = REVEALS_NOTHING, .notes = true, .fields = TAKE_FIELDS, .fresh = true, .prepare = take_prepare, .run = take_run },
	{ .name = "export_start",   .may = MAY_API_READ | MAY_SIGNED_IN,        .reveals = REVEALS_NOTHING, .notes = true, .fields = START_FIELDS, .prepare = start_prepare, .run = start_run },
	{ .name = "export_fetch",   .may = MAY_EXPORT_ASK | MAY_API_READ,       .reveals = REVEALS_NOTHING, .notes = true, .fields = NO_FIELDS, .prepare = fetch_prepare, .run = fetch_run },
	{ .name = NULL },
};
