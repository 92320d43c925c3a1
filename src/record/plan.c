/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/plan.c: runs a search plan. One clause drives: the one with the fewest rows, found by bounded counts; each row it yields is one
 * candidate, whose facts (one seek) answer all other clauses. Three ways:
 *   stream  rows in the order of the driver's table: by rid when the driver is an equality or the walk of the type
 *   sorted  rows in the order of the sort parameter's own table, those without a value after them
 *   gather  at most GATHER_ROWS candidates, filtered, sorted in memory: where an order was asked that no table has
 * The rows are followed in hits.c. Pages go on from a row (cursor.c), so they stay stable while others write; resources made after the first
 * page do not enter.
 * Must never scan a table: without any clause that can drive, the type is walked by its key. It decides nothing about rights but the scope
 * it is given. Called by the gate inside a snapshot. Start at record_search.
 */
#include "record/search.h"

#include <stdlib.h>
#include <string.h>

/* First look at each clause; when all exceed it, the second. Counting 100 rows costs about 15 µs, so a clause that is rare is found at once. */
#define PROBE_SHORT 100
#define PROBE_LONG 2000
#define CHAIN_TARGETS 1000
#define HAS_SOURCES 5000   /* each a seek of about 5 µs */
#define CONTAINS_ROWS 5000 /* :contains without a clause that drives: only where the type has fewer resources */
#define SCOPE_PATIENTS 200 /* compartments walked one by one at most */

/* ---- choosing ---- */

static enum rc search_open(struct search *s, bool *limited_r, struct problem *p);
static void search_done(struct search *s);

/* The condition of a chain or a _has as a search of its own: its hits, no bodies. sub is to be closed whatever comes back. */
static enum rc sub_search(struct search *s, const struct clause *in, uint32_t most, struct plan *plan, struct plan_clause *clause, struct search *sub, struct problem *p)
{
	bool limited = false;
	*clause = *in->of;
	clause->next = clause->other = NULL;
	*plan = (struct plan){ .type = in->of->type, .clauses = clause, .count = most };
	*sub = (struct search){ .c = s->c, .plan = plan, .scope = s->scope, .type = in->type, .l = { .c = s->c, .scope = s->scope } };
	enum rc rc = search_open(sub, &limited, p);
	if (rc == RC_OK)
		rc = hits_stream(sub, most, NULL, p); /* no order was asked */
	return rc;
}

static int range_cmp(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	return row_cmp(&x->start, &y->start);
}

/* Ranges of what points to the targets that meet a chained condition; none when they are more than CHAIN_TARGETS. */
static enum rc chain_ranges(struct search *s, const struct clause *cl, struct ranges *out, struct problem *p)
{
	struct plan plan;
	struct plan_clause clause;
	struct search sub;
	enum rc rc = RC_OK;
	*out = (struct ranges){ .chained = true };
	for (const struct clause *in = cl->chain; rc == RC_OK && in && !out->none; in = in->other) {
		rc = sub_search(s, in, CHAIN_TARGETS, &plan, &clause, &sub, p);
		out->none = sub.more || out->n + sub.n_hits > CHAIN_TARGETS; /* they are looked up from the candidates instead */
		for (size_t i = 0; rc == RC_OK && i < sub.n_hits && !out->none; i++) {
			int64_t key = 0;
			rc = key_of_rid(s->c, sub.hits[i].rid, &key, p);
			struct range r = { .start = { .table = BY_REFERENCE, .param = cl->param, .value = key, .i2 = INT64_MIN } };
			if (rc == RC_OK && key)
				rc = ranges_add(out, r, &s->a, p);
		}
		search_done(&sub);
	}
	if (rc == RC_OK && out->n > 1)
		qsort(out->at, out->n, sizeof *out->at, range_cmp);
	return rc;
}

static int rid_cmp(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* One range over rids, ascending, each once. */
static enum rc list_range(struct search *s, int64_t *rids, size_t n, struct ranges *out, struct problem *p)
{
	size_t kept = 0;
	if (n)
		qsort(rids, n, sizeof *rids, rid_cmp);
	for (size_t i = 0; i < n; i++)
		if (rids[i] && (!kept || rids[kept - 1] != rids[i]))
			rids[kept++] = rids[i];
	return ranges_add(out, (struct range){ .kind = RANGE_LIST, .list = rids, .n = kept }, &s->a, p);
}

struct rids { int64_t *at; size_t n, cap; };

/* The resources that the references of one parameter in one resource lead to. */
static enum rc targets_add(struct search *s, const struct facts *f, uint16_t param, struct rids *out, struct problem *p)
{
	size_t from, to;
	enum rc rc = RC_OK;
	facts_of(f, param, &from, &to);
	for (; rc == RC_OK && from < to; from++) {
		if (f->at[from].kind != VALUE_REFERENCE)
			continue;
		if (out->n == out->cap) {
			size_t cap = out->cap ? out->cap * 2 : 64;
			int64_t *at = arena_array(&s->a, cap, sizeof *at);
			if (!at)
				return arena_rc(&s->a, p);
			if (out->n)
				memcpy(at, out->at, out->n * sizeof *at);
			out->at = at;
			out->cap = cap;
		}
		rc = rid_of_key(s->c, f->at[from].hash, &out->at[out->n], p);
		out->n += rc == RC_OK && out->at[out->n] != 0;
	}
	return rc;
}

/* What the resources that meet a _has point to; none when these are more than HAS_SOURCES. */
static enum rc has_ranges(struct search *s, const struct clause *cl, struct ranges *out, struct problem *p)
{
	struct plan plan;
	struct plan_clause clause;
	struct search sub;
	struct rids rids = { 0 };
	*out = (struct ranges){ 0 };
	enum rc rc = sub_search(s, cl->chain, HAS_SOURCES, &plan, &clause, &sub, p);
	out->none = sub.more;
	for (size_t i = 0; rc == RC_OK && i < sub.n_hits && !out->none; i++) {
		struct known k;
		bool is = false;
		rc = known_by_rid(s->c, sub.hits[i].rid, &k, &is, p);
		if (rc == RC_OK && is)
			rc = targets_add(s, &k.k.facts, cl->param, &rids, p);
		known_done(&k);
	}
	search_done(&sub);
	return rc == RC_OK && !out->none ? list_range(s, rids.at, rids.n, out, p) : rc;
}

/* Members of the Lists that are named, as keys to compare and as rids to walk. A List that may not be seen has no members. */
static enum rc list_ranges(struct search *s, struct clause *cl, struct ranges *out, struct problem *p)
{
	uint16_t list = fhir_type_of(STR("List"));
	const struct fhir_param *item = fhir_param_find(list, STR("item"));
	struct rids rids = { 0 };
	enum rc rc = RC_OK;
	size_t n = 0;
	*out = (struct ranges){ 0 };
	MUST(item != NULL);
	for (const struct plan_value *v = cl->of->values; rc == RC_OK && v; v = v->next) {
		struct known k;
		bool is = false;
		rc = known_by_key(s->c, key_of(list, v->b), &k, &is, p);
		is = is && k.k.type == stored_type(list);
		if (rc == RC_OK && is)
			rc = scope_takes(s->c, s->scope, &k.k, &is, p);
		if (rc == RC_OK && is)
			rc = targets_add(s, &k.k.facts, stored_param(item->no), &rids, p);
		known_done(&k);
	}
	cl->wants = ARENA_NEW(&s->a, struct want);
	int64_t *keys = arena_array(&s->a, rids.n + 1, sizeof *keys);
	if (!cl->wants || !keys)
		return arena_rc(&s->a, p);
	for (size_t i = 0; rc == RC_OK && i < rids.n; i++) {
		rc = key_of_rid(s->c, rids.at[i], &keys[n], p);
		n += keys[n] != 0;
	}
	*cl->wants = (struct want){ .targets = keys, .n_targets = n };
	cl->n_wants = 1;
	return rc == RC_OK ? list_range(s, rids.at, rids.n, out, p) : rc;
}

static enum rc clause_ranges(struct search *s, struct clause *cl, struct ranges *out, struct problem *p)
{
	if (cl->what == CLAUSE_HAS)
		return has_ranges(s, cl, out, p);
	if (cl->what == CLAUSE_LIST)
		return list_ranges(s, cl, out, p);
	return cl->chain ? chain_ranges(s, cl, out, p) : ranges_of_clause(cl, s->type, &s->a, out, p);
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
	enum rc rc = scope_has(sc, s->type, 0) ? ranges_add(out, range_of_patient(0, s->type), &s->a, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < sc->n; i++)
		rc = ranges_add(out, range_of_patient(sc->within[i], s->type), &s->a, p);
	return rc;
}

static enum rc type_source(struct search *s, struct problem *p)
{
	s->source = (struct ranges){ 0 };
	return ranges_add(&s->source, range_of_type(s->type), &s->a, p);
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
		rc = walk_count(s->c, r, best < most ? best + 1 : most, &n, p); /* one more than the best: as many is then as many, and not where counting ended */
		/* among equals an equality, whose rows come by rid, is better than a range */
		if (rc == RC_OK && (n < best || (n == best && s->source.n != 1 && r->n == 1 && range_by_rid(&r->at[0])))) {
			best = n;
			s->source = *r;
			s->source_no = i < s->n_clauses ? (uint16_t)i : SOURCE_SCOPE;
		}
	}
	if (rc == RC_OK && best == UINT64_MAX) {
		rc = type_source(s, p);
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

/*
 * Nothing to choose where no order was asked and one clause drives, or none: then the type is walked. Counting the rows first, so that few of them could be put in order of rid, took longer
 * than the page.
 */
static enum rc only_source(struct search *s, bool *is_r, struct problem *p)
{
	size_t n = drivers(s);
	*is_r = !s->plan->sort && !(s->scope && s->scope->within) && (n == 1 || (n == 0 && !has_contains(s)));
	if (!*is_r)
		return RC_OK;
	s->mode = MODE_STREAM;
	s->source_no = SOURCE_TYPE;
	for (size_t i = 0; i < s->n_clauses; i++)
		if (!s->ranges[i].none) {
			s->source = s->ranges[i];
			s->source_no = (uint16_t)i;
		}
	return n == 1 ? RC_OK : type_source(s, p);
}

static enum rc decide(struct search *s, bool *limited_r, struct problem *p)
{
	uint64_t n = 0;
	bool walkable = false, only = false;
	enum rc rc = only_source(s, &only, p);
	if (rc != RC_OK || only)
		return rc;
	if (!drivers(s) && s->plan->sort && !(s->scope && s->scope->within) && !has_contains(s)) {
		s->mode = MODE_SORTED;
		rc = sorted_source(s, &walkable, p);
		if (rc != RC_OK || walkable)
			return rc;
	}
	uint64_t most = s->plan->sort ? GATHER_ROWS : PROBE_LONG;
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
		s->mode = MODE_STREAM;
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
		rc = type_source(s, p);
	} else {
		walkable = s->source_no < s->n_clauses && !s->ranges[s->source_no].none;
		if (walkable)
			s->source = s->ranges[s->source_no];
	}
	if (rc == RC_OK && (!walkable || (s->plan->sort ? s->mode != MODE_SORTED && s->mode != MODE_GATHER : s->mode != MODE_STREAM)))
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
	s->looks = arena_array(&s->a, n * (1 + SHARED_MOST) + s->n_sort + 1, sizeof *s->looks);
	if (!s->clauses || !s->ranges || !s->looks)
		return arena_rc(&s->a, p);
	for (const struct plan_sort *by = s->plan->sort; by; by = by->next)
		if (by->param)
			s->looks[s->n_looks++] = stored_param(by->param->no);
	enum rc rc = RC_OK;
	for (const struct plan_clause *cl = s->plan->clauses; rc == RC_OK && cl; cl = cl->next) {
		struct clause *out = &s->clauses[s->n_clauses];
		rc = clause_compile(cl, &s->a, out, p);
		if (rc == RC_OK)
			rc = places_expand(s->c, s->scope, out, &s->a, p);
		if (rc == RC_OK)
			rc = clause_ranges(s, out, &s->ranges[s->n_clauses], p);
		for (size_t i = 0; rc == RC_OK && i < s->ranges[s->n_clauses].n; i++)
			if (s->ranges[s->n_clauses].at[i].n_also && !db_is_far(s->c))
				rc = range_rarest(s->c, &s->ranges[s->n_clauses].at[i], &s->a, p);
		if (rc == RC_OK && out->what == CLAUSE_PARAM)
			s->looks[s->n_looks++] = out->param;
		for (const uint16_t *shared = rc == RC_OK && out->what == CLAUSE_PARAM ? rows_shared(out->param) : NULL; shared && *shared; shared++)
			s->looks[s->n_looks++] = *shared;
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
static bool counts_by_index(const struct search *s, const struct range *r)
{
	if (s->n_clauses > 1 || !r || r->kind != RANGE_ROWS || (s->scope && s->scope->within) || s->mode != MODE_STREAM)
		return false;
	if (s->n_clauses == 0)
		return r->start.table == BY_TYPE;
	return r->start.table == BY_TOKEN || r->start.table == BY_REFERENCE || r->start.table == BY_URI;
}

/* The range that holds all rows, of one question on parameters that share theirs (a code lies in one of the two, seldom in both): NULL when there are several. */
static enum rc only_range(struct search *s, const struct range **r_r, struct problem *p)
{
	enum rc rc = RC_OK;
	*r_r = s->source.n == 1 ? &s->source.at[0] : NULL;
	if (s->n_clauses != 1 || s->clauses[0].n_wants != 1 || s->source.n != SHARED_MOST || !rows_shared(s->clauses[0].param))
		return RC_OK;
	size_t with = 0;
	for (size_t i = 0; i < s->source.n && rc == RC_OK; i++) {
		uint64_t n = 0;
		struct ranges one = { .at = &s->source.at[i], .n = 1 };
		rc = walk_count(s->c, &one, 1, &n, p);
		with += n > 0;
		if (n || !*r_r)
			*r_r = &s->source.at[i];
	}
	if (with > 1)
		*r_r = NULL;
	return rc;
}

static enum rc index_count(struct search *s, const struct range *r, uint64_t *n_r, struct problem *p)
{
	const struct want *w = s->n_clauses ? &s->clauses[0].wants[0] : NULL;
	bool by_system = w && w->kind == VALUE_TOKEN && !w->any_code && !w->any_system, is = false; /* of a reference its identifier too */
	struct index_row row = { 0 };
	struct walk walk;
	int64_t last = 0;
	uint64_t n = 0;
	walk_open(&walk, s->c, r, NULL);
	enum rc rc;
	while ((rc = walk_next(&walk, &row, &is, p)) == RC_OK && is && row.rid <= s->top) {
		if ((by_system && row.i2 != short_hash(w->system)) || row.rid == last)
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
	const struct range *only;
	rc = only_range(s, &only, p);
	if (rc != RC_OK)
		return rc;
	if (counts_by_index(s, only))
		rc = index_count(s, only, &n, p);
	else if (s->mode == MODE_GATHER)
		rc = hits_gather(s, 0, limited, &n, p);
	else
		rc = hits_stream(s, 0, &n, p);
	s->from = from;
	s->examined = 0; /* the page has its own measure */
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

static bool holds(struct str body, struct str text) { return text.n == 0 || memmem(body.p, body.n, text.p, text.n) != NULL; }

/* Of a hit by its row alone: what was asked for stands in its body too, else its facts tell (a code written with escapes, two hashes that meet). Its patient may be erased: found by nothing. */
static enum rc emit_by_index(struct search *s, int64_t rid, struct record_row *row, bool *is_r, struct problem *p)
{
	enum rc rc = record_by_rid(s->c, rid, row, p);
	*is_r = rc == RC_OK;
	if (rc != RC_OK || (holds(row->body, s->holds[0]) && holds(row->body, s->holds[1])))
		return rc == RC_GONE ? RC_OK : rc;
	rc = hit_judge(s, rid, is_r, p);
	return rc == RC_OK && *is_r ? record_by_rid(s->c, rid, row, p) : rc;
}

static enum rc emit(struct search *s, struct record_each *e, struct problem *p)
{
	enum rc rc = RC_OK;
	int64_t *rids = arena_array(&s->a, s->n_hits + 1, sizeof *rids);
	size_t ahead = 0;
	for (size_t i = 0; rids && i < s->n_hits; i++)
		rids[i] = s->hits[i].rid;
	for (size_t i = 0; rc == RC_OK && i < s->n_hits; i++) {
		struct record_row row;
		if (rids && i >= ahead)
			ahead = rids_ahead(s->c, ST_RECORD_BY_RID, rids, i, s->n_hits);
		if (!s->hits[i].rid)
			continue; /* where a short page stopped */
		bool is = true;
		rc = s->by_index ? emit_by_index(s, s->hits[i].rid, &row, &is, p) : record_by_rid(s->c, s->hits[i].rid, &row, p);
		if (rc == RC_OK && is)
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

/*
 * The whole question is one value, and the rows of it are one range in order of rid: they are the answer, no candidate's facts are unsealed for it. Nobody's scope, which looks at more
 * than the row. What holds the text: see emit_by_index.
 */
static enum rc answers_by_index(struct search *s, struct problem *p)
{
	const struct clause *cl = s->clauses;
	const struct range *r = s->source.at;
	if (s->mode != MODE_STREAM || s->n_clauses != 1 || s->source_no != 0 || s->source.n != 1 || (s->scope && s->scope->within) || cl->what != CLAUSE_PARAM || cl->modifier != MOD_NONE ||
		cl->chain || cl->n_wants != 1 || rows_shared(cl->param) || cl->of->param->type != s->plan->type || r->kind != RANGE_ROWS || r->n_also)
		return RC_OK;
	const struct plan_value *v = cl->of->values;
	if (cl->kind == PARAM_TOKEN && r->start.table == BY_TOKEN && v->b.n) {
		s->by_index = true;
		s->holds[0] = v->b;
		s->holds[1] = v->a;
		s->of_system = !cl->wants->any_system;
		s->system = short_hash(cl->wants->system);
	} else if (cl->kind == PARAM_REFERENCE && r->start.table == BY_REFERENCE && v->ref_type && v->ref_id.n) {
		s->by_index = true;
		s->holds[0] = v->ref_id;
	} else if (cl->kind == PARAM_DATE && r->start.table == BY_VEILED && v->prefix == PREFIX_EQ && strcmp(cl->of->param->code, "birthdate") == 0) {
		char text[VEIL_DATE_TEXT];
		s->holds[0] = arena_str(&s->a, (struct str){ text, veil_date_text(v->low, v->high, text) });
		s->by_index = s->holds[0].n > 0;
	}
	return arena_rc(&s->a, p);
}

/* Everything but the hits: from the plan to the way. */
static enum rc search_open(struct search *s, bool *limited_r, struct problem *p)
{
	arena_init(&s->a, 64u << 20);
	s->fingerprint = plan_fingerprint(s->plan);
	enum rc rc = cursor_get(s->plan->cursor, s->fingerprint, &s->a, &s->from, p);
	if (rc == RC_OK)
		rc = compile(s, p);
	if (rc == RC_OK)
		rc = top_rid(s, p);
	if (rc == RC_OK)
		rc = s->from.is ? decide_again(s, limited_r, p) : decide(s, limited_r, p);
	return rc;
}

static void search_done(struct search *s)
{
	facts_done(&s->k.facts);
	rows_free(&s->rows);
	free(s->hits);
	arena_done(&s->a);
}

enum rc record_search(struct db_conn *c, const struct plan *plan, const struct record_scope *scope, struct record_each *e, struct buf *cursor_r, int64_t *total_r, struct problem *p)
{
	struct search s = { .c = c, .plan = plan, .scope = scope, .type = stored_type(plan->type), .l = { .c = c, .scope = scope } };
	bool limited = false, counts_only = plan->summary_count || plan->count == 0;
	int64_t total = -1;
	uint64_t gathered = 0;
	enum rc rc = is_reindexing(c, p);
	if (rc != RC_OK)
		return rc;
	rc = search_open(&s, &limited, p);
	if (rc == RC_OK)
		rc = answers_by_index(&s, p);
	if (rc == RC_OK && (plan->total || counts_only))
		rc = count_all(&s, limited, &total, p);
	if (rc == RC_OK && !counts_only)
		rc = s.mode == MODE_GATHER ? hits_gather(&s, plan->count, limited, &gathered, p) : hits_stream(&s, plan->count, NULL, p);
	if (rc == RC_OK && s.more && s.n_hits)
		cursor_make(&s, cursor_r);
	if (rc == RC_OK)
		rc = emit(&s, e, p);
	if (rc == RC_OK && total_r)
		*total_r = total;
	search_done(&s);
	return rc;
}

/* ---- conditional queries ---- */

struct matched { struct record_each e; struct arena *a; struct str *ids; unsigned n, most; };

static enum rc matched_row(struct record_each *e, const struct record_row *row, struct problem *p)
{
	struct matched *m = (struct matched *)e;
	if (m->n > m->most)
		return RC_OK;
	m->ids[m->n++] = arena_str(m->a, row->id);
	return arena_rc(m->a, p);
}

enum rc record_matches(struct db_conn *c, uint16_t type, struct str query, unsigned most, struct arena *a, struct str **ids_r, unsigned *n_r, struct problem *p)
{
	struct pairs pairs;
	struct plan *plan = NULL;
	struct matched m = { .e = { matched_row }, .a = a, .most = most, .ids = arena_array(a, (size_t)most + 1, sizeof *m.ids) };
	struct buf cursor;
	if (!m.ids)
		return arena_rc(a, p);
	buf_init(&cursor, 16384);
	enum rc rc = url_pairs(query, 50, a, &pairs, p);
	if (rc == RC_OK)
		rc = record_plan_parse(c, type, &pairs, false, a, &plan, p);
	if (rc == RC_OK && !plan->clauses)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, NULL, "a condition names no parameter");
	if (rc == RC_OK && (plan->includes || plan->subset))
		rc = problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, plan->includes ? "_include" : "_summary", "a condition answers nothing");
	if (rc == RC_OK) {
		plan->count = most + 1;
		plan->sort = NULL;
		plan->total = plan->summary_count = false;
		do { /* a page may end short when candidates are many */
			plan->cursor = arena_str(a, buf_view(&cursor));
			buf_reset(&cursor);
			rc = record_search(c, plan, NULL, &m.e, &cursor, NULL, p);
		} while (rc == RC_OK && cursor.n && m.n <= most);
	}
	if (rc == RC_OK) {
		*ids_r = m.ids;
		*n_r = m.n;
	}
	buf_done(&cursor);
	return rc;
}

enum rc record_match(struct db_conn *c, uint16_t type, struct str query, unsigned *n_r, char *id_r, struct problem *p)
{
	struct arena a;
	struct str *ids;
	unsigned n = 0;
	arena_init(&a, 4u << 20);
	enum rc rc = record_matches(c, type, query, 1, &a, &ids, &n, p);
	if (rc == RC_OK)
		*n_r = n;
	if (rc == RC_OK && n == 1) {
		memcpy(id_r, ids[0].p, ids[0].n);
		id_r[ids[0].n] = '\0';
	}
	arena_done(&a);
	return rc;
}
