/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/epochs, turn: a ledger whose key changes. The bugs that were published of journald's sealing are tests here, each under its name: CVE-2023-31438, CVE-2023-31439, systemd
 * issues 15425 and 11524. A thief has today's key and writes all files; the auditor has one public key.
 */
#include "forge.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "ledger/head.h"
#include "ledger/publish.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define EPOCHS 3
#define PART   300 /* entries of each: more than a segment holds */

static struct signing_key keys[EPOCHS]; /* each while it was the ledger's own */
static struct file notes[EPOCHS];       /* the head at the end of each epoch, as somebody kept it */
static char out[DIR_MAX], copy[DIR_MAX], kept[DIR_MAX];

static void
key_now(const char *at, struct signing_key *key)
{
	struct problem p = { 0 };
	struct signing_key first;
	int fd = open(at, O_RDONLY | O_DIRECTORY);

	assert_int_equal(signing_secret_read(fd, KEY_FILE, key, &p), RC_OK);
	assert_int_equal(signing_pub_read(fd, "ledger.pub", &first, &p), RC_OK);
	memcpy(key->origin, first.origin, sizeof key->origin);
	close(fd);
}

static void
next_epoch(struct ledger *l)
{
	struct problem p = { 0 };

	if (ledger_epoch_next(l, &p) != RC_OK) {
		print_error("epoch: %s: %s\n", p.where, p.detail);
		fail();
	}
}

static const char *
in(const char *at, const char *name)
{
	static char path[4][2 * DIR_MAX];
	static unsigned turn;

	turn = (turn + 1) % 4;
	(void)snprintf(path[turn], sizeof path[turn], "%s/%s", at, name);
	return path[turn];
}

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_make(out);
	dir_make(copy);
	dir_make(kept);
	for (unsigned i = 0; i < EPOCHS; i++) { /* each epoch ends with a close, so that its last head is there to be kept */
		struct ledger *l = open_at(dir, SMALL);
		if (i)
			next_epoch(l);
		add_many(l, PART);
		ledger_close(&l);
		key_now(dir, &keys[i]);
		free(notes[i].p);
		notes[i] = file_get(dir, "checkpoint");
	}
	load();
	file_put(kept, "auditor.pub", pub_file.p, pub_file.n);
	verify_good(dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dir_remove(dir);
	dir_remove(kept);
	tree_of_files_remove(out);
	tree_of_files_remove(copy);
	return 0;
}

static uint64_t
nth_epoch(unsigned n)
{
	uint64_t i = 1;

	for (;; i++)
		if (entry[i].kind == LEDGER_EPOCH && n-- == 1)
			return i;
}

static struct ledger_verdict
judged(void)
{
	return verdict_on(dir, in(kept, "auditor.pub"), 0);
}

static void
expect(uint64_t number, const char *what)
{
	struct ledger_verdict v = judged();

	if (v.good || (number && v.first_bad != number) || strcmp(v.what, what) != 0) {
		print_error("good=%d, entry %llu: %s\n", v.good, (unsigned long long)v.first_bad, v.what);
		fail();
	}
}

static void
one_public_key_judges_all_epochs(void **state)
{
	struct ledger_verdict v;
	struct buf line;
	(void)state;

	v = judged();
	assert_true(v.good);
	assert_int_equal(v.epochs, EPOCHS - 1);
	assert_int_equal(v.unsigned_n, 0);
	for (unsigned i = 0; i < EPOCHS; i++) { /* whichever somebody keeps */
		buf_init(&line, 512);
		signing_pub_put(&keys[i], &line);
		file_put(kept, "any.pub", line.p, line.n);
		assert_true(verdict_on(dir, in(kept, "any.pub"), 0).good);
		buf_done(&line);
	}
}

/* CVE-2023-31439: journald's old entries could be altered and sealed again with the key of now. */
static void
re_sealed_with_a_newer_key(void **state)
{
	struct signing_key thief[EPOCHS] = { keys[EPOCHS - 1], keys[EPOCHS - 1], keys[EPOCHS - 1] };
	struct stream dice = stream_of(20261130, 1);
	(void)state;

	for (unsigned round = 0; round < times(40); round++) {
		uint64_t end = nth_epoch(1 + round % 2), i = 2 + stream_below(&dice, (uint32_t)end - 3);
		while (entry[i].kind == LEDGER_EPOCH || entry[i].kind == LEDGER_CHECKPOINT)
			i++;
		uint64_t seal = next_checkpoint(i);
		end = i < nth_epoch(1) ? nth_epoch(1) : nth_epoch(2);
		keep_whole();
		forge(i, n_entries, thief, EPOCHS, false);
		if (seal < end)
			expect(seal, "signature");
		else if (i < end)
			expect(end, "epoch");
		back_to_whole();
		verify_good(dir);
	}
}

/* What no CHECKPOINT of its epoch came after, the certificate of the next key seals. */
static void
between_the_last_signature_and_the_next_key(void **state)
{
	struct signing_key thief[EPOCHS] = { keys[EPOCHS - 1], keys[EPOCHS - 1], keys[EPOCHS - 1] };
	(void)state;

	dir_empty(dir);
	struct ledger *l = open_at(dir, SMALL);
	uint64_t last = add(l, 1);
	next_epoch(l);
	ledger_close(&l);
	load();
	file_put(kept, "auditor.pub", pub_file.p, pub_file.n);
	key_now(dir, &thief[2]);
	thief[0] = thief[1] = thief[2];
	assert_true(judged().good);
	forge(last, n_entries, thief, 1, false);
	expect(nth_epoch(1), "epoch");
}

/* The other way: with today's key today's entries can be written anew. A head that was kept elsewhere tells. */
static void
todays_entries_are_told_by_a_kept_head(void **state)
{
	struct ledger_heads r;
	struct problem p = { 0 };
	(void)state;

	forge(n_entries - 50, n_entries, keys, EPOCHS, false);
	assert_true(judged().good);
	assert_int_equal(ledger_heads_check((struct str){ (const char *)notes[2].p, notes[2].n }, in(kept, "auditor.pub"), dir, 0, &r, &p), RC_OK);
	assert_false(r.good);
	assert_string_equal(r.what, "rewritten");
}

static void
a_head_is_signed_by_the_key_of_its_epoch_and_no_other(void **state)
{
	unsigned char root[SHA_LEN];
	struct tree t = { 0 };
	struct problem p = { 0 };
	(void)state;

	for (uint64_t i = 1; i <= n_entries; i++) {
		unsigned of = (i >= nth_epoch(1)) + (i >= nth_epoch(2));
		grow(&t, i);
		if (i % 97 && entry[i].kind != LEDGER_EPOCH && (i == n_entries || entry[i + 1].kind != LEDGER_EPOCH))
			continue;
		tree_root(&t, root);
		for (unsigned k = 0; k < EPOCHS; k++) {
			struct ledger_heads r;
			struct buf note;
			buf_init(&note, 4096);
			signing_put(&keys[k], i, root, &note);
			enum rc rc = ledger_heads_check(buf_view(&note), in(kept, "auditor.pub"), dir, 0, &r, &p);
			assert_int_equal(rc, RC_OK);
			assert_int_equal(r.good, k == of);
			assert_true(k == of || strcmp(r.what, "signature") == 0);
			buf_done(&note);
		}
	}
}

/* CVE-2023-31438: a journal cut back to an earlier seal verified. */
static void
cut_back_to_an_earlier_head(void **state)
{
	char name[SEGMENT_NAME];
	struct ledger_heads r;
	struct problem p = { 0 };
	uint64_t size = 0;
	(void)state;

	assert_true(epochs_note_size((struct str){ (const char *)notes[1].p, notes[1].n }, &size));
	struct where w = entry[size + 1];
	for (unsigned k = w.segment; k < n_segments; k++) {
		memset(segment[k].p + (k == w.segment ? w.at : 0), 0, segment[k].n - (k == w.segment ? w.at : 0));
		name_of(k, name);
		file_put(dir, name, segment[k].p, segment[k].n);
	}
	expect(size + 1, "truncated"); /* DIR/checkpoint knows more */
	file_put(dir, "checkpoint", notes[1].p, notes[1].n);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN); /* the key beside it is of an epoch that never was, and so is the list */
	(void)unlink(in(dir, EPOCHS_FILE));
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	/* So far nothing of the files contradicts: a head that somebody kept does, and a size. */
	struct ledger_verdict v = verdict_on(dir, in(kept, "auditor.pub"), n_entries);
	assert_false(v.good);
	assert_string_equal(v.what, "truncated");
	assert_int_equal(v.first_bad, size + 1);
	struct buf line;
	buf_init(&line, 512);
	signing_pub_put(&keys[2], &line); /* the auditor keeps the newest key */
	file_put(kept, "newest.pub", line.p, line.n);
	buf_done(&line);
	v = verdict_on(dir, in(kept, "newest.pub"), 0);
	assert_false(v.good);
	assert_string_equal(v.what, "epoch");
	/* Of a head of the last epoch one cannot even say whose it is without the list; one of the epoch before is plain. */
	assert_int_equal(ledger_heads_check((struct str){ (const char *)notes[1].p, notes[1].n }, in(kept, "auditor.pub"), dir, 0, &r, &p), RC_OK);
	assert_false(r.good);
}

/* systemd 15425: a file that was never sealed verified. */
static void
an_end_that_nobody_signed(void **state)
{
	int64_t now = clock_ms();
	(void)state;

	clock_set(now - 2 * LEDGER_UNSIGNED_MS);
	dir_empty(dir);
	struct ledger *l = open_at(dir, SMALL);
	file_put(kept, "auditor.pub", pub_file.p, pub_file.n);
	add_many(l, 10);
	dir_copy(dir, copy); /* as after a crash, before the second in which it is signed */
	ledger_close(&l);
	struct ledger_verdict v = verdict_on(copy, NULL, 0);
	assert_true(v.good);
	assert_int_equal(v.unsigned_n, 10);
	assert_int_equal(v.signed_ms, now - 2 * LEDGER_UNSIGNED_MS);
	clock_set(now);
	v = verdict_on(copy, NULL, 0);
	assert_false(v.good);
	assert_string_equal(v.what, "unsigned");
	assert_int_equal(v.first_bad, v.entries - 9);
	l = open_at(copy, SMALL); /* the next start signs what the crash left */
	ledger_close(&l);
	verify_good(copy);
	clock_set(0);
}

/* systemd 11524: verification with a wrong key might pass. */
static void
a_wrong_key_never_passes(void **state)
{
	struct signing_key other;
	struct buf line;
	(void)state;

	for (unsigned round = 0; round < 20; round++) {
		signing_key_new(keys[0].origin, &other); /* it even bears the name */
		buf_init(&line, 512);
		signing_pub_put(&other, &line);
		file_put(kept, "wrong.pub", line.p, line.n);
		buf_done(&line);
		struct ledger_verdict v = verdict_on(dir, in(kept, "wrong.pub"), 0);
		assert_false(v.good);
		assert_string_equal(v.what, "epoch");
	}
	struct ledger *l = open_at(copy, SMALL);
	ledger_close(&l);
	struct ledger_verdict v = verdict_on(dir, in(copy, "ledger.pub"), 0);
	assert_false(v.good);
	assert_int_equal(v.first_bad, 1);
}

static void
the_clock_set_back_between_two_heads(void **state)
{
	(void)state;
	forge(nth_epoch(2) + 2, n_entries, keys, EPOCHS, true);
	expect(nth_epoch(2) + 2, "time");
}

/* From key 0 straight to key 2, by who has key 2. */
static void
a_dropped_epoch(void **state)
{
	uint64_t i = nth_epoch(1);
	struct where w = entry[i];
	unsigned char *leaf = segment[w.segment].p + w.at + 2;
	size_t leaf_n = (size_t)leaf[-2] << 8 | leaf[-1];
	struct signing_key thief[EPOCHS] = { keys[2], keys[2], keys[2] };
	(void)state;

	struct leaf was;
	unsigned char prev[SHA_LEN];
	assert_int_equal(leaf_parse(leaf, leaf_n, &was), RC_OK);
	memcpy(prev, was.prev, SHA_LEN);
	memcpy(leaf + leaf_n - 4 - SIGNING_PUB - SIGNING_SIG, keys[2].pub, SIGNING_PUB);
	leaf_seal(leaf, leaf_n, i, was.e.at_ms, was.joined, prev);
	forge(i, n_entries, thief, EPOCHS, false);
	expect(i, "epoch");
}

static void
the_published_list_is_believed_no_further_than_the_key(void **state)
{
	struct ledger_published r;
	struct ledger_verdict v;
	struct problem p = { 0 };
	struct epochs e;
	struct signing_key pinned;
	(void)state;

	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
	assert_int_equal(ledger_published_verify(out, in(kept, "auditor.pub"), STR_NONE, NULL, &v, &p), RC_OK);
	assert_true(v.good && v.epochs == EPOCHS - 1);
	/* a checkpoint of each epoch was kept: the files begin with it */
	for (unsigned i = 0; i < EPOCHS; i++) {
		struct str old = { (const char *)notes[i].p, notes[i].n };
		struct ledger_grown g;
		struct buf proof;
		buf_init(&proof, 1u << 16);
		assert_int_equal(ledger_published_verify(out, in(kept, "auditor.pub"), old, NULL, &v, &p), RC_OK);
		assert_true(v.good);
		assert_int_equal(ledger_prove_growth(out, in(kept, "auditor.pub"), old, &proof, &p), RC_OK);
		assert_int_equal(ledger_growth_check(buf_view(&proof), in(kept, "auditor.pub"), in(out, EPOCHS_FILE), old, &g, &p), RC_OK);
		assert_int_equal(ledger_growth_check(buf_view(&proof), in(kept, "auditor.pub"), NULL, old, &g, &p), RC_BAD_INPUT);
		buf_done(&proof);
	}
	struct file list = file_get(out, EPOCHS_FILE);
	assert_int_equal(signing_pub_read(AT_FDCWD, in(kept, "auditor.pub"), &pinned, &p), RC_OK);
	for (size_t i = 0; i < list.n; i++) { /* any byte of it */
		list.p[i] ^= 4;
		assert_int_equal(epochs_parse((struct str){ (const char *)list.p, list.n }, &pinned, &e, &p), RC_BAD_INPUT);
		epochs_done(&e);
		list.p[i] ^= 4;
	}
	for (size_t n = 0; n < list.n; n++) { /* cut anywhere but between two keys */
		bool good = epochs_parse((struct str){ (const char *)list.p, n }, &pinned, &e, &p) == RC_OK;
		assert_int_equal(good, list.p[n ? n - 1 : 0] == '\n' && n && (memcmp(list.p + n, "hygie/ledger/epoch", 18) == 0));
		epochs_done(&e);
	}
	/* the last key left out: its heads are nobody's */
	unsigned char *last = memmem(list.p + list.n / 2, list.n - list.n / 2, "hygie/ledger/epoch", 18);
	assert_non_null(last);
	file_put(out, EPOCHS_FILE, list.p, (size_t)(last - list.p));
	assert_int_equal(ledger_published_verify(out, in(kept, "auditor.pub"), STR_NONE, NULL, &v, &p), RC_BAD_INPUT);
	free(list.p);
}

/* A list that the last key's thief made longer: no entry knows of it. And a second publication never takes another list for the one before. */
static void
a_list_that_goes_another_way_is_refused(void **state)
{
	struct ledger_published r;
	struct problem p = { 0 };
	struct signing_key pinned, next;
	struct epochs e;
	unsigned char root[SHA_LEN] = { 7 }, sig[SIGNING_SIG];
	(void)state;

	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_OK);
	assert_int_equal(signing_pub_read(AT_FDCWD, in(kept, "auditor.pub"), &pinned, &p), RC_OK);
	int fd = open(out, O_RDONLY | O_DIRECTORY);
	assert_int_equal(epochs_read(fd, EPOCHS_FILE, &pinned, &e, &p), RC_OK);
	close(fd);
	signing_key_new(pinned.origin, &next);
	epochs_certify(&keys[2], 3, n_entries - 5, root, next.pub, sig);
	assert_true(epochs_push(&e, n_entries - 4, root, next.pub, sig));
	file_put(out, EPOCHS_FILE, e.text.p, e.text.n);
	struct ledger_verdict v;
	assert_int_equal(ledger_published_verify(out, in(kept, "auditor.pub"), STR_NONE, NULL, &v, &p), RC_BAD_INPUT); /* the head would be the new key's */
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_CONFLICT);
	epochs_done(&e);
}

/* ---- the change ---- */

static bool
dir_holds(const char *at, const void *what, size_t n)
{
	DIR *d = opendir(at);
	struct dirent *one;
	bool found = false;

	while ((one = readdir(d))) {
		if (one->d_name[0] == '.')
			continue;
		struct file f = file_get(at, one->d_name);
		found = found || memmem(f.p, f.n, what, n) != NULL;
		free(f.p);
	}
	closedir(d);
	return found;
}

static void
the_key_before_is_gone(void **state)
{
	static const char digits[] = "0123456789abcdef";
	char hex[65];
	(void)state;

	for (unsigned k = 0; k < EPOCHS; k++) {
		for (unsigned i = 0; i < 32; i++) {
			hex[2 * i] = digits[keys[k].secret[i] >> 4];
			hex[2 * i + 1] = digits[keys[k].secret[i] & 15];
		}
		assert_int_equal(dir_holds(dir, hex, 64), k == EPOCHS - 1);
		assert_false(dir_holds(dir, keys[k].secret, 32));
	}
}

/* Overwritten before its name is taken away: whoever holds the file open, or finds its blocks again, reads zeros. */
static void
the_file_of_the_key_before_is_overwritten(void **state)
{
	char bytes[65] = "";
	struct ledger *l = open_at(dir, SMALL);
	int fd = open(in(dir, KEY_FILE), O_RDONLY);
	(void)state;

	assert_true(fd >= 0);
	next_epoch(l);
	assert_int_equal(pread(fd, bytes, sizeof bytes, 0), sizeof bytes);
	assert_true(sha_all_zero((const unsigned char *)bytes, sizeof bytes));
	close(fd);
	for (unsigned i = 0; i < SIGNING_SECRET; i++)
		if (l->key.secret[i] != keys[2].secret[i])
			goto changed;
	fail();
changed:
	ledger_close(&l);
	verify_good(dir);
}

static void
goes_on(const char *what, unsigned epochs)
{
	struct ledger *l = open_at(copy, SMALL);
	struct ledger_verdict v;

	if (ledger_epoch(l) != epochs) {
		print_error("%s: epoch %u, not %u\n", what, ledger_epoch(l), epochs);
		fail();
	}
	next_epoch(l); /* at once, as a server does that starts after the crash */
	add_many(l, 5);
	ledger_close(&l);
	assert_int_not_equal(access(in(copy, KEY_NEXT), F_OK), 0);
	v = verdict_on(copy, in(kept, "auditor.pub"), 0);
	if (!v.good) {
		print_error("%s: entry %llu %s\n", what, (unsigned long long)v.first_bad, v.what);
		fail();
	}
	assert_int_equal(v.epochs, epochs + 1);
	l = open_at(copy, SMALL); /* and again */
	next_epoch(l);
	ledger_close(&l);
	verify_good(copy);
}

static void
cut_short_at_each_step(void **state)
{
	struct problem p = { 0 };
	uint64_t number;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	add_many(l, 3);
	MUST(pthread_mutex_lock(&l->milestone_lock) == 0); /* nothing is finished while we hold it */
	dir_copy(dir, copy);
	file_put(copy, KEY_NEXT, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n", 65);
	goes_on("a next key that no entry knows", EPOCHS - 1);
	assert_int_equal(turn_begin(l, &number, &p), RC_OK);
	assert_true(ledger_sync(l, number));
	dir_copy(dir, copy);
	goes_on("the entry is there", EPOCHS);
	dir_copy(dir, copy);
	file_put(copy, EPOCHS_FILE, l->epochs.text.p, l->epochs.text.n);
	goes_on("the list is written", EPOCHS);
	dir_copy(dir, copy);
	file_put(copy, EPOCHS_FILE, l->epochs.text.p, l->epochs.text.n);
	char zeros[65] = "";
	file_put(copy, KEY_FILE, zeros, sizeof zeros);
	goes_on("the key before is overwritten", EPOCHS);
	dir_copy(dir, copy);
	file_put(copy, EPOCHS_FILE, l->epochs.text.p, l->epochs.text.n);
	assert_int_equal(rename(in(copy, KEY_NEXT), in(copy, KEY_FILE)), 0);
	goes_on("the next key has taken its place", EPOCHS);
	MUST(pthread_mutex_unlock(&l->milestone_lock) == 0);
	ledger_close(&l);
	verify_good(dir);
}

static void
killed_at_any_moment(void **state)
{
	struct shared { _Atomic uint64_t acked; _Atomic unsigned epoch; } *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct stream dice = stream_of(random_u64(), 1);
	unsigned before = EPOCHS - 1, changes = 0;
	(void)state;

	assert_true(shared != MAP_FAILED);
	for (unsigned round = 0; round < 25; round++) {
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			struct ledger *l = open_at(dir, SMALL);
			for (uint64_t n = 1;; n++) {
				uint64_t number = add(l, n);
				if (!number || !ledger_sync(l, number) || ledger_epoch_next(l, NULL) != RC_OK)
					_exit(3);
				shared->epoch = ledger_epoch(l);
				shared->acked = number;
			}
		}
		uint64_t was = shared->acked;
		for (unsigned i = 0; round % 5 && i < 5000 && shared->acked == was; i++) /* mostly in the middle of a change, sometimes of the opening */
			usleep(1000);
		usleep(stream_below(&dice, 60000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		struct ledger *l = open_at(dir, SMALL);
		assert_true(ledger_epoch(l) >= shared->epoch && ledger_epoch(l) >= before);
		assert_true(ledger_durable(l) >= shared->acked);
		changes += ledger_epoch(l) - before;
		before = ledger_epoch(l);
		ledger_close(&l);
		assert_true(judged().good);
	}
	print_message("# %u changes of the key survived 25 kills\n", changes);
	assert_true(changes > 0);
	munmap(shared, sizeof *shared);
}

static void
a_lost_list_is_made_again_from_the_entries(void **state)
{
	struct file list = file_get(dir, EPOCHS_FILE), again;
	(void)state;

	(void)unlink(in(dir, EPOCHS_FILE));
	for (unsigned without_index = 0; without_index < 2; without_index++) {
		struct ledger *l = open_at(dir, SMALL);
		assert_int_equal(ledger_epoch(l), EPOCHS - 1);
		add_many(l, 1);
		ledger_close(&l);
		again = file_get(dir, EPOCHS_FILE);
		assert_int_equal(again.n, list.n);
		assert_memory_equal(again.p, list.p, list.n);
		free(again.p);
		(void)unlink(in(dir, EPOCHS_FILE));
		(void)unlink(in(dir, "index"));
	}
	free(list.p);
}

static void
the_key_changes_by_itself(void **state)
{
	struct ledger_settings s = { .dir = copy, .segment_bytes = SMALL, .epoch_s = 1 };
	struct ledger *l = NULL;
	struct problem p = { 0 };
	(void)state;

	assert_int_equal(ledger_open(&s, &l, &p), RC_OK);
	for (unsigned i = 0; i < 80 && ledger_epoch(l) < 2; i++) {
		add_many(l, 1);
		usleep(100000);
	}
	assert_true(ledger_epoch(l) >= 2);
	ledger_close(&l);
	verify_good(copy);
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("one public key, the first or any other, judges all epochs", one_public_key_judges_all_epochs),
		ROOM("CVE-2023-31439: old entries sealed again with a newer key are found", re_sealed_with_a_newer_key),
		ROOM("CVE-2023-31439: what came after an epoch's last signature is sealed by the next key's certificate", between_the_last_signature_and_the_next_key),
		ROOM("entries of today written anew with today's key are told by a head that was kept", todays_entries_are_told_by_a_kept_head),
		ROOM("a head is signed by the key of its epoch and no other", a_head_is_signed_by_the_key_of_its_epoch_and_no_other),
		ROOM("CVE-2023-31438: a ledger cut back to an earlier head is found with what was kept, and does not open", cut_back_to_an_earlier_head),
		ROOM("systemd 15425: an end that nobody signed is found, and the age of the last signature told", an_end_that_nobody_signed),
		ROOM("systemd 11524: a wrong key never passes", a_wrong_key_never_passes),
		ROOM("the clock set back between two heads is found", the_clock_set_back_between_two_heads),
		ROOM("a dropped epoch is found", a_dropped_epoch),
		ROOM("the published list is believed no further than the key that is kept", the_published_list_is_believed_no_further_than_the_key),
		ROOM("a list that goes another way is refused", a_list_that_goes_another_way_is_refused),
		ROOM("the key before is nowhere in the directory", the_key_before_is_gone),
		ROOM("the file of the key before is overwritten", the_file_of_the_key_before_is_overwritten),
		ROOM("cut short at each step of a change, the ledger goes on with one key", cut_short_at_each_step),
		ROOM("killed at any moment of a change, the ledger goes on with one key", killed_at_any_moment),
		ROOM("a lost list is made again from the entries", a_lost_list_is_made_again_from_the_entries),
		ROOM("the key changes by itself after its time", the_key_changes_by_itself),
	};
	log_min(LOG_ERROR + 1);
	if (getenv("HYGIE_ONLY"))
		cmocka_set_test_filter(getenv("HYGIE_ONLY"));
	return cmocka_run_group_tests_name("ledger/epochs", tests, NULL, NULL);
}
