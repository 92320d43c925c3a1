/* SPDX-License-Identifier: Apache-2.0 */
/* gate/prove.c: see prove.h. Must never say why a code is refused, nor take a factor of another account than the session's own. */
#include "gate/prove.h"

#include "base/log.h"
#include "gate/order.h"
#include "gate/throttle.h"

/* The failure is recorded and counted; the third is the last. */
static enum rc failed(struct look *l, enum why why, struct problem *p)
{
	struct gate *g = l->d->g;
	struct ledger_entry e = decide_entry(l, LEDGER_SESSION), over;
	e.rc = RC_DENIED;
	e.why = (uint16_t)why;
	e.note = STR(BUDGET_UNPROVED_NOTE);
	order_lock(g);
	enum rc rc = order_append_locked(g, &e, l->seat->actor.role, p);
	bool last = rc == RC_OK && budget_standing(order_budget(g), e.account, order_now(g)).wrong >= LADDER_WRONG;
	order_unlock(g);
	if (rc != RC_OK)
		return rc;
	l->t->number = e.number;
	if (!last)
		return problem_set(p, RC_BAD_INPUT, why, "code", "account %u", e.account);
	sessions_end_account(g->sessions, e.account);
	over = decide_entry(l, LEDGER_SESSION);
	over.note = STR("over");
	rc = order_append(g, &over, l->seat->actor.role, p);
	if (rc != RC_OK)
		return rc;
	l->t->number = over.number;
	return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "account %u: %d proofs were wrong", e.account, LADDER_WRONG);
}

/* Refused and no guess: recorded, and the sessions stay. What seems to be copied was recorded with its own note. */
static enum rc not_now(struct look *l, const struct touched *t, struct problem *p)
{
	struct ledger_entry e = decide_entry(l, LEDGER_SESSION);
	e.rc = RC_DENIED;
	e.why = WHY_PASSKEY_REFUSED;
	e.note = STR("key_late");
	enum rc rc = t->copied ? RC_OK : order_append(l->d->g, &e, l->seat->actor.role, p);
	if (rc != RC_OK)
		return rc;
	if (!t->copied)
		l->t->number = e.number;
	return problem_set(p, RC_BAD_INPUT, WHY_PASSKEY_REFUSED, "code", "account %u", l->seat->actor.account);
}

static enum rc by_key(struct look *l, enum challenge_for what, struct str passkey, struct proof *proof_r, struct problem *p)
{
	struct touched t;
	enum rc rc = touch_check(l, what, l->seat->actor.account, passkey, &t, p);
	if (rc == RC_DENIED)
		return t.late || t.copied ? not_now(l, &t, p) : failed(l, WHY_PASSKEY_REFUSED, p);
	*proof_r = (struct proof){ .key = t.key.no, .used = t.used };
	return rc;
}

static enum rc by_code(struct look *l, struct str code, struct proof *proof_r, struct problem *p)
{
	*proof_r = (struct proof){ 0 };
	if (l->seat->rules.at[RULE_KEY_ONLY])
		return problem_set(p, RC_BAD_INPUT, WHY_KEY_ONLY, "code", "account %u: codes are closed", l->seat->actor.account);
	enum rc rc = code.n > 64 ? problem_set(p, RC_DENIED, WHY_CODE_WRONG, "code", "%zu bytes", code.n)
		: factor_check_totp(l->d->db, l->seat->actor.account, code, l->d->now_ms, &proof_r->factor, &proof_r->step, p);
	return rc == RC_DENIED ? failed(l, WHY_CODE_WRONG, p) : rc;
}

static bool is_beside(const struct actor *who, const struct account *other, int64_t now_ms)
{
	bool open = account_is_open(other, now_ms) && (gate_role_may(other->role) & MAY_BREAK_GLASS) && other->no != who->account, same = false;
	for (unsigned i = 0; i < other->n_units; i++)
		same |= str_is(other->units[i], who->unit);
	return open && same && who->unit.n > 0;
}

/* The code of a login. RC_DENIED: not hers, or she may not sign here; the same work is done for an unknown one. */
static enum rc colleague_code(struct look *l, struct str login, struct str code, uint32_t *account_r, struct proof *proof_r, struct problem *p)
{
	struct account other = { .no = 0 };
	struct rules rules = rules_native;
	enum rc rc = account_by_login(l->d->db, login, &l->d->arena, &other, p);
	bool beside = rc == RC_OK && is_beside(&l->seat->actor, &other, l->d->now_ms);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	if (beside && (rc = rules_of(l->d->db, &other, &l->d->arena, &rules, p)) != RC_OK)
		return rc;
	beside = beside && !rules.at[RULE_KEY_ONLY];
	*account_r = other.no;
	return factor_check_totp(l->d->db, beside ? other.no : 0, code, l->d->now_ms, &proof_r->factor, &proof_r->step, p);
}

static enum rc colleague_key(struct look *l, struct str passkey, uint32_t *account_r, struct proof *proof_r, struct problem *p)
{
	struct account other = { .no = 0 };
	struct touched t;
	enum rc rc = touch_check(l, CHALLENGE_COSIGN, 0, passkey, &t, p);
	if (rc != RC_OK)
		return rc;
	rc = account_by_no(l->d->db, t.account, &l->d->arena, &other, p);
	if (rc == RC_OK && !is_beside(&l->seat->actor, &other, l->d->now_ms))
		rc = RC_DENIED;
	*account_r = other.no;
	*proof_r = (struct proof){ .key = t.key.no, .used = t.used };
	return rc == RC_NOT_FOUND ? RC_DENIED : rc;
}

enum rc prove_colleague(struct look *l, const struct colleague *who, uint32_t *account_r, struct proof *proof_r, struct problem *p)
{
	struct gate *g = l->d->g;
	struct ledger_entry e = decide_entry(l, LEDGER_SESSION);
	struct str login = str_trim(who->login), code = str_trim(who->code);
	uint32_t account = 0;
	if (who->passkey.n == 0 && (login.n == 0 || code.n == 0))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, login.n ? "colleague_code" : "colleague", "no colleague");
	if (login.n > 128 || code.n > 64 || !throttle_try(g->throttle, prove_who(login, who->passkey), l->t->call.from, l->d->now_ms))
		return problem_set(p, RC_LIMIT, WHY_THROTTLED, "colleague_code", "a colleague's proof");
	*proof_r = (struct proof){ 0 };
	enum rc rc = who->passkey.n ? colleague_key(l, who->passkey, &account, proof_r, p) : colleague_code(l, login, code, &account, proof_r, p);
	if (rc == RC_OK)
		*account_r = account;
	if (rc != RC_DENIED)
		return rc;
	e.rc = RC_DENIED;
	e.why = who->passkey.n ? WHY_PASSKEY_REFUSED : WHY_CODE_WRONG;
	e.note = who->passkey.n ? STR("cosign_refused_key") : STR("cosign_refused");
	if ((rc = order_append(g, &e, l->seat->actor.role, p)) != RC_OK)
		return rc;
	l->t->number = e.number;
	return problem_set(p, RC_BAD_INPUT, WHY_COLLEAGUE, "colleague_code", "no colleague of the unit, or another proof");
}

enum rc prove_shown(struct look *l, enum challenge_for what, struct str code, struct str passkey, struct proof *proof_r, struct problem *p)
{
	code = str_trim(code);
	if (code.n == 0 && passkey.n == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "code", "no code");
	if (!throttle_try(l->d->g->throttle, prove_who(l->seat->actor.login, passkey), l->t->call.from, l->d->now_ms))
		return problem_set(p, RC_LIMIT, WHY_THROTTLED, "code", "account %u", l->seat->actor.account);
	return passkey.n ? by_key(l, what, passkey, proof_r, p) : by_code(l, code, proof_r, p);
}

enum rc prove_spend(struct db_conn *c, const struct proof *proof, int64_t now_ms, struct problem *p)
{
	return proof->key ? keyring_used(c, proof->key, &proof->used, now_ms, p) : factor_used(c, proof->factor, proof->step, p);
}

struct str prove_who(struct str login, struct str passkey)
{
	struct str id = passkey.n ? touch_id(passkey) : STR_NONE;
	return id.n ? id : login;
}

void prove_good(struct gate *g, struct str login, struct str passkey, struct str from)
{
	throttle_good(g->throttle, prove_who(login, passkey), from);
	if (passkey.n)
		throttle_good(g->throttle, login, STR("")); /* a touch clears what was guessed at the code */
}
