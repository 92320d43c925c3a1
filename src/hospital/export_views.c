/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export_views.c: what is shown of exports: to whom asked for them, and to whom may approve: what, for what, how many of the base, a sample as masked lines,
 * and what the requester exported within a year. Must never show more of a patient than a masked line, nor a sample to whom asked.
 */
#include "codec/base64.h"
#include "hospital/account.h"
#include "hospital/export.h"
#include "hospital/matters.h"
#include "hospital/pmsi.h"
#include "hospital/review.h"

#define PAGE_EXPORTS 50
#define SAMPLE 10
#define YEAR_MS (365 * 24 * 3600 * INT64_C(1000))

struct show { struct view_ctx *v; struct people people; struct names names; };

static void col_hex(struct rows *out, const char *name, const unsigned char bytes[SHA_LEN])
{
	struct buf b;
	buf_init(&b, 128);
	hex_put(&b, (struct str){ (const char *)bytes, SHA_LEN });
	rows_col(out, name, buf_view(&b));
	buf_done(&b);
}

static void col_time(struct rows *out, const char *name, int64_t ms)
{
	if (ms)
		rows_col_i64(out, name, ms);
}

static bool is_mine(const struct actor *who, const struct export_ticket *t)
{
	return who->account == t->account || (t->machine && who->account == t->machine);
}

static enum rc row_of(struct show *k, struct rows *out, const struct export_ticket *t, struct export_approvals *by, struct problem *p)
{
	const struct actor *who = k->v->who;
	enum rc rc = export_approved(k->v->db, k->v->arena, t->no, by, p);
	if (rc != RC_OK)
		return rc;
	struct person asker = person_of(&k->people, t->account);
	rows_row(out);
	rows_col_i64(out, "no", t->no);
	col_z(out, "state", export_state_word(export_state(t, by->n, k->v->now_ms)));
	rows_col(out, "kind", t->kind);
	col(out, "types", t->types);
	col(out, "purpose", t->purpose);
	col(out, "cohort", t->cohort);
	col(out, "group", t->group);
	struct pmsi_ask month;
	if (str_eq(t->kind, "pmsi") && pmsi_ask_of(t->cohort, &month)) {
		col_z(out, "file", month.file);
		col(out, "month", month.month);
		col(out, "place_name", name_of(&k->names, "Organization", month.establishment));
	}
	rows_col(out, "recipient", t->recipient);
	rows_col_i64(out, "patients", t->patients);
	if (t->special >= EXPORT_SPECIAL_TOLD)
		rows_col_i64(out, "special", t->special);
	else if (t->special)
		rows_col(out, "special", STR("few"));
	rows_col_i64(out, "asked_at", t->asked_ms);
	rows_col_i64(out, "until_at", t->until_ms);
	col_time(out, "ready_at", t->ready_ms);
	col_time(out, "started_at", t->started_ms);
	col_time(out, "ended_at", t->ended_ms);
	col_time(out, "fetched_at", t->fetched_ms);
	rows_col_i64(out, "rows", t->rows);
	rows_col_i64(out, "number", t->number);
	rows_col_i64(out, "needs", export_needs(t));
	rows_col_i64(out, "approved", by->n);
	col(out, "by", asker.login);
	col(out, "by_name", asker.name);
	col_z(out, "role", role_code(t->role));
	if (t->unit.n)
		col(out, "unit_name", name_of(&k->names, "Organization", t->unit));
	if (t->machine)
		col(out, "machine", person_of(&k->people, t->machine).login);
	if (t->ended_by)
		col(out, "ended_by_name", person_of(&k->people, t->ended_by).name);
	col_flag(out, "mine", is_mine(who, t));
	col_flag(out, "gone", k->v->now_ms >= t->until_ms || t->gone_ms);
	col_time(out, "gone_at", t->gone_ms);
	col_hex(out, "hash", t->hash);
	return RC_OK;
}

static enum rc list(struct view_ctx *v, struct rows *out, enum stmt which, bool mine, struct problem *p)
{
	struct show k = { v, { v->db, v->arena, NULL }, { v->db, v->arena, NULL } };
	struct export_ticket *at = arena_array(v->arena, PAGE_EXPORTS, sizeof *at);
	struct export_approvals by;
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(v->arena, p);
	struct db_stmt *s = db_stmt(v->db, which);
	int i = 1;
	if (mine)
		db_bind_i64(s, i++, v->who->account);
	db_bind_i64(s, i++, INT64_MAX);
	db_bind_i64(s, i, PAGE_EXPORTS);
	while (rc == RC_OK && n < PAGE_EXPORTS && (rc = db_step(s, &row, p)) == RC_OK && row)
		rc = export_row(v->db, s, v->arena, &at[n++], p);
	db_reset(s);
	rows_set(out, "exports");
	for (unsigned x = 0; x < n && rc == RC_OK; x++)
		rc = row_of(&k, out, &at[x], &by, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/*
 * "exports_mine": what I asked for, newest first. "exports_inbox": what is not over yet, and for the officers all, newest first. Set "exports": no, state (export.c), kind, types,
 * purpose, cohort, group, file, month, place_name (of a file of the PMSI), recipient, patients, special (of them with specially sensitive data: how many, "few" under eleven, absent: none), asked_at, until_at, ready_at, started_at, ended_at, fetched_at, rows (sealed so far), number (ledger entry of the last of
 * them), needs, approved (how many), by, by_name, role, unit_name, machine, ended_by_name, mine, gone (its files are: flags), gone_at (erased before its time), hash.
 */
static enum rc mine_view(struct view_ctx *v, struct rows *out, struct problem *p) { return list(v, out, ST_HOSPITAL_EXPORT_MINE, true, p); }

static enum rc inbox_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	bool officer = v->who->role == ROLE_RSSI || v->who->role == ROLE_DPO;
	return list(v, out, officer ? ST_HOSPITAL_EXPORT_LAST : ST_HOSPITAL_EXPORT_LIVE, false, p);
}

static enum rc find(struct view_ctx *v, struct export_ticket *t, struct problem *p)
{
	int64_t no = 0;
	MUST(v->judge);
	if (str_i64(args_get(v->args, "no"), &no) != RC_OK)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no number");
	enum rc rc = export_find(v->db, v->arena, no, t, p);
	if (rc == RC_OK && !is_mine(v->who, t) && !(v->judge->may(v->who->role) & MAY_EXPORT_APPROVE))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "export %lld: somebody else's", (long long)no);
	return rc;
}

static enum rc rows_of_year(struct view_ctx *v, struct rows *out, const struct export_ticket *t, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_EXPORT_YEAR);
	bool row = false;
	db_bind_i64(s, 1, t->account);
	db_bind_i64(s, 2, v->now_ms - YEAR_MS);
	db_bind_i64(s, 3, t->no);
	enum rc rc = db_step(s, &row, p);
	rows_set(out, "year");
	rows_row(out);
	if (rc == RC_OK && row) {
		rows_col_i64(out, "asked", db_i64(s, 0));
		rows_col_i64(out, "sealed", db_i64(s, 1));
		rows_col_i64(out, "patients", db_i64(s, 2));
	}
	db_reset(s);
	return rc;
}

static enum rc base_size(struct view_ctx *v, int64_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_KNOWN_COUNT);
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*n_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

/*
 * "export": no, of one's own or for who may approve. Set "export": the columns of "exports", and share (of the base, in ten-thousandths). Set "approvals": at, by_name, role,
 * unit_name. Set "files": part, type, rows, bytes, sha256. Set "year": the requester's others of twelve months: asked, sealed, patients (of those sealed).
 */
static enum rc one_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct show k = { v, { v->db, v->arena, NULL }, { v->db, v->arena, NULL } };
	struct export_ticket t;
	struct export_approvals by;
	struct export_file *files = NULL;
	size_t n = 0;
	int64_t all = 0;
	enum rc rc = find(v, &t, p);
	if (rc == RC_OK)
		rc = base_size(v, &all, p);
	if (rc == RC_OK)
		rc = export_files(v->db, v->arena, t.no, &files, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "export");
	if ((rc = row_of(&k, out, &t, &by, p)) != RC_OK)
		return rc;
	rows_col_i64(out, "share", all ? (t.patients * 10000 + all / 2) / all : 0);
	rows_set(out, "approvals");
	for (unsigned i = 0; i < by.n; i++) {
		rows_row(out);
		rows_col_i64(out, "at", by.at[i].at_ms);
		col(out, "by_name", person_of(&k.people, by.at[i].account).name);
		col_z(out, "role", role_code(by.at[i].role));
		if (by.at[i].unit.n)
			col(out, "unit_name", name_of(&k.names, "Organization", by.at[i].unit));
	}
	rows_set(out, "files");
	for (size_t i = 0; i < n; i++) {
		rows_row(out);
		rows_col_i64(out, "part", files[i].part);
		rows_col(out, "type", files[i].type);
		rows_col_i64(out, "rows", files[i].rows);
		rows_col_i64(out, "bytes", files[i].bytes);
		col_hex(out, "sha256", files[i].sha256);
	}
	rc = rows_of_year(v, out, &t, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "export_sample": no. Set "sample": ten of the cohort, evenly apart, as masked lines: masked, birth_year, sex, status. */
static enum rc sample_view(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct export_ticket t;
	const int64_t *at;
	size_t n = 0;
	enum rc rc = find(v, &t, p);
	if (rc == RC_OK && (t.ended_ms || v->now_ms >= t.until_ms))
		rc = problem_set(p, RC_CONFLICT, WHY_EXPORT_OVER, "no", "export %lld", (long long)t.no);
	if (rc == RC_OK && is_mine(v->who, &t))
		rc = problem_set(p, RC_DENIED, WHY_EXPORT_OWN, "no", "export %lld: own", (long long)t.no);
	if (rc == RC_OK)
		rc = export_cohort(v->db, v->arena, &t, &at, &n, p);
	rows_set(out, "sample");
	for (size_t i = 0; rc == RC_OK && i < SAMPLE && i < n; i++) {
		struct traits traits;
		bool found;
		rows_row(out);
		rc = review_masked(v, out, at[i * n / SAMPLE], &traits, &found, p);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

const struct view export_views[] = {
	{ .name = "exports_mine",  .may = MAY_EXPORT_ASK,                      .reveals = REVEALS_META,   .run = mine_view },
	{ .name = "exports_inbox", .may = MAY_EXPORT_APPROVE,                  .reveals = REVEALS_META,   .run = inbox_view },
	{ .name = "export",        .may = MAY_EXPORT_ASK | MAY_EXPORT_APPROVE | MAY_API_READ, .reveals = REVEALS_META, .run = one_view },
	{ .name = "export_sample", .may = MAY_EXPORT_APPROVE,                  .reveals = REVEALS_MASKED, .run = sample_view },
	{ .name = NULL },
};
