/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/hits.c: from the rows of a search's source to its hits: each row is a candidate, whose facts (one seek) answer the clauses, or a hit by itself
 * (plan.c, answers_by_index); in the order of the source, or gathered and put in order. A resource comes once: at the first row of the source that stands for it.
 * Must never choose the source nor the way: plan.c does. Called by plan.c. Start at hits_stream, hits_gather.
 */
#include "record/search.h"

#include <stdlib.h>
#include <string.h>

/* A page looks at no more candidates than this, about a third of a second; it then ends short, with a cursor. */
#define EXAMINE_MOST 200000
/* A count reads no more resources beside its candidates (chains and _has that cannot drive) than this, about ten seconds. */
#define COUNT_LOOKS 2000000

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
	s->k.since = keys_since(db_text(st, 3));
	bool within = s->k.type == s->type;
	if (within)
		rc = scope_takes(s->c, s->scope, &s->k, &within, p);
	if (rc != RC_OK || !within)
		return rc;
	rc = facts_open(&s->k.facts, s->c, rid, s->k.patient, s->k.updated_ms, db_text(st, 3), s->looks, s->n_looks, p);
	*is_r = rc == RC_OK;
	return rc == RC_GONE ? RC_OK : rc; /* its patient was erased: found by nothing */
}

static enum rc candidate_matches(struct search *s, bool *is_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*is_r = true;
	for (size_t i = 0; rc == RC_OK && *is_r && i < s->n_clauses; i++)
		rc = clause_matches(&s->l, &s->clauses[i], &s->k, is_r, p);
	s->examined += s->l.looked;
	s->l.looked = 0;
	return rc;
}

enum rc hit_judge(struct search *s, int64_t rid, bool *is_r, struct problem *p)
{
	enum rc rc = candidate_read(s, rid, is_r, p);
	return rc == RC_OK && *is_r ? candidate_matches(s, is_r, p) : rc;
}

/* A resource of several patients stands in the compartment of the first of them that is walked. */
static enum rc stood_before(struct search *s, size_t range, bool *is_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*is_r = false;
	for (int64_t patient = 0; rc == RC_OK && !*is_r;) {
		rc = keys_shared_next(s->c, s->k.rid, s->k.since, patient, &patient, p);
		if (rc != RC_OK || !patient)
			break;
		for (size_t i = 0; i < range; i++)
			*is_r = *is_r || s->source.at[i].start.value == patient;
	}
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
	if (range == 0 && range_has_once(here))
		return false; /* nothing stands before it: its facts need not become rows */
	s->rows.n = 0;
	if (here->start.table == BY_UPDATED) {
		struct index_row u = { .table = BY_UPDATED, .param = s->type, .i1 = s->k.updated_ms, .rid = s->k.rid };
		for (size_t i = 0; i < range; i++)
			if (range_has(&s->source.at[i], &u))
				return true;
		return false;
	}
	for (size_t i = 0; i <= range; i++) /* one parameter, or what one shares rows with, one after the other (ranges_of_clause) */
		if (i == 0 || s->source.at[i].start.param != s->source.at[i - 1].start.param) {
			size_t from, to;
			facts_of(&s->k.facts, s->source.at[i].start.param, &from, &to);
			rows_of_param(&s->rows, &s->k.facts, from, to, s->k.rid);
		}
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

/* By the row alone: a resource once, of the system that was asked for. Rows come in order of rid; last: of the row before, or of the page's last hit. */
static bool row_is_hit(struct search *s, const struct index_row *row, int64_t last)
{
	s->k.rid = row->rid;
	return row->rid <= s->top && row->rid != last && (!s->of_system || row->i2 == s->system);
}

/* Calls hit_add for each match until want hits are there (0: counts all into *total_r, keeps none). */
enum rc hits_stream(struct search *s, size_t want, uint64_t *total_r, struct problem *p)
{
	struct index_row after = { 0 };
	size_t i = 0;
	bool resumed = s->from.is && want;
	if (resumed) {
		i = s->from.range;
		if (!row_decode(s->from.last, &after) || i >= s->source.n)
			return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "position");
		/* targets of a chain are found anew for each page: they are in order of their keys */
		if (s->source.chained) {
			for (i = 0; i < s->source.n && s->source.at[i].start.value < after.value; i++)
				continue;
			resumed = i < s->source.n && s->source.at[i].start.value == after.value;
		}
	}
	enum rc rc = RC_OK;
	bool by_index = s->by_index && want;
	for (; rc == RC_OK && i < s->source.n; i++) {
		struct walk w;
		struct index_row row = { 0 };
		bool is = false;
		int64_t last = resumed ? after.rid : 0;
		walk_open(&w, s->c, &s->source.at[i], resumed ? &after : NULL);
		if (!by_index)
			walk_ahead(&w, ST_RECORD_FACTS);
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
			if (by_index)
				fits = row_is_hit(s, &row, last);
			else
				rc = hit_judge(s, row.rid, &fits, p);
			last = by_index && fits ? row.rid : last;
			if (rc == RC_OK && !want && s->examined > COUNT_LOOKS)
				rc = problem_set(p, RC_LIMIT, WHY_NARROWER, "_total", "a count that looks at too much");
			if (rc == RC_OK && fits && !by_index && s->k.since && i > 0 && s->source.at[i].start.table == BY_PATIENT) {
				bool before = false;
				rc = stood_before(s, i, &before, p);
				fits = !before;
			}
			if (rc != RC_OK)
				break;
			if (!fits || (!by_index && is_repeat(s, i, &row)))
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

enum rc hits_gather(struct search *s, size_t want, bool sort_limited, uint64_t *total_r, struct problem *p)
{
	int64_t *rids = NULL;
	size_t n = 0;
	struct str *last = arena_array(&s->a, s->n_sort + 1, sizeof *last);
	enum rc rc = last ? rids_of_source(s, &rids, &n, p) : arena_rc(&s->a, p);
	if (rc == RC_OK && s->from.is)
		rc = last_keys(s, last, p);
	size_t ahead = 0;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		bool fits = false;
		if (i >= ahead)
			ahead = rids_ahead(s->c, ST_RECORD_FACTS, rids, i, n);
		rc = hit_judge(s, rids[i], &fits, p);
		if (rc != RC_OK || !fits)
			continue;
		++*total_r;
		if (sort_limited && *total_r > SORT_MATCHES)
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
