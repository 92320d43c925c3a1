/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/tiles.h: the files of tiles under a folder: whole reads and writes, and a tree_reader over them. This room only. Start at tiles_node. */
#ifndef HYGIE_LEDGER_TILES_H
#define HYGIE_LEDGER_TILES_H

#include "ledger/leaf.h"
#include "ledger/tree.h"

#define TILE_BYTES (TILE_WIDTH * SHA_LEN)

struct tiles { struct tree_reader reader; int dir; uint64_t size; }; /* reader first */

/* One tile's bytes at the end of out. RC_NOT_FOUND when absent; RC_BROKEN CORRUPT when it is not as long as its name says. */
enum rc tiles_read(int dir, const struct tile *t, struct buf *out, struct problem *p) CHECKED;
/* Not flushed: who writes many flushes once. Folders are made. */
enum rc tiles_write(int dir, const struct tile *t, struct str bytes, struct problem *p) CHECKED;
/* The files of a tile that is whole now from when it was narrower; once no checkpoint that is published needs them. What stays behind is useless, and harms nothing. */
void tiles_forget_narrower(int dir, const struct tile *whole);
/* For tree_prove_…: t->reader.node. */
enum rc tiles_node(struct tree_reader *r, unsigned level, uint64_t index, unsigned char out[SHA_LEN], struct problem *p) CHECKED;
/* The root over 256 hashes. */
void tiles_fold(const unsigned char *hashes, unsigned n, unsigned char out[SHA_LEN]); /* n a power of two */
/* The next entry of a bundle; RC_NOT_FOUND at its end, RC_BAD_INPUT when it is cut. */
enum rc tiles_entry(struct str *bundle, struct str *entry_r) CHECKED;
#endif
