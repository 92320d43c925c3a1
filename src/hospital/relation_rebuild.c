/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/relation_rebuild.c: the relation table made anew in one pass over the record, in its order: after a bulk load, which has no watch, and as
 * an operator's verb; after the people known (known.c). Helpers read and derive portions of the record, one calls for each other in order to be written: what is
 * stored is the same however many they are. Must never turn a fact that a person made for himself into one that somebody else made: what stands keeps its maker.
 * Called by keeper, before anybody else writes. Start at relation_rebuild, then helper and portion_write.
 */
#include "hospital/relation.h"
#include "record/keys.h"
#include "hospital/bed.h"
#include "hospital/known.h"
#include "hospital/special.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Surrogates looked at between two transactions: large enough that the flush does not count, small enough that the memory does not. */
#define BATCH 20000
#define HELPERS 2  /* two cores: reading, unsealing and parsing are four fifths of the work, writing waits for them */
#define PORTIONS 8 /* so many are made while the people known, which come before them, are written */
#define SCRATCH_MAX ((size_t)64 << 20)

struct found { int64_t source; unsigned first, n; size_t first_patient, n_patients; bool special; };

enum portion_state { PORTION_FREE, PORTION_TAKEN, PORTION_READY };
struct portion {
	struct db_job job;
	enum portion_state state;
	int64_t from;                     /* resources after this surrogate, BATCH of them at most */
	struct arena kept, scratch;
	enum rc rc; struct problem problem;
	struct found *found; size_t n_found;
	struct relation_fact *facts; size_t n_facts, cap_facts;
	int64_t *patients; size_t n_patients, cap_patients;
	bool empty;                       /* the table was empty when the rebuild began: nothing to compare with */
	bool labelled;                    /* some were known to be special then */
};

static enum rc was_written(struct db_conn *c, int64_t patient, const struct relation_fact *f, bool *is_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_WROTE);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, f->who);
	db_bind_i64(s, 3, f->kind);
	enum rc rc = db_step(s, is_r, p);
	db_reset(s);
	return rc;
}

/* What stays for ever is made where it does not stand, whoever made what stands. */
static enum rc put_staying(const struct portion *b, struct db_conn *c, const struct found *f, int64_t patient, struct problem *p)
{
	struct relation_facts now = { .n = 0 };
	enum rc rc = RC_OK;
	for (unsigned k = 0; k < f->n && rc == RC_OK; k++) {
		const struct relation_fact *fact = &b->facts[f->first + k];
		bool stood = true;
		if (fact->stays)
			rc = was_written(c, patient, fact, &stood, p);
		if (!stood)
			now.at[now.n++] = *fact;
	}
	return rc == RC_OK && now.n ? relation_settle(c, &patient, 1, f->source, &now, true, 0, NULL, p) : rc;
}

static enum rc put_batch(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct portion *b = (struct portion *)(void *)job;
	enum rc rc = RC_OK;
	(void)txn;
	for (size_t i = 0; i < b->n_found && rc == RC_OK; i++) {
		const struct found *f = &b->found[i];
		const int64_t *patients = b->patients + f->first_patient;
		struct relation_facts now = { .n = 0 };
		for (unsigned k = 0; k < f->n; k++)
			if (b->empty || !b->facts[f->first + k].stays)
				now.at[now.n++] = b->facts[f->first + k];
		rc = relation_settle(c, patients, f->n_patients, f->source, &now, b->empty, 0, NULL, p);
		if (rc == RC_OK)
			rc = special_settle(c, f->source, patients, f->n_patients, f->special, !b->labelled, p);
		for (size_t j = 0; j < f->n_patients && rc == RC_OK && !b->empty; j++)
			rc = put_staying(b, c, f, patients[j], p);
	}
	return rc;
}

/* Most resources say at their very beginning that nothing follows from them; only the others are parsed. */
static bool worth_parsing(struct str body)
{
	static const char *const ALWAYS[] = { "Encounter", "Appointment", "ServiceRequest", "Task", "DiagnosticReport" };
	static const char HEAD[] = "{\"resourceType\":\"";
	if (!str_starts(body, STR(HEAD)))
		return true;
	struct str rest, type = str_cut((struct str){ body.p + sizeof HEAD - 1, body.n - (sizeof HEAD - 1) }, '"', &rest);
	for (size_t i = 0; i < N_OF(ALWAYS); i++)
		if (str_eq(type, ALWAYS[i]))
			return true;
	if (special_may_say(body))
		return true;
	uint16_t no = fhir_type_of(type);
	return no && relation_concerns(no) && memmem(body.p, body.n, "Practitioner", sizeof "Practitioner" - 1);
}

static enum rc patients_add(struct portion *b, const int64_t *at, size_t n, struct problem *p)
{
	while (b->n_patients + n > b->cap_patients) {
		size_t cap = b->cap_patients ? b->cap_patients * 2 : BATCH;
		int64_t *more = reallocarray(b->patients, cap, sizeof *more);
		if (!more)
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory for %zu patients", cap);
		b->patients = more;
		b->cap_patients = cap;
	}
	if (n)
		memcpy(b->patients + b->n_patients, at, n * sizeof *at);
	b->n_patients += n;
	return RC_OK;
}

/* whose: rid, patient and since. */
static enum rc look_at(struct portion *b, struct relation_places *places, const struct record_row *whose, struct str body, struct problem *p)
{
	struct arena *scratch = &b->scratch;
	struct relation_facts now = { .n = 0 };
	int64_t rid = whose->rid;
	const int64_t *at = &whose->patient;
	size_t n = whose->patient > 0;
	enum rc rc = RC_OK;
	bool special = false;
	arena_reset(scratch);
	if (body.n && n && worth_parsing(body)) {
		const struct json *root;
		body = arena_str(scratch, body); /* places are unsealed where it was */
		rc = body.p ? json_parse(body, scratch, &root, p) : arena_rc(scratch, p);
		if (rc != RC_OK)
			return rc == RC_BAD_INPUT ? problem_set(p, RC_BROKEN, WHY_CORRUPT, "body", "rid %lld does not parse", (long long)rid) : rc;
		relation_derive(root, places, &now);
		if ((rc = special_says(places->db, root, &special, p)) != RC_OK)
			return rc;
	}
	if (!now.n && !special && b->empty && !b->labelled)
		return RC_OK;
	if (n && record_is_of_several(whose))
		rc = record_patients(places->db, whose, scratch, &at, &n, p);
	size_t first = b->n_patients;
	if (rc == RC_OK)
		rc = patients_add(b, at, n, p);
	if (rc != RC_OK)
		return rc;
	while (b->n_facts + now.n > b->cap_facts) {
		size_t cap = b->cap_facts ? b->cap_facts * 2 : 4096;
		struct relation_fact *facts = reallocarray(b->facts, cap, sizeof *facts);
		if (!facts)
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory for %zu facts", cap);
		b->facts = facts;
		b->cap_facts = cap;
	}
	b->found[b->n_found++] = (struct found){ rid, (unsigned)b->n_facts, now.n, first, n, special };
	if (now.n)
		memcpy(b->facts + b->n_facts, now.at, now.n * sizeof *now.at);
	b->n_facts += now.n;
	return RC_OK;
}

static enum rc first_i64(struct db_conn *c, enum stmt id, int64_t *v_r, bool *any_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, id);
	enum rc rc = db_step(s, any_r, p);
	if (rc == RC_OK)
		*v_r = *any_r ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/* ---- helpers: portions read and derived ---- */

struct crew {
	struct db *db;
	pthread_mutex_t lock;
	pthread_cond_t freed, ready;
	struct portion at[PORTIONS];
	size_t taken;                     /* so many portions were taken: the next is at[taken % PORTIONS] */
	int64_t next, top;                /* where it begins; the last surrogate there is */
	bool stop;
	pthread_t helper[HELPERS]; unsigned helpers;
};

/* One snapshot's worth. */
static enum rc portion_make(struct portion *b, struct db_conn *c, struct problem *p)
{
	struct relation_places places = { .db = c, .arena = &b->kept };
	b->n_found = b->n_facts = b->n_patients = 0;
	arena_reset(&b->kept);
	enum rc rc = db_begin(c, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_WALK);
	db_bind_i64(s, 1, b->from);
	db_bind_i64(s, 2, b->from + BATCH);
	bool row = false;
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct record_row whose = { .rid = db_i64(s, 0), .patient = db_i64(s, 1), .since = keys_since(db_text(s, 3)) };
		struct str body = STR_NONE;
		if (!db_i64(s, 2))
			rc = keys_unseal(c, whose.patient, (struct keys_bound){ SEALS_BODY, whose.rid, db_i64(s, 4) }, db_text(s, 3), &body, p);
		if (rc == RC_OK || rc == RC_GONE) /* from what was erased nothing follows */
			rc = look_at(b, &places, &whose, rc == RC_OK ? body : STR_NONE, p);
	}
	db_reset(s);
	db_end(c);
	return rc;
}

/* The next portion to make, once there is room; NULL: none is left, or all shall stop. */
static struct portion *portion_take(struct crew *w)
{
	struct portion *b = NULL;
	pthread_mutex_lock(&w->lock);
	while (!w->stop && w->next < w->top && w->at[w->taken % PORTIONS].state != PORTION_FREE)
		pthread_cond_wait(&w->freed, &w->lock);
	if (!w->stop && w->next < w->top) {
		b = &w->at[w->taken++ % PORTIONS];
		b->state = PORTION_TAKEN;
		b->from = w->next;
		w->next += BATCH;
	}
	pthread_mutex_unlock(&w->lock);
	return b;
}

static void *helper(void *arg)
{
	struct crew *w = arg;
	struct db_conn *c = NULL;
	struct problem p;
	enum rc open = db_reader(w->db, &c, &p);
	for (struct portion *b; (b = portion_take(w)) != NULL;) {
		b->problem = p;
		b->rc = open == RC_OK ? portion_make(b, c, &b->problem) : open;
		pthread_mutex_lock(&w->lock);
		b->state = PORTION_READY;
		pthread_cond_broadcast(&w->ready);
		pthread_mutex_unlock(&w->lock);
	}
	if (c)
		db_reader_close(&c);
	return NULL;
}

/* ---- in order: written ---- */

static enum rc portion_write(struct crew *w, struct portion *b, struct problem *p)
{
	pthread_mutex_lock(&w->lock);
	while (b->state != PORTION_READY)
		pthread_cond_wait(&w->ready, &w->lock);
	pthread_mutex_unlock(&w->lock);
	enum rc rc = b->rc;
	if (rc != RC_OK)
		*p = b->problem;
	b->job.next = NULL;
	if (rc == RC_OK && b->n_found)
		rc = db_write_now(w->db, &b->job, p);
	pthread_mutex_lock(&w->lock);
	b->state = PORTION_FREE;
	pthread_cond_broadcast(&w->freed);
	pthread_mutex_unlock(&w->lock);
	return rc;
}

static enum rc crew_open(struct crew *w, bool empty, bool labelled, struct problem *p)
{
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->freed, NULL);
	pthread_cond_init(&w->ready, NULL);
	for (size_t i = 0; i < PORTIONS; i++) {
		struct portion *b = &w->at[i];
		*b = (struct portion){ .job = { .run = put_batch }, .empty = empty, .labelled = labelled, .found = calloc(BATCH, sizeof *b->found) };
		arena_init(&b->kept, SCRATCH_MAX);
		arena_init(&b->scratch, SCRATCH_MAX);
		if (!b->found)
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	}
	for (; w->helpers < HELPERS; w->helpers++)
		if (pthread_create(&w->helper[w->helpers], NULL, helper, w) != 0)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no thread");
	return RC_OK;
}

static void crew_close(struct crew *w)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_broadcast(&w->freed);
	pthread_mutex_unlock(&w->lock);
	for (unsigned i = 0; i < w->helpers; i++)
		pthread_join(w->helper[i], NULL);
	for (size_t i = 0; i < PORTIONS; i++) {
		struct portion *b = &w->at[i];
		free(b->found);
		free(b->facts);
		free(b->patients);
		arena_done(&b->kept);
		arena_done(&b->scratch);
	}
	pthread_mutex_destroy(&w->lock);
	pthread_cond_destroy(&w->freed);
	pthread_cond_destroy(&w->ready);
}

enum rc relation_rebuild(struct db *db, struct record_progress *g, struct problem *p)
{
	struct crew *w = calloc(1, sizeof *w);
	struct db_conn *c = NULL;
	int64_t first = 0;
	bool any = false, labelled = false;
	enum rc rc = w ? db_reader(db, &c, p) : problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	if (rc == RC_OK)
		rc = db_begin(c, p);
	if (rc == RC_OK) {
		rc = first_i64(c, ST_HOSPITAL_RELATION_TOP, &w->top, &any, p);
		if (rc == RC_OK)
			rc = first_i64(c, ST_HOSPITAL_RELATION_ANY, &first, &any, p);
		labelled = rc == RC_OK && special_any(c);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	if (rc == RC_OK) {
		w->db = db;
		rc = crew_open(w, !any, labelled, p);
		if (rc == RC_OK)
			rc = known_rebuild(db, g, p); /* before facts are written: they carry the date of birth */
		int64_t at = 0;
		for (size_t i = 0; rc == RC_OK && at < w->top && !(g && g->stop); i++) {
			rc = portion_write(w, &w->at[i % PORTIONS], p);
			at = at + BATCH < w->top ? at + BATCH : w->top;
			if (rc == RC_OK && g && g->at)
				g->at(g, (uint64_t)at, (uint64_t)w->top);
		}
		crew_close(w);
	}
	free(w);
	return rc == RC_OK && !(g && g->stop) ? bed_rebuild(db, p) : rc;
}

enum rc hospital_resume(struct db *db, struct record_progress *g, struct problem *p)
{
	enum record_rebuild due = REBUILD_NONE;
	enum rc rc = record_rebuild_due(db, &due, p);
	if (rc == RC_OK && due == REBUILD_INDEXES)
		rc = record_reindex(db, g, p);
	if (rc == RC_OK && due != REBUILD_NONE)
		rc = relation_rebuild(db, g, p);
	if (rc == RC_OK && due != REBUILD_NONE && g && g->stop)
		rc = problem_set(p, RC_RETRY, WHY_STOPPED, NULL, "relations are not made anew; begins there");
	return rc == RC_OK && due != REBUILD_NONE ? record_rebuild_over(db, p) : rc;
}
