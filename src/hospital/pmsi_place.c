/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi_place.c: see pmsi.h: what an establishment and its units are called in the files of the PMSI, typed by who codes; and the FICUM, the file of units, which names nobody.
 * Must never invent a number: what nobody typed is blank and keeps stays out of the files. Called by the gate through the rows at the end. Start at unit_set and ficum_view.
 */
#include "hospital/pmsi.h"

#include <stdio.h>

#include "hospital/billing.h"
#include "hospital/matters.h"
#include "hospital/place_tree.h"

enum rc pmsi_place_get(struct db_conn *c, struct arena *a, struct str establishment, struct pmsi_place *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_PLACE_GET);
	bool row = false;
	db_bind_str(s, 1, establishment);
	enum rc rc = db_step(s, &row, p);
	*k_r = (struct pmsi_place){ .version = 0 };
	if (rc == RC_OK && row)
		*k_r = (struct pmsi_place){ arena_str(a, db_text(s, 0)), arena_str(a, db_text(s, 1)), db_i64(s, 2) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc pmsi_unit_get(struct db_conn *c, struct arena *a, struct str unit, struct pmsi_unit *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PMSI_UNIT_GET);
	bool row = false;
	db_bind_str(s, 1, unit);
	enum rc rc = db_step(s, &row, p);
	*k_r = (struct pmsi_unit){ .version = 0 };
	if (rc == RC_OK && row)
		*k_r = (struct pmsi_unit){ .code = arena_str(a, db_text(s, 0)), .finess = arena_str(a, db_text(s, 1)), .type = arena_str(a, db_text(s, 2)), .from = arena_str(a, db_text(s, 3)),
			.beds = db_i64(s, 4), .mode = arena_str(a, db_text(s, 5)), .version = db_i64(s, 6), .establishment = arena_str(a, db_text(s, 7)), .part_of = arena_str(a, db_text(s, 8)) };
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc pmsi_units(struct db_conn *c, struct arena *a, struct str establishment, const struct str **at_r, size_t *n_r, struct problem *p)
{
	struct places t;
	enum rc rc = place_tree_read(c, a, &t, p);
	struct str *at = rc == RC_OK ? arena_array(a, t.n + 1, sizeof *at) : NULL;
	size_t n = 0;
	for (size_t i = 0; rc == RC_OK && at && i < t.n; i++) {
		struct str place;
		rc = billing_establishment(c, a, t.at[i].id, &place, p);
		if (rc == RC_OK && str_is(place, establishment))
			at[n++] = t.at[i].id;
	}
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- views ---- */

static enum rc here_of(struct db_conn *c, struct arena *a, const struct actor *who, struct str *here_r, struct problem *p)
{
	enum rc rc = billing_establishment(c, a, who->unit, here_r, p);
	return rc == RC_OK && !here_r->n ? problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "unit", "no establishment") : rc;
}

/*
 * "pmsi_places": set "place": establishment, name, finess, vidhosp, version (0: nothing typed yet). Set "units" of the establishment worked in: unit, name, code, finess, type, type_label,
 * from_on, beds, mode, version, part_of, part_name (the unit of whose medical unit it is a part). Set "types": code, label (of authorisations).
 */
static enum rc places_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct pmsi_place place = { .version = 0 };
	const struct str *unit = NULL;
	struct str here;
	size_t n = 0;
	enum rc rc = here_of(v->db, v->arena, v->who, &here, p);
	if (rc == RC_OK)
		rc = pmsi_place_get(v->db, v->arena, here, &place, p);
	if (rc == RC_OK)
		rc = pmsi_units(v->db, v->arena, here, &unit, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "establishment", here);
	col(out, "name", name_of(&names, "Organization", here));
	col(out, "finess", place.finess);
	col(out, "vidhosp", place.vidhosp);
	rows_col_i64(out, "version", place.version);
	rows_set(out, "units");
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct pmsi_unit u;
		if (str_is(unit[i], here))
			continue;
		rc = pmsi_unit_get(v->db, v->arena, unit[i], &u, p);
		rows_row(out);
		rows_col(out, "unit", unit[i]);
		col(out, "name", name_of(&names, "Organization", unit[i]));
		col(out, "code", u.code);
		col(out, "finess", u.finess);
		col(out, "type", u.type);
		col(out, "type_label", pmsi_type_label(u.type));
		col(out, "from_on", u.from);
		if (u.beds)
			rows_col_i64(out, "beds", u.beds);
		col(out, "mode", u.mode);
		rows_col_i64(out, "version", u.version);
		if (u.part_of.n) {
			rows_col(out, "part_of", u.part_of);
			col(out, "part_name", name_of(&names, "Organization", u.part_of));
		}
	}
	pmsi_type_rows(out);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "pmsi_ficum": set "file": data, lines, left (units without their row). Of the establishment worked in; names units only. */
static enum rc ficum_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	const struct str *unit = NULL;
	struct str here;
	struct buf data;
	size_t n = 0;
	int64_t lines = 0, left = 0;
	enum rc rc = here_of(v->db, v->arena, v->who, &here, p);
	if (rc == RC_OK)
		rc = pmsi_units(v->db, v->arena, here, &unit, &n, p);
	buf_init(&data, 1u << 20);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		struct pmsi_unit u;
		char beds[24] = "";
		if (str_is(unit[i], here))
			continue;
		if ((rc = pmsi_unit_get(v->db, v->arena, unit[i], &u, p)) != RC_OK)
			break;
		if (!u.version || u.part_of.n) { /* a part stands in the row of its medical unit */
			left += !u.version;
			continue;
		}
		if (u.beds)
			(void)snprintf(beds, sizeof beds, "%lld", (long long)u.beds);
		const struct pmsi_value at[] = { { "NUM", u.code }, { "FGEO", u.finess }, { "TYAUT", u.type }, { "DEAUT", pmsi_day(v->arena, u.from) }, { "NBLITS", str_of(beds) }, { "MODHOSP", u.mode } };
		rc = pmsi_put("ficum", at, N_OF(at), &data, p);
		buf_z(&data, "\r\n");
		lines++;
	}
	if (rc == RC_OK)
		rc = buf_rc(&data, p);
	if (rc == RC_OK) {
		rows_set(out, "file");
		rows_row(out);
		rows_col(out, "data", buf_view(&data));
		rows_col_i64(out, "lines", lines);
		rows_col_i64(out, "left", left);
	}
	buf_done(&data);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- acts ---- */

/* Nine characters: two digits or a department of Corsica, then digits (no key is checked: no source in this house says how). */
static bool is_finess(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!((s.p[i] >= '0' && s.p[i] <= '9') || (i == 1 && (s.p[i] == 'A' || s.p[i] == 'B'))))
			return false;
	return s.n == 9;
}

static enum rc stale(struct problem *p) { return problem_set(p, RC_CONFLICT, WHY_BILL_STATE, "version", "another was quicker"); }

/* "pmsi_place_set": finess, vidhosp, version (as it was seen; 0: nothing typed yet) → set "place": establishment. Of the establishment worked in. */
static enum rc place_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct pmsi_place now;
	struct str here, finess = args_get(x->args, "finess"), vidhosp = args_get(x->args, "vidhosp");
	enum rc rc = here_of(x->db, x->arena, x->who, &here, p);
	if (rc == RC_OK)
		rc = pmsi_place_get(x->db, x->arena, here, &now, p);
	if (rc == RC_OK && !is_finess(finess))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PMSI_FINESS, "finess", "no FINESS");
	if (rc == RC_OK && vidhosp.n && vidhosp.n != 4)
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_SHORT, "vidhosp", "four characters");
	if (rc == RC_OK && now.version != billing_i64(x->args, "version"))
		rc = stale(p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PMSI_PLACE_PUT);
	db_bind_str(s, 1, here);
	db_bind_str(s, 2, finess);
	db_bind_str(s, 3, vidhosp.n ? vidhosp : STR(""));
	db_bind_i64(s, 4, now.version + 1);
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "place");
	rows_row(out);
	rows_col(out, "establishment", here);
	return RC_OK;
}

static enum rc unit_put(struct act_ctx *x, struct str unit, const struct pmsi_unit *u, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PMSI_UNIT_PUT);
	db_bind_str(s, 1, unit);
	db_bind_str(s, 2, u->establishment);
	db_bind_str(s, 3, u->code);
	db_bind_str(s, 4, u->finess);
	db_bind_str(s, 5, u->type);
	db_bind_str(s, 6, u->from);
	db_bind_i64(s, 7, u->beds);
	db_bind_str(s, 8, u->mode);
	db_bind_i64(s, 9, u->version);
	db_bind_i64(s, 10, x->who->account);
	db_bind_i64(s, 11, x->now_ms);
	if (u->part_of.n)
		db_bind_str(s, 12, u->part_of);
	else
		db_bind_null(s, 12);
	enum rc rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "unit");
	rows_row(out);
	rows_col(out, "unit", unit);
	return RC_OK;
}

/* It is a unit of this establishment, and not the establishment itself. */
static enum rc is_of_here(struct act_ctx *x, struct str unit, struct str here, const char *field, struct problem *p)
{
	struct str place = STR_NONE;
	enum rc rc = billing_establishment(x->db, x->arena, unit, &place, p);
	if (rc == RC_OK && (!str_is(place, here) || str_is(unit, here)))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, field, "not of this establishment");
	return rc;
}

/* "pmsi_unit_set": unit, number, finess, type, from, beds, mode, version → set "unit": unit. A unit of the establishment worked in; its number is its own there. */
static enum rc unit_set(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct pmsi_unit now;
	struct str here, unit = args_get(x->args, "unit"), type = args_get(x->args, "type");
	enum rc rc = here_of(x->db, x->arena, x->who, &here, p);
	if (rc == RC_OK)
		rc = is_of_here(x, unit, here, "unit", p);
	if (rc == RC_OK)
		rc = pmsi_unit_get(x->db, x->arena, unit, &now, p);
	if (rc == RC_OK && !is_finess(args_get(x->args, "finess")))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PMSI_FINESS, "finess", "no FINESS");
	if (rc == RC_OK && !pmsi_type_label(type).n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_BILL_CODE, "type", "no such authorisation");
	if (rc == RC_OK && now.version != billing_i64(x->args, "version"))
		rc = stale(p);
	if (rc != RC_OK)
		return rc;
	const struct pmsi_unit put = { .code = args_get(x->args, "number"), .finess = args_get(x->args, "finess"), .type = type, .from = args_get(x->args, "from"), .beds = billing_i64(x->args, "beds"),
		.mode = args_get(x->args, "mode"), .establishment = here, .version = now.version + 1 };
	rc = unit_put(x, unit, &put, out, p);
	if (rc == RC_OK)
		rc = pmsi_unit_get(x->db, x->arena, unit, &now, p); /* a server is sent the row when its table is looked at: who has the number is told here, not at the end */
	return rc == RC_CONFLICT ? problem_set(p, RC_CONFLICT, WHY_PMSI_NUMBER, "number", "another unit has it") : rc;
}

static enum rc has_parts(struct act_ctx *x, struct str unit, bool *has_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_PMSI_UNIT_PARTS);
	db_bind_str(s, 1, unit);
	enum rc rc = db_step(s, has_r, p);
	db_reset(s);
	return rc;
}

/*
 * "pmsi_unit_part": unit, of, version → set "unit": unit. The unit is a part of the medical unit that the other one stands for: it has that number, and stays that pass from one to the other
 * have not left it. Taken back by pmsi_unit_set.
 */
static enum rc unit_part(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct pmsi_unit now = { .version = 0 }, of = { .version = 0 };
	struct str here, unit = args_get(x->args, "unit"), other = args_get(x->args, "of");
	bool parts = false;
	enum rc rc = here_of(x->db, x->arena, x->who, &here, p);
	if (rc == RC_OK)
		rc = is_of_here(x, unit, here, "unit", p);
	if (rc == RC_OK)
		rc = is_of_here(x, other, here, "of", p);
	if (rc == RC_OK)
		rc = pmsi_unit_get(x->db, x->arena, unit, &now, p);
	if (rc == RC_OK)
		rc = pmsi_unit_get(x->db, x->arena, other, &of, p);
	if (rc == RC_OK && (str_is(unit, other) || !of.version || of.part_of.n))
		rc = problem_set(p, RC_BAD_INPUT, WHY_PMSI_PART, "of", "no medical unit of its own");
	if (rc == RC_OK)
		rc = has_parts(x, unit, &parts, p);
	if (rc == RC_OK && parts)
		rc = problem_set(p, RC_CONFLICT, WHY_PMSI_PARTS, "of", "others are parts of it");
	if (rc == RC_OK && now.version != billing_i64(x->args, "version"))
		rc = stale(p);
	const struct pmsi_unit put = { .code = of.code, .finess = STR(""), .type = STR(""), .from = STR(""), .mode = STR(""), .establishment = here, .part_of = other, .version = now.version + 1 };
	return rc == RC_OK ? unit_put(x, unit, &put, out, p) : rc;
}

static const struct choice MODES[] = { { "C", "Full hospital stay" }, { "P", "Day hospital" }, { "M", "Both" }, { NULL, NULL } };
#define VERSION { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 0, .max = INT64_MAX, .required = true }
#define FINESS { .name = "finess", .label = "FINESS", .kind = FIELD_TOKEN, .min = 9, .max = 9, .required = true }
static const struct field PLACE_FIELDS[] = { FINESS, { .name = "vidhosp", .label = "Version of the VID-HOSP", .kind = FIELD_TOKEN, .max = 4 }, VERSION, FIELDS_END };
static const struct field UNIT_FIELDS[] = {
	{ .name = "unit",   .label = "Unit", .kind = FIELD_ID, .required = true },
	{ .name = "number", .label = "Number of the unit", .kind = FIELD_TOKEN, .min = 1, .max = 4, .required = true },
	FINESS,
	{ .name = "type",   .label = "Authorisation", .kind = FIELD_TOKEN, .min = 2, .max = 3, .required = true },
	{ .name = "from",   .label = "Since when", .kind = FIELD_DATE, .required = true },
	{ .name = "beds",   .label = "Beds", .kind = FIELD_INT, .min = 0, .max = 999 },
	{ .name = "mode",   .label = "Kind of stays", .kind = FIELD_CODE, .choices = MODES, .required = true },
	VERSION, FIELDS_END,
};
static const struct field PART_FIELDS[] = {
	{ .name = "unit", .label = "Unit", .kind = FIELD_ID, .required = true }, { .name = "of", .label = "Part of the medical unit of", .kind = FIELD_ID, .required = true }, VERSION, FIELDS_END,
};

const struct view pmsi_place_views[] = {
	{ .name = "pmsi_places", .may = MAY_BILL, .reveals = REVEALS_META, .run = places_view },
	{ .name = "pmsi_ficum",  .may = MAY_BILL, .reveals = REVEALS_META, .run = ficum_view },
	{ .name = NULL },
};

const struct act pmsi_place_acts[] = {
	{ .name = "pmsi_place_set", .may = MAY_BILL, .reveals = REVEALS_META, .fields = PLACE_FIELDS, .run = place_set },
	{ .name = "pmsi_unit_set",  .may = MAY_BILL, .reveals = REVEALS_META, .fields = UNIT_FIELDS,  .run = unit_set },
	{ .name = "pmsi_unit_part", .may = MAY_BILL, .reveals = REVEALS_META, .fields = PART_FIELDS,  .run = unit_part },
	{ .name = NULL },
};
