/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/lite_map.c: readers see the whole base through one memory map, which all connections of the process share. SQLite's own ends at 2 GB and belongs to one
 * connection: of a larger base the other pages would be copied into that connection's cache, and thrown away with each commit of the writer.
 * What the system has of the file in memory when the base is opened is entered into the map by a thread beside: else the first look at each part of it costs a fault,
 * a microsecond or two, and a search on a large base looks at hundreds.
 * Must never read the disk for that, nor give out a page that the file does not hold whole, nor be taken down before the last connection. Called by sqlite.c. Start at map_fetch.
 */
#include "db/lite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Addresses kept for the file to grow into; what lies beyond is read into the cache. */
#define ROOM ((sqlite3_int64)1 << 38)
/* Bytes looked at in one step of the thread that enters pages; the end of the process waits for no more than that, some milliseconds. */
#define STEP ((size_t)32 << 20)
/* What it enters at most: the system's tables take a five-hundredth of it. */
#define ENTERED_MOST ((size_t)32 << 30)
/* SQLite may look so far past a page. */
#define PAST_PAGE 256

/* io comes first: a file knows its map by its methods. */
struct lite_map {
	sqlite3_io_methods io;
	const char *at;
	atomic_llong end;      /* bytes of the file as last seen: it never becomes shorter */
	size_t enters;         /* bytes of the file when it was opened */
	atomic_bool stop;
	pthread_t thread;
	bool runs;
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

/* The pages of one step that the system has in memory, run by run; false: the kernel cannot (before Linux 5.14). */
static bool enter(char *at, size_t n, size_t page, unsigned char *has)
{
	size_t pages = (n + page - 1) / page, from = 0;
	if (mincore(at, n, has) != 0)
		return false;
	while (from < pages) {
		size_t to = from;
		while (to < pages && (has[to] & 1))
			to++;
		if (to > from && madvise(at + from * page, (to - from) * page, MADV_POPULATE_READ) != 0)
			return false;
		from = to + 1;
	}
	return true;
}

static void *enter_all(void *arg)
{
	struct lite_map *m = arg;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *has = malloc(STEP / page);
	for (size_t at = 0; has && at < m->enters && !atomic_load(&m->stop); at += STEP) {
		size_t n = m->enters - at < STEP ? m->enters - at : STEP;
		if (!enter((char *)(uintptr_t)m->at + at, n, page, has))
			break;
	}
	free(has);
	return NULL;
}

struct lite_map *map_open(const char *path)
{
	struct lite_map *m = calloc(1, sizeof *m);
	struct stat st = { .st_size = 0 };
	int fd = m ? open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
	void *at = fd < 0 ? MAP_FAILED : mmap(NULL, (size_t)ROOM, PROT_READ, MAP_SHARED, fd, 0);
	/* Of another's file the system tells that all of it is in memory, and entering it would read it: left out. */
	bool own = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == geteuid();
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED) {
		free(m);
		return NULL;
	}
	m->at = at;
	m->enters = own ? (size_t)st.st_size : 0;
	if (m->enters > ENTERED_MOST)
		m->enters = ENTERED_MOST;
	m->runs = m->enters > 0 && pthread_create(&m->thread, NULL, enter_all, m) == 0;
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
	atomic_store(&(*m)->stop, true);
	if ((*m)->runs)
		pthread_join((*m)->thread, NULL);
	munmap((void *)(uintptr_t)(*m)->at, (size_t)ROOM);
	free(*m);
	*m = NULL;
}
