/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/drug_strength.c: what one unit of a speciality holds, by its published composition, so that a dose of a weight is so many units (docs/decisions/0057). Pure. It must never guess: what is
 * not one active substance in one discrete unit, what its own name contradicts, what is no whole number of units, is not said. Called through drug.h. Start at drug_units.
 */
#include <string.h>

#include "hospital/drug.h"

#define DIGITS_MOST 15 /* of a published weight: none has as many, and a thousand million times as much still fits */
#define PLACES_MOST 9  /* behind the comma: down to a millionth of a nanogram */

/* Weights are whole femtograms: of a millionth of each unit. words: as the tables write them, in full before cut short. */
static const struct { const char *ucum, *words; uint64_t micro_fg; } WEIGHTS[] = {
	{ "ug", "microgrammes", 1000 }, { "ug", "microgramme", 1000 }, { "ug", "\xc2\xb5g", 1000 }, { "ng", "nanogrammes", 1 }, { "ng", "nanogramme", 1 }, { "mg", "mg", 1000000 }, { "g", "g", 1000000000 },
};

/* The reference of a dosage, word for word; of what is filled its volume may follow (" de 2 ml"). A patch is none: its dose is said by the hour, its composition as a whole. */
static const struct { const char *words, *ucum; } UNITS[] = {
	{ "un comprimé",   "{comprime}" }, { "une gélule",           "{gelule}"   }, { "une capsule",               "{capsule}"  }, { "un sachet", "{sachet}" }, { "un sachet-dose", "{sachet}" }, { "une ampoule", "{ampoule}" },
	{ "un flacon",     "{flacon}"   }, { "un flacon de poudre",  "{flacon}"   }, { "un flacon de lyophilisat",  "{flacon}"   }, { "un suppositoire", "{suppositoire}" }, { "un ovule", "{ovule}" },
	{ "une seringue",  "{seringue}" }, { "une seringue préremplie", "{seringue}" }, { "une seringue pré-remplie", "{seringue}" }, { "une poche", "{poche}" },
};

static bool digit(char ch) { return ch >= '0' && ch <= '9'; }
/* Of a word: letters of any script. */
static bool letter(char ch) { return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (unsigned char)ch >= 0x80; }
static struct str behind(struct str s, size_t n) { return (struct str){ s.p + n, s.n - n }; }

/* "1 000", "0,25", "7.5": rest_r what follows. False: no number, or one that is longer than any published. */
static bool number(struct str s, uint64_t *v_r, unsigned *places_r, struct str *rest_r)
{
	unsigned digits = 0, places = 0;
	uint64_t v = 0;
	size_t i = 0;
	for (; i < s.n; i++) {
		bool group = s.p[i] == ' ' && digits && s.n - i > 3 && digit(s.p[i + 1]) && digit(s.p[i + 2]) && digit(s.p[i + 3]) && !(s.n - i > 4 && digit(s.p[i + 4]));
		if (!digit(s.p[i]) && !group)
			break;
		if (group)
			continue;
		if (++digits > DIGITS_MOST)
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (digits && s.n - i > 1 && (s.p[i] == ',' || s.p[i] == '.') && digit(s.p[i + 1]))
		for (i++; i < s.n && digit(s.p[i]); i++) {
			if (++digits > DIGITS_MOST || ++places > PLACES_MOST)
				return false;
			v = v * 10 + (uint64_t)(s.p[i] - '0');
		}
	*v_r = v;
	*places_r = places;
	*rest_r = behind(s, i);
	return digits > 0;
}

/* "500 mg" at the beginning; exact or not at all. */
static bool weight(struct str s, unsigned __int128 *fg_r, struct str *rest_r)
{
	struct str rest;
	unsigned places;
	uint64_t v;
	if (!number(s, &v, &places, &rest))
		return false;
	if (rest.n && rest.p[0] == ' ')
		rest = behind(rest, 1);
	for (size_t i = 0; i < sizeof WEIGHTS / sizeof *WEIGHTS; i++) {
		size_t n = strlen(WEIGHTS[i].words);
		if (!str_starts(rest, str_of(WEIGHTS[i].words)) || (rest.n > n && (letter(rest.p[n]) || digit(rest.p[n]))))
			continue;
		unsigned __int128 fg = (unsigned __int128)v * WEIGHTS[i].micro_fg * 1000000, by = 1;
		for (unsigned k = 0; k < places; k++)
			by *= 10;
		*fg_r = fg / by;
		*rest_r = behind(rest, n);
		return v > 0 && fg % by == 0;
	}
	return false;
}

static const char *unit_of(struct str per)
{
	for (size_t i = 0; i < sizeof UNITS / sizeof *UNITS; i++) {
		struct str rest;
		unsigned places;
		uint64_t v;
		if (!str_starts(per, str_of(UNITS[i].words)))
			continue;
		rest = behind(per, strlen(UNITS[i].words));
		if (!rest.n || (str_starts(rest, STR(" de ")) && number(behind(rest, 4), &v, &places, &rest) && (str_eq(rest, " ml") || str_eq(rest, " mL"))))
			return UNITS[i].ucum;
	}
	return NULL;
}

/*
 * The weights that the authorised name states. Which of these two it states, as a bit each; others: it states a weight that is neither, of no volume or time ("10 mg/ml" is of a volume, and says nothing of
 * one ampoule, unless it happens to be that very weight).
 */
static unsigned stated(struct str name, const unsigned __int128 *fg, unsigned n, bool *others_r)
{
	unsigned hit = 0;
	*others_r = false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned __int128 one;
		struct str rest;
		bool any = false;
		if (!digit(name.p[i]) || (i && (digit(name.p[i - 1]) || letter(name.p[i - 1]) || name.p[i - 1] == ',' || name.p[i - 1] == '.')) || !weight(behind(name, i), &one, &rest))
			continue;
		for (unsigned k = 0; k < n; k++)
			if (fg[k] == one) {
				hit |= 1u << k;
				any = true;
			}
		while (rest.n && rest.p[0] == ' ')
			rest = behind(rest, 1);
		*others_r = *others_r || (!any && !(rest.n && rest.p[0] == '/'));
	}
	return hit;
}

/*
 * What one unit holds, in femtograms. One substance, or one with the fraction of it that works, which the tables link; what is dosed of them is dosed for the same unit. Where both have a weight, the one
 * that the name states is the one that doses are said of; a name that states another weight than the composition contradicts it.
 */
static bool strength(const struct drug *one, const char **ucum_r, unsigned __int128 *fg_r)
{
	const struct drug_part *part = one->part;
	unsigned __int128 fg[2];
	struct str per = STR_NONE;
	unsigned n = 0;
	bool others;
	if (one->n_parts < 1 || one->n_parts > 2)
		return false;
	if (one->n_parts == 2 && (part[0].link != part[1].link || part[0].moiety == part[1].moiety || !str_is(part[0].element, part[1].element)))
		return false;
	for (unsigned i = 0; i < one->n_parts; i++) {
		struct str rest;
		if (!part[i].dose.n && !part[i].per.n)
			continue;
		if (!weight(part[i].dose, &fg[n], &rest) || rest.n || (n && !str_is(part[i].per, per)))
			return false;
		per = part[i].per;
		n += n == 0 || fg[n] != fg[0];
	}
	*ucum_r = n ? unit_of(per) : NULL;
	if (!*ucum_r)
		return false;
	unsigned hit = stated(one->name, fg, n, &others);
	if (hit == 3 || (hit == 0 && (n == 2 || others)))
		return false;
	*fg_r = fg[hit == 2];
	return true;
}

static uint64_t micro_fg(struct str ucum)
{
	for (size_t i = 0; i < sizeof WEIGHTS / sizeof *WEIGHTS; i++)
		if (str_eq(ucum, WEIGHTS[i].ucum))
			return WEIGHTS[i].micro_fg;
	return 0;
}

bool drug_is_weight(struct str ucum) { return micro_fg(ucum) > 0; }

bool drug_units(const struct drug *one, struct str ucum, int64_t micro, struct drug_units *u_r)
{
	unsigned __int128 each, dose = (unsigned __int128)(micro > 0 ? micro : 0) * micro_fg(ucum);
	const char *unit;
	if (!dose || !one || !strength(one, &unit, &each) || dose % each || dose / each > DRUG_UNITS_MOST)
		return false;
	*u_r = (struct drug_units){ unit, (int64_t)(dose / each) };
	return true;
}
