/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/stream_file.c: a sealed file of an export as whoever asked for it fetches it. Must never open one: it goes out as it lies. Called by own.c. Start at stream_file.
 */
#include <fcntl.h>
#include <unistd.h>

#include "base/arena.h"
#include "gate/inside.h"
#include "gate/stream.h"
#include "hospital/export.h"

enum rc stream_file(struct look *l, const struct ask *k, struct rows *out, struct problem *p)
{
	struct export_ticket t;
	struct export_file *at = NULL;
	size_t n = 0;
	int64_t no = 0, part = 0;
	if (str_i64(decide_arg(k, "no"), &no) != RC_OK || str_i64(decide_arg(k, "part"), &part) != RC_OK || part < 1)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no file");
	enum rc rc = export_may_fetch(l->d->db, &l->d->arena, &l->d->g->judge, &l->seat->actor, no, l->d->now_ms, &t, p);
	if (rc == RC_OK)
		rc = export_files(l->d->db, &l->d->arena, no, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	if ((size_t)part > n)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "part", "no such part");
	const struct export_file *is = &at[part - 1];
	char path[STREAM_PATH];
	stream_path(l->d->g, no, is->part, path);
	char *bytes = arena_bytes(&l->d->arena, (size_t)is->bytes + 1);
	int fd = bytes ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	size_t got = 0;
	for (ssize_t more = 1; fd >= 0 && more > 0 && got < (size_t)is->bytes; got += more > 0 ? (size_t)more : 0)
		more = read(fd, bytes + got, (size_t)is->bytes - got);
	if (fd >= 0)
		close(fd);
	if (got != (size_t)is->bytes)
		return problem_set(p, RC_GONE, WHY_NO_FILE, "part", "export %lld: %zu bytes", (long long)no, got);
	rows_set(out, "file");
	rows_row(out);
	rows_col(out, "type", is->type);
	rows_col(out, "data", (struct str){ bytes, got });
	return RC_OK;
}
