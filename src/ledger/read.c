/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/read.c: reading entries back, and wiping personal parts. Every entry that is handed out has joined the one before it and matched its
 * commitment. A wipe is announced by a MARK entry and by DIR/wiping before the first byte is overwritten, so that a crash in its middle is finished
 * at the next open and the verifier knows which parts may be empty. Start at ledger_read, ledger_erase_personal.
 */
#include "ledger/inner.h"
#include "ledger/people.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIPING_FILE "wiping"
#define WIPE_NOTE   "erase_personal" /* the verifier knows it too: an empty personal part is good only under such a mark */

/* The segment that holds entry `number`, and how many hold entries; 0 when none. */
static uint32_t
segment_of(struct ledger *l, uint64_t number, uint32_t *segments_r, uint64_t *durable_r)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint32_t k = l->segments;
	while (k > 1 && l->firsts[k - 1] > number)
		k--;
	*segments_r = l->segments;
	*durable_r = l->durable;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return k;
}

struct reading { uint64_t first, until; struct ledger_each *each; struct ledger_patient *patients; struct chain chain; bool chained, stopped; };

static enum rc
hand_out(struct reading *g, const struct record *r, struct leaf *leaf, struct problem *p)
{
	bool wiped = false;

	if (!g->chained) { /* the first one is taken at its word; all others must join */
		g->chain = (struct chain){ .number = leaf->e.number - 1, .at_ms = INT64_MIN };
		memcpy(g->chain.head, leaf->prev, SHA_LEN);
		g->chained = true;
	}
	const char *what = leaf->e.number > g->chain.number + 1 || leaf->e.number < g->first ? "number" : leaf_chain_next(&g->chain, r, leaf, &wiped, NULL);
	leaf->e.erased = wiped;
	leaf->e.bytes = (struct str){ (const char *)r->leaf, r->leaf_n };
	if (!what && !wiped && leaf_personal_parse(r->personal, r->personal_n, &leaf->e, g->patients) != RC_OK)
		what = "personal part";
	if (what)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "%s, at entry %llu", what, (unsigned long long)leaf->e.number);
	g->stopped = !g->each->entry(g->each, &leaf->e);
	return RC_OK;
}

static enum rc
read_segment(struct ledger *l, uint32_t segment, struct reading *g, struct problem *p)
{
	struct walk w;
	struct record r;
	struct leaf leaf;
	enum rc rc = disk_walk_open(&w, l->dir, segment, 0, p);
	uint64_t last = 0;

	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "segment %u is gone", segment);
	while (rc == RC_OK && !g->stopped && last < g->until) {
		enum walk_found found = disk_walk_next(&w, &r, &leaf);
		if (found == WALK_END)
			break;
		if (found != WALK_RECORD) {
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "after entry %llu of segment %u", (unsigned long long)last, segment);
			break;
		}
		last = leaf.e.number;
		if (last >= g->first && last <= g->until)
			rc = hand_out(g, &r, &leaf, p);
	}
	disk_walk_close(&w);
	return rc;
}

enum rc
ledger_read(struct ledger *l, uint64_t first, struct ledger_each *each, struct problem *p)
{
	struct reading g = { .first = first ? first : 1, .each = each };
	uint32_t segments;
	uint32_t k = segment_of(l, g.first, &segments, &g.until);
	enum rc rc = RC_OK;

	if (g.first > g.until)
		return RC_OK;
	g.patients = calloc(LEAF_PATIENTS, sizeof *g.patients);
	if (!g.patients)
		return problem_set(p, RC_LIMIT, WHY_BUSY, "ledger", "no memory");
	MUST(pthread_rwlock_rdlock(&l->wiping) == 0);
	for (; rc == RC_OK && !g.stopped && k && k <= segments; k++)
		rc = read_segment(l, k, &g, p);
	MUST(pthread_rwlock_unlock(&l->wiping) == 0);
	if (rc == RC_OK && !g.stopped && g.chain.number != g.until)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "entry %llu is missing", (unsigned long long)(g.chained ? g.chain.number + 1 : g.first));
	free(g.patients);
	return rc;
}

/* --- wiping --------------------------------------------------------------------------------------------------------------------------- */

struct wipe { int64_t before_ms; uint64_t until, last, n; bool ended; };

/* One segment. What was half wiped when a crash came is wiped whole: only what is all zero already is left alone. */
static enum rc
wipe_segment(struct ledger *l, uint32_t segment, struct wipe *g, struct problem *p)
{
	static const unsigned char zeros[LEAF_SALT + PERSONAL_MAX];
	struct walk w;
	struct record r;
	struct leaf leaf;
	enum walk_found found = WALK_END;
	enum rc rc = disk_walk_open(&w, l->dir, segment, 0, p);
	uint64_t before = g->n;

	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "segment %u is gone", segment);
	int fd = disk_segment_open(l->dir, segment, O_WRONLY);
	bool ok = fd >= 0;
	while (ok && !g->ended && (found = disk_walk_next(&w, &r, &leaf)) == WALK_RECORD) {
		g->ended = leaf.e.at_ms >= g->before_ms || leaf.e.number > g->until;
		if (g->ended)
			break;
		g->last = leaf.e.number;
		if (leaf_record_wiped(&r))
			continue;
		ok = disk_pwrite(fd, zeros, LEAF_SALT + r.personal_n, w.at - r.personal_n - LEAF_SALT);
		g->n++;
	}
	if (ok && g->n > before)
		ok = fdatasync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	disk_walk_close(&w);
	if (!ok) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		ledger_broken_locked(l, "wipe", why);
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		ledger_answer(l);
		return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "personal parts of segment %u cannot be wiped: errno %d", segment, why);
	}
	if (!g->ended && found != WALK_END)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "after entry %llu of segment %u", (unsigned long long)g->last, segment);
	return RC_OK;
}

/* DIR/wiping is there from before the first zero until after the last. */
static enum rc
wipe_all(struct ledger *l, int64_t before_ms, uint64_t *n_r, struct problem *p)
{
	struct wipe g = { .before_ms = before_ms };
	uint32_t segments;
	uint64_t wiped;
	enum rc rc = RC_OK;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	wiped = l->wiped;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	uint32_t k = segment_of(l, wiped + 1, &segments, &g.until);
	for (; rc == RC_OK && !g.ended && k && k <= segments; k++) {
		MUST(pthread_rwlock_wrlock(&l->wiping) == 0);
		rc = wipe_segment(l, k, &g, p);
		MUST(pthread_rwlock_unlock(&l->wiping) == 0);
	}
	if (rc != RC_OK)
		return rc;
	MUST(pthread_mutex_lock(&l->lock) == 0);
	l->wiped = g.last > l->wiped ? g.last : l->wiped;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	*n_r = g.n;
	if (unlinkat(l->dir, WIPING_FILE, 0) != 0 || fsync(l->dir) != 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, WIPING_FILE, "cannot be removed: errno %d", errno);
	return RC_OK;
}

enum rc
wipe_resume(struct ledger *l, struct problem *p)
{
	struct buf text;
	int64_t before_ms = 0;
	uint64_t n = 0;
	enum rc rc;

	buf_init(&text, 64);
	rc = disk_read_file(l->dir, WIPING_FILE, &text, p);
	if (rc == RC_OK && str_i64(str_trim(buf_view(&text)), &before_ms) != RC_OK)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, WIPING_FILE, "cannot be read");
	buf_done(&text);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	if (rc == RC_OK) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		l->wiped = 0; /* from the start, once */
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		rc = wipe_all(l, before_ms, &n, p);
	}
	if (rc == RC_OK)
		log_event(LOG_INFO, "ledger_wipe_resumed", LOG_N("entries", n), LOG_END);
	return rc;
}

uint64_t
ledger_wiped(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint64_t number = l->wiped;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return number;
}

enum rc
ledger_erase_personal(struct ledger *l, int64_t before_ms, uint64_t *erased_r, struct problem *p)
{
	struct ledger_entry e = { .kind = LEDGER_MARK, .note = STR(WIPE_NOTE) };
	struct stat st;
	struct buf text;
	enum rc rc;

	if (l->read_only)
		return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "open for reading only");
	int64_t now_ms = clock_ms();
	before_ms = before_ms > now_ms ? now_ms : before_ms; /* the mark speaks of entries before itself */
	if (before_ms <= 0) {
		*erased_r = 0;
		return RC_OK;
	}
	e.about = (uint64_t)before_ms;
	rc = fstatat(l->dir, PEOPLE_FILE, &st, 0) == 0 ? ledger_bind(l, p) : RC_OK; /* the map must know whom they name */
	if (rc == RC_OK)
		rc = ledger_append(l, &e, p);
	if (rc == RC_OK) { /* signed at once: recovery takes an empty part beyond DIR/checkpoint for a torn one */
		MUST(pthread_mutex_lock(&l->lock) == 0);
		ledger_sign_locked(l);
		uint64_t head = l->head.number;
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		if (!ledger_sync(l, head))
			rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "the mark could not be flushed");
	}
	if (rc == RC_OK)
		rc = tender_write_milestone(l, p);
	if (rc == RC_OK) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		bool passed = l->milestone_written > e.number;
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		if (!passed)
			rc = problem_set(p, RC_RETRY, WHY_BUSY, "ledger", "the mark could not be signed");
	}
	if (rc != RC_OK)
		return rc;
	buf_init(&text, 64);
	buf_i64(&text, before_ms);
	buf_ch(&text, '\n');
	rc = disk_replace(l->dir, WIPING_FILE, buf_view(&text), 0600, p);
	buf_done(&text);
	return rc == RC_OK ? wipe_all(l, before_ms, erased_r, p) : rc;
}
