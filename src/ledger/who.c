/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/who.c: see who.h. BARRIER: a text to be judged may be a stranger's; it trusts the public key alone. Must never accept a text with a byte that it would not write
 * itself. Start at ledger_who_prove, ledger_who_check.
 */
#include "ledger/who.h"
#include "ledger/disk.h"
#include "ledger/epochs.h"
#include "ledger/people.h"
#include "ledger/tiles.h"

#include "base/map.h"
#include "codec/base64.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME       "hygie-who/v1"
#define BUNDLE_MAX (TILE_WIDTH * (size_t)(LEAF_MAX + 2))

/* ---- the text ---- */

struct place { uint64_t index; int64_t patient; unsigned char said[SHA_LEN]; };

static void
hashes_put(struct buf *out, const struct tree_proof *proof)
{
	for (unsigned i = 0; i < proof->n; i++) {
		base64_put(out, (struct str){ (const char *)proof->hash[i], SHA_LEN });
		buf_ch(out, '\n');
	}
	buf_ch(out, '\n');
}

static void
head_put(struct buf *out, int64_t patient, uint64_t n, const unsigned char salt[PEOPLE_SALT])
{
	buf_fmt(out, NAME "\npatient %" PRId64 "\nentries %" PRIu64 "\n", patient, n);
	if (n) {
		buf_z(out, "salt ");
		hex_put(out, (struct str){ (const char *)salt, PEOPLE_SALT });
		buf_ch(out, '\n');
	}
}

static void
entry_put(struct buf *out, struct str entry, uint64_t index, const struct tree_proof *proof)
{
	buf_z(out, "entry ");
	base64_put(out, entry);
	buf_fmt(out, "\nindex %" PRIu64 "\n", index);
	hashes_put(out, proof);
}

static void
place_put(struct buf *out, const struct place *at, const struct tree_proof *proof)
{
	buf_fmt(out, "leaf %" PRIu64 " %" PRId64 " ", at->index, at->patient);
	hex_put(out, (struct str){ (const char *)at->said, SHA_LEN });
	buf_ch(out, '\n');
	hashes_put(out, proof);
}

static bool
hashes_read(struct str *rest, struct tree_proof *proof)
{
	struct buf hash;
	bool good = true;

	buf_init(&hash, 64);
	for (proof->n = 0; good;) {
		struct str line = str_cut(*rest, '\n', rest);
		if (line.n == 0)
			break;
		buf_reset(&hash);
		good = proof->n < TREE_PROOF && base64_get(line, &hash) == RC_OK && !hash.failed && hash.n == SHA_LEN;
		if (good)
			memcpy(proof->hash[proof->n++], hash.p, SHA_LEN);
	}
	buf_done(&hash);
	return good && rest->p;
}

static bool
word_line(struct str *rest, const char *word, struct str *value_r)
{
	struct str line = str_cut(*rest, '\n', rest);

	return rest->p && str_eq(str_cut(line, ' ', value_r), word) && value_r->p;
}

static bool
hex_into(struct str text, unsigned char *out, size_t n)
{
	struct buf bytes;

	buf_init(&bytes, n);
	bool good = hex_get(text, &bytes) == RC_OK && !bytes.failed && bytes.n == n;
	if (good)
		memcpy(out, bytes.p, n);
	buf_done(&bytes);
	return good;
}

static bool
entry_read(struct str *rest, struct buf *entry, uint64_t *index_r, struct tree_proof *proof)
{
	struct str value;

	buf_reset(entry);
	return word_line(rest, "entry", &value) && base64_get(value, entry) == RC_OK && !entry->failed && word_line(rest, "index", &value) && str_u64(value, index_r) == RC_OK &&
	       hashes_read(rest, proof);
}

static bool
place_read(struct str *rest, struct place *at, struct tree_proof *proof)
{
	struct str value, index, patient;

	if (!word_line(rest, "leaf", &value))
		return false;
	index = str_cut(value, ' ', &value);
	patient = str_cut(value, ' ', &value);
	return str_u64(index, &at->index) == RC_OK && str_i64(patient, &at->patient) == RC_OK && hex_into(value, at->said, SHA_LEN) && hashes_read(rest, proof);
}

/* ---- making ---- */

struct proving { struct people map; struct tiles tiles; struct epochs epochs; struct buf note, bundle; struct cosign_note head; int dir; };

static enum rc
proving_open(struct proving *k, const char *dir, const char *published, const char *pub_path, struct problem *p)
{
	*k = (struct proving){ .map = { .fd = -1, .looks_fd = -1 }, .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.tiles = { .reader = { tiles_node }, .dir = open(published, O_RDONLY | O_DIRECTORY | O_CLOEXEC) } };
	buf_init(&k->note, COSIGN_NOTE);
	buf_init(&k->bundle, BUNDLE_MAX);
	if (k->dir < 0 || k->tiles.dir < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, k->dir < 0 ? "ledger" : "published", "cannot open the directory");
	enum rc rc = people_open(k->dir, &k->map, p);
	if (rc == RC_OK)
		rc = disk_read_file(k->tiles.dir, "checkpoint", &k->note, p);
	if (rc == RC_OK)
		rc = epochs_open(pub_path ? AT_FDCWD : k->tiles.dir, pub_path ? pub_path : "ledger.pub", k->tiles.dir, EPOCHS_FILE, &k->epochs, p);
	if (rc == RC_OK && epochs_note_read(&k->epochs, buf_view(&k->note), &k->head) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	if (rc == RC_OK && k->map.head.bound > k->head.size)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "published", "the map was bound at entry %" PRIu64 ", %" PRIu64 " entries are published: publish first", k->map.head.bound, k->head.size);
	k->tiles.size = rc == RC_OK ? k->head.size : 0;
	return rc;
}

static void
proving_close(struct proving *k)
{
	people_close(&k->map);
	epochs_done(&k->epochs);
	buf_done(&k->note);
	buf_done(&k->bundle);
	if (k->dir >= 0)
		close(k->dir);
	if (k->tiles.dir >= 0)
		close(k->tiles.dir);
}

static enum rc
entry_prove(struct proving *k, uint64_t number, struct buf *out, struct problem *p)
{
	uint64_t index = number - 1;
	struct tree_proof proof;
	struct str left, entry = STR_NONE;
	unsigned at;
	struct tile t = tile_of(k->head.size, 0, index, &at);

	t.level = TILE_ENTRIES;
	buf_reset(&k->bundle);
	enum rc rc = tiles_read(k->tiles.dir, &t, &k->bundle, p);
	left = buf_view(&k->bundle);
	for (uint64_t i = 0; rc == RC_OK && i <= index % TILE_WIDTH; i++)
		if (tiles_entry(&left, &entry) != RC_OK)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "tile/entries", "entry %" PRIu64 " cannot be read", number);
	if (rc == RC_OK)
		rc = tree_prove_entry(&k->tiles.reader, index, k->head.size, &proof, p);
	if (rc == RC_OK)
		entry_put(out, entry, index, &proof);
	return rc;
}

static enum rc
place_prove(struct proving *k, uint64_t index, struct buf *out, struct problem *p)
{
	struct place at = { .index = index };
	struct tree_proof proof;
	struct person one;
	enum rc rc = people_read(&k->map, index, &one, p);

	if (rc == RC_OK)
		rc = tree_prove_entry(&k->map.reader, index, k->map.head.n, &proof, p);
	if (rc != RC_OK)
		return rc;
	at.patient = one.patient;
	people_said(&one, at.said);
	place_put(out, &at, &proof);
	return RC_OK;
}

static enum rc
who_put(struct proving *k, int64_t patient, struct buf *out, struct problem *p)
{
	struct person one = { .patient = patient };
	uint64_t index = 0, *numbers = NULL;
	bool is = false;
	enum rc rc = people_find(&k->map, patient, &index, &is, p);

	if (rc == RC_OK && is)
		rc = people_read(&k->map, index, &one, p);
	if (rc == RC_OK && is)
		rc = people_looks(&k->map, &one, &numbers, p);
	if (rc == RC_OK)
		head_put(out, patient, one.count, one.salt);
	for (uint64_t i = 0; rc == RC_OK && i < one.count && !out->failed; i++)
		rc = entry_prove(k, numbers[i], out, p);
	free(numbers);
	if (rc == RC_OK)
		rc = entry_prove(k, k->map.head.bound, out, p);
	if (rc == RC_OK && !is && index > 0)
		rc = place_prove(k, index - 1, out, p);
	if (rc == RC_OK && index < k->map.head.n)
		rc = place_prove(k, index, out, p);
	if (rc == RC_OK)
		buf_str(out, buf_view(&k->note));
	return rc == RC_OK ? buf_rc(out, p) : rc;
}

enum rc
ledger_who_prove(const char *dir, const char *published, const char *pub_path, int64_t patient, struct buf *out, struct problem *p)
{
	struct proving k;
	enum rc rc = proving_open(&k, dir, published, pub_path, p);

	if (rc == RC_OK)
		rc = who_put(&k, patient, out, p);
	proving_close(&k);
	return rc;
}

/* ---- judging ---- */

static enum rc
no_proof(struct problem *p, const char *what)
{
	return problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "proof", "%s", what);
}

struct judging {
	const struct epochs *epochs;
	struct ledger_who_each *each;
	struct buf entry, again;          /* again: what was read, as it is written */
	struct cosign_note head;
	struct person one;                /* as the entries make him */
	uint64_t bound, n;                /* the BIND entry, and how many leaves its tree has */
	unsigned char root[SHA_LEN];
	struct ledger_who *r;
};

/* An entry under the head: its bytes say what its place says. */
static enum rc
entry_judge(struct judging *k, struct str *rest, struct leaf *leaf, unsigned char hash[SHA_LEN], struct problem *p)
{
	struct tree_proof proof;
	uint64_t index;

	if (!entry_read(rest, &k->entry, &index, &proof))
		return no_proof(p, "cannot be read");
	entry_put(&k->again, buf_view(&k->entry), index, &proof);
	tree_leaf(hash, k->entry.p, k->entry.n);
	if (!tree_is_included(index, k->head.size, hash, &proof, k->head.root))
		return no_proof(p, "an entry is not under the signed root");
	return leaf_parse((const unsigned char *)k->entry.p, k->entry.n, leaf) == RC_OK && leaf->e.number == index + 1 ? RC_OK : no_proof(p, "not the entry of its number");
}

static enum rc
entries_judge(struct judging *k, struct str *rest, uint64_t *last_r, struct problem *p)
{
	unsigned char hash[SHA_LEN];
	struct leaf leaf;
	enum rc rc = RC_OK;

	*last_r = 0;
	for (uint64_t i = 0; rc == RC_OK && i < k->one.count; i++) {
		rc = entry_judge(k, rest, &leaf, hash, p);
		if (rc == RC_OK && leaf.e.number <= *last_r)
			rc = no_proof(p, "entries out of order");
		if (rc != RC_OK)
			break;
		*last_r = leaf.e.number;
		people_chain(k->one.chain, hash);
		k->each->entry(k->each, &leaf.e);
	}
	return rc;
}

static enum rc
bind_judge(struct judging *k, struct str *rest, uint64_t last, struct problem *p)
{
	unsigned char hash[SHA_LEN];
	struct leaf leaf;
	enum rc rc = entry_judge(k, rest, &leaf, hash, p);

	if (rc != RC_OK)
		return rc;
	if (leaf.e.kind != LEDGER_BIND || leaf.e.about >= leaf.e.number)
		return no_proof(p, "no root of a patients' map");
	if (last > leaf.e.about)
		return no_proof(p, "an entry that the map does not cover");
	memcpy(k->root, leaf.extra.p, SHA_LEN);
	k->n = leaf.e.rows;
	k->r->since = 0;
	for (unsigned i = 8; i-- > 0;)
		k->r->since = k->r->since << 8 | (unsigned char)leaf.extra.p[SHA_LEN + i];
	k->r->covered = leaf.e.about;
	k->r->bound_ms = leaf.e.at_ms;
	return RC_OK;
}

static enum rc
place_judge(struct judging *k, struct str *rest, struct place *at, struct problem *p)
{
	struct tree_proof proof;
	unsigned char leaf[SHA_LEN];

	if (!place_read(rest, at, &proof))
		return no_proof(p, "cannot be read");
	place_put(&k->again, at, &proof);
	people_leaf(at->patient, at->said, leaf);
	return tree_is_included(at->index, k->n, leaf, &proof, k->root) ? RC_OK : no_proof(p, "a place that is not in the patients' map");
}

/* Named: his place says what the entries say. Not named: no place is between his neighbours. */
static enum rc
map_judge(struct judging *k, struct str *rest, struct problem *p)
{
	unsigned char said[SHA_LEN];
	struct place at, next;
	enum rc rc;

	if (k->one.count) {
		people_said(&k->one, said);
		rc = place_judge(k, rest, &at, p);
		if (rc == RC_OK && at.patient != k->one.patient)
			rc = no_proof(p, "another patient's place");
		return rc == RC_OK && memcmp(at.said, said, SHA_LEN) != 0 ? no_proof(p, "these are not all entries that name this patient, or others are among them") : rc;
	}
	if (k->n == 0)
		return RC_OK;
	rc = place_judge(k, rest, &at, p);
	if (rc != RC_OK || (at.index == 0 && at.patient > k->one.patient) || (at.index == k->n - 1 && at.patient < k->one.patient))
		return rc;
	rc = place_judge(k, rest, &next, p);
	if (rc == RC_OK && (next.index != at.index + 1 || at.patient >= k->one.patient || next.patient <= k->one.patient))
		rc = no_proof(p, "not the places beside this patient's");
	return rc;
}

/* The checkpoint begins where the first line is the ledger's name: all lines before begin with another word. */
static bool
note_find(struct str text, const char *origin, struct str *note_r)
{
	for (struct str rest = text; rest.n;) {
		*note_r = rest;
		if (str_eq(str_cut(rest, '\n', &rest), origin))
			return true;
	}
	return false;
}

static enum rc
who_judge(struct judging *k, struct str text, struct problem *p)
{
	struct str rest = text, value;
	uint64_t last = 0;

	if (!str_eq(str_cut(rest, '\n', &rest), NAME) || !word_line(&rest, "patient", &value) || str_i64(value, &k->one.patient) != RC_OK || !word_line(&rest, "entries", &value) ||
	    str_u64(value, &k->one.count) != RC_OK || (k->one.count && (!word_line(&rest, "salt", &value) || !hex_into(value, k->one.salt, PEOPLE_SALT))))
		return no_proof(p, "not a proof of who saw a record");
	head_put(&k->again, k->one.patient, k->one.count, k->one.salt);
	if (!note_find(rest, k->epochs->origin, &k->r->note) || epochs_note_read(k->epochs, k->r->note, &k->head) != RC_OK)
		return no_proof(p, "its checkpoint is not signed by this key");
	enum rc rc = entries_judge(k, &rest, &last, p);
	if (rc == RC_OK)
		rc = bind_judge(k, &rest, last, p);
	if (rc == RC_OK)
		rc = map_judge(k, &rest, p);
	buf_str(&k->again, k->r->note);
	if (rc == RC_OK && (k->again.failed || !str_is(buf_view(&k->again), text)))
		rc = no_proof(p, "not as it is written");
	k->r->patient = k->one.patient;
	k->r->n = k->one.count;
	k->r->size = rc == RC_OK ? k->head.size : 0;
	return rc;
}

enum rc
ledger_who_check(struct str text, const char *pub_path, const char *epochs_path, struct ledger_who_each *each, struct ledger_who *r, struct problem *p)
{
	struct epochs epochs;
	struct judging k = { .epochs = &epochs, .each = each, .r = r };
	enum rc rc = epochs_open(AT_FDCWD, pub_path, AT_FDCWD, epochs_path, &epochs, p);

	*r = (struct ledger_who){ .n = 0 };
	buf_init(&k.entry, LEAF_MAX);
	buf_init(&k.again, LEDGER_WHO_BYTES);
	if (rc == RC_OK)
		rc = who_judge(&k, text, p);
	buf_done(&k.entry);
	buf_done(&k.again);
	epochs_done(&epochs);
	return rc;
}

/* ---- the map made again ---- */

struct remaking { struct ledger_each each; /* first */ struct map64 at; struct person *one; size_t n, cap; uint64_t upto, bound; unsigned char root[SHA_LEN]; bool wiped, no_memory; };

static struct person *
person_at(struct remaking *k, int64_t patient)
{
	uint64_t i;

	if (map64_find(&k->at, (uint64_t)patient, &i))
		return &k->one[i];
	if (k->n == k->cap) {
		size_t cap = k->cap ? 2 * k->cap : 1024;
		struct person *more = reallocarray(k->one, cap, sizeof *more);
		if (!more)
			return NULL;
		k->one = more;
		k->cap = cap;
	}
	if (!map64_put(&k->at, (uint64_t)patient, k->n))
		return NULL;
	k->one[k->n] = (struct person){ .patient = patient };
	return &k->one[k->n++];
}

/* person.last: the last entry counted, for one that names him twice. */
static bool
remake_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct remaking *k = (struct remaking *)(void *)each;
	unsigned char leaf[SHA_LEN];
	struct leaf bound;

	if (e->number == k->bound && e->kind == LEDGER_BIND && leaf_parse((const unsigned char *)e->bytes.p, e->bytes.n, &bound) == RC_OK)
		memcpy(k->root, bound.extra.p, SHA_LEN);
	if (e->number > k->upto)
		return e->number < k->bound;
	k->wiped = k->wiped || e->erased;
	if (e->kind == LEDGER_SNAPSHOT || e->kind == LEDGER_SNAPSHOT_END)
		return !k->wiped;
	tree_leaf(leaf, e->bytes.p, e->bytes.n);
	for (uint32_t i = 0; i < e->n_patients && !k->no_memory; i++) {
		struct person *one = person_at(k, e->patients[i].patient);
		k->no_memory = !one;
		if (!one || one->last == e->number)
			continue;
		one->last = e->number;
		one->count++;
		people_chain(one->chain, leaf);
	}
	return !k->wiped && !k->no_memory;
}

/* The salts are the map's own. */
static enum rc
compare(const struct people *map, const struct remaking *k, struct ledger_people_verdict *r, struct problem *p)
{
	unsigned char said[SHA_LEN], leaf[SHA_LEN], root[SHA_LEN];
	struct tree tree = { 0 };
	struct person one;
	int64_t before = INT64_MIN;
	uint64_t at;
	enum rc rc = RC_OK;

	r->good = map->head.n == k->n;
	for (uint64_t i = 0; rc == RC_OK && r->patient == 0 && i < map->head.n; i++) {
		rc = people_read(map, i, &one, p);
		if (rc != RC_OK)
			break;
		bool same = (i == 0 || one.patient > before) && map64_find(&k->at, (uint64_t)one.patient, &at) && k->one[at].count == one.count && memcmp(k->one[at].chain, one.chain, SHA_LEN) == 0;
		if (!same) {
			r->good = false;
			r->patient = one.patient;
		}
		before = one.patient;
		people_said(&one, said);
		people_leaf(one.patient, said, leaf);
		tree_add(&tree, leaf);
	}
	tree_root(&tree, root);
	r->good = r->good && memcmp(root, k->root, SHA_LEN) == 0;
	return rc;
}

enum rc
ledger_people_check(const char *dir, struct ledger_people_verdict *r, struct problem *p)
{
	struct ledger_settings s = { .dir = dir, .read_only = true };
	struct remaking k = { .each = { remake_entry } };
	struct people map = { .fd = -1, .looks_fd = -1 };
	struct ledger *l = NULL;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum rc rc = fd < 0 ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "ledger", "cannot open the directory") : people_open(fd, &map, p);

	*r = (struct ledger_people_verdict){ .good = false };
	map64_init(&k.at);
	k.upto = map.head.covered;
	k.bound = map.head.bound;
	if (rc == RC_OK)
		rc = ledger_open(&s, &l, p);
	if (rc == RC_OK) {
		rc = ledger_read(l, 1, &k.each, p);
		ledger_close(&l);
	}
	if (rc == RC_OK && k.wiped)
		rc = problem_set(p, RC_GONE, WHY_NOT_FOUND, "ledger", "personal parts were wiped: the map cannot be made again");
	if (rc == RC_OK && k.no_memory)
		rc = problem_set(p, RC_LIMIT, WHY_BUSY, "ledger", "no memory");
	if (rc == RC_OK) {
		r->patients = map.head.n;
		r->covered = map.head.covered;
		rc = compare(&map, &k, r, p);
	}
	map64_done(&k.at);
	free(k.one);
	people_close(&map);
	if (fd >= 0)
		close(fd);
	return rc;
}
