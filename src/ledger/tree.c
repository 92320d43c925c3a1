/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/tree.c: see tree.h. */
#include "ledger/tree.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void
tree_leaf(unsigned char out[SHA_LEN], const void *entry, size_t n)
{
	sha_two(out, "\x00", 1, entry, n);
}

struct sha_job
tree_leaf_job(unsigned char *out, const void *entry, size_t n)
{
	return (struct sha_job){ out, "\x00", 1, entry, n };
}

void
tree_node(unsigned char out[SHA_LEN], const unsigned char left[SHA_LEN], const unsigned char right[SHA_LEN])
{
	unsigned char both[1 + 2 * SHA_LEN];

	both[0] = 0x01;
	memcpy(both + 1, left, SHA_LEN);
	memcpy(both + 1 + SHA_LEN, right, SHA_LEN);
	sha_two(out, both, sizeof both, NULL, 0);
}

/* --- the frontier --------------------------------------------------------------------------------------------------------------------- */

void
tree_add_node(struct tree *t, unsigned level, const unsigned char node[SHA_LEN])
{
	uint64_t step = UINT64_C(1) << level;
	unsigned k = level;

	MUST(level < TREE_LEVELS && t->size % step == 0 && t->size <= UINT64_MAX - step);
	const unsigned char *carried = node;
	for (; t->size >> k & 1; k++) {
		tree_node(t->node[k], t->node[k], carried);
		carried = t->node[k];
	}
	memmove(t->node[k], carried, SHA_LEN);
	t->size += step;
}

void
tree_add(struct tree *t, const unsigned char leaf[SHA_LEN])
{
	tree_add_node(t, 0, leaf);
}

void
tree_root_over(const struct tree *t, const unsigned char *edge, unsigned char out[SHA_LEN])
{
	bool any = edge != NULL;

	if (any)
		memcpy(out, edge, SHA_LEN);
	for (unsigned k = 0; k < TREE_LEVELS; k++) {
		if (!(t->size >> k & 1))
			continue;
		if (any)
			tree_node(out, t->node[k], out);
		else
			memcpy(out, t->node[k], SHA_LEN);
		any = true;
	}
	if (!any)
		sha_two(out, NULL, 0, NULL, 0);
}

void
tree_root(const struct tree *t, unsigned char out[SHA_LEN])
{
	tree_root_over(t, NULL, out);
}

/* --- runs ----------------------------------------------------------------------------------------------------------------------------- */

void
tree_run_start(struct tree_run *run, uint64_t first)
{
	run->first = run->next = first;
	run->rising = run->n = 0;
}

void
tree_run_add(struct tree_run *run, const unsigned char leaf[SHA_LEN])
{
	unsigned char hash[SHA_LEN];
	uint64_t index = run->next++;
	unsigned level = 0;

	memcpy(hash, leaf, SHA_LEN);
	for (; index & 1 && run->n > run->rising && run->node[run->n - 1].level == level; level++, index >>= 1)
		tree_node(hash, run->node[--run->n].hash, hash);
	MUST(run->n < 2 * TREE_LEVELS);
	run->node[run->n].level = (unsigned char)level;
	memcpy(run->node[run->n++].hash, hash, SHA_LEN);
	if (index & 1) /* its left neighbour lies before the run: so nothing of the run does between them */
		run->rising = run->n;
}

bool
tree_run_edge(const struct tree_run *run, unsigned char edge[SHA_LEN])
{
	unsigned i = run->n;

	if (i == run->rising)
		return false;
	memcpy(edge, run->node[--i].hash, SHA_LEN);
	while (i > run->rising)
		tree_node(edge, run->node[--i].hash, edge);
	return true;
}

void
tree_join(struct tree *t, const struct tree_run *run, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		tree_add_node(t, run->node[i].level, run->node[i].hash);
}

/* --- making proofs -------------------------------------------------------------------------------------------------------------------- */

/* The largest power of two below n, for n > 1. */
static uint64_t
split_of(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* The root over leaves lo to hi - 1, where lo is a multiple of a power of two that is not below hi - lo. */
static enum rc
range_root(struct tree_reader *r, uint64_t lo, uint64_t hi, unsigned char out[SHA_LEN], struct problem *p)
{
	struct tree t = { 0 };
	unsigned char node[SHA_LEN];

	for (uint64_t left = hi - lo; left;) {
		unsigned level = 63 - (unsigned)__builtin_clzll(left);
		enum rc rc = r->node(r, level, (lo + t.size) >> level, node, p);
		if (rc != RC_OK)
			return rc;
		tree_add_node(&t, level, node);
		left -= UINT64_C(1) << level;
	}
	tree_root(&t, out);
	return RC_OK;
}

static enum rc
proof_put(struct tree_proof *proof, struct tree_reader *r, uint64_t lo, uint64_t hi, struct problem *p)
{
	MUST(proof->n < TREE_PROOF);
	return range_root(r, lo, hi, proof->hash[proof->n++], p);
}

/* Proofs are found from the root down and written from the leaf up. */
static void
proof_turn(struct tree_proof *proof)
{
	unsigned char kept[SHA_LEN];

	for (unsigned i = 0, k = proof->n; i + 1 < k; i++) {
		memcpy(kept, proof->hash[i], SHA_LEN);
		memcpy(proof->hash[i], proof->hash[--k], SHA_LEN);
		memcpy(proof->hash[k], kept, SHA_LEN);
	}
}

enum rc
tree_prove_entry(struct tree_reader *r, uint64_t index, uint64_t size, struct tree_proof *proof_r, struct problem *p)
{
	uint64_t lo = 0, hi = size;
	enum rc rc = RC_OK;

	if (index >= size)
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_FOUND, "tree", "leaf %" PRIu64 " of a tree of %" PRIu64, index, size);
	proof_r->n = 0;
	while (rc == RC_OK && hi - lo > 1) {
		uint64_t middle = lo + split_of(hi - lo);
		if (index < middle) {
			rc = proof_put(proof_r, r, middle, hi, p);
			hi = middle;
		} else {
			rc = proof_put(proof_r, r, lo, middle, p);
			lo = middle;
		}
	}
	proof_turn(proof_r);
	return rc;
}

enum rc
tree_prove_growth(struct tree_reader *r, uint64_t old, uint64_t size, struct tree_proof *proof_r, struct problem *p)
{
	uint64_t lo = 0, hi = size;
	enum rc rc = RC_OK;

	if (old == 0 || old > size)
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_FOUND, "tree", "from %" PRIu64 " leaves to %" PRIu64, old, size);
	proof_r->n = 0;
	while (rc == RC_OK && old != hi) {
		uint64_t middle = lo + split_of(hi - lo);
		if (old <= middle) {
			rc = proof_put(proof_r, r, middle, hi, p);
			hi = middle;
		} else {
			rc = proof_put(proof_r, r, lo, middle, p);
			lo = middle;
		}
	}
	if (rc == RC_OK && lo) /* the old tree is not one node of the new: its last piece is not known from its root */
		rc = proof_put(proof_r, r, lo, hi, p);
	proof_turn(proof_r);
	return rc;
}

/* --- checking proofs: the loops of RFC 9162, word for word ---------------------------------------------------------------------------- */

bool
tree_is_included(uint64_t index, uint64_t size, const unsigned char leaf[SHA_LEN], const struct tree_proof *proof, const unsigned char root[SHA_LEN])
{
	unsigned char r[SHA_LEN];

	if (index >= size || proof->n > TREE_PROOF)
		return false;
	uint64_t fn = index, sn = size - 1;
	memcpy(r, leaf, SHA_LEN);
	for (unsigned i = 0; i < proof->n; i++, fn >>= 1, sn >>= 1) {
		if (sn == 0)
			return false;
		if (!(fn & 1) && fn != sn) {
			tree_node(r, r, proof->hash[i]);
			continue;
		}
		tree_node(r, proof->hash[i], r);
		for (; !(fn & 1) && fn; fn >>= 1)
			sn >>= 1;
	}
	return sn == 0 && memcmp(r, root, SHA_LEN) == 0;
}

bool
tree_is_grown(uint64_t old, uint64_t size, const unsigned char old_root[SHA_LEN], const struct tree_proof *proof, const unsigned char root[SHA_LEN])
{
	unsigned char fr[SHA_LEN], sr[SHA_LEN];
	bool one_node = old && (old & (old - 1)) == 0; /* then the proof does not repeat its root */
	unsigned i = one_node ? 0 : 1;

	if (old == size && size)
		return proof->n == 0 && memcmp(old_root, root, SHA_LEN) == 0;
	if (old == 0 || old > size || proof->n == 0 || proof->n > TREE_PROOF)
		return false;
	uint64_t fn = old - 1, sn = size - 1;
	for (; fn & 1; fn >>= 1)
		sn >>= 1;
	memcpy(fr, one_node ? old_root : proof->hash[0], SHA_LEN);
	memcpy(sr, fr, SHA_LEN);
	for (; i < proof->n; i++, fn >>= 1, sn >>= 1) {
		if (sn == 0)
			return false;
		if (!(fn & 1) && fn != sn) {
			tree_node(sr, sr, proof->hash[i]);
			continue;
		}
		tree_node(fr, proof->hash[i], fr);
		tree_node(sr, proof->hash[i], sr);
		for (; !(fn & 1) && fn; fn >>= 1)
			sn >>= 1;
	}
	return sn == 0 && memcmp(fr, old_root, SHA_LEN) == 0 && memcmp(sr, root, SHA_LEN) == 0;
}

/* --- tiles ---------------------------------------------------------------------------------------------------------------------------- */

struct tile
tile_of(uint64_t size, unsigned level, uint64_t index, unsigned *at_r)
{
	unsigned within = level % 8;
	uint64_t first = index << within, all = size >> (level - within);
	struct tile t = { .level = (int)(level / 8), .index = first / TILE_WIDTH };

	MUST(level / 8 < TILE_LEVELS && first < all);
	uint64_t there = all - t.index * TILE_WIDTH;
	t.width = there < TILE_WIDTH ? (unsigned)there : TILE_WIDTH;
	*at_r = (unsigned)(first % TILE_WIDTH);
	return t;
}

void
tile_path(const struct tile *t, char out[TILE_PATH])
{
	unsigned folders = 0;
	size_t n;

	MUST(t->level >= TILE_ENTRIES && t->level < TILE_LEVELS && t->width > 0 && t->width <= TILE_WIDTH && t->index <= UINT64_MAX / TILE_WIDTH);
	n = (size_t)(t->level == TILE_ENTRIES ? snprintf(out, TILE_PATH, "tile/entries") : snprintf(out, TILE_PATH, "tile/%d", t->level));
	for (uint64_t rest = t->index; rest >= 1000; rest /= 1000)
		folders++;
	for (unsigned i = folders + 1; i-- > 0;) {
		uint64_t part = t->index;
		for (unsigned k = 0; k < i; k++)
			part /= 1000;
		n += (size_t)snprintf(out + n, TILE_PATH - n, i ? "/x%03u" : "/%03u", (unsigned)(part % 1000));
	}
	if (t->width < TILE_WIDTH)
		n += (size_t)snprintf(out + n, TILE_PATH - n, ".p/%u", t->width);
	MUST(n < TILE_PATH);
}
