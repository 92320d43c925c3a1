/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/cursor.c: the continuation of a search: where the last hit stood, in base64url. It holds positions only: made up or changed, it can
 * only begin a page elsewhere in what the same person may see, for scope and clauses are applied to each page anew.
 * Must never hold a value to be trusted. Called by plan.c. Start at cursor_put.
 */
#include "record/inner.h"
#include "base/map.h"
#include "codec/base64.h"

#include <string.h>

#define CURSOR_VERSION 1
#define CURSOR_HEAD (1 + 1 + 2 + 2 + 8 * 4)

static void put(struct buf *b, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		buf_ch(b, (char)(v >> (8 * i)));
}

static uint64_t get(const char **at, int bytes)
{
	uint64_t v = 0;
	for (int i = 0; i < bytes; i++)
		v = v << 8 | (unsigned char)*(*at)++;
	return v;
}

void cursor_put(struct buf *out, const struct cursor *k, uint64_t fingerprint)
{
	struct buf b;
	buf_init(&b, 8192);
	put(&b, CURSOR_VERSION, 1);
	put(&b, k->mode, 1);
	put(&b, k->source, 2);
	put(&b, k->range, 2);
	put(&b, (uint64_t)k->rid, 8);
	put(&b, (uint64_t)k->top, 8);
	put(&b, (uint64_t)k->txn, 8);
	put(&b, fingerprint, 8);
	buf_str(&b, k->last);
	if (b.failed)
		out->failed = true;
	else
		base64url_put(out, buf_view(&b));
	buf_done(&b);
}

enum rc cursor_get(struct str text, uint64_t fingerprint, struct arena *a, struct cursor *k, struct problem *p)
{
	struct buf b;
	*k = (struct cursor){ .is = text.n > 0 };
	if (!k->is)
		return RC_OK;
	buf_init(&b, 8192);
	bool ok = text.n < 10000 && base64url_get(text, &b) == RC_OK && !b.failed && b.n >= CURSOR_HEAD;
	if (ok) {
		const char *at = b.p;
		ok = get(&at, 1) == CURSOR_VERSION;
		k->mode = (unsigned char)get(&at, 1);
		k->source = (uint16_t)get(&at, 2);
		k->range = (uint16_t)get(&at, 2);
		k->rid = (int64_t)get(&at, 8);
		k->top = (int64_t)get(&at, 8);
		k->txn = (int64_t)get(&at, 8);
		ok = ok && get(&at, 8) == fingerprint;
		k->last = arena_str(a, (struct str){ at, b.n - CURSOR_HEAD });
	}
	buf_done(&b);
	if (!ok)
		return problem_set(p, RC_BAD_INPUT, WHY_BAD_VALUE, "_cursor", "not a cursor of this search");
	return arena_rc(a, p);
}

static void mark_clause(struct buf *b, const struct plan_clause *cl)
{
	for (; cl; cl = cl->next) {
		buf_fmt(b, "&%d %d %d %d %u", (int)cl->what, cl->param ? cl->param->no : 0, (int)cl->modifier, cl->missing, cl->mod_type);
		for (const struct plan_value *v = cl->values; v; v = v->next)
			for (const struct plan_value *x = v; x; x = x->part) {
				buf_fmt(b, ",%d %u %lld %lld %zu %zu:", (int)x->prefix, x->ref_type, (long long)x->low, (long long)x->high, x->a.n, x->b.n);
				buf_put(b, &x->num_low, sizeof x->num_low);
				buf_put(b, &x->num_high, sizeof x->num_high);
				buf_str(b, x->a);
				buf_str(b, x->b);
				buf_str(b, x->ref_id);
			}
		for (const struct plan_clause *in = cl->chain; in; in = in->other) {
			buf_fmt(b, "(%s", fhir_type_name(in->type));
			mark_clause(b, in);
			buf_ch(b, ')');
		}
	}
}

/* A cursor belongs to the search that made it: same type, clauses and order. */
uint64_t plan_fingerprint(const struct plan *plan)
{
	struct buf b;
	buf_init(&b, 1u << 20);
	buf_fmt(&b, "%s", fhir_type_name(plan->type));
	mark_clause(&b, plan->clauses);
	for (const struct plan_sort *s = plan->sort; s; s = s->next)
		buf_fmt(&b, ";%d %d %d %d", s->param ? s->param->no : 0, s->last_updated, s->id, s->descending);
	uint64_t h = hash_stable(buf_view(&b));
	buf_done(&b);
	return h;
}
