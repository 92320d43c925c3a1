/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/local.c: opening and closing the vault: lock, database, ledger, counters, what a crash left open, sessions, threads; and all of it back in turn.
 * Called through gate.h by cli. Start at gate_open.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/dir.h"
#include "gate/act.h"
#include "gate/door.h"
#include "gate/enter.h"
#include "gate/restore.h"
#include "gate/index.h"
#include "gate/line.h"
#include "gate/listen.h"
#include "gate/order.h"
#include "gate/pool.h"
#include "gate/clients.h"
#include "gate/stream.h"
#include "gate/throttle.h"
#include "gate/touch.h"
#include "gate/watch.h"
#include "gate/worker.h"
#include "hospital/canary.h"
#include "hospital/drug.h"
#include "hospital/stay_code.h"
#include "hospital/pmsi.h"
#include "hospital/tariff.h"
#include "hospital/machine.h"
#include "record/keys.h"

#define IDLE_MS (15 * 60 * 1000LL)
#define ABSOLUTE_MS (12 * 3600 * 1000LL)
#define READER_CACHE (12u << 20)   /* five readers */
#define WRITER_CACHE (32u << 20)

/* ---- the writer and the ledger ---- */

/* Before each COMMIT: intents first. */
static enum rc before_commit(void *ctx, uint64_t needs)
{
	struct gate *g = ctx;
	return ledger_sync(g->ledger, needs) ? RC_OK : RC_BROKEN;
}

static void soon(void *ctx, uint64_t needs)
{
	struct gate *g = ctx;
	ledger_want(g->ledger, needs);
}

/* Outcomes of committed acts, for which no answer waits (decisions/0011): one flush for the group. */
static void told(void *ctx)
{
	struct gate *g = ctx;
	ledger_want(g->ledger, ledger_head(g->ledger));
}

/* The last ledger number that the database knows of: its index of accesses is made from durable entries only. */
static enum rc read_known(struct gate *g, uint64_t *known_r, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = db_reader(g->db, &c, p);
	if (rc == RC_OK && (rc = db_begin(c, p)) == RC_OK) {
		*known_r = access_indexed(c);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	return rc;
}

/* BARRIER: without the ledger that belongs to this base all counters would begin at nothing, as if nobody had opened a chart. */
static enum rc open_ledger(struct gate *g, const struct dir *d, struct problem *p)
{
	struct ledger_settings l = { .dir = d->ledger, .epoch_s = g->set.epoch_s, .bind_s = g->set.bind_s };
	uint64_t known = 0;
	enum rc rc = read_known(g, &known, p);
	if (rc == RC_OK && known > 0 && access(d->ledger, F_OK) != 0)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "missing: the database knows of %llu entries", (unsigned long long)known);
	if (rc == RC_OK)
		rc = ledger_open(&l, &g->ledger, p);
	if (rc == RC_OK && known > ledger_head(g->ledger))
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "ledger", "ends at %llu, the database knows of %llu", (unsigned long long)ledger_head(g->ledger), (unsigned long long)known);
	return rc;
}

/* Indexes made with one key and relations with another would miss people: a rebuild that was cut goes on before anybody searches. */
static enum rc finish_rebuild(struct gate *g, struct problem *p)
{
	enum record_rebuild due = REBUILD_NONE;
	enum rc rc = record_rebuild_due(g->db, &due, p);
	if (rc != RC_OK || due == REBUILD_NONE)
		return rc;
	log_event(LOG_WARN, "rebuild_goes_on", LOG_N("due", due), LOG_END);
	rc = hospital_resume(g->db, NULL, p);
	log_event(LOG_WARN, "rebuild_over", LOG_N("rc", rc), LOG_END);
	return rc;
}

static enum rc open_base(struct gate *g, const struct dir *d, struct problem *p)
{
	struct db_settings s = { .path = d->base, .cache_bytes = READER_CACHE, .writer_cache_bytes = WRITER_CACHE };
	bool there = false;
	enum rc rc = db_is_there(d->base, &there, p);
	if (rc == RC_OK && !there)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NO_DIR, "dir", "no base there");
	if (rc == RC_OK)
		rc = db_open(&s, true, &g->db, p);
	if (rc == RC_OK) {
		keys_place(d->root);
		rc = record_open(g->db, p);
	}
	if (rc == RC_OK)
		rc = hospital_open(g->db, p);
	if (rc == RC_OK)
		rc = finish_rebuild(g, p);
	if (rc == RC_OK)
		rc = open_ledger(g, d, p);
	if (rc == RC_OK)
		db_ledger_set(g->db, &(struct db_ledger){ g, before_commit, soon, told });
	return rc;
}

static enum rc read_demo(struct gate *g, struct problem *p)
{
	struct db_conn *c = NULL;
	bool row = false;
	enum rc rc = db_reader(g->db, &c, p);
	if (rc != RC_OK)
		return rc;
	if ((rc = db_begin(c, p)) == RC_OK) {
		struct db_stmt *s = db_stmt(c, ST_DB_STATE);
		db_bind_str(s, 1, STR("demo"));
		rc = db_step(s, &row, p);
		g->set.demo = rc == RC_OK && row && db_i64(s, 0) == 1;
		db_reset(s);
		db_end(c);
	}
	db_reader_close(&c);
	return rc;
}

static enum rc read_canaries(struct gate *g, struct problem *p)
{
	struct db_conn *c = NULL;
	enum rc rc = db_reader(g->db, &c, p);
	if (rc == RC_OK && (rc = db_begin(c, p)) == RC_OK) {
		rc = canary_list(c, &g->canaries, p);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	return rc;
}

/* How the vault came up: the last thing said before must be that it stopped. Told in a START entry. */
struct ended { struct ledger_each each; bool clean, fresh; };
static bool see_end(struct ledger_each *each, const struct ledger_entry *e)
{
	struct ended *s = (struct ended *)(void *)each;
	if (e->kind == LEDGER_CHECKPOINT || e->kind == LEDGER_BIND) /* the ledger's own: a binding that was under way ends behind the stop */
		return true;
	s->clean = e->kind == LEDGER_STOP;
	s->fresh = e->kind == LEDGER_GENESIS;
	return true;
}

static enum rc say_start(struct gate *g, struct problem *p)
{
	struct ended s = { .each = { see_end } };
	uint64_t head = ledger_head(g->ledger);
	enum rc rc = ledger_read(g->ledger, head > 8 ? head - 8 : 1, &s.each, p);
	if (rc != RC_OK)
		return rc;
	g->set.crashed = !s.clean && !s.fresh;
	g->set.flush_us = ledger_flush_us(g->ledger);
	struct ledger_entry e = { .kind = LEDGER_START, .note = s.fresh ? STR("new") : s.clean ? STR("clean") : STR("after_crash") };
	rc = order_append(g, &e, ROLE_NONE, p);
	return rc == RC_OK && g->set.epoch_s > 0 ? ledger_epoch_next(g->ledger, p) : rc;
}

static enum rc open_parts(struct gate *g, struct problem *p)
{
	enum rc rc = RC_OK;
	stream_judge(g, &g->judge);
	g->order = order_new(g);
	g->sessions = sessions_new(g->set.idle_ms, g->set.absolute_ms);
	g->throttle = throttle_new();
	g->clients = clients_new();
	g->challenges = challenges_new();
	if (!g->order || !g->sessions || !g->throttle || !g->clients || !g->challenges)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for the gate");
	if (rc == RC_OK)
		rc = watch_open(g, p);
	if (rc == RC_OK)
		rc = order_rebuild(g, p);
	if (rc == RC_OK)
		rc = say_start(g, p);
	if (rc == RC_OK)
		rc = act_close_open(g, p);
	if (rc == RC_OK)
		rc = restore_sessions(g, p);
	if (rc == RC_OK)
		rc = workers_open(g, g->set.workers, p);
	if (rc == RC_OK)
		rc = pool_open(g, p);
	if (rc == RC_OK)
		rc = index_open(g, p);
	if (rc == RC_OK)
		rc = stream_open(g, p);
	return rc;
}

static void read_tables(const struct gate_settings *s)
{
	char folder[600], codes[600], layouts[600];
	int n = s->tables ? snprintf(folder, sizeof folder, "%s/medicaments", s->tables) : 0, m = s->tables ? snprintf(codes, sizeof codes, "%s/nomenclatures", s->tables) : 0, l = s->tables ? snprintf(layouts, sizeof layouts, "%s/pmsi", s->tables) : 0;
	bool fits = n > 0 && (size_t)n < sizeof folder && m > 0 && (size_t)m < sizeof codes && l > 0 && (size_t)l < sizeof layouts;
	drug_folder(fits ? folder : NULL);
	stay_code_folder(fits ? codes : NULL);
	tariff_folder(fits ? codes : NULL, fits ? folder : NULL);
	pmsi_folder(fits ? layouts : NULL);
}

enum rc gate_open(struct gate_settings *s, struct gate **g_r, struct problem *p)
{
	struct dir d;
	enum rc rc = dir_take(s->dir, false, &d, p);
	if (rc != RC_OK)
		return rc;
	struct gate *g = calloc(1, sizeof *g);
	if (!g || !(g->dir = strdup(s->dir))) {
		free(g);
		dir_release(&d);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory");
	}
	g->lock_fd = d.lock_fd;
	map64_init(&g->canaries);
	g->set = *s;
	g->set.dir = g->dir;
	g->set.workers = s->workers ? s->workers : 2;
	g->set.idle_ms = s->idle_ms ? s->idle_ms : IDLE_MS;
	g->set.absolute_ms = s->absolute_ms ? s->absolute_ms : ABSOLUTE_MS;
	machine_origins_set(s->passkey_origins);
	read_tables(s);
	rc = touch_site_new(s, &g->site, p);
	g->set.passkey_name = g->set.passkey_origins = g->set.tables = g->set.insi = NULL; /* the caller's */
	if (rc == RC_OK)
		rc = open_base(g, &d, p);
	if (rc == RC_OK)
		rc = read_demo(g, p);
	if (rc == RC_OK && !insi_use_named(str_of(s->insi && *s->insi ? s->insi : g->set.demo ? "simulator" : "off")))
		rc = problem_set(p, RC_BAD_INPUT, WHY_INSI_UNAVAILABLE, "identity.insi", "no such service");
	if (rc == RC_OK)
		rc = read_canaries(g, p);
	if (rc == RC_OK)
		rc = open_parts(g, p);
	if (rc != RC_OK) {
		gate_close(&g);
		return rc;
	}
	struct gate_settings given = *s;
	*s = g->set;
	s->dir = given.dir;
	s->passkey_name = given.passkey_name;
	s->insi = given.insi;
	s->passkey_origins = given.passkey_origins;
	*g_r = g;
	return RC_OK;
}

/* Acts given to the writer come back by themselves; the snapshot at the end makes the next start quick. */
void gate_close(struct gate **gate)
{
	struct gate *g = *gate;
	struct problem p;
	if (!g)
		return;
	*gate = NULL;
	if (g->remote || g->lines) {
		if (g->remote)
			remote_close(g);
		else
			lines_close(g);
		free(g->dir);
		free(g);
		return;
	}
	watch_close(g);
	listen_close(g);
	doors_close(g);
	pool_close(g);
	stream_close(g);
	while (atomic_load(&g->acts_under_way) > 0)
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	index_close(g);
	workers_close(g);
	stream_free(g);
	if (g->ledger)
		(void)ledger_sync(g->ledger, ledger_head(g->ledger)); /* what waits for it turns to the base next */
	if (g->order && g->index == NULL && g->ledger && order_since_snapshot(g) > 0 && order_snapshot(g, &p) != RC_OK)
		log_event(LOG_WARN, "snapshot_failed", LOG_END);
	if (g->db)
		db_close(&g->db);
	if (g->ledger)
		ledger_close(&g->ledger);
	sessions_free(&g->sessions);
	throttle_free(&g->throttle);
	clients_free(&g->clients);
	challenges_free(&g->challenges);
	watch_free(g);
	touch_site_free(&g->site);
	order_free(&g->order);
	map64_done(&g->canaries);
	struct dir d = { .lock_fd = g->lock_fd };
	dir_release(&d);
	free(g->dir);
	free(g);
}

static enum rc mark_rotation(struct gate *g, struct str note, struct problem *p)
{
	struct ledger_entry e = { .kind = LEDGER_MARK, .surface = SURFACE_CLI, .route = STR("keys_rotate"), .note = note };
	enum rc rc = order_append(g, &e, ROLE_OPERATOR, p);
	if (rc == RC_OK && !ledger_sync(g->ledger, e.number))
		rc = problem_set(p, RC_BROKEN, WHY_LEDGER_DOWN, "ledger", "flush failed");
	return rc;
}

struct rotation { struct record_progress in; struct gate_progress *out; };
static void rotation_at(struct record_progress *in, uint64_t done, uint64_t of)
{
	struct rotation *r = (struct rotation *)(void *)in;
	r->out->at(r->out, done, of);
	in->stop = r->out->stop;
}

enum rc gate_keys_rotate(struct gate *g, struct gate_progress *progress, struct problem *p)
{
	struct rotation r = { .in = { .at = rotation_at }, .out = progress };
	if (g->remote)
		return remote_keys_rotate(g, progress, p);
	if (atomic_exchange(&g->rotating, true))
		return problem_set(p, RC_CONFLICT, WHY_ROTATING, "keys", "under way");
	enum rc rc = mark_rotation(g, STR("begin"), p);
	if (rc == RC_OK)
		rc = record_keys_rotate(g->db, &r.in, p);
	if (rc == RC_OK)
		rc = mark_rotation(g, STR("operator"), p);
	atomic_store(&g->rotating, false);
	return rc;
}

enum rc gate_operator(struct gate *g, struct buf *token_r, struct problem *p)
{
	char token[TOKEN_TEXT + 1];
	unsigned char hash[HASH_BYTES];
	if (g->remote)
		return remote_operator(g, token_r, p);
	struct seat *seat = seat_operator(session_number());
	if (!seat)
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory");
	struct ledger_entry e = { .kind = LEDGER_SESSION, .surface = SURFACE_CLI, .note = STR("operator"), .session = seat->session, .route = STR("operator") };
	enum rc rc = order_append(g, &e, ROLE_OPERATOR, p);
	session_token(token);
	session_hash((struct str){ token, TOKEN_TEXT }, hash);
	int64_t now = clock_ms();
	if (rc != RC_OK)
		seat_drop(&seat);
	else if (!sessions_add(g->sessions, &(struct session_new){ .hash = hash, .seat = seat, .started_ms = now, .seen_ms = now }))
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory");
	if (rc == RC_OK) {
		buf_str(token_r, (struct str){ token, TOKEN_TEXT });
		rc = buf_rc(token_r, p);
	}
	wipe(token, sizeof token);
	return rc;
}
