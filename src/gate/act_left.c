/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/act_left.c: see act.h: that an act was committed, and whom its answer names, as a row of the same transaction (act_done); and what is made of these rows at the next start of
 * a server that died between the commit and the outcome's entry (decisions/0011). Must never say of an act that was not committed that it was. Start at act_close_open.
 */
#include "gate/act.h"

#include <stdlib.h>

#include "base/map.h"
#include "gate/inside.h"
#include "gate/order.h"

#define REREAD 20000u /* entries before a snapshot in which an act may have been under way: half a second at full speed */
#define DONE_BYTES 10 /* of each patient in act_done: the number, why, how much */

enum rc act_note(struct db_conn *c, struct arena *a, uint64_t intent, const struct ledger_patient *list, uint32_t n, struct problem *p)
{
	char *at = arena_bytes(a, (size_t)n * DONE_BYTES + 1);
	if (!at)
		return arena_rc(a, p);
	for (uint32_t i = 0; i < n; i++) {
		for (int b = 0; b < 8; b++)
			at[i * DONE_BYTES + (uint32_t)b] = (char)((uint64_t)list[i].patient >> 8 * b);
		at[i * DONE_BYTES + 8] = (char)list[i].explain;
		at[i * DONE_BYTES + 9] = (char)list[i].tier;
	}
	struct db_stmt *s = db_stmt(c, ST_GATE_ACT_DONE);
	db_bind_i64(s, 1, (int64_t)intent);
	db_bind_blob(s, 2, (struct str){ at, (size_t)n * DONE_BYTES });
	return db_run(s, p);
}

struct open_act { uint64_t number; uint32_t account; int64_t patient; unsigned char explain; };
struct collect { struct ledger_each each; struct map64 open; struct open_act *at; size_t n, cap; bool good; };

static bool collect_entry(struct ledger_each *each, const struct ledger_entry *e)
{
	struct collect *k = (struct collect *)(void *)each;
	if (e->kind == LEDGER_OUTCOME)
		map64_del(&k->open, e->about);
	if (e->kind != LEDGER_INTENT)
		return true;
	if (k->n == k->cap) {
		size_t cap = k->cap ? k->cap * 2 : 256;
		struct open_act *at = realloc(k->at, cap * sizeof *at);
		if (!at)
			return k->good = false;
		k->at = at;
		k->cap = cap;
	}
	k->at[k->n] = (struct open_act){ e->number, e->account, e->n_patients ? e->patients[0].patient : 0, e->n_patients ? e->patients[0].explain : 0 };
	return k->good = map64_put(&k->open, e->number, k->n++);
}

/* Was it committed, and whom did its answer name? list has room for ACT_PATIENTS. */
static enum rc was_committed(struct db_conn *c, uint64_t number, bool *is_r, struct ledger_patient *list, uint32_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_GATE_ACT_WAS_DONE);
	uint32_t n = 0;
	db_bind_i64(s, 1, (int64_t)number);
	enum rc rc = db_step(s, is_r, p);
	struct str at = rc == RC_OK && *is_r ? db_text(s, 0) : STR_NONE;
	for (; n < ACT_PATIENTS && (n + 1) * DONE_BYTES <= at.n; n++) {
		const unsigned char *one = (const unsigned char *)at.p + (size_t)n * DONE_BYTES;
		uint64_t patient = 0;
		for (int b = 7; b >= 0; b--)
			patient = patient << 8 | one[b];
		list[n] = (struct ledger_patient){ .patient = (int64_t)patient, .explain = one[8], .tier = one[9] };
	}
	db_reset(s);
	*n_r = n;
	return rc;
}

static enum rc close_one(struct gate *g, struct db_conn *c, const struct open_act *o, struct ledger_patient *list, struct problem *p)
{
	bool done = false;
	uint32_t n = 0;
	enum rc rc = was_committed(c, o->number, &done, list, &n, p);
	if (n == 0 && o->patient)
		list[n++] = (struct ledger_patient){ .patient = o->patient, .explain = o->explain, .tier = TIER_IDENTITY };
	struct ledger_entry e = { .kind = LEDGER_OUTCOME, .about = o->number, .account = o->account, .rc = done ? RC_OK : RC_BROKEN,
		.note = done ? STR("done_before_crash") : STR("not_done"), .patients = list, .n_patients = n };
	return rc == RC_OK ? order_append(g, &e, ROLE_NONE, p) : rc;
}

enum rc act_close_open(struct gate *g, struct problem *p)
{
	uint64_t first = ledger_last_snapshot(g->ledger);
	struct collect k = { .each = { collect_entry }, .good = true };
	struct ledger_patient *list = malloc(ACT_PATIENTS * sizeof *list);
	struct db_conn *c = NULL;
	map64_init(&k.open);
	enum rc rc = ledger_read(g->ledger, first > REREAD ? first - REREAD : 1, &k.each, p);
	if (rc == RC_OK && (!k.good || !list))
		rc = problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory for open acts");
	if (rc == RC_OK && k.open.n > 0)
		rc = db_reader(g->db, &c, p);
	if (c && rc == RC_OK && (rc = db_begin(c, p)) == RC_OK) {
		uint64_t number, i;
		for (size_t at = 0; rc == RC_OK && map64_next(&k.open, &at, &number, &i);)
			rc = close_one(g, c, &k.at[i], list, p);
		db_end(c);
	}
	if (c)
		db_reader_close(&c);
	map64_done(&k.open);
	free(k.at);
	free(list);
	return rc;
}

struct prune { struct db_job job; uint64_t before; };
static enum rc prune_run(struct db_job *job, struct db_conn *c, int64_t txn, struct problem *p)
{
	(void)txn;
	struct db_stmt *s = db_stmt(c, ST_GATE_ACT_PRUNE);
	db_bind_i64(s, 1, (int64_t)((struct prune *)(void *)job)->before);
	return db_run(s, p);
}

enum rc act_prune(struct gate *g)
{
	uint64_t first = ledger_last_snapshot(g->ledger);
	struct prune k = { .job = { .run = prune_run, .derived = true }, .before = first > 2 * REREAD ? first - 2 * REREAD : 0 };
	struct problem p;
	return k.before ? db_write_now(g->db, &k.job, &p) : RC_OK;
}
