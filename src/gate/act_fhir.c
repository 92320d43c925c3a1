/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/act_fhir.c: see act_fhir.h. Arguments: fhir_create type body if_none_exist | fhir_update type id (or query) body if_match if_none_match | fhir_patch type id (or query)
 * patch if_match | fhir_delete type id (or query) if_match | fhir_validate type id body mode | fhir_bundle body prefer | fhir_export type id (always refused) |
 * import source lines (NDJSON, each a resource with its id) | break_glass patient reason text. Answers: set "written": type id version updated created body; fhir_bundle: set "bundle": body.
 */
#include "gate/act_fhir.h"
#include "gate/touch.h"

#include <string.h>

#include "base/clock.h"
#include "codec/sha.h"
#include "fhir/patch.h"
#include "gate/condition.h"
#include "gate/fetch.h"
#include "gate/project.h"
#include "hospital/bed.h"
#include "record/keys.h"

struct write {
	uint16_t type; struct str id, query; struct record_write *w; struct record_if cond;
	struct record_bundle *bundle; size_t entries; unsigned char digest[32]; bool once; /* an import: the same bundle again changes nothing */
};

static void put_issues(struct rows *out, const struct fhir_issue *issue)
{
	if (!issue)
		return;
	rows_set(out, "issues");
	for (; issue; issue = issue->next) {
		rows_row(out);
		rows_col(out, "why", str_of(why_row(issue->why)->name));
		rows_col(out, "where", str_of(issue->where));
		if (issue->rule)
			rows_col(out, "rule", str_of(issue->rule));
	}
}

/* ---- what a person may write ---- */

static bool is_person(const struct actor *who)
{
	return who && who->account != 0 && !who->machine;
}

static enum rc may_write_type(const struct actor *who, uint16_t type, struct problem *p)
{
	uint32_t needed = authorise_tier(type) == TIER_IDENTITY ? MAY_WRITE_IDENTITY : MAY_WRITE_CHART;
	if (!is_person(who))
		return RC_OK;
	if (authorise_is_house(type) || authorise_type(who->role, type) != SIGHT_WHOLE || !(gate_role_may(who->role) & needed))
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "type %u not written by role %d", type, (int)who->role);
	return RC_OK;
}

/* On the writer, in the transaction itself: nothing can change between the decision and the write. */
static enum rc explained(struct act_ctx *x, int64_t patient, struct problem *p)
{
	if (condition_open(x, patient))
		return RC_OK;
	return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "write on an unexplained patient");
}

/* Of several patients: each must be open (docs/decisions/0008). */
static enum rc explained_each(struct act_ctx *x, const struct record_row *row, struct problem *p)
{
	const int64_t *at = &row->patient;
	size_t n = 1;
	enum rc rc = record_is_of_several(row) ? record_patients(x->db, row, x->arena, &at, &n, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = explained(x, at[i], p);
	return rc;
}

enum rc act_shared_each(struct act_ctx *x, const struct record_done *d, struct problem *p)
{
	const struct record_row row = record_done_row(d);
	const int64_t *at = &row.patient;
	size_t n = 1;
	enum rc rc = record_is_of_several(&row) ? record_patients(x->db, &row, x->arena, &at, &n, p) : RC_OK;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = act_shared(x->db, at[i], x->who ? x->who->account : 0, p);
	return rc;
}

static enum rc after_write(struct act_ctx *x, const struct record_done *d, struct problem *p)
{
	const struct record_row row = record_done_row(d);
	if (d->patient <= 0)
		return explained(x, 0, p);
	if (x->who && x->who->cohort && d->created && d->patient == d->rid)
		return RC_OK; /* a machine began a chart: it is in its cohort once a fact says so */
	if (is_person(x->who) && d->created && d->patient == d->rid) {
		struct db_stmt *s = db_stmt(x->db, ST_GATE_MADE_ADD);
		db_bind_i64(s, 1, d->patient);
		db_bind_i64(s, 2, x->who->account);
		return db_run(s, p);
	}
	enum rc rc = explained_each(x, &row, p);
	return rc == RC_OK ? act_shared_each(x, d, p) : rc;
}

/* ---- create, update, delete ---- */

static enum rc read_if_match(const struct args *args, struct record_if *cond, struct problem *p)
{
	struct str text = args_get(args, "if_match");
	uint64_t v;
	cond->none_exists = args_get(args, "if_none_match").n > 0;
	if (text.n == 0)
		return RC_OK;
	if (str_u64(text, &v) != RC_OK || v == 0 || v > UINT32_MAX)
		return problem_set(p, RC_PRECONDITION, WHY_PRECONDITION, "If-Match", "not a version");
	cond->has_version = true;
	cond->version = (uint32_t)v;
	return RC_OK;
}

static enum rc read_target(struct view_ctx *v, bool with_id, void **prepared_r, struct problem *p)
{
	struct write *w = ARENA_NEW(v->arena, struct write);
	if (!w)
		return arena_rc(v->arena, p);
	*prepared_r = w;
	w->type = fhir_type_of(args_get(v->args, "type"));
	w->id = args_get(v->args, "id");
	if (w->type == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "type");
	w->query = args_get(v->args, "query");
	if (with_id && w->query.p ? w->query.n == 0 || w->id.n > 0 : with_id && !fhir_is_id(w->id))
		return problem_set(p, RC_BAD_INPUT, w->query.p ? WHY_NO_CONDITION : WHY_FORMAT, "id", "not an id");
	enum rc rc = read_if_match(v->args, &w->cond, p);
	return rc == RC_OK ? may_write_type(v->who, w->type, p) : rc;
}

/* Checked here whatever comes; what hangs on a condition is made again on the writer, once the condition is answered. */
static enum rc prepare_body(struct view_ctx *v, struct write *w, struct rows *issues, struct problem *p)
{
	struct fhir_issue *issue = NULL;
	enum rc rc = record_prepare(args_get(v->args, "body"), w->type, w->id, v->arena, &w->w, &issue, p);
	if (rc != RC_OK)
		put_issues(issues, issue);
	return rc;
}

static enum rc create_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	enum rc rc = read_target(v, false, prepared_r, p);
	return rc == RC_OK ? prepare_body(v, *prepared_r, issues, p) : rc;
}

static enum rc update_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	enum rc rc = read_target(v, true, prepared_r, p);
	return rc == RC_OK ? prepare_body(v, *prepared_r, issues, p) : rc;
}

static enum rc delete_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	(void)issues;
	return read_target(v, true, prepared_r, p);
}

static void put_touched(struct rows *out, const int64_t *patients, size_t n)
{
	rows_set(out, "touched"); /* for the ledger: whose records; the numbers are wiped before the release */
	for (size_t i = 0; i < n; i++) {
		rows_row(out);
		if (patients[i] > 0)
			rows_patient(out, patients[i], TIER_CLINICAL);
	}
}

static enum rc put_written(struct act_ctx *x, const struct record_done *d, bool with_body, struct rows *out, struct problem *p)
{
	char z[40];
	struct buf b = { .p = z, .cap = sizeof z, .max = sizeof z }; /* an instant is 24 bytes */
	struct record_row row = record_done_row(d);
	const int64_t *others;
	size_t n_others;
	enum rc rc = record_is_of_several(&row) ? record_patients(x->db, &row, x->arena, &others, &n_others, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	if (record_is_of_several(&row))
		put_touched(out, others, n_others);
	rows_set(out, "written");
	rows_row(out);
	if (d->patient > 0)
		rows_patient(out, d->patient, authorise_tier(d->type) == TIER_NONE ? TIER_CLINICAL : authorise_tier(d->type));
	rows_col(out, "type", str_of(fhir_type_name(d->type)));
	rows_col(out, "id", str_of(d->id));
	rows_col_i64(out, "version", d->version);
	buf_instant(&b, d->updated_ms);
	rows_col(out, "updated", buf_view(&b));
	if (d->created)
		rows_col(out, "created", STR("1"));
	if (!with_body)
		return RC_OK;
	struct str body = STR_NONE;
	rc = record_read(x->db, d->type, str_of(d->id), &row, p);
	if (rc == RC_OK)
		rc = ins_veil(row.body, row.mark, x->arena, &body, p);
	if (rc == RC_OK)
		rows_col(out, "body", body);
	return rc;
}

/* The one resource that the condition of this write finds; empty id: none. Several: 412. */
static enum rc settle(struct act_ctx *x, uint16_t type, struct str query, struct str *id_r, struct problem *p)
{
	struct str *ids;
	unsigned n;
	*id_r = STR_NONE;
	enum rc rc = condition_match(x, type, query, 1, &ids, &n, p);
	if (rc == RC_OK && n > 1)
		return problem_set(p, RC_PRECONDITION, WHY_MULTIPLE_MATCHES, "", "condition of a write");
	if (rc == RC_OK && n == 1)
		*id_r = ids[0];
	return rc;
}

/* If-None-Exist met: the resource that is there is the answer, and nothing is written. */
static enum rc put_found(struct act_ctx *x, uint16_t type, struct str id, struct rows *out, struct problem *p)
{
	struct record_row row;
	enum rc rc = record_read(x->db, type, id, &row, p);
	if (rc != RC_OK)
		return rc;
	struct record_done d = { .rid = row.rid, .patient = row.patient, .since = row.since, .type = type, .version = row.version, .updated_ms = row.updated_ms };
	memcpy(d.id, id.p, id.n);
	return put_written(x, &d, true, out, p);
}

static enum rc put_one(struct act_ctx *x, const struct write *w, struct record_write *put, struct str id, struct rows *out, struct problem *p)
{
	struct record_row old;
	struct record_done d;
	struct problem none;
	struct record_if cond = w->cond;
	cond.revive = true; /* R4 http.html#update: an update of a deleted resource brings it back */
	if (id.n && condition_is_held(x->who) && record_read(x->db, w->type, id, &old, &none) == RC_OK) {
		enum rc before = explained_each(x, &old, p);
		if (before != RC_OK)
			return before;
	}
	enum rc rc = record_put(x->db, x->txn, put, &cond, &d, p);
	if (rc == RC_OK)
		rc = after_write(x, &d, p);
	return rc == RC_OK ? put_written(x, &d, true, out, p) : rc;
}

static enum rc create_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct write *w = x->prepared;
	struct str query = args_get(x->args, "if_none_exist"), id;
	enum rc rc = query.n ? settle(x, w->type, query, &id, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	return query.n && id.n ? put_found(x, w->type, id, out, p) : put_one(x, w, w->w, STR_NONE, out, p);
}

/* R4 http.html#cond-update: none: the body's id, or a new one, is created; one: it is updated, and the body's id may not be another. */
static enum rc update_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct write *w = x->prepared;
	struct record_write *put = w->w;
	struct str id = w->id, body = args_get(x->args, "body");
	struct fhir_issue *issues;
	if (!w->query.n)
		return put_one(x, w, put, id, out, p);
	enum rc rc = settle(x, w->type, w->query, &id, p);
	const struct json *root;
	if (rc == RC_OK && !id.n && (rc = json_parse(body, x->arena, &root, p)) == RC_OK)
		id = json_get_text(root, "id");
	if (rc == RC_OK)
		rc = record_prepare(body, w->type, id, x->arena, &put, &issues, p);
	return rc == RC_OK ? put_one(x, w, put, id, out, p) : rc;
}

static enum rc patch_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	const struct json *ops;
	(void)issues;
	enum rc rc = read_target(v, true, prepared_r, p);
	if (rc == RC_OK)
		rc = json_parse(args_get(v->args, "patch"), v->arena, &ops, p);
	return rc == RC_OK && ops->kind != JSON_ARRAY ? problem_set(p, RC_BAD_INPUT, WHY_PATCH_FORM, "patch", "not an array") : rc;
}

/* Read, patched, checked and put in one transaction: nobody writes in between. */
static enum rc patch_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct write *w = x->prepared;
	struct str id = w->id;
	struct record_row old;
	struct record_write *put;
	struct fhir_issue *issues = NULL;
	struct buf patched;
	enum rc rc = w->query.n ? settle(x, w->type, w->query, &id, p) : RC_OK;
	if (rc == RC_OK && !id.n)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "patch of nothing");
	if (rc == RC_OK)
		rc = record_read(x->db, w->type, id, &old, p);
	if (rc != RC_OK)
		return rc == RC_GONE && condition_is_held(x->who) ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "patch of a deleted one") : rc;
	struct str body = arena_str(x->arena, old.body); /* the row is the connection's until the next statement */
	if (!body.p)
		return arena_rc(x->arena, p);
	buf_init(&patched, 64u << 20);
	rc = explained_each(x, &old, p);
	if (rc == RC_OK && w->cond.has_version && w->cond.version != old.version)
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "", "If-Match of a patch");
	if (rc == RC_OK)
		rc = patch_apply(body, args_get(x->args, "patch"), x->arena, &patched, p);
	if (rc == RC_OK)
		rc = record_prepare(buf_view(&patched), w->type, id, x->arena, &put, &issues, p);
	if (rc == RC_OK)
		rc = put_one(x, w, put, id, out, p);
	buf_done(&patched);
	return rc;
}

#define DELETE_MOST 100    /* matches that one conditional delete takes; over it nothing is deleted */

static enum rc delete_one(struct act_ctx *x, const struct write *w, struct str id, struct rows *out, struct problem *p)
{
	struct record_done d;
	enum rc rc = record_delete(x->db, x->txn, w->type, id, &w->cond, &d, p);
	if ((rc == RC_NOT_FOUND || rc == RC_GONE) && !w->cond.has_version && !condition_is_held(x->who))
		return RC_OK; /* R4 http.html#delete: what is not there is deleted; to one who may not know, it is as what is not open */
	if (rc == RC_OK)
		rc = after_write(x, &d, p);
	if (rc == RC_OK && d.rid == d.patient)
		rc = bed_lets_go(x->db, x->arena, d.patient, "", p); /* last: to one who may not know it is as what is not there */
	return rc == RC_OK ? put_written(x, &d, false, out, p) : rc;
}

/* R4 http.html#cdelete: all that match, or none when they are too many. */
static enum rc delete_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct write *w = x->prepared;
	struct str *ids;
	unsigned n;
	if (!w->query.n)
		return delete_one(x, w, w->id, out, p);
	enum rc rc = condition_match(x, w->type, w->query, DELETE_MOST, &ids, &n, p);
	if (rc == RC_OK && n > DELETE_MOST)
		rc = problem_set(p, RC_PRECONDITION, WHY_TOO_MANY_MATCHES, "", "conditional delete over %d", DELETE_MOST);
	for (unsigned i = 0; rc == RC_OK && i < n; i++)
		rc = delete_one(x, w, ids[i], out, p);
	return rc;
}

/* ---- $validate: all findings; nothing is written ---- */

static enum rc validate_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct fhir_issue *found = NULL;
	struct record_write *w;
	struct str mode = args_get(v->args, "mode"), id = args_get(v->args, "id"), body = args_get(v->args, "body");
	uint16_t type = fhir_type_of(args_get(v->args, "type"));
	(void)prepared_r;
	if (type == 0)
		return problem_set(p, RC_NOT_FOUND, WHY_UNKNOWN_TYPE, "", "type");
	if (mode.n && !str_eq(mode, "create") && !str_eq(mode, "update") && !str_eq(mode, "delete"))
		return problem_set(p, RC_BAD_INPUT, str_eq(mode, "profile") ? WHY_NO_PROFILES : WHY_BAD_VALUE, "mode", "validate");
	if (str_eq(mode, "delete") && body.n == 0)
		return RC_OK;
	enum rc rc = record_prepare(body, type, str_eq(mode, "create") ? STR_NONE : id, v->arena, &w, &found, p);
	if (rc != RC_BAD_INPUT)
		return rc;
	struct fhir_issue one = { .why = p->why, .where = p->where };
	put_issues(issues, found ? found : &one);
	return RC_OK;
}

/* ---- bundle ---- */

static enum rc bundle_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct write *w = ARENA_NEW(v->arena, struct write);
	struct fhir_issue *issue = NULL;
	struct str body = args_get(v->args, "body");
	const struct json *root;
	if (!w)
		return arena_rc(v->arena, p);
	*prepared_r = w;
	enum rc rc = record_bundle_prepare(body, v->arena, &w->bundle, &issue, p);
	if (rc != RC_OK)
		put_issues(issues, issue);
	struct str returns = args_get(v->args, "prefer");
	if (rc == RC_OK && returns.n)
		record_bundle_returns(w->bundle, str_eq(returns, "representation") ? BUNDLE_RESOURCE : str_eq(returns, "OperationOutcome") ? BUNDLE_OUTCOME : BUNDLE_STATUS);
	w->once = v->who->role == ROLE_OPERATOR;
	if (rc == RC_OK && w->once) {
		sha_two(w->digest, body.p, body.n, NULL, 0);
		keys_house_digest(w->digest, w->digest);
		if ((rc = json_parse(body, v->arena, &root, p)) == RC_OK)
			w->entries = json_get(root, "entry") ? json_get(root, "entry")->n : 0;
	}
	return rc;
}

enum rc import_note(struct act_ctx *x, const unsigned char digest[32], struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_GATE_IMPORT_DONE);
	db_bind_blob(s, 1, (struct str){ (const char *)digest, 32 });
	db_bind_i64(s, 2, x->now_ms);
	return db_run(s, p);
}

enum rc import_once(struct act_ctx *x, const unsigned char digest[32], bool *was_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_GATE_IMPORT_WAS);
	db_bind_blob(s, 1, (struct str){ (const char *)digest, 32 });
	enum rc rc = db_step(s, was_r, p);
	db_reset(s);
	return rc != RC_OK || *was_r ? rc : import_note(x, digest, p);
}

/* BARRIER: entry by entry, on the writer, what a single write or read of the same one would be held to. */
struct bundle_guard { struct record_guard guard; struct act_ctx *x; struct fetch_sight sight; };

static enum rc guard_match(struct record_guard *g, uint16_t type, struct str query, unsigned most, struct str **ids_r, unsigned *n_r, struct problem *p)
{
	return condition_match(((struct bundle_guard *)(void *)g)->x, type, query, most, ids_r, n_r, p);
}

static enum rc guard_scope(struct record_guard *g, struct plan *plan, struct record_scope *scope, bool *scoped_r, struct problem *p)
{
	struct act_ctx *x = ((struct bundle_guard *)(void *)g)->x;
	if (!condition_is_held(x->who))
		return RC_OK;
	if (authorise_type(x->who->role, plan->type) == SIGHT_NONE)
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "type %u not for role %d", plan->type, (int)x->who->role);
	enum rc rc = fetch_filters(x->who->role, plan, p);
	*scoped_r = !authorise_is_house(plan->type);
	if (rc == RC_OK && plan->includes && !*scoped_r) { /* from the house to the house */
		static const int64_t nobody[1] = { 0 };
		*scope = (struct record_scope){ .within = nobody, .n = 0, .house = authorise_house() };
		*scoped_r = true;
		return RC_OK;
	}
	return rc == RC_OK && *scoped_r ? condition_scope(x, plan, scope, p) : rc;
}

static enum rc guard_touch(struct record_guard *g, int64_t patient, bool created, struct problem *p)
{
	struct act_ctx *x = ((struct bundle_guard *)(void *)g)->x;
	return created && x->who->machine ? RC_OK : explained(x, patient, p);
}

/* What a role sees in part is shown in part, as by a read; of what it does not see it is not told that it is there. */
static enum rc show_less(struct act_ctx *x, uint16_t type, struct str *body, struct problem *p)
{
	enum sight sight = authorise_type(x->who->role, type);
	const struct json *root;
	struct buf less;
	if (sight == SIGHT_WHOLE)
		return RC_OK;
	if (sight == SIGHT_NONE)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "type %u not for role %d", type, (int)x->who->role);
	enum rc rc = json_parse(*body, x->arena, &root, p);
	if (rc != RC_OK)
		return problem_set(p, RC_BROKEN, WHY_CORRUPT, "", "stored body does not parse");
	buf_init(&less, 16u << 20);
	project_body(type, root, &less);
	*body = arena_str(x->arena, buf_view(&less));
	rc = buf_rc(&less, p);
	buf_done(&less);
	return rc == RC_OK ? arena_rc(x->arena, p) : rc;
}

static enum rc guard_show(struct record_guard *g, const struct record_row *row, struct str *body_r, struct problem *p)
{
	struct act_ctx *x = ((struct bundle_guard *)(void *)g)->x;
	struct record_row whose = { .rid = row->rid, .patient = row->patient, .since = row->since, .since_now = row->since_now };
	uint16_t type = row->type;
	if (x->who->blind)
		return problem_set(p, RC_DENIED, WHY_NOT_ALLOWED, "", "a read in a bundle of a machine that may not read");
	enum rc rc = ins_veil(row->body, row->mark, x->arena, body_r, p);
	if (rc != RC_OK || authorise_is_house(type) || !condition_is_held(x->who))
		return rc;
	*body_r = arena_str(x->arena, *body_r); /* what follows asks the connection again */
	rc = body_r->p ? explained_each(x, &whose, p) : arena_rc(x->arena, p);
	return rc == RC_OK ? show_less(x, type, body_r, p) : rc;
}

struct bundle_gone { struct record_gone gone; struct act_ctx *x; };

static enum rc may_be_gone(struct record_gone *g, int64_t patient, struct problem *p)
{
	struct act_ctx *x = ((struct bundle_gone *)(void *)g)->x;
	return bed_lets_go(x->db, x->arena, patient, "", p);
}

static enum rc bundle_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct bundle_guard guard = { { guard_match, guard_scope, guard_touch, guard_show, NULL }, x, fetch_sight_of(x->who->role) };
	struct bundle_gone gone = { { may_be_gone }, x };
	struct write *w = x->prepared;
	struct buf response;
	const int64_t *patients = NULL;
	bool was = false;
	enum rc rc = w->once ? import_once(x, w->digest, &was, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	buf_init(&response, 60u << 20);
	guard.guard.sight = &guard.sight.sight;
	if (!w->once)
		record_bundle_guard(w->bundle, &guard.guard);
	record_bundle_gone(w->bundle, &gone.gone);
	if (!was)
		rc = record_bundle_run(x->db, x->txn, w->bundle, &response, p);
	size_t n = rc == RC_OK && !was ? record_bundle_patients(w->bundle, &patients) : 0;
	for (size_t i = 0; i < n && rc == RC_OK; i++)
		if (patients[i] > 0)
			rc = act_shared(x->db, patients[i], x->who ? x->who->account : 0, p);
	if (rc == RC_OK)
		rc = buf_rc(&response, p);
	if (rc == RC_OK && w->once) { /* an importer wants a count, not the answers */
		rows_set(out, "results");
		for (size_t i = 0; i < w->entries; i++) {
			const struct problem *bad = record_bundle_problem(w->bundle, i);
			rows_row(out);
			rows_col_i64(out, "n", (int64_t)i);
			rows_col_i64(out, "rc", bad ? bad->rc : RC_OK);
			if (bad) {
				rows_col(out, "why", str_of(why_row(bad->why)->name));
				rows_col(out, "where", str_of(bad->where));
			}
		}
	} else if (rc == RC_OK) {
		rows_set(out, "bundle");
		rows_row(out);
		rows_col(out, "body", buf_view(&response));
	}
	if (rc == RC_OK)
		put_touched(out, patients, n);
	buf_done(&response);
	return rc;
}

/* ---- $export ---- */

/* BARRIER: everybody in one request is what the house exists to prevent: whoever asks is refused, and the refusal is an entry like any other. (A group goes on a ticket: "export_start".) */
static enum rc export_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	(void)v;
	(void)prepared_r;
	(void)issues;
	return problem_set(p, RC_DENIED, WHY_NO_EXPORT, "", "export without a ticket for it");
}

/* ---- break-glass ---- */

struct glass_asked { struct glass glass; };

static enum rc glass_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct glass_asked *k = ARENA_NEW(v->arena, struct glass_asked);
	struct str reason = args_get(v->args, "reason"), text = args_get(v->args, "text");
	if (!k)
		return arena_rc(v->arena, p);
	if (str_eq(reason, "other") && str_trim(text).n < 10) {
		rows_set(issues, "issues");
		rows_row(issues);
		rows_col(issues, "why", str_of(why_row(WHY_FIELD_TOO_SHORT)->name));
		rows_col(issues, "where", STR("text"));
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_SHORT, "text", "a reason of its own needs words");
	}
	k->glass = (struct glass){ .account = v->who->account, .patient = record_patient_rid(v->db, args_get(v->args, "patient")), .unit = v->who->unit,
		.reason = reason, .text = text.p ? text : STR(""), .at_ms = v->now_ms, .until_ms = v->now_ms + BREAK_GLASS_MS };
	*prepared_r = k;
	return RC_OK;
}

static enum rc glass_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct glass_asked *k = x->prepared;
	int64_t no;
	struct account colleague;
	struct str login = str_trim(args_get(x->args, "colleague"));
	enum rc rc = login.n ? account_by_login(x->db, login, x->arena, &colleague, p) : RC_OK; /* the gate saw the code */
	k->glass.cosigned_by = rc == RC_OK && login.n ? colleague.no : 0;
	if (rc == RC_OK)
		rc = break_glass_add(x->db, &k->glass, &no, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "grant");
	rows_row(out);
	rows_col_i64(out, "until_at", k->glass.until_ms);
	return RC_OK;
}

static const struct field glass_fields[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "reason", .label = "Reason", .kind = FIELD_CODE, .required = true, .choices = break_glass_reasons },
	{ .name = "text", .label = "Explain", .kind = FIELD_LINES, .max = 400 },
	{ .name = "colleague", .label = "Login of a colleague of the unit", .kind = FIELD_TOKEN, .max = 64 },
	{ .name = "colleague_code", .label = "Their code", .kind = FIELD_TOKEN, .max = 16 },
	{ .name = "colleague_passkey", .label = "Their security key", .kind = FIELD_TOKEN, .max = TOUCH_TEXT },
	FIELDS_END,
};

/* ---- the rows ---- */

/* Names only: bodies are judged by record, not by a form. */
static const struct field create_fields[] = { { .name = "type" }, { .name = "body" }, { .name = "if_none_exist" }, FIELDS_END };
static const struct field update_fields[] = { { .name = "type" }, { .name = "id" }, { .name = "query" }, { .name = "body" }, { .name = "if_match" }, { .name = "if_none_match" }, FIELDS_END };
static const struct field patch_fields[] = { { .name = "type" }, { .name = "id" }, { .name = "query" }, { .name = "patch" }, { .name = "if_match" }, FIELDS_END };
static const struct field delete_fields[] = { { .name = "type" }, { .name = "id" }, { .name = "query" }, { .name = "if_match" }, FIELDS_END };
static const struct field validate_fields[] = { { .name = "type" }, { .name = "id" }, { .name = "body" }, { .name = "mode" }, FIELDS_END };
static const struct field bundle_fields[] = { { .name = "body" }, { .name = "prefer" }, FIELDS_END };
static const struct field export_fields[] = { { .name = "type" }, { .name = "id" }, FIELDS_END };
static const struct field import_fields[] = { { .name = "source" }, { .name = "lines" }, FIELDS_END };

const struct act act_own[] = {
	{ .name = BUDGET_GLASS_ROUTE, .may = MAY_BREAK_GLASS,                                     .reveals = REVEALS_ONE_PATIENT, .fields = glass_fields,  .prepare = glass_prepare,  .run = glass_run },
	{ .name = "fhir_create",      .may = MAY_API_WRITE | MAY_WRITE_CHART | MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = create_fields, .prepare = create_prepare, .run = create_run },
	{ .name = "fhir_update",      .may = MAY_API_WRITE | MAY_WRITE_CHART | MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = update_fields, .prepare = update_prepare, .run = update_run },
	{ .name = "fhir_delete",      .may = MAY_API_WRITE,                                       .reveals = REVEALS_ONE_PATIENT, .fields = delete_fields, .prepare = delete_prepare, .run = delete_run },
	{ .name = "fhir_patch",       .may = MAY_API_WRITE | MAY_WRITE_CHART | MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = patch_fields,  .prepare = patch_prepare,  .run = patch_run },
	{ .name = "fhir_validate",    .may = MAY_API_READ | MAY_API_WRITE | MAY_WRITE_CHART | MAY_WRITE_IDENTITY, .reveals = REVEALS_META, .fields = validate_fields, .prepare = validate_prepare },
	{ .name = "fhir_bundle",      .may = MAY_API_WRITE | MAY_IMPORT,                          .reveals = REVEALS_MANY,        .fields = bundle_fields, .prepare = bundle_prepare, .run = bundle_run },
	{ .name = "fhir_export",      .may = MAY_API_READ | MAY_SIGNED_IN,                        .reveals = REVEALS_NOTHING,     .fields = export_fields, .prepare = export_prepare },
	{ .name = "import",           .may = MAY_IMPORT,                                          .reveals = REVEALS_META,        .fields = import_fields, .prepare = import_prepare, .run = import_run },
	{ .name = NULL },
};

bool act_fhir_is(const struct act *act)
{
	return act > act_own && act < act_own + sizeof act_own / sizeof *act_own;
}

bool act_fhir_is_slow(const struct act *act)
{
	return act_fhir_is(act) && (strcmp(act->name, "import") == 0 || strcmp(act->name, "fhir_bundle") == 0);
}

enum rc act_fhir_args(const struct act *act, const struct args *args, struct problem *p)
{
	for (size_t i = 0; i < args->n; i++) {
		bool known = false;
		for (const struct field *f = act->fields; f->name && !known; f++)
			known = str_eq(args->at[i].name, f->name);
		for (size_t k = 0; k < i && known; k++)
			known = !str_is(args->at[k].name, args->at[i].name);
		if (!known)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_UNKNOWN, "", "argument");
	}
	return RC_OK;
}
