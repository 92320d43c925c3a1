/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/verify: every change is found, and the first bad entry is named; clean ledgers pass. */
#include "forge.h"

#include "base/clock.h"
#include "base/random.h"

static struct stream dice;

static int
set_up(void **state)
{
	int64_t now = clock_ms();
	struct problem p;
	uint64_t n;
	(void)state;

	dir_make(dir);
	dice = stream_of(20261122, 7);
	clock_set(now - 1000000);
	struct ledger *l = open_at(dir, SMALL);
	add_many(l, 400);
	clock_set(now);
	for (unsigned i = 0; i < 8; i++) { /* with signatures here and there */
		add_many(l, 60 + 20 * i);
		ledger_close(&l);
		l = open_at(dir, SMALL);
	}
	assert_int_equal(ledger_erase_personal(l, now - 500000, &n, &p), RC_OK);
	assert_true(n >= 400);
	add_many(l, 500);
	ledger_close(&l);
	clock_set(0);
	load();
	assert_true(n_segments >= 4);
	verify_good(dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dir_remove(dir);
	return 0;
}

/* The entry to which a byte of a segment belongs; behind the end: the number that would come next. */
static uint64_t
owner_of(unsigned k, size_t at)
{
	uint64_t after = 1;

	for (uint64_t i = 1; i <= n_entries; i++) {
		if (entry[i].segment > k)
			break;
		if (entry[i].segment == k && at >= entry[i].at && at < entry[i].at + entry[i].n)
			return i;
		after = i + 1;
	}
	return after;
}

static void
single_bytes(void **state)
{
	char name[SEGMENT_NAME];
	(void)state;

	for (unsigned round = 0; round < times(2000); round++) {
		unsigned k = stream_below(&dice, n_segments);
		size_t used = 0;
		for (uint64_t i = 1; i <= n_entries; i++)
			if (entry[i].segment == k)
				used = entry[i].at + entry[i].n;
		/* three of four inside the records, the rest anywhere, padding too */
		size_t at = round % 4 && used ? stream_below(&dice, (uint32_t)used) : stream_below(&dice, (uint32_t)segment[k].n);
		unsigned char was = segment[k].p[at], is = (unsigned char)(was ^ (1 + stream_below(&dice, 255)));
		name_of(k, name);
		file_poke(dir, name, at, &is, 1);
		expect_bad(owner_of(k, at), NULL, "one byte");
		file_poke(dir, name, at, &was, 1);
	}
	verify_good(dir);
}

static void
cuts(void **state)
{
	char name[SEGMENT_NAME];
	(void)state;

	for (unsigned round = 0; round < times(300); round++) {
		uint64_t i = 1 + stream_below(&dice, (uint32_t)n_entries);
		struct where w = entry[i];
		struct file f = segment[w.segment];
		unsigned char *cut = calloc(1, f.n);
		memcpy(cut, f.p, w.at);
		memcpy(cut + w.at, f.p + w.at + w.n, f.n - w.at - w.n);
		name_of(w.segment, name);
		file_put(dir, name, cut, f.n);
		expect_bad(i, i == n_entries ? "truncated" : "number", "one entry cut out");
		/* and everything from it on */
		memset(cut + w.at, 0, f.n - w.at);
		file_put(dir, name, cut, f.n);
		expect_bad(i, NULL, "all from one entry cut off");
		free(cut);
		put_back(w.segment);
	}
	verify_good(dir);
}

static void
swaps(void **state)
{
	char name[SEGMENT_NAME];
	(void)state;

	for (unsigned round = 0; round < times(300); round++) {
		uint64_t a = 1 + stream_below(&dice, (uint32_t)n_entries - 1), b = a + 1 + stream_below(&dice, 20);
		if (b > n_entries || entry[a].segment != entry[b].segment)
			continue;
		struct file f = segment[entry[a].segment];
		size_t between = entry[a].at + entry[a].n, n_between = entry[b].at - between, at = entry[a].at;
		unsigned char *swapped = malloc(f.n);
		memcpy(swapped, f.p, f.n);
		memcpy(swapped + at, f.p + entry[b].at, entry[b].n);
		memcpy(swapped + at + entry[b].n, f.p + between, n_between);
		memcpy(swapped + at + entry[b].n + n_between, f.p + at, entry[a].n);
		name_of(entry[a].segment, name);
		file_put(dir, name, swapped, f.n);
		expect_bad(a, "number", "two entries swapped");
		free(swapped);
		put_back(entry[a].segment);
	}
	verify_good(dir);
}

static void
forged_entries(void **state)
{
	(void)state;
	for (unsigned round = 0; round < times(100); round++) {
		uint64_t i = 2 + stream_below(&dice, (uint32_t)n_entries - 10);
		keep_whole();
		/* One entry with its check made right: the next one still knows it. Where the next is in another file, or is a signature, the place is the same or the one after. */
		forge(i, i, NULL, 0, false);
		struct ledger_verdict v = verdict_on(dir, NULL, 0);
		assert_false(v.good);
		assert_true(v.first_bad == i || v.first_bad == i + 1);
		assert_string_equal(v.what, "chain");
		/* And chained on to the end: the next signature does not fit. */
		forge(i + 1, n_entries, NULL, 0, false);
		v = verdict_on(dir, NULL, 0);
		assert_false(v.good);
		assert_true(v.first_bad >= i && v.first_bad <= next_checkpoint(i + 1));
		back_to_whole();
		verify_good(dir);
	}
}

static void
signed_again_with_another_key(void **state)
{
	char other_dir[DIR_MAX];
	struct signing_key other;
	struct problem p;
	(void)state;

	dir_make(other_dir);
	int fd = open(other_dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_key_read(fd, true, &other, &p), RC_OK);
	uint64_t i = n_entries / 3;
	forge(i, n_entries, &other, 1, false);
	expect_bad(next_checkpoint(i), "signature", "signed again with another key");
	/* With that key's own public file beside it, the GENESIS tells. */
	struct file pub = file_get(other_dir, "ledger.pub");
	file_put(dir, "ledger.pub", pub.p, pub.n);
	expect_bad(1, "signature", "verified with the wrong key");
	free(pub.p);
	close(fd);
	dir_remove(other_dir);
}

static void
a_whole_other_ledger_is_found_with_the_kept_key(void **state)
{
	char kept[DIR_MAX], path[2 * DIR_MAX];
	(void)state;

	dir_make(kept);
	file_put(kept, "auditor.pub", pub_file.p, pub_file.n);
	(void)snprintf(path, sizeof path, "%s/auditor.pub", kept);
	assert_true(verdict_on(dir, path, 0).good);
	dir_empty(dir);
	struct ledger *l = open_at(dir, SMALL);
	add_many(l, 100);
	ledger_close(&l);
	verify_good(dir);
	struct ledger_verdict v = verdict_on(dir, path, 0);
	assert_false(v.good);
	assert_int_equal(v.first_bad, 1);
	assert_string_equal(v.what, "signature");
	dir_remove(kept);
}

static void
time_set_back_with_the_right_key(void **state)
{
	struct signing_key key;
	struct problem p;
	(void)state;

	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_key_read(fd, false, &key, &p), RC_OK);
	close(fd);
	uint64_t i = n_entries / 2;
	forge(i, n_entries, &key, 1, true);
	expect_bad(i, "time", "time set back");
}

static void
a_personal_part_emptied_without_a_mark(void **state)
{
	char name[SEGMENT_NAME];
	static const unsigned char zeros[4096];
	unsigned tried = 0;
	(void)state;

	for (uint64_t i = n_entries; i > 0; i -= i > 13 ? 13 : i) {
		struct where w = entry[i];
		if (w.wiped)
			continue;
		size_t n = LEAF_SALT + w.personal_n, at = w.at + w.n - n;
		name_of(w.segment, name);
		file_poke(dir, name, at, zeros, n);
		expect_bad(i, "commitment", "personal part emptied");
		file_poke(dir, name, at, segment[w.segment].p + at, n);
		tried++;
	}
	assert_true(tried > 50);
	verify_good(dir);
}

/* RFC 6962 §2.1 as it stands there, over entries from..to of the files. */
static void
plain_root(unsigned char out[SHA_LEN], uint64_t from, uint64_t to)
{
	unsigned char both[1 + 2 * SHA_LEN] = { 1 };
	uint64_t n = to - from + 1, k = 1;

	if (n == 1) {
		const unsigned char *leaf = segment[entry[from].segment].p + entry[from].at + 2;
		sha_two(out, "", 1, leaf, (size_t)leaf[-2] << 8 | leaf[-1]);
		return;
	}
	while (2 * k < n)
		k *= 2;
	plain_root(both + 1, from, from + k - 1);
	plain_root(both + 1 + SHA_LEN, from + k, to);
	sha_two(out, both, sizeof both, NULL, 0);
}

static void
checkpoints_sign_the_root(void **state)
{
	struct signing_key key;
	struct leaf leaf;
	unsigned char root[SHA_LEN], noted[SHA_LEN];
	uint64_t size, n = 0;
	(void)state;

	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_pub_read(fd, "ledger.pub", &key, NULL), RC_OK);
	close(fd);
	for (uint64_t i = 2; i <= n_entries; i++) {
		if (entry[i].kind != LEDGER_CHECKPOINT)
			continue;
		const unsigned char *bytes = segment[entry[i].segment].p + entry[i].at + 2;
		assert_int_equal(leaf_parse(bytes, (size_t)bytes[-2] << 8 | bytes[-1], &leaf), RC_OK);
		plain_root(root, 1, i - 1);
		assert_true(signing_is_signed(&key, i - 1, root, (const unsigned char *)leaf.extra.p));
		n++;
	}
	assert_true(n >= 10);
	assert_int_equal(signing_parse(&key, (struct str){ (const char *)note_file.p, note_file.n }, &size, noted), RC_OK);
	assert_int_equal(size, n_entries);
	plain_root(root, 1, n_entries);
	assert_memory_equal(noted, root, SHA_LEN);
}

/* As ledgers were before they were trees: their checkpoints sign the head of the chain. */
static void
ledgers_of_an_earlier_version(void **state)
{
	unsigned char head[SHA_LEN] = { 0 };
	char name[SEGMENT_NAME], path[2 * DIR_MAX];
	struct problem p = { 0 };
	struct signing_key key;
	struct leaf was;
	struct buf note;
	(void)state;

	int fd = open(dir, O_RDONLY | O_DIRECTORY);
	assert_int_equal(signing_key_read(fd, false, &key, &p), RC_OK);
	close(fd);
	for (uint64_t i = 1; i <= n_entries; i++) {
		unsigned char *leaf = segment[entry[i].segment].p + entry[i].at + 2;
		size_t leaf_n = (size_t)leaf[-2] << 8 | leaf[-1];
		assert_int_equal(leaf_parse(leaf, leaf_n, &was), RC_OK);
		if (was.e.kind == LEDGER_CHECKPOINT)
			signing_sign(&key, i - 1, head, leaf + leaf_n - 4 - SIGNING_SIG);
		leaf_seal(leaf, leaf_n, i, was.e.at_ms, was.joined, head);
		sha_two(head, head, SHA_LEN, leaf, leaf_n);
	}
	for (unsigned k = 0; k < n_segments; k++) {
		name_of(k, name);
		file_put(dir, name, segment[k].p, segment[k].n);
	}
	buf_init(&note, 4096);
	signing_put(&key, n_entries, head, &note);
	file_put(dir, "checkpoint", note.p, note.n);
	buf_done(&note);
	expect_bad(next_checkpoint(1), "signature of an earlier version", "of an earlier version");
	for (unsigned without = 0; without < 2; without++) {
		assert_int_equal(open_fails(dir, &p), RC_BROKEN);
		assert_int_equal(p.why, WHY_CORRUPT);
		assert_non_null(strstr(p.detail, "earlier version"));
		(void)snprintf(path, sizeof path, "%s/index", dir);
		(void)unlink(path);
	}
}

static void
entries_that_nobody_signed(void **state)
{
	(void)state;
	dir_empty(dir);
	struct ledger *l = open_at(dir, SMALL * 16);
	uint64_t last = 0;
	for (unsigned i = 0; i < 9000; i++) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		l->unsigned_n = 0; /* as a vault would that was made not to sign */
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		last = add(l, i);
	}
	assert_true(ledger_sync(l, last));
	ledger_close(&l);
	expect_bad(2 + 4096, "signature", "no signature for 9,000 entries");
}

static void
any_change_of_the_checkpoint_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < note_file.n; i++) {
		note_file.p[i] ^= 8;
		file_put(dir, "checkpoint", note_file.p, note_file.n);
		assert_false(verdict_on(dir, NULL, 0).good);
		note_file.p[i] ^= 8;
	}
	char path[2 * DIR_MAX];
	(void)snprintf(path, sizeof path, "%s/checkpoint", dir);
	assert_int_equal(unlink(path), 0);
	expect_bad(n_entries + 1, "truncated", "no checkpoint file");
}

static void
shorter_than_a_kept_checkpoint(void **state)
{
	(void)state;
	assert_true(verdict_on(dir, NULL, n_entries).good);
	struct ledger_verdict v = verdict_on(dir, NULL, n_entries + 1);
	assert_false(v.good);
	assert_string_equal(v.what, "truncated");
	assert_int_equal(v.first_bad, n_entries + 1);
}

static void
files_missing_or_exchanged(void **state)
{
	char name[SEGMENT_NAME], other[SEGMENT_NAME], path[2 * DIR_MAX];
	(void)state;

	for (unsigned k = 0; k < n_segments; k++) {
		uint64_t first = 0;
		for (uint64_t i = n_entries; i > 0; i--)
			if (entry[i].segment == k)
				first = i;
		if (!first)
			continue;
		name_of(k, name);
		(void)snprintf(path, sizeof path, "%s/%s", dir, name);
		assert_int_equal(unlink(path), 0);
		expect_bad(first, NULL, "a segment removed");
		if (k + 1 < n_segments) {
			name_of(k + 1, other);
			file_put(dir, name, segment[k + 1].p, segment[k + 1].n);
			file_put(dir, other, segment[k].p, segment[k].n);
			expect_bad(first, "number", "two segments exchanged");
			put_back(k + 1);
		}
		put_back(k);
	}
	verify_good(dir);
	assert_int_equal(ledger_verify("/nonexistent/hygie", NULL, 0, &(struct ledger_verdict){ 0 }, NULL), RC_NOT_FOUND);
	dir_empty(dir);
	file_put(dir, "ledger.pub", pub_file.p, pub_file.n);
	expect_bad(1, "truncated", "nothing is left");
}

static void
clean_ledgers_pass(void **state)
{
	(void)state;
	for (unsigned round = 0; round < times(60); round++) {
		dir_empty(dir);
		for (unsigned opens = stream_below(&dice, 3) + 1; opens; opens--) {
			struct ledger *l = open_at(dir, SMALL);
			unsigned n = stream_below(&dice, 400);
			if (n)
				add_many(l, n);
			ledger_close(&l);
		}
		verify_good(dir);
		struct ledger_verdict v = verdict_on(dir, NULL, 0);
		assert_int_equal(v.first_bad, 0);
		assert_int_equal(strlen(v.head), 64);
	}
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("each changed byte is found and its entry named", single_bytes),
		ROOM("each cut is found and its entry named", cuts),
		ROOM("each swap is found and its first entry named", swaps),
		ROOM("a forged entry is found, chained again or not", forged_entries),
		ROOM("a ledger signed again with another key is found", signed_again_with_another_key),
		ROOM("a whole other ledger is found with the kept key", a_whole_other_ledger_is_found_with_the_kept_key),
		ROOM("time set back is found even under the right key", time_set_back_with_the_right_key),
		ROOM("a personal part emptied without a mark is found", a_personal_part_emptied_without_a_mark),
		ROOM("each checkpoint signs the root of the tree over all before it", checkpoints_sign_the_root),
		ROOM("a ledger of an earlier version is told as such", ledgers_of_an_earlier_version),
		ROOM("entries that nobody signed are found", entries_that_nobody_signed),
		ROOM("any change of the checkpoint file is found", any_change_of_the_checkpoint_file),
		ROOM("a ledger shorter than a kept checkpoint is found", shorter_than_a_kept_checkpoint),
		ROOM("files missing or exchanged are found", files_missing_or_exchanged),
		ROOM("clean ledgers pass", clean_ledgers_pass),
	};
	if (getenv("HYGIE_ONLY"))
		cmocka_set_test_filter(getenv("HYGIE_ONLY"));
	return cmocka_run_group_tests_name("ledger/verify", tests, NULL, NULL);
}
