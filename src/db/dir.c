/* SPDX-License-Identifier: Apache-2.0 */
/* db/dir.c: see dir.h. The lock is advisory (flock) and dies with its process, so a crash leaves none behind. */
#include "db/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum rc
dir_name(const char *root, struct dir *d_r, struct problem *p)
{
	struct dir d = { .lock_fd = -1 };

	if (strlen(root) >= DIR_PATH)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "dir", "%zu bytes", strlen(root));
	snprintf(d.root, sizeof d.root, "%s", root);
	snprintf(d.base, sizeof d.base, "%s/hygie.db", d.root);
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
	if (flock(d.lock_fd, LOCK_EX | LOCK_NB) != 0) {
		close(d.lock_fd);
		return problem_set(p, RC_CONFLICT, WHY_IN_USE, "dir", "locked");
	}
	*d_r = d;
	return RC_OK;
}

bool
dir_has_base(const struct dir *d)
{
	struct stat st;

	return stat(d->base, &st) == 0 && st.st_size > 0;
}

void
dir_release(struct dir *d)
{
	if (d->lock_fd >= 0)
		close(d->lock_fd);
	d->lock_fd = -1;
}
