/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/tree.c: what lies above and below a code in the code systems of data/ that have a hierarchy: CIM-10 (code, category, block, chapter) and ATC (levels).
 * It must never guess a hierarchy: a system that is not in the table is refused by the caller. Called by plan.c. Start at tree_values.
 */
#include "tree.h"

#include <string.h>

static const struct tree {
	const char *system;
	const char (*codes)[8];
	const unsigned *n;
	const struct tree_group *groups[2]; /* inner first */
	const unsigned *n_groups[2];
	bool dotted;                        /* codes are written with a dot after three characters too: "A00.0" */
} trees[] = {
	{ "http://hl7.org/fhir/sid/icd-10",               tree_cim10, &tree_cim10_n, { tree_cim10_blocks, tree_cim10_chapters }, { &tree_cim10_blocks_n, &tree_cim10_chapters_n }, true },
	{ "http://hl7.org/fhir/sid/icd-10-fr",            tree_cim10, &tree_cim10_n, { tree_cim10_blocks, tree_cim10_chapters }, { &tree_cim10_blocks_n, &tree_cim10_chapters_n }, true },
	{ "https://smt.esante.gouv.fr/terminologie-cim-10", tree_cim10, &tree_cim10_n, { tree_cim10_blocks, tree_cim10_chapters }, { &tree_cim10_blocks_n, &tree_cim10_chapters_n }, true },
	{ "http://www.whocc.no/atc",                      tree_atc,   &tree_atc_n,   { NULL, NULL }, { NULL, NULL }, false },
	{ "https://smt.esante.gouv.fr/terminologie-atc",  tree_atc,   &tree_atc_n,   { NULL, NULL }, { NULL, NULL }, false },
};

struct gather { struct arena *a; struct str system; struct plan_value *first, **end; bool full; };

static void
value_add(struct gather *g, struct str code)
{
	struct plan_value *v = ARENA_NEW(g->a, struct plan_value);

	if (v == NULL) {
		g->full = true;
		return;
	}
	*v = (struct plan_value){ .kind = VALUE_TOKEN, .a = g->system, .b = code };
	*g->end = v;
	g->end = &v->next;
}

/* A code of the table, and its form with a dot. */
static void
code_add(struct gather *g, const struct tree *t, struct str code)
{
	char *p;

	value_add(g, code);
	if (!t->dotted || code.n <= 3)
		return;
	p = arena_bytes(g->a, code.n + 1);
	if (p == NULL) {
		g->full = true;
		return;
	}
	memcpy(p, code.p, 3);
	p[3] = '.';
	memcpy(p + 4, code.p + 3, code.n - 3);
	value_add(g, (struct str){ p, code.n + 1 });
}

static struct str
code_at(const struct tree *t, unsigned i)
{
	return str_of(t->codes[i]);
}

/* The first code that is not before s. */
static unsigned
place_of(const struct tree *t, struct str s)
{
	unsigned low = 0, high = *t->n;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (str_cmp(code_at(t, mid), s) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool
has(const struct tree *t, struct str code, unsigned *at_r)
{
	*at_r = place_of(t, code);
	return *at_r < *t->n && str_is(code_at(t, *at_r), code);
}

static const struct tree_group *
group_named(const struct tree *t, struct str name)
{
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; t->groups[k] != NULL && i < *t->n_groups[k]; i++) {
			if (str_eq(name, t->groups[k][i].name))
				return &t->groups[k][i];
		}
	}
	return NULL;
}

/* The groups that hold a place, but the one itself. */
static void
groups_add(struct gather *g, const struct tree *t, unsigned at, const struct tree_group *self)
{
	for (unsigned k = 0; k < 2; k++) {
		for (unsigned i = 0; t->groups[k] != NULL && i < *t->n_groups[k]; i++) {
			const struct tree_group *group = &t->groups[k][i];

			if (at >= group->first && at < group->first + group->n && group != self && (self == NULL || group->n >= self->n))
				value_add(g, str_of(group->name));
		}
	}
}

static void
above(struct gather *g, const struct tree *t, struct str code)
{
	const struct tree_group *self = group_named(t, code);
	unsigned at, place = *t->n;

	if (self != NULL) {
		groups_add(g, t, self->first, self);
		return;
	}
	if (has(t, code, &at))
		place = at;
	for (size_t n = code.n - 1; n > 0; n--) {
		struct str head = { code.p, n };

		if (has(t, head, &at)) {
			code_add(g, t, head);
			place = at;
		}
	}
	if (place < *t->n)
		groups_add(g, t, place, NULL);
}

static enum why
below(struct gather *g, const struct tree *t, struct str code)
{
	const struct tree_group *group = group_named(t, code);
	unsigned from = group != NULL ? group->first : place_of(t, code), to = group != NULL ? from + group->n : from;

	while (group == NULL && to < *t->n && str_starts(code_at(t, to), code))
		to++;
	if (to - from > TREE_MOST)
		return WHY_TOO_BIG;
	for (unsigned i = 0; group != NULL && i < *t->n_groups[0]; i++) { /* the blocks inside of a chapter */
		const struct tree_group *b = &t->groups[0][i];

		if (b != group && b->first >= group->first && b->first + b->n <= group->first + group->n)
			value_add(g, str_of(b->name));
	}
	for (; from < to; from++)
		code_add(g, t, code_at(t, from));
	return WHY__END;
}

enum why
tree_values(struct str system, struct str code, bool is_above, struct arena *a, struct plan_value **first_r)
{
	struct gather g = { .a = a, .system = system };
	const struct tree *t = NULL;
	enum why why = WHY__END;
	char *plain;
	size_t n = 0;

	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		if (str_eq(system, trees[i].system))
			t = &trees[i];
	}
	if (t == NULL || code.n == 0)
		return WHY_NO_HIERARCHY;
	g.end = &g.first;
	value_add(&g, code);
	plain = arena_bytes(a, code.n);
	if (plain == NULL)
		return WHY_BUSY;
	for (size_t i = 0; i < code.n; i++) {
		if (!(t->dotted && code.p[i] == '.' && i == 3))
			plain[n++] = code.p[i];
	}
	if (n < code.n || (t->dotted && n > 3))
		code_add(&g, t, (struct str){ plain, n });
	if (is_above)
		above(&g, t, (struct str){ plain, n });
	else
		why = below(&g, t, (struct str){ plain, n });
	*first_r = g.first;
	return g.full ? WHY_BUSY : why;
}
