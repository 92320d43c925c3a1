/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/changes.c: the history of a type and of all types, by time: what stands now (by_updated) merged with what stood before or was deleted (by_change);
 * and the resources of one patient by type. Must never decide who may read. Called by the gate inside a snapshot. Start at record_changes.
 */
#include "record/inner.h"

#include <string.h>

#define VERSIONS 1048576   /* history.at = rid * 1048576 + version */

/* The newest of one table and type before a place. */
struct lane { uint16_t type; bool changes, none; int64_t updated, rid, at; };

static enum rc lane_next(struct db_conn *c, struct lane *l, int64_t updated, int64_t rid, struct problem *p)
{
	bool row = false;
	struct db_stmt *s = db_stmt(c, l->changes ? ST_RECORD_W_CHANGE_LAST : ST_RECORD_W_UPDATED_LAST);
	db_bind_i64(s, 1, stored_type(l->type));
	db_bind_i64(s, 2, updated);
	db_bind_i64(s, 3, l->changes && rid < INT64_MAX / VERSIONS ? rid * VERSIONS : rid);
	enum rc rc = db_step(s, &row, p);
	l->none = rc != RC_OK || !row;
	if (!l->none) {
		l->updated = db_i64(s, 0);
		l->at = db_i64(s, 1);
		l->rid = l->changes ? l->at / VERSIONS : l->at;
	}
	db_reset(s);
	return rc;
}

static bool is_before(const struct lane *a, const struct lane *b)
{
	return a->updated != b->updated ? a->updated > b->updated : a->rid > b->rid;
}

/* The row of a version, and when the next one came. id: 65 bytes that hold the row's id. */
static enum rc version_of(struct db_conn *c, const struct lane *l, struct record_row *r, char *id, int64_t *until_r, struct problem *p)
{
	uint32_t version = (uint32_t)(l->at % VERSIONS);
	bool row = false;
	*until_r = INT64_MAX;
	if (!l->changes)
		return record_by_rid(c, l->rid, r, p);
	struct db_stmt *s = db_stmt(c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, l->rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && !row)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "a version of nothing, rid %lld", (long long)l->rid);
	if (rc != RC_OK)
		return rc;
	row_of_stmt(s, r);
	if (r->version == version)
		return row_open(c, r, p);
	int64_t patient = r->patient;
	MUST(r->id.n <= 64);
	memcpy(id, r->id.p, r->id.n);
	r->id = (struct str){ id, r->id.n };
	if (r->version == version + 1)
		*until_r = r->updated_ms;
	s = db_stmt(c, ST_RECORD_OLD);
	db_bind_i64(s, 1, l->at + 1);
	if ((rc = db_step(s, &row, p)) == RC_OK && row)
		*until_r = db_i64(s, 1);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	db_bind_i64(s, 1, l->at);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && !row)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "a version is missing, rid %lld", (long long)l->rid);
	if (rc != RC_OK)
		return rc;
	r->version = version;
	r->txn = db_i64(s, 0);
	r->updated_ms = db_i64(s, 1);
	r->deleted = db_i64(s, 2) != 0;
	r->body = db_text(s, 3);
	r->since = keys_since(r->body);
	r->patient = db_i64(s, 4); /* whose it was then: its key */
	rc = row_open(c, r, p);
	r->patient = patient;
	return rc;
}

static bool is_within(const struct record_span *span, int64_t updated, int64_t until)
{
	return span->at_high == 0 || (updated < span->at_high && until > span->at_low);
}

enum rc record_changes(struct db_conn *c, const struct record_span *span, int64_t *updated_r, int64_t *rid_r, struct record_changed *e, bool *more_r, struct problem *p)
{
	struct lane lane[512];
	size_t n = 0;
	uint32_t looks = 0;
	enum rc rc = RC_OK;
	bool full = false;
	int64_t updated = *updated_r, rid = *rid_r;
	if (span->at_high > 0 && updated >= span->at_high)
		updated = span->at_high, rid = 0;
	for (uint16_t type = span->type ? span->type : 1; rc == RC_OK && type <= (span->type ? span->type : fhir_type_count()); type++) {
		if (span->types && !span->types[type])
			continue;
		MUST(n + 2 <= sizeof lane / sizeof *lane);
		for (int changes = 0; rc == RC_OK && changes < 2; changes++) {
			lane[n] = (struct lane){ .type = type, .changes = changes };
			rc = lane_next(c, &lane[n], updated, rid, p);
			n += !lane[n].none;
		}
	}
	*more_r = false;
	while (rc == RC_OK && !full) {
		struct lane *top = NULL;
		for (size_t i = 0; i < n; i++)
			if (!lane[i].none && (!top || is_before(&lane[i], top)))
				top = &lane[i];
		if (!top || top->updated < span->since_ms)
			return RC_OK;
		if (looks++ == span->looks)
			break;
		struct record_row row;
		char id[65];
		int64_t until;
		*updated_r = top->updated;
		*rid_r = top->rid;
		rc = version_of(c, top, &row, id, &until, p);
		if (rc == RC_OK && is_within(span, row.updated_ms, until))
			rc = e->row(e, &row, until, &full, p);
		if (rc == RC_OK)
			rc = lane_next(c, top, top->updated, top->rid, p);
	}
	*more_r = rc == RC_OK;
	return rc;
}

enum rc record_compartment(struct db_conn *c, int64_t patient, uint16_t type, int64_t after_rid, uint32_t limit, struct record_each *e, bool *more_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_RECORD_W_PATIENT);
	bool row = true;
	enum rc rc = RC_OK;
	*more_r = false;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, stored_type(type));
	db_bind_i64(s, 3, after_rid);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		struct record_row r;
		if (limit-- == 0) {
			*more_r = true;
			break;
		}
		if ((rc = record_by_rid(c, db_i64(s, 0), &r, p)) != RC_OK || (rc = e->row(e, &r, p)) != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}
