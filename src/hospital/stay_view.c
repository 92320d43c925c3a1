/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stay_view.c: a person's stays that are not over, their movements with what was corrected, and where one may go: what the page of movements is drawn from.
 * Must never show more than administration does: no diagnosis, no reason of a stay. Called by the gate through the row at the end. Start at moves_view.
 */
#include "hospital/account.h"
#include "hospital/bed.h"
#include "hospital/matters.h"
#include "hospital/movement.h"
#include "hospital/place_tree.h"
#include "hospital/stay_code.h"

#define STAYS_MOST 8       /* of one person at a time, those not over and the last that are */

struct shown { struct view_ctx *v; struct rows *out; struct names names; struct people people; };

static struct str place_name(struct shown *k, struct str bed, struct str unit)
{
	return bed.n ? name_of(&k->names, "Location", bed) : name_of(&k->names, "Organization", unit);
}

static enum rc row_stay(struct shown *k, const struct item *it, bool *mine_r, struct problem *p)
{
	struct view_ctx *v = k->v;
	struct stay_now n;
	struct stay s;
	bool live = false, may = false;
	enum rc rc = stay_now_find(v->db, v->arena, it->rid, &live, &n, p);
	if (rc != RC_OK)
		return rc;
	stay_of(&k->names, it->body, v->now_ms, &s);
	struct str unit = live && n.unit.n ? n.unit : live && n.next_unit.n ? n.next_unit : s.unit;
	if (unit.n)
		rc = place_may_move(v->db, v->arena, v->who, v->judge, unit, &may, p);
	if (rc != RC_OK)
		return rc;
	rows_row(k->out);
	stay_cols(k->out, &s);
	rows_col_i64(k->out, "version", it->version);
	col(k->out, "state", live ? n.state : STR("over"));
	col_flag(k->out, "may", may);
	if (live && n.next_unit.n) {
		col(k->out, "next_unit_name", name_of(&k->names, "Organization", n.next_unit));
		if (n.next_bed.n)
			col(k->out, "next_bed", name_of(&k->names, "Location", n.next_bed));
		if (n.next_ms)
			rows_col_i64(k->out, "next_at", n.next_ms);
	}
	if (live && n.exit_ms)
		rows_col_i64(k->out, "exit_at", n.exit_ms);
	*mine_r = may;
	return RC_OK;
}

static void row_move(struct shown *k, const struct movement *m, struct str stay, bool last)
{
	bool exits = str_eq(m->kind, "A03");
	rows_row(k->out);
	rows_col_i64(k->out, "no", m->no);
	rows_col(k->out, "stay", stay);
	rows_col(k->out, "kind", m->kind);
	col(k->out, "unit_name", name_of(&k->names, "Organization", m->unit));
	col(k->out, "bed", m->bed.n ? name_of(&k->names, "Location", m->bed) : STR_NONE);
	if (m->from_unit.n || m->from_bed.n)
		col(k->out, "from", place_name(k, m->from_bed, m->from_unit));
	col(k->out, "mode", m->mode);
	col(k->out, "mode_label", stay_code_label(exits ? "ms" : "me", m->mode));
	col(k->out, "place_label", stay_code_label(exits ? "dest" : "prov", m->place));
	col(k->out, "reason", m->reason);
	if (m->intended_ms)
		rows_col_i64(k->out, "intended_at", m->intended_ms);
	if (m->done_ms)
		rows_col_i64(k->out, "done_at", m->done_ms);
	rows_col_i64(k->out, "recorded_at", m->recorded_ms);
	col(k->out, "by_name", person_of(&k->people, m->made_by).name);
	if (m->cancels)
		rows_col_i64(k->out, "cancels", m->cancels);
	if (m->cancelled_by) {
		rows_col_i64(k->out, "cancelled_at", m->cancelled_ms);
		col(k->out, "cancelled_by_name", person_of(&k->people, m->canceller).name);
	}
	col_flag(k->out, "last", last);
}

static enum rc moves_of(struct shown *k, const struct item *it, bool may, struct problem *p)
{
	struct movement *at = NULL;
	size_t n = 0;
	enum rc rc = movements_of(k->v->db, k->v->arena, it->rid, &at, &n, p);
	const struct movement *last = rc == RC_OK ? movement_last(at, n) : NULL;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		row_move(k, &at[i], it->id, may && &at[i] == last && at[0].version == it->version);
	return rc;
}

/* Beds and the unit itself, of one unit: set "places". */
static enum rc row_places(struct shown *k, const struct place *unit, struct problem *p)
{
	struct view_ctx *v = k->v;
	struct bed *at = NULL;
	size_t n = 0;
	bool mine = false;
	enum rc rc = beds_of(v->db, v->arena, unit->id, &at, &n, p);
	if (rc == RC_OK)
		rc = place_may_move(v->db, v->arena, v->who, v->judge, unit->id, &mine, p);
	if (rc != RC_OK || place_is_closed(v->db, unit->id))
		return rc;
	rows_row(k->out);
	rows_col(k->out, "id", unit->id);
	rows_col(k->out, "unit_name", unit->name);
	col_flag(k->out, "mine", mine);
	for (size_t i = 0; i < n; i++) {
		const char *says = bed_says(&at[i]);
		if (at[i].stay || str_eq(str_of(says), "closed"))
			continue;
		rows_row(k->out);
		rows_col(k->out, "id", at[i].id);
		rows_col(k->out, "unit_name", unit->name);
		rows_col(k->out, "bed", at[i].name);
		col_z(k->out, "state", says);
		col_flag(k->out, "mine", mine);
	}
	return RC_OK;
}

/* Units of the establishments that one works in: where a move may lead to. */
static enum rc places_of_mine(struct shown *k, struct problem *p)
{
	struct view_ctx *v = k->v;
	struct places t;
	enum rc rc = place_tree_read(v->db, v->arena, &t, p);
	rows_set(k->out, "places");
	for (size_t i = 0; i < t.n && rc == RC_OK; i++) {
		bool near = false;
		for (unsigned u = 0; u < v->who->n_units && !near; u++) {
			const struct place *mine = place_find(&t, v->who->units[u]);
			near = mine && mine->site == t.at[i].site;
		}
		if (near && t.at[i].unit && t.at[i].active)
			rc = row_places(k, &t.at[i], p);
	}
	return rc;
}

/*
 * "stay_moves": patient. Sets "stays" (the newest first, at most eight): stay_cols, version, state (planned, present, leave, over), may (flag: this person may move it),
 * next_unit_name, next_bed, next_at, exit_at; "moves": no, stay, kind (HL7: A01 …), unit_name, bed, from, mode, mode_label, place_label, reason, intended_at, done_at,
 * recorded_at, by_name, cancels, cancelled_at, cancelled_by_name, last (flag: may be cancelled); "places": id, unit_name, bed (absent: the unit), state, mine (flag);
 * "modes" and "triage" as stay_code.h.
 */
static enum rc moves_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct shown k = { v, out, { v->db, v->arena, NULL }, { v->db, v->arena, NULL } };
	struct pair query[] = { { STR("patient"), args_get(v->args, "patient") }, { STR("_sort"), STR("-date") } };
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	struct items stays = { .n = 0 };
	bool may[STAYS_MOST] = { false };
	enum rc rc = patient > 0 ? items_find(v->db, v->arena, "Encounter", query, N_OF(query), STAYS_MOST, &stays, p) : RC_OK;
	rows_set(out, "stays");
	for (size_t i = 0; i < stays.n && rc == RC_OK; i++) {
		rc = row_stay(&k, &stays.at[i], &may[i], p);
		if (rc == RC_OK)
			rows_patient(out, patient, TIER_IDENTITY);
	}
	rows_set(out, "moves");
	for (size_t i = 0; i < stays.n && rc == RC_OK; i++)
		rc = moves_of(&k, &stays.at[i], may[i], p);
	if (rc == RC_OK)
		rc = places_of_mine(&k, p);
	if (rc == RC_OK)
		stay_code_rows(out);
	return rc == RC_OK ? triage_rows(v->db, out, v->now_ms, p) : rc;
}

const struct view stay_views[] = {
	{ .name = "stay_moves", .may = MAY_MOVE, .reveals = REVEALS_ONE_PATIENT, .run = moves_view },
	{ .name = NULL },
};
