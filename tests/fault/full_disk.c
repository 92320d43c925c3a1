/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/fault/full_disk.c: preloaded into a server under test: while the file named by FULL_DISK_FLAG exists, a write to a regular file whose path holds the
 * flag file's first line fails with ENOSPC, as on a full disk; no root is needed for it. An empty line means every file. A second line is how many bytes a
 * process may still write there before the disk is full. Called by tests/lib/full_disk.py. It must never touch sockets or pipes. Start at is_full.
 */
#undef _FILE_OFFSET_BITS /* both spellings of each call are replaced */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_llong taken; /* bytes this process wrote where the disk has an end */

static bool
is_full(int fd, long long more)
{
	const char *flag = getenv("FULL_DISK_FLAG");
	char wanted[200] = "", link[64], path[4096];
	struct stat st;
	int kept = errno;

	if (!flag || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	int at = open(flag, O_RDONLY | O_CLOEXEC);
	errno = kept;
	if (at < 0)
		return false;
	ssize_t n = read(at, wanted, sizeof wanted - 1);
	close(at);
	wanted[n > 0 ? n : 0] = '\0';
	char *line = wanted + strcspn(wanted, "\n");
	long long room = *line ? atoll(line + 1) : 0;
	*line = '\0';
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	errno = kept;
	if (!strstr(path, wanted) || (room > 0 && atomic_fetch_add(&taken, more) + more <= room))
		return false;
	errno = ENOSPC;
	return true;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) { return is_full(fd, (long long)n) ? -1 : REAL(pwrite64)(fd, p, n, at); }
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { return is_full(fd, (long long)n) ? -1 : REAL(pwrite)(fd, p, n, at); }
ssize_t write(int fd, const void *p, size_t n) { return is_full(fd, (long long)n) ? -1 : REAL(write)(fd, p, n); }
int fallocate(int fd, int mode, off_t at, off_t n) { return is_full(fd, 0) ? -1 : REAL(fallocate)(fd, mode, at, n); }
int fallocate64(int fd, int mode, off64_t at, off64_t n) { return is_full(fd, 0) ? -1 : REAL(fallocate64)(fd, mode, at, n); }
int posix_fallocate(int fd, off_t at, off_t n) { return is_full(fd, 0) ? ENOSPC : REAL(posix_fallocate)(fd, at, n); }
int posix_fallocate64(int fd, off64_t at, off64_t n) { return is_full(fd, 0) ? ENOSPC : REAL(posix_fallocate64)(fd, at, n); }
