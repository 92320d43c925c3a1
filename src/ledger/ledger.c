/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/ledger.c: opening, appending, waiting, closing. See ledger.h for the contract; the disk work is flusher.c and tender.c, recovery tail.c,
 * reading and wiping read.c. Nothing here waits for the disk but ledger_open, ledger_sync and ledger_close. Start at ledger_append.
 */
#include "ledger/inner.h"
#include "ledger/people.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_PROBES 20
#define PERSONAL_SMALL 512 /* most entries: no allocation */
#define CLOCK_BEHIND_MS 60000 /* told at opening: time stands still in the ledger until the clock has caught up */

/* --- under the lock ------------------------------------------------------------------------------------------------------------------- */

void
ledger_broken_locked(struct ledger *l, const char *what, int why)
{
	if (!l->broken)
		log_event(LOG_ERROR, "ledger_broken", LOG_Z("what", what), LOG_N("errno", why), LOG_N("durable", l->durable), LOG_END);
	if (!l->broken) {
		l->broken_what = what;
		l->broken_errno = why;
	}
	l->broken = true;
	pthread_cond_broadcast(&l->spare_made);
}

bool
ledger_firsts_push(struct ledger *l, uint64_t first)
{
	if (l->segments == l->firsts_cap) {
		uint32_t cap = l->firsts_cap ? 2 * l->firsts_cap : 64;
		uint64_t *more = reallocarray(l->firsts, cap, sizeof *more);
		if (!more)
			return false;
		l->firsts = more;
		l->firsts_cap = cap;
	}
	l->firsts[l->segments++] = first;
	return true;
}

static enum rc
down(struct ledger *l, struct problem *p)
{
	return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "%s: errno %d", l->broken_what ? l->broken_what : l->read_only ? "open for reading only" : "closed", l->broken_errno);
}

/* Number, time, place: the only work that must be one at a time. limit: of the batch. */
static enum rc
place_locked(struct ledger *l, struct ledger_entry *e, unsigned char *leaf, size_t leaf_n, const unsigned char *salt, const unsigned char *personal,
	size_t personal_n, size_t limit, struct problem *p)
{
	struct batch *b = l->pending;
	unsigned char hash[SHA_LEN];
	size_t n = leaf_record_size(leaf_n, personal_n), at = b->bytes.n;
	int64_t now_ms = clock_ms();

	if (l->broken || l->stop)
		return down(l, p);
	unsigned char *room = at + n <= limit ? buf_room(&b->bytes, n) : NULL;
	if (!room) {
		b->bytes.failed = false; /* what is in it stays good */
		return problem_set(p, RC_RETRY, WHY_BUSY, "ledger", "%zu bytes wait for the flush", at);
	}
	e->number = l->head.number + 1;
	e->at_ms = now_ms > l->head.at_ms ? now_ms : l->head.at_ms;
	if (at == 0)
		b->first = e->number;
	leaf_seal(leaf, leaf_n, e->number, e->at_ms, (uint32_t)(e->number - b->first), l->head.head);
	leaf_record_put(room, leaf, leaf_n, salt, personal, personal_n);
	sha_two(l->head.head, l->head.head, SHA_LEN, leaf, leaf_n);
	l->head.number = e->number;
	l->head.at_ms = e->at_ms;
	if (e->kind == LEDGER_CHECKPOINT)
		b->signed_tree = l->tree;
	tree_leaf(hash, leaf, leaf_n);
	tree_add(&l->tree, hash);
	b->last = e->number;
	if (e->kind == LEDGER_SNAPSHOT_END)
		b->snapshot = e->about;
	if (e->kind == LEDGER_CHECKPOINT) {
		b->signed_number = e->number;
		b->signed_at = at;
		tree_root(&l->tree, b->signed_root);
		l->unsigned_n = 0;
	} else if (l->unsigned_n++ == 0)
		l->unsigned_ns = clock_ns();
	l->stats.appended++;
	/* Not to flush, which who waits asks for: to set its clock, or because enough has gathered. */
	if (l->flusher_idle && (l->unsigned_n <= 1 || b->bytes.n >= BATCH_EAGER)) {
		l->flusher_idle = false;
		pthread_cond_signal(&l->to_flusher);
	}
	return RC_OK;
}

static _Atomic unsigned forks; /* of this process, counted in the child */

static void
forked(void)
{
	forks++;
}

static void
count_forks(void)
{
	MUST(pthread_atfork(NULL, NULL, forked) == 0);
}

/* Salts come from the kernel by the page: one call for each would cost more than the hash. A child of a fork draws anew, never the same again. */
static void
salt_draw(unsigned char salt[LEAF_SALT])
{
	static _Thread_local unsigned char page[LEAF_SALT * 128];
	static _Thread_local size_t left;
	static _Thread_local unsigned of_fork;

	if (left == 0 || of_fork != forks) {
		random_bytes(page, sizeof page);
		left = sizeof page;
		of_fork = forks;
	}
	left -= LEAF_SALT;
	memcpy(salt, page + left, LEAF_SALT);
	wipe(page + left, LEAF_SALT);
}

enum rc
ledger_put_locked(struct ledger *l, struct ledger_entry *e, struct str extra, struct problem *p)
{
	unsigned char salted[LEAF_SALT + PERSONAL_SMALL], commitment[SHA_LEN], leaf[LEAF_MAX];
	size_t n = leaf_personal_size(e);

	MUST(n <= PERSONAL_SMALL);
	salt_draw(salted);
	leaf_personal_put(e, salted + LEAF_SALT);
	sha_two(commitment, salted, LEAF_SALT + n, NULL, 0);
	size_t leaf_n = leaf_put(e, commitment, n, extra, leaf);
	return place_locked(l, e, leaf, leaf_n, salted, salted + LEAF_SALT, n, BATCH_MAX + BATCH_RESERVE, p);
}

void
ledger_sign_locked(struct ledger *l)
{
	unsigned char sig[SIGNING_SIG], root[SHA_LEN];
	struct ledger_entry e = { .kind = LEDGER_CHECKPOINT, .about = l->head.number, .note = STR("checkpoint") };

	tree_root(&l->tree, root);
	signing_sign(&l->key, l->head.number, root, sig);
	/* Fails only when the ledger is broken or memory is out; then the signature comes with the next entry. */
	if (ledger_put_locked(l, &e, (struct str){ (const char *)sig, sizeof sig }, NULL) != RC_OK)
		return;
}

/* --- the contract --------------------------------------------------------------------------------------------------------------------- */

enum rc
ledger_append(struct ledger *l, struct ledger_entry *e, struct problem *p)
{
	unsigned char small[LEAF_SALT + PERSONAL_SMALL] UNSET;
	unsigned char commitment[SHA_LEN], leaf[LEAF_MAX] UNSET;
	unsigned char *salted = small;
	enum rc rc = leaf_fits(e, p);

	MUST(e->kind != LEDGER_GENESIS && e->kind != LEDGER_CHECKPOINT && e->kind != LEDGER_STOP && e->kind != LEDGER_EPOCH && e->kind != LEDGER_BIND); /* ours alone */
	if (rc != RC_OK)
		return rc;
	size_t n = leaf_personal_size(e);
	if (n > PERSONAL_SMALL && !(salted = malloc(LEAF_SALT + n)))
		return problem_set(p, RC_LIMIT, WHY_BUSY, "ledger", "no memory");
	salt_draw(salted);
	leaf_personal_put(e, salted + LEAF_SALT);
	sha_two(commitment, salted, LEAF_SALT + n, NULL, 0);
	size_t leaf_n = leaf_put(e, commitment, n, STR_NONE, leaf);

	MUST(pthread_mutex_lock(&l->lock) == 0);
	/* Before, not after: when the signature found no room, no entry may come between. */
	if (l->unsigned_n >= SIGN_EVERY - 1)
		ledger_sign_locked(l);
	if (l->unsigned_n >= SIGN_EVERY - 1)
		rc = l->broken || l->stop ? down(l, p) : problem_set(p, RC_RETRY, WHY_BUSY, "ledger", "the checkpoint is due");
	else
		rc = place_locked(l, e, leaf, leaf_n, salted, salted + LEAF_SALT, n, BATCH_MAX, p);
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (salted != small) {
		wipe(salted, LEAF_SALT + n);
		free(salted);
	}
	return rc;
}

/* The flusher sleeps though somebody waits: it is woken, outside of the lock. */
static void
unlock_and_wake(struct ledger *l)
{
	bool wake = l->wanted > l->durable && l->flusher_idle;
	if (wake)
		l->flusher_idle = false;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (wake)
		pthread_cond_signal(&l->to_flusher);
}

void
ledger_when_durable(struct ledger *l, struct ledger_wait *w)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	bool ok = w->number <= l->durable, now = ok || l->broken || l->read_only;
	if (!now) {
		w->next = l->waits;
		l->waits = w;
		if (w->number > l->wanted)
			l->wanted = w->number;
	}
	unlock_and_wake(l);
	if (now)
		w->done(w, ok);
}

/* Two lists in order of number into one. */
static struct ledger_wait *
merge(struct ledger_wait *a, struct ledger_wait *b)
{
	struct ledger_wait *head = NULL, **end = &head;

	while (a && b) {
		struct ledger_wait **least = a->number <= b->number ? &a : &b;
		*end = *least;
		*least = (*least)->next;
		end = &(*end)->next;
	}
	*end = a ? a : b;
	return head;
}

/* Bottom-up merge sort: bin i holds 2^i waits. */
static struct ledger_wait *
sort_waits(struct ledger_wait *list)
{
	struct ledger_wait *bins[48] = { NULL }, *all = NULL;

	while (list) {
		struct ledger_wait *one = list;
		list = list->next;
		one->next = NULL;
		size_t i = 0;
		for (; bins[i]; i++) {
			one = merge(bins[i], one);
			bins[i] = NULL;
		}
		bins[i] = one;
	}
	for (size_t i = 0; i < sizeof bins / sizeof *bins; i++)
		all = merge(bins[i], all);
	return all;
}

void
ledger_answer(struct ledger *l)
{
	struct ledger_wait *due = NULL, **at;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint64_t durable = l->durable;
	bool all = l->broken;
	for (at = &l->waits; *at;) {
		struct ledger_wait *w = *at;
		if (all || w->number <= durable) {
			*at = w->next;
			w->next = due;
			due = w;
		} else
			at = &w->next;
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	for (due = sort_waits(due); due;) {
		struct ledger_wait *w = due;
		due = w->next; /* before done: w may be gone after it */
		w->done(w, w->number <= durable);
	}
}

struct sync_wait { struct ledger_wait w; sem_t sem; bool ok; };

static void
sync_done(struct ledger_wait *w, bool ok)
{
	struct sync_wait *s = (struct sync_wait *)w;

	s->ok = ok;
	MUST(sem_post(&s->sem) == 0);
}

void
ledger_want(struct ledger *l, uint64_t number)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	if (number > l->wanted)
		l->wanted = number;
	unlock_and_wake(l);
}

bool
ledger_sync(struct ledger *l, uint64_t number)
{
	struct sync_wait s = { .w = { .done = sync_done, .number = number } };

	MUST(sem_init(&s.sem, 0, 0) == 0);
	ledger_when_durable(l, &s.w);
	while (sem_wait(&s.sem) != 0)
		MUST(errno == EINTR);
	sem_destroy(&s.sem);
	return s.ok;
}

uint64_t
ledger_head(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint64_t number = l->head.number;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return number;
}

uint64_t
ledger_durable(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint64_t number = l->durable;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return number;
}

uint64_t
ledger_flush_us(const struct ledger *l)
{
	return l->flush_us;
}

uint64_t
ledger_last_snapshot(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	uint64_t number = l->snapshot;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return number;
}

struct ledger_stats
ledger_stats(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	struct ledger_stats stats = l->stats;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return stats;
}

/* --- opening and closing -------------------------------------------------------------------------------------------------------------- */

static int
by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static enum rc
measure_flush(struct ledger *l, struct problem *p)
{
	uint64_t ns[FLUSH_PROBES];
	char page[4096] = { 1 };
	int fd = openat(l->dir, "flush.tmp", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && disk_pwrite(fd, page, sizeof page, 0) && fsync(fd) == 0;

	for (unsigned i = 0; ok && i < FLUSH_PROBES; i++) {
		page[0] = (char)i;
		uint64_t from = clock_ns();
		ok = disk_pwrite(fd, page, sizeof page, 0) && fdatasync(fd) == 0;
		ns[i] = clock_ns() - from;
	}
	int why = errno;
	if (fd >= 0) {
		close(fd);
		(void)unlinkat(l->dir, "flush.tmp", 0);
	}
	if (!ok)
		return problem_set(p, RC_BROKEN, why == ENOSPC ? WHY_DISK_FULL : WHY_LEDGER_DOWN, "ledger", "a test write failed: errno %d", why);
	qsort(ns, FLUSH_PROBES, sizeof *ns, by_size);
	l->flush_us = (ns[FLUSH_PROBES / 2 - 1] + ns[FLUSH_PROBES / 2]) / 2000;
	return RC_OK;
}

static enum rc
open_dir(struct ledger *l, const struct ledger_settings *s, struct problem *p)
{
	if (!s->read_only && mkdir(s->dir, 0700) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "cannot make the directory: errno %d", errno);
	l->dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l->dir < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "cannot open the directory: errno %d", errno);
	if (s->read_only)
		return RC_OK;
	l->lock_fd = openat(l->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->lock_fd < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "cannot open the lock: errno %d", errno);
	if (flock(l->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return problem_set(p, RC_CONFLICT, WHY_LEDGER_LOCKED, "ledger", "another writer holds the lock");
	return RC_OK;
}

static void
locks_init(struct ledger *l)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_condattr_t mono;
	pthread_mutexattr_t brief;

	MUST(pthread_once(&once, count_forks) == 0);
	MUST(pthread_condattr_init(&mono) == 0 && pthread_condattr_setclock(&mono, CLOCK_MONOTONIC) == 0);
	MUST(pthread_mutexattr_init(&brief) == 0 && pthread_mutexattr_settype(&brief, PTHREAD_MUTEX_ADAPTIVE_NP) == 0); /* an append holds it for a microsecond */
	MUST(pthread_mutex_init(&l->lock, &brief) == 0 && pthread_mutex_init(&l->milestone_lock, NULL) == 0 && pthread_mutex_init(&l->bind_lock, NULL) == 0 && pthread_rwlock_init(&l->wiping, NULL) == 0);
	MUST(pthread_cond_init(&l->to_flusher, &mono) == 0 && pthread_cond_init(&l->to_tender, &mono) == 0 && pthread_cond_init(&l->to_binder, &mono) == 0 && pthread_cond_init(&l->spare_made, &mono) == 0);
	pthread_condattr_destroy(&mono);
	pthread_mutexattr_destroy(&brief);
}

/* A ledger that has no entry: its first segment, GENESIS with the public key, and the first signature. */
static enum rc
begin(struct ledger *l, struct problem *p)
{
	struct ledger_entry e = { .kind = LEDGER_GENESIS, .note = STR("genesis") };
	uint32_t files = 0;
	enum rc rc = disk_segment_count(l->dir, &files, p);

	if (rc == RC_OK && files == 0) {
		rc = disk_segment_make(l->dir, 1, l->segment_bytes, false, &l->fd, p);
		l->size = l->segment_bytes;
	} else if (rc == RC_OK) { /* the first start ended before its first entry */
		struct stat st;
		l->fd = disk_segment_open(l->dir, 1, O_RDWR);
		if (l->fd < 0 || fstat(l->fd, &st) != 0)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "segment 1: errno %d", errno);
		l->size = (uint64_t)st.st_size;
	}
	if (rc != RC_OK)
		return rc;
	l->segment = 1;
	if (!ledger_firsts_push(l, 1))
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	return ledger_put_locked(l, &e, (struct str){ (const char *)l->key.pub, SIGNING_PUB }, p);
}

/* What the last run left is put on record and signed before anything new comes. */
static enum rc
settle_start(struct ledger *l, const struct tail *tail, struct problem *p)
{
	enum rc rc = RC_OK;
	int64_t now_ms = clock_ms();

	if (l->head.at_ms - CLOCK_BEHIND_MS > now_ms)
		log_event(LOG_WARN, "ledger_clock_behind", LOG_N("ms", l->head.at_ms - now_ms), LOG_END);
	if (tail->cut && !tail->fresh) {
		struct ledger_entry e = { .kind = LEDGER_MARK, .note = STR("tail_cut"), .about = tail->cut };
		log_event(LOG_WARN, "ledger_tail_cut", LOG_N("after", l->head.number), LOG_N("bytes", tail->cut), LOG_END);
		if (l->unsigned_n >= SIGN_EVERY - 1)
			ledger_sign_locked(l);
		rc = ledger_put_locked(l, &e, STR_NONE, p);
	}
	if (rc == RC_OK && (tail->fresh || l->unsigned_n))
		ledger_sign_locked(l);
	return rc;
}

void
ledger_note(struct ledger *l, struct str text, struct buf *out)
{
	MUST(pthread_mutex_lock(&l->lock) == 0); /* the key may change */
	signing_note(&l->key, text, out);
	MUST(pthread_mutex_unlock(&l->lock) == 0);
}

const char *
ledger_origin(const struct ledger *l)
{
	return l->epochs.origin;
}

enum rc
ledger_note_check(struct str note, const char *pub_path, const char *epochs_path, struct str *text_r, struct problem *p)
{
	struct signing_key key;
	struct epochs e;
	enum rc rc = epochs_open(AT_FDCWD, pub_path, AT_FDCWD, epochs_path, &e, p);

	if (rc != RC_OK) {
		epochs_done(&e);
		return rc;
	}
	rc = RC_BAD_INPUT;
	for (unsigned i = e.n; rc != RC_OK && i-- > 0;) {
		epochs_key(&e, i, &key);
		rc = signing_note_check(&key, note, text_r);
	}
	epochs_done(&e);
	return rc == RC_OK ? rc : problem_set(p, RC_BAD_INPUT, WHY_FORMAT, "note", "not signed by this key, or changed");
}

static void
ledger_release(struct ledger *l)
{
	for (unsigned i = 0; i < 2; i++)
		buf_done(&l->batches[i].bytes);
	if (l->fd >= 0)
		close(l->fd);
	if (l->spare_fd >= 0)
		close(l->spare_fd);
	if (l->lock_fd >= 0)
		close(l->lock_fd);
	if (l->dir >= 0)
		close(l->dir);
	signing_key_done(&l->key);
	epochs_done(&l->epochs);
	free(l->firsts);
	pthread_cond_destroy(&l->to_flusher);
	pthread_cond_destroy(&l->to_tender);
	pthread_cond_destroy(&l->to_binder);
	pthread_cond_destroy(&l->spare_made);
	pthread_rwlock_destroy(&l->wiping);
	pthread_mutex_destroy(&l->milestone_lock);
	pthread_mutex_destroy(&l->bind_lock);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

static void
stop_threads(struct ledger *l)
{
	if (!l->threads)
		return;
	MUST(pthread_mutex_lock(&l->lock) == 0);
	l->stop = true;
	pthread_cond_broadcast(&l->to_flusher);
	pthread_cond_broadcast(&l->to_binder);
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (l->binds) /* it may wait for the flusher */
		MUST(pthread_join(l->binder, NULL) == 0);
	l->binds = false;
	MUST(pthread_join(l->flusher, NULL) == 0); /* first: it may need the tender for its last segment */
	MUST(pthread_mutex_lock(&l->lock) == 0);
	l->tender_stop = true;
	pthread_cond_broadcast(&l->to_tender);
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	MUST(pthread_join(l->tender, NULL) == 0);
	l->threads = false;
}

static enum rc
start(struct ledger *l, const struct tail *tail, struct problem *p)
{
	enum rc rc = measure_flush(l, p);

	for (unsigned i = 0; i < 2; i++)
		buf_init(&l->batches[i].bytes, BATCH_MAX + BATCH_RESERVE);
	if (rc == RC_OK && tail->fresh)
		rc = begin(l, p);
	if (rc == RC_OK)
		rc = settle_start(l, tail, p);
	if (rc != RC_OK)
		return rc;
	l->turned_ns = clock_ns();
	uint64_t given = l->head.number;
	bool waits = given > l->durable;
	MUST(pthread_create(&l->flusher, NULL, flusher_main, l) == 0);
	MUST(pthread_create(&l->tender, NULL, tender_main, l) == 0);
	l->threads = true;
	if (waits && !ledger_sync(l, given))
		return down(l, p);
	if (tail->fresh)
		rc = tender_write_milestone(l, p);
	if (rc == RC_OK)
		rc = wipe_resume(l, p);
	if (rc == RC_OK && l->bind_ns) {
		MUST(pthread_create(&l->binder, NULL, people_main, l) == 0);
		l->binds = true;
	}
	return rc;
}

/* Key 0, as far as it is needed to begin: of a new ledger both halves, else what ledger.pub says (tail_recover takes the key of the last epoch). */
static enum rc
read_first_key(struct ledger *l, bool fresh, struct problem *p)
{
	enum rc rc = !l->read_only && fresh ? signing_key_read(l->dir, true, &l->key, p) : signing_pub_read(l->dir, "ledger.pub", &l->key, p);

	if (rc == RC_NOT_FOUND && !l->read_only) /* not copied along */
		rc = signing_secret_read(l->dir, KEY_FILE, &l->key, p);
	if (rc == RC_NOT_FOUND)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, KEY_FILE, "the key is missing beside its entries");
	else if (rc == RC_BAD_INPUT || (rc == RC_OK && !signing_is_first(&l->key)))
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger.pub", "not the first key of a ledger");
	return rc;
}

enum rc
ledger_open(const struct ledger_settings *s, struct ledger **l_r, struct problem *p)
{
	struct ledger *l = calloc(1, sizeof *l);
	struct tail tail = { 0 };
	enum rc rc;

	if (!l)
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	l->dir = l->lock_fd = l->fd = l->spare_fd = -1;
	l->read_only = l->stop = s->read_only;
	l->epoch_ns = s->epoch_s * UINT64_C(1000000000);
	l->bind_ns = s->bind_s * UINT64_C(1000000000);
	l->segment_bytes = !s->segment_bytes ? SEGMENT_DEFAULT : s->segment_bytes < SEGMENT_LEAST ? SEGMENT_LEAST : s->segment_bytes;
	l->pending = &l->batches[0];
	locks_init(l);
	rc = open_dir(l, s, p);
	if (rc == RC_OK) {
		uint32_t files = 0;
		rc = disk_segment_count(l->dir, &files, p);
		if (rc == RC_OK)
			rc = read_first_key(l, files == 0, p);
		if (rc == RC_OK)
			epochs_init(&l->epochs, &l->key);
	}
	if (rc == RC_OK)
		rc = tail_recover(l, &tail, p);
	if (rc == RC_OK && !s->read_only)
		rc = start(l, &tail, p);
	if (rc != RC_OK) {
		stop_threads(l);
		ledger_release(l);
		return rc;
	}
	*l_r = l;
	return RC_OK;
}

void
ledger_close(struct ledger **l_at)
{
	struct ledger *l = *l_at;
	struct problem p;

	if (!l)
		return;
	*l_at = NULL;
	if (l->threads) {
		struct ledger_entry e = { .kind = LEDGER_STOP, .note = STR("stop") };
		MUST(pthread_mutex_lock(&l->lock) == 0);
		if (l->unsigned_n >= SIGN_EVERY - 1)
			ledger_sign_locked(l);
		if (ledger_put_locked(l, &e, STR_NONE, &p) == RC_OK)
			ledger_sign_locked(l);
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		stop_threads(l);
		if (!l->broken && tender_write_milestone(l, &p) != RC_OK)
			log_problem(LOG_WARN, "ledger_checkpoint_file", &p);
		/* Nobody will flush what is asked for beyond the end. */
		l->broken = true;
		ledger_answer(l);
	}
	ledger_release(l);
}
