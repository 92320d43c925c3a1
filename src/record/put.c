/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/put.c: writes of one resource on the writer: versions, conditions, history, index rows, compartment, and who wants to know.
 * An update compares old and new search values and touches only the rows that differ.
 * Must never run outside a job of the group-commit writer (or a bulk load). Called by hospital's acts and by bundles. Start at record_put.
 */
#include "record/inner.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define VERSION_MOST 1048575u /* history.at has 20 bits for it */

static struct record_watch *watcher;

void record_watch_set(struct record_watch *w) { watcher = w; }
struct record_watch *write_watcher(void) { return watcher; }

static enum rc tell(struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	return watcher ? watcher->changed(watcher, c, ch, p) : RC_OK;
}

/* ---- index rows ---- */

/* made: its facts and rows are made already, by whoever prepared it; NULL: they are made of facts. */
struct state { const struct record_write *made; bool live; uint16_t type; uint32_t since; /* as record_row's */ int64_t rid, patient, updated_ms; struct str facts; };

static enum rc rows_of_state(struct db_conn *c, const struct state *st, struct facts *f, struct index_rows *out, struct problem *p)
{
	out->n = 0;
	if (!st->live)
		return RC_OK;
	enum rc rc = RC_OK;
	if (st->made) {
		rows_made(out, st->made, st->rid, st->patient, st->updated_ms);
	} else {
		rc = facts_decode(f, st->facts, p);
		if (rc == RC_OK)
			rc = rows_of(out, f, st->rid, stored_type(st->type), st->patient, st->updated_ms, p);
	}
	return rc == RC_OK ? rows_share(c, out, st->rid, stored_type(st->type), st->patient, st->since, p) : rc;
}

/* Rows to add are moved to the front of now: fresh of them. Rows to drop are dropped at once, or noted in the batch. */
static enum rc rows_differ(struct db_conn *c, struct record_batch *batch, const struct index_rows *old, struct index_rows *now, size_t *fresh_r, struct problem *p)
{
	size_t i = 0, j = 0, fresh = 0;
	enum rc rc = RC_OK;
	while (rc == RC_OK && (i < old->n || j < now->n)) {
		int d = i == old->n ? 1 : j == now->n ? -1 : row_cmp(&old->at[i], &now->at[j]);
		if (d > 0)
			now->at[fresh++] = now->at[j++];
		else if (d == 0)
			i++, j++;
		else if (batch)
			batch_add(batch, &old->at[i++], ROW_DROP);
		else
			rc = row_del(c, &old->at[i++], p);
	}
	*fresh_r = fresh;
	return rc;
}

/* On a server the patient is in the keys of a resource's rows and facts: another patient, other rows. */
static bool moves(const struct db_conn *c, const struct state *old, const struct state *now)
{
	return db_is_far(c) && old->live && now->live && old->patient != now->patient;
}

/* At once, also in a batch: what it adds under the same values would not meet them. */
static enum rc rows_drop(struct db_conn *c, struct record_batch *batch, const struct index_rows *old, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < old->n; i++) {
		if (batch)
			batch_add(batch, &old->at[i], ROW_DROP);
		rc = row_del(c, &old->at[i], p);
	}
	return rc;
}

static enum rc rows_change(struct db_conn *c, struct record_batch *batch, const struct state *old, const struct state *now, struct problem *p)
{
	struct put_scratch own = { .old_facts = { 0 } }, *x = batch ? batch_scratch(batch) : &own;
	enum rc rc = rows_of_state(c, old, &x->old_facts, &x->old_rows, p);
	if (rc == RC_OK)
		rc = rows_of_state(c, now, &x->now_facts, &x->now_rows, p);
	size_t fresh = x->now_rows.n;
	if (rc == RC_OK && moves(c, old, now))
		rc = rows_drop(c, batch, &x->old_rows, p);
	else if (rc == RC_OK && old->live)
		rc = rows_differ(c, batch, &x->old_rows, &x->now_rows, &fresh, p);
	if (rc == RC_OK && !batch)
		rc = rows_put(c, x->now_rows.at, fresh, p);
	if (batch && db_is_far(c))
		batch_owner(batch, now->rid, now->patient);
	for (size_t i = 0; rc == RC_OK && batch && i < fresh; i++)
		batch_add(batch, &x->now_rows.at[i], ROW_ADD);
	if (!batch) {
		facts_done(&own.old_facts);
		facts_done(&own.now_facts);
		rows_free(&own.old_rows);
		rows_free(&own.now_rows);
	}
	return rc;
}

/* What was changed at once: of these rows nothing that the batch noted before is to be done any more. Rows that stay as they were may only be noted yet. */
static enum rc rows_settled(struct db_conn *c, struct record_batch *batch, const struct state *old, const struct state *now, struct problem *p)
{
	struct put_scratch *x = batch_scratch(batch);
	const struct index_rows *was = &x->old_rows, *is = &x->now_rows;
	size_t i = 0, j = 0;
	enum rc rc = rows_of_state(c, old, &x->old_facts, &x->old_rows, p);
	if (rc == RC_OK)
		rc = rows_of_state(c, now, &x->now_facts, &x->now_rows, p);
	while (rc == RC_OK && (i < was->n || j < is->n)) {
		int d = i == was->n ? 1 : j == is->n ? -1 : row_cmp(&was->at[i], &is->at[j]);
		if (d != 0 || moves(c, old, now))
			batch_add(batch, d > 0 ? &is->at[j] : &was->at[i], ROW_DONE);
		i += d <= 0;
		j += d >= 0;
	}
	if (db_is_far(c))
		batch_owner(batch, now->rid, now->patient);
	return rc;
}

/* Whose key seals its body and facts. */
static int64_t owner_of(const struct state *st) { return st->since ? KEYS_SHARED(st->rid) : st->patient; }

/* fresh: the resource has none yet. */
static enum rc facts_put(struct db_conn *c, const struct state *st, int64_t key, bool fresh, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 65u << 20);
	struct keys_bound bound = { SEALS_FACTS, st->rid, st->updated_ms };
	enum rc rc = st->made ? keys_seal_packed(c, owner_of(st), bound, st->made->facts_packed, &sealed, p) : keys_seal(c, owner_of(st), bound, st->facts, &sealed, p);
	if (rc == RC_OK) {
		struct db_stmt *s = db_stmt(c, fresh ? ST_RECORD_FACTS_NEW : ST_RECORD_FACTS_ADD);
		db_bind_i64(s, 1, st->rid);
		db_bind_i64(s, 2, key);
		db_bind_i64(s, 3, stored_type(st->type));
		db_bind_i64(s, 4, st->patient);
		db_bind_i64(s, 5, st->updated_ms);
		db_bind_blob(s, 6, buf_view(&sealed));
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

static enum rc facts_drop(struct db_conn *c, int64_t rid, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_FACTS_DEL);
	db_bind_i64(s, 1, rid);
	return db_run(s, p);
}

/* The facts of a resource, unsealed, at the end of hold; nothing when it has none. */
static enum rc facts_read(struct db_conn *c, int64_t rid, struct state *st, struct buf *hold, bool *is_r, struct problem *p)
{
	struct str plain;
	struct db_stmt *s = db_stmt(c, ST_RECORD_FACTS);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, is_r, p);
	if (rc == RC_OK && *is_r) {
		st->type = fhir_type_stored((uint16_t)db_i64(s, 0));
		st->patient = db_i64(s, 1);
		st->updated_ms = db_i64(s, 2);
		st->since = keys_since(db_text(s, 3));
		rc = keys_unseal(c, st->patient, (struct keys_bound){ SEALS_FACTS, rid, st->updated_ms }, db_text(s, 3), &plain, p);
		if (rc == RC_OK)
			buf_str(hold, plain);
	}
	db_reset(s);
	return rc;
}

/* ---- the stored state ---- */

struct stored {
	bool is;               /* there is a row, deleted or not */
	struct state st;
	uint32_t version;
	struct str body;       /* copies, in hold */
	struct buf hold;
};

static enum rc stored_find(struct db_conn *c, uint16_t type, struct str id, int64_t key, bool want_body, struct stored *o, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_KEY);
	db_bind_i64(s, 1, key);
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK || !row)
		return rc;
	struct record_row r;
	row_of_stmt(s, &r);
	if (r.type != type || !str_is(r.id, id)) {
		db_reset(s);
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "key of rid %lld", (long long)r.rid);
	}
	o->is = true;
	o->version = r.version;
	o->st = (struct state){ .live = !r.deleted, .type = type, .rid = r.rid, .since = r.since, .patient = r.patient, .updated_ms = r.updated_ms };
	if (want_body && (rc = row_open(c, &r, p)) == RC_OK)
		buf_str(&o->hold, r.body);
	size_t body_n = o->hold.n;
	db_reset(s);
	struct state ignored;
	if (rc == RC_OK)
		rc = facts_read(c, o->st.rid, &ignored, &o->hold, &row, p);
	if (rc == RC_OK)
		rc = buf_rc(&o->hold, p);
	o->body = (struct str){ o->hold.p, body_n };
	o->st.facts = (struct str){ o->hold.p + body_n, o->hold.n - body_n };
	return rc;
}

/* Same but for version and instant? */
static bool same_body(const struct record_write *w, struct str body)
{
	if (!str_starts(body, w->seg[0]) || !str_ends(body, w->seg[2]) || body.n < w->seg[0].n + w->seg[2].n)
		return false;
	struct str mid = { body.p + w->seg[0].n, body.n - w->seg[0].n - w->seg[2].n };
	size_t digits = 0;
	while (digits < mid.n && mid.p[digits] >= '0' && mid.p[digits] <= '9')
		digits++;
	struct str rest = { mid.p + digits, mid.n - digits };
	return digits && str_starts(rest, w->seg[1]) && rest.n == w->seg[1].n + 24; /* an instant of ours is 24 bytes */
}

static enum rc conditions(const struct record_if *cond, const struct stored *o, struct problem *p)
{
	if (cond->none_exists && o->is && o->st.live)
		return problem_set(p, RC_PRECONDITION, WHY_PRECONDITION, NULL, "exists");
	if (cond->has_version && (!o->is || !o->st.live))
		return problem_set(p, RC_PRECONDITION, WHY_PRECONDITION, NULL, "does not exist");
	if (cond->has_version && o->version != cond->version)
		return problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, NULL, "version %u is current", o->version);
	if (o->is && !o->st.live && !cond->revive)
		return problem_set(p, RC_GONE, WHY_GONE, NULL, "rid %lld", (long long)o->st.rid);
	if (o->is && o->version >= VERSION_MOST)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "versions of rid %lld", (long long)o->st.rid);
	return RC_OK;
}

/* ---- compartments ---- */

static enum rc patient_known(struct db_conn *c, struct record_batch *batch, struct str id, int64_t *rid_r, struct problem *p)
{
	const uint16_t patient = fhir_type_of(STR("Patient"));
	struct last_patient *last = batch ? batch_patient(batch) : NULL;
	int64_t key = last ? key_of(patient, id) : 0;
	if (last && last->rid && last->key == key) {
		*rid_r = last->rid;
		return RC_OK;
	}
	const struct look *look = batch ? looks_find(batch_looks(batch), patient, id, key) : NULL;
	bool known = look && (look->rid || !look->there);
	*rid_r = known ? look->rid : 0;
	enum rc rc = known ? RC_OK : patient_find(c, id, rid_r, p);
	if (rc == RC_OK && last && *rid_r)
		*last = (struct last_patient){ key, *rid_r };
	return rc;
}

static enum rc wait_add(struct db_conn *c, struct record_batch *batch, struct str patient, int64_t rid, struct problem *p)
{
	if (batch)
		*batch_waits(batch) = true;
	struct db_stmt *s = db_stmt(c, ST_RECORD_WAIT_ADD);
	db_bind_i64(s, 1, key_of(fhir_type_of(STR("Patient")), patient));
	db_bind_i64(s, 2, rid);
	return db_run(s, p);
}

/* Several patients: it belongs to the first that is stored and not erased, is sealed for all of these, and waits for the others. */
static enum rc patients_settle(struct db_conn *c, struct record_batch *batch, const struct record_write *w, uint32_t version, struct state *now, struct problem *p)
{
	int64_t *at = calloc(w->n_patients, sizeof *at), one = 0;
	size_t n = 0;
	if (!at)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < w->n_patients; i++) {
		rc = patient_known(c, batch, w->patients[i], &at[n], p);
		if (rc == RC_OK && at[n])
			n++;
		else if (rc == RC_OK)
			rc = wait_add(c, batch, w->patients[i], now->rid, p);
	}
	if (rc == RC_OK && n)
		now->patient = at[0];
	if (rc == RC_OK && n > 1)
		rc = keys_share(c, now->rid, version, at, n, &now->since, &one, p);
	if (rc == RC_OK && one)
		now->patient = one;
	free(at);
	return rc;
}

/* The surrogate that a write belongs to: the first of its patients that is stored. When none is, the resource waits for all of them. */
static enum rc patient_settle(struct db_conn *c, struct record_batch *batch, const struct record_write *w, uint32_t version, struct state *now, struct problem *p)
{
	if (w->n_patients > 1)
		return patients_settle(c, batch, w, version, now, p);
	uint16_t patient = fhir_type_of(STR("Patient"));
	now->patient = w->type == patient ? now->rid : 0;
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < w->n_patients && !now->patient; i++)
		rc = patient_known(c, batch, w->patients[i], &now->patient, p);
	for (size_t i = 0; rc == RC_OK && i < w->n_patients && !now->patient; i++)
		rc = wait_add(c, batch, w->patients[i], now->rid, p);
	return rc;
}

/* Does the resource still name this Patient in a parameter of the compartment? It may have been changed while it waited. */
static enum rc still_waits(const struct state *st, int64_t target, bool *is_r, struct problem *p)
{
	struct facts f = { 0 };
	enum rc rc = facts_decode(&f, st->facts, p);
	*is_r = false;
	for (const uint16_t *param = fhir_compartment_params(st->type); rc == RC_OK && param && *param; param++) {
		size_t from, to;
		facts_of(&f, stored_param(*param), &from, &to);
		for (; from < to; from++)
			*is_r = *is_r || (f.at[from].kind == VALUE_REFERENCE && f.at[from].hash == target);
	}
	facts_done(&f);
	return rc;
}

static enum rc body_reseal(struct db_conn *c, int64_t rid, uint32_t version, int64_t patient, struct str sealed, struct buf *out, struct problem *p)
{
	struct keys_bound b = { SEALS_BODY, rid, version };
	struct str plain;
	unsigned char mark = 0;
	buf_reset(out);
	enum rc rc = keys_unseal_marked(c, 0, b, sealed, &plain, &mark, p);
	return rc == RC_OK ? keys_seal_marked(c, patient, b, mark, plain, out, p) : rc;
}

/* What the house's key sealed while the patient was not known is sealed with the patient's: present body and earlier ones. */
static enum rc bodies_give(struct db_conn *c, int64_t rid, int64_t patient, struct problem *p)
{
	struct record_row r = { 0 };
	struct buf sealed;
	bool row = false;
	buf_init(&sealed, 128u << 20);
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		row_of_stmt(s, &r);
		rc = body_reseal(c, rid, r.version, patient, r.body, &sealed, p);
	}
	db_reset(s);
	s = db_stmt(c, ST_RECORD_PATIENT_SET);
	db_bind_i64(s, 1, rid);
	db_bind_i64(s, 2, patient);
	db_bind_blob(s, 3, buf_view(&sealed));
	if (rc == RC_OK)
		rc = db_run(s, p);
	for (int64_t at = rid * 1048576; rc == RC_OK && row;) {
		s = db_stmt(c, ST_RECORD_OLD_UNOWNED);
		db_bind_i64(s, 1, at);
		db_bind_i64(s, 2, (rid + 1) * 1048576);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row) {
			at = db_i64(s, 0);
			buf_reset(&sealed);
			if (!db_i64(s, 1))
				rc = body_reseal(c, rid, (uint32_t)(at % 1048576), patient, db_text(s, 2), &sealed, p);
		}
		db_reset(s);
		if (rc != RC_OK || !row)
			break;
		s = db_stmt(c, ST_RECORD_OLD_SET);
		db_bind_i64(s, 1, at);
		db_bind_i64(s, 2, patient);
		db_bind_blob(s, 3, sealed.p ? buf_view(&sealed) : STR(""));
		rc = db_run(s, p);
	}
	buf_done(&sealed);
	return rc;
}

/* A further patient of a resource that one has already: from its present version on it is sealed for both. */
static enum rc patient_join(struct db_conn *c, struct state *st, int64_t key, int64_t patient, struct problem *p)
{
	struct record_row r = { 0 };
	struct buf body;
	bool row = false;
	size_t n = 0, cap = 8;
	int64_t one, *at = calloc(cap, sizeof *at);
	if (!at)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	buf_init(&body, 128u << 20);
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, st->rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		row_of_stmt(s, &r);
		rc = row_open(c, &r, p);
		if (rc == RC_OK)
			buf_str(&body, r.body);
	}
	db_reset(s);
	at[n++] = patient;
	if (!r.since && st->patient != patient)
		at[n++] = st->patient;
	for (int64_t of = 0; rc == RC_OK && r.since;) {
		rc = keys_shared_next(c, st->rid, r.since, of, &of, p);
		if (rc != RC_OK || !of)
			break;
		if (n == cap) {
			int64_t *more = reallocarray(at, cap *= 2, sizeof *at);
			if (!more) {
				rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
				break;
			}
			at = more;
		}
		if (of != patient)
			at[n++] = of;
	}
	/* a key of this version may be there already: patients that come in one go */
	if (rc == RC_OK)
		rc = keys_share_more(c, st->rid, r.version, at, n, &st->since, &one, p);
	free(at);
	struct buf sealed;
	buf_init(&sealed, 128u << 20);
	if (rc == RC_OK && st->since)
		rc = keys_seal_marked(c, KEYS_SHARED(st->rid), (struct keys_bound){ SEALS_BODY, st->rid, r.version }, r.mark, buf_view(&body), &sealed, p);
	s = db_stmt(c, ST_RECORD_PATIENT_SET);
	db_bind_i64(s, 1, st->rid);
	db_bind_i64(s, 2, st->patient);
	db_bind_blob(s, 3, buf_view(&sealed));
	if (rc == RC_OK && st->since)
		rc = db_run(s, p);
	if (rc == RC_OK && st->since)
		rc = facts_put(c, st, key, false, p);
	/* At once, also in a batch: who watches the Patient's coming walks the compartment. */
	struct index_row in = { .table = BY_PATIENT, .param = stored_type(st->type), .value = patient, .rid = st->rid };
	if (rc == RC_OK && st->since)
		rc = row_put(c, &in, p);
	buf_done(&sealed);
	buf_done(&body);
	return rc;
}

static enum rc patient_give(struct db_conn *c, struct record_batch *batch, int64_t rid, int64_t target, int64_t patient, struct problem *p)
{
	struct state old = { .live = true, .rid = rid };
	struct buf hold;
	bool row = false;
	int64_t key = 0;
	buf_init(&hold, 64u << 20);
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY_OF_RID);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		key = db_i64(s, 0);
	db_reset(s);
	if (rc == RC_OK)
		rc = facts_read(c, rid, &old, &hold, &row, p);
	if (rc == RC_OK)
		rc = buf_rc(&hold, p);
	old.facts = buf_view(&hold);
	/* deleted meanwhile: nothing to do */
	bool waits = false;
	if (rc == RC_OK && row && old.type && old.patient != patient)
		rc = still_waits(&old, target, &waits, p);
	if (rc == RC_OK && waits && old.patient) {
		rc = patient_join(c, &old, key, patient, p);
	} else if (rc == RC_OK && waits) {
		struct state now = old;
		now.patient = patient;
		/* The body first: on a server rows take the patient from its row. At once, also in a batch: who watches the Patient's coming walks the compartment. */
		rc = bodies_give(c, rid, patient, p);
		if (rc == RC_OK)
			rc = rows_change(c, NULL, &old, &now, p);
		if (rc == RC_OK && batch)
			rc = rows_settled(c, batch, &old, &now, p);
		if (rc == RC_OK && moves(c, &old, &now))
			rc = facts_drop(c, rid, p);
		if (rc == RC_OK)
			rc = facts_put(c, &now, key, false, p);
	}
	buf_done(&hold);
	return rc;
}

/* A Patient came: what waited for it enters its compartment. */
static enum rc waiting_give(struct db_conn *c, struct record_batch *batch, int64_t key, int64_t patient, struct problem *p)
{
	int64_t last = 0;
	bool row = true, any = false;
	enum rc rc = RC_OK;
	while (rc == RC_OK && row) {
		struct db_stmt *s = db_stmt(c, ST_RECORD_WAIT_OF);
		db_bind_i64(s, 1, key);
		db_bind_i64(s, 2, last);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row)
			last = db_i64(s, 0);
		db_reset(s);
		if (rc == RC_OK && row) {
			any = true;
			rc = patient_give(c, batch, last, key, patient, p);
		}
	}
	if (rc == RC_OK && any) {
		struct db_stmt *s = db_stmt(c, ST_RECORD_WAIT_DEL);
		db_bind_i64(s, 1, key);
		rc = db_run(s, p);
	}
	return rc;
}

/* ---- put ---- */

static enum rc rid_next(struct db_conn *c, struct record_batch *batch, int64_t *rid_r, struct problem *p)
{
	int64_t own = 0, *last = batch ? batch_rid(batch) : &own;
	bool row = false;
	enum rc rc = RC_OK;
	if (!*last) {
		struct db_stmt *s = db_stmt(c, ST_RECORD_TOP);
		rc = db_step(s, &row, p);
		*last = rc == RC_OK && row ? db_i64(s, 0) : 0;
		db_reset(s);
		if (batch)
			batch_begins(batch, *last);
	}
	if (rc == RC_OK)
		*rid_r = ++*last;
	return rc;
}

static enum rc add_row(struct db_conn *c, int64_t txn, const struct record_write *w, const struct state *now, struct str body, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY_ADD);
	db_bind_i64(s, 1, w->key);
	db_bind_i64(s, 2, now->rid);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(c, ST_RECORD_ADD);
	db_bind_i64(s, 1, now->rid);
	db_bind_i64(s, 2, stored_type(w->type));
	db_bind_str(s, 3, str_of(w->id));
	db_bind_i64(s, 4, 1);
	db_bind_i64(s, 5, txn);
	db_bind_i64(s, 6, now->updated_ms);
	db_bind_i64(s, 7, 0);
	db_bind_i64(s, 8, now->patient);
	db_bind_blob(s, 9, body);
	return db_run(s, p);
}

/* The version that stands in the row now leaves by_updated: the history of its type finds it in by_change. */
static enum rc change_note(struct db_conn *c, int64_t rid, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_CHANGE_ADD);
	db_bind_i64(s, 1, rid);
	return db_run(s, p);
}

static enum rc change_row(struct db_conn *c, int64_t txn, const struct state *now, uint32_t version, struct str body, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_OLD_ADD);
	db_bind_i64(s, 1, now->rid);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK)
		rc = change_note(c, now->rid, p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(c, ST_RECORD_CHANGE);
	db_bind_i64(s, 1, now->rid);
	db_bind_i64(s, 2, version);
	db_bind_i64(s, 3, txn);
	db_bind_i64(s, 4, now->updated_ms);
	db_bind_i64(s, 5, !now->live);
	db_bind_i64(s, 6, now->patient);
	db_bind_blob(s, 7, body);
	return db_run(s, p);
}

static void done_set(struct record_done *d, const struct state *now, struct str id, uint32_t version, bool created)
{
	*d = (struct record_done){ .rid = now->rid, .patient = now->patient, .since = now->since, .type = now->type, .version = version, .created = created, .updated_ms = now->updated_ms };
	memcpy(d->id, id.p, id.n);
}

static enum rc body_seal(struct db_conn *c, const struct record_write *w, const struct state *now, uint32_t version, struct buf *sealed, struct problem *p)
{
	struct keys_bound bound = { SEALS_BODY, now->rid, version };
	if (version == 1 && w->packed.p && keys_packed_instant(SEALS_BODY, w->packed, w->instant_at, now->updated_ms))
		return keys_seal_packed(c, owner_of(now), bound, w->packed, sealed, p);
	struct buf body;
	buf_init(&body, 128u << 20);
	write_body(w, &body, version, now->updated_ms);
	enum rc rc = buf_rc(&body, p);
	if (rc == RC_OK)
		rc = keys_seal_marked(c, owner_of(now), bound, w->mark, buf_view(&body), sealed, p);
	buf_done(&body);
	return rc;
}

/* look: NULL, or what was asked of this id: not there. */
static enum rc put_new(struct db_conn *c, struct record_batch *batch, int64_t txn, struct record_write *w, struct stored *o, struct look *look, struct record_done *d, struct problem *p)
{
	struct state now = { .made = w, .live = true, .type = w->type, .rid = o->st.rid, .updated_ms = clock_ms(), .facts = w->facts };
	uint32_t version = o->is ? o->version + 1 : 1;
	struct buf sealed;
	if (o->is && now.updated_ms <= o->st.updated_ms)
		now.updated_ms = o->st.updated_ms + 1; /* versions of one resource are ordered in time too */
	enum rc rc = o->is ? RC_OK : rid_next(c, batch, &now.rid, p);
	if (rc == RC_OK)
		rc = patient_settle(c, batch, w, version, &now, p);
	if (rc == RC_OK && !o->is && w->type == fhir_type_of(STR("Patient")))
		rc = keys_make(c, now.rid, p);
	buf_init(&sealed, 128u << 20);
	if (rc == RC_OK)
		rc = body_seal(c, w, &now, version, &sealed, p);
	if (rc == RC_OK)
		rc = o->is ? change_row(c, txn, &now, version, buf_view(&sealed), p) : add_row(c, txn, w, &now, buf_view(&sealed), p);
	buf_done(&sealed);
	if (rc == RC_OK && moves(c, &o->st, &now))
		rc = facts_drop(c, now.rid, p);
	if (rc == RC_OK)
		rc = facts_put(c, &now, w->key, !o->is, p);
	if (rc == RC_OK)
		rc = rows_change(c, batch, &o->st, &now, p);
	bool came = !o->is && w->type == fhir_type_of(STR("Patient"));
	/* An id that was made here is known to nobody but to what came with it; of others it may have been asked. */
	bool alone = came && (w->fresh_id || (look && !look->waited)) && batch && !*batch_waits(batch);
	if (look) {
		look->there = true;
		look->rid = now.rid;
	}
	if (rc == RC_OK && came && !alone)
		rc = waiting_give(c, batch, w->key, now.rid, p);
	if (rc == RC_OK && batch && now.patient == now.rid)
		*batch_patient(batch) = (struct last_patient){ w->key, now.rid };
	struct record_change ch = { .type = w->type, .rid = now.rid, .patient = now.patient, .since = now.since, .id = str_of(w->id), .now = w->root, .created = !o->st.live, .alone = alone, .txn = txn, .kept = batch ? batch_kept(batch) : NULL };
	if (rc == RC_OK)
		rc = tell(c, &ch, p);
	if (rc == RC_OK)
		done_set(d, &now, str_of(w->id), version, !o->st.live);
	return rc;
}

static enum rc put(struct db_conn *c, struct record_batch *batch, int64_t txn, struct record_write *w, const struct record_if *cond, struct record_done *d_r,
                   struct problem *p)
{
	static const struct record_if NO_CONDITION = { 0 };
	struct stored o = { .is = false };
	buf_init(&o.hold, 128u << 20);
	if (!cond)
		cond = &NO_CONDITION;
	struct look *look = batch && !w->fresh_id ? looks_find(batch_looks(batch), w->type, str_of(w->id), w->key) : NULL;
	look = look && !look->there ? look : NULL;
	enum rc rc = w->fresh_id || look ? RC_OK : stored_find(c, w->type, str_of(w->id), w->key, cond->keep_if_same, &o, p);
	if (rc == RC_OK)
		rc = conditions(cond, &o, p);
	if (rc == RC_OK && cond->keep_if_same && o.is && o.st.live && same_body(w, o.body)) {
		done_set(d_r, &o.st, str_of(w->id), o.version, false);
		d_r->unchanged = true;
	} else if (rc == RC_OK) {
		rc = put_new(c, batch, txn, w, &o, look, d_r, p);
	}
	buf_done(&o.hold);
	return rc;
}

enum rc record_put(struct db_conn *c, int64_t txn, struct record_write *w, const struct record_if *cond, struct record_done *d_r, struct problem *p)
{
	return put(c, NULL, txn, w, cond, d_r, p);
}

enum rc record_batch_put(struct record_batch *b, struct db_conn *c, int64_t txn, struct record_write *w, const struct record_if *cond, struct record_done *d_r, struct problem *p)
{
	return put(c, b, txn, w, cond, d_r, p);
}

enum rc record_delete(struct db_conn *c, int64_t txn, uint16_t type, struct str id, const struct record_if *cond, struct record_done *d_r, struct problem *p)
{
	struct stored o = { .is = false };
	if (!fhir_is_id(id))
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "not an id");
	buf_init(&o.hold, 128u << 20);
	enum rc rc = stored_find(c, type, id, key_of(type, id), false, &o, p);
	if (rc == RC_OK && !o.is)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no such resource");
	if (rc == RC_OK && !o.st.live)
		rc = problem_set(p, RC_GONE, WHY_GONE, NULL, "rid %lld", (long long)o.st.rid);
	if (rc == RC_OK && cond)
		rc = conditions(cond, &o, p);
	struct state now = o.st;
	now.live = false;
	if (clock_ms() > now.updated_ms)
		now.updated_ms = clock_ms();
	else
		now.updated_ms++;
	if (rc == RC_OK)
		rc = change_row(c, txn, &now, o.version + 1, STR(""), p);
	if (rc == RC_OK)
		rc = change_note(c, now.rid, p);
	if (rc == RC_OK)
		rc = rows_change(c, NULL, &o.st, &now, p);
	if (rc == RC_OK)
		rc = facts_drop(c, now.rid, p);
	struct record_change ch = { .type = type, .rid = now.rid, .patient = now.patient, .id = id, .txn = txn };
	if (rc == RC_OK)
		rc = tell(c, &ch, p);
	if (rc == RC_OK)
		done_set(d_r, &now, id, o.version + 1, false);
	buf_done(&o.hold);
	return rc;
}
