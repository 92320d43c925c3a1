/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/migrate.c: brings a base forward: each file of db/sqlite or db/postgres once, in order, one transaction each, with its checksum.
 * Must never go backward, and never touch a base whose past differs from ours (changed checksum) or that a newer program wrote.
 * Called by the drivers when they open a base. Start at migrate_run.
 */
#include "db/inner.h"
#include "base/clock.h"
#include "db_migrations.h"

#include <stdlib.h>
#include <string.h>

/* "0001-record.sql" → 1 */
static int64_t number_of(const struct embedded *e)
{
	long n = strtol(e->name, NULL, 10);
	MUST(n > 0 && n < 10000);
	return n;
}

static const struct embedded *embedded_of(const struct migrations *m, int64_t no)
{
	for (size_t i = 0; i < m->n; i++)
		if (number_of(&m->at[i]) == no)
			return &m->at[i];
	return NULL;
}

/* What was applied must be ours, byte for byte. done[i] tells which of ours were. */
static enum rc past_check(struct db_conn *c, const struct migrations *m, bool *done, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_DB_MIGRATIONS);
	bool row = true;
	enum rc rc = RC_OK;
	while (rc == RC_OK && (rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t no = db_i64(s, 0);
		const struct embedded *e = embedded_of(m, no);
		if (!e)
			rc = problem_set(p, RC_BROKEN, WHY_NEWER_SCHEMA, NULL, "migration %lld is unknown", (long long)no);
		else if (!str_is(db_text(s, 1), str_of(e->sha256)))
			rc = problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "migration %lld has another checksum", (long long)no);
		else
			done[e - m->at] = true;
	}
	db_reset(s);
	return rc;
}

static enum rc note(struct db_conn *c, const struct embedded *e, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_DB_MIGRATION_ADD);
	db_bind_i64(s, 1, number_of(e));
	db_bind_str(s, 2, str_of(e->name));
	db_bind_str(s, 3, str_of(e->sha256));
	db_bind_i64(s, 4, clock_ms());
	return db_run(s, p);
}

static enum rc apply(struct db_conn *c, const struct embedded *e, struct problem *p)
{
	enum rc rc = c->drv->begin_write(c, p);
	if (rc == RC_OK)
		rc = c->drv->exec(c, (const char *)e->bytes, p);
	if (rc == RC_OK)
		rc = note(c, e, p);
	if (rc == RC_OK)
		rc = c->drv->settle(c, p);
	if (rc == RC_OK)
		rc = c->drv->commit(c, 0, p);
	if (rc != RC_OK && c->drv->in_txn(c)) {
		struct problem ignored;
		if (db_run(db_stmt(c, ST_DB_ROLLBACK), &ignored) != RC_OK)
			MUST(!c->drv->in_txn(c));
	}
	return rc;
}

enum rc migrate_run(struct db_conn *c, const struct migrations *m, bool migrate, struct problem *p)
{
	int64_t tables = 0;
	enum rc rc = c->drv->number(c, m->has_start, &tables, p);
	if (rc != RC_OK)
		return rc;
	if (tables == 0 && !migrate)
		return problem_set(p, RC_BROKEN, WHY_NOT_A_BASE, NULL, "no tables");
	if (tables == 0)
		rc = c->drv->exec(c, m->start, p);
	bool *done = calloc(m->n + 1, sizeof *done);
	if (!done)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc == RC_OK)
		rc = past_check(c, m, done, p);
	for (size_t i = 0; rc == RC_OK && i < m->n; i++) {
		if (done[i])
			continue;
		rc = migrate ? apply(c, &m->at[i], p)
		             : problem_set(p, RC_BROKEN, WHY_OLDER_SCHEMA, NULL, "migration %lld is missing", (long long)number_of(&m->at[i]));
	}
	free(done);
	return rc;
}
