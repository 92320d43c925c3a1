/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http/router.h: from a path to its route. A trie of segments built once from const rows; afterwards read-only and shared by all fronts.
 * A literal segment goes before a bound one. Two rows for the same method and shape are our mistake: MUST. Called by server.c (build) and loop.c (find).
 */
#ifndef HYGIE_HTTP_ROUTER_H
#define HYGIE_HTTP_ROUTER_H

#include "http/http.h"

struct router;
struct router *router_new(const struct http_route *const *tables, size_t n_tables); /* NULL: no memory */
void router_free(struct router **r);
/*
 * The route of a checked path (guard), with its raw bound segments in bound (name without ':'), at most 8. NULL when there is none:
 * allowed_r then has bit (1 << method) for every method that this path has; 0 means 404.
 */
const struct http_route *router_find(const struct router *r, enum http_method method, struct str path, struct pair bound[8], size_t *n_bound_r, unsigned *allowed_r);
/* "GET, HEAD, POST" of such bits; at most 64 bytes with the NUL. */
void router_allow(unsigned allowed, char out[64]);
#endif
