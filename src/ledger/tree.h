/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/tree.h: the Merkle tree over the entries (RFC 6962 §2.1, RFC 9162 §2.1), so that one entry, or that nothing was rewritten, can be proven by a few
 * hashes instead of the whole ledger. Leaf = SHA-256(0x00 || entry bytes), node = SHA-256(0x01 || left || right). Leaf i is entry number i + 1.
 * Pure: no I/O, no memory of its own; whoever makes a proof lends a reader of hashes. It must never accept a proof with a hash too many.
 * Called by this room (append, recovery, verifier) and its tests. Start at struct tree and tree_add, then tree_prove_entry and tree_is_included.
 *
 * A node is named (level, index): the root over the 2^level leaves from index * 2^level on. Such a node is whole: it never changes as the tree grows.
 */
#ifndef HYGIE_LEDGER_TREE_H
#define HYGIE_LEDGER_TREE_H

#include "base/rc.h"
#include "codec/sha.h"

#define TREE_LEVELS 64
#define TREE_PROOF  (TREE_LEVELS + 1) /* hashes: 64 for an entry, one more for a consistency */

void tree_leaf(unsigned char out[SHA_LEN], const void *entry, size_t n);
struct sha_job tree_leaf_job(unsigned char *out, const void *entry, size_t n); /* the same, to be made beside other digests */
void tree_node(unsigned char out[SHA_LEN], const unsigned char left[SHA_LEN], const unsigned char right[SHA_LEN]); /* out may be one of the two */

/* The frontier: all that is needed to go on. node[k] is the whole node of 2^k leaves that ends it where bit k of size is set; others mean nothing. */
struct tree { uint64_t size; unsigned char node[TREE_LEVELS][SHA_LEN]; };
void tree_add(struct tree *t, const unsigned char leaf[SHA_LEN]); /* one tree_node on average */
/* A whole node of 2^level leaves at once. size must be a multiple of 2^level. */
void tree_add_node(struct tree *t, unsigned level, const unsigned char node[SHA_LEN]);
void tree_root(const struct tree *t, unsigned char out[SHA_LEN]); /* at most 63 tree_node. Empty: SHA-256 of nothing */

/*
 * A run: leaves from any place on, hashed without knowing what lies before, so that segments can be hashed side by side and joined afterwards.
 * Its first `rising` nodes wait for a left neighbour from before the run and never change again; the others are the frontier behind them.
 */
struct tree_run { uint64_t first, next; unsigned rising, n; struct { unsigned char level, hash[SHA_LEN]; } node[2 * TREE_LEVELS]; };
void tree_run_start(struct tree_run *run, uint64_t first);
void tree_run_add(struct tree_run *run, const unsigned char leaf[SHA_LEN]);
/* The nodes behind the rising ones, folded to one hash: false when there are none. With tree_root_over it gives the root at this moment, later. */
bool tree_run_edge(const struct tree_run *run, unsigned char edge[SHA_LEN]);
/* t, which ends where the run begins, and its nodes `from` to `to`, to excluded. */
void tree_join(struct tree *t, const struct tree_run *run, unsigned from, unsigned to);
/* The root over t and an edge of leaves behind it (NULL none). The edge has fewer leaves than the last node of t. */
void tree_root_over(const struct tree *t, const unsigned char *edge, unsigned char out[SHA_LEN]);

/* Gives the hash of a whole node of the tree. Its failure is the proof's. */
struct tree_reader { enum rc (*node)(struct tree_reader *r, unsigned level, uint64_t index, unsigned char out[SHA_LEN], struct problem *p); };
struct tree_proof { unsigned n; unsigned char hash[TREE_PROOF][SHA_LEN]; };
/* RFC 9162 §2.1.3.1: that leaf `index` is in the tree of `size` leaves. RC_BAD_INPUT unless index < size. Reads at most 2 × 64 nodes. */
enum rc tree_prove_entry(struct tree_reader *r, uint64_t index, uint64_t size, struct tree_proof *proof_r, struct problem *p) CHECKED;
/* RFC 9162 §2.1.4.1: that the tree of `size` leaves begins with the one of `old` leaves. RC_BAD_INPUT unless 0 < old <= size. */
enum rc tree_prove_growth(struct tree_reader *r, uint64_t old, uint64_t size, struct tree_proof *proof_r, struct problem *p) CHECKED;
/* RFC 9162 §2.1.3.2 and §2.1.4.2. Anything a stranger may have written can be given; a size of 0 is never accepted. */
bool tree_is_included(uint64_t index, uint64_t size, const unsigned char leaf[SHA_LEN], const struct tree_proof *proof, const unsigned char root[SHA_LEN]);
bool tree_is_grown(uint64_t old, uint64_t size, const unsigned char old_root[SHA_LEN], const struct tree_proof *proof, const unsigned char root[SHA_LEN]);

/* Tiles (C2SP tlog-tiles): 256 hashes of one level; tile level L holds nodes of level 8 L. A tile that is not full has its width in its name. */
#define TILE_WIDTH   256u
#define TILE_LEVELS  6     /* the format ends at 2^48 leaves */
#define TILE_ENTRIES (-1)  /* as a level: the bundles of entries */
#define TILE_PATH    64
struct tile { int level; uint64_t index; unsigned width; };
/* The tile of a tree of `size` leaves in which a whole node lies, or the 2^(level % 8) hashes from *at_r on that it is made of. */
struct tile tile_of(uint64_t size, unsigned level, uint64_t index, unsigned *at_r);
/* tile/<level>/<index>, three digits a folder, all but the last with an x before them; .p/<width> when not full. */
void tile_path(const struct tile *t, char out[TILE_PATH]);
#endif
