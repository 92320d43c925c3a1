/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/record_seal.c: a record that is closed, with a reason, by a member of the identity cell: archived, it is read and not written; sealed, no care link opens it either, only a
 * reason given to the gate (bris de glace). Another member opens it again, with a reason. It must never let a write through because it comes by another way: the record's watch asks here.
 * Called by relation.c and through the rows at the end. Start at record_seal_refuses.
 */
#include <stdatomic.h>

#include "hospital/account.h"
#include "hospital/bed.h"
#include "hospital/identity.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/patient.h"
#include "hospital/unsealed.h"

#define TEXT_MOST 500

/* As in merge.c: set when one was ever made since the base was opened. */
static atomic_bool any;

void record_seal_open(struct db_conn *c)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SEAL_ANY);
	bool row = true;
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	atomic_store(&any, row);
}

enum closed { OPEN, ARCHIVED, SEALED };

/* What cannot be read is held to be sealed. */
static enum closed closed_of(struct db_conn *c, int64_t patient)
{
	struct problem ignored;
	enum closed is = OPEN;
	bool row = false;
	if (!atomic_load(&any) || patient <= 0)
		return OPEN;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SEAL_ON);
	db_bind_i64(s, 1, patient);
	if (db_step(s, &row, &ignored) != RC_OK)
		is = SEALED;
	else if (row)
		is = str_eq(db_text(s, 3), "archived") ? ARCHIVED : SEALED;
	db_reset(s);
	return is;
}

bool record_seal_hides(struct db_conn *c, int64_t patient) { return closed_of(c, patient) == SEALED; }

enum rc record_seal_refuses(struct db_conn *c, const struct record_row *whose, struct arena *a, struct problem *p)
{
	const int64_t *at = &whose->patient;
	size_t n = whose->patient > 0;
	if (!atomic_load(&any))
		return RC_OK;
	enum rc rc = n && record_is_of_several(whose) ? record_patients(c, whose, a, &at, &n, p) : RC_OK;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (closed_of(c, at[i]) != OPEN)
			rc = problem_set(p, RC_CONFLICT, WHY_RECORD_CLOSED, "", "patient %lld is closed", (long long)at[i]);
	return rc;
}

void record_seal_cols(struct db_conn *c, struct rows *out, int64_t patient)
{
	enum closed is = closed_of(c, patient);
	if (is != OPEN)
		col_z(out, "closed", is == ARCHIVED ? "archived" : "sealed");
}

/* ---- close and open again ---- */

static enum rc is_member(const struct act_ctx *x, struct problem *p)
{
	return cell_has(x->db, x->who->account) ? RC_OK : problem_set(p, RC_DENIED, WHY_NOT_CELL, "", "account %u is no member", x->who->account);
}

static enum rc sealed_text(struct act_ctx *x, int64_t patient, struct buf *out, struct problem *p)
{
	return keys_seal(x->db, patient, (struct keys_bound){ SEALS_CLOSED, x->now_ms, x->who->account }, str_trim(args_get(x->args, "text")), out, p);
}

/* Present, expected, asked of: such a person stands on work lists, which name whom a fact opens. Nothing new can come once the record is closed. */
static enum rc nothing_is_under_way(struct act_ctx *x, int64_t patient, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SEAL_IN_USE);
	bool row = false;
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, x->now_ms);
	enum rc rc = db_step(s, &row, p);
	db_reset(s);
	return rc == RC_OK && row ? problem_set(p, RC_CONFLICT, WHY_RECORD_IN_USE, "patient", "live facts of patient %lld", (long long)patient) : rc;
}

/* "record_close": patient, kind, reason, text → set "closed": id. */
static enum rc record_close(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	struct buf text;
	enum rc rc = is_member(x, p);
	if (rc == RC_OK)
		rc = patient_read(x, &it, &t, p);
	if (rc == RC_OK && closed_of(x->db, it.rid) != OPEN)
		rc = problem_set(p, RC_CONFLICT, WHY_RECORD_CLOSED, "patient", "closed already");
	if (rc == RC_OK && merge_is_kept(x->db, it.rid))
		rc = problem_set(p, RC_CONFLICT, WHY_MERGE_HOLDS, "patient", "others are joined to it");
	if (rc == RC_OK)
		rc = bed_lets_go(x->db, x->arena, it.rid, "patient", p);
	if (rc == RC_OK)
		rc = nothing_is_under_way(x, it.rid, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&text, 8192);
	rc = sealed_text(x, it.rid, &text, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SEAL_ADD);
	db_bind_i64(s, 1, it.rid);
	db_bind_str(s, 2, it.id);
	db_bind_str(s, 3, args_get(x->args, "kind"));
	db_bind_str(s, 4, args_get(x->args, "reason"));
	db_bind_blob(s, 5, buf_view(&text));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&text);
	if (rc != RC_OK)
		return rc;
	atomic_store(&any, true);
	rows_set(out, "closed");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	rows_col(out, "id", it.id);
	return RC_OK;
}

struct closing { int64_t no, patient, at_ms; struct str id, kind, reason; uint32_t by; };

static struct closing closing_row(struct db_stmt *s, struct arena *a)
{
	return (struct closing){ .no = db_i64(s, 0), .patient = db_i64(s, 1), .id = arena_str(a, db_text(s, 2)), .kind = arena_str(a, db_text(s, 3)), .reason = arena_str(a, db_text(s, 4)),
		.by = (uint32_t)db_i64(s, 6), .at_ms = db_i64(s, 7) };
}

/* "record_reopen": no, text → set "closed": no. */
static enum rc record_reopen(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SEAL_GET);
	struct buf text;
	bool row = false;
	enum rc rc = is_member(x, p);
	if (rc != RC_OK)
		return rc;
	db_bind_i64(s, 1, cell_number(x->args, "no", 0));
	rc = db_step(s, &row, p);
	struct closing k = rc == RC_OK && row ? closing_row(s, x->arena) : (struct closing){ .no = 0 };
	db_reset(s);
	if (rc == RC_OK && !k.no)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such closed record");
	if (rc == RC_OK && k.by == x->who->account)
		rc = problem_set(p, RC_DENIED, WHY_SEAL_OTHER, "no", "closed by the same account");
	if (rc != RC_OK)
		return rc;
	buf_init(&text, 8192);
	rc = sealed_text(x, k.patient, &text, p);
	s = db_stmt(x->db, ST_HOSPITAL_SEAL_LIFT);
	db_bind_i64(s, 1, k.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_blob(s, 4, buf_view(&text));
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&text);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "closed");
	rows_row(out);
	rows_col_i64(out, "no", k.no);
	return RC_OK;
}

/* "records_closed": after (number). For members. Set "records", at most ten: no, a masked line, kind, reason, by_name, at, mine (flag: another opens it); set "page": member (flag), next. */
static enum rc records_closed(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct closing at[MASKED_LINES];
	unsigned n = 0;
	bool row = false, member = cell_has(v->db, v->who->account);
	enum rc rc = RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_SEAL_LIST);
	db_bind_i64(s, 1, cell_number(v->args, "after", 0));
	db_bind_i64(s, 2, MASKED_LINES);
	while (member && n < MASKED_LINES && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = closing_row(s, v->arena);
	db_reset(s);
	rows_set(out, "records");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rc = cell_line(v, out, at[i].patient, p);
		rows_col_i64(out, "no", at[i].no);
		col(out, "kind", at[i].kind);
		col(out, "reason", at[i].reason);
		col(out, "by_name", person_of(&people, at[i].by).name);
		rows_col_i64(out, "at", at[i].at_ms);
		col_flag(out, "mine", at[i].by == v->who->account);
	}
	rows_set(out, "page");
	rows_row(out);
	col_flag(out, "member", member);
	if (n == MASKED_LINES)
		rows_col_i64(out, "next", at[n - 1].no);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct choice KINDS[] = { { "archived", "Archived: read, not written" }, { "sealed", "Sealed: opened for a reason only" }, { NULL, NULL } };
static const struct choice REASONS[] = { { "over", "Follow-up is over" }, { "request", "Asked for by the person" }, { "authority", "Asked for by an authority" }, { "other", "Other" }, { NULL, NULL } };
static const struct field CLOSE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID,   .required = true },
	{ .name = "kind",    .label = "How",     .kind = FIELD_CODE, .required = true, .choices = KINDS },
	{ .name = "reason",  .label = "Reason",  .kind = FIELD_CODE, .required = true, .choices = REASONS },
	{ .name = "text",    .label = "Explain", .kind = FIELD_TEXT, .min = 3, .max = TEXT_MOST, .required = true },
	FIELDS_END,
};
static const struct field REOPEN_FIELDS[] = {
	{ .name = "no",   .label = "Number",  .kind = FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "text", .label = "Explain", .kind = FIELD_TEXT, .min = 3, .max = TEXT_MOST, .required = true },
	FIELDS_END,
};

const struct view record_seal_views[] = {
	{ .name = "records_closed", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_MASKED, .work_after = "after", .run = records_closed },
	{ .name = NULL },
};

const struct act record_seal_acts[] = {
	{ .name = "record_close",  .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = CLOSE_FIELDS,  .run = record_close },
	{ .name = "record_reopen", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_META,        .fields = REOPEN_FIELDS, .run = record_reopen },
	{ .name = NULL },
};
