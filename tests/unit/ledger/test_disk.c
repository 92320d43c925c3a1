/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger does when the disk fails: the first failed write or flush is the end, every wait is answered no, nothing that was acknowledged is lost.
 * The calls are wrapped at link time: the product holds no hook.
 */
#include "house.h"

#include "base/log.h"
#include "ledger/inner.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
/* With 64-bit offsets asked for, the call carries the name pwrite64. */
ssize_t __real_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite64(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);

static _Atomic int fail_flush, fail_write, flushes_after; /* fail the n-th from now on; 0 never */
static _Atomic bool failed_once, short_writes;

int
__wrap_fdatasync(int fd)
{
	if (failed_once)
		flushes_after++;
	if (fail_flush && --fail_flush == 0) {
		failed_once = true;
		errno = EIO;
		return -1;
	}
	return __real_fdatasync(fd);
}

ssize_t
__wrap_pwrite64(int fd, const void *p, size_t n, off_t at)
{
	if (fail_write && --fail_write == 0) {
		failed_once = true;
		if (n > 40)
			(void)!__real_pwrite64(fd, p, n / 2, at); /* half of it arrives */
		errno = ENOSPC;
		return -1;
	}
	if (short_writes && n > 7)
		n = n / 2 + 1;
	return __real_pwrite64(fd, p, n, at);
}

ssize_t
__wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return __wrap_pwrite64(fd, p, n, at);
}

static char dir[DIR_MAX];

static int
set_up(void **state)
{
	(void)state;
	dir_make(dir);
	fail_flush = fail_write = flushes_after = 0;
	failed_once = short_writes = false;
	return 0;
}

static int
tear_down(void **state)
{
	struct rlimit none;
	(void)state;

	fail_flush = fail_write = 0;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &none), 0);
	none.rlim_cur = none.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
	dir_remove(dir);
	return 0;
}

static void
broken_for_ever(struct ledger *l)
{
	struct ledger_entry e = { .kind = LEDGER_MARK };
	struct problem p;

	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(ledger_append(l, &e, &p), RC_BROKEN);
		assert_int_equal(p.why, WHY_LEDGER_DOWN);
	}
}

static void
one_flush_fails(void **state)
{
	struct problem p;
	uint64_t n;
	(void)state;

	for (int nth = 1; nth <= 3; nth++) {
		struct ledger *l = open_at(dir, SMALL);
		uint64_t durable = add_many(l, 10), lost = 0;
		failed_once = false;
		fail_flush = nth;
		for (int i = 0; i < nth; i++) {
			lost = add(l, 1);
			if (lost && ledger_sync(l, lost)) {
				durable = lost;
				lost = 0;
			}
		}
		if (failed_once) { /* it may have hit a checkpoint file instead: those are tried again */
			broken_for_ever(l);
			assert_int_equal(ledger_durable(l), durable);
			assert_false(ledger_sync(l, durable + 1));
			assert_true(ledger_sync(l, durable));
			assert_int_equal(ledger_erase_personal(l, INT64_MAX, &n, &p), RC_BROKEN);
			flushes_after = 0;
			ledger_close(&l);
			assert_int_equal(flushes_after, 0); /* never again on this file */
		} else
			ledger_close(&l);
		fail_flush = 0;
		failed_once = false;
		l = open_at(dir, SMALL);
		assert_true(read_from(l, 1).last >= durable);
		ledger_close(&l);
		verify_good(dir);
	}
}

static void
one_write_fails(void **state)
{
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	uint64_t durable = add_many(l, 10);
	fail_write = 1;
	uint64_t lost = add(l, 1);
	assert_false(ledger_sync(l, lost));
	broken_for_ever(l);
	ledger_close(&l);
	l = open_at(dir, SMALL); /* half a record is there: cut */
	assert_true(read_from(l, 1).last >= durable);
	ledger_close(&l);
	verify_good(dir);
}

struct waiter { pthread_t thread; struct ledger *l; uint64_t acked; };
static void *
until_it_breaks(void *waiter)
{
	struct waiter *w = waiter;

	for (;;) {
		struct ledger_entry e = { .kind = LEDGER_MARK, .note = STR("until it breaks") };
		if (ledger_append(w->l, &e, NULL) != RC_OK || !ledger_sync(w->l, e.number))
			return NULL;
		w->acked = e.number;
	}
}

static void
every_waiter_is_told(void **state)
{
	struct waiter w[32];
	(void)state;

	for (unsigned round = 0; round < 6; round++) {
		struct ledger *l = open_at(dir, SMALL * 8);
		uint64_t acked = 0;
		if (round % 2)
			fail_flush = 20 + (int)round * 7;
		else
			fail_write = 20 + (int)round * 7;
		for (unsigned i = 0; i < COUNT(w); i++) {
			w[i] = (struct waiter){ .l = l };
			assert_int_equal(pthread_create(&w[i].thread, NULL, until_it_breaks, &w[i]), 0);
		}
		for (unsigned i = 0; i < COUNT(w); i++) {
			/* A checkpoint file may have taken the failure: then they go on, and another one is served. */
			struct timespec until;
			assert_int_equal(clock_gettime(CLOCK_REALTIME, &until), 0);
			until.tv_sec += 2;
			for (unsigned tries = 0; pthread_timedjoin_np(w[i].thread, NULL, &until) != 0; tries++) {
				assert_true(tries < 5);
				fail_write = 3;
				until.tv_sec += 2;
			}
			acked = w[i].acked > acked ? w[i].acked : acked;
		}
		broken_for_ever(l);
		ledger_close(&l);
		fail_flush = fail_write = 0;
		l = open_at(dir, SMALL * 8);
		assert_true(read_from(l, 1).last >= acked);
		ledger_close(&l);
		verify_good(dir);
	}
}

static void
a_file_may_not_grow(void **state)
{
	struct rlimit limit;
	struct problem p = { 0 };
	(void)state;

	/* The next segment cannot be made: the current one still serves to its end, then the ledger is down. */
	struct ledger *l = open_at(dir, SMALL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	struct rlimit low = { .rlim_cur = SMALL / 2, .rlim_max = limit.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	uint64_t durable = 0;
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t number = add(l, 1);
		if (!number || !ledger_sync(l, number))
			break;
		durable = number;
	}
	assert_true(durable > 20 && durable < 900);
	broken_for_ever(l);
	struct ledger_entry e = { .kind = LEDGER_MARK };
	assert_int_equal(ledger_append(l, &e, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_LEDGER_DOWN);
	ledger_close(&l);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	l = open_at(dir, SMALL);
	assert_true(read_from(l, 1).last >= durable);
	ledger_close(&l);
	verify_good(dir);
}

static void
no_room_for_a_first_segment(void **state)
{
	struct rlimit limit;
	struct problem p = { 0 };
	(void)state;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	struct rlimit low = { .rlim_cur = SMALL / 2, .rlim_max = limit.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	assert_int_equal(open_fails(dir, &p), RC_BROKEN);
	assert_int_equal(p.why, WHY_DISK_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(open_fails(dir, &p), RC_OK);
	verify_good(dir);
}

static void
room_that_comes_back_in_time_is_used(void **state)
{
	struct rlimit limit;
	(void)state;

	struct ledger *l = open_at(dir, SMALL);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	while (l->at < l->size / 2 - 8192)
		add_many(l, 1);
	fail_write = 0;
	struct rlimit low = { .rlim_cur = SMALL - 4096, .rlim_max = limit.rlim_max };
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	while (l->at < l->size / 2 + 4096)
		add_many(l, 1);
	usleep(100000); /* the tender tried, and failed */
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	add_many(l, 1000);
	ledger_close(&l);
	verify_good(dir);
}

static void
short_writes_are_finished(void **state)
{
	struct ledger *l = open_at(dir, SMALL);
	(void)state;

	short_writes = true;
	add_many(l, 500);
	ledger_close(&l);
	short_writes = false;
	verify_good(dir);
}

/* Opening: fail each write and each flush on the way once; then it must open. */
static void
each_step_of_opening_fails(void **state)
{
	struct problem p;
	(void)state;

	for (int which = 0; which < 2; which++) {
		dir_empty(dir);
		bool hit = true;
		for (int nth = 1; hit && nth < 400; nth++) {
			if (nth % 3 == 0)
				dir_empty(dir); /* sometimes a first start, sometimes what the last failure left */
			failed_once = false;
			if (which)
				fail_flush = nth;
			else
				fail_write = nth;
			(void)open_fails(dir, &p);
			hit = failed_once;
			fail_flush = fail_write = 0;
			assert_int_equal(open_fails(dir, &p), RC_OK);
			verify_good(dir);
		}
		assert_false(hit);
	}
}

#define ROOM(sentence, function) { (sentence), (function), set_up, tear_down, NULL }
int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROOM("one flush fails: broken for ever, and never flushed again", one_flush_fails),
		ROOM("one write fails: broken for ever, half a record is cut at the next open", one_write_fails),
		ROOM("every one of 32 waiters is told", every_waiter_is_told),
		ROOM("a file may not grow: down at the end of the segment, nothing lost", a_file_may_not_grow),
		ROOM("no room for a first segment: refused and said", no_room_for_a_first_segment),
		ROOM("each write and each flush of opening fails once", each_step_of_opening_fails),
		ROOM("room that comes back in time is used", room_that_comes_back_in_time_is_used),
		ROOM("short writes are finished", short_writes_are_finished),
	};
	log_min(LOG_ERROR + 1);
	return cmocka_run_group_tests_name("ledger/disk", tests, NULL, NULL);
}
