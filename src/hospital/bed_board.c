/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/bed_board.c: the board of a unit's beds and the counts of all units; what the house says of a bed, and of who may share a room. A board names those whom a
 * fact joins to the reader, in the unit that he works in now; of any other unit it says what its beds are, and nobody. Called by the gate through the rows at the end.
 * Start at board_view.
 */
#include "base/clock.h"
#include "hospital/bed.h"
#include "hospital/live.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"
#include "hospital/traits.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (24 * 3600 * INT64_C(1000))
#define LINES_MOST 300     /* of people without a bed, and of people who come */

/* ---- one unit ---- */

struct board { struct view_ctx *v; struct rows *out; struct names names; bool own, corridor; };

/* BARRIER: named are those whom a fact that another made joins to the reader; by initials those whom his own joins, and all where initials are asked for. */
enum rc bed_person(struct view_ctx *v, struct rows *out, int64_t patient, bool initials, struct problem *p)
{
	struct item it;
	struct traits t;
	struct fact f;
	bool found = false;
	if (!patient || !relation_find(v->db, v->who, patient, v->now_ms, &f))
		return RC_OK;
	enum rc rc = item_by_rid(v->db, v->arena, patient, &found, &it, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&it, v->arena, &t);
	rows_patient(out, patient, TIER_MASKED);
	if (initials || (f.made_by && f.made_by == v->who->account))
		traits_masked(out, &t);
	else
		traits_named(out, &t, v->now_ms);
	return RC_OK;
}

/* BARRIER: of another unit nobody at all; in the corridor initials. */
static enum rc cols_person(struct board *k, int64_t patient, struct problem *p)
{
	return k->own ? bed_person(k->v, k->out, patient, k->corridor, p) : RC_OK;
}

static enum rc stay_id(struct board *k, int64_t rid, struct problem *p)
{
	struct record_row row;
	enum rc rc = k->own && rid ? record_by_rid(k->v->db, rid, &row, p) : RC_NOT_FOUND;
	if (rc == RC_OK && !row.deleted) {
		rows_col(k->out, "stay", row.id);
		rows_col_i64(k->out, "version", row.version);
	}
	return rc == RC_NOT_FOUND || rc == RC_GONE ? RC_OK : rc;
}

static enum rc row_bed(struct board *k, const struct bed *b, struct problem *p)
{
	rows_row(k->out);
	rows_col(k->out, "bed", b->id);
	rows_col(k->out, "bed_name", b->name);
	col(k->out, "room", b->room);
	col(k->out, "room_name", name_of(&k->names, "Location", b->room));
	col(k->out, "rule", b->sex);
	col_flag(k->out, "hard", b->hard);
	col_z(k->out, "says", bed_says(b));
	col_flag(k->out, "isolation", str_eq(b->state, "isolation"));
	col_flag(k->out, "cleaning", str_eq(b->state, "cleaning"));
	if (b->stay)
		rows_col_i64(k->out, "since_at", b->since_ms);
	if (b->stay && b->exit_ms)
		rows_col_i64(k->out, "exit_at", b->exit_ms);
	if (b->held)
		rows_col_i64(k->out, "held_at", b->held_ms);
	enum rc rc = cols_person(k, b->patient, p);
	return rc == RC_OK ? stay_id(k, b->stay, p) : rc;
}

/* Beds as people count them: what has more digits comes later, then by letters. */
static size_t digits(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] >= '0' && s.p[i] <= '9';
	return n;
}

static int by_name(const void *a, const void *b)
{
	const struct bed *x = a, *y = b;
	size_t n = digits(x->name), m = digits(y->name);
	return n != m ? (n < m ? -1 : 1) : str_cmp(x->name, y->name);
}

struct line { int64_t stay, patient, at_ms, exit_ms; bool leave, planned; struct str bed; };

static enum rc lines_of(struct board *k, enum stmt which, struct str unit, struct line *at, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(k->v->db, which);
	bool row = false, coming = which == ST_HOSPITAL_STAY_COMING;
	unsigned n = 0;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, LINES_MOST);
	while (n < LINES_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = (struct line){ .stay = db_i64(s, 0), .patient = db_i64(s, 1), .at_ms = db_i64(s, 3), .exit_ms = coming ? 0 : db_i64(s, 4), .leave = str_eq(db_text(s, 2), "leave"),
			.planned = str_eq(db_text(s, 2), "planned"), .bed = coming ? arena_str(k->v->arena, db_text(s, 4)) : STR_NONE };
	db_reset(s);
	*n_r = n;
	return rc;
}

static enum rc row_line(struct board *k, const struct line *l, bool coming, struct problem *p)
{
	rows_row(k->out);
	rows_col_i64(k->out, coming ? "at" : "since_at", l->at_ms);
	if (coming)
		col_z(k->out, "what", l->planned ? "admission" : "transfer");
	if (l->exit_ms)
		rows_col_i64(k->out, "exit_at", l->exit_ms);
	col_flag(k->out, "leave", l->leave);
	col(k->out, "bed_name", l->bed.n ? name_of(&k->names, "Location", l->bed) : STR_NONE);
	enum rc rc = cols_person(k, l->patient, p);
	return rc == RC_OK ? stay_id(k, l->stay, p) : rc;
}

static enum rc row_lines(struct board *k, const char *set, enum stmt which, struct str unit, struct problem *p)
{
	struct line *at = arena_array(k->v->arena, LINES_MOST, sizeof *at);
	unsigned n = 0;
	enum rc rc = at ? lines_of(k, which, unit, at, &n, p) : arena_rc(k->v->arena, p);
	rows_set(k->out, set);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = row_line(k, &at[i], which == ST_HOSPITAL_STAY_COMING, p);
	return rc;
}

static void cols_count(struct rows *out, const struct bed_count *n, int64_t coming)
{
	const struct { const char *name; unsigned n; } at[] = { { "beds", n->beds }, { "occupied", n->occupied }, { "leave", n->leave }, { "reserved", n->reserved }, { "cleaning", n->cleaning },
		{ "closed", n->closed }, { "isolation", n->isolation }, { "free", n->free }, { "exits", n->exits } };
	for (size_t i = 0; i < N_OF(at); i++)
		rows_col_i64(out, at[i].name, at[i].n);
	rows_col_i64(out, "coming", coming);
}

/* Who is announced within a day, or should have come. */
static enum rc coming_within_a_day(struct db_conn *c, struct str unit, int64_t now_ms, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_STAY_COMING_N);
	bool row = false;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, now_ms + DAY_MS);
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

static enum rc row_unit(struct board *k, struct str unit, struct problem *p)
{
	struct bed_count n;
	int64_t coming = 0;
	struct str site = STR_NONE;
	bool may = false;
	enum rc rc = bed_count(k->v->db, unit, k->v->now_ms, &n, p);
	if (rc == RC_OK)
		rc = coming_within_a_day(k->v->db, unit, k->v->now_ms, &coming, p);
	if (rc == RC_OK)
		rc = place_site_of(k->v->db, k->v->arena, unit, &site, p);
	if (rc == RC_OK)
		rc = place_may_move(k->v->db, k->v->arena, k->v->who, k->v->judge, unit, &may, p);
	if (rc != RC_OK)
		return rc;
	rows_set(k->out, "board");
	rows_row(k->out);
	rows_col(k->out, "unit", unit);
	col(k->out, "unit_name", name_of(&k->names, "Organization", unit));
	if (!str_is(site, unit))
		col(k->out, "site_name", name_of(&k->names, "Organization", site));
	col_flag(k->out, "own", k->own);
	col_flag(k->out, "may", may);
	cols_count(k->out, &n, coming);
	return RC_OK;
}

/*
 * "bed_board": unit (else the one worked in), corridor (1: initials only). Set "board": unit, unit_name, site_name, own, may (flags), beds, occupied, leave, reserved,
 * cleaning, closed, isolation, free, exits, coming (within a day). Set "beds": bed, bed_name, room, room_name, rule, hard, says (bed_says), isolation, cleaning (flags),
 * since_at, exit_at, held_at; of one's own unit who lies there: id, name …, stay, version. Of one's own unit too, sets "unplaced" (in no bed): since_at, exit_at, leave;
 * and "coming": at, what (admission, transfer), bed_name; both with id, name …, stay.
 */
static enum rc board_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str unit = args_get(v->args, "unit");
	struct bed *at = NULL;
	size_t n = 0;
	unit = unit.n ? unit : v->who->unit;
	struct board k = { v, out, { v->db, v->arena, NULL }, unit.n && str_is(unit, v->who->unit), args_get(v->args, "corridor").n > 0 };
	if (!unit.n || !fhir_is_id(unit) || place_is_closed(v->db, unit))
		return RC_OK;
	enum rc rc = beds_of(v->db, v->arena, unit, &at, &n, p);
	if (rc == RC_OK)
		rc = row_unit(&k, unit, p);
	if (n)
		qsort(at, n, sizeof *at, by_name);
	rows_set(out, "beds");
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		rc = row_bed(&k, &at[i], p);
	if (rc == RC_OK && k.own)
		rc = row_lines(&k, "unplaced", ST_HOSPITAL_STAY_UNPLACED, unit, p);
	if (rc == RC_OK && k.own)
		rc = row_lines(&k, "coming", ST_HOSPITAL_STAY_COMING, unit, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the group ---- */

struct site_rows { struct bed_each each; const struct places *t; struct bed_count *n; int64_t *coming; };

static void site_unit(struct bed_each *e, struct str unit, const struct bed_count *n)
{
	struct site_rows *k = (struct site_rows *)(void *)e;
	const struct place *at = place_find(k->t, unit);
	if (at)
		k->n[at - k->t->at] = *n;
}

static void site_coming(struct bed_each *e, struct str unit, int64_t n)
{
	struct site_rows *k = (struct site_rows *)(void *)e;
	const struct place *at = place_find(k->t, unit);
	if (at)
		k->coming[at - k->t->at] = n;
}

/*
 * "bed_sites": set "units" (those that have beds, below their establishments): id, name, site, site_name, own (flag: the one worked in) and the counts of bed_board.
 * Three statements, whatever the number of units.
 */
static enum rc sites_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct places t;
	enum rc rc = place_tree_read(v->db, v->arena, &t, p);
	if (rc != RC_OK)
		return rc;
	struct site_rows k = { { site_unit, site_coming }, &t, arena_array(v->arena, t.n + 1, sizeof *k.n), arena_array(v->arena, t.n + 1, sizeof *k.coming) };
	if (!k.n || !k.coming)
		return arena_rc(v->arena, p);
	rc = bed_count_all(v->db, &k.each, v->now_ms, v->now_ms + DAY_MS, p);
	rows_set(out, "units");
	for (size_t i = 0; i < t.n && rc == RC_OK; i++) {
		const struct place *at = &t.at[i];
		if (!k.n[i].beds)
			continue;
		rows_row(out);
		rows_col(out, "id", at->id);
		col(out, "name", at->name);
		rows_col(out, "site", at->site->id);
		col(out, "site_name", at->site->name);
		col_flag(out, "own", str_is(at->id, v->who->unit));
		cols_count(out, &k.n[i], k.coming[i]);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- what the house says ---- */

static enum rc answer(struct rows *out, struct str id)
{
	rows_set(out, "bed");
	rows_row(out);
	rows_col(out, "id", id);
	return RC_OK;
}

/* "bed_set": bed, state (ready, cleaning, isolation, closed) → set "bed": id. By who moves people in its unit; a bed that somebody lies in is not closed. */
static enum rc bed_set_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str id = args_get(x->args, "bed"), state = args_get(x->args, "state"), unit = STR_NONE;
	struct bed b;
	bool found = false, may = false;
	enum rc rc = bed_find(x->db, x->arena, id, &found, &b, p);
	if (rc == RC_OK && !found)
		rc = problem_set(p, RC_BAD_INPUT, WHY_PLACE_CLOSED, "bed", "no bed");
	if (rc == RC_OK)
		rc = bed_unit(x->db, x->arena, id, &found, &unit, p);
	if (rc == RC_OK)
		rc = place_may_move(x->db, x->arena, x->who, x->judge, unit, &may, p);
	if (rc == RC_OK && !may)
		rc = problem_set(p, RC_DENIED, WHY_MOVE_UNIT, "bed", "a bed of another unit");
	if (rc == RC_OK && str_eq(state, "closed") && (b.stay || b.held))
		rc = problem_set(p, RC_CONFLICT, WHY_BED_TAKEN, "state", "stay %lld has it", (long long)(b.stay ? b.stay : b.held));
	if (rc != RC_OK)
		return rc;
	bool ready = str_eq(state, "ready");
	struct db_stmt *s = db_stmt(x->db, ready ? ST_HOSPITAL_BED_STATE_DROP : ST_HOSPITAL_BED_STATE_PUT);
	db_bind_str(s, 1, id);
	if (!ready) {
		db_bind_str(s, 2, state);
		db_bind_i64(s, 3, x->now_ms);
		db_bind_i64(s, 4, x->who->account);
	}
	rc = db_run(s, p);
	live_touch_unit(LIVE_BEDS, unit);
	return rc == RC_OK ? answer(out, id) : rc;
}

/* "room_rule_set": bed (one of the room), sex (any, same, female, male), hard (flag) → set "bed": id. The house's word, so by who manages it. */
static enum rc rule_set_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str id = args_get(x->args, "bed");
	struct bed b;
	bool found = false;
	enum rc rc = bed_find(x->db, x->arena, id, &found, &b, p);
	if (rc == RC_OK && (!found || !b.room.n))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PLACE_CLOSED, "bed", "no bed of a room");
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ROOM_RULE_PUT);
	db_bind_str(s, 1, b.room);
	db_bind_str(s, 2, args_get(x->args, "sex"));
	db_bind_i64(s, 3, args_get(x->args, "hard").n > 0);
	db_bind_i64(s, 4, x->who->account);
	db_bind_i64(s, 5, x->now_ms);
	rc = db_run(s, p);
	return rc == RC_OK ? answer(out, id) : rc;
}

static const struct choice STATES[] = { { "ready", "Ready" }, { "cleaning", "To be cleaned" }, { "isolation", "Isolation" }, { "closed", "Closed" }, { NULL, NULL } };
static const struct choice SEXES[] = { { "same", "One sex at a time" }, { "any", "No rule" }, { "female", "Women only" }, { "male", "Men only" }, { NULL, NULL } };
static const struct field SET_FIELDS[] = {
	{ .name = "bed",   .label = "Bed",   .kind = FIELD_ID,   .required = true },
	{ .name = "state", .label = "State", .kind = FIELD_CODE, .required = true, .choices = STATES },
	FIELDS_END,
};
static const struct field RULE_FIELDS[] = {
	{ .name = "bed",  .label = "Bed",                .kind = FIELD_ID,   .required = true },
	{ .name = "sex",  .label = "Who shares a room",  .kind = FIELD_CODE, .required = true, .choices = SEXES },
	{ .name = "hard", .label = "No exception",       .kind = FIELD_FLAG },
	FIELDS_END,
};

const struct view bed_views[] = {
	{ .name = "bed_board", .may = MAY_MOVE,              .reveals = REVEALS_WORK_LIST, .run = board_view },
	{ .name = "bed_sites", .may = MAY_MOVE | MAY_MANAGE, .reveals = REVEALS_META,      .run = sites_view },
	{ .name = NULL },
};

const struct act bed_acts[] = {
	{ .name = "bed_set",       .may = MAY_MOVE,   .reveals = REVEALS_META, .fields = SET_FIELDS,  .run = bed_set_run },
	{ .name = "room_rule_set", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = RULE_FIELDS, .run = rule_set_run },
	{ .name = NULL },
};
