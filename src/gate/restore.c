/* SPDX-License-Identifier: Apache-2.0 */
/* gate/restore.c: see restore.h. Must never bring back the session of an account that was closed meanwhile, nor make one stronger than it was. */
#include "gate/restore.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "record/keys.h"

static enum rc restore_one(struct gate *g, struct db_conn *c, struct db_stmt *s, struct arena *a, int64_t now_ms, struct problem *p)
{
	struct account acc;
	struct seat *seat;
	unsigned char hash[HASH_BYTES];
	struct str stored = db_text(s, 0), unit = arena_str(a, db_text(s, 3)), address = arena_str(a, db_text(s, 4)), from = STR_NONE;
	struct problem unread; /* of an address that cannot be read nothing is concluded */
	uint64_t no = (uint64_t)db_i64(s, 1);
	int64_t started = db_i64(s, 5), seen = db_i64(s, 6);
	bool locked = db_i64(s, 7) != 0;
	enum factor factor = db_i64(s, 8) == FACTOR_KEY ? FACTOR_KEY : db_i64(s, 8) == FACTOR_ACTIVATION ? FACTOR_ACTIVATION : FACTOR_CODE;
	if (stored.n != HASH_BYTES || now_ms - started >= g->set.absolute_ms)
		return RC_OK;
	memcpy(hash, stored.p, HASH_BYTES);
	enum rc rc = account_by_no(c, (uint32_t)db_i64(s, 2), a, &acc, p);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && acc.disabled))
		return RC_OK;
	if (rc == RC_OK)
		rc = seat_new(c, &acc, unit, no, a, &seat, p);
	if (rc != RC_OK)
		return rc;
	seat->actor.factor = factor;
	if (keys_unseal(c, 0, (struct keys_bound){ SEALS_ADDRESS, (int64_t)no, 0 }, address, &from, &unread) != RC_OK)
		from = STR_NONE;
	return sessions_add(g->sessions, &(struct session_new){ .hash = hash, .seat = seat, .from = from, .started_ms = started, .seen_ms = seen, .locked = locked })
		? RC_OK : problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for sessions");
}

enum rc restore_sessions(struct gate *g, struct problem *p)
{
	struct db_conn *c = NULL;
	struct arena a;
	int64_t now = clock_ms();
	enum rc rc = db_reader(g->db, &c, p);
	if (rc != RC_OK)
		return rc;
	arena_init(&a, 64u << 20);
	if ((rc = db_begin(c, p)) == RC_OK) {
		struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_ALL);
		for (bool row = true; rc == RC_OK;) {
			if ((rc = db_step(s, &row, p)) != RC_OK || !row)
				break;
			arena_reset(&a);
			rc = restore_one(g, c, s, &a, now, p);
		}
		db_end(c);
	}
	arena_done(&a);
	db_reader_close(&c);
	return rc;
}

#define SEEN_MAX 2000
struct seen_job { struct db_job job; struct session_seen at[SEEN_MAX]; size_t n; int64_t before_ms; };

static enum rc write_seen(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	struct seen_job *k = (struct seen_job *)(void *)job;
	enum rc rc = RC_OK;
	(void)txn;
	for (size_t i = 0; i < k->n && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_SEEN);
		db_bind_i64(s, 1, (int64_t)k->at[i].no);
		db_bind_i64(s, 2, k->at[i].at_ms);
		rc = db_run(s, p);
	}
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(c, ST_GATE_SESSION_OLD);
	db_bind_i64(s, 1, k->before_ms);
	return db_run(s, p);
}

void restore_save_seen(struct gate *g)
{
	struct seen_job *k = calloc(1, sizeof *k);
	struct problem p;
	if (!k)
		return;
	sessions_sweep(g->sessions, clock_ms());
	k->n = sessions_seen(g->sessions, k->at, SEEN_MAX);
	k->job.run = write_seen;
	k->job.derived = true;
	k->before_ms = clock_ms() - g->set.absolute_ms;
	if (k->n > 0 && db_write_now(g->db, &k->job, &p) != RC_OK)
		log_problem(LOG_WARN, "sessions_not_saved", &p);
	free(k);
}
