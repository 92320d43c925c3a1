/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/export.c: see export.h: tickets, their hash, whom they hold and what must still be true when one is taken. Acts and views have files of their own.
 * Must never take a stored row for what was approved: what is asked for is reckoned anew from it. Start at export_judge.
 */
#include "hospital/export.h"

#include <stdlib.h>
#include <string.h>

#include "hospital/pmsi.h"
#include "hospital/show.h"
#include "hospital/special.h"
#include "hospital/unsealed.h"

#define PART 2000

/* ---- tickets ---- */

static void bytes_of(unsigned char out[SHA_LEN], struct str from)
{
	memset(out, 0, SHA_LEN);
	if (from.n == SHA_LEN)
		memcpy(out, from.p, SHA_LEN);
}

enum rc export_row(struct db_conn *c, struct db_stmt *s, struct arena *a, struct export_ticket *t_r, struct problem *p)
{
	struct export_ticket t = { .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .machine = (uint32_t)db_i64(s, 4), .asked_ms = db_i64(s, 5), .until_ms = db_i64(s, 6),
		.patients = db_i64(s, 13), .ready_ms = db_i64(s, 16), .started_ms = db_i64(s, 17), .rows = db_i64(s, 18), .number = db_i64(s, 19),
		.ended_ms = db_i64(s, 21), .ended_by = (uint32_t)db_i64(s, 22), .fetched_ms = db_i64(s, 23), .special = db_i64(s, 24), .gone_ms = db_i64(s, 25) };
	const char *role = arena_z(a, db_text(s, 2));
	t.role = role ? role_of(role) : ROLE_NONE;
	t.unit = arena_str(a, db_text(s, 3));
	t.kind = arena_str(a, db_text(s, 7));
	t.types = arena_str(a, db_text(s, 8));
	t.group = arena_str(a, db_text(s, 11));
	t.recipient = arena_str(a, db_text(s, 12));
	t.ended = db_is_null(s, 20) ? STR_NONE : arena_str(a, db_text(s, 20));
	bytes_of(t.cohort_hash, db_text(s, 14));
	bytes_of(t.hash, db_text(s, 15));
	t.purpose = unsealed(c, a, 0, (struct keys_bound){ SEALS_EXPORT, t.asked_ms, t.account }, db_text(s, 9));
	t.cohort = unsealed(c, a, 0, (struct keys_bound){ SEALS_EXPORT, t.asked_ms, -(int64_t)t.account }, db_text(s, 10));
	*t_r = t;
	return arena_rc(a, p);
}

enum rc export_find(struct db_conn *c, struct arena *a, int64_t no, struct export_ticket *t_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_GET);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK)
		rc = row ? export_row(c, s, a, t_r, p) : problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such export");
	db_reset(s);
	return rc;
}

enum rc export_approved(struct db_conn *c, struct arena *a, int64_t no, struct export_approvals *k_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_APPROVED);
	bool row = false;
	enum rc rc;
	k_r->n = 0;
	db_bind_i64(s, 1, no);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && k_r->n < EXPORT_APPROVED_MOST) {
		struct export_approval *k = &k_r->at[k_r->n++];
		const char *role = arena_z(a, db_text(s, 1));
		*k = (struct export_approval){ .account = (uint32_t)db_i64(s, 0), .role = role ? role_of(role) : ROLE_NONE, .unit = arena_str(a, db_text(s, 2)), .at_ms = db_i64(s, 3) };
		bytes_of(k->hash, db_text(s, 4));
	}
	db_reset(s);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static void put_part(struct buf *b, const char *name, struct str v)
{
	buf_fmt(b, "%s %zu ", name, v.n);
	buf_str(b, v);
	buf_ch(b, '\n');
}

void export_hash(const struct export_ticket *t, unsigned char hash[SHA_LEN])
{
	struct buf b;
	buf_init(&b, 65536);
	buf_fmt(&b, "hygie export 1\naccount %u\nmachine %u\nasked %lld\nuntil %lld\npatients %lld\n", t->account, t->machine, (long long)t->asked_ms, (long long)t->until_ms, (long long)t->patients);
	put_part(&b, "role", str_of(role_code(t->role)));
	put_part(&b, "unit", t->unit);
	put_part(&b, "kind", t->kind);
	put_part(&b, "types", t->types);
	put_part(&b, "purpose", t->purpose);
	put_part(&b, "cohort", t->cohort);
	put_part(&b, "group", t->group);
	put_part(&b, "recipient", t->recipient);
	if (t->special)
		buf_fmt(&b, "special %lld\n", (long long)t->special);
	put_part(&b, "held", (struct str){ (const char *)t->cohort_hash, SHA_LEN });
	MUST(!b.failed); /* fields are bounded far below */
	sha_two(hash, b.p, b.n, NULL, 0);
	buf_done(&b);
}

static const char *const STATE[EXPORT_STATES] = { [EXPORT_ASKED] = "asked", [EXPORT_APPROVED] = "approved", [EXPORT_COOLING] = "cooling", [EXPORT_READY] = "ready", [EXPORT_RUNNING] = "running",
	[EXPORT_SEALED] = "sealed", [EXPORT_DELIVERED] = "delivered", [EXPORT_REFUSED] = "refused", [EXPORT_CANCELLED] = "cancelled", [EXPORT_CUT] = "cut", [EXPORT_EXPIRED] = "expired" };
const char *export_state_word(enum export_state s) { return STATE[s]; }

enum export_state export_state(const struct export_ticket *t, unsigned approvals, int64_t now_ms)
{
	if (str_eq(t->ended, "sealed"))
		return t->fetched_ms ? EXPORT_DELIVERED : EXPORT_SEALED;
	if (t->ended_ms)
		return str_eq(t->ended, "refused") ? EXPORT_REFUSED : str_eq(t->ended, "cancelled") ? EXPORT_CANCELLED : str_eq(t->ended, "expired") ? EXPORT_EXPIRED : EXPORT_CUT;
	if (t->started_ms)
		return EXPORT_RUNNING;
	if (now_ms >= t->until_ms)
		return EXPORT_EXPIRED;
	if (t->ready_ms)
		return now_ms >= t->ready_ms ? EXPORT_READY : EXPORT_COOLING;
	return approvals ? EXPORT_APPROVED : EXPORT_ASKED;
}

unsigned export_needs(const struct export_ticket *t) { return t->patients > EXPORT_TWO || t->special ? 2 : 1; }

/* ---- whom ---- */

struct found { struct record_each each; struct arena *a; int64_t *at; size_t n, cap; };

static enum rc add(struct found *f, int64_t patient, struct problem *p)
{
	if (f->n == EXPORT_MOST)
		return problem_set(p, RC_LIMIT, WHY_NARROWER, "cohort", "over %d patients", EXPORT_MOST);
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 1024;
		int64_t *at = arena_raw(f->a, cap * sizeof *at);
		if (!at)
			return arena_rc(f->a, p);
		if (f->n)
			memcpy(at, f->at, f->n * sizeof *at);
		f->at = at;
		f->cap = cap;
	}
	f->at[f->n++] = patient;
	return RC_OK;
}

static enum rc on_found(struct record_each *e, const struct record_row *row, struct problem *p)
{
	return row->patient > 0 ? add((struct found *)(void *)e, row->patient, p) : RC_OK;
}

static int by_number(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

static enum rc no_cohort(struct problem *p, const char *what)
{
	return problem_set(p, RC_BAD_INPUT, WHY_EXPORT_COHORT, "cohort", "%s", what);
}

static enum rc find_query(struct db_conn *c, const struct judge *j, enum role role, struct str query, struct found *f, struct problem *p)
{
	struct pairs pairs;
	struct plan *plan;
	struct buf cursor;
	int64_t total;
	enum rc rc = url_pairs(query, 64, f->a, &pairs, p);
	if (rc == RC_OK && pairs.n == 0)
		rc = no_cohort(p, "nothing is asked for");
	if (rc == RC_OK)
		rc = record_plan_parse(c, fhir_type_of(STR("Patient")), &pairs, false, f->a, &plan, p);
	if (rc == RC_OK && (plan->sort || plan->includes || plan->subset || plan->summary_count || plan->total || plan->cursor.n || !plan->clauses))
		rc = no_cohort(p, "an order, a form or nothing at all");
	if (rc == RC_OK)
		rc = j->filters(role, plan, p);
	if (rc != RC_OK)
		return rc;
	buf_init(&cursor, 4096);
	plan->count = 200;
	do {
		plan->cursor = cursor.n ? arena_str(f->a, buf_view(&cursor)) : STR_NONE;
		buf_reset(&cursor);
		rc = record_search(c, plan, NULL, &f->each, &cursor, &total, p);
	} while (rc == RC_OK && cursor.n);
	buf_done(&cursor);
	return rc;
}

static enum rc find_group(struct db_conn *c, struct str id, struct found *f, struct problem *p)
{
	struct record_row row;
	const struct json *root;
	if (!fhir_is_id(id))
		return no_cohort(p, "no id of a group");
	enum rc rc = record_read(c, fhir_type_of(STR("Group")), id, &row, p);
	if (rc == RC_NOT_FOUND || rc == RC_GONE)
		return no_cohort(p, "no such group");
	if (rc != RC_OK)
		return rc;
	struct str body = arena_str(f->a, row.body);
	rc = body.p ? json_parse(body, f->a, &root, p) : arena_rc(f->a, p);
	for json_each (m, rc == RC_OK ? json_get(root, "member") : NULL) {
		struct str who;
		int64_t patient = str_eq(json_get_text(m, "inactive"), "true") || !ref_of(json_get(m, "entity"), "Patient", &who) ? 0 : record_patient_rid(c, who);
		if (patient > 0 && rc == RC_OK)
			rc = add(f, patient, p);
	}
	return rc;
}

enum rc export_freeze(struct db_conn *c, struct arena *a, const struct judge *j, enum role role, struct str cohort, const int64_t **at_r, size_t *n_r, struct str *group_r, struct problem *p)
{
	struct found f = { .each = { on_found }, .a = a };
	struct str group = str_starts(cohort, STR("Group/")) ? (struct str){ cohort.p + 6, cohort.n - 6 } : STR("");
	struct pmsi_ask month;
	if (str_starts(cohort, STR("PMSI/"))) {
		*group_r = STR("");
		return pmsi_ask_of(cohort, &month) ? pmsi_freeze(c, a, &month, at_r, n_r, p) : no_cohort(p, "no file of a month");
	}
	enum rc rc = group.n ? find_group(c, group, &f, p) : find_query(c, j, role, cohort, &f, p);
	size_t n = 0;
	if (rc != RC_OK)
		return rc;
	if (f.n)
		qsort(f.at, f.n, sizeof *f.at, by_number);
	for (size_t i = 0; i < f.n; i++)
		if (n == 0 || f.at[n - 1] != f.at[i])
			f.at[n++] = f.at[i];
	*at_r = f.at;
	*n_r = n;
	*group_r = group;
	return RC_OK;
}

enum rc export_of_closed(struct db_conn *c, struct arena *a, struct str cohort, const int64_t *at, size_t n, bool *is_r, struct problem *p)
{
	struct pairs pairs;
	*is_r = false;
	if (n == 0 || n >= EXPORT_LEAST || !str_starts(cohort, STR("_id=")))
		return RC_OK;
	enum rc rc = url_pairs(cohort, 64, a, &pairs, p);
	bool is = rc == RC_OK && pairs.n == 1;
	for (size_t i = 0; i < n && is; i++)
		is = closed_chart_is(c, at[i]);
	*is_r = is;
	return rc;
}

enum rc export_cohort(struct db_conn *c, struct arena *a, const struct export_ticket *t, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_PARTS);
	int64_t *at = arena_array(a, (size_t)t->patients + 1, sizeof *at);
	unsigned char hash[SHA_LEN];
	size_t n = 0;
	bool row = false, good = true;
	enum rc rc = RC_OK;
	if (!at)
		return arena_rc(a, p);
	db_bind_i64(s, 1, t->no);
	while (good && (rc = db_step(s, &row, p)) == RC_OK && row) {
		struct str plain = STR_NONE;
		rc = keys_unseal(c, 0, (struct keys_bound){ SEALS_COHORT, t->no, db_i64(s, 0) }, db_text(s, 1), &plain, p);
		good = rc == RC_OK && plain.n % sizeof *at == 0 && plain.n / sizeof *at <= (size_t)t->patients - n;
		if (good && plain.n)
			memcpy(at + n, plain.p, plain.n);
		n += good ? plain.n / sizeof *at : 0;
	}
	db_reset(s);
	if (rc != RC_OK && good)
		return rc;
	sha_two(hash, at, n * sizeof *at, NULL, 0);
	if (!good || n != (size_t)t->patients || memcmp(hash, t->cohort_hash, SHA_LEN) != 0)
		return problem_set(p, RC_DENIED, WHY_EXPORT_CHANGED, "no", "export %lld: another cohort", (long long)t->no);
	*at_r = at;
	*n_r = n;
	return RC_OK;
}

/* ---- judging ---- */

/* One who asked or approved: is the account open, of the role it had, with the right, and not stopped? */
static enum rc party(struct db_conn *c, struct arena *a, const struct judge *j, uint32_t account, enum role role, uint32_t right, int64_t now_ms, struct problem *p)
{
	struct account acc;
	enum rc rc = account_by_no(c, account, a, &acc, p);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	bool open = rc == RC_OK && (role == ROLE_MACHINE ? !acc.disabled && (acc.until_ms == 0 || now_ms < acc.until_ms) : account_is_open(&acc, now_ms));
	if (!open || acc.role != role || !(j->may(role) & right))
		return problem_set(p, RC_DENIED, WHY_EXPORT_CLOSED, "no", "account %u", account);
	if (j->stopped(j->of, account))
		return problem_set(p, RC_DENIED, WHY_EXPORT_FROZEN, "no", "account %u", account);
	return RC_OK;
}

static bool is_officer(enum role role) { return role == ROLE_DPO || role == ROLE_RSSI; }

enum rc export_judge(struct db_conn *c, struct arena *a, const struct judge *j, const struct export_ticket *t, int64_t now_ms, bool whole, struct problem *p)
{
	struct export_approvals k;
	unsigned char hash[SHA_LEN];
	const int64_t *at;
	size_t n;
	bool officer = false;
	enum rc rc = export_approved(c, a, t->no, &k, p);
	if (rc != RC_OK)
		return rc;
	export_hash(t, hash);
	bool same = memcmp(hash, t->hash, SHA_LEN) == 0;
	for (unsigned i = 0; i < k.n; i++) {
		same = same && memcmp(k.at[i].hash, hash, SHA_LEN) == 0 && k.at[i].account != t->account;
		officer = officer || is_officer(k.at[i].role);
	}
	if (!same)
		return problem_set(p, RC_DENIED, WHY_EXPORT_CHANGED, "no", "export %lld: another hash", (long long)t->no);
	if (now_ms >= t->until_ms)
		return problem_set(p, RC_DENIED, WHY_EXPORT_EXPIRED, "no", "export %lld", (long long)t->no);
	if (k.n < export_needs(t) || (export_needs(t) > 1 && !officer) || !t->ready_ms || now_ms < t->ready_ms)
		return problem_set(p, RC_CONFLICT, WHY_EXPORT_WAITS, "no", "export %lld: %u approvals", (long long)t->no, k.n);
	rc = party(c, a, j, t->account, t->role, MAY_EXPORT_ASK, now_ms, p);
	for (unsigned i = 0; rc == RC_OK && i < k.n; i++)
		rc = party(c, a, j, k.at[i].account, k.at[i].role, MAY_EXPORT_APPROVE, now_ms, p);
	if (rc == RC_OK && t->machine)
		rc = party(c, a, j, t->machine, ROLE_MACHINE, MAY_API_READ, now_ms, p);
	if (rc != RC_OK || !whole)
		return rc;
	int64_t special = 0;
	rc = export_cohort(c, a, t, &at, &n, p);
	if (rc == RC_OK)
		rc = special_count(c, at, n, &special, p);
	return rc == RC_OK && special && export_needs(t) < 2 ? problem_set(p, RC_DENIED, WHY_EXPORT_CHANGED, "no", "export %lld: a label came since", (long long)t->no) : rc;
}

/* ---- on the writer ---- */

static enum rc first(struct db_stmt *s, int64_t *no_r, struct problem *p)
{
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*no_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	db_reset(s);
	return rc;
}

enum rc export_running(struct db_conn *c, int64_t *no_r, struct problem *p) { return first(db_stmt(c, ST_HOSPITAL_EXPORT_RUNNING), no_r, p); }

enum rc export_spoiled(struct db_conn *c, int64_t now_ms, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_SPOILED);
	db_bind_i64(s, 1, now_ms);
	return first(s, no_r, p);
}

enum rc export_went(struct db_conn *c, int64_t no, int64_t rows, int64_t number, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_WENT);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, rows);
	db_bind_i64(s, 3, number);
	return db_run(s, p);
}

enum rc export_file_add(struct db_conn *c, int64_t no, const struct export_file *f, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_FILE_ADD);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, f->part);
	db_bind_str(s, 3, f->type);
	db_bind_i64(s, 4, f->rows);
	db_bind_i64(s, 5, f->bytes);
	db_bind_blob(s, 6, (struct str){ (const char *)f->sha256, SHA_LEN });
	const int64_t next[] = { f->next.type, f->next.at, f->next.after, f->next.own };
	for (size_t i = 0; i < N_OF(next); i++)
		db_bind_i64(s, 7 + (int)i, next[i]);
	return db_run(s, p);
}

enum rc export_over(struct db_conn *c, int64_t no, const char *what, int64_t at_ms, uint32_t by, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_END);
	db_bind_i64(s, 1, no);
	db_bind_str(s, 2, str_of(what));
	db_bind_i64(s, 3, at_ms);
	if (by)
		db_bind_i64(s, 4, by);
	else
		db_bind_null(s, 4);
	enum rc rc = db_run(s, p);
	const enum stmt gone[] = { ST_HOSPITAL_EXPORT_PARTS_END, ST_HOSPITAL_EXPORT_OWN_END };
	for (size_t i = 0; rc == RC_OK && i < N_OF(gone) && strcmp(what, "sealed") != 0; i++) {
		s = db_stmt(c, gone[i]);
		db_bind_i64(s, 1, no);
		rc = db_run(s, p);
	}
	return rc;
}

enum rc export_sealed(struct db_conn *c, struct arena *a, const int64_t **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_SEALED);
	struct found f = { .a = a };
	bool row = false;
	enum rc rc;
	db_bind_i64(s, 1, 0);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && (rc = add(&f, db_i64(s, 0), p)) == RC_OK)
		;
	db_reset(s);
	*at_r = f.at;
	*n_r = f.n;
	return rc;
}

#define FILES_MOST 1000
enum rc export_files(struct db_conn *c, struct arena *a, int64_t no, struct export_file **at_r, size_t *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_EXPORT_FILES);
	struct export_file *at = arena_array(a, FILES_MOST, sizeof *at);
	size_t n = 0;
	bool row = false;
	enum rc rc = RC_OK;
	db_bind_i64(s, 1, no);
	while (at && n < FILES_MOST && (rc = db_step(s, &row, p)) == RC_OK && row) {
		at[n] = (struct export_file){ (unsigned)db_i64(s, 0), arena_str(a, db_text(s, 1)), db_i64(s, 2), db_i64(s, 3), { 0 }, { (unsigned)db_i64(s, 5), db_i64(s, 6), db_i64(s, 7), db_i64(s, 8) } };
		bytes_of(at[n++].sha256, db_text(s, 4));
	}
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}
