/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/lite_map.c: readers see the whole base through one memory map, which all connections of the process share. SQLite's own ends at 2 GB and belongs to one
 * connection: of a larger base the other pages would be copied into that connection's cache, and thrown away with each commit of the writer.
 * Must never give out a page that the file does not hold whole, nor be taken down before the last connection. Called by sqlite.c. Start at map_fetch.
 */
#include "db/lite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Addresses kept for the file to grow into; what lies beyond is read into the cache. */
#define ROOM ((sqlite3_int64)1 << 38)
/* SQLite may look so far past a page. */
#define PAST_PAGE 256

/* io comes first: a file knows its map by its methods. */
struct lite_map {
	sqlite3_io_methods io;
	const char *at;
	atomic_llong end;      /* bytes of the file as last seen: it never becomes shorter */
};

static bool holds(struct lite_map *m, sqlite3_file *f, sqlite3_int64 end)
{
	sqlite3_int64 size = 0;
	if (end <= atomic_load_explicit(&m->end, memory_order_relaxed))
		return true;
	if (m->io.xFileSize(f, &size) != SQLITE_OK)
		return false;
	if (size > ROOM)
		size = ROOM;
	atomic_store_explicit(&m->end, size, memory_order_relaxed);
	return end <= size;
}

static int map_fetch(sqlite3_file *f, sqlite3_int64 from, int n, void **page_r)
{
	struct lite_map *m = (struct lite_map *)(uintptr_t)f->pMethods;
	*page_r = holds(m, f, from + n + PAST_PAGE) ? (void *)(uintptr_t)(m->at + from) : NULL; /* SQLite only reads it */
	return SQLITE_OK;
}

static int map_unfetch(sqlite3_file *f, sqlite3_int64 from, void *page)
{
	(void)f, (void)from, (void)page;
	return SQLITE_OK;
}

static sqlite3_file *file_of(struct db_conn *c)
{
	sqlite3_file *f = NULL;
	return sqlite3_file_control(c->h, "main", SQLITE_FCNTL_FILE_POINTER, &f) == SQLITE_OK && f && f->pMethods ? f : NULL;
}

struct lite_map *map_open(const char *path)
{
	struct lite_map *m = calloc(1, sizeof *m);
	int fd = m ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, (size_t)ROOM, PROT_READ, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED) {
		free(m);
		return NULL;
	}
	m->at = at;
	return m;
}

void map_learn(struct lite_map *m, struct db_conn *c)
{
	sqlite3_file *f = file_of(c);
	if (!m || !f || f->pMethods->iVersion < 3)
		return;
	m->io = *f->pMethods;
	m->io.xFetch = map_fetch;
	m->io.xUnfetch = map_unfetch;
}

void map_use(struct lite_map *m, struct db_conn *c)
{
	sqlite3_file *f = file_of(c);
	if (m && m->io.xFetch && f)
		f->pMethods = &m->io;
}

void map_close(struct lite_map **m)
{
	if (!*m)
		return;
	munmap((void *)(uintptr_t)(*m)->at, (size_t)ROOM);
	free(*m);
	*m = NULL;
}
