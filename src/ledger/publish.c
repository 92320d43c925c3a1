/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/publish.c: from segments to static files (publish.h). It goes on behind the last whole tile that is published: upper tiles are read back, the entries
 * after it are read from their segment, and on the way the published root is met again, or the publication is refused.
 * Must never write a byte of a personal part, nor the checkpoint before what it signs is on the disk. Start at ledger_publish.
 */
#include "ledger/publish.h"
#include "ledger/disk.h"
#include "ledger/epochs.h"
#include "ledger/proof.h"
#include "ledger/tiles.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUNDLE_MAX (TILE_WIDTH * (size_t)(LEAF_MAX + 2))

/* hashes[L]: of the tile of level L that is being filled. */
struct publishing {
	int from, to;
	struct epochs epochs;
	uint64_t old_size, size, base;    /* base: entries in whole tiles when it began */
	unsigned char old_root[SHA_LEN], root[SHA_LEN];
	struct buf old_note;
	struct tree tree;
	unsigned char hashes[TILE_LEVELS][TILE_BYTES];
	struct buf bundle;
	uint64_t files;
};

/* What is published: others may have signed under it. */
static enum rc
old_note_read(struct publishing *k, struct problem *p)
{
	struct cosign_note note;
	enum rc rc = disk_read_file(k->to, "checkpoint", &k->old_note, p);

	if (rc != RC_OK)
		return rc;
	if (epochs_note_read(&k->epochs, buf_view(&k->old_note), &note) != RC_OK)
		return problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "checkpoint", "not signed by the key of this ledger");
	k->old_size = note.size;
	memcpy(k->old_root, note.root, SHA_LEN);
	return RC_OK;
}

static unsigned
filled(uint64_t size, unsigned level)
{
	return (unsigned)((size >> 8 * level) % TILE_WIDTH);
}

static enum rc
write_tile(struct publishing *k, int level, uint64_t index, unsigned width, struct str bytes, struct problem *p)
{
	struct tile t = { level, index, width };

	k->files++;
	return tiles_write(k->to, &t, bytes, p);
}

/* A hash more at the end of a level; where that fills the tile, its root goes one level up. */
static enum rc
level_add(struct publishing *k, unsigned level, uint64_t index, const unsigned char hash[SHA_LEN], struct problem *p)
{
	unsigned char up[SHA_LEN];
	enum rc rc = RC_OK;

	memcpy(up, hash, SHA_LEN);
	for (; rc == RC_OK && level < TILE_LEVELS; level++, index /= TILE_WIDTH) {
		memcpy(k->hashes[level] + index % TILE_WIDTH * SHA_LEN, up, SHA_LEN);
		if ((index + 1) % TILE_WIDTH != 0)
			break;
		rc = write_tile(k, (int)level, index / TILE_WIDTH, TILE_WIDTH, (struct str){ (const char *)k->hashes[level], TILE_BYTES }, p);
		tiles_fold(k->hashes[level], TILE_WIDTH, up);
	}
	return rc;
}

/* What is published already, up to the last whole tile of entries: the upper tiles as they are, and the frontier that they give. */
static enum rc
take_up(struct publishing *k, struct problem *p)
{
	struct buf bytes;
	enum rc rc = RC_OK;

	k->base = k->old_size - k->old_size % TILE_WIDTH;
	for (unsigned level = TILE_LEVELS; rc == RC_OK && level-- > 1;) {
		unsigned n = filled(k->base, level);
		struct tile t = { (int)level, (k->base >> 8 * level) / TILE_WIDTH, n };
		if (!n)
			continue;
		buf_init(&bytes, TILE_BYTES + 1);
		rc = tiles_read(k->to, &t, &bytes, p);
		if (rc == RC_OK)
			memcpy(k->hashes[level], bytes.p, bytes.n);
		for (unsigned i = 0; rc == RC_OK && i < n; i++)
			tree_add_node(&k->tree, 8 * level, k->hashes[level] + i * (size_t)SHA_LEN);
		buf_done(&bytes);
	}
	return rc;
}

/* The last segment whose first entry is not behind `number`. */
static enum rc
segment_of(int dir, uint64_t number, uint32_t *segment_r, struct problem *p)
{
	struct walk w;
	struct record r;
	struct leaf leaf;
	uint32_t n;
	enum rc rc = disk_segment_count(dir, &n, p);

	for (uint32_t k = n; rc == RC_OK && k > 0; k--) {
		rc = disk_walk_open(&w, dir, k, 0, p);
		if (rc != RC_OK)
			break;
		bool is = disk_walk_next(&w, &r, &leaf) == WALK_RECORD && leaf.e.number <= number;
		disk_walk_close(&w);
		if (is) {
			*segment_r = k;
			return RC_OK;
		}
	}
	return rc == RC_OK ? problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "entry %llu is missing", (unsigned long long)number) : rc;
}

static enum rc
entry_add(struct publishing *k, const struct record *r, struct problem *p)
{
	unsigned char hash[SHA_LEN], root[SHA_LEN];
	uint64_t index = k->tree.size;

	tree_leaf(hash, r->leaf, r->leaf_n);
	tree_add(&k->tree, hash);
	if (k->tree.size == k->old_size) {
		tree_root(&k->tree, root);
		if (memcmp(root, k->old_root, SHA_LEN) != 0)
			return problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "checkpoint", "what was published is not the beginning of this ledger");
	}
	buf_ch(&k->bundle, (char)(r->leaf_n >> 8));
	buf_ch(&k->bundle, (char)(r->leaf_n & 0xff));
	buf_put(&k->bundle, r->leaf, r->leaf_n);
	enum rc rc = buf_rc(&k->bundle, p);
	if (rc == RC_OK && (index + 1) % TILE_WIDTH == 0) {
		rc = k->tree.size > k->old_size ? write_tile(k, TILE_ENTRIES, index / TILE_WIDTH, TILE_WIDTH, buf_view(&k->bundle), p) : RC_OK;
		buf_reset(&k->bundle);
	}
	return rc == RC_OK ? level_add(k, 0, index, hash, p) : rc;
}

static enum rc
entries_add(struct publishing *k, struct problem *p)
{
	struct walk w;
	struct record r;
	struct leaf leaf;
	uint32_t segment = 0;
	enum rc rc = segment_of(k->from, k->base + 1, &segment, p);

	for (; rc == RC_OK && k->tree.size < k->size; segment++) {
		rc = disk_walk_open(&w, k->from, segment, 0, p);
		if (rc == RC_NOT_FOUND)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "segment %u is gone", segment);
		while (rc == RC_OK && k->tree.size < k->size && disk_walk_next(&w, &r, &leaf) == WALK_RECORD) {
			if (leaf.e.number <= k->base)
				continue;
			rc = leaf.e.number == k->tree.size + 1 ? entry_add(k, &r, p) : problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "entry %llu is missing", (unsigned long long)k->tree.size + 1);
		}
		disk_walk_close(&w);
	}
	return rc;
}

static enum rc
ends_write(struct publishing *k, struct problem *p)
{
	enum rc rc = RC_OK;

	if (filled(k->size, 0))
		rc = write_tile(k, TILE_ENTRIES, k->size / TILE_WIDTH, filled(k->size, 0), buf_view(&k->bundle), p);
	for (unsigned level = 0; rc == RC_OK && level < TILE_LEVELS; level++) {
		unsigned n = filled(k->size, level);
		if (n)
			rc = write_tile(k, (int)level, (k->size >> 8 * level) / TILE_WIDTH, n, (struct str){ (const char *)k->hashes[level], n * (size_t)SHA_LEN }, p);
	}
	return rc;
}

/* As it lies in the ledger: signed there, not here. */
static enum rc
file_hand_over(const struct publishing *k, const char *name, struct problem *p)
{
	struct buf text;

	buf_init(&text, 4096);
	enum rc rc = disk_read_file(k->from, name, &text, p);
	if (rc == RC_OK)
		rc = disk_replace(k->to, name, buf_view(&text), 0444, p);
	buf_done(&text);
	return rc;
}

/* The list only grows: another certificate for an epoch that was published is another past. */
static enum rc
epochs_hand_over(const struct publishing *k, struct problem *p)
{
	struct buf text;

	if (k->epochs.n == 1)
		return RC_OK;
	buf_init(&text, EPOCHS_BYTES);
	enum rc rc = disk_read_file(k->to, EPOCHS_FILE, &text, p);
	if (rc == RC_OK && !str_starts(buf_view(&k->epochs.text), buf_view(&text)))
		rc = problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, EPOCHS_FILE, "what was published is not the beginning of this ledger's list of keys");
	bool same = rc == RC_OK && text.n == k->epochs.text.n;
	buf_done(&text);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	return same ? RC_OK : disk_replace(k->to, EPOCHS_FILE, buf_view(&k->epochs.text), 0444, p);
}

/* ---- the checkpoint, and who else signs it ---- */

struct showing { struct ledger_head head; /* first */ const struct publishing *of; };

static enum rc
head_grown(const struct ledger_head *h, uint64_t old_size, struct buf *out, struct problem *p)
{
	const struct publishing *k = ((const struct showing *)(const void *)h)->of;
	struct tiles tiles = { .reader = { tiles_node }, .dir = k->to, .size = k->size };
	struct tree_proof proof = { .n = 0 };

	if (old_size > k->size)
		return problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "old", "above the size of the head");
	enum rc rc = old_size ? tree_prove_growth(&tiles.reader, old_size, k->size, &proof, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	growth_put(out, old_size, &proof, h->note);
	return buf_rc(out, p);
}

/* Of the lines that stand there under the same head, and of those that are brought: what verifies. Without keys none can be judged, and those that stand there stay. */
static enum rc
cosignatures_gather(const struct publishing *k, struct str note, struct ledger_asks *asks, struct buf *out, unsigned *n_r, struct problem *p)
{
	struct cosign_note now, old;
	struct cosign_keys keys = { .n = 0 };
	struct buf lines;
	enum rc rc = asks ? cosign_keys_parse(asks->keys, &keys, p) : RC_OK;

	*n_r = 0;
	if (rc != RC_OK || epochs_note_read(&k->epochs, note, &now) != RC_OK)
		return rc;
	buf_init(&lines, 4 * COSIGN_NOTE);
	if (k->old_note.n && epochs_note_read(&k->epochs, buf_view(&k->old_note), &old) == RC_OK && str_is(old.body, now.body))
		*n_r = cosign_others(&old, asks ? &lines : out);
	if (asks && asks->ask) {
		struct showing showing = { { k->size, k->old_size, note, k->epochs.n > 1 ? buf_view(&k->epochs.text) : STR_NONE, head_grown }, k };
		asks->ask(asks, &showing.head, &lines);
	}
	if (asks)
		*n_r = cosign_keep(&keys, now.body, buf_view(&lines), clock_ms() / 1000, out);
	buf_done(&lines);
	return buf_rc(out, p);
}

/* The ledger's checkpoint may have moved on since it was read: what is written is what was read. All that it signs is on the disk before anybody is asked to sign it. */
static enum rc
note_write(const struct publishing *k, struct str note, struct ledger_asks *asks, unsigned *cosigned_r, struct problem *p)
{
	struct buf whole;

	if (syncfs(k->to) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "checkpoint", "flush: errno %d", errno);
	buf_init(&whole, COSIGN_NOTE);
	buf_str(&whole, note);
	enum rc rc = cosignatures_gather(k, note, asks, &whole, cosigned_r, p);
	if (rc == RC_OK)
		rc = disk_replace(k->to, "checkpoint", buf_view(&whole), 0444, p);
	buf_done(&whole);
	return rc;
}

/* The checkpoint before needed the ends of its levels; this one has whole tiles there. */
static void
old_ends_remove(const struct publishing *k)
{
	for (int level = TILE_ENTRIES; level < (int)TILE_LEVELS; level++) {
		unsigned shift = level < 0 ? 0 : 8 * (unsigned)level;
		struct tile t = { level, (k->old_size >> shift) / TILE_WIDTH, TILE_WIDTH };
		if ((k->old_size >> shift) % TILE_WIDTH && (k->size >> shift) / TILE_WIDTH > t.index)
			tiles_forget_narrower(k->to, &t);
	}
}

/* One publication at a time, the asking of witnesses and all, until the folder is closed: one that waits must not put its older head over a newer one. */
static enum rc
lock(int to, struct problem *p)
{
	while (flock(to, LOCK_EX) != 0)
		if (errno != EINTR)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "to", "cannot be locked: errno %d", errno);
	return RC_OK;
}

static enum rc
open_both(struct publishing *k, const char *dir, const char *to, struct buf *note, struct problem *p)
{
	if ((k->from = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "ledger", "cannot open the directory");
	if (mkdir(to, 0755) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "to", "cannot be made: errno %d", errno);
	if ((k->to = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "to", "cannot open the directory");
	enum rc rc = lock(k->to, p);
	if (rc == RC_OK)
		rc = disk_read_file(k->from, "checkpoint", note, p); /* before the list: that is written first */
	if (rc == RC_OK)
		rc = epochs_open(k->from, "ledger.pub", k->from, EPOCHS_FILE, &k->epochs, p);
	if (rc == RC_OK && epochs_note_parse(&k->epochs, buf_view(note), &k->size, k->root) != RC_OK)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "checkpoint", "not signed by the key of this ledger");
	return rc;
}

enum rc
ledger_publish(const char *dir, const char *to, struct ledger_asks *asks, struct ledger_published *done_r, struct problem *p)
{
	struct publishing k = { .from = -1, .to = -1 };
	unsigned char root[SHA_LEN];
	struct buf note;
	unsigned cosigned = 0;

	buf_init(&note, 4096);
	buf_init(&k.old_note, COSIGN_NOTE);
	buf_init(&k.bundle, BUNDLE_MAX);
	struct cosign_keys keys; /* looked at before anything is written */
	enum rc rc = asks ? cosign_keys_parse(asks->keys, &keys, p) : RC_OK;
	if (rc == RC_OK)
		rc = open_both(&k, dir, to, &note, p);
	if (rc == RC_OK)
		rc = old_note_read(&k, p);
	if (rc == RC_NOT_FOUND && k.to >= 0 && k.size)
		rc = RC_OK; /* the first time */
	if (rc == RC_OK && k.old_size > k.size)
		rc = problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "checkpoint", "%llu entries are published, the ledger has signed %llu", (unsigned long long)k.old_size, (unsigned long long)k.size);
	if (rc == RC_OK)
		rc = take_up(&k, p);
	if (rc == RC_OK)
		rc = entries_add(&k, p);
	if (rc == RC_OK) {
		tree_root(&k.tree, root);
		if (memcmp(root, k.root, SHA_LEN) != 0 && k.base) /* nearly all of it was taken from what is published */
			rc = problem_set(p, RC_CONFLICT, WHY_PUBLISHED_OTHER, "tile", "what was published and this ledger do not join");
		else if (memcmp(root, k.root, SHA_LEN) != 0)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "its entries do not have the root that it signed");
	}
	if (rc == RC_OK)
		rc = ends_write(&k, p);
	if (rc == RC_OK)
		rc = file_hand_over(&k, "ledger.pub", p);
	if (rc == RC_OK)
		rc = epochs_hand_over(&k, p);
	if (rc == RC_OK)
		rc = note_write(&k, buf_view(&note), asks, &cosigned, p);
	if (rc == RC_OK) {
		old_ends_remove(&k);
		*done_r = (struct ledger_published){ k.old_size, k.size, k.files, cosigned };
	}
	buf_done(&k.bundle);
	buf_done(&k.old_note);
	epochs_done(&k.epochs);
	buf_done(&note);
	if (k.from >= 0)
		close(k.from);
	if (k.to >= 0)
		close(k.to);
	return rc;
}

enum rc
ledger_publish_cosigned(const char *to, const char *pub_path, struct str keys_text, struct str lines, unsigned *cosigned_r, struct problem *p)
{
	int dir = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct epochs epochs = { .n = 0 };
	struct cosign_keys keys;
	struct cosign_note note;
	struct buf text, all, whole;
	int64_t now_s = clock_ms() / 1000;

	if (dir < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "published", "cannot open the directory");
	buf_init(&text, COSIGN_NOTE);
	buf_init(&all, 4 * COSIGN_NOTE);
	buf_init(&whole, COSIGN_NOTE);
	enum rc rc = lock(dir, p);
	if (rc == RC_OK)
		rc = epochs_open(pub_path ? AT_FDCWD : dir, pub_path ? pub_path : "ledger.pub", dir, EPOCHS_FILE, &epochs, p);
	if (rc == RC_OK)
		rc = cosign_keys_parse(keys_text, &keys, p);
	if (rc == RC_OK)
		rc = disk_read_file(dir, "checkpoint", &text, p);
	if (rc == RC_OK && epochs_note_read(&epochs, buf_view(&text), &note) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	if (rc == RC_OK && cosign_keep(&keys, note.body, lines, now_s, &all) == 0)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "cosignature", "none that verifies for this checkpoint under the keys given");
	if (rc == RC_OK) {
		(void)cosign_others(&note, &all);
		buf_put(&whole, note.own, note.own_n);
		*cosigned_r = cosign_keep(&keys, note.body, buf_view(&all), now_s, &whole);
		rc = buf_rc(&whole, p);
	}
	if (rc == RC_OK)
		rc = disk_replace(dir, "checkpoint", buf_view(&whole), 0444, p);
	epochs_done(&epochs);
	buf_done(&text);
	buf_done(&all);
	buf_done(&whole);
	close(dir);
	return rc;
}
