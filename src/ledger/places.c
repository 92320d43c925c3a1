/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/places.c: DIR/index: where to start reading and the tree's frontier there, so that opening never reads the whole ledger. Derived: without it (or
 * when it is not signed by this ledger's key) opening reads until it knows: the tree needs every entry. An old one is safe too: it only makes the
 * reading longer. Must never decide whether the ledger is good: the frontier counts only when the CHECKPOINT at that place signs its root. Called by tail.c (read) and tender.c (write).
 */
#include "ledger/inner.h"

#include "codec/base64.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_FILE "index"
#define PLACES_MAX  (16u << 20) /* a million segments */
#define PLACES_HEAD "hygie/ledger/index 2"

static bool
line_u64(struct str *rest, const char *name, uint64_t *v_r)
{
	struct str line = str_cut(*rest, '\n', rest), value, word = str_cut(line, ' ', &value);

	return str_eq(word, name) && str_u64(value, v_r) == RC_OK;
}

/* One line of hex for each node of the frontier, the smallest first: which there are, the size says. */
static bool
tree_parse(struct str *rest, uint64_t size, struct tree *t)
{
	struct buf node;
	bool good = true;

	t->size = size;
	for (unsigned k = 0; good && k < TREE_LEVELS; k++) {
		if (!(size >> k & 1))
			continue;
		buf_init(&node, SHA_LEN);
		good = hex_get(str_cut(*rest, '\n', rest), &node) == RC_OK && !node.failed && node.n == SHA_LEN;
		if (good)
			memcpy(t->node[k], node.p, SHA_LEN);
		buf_done(&node);
	}
	return good;
}

static void
tree_put(struct buf *text, const struct tree *t)
{
	for (unsigned k = 0; k < TREE_LEVELS; k++) {
		if (!(t->size >> k & 1))
			continue;
		hex_put(text, (struct str){ (const char *)t->node[k], SHA_LEN });
		buf_ch(text, '\n');
	}
}

static enum rc
places_parse(struct str body, struct places *out)
{
	struct str rest = body;
	uint64_t segment, n, before = 0;

	if (!str_eq(str_cut(rest, '\n', &rest), PLACES_HEAD))
		return RC_BAD_INPUT;
	if (!line_u64(&rest, "number", &out->milestone.number) || !line_u64(&rest, "segment", &segment) || !line_u64(&rest, "at", &out->milestone.at) ||
	    !line_u64(&rest, "snapshot", &out->snapshot) || !line_u64(&rest, "wiped", &out->wiped) || !line_u64(&rest, "segments", &n))
		return RC_BAD_INPUT;
	if (n == 0 || n > PLACES_MAX / 2 || segment == 0 || segment > n || out->milestone.number == 0)
		return RC_BAD_INPUT;
	if (!tree_parse(&rest, out->milestone.number - 1, &out->milestone.tree))
		return RC_BAD_INPUT;
	out->milestone.segment = (uint32_t)segment;
	out->firsts = calloc((size_t)n, sizeof *out->firsts);
	if (!out->firsts)
		return RC_LIMIT;
	for (; out->n < n; out->n++) {
		uint64_t first;
		if (str_u64(str_cut(rest, '\n', &rest), &first) != RC_OK || first <= before)
			return RC_BAD_INPUT;
		out->firsts[out->n] = before = first;
	}
	return rest.n == 0 ? RC_OK : RC_BAD_INPUT;
}

/* An index is a key behind when a crash came between a change of keys and its writing. */
static bool
unseal(const struct ledger *l, struct str text, struct str *body_r)
{
	struct signing_key key;

	if (signing_unseal(&l->key, text, body_r) == RC_OK)
		return true;
	for (unsigned i = 0; i < 4 && i < l->epochs.n; i++) {
		epochs_key(&l->epochs, l->epochs.n - 1 - i, &key);
		if (signing_unseal(&key, text, body_r) == RC_OK)
			return true;
	}
	return false;
}

enum rc
places_read(struct ledger *l, struct places *places_r, struct problem *p)
{
	struct places places = { 0 };
	struct buf text;
	struct str body;
	enum rc rc;

	buf_init(&text, PLACES_MAX);
	rc = disk_read_file(l->dir, PLACES_FILE, &text, p);
	if (rc == RC_OK && (!unseal(l, buf_view(&text), &body) || places_parse(body, &places) != RC_OK))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, PLACES_FILE, "not the index of this ledger: it will be made again");
	buf_done(&text);
	if (rc == RC_OK)
		*places_r = places;
	else
		places_done(&places);
	return rc;
}

void
places_done(struct places *places)
{
	free(places->firsts);
	*places = (struct places){ 0 };
}

enum rc
places_write(struct ledger *l, const struct places *places, struct problem *p)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, PLACES_MAX);
	buf_fmt(&text, PLACES_HEAD "\nnumber %" PRIu64 "\nsegment %" PRIu32 "\nat %" PRIu64 "\nsnapshot %" PRIu64 "\nwiped %" PRIu64 "\nsegments %" PRIu32 "\n",
		places->milestone.number, places->milestone.segment, places->milestone.at, places->snapshot, places->wiped, places->n);
	tree_put(&text, &places->milestone.tree);
	for (uint32_t i = 0; i < places->n; i++) {
		buf_u64(&text, places->firsts[i]);
		buf_ch(&text, '\n');
	}
	signing_seal(&l->key, &text);
	rc = buf_rc(&text, p);
	if (rc == RC_OK)
		rc = disk_replace(l->dir, PLACES_FILE, buf_view(&text), 0600, p);
	buf_done(&text);
	return rc;
}
