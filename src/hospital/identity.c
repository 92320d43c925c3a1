/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/identity.c: finding a person: the masked search by birth date, the opened identity; places. Must never give more than ten lines of
 * people whom no live fact joins to the actor, nor more of them than initials, birth year, sex and status; never search by name alone.
 * Called by the gate through the rows at the end. Start at patient_search.
 */
#include "hospital/identity.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "hospital/account.h"
#include "hospital/known.h"
#include "hospital/matters.h"
#include "hospital/merge.h"
#include "hospital/relation.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- people who may be meant ---- */

struct hit { struct known k; bool phonetic, explained; struct fact fact; };
/* One more than is shown tells that there are others. */
#define HITS_MAX (MASKED_LINES + 1)
/* Patients of one date of birth whom facts may join to the actor: whoever has more must give letters. */
#define MINE_MAX 64
struct hits { struct known_each each; struct arena *arena; struct hit at[HITS_MAX]; unsigned n; bool phonetic; };

/* BARRIER: what the reader made for himself opens no name here */
static bool is_mine(struct view_ctx *v, int64_t patient, struct fact *fact_r)
{
	return relation_find(v->db, v->who, patient, v->now_ms, fact_r) && !(fact_r->made_by && fact_r->made_by == v->who->account);
}

static bool is_among(const struct hits *h, int64_t patient)
{
	unsigned i = 0;
	while (i < h->n && h->at[i].k.patient != patient)
		i++;
	return i < h->n;
}

static enum rc take_line(struct known_each *e, const struct known *k, bool *go_on, struct problem *p)
{
	struct hits *h = (struct hits *)(void *)e;
	if (!is_among(h, k->patient))
		h->at[h->n++] = (struct hit){ .k = known_kept(h->arena, k), .phonetic = h->phonetic };
	*go_on = h->n < HITS_MAX;
	return arena_rc(h->arena, p);
}

/* Those of that date whom I know, however many strangers share it: read from the facts, not met among the strangers. */
static enum rc mine_of_day(struct view_ctx *v, const struct asked *k, int64_t born, struct hits *h, struct problem *p)
{
	int64_t at[MINE_MAX];
	unsigned n = 0;
	enum rc rc = relation_of_day(v->db, v->who, born, v->now_ms, at, MINE_MAX, &n, p);
	for (unsigned i = 0; i < n && h->n < HITS_MAX && rc == RC_OK; i++) {
		struct hit hit = { .explained = true };
		bool found = false;
		if (!is_mine(v, at[i], &hit.fact))
			continue;
		rc = known_find(v->db, at[i], v->arena, &found, &hit.k, p);
		if (rc != RC_OK || !found || hit.k.born != born)
			continue;
		bool spelt = !k->letters.n || known_begins_so(&hit.k, k->letters, false);
		hit.phonetic = !spelt && known_begins_so(&hit.k, k->sound, true);
		if (spelt || hit.phonetic)
			h->at[h->n++] = hit;
	}
	return rc;
}

static enum rc by_date(struct view_ctx *v, const struct asked *k, struct hits *h, struct problem *p)
{
	int64_t born = known_born(str_of(k->born_on));
	if (k->nothing)
		return RC_OK;
	enum rc rc = mine_of_day(v, k, born, h, p);
	if (rc != RC_OK || h->n == HITS_MAX)
		return rc;
	if (!k->letters.n)
		return known_day(v->db, born, &h->each, p);
	rc = known_begins(v->db, born, k->letters, false, &h->each, p);
	h->phonetic = true;
	if (rc == RC_OK && h->n < HITS_MAX && k->sound.n)
		rc = known_begins(v->db, born, k->sound, true, &h->each, p);
	return rc;
}

static enum rc by_identifier(struct view_ctx *v, const struct asked *k, struct hits *h, struct problem *p)
{
	const struct pair query[] = { { STR("identifier"), k->identifier } };
	struct items found;
	enum rc rc = items_find(v->db, v->arena, "Patient", query, 1, HITS_MAX, &found, p);
	for (size_t i = 0; rc == RC_OK && i < found.n && h->n < HITS_MAX; i++) {
		struct hit hit = { .explained = false };
		bool is = false;
		rc = known_find(v->db, found.at[i].rid, v->arena, &is, &hit.k, p);
		if (rc != RC_OK || !is)
			continue;
		hit.explained = is_mine(v, hit.k.patient, &hit.fact);
		h->at[h->n++] = hit;
	}
	return rc;
}

/* Those whom I know first; then as they came into the record, never by name: the order of masked lines must not spell them. */
static int mine_first(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;
	if (x->explained != y->explained)
		return x->explained ? -1 : 1;
	if (x->phonetic != y->phonetic)
		return x->phonetic ? 1 : -1;
	return x->k.patient < y->k.patient ? -1 : x->k.patient > y->k.patient;
}

static const char *fact_code(enum fact_kind kind)
{
	static const char *const CODE[] = { [FACT_PRESENT] = "unit", [FACT_APPOINTMENT] = "appointment", [FACT_AUTHOR] = "author", [FACT_TREATING] = "treating", [FACT_ASKED] = "asked",
		[FACT_TRANSFER] = "transfer", [FACT_ON_CALL] = "on_call", [FACT_HANDED] = "handed" };
	return CODE[kind];
}

/* Only a line that shows a name reads the resource. */
static enum rc hit_row(struct view_ctx *v, struct rows *out, const struct hit *h, struct problem *p)
{
	bool named = false;
	struct traits t = { .rid = 0 };
	if (h->explained) {
		struct item it;
		enum rc rc = item_by_rid(v->db, v->arena, h->k.patient, &named, &it, p);
		if (rc != RC_OK)
			return rc;
		if (named)
			traits_read(&it, v->arena, &t);
	}
	rows_row(out);
	rows_patient(out, h->k.patient, TIER_MASKED);
	if (named)
		traits_named(out, &t, v->now_ms);
	else
		known_masked(out, &h->k);
	if (named && !t.homonym)
		col_flag(out, "homonym", h->k.homonym || h->k.twin);
	if (named)
		col_flag(out, "collision", h->k.collision);
	merge_cols(v->db, out, h->k.patient);
	record_seal_cols(v->db, out, h->k.patient);
	col_flag(out, "phonetic", h->phonetic);
	if (named)
		col_z(out, "explained", fact_code(h->fact.kind));
	return arena_rc(v->arena, p);
}

/*
 * "patient_search": birthdate and / or text ("14/02/1957 dur", "dur", an identifier whole). Of text only the first three letters count.
 * Set "search": by (birthdate, identifier), born_on, letters, more (flag), found. Set "patients": id, masked or name, birth_year, sex, status, homonym, collision,
 * merged_into (id of the record to open instead), closed (archived, sealed), phonetic, explained (unit, appointment, author, treating, asked, transfer, on_call, handed) with name and born_on when a live fact joins the actor to that person.
 */
static enum rc patient_search(struct view_ctx *v, struct rows *out, struct problem *p)
{
	struct asked k;
	enum rc rc = read_asked(v, &k, p);
	if (rc != RC_OK)
		return rc;
	struct hits *h = ARENA_NEW(v->arena, struct hits);
	if (!h)
		return arena_rc(v->arena, p);
	h->each.line = take_line;
	h->arena = v->arena;
	rc = k.identifier.n ? by_identifier(v, &k, h, p) : by_date(v, &k, h, p);
	if (rc != RC_OK)
		return rc;
	unsigned n = h->n < MASKED_LINES ? h->n : MASKED_LINES;
	if (h->n)
		qsort(h->at, h->n, sizeof *h->at, mine_first);
	rows_set(out, "search");
	rows_row(out);
	col_z(out, "by", k.identifier.n ? "identifier" : "birthdate");
	col_z(out, "born_on", k.born_on);
	col(out, "letters", k.letters);
	col_flag(out, "more", h->n > n);
	rows_col_i64(out, "found", n);
	rows_set(out, "patients");
	for (unsigned i = 0; i < n && rc == RC_OK; i++)
		rc = hit_row(v, out, &h->at[i], p);
	return rc;
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
	{ .name = "patient_identity",   .may = MAY_READ_IDENTITY | MAY_READ_CHART,     .reveals = REVEALS_ONE_PATIENT, .run = patient_identity },
	{ .name = NULL },
};
