/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/decide.c: see decide.h. The order of the steps in decide_call is the promise of the whole product: nothing may be moved behind charge().
 * Must never tell a refusal before it is recorded, nor one who may not know whether a record exists.
 */
#include "gate/decide.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gate/act.h"
#include "gate/canary.h"
#include "gate/enter.h"
#include "gate/explain.h"
#include "gate/fetch.h"
#include "gate/index.h"
#include "gate/keep.h"
#include "gate/order.h"
#include "gate/own.h"
#include "gate/watch.h"
#include "hospital/special.h"
#include "hospital/tall_name.h"

#define DESK_ARENA (256u << 20) /* an import of 64 MiB, parsed; a page uses some KiB */

/* ---- desks ---- */

enum rc desk_open(struct gate *g, struct desk *d, struct problem *p)
{
	*d = (struct desk){ .g = g };
	arena_init(&d->arena, DESK_ARENA);
	d->facts = calloc(DESK_FACTS, sizeof *d->facts);
	if (!d->facts)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for a desk");
	enum rc rc = db_reader(g->db, &d->db, p);
	if (rc != RC_OK)
		desk_done(d);
	return rc;
}

void desk_done(struct desk *d)
{
	if (d->db)
		db_reader_close(&d->db);
	free(d->facts);
	d->facts = NULL;
	arena_done(&d->arena);
}

enum rc desk_begin(struct desk *d, struct problem *p)
{
	d->generation = atomic_load(&d->g->generation);
	d->version = watch_now(d->g);
	enum rc rc = db_begin(d->db, p);
	if (rc != RC_OK)
		return rc;
	int64_t txn = db_conn_txn(d->db);
	if (txn != d->txn || d->epoch == 0) {
		d->epoch = account_epoch(d->db);
		d->specials = special_any(d->db);
	}
	d->txn = txn;
	d->now_ms = clock_ms();
	return RC_OK;
}

void desk_end(struct desk *d)
{
	db_end(d->db);
}

/* ---- 1. who ---- */

/* What became of a session, by itself: told in the ledger. Not durable yet matters little; the refusal that follows waits for it anyway. */
static void session_entry(struct look *l, const struct seat *seat, struct str note)
{
	struct ledger_entry e = { .kind = LEDGER_SESSION, .surface = (unsigned char)l->t->call.surface, .note = note, .route = l->route,
		.account = seat->actor.account, .session = seat->session, .from = l->t->call.from };
	struct problem p;
	if (order_append(l->d->g, &e, seat->actor.role, &p) == RC_OK)
		l->t->number = e.number;
}

static bool is_among(struct str unit, const struct str *units, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (str_is(unit, units[i]))
			return true;
	return false;
}

/* The account behind the seat changed since: read it again. Disabled or ended: all its sessions end at once. */
static enum rc read_again(struct look *l, struct problem *p)
{
	struct account acc;
	struct gate *g = l->d->g;
	enum rc rc = account_by_no(l->d->db, l->seat->actor.account, &l->d->arena, &acc, p);
	if (rc == RC_OK && !acc.disabled && acc.role == l->seat->actor.role) {
		struct seat *fresh;
		const struct actor *was = &l->seat->actor;
		/* BARRIER: a unit that was taken away explains nothing any more; one that was named with a proof was never the account's, and stays. */
		bool taken = is_among(was->unit, was->units, was->n_units) && !is_among(was->unit, acc.units, acc.n_units);
		rc = seat_new(l->d->db, &acc, taken ? STR_NONE : was->unit, l->seat->session, &l->d->arena, &fresh, p);
		if (rc != RC_OK)
			return rc;
		fresh->epoch = l->d->epoch;
		fresh->cohort_all = l->seat->cohort_all;
		fresh->actor.cohort = l->seat->actor.cohort;
		fresh->actor.blind = l->seat->actor.blind;
		fresh->actor.factor = l->seat->actor.factor;
		fresh->api_may = l->seat->api_may;
		fresh->patients = l->seat->patients;
		atomic_fetch_add(&fresh->refs, 1);
		seat_drop(&l->seat);
		l->seat = fresh;
		if (!sessions_reseat(g->sessions, fresh->session, fresh))
			return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "session ended meanwhile");
		return RC_OK;
	}
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	sessions_end_account(g->sessions, l->seat->actor.account);
	session_entry(l, l->seat, STR("disabled"));
	seat_drop(&l->seat);
	return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "account disabled or changed role");
}

static enum rc ended(struct look *l, struct str note, struct problem *p)
{
	sessions_end(l->d->g->sessions, l->seat->session);
	session_entry(l, l->seat, note);
	seat_drop(&l->seat);
	return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "the rules of the establishment end this session");
}

/* Rules that became stricter hold from this request on, for sessions that are open too. */
static enum rc judge_again(struct look *l, struct session_found *f, struct problem *p)
{
	struct gate *g = l->d->g;
	if (l->seat->actor.machine || l->seat->operator_)
		return RC_OK;
	enum session_state judged = sessions_judge(g->sessions, l->seat, f->age_ms, f->idle_ms);
	if (judged == SESSION_OVER)
		return ended(l, STR("over"), p);
	if (l->seat->rules.at[RULE_KEY_ONLY] && l->seat->actor.factor == FACTOR_CODE)
		return ended(l, STR("code_closed"), p);
	if (judged == SESSION_LOCKED && f->state == SESSION_LIVE) {
		sessions_lock(g->sessions, l->seat->session);
		session_entry(l, l->seat, STR("idle"));
		f->state = SESSION_LOCKED;
	}
	return RC_OK;
}

/* BARRIER: a bearer token is hospital's to know; a contract's ticket says what it may do. */
static enum rc find_machine(struct look *l, const unsigned char *hash, struct problem *p)
{
	struct account acc;
	bool cohort_all;
	uint32_t api_may;
	uint64_t no = 1;
	for (int i = 0; i < 6; i++)
		no |= (uint64_t)hash[i] << (8 * i);
	enum rc rc = machine_by_token(l->d->db, l->t->call.token, l->d->now_ms, &l->d->arena, &acc, &cohort_all, &api_may, p);
	if (rc != RC_OK || acc.disabled || acc.role != ROLE_MACHINE)
		return rc == RC_BROKEN ? rc : problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "bearer token not known");
	if ((rc = seat_new(l->d->db, &acc, STR_NONE, no, &l->d->arena, &l->seat, p)) != RC_OK)
		return rc;
	l->seat->epoch = l->d->epoch;
	l->seat->cohort_all = cohort_all;
	l->seat->actor.cohort = !cohort_all;
	l->seat->actor.blind = !(api_may & MAY_API_READ);
	l->seat->api_may = api_may;
	atomic_fetch_add(&l->seat->refs, 1);
	(void)sessions_add(l->d->g->sessions, &(struct session_new){ .hash = hash, .seat = l->seat, .started_ms = l->d->now_ms, .seen_ms = l->d->now_ms, .machine = true });
	return RC_OK;
}

enum rc decide_who(struct look *l, struct problem *p)
{
	struct gate_call *c = &l->t->call;
	unsigned char hash[HASH_BYTES];
	if (c->token.n == 0)
		return RC_OK;
	session_hash(c->token, hash);
	struct session_found f = sessions_find(l->d->g->sessions, hash, c->bearer, c->touch, c->from, l->d->now_ms);
	if (f.state == SESSION_NONE)
		return c->bearer ? find_machine(l, hash, p) : problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "token not known");
	l->seat = f.seat;
	if (f.state == SESSION_OVER) {
		session_entry(l, l->seat, STR("over"));
		seat_drop(&l->seat);
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "session over");
	}
	if (f.turned)
		session_entry(l, l->seat, f.moved ? STR("moved") : STR("idle"));
	/* BARRIER: the operator's token is made for this machine's commands only. */
	if (l->seat->operator_ && c->surface != SURFACE_CLI && c->surface != SURFACE_IMPORT && c->surface != SURFACE_JOB) {
		seat_drop(&l->seat);
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "operator token on another surface");
	}
	bool past = l->seat->until_ms > 0 && l->d->now_ms >= l->seat->until_ms;
	if (l->seat->actor.machine && (past || l->seat->epoch < l->d->epoch)) { /* its key may be gone, its token over: what the table says now */
		sessions_end(l->d->g->sessions, l->seat->session);
		seat_drop(&l->seat);
		return find_machine(l, hash, p);
	}
	if (past && !l->seat->operator_) {
		sessions_end_account(l->d->g->sessions, l->seat->actor.account);
		session_entry(l, l->seat, STR("ended"));
		seat_drop(&l->seat);
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "account ended");
	}
	if (l->seat->epoch < l->d->epoch) {
		enum rc rc = read_again(l, p);
		if (rc == RC_OK)
			rc = judge_again(l, &f, p);
		if (rc != RC_OK)
			return rc;
	}
	if (f.state == SESSION_LOCKED)
		return problem_set(p, RC_STEP_UP, WHY_LOCKED, "", "locked");
	return RC_OK;
}

void decide_fill_who(struct look *l)
{
	const struct seat *s = l->seat;
	struct release *r = l->r;
	if (l->d)
		r->version = l->d->version;
	if (!s)
		return;
	r->may = l->may;
	r->who.role = s->actor.role;
	r->text_n = 0; /* filled anew: an act's answer is filled twice */
	r->who.login = release_keep(r, s->actor.login);
	r->who.unit = release_keep(r, s->actor.unit);
	r->who.lang = release_keep(r, s->actor.lang);
	r->who.name = release_keep(r, s->actor.name);
	r->who.unit_name = release_keep(r, s->unit_name);
	r->who.opened_max = seat_limits(s).all;
	r->who.notices = s->notices;
	r->who.levels = s->levels;
	if (l->d) {
		int64_t plan = atomic_load(&l->d->g->plan_until_ms);
		r->who.plan_until_ms = plan > l->d->now_ms ? plan : 0;
	}
}

/* ---- refusals ---- */

struct ledger_entry decide_entry(const struct look *l, enum ledger_kind kind)
{
	struct ledger_entry e = { .kind = (unsigned char)kind, .surface = (unsigned char)l->t->call.surface, .tier = (unsigned char)l->tier,
		.reveals = (unsigned char)l->reveals, .rows = l->rows, .route = l->route, .from = l->t->call.from };
	if (l->seat) {
		e.account = l->seat->actor.account;
		e.session = l->seat->session;
		e.unit = l->seat->actor.unit;
	}
	return e;
}

static bool is_recorded(const struct look *l, const struct problem *p)
{
	if (!l->seat || l->r->who.locked)
		return false; /* nobody is there to be named, or the lock itself was recorded */
	return p->rc == RC_DENIED || p->rc == RC_OVER_BUDGET || p->rc == RC_NOT_FOUND || p->rc == RC_GONE || p->rc == RC_STEP_UP || (p->rc == RC_LIMIT && p->why == WHY_NARROWER);
}

void decide_refuse(struct look *l, const struct problem *p)
{
	struct problem told = *p;
	if (is_recorded(l, p)) {
		struct ledger_entry e = decide_entry(l, LEDGER_REFUSAL);
		struct ledger_patient about = { .patient = l->about };
		struct problem failed;
		e.rc = (unsigned char)p->rc;
		e.why = (uint16_t)p->why;
		e.rows = 0;
		e.tier = TIER_NONE;
		if (l->act)
			e.note = str_of(l->act);
		if (l->about > 0) {
			e.patients = &about;
			e.n_patients = 1;
		}
		if (order_append(l->d->g, &e, l->seat->actor.role, &failed) == RC_OK)
			l->t->number = e.number;
		else
			told = failed;
	}
	if (p->rc == RC_BROKEN)
		log_problem(LOG_ERROR, "gate_refused", p);
	release_refuse(l->r, &told);
}

enum rc decide_unknown(const struct look *l, int64_t patient, bool patient_type, struct problem *p)
{
	/* That a person is known here is no secret to who may search for persons, nor that the establishment is closed; what the chart holds is. */
	if (patient_type && (l->may & MAY_FIND_PATIENT) && closed_chart_is(l->d->db, patient))
		return problem_set(p, RC_DENIED, WHY_CLOSED_CHART, "", "chart of a closed establishment");
	if (patient_type && (l->may & MAY_FIND_PATIENT))
		return problem_set(p, RC_DENIED, WHY_UNEXPLAINED, "", "unknown or unexplained patient");
	return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "unknown or not open");
}

/* ---- 2. what is asked ---- */

struct str decide_arg(const struct ask *k, const char *name)
{
	for (size_t i = 0; i < k->n_args; i++)
		if (str_eq(k->args[i].name, name))
			return k->args[i].value;
	return STR_NONE;
}

/* A view by its name: of the house, or the gate's own. */
struct known_view { uint32_t may; enum reveals reveals; const struct view *house; const struct own_view *own; };
static struct known_view view_of(struct str name)
{
	const struct own_view *own = own_find(name);
	const struct view *house = own ? NULL : view_find(name);
	return own ? (struct known_view){ own->may, own->reveals, NULL, own } : house ? (struct known_view){ house->may, house->reveals, house, NULL } : (struct known_view){ 0, REVEALS_UNSAID, NULL, NULL };
}

static enum rc may_view(struct look *l, const struct ask *k, struct known_view *v_r, struct problem *p)
{
	struct known_view v = view_of(k->name);
	if (!v.house && !v.own)
		return problem_set(p, RC_BAD_INPUT, WHY_METHOD, "", "no such view");
	MUST(v.may != 0 && v.reveals != REVEALS_UNSAID);
	*v_r = v;
	if (v.may & MAY_ANYONE)
		return RC_OK;
	if (!l->seat)
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "nobody signed in");
	return v.may & l->may ? RC_OK : problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "view not for this role");
}

static void reveal(struct look *l, enum reveals reveals)
{
	if (reveals > l->reveals)
		l->reveals = reveals;
}

/* What waits for somebody, a page of ten masked lines at most: who decides one and looks again has not sought anybody. Further pages would be a way to walk through all. */
static bool is_first_of_work(const struct known_view *v, const struct ask *k)
{
	return v->house && v->house->work_after && decide_arg(k, v->house->work_after).n == 0;
}

/* All rights and named patients before anything is read. */
static enum rc authorise(struct look *l, struct problem *p)
{
	for (size_t i = 0; i < l->asks.n; i++) {
		const struct ask *k = &l->asks.at[i];
		struct known_view v = { 0, REVEALS_UNSAID, NULL, NULL };
		enum rc rc = RC_OK;
		if (k->kind == ASK_ACT)
			continue;
		if (k->kind != ASK_VIEW) {
			rc = fetch_may(l, k, p);
		} else if ((rc = may_view(l, k, &v, p)) == RC_OK) {
			reveal(l, v.reveals);
			if (v.reveals == REVEALS_MASKED && !index_is_view(k->name) && !is_first_of_work(&v, k)) /* a reviewer's list is no search for persons */
				l->searched = true;
			if (v.reveals == REVEALS_ONE_PATIENT) {
				struct str id = decide_arg(k, "patient");
				int64_t patient = fhir_is_id(id) ? record_patient_rid(l->d->db, id) : 0;
				if (patient > 0)
					l->about = patient;
				if (!l->seat)
					rc = problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "nobody signed in");
				else if (!explain_any(l->d, l->seat, patient))
					rc = decide_unknown(l, patient, true, p);
			}
		}
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- 3. what is revealed ---- */

static void *grow(struct arena *a, void *old, size_t n, size_t size)
{
	if (n != 0 && (n < 8 || (n & (n - 1)) != 0)) /* room at 8, 16, 32 … */
		return old;
	void *at = arena_raw(a, (n ? n * 2 : 8) * size);
	if (at && n)
		memcpy(at, old, n * size);
	return at;
}

void decide_open(struct look *l, int64_t patient, enum tier tier, struct problem *p, enum rc *rc)
{
	if (tier > l->tier)
		l->tier = tier;
	for (size_t i = l->n_openings; i-- > 0;)
		if (l->openings[i].patient == patient) {
			if (tier > l->openings[i].tier)
				l->openings[i].tier = tier;
			return;
		}
	struct opening *at = l->n_openings < OPENINGS_MAX ? grow(&l->d->arena, l->openings, l->n_openings, sizeof *at) : NULL;
	if (!at) {
		*rc = problem_set(p, RC_LIMIT, WHY_NARROWER, "", "over %d patients in one answer", OPENINGS_MAX);
		return;
	}
	l->openings = at;
	l->openings[l->n_openings++] = (struct opening){ .patient = patient, .tier = tier };
}

static enum rc list_one(struct look *l, int64_t patient, struct problem *p)
{
	int64_t *at = l->n_listed < OPENINGS_MAX ? grow(&l->d->arena, l->listed, l->n_listed, sizeof *at) : NULL;
	if (!at)
		return problem_set(p, RC_LIMIT, WHY_NARROWER, "", "work list too long");
	l->listed = at;
	l->listed[l->n_listed++] = patient;
	return RC_OK;
}

/* The marks that one ask left, judged by what its row said that it reveals. A view that reveals more than it said is a bug: nothing goes out. */
static enum rc take_marks(struct look *l, enum reveals reveals, bool own /* a list of what this person did before: explained then */, size_t *cursor, struct problem *p)
{
	int64_t patient;
	enum tier tier;
	struct rows *rows = release_open(l->r);
	enum rc rc = RC_OK;
	rows_end(rows);
	if (rows->out.failed)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "rows over the limit");
	while (rc == RC_OK && rows_next_mark(buf_view(&rows->out), cursor, &patient, &tier)) {
		l->rows++;
		bool opens = tier >= TIER_IDENTITY;
		if (reveals == REVEALS_NOTHING || reveals == REVEALS_META || (opens && reveals == REVEALS_MASKED))
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "a view reveals more than its row says");
		if (tier > l->tier)
			l->tier = tier;
		if (reveals == REVEALS_WORK_LIST && !own)
			rc = list_one(l, patient, p);
		else if (opens)
			decide_open(l, patient, tier, p, &rc);
	}
	*cursor = rows->out.n;
	return rc;
}

/* A chart is that of the record and of those joined to it: all of them are opened. */
static void open_person(struct look *l, int64_t patient, struct problem *p, enum rc *rc)
{
	int64_t at[MERGE_MOST];
	unsigned n = merge_group(l->d->db, patient, at);
	decide_open(l, patient, TIER_IDENTITY, p, rc);
	for (unsigned i = 0; i < n && *rc == RC_OK; i++)
		decide_open(l, at[i], TIER_IDENTITY, p, rc);
}

static enum rc run_view(struct look *l, const struct ask *k, struct problem *p)
{
	static const struct actor nobody = { .lang = { "fr", 2 } };
	struct known_view v = view_of(k->name);
	struct args args = { k->args, k->n_args };
	struct view_ctx ctx = { .db = l->d->db, .who = l->seat ? &l->seat->actor : &nobody, .args = &args, .arena = &l->d->arena, .now_ms = l->d->now_ms, .limit = 200, .judge = &l->d->g->judge };
	enum rc rc = v.own ? v.own->run(l, k, release_open(l->r), p) : view_run(v.house, &ctx, release_open(l->r), p);
	if (rc == RC_OK && v.reveals == REVEALS_ONE_PATIENT) /* an empty chart tells too */
		open_person(l, record_patient_rid(l->d->db, decide_arg(k, "patient")), p, &rc);
	return rc;
}

static enum rc run_reads(struct look *l, struct problem *p)
{
	size_t cursor = l->r->has_rows ? l->r->rows.out.n : 0; /* an act's rows were judged with the act */
	uint64_t from = clock_ns();
	enum rc rc = RC_OK;
	for (size_t i = 0; i < l->asks.n && rc == RC_OK; i++) {
		const struct ask *k = &l->asks.at[i];
		if (k->kind == ASK_ACT)
			continue;
		enum reveals reveals = k->kind == ASK_VIEW ? view_of(k->name).reveals : REVEALS_MANY;
		rc = k->kind == ASK_VIEW ? run_view(l, k, p) : fetch_run(l, k, release_open(l->r), p);
		if (rc == RC_OK)
			rc = take_marks(l, reveals, k->kind == ASK_VIEW && index_is_view(k->name), &cursor, p);
	}
	l->run_ns += clock_ns() - from;
	return rc;
}

/* ---- 4. price, append, charge ---- */

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* BARRIER: a work list may name explained patients only, whatever its view thinks. */
static enum rc check_listed(struct look *l, struct problem *p)
{
	const int64_t *set;
	size_t n;
	if (!l->seat && l->n_listed + l->n_openings > 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "a view for anyone names patients");
	if (l->n_listed == 0)
		return RC_OK;
	enum rc rc = explain_set(l->d, l->seat, &set, &n, p);
	for (size_t i = 0; i < l->n_listed && rc == RC_OK; i++)
		if (!bsearch(&l->listed[i], set, n, sizeof *set, compare) && !explain_any(l->d, l->seat, l->listed[i])) {
			l->about = l->listed[i];
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "", "a work list names an unexplained patient");
		}
	return rc;
}

static enum rc list_patients(struct look *l, struct ledger_entry *e, struct problem *p)
{
	size_t n = l->n_openings + l->n_listed, at = 0;
	if (n == 0)
		return RC_OK;
	if (n > OPENINGS_MAX)
		return problem_set(p, RC_LIMIT, WHY_NARROWER, "", "patients in one answer");
	struct ledger_patient *list = arena_raw(&l->d->arena, n * sizeof *list);
	if (!list)
		return arena_rc(&l->d->arena, p);
	for (size_t i = 0; i < l->n_openings; i++) {
		const struct opening *o = &l->openings[i];
		list[at++] = (struct ledger_patient){ .patient = o->patient, .explain = (unsigned char)o->explain, .tier = (unsigned char)o->tier, .draw = o->draw };
		e->draws += o->draw;
		e->draws_unexplained += o->draw && o->explain == EXPLAIN_BREAK_GLASS;
	}
	for (size_t i = 0; i < l->n_listed; i++)
		list[at++] = (struct ledger_patient){ .patient = l->listed[i], .explain = EXPLAIN_NONE, .tier = TIER_MASKED };
	e->patients = list;
	e->n_patients = (uint32_t)n;
	return RC_OK;
}

/* Locked. Too much without a care link in the whole house: an alarm of nobody's. */
static enum rc weigh_crowd(struct look *l, int64_t now, struct problem *p)
{
	struct gate *g = l->d->g;
	if (!budget_crowd(order_budget(g), l->openings, l->n_openings, now))
		return RC_OK;
	struct ledger_entry a = { .kind = LEDGER_ALARM, .surface = (unsigned char)l->t->call.surface, .reveals = REVEALS_NOTHING, .rc = RC_OVER_BUDGET, .route = STR(BUDGET_CROWD_ROUTE), .note = STR(BUDGET_STOP_NOTE) };
	return order_append_locked(g, &a, ROLE_NONE, p);
}

/* Locked. A week of the unit is over: what it teaches goes into the ledger, and holds from there. */
static enum rc learn_week(struct look *l, struct limits limits, int64_t now, struct problem *p)
{
	struct gate *g = l->d->g;
	struct ledger_entry e = { .kind = LEDGER_MARK, .surface = (unsigned char)l->t->call.surface, .reveals = REVEALS_NOTHING, .route = STR(BUDGET_LEARNT_ROUTE) };
	if (!l->seat || !budget_learns(order_budget(g), limits, now, &e.about))
		return RC_OK;
	e.unit = l->seat->actor.unit;
	return order_append_locked(g, &e, ROLE_NONE, p);
}

/* Locked. Where the ladder wants a proof or stops the account, that goes into the ledger once, and nothing is opened. */
static enum rc weigh(struct look *l, struct ledger_entry *e, struct limits limits, enum role role, int64_t now, struct problem *p)
{
	struct gate *g = l->d->g;
	struct weighed w = budget_weigh(order_budget(g), e->account, limits, l->openings, l->n_openings, now); /* those that draw */
	struct ledger_entry a = decide_entry(l, LEDGER_ALARM);
	enum rc rc = RC_OK;
	e->about = w.mark;
	if (w.verdict.step == LADDER_GO)
		return RC_OK;
	a.tier = TIER_NONE;
	a.reveals = REVEALS_NOTHING;
	a.rows = 0;
	a.route = str_of(ladder_word(w.verdict.why));
	a.note = w.verdict.step == LADDER_STOP ? STR(BUDGET_STOP_NOTE) : STR(BUDGET_PROOF_NOTE);
	a.rc = w.verdict.step == LADDER_STOP ? RC_OVER_BUDGET : RC_STEP_UP;
	if (!w.told)
		rc = order_append_locked(g, &a, role, p);
	if (w.verdict.step == LADDER_STOP)
		watch_turned(g, 0, e->account);
	if (rc != RC_OK)
		return rc;
	return w.verdict.step == LADDER_STOP ? problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "%s", ladder_word(w.verdict.why))
		: problem_set(p, RC_STEP_UP, WHY_PROOF_DUE, "", "%s", ladder_word(w.verdict.why));
}

/* Locked. Asked once an opening is explained and would be released: a masked line or a refused look is no touch (canary.h). */
static enum rc look_canary(struct look *l, enum role role, struct problem *p)
{
	struct ledger_entry of = decide_entry(l, LEDGER_ALARM);
	for (size_t i = 0; i < l->n_openings; i++)
		if (canary_is(l->d->g, l->openings[i].patient)) {
			l->about = l->openings[i].patient;
			return canary_touched_locked(l->d->g, &of, role, p);
		}
	return RC_OK;
}

/* BARRIER: more than so many charts in one answer to a person is an export, and goes on a ticket (SECURITY 7.5, gate/stream.h). */
#define ANSWER_MOST 50
static enum rc check_size(const struct look *l, struct problem *p)
{
	bool person = l->seat && !l->seat->actor.machine;
	return person && l->n_openings > ANSWER_MOST ? problem_set(p, RC_LIMIT, WHY_NARROWER, "", "%zu patients in one answer", l->n_openings) : RC_OK;
}

/* Special are all records of one person, where one is: whichever of them is opened tells it (of those that are opened with it). */
static void special_together(struct look *l, struct ledger_entry *e)
{
	for (size_t i = 0; i < l->n_openings; i++)
		for (size_t k = 0; k < l->n_openings && l->openings[i].tier == TIER_SPECIAL; k++)
			if (l->openings[k].kept == l->openings[i].kept) {
				l->openings[k].tier = TIER_SPECIAL;
				e->tier = TIER_SPECIAL;
			}
}

enum rc decide_charge(struct look *l, struct ledger_entry *e, struct problem *p)
{
	struct gate *g = l->d->g;
	enum role role = l->seat ? l->seat->actor.role : ROLE_NONE;
	size_t which = 0;
	enum rc rc = check_listed(l, p);
	if (rc == RC_OK)
		rc = check_size(l, p);
	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < l->n_openings; i++) {
		struct opening *o = &l->openings[i];
		o->kept = merge_kept(l->d->db, o->patient); /* joined records are opened for one reason, and each counts (docs/decisions/0044) */
		o->explain = explain_find(l->d, l->seat, o->patient, &o->until_ms);
		o->closed = closed_chart_is(l->d->db, o->patient);
		if (o->closed && o->tier > TIER_IDENTITY && o->explain != EXPLAIN_TICKET)
			o->explain = EXPLAIN_NONE; /* BARRIER: what waits for the identity cell or the DPO opens who it is there, and no more */
		o->made = (o->explain == EXPLAIN_NONE || o->explain == EXPLAIN_SELF_MADE) && explain_made(l->d, l->seat, o->patient);
		if (l->d->specials && o->tier >= TIER_IDENTITY && special_is(l->d->db, o->patient))
			e->tier = o->tier = TIER_SPECIAL; /* whatever of the chart is opened: that it is such a person's is told by it */
	}
	struct limits limits = seat_limits(l->seat); /* reckoned before the lock, which all others wait for */
	if (l->d->specials)
		special_together(l, e);
	order_lock(g);
	int64_t now = order_now(g);
	if (l->searched && e->kind == LEDGER_RELEASE)
		rc = budget_search(order_budget(g), e->account, now, p);
	if (rc == RC_OK && l->n_openings > 0) {
		rc = budget_price(order_budget(g), e->account, limits, l->openings, l->n_openings, now, &which, p);
		if (rc == RC_DENIED || (rc == RC_OVER_BUDGET && p->why == WHY_STOPPED_ACCOUNT))
			l->about = l->openings[which].patient;
	}
	if (rc == RC_OK)
		rc = look_canary(l, role, p);
	if (rc == RC_OK && l->n_openings > 0)
		rc = learn_week(l, limits, now, p);
	if (rc == RC_OK && l->n_openings > 0)
		rc = weigh(l, e, limits, role, now, p);
	if (rc == RC_OK && l->n_openings > 0)
		rc = weigh_crowd(l, now, p);
	if (rc == RC_OK)
		rc = list_patients(l, e, p);
	if (rc == RC_OK)
		rc = order_append_locked(g, e, role, p);
	if (rc == RC_OK)
		l->t->number = e->number;
	if (l->seat && !l->seat->actor.machine)
		l->r->who.opened = budget_opened(order_budget(g), l->seat->actor.account, now);
	order_unlock(g);
	return rc;
}

static enum rc charge(struct look *l, struct problem *p)
{
	struct ledger_entry e = decide_entry(l, LEDGER_RELEASE);
	if (l->searched)
		e.note = STR(BUDGET_SEARCH_NOTE); /* what the fold counts; openings beside it are counted by their draws */
	if (l->reveals <= REVEALS_NOTHING && l->n_openings == 0) {
		if (l->seat) {
			order_lock(l->d->g);
			l->r->who.opened = budget_opened(order_budget(l->d->g), l->seat->actor.account, order_now(l->d->g));
			order_unlock(l->d->g);
		}
		return RC_OK; /* nothing about anybody: no entry */
	}
	return decide_charge(l, &e, p);
}

/* ---- 5. the release, ready to be handed over once durable ---- */

static void finish(struct look *l)
{
	struct release *r = l->r;
	if (r->has_rows)
		rows_unmark(r->rows.out.p, r->rows.out.n);
	for (size_t i = 0; i < l->n_openings; i++)
		if (l->openings[i].patient == l->about || l->n_openings == 1) {
			r->explained = explain_text(l->openings[i].explain);
			r->explained_until_ms = l->openings[i].until_ms;
			r->special = l->openings[i].tier == TIER_SPECIAL;
		}
	r->rc = RC_OK;
}

/* BARRIER: what a form said is kept for pages only: no machine, no command and no print has one. */
static enum rc read_asks(struct look *l, struct problem *p)
{
	const struct gate_call *c = &l->t->call;
	enum rc rc = asks_read(buf_view(&c->asks.flat), &l->d->arena, &l->asks, p);
	if (rc == RC_OK && l->asks.keep.text.n > 0 && (c->bearer || c->surface != SURFACE_PAGE)) {
		l->asks = (struct ask_list){ NULL, 0, { STR_NONE, STR_NONE } };
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_REQUEST, "", "asks: a form on a surface that has none");
	}
	return rc;
}

/* Who, and whether a locked session asks for what it still may. */
static enum rc begin(struct look *l, struct problem *p)
{
	struct problem locked;
	enum rc asked = read_asks(l, p);
	enum rc rc = decide_who(l, asked == RC_OK ? p : &locked);
	bool is_act = asked == RC_OK && l->asks.n > 0 && l->asks.at[0].kind == ASK_ACT;
	if (l->seat)
		l->may = gate_role_may(l->seat->actor.role) & (l->seat->actor.machine ? l->seat->api_may : ~0u);
	if (l->seat && l->seat->actor.factor == FACTOR_ACTIVATION)
		l->may = 0; /* BARRIER: it makes a key (enter.c) and nothing else */
	decide_fill_who(l);
	if (rc == RC_STEP_UP && l->seat) {
		l->r->who.locked = true;
		if (is_act && enter_while_locked(l->asks.at[0].name))
			return RC_OK;
	}
	if (rc == RC_STEP_UP && !l->seat && is_act && enter_for_anyone(l->asks.at[0].name))
		return RC_OK; /* with the cookie of a session that is over */
	if (rc == RC_OK && !l->seat && l->asks.keep.text.n > 0)
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "a form of nobody");
	if (rc != RC_OK && asked != RC_OK)
		*p = locked;
	return rc != RC_OK ? rc : asked;
}

static enum rc reads(struct look *l, struct problem *p)
{
	enum rc rc = authorise(l, p);
	if (rc == RC_OK)
		rc = run_reads(l, p);
	if (rc == RC_OK)
		rc = charge(l, p);
	return rc;
}

static bool waits_for_index(struct look *l)
{
	for (size_t i = 0; i < l->asks.n; i++)
		if (l->asks.at[i].kind == ASK_VIEW && index_is_view(l->asks.at[i].name))
			return index_park(l->d->g, l->t);
	return false;
}

/* A wait: judged like any read before it is let wait, and again from the start once it is waked. */
static enum rc waits(struct look *l, uint64_t turns, bool *taken_r, struct problem *p)
{
	*taken_r = false;
	if (!watch_is(l))
		return RC_OK;
	enum rc rc = authorise(l, p);
	return rc == RC_OK ? watch_wait(l, turns, taken_r, p) : rc;
}

static enum fate decide(struct look *l)
{
	struct problem p = { .rc = RC_OK };
	uint64_t turns = watch_turns(l->d->g);
	bool taken = false;
	enum rc rc = begin(l, &p);
	if (rc == RC_OK && l->asks.n > 0 && l->asks.at[0].kind == ASK_ACT && l->t->phase == PHASE_NEW) {
		if (enter_is(l->asks.at[0].name)) {
			enum fate fate = enter_start(l, &l->asks.at[0]);
			if (fate != FATE_READS)
				return fate;
		} else {
			enum act_step step = act_start(l, &l->asks.at[0]);
			if (step != ACT_READS)
				return step == ACT_TAKEN ? FATE_TAKEN : FATE_READY;
		}
	}
	if (rc == RC_OK)
		rc = waits(l, turns, &taken, &p);
	if (taken || (rc == RC_OK && waits_for_index(l)))
		return FATE_TAKEN;
	if (rc == RC_OK)
		rc = reads(l, &p);
	if (rc != RC_OK) {
		decide_refuse(l, &p);
		keep_seal(l);
	} else {
		finish(l);
	}
	return FATE_READY;
}

enum fate decide_call(struct desk *d, struct task *t, uint64_t *run_ns_r)
{
	struct gate_call *c = &t->call;
	if (!c->release)
		c->release = release_new();
	MUST(c->release != NULL);
	struct look l = { .d = d, .t = t, .r = c->release, .route = str_of(c->route) };
	enum fate fate = decide(&l);
	seat_drop(&l.seat);
	*run_ns_r = l.run_ns;
	arena_reset(&d->arena); /* now, not at the next call: what an act took with it from here is seen at once by the sanitizers */
	return fate;
}
