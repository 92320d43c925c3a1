/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/relation_rebuild.c: the relation table made anew in one pass over the record, in its order: after a bulk load, which has no watch, and as
 * an operator's verb; then the people known (known.c). Must never turn a fact that a person made for himself into one that somebody else made: what stands keeps its maker.
 * Called by keeper. Start at relation_rebuild.
 */
#include "hospital/relation.h"
#include "record/keys.h"
#include "hospital/known.h"

#include <stdlib.h>
#include <string.h>

/* Resources looked at between two transactions: large enough that the flush does not count, small enough that the memory does not. */
#define BATCH 20000
#define SCRATCH_MAX ((size_t)64 << 20)

struct found { int64_t source; unsigned first, n; size_t first_patient, n_patients; };

struct rebuild {
	struct db_job job;
	struct found *found; size_t n_found;
	struct relation_fact *facts; size_t n_facts, cap_facts;
	int64_t *patients; size_t n_patients, cap_patients;
	bool empty;                       /* the table was empty when the rebuild began: nothing to compare with */
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
static enum rc put_staying(const struct rebuild *b, struct db_conn *c, const struct found *f, int64_t patient, struct problem *p)
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
	return rc == RC_OK && now.n ? relation_settle(c, &patient, 1, f->source, &now, true, 0, p) : rc;
}

static enum rc put_batch(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct rebuild *b = (struct rebuild *)(void *)job;
	enum rc rc = RC_OK;
	(void)txn;
	for (size_t i = 0; i < b->n_found && rc == RC_OK; i++) {
		const struct found *f = &b->found[i];
		const int64_t *patients = b->patients + f->first_patient;
		struct relation_facts now = { .n = 0 };
		for (unsigned k = 0; k < f->n; k++)
			if (b->empty || !b->facts[f->first + k].stays)
				now.at[now.n++] = b->facts[f->first + k];
		rc = relation_settle(c, patients, f->n_patients, f->source, &now, b->empty, 0, p);
		for (size_t j = 0; j < f->n_patients && rc == RC_OK && !b->empty; j++)
			rc = put_staying(b, c, f, patients[j], p);
	}
	return rc;
}

/* Most resources say at their very beginning that nothing follows from them; only the others are parsed. */
static bool worth_parsing(struct str body)
{
	static const char *const ALWAYS[] = { "Encounter", "Appointment", "ServiceRequest", "Task" };
	static const char HEAD[] = "{\"resourceType\":\"";
	if (!str_starts(body, STR(HEAD)))
		return true;
	struct str rest, type = str_cut((struct str){ body.p + sizeof HEAD - 1, body.n - (sizeof HEAD - 1) }, '"', &rest);
	for (size_t i = 0; i < N_OF(ALWAYS); i++)
		if (str_eq(type, ALWAYS[i]))
			return true;
	uint16_t no = fhir_type_of(type);
	return no && relation_concerns(no) && memmem(body.p, body.n, "Practitioner", sizeof "Practitioner" - 1);
}

static enum rc patients_add(struct rebuild *b, const int64_t *at, size_t n, struct problem *p)
{
	while (b->n_patients + n > b->cap_patients) {
		size_t cap = b->cap_patients ? b->cap_patients * 2 : BATCH;
		int64_t *more = reallocarray(b->patients, cap, sizeof *more);
		if (!more)
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory for %zu patients", cap);
		b->patients = more;
		b->cap_patients = cap;
	}
	memcpy(b->patients + b->n_patients, at, n * sizeof *at);
	b->n_patients += n;
	return RC_OK;
}

/* whose: rid, patient and since. */
static enum rc look_at(struct rebuild *b, struct relation_places *places, struct arena *scratch, const struct record_row *whose, struct str body, struct problem *p)
{
	struct relation_facts now = { .n = 0 };
	int64_t rid = whose->rid;
	const int64_t *at = &whose->patient;
	size_t n = whose->patient > 0;
	enum rc rc = RC_OK;
	arena_reset(scratch);
	if (body.n && n && worth_parsing(body)) {
		const struct json *root;
		rc = json_parse(body, scratch, &root, p);
		if (rc != RC_OK)
			return rc == RC_BAD_INPUT ? problem_set(p, RC_BROKEN, WHY_CORRUPT, "body", "rid %lld does not parse", (long long)rid) : rc;
		relation_derive(root, places, &now);
	}
	if (!now.n && b->empty)
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
	b->found[b->n_found++] = (struct found){ rid, (unsigned)b->n_facts, now.n, first, n };
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

/* One snapshot's worth: reads up to BATCH resources after *at, hands their facts to the writer. *more_r false at the end. */
static enum rc one_batch(struct db *db, struct db_conn *c, struct rebuild *b, struct arena *kept, struct arena *scratch, int64_t *at, bool *more_r, struct problem *p)
{
	struct relation_places places = { .db = c, .arena = kept };
	b->n_found = b->n_facts = b->n_patients = 0;
	arena_reset(kept);
	enum rc rc = db_begin(c, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_RELATION_WALK);
	db_bind_i64(s, 1, *at);
	db_bind_i64(s, 2, BATCH);
	bool row = false;
	unsigned n = 0;
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		*at = db_i64(s, 0);
		n++;
		struct str body = STR_NONE;
		if (!db_i64(s, 2))
			rc = keys_unseal(c, db_i64(s, 1), (struct keys_bound){ SEALS_BODY, *at, db_i64(s, 4) }, db_text(s, 3), &body, p);
		struct record_row whose = { .rid = *at, .patient = db_i64(s, 1), .since = keys_since(db_text(s, 3)) };
		if (rc == RC_OK || rc == RC_GONE) /* from what was erased nothing follows */
			rc = look_at(b, &places, scratch, &whose, rc == RC_OK ? body : STR_NONE, p);
	}
	db_reset(s);
	db_end(c);
	*more_r = n == BATCH;
	if (rc == RC_OK && b->n_found)
		rc = db_write_now(db, &b->job, p);
	return rc;
}

enum rc relation_rebuild(struct db *db, struct record_progress *g, struct problem *p)
{
	struct rebuild b = { .job = { .run = put_batch } };
	struct db_conn *c = NULL;
	struct arena kept, scratch;
	arena_init(&kept, SCRATCH_MAX);
	arena_init(&scratch, SCRATCH_MAX);
	int64_t at = 0, top = 0, first = 0;
	bool more = true, any = false;
	b.found = calloc(BATCH, sizeof *b.found);
	enum rc rc = b.found ? db_reader(db, &c, p) : problem_set(p, RC_LIMIT, WHY_BROKEN, "", "no memory");
	if (rc == RC_OK)
		rc = db_begin(c, p);
	if (rc == RC_OK) {
		rc = first_i64(c, ST_HOSPITAL_RELATION_TOP, &top, &any, p);
		if (rc == RC_OK)
			rc = first_i64(c, ST_HOSPITAL_RELATION_ANY, &first, &any, p);
		db_end(c);
		b.empty = !any;
	}
	while (rc == RC_OK && more && !(g && g->stop)) {
		rc = one_batch(db, c, &b, &kept, &scratch, &at, &more, p);
		if (rc == RC_OK && g && g->at)
			g->at(g, (uint64_t)at, (uint64_t)top);
	}
	if (c)
		db_reader_close(&c);
	free(b.found);
	free(b.facts);
	free(b.patients);
	arena_done(&kept);
	arena_done(&scratch);
	return rc == RC_OK && !(g && g->stop) ? known_rebuild(db, g, p) : rc;
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
