/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/verify.c: the verifier. It trusts the public key and nothing else: not the index, not the lock, not a word of ledger.c's memory. Because every
 * entry carries the hash of the chain before it, segments are proven side by side, each from its own first entry, and joined afterwards. So is the tree: a
 * segment's leaves are hashed as a run, whose place in the tree is known when those before it are hashed; then its signatures are checked.
 * It must never write. Called by ledger_verify's callers: hygie-verify, tests. Start at ledger_verify, then prove_segment.
 *
 * What is proven: numbers without gap from the GENESIS that holds this key, or, where a later key is given, the one that the ledger is named after; time that never
 * goes back; every chain hash; every commitment, or a wiped part under an "erase_personal" mark of a later time; every EPOCH certified by the key before it; a CHECKPOINT
 * with the signature of its epoch's key, no other, over the root of the tree at least every 4,096 entries, and at the end unless that is a minute old; nothing after the
 * end; the entry that DIR/checkpoint signed is there, and the tree to it has that root.
 */
#include "ledger/disk.h"
#include "ledger/inner.h"

#include "base/clock.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 8

struct part {
	enum rc rc;
	uint64_t first, last, entries, checkpoints, erased;
	unsigned char first_prev[SHA_LEN], head[SHA_LEN];
	int64_t first_ms, last_ms;
	uint64_t first_signed, last_signed;  /* CHECKPOINT entries of this part */
	int64_t last_signed_ms;
	unsigned epochs;                     /* EPOCH entries */
	unsigned char genesis[SIGNING_PUB];  /* of segment 1 */
	unsigned char note_pub[SIGNING_PUB]; /* whose key signs at the size of DIR/checkpoint */
	bool pinned_met;                     /* the key given came with an EPOCH */
	int64_t wiped_ms, mark_ms;           /* latest at_ms of a wiped part; latest moment of an erase mark; INT64_MIN none */
	bool note_met; unsigned char at_note[SHA_LEN]; /* the root at the size of DIR/checkpoint */
	uint64_t bad; const char *what;      /* 0: good */
	bool key_differs;
};

/* A moment at which somebody says what the root is: all that is needed to know it once the tree before the segment is known. */
struct claim {
	uint64_t size;
	enum { CLAIM_CHECKPOINT, CLAIM_EPOCH, CLAIM_NOTE /* DIR/checkpoint */ } is;
	uint64_t epoch; unsigned char next[SIGNING_PUB]; /* of an EPOCH */
	unsigned rising; bool edged;         /* tree_run_edge then */
	unsigned char edge[SHA_LEN], prev[SHA_LEN], sig[SIGNING_SIG];
};

/* One segment on its way. */
struct hashing { struct tree_run run; struct claim *claims; size_t n, cap; };

struct job {
	int dir;
	struct signing_key key;              /* the one that was given */
	uint64_t note_size;
	uint32_t n;
	struct part *parts;
	_Atomic uint32_t next;
	int64_t wiped_ms, mark_ms;           /* of all parts */
	pthread_mutex_t lock;                /* of the following */
	pthread_cond_t moved;
	uint32_t joined;                     /* segments that are in the tree */
	bool lost;                           /* one of them did not follow the one before: the verdict will name it, and no later root can be known */
	struct tree tree;
	struct signing_key now;              /* whose epoch it is where they end, and which */
	unsigned epoch;
};

static void
blame(struct part *v, uint64_t number, const char *what)
{
	v->bad = number;
	v->what = what;
}

/*
 * Record n does not hold the hash of n - 1. If n is as its successor knew it, n - 1 was changed; else n was. Called in the bad case only.
 */
static uint64_t
which_of_two(struct walk *w, const struct record *r, const struct leaf *leaf)
{
	unsigned char hash[SHA_LEN];
	struct record next;
	struct leaf next_leaf;
	uint64_t number = leaf->e.number;

	sha_two(hash, leaf->prev, SHA_LEN, r->leaf, r->leaf_n);
	bool intact = disk_walk_next(w, &next, &next_leaf) == WALK_RECORD && memcmp(next_leaf.prev, hash, SHA_LEN) == 0;
	return intact ? number - 1 : number;
}

/* The claim is about the leaves hashed so far. leaf: of the CHECKPOINT, NULL for DIR/checkpoint. */
static void
claim_put(struct hashing *h, struct part *v, const struct leaf *leaf)
{
	if (h->n == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 64;
		struct claim *more = reallocarray(h->claims, cap, sizeof *more);
		if (!more) {
			v->rc = RC_LIMIT;
			return;
		}
		h->claims = more;
		h->cap = cap;
	}
	struct claim *c = &h->claims[h->n++];
	*c = (struct claim){ .size = h->run.next, .is = !leaf ? CLAIM_NOTE : leaf->e.kind == LEDGER_EPOCH ? CLAIM_EPOCH : CLAIM_CHECKPOINT, .rising = h->run.rising };
	c->edged = tree_run_edge(&h->run, c->edge);
	if (c->is == CLAIM_EPOCH) {
		c->epoch = leaf->e.about;
		memcpy(c->next, leaf->extra.p, SIGNING_PUB);
		memcpy(c->sig, leaf->extra.p + SIGNING_PUB, SIGNING_SIG);
	} else if (leaf) {
		memcpy(c->prev, leaf->prev, SHA_LEN);
		memcpy(c->sig, leaf->extra.p, SIGNING_SIG);
	}
}

/* The key given, or where that is a later one the key that its ledger is named after. */
static bool
genesis_is(const struct job *j, const unsigned char pub[SIGNING_PUB])
{
	struct signing_key key = j->key;

	memcpy(key.pub, pub, SIGNING_PUB);
	return signing_is_first(&j->key) ? memcmp(pub, j->key.pub, SIGNING_PUB) == 0 : signing_is_first(&key);
}

static void
prove_kind(const struct job *j, struct part *v, struct hashing *h, const struct leaf *leaf)
{
	const struct ledger_entry *e = &leaf->e;

	switch (e->kind) {
	case LEDGER_CHECKPOINT:
		claim_put(h, v, leaf);
		if (e->about != e->number - 1)
			blame(v, e->number, "signature");
		else if (v->last_signed && e->number - v->last_signed > SIGN_EVERY)
			blame(v, v->last_signed + SIGN_EVERY, "signature");
		if (!v->first_signed)
			v->first_signed = e->number;
		v->last_signed = e->number;
		v->last_signed_ms = e->at_ms;
		v->checkpoints++;
		break;
	case LEDGER_EPOCH:
		claim_put(h, v, leaf);
		v->epochs++;
		break;
	case LEDGER_GENESIS:
		if (e->number != 1)
			blame(v, e->number, "number");
		else if (!genesis_is(j, (const unsigned char *)leaf->extra.p))
			blame(v, e->number, "signature");
		memcpy(v->genesis, leaf->extra.p, SIGNING_PUB);
		break;
	case LEDGER_MARK:
		if (str_eq(e->note, "erase_personal") && e->about <= (uint64_t)e->at_ms && (int64_t)e->about > v->mark_ms)
			v->mark_ms = (int64_t)e->about;
		break;
	default:
		break;
	}
	if (e->number == 1 && e->kind != LEDGER_GENESIS)
		blame(v, 1, "signature");
}

/* From the first record to the first thing that is wrong, or to the end of the file. */
static void
walk_segment(const struct job *j, uint32_t segment, struct part *v, struct hashing *h)
{
	unsigned char hash[SHA_LEN];
	struct walk w;
	struct record r;
	struct leaf leaf;
	struct chain chain = { 0 };
	uint64_t end = 0;

	v->wiped_ms = v->mark_ms = INT64_MIN;
	v->rc = disk_walk_open(&w, j->dir, segment, 0, NULL);
	while (v->rc == RC_OK && !v->bad) {
		uint64_t at = w.at;
		bool wiped = false;
		enum walk_found found = disk_walk_next(&w, &r, &leaf);
		if (found == WALK_FAILED)
			v->rc = RC_BROKEN;
		if (found == WALK_BAD)
			blame(v, chain.number + 1, v->entries ? "chain" : "torn"); /* alone at the start of a segment it has no number to go by */
		if (found == WALK_END) {
			v->rc = disk_nonzero(w.fd, at, w.size, &end);
			if (v->rc == RC_OK && end > at)
				blame(v, chain.number + 1, "torn");
			break;
		}
		if (found != WALK_RECORD)
			break;
		if (!v->entries) {
			chain = (struct chain){ .number = leaf.e.number - 1, .at_ms = leaf.e.at_ms };
			memcpy(chain.head, leaf.prev, SHA_LEN);
			memcpy(v->first_prev, leaf.prev, SHA_LEN);
			v->first = leaf.e.number;
			v->first_ms = leaf.e.at_ms;
			tree_run_start(&h->run, v->first - 1);
		}
		const char *what = leaf_chain_next(&chain, &r, &leaf, &wiped, hash);
		if (what) {
			bool broken_link = strcmp(what, "chain") == 0;
			blame(v, broken_link ? which_of_two(&w, &r, &leaf) : chain.number + 1, what);
			break;
		}
		v->entries++;
		v->erased += wiped;
		if (wiped && leaf.e.at_ms > v->wiped_ms)
			v->wiped_ms = leaf.e.at_ms;
		prove_kind(j, v, h, &leaf);
		tree_run_add(&h->run, hash);
		if (leaf.e.number == j->note_size)
			claim_put(h, v, NULL);
	}
	v->last = chain.number;
	v->last_ms = chain.at_ms;
	memcpy(v->head, chain.head, SHA_LEN);
	disk_walk_close(&w);
}

/* The key that signs behind the epochs of this run; each is proven by who proves the run. Lock held, but for a copy. */
static void
pass_epochs(const struct hashing *h, struct signing_key *now, unsigned *epoch)
{
	for (size_t i = 0; i < h->n; i++)
		if (h->claims[i].is == CLAIM_EPOCH) {
			memcpy(now->pub, h->claims[i].next, SIGNING_PUB);
			++*epoch;
		}
}

/*
 * Waits until the segments before this one are in the tree, takes the tree and the key in force, adds this one. Segments are taken in order, so the first of those at work
 * never waits. False: what lies before is not known.
 */
static bool
take_place(struct job *j, uint32_t i, const struct hashing *h, struct tree *before_r, struct signing_key *key_r, unsigned *epoch_r)
{
	MUST(pthread_mutex_lock(&j->lock) == 0);
	while (j->joined < i)
		MUST(pthread_cond_wait(&j->moved, &j->lock) == 0);
	if (i == 0 && j->parts[0].entries)
		memcpy(j->now.pub, j->parts[0].genesis, SIGNING_PUB);
	*before_r = j->tree;
	*key_r = j->now;
	*epoch_r = j->epoch;
	pass_epochs(h, &j->now, &j->epoch);
	bool empty = j->parts[i].entries == 0;
	j->lost = j->lost || (!empty && h->run.first != j->tree.size);
	bool known = !j->lost;
	if (known && !empty)
		tree_join(&j->tree, &h->run, 0, h->run.n);
	j->joined++;
	pthread_cond_broadcast(&j->moved);
	MUST(pthread_mutex_unlock(&j->lock) == 0);
	return known && !empty;
}

static void
prove_claims(const struct job *j, struct part *v, const struct hashing *h, struct tree *t, struct signing_key *key, unsigned epoch)
{
	unsigned char root[SHA_LEN];
	unsigned joined = 0;

	for (size_t i = 0; i < h->n; i++) {
		const struct claim *c = &h->claims[i];
		tree_join(t, &h->run, joined, c->rising);
		joined = c->rising;
		tree_root_over(t, c->edged ? c->edge : NULL, root);
		if (c->is == CLAIM_NOTE) {
			v->note_met = true;
			memcpy(v->at_note, root, SHA_LEN);
			memcpy(v->note_pub, key->pub, SIGNING_PUB);
		} else if (v->bad && c->size + 1 >= v->bad) {
			continue;
		} else if (c->is == CLAIM_EPOCH) {
			if (c->epoch != ++epoch || !epochs_is_certified(key, epoch, c->size, root, c->next, c->sig)) {
				blame(v, c->size + 1, "epoch");
				return;
			}
			memcpy(key->pub, c->next, SIGNING_PUB);
			v->pinned_met = v->pinned_met || memcmp(c->next, j->key.pub, SIGNING_PUB) == 0;
		} else if (!signing_is_signed(key, c->size, root, c->sig)) {
			/* Before ledgers were trees, h(size) was signed. */
			blame(v, c->size + 1, signing_is_signed(key, c->size, c->prev, c->sig) ? "signature of an earlier version" : "signature");
			return;
		}
	}
}

static void
prove_segment(struct job *j, uint32_t i)
{
	struct part *v = &j->parts[i];
	struct hashing h = { .n = 0 };
	struct signing_key key;
	struct tree before;
	unsigned epoch;

	walk_segment(j, i + 1, v, &h);
	if (take_place(j, i, &h, &before, &key, &epoch))
		prove_claims(j, v, &h, &before, &key, epoch);
	free(h.claims);
}

static void *
prove_many(void *job)
{
	struct job *j = job;

	for (uint32_t i; (i = atomic_fetch_add(&j->next, 1)) < j->n;)
		prove_segment(j, i);
	return NULL;
}

static void
prove_all(struct job *j)
{
	pthread_t threads[THREADS_MAX];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t want = cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : (uint32_t)cpus, n = 0;

	for (; n + 1 < want && n + 1 < j->n; n++)
		if (pthread_create(&threads[n], NULL, prove_many, j) != 0)
			break;
	prove_many(j);
	while (n)
		MUST(pthread_join(threads[--n], NULL) == 0);
}

static void
verdict_bad(struct ledger_verdict *v, uint64_t number, const char *what)
{
	v->good = false;
	v->first_bad = number;
	v->what = what;
}

/* Only when a wiped part lies under no mark: the first such entry. */
static uint64_t
first_unmarked(const struct job *j)
{
	int64_t mark_ms = j->mark_ms;
	uint64_t number = 0;

	for (uint32_t k = 1; k <= j->n && !number; k++) {
		struct walk w;
		struct record r;
		struct leaf leaf;
		if (j->parts[k - 1].wiped_ms < mark_ms)
			continue;
		if (disk_walk_open(&w, j->dir, k, 0, NULL) != RC_OK)
			break;
		while (!number && disk_walk_next(&w, &r, &leaf) == WALK_RECORD)
			if (leaf.e.at_ms >= mark_ms && leaf_record_wiped(&r))
				number = leaf.e.number;
		disk_walk_close(&w);
	}
	return number;
}

/* The part's first entry must follow the last of the part before. False: the verdict is given. */
static bool
joins(struct ledger_verdict *v, const struct chain *before, const struct part *part)
{
	if (part->first != before->number + 1)
		verdict_bad(v, before->number + 1, "number");
	else if (memcmp(part->first_prev, before->head, SHA_LEN) != 0) /* its own second entry tells whether it is intact */
		verdict_bad(v, part->entries > 1 && before->number ? before->number : part->first, "chain");
	else if (part->first_ms < before->at_ms)
		verdict_bad(v, part->first, "time");
	else
		return true;
	return false;
}

static void
hex_of(const unsigned char hash[SHA_LEN], char out[65])
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned i = 0; i < SHA_LEN; i++) {
		out[2 * i] = hex[hash[i] >> 4];
		out[2 * i + 1] = hex[hash[i] & 15];
	}
}

/* DIR/checkpoint: which key must have signed it is known when the entries to its size are. */
struct note { bool there; struct buf text; bool met, pinned_met; unsigned char found[SHA_LEN], pub[SIGNING_PUB]; int64_t last_ms; /* of the last entry */ };

static enum rc
read_note(struct job *j, struct note *note, struct problem *p)
{
	enum rc rc = disk_read_file(j->dir, "checkpoint", &note->text, p);

	note->there = rc == RC_OK || rc == RC_LIMIT;
	if (rc != RC_OK || !epochs_note_size(buf_view(&note->text), &j->note_size))
		j->note_size = 0;
	return rc == RC_NOT_FOUND || rc == RC_LIMIT ? RC_OK : rc;
}

static bool
note_is_good(const struct job *j, const struct note *note)
{
	struct signing_key key = j->key;
	unsigned char root[SHA_LEN];
	uint64_t size;

	memcpy(key.pub, note->pub, SIGNING_PUB);
	return note->met && signing_parse(&key, buf_view(&note->text), &size, root) == RC_OK && memcmp(root, note->found, SHA_LEN) == 0;
}

static enum rc
join_parts(struct job *j, struct ledger_verdict *v, struct note *note, struct problem *p)
{
	struct chain chain = { .at_ms = INT64_MIN };
	uint64_t last_signed = 0;
	bool ended = false;

	for (uint32_t i = 0; i < j->n && v->good; i++) {
		const struct part *part = &j->parts[i];
		if (part->rc != RC_OK)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", i + 1);
		if (!part->entries) {
			ended = true;
			if (part->bad)
				verdict_bad(v, chain.number + 1, part->what);
			continue;
		}
		if (ended)
			verdict_bad(v, chain.number + 1, "number");
		else if (joins(v, &chain, part) && part->first_signed && part->first_signed - last_signed > SIGN_EVERY)
			verdict_bad(v, last_signed + SIGN_EVERY, "signature");
		if (!v->good)
			break;
		v->entries += part->entries;
		v->checkpoints += part->checkpoints;
		v->erased += part->erased;
		chain = (struct chain){ .number = part->last, .at_ms = part->last_ms };
		memcpy(chain.head, part->head, SHA_LEN);
		v->epochs += part->epochs;
		if (part->last_signed) {
			last_signed = part->last_signed;
			v->signed_ms = part->last_signed_ms;
		}
		note->pinned_met = note->pinned_met || part->pinned_met;
		j->wiped_ms = part->wiped_ms > j->wiped_ms ? part->wiped_ms : j->wiped_ms;
		j->mark_ms = part->mark_ms > j->mark_ms ? part->mark_ms : j->mark_ms;
		if (part->note_met) {
			note->met = true;
			memcpy(note->found, part->at_note, SHA_LEN);
			memcpy(note->pub, part->note_pub, SIGNING_PUB);
		}
		if (part->bad)
			verdict_bad(v, part->bad, part->what);
	}
	if (v->good && chain.number - last_signed >= SIGN_EVERY)
		verdict_bad(v, last_signed + SIGN_EVERY, "signature");
	v->unsigned_n = chain.number - last_signed;
	note->last_ms = chain.at_ms;
	hex_of(chain.head, v->head);
	return RC_OK;
}


/* Files behind a gap are counted out: the gap itself shows as what is missing. */
static enum rc
count_files(struct job *j, bool *gapped_r, struct problem *p)
{
	struct problem why = { 0 };
	enum rc rc = disk_segment_count(j->dir, &j->n, &why);

	*gapped_r = rc == RC_BROKEN && why.why == WHY_CORRUPT;
	if (!*gapped_r && rc != RC_OK && p)
		*p = why;
	if (!*gapped_r)
		return rc;
	for (int fd; (fd = disk_segment_open(j->dir, j->n + 1, O_RDONLY)) >= 0; j->n++)
		close(fd);
	return RC_OK;
}

/* Every entry that is there is good: is everything there? */
static void
judge_end(const struct job *j, struct ledger_verdict *v, const struct note *note, bool gapped, uint64_t expect_at_least)
{
	if (v->good && gapped)
		verdict_bad(v, v->entries + 1, "number");
	if (v->good && v->entries == 0)
		verdict_bad(v, 1, "truncated");
	if (v->good && (!note->there || j->note_size > v->entries || expect_at_least > v->entries))
		verdict_bad(v, v->entries + 1, "truncated");
	if (v->good && !note_is_good(j, note))
		verdict_bad(v, note->met ? j->note_size : v->entries + 1, "signature");
	if (v->good && !note->pinned_met) /* the key given is this ledger's by name, and later than its end */
		verdict_bad(v, v->entries + 1, "epoch");
	if (v->good && v->unsigned_n && note->last_ms < clock_ms() - LEDGER_UNSIGNED_MS)
		verdict_bad(v, v->entries - v->unsigned_n + 1, "unsigned");
	/* Last, of a ledger that is otherwise whole: behind a first bad entry the mark may lie unread. */
	if (v->good && j->wiped_ms != INT64_MIN && j->wiped_ms >= j->mark_ms)
		verdict_bad(v, first_unmarked(j), "commitment");
}

enum rc
ledger_verify(const char *dir, const char *pub_path, uint64_t expect_at_least, struct ledger_verdict *v_r, struct problem *p)
{
	struct ledger_verdict v = { .good = true, .what = "", .signed_ms = INT64_MIN };
	struct job j = { .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), .wiped_ms = INT64_MIN, .mark_ms = INT64_MIN,
		.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };
	unsigned char root[SHA_LEN];
	struct note note = { .there = false };
	bool gapped = false;
	enum rc rc;

	if (j.dir < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "ledger", "cannot open the directory");
	buf_init(&note.text, 4096);
	rc = signing_pub_read(pub_path ? AT_FDCWD : j.dir, pub_path ? pub_path : "ledger.pub", &j.key, p);
	j.now = j.key;
	note.pinned_met = rc == RC_OK && signing_is_first(&j.key);
	if (rc == RC_OK)
		rc = read_note(&j, &note, p);
	if (rc == RC_OK)
		rc = count_files(&j, &gapped, p);
	if (rc == RC_OK && !(j.parts = calloc(j.n ? j.n : 1, sizeof *j.parts)))
		rc = problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	if (rc == RC_OK) {
		prove_all(&j);
		rc = join_parts(&j, &v, &note, p);
	}
	if (rc == RC_OK) {
		tree_root(&j.tree, root);
		hex_of(root, v.root);
		judge_end(&j, &v, &note, gapped, expect_at_least);
	}
	free(j.parts);
	buf_done(&note.text);
	close(j.dir);
	if (rc == RC_OK)
		*v_r = v;
	return rc;
}
