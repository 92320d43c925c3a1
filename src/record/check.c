/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/check.c: indexes compared with a fresh extraction, each table read once and in its own order, whatever its size. Bodies and facts are walked side by
 * side; each row that they should have is added, as a keyed hash, to the sum of its bucket (the resource's rid tells which). Then each index table is walked and
 * its rows are taken away again: a bucket that is not zero holds a difference, and only its resources are asked for row by row.
 * The key of the hash is drawn for each check, so that nobody can write a row whose hash makes up for another's.
 * Must never change anything. Called by keeper. Start at record_check.
 */
#include "record/inner.h"
#include "base/random.h"

#include <stdlib.h>

#define BUCKETS ((size_t)1 << 20)
#define ID_KEY TABLE__END /* id_key counts as one more table */

struct check {
	struct db_conn *c;
	struct record_progress *progress;
	uint64_t key[2], *sum;
	struct { uint64_t expected, there, missing; } of[TABLE__END + 1];
	uint64_t done, resources, rows_done, rows, differences;
	int64_t top;      /* last rid */
	struct fresh one;
};

/* ---- sums ---- */

static uint64_t *bucket_of(const struct check *k, int64_t rid) { return &k->sum[(uint64_t)rid & (BUCKETS - 1)]; }

/* id_key's row in the shape of another table's, told apart by the table's number. */
static uint64_t key_hash(const struct check *k, int64_t key, int64_t rid)
{
	struct index_row r = { .table = BY_REFERENCE, .value = key, .rid = rid }; /* param 0: no row of by_reference */
	return row_hash(&r, k->key);
}

static enum rc tell(struct check *k, uint64_t step, uint64_t done, uint64_t of, struct problem *p)
{
	struct record_progress *g = k->progress;
	if (!g)
		return RC_OK;
	if (g->at)
		g->at(g, step * k->resources + (of ? (uint64_t)((double)k->resources * (double)done / (double)of) : 0), 2 * k->resources);
	return g->stop ? problem_set(p, RC_RETRY, WHY_STOPPED, NULL, "stopped") : RC_OK;
}

/* ---- bodies and facts, side by side ---- */

/* The row of facts of this resource; those before it belong to none. */
static enum rc facts_along(struct check *k, struct db_stmt *facts, bool *row, struct problem *p)
{
	const struct fresh *o = &k->one;
	enum rc rc = RC_OK;
	while (rc == RC_OK && *row && db_i64(facts, 0) < o->rid) {
		k->differences++;
		rc = db_step(facts, row, p);
	}
	bool there = rc == RC_OK && *row && db_i64(facts, 0) == o->rid, same = there == !o->deleted;
	if (there && same) {
		struct str plain = STR_NONE;
		rc = keys_unseal(k->c, o->patient, (struct keys_bound){ SEALS_FACTS, o->rid, o->updated_ms }, db_text(facts, 5), &plain, p);
		same = rc == RC_OK && str_is(plain, o->data);
		rc = rc == RC_BROKEN ? RC_OK : rc; /* facts that do not open are a difference */
		same = same && db_i64(facts, 1) == o->patient && db_i64(facts, 2) == stored_type(o->type) && db_i64(facts, 3) == o->updated_ms && db_i64(facts, 4) == o->key;
	}
	k->differences += rc == RC_OK && !same;
	return rc == RC_OK && there ? db_step(facts, row, p) : rc;
}

static enum rc expect(struct check *k, struct db_stmt *s, struct db_stmt *facts, bool *row, struct problem *p)
{
	struct fresh *o = &k->one;
	struct record_row r;
	row_of_stmt(s, &r);
	enum rc rc = fresh_read(k->c, &r, o, p);
	if (rc == RC_OK)
		rc = facts_along(k, facts, row, p);
	if (rc != RC_OK)
		return rc;
	uint64_t *sum = bucket_of(k, o->rid);
	for (size_t i = 0; i < o->rows.n; i++) {
		k->of[o->rows.at[i].table].expected++;
		*sum += row_hash(&o->rows.at[i], k->key);
	}
	k->of[ID_KEY].expected++;
	*sum += key_hash(k, o->key, o->rid);
	k->rows += o->rows.n + 1;
	k->top = o->rid;
	return ++k->done % 1000 ? RC_OK : tell(k, 0, k->done, k->resources, p);
}

static enum rc resources_along(struct check *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->c, ST_RECORD_A_RESOURCE), *facts = db_stmt(k->c, ST_RECORD_A_FACTS);
	bool row = false, facts_row = false;
	db_ahead_of(s, 7, ST_RECORD_SEALED_KEY, keys_lacks);
	db_bind_i64(s, 1, INT64_MIN);
	db_bind_i64(facts, 1, INT64_MIN);
	db_bind_i64(facts, 2, INT64_MIN);
	enum rc rc = db_step(facts, &facts_row, p);
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
		rc = expect(k, s, facts, &facts_row, p);
	while (rc == RC_OK && facts_row) {
		k->differences++;
		rc = db_step(facts, &facts_row, p);
	}
	db_reset(s);
	db_reset(facts);
	return rc;
}

/* ---- the tables ---- */

static enum rc met(struct check *k, int table, struct problem *p)
{
	k->of[table].there++;
	return ++k->rows_done % 10000 ? RC_OK : tell(k, 1, k->rows_done < k->rows ? k->rows_done : k->rows, k->rows, p);
}

static enum rc table_along(struct check *k, enum table t, struct problem *p)
{
	struct db_stmt *s = row_all(k->c, t);
	struct index_row r;
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		if (row_read(s, t, &r))
			*bucket_of(k, r.rid) -= row_hash(&r, k->key);
		if ((rc = met(k, t, p)) != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}

static enum rc id_key_along(struct check *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->c, ST_RECORD_A_KEY);
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, INT64_MIN);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		*bucket_of(k, db_i64(s, 1)) -= key_hash(k, db_i64(s, 0), db_i64(s, 1));
		if ((rc = met(k, ID_KEY, p)) != RC_OK)
			break;
	}
	db_reset(s);
	return rc;
}

/* ---- what is different, row by row ---- */

static enum rc rows_asked(struct check *k, struct problem *p)
{
	const struct fresh *o = &k->one;
	bool is = false;
	struct db_stmt *s = db_stmt(k->c, ST_RECORD_KEY);
	db_bind_i64(s, 1, o->key);
	enum rc rc = db_step(s, &is, p);
	k->of[ID_KEY].missing += rc == RC_OK && (!is || db_i64(s, 0) != o->rid);
	db_reset(s);
	for (size_t i = 0; rc == RC_OK && i < o->rows.n; i++) {
		rc = row_exists(k->c, &o->rows.at[i], &is, p);
		k->of[o->rows.at[i].table].missing += rc == RC_OK && !is;
	}
	return rc;
}

static enum rc differences_of(struct check *k, int64_t rid, struct problem *p)
{
	struct record_row r;
	bool row = false;
	struct db_stmt *s = db_stmt(k->c, ST_RECORD_BY_RID);
	db_bind_i64(s, 1, rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		row_of_stmt(s, &r);
		rc = fresh_read(k->c, &r, &k->one, p);
		db_reset(s);
		return rc == RC_OK ? rows_asked(k, p) : rc;
	}
	db_reset(s);
	return rc;
}

/* Rows that are there and should not be are what is left of those that are. */
static enum rc differences(struct check *k, struct problem *p)
{
	enum rc rc = RC_OK;
	for (int64_t rid = 1; rc == RC_OK && rid <= k->top; rid++) {
		if (*bucket_of(k, rid))
			rc = differences_of(k, rid, p);
		if (rc == RC_OK && rid % 1000 == 0)
			rc = tell(k, 1, k->rows, k->rows, p);
	}
	for (int t = 0; t <= ID_KEY; t++)
		k->differences += k->of[t].missing + k->of[t].there - (k->of[t].expected - k->of[t].missing);
	return rc;
}

enum rc record_check(struct db *db, struct record_progress *g, uint64_t *differences_r, struct problem *p)
{
	struct check k = { .progress = g };
	arena_init(&k.one.a, 256u << 20);
	random_bytes(k.key, sizeof k.key);
	k.key[1] |= 1;
	k.sum = calloc(BUCKETS, sizeof *k.sum);
	enum rc rc = k.sum ? db_reader(db, &k.c, p) : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK)
		rc = db_begin(k.c, p);
	if (rc == RC_OK)
		rc = is_reindexing(k.c, p);
	if (rc == RC_OK)
		rc = number_of(k.c, ST_RECORD_N_ALL, &k.resources, p);
	if (rc == RC_OK)
		rc = resources_along(&k, p);
	for (int t = 0; rc == RC_OK && t < TABLE__END; t++)
		rc = table_along(&k, (enum table)t, p);
	if (rc == RC_OK)
		rc = id_key_along(&k, p);
	if (rc == RC_OK)
		rc = differences(&k, p);
	if (rc == RC_OK)
		rc = tell(&k, 2, 0, 0, p);
	if (rc == RC_OK)
		*differences_r = k.differences;
	if (k.c)
		db_end(k.c);
	db_reader_close(&k.c);
	fresh_done(&k.one);
	free(k.sum);
	return rc;
}
