/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fault/hostile_press.c: preloaded into a press under test: a barcode "hostile ACT NUMBER" runs what a break-in through the barcode's library would: the act itself, as a system call,
 * behind the walls. "hostile ACT refused ERRNO" or "hostile ACT DONE" goes to stderr; or the process ends. Called by tests/fault/test_press.py. Start at ZBarcode_Encode.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

int ZBarcode_Encode(void *symbol, const unsigned char *text, int n);

static long number;
static char page[4096] __attribute__((aligned(4096)));

static long
act(const char *name)
{
#define IS(z) (strcmp(name, z) == 0)
	char *const none[] = { NULL };
	struct iovec iov = { page, 16 };
	struct sockaddr to = { .sa_family = AF_INET };
	unsigned long much[2] = { 1ul << 30, 1ul << 30 };
	int two[2];

	if (IS("open_read")) return syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
	if (IS("open_write")) return syscall(SYS_openat, AT_FDCWD, "/tmp/hygie-hostile", O_RDWR);
	if (IS("create")) return syscall(SYS_openat, AT_FDCWD, "/tmp/hygie-hostile", O_CREAT | O_WRONLY, 0600);
	if (IS("unlink")) return syscall(SYS_unlinkat, AT_FDCWD, "/tmp/hygie-hostile", 0);
	if (IS("mkdir")) return syscall(SYS_mkdirat, AT_FDCWD, "/tmp/hygie-hostile-dir", 0700);
	if (IS("rename")) return syscall(SYS_renameat, AT_FDCWD, "/tmp/a", AT_FDCWD, "/tmp/b");
	if (IS("chmod")) return syscall(SYS_fchmodat, AT_FDCWD, "/tmp/a", 0777);
	if (IS("symlink")) return syscall(SYS_symlinkat, "/etc/passwd", AT_FDCWD, "/tmp/hygie-hostile-link");
	if (IS("execve")) return syscall(SYS_execve, "/bin/true", none, none);
	if (IS("fork")) return syscall(SYS_clone, (unsigned long)SIGCHLD, 0L, 0L, 0L, 0L);
	if (IS("fork_old")) return syscall(SYS_fork);
	if (IS("ptrace")) return syscall(SYS_ptrace, PTRACE_ATTACH, number, 0L, 0L);
	if (IS("read_memory")) return syscall(SYS_process_vm_readv, number, &iov, 1L, &iov, 1L, 0L);
	if (IS("kill")) return syscall(SYS_kill, number, 0);
	if (IS("socket_tcp")) return syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	if (IS("socket_unix")) return syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	if (IS("socketpair")) return syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, two);
	if (IS("connect")) return syscall(SYS_connect, 3, &to, sizeof to);
	if (IS("bind")) return syscall(SYS_bind, 3, &to, sizeof to);
	if (IS("map_run")) return syscall(SYS_mmap, 0L, 4096L, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L) == -1 ? -1 : 0;
	if (IS("make_run")) return syscall(SYS_mprotect, page, 4096L, PROT_READ | PROT_EXEC);
	if (IS("memfd")) return syscall(SYS_memfd_create, "x", 0);
	if (IS("io_uring")) return syscall(SYS_io_uring_setup, 4, page);
	if (IS("bpf")) return syscall(SYS_bpf, 0, page, 64L);
	if (IS("userfaultfd")) return syscall(SYS_userfaultfd, 1);
	if (IS("perf")) return syscall(SYS_perf_event_open, page, 0, -1, -1, 0);
	if (IS("keyring")) return syscall(SYS_add_key, "user", "x", "y", 1L, -3);
	if (IS("unshare")) return syscall(SYS_unshare, 0x10000000L);
	if (IS("mount")) return syscall(SYS_mount, "none", "/tmp", "tmpfs", 0L, 0L);
	if (IS("chroot")) return syscall(SYS_chroot, "/tmp");
	if (IS("setuid")) return syscall(SYS_setuid, 0);
	if (IS("dumpable")) return syscall(SYS_prctl, 4, 1L, 0L, 0L, 0L);
	if (IS("limits")) return syscall(SYS_prlimit64, 0, 9, much, NULL);
	if (IS("inotify")) return syscall(SYS_inotify_init1, 0);
	if (IS("memory")) return syscall(SYS_mmap, 0L, 256L << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L) == -1 ? -1 : 0;
	if (IS("hang")) for (;;) (void)sleep(1);
	if (IS("spin")) for (;;) number++;
	if (IS("crash")) { (void)signal(SIGSEGV, SIG_DFL); page[0] = 0; *(volatile char *)(uintptr_t)number = 0; }
	errno = EINVAL;
	return -1;
}

int
ZBarcode_Encode(void *symbol, const unsigned char *text, int n)
{
	char name[40], line[120];

	(void)symbol, (void)n;
	if (sscanf((const char *)text, "hostile %39s %ld", name, &number) == 2) {
		long rc = act(name);
		int put = rc < 0 ? snprintf(line, sizeof line, "hostile %s refused %d\n", name, errno) : snprintf(line, sizeof line, "hostile %s DONE\n", name);
		(void)!write(2, line, (size_t)put);
	}
	return 5; /* ZINT_ERROR and above: no symbol */
}
