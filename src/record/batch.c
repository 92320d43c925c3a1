/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/batch.c: many puts of one job. Resources are stored one by one, in order; what their index rows come to is kept as bytes that sort, and
 * goes to the by_… tables at the end, in key order: a page that many resources touch is sought and changed once.
 * Must never outlive its job, and never be left with rows in it: until record_batch_end, searches do not see them (reads by id do).
 * Called by the gate's import. Start at batch_add, then record_batch_end.
 */
#include "record/inner.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_BYTES_MOST (1u << 30)

/* One change of one row: length of the key (2 bytes), enum batch_change (1 byte), key. Later changes stand behind earlier ones. */
#define HEAD 3

struct place { uint64_t prefix; uint32_t at; };
struct owner { int64_t rid, patient; size_t no; /* when it was said */ };
struct record_batch {
	struct buf changes;
	size_t n;
	struct place *places;
	struct buf owners;     /* struct owner; a server wants to be told, a file does not */
	int64_t rid;           /* the last one given, 0: not asked yet */
	int64_t before;        /* the last one that was there, -1: not asked yet */
	struct last_patient patient;
	bool waits;            /* for its whole life: what was undone may come again */
	void *kept;            /* the watch's own */
	struct looks looks;
	struct put_scratch scratch;
};

struct record_batch *record_batch_new(void)
{
	struct record_batch *b = calloc(1, sizeof *b);
	if (b) {
		buf_init(&b->changes, BATCH_BYTES_MOST);
		buf_init(&b->owners, BATCH_BYTES_MOST);
		b->before = -1;
	}
	return b;
}

void record_batch_free(struct record_batch **bp)
{
	struct record_batch *b = *bp;
	if (!b)
		return;
	if (b->kept)
		write_watcher()->forget(write_watcher(), b->kept);
	buf_done(&b->changes);
	buf_done(&b->owners);
	looks_done(&b->looks);
	free(b->places);
	facts_done(&b->scratch.old_facts);
	facts_done(&b->scratch.now_facts);
	rows_free(&b->scratch.old_rows);
	rows_free(&b->scratch.now_rows);
	free(b);
	*bp = NULL;
}

struct put_scratch *batch_scratch(struct record_batch *b) { return &b->scratch; }
int64_t *batch_rid(struct record_batch *b) { return &b->rid; }
void batch_begins(struct record_batch *b, int64_t last) { b->before = b->before < 0 ? last : b->before; }
bool record_batch_made(const struct record_batch *b, int64_t rid) { return b->before >= 0 && rid > b->before; }
struct last_patient *batch_patient(struct record_batch *b) { return &b->patient; }
bool *batch_waits(struct record_batch *b) { return &b->waits; }
void **batch_kept(struct record_batch *b) { return &b->kept; }
struct looks *batch_looks(struct record_batch *b) { return &b->looks; }
void record_batch_expect(struct record_batch *b, const struct record_write *w) { looks_add(&b->looks, w); }
enum rc record_batch_look(struct record_batch *b, struct db_conn *c, struct problem *p) { return looks_ask(&b->looks, c, p); }

enum rc record_batch_settle(struct record_batch *b, struct db_conn *c, struct problem *p)
{
	return b->kept ? write_watcher()->settle(write_watcher(), c, b->kept, p) : RC_OK;
}

struct record_mark record_batch_mark(const struct record_batch *b) { return (struct record_mark){ b->changes.n, b->n, b->owners.n, b->rid }; }

void record_batch_undo(struct record_batch *b, struct record_mark mark)
{
	if (b->changes.n > mark.bytes)
		b->changes.n = mark.bytes;
	if (b->owners.n > mark.owners)
		b->owners.n = mark.owners;
	b->n = mark.rows;
	b->rid = mark.rid;
	b->patient = (struct last_patient){ 0 }; /* it may be undone too */
	looks_drop(&b->looks);
	if (b->kept)
		write_watcher()->drop(write_watcher(), b->kept);
}

void batch_add(struct record_batch *b, const struct index_row *r, enum batch_change what)
{
	struct buf *out = &b->changes;
	size_t at = out->n;
	const char head[HEAD] = { 0, 0, (char)what };
	buf_put(out, head, HEAD);
	row_encode(out, r);
	size_t n = out->n - at - HEAD;
	if (out->failed || n > UINT16_MAX) {
		out->failed = true;
		return;
	}
	out->p[at] = (char)(n >> 8);
	out->p[at + 1] = (char)(n & 0xff);
	b->n++;
}

/* ---- whose rows ---- */

void batch_owner(struct record_batch *b, int64_t rid, int64_t patient)
{
	struct owner o = { rid, patient, b->owners.n };
	buf_put(&b->owners, (const char *)&o, sizeof o);
}

static struct owner *owners_of(const struct record_batch *b, size_t *n_r)
{
	*n_r = b->owners.n / sizeof(struct owner);
	return (struct owner *)(void *)b->owners.p;
}

static int owner_cmp(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;
	return x->rid != y->rid ? (x->rid < y->rid ? -1 : 1) : x->no < y->no ? -1 : x->no > y->no;
}

/* By surrogate, the last word of each. */
static enum rc owners_sort(struct record_batch *b, struct problem *p)
{
	size_t all, n = 0;
	struct owner *at = owners_of(b, &all);
	if (all)
		qsort(at, all, sizeof *at, owner_cmp);
	for (size_t i = 0; i < all; i++) {
		n -= n && at[n - 1].rid == at[i].rid;
		at[n++] = at[i];
	}
	b->owners.n = n * sizeof *at;
	return buf_rc(&b->owners, p);
}

/* New resources are numbered one after the other: most are found where they must stand. */
static int64_t owner_find(const struct record_batch *b, int64_t rid)
{
	size_t n, low = 0;
	const struct owner *at = owners_of(b, &n);
	MUST(n);
	if (rid >= at[0].rid && (uint64_t)(rid - at[0].rid) < n && at[rid - at[0].rid].rid == rid)
		return at[rid - at[0].rid].patient;
	for (size_t high = n; high - low > 1;) {
		size_t mid = low + (high - low) / 2;
		if (at[mid].rid > rid)
			high = mid;
		else
			low = mid;
	}
	MUST(at[low].rid == rid); /* put.c says it with the first row */
	return at[low].patient;
}

/* ---- in key order ---- */

static struct str key_at(const char *base, uint32_t at)
{
	const unsigned char *e = (const unsigned char *)base + at;
	return (struct str){ (const char *)e + HEAD, (size_t)e[0] << 8 | e[1] };
}

static uint64_t prefix_of(struct str key)
{
	uint64_t v = 0;
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | (i < key.n ? (unsigned char)key.p[i] : 0);
	return v;
}

static int place_cmp(const void *x, const void *y, void *base)
{
	const struct place *a = x, *b = y;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	int d = str_cmp(key_at(base, a->at), key_at(base, b->at));
	return d ? d : a->at < b->at ? -1 : a->at > b->at;
}

/* Sorted; of several changes of one row the last stands for all. */
static enum rc sort(struct record_batch *b, struct problem *p)
{
	enum rc rc = buf_rc(&b->changes, p);
	if (rc != RC_OK)
		return rc;
	free(b->places);
	b->places = malloc((b->n + 1) * sizeof *b->places);
	if (!b->places)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	size_t at = 0, n = 0;
	for (size_t i = 0; i < b->n; i++) {
		struct str key = key_at(b->changes.p, (uint32_t)at);
		b->places[i] = (struct place){ prefix_of(key), (uint32_t)at };
		at += HEAD + key.n;
	}
	qsort_r(b->places, b->n, sizeof *b->places, place_cmp, b->changes.p);
	for (size_t i = 0; i < b->n; i++) {
		if (n && b->places[n - 1].prefix == b->places[i].prefix && str_is(key_at(b->changes.p, b->places[n - 1].at), key_at(b->changes.p, b->places[i].at)))
			n--;
		b->places[n++] = b->places[i];
	}
	b->n = n;
	return RC_OK;
}

/* Hands out the rows to add of one table, and moves on to the first row of the next. */
struct rows_feed { struct db_feed f; const struct record_batch *b; size_t at; int64_t rid; unsigned char table; bool bad; };

static bool is(const struct record_batch *b, size_t i, enum batch_change what) { return b->changes.p[b->places[i].at + 2] == (char)what; }
static unsigned char table_at(const struct record_batch *b, size_t i) { return (unsigned char)b->changes.p[b->places[i].at + HEAD]; }

static bool rows_next(struct db_feed *f, struct db_cell *cells)
{
	struct rows_feed *x = (struct rows_feed *)f;
	struct index_row row;
	while (x->at < x->b->n && table_at(x->b, x->at) == x->table && !is(x->b, x->at, ROW_ADD))
		x->at++;
	if (x->at == x->b->n || table_at(x->b, x->at) != x->table)
		return false;
	if (!row_decode(key_at(x->b->changes.p, x->b->places[x->at++].at), &row)) {
		x->bad = true;
		return false;
	}
	x->rid = row.rid;
	row_cells(&row, cells);
	return true;
}

static int64_t rows_owner(struct db_feed *f)
{
	const struct rows_feed *x = (const struct rows_feed *)f;
	return owner_find(x->b, x->rid);
}

static enum rc dels_run(struct record_batch *b, struct db_conn *c, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		struct index_row row;
		if (!is(b, i, ROW_DROP))
			continue;
		rc = row_decode(key_at(b->changes.p, b->places[i].at), &row) ? row_del(c, &row, p) : problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "index row of a batch");
	}
	return rc;
}

enum rc record_batch_end(struct record_batch *b, struct db_conn *c, struct problem *p)
{
	struct rows_feed x = { .f = { rows_next, rows_owner }, .b = b };
	enum rc rc = record_batch_settle(b, c, p);
	if (rc == RC_OK)
		rc = sort(b, p);
	if (rc == RC_OK)
		rc = owners_sort(b, p);
	if (rc == RC_OK)
		rc = dels_run(b, c, p);
	while (rc == RC_OK && x.at < b->n) {
		x.table = table_at(b, x.at);
		rc = db_feed_run(c, row_feed_stmt((enum table)x.table), &x.f, p);
		if (rc == RC_OK && x.bad)
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "index row of a batch");
	}
	buf_reset(&b->changes);
	buf_reset(&b->owners);
	looks_drop(&b->looks); /* what comes now may put beside the batch */
	if (b->kept)
		write_watcher()->drop(write_watcher(), b->kept);
	b->n = 0;
	return rc;
}
