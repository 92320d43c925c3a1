/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/bed_past.c: who was in a bed or a unit, from when to when: who is there now first, then those who left, the latest first. It names nobody whom the board of
 * beds would not name: in the unit worked in, and whom a fact joins to the reader now. Called by the gate through the row at the end. Start at past_view.
 */
#include "hospital/bed.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"

#define LINES 50        /* of a page */
#define THERE_MOST 1000 /* of one unit now */

struct line { int64_t no, stay, patient, from_ms, until_ms; bool leave, ends, begins; struct str bed; };
struct past { struct view_ctx *v; struct rows *out; struct names names; bool own; struct str unit, bed; };

static enum rc row_line(struct past *k, const struct line *l, struct problem *p)
{
	struct view_ctx *v = k->v;
	struct item it;
	bool found = false;
	enum rc rc = item_by_rid(v->db, v->arena, l->stay, &found, &it, p); /* whose it is by now, and since when where no movement says so */
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		rc = RC_OK;
	int64_t from = l->begins ? l->from_ms : found ? when_low(text_at(it.body, "period.start")) : INT64_MIN;
	rows_row(k->out);
	if (l->bed.n) {
		rows_col(k->out, "bed", l->bed);
		col(k->out, "bed_name", name_of(&k->names, "Location", l->bed));
	}
	if (from != INT64_MIN)
		rows_col_i64(k->out, "from_at", from);
	col_flag(k->out, "stay_start", !l->begins);
	if (l->until_ms)
		rows_col_i64(k->out, "until_at", l->until_ms);
	col_z(k->out, "what", !l->until_ms ? l->leave ? "leave" : "there" : l->ends ? "discharge" : "transfer");
	return rc == RC_OK && found && k->own ? bed_person(v, k->out, it.patient, false, p) : rc;
}

static enum rc rows_there(struct past *k, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->v->db, ST_HOSPITAL_UNIT_LIES);
	struct line *at = arena_array(k->v->arena, THERE_MOST, sizeof *at);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(k->v->arena, p);
	db_bind_str(s, 1, k->unit);
	db_bind_i64(s, 2, THERE_MOST);
	while (rc == RC_OK && n < THERE_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		if (!k->bed.n || str_is(db_text(s, 2), k->bed))
			at[n++] = (struct line){ .stay = db_i64(s, 0), .patient = db_i64(s, 1), .bed = arena_str(k->v->arena, db_text(s, 2)), .leave = str_eq(db_text(s, 4), "leave"),
				.from_ms = db_i64(s, 5), .begins = db_i64(s, 5) > 0 };
	db_reset(s);
	rows_set(k->out, "now");
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = row_line(k, &at[i], p);
	return rc;
}

/* The instant of the line that the page before ended with. */
static enum rc cursor(struct past *k, int64_t *no_r, int64_t *ms_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->v->db, ST_HOSPITAL_MOVEMENT_DONE);
	uint64_t no = 0;
	bool row = false;
	*no_r = *ms_r = INT64_MAX;
	if (str_u64(args_get(k->v->args, "before"), &no) != RC_OK || !no || no > INT64_MAX)
		return RC_OK;
	db_bind_i64(s, 1, (int64_t)no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row) {
		*no_r = (int64_t)no;
		*ms_r = db_i64(s, 0);
	}
	db_reset(s);
	return rc;
}

static enum rc rows_past(struct past *k, int64_t no, int64_t ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->v->db, k->bed.n ? ST_HOSPITAL_BED_PAST : ST_HOSPITAL_UNIT_PAST);
	struct line at[LINES + 1];
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, k->bed.n ? k->bed : k->unit);
	db_bind_i64(s, 2, ms);
	db_bind_i64(s, 3, no);
	db_bind_i64(s, 4, LINES + 1);
	while (n <= LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct line){ .no = db_i64(s, 0), .stay = db_i64(s, 1), .patient = db_i64(s, 2), .bed = arena_str(k->v->arena, db_text(s, 3)), .until_ms = db_i64(s, 4),
			.ends = str_eq(db_text(s, 5), "A03"), .from_ms = db_i64(s, 6), .begins = db_i64(s, 6) > 0 };
	db_reset(s);
	rows_set(k->out, "past");
	for (unsigned i = 0; i < n && i < LINES && rc == RC_OK; i++)
		rc = row_line(k, &at[i], p);
	if (rc == RC_OK && n > LINES) {
		rows_set(k->out, "more");
		rows_row(k->out);
		rows_col_i64(k->out, "before", at[LINES - 1].no);
	}
	return rc;
}

/*
 * "bed_past": bed, or unit (else the one worked in), before (a number of the set "more"). Set "place": unit, unit_name, bed, bed_name, own (flag). Sets "now" (first page
 * only) and "past" (fifty, the latest left first): bed, bed_name, from_at, stay_start (flag: no movement says since when: the begin of the stay), until_at, what (there,
 * leave; discharge, transfer), and of one's own unit id, name … of whom a fact joins to the reader. Set "more": before. An unknown bed gives no row.
 */
static enum rc past_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct past k = { .v = v, .out = out, .names = { v->db, v->arena, NULL }, .unit = args_get(v->args, "unit"), .bed = args_get(v->args, "bed") };
	int64_t no = 0, ms = 0;
	bool found = true;
	enum rc rc = RC_OK;
	if (k.bed.n)
		rc = fhir_is_id(k.bed) ? bed_unit(v->db, v->arena, k.bed, &found, &k.unit, p) : RC_OK;
	k.unit = k.unit.n ? k.unit : v->who->unit;
	if (rc != RC_OK || !found || !k.unit.n || !fhir_is_id(k.unit) || (k.bed.n && !fhir_is_id(k.bed)))
		return rc;
	k.own = str_is(k.unit, v->who->unit) && !place_is_closed(v->db, k.unit);
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "unit", k.unit);
	col(out, "unit_name", name_of(&k.names, "Organization", k.unit));
	if (k.bed.n) {
		rows_col(out, "bed", k.bed);
		col(out, "bed_name", name_of(&k.names, "Location", k.bed));
	}
	col_flag(out, "own", k.own);
	rc = cursor(&k, &no, &ms, p);
	if (rc == RC_OK && no == INT64_MAX)
		rc = rows_there(&k, p);
	if (rc == RC_OK)
		rc = rows_past(&k, no, ms, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view bed_past_views[] = {
	{ .name = "bed_past", .may = MAY_MOVE, .reveals = REVEALS_WORK_LIST, .run = past_view },
	{ .name = NULL },
};
