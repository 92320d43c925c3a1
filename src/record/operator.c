/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/operator.c: indexes made again from the bodies, which are walked by rid (indexes compared with a fresh extraction: check.c).
 * While a rebuild runs searches answer BUSY, never silently short. A rebuild that was stopped goes on where it stood.
 * Another instance key, batch by batch; a patient erased. Must never change a body. Called by keeper, and by the gate (rotation beside its server).
 * Start at record_reindex.
 */
#include "record/inner.h"

#include <string.h>

#define CHUNK 500                /* resources a write job: about 50 ms of the writer */
#define STATE STR("reindex")     /* last rid rebuilt; -1 when none runs */
#define FORM STR("index_form")   /* of the rows that the base holds */
#define FORM_NOW 2               /* that which rows.c and veiled.c write: a change there that makes other rows of the same values takes the next number, and a migration like 0004 */
#define DUE STR("relations_due") /* 1 from a rebuild's first step until what the house derives is made anew too */

/* ---- one resource, read and extracted ---- */

void fresh_done(struct fresh *o)
{
	arena_done(&o->a);
	facts_done(&o->facts);
	rows_free(&o->rows);
}

enum rc fresh_read(struct db_conn *c, struct record_row *r, struct fresh *o, struct problem *p)
{
	enum rc rc = RC_OK;
	arena_reset(&o->a);
	o->rows.n = 0;
	o->rid = r->rid;
	o->type = r->type;
	o->patient = r->patient;
	o->updated_ms = r->updated_ms;
	o->deleted = r->deleted;
	if (!r->type)
		return problem_set(p, RC_BROKEN, WHY_NEWER_SCHEMA, NULL, "type of rid %lld", (long long)r->rid);
	o->erased = false;
	o->since = r->since;
	o->key = key_of(r->type, r->id);
	if (!r->deleted) {
		rc = row_open(c, r, p);
		o->erased = rc == RC_GONE; /* nobody reads it any more: as if deleted */
		if (o->erased) {
			o->deleted = true;
			rc = RC_OK;
		}
	}
	if (rc == RC_OK && !o->deleted) {
		rc = facts_of_body(r->body, r->type, &o->a, &o->data, NULL, p);
		if (rc == RC_OK)
			rc = facts_decode(&o->facts, o->data, p);
		if (rc == RC_OK)
			rc = rows_of(&o->rows, &o->facts, o->rid, stored_type(o->type), o->patient, o->updated_ms, p);
		if (rc == RC_OK)
			rc = rows_share(c, &o->rows, o->rid, stored_type(o->type), o->patient, o->since, p);
	}
	return rc;
}

/* The resource after rid `after`. is false at the end. */
static enum rc fresh_next(struct db_conn *c, int64_t after, struct fresh *o, struct problem *p)
{
	struct record_row r;
	struct db_stmt *s = db_stmt(c, ST_RECORD_NEXT);
	db_bind_i64(s, 1, after);
	enum rc rc = db_step(s, &o->is, p);
	if (rc != RC_OK || !o->is)
		return rc;
	row_of_stmt(s, &r);
	rc = fresh_read(c, &r, o, p);
	db_reset(s);
	return rc;
}

/* ---- reindex ---- */

struct reindex { struct db_job job; bool end, anew; int64_t at; uint64_t done; };

static enum rc number_set(struct db_conn *c, struct str name, int64_t v, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_DB_STATE_SET);
	db_bind_str(s, 1, name);
	db_bind_i64(s, 2, v);
	return db_run(s, p);
}

static enum rc number_get(struct db_conn *c, struct str name, int64_t *v_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_DB_STATE);
	db_bind_str(s, 1, name);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK)
		*v_r = row ? db_i64(s, 0) : -1;
	db_reset(s);
	return rc;
}

enum rc relations_due(struct db_conn *c, struct problem *p) { return number_set(c, DUE, 1, p); }
static enum rc state_set(struct db_conn *c, int64_t v, struct problem *p) { return number_set(c, STATE, v, p); }
static enum rc state_get(struct db_conn *c, int64_t *v_r, struct problem *p) { return number_get(c, STATE, v_r, p); }

static enum rc clear_all(struct db_conn *c, struct problem *p)
{
	enum rc rc = db_run(db_stmt(c, ST_RECORD_Z_FACTS), p);
	for (int t = 0; rc == RC_OK && t < TABLE__END; t++)
		rc = db_run(db_stmt(c, row_clear_stmt((enum table)t)), p);
	return rc;
}

static enum rc rebuild_one(struct db_conn *c, struct fresh *o, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 65u << 20);
	enum rc rc = keys_seal(c, o->since ? KEYS_SHARED(o->rid) : o->patient, (struct keys_bound){ SEALS_FACTS, o->rid, o->updated_ms }, o->data, &sealed, p);
	struct db_stmt *s = db_stmt(c, ST_RECORD_FACTS_ADD);
	db_bind_i64(s, 1, o->rid);
	db_bind_i64(s, 2, o->key);
	db_bind_i64(s, 3, stored_type(o->type));
	db_bind_i64(s, 4, o->patient);
	db_bind_i64(s, 5, o->updated_ms);
	db_bind_blob(s, 6, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	return rc == RC_OK ? rows_put(c, o->rows.at, o->rows.n, p) : rc;
}

/* The first step: what is posted comes into effect, what was there goes; from its commit on a rebuild is under way. */
static enum rc begin_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct reindex *x = (struct reindex *)job;
	(void)txn;
	enum rc rc = posted_settle(c, p);
	if (rc == RC_OK)
		rc = clear_all(c, p);
	if (rc == RC_OK && x->anew)
		rc = keys_index_renew(c, p);
	if (rc == RC_OK)
		rc = number_set(c, DUE, 1, p);
	if (rc == RC_OK)
		rc = number_set(c, FORM, FORM_NOW, p);
	return rc == RC_OK ? state_set(c, 0, p) : rc;
}

static enum rc reindex_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct reindex *x = (struct reindex *)job;
	struct fresh o = { .is = true };
	int64_t at = x->at;
	uint64_t n = 0;
	(void)txn;
	enum rc rc = RC_OK;
	arena_init(&o.a, 256u << 20);
	for (; rc == RC_OK && n < CHUNK && o.is; n++) {
		rc = fresh_next(c, at, &o, p);
		if (rc != RC_OK || !o.is)
			break;
		at = o.rid;
		if (!o.deleted)
			rc = rebuild_one(c, &o, p);
	}
	x->end = rc == RC_OK && !o.is;
	if (rc == RC_OK)
		rc = state_set(c, x->end ? -1 : at, p);
	if (rc == RC_OK) {
		x->at = at;
		x->done += n;
	}
	fresh_done(&o);
	return rc;
}

enum rc number_of(struct db_conn *c, enum stmt id, uint64_t *n_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, id);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? (uint64_t)db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc reindex(struct db *db, bool anew, struct record_progress *g, struct problem *p)
{
	struct db_conn *c = NULL;
	struct reindex x = { .job = { .run = reindex_run }, .anew = anew };
	uint64_t of = 0;
	int64_t at = -1;
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = state_get(c, &at, p);
	if (rc == RC_OK)
		rc = number_of(c, ST_RECORD_N_ALL, &of, p);
	db_reader_close(&c);
	x.at = at < 0 ? 0 : at;
	struct reindex begin = { .job = { .run = begin_run }, .anew = anew };
	if (rc == RC_OK && at < 0)
		rc = db_write_now(db, &begin.job, p);
	if (rc == RC_OK && at < 0)
		rc = vocabulary_load(db, p);
	while (rc == RC_OK && !x.end) {
		if (g && g->stop)
			return problem_set(p, RC_RETRY, WHY_STOPPED, NULL, "stopped at rid %lld; goes on there", (long long)x.at);
		x.job.next = NULL;
		rc = db_write_now(db, &x.job, p);
		if (rc == RC_OK && g && g->at)
			g->at(g, x.done, of);
	}
	return rc;
}

enum rc record_reindex(struct db *db, struct record_progress *g, struct problem *p) { return reindex(db, false, g, p); }
enum rc record_reindex_anew(struct db *db, struct record_progress *g, struct problem *p) { return reindex(db, true, g, p); }

enum rc record_rebuild_due(struct db *db, enum record_rebuild *due_r, struct problem *p)
{
	struct db_conn *c = NULL;
	int64_t at = -1, due = 0, form = 0;
	enum rc rc = db_reader(db, &c, p);
	if (rc == RC_OK)
		rc = number_get(c, STATE, &at, p);
	if (rc == RC_OK)
		rc = number_get(c, FORM, &form, p);
	if (rc == RC_OK)
		rc = number_get(c, DUE, &due, p);
	db_reader_close(&c);
	*due_r = at >= 0 || form < FORM_NOW ? REBUILD_INDEXES : due == 1 ? REBUILD_RELATIONS : REBUILD_NONE;
	return rc;
}

static enum rc over_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)job;
	(void)txn;
	return number_set(c, DUE, 0, p);
}

enum rc record_rebuild_over(struct db *db, struct problem *p)
{
	struct db_job job = { .run = over_run };
	return db_write_now(db, &job, p);
}

/* ---- another instance key ---- */

/* Keys wrapped anew in one transaction: some 5 ms of the writer, so that other writers hardly wait. */
#define REWRAP 1000
struct rewrap { struct db_job job; uint64_t left; };

static enum rc rewrap_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct rewrap *r = (struct rewrap *)job;
	(void)txn;
	return keys_rewrap(c, REWRAP, &r->left, p);
}

enum rc record_keys_rotate(struct db *db, struct record_progress *g, struct problem *p)
{
	struct rewrap r = { .job = { .run = rewrap_run } };
	uint64_t most = 0;
	enum rc rc = keys_next_make(p);
	do {
		r.job.next = NULL;
		if (rc == RC_OK)
			rc = db_write_now(db, &r.job, p);
		most = r.left > most ? r.left : most;
		if (rc == RC_OK && g && g->at)
			g->at(g, most - r.left, most);
		if (rc == RC_OK && r.left && g && g->stop)
			rc = problem_set(p, RC_RETRY, WHY_STOPPED, "keys", "goes on when called again");
	} while (rc == RC_OK && r.left);
	return rc == RC_OK ? keys_next_settle(db, p) : rc;
}

/* ---- a patient erased ---- */

/* The next resource of the chart; rid 0 at the end. */
static enum rc chart_next(struct db_conn *c, int64_t patient, int64_t *type, int64_t *rid, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_CHART_NEXT);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, *type);
	db_bind_i64(s, 3, *rid);
	enum rc rc = db_step(s, &row, p);
	*type = rc == RC_OK && row ? db_i64(s, 0) : 0;
	*rid = rc == RC_OK && row ? db_i64(s, 1) : 0;
	db_reset(s);
	return rc;
}

/* A resource of several patients leaves the erased one's compartment. When it was his first of all it becomes another's: its rows, and who watches is told. */
static enum rc shared_give(struct db_conn *c, int64_t rid, int64_t from, int64_t to, struct problem *p)
{
	struct fresh o = { .is = true };
	struct index_rows old = { 0 };
	const struct json *root = NULL;
	struct record_row r;
	arena_init(&o.a, 256u << 20);
	enum rc rc = fresh_next(c, rid - 1, &o, p); /* its facts made fresh: as those of `from` and of `to` */
	bool its = rc == RC_OK && o.is && o.rid == rid && o.since && !o.deleted, is = its && o.patient == from;
	if (its && !is)
		rc = row_del(c, &(struct index_row){ .table = BY_PATIENT, .param = stored_type(o.type), .value = from, .rid = rid }, p);
	if (is)
		rc = rows_of(&old, &o.facts, rid, stored_type(o.type), from, o.updated_ms, p);
	if (rc == RC_OK && is)
		rc = rows_share(c, &old, rid, stored_type(o.type), from, o.since, p);
	for (size_t i = 0; rc == RC_OK && is && i < old.n; i++)
		rc = row_del(c, &old.at[i], p);
	if (rc == RC_OK && is)
		rc = rows_of(&o.rows, &o.facts, rid, stored_type(o.type), to, o.updated_ms, p);
	if (rc == RC_OK && is)
		rc = rows_share(c, &o.rows, rid, stored_type(o.type), to, o.since, p);
	static const enum stmt GIVE[] = { ST_RECORD_GIVE, ST_RECORD_FACTS_GIVE };
	for (size_t i = 0; rc == RC_OK && (is || (o.is && o.rid == rid && o.patient == from && o.deleted)) && i < 2; i++) {
		struct db_stmt *s = db_stmt(c, GIVE[i]);
		db_bind_i64(s, 1, rid);
		db_bind_i64(s, 2, to);
		rc = db_run(s, p);
	}
	if (rc == RC_OK && is) /* after the resource's row: on a server these take the patient from it */
		rc = rows_put(c, o.rows.at, o.rows.n, p);
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, rid);
	bool row = false;
	if (rc == RC_OK && is && (rc = db_step(s, &row, p)) == RC_OK && row) {
		row_of_stmt(s, &r);
		struct str id = arena_str(&o.a, r.id);
		rc = row_open(c, &r, p);
		struct str body = rc == RC_OK ? arena_str(&o.a, r.body) : STR_NONE;
		if (rc == RC_OK)
			rc = json_parse(body, &o.a, &root, p);
		struct record_change ch = { .type = o.type, .rid = rid, .patient = to, .since = o.since, .id = id, .now = root, .txn = r.txn };
		db_reset(s);
		if (rc == RC_OK && write_watcher())
			rc = write_watcher()->changed(write_watcher(), c, &ch, p);
	} else {
		db_reset(s);
	}
	fresh_done(&o);
	rows_free(&old);
	return rc;
}

/* What concerns others too stays theirs: the erased one's way to its keys is taken away. */
static enum rc shared_leave(struct db_conn *c, int64_t patient, struct problem *p)
{
	enum rc rc = RC_OK;
	for (int64_t rid = 0, other; rc == RC_OK;) {
		bool row = false;
		struct db_stmt *s = db_stmt(c, ST_RECORD_SHARED_OF);
		db_bind_i64(s, 1, patient);
		db_bind_i64(s, 2, rid);
		rc = db_step(s, &row, p);
		rid = rc == RC_OK && row ? db_i64(s, 0) : 0;
		db_reset(s);
		if (rc != RC_OK || !rid)
			break;
		rc = keys_shared_next(c, rid, 0, 0, &other, p);
		if (rc == RC_OK && other == patient)
			rc = keys_shared_next(c, rid, 0, patient, &other, p);
		if (rc != RC_OK || !other)
			continue; /* the last of them: it goes with the chart */
		s = db_stmt(c, ST_RECORD_SHARED_DROP);
		db_bind_i64(s, 1, patient);
		db_bind_i64(s, 2, rid);
		rc = db_run(s, p);
		if (rc == RC_OK)
			rc = shared_give(c, rid, patient, other, p);
	}
	return rc;
}

enum rc record_erase(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct facts f = { 0 };
	struct index_rows rows = { 0 };
	enum rc rc = shared_leave(c, patient, p);
	for (int64_t type_no = 0, rid = 0; rc == RC_OK;) {
		rc = chart_next(c, patient, &type_no, &rid, p);
		if (rc != RC_OK || !rid)
			break;
		bool row = false;
		struct db_stmt *s = db_stmt(c, ST_RECORD_FACTS);
		db_bind_i64(s, 1, rid);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row) {
			uint16_t type = (uint16_t)db_i64(s, 0);
			int64_t updated = db_i64(s, 2);
			rc = facts_open(&f, c, rid, patient, updated, db_text(s, 3), NULL, 0, p);
			if (rc == RC_OK)
				rc = rows_of(&rows, &f, rid, type, patient, updated, p);
		}
		db_reset(s);
		for (size_t i = 0; rc == RC_OK && row && i < rows.n; i++)
			rc = row_del(c, &rows.at[i], p);
		s = db_stmt(c, ST_RECORD_FACTS_DEL);
		db_bind_i64(s, 1, rid);
		if (rc == RC_OK)
			rc = db_run(s, p);
	}
	facts_done(&f);
	rows_free(&rows);
	struct db_stmt *left = db_stmt(c, ST_RECORD_SHARED_FORGET);
	db_bind_i64(left, 1, patient);
	if (rc == RC_OK)
		rc = db_run(left, p);
	return rc == RC_OK ? keys_erase(c, patient, p) : rc;
}
