/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/places.c: :above and :below of a reference: the places and organizations that a named one is part of, or that are part of it, however far
 * (references.html#hierarchy, R4: Location.partOf, Organization.partOf). They are looked up when a search begins, and then compared as if each were named.
 * It must never lead through what the scope hides. Called by plan.c. Start at places_expand.
 */
#include "record/inner.h"

#include <string.h>

#define PLACES_MOST 2000  /* keys of one value: a large group of hospitals with all its rooms */

struct walk_up { struct db_conn *c; struct arena *a; struct problem *p; uint16_t part_of[2]; size_t n_part_of; struct want *w; size_t cap; };

static bool has(const struct want *w, int64_t key)
{
	for (size_t i = 0; i < w->n_targets; i++)
		if (w->targets[i] == key)
			return true;
	return false;
}

static enum rc add(struct walk_up *u, int64_t key)
{
	struct want *w = u->w;
	if (!key || has(w, key))
		return RC_OK;
	if (w->n_targets >= PLACES_MOST)
		return problem_set(u->p, RC_LIMIT, WHY_TOO_BIG, NULL, "over %d places", PLACES_MOST);
	if (w->n_targets == u->cap) {
		size_t cap = u->cap * 2 + 16;
		int64_t *at = arena_array(u->a, cap, sizeof *at);
		if (!at)
			return arena_rc(u->a, u->p);
		if (w->n_targets)
			memcpy(at, w->targets, w->n_targets * sizeof *at);
		w->targets = at;
		u->cap = cap;
	}
	w->targets[w->n_targets++] = key;
	return RC_OK;
}

static enum rc add_parents(struct walk_up *u, int64_t key)
{
	struct known k;
	bool is = false;
	enum rc rc = known_by_key(u->c, key, &k, &is, u->p);
	for (size_t i = 0; rc == RC_OK && is && i < u->n_part_of; i++) {
		size_t from, to;
		facts_of(&k.k.facts, u->part_of[i], &from, &to);
		for (; rc == RC_OK && from < to; from++)
			if (k.k.facts.at[from].kind == VALUE_REFERENCE)
				rc = add(u, k.k.facts.at[from].hash);
	}
	known_done(&k);
	return rc;
}

static enum rc add_parts(struct walk_up *u, uint16_t part_of, int64_t key)
{
	int64_t rids[64], after = 0;
	size_t n = 64;
	enum rc rc = RC_OK;
	while (rc == RC_OK && n == 64) {
		rc = pointers_of(u->c, part_of, key, after, rids, 64, &n, u->p);
		for (size_t i = 0; rc == RC_OK && i < n; i++) {
			int64_t part = 0;
			after = rids[i];
			rc = key_of_rid(u->c, rids[i], &part, u->p);
			if (rc == RC_OK)
				rc = add(u, part);
		}
	}
	return rc;
}

static enum rc expand(struct walk_up *u, enum modifier m)
{
	enum rc rc = RC_OK;
	u->cap = u->w->n_targets;
	for (size_t i = 0; rc == RC_OK && i < u->w->n_targets; i++) { /* grows while it is walked */
		if (m == MOD_ABOVE)
			rc = add_parents(u, u->w->targets[i]);
		for (size_t k = 0; rc == RC_OK && m == MOD_BELOW && k < u->n_part_of; k++)
			rc = add_parts(u, u->part_of[k], u->w->targets[i]);
	}
	return rc;
}

enum rc places_expand(struct db_conn *c, const struct record_scope *scope, struct clause *cl, struct arena *a, struct problem *p)
{
	static const char *const TYPES[] = { "Location", "Organization" };
	struct walk_up u = { .c = c, .a = a, .p = p };
	enum rc rc = RC_OK;
	for (struct clause *in = cl->chain; rc == RC_OK && in; in = in->other)
		rc = places_expand(c, scope, in, a, p);
	if (rc != RC_OK || cl->kind != PARAM_REFERENCE || (cl->modifier != MOD_ABOVE && cl->modifier != MOD_BELOW))
		return rc;
	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
		uint16_t type = fhir_type_of(str_of(TYPES[i]));
		const struct fhir_param *param = fhir_param_find(type, STR("partof"));
		if (param && scope_has(scope, stored_type(type), 0))
			u.part_of[u.n_part_of++] = stored_param(param->no);
	}
	for (size_t i = 0; rc == RC_OK && i < cl->n_wants; i++) {
		u.w = &cl->wants[i];
		rc = expand(&u, cl->modifier);
	}
	return rc;
}
