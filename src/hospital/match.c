/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/match.c: who may be the person that a Patient describes (FHIR $match): by an identifier, by names near in letters or sound and a birth date equal
 * or a slip away. Graded. Must never say certain of two who differ in a strict trait. Called by the gate. Start at match_find.
 */
#include "hospital/identity.h"

#include <string.h>

#define PROBABLE 95            /* per cent: below, likely namesakes and slips of the pen */
#define SAME_NUMBER 60         /* an identifier alone, traits apart: somebody must look */

struct line { struct match_line *at; unsigned n; };

static bool is_among(const struct line *l, int64_t patient)
{
	for (unsigned i = 0; i < l->n; i++)
		if (l->at[i].patient == patient)
			return true;
	return false;
}

static void add(struct line *l, struct match_line m)
{
	if (l->n < MATCH_LINES && !is_among(l, m.patient))
		l->at[l->n++] = m;
}

/* The strict traits of the one on file against those given: the same in all of them is certain. */
static enum rc grade(struct db_conn *c, struct arena *a, const struct traits *whom, struct match_line *m, bool by_number, struct problem *p)
{
	struct item item;
	struct traits t;
	bool found = false;
	enum rc rc = item_by_rid(c, a, m->patient, &found, &item, p);
	if (rc != RC_OK || !found)
		return rc;
	traits_read(&item, a, &t);
	m->id = arena_str(a, t.id);
	bool same_date = whom->born_on.n > 0 && str_is(whom->born_on, t.born_on), same = !traits_strict_differ(whom, &t);
	if (by_number && (same_date || !whom->born_on.n))
		m->score = 100;
	m->grade = (by_number && same_date) || (same && same_date && !t.homonym) ? MATCH_CERTAIN : m->score >= PROBABLE ? MATCH_PROBABLE : MATCH_POSSIBLE;
	return arena_rc(a, p);
}

static enum rc by_identifiers(struct db_conn *c, struct arena *a, const struct json *patient, const struct traits *whom, struct line *l, struct problem *p)
{
	enum rc rc = RC_OK;
	for json_each(i, json_get(patient, "identifier")) {
		struct str system = json_get_text(i, "system"), value = json_get_text(i, "value");
		char id[65];
		unsigned n = 0;
		struct buf query;
		if (!system.n || !value.n || value.n > 200 || system.n > 300)
			continue;
		buf_init(&query, 4096);
		buf_z(&query, "identifier=");
		url_part(&query, system);
		buf_z(&query, "%7C");
		url_part(&query, value);
		rc = buf_rc(&query, p);
		if (rc == RC_OK)
			rc = record_match(c, fhir_type_of(STR("Patient")), buf_view(&query), &n, id, p);
		buf_done(&query);
		if (rc == RC_BAD_INPUT)
			rc = RC_OK, n = 0; /* a number that no search can hold is nobody's */
		if (rc != RC_OK)
			return rc;
		if (n != 1)
			continue;
		struct match_line m = { .patient = record_patient_rid(c, str_of(id)), .score = SAME_NUMBER };
		if (m.patient > 0 && !is_among(l, m.patient) && (rc = grade(c, a, whom, &m, true, p)) == RC_OK)
			add(l, m);
		if (rc != RC_OK)
			return rc;
	}
	return rc;
}

static void sort(struct line *l)
{
	for (unsigned i = 1; i < l->n; i++)
		for (unsigned k = i; k > 0 && (l->at[k - 1].grade < l->at[k].grade || (l->at[k - 1].grade == l->at[k].grade && l->at[k - 1].score < l->at[k].score)); k--) {
			struct match_line m = l->at[k];
			l->at[k] = l->at[k - 1];
			l->at[k - 1] = m;
		}
}

enum rc match_find(struct db_conn *c, struct arena *a, const struct json *patient, int64_t now_ms, struct match_line out[MATCH_LINES], unsigned *n_r, struct problem *p)
{
	struct item item = { .body = patient };
	struct traits whom;
	struct likely at[MASKED_LINES];
	struct line l = { out, 0 };
	unsigned n = 0;
	*n_r = 0;
	traits_read(&item, a, &whom);
	whom.rid = 0;
	if (!whom.sex.n)
		whom.sex = STR("unknown");
	bool named = whom.born_on.n == 10 && known_born(whom.born_on) > 0 && (name_has_letter(whom.birth_name) || name_has_letter(whom.used_name)), numbered = json_get(patient, "identifier") != NULL;
	if (!named && !numbered)
		return problem_set(p, RC_BAD_INPUT, WHY_SEARCH_NEEDS_DATE, "Patient.birthDate", "neither name and date nor number");
	enum rc rc = by_identifiers(c, a, patient, &whom, &l, p);
	if (rc == RC_OK && named)
		rc = identity_likely(c, a, &whom, true, now_ms, at, &n, p);
	for (unsigned i = 0; rc == RC_OK && i < n; i++) {
		struct match_line m = { .patient = at[i].k.patient, .score = at[i].score };
		if (!is_among(&l, m.patient) && (rc = grade(c, a, &whom, &m, false, p)) == RC_OK)
			add(&l, m);
	}
	sort(&l);
	*n_r = l.n;
	return rc;
}

enum rc match_masked(struct db_conn *c, struct arena *a, const struct match_line *m, struct rows *out, struct problem *p)
{
	struct known k;
	bool found = false;
	enum rc rc = known_find(c, m->patient, a, &found, &k, p);
	if (rc != RC_OK || !found)
		return rc;
	rows_row(out);
	rows_patient(out, m->patient, TIER_MASKED);
	known_masked(out, &k);
	rows_col_i64(out, "score", m->score);
	rows_col(out, "grade", str_of(match_grade(m->grade)));
	return RC_OK;
}

const char *match_grade(enum match_grade grade)
{
	static const char *const code[] = { [MATCH_POSSIBLE] = "possible", [MATCH_PROBABLE] = "probable", [MATCH_CERTAIN] = "certain" };
	return code[grade];
}
