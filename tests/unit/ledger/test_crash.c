/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill -9 of a process that appends from eight threads, at random moments: everything it was told to be durable is there afterwards, and the
 * verifier finds nothing. The child reports each acknowledged number through shared memory, after the acknowledgement.
 */
#include "house.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define THREADS 8
#define ROUNDS  25

struct shared { _Atomic uint64_t acked[THREADS], session[THREADS]; _Atomic uint64_t wiped_before; _Atomic bool up; };
static struct shared *shared;
static char dir[DIR_MAX];
static struct ledger *child_ledger;

static void *
append_for_ever(void *index)
{
	unsigned i = (unsigned)(uintptr_t)index;

	for (uint64_t n = 1;; n++) {
		uint64_t number = add(child_ledger, n);
		if (!number || !ledger_sync(child_ledger, number))
			_exit(3);
		shared->acked[i] = number;
	}
}

static void
child(bool wipes)
{
	pthread_t thread;
	uint64_t n;

	child_ledger = open_at(dir, SMALL * 4);
	shared->up = true;
	for (uintptr_t i = 0; i < THREADS; i++)
		if (pthread_create(&thread, NULL, append_for_ever, (void *)i) != 0)
			_exit(4);
	for (;;) {
		usleep(2000);
		if (wipes && ledger_erase_personal(child_ledger, clock_ms() - 5, &n, NULL) != RC_OK)
			_exit(5);
	}
}

static void
killed(bool wipes)
{
	struct stream dice = stream_of(random_u64(), 1);

	dir_make(dir);
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared != MAP_FAILED);
	uint64_t before = 0;
	for (unsigned round = 0; round < ROUNDS; round++) {
		shared->up = false;
		for (unsigned i = 0; i < THREADS; i++)
			shared->acked[i] = 0;
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0)
			child(wipes);
		/* Sometimes during the opening itself. */
		for (unsigned i = 0; round % 5 && i < 2000 && !shared->up; i++)
			usleep(1000);
		usleep(stream_below(&dice, 60000));
		assert_int_equal(kill(pid, SIGKILL), 0);
		int status;
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		uint64_t acked = before;
		for (unsigned i = 0; i < THREADS; i++)
			acked = shared->acked[i] > acked ? shared->acked[i] : acked;
		struct ledger *l = open_at(dir, SMALL * 4);
		struct count c = read_from(l, 1);
		assert_int_equal(c.first, 1);
		assert_true(c.last >= acked);
		before = add_many(l, 3);
		ledger_close(&l);
		verify_good(dir);
	}
	print_message("# %llu entries survived %u kills\n", (unsigned long long)before, ROUNDS);
	munmap(shared, sizeof *shared);
	dir_remove(dir);
}

static void
killed_while_appending(void **state)
{
	(void)state;
	killed(false);
}

static void
killed_while_wiping(void **state)
{
	(void)state;
	killed(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE("killed at any moment under eight threads: everything acknowledged is there", killed_while_appending),
		CASE("killed while personal parts are wiped too: the chain is valid after the next open", killed_while_wiping),
	};
	log_min(LOG_ERROR + 1);
	return cmocka_run_group_tests_name("ledger/crash", tests, NULL, NULL);
}
