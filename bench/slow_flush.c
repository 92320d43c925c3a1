/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench/slow_flush.c: loaded before the C library (LD_PRELOAD), makes every flush to the disk last SLOW_FLUSH_US longer: so that a machine whose disk answers at once
 * shows what one flush for many writers is worth on a disk that does not. Never part of the product. Called by bench/records.py.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slowly(const char *name, int fd)
{
	static int (*real[2])(int);
	int which = name[1] == 'd';
	const char *us = getenv("SLOW_FLUSH_US");
	long wait = us ? strtol(us, NULL, 10) : 0;
	if (!real[which])
		*(void **)&real[which] = dlsym(RTLD_NEXT, name);
	int rc = real[which](fd);
	struct timespec t = { wait / 1000000, wait % 1000000 * 1000 };
	nanosleep(&t, NULL);
	return rc;
}

int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
