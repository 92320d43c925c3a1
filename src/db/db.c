/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/db.c: db.h in front of a driver: the catalogue, opening and closing, and the functions that only pass on. What a database does by itself stands in
 * sqlite.c and postgres.c; what is the same for all, in writer.c and migrate.c.
 * Must never run SQL that is not a catalogue row. Called by every room that keeps something. Start at db_open, then db_stmt and db_step.
 */
#include "db/inner.h"

#include <stdlib.h>
#include <string.h>

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

const char *db_stmt_name(enum stmt id) { return ABOUT[id].name; }
const char *db_stmt_sql(enum stmt id) { return SQL[id]; }
enum stmt_reveals db_stmt_reveals(enum stmt id) { return ABOUT[id].reveals; }

const char *db_stmt_text(const struct db *db, enum stmt id) { return db->drv->text(id); }

bool db_is_server(const char *path) { return strncmp(path, "postgresql://", 13) == 0 || strncmp(path, "postgres://", 11) == 0; }
const char *db_path(const struct db *db) { return db->path; }
const char *db_scratch(const struct db *db) { return db->set.scratch ? db->set.scratch : db->drv == &driver_postgres ? "/var/tmp/" : db->path; }
const char *db_driver(const struct db *db) { return db->drv->name; }

/* ---- opening ---- */

/* Tables are there: is the base whole, and where does its transaction counter stand? */
static enum rc base_ready(struct db *db, struct problem *p)
{
	int64_t v = 0;
	enum rc rc = db->drv->number(db->writer, "SELECT value FROM state WHERE name='loading'", &v, p);
	if (rc == RC_OK && v != 0)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "a first load was interrupted: remove the base and load again");
	if (rc == RC_OK)
		rc = db->drv->number(db->writer, "SELECT value FROM state WHERE name='txn'", &v, p);
	if (rc == RC_OK)
		atomic_store(&db->last_txn, v);
	return rc;
}

enum rc db_open(const struct db_settings *s, bool migrate, struct db **db_r, struct problem *p)
{
	struct problem unheard;
	p = p ? p : &unheard;
	struct db *db = calloc(1, sizeof *db);
	if (!db || !(db->path = strdup(s->path))) {
		free(db);
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	db->drv = db_is_server(s->path) ? &driver_postgres : &driver_sqlite;
	db->set = *s;
	db->set.path = db->path;
	db->tail = &db->head;
	db->flush.tail = &db->flush.head;
	pthread_mutex_init(&db->lock, NULL);
	pthread_cond_init(&db->wake, NULL);
	pthread_cond_init(&db->idle, NULL);
	pthread_cond_init(&db->flush.wake, NULL);
	enum rc rc = db->drv->open(db, migrate, p);
	if (rc == RC_OK)
		rc = base_ready(db, p);
	if (rc == RC_OK)
		rc = db->drv->run(db, p);
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
	db->drv->close(db);
	pthread_mutex_destroy(&db->lock);
	pthread_cond_destroy(&db->wake);
	pthread_cond_destroy(&db->idle);
	pthread_cond_destroy(&db->flush.wake);
	wipe(db->path, strlen(db->path)); /* the address of a server may hold a password */
	free(db->path);
	free(db);
	*dbp = NULL;
}

static const struct driver *driver_of(const char *path) { return db_is_server(path) ? &driver_postgres : &driver_sqlite; }
enum rc db_is_there(const char *path, bool *there_r, struct problem *p)
{
	struct problem unheard;
	return driver_of(path)->is_there(path, there_r, p ? p : &unheard);
}
enum rc db_remove(const char *path, struct problem *p) { return driver_of(path)->remove(path, p); }
enum rc db_check(struct db *db, struct problem *p) { return db->drv->check(db, p); }

/* ---- connections ---- */

struct db_conn *conn_new(struct db *db, enum conn_kind kind, struct problem *p)
{
	struct db_conn *c = calloc(1, sizeof *c);
	if (!c) {
		(void)!problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
		return NULL;
	}
	c->db = db;
	c->drv = db->drv;
	c->writes = kind == CONN_WRITER;
	return c;
}

void conn_reset(struct db_conn *c)
{
	for (struct db_stmt *s = c->rowed; s; s = s->rowed_next) {
		c->drv->reset(s);
		s->rowed = false;
	}
	c->rowed = NULL;
}

enum rc db_reader(struct db *db, struct db_conn **c_r, struct problem *p) { return db->drv->conn_open(db, CONN_READER, c_r, p); }

void db_reader_close(struct db_conn **c)
{
	if (*c)
		(*c)->drv->conn_close(c);
}

enum rc db_begin(struct db_conn *c, struct problem *p)
{
	struct problem unheard;
	return c->drv->begin(c, p ? p : &unheard);
}
void db_end(struct db_conn *c) { c->drv->end(c); }

/* ---- statements ---- */

struct db_stmt *db_stmt(struct db_conn *c, enum stmt id)
{
	MUST((unsigned)id < ST__END);
	struct db_stmt *s = &c->at[id];
	if (!s->c) {
		s->c = c;
		s->drv = c->drv;
	}
	s->drv->prepare(s, id);
	return s;
}

void db_bind_i64(struct db_stmt *s, int i, int64_t v) { s->drv->bind_i64(s, i, v); }
void db_bind_f64(struct db_stmt *s, int i, double v) { s->drv->bind_f64(s, i, v); }
void db_bind_null(struct db_stmt *s, int i) { s->drv->bind_null(s, i); }

void db_bind_str(struct db_stmt *s, int i, struct str v)
{
	if (v.p)
		s->drv->bind_bytes(s, i, v, true);
	else
		s->drv->bind_null(s, i);
}

void db_bind_blob(struct db_stmt *s, int i, struct str v)
{
	if (v.p)
		s->drv->bind_bytes(s, i, v, false);
	else
		s->drv->bind_null(s, i);
}

enum rc db_step(struct db_stmt *s, bool *row_r, struct problem *p) { return s->drv->step(s, row_r, p); }
enum rc db_run(struct db_stmt *s, struct problem *p) { return s->drv->run_all(s, p); }
void db_reset(struct db_stmt *s) { s->drv->reset(s); }
int64_t db_i64(struct db_stmt *s, int col) { return s->drv->i64(s, col); }
double db_f64(struct db_stmt *s, int col) { return s->drv->f64(s, col); }
struct str db_text(struct db_stmt *s, int col) { return s->drv->bytes(s, col); }
bool db_is_null(struct db_stmt *s, int col) { return s->drv->is_null(s, col); }
int64_t db_last_rowid(struct db_conn *c) { return c->drv->last_rowid(c); }
int64_t db_changes(struct db_conn *c) { return c->drv->changes(c); }
int64_t db_conn_txn(struct db_conn *c) { return c->txn; }
int64_t db_last_txn(struct db *db) { return atomic_load(&db->last_txn); }

enum rc db_feed_run(struct db_conn *c, enum stmt id, struct db_feed *f, struct problem *p)
{
	MUST(!c->feed);
	c->feed = f;
	enum rc rc = c->drv->feed_run(c, id, f, p);
	c->feed = NULL;
	return rc;
}

/* ---- looking ahead ---- */

bool db_is_far(const struct db_conn *c) { return c->drv->ahead != NULL; }

void db_ahead(struct db_stmt *s, int at, const int64_t *values, size_t n)
{
	if (s->drv->ahead && n > 1)
		s->drv->ahead(s, at, values, n);
}

void db_ahead_of(struct db_stmt *s, int col, enum stmt id, bool (*wants)(int64_t value))
{
	if (s->drv->ahead_of)
		s->drv->ahead_of(s, col, id, wants);
}

static enum rc one_by_one(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p)
{
	enum rc rc = RC_OK;
	bool row = false;
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, id);
		m->bind(m, s, i);
		while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row)
			rc = m->row(m, s, i, p);
		db_reset(s);
	}
	return rc;
}

enum rc db_each(struct db_conn *c, enum stmt id, struct db_many *m, size_t n, struct problem *p)
{
	return c->drv->each ? c->drv->each(c, id, m, n, p) : one_by_one(c, id, m, n, p);
}

struct db_traffic db_traffic(const struct db_conn *c) { return c->drv->traffic ? c->drv->traffic(c) : (struct db_traffic){ 0 }; }

/* ---- savepoints inside a job ---- */

enum rc db_savepoint(struct db_conn *c, struct problem *p) { return db_run(db_stmt(c, ST_DB_PART), p); }
enum rc db_savepoint_keep(struct db_conn *c, struct problem *p) { return c->drv->part_keep(c, p); }
enum rc db_savepoint_undo(struct db_conn *c, struct problem *p) { return c->drv->part_undo(c, p); }

/* ---- a first load ---- */

enum rc db_bulk_begin(struct db *db, struct db_conn **c_r, struct problem *p)
{
	pthread_mutex_lock(&db->lock);
	while (db->in_hand || db->head || db->flush.in_hand || db->flush.head)
		pthread_cond_wait(&db->idle, &db->lock);
	bool busy = db->bulk;
	db->bulk = true;
	pthread_mutex_unlock(&db->lock);
	if (busy)
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "a bulk load runs");
	*c_r = db->writer;
	return db->drv->bulk_begin(db, p);
}

enum rc db_bulk_end(struct db *db, struct problem *p)
{
	int64_t txn = 0;
	enum rc rc = db->drv->bulk_end(db, p);
	if (rc == RC_OK)
		rc = db->drv->number(db->writer, "SELECT value FROM state WHERE name='txn'", &txn, p);
	if (rc == RC_OK) {
		atomic_store(&db->last_txn, txn);
		rc = db->drv->run(db, p);
	}
	pthread_mutex_lock(&db->lock);
	db->bulk = rc != RC_OK; /* a broken load stays closed to writers */
	pthread_mutex_unlock(&db->lock);
	return rc;
}
