/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/double_check.c: which medicines two nurses give: a list of codes that the establishment's pharmacist fills, shipped empty. It must never take a code twice, nor change one that
 * stood: an end is written beside it. Called by the gate through the rows at the end. Start at double_add.
 */
#include "hospital/care.h"
#include "hospital/matters.h"

static bool is_code(struct str system, struct str code)
{
	bool cis = str_eq(system, "cis");
	if (cis ? code.n != 8 : (code.n < 1 || code.n > 7))
		return false;
	for (size_t i = 0; i < code.n; i++) {
		bool digit = code.p[i] >= '0' && code.p[i] <= '9', letter = code.p[i] >= 'A' && code.p[i] <= 'Z';
		bool want_letter = !cis && (i == 0 || i == 3 || i == 4); /* N02BE01 */
		if (want_letter ? !letter : !digit)
			return false;
	}
	return true;
}

/* "double_check_add": system, which is cis or atc, and code → set "double_check": no. */
static enum rc double_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct str system = args_get(x->args, "system"), code = str_trim(args_get(x->args, "code"));
	if (!is_code(system, code))
		return problem_set(p, RC_BAD_INPUT, WHY_DOUBLE_CODE, "code", "no such code");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DOUBLE_ADD);
	db_bind_str(s, 1, system);
	db_bind_str(s, 2, code);
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_DUPLICATE, "code", "a code twice");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "double_check");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* "double_check_end": no → set "double_check": no. */
static enum rc double_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DOUBLE_END);
	db_bind_i64(s, 1, (int64_t)care_arg(x->args, "no"));
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	enum rc rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) == 0)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such row");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "double_check");
	rows_row(out);
	rows_col_i64(out, "no", (int64_t)care_arg(x->args, "no"));
	return RC_OK;
}

static const struct choice SYSTEMS[] = { { "cis", "Speciality (CIS)" }, { "atc", "Class (ATC)" }, { NULL, NULL } };
static const struct field DOUBLE_FIELDS[] = {
	{ .name = "system", .label = "Kind of code", .kind = FIELD_CODE, .required = true, .choices = SYSTEMS },
	{ .name = "code",   .label = "Code",         .kind = FIELD_TOKEN, .max = 10, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct act double_check_acts[] = {
	{ .name = "double_check_add", .may = MAY_PHARMACY,   .reveals = REVEALS_META,        .fields = DOUBLE_FIELDS,  .run = double_add },
	{ .name = "double_check_end", .may = MAY_PHARMACY,   .reveals = REVEALS_META,        .fields = NO_FIELDS,      .run = double_end },
	{ .name = NULL },
};
