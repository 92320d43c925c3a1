/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/people.c: see people.h. The map is made anew from the one before and the looks since, in one pass over both in order of patient. Start at ledger_bind. */
#include "ledger/people.h"
#include "ledger/inner.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAGIC      "hygie/ledger/patients 1\n"
#define HEAD_BYTES 64
#define ONE_BYTES  (8 + 8 + 8 + PEOPLE_SALT + SHA_LEN)
#define LOOK_BYTES 16
#define SAID       "hygie/ledger/patient/v1"
#define GENTLY     (1u << 20) /* bytes between two flushes: entries that are written meanwhile do not queue behind all of it */
#define PASS       (1u << 20) /* looks taken up at once: 50 MB; a ledger that was never bound takes several passes */
_Static_assert(sizeof MAGIC - 1 + 5 * 8 == HEAD_BYTES, "the head is as long as its parts");

static unsigned char *
put64(unsigned char *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (8 * i));
	return p + 8;
}

static uint64_t
get64(const unsigned char *p)
{
	uint64_t v = 0;

	for (unsigned i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

void
people_chain(unsigned char chain[SHA_LEN], const unsigned char leaf[SHA_LEN])
{
	sha_two(chain, chain, SHA_LEN, leaf, SHA_LEN);
}

void
people_said(const struct person *one, unsigned char out[SHA_LEN])
{
	unsigned char text[PEOPLE_SALT + 8 + SHA_LEN];

	memcpy(text, one->salt, PEOPLE_SALT);
	memcpy(put64(text + PEOPLE_SALT, one->count), one->chain, SHA_LEN);
	sha_two(out, SAID, sizeof SAID - 1, text, sizeof text);
}

void
people_leaf(int64_t patient, const unsigned char said[SHA_LEN], unsigned char out[SHA_LEN])
{
	unsigned char text[8 + SHA_LEN];

	memcpy(put64(text, (uint64_t)patient), said, SHA_LEN);
	tree_leaf(out, text, sizeof text);
}

/* ---- the files ---- */

static void
head_put(const struct people_head *h, unsigned char out[HEAD_BYTES])
{
	unsigned char *p = out;

	memcpy(p, MAGIC, sizeof MAGIC - 1);
	p = put64(p + sizeof MAGIC - 1, h->covered);
	p = put64(p, h->since);
	p = put64(p, h->bound);
	p = put64(p, h->n);
	put64(p, h->looks);
}

static void
person_put(const struct person *one, unsigned char out[ONE_BYTES])
{
	unsigned char *p = put64(out, (uint64_t)one->patient);

	p = put64(p, one->count);
	p = put64(p, one->last);
	memcpy(p, one->salt, PEOPLE_SALT);
	memcpy(p + PEOPLE_SALT, one->chain, SHA_LEN);
}

static void
person_get(const unsigned char in[ONE_BYTES], struct person *one)
{
	one->patient = (int64_t)get64(in);
	one->count = get64(in + 8);
	one->last = get64(in + 16);
	memcpy(one->salt, in + 24, PEOPLE_SALT);
	memcpy(one->chain, in + 24 + PEOPLE_SALT, SHA_LEN);
}

static enum rc
corrupt(struct problem *p, const char *what)
{
	return problem_set(p, RC_BROKEN, WHY_CORRUPT, PEOPLE_FILE, "%s", what);
}

static enum rc
take(int fd, unsigned char *out, size_t n, uint64_t at, struct problem *p)
{
	size_t got = 0;

	return disk_pread(fd, out, n, at, &got) == RC_OK && got == n ? RC_OK : corrupt(p, "it ends too early");
}

static enum rc
node_read(struct tree_reader *r, unsigned level, uint64_t index, unsigned char out[SHA_LEN], struct problem *p)
{
	const struct people *k = (const struct people *)(const void *)r;
	uint64_t before = 0;

	for (unsigned i = 0; i < level; i++)
		before += k->head.n >> i;
	return take(k->fd, out, SHA_LEN, HEAD_BYTES + k->head.n * ONE_BYTES + (before + index) * SHA_LEN, p);
}

enum rc
people_open(int dir, struct people *k, struct problem *p)
{
	unsigned char head[HEAD_BYTES];

	*k = (struct people){ .reader = { node_read }, .fd = openat(dir, PEOPLE_FILE, O_RDONLY | O_CLOEXEC), .looks_fd = -1 };
	if (k->fd < 0)
		return problem_set(p, errno == ENOENT ? RC_NOT_FOUND : RC_BROKEN, errno == ENOENT ? WHY_NOT_FOUND : WHY_BROKEN, PEOPLE_FILE, "open: errno %d", errno);
	k->looks_fd = openat(dir, PEOPLE_LOOKS, O_RDONLY | O_CLOEXEC);
	enum rc rc = k->looks_fd < 0 ? corrupt(p, "the file of looks is missing") : take(k->fd, head, HEAD_BYTES, 0, p);
	if (rc == RC_OK && memcmp(head, MAGIC, sizeof MAGIC - 1) != 0)
		rc = corrupt(p, "not a patients' map");
	const unsigned char *at = head + sizeof MAGIC - 1;
	if (rc == RC_OK)
		k->head = (struct people_head){ get64(at), get64(at + 8), get64(at + 16), get64(at + 24), get64(at + 32) };
	if (rc == RC_OK && k->head.n > UINT32_MAX)
		rc = corrupt(p, "too many");
	return rc;
}

void
people_close(struct people *k)
{
	if (k->fd >= 0)
		close(k->fd);
	if (k->looks_fd >= 0)
		close(k->looks_fd);
	k->fd = k->looks_fd = -1;
}

enum rc
people_read(const struct people *k, uint64_t index, struct person *one_r, struct problem *p)
{
	unsigned char bytes[ONE_BYTES];

	if (index >= k->head.n)
		return corrupt(p, "no such place");
	enum rc rc = take(k->fd, bytes, ONE_BYTES, HEAD_BYTES + index * ONE_BYTES, p);
	if (rc == RC_OK)
		person_get(bytes, one_r);
	return rc;
}

enum rc
people_find(const struct people *k, int64_t patient, uint64_t *index_r, bool *is_r, struct problem *p)
{
	uint64_t lo = 0, hi = k->head.n;
	struct person one;

	*is_r = false;
	while (lo < hi) {
		uint64_t middle = lo + (hi - lo) / 2;
		enum rc rc = people_read(k, middle, &one, p);
		if (rc != RC_OK)
			return rc;
		*is_r = *is_r || one.patient == patient;
		if (one.patient < patient)
			lo = middle + 1;
		else
			hi = middle;
	}
	*index_r = lo;
	return RC_OK;
}

enum rc
people_looks(const struct people *k, const struct person *one, uint64_t **numbers_r, struct problem *p)
{
	unsigned char bytes[LOOK_BYTES];
	uint64_t at = one->last, above = UINT64_MAX;
	uint64_t *numbers = one->count <= k->head.looks ? calloc(one->count ? one->count : 1, sizeof *numbers) : NULL;
	enum rc rc = numbers ? RC_OK : corrupt(p, "more looks than there are");

	for (uint64_t i = one->count; rc == RC_OK && i-- > 0;) {
		rc = at == 0 || at > k->head.looks ? corrupt(p, "a look is missing") : take(k->looks_fd, bytes, LOOK_BYTES, (at - 1) * LOOK_BYTES, p);
		if (rc == RC_OK) {
			numbers[i] = get64(bytes);
			at = get64(bytes + 8);
		}
		if (rc == RC_OK && numbers[i] >= above)
			rc = corrupt(p, "looks out of order");
		above = rc == RC_OK ? numbers[i] : above;
	}
	if (rc == RC_OK)
		*numbers_r = numbers;
	else
		free(numbers);
	return rc;
}

/* ---- the looks since ---- */

struct look { int64_t patient; uint64_t number; unsigned char leaf[SHA_LEN]; };
struct looking { struct ledger_each each; /* first */ struct ledger *l; struct look *at; size_t n; uint64_t first, upto, wiped; };

static bool
stopped(struct ledger *l)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	bool stop = l->stop || l->broken;
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return stop;
}

static bool
look_take(struct ledger_each *each, const struct ledger_entry *e)
{
	struct looking *k = (struct looking *)(void *)each;
	unsigned char leaf[SHA_LEN];

	if (k->n + e->n_patients > PASS || ((e->number & 4095) == 0 && stopped(k->l)))
		return false;
	if (e->erased)
		k->wiped = e->number;
	if (e->n_patients && e->kind != LEDGER_SNAPSHOT && e->kind != LEDGER_SNAPSHOT_END) {
		tree_leaf(leaf, e->bytes.p, e->bytes.n);
		for (uint32_t i = 0; i < e->n_patients; i++) {
			struct look *one = &k->at[k->n++];
			*one = (struct look){ .patient = e->patients[i].patient, .number = e->number };
			memcpy(one->leaf, leaf, SHA_LEN);
		}
	}
	k->upto = e->number;
	return true;
}

static int
by_patient(const void *a, const void *b)
{
	const struct look *x = a, *y = b;

	if (x->patient != y->patient)
		return x->patient < y->patient ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* ---- from the map before to the next ---- */

struct making { struct ledger *l; struct people old; struct people_head head; FILE *out, *looks; size_t unflushed; struct buf leaves; struct tree tree; };

static enum rc
not_written(struct problem *p)
{
	return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, PEOPLE_FILE, "write: errno %d", errno);
}

static FILE *
file_open(int dir, const char *name, int flags, uint64_t at)
{
	int fd = openat(dir, name, O_RDWR | O_CREAT | O_CLOEXEC | flags, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r+");

	if (fd >= 0 && !f)
		close(fd);
	if (f && fseeko(f, (off_t)at, SEEK_SET) != 0) {
		fclose(f);
		return NULL;
	}
	return f;
}

static bool
gently_put(struct making *m, FILE *f, const void *bytes, size_t n)
{
	if (fwrite(bytes, n, 1, f) != 1)
		return false;
	m->unflushed += n;
	if (m->unflushed < GENTLY)
		return true;
	m->unflushed = 0;
	return fflush(m->looks) == 0 && fdatasync(fileno(m->looks)) == 0 && fflush(m->out) == 0 && fdatasync(fileno(m->out)) == 0;
}

static bool
one_put(struct making *m, const struct person *one)
{
	unsigned char bytes[ONE_BYTES], said[SHA_LEN], leaf[SHA_LEN];

	person_put(one, bytes);
	people_said(one, said);
	people_leaf(one->patient, said, leaf);
	tree_add(&m->tree, leaf);
	buf_put(&m->leaves, leaf, SHA_LEN);
	m->head.n++;
	return gently_put(m, m->out, bytes, ONE_BYTES);
}

static bool
look_put(struct making *m, struct person *one, const struct look *look)
{
	unsigned char bytes[LOOK_BYTES];

	put64(put64(bytes, look->number), one->last);
	people_chain(one->chain, look->leaf);
	one->count++;
	one->last = ++m->head.looks;
	return gently_put(m, m->looks, bytes, LOOK_BYTES);
}

/* Both in ascending order of patient. */
static enum rc
merge(struct making *m, const struct look *look, size_t n, struct problem *p)
{
	struct person old = { .patient = 0 }, one;
	uint64_t i = 0, of = m->old.head.n;
	bool ok = true;
	enum rc rc = of ? people_read(&m->old, 0, &old, p) : RC_OK;

	for (size_t k = 0; rc == RC_OK && ok && (k < n || i < of);) {
		if (i < of && (k == n || old.patient <= look[k].patient)) {
			one = old;
			if (++i < of)
				rc = people_read(&m->old, i, &old, p);
		} else {
			one = (struct person){ .patient = look[k].patient };
			random_bytes(one.salt, sizeof one.salt);
		}
		for (uint64_t last = 0; ok && k < n && look[k].patient == one.patient; last = look[k++].number)
			ok = look[k].number == last || look_put(m, &one, &look[k]);
		ok = ok && one_put(m, &one);
	}
	if (rc != RC_OK)
		return rc;
	return ok && !m->leaves.failed ? RC_OK : not_written(p);
}

/* Whole nodes, level by level, the leaves first. */
static bool
nodes_write(struct making *m)
{
	unsigned char *node = (unsigned char *)m->leaves.p;

	for (uint64_t n = m->head.n; n > 0; n /= 2) {
		for (uint64_t i = 0; i < n; i += GENTLY / SHA_LEN) {
			uint64_t some = n - i < GENTLY / SHA_LEN ? n - i : GENTLY / SHA_LEN;
			if (!gently_put(m, m->out, node + i * SHA_LEN, some * SHA_LEN))
				return false;
		}
		for (uint64_t i = 0; i + 1 < n; i += 2)
			tree_node(node + i / 2 * SHA_LEN, node + i * SHA_LEN, node + (i + 1) * SHA_LEN);
	}
	return true;
}

/* The root goes into the ledger before the map takes its name: a map that is there is always bound. */
static enum rc
bind_root(struct making *m, struct problem *p)
{
	struct ledger *l = m->l;
	struct ledger_entry e = { .kind = LEDGER_BIND, .about = m->head.covered, .rows = (uint32_t)m->head.n, .note = STR("bind") };
	unsigned char extra[PEOPLE_BIND];

	tree_root(&m->tree, extra);
	put64(extra + SHA_LEN, m->head.since);
	MUST(pthread_mutex_lock(&l->lock) == 0);
	if (l->unsigned_n >= SIGN_EVERY - 1)
		ledger_sign_locked(l);
	enum rc rc = l->stop || l->broken || l->unsigned_n >= SIGN_EVERY - 1 ? problem_set(p, RC_RETRY, WHY_BUSY, "ledger", "the checkpoint is due") :
		ledger_put_locked(l, &e, (struct str){ (const char *)extra, sizeof extra }, p);
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (rc == RC_OK && !ledger_sync(l, e.number))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "the root could not be flushed");
	m->head.bound = e.number;
	return rc;
}

static enum rc
make(struct making *m, const struct look *look, size_t n, struct problem *p)
{
	static const char tmp[] = PEOPLE_FILE ".tmp";
	unsigned char head[HEAD_BYTES] = { 0 };
	int dir = m->l->dir;

	buf_init(&m->leaves, SIZE_MAX);
	(void)unlinkat(dir, tmp, 0);
	m->out = file_open(dir, tmp, O_EXCL, 0);
	m->looks = file_open(dir, PEOPLE_LOOKS, 0, m->head.looks * LOOK_BYTES); /* what a crash left behind them is written over */
	enum rc rc = m->out && m->looks && fwrite(head, HEAD_BYTES, 1, m->out) == 1 ? merge(m, look, n, p) : not_written(p);
	if (rc == RC_OK && (!nodes_write(m) || fflush(m->looks) != 0 || fdatasync(fileno(m->looks)) != 0))
		rc = not_written(p);
	if (rc == RC_OK)
		rc = bind_root(m, p);
	head_put(&m->head, head);
	if (rc == RC_OK && (fseeko(m->out, 0, SEEK_SET) != 0 || fwrite(head, HEAD_BYTES, 1, m->out) != 1 || fflush(m->out) != 0 || fdatasync(fileno(m->out)) != 0 ||
		renameat(dir, tmp, dir, PEOPLE_FILE) != 0 || fsync(dir) != 0))
		rc = not_written(p);
	if (m->out)
		fclose(m->out);
	if (m->looks)
		fclose(m->looks);
	if (rc != RC_OK)
		(void)unlinkat(dir, tmp, 0);
	buf_done(&m->leaves);
	return rc;
}

/* One pass; upto_r: how far the map now reaches. */
static enum rc
pass(struct ledger *l, uint64_t *upto_r, struct problem *p)
{
	struct making m = { .l = l };
	struct looking k = { .each = { look_take }, .l = l };
	enum rc rc = people_open(l->dir, &m.old, p);

	if (rc == RC_NOT_FOUND) {
		m.old.head.since = 1;
		rc = RC_OK;
	}
	if (rc == RC_OK && !(k.at = malloc(PASS * sizeof *k.at)))
		rc = problem_set(p, RC_LIMIT, WHY_BUSY, PEOPLE_FILE, "no memory");
	m.head = m.old.head;
	m.head.n = 0;
	k.upto = m.head.covered;
	if (rc == RC_OK)
		rc = ledger_read(l, m.head.covered + 1, &k.each, p);
	if (rc == RC_OK && stopped(l))
		rc = problem_set(p, RC_RETRY, WHY_BUSY, PEOPLE_FILE, "the ledger closes");
	if (rc == RC_OK && k.upto > m.head.covered) {
		m.head.covered = k.upto;
		m.head.since = k.wiped ? k.wiped + 1 : m.head.since;
		qsort(k.at, k.n, sizeof *k.at, by_patient);
		rc = make(&m, k.at, k.n, p);
	}
	*upto_r = k.upto;
	free(k.at);
	people_close(&m.old);
	return rc;
}

enum rc
ledger_bind(struct ledger *l, struct problem *p)
{
	enum rc rc = RC_OK;

	if (l->read_only)
		return problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "open for reading only");
	MUST(pthread_mutex_lock(&l->bind_lock) == 0);
	for (uint64_t to = ledger_durable(l), upto = 0; rc == RC_OK && upto < to;)
		rc = pass(l, &upto, p);
	MUST(pthread_mutex_unlock(&l->bind_lock) == 0);
	return rc;
}

void *
people_main(void *ledger)
{
	struct ledger *l = ledger;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	while (!l->stop && !l->broken) {
		struct problem p = { 0 };
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		uint64_t due = clock_ns() + l->bind_ns;
		enum rc rc = ledger_bind(l, &p);
		if (rc != RC_OK && rc != RC_RETRY)
			log_problem(LOG_WARN, "ledger_bind", &p);
		struct timespec until = { .tv_sec = (time_t)(due / 1000000000u), .tv_nsec = (long)(due % 1000000000u) };
		MUST(pthread_mutex_lock(&l->lock) == 0);
		while (!l->stop && !l->broken && clock_ns() < due) {
			int why = pthread_cond_timedwait(&l->to_binder, &l->lock, &until);
			MUST(why == 0 || why == ETIMEDOUT);
		}
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return NULL;
}
