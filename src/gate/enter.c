/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/enter.c: see enter.h. Signing in costs the same and answers the same for an unknown login, a disabled account, a wrong password and a wrong code:
 * always one Argon2id and one look for factors; and for an unknown passkey, one that was revoked, a wrong signature and a disabled account: always one signature
 * verified. A success is in the ledger before the session exists in the database; what takes rights away (sign_out,
 * lock) acts in memory at once. Demo mode is no exception to any of it. Start at ENTER and enter_start.
 */
#include "gate/enter.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "codec/base64.h"
#include "codec/sha.h"
#include "gate/arrive.h"
#include "gate/keep.h"
#include "gate/order.h"
#include "gate/pool.h"
#include "gate/prove.h"
#include "gate/throttle.h"
#include "gate/worker.h"
#include "hospital/password.h"
#include "hospital/recovery.h"
#include "record/keys.h"

/* Argon2id with the parameters of hospital's password_hash, over a random salt: no password makes it. */
static const char NOBODY[] = "$argon2id$v=19$m=65536,t=2,p=1$0Q0aIuFMKO7jZ9vuKsDIjg$ACp56ex2+CN67X5Gu+osT1zdF3XB964WD3fHr7UN73Q";

enum enter { ENTER_SIGN_IN, ENTER_SIGN_OUT, ENTER_LOCK, ENTER_UNLOCK, ENTER_UNIT, ENTER_PROVE, ENTER_KEY_ASK, ENTER_KEY_ADD, ENTER_ACTIVATE };
static const struct { const char *name; uint32_t may; bool while_locked, slow; } ENTER[] = {
	[ENTER_SIGN_IN]  = { "sign_in",      MAY_ANYONE,    false, true },
	[ENTER_SIGN_OUT] = { "sign_out",     MAY_SIGNED_IN, true,  false },
	[ENTER_LOCK]     = { "lock",         MAY_SIGNED_IN, false, false },
	[ENTER_UNLOCK]   = { "unlock",       MAY_SIGNED_IN, true,  true },
	[ENTER_UNIT]     = { "declare_unit", MAY_SIGNED_IN, false, false },
	[ENTER_PROVE]    = { "prove",        MAY_SIGNED_IN, false, false },
	[ENTER_KEY_ASK]  = { "passkey_ask",  MAY_ANYONE,    true,  false },
	[ENTER_KEY_ADD]  = { "passkey_add",  MAY_SIGNED_IN, false, false },
	[ENTER_ACTIVATE] = { "activate",     MAY_ANYONE,    false, false },
};
#define ENTERS (sizeof ENTER / sizeof *ENTER)

static int which(struct str act)
{
	for (size_t i = 0; i < ENTERS; i++)
		if (str_eq(act, ENTER[i].name))
			return (int)i;
	return -1;
}

bool enter_is(struct str act) { return which(act) >= 0; }

bool enter_while_locked(struct str act)
{
	int i = which(act);
	return i >= 0 && ENTER[i].while_locked;
}

bool enter_for_anyone(struct str act)
{
	int i = which(act);
	return i >= 0 && (ENTER[i].may & MAY_ANYONE);
}

size_t enter_rows(struct gate_row *out, size_t max)
{
	size_t n = 0;
	for (; n < ENTERS && n < max; n++)
		out[n] = (struct gate_row){ "act", ENTER[n].name, ENTER[n].may, REVEALS_NOTHING };
	return n;
}

/* ---- what is under way ---- */

struct entering {
	struct db_job job;                 /* first */
	struct gate *g;
	struct task *t;
	enum enter what;
	struct seat *seat;                 /* counted: the session's new seat, or the one that leaves */
	unsigned char hash[HASH_BYTES];    /* of the new token */
	char token[TOKEN_TEXT + 1];
	int64_t now_ms;
	struct proof proof;                /* the code or passkey that was shown, to be spent */
	struct passkey key; struct str label; /* ENTER_KEY_ADD: points to made, and into the call */
	char made[PASSKEY_ID_MAX + PASSKEY_KEY_MAX + KEYRING_USER];
	struct str passkey, agent, kept;   /* as they came: live with the call */
	int64_t recovery;                  /* ENTER_ACTIVATE */
	bool elsewhere;                    /* the account was at work in another place */
	struct proof_given given;          /* ENTER_PROVE: what it is for; its strings live with the call, the seat, and here: */
	char sealed[PROOF_TEXT + SEAL_MORE];
	struct ledger_entry entry;         /* its strings live with the call and the seat */
};

static void entering_free(struct entering *e)
{
	seat_drop(&e->seat);
	wipe(e, sizeof *e);
	free(e);
}

static enum rc sealed_address(const struct entering *e, struct db_conn *c, struct buf *out, struct problem *p)
{
	return keys_seal(c, 0, (struct keys_bound){ SEALS_ADDRESS, (int64_t)e->seat->session, 0 }, e->t->call.from, out, p);
}

static enum rc add_in_table(const struct entering *e, struct db_conn *c, struct problem *p)
{
	struct buf address;
	buf_init(&address, 1024);
	enum rc rc = sealed_address(e, c, &address, p);
	struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_ADD);
	db_bind_blob(s, 1, (struct str){ (const char *)e->hash, HASH_BYTES });
	db_bind_i64(s, 2, (int64_t)e->seat->session);
	db_bind_i64(s, 3, e->seat->actor.account);
	db_bind_str(s, 4, e->seat->actor.unit.p ? e->seat->actor.unit : STR(""));
	db_bind_blob(s, 5, buf_view(&address));
	db_bind_i64(s, 6, e->now_ms);
	db_bind_i64(s, 7, e->now_ms);
	db_bind_i64(s, 8, e->seat->actor.factor);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&address);
	return rc;
}

/* Where it was unlocked is where it is at work from then on. */
static enum rc turn_in_table(const struct entering *e, struct db_conn *c, struct problem *p)
{
	struct buf address;
	bool known = e->t->call.from.n > 0;
	buf_init(&address, 1024);
	enum rc rc = known ? sealed_address(e, c, &address, p) : RC_OK;
	struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_TURN);
	db_bind_i64(s, 1, (int64_t)e->seat->session);
	db_bind_blob(s, 2, (struct str){ (const char *)e->hash, HASH_BYTES });
	db_bind_str(s, 3, e->seat->actor.unit.p ? e->seat->actor.unit : STR(""));
	db_bind_i64(s, 4, e->now_ms);
	db_bind_i64(s, 5, e->seat->actor.factor);
	db_bind_blob(s, 6, known ? buf_view(&address) : STR_NONE);
	if (rc == RC_OK)
		rc = db_run(s, p);
	else
		db_reset(s);
	buf_done(&address);
	return rc;
}

static enum rc in_table(struct entering *e, struct db_conn *c, struct problem *p)
{
	switch (e->what) {
	case ENTER_SIGN_IN:
	case ENTER_ACTIVATE: return add_in_table(e, c, p);
	case ENTER_UNLOCK:
	case ENTER_PROVE:
	case ENTER_UNIT: return turn_in_table(e, c, p);
	case ENTER_KEY_ASK: return RC_OK;
	case ENTER_KEY_ADD:
		if (e->seat->actor.factor != FACTOR_ACTIVATION)
			return RC_OK;
		break; /* it was for this one key */
	case ENTER_LOCK:
	case ENTER_SIGN_OUT: break;
	}
	struct db_stmt *s = db_stmt(c, e->what == ENTER_LOCK ? ST_GATE_SESSION_LOCK : ST_GATE_SESSION_DEL);
	db_bind_i64(s, 1, (int64_t)e->seat->session);
	return db_run(s, p);
}

static bool spends(const struct entering *e) { return e->what == ENTER_SIGN_IN || e->what == ENTER_UNLOCK || e->what == ENTER_PROVE || e->what == ENTER_KEY_ASK; }
static bool is_about_keys(const struct entering *e) { return e->what == ENTER_KEY_ASK || e->what == ENTER_KEY_ADD; }
static bool leaves(const struct entering *e) { return e->what == ENTER_SIGN_OUT || e->what == ENTER_LOCK; }

static enum rc run_on_writer(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct entering *e = (struct entering *)(void *)job;
	enum rc rc = RC_OK;
	(void)txn;
	if (spends(e))
		rc = prove_spend(c, &e->proof, e->now_ms, p); /* the same code or touch twice at once: the second is refused here */
	if (e->what == ENTER_ACTIVATE)
		rc = recovery_spend(c, e->recovery, e->seat->actor.account, e->now_ms, p);
	if (rc == RC_OK && e->what == ENTER_KEY_ADD)
		rc = keyring_add(c, e->seat->actor.account, &e->key, e->label, e->now_ms, p);
	if (rc == RC_OK && e->what == ENTER_PROVE)
		rc = proof_add(c, &e->given, p);
	if (rc == RC_OK && e->what == ENTER_UNIT)
		rc = account_unit_remember(c, e->seat->actor.account, e->seat->actor.unit, p);
	if (rc == RC_OK && e->what == ENTER_SIGN_IN)
		rc = arrive(c, e->seat, e->t->call.from, e->agent, e->now_ms, &e->elsewhere, p);
	return rc == RC_OK ? in_table(e, c, p) : rc;
}

static void put_session(struct entering *e)
{
	struct release *r = e->t->call.release;
	struct rows *rows = release_open(r);
	r->secret = true;
	unsigned char csrf[HASH_BYTES];
	struct buf b;
	sha_two(csrf, "csrf", 4, e->token, TOKEN_TEXT);
	buf_init(&b, 64);
	base64url_put(&b, (struct str){ (const char *)csrf, sizeof csrf });
	rows_set(rows, "session");
	rows_row(rows);
	rows_col(rows, "token", (struct str){ e->token, TOKEN_TEXT });
	rows_col(rows, "csrf_seed", buf_view(&b));
	rows_col(rows, "role", str_of(role_code(e->seat->actor.role)));
	rows_col(rows, "login", e->seat->actor.login);
	rows_col(rows, "name", e->seat->actor.name);
	rows_col(rows, "needs", STR(""));
	rows_end(rows);
	buf_done_wiped(&b);
}

/* In memory, once it is in the database. */
static bool take_effect(struct entering *e)
{
	struct sessions *s = e->g->sessions;
	if (e->what == ENTER_KEY_ADD && e->seat->actor.factor == FACTOR_ACTIVATION)
		sessions_end(s, e->seat->session);
	if (leaves(e) || is_about_keys(e))
		return true; /* done before, or the session stays what it is */
	atomic_fetch_add(&e->seat->refs, 1);
	if (e->what == ENTER_SIGN_IN || e->what == ENTER_ACTIVATE)
		return sessions_add(s, &(struct session_new){ .hash = e->hash, .seat = e->seat, .from = e->t->call.from, .started_ms = e->now_ms, .seen_ms = e->now_ms });
	return sessions_turn(s, e->seat->session, e->hash, e->seat, e->t->call.from, e->now_ms);
}

static void show_who(struct entering *e)
{
	struct look l = { .t = e->t, .r = e->t->call.release, .seat = e->seat, .may = gate_role_may(e->seat->actor.role) };
	bool gone = e->what == ENTER_SIGN_OUT;
	if (gone)
		l.r->who = (struct release_who){ .role = ROLE_NONE };
	else
		decide_fill_who(&l);
	l.r->who.locked = e->what == ENTER_LOCK;
	l.r->may = gone ? 0 : l.may;
}

static void failed(struct entering *e, const struct problem *p)
{
	struct ledger_entry again = e->entry;
	struct problem told = *p, none;
	again.rc = (unsigned char)p->rc;
	again.why = (uint16_t)p->why;
	again.note = STR("not_done");
	if (order_append(e->g, &again, e->seat->actor.role, &none) == RC_OK)
		e->t->number = again.number;
	else
		told = none;
	if (p->rc == RC_BROKEN)
		log_problem(LOG_ERROR, "enter_failed", p);
	else if (spends(e))
		(void)!problem_set(&told, RC_DENIED, e->proof.key ? WHY_PASSKEY_REFUSED : WHY_SIGN_IN_REFUSED, "", "code or touch used meanwhile");
	release_refuse(e->t->call.release, &told);
}

static void entered(struct db_job *job)
{
	struct entering *e = (struct entering *)(void *)job;
	struct gate *g = e->g;
	struct task *t = e->t;
	struct problem p = job->problem;
	if (job->rc == RC_OK && take_effect(e)) {
		if (e->elsewhere)
			arrive_alarm(g, e->seat, &t->call);
		if (!leaves(e) && !is_about_keys(e))
			put_session(e);
		keep_open(t->call.release, e->seat->actor.account, e->kept, e->now_ms);
		if (spends(e))
			prove_good(g, e->seat->actor.login, e->passkey, t->call.from);
		show_who(e);
		t->call.release->rc = RC_OK;
	} else {
		if (job->rc == RC_OK)
			(void)!problem_set(&p, RC_STEP_UP, WHY_SIGN_IN, "", "the session ended meanwhile");
		failed(e, &p);
	}
	entering_free(e);
	worker_told(g, t);
	atomic_fetch_sub(&g->acts_under_way, 1);
}

/* The entry first, then the writer: nobody comes in whom the ledger does not know. */
static enum fate go(struct look *l, struct entering *e, struct str note)
{
	struct problem p;
	e->entry = decide_entry(l, LEDGER_SESSION);
	e->entry.account = e->seat->actor.account;
	e->entry.session = e->seat->session;
	e->entry.unit = e->seat->actor.unit;
	e->entry.note = note;
	e->entry.text = e->given.sealed;
	if (order_append(l->d->g, &e->entry, e->seat->actor.role, &p) != RC_OK) {
		entering_free(e);
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	l->t->number = e->entry.number;
	e->job = (struct db_job){ .run = run_on_writer, .done = entered, .needs = e->entry.number };
	atomic_fetch_add(&l->d->g->acts_under_way, 1);
	db_submit(l->d->g->db, &e->job);
	return FATE_TAKEN;
}

static struct entering *begin(struct look *l, enum enter what)
{
	struct entering *e = calloc(1, sizeof *e);
	if (!e)
		return NULL;
	e->g = l->d->g;
	e->t = l->t;
	e->what = what;
	e->now_ms = l->d->now_ms;
	if (what == ENTER_SIGN_IN || what == ENTER_UNLOCK)
		e->kept = decide_arg(&l->asks.at[0], "kept");
	session_token(e->token);
	session_hash((struct str){ e->token, TOKEN_TEXT }, e->hash);
	return e;
}

/* ---- refusals ---- */

static enum fate refuse(struct look *l, uint32_t account, enum rc rc, enum why why, struct str note)
{
	struct problem p, failed_p;
	struct ledger_entry e = decide_entry(l, LEDGER_SESSION);
	(void)!problem_set(&p, rc, why, "", "enter refused");
	if (why == WHY_THROTTLED && !throttle_note(l->d->g->throttle, l->d->now_ms, &e.rows)) {
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	e.account = account;
	e.rc = (unsigned char)rc;
	e.why = (uint16_t)why;
	e.note = note;
	if (order_append(l->d->g, &e, ROLE_NONE, &failed_p) == RC_OK)
		l->t->number = e.number;
	else
		p = failed_p;
	release_refuse(l->r, &p);
	return FATE_READY;
}

static void put_finding(struct look *l, const struct problem *p)
{
	struct rows *rows = release_open(l->r);
	rows_set(rows, "issues");
	rows_row(rows);
	rows_col(rows, "why", str_of(why_row(p->why)->name));
	rows_col(rows, "where", str_of(p->where));
	rows_end(rows);
	l->r->act_rc = p->rc;
}

static enum fate plain(struct look *l, enum rc rc, enum why why, const char *where)
{
	struct problem p;
	(void)!problem_set(&p, rc, why, where, "enter");
	release_refuse(l->r, &p);
	if (rc == RC_BAD_INPUT)
		put_finding(l, &p);
	return FATE_READY;
}

/* Refused for what was typed: the form is drawn again, with what it asks to be drawn with. */
static enum fate again(struct look *l, enum rc rc, enum why why, const char *where)
{
	struct problem p;
	if (l->asks.n == 1 || rc != RC_BAD_INPUT)
		return plain(l, rc, why, where);
	(void)!problem_set(&p, rc, why, where, "enter");
	put_finding(l, &p);
	l->r->problem = p;
	return FATE_READS;
}

/* ---- proof of identity ---- */

/* Always the same work: the account's hash or nobody's, its factors or none. good_r only if all is right. */
static enum rc prove(struct look *l, const struct account *acc, bool known, struct str password, struct str code, struct entering *e, bool *good_r, struct problem *p)
{
	struct desk *d = l->d;
	char hash[sizeof NOBODY + 64];
	bool usable = known && acc->password.n > 0 && acc->password.n < sizeof hash;
	memcpy(hash, usable ? acc->password.p : NOBODY, usable ? acc->password.n : sizeof NOBODY - 1);
	struct str stored = { hash, usable ? acc->password.n : sizeof NOBODY - 1 };
	desk_end(d); /* no snapshot is held while a tenth of a second passes */
	bool password_good = password_is(stored, password);
	wipe(hash, sizeof hash);
	enum rc rc = desk_begin(d, p);
	if (rc != RC_OK)
		return rc;
	rc = factor_check_totp(d->db, usable ? acc->no : 0, code, d->now_ms, &e->proof.factor, &e->proof.step, p);
	if (rc == RC_BROKEN)
		return rc;
	bool open = known && account_is_open(acc, d->now_ms);
	*good_r = (unsigned)password_good & (unsigned)(rc == RC_OK) & (unsigned)usable & (unsigned)open;
	return RC_OK;
}

static bool too_long(struct str password, struct str code)
{
	return password.n > 1024 || code.n > 64;
}

/*
 * A passkey alone: it is held, and its PIN or finger is the second factor. Signing in, the key says whose it is; a session is unlocked by a key of its own person. good_r
 * only if all is right; what is refused is refused alike, an account that is closed after the same work.
 */
static enum rc prove_key(struct look *l, struct str passkey, struct entering *e, struct account *acc, bool *good_r, struct problem *p)
{
	struct touched t;
	bool unlocks = e->what == ENTER_UNLOCK;
	enum rc rc = touch_check(l, unlocks ? CHALLENGE_UNLOCK : CHALLENGE_SIGN_IN, unlocks ? l->seat->actor.account : 0, passkey, &t, p);
	bool touched = rc == RC_OK;
	acc->no = t.account;
	if (rc != RC_OK && rc != RC_DENIED)
		return rc;
	rc = account_by_no(l->d->db, t.account, &l->d->arena, acc, p);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	*good_r = touched && rc == RC_OK && account_is_open(acc, l->d->now_ms);
	e->proof = (struct proof){ .key = t.key.no, .used = t.used };
	e->passkey = passkey;
	return RC_OK;
}

/* The session is as strong as what was shown for it last. */
static void take_seat(const struct look *l, struct entering *e, enum factor factor)
{
	e->seat->epoch = l->d->epoch;
	e->seat->actor.factor = factor;
}

/* Refused once the answer was judged, or broken meanwhile. */
static enum fate not_let_in(struct look *l, struct entering *e, uint32_t account, enum rc rc, const struct problem *p, enum why why, struct str note)
{
	entering_free(e);
	if (rc == RC_OK)
		return refuse(l, account, RC_DENIED, why, note);
	release_refuse(l->r, p);
	return FATE_READY;
}

static enum fate sign_in_by_key(struct look *l, struct str passkey, struct str agent)
{
	struct account acc = { .no = 0 };
	struct problem p;
	bool good = false;
	if (!throttle_try(l->d->g->throttle, prove_who(STR(""), passkey), l->t->call.from, l->d->now_ms))
		return refuse(l, 0, RC_LIMIT, WHY_THROTTLED, STR("throttled"));
	struct entering *e = begin(l, ENTER_SIGN_IN);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	enum rc rc = prove_key(l, passkey, e, &acc, &good, &p);
	if (rc == RC_OK && good)
		rc = seat_new(l->d->db, &acc, STR_NONE, session_number(), &l->d->arena, &e->seat, &p);
	if (rc != RC_OK || !good)
		return not_let_in(l, e, acc.no, rc, &p, WHY_PASSKEY_REFUSED, STR("refused_key"));
	if (account_is_asleep(&acc, &e->seat->rules, l->d->now_ms))
		return not_let_in(l, e, acc.no, RC_OK, &p, WHY_ASLEEP, STR("asleep_key"));
	e->agent = agent;
	take_seat(l, e, FACTOR_KEY);
	return go(l, e, STR(BUDGET_SIGN_IN_KEY_NOTE));
}

static enum fate unlock_by_key(struct look *l, struct str passkey)
{
	struct account acc = { .no = 0 };
	struct problem p;
	bool good = false;
	if (!throttle_try(l->d->g->throttle, prove_who(l->seat->actor.login, passkey), l->t->call.from, l->d->now_ms))
		return refuse(l, l->seat->actor.account, RC_LIMIT, WHY_THROTTLED, STR("throttled"));
	struct entering *e = begin(l, ENTER_UNLOCK);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	enum rc rc = prove_key(l, passkey, e, &acc, &good, &p);
	if (rc == RC_OK && good)
		rc = seat_new(l->d->db, &acc, l->seat->actor.unit, l->seat->session, &l->d->arena, &e->seat, &p);
	if (rc != RC_OK || !good)
		return not_let_in(l, e, l->seat->actor.account, rc, &p, WHY_PASSKEY_REFUSED, STR("unlock_refused_key"));
	take_seat(l, e, FACTOR_KEY);
	return go(l, e, STR("unlock_key"));
}

static enum fate sign_in(struct look *l, const struct ask *k)
{
	struct gate *g = l->d->g;
	struct str login = str_trim(decide_arg(k, "login")), password = decide_arg(k, "password"), code = str_trim(decide_arg(k, "code"));
	struct account acc = { .no = 0 };
	struct problem p;
	bool good = false;
	if (login.n == 0 || password.n == 0 || code.n == 0)
		return plain(l, RC_BAD_INPUT, WHY_FIELD_REQUIRED, login.n == 0 ? "login" : password.n == 0 ? "password" : "code");
	if (login.n > 128 || too_long(password, code))
		return plain(l, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, login.n > 128 ? "login" : "password");
	if (!throttle_try(g->throttle, login, l->t->call.from, l->d->now_ms))
		return refuse(l, 0, RC_LIMIT, WHY_THROTTLED, STR("throttled"));
	struct entering *e = begin(l, ENTER_SIGN_IN);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	enum rc rc = account_by_login(l->d->db, login, &l->d->arena, &acc, &p);
	bool known = rc == RC_OK;
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = prove(l, &acc, known, password, code, e, &good, &p);
	if (rc == RC_OK && good)
		rc = seat_new(l->d->db, &acc, STR_NONE, session_number(), &l->d->arena, &e->seat, &p);
	if (rc != RC_OK || !good)
		return not_let_in(l, e, known ? acc.no : 0, rc, &p, WHY_SIGN_IN_REFUSED, STR("refused"));
	if (account_is_asleep(&acc, &e->seat->rules, l->d->now_ms))
		return not_let_in(l, e, acc.no, RC_OK, &p, WHY_ASLEEP, STR("asleep"));
	if (e->seat->rules.at[RULE_KEY_ONLY])
		return not_let_in(l, e, acc.no, RC_OK, &p, WHY_KEY_ONLY, STR("code_closed"));
	e->agent = decide_arg(k, "agent");
	take_seat(l, e, FACTOR_CODE);
	return go(l, e, STR(BUDGET_SIGN_IN_NOTE));
}

/* A one-time code, given by two people: it opens a session that makes a key and does nothing else. */
static enum fate activate(struct look *l, const struct ask *k)
{
	struct str login = str_trim(decide_arg(k, "login")), code = str_trim(decide_arg(k, "activation"));
	struct account acc = { .no = 0 };
	struct problem p;
	int64_t recovery = 0;
	if (login.n == 0 || code.n == 0)
		return plain(l, RC_BAD_INPUT, WHY_FIELD_REQUIRED, login.n == 0 ? "login" : "activation");
	if (login.n > 128 || code.n > 64)
		return plain(l, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, login.n > 128 ? "login" : "activation");
	if (!l->d->g->site)
		return plain(l, RC_NOT_FOUND, WHY_PASSKEY_OFF, "");
	if (!throttle_try(l->d->g->throttle, login, l->t->call.from, l->d->now_ms))
		return refuse(l, 0, RC_LIMIT, WHY_THROTTLED, STR("throttled"));
	enum rc rc = account_by_login(l->d->db, login, &l->d->arena, &acc, &p);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return plain(l, rc, p.why, "");
	bool open = rc == RC_OK && account_is_open(&acc, l->d->now_ms);
	rc = recovery_find(l->d->db, open ? acc.no : 0, code, l->d->now_ms, &recovery, &p);
	if (rc == RC_DENIED)
		return refuse(l, acc.no, RC_DENIED, WHY_SIGN_IN_REFUSED, STR("activate_refused"));
	struct entering *e = rc == RC_OK ? begin(l, ENTER_ACTIVATE) : NULL;
	if (!e)
		return plain(l, rc == RC_OK ? RC_RETRY : rc, rc == RC_OK ? WHY_BUSY : p.why, "");
	rc = seat_new(l->d->db, &acc, STR_NONE, session_number(), &l->d->arena, &e->seat, &p);
	if (rc != RC_OK)
		return not_let_in(l, e, acc.no, rc, &p, WHY_SIGN_IN_REFUSED, STR("activate_refused"));
	e->recovery = recovery;
	take_seat(l, e, FACTOR_ACTIVATION);
	return go(l, e, STR("activate"));
}

static enum fate unlock(struct look *l, const struct ask *k)
{
	struct gate *g = l->d->g;
	struct str password = decide_arg(k, "password"), code = str_trim(decide_arg(k, "code"));
	struct account acc = { .no = 0 };
	struct problem p;
	bool good = false;
	if (password.n == 0 || code.n == 0)
		return plain(l, RC_BAD_INPUT, WHY_FIELD_REQUIRED, password.n == 0 ? "password" : "code");
	if (too_long(password, code))
		return plain(l, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "password");
	if (!throttle_try(g->throttle, l->seat->actor.login, l->t->call.from, l->d->now_ms))
		return refuse(l, l->seat->actor.account, RC_LIMIT, WHY_THROTTLED, STR("throttled"));
	struct entering *e = begin(l, ENTER_UNLOCK);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	enum rc rc = account_by_no(l->d->db, l->seat->actor.account, &l->d->arena, &acc, &p);
	bool known = rc == RC_OK;
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = prove(l, &acc, known, password, code, e, &good, &p);
	if (rc == RC_OK && good)
		rc = seat_new(l->d->db, &acc, l->seat->actor.unit, l->seat->session, &l->d->arena, &e->seat, &p);
	if (rc != RC_OK || !good)
		return not_let_in(l, e, l->seat->actor.account, rc, &p, WHY_SIGN_IN_REFUSED, STR("unlock_refused"));
	if (e->seat->rules.at[RULE_KEY_ONLY])
		return not_let_in(l, e, acc.no, RC_OK, &p, WHY_KEY_ONLY, STR("code_closed"));
	take_seat(l, e, FACTOR_CODE);
	return go(l, e, STR("unlock"));
}

/* ---- the others ---- */

static enum fate leave(struct look *l, enum enter what)
{
	struct entering *e = begin(l, what);
	/* At once, whatever becomes of the rest. */
	if (what == ENTER_LOCK)
		sessions_lock(l->d->g->sessions, l->seat->session);
	else
		sessions_leave(l->d->g->sessions, l->seat->session, l->t->call.token);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	e->seat = l->seat;
	atomic_fetch_add(&e->seat->refs, 1);
	return go(l, e, what == ENTER_LOCK ? STR("lock") : STR("sign_out"));
}

static enum fate declare_unit(struct look *l, const struct ask *k)
{
	struct str unit = decide_arg(k, "unit");
	struct account acc;
	struct problem p;
	bool mine = false;
	for (unsigned i = 0; i < l->seat->actor.n_units; i++)
		mine |= str_is(unit, l->seat->actor.units[i]);
	if (!mine || unit.n == 0) {
		(void)!problem_set(&p, RC_DENIED, WHY_UNIT_NOT_YOURS, "unit", "not a unit of this account");
		decide_refuse(l, &p);
		return FATE_READY;
	}
	struct entering *e = begin(l, ENTER_UNIT);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	enum rc rc = account_by_no(l->d->db, l->seat->actor.account, &l->d->arena, &acc, &p);
	if (rc == RC_OK)
		rc = seat_new(l->d->db, &acc, unit, l->seat->session, &l->d->arena, &e->seat, &p);
	if (rc != RC_OK) {
		entering_free(e);
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	take_seat(l, e, l->seat->actor.factor);
	return go(l, e, STR("unit"));
}

/* The proof that the ladder asks for: a code or a touch, and what the work is: another unit, whose present patients are then joined to this session; an emergency; or words. */
static const char *given_of(struct look *l, const struct ask *k, struct proof_given *g, enum why *why_r)
{
	*g = (struct proof_given){ .account = l->seat->actor.account, .at_ms = l->d->now_ms, .reason = decide_arg(k, "reason"), .unit = l->seat->actor.unit, .text = str_trim(decide_arg(k, "text")) };
	*why_r = WHY_FIELD_REQUIRED;
	if (g->reason.n == 0)
		return "reason";
	if (g->text.n > PROOF_TEXT) {
		*why_r = WHY_FIELD_TOO_LONG;
		return "text";
	}
	if (str_eq(g->reason, "unit")) {
		g->unit = decide_arg(k, "unit");
		if (g->unit.n == 0)
			return "unit";
		*why_r = WHY_UNKNOWN_UNIT;
		return unit_exists(l->d->db, g->unit) ? NULL : "unit";
	}
	if (str_eq(g->reason, "other"))
		return g->text.n > 0 ? NULL : "text";
	*why_r = WHY_FIELD_CHOICE;
	return str_eq(g->reason, "emergency") ? NULL : "reason";
}

/* What was typed may name somebody: in the ledger and in the table it is sealed with the house's key. */
static enum rc keep_given(struct look *l, struct entering *e, const struct proof_given *g, struct problem *p)
{
	struct buf sealed = { .p = e->sealed, .cap = sizeof e->sealed, .max = sizeof e->sealed };
	e->given = *g;
	e->given.unit = e->seat->actor.unit;
	if (g->text.n == 0)
		return RC_OK;
	enum rc rc = keys_seal(l->d->db, 0, (struct keys_bound){ SEALS_PROOF, g->at_ms, g->account }, g->text, &sealed, p);
	e->given.sealed = buf_view(&sealed);
	return rc;
}

static enum fate prove_due(struct look *l, const struct ask *k)
{
	struct proof_given given;
	struct proof proof;
	struct account acc;
	struct problem p;
	enum why why;
	const char *where = given_of(l, k, &given, &why);
	if (where)
		return again(l, RC_BAD_INPUT, why, where);
	enum rc rc = prove_shown(l, CHALLENGE_PROVE, decide_arg(k, "code"), decide_arg(k, "passkey"), &proof, &p);
	if (rc != RC_OK)
		return again(l, rc, p.why, p.where);
	struct entering *e = begin(l, ENTER_PROVE);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	e->proof = proof;
	e->passkey = decide_arg(k, "passkey");
	rc = account_by_no(l->d->db, l->seat->actor.account, &l->d->arena, &acc, &p);
	if (rc == RC_OK)
		rc = seat_new(l->d->db, &acc, given.unit, l->seat->session, &l->d->arena, &e->seat, &p);
	if (rc == RC_OK)
		rc = keep_given(l, e, &given, &p);
	if (rc != RC_OK) {
		entering_free(e);
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	take_seat(l, e, proof.key ? FACTOR_KEY : FACTOR_CODE);
	return go(l, e, proof.key ? STR(BUDGET_PROVED_KEY_NOTE) : STR(BUDGET_PROVED_NOTE));
}

/* ---- passkeys: what is to be signed, and a new one ---- */

/* A key is made after a fresh proof only (ASVS 5.0 7.5.1): its challenge is what the proof gives. */
static enum fate ask_for_new_key(struct look *l, const struct ask *k)
{
	struct proof proof;
	struct problem p;
	enum rc rc = prove_shown(l, CHALLENGE_FRESH, decide_arg(k, "code"), decide_arg(k, "passkey"), &proof, &p);
	if (rc != RC_OK)
		return plain(l, rc, p.why, p.where);
	struct entering *e = begin(l, ENTER_KEY_ASK);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	e->proof = proof;
	e->passkey = decide_arg(k, "passkey");
	e->seat = l->seat;
	atomic_fetch_add(&e->seat->refs, 1);
	rc = touch_ask(l, CHALLENGE_REGISTER, &p); /* nobody sees it before the proof is spent */
	if (rc != RC_OK) {
		entering_free(e);
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	return go(l, e, proof.key ? STR("key_asked_key") : STR("key_asked"));
}

static enum fate key_ask(struct look *l, const struct ask *k)
{
	enum challenge_for what;
	struct problem p;
	if (!touch_purpose(decide_arg(k, "for"), &what))
		return plain(l, RC_BAD_INPUT, WHY_FIELD_CHOICE, "for");
	if (what != CHALLENGE_SIGN_IN && !l->seat)
		return plain(l, RC_STEP_UP, WHY_SIGN_IN, "");
	if (what != CHALLENGE_SIGN_IN && what != CHALLENGE_UNLOCK && l->r->who.locked)
		return plain(l, RC_STEP_UP, WHY_LOCKED, "");
	if (what == CHALLENGE_REGISTER && l->seat->actor.factor != FACTOR_ACTIVATION)
		return ask_for_new_key(l, k);
	enum rc rc = touch_ask(l, what, &p);
	if (rc != RC_OK)
		release_refuse(l->r, &p);
	else
		l->r->rc = RC_OK;
	return FATE_READY;
}

/* The key's bytes, for the writer, which comes when the desk serves somebody else. */
static void keep_key(struct entering *e, const struct passkey *key)
{
	char *at = e->made;
	MUST(key->id.n <= PASSKEY_ID_MAX && key->key.n <= PASSKEY_KEY_MAX && key->user.n == KEYRING_USER);
	e->key = *key;
	memcpy(at, key->id.p, key->id.n);
	e->key.id.p = at;
	memcpy(at += key->id.n, key->key.p, key->key.n);
	e->key.key.p = at;
	memcpy(at += key->key.n, key->user.p, key->user.n);
	e->key.user.p = at;
}

static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
			return false;
	return utf8_valid(s) && utf8_count(s) <= KEYRING_LABEL;
}

static enum fate key_add(struct look *l, const struct ask *k)
{
	struct str label = str_trim(decide_arg(k, "label"));
	struct passkey key;
	struct problem p;
	if (label.n == 0 || !is_label(label))
		return plain(l, RC_BAD_INPUT, label.n == 0 ? WHY_FIELD_REQUIRED : WHY_FIELD_CHARS, "label");
	enum rc rc = touch_made(l, decide_arg(k, "made"), &key, &p);
	if (rc != RC_OK)
		return plain(l, rc, p.why, "made");
	struct entering *e = begin(l, ENTER_KEY_ADD);
	if (!e)
		return plain(l, RC_RETRY, WHY_BUSY, "");
	keep_key(e, &key);
	e->label = label;
	e->seat = l->seat;
	atomic_fetch_add(&e->seat->refs, 1);
	struct rows *rows = release_open(l->r);
	rows_set(rows, "key");
	rows_row(rows);
	rows_col(rows, "label", label);
	rows_end(rows);
	return go(l, e, STR("key_added"));
}

enum fate enter_start(struct look *l, const struct ask *k)
{
	struct problem p;
	enum enter what = (enum enter)which(k->name);
	if (l->asks.n > 1 && what != ENTER_PROVE)
		return plain(l, RC_BAD_INPUT, WHY_BAD_REQUEST, ""); /* rights change here: reads come with the next call */
	struct str passkey = decide_arg(k, "passkey");
	bool seated = l->seat && !l->seat->actor.machine && !l->seat->operator_;
	if (!(ENTER[what].may & MAY_ANYONE) && !seated)
		return plain(l, RC_STEP_UP, WHY_SIGN_IN, "");
	if (what == ENTER_KEY_ASK && l->seat && !seated)
		return plain(l, RC_STEP_UP, WHY_SIGN_IN, "");
	bool activated = l->seat && l->seat->actor.factor == FACTOR_ACTIVATION;
	if (activated && (what == ENTER_UNLOCK || what == ENTER_UNIT || what == ENTER_PROVE || what == ENTER_LOCK))
		return plain(l, RC_DENIED, WHY_NOT_ALLOWED, "");
	if (ENTER[what].slow && passkey.n == 0 && !pool_is_here(l->d)) {
		if (pool_post(l->d->g, l->t))
			return FATE_TAKEN;
		(void)!problem_set(&p, RC_RETRY, WHY_BUSY, "", "pool is full");
		release_refuse(l->r, &p);
		return FATE_READY;
	}
	switch (what) {
	case ENTER_SIGN_IN: return passkey.n ? sign_in_by_key(l, passkey, decide_arg(k, "agent")) : sign_in(l, k);
	case ENTER_UNLOCK: return passkey.n ? unlock_by_key(l, passkey) : unlock(l, k);
	case ENTER_UNIT: return declare_unit(l, k);
	case ENTER_PROVE: return prove_due(l, k);
	case ENTER_KEY_ASK: return key_ask(l, k);
	case ENTER_KEY_ADD: return key_add(l, k);
	case ENTER_ACTIVATE: return activate(l, k);
	case ENTER_SIGN_OUT:
	case ENTER_LOCK: break;
	}
	return leave(l, what);
}
