/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/arena.h: bump memory that belongs to one stage of one request at a time. Nothing is freed singly.
 * Over the limit, allocation returns NULL and the arena remembers (arena_rc). Not thread-safe.
 */
#ifndef HYGIE_BASE_ARENA_H
#define HYGIE_BASE_ARENA_H

#include "base/str.h"

struct arena_block;
struct arena {
	struct arena_block *head; /* newest */
	char *at, *end;
	size_t used, limit;       /* bytes handed out; soft limit */
	bool failed;
};
void arena_init(struct arena *a, size_t limit);
void arena_done(struct arena *a);
void arena_reset(struct arena *a);                 /* keeps the first block */
void *arena_alloc(struct arena *a, size_t n);      /* zeroed, 16-aligned; NULL over the limit */
void *arena_array(struct arena *a, size_t n, size_t size); /* overflow-checked */
void *arena_raw(struct arena *a, size_t n);        /* 16-aligned, not zeroed: for hot paths that write every byte */
char *arena_bytes(struct arena *a, size_t n);      /* unaligned, not zeroed */
struct str arena_str(struct arena *a, struct str s); /* copy, NUL added after; empty str (p NULL) when failed */
const char *arena_z(struct arena *a, struct str s);  /* NUL-terminated copy */
enum rc arena_rc(const struct arena *a, struct problem *p) CHECKED; /* RC_LIMIT when failed */
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
