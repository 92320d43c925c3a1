/* SPDX-License-Identifier: Apache-2.0 */
/* base/map.h: open-addressing hash maps keyed by u64 or by bytes (SipHash with a per-process key), growing, single-threaded. */
#ifndef HYGIE_BASE_MAP_H
#define HYGIE_BASE_MAP_H

#include "base/str.h"

struct map64_slot { uint64_t key; uint64_t value; };
struct map64 { struct map64_slot *slot; unsigned char *state; size_t n, cap; };
void map64_init(struct map64 *m);
void map64_done(struct map64 *m);
bool map64_find(const struct map64 *m, uint64_t key, uint64_t *value_r);
bool map64_put(struct map64 *m, uint64_t key, uint64_t value); /* replaces; false: no memory */
bool map64_del(struct map64 *m, uint64_t key);
/* for (size_t i = 0; map64_next(m, &i, &k, &v);) */
bool map64_next(const struct map64 *m, size_t *i, uint64_t *key_r, uint64_t *value_r);

struct maps; /* bytes → u64; copies its keys */
struct maps *maps_new(void);
void maps_free(struct maps **m);
bool maps_find(const struct maps *m, struct str key, uint64_t *value_r);
bool maps_put(struct maps *m, struct str key, uint64_t value);
bool maps_del(struct maps *m, struct str key);
size_t maps_count(const struct maps *m);

uint64_t hash_bytes(struct str s);      /* SipHash-2-4, per-process random key: for maps only */
uint64_t hash_keyed(struct str s, uint64_t k0, uint64_t k1); /* SipHash-2-4 with the caller's key */
uint64_t hash_stable(struct str s);     /* same value for ever on every machine (stored in indexes): 64-bit, documented in map.c */

#endif
