/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/tail: what opening does with what a crash left. */
#include "house.h"

#include "ledger/inner.h"

static char dir[DIR_MAX], copy[DIR_MAX];

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_make(copy);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dir_remove(dir);
	dir_remove(copy);
	return 0;
}

/* A copy of the directory while it is open and quiet: what kill -9 leaves. Returns the number of the last durable entry. */
static uint64_t
crashed(unsigned entries, uint64_t segment_bytes)
{
	struct ledger *l = open_at(dir, segment_bytes);
	uint64_t last = add_many(l, entries);

	dir_copy(dir, copy);
	ledger_close(&l);
	return last;
}

/* Where the records of a segment begin; at[n] is the end. */
static size_t
record_starts(const struct file *f, size_t at[], size_t max)
{
	size_t n = 0, pos = 0;
	struct record r;
	struct leaf leaf;

	while (leaf_record_parse(f->p + pos, f->n - pos, &r, &leaf) == RC_OK) {
		assert_true(n + 1 < max);
		at[n++] = pos;
		pos += r.n;
	}
	at[n] = pos;
	return n;
}

static void
torn_at_every_byte(void **state)
{
	static size_t at[1000];
	struct problem p = { 0 };
	(void)state;

	uint64_t last = crashed(3, SMALL);
	struct file f = file_get(copy, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at)), size = at[n] - at[n - 1];
	struct file note = file_get(copy, "checkpoint"), key = file_get(copy, "ledger.key"), pub = file_get(copy, "ledger.pub");
	for (size_t cut = 0; cut < size; cut++) {
		unsigned char *torn = malloc(f.n);
		memcpy(torn, f.p, f.n);
		memset(torn + at[n - 1] + cut, 0, size - cut);
		dir_empty(dir);
		file_put(dir, "segment-00000001", torn, f.n);
		file_put(dir, "checkpoint", note.p, note.n);
		file_put(dir, "ledger.key", key.p, key.n);
		file_put(dir, "ledger.pub", pub.p, pub.n);
		struct ledger_settings s = { .dir = dir, .segment_bytes = SMALL };
		struct ledger *l = NULL;
		assert_int_equal(ledger_open(&s, &l, &p), RC_OK);
		struct count c = read_from(l, 1);
		assert_true(c.last >= last - 1);
		uint64_t next = add(l, 5);
		assert_true(ledger_sync(l, next));
		ledger_close(&l);
		verify_good(dir);
		free(torn);
	}
	free(f.p), free(note.p), free(key.p), free(pub.p);
}

static void
a_torn_flush_in_any_order_of_its_pages_is_cut(void **state)
{
	static size_t at[1000];
	(void)state;

	/* One flush of many entries; any of its pieces may be missing while later ones are there. */
	struct ledger *l = open_at(dir, SMALL);
	uint64_t before = add_many(l, 1);
	MUST(pthread_mutex_lock(&l->lock) == 0); /* so that the flusher cannot take them one by one */
	for (unsigned i = 0; i < 6; i++) {
		struct ledger_entry e = { .kind = LEDGER_MARK, .note = STR("one flush") };
		assert_int_equal(ledger_put_locked(l, &e, STR_NONE, NULL), RC_OK);
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	assert_true(ledger_sync(l, before + 6));
	dir_copy(dir, copy);
	ledger_close(&l);
	struct file f = file_get(copy, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at));
	for (size_t hole = n - 6; hole < n; hole++) {
		dir_empty(dir);
		dir_copy(copy, dir);
		unsigned char zeros[400] = { 0 };
		file_poke(dir, "segment-00000001", at[hole], zeros, at[hole + 1] - at[hole] < 40 ? 1 : 40);
		l = open_at(dir, SMALL);
		struct count c = read_from(l, 1);
		assert_true(c.last >= before + (hole - (n - 6)));
		ledger_close(&l);
		verify_good(dir);
	}
	free(f.p);
}

static void
a_hole_before_a_later_flush_is_a_loss_and_nothing_is_cut(void **state)
{
	static size_t at[1000];
	struct problem p = { 0 };
	(void)state;

	crashed(0, SMALL);
	dir_empty(dir);
	dir_copy(copy, dir);
	struct ledger *l = open_at(dir, SMALL);
	for (unsigned i = 0; i < 8; i++)
		add_many(l, 1); /* each its own flush */
	dir_copy(dir, copy);
	ledger_close(&l);
	struct file f = file_get(copy, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at));
	for (size_t i = n - 7; i < n - 1; i++) {
		f.p[at[i] + 70] ^= 1;
		file_put(copy, "segment-00000001", f.p, f.n);
		assert_int_equal(open_fails(copy, &p), RC_BROKEN);
		assert_int_equal(p.why, WHY_CORRUPT);
		struct file after = file_get(copy, "segment-00000001");
		assert_memory_equal(after.p, f.p, f.n);
		free(after.p);
		f.p[at[i] + 70] ^= 1;
	}
	free(f.p);
}

static void
shorter_than_its_checkpoint_is_refused(void **state)
{
	static size_t at[1000];
	struct problem p = { 0 };
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	add_many(l, 50);
	ledger_close(&l);
	struct file f = file_get(dir, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at));
	for (size_t keep = n - 1; keep > 0; keep -= keep > 5 ? 5 : 1) {
		memset(f.p + at[keep], 0, f.n - at[keep]);
		file_put(dir, "segment-00000001", f.p, f.n);
		assert_int_equal(open_fails(dir, &p), RC_BROKEN);
		assert_int_equal(p.why, WHY_CORRUPT);
	}
	free(f.p);
}

static void
another_ledgers_checkpoint_is_refused(void **state)
{
	struct problem p = { 0 };
	struct ledger *l = open_at(dir, SMALL), *other = open_at(copy, SMALL);
	(void)state;

	add_many(l, 5);
	add_many(other, 5);
	ledger_close(&l);
	ledger_close(&other);
	struct file note = file_get(copy, "checkpoint");
	file_put(dir, "checkpoint", note.p, note.n);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
	free(note.p);
}

static void
another_key_is_refused(void **state)
{
	struct problem p = { 0 };
	struct ledger *l = open_at(dir, SMALL), *other = open_at(copy, SMALL);
	static const char *const names[] = { "ledger.key", "ledger.pub", "checkpoint" };
	(void)state;

	add_many(l, 5);
	ledger_close(&l);
	ledger_close(&other);
	for (size_t i = 0; i < COUNT(names); i++) {
		struct file f = file_get(copy, names[i]);
		file_put(dir, names[i], f.p, f.n);
		free(f.p);
		assert_int_equal(open_fails(dir, &p), RC_BROKEN);
		assert_int_equal(p.why, WHY_CORRUPT);
	}
}

static void
a_missing_segment_in_the_middle_is_refused(void **state)
{
	struct problem p = { 0 };
	char path[2 * DIR_MAX];
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	add_many(l, 900);
	ledger_close(&l);
	(void)snprintf(path, sizeof path, "%s/segment-00000002", dir);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
	assert_false(verdict_on(dir, NULL, 0).good);
}

static void
a_first_start_cut_short_begins_again(void **state)
{
	static const char *const leave[][4] = {
		{ "ledger.key" }, { "ledger.key", "ledger.pub" }, { "ledger.key", "ledger.pub", "segment-00000001" },
	};
	struct ledger *l = open_at(copy, SMALL);
	(void)state;

	ledger_close(&l);
	for (size_t i = 0; i < COUNT(leave); i++)
		for (unsigned torn = 0; torn < 2; torn++) {
			dir_empty(dir);
			for (size_t k = 0; k < 4 && leave[i][k]; k++) {
				struct file f = file_get(copy, leave[i][k]);
				if (str_starts(str_of(leave[i][k]), STR("segment")))
					memset(f.p + (torn ? 50 : 0), 0, f.n - (torn ? 50 : 0));
				file_put(dir, leave[i][k], f.p, f.n);
				free(f.p);
			}
			l = open_at(dir, SMALL);
			add_many(l, 3);
			ledger_close(&l);
			verify_good(dir);
		}
}

static void
a_torn_first_record_of_a_new_segment_is_cut(void **state)
{
	static size_t at[1000];
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	uint64_t last = 0;
	while (l->segments < 2)
		last = add_many(l, 1);
	dir_copy(dir, copy);
	ledger_close(&l);
	struct file f = file_get(copy, "segment-00000002");
	size_t n = record_starts(&f, at, COUNT(at));
	assert_int_equal(n, 1);
	for (size_t cut = 0; cut < at[1]; cut += 7)
		for (unsigned end = 0; end < 2; end++) { /* its end is missing, or its beginning */
			dir_empty(dir);
			dir_copy(copy, dir);
			unsigned char *torn = malloc(f.n);
			memcpy(torn, f.p, f.n);
			memset(torn + (end ? cut : 0), 0, end ? at[1] - cut : cut + 1);
			file_put(dir, "segment-00000002", torn, f.n);
			l = open_at(dir, SMALL);
			assert_true(read_from(l, 1).last >= last - 1);
			add_many(l, 600);
			ledger_close(&l);
			verify_good(dir);
			free(torn);
		}
	free(f.p);
}

static void
a_cut_is_put_on_record(void **state)
{
	static size_t at[1000];
	(void)state;

	uint64_t last = crashed(10, SMALL);
	struct file f = file_get(copy, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at));
	file_poke(copy, "segment-00000001", at[n - 1] + 80, "\0\0\0\0\0\0\0\0", 8);
	struct ledger *l = open_at(copy, SMALL);
	assert_int_equal(ledger_head(l), last + 1); /* one less, the mark in its place, and its signature */
	ledger_close(&l);
	struct file after = file_get(copy, "segment-00000001");
	assert_non_null(memmem(after.p, after.n, "tail_cut", 8));
	verify_good(copy);
	free(f.p), free(after.p);
}

/* The index is sealed by the same key: but a tree in it that is not this ledger's must not be taken, even so. */
static void
a_wrong_tree_in_the_index_is_not_believed(void **state)
{
	struct problem p = { 0 };
	struct ledger *l = open_at(dir, SMALL), reader = { .dir = -1 };
	struct places places;
	unsigned char root[SHA_LEN], again[SHA_LEN];
	(void)state;

	add_many(l, 900);
	ledger_close(&l);
	reader.dir = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_key_read(reader.dir, false, &reader.key, &p), RC_OK);
	assert_int_equal(places_read(&reader, &places, &p), RC_OK);
	assert_int_equal(places.milestone.tree.size, places.milestone.number - 1);
	tree_root(&places.milestone.tree, root);
	for (unsigned k = 0; k < TREE_LEVELS; k++) {
		if (!(places.milestone.tree.size >> k & 1))
			continue;
		places.milestone.tree.node[k][5] ^= 1;
		assert_int_equal(places_write(&reader, &places, &p), RC_OK);
		places.milestone.tree.node[k][5] ^= 1;
		struct ledger_settings s = { .dir = dir, .read_only = true };
		assert_int_equal(ledger_open(&s, &l, &p), RC_OK);
		assert_int_equal(l->tree.size, l->head.number);
		tree_root(&l->milestone.tree, again);
		assert_memory_equal(again, root, SHA_LEN);
		ledger_close(&l);
	}
	places_done(&places);
	close(reader.dir);
	l = open_at(dir, SMALL);
	add_many(l, 10);
	ledger_close(&l);
	verify_good(dir);
}

/* Opening begins at the last checkpoint and takes its word for the chain before it: the root that DIR/checkpoint signs holds it to that. */
static void
a_last_checkpoint_with_another_chain_is_refused(void **state)
{
	static size_t at[1000];
	struct problem p = { 0 };
	struct ledger *l = open_at(dir, SMALL);
	struct leaf was;
	(void)state;

	add_many(l, 50);
	ledger_close(&l);
	struct file f = file_get(dir, "segment-00000001");
	size_t n = record_starts(&f, at, COUNT(at));
	unsigned char *leaf = f.p + at[n - 1] + 2, prev[SHA_LEN];
	size_t leaf_n = (size_t)leaf[-2] << 8 | leaf[-1];
	assert_int_equal(leaf_parse(leaf, leaf_n, &was), RC_OK);
	assert_int_equal(was.e.kind, LEDGER_CHECKPOINT);
	memcpy(prev, was.prev, SHA_LEN);
	prev[3] ^= 1;
	leaf_seal(leaf, leaf_n, was.e.number, was.e.at_ms, was.joined, prev);
	file_put(dir, "segment-00000001", f.p, f.n);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_CORRUPT);
	free(f.p);
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("a hole before a later flush is a loss: refused, and nothing is cut", a_hole_before_a_later_flush_is_a_loss_and_nothing_is_cut),
		ROOM("a ledger shorter than its checkpoint is refused", shorter_than_its_checkpoint_is_refused),
		ROOM("another ledger's checkpoint is refused", another_ledgers_checkpoint_is_refused),
		ROOM("another ledger's key is refused", another_key_is_refused),
		ROOM("a wrong tree in the index is not believed", a_wrong_tree_in_the_index_is_not_believed),
		ROOM("a last checkpoint with another chain before it is refused", a_last_checkpoint_with_another_chain_is_refused),
		ROOM("a missing segment in the middle is refused", a_missing_segment_in_the_middle_is_refused),
		ROOM("a last record torn at any byte is cut", torn_at_every_byte),
		ROOM("a flush torn in any order of its pages is cut", a_torn_flush_in_any_order_of_its_pages_is_cut),
		ROOM("a torn first record of a new segment is cut", a_torn_first_record_of_a_new_segment_is_cut),
		ROOM("a first start cut short begins again", a_first_start_cut_short_begins_again),
		ROOM("a cut is put on record", a_cut_is_put_on_record),
	};
	return cmocka_run_group_tests_name("ledger/tail", tests, NULL, NULL);
}
