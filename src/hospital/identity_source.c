/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/identity_source.c: sources of an identity (type of document, channel, day, who), the question to INSi, attributes, a suspected collision. A status is never chosen: it
 * follows from what stands (identity_status.h). It must never keep an INS on an identity that INSi did not know with exactly these traits, nor ask INSi about a doubtful or
 * fictive one (RNIV, EXI SI 09). Called by patient.c and by the gate through the rows at the end. Start at identity_settle and ask_insi.
 */
#include "hospital/identity_source.h"

#include "base/clock.h"
#include "hospital/account.h"
#include "hospital/identity.h"
#include "hospital/insi.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/patient.h"
#include "hospital/unsealed.h"

#include <string.h>

#define SOURCES_MOST 64        /* of one person: the newest decide */
#define TEXT_MOST 500

const char *const task_codes[] = { [TASK_COLLISION] = "collision", [TASK_INSI] = "insi" };

/* ---- stored ---- */

static void traits_pack(struct buf *out, const struct traits *t)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	jw_member(&w, "birth_name", t->birth_name);
	jw_member(&w, "given_names", t->given_list);
	jw_member(&w, "born_on", t->born_on);
	jw_member(&w, "sex", t->sex);
	jw_member(&w, "birth_place", t->birth_code);
	jw_member(&w, "ins", t->ins);
	jw_member(&w, "system", t->ins_system);
	jw_end(&w, '}');
}

static enum rc traits_unpack(struct str text, struct arena *a, struct traits *t, struct problem *p)
{
	const struct json *v;
	enum rc rc = text.n ? json_parse(text, a, &v, p) : RC_OK;
	*t = (struct traits){ .rid = 0 };
	if (rc != RC_OK || !text.n)
		return rc;
	*t = (struct traits){ .birth_name = json_get_text(v, "birth_name"), .given_list = json_get_text(v, "given_names"), .born_on = json_get_text(v, "born_on"), .sex = json_get_text(v, "sex"),
		.birth_code = json_get_text(v, "birth_place"), .ins = json_get_text(v, "ins"), .ins_system = json_get_text(v, "system") };
	return RC_OK;
}

static enum rc source_row(struct db_stmt *s, struct db_conn *c, struct arena *a, struct source *out, struct problem *p)
{
	*out = (struct source){ .no = db_i64(s, 0), .patient = db_i64(s, 1), .method = arena_str(a, db_text(s, 2)), .proof = arena_str(a, db_text(s, 3)), .seen_on = arena_str(a, db_text(s, 4)),
		.made_by = (uint32_t)db_i64(s, 6), .made_ms = db_i64(s, 7), .ended_by = (uint32_t)db_i64(s, 8), .ended_ms = db_i64(s, 9) };
	struct str plain = unsealed(c, a, out->patient, (struct keys_bound){ SEALS_SOURCE, out->made_ms, out->made_by }, db_text(s, 5));
	return traits_unpack(plain, a, &out->traits, p);
}

static enum rc sources_of(struct db_conn *c, struct arena *a, int64_t patient, struct source **at_r, unsigned *n_r, struct problem *p)
{
	struct source *at = arena_array(a, SOURCES_MOST, sizeof *at);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_IDENTITY_SOURCES);
	bool row = false;
	unsigned n = 0;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, SOURCES_MOST);
	while (rc == RC_OK && n < SOURCES_MOST && (rc = db_step(s, &row, p)) == RC_OK && row)
		rc = source_row(s, c, a, &at[n++], p);
	db_reset(s);
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static bool is_insi(const struct source *s) { return str_eq(s->method, "INSI"); }

enum rc identity_source_put(struct act_ctx *x, const struct source *src, struct problem *p)
{
	struct source *at;
	struct buf plain, sealed;
	unsigned n;
	enum rc rc = sources_of(x->db, x->arena, src->patient, &at, &n, p);
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		if (!at[i].ended_ms && at[i].made_by == x->who->account && str_is(at[i].method, src->method) && str_is(at[i].proof, src->proof) && str_is(at[i].seen_on, src->seen_on) &&
			!traits_strict_differ(&at[i].traits, &src->traits))
			return RC_OK;
	if (rc != RC_OK)
		return rc;
	buf_init(&plain, 8192);
	buf_init(&sealed, 16384);
	traits_pack(&plain, &src->traits);
	rc = buf_rc(&plain, p);
	if (rc == RC_OK)
		rc = keys_seal(x->db, src->patient, (struct keys_bound){ SEALS_SOURCE, x->now_ms, x->who->account }, buf_view(&plain), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_SOURCE_ADD);
	db_bind_i64(s, 1, src->patient);
	db_bind_str(s, 2, src->method);
	db_bind_str(s, 3, src->proof.n ? src->proof : STR(""));
	db_bind_str(s, 4, src->seen_on);
	db_bind_blob(s, 5, buf_view(&sealed));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&plain);
	buf_done(&sealed);
	return rc;
}

/* ---- what a status stands on ---- */

struct standing { const struct source *insi, *document; bool insi_ever, document_ever; };

/* INSi told more than was known (complete): what said less before, and nothing else, is not contradicted. */
static bool is_completed(struct arena *a, const struct traits *less, const struct traits *now)
{
	struct traits t = *less;
	struct str ours = letters_of(a, less->given_list), all = letters_of(a, now->given_list);
	if (ours.n && ours.n <= all.n && memcmp(ours.p, all.p, ours.n) == 0)
		t.given_list = now->given_list;
	if (!t.birth_code.n)
		t.birth_code = now->birth_code;
	return !traits_strict_differ(&t, now);
}

static struct standing standing_of(const struct source *at, unsigned n, struct arena *a, const struct traits *now)
{
	struct standing st = { .insi_ever = false };
	for (unsigned i = 0; i < n && !st.insi; i++)
		if (is_insi(&at[i]) && !at[i].ended_ms && !traits_strict_differ(&at[i].traits, now))
			st.insi = &at[i];
	for (unsigned i = 0; i < n; i++) {
		bool insi = is_insi(&at[i]), proves = !insi && proof_worth(at[i].proof) == PROOF_VALIDATES;
		st.insi_ever = st.insi_ever || insi;
		st.document_ever = st.document_ever || proves;
		bool agrees = !traits_strict_differ(&at[i].traits, now) || (st.insi && is_completed(a, &at[i].traits, now));
		if (proves && agrees && !at[i].ended_ms && !st.document)
			st.document = &at[i];
	}
	return st;
}

enum rc identity_settle(struct db_conn *c, struct arena *a, const struct traits *was, struct traits *now, struct problem *p)
{
	struct source *at = NULL;
	unsigned n = 0;
	enum rc rc = now->rid ? sources_of(c, a, now->rid, &at, &n, p) : RC_OK;
	if (rc != RC_OK)
		return rc;
	struct standing st = standing_of(at, n, a, now);
	bool same = !traits_strict_differ(was, now), as_good = same || (st.insi && is_completed(a, was, now));
	struct evidence e = {
		.insi = st.insi || (same && !st.insi_ever && (was->trust == TRUST_RECUP || was->trust == TRUST_QUAL)),
		.document = st.document || (as_good && !st.document_ever && (was->trust == TRUST_VALI || was->trust == TRUST_QUAL)),
	};
	now->trust = identity_trust(e, now->doubtful, now->fictive);
	bool known = now->trust == TRUST_RECUP || now->trust == TRUST_QUAL, checked = now->trust == TRUST_VALI || now->trust == TRUST_QUAL;
	now->ins = !known ? STR_NONE : st.insi ? st.insi->traits.ins : was->ins;
	now->ins_system = !known ? STR_NONE : st.insi ? st.insi->traits.ins_system : was->ins_system;
	now->method = !known ? STR_NONE : st.insi ? st.insi->method : was->method;
	now->collected_on = !known ? STR_NONE : st.insi ? st.insi->seen_on : was->collected_on;
	now->proof = !checked ? STR_NONE : st.document ? st.document->proof : was->proof;
	now->proof_on = !checked ? STR_NONE : st.document ? st.document->seen_on : was->proof_on;
	return RC_OK;
}

static enum rc settle_and_write(struct act_ctx *x, struct rows *out, const struct item *it, const struct traits *was, struct traits *now, struct problem *p)
{
	struct record_done d;
	enum rc rc = identity_settle(x->db, x->arena, was, now, p);
	if (rc == RC_OK)
		rc = patient_write_over(x, it, was, now, &d, p);
	if (rc == RC_OK)
		patient_result(out, &d, now, TIER_IDENTITY);
	return rc;
}

/* ---- a document ---- */

/* "identity_source_add": patient, version, proof, method, seen_on → set "patient": id, version, status. */
static enum rc source_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits was, now;
	struct str seen_on = args_get(x->args, "seen_on"), method = args_get(x->args, "method");
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc != RC_OK)
		return rc;
	if (when_low(seen_on) == INT64_MIN || when_low(seen_on) > x->now_ms || (was.born_on.n == 10 && str_cmp(seen_on, was.born_on) < 0))
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "seen_on", "to come, or before the birth");
	struct source s = { .patient = it.rid, .method = method.n ? method : STR("SM"), .proof = args_get(x->args, "proof"), .seen_on = seen_on, .traits = was };
	s.traits.ins = s.traits.ins_system = STR_NONE;
	now = was;
	rc = identity_source_put(x, &s, p);
	return rc == RC_OK ? settle_and_write(x, out, &it, &was, &now, p) : rc;
}

/* "identity_source_end": patient, no → set "patient". The document proves nothing any more: it was false, or another person's. */
static enum rc source_end(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits was, now;
	uint64_t no = 0;
	bool row = false;
	struct source src = { .no = 0 };
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_SOURCE_GET);
	db_bind_i64(s, 1, str_u64(args_get(x->args, "no"), &no) == RC_OK && no <= INT64_MAX ? (int64_t)no : 0);
	rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		rc = source_row(s, x->db, x->arena, &src, p);
	db_reset(s);
	if (rc == RC_OK && (src.patient != it.rid || src.ended_ms))
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such source");
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_SOURCE_END);
	db_bind_i64(s, 1, src.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	now = was;
	return rc == RC_OK ? settle_and_write(x, out, &it, &was, &now, p) : rc;
}

/* ---- attributes ---- */

/* "identity_mark": patient, version, homonym, doubtful, fictive → set "patient". What is not ticked is taken away. */
static enum rc mark(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits was, now;
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc != RC_OK)
		return rc;
	now = was;
	now.homonym = args_get(x->args, "homonym").n > 0;
	now.doubtful = args_get(x->args, "doubtful").n > 0;
	now.fictive = args_get(x->args, "fictive").n > 0;
	if (!identity_is_legal(TRUST_PROV, now.homonym, now.doubtful, now.fictive))
		return problem_set(p, RC_BAD_INPUT, WHY_IDENTITY_ATTRIBUTES, "fictive", "doubtful and fictive");
	return settle_and_write(x, out, &it, &was, &now, p);
}

/* ---- tasks of the identity cell ---- */

struct identity_task identity_task_row(struct db_stmt *s, struct db_conn *c, struct arena *a)
{
	struct identity_task t = { .no = db_i64(s, 0), .patient = db_i64(s, 1), .kind = arena_str(a, db_text(s, 2)), .detail = arena_str(a, db_text(s, 3)), .made_by = (uint32_t)db_i64(s, 5), .made_ms = db_i64(s, 6) };
	t.text = unsealed(c, a, t.patient, (struct keys_bound){ SEALS_TASK, t.made_ms, t.made_by }, db_text(s, 4));
	return t;
}

static enum rc task_add(struct act_ctx *x, int64_t patient, enum task_kind kind, const char *detail, struct str text, struct problem *p)
{
	struct buf sealed;
	buf_init(&sealed, 8192);
	enum rc rc = text.n ? keys_seal(x->db, patient, (struct keys_bound){ SEALS_TASK, x->now_ms, x->who->account }, text, &sealed, p) : RC_OK;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_TASK_ADD);
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, str_of(task_codes[kind]));
	db_bind_str(s, 3, str_of(detail));
	db_bind_blob(s, 4, sealed.n ? buf_view(&sealed) : STR(""));
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	return rc;
}

static enum rc task_drop(struct act_ctx *x, int64_t patient, enum task_kind kind, struct problem *p)
{
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_IDENTITY_TASK_DROP);
	db_bind_i64(s, 1, patient);
	db_bind_str(s, 2, str_of(task_codes[kind]));
	db_bind_i64(s, 3, x->who->account);
	db_bind_i64(s, 4, x->now_ms);
	return db_run(s, p);
}

/* "identity_collision": patient, text → set "task": id. One open report a record: a second changes nothing. */
static enum rc collision(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	enum rc rc = patient_read(x, &it, &t, p);
	if (rc == RC_OK)
		rc = task_add(x, it.rid, TASK_COLLISION, "", str_trim(args_get(x->args, "text")), p);
	if (rc == RC_OK)
		rc = known_collision(x->db, it.rid, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "task");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	rows_col(out, "id", it.id);
	return RC_OK;
}

/* ---- INSi ---- */

struct asked { struct insi_answer answer; uint32_t version; struct str city; };

static enum rc ask_insi(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct asked *k = ARENA_NEW(v->arena, struct asked);
	const struct insi *service = insi_in_use();
	struct item it;
	struct traits t;
	bool found = false;
	(void)issues;
	if (!k)
		return arena_rc(v->arena, p);
	if (!service)
		return problem_set(p, RC_BAD_INPUT, WHY_INSI_UNAVAILABLE, "", "no service is set");
	enum rc rc = item_find(v->db, v->arena, "Patient", args_get(v->args, "patient"), &found, &it, p);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	traits_read(&it, v->arena, &t);
	if (!identity_may_ask(t.doubtful, t.fictive)) /* EXI SI 09 */
		return problem_set(p, RC_BAD_INPUT, WHY_INSI_BARRED, "", "doubtful or fictive");
	if (t.born_on.n != 10)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "", "not a whole birth date");
	struct insi_traits asked = { t.birth_name, t.given_list, t.born_on, t.sex, t.birth_code };
	rc = service->call(&asked, v->arena, &k->answer, p);
	if (rc == RC_OK && k->answer.outcome == INSI_FOUND && !t.birth_code.n)
		rc = place_name(v->db, k->answer.traits.birth_place, v->arena, &k->city, p);
	if (rc == RC_BAD_INPUT)
		rc = RC_OK, k->city = STR_NONE; /* a place that our table lacks keeps its code */
	k->version = it.version;
	*prepared_r = k;
	return rc;
}

/* Of what INSi tells more than we knew, the rest being the same: all given names, the place. */
static void complete(const struct asked *k, struct arena *a, struct traits *t)
{
	const struct insi_traits *theirs = &k->answer.traits;
	if (!t->birth_code.n) {
		t->birth_code = theirs->birth_place;
		t->birth_city = k->city;
	}
	struct str ours = letters_of(a, t->given_list), all = letters_of(a, theirs->given_names);
	if (ours.n && ours.n < all.n && memcmp(ours.p, all.p, ours.n) == 0)
		t->given_list = theirs->given_names;
}

static void row_differs(struct rows *out, const char *field, struct str ours, struct str theirs, bool differ)
{
	if (!differ)
		return;
	rows_row(out);
	col_z(out, "field", field);
	col(out, "ours", ours);
	col(out, "theirs", theirs);
}

static void rows_differing(struct rows *out, struct arena *a, const struct traits *t, const struct insi_traits *theirs)
{
	rows_set(out, "differs");
	row_differs(out, "birth_name", t->birth_name, theirs->birth_name, !str_is(letters_of(a, t->birth_name), letters_of(a, theirs->birth_name)));
	row_differs(out, "given_names", t->given_list, theirs->given_names, !str_is(letters_of(a, t->given_list), letters_of(a, theirs->given_names)));
	row_differs(out, "birthdate", t->born_on, theirs->born_on, !str_is(t->born_on, theirs->born_on));
	row_differs(out, "sex", t->sex, theirs->sex, !str_is(t->sex, theirs->sex));
	row_differs(out, "birth_place", t->birth_code, theirs->birth_place, !str_is(t->birth_code, theirs->birth_place));
}

static enum rc take_answer(struct act_ctx *x, struct rows *out, const struct item *it, const struct traits *was, const struct asked *k, const char **outcome_r, struct problem *p)
{
	const struct insi_traits *theirs = &k->answer.traits;
	struct traits now = *was;
	complete(k, x->arena, &now);
	struct traits known = { .birth_name = theirs->birth_name, .given_list = theirs->given_names, .born_on = theirs->born_on, .sex = theirs->sex, .birth_code = theirs->birth_place };
	if (traits_strict_differ(&known, &now)) {
		*outcome_r = "differs";
		rows_differing(out, x->arena, &now, theirs);
		return task_add(x, it->rid, TASK_INSI, "differs", STR_NONE, p);
	}
	struct civil today = civil_paris(x->now_ms);
	struct buf day;
	buf_init(&day, 16);
	buf_fmt(&day, "%04d-%02d-%02d", today.year, today.month, today.day);
	struct source s = { .patient = it->rid, .method = STR("INSI"), .seen_on = arena_str(x->arena, buf_view(&day)), .traits = now };
	buf_done(&day);
	s.traits.ins = k->answer.ins;
	s.traits.ins_system = k->answer.system;
	enum rc rc = identity_source_put(x, &s, p);
	if (rc == RC_OK)
		rc = task_drop(x, it->rid, TASK_INSI, p);
	*outcome_r = "found";
	return rc == RC_OK ? settle_and_write(x, out, it, was, &now, p) : rc;
}

/*
 * "insi_call": patient, version → set "insi": outcome (found, none, several, differs); set "differs": field, ours, theirs; found: set "patient" as after an edit. What INSi does not
 * confirm changes nothing and waits for the identity cell.
 */
static enum rc insi_call(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct asked *k = x->prepared;
	struct item it;
	struct traits was;
	const char *outcome = k->answer.outcome == INSI_NONE ? "none" : "several";
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc == RC_OK && it.version != k->version)
		rc = problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it.version);
	if (rc == RC_OK)
		rc = k->answer.outcome == INSI_FOUND ? take_answer(x, out, &it, &was, k, &outcome, p) : task_add(x, it.rid, TASK_INSI, outcome, STR_NONE, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "insi");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	col_z(out, "outcome", outcome);
	return RC_OK;
}

/* ---- the view ---- */

/*
 * "identity_sources": set "sources", newest first: no, method, proof, proves (flag), seen_on, by_name, made_at, ended_at, agrees (flag: with the present traits); set "tasks": kind, detail, at;
 * set "state": version, status, homonym, doubtful, fictive, may_ask (flag), service (name of the INSi in use).
 */
static enum rc sources(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct source *at;
	struct item it;
	struct traits t;
	bool found = false, row = false;
	unsigned n = 0;
	enum rc rc = item_find(v->db, v->arena, "Patient", args_get(v->args, "patient"), &found, &it, p);
	if (rc == RC_OK && !found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	if (rc == RC_OK)
		rc = sources_of(v->db, v->arena, it.rid, &at, &n, p);
	if (rc != RC_OK)
		return rc;
	traits_read(&it, v->arena, &t);
	struct standing st = standing_of(at, n, v->arena, &t);
	rows_set(out, "sources");
	for (unsigned i = 0; i < n; i++) {
		rows_row(out);
		rows_patient(out, it.rid, TIER_IDENTITY);
		rows_col_i64(out, "no", at[i].no);
		rows_col(out, "method", at[i].method);
		col(out, "proof", at[i].proof);
		col_flag(out, "proves", is_insi(&at[i]) || proof_worth(at[i].proof) == PROOF_VALIDATES);
		rows_col(out, "seen_on", at[i].seen_on);
		col(out, "by_name", person_of(&people, at[i].made_by).name);
		rows_col_i64(out, "made_at", at[i].made_ms);
		if (at[i].ended_ms)
			rows_col_i64(out, "ended_at", at[i].ended_ms);
		col_flag(out, "agrees", !traits_strict_differ(&at[i].traits, &t) || (st.insi && is_completed(v->arena, &at[i].traits, &t)));
	}
	rows_set(out, "tasks");
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_IDENTITY_TASK_OF);
	db_bind_i64(s, 1, it.rid);
	while ((rc = db_step(s, &row, p)) == RC_OK && row) {
		rows_row(out);
		rows_col(out, "kind", db_text(s, 2));
		col(out, "detail", db_text(s, 3));
		rows_col_i64(out, "at", db_i64(s, 6));
	}
	db_reset(s);
	rows_set(out, "state");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	rows_col_i64(out, "version", it.version);
	rows_col(out, "status", str_of(trust_code(t.trust)));
	col_flag(out, "homonym", t.homonym);
	col_flag(out, "doubtful", t.doubtful);
	col_flag(out, "fictive", t.fictive);
	col_flag(out, "may_ask", identity_may_ask(t.doubtful, t.fictive));
	if (insi_in_use())
		col_z(out, "service", insi_in_use()->name);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

#define PATIENT_FIELDS \
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true }, \
	{ .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX }

static const struct field SOURCE_FIELDS[] = {
	PATIENT_FIELDS,
	{ .name = "proof",   .label = "Document",     .kind = FIELD_CODE, .required = true, .choices = proof_choices },
	{ .name = "method",  .label = "How it was read", .kind = FIELD_CODE, .choices = method_choices },
	{ .name = "seen_on", .label = "Seen on",      .kind = FIELD_DATE, .required = true },
	FIELDS_END,
};
static const struct field END_FIELDS[] = { PATIENT_FIELDS, { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };
static const struct field CALL_FIELDS[] = { PATIENT_FIELDS, FIELDS_END };
static const struct field MARK_FIELDS[] = {
	PATIENT_FIELDS,
	{ .name = "homonym",  .label = "Namesake exists",     .kind = FIELD_FLAG },
	{ .name = "doubtful", .label = "Doubtful identity",   .kind = FIELD_FLAG },
	{ .name = "fictive",  .label = "Fictitious identity", .kind = FIELD_FLAG },
	FIELDS_END,
};
static const struct field COLLISION_FIELDS[] = { PATIENT_FIELDS, { .name = "text", .label = "Explain", .kind = FIELD_TEXT, .min = 3, .max = TEXT_MOST, .required = true }, FIELDS_END };

const struct view identity_source_views[] = {
	{ .name = "identity_sources", .may = MAY_READ_IDENTITY | MAY_READ_CHART, .reveals = REVEALS_ONE_PATIENT, .run = sources },
	{ .name = NULL },
};

const struct act identity_source_acts[] = {
	{ .name = "identity_source_add", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = SOURCE_FIELDS,    .run = source_add },
	{ .name = "identity_source_end", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = END_FIELDS,       .run = source_end },
	{ .name = "identity_mark",       .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = MARK_FIELDS,      .run = mark },
	{ .name = "identity_collision",  .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = COLLISION_FIELDS, .run = collision },
	{ .name = "insi_call",           .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = CALL_FIELDS,      .slow = true, .prepare = ask_insi, .run = insi_call },
	{ .name = NULL },
};
