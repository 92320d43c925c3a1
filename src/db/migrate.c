/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/migrate.c: brings a base forward: each file of db/sqlite once, in order, one transaction each, with its checksum.
 * Must never go backward, and never touch a base whose past differs from ours (changed checksum) or that a newer program wrote.
 * Called by db_open. Start at migrate_run.
 */
#include "db/inner.h"
#include "base/clock.h"
#include "db_migrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "0001-record.sql" → 1 */
static int64_t number_of(const struct embedded *e)
{
	long n = strtol(e->name, NULL, 10);
	MUST(n > 0 && n < 10000);
	return n;
}

static const struct embedded *embedded_of(int64_t no)
{
	for (size_t i = 0; i < db_migrations_count; i++)
		if (number_of(&db_migrations[i]) == no)
			return &db_migrations[i];
	return NULL;
}

/* What was applied must be ours, byte for byte. done[i] tells which of ours were. */
static enum rc past_check(struct db_conn *c, bool *done, struct problem *p)
{
	sqlite3_stmt *h = NULL;
	int code = sqlite3_prepare_v2(c->h, "SELECT no, sha256 FROM migration ORDER BY no", -1, &h, NULL);
	enum rc rc = code == SQLITE_OK ? RC_OK : sqlite_problem(c->h, code, p);
	while (rc == RC_OK && (code = sqlite3_step(h)) == SQLITE_ROW) {
		int64_t no = sqlite3_column_int64(h, 0);
		const char *sum = (const char *)sqlite3_column_text(h, 1);
		const struct embedded *e = embedded_of(no);
		if (!e)
			rc = problem_set(p, RC_BROKEN, WHY_NEWER_SCHEMA, NULL, "migration %lld is unknown", (long long)no);
		else if (!sum || strcmp(sum, e->sha256) != 0)
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "migration %lld has another checksum", (long long)no);
		else
			done[e - db_migrations] = true;
	}
	if (rc == RC_OK && code != SQLITE_DONE)
		rc = sqlite_problem(c->h, code, p);
	sqlite3_finalize(h);
	return rc;
}

static enum rc note(struct db_conn *c, const struct embedded *e, struct problem *p)
{
	sqlite3_stmt *h = NULL;
	int code = sqlite3_prepare_v2(c->h, "INSERT INTO migration(no, name, sha256, applied_ms) VALUES(?1, ?2, ?3, ?4)", -1, &h, NULL);
	if (code == SQLITE_OK) {
		sqlite3_bind_int64(h, 1, number_of(e));
		sqlite3_bind_text(h, 2, e->name, -1, SQLITE_STATIC);
		sqlite3_bind_text(h, 3, e->sha256, -1, SQLITE_STATIC);
		sqlite3_bind_int64(h, 4, clock_ms());
		code = sqlite3_step(h);
	}
	enum rc rc = code == SQLITE_DONE ? RC_OK : sqlite_problem(c->h, code, p);
	sqlite3_finalize(h);
	if (rc != RC_OK)
		return rc;
	char sql[64];
	snprintf(sql, sizeof sql, "PRAGMA user_version=%lld", (long long)number_of(e));
	return conn_exec(c, sql, p);
}

static enum rc apply(struct db_conn *c, const struct embedded *e, struct problem *p)
{
	enum rc rc = conn_exec(c, "BEGIN IMMEDIATE", p);
	if (rc == RC_OK)
		rc = conn_exec(c, (const char *)e->bytes, p);
	if (rc == RC_OK)
		rc = note(c, e, p);
	if (rc == RC_OK)
		rc = conn_exec(c, "COMMIT", p);
	if (rc != RC_OK && !sqlite3_get_autocommit(c->h)) {
		struct problem ignored;
		if (conn_exec(c, "ROLLBACK", &ignored) != RC_OK)
			MUST(sqlite3_get_autocommit(c->h));
	}
	return rc;
}

static enum rc start(struct db_conn *c, struct problem *p)
{
	return conn_exec(c, "BEGIN IMMEDIATE;"
		"PRAGMA application_id=1213810505;" /* DB_APPLICATION_ID */
		"CREATE TABLE migration(no INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms INTEGER NOT NULL) STRICT;"
		"CREATE TABLE state(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
		"INSERT INTO state VALUES('txn', 0), ('loading', 0);"
		"COMMIT", p);
}

enum rc migrate_run(struct db_conn *c, bool migrate, struct problem *p)
{
	_Static_assert(DB_APPLICATION_ID == 1213810505, "the literal in start() is the application id");
	int64_t tables = 0;
	enum rc rc = conn_number(c, "SELECT count(*) FROM sqlite_schema WHERE name='migration'", &tables, p);
	if (rc != RC_OK)
		return rc;
	if (tables == 0 && !migrate)
		return problem_set(p, RC_BROKEN, WHY_NOT_A_BASE, NULL, "empty file");
	if (tables == 0)
		rc = start(c, p);
	bool *done = calloc(db_migrations_count + 1, sizeof *done);
	if (!done)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK)
		rc = past_check(c, done, p);
	for (size_t i = 0; rc == RC_OK && i < db_migrations_count; i++) {
		if (done[i])
			continue;
		rc = migrate ? apply(c, &db_migrations[i], p)
		             : problem_set(p, RC_BROKEN, WHY_OLDER_SCHEMA, NULL, "migration %lld is missing", (long long)number_of(&db_migrations[i]));
	}
	free(done);
	return rc;
}
