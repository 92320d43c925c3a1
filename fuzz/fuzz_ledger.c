/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a record, an entry, a personal part, a signed note, the lines of witnesses, their keys, a head as a line, a proof, a bundle of entries: decoding ends, and what is accepted encodes to the same bytes
 * again (one form only).
 * The entry's CRC is put right first: a fuzzer would never guess it, and whoever writes the file can compute it too.
 */
#include "fuzz.h"
#include "ledger/epochs.h"
#include "ledger/head.h"
#include "ledger/leaf.h"
#include "ledger/proof.h"
#include "ledger/signing.h"
#include "ledger/tiles.h"

#include <string.h>

static void
check_leaf(const uint8_t *data, size_t n)
{
	unsigned char in[LEAF_MAX], out[LEAF_MAX];
	struct leaf leaf;

	if (n < LEAF_MIN || n > LEAF_MAX)
		return;
	memcpy(in, data, n);
	uint32_t crc = sha_crc32c(in, n - 4);
	for (unsigned i = 0; i < 4; i++)
		in[n - 4 + i] = (unsigned char)(crc >> (8 * i));
	if (leaf_parse(in, n, &leaf) != RC_OK)
		return;
	MUST(leaf.e.kind >= LEDGER_GENESIS && leaf.e.kind <= LEDGER_MARK && leaf.e.number > leaf.joined);
	size_t again = leaf_put(&leaf.e, leaf.commitment, leaf.personal_n, leaf.extra, out);
	leaf_seal(out, again, leaf.e.number, leaf.e.at_ms, leaf.joined, leaf.prev);
	if (leaf.e.why != WHY_NONE) /* a reason that this version does not know reads as none, and would be written as none */
		MUST(again == n && memcmp(in, out, n) == 0);
}

static void
check_personal(const uint8_t *data, size_t n)
{
	static struct ledger_patient patients[LEAF_PATIENTS];
	static unsigned char out[PERSONAL_MAX];
	struct ledger_entry e = { 0 };

	if (leaf_personal_parse(data, n, &e, patients) != RC_OK)
		return;
	MUST(leaf_fits(&e, NULL) == RC_OK && leaf_personal_size(&e) == n);
	leaf_personal_put(&e, out);
	MUST(memcmp(out, data, n) == 0);
}

static void
check_record(const uint8_t *data, size_t n)
{
	struct record r;
	struct leaf leaf;
	struct chain chain = { 0 };
	bool wiped;

	if (leaf_record_parse(data, n, &r, &leaf) != RC_OK)
		return;
	MUST(r.n <= n && r.n == leaf_record_size(r.leaf_n, r.personal_n) && r.personal + r.personal_n <= data + n);
	MUST(leaf_record_skip(data, n) == r.n);
	unsigned char hash[SHA_LEN], alone[SHA_LEN];
	if (!leaf_chain_next(&chain, &r, &leaf, &wiped, hash)) {
		tree_leaf(alone, r.leaf, r.leaf_n);
		MUST(memcmp(hash, alone, SHA_LEN) == 0);
	}
}

static void
check_proof(struct str text)
{
	struct buf entry, again;
	struct tree_proof proof;
	struct str note;
	uint64_t index;

	buf_init(&entry, 1u << 17);
	buf_init(&again, text.n + 1);
	if (proof_read(text, &entry, &index, &proof, &note)) {
		proof_put(&again, buf_view(&entry), index, &proof, note);
		MUST(str_is(buf_view(&again), text) && proof.n <= TREE_PROOF);
	}
	buf_reset(&again);
	if (growth_read(text, &index, &proof, &note)) {
		growth_put(&again, index, &proof, note);
		MUST(str_is(buf_view(&again), text) && proof.n <= TREE_PROOF);
	}
	buf_done(&entry);
	buf_done(&again);
}

/* Nobody holds the keys: nothing is ever believed, whatever is parsed on the way. */
static void
check_cosignatures(struct str text)
{
	struct cosign_keys keys;
	struct cosign_key key;
	unsigned char pub[SIGNING_PUB] = { 9 };
	struct buf out;
	int64_t at_s;

	buf_init(&out, 1u << 16);
	if (cosign_keys_parse(text, &keys, NULL) == RC_OK)
		for (unsigned i = 0; i < keys.n; i++)
			cosign_key_put(&keys.key[i], &out);
	buf_reset(&out);
	cosign_key_make(pub, STR("essai.test/w1"), &key);
	keys = (struct cosign_keys){ .n = 1, .key = { key } };
	MUST(cosign_judge(&key, STR("a\n1\nb\n"), text, text, 1795000000, 0, &at_s) != COSIGN_GOOD);
	MUST(cosign_keep(&keys, STR("a\n1\nb\n"), text, 1795000000, &out) == 0 && out.n == 0);
	buf_done(&out);
}

/* What comes back from a receiver becomes a note that is written as a head again, and read back, and written the same. */
static void
check_head(struct str text)
{
	struct buf note, line, twice, again;

	buf_init(&note, COSIGN_NOTE);
	buf_init(&twice, 1u << 16);
	buf_init(&line, 1u << 16);
	buf_init(&again, COSIGN_NOTE);
	for (struct str rest = text; head_next(&rest, &note);) {
		struct str left;
		buf_reset(&line);
		MUST(head_put(buf_view(&note), &line));
		left = buf_view(&line);
		MUST(head_next(&left, &again));
		buf_reset(&twice);
		MUST(again.n <= note.n && head_put(buf_view(&again), &twice) && str_is(buf_view(&twice), buf_view(&line))); /* cosignatures that do not fit are left out, once */
	}
	buf_reset(&line);
	if (head_put(text, &line)) {
		struct str left = buf_view(&line);
		MUST(head_next(&left, &again) && str_starts(text, (struct str){ again.p, 1 }));
	}
	buf_done(&note);
	buf_done(&line);
	buf_done(&twice);
	buf_done(&again);
}

static void
check_bundle(struct str bundle)
{
	struct str entry, left = bundle;
	size_t n = 0;

	while (tiles_entry(&left, &entry) == RC_OK)
		n += 2 + entry.n;
	MUST(n + left.n == bundle.n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct signing_key key = { .origin = "hygie/ledger/0000000000000000" };
	unsigned char head[SHA_LEN];
	struct cosign_note note;
	uint64_t size;

	check_record(data, n);
	check_leaf(data, n);
	check_personal(data, n);
	check_proof((struct str){ (const char *)data, n });
	check_bundle((struct str){ (const char *)data, n });
	check_head((struct str){ (const char *)data, n });
	check_cosignatures((struct str){ (const char *)data, n });
	struct epochs epochs;
	MUST(epochs_parse((struct str){ (const char *)data, n }, &key, &epochs, NULL) != RC_OK); /* no key has the name of all zeros */
	epochs_done(&epochs);
	MUST(cosign_note_read(&key, (struct str){ (const char *)data, n }, &note) != RC_OK);
	MUST(signing_parse(&key, (struct str){ (const char *)data, n }, &size, head) != RC_OK); /* nobody holds the key of all zeros */
	return 0;
}
