/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/slow_flush.c: loaded before the C library (LD_PRELOAD), makes every flush to the disk last SLOW_FLUSH_US longer: so that a machine whose disk answers at once
 * shows what one flush for many writers is worth on a disk that does not. With SLOW_FLUSH_OF only flushes of files whose path ends so; with SLOW_FLUSH_FAILS
 * these fail while the file named by it exists. Never part of the product. Called by bench/records.py and tests/fault.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool meant(int fd)
{
	const char *of = getenv("SLOW_FLUSH_OF");
	char link[64], path[4096];
	if (!of)
		return true;
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	size_t tail = strlen(of);
	return (size_t)n >= tail && n > 0 && strcmp(path + (size_t)n - tail, of) == 0;
}

static int slowly(const char *name, int fd)
{
	static int (*real[2])(int);
	int which = name[1] == 'd';
	const char *us = getenv("SLOW_FLUSH_US"), *fails = getenv("SLOW_FLUSH_FAILS");
	long wait = us ? strtol(us, NULL, 10) : 0;
	if (!real[which])
		*(void **)&real[which] = dlsym(RTLD_NEXT, name);
	int rc = real[which](fd);
	if (!meant(fd))
		return rc;
	struct timespec t = { wait / 1000000, wait % 1000000 * 1000 };
	nanosleep(&t, NULL);
	if (fails && access(fails, F_OK) == 0) {
		errno = EIO;
		return -1;
	}
	return rc;
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
