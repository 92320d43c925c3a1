/* SPDX-License-Identifier: Apache-2.0 */
/* gate/condition.c: see condition.h. Must never count what lies outside of the actor's explained set. Start at condition_match. */
#include "gate/condition.h"

#include <stdlib.h>

#include "gate/authorise.h"
#include "gate/explain.h"
#include "gate/fetch.h"

#define PAGES_MAX 200      /* a condition that needs more is no condition: 200 pages of candidates */

bool condition_is_held(const struct actor *who)
{
	return who && who->account != 0 && (!who->machine || who->cohort);
}

static bool is_made_by(struct db_conn *c, int64_t patient, uint32_t account)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_MADE_BY);
	struct problem p;
	bool row = false;
	db_bind_i64(s, 1, patient);
	bool mine = db_step(s, &row, &p) == RC_OK && row && db_i64(s, 0) == account;
	db_reset(s);
	return mine;
}

bool condition_open(struct act_ctx *x, int64_t patient)
{
	struct fact f;
	int64_t until;
	if (!condition_is_held(x->who))
		return true;
	return patient > 0 && !closed_chart_is(x->db, patient) && (relation_find(x->db, x->who, patient, x->now_ms, &f)
		|| (!x->who->machine && (is_made_by(x->db, patient, x->who->account) || break_glass_live(x->db, x->who->account, patient, x->now_ms, &until))));
}

/* Hits as they come; judged when the search's statements are closed. */
struct hit { struct str id; int64_t patient; };
struct hits { struct record_each each; struct arena *a; struct hit *at; size_t n, cap; };

static enum rc on_hit(struct record_each *each, const struct record_row *row, struct problem *p)
{
	struct hits *h = (struct hits *)(void *)each;
	if (h->n == h->cap)
		return RC_OK; /* the page was asked for with room for all of it */
	h->at[h->n++] = (struct hit){ arena_str(h->a, row->id), row->patient };
	return arena_rc(h->a, p);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static bool scope_open(void *of, int64_t patient) { return condition_open(of, patient); }

/* What the hits of a held one must belong to: the patient that the query names, or all that facts and own charts join. */
enum rc condition_scope(struct act_ctx *x, const struct plan *plan, struct record_scope *scope, struct problem *p)
{
	struct str named = fetch_named_patient(plan);
	int64_t *at;
	const int64_t *facts;
	size_t n;
	if (named.n) {
		if (!(at = arena_array(x->arena, 1, sizeof *at)))
			return arena_rc(x->arena, p);
		*at = fhir_is_id(named) ? record_patient_rid(x->db, named) : 0;
		*scope = (struct record_scope){ .within = at, .n = condition_open(x, *at), .house = authorise_house(), .open = scope_open, .of = x };
		return RC_OK;
	}
	if (!x->who->machine && plan->type == fhir_type_of(STR("Patient")))
		return problem_set(p, RC_DENIED, WHY_SEARCH_PAGE, "", "patients looked for by a condition of a person");
	enum rc rc = relation_set(x->db, x->who, x->now_ms, EXPLAIN_SET_MAX, x->arena, &facts, &n, p);
	if (rc != RC_OK)
		return rc == RC_LIMIT ? problem_set(p, RC_LIMIT, WHY_NARROWER, "", "explained set over %u", EXPLAIN_SET_MAX) : rc;
	if (!(at = arena_array(x->arena, n + 64, sizeof *at)))
		return arena_rc(x->arena, p);
	for (size_t i = 0; i < n; i++)
		at[i] = facts[i];
	struct db_stmt *s = db_stmt(x->db, ST_GATE_MADE_SET);
	db_bind_i64(s, 1, x->who->account);
	db_bind_i64(s, 2, 64);
	for (bool row = true; rc == RC_OK && row && !x->who->machine;) {
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row)
			at[n++] = db_i64(s, 0);
	}
	db_reset(s);
	qsort(at, n, sizeof *at, compare);
	*scope = (struct record_scope){ .within = at, .n = n, .house = authorise_house() };
	return rc;
}

enum rc condition_match(struct act_ctx *x, uint16_t type, struct str query, unsigned most, struct str **ids_r, unsigned *n_r, struct problem *p)
{
	struct pairs pairs;
	struct plan *plan;
	struct record_scope scope, *within = NULL;
	struct buf cursor;
	struct hits h = { .each = { on_hit }, .a = x->arena, .cap = most + 2 };
	*n_r = 0;
	*ids_r = arena_array(x->arena, most + 1, sizeof **ids_r);
	h.at = arena_array(x->arena, h.cap, sizeof *h.at);
	if (!*ids_r || !h.at)
		return arena_rc(x->arena, p);
	enum rc rc = url_pairs(query, 64, x->arena, &pairs, p);
	if (rc == RC_OK)
		rc = record_plan_parse(x->db, type, &pairs, false, x->arena, &plan, p);
	if (rc == RC_OK && !plan->clauses)
		rc = problem_set(p, RC_BAD_INPUT, WHY_NO_CONDITION, "", "a condition without parameter");
	if (rc == RC_OK && condition_is_held(x->who)) {
		rc = fetch_filters(x->who->role, plan, p);
		if (rc == RC_OK && !authorise_is_house(type)) {
			rc = condition_scope(x, plan, &scope, p);
			within = &scope;
		}
	}
	if (rc != RC_OK)
		return rc;
	buf_init(&cursor, 16384);
	plan->sort = NULL;
	plan->includes = NULL;
	plan->total = plan->summary_count = false;
	unsigned pages = 0;
	do {
		plan->count = most + 1;
		plan->cursor = arena_str(x->arena, buf_view(&cursor));
		buf_reset(&cursor);
		h.n = 0;
		rc = record_search(x->db, plan, within, &h.each, &cursor, NULL, p);
		for (size_t i = 0; rc == RC_OK && i < h.n && *n_r <= most; i++)
			if (authorise_is_house(type) || condition_open(x, h.at[i].patient))
				(*ids_r)[(*n_r)++] = h.at[i].id;
	} while (rc == RC_OK && cursor.n && *n_r <= most && ++pages < PAGES_MAX);
	if (rc == RC_OK && pages == PAGES_MAX)
		rc = problem_set(p, RC_LIMIT, WHY_NARROWER, "", "a condition over %u pages", PAGES_MAX);
	buf_done(&cursor);
	return rc;
}
