/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/epochs.c: see epochs.h. BARRIER: a list may be a stranger's: only what follows from the key that the caller holds counts. Start at epochs_parse. */
#include "ledger/epochs.h"
#include "ledger/disk.h"
#include "ledger/tree.h"

#include "codec/base64.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CERT_NAME "hygie/ledger/epoch/v1"
#define CERT_TEXT 512

void
epochs_init(struct epochs *e, const struct signing_key *key)
{
	*e = (struct epochs){ .n = 1, .cap = 16, .at = calloc(16, sizeof *e->at) };
	MUST(e->at != NULL);
	memcpy(e->origin, key->origin, sizeof e->origin);
	memcpy(e->at[0].pub, key->pub, SIGNING_PUB);
	buf_init(&e->text, EPOCHS_BYTES);
	signing_pub_put(key, &e->text);
}

void
epochs_done(struct epochs *e)
{
	free(e->at);
	buf_done(&e->text);
	*e = (struct epochs){ .n = 0 };
}

unsigned
epochs_of(const struct epochs *e, uint64_t size)
{
	unsigned lo = 0, hi = e->n;

	while (hi - lo > 1) {
		unsigned middle = lo + (hi - lo) / 2;
		if (e->at[middle].first <= size)
			lo = middle;
		else
			hi = middle;
	}
	return lo;
}

void
epochs_key(const struct epochs *e, unsigned epoch, struct signing_key *key_r)
{
	MUST(epoch < e->n);
	*key_r = (struct signing_key){ .origin = "" };
	memcpy(key_r->origin, e->origin, sizeof key_r->origin);
	memcpy(key_r->pub, e->at[epoch].pub, SIGNING_PUB);
}

/* ---- certificates ---- */

static void
cert_put(struct buf *out, const char *origin, unsigned epoch, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char next[SIGNING_PUB])
{
	struct signing_key key = { .origin = "" };

	memcpy(key.origin, origin, sizeof key.origin);
	memcpy(key.pub, next, SIGNING_PUB);
	buf_fmt(out, CERT_NAME "\n%s\nepoch %u\nsize %" PRIu64 "\nroot ", origin, epoch, size);
	base64_put(out, (struct str){ (const char *)root, SHA_LEN });
	buf_z(out, "\nkey ");
	signing_pub_put(&key, out);
}

void
epochs_certify(const struct signing_key *key, unsigned epoch, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char next[SIGNING_PUB], unsigned char sig[SIGNING_SIG])
{
	struct buf text;

	buf_init(&text, CERT_TEXT);
	cert_put(&text, key->origin, epoch, size, root, next);
	MUST(!text.failed);
	signing_sign_text(key, buf_view(&text), sig);
	buf_done(&text);
}

bool
epochs_is_certified(const struct signing_key *key, unsigned epoch, uint64_t size, const unsigned char root[SHA_LEN], const unsigned char next[SIGNING_PUB], const unsigned char sig[SIGNING_SIG])
{
	struct buf text;

	buf_init(&text, CERT_TEXT);
	cert_put(&text, key->origin, epoch, size, root, next);
	bool good = !text.failed && signing_is_signed_text(key, buf_view(&text), sig);
	buf_done(&text);
	return good;
}

bool
epochs_push(struct epochs *e, uint64_t first, const unsigned char root[SHA_LEN], const unsigned char pub[SIGNING_PUB], const unsigned char sig[SIGNING_SIG])
{
	struct signing_key by;
	size_t was = e->text.n;

	if (e->n == e->cap) {
		struct epoch *more = reallocarray(e->at, 2 * (size_t)e->cap, sizeof *more);
		if (!more)
			return false;
		e->at = more;
		e->cap *= 2;
	}
	epochs_key(e, e->n - 1, &by);
	cert_put(&e->text, e->origin, e->n, first - 1, root, pub);
	signing_line_put(&by, sig, &e->text);
	if (e->text.failed) {
		e->text.n = was;
		e->text.failed = false;
		return false;
	}
	e->before = was;
	e->at[e->n].first = first;
	memcpy(e->at[e->n++].pub, pub, SIGNING_PUB);
	return true;
}

void
epochs_pop(struct epochs *e)
{
	MUST(e->n > 1 && e->before > 0);
	e->n--;
	e->text.n = e->before;
	e->before = 0;
}

bool
epochs_meet(struct epochs *e, unsigned *at, const struct leaf *leaf, const unsigned char root[SHA_LEN])
{
	const unsigned char *pub = (const unsigned char *)leaf->extra.p, *sig = pub + SIGNING_PUB;
	struct signing_key by;

	epochs_key(e, *at, &by);
	if (leaf->e.kind != LEDGER_EPOCH || leaf->e.about != *at + UINT64_C(1) || !epochs_is_certified(&by, *at + 1, leaf->e.number - 1, root, pub, sig))
		return false;
	++*at;
	if (*at < e->n)
		return e->at[*at].first == leaf->e.number && memcmp(e->at[*at].pub, pub, SIGNING_PUB) == 0;
	return epochs_push(e, leaf->e.number, root, pub, sig);
}

/* ---- the list ---- */

static bool
word_line(struct str *rest, const char *word, struct str *value_r)
{
	struct str line = str_cut(*rest, '\n', rest);

	return rest->p && str_eq(str_cut(line, ' ', value_r), word) && value_r->p;
}

struct cert { uint64_t epoch, size; unsigned char root[SHA_LEN], sig[SIGNING_SIG]; struct signing_key key; };

static bool
cert_parse(struct str *rest, struct cert *c)
{
	struct str value, key_line;
	struct buf root, tail;
	bool good = str_eq(str_cut(*rest, '\n', rest), CERT_NAME) && rest->p;

	buf_init(&root, 64);
	buf_init(&tail, 128);
	if (good)
		(void)str_cut(*rest, '\n', rest); /* the origin: compared when all is written again */
	good = good && word_line(rest, "epoch", &value) && str_u64(value, &c->epoch) == RC_OK && word_line(rest, "size", &value) && str_u64(value, &c->size) == RC_OK;
	good = good && word_line(rest, "root", &value) && base64_get(value, &root) == RC_OK && !root.failed && root.n == SHA_LEN;
	good = good && word_line(rest, "key", &value);
	if (good) {
		key_line = (struct str){ value.p, value.n + 1 }; /* with its line feed */
		good = signing_pub_parse(key_line, &c->key) == RC_OK;
	}
	good = good && str_cut(*rest, '\n', rest).n == 0 && rest->p;
	if (good) {
		struct str line = str_cut(*rest, '\n', rest);
		(void)str_cut(line, ' ', &value);
		(void)str_cut(value, ' ', &value);
		good = rest->p && value.p && base64_get(value, &tail) == RC_OK && !tail.failed && tail.n == 4 + SIGNING_SIG;
	}
	if (good) {
		memcpy(c->root, root.p, SHA_LEN);
		memcpy(c->sig, tail.p + 4, SIGNING_SIG);
	}
	buf_done(&root);
	buf_done(&tail);
	return good;
}

static enum rc
list_is_bad(struct problem *p, unsigned epoch)
{
	return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, EPOCHS_FILE, "epoch %u is not certified by the key before it", epoch);
}

enum rc
epochs_parse(struct str text, const struct signing_key *pinned, struct epochs *e_r, struct problem *p)
{
	struct str rest = text, line = str_cut(text, '\n', &rest);
	struct signing_key first, by;
	bool met;

	*e_r = (struct epochs){ .n = 0 };
	if (!rest.p || signing_pub_parse((struct str){ line.p, line.n + 1 }, &first) != RC_OK || !signing_is_first(&first) || strcmp(first.origin, pinned->origin) != 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, EPOCHS_FILE, "it does not begin with key 0 of this ledger");
	met = memcmp(first.pub, pinned->pub, SIGNING_PUB) == 0;
	epochs_init(e_r, &first);
	while (rest.n) {
		struct cert c = { .epoch = 0 };
		unsigned number = e_r->n;
		uint64_t before = e_r->at[number - 1].first;
		epochs_key(e_r, number - 1, &by);
		if (!cert_parse(&rest, &c) || c.epoch != number || c.size <= before || c.size >= INT64_MAX || !epochs_is_certified(&by, number, c.size, c.root, c.key.pub, c.sig))
			return list_is_bad(p, number);
		if (!epochs_push(e_r, c.size + 1, c.root, c.key.pub, c.sig))
			return problem_set(p, RC_LIMIT, WHY_TOO_BIG, EPOCHS_FILE, "%u epochs", number);
		met = met || memcmp(c.key.pub, pinned->pub, SIGNING_PUB) == 0;
	}
	if (!str_is(buf_view(&e_r->text), text)) /* one form only */
		return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, EPOCHS_FILE, "not as a ledger writes it");
	return met ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_FORMAT, EPOCHS_FILE, "the public key given is none of this list");
}

enum rc
epochs_read(int dir, const char *path, const struct signing_key *pinned, struct epochs *e_r, struct problem *p)
{
	struct buf text;

	*e_r = (struct epochs){ .n = 0 };
	buf_init(&text, EPOCHS_BYTES);
	enum rc rc = path ? disk_read_file(dir, path, &text, p) : RC_NOT_FOUND;
	if (rc == RC_OK)
		rc = epochs_parse(buf_view(&text), pinned, e_r, p);
	else if (rc == RC_NOT_FOUND && signing_is_first(pinned)) {
		epochs_init(e_r, pinned);
		rc = RC_OK;
	} else if (rc == RC_NOT_FOUND)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, EPOCHS_FILE, "the public key given is not the first one, and there is no list of epochs");
	buf_done(&text);
	return rc;
}

enum rc
epochs_open(int pub_dir, const char *pub_path, int dir, const char *path, struct epochs *e_r, struct problem *p)
{
	struct signing_key pinned;

	*e_r = (struct epochs){ .n = 0 };
	enum rc rc = signing_pub_read(pub_dir, pub_path, &pinned, p);
	return rc == RC_OK ? epochs_read(dir, path, &pinned, e_r, p) : rc;
}

static enum rc
rebuild_segment(int dir, uint32_t segment, struct epochs *e, unsigned *at, struct tree *tree, struct problem *p)
{
	unsigned char hash[SHA_LEN];
	struct walk w;
	struct record r;
	struct leaf leaf;
	enum rc rc = disk_walk_open(&w, dir, segment, 0, p);

	while (rc == RC_OK && disk_walk_next(&w, &r, &leaf) == WALK_RECORD && leaf.e.number == tree->size + 1) {
		tree_root(tree, hash);
		if (leaf.e.number == 1 && (leaf.e.kind != LEDGER_GENESIS || memcmp(leaf.extra.p, e->at[0].pub, SIGNING_PUB) != 0))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "the first entry is not this key's, at entry 1");
		else if (leaf.e.kind == LEDGER_EPOCH && !epochs_meet(e, at, &leaf, hash))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "epoch, at entry %" PRIu64, leaf.e.number);
		tree_leaf(hash, r.leaf, r.leaf_n);
		tree_add(tree, hash);
	}
	disk_walk_close(&w);
	return rc;
}

enum rc
epochs_rebuild(int dir, const struct signing_key *first, struct epochs *e_r, struct problem *p)
{
	struct tree tree = { 0 };
	unsigned at = 0;
	uint32_t n = 0;

	epochs_init(e_r, first);
	enum rc rc = disk_segment_count(dir, &n, p);
	for (uint32_t k = 1; rc == RC_OK && k <= n; k++)
		rc = rebuild_segment(dir, k, e_r, &at, &tree, p);
	return rc;
}

/* ---- heads ---- */

bool
epochs_note_size(struct str text, uint64_t *size_r)
{
	struct str rest;

	(void)str_cut(text, '\n', &rest);
	return rest.p && str_u64(str_cut(rest, '\n', &rest), size_r) == RC_OK;
}

enum rc
epochs_note_read(const struct epochs *e, struct str text, struct cosign_note *r)
{
	struct signing_key key;
	uint64_t size;

	if (!epochs_note_size(text, &size))
		return RC_BAD_INPUT;
	epochs_key(e, epochs_of(e, size), &key);
	return cosign_note_read(&key, text, r);
}

enum rc
epochs_note_parse(const struct epochs *e, struct str text, uint64_t *size_r, unsigned char root_r[SHA_LEN])
{
	struct signing_key key;
	uint64_t size;

	if (!epochs_note_size(text, &size))
		return RC_BAD_INPUT;
	epochs_key(e, epochs_of(e, size), &key);
	return signing_parse(&key, text, size_r, root_r);
}
