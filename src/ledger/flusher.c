/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/flusher.c: the one thread that writes entries: takes all that waits, writes it in one piece, flushes, answers. While it flushes, the next batch
 * gathers. A write or flush that fails is the end: it is never tried again, for after a failed fdatasync the kernel may have dropped
 * the pages and a second one would lie. Started by ledger_open. Start at flusher_main.
 */
#include "ledger/inner.h"

#include "base/clock.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

/* What a flush did, for the lock to take over. */
struct flushed { bool ok; const char *what; int why; struct milestone milestone; };

static struct flushed
failed(const char *what, int why)
{
	return (struct flushed){ .what = what, .why = why };
}

/* The next segment is normally ready. When it is not, the tender is asked to make it now. False: there is none. */
static bool
next_segment(struct ledger *l, uint64_t first, struct flushed *f)
{
	MUST(pthread_mutex_lock(&l->lock) == 0);
	l->spare_wanted = l->spare_needed = true;
	l->spare_failed = false;
	pthread_cond_signal(&l->to_tender);
	while (l->spare_fd < 0 && !l->spare_failed)
		MUST(pthread_cond_wait(&l->spare_made, &l->lock) == 0);
	l->spare_needed = false;
	bool ok = l->spare_fd >= 0;
	if (!ok)
		*f = failed("no room for the next segment", l->spare_errno);
	else if (!ledger_firsts_push(l, first)) {
		*f = failed("no memory", ENOMEM);
		ok = false;
	} else {
		off_t end = lseek(l->spare_fd, 0, SEEK_END);
		close(l->fd);
		l->fd = l->spare_fd;
		l->spare_fd = -1;
		l->spare_wanted = false;
		l->segment++;
		l->at = 0;
		l->size = end < 0 ? 0 : (uint64_t)end;
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return ok;
}

/* As many bytes of whole records as fit into the rest of the segment. */
static size_t
fitting(const struct ledger *l, const unsigned char *p, size_t n)
{
	uint64_t room = l->size - l->at;
	size_t take = 0;

	if (n <= room)
		return n;
	while (take < n) {
		size_t one = leaf_record_skip(p + take, n - take);
		if (take + one > room)
			break;
		take += one;
	}
	return take;
}

static struct flushed
write_batch(struct ledger *l, const struct batch *b)
{
	struct flushed f = { .ok = true };
	const unsigned char *bytes = (const unsigned char *)b->bytes.p;

	for (size_t done = 0; done < b->bytes.n;) {
		size_t take = fitting(l, bytes + done, b->bytes.n - done);
		if (take && !disk_pwrite(l->fd, bytes + done, take, l->at))
			return failed("write", errno);
		if (b->signed_number && b->signed_at >= done && b->signed_at < done + take)
			f.milestone = (struct milestone){ .number = b->signed_number, .segment = l->segment, .at = l->at + (b->signed_at - done) };
		l->at += take;
		done += take;
		if (done == b->bytes.n)
			break;
		/* The old segment is durable before the new one holds anything: so a segment with a successor is never torn. */
		if (fdatasync(l->fd) != 0)
			return failed("flush", errno);
		struct leaf leaf;
		struct record r;
		MUST(leaf_record_parse(bytes + done, b->bytes.n - done, &r, &leaf) == RC_OK);
		if (!next_segment(l, leaf.e.number, &f))
			return f;
		if (l->size < r.n)
			return failed("the next segment is too small", EFBIG);
	}
	if (fdatasync(l->fd) != 0)
		return failed("flush", errno);
	return f;
}

static struct timespec
timespec_of(uint64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u) };
}

/*
 * Is what gathered worth a flush now? A list of requests appends its entries one by one and waits once, for the last: a flush for the first of them would
 * make the others wait for two. What nobody waits for goes with the next signature, a second later at most.
 */
static bool
is_due(const struct ledger *l)
{
	return l->pending->bytes.n && (l->wanted > l->durable || l->unsigned_n == 0 || l->pending->bytes.n >= BATCH_EAGER || l->stop);
}

/* Wait for entries that are due, or for the moment at which those already given must be signed. False: stop, and nothing is left. Lock held. */
static bool
wait_for_work(struct ledger *l)
{
	for (;;) {
		uint64_t due = l->unsigned_n ? l->unsigned_ns + SIGN_NS : 0;
		if (l->broken)
			return false;
		if (due && !l->stop && clock_ns() >= due)
			ledger_sign_locked(l);
		if (is_due(l))
			return true;
		if (l->stop)
			return false;
		l->flusher_idle = true;
		if (due) {
			struct timespec until = timespec_of(due);
			int rc = pthread_cond_timedwait(&l->to_flusher, &l->lock, &until);
			MUST(rc == 0 || rc == ETIMEDOUT);
		} else
			MUST(pthread_cond_wait(&l->to_flusher, &l->lock) == 0);
		l->flusher_idle = false;
	}
}

static void
take_over(struct ledger *l, const struct batch *b, const struct flushed *f)
{
	if (!f->ok) {
		ledger_broken_locked(l, f->what, f->why);
		return;
	}
	l->durable = b->last;
	l->stats.flushes++;
	l->stats.bytes += b->bytes.n;
	if (b->snapshot)
		l->snapshot = b->snapshot;
	if (b->signed_number) {
		l->milestone = f->milestone;
		l->milestone.tree = b->signed_tree;
		for (unsigned i = 0; i < SHA_LEN; i++)
			l->milestone.root[i] = b->signed_root[i];
	}
	/* Half full: the next one is made long before it is needed. */
	if (l->spare_fd < 0 && !l->spare_wanted && l->at > l->size / 2)
		l->spare_wanted = true;
	if (b->signed_number || (l->spare_wanted && l->spare_fd < 0))
		pthread_cond_signal(&l->to_tender);
}

void *
flusher_main(void *ledger)
{
	struct ledger *l = ledger;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	while (wait_for_work(l)) {
		struct batch *b = l->pending;
		l->pending = b == &l->batches[0] ? &l->batches[1] : &l->batches[0];
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		struct flushed f = write_batch(l, b);
		MUST(pthread_mutex_lock(&l->lock) == 0);
		take_over(l, b, &f);
		b->snapshot = b->signed_number = 0;
		buf_reset(&b->bytes);
		MUST(pthread_mutex_unlock(&l->lock) == 0);
		ledger_answer(l);
		MUST(pthread_mutex_lock(&l->lock) == 0);
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return NULL;
}
