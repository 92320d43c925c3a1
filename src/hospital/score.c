/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/score.c: early-warning scores. None is shipped: points are medicine, and are typed by a physician of the establishment from a published source, which the score
 * names, and compared and signed by a second one before it is ever computed. Its limits of use stand with it wherever it is shown. It must never fill a missing value in, nor
 * compute outside of the ages that the score was made for, nor for whom is pregnant where it was not made for that. Called by the gate through the rows at the end. Start at scores_of.
 */
#include "hospital/observation.h"

#include <string.h>

#include "hospital/account.h"
#include "hospital/matters.h"
#include "hospital/pregnancy.h"
#include "hospital/score_scale.h"
#include "hospital/unsealed.h"

#define SCORES_MAX 40
#define BANDS_MAX 120
#define WORDS_MAX 4000

struct band { const struct measure *measure; bool has_low, has_high; int64_t low, high, points; bool second; /* of the measure's second scale, which counts instead of the first for whom it is ordered */ };
struct score {
	int64_t no, age_from, age_below, hours, made_ms, signed_ms, ended_ms;
	uint32_t made_by, signed_by;
	bool not_pregnant; /* not made for pregnancy */
	struct str name, source, limits;
	struct band band[BANDS_MAX]; unsigned n;
};

/* name, source, limits: a line each, of which the last may have several. */
static void words_of(struct score *s, struct str words)
{
	struct str rest;
	s->name = str_cut(words, '\n', &rest);
	s->source = str_cut(rest, '\n', &s->limits);
}

static struct keys_bound words_bound(int64_t made_ms, uint32_t by)
{
	return (struct keys_bound){ SEALS_SCORE, made_ms, by };
}

static enum rc read_bands(struct db_conn *c, struct score *s, struct problem *p)
{
	struct db_stmt *st = db_stmt(c, ST_HOSPITAL_SCORE_BANDS);
	bool row = false;
	enum rc rc;
	db_bind_i64(st, 1, s->no);
	while ((rc = db_step(st, &row, p)) == RC_OK && row && s->n < BANDS_MAX) {
		const struct measure *m = measure_named(db_text(st, 0));
		if (m)
			s->band[s->n++] = (struct band){ m, !db_is_null(st, 1), !db_is_null(st, 2), db_i64(st, 1), db_i64(st, 2), db_i64(st, 3), db_i64(st, 4) == 2 };
	}
	db_reset(st);
	return rc;
}

static enum rc read_scores(struct db_conn *c, struct arena *a, struct score **at_r, unsigned *n_r, struct problem *p)
{
	struct score *at = arena_array(a, SCORES_MAX, sizeof *at);
	struct db_stmt *st = db_stmt(c, ST_HOSPITAL_SCORES);
	unsigned n = 0;
	bool row = false;
	enum rc rc = at ? RC_OK : arena_rc(a, p);
	db_bind_i64(st, 1, INT64_MAX);
	db_bind_i64(st, 2, SCORES_MAX);
	while (rc == RC_OK && n < SCORES_MAX && (rc = db_step(st, &row, p)) == RC_OK && row) {
		struct score *s = &at[n++];
		*s = (struct score){ .no = db_i64(st, 0), .age_from = db_i64(st, 2), .age_below = db_i64(st, 3), .hours = db_i64(st, 4), .made_by = (uint32_t)db_i64(st, 5),
			.made_ms = db_i64(st, 6), .signed_by = (uint32_t)db_i64(st, 7), .signed_ms = db_i64(st, 8), .ended_ms = db_i64(st, 9), .not_pregnant = db_i64(st, 10) != 0, .name = arena_str(a, db_text(st, 1)) };
	}
	db_reset(st);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		words_of(&at[i], unsealed(c, a, 0, words_bound(at[i].made_ms, at[i].made_by), at[i].name));
		rc = read_bands(c, &at[i], p);
	}
	*at_r = at;
	*n_r = n;
	return rc == RC_OK ? arena_rc(a, p) : rc;
}

/* ---- computed ---- */

static bool is_in(const struct band *b, int64_t milli)
{
	return (!b->has_low || milli >= b->low) && (!b->has_high || milli <= b->high);
}

struct sum { int64_t points, oldest_ms; bool whole; struct buf missing; };

/* Each measure that the score names once: its points, or what is missing: no value, too old, or a value that no band holds. */
static bool has_second(const struct score *s, const struct measure *m)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->band[i].second && (!m || s->band[i].measure == m))
			return true;
	return false;
}

static bool is_asked(const struct score *s, const struct band *b, bool second)
{
	return b->second == (second && has_second(s, b->measure));
}

static void add_up(const struct score *s, const struct measured *found, bool second, int64_t now_ms, struct sum *k)
{
	bool done[MEASURES_MAX] = { false };
	k->whole = s->n > 0;
	for (unsigned i = 0; i < s->n; i++) {
		size_t which = (size_t)(s->band[i].measure - measures);
		const struct measured *m = &found[which];
		bool fresh = m->is && m->at_ms >= now_ms - s->hours * CARE_HOUR_MS && m->at_ms <= now_ms, met = false;
		if (done[which] || !is_asked(s, &s->band[i], second))
			continue;
		done[which] = true;
		for (unsigned j = i; fresh && j < s->n && !met; j++)
			if (s->band[j].measure == s->band[i].measure && is_asked(s, &s->band[j], second) && is_in(&s->band[j], m->milli)) {
				k->points += s->band[j].points;
				met = true;
			}
		if (met) {
			k->oldest_ms = !k->oldest_ms || m->at_ms < k->oldest_ms ? m->at_ms : k->oldest_ms;
			continue;
		}
		k->whole = false;
		buf_z(&k->missing, k->missing.n ? "," : "");
		buf_z(&k->missing, s->band[i].measure->name);
	}
}

static void cols_words(struct rows *out, const struct score *s)
{
	rows_col_i64(out, "no", s->no);
	col(out, "name", s->name);
	col(out, "source", s->source);
	col(out, "limits", s->limits);
	rows_col_i64(out, "age_from", s->age_from);
	rows_col_i64(out, "age_below", s->age_below);
	rows_col_i64(out, "hours", s->hours);
	col_flag(out, "not_pregnant", s->not_pregnant);
}

/*
 * What was answered last holds whatever sex is recorded, a « yes » also where the house has not said how long one holds; a « no » and silence are what the prescribing checks
 * take them for: not known, but of a man.
 */
static bool is_pregnant(const struct pregnancy *s) { return s->recorded == PREGNANCY_YES && !s->old; }
static bool is_unasked(const struct pregnancy *s, struct str gender) { return !is_pregnant(s) && s->says == PREGNANCY_UNKNOWN && pregnancy_is_asked(gender); }

/* Which of its limits keeps a score from somebody; NULL: none. age: -1 not known. */
static const char *outside(const struct score *s, int64_t age, const struct pregnancy *status)
{
	if (age < 0)
		return "age_unknown";
	if (age < s->age_from || age >= s->age_below)
		return "age";
	return s->not_pregnant && is_pregnant(status) ? "pregnant" : NULL;
}

/*
 * "scores_of": patient. Of the scores that are signed and not ended, newest first. Set "scores": no, name, source, limits, age_from, age_below, hours, state (computed;
 * incomplete; age: not made for this age; age_unknown; pregnant: not made for pregnancy), not_pregnant (flag: not made for it), unasked (flag: nor is it known of this person),
 * pregnant_at (when it was said), points and at (the oldest value in it) when computed, missing (names of measures, by commas). Set "provided": one
 * row, any (flag): absent where the establishment has filled none in, so that nothing was computed; second (flag): a score has a second scale. scale (of a score that has two): 1 or 2, which one was used. Set
 * "scale", where the second is ordered: version, at, by_name.
 */
static enum rc scores_of(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct care_patient who;
	struct score *at;
	unsigned n = 0, live = 0;
	struct measured found[MEASURES_MAX];
	struct civil today = civil_paris(v->now_ms);
	struct score_scale scale = { .ordered = false };
	struct pregnancy of[PREGNANCY__END], *status = &of[PREGNANCY_PREGNANT];
	bool two = false;
	enum rc rc = care_patient(v->db, v->arena, v->args, &who, p);
	if (rc == RC_OK)
		rc = score_scale_of(v->db, v->arena, who.item.id, &scale, p);
	if (rc == RC_OK)
		rc = read_scores(v->db, v->arena, &at, &n, p);
	if (rc == RC_OK)
		rc = observation_newest(v->db, v->arena, who.item.id, INT64_MIN, found, p);
	if (rc == RC_OK)
		rc = pregnancy_read(v->db, v->arena, who.item.id, v->now_ms, of, p);
	if (rc != RC_OK)
		return rc;
	int64_t born = when_low(who.traits.born_on);
	int64_t age = who.traits.born_on.n == 10 && born != INT64_MIN ? age_years(civil_paris(born + CARE_DAY_MS / 2), today) : -1;
	rows_set(out, "scores");
	for (unsigned i = 0; i < n; i++) {
		struct sum k = { .points = 0 };
		if (!at[i].signed_ms || at[i].ended_ms)
			continue;
		live++;
		buf_init(&k.missing, 1024);
		add_up(&at[i], found, scale.ordered, v->now_ms, &k);
		two = two || has_second(&at[i], NULL);
		const char *why_not = outside(&at[i], age, status);
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		cols_words(out, &at[i]);
		if (has_second(&at[i], NULL))
			col_z(out, "scale", scale.ordered ? "2" : "1");
		col_z(out, "state", why_not ? why_not : k.whole ? "computed" : "incomplete");
		col_flag(out, "unasked", !why_not && at[i].not_pregnant && is_unasked(status, json_get_text(who.item.body, "gender")));
		if (why_not && strcmp(why_not, "pregnant") == 0)
			rows_col_i64(out, "pregnant_at", status->at_ms);
		if (!why_not && k.whole) {
			rows_col_i64(out, "points", k.points);
			rows_col_i64(out, "at", k.oldest_ms);
		}
		if (!why_not)
			col(out, "missing", buf_view(&k.missing));
		buf_done(&k.missing);
	}
	rows_set(out, "provided");
	rows_row(out);
	col_flag(out, "any", live > 0);
	col_flag(out, "second", two);
	rows_set(out, "scale");
	if (scale.ordered) {
		rows_row(out);
		rows_patient(out, who.item.rid, TIER_CLINICAL);
		rows_col_i64(out, "version", scale.version);
		rows_col_i64(out, "at", scale.at_ms);
		col(out, "by_name", scale.by_name);
	}
	return arena_rc(v->arena, p);
}

enum rc score_has_second(struct db_conn *c, struct arena *a, bool *has_r, struct problem *p)
{
	struct score *at;
	unsigned n = 0;
	enum rc rc = read_scores(c, a, &at, &n, p);
	*has_r = false;
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		*has_r = *has_r || (at[i].signed_ms && !at[i].ended_ms && has_second(&at[i], NULL));
	return rc;
}

/* ---- filled in ---- */

/* "score_list": set "scores", newest first: no, name, source, limits, age_from, age_below, hours, not_pregnant (flag), state (typed, signed, ended), bands ("measure from to points", a line each), by_name, made_at, signed_name, signed_at, mine. */
static enum rc score_list(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct people people = { v->db, v->arena, NULL };
	struct score *at;
	unsigned n = 0;
	enum rc rc = read_scores(v->db, v->arena, &at, &n, p);
	rows_set(out, "scores");
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		struct buf b;
		buf_init(&b, 16384);
		for (unsigned j = 0; j < at[i].n; j++) {
			const struct band *k = &at[i].band[j];
			buf_fmt(&b, "%s%s ", j ? "\n" : "", k->measure->name);
			if (k->has_low)
				care_number(&b, k->low, MEASURE_MILLI);
			buf_z(&b, k->has_low ? " " : "- ");
			if (k->has_high)
				care_number(&b, k->high, MEASURE_MILLI);
			buf_fmt(&b, "%s %lld%s", k->has_high ? "" : "-", (long long)k->points, k->second ? " 2" : "");
		}
		rows_row(out);
		cols_words(out, &at[i]);
		col_z(out, "state", at[i].ended_ms ? "ended" : at[i].signed_ms ? "signed" : "typed");
		col(out, "bands", buf_view(&b));
		col(out, "by_name", person_of(&people, at[i].made_by).name);
		rows_col_i64(out, "made_at", at[i].made_ms);
		if (at[i].signed_ms) {
			col(out, "signed_name", person_of(&people, at[i].signed_by).name);
			rows_col_i64(out, "signed_at", at[i].signed_ms);
		}
		col_flag(out, "mine", at[i].made_by == v->who->account);
		buf_done(&b);
	}
	return rc == RC_OK ? arena_rc(v->arena, p) : rc;
}

/* "pulse 91 110 1": measure, from, to ("-": without end), points, by blanks or ";"; a 2 behind them: of the measure's second scale. */
static bool band_of(struct str line, struct band *b_r)
{
	struct str part[5];
	unsigned n = 0;
	for (size_t i = 0; i < line.n;) {
		size_t from = i;
		while (i < line.n && line.p[i] != ' ' && line.p[i] != ';' && line.p[i] != '\t')
			i++;
		if (i > from && n == 5)
			return false;
		if (i > from)
			part[n++] = (struct str){ line.p + from, i - from };
		while (i < line.n && (line.p[i] == ' ' || line.p[i] == ';' || line.p[i] == '\t'))
			i++;
	}
	uint64_t points;
	if (n < 4 || (n == 5 && !str_eq(part[4], "2")) || str_u64(part[3], &points) != RC_OK || points > 1000)
		return false;
	struct band b = { .measure = measure_named(part[0]), .has_low = !str_eq(part[1], "-"), .has_high = !str_eq(part[2], "-"), .points = (int64_t)points, .second = n == 5 };
	if (!b.measure || b.measure->group != MEASURE_VITAL)
		return false;
	if (b.has_low && !care_scaled(part[1], MEASURE_MILLI, MEASURE_MILLI, &b.low))
		return false;
	if (b.has_high && !care_scaled(part[2], MEASURE_MILLI, MEASURE_MILLI, &b.high))
		return false;
	*b_r = b;
	return !(b.has_low && b.has_high && b.low > b.high);
}

static bool overlap(const struct band *a, const struct band *b)
{
	return a->measure == b->measure && a->second == b->second && (!a->has_high || !b->has_low || b->low <= a->high) && (!b->has_high || !a->has_low || a->low <= b->high);
}

/* All lines, or BAD_INPUT SCORE_BAND with the number of the line that cannot be read, or that says of a value what another line says too. */
static enum rc bands_of(struct str text, struct band *at, unsigned *n_r, struct problem *p)
{
	unsigned n = 0, line = 0;
	for (struct str rest = text; rest.n;) {
		struct str one = str_trim(str_cut(rest, '\n', &rest));
		line++;
		if (!one.n)
			continue;
		bool good = n < BANDS_MAX && band_of(one, &at[n]);
		for (unsigned i = 0; good && i < n; i++)
			good = !overlap(&at[i], &at[n]);
		if (!good)
			return problem_set(p, RC_BAD_INPUT, WHY_SCORE_BAND, "bands", "line %u", line);
		n++;
	}
	for (unsigned i = 0; i < n; i++) { /* a second scale stands beside a first one */
		bool first = !at[i].second;
		for (unsigned j = 0; j < n && !first; j++)
			first = at[j].measure == at[i].measure && !at[j].second;
		if (!first)
			return problem_set(p, RC_BAD_INPUT, WHY_SCORE_BAND, "bands", "a second scale alone");
	}
	*n_r = n;
	return n ? RC_OK : problem_set(p, RC_BAD_INPUT, WHY_SCORE_BAND, "bands", "no line");
}

static void bind_end(struct db_stmt *s, int i, bool has, int64_t v)
{
	if (has)
		db_bind_i64(s, i, v);
	else
		db_bind_null(s, i);
}

/* "score_add": name, source, limits, age_from, age_below, pregnancy (not, too), hours, bands → set "score": no. It is computed for nobody before somebody else has signed it. */
static enum rc score_add(struct act_ctx *x, struct rows *out, struct problem *p)
{
	struct band *at = arena_array(x->arena, BANDS_MAX, sizeof *at);
	unsigned n = 0;
	struct buf words, sealed;
	enum rc rc = at ? bands_of(args_get(x->args, "bands"), at, &n, p) : arena_rc(x->arena, p);
	if (rc == RC_OK && care_arg(x->args, "age_below") <= care_arg(x->args, "age_from"))
		rc = problem_set(p, RC_BAD_INPUT, WHY_FIELD_NUMBER, "age_below", "ages");
	if (rc != RC_OK)
		return rc;
	buf_init(&words, 2 * WORDS_MAX);
	buf_init(&sealed, 4 * WORDS_MAX);
	buf_str(&words, str_trim(args_get(x->args, "name")));
	buf_ch(&words, '\n');
	buf_str(&words, str_trim(args_get(x->args, "source")));
	buf_ch(&words, '\n');
	buf_str(&words, str_trim(args_get(x->args, "limits")));
	rc = keys_seal(x->db, 0, words_bound(x->now_ms, x->who->account), buf_view(&words), &sealed, p);
	struct db_stmt *s = db_stmt(x->db, ST_HOSPITAL_SCORE_ADD);
	db_bind_blob(s, 1, buf_view(&sealed));
	db_bind_i64(s, 2, (int64_t)care_arg(x->args, "age_from"));
	db_bind_i64(s, 3, (int64_t)care_arg(x->args, "age_below"));
	db_bind_i64(s, 4, (int64_t)care_arg(x->args, "hours"));
	db_bind_i64(s, 5, x->who->account);
	db_bind_i64(s, 6, x->now_ms);
	db_bind_i64(s, 7, str_eq(args_get(x->args, "pregnancy"), "not"));
	if (rc == RC_OK)
		rc = db_run(s, p);
	int64_t no = rc == RC_OK ? db_last_rowid(x->db) : 0;
	buf_done(&words);
	buf_done(&sealed);
	for (unsigned i = 0; i < n && rc == RC_OK; i++) {
		s = db_stmt(x->db, ST_HOSPITAL_SCORE_BAND);
		db_bind_i64(s, 1, no);
		db_bind_i64(s, 2, i);
		db_bind_str(s, 3, str_of(at[i].measure->name));
		bind_end(s, 4, at[i].has_low, at[i].low);
		bind_end(s, 5, at[i].has_high, at[i].high);
		db_bind_i64(s, 6, at[i].points);
		db_bind_i64(s, 7, at[i].second ? 2 : 1);
		rc = db_run(s, p);
	}
	if (rc != RC_OK)
		return rc;
	rows_set(out, "score");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

/* "score_sign", "score_end": no → set "score": no. Who typed it never signs it; either ends it. */
static enum rc score_state(struct act_ctx *x, bool sign, struct rows *out, struct problem *p)
{
	struct score *at;
	unsigned n = 0, i = 0;
	int64_t no = (int64_t)care_arg(x->args, "no");
	enum rc rc = read_scores(x->db, x->arena, &at, &n, p);
	while (rc == RC_OK && i < n && at[i].no != no)
		i++;
	if (rc == RC_OK && i == n)
		rc = problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "no", "no such score");
	if (rc != RC_OK)
		return rc;
	if (sign && at[i].made_by == x->who->account)
		return problem_set(p, RC_DENIED, WHY_SCORE_OWN, "no", "score %lld: own", (long long)no);
	struct db_stmt *s = db_stmt(x->db, sign ? ST_HOSPITAL_SCORE_SIGN : ST_HOSPITAL_SCORE_END);
	db_bind_i64(s, 1, no);
	db_bind_i64(s, 2, x->who->account);
	db_bind_i64(s, 3, x->now_ms);
	rc = db_run(s, p);
	if (rc == RC_OK && db_changes(x->db) == 0)
		rc = problem_set(p, RC_CONFLICT, WHY_SCORE_DONE, "no", "score %lld", (long long)no);
	if (rc != RC_OK)
		return rc;
	rows_set(out, "score");
	rows_row(out);
	rows_col_i64(out, "no", no);
	return RC_OK;
}

static enum rc score_sign(struct act_ctx *x, struct rows *out, struct problem *p) { return score_state(x, true, out, p); }
static enum rc score_end(struct act_ctx *x, struct rows *out, struct problem *p) { return score_state(x, false, out, p); }

static const struct choice PREGNANT[] = { { "not", "Not in pregnancy" }, { "too", "In pregnancy too" }, { NULL, NULL } };
static const struct field ADD_FIELDS[] = {
	{ .name = "name",      .label = "Name of the score",  .kind = FIELD_TEXT,  .min = 2, .max = 80, .required = true },
	{ .name = "source",    .label = "Published source",   .kind = FIELD_TEXT,  .min = 5, .max = 400, .required = true },
	{ .name = "limits",    .label = "Limits of use",      .kind = FIELD_LINES, .min = 5, .max = 1000, .required = true },
	{ .name = "age_from",  .label = "From what age",      .kind = FIELD_INT,   .min = 0, .max = 130, .required = true },
	{ .name = "age_below", .label = "Below what age",     .kind = FIELD_INT,   .min = 1, .max = 150, .required = true },
	{ .name = "pregnancy", .label = "In pregnancy",       .kind = FIELD_CODE,  .required = true, .choices = PREGNANT },
	{ .name = "hours",     .label = "Values of how many hours", .kind = FIELD_INT, .min = 1, .max = 72, .required = true },
	{ .name = "bands",     .label = "Points",             .kind = FIELD_LINES, .max = WORDS_MAX, .required = true },
	FIELDS_END,
};
static const struct field NO_FIELDS[] = { { .name = "no", .label = "Number", .kind = FIELD_INT, .min = 1, .max = INT64_MAX, .required = true }, FIELDS_END };

const struct view score_views[] = {
	{ .name = "scores_of",  .may = MAY_READ_CHART,                  .reveals = REVEALS_ONE_PATIENT, .run = scores_of },
	{ .name = "score_list", .may = MAY_PRESCRIBE | MAY_ADMINISTER, .reveals = REVEALS_META,         .run = score_list },
	{ .name = NULL },
};
const struct act score_acts[] = {
	{ .name = "score_add",  .may = MAY_PRESCRIBE, .reveals = REVEALS_META, .fields = ADD_FIELDS, .run = score_add },
	{ .name = "score_sign", .may = MAY_PRESCRIBE, .reveals = REVEALS_META, .fields = NO_FIELDS,  .run = score_sign },
	{ .name = "score_end",  .may = MAY_PRESCRIBE, .reveals = REVEALS_META, .fields = NO_FIELDS,  .run = score_end },
	{ .name = NULL },
};
