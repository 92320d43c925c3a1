/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger/tender.c: the thread for what may take its time: the next segment ahead of need, and once a second DIR/checkpoint and DIR/index. Its failures
 * are told and tried again: only a segment that is really needed and cannot be had breaks the ledger (the flusher decides). It must never
 * write what is not durable yet: a checkpoint file ahead of the ledger would look like a loss. Start at tender_main.
 */
#include "ledger/inner.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEND_NS SIGN_NS /* between two checkpoint files, and between two tries for a segment */
#define RETRY_NS UINT64_C(60000000000) /* between two tries for a new key */

/* milestone_lock held: ledger_open and the tender may both come here. */
static enum rc
write_milestone(struct ledger *l, struct problem *p)
{
	struct places places = { 0 };
	struct buf text;
	enum rc rc;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	bool written = l->milestone.number == l->milestone_written;
	places.milestone = l->milestone;
	places.snapshot = l->snapshot;
	places.wiped = l->wiped;
	places.firsts = calloc(l->segments ? l->segments : 1, sizeof *places.firsts);
	/* Only segments up to the milestone: those after it are found from their files. */
	if (places.firsts) {
		places.n = places.milestone.segment;
		memcpy(places.firsts, l->firsts, places.n * sizeof *places.firsts);
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (!places.firsts)
		return problem_set(p, RC_LIMIT, WHY_BROKEN, "ledger", "no memory");
	/* The key of an epoch signs what ends in it: what ends before, its own key has signed or nobody will. */
	if (written || places.milestone.number < l->epochs.at[l->epochs.n - 1].first) {
		places_done(&places);
		return RC_OK;
	}
	rc = turn_finish(l, p);
	if (rc != RC_OK) {
		places_done(&places);
		return rc;
	}
	buf_init(&text, 4096);
	signing_put(&l->key, places.milestone.number, places.milestone.root, &text);
	rc = buf_rc(&text, p);
	if (rc == RC_OK)
		rc = disk_replace(l->dir, "checkpoint", buf_view(&text), 0644, p);
	if (rc == RC_OK) {
		MUST(pthread_mutex_lock(&l->lock) == 0);
		l->milestone_written = places.milestone.number;
		MUST(pthread_mutex_unlock(&l->lock) == 0);
	}
	if (rc == RC_OK) /* second: an index that knows less than the checkpoint is only slower */
		rc = places_write(l, &places, p);
	buf_done(&text);
	places_done(&places);
	return rc;
}

enum rc
tender_write_milestone(struct ledger *l, struct problem *p)
{
	MUST(pthread_mutex_lock(&l->milestone_lock) == 0);
	enum rc rc = write_milestone(l, p);
	MUST(pthread_mutex_unlock(&l->milestone_lock) == 0);
	return rc;
}

/* The spare may be there from the last run: then it must be empty. */
static enum rc
spare_get(struct ledger *l, uint32_t segment, int *fd_r, struct problem *p)
{
	int fd = disk_segment_open(l->dir, segment, O_RDWR);
	struct stat st;
	uint64_t end = 0;

	if (fd < 0 && errno == ENOENT)
		return disk_segment_make(l->dir, segment, l->segment_bytes, true, fd_r, p);
	if (fd >= 0 && fstat(fd, &st) == 0 && (uint64_t)st.st_size >= SEGMENT_LEAST && disk_nonzero(fd, 0, (uint64_t)st.st_size, &end) == RC_OK && end == 0) {
		*fd_r = fd;
		return RC_OK;
	}
	if (fd >= 0)
		close(fd);
	return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "segment %u should be empty", segment);
}

/* Lock held on entry and return, not between. */
static void
tend_spare(struct ledger *l)
{
	uint32_t segment = l->segments + 1;
	struct problem p = { 0 };
	int fd = -1;

	l->spare_tried_ns = clock_ns();
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	enum rc rc = spare_get(l, segment, &fd, &p);
	int why = errno;
	if (rc != RC_OK)
		log_problem(LOG_ERROR, "ledger_no_room", &p);
	MUST(pthread_mutex_lock(&l->lock) == 0);
	l->spare_fd = rc == RC_OK ? fd : -1;
	l->spare_failed = rc != RC_OK;
	l->spare_errno = rc == RC_OK ? 0 : why;
	pthread_cond_broadcast(&l->spare_made);
}

static void
tend_milestone(struct ledger *l)
{
	struct problem p = { 0 };

	l->milestone_ns = clock_ns();
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	if (tender_write_milestone(l, &p) != RC_OK)
		log_problem(LOG_WARN, "ledger_checkpoint_file", &p);
	MUST(pthread_mutex_lock(&l->lock) == 0);
}

/* Every so many hours, or as soon as it can be. */
static void
tend_epoch(struct ledger *l)
{
	struct problem p = { 0 };
	uint64_t number;

	l->turned_ns = clock_ns() - l->epoch_ns + RETRY_NS; /* if this one fails */
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	MUST(pthread_mutex_lock(&l->milestone_lock) == 0);
	if (turn_begin(l, &number, &p) != RC_OK)
		log_problem(LOG_WARN, "ledger_epoch", &p);
	MUST(pthread_mutex_unlock(&l->milestone_lock) == 0);
	MUST(pthread_mutex_lock(&l->lock) == 0);
}

void *
tender_main(void *ledger)
{
	struct ledger *l = ledger;

	MUST(pthread_mutex_lock(&l->lock) == 0);
	while (!l->tender_stop) {
		uint64_t now = clock_ns(), due = 0;
		bool spare = l->spare_wanted && l->spare_fd < 0, milestone = l->milestone.number > l->milestone_written && !l->broken;
		if (spare && ((l->spare_needed && !l->spare_failed) || now >= l->spare_tried_ns + TEND_NS)) {
			tend_spare(l);
			continue;
		}
		if (milestone && now >= l->milestone_ns + TEND_NS) {
			tend_milestone(l);
			continue;
		}
		if (turn_is_due(l, now)) {
			tend_epoch(l);
			continue;
		}
		if (spare)
			due = l->spare_tried_ns + TEND_NS;
		if (milestone && (!due || l->milestone_ns + TEND_NS < due))
			due = l->milestone_ns + TEND_NS;
		if (l->epoch_ns && !l->stop && !l->broken && (!due || l->turned_ns + l->epoch_ns < due))
			due = l->turned_ns + l->epoch_ns;
		if (due) {
			struct timespec until = { .tv_sec = (time_t)(due / 1000000000u), .tv_nsec = (long)(due % 1000000000u) };
			int rc = pthread_cond_timedwait(&l->to_tender, &l->lock, &until);
			MUST(rc == 0 || rc == ETIMEDOUT);
		} else
			MUST(pthread_cond_wait(&l->to_tender, &l->lock) == 0);
	}
	MUST(pthread_mutex_unlock(&l->lock) == 0);
	return NULL;
}
