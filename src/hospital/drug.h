/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/drug.h: medicines as France publishes them: specialities, substances, packs, conditions, supply and generic groups of the Base de données publique des
 * médicaments (BDPM: ANSM, HAS, Assurance Maladie), and the interactions of the ANSM's thesaurus. Tables in data/medicaments, each with its edition; read once, at
 * the first use, and never changed: any thread reads them. Not certified for prescribing (data/README.md): every screen says of which day they are.
 * Nothing here is of a patient. Called by drug_views.c. Start at drug_base.
 */
#ifndef HYGIE_HOSPITAL_DRUG_H
#define HYGIE_HOSPITAL_DRUG_H

#include "base/arena.h"

/* One row of CIS_COMPO: a substance, or the therapeutic fraction (moiety) that doses are said of; link joins the two. */
struct drug_part { struct str name, dose, per, element; uint32_t code; unsigned link; bool moiety, known; /* known: to the thesaurus of interactions */ };
struct drug_pack { struct str cip13, label, state, rate; int64_t price_cents; /* public, fees included; -1: none is published */ };
struct drug {
	uint32_t cis;
	struct str name;                  /* as authorised: name, strength, form */
	struct str form, routes, holder;
	struct str dci;                   /* active substances in small letters, moieties where there are, " + " between; empty: none is published */
	struct str sort; uint32_t name_at; /* dci and name, folded: the order of lists; where the name begins */
	struct str atc; bool atc_derived; /* published for a part of the specialities; else that of those with the very same substances, where all agree */
	struct str supply, supply_since, supply_until; /* ANSM: shortage, tension, stop; of the whole speciality; empty: nothing is said */
	struct str group; unsigned group_kind; uint32_t group_no; /* generic group (0: none): 0 reference, 1 generic, 2 by posology, 4 substitutable */
	bool marketed, watched;           /* watched: under additional monitoring (black triangle) */
	const struct drug_part *part; unsigned n_parts;
	const struct drug_pack *pack; unsigned n_packs;
	const struct str *condition; unsigned n_conditions;
	const struct drug_actor *actor; unsigned n_actors; /* drug_check.c: what the thesaurus calls it by */
};

struct drugs;
/* Where the tables are; before the first use. NULL or empty: there are none. */
void drug_folder(const char *folder);
/* NULL: p says why (NO_DATA: absent, or a table lacks a column, which it names). The first call takes some 200 ms. */
const struct drugs *drug_base(struct problem *p);
struct drugs *drug_read(const char *folder, struct problem *p);      /* another one, for tests; NULL as above */
void drug_free(struct drugs **d);
struct str drug_edition(const struct drugs *d, const char *table);   /* "bdpm", "ansm": a date; empty: not said */

const struct drug *drug_by_cis(const struct drugs *d, uint32_t cis); /* NULL: none */
const struct drug *drug_by_cip(const struct drugs *d, struct str cip13); /* by the number of one of its packs; NULL: none. One pass over the packs, some 1 ms */
const struct drug *drug_next(const struct drugs *d, const struct drug *one); /* all, in the order of lists: from NULL to NULL */
/*
 * Each word typed begins a word of the name or of a substance (a single letter is the whole word), whatever the order, without accents. Those on the market first, of them those whose substance
 * begins with the first word, then whose name does; then by dci and name.
 * Fewer than three letters in all: nothing. Answers how many there are in all; at most max of them in at. Cost: a few passes over bitmaps of the specialities.
 */
size_t drug_find(const struct drugs *d, struct str typed, const struct drug **at, size_t max);

/* ---- what one unit holds (drug_strength.c) ---- */

#define DRUG_UNITS_MOST 1000000000
struct drug_units { const char *ucum; int64_t n; }; /* ucum: of posology_units, a literal: "{comprime}" */
/*
 * How many whole units of the speciality a dose is, of micro millionths of a weight (UCUM g, mg, ug, ng): by its composition as published, where that is of one active substance, a weight for one discrete
 * unit, and its name does not contradict it (docs/decisions/0057). False: it is not said, it is no whole number of them, or no weight. one may be NULL.
 */
bool drug_units(const struct drug *one, struct str ucum, int64_t micro, struct drug_units *u_r);
bool drug_is_weight(struct str ucum);

/* ---- what does not go together (drug_check.c) ---- */

/* The thesaurus' own four levels, strongest last. */
enum drug_level { DRUG_APEC = 1 /* à prendre en compte */, DRUG_PE /* précaution d'emploi */, DRUG_AD /* association déconseillée */, DRUG_CI /* contre-indication */ };
struct drug_hit { size_t a, b; /* places in the list */ enum drug_level level; struct str levels, one, other, mechanism, advice; /* one: the thesaurus' word for a */ };
struct drug_double { size_t a, b; bool substance; /* false: the same ATC class of level 4 */ struct str name; bool derived; };
struct drug_checked { struct drug_hit *hit; size_t n_hits; struct drug_double *twice; size_t n_twice; };
/*
 * Every pair of the list: rows of the thesaurus that name both, by substance or by class, strongest first; and the same substance or class twice. In a.
 * A part that the thesaurus does not know (drug_part.known) was not checked: whoever shows the answer says so. LIMIT in p: arena full, or over 200 rows.
 */
enum rc drug_check(const struct drugs *d, const struct drug *const *list, size_t n, struct arena *a, struct drug_checked *c_r, struct problem *p) CHECKED;
#endif
