/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/checked.c: see checked.h. It must never stand in the way of a verification: who calls may ignore its failure. Start at ledger_checked_add. */
#include "ledger/checked.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ledger/disk.h"

#define NAME "checked"
#define LINES_BYTES 8192 /* 60 lines of at most 46 bytes, and what a hand may have added */

static bool
line_read(struct str line, struct ledger_checked *c)
{
	struct str rest, at = str_cut(line, ' ', &rest), entries = str_cut(rest, ' ', &rest);
	uint64_t at_ms;

	if (str_u64(at, &at_ms) != RC_OK || at_ms > INT64_MAX || str_u64(entries, &c->entries) != RC_OK || !(str_eq(rest, "good") || str_eq(rest, "bad")))
		return false;
	c->at_ms = (int64_t)at_ms;
	c->good = str_eq(rest, "good");
	return true;
}

static enum rc
lines_read(int dir, struct ledger_checked *at, size_t *n_r, struct problem *p)
{
	struct buf text;
	size_t n = 0;

	buf_init(&text, LINES_BYTES);
	enum rc rc = disk_read_file(dir, NAME, &text, p);
	for (struct str left = buf_view(&text); rc == RC_OK && left.n > 0;) {
		struct ledger_checked c;
		if (!line_read(str_cut(left, '\n', &left), &c))
			continue;
		if (n == LEDGER_CHECKED) {
			memmove(at, at + 1, (n - 1) * sizeof *at);
			n--;
		}
		at[n++] = c;
	}
	buf_done(&text);
	*n_r = n;
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc
dir_open(const char *dir, int *fd_r, struct problem *p)
{
	*fd_r = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd_r >= 0 ? RC_OK : problem_set(p, RC_BROKEN, WHY_NO_DIR, "ledger", "errno %d", errno);
}

enum rc
ledger_checked_read(const char *dir, struct ledger_checked *at, size_t *n_r, struct problem *p)
{
	int fd;
	enum rc rc = dir_open(dir, &fd, p);

	if (rc != RC_OK)
		return rc;
	rc = lines_read(fd, at, n_r, p);
	close(fd);
	return rc;
}

enum rc
ledger_checked_add(const char *dir, const struct ledger_checked *c, struct problem *p)
{
	struct ledger_checked at[LEDGER_CHECKED + 1];
	struct buf text;
	size_t n = 0;
	int fd;
	enum rc rc = dir_open(dir, &fd, p);

	if (rc != RC_OK)
		return rc;
	rc = lines_read(fd, at, &n, p);
	at[n++] = *c;
	buf_init(&text, LINES_BYTES);
	for (size_t i = n > LEDGER_CHECKED ? 1 : 0; i < n; i++) {
		buf_i64(&text, at[i].at_ms);
		buf_ch(&text, ' ');
		buf_u64(&text, at[i].entries);
		buf_z(&text, at[i].good ? " good\n" : " bad\n");
	}
	if (rc == RC_OK)
		rc = disk_replace(fd, NAME, buf_view(&text), 0600, p);
	buf_done(&text);
	close(fd);
	return rc;
}
