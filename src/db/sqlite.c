/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/sqlite.c: db.h on SQLite: opening, connections, statements by id, stepping, the mapping of result codes.
 * Must never run SQL that is not a catalogue row, a literal of this room, or a migration.
 * Called by every room that keeps something. Start at db_open, then db_stmt and db_step.
 */
#include "db/inner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const SQL[ST__END + 1] = {
#define S(name, reveals, sql) [ST_##name] = sql,
#include "db/catalogue_db.def"
#include "db/catalogue_record.def"
#include "db/catalogue_hospital.def"
#include "db/catalogue_gate.def"
#include "db/catalogue_keeper.def"
#undef S
};
static const struct { const char *name; enum stmt_reveals reveals; } ABOUT[ST__END + 1] = {
#define S(name, reveals, sql) [ST_##name] = { #name, reveals },
#include "db/catalogue_db.def"
#include "db/catalogue_record.def"
#include "db/catalogue_hospital.def"
#include "db/catalogue_gate.def"
#include "db/catalogue_keeper.def"
#undef S
};

/* A reader keeps few pages of its own: it reads through the memory map, which the kernel shares among all. */
#define READER_CACHE (4u << 20)
#define WRITER_CACHE (48u << 20)
#define READER_MMAP "2147418112" /* SQLite's own ceiling, 0x7fff0000 */
#define BUSY_MS 10000

const char *db_stmt_name(enum stmt id) { return ABOUT[id].name; }
const char *db_stmt_sql(enum stmt id) { return SQL[id]; }
enum stmt_reveals db_stmt_reveals(enum stmt id) { return ABOUT[id].reveals; }

/* ---- result codes ---- */

enum rc sqlite_problem(sqlite3 *h, int code, struct problem *p)
{
	int extended = h ? sqlite3_extended_errcode(h) : code;
	int os = h ? sqlite3_system_errno(h) : 0;
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, NULL, "constraint %d", extended);
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

enum rc conn_exec(struct db_conn *c, const char *sql, struct problem *p)
{
	int code = sqlite3_exec(c->h, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? RC_OK : sqlite_problem(c->h, code, p);
}

enum rc conn_number(struct db_conn *c, const char *sql, int64_t *v_r, struct problem *p)
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

enum rc conn_cache(struct db_conn *c, uint64_t bytes, struct problem *p)
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
	sqlite3_busy_timeout(c->h, BUSY_MS);
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
		rc = conn_exec(c, "PRAGMA page_size=8192; PRAGMA cell_size_check=ON; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=0", p);
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

enum rc conn_open(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p)
{
	struct db_conn *c = calloc(1, sizeof *c);
	if (!c)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	c->db = db;
	c->writes = kind == CONN_WRITER;
	int code = sqlite3_open_v2(db->path, &c->h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (code == SQLITE_OK && kind == CONN_WRITER && sqlite3_db_readonly(c->h, "main") == 1) /* SQLite opens such a file without a word */
		code = SQLITE_READONLY;
	enum rc rc = code == SQLITE_OK ? conn_setup(c, kind, p) : sqlite_problem(c->h, code, p);
	if (rc == RC_OK)
		rc = feed_register(c, p);
	if (rc == RC_OK && kind != CONN_WRITER)
		conn_defend(c, true);
	if (rc != RC_OK) {
		conn_close(&c);
		return rc;
	}
	*c_r = c;
	return RC_OK;
}

void conn_close(struct db_conn **cp)
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

static enum rc base_ready(struct db *db, bool migrate, struct problem *p)
{
	enum rc rc = base_check(db->writer, p);
	if (rc != RC_OK)
		return rc;
	/* A new base is put into log mode before its first table, so that readers never meet another mode. */
	rc = conn_exec(db->writer, "PRAGMA journal_mode=WAL", p);
	if (rc == RC_OK)
		rc = migrate_run(db->writer, migrate, p);
	int64_t v = 0;
	if (rc == RC_OK)
		rc = conn_number(db->writer, "SELECT value FROM state WHERE name='loading'", &v, p);
	if (rc == RC_OK && v != 0)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "a first load was interrupted: remove the file and load again");
	if (rc == RC_OK)
		rc = conn_number(db->writer, "SELECT value FROM state WHERE name='txn'", &v, p);
	if (rc == RC_OK)
		atomic_store(&db->last_txn, v);
	return rc;
}

enum rc db_open(const struct db_settings *s, bool migrate, struct db **db_r, struct problem *p)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, sqlite_setup);
	enum rc rc = file_make(s->path, migrate, p);
	if (rc != RC_OK)
		return rc;
	struct db *db = calloc(1, sizeof *db);
	if (!db || !(db->path = realpath(s->path, NULL))) {
		free(db);
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	db->set = *s;
	db->set.path = db->path;
	db->tail = &db->head;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->wake, NULL);
	pthread_cond_init(&db->idle, NULL);
	pthread_mutex_init(&db->checkpoint_lock, NULL);
	pthread_cond_init(&db->checkpoint_wake, NULL);
	pthread_mutex_init(&db->checkpoint_turn, NULL);
	rc = conn_open(db, CONN_WRITER, &db->writer, p);
	if (rc == RC_OK)
		rc = base_ready(db, migrate, p);
	if (rc == RC_OK)
		conn_defend(db->writer, true);
	if (rc == RC_OK)
		rc = checkpoint_start(db, p);
	if (rc == RC_OK)
		rc = writer_start(db, p);
	if (rc != RC_OK) {
		db_close(&db);
		return rc;
	}
	*db_r = db;
	return RC_OK;
}

void db_close(struct db **dbp)
{
	struct db *db = *dbp;
	if (!db)
		return;
	writer_stop(db);
	checkpoint_stop(db);
	conn_close(&db->writer);
	pthread_mutex_destroy(&db->lock);
	pthread_cond_destroy(&db->wake);
	pthread_cond_destroy(&db->idle);
	pthread_mutex_destroy(&db->checkpoint_lock);
	pthread_cond_destroy(&db->checkpoint_wake);
	pthread_mutex_destroy(&db->checkpoint_turn);
	free(db->path);
	free(db);
	*dbp = NULL;
}

enum rc db_check(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = conn_open(db, CONN_READER, &c, p);
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
	conn_close(&c);
	return rc;
}

/* ---- bulk ---- */

enum rc db_bulk_begin(struct db *db, struct db_conn **c_r, struct problem *p)
{
	pthread_mutex_lock(&db->lock);
	while (db->in_hand || db->head)
		pthread_cond_wait(&db->idle, &db->lock);
	bool busy = db->bulk;
	db->bulk = true;
	pthread_mutex_unlock(&db->lock);
	if (busy)
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "a bulk load runs");
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
		rc = conn_exec(c, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF; PRAGMA cache_size=-65536; BEGIN EXCLUSIVE", p);
	*c_r = c;
	return rc;
}

enum rc db_bulk_end(struct db *db, struct problem *p)
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
		rc = conn_exec(c, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL; PRAGMA secure_delete=FAST; PRAGMA locking_mode=NORMAL;"
		                  "UPDATE state SET value=0 WHERE name='loading'; PRAGMA journal_mode=WAL", p);
	if (rc == RC_OK)
		rc = conn_setup(c, CONN_WRITER, p);
	conn_defend(c, true);
	int64_t txn = 0;
	if (rc == RC_OK)
		rc = conn_number(c, "SELECT value FROM state WHERE name='txn'", &txn, p);
	if (rc == RC_OK) {
		atomic_store(&db->last_txn, txn);
		rc = checkpoint_start(db, p);
	}
	pthread_mutex_lock(&db->lock);
	db->bulk = rc != RC_OK; /* a broken load stays closed to writers */
	pthread_mutex_unlock(&db->lock);
	return rc;
}

const char *db_path(const struct db *db) { return db->path; }

/* ---- reading ---- */

enum rc db_reader(struct db *db, struct db_conn **c_r, struct problem *p) { return conn_open(db, CONN_READER, c_r, p); }
void db_reader_close(struct db_conn **c) { conn_close(c); }

enum rc db_begin(struct db_conn *c, struct problem *p)
{
	bool row = false;
	enum rc rc = db_run(db_stmt(c, ST_DB_BEGIN), p);
	if (rc != RC_OK)
		return rc;
	/* BEGIN alone takes no snapshot: the first read does. */
	struct db_stmt *s = db_stmt(c, ST_DB_TXN);
	rc = db_step(s, &row, p);
	if (rc == RC_OK)
		c->txn = row ? db_i64(s, 0) : 0;
	db_reset(s);
	if (rc != RC_OK)
		db_end(c);
	return rc;
}

void conn_reset(struct db_conn *c)
{
	for (struct db_stmt *s = c->rowed; s; s = s->rowed_next) {
		sqlite3_reset(s->h);
		s->rowed = false;
	}
	c->rowed = NULL;
}

void db_end(struct db_conn *c)
{
	if (sqlite3_get_autocommit(c->h))
		return;
	conn_reset(c);
	struct problem p;
	if (db_run(db_stmt(c, ST_DB_ROLLBACK), &p) != RC_OK)
		MUST(sqlite3_get_autocommit(c->h));
}

struct db_stmt *db_stmt(struct db_conn *c, enum stmt id)
{
	MUST((unsigned)id < ST__END);
	struct db_stmt *s = &c->at[id];
	if (!s->h) {
		MUST(sqlite3_prepare_v3(c->h, SQL[id], -1, SQLITE_PREPARE_PERSISTENT, &s->h, NULL) == SQLITE_OK && s->h);
		s->c = c;
		return s;
	}
	sqlite3_reset(s->h);
	sqlite3_clear_bindings(s->h);
	return s;
}

void db_bind_i64(struct db_stmt *s, int i, int64_t v) { MUST(sqlite3_bind_int64(s->h, i, v) == SQLITE_OK); }
void db_bind_f64(struct db_stmt *s, int i, double v) { MUST(sqlite3_bind_double(s->h, i, v) == SQLITE_OK); }
void db_bind_null(struct db_stmt *s, int i) { MUST(sqlite3_bind_null(s->h, i) == SQLITE_OK); }

/* A bound value over SQLite's own limit leaves NULL bound; the step then meets NOT NULL or finds nothing. All inputs are far smaller. */
void db_bind_str(struct db_stmt *s, int i, struct str v)
{
	if (v.p)
		MUST(sqlite3_bind_text64(s->h, i, v.p, v.n, SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
	else
		db_bind_null(s, i);
}

void db_bind_blob(struct db_stmt *s, int i, struct str v)
{
	if (v.p)
		MUST(sqlite3_bind_blob64(s->h, i, v.p, v.n, SQLITE_STATIC) == SQLITE_OK);
	else
		db_bind_null(s, i);
}

enum rc db_step(struct db_stmt *s, bool *row_r, struct problem *p)
{
	int code = sqlite3_step(s->h);
	if (code == SQLITE_ROW) {
		*row_r = true;
		if (!s->rowed) { /* it may still be on a row at db_end, which resets it */
			s->rowed = true;
			s->rowed_next = s->c->rowed;
			s->c->rowed = s;
		}
		return RC_OK;
	}
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_problem(s->c->h, code, p);
	sqlite3_reset(s->h);
	*row_r = false;
	return rc;
}

enum rc db_run(struct db_stmt *s, struct problem *p)
{
	int code;
	while ((code = sqlite3_step(s->h)) == SQLITE_ROW)
		continue;
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_problem(s->c->h, code, p);
	sqlite3_reset(s->h);
	return rc;
}

void db_reset(struct db_stmt *s) { sqlite3_reset(s->h); }
int64_t db_i64(struct db_stmt *s, int col) { return sqlite3_column_int64(s->h, col); }
double db_f64(struct db_stmt *s, int col) { return sqlite3_column_double(s->h, col); }
bool db_is_null(struct db_stmt *s, int col) { return sqlite3_column_type(s->h, col) == SQLITE_NULL; }

struct str db_text(struct db_stmt *s, int col)
{
	/* column_blob gives the bytes of text and blob alike, without conversion. */
	if (db_is_null(s, col))
		return STR_NONE;
	const char *p = sqlite3_column_blob(s->h, col);
	size_t n = (size_t)sqlite3_column_bytes(s->h, col);
	return (struct str){ p ? p : "", n };
}

int64_t db_last_rowid(struct db_conn *c) { return sqlite3_last_insert_rowid(c->h); }
int64_t db_changes(struct db_conn *c) { return sqlite3_changes64(c->h); }
int64_t db_conn_txn(struct db_conn *c) { return c->txn; }
int64_t db_last_txn(struct db *db) { return atomic_load(&db->last_txn); }

/* ---- savepoints inside a job ---- */

enum rc db_savepoint(struct db_conn *c, struct problem *p) { return db_run(db_stmt(c, ST_DB_PART), p); }
enum rc db_savepoint_keep(struct db_conn *c, struct problem *p) { return db_run(db_stmt(c, ST_DB_PART_KEEP), p); }

enum rc db_savepoint_undo(struct db_conn *c, struct problem *p)
{
	enum rc rc = db_run(db_stmt(c, ST_DB_PART_UNDO), p);
	return rc == RC_OK ? db_run(db_stmt(c, ST_DB_PART_KEEP), p) : rc;
}
