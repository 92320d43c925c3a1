/* SPDX-License-Identifier: Apache-2.0 */
/*
 * db/postgres.c: the driver of PostgreSQL 15 and later: connections in pipeline mode, snapshots, the writer's groups, opening, a first load.
 * One vault writes at a time: the writer's session holds an advisory lock, and a number in the base (lane) says whose turn it is; so no transaction of
 * ours ever meets another of ours. A commit whose answer was lost is looked up by the transaction counter before anybody is told.
 * Must never put the server's address, a statement's values or the server's messages into a problem or a log: codes only.
 * Called by db.c through driver_postgres. Start at base_open, then pg_collect.
 */
#include "db/postgres.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "db_migrations_postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define SERVER_LEAST 150000
#define BACKOFF_FIRST_NS 50000000u
#define BACKOFF_MOST_NS 1000000000u
#define WRITER_WAIT_NS 2500000000u /* a server that restarts is back within; then those who wait are told to try again */
#define STOP_WAIT_NS 20000000000u

/* ---- what went wrong ---- */

static enum rc away(struct db_conn *c, struct problem *p)
{
	c->pg->lost = true;
	c->pg->n_owed = c->pg->unmarked = 0;
	c->pg->held = 0;
	return problem_set(p, RC_RETRY, WHY_DB_AWAY, NULL, "connection lost");
}

static enum rc problem_of(struct db_conn *c, const char *state, struct problem *p)
{
	struct pg *g = c->pg;
	if (strcmp(state, "25P02") == 0 && g->failed) { /* the transaction failed before: say why */
		*p = g->first;
		return p->rc;
	}
	if (strncmp(state, "23", 2) == 0)
		return problem_set(p, RC_CONFLICT, strcmp(state, "23505") == 0 ? WHY_DUPLICATE : WHY_DATA_RULE, NULL, "constraint %s", state);
	if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0) {
		g->again = true;
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "sqlstate %s", state);
	}
	if (strncmp(state, "57P", 3) == 0 || strncmp(state, "08", 2) == 0) /* shutting down, starting, terminated */
		return away(c, p);
	if (strncmp(state, "53", 2) == 0 && strcmp(state, "53100") != 0)
		return problem_set(p, RC_RETRY, WHY_BUSY, NULL, "sqlstate %s", state);
	if (strcmp(state, "53100") == 0)
		return problem_set(p, RC_BROKEN, WHY_DISK_FULL, NULL, "sqlstate %s", state);
	if (strcmp(state, "22021") == 0 || strcmp(state, "22P05") == 0)
		return problem_set(p, RC_BAD_INPUT, WHY_FORBIDDEN_TEXT, NULL, "sqlstate %s", state);
	if (strncmp(state, "54", 2) == 0)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, NULL, "sqlstate %s", state);
	if (strncmp(state, "XX", 2) == 0)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, NULL, "sqlstate %s", state);
	return problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "sqlstate %s", state);
}

enum rc pg_problem(struct db_conn *c, const PGresult *r, struct problem *p)
{
	struct problem unheard;
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	if (!p)
		p = &unheard;
	if (!state || PQstatus(c->pg->h) == CONNECTION_BAD)
		return away(c, p);
	enum rc rc = problem_of(c, state, p);
	if (c->pg->in_txn && !c->pg->failed) {
		c->pg->failed = true;
		c->pg->first = *p;
	}
	return rc;
}

/* ---- the pipeline ---- */

enum rc pg_mark(struct db_conn *c, struct problem *p)
{
	struct pg *g = c->pg;
	if (!PQpipelineSync(g->h))
		return away(c, p);
	g->owed[g->n_owed++] = 's';
	g->unmarked = 0;
	return RC_OK;
}

enum rc pg_owe(struct db_conn *c, char what, struct problem *p)
{
	struct pg *g = c->pg;
	g->owed[g->n_owed++] = what;
	g->unmarked++;
	return g->n_owed < PG_OWED - 8 ? RC_OK : pg_collect(c, NULL, p);
}

/* One statement's answer; then the NULL that ends it. */
static enum rc answer(struct db_conn *c, PGresult **keep_r, struct problem *p)
{
	struct pg *g = c->pg;
	enum rc rc = RC_OK;
	PGresult *r = PQgetResult(g->h);
	switch (r ? PQresultStatus(r) : PGRES_FATAL_ERROR) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		g->changes = strtoll(PQcmdTuples(r), NULL, 10);
		break;
	case PGRES_PIPELINE_ABORTED:
		rc = g->failed ? g->first.rc : RC_BROKEN;
		*p = g->first;
		break;
	default:
		rc = pg_problem(c, r, p);
	}
	if (rc == RC_OK && keep_r)
		*keep_r = r;
	else
		PQclear(r);
	if (!g->lost && (r = PQgetResult(g->h))) {
		PQclear(r);
		return away(c, p);
	}
	return rc;
}

enum rc pg_collect(struct db_conn *c, PGresult **last_r, struct problem *p)
{
	struct problem unheard;
	return pg_collect_each(c, last_r, last_r != NULL, p ? p : &unheard);
}

enum rc pg_collect_each(struct db_conn *c, PGresult **at, size_t n_keep, struct problem *p)
{
	struct pg *g = c->pg;
	enum rc rc = RC_OK;
	struct problem one;
	size_t left = 0, kept = 0;
	if (g->unmarked)
		rc = pg_mark(c, p);
	unsigned n = g->n_owed;
	g->traffic.trips += n > 0;
	for (unsigned i = 0; i < n; i++)
		left += g->owed[i] == 'q';
	for (size_t i = 0; i < n_keep; i++)
		at[i] = NULL;
	for (unsigned i = 0; i < n && !g->lost; i++) {
		if (g->owed[i] == 's') {
			PGresult *r = PQgetResult(g->h);
			bool good = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
			PQclear(r);
			if (!good)
				rc = away(c, p);
			continue;
		}
		enum rc said = answer(c, left-- <= n_keep ? &at[kept++] : NULL, &one);
		if (said != RC_OK && rc == RC_OK) {
			rc = said;
			*p = one;
		}
	}
	g->n_owed = g->unmarked = 0;
	if (g->lost && rc == RC_OK)
		rc = away(c, p);
	for (size_t i = 0; rc != RC_OK && i < n_keep; i++) {
		PQclear(at[i]);
		at[i] = NULL;
	}
	return rc;
}

enum rc pg_plain(struct db_conn *c, struct problem *p)
{
	enum rc rc = pg_ready(c, p);
	if (rc == RC_OK)
		rc = pg_hold_send(c, p);
	if (rc == RC_OK)
		rc = pg_collect(c, NULL, p);
	return rc == RC_OK && !PQexitPipelineMode(c->pg->h) ? away(c, p) : rc;
}

enum rc pg_pipeline(struct db_conn *c, struct problem *p)
{
	return PQenterPipelineMode(c->pg->h) ? RC_OK : away(c, p);
}

static enum rc plain_query(struct db_conn *c, const char *sql, PGresult **r_r, struct problem *p)
{
	struct problem q;
	enum rc rc = pg_plain(c, p);
	if (rc != RC_OK)
		return rc;
	PGresult *r = PQexec(c->pg->h, sql);
	ExecStatusType status = PQresultStatus(r);
	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		rc = pg_problem(c, r, p);
	if (!c->pg->lost && pg_pipeline(c, &q) != RC_OK && rc == RC_OK) {
		*p = q;
		rc = q.rc;
	}
	if (rc == RC_OK && r_r)
		*r_r = r;
	else
		PQclear(r);
	return rc;
}

static enum rc base_exec(struct db_conn *c, const char *sql, struct problem *p) { return plain_query(c, sql, NULL, p); }

static enum rc base_number(struct db_conn *c, const char *sql, int64_t *v_r, struct problem *p)
{
	PGresult *r = NULL;
	enum rc rc = plain_query(c, sql, &r, p);
	if (rc == RC_OK && PQntuples(r) < 1)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, NULL, "no row");
	if (rc == RC_OK)
		*v_r = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return rc;
}

/* ---- connections ---- */

static void unheard_notice(void *ctx, const PGresult *r) { (void)ctx, (void)r; }

/*
 * The plan of each statement is its index, as on SQLite: every statement was written for one, so the planner is not to weigh other ways by statistics that
 * a growing base outruns. A transaction is durable when its commit returns, whatever the server's own setting.
 */
static const char SETTINGS[] =
	"SET search_path=hygie; SET client_min_messages=error; SET plan_cache_mode=force_generic_plan; SET enable_seqscan=off; SET enable_bitmapscan=off;"
	"SET enable_hashjoin=off; SET enable_mergejoin=off; SET enable_material=off; SET jit=off; SET max_parallel_workers_per_gather=0; SET lock_timeout='10s';"
	"SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

static enum rc connect_once(struct db_conn *c, struct problem *p)
{
	static const char *const KEYS[] = { "connect_timeout", "keepalives_idle", "tcp_user_timeout", "target_session_attrs", "dbname", "client_encoding", "fallback_application_name", NULL };
	const char *const VALUES[] = { "3", "10", "5000", "read-write", c->db->pg->url, "UTF8", "hygie", NULL };
	struct pg *g = c->pg;
	if (g->h)
		PQfinish(g->h);
	g->h = PQconnectdbParams(KEYS, VALUES, 1);
	if (!g->h || PQstatus(g->h) != CONNECTION_OK)
		return away(c, p);
	PQsetNoticeReceiver(g->h, unheard_notice, NULL);
	if (PQserverVersion(g->h) < SERVER_LEAST)
		return problem_set(p, RC_BROKEN, WHY_DB_OLD, NULL, "server %d", PQserverVersion(g->h));
	PGresult *r = PQexec(g->h, SETTINGS);
	bool good = PQresultStatus(r) == PGRES_TUPLES_OK;
	PQclear(r);
	if (!good || !PQenterPipelineMode(g->h))
		return away(c, p);
	g->n_owed = g->unmarked = 0;
	g->lost = g->failed = g->again = g->part = false;
	g->generation++;
	return RC_OK;
}

/* Not more often than the back-off allows: a thousand requests must not become a thousand attempts on a server that starts. */
static enum rc pg_connect(struct db_conn *c, struct problem *p)
{
	struct pg *g = c->pg;
	uint64_t now = clock_ns();
	if (now < g->retry_ns)
		return away(c, p);
	enum rc rc = connect_once(c, p);
	if (rc == RC_OK) {
		g->backoff_ns = g->retry_ns = 0;
		return rc;
	}
	g->lost = true;
	g->backoff_ns = g->backoff_ns ? g->backoff_ns * 2 : BACKOFF_FIRST_NS;
	if (g->backoff_ns > BACKOFF_MOST_NS)
		g->backoff_ns = BACKOFF_MOST_NS;
	g->retry_ns = clock_ns() + g->backoff_ns;
	return rc;
}

enum rc pg_ready(struct db_conn *c, struct problem *p)
{
	if (!c->pg->lost)
		return RC_OK;
	if (c->pg->in_txn || c->writes) /* a snapshot or a transaction does not survive; the writer connects by itself, with its lock */
		return away(c, p);
	return pg_connect(c, p);
}

static void base_conn_close(struct db_conn **cp)
{
	struct db_conn *c = *cp;
	if (!c)
		return;
	for (size_t i = 0; i < ST__END; i++)
		pg_stmt_free(&c->at[i]);
	if (c->pg && c->pg->h)
		PQfinish(c->pg->h);
	free(c->pg);
	free(c);
	*cp = NULL;
}

static enum rc base_conn_open(struct db *db, enum conn_kind kind, struct db_conn **c_r, struct problem *p)
{
	struct db_conn *c = conn_new(db, kind, p);
	if (!c)
		return RC_LIMIT;
	c->pg = calloc(1, sizeof *c->pg);
	enum rc rc = c->pg ? pg_connect(c, p) : problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	if (rc != RC_OK) {
		base_conn_close(&c);
		return rc;
	}
	*c_r = c;
	return RC_OK;
}

/* ---- snapshots ---- */

static enum rc begin_once(struct db_conn *c, struct problem *p)
{
	bool row = false;
	enum rc rc = pg_ready(c, p);
	if (rc != RC_OK)
		return rc;
	c->pg->in_txn = true;
	c->pg->failed = false;
	rc = db_run(db_stmt(c, ST_DB_BEGIN), p); /* not waited for: the first read answers both */
	struct db_stmt *s = db_stmt(c, ST_DB_TXN);
	if (rc == RC_OK)
		rc = pg_step(s, &row, p);
	if (rc == RC_OK)
		c->txn = row ? pg_i64(s, 0) : 0;
	pg_reset(s);
	return rc;
}

static void base_end(struct db_conn *c)
{
	struct problem p;
	struct pg *g = c->pg;
	if (!g->in_txn)
		return;
	conn_reset(c);
	pg_ahead_forget(c);
	if (!g->lost && pg_send(db_stmt(c, ST_DB_ROLLBACK), &p) == RC_OK && pg_mark(c, &p) != RC_OK)
		log_event(LOG_WARN, "db_lost", LOG_END);
	g->in_txn = false;
}

/* A connection that was lost while it lay idle is made again at once. */
static enum rc base_begin(struct db_conn *c, struct problem *p)
{
	enum rc rc = begin_once(c, p);
	if (rc == RC_OK)
		return rc;
	bool lost = c->pg->lost && c->pg->in_txn;
	base_end(c);
	if (!lost)
		return rc;
	rc = begin_once(c, p);
	if (rc != RC_OK)
		base_end(c);
	return rc;
}

/* ---- the one who writes ---- */

static enum rc lane_take(struct db_conn *c, struct problem *p)
{
	PGresult *r = NULL;
	enum rc rc = plain_query(c, "SELECT pg_try_advisory_lock(" PG_LOCK_KEY ")", &r, p);
	bool ours = rc == RC_OK && PQgetvalue(r, 0, 0)[0] == 't';
	PQclear(r);
	return rc == RC_OK && !ours ? problem_set(p, RC_CONFLICT, WHY_IN_USE, NULL, "another vault writes to this base") : rc;
}

static enum rc lane_mark(struct db *db, struct problem *p)
{
	char sql[160];
	uint64_t lane = 0;
	random_bytes(&lane, sizeof lane);
	db->pg->lane = (int64_t)(lane >> 1);
	snprintf(sql, sizeof sql, "INSERT INTO state(name, value) VALUES('lane', %lld) ON CONFLICT(name) DO UPDATE SET value=excluded.value", (long long)db->pg->lane);
	return base_exec(db->writer, sql, p);
}

/* After a loss: the lock again (our dead session may hold it for a moment), and nobody wrote meanwhile. */
static enum rc writer_connect(struct db_conn *c, struct problem *p)
{
	int64_t lane = 0;
	enum rc rc = pg_connect(c, p);
	if (rc != RC_OK)
		return rc;
	c->pg->in_txn = false;
	rc = lane_take(c, p);
	if (rc == RC_OK)
		rc = base_number(c, "SELECT value FROM state WHERE name='lane'", &lane, p);
	if (rc == RC_OK && lane != c->db->pg->lane)
		rc = problem_set(p, RC_BROKEN, WHY_IN_USE, NULL, "another vault took this base over");
	if (rc == RC_OK)
		log_event(LOG_INFO, "db_back", LOG_END);
	else
		c->pg->lost = true;
	return rc == RC_CONFLICT ? problem_set(p, RC_RETRY, WHY_DB_AWAY, NULL, "the lock is held still") : rc;
}

static void nap(void) { nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL); }

static enum rc writer_back(struct db_conn *c, struct problem *p)
{
	uint64_t until = clock_ns() + WRITER_WAIT_NS;
	enum rc rc = writer_connect(c, p);
	while (rc == RC_RETRY && clock_ns() < until && !writer_stops(c->db)) {
		nap();
		rc = writer_connect(c, p);
	}
	return rc;
}

static enum rc base_begin_write(struct db_conn *c, struct problem *p)
{
	struct pg *g = c->pg;
	enum rc rc = g->lost ? writer_back(c, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	g->in_txn = true;
	g->failed = g->again = g->part = false;
	g->held = 0;
	return db_run(db_stmt(c, ST_DB_BEGIN_WRITE), p);
}

static bool base_in_txn(struct db_conn *c) { return c->pg->in_txn && !c->pg->lost; }

static enum rc base_settle(struct db_conn *c, struct problem *p)
{
	if (c->pg->lost)
		return away(c, p);
	enum rc rc = pg_hold_send(c, p);
	return rc == RC_OK ? pg_collect(c, NULL, p) : rc;
}

/*
 * The answer to a COMMIT was lost: was it done? Our session is dead and its lock free or ours again, so the counter tells. Until the server is back nobody can know:
 * this group waits, those behind it are told to try again. A vault that is stopped before it knows ends at once: the next start closes the intents by what is stored.
 */
static enum rc commit_outcome(struct db_conn *c, int64_t txn, struct problem *p)
{
	int64_t stored = 0;
	uint64_t stopped_ns = 0;
	enum rc rc;
	log_event(LOG_WARN, "commit_unknown", LOG_N("txn", txn), LOG_END);
	while ((rc = writer_connect(c, p)) != RC_OK || (rc = base_number(c, "SELECT value FROM state WHERE name='txn'", &stored, p)) != RC_OK) {
		writer_refuse_queue(c->db, p);
		if (!stopped_ns && writer_stops(c->db))
			stopped_ns = clock_ns();
		if (rc == RC_BROKEN || (stopped_ns && clock_ns() - stopped_ns > STOP_WAIT_NS)) {
			log_event(LOG_ERROR, "commit_never_known", LOG_N("txn", txn), LOG_END);
			abort();
		}
		nap();
	}
	log_event(LOG_INFO, "commit_known", LOG_N("txn", txn), LOG_N("stored", stored), LOG_END);
	return stored >= txn ? RC_OK : problem_set(p, RC_RETRY, WHY_DB_AWAY, NULL, "not committed");
}

static bool base_met(struct db_conn *c) { return c->pg->again; }

static enum rc base_commit(struct db_conn *c, int64_t txn, struct problem *p)
{
	struct pg *g = c->pg;
	PGresult *r = NULL;
	enum rc rc = pg_send(db_stmt(c, ST_DB_COMMIT), p);
	if (rc == RC_OK)
		rc = pg_collect(c, &r, p);
	if (rc == RC_OK && strcmp(PQcmdStatus(r), "COMMIT") != 0)
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, NULL, "the server rolled back");
	PQclear(r);
	g->in_txn = false;
	return rc != RC_OK && g->lost && txn ? commit_outcome(c, txn, p) : rc;
}

static enum rc base_part_undo(struct db_conn *c, struct problem *p)
{
	if (c->pg->lost)
		return away(c, p);
	if (!c->pg->part)
		return RC_OK; /* part_keep met the failure and took it back */
	c->pg->part = false;
	enum rc rc = pg_run_all(db_stmt(c, ST_DB_PART_UNDO), p);
	return rc == RC_OK ? pg_run_all(db_stmt(c, ST_DB_PART_KEEP), p) : rc;
}

static enum rc base_part_keep(struct db_conn *c, struct problem *p)
{
	struct problem undone;
	enum rc rc = base_settle(c, p);
	if (rc != RC_OK)
		return c->pg->lost || base_part_undo(c, &undone) == RC_OK ? rc : undone.rc;
	c->pg->part = false;
	return pg_run_all(db_stmt(c, ST_DB_PART_KEEP), p);
}

static int64_t base_last_rowid(struct db_conn *c)
{
	PGresult *r = NULL;
	struct problem p;
	if (pg_hold_send(c, &p) != RC_OK || !PQsendQueryParams(c->pg->h, "SELECT lastval()", 0, NULL, NULL, NULL, NULL, 1) || pg_owe(c, 'q', &p) != RC_OK || pg_collect(c, &r, &p) != RC_OK)
		return 0; /* the transaction failed: its job will be told so */
	int64_t no = (int64_t)get_be(PQgetvalue(r, 0, 0), 8);
	PQclear(r);
	return no;
}

/* Of the last statement: what was put aside before it would be counted in its place, and goes when it must. */
static int64_t base_changes(struct db_conn *c)
{
	struct problem p;
	enum rc rc = c->pg->aside ? pg_hold_send(c, &p) : RC_OK;
	return rc == RC_OK && pg_collect(c, NULL, &p) == RC_OK ? c->pg->changes : 0;
}

static struct db_traffic base_traffic(const struct db_conn *c) { return c->pg->traffic; }
static void nothing(struct db *db) { (void)db; }

static enum rc base_many(struct db_conn *c, bool on, struct problem *p)
{
	(void)c, (void)on, (void)p;
	return RC_OK; /* the server minds its own memory */
}

/* ---- opening ---- */

/* A vault that was killed leaves its session behind for a moment. */
static enum rc lane_wait(struct db_conn *c, struct problem *p)
{
	uint64_t until = clock_ns() + WRITER_WAIT_NS;
	enum rc rc = lane_take(c, p);
	while (rc == RC_CONFLICT && clock_ns() < until) {
		nap();
		rc = lane_take(c, p);
	}
	return rc;
}

static const struct migrations *pg_migrations(void)
{
	static struct migrations m = {
		.has_start = "SELECT count(*) FROM pg_tables WHERE schemaname='hygie' AND tablename='migration'",
		.start = "BEGIN;"
			"CREATE SCHEMA IF NOT EXISTS hygie;"
			"CREATE TABLE migration(no bigint PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, applied_ms bigint NOT NULL);"
			"CREATE TABLE state(name text COLLATE \"C\" PRIMARY KEY, value bigint NOT NULL);"
			"INSERT INTO state VALUES('txn', 0), ('loading', 0);"
			"COMMIT",
	};
	m.at = db_migrations_postgres;
	m.n = db_migrations_postgres_count;
	return &m;
}

static enum rc base_open(struct db *db, bool migrate, struct problem *p)
{
	int64_t utf8 = 0;
	db->pg = calloc(1, sizeof *db->pg);
	if (!db->pg)
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	pthread_mutex_init(&db->pg->lock, NULL);
	db->pg->url = db->path;
	enum rc rc = base_conn_open(db, CONN_WRITER, &db->writer, p);
	if (rc == RC_OK)
		rc = base_number(db->writer, "SELECT count(*) FROM pg_database WHERE datname=current_database() AND encoding=pg_char_to_encoding('UTF8')", &utf8, p);
	if (rc == RC_OK && !utf8)
		rc = problem_set(p, RC_BROKEN, WHY_NOT_A_BASE, NULL, "the database is not in UTF-8");
	if (rc == RC_OK)
		rc = lane_wait(db->writer, p);
	if (rc == RC_OK)
		rc = migrate_run(db->writer, pg_migrations(), migrate, p);
	return rc == RC_OK ? lane_mark(db, p) : rc;
}

static enum rc base_run(struct db *db, struct problem *p)
{
	(void)db, (void)p;
	return RC_OK;
}

static void base_close(struct db *db)
{
	if (!db->pg)
		return;
	base_conn_close(&db->writer);
	pthread_mutex_destroy(&db->pg->lock);
	free(db->pg);
	db->pg = NULL;
}

/* Every page of every table is read: the server checks their sums where it was made with sums. */
static enum rc base_check(struct db *db, struct problem *p)
{
	struct db_conn *c = NULL;
	int64_t rows = 0;
	PGresult *r = NULL;
	enum rc rc = base_conn_open(db, CONN_READER, &c, p);
	if (rc == RC_OK)
		rc = base_exec(c, "SET enable_seqscan=on; SET enable_indexscan=off; SET enable_indexonlyscan=off", p);
	if (rc == RC_OK)
		rc = plain_query(c, "SELECT format('SELECT count(*) FROM hygie.%I', tablename) FROM pg_tables WHERE schemaname='hygie'", &r, p);
	for (int i = 0; rc == RC_OK && i < PQntuples(r); i++)
		rc = base_number(c, PQgetvalue(r, i, 0), &rows, p);
	PQclear(r);
	base_conn_close(&c);
	return rc;
}

/* ---- a first load: one transaction, by COPY (pg_feed.c) ---- */

static enum rc bulk_begin(struct db *db, struct problem *p) { return base_begin_write(db->writer, p); }

static enum rc bulk_end(struct db *db, struct problem *p)
{
	enum rc rc = base_settle(db->writer, p);
	if (rc == RC_OK)
		rc = base_commit(db->writer, 1, p);
	return rc == RC_OK ? base_exec(db->writer, "ANALYZE", p) : rc;
}

/* A connection that belongs to no open base. */
static enum rc alone(const char *path, struct db **db_r, struct problem *p)
{
	struct db *db = calloc(1, sizeof *db);
	if (!db || !(db->pg = calloc(1, sizeof *db->pg))) {
		free(db);
		return problem_set(p, RC_LIMIT, WHY_BUSY, NULL, "no memory");
	}
	db->drv = &driver_postgres;
	db->pg->url = (char *)(uintptr_t)path;
	pthread_mutex_init(&db->pg->lock, NULL);
	*db_r = db;
	return base_conn_open(db, CONN_WRITER, &db->writer, p);
}

static enum rc base_is_there(const char *path, bool *there_r, struct problem *p)
{
	struct db *db = NULL;
	int64_t n = 0;
	enum rc rc = alone(path, &db, p);
	if (rc == RC_OK)
		rc = base_number(db->writer, pg_migrations()->has_start, &n, p);
	if (rc == RC_OK)
		*there_r = n > 0;
	if (db)
		base_close(db);
	free(db);
	return rc;
}

static enum rc base_remove(const char *path, struct problem *p)
{
	struct db *db = NULL;
	enum rc rc = alone(path, &db, p);
	if (rc == RC_OK)
		rc = lane_wait(db->writer, p);
	if (rc == RC_OK)
		rc = base_exec(db->writer, "DROP SCHEMA IF EXISTS hygie CASCADE", p);
	if (db)
		base_close(db);
	free(db);
	return rc;
}

static const char *text_of(enum stmt id) { return pg_text_of(id)->sql; }

const struct driver driver_postgres = {
	.name = "postgresql", .open = base_open, .run = base_run, .close = base_close, .check = base_check, .is_there = base_is_there, .remove = base_remove,
	.conn_open = base_conn_open, .conn_close = base_conn_close, .exec = base_exec, .number = base_number, .begin = base_begin, .end = base_end,
	.text = text_of, .prepare = pg_prepare, .bind_i64 = pg_bind_i64, .bind_f64 = pg_bind_f64, .bind_bytes = pg_bind_bytes, .bind_null = pg_bind_null,
	.step = pg_step, .run_all = pg_run_all, .reset = pg_reset, .i64 = pg_i64, .f64 = pg_f64, .bytes = pg_bytes, .is_null = pg_is_null,
	.last_rowid = base_last_rowid, .changes = base_changes, .part_keep = base_part_keep, .part_undo = base_part_undo, .feed_run = pg_feed_run,
	.ahead = pg_ahead, .ahead_of = pg_ahead_of, .traffic = base_traffic, .each = pg_each,
	.begin_write = base_begin_write, .in_txn = base_in_txn, .settle = base_settle, .met = base_met, .commit = base_commit, .after_groups = nothing, .many = base_many,
	.bulk_begin = bulk_begin, .bulk_end = bulk_end,
};
