/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/merge.c: two records of one person: asked for by whoever writes identities, joined by a member of the identity cell who did not ask, parted again in one act. Joining moves
 * nothing: bodies are sealed with each record's own key, so re-homing them would make undoing a second rewriting of everything. The loser's Patient gets a link « replaced-by » and is
 * inactive, the winner's « replaces »; both are read as one (merge.h). Undone, each Patient is what it was, and what was written meanwhile stays where it was written. It must never join
 * two who lie in two beds at once, nor two qualified identities with different INS. Called by gate, show.c, relation.c and through the rows at the end. Start at merge_do.
 */
#include "hospital/merge.h"

#include <stdatomic.h>
#include <string.h>

#include "hospital/account.h"
#include "hospital/compose.h"
#include "hospital/identity.h"
#include "hospital/matters.h"
#include "hospital/patient.h"
#include "hospital/unsealed.h"

#define STAYS_MOST 400
#define TEXT_MOST 500

/* ---- what is joined ---- */

/* Was there ever one since the base was opened? The one process that writes sets it on the writer; a savepoint that is taken back leaves it set, which costs a probe. */
static atomic_bool any;

void merge_open(struct db_conn *c)
{
	struct problem ignored;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_ANY);
	bool row = true;
	if (db_step(s, &row, &ignored) != RC_OK)
		row = true;
	db_reset(s);
	atomic_store(&any, row);
}

int64_t merge_kept(struct db_conn *c, int64_t patient)
{
	struct problem ignored;
	bool row = false;
	if (!atomic_load(&any))
		return patient;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_INTO);
	db_bind_i64(s, 1, patient);
	if (db_step(s, &row, &ignored) == RC_OK && row)
		patient = db_i64(s, 0);
	db_reset(s);
	return patient;
}

static unsigned others(struct db_conn *c, int64_t patient, int64_t at[MERGE_MOST])
{
	struct problem ignored;
	bool row = false;
	unsigned n = 0;
	if (!atomic_load(&any))
		return 0;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_FROM);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, MERGE_MOST);
	while (n < MERGE_MOST && db_step(s, &row, &ignored) == RC_OK && row)
		at[n++] = db_i64(s, 0);
	db_reset(s);
	return n;
}

bool merge_is_kept(struct db_conn *c, int64_t patient)
{
	int64_t at[MERGE_MOST];
	return others(c, patient, at) > 0;
}

bool merge_is_by(struct db_conn *c, int64_t one, int64_t other, uint32_t account)
{
	const int64_t at[2] = { one, other };
	struct problem ignored;
	bool is = false;
	for (int i = 0; i < 2 && account && !is; i++) {
		struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_INTO);
		bool row = false;
		db_bind_i64(s, 1, at[i]);
		is = db_step(s, &row, &ignored) == RC_OK && row && (db_i64(s, 2) == account || db_i64(s, 3) == account);
		db_reset(s);
	}
	return is;
}

unsigned merge_group(struct db_conn *c, int64_t patient, int64_t at[MERGE_MOST])
{
	int64_t kept = merge_kept(c, patient);
	unsigned n = others(c, kept, at);
	for (unsigned i = 0; i < n && kept != patient; i++)
		if (at[i] == patient)
			at[i] = kept;
	return n;
}

struct str merge_ids(struct db_conn *c, struct arena *a, struct str id)
{
	struct problem ignored;
	struct buf b;
	bool row = false;
	if (!atomic_load(&any) || !id.n)
		return id;
	buf_init(&b, 1024);
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_INTO_ID);
	db_bind_str(s, 1, id);
	buf_str(&b, db_step(s, &row, &ignored) == RC_OK && row ? db_text(s, 0) : id);
	db_reset(s);
	struct str kept = arena_str(a, buf_view(&b));
	s = db_stmt(c, ST_HOSPITAL_MERGE_FROM_ID);
	db_bind_str(s, 1, kept);
	db_bind_i64(s, 2, MERGE_MOST);
	while (db_step(s, &row, &ignored) == RC_OK && row) {
		buf_ch(&b, ',');
		buf_str(&b, db_text(s, 1));
	}
	db_reset(s);
	struct str all = b.failed ? id : arena_str(a, buf_view(&b));
	buf_done(&b);
	return all.n ? all : id;
}

void merge_cols(struct db_conn *c, struct rows *out, int64_t patient)
{
	int64_t at[MERGE_MOST];
	struct problem ignored;
	bool row = false;
	if (!atomic_load(&any))
		return;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_INTO);
	db_bind_i64(s, 1, patient);
	if (db_step(s, &row, &ignored) == RC_OK && row)
		col(out, "merged_into", db_text(s, 1));
	db_reset(s);
	unsigned n = others(c, patient, at);
	if (n)
		rows_col_i64(out, "merged", n);
}

/* ---- requests ---- */

struct merge { int64_t no, winner, loser, about, asked_ms, done_ms; struct str winner_id, loser_id, reason, state; uint32_t asked_by, done_by; uint32_t winner_before, winner_after, loser_before, loser_after; };

static struct merge merge_row(struct db_stmt *s, struct db_conn *c, struct arena *a)
{
	struct merge m = { .no = db_i64(s, 0), .winner = db_i64(s, 1), .loser = db_i64(s, 2), .winner_id = arena_str(a, db_text(s, 3)), .loser_id = arena_str(a, db_text(s, 4)), .about = db_i64(s, 6),
		.asked_by = (uint32_t)db_i64(s, 7), .asked_ms = db_i64(s, 8), .state = arena_str(a, db_text(s, 9)), .done_by = (uint32_t)db_i64(s, 10), .done_ms = db_i64(s, 11),
		.winner_before = (uint32_t)db_i64(s, 12), .winner_after = (uint32_t)db_i64(s, 13), .loser_before = (uint32_t)db_i64(s, 14), .loser_after = (uint32_t)db_i64(s, 15) };
	m.reason = unsealed(c, a, m.about, (struct keys_bound){ SEALS_MERGE, m.asked_ms, m.asked_by }, db_text(s, 5));
	return m;
}

static enum rc merge_get(struct db_conn *c, struct arena *a, int64_t no, struct merge *m, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_MERGE_GET);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	*m = rc == RC_OK && row ? merge_row(s, c, a) : (struct merge){ .no = 0 };
	db_reset(s);
	return rc == RC_OK && !m->no ? problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such merge") : rc;
}

/* "merge_ask": patient, other, text → set "merge": no. */
static enum rc ask(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	struct buf sealed;
	struct str other_id = args_get(x->args, "other");
	int64_t other = fhir_is_id(other_id) ? record_patient_rid(x->db, other_id) : 0;
	enum rc rc = patient_read(x, &it, &t, p);
	if (rc != RC_OK)
		return rc;
	if (other <= 0)
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_FOUND, "other", "no such patient");
	if (other == it.rid)
		return problem_set(p, RC_BAD_INPUT, WHY_MERGE_SAME, "other", "the same record");
	if (merge_kept(x->db, other) != other)
		return problem_set(p, RC_CONFLICT, WHY_MERGE_CHAIN, "other", "joined to another already");
	bool first = it.rid < other;
	buf_init(&sealed, 8192);
	rc = keys_seal(x->db, it.rid, (struct keys_bound){ SEALS_MERGE, x->now_ms, x->who->account }, str_trim(args_get(x->args, "text")), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MERGE_ADD);
	db_bind_i64(s, 1, first ? it.rid : other);
	db_bind_i64(s, 2, first ? other : it.rid);
	db_bind_str(s, 3, first ? it.id : other_id);
	db_bind_str(s, 4, first ? other_id : it.id);
	db_bind_blob(s, 5, buf_view(&sealed));
	db_bind_i64(s, 6, it.rid);
	db_bind_i64(s, 7, x->who->account);
	db_bind_i64(s, 8, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc == RC_CONFLICT)
		return problem_set(p, RC_CONFLICT, WHY_MERGE_ASKED, "other", "asked already");
	if (rc != RC_OK)
		return rc;
	rows_set(out, "merge");
	rows_row(out);
	rows_col_i64(out, "no", db_last_rowid(x->db));
	return RC_OK;
}

/* ---- may they be joined? ---- */

struct span { int64_t from_ms, until_ms; };

/* Days in a bed: what is ambulatory, virtual or at home overlaps with a stay without contradiction; what is planned or cancelled was not there. */
static bool is_stay(const struct json *encounter)
{
	static const char *const ELSEWHERE[] = { "AMB", "VR", "HH", "FLD" }, *const WAS[] = { "arrived", "triaged", "in-progress", "onleave", "finished" };
	struct str code = text_at(encounter, "class.code"), status = json_get_text(encounter, "status");
	bool was = false;
	for (size_t i = 0; i < N_OF(WAS); i++)
		was = was || str_eq(status, WAS[i]);
	for (size_t i = 0; i < N_OF(ELSEWHERE); i++)
		if (str_eq(code, ELSEWHERE[i]))
			return false;
	return was;
}

static enum rc spans_of(struct act_ctx *x, struct str id, struct span *at, size_t *n_r, struct problem *p)
{
	const struct pair query[] = { { STR("patient"), id } };
	struct items s;
	size_t n = 0;
	enum rc rc = items_find(x->db, x->arena, "Encounter", query, 1, STAYS_MOST, &s, p);
	if (rc == RC_OK && s.more)
		return problem_set(p, RC_LIMIT, WHY_TOO_BIG, "", "over %d stays to compare", STAYS_MOST);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++) {
		struct str from = text_at(s.at[i].body, "period.start"), until = text_at(s.at[i].body, "period.end");
		if (is_stay(s.at[i].body) && when_low(from) != INT64_MIN)
			at[n++] = (struct span){ when_low(from), !until.n ? INT64_MAX : until.n > 10 ? when_low(until) : when_high(until) };
	}
	*n_r = n;
	return rc;
}

static enum rc stays_agree(struct act_ctx *x, struct str one, struct str other, struct problem *p)
{
	struct span *a = arena_array(x->arena, STAYS_MOST, sizeof *a), *b = arena_array(x->arena, STAYS_MOST, sizeof *b);
	size_t n_a = 0, n_b = 0;
	if (!a || !b)
		return arena_rc(x->arena, p);
	enum rc rc = spans_of(x, one, a, &n_a, p);
	if (rc == RC_OK)
		rc = spans_of(x, other, b, &n_b, p);
	for (size_t i = 0; rc == RC_OK && i < n_a; i++)
		for (size_t k = 0; k < n_b; k++)
			if (a[i].from_ms < b[k].until_ms && b[k].from_ms < a[i].until_ms)
				return problem_set(p, RC_CONFLICT, WHY_MERGE_STAYS, "", "stays %zu and %zu overlap", i, k);
	return rc;
}

struct side { struct item item; struct traits traits; bool found; };

static enum rc side_read(struct db_conn *c, struct arena *a, struct str id, struct side *s, struct problem *p)
{
	enum rc rc = item_find(c, a, "Patient", id, &s->found, &s->item, p);
	if (rc == RC_OK && s->found)
		traits_read(&s->item, a, &s->traits);
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

static enum rc may_be_joined(struct act_ctx *x, const struct side *winner, const struct side *loser, struct problem *p)
{
	int64_t at[MERGE_MOST];
	if (!winner->found || !loser->found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "", "one of the two was deleted");
	if (merge_kept(x->db, winner->item.rid) != winner->item.rid || merge_kept(x->db, loser->item.rid) != loser->item.rid || merge_is_kept(x->db, loser->item.rid) ||
		others(x->db, winner->item.rid, at) == MERGE_MOST)
		return problem_set(p, RC_CONFLICT, WHY_MERGE_CHAIN, "", "part of another merge");
	bool both = winner->traits.trust == TRUST_QUAL && loser->traits.trust == TRUST_QUAL;
	if (both && (!str_is(winner->traits.ins, loser->traits.ins) || !str_is(winner->traits.ins_system, loser->traits.ins_system)))
		return problem_set(p, RC_CONFLICT, WHY_MERGE_INS, "", "two INS");
	return stays_agree(x, winner->item.id, loser->item.id, p);
}

/* ---- the two Patients ---- */

static bool links_to(const struct json *link, struct str id)
{
	struct str other;
	return ref_of(json_get(link, "other"), "Patient", &other) && str_is(other, id);
}

static void raw_member(struct jw *w, const struct json *m)
{
	char key[64];
	if (m->name.n >= sizeof key)
		return;
	memcpy(key, m->name.p, m->name.n);
	key[m->name.n] = 0;
	jw_key(w, key);
	jw_raw(w, m->raw);
}

/* The links but those to `other`; with type: one to it at the end. Nothing when none is left. */
static void write_links(struct jw *w, const struct json *patient, struct str other, const char *type)
{
	bool open = false;
	for json_each(l, json_get(patient, "link")) {
		if (links_to(l, other))
			continue;
		if (!open) {
			jw_key(w, "link");
			jw_array(w);
			open = true;
		}
		jw_raw(w, l->raw);
	}
	if (type) {
		if (!open) {
			jw_key(w, "link");
			jw_array(w);
			open = true;
		}
		jw_object(w);
		compose_ref(w, "other", "Patient", other, STR_NONE);
		jw_member(w, "type", str_of(type));
		jw_end(w, '}');
	}
	if (open)
		jw_end(w, ']');
}

/* active: what the member says then; NULL: it is left away. */
static void write_patient(struct buf *out, const struct json *patient, struct str other, const char *type, struct str active)
{
	struct jw w;
	jw_init(&w, out);
	jw_object(&w);
	for json_each(m, patient)
		if (!str_eq(m->name, "link") && !str_eq(m->name, "active"))
			raw_member(&w, m);
	if (active.n) {
		jw_key(&w, "active");
		jw_raw(&w, active);
	}
	write_links(&w, patient, other, type);
	jw_end(&w, '}');
}

static struct str active_of(const struct json *patient)
{
	const struct json *active = json_get(patient, "active");
	return active ? active->raw : STR_NONE;
}

static enum rc put_patient(struct act_ctx *x, const struct side *s, struct str other, const char *type, struct str active, uint32_t *version_r, struct problem *p)
{
	struct record_done d;
	struct buf body;
	buf_init(&body, (size_t)1 << 24);
	write_patient(&body, s->item.body, other, type, active);
	enum rc rc = compose_put(x, "Patient", s->item.id, &body, &(struct record_if){ .has_version = true, .version = s->item.version }, &d, p);
	buf_done(&body);
	if (rc == RC_OK && version_r)
		*version_r = d.version;
	return rc;
}

/* ---- joined ---- */

static enum rc is_member(const struct act_ctx *x, struct problem *p)
{
	return cell_has(x->db, x->who->account) ? RC_OK : problem_set(p, RC_DENIED, WHY_NOT_CELL, "", "account %u is no member", x->who->account);
}

static enum rc seen(const struct act_ctx *x, const char *name, const struct side *s, struct problem *p)
{
	int64_t version = cell_number(x->args, name, 0);
	return !version || version == s->item.version ? RC_OK : problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, name, "version %u is current", s->item.version);
}

static enum rc joined(struct act_ctx *x, const struct merge *m, const struct side *winner, const struct side *loser, struct problem *p)
{
	uint32_t winner_after = 0, loser_after = 0;
	enum rc rc = put_patient(x, winner, loser->item.id, "replaces", active_of(winner->item.body), &winner_after, p);
	if (rc == RC_OK)
		rc = put_patient(x, loser, winner->item.id, "replaced-by", STR("false"), &loser_after, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MERGE_DO);
	db_bind_i64(s, 1, m->no);
	db_bind_i64(s, 2, winner->item.rid);
	db_bind_i64(s, 3, loser->item.rid);
	db_bind_str(s, 4, winner->item.id);
	db_bind_str(s, 5, loser->item.id);
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	db_bind_i64(s, 8, winner->item.version);
	db_bind_i64(s, 9, winner_after);
	db_bind_i64(s, 10, loser->item.version);
	db_bind_i64(s, 11, loser_after);
	rc = db_run(s, p);
	if (rc == RC_OK)
		atomic_store(&any, true);
	return rc;
}

static void result(struct rows *out, const struct merge *m)
{
	rows_set(out, "merge");
	rows_row(out);
	rows_col_i64(out, "no", m->no);
}

/* "merge_do": no, keep (FHIR id of the one that stays), version (of it), other_version → set "merge": no. */
static enum rc merge_do(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct merge m;
	struct side winner = { .found = false }, loser = winner;
	struct str keep = args_get(x->args, "keep");
	enum rc rc = is_member(x, p);
	if (rc == RC_OK)
		rc = merge_get(x->db, x->arena, cell_number(x->args, "no", 0), &m, p);
	if (rc != RC_OK)
		return rc;
	if (!str_eq(m.state, "asked"))
		return problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "no", "request %lld was settled", (long long)m.no);
	if (m.asked_by == x->who->account)
		return problem_set(p, RC_DENIED, WHY_MERGE_OWN, "no", "asked by the same account");
	if (!str_is(keep, m.winner_id) && !str_is(keep, m.loser_id))
		return problem_set(p, RC_BAD_INPUT, WHY_NOT_FOUND, "keep", "neither of the two");
	rc = side_read(x->db, x->arena, keep, &winner, p);
	if (rc == RC_OK)
		rc = side_read(x->db, x->arena, str_is(keep, m.winner_id) ? m.loser_id : m.winner_id, &loser, p);
	if (rc == RC_OK)
		rc = may_be_joined(x, &winner, &loser, p);
	if (rc == RC_OK)
		rc = seen(x, "version", &winner, p);
	if (rc == RC_OK)
		rc = seen(x, "other_version", &loser, p);
	if (rc == RC_OK)
		rc = joined(x, &m, &winner, &loser, p);
	if (rc == RC_OK)
		result(out, &m);
	return rc;
}

/* "merge_dismiss": no → set "merge": no. By a member, or by who asked: two persons they are. */
static enum rc dismiss(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct merge m;
	enum rc rc = merge_get(x->db, x->arena, cell_number(x->args, "no", 0), &m, p);
	if (rc == RC_OK && m.asked_by != x->who->account)
		rc = is_member(x, p);
	if (rc == RC_OK && !str_eq(m.state, "asked"))
		rc = problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "no", "request %lld was settled", (long long)m.no);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MERGE_DISMISS);
	db_bind_i64(s, 1, m.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, &m);
	return rc;
}

/* ---- parted again ---- */

/*
 * Untouched since: the body it had. Changed since: what was changed stays, our link goes, and `active` says what it said. Deleted since, or erased: there is nothing to part.
 */
static enum rc back(struct act_ctx *x, struct str id, struct str other, uint32_t before, uint32_t after, struct problem *p)
{
	struct side now = { .found = false };
	struct record_row old;
	struct record_done d;
	const struct json *was;
	enum rc rc = side_read(x->db, x->arena, id, &now, p);
	if (rc != RC_OK || !now.found)
		return rc;
	rc = record_vread(x->db, fhir_type_of(STR("Patient")), id, before, &old, p);
	struct str text = rc == RC_OK ? arena_str(x->arena, old.body) : STR_NONE;
	if (rc == RC_OK)
		rc = json_parse(text, x->arena, &was, p);
	if (rc != RC_OK)
		return rc;
	if (now.item.version != after)
		return put_patient(x, &now, other, NULL, active_of(was), NULL, p);
	struct buf body;
	buf_init(&body, (size_t)1 << 24);
	buf_str(&body, text);
	rc = compose_put(x, "Patient", id, &body, &(struct record_if){ .has_version = true, .version = after }, &d, p);
	buf_done(&body);
	return rc;
}

/* "merge_undo": no → set "merge": no. By any member, in one act. */
static enum rc undo(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct merge m;
	enum rc rc = is_member(x, p);
	if (rc == RC_OK)
		rc = merge_get(x->db, x->arena, cell_number(x->args, "no", 0), &m, p);
	if (rc == RC_OK && !str_eq(m.state, "merged"))
		rc = problem_set(p, RC_CONFLICT, WHY_VERSION_CONFLICT, "no", "merge %lld does not stand", (long long)m.no);
	if (rc == RC_OK)
		rc = back(x, m.loser_id, m.winner_id, m.loser_before, m.loser_after, p);
	if (rc == RC_OK)
		rc = back(x, m.winner_id, m.loser_id, m.winner_before, m.winner_after, p);
	if (rc != RC_OK)
		return rc;
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_MERGE_UNDO);
	db_bind_i64(s, 1, m.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK)
		result(out, &m);
	return rc;
}

/* ---- side by side ---- */

static void trait_row(struct rows *out, const char *field, struct str a, struct str b, bool differ)
{
	rows_row(out);
	col_z(out, "field", field);
	col(out, "a", a);
	col(out, "b", b);
	col_flag(out, "differs", differ && a.n && b.n); /* what only one of them has contradicts nothing */
}

static bool apart(struct arena *a, struct str x, struct str y) { return !str_is(letters_of(a, x), letters_of(a, y)); }

static void traits_rows(struct rows *out, struct arena *ar, const struct traits *a, const struct traits *b)
{
	rows_set(out, "traits");
	trait_row(out, "birth_name", a->birth_name, b->birth_name, apart(ar, a->birth_name, b->birth_name));
	trait_row(out, "given_names", a->given_list, b->given_list, apart(ar, a->given_list, b->given_list));
	trait_row(out, "born_on", a->born_on, b->born_on, !str_is(a->born_on, b->born_on));
	trait_row(out, "sex", a->sex, b->sex, !str_is(a->sex, b->sex));
	trait_row(out, "birth_place", a->birth_code, b->birth_code, !str_is(a->birth_code, b->birth_code));
	trait_row(out, "used_name", a->used_name, b->used_name, apart(ar, a->used_name, b->used_name));
	trait_row(out, "used_given", a->used_given, b->used_given, apart(ar, a->used_given, b->used_given));
	trait_row(out, "ins", a->trust == TRUST_QUAL ? a->ins : STR_NONE, b->trust == TRUST_QUAL ? b->ins : STR_NONE, !str_is(a->ins, b->ins));
	trait_row(out, "ipp", a->ipp, b->ipp, false); /* each record has its own */
	trait_row(out, "phone", a->phone, b->phone, apart(ar, a->phone, b->phone));
	trait_row(out, "city", a->city, b->city, apart(ar, a->city, b->city));
}

static void side_row(struct view_ctx *v, struct rows *out, const struct side *s)
{
	rows_row(out);
	rows_patient(out, s->item.rid, TIER_IDENTITY);
	traits_named(out, &s->traits, v->now_ms);
	rows_col_i64(out, "version", s->item.version);
}

static enum rc request_rows(struct view_ctx *v, struct rows *out, const struct side *a, const struct side *b, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_MERGE_PAIR);
	struct merge m = { .no = 0 };
	bool row = false, member = cell_has(v->db, v->who->account);
	db_bind_i64(s, 1, a->item.rid);
	db_bind_i64(s, 2, b->item.rid);
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		m = merge_row(s, v->db, v->arena);
	db_reset(s);
	if (rc != RC_OK || !m.no)
		return rc;
	rows_set(out, "merge");
	rows_row(out);
	rows_patient(out, m.about, TIER_IDENTITY);
	rows_col_i64(out, "no", m.no);
	rows_col_i64(out, "at", m.asked_ms);
	col(out, "by_name", person_of(&people, m.asked_by).name);
	col_flag(out, "mine", m.asked_by == v->who->account);
	col_flag(out, "member", member);
	col(out, "reason", m.reason);
	return RC_OK;
}

static void likeness_row(struct rows *out, struct arena *ar, const struct traits *a, const struct traits *b)
{
	int score = identity_likeness(ar, a, b);
	bool same = !traits_strict_differ(a, b) && !a->homonym && !b->homonym;
	rows_set(out, "likeness");
	rows_row(out);
	if (score)
		rows_col_i64(out, "score", score);
	rows_col(out, "grade", !score ? STR("unlikely") : str_of(match_grade(same ? MATCH_CERTAIN : score >= 95 ? MATCH_PROBABLE : MATCH_POSSIBLE)));
}

/*
 * "merge_compare": patient, other (FHIR ids), in any order. Set "sides", the older record first: id, name, born_on, age, sex, status, version and flags; set "traits": field, a, b, differs (flag);
 * set "likeness": score (per cent, when alike), grade (certain, probable, possible, unlikely); when a merge of the two is asked for, set "merge": no, at, by_name, reason, mine (flag: another
 * member does it), member (flag). Without other: one side. BARRIER: who may open one of them learns nothing of the other: the gate asks for both, and one who is not there is refused alike.
 */
static enum rc compare(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct side a = { .found = false }, b = a;
	struct str other = args_get(v->args, "other");
	enum rc rc = side_read(v->db, v->arena, args_get(v->args, "patient"), &a, p);
	if (rc == RC_OK && !a.found)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	if (rc == RC_OK && other.n)
		rc = side_read(v->db, v->arena, other, &b, p);
	if (rc == RC_OK && other.n && !b.found)
		rc = problem_set(p, RC_DENIED, WHY_UNEXPLAINED, "", "no live fact");
	if (rc != RC_OK)
		return rc;
	struct side one = b.found && b.item.rid < a.item.rid ? b : a, two = one.item.rid == a.item.rid ? b : a;
	rows_set(out, "sides");
	side_row(v, out, &one);
	if (two.found)
		side_row(v, out, &two);
	if (!two.found)
		return arena_rc(v->arena, p);
	traits_rows(out, v->arena, &one.traits, &two.traits);
	likeness_row(out, v->arena, &one.traits, &two.traits);
	rc = request_rows(v, out, &one, &two, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "merge_candidates": patient → set "duplicates" as patient_duplicates, of the record itself: who else may be this person; the row itself is left out. */
static enum rc candidates(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct side s = { .found = false };
	struct likely at[MASKED_LINES];
	unsigned n = 0;
	enum rc rc = side_read(v->db, v->arena, args_get(v->args, "patient"), &s, p);
	if (rc == RC_OK && !s.found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	if (rc == RC_OK && s.traits.born_on.n == 10) /* without a whole date nobody is looked for */
		rc = identity_likely(v->db, v->arena, &s.traits, true, v->now_ms, at, &n, p);
	unsigned kept = 0;
	for (unsigned i = 0; i < n; i++) /* what is joined to it already is this person */
		if (merge_kept(v->db, at[i].k.patient) != merge_kept(v->db, s.item.rid))
			at[kept++] = at[i];
	if (rc == RC_OK)
		identity_likely_rows(out, at, kept);
	return rc;
}

/* "merges": kind (asked, merged), after (number). For members. Set "merges": no, at, by_name, mine; set "lines": no, side (winner, loser), and a masked line; set "page": next. */
#define PAGE 5 /* two lines each, and ten masked lines a page */
static enum rc merges(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct merge at[PAGE];
	unsigned n = 0;
	bool row = false, done = str_eq(args_get(v->args, "kind"), "merged");
	enum rc rc = RC_OK;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_MERGE_LIST);
	bool member = cell_has(v->db, v->who->account);
	db_bind_str(s, 1, done ? STR("merged") : STR("asked"));
	db_bind_i64(s, 2, cell_number(v->args, "after", 0));
	db_bind_i64(s, 3, PAGE);
	while (member && n < PAGE && (rc = db_step(s, &row, p)) == RC_OK && row)
		at[n++] = merge_row(s, v->db, v->arena);
	db_reset(s);
	rows_set(out, "merges");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		rows_row(out);
		rows_col_i64(out, "no", at[i].no);
		rows_col_i64(out, "at", done ? at[i].done_ms : at[i].asked_ms);
		col(out, "by_name", person_of(&people, done ? at[i].done_by : at[i].asked_by).name);
		col_flag(out, "mine", !done && at[i].asked_by == v->who->account);
	}
	rows_set(out, "lines");
	for (unsigned i = 0; i < 2 * n && rc == RC_OK; i++) {
		const struct merge *m = &at[i / 2];
		rows_row(out);
		rc = cell_line(v, out, i % 2 ? m->loser : m->winner, p);
		rows_col_i64(out, "no", m->no);
		col_z(out, "side", i % 2 ? "loser" : "winner");
	}
	rows_set(out, "page");
	rows_row(out);
	col_flag(out, "member", member);
	if (n == PAGE)
		rows_col_i64(out, "next", at[n - 1].no);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

static const struct field ASK_FIELDS[] = {
	{ .name = "patient", .label = "Patient",      .kind = FIELD_ID,   .required = true },
	{ .name = "other",   .label = "Other record", .kind = FIELD_ID,   .required = true },
	{ .name = "text",    .label = "Explain",      .kind = FIELD_TEXT, .min = 3, .max = TEXT_MOST, .required = true },
	FIELDS_END,
};
static const struct field DO_FIELDS[] = {
	{ .name = "no",            .label = "Number",         .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "keep",          .label = "Record to keep", .kind = FIELD_ID,  .required = true },
	{ .name = "version",       .label = "Version",        .kind = FIELD_INT, .min = 1, .max = UINT32_MAX },
	{ .name = "other_version", .label = "Version",        .kind = FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view merge_views[] = {
	{ .name = "merge_candidates", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .run = candidates },
	{ .name = "merge_compare",    .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .run = compare },
	{ .name = "merges",           .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_MASKED, .work_after = "after", .run = merges },
	{ .name = NULL },
};

const struct act merge_acts[] = {
	{ .name = "merge_ask",     .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_ONE_PATIENT, .fields = ASK_FIELDS, .run = ask },
	{ .name = "merge_do",      .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_META,        .fields = DO_FIELDS,  .run = merge_do },
	{ .name = "merge_dismiss", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_META,        .fields = NO_FIELDS,  .run = dismiss },
	{ .name = "merge_undo",    .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_META,        .fields = NO_FIELDS,  .run = undo },
	{ .name = NULL },
};
