/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/walls.c: see walls.h. Files: of the fonts' folder, to read, and nothing else: the drawing library opens a face anew for each size
 * of its letters. Calls: memory, waiting, threads of its own, the order and the answer. Start at CALLS.
 */
#include "worker/walls.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/log.h"

#if defined __SANITIZE_ADDRESS__
#define WATCHED true /* as in cli/walls.c */
#else
#define WATCHED false
#endif

#define MAY(name)           { SYS_##name, WALL_ANY, 0, 0, 0 },
#define REFUSED(name, e)    { SYS_##name, WALL_ANY, 0, 0, e },
#define RULE(name, r, a, v) { SYS_##name, r, a, v, 0 },

static const struct wall_call CALLS[] = {
	MAY(read) MAY(write) MAY(close) MAY(fcntl) MAY(recvmsg) MAY(setitimer) MAY(lseek) MAY(fstat)
	MAY(futex) RULE(mmap, WALL_WITHOUT, 2, PROT_EXEC) RULE(mprotect, WALL_WITHOUT, 2, PROT_EXEC) MAY(munmap) MAY(mremap) MAY(madvise) MAY(brk)
	MAY(clock_gettime) MAY(clock_nanosleep) MAY(getpid) MAY(gettid) MAY(sched_yield) MAY(getrandom) MAY(rt_sigprocmask) MAY(rt_sigaction) MAY(rt_sigreturn) MAY(restart_syscall) MAY(exit) MAY(exit_group)
	RULE(openat, WALL_WITHOUT, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) REFUSED(openat, EACCES) RULE(newfstatat, WALL_WITH, 3, AT_EMPTY_PATH) REFUSED(newfstatat, EACCES)
	REFUSED(getpeername, ENOTSOCK) REFUSED(ioctl, ENOTTY) /* a library that complains looks where to */ REFUSED(prctl, EPERM) REFUSED(clone3, ENOSYS)
	RULE(clone, WALL_WITH, 0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND) MAY(set_robust_list) MAY(rseq) /* the text library looks each new size of letters up beside its work */
#if defined __x86_64__
	MAY(poll) MAY(access) REFUSED(readlink, EACCES)
#else
	MAY(ppoll) MAY(faccessat) REFUSED(readlinkat, EACCES)
#endif
};

static enum rc
reached(const char *what, const char *how, enum rc rc, int level, struct problem *p)
{
	if (rc != RC_OK && strcmp(how, "on") == 0)
		return rc;
	if (rc != RC_OK)
		log_event_(LOG_WARN, "walls", (const struct log_field[]){ LOG_Z("of", "press"), LOG_Z("what", what), LOG_Z("state", "missing_as_allowed"), LOG_END });
	else
		log_event_(LOG_DEBUG, "walls", (const struct log_field[]){ LOG_Z("of", "press"), LOG_Z("what", what), LOG_Z("state", "up"), LOG_N("level", level), LOG_END });
	*p = (struct problem){ .rc = RC_OK };
	return RC_OK;
}

static bool
is_off(const char *how)
{
	return strcmp(how, "off") == 0 || WATCHED;
}

enum rc
walls_files(const char *how, const char *fonts, struct problem *p)
{
	const struct wall_path list[] = { { fonts, WALL_READ }, { NULL, 0 } };

	wall_self();
	return is_off(how) ? RC_OK : reached("files", how, wall_files(list, false, p), wall_files_level(), p);
}

enum rc
walls_calls(const char *how, struct problem *p)
{
	return is_off(how) ? RC_OK : reached("calls", how, wall_calls(CALLS, sizeof CALLS / sizeof CALLS[0], p), (int)(sizeof CALLS / sizeof CALLS[0]), p);
}
