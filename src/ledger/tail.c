/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/tail.c: opening: finds the last whole entry, proves that it joins the last signed checkpoint, and cuts a torn tail. It reads from the last
 * checkpoint on, not the whole ledger (hygie-verify does that), unless DIR/index is lost: the tree over the entries needs them all. It must never cut anything that was once acknowledged: bytes are cut only when
 * nothing behind them belongs to a later flush and DIR/checkpoint asks for nothing more. Called by ledger_open. Start at tail_recover.
 */
#include "ledger/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EARLIER "written by an earlier version, which signed the chain and not the tree: it cannot be gone on with"

/* What the search knows on its way. */
struct search {
	struct ledger *l;
	uint32_t segments;                 /* files */
	unsigned epoch;                    /* whose key signs where the walk is */
	bool has_note; uint64_t note_size; unsigned char note_root[SHA_LEN]; /* DIR/checkpoint */
	bool note_met;
	struct places places; bool has_places;
	uint32_t start_segment; uint64_t start_at; /* where the walk begins */
	struct chain chain;
	uint64_t last_signed;
	uint64_t end;                      /* of the last whole record in the last segment */
	uint64_t dirty_to;                 /* bytes behind it up to here are not all zero */
	uint64_t dirty_next;               /* the same in the file after, from its start */
};

static enum rc
corrupt(struct problem *p, const char *what, uint64_t number)
{
	return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "%s, at entry %llu", what, (unsigned long long)number);
}

static enum rc
read_note(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	struct signing_key first;
	struct buf text;
	enum rc rc;

	epochs_key(&l->epochs, 0, &first);
	buf_init(&text, 4096);
	rc = disk_read_file(l->dir, "checkpoint", &text, p);
	s->has_note = rc == RC_OK;
	if (rc == RC_NOT_FOUND)
		rc = RC_OK;
	/* After the checkpoint: the list is written before a key of it signs one. */
	if (rc == RC_OK) {
		epochs_done(&l->epochs);
		rc = epochs_read(l->dir, EPOCHS_FILE, &first, &l->epochs, p);
		l->epochs_written = l->epochs.n;
		if (rc == RC_BAD_INPUT)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, EPOCHS_FILE, "not the list of this ledger's keys");
	}
	if (rc == RC_OK && s->has_note && epochs_note_parse(&l->epochs, buf_view(&text), &s->note_size, s->note_root) != RC_OK) {
		if (l->epochs.n == 1 && s->segments) { /* the list may be lost: the entries have it */
			epochs_done(&l->epochs);
			rc = epochs_rebuild(l->dir, &first, &l->epochs, p);
			l->epochs_written = 1;
		}
		if (rc == RC_OK && epochs_note_parse(&l->epochs, buf_view(&text), &s->note_size, s->note_root) != RC_OK)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "checkpoint", "not signed by this ledger's key");
	}
	buf_done(&text);
	return rc;
}

/* The first record of a segment: RC_NOT_FOUND when there is none that can be read. */
static enum rc
first_record(struct search *s, uint32_t segment, struct leaf *leaf_r, unsigned char prev[SHA_LEN], bool *key_differs_r, struct problem *p)
{
	struct walk w;
	struct record r;
	struct leaf leaf;
	enum rc rc = disk_walk_open(&w, s->l->dir, segment, 0, p);

	if (rc != RC_OK)
		return rc;
	switch (disk_walk_next(&w, &r, &leaf)) {
	case WALK_RECORD:
		memcpy(prev, leaf.prev, SHA_LEN);
		*key_differs_r = segment == 1 && (leaf.e.kind != LEDGER_GENESIS || memcmp(leaf.extra.p, s->l->epochs.at[0].pub, SIGNING_PUB) != 0);
		*leaf_r = leaf;
		break;
	case WALK_FAILED:
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", segment);
		break;
	default:
		rc = RC_NOT_FOUND;
	}
	disk_walk_close(&w);
	return rc;
}

/* Numbers of the first entries, from the index as far as it knows, from the files for the rest. */
static enum rc
find_firsts(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	unsigned char prev[SHA_LEN];
	struct leaf leaf;
	bool key_differs = false, ended = false;

	for (uint32_t i = 0; s->has_places && i < s->places.n; i++)
		if (!ledger_firsts_push(l, s->places.firsts[i]))
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	for (uint32_t k = l->segments + 1; k <= s->segments; k++) {
		enum rc rc = first_record(s, k, &leaf, prev, &key_differs, p);
		if (rc == RC_NOT_FOUND) {
			ended = true;
			continue;
		}
		if (rc != RC_OK)
			return rc;
		if (ended || (l->segments && leaf.e.number <= l->firsts[l->segments - 1]))
			return corrupt(p, "a segment is missing or empty before this one", leaf.e.number);
		if (!ledger_firsts_push(l, leaf.e.number))
			return problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	}
	if (l->segments) {
		enum rc rc = first_record(s, 1, &leaf, prev, &key_differs, p);
		if (rc != RC_OK || leaf.e.number != 1 || key_differs)
			return corrupt(p, "the first entry is not this key's", 1);
	}
	return RC_OK;
}

/*
 * The place of the last checkpoint that the index knows: good when a CHECKPOINT lies there that signs the root of the index's tree. What that entry
 * says of the chain before it is proven when the walk comes to the one DIR/checkpoint speaks of: its root covers this one's bytes.
 */
static bool
start_at_milestone(struct search *s)
{
	const struct milestone *m = &s->places.milestone;
	unsigned char root[SHA_LEN];
	struct signing_key key;
	struct walk w;
	struct record r;
	struct leaf leaf;
	bool good = false;

	if (!s->has_places || !s->has_note || m->number > s->note_size || m->segment > s->segments)
		return false;
	if (disk_walk_open(&w, s->l->dir, m->segment, m->at, NULL) != RC_OK)
		return false;
	tree_root(&m->tree, root);
	unsigned epoch = epochs_of(&s->l->epochs, m->number - 1);
	epochs_key(&s->l->epochs, epoch, &key);
	if (disk_walk_next(&w, &r, &leaf) == WALK_RECORD && leaf.e.kind == LEDGER_CHECKPOINT && leaf.e.number == m->number && leaf.e.about == m->number - 1 &&
	    signing_is_signed(&key, m->number - 1, root, (const unsigned char *)leaf.extra.p)) {
		s->start_segment = m->segment;
		s->start_at = m->at;
		s->chain = (struct chain){ .number = m->number - 1, .at_ms = INT64_MIN };
		memcpy(s->chain.head, leaf.prev, SHA_LEN);
		s->last_signed = m->number;
		s->epoch = epoch;
		s->l->tree = m->tree;
		good = true;
	}
	disk_walk_close(&w);
	return good;
}

/* All entries before the segment where the walk begins, for the tree alone. */
static enum rc
grow_before(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	unsigned char hash[SHA_LEN];

	for (uint32_t k = 1; k < s->start_segment; k++) {
		struct walk w;
		struct record r;
		struct leaf leaf;
		enum walk_found found;
		enum rc rc = disk_walk_open(&w, l->dir, k, 0, p);
		if (rc != RC_OK)
			return rc;
		while ((found = disk_walk_next(&w, &r, &leaf)) == WALK_RECORD && leaf.e.number == l->tree.size + 1) {
			tree_leaf(hash, r.leaf, r.leaf_n);
			tree_add(&l->tree, hash);
		}
		disk_walk_close(&w);
		if (found == WALK_FAILED)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", k);
		if (found != WALK_END)
			return corrupt(p, "not the next entry", l->tree.size + 1);
	}
	return l->tree.size == s->chain.number ? RC_OK : corrupt(p, "number", l->tree.size + 1);
}

/* Without it: the start of the segment that holds the entry DIR/checkpoint speaks of. */
static enum rc
start_at_segment(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	uint32_t k = l->segments;
	struct leaf leaf;
	bool key_differs;

	while (k > 1 && l->firsts[k - 1] > s->note_size)
		k--;
	s->start_segment = k;
	s->start_at = 0;
	s->last_signed = s->has_note ? s->note_size : 0;
	s->epoch = epochs_of(&l->epochs, l->firsts[k - 1] - 1);
	s->chain = (struct chain){ .number = l->firsts[k - 1] - 1, .at_ms = INT64_MIN };
	if (k == 1)
		return RC_OK; /* the chain begins at 32 zeros */
	enum rc rc = first_record(s, k, &leaf, s->chain.head, &key_differs, p);
	if (rc == RC_NOT_FOUND)
		rc = corrupt(p, "a segment changed", l->firsts[k - 1]);
	return rc == RC_OK ? grow_before(s, p) : rc;
}

/* A CHECKPOINT signs the root over all before it. leaf->prev is h(number - 1), which those signed that were written before ledgers were trees. */
static enum rc
meet_checkpoint(struct search *s, uint32_t segment, uint64_t at, const struct leaf *leaf, struct problem *p)
{
	struct ledger *l = s->l;
	unsigned char root[SHA_LEN];
	const unsigned char *sig = (const unsigned char *)leaf->extra.p;
	struct signing_key key;

	epochs_key(&l->epochs, s->epoch, &key);
	tree_root(&l->tree, root);
	if (leaf->e.about != leaf->e.number - 1)
		return corrupt(p, "signature", leaf->e.number);
	if (!signing_is_signed(&key, leaf->e.about, root, sig))
		return corrupt(p, signing_is_signed(&key, leaf->e.about, leaf->prev, sig) ? EARLIER : "signature", leaf->e.number);
	s->last_signed = leaf->e.number;
	l->milestone = (struct milestone){ .number = leaf->e.number, .segment = segment, .at = at, .tree = l->tree };
	return RC_OK;
}

/*
 * torn_r: whole but for its personal part, which a tear can do; all other failures to join are not a tear's work. An empty personal part is a tear too
 * where no wipe can have been: wiping begins only after DIR/checkpoint has passed what it will wipe.
 */
static enum rc
meet(struct search *s, uint32_t segment, uint64_t at, const struct record *r, const struct leaf *leaf, bool *torn_r, struct problem *p)
{
	struct ledger *l = s->l;
	struct chain before = s->chain;
	unsigned char hash[SHA_LEN], met[SHA_LEN];
	bool wiped = false;
	const char *what = leaf_chain_next(&s->chain, r, leaf, &wiped, met);

	if (wiped && (!s->has_note || leaf->e.number > s->note_size)) {
		s->chain = before;
		what = "commitment";
	}
	*torn_r = what && strcmp(what, "commitment") == 0;
	if (what)
		return corrupt(p, what, s->chain.number + 1);
	enum rc rc = leaf->e.kind == LEDGER_CHECKPOINT ? meet_checkpoint(s, segment, at, leaf, p) : RC_OK;
	if (leaf->e.kind == LEDGER_EPOCH) {
		tree_root(&l->tree, hash);
		if (!epochs_meet(&l->epochs, &s->epoch, leaf, hash))
			rc = corrupt(p, "epoch", leaf->e.number);
	}
	if (rc != RC_OK)
		return rc;
	tree_add(&l->tree, met);
	if (leaf->e.kind == LEDGER_CHECKPOINT)
		tree_root(&l->tree, l->milestone.root);
	if (leaf->e.kind == LEDGER_SNAPSHOT_END)
		l->snapshot = leaf->e.about;
	if (s->has_note && leaf->e.number == s->note_size) {
		s->note_met = true;
		tree_root(&l->tree, hash);
		if (memcmp(hash, s->note_root, SHA_LEN) != 0)
			return corrupt(p, "the entry is not the one that DIR/checkpoint signed", leaf->e.number);
	}
	return RC_OK;
}

/* In the last segment a record that cannot be read ends the walk: a tear or worse, which is judged afterwards. */
static enum rc
walk_segment(struct search *s, uint32_t segment, uint64_t from, bool last, struct problem *p)
{
	struct walk w;
	struct record r;
	struct leaf leaf;
	enum rc rc = disk_walk_open(&w, s->l->dir, segment, from, p);

	while (rc == RC_OK) {
		uint64_t at = w.at;
		enum walk_found found = disk_walk_next(&w, &r, &leaf);
		if (found == WALK_FAILED)
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", segment);
		if (found == WALK_BAD && !last)
			rc = corrupt(p, "not an entry", s->chain.number + 1);
		if (found == WALK_RECORD) {
			bool torn = false;
			rc = meet(s, segment, at, &r, &leaf, &torn, p);
			if (rc == RC_OK)
				continue;
			if (last && torn)
				rc = RC_OK;
		}
		s->end = at;
		break;
	}
	disk_walk_close(&w);
	return rc;
}

/* Is there, between from and to, a whole record of a flush that began only after the entry we miss was durable? Then that entry was lost, not torn. */
static enum rc
later_flush(struct search *s, uint32_t segment, uint64_t from, uint64_t to, bool *found_r, struct problem *p)
{
	size_t n = (size_t)(to - from), got = 0;
	unsigned char *bytes = malloc(n ? n : 1);
	int fd = disk_segment_open(s->l->dir, segment, O_RDONLY);
	bool ok = bytes && fd >= 0 && disk_pread(fd, bytes, n, from, &got) == RC_OK;
	uint64_t missing = s->chain.number + 1;

	*found_r = false;
	for (size_t i = 0; ok && !*found_r && i < got; i++) {
		struct record r;
		struct leaf leaf;
		if (leaf_record_parse(bytes + i, got - i, &r, &leaf) == RC_OK && leaf.e.number > missing && leaf.e.number - leaf.joined > missing)
			*found_r = true;
	}
	if (fd >= 0)
		close(fd);
	free(bytes);
	return ok ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", segment);
}

/* What lies behind the end, in this file and at the start of the next: nothing, a torn flush, or proof that something was lost. */
static enum rc
look_behind(struct search *s, uint32_t segment, uint64_t from, uint64_t *dirty_to_r, struct problem *p)
{
	struct stat st;
	bool lost = false;
	int fd = disk_segment_open(s->l->dir, segment, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u: errno %d", segment, errno);
	}
	uint64_t to = (uint64_t)st.st_size, zone = from + BATCH_MAX + BATCH_RESERVE + RECORD_MAX;
	enum rc rc = disk_nonzero(fd, from, to < zone ? to : zone, dirty_to_r);
	close(fd);
	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u cannot be read", segment);
	if (*dirty_to_r > from)
		rc = later_flush(s, segment, from, *dirty_to_r, &lost, p);
	if (rc == RC_OK && lost)
		rc = corrupt(p, "an entry is missing before later ones", s->chain.number + 1);
	return rc;
}

static enum rc
zero_behind(struct search *s, uint32_t segment, uint64_t from, uint64_t to, struct problem *p)
{
	int fd = disk_segment_open(s->l->dir, segment, O_RDWR);
	bool ok = fd >= 0 && disk_zero(fd, from, to, false);

	if (fd >= 0)
		close(fd);
	return ok ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "torn tail of segment %u cannot be cut: errno %d", segment, errno);
}

/*
 * After a flush that failed, the page cache may hold entries that the disk does not, marked clean: reading them back proves nothing and flushing them
 * does nothing. So what came after the last known checkpoint is written again, same bytes, before it counts as durable.
 */
static enum rc
write_again(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	size_t piece = 1u << 20, got = 0;
	unsigned char *bytes = malloc(piece);
	uint64_t at = s->start_segment == l->segment ? s->start_at : 0;
	bool ok = bytes != NULL;

	while (ok && at < s->end) {
		size_t n = s->end - at < piece ? (size_t)(s->end - at) : piece;
		ok = disk_pread(l->fd, bytes, n, at, &got) == RC_OK && got == n && disk_pwrite(l->fd, bytes, n, at);
		at += n;
	}
	ok = ok && fdatasync(l->fd) == 0;
	free(bytes);
	return ok ? RC_OK : problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "the end of segment %u cannot be flushed: errno %d", l->segment, errno);
}

/* Only without an index: backwards, the last segment that ends a snapshot. */
static enum rc
find_snapshot(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;

	for (uint32_t k = l->segments; k > 0 && !l->snapshot; k--) {
		struct walk w;
		struct record r;
		struct leaf leaf;
		enum rc rc = disk_walk_open(&w, l->dir, k, 0, p);
		if (rc != RC_OK)
			return rc;
		while (disk_walk_next(&w, &r, &leaf) == WALK_RECORD && leaf.e.number <= s->chain.number)
			if (leaf.e.kind == LEDGER_SNAPSHOT_END)
				l->snapshot = leaf.e.about;
		disk_walk_close(&w);
	}
	return RC_OK;
}

static enum rc
walk_all(struct search *s, struct problem *p)
{
	struct ledger *l = s->l;
	enum rc rc = start_at_milestone(s) ? RC_OK : start_at_segment(s, p);

	for (uint32_t k = s->start_segment; rc == RC_OK && k <= l->segments; k++)
		rc = walk_segment(s, k, k == s->start_segment ? s->start_at : 0, k == l->segments, p);
	if (rc != RC_OK)
		return rc;
	if (s->has_note && (s->chain.number < s->note_size || !s->note_met))
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "ends at entry %llu, DIR/checkpoint was signed at %llu",
			(unsigned long long)s->chain.number, (unsigned long long)s->note_size);
	/* DIR/checkpoint is written before a new ledger is first given out. */
	if (!s->has_note && s->chain.number > 2)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "checkpoint", "the file is missing");
	if (s->epoch + 1 != l->epochs.n)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, EPOCHS_FILE, "epoch %u began at entry %llu, the entries end before", l->epochs.n - 1, (unsigned long long)l->epochs.at[l->epochs.n - 1].first);
	rc = look_behind(s, l->segments, s->end, &s->dirty_to, p);
	return rc;
}

static enum rc
settle(struct search *s, struct tail *tail_r, struct problem *p)
{
	struct ledger *l = s->l;
	bool dirty = s->dirty_to > s->end;
	enum rc rc = RC_OK;

	if (dirty && s->dirty_next)
		return corrupt(p, "a torn entry before a segment in use", s->chain.number + 1);
	MUST(l->tree.size == s->chain.number);
	l->head = s->chain;
	l->durable = s->chain.number;
	l->unsigned_n = (uint32_t)(s->chain.number - s->last_signed);
	l->milestone_written = s->has_note ? s->note_size : 0;
	tail_r->cut = dirty ? s->dirty_to - s->end : s->dirty_next;
	if (l->read_only)
		return RC_OK;
	if (dirty)
		rc = zero_behind(s, l->segments, s->end, s->dirty_to, p);
	else if (s->dirty_next)
		rc = zero_behind(s, l->segments + 1, 0, s->dirty_next, p);
	if (rc != RC_OK || !l->segments)
		return rc;
	struct stat st;
	l->segment = l->segments;
	l->fd = disk_segment_open(l->dir, l->segment, O_RDWR);
	if (l->fd < 0 || fstat(l->fd, &st) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment %u: errno %d", l->segment, errno);
	l->at = s->end;
	l->size = (uint64_t)st.st_size;
	if (!s->has_note || s->chain.number != s->note_size) /* not closed in order */
		rc = write_again(s, p);
	return rc;
}

enum rc
tail_recover(struct ledger *l, struct tail *tail_r, struct problem *p)
{
	struct search s = { .l = l };
	enum rc rc;

	*tail_r = (struct tail){ 0 };
	rc = disk_segment_count(l->dir, &s.segments, p);
	if (rc == RC_OK)
		rc = read_note(&s, p);
	if (rc != RC_OK)
		return rc;
	rc = places_read(l, &s.places, p);
	s.has_places = rc == RC_OK && s.places.n <= s.segments && s.has_note && s.places.milestone.number <= s.note_size;
	rc = rc == RC_NOT_FOUND ? RC_OK : rc;
	if (rc == RC_OK)
		rc = find_firsts(&s, p);
	if (rc == RC_OK && s.has_places) {
		l->snapshot = s.places.snapshot;
		l->wiped = s.places.wiped;
	}
	if (rc == RC_OK && l->segments)
		rc = walk_all(&s, p);
	else if (rc == RC_OK && s.has_note)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "no entry is left, DIR/checkpoint was signed at %llu", (unsigned long long)s.note_size);
	if (rc == RC_OK && s.segments > l->segments)
		rc = look_behind(&s, l->segments + 1, 0, &s.dirty_next, p);
	if (rc == RC_OK && l->segments && !s.has_places)
		rc = find_snapshot(&s, p);
	if (rc == RC_OK && !l->read_only) /* before anything is changed */
		rc = turn_take_key(l, p);
	if (rc == RC_OK)
		rc = settle(&s, tail_r, p);
	tail_r->fresh = s.chain.number == 0;
	places_done(&s.places);
	return rc;
}
