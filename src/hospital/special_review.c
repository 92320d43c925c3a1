/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/special_review.c: openings of specially sensitive charts that a care link explained, for somebody else to look at: each where the names are shared, one in ten of the others, drawn by
 * a keyed hash that nobody foresees. What no link explained is reviewed as broken glass (review.c). Must never name a patient, nor let anybody judge himself.
 * Called by review.c (a line of the access index comes) and by the gate through the rows at the end. Start at special_opened.
 */
#include "hospital/colleague.h"
#include "hospital/identity.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/review.h"
#include "record/keys.h"

#define REVIEW_ONE_IN 10
#define ACCESS_READ 4 /* the ledger's number of the kind: stored, never renumbered */
enum { BREAK_GLASS = 6, TICKET = 7, EMERGENCY = 10 }; /* numbers of enum explain in the ledger: reviewed elsewhere, or nobody's */

static bool is_drawn(const struct access_row *row)
{
	char text[100];
	struct buf b = { .p = text, .cap = sizeof text, .max = sizeof text };
	buf_z(&b, "special ");
	buf_u64(&b, row->number);
	buf_ch(&b, ' ');
	buf_i64(&b, row->patient);
	return (uint64_t)keys_house_hash(buf_view(&b)) % REVIEW_ONE_IN == 0;
}

/* A family name of the patient is a word of the name of who opened. A patient or an account that cannot be read shares nothing. */
static bool shares_name(struct db_conn *c, const struct access_row *row)
{
	struct problem ignored;
	struct account acc;
	struct known k;
	struct known_names names;
	struct arena a;
	bool found = false, shared = false;
	arena_init(&a, 1u << 20);
	if (account_by_no(c, row->account, &a, &acc, &ignored) == RC_OK && known_find(c, row->patient, &a, &found, &k, &ignored) == RC_OK && found) {
		known_names_read(k.names, &names);
		for (struct str rest = acc.name; rest.n && !shared;) {
			struct str word = letters_of(&a, str_cut(rest, ' ', &rest));
			for (unsigned i = 0; i < names.n_family; i++)
				shared = shared || (word.n >= 3 && str_is(word, names.family[i].letters));
		}
	}
	arena_done(&a);
	return shared;
}

enum rc special_opened(struct db_conn *c, const struct access_row *row, int64_t unit, struct problem *p)
{
	bool explained = row->explain != 0 && row->explain != BREAK_GLASS && row->explain != TICKET && row->explain != EMERGENCY;
	if (row->kind != ACCESS_READ || row->rc != RC_OK || row->tier != TIER_SPECIAL || !row->draw || !explained || row->role == ROLE_MACHINE || !row->account)
		return RC_OK;
	if (!is_drawn(row) && !shares_name(c, row))
		return RC_OK;
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_SPECIAL_OPENED);
	db_bind_i64(s, 1, (int64_t)row->number);
	db_bind_i64(s, 2, row->patient);
	db_bind_i64(s, 3, row->account);
	db_bind_i64(s, 4, unit);
	db_bind_i64(s, 5, row->explain);
	db_bind_i64(s, 6, row->at_ms);
	return db_run(s, p);
}

/* ---- the list ---- */

struct opened { int64_t no, number, patient, unit, explain, at_ms, reviewed_by; uint32_t account; };

static struct opened opened_row(struct db_stmt *s)
{
	return (struct opened){ .no = db_i64(s, 0), .number = db_i64(s, 1), .patient = db_i64(s, 2), .account = (uint32_t)db_i64(s, 3), .unit = db_i64(s, 4), .explain = db_i64(s, 5), .at_ms = db_i64(s, 6),
		.reviewed_by = db_i64(s, 7) };
}

static enum rc row_opened(struct view_ctx *v, struct rows *out, struct people *people, struct names *names, struct colleagues *house, const struct opened *o, struct problem *p)
{
	struct person by = person_of(people, o->account);
	struct traits t;
	bool found = false, none = false, colleague = false;
	rows_row(out);
	enum rc rc = review_masked(v, out, o->patient, &t, &found, p);
	if (rc != RC_OK)
		return rc;
	struct str unit = access_word(v->db, v->arena, o->unit);
	rows_col_i64(out, "no", o->no);
	rows_col_i64(out, "at", o->at_ms);
	col(out, "by", by.login);
	col(out, "by_name", by.name);
	col_z(out, "by_role", role_code(by.role));
	col(out, "unit_name", name_of(names, "Organization", unit));
	col_z(out, "explained", access_explained((int)o->explain));
	col_flag(out, "mine", o->account == v->who->account);
	if (!found)
		return RC_OK;
	col_flag(out, "same_surname", review_same_surname(v->arena, by.name, &t));
	rc = colleague_is(house, &t, &colleague, p);
	col_flag(out, "colleague", colleague);
	if (rc == RC_OK)
		rc = review_no_later_care(v, t.id, o->at_ms, &none, p);
	col_flag(out, "no_later_care", rc == RC_OK && none);
	return rc;
}

static int64_t number_arg(const struct args *a, const char *name)
{
	uint64_t v;
	return str_u64(args_get(a, name), &v) == RC_OK && v <= INT64_MAX ? (int64_t)v : 0;
}

/*
 * "special_openings": after (a number). What waits, oldest first, at most ten. Set "openings": no, at, by, by_name, by_role, unit_name, explained (as who_looked), masked, birth_year, sex, status,
 * same_surname, colleague, no_later_care, mine (flags). Set "page": next (after); waiting.
 */
static enum rc special_openings(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct names names = { v->db, v->arena, NULL };
	struct colleagues house = { .db = v->db, .arena = v->arena };
	struct opened at[MASKED_LINES + 1];
	unsigned n = 0;
	int64_t waiting = 0;
	bool row = false;
	enum rc rc;
	struct db_stmt *s = db_stmt(v->db, ST_HOSPITAL_SPECIAL_WAITING);
	db_bind_i64(s, 1, number_arg(v->args, "after"));
	db_bind_i64(s, 2, MASKED_LINES + 1);
	while ((rc = db_step(s, &row, p)) == RC_OK && row && n <= MASKED_LINES)
		at[n++] = opened_row(s);
	db_reset(s);
	rows_set(out, "openings");
	for (unsigned i = 0; i < n && i < MASKED_LINES && rc == RC_OK; i++)
		rc = row_opened(v, out, &people, &names, &house, &at[i], p);
	if (rc != RC_OK)
		return rc;
	s = db_stmt(v->db, ST_HOSPITAL_COCKPIT_SPECIAL);
	db_bind_i64(s, 1, 0);
	if ((rc = db_step(s, &row, p)) == RC_OK && row)
		waiting = db_i64(s, 0);
	db_reset(s);
	rows_set(out, "page");
	rows_row(out);
	rows_col_i64(out, "waiting", waiting);
	if (n > MASKED_LINES)
		rows_col_i64(out, "next", at[MASKED_LINES - 1].no);
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* ---- the review ---- */

static const struct choice VERDICTS[] = { { "justified", "Justified" }, { "doubtful", "Doubtful" }, { NULL, NULL } };
static const struct field REVIEW_FIELDS[] = {
	{ .name = "no",      .label = "Access",  .kind = FIELD_INT,  .min = 1, .max = INT64_MAX, .required = true },
	{ .name = "verdict", .label = "Verdict", .kind = FIELD_CODE, .required = true, .choices = VERDICTS },
	FIELDS_END,
};

/* "special_review": no, verdict → set "review": no. By somebody else, once. */
static enum rc special_review(struct act_ctx *x, struct rows *out, struct problem *p)
{
	int64_t no = number_arg(x->args, "no");
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SPECIAL_OPENING);
	bool row = false;
	db_bind_i64(s, 1, no);
	enum rc rc = db_step(s, &row, p);
	struct opened o = rc == RC_OK && row ? opened_row(s) : (struct opened){ .no = 0 };
	db_reset(s);
	if (rc != RC_OK)
		return rc;
	if (!o.no)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such line");
	if (o.account == x->who->account)
		return problem_set(p, RC_DENIED, WHY_REVIEW_OWN, "no", "opening %lld: own", (long long)no);
	if (o.reviewed_by)
		return problem_set(p, RC_CONFLICT, WHY_REVIEW_DONE, "no", "opening %lld: reviewed", (long long)no);
	s = db_stmt(x->db, ST_HOSPITAL_SPECIAL_REVIEWED);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	db_bind_str(s, 4, args_get(x->args, "verdict"));
	rc = db_run(s, p);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "review");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

const struct view special_review_views[] = {
	{ .name = "special_openings", .may = MAY_REVIEW, .reveals = REVEALS_MASKED, .run = special_openings },
	{ .name = NULL },
};
const struct act special_review_acts[] = {
	{ .name = "special_review", .may = MAY_REVIEW, .reveals = REVEALS_NOTHING, .fields = REVIEW_FIELDS, .run = special_review },
	{ .name = NULL },
};
