/* SPDX-License-Identifier: Apache-2.0 */
/* ledger/tiles.c: see tiles.h. */
#include "ledger/tiles.h"
#include "ledger/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum rc
tiles_read(int dir, const struct tile *t, struct buf *out, struct problem *p)
{
	char path[TILE_PATH];
	size_t from = out->n;

	tile_path(t, path);
	enum rc rc = disk_read_file(dir, path, out, p);
	if (rc == RC_OK && t->level != TILE_ENTRIES && out->n - from != t->width * (size_t)SHA_LEN)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, path, "%zu bytes", out->n - from);
	return rc;
}

static enum rc
no_file(const char *path, struct problem *p)
{
	return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, path, "write: errno %d", errno);
}

static enum rc
folders_make(int dir, const char *path, struct problem *p)
{
	char folder[TILE_PATH];

	for (const char *at = strchr(path, '/'); at; at = strchr(at + 1, '/')) {
		memcpy(folder, path, (size_t)(at - path));
		folder[at - path] = '\0';
		if (mkdirat(dir, folder, 0755) != 0 && errno != EEXIST)
			return no_file(folder, p);
	}
	return RC_OK;
}

enum rc
tiles_write(int dir, const struct tile *t, struct str bytes, struct problem *p)
{
	static const char tmp[] = "tile.tmp";
	char path[TILE_PATH];

	tile_path(t, path);
	enum rc rc = folders_make(dir, path, p);
	if (rc != RC_OK)
		return rc;
	int fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return no_file(path, p);
	bool ok = disk_pwrite(fd, bytes.p, bytes.n, 0);
	int why = errno;
	close(fd);
	errno = why;
	if (!ok || renameat(dir, tmp, dir, path) != 0)
		return no_file(path, p);
	return RC_OK;
}

void
tiles_forget_narrower(int dir, const struct tile *whole)
{
	char path[TILE_PATH], folder[TILE_PATH + 2];

	MUST(whole->width == TILE_WIDTH);
	tile_path(whole, path);
	snprintf(folder, sizeof folder, "%s.p", path);
	int fd = openat(dir, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			(void)unlinkat(fd, e->d_name, 0);
	closedir(d);
	(void)unlinkat(dir, folder, AT_REMOVEDIR);
}

void
tiles_fold(const unsigned char *hashes, unsigned n, unsigned char out[SHA_LEN])
{
	unsigned char at[TILE_BYTES];

	MUST(n > 0 && n <= TILE_WIDTH && (n & (n - 1)) == 0);
	memcpy(at, hashes, n * (size_t)SHA_LEN);
	for (; n > 1; n /= 2)
		for (unsigned i = 0; i < n / 2; i++)
			tree_node(at + i * (size_t)SHA_LEN, at + 2 * i * (size_t)SHA_LEN, at + (2 * i + 1) * (size_t)SHA_LEN);
	memcpy(out, at, SHA_LEN);
}

enum rc
tiles_node(struct tree_reader *r, unsigned level, uint64_t index, unsigned char out[SHA_LEN], struct problem *p)
{
	const struct tiles *k = (const struct tiles *)(const void *)r;
	unsigned at;
	struct tile t = tile_of(k->size, level, index, &at);
	struct buf bytes;

	buf_init(&bytes, TILE_BYTES + 1);
	enum rc rc = tiles_read(k->dir, &t, &bytes, p);
	if (rc == RC_OK)
		tiles_fold((const unsigned char *)bytes.p + at * (size_t)SHA_LEN, 1u << level % 8, out);
	buf_done(&bytes);
	return rc;
}

enum rc
tiles_entry(struct str *bundle, struct str *entry_r)
{
	if (bundle->n == 0)
		return RC_NOT_FOUND;
	size_t n = bundle->n < 2 ? SIZE_MAX : (size_t)(unsigned char)bundle->p[0] << 8 | (unsigned char)bundle->p[1];
	if (n > bundle->n - 2)
		return RC_BAD_INPUT;
	*entry_r = (struct str){ bundle->p + 2, n };
	*bundle = (struct str){ bundle->p + 2 + n, bundle->n - 2 - n };
	return RC_OK;
}
