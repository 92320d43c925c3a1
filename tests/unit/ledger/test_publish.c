/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/publish, prove: static files are the ledger's public part and no more, grow as it grows, and prove each entry; every change is found. */
#include "house.h"

#include "base/random.h"
#include "ledger/publish.h"
#include "ledger/tiles.h"

static char dir[DIR_MAX], out[DIR_MAX], copy[DIR_MAX];

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	dir_make(out);
	dir_make(copy);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	dir_remove(dir);
	tree_of_files_remove(out);
	tree_of_files_remove(copy);
	return 0;
}

/* A ledger of n entries beside its own, signed to the last but the checkpoint. */
static void
grow(unsigned n)
{
	struct ledger *l = open_at(dir, SMALL);
	add_many(l, n);
	ledger_close(&l);
}

static const char *
pub(void)
{
	static char path[2 * DIR_MAX];
	(void)snprintf(path, sizeof path, "%s/ledger.pub", dir);
	return path;
}

static struct ledger_published
publish(void)
{
	struct ledger_published r = { 0 };
	struct problem p = { 0 };

	if (ledger_publish(dir, out, NULL, &r, &p) != RC_OK) {
		print_error("publish: %s: %s\n", p.where, p.detail);
		fail();
	}
	return r;
}

static struct ledger_verdict
judged(struct str old)
{
	struct ledger_verdict v = { 0 };
	struct problem p = { 0 };

	if (ledger_published_verify(out, pub(), old, NULL, &v, &p) != RC_OK) {
		print_error("verify: %s: %s\n", p.where, p.detail);
		fail();
	}
	return v;
}

static void
text_of(const char *folder, const char *name, struct buf *text)
{
	struct file f = file_get(folder, name);
	buf_init(text, 1u << 20);
	buf_put(text, f.p, f.n);
	free(f.p);
}

static void
it_is_proven(uint64_t number, uint64_t size)
{
	struct buf proof, hold;
	struct ledger_proven r;
	struct problem p = { 0 };

	buf_init(&proof, 1u << 20);
	buf_init(&hold, 1u << 17);
	assert_int_equal(ledger_prove(out, pub(), number, &proof, &p), RC_OK);
	assert_int_equal(ledger_proof_check(buf_view(&proof), pub(), NULL, &hold, &r, &p), RC_OK);
	assert_int_equal(r.e.number, number);
	assert_int_equal(r.size, size);
	buf_done(&proof);
	buf_done(&hold);
}

/* Sizes on both sides of a tile's end, in steps: always the same files as all at once, and each entry proven. */
static void
published_in_steps_as_at_once(void **state)
{
	static const unsigned steps[] = { 3, 200, 50, 1, 300, 700, 1, 2, 250 };
	struct ledger_published r;
	struct buf a, b;
	struct problem p = { 0 };
	(void)state;

	for (unsigned i = 0; i < COUNT(steps); i++) {
		uint64_t before = i ? r.size : 0;
		grow(steps[i]);
		r = publish();
		assert_int_equal(r.before, before);
		assert_true(r.size >= before + steps[i]);
		struct ledger_verdict v = judged(STR_NONE);
		assert_true(v.good);
		assert_int_equal(v.entries, r.size);
		it_is_proven(1, r.size);
		it_is_proven(r.size, r.size);
		it_is_proven((r.size + 1) / 2, r.size);
	}
	for (uint64_t number = 1; number <= r.size; number += 7)
		it_is_proven(number, r.size);
	char gone[2 * DIR_MAX];
	(void)snprintf(gone, sizeof gone, "%s/tile/0/000.p", out);
	assert_int_not_equal(access(gone, F_OK), 0); /* its tile is whole */
	(void)snprintf(gone, sizeof gone, "%s/tile/entries/000.p", out);
	assert_int_not_equal(access(gone, F_OK), 0);
	struct ledger_published once = { 0 };
	assert_int_equal(ledger_publish(dir, copy, NULL, &once, &p), RC_OK);
	assert_int_equal(once.size, r.size);
	for (uint64_t i = 0; i < r.size; i += TILE_WIDTH)
		for (int level = TILE_ENTRIES; level <= 0; level++) {
			unsigned at;
			char path[TILE_PATH];
			struct tile t = tile_of(r.size, 0, i, &at);
			t.level = level;
			tile_path(&t, path);
			text_of(out, path, &a);
			text_of(copy, path, &b);
			assert_true(str_is(buf_view(&a), buf_view(&b)));
			buf_done(&a);
			buf_done(&b);
		}
	/* nothing new: the same again */
	r = publish();
	assert_int_equal(r.before, r.size);
	assert_true(judged(STR_NONE).good);
}

/* DIR/checkpoint is written by a thread of the ledger, soon after the signature. */
static struct ledger_published
publish_until(uint64_t size)
{
	struct ledger_published r = { 0 };

	for (int i = 0; i < 500 && r.size < size; i++) {
		r = publish();
		usleep(10000);
	}
	assert_true(r.size >= size);
	return r;
}

static void
beside_a_ledger_that_is_written(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	add_many(l, 5000); /* signed on the way */
	publish_until(4000);
	assert_true(judged(STR_NONE).good);
	add_many(l, 5000);
	publish_until(8000);
	ledger_close(&l);
	assert_true(judged(STR_NONE).good);
}

static void
who_looked_at_whom_is_not_published(void **state)
{
	struct buf a;
	(void)state;

	grow(300);
	struct ledger_published r = publish();
	for (uint64_t i = 0; i < r.size; i += TILE_WIDTH) {
		unsigned at;
		char path[TILE_PATH];
		struct tile t = tile_of(r.size, 0, i, &at);
		t.level = TILE_ENTRIES;
		tile_path(&t, path);
		text_of(out, path, &a);
		assert_null(memmem(a.p, a.n, "CARDIO", 6));
		assert_null(memmem(a.p, a.n, "10.1.2.3", 8));
		assert_non_null(memmem(a.p, a.n, "/patient/:patient", 17));
		buf_done(&a);
	}
}

/* From that checkpoint to what is published; no byte of it may change. */
static void
growth_is_proven(struct str old)
{
	struct buf proof;
	struct ledger_grown g = { 0 };
	struct problem p = { 0 };

	buf_init(&proof, 1u << 16);
	assert_int_equal(ledger_prove_growth(out, pub(), old, &proof, &p), RC_OK);
	assert_int_equal(ledger_growth_check(buf_view(&proof), pub(), NULL, old, &g, &p), RC_OK);
	assert_true(g.before < g.size && g.before > 700);
	for (size_t i = 0; i < proof.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			proof.p[i] = (char)((unsigned char)proof.p[i] ^ 1u << bit);
			assert_int_equal(ledger_growth_check(buf_view(&proof), pub(), NULL, old, &g, &p), RC_BAD_INPUT);
			proof.p[i] = (char)((unsigned char)proof.p[i] ^ 1u << bit);
		}
	buf_done(&proof);
}

/* A checkpoint that was kept is the beginning of what came later; of another ledger it is none. */
static void
a_kept_checkpoint_is_met_again(void **state)
{
	struct buf kept;
	struct ledger_published r = { 0 };
	struct problem p = { 0 };
	(void)state;

	grow(777);
	publish();
	text_of(out, "checkpoint", &kept);
	grow(1000);
	publish();
	assert_true(judged(buf_view(&kept)).good);
	growth_is_proven(buf_view(&kept));
	buf_done(&kept);

	/* an older state of the same ledger, then another future of it */
	char old[DIR_MAX];
	dir_make(old);
	dir_copy(dir, old);
	grow(600);
	publish();
	text_of(out, "checkpoint", &kept);
	dir_copy(old, dir);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_CONFLICT);
	assert_int_equal(p.why, WHY_PUBLISHED_OTHER);
	struct ledger *l = open_at(dir, SMALL);
	for (unsigned i = 0; i < 1500; i++)
		assert_true(add(l, 50000 + i) != 0);
	ledger_close(&l);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_CONFLICT);
	assert_true(judged(buf_view(&kept)).good); /* what was published stands */
	tree_of_files_remove(out);
	assert_int_equal(mkdir(out, 0700), 0);
	publish();
	struct ledger_verdict v = judged(buf_view(&kept));
	assert_false(v.good);
	assert_string_equal(v.what, "rewritten");
	struct buf growth;
	buf_init(&growth, 1u << 16);
	assert_int_equal(ledger_prove_growth(out, pub(), buf_view(&kept), &growth, &p), RC_CONFLICT);
	buf_done(&growth);
	buf_done(&kept);

	/* another key */
	dir_empty(dir);
	grow(20);
	assert_int_equal(ledger_publish(dir, out, NULL, &r, &p), RC_CONFLICT);
	dir_remove(old);
}

static void
flip(const char *path, size_t at, unsigned char with)
{
	struct file f = file_get(out, path);
	assert_true(at < f.n);
	f.p[at] ^= with;
	file_put(out, path, f.p, f.n);
	free(f.p);
}

static int
files_of(const struct ledger_published *r, char path[][TILE_PATH])
{
	int n = 0;

	for (int level = TILE_ENTRIES; level < 2; level++)
		for (uint64_t i = 0; i < (level == 1 ? r->size / TILE_WIDTH : r->size); i += TILE_WIDTH) {
			uint64_t all = level == 1 ? r->size / TILE_WIDTH : r->size, width = all - i < TILE_WIDTH ? all - i : TILE_WIDTH;
			struct tile t = { level, i / TILE_WIDTH, (unsigned)width };
			tile_path(&t, path[n++]);
		}
	return n;
}

static void
every_changed_byte_is_found(void **state)
{
	char path[32][TILE_PATH];
	struct stream dice = stream_of(20261129, 3);
	(void)state;

	grow(1100);
	struct ledger_published r = publish();
	int n = files_of(&r, path);
	assert_true(n > 10);
	for (int k = 0; k < n; k++)
		for (unsigned i = 0; i < 25; i++) {
			struct file f = file_get(out, path[k]);
			size_t at = stream_u64(&dice) % f.n;
			free(f.p);
			unsigned char with = (unsigned char)(1u << stream_u64(&dice) % 8);
			flip(path[k], at, with);
			struct ledger_verdict v = judged(STR_NONE);
			if (v.good) {
				print_error("%s byte %zu\n", path[k], at);
				fail();
			}
			flip(path[k], at, with);
		}
	assert_true(judged(STR_NONE).good);
}

static void
every_changed_byte_of_a_proof_is_refused(void **state)
{
	struct buf proof, hold;
	struct ledger_proven r;
	struct problem p = { 0 };
	(void)state;

	grow(900);
	publish();
	buf_init(&proof, 1u << 20);
	buf_init(&hold, 1u << 17);
	assert_int_equal(ledger_prove(out, pub(), 321, &proof, &p), RC_OK);
	for (size_t i = 0; i < proof.n; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			proof.p[i] = (char)((unsigned char)proof.p[i] ^ 1u << bit);
			buf_reset(&hold);
			assert_int_equal(ledger_proof_check(buf_view(&proof), pub(), NULL, &hold, &r, &p), RC_BAD_INPUT);
			proof.p[i] = (char)((unsigned char)proof.p[i] ^ 1u << bit);
		}
	for (size_t n = 0; n < proof.n; n++) {
		buf_reset(&hold);
		assert_int_equal(ledger_proof_check((struct str){ proof.p, n }, pub(), NULL, &hold, &r, &p), RC_BAD_INPUT);
	}
	buf_reset(&hold);
	assert_int_equal(ledger_proof_check(buf_view(&proof), pub(), NULL, &hold, &r, &p), RC_OK);
	buf_reset(&proof);
	assert_int_equal(ledger_prove(out, pub(), 100000, &proof, &p), RC_NOT_FOUND);
	assert_int_equal(ledger_prove(out, pub(), 0, &proof, &p), RC_NOT_FOUND);
	buf_done(&proof);
	buf_done(&hold);
}

#define EACH(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		EACH("published in steps as at once, each entry proven", published_in_steps_as_at_once),
		EACH("beside a ledger that is written", beside_a_ledger_that_is_written),
		EACH("who looked at whom is not published", who_looked_at_whom_is_not_published),
		EACH("a kept checkpoint is met again, of a rewritten ledger it is not", a_kept_checkpoint_is_met_again),
		EACH("every changed byte of the files is found", every_changed_byte_is_found),
		EACH("every changed byte of a proof is refused", every_changed_byte_of_a_proof_is_refused),
	};
	return cmocka_run_group_tests_name("ledger/publish", tests, NULL, NULL);
}
