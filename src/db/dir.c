/* SPDX-License-Identifier: Apache-2.0 */
/* db/dir.c: see dir.h. The lock is advisory (flock) and dies with its process, so a crash leaves none behind. */
#include "db/dir.h"
#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_WAIT_MS 2000 /* for the parts of a server that was killed to go too */
static const char *base_in_use;

void
dir_use_base(const char *url)
{
	base_in_use = url;
}

/* The base: what the command said, else what base.url holds, else the file. */
static enum rc
base_name(struct dir *d, struct problem *p)
{
	char path[DIR_PATH + 16];
	int fd;

	if (base_in_use != NULL && strlen(base_in_use) >= sizeof d->base)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "db", "%zu bytes", strlen(base_in_use));
	snprintf(d->base, sizeof d->base, "%s", base_in_use != NULL ? base_in_use : "");
	if (base_in_use != NULL)
		return RC_OK;
	snprintf(path, sizeof path, "%s/base.url", d->root);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0 && errno == ENOENT) {
		snprintf(d->base, sizeof d->base, "%s/hygie.db", d->root);
		return RC_OK;
	}
	ssize_t n = fd >= 0 ? read(fd, d->base, sizeof d->base - 1) : -1;
	int failed = errno;
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "base.url", "errno %d", failed);
	d->base[n] = '\0';
	d->base[strcspn(d->base, "\r\n")] = '\0';
	return db_is_server(d->base) ? RC_OK : problem_set(p, RC_BROKEN, WHY_NOT_A_BASE, "base.url", "no address of a server");
}

enum rc
dir_keep_base(const struct dir *d, struct problem *p)
{
	char path[DIR_PATH + 16];

	snprintf(path, sizeof path, "%s/base.url", d->root);
	if (!db_is_server(d->base))
		return unlink(path) == 0 || errno == ENOENT ? RC_OK : problem_set(p, RC_BROKEN, WHY_NO_DIR, "base.url", "errno %d", errno);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "base.url", "errno %d", errno);
	ssize_t n = (ssize_t)strlen(d->base);
	bool good = write(fd, d->base, (size_t)n) == n && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
	return close(fd) == 0 && good ? RC_OK : problem_set(p, RC_BROKEN, WHY_DISK_FULL, "base.url", "errno %d", errno);
}

enum rc
dir_name(const char *root, struct dir *d_r, struct problem *p)
{
	struct dir d = { .lock_fd = -1 };

	if (strlen(root) >= DIR_PATH)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "dir", "%zu bytes", strlen(root));
	snprintf(d.root, sizeof d.root, "%s", root);
	enum rc rc = base_name(&d, p);
	if (rc != RC_OK)
		return rc;
	snprintf(d.ledger, sizeof d.ledger, "%s/ledger", d.root);
	snprintf(d.socket, sizeof d.socket, "%s/gate.sock", d.root);
	*d_r = d;
	return RC_OK;
}

enum rc
dir_take(const char *root, bool make, struct dir *d_r, struct problem *p)
{
	struct dir d;
	char path[DIR_PATH + 16];
	enum rc rc = dir_name(root, &d, p);

	if (rc != RC_OK)
		return rc;
	if (make && mkdir(d.root, 0700) != 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "dir", "errno %d", errno);
	snprintf(path, sizeof path, "%s/lock", d.root);
	d.lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d.lock_fd < 0)
		return errno == ENOENT ? problem_set(p, RC_NOT_FOUND, WHY_NO_DIR, "dir", "none") : problem_set(p, RC_BROKEN, WHY_NO_DIR, "dir", "errno %d", errno);
	bool mine = false;
	for (unsigned waited = 0; !(mine = flock(d.lock_fd, LOCK_EX | LOCK_NB) == 0) && waited < LOCK_WAIT_MS; waited += 20)
		(void)usleep(20000);
	if (!mine) {
		close(d.lock_fd);
		return problem_set(p, RC_CONFLICT, WHY_IN_USE, "dir", "locked");
	}
	*d_r = d;
	return RC_OK;
}

void
dir_release(struct dir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	d->lock_fd = -1;
}
