/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/disk.c: see disk.h. */
#include "ledger/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZEROS  (1u << 20) /* one write of zeros */
#define WINDOW (256u << 10)
_Static_assert(WINDOW > 2 * RECORD_MAX, "a record must fit the window");

bool
disk_pwrite(int fd, const void *p, size_t n, uint64_t at)
{
	const char *from = p;

	while (n) {
		ssize_t done = pwrite(fd, from, n, (off_t)at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		from += done;
		at += (uint64_t)done;
		n -= (size_t)done;
	}
	return true;
}

enum rc
disk_pread(int fd, void *p, size_t n, uint64_t at, size_t *n_r)
{
	size_t got = 0;

	while (got < n) {
		ssize_t done = pread(fd, (char *)p + got, n - got, (off_t)(at + got));
		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return RC_BROKEN;
		if (done == 0)
			break;
		got += (size_t)done;
	}
	*n_r = got;
	return RC_OK;
}

bool
disk_zero(int fd, uint64_t from, uint64_t to, bool gently)
{
	char *zeros = calloc(1, ZEROS);
	bool ok = zeros != NULL;

	while (ok && from < to) {
		size_t n = to - from < ZEROS ? (size_t)(to - from) : ZEROS;
		ok = disk_pwrite(fd, zeros, n, from) && (!gently || fdatasync(fd) == 0);
		from += n;
	}
	free(zeros);
	return ok && fdatasync(fd) == 0;
}

enum rc
disk_read_file(int dir, const char *name, struct buf *out, struct problem *p)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	enum rc rc = RC_OK;

	if (fd < 0 && errno == ENOENT)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, name, "no such file");
	if (fd < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, name, "open: errno %d", errno);
	for (;;) {
		char piece[4096];
		ssize_t n = read(fd, piece, sizeof piece);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = problem_set(p, RC_BROKEN, WHY_BROKEN, name, "read: errno %d", errno);
		if (n <= 0)
			break;
		buf_put(out, piece, (size_t)n);
	}
	close(fd);
	return rc == RC_OK ? buf_rc(out, p) : rc;
}

enum rc
disk_replace(int dir, const char *name, struct str bytes, unsigned mode, struct problem *p)
{
	char tmp[64];
	int fd;

	MUST((size_t)snprintf(tmp, sizeof tmp, "%s.tmp", name) < sizeof tmp);
	if (unlinkat(dir, tmp, 0) != 0 && errno != ENOENT)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, name, "unlink: errno %d", errno);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, name, "create: errno %d", errno);
	bool ok = disk_pwrite(fd, bytes.p, bytes.n, 0) && fdatasync(fd) == 0;
	int why = errno;
	close(fd);
	if (ok && renameat(dir, tmp, dir, name) == 0 && fsync(dir) == 0)
		return RC_OK;
	if (ok)
		why = errno;
	(void)unlinkat(dir, tmp, 0);
	return problem_set(p, RC_BROKEN, why == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, name, "write: errno %d", why);
}

void
disk_segment_name(uint32_t segment, char out[SEGMENT_NAME])
{
	MUST(snprintf(out, SEGMENT_NAME, "segment-%08u", segment) < SEGMENT_NAME);
}

int
disk_segment_open(int dir, uint32_t segment, int flags)
{
	char name[SEGMENT_NAME];

	disk_segment_name(segment, name);
	return openat(dir, name, flags | O_CLOEXEC);
}

enum rc
disk_segment_count(int dir, uint32_t *n_r, struct problem *p)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	uint32_t seen = 0, last = 0;
	struct dirent *one;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "ledger", "list: errno %d", errno);
	}
	while ((one = readdir(d))) {
		struct str name = str_of(one->d_name), digits = { name.p + 8, name.n - 8 };
		uint64_t k;
		if (!str_starts(name, STR("segment-")) || digits.n != 8 || str_u64(digits, &k) != RC_OK || k == 0)
			continue;
		seen++;
		last = k > last ? (uint32_t)k : last;
	}
	closedir(d);
	if (seen != last)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "%u segments, the last is number %u", seen, last);
	*n_r = last;
	return RC_OK;
}

enum rc
disk_segment_make(int dir, uint32_t segment, uint64_t bytes, bool gently, int *fd_r, struct problem *p)
{
	char name[SEGMENT_NAME];
	int fd, why = 0;

	disk_segment_name(segment, name);
	fd = openat(dir, "segment.tmp", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, name, "create: errno %d", errno);
	/* The reservation comes first, so that a full disk is told at once and not after half of the zeros. */
	why = posix_fallocate(fd, 0, (off_t)bytes);
	if (!why && !(disk_zero(fd, 0, bytes, gently) && fsync(fd) == 0 && renameat(dir, "segment.tmp", dir, name) == 0 && fsync(dir) == 0))
		why = errno;
	if (!why) {
		*fd_r = fd;
		return RC_OK;
	}
	close(fd);
	(void)unlinkat(dir, "segment.tmp", 0);
	return problem_set(p, RC_BROKEN, why == ENOSPC || why == EDQUOT || why == EFBIG ? WHY_DISK_FULL : WHY_BROKEN, name,
		"no room for a segment of %llu bytes: errno %d", (unsigned long long)bytes, why);
}

enum rc
disk_walk_open(struct walk *w, int dir, uint32_t segment, uint64_t at, struct problem *p)
{
	char name[SEGMENT_NAME];
	struct stat st;

	disk_segment_name(segment, name);
	*w = (struct walk){ .fd = disk_segment_open(dir, segment, O_RDONLY), .at = at };
	if (w->fd < 0 && errno == ENOENT)
		return problem_set(p, RC_NOT_FOUND, WHY_CORRUPT, name, "no such segment");
	if (w->fd < 0)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, name, "open: errno %d", errno);
	w->window = malloc(WINDOW);
	if (!w->window || fstat(w->fd, &st) != 0) {
		disk_walk_close(w);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, name, "stat or memory");
	}
	w->size = (uint64_t)st.st_size;
	return RC_OK;
}

void
disk_walk_close(struct walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	free(w->window);
	*w = (struct walk){ .fd = -1 };
}

/* The bytes at w->at, as many as the window holds; refilled when fewer than a longest record are left in it. */
static bool
walk_fill(struct walk *w, const unsigned char **p_r, size_t *n_r)
{
	uint64_t end = w->window_at + w->window_n;

	if (w->at < w->window_at || w->at > end || (end - w->at < RECORD_MAX && end < w->size)) {
		w->window_at = w->at;
		if (disk_pread(w->fd, w->window, WINDOW, w->at, &w->window_n) != RC_OK)
			return false;
		end = w->window_at + w->window_n;
	}
	*p_r = w->window + (w->at - w->window_at);
	*n_r = (size_t)(end - w->at);
	return true;
}

enum walk_found
disk_walk_next(struct walk *w, struct record *r, struct leaf *leaf)
{
	const unsigned char *p;
	size_t n;

	if (!walk_fill(w, &p, &n))
		return WALK_FAILED;
	switch (leaf_record_parse(p, n, r, leaf)) {
	case RC_OK:
		w->at += r->n;
		return WALK_RECORD;
	case RC_NOT_FOUND:
		return WALK_END;
	default:
		return WALK_BAD;
	}
}

enum rc
disk_nonzero(int fd, uint64_t from, uint64_t to, uint64_t *end_r)
{
	unsigned char *piece = malloc(ZEROS);
	uint64_t end = from;
	size_t n = 0;
	enum rc rc = piece ? RC_OK : RC_BROKEN;

	for (uint64_t at = from; rc == RC_OK && at < to; at += n) {
		rc = disk_pread(fd, piece, to - at < ZEROS ? (size_t)(to - at) : ZEROS, at, &n);
		if (rc != RC_OK || n == 0)
			break;
		size_t last = sha_all_zero(piece, n) ? 0 : n;
		while (last && !piece[last - 1])
			last--;
		if (last)
			end = at + last;
	}
	free(piece);
	if (rc == RC_OK)
		*end_r = end;
	return rc;
}
