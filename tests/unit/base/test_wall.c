/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of base/wall.h, each in a child: nothing that a process gave up comes back. */
#include "base/wall.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__
#define WATCHED 1
#else
#define WATCHED 0
#endif

/* How the child ended: its code, or 1000 and the signal. */
static int in_child(void (*run)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		run();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

#define CHECK(x) ((x) ? (void)0 : _exit(__LINE__ % 200 + 1))

static char dir[64], inside[128], outside[128];

static bool makes(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void child_files(void)
{
	struct problem p;
	const struct wall_path list[] = { { inside, WALL_WRITE }, { "/etc", WALL_READ }, { "/nowhere/at/all", WALL_READ }, { NULL, 0 } };
	char at[160];
	CHECK(wall_files(list, false, &p) == RC_OK);
	snprintf(at, sizeof at, "%s/new", inside);
	CHECK(makes(at));
	CHECK(open("/etc/passwd", O_RDONLY) >= 0);
	CHECK(open("/etc/passwd", O_RDWR) < 0 && errno == EACCES);
	CHECK(open("/proc/version", O_RDONLY) < 0 && errno == EACCES);
	snprintf(at, sizeof at, "%s/new", outside);
	CHECK(!makes(at) && errno == EACCES);
	char *const none[] = { NULL };
	CHECK(execve("/bin/true", none, none) == -1 && errno == EACCES);
}

static void child_runs(void)
{
	struct problem p;
	const struct wall_path list[] = { { "/bin/true", WALL_RUN }, { "/lib64/ld-linux-x86-64.so.2", WALL_RUN }, { "/lib/ld-linux-aarch64.so.1", WALL_RUN }, { "/usr", WALL_READ }, { "/lib", WALL_READ }, { "/etc", WALL_READ }, { NULL, 0 } };
	char *const none[] = { NULL };
	CHECK(wall_files(list, false, &p) == RC_OK);
	CHECK(execve("/bin/false", none, none) == -1 && errno == EACCES);
	(void)execve("/bin/true", none, none);
	CHECK(false);
}

static void files_are_what_was_named_and_nothing_else(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/hygie-wall-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(inside, sizeof inside, "%s/in", dir);
	snprintf(outside, sizeof outside, "%s/out", dir);
	assert_int_equal(mkdir(inside, 0700), 0);
	assert_int_equal(mkdir(outside, 0700), 0);
	if (wall_files_level() > 0 && !WATCHED)
		assert_int_equal(in_child(child_runs), 0);
	if (wall_files_level() > 0)
		assert_int_equal(in_child(child_files), 0);
	else
		puts("# SKIPPED in part: this kernel has no Landlock");
	char at[160];
	snprintf(at, sizeof at, "%s/new", inside);
	unlink(at);
	rmdir(inside);
	rmdir(outside);
	rmdir(dir);
}

#define MAY(name) { SYS_##name, WALL_ANY, 0, 0, 0 }
static const struct wall_call LIST[] = {
	MAY(exit_group), MAY(exit), MAY(write), MAY(futex), MAY(rt_sigprocmask), MAY(rt_sigaction), MAY(madvise), MAY(munmap), MAY(rseq), MAY(set_robust_list),
	{ SYS_mmap, WALL_WITHOUT, 2, PROT_EXEC, 0 }, { SYS_mprotect, WALL_WITHOUT, 2, PROT_EXEC, 0 },
	{ SYS_clone, WALL_WITH, 0, CLONE_THREAD | CLONE_VM, 0 }, { SYS_clone3, WALL_ANY, 0, 0, ENOSYS },
	{ SYS_lseek, WALL_IS, 2, SEEK_CUR, 0 }, { SYS_lseek, WALL_IS, 2, SEEK_SET, EPERM }, { SYS_chdir, WALL_ANY, 0, 0, EACCES },
};

static void list_up(void)
{
	struct problem p;
	CHECK(wall_calls(LIST, sizeof LIST / sizeof *LIST, &p) == RC_OK);
}

/* As the supervisor's: pages may be run that cannot be written. */
static const struct wall_call LOADS[] = { MAY(exit_group), MAY(write), MAY(munmap), { SYS_mmap, WALL_NOT_BOTH, 2, PROT_WRITE | PROT_EXEC, 0 } };
static bool maps(int how) { return mmap(NULL, 4096, how, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED; }
static void child_loads(void)
{
	struct problem p;
	CHECK(wall_calls(LOADS, sizeof LOADS / sizeof *LOADS, &p) == RC_OK);
	CHECK(maps(PROT_READ | PROT_WRITE) && maps(PROT_READ | PROT_EXEC) && maps(PROT_READ));
	(void)maps(PROT_READ | PROT_WRITE | PROT_EXEC);
}

static void *nothing(void *x) { return x; }
static void child_good(void)
{
	pthread_t t;
	list_up();
	CHECK(chdir("/") == -1 && errno == EACCES);
	CHECK(lseek(0, 0, SEEK_SET) == -1 && errno == EPERM);
	(void)lseek(0, 0, SEEK_CUR);
	CHECK(pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
}
static void child_unlisted(void) { list_up(); (void)getppid(); }
static void child_argument(void) { list_up(); (void)lseek(0, 0, SEEK_END); }
static void child_run_page(void) { list_up(); (void)mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
static void child_fork(void) { list_up(); (void)syscall(SYS_clone, (unsigned long)SIGCHLD, 0L, 0L, 0L, 0L); }
static void child_again(void)
{
	struct problem p;
	list_up();
	(void)!wall_calls(LIST, 1, &p); /* seccomp itself is not on the list */
}

static _Atomic int go, done;
static void *waits(void *x)
{
	while (!go)
		continue;
	(void)getppid();
	done = 1;
	return x;
}
static void child_older_thread(void)
{
	pthread_t t;
	CHECK(pthread_create(&t, NULL, waits, NULL) == 0);
	list_up();
	go = 1;
	while (!done)
		continue;
}

static void a_call_that_is_not_listed_ends_the_process_all_threads_of_it(void **state)
{
	(void)state;
	if (WATCHED || !wall_calls_work()) {
		puts("# SKIPPED: no lists of calls here (AddressSanitizer, or the kernel)");
		return;
	}
	assert_int_equal(in_child(child_good), 0);
	static void (*const ENDS[])(void) = { child_loads, child_unlisted, child_argument, child_run_page, child_fork, child_again, child_older_thread };
	for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
		assert_int_equal(in_child(ENDS[i]), 1000 + SIGSYS);
}

static void memory_for_keys_is_empty_and_can_be_written(void **state)
{
	(void)state;
	unsigned char *at = wall_secret(5000);
	assert_non_null(at);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(at[i], 0);
	memset(at, 7, 5000);
	assert_int_equal(at[4999], 7);
	printf("# memory for keys is %s\n", wall_secret_is_hidden() ? "hidden" : "locked");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_what_was_named_and_nothing_else),
		cmocka_unit_test(a_call_that_is_not_listed_ends_the_process_all_threads_of_it),
		cmocka_unit_test(memory_for_keys_is_empty_and_can_be_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
