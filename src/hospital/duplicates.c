/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/duplicates.c: who among the people known may be this one: birth date equal or a slip away, names near in letters or sound. Must never show more
 * than ten masked lines, nor read a resource. Called by patient_create and patient_edit (identity_likely) and as a view. Start at identity_likely.
 */
#include "hospital/identity.h"
#include "base/clock.h"
#include "codec/fold.h"
#include "hospital/matters.h"

#include <stdlib.h>
#include <string.h>

/* Dates near one: some fifty. */
#define NEAR_DAYS_MAX 64
/* People born on one day: 21 in the mean at 758,912; the first of January of unknown dates has more. Beyond this their names' sounds must help. */
#define SAME_DAY 400
#define SAME_SOUND 400
/* Lines compared for one question: it takes 2 ms. */
#define NEAR_PEOPLE 3000
/* From here on two identities are said to be likely the same. Twins and homonyms pass it, two strangers of one day do not (test_identity). */
#define LIKELY 85

static void add_date(int64_t *dates, unsigned *n, int year, int month, int day, int64_t now_ms)
{
	if (*n == NEAR_DAYS_MAX || year < 1880 || !date_exists(year, month, day))
		return;
	if (civil_to_ms((struct civil){ .year = year, .month = month, .day = day }) > now_ms)
		return;
	int64_t date = year * 10000 + month * 100 + day;
	for (unsigned i = 0; i < *n; i++)
		if (dates[i] == date)
			return;
	dates[(*n)++] = date;
}

/* The date itself first, then day and month exchanged, two neighbouring digits of the year exchanged, one digit another. */
static unsigned near_dates(struct str born_on, bool near, int64_t now_ms, int64_t *dates)
{
	int d[8];
	unsigned n = 0;
	static const unsigned char AT[] = { 0, 1, 2, 3, 5, 6, 8, 9 };
	for (size_t i = 0; i < 8; i++)
		d[i] = born_on.p[AT[i]] - '0';
#define YEAR (d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3])
#define MONTH (d[4] * 10 + d[5])
#define DAY (d[6] * 10 + d[7])
	add_date(dates, &n, YEAR, MONTH, DAY, now_ms);
	if (!near)
		return n;
	add_date(dates, &n, YEAR, DAY, MONTH, now_ms);
	for (int i = 1; i < 3; i++) {
		int was = d[i];
		d[i] = d[i + 1];
		d[i + 1] = was;
		add_date(dates, &n, YEAR, MONTH, DAY, now_ms);
		d[i + 1] = d[i];
		d[i] = was;
	}
	for (int i = 7; i >= 0; i--) {
		int was = d[i];
		for (d[i] = 0; d[i] < 10; d[i]++)
			if (d[i] != was)
				add_date(dates, &n, YEAR, MONTH, DAY, now_ms);
		d[i] = was;
	}
#undef YEAR
#undef MONTH
#undef DAY
	return n;
}

static double alike(const struct known_name *a, unsigned n_a, const struct known_name *b, unsigned n_b)
{
	double best = 0;
	for (unsigned i = 0; i < n_a; i++)
		for (unsigned k = 0; k < n_b; k++) {
			double s = fold_jaro_winkler(a[i].letters, b[k].letters);
			if (s < 0.95 && a[i].sound.n > 2 && str_is(a[i].sound, b[k].sound))
				s = 0.95;
			best = s > best ? s : best;
		}
	return best;
}

#define OF_FAMILY 0.45
#define OF_GIVEN 0.35
#define CROSSED 0.97

/* Per cent. Family weighs most, then given, then the date; names typed into each other's field count almost fully. 0 when the family names alone say
 * that it cannot come to LIKELY: most strangers, at half the cost. */
static int likeness(const struct known_names *a, const struct known_names *b, bool same_date, bool same_sex)
{
	double rest = (same_date ? 0.20 : 0.17) - (same_sex ? 0 : 0.04), need = (LIKELY - 0.5) / 100 - rest - 1e-9;
	double family = alike(a->family, a->n_family, b->family, b->n_family), crossed_family = alike(a->family, a->n_family, b->given, b->n_given);
	double straight = 0, crossed = 0;
	if (OF_FAMILY * family + OF_GIVEN >= need)
		straight = OF_FAMILY * family + OF_GIVEN * alike(a->given, a->n_given, b->given, b->n_given);
	if (CROSSED * (OF_FAMILY * crossed_family + OF_GIVEN) >= need)
		crossed = CROSSED * (OF_FAMILY * crossed_family + OF_GIVEN * alike(a->given, a->n_given, b->family, b->n_family));
	double s = (straight > crossed ? straight : crossed) + rest;
	return straight > 0 || crossed > 0 ? (int)(s * 100 + 0.5) : 0;
}

struct weigh {
	struct known_each each;
	struct arena *arena;
	const struct known *whom;
	struct known_names names;
	bool sex_known;
	struct likely *out;
	unsigned n, seen, of_date, most;
};

static bool is_among(const struct weigh *w, int64_t patient)
{
	unsigned i = 0;
	while (i < w->n && w->out[i].k.patient != patient)
		i++;
	return i < w->n;
}

static enum rc weigh_line(struct known_each *e, const struct known *k, bool *go_on, struct problem *p)
{
	struct weigh *w = (struct weigh *)(void *)e;
	struct known_names names;
	w->seen++;
	*go_on = ++w->of_date < w->most && w->seen < NEAR_PEOPLE;
	if (w->whom->patient && k->patient == w->whom->patient)
		return RC_OK;
	known_names_read(k->names, &names);
	bool same_date = k->born == w->whom->born, same_sex = k->sex == w->whom->sex || k->sex == known_sex(STR("unknown")) || !w->sex_known;
	int score = likeness(&w->names, &names, same_date, same_sex);
	if (score < LIKELY || (w->n == MASKED_LINES && score <= w->out[MASKED_LINES - 1].score) || is_among(w, k->patient))
		return RC_OK;
	unsigned at = w->n < MASKED_LINES ? w->n++ : MASKED_LINES - 1;
	for (; at && w->out[at - 1].score < score; at--)
		w->out[at] = w->out[at - 1];
	w->out[at] = (struct likely){ known_kept(w->arena, k), score, same_date };
	return arena_rc(w->arena, p);
}

/* A crowded day: of those beyond SAME_DAY, the ones whose name sounds the same. */
static enum rc weigh_sounds(struct db_conn *c, struct weigh *w, int64_t born, const struct known_name *at, unsigned n, struct problem *p)
{
	enum rc rc = RC_OK;
	for (unsigned i = 0; i < n && rc == RC_OK && w->seen < NEAR_PEOPLE; i++) {
		if (!at[i].sound.n)
			continue;
		w->of_date = 0;
		w->most = SAME_SOUND;
		rc = known_begins(c, born, at[i].sound, true, &w->each, p);
	}
	return rc;
}

enum rc identity_likely(struct db_conn *c, struct arena *a, const struct traits *whom, bool near, int64_t now_ms, struct likely out[MASKED_LINES], unsigned *n_r, struct problem *p)
{
	int64_t dates[NEAR_DAYS_MAX];
	struct known line;
	*n_r = 0;
	if (whom->born_on.n != 10)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "birthdate", "not a whole date");
	known_line(whom, a, &line);
	unsigned n = near_dates(whom->born_on, near, now_ms, dates);
	struct weigh w = { .each = { weigh_line }, .arena = a, .whom = &line, .sex_known = !str_eq(whom->sex, "unknown"), .out = out };
	known_names_read(line.names, &w.names);
	enum rc rc = arena_rc(a, p);
	for (unsigned i = 0; i < n && rc == RC_OK && w.seen < NEAR_PEOPLE; i++) {
		w.of_date = 0;
		w.most = SAME_DAY;
		rc = known_day(c, dates[i], &w.each, p);
		if (rc == RC_OK && w.of_date == SAME_DAY)
			rc = weigh_sounds(c, &w, dates[i], w.names.family, w.names.n_family, p);
	}
	if (rc == RC_OK)
		*n_r = w.n;
	return rc;
}

int identity_likeness(struct arena *a, const struct traits *x, const struct traits *y)
{
	struct known one, other;
	struct known_names names[2];
	known_line(x, a, &one);
	known_line(y, a, &other);
	known_names_read(one.names, &names[0]);
	known_names_read(other.names, &names[1]);
	int unknown = known_sex(STR("unknown"));
	return likeness(&names[0], &names[1], one.born == other.born, one.sex == other.sex || one.sex == unknown || other.sex == unknown);
}

void identity_likely_rows(struct rows *out, const struct likely *at, unsigned n)
{
	rows_set(out, "duplicates");
	for (unsigned i = 0; i < n; i++) {
		rows_row(out);
		rows_patient(out, at[i].k.patient, TIER_MASKED);
		known_masked(out, &at[i].k);
		rows_col_i64(out, "score", at[i].score);
		col_flag(out, "same_date", at[i].same_date);
	}
}

/*
 * "patient_duplicates": birth_name, used_name, given_names, used_given, birthdate, sex; patient (FHIR id) to leave one out.
 * Set "duplicates": id, masked, birth_year, sex, status, score (per cent), same_date (flag); best first, at most ten.
 */
static enum rc patient_duplicates(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct str list = args_get(v->args, "given_names"), rest, self = args_get(v->args, "patient");
	char born_on[11];
	if (form_date(args_get(v->args, "birthdate"), v->now_ms, born_on) != RC_OK)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "birthdate", "not a date");
	struct traits whom = { .birth_name = args_get(v->args, "birth_name"), .used_name = args_get(v->args, "used_name"), .given_list = list, .given = str_cut(str_trim(list), ' ', &rest),
		.used_given = args_get(v->args, "used_given"), .born_on = { born_on, 10 }, .sex = args_get(v->args, "sex") };
	if (!name_has_letter(whom.birth_name) && !name_has_letter(whom.used_name))
		return problem_set(p, RC_BAD_INPUT, WHY_NAME_LETTERS, "birth_name", "no letter");
	if (self.n)
		whom.rid = record_patient_rid(v->db, self);
	struct likely at[MASKED_LINES];
	unsigned n;
	enum rc rc = identity_likely(v->db, v->arena, &whom, true, v->now_ms, at, &n, p);
	if (rc == RC_OK)
		identity_likely_rows(out, at, n);
	return rc;
}

const struct view duplicate_views[] = {
	{ .name = "patient_duplicates", .may = MAY_WRITE_IDENTITY, .reveals = REVEALS_MASKED, .run = patient_duplicates },
	{ .name = NULL },
};
