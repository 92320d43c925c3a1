/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record/runs.c: sorts more byte strings than memory may hold: filled buffers are sorted on a thread of their own and spilled to unlinked
 * temporary files beside the base, then merged. Memory: two buffers of RUN_BYTES and two arrays of the sort, as large together, whatever is added.
 * Must never leave a file behind (files have no name). Called by bulk.c. Start at runs_add, runs_sort, runs_next.
 */
#include "record/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUN_BYTES (24u << 20)
#define SPILL_BYTES (1u << 20)
#define READ_BYTES (256u << 10)
#define RUNS_MOST 4096

struct place { uint64_t prefix; uint32_t at; };
struct buffer { char *p; size_t n, entries; };
struct run { int fd; uint64_t entries; };
struct runs {
	char dir[4096];
	struct buffer fill, sorting;
	struct place *places, *spare; size_t cap_places;
	struct run *run; size_t n;
	uint64_t count;
	pthread_t thread;
	bool runs;
	enum rc rc;
	struct problem problem;
	struct reader *readers, **heap; size_t heaped; /* after runs_sort */
	bool stale;                                    /* heap[0] was handed out: move it on first */
};
static void readers_free(struct runs *r);

struct runs *runs_new(const char *beside)
{
	struct runs *r = calloc(1, sizeof *r);
	if (!r)
		return NULL;
	const char *slash = strrchr(beside, '/');
	int n = slash ? snprintf(r->dir, sizeof r->dir, "%.*s", (int)(slash - beside + 1), beside) : snprintf(r->dir, sizeof r->dir, ".");
	r->run = calloc(RUNS_MOST, sizeof *r->run);
	r->fill.p = malloc(RUN_BYTES);
	r->sorting.p = malloc(RUN_BYTES);
	if (n < 0 || (size_t)n >= sizeof r->dir || !r->run || !r->fill.p || !r->sorting.p)
		runs_free(&r);
	return r;
}

void runs_free(struct runs **rp)
{
	struct runs *r = *rp;
	if (!r)
		return;
	if (r->runs)
		pthread_join(r->thread, NULL);
	readers_free(r);
	for (size_t i = 0; i < r->n; i++)
		close(r->run[i].fd);
	free(r->run);
	free(r->places);
	free(r->spare);
	free(r->fill.p);
	free(r->sorting.p);
	free(r);
	*rp = NULL;
}

uint64_t runs_count(const struct runs *r) { return r->count; }

/* ---- sorting one buffer ---- */

static size_t entry_n(const char *p) { return (size_t)(unsigned char)p[0] << 8 | (unsigned char)p[1]; }

static uint64_t prefix_of(const char *p, size_t n)
{
	uint64_t v = 0;
	for (size_t i = 0; i < 8; i++)
		v = v << 8 | (i < n ? (unsigned char)p[i] : 0);
	return v;
}

static int entry_cmp(const char *a, size_t na, const char *b, size_t nb)
{
	int d = memcmp(a, b, na < nb ? na : nb);
	return d ? d : na < nb ? -1 : na > nb;
}

static int place_cmp(const void *x, const void *y, void *base)
{
	const struct place *a = x, *b = y;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix ? -1 : 1;
	const char *p = (const char *)base + a->at, *q = (const char *)base + b->at;
	return entry_cmp(p + 2, entry_n(p), q + 2, entry_n(q));
}

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

/* By prefix, 11 bits at a time from the low ones on; what is equal keeps its order. A digit that all have alike costs one look. */
static void places_by_prefix(struct place *at, struct place *spare, size_t n, uint32_t *count)
{
	struct place *from = at, *to = spare;
	for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
		memset(count, 0, DIGITS * sizeof *count);
		for (size_t i = 0; i < n; i++)
			count[from[i].prefix >> shift & (DIGITS - 1)]++;
		if (count[from[0].prefix >> shift & (DIGITS - 1)] == n)
			continue;
		uint32_t sum = 0;
		for (size_t d = 0; d < DIGITS; d++) {
			uint32_t here = count[d];
			count[d] = sum;
			sum += here;
		}
		for (size_t i = 0; i < n; i++)
			to[count[from[i].prefix >> shift & (DIGITS - 1)]++] = from[i];
		struct place *t = from;
		from = to;
		to = t;
	}
	if (from != at)
		memcpy(at, from, n * sizeof *at);
}

/* Entries of one prefix differ behind it, mostly by the resource's number alone, in whose order they came. */
static void places_behind(struct place *at, size_t n, char *base)
{
	for (size_t from = 0, to; from < n; from = to) {
		bool sorted = true;
		for (to = from + 1; to < n && at[to].prefix == at[from].prefix; to++)
			sorted = sorted && place_cmp(&at[to - 1], &at[to], base) <= 0;
		if (!sorted)
			qsort_r(at + from, to - from, sizeof *at, place_cmp, base);
	}
}

static bool places_sort(struct runs *r, size_t n, char *base)
{
	uint32_t *count = malloc(DIGITS * sizeof *count);
	if (count && n) {
		places_by_prefix(r->places, r->spare, n, count);
		places_behind(r->places, n, base);
	}
	free(count);
	return count != NULL;
}

static enum rc write_all(int fd, const char *p, size_t n, struct problem *pr)
{
	while (n) {
		ssize_t k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return problem_set(pr, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, NULL, "spill: errno %d", errno);
		p += k;
		n -= (size_t)k;
	}
	return RC_OK;
}

static enum rc temp_open(const char *dir, int *fd_r, struct problem *p)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0) { /* a file system without nameless files */
		char path[4200];
		snprintf(path, sizeof path, "%s/load-XXXXXX", dir);
		fd = mkostemp(path, O_CLOEXEC);
		if (fd >= 0)
			unlink(path);
	}
	if (fd < 0)
		return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, NULL, "temporary file: errno %d", errno);
	*fd_r = fd;
	return RC_OK;
}

static enum rc spill(struct runs *r, struct run *out, struct problem *p)
{
	const struct buffer *b = &r->sorting;
	struct buf w;
	enum rc rc = temp_open(r->dir, &out->fd, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&w, SPILL_BYTES + 70000);
	for (size_t i = 0; rc == RC_OK && i < b->entries; i++) {
		const char *e = b->p + r->places[i].at;
		buf_put(&w, e, entry_n(e) + 2);
		if (w.n >= SPILL_BYTES || i + 1 == b->entries) {
			rc = buf_rc(&w, p);
			if (rc == RC_OK)
				rc = write_all(out->fd, w.p, w.n, p);
			buf_reset(&w);
		}
	}
	buf_done(&w);
	out->entries = b->entries;
	return rc;
}

static void *sort_thread(void *arg)
{
	struct runs *r = arg;
	struct buffer *b = &r->sorting;
	if (b->entries > r->cap_places) {
		free(r->places);
		free(r->spare);
		r->cap_places = b->entries + b->entries / 4;
		r->places = malloc(r->cap_places * sizeof *r->places);
		r->spare = malloc(r->cap_places * sizeof *r->spare);
		if (!r->places || !r->spare) {
			r->cap_places = 0;
			r->rc = problem_set(&r->problem, RC_LIMIT, WHY_BUSY, NULL, "no memory");
			return NULL;
		}
	}
	size_t at = 0;
	for (size_t i = 0; i < b->entries; i++) {
		size_t n = entry_n(b->p + at);
		r->places[i] = (struct place){ prefix_of(b->p + at + 2, n), (uint32_t)at };
		at += n + 2;
	}
	if (!places_sort(r, b->entries, b->p)) {
		r->rc = problem_set(&r->problem, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		return NULL;
	}
	r->run[r->n].fd = -1;
	r->rc = spill(r, &r->run[r->n], &r->problem);
	if (r->run[r->n].fd >= 0)
		r->n++;
	return NULL;
}

static enum rc sort_wait(struct runs *r, struct problem *p)
{
	if (r->runs) {
		pthread_join(r->thread, NULL);
		r->runs = false;
	}
	if (r->rc != RC_OK && p)
		*p = r->problem;
	return r->rc;
}

static enum rc sort_start(struct runs *r, struct problem *p)
{
	enum rc rc = sort_wait(r, p);
	if (rc != RC_OK || !r->fill.entries)
		return rc;
	if (r->n == RUNS_MOST)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "runs");
	struct buffer swap = r->sorting;
	r->sorting = r->fill;
	r->fill = (struct buffer){ .p = swap.p };
	if (pthread_create(&r->thread, NULL, sort_thread, r) != 0)
		sort_thread(r);
	else
		r->runs = true;
	return RC_OK;
}

enum rc runs_add(struct runs *r, struct str entries, struct problem *p)
{
	const char *at = entries.p, *end = entries.p + entries.n;
	while (at < end) {
		size_t n = entry_n(at) + 2;
		if (r->fill.n + n > RUN_BYTES) {
			enum rc rc = sort_start(r, p);
			if (rc != RC_OK)
				return rc;
		}
		memcpy(r->fill.p + r->fill.n, at, n);
		r->fill.n += n;
		r->fill.entries++;
		r->count++;
		at += n;
	}
	return RC_OK;
}

/* ---- merging ---- */

struct reader { int fd; char *p; size_t n, at; off_t from; uint64_t left; struct str now; uint64_t prefix; };

static enum rc reader_next(struct reader *d, struct problem *p)
{
	if (!d->left) {
		d->now = STR_NONE;
		return RC_OK;
	}
	size_t have = d->n - d->at;
	if (have < 2 || have < entry_n(d->p + d->at) + 2) {
		memmove(d->p, d->p + d->at, have);
		d->at = 0;
		ssize_t k;
		do
			k = pread(d->fd, d->p + have, READ_BYTES - have, d->from);
		while (k < 0 && errno == EINTR);
		if (k <= 0)
			return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "run: errno %d", k < 0 ? errno : 0);
		d->from += k;
		d->n = have + (size_t)k;
		if (d->n < 2 || d->n < entry_n(d->p) + 2)
			return reader_next(d, p);
	}
	size_t n = entry_n(d->p + d->at);
	d->now = (struct str){ d->p + d->at + 2, n };
	d->prefix = prefix_of(d->now.p, n);
	d->at += n + 2;
	d->left--;
	return RC_OK;
}

static bool before(const struct reader *a, const struct reader *b)
{
	if (!a->now.p || !b->now.p)
		return a->now.p != NULL;
	if (a->prefix != b->prefix)
		return a->prefix < b->prefix;
	return entry_cmp(a->now.p, a->now.n, b->now.p, b->now.n) < 0;
}

static void sift(struct reader **heap, size_t n, size_t i)
{
	for (;;) {
		size_t l = 2 * i + 1, best = i;
		if (l < n && before(heap[l], heap[best]))
			best = l;
		if (l + 1 < n && before(heap[l + 1], heap[best]))
			best = l + 1;
		if (best == i)
			return;
		struct reader *t = heap[i];
		heap[i] = heap[best];
		heap[best] = t;
		i = best;
	}
}

static void readers_free(struct runs *r)
{
	for (size_t i = 0; r->readers && i < r->n; i++)
		free(r->readers[i].p);
	free(r->readers);
	free(r->heap);
}

enum rc runs_sort(struct runs *r, struct problem *p)
{
	enum rc rc = sort_start(r, p);
	if (rc == RC_OK)
		rc = sort_wait(r, p);
	free(r->fill.p);
	free(r->sorting.p);
	free(r->places);
	free(r->spare);
	r->fill = r->sorting = (struct buffer){ 0 };
	r->places = r->spare = NULL;
	if (rc != RC_OK || !r->n)
		return rc;
	r->readers = calloc(r->n, sizeof *r->readers);
	r->heap = calloc(r->n, sizeof *r->heap);
	if (!r->readers || !r->heap)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	for (size_t i = 0; rc == RC_OK && i < r->n; i++) {
		r->readers[i] = (struct reader){ .fd = r->run[i].fd, .p = malloc(READ_BYTES), .left = r->run[i].entries };
		r->heap[i] = &r->readers[i];
		rc = r->readers[i].p ? reader_next(&r->readers[i], p) : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	r->heaped = r->n;
	for (size_t i = r->n; rc == RC_OK && i-- > 0;)
		sift(r->heap, r->n, i);
	return rc;
}

enum rc runs_next(struct runs *r, struct str *bytes_r, struct problem *p)
{
	*bytes_r = STR_NONE;
	if (!r->heaped)
		return RC_OK;
	if (r->stale) {
		enum rc rc = reader_next(r->heap[0], p);
		if (rc != RC_OK)
			return rc;
		sift(r->heap, r->heaped, 0);
	}
	r->stale = true;
	*bytes_r = r->heap[0]->now;
	return RC_OK;
}
