/* SPDX-License-Identifier: Apache-2.0 */
/* A closed ledger in memory, with the place of every record, and what somebody can do to it who may write its files and knows the format. */
#ifndef HYGIE_TEST_LEDGER_FORGE_H
#define HYGIE_TEST_LEDGER_FORGE_H

#include "house.h"

#include "ledger/inner.h"

#define SEGMENTS 16
#define ENTRIES  4000

static char dir[DIR_MAX];
static struct file segment[SEGMENTS];
static unsigned n_segments;
static struct where { unsigned segment; size_t at, n, personal_n; unsigned char kind; bool wiped; } entry[ENTRIES]; /* by number */
static uint64_t n_entries;
static struct file pub_file, note_file;
static inline void
name_of(unsigned k, char out[SEGMENT_NAME])
{
	disk_segment_name(k + 1, out);
}

static inline void
load(void)
{
	char name[SEGMENT_NAME], path[2 * DIR_MAX];
	struct record r;
	struct leaf leaf;

	for (unsigned k = 0; k < n_segments; k++)
		free(segment[k].p);
	n_entries = 0;
	for (n_segments = 0; n_segments < SEGMENTS; n_segments++) {
		name_of(n_segments, name);
		(void)snprintf(path, sizeof path, "%s/%s", dir, name);
		if (access(path, R_OK) != 0)
			break;
		struct file f = segment[n_segments] = file_get(dir, name);
		for (size_t at = 0; leaf_record_parse(f.p + at, f.n - at, &r, &leaf) == RC_OK; at += r.n) {
			assert_int_equal(leaf.e.number, n_entries + 1);
			assert_true(++n_entries < ENTRIES);
			entry[n_entries] = (struct where){ .segment = n_segments, .at = at, .n = r.n, .personal_n = r.personal_n, .kind = leaf.e.kind, .wiped = leaf_record_wiped(&r) };
		}
	}
	free(pub_file.p);
	free(note_file.p);
	pub_file = file_get(dir, "ledger.pub");
	note_file = file_get(dir, "checkpoint");
}

static inline void
put_back(unsigned k)
{
	char name[SEGMENT_NAME];

	name_of(k, name);
	file_put(dir, name, segment[k].p, segment[k].n);
}

static inline void
expect_bad(uint64_t number, const char *what, const char *doing)
{
	struct ledger_verdict v = verdict_on(dir, NULL, 0);

	if (v.good || v.first_bad != number || (what && strcmp(v.what, what) != 0)) {
		print_error("%s at entry %llu: found good=%d entry %llu %s\n", doing, (unsigned long long)number, v.good, (unsigned long long)v.first_bad, v.what);
		fail();
	}
}

/* HYGIE_TIMES: so many times as many as in the quick set. */
static inline unsigned
times(unsigned quick)
{
	const char *text = getenv("HYGIE_TIMES");
	uint64_t n = 1;

	return text && str_u64(str_of(text), &n) == RC_OK && n > 0 && n < 10000 ? quick * (unsigned)n : quick;
}

/* Entry i, as it is in memory, into the tree. */
static inline void
grow(struct tree *t, uint64_t i)
{
	const unsigned char *leaf = segment[entry[i].segment].p + entry[i].at + 2;
	unsigned char hash[SHA_LEN];

	tree_leaf(hash, leaf, (size_t)leaf[-2] << 8 | leaf[-1]);
	tree_add(t, hash);
}

/* The signature in an EPOCH entry, over what stands there, by whoever holds key. */
static inline void
certify(unsigned char *leaf, size_t leaf_n, uint64_t i, unsigned epoch, const struct tree *t, const struct signing_key *key)
{
	unsigned char *extra = leaf + leaf_n - 4 - SIGNING_PUB - SIGNING_SIG, root[SHA_LEN];

	tree_root(t, root);
	epochs_certify(key, epoch, i - 1, root, extra, extra + SIGNING_PUB);
}

/*
 * What somebody does who can write the files and knows the format: from entry `from` on, everything is chained again, and signed with keys when given: one for each epoch, the last
 * for all that follow. Only `rows` of the first is changed, or its time.
 */
static inline void
forge(uint64_t from, uint64_t to, const struct signing_key *keys, unsigned n_keys, bool set_back)
{
	unsigned epoch = 0;
	unsigned char head[SHA_LEN] = { 0 }, root[SHA_LEN];
	char name[SEGMENT_NAME];
	struct tree t = { 0 };

	for (uint64_t i = 1; i < from; i++) {
		grow(&t, i);
		epoch += entry[i].kind == LEDGER_EPOCH;
	}
	for (uint64_t i = from; i <= to; i++) {
		struct where w = entry[i];
		unsigned char *leaf = segment[w.segment].p + w.at + 2;
		size_t leaf_n = (size_t)leaf[-2] << 8 | leaf[-1];
		struct leaf was;
		unsigned char prev[SHA_LEN];
		assert_int_equal(leaf_parse(leaf, leaf_n, &was), RC_OK);
		memcpy(prev, i == from ? was.prev : head, SHA_LEN);
		if (i == from && !set_back)
			leaf[94] ^= 1;
		tree_root(&t, root);
		const struct signing_key *key = keys ? &keys[epoch < n_keys ? epoch : n_keys - 1] : NULL;
		if (key && was.e.kind == LEDGER_CHECKPOINT)
			signing_sign(key, i - 1, root, leaf + leaf_n - 4 - SIGNING_SIG);
		if (was.e.kind == LEDGER_EPOCH && ++epoch && key)
			certify(leaf, leaf_n, i, epoch, &t, key);
		leaf_seal(leaf, leaf_n, i, was.e.at_ms - (i == from && set_back ? 100000000 : 0), was.joined, prev);
		sha_two(head, prev, SHA_LEN, leaf, leaf_n);
		grow(&t, i);
	}
	for (unsigned k = entry[from].segment; k <= entry[to].segment; k++) {
		name_of(k, name);
		file_put(dir, name, segment[k].p, segment[k].n);
	}
	if (keys && to == n_entries) {
		struct buf note;
		buf_init(&note, 4096);
		tree_root(&t, root);
		signing_put(&keys[epoch < n_keys ? epoch : n_keys - 1], n_entries, root, &note);
		file_put(dir, "checkpoint", note.p, note.n);
		buf_done(&note);
	}
}

static inline uint64_t
next_checkpoint(uint64_t i)
{
	while (entry[i].kind != LEDGER_CHECKPOINT)
		i++;
	return i;
}

/* All segments and the checkpoint as they were, in memory and on the disk. */
static struct file whole[SEGMENTS];
static inline void
keep_whole(void)
{
	for (unsigned k = 0; k < n_segments; k++) {
		whole[k] = (struct file){ malloc(segment[k].n), segment[k].n };
		memcpy(whole[k].p, segment[k].p, segment[k].n);
	}
}

static inline void
back_to_whole(void)
{
	for (unsigned k = 0; k < n_segments; k++) {
		memcpy(segment[k].p, whole[k].p, whole[k].n);
		free(whole[k].p);
		put_back(k);
	}
	file_put(dir, "checkpoint", note_file.p, note_file.n);
}
#endif
