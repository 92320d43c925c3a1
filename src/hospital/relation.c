/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/relation.c: the live facts that join a person or a unit to a patient (SECURITY 7.2), kept in the transaction that writes the record.
 * Must never outlive what they follow from (but for "I wrote", which stays true), never lose who made them: a fact that a person made for himself
 * counts less, so its maker changes only when its span grows. Called by the record's watch, by the gate (relation_find, relation_set) and the work
 * lists. Start at changed (upkeep) and relation_find (use).
 */
#include "hospital/relation.h"
#include "base/clock.h"
#include "hospital/agenda.h"
#include "hospital/bed.h"
#include "hospital/closed_chart.h"
#include "hospital/known.h"
#include "hospital/live.h"
#include "hospital/merge.h"
#include "hospital/special.h"

#include <stdlib.h>
#include <string.h>

/* What ended longer ago than this can explain nothing and is not stored (a clock set back by a month is a broken machine). */
#define KEEP_ENDED_MS (30 * 24 * 3600 * INT64_C(1000))
#define SCRATCH_MAX ((size_t)16 << 20)

static _Thread_local uint32_t writer_account;

void relation_writer_set(uint32_t account)
{
	writer_account = account;
}

uint32_t relation_writer(void) { return writer_account; }

/* ---- upkeep ---- */

struct kept { int64_t patient, who; int kind; int64_t made_by, since_ms, until_ms; };

/* of: NULL, or whose date of birth is at hand. */
static enum rc put_fact(struct db_conn *c, const struct known_birth *of, int64_t patient, int64_t source, const struct relation_fact *f, int64_t made_by, struct problem *p)
{
	bool known = of && of->patient == patient;
	struct db_stmt *s = db_stmt(c, known ? ST_HOSPITAL_RELATION_PUT_BORN : ST_HOSPITAL_RELATION_PUT);
	if (known)
		db_bind_i64(s, 8, of->born_key);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, f->who);
	db_bind_i64(s, 3, f->kind);
	db_bind_i64(s, 4, f->stays ? 0 : source);
	db_bind_i64(s, 5, made_by);
	db_bind_i64(s, 6, f->since_ms);
	db_bind_i64(s, 7, f->until_ms);
	return db_run(s, p);
}

static enum rc drop_fact(struct db_conn *c, const struct kept *k, int64_t source, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_DROP);
	db_bind_i64(s, 1, k->patient);
	db_bind_i64(s, 2, k->who);
	db_bind_i64(s, 3, k->kind);
	db_bind_i64(s, 4, source);
	db_bind_i64(s, 5, k->made_by);
	return db_run(s, p);
}

struct settling { struct kept few[RELATION_FACTS], *at; size_t n, cap; };

static enum rc kept_add(struct settling *k, const struct kept *one, struct problem *p)
{
	if (k->n == k->cap) { /* several patients */
		struct kept *more = reallocarray(k->at == k->few ? NULL : k->at, k->cap * 2, sizeof *more);
		if (!more)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		if (k->at == k->few)
			memcpy(more, k->few, sizeof k->few);
		k->at = more;
		k->cap *= 2;
	}
	k->at[k->n++] = *one;
	return RC_OK;
}

static enum rc read_kept(struct db_conn *c, int64_t source, struct settling *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_OF);
	db_bind_i64(s, 1, source);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct kept one = { db_i64(s, 0), db_i64(s, 1), (int)db_i64(s, 2), db_i64(s, 3), db_i64(s, 4), db_i64(s, 5) };
		if ((rc = kept_add(k, &one, p)) != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}

static bool is_fact(const struct kept *k, int64_t patient, const struct relation_fact *f)
{
	return !f->stays && k->patient == patient && k->who == f->who && k->kind == (int)f->kind && k->since_ms == f->since_ms && k->until_ms == f->until_ms;
}

/* A span that only became shorter is not what its last writer made: who ends a stay has made nobody's link. */
static int64_t maker_of(const struct settling *k, int64_t patient, const struct relation_fact *f, uint32_t made_by)
{
	for (size_t i = 0; i < k->n && !f->stays; i++)
		if (k->at[i].patient == patient && k->at[i].who == f->who && k->at[i].kind == (int)f->kind && k->at[i].since_ms <= f->since_ms && k->at[i].until_ms >= f->until_ms)
			return k->at[i].made_by;
	return made_by;
}

/* What stands and follows no more, of whichever patient, goes. */
static enum rc drop_others(struct db_conn *c, const struct settling *k, const int64_t *patients, size_t n, int64_t source, const struct relation_facts *now, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < k->n; i++) {
		bool again = false;
		for (size_t j = 0; j < n && !again; j++)
			for (unsigned f = 0; f < now->n && !again && patients[j] == k->at[i].patient; f++)
				again = is_fact(&k->at[i], patients[j], &now->at[f]);
		if (!again)
			rc = drop_fact(c, &k->at[i], source, p);
	}
	return rc;
}

enum rc relation_settle(struct db_conn *c, const int64_t *patients, size_t n, int64_t source, const struct relation_facts *now, bool fresh, uint32_t made_by, const struct known_birth *of, struct problem *p)
{
	struct settling k;
	k.at = k.few;
	k.n = 0;
	k.cap = RELATION_FACTS;
	enum rc rc = fresh ? RC_OK : read_kept(c, source, &k, p);
	if (rc == RC_OK)
		rc = drop_others(c, &k, patients, n, source, now, p);
	int64_t ended = clock_ms() - KEEP_ENDED_MS;
	for (size_t j = 0; j < n && rc == RC_OK; j++)
		for (unsigned i = 0; i < now->n && rc == RC_OK; i++) {
			bool stands = false;
			for (size_t x = 0; x < k.n && !stands; x++)
				stands = is_fact(&k.at[x], patients[j], &now->at[i]);
			if (!stands && now->at[i].until_ms >= ended)
				rc = put_fact(c, of, patients[j], source, &now->at[i], maker_of(&k, patients[j], &now->at[i], made_by), p);
		}
	if (k.at != k.few)
		free(k.at);
	return rc;
}

/* What lives as long as a batch: the places that were looked up, until one is written, and people whose namesakes are not looked for yet. */
#define PLACES_BYTES (SCRATCH_MAX / 4)
struct along { struct arena arena; struct relation_places places; struct known_news news; struct known_birth born; /* of the Patient that came last */ };

static void places_forget(struct along *g)
{
	arena_reset(&g->arena);
	g->places = (struct relation_places){ .arena = &g->arena };
}

static struct relation_places *places_along(struct along *g, struct db_conn *c)
{
	if (g->arena.used > PLACES_BYTES || g->arena.failed)
		places_forget(g);
	g->places.db = c;
	return &g->places;
}

static enum rc settle_special(struct db_conn *c, int64_t source, const int64_t *patients, size_t n, const struct json *now, bool fresh, struct problem *p)
{
	bool is = false;
	enum rc rc = now && n ? special_says(c, now, &is, p) : RC_OK;
	return rc == RC_OK ? special_settle(c, source, patients, n, is, fresh, p) : rc;
}

/* whose: rid, patient and since. A resource of several patients joins each of them. along: NULL, nothing is kept. */
static enum rc settle_json(struct db_conn *c, struct along *along, const struct record_row *whose, const struct json *now, bool fresh, struct arena *scratch, struct problem *p)
{
	struct relation_facts facts = { .n = 0 };
	struct relation_places own = { .db = c, .arena = scratch }, *places = along ? places_along(along, c) : &own;
	const int64_t *at = &whose->patient;
	size_t n = whose->patient > 0;
	enum rc rc = n && record_is_of_several(whose) ? record_patients(c, whose, scratch, &at, &n, p) : RC_OK;
	if (now && n)
		relation_derive(now, places, &facts);
	if (rc == RC_OK)
		rc = relation_settle(c, at, n, whose->rid, &facts, fresh, writer_account, along ? &along->born : NULL, p);
	if (rc == RC_OK && (!now || str_eq(json_get_text(now, "resourceType"), "Encounter")))
		rc = stay_follow(c, whose->rid, n ? at[0] : 0, now, fresh, p);
	return rc == RC_OK ? settle_special(c, whose->rid, at, n, now, fresh, p) : rc;
}

/* The same of a resource that joins nobody: whether it is special is all that follows from it. */
static enum rc settle_label(struct db_conn *c, const struct record_row *whose, const struct json *now, bool fresh, struct arena *scratch, struct problem *p)
{
	const int64_t *at = &whose->patient;
	size_t n = whose->patient > 0;
	bool silent = !now || (!json_get(json_get(now, "meta"), "security") && !json_get(now, "confidentiality"));
	if (!n || (fresh && silent))
		return RC_OK;
	enum rc rc = record_is_of_several(whose) ? record_patients(c, whose, scratch, &at, &n, p) : RC_OK;
	return rc == RC_OK ? settle_special(c, whose->rid, at, n, now, fresh, p) : rc;
}

/* Facts of these resources made anew, each with the patient it has: the statement gives rids. */
static enum rc settle_each(struct db_conn *c, struct along *along, struct db_stmt *s, struct arena *scratch, struct problem *p)
{
	int64_t *rids = NULL;
	size_t n = 0, cap = 0;
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (n == cap) {
			cap = cap ? cap * 2 : 64;
			int64_t *more = arena_array(scratch, cap, sizeof *more);
			if (!more)
				break;
			if (n)
				memcpy(more, rids, n * sizeof *more);
			rids = more;
		}
		rids[n++] = db_i64(s, 0);
	}
	db_reset(s);
	if (rc == RC_OK)
		rc = arena_rc(scratch, p);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct arena one;
		struct item it;
		bool found;
		arena_init(&one, SCRATCH_MAX);
		rc = item_by_rid(c, &one, rids[i], &found, &it, p);
		struct record_row whose = { .rid = it.rid, .patient = it.patient, .since = it.since };
		if (rc == RC_OK && found)
			rc = settle_json(c, along, &whose, it.body, false, &one, p);
		arena_done(&one);
	}
	return rc;
}

/* A Patient came after resources that name it: they entered its compartment without being written again, so their facts are made here. */
static enum rc waited(struct db_conn *c, struct along *along, int64_t patient, struct arena *scratch, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_CHART);
	db_bind_i64(s, 1, patient);
	return settle_each(c, along, s, scratch, p);
}

/* A place was written: what names it and is not long ended may now join another unit or person. A ward costs as many reads as it has live stays. */
static enum rc placed(struct db_conn *c, struct along *along, uint16_t type, struct str id, struct arena *scratch, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_PLACED);
	db_bind_i64(s, 1, relation_place(str_of(fhir_type_name(type)), id));
	db_bind_i64(s, 2, clock_ms() - KEEP_ENDED_MS);
	return settle_each(c, along, s, scratch, p);
}

/* NULL: no batch. Or no memory, and then each asks for itself. */
static struct along *along_of(const struct record_change *ch)
{
	struct along *g = ch->kept ? *ch->kept : NULL;
	if (ch->kept && !g && (g = calloc(1, sizeof *g))) {
		arena_init(&g->arena, SCRATCH_MAX);
		g->places.arena = &g->arena;
		*ch->kept = g;
	}
	return g;
}

static enum rc batch_settle(struct record_watch *w, struct db_conn *c, void *kept, struct problem *p)
{
	(void)w;
	return known_news_settle(c, &((struct along *)kept)->news, p);
}

static void batch_drop(struct record_watch *w, void *kept)
{
	(void)w;
	struct along *g = kept;
	g->news.n = 0;
	g->born = (struct known_birth){ 0 };
	places_forget(g);
}

static void batch_forget(struct record_watch *w, void *kept)
{
	struct along *g = kept;
	(void)w;
	free(g->news.at);
	arena_done(&g->arena);
	free(g);
}

static enum rc label_changed(struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	struct arena scratch;
	arena_init(&scratch, SCRATCH_MAX);
	enum rc rc = settle_label(c, &(struct record_row){ .rid = ch->rid, .patient = ch->patient, .since = ch->since }, ch->now, ch->created, &scratch, p);
	arena_done(&scratch);
	return rc;
}

/* A closed record is not written, whoever writes; nor is one of two that were joined taken away. */
static enum rc refuses(struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	struct arena a;
	int64_t same[MERGE_MOST];
	if (!ch->now && ch->rid == ch->patient && merge_group(c, ch->patient, same))
		return problem_set(p, RC_CONFLICT, WHY_MERGE_HOLDS, "", "patient %lld is joined", (long long)ch->patient);
	arena_init(&a, 1u << 20);
	enum rc rc = record_seal_refuses(c, &(struct record_row){ .rid = ch->rid, .patient = ch->patient, .since = ch->since }, &a, p);
	arena_done(&a);
	return rc;
}

static enum rc changed(struct record_watch *w, struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	(void)w;
	bool place = relation_is_place(ch->type);
	enum rc closed = refuses(c, ch, p);
	if (closed == RC_OK)
		closed = live_changed(c, ch, p);
	if (closed != RC_OK)
		return closed;
	if (!place && !relation_concerns(ch->type))
		return label_changed(c, ch, p);
	struct along *along = along_of(ch);
	if (place && along)
		places_forget(along);
	struct arena scratch;
	arena_init(&scratch, SCRATCH_MAX);
	enum rc rc = ch->type == fhir_type_of(STR("Location")) ? bed_follow(c, ch->id, ch->now, p) : RC_OK; /* before the stays that name it */
	if (rc == RC_OK && ch->type == fhir_type_of(STR("Appointment")))
		rc = agenda_follow(c, ch, &scratch, p);
	if (rc == RC_OK && place)
		rc = placed(c, along, ch->type, ch->id, &scratch, p);
	if (rc == RC_OK && ch->type == fhir_type_of(STR("Patient"))) /* before its facts, which carry its date of birth */
		rc = known_settle(c, ch->rid, ch->id, ch->now, ch->alone, along ? &along->news : NULL, along ? &along->born : NULL, &scratch, p);
	if (rc == RC_OK && !place)
		rc = settle_json(c, along, &(struct record_row){ .rid = ch->rid, .patient = ch->patient, .since = ch->since }, ch->now, ch->created, &scratch, p);
	if (rc == RC_OK)
		rc = closed_chart_follow(c, ch, p);
	if (rc == RC_OK && ch->created && ch->rid == ch->patient && !ch->alone)
		rc = waited(c, along, ch->patient, &scratch, p);
	arena_done(&scratch);
	return rc;
}

static struct record_watch watch = { changed, batch_settle, batch_drop, batch_forget };

void hospital_rules(void)
{
	record_rule_set(ins_check);
	record_mark_set(ins_mark);
}

enum rc hospital_open(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	hospital_rules();
	record_watch_set(&watch);
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = db_begin(c, p);
	if (rc == RC_OK) {
		merge_open(c);
		record_seal_open(c);
		closed_chart_open(c);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	return rc;
}

/* ---- use ---- */

/* An actor without a practitioner, or in no unit, is joined by nothing there: 0 is nobody's hash but by an accident of 1 in 2^64. */
static int64_t who_unit(const struct actor *who)
{
	return who->unit.n ? relation_unit(who->unit) : 0;
}

static int64_t who_person(const struct actor *who)
{
	return who->practitioner.n ? relation_person(who->practitioner) : 0;
}

static bool better(const struct fact *a, const struct fact *b, uint32_t self)
{
	bool a_self = a->made_by == self && self, b_self = b->made_by == self && self;
	if (a_self != b_self)
		return !a_self;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->until_ms > b->until_ms;
}

/* Keeps the better one. */
static void meet(struct fact *best, bool *found, const struct fact *f, uint32_t self)
{
	if (!*found || better(f, best, self))
		*best = *f;
	*found = true;
}

static void find_joined(struct db_conn *c, int64_t patient, int64_t unit, int64_t person, int64_t now_ms, uint32_t self, struct fact *best, bool *found)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_FIND);
	struct problem p;
	bool row = false;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, unit);
	db_bind_i64(s, 3, person);
	db_bind_i64(s, 4, now_ms);
	while (db_step(s, &row, &p) == RC_OK && row)
		meet(best, found, &(struct fact){ (enum fact_kind)db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), (uint32_t)db_i64(s, 3) }, self);
	db_reset(s);
}

static bool holds(const struct on_call *k, int64_t now_ms) { return k->from_ms <= now_ms && now_ms < k->until_ms; }

/* Whose unit I am on call for: who is there, or comes, or of whom the unit is asked something; not who is booked there next week. */
static void find_on_call(struct db_conn *c, const struct actor *who, const struct on_call *k, int64_t patient, int64_t now_ms, struct fact *best, bool *found)
{
	struct fact f = { .kind = FACT_PLACE };
	bool any = false;
	find_joined(c, patient, relation_unit(k->unit), 0, now_ms, who->account, &f, &any);
	if (!any || (f.kind != FACT_PRESENT && f.kind != FACT_ASKED && f.kind != FACT_TRANSFER))
		return;
	f.kind = FACT_ON_CALL;
	f.since_ms = f.since_ms > k->from_ms ? f.since_ms : k->from_ms;
	f.until_ms = f.until_ms < k->until_ms ? f.until_ms : k->until_ms;
	meet(best, found, &f, who->account);
}

static void find_handed(struct db_conn *c, const struct actor *who, int64_t patient, int64_t now_ms, struct fact *best, bool *found)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HANDED);
	struct problem p;
	bool row = false;
	db_bind_i64(s, 1, who->account);
	db_bind_i64(s, 2, patient);
	db_bind_i64(s, 3, now_ms);
	if (db_step(s, &row, &p) == RC_OK && row)
		meet(best, found, &(struct fact){ FACT_HANDED, db_i64(s, 1), db_i64(s, 2), (uint32_t)db_i64(s, 0) }, who->account);
	db_reset(s);
}

/* Sealed, or left behind in an establishment that closed: no fact opens it. */
static bool is_hidden(struct db_conn *c, int64_t patient) { return record_seal_hides(c, patient) || closed_chart_hides(c, patient); }

static void find_of(struct db_conn *c, const struct actor *who, int64_t patient, int64_t now_ms, struct fact *best, bool *found)
{
	int64_t unit = who_unit(who), person = who_person(who);
	if (is_hidden(c, patient))
		return;
	if (unit || person)
		find_joined(c, patient, unit, person, now_ms, who->account, best, found);
	if (who->account && !who->machine && (!*found || best->made_by == who->account)) {
		for (unsigned i = 0; i < who->n_calls; i++)
			if (holds(&who->calls[i], now_ms))
				find_on_call(c, who, &who->calls[i], patient, now_ms, best, found);
		find_handed(c, who, patient, now_ms, best, found);
	}
}

void relation_ahead(struct db_conn *c, const struct actor *who, const int64_t *patients, size_t n, int64_t now_ms)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_FIND);
	db_bind_i64(s, 2, who_unit(who));
	db_bind_i64(s, 3, who_person(who));
	db_bind_i64(s, 4, now_ms);
	db_ahead(s, 1, patients, n);
}

bool relation_find(struct db_conn *c, const struct actor *who, int64_t patient, int64_t now_ms, struct fact *best_r)
{
	struct fact best = { .kind = FACT_PLACE };
	int64_t same[MERGE_MOST];
	bool found = false;
	if (patient <= 0 || is_hidden(c, patient))
		return false;
	find_of(c, who, patient, now_ms, &best, &found);
	unsigned n = !found || (best.made_by && best.made_by == who->account) ? merge_group(c, patient, same) : 0;
	for (unsigned i = 0; i < n; i++) {
		struct fact f = { .kind = FACT_PLACE };
		bool any = false;
		find_of(c, who, same[i], now_ms, &f, &any);
		if (any && merge_is_by(c, patient, same[i], who->account))
			f.made_by = who->account; /* BARRIER: who had a hand in the joining made this link for himself (SECURITY 7.2) */
		if (any)
			meet(&best, &found, &f, who->account);
	}
	if (found)
		*best_r = best;
	return found;
}

/* The units and the person that facts join to the actor now. */
#define WHOM_MOST (2 + ACTOR_CALLS)
static unsigned whom_of(const struct actor *who, int64_t now_ms, int64_t at[WHOM_MOST], unsigned *own_r)
{
	unsigned n = 0;
	int64_t unit = who_unit(who), person = who_person(who);
	if (unit)
		at[n++] = unit;
	if (person)
		at[n++] = person;
	*own_r = n;
	for (unsigned i = 0; i < who->n_calls; i++)
		if (holds(&who->calls[i], now_ms))
			at[n++] = relation_unit(who->calls[i].unit);
	return n;
}

/* Patients that a statement gives, each once. */
static enum rc take_each(struct db_stmt *s, int64_t *patients, unsigned max, unsigned *n, struct problem *p)
{
	bool row = false;
	enum rc rc = RC_OK;
	while (*n < max && (rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t patient = db_i64(s, 0);
		unsigned k = 0;
		while (k < *n && patients[k] != patient)
			k++;
		if (k == *n)
			patients[(*n)++] = patient;
	}
	db_reset(s);
	return rc;
}

enum rc relation_of_day(struct db_conn *c, const struct actor *who, int64_t born, int64_t now_ms, int64_t *patients, unsigned max, unsigned *n_r, struct problem *p)
{
	int64_t whom[WHOM_MOST];
	unsigned n = 0, own, n_whom = whom_of(who, now_ms, whom, &own);
	enum rc rc = RC_OK;
	for (unsigned i = 0; i < n_whom && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_DAY);
		db_bind_i64(s, 1, whom[i]);
		db_bind_i64(s, 2, known_key(born));
		db_bind_i64(s, 3, now_ms);
		db_bind_i64(s, 4, (int64_t)max * 4);
		rc = take_each(s, patients, max, &n, p);
	}
	if (rc == RC_OK && who->account) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HANDED_DAY);
		db_bind_i64(s, 1, who->account);
		db_bind_i64(s, 2, now_ms);
		db_bind_i64(s, 3, known_key(born));
		db_bind_i64(s, 4, (int64_t)max);
		rc = take_each(s, patients, max, &n, p);
	}
	*n_r = n;
	return rc;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

struct gathered { struct arena *arena; int64_t *at; size_t n, cap, room; };

static enum rc gather(struct gathered *g, struct db_stmt *s, struct problem *p)
{
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && g->n <= g->room) {
		if (g->n == g->cap) {
			int64_t *more = arena_array(g->arena, g->cap * 2, sizeof *more);
			if (!more)
				break;
			memcpy(more, g->at, g->n * sizeof *g->at);
			g->at = more;
			g->cap *= 2;
		}
		g->at[g->n++] = db_i64(s, 0);
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(g->arena, p) : rc;
}

enum rc relation_set(struct db_conn *c, const struct actor *who, int64_t now_ms, uint32_t max, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	/* A patient may be joined by several facts: room for that before it is said that there are too many. */
	struct gathered g = { .arena = a, .cap = 1024, .room = (size_t)max * 4 + 64 };
	int64_t whom[WHOM_MOST];
	unsigned own, n_whom = whom_of(who, now_ms, whom, &own);
	g.at = arena_array(a, g.cap, sizeof *g.at);
	enum rc rc = g.at ? RC_OK : arena_rc(a, p);
	for (unsigned i = 0; i < n_whom && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, i < own ? ST_HOSPITAL_RELATION_SET : ST_HOSPITAL_RELATION_SET_UNIT);
		db_bind_i64(s, 1, whom[i]);
		db_bind_i64(s, 2, now_ms);
		db_bind_i64(s, 3, who->account ? (int64_t)who->account : -1); /* what I made for myself opens one chart at a time, never a search */
		db_bind_i64(s, 4, (int64_t)g.room + 1);
		rc = gather(&g, s, p);
	}
	if (rc == RC_OK && who->account && !who->machine) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HANDED_SET);
		db_bind_i64(s, 1, who->account);
		db_bind_i64(s, 2, now_ms);
		db_bind_i64(s, 3, (int64_t)g.room + 1);
		rc = gather(&g, s, p);
	}
	if (rc != RC_OK)
		return rc;
	qsort(g.at, g.n, sizeof *g.at, by_number);
	size_t distinct = 0;
	for (size_t i = 0; i < g.n; i++)
		if ((!distinct || g.at[distinct - 1] != g.at[i]) && !is_hidden(c, g.at[i]))
			g.at[distinct++] = g.at[i];
	if (distinct > max || g.n > g.room)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "patient", "%zu facts, %zu patients, at most %u", g.n, distinct, max);
	*at_r = g.at;
	*n_r = distinct;
	return RC_OK;
}
