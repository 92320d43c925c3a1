/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker/walls_table.h: a press's list of system calls as a table of names, for x86-64 and arm64 as in cli/walls_table.h: memory, waiting, threads of its own, the order and the answer.
 * Included by walls.c with the numbers of the machine, and by tests. Before it: WALLS_NR(name), and WALLS_ARM64 or WALLS_X86. Start at PRESS.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>

#include "base/wall.h"

#undef MAY
#undef REFUSED
#undef RULE
#undef OLD
#undef NEW
#define MAY(name)           { WALLS_NR(name), WALL_ANY, 0, 0, 0 },
#define REFUSED(name, e)    { WALLS_NR(name), WALL_ANY, 0, 0, e },
#define RULE(name, r, a, v) { WALLS_NR(name), r, a, v, 0 },
#ifdef WALLS_X86
#define OLD(row) row
#define NEW(row)
#else
#define OLD(row)
#define NEW(row) row
#endif

static const struct wall_call PRESS[] = {
	MAY(read) MAY(write) MAY(close) MAY(fcntl) MAY(recvmsg) MAY(setitimer) MAY(lseek) MAY(fstat)
	MAY(futex) RULE(mmap, WALL_WITHOUT, 2, PROT_EXEC) RULE(mprotect, WALL_WITHOUT, 2, PROT_EXEC) MAY(munmap) MAY(mremap) MAY(madvise) MAY(brk)
	MAY(clock_gettime) MAY(clock_nanosleep) MAY(getpid) MAY(gettid) MAY(sched_yield) MAY(getrandom) MAY(rt_sigprocmask) MAY(rt_sigaction) MAY(rt_sigreturn) MAY(restart_syscall) MAY(exit) MAY(exit_group)
	RULE(openat, WALL_WITHOUT, 2, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC) REFUSED(openat, EACCES) RULE(newfstatat, WALL_WITH, 3, AT_EMPTY_PATH) REFUSED(newfstatat, EACCES)
	REFUSED(getpeername, ENOTSOCK) REFUSED(ioctl, ENOTTY) /* a library that complains looks where to */ REFUSED(prctl, EPERM) REFUSED(clone3, ENOSYS)
	RULE(clone, WALL_WITH, 0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND) MAY(set_robust_list) MAY(rseq) /* the text library looks each new size of letters up beside its work */
	OLD(MAY(poll)) NEW(MAY(ppoll)) OLD(MAY(access)) NEW(MAY(faccessat)) OLD(REFUSED(readlink, EACCES)) NEW(REFUSED(readlinkat, EACCES))
};
