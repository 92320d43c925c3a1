/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/place_close.c: a unit or a room closed, and opened again, by itself (an establishment: place_tree.c; docs/decisions/0040). Closed, it is on no board and in no
 * list to choose from; what happened there stays where it is read. Must never close a place where somebody lies or is expected: asked in the act, on the writer, where an
 * admission is decided too. Called by the gate through the rows at the end. Start at close_run.
 */
#include <string.h>

#include "hospital/account.h"
#include "hospital/bed.h"
#include "hospital/live.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"

#define ROOMS_MOST 400
#define BEDS_MOST 2000
#define CHANGES_SHOWN 50

/* ---- which place ---- */

struct closable { struct str id, unit; bool room, closed, of_site, unit_closed; };

static enum rc one_text(struct db_conn *c, enum stmt which, struct arena *a, struct str id, bool *found_r, struct str *text_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, which);
	*found_r = false;
	db_bind_str(s, 1, id);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r && text_r)
		*text_r = arena_str(a, db_text(s, 0));
	db_reset(s);
	return rc;
}

/* A functional unit, or what beds are part of. */
static enum rc closable_find(struct db_conn *c, struct arena *a, struct str id, struct closable *k, struct problem *p)
{
	struct item it;
	struct str site = STR_NONE;
	bool found = false, closed = false;
	*k = (struct closable){ .id = id, .unit = id };
	if (!fhir_is_id(id))
		return problem_set(p, RC_BAD_INPUT, WHY_PLACE_UNKNOWN, "place", "no id");
	enum rc rc = one_text(c, ST_HOSPITAL_ROOM_UNIT, a, id, &k->room, &k->unit, p);
	if (rc == RC_OK && !k->room) {
		rc = item_find(c, a, "Organization", id, &found, &it, p);
		if (rc == RC_OK && (!found || !has_code(json_get(it.body, "type"), STR_NONE, STR("UF"))))
			rc = problem_set(p, RC_BAD_INPUT, WHY_PLACE_UNKNOWN, "place", "neither unit nor room");
	}
	if (rc == RC_OK)
		rc = one_text(c, ST_HOSPITAL_UNIT_CLOSED, a, k->unit, &closed, &site, p);
	k->unit_closed = closed;
	k->of_site = closed && !str_is(site, k->unit);
	k->closed = closed;
	if (rc == RC_OK && k->room)
		rc = one_text(c, ST_HOSPITAL_ROOM_CLOSED, a, id, &k->closed, NULL, p);
	return rc;
}

/* Stays that are not over in a place, and announced to it. */
static enum rc count_there(struct db_conn *c, const struct closable *k, int64_t *n_r, struct problem *p)
{
	const enum stmt which[] = { k->room ? ST_HOSPITAL_ROOM_LIES : ST_HOSPITAL_STAY_IN_UNIT, k->room ? ST_HOSPITAL_ROOM_HELD : ST_HOSPITAL_STAY_COMING_N };
	enum rc rc = RC_OK;
	*n_r = 0;
	for (size_t i = 0; i < N_OF(which) && rc == RC_OK; i++) {
		struct db_stmt *s = db_stmt(c, which[i]);
		bool row = false;
		db_bind_str(s, 1, k->id);
		if (which[i] == ST_HOSPITAL_STAY_COMING_N)
			db_bind_i64(s, 2, INT64_MAX);
		rc = db_step(s, &row, p);
		if (rc == RC_OK && row)
			*n_r += db_i64(s, 0);
		db_reset(s);
	}
	return rc;
}

/* ---- closing and opening again ---- */

static enum rc note(struct act_ctx *x, const struct closable *k, bool opens, struct str reason, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PLACE_CHANGE_ADD);
	db_bind_str(s, 1, k->id);
	db_bind_str(s, 2, k->unit);
	db_bind_i64(s, 3, opens);
	db_bind_str(s, 4, reason);
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	return db_run(s, p);
}

static enum rc room_set(struct act_ctx *x, const struct closable *k, bool opens, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, opens ? ST_HOSPITAL_ROOM_OPEN : ST_HOSPITAL_ROOM_CLOSE);
	db_bind_str(s, 1, k->id);
	if (!opens)
		db_bind_i64(s, 2, x->now_ms);
	return db_run(s, p);
}

/* BARRIER: who works there keeps the unit in the account and works nowhere by it (gate/session.c); duties there end, and are not brought back. */
static enum rc unit_set(struct act_ctx *x, const struct closable *k, bool opens, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, opens ? ST_HOSPITAL_UNIT_ALONE : ST_HOSPITAL_UNIT_CLOSE);
	db_bind_str(s, 1, k->id);
	if (!opens) {
		db_bind_str(s, 2, k->id);
		db_bind_i64(s, 3, x->now_ms);
	}
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && !opens) {
		s = db_stmt(x->db, ST_HOSPITAL_UNIT_CALLS_END);
		db_bind_str(s, 1, k->id);
		db_bind_i64(s, 2, x->who->account);
		db_bind_i64(s, 3, x->now_ms);
		rc = db_run(s, p);
	}
	if (rc == RC_OK)
		rc = place_say_active(x, k->id, opens, p);
	return rc == RC_OK ? account_changed(x->db, p) : rc;
}

static enum rc change(struct act_ctx *x, bool opens, struct rows *out, struct problem *p)
{
	struct closable k;
	int64_t n = 0;
	enum rc rc = closable_find(x->db, x->arena, args_get(x->args, "place"), &k, p);
	if (rc == RC_OK && k.closed != opens)
		rc = problem_set(p, RC_CONFLICT, WHY_SITE_SO, "place", "it is so already");
	if (rc == RC_OK && opens && k.of_site)
		rc = problem_set(p, RC_CONFLICT, WHY_PLACE_SITE_CLOSED, "place", "its establishment is closed");
	if (rc == RC_OK && opens && k.room && k.unit_closed)
		rc = problem_set(p, RC_CONFLICT, WHY_PLACE_UNIT_CLOSED, "place", "its unit is closed");
	if (rc == RC_OK && !opens)
		rc = count_there(x->db, &k, &n, p);
	if (rc == RC_OK && n)
		rc = problem_count(p, problem_set(p, RC_CONFLICT, WHY_PLACE_FULL, "place", "%lld stays", (long long)n), n);
	if (rc == RC_OK)
		rc = k.room ? room_set(x, &k, opens, p) : unit_set(x, &k, opens, p);
	if (rc == RC_OK)
		rc = note(x, &k, opens, opens ? STR("again") : args_get(x->args, "reason"), p);
	live_touch_unit(LIVE_BEDS, k.unit);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "id", k.id);
	rows_col(out, "unit", k.unit);
	return RC_OK;
}

/* "place_close": place (unit or room), reason → set "place": id, unit. "place_open": place → the same. */
static enum rc close_run(struct act_ctx *x, struct rows *out, struct problem *p) { return change(x, false, out, p); }
static enum rc open_run(struct act_ctx *x, struct rows *out, struct problem *p) { return change(x, true, out, p); }

/* ---- what there is ---- */

static enum rc row_unit(struct view_ctx *v, struct rows *out, struct names *names, const struct closable *k, struct problem *p)
{
	int64_t n = 0;
	enum rc rc = count_there(v->db, k, &n, p);
	rows_set(out, "unit");
	rows_row(out);
	rows_col(out, "id", k->id);
	col(out, "name", name_of(names, "Organization", k->id));
	rows_col_i64(out, "there", n);
	col_flag(out, "closed", k->closed);
	col_flag(out, "of_site", k->of_site);
	return rc;
}

struct room { struct str id, bed, sex; int64_t beds, since_ms; bool hard; };

static enum rc rows_rooms(struct view_ctx *v, struct rows *out, struct names *names, struct str unit, struct problem *p)
{
	struct room *at = arena_array(v->arena, ROOMS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ROOM_OF_UNIT);
	size_t n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, BEDS_MOST);
	while (at && n < ROOMS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		size_t i = 0;
		while (i < n && !str_is(db_text(s, 0), at[i].id))
			i++;
		if (i < n)
			at[i].beds++;
		else
			at[n++] = (struct room){ .id = arena_str(v->arena, db_text(s, 0)), .bed = arena_str(v->arena, db_text(s, 1)), .beds = 1, .sex = arena_str(v->arena, db_text(s, 2)),
				.hard = db_i64(s, 3) != 0, .since_ms = db_i64(s, 4) };
	}
	db_reset(s);
	rows_set(out, "rooms");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct closable k = { .id = at[i].id, .unit = unit, .room = true };
		int64_t there = 0;
		rc = count_there(v->db, &k, &there, p);
		rows_row(out);
		rows_col(out, "room", at[i].id);
		col(out, "name", name_of(names, "Location", at[i].id));
		rows_col(out, "bed", at[i].bed);
		rows_col_i64(out, "beds", at[i].beds);
		rows_col(out, "rule", at[i].sex.n ? at[i].sex : STR("same"));
		col_flag(out, "hard", at[i].hard);
		rows_col_i64(out, "there", there);
		if (at[i].since_ms)
			rows_col_i64(out, "closed_at", at[i].since_ms);
	}
	return rc;
}

static enum rc rows_changes(struct view_ctx *v, struct rows *out, struct names *names, struct str unit, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct { struct str place, reason; bool opens; uint32_t by; int64_t at_ms; } at[CHANGES_SHOWN];
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_PLACE_CHANGE_OF);
	unsigned n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_str(s, 1, unit);
	db_bind_i64(s, 2, CHANGES_SHOWN);
	while (n < CHANGES_SHOWN && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n].place = arena_str(v->arena, db_text(s, 0));
		at[n].opens = db_i64(s, 1) != 0;
		at[n].reason = arena_str(v->arena, db_text(s, 2));
		at[n].by = (uint32_t)db_i64(s, 3);
		at[n++].at_ms = db_i64(s, 4);
	}
	db_reset(s);
	rows_set(out, "changes");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		bool whole = str_is(at[i].place, unit);
		struct str name = name_of(names, whole ? "Organization" : "Location", at[i].place);
		rows_row(out);
		rows_col(out, "place_name", name.n ? name : at[i].place);
		col_flag(out, "whole", whole);
		col_flag(out, "opens", at[i].opens);
		rows_col(out, "reason", at[i].reason);
		rows_col_i64(out, "at", at[i].at_ms);
		col(out, "by_name", person_of(&people, at[i].by).name);
	}
	return rc;
}

/*
 * "bed_rooms": unit. Set "unit": id, name, there (stays here or expected), closed, of_site (flags: closed; with its establishment). Set "rooms": room, name, bed (one of it),
 * beds (how many), rule (same where none was said), hard (flag), there, closed_at. Set "changes", the newest first: place_name, whole (flag: the unit), opens (flag), reason, at, by_name.
 */
static enum rc rooms_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct closable k;
	struct problem none;
	struct str unit = args_get(v->args, "unit");
	if (!fhir_is_id(unit) || closable_find(v->db, v->arena, unit, &k, &none) != RC_OK || k.room)
		return RC_OK;
	enum rc rc = row_unit(v, out, &names, &k, p);
	if (rc == RC_OK)
		rc = rows_rooms(v, out, &names, unit, p);
	if (rc == RC_OK)
		rc = rows_changes(v, out, &names, unit, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct choice REASONS[] = { { "works", "Works" }, { "season", "Season" }, { "staff", "Too few staff" }, { "hygiene", "Hygiene" }, { "end", "It closes for good" }, { NULL, NULL } };
#define PLACE { .name = "place", .label = "Unit or room", .kind = FIELD_ID, .required = true }
static const struct field CLOSE_FIELDS[] = { PLACE, { .name = "reason", .label = "Reason", .kind = FIELD_CODE, .required = true, .choices = REASONS }, FIELDS_END };
static const struct field OPEN_FIELDS[] = { PLACE, FIELDS_END };

const struct view place_close_views[] = {
	{ .name = "bed_rooms", .may = MAY_MANAGE, .reveals = REVEALS_META, .run = rooms_view },
	{ .name = NULL },
};

const struct act place_close_acts[] = {
	{ .name = "place_close", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = CLOSE_FIELDS, .run = close_run },
	{ .name = "place_open",  .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = OPEN_FIELDS,  .run = open_run },
	{ .name = NULL },
};
