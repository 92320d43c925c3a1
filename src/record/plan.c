/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/plan.c: runs a search plan. One clause drives: the one with the fewest rows, found by bounded counts; each row it yields is one
 * candidate, whose facts (one seek) answer all other clauses. Three ways:
 *   stream  rows in the order of the driver's table: by rid when the driver is an equality or the walk of the type
 *   sorted  rows in the order of the sort parameter's own table, those without a value after them
 *   gather  at most GATHER_ROWS candidates, filtered, sorted in memory
 * A resource comes once: at the first row of the driver that stands for it. Pages go on from a row (cursor.c), so they stay stable while
 * others write; resources made after the first page do not enter.
 * Must never scan a table: without any clause that can drive, the type is walked by its key. It decides nothing about rights but the scope
 * it is given. Called by the gate inside a snapshot. Start at record_search.
 */
#include "record/inner.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First look at each clause; when all exceed it, the second. Counting 100 rows costs about 15 µs, so a clause that is rare is found at once. */
#define PROBE_SHORT 100
#define PROBE_LONG 2000
/* A sort in memory: so many candidates; more matches than SORT_MATCHES are refused unless the parameter's own order can be walked. */
#define GATHER_ROWS 5000
#define SORT_MATCHES 1000
/* Without order asked: up to so many rows are gathered so that they come by rid. */
#define GATHER_UNSORTED 1000
/* A page looks at no more candidates than this, about a third of a second; it then ends short, with a cursor. */
#define EXAMINE_MOST 200000
#define CHAIN_TARGETS 1000
#define CONTAINS_ROWS 5000 /* :contains without a clause that drives: only where the type has fewer resources */
#define SCOPE_PATIENTS 200 /* compartments walked one by one at most */

enum mode { MODE_STREAM = 1, MODE_SORTED, MODE_GATHER };
/* Sources that are not a clause's number. */
#define SOURCE_TYPE 0xFFFF
#define SOURCE_SCOPE 0xFFFE

struct hit { int64_t rid; uint16_t range; struct index_row row; struct str *keys; /* one per plan_sort; p NULL: no value */ };

struct search {
	struct db_conn *c;
	const struct plan *plan;
	const struct record_scope *scope;
	uint16_t type;                      /* stored */
	struct arena a;
	struct clause *clauses; size_t n_clauses;
	struct ranges *ranges;              /* per clause */
	uint16_t *looks; size_t n_looks;    /* stored parameters that clauses and order look at */
	struct ranges source;               /* what drives */
	uint16_t source_no;
	enum mode mode;
	size_t n_sort;
	struct cursor from;
	int64_t top;                        /* rids above came after the first page */
	uint64_t fingerprint;
	struct candidate k;
	struct index_rows rows;             /* scratch */
	struct hit *hits; size_t n_hits, cap_hits;
	bool more;
	uint64_t examined;
};

/* ---- a candidate ---- */

static enum rc candidate_read(struct search *s, int64_t rid, bool *is_r, struct problem *p)
{
	*is_r = false;
	if (rid > s->top)
		return RC_OK;
	struct db_stmt *st = db_stmt(s->c, ST_RECORD_FACTS);
	db_bind_i64(st, 1, rid);
	bool row = false;
	enum rc rc = db_step(st, &row, p);
	if (rc != RC_OK || !row)
		return rc;
	s->k.rid = rid;
	s->k.type = (uint16_t)db_i64(st, 0);
	s->k.patient = db_i64(st, 1);
	s->k.updated_ms = db_i64(st, 2);
	if (s->k.type != s->type || !scope_has(s->scope, s->k.patient))
		return RC_OK;
	*is_r = true;
	return facts_decode_some(&s->k.facts, db_text(st, 3), s->looks, s->n_looks, p); /* points into the statement's row, which stays until it is stepped again */
}

static enum rc candidate_matches(struct search *s, bool *is_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*is_r = true;
	for (size_t i = 0; rc == RC_OK && *is_r && i < s->n_clauses; i++)
		rc = clause_matches(s->c, &s->clauses[i], &s->k, s->scope, is_r, p);
	return rc;
}

/* Does the candidate come earlier than at (range, row)? Then this row is a repeat. */
static bool is_repeat(struct search *s, size_t range, const struct index_row *row)
{
	const struct range *here = &s->source.at[range];
	if (here->without) {
		size_t from, to;
		facts_of(&s->k.facts, here->without, &from, &to);
		for (; from < to; from++)
			if (s->k.facts.at[from].kind != VALUE_TOKEN) /* the text of a token is no value to sort by */
				return true;
		return false;
	}
	if (here->kind != RANGE_ROWS || here->start.table == BY_TYPE || here->start.table == BY_PATIENT)
		return false;
	s->rows.n = 0;
	if (here->start.table == BY_UPDATED) {
		struct index_row u = { .table = BY_UPDATED, .param = s->type, .i1 = s->k.updated_ms, .rid = s->k.rid };
		for (size_t i = 0; i < range; i++)
			if (range_has(&s->source.at[i], &u))
				return true;
		return false;
	}
	size_t from, to;
	facts_of(&s->k.facts, here->start.param, &from, &to);
	rows_of_param(&s->rows, &s->k.facts, from, to, s->k.rid);
	for (size_t j = 0; j < s->rows.n; j++) {
		const struct index_row *x = &s->rows.at[j];
		for (size_t i = 0; i < range; i++)
			if (range_has(&s->source.at[i], x))
				return true;
		if (range_has(here, x) && (here->down ? row_cmp(x, row) > 0 : row_cmp(x, row) < 0))
			return true;
	}
	return false;
}

/* ---- sort keys ---- */

static void key_u64(char out[8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (char)(v >> (56 - 8 * i));
}

static struct str better(struct str best, struct str x, bool down)
{
	if (!best.p)
		return x;
	int d = str_cmp(x, best);
	return (down ? d > 0 : d < 0) ? x : best;
}

static struct str fact_key(const struct fact *f, struct arena *a)
{
	char *k;
	uint64_t bits;
	double mid;
	switch (f->kind) {
	case VALUE_STRING: return f->text;
	case VALUE_TOKEN:  return f->code;
	case VALUE_DATE:
		k = arena_bytes(a, 8);
		if (k)
			key_u64(k, (uint64_t)f->low ^ (uint64_t)1 << 63);
		return (struct str){ k, k ? 8 : 0 };
	case VALUE_NUMBER:
	case VALUE_QUANTITY:
		k = arena_bytes(a, 8);
		mid = number_mid(f->num_low, f->num_high);
		memcpy(&bits, &mid, 8);
		if (k)
			key_u64(k, bits >> 63 ? ~bits : bits | (uint64_t)1 << 63);
		return (struct str){ k, k ? 8 : 0 };
	default:
		return STR_NONE;
	}
}

static enum rc sort_key(struct search *s, const struct plan_sort *by, struct str *out, struct problem *p)
{
	char *k;
	*out = STR_NONE;
	if (by->id) {
		struct db_stmt *st = db_stmt(s->c, ST_RECORD_ID_OF);
		bool row = false;
		db_bind_i64(st, 1, s->k.rid);
		enum rc rc = db_step(st, &row, p);
		if (rc == RC_OK && row)
			*out = arena_str(&s->a, db_text(st, 1));
		db_reset(st);
		return rc;
	}
	if (by->last_updated) {
		k = arena_bytes(&s->a, 8);
		if (k) {
			key_u64(k, (uint64_t)s->k.updated_ms);
			*out = (struct str){ k, 8 };
		}
		return RC_OK;
	}
	size_t from, to;
	struct str best = STR_NONE;
	facts_of(&s->k.facts, stored_param(by->param->no), &from, &to);
	for (; from < to; from++)
		best = better(best, fact_key(&s->k.facts.at[from], &s->a), by->descending);
	if (best.p)
		*out = arena_str(&s->a, best);
	return RC_OK;
}

static int hit_cmp(const struct plan_sort *sort, const struct str *ka, int64_t ra, const struct str *kb, int64_t rb)
{
	for (size_t i = 0; sort; sort = sort->next, i++) {
		if (!ka[i].p || !kb[i].p) {
			if (ka[i].p || kb[i].p)
				return ka[i].p ? -1 : 1; /* those without a value come last */
			continue;
		}
		int d = str_cmp(ka[i], kb[i]);
		if (d)
			return sort->descending ? -d : d;
	}
	return ra < rb ? -1 : ra > rb;
}

/* ---- hits ---- */

static enum rc hit_add(struct search *s, size_t range, const struct index_row *row, struct problem *p)
{
	if (s->n_hits == s->cap_hits) {
		size_t cap = s->cap_hits ? s->cap_hits * 2 : 64;
		struct hit *at = realloc(s->hits, cap * sizeof *at);
		if (!at)
			return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		s->hits = at;
		s->cap_hits = cap;
	}
	struct hit *h = &s->hits[s->n_hits++];
	*h = (struct hit){ .rid = s->k.rid, .range = (uint16_t)range };
	if (row) {
		h->row = *row;
		if (row->s.p)
			h->row.s = arena_str(&s->a, row->s);
	}
	return arena_rc(&s->a, p);
}

/* ---- stream and sorted: along the source's rows ---- */

/* Calls hit_add for each match until want hits are there (0: counts all into *total_r, keeps none). */
static enum rc stream(struct search *s, size_t want, uint64_t *total_r, struct problem *p)
{
	struct index_row after = { 0 };
	size_t i = 0;
	bool resumed = s->from.is && want;
	if (resumed) {
		i = s->from.range;
		if (!row_decode(s->from.last, &after) || i >= s->source.n)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "position");
	}
	enum rc rc = RC_OK;
	for (; rc == RC_OK && i < s->source.n; i++) {
		struct walk w;
		struct index_row row = { 0 };
		bool is = false;
		walk_open(&w, s->c, &s->source.at[i], resumed ? &after : NULL);
		resumed = false;
		while ((rc = walk_next(&w, &row, &is, p)) == RC_OK && is) {
			bool fits = false;
			if (want && ++s->examined > EXAMINE_MOST) {
				/* enough work for one page: it ends here, and the next goes on from here */
				s->k.rid = 0;
				rc = hit_add(s, i, &row, p);
				s->more = true;
				break;
			}
			rc = candidate_read(s, row.rid, &fits, p);
			if (rc == RC_OK && fits)
				rc = candidate_matches(s, &fits, p);
			if (rc != RC_OK)
				break;
			if (!fits || is_repeat(s, i, &row))
				continue;
			if (!want) {
				++*total_r;
				continue;
			}
			if (s->n_hits == want) {
				s->more = true;
				break;
			}
			rc = hit_add(s, i, &row, p);
			if (rc != RC_OK)
				break;
		}
		walk_close(&w);
		if (s->more)
			break;
	}
	return rc;
}

/* ---- gather: all candidates in memory ---- */

static int rid_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static enum rc rids_of_source(struct search *s, int64_t **rids_r, size_t *n_r, struct problem *p)
{
	int64_t *rids = arena_array(&s->a, GATHER_ROWS * 2 + 1, sizeof *rids);
	size_t n = 0;
	if (!rids)
		return arena_rc(&s->a, p);
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < s->source.n; i++) {
		struct walk w;
		struct index_row row = { 0 };
		bool is = false;
		walk_open(&w, s->c, &s->source.at[i], NULL);
		while ((rc = walk_next(&w, &row, &is, p)) == RC_OK && is) {
			if (n == GATHER_ROWS * 2) {
				rc = problem_set(p, RC_LIMIT, WHY_TOO_MANY_TO_SORT, "_sort", "more than %d candidates", GATHER_ROWS);
				break;
			}
			rids[n++] = row.rid;
		}
		walk_close(&w);
	}
	qsort(rids, n, sizeof *rids, rid_cmp);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!kept || rids[kept - 1] != rids[i])
			rids[kept++] = rids[i];
	*rids_r = rids;
	*n_r = kept;
	return rc;
}

static int hit_cmp_void(const void *a, const void *b, void *sort)
{
	const struct hit *x = a, *y = b;
	return hit_cmp(sort, x->keys, x->rid, y->keys, y->rid);
}

/* Sort keys of the last hit of the page before, from the cursor. */
static enum rc last_keys(struct search *s, struct str *keys, struct problem *p)
{
	struct str in = s->from.last;
	for (size_t i = 0; i < s->n_sort; i++) {
		if (in.n < 3)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "keys");
		size_t n = (size_t)(unsigned char)in.p[1] << 8 | (unsigned char)in.p[2];
		bool has = in.p[0] != 0;
		in = (struct str){ in.p + 3, in.n - 3 };
		if (in.n < n)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "keys");
		keys[i] = has ? (struct str){ in.p, n } : STR_NONE;
		in = (struct str){ in.p + n, in.n - n };
	}
	return RC_OK;
}

static enum rc gather(struct search *s, size_t want, bool sort_limited, uint64_t *total_r, struct problem *p)
{
	int64_t *rids = NULL;
	size_t n = 0;
	struct str *last = arena_array(&s->a, s->n_sort + 1, sizeof *last);
	enum rc rc = last ? rids_of_source(s, &rids, &n, p) : arena_rc(&s->a, p);
	if (rc == RC_OK && s->from.is)
		rc = last_keys(s, last, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		bool fits = false;
		rc = candidate_read(s, rids[i], &fits, p);
		if (rc == RC_OK && fits)
			rc = candidate_matches(s, &fits, p);
		if (rc != RC_OK || !fits)
			continue;
		++*total_r;
		if (s->n_sort && sort_limited && *total_r > SORT_MATCHES)
			return problem_set(p, RC_LIMIT, WHY_TOO_MANY_TO_SORT, "_sort", "more than %d matches", SORT_MATCHES);
		if (!want)
			continue;
		struct str *keys = arena_array(&s->a, s->n_sort + 1, sizeof *keys);
		if (!keys)
			return arena_rc(&s->a, p);
		size_t j = 0;
		for (const struct plan_sort *by = s->plan->sort; rc == RC_OK && by; by = by->next, j++)
			rc = sort_key(s, by, &keys[j], p);
		if (rc != RC_OK || (s->from.is && hit_cmp(s->plan->sort, keys, rids[i], last, s->from.rid) <= 0))
			continue;
		rc = hit_add(s, 0, NULL, p);
		s->hits[s->n_hits - 1].keys = keys;
	}
	if (rc == RC_OK && want) {
		if (s->n_hits > 1)
			qsort_r(s->hits, s->n_hits, sizeof *s->hits, hit_cmp_void, (void *)(uintptr_t)s->plan->sort);
		s->more = s->n_hits > want;
		s->n_hits = s->more ? want : s->n_hits;
	}
	return rc;
}

/* ---- choosing ---- */

/* Keys of the targets that meet a chained clause; none when there are more than CHAIN_TARGETS. */
struct keys_of { struct record_each e; struct db_conn *c; struct arena *a; struct ranges *out; uint16_t param; uint64_t n; };

static enum rc key_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct keys_of *k = (struct keys_of *)e;
	struct range r = { .start = { .table = BY_REFERENCE, .param = k->param, .value = key_of(row->type, row->id), .i2 = INT64_MIN } };
	k->n++;
	return ranges_add(k->out, r, k->a, p);
}

static enum rc chain_ranges(struct search *s, const struct clause *cl, struct ranges *out, struct problem *p)
{
	struct plan_clause inner = *cl->of->chain;
	inner.next = NULL;
	struct plan sub = { .type = cl->of->chain_type, .clauses = &inner, .count = CHAIN_TARGETS };
	struct keys_of k = { .e = { key_row }, .c = s->c, .a = &s->a, .out = out, .param = cl->param };
	struct buf cursor;
	buf_init(&cursor, 16384);
	*out = (struct ranges){ 0 };
	enum rc rc = record_search(s->c, &sub, s->scope, &k.e, &cursor, NULL, p);
	if (rc == RC_OK && cursor.n)
		*out = (struct ranges){ .none = true }; /* too many: they are looked up from the candidates instead */
	buf_done(&cursor);
	return rc;
}

static enum rc scope_ranges(struct search *s, struct ranges *out, struct problem *p)
{
	const struct record_scope *sc = s->scope;
	*out = (struct ranges){ .none = true };
	if (!sc || !sc->within)
		return RC_OK;
	if (s->plan->type == fhir_type_of(STR("Patient"))) {
		out->none = false;
		return ranges_add(out, (struct range){ .kind = RANGE_LIST, .list = sc->within, .n = sc->n }, &s->a, p);
	}
	if (sc->n > SCOPE_PATIENTS)
		return RC_OK;
	out->none = false;
	enum rc rc = sc->house_rows ? ranges_add(out, range_of_patient(0, s->type), &s->a, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < sc->n; i++)
		rc = ranges_add(out, range_of_patient(sc->within[i], s->type), &s->a, p);
	return rc;
}

/* The source with the fewest rows. *n_r: its rows, at most `most`. */
static enum rc choose(struct search *s, uint64_t most, uint64_t *n_r, struct problem *p)
{
	struct ranges scope;
	uint64_t best = UINT64_MAX;
	enum rc rc = scope_ranges(s, &scope, p);
	s->source_no = SOURCE_TYPE;
	for (size_t i = 0; rc == RC_OK && i <= s->n_clauses && best > 0; i++) {
		const struct ranges *r = i < s->n_clauses ? &s->ranges[i] : &scope;
		uint64_t n = 0;
		if (r->none)
			continue;
		rc = walk_count(s->c, r, best < most ? best : most, &n, p);
		/* among equals an equality, whose rows come by rid, is better than a range */
		if (rc == RC_OK && (n < best || (n == best && s->source.n != 1 && r->n == 1 && range_by_rid(&r->at[0])))) {
			best = n;
			s->source = *r;
			s->source_no = i < s->n_clauses ? (uint16_t)i : SOURCE_SCOPE;
		}
	}
	if (rc == RC_OK && best == UINT64_MAX) {
		s->source = (struct ranges){ 0 };
		rc = ranges_add(&s->source, range_of_type(s->type), &s->a, p);
		if (rc == RC_OK)
			rc = walk_count(s->c, &s->source, most, &best, p);
	}
	*n_r = best;
	return rc;
}

static size_t drivers(const struct search *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->n_clauses; i++)
		n += !s->ranges[i].none;
	return n;
}

/* The walk of the sort parameter's table, then of the resources without any value. */
static enum rc sorted_source(struct search *s, bool *may_r, struct problem *p)
{
	struct range r;
	const struct plan_sort *by = s->plan->sort;
	*may_r = by && !by->next && range_of_sort(by, s->type, &r);
	if (!*may_r)
		return RC_OK;
	s->source = (struct ranges){ 0 };
	enum rc rc = ranges_add(&s->source, r, &s->a, p);
	if (rc == RC_OK && by->param) {
		struct range rest = range_of_type(s->type);
		rest.without = stored_param(by->param->no);
		rc = ranges_add(&s->source, rest, &s->a, p);
	}
	return rc;
}

static bool has_contains(const struct search *s)
{
	for (size_t i = 0; i < s->n_clauses; i++)
		if (s->clauses[i].modifier == MOD_CONTAINS)
			return true;
	return false;
}

/* :contains alone would have to look at every value. */
static enum rc contains_check(const struct search *s, uint64_t n, struct problem *p)
{
	for (size_t i = 0; i < s->n_clauses; i++)
		if (s->clauses[i].modifier == MOD_CONTAINS && s->source_no == SOURCE_TYPE && n >= CONTAINS_ROWS)
			return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_MODIFIER, s->clauses[i].of->param->code, "contains without another selective clause");
	return RC_OK;
}

/* Nothing to choose: the one clause that can drive gives its rows by rid. */
static bool only_source(struct search *s)
{
	for (size_t i = 0; i < s->n_clauses; i++) {
		if (s->ranges[i].none || s->ranges[i].n != 1 || !range_by_rid(&s->ranges[i].at[0]))
			continue;
		s->source = s->ranges[i];
		s->source_no = (uint16_t)i;
		return true;
	}
	return false;
}

static enum rc decide(struct search *s, bool *limited_r, struct problem *p)
{
	uint64_t n = 0;
	bool walkable = false;
	enum rc rc = RC_OK;
	if (!s->plan->sort && !(s->scope && s->scope->within) && drivers(s) <= 1 && only_source(s)) {
		s->mode = MODE_STREAM;
		return RC_OK;
	}
	if (!drivers(s) && s->plan->sort && !(s->scope && s->scope->within) && !has_contains(s)) {
		s->mode = MODE_SORTED;
		rc = sorted_source(s, &walkable, p);
		if (rc != RC_OK || walkable)
			return rc;
	}
	uint64_t most = s->plan->sort ? GATHER_ROWS : drivers(s) == 1 ? GATHER_UNSORTED : PROBE_LONG;
	rc = choose(s, PROBE_SHORT, &n, p);
	if (rc == RC_OK && n >= PROBE_SHORT)
		rc = choose(s, has_contains(s) ? CONTAINS_ROWS : most, &n, p);
	if (rc == RC_OK)
		rc = contains_check(s, n, p);
	if (rc != RC_OK)
		return rc;
	struct range ignored;
	*limited_r = s->plan->sort && !(!s->plan->sort->next && range_of_sort(s->plan->sort, s->type, &ignored));
	if (!s->plan->sort) {
		bool by_rid = s->source.n == 1 && range_by_rid(&s->source.at[0]);
		s->mode = !by_rid && n < GATHER_UNSORTED ? MODE_GATHER : MODE_STREAM;
		return RC_OK;
	}
	if (n < GATHER_ROWS) {
		s->mode = MODE_GATHER;
		return RC_OK;
	}
	s->mode = MODE_SORTED;
	rc = sorted_source(s, &walkable, p);
	if (rc == RC_OK && !walkable)
		return problem_set(p, RC_LIMIT, WHY_TOO_MANY_TO_SORT, "_sort", "more than %d candidates", GATHER_ROWS);
	return rc;
}

/* A following page goes on as the first was decided, whatever changed since. */
static enum rc decide_again(struct search *s, bool *limited_r, struct problem *p)
{
	bool walkable = true;
	enum rc rc = RC_OK;
	s->mode = s->from.mode;
	s->source_no = s->from.source;
	*limited_r = false;
	if (s->mode == MODE_SORTED) {
		rc = sorted_source(s, &walkable, p);
	} else if (s->source_no == SOURCE_SCOPE) {
		rc = scope_ranges(s, &s->source, p);
		walkable = !s->source.none;
	} else if (s->source_no == SOURCE_TYPE) {
		s->source = (struct ranges){ 0 };
		rc = ranges_add(&s->source, range_of_type(s->type), &s->a, p);
	} else {
		walkable = s->source_no < s->n_clauses && !s->ranges[s->source_no].none;
		if (walkable)
			s->source = s->ranges[s->source_no];
	}
	if (rc == RC_OK && (!walkable || s->mode < MODE_STREAM || s->mode > MODE_GATHER))
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "source");
	return rc;
}

/* ---- the whole ---- */

static enum rc compile(struct search *s, struct problem *p)
{
	size_t n = 0;
	for (const struct plan_clause *cl = s->plan->clauses; cl; cl = cl->next)
		n++;
	for (const struct plan_sort *by = s->plan->sort; by; by = by->next) {
		s->n_sort++;
		if (by->param && (!by->param->indexed || by->param->kind == PARAM_COMPOSITE || by->param->kind == PARAM_REFERENCE || by->param->kind == PARAM_URI || by->param->kind == PARAM_SPECIAL))
			return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PARAMETER, "_sort", "kind %d", by->param->kind);
	}
	s->clauses = arena_array(&s->a, n + 1, sizeof *s->clauses);
	s->ranges = arena_array(&s->a, n + 1, sizeof *s->ranges);
	s->looks = arena_array(&s->a, n + s->n_sort + 1, sizeof *s->looks);
	if (!s->clauses || !s->ranges || !s->looks)
		return arena_rc(&s->a, p);
	for (const struct plan_sort *by = s->plan->sort; by; by = by->next)
		if (by->param)
			s->looks[s->n_looks++] = stored_param(by->param->no);
	enum rc rc = RC_OK;
	for (const struct plan_clause *cl = s->plan->clauses; rc == RC_OK && cl; cl = cl->next) {
		struct clause *out = &s->clauses[s->n_clauses];
		rc = clause_compile(cl, s->plan->type, &s->a, out, p);
		if (rc == RC_OK)
			rc = out->chain ? chain_ranges(s, out, &s->ranges[s->n_clauses], p) : ranges_of_clause(out, s->type, &s->a, &s->ranges[s->n_clauses], p);
		if (rc == RC_OK && out->what == CLAUSE_PARAM)
			s->looks[s->n_looks++] = out->param;
		s->n_clauses++;
	}
	return rc;
}

static enum rc top_rid(struct search *s, struct problem *p)
{
	bool row = false;
	s->top = s->from.top;
	if (s->from.is)
		return RC_OK;
	struct db_stmt *st = db_stmt(s->c, ST_RECORD_TOP);
	enum rc rc = db_step(st, &row, p);
	if (rc == RC_OK && row)
		s->top = db_i64(st, 0);
	db_reset(st);
	return rc;
}

/* The index alone can count: one range by rid that is the whole question, nobody's scope. */
static bool counts_by_index(const struct search *s)
{
	const struct range *r = &s->source.at[0];
	if (s->n_clauses > 1 || s->source.n != 1 || r->kind != RANGE_ROWS || (s->scope && s->scope->within) || s->mode != MODE_STREAM)
		return false;
	if (s->n_clauses == 0)
		return r->start.table == BY_TYPE;
	return r->start.table == BY_TOKEN || r->start.table == BY_REFERENCE || r->start.table == BY_URI;
}

static enum rc index_count(struct search *s, uint64_t *n_r, struct problem *p)
{
	const struct want *w = s->n_clauses ? &s->clauses[0].wants[0] : NULL;
	bool by_system = w && s->clauses[0].kind == PARAM_TOKEN && !w->any_code && !w->any_system, is = false;
	struct index_row row = { 0 };
	struct walk walk;
	int64_t last = 0;
	uint64_t n = 0;
	walk_open(&walk, s->c, &s->source.at[0], NULL);
	enum rc rc;
	while ((rc = walk_next(&walk, &row, &is, p)) == RC_OK && is && row.rid <= s->top) {
		if ((by_system && row.i2 != w->system) || row.rid == last)
			continue; /* another system's, or the same code in a second system */
		last = row.rid;
		n++;
	}
	walk_close(&walk);
	*n_r = n;
	return rc;
}

static enum rc count_all(struct search *s, bool limited, int64_t *total_r, struct problem *p)
{
	uint64_t n = 0;
	enum rc rc;
	struct cursor from = s->from;
	s->from.is = false;
	if (counts_by_index(s))
		rc = index_count(s, &n, p);
	else if (s->mode == MODE_GATHER)
		rc = gather(s, 0, limited, &n, p);
	else
		rc = stream(s, 0, &n, p);
	s->from = from;
	*total_r = (int64_t)n;
	return rc;
}

static void cursor_make(struct search *s, struct buf *out)
{
	const struct hit *h = &s->hits[s->n_hits - 1];
	struct buf last;
	buf_init(&last, 6000);
	if (s->mode == MODE_GATHER) {
		for (size_t i = 0; i < s->n_sort; i++) {
			buf_ch(&last, h->keys[i].p ? 1 : 0);
			buf_ch(&last, (char)(h->keys[i].n >> 8));
			buf_ch(&last, (char)(h->keys[i].n & 0xff));
			buf_str(&last, h->keys[i]);
		}
	} else {
		row_encode(&last, &h->row);
	}
	struct cursor k = { .mode = (unsigned char)s->mode, .source = s->source_no, .range = h->range, .rid = h->rid, .top = s->top, .txn = db_conn_txn(s->c), .last = buf_view(&last) };
	cursor_put(out, &k, s->fingerprint);
	buf_done(&last);
}

static enum rc emit(struct search *s, struct record_each *e, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && i < s->n_hits; i++) {
		struct record_row row;
		if (!s->hits[i].rid)
			continue; /* where a short page stopped */
		rc = record_by_rid(s->c, s->hits[i].rid, &row, p);
		if (rc == RC_OK)
			rc = e->row(e, &row, p);
	}
	return rc;
}

enum rc is_reindexing(struct db_conn *c, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_DB_STATE);
	bool row = false;
	db_bind_str(s, 1, STR("reindex"));
	enum rc rc = db_step(s, &row, p);
	bool busy = rc == RC_OK && row && db_i64(s, 0) >= 0;
	db_reset(s);
	return busy ? problem_set(p, RC_RETRY, WHY_BUSY, NULL, "indexes are being rebuilt") : rc;
}

enum rc record_search(struct db_conn *c, const struct plan *plan, const struct record_scope *scope, struct record_each *e, struct buf *cursor_r, int64_t *total_r, struct problem *p)
{
	struct search s = { .c = c, .plan = plan, .scope = scope, .type = stored_type(plan->type) };
	bool limited = false, counts_only = plan->summary_count || plan->count == 0;
	int64_t total = -1;
	uint64_t gathered = 0;
	arena_init(&s.a, 64u << 20);
	s.fingerprint = plan_fingerprint(plan);
	enum rc rc = is_reindexing(c, p);
	if (rc == RC_OK)
		rc = cursor_get(plan->cursor, s.fingerprint, &s.a, &s.from, p);
	if (rc == RC_OK)
		rc = compile(&s, p);
	if (rc == RC_OK)
		rc = top_rid(&s, p);
	if (rc == RC_OK)
		rc = s.from.is ? decide_again(&s, &limited, p) : decide(&s, &limited, p);
	if (rc == RC_OK && (plan->total || counts_only))
		rc = count_all(&s, limited, &total, p);
	if (rc == RC_OK && !counts_only)
		rc = s.mode == MODE_GATHER ? gather(&s, plan->count, limited, &gathered, p) : stream(&s, plan->count, NULL, p);
	if (rc == RC_OK && s.more && s.n_hits)
		cursor_make(&s, cursor_r);
	if (rc == RC_OK)
		rc = emit(&s, e, p);
	if (rc == RC_OK && total_r)
		*total_r = total;
	facts_done(&s.k.facts);
	rows_free(&s.rows);
	free(s.hits);
	arena_done(&s.a);
	return rc;
}

/* ---- conditional queries ---- */

struct matched { struct record_each e; unsigned n; char id[65]; };

static enum rc matched_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct matched *m = (struct matched *)e;
	(void)p;
	m->n++;
	memcpy(m->id, row->id.p, row->id.n);
	m->id[row->id.n] = '\0';
	return RC_OK;
}

enum rc record_match(struct db_conn *c, uint16_t type, struct str query, unsigned *n_r, char *id_r, struct problem *p)
{
	struct arena a;
	struct pairs pairs;
	struct plan *plan = NULL;
	struct matched m = { .e = { matched_row } };
	struct buf cursor;
	arena_init(&a, 4u << 20);
	buf_init(&cursor, 16384);
	enum rc rc = url_pairs(query, 50, &a, &pairs, p);
	if (rc == RC_OK)
		rc = fhir_plan_parse(type, &pairs, &a, &plan, p);
	if (rc == RC_OK && !plan->clauses)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, NULL, "a condition names no parameter");
	if (rc == RC_OK) {
		plan->count = 2;
		plan->sort = NULL;
		plan->total = plan->summary_count = false;
		do { /* a page may end short when candidates are many */
			plan->cursor = arena_str(&a, buf_view(&cursor));
			buf_reset(&cursor);
			rc = record_search(c, plan, NULL, &m.e, &cursor, NULL, p);
		} while (rc == RC_OK && cursor.n && m.n < 2);
	}
	if (rc == RC_OK) {
		*n_r = m.n > 2 ? 2 : m.n;
		if (m.n == 1)
			memcpy(id_r, m.id, sizeof m.id);
	}
	buf_done(&cursor);
	arena_done(&a);
	return rc;
}
