/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/read.c: a resource by its id, by its surrogate, by version, and its history. One or two index probes each; nothing is parsed.
 * Must never decide who may read. Called by the gate inside a snapshot. Start at record_read.
 */
#include "record/inner.h"

#include <string.h>

void row_of_stmt(struct db_stmt *s, struct record_row *r)
{
	*r = (struct record_row){
		.rid = db_i64(s, 0), .type = fhir_type_stored((uint16_t)db_i64(s, 1)), .id = db_text(s, 2), .version = (uint32_t)db_i64(s, 3),
		.txn = db_i64(s, 4), .updated_ms = db_i64(s, 5), .deleted = db_i64(s, 6) != 0, .patient = db_i64(s, 7), .body = db_text(s, 8),
	};
	r->since = r->since_now = keys_since(r->body);
}

static enum rc patient_add(int64_t **at, size_t *n, size_t *cap, int64_t patient, struct arena *a, struct problem *p)
{
	for (size_t i = 0; i < *n; i++)
		if ((*at)[i] == patient)
			return RC_OK;
	if (*n == *cap) {
		int64_t *more = arena_array(a, *cap * 2, sizeof *more);
		if (!more)
			return arena_rc(a, p);
		memcpy(more, *at, *n * sizeof *more);
		*at = more;
		*cap *= 2;
	}
	(*at)[(*n)++] = patient;
	return RC_OK;
}

enum rc record_patients(struct db_conn *c, const struct record_row *row, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	const uint32_t since[] = { row->since, row->since_now != row->since ? row->since_now : 0 };
	size_t n = 0, cap = 4;
	int64_t *at = arena_array(a, cap, sizeof *at);
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	if (rc == RC_OK && row->patient > 0)
		at[n++] = row->patient;
	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		int64_t patient = 0;
		while (rc == RC_OK && since[i]) {
			rc = keys_shared_next(c, row->rid, since[i], patient, &patient, p);
			if (rc != RC_OK || !patient)
				break;
			rc = patient_add(&at, &n, &cap, patient, a, p);
		}
	}
	*at_r = at;
	*n_r = n;
	return rc;
}

static enum rc none(struct problem *p) { return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no such resource"); }

enum rc row_open(struct db_conn *c, struct record_row *r, struct problem *p)
{
	if (r->deleted)
		return RC_OK;
	return keys_unseal_marked(c, r->patient, (struct keys_bound){ SEALS_BODY, r->rid, r->version }, r->body, &r->body, &r->mark, p);
}

/* The current row, deleted or not, its body sealed. */
static enum rc current(struct db_conn *c, uint16_t type, struct str id, struct record_row *r, struct problem *p)
{
	bool row = false;
	if (!fhir_is_id(id))
		return none(p);
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_KEY);
	db_bind_i64(s, 1, key_of(type, id));
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	if (row)
		row_of_stmt(s, r);
	/* the key is a hash: what was found must be what was asked */
	if (!row || r->type != type || !str_is(r->id, id))
		return none(p);
	return RC_OK;
}

enum rc record_read(struct db_conn *c, uint16_t type, struct str id, struct record_row *row_r, struct problem *p)
{
	struct record_row r;
	enum rc rc = current(c, type, id, &r, p);
	if (rc != RC_OK)
		return rc;
	if (r.deleted)
		return problem_set(p, RC_GONE, WHY_GONE, NULL, "rid %lld", (long long)r.rid);
	rc = row_open(c, &r, p);
	if (rc == RC_OK)
		*row_r = r;
	return rc;
}

void record_ahead(struct db_conn *c, const int64_t *rids, size_t n)
{
	db_ahead(db_stmt(c, ST_RECORD_BY_RID), 1, rids, n);
}

enum rc record_by_rid(struct db_conn *c, int64_t rid, struct record_row *row_r, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && !row)
		return none(p);
	if (rc != RC_OK)
		return rc;
	struct record_row r;
	row_of_stmt(s, &r);
	if (r.deleted)
		return problem_set(p, RC_GONE, WHY_GONE, NULL, "rid %lld", (long long)rid);
	rc = row_open(c, &r, p);
	if (rc == RC_OK)
		*row_r = r;
	return rc;
}

enum rc patient_find(struct db_conn *c, struct str id, int64_t *rid_r, struct problem *p)
{
	uint16_t patient = fhir_type_of(STR("Patient"));
	bool row = false;
	*rid_r = 0;
	if (!fhir_is_id(id))
		return RC_OK;
	struct db_stmt *s = db_stmt(c, ST_RECORD_KEY);
	db_bind_i64(s, 1, key_of(patient, id));
	enum rc rc = db_step(s, &row, p);
	int64_t rid = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc != RC_OK || !rid)
		return rc;
	s = db_stmt(c, ST_RECORD_ID_OF);
	db_bind_i64(s, 1, rid);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row && fhir_type_stored((uint16_t)db_i64(s, 0)) == patient && str_is(db_text(s, 1), id))
		*rid_r = rid;
	db_reset(s);
	return rc;
}

int64_t record_patient_rid(struct db_conn *c, struct str patient_id)
{
	struct problem p;
	int64_t rid = 0;
	return patient_find(c, patient_id, &rid, &p) == RC_OK ? rid : 0;
}

static int64_t history_at(int64_t rid, uint32_t version) { return rid * 1048576 + version; }

enum rc record_vread(struct db_conn *c, uint16_t type, struct str id, uint32_t version, struct record_row *row_r, struct problem *p)
{
	struct record_row r;
	enum rc rc = current(c, type, id, &r, p);
	if (rc != RC_OK)
		return rc;
	int64_t patient = r.patient;
	if (version == 0 || version > r.version)
		return none(p);
	if (version < r.version) {
		bool row = false;
		struct db_stmt *s = db_stmt(c, ST_RECORD_OLD);
		db_bind_i64(s, 1, history_at(r.rid, version));
		rc = db_step(s, &row, p);
		if (rc == RC_OK && !row)
			return none(p);
		if (rc != RC_OK)
			return rc;
		r.version = version;
		r.txn = db_i64(s, 0);
		r.updated_ms = db_i64(s, 1);
		r.deleted = db_i64(s, 2) != 0;
		r.body = db_text(s, 3);
		r.since = keys_since(r.body);
		r.patient = db_i64(s, 4); /* whose it was then: its key */
	}
	if (r.deleted)
		return problem_set(p, RC_GONE, WHY_GONE, NULL, "rid %lld version %u", (long long)r.rid, version);
	rc = row_open(c, &r, p);
	r.patient = patient;
	if (rc == RC_OK)
		*row_r = r;
	return rc;
}

enum rc record_history(struct db_conn *c, uint16_t type, struct str id, uint32_t limit, uint32_t before_version, struct record_each *e, struct problem *p)
{
	struct record_row r;
	char id_copy[65] = "";
	bool row = true;
	enum rc rc = current(c, type, id, &r, p);
	if (rc != RC_OK)
		return rc;
	int64_t patient = r.patient;
	MUST(r.id.n < sizeof id_copy);
	memcpy(id_copy, r.id.p, r.id.n);
	if (limit && (before_version == 0 || r.version < before_version)) {
		uint32_t top = r.version;
		rc = row_open(c, &r, p);
		if (rc == RC_OK)
			rc = e->row(e, &r, p);
		limit--;
		before_version = top;
	}
	r.id = str_of(id_copy);
	if (rc != RC_OK || !limit)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_RECORD_OLDER);
	db_bind_i64(s, 1, history_at(r.rid, 0));
	db_bind_i64(s, 2, history_at(r.rid, before_version));
	db_bind_i64(s, 3, limit);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		r.version = (uint32_t)(db_i64(s, 0) % 1048576);
		r.txn = db_i64(s, 1);
		r.updated_ms = db_i64(s, 2);
		r.deleted = db_i64(s, 3) != 0;
		r.body = db_text(s, 4);
		r.since = keys_since(r.body);
		r.patient = db_i64(s, 5);
		rc = row_open(c, &r, p);
		r.patient = patient;
		if (rc == RC_OK)
			rc = e->row(e, &r, p);
		if (rc != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}
