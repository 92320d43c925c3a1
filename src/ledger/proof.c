/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/proof.c: see proof.h. */
#include "ledger/proof.h"

#include "codec/base64.h"

#include <string.h>

#define PROOF_NAME "c2sp.org/tlog-proof@v1"

static void
hashes_put(struct buf *out, const struct tree_proof *proof, struct str note)
{
	for (unsigned i = 0; i < proof->n; i++) {
		base64_put(out, (struct str){ (const char *)proof->hash[i], SHA_LEN });
		buf_ch(out, '\n');
	}
	buf_ch(out, '\n');
	buf_str(out, note);
}

/* Up to the empty line; the rest is the note. */
static bool
hashes_read(struct str rest, struct tree_proof *proof, struct str *note_r)
{
	struct buf hash;
	bool good = true;

	buf_init(&hash, 64);
	proof->n = 0;
	while (good) {
		struct str line = str_cut(rest, '\n', &rest);
		if (line.n == 0)
			break;
		buf_reset(&hash);
		good = proof->n < TREE_PROOF && base64_get(line, &hash) == RC_OK && !hash.failed && hash.n == SHA_LEN;
		if (good)
			memcpy(proof->hash[proof->n++], hash.p, SHA_LEN);
	}
	*note_r = rest;
	buf_done(&hash);
	return good;
}

void
proof_put(struct buf *out, struct str entry, uint64_t index, const struct tree_proof *proof, struct str note)
{
	buf_z(out, PROOF_NAME "\nextra ");
	base64_put(out, entry);
	buf_z(out, "\nindex ");
	buf_i64(out, (int64_t)index);
	buf_ch(out, '\n');
	hashes_put(out, proof, note);
}

static bool
line_of(struct str line, const char *word, struct str *rest_r)
{
	struct str rest;
	bool is = str_eq(str_cut(line, ' ', &rest), word) && rest.p;

	*rest_r = rest;
	return is;
}

/* Written again from what was read it must be the same text: one form only. */
bool
proof_read(struct str text, struct buf *entry, uint64_t *index_r, struct tree_proof *proof, struct str *note_r)
{
	struct str rest = text, value;
	struct buf again;
	bool good = str_eq(str_cut(rest, '\n', &rest), PROOF_NAME) && line_of(str_cut(rest, '\n', &rest), "extra", &value) && base64_get(value, entry) == RC_OK;

	good = good && line_of(str_cut(rest, '\n', &rest), "index", &value) && str_u64(value, index_r) == RC_OK && *index_r < INT64_MAX;
	good = good && hashes_read(rest, proof, note_r) && !entry->failed;
	buf_init(&again, text.n + 1);
	if (good)
		proof_put(&again, buf_view(entry), *index_r, proof, *note_r);
	good = good && !again.failed && str_is(buf_view(&again), text);
	buf_done(&again);
	return good;
}

void
growth_put(struct buf *out, uint64_t old_size, const struct tree_proof *proof, struct str note)
{
	buf_z(out, "old ");
	buf_i64(out, (int64_t)old_size);
	buf_ch(out, '\n');
	hashes_put(out, proof, note);
}

bool
growth_read(struct str text, uint64_t *old_size_r, struct tree_proof *proof, struct str *note_r)
{
	struct str rest = text, value;
	struct buf again;
	bool good = line_of(str_cut(rest, '\n', &rest), "old", &value) && str_u64(value, old_size_r) == RC_OK && *old_size_r < INT64_MAX && hashes_read(rest, proof, note_r);

	buf_init(&again, text.n + 1);
	if (good)
		growth_put(&again, *old_size_r, proof, *note_r);
	good = good && !again.failed && str_is(buf_view(&again), text);
	buf_done(&again);
	return good;
}
