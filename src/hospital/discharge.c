/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/discharge.c: reconciliation at discharge (conciliation médicamenteuse de sortie): each treatment of the stay and each one known from home is continued, changed or stopped by
 * a physician; lines for home come into his basket and are signed there, checked like any other. Must never hold up an administrative discharge, nor decide anything by itself. What
 * ends with the stay is discharge_end.c. Called by the gate through the rows at the end and by prescription_sign.c. Start at treatments_view.
 */
#include "hospital/discharge.h"

#include <stdio.h>
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/prescription.h"
#include "hospital/relation.h"
#include "hospital/traits.h"
#include "hospital/tall_name.h"

#define LINES_MOST 300
#define WAITS_MOST 200

/* ---- rows ---- */

enum rc discharge_decision_add(struct act_ctx *x, const struct discharge_decision *d, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_DECIDE);
	db_bind_str(s, 1, d->stay);
	db_bind_i64(s, 2, d->patient);
	db_bind_str(s, 3, d->source.n ? d->source : STR(""));
	db_bind_str(s, 4, d->outcome);
	db_bind_str(s, 5, d->reason.n ? d->reason : STR(""));
	db_bind_str(s, 6, d->home.n ? d->home : STR(""));
	db_bind_i64(s, 7, x->who->account);
	db_bind_i64(s, 8, x->now_ms);
	return db_run(s, p);
}

struct decisions { struct discharge_decision *at; size_t n; };

static enum rc decisions_of(struct db_conn *c, struct arena *a, int64_t patient, struct str stay, struct decisions *d_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_DISCHARGE_DECIDED);
	struct decisions d = { .at = arena_array(a, LINES_MOST, sizeof *d.at) };
	bool row = false;
	enum rc rc = d.at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, stay);
	db_bind_i64(s, 3, LINES_MOST);
	while (rc == RC_OK && d.n < LINES_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		d.at[d.n++] = (struct discharge_decision){ .stay = stay, .source = arena_str(a, db_text(s, 0)), .outcome = arena_str(a, db_text(s, 1)), .reason = arena_str(a, db_text(s, 2)),
			.home = arena_str(a, db_text(s, 3)), .patient = patient, .account = (uint32_t)db_i64(s, 4), .at_ms = db_i64(s, 5) };
	db_reset(s);
	*d_r = d;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static const struct discharge_decision *decision_of(const struct decisions *d, struct str source)
{
	for (size_t i = 0; i < d->n; i++)
		if (str_is(d->at[i].source, source))
			return &d->at[i];
	return NULL;
}

static enum rc one_text(struct db_stmt *s, struct arena *a, struct str *text_r, struct problem *p)
{
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*text_r = rc == RC_OK && row ? arena_str(a, db_text(s, 0)) : STR_NONE;
	db_reset(s);
	return rc;
}

/* ---- which stay ---- */

enum rc discharge_stay(struct db_conn *c, struct arena *a, int64_t patient, struct str stay, struct item *it_r, struct problem *p)
{
	struct item it;
	bool found = false;
	enum rc rc = item_find(c, a, "Encounter", stay, &found, &it, p);
	if (rc == RC_OK && (!found || it.patient != patient))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "stay", "no such stay of this patient");
	if (rc == RC_OK && it_r)
		*it_r = it;
	return rc;
}

/* The one that is asked for; else the one that runs, else one that ended and waits, else the last one that anything was decided of. Empty: none. */
static enum rc stay_meant(struct view_ctx *v, int64_t patient, struct str *stay_r, struct problem *p)
{
	struct stay now;
	*stay_r = args_get(v->args, "stay");
	if (stay_r->n)
		return RC_OK;
	enum rc rc = order_stay(v->db, v->arena, args_get(v->args, "patient"), v->now_ms, &now, p);
	*stay_r = now.id;
	enum stmt next[] = { ST_HOSPITAL_DISCHARGE_WAIT_OF, ST_HOSPITAL_DISCHARGE_STAY };
	for (size_t i = 0; rc == RC_OK && !stay_r->n && i < N_OF(next); i++) {
		struct db_stmt *s = db_stmt(v->db, next[i]);
		db_bind_i64(s, 1, patient);
		rc = one_text(s, v->arena, stay_r, p);
	}
	return rc;
}

bool discharge_is_of_stay(const struct json *request, struct str stay, int64_t start_ms)
{
	struct str encounter = STR_NONE, written = json_get_text(request, "authoredOn");
	if (order_is_home(request))
		return false;
	if (ref_of(json_get(request, "encounter"), "Encounter", &encounter) && encounter.n)
		return str_is(encounter, stay);
	return when_low(written.n ? written : json_get_text(request, "dateTime")) >= start_ms; /* written while no stay was known */
}

/* ---- what there is to decide of ---- */

struct source { struct item it; struct order o; bool of_home, statement; };
struct sources { struct source *at; size_t n; };

static enum rc add_request(struct arena *a, struct sources *s, const struct item *it, bool of_home, struct problem *p)
{
	struct source *one = &s->at[s->n];
	if (s->n == LINES_MOST)
		return RC_OK;
	*one = (struct source){ .it = *it, .of_home = of_home };
	enum rc rc = order_of_request(a, it, &one->o, p);
	s->n += rc == RC_OK;
	return rc;
}

static enum rc add_ended(struct db_conn *c, struct arena *a, struct str stay, struct sources *s, struct problem *p)
{
	struct db_stmt *st = db_stmt(c, ST_HOSPITAL_DISCHARGE_ENDED);
	struct str *id = arena_array(a, DISCHARGE_ENDED_MOST, sizeof *id);
	size_t n = 0;
	bool row = false, found = false;
	enum rc rc = id ? RC_OK : arena_rc(a, p);
	db_bind_str(st, 1, stay);
	db_bind_i64(st, 2, DISCHARGE_ENDED_MOST);
	while (rc == RC_OK && n < DISCHARGE_ENDED_MOST && (rc = db_step(st, &row, p)) == RC_OK && row)
		if (!memchr(db_text(st, 0).p, '/', db_text(st, 0).n)) /* a medicine */
			id[n++] = arena_str(a, db_text(st, 0));
	db_reset(st);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct item it;
		rc = item_find(c, a, "MedicationRequest", id[i], &found, &it, p);
		if (rc == RC_OK && found && !str_eq(json_get_text(it.body, "status"), "entered-in-error"))
			rc = add_request(a, s, &it, false, p);
	}
	return rc;
}

/* Open lines of the stay, those that ended with it, and what the person takes at home: older lines, and what was recorded as taken. */
static enum rc sources_of(struct db_conn *c, struct arena *a, struct str patient, const struct item *stay, struct sources *s_r, struct problem *p)
{
	const struct pair open[] = { { STR("patient"), patient }, { STR("status"), STR("active,on-hold") } }, taken[] = { { STR("patient"), patient }, { STR("status"), STR("active") } };
	struct sources s = { .at = arena_array(a, LINES_MOST, sizeof *s.at) };
	int64_t start = when_low(text_at(stay->body, "period.start"));
	struct items found;
	enum rc rc = s.at ? items_find(c, a, "MedicationRequest", open, N_OF(open), LINES_MOST, &found, p) : arena_rc(a, p);
	for (size_t i = 0; rc == RC_OK && i < found.n; i++) {
		struct str of = STR_NONE;
		bool home = order_is_home(found.at[i].body), mine = discharge_is_of_stay(found.at[i].body, stay->id, start);
		(void)ref_of(json_get(found.at[i].body, "encounter"), "Encounter", &of);
		if (home && str_is(of, stay->id))
			continue; /* that is what was decided */
		rc = add_request(a, &s, &found.at[i], !mine, p);
	}
	if (rc == RC_OK)
		rc = add_ended(c, a, stay->id, &s, p);
	if (rc == RC_OK)
		rc = items_find(c, a, "MedicationStatement", taken, N_OF(taken), LINES_MOST, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n && s.n < LINES_MOST; i++)
		s.at[s.n++] = (struct source){ .it = found.at[i], .of_home = true, .statement = true, .o = { .kind = ORDER_DRUG, .id = found.at[i].id, .body = found.at[i].body, .text = text_at(found.at[i].body, "medicationCodeableConcept.text") } };
	*s_r = s;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static size_t undecided(const struct sources *s, const struct decisions *d)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n; i++)
		n += decision_of(d, s->at[i].it.id) == NULL;
	return n;
}

enum rc discharge_undecided(struct db_conn *c, struct arena *a, struct str patient, const struct item *stay, size_t *n_r, struct problem *p)
{
	struct decisions d = { .n = 0 };
	struct sources left = { .n = 0 };
	enum rc rc = sources_of(c, a, patient, stay, &left, p);
	if (rc == RC_OK)
		rc = decisions_of(c, a, stay->patient, stay->id, &d, p);
	*n_r = rc == RC_OK ? undecided(&left, &d) : 0;
	return rc;
}

/* ---- the view ---- */

static void cols_order(struct rows *out, const struct order *o, const char *dosage)
{
	struct buf b;
	buf_init(&b, 4000);
	if (o->drug) {
		col_medicine(out, "dci", o->drug->dci);
		col_medicine(out, "name", o->drug->name);
	} else {
		col(out, "name", o->text);
	}
	if (o->posology)
		posology_text(&b, o->posology, true);
	else
		buf_str(&b, text_at(o->body, o->body && json_get(o->body, "dosage") ? "dosage.text" : "dosageInstruction.text"));
	col(out, dosage, buf_view(&b));
	buf_done(&b);
}

static enum rc row_decided(struct view_ctx *v, struct rows *out, struct people *people, const struct discharge_decision *d, const struct source *of, struct problem *p)
{
	struct item it;
	struct order home;
	bool found = false;
	enum rc rc = d->home.n ? item_find(v->db, v->arena, "MedicationRequest", d->home, &found, &it, p) : RC_OK;
	if (rc == RC_OK && found)
		rc = order_of_request(v->arena, &it, &home, p);
	if (rc != RC_OK)
		return rc;
	rows_row(out);
	rows_patient(out, d->patient, TIER_CLINICAL);
	col(out, "outcome", d->outcome);
	col(out, "reason", d->reason);
	col(out, "source", d->source);
	col(out, "home", d->home);
	col_flag(out, "of_home", of && of->of_home);
	if (found) {
		cols_order(out, &home, "dosage");
		col(out, "note", text_at(it.body, "note.text"));
		col_flag(out, "ald", home.ald);
		col_flag(out, "withdrawn", !str_eq(home.status, "active") && !str_eq(home.status, "completed"));
		if (of && of->o.posology) {
			struct buf b;
			buf_init(&b, 4000);
			posology_text(&b, of->o.posology, true);
			col(out, "was", buf_view(&b));
			buf_done(&b);
		}
	} else if (of) {
		cols_order(out, &of->o, "dosage");
	}
	col(out, "by_name", person_of(people, d->account).name);
	rows_col_i64(out, "at", d->at_ms);
	return RC_OK;
}

static void row_open(struct rows *out, int64_t patient, const struct source *s)
{
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "id", s->it.id);
	col_flag(out, "of_home", s->of_home);
	col_flag(out, "words", !s->o.posology || !s->o.drug);
	col_flag(out, "statement", s->statement);
	cols_order(out, &s->o, "dosage");
}

static const struct source *source_of(const struct sources *s, struct str id)
{
	for (size_t i = 0; i < s->n; i++)
		if (str_is(s->at[i].it.id, id))
			return &s->at[i];
	return NULL;
}

/* Decisions that count: the newest of each source, and each new line. */
static bool counts(const struct decisions *d, size_t i)
{
	return !d->at[i].source.n || decision_of(d, d->at[i].source) == &d->at[i];
}

/*
 * "discharge_treatments": patient, stay (empty: the one that runs, else the last that ended or was decided of). For the letter and whoever needs the list. Set "treatments", newest
 * decision first: outcome (continue, change, stop, new), reason (of stop: a code), source, home (the line signed for home; empty: stopped, or taken on as it is at home), of_home (flag: was taken
 * before the stay), dci, name, dosage (for home; of what stops: as it was), was (the posology in the stay, where there is a line for home), note, ald, withdrawn (flags; withdrawn: the line was
 * stopped after it was signed), by_name, at. Set "undecided": id, of_home, words (flag: no posology to carry over), statement (flags), dci, name, dosage. Set "discharge": stay, ended_at (none: it
 * runs), signed_by, signed_at, done (flag: signed, and nothing undecided since), left (how many).
 */
static enum rc treatments_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct str stay;
	struct item it;
	struct sources s = { .n = 0 };
	struct decisions d = { .n = 0 };
	int64_t patient = 0;
	bool row = false;
	enum rc rc = order_patient(v->db, v->args, &patient, p);
	if (rc == RC_OK)
		rc = stay_meant(v, patient, &stay, p);
	rows_set(out, "treatments");
	if (rc != RC_OK || !stay.n)
		return rc;
	rc = discharge_stay(v->db, v->arena, patient, stay, &it, p);
	if (rc == RC_OK)
		rc = sources_of(v->db, v->arena, args_get(v->args, "patient"), &it, &s, p);
	if (rc == RC_OK)
		rc = decisions_of(v->db, v->arena, patient, stay, &d, p);
	for (size_t i = 0; rc == RC_OK && i < d.n; i++)
		if (counts(&d, i))
			rc = row_decided(v, out, &people, &d.at[i], source_of(&s, d.at[i].source), p);
	rows_set(out, "undecided");
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		if (!decision_of(&d, s.at[i].it.id))
			row_open(out, patient, &s.at[i]);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *st = db_stmt(v->db, ST_HOSPITAL_DISCHARGE_REVIEW);
	db_bind_i64(st, 1, patient);
	db_bind_str(st, 2, stay);
	rc = db_step(st, &row, p);
	uint32_t by = rc == RC_OK && row ? (uint32_t)db_i64(st, 0) : 0;
	int64_t at = by ? db_i64(st, 1) : 0, ended = when_low(text_at(it.body, "period.end"));
	db_reset(st);
	rows_set(out, "discharge");
	rows_row(out);
	rows_patient(out, patient, TIER_CLINICAL);
	rows_col(out, "stay", stay);
	if (ended != INT64_MIN)
		rows_col_i64(out, "ended_at", ended);
	if (by) {
		col(out, "signed_by", person_of(&people, by).name);
		rows_col_i64(out, "signed_at", at);
	}
	rows_col_i64(out, "left", (int64_t)undecided(&s, &d));
	col_flag(out, "done", by && !undecided(&s, &d));
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- deciding ---- */

struct deciding { struct act_ctx *x; int64_t patient; struct str stay; struct item it; struct sources s; struct decisions d; };

static enum rc begin(struct act_ctx *x, struct deciding *k, struct problem *p)
{
	*k = (struct deciding){ .x = x, .stay = args_get(x->args, "stay") };
	enum rc rc = order_patient(x->db, x->args, &k->patient, p);
	if (rc == RC_OK)
		rc = discharge_stay(x->db, x->arena, k->patient, k->stay, &k->it, p);
	if (rc == RC_OK)
		rc = sources_of(x->db, x->arena, args_get(x->args, "patient"), &k->it, &k->s, p);
	return rc == RC_OK ? decisions_of(x->db, x->arena, k->patient, k->stay, &k->d, p) : rc;
}

static void answer(struct rows *out, const struct deciding *k, int64_t n)
{
	rows_set(out, "discharge");
	rows_row(out);
	rows_patient(out, k->patient, TIER_MASKED);
	rows_col(out, "stay", k->stay);
	rows_col_i64(out, "n", n);
}

static enum rc source_arg(const struct deciding *k, const struct source **s_r, struct problem *p)
{
	*s_r = source_of(&k->s, args_get(k->x->args, "id"));
	return *s_r ? RC_OK : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "id", "no such treatment of this stay");
}

/* "discharge_stop": patient, stay, id, reason → set "discharge": stay, n. The newest decision counts. */
static enum rc stop_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct source *s;
	struct deciding k;
	enum rc rc = begin(x, &k, p);
	if (rc == RC_OK)
		rc = source_arg(&k, &s, p);
	if (rc == RC_OK)
		rc = discharge_decision_add(x, &(struct discharge_decision){ .stay = k.stay, .patient = k.patient, .source = s->it.id, .outcome = STR("stop"), .reason = args_get(x->args, "reason") }, p);
	if (rc == RC_OK)
		answer(out, &k, 1);
	return rc;
}

static enum rc draft(const struct deciding *k, const struct source *s, struct problem *p)
{
	char form[140];
	struct buf typed;
	struct jw w;
	int64_t no;
	snprintf(form, sizeof form, "home-%.*s-%u", STR_ARG(s->it.id), s->it.version);
	buf_init(&typed, 20000);
	jw_init(&w, &typed);
	jw_object(&w);
	bool good = order_typed_again(&w, s->o.posology, STR_NONE);
	jw_member(&w, "home", k->stay);
	jw_member(&w, "continues", STR("1"));
	if (s->o.ald)
		jw_member(&w, "ald", STR("1"));
	jw_end(&w, '}');
	struct order_line l = { .form = str_of(form), .replaces = s->it.id, .typed = buf_view(&typed), .kind = ORDER_DRUG, .cis = s->o.cis };
	enum rc rc = good ? buf_rc(&typed, p) : problem_set(p, RC_BAD_INPUT, WHY_DISCHARGE_WORDS, "id", "no posology");
	if (rc == RC_OK)
		rc = order_line_add(k->x, k->patient, &l, &no, p);
	buf_done(&typed);
	return rc;
}

/*
 * "discharge_continue": patient, stay, id (empty: all that is undecided) → set "discharge": stay, n. What is taken at home goes on as it is, decided at once; a line of the stay comes into
 * the basket as a line for home, decided by its signature. Twice adds nothing. BAD_INPUT DISCHARGE_WORDS: its posology is words only; with all of them such lines are left out.
 */
static enum rc continue_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct source *only = NULL;
	struct deciding k;
	int64_t n = 0;
	enum rc rc = begin(x, &k, p);
	if (rc == RC_OK && args_get(x->args, "id").n)
		rc = source_arg(&k, &only, p);
	for (size_t i = 0; rc == RC_OK && i < k.s.n; i++) {
		const struct source *s = &k.s.at[i];
		bool words = !s->of_home && (!s->o.posology || !s->o.drug);
		if (only ? s != only : words || decision_of(&k.d, s->it.id) != NULL)
			continue;
		if (words)
			return problem_set(p, RC_BAD_INPUT, WHY_DISCHARGE_WORDS, "id", "no posology");
		rc = s->of_home ? discharge_decision_add(x, &(struct discharge_decision){ .stay = k.stay, .patient = k.patient, .source = s->it.id, .outcome = STR("continue") }, p) : draft(&k, s, p);
		n++;
	}
	if (rc == RC_OK)
		answer(out, &k, n);
	return rc;
}

static enum rc drafts_for_home(struct act_ctx *x, int64_t patient, bool *any_r, struct problem *p)
{
	struct orders *o = ARENA_NEW(x->arena, struct orders);
	enum rc rc = o ? orders_basket(x->db, x->arena, x->who->account, patient, x->now_ms, o, p) : arena_rc(x->arena, p);
	*any_r = false;
	for (size_t i = 0; rc == RC_OK && i < o->n; i++)
		*any_r = *any_r || (o->at[i].home && !o->at[i].out);
	return rc;
}

/* "discharge_sign": patient, stay → set "discharge": stay, n (lines decided). CONFLICT DISCHARGE_OPEN: something is undecided, or a line for home waits to be signed. */
static enum rc sign_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct deciding k;
	bool drafts = false;
	enum rc rc = begin(x, &k, p);
	if (rc == RC_OK)
		rc = drafts_for_home(x, k.patient, &drafts, p);
	if (rc == RC_OK && (drafts || undecided(&k.s, &k.d)))
		rc = problem_set(p, RC_CONFLICT, WHY_DISCHARGE_OPEN, "stay", "undecided");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_SIGN);
	db_bind_str(s, 1, k.stay);
	db_bind_i64(s, 2, k.patient);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	db_bind_i64(s, 5, (int64_t)k.d.n);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_DISCHARGE_WAIT_DROP);
	db_bind_str(s, 1, k.stay);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, &k, (int64_t)k.d.n);
	return rc;
}

/* ---- the work list ---- */

struct wait { struct str stay; int64_t patient, ended_ms, lines; };

/* BARRIER: named are those only whom a fact joins to the reader now. */
static enum rc row_wait(struct view_ctx *v, struct rows *out, const struct wait *w, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	bool found = false;
	enum rc rc = item_by_rid(v->db, v->arena, w->patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&it, v->arena, &t);
	rows_row(out);
	rows_patient(out, w->patient, TIER_MASKED);
	if (relation_find(v->db, v->who, w->patient, v->now_ms, &f) && f.made_by != v->who->account)
		traits_named(out, &t, v->now_ms);
	else
		traits_masked(out, &t);
	rows_col_i64(out, "ended_at", w->ended_ms);
	rows_col_i64(out, "lines", w->lines);
	return RC_OK;
}

/* "discharge_queue": who left my unit before anybody went through the treatments, the last first. Set "queue": id, name, born_on, age, sex, status, ended_at, lines; set "queue_page": more (flag). */
static enum rc queue_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct wait *at = arena_array(v->arena, WAITS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_DISCHARGE_WAITS);
	size_t n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	db_bind_str(s, 1, v->who->unit.n ? v->who->unit : STR("-"));
	db_bind_i64(s, 2, WAITS_MOST + 1);
	while (rc == RC_OK && n < WAITS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct wait){ arena_str(v->arena, db_text(s, 0)), db_i64(s, 1), db_i64(s, 2), db_i64(s, 3) };
	db_reset(s);
	rows_set(out, "queue");
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = row_wait(v, out, &at[i], p);
	rows_set(out, "queue_page");
	rows_row(out);
	col_flag(out, "more", n == WAITS_MOST);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct choice STOP_REASONS[] = {
	{ "stay_only", "Needed in the stay only" }, { "done", "The treatment is over" }, { "inefficient", "No effect" }, { "adverse", "Adverse effect" }, { "refused", "The person refuses it" }, { NULL, NULL } };
#define PATIENT { .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }
#define STAY    { .name = "stay", .label = "Stay", .kind = FIELD_ID, .required = true }
static const struct field CONTINUE_FIELDS[] = { PATIENT, STAY, { .name = "id", .label = "Treatment", .kind = FIELD_ID }, FIELDS_END };
static const struct field STOP_FIELDS[] = { PATIENT, STAY, { .name = "id", .label = "Treatment", .kind = FIELD_ID, .required = true }, { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .choices = STOP_REASONS, .required = true }, FIELDS_END };
static const struct field SIGN_FIELDS[] = { PATIENT, STAY, FIELDS_END };

const struct view discharge_views[] = {
	{ .name = "discharge_treatments", .may = MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = treatments_view },
	{ .name = "discharge_queue",      .may = MAY_PRESCRIBE,  .reveals = REVEALS_WORK_LIST,   .run = queue_view },
	{ .name = NULL },
};
const struct act discharge_acts[] = {
	{ .name = "discharge_continue", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = CONTINUE_FIELDS, .run = continue_run },
	{ .name = "discharge_stop",     .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = STOP_FIELDS,     .run = stop_run },
	{ .name = "discharge_sign",     .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = SIGN_FIELDS,     .run = sign_run },
	{ .name = NULL },
};
