/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/heads.c: heads that left the house, and what the house shows now (publish.h). Whoever kept a head asks here whether the ledger still begins with it.
 * It writes nothing. BARRIER: text and files may be a stranger's; the public key is the auditor's own. Start at ledger_heads_check.
 */
#include "ledger/disk.h"
#include "ledger/epochs.h"
#include "ledger/head.h"
#include "ledger/publish.h"
#include "ledger/tiles.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADS_MAX (1u << 20) /* one a minute for two years; 56 bytes each */

struct seen { uint64_t size, at; /* its place in the text, from 1 */ int64_t at_ms; /* of its last entry; 0 not known */ unsigned char root[SHA_LEN]; };
struct judging { struct epochs epochs; struct buf seen; struct ledger_heads *r; int dir; bool bad_is_signed; int64_t within_ms, end_ms; };

static struct seen *
seen_of(const struct judging *j)
{
	return (struct seen *)(void *)j->seen.p;
}

/* What the ledger signed and no longer shows goes before what it never signed: anybody can send a receiver noise. */
static void
bad(struct judging *j, const struct seen *s, const char *what)
{
	bool is_signed = strcmp(what, "signature") != 0;

	j->r->unsigned_n += !is_signed;
	if (!j->r->good && (is_signed < j->bad_is_signed || (is_signed == j->bad_is_signed && j->r->bad_head <= s->at)))
		return;
	j->bad_is_signed = is_signed;
	j->r->good = false;
	j->r->bad_head = s->at;
	j->r->bad_size = s->size;
	j->r->what = what;
}

static int
by_size(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* ---- the text ---- */

static void
note_take(struct judging *j, struct str note)
{
	struct cosign_note head;
	struct str rest, origin = str_cut(note, '\n', &rest);
	struct seen s = { .at = ++j->r->heads };

	if (!str_eq(origin, j->epochs.origin)) { /* a receiver may serve several houses */
		j->r->others++;
		return;
	}
	if (epochs_note_read(&j->epochs, note, &head) != RC_OK) {
		if (str_u64(str_cut(rest, '\n', &rest), &s.size) != RC_OK)
			s.size = 0; /* it says nothing that can be read */
		bad(j, &s, "signature");
		return;
	}
	s.size = head.size;
	memcpy(s.root, head.root, SHA_LEN);
	buf_put(&j->seen, &s, sizeof s);
}

static enum rc
text_take(struct judging *j, struct str text, struct problem *p)
{
	struct buf note;

	if (str_starts(text, STR("hygie/ledger/"))) {
		note_take(j, text); /* a checkpoint as it is */
	} else {
		buf_init(&note, COSIGN_NOTE);
		for (struct str rest = text; head_next(&rest, &note);)
			note_take(j, buf_view(&note));
		buf_done(&note);
	}
	if (j->seen.failed)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "heads", "more than %u", HEADS_MAX);
	if (j->seen.n == 0 && j->r->good)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "heads", "none of this ledger in the text");
	return RC_OK;
}

/* ---- heads that never came ---- */

static void
gap(struct judging *j, uint64_t from, uint64_t to, int64_t from_ms, int64_t to_ms)
{
	struct ledger_heads *r = j->r;

	if (!from_ms || !to_ms || to_ms - from_ms <= j->within_ms || r->gaps++ > 0)
		return;
	r->gap_from = from;
	r->gap_to = to;
	r->gap_ms = to_ms - from_ms;
}

static void
gaps_find(struct judging *j)
{
	const struct seen *s = seen_of(j);
	size_t n = j->seen.n / sizeof *s;

	for (size_t i = 0; j->within_ms && i < n; i++)
		gap(j, s[i].size, i + 1 < n ? s[i + 1].size : j->r->size, s[i].at_ms, i + 1 < n ? s[i + 1].at_ms : j->end_ms);
}

/* ---- against published files: a proof each ---- */

/* When the entry of this number was written; 0: it cannot be read. */
static int64_t
published_when(const struct judging *j, uint64_t size, uint64_t number)
{
	struct problem ignored;
	struct leaf leaf;
	struct buf bundle;
	struct str left, entry = STR_NONE;
	unsigned at;
	int64_t when = 0;

	if (number == 0 || number > size)
		return 0;
	buf_init(&bundle, TILE_WIDTH * (size_t)(UINT16_MAX + 2));
	struct tile t = tile_of(size, 0, number - 1, &at);
	t.level = TILE_ENTRIES;
	if (tiles_read(j->dir, &t, &bundle, &ignored) == RC_OK) {
		left = buf_view(&bundle);
		bool found = true;
		for (uint64_t i = 0; found && i <= (number - 1) % TILE_WIDTH; i++)
			found = tiles_entry(&left, &entry) == RC_OK;
		if (found && leaf_parse((const unsigned char *)entry.p, entry.n, &leaf) == RC_OK && leaf.e.number == number)
			when = leaf.e.at_ms;
	}
	buf_done(&bundle);
	return when;
}

static enum rc
published_judge(struct judging *j, struct problem *p)
{
	struct tiles tiles = { .reader = { tiles_node }, .dir = j->dir };
	struct seen *s = seen_of(j);
	struct cosign_note now;
	struct tree_proof proof;
	struct buf note;

	buf_init(&note, COSIGN_NOTE);
	enum rc rc = disk_read_file(j->dir, "checkpoint", &note, p);
	if (rc == RC_OK && epochs_note_read(&j->epochs, buf_view(&note), &now) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	tiles.size = j->r->size = rc == RC_OK ? now.size : 0;
	for (size_t i = 0; rc == RC_OK && j->within_ms && i < j->seen.n / sizeof *s; i++)
		s[i].at_ms = published_when(j, now.size, s[i].size);
	j->end_ms = rc == RC_OK && j->within_ms ? published_when(j, now.size, now.size) : 0;
	for (size_t i = 0, n = j->seen.n / sizeof *s; rc == RC_OK && i < n; i++) {
		bool again = i > 0 && s[i].size == s[i - 1].size && memcmp(s[i].root, s[i - 1].root, SHA_LEN) == 0; /* judged with the one before, whose place is further up */
		if (again)
			continue;
		if (s[i].size > now.size) {
			bad(j, &s[i], "truncated");
			continue;
		}
		proof.n = 0;
		if (s[i].size)
			rc = tree_prove_growth(&tiles.reader, s[i].size, now.size, &proof, p);
		if (rc == RC_OK && !tree_is_grown(s[i].size, now.size, s[i].root, &proof, now.root))
			bad(j, &s[i], "rewritten");
	}
	buf_done(&note);
	return rc;
}

/* ---- against a ledger: its entries once ---- */

static void
heads_meet(struct judging *j, const struct tree *tree, int64_t at_ms, size_t *next)
{
	struct seen *s = seen_of(j);
	unsigned char root[SHA_LEN];

	if (*next == j->seen.n / sizeof *s || s[*next].size > tree->size)
		return;
	tree_root(tree, root);
	for (; *next < j->seen.n / sizeof *s && s[*next].size <= tree->size; (*next)++) {
		s[*next].at_ms = at_ms;
		if (s[*next].size != tree->size || memcmp(s[*next].root, root, SHA_LEN) != 0)
			bad(j, &s[*next], "rewritten");
	}
}

static enum rc
ledger_judge(struct judging *j, struct problem *p)
{
	struct tree tree = { 0 };
	struct record r;
	struct leaf leaf;
	struct walk w;
	size_t next = 0;
	uint32_t n;
	unsigned char hash[SHA_LEN];
	bool joined = true;
	enum rc rc = disk_segment_count(j->dir, &n, p);

	for (uint32_t segment = 1; rc == RC_OK && joined && segment <= n; segment++) {
		rc = disk_walk_open(&w, j->dir, segment, 0, p);
		if (rc != RC_OK)
			break;
		while (joined && disk_walk_next(&w, &r, &leaf) == WALK_RECORD) {
			joined = leaf.e.number == tree.size + 1; /* what comes after a gap is no beginning of anything */
			if (!joined)
				break;
			tree_leaf(hash, r.leaf, r.leaf_n);
			tree_add(&tree, hash);
			heads_meet(j, &tree, j->end_ms = leaf.e.at_ms, &next);
		}
		disk_walk_close(&w);
	}
	j->r->size = tree.size;
	for (; rc == RC_OK && next < j->seen.n / sizeof(struct seen); next++)
		bad(j, &seen_of(j)[next], "truncated");
	return rc;
}

/* ---- */

enum rc
ledger_heads_check(struct str text, const char *pub_path, const char *dir, int64_t within_ms, struct ledger_heads *r, struct problem *p)
{
	struct judging j = { .r = r, .dir = -1, .within_ms = within_ms };
	struct stat st;

	*r = (struct ledger_heads){ .good = true, .what = "" };
	if ((j.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "directory", "cannot be opened");
	buf_init(&j.seen, HEADS_MAX * sizeof(struct seen));
	enum rc rc = epochs_open(AT_FDCWD, pub_path, j.dir, EPOCHS_FILE, &j.epochs, p);
	if (rc == RC_OK)
		rc = text_take(&j, text, p);
	size_t n = j.seen.n / sizeof(struct seen);
	if (rc == RC_OK && n) {
		qsort(j.seen.p, n, sizeof(struct seen), by_size);
		r->smallest = seen_of(&j)[0].size;
		r->largest = seen_of(&j)[n - 1].size;
	}
	if (rc == RC_OK)
		rc = fstatat(j.dir, "tile", &st, 0) == 0 ? published_judge(&j, p) : ledger_judge(&j, p);
	if (rc == RC_OK)
		gaps_find(&j);
	buf_done(&j.seen);
	epochs_done(&j.epochs);
	close(j.dir);
	return rc;
}

enum rc
ledger_head_read(const char *dir, const char *pub_path, struct buf *note, struct buf *line, struct ledger_head_of *r, struct problem *p)
{
	struct epochs epochs;
	struct cosign_note head;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "directory", "cannot be opened");
	enum rc rc = disk_read_file(fd, "checkpoint", note, p); /* before the list: that is written first */
	enum rc known = epochs_open(pub_path ? AT_FDCWD : fd, pub_path ? pub_path : "ledger.pub", fd, EPOCHS_FILE, &epochs, rc == RC_OK ? p : NULL);
	rc = rc == RC_OK ? known : rc;
	close(fd);
	if (rc == RC_OK && epochs_note_read(&epochs, buf_view(note), &head) != RC_OK)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "not signed by this key");
	if (rc == RC_OK && !head_put(buf_view(note), line))
		rc = buf_rc(line, p) != RC_OK ? RC_LIMIT : problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "checkpoint", "cannot be written as a line");
	if (rc == RC_OK) {
		r->size = head.size;
		memcpy(r->origin, epochs.origin, sizeof epochs.origin);
	}
	epochs_done(&epochs);
	return rc;
}
