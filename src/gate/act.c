/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/act.c: see act.h. One act_run per act under way: it owns the arena, the answer's rows and the job, from act_start until the outcome is appended.
 * Must never let an act commit before its intent is durable (the writer's before_commit sees to it through job.needs), nor answer before what became of it is:
 * of an act that was committed the base says so, with whom its answer names (act_done), and its outcome in the ledger follows (decisions/0011).
 */
#include "gate/act.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "gate/act_fhir.h"
#include "gate/canary.h"
#include "gate/explain.h"
#include "gate/order.h"
#include "gate/pool.h"
#include "gate/prove.h"
#include "gate/clients.h"
#include "gate/stream.h"
#include "gate/watch.h"
#include "gate/worker.h"
#include "hospital/special.h"
#include "record/keys.h"

#define ACT_ARENA (256u << 20)
#define ACT_ROWS (64u << 20)
#define DESK_ANSWER (1u << 20) /* the openings of one answer */

struct act_run {
	struct db_job job;          /* first */
	struct gate *g;
	struct task *t;
	struct seat *seat;          /* counted */
	struct arena arena;
	const struct act *act;
	struct args args;
	int64_t now_ms;
	void *prepared;
	struct proof proof;         /* of an act that asks for one, or of a colleague who signs too: spent with it */
	uint32_t cosigned_by;
	uint32_t ends;              /* whose sessions end with it; 0 nobody's */
	struct rows out;
	struct live_set live;       /* what it changed of what is watched */
	uint64_t intent;
	struct opening *openings; size_t n_openings;
	struct marked { int64_t patient; bool fresh; } marked[ACT_PATIENTS]; size_t n_marked;   /* patients in the answer that were not decided before */
	struct opening *answered; size_t n_answered; /* of a person: whom the answer names beside them, priced on the writer */
	bool reads_follow;
	bool canary;                /* it touched somebody who does not exist: undone and the account stopped; of an import, which has no account: told only */
};

/* ---- which ---- */

const struct act *act_row(struct str name)
{
	for (const struct act *a = act_own; a->name; a++)
		if (str_eq(name, a->name))
			return a;
	return act_find(name);
}

bool act_is_slow(const struct act *act)
{
	for (const struct field *f = act->fields; f && f->name; f++)
		if (f->kind == FIELD_SECRET)
			return true;
	return act->slow || act_fhir_is_slow(act);
}

static bool is_glass(const struct act *act)
{
	return strcmp(act->name, BUDGET_GLASS_ROUTE) == 0;
}

/* Care that cannot wait has a budget of its own, and nothing of the ladder stops it (SECURITY 7.4). */
static bool is_emergency(const struct act_run *run)
{
	return str_eq(args_get(&run->args, "reason"), "emergency");
}

static enum explain glass_explain(const struct act_run *run)
{
	return is_emergency(run) ? EXPLAIN_EMERGENCY : EXPLAIN_BREAK_GLASS;
}

/* Which account an act frees; 0: it frees none. */
static uint32_t frees(const struct act_run *run)
{
	uint64_t account = 0;
	if (strcmp(run->act->name, BUDGET_FREED_ROUTE) == 0 && str_u64(args_get(&run->args, "account"), &account) == RC_OK && account <= UINT32_MAX)
		return (uint32_t)account;
	return 0;
}

/* ---- input ---- */

/* How many asks follow the act. */
static bool reads_follow(const struct look *l)
{
	return l->asks.n > 1;
}

/* What the person may mend and send again: the reads that follow show how it stands by now, what somebody else changed meanwhile too. */
static bool is_to_mend(enum rc rc, const struct problem *p)
{
	return rc == RC_BAD_INPUT || rc == RC_CONFLICT || (rc == RC_PRECONDITION && p->why == WHY_VERSION_CONFLICT);
}

static void answer_findings(struct look *l, enum rc rc, const struct problem *p)
{
	l->r->act_rc = rc;
	l->r->problem = *p;
	if (!reads_follow(l))
		l->r->rc = rc;
}

/* Likely duplicates are masked lines: shown with a refused creation they count as a search, and are recorded before they are shown. */
static enum rc charge_findings(struct look *l, struct problem *p)
{
	size_t cursor = 0;
	int64_t patient;
	enum tier tier;
	struct rows *rows = release_open(l->r);
	bool any = false;
	rows_end(rows);
	if (rows->out.failed)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "findings");
	while (rows_next_mark(buf_view(&rows->out), &cursor, &patient, &tier)) {
		if (tier != TIER_MASKED)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "findings reveal a patient");
		any = true;
		l->rows++;
	}
	if (!any)
		return RC_OK;
	struct ledger_entry e = decide_entry(l, LEDGER_RELEASE);
	e.note = STR(BUDGET_SEARCH_NOTE);
	e.reveals = REVEALS_MASKED;
	e.tier = TIER_MASKED;
	e.rows = l->rows;
	l->searched = true;
	enum rc rc = decide_charge(l, &e, p);
	l->searched = false; /* counted: the reads that follow are judged by themselves */
	l->rows = 0;
	rows_unmark(rows->out.p, rows->out.n);
	return rc;
}

static enum act_step findings(struct look *l, enum rc rc, const struct problem *found)
{
	struct problem p;
	if (charge_findings(l, &p) != RC_OK) {
		decide_refuse(l, &p);
		return ACT_ANSWERED;
	}
	answer_findings(l, rc, found);
	return reads_follow(l) ? ACT_READS : ACT_ANSWERED;
}

/* An assertion that was refused: nobody is signed in, so it is no refusal of a session; it is in the ledger all the same before it is told (clients.h). */
static enum rc note_refused(struct look *l, const struct act_run *run, const struct problem *found, struct problem *p)
{
	static const struct act_refused unread = { 0, "form" };
	const struct act_refused *k = run->prepared ? run->prepared : &unread;
	struct ledger_entry e = decide_entry(l, LEDGER_SESSION);
	if (!clients_first(l->d->g->clients, k->account, k->reason, run->now_ms, &e.rows))
		return RC_OK;
	e.route = STR(CLIENTS_ROUTE);
	e.note = STR(CLIENTS_NOTE);
	e.text = str_of(k->reason);
	e.account = k->account;
	e.rc = (unsigned char)found->rc;
	e.why = (uint16_t)found->why;
	enum rc rc = order_append(l->d->g, &e, ROLE_MACHINE, p);
	if (rc == RC_OK)
		l->t->number = e.number;
	return rc;
}

static enum rc put_form_findings(struct look *l, const struct form *form, struct problem *p)
{
	struct rows *rows = release_open(l->r);
	rows_set(rows, "issues");
	for (size_t i = 0; i < form->n_bad; i++) {
		rows_row(rows);
		rows_col(rows, "why", str_of(why_row(form->bad[i].why)->name));
		rows_col(rows, "where", str_of(form->bad[i].field));
	}
	return problem_set(p, RC_BAD_INPUT, form->bad[0].why, form->bad[0].field, "%zu fields", form->n_bad);
}

/* The run outlives the desk on which it was decided: the list is its own. The texts lie in the call, which waits for its answer. */
static enum rc keep_args(struct act_run *run, const struct ask *k, struct problem *p)
{
	struct pair *at = arena_array(&run->arena, k->n_args + 1, sizeof *at);
	if (!at)
		return arena_rc(&run->arena, p);
	if (k->n_args)
		memcpy(at, k->args, k->n_args * sizeof *at);
	run->args = (struct args){ at, k->n_args };
	return RC_OK;
}

/* Where a fresh proof is asked for, a passkey is one as a code is: the row's fields as they are then. */
static const struct field *fields_of(struct act_run *run)
{
	static const struct field none[] = { FIELDS_END };
	static const struct field key = { .name = "passkey", .label = "Security key", .kind = FIELD_TOKEN, .max = TOUCH_TEXT };
	const struct field *from = run->act->fields ? run->act->fields : none;
	size_t n = 0;
	if (!run->act->fresh)
		return from;
	while (from[n].name)
		n++;
	struct field *to = arena_array(&run->arena, n + 2, sizeof *to);
	for (size_t i = 0; to && i < n; i++) {
		to[i] = from[i];
		to[i].required = from[i].required && strcmp(from[i].name, "code") != 0;
	}
	if (to)
		to[n] = key; /* the row after it is zero: the end */
	return to;
}

/* Declared, checked, normalised. The gate's own FHIR acts take their bytes as they are: record judges them. */
static enum rc read_args(struct look *l, const struct ask *k, struct act_run *run, struct problem *p)
{
	struct pairs typed = { NULL, 0 };
	struct form form;
	if (act_fhir_is(run->act)) {
		enum rc rc = keep_args(run, k, p);
		return rc == RC_OK ? act_fhir_args(run->act, &run->args, p) : rc;
	}
	const struct field *fields = fields_of(run);
	if (!fields)
		return arena_rc(&run->arena, p);
	if (k->n_args && !(typed.at = arena_array(&run->arena, k->n_args, sizeof *typed.at)))
		return arena_rc(&run->arena, p);
	for (; typed.n < k->n_args; typed.n++)
		typed.at[typed.n] = k->args[typed.n];
	enum rc rc = form_read(fields, &typed, run->now_ms, &run->arena, &form, p);
	if (rc != RC_OK)
		return rc;
	if (form.n_bad > 0)
		return put_form_findings(l, &form, p);
	struct pair *at = arena_array(&run->arena, form.n + 1, sizeof *at);
	if (!at)
		return arena_rc(&run->arena, p);
	size_t n = 0;
	for (size_t i = 0; i < form.n; i++) { /* given but blank means: empty this; not given means: leave it */
		struct str name = str_of(form.at[i].field->name);
		if (form.at[i].value.p)
			at[n++] = (struct pair){ name, form.at[i].value };
		else if (decide_arg(k, form.at[i].field->name).p)
			at[n++] = (struct pair){ name, STR("") };
	}
	run->args = (struct args){ at, n };
	return RC_OK;
}

/* ---- decide ---- */

static enum rc may_act(struct look *l, const struct act *act, struct problem *p)
{
	MUST(act->may != 0 && act->reveals != REVEALS_UNSAID);
	if (act->may & MAY_ANYONE)
		return RC_OK;
	if (!l->seat)
		return problem_set(p, RC_STEP_UP, WHY_SIGN_IN, "", "nobody signed in");
	if (!(act->may & l->may))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "act not for this role");
	/* Where the house has no passkeys at all, nobody could. */
	bool by_code = act->key && l->d->g->site && l->seat->actor.factor != FACTOR_KEY && !l->seat->operator_;
	return by_code ? problem_set(p, RC_DENIED, WHY_KEY_WANTED, "", "account %u came by a code", l->seat->actor.account) : RC_OK;
}

/* To break the glass, being known is enough. BARRIER: but of a closed establishment's chart an emergency opens, and no other reason (docs/decisions/0040). */
static enum rc decide_glass(struct look *l, const struct act_run *run, int64_t patient, struct problem *p)
{
	if (patient <= 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	return !is_emergency(run) && closed_chart_is(l->d->db, patient) ? problem_set(p, RC_DENIED, WHY_CLOSED_CHART, "reason", "chart of a closed establishment") : RC_OK;
}

/* The patient that the act names. All but breaking the glass needs an explanation. */
static enum rc decide_patient(struct look *l, struct act_run *run, struct problem *p)
{
	struct str id = args_get(&run->args, "patient");
	enum rc rc = RC_OK;
	if (id.n == 0 || act_fhir_is(run->act))
		return RC_OK;
	int64_t patient = fhir_is_id(id) ? record_patient_rid(l->d->db, id) : 0;
	if (is_glass(run->act))
		patient = merge_kept(l->d->db, patient); /* a reason opens the person, whichever of the records named her */
	if (patient > 0)
		l->about = patient;
	if (is_glass(run->act))
		return decide_glass(l, run, patient, p);
	if (!l->seat || !explain_any(l->d, l->seat, patient))
		return decide_unknown(l, patient, true, p);
	decide_open(l, patient, TIER_IDENTITY, p, &rc);
	int64_t kept = merge_kept(l->d->db, patient);
	if (rc == RC_OK && kept != patient)
		decide_open(l, kept, TIER_IDENTITY, p, &rc); /* the person's record, which the answer may name */
	return rc;
}

/* An act that asks for a fresh proof gets it before anything else is looked at; so does what a colleague signs too. */
static enum rc prove_first(struct look *l, struct act_run *run, struct problem *p)
{
	struct str colleague = args_get(&run->args, "colleague"), key = args_get(&run->args, "colleague_passkey");
	bool cosigned = is_glass(run->act) && (colleague.n > 0 || key.n > 0);
	if (!run->act->fresh && !cosigned)
		return RC_OK;
	enum rc rc = cosigned ? prove_colleague(l, &(struct colleague){ colleague, args_get(&run->args, "colleague_code"), key }, &run->cosigned_by, &run->proof, p)
		: prove_shown(l, CHALLENGE_FRESH, args_get(&run->args, "code"), args_get(&run->args, "passkey"), &run->proof, p);
	if (rc == RC_BAD_INPUT) {
		struct rows *rows = release_open(l->r);
		rows_set(rows, "issues");
		rows_row(rows);
		rows_col(rows, "why", str_of(why_row(p->why)->name));
		rows_col(rows, "where", str_of(p->where));
	}
	return rc;
}

static enum rc prepare(struct look *l, struct act_run *run, struct problem *p)
{
	static const struct actor nobody = { .lang = { "fr", 2 } };
	struct view_ctx v = { .db = l->d->db, .who = run->seat ? &run->seat->actor : &nobody, .args = &run->args, .arena = &run->arena, .now_ms = run->now_ms, .limit = 200, .judge = &l->d->g->judge };
	if (!run->act->prepare)
		return RC_OK;
	uint64_t from = clock_ns();
	enum rc rc = run->act->prepare(&v, &run->prepared, release_open(l->r), p);
	l->run_ns += clock_ns() - from;
	return rc;
}

/* The grant is in the counters from its intent on; nothing that it opens can be released before that entry is durable. */
static enum rc charge_glass(struct look *l, struct act_run *run, struct ledger_entry *e, struct problem *p)
{
	struct gate *g = l->d->g;
	struct ledger_patient *one = ARENA_NEW(&run->arena, struct ledger_patient);
	if (!one)
		return arena_rc(&run->arena, p);
	bool emergency = is_emergency(run);
	*one = (struct ledger_patient){ .patient = l->about, .explain = (unsigned char)glass_explain(run) };
	e->patients = one;
	e->n_patients = 1;
	struct str text = args_get(&run->args, "text");
	if (text.n > BREAK_GLASS_TEXT)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "text", "reason over %d bytes", BREAK_GLASS_TEXT);
	/* What is typed may name the person: the ledger has it sealed with that person's key, and is verified without any. */
	struct buf sealed;
	buf_init(&sealed, BREAK_GLASS_TEXT + SEAL_MORE);
	enum rc rc = text.n ? keys_seal(l->d->db, l->about, (struct keys_bound){ SEALS_LEDGER, e->account, 0 }, text, &sealed, p) : RC_OK;
	e->text = rc == RC_OK && sealed.n ? arena_str(&run->arena, buf_view(&sealed)) : STR_NONE;
	buf_done(&sealed);
	if (rc == RC_OK)
		rc = arena_rc(&run->arena, p);
	if (rc != RC_OK)
		return rc;
	e->about = run->cosigned_by;
	order_lock(g);
	rc = budget_glass(order_budget(g), e->account, emergency, run->cosigned_by ? LIMIT_COSIGNED : seat_limits(l->seat).glass, order_now(g), p);
	if (rc == RC_OK && canary_is(g, l->about))
		rc = canary_touched_locked(g, e, l->seat->actor.role, p);
	if (rc == RC_OK)
		rc = order_append_locked(g, e, l->seat->actor.role, p);
	order_unlock(g);
	return rc;
}

static enum rc charge_intent(struct look *l, struct act_run *run, struct problem *p)
{
	struct ledger_entry e = decide_entry(l, LEDGER_INTENT);
	e.route = str_of(run->act->name);
	e.reveals = (unsigned char)run->act->reveals;
	e.about = frees(run);
	if (run->act->notes && run->prepared) {
		const struct act_note *n = run->prepared;
		e.text = (struct str){ n->text, n->n };
		e.rows = n->rows > UINT32_MAX ? UINT32_MAX : (uint32_t)n->rows;
	}
	if (run->act->fresh)
		e.note = run->proof.key ? STR("key") : STR("code"); /* by which factor */
	enum rc rc = is_glass(run->act) ? charge_glass(l, run, &e, p) : decide_charge(l, &e, p);
	if (rc == RC_OK)
		run->intent = e.number;
	return rc;
}

/* ---- on the writer ---- */

static bool was_decided(const struct act_run *run, int64_t patient)
{
	for (size_t i = 0; i < run->n_openings; i++)
		if (run->openings[i].patient == patient)
			return true;
	return false;
}

static enum rc made_by(struct db_conn *c, int64_t patient, uint32_t account, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_MADE_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, account);
	return db_run(s, p);
}

enum rc act_shared(struct db_conn *c, int64_t patient, uint32_t account, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_MADE_SHARE);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, account);
	return db_run(s, p);
}

/*
 * BARRIER: what the act's answer names. A person may get back the patient that was decided before, or one whose chart this very transaction began (which
 * is then that person's own until another adds to it), or a masked line; for anything else the act is undone.
 */
static enum rc judge_marked(struct act_run *run, struct db_conn *c, int64_t txn, int64_t patient, enum tier tier, struct problem *p)
{
	struct record_row row;
	struct problem none;
	if (was_decided(run, patient))
		return RC_OK;
	if (tier >= TIER_IDENTITY && canary_is(run->g, patient)) {
		run->canary = true;
		return problem_set(p, RC_OVER_BUDGET, WHY_STOPPED_ACCOUNT, "", "an act's answer names a canary");
	}
	if (run->n_marked < ACT_PATIENTS && (run->n_marked == 0 || run->marked[run->n_marked - 1].patient != patient))
		run->marked[run->n_marked++] = (struct marked){ patient, false };
	if (act_fhir_is(run->act))
		return RC_OK; /* decided each write by themselves */
	bool fresh = run->seat && run->seat->actor.account && record_by_rid(c, patient, &row, &none) == RC_OK && row.version == 1 && row.txn == txn;
	if (!fresh)
		return tier < TIER_IDENTITY ? RC_OK : problem_set(p, RC_DENIED, WHY_UNEXPLAINED, "", "an act's answer names an undecided patient");
	run->marked[run->n_marked - 1].fresh = true;
	return made_by(c, patient, run->seat->actor.account, p);
}

static const struct opening *answered_for(const struct act_run *run, int64_t patient)
{
	for (size_t i = 0; i < run->n_answered; i++)
		if (run->answered[i].patient == patient)
			return &run->answered[i];
	return NULL;
}

/* Whom the outcome names: who was opened for the act, then who its answer names beside them. In the run's arena; NULL without memory. */
static struct ledger_patient *outcome_patients(struct act_run *run, uint32_t *n_r)
{
	enum explain why = run->seat && run->seat->actor.machine ? EXPLAIN_TICKET : is_glass(run->act) ? glass_explain(run) : EXPLAIN_NONE;
	struct ledger_patient *list = arena_array(&run->arena, run->n_openings + run->n_marked + 1, sizeof *list);
	uint32_t n = 0;
	for (size_t i = 0; list && i < run->n_openings; i++)
		list[n++] = (struct ledger_patient){ .patient = run->openings[i].patient, .explain = (unsigned char)run->openings[i].explain, .tier = TIER_IDENTITY };
	for (size_t i = 0; list && i < run->n_marked && n < ACT_PATIENTS; i++) {
		const struct opening *o = answered_for(run, run->marked[i].patient);
		list[n++] = (struct ledger_patient){ .patient = run->marked[i].patient, .explain = (unsigned char)(run->marked[i].fresh ? EXPLAIN_CREATED : o ? o->explain : why), .tier = (unsigned char)(o ? o->tier : TIER_IDENTITY) };
	}
	*n_r = n;
	return list;
}

static enum rc note_done(struct act_run *run, struct db_conn *c, struct problem *p)
{
	uint32_t n = 0;
	const struct ledger_patient *list = outcome_patients(run, &n);
	return list ? act_note(c, &run->arena, run->intent, list, n, p) : arena_rc(&run->arena, p);
}

/* By this very act: it is told, and costs nothing (SECURITY 7.2). */
static bool was_begun(const struct act_run *run, int64_t patient)
{
	for (size_t i = 0; i < run->n_marked; i++)
		if (run->marked[i].fresh && run->marked[i].patient == patient)
			return true;
	return false;
}

static bool is_of_person(const struct act_run *run) { return run->seat && run->seat->actor.account && !run->seat->actor.machine && !run->seat->operator_; }

/*
 * BARRIER: whom an act's answer names to a person beside those who were opened for it draws as a read does: explained or not, each once, by the highest tier that comes back, under the ladder and
 * the fifty of one answer. On the writer, where the answer is known and nothing was committed: refused, the act is undone. The commit waits for the entry (job.needs), so nothing is
 * answered that was not charged; an act that the writer runs again finds them open.
 */
static enum rc charge_answer(struct act_run *run, struct db_conn *c, struct problem *p)
{
	struct desk d = { .g = run->g, .db = c, .now_ms = run->now_ms, .generation = atomic_load(&run->g->generation), .facts = calloc(DESK_FACTS, sizeof *d.facts) };
	struct look l = { .d = &d, .t = run->t, .seat = run->seat, .r = run->t->call.release, .reveals = run->act->reveals, .route = str_of(run->act->name), .act = run->act->name };
	size_t cursor = 0;
	int64_t patient;
	enum tier tier;
	enum rc rc = d.facts ? RC_OK : problem_set(p, RC_RETRY, WHY_BUSY, "", "no memory to price an answer");
	arena_init(&d.arena, DESK_ANSWER);
	while (rc == RC_OK && rows_next_mark(buf_view(&run->out.out), &cursor, &patient, &tier)) {
		l.rows++;
		if (tier >= TIER_IDENTITY && !was_decided(run, patient) && !was_begun(run, patient))
			decide_open(&l, patient, tier, p, &rc);
	}
	if (rc == RC_OK && l.n_openings > 0) {
		d.specials = special_any(c);
		struct ledger_entry e = decide_entry(&l, LEDGER_RELEASE);
		e.note = STR(LEDGER_ANSWER_NOTE);
		rc = decide_charge(&l, &e, p);
		if (rc == RC_OK && e.number > run->job.needs)
			run->job.needs = e.number;
		run->answered = rc == RC_OK ? arena_array(&run->arena, l.n_openings, sizeof *run->answered) : NULL;
		if (run->answered)
			memcpy(run->answered, l.openings, l.n_openings * sizeof *run->answered);
		run->n_answered = run->answered ? l.n_openings : 0;
	}
	arena_done(&d.arena);
	free(d.facts);
	return rc;
}

static enum rc after_run(struct act_run *run, struct db_conn *c, int64_t txn, struct problem *p)
{
	size_t cursor = 0;
	int64_t patient;
	enum tier tier;
	enum rc rc = RC_OK;
	rows_end(&run->out);
	if (run->out.out.failed)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "an act's answer");
	run->n_marked = is_glass(run->act) ? 1 : 0;
	run->n_answered = 0;
	while (rc == RC_OK && rows_next_mark(buf_view(&run->out.out), &cursor, &patient, &tier))
		rc = judge_marked(run, c, txn, patient, tier, p);
	if (rc == RC_OK && is_of_person(run))
		rc = charge_answer(run, c, p);
	for (size_t i = 0; i < run->n_openings && rc == RC_OK; i++)
		rc = act_shared(c, run->openings[i].patient, run->seat->actor.account, p);
	if (rc != RC_OK)
		return rc;
	return note_done(run, c, p);
}

/* So that a restart brings none of them back. */
static enum rc end_stored(struct db_conn *c, uint32_t account, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_END);
	db_bind_i64(s, 1, account);
	return db_run(s, p);
}

static enum rc end_whose(struct act_run *run, struct db_conn *c, struct problem *p)
{
	struct account acc = { .no = run->seat->actor.account };
	enum rc rc = run->act->ends_named ? account_by_login(c, args_get(&run->args, "login"), &run->arena, &acc, p) : RC_OK;
	run->ends = rc == RC_OK ? acc.no : 0;
	return rc;
}

static enum rc run_on_writer(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	static const struct actor nobody = { .lang = { "fr", 2 } };
	struct act_run *run = (struct act_run *)(void *)job;
	struct act_inside in = { .x = { .db = c, .txn = txn, .who = run->seat ? &run->seat->actor : &nobody, .args = &run->args, .arena = &run->arena, .now_ms = run->now_ms, .prepared = run->prepared, .judge = &run->g->judge }, .g = run->g };
	rows_done(&run->out);
	rows_init(&run->out, ACT_ROWS);
	live_gather(&run->live);
	if (run->seat && !run->seat->actor.machine)
		relation_writer_set(run->seat->actor.account);
	enum rc rc = run->act->fresh || run->cosigned_by ? prove_spend(c, &run->proof, run->now_ms, p) : RC_OK;
	if (rc == RC_OK)
		rc = act_carry_out(run->act, &in.x, &run->out, p);
	run->canary = in.canary;
	if (rc == RC_OK && (run->act->ends || run->act->ends_named))
		rc = end_whose(run, c, p);
	if (rc == RC_OK && run->ends)
		rc = end_stored(c, run->ends, p);
	relation_writer_set(0);
	live_gather(NULL);
	return rc == RC_OK ? after_run(run, c, txn, p) : rc;
}

static void run_free(struct act_run *run)
{
	rows_done(&run->out);
	seat_drop(&run->seat);
	arena_done(&run->arena);
	free(run);
}

static enum rc append_outcome(struct act_run *run, struct problem *p)
{
	struct task *t = run->t;
	struct ledger_entry e = { .kind = LEDGER_OUTCOME, .surface = (unsigned char)t->call.surface, .rc = (unsigned char)run->job.rc, .about = run->intent,
		.reveals = (unsigned char)run->act->reveals, .route = str_of(run->act->name), .from = t->call.from };
	enum role role = run->seat ? run->seat->actor.role : ROLE_NONE;
	if (run->seat) {
		e.account = run->seat->actor.account;
		e.session = run->seat->session;
		e.unit = run->seat->actor.unit;
	}
	if (run->job.rc != RC_OK)
		e.why = (uint16_t)run->job.problem.why;
	if (run->job.rc != RC_OK)
		run->n_marked = 0; /* its answer names nobody */
	e.patients = outcome_patients(run, &e.n_patients);
	if (run->canary)
		canary_touched(run->g, &e, role);
	enum rc rc = order_append(run->g, &e, role, p);
	if (rc == RC_OK && run->job.rc != RC_OK)
		t->number = e.number;
	return rc;
}

static void end_sessions(struct act_run *run)
{
	struct ledger_entry e = { .kind = LEDGER_SESSION, .surface = (unsigned char)run->t->call.surface, .account = run->ends, .session = run->seat->session, .about = run->seat->actor.account,
		.route = str_of(run->act->name), .from = run->t->call.from, .note = STR("over") };
	struct problem p;
	sessions_end_account(run->g->sessions, e.account);
	if (order_append(run->g, &e, run->seat->actor.role, &p) != RC_OK)
		log_problem(LOG_ERROR, "sessions_end_not_recorded", &p);
}

/* One session of the same person, as it is in the table already. */
static void end_session(struct act_run *run)
{
	struct ledger_entry e = { .kind = LEDGER_SESSION, .surface = (unsigned char)run->t->call.surface, .account = run->seat->actor.account, .route = str_of(run->act->name), .from = run->t->call.from, .note = STR("over") };
	struct problem p;
	if (str_u64(args_get(&run->args, "session"), &e.session) != RC_OK)
		return;
	sessions_end(run->g->sessions, e.session);
	if (order_append(run->g, &e, run->seat->actor.role, &p) != RC_OK)
		log_problem(LOG_ERROR, "sessions_end_not_recorded", &p);
}

/* On the thread that tells of durable groups (db/flush.c): quick. A refusal waits for its entry to be durable; what was committed is durable already, and needs to wait for nothing. */
static void act_done(struct db_job *job)
{
	struct act_run *run = (struct act_run *)(void *)job;
	struct gate *g = run->g;
	struct task *t = run->t;
	struct release *r = t->call.release;
	struct problem p = job->problem;
	enum rc rc = job->rc;
	bool follow = run->reads_follow;
	if (rc == RC_CONFLICT && p.where[0] == '\0' && (p.why == WHY_DUPLICATE || p.why == WHY_DATA_RULE))
		log_problem(LOG_WARN, "act_broke_a_rule", &p); /* of the database itself: the act should have asked before */
	atomic_fetch_add(&g->generation, 1); /* before the answer: whoever knows of the act sees its facts */
	if (rc == RC_OK)
		watch_touched(g, &run->live);
	if (append_outcome(run, &p) != RC_OK) {
		release_refuse(r, &p);
		follow = false;
	} else if (rc == RC_OK) {
		if (r->has_rows)
			rows_done(&r->rows);
		if (run->cosigned_by)
			prove_good(g, str_trim(args_get(&run->args, "colleague")), args_get(&run->args, "colleague_passkey"), t->call.from);
		else if (run->act->fresh)
			prove_good(g, run->seat->actor.login, args_get(&run->args, "passkey"), t->call.from);
		if (run->ends)
			end_sessions(run);
		if (run->act->ends_session)
			end_session(run);
		r->rows = run->out;
		r->has_rows = true;
		run->out = (struct rows){ .set_at = SIZE_MAX, .row_at = SIZE_MAX };
		rows_unmark(r->rows.out.p, r->rows.out.n);
		r->rc = RC_OK;
	} else if (follow && is_to_mend(rc, &p)) {
		r->act_rc = rc;
		r->problem = p;
	} else {
		if (rc == RC_BROKEN)
			log_problem(LOG_ERROR, "act_failed", &p);
		release_refuse(r, &p);
		r->act_rc = rc;
		follow = false;
	}
	if (run->act->notes)
		stream_wake(g);
	run_free(run);
	if (follow) {
		t->phase = PHASE_AFTER_ACT;
		t->call.next = NULL;
		worker_queue(g, t);
	} else {
		worker_told(g, t);
	}
	atomic_fetch_sub(&g->acts_under_way, 1);
}

/* ---- start ---- */

static enum act_step refused(struct look *l, struct act_run *run, const struct problem *p)
{
	if (run)
		run_free(run);
	decide_refuse(l, p);
	l->r->act_rc = p->rc;
	return ACT_ANSWERED;
}

/* An act with nothing to write: what prepare did is all; it is recorded as what it revealed. */
static enum act_step done_by_prepare(struct look *l, struct act_run *run)
{
	struct problem p;
	struct ledger_entry e = decide_entry(l, LEDGER_RELEASE);
	e.route = str_of(run->act->name);
	if (decide_charge(l, &e, &p) != RC_OK)
		return refused(l, run, &p);
	run_free(run);
	if (l->r->has_rows) {
		rows_end(&l->r->rows);
		rows_unmark(l->r->rows.out.p, l->r->rows.out.n);
	}
	return reads_follow(l) ? ACT_READS : ACT_ANSWERED;
}

static void submit(struct look *l, struct act_run *run)
{
	struct opening *kept = l->n_openings ? arena_array(&run->arena, l->n_openings, sizeof *kept) : NULL;
	if (kept)
		memcpy(kept, l->openings, l->n_openings * sizeof *kept);
	run->openings = kept;
	run->n_openings = kept ? l->n_openings : 0; /* without them the answer names undecided patients and the act is undone */
	if (is_glass(run->act))
		run->marked[run->n_marked++] = (struct marked){ l->about, false };
	run->reads_follow = reads_follow(l);
	run->job = (struct db_job){ .run = run_on_writer, .done = act_done, .needs = run->intent };
	atomic_fetch_add(&l->d->g->acts_under_way, 1);
	db_submit(l->d->g->db, &run->job);
}

enum act_step act_start(struct look *l, const struct ask *k)
{
	struct problem p = { .rc = RC_OK };
	const struct act *act = act_row(k->name);
	if (!act) {
		(void)!problem_set(&p, RC_BAD_INPUT, WHY_METHOD, "", "no such act");
		return refused(l, NULL, &p);
	}
	l->act = act->name;
	if (may_act(l, act, &p) != RC_OK)
		return refused(l, NULL, &p);
	if (act_is_slow(act) && !pool_is_here(l->d)) {
		if (pool_post(l->d->g, l->t))
			return ACT_TAKEN;
		(void)!problem_set(&p, RC_RETRY, WHY_BUSY, "", "pool is full");
		return refused(l, NULL, &p);
	}
	struct act_run *run = calloc(1, sizeof *run);
	if (!run) {
		(void)!problem_set(&p, RC_RETRY, WHY_BUSY, "", "no memory for an act");
		return refused(l, NULL, &p);
	}
	arena_init(&run->arena, ACT_ARENA);
	rows_init(&run->out, ACT_ROWS);
	run->g = l->d->g;
	run->t = l->t;
	run->act = act;
	run->now_ms = l->d->now_ms;
	if ((run->seat = l->seat) != NULL)
		atomic_fetch_add(&run->seat->refs, 1);
	enum rc rc = read_args(l, k, run, &p);
	if (rc == RC_OK)
		rc = prove_first(l, run, &p);
	bool proven = rc == RC_OK;
	if (rc == RC_OK)
		rc = decide_patient(l, run, &p);
	if (rc == RC_OK)
		rc = prepare(l, run, &p);
	if (proven && act->fresh && rc != RC_OK) /* what was typed or named beside a right proof is no guess at it */
		prove_good(l->d->g, run->seat->actor.login, args_get(&run->args, "passkey"), l->t->call.from);
	if (rc == RC_BAD_INPUT && act->refusals) {
		struct problem failed;
		if (note_refused(l, run, &p, &failed) != RC_OK)
			return refused(l, run, &failed);
	}
	if (is_to_mend(rc, &p)) {
		run_free(run);
		return findings(l, rc, &p);
	}
	if (rc != RC_OK)
		return refused(l, run, &p);
	if (!act->run)
		return done_by_prepare(l, run);
	if (charge_intent(l, run, &p) != RC_OK)
		return refused(l, run, &p);
	submit(l, run);
	return ACT_TAKEN;
}
