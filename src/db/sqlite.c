/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/sqlite.c: the driver of SQLite: opening, connections, statements by id, stepping, the mapping of result codes.
 * Must never run SQL that is not a catalogue row, a literal of this room, or a migration.
 * Called by db.c through driver_sqlite. Start at lite_open, then lite_step.
 */
#include "db/lite.h"
#include "db_migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A reader keeps few pages of its own: it reads through the memory map (lite_map.c), which all share. */
#define READER_CACHE (4u << 20)
#define WRITER_CACHE (48u << 20)
#define READER_MMAP "2147418112" /* SQLite's own ceiling, 0x7fff0000, for a reader that has no map of ours */

/* ---- result codes ---- */

enum rc sqlite_problem(sqlite3 *h, int code, struct problem *p)
{
	int extended = h ? sqlite3_extended_errcode(h) : code;
	int os = h ? sqlite3_system_errno(h) : 0;
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return problem_set(p, RC_CONFLICT, extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY || extended == SQLITE_CONSTRAINT_ROWID ? WHY_DUPLICATE : WHY_DATA_RULE,
			NULL, "constraint %d", extended);
	case SQLITE_FULL:
		return problem_set(p, RC_BROKEN, WHY_DISK_FULL, NULL, "sqlite %d errno %d", extended, os);
	case SQLITE_IOERR:
		return problem_set(p, RC_BROKEN, os == ENOSPC || os == EFBIG || os == EDQUOT ? WHY_DISK_FULL : WHY_BROKEN, NULL, "sqlite %d errno %d", extended, os);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return problem_set(p, RC_BROKEN, code == SQLITE_NOTADB ? WHY_NOT_A_BASE : WHY_CORRUPT, NULL, "sqlite %d", extended);
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return problem_set(p, RC_BROKEN, WHY_NO_DIR, "hygie.db", "sqlite %d errno %d", extended, os);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "sqlite %d", extended);
	case SQLITE_TOOBIG:
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "sqlite %d", extended);
	default:
		return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "sqlite %d errno %d", extended, os);
	}
}

/* ---- connections ---- */

static void sqlite_setup(void)
{
	/* A connection belongs to one thread at a time: SQLite's own locks inside a connection buy nothing. */
	sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	MUST(sqlite3_initialize() == SQLITE_OK);
}

static enum rc conn_exec(struct db_conn *c, const char *sql, struct problem *p)
{
	int code = sqlite3_exec(c->h, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? RC_OK : sqlite_problem(c->h, code, p);
}

static enum rc conn_number(struct db_conn *c, const char *sql, int64_t *v_r, struct problem *p)
{
	sqlite3_stmt *h = NULL;
	int code = sqlite3_prepare_v2(c->h, sql, -1, &h, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(h);
	enum rc rc = RC_OK;
	if (code == SQLITE_ROW)
		*v_r = sqlite3_column_int64(h, 0);
	else
		rc = code == SQLITE_DONE ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no row") : sqlite_problem(c->h, code, p);
	sqlite3_finalize(h);
	return rc;
}

static enum rc conn_cache(struct db_conn *c, uint64_t bytes, struct problem *p)
{
	char cache[64];
	if (!bytes)
		bytes = c->writes ? c->db->set.writer_cache_bytes ? c->db->set.writer_cache_bytes : WRITER_CACHE
		                  : c->db->set.cache_bytes ? c->db->set.cache_bytes : READER_CACHE;
	snprintf(cache, sizeof cache, "PRAGMA cache_size=-%llu", (unsigned long long)(bytes >> 10));
	return conn_exec(c, cache, p);
}

static enum rc conn_setup(struct db_conn *c, enum conn_kind kind, struct problem *p)
{
	sqlite3_busy_timeout(c->h, LITE_BUSY_MS);
	sqlite3_extended_result_codes(c->h, 1);
	/* BARRIER: a base file may come from elsewhere: nothing in its schema may run functions with effects, nothing may alter the schema tables. */
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(c->h, SQLITE_LIMIT_ATTACHED, 0);
	enum rc rc = conn_cache(c, kind == CONN_CHECKPOINT ? 1u << 20 : 0, p);
	if (rc == RC_OK)
		rc = conn_exec(c, "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON", p);
	if (rc == RC_OK && kind == CONN_READER)
		rc = conn_exec(c, "PRAGMA query_only=ON", p);
	if (rc == RC_OK && kind == CONN_READER && !c->db->set.bulk) /* a first load reads each page once, and is held to its memory */
		rc = conn_exec(c, "PRAGMA mmap_size=" READER_MMAP, p);
	if (rc == RC_OK && kind == CONN_WRITER)
		rc = conn_exec(c, "PRAGMA page_size=" TEXT_OF(DB_PAGE_BYTES) "; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=0", p);
	if (rc == RC_OK && kind == CONN_WRITER && c->db->set.max_pages > 0) {
		char most[64];
		snprintf(most, sizeof most, "PRAGMA max_page_count=%lld", (long long)c->db->set.max_pages);
		rc = conn_exec(c, most, p);
	}
	return rc;
}

/* The journal mode is set before DEFENSIVE, which forbids changing it to OFF later; see db_bulk_begin. */
static void conn_defend(struct db_conn *c, bool on)
{
	sqlite3_db_config(c->h, SQLITE_DBCONFIG_DEFENSIVE, on ? 1 : 0, NULL);
}

enum rc lite_conn_open(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p)
{
	struct db_conn *c = conn_new(db, kind, p);
	if (!c)
		return RC_LIMIT;
	int code = sqlite3_open_v2(db->path, &c->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code == SQLITE_OK && kind == CONN_WRITER && sqlite3_db_readonly(c->h, "main") == 1) /* SQLite opens such a file without a word */
		code = SQLITE_READONLY;
	if (code == SQLITE_OK && kind == CONN_READER)
		map_use(db->lite->map, c);
	enum rc rc = code == SQLITE_OK ? conn_setup(c, kind, p) : sqlite_problem(c->h, code, p);
	if (rc == RC_OK)
		rc = feed_register(c, p);
	if (rc == RC_OK && kind != CONN_WRITER)
		conn_defend(c, true);
	if (rc != RC_OK) {
		lite_conn_close(&c);
		return rc;
	}
	*c_r = c;
	return RC_OK;
}

void lite_conn_close(struct db_conn **cp)
{
	struct db_conn *c = *cp;
	if (!c)
		return;
	for (size_t i = 0; i < ST__END; i++)
		sqlite3_finalize(c->at[i].h);
	sqlite3_close(c->h);
	free(c);
	*cp = NULL;
}

/* ---- opening ---- */

static enum rc file_make(const char *path, bool may_create, struct problem *p)
{
	if (access(path, F_OK) == 0)
		return RC_OK;
	if (!may_create)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_A_BASE, NULL, "no such file");
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST)
		return problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, NULL, "create: errno %d", errno);
	if (fd >= 0)
		close(fd);
	return RC_OK;
}

static enum rc base_check(struct db_conn *c, struct problem *p)
{
	int64_t app = 0, pages = 0;
	enum rc rc = conn_number(c, "PRAGMA application_id", &app, p);
	if (rc == RC_OK)
		rc = conn_number(c, "SELECT count(*) FROM sqlite_schema", &pages, p);
	if (rc != RC_OK)
		return rc;
	if (app != DB_APPLICATION_ID && (app != 0 || pages != 0))
		return problem_set(p, RC_BROKEN, WHY_NOT_A_BASE, NULL, "application id %lld", (long long)app);
	return RC_OK;
}

static const struct migrations *lite_migrations(void)
{
	_Static_assert(DB_APPLICATION_ID == 1213810505, "the literal below is the application id");
	static struct migrations m = {
		.has_start = "SELECT count(*) FROM sqlite_schema WHERE name='migration'",
		.start = "BEGIN IMMEDIATE;"
			"PRAGMA application_id=1213810505;"
			"CREATE TABLE migration(no INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT;"
			"CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
			"INSERT INTO state VALUES('txn', 0), ('loading', 0);"
			"COMMIT",
	};
	m.at = db_migrations;
	m.n = db_migrations_count;
	return &m;
}

static enum rc base_ready(struct db *db, bool migrate, struct problem *p)
{
	enum rc rc = base_check(db->writer, p);
	if (rc != RC_OK)
		return rc;
	/* A new base is put into log mode before its first table, so that readers never meet another mode. */
	rc = conn_exec(db->writer, "PRAGMA journal_mode=WAL", p);
	return rc == RC_OK ? migrate_run(db->writer, lite_migrations(), migrate, p) : rc;
}

static enum rc lite_open(struct db *db, bool migrate, struct problem *p)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, sqlite_setup);
	enum rc rc = file_make(db->path, migrate, p);
	if (rc != RC_OK)
		return rc;
	char *real = realpath(db->path, NULL);
	db->lite = calloc(1, sizeof *db->lite);
	if (!real || !db->lite) {
		free(real);
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	free(db->path);
	db->set.path = db->path = real;
	db->lite->log_fd = -1;
	pthread_mutex_init(&db->lite->lock, NULL);
	pthread_cond_init(&db->lite->wake, NULL);
	pthread_mutex_init(&db->lite->turn, NULL);
	db->lite->map = map_open(db->path);
	rc = lite_conn_open(db, CONN_WRITER, &db->writer, p);
	if (rc == RC_OK)
		map_learn(db->lite->map, db->writer);
	if (rc == RC_OK)
		rc = base_ready(db, migrate, p);
	if (rc == RC_OK)
		conn_defend(db->writer, true);
	return rc;
}

static void lite_close(struct db *db)
{
	if (!db->lite)
		return;
	checkpoint_stop(db);
	lite_conn_close(&db->writer);
	map_close(&db->lite->map);
	log_free(&db->lite->log);
	pthread_mutex_destroy(&db->lite->lock);
	pthread_cond_destroy(&db->lite->wake);
	pthread_mutex_destroy(&db->lite->turn);
	free(db->lite);
	db->lite = NULL;
}

static enum rc lite_check(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = lite_conn_open(db, CONN_READER, &c, p);
	if (rc != RC_OK)
		return rc;
	sqlite3_stmt *h = NULL;
	int code = sqlite3_prepare_v2(c->h, "PRAGMA integrity_check(1)", -1, &h, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(h);
	if (code != SQLITE_ROW)
		rc = sqlite_problem(c->h, code, p);
	else if (strcmp((const char *)sqlite3_column_text(h, 0), "ok") != 0)
		rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "integrity check found damage");
	sqlite3_finalize(h);
	lite_conn_close(&c);
	return rc;
}

/* ---- bulk ---- */

static enum rc lite_bulk_begin(struct db *db, struct problem *p)
{
	checkpoint_stop(db);
	struct db_conn *c = db->writer;
	enum rc rc = conn_exec(c, "UPDATE state SET value=1 WHERE name='loading'", p);
	conn_defend(c, false);
	int64_t zero = 0;
	if (rc == RC_OK)
		rc = conn_exec(c, "PRAGMA journal_mode=DELETE", p);
	if (rc == RC_OK)
		rc = conn_number(c, "SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='delete'", &zero, p);
	if (rc == RC_OK && zero != 1)
		rc = problem_set(p, RC_RETRY, WHY_BUSY, NULL, "other connections are open");
	if (rc == RC_OK)
		rc = conn_exec(c, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF; PRAGMA cache_size=-65536; BEGIN EXCLUSIVE", p);
	return rc;
}

static enum rc lite_bulk_end(struct db *db, struct problem *p)
{
	struct db_conn *c = db->writer;
	enum rc rc = conn_exec(c, "COMMIT", p);
	int fd = open(db->path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		if (rc == RC_OK)
			rc = problem_set(p, RC_BROKEN, errno == ENOSPC ? WHY_DISK_FULL : WHY_BROKEN, NULL, "fsync: errno %d", errno);
	if (fd >= 0)
		close(fd);
	/* Only now, with all pages on the disk, is the base declared whole. */
	if (rc == RC_OK)
		rc = conn_exec(c, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST;"
		                  "UPDATE state SET value=0 WHERE name='loading'; PRAGMA journal_mode=WAL", p);
	if (rc == RC_OK)
		rc = conn_setup(c, CONN_WRITER, p);
	conn_defend(c, true);
	return rc;
}

/* ---- reading ---- */

static void lite_reset(struct db_stmt *s) { sqlite3_reset(s->h); }

static void lite_prepare(struct db_stmt *s, enum stmt id)
{
	if (!s->h) {
		MUST(sqlite3_prepare_v3(s->c->h, db_stmt_sql(id), -1, SQLITE_PREPARE_PERSISTENT, &s->h, NULL) == SQLITE_OK && s->h);
		return;
	}
	sqlite3_reset(s->h);
	sqlite3_clear_bindings(s->h);
}

static void lite_bind_i64(struct db_stmt *s, int i, int64_t v) { MUST(sqlite3_bind_int64(s->h, i, v) == SQLITE_OK); }
static void lite_bind_f64(struct db_stmt *s, int i, double v) { MUST(sqlite3_bind_double(s->h, i, v) == SQLITE_OK); }
static void lite_bind_null(struct db_stmt *s, int i) { MUST(sqlite3_bind_null(s->h, i) == SQLITE_OK); }

/* A bound value over SQLite's own limit leaves NULL bound; the step then meets NOT NULL or finds nothing. All inputs are far smaller. */
static void lite_bind_bytes(struct db_stmt *s, int i, struct str v, bool text)
{
	if (text)
		MUST(sqlite3_bind_text64(s->h, i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
	else
		MUST(sqlite3_bind_blob64(s->h, i, v.p, v.n, SQLITE_STATIC) == SQLITE_OK);
}

static enum rc lite_step(struct db_stmt *s, bool *row_r, struct problem *p)
{
	int code = sqlite3_step(s->h);
	if (code == SQLITE_ROW) {
		*row_r = true;
		stmt_rowed(s);
		return RC_OK;
	}
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_problem(s->c->h, code, p);
	sqlite3_reset(s->h);
	*row_r = false;
	return rc;
}

static enum rc lite_run_all(struct db_stmt *s, struct problem *p)
{
	int code;
	while ((code = sqlite3_step(s->h)) == SQLITE_ROW)
		continue;
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_problem(s->c->h, code, p);
	sqlite3_reset(s->h);
	return rc;
}

static int64_t lite_i64(struct db_stmt *s, int col) { return sqlite3_column_int64(s->h, col); }
static double lite_f64(struct db_stmt *s, int col) { return sqlite3_column_double(s->h, col); }
static bool lite_is_null(struct db_stmt *s, int col) { return sqlite3_column_type(s->h, col) == SQLITE_NULL; }

static struct str lite_bytes(struct db_stmt *s, int col)
{
	/* column_blob gives the bytes of text and blob alike, without conversion. */
	if (lite_is_null(s, col))
		return STR_NONE;
	const char *p = sqlite3_column_blob(s->h, col);
	size_t n = (size_t)sqlite3_column_bytes(s->h, col);
	return (struct str){ p ? p : "", n };
}

static int64_t lite_last_rowid(struct db_conn *c) { return sqlite3_last_insert_rowid(c->h); }
static int64_t lite_changes(struct db_conn *c) { return sqlite3_changes64(c->h); }

/* ---- snapshots ---- */

static bool lite_in_txn(struct db_conn *c) { return !sqlite3_get_autocommit(c->h); }

static void lite_end(struct db_conn *c)
{
	struct problem p;
	if (!lite_in_txn(c))
		return;
	conn_reset(c);
	if (db_run(db_stmt(c, ST_DB_ROLLBACK), &p) != RC_OK)
		MUST(!lite_in_txn(c));
}

static enum rc lite_begin(struct db_conn *c, struct problem *p)
{
	bool row = false;
	enum rc rc = db_run(db_stmt(c, ST_DB_BEGIN), p);
	if (rc != RC_OK)
		return rc;
	/* BEGIN alone takes no snapshot: the first read does. */
	struct db_stmt *s = db_stmt(c, ST_DB_TXN);
	rc = lite_step(s, &row, p);
	if (rc == RC_OK)
		c->txn = row ? lite_i64(s, 0) : 0;
	lite_reset(s);
	if (rc != RC_OK)
		lite_end(c);
	return rc;
}

/* ---- the writer's group ---- */

static enum rc lite_begin_write(struct db_conn *c, struct problem *p)
{
	enum rc rc = db_run(db_stmt(c, ST_DB_BEGIN_WRITE), p);
	if (rc == RC_OK)
		log_gather(&c->db->lite->log, c);
	return rc;
}

static enum rc lite_part_keep(struct db_conn *c, struct problem *p) { return db_run(db_stmt(c, ST_DB_PART_KEEP), p); }

static enum rc lite_part_undo(struct db_conn *c, struct problem *p)
{
	enum rc rc = db_run(db_stmt(c, ST_DB_PART_UNDO), p);
	return rc == RC_OK ? lite_part_keep(c, p) : rc;
}

static enum rc lite_settle(struct db_conn *c, struct problem *p)
{
	(void)c, (void)p;
	return RC_OK; /* each statement was answered when it ran */
}

static int64_t lite_changed(struct db_conn *c) { return sqlite3_total_changes64(c->h); }
static bool lite_met(struct db_conn *c)
{
	(void)c;
	return false;
}

static enum rc lite_commit(struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)txn;
	log_later(c->db->lite->log, true);
	enum rc rc = db_run(db_stmt(c, ST_DB_COMMIT), p);
	log_later(c->db->lite->log, false);
	return rc;
}

/* Most of the writer's page cache, while very much is written: what a call of an import changes (cli/import.c) finds room, so that no page is written twice. */
#define CACHE_MANY ((uint64_t)512 << 20)

static enum rc lite_many(struct db_conn *c, bool on, struct problem *p)
{
	uint64_t eighth = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 8, least = c->db->set.writer_cache_bytes;
	uint64_t bytes = eighth < CACHE_MANY ? eighth : CACHE_MANY;
	return conn_cache(c, !on ? 0 : bytes > least ? bytes : least, p);
}

static enum rc lite_is_there(const char *path, bool *there_r, struct problem *p)
{
	struct stat st;
	(void)p;
	*there_r = stat(path, &st) == 0 && st.st_size > 0; /* a file of no bytes is none */
	return RC_OK;
}

static enum rc lite_remove(const char *path, struct problem *p)
{
	static const char *const TAILS[] = { "", "-wal", "-shm", "-journal" };
	enum rc rc = RC_OK;
	for (size_t i = 0; i < sizeof TAILS / sizeof TAILS[0]; i++) {
		char name[1100];
		snprintf(name, sizeof name, "%s%s", path, TAILS[i]);
		if (unlink(name) != 0 && errno != ENOENT)
			rc = problem_set(p, RC_BROKEN, WHY_NO_DIR, NULL, "unlink: errno %d", errno);
	}
	return rc;
}

const struct driver driver_sqlite = {
	.name = "sqlite", .open = lite_open, .run = checkpoint_start, .close = lite_close, .check = lite_check, .is_there = lite_is_there, .remove = lite_remove,
	.conn_open = lite_conn_open, .conn_close = lite_conn_close, .exec = conn_exec, .number = conn_number, .begin = lite_begin, .end = lite_end,
	.text = db_stmt_sql, .prepare = lite_prepare, .bind_i64 = lite_bind_i64, .bind_f64 = lite_bind_f64, .bind_bytes = lite_bind_bytes, .bind_null = lite_bind_null,
	.step = lite_step, .run_all = lite_run_all, .reset = lite_reset, .i64 = lite_i64, .f64 = lite_f64, .bytes = lite_bytes, .is_null = lite_is_null,
	.last_rowid = lite_last_rowid, .changes = lite_changes, .part_keep = lite_part_keep, .part_undo = lite_part_undo, .feed_run = feed_run,
	.begin_write = lite_begin_write, .in_txn = lite_in_txn, .settle = lite_settle, .changed = lite_changed, .met = lite_met, .commit = lite_commit, .flush = log_flush, .after_groups = checkpoint_if_long, .many = lite_many,
	.bulk_begin = lite_bulk_begin, .bulk_end = lite_bulk_end,
};
