/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/walls_table.h: the lists of system calls as tables of names, for x86-64 and arm64: a call that only the older processor has stands as OLD, what the C library takes instead
 * on arm64 as NEW. Included by walls.c with the numbers of the machine, and by a test with those of arm64 (asm-generic), so that a name that arm64 does not know fails the build here; another test reads the names of both.
 * The lists for arm64 were never run. Before it: WALLS_NR(name), and WALLS_ARM64 or WALLS_X86. Start at FRONT.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/wall.h"

#define OF_OWN_PROCESS 0xffffffffu /* put in when the table is used: our process number */

#define MAY(name)                              { WALLS_NR(name), WALL_ANY, 0, 0, 0 },
#define REFUSED(name, error)                   { WALLS_NR(name), WALL_ANY, 0, 0, error },
#define RULE(name, rule, argument, value)      { WALLS_NR(name), rule, argument, value, 0 },
#ifdef WALLS_X86
#define OLD(row) row
#define NEW(row)
#else
#define OLD(row)
#define NEW(row) row
#endif

/* Memory, threads, time: what the C library does by itself. No page is both written and run. */
#define COMMON \
	MAY(read) MAY(write) MAY(close) MAY(futex) OLD(MAY(poll)) NEW(MAY(ppoll)) MAY(recvfrom) MAY(sendto) MAY(recvmsg) MAY(sendmsg) MAY(accept4) \
	RULE(mmap, WALL_WITHOUT, 2, PROT_EXEC) RULE(mprotect, WALL_WITHOUT, 2, PROT_EXEC) MAY(munmap) MAY(mremap) MAY(madvise) MAY(brk) \
	MAY(clock_gettime) MAY(clock_nanosleep) MAY(getrandom) MAY(getpid) MAY(gettid) MAY(sched_yield) MAY(sched_getaffinity) MAY(sysinfo) \
	MAY(rt_sigprocmask) MAY(rt_sigreturn) MAY(rt_sigaction) MAY(restart_syscall) MAY(exit) MAY(exit_group) \
	MAY(set_robust_list) MAY(rseq) RULE(clone, WALL_WITH, 0, CLONE_THREAD | CLONE_VM | CLONE_SIGHAND) REFUSED(clone3, ENOSYS) /* the C library then takes clone, whose flags can be seen */ \
	RULE(tgkill, WALL_IS, 0, OF_OWN_PROCESS) /* abort */ MAY(shutdown) MAY(getsockopt) MAY(setsockopt) MAY(eventfd2) MAY(fstat) MAY(newfstatat) MAY(lseek) MAY(fcntl)

/* Connections and frames. What would be read of a file is refused, not the end: libraries look for settings of theirs. */
static const struct wall_call FRONT[] = {
	COMMON
	OLD(MAY(epoll_wait)) MAY(epoll_pwait) MAY(epoll_ctl) MAY(epoll_create1) MAY(getsockname) MAY(getpeername) MAY(writev) MAY(uname)
	MAY(pipe2) /* a press's answer comes through one */
	REFUSED(openat, EACCES) OLD(REFUSED(access, EACCES)) OLD(REFUSED(readlink, EACCES)) NEW(REFUSED(faccessat, EACCES)) NEW(REFUSED(readlinkat, EACCES)) REFUSED(prctl, EPERM)
	RULE(seccomp, WALL_IS, 0, SECCOMP_SET_MODE_FILTER) RULE(seccomp, WALL_IS, 0, SECCOMP_GET_ACTION_AVAIL)
};

/* Files of its directory: Landlock says which. */
static const struct wall_call VAULT[] = {
	COMMON
	MAY(openat) MAY(pread64) MAY(pwrite64) MAY(fdatasync) MAY(fsync) MAY(ftruncate) MAY(fallocate) OLD(MAY(unlink)) MAY(unlinkat) OLD(MAY(rename)) MAY(renameat) OLD(MAY(link)) NEW(MAY(linkat))
	OLD(MAY(mkdir)) NEW(MAY(mkdirat)) OLD(MAY(access)) NEW(MAY(faccessat)) MAY(getdents64) OLD(MAY(readlink)) NEW(MAY(readlinkat)) MAY(geteuid) MAY(fchmod)
	MAY(mincore) /* what of a large base the system has in memory: db/lite_map.c */
	MAY(pipe2) /* a press's answer comes through one */
	MAY(fchown) /* SQLite, run by root on somebody else's base: the files beside it go to the base's owner */
	REFUSED(prctl, EPERM)
};

/* A database server's connection may break and is made anew. */
static const struct wall_call VAULT_CONNECTS[] = {
	RULE(socket, WALL_IS, 0, AF_UNIX) RULE(socket, WALL_IS, 0, AF_INET) RULE(socket, WALL_IS, 0, AF_INET6) REFUSED(socket, EACCES)
	MAY(connect) MAY(getsockname) MAY(getpeername) MAY(getgid) MAY(getegid) MAY(bind) MAY(uname) MAY(ioctl) MAY(sendmmsg) MAY(getppid) OLD(MAY(ppoll)) MAY(writev)
};

/*
 * The supervisor: its own, and whatever its children need until they have lists of theirs, for a list is inherited and never widened: the loader of programs, libraries that look
 * around, walls. So it says what nobody in this house does: no look into another process, no kernel module, no mount, no name space, no key ring, no page both written and run.
 * Which files it reads, writes and starts is Landlock's to say.
 */
static const struct wall_call SUPERVISOR[] = {
	RULE(mmap, WALL_NOT_BOTH, 2, PROT_WRITE | PROT_EXEC) RULE(mprotect, WALL_NOT_BOTH, 2, PROT_WRITE | PROT_EXEC)
	MAY(clone) REFUSED(clone3, ENOSYS) MAY(execve) MAY(wait4) MAY(waitid) MAY(kill) MAY(tgkill) MAY(signalfd4) MAY(socketpair) MAY(dup) OLD(MAY(dup2)) MAY(dup3) MAY(close_range) MAY(prctl) MAY(seccomp)
	MAY(landlock_create_ruleset) MAY(landlock_add_rule) MAY(landlock_restrict_self) MAY(memfd_secret) MAY(mlock) MAY(set_tid_address) OLD(MAY(arch_prctl)) MAY(prlimit64) MAY(sigaltstack)
	MAY(openat) MAY(pread64) MAY(pwrite64) MAY(fdatasync) MAY(fsync) MAY(ftruncate) MAY(fallocate) OLD(MAY(unlink)) MAY(unlinkat) OLD(MAY(rename)) MAY(renameat) MAY(renameat2) OLD(MAY(link)) MAY(linkat)
	OLD(MAY(mkdir)) MAY(mkdirat) OLD(MAY(rmdir)) OLD(MAY(access)) MAY(faccessat) MAY(faccessat2) MAY(getdents64) OLD(MAY(readlink)) MAY(readlinkat) OLD(MAY(stat)) OLD(MAY(lstat)) MAY(statx) MAY(statfs) MAY(fstatfs)
	OLD(MAY(chmod)) MAY(fchmod) MAY(fchmodat) MAY(fchown) MAY(umask) MAY(getcwd) MAY(flock) MAY(fadvise64) MAY(ioctl) MAY(pipe2) MAY(writev) MAY(readv) MAY(sendfile) MAY(copy_file_range)
	RULE(socket, WALL_IS, 0, AF_UNIX) RULE(socket, WALL_IS, 0, AF_INET) RULE(socket, WALL_IS, 0, AF_INET6) REFUSED(socket, EACCES)
	MAY(bind) MAY(listen) MAY(connect) MAY(getsockname) MAY(getpeername) MAY(sendmmsg) MAY(recvmmsg) MAY(uname) OLD(MAY(ppoll)) OLD(MAY(epoll_wait)) MAY(epoll_pwait) MAY(epoll_ctl) MAY(epoll_create1)
	MAY(getuid) MAY(geteuid) MAY(getgid) MAY(getegid) MAY(getppid) MAY(getresuid) MAY(getresgid) MAY(getgroups) MAY(sched_getscheduler) MAY(sched_getparam) MAY(sched_setaffinity) MAY(getcpu) MAY(getrusage) MAY(times)
	MAY(clock_getres) MAY(gettimeofday) MAY(nanosleep) MAY(membarrier) MAY(mincore) MAY(munlock) MAY(rt_sigpending) MAY(rt_sigtimedwait) MAY(timerfd_create) MAY(timerfd_settime) MAY(setitimer) /* a press gives itself two seconds */ OLD(MAY(time))
	COMMON
};

/* Started as root it gives its children their users. */
static const struct wall_call SUPERVISOR_ROOT[] = { MAY(setgroups) MAY(setresuid) MAY(setresgid) };
