/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/walls.c: see walls.h. What is not in a table ends the process. Rows stand by what they are for; whoever adds one says in docs/barriers.md what it opens.
 * Start at FRONT.
 */
#include "cli/walls.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/log.h"

#if defined __SANITIZE_ADDRESS__
#define WATCHED true   /* AddressSanitizer opens its own files, stops threads and asks for more than any table of ours */
#else
#define WATCHED false
#endif

#define MAY(name)              { SYS_##name, WALL_ANY, 0, 0, 0 }
#define REFUSED(name, error)   { SYS_##name, WALL_ANY, 0, 0, error }
#define OF_OWN_PROCESS 0xffffffffu /* put in when the table is used: our process number */

/* Memory, threads, time: what the C library does by itself. No page is both written and run. */
#define COMMON \
	MAY(read), MAY(write), MAY(close), MAY(futex), MAY(poll), MAY(recvfrom), MAY(sendto), MAY(recvmsg), MAY(sendmsg), MAY(accept4), \
	{ SYS_mmap, WALL_WITHOUT, 2, PROT_EXEC, 0 }, { SYS_mprotect, WALL_WITHOUT, 2, PROT_EXEC, 0 }, MAY(munmap), MAY(mremap), MAY(madvise), MAY(brk), \
	MAY(clock_gettime), MAY(clock_nanosleep), MAY(getrandom), MAY(getpid), MAY(gettid), MAY(sched_yield), MAY(sched_getaffinity), MAY(sysinfo), \
	MAY(rt_sigprocmask), MAY(rt_sigreturn), MAY(rt_sigaction), MAY(restart_syscall), MAY(exit), MAY(exit_group), \
	MAY(set_robust_list), MAY(rseq), { SYS_clone, WALL_WITH, 0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND, 0 }, REFUSED(clone3, ENOSYS) /* the C library then takes clone, whose flags can be seen */, \
	{ SYS_tgkill, WALL_IS, 0, OF_OWN_PROCESS, 0 } /* abort */, MAY(shutdown), MAY(getsockopt), MAY(setsockopt), MAY(eventfd2), MAY(fstat), MAY(newfstatat), MAY(lseek), MAY(fcntl)

/* Connections and frames. What would be read of a file is refused, not the end: libraries look for settings of theirs. */
static const struct wall_call FRONT[] = {
	COMMON,
	MAY(epoll_wait), MAY(epoll_pwait), MAY(epoll_ctl), MAY(epoll_create1), MAY(getsockname), MAY(getpeername), MAY(writev), MAY(uname),
	REFUSED(openat, EACCES), REFUSED(access, EACCES), REFUSED(readlink, EACCES), REFUSED(prctl, EPERM),
	{ SYS_seccomp, WALL_IS, 0, SECCOMP_SET_MODE_FILTER, 0 }, { SYS_seccomp, WALL_IS, 0, SECCOMP_GET_ACTION_AVAIL, 0 },
};

/* Files of its directory: Landlock says which. */
static const struct wall_call VAULT[] = {
	COMMON,
	MAY(openat), MAY(pread64), MAY(pwrite64), MAY(fdatasync), MAY(fsync), MAY(ftruncate), MAY(fallocate), MAY(unlink), MAY(unlinkat), MAY(rename), MAY(renameat), MAY(link), MAY(mkdir), MAY(access),
	MAY(getdents64), MAY(readlink), MAY(geteuid), MAY(fchmod), MAY(mincore) /* what of a large base the system has in memory: db/lite_map.c */,
	REFUSED(prctl, EPERM),
};

/* A database server's connection may break and is made anew. */
static const struct wall_call VAULT_CONNECTS[] = {
	{ SYS_socket, WALL_IS, 0, AF_UNIX, 0 }, { SYS_socket, WALL_IS, 0, AF_INET, 0 }, { SYS_socket, WALL_IS, 0, AF_INET6, 0 }, REFUSED(socket, EACCES),
	MAY(connect), MAY(getsockname), MAY(getpeername), MAY(getgid), MAY(getegid), MAY(bind), MAY(uname), MAY(ioctl), MAY(sendmmsg), MAY(getppid), MAY(pipe2), MAY(ppoll), MAY(writev),
};

static enum rc
reached(enum walls_kind kind, const char *what, const char *how, enum rc rc, int level, struct problem *p)
{
	bool must = strcmp(how, "on") == 0;

	if (rc != RC_OK && must)
		return rc;
	log_event_(rc == RC_OK ? LOG_INFO : LOG_WARN, "walls", (const struct log_field[]){ LOG_Z("of", kind == WALLS_FRONT ? "front" : "vault"), LOG_Z("what", what),
		LOG_Z("state", rc == RC_OK ? "up" : "missing_as_allowed"), LOG_N("level", level), LOG_END });
	*p = (struct problem){ .rc = RC_OK };
	return RC_OK;
}

static bool
is_off(enum walls_kind kind, const char *how, const char *what)
{
	if (strcmp(how, "off") != 0 && !WATCHED)
		return false;
	log_event(LOG_WARN, "walls", LOG_Z("of", kind == WALLS_FRONT ? "front" : "vault"), LOG_Z("what", what), LOG_Z("state", WATCHED ? "left_out_for_address_sanitizer" : "off"), LOG_END);
	return true;
}

enum rc
walls_files(enum walls_kind kind, const char *how, const struct wall_path *list, bool connects, struct problem *p)
{
	if (is_off(kind, how, "files"))
		return RC_OK;
	return reached(kind, "files", how, wall_files(list, connects, p), wall_files_level(), p);
}

static size_t
add(struct wall_call *to, size_t n, const struct wall_call *from, size_t more)
{
	for (size_t i = 0; i < more; i++) {
		to[n + i] = from[i];
		if (from[i].value == OF_OWN_PROCESS)
			to[n + i].value = (unsigned)getpid();
	}
	return n + more;
}
#define ADD(to, n, table) add(to, n, table, sizeof table / sizeof table[0])

static int
allowed(const struct wall_call *list, size_t n)
{
	int may = 0;

	for (size_t i = 0; i < n; i++)
		may += list[i].refused == 0;
	return may;
}

/* The same table once more, but for new threads and further lists: of two the stricter one counts. */
enum rc
walls_threads(const char *how, struct problem *p)
{
	struct wall_call list[WALL_CALLS_MOST];
	size_t n = ADD(list, 0, FRONT);

	if (is_off(WALLS_FRONT, how, "threads"))
		return RC_OK;
	for (size_t i = 0; i < n; i++)
		if (list[i].nr == SYS_clone || list[i].nr == SYS_seccomp)
			list[i] = (struct wall_call){ list[i].nr, WALL_ANY, 0, 0, EPERM };
	return reached(WALLS_FRONT, "threads", how, wall_calls(list, n, p), allowed(list, n), p);
}

enum rc
walls_calls(enum walls_kind kind, const char *how, bool connects, struct problem *p)
{
	struct wall_call list[WALL_CALLS_MOST];
	size_t n;

	if (is_off(kind, how, "calls"))
		return RC_OK;
	n = kind == WALLS_FRONT ? ADD(list, 0, FRONT) : ADD(list, 0, VAULT);
	if (connects)
		n = ADD(list, n, VAULT_CONNECTS);
	return reached(kind, "calls", how, wall_calls(list, n, p), allowed(list, n), p);
}
