/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stay_code.c: see stay_code.h. Modes of entry and exit: ATIH, format of the MCO resumés 2024. The scale of triage is delivered empty: which one a house uses,
 * and its wording, is the house's. Must never take a code for valid that no table has. Start at stay_code_label and triage_rows.
 */
#include "hospital/stay_code.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/reference.h"

#define LEVELS_MOST 100
#define FOR_EVER_MS INT64_C(253370764800000) /* the year 9999 */

static char *folder_at;
static struct reference modes;
static bool there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

void stay_code_folder(const char *folder)
{
	free(folder_at);
	folder_at = folder && folder[0] ? strdup(folder) : NULL;
}

static void read_modes(void)
{
	struct problem ignored;
	there = folder_at && reference_read(folder_at, "modes_entree_sortie_mco.tsv", &modes, &ignored) == RC_OK && modes.columns >= 3;
}

bool stay_code_known(void)
{
	(void)pthread_once(&once, read_modes);
	return there;
}

struct str stay_code_label(const char *type, struct str code)
{
	for (size_t i = 1; code.n && stay_code_known() && i < modes.rows; i++)
		if (str_eq(reference_cell(&modes, i, 0), type) && str_is(reference_cell(&modes, i, 1), code))
			return reference_cell(&modes, i, 2);
	return STR_NONE;
}

void stay_code_rows(struct rows *out)
{
	rows_set(out, "modes");
	for (size_t i = 1; stay_code_known() && i < modes.rows; i++) {
		rows_row(out);
		rows_col(out, "type", reference_cell(&modes, i, 0));
		rows_col(out, "code", reference_cell(&modes, i, 1));
		rows_col(out, "label", reference_cell(&modes, i, 2));
	}
}

/* ---- triage ---- */

enum rc triage_find(struct db_conn *c, struct arena *a, struct str no, int64_t now_ms, bool *found_r, struct triage *t_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TRIAGE_NOW);
	uint64_t wanted = 0;
	bool row = false;
	enum rc rc = RC_OK;
	*found_r = false;
	if (str_u64(no, &wanted) != RC_OK)
		return RC_OK;
	db_bind_i64(s, 1, now_ms);
	db_bind_i64(s, 2, LEVELS_MOST);
	while (!*found_r && (rc = db_step(s, &row, p)) == RC_OK && row)
		if ((uint64_t)db_i64(s, 0) == wanted && db_i64(s, 5) <= now_ms) {
			*t_r = (struct triage){ arena_str(a, db_text(s, 1)), arena_str(a, db_text(s, 2)), arena_str(a, db_text(s, 3)) };
			*found_r = true;
		}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

enum rc triage_rows(struct db_conn *c, struct rows *out, int64_t now_ms, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_TRIAGE_NOW);
	bool row = false;
	enum rc rc;
	rows_set(out, "triage");
	db_bind_i64(s, 1, now_ms);
	db_bind_i64(s, 2, LEVELS_MOST);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col_i64(out, "no", db_i64(s, 0));
		rows_col(out, "scale", db_text(s, 1));
		rows_col(out, "code", db_text(s, 2));
		rows_col(out, "label", db_text(s, 3));
		rows_col(out, "source", db_text(s, 4));
		rows_col_i64(out, "from_at", db_i64(s, 5));
		if (db_i64(s, 6) < FOR_EVER_MS)
			rows_col_i64(out, "until_at", db_i64(s, 6));
	}
	db_reset(s);
	return rc;
}

/* "triage_scale": set "triage" as triage_rows. */
static enum rc scale_view(struct view_ctx *v, struct rows *out, struct problem *p) { return triage_rows(v->db, out, v->now_ms, p); }

static int64_t day_arg(const struct args *a, const char *name, int64_t otherwise)
{
	int64_t at = when_low(args_get(a, name));
	return at == INT64_MIN ? otherwise : at;
}

/* "triage_add": scale, level (its code), label, source, from, until → set "level": no. Dated; a level is ended, never reworded. */
static enum rc add_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	static const char *const TEXTS[] = { "scale", "level", "label", "source" };
	int64_t from_ms = day_arg(x->args, "from", x->now_ms), until_ms = day_arg(x->args, "until", FOR_EVER_MS);
	if (until_ms <= from_ms)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "until", "ends before it begins");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TRIAGE_ADD);
	for (size_t i = 0; i < N_OF(TEXTS); i++)
		db_bind_str(s, (int)i + 1, str_trim(args_get(x->args, TEXTS[i])));
	db_bind_i64(s, 5, from_ms);
	db_bind_i64(s, 6, until_ms);
	db_bind_i64(s, 7, x->who->account);
	db_bind_i64(s, 8, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "level", "a level twice");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "level");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* "triage_end": no → set "level": no. From now on it is chosen no more; what was coded by it stays. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	uint64_t no = 0;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_TRIAGE_END);
	if (str_u64(args_get(x->args, "no"), &no) != RC_OK || no > INT64_MAX) {
		db_reset(s);
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no level");
	}
	db_bind_i64(s, 1, (int64_t)no);
	db_bind_i64(s, 2, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no level that holds");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "level");
	rows_row(out);
	rows_col_i64(out, "no", (int64_t)no);
	return RC_OK;
}

static const struct field ADD_FIELDS[] = {
	{ .name = "scale",  .label = "Scale",  .kind = FIELD_TEXT, .min = 2, .max = 80,  .required = true },
	{ .name = "level",  .label = "Code",   .kind = FIELD_TEXT, .min = 1, .max = 20,  .required = true },
	{ .name = "label",  .label = "Wording", .kind = FIELD_TEXT, .min = 2, .max = 120, .required = true },
	{ .name = "source", .label = "Source and edition", .kind = FIELD_TEXT, .min = 3, .max = 200, .required = true },
	{ .name = "from",   .label = "From",   .kind = FIELD_DATE },
	{ .name = "until",  .label = "Until",  .kind = FIELD_DATE },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view stay_code_views[] = {
	{ .name = "triage_scale", .may = MAY_MANAGE | MAY_MOVE, .reveals = REVEALS_META, .run = scale_view },
	{ .name = NULL },
};

const struct act stay_code_acts[] = {
	{ .name = "triage_add", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = ADD_FIELDS, .run = add_run },
	{ .name = "triage_end", .may = MAY_MANAGE, .reveals = REVEALS_META, .fields = NO_FIELDS,  .run = end_run },
	{ .name = NULL },
};
