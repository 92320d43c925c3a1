/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/include.c: what a page of hits brings along: the targets of its references (_include), what points to it (_revinclude), and of these again
 * (:iterate). Runs after the page is fixed, by key, one seek a resource; what is out of scope or of sight is neither given nor followed.
 * Must never run the search again nor go on without end: INCLUDE_MOST a page, then it says that it was cut. Called by the gate. Start at record_include.
 */
#include "record/inner.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#define INCLUDE_MOST 1000

struct gather {
	struct db_conn *c;
	const struct plan *plan;
	const struct record_scope *scope;
	const struct record_sight *sight;
	struct map64 seen;             /* rids: hits and what was included */
	int64_t *rids; size_t n;       /* hits first, then what was included, in order of finding */
	size_t n_hits;
	bool cut;
};

static bool sees_type(const struct gather *g, uint16_t type) { return !g->sight || g->sight->type(g->sight, type); }
static bool sees_param(const struct gather *g, const struct fhir_param *param) { return !g->sight || g->sight->param(g->sight, param); }

/* One that was found: taken when it is live, of the type, in scope and in sight, and new. */
static enum rc found(struct gather *g, int64_t rid, uint16_t type /* 0 any */, struct problem *p)
{
	struct known k;
	uint64_t before;
	bool is = false;
	if (!rid || map64_find(&g->seen, (uint64_t)rid, &before))
		return RC_OK;
	enum rc rc = known_by_rid(g->c, rid, &k, &is, p);
	uint16_t its = is ? fhir_type_stored(k.k.type) : 0;
	bool take = rc == RC_OK && its && (!type || its == type) && scope_has(g->scope, k.k.type, k.k.patient) && sees_type(g, its);
	known_done(&k);
	if (!take)
		return rc;
	if (g->n - g->n_hits == INCLUDE_MOST) {
		g->cut = true;
		return RC_OK;
	}
	if (!map64_put(&g->seen, (uint64_t)rid, 1))
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	g->rids[g->n++] = rid;
	return RC_OK;
}

static enum rc targets_of(struct gather *g, const struct plan_include *i, const struct facts *f, const struct fhir_param *param, struct problem *p)
{
	size_t from, to;
	enum rc rc = RC_OK;
	facts_of(f, stored_param(param->no), &from, &to);
	for (; rc == RC_OK && from < to && !g->cut; from++) {
		int64_t rid = 0;
		if (f->at[from].kind != VALUE_REFERENCE)
			continue;
		rc = rid_of_key(g->c, f->at[from].hash, &rid, p);
		if (rc == RC_OK)
			rc = found(g, rid, i->target, p);
	}
	return rc;
}

static enum rc sources_of(struct gather *g, int64_t key, const struct fhir_param *param, struct problem *p)
{
	int64_t rids[64], after = 0;
	size_t n = 64;
	enum rc rc = RC_OK;
	while (rc == RC_OK && n == 64 && !g->cut) {
		rc = pointers_of(g->c, stored_param(param->no), key, after, rids, 64, &n, p);
		for (size_t j = 0; rc == RC_OK && j < n && !g->cut; j++) {
			after = rids[j];
			rc = found(g, rids[j], param->type, p);
		}
	}
	return rc;
}

static bool is_followed(const struct gather *g, const struct fhir_param *param)
{
	return param->indexed && param->kind == PARAM_REFERENCE && sees_param(g, param);
}

/* What one rule brings for one resource. */
static enum rc follow(struct gather *g, const struct plan_include *i, const struct known *k, int64_t key, struct problem *p)
{
	uint16_t type = fhir_type_stored(k->k.type), of = i->reverse ? i->source : type;
	enum rc rc = RC_OK;
	if (i->reverse ? (i->target && i->target != type) || !sees_type(g, i->source) : i->source && i->source != type)
		return RC_OK;
	if (i->param)
		return !is_followed(g, i->param) ? RC_OK : i->reverse ? sources_of(g, key, i->param, p) : targets_of(g, i, &k->k.facts, i->param, p);
	for (uint16_t no = 1; rc == RC_OK && no <= fhir_param_count() && !g->cut; no++) {
		const struct fhir_param *param = fhir_param_at(no);
		if (param->type != of || !is_followed(g, param))
			continue;
		rc = i->reverse ? sources_of(g, key, param, p) : targets_of(g, i, &k->k.facts, param, p);
	}
	return rc;
}

static enum rc one(struct gather *g, size_t at, struct problem *p)
{
	struct known k;
	bool is = false;
	int64_t key = 0;
	enum rc rc = known_by_rid(g->c, g->rids[at], &k, &is, p);
	if (rc == RC_OK && is)
		rc = key_of_rid(g->c, g->rids[at], &key, p);
	for (const struct plan_include *i = g->plan->includes; rc == RC_OK && is && i && !g->cut; i = i->next)
		if (at < g->n_hits || i->iterate)
			rc = follow(g, i, &k, key, p);
	known_done(&k);
	return rc;
}

static enum rc emit(struct gather *g, struct record_each *e, struct problem *p)
{
	enum rc rc = RC_OK;
	for (size_t i = g->n_hits; rc == RC_OK && i < g->n; i++) {
		struct record_row row;
		rc = record_by_rid(g->c, g->rids[i], &row, p);
		row.included = true;
		if (rc == RC_OK)
			rc = e->row(e, &row, p);
	}
	return rc;
}

enum rc record_include(struct db_conn *c, const struct plan *plan, const int64_t *rids, size_t n, const struct record_scope *scope, const struct record_sight *sight,
	struct record_each *e, bool *cut_r, struct problem *p)
{
	struct gather g = { .c = c, .plan = plan, .scope = scope, .sight = sight, .n = n, .n_hits = n };
	enum rc rc = RC_OK;
	*cut_r = false;
	if (!plan->includes || !n)
		return RC_OK;
	map64_init(&g.seen);
	g.rids = calloc(n + INCLUDE_MOST, sizeof *g.rids);
	bool ok = g.rids != NULL;
	for (size_t i = 0; ok && i < n; i++) {
		g.rids[i] = rids[i];
		ok = map64_put(&g.seen, (uint64_t)rids[i], 1);
	}
	if (!ok)
		rc = problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (size_t i = 0; rc == RC_OK && i < g.n && !g.cut; i++)
		rc = one(&g, i, p);
	if (rc == RC_OK)
		rc = emit(&g, e, p);
	*cut_r = rc == RC_OK && g.cut;
	map64_done(&g.seen);
	free(g.rids);
	return rc;
}
