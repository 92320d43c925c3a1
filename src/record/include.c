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
	bool take = rc == RC_OK && its && (!type || its == type) && sees_type(g, its);
	if (take)
		rc = scope_takes(g->c, g->scope, &k.k, &take, p);
	known_done(&k);
	if (rc != RC_OK || !take)
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
	for (uint16_t no = 1; rc == RC_OK && no <= param_count() && !g->cut; no++) {
		const struct fhir_param *param = param_at(no);
		if (param->type != of || !is_followed(g, param))
			continue;
		rc = i->reverse ? sources_of(g, key, param, p) : targets_of(g, i, &k->k.facts, param, p);
	}
	return rc;
}

/* ---- a server is asked for many at once ---- */

#define AHEAD_ROWS 64
#define AHEAD_MOST 1000
struct rids { int64_t at[AHEAD_MOST]; size_t n; };

static void rids_note(struct rids *r, int64_t v)
{
	if (v && r->n < AHEAD_MOST)
		r->at[r->n++] = v;
}

/* The parameters that a rule names, or all of the type's: from no on; NULL at the end. */
static const struct fhir_param *rule_param(const struct gather *g, const struct plan_include *i, uint16_t of, uint16_t *no)
{
	for (; *no < param_count();) {
		const struct fhir_param *param = param_at(++*no);
		if ((i->param ? param == i->param : param->type == of) && is_followed(g, param))
			return param;
	}
	return NULL;
}

static void targets_ahead(struct gather *g, const struct known *k, bool is_hit, struct rids *keys)
{
	const struct fhir_param *param;
	uint16_t type = fhir_type_stored(k->k.type);
	for (const struct plan_include *i = g->plan->includes; i; i = i->next) {
		if (i->reverse || (!is_hit && !i->iterate) || (i->source && i->source != type))
			continue;
		for (uint16_t no = 0; (param = rule_param(g, i, type, &no));) {
			size_t from, to;
			facts_of(&k->k.facts, stored_param(param->no), &from, &to);
			for (; from < to; from++)
				if (k->k.facts.at[from].kind == VALUE_REFERENCE)
					rids_note(keys, k->k.facts.at[from].hash);
		}
	}
}

static void sources_ahead(struct gather *g, const struct rids *keys, struct rids *out)
{
	const struct fhir_param *param;
	struct problem p;
	for (const struct plan_include *i = g->plan->includes; i; i = i->next)
		for (uint16_t no = 0; i->reverse && (param = rule_param(g, i, i->source, &no));) {
			int64_t rids[64];
			size_t n = 0;
			struct db_stmt *s = db_stmt(g->c, ST_RECORD_POINTERS);
			db_bind_i64(s, 1, stored_param(param->no));
			db_bind_i64(s, 3, 0);
			db_bind_i64(s, 4, 64);
			db_ahead(s, 2, keys->at, keys->n);
			for (size_t j = 0; j < keys->n && pointers_of(g->c, stored_param(param->no), keys->at[j], 0, rids, 64, &n, &p) == RC_OK; j++)
				for (size_t k = 0; k < n; k++)
					rids_note(out, rids[k]);
		}
}

/* What the rules will read for the resources from at on. Only hints: what fails here fails again where it is read. Gives the end of the portion. */
static size_t look_ahead(struct gather *g, size_t at)
{
	size_t n = g->n - at > AHEAD_ROWS ? AHEAD_ROWS : g->n - at;
	struct problem p;
	struct rids *keys = calloc(3, sizeof *keys), *own = keys ? keys + 1 : NULL, *all = keys ? keys + 2 : NULL;
	if (!keys)
		return at + n;
	rids_ahead(g->c, ST_RECORD_FACTS_OF, g->rids + at, 0, n);
	rids_ahead(g->c, ST_RECORD_KEY_OF_RID, g->rids + at, 0, n);
	for (size_t i = at; i < at + n; i++) {
		struct known k;
		bool is = false;
		int64_t key = 0;
		rids_note(all, g->rids[i]);
		if (known_by_rid(g->c, g->rids[i], &k, &is, &p) == RC_OK && is)
			targets_ahead(g, &k, i < g->n_hits, keys);
		known_done(&k);
		if (is && key_of_rid(g->c, g->rids[i], &key, &p) == RC_OK)
			rids_note(own, key);
	}
	db_ahead(db_stmt(g->c, ST_RECORD_KEY), 1, keys->at, keys->n);
	for (size_t i = 0; i < keys->n; i++) {
		int64_t rid = 0;
		if (rid_of_key(g->c, keys->at[i], &rid, &p) == RC_OK)
			rids_note(all, rid);
	}
	sources_ahead(g, own, all);
	rids_ahead(g->c, ST_RECORD_FACTS_OF, all->at, 0, all->n);
	free(keys);
	return at + n;
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
	size_t ahead = g->n_hits;
	for (size_t i = g->n_hits; rc == RC_OK && i < g->n; i++) {
		struct record_row row;
		if (i >= ahead)
			ahead = rids_ahead(g->c, ST_RECORD_BY_RID, g->rids, i, g->n);
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
	bool iterates = false;
	for (const struct plan_include *i = plan->includes; i; i = i->next)
		iterates = iterates || i->iterate;
	size_t ahead = db_is_far(c) ? 0 : SIZE_MAX;
	for (size_t i = 0; rc == RC_OK && i < (iterates ? g.n : n) && !g.cut; i++) {
		if (i >= ahead)
			ahead = look_ahead(&g, i);
		rc = one(&g, i, p);
	}
	if (rc == RC_OK)
		rc = emit(&g, e, p);
	*cut_r = rc == RC_OK && g.cut;
	map64_done(&g.seen);
	free(g.rids);
	return rc;
}
