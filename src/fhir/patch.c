/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/patch.c: see patch.h. The document becomes a tree of its own that may change; a node keeps its bytes until something below it changes. It must
 * never show a value in a problem, nor go deeper than the parser would. Start at patch_apply.
 */
#include "fhir/patch.h"

#include "base/decimal.h"

#include <stdio.h>
#include <string.h>

#define TOKENS (JSON_DEPTH + 1)

/* Where a pointer leads: the container and, in it, a member name or an index. container NULL: the whole document. */
struct place {
	struct json *up;
	struct json *at;           /* what is there, NULL nothing */
	struct str name;
	unsigned index;
	struct json *path[TOKENS]; unsigned depth; /* containers from the root */
};
struct work { struct arena *a; struct json *root; unsigned op; struct patch_brought *brought; struct problem *p; };

static enum rc
bad_as(const struct work *w, enum rc rc, enum why why, const char *member)
{
	char where[64];
	snprintf(where, sizeof where, "patch[%u].%s", w->op, member);
	return problem_set(w->p, rc, why, where, "patch");
}

static enum rc bad(const struct work *w, enum why why, const char *member) { return bad_as(w, RC_BAD_INPUT, why, member); }

/* ---- trees ---- */

static struct json *
clone(struct arena *a, const struct json *v)
{
	struct json *c = ARENA_NEW(a, struct json), **last;
	if (!c)
		return NULL;
	*c = *v;
	c->first = c->next = NULL;
	last = &c->first;
	for json_each(e, v) {
		if (!(*last = clone(a, e)))
			return NULL;
		last = &(*last)->next;
	}
	return c;
}

static unsigned
depth_of(const struct json *v)
{
	unsigned most = 0;
	for json_each(e, v) {
		unsigned d = depth_of(e);
		most = d > most ? d : most;
	}
	return most + (v->kind >= JSON_ARRAY);
}

static void
put(const struct json *v, struct buf *out)
{
	if (v->raw.p) {
		buf_str(out, v->raw);
		return;
	}
	buf_ch(out, v->kind == JSON_OBJECT ? '{' : '[');
	for json_each(e, v) {
		if (e != v->first)
			buf_ch(out, ',');
		if (v->kind == JSON_OBJECT) {
			json_str(out, e->name);
			buf_ch(out, ':');
		}
		put(e, out);
	}
	buf_ch(out, v->kind == JSON_OBJECT ? '}' : ']');
}

/* RFC 6902 §4.6: numbers by value, objects whatever their order. */
static bool
equal(const struct json *x, const struct json *y)
{
	struct decimal dx, dy;
	if (x->kind != y->kind || x->n != y->n)
		return false;
	switch (x->kind) {
	case JSON_NUMBER:
		if (decimal_parse(x->text, &dx) != RC_OK || decimal_parse(y->text, &dy) != RC_OK)
			return str_is(x->text, y->text);
		return decimal_cmp(dx, dy) == 0;
	case JSON_STRING:
		return str_is(x->text, y->text);
	case JSON_ARRAY:
		for (const struct json *e = x->first, *f = y->first; e && f; e = e->next, f = f->next)
			if (!equal(e, f))
				return false;
		return true;
	case JSON_OBJECT:
		for json_each(e, x) {
			const struct json *f = y->first;
			while (f && !str_is(e->name, f->name))
				f = f->next;
			if (!f || !equal(e, f))
				return false;
		}
		return true;
	default:
		return true;
	}
}

/* ---- pointers ---- */

static bool
unescaped(struct arena *a, struct str token, struct str *out)
{
	char *z = arena_bytes(a, token.n + 1);
	size_t n = 0;
	if (!z)
		return false;
	for (size_t i = 0; i < token.n; i++) {
		if (token.p[i] != '~') {
			z[n++] = token.p[i];
			continue;
		}
		if (++i == token.n || (token.p[i] != '0' && token.p[i] != '1'))
			return false;
		z[n++] = token.p[i] == '0' ? '~' : '/';
	}
	*out = (struct str){ z, n };
	return true;
}

/* Digits without a leading zero, at most n; "-" is n. */
static bool
index_of(struct str token, unsigned n, unsigned *index_r)
{
	uint64_t v;
	if (str_eq(token, "-")) {
		*index_r = n;
		return true;
	}
	if (str_u64(token, &v) != RC_OK || v > n || (token.n > 1 && token.p[0] == '0'))
		return false;
	*index_r = (unsigned)v;
	return true;
}

static struct json *
child(struct json *up, struct str token, unsigned *index_r, bool *can_be_r)
{
	struct json *c = up->first;
	*can_be_r = true;
	if (up->kind == JSON_OBJECT) {
		while (c && !str_is(c->name, token))
			c = c->next;
		return c;
	}
	if (up->kind != JSON_ARRAY || !index_of(token, up->n, index_r)) {
		*can_be_r = false;
		return NULL;
	}
	for (unsigned i = 0; c && i < *index_r; i++)
		c = c->next;
	return c;
}

/* exists: something must be there; else only its container. */
static enum rc
find(struct work *w, struct str pointer, const char *member, bool exists, struct place *pl)
{
	*pl = (struct place){ .at = w->root };
	if (pointer.n == 0)
		return RC_OK;
	if (pointer.p[0] != '/')
		return bad(w, WHY_PATCH_FORM, member);
	for (struct str left = { pointer.p + 1, pointer.n - 1 }; left.p;) {
		struct str token = str_cut(left, '/', &left);
		bool can_be;
		if (!unescaped(w->a, token, &token))
			return bad(w, WHY_PATCH_FORM, member);
		if (!pl->at || pl->depth == TOKENS)
			return bad(w, WHY_PATCH_PATH, member);
		pl->up = pl->at;
		pl->path[pl->depth++] = pl->up;
		pl->name = token;
		pl->at = child(pl->up, token, &pl->index, &can_be);
		if (!can_be)
			return bad(w, WHY_PATCH_PATH, member);
	}
	return exists && !pl->at ? bad(w, WHY_PATCH_PATH, member) : RC_OK;
}

static void
touch(struct place *pl)
{
	for (unsigned i = 0; i < pl->depth; i++)
		pl->path[i]->raw = STR_NONE;
}

/* ---- operations ---- */

static struct json **
slot_of(struct place *pl)
{
	struct json **slot = &pl->up->first;
	if (pl->up->kind == JSON_OBJECT) {
		while (*slot && *slot != pl->at)
			slot = &(*slot)->next;
	} else {
		for (unsigned i = 0; *slot && i < pl->index; i++)
			slot = &(*slot)->next;
	}
	return slot;
}

static void
take(struct place *pl)
{
	struct json **slot = slot_of(pl);
	touch(pl);
	*slot = pl->at->next;
	pl->at->next = NULL;
	pl->up->n--;
}

/* replace: what is there goes; else an array makes room, and a member that is there is replaced (RFC 6902 §4.1). */
static enum rc
set(struct work *w, struct place *pl, struct json *v, bool replace)
{
	if (!v)
		return arena_rc(w->a, w->p);
	if (pl->depth + depth_of(v) > JSON_DEPTH)
		return bad(w, WHY_TOO_DEEP, "value");
	if (!pl->up) {
		w->root = v;
		return RC_OK;
	}
	struct json **slot = slot_of(pl);
	bool instead = pl->at && (replace || pl->up->kind == JSON_OBJECT);
	touch(pl);
	v->name = pl->up->kind == JSON_OBJECT ? pl->name : STR_NONE;
	v->next = instead ? pl->at->next : *slot;
	*slot = v;
	pl->up->n += !instead;
	return RC_OK;
}

static bool
is_below(struct str from, struct str path)
{
	return path.n > from.n && str_starts(path, from) && path.p[from.n] == '/';
}

static enum rc
ask(struct work *w, struct json *v, bool *changed_r)
{
	struct str now = STR_NONE;
	struct buf quoted;
	enum rc rc = w->brought->text(w->brought, v->text, &now, w->p);
	if (rc == RC_BAD_INPUT || rc == RC_PRECONDITION)
		return bad_as(w, rc, w->p->why, "path");
	if (rc != RC_OK || !now.p)
		return rc;
	buf_init(&quoted, now.n * 6 + 64);
	json_str(&quoted, now);
	rc = buf_rc(&quoted, w->p);
	v->text = now;
	v->raw = rc == RC_OK ? arena_str(w->a, buf_view(&quoted)) : STR_NONE;
	buf_done(&quoted);
	*changed_r = true;
	return rc == RC_OK ? arena_rc(w->a, w->p) : rc;
}

/* What was brought from elsewhere in the document; containers of what changed are written anew. Depth is the parser's. */
static enum rc
ask_all(struct work *w, struct json *v, bool is_member, bool *changed_r)
{
	enum rc rc = RC_OK;
	bool changed = false;
	if (v->kind == JSON_STRING && is_member)
		return ask(w, v, changed_r);
	for (struct json *e = v->first; e && rc == RC_OK; e = e->next)
		rc = ask_all(w, e, v->kind == JSON_OBJECT && str_eq(e->name, w->brought->member), &changed);
	if (changed)
		v->raw = STR_NONE;
	*changed_r = *changed_r || changed;
	return rc;
}

static enum rc
move_or_copy(struct work *w, struct str from, struct str path, bool move)
{
	struct place source, target;
	struct json *v;
	if (move && is_below(from, path))
		return bad(w, WHY_PATCH_PATH, "path");
	enum rc rc = find(w, from, "from", true, &source);
	if (rc != RC_OK)
		return rc;
	if (move && str_is(from, path))
		return RC_OK;
	if (move && !source.up)
		return bad(w, WHY_PATCH_PATH, "from");
	v = move ? source.at : clone(w->a, source.at);
	if (!v)
		return arena_rc(w->a, w->p);
	if (move)
		take(&source);
	v->next = NULL;
	rc = find(w, path, "path", false, &target);
	bool changed = false;
	if (rc == RC_OK && w->brought)
		rc = ask_all(w, v, target.up && target.up->kind == JSON_OBJECT && str_eq(target.name, w->brought->member), &changed);
	return rc == RC_OK ? set(w, &target, v, false) : rc;
}

static enum rc
run(struct work *w, const struct json *op)
{
	static const char *const names[] = { "add", "remove", "replace", "move", "copy", "test" };
	enum { ADD, REMOVE, REPLACE, MOVE, COPY, TEST, NONE } what = ADD;
	const struct json *name = json_get(op, "op"), *path = json_get(op, "path"), *from = json_get(op, "from"), *value = json_get(op, "value");
	struct place pl;
	if (op->kind != JSON_OBJECT || !name || name->kind != JSON_STRING)
		return bad(w, WHY_PATCH_FORM, "op");
	while (what < NONE && !str_eq(name->text, names[what]))
		what++;
	if (what == NONE)
		return bad(w, WHY_PATCH_FORM, "op");
	if (!path || path->kind != JSON_STRING)
		return bad(w, WHY_PATCH_FORM, "path");
	if ((what == MOVE || what == COPY) && (!from || from->kind != JSON_STRING))
		return bad(w, WHY_PATCH_FORM, "from");
	if ((what == ADD || what == REPLACE || what == TEST) && !value)
		return bad(w, WHY_PATCH_FORM, "value");
	if (what == MOVE || what == COPY)
		return move_or_copy(w, from->text, path->text, what == MOVE);
	enum rc rc = find(w, path->text, "path", what != ADD, &pl);
	if (rc != RC_OK)
		return rc;
	if (what == TEST)
		return equal(pl.at, value) ? RC_OK : bad(w, WHY_PATCH_TEST, "path");
	if (what != REMOVE)
		return set(w, &pl, clone(w->a, value), what == REPLACE);
	if (!pl.up)
		return bad(w, WHY_PATCH_PATH, "path");
	take(&pl);
	return RC_OK;
}

enum rc
patch_apply_asking(struct str document, struct str patch, struct patch_brought *brought, struct arena *a, struct buf *out, struct problem *p)
{
	const struct json *doc, *ops;
	struct work w = { .a = a, .brought = brought, .p = p };
	enum rc rc = json_parse(document, a, &doc, p);
	if (rc == RC_OK)
		rc = json_parse(patch, a, &ops, p);
	if (rc != RC_OK)
		return rc;
	if (ops->kind != JSON_ARRAY)
		return problem_set(p, RC_BAD_INPUT, WHY_PATCH_FORM, "patch", "not an array");
	if (ops->n > PATCH_OPERATIONS)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "patch", "%u operations", ops->n);
	if (!(w.root = clone(a, doc)))
		return arena_rc(a, p);
	for json_each(op, ops) {
		if ((rc = run(&w, op)) != RC_OK)
			return rc;
		w.op++;
	}
	put(w.root, out);
	return buf_rc(out, p);
}

enum rc
patch_apply(struct str document, struct str patch, struct arena *a, struct buf *out, struct problem *p)
{
	return patch_apply_asking(document, patch, NULL, a, out, p);
}
