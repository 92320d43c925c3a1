/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/tree: roots and proofs against RFC 6962 written down as it stands there, by recursion, and against the known roots of its reference. */
#include "house.h"

#include "base/random.h"
#include "codec/base64.h"
#include "ledger/tree.h"

#define LEAVES 3000
static unsigned char leaves[LEAVES][SHA_LEN];
static struct stream dice;

/* --- the plain form: RFC 6962 §2.1, §2.1.1, §2.1.2 ------------------------------------------------------------------------------------- */

static uint64_t
below(uint64_t n)
{
	uint64_t k = 1;

	while (2 * k < n)
		k *= 2;
	return k;
}

static void
plain_root(unsigned char out[SHA_LEN], const unsigned char (*d)[SHA_LEN], uint64_t n)
{
	unsigned char both[1 + 2 * SHA_LEN] = { 1 };

	if (n == 0)
		sha_two(out, "", 0, NULL, 0);
	else if (n == 1)
		memcpy(out, d[0], SHA_LEN);
	else {
		uint64_t k = below(n);
		plain_root(both + 1, d, k);
		plain_root(both + 1 + SHA_LEN, d + k, n - k);
		sha_two(out, both, sizeof both, NULL, 0);
	}
}

static void
plain_path(struct tree_proof *proof, uint64_t m, const unsigned char (*d)[SHA_LEN], uint64_t n)
{
	if (n == 1)
		return;
	uint64_t k = below(n);
	if (m < k) {
		plain_path(proof, m, d, k);
		plain_root(proof->hash[proof->n++], d + k, n - k);
	} else {
		plain_path(proof, m - k, d + k, n - k);
		plain_root(proof->hash[proof->n++], d, k);
	}
}

static void
plain_growth(struct tree_proof *proof, uint64_t m, const unsigned char (*d)[SHA_LEN], uint64_t n, bool whole)
{
	if (m == n) {
		if (!whole)
			plain_root(proof->hash[proof->n++], d, n);
		return;
	}
	uint64_t k = below(n);
	if (m <= k) {
		plain_growth(proof, m, d, k, whole);
		plain_root(proof->hash[proof->n++], d + k, n - k);
	} else {
		plain_growth(proof, m - k, d + k, n - k, false);
		plain_root(proof->hash[proof->n++], d, k);
	}
}

struct shelf { struct tree_reader reader; uint64_t size; unsigned reads, fail_at; };

static enum rc
shelf_node(struct tree_reader *reader, unsigned level, uint64_t index, unsigned char out[SHA_LEN], struct problem *p)
{
	struct shelf *s = (struct shelf *)reader;

	if (++s->reads == s->fail_at)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "shelf", "cannot be read");
	assert_true((index + 1) << level <= s->size); /* only whole nodes are asked for */
	plain_root(out, (const unsigned char (*)[SHA_LEN])leaves + (index << level), UINT64_C(1) << level);
	return RC_OK;
}

static int
set_up(void **state)
{
	(void)state;
	dice = stream_of(20261129, 3);
	for (uint32_t i = 0; i < LEAVES; i++)
		tree_leaf(leaves[i], &i, sizeof i);
	return 0;
}

static const unsigned char (*all)[SHA_LEN] = (const unsigned char (*)[SHA_LEN])leaves;

/* --- tests ---------------------------------------------------------------------------------------------------------------------------- */

static void
assert_hex(const unsigned char hash[SHA_LEN], const char *hex)
{
	struct buf text;

	buf_init(&text, 128);
	hex_put(&text, (struct str){ (const char *)hash, SHA_LEN });
	assert_true(str_eq(buf_view(&text), hex));
	buf_done(&text);
}

/* The eight inputs and roots of the Certificate Transparency reference (merkletree/merkle_tree_test.cc). */
static void
the_known_roots(void **state)
{
	static const struct { const char *bytes; size_t n; const char *root; } known[] = {
		{ "",                                 0, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
		{ "\x00",                             1, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
		{ "\x10",                             1, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
		{ "\x20\x21",                         2, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
		{ "\x30\x31",                         2, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
		{ "\x40\x41\x42\x43",                 4, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
		{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
		{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
	};
	unsigned char leaf[COUNT(known)][SHA_LEN], root[SHA_LEN], plain[SHA_LEN];
	struct tree t = { 0 };
	(void)state;

	tree_root(&t, root);
	assert_hex(root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < COUNT(known); i++) {
		tree_leaf(leaf[i], known[i].bytes, known[i].n);
		tree_add(&t, leaf[i]);
		tree_root(&t, root);
		plain_root(plain, (const unsigned char (*)[SHA_LEN])leaf, i + 1);
		assert_hex(root, known[i].root);
		assert_hex(plain, known[i].root);
	}
}

static void
roots_at_every_size(void **state)
{
	unsigned char root[SHA_LEN], plain[SHA_LEN];
	struct tree t = { 0 };
	(void)state;

	for (uint64_t n = 0; n <= LEAVES; n++) {
		assert_int_equal(t.size, n);
		tree_root(&t, root);
		plain_root(plain, all, n);
		assert_memory_equal(root, plain, SHA_LEN);
		if (n < LEAVES)
			tree_add(&t, leaves[n]);
	}
}

/* Cut anywhere, each piece hashed alone, then joined; with the root at moments inside the pieces. */
static void
runs_joined(void **state)
{
	unsigned char root[SHA_LEN], plain[SHA_LEN], edge[SHA_LEN];
	(void)state;

	for (unsigned round = 0; round < 400; round++) {
		struct tree t = { 0 };
		uint64_t n = 1 + stream_below(&dice, LEAVES);
		while (t.size < n) {
			static struct tree_run run;
			struct tree before = t;
			uint64_t end = t.size + 1 + stream_below(&dice, round % 2 ? 20 : (uint32_t)(n - t.size));
			uint64_t moment = t.size + stream_below(&dice, (uint32_t)(end - t.size));
			tree_run_start(&run, t.size);
			for (uint64_t i = t.size; i < end && i < n; i++) {
				tree_run_add(&run, leaves[i]);
				if (i != moment)
					continue;
				bool edged = tree_run_edge(&run, edge);
				tree_join(&before, &run, 0, run.rising);
				tree_root_over(&before, edged ? edge : NULL, root);
				plain_root(plain, all, i + 1);
				assert_memory_equal(root, plain, SHA_LEN);
			}
			tree_join(&t, &run, 0, run.n);
			assert_int_equal(t.size, run.next);
		}
		tree_root(&t, root);
		plain_root(plain, all, n);
		assert_memory_equal(root, plain, SHA_LEN);
	}
}

static void
assert_same(const struct tree_proof *a, const struct tree_proof *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->hash, b->hash, a->n * SHA_LEN);
}

static void
entries_proven(uint64_t index, uint64_t size)
{
	struct shelf shelf = { .reader = { shelf_node }, .size = size };
	struct tree_proof proof, plain = { 0 };
	unsigned char root[SHA_LEN];

	plain_root(root, all, size);
	plain_path(&plain, index, all, size);
	assert_int_equal(tree_prove_entry(&shelf.reader, index, size, &proof, NULL), RC_OK);
	assert_same(&proof, &plain);
	assert_true(tree_is_included(index, size, leaves[index], &proof, root));
	assert_true(shelf.reads <= 2 * TREE_LEVELS);
}

static void
growth_proven(uint64_t old, uint64_t size)
{
	struct shelf shelf = { .reader = { shelf_node }, .size = size };
	struct tree_proof proof, plain = { 0 };
	unsigned char root[SHA_LEN], old_root[SHA_LEN];

	plain_root(root, all, size);
	plain_root(old_root, all, old);
	plain_growth(&plain, old, all, size, true);
	assert_int_equal(tree_prove_growth(&shelf.reader, old, size, &proof, NULL), RC_OK);
	assert_same(&proof, &plain);
	assert_true(tree_is_grown(old, size, old_root, &proof, root));
}

static void
proofs_at_all_small_and_many_large_sizes(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= 70; size++)
		for (uint64_t i = 0; i < size; i++) {
			entries_proven(i, size);
			growth_proven(i + 1, size);
		}
	for (unsigned round = 0; round < 300; round++) {
		uint64_t size = 1 + stream_below(&dice, LEAVES);
		entries_proven(stream_below(&dice, (uint32_t)size), size);
		growth_proven(1 + stream_below(&dice, (uint32_t)size), size);
	}
}

static void
entry_mutations(uint64_t index, uint64_t size)
{
	struct shelf shelf = { .reader = { shelf_node }, .size = size };
	struct tree_proof proof;
	unsigned char root[SHA_LEN], leaf[SHA_LEN];

	plain_root(root, all, size);
	memcpy(leaf, leaves[index], SHA_LEN);
	assert_int_equal(tree_prove_entry(&shelf.reader, index, size, &proof, NULL), RC_OK);
	for (unsigned bit = 0; bit < 8 * SHA_LEN; bit++) {
		unsigned char mask = (unsigned char)(1 << bit % 8);
		for (unsigned i = 0; i < proof.n; i++) {
			proof.hash[i][bit / 8] ^= mask;
			assert_false(tree_is_included(index, size, leaf, &proof, root));
			proof.hash[i][bit / 8] ^= mask;
		}
		leaf[bit / 8] ^= mask;
		assert_false(tree_is_included(index, size, leaf, &proof, root));
		leaf[bit / 8] ^= mask;
		root[bit / 8] ^= mask;
		assert_false(tree_is_included(index, size, leaf, &proof, root));
		root[bit / 8] ^= mask;
	}
	for (uint64_t other = 0; other < size + 3; other++)
		assert_int_equal(tree_is_included(other, size, leaf, &proof, root), other == index);
	proof.n++;
	memset(proof.hash[proof.n - 1], 0, SHA_LEN);
	assert_false(tree_is_included(index, size, leaf, &proof, root));
	for (unsigned n = 0; n + 1 < proof.n; n++) {
		struct tree_proof shorter = proof;
		shorter.n = n;
		assert_false(tree_is_included(index, size, leaf, &shorter, root));
	}
}

static void
growth_mutations(uint64_t old, uint64_t size)
{
	struct shelf shelf = { .reader = { shelf_node }, .size = size };
	struct tree_proof proof;
	unsigned char root[SHA_LEN], old_root[SHA_LEN];

	plain_root(root, all, size);
	plain_root(old_root, all, old);
	assert_int_equal(tree_prove_growth(&shelf.reader, old, size, &proof, NULL), RC_OK);
	for (unsigned bit = 0; bit < 8 * SHA_LEN; bit++) {
		unsigned char mask = (unsigned char)(1 << bit % 8);
		for (unsigned i = 0; i < proof.n; i++) {
			proof.hash[i][bit / 8] ^= mask;
			assert_false(tree_is_grown(old, size, old_root, &proof, root));
			proof.hash[i][bit / 8] ^= mask;
		}
		old_root[bit / 8] ^= mask;
		assert_false(tree_is_grown(old, size, old_root, &proof, root));
		old_root[bit / 8] ^= mask;
		root[bit / 8] ^= mask;
		assert_false(tree_is_grown(old, size, old_root, &proof, root));
		root[bit / 8] ^= mask;
	}
	proof.n++;
	memset(proof.hash[proof.n - 1], 0, SHA_LEN);
	assert_false(tree_is_grown(old, size, old_root, &proof, root));
	for (unsigned n = 0; n + 1 < proof.n; n++) {
		struct tree_proof shorter = proof;
		shorter.n = n;
		assert_false(tree_is_grown(old, size, old_root, &shorter, root));
	}
}

static void
every_changed_bit(void **state)
{
	(void)state;
	for (uint64_t size = 1; size <= 9; size++)
		for (uint64_t i = 0; i < size; i++) {
			entry_mutations(i, size);
			growth_mutations(i + 1, size);
		}
	for (unsigned round = 0; round < 10; round++) {
		uint64_t size = 10 + stream_below(&dice, LEAVES - 9);
		entry_mutations(stream_below(&dice, (uint32_t)size), size);
		growth_mutations(1 + stream_below(&dice, (uint32_t)size - 1), size);
	}
}

static void
what_cannot_be_proven(void **state)
{
	struct shelf shelf = { .reader = { shelf_node }, .size = LEAVES };
	struct tree_proof proof = { 0 };
	struct problem p = { 0 };
	unsigned char root[SHA_LEN];
	(void)state;

	assert_int_equal(tree_prove_entry(&shelf.reader, 0, 0, &proof, &p), RC_BAD_INPUT);
	assert_int_equal(tree_prove_entry(&shelf.reader, 5, 5, &proof, &p), RC_BAD_INPUT);
	assert_int_equal(tree_prove_growth(&shelf.reader, 0, 5, &proof, &p), RC_BAD_INPUT);
	assert_int_equal(tree_prove_growth(&shelf.reader, 6, 5, &proof, &p), RC_BAD_INPUT);
	plain_root(root, all, 0);
	assert_false(tree_is_included(0, 0, root, &proof, root));
	assert_false(tree_is_grown(0, 0, root, &proof, root));
	assert_false(tree_is_grown(0, 5, root, &proof, root));
	assert_false(tree_is_grown(6, 5, root, &proof, root));
	proof.n = TREE_PROOF + 1;
	assert_false(tree_is_included(0, UINT64_MAX, root, &proof, root));
	assert_false(tree_is_grown(3, UINT64_MAX, root, &proof, root));
	for (unsigned fail_at = 1; fail_at <= 12; fail_at++) {
		shelf.fail_at = fail_at, shelf.reads = 0;
		assert_int_equal(tree_prove_entry(&shelf.reader, 1, 2048, &proof, &p), fail_at <= 11 ? RC_BROKEN : RC_OK);
		shelf.reads = 0;
		assert_int_equal(tree_prove_growth(&shelf.reader, 1, 2048, &proof, &p), fail_at <= 11 ? RC_BROKEN : RC_OK);
	}
}

static void
assert_path(int level, uint64_t index, unsigned width, const char *path)
{
	struct tile t = { level, index, width };
	char out[TILE_PATH];

	tile_path(&t, out);
	assert_string_equal(out, path);
}

static void
names_of_tiles(void **state)
{
	(void)state;
	assert_path(0, 0, 256, "tile/0/000");
	assert_path(0, 999, 1, "tile/0/999.p/1");
	assert_path(1, 1000, 256, "tile/1/x001/000");
	assert_path(2, 1234067, 255, "tile/2/x001/x234/067.p/255");
	assert_path(5, 5, 17, "tile/5/005.p/17");
	assert_path(TILE_ENTRIES, 273, 256, "tile/entries/273");
	assert_path(TILE_ENTRIES, 70273, 112, "tile/entries/x070/273.p/112");
	assert_path(0, (UINT64_C(1) << 56) - 1, 255, "tile/0/x072/x057/x594/x037/x927/935.p/255");
}

/* 70,000 leaves: 273 full tiles and 112 hashes at level 0, one full tile and 17 at level 1, one hash at level 2 (the example of tlog-tiles). */
static void
places_in_tiles(void **state)
{
	static const struct { unsigned level; uint64_t index; int tile; uint64_t of; unsigned width, at; } rows[] = {
		{ 0,  0,     0, 0,   256, 0   }, { 0, 69999, 0, 273, 112, 111 }, { 3, 8749, 0, 273, 112, 104 }, { 7, 545, 0, 272, 256, 128 },
		{ 8,  0,     1, 0,   256, 0   }, { 8, 272,   1, 1,   17,  16  }, { 12, 16,  1, 1,   17,  0   }, { 16, 0,  2, 0,   1,   0   },
	};
	(void)state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned at;
		struct tile t = tile_of(70000, rows[i].level, rows[i].index, &at);
		assert_int_equal(t.level, rows[i].tile);
		assert_int_equal(t.index, rows[i].of);
		assert_int_equal(t.width, rows[i].width);
		assert_int_equal(at, rows[i].at);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("the known roots of RFC 6962's reference come out", the_known_roots),
		CASE("the root at every size to 3,000 is the one of the plain form", roots_at_every_size),
		CASE("runs hashed apart and joined give the same roots", runs_joined),
		CASE("proofs are those of the plain form, and are accepted", proofs_at_all_small_and_many_large_sizes),
		CASE("a proof with any bit changed, a hash too many or too few is refused", every_changed_bit),
		CASE("what cannot be proven is refused, and a failed read is told", what_cannot_be_proven),
		CASE("tiles are named as tlog-tiles names them", names_of_tiles),
		CASE("a node is found in the tile where tlog-tiles puts it", places_in_tiles),
	};
	return cmocka_run_group_tests_name("ledger/tree", tests, set_up, NULL);
}
