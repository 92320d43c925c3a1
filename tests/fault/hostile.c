/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fault/hostile.c: preloaded into front processes under test (HYGIE_TEST_PRELOAD): what a break-in through HTTP would run. A request with a header
 * "X-Hostile: ACT NUMBER PATH" takes over the thread that read it, behind the walls: the act is tried with the system call itself, and "hostile ACT refused ERRNO"
 * or "hostile ACT DONE" is written to stderr; or the process ends. ACT relay joins the client's connection and line NUMBER to the vault byte by byte, so that
 * the test speaks with the vault as this process. Preloaded into the supervisor (LD_PRELOAD) it takes its orders from the file HYGIE_HOSTILE_ORDER, whenever that one
 * has waited. Called by tests/fault/test_walls.py. Start at recv and obey.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char path[256];
static long number;
static char page[4096] __attribute__((aligned(4096)));

static long act_open_read(void) { return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY); }
static long act_open_write(void) { return syscall(SYS_openat, AT_FDCWD, path, O_RDWR); }
static long act_open_old(void) { return syscall(SYS_open, path, O_RDONLY); }
static long act_create(void) { return syscall(SYS_openat, AT_FDCWD, "/tmp/hygie-hostile", O_CREAT | O_WRONLY, 0600); }
static long act_openat2(void) { unsigned long how[3] = { O_RDONLY }; return syscall(SYS_openat2, AT_FDCWD, path, how, sizeof how); }
static long act_by_handle(void) { return syscall(SYS_open_by_handle_at, AT_FDCWD, page, O_RDONLY); }
static long act_unlink(void) { return syscall(SYS_unlink, path); }
static long act_rename(void) { return syscall(SYS_rename, path, "/tmp/hygie-hostile"); }
static long act_truncate(void) { return syscall(SYS_truncate, path, 0L); }
static long act_chmod(void) { return syscall(SYS_chmod, path, 0777); }
static long act_mkdir(void) { return syscall(SYS_mkdir, "/tmp/hygie-hostile-dir", 0700); }
static long act_symlink(void) { return syscall(SYS_symlink, path, "/tmp/hygie-hostile-link"); }
static long act_link(void) { return syscall(SYS_link, path, "/tmp/hygie-hostile-hard"); }
static long act_execve(void) { char *const none[] = { NULL }; return syscall(SYS_execve, "/bin/true", none, none); }
static long act_execveat(void) { char *const none[] = { NULL }; return syscall(SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0); }
static long act_fork(void) { return syscall(SYS_clone, (unsigned long)SIGCHLD, 0L, 0L, 0L, 0L); }
static long act_fork_old(void) { return syscall(SYS_fork); }
static long act_clone3(void) { struct clone_args a = { .exit_signal = SIGCHLD }; return syscall(SYS_clone3, &a, sizeof a); }
static void *nothing(void *x) { return x; }
static long act_thread(void) { pthread_t t; int e = pthread_create(&t, NULL, nothing, NULL); errno = e; return e ? -1 : 0; }
static long act_ptrace(void) { return syscall(SYS_ptrace, PTRACE_ATTACH, number, 0L, 0L); }
static long act_read_memory(void) { struct iovec to = { page, 16 }, from = { page, 16 }; return syscall(SYS_process_vm_readv, number, &to, 1L, &from, 1L, 0L); }
static long act_write_memory(void) { struct iovec to = { page, 16 }, from = { page, 16 }; return syscall(SYS_process_vm_writev, number, &to, 1L, &from, 1L, 0L); }
static long act_proc_mem(void) { char at[64]; (void)snprintf(at, sizeof at, "/proc/%ld/mem", number); return syscall(SYS_openat, AT_FDCWD, at, O_RDWR); }
static long act_kill(void) { return syscall(SYS_kill, number, SIGKILL); }
static long act_tgkill(void) { return syscall(SYS_tgkill, number, number, SIGKILL); }
static long act_pidfd(void) { return syscall(SYS_pidfd_open, number, 0); }
static long act_pidfd_getfd(void) { return syscall(SYS_pidfd_getfd, 3, 5, 0); }
static long act_socket_tcp(void) { return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0); }
static long act_socket_unix(void) { return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0); }
static long act_socket_raw(void) { return syscall(SYS_socket, AF_PACKET, SOCK_RAW, 0); }
static long act_socketpair(void) { int two[2]; return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, two); }
static long act_connect(void) { struct sockaddr to = { .sa_family = AF_INET }; return syscall(SYS_connect, 3, &to, sizeof to); }
static long act_bind(void) { struct sockaddr to = { .sa_family = AF_INET }; return syscall(SYS_bind, 3, &to, sizeof to); }
static long act_map_run(void) { return syscall(SYS_mmap, 0L, 4096L, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L) == -1 ? -1 : 0; }
static long act_make_run(void) { return syscall(SYS_mprotect, page, 4096L, PROT_READ | PROT_EXEC); }
static long act_pkey(void) { return syscall(SYS_pkey_mprotect, page, 4096L, PROT_READ | PROT_EXEC, -1); }
static long act_memfd(void) { return syscall(SYS_memfd_create, "x", 0); }
static long act_io_uring(void) { return syscall(SYS_io_uring_setup, 4, page); }
static long act_bpf(void) { return syscall(SYS_bpf, 0, page, 64L); }
static long act_userfaultfd(void) { return syscall(SYS_userfaultfd, 1); }
static long act_perf(void) { return syscall(SYS_perf_event_open, page, 0, -1, -1, 0); }
static long act_keyring(void) { return syscall(SYS_add_key, "user", "x", "y", 1L, -3); }
static long act_unshare(void) { return syscall(SYS_unshare, 0x10000000L); }
static long act_mount(void) { return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0L, 0L); }
static long act_chroot(void) { return syscall(SYS_chroot, "/tmp"); }
static long act_setuid(void) { return syscall(SYS_setuid, 0); }
static long act_dumpable(void) { return syscall(SYS_prctl, 4, 1L, 0L, 0L, 0L); }
static long act_limits(void) { unsigned long much[2] = { 1u << 30, 1u << 30 }; return syscall(SYS_prlimit64, 0, 4, much, NULL); }
static long act_personality(void) { return syscall(SYS_personality, 0x0400000L); }
static long act_shared_memory(void) { return syscall(SYS_shmget, 0L, 4096L, 01600); }
static long act_foreign(void) { return syscall(0x40000000L + SYS_getpid); }

#define ACT(name) { #name, act_##name }
static const struct { const char *name; long (*run)(void); } acts[] = {
	ACT(open_read), ACT(open_write), ACT(open_old), ACT(create), ACT(openat2), ACT(by_handle), ACT(unlink), ACT(rename), ACT(truncate), ACT(chmod), ACT(mkdir), ACT(symlink), ACT(link),
	ACT(execve), ACT(execveat), ACT(fork), ACT(fork_old), ACT(clone3), ACT(thread), ACT(ptrace), ACT(read_memory), ACT(write_memory), ACT(proc_mem), ACT(kill), ACT(tgkill), ACT(pidfd), ACT(pidfd_getfd),
	ACT(socket_tcp), ACT(socket_unix), ACT(socket_raw), ACT(socketpair), ACT(connect), ACT(bind), ACT(map_run), ACT(make_run), ACT(pkey), ACT(memfd), ACT(io_uring), ACT(bpf), ACT(userfaultfd), ACT(perf),
	ACT(keyring), ACT(unshare), ACT(mount), ACT(chroot), ACT(setuid), ACT(dumpable), ACT(limits), ACT(personality), ACT(shared_memory), ACT(foreign),
};

static ssize_t
take(int fd, void *to, size_t n, int flags)
{
	return ((ssize_t(*)(int, void *, size_t, int))dlsym(RTLD_NEXT, "recv"))(fd, to, n, flags);
}

static int
is_line(int fd)
{
	int family = 0, kind = 0, listens = 1;
	socklen_t n = sizeof(int), m = sizeof(int), k = sizeof(int);
	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &n) == 0 && family == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &m) == 0 && kind == SOCK_STREAM &&
	       getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &k) == 0 && !listens;
}

static void
pass(int from, int to, int *open)
{
	static char block[65536];
	ssize_t n = take(from, block, sizeof block, 0);
	if (n <= 0 && !(n < 0 && (errno == EAGAIN || errno == EINTR)))
		*open = 0;
	for (ssize_t at = 0; at < n;) {
		ssize_t put = send(to, block + at, (size_t)(n - at), MSG_NOSIGNAL);
		struct pollfd w = { to, POLLOUT, 0 };
		if (put > 0)
			at += put;
		else if (errno == EAGAIN)
			(void)poll(&w, 1, 1000);
		else {
			*open = 0;
			return;
		}
	}
}

static void
relay(int client)
{
	int line = -1, open = 1;
	long left = number;
	for (int fd = 4; fd < 200 && line < 0; fd++)
		if (fd != client && is_line(fd) && left-- == 0)
			line = fd;
	(void)send(client, line >= 0 ? "joined\n" : "absent\n", 7, MSG_NOSIGNAL);
	while (line >= 0 && open) {
		struct pollfd fd[2] = { { client, POLLIN, 0 }, { line, POLLIN, 0 } };
		(void)poll(fd, 2, -1);
		if (fd[0].revents)
			pass(client, line, &open);
		if (open && fd[1].revents)
			pass(line, client, &open);
	}
	(void)shutdown(client, SHUT_RDWR);
}

static void
say(const char *name, long result)
{
	char text[120];
	int n = snprintf(text, sizeof text, result < 0 ? "hostile %s refused %d\n" : "hostile %s DONE\n", name, errno);
	(void)!write(2, text, (size_t)n);
}

static int is_supervisor;

/* Before the walls: what the program was linked and mapped to, and whether it is the supervisor: "hygie serve" and nothing behind the word. */
__attribute__((constructor)) static void
count_maps(void)
{
	char words[64] = "";
	FILE *c = fopen("/proc/self/cmdline", "re");
	size_t got = c ? fread(words, 1, sizeof words - 1, c) : 0;
	if (c)
		fclose(c);
	is_supervisor = got > 0 && strcmp(words + strlen(words) + 1, "serve") == 0;
	FILE *f = fopen("/proc/self/maps", "re");
	char line[600], text[120], flags[5];
	int n = 0, both = 0;
	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "%*s %4s", flags) == 1) {
			n++;
			both += flags[1] == 'w' && flags[2] == 'x';
		}
	if (f)
		fclose(f);
	n = snprintf(text, sizeof text, "hostile maps %d of them %d written and run\n", n, both);
	(void)!write(2, text, (size_t)n);
}

static void
run(const char *name)
{
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(name, acts[i].name) == 0)
			say(name, acts[i].run());
}

static void
obey(void)
{
	const char *order = is_supervisor ? getenv("HYGIE_HOSTILE_ORDER") : NULL;
	FILE *f = order ? fopen(order, "re") : NULL;
	char name[32];
	int n = f ? fscanf(f, "%31s %ld %255s", name, &number, path) : 0;
	if (f)
		fclose(f);
	if (n != 3)
		return;
	(void)unlink(order);
	run(name);
}

int
poll(struct pollfd *fd, nfds_t n, int wait_ms)
{
	int got = ((int (*)(struct pollfd *, nfds_t, int))dlsym(RTLD_NEXT, "poll"))(fd, n, wait_ms), why = errno;
	obey();
	errno = why;
	return got;
}

int
__poll_chk(struct pollfd *fd, nfds_t n, int wait_ms, size_t room)
{
	(void)room;
	return poll(fd, n, wait_ms);
}

ssize_t
recv(int fd, void *to, size_t n, int flags)
{
	static const char mark[] = "\r\nX-Hostile: ";
	ssize_t got = take(fd, to, n, flags);
	char *at = got > 0 && !(flags & MSG_PEEK) ? memmem(to, (size_t)got, mark, sizeof mark - 1) : NULL, name[32];
	if (!at || sscanf(at + sizeof mark - 1, "%31s %ld %255s", name, &number, path) != 3)
		return got;
	if (strcmp(name, "relay") == 0)
		relay(fd);
	run(name);
	return got;
}
