/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tariff.c: see tariff.h. Tables are read whole, each with an index of its codes. Must never guess a price: what is not in a row is said to be missing.
 * Start at tariff_base and tariff_ccam.
 */
#include "hospital/tariff.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/map.h"
#include "codec/fold.h"
#include "hospital/reference.h"

enum table { T_ACT, T_CCAM, T_MODIFIER, T_GRID, T_GHS_PUBLIC, T_GHS_PRIVATE, T_SUP_PUBLIC, T_SUP_PRIVATE, T_GHM, T_CIM10, T_MODE, T_UCD, T_LPP, T_EDITION, T__END };

/* Columns by name, in the order of the enums below; the first n_key make the index. */
static const struct { const char *file; bool medicine; unsigned n_key; const char *names[24]; } TABLE[T__END] = {
	[T_ACT]         = { "ccam_actes.tsv", false, 1, { "code", "libelle_long", "compatibilite_sexe", "date_debut", "date_fin" } },
	[T_CCAM]        = { "ccam_tarifs.tsv", false, 3, { "code", "activite", "phase", "date_effet", "grille_3", "grille_4", "grille_5", "grille_6", "grille_7", "grille_8", "grille_9", "grille_10",
		"grille_11", "grille_12", "grille_13", "grille_14", "grille_15", "grille_16", "grille_17", "grille_18", "grille_19" } },
	[T_MODIFIER]    = { "ccam_modificateurs.tsv", false, 1, { "modificateur", "libelle" } },
	[T_GRID]        = { "ccam_grilles_tarifs.tsv", false, 1, { "grille", "libelle" } },
	[T_GHS_PUBLIC]  = { "ghs_public_2025.tsv", false, 2, { "ghm", "ghs", "borne_basse", "borne_haute", "tarif_base_eur", "tarif_exh_eur", "date_effet" } },
	[T_GHS_PRIVATE] = { "ghs_prive_2024.tsv", false, 2, { "ghm", "ghs", "borne_basse", "borne_haute", "tarif_base_eur", "tarif_exh_eur" } },
	[T_SUP_PUBLIC]  = { "supplements_mco_public_2024.tsv", false, 1, { "code", "libelle", "tarif_eur" } },
	[T_SUP_PRIVATE] = { "supplements_mco_prive_2024.tsv", false, 1, { "code", "libelle", "tarif_eur" } },
	[T_GHM]         = { "ghm.tsv", false, 1, { "ghm", "libelle" } },
	[T_CIM10]       = { "cim10_fr.tsv", false, 1, { "code", "libelle", "type_mco_had", "actif" } },
	[T_MODE]        = { "modes_entree_sortie_mco.tsv", false, 2, { "type", "code", "libelle" } },
	[T_UCD]         = { "ucd_en_sus.tsv", true, 1, { "ucd13", "libelle", "evenement", "date_effet", "prix_ht_eur" } },
	[T_LPP]         = { "dmi_en_sus.tsv", false, 1, { "lpp", "libelle", "evenement", "date_effet" } },
	[T_EDITION]     = { "edition.tsv", false, 1, { "table", "edition" } },
};
enum { ACT_CODE, ACT_LABEL, ACT_SEX, ACT_FROM, ACT_UNTIL };
enum { CCAM_CODE, CCAM_ACTIVITY, CCAM_PHASE, CCAM_FROM, CCAM_GRIDS };
enum { GHS_GHM, GHS_GHS, GHS_LOW, GHS_HIGH, GHS_BASE, GHS_OVER, GHS_FROM };
enum { LPP_CODE, LPP_LABEL, LPP_EVENT, LPP_FROM };
enum { UCD_CODE, UCD_LABEL, UCD_EVENT, UCD_FROM, UCD_PRICE };

struct tariffs {
	struct arena life;
	struct reference of[T__END];
	int column[T__END][24];
	struct maps *index[T__END];            /* key → first row that has it */
	uint32_t *next[T__END];                /* the next row of the same key; 0 none */
	struct str *folded;                    /* of each row of T_ACT: its label for finding */
};

static struct str cell(const struct tariffs *t, enum table k, size_t row, unsigned name) { return reference_cell(&t->of[k], row, (unsigned)t->column[k][name]); }

#define KEY_MOST 64
static struct str key_of(char at[KEY_MOST], const struct str *part, unsigned n)
{
	size_t used = 0;
	for (unsigned i = 0; i < n; i++) {
		if (used + part[i].n + 1 > KEY_MOST)
			return STR_NONE;
		if (part[i].n)
			memcpy(at + used, part[i].p, part[i].n);
		used += part[i].n;
		at[used++] = '|';
	}
	return (struct str){ at, used };
}

/* The first row of a key; 0: there is none (row 0 is the heading). */
static size_t find(const struct tariffs *t, enum table k, const struct str *part)
{
	char at[KEY_MOST];
	uint64_t row = 0;
	struct str key = key_of(at, part, TABLE[k].n_key);
	return key.n && maps_find(t->index[k], key, &row) ? (size_t)row : 0;
}

static size_t find_one(const struct tariffs *t, enum table k, struct str code) { return find(t, k, &code); }

static enum rc read_one(struct tariffs *t, enum table k, const char *folder, struct problem *p)
{
	enum rc rc = reference_read(folder, TABLE[k].file, &t->of[k], p);
	if (rc != RC_OK)
		return rc;
	for (unsigned i = 0; TABLE[k].names[i]; i++)
		if ((t->column[k][i] = reference_find(&t->of[k], TABLE[k].names[i])) < 0)
			return problem_set(p, RC_BROKEN, WHY_NO_DATA, TABLE[k].file, "no column %s", TABLE[k].names[i]);
	t->index[k] = maps_new();
	t->next[k] = calloc(t->of[k].rows + 1, sizeof **t->next);
	if (!t->index[k] || !t->next[k])
		return problem_set(p, RC_LIMIT, WHY_BUSY, TABLE[k].file, "no memory");
	for (size_t row = t->of[k].rows; row-- > 1;) { /* from the end: the first stays in front */
		struct str part[3];
		char at[KEY_MOST];
		uint64_t after = 0;
		for (unsigned i = 0; i < TABLE[k].n_key; i++)
			part[i] = cell(t, k, row, i);
		struct str key = key_of(at, part, TABLE[k].n_key);
		if (maps_find(t->index[k], key, &after))
			t->next[k][row] = (uint32_t)after;
		if (!maps_put(t->index[k], key, row))
			return problem_set(p, RC_LIMIT, WHY_BUSY, TABLE[k].file, "no memory");
	}
	return RC_OK;
}

static void tariffs_free(struct tariffs *t)
{
	for (unsigned k = 0; k < T__END; k++) {
		reference_done(&t->of[k]);
		maps_free(&t->index[k]);
		free(t->next[k]);
	}
	arena_done(&t->life);
	free(t);
}

static struct tariffs *read_all(const char *nomenclatures, const char *medicines, struct problem *p)
{
	struct tariffs *t = calloc(1, sizeof *t);
	if (!t) {
		(void)!problem_set(p, RC_LIMIT, WHY_BUSY, "", "no memory");
		return NULL;
	}
	arena_init(&t->life, (size_t)64 << 20);
	enum rc rc = RC_OK;
	for (unsigned k = 0; k < T__END && rc == RC_OK; k++)
		rc = read_one(t, (enum table)k, TABLE[k].medicine ? medicines : nomenclatures, p);
	if (rc == RC_OK && !(t->folded = arena_array(&t->life, t->of[T_ACT].rows + 1, sizeof *t->folded)))
		rc = arena_rc(&t->life, p);
	for (size_t row = 1; rc == RC_OK && row < t->of[T_ACT].rows; row++)
		t->folded[row] = fold_kept(&t->life, cell(t, T_ACT, row, ACT_LABEL));
	if (rc == RC_OK)
		rc = arena_rc(&t->life, p);
	if (rc == RC_OK)
		return t;
	tariffs_free(t);
	return NULL;
}

static char at_folder[2][512];
static pthread_mutex_t house = PTHREAD_MUTEX_INITIALIZER;
static struct tariffs *of_house;

void tariff_folder(const char *nomenclatures, const char *medicines)
{
	const char *const given[2] = { nomenclatures ? nomenclatures : "", medicines ? medicines : "" };
	pthread_mutex_lock(&house);
	for (unsigned i = 0; i < 2; i++) {
		size_t n = strlen(given[i]);
		at_folder[i][0] = '\0';
		if (n < sizeof at_folder[i])
			memcpy(at_folder[i], given[i], n + 1);
	}
	pthread_mutex_unlock(&house);
}

const struct tariffs *tariff_base(struct problem *p)
{
	pthread_mutex_lock(&house);
	if (!of_house && at_folder[0][0])
		of_house = read_all(at_folder[0], at_folder[1], p);
	else if (!of_house)
		(void)!problem_set(p, RC_BROKEN, WHY_NO_DATA, "nomenclatures", "no folder");
	const struct tariffs *t = of_house;
	pthread_mutex_unlock(&house);
	return t;
}

/* ---- numbers ---- */

static int64_t power(unsigned places)
{
	int64_t v = 1;
	while (places--)
		v *= 10;
	return v;
}

bool tariff_number(struct str text, unsigned places, int64_t *v_r)
{
	int64_t v = 0;
	unsigned after = 0;
	bool point = false;
	text = str_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		if ((ch == ',' || ch == '.') && !point && i > 0 && i + 1 < text.n) {
			point = true;
			continue;
		}
		if (ch < '0' || ch > '9' || (point && ++after > places) || v > INT64_C(1000000000) * power(places))
			return false;
		v = v * 10 + (ch - '0');
	}
	for (; after < places; after++)
		v *= 10;
	if (text.n == 0 || v > INT64_C(1000000000) * power(places))
		return false;
	*v_r = v;
	return true;
}

static int64_t milli(struct str s)
{
	int64_t v;
	return tariff_number(s, 3, &v) ? v : -1;
}

static int64_t whole(struct str s)
{
	int64_t v;
	return str_i64(s, &v) == RC_OK ? v : 0;
}

int64_t tariff_cents(int64_t price_milli, int64_t quantity_milli)
{
	__int128 v = (__int128)price_milli * quantity_milli;
	return (int64_t)((v + 5000) / 10000);
}

int64_t tariff_share(int64_t amount_cents, int64_t rate)
{
	return (int64_t)(((__int128)amount_cents * rate + 5000) / 10000);
}

/* ---- prices ---- */

const char *tariff_why(enum tariff_why why)
{
	static const char *const CODE[TARIFF__END] = { [TARIFF_PRICED] = "", [TARIFF_NO_CODE] = "no_code", [TARIFF_NO_PRICE] = "no_price", [TARIFF_BEFORE] = "before", [TARIFF_ENDED] = "ended",
		[TARIFF_NO_DAY] = "no_day", [TARIFF_NO_KIND] = "no_kind", [TARIFF_SHORT] = "short", [TARIFF_NO_TAX] = "no_tax", [TARIFF_NO_TABLE] = "no_table", [TARIFF_NO_DATA] = "no_data" };
	return CODE[why];
}

struct str tariff_grid(const struct tariffs *t, int64_t grid)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%lld", (long long)grid);
	size_t row = grid >= TARIFF_GRID_FIRST && grid <= TARIFF_GRID_LAST ? find_one(t, T_GRID, (struct str){ text, (size_t)n }) : 0;
	return row ? cell(t, T_GRID, row, 1) : STR_NONE;
}

struct str tariff_edition(const struct tariffs *t, const char *table)
{
	size_t row = find_one(t, T_EDITION, str_of(table));
	return row ? cell(t, T_EDITION, row, 1) : STR_NONE;
}

bool tariff_act(const struct tariffs *t, struct str code, struct str day, struct str *label_r, int *sex_r, bool *ended_r)
{
	size_t row = find_one(t, T_ACT, code);
	*ended_r = false;
	if (!row)
		return false;
	struct str until = cell(t, T_ACT, row, ACT_UNTIL);
	*label_r = cell(t, T_ACT, row, ACT_LABEL);
	*sex_r = (int)whole(cell(t, T_ACT, row, ACT_SEX));
	*ended_r = (until.n && str_cmp(day, until) > 0) || str_cmp(day, cell(t, T_ACT, row, ACT_FROM)) < 0;
	return !*ended_r;
}

struct tariff tariff_ccam(const struct tariffs *t, struct str code, int64_t activity, int64_t phase, int64_t grid, struct str day)
{
	struct tariff r = { .why = TARIFF_NO_CODE, .price_milli = -1 };
	char a[24], ph[24];
	int na = snprintf(a, sizeof a, "%lld", (long long)activity), np = snprintf(ph, sizeof ph, "%lld", (long long)phase), sex;
	bool ended;
	if (!tariff_act(t, code, day, &r.label, &sex, &ended)) {
		r.why = ended ? TARIFF_ENDED : TARIFF_NO_CODE;
		return r;
	}
	size_t row = find(t, T_CCAM, (const struct str[]){ code, { a, (size_t)na }, { ph, (size_t)np } });
	r.why = TARIFF_NO_PRICE;
	if (!row || grid < TARIFF_GRID_FIRST || grid > TARIFF_GRID_LAST)
		return r;
	r.from = cell(t, T_CCAM, row, CCAM_FROM);
	r.price_milli = milli(cell(t, T_CCAM, row, CCAM_GRIDS + (unsigned)(grid - TARIFF_GRID_FIRST)));
	if (r.price_milli >= 0)
		r.why = str_cmp(day, r.from) < 0 ? TARIFF_BEFORE : TARIFF_PRICED;
	if (r.why != TARIFF_PRICED)
		r.price_milli = -1;
	return r;
}

bool tariff_modifier(const struct tariffs *t, char letter, struct str *label_r)
{
	size_t row = find_one(t, T_MODIFIER, (struct str){ &letter, 1 });
	*label_r = row ? cell(t, T_MODIFIER, row, 1) : STR_NONE;
	return row != 0;
}

/* A table that says its year only holds from the day that the hospital typed; without one it is not used. */
static enum tariff_why since(struct str effect, struct str day) { return !effect.n ? TARIFF_NO_DAY : str_cmp(day, effect) < 0 ? TARIFF_BEFORE : TARIFF_PRICED; }

struct tariff_stay tariff_ghs(const struct tariffs *t, enum place_kind kind, struct str ghm, struct str ghs, struct str day, struct str effect, int64_t nights)
{
	struct tariff_stay r = { .base = { .why = TARIFF_NO_KIND, .price_milli = -1 } };
	enum table k = kind == PLACE_PUBLIC ? T_GHS_PUBLIC : T_GHS_PRIVATE;
	if (kind == PLACE_UNKNOWN)
		return r;
	(void)tariff_ghm(t, ghm, &r.base.label);
	size_t row = find(t, k, (const struct str[]){ ghm, ghs });
	r.base.why = TARIFF_NO_CODE;
	if (!row)
		return r;
	int64_t low = whole(cell(t, k, row, GHS_LOW)), high = whole(cell(t, k, row, GHS_HIGH)), price = milli(cell(t, k, row, GHS_BASE)), over = milli(cell(t, k, row, GHS_OVER));
	r.base.from = kind == PLACE_PUBLIC ? cell(t, k, row, GHS_FROM) : tariff_edition(t, "ghs_prive");
	r.base.why = since(kind == PLACE_PUBLIC ? r.base.from : effect, day);
	if (r.base.why == TARIFF_PRICED && price < 0)
		r.base.why = TARIFF_NO_PRICE;
	if (r.base.why == TARIFF_PRICED && low > 0 && nights < low)
		r.base.why = TARIFF_SHORT;
	if (r.base.why != TARIFF_PRICED)
		return r;
	r.base.price_milli = price;
	if (high > 0 && nights > high && over > 0) {
		r.days_over = nights - high;
		r.over_milli = over;
	}
	return r;
}

struct tariff tariff_supplement(const struct tariffs *t, enum place_kind kind, struct str code, struct str day, struct str effect)
{
	struct tariff r = { .why = TARIFF_NO_KIND, .price_milli = -1 };
	enum table k = kind == PLACE_PUBLIC ? T_SUP_PUBLIC : T_SUP_PRIVATE;
	if (kind == PLACE_UNKNOWN)
		return r;
	size_t row = find_one(t, k, code);
	r.why = TARIFF_NO_CODE;
	if (!row)
		return r;
	r.label = cell(t, k, row, 1);
	r.from = tariff_edition(t, "supplements");
	r.why = since(effect, day);
	if (r.why == TARIFF_PRICED)
		r.price_milli = milli(cell(t, k, row, 2));
	return r;
}

/* The last thing said before that day: a price, or that it is struck off. Rows without a day cannot be placed and are passed over. */
struct tariff tariff_ucd(const struct tariffs *t, struct str ucd13, struct str day)
{
	struct tariff r = { .why = TARIFF_NO_CODE, .price_milli = -1 };
	struct str last = STR_NONE;
	for (size_t row = find_one(t, T_UCD, ucd13); row; row = t->next[T_UCD][row]) {
		struct str event = cell(t, T_UCD, row, UCD_EVENT), from = cell(t, T_UCD, row, UCD_FROM);
		bool price = str_eq(event, "tarif"), ends = str_eq(event, "radiation") || str_eq(event, "suspension");
		r.label = cell(t, T_UCD, row, UCD_LABEL);
		if (r.why == TARIFF_NO_CODE)
			r.why = TARIFF_NO_PRICE;
		if ((!price && !ends) || !from.n)
			continue;
		if (str_cmp(from, day) > 0) {
			if (!last.n)
				r.why = TARIFF_BEFORE;
			continue;
		}
		if (last.n && str_cmp(from, last) < 0)
			continue;
		last = from;
		r.from = from;
		r.price_milli = price ? milli(cell(t, T_UCD, row, UCD_PRICE)) : -1;
		r.why = price ? TARIFF_NO_TAX : TARIFF_ENDED;
	}
	return r;
}

struct tariff tariff_lpp(const struct tariffs *t, struct str lpp, struct str day)
{
	struct tariff r = { .why = TARIFF_NO_CODE, .price_milli = -1 };
	for (size_t row = find_one(t, T_LPP, lpp); row; row = t->next[T_LPP][row]) {
		struct str event = cell(t, T_LPP, row, LPP_EVENT), from = cell(t, T_LPP, row, LPP_FROM);
		bool in = str_eq(event, "inscription") || str_eq(event, "figure"), ends = str_eq(event, "suppression") || str_eq(event, "ne figure plus");
		r.label = cell(t, T_LPP, row, LPP_LABEL);
		if (r.why == TARIFF_NO_CODE)
			r.why = TARIFF_BEFORE;
		if ((!in && !ends) || !from.n || str_cmp(from, day) > 0 || (r.from.n && (str_cmp(from, r.from) < 0 || (str_is(from, r.from) && ends))))
			continue;
		r.from = from;
		r.why = in ? TARIFF_NO_TABLE : TARIFF_ENDED;
	}
	return r;
}

/* ---- codes ---- */

bool tariff_ghm(const struct tariffs *t, struct str ghm, struct str *label_r)
{
	size_t row = find_one(t, T_GHM, ghm);
	*label_r = row ? cell(t, T_GHM, row, 1) : STR_NONE;
	return row != 0;
}

bool tariff_diagnosis(const struct tariffs *t, struct str code, struct str *label_r, int *use_r)
{
	size_t row = find_one(t, T_CIM10, code);
	if (!row || !str_eq(cell(t, T_CIM10, row, 3), "1"))
		return false;
	*label_r = cell(t, T_CIM10, row, 1);
	*use_r = (int)whole(cell(t, T_CIM10, row, 2));
	return true;
}

bool tariff_mode(const struct tariffs *t, const char *type, struct str code, struct str *label_r)
{
	size_t row = find(t, T_MODE, (const struct str[]){ str_of(type), code });
	*label_r = row ? cell(t, T_MODE, row, 2) : STR_NONE;
	return row != 0;
}

/* ---- finding ---- */

static bool has_words(struct str text, struct str words)
{
	for (struct str rest = words; rest.n;) {
		struct str next, one = str_cut(rest, ' ', &next);
		if (one.n && (text.n < one.n || !memmem(text.p, text.n, one.p, one.n)))
			return false;
		rest = next;
	}
	return true;
}

size_t tariff_find(const struct tariffs *t, struct str typed, struct str *code, size_t max)
{
	struct buf key;
	size_t n = 0;
	buf_init(&key, 800);
	fold_key(&key, typed);
	struct str words = key.failed || key.n < 3 ? STR_NONE : buf_view(&key);
	for (int pass = 0; pass < 2 && words.n; pass++)
		for (size_t row = 1; row < t->of[T_ACT].rows; row++) {
			struct str c = cell(t, T_ACT, row, ACT_CODE);
			bool by_code = c.n >= words.n;
			for (size_t i = 0; by_code && i < words.n; i++)
				by_code = (c.p[i] | 0x20) == (words.p[i] | 0x20);
			if (pass == 0 ? !by_code : by_code || !has_words(t->folded[row], words))
				continue;
			if (n < max)
				code[n] = c;
			n++;
		}
	buf_done(&key);
	return n;
}

size_t tariff_activities(const struct tariffs *t, struct str code, struct tariff_of *at, size_t max)
{
	size_t n = 0;
	for (int64_t activity = 1; activity <= 5; activity++)
		for (int64_t phase = 0; phase <= 3; phase++) {
			char a = (char)('0' + activity), ph = (char)('0' + phase);
			size_t row = find(t, T_CCAM, (const struct str[]){ code, { &a, 1 }, { &ph, 1 } });
			if (row && n < max)
				at[n++] = (struct tariff_of){ activity, phase, cell(t, T_CCAM, row, CCAM_FROM) };
		}
	return n;
}
