/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/identity.c: finding a person: the masked search by birth date, the opened identity, likely duplicates. Must never give more than ten lines of
 * people whom no live fact joins to the actor, nor more of them than initials, birth year, sex and status; never search by name alone.
 * Called by the gate through the rows at the end. Start at patient_search.
 */
#include "hospital/identity.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/utf8.h"
#include "codec/fold.h"
#include "hospital/account.h"
#include "hospital/matters.h"

#include <stdlib.h>
#include <string.h>

/* People born on one day: 21 in the mean at 758,912; the first of January of unknown dates has more. Beyond this the letters must help. */
#define SAME_DAY 400
/* People born on any of the dates near one: some fifty dates. */
#define NEAR_DAYS_MAX 64
#define NEAR_PEOPLE 3000
/* From here on two identities are said to be likely the same. Twins and homonyms pass it, two strangers of one day do not (test_identity). */
#define LIKELY 85

/* ---- the asked text ---- */

static struct str first_letters(struct str folded, unsigned letters)
{
	size_t at = 0;
	uint32_t code;
	for (unsigned i = 0; i < letters && utf8_next(folded, &at, &code); i++)
		;
	return (struct str){ folded.p, at };
}

/* "14021957" besides what form_date reads. */
static bool date_typed(struct str word, int64_t now_ms, char out[11])
{
	int d[8];
	if (word.n == 8) {
		bool digits = true;
		for (size_t i = 0; i < 8; i++) {
			d[i] = word.p[i] - '0';
			digits = digits && d[i] >= 0 && d[i] <= 9;
		}
		int day = d[0] * 10 + d[1], month = d[2] * 10 + d[3], year = d[4] * 1000 + d[5] * 100 + d[6] * 10 + d[7];
		if (digits && date_exists(year, month, day) && year >= 1880) {
			struct buf b;
			buf_init(&b, 16);
			buf_fmt(&b, "%04d-%02d-%02d", year, month, day);
			memcpy(out, b.p, 10);
			out[10] = 0;
			buf_done(&b);
			return true;
		}
	}
	bool digit = word.n && word.p[0] >= '0' && word.p[0] <= '9';
	return digit && form_date(word, now_ms, out) == RC_OK;
}

struct asked { char born_on[11]; struct str letters, sound; struct str identifier; bool nothing; };

static bool is_identifier(struct arena *a, struct str text, struct str *id_r)
{
	char *p = arena_bytes(a, text.n + 1);
	size_t n = 0, digits = 0;
	if (!p)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		if (ch == ' ')
			continue;
		bool digit = ch >= '0' && ch <= '9';
		if (!digit && !(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z') && ch != '-' && ch != '.')
			return false;
		digits += digit;
		p[n++] = ch;
	}
	*id_r = (struct str){ p, n };
	return digits >= 4 && n <= 64;
}

static enum rc read_asked(struct view_ctx *v, struct asked *k, struct problem *p)
{
	struct str born = args_get(v->args, "birthdate"), text = str_trim(args_get(v->args, "text"));
	*k = (struct asked){ .nothing = false };
	if (born.n) {
		if (form_date(born, v->now_ms, k->born_on) != RC_OK)
			return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "birthdate", "not a date");
	} else {
		struct str rest, word = str_cut(text, ' ', &rest);
		if (date_typed(word, v->now_ms, k->born_on)) {
			text = str_trim(rest);
		} else {
			if (!is_identifier(v->arena, text, &k->identifier))
				return problem_set(p, RC_BAD_INPUT, WHY_SEARCH_NEEDS_DATE, "birthdate", "neither date nor identifier");
			return RC_OK;
		}
	}
	if (text.n) {
		struct str all = letters_of(v->arena, text);
		k->letters = first_letters(all, 3);
		k->sound = sound_of(v->arena, k->letters);
		k->nothing = !k->letters.n; /* signs only: nobody's name begins so */
	}
	return arena_rc(v->arena, p);
}

/* ---- people of one birth date ---- */

struct hit { struct traits t; uint64_t whole_name; bool matches, phonetic, homonym, explained; struct fact fact; };
struct gather { struct item_each each; struct arena *arena; const struct asked *asked; struct hit *at; size_t n, cap; };

static struct traits kept_traits(struct arena *a, const struct traits *t)
{
	struct traits k = *t;
	struct str *const FIELD[] = { &k.id, &k.birth_name, &k.given, &k.given_list, &k.used_name, &k.used_given, &k.born_on, &k.sex, &k.birth_code, &k.ins, &k.ipp, &k.deceased_at };
	for (size_t i = 0; i < N_OF(FIELD); i++)
		*FIELD[i] = FIELD[i]->n ? arena_str(a, *FIELD[i]) : STR_NONE;
	k.line = k.postal = k.city = k.phone = k.email = k.treating = k.birth_city = k.ins_system = STR_NONE;
	return k;
}

static bool begins(struct arena *a, struct str name, struct str letters)
{
	return name.n && str_starts(letters_of(a, name), letters);
}

static void match_letters(struct hit *h, const struct traits *t, const struct asked *k, struct arena *scratch)
{
	const struct str name[] = { t->birth_name, t->used_name, t->given, t->used_given };
	h->matches = !k->letters.n && !k->nothing;
	for (size_t i = 0; i < N_OF(name) && k->letters.n && !h->matches; i++)
		h->matches = begins(scratch, name[i], k->letters);
	for (size_t i = 0; i < N_OF(name) && k->sound.n && !h->matches; i++)
		h->matches = h->phonetic = name[i].n && str_starts(sound_of(scratch, name[i]), k->sound);
}

static uint64_t whole_name(struct arena *scratch, const struct traits *t)
{
	struct str family = letters_of(scratch, t->birth_name), given = letters_of(scratch, t->given);
	return hash_bytes(family) * 31 + hash_bytes(given);
}

static enum rc gather_one(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct gather *g = (struct gather *)(void *)e;
	if (g->n == g->cap) {
		size_t cap = g->cap ? g->cap * 2 : 32;
		struct hit *at = arena_array(g->arena, cap, sizeof *at);
		if (!at)
			return arena_rc(g->arena, p);
		if (g->n)
			memcpy(at, g->at, g->n * sizeof *at);
		g->at = at;
		g->cap = cap;
	}
	struct traits t;
	struct hit h = { .matches = true };
	traits_read(it, scratch, &t);
	if (g->asked)
		match_letters(&h, &t, g->asked, scratch);
	h.whole_name = whole_name(scratch, &t);
	h.t = h.matches ? kept_traits(g->arena, &t) : (struct traits){ .rid = t.rid };
	g->at[g->n++] = h;
	return arena_rc(g->arena, p);
}

static void mark_homonyms(struct gather *g)
{
	for (size_t i = 0; i < g->n; i++) {
		g->at[i].homonym = g->at[i].homonym || g->at[i].t.homonym;
		for (size_t k = 0; k < i; k++)
			if (g->at[i].whole_name == g->at[k].whole_name)
				g->at[i].homonym = g->at[k].homonym = true;
	}
}

/* Those whom I know first; then as they were found, never by name: the order of masked lines must not spell them. */
static int mine_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	if (x->explained != y->explained)
		return x->explained ? -1 : 1;
	if (x->phonetic != y->phonetic)
		return x->phonetic ? 1 : -1;
	return x->t.rid < y->t.rid ? -1 : x->t.rid > y->t.rid;
}

static const char *fact_code(enum fact_kind kind)
{
	static const char *const CODE[] = { [FACT_PRESENT] = "unit", [FACT_APPOINTMENT] = "appointment", [FACT_AUTHOR] = "author", [FACT_TREATING] = "treating", [FACT_ASKED] = "asked" };
	return CODE[kind];
}

static enum rc by_date(struct view_ctx *v, const struct asked *k, struct gather *g, bool *more_r, struct problem *p)
{
	const struct pair query[] = { { STR("birthdate"), str_of(k->born_on) }, { STR("name"), k->letters } };
	enum rc rc = items_each(v->db, v->arena, "Patient", query, 1, SAME_DAY, &g->each, more_r, p);
	if (rc == RC_OK && *more_r && k->letters.n) {
		/* A crowded day: let the index look at the letters too; what only sounds alike is lost there, and said by more. */
		g->n = 0;
		rc = items_each(v->db, v->arena, "Patient", query, 2, SAME_DAY, &g->each, more_r, p);
	}
	return rc;
}

static enum rc by_identifier(struct view_ctx *v, const struct asked *k, struct gather *g, bool *more_r, struct problem *p)
{
	const struct pair query[] = { { STR("identifier"), k->identifier } };
	return items_each(v->db, v->arena, "Patient", query, 1, MASKED_LINES, &g->each, more_r, p);
}

/*
 * "patient_search": birthdate and / or text ("14/02/1957 dur", "dur", an identifier whole). Of text only the first three letters count.
 * Set "search": by (birthdate, identifier), born_on, letters, more (flag), found. Set "patients": id, masked or name, birth_year, sex, status, homonym,
 * phonetic, explained (unit, appointment, author, treating, asked) with name and born_on when a live fact joins the actor to that person.
 */
static enum rc patient_search(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct asked k;
	enum rc rc = read_asked(v, &k, p);
	if (rc != RC_OK)
		return rc;
	struct gather g = { .each = { gather_one }, .arena = v->arena, .asked = &k };
	bool more = false;
	rc = k.identifier.n ? by_identifier(v, &k, &g, &more, p) : by_date(v, &k, &g, &more, p);
	if (rc != RC_OK)
		return rc;
	mark_homonyms(&g);
	size_t n = 0;
	for (size_t i = 0; i < g.n; i++)
		if (g.at[i].matches) {
			g.at[n] = g.at[i];
			/* BARRIER: what the reader made for himself opens no name here */
			g.at[n].explained = relation_find(v->db, v->who, g.at[n].t.rid, v->now_ms, &g.at[n].fact) && !(g.at[n].fact.made_by && g.at[n].fact.made_by == v->who->account);
			n++;
		}
	if (n)
		qsort(g.at, n, sizeof *g.at, mine_first);
	rows_set(out, "search");
	rows_row(out);
	col_z(out, "by", k.identifier.n ? "identifier" : "birthdate");
	col_z(out, "born_on", k.born_on);
	col(out, "letters", k.letters);
	col_flag(out, "more", more || n > MASKED_LINES);
	rows_col_i64(out, "found", (int64_t)(n > MASKED_LINES ? MASKED_LINES : n));
	rows_set(out, "patients");
	for (size_t i = 0; i < n && i < MASKED_LINES; i++) {
		const struct hit *h = &g.at[i];
		rows_row(out);
		rows_patient(out, h->t.rid, TIER_MASKED);
		if (h->explained)
			traits_named(out, &h->t, v->now_ms);
		else
			traits_masked(out, &h->t);
		if (!(h->explained && h->t.homonym))
			col_flag(out, "homonym", h->homonym);
		col_flag(out, "phonetic", h->phonetic);
		if (h->explained)
			col_z(out, "explained", fact_code(h->fact.kind));
	}
	return RC_OK;
}

/* ---- the opened identity ---- */

/*
 * "patient_identity": set "identity": every trait (traits_full), treating_name, and for a deleted one nothing (NOT_FOUND).
 */
static enum rc patient_identity(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct item it;
	bool found;
	enum rc rc = item_find(v->db, v->arena, "Patient", args_get(v->args, "patient"), &found, &it, p);
	if (rc != RC_OK)
		return rc;
	if (!found)
		return problem_set(p, RC_NOT_FOUND, WHY_NOT_FOUND, "patient", "no such patient");
	struct traits t;
	traits_read(&it, v->arena, &t);
	struct names names = { v->db, v->arena, NULL };
	rows_set(out, "identity");
	rows_row(out);
	rows_patient(out, it.rid, TIER_IDENTITY);
	traits_full(out, &t, v->now_ms);
	col(out, "treating_name", name_of(&names, "Practitioner", t.treating));
	return arena_rc(v->arena, p);
}

/* ---- likely duplicates ---- */

static void add_date(struct str *dates, unsigned *n, struct arena *a, int year, int month, int day, int64_t now_ms)
{
	if (*n == NEAR_DAYS_MAX || year < 1880 || !date_exists(year, month, day))
		return;
	if (civil_to_ms((struct civil){ .year = year, .month = month, .day = day }) > now_ms)
		return;
	struct buf b;
	buf_init(&b, 16);
	buf_fmt(&b, "%04d-%02d-%02d", year, month, day);
	struct str date = arena_str(a, buf_view(&b));
	buf_done(&b);
	for (unsigned i = 0; i < *n; i++)
		if (str_is(dates[i], date))
			return;
	dates[(*n)++] = date;
}

/* The date itself first, then day and month exchanged, two neighbouring digits of the year exchanged, one digit another. */
static unsigned near_dates(struct str born_on, bool near, int64_t now_ms, struct arena *a, struct str *dates)
{
	int d[8];
	unsigned n = 0;
	static const unsigned char AT[] = { 0, 1, 2, 3, 5, 6, 8, 9 };
	for (size_t i = 0; i < 8; i++)
		d[i] = born_on.p[AT[i]] - '0';
#define YEAR (d[0] * 1000 + d[1] * 100 + d[2] * 10 + d[3])
#define MONTH (d[4] * 10 + d[5])
#define DAY (d[6] * 10 + d[7])
	add_date(dates, &n, a, YEAR, MONTH, DAY, now_ms);
	if (!near)
		return n;
	add_date(dates, &n, a, YEAR, DAY, MONTH, now_ms);
	for (int i = 1; i < 3; i++) {
		int was = d[i];
		d[i] = d[i + 1];
		d[i + 1] = was;
		add_date(dates, &n, a, YEAR, MONTH, DAY, now_ms);
		d[i + 1] = d[i];
		d[i] = was;
	}
	for (int i = 7; i >= 0; i--) {
		int was = d[i];
		for (d[i] = 0; d[i] < 10; d[i]++)
			if (d[i] != was)
				add_date(dates, &n, a, YEAR, MONTH, DAY, now_ms);
		d[i] = was;
	}
#undef YEAR
#undef MONTH
#undef DAY
	return n;
}

struct key { struct str letters, sound; };
struct keys { struct key family[2]; unsigned n_family; struct key given[3]; unsigned n_given; };

static void add_key(struct arena *a, struct key *at, unsigned *n, unsigned max, struct str name)
{
	if (name.n && *n < max && name_has_letter(name))
		at[(*n)++] = (struct key){ letters_of(a, name), sound_of(a, name) };
}

static struct keys keys_of(struct arena *a, const struct traits *t)
{
	struct keys k = { .n_family = 0 };
	add_key(a, k.family, &k.n_family, 2, t->birth_name);
	add_key(a, k.family, &k.n_family, 2, t->used_name);
	add_key(a, k.given, &k.n_given, 3, t->given);
	add_key(a, k.given, &k.n_given, 3, t->used_given);
	add_key(a, k.given, &k.n_given, 3, t->given_list);
	return k;
}

static double alike(const struct key *a, unsigned n_a, const struct key *b, unsigned n_b)
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

/* Per cent. Family weighs most, then given, then the date; names typed into each other's field count almost fully. */
static int likeness(const struct keys *a, const struct keys *b, bool same_date, bool same_sex)
{
	double family = alike(a->family, a->n_family, b->family, b->n_family), given = alike(a->given, a->n_given, b->given, b->n_given);
	double crossed_family = alike(a->family, a->n_family, b->given, b->n_given), crossed_given = alike(a->given, a->n_given, b->family, b->n_family);
	double straight = 0.45 * family + 0.35 * given, crossed = 0.97 * (0.45 * crossed_family + 0.35 * crossed_given);
	double s = (straight > crossed ? straight : crossed) + (same_date ? 0.20 : 0.17) - (same_sex ? 0 : 0.04);
	return (int)(s * 100 + 0.5);
}

struct weigh { struct item_each each; struct arena *arena; const struct traits *whom; struct keys keys; struct likely *out; unsigned n; struct problem *p; };

static enum rc weigh_one(struct item_each *e, const struct item *it, struct arena *scratch, struct problem *p)
{
	struct weigh *w = (struct weigh *)(void *)e;
	struct traits t;
	traits_read(it, scratch, &t);
	if (w->whom->rid && it->rid == w->whom->rid)
		return RC_OK;
	struct keys keys = keys_of(scratch, &t);
	bool same_date = str_is(t.born_on, w->whom->born_on);
	bool same_sex = str_is(t.sex, w->whom->sex) || str_eq(t.sex, "unknown") || str_eq(w->whom->sex, "unknown");
	int score = likeness(&w->keys, &keys, same_date, same_sex);
	if (score < LIKELY || (w->n == MASKED_LINES && score <= w->out[MASKED_LINES - 1].score))
		return arena_rc(scratch, p);
	unsigned at = w->n < MASKED_LINES ? w->n++ : MASKED_LINES - 1;
	for (; at && w->out[at - 1].score < score; at--)
		w->out[at] = w->out[at - 1];
	w->out[at] = (struct likely){ kept_traits(w->arena, &t), score, same_date };
	return arena_rc(scratch, p);
}

enum rc identity_likely(struct db_conn *c, struct arena *a, const struct traits *whom, bool near, int64_t now_ms, struct likely out[MASKED_LINES], unsigned *n_r, struct problem *p)
{
	struct str dates[NEAR_DAYS_MAX];
	struct buf list;
	*n_r = 0;
	if (whom->born_on.n != 10)
		return problem_set(p, RC_BAD_INPUT, WHY_FIELD_DATE, "birthdate", "not a whole date");
	unsigned n = near_dates(whom->born_on, near, now_ms, a, dates);
	buf_init(&list, 4096);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			buf_ch(&list, ',');
		buf_str(&list, dates[i]);
	}
	struct weigh w = { .each = { weigh_one }, .arena = a, .whom = whom, .keys = keys_of(a, whom), .out = out };
	const struct pair query[] = { { STR("birthdate"), arena_str(a, buf_view(&list)) } };
	buf_done(&list);
	bool more;
	enum rc rc = arena_rc(a, p);
	if (rc == RC_OK && n)
		rc = items_each(c, a, "Patient", query, 1, NEAR_PEOPLE, &w.each, &more, p);
	if (rc == RC_OK)
		*n_r = w.n;
	return rc;
}

void identity_likely_rows(struct rows *out, const struct likely *at, unsigned n)
{
	rows_set(out, "duplicates");
	for (unsigned i = 0; i < n; i++) {
		rows_row(out);
		rows_patient(out, at[i].t.rid, TIER_MASKED);
		traits_masked(out, &at[i].t);
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

/* ---- places ---- */

enum rc place_put(struct db_conn *c, struct str code, struct str name, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PLACE_PUT);
	db_bind_str(s, 1, code);
	db_bind_str(s, 2, name);
	return db_run(s, p);
}

static bool is_insee(struct str code)
{
	if (code.n != 5)
		return false;
	for (size_t i = 0; i < 5; i++) {
		bool digit = code.p[i] >= '0' && code.p[i] <= '9';
		if (!digit && !(i == 1 && (code.p[i] == 'A' || code.p[i] == 'B')))
			return false;
	}
	return true;
}

static enum rc place_find(struct db_conn *c, struct str code, struct arena *a, bool *found_r, struct str *name_r, struct problem *p)
{
	struct db_stmt *s = db_stmt(c, ST_HOSPITAL_PLACE_GET);
	db_bind_str(s, 1, code);
	enum rc rc = db_step(s, found_r, p);
	if (rc == RC_OK && *found_r)
		*name_r = arena_str(a, db_text(s, 0));
	db_reset(s);
	return rc;
}

enum rc place_name(struct db_conn *c, struct str code, struct arena *a, struct str *name_r, struct problem *p)
{
	bool found = false, any = false;
	struct str ignored;
	*name_r = STR_NONE;
	if (!is_insee(code))
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PLACE, "birth_place", "not an INSEE code");
	enum rc rc = place_find(c, code, a, &found, name_r, p);
	if (rc != RC_OK || found)
		return rc;
	/* Paris is in every table of places: where it is not, none was loaded, and the form of the code must do. */
	rc = place_find(c, STR("75056"), a, &any, &ignored, p);
	if (rc == RC_OK && any)
		return problem_set(p, RC_BAD_INPUT, WHY_UNKNOWN_PLACE, "birth_place", "unknown code");
	return rc;
}

const struct view identity_views[] = {
	{ .name = "patient_search",     .may = MAY_FIND_PATIENT,                       .reveals = REVEALS_MASKED,      .run = patient_search },
	{ .name = "patient_duplicates", .may = MAY_WRITE_IDENTITY,                     .reveals = REVEALS_MASKED,      .run = patient_duplicates },
	{ .name = "patient_identity",   .may = MAY_READ_IDENTITY | MAY_READ_CHART,     .reveals = REVEALS_ONE_PATIENT, .run = patient_identity },
	{ .name = NULL },
};
