/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/closed_chart.c: see closed_chart.h. Must never hide a chart of somebody who is cared for in an establishment that is open. Start at closed_chart_take. */
#include "hospital/closed_chart.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "hospital/place_tree.h"
#include "record/record.h"

#define STAYS_MOST 1000000   /* of one unit */
#define OWN_MOST 400         /* stays of one person that are looked at: with more, the chart stays where it is */

/* As in record_seal.c: set when one was ever made since the base was opened. */
static atomic_bool any;

void closed_chart_open(struct db_conn *c)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLOSED_CHART_ANY);
	bool row = true;
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	atomic_store(&any, row);
}

bool closed_chart_hides(struct db_conn *c, int64_t patient)
{
	struct problem ignored;
	bool row = false;
	if (!atomic_load(&any) || patient <= 0)
		return false;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLOSED_CHART_ON);
	db_bind_i64(s, 1, patient);
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	return row;
}

bool closed_chart_is(struct db_conn *c, int64_t patient)
{
	int64_t same[MERGE_MOST];
	if (!closed_chart_hides(c, patient))
		return false;
	unsigned n = merge_group(c, patient, same);
	for (unsigned i = 0; i < n; i++)
		if (!closed_chart_hides(c, same[i]))
			return false;
	return true;
}

/* ---- an establishment closes ---- */

struct person { int64_t rid; struct str id; };
struct people_found { struct item_each each; struct arena *arena; struct person *at; size_t n, cap; };

static enum rc found_one(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct people_found *f = (struct people_found *)(void *)e;
	struct str id = STR_NONE;
	(void)scratch;
	if (it->patient <= 0 || !ref_of(json_get(it->body, "subject"), "Patient", &id) || (f->n && f->at[f->n - 1].rid == it->patient))
		return RC_OK;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 256;
		struct person *more = arena_array(f->arena, cap, sizeof *more);
		if (!more)
			return arena_rc(f->arena, p);
		for (size_t i = 0; i < f->n; i++)
			more[i] = f->at[i];
		f->at = more;
		f->cap = cap;
	}
	f->at[f->n++] = (struct person){ it->patient, arena_str(f->arena, id) };
	return arena_rc(f->arena, p);
}

static int by_rid(const void *a, const void *b)
{
	const struct person *x = a, *y = b;
	return x->rid < y->rid ? -1 : x->rid > y->rid;
}

/* A stay that was, is or will be somewhere that is open. */
static bool is_elsewhere(struct db_conn *c, const struct json *encounter)
{
	struct str unit = STR_NONE, status = json_get_text(encounter, "status");
	if (str_eq(status, "cancelled") || str_eq(status, "entered-in-error") || !ref_of(json_get(encounter, "serviceProvider"), "Organization", &unit))
		return false;
	return !place_is_closed(c, unit);
}

/* Cared for elsewhere too, or expected somewhere. */
static enum rc is_kept(struct act_ctx *x, struct arena *scratch, const struct person *who, bool *kept_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), who->id } };
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSED_CHART_MEET);
	struct items stays = { .n = 0 };
	bool row = false;
	db_bind_i64(s, 1, who->rid);
	db_bind_i64(s, 2, x->now_ms);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	*kept_r = row;
	if (rc != RC_OK || row)
		return rc;
	rc = items_find(x->db, scratch, "Encounter", query, 1, OWN_MOST, &stays, p);
	*kept_r = stays.more;
	for (size_t i = 0; rc == RC_OK && i < stays.n && !*kept_r; i++)
		*kept_r = is_elsewhere(x->db, stays.at[i].body);
	return rc;
}

static enum rc take_one(struct act_ctx *x, struct str site, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSED_CHART_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, site);
	db_bind_i64(s, 3, x->now_ms);
	return db_run(s, p);
}

enum rc closed_chart_take(struct act_ctx *x, struct str site, const struct str *units, size_t n, struct problem *p)
{
	struct arena all, scratch;
	struct people_found f = { .each = { found_one }, .arena = &all };
	bool more = false;
	enum rc rc = RC_OK;
	arena_init(&all, (size_t)512 << 20);
	arena_init(&scratch, (size_t)64 << 20);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		const struct pair query[] = { { STR("service-provider"), units[i] } };
		rc = items_each(x->db, &scratch, "Encounter", query, 1, STAYS_MOST, &f.each, &more, p);
		if (rc == RC_OK && more)
			rc = problem_set(p, RC_LIMIT, WHY_TOO_BIG, "site", "over %d stays of a unit", STAYS_MOST);
		arena_reset(&scratch);
	}
	if (f.n)
		qsort(f.at, f.n, sizeof *f.at, by_rid);
	atomic_store(&any, atomic_load(&any) || f.n > 0);
	for (size_t i = 0; i < f.n && rc == RC_OK; i++) {
		bool kept = i > 0 && f.at[i - 1].rid == f.at[i].rid;
		if (!kept)
			rc = is_kept(x, &scratch, &f.at[i], &kept, p);
		if (rc == RC_OK && !kept)
			rc = take_one(x, site, f.at[i].rid, p);
		arena_reset(&scratch);
	}
	arena_done(&scratch);
	arena_done(&all);
	return rc;
}

enum rc closed_chart_give(struct act_ctx *x, struct str site, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_CLOSED_CHART_SITE);
	db_bind_str(s, 1, site);
	return db_run(s, p);
}

/* ---- what brings one back ---- */

enum rc closed_chart_forget(struct db_conn *c, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_CLOSED_CHART_BACK);
	db_bind_i64(s, 1, patient);
	return db_run(s, p);
}

enum rc closed_chart_follow(struct db_conn *c, const struct record_change *ch, struct problem *p)
{
	if (!atomic_load(&any) || !ch->now || ch->patient <= 0)
		return RC_OK;
	bool back = ch->type == fhir_type_of(STR("Encounter")) ? is_elsewhere(c, ch->now) : ch->type == fhir_type_of(STR("Appointment"));
	return back ? closed_chart_forget(c, ch->patient, p) : RC_OK;
}
