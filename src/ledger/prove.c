/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/prove.c: from static files to proofs, and what an auditor does with either (publish.h). It trusts the public key and nothing else.
 * BARRIER: every byte here may be a stranger's. Must never write, nor accept a proof with a byte too many. Start at ledger_prove, ledger_published_verify.
 */
#include "ledger/publish.h"
#include "ledger/epochs.h"
#include "ledger/disk.h"
#include "ledger/proof.h"
#include "ledger/tiles.h"

#include "codec/base64.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define BUNDLE_MAX (TILE_WIDTH * (size_t)(UINT16_MAX + 2))

/* ---- the published files ---- */

struct published { struct tiles tiles; struct epochs epochs; struct buf note; struct cosign_note read; };

static void
published_close(struct published *k)
{
	if (k->tiles.dir >= 0)
		close(k->tiles.dir);
	buf_done(&k->note);
	epochs_done(&k->epochs);
}

static enum rc
published_open(const char *from, const char *pub_path, struct published *k, struct problem *p)
{
	*k = (struct published){ .tiles = { .reader = { tiles_node }, .dir = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } };
	buf_init(&k->note, COSIGN_NOTE);
	if (k->tiles.dir < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "from", "cannot open the directory");
	enum rc rc = disk_read_file(k->tiles.dir, "checkpoint", &k->note, p); /* before the list: that is written first */
	if (rc == RC_OK)
		rc = epochs_open(pub_path ? AT_FDCWD : k->tiles.dir, pub_path ? pub_path : "ledger.pub", k->tiles.dir, EPOCHS_FILE, &k->epochs, p);
	if (rc == RC_OK && epochs_note_read(&k->epochs, buf_view(&k->note), &k->read) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	k->tiles.size = rc == RC_OK ? k->read.size : 0;
	return rc;
}

/* The tile of entries that holds this index. */
static struct tile
bundle_of(uint64_t size, uint64_t index)
{
	unsigned at;
	struct tile t = tile_of(size, 0, index, &at);

	t.level = TILE_ENTRIES;
	return t;
}

/* ---- one entry ---- */

static enum rc
entry_find(const struct published *k, uint64_t index, struct buf *bundle, struct str *entry_r, struct problem *p)
{
	struct tile t = bundle_of(k->tiles.size, index);
	enum rc rc = tiles_read(k->tiles.dir, &t, bundle, p);
	struct str left = buf_view(bundle);

	for (uint64_t i = 0; rc == RC_OK && i <= index % TILE_WIDTH; i++)
		if (tiles_entry(&left, entry_r) != RC_OK)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "tile/entries", "entry %" PRIu64 " cannot be read", index + 1);
	return rc;
}

enum rc
ledger_prove(const char *from, const char *pub_path, uint64_t number, struct buf *out, struct problem *p)
{
	struct published k;
	struct tree_proof proof;
	struct buf bundle;
	struct str entry = STR_NONE;
	unsigned char leaf[SHA_LEN];

	buf_init(&bundle, BUNDLE_MAX);
	enum rc rc = published_open(from, pub_path, &k, p);
	if (rc == RC_OK && (number == 0 || number > k.tiles.size))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "number", "%" PRIu64 " entries are published", k.tiles.size);
	if (rc == RC_OK)
		rc = entry_find(&k, number - 1, &bundle, &entry, p);
	if (rc == RC_OK)
		rc = tree_prove_entry(&k.tiles.reader, number - 1, k.tiles.size, &proof, p);
	if (rc == RC_OK) {
		tree_leaf(leaf, entry.p, entry.n);
		if (!tree_is_included(number - 1, k.tiles.size, leaf, &proof, k.read.root))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "tile", "the files prove nothing of entry %" PRIu64, number);
	}
	if (rc == RC_OK) {
		proof_put(out, entry, number - 1, &proof, buf_view(&k.note));
		rc = buf_rc(out, p);
	}
	buf_done(&bundle);
	published_close(&k);
	return rc;
}

static enum rc
proof_check(const struct epochs *epochs, struct str proof_text, struct buf *hold, struct ledger_proven *r, struct problem *p)
{
	struct tree_proof proof;
	struct str note;
	struct cosign_note head;
	struct leaf leaf;
	unsigned char hash[SHA_LEN];
	uint64_t index = 0;

	if (!proof_read(proof_text, hold, &index, &proof, &note))
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "proof", "not a tlog-proof of a ledger");
	if (epochs_note_read(epochs, note, &head) != RC_OK)
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	tree_leaf(hash, hold->p, hold->n);
	if (!tree_is_included(index, head.size, hash, &proof, head.root))
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "proof", "the hashes do not lead to the signed root");
	if (leaf_parse((const unsigned char *)hold->p, hold->n, &leaf) != RC_OK || leaf.e.number != index + 1)
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "extra", "not the entry of that number");
	*r = (struct ledger_proven){ head.size, leaf.e, note };
	return RC_OK;
}

enum rc
ledger_proof_check(struct str proof_text, const char *pub_path, const char *epochs_path, struct buf *hold, struct ledger_proven *r, struct problem *p)
{
	struct epochs epochs;
	enum rc rc = epochs_open(AT_FDCWD, pub_path, AT_FDCWD, epochs_path, &epochs, p);

	if (rc == RC_OK)
		rc = proof_check(&epochs, proof_text, hold, r, p);
	epochs_done(&epochs);
	return rc;
}

/* ---- growth ---- */

enum rc
ledger_prove_growth(const char *from, const char *pub_path, struct str old, struct buf *out, struct problem *p)
{
	struct published k;
	struct tree_proof proof = { .n = 0 };
	struct cosign_note kept;
	uint64_t old_size = 0;
	enum rc rc = published_open(from, pub_path, &k, p);

	if (rc == RC_OK && old.n && epochs_note_read(&k.epochs, old, &kept) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "since", "not a checkpoint signed by this key");
	if (rc == RC_OK && old.n)
		old_size = kept.size;
	if (rc == RC_OK && old_size > k.tiles.size)
		rc = problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "since", "it signs %" PRIu64 " entries, %" PRIu64 " are published", old_size, k.tiles.size);
	if (rc == RC_OK && old_size)
		rc = tree_prove_growth(&k.tiles.reader, old_size, k.tiles.size, &proof, p);
	if (rc == RC_OK && old_size && !tree_is_grown(old_size, k.tiles.size, kept.root, &proof, k.read.root))
		rc = problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "since", "what is published did not begin as it says");
	if (rc == RC_OK) {
		growth_put(out, old_size, &proof, (struct str){ k.read.own, k.read.own_n });
		rc = buf_rc(out, p);
	}
	published_close(&k);
	return rc;
}

enum rc
ledger_growth_check(struct str proof_text, const char *pub_path, const char *epochs_path, struct str old, struct ledger_grown *r, struct problem *p)
{
	struct epochs epochs;
	struct tree_proof proof;
	struct str note;
	struct cosign_note head, kept;
	uint64_t said = 0;
	enum rc rc = epochs_open(AT_FDCWD, pub_path, AT_FDCWD, epochs_path, &epochs, p);

	if (rc == RC_OK && !growth_read(proof_text, &said, &proof, &note))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "proof", "not a proof of growth");
	if (rc == RC_OK && (epochs_note_read(&epochs, note, &head) != RC_OK || epochs_note_read(&epochs, old, &kept) != RC_OK))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	if (rc == RC_OK && (said != kept.size || !tree_is_grown(kept.size, head.size, kept.root, &proof, head.root)))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "proof", "the hashes do not lead from the one root to the other");
	epochs_done(&epochs);
	if (rc == RC_OK)
		*r = (struct ledger_grown){ kept.size, head.size };
	return rc;
}

/* ---- all of it ---- */

struct proving {
	const struct published *of;
	struct epochs met;   /* as the entries have them: what is published must say the same */
	unsigned epoch;
	struct tree tree;
	struct chain chain;
	uint64_t old_size;
	unsigned char old_root[SHA_LEN], hashes[TILE_LEVELS][TILE_BYTES];
	struct ledger_verdict *v;
};

static bool
bad(struct proving *k, uint64_t number, const char *what)
{
	k->v->good = false;
	k->v->first_bad = number;
	k->v->what = what;
	return false;
}

/* Is the tile of this level that ends with the hash just added as published? */
static bool
tile_is(struct proving *k, unsigned level, uint64_t index, unsigned width)
{
	struct tile t = { (int)level, index, width };
	struct buf bytes;

	buf_init(&bytes, TILE_BYTES + 1);
	bool is = tiles_read(k->of->tiles.dir, &t, &bytes, NULL) == RC_OK && memcmp(bytes.p, k->hashes[level], bytes.n) == 0;
	buf_done(&bytes);
	return is;
}

static bool
tiles_prove(struct proving *k, uint64_t index, const unsigned char hash[SHA_LEN])
{
	unsigned char up[SHA_LEN];

	memcpy(up, hash, SHA_LEN);
	for (unsigned level = 0; level < TILE_LEVELS; level++, index /= TILE_WIDTH) {
		memcpy(k->hashes[level] + index % TILE_WIDTH * SHA_LEN, up, SHA_LEN);
		if ((index + 1) % TILE_WIDTH != 0)
			return true;
		if (!tile_is(k, level, index / TILE_WIDTH, TILE_WIDTH))
			return bad(k, k->tree.size, "tile");
		tiles_fold(k->hashes[level], TILE_WIDTH, up);
	}
	return true;
}

static bool
entry_prove(struct proving *k, struct str entry)
{
	unsigned char hash[SHA_LEN], root[SHA_LEN];
	uint64_t number = k->tree.size + 1;
	struct signing_key key;
	struct leaf leaf;

	if (leaf_parse((const unsigned char *)entry.p, entry.n, &leaf) != RC_OK)
		return bad(k, number, "torn");
	if (leaf.e.number != number)
		return bad(k, number, "number");
	if (memcmp(leaf.prev, k->chain.head, SHA_LEN) != 0)
		return bad(k, number, "chain");
	if (leaf.e.at_ms < k->chain.at_ms)
		return bad(k, number, "time");
	if (number == 1 && (leaf.e.kind != LEDGER_GENESIS || memcmp(leaf.extra.p, k->of->epochs.at[0].pub, SIGNING_PUB) != 0))
		return bad(k, 1, "signature");
	if (leaf.e.kind == LEDGER_EPOCH) {
		tree_root(&k->tree, root);
		if (!epochs_meet(&k->met, &k->epoch, &leaf, root) || k->epoch >= k->of->epochs.n || k->of->epochs.at[k->epoch].first != number ||
		    memcmp(k->of->epochs.at[k->epoch].pub, k->met.at[k->epoch].pub, SIGNING_PUB) != 0)
			return bad(k, number, "epoch");
		k->v->epochs++;
	}
	if (leaf.e.kind == LEDGER_CHECKPOINT) {
		tree_root(&k->tree, root);
		epochs_key(&k->met, k->epoch, &key);
		k->v->signed_ms = leaf.e.at_ms;
		if (!signing_is_signed(&key, number - 1, root, (const unsigned char *)leaf.extra.p))
			return bad(k, number, "signature");
		k->v->checkpoints++;
	}
	sha_two(k->chain.head, k->chain.head, SHA_LEN, entry.p, entry.n);
	k->chain.at_ms = leaf.e.at_ms;
	tree_leaf(hash, entry.p, entry.n);
	tree_add(&k->tree, hash);
	k->v->entries++;
	if (k->tree.size == k->old_size) {
		tree_root(&k->tree, root);
		if (memcmp(root, k->old_root, SHA_LEN) != 0)
			return bad(k, k->old_size, "rewritten");
	}
	return tiles_prove(k, number - 1, hash);
}

static enum rc
bundle_prove(struct proving *k, struct problem *p)
{
	uint64_t size = k->of->tiles.size;
	struct tile t = bundle_of(size, k->tree.size);
	struct str entry, left;
	struct buf bundle;
	enum rc found = RC_NOT_FOUND;

	buf_init(&bundle, BUNDLE_MAX);
	enum rc rc = tiles_read(k->of->tiles.dir, &t, &bundle, p);
	left = buf_view(&bundle);
	unsigned n = 0;
	while (rc == RC_OK && k->v->good && (found = tiles_entry(&left, &entry)) == RC_OK && n++ < t.width)
		(void)entry_prove(k, entry);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && k->v->good && (n != t.width || found != RC_NOT_FOUND))) {
		(void)bad(k, k->tree.size + 1, rc == RC_NOT_FOUND ? "truncated" : "torn");
		rc = RC_OK;
	}
	buf_done(&bundle);
	return rc;
}

static void
ends_prove(struct proving *k)
{
	unsigned char root[SHA_LEN];
	uint64_t size = k->tree.size;

	tree_root(&k->tree, root);
	if (memcmp(root, k->of->read.root, SHA_LEN) != 0)
		(void)bad(k, size, "signature");
	else if (epochs_of(&k->of->epochs, size) != k->epoch) /* the list has one that no entry knows */
		(void)bad(k, size, "epoch");
	for (unsigned level = 0; level < TILE_LEVELS && k->v->good; level++) {
		unsigned n = (unsigned)((size >> 8 * level) % TILE_WIDTH);
		if (n && !tile_is(k, level, (size >> 8 * level) / TILE_WIDTH, n))
			(void)bad(k, size, "tile");
	}
}

enum rc
ledger_published_verify(const char *from, const char *pub_path, struct str old, struct buf *note_r, struct ledger_verdict *v_r, struct problem *p)
{
	struct ledger_verdict v = { .good = true, .what = "", .signed_ms = INT64_MIN };
	struct published of;
	struct proving k = { .of = &of, .v = &v, .chain = { .at_ms = INT64_MIN } };
	struct cosign_note kept;
	unsigned char root[SHA_LEN];
	struct signing_key first;
	enum rc rc = published_open(from, pub_path, &of, p);

	if (rc == RC_OK) {
		epochs_key(&of.epochs, 0, &first);
		epochs_init(&k.met, &first);
	}
	if (rc == RC_OK && old.n && epochs_note_read(&of.epochs, old, &kept) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "since", "not a checkpoint signed by this key");
	if (rc == RC_OK && old.n) {
		k.old_size = kept.size;
		memcpy(k.old_root, kept.root, SHA_LEN);
	}
	while (rc == RC_OK && v.good && k.tree.size < of.tiles.size)
		rc = bundle_prove(&k, p);
	if (rc == RC_OK && v.good)
		ends_prove(&k);
	if (rc == RC_OK && v.good && k.old_size > of.tiles.size)
		(void)bad(&k, of.tiles.size + 1, "truncated");
	if (rc == RC_OK) {
		struct buf hex;
		tree_root(&k.tree, root);
		buf_init(&hex, 200);
		hex_put(&hex, (struct str){ (const char *)root, SHA_LEN });
		hex_put(&hex, (struct str){ (const char *)k.chain.head, SHA_LEN });
		if (!hex.failed) {
			memcpy(v.root, hex.p, 64);
			memcpy(v.head, hex.p + 64, 64);
		}
		buf_done(&hex);
		*v_r = v;
	}
	if (rc == RC_OK && note_r) {
		buf_str(note_r, buf_view(&of.note));
		rc = buf_rc(note_r, p);
	}
	epochs_done(&k.met);
	published_close(&of);
	return rc;
}

/* ---- what witnesses say ---- */

_Static_assert(LEDGER_WITNESSES == COSIGN_KEYS && sizeof ((struct ledger_witnessed *)NULL)->of[0].name == COSIGN_NAME + 1, "one bound, told twice");

enum rc
ledger_cosignatures_check(struct str note, const char *pub_path, const char *epochs_path, struct str keys_text, struct str old, int64_t now_s, int64_t fresh_s, struct ledger_witnessed *r, struct problem *p)
{
	static const enum ledger_cosigned is[] = { [COSIGN_GOOD] = LEDGER_COSIGNED, [COSIGN_MISSING] = LEDGER_COSIGN_MISSING, [COSIGN_STALE] = LEDGER_COSIGN_STALE, [COSIGN_FALSE] = LEDGER_COSIGN_FALSE };
	struct epochs epochs;
	struct cosign_keys keys;
	struct cosign_note head, kept;
	struct str old_body = STR_NONE;
	enum rc rc = epochs_open(AT_FDCWD, pub_path, AT_FDCWD, epochs_path, &epochs, p);

	if (rc == RC_OK)
		rc = cosign_keys_parse(keys_text, &keys, p);
	if (rc == RC_OK && epochs_note_read(&epochs, note, &head) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	if (rc == RC_OK && old.n && epochs_note_read(&epochs, old, &kept) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "since", "not a checkpoint signed by this key");
	epochs_done(&epochs);
	if (rc != RC_OK)
		return rc;
	if (old.n && !str_is(kept.body, head.body))
		old_body = kept.body;
	*r = (struct ledger_witnessed){ .n = keys.n };
	for (unsigned i = 0; i < keys.n; i++) {
		memcpy(r->of[i].name, keys.key[i].name, sizeof r->of[i].name);
		r->of[i].is = is[cosign_judge(&keys.key[i], head.body, head.lines, old_body, now_s, fresh_s ? now_s - fresh_s : INT64_MIN, &r->of[i].at_s)];
		r->good += r->of[i].is == LEDGER_COSIGNED;
	}
	return RC_OK;
}
