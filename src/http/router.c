/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/router.c: the trie of path segments (see router.h). It must never decode: it compares raw bytes; loop.c decodes what was bound.
 * Start at router_find.
 */
#include "http/router.h"

#include <stdlib.h>
#include <string.h>

#define METHODS (HTTP_DELETE + 1)
#define DEPTH 12

struct node {
	struct str segment;                   /* literal; empty for a bound one */
	struct node *literals, *next;         /* children by text; next sibling */
	struct node *any;                     /* the child that binds one segment */
	const struct http_route *rows[METHODS], *rest[METHODS]; /* rows that end here; rows whose "*" starts here */
};
struct router { struct node root; };

static struct node *
child(struct node *at, struct str segment)
{
	bool binds = segment.n > 0 && segment.p[0] == ':';
	if (binds && at->any)
		return at->any;
	for (struct node *c = binds ? NULL : at->literals; c; c = c->next)
		if (str_is(c->segment, segment))
			return c;
	struct node *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	if (binds) {
		at->any = c;
		return c;
	}
	c->segment = segment;
	c->next = at->literals;
	at->literals = c;
	return c;
}

static bool
add(struct router *r, const struct http_route *row)
{
	struct node *at = &r->root;
	MUST(row->path[0] == '/' && row->method > 0 && row->method < METHODS && row->start);
	struct str left = str_of(row->path + 1), segment;
	bool rest = false;
	size_t binds = 0, depth = 0;
	while (left.p && !rest) {
		segment = str_cut(left, '/', &left);
		rest = str_eq(segment, "*");
		binds += rest || (segment.n > 0 && segment.p[0] == ':');
		if (!rest && !(at = child(at, segment)))
			return false;
		depth++;
	}
	MUST(binds <= 8 && depth <= DEPTH);
	const struct http_route **slot = rest ? &at->rest[row->method] : &at->rows[row->method];
	MUST(*slot == NULL);
	*slot = row;
	return true;
}

struct router *
router_new(const struct http_route *const *tables, size_t n_tables)
{
	struct router *r = calloc(1, sizeof *r);
	for (size_t t = 0; r && t < n_tables; t++)
		for (const struct http_route *row = tables[t]; row && row->path; row++)
			if (!add(r, row)) {
				router_free(&r);
				return NULL;
			}
	return r;
}

static void
free_children(struct node *n)
{
	for (struct node *c = n->literals, *next; c; c = next) {
		next = c->next;
		free_children(c);
		free(c);
	}
	if (n->any)
		free_children(n->any);
	free(n->any);
}

void
router_free(struct router **r)
{
	if (!*r)
		return;
	free_children(&(*r)->root);
	free(*r);
	*r = NULL;
}

struct walk { enum http_method method; unsigned allowed; struct str at[8]; size_t n; bool rest; };

static const struct http_route *
pick(struct walk *w, const struct http_route *const rows[METHODS])
{
	for (unsigned m = 1; m < METHODS; m++)
		if (rows[m])
			w->allowed |= 1u << m | (m == HTTP_GET ? 1u << HTTP_HEAD : 0);
	if (rows[w->method])
		return rows[w->method];
	return w->method == HTTP_HEAD ? rows[HTTP_GET] : NULL;
}

/* left.p NULL: the path ends at this node. Literal first, then bound, then the rest row. */
static const struct http_route *
walk(struct walk *w, const struct node *at, struct str left, unsigned depth)
{
	const struct http_route *found;
	if (!left.p)
		return pick(w, at->rows);
	if (depth > DEPTH)
		return NULL;
	struct str next, segment = str_cut(left, '/', &next);
	for (const struct node *c = at->literals; c; c = c->next)
		if (str_is(c->segment, segment)) {
			if ((found = walk(w, c, next, depth + 1)))
				return found;
			break;
		}
	if (at->any && segment.n > 0 && w->n < 8) {
		w->at[w->n++] = segment;
		if ((found = walk(w, at->any, next, depth + 1)))
			return found;
		w->n--;
	}
	if ((found = pick(w, at->rest))) {
		MUST(w->n < 8);
		w->at[w->n++] = left;
	}
	return found;
}

const struct http_route *
router_find(const struct router *r, enum http_method method, struct str path, struct pair bound[8], size_t *n_bound_r, unsigned *allowed_r)
{
	struct walk w = { .method = method };
	MUST(path.n > 0 && path.p[0] == '/');
	const struct http_route *row = walk(&w, &r->root, (struct str){ path.p + 1, path.n - 1 }, 0);
	if (!row) {
		*allowed_r = w.allowed;
		return NULL;
	}
	struct str left = str_of(row->path + 1);
	size_t n = 0;
	while (left.p) {
		struct str segment = str_cut(left, '/', &left);
		if (segment.n == 0 || (segment.p[0] != ':' && !str_eq(segment, "*")))
			continue;
		MUST(n < w.n);
		bound[n] = (struct pair){ segment.p[0] == ':' ? (struct str){ segment.p + 1, segment.n - 1 } : segment, w.at[n] };
		n++;
	}
	*n_bound_r = n;
	return row;
}

void
router_allow(unsigned allowed, char out[64])
{
	static const char *const names[METHODS] = { NULL, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" };
	size_t n = 0;
	out[0] = '\0';
	for (unsigned m = 1; m < METHODS; m++) {
		if (!(allowed & 1u << m))
			continue;
		size_t len = strlen(names[m]);
		if (n) {
			memcpy(out + n, ", ", 2);
			n += 2;
		}
		memcpy(out + n, names[m], len + 1);
		n += len;
	}
}
