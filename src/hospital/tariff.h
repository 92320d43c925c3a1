/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/tariff.h: what acts and stays cost, as France publishes it: the CCAM (acts, activities, phases, last tariffs by column of practitioners), the tariffs of stays
 * (GHS) and their daily supplements by kind of establishment, medicines paid beside them (UCD), the codes of diagnoses (CIM-10 FR) and of entry and exit. Tables in
 * data/nomenclatures and data/medicaments/ucd_en_sus.tsv with their editions (data/README.md); read once, at the first use, and never changed: any thread reads them.
 * What no table brings is not priced, and says why: amounts of modifiers, rules of association and of short stays, taxes, letters of the NGAP. Nothing here is of a
 * patient. Called by billing_act.c, invoice.c, coding.c. Start at tariff_base, tariff_ccam.
 */
#ifndef HYGIE_HOSPITAL_TARIFF_H
#define HYGIE_HOSPITAL_TARIFF_H

#include "base/str.h"

enum tariff_why {
	TARIFF_PRICED,
	TARIFF_NO_CODE,    /* the table has no such code */
	TARIFF_NO_PRICE,   /* it has the code, but no price for this activity, phase or column */
	TARIFF_BEFORE,     /* dated before the only price that is known begins */
	TARIFF_ENDED,      /* after the act's last day, or struck off */
	TARIFF_NO_DAY,     /* the table says of which year it is, not from which day, and the hospital has not typed that day */
	TARIFF_NO_KIND,    /* nobody said whether the establishment is public or private */
	TARIFF_SHORT,      /* a stay under its lower bound: the rule of the reduction is not in the tables */
	TARIFF_NO_TAX,     /* a price without tax is known: what is paid is not */
	TARIFF_NO_TABLE,   /* a table of the hospital that has no such row for this day */
	TARIFF_NO_DATA,    /* the shipped tables are not there */
	TARIFF__END
};
const char *tariff_why(enum tariff_why why);      /* as stored in bill_line.block: "", "before" … */

enum place_kind { PLACE_UNKNOWN, PLACE_PUBLIC, PLACE_PRIVATE };

/* price_milli: thousandths of a euro for one; -1 where none is known. With NO_TAX it is the price without tax, for information only. from: day or year of the edition. */
struct tariff { enum tariff_why why; int64_t price_milli; struct str label, from; };
/* A stay over its upper bound: so many days more, at so much each. */
struct tariff_stay { struct tariff base; int64_t days_over, over_milli; };

struct tariffs;
/* Where the two folders are ("…/nomenclatures", "…/medicaments"); before the first use. NULL or empty: there are none. */
void tariff_folder(const char *nomenclatures, const char *medicines);
/* NULL: p says why (NO_DATA). The first call takes some 150 ms. */
const struct tariffs *tariff_base(struct problem *p);

#define TARIFF_GRID_FIRST 3
#define TARIFF_GRID_LAST 19
struct str tariff_grid(const struct tariffs *t, int64_t grid);              /* label of a column; empty: there is none */
struct str tariff_edition(const struct tariffs *t, const char *table);

/* day: YYYY-MM-DD, of the act. label: of the act, where the code is known. */
struct tariff tariff_ccam(const struct tariffs *t, struct str code, int64_t activity, int64_t phase, int64_t grid, struct str day);
/* sex_r: 0 both, 1 men, 2 women (ccam_actes, compatibilite_sexe). False: no such act, or not on this day (ended_r). */
bool tariff_act(const struct tariffs *t, struct str code, struct str day, struct str *label_r, int *sex_r, bool *ended_r);
bool tariff_modifier(const struct tariffs *t, char letter, struct str *label_r);
/* day: of discharge, by whose tariff a stay is paid. effect: from which day a table without one holds, as the hospital typed it; empty: nobody did. nights: of the stay. */
struct tariff_stay tariff_ghs(const struct tariffs *t, enum place_kind kind, struct str ghm, struct str ghs, struct str day, struct str effect, int64_t nights);
struct tariff tariff_supplement(const struct tariffs *t, enum place_kind kind, struct str code, struct str day, struct str effect);
struct tariff tariff_ucd(const struct tariffs *t, struct str ucd13, struct str day);
/* Devices paid beside the stay: no price is known of any. NO_TABLE: on the list that day; BEFORE, ENDED: not; of two entries of one day the one that puts it on the list holds. */
struct tariff tariff_lpp(const struct tariffs *t, struct str lpp, struct str day);
bool tariff_ghm(const struct tariffs *t, struct str ghm, struct str *label_r);

/* CIM-10 FR. use: 0 no restriction, 1 and 2 not as main or related diagnosis, 3 as none, 4 not as main one (data README: type_mco_had). False: no such code, or not active. */
bool tariff_diagnosis(const struct tariffs *t, struct str code, struct str *label_r, int *use_r);
/* type: "me", "ms" (modes_entree_sortie_mco). */
bool tariff_mode(const struct tariffs *t, const char *type, struct str code, struct str *label_r);

/* Acts whose code begins with the typed word, or whose label has all words; three letters at least. Answers how many there are; at most max in code. */
size_t tariff_find(const struct tariffs *t, struct str typed, struct str *code, size_t max);
/* Activities and phases that have a price, of one act: n pairs; at most max. */
struct tariff_of { int64_t activity, phase; struct str from; };
size_t tariff_activities(const struct tariffs *t, struct str code, struct tariff_of *at, size_t max);

/*
 * What a line costs: quantity (thousandths) times price (thousandths of a euro), rounded once, to the nearest cent, half a cent up: one rounding a line, never of a
 * price before it is multiplied, so that no cent depends on the order of the work. No table says otherwise; where a payer's rule does, the amount is typed.
 */
int64_t tariff_cents(int64_t price_milli, int64_t quantity_milli);
/* A share of an amount by a rate in hundredths of a per cent, rounded the same way; what is left is the other payer's, so the two always make the whole. */
int64_t tariff_share(int64_t amount_cents, int64_t rate);
/* "12,5", "12.50" → thousandths (places 3) or hundredths (places 2). False: no such number, more places, or over a thousand million. */
bool tariff_number(struct str text, unsigned places, int64_t *v_r);
#endif
