/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/prescription_set.c: lines to begin from: a prescriber's favourites and the protocols of a unit, saved from a basket and put into another one. Must never keep anything of the
 * patient from whose basket they were saved, nor sign: what they bring are drafts like any other, checked like any other. Called by the gate through the rows at the end.
 * Start at save_run and use_run.
 */
#include "hospital/prescription.h"

#include <stdio.h>
#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/unsealed.h"
#include "record/keys.h"

#define SETS_MOST 60          /* of one person, and of one unit, on one page */
#define NAME_MOST 80
#define TYPED_MOST 20000

/* What is of the line itself. A note, a day and an urgency were of one patient. */
static const char *const KEPT[] = { "what", "how", "dose", "unit", "route", "take", "days", "every", "gap", "most", "rate", "run", "during", "condition", "steps" };

static int64_t number_arg(const struct args *a, const char *name)
{
	uint64_t v = 0;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

static bool is_own_unit(const struct actor *who, struct str unit)
{
	for (unsigned i = 0; i < who->n_units; i++)
		if (str_is(who->units[i], unit))
			return true;
	return false;
}

/* ---- reading ---- */

struct set { int64_t no, made_ms, lines; uint32_t account; struct str unit, name; };

static struct set set_row(struct db_conn *c, struct db_stmt *s, struct arena *a)
{
	struct set k = { .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .unit = arena_str(a, db_text(s, 2)), .made_ms = db_i64(s, 4), .lines = db_i64(s, 5) };
	k.name = unsealed(c, a, 0, (struct keys_bound){ SEALS_ORDER_SET, k.made_ms, k.account }, db_text(s, 3));
	return k;
}

static enum rc rows_sets(struct view_ctx *v, struct rows *out, struct people *people, struct str unit, struct problem *p)
{
	struct set *at = arena_array(v->arena, SETS_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(v->db, unit.n ? ST_HOSPITAL_ORDER_SETS_UNIT : ST_HOSPITAL_ORDER_SETS_OWN);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	if (unit.n)
		db_bind_str(s, 1, unit);
	else
		db_bind_i64(s, 1, v->who->account);
	db_bind_i64(s, 2, SETS_MOST);
	while (rc == RC_OK && n < SETS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = set_row(v->db, s, v->arena);
	db_reset(s);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "name", at[i].name);
		rows_col_i64(out, "lines", at[i].lines);
		col_flag(out, "shared", at[i].unit.n > 0);
		col_flag(out, "mine", at[i].account == v->who->account);
		col(out, "by_name", person_of(people, at[i].account).name);
		rows_col_i64(out, "made_at", at[i].made_ms);
	}
	return rc;
}

/* "order_sets": set "sets", the newest first, one's own and those of one's present unit: no, name, lines, shared (flag: of the unit), mine (flag), by_name, made_at. */
static enum rc sets_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	rows_set(out, "sets");
	enum rc rc = rows_sets(v, out, &people, STR_NONE, p);
	if (rc == RC_OK && v->who->unit.n)
		rc = rows_sets(v, out, &people, v->who->unit, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* One that this person may see: his own, or of a unit of his. */
static enum rc set_find(struct act_ctx *x, struct set *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SET_GET);
	bool row = false;
	db_bind_i64(s, 1, number_arg(x->args, "no"));
	enum rc rc = db_step(s, &row, p);
	*k_r = rc == RC_OK && row ? set_row(x->db, s, x->arena) : (struct set){ .no = 0 };
	db_reset(s);
	bool seen = k_r->no && (k_r->unit.n ? is_own_unit(x->who, k_r->unit) : k_r->account == x->who->account);
	return rc == RC_OK && !seen ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such set of account %u", x->who->account) : rc;
}

/* ---- saving ---- */

static enum rc seal_house(struct act_ctx *x, struct keys_bound bound, struct str plain, struct str *sealed_r, struct problem *p)
{
	struct buf b;
	buf_init(&b, TYPED_MOST + 1000);
	enum rc rc = keys_seal(x->db, 0, bound, plain, &b, p);
	*sealed_r = rc == RC_OK ? arena_str(x->arena, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

static enum rc save_line(struct act_ctx *x, int64_t set, int64_t place, const struct order *o, struct problem *p)
{
	struct str sealed = STR_NONE;
	struct buf b;
	struct jw w;
	buf_init(&b, TYPED_MOST);
	jw_init(&w, &b);
	jw_object(&w);
	for (size_t i = 0; i < N_OF(KEPT); i++)
		if (json_get_text(o->typed, KEPT[i]).n)
			jw_member(&w, KEPT[i], json_get_text(o->typed, KEPT[i]));
	jw_end(&w, '}');
	enum rc rc = buf_rc(&b, p);
	if (rc == RC_OK)
		rc = seal_house(x, (struct keys_bound){ SEALS_ORDER_SET, set, place }, buf_view(&b), &sealed, p);
	buf_done(&b);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SET_LINE_ADD);
	db_bind_i64(s, 1, set);
	db_bind_i64(s, 2, place);
	db_bind_str(s, 3, str_of(order_kind_code(o->kind)));
	if (o->kind == ORDER_DRUG)
		db_bind_i64(s, 4, o->cis);
	else
		db_bind_null(s, 4);
	db_bind_blob(s, 5, sealed);
	return db_run(s, p);
}

static enum rc save_head(struct act_ctx *x, int64_t lines, int64_t *no_r, struct problem *p)
{
	struct str name = STR_NONE;
	enum rc rc = seal_house(x, (struct keys_bound){ SEALS_ORDER_SET, x->now_ms, x->who->account }, str_trim(args_get(x->args, "name")), &name, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SET_ADD);
	db_bind_i64(s, 1, x->who->account);
	db_bind_str(s, 2, args_get(x->args, "shared").n ? x->who->unit : STR(""));
	db_bind_blob(s, 3, name);
	db_bind_i64(s, 4, x->now_ms);
	db_bind_i64(s, 5, lines);
	rc = db_run(s, p);
	*no_r = rc == RC_OK ? db_last_rowid(x->db) : 0;
	return rc;
}

static void answer(struct rows *out, int64_t patient, int64_t no, int64_t lines)
{
	rows_set(out, "set");
	rows_row(out);
	if (patient)
		rows_patient(out, patient, TIER_MASKED);
	rows_col_i64(out, "no", no);
	rows_col_i64(out, "lines", lines);
}

/* "order_set_save": patient (whose basket it is), name, shared (flag: for the present unit) → set "set": no, lines. Nothing of the patient is kept: no note, no day, no urgency. */
static enum rc save_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct orders *o = ARENA_NEW(x->arena, struct orders);
	int64_t patient = 0, no = 0;
	enum rc rc = o ? order_patient(x->db, x->args, &patient, p) : arena_rc(x->arena, p);
	if (rc == RC_OK && args_get(x->args, "shared").n && !x->who->unit.n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_UNIT, "shared", "no present unit");
	if (rc == RC_OK)
		rc = orders_basket(x->db, x->arena, x->who->account, patient, x->now_ms, o, p);
	if (rc == RC_OK && !o->n)
		rc = problem_set(p, RC_BAD_INPUT, WHY_ORDER_EMPTY, "name", "empty basket");
	if (rc == RC_OK)
		rc = save_head(x, (int64_t)o->n, &no, p);
	for (size_t i = 0; rc == RC_OK && i < o->n; i++)
		rc = save_line(x, no, (int64_t)i + 1, &o->at[i], p);
	if (rc == RC_OK)
		answer(out, patient, no, (int64_t)o->n);
	return rc;
}

/* ---- using ---- */

static enum rc set_lines(struct act_ctx *x, const struct set *k, struct order_line *at, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SET_LINES);
	bool row = false;
	enum rc rc = RC_OK;
	size_t n = 0;
	db_bind_i64(s, 1, k->no);
	while (n < ORDERS_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		int64_t place = db_i64(s, 0);
		char form[140];
		snprintf(form, sizeof form, "%.*s-%lld-%lld", STR_ARG(args_get(x->args, "form")), (long long)k->no, (long long)place);
		at[n++] = (struct order_line){ .form = arena_str(x->arena, str_of(form)), .kind = order_kind_of(db_text(s, 1)), .cis = db_i64(s, 2),
			.typed = unsealed(x->db, x->arena, 0, (struct keys_bound){ SEALS_ORDER_SET, k->no, place }, db_text(s, 3)) };
	}
	db_reset(s);
	*n_r = n;
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

/* "order_set_use": patient, no, form (a key, so that a form sent twice adds nothing) → set "set": no, lines. Into the basket, to be looked at and signed like any draft. */
static enum rc use_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct order_line *at = arena_array(x->arena, ORDERS_MOST, sizeof *at);
	struct set k;
	int64_t patient = 0, no;
	size_t n = 0;
	enum rc rc = at ? order_patient(x->db, x->args, &patient, p) : arena_rc(x->arena, p);
	if (rc == RC_OK)
		rc = set_find(x, &k, p);
	if (rc == RC_OK)
		rc = set_lines(x, &k, at, &n, p);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = order_line_add(x, patient, &at[i], &no, p);
	if (rc == RC_OK)
		answer(out, patient, k.no, (int64_t)n);
	return rc;
}

/* "order_set_end": no → set "set": no, lines. By who made it. */
static enum rc end_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct set k;
	enum rc rc = set_find(x, &k, p);
	if (rc == RC_OK && k.account != x->who->account)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "made by another than account %u", x->who->account);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_ORDER_SET_END);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->now_ms);
	db_bind_i64(s, 3, x->who->account);
	rc = db_run(s, p);
	if (rc == RC_OK)
		answer(out, 0, k.no, k.lines);
	return rc;
}

static const struct field SAVE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,   .required = true },
	{ .name = "name",    .label = "Name",    .kind = FIELD_TEXT, .min = 3, .max = NAME_MOST, .required = true },
	{ .name = "shared",  .label = "For the unit", .kind = FIELD_FLAG },
	FIELDS_END,
};
static const struct field USE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,    .required = true },
	{ .name = "no",      .label = "Number",  .kind = FIELD_INT,   .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "form",    .label = "Form",    .kind = FIELD_TOKEN, .min = 8, .max = 90, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view order_set_views[] = {
	{ .name = "order_sets", .may = MAY_PRESCRIBE, .reveals = REVEALS_META, .run = sets_view },
	{ .name = NULL },
};
const struct act order_set_acts[] = {
	{ .name = "order_set_save", .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = SAVE_FIELDS, .run = save_run },
	{ .name = "order_set_use",  .may = MAY_PRESCRIBE, .reveals = REVEALS_ONE_PATIENT, .fields = USE_FIELDS,  .run = use_run },
	{ .name = "order_set_end",  .may = MAY_PRESCRIBE, .reveals = REVEALS_META,        .fields = NO_FIELDS,   .run = end_run },
	{ .name = NULL },
};
