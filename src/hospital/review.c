/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/review.c: who looked at whom: the access index, break-glass grants, and their review by somebody else.
 * Must never show a reviewer more of a patient than a masked line and flags computed here, never let anybody review himself.
 * Called by the gate (index, grants; and through the rows at the end). Start at access_index_put and review_list.
 */
#include "base/clock.h"
#include "codec/fold.h"
#include "hospital/colleague.h"
#include "hospital/identity.h"
#include "hospital/matters.h"
#include "hospital/review.h"
#include "hospital/special.h"
#include "hospital/unsealed.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_ACCESSES 50
#define PAGE_TROUBLES 100
#define PAGE_PROOFS 20
#define REVIEW_MS (72 * 3600 * INT64_C(1000)) /* each broken glass is reviewed within (SECURITY 7.4) */

/* ---- the index ---- */

static enum rc word_of(struct db_conn *c, struct str text, int64_t *no_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WORD_FIND);
	bool row;
	db_bind_str(s, 1, text.n ? text : STR(""));
	enum rc rc = db_step(s, &row, p);
	if (rc == RC_OK && row)
		*no_r = db_i64(s, 0);
	db_reset(s);
	if (rc != RC_OK || row)
		return rc;
	s = db_stmt(c, ST_HOSPITAL_WORD_ADD);
	db_bind_str(s, 1, text.n ? text : STR(""));
	rc = db_run(s, p);
	if (rc == RC_OK)
		*no_r = db_last_rowid(c);
	return rc;
}

struct str access_word(struct db_conn *c, struct arena *a, int64_t no)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_WORD_GET);
	struct problem ignored; /* a word that cannot be read leaves the column away */
	bool row = false;
	db_bind_i64(s, 1, no);
	struct str text = db_step(s, &row, &ignored) == RC_OK && row ? arena_str(a, db_text(s, 0)) : STR_NONE;
	db_reset(s);
	return text;
}

enum rc access_index_put(struct db_conn *c, const struct access_row *row, struct problem *p)
{
	int64_t unit = 0, route = 0;
	enum rc rc = word_of(c, row->unit, &unit, p);
	if (rc == RC_OK)
		rc = word_of(c, row->route, &route, p);
	if (rc != RC_OK)
		return rc;
	const int64_t at[] = { row->patient, (int64_t)row->number, row->at_ms, row->account, row->role, unit, row->kind, row->surface, route, row->explain, row->rc };
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_ACCESS_PUT);
	for (size_t i = 0; i < N_OF(at); i++)
		db_bind_i64(s, (int)i + 1, at[i]);
	rc = db_run(s, p);
	if (rc == RC_OK)
		rc = special_opened(c, row, unit, p);
	bool stops = row->kind == ACCESS_ALARM && row->rc == RC_OVER_BUDGET && row->account != 0;
	return rc == RC_OK && stops ? stop_put(c, (int64_t)row->number, p) : rc;
}

uint64_t access_indexed(struct db_conn *c)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_GET);
	struct problem ignored;
	bool row = false;
	db_bind_str(s, 1, STR("access_indexed"));
	uint64_t number = db_step(s, &row, &ignored) == RC_OK && row ? (uint64_t)db_i64(s, 0) : 0;
	db_reset(s);
	return number;
}

enum rc access_indexed_set(struct db_conn *c, uint64_t number, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_SET);
	db_bind_str(s, 1, STR("access_indexed"));
	db_bind_i64(s, 2, (int64_t)number);
	return db_run(s, p);
}

/* ---- break-glass ---- */

const struct choice break_glass_reasons[] = {
	{ "emergency", "Vital emergency" },
	{ "arrival",   "The patient is with me and not registered here yet" },
	{ "advice",    "A colleague asks for my advice" },
	{ "other",     "Another reason" },
	{ NULL, NULL },
};

/*
 * Every emergency, which nothing else counts; of the other reasons, which the ladder counts (SECURITY 7.3), one in ten, drawn by a keyed hash that nobody foresees:
 * a house of 2,000 gives some thousands of them a day, and a list that long is read by nobody.
 */
#define REVIEW_ONE_IN 10
static bool is_for_review(const struct glass *g)
{
	char text[80];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	if (str_eq(g->reason, "emergency"))
		return true;
	buf_u64(&b, g->account);
	buf_ch(&b, ' ');
	buf_i64(&b, g->patient);
	buf_ch(&b, ' ');
	buf_i64(&b, g->at_ms);
	return (uint64_t)keys_house_hash(buf_view(&b)) % REVIEW_ONE_IN == 0;
}

enum rc break_glass_add(struct db_conn *c, const struct glass *g, int64_t *no_r, struct problem *p)
{
	bool known = false;
	for (const struct choice *r = break_glass_reasons; r->code; r++)
		known = known || str_eq(g->reason, r->code);
	if (!known)
		return problem_set(p, RC_BAD_INPUT, WHY_BREAK_GLASS_REASON, "reason", "unknown reason");
	if (g->text.n > BREAK_GLASS_TEXT)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_TOO_LONG, "text", "%zu bytes", g->text.n);
	struct buf sealed; /* what is typed here may name the person */
	buf_init(&sealed, BREAK_GLASS_TEXT + SEAL_MORE);
	enum rc rc = keys_seal(c, g->patient, (struct keys_bound){ SEALS_GLASS, g->at_ms, g->account }, g->text, &sealed, p);
	if (rc != RC_OK) {
		buf_done(&sealed);
		return rc;
	}
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_GLASS_ADD);
	db_bind_i64(s, 1, g->account);
	db_bind_i64(s, 2, g->patient);
	db_bind_str(s, 3, g->unit.n ? g->unit : STR_NONE);
	db_bind_str(s, 4, g->reason);
	db_bind_blob(s, 5, buf_view(&sealed));
	db_bind_i64(s, 6, g->at_ms);
	db_bind_i64(s, 7, g->until_ms);
	if (g->cosigned_by)
		db_bind_i64(s, 8, g->cosigned_by);
	else
		db_bind_null(s, 8);
	db_bind_i64(s, 9, is_for_review(g) || special_is(c, g->patient)); /* of specially sensitive data each, not one in ten */
	rc = db_run(s, p);
	buf_done(&sealed);
	if (rc == RC_OK)
		*no_r = db_last_rowid(c);
	return rc;
}

bool break_glass_live(struct db_conn *c, uint32_t account, int64_t patient, int64_t now_ms, int64_t *until_r)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_GLASS_LIVE);
	struct problem ignored; /* a grant that cannot be read opens nothing */
	bool row = false;
	db_bind_i64(s, 1, account);
	db_bind_i64(s, 2, patient);
	db_bind_i64(s, 3, now_ms);
	bool live = db_step(s, &row, &ignored) == RC_OK && row && !db_is_null(s, 0);
	if (live)
		*until_r = db_i64(s, 0);
	db_reset(s);
	return live;
}

struct grant { struct glass g; uint32_t reviewed_by; int64_t reviewed_ms; struct str verdict, comment; };

static struct grant grant_row(struct db_conn *c, struct db_stmt *s, struct arena *a)
{
	struct grant k = (struct grant){ .g = { .no = db_i64(s, 0), .account = (uint32_t)db_i64(s, 1), .patient = db_i64(s, 2), .unit = arena_str(a, db_text(s, 3)), .reason = arena_str(a, db_text(s, 4)),
			.at_ms = db_i64(s, 6), .until_ms = db_i64(s, 7), .cosigned_by = (uint32_t)db_i64(s, 12) },
		.reviewed_by = (uint32_t)db_i64(s, 8), .reviewed_ms = db_i64(s, 9), .verdict = arena_str(a, db_text(s, 10)) };
	k.g.text = unsealed(c, a, k.g.patient, (struct keys_bound){ SEALS_GLASS, k.g.at_ms, k.g.account }, db_text(s, 5));
	k.comment = unsealed(c, a, k.g.patient, (struct keys_bound){ SEALS_VERDICT, k.g.no, 0 }, db_text(s, 11));
	return k;
}

/* ---- flags for a reviewer who may not see the identity ---- */

static bool word_within(struct str folded, struct str word)
{
	while (folded.n && word.n) {
		struct str rest, one = str_cut(folded, ' ', &rest);
		if (str_is(one, word))
			return true;
		folded = rest;
	}
	return false;
}

/* Any word of three letters or more of the patient's family names among the words of the person's name. */
bool review_same_surname(struct arena *a, struct str person, const struct traits *t)
{
	const struct str family[] = { t->birth_name, t->used_name };
	struct str whole = fold_kept(a, person);
	for (size_t i = 0; i < N_OF(family); i++)
		for (struct str rest = fold_kept(a, family[i]); rest.n;) {
			struct str next, word = str_cut(rest, ' ', &next);
			if (word.n >= 3 && word_within(whole, word))
				return true;
			rest = next;
		}
	return false;
}

/* No stay, no appointment, no measure, no prescription. */
enum rc review_no_later_care(struct view_ctx *v, struct str patient_id, int64_t at_ms, bool *none_r, struct problem *p)
{
	static const struct { const char *type, *date; } CARE[] = { { "Encounter", "date" }, { "Appointment", "date" }, { "Observation", "date" }, { "MedicationRequest", "authoredon" } };
	struct buf since;
	buf_init(&since, 64);
	buf_z(&since, "ge");
	buf_instant(&since, at_ms - 3600 * INT64_C(1000));
	bool none = true;
	enum rc rc = RC_OK;
	for (size_t i = 0; i < N_OF(CARE) && rc == RC_OK && none; i++) {
		const struct pair query[] = { { STR("patient"), patient_id }, { str_of(CARE[i].date), buf_view(&since) } };
		struct items s;
		rc = items_find(v->db, v->arena, CARE[i].type, query, N_OF(query), 1, &s, p);
		none = rc == RC_OK && s.n == 0;
	}
	buf_done(&since);
	if (rc == RC_OK)
		*none_r = none;
	return rc;
}

enum rc review_masked(struct view_ctx *v, struct rows *out, int64_t patient, struct traits *t, bool *found_r, struct problem *p)
{
	struct item it;
	rows_patient(out, patient, TIER_MASKED);
	enum rc rc = item_by_rid(v->db, v->arena, patient, found_r, &it, p);
	if (rc == RC_OK && *found_r) {
		traits_read(&it, v->arena, t);
		known_beware(v->db, t);
		traits_initials(out, t);
	}
	return rc;
}

/* A grant as a reviewer meets it: what it says, and the flags of it. found: its patient is there, or the flags are none. */
struct marked { struct grant k; bool found, same_surname, colleague, no_later_care; };

static enum rc grant_marks(struct view_ctx *v, struct people *people, struct colleagues *house, struct marked *m, struct problem *p)
{
	struct traits t;
	struct item it;
	bool none = false;
	enum rc rc = item_by_rid(v->db, v->arena, m->k.g.patient, &m->found, &it, p);
	if (rc != RC_OK || !m->found)
		return rc;
	traits_read(&it, v->arena, &t);
	m->same_surname = review_same_surname(v->arena, person_of(people, m->k.g.account).name, &t);
	rc = colleague_is(house, &t, &m->colleague, p);
	if (rc == RC_OK)
		rc = review_no_later_care(v, t.id, m->k.g.at_ms, &none, p);
	m->no_later_care = rc == RC_OK && none;
	return rc;
}

static enum rc row_grant(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, const struct marked *m, struct problem *p)
{
	const struct grant *k = &m->k;
	struct person by = person_of(people, k->g.account);
	struct traits t;
	bool found;
	rows_row(out);
	enum rc rc = review_masked(v, out, k->g.patient, &t, &found, p);
	if (rc != RC_OK)
		return rc;
	rows_col_i64(out, "no", k->g.no);
	rows_col_i64(out, "at", k->g.at_ms);
	rows_col_i64(out, "until_at", k->g.until_ms);
	col(out, "by", by.login);
	col(out, "by_name", by.name);
	col_z(out, "by_role", role_code(by.role));
	col(out, "unit_name", name_of(names, "Organization", k->g.unit));
	rows_col(out, "reason", k->g.reason);
	col(out, "text", k->g.text);
	col_flag(out, "mine", k->g.account == v->who->account);
	col_flag(out, "late", !k->reviewed_ms && v->now_ms > k->g.at_ms + REVIEW_MS);
	if (k->g.cosigned_by)
		col(out, "cosigned_by_name", person_of(people, k->g.cosigned_by).name);
	if (k->reviewed_ms) {
		rows_col(out, "verdict", k->verdict);
		col(out, "comment", k->comment);
		rows_col_i64(out, "reviewed_at", k->reviewed_ms);
		col(out, "reviewed_by_name", person_of(people, k->reviewed_by).name);
	}
	if (m->found) {
		col_flag(out, "same_surname", m->same_surname);
		col_flag(out, "colleague", m->colleague);
		col_flag(out, "no_later_care", m->no_later_care);
	}
	return RC_OK;
}

static int64_t cursor_arg(const struct args *a, const char *name, int64_t otherwise)
{
	uint64_t v;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : otherwise;
}

static enum rc grants_read(struct view_ctx *v, enum stmt which, int64_t cursor, struct marked *at, unsigned max, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	db_bind_i64(s, 1, cursor);
	db_bind_i64(s, 2, max);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < max)
		at[n++] = (struct marked){ .k = grant_row(v->db, s, v->arena) };
	db_reset(s);
	*n_r = n;
	return rc;
}

/* At most ten of them, and the cursor of the next ten; 0: there are none. */
static enum rc rows_grants(struct view_ctx *v, struct rows *out, struct people *people, const struct marked *at, unsigned n, int64_t next, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	enum rc rc = RC_OK;
	rows_set(out, "break_glass");
	for (unsigned i = 0; i < n && i < MASKED_LINES && rc == RC_OK; i++)
		rc = row_grant(v, out, people, &names, &at[i], p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "break_glass_page");
	rows_row(out);
	if (next)
		rows_col_i64(out, "next", next);
	return arena_rc(v->arena, p);
}

/*
 * A name shared with the patient, or the name of a colleague, before no care since, both before neither; then the oldest. Of the oldest that wait only: to sort all would read the charts of
 * thousands for ten lines. None is passed over: what is judged leaves, and the next one comes in.
 */
static int most_marked(const void *one, const void *other)
{
	const struct marked *a = one, *b = other;
	int x = (a->same_surname || a->colleague) * 2 + a->no_later_care, y = (b->same_surname || b->colleague) * 2 + b->no_later_care;
	return x != y ? y - x : a->k.g.no < b->k.g.no ? -1 : a->k.g.no > b->k.g.no;
}

/* The cursor: after which number the fifty begin, times fifty, and how many of them were shown. */
static enum rc rows_waiting(struct view_ctx *v, struct rows *out, int64_t cursor, struct problem *p)
{
	struct marked at[REVIEW_SORTED + 1];
	struct people people = { v->db, v->arena, NULL };
	struct colleagues house = { .db = v->db, .arena = v->arena };
	unsigned n = 0, shown = (unsigned)(cursor % REVIEW_SORTED);
	enum rc rc = grants_read(v, ST_HOSPITAL_GLASS_OPEN, cursor / REVIEW_SORTED, at, REVIEW_SORTED + 1, &n, p);
	int64_t following = n > REVIEW_SORTED ? at[REVIEW_SORTED - 1].k.g.no * REVIEW_SORTED : 0;
	if (n > REVIEW_SORTED)
		n = REVIEW_SORTED;
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = grant_marks(v, &people, &house, &at[i], p);
	if (rc != RC_OK)
		return rc;
	qsort(at, n, sizeof *at, most_marked);
	if (shown > n)
		shown = n;
	return rows_grants(v, out, &people, at + shown, n - shown, shown + MASKED_LINES < n ? cursor + MASKED_LINES : following, p);
}

/* ---- lines of the index ---- */

struct access_line access_line(struct db_stmt *s)
{
	return (struct access_line){ db_i64(s, 0), db_i64(s, 1), db_i64(s, 2), (int)db_i64(s, 3), (int)db_i64(s, 5), (int)db_i64(s, 6), (int)db_i64(s, 8), (int)db_i64(s, 9), db_i64(s, 4), db_i64(s, 7) };
}

static const char *code_of(int v, const char *const *codes, size_t n)
{
	return v >= 0 && (size_t)v < n && codes[v] ? codes[v] : "";
}

const char *access_explained(int explain)
{
	/* numbers of enum explain in the ledger: stored, never renumbered */
	static const char *const CODES[] = { "", "unit", "appointment", "author", "treating", "self_made", "break_glass", "ticket", "created", "review", "emergency", "asked", "transfer", "on_call", "handed" };
	return code_of(explain, CODES, N_OF(CODES));
}

static const char *kind_code(int kind)
{
	static const char *const CODES[] = { [3] = "session", [4] = "read", [5] = "refusal", [6] = "act", [7] = "act", [ACCESS_ALARM] = "alarm" };
	return code_of(kind, CODES, N_OF(CODES));
}

static const char *surface_code(int surface)
{
	static const char *const CODES[] = { [1] = "page", [2] = "api", [3] = "print", [4] = "import", [5] = "command", [6] = "job" };
	return code_of(surface, CODES, N_OF(CODES));
}

static const char *rc_code(int rc)
{
	static const char *const CODES[] = { [RC_OK] = "", [RC_BAD_INPUT] = "bad_input", [RC_DENIED] = "denied", [RC_STEP_UP] = "step_up", [RC_OVER_BUDGET] = "over_budget", [RC_NOT_FOUND] = "not_found",
		[RC_GONE] = "gone", [RC_CONFLICT] = "conflict", [RC_PRECONDITION] = "precondition", [RC_LIMIT] = "limit", [RC_RETRY] = "retry", [RC_BROKEN] = "broken" };
	return code_of(rc, CODES, N_OF(CODES));
}

void access_cols(struct view_ctx *v, struct rows *out, struct names *names, const struct access_line *l)
{
	rows_col_i64(out, "number", l->number);
	rows_col_i64(out, "at", l->at_ms);
	col_z(out, "role", l->role > ROLE_NONE && l->role < ROLE__END ? role_code((enum role)l->role) : "");
	struct str unit = access_word(v->db, v->arena, l->unit);
	struct str unit_name = unit.n ? name_of(names, "Organization", unit) : STR_NONE;
	col(out, "unit_name", unit_name.n ? unit_name : unit);
	col_z(out, "kind", kind_code(l->kind));
	col_z(out, "surface", surface_code(l->surface));
	col(out, "what", access_word(v->db, v->arena, l->route));
	col_z(out, "explained", access_explained(l->explain));
	col_z(out, "refused", rc_code(l->rc));
}

enum rc access_lines(struct view_ctx *v, enum stmt which, int64_t key, int64_t before, struct access_line *at, unsigned max, unsigned *n_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(v->db, which);
	db_bind_i64(s, 1, key);
	db_bind_i64(s, 2, before);
	db_bind_i64(s, 3, max);
	bool row = false;
	unsigned n = 0;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < max)
		at[n++] = access_line(s);
	db_reset(s);
	*n_r = n;
	return rc;
}

static void page_row(struct rows *out, int64_t patient, const struct access_line *at, unsigned n)
{
	rows_set(out, "page");
	rows_row(out);
	if (patient)
		rows_patient(out, patient, TIER_IDENTITY);
	if (patient)
		rows_col_i64(out, "record", patient);
	if (n == PAGE_ACCESSES)
		rows_col_i64(out, "next", at[n - 1].number);
}

/*
 * "who_looked": before (number of the next page). Set "accesses", newest first: number, at, by, by_name, role, unit_name, explained (unit, appointment,
 * author, treating, self_made, break_glass, ticket, created, review), kind (read, act, refusal), surface, what (route template), refused (rc word).
 * Set "grants": break-glass on this patient: at, by_name, reason, verdict. Set "page": next; record, the number by which the ledger knows the patient (hygie audit who).
 */
static enum rc who_looked(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct access_line at[PAGE_ACCESSES];
	struct grant grants[MASKED_LINES];
	unsigned n = 0, n_grants = 0;
	int64_t patient = record_patient_rid(v->db, args_get(v->args, "patient"));
	if (!patient)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	enum rc rc = access_lines(v, ST_HOSPITAL_ACCESS_PATIENT, patient, cursor_arg(v->args, "before", INT64_MAX), at, PAGE_ACCESSES, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "accesses");
	for (unsigned i = 0; i < n; i++) {
		struct person by = person_of(&people, (uint32_t)at[i].other);
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		col(out, "by", by.login);
		col(out, "by_name", by.name);
		access_cols(v, out, &names, &at[i]);
	}
	page_row(out, patient, at, n);
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_GLASS_PATIENT);
	db_bind_i64(s, 1, patient);
	db_bind_i64(s, 2, INT64_MAX);
	db_bind_i64(s, 3, MASKED_LINES);
	bool row = false;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n_grants < MASKED_LINES)
		grants[n_grants++] = grant_row(v->db, s, v->arena);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "grants");
	for (unsigned i = 0; i < n_grants; i++) {
		rows_row(out);
		rows_patient(out, patient, TIER_IDENTITY);
		rows_col_i64(out, "at", grants[i].g.at_ms);
		col(out, "by_name", person_of(&people, grants[i].g.account).name);
		rows_col(out, "reason", grants[i].g.reason);
		col(out, "verdict", grants[i].verdict);
	}
	return arena_rc(v->arena, p);
}

/* "my_accesses": before. Set "accesses", newest first: masked, birth_year, sex, status (of the patient), number, at, unit_name, explained, kind, surface, what, refused. */
static enum rc my_accesses(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct names names = { v->db, v->arena, NULL };
	struct access_line at[PAGE_ACCESSES];
	unsigned n = 0;
	enum rc rc = access_lines(v, ST_HOSPITAL_ACCESS_ACCOUNT, v->who->account, cursor_arg(v->args, "before", INT64_MAX), at, PAGE_ACCESSES, &n, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "accesses");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct traits t;
		bool found;
		if (at[i].kind == ACCESS_ALARM) /* told to the reviewer: who holds a stolen account learns nothing of it */
			continue;
		rows_row(out);
		if (at[i].other > 0)
			rc = review_masked(v, out, at[i].other, &t, &found, p);
		access_cols(v, out, &names, &at[i]);
	}
	if (rc != RC_OK)
		return rc;
	page_row(out, 0, at, n);
	return arena_rc(v->arena, p);
}

/* Refusals, stops and alarms: what, who, when; never which patient. A refused list of many patients is one line. */
static enum rc rows_troubles(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct access_line at[PAGE_TROUBLES];
	unsigned n = 0;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_ACCESS_TROUBLE);
	db_bind_i64(s, 1, cursor_arg(v->args, "before", INT64_MAX));
	db_bind_i64(s, 2, PAGE_TROUBLES);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < PAGE_TROUBLES)
		at[n++] = access_line(s);
	db_reset(s);
	static const char *const SETS[] = { "refusals", "stops", "alarms" };
	for (unsigned set = 0; set < N_OF(SETS) && rc == RC_OK; set++) {
		rows_set(out, SETS[set]);
		for (unsigned i = 0; i < n; i++) {
			unsigned of = at[i].kind == ACCESS_ALARM ? 2 : at[i].rc == RC_OVER_BUDGET;
			if (of != set || (i && at[i].number == at[i - 1].number))
				continue;
			struct person by = person_of(&people, (uint32_t)at[i].other);
			rows_row(out);
			col(out, "by", by.login);
			col(out, "by_name", by.name);
			access_cols(v, out, &names, &at[i]);
		}
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "page");
	rows_row(out);
	if (n == PAGE_TROUBLES)
		rows_col_i64(out, "next", at[n - 1].number);
	return RC_OK;
}

/*
 * "review_list": after (as "next" gave it), before (ledger number). Set "break_glass": what waits for review, most marked first and then the oldest, at most ten: no, at, until_at, by,
 * by_name, by_role, unit_name, reason, text, masked, birth_year, sex, status, same_surname, colleague, no_later_care, mine, late (flags), cosigned_by_name; set "break_glass_page": next (after).
 * Sets "refusals", "stops" and "alarms" (what: the counter that spoke; refused: step_up or over_budget, how loud), newest first: number, at, by, by_name, role, unit_name, kind, surface, what, refused; set "page": next (before).
 * Set "proofs": the newest (stop.c).
 */
static enum rc review_list(struct view_ctx *v, struct rows *out, struct problem *p)
{
	enum rc rc = rows_waiting(v, out, cursor_arg(v->args, "after", 0), p);
	if (rc == RC_OK)
		rc = rows_troubles(v, out, p);
	if (rc == RC_OK)
		rc = stop_proofs(v, out, PAGE_PROOFS, p);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "break_glass_list": before. Set "break_glass": all of them, newest first, at most ten; the columns of review_list with verdict, comment, reviewed_at,
 * reviewed_by_name; set "break_glass_page": next. */
static enum rc break_glass_list(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct marked at[MASKED_LINES + 1];
	struct people people = { v->db, v->arena, NULL };
	struct colleagues house = { .db = v->db, .arena = v->arena };
	unsigned n = 0;
	enum rc rc = grants_read(v, ST_HOSPITAL_GLASS_ALL, cursor_arg(v->args, "before", INT64_MAX), at, MASKED_LINES + 1, &n, p);
	for (unsigned i = 0; i < n && i < MASKED_LINES && rc == RC_OK; i++)
		rc = grant_marks(v, &people, &house, &at[i], p);
	return rc == RC_OK ? rows_grants(v, out, &people, at, n, n > MASKED_LINES ? at[MASKED_LINES - 1].k.g.no : 0, p) : rc;
}

/* ---- the review ---- */

static const struct choice VERDICTS[] = { { "justified", "Justified" }, { "doubtful", "Doubtful" }, { NULL, NULL } };
static const struct field REVIEW_FIELDS[] = {
	{ .name = "no",      .label = "Access",  .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "verdict", .label = "Verdict", .kind = FIELD_CODE, .required = true, .choices = VERDICTS },
	{ .name = "comment", .label = "Comment", .kind = FIELD_LINES, .max = 1000 },
	FIELDS_END,
};

/* "break_glass_review": no, verdict, comment → set "review": no. */
static enum rc break_glass_review(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = cursor_arg(x->args, "no", 0);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_GLASS_GET);
	db_bind_i64(s, 1, no);
	bool row;
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	struct grant k = row ? grant_row(x->db, s, x->arena) : (struct grant){ .reviewed_ms = 0 };
	db_reset(s);
	if (!row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such grant");
	if (k.g.account == x->who->account)
		return problem_set(p, RC_DENIED, WHY_REVIEW_OWN, "no", "grant %lld: own", (long long)no);
	if (k.reviewed_ms)
		return problem_set(p, RC_CONFLICT, WHY_REVIEW_DONE, "no", "grant %lld: reviewed", (long long)no);
	struct str comment = args_get(x->args, "comment");
	struct buf sealed;
	buf_init(&sealed, 8192);
	if (comment.n)
		rc = keys_seal(x->db, k.g.patient, (struct keys_bound){ SEALS_VERDICT, no, 0 }, comment, &sealed, p);
	if (rc == RC_GONE) /* erased meanwhile: the verdict stands without words */
		rc = RC_OK;
	s = db_stmt(x->db, ST_HOSPITAL_GLASS_REVIEW);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_str(s, 4, args_get(x->args, "verdict"));
	db_bind_blob(s, 5, sealed.n ? buf_view(&sealed) : STR_NONE);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "review");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

const struct view review_views[] = {
	{ .name = "who_looked",       .may = MAY_READ_CHART | MAY_READ_IDENTITY | MAY_REVIEW, .reveals = REVEALS_ONE_PATIENT, .run = who_looked },
	{ .name = "my_accesses",      .may = MAY_SIGNED_IN,                                   .reveals = REVEALS_WORK_LIST,   .run = my_accesses },
	{ .name = "review_list",      .may = MAY_REVIEW,                                      .reveals = REVEALS_MASKED,      .run = review_list },
	{ .name = "break_glass_list", .may = MAY_REVIEW,                                      .reveals = REVEALS_MASKED,      .run = break_glass_list },
	{ .name = NULL },
};

const struct act review_acts[] = {
	{ .name = "break_glass_review", .may = MAY_REVIEW, .reveals = REVEALS_NOTHING, .fields = REVIEW_FIELDS, .run = break_glass_review },
	{ .name = NULL },
};
