/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/lite_log.c: what the writer appends to SQLite's log goes to the system in large pieces. SQLite itself makes two calls for each page, 24 bytes and the page;
 * a group of creates changes a thousand pages, and the calls were a quarter of the time of its commit.
 * Gathered bytes are written before anything else is done with the file: before each flush, so before the frames of a commit are told to any reader.
 * That stands on synchronous=FULL, with which SQLite flushes the log before it tells. Must never be used with another setting, nor on a reader.
 * The flush of a commit itself is left to flush.c (log_later): the writer goes on, and whoever answers from what it sees waits for that one.
 * Called by sqlite.c. Start at log_gather.
 */
#include "db/lite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The most that SQLite's own writing takes at once (os_unix.c, seekAndWriteFd): 15 pages. */
#define GATHERED ((size_t)0x1ffff)

/* io comes first: the file knows its log by its methods. */
struct lite_log {
	sqlite3_io_methods io;
	const sqlite3_io_methods *real;
	sqlite3_int64 from;       /* where the gathered bytes belong */
	size_t n;
	bool later;               /* the flush of a commit is somebody else's */
	bool head;                /* the log's head was written since the last flush: that one is never left */
	char at[GATHERED];
};

static struct lite_log *log_of(sqlite3_file *f) { return (struct lite_log *)(uintptr_t)f->pMethods; }

/* What cannot be written is dropped: SQLite is told, and takes its transaction back. */
static int put(sqlite3_file *f)
{
	struct lite_log *l = log_of(f);
	size_t n = l->n;
	l->n = 0;
	return n ? l->real->xWrite(f, l->at, (int)n, l->from) : SQLITE_OK;
}

static int log_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
	struct lite_log *l = log_of(f);
	size_t more = (size_t)n;
	int code = l->n && (at != l->from + (sqlite3_int64)l->n || more > GATHERED - l->n) ? put(f) : SQLITE_OK;
	if (code != SQLITE_OK || more > GATHERED)
		return code == SQLITE_OK ? l->real->xWrite(f, bytes, n, at) : code;
	l->head = l->head || at == 0;
	if (!l->n)
		l->from = at;
	memcpy(l->at + l->n, bytes, more);
	l->n += more;
	return SQLITE_OK;
}

static int log_read(sqlite3_file *f, void *bytes, int n, sqlite3_int64 at)
{
	int code = put(f);
	return code == SQLITE_OK ? log_of(f)->real->xRead(f, bytes, n, at) : code;
}

static int log_sync(sqlite3_file *f, int flags)
{
	struct lite_log *l = log_of(f);
	int code = put(f);
	if (code != SQLITE_OK || (l->later && !l->head))
		return code;
	l->head = false;
	return l->real->xSync(f, flags);
}

static int log_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int code = put(f);
	return code == SQLITE_OK ? log_of(f)->real->xTruncate(f, size) : code;
}

static int log_size(sqlite3_file *f, sqlite3_int64 *size_r)
{
	int code = put(f);
	return code == SQLITE_OK ? log_of(f)->real->xFileSize(f, size_r) : code;
}

static int log_control(sqlite3_file *f, int what, void *with)
{
	int code = put(f);
	return code == SQLITE_OK ? log_of(f)->real->xFileControl(f, what, with) : code;
}

static int log_close(sqlite3_file *f)
{
	const sqlite3_io_methods *real = log_of(f)->real;
	int written = put(f), code = real->xClose(f);
	return written == SQLITE_OK ? code : written;
}

void log_gather(struct lite_log **l, struct db_conn *c)
{
	sqlite3_file *f = NULL;
	if (sqlite3_file_control(c->h, "main", SQLITE_FCNTL_JOURNAL_POINTER, &f) != SQLITE_OK || !f || !f->pMethods || (*l && f->pMethods == &(*l)->io))
		return;
	if (!*l && !(*l = malloc(sizeof **l)))
		return; /* without memory as SQLite does it */
	(*l)->real = f->pMethods;
	(*l)->n = 0;
	(*l)->later = (*l)->head = false;
	(*l)->io = *f->pMethods;
	(*l)->io.xWrite = log_write;
	(*l)->io.xRead = log_read;
	(*l)->io.xSync = log_sync;
	(*l)->io.xTruncate = log_truncate;
	(*l)->io.xFileSize = log_size;
	(*l)->io.xFileControl = log_control;
	(*l)->io.xClose = log_close;
	f->pMethods = &(*l)->io;
}

void log_later(struct lite_log *l, bool later)
{
	if (l)
		l->later = later;
}

void log_free(struct lite_log **l)
{
	free(*l);
	*l = NULL;
}

/* ---- the flush of commits, by a descriptor of its own: SQLite's belongs to the writer's thread. SQLite keeps no locks on the log, so that closing it drops none. ---- */

enum rc log_flush_open(struct db *db, struct problem *p)
{
	char name[4200];
	int n = snprintf(name, sizeof name, "%s-wal", db->path);
	if (n < 0 || (size_t)n >= sizeof name)
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, NULL, "path too long");
	log_flush_close(db);
	db->lite->log_fd = open(name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	return db->lite->log_fd >= 0 ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "log: errno %d", errno);
}

void log_flush_close(struct db *db)
{
	if (db->lite->log_fd >= 0)
		close(db->lite->log_fd);
	db->lite->log_fd = -1;
}

enum rc log_flush(struct db *db, struct problem *p)
{
	return fdatasync(db->lite->log_fd) == 0 ? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "fdatasync: errno %d", errno);
}
