/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/patient.c: acts on an identity: create, edit, delete, bring back, choose the treating physician. FHIR R4 in FR Core form; what a status stands on is identity_source.c's matter.
 * Must never physically delete, never let the person who deleted bring back, never keep a qualified status over traits it was not given for (RNIV).
 * Called by the gate through the rows at the end. Start at patient_create.
 */
#include "base/clock.h"
#include "hospital/account.h"
#include "hospital/bed.h"
#include "hospital/compose.h"
#include "hospital/identity.h"
#include "hospital/identity_source.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/patient.h"
#include "record/keys.h"

#include <string.h>

/* ---- arguments ---- */

bool args_have(const struct args *a, const char *name)
{
	for (size_t i = 0; a && i < a->n; i++)
		if (str_eq(a->at[i].name, name))
			return true;
	return false;
}

static enum rc refuse(struct rows *issues, enum rc rc, enum why why, const char *field, struct problem *p)
{
	if (issues) {
		rows_set(issues, "issues");
		issue_row(issues, why, field);
	}
	return problem_set(p, rc, why, field, "refused");
}

static enum rc check_birth(struct str born_on, int64_t now_ms, struct rows *issues, struct problem *p)
{
	int64_t low = when_low(born_on);
	if (born_on.n != 10 || low == INT64_MIN)
		return refuse(issues, RC_BAD_INPUT, WHY_FIELD_DATE, "birthdate", p);
	/* The oldest person ever known lived 122 years. */
	if (low > now_ms || now_ms - low > 130 * (int64_t)366 * 86400000)
		return refuse(issues, RC_BAD_INPUT, WHY_BIRTH_FUTURE, "birthdate", p);
	return RC_OK;
}

static enum rc check_names(const struct traits *t, struct rows *issues, struct problem *p)
{
	if (!name_has_letter(t->birth_name))
		return refuse(issues, RC_BAD_INPUT, WHY_NAME_LETTERS, "birth_name", p);
	if (!name_has_letter(t->given_list))
		return refuse(issues, RC_BAD_INPUT, WHY_NAME_LETTERS, "given_names", p);
	return RC_OK;
}

static enum rc check_seen(const struct args *a, struct str born_on, int64_t now_ms, struct rows *issues, struct problem *p)
{
	struct str seen = args_get(a, "seen_on");
	bool good = !seen.n || (when_low(seen) != INT64_MIN && when_low(seen) <= now_ms && (born_on.n != 10 || str_cmp(seen, born_on) >= 0));
	return good ? RC_OK : refuse(issues, RC_BAD_INPUT, WHY_FIELD_DATE, "seen_on", p);
}

static struct str first_given(struct str list)
{
	struct str rest;
	return str_cut(str_trim(list), ' ', &rest);
}

/* Takes what the form gave over what was there. A field that is absent keeps what was. */
static void take(const struct args *a, struct traits *t)
{
	const struct { const char *name; struct str *to; } FIELD[] = {
		{ "birth_name", &t->birth_name }, { "used_name", &t->used_name },     { "used_given", &t->used_given }, { "birthdate", &t->born_on },
		{ "sex", &t->sex },               { "birth_place", &t->birth_code }, { "address", &t->line },         { "postal_code", &t->postal },
		{ "city", &t->city },             { "phone", &t->phone },            { "email", &t->email },
	};
	for (size_t i = 0; i < N_OF(FIELD); i++)
		if (args_have(a, FIELD[i].name))
			*FIELD[i].to = args_get(a, FIELD[i].name);
	struct str list = args_get(a, "given_names");
	if (list.n && !str_is(list, t->given_list)) {
		t->given_list = list;
		t->given = first_given(list);
	}
}

void patient_result(struct rows *out, const struct record_done *d, const struct traits *t, enum tier tier)
{
	rows_set(out, "patient");
	rows_row(out);
	rows_patient(out, d->rid, tier);
	rows_col(out, "id", str_of(d->id));
	rows_col_i64(out, "version", d->version);
	rows_col(out, "status", str_of(trust_code(t->trust)));
}

/* ---- create ---- */

static const struct choice SEXES[] = { { "female", "Female" }, { "male", "Male" }, { "unknown", "Undetermined" }, { NULL, NULL } };

#define IDENTITY_FIELDS(required_) \
	{ .name = "birth_name",  .label = "Birth name",            .kind = FIELD_TEXT, .max = 100, .required = (required_) }, \
	{ .name = "used_name",   .label = "Name in use",           .kind = FIELD_TEXT, .max = 100 }, \
	{ .name = "given_names", .label = "Given names of birth",  .kind = FIELD_TEXT, .max = 200, .required = (required_) }, \
	{ .name = "used_given",  .label = "Given name in use",     .kind = FIELD_TEXT, .max = 100 }, \
	{ .name = "birthdate",   .label = "Birth date",            .kind = FIELD_DATE, .required = (required_) }, \
	{ .name = "sex",         .label = "Sex",                   .kind = FIELD_CODE, .required = (required_), .choices = SEXES }, \
	{ .name = "birth_place", .label = "Birth place (INSEE)",   .kind = FIELD_TEXT, .max = 5 }, \
	{ .name = "proof",       .label = "Identity document",     .kind = FIELD_CODE, .choices = proof_choices }, \
	{ .name = "seen_on",     .label = "Seen on",               .kind = FIELD_DATE }, \
	{ .name = "address",     .label = "Address",               .kind = FIELD_TEXT, .max = 200 }, \
	{ .name = "postal_code", .label = "Postal code",           .kind = FIELD_TEXT, .max = 10 }, \
	{ .name = "city",        .label = "City",                  .kind = FIELD_TEXT, .max = 100 }, \
	{ .name = "phone",       .label = "Phone",                 .kind = FIELD_TEXT, .max = 30 }, \
	{ .name = "email",       .label = "E-mail",                .kind = FIELD_TEXT, .max = 254 }

static const struct field CREATE_FIELDS[] = {
	IDENTITY_FIELDS(true),
	{ .name = "confirm_no_duplicate", .label = "None of these is this person", .kind = FIELD_FLAG },
	FIELDS_END,
};

struct creation { struct traits t; bool confirmed; };

/* The document that the form names, seen today unless it says when; proof empty: none was shown. */
static struct source source_of(struct act_ctx *x, const struct traits *t)
{
	struct str seen = args_get(x->args, "seen_on");
	struct source s = { .patient = t->rid, .method = STR("SM"), .proof = args_get(x->args, "proof"), .seen_on = seen.n ? seen : day_of(x->arena, x->now_ms), .traits = *t };
	s.traits.ins = s.traits.ins_system = STR_NONE;
	return s;
}

static enum rc duplicates_stand(struct db_conn *c, struct arena *a, const struct traits *t, bool near, int64_t now_ms, struct rows *issues, struct problem *p)
{
	struct likely at[MASKED_LINES];
	unsigned n;
	enum rc rc = identity_likely(c, a, t, near, now_ms, at, &n, p);
	if (rc != RC_OK || !n)
		return rc;
	rc = refuse(issues, RC_CONFLICT, WHY_PATIENT_DUPLICATES, "birth_name", p);
	if (issues)
		identity_likely_rows(issues, at, n);
	return rc;
}

static enum rc create_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct creation *k = ARENA_NEW(v->arena, struct creation);
	if (!k)
		return arena_rc(v->arena, p);
	take(v->args, &k->t);
	k->confirmed = args_get(v->args, "confirm_no_duplicate").n > 0;
	enum rc rc = check_names(&k->t, issues, p);
	if (rc == RC_OK)
		rc = check_birth(k->t.born_on, v->now_ms, issues, p);
	if (rc == RC_OK)
		rc = check_seen(v->args, k->t.born_on, v->now_ms, issues, p);
	if (rc == RC_OK && k->t.birth_code.n) {
		rc = place_name(v->db, k->t.birth_code, v->arena, &k->t.birth_city, p);
		if (rc == RC_BAD_INPUT)
			return refuse(issues, rc, WHY_UNKNOWN_PLACE, "birth_place", p);
	}
	if (rc == RC_OK && !k->confirmed)
		rc = duplicates_stand(v->db, v->arena, &k->t, true, v->now_ms, issues, p);
	if (rc == RC_OK)
		*prepared_r = k;
	return rc;
}

enum rc patient_number_next(struct db_conn *c, int64_t *number_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_HOUSE_NEXT);
	db_bind_str(s, 1, STR("ipp"));
	bool row = false;
	enum rc rc = db_step(s, &row, p);
	*number_r = rc == RC_OK && row ? db_i64(s, 0) : 0;
	while (rc == RC_OK && row)
		rc = db_step(s, &row, p); /* an UPDATE … RETURNING must be run to its end */
	db_reset(s);
	return rc;
}

void patient_number(struct buf *out, int64_t number) { buf_fmt(out, "H%08lld", (long long)number); }

/* "patient_create" → set "patient": id, version, status. CONFLICT with the set "duplicates" when the person may be known already. */
static enum rc create_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	const struct creation *k = x->prepared;
	struct traits t = k->t;
	/* The same form sent twice at once: the second finds the first. */
	enum rc rc = k->confirmed ? RC_OK : duplicates_stand(x->db, x->arena, &t, false, x->now_ms, NULL, p);
	if (rc != RC_OK)
		return rc;
	int64_t ipp;
	rc = patient_number_next(x->db, &ipp, p);
	if (rc != RC_OK)
		return rc;
	struct buf b;
	buf_init(&b, 32);
	patient_number(&b, ipp);
	t.ipp = arena_str(x->arena, buf_view(&b));
	buf_done(&b);
	struct source shown = source_of(x, &t);
	if (proof_worth(shown.proof) == PROOF_VALIDATES) {
		t.trust = TRUST_VALI;
		t.proof = shown.proof;
		t.proof_on = shown.seen_on;
	}
	struct buf body;
	buf_init(&body, 65536);
	traits_write_new(&body, &t);
	struct record_done d;
	rc = compose_put(x, "Patient", STR_NONE, &body, NULL, &d, p);
	buf_done(&body);
	shown.patient = d.rid;
	if (rc == RC_OK && shown.proof.n)
		rc = identity_source_put(x, &shown, p);
	if (rc == RC_OK)
		patient_result(out, &d, &t, TIER_MASKED);
	return rc;
}

/* ---- edit ---- */

static const struct field EDIT_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX },
	IDENTITY_FIELDS(false),
	FIELDS_END,
};

enum rc patient_read(struct act_ctx *x, struct item *it, struct traits *t, struct problem *p)
{
	bool found;
	enum rc rc = item_find(x->db, x->arena, "Patient", args_get(x->args, "patient"), &found, it, p);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	if (merge_kept(x->db, it->rid) != it->rid)
		return problem_set(p, RC_CONFLICT, WHY_MERGED, "patient", "rid %lld is joined to another", (long long)it->rid);
	traits_read(it, x->arena, t);
	return arena_rc(x->arena, p);
}

/* Same traits, element by element: nothing to write, even where the stored order of members is not ours. */
static bool same_traits(const struct traits *a, const struct traits *b)
{
	const struct { struct str a, b; } PAIR[] = {
		{ a->birth_name, b->birth_name }, { a->given_list, b->given_list }, { a->used_name, b->used_name }, { a->used_given, b->used_given }, { a->born_on, b->born_on },
		{ a->sex, b->sex }, { a->birth_code, b->birth_code }, { a->line, b->line }, { a->postal, b->postal }, { a->city, b->city }, { a->phone, b->phone }, { a->email, b->email },
		{ a->treating, b->treating },
	};
	for (size_t i = 0; i < N_OF(PAIR); i++)
		if (!str_is(PAIR[i].a, PAIR[i].b))
			return false;
	return !traits_reliability_differ(a, b);
}

struct record_if patient_version(const struct args *a)
{
	uint64_t version;
	struct record_if cond = { .has_version = false };
	struct str text = args_get(a, "version");
	if (text.n && str_u64(text, &version) == RC_OK) {
		cond.has_version = true;
		cond.version = (uint32_t)version;
	}
	return cond;
}

static enum rc edit_prepare(struct view_ctx *v, void **prepared_r, struct rows *issues, struct problem *p)
{
	struct str born_on = args_get(v->args, "birthdate"), place = args_get(v->args, "birth_place"), *city = ARENA_NEW(v->arena, struct str);
	enum rc rc = city ? RC_OK : arena_rc(v->arena, p);
	static const char *const NAMES[] = { "birth_name", "given_names" };
	for (size_t i = 0; i < N_OF(NAMES); i++)
		if (args_have(v->args, NAMES[i]) && !name_has_letter(args_get(v->args, NAMES[i])))
			return refuse(issues, RC_BAD_INPUT, WHY_NAME_LETTERS, NAMES[i], p);
	if (rc == RC_OK && args_have(v->args, "birthdate"))
		rc = check_birth(born_on, v->now_ms, issues, p);
	if (rc == RC_OK)
		rc = check_seen(v->args, born_on, v->now_ms, issues, p);
	if (rc == RC_OK && args_have(v->args, "sex") && !args_get(v->args, "sex").n)
		return refuse(issues, RC_BAD_INPUT, WHY_FIELD_REQUIRED, "sex", p);
	if (rc == RC_OK && place.n) {
		rc = place_name(v->db, place, v->arena, city, p);
		if (rc == RC_BAD_INPUT)
			return refuse(issues, rc, WHY_UNKNOWN_PLACE, "birth_place", p);
	}
	if (rc == RC_OK)
		*prepared_r = city;
	return rc;
}

enum rc patient_write_over(struct act_ctx *x, const struct item *it, const struct traits *was, const struct traits *now, struct record_done *d_r, struct problem *p)
{
	struct record_if cond = patient_version(x->args);
	if (same_traits(was, now)) {
		if (cond.has_version && cond.version != it->version)
			return problem_set(p, RC_PRECONDITION, WHY_VERSION_CONFLICT, "version", "version %u is current", it->version);
		*d_r = (struct record_done){ .rid = it->rid, .patient = it->rid, .version = it->version, .unchanged = true };
		MUST(it->id.n < sizeof d_r->id);
		memcpy(d_r->id, it->id.p, it->id.n);
		return RC_OK;
	}
	struct buf body;
	buf_init(&body, (size_t)1 << 24);
	traits_write_over(&body, it->body, was, now);
	enum rc rc = compose_put(x, "Patient", it->id, &body, &cond, d_r, p);
	buf_done(&body);
	return rc;
}

/* "patient_edit" → set "patient": id, version, status, dropped (flag: the status and the INS fell with a locked trait), unchanged (flag). */
static enum rc edit_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits was, now;
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc != RC_OK)
		return rc;
	now = was;
	take(x->args, &now);
	if (!str_is(now.birth_code, was.birth_code))
		now.birth_city = now.birth_code.n ? *(const struct str *)x->prepared : STR_NONE;
	struct source shown = source_of(x, &now);
	if (shown.proof.n)
		rc = identity_source_put(x, &shown, p);
	if (rc == RC_OK && (shown.proof.n || traits_strict_differ(&was, &now)))
		rc = identity_settle(x->db, x->arena, &was, &now, p);
	if (rc != RC_OK)
		return rc;
	struct record_done d;
	rc = patient_write_over(x, &it, &was, &now, &d, p);
	if (rc != RC_OK)
		return rc;
	patient_result(out, &d, &now, TIER_IDENTITY);
	col_flag(out, "dropped", (was.trust == TRUST_QUAL || was.trust == TRUST_RECUP) && now.trust != was.trust);
	col_flag(out, "unchanged", d.unchanged);
	return RC_OK;
}

/* ---- treating physician ---- */

static const struct field TREATING_FIELDS[] = {
	{ .name = "patient",      .label = "Patient",             .kind = FIELD_ID, .required = true },
	{ .name = "practitioner", .label = "Treating physician",  .kind = FIELD_ID },
	{ .name = "version",      .label = "Version",             .kind = FIELD_INT, .min = 1, .max = UINT32_MAX },
	FIELDS_END,
};

/* "treating_physician_set": patient, practitioner (empty: none) → set "patient": id, version, status, treating. */
static enum rc treating_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits was, now;
	struct str practitioner = args_get(x->args, "practitioner");
	enum rc rc = patient_read(x, &it, &was, p);
	if (rc != RC_OK)
		return rc;
	if (practitioner.n && !practitioner_exists(x->db, practitioner))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PRACTITIONER, "practitioner", "no such practitioner");
	now = was;
	now.treating = practitioner;
	struct record_done d;
	rc = patient_write_over(x, &it, &was, &now, &d, p);
	if (rc != RC_OK)
		return rc;
	patient_result(out, &d, &now, TIER_IDENTITY);
	col(out, "treating", practitioner);
	return RC_OK;
}

/* ---- delete and bring back ---- */

static const struct choice DELETE_REASONS[] = { { "duplicate", "Duplicate of another record" }, { "error", "Created by mistake" }, { "fictive", "Test or fictive identity" }, { "request", "Asked for by the person" }, { NULL, NULL } };
static const struct field DELETE_FIELDS[] = {
	{ .name = "patient", .label = "Patient", .kind = FIELD_ID, .required = true },
	{ .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX },
	{ .name = "reason",  .label = "Reason",  .kind = FIELD_CODE, .required = true, .choices = DELETE_REASONS },
	{ .name = "text",    .label = "Explain", .kind = FIELD_TEXT, .min = 3, .max = 500, .required = true },
	FIELDS_END,
};

/* "patient_delete" → set "deletion": deletion (number), id. */
static enum rc delete_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct item it;
	struct traits t;
	enum rc rc = patient_read(x, &it, &t, p);
	if (rc != RC_OK)
		return rc;
	if (merge_is_kept(x->db, it.rid))
		return problem_set(p, RC_CONFLICT, WHY_MERGE_HOLDS, "patient", "others are joined to rid %lld", (long long)it.rid);
	rc = bed_lets_go(x->db, x->arena, it.rid, "", p);
	if (rc != RC_OK)
		return rc;
	struct record_if cond = patient_version(x->args);
	struct record_done d;
	relation_writer_set(x->who->account);
	rc = record_delete(x->db, x->txn, fhir_type_of(STR("Patient")), it.id, &cond, &d, p);
	relation_writer_set(0);
	if (rc != RC_OK)
		return rc;
	struct buf sealed; /* what is typed here may name the person; nobody is shown it but by the operator's hand */
	buf_init(&sealed, 8192);
	rc = keys_seal(x->db, it.rid, (struct keys_bound){ SEALS_DELETION, x->now_ms, x->who->account }, args_get(x->args, "text"), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DELETION_ADD);
	db_bind_i64(s, 1, it.rid);
	db_bind_str(s, 2, it.id);
	db_bind_i64(s, 3, it.version);
	db_bind_str(s, 4, args_get(x->args, "reason"));
	db_bind_blob(s, 5, sealed.n ? buf_view(&sealed) : STR(""));
	db_bind_i64(s, 6, x->who->account);
	db_bind_i64(s, 7, x->now_ms);
	if (rc == RC_OK)
		rc = db_run(s, p);
	buf_done(&sealed);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "deletion");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	rows_col_i64(out, "deletion", db_last_rowid(x->db));
	rows_col(out, "id", it.id);
	return RC_OK;
}

static const struct field RESTORE_FIELDS[] = {
	{ .name = "deletion", .label = "Deletion", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true },
	FIELDS_END,
};

struct deletion { int64_t no, patient; struct str id, reason; uint32_t version, account; int64_t at_ms; bool restored; };

static struct deletion deletion_row(struct db_stmt *s, struct arena *a)
{
	return (struct deletion){ .no = db_i64(s, 0), .patient = db_i64(s, 1), .id = arena_str(a, db_text(s, 2)), .version = (uint32_t)db_i64(s, 3), .reason = arena_str(a, db_text(s, 4)),
		.account = (uint32_t)db_i64(s, 6), .at_ms = db_i64(s, 7), .restored = !db_is_null(s, 8) };
}

/* "patient_restore": deletion → set "patient": id, version. The last version before the deletion comes back as a new one. */
static enum rc restore_run(struct act_ctx *x, struct rows *out, struct problem *p)
{
	uint64_t no;
	if (str_u64(args_get(x->args, "deletion"), &no) != RC_OK)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "deletion", "not a number");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_DELETION_GET);
	db_bind_i64(s, 1, (int64_t)no);
	bool row;
	enum rc rc = db_step(s, &row, p);
	if (rc != RC_OK)
		return rc;
	if (!row)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "deletion", "no such deletion");
	struct deletion del = deletion_row(s, x->arena);
	db_reset(s);
	if (del.restored)
		return problem_set(p, RC_CONFLICT, WHY_NOT_DELETED, "deletion", "deletion %lld was undone", (long long)del.no);
	if (del.account == x->who->account)
		return problem_set(p, RC_DENIED, WHY_RESTORE_OTHER, "deletion", "deletion %lld: same account", (long long)del.no);
	struct record_row old;
	rc = record_vread(x->db, fhir_type_of(STR("Patient")), del.id, del.version, &old, p);
	if (rc != RC_OK)
		return rc;
	struct buf body;
	buf_init(&body, (size_t)1 << 24);
	buf_str(&body, old.body);
	struct record_done d;
	rc = compose_put(x, "Patient", del.id, &body, &(struct record_if){ .revive = true }, &d, p);
	buf_done(&body);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(x->db, ST_HOSPITAL_DELETION_BACK);
	db_bind_i64(s, 1, del.no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "patient");
	rows_row(out);
	rows_patient(out, d.rid, TIER_MASKED);
	rows_col(out, "id", str_of(d.id));
	rows_col_i64(out, "version", d.version);
	return RC_OK;
}

/*
 * "patients_deleted": before (deletion number, for the next page). Set "deletions": deletion, id, masked, birth_year, sex, status, reason, by_name,
 * mine (flag: somebody else must bring it back), deleted_at. The typed text is shown to nobody here: it may name the person.
 */
static enum rc patients_deleted(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct deletion at[MASKED_LINES];
	unsigned n = 0;
	uint64_t before;
	if (str_u64(args_get(v->args, "before"), &before) != RC_OK || before > INT64_MAX)
		before = INT64_MAX;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_DELETION_OPEN);
	db_bind_i64(s, 1, (int64_t)before);
	db_bind_i64(s, 2, MASKED_LINES);
	bool row = false;
	enum rc rc;
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n < MASKED_LINES)
		at[n++] = deletion_row(s, v->arena);
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	struct people people = { v->db, v->arena, NULL };
	rows_set(out, "deletions");
	for (unsigned i = 0; i < n; i++) {
		struct record_row old;
		struct item it = { .id = at[i].id, .rid = at[i].patient };
		rc = record_vread(v->db, fhir_type_of(STR("Patient")), at[i].id, at[i].version, &old, p);
		if (rc == RC_OK)
			rc = json_parse(arena_str(v->arena, old.body), v->arena, &it.body, p);
		if (rc != RC_OK)
			return rc;
		struct traits t;
		traits_read(&it, v->arena, &t);
		rows_row(out);
		rows_patient(out, at[i].patient, TIER_MASKED);
		rows_col_i64(out, "deletion", at[i].no);
		traits_masked(out, &t);
		rows_col(out, "reason", at[i].reason);
		col(out, "by_name", person_of(&people, at[i].account).name);
		col_flag(out, "mine", at[i].account == v->who->account);
		rows_col_i64(out, "deleted_at", at[i].at_ms);
	}
	return arena_rc(v->arena, p);
}

const struct view patient_views[] = {
	{ .name = "patients_deleted", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_MASKED, .work_after = "before", .run = patients_deleted },
	{ .name = NULL },
};

const struct act patient_acts[] = {
	{ .name = "patient_create",         .may = MAY_WRITE_IDENTITY,                    .reveals = REVEALS_MASKED,      .fields = CREATE_FIELDS,   .prepare = create_prepare, .run = create_run },
	{ .name = "patient_edit",           .may = MAY_WRITE_IDENTITY,                    .reveals = REVEALS_ONE_PATIENT, .fields = EDIT_FIELDS,     .prepare = edit_prepare,   .run = edit_run },
	{ .name = "patient_delete",         .may = MAY_WRITE_IDENTITY,                    .reveals = REVEALS_ONE_PATIENT, .fields = DELETE_FIELDS,   .run = delete_run },
	{ .name = "patient_restore",        .may = MAY_WRITE_IDENTITY,                    .reveals = REVEALS_MASKED,      .fields = RESTORE_FIELDS,  .run = restore_run },
	{ .name = "treating_physician_set", .may = MAY_WRITE_IDENTITY | MAY_WRITE_CHART,  .reveals = REVEALS_ONE_PATIENT, .fields = TREATING_FIELDS, .run = treating_run },
	{ .name = NULL },
};
