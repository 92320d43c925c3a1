/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/stock.h: the pharmacy's stock as double entry. A posting moves a quantity of one lot from one account to another in one row, so every product and lot sums to
 * zero whatever is written; accounts are stores (central, ward, cabinet, nursing home), which never go under zero, and what lies outside (supplier, patient, loss,
 * destruction, discrepancy, correction …), which may. Balances, average cost and the narcotics register are kept by one function
 * (stock_post) in the same transaction, and held by constraints; what was posted is never changed: triggers refuse (decisions/0027).
 * Quantities are thousandths of the product's unit of count (0,5 tablet: 500): integers, never float. Money is integer cents.
 * It must never refuse a dose that was given: what a store lacks is posted to the discrepancy account and waits in a work list.
 * Called by stock_acts.c, stock_order.c, stock_count.c (their own door is stock_inner.h), and by the acts that give or dispense. Start at stock_draw.
 */
#ifndef HYGIE_HOSPITAL_STOCK_H
#define HYGIE_HOSPITAL_STOCK_H

#include "hospital/drug.h"
#include "hospital/hospital.h"

#define STOCK_UNIT_MILLI 1000          /* one tablet, one ampoule, one mL … */
#define STOCK_MOST_MILLI INT64_C(1000000000000) /* of one posting: a thousand million units */
#define STOCK_KEY 100                  /* bytes of an idempotency key */

/*
 * A dose in this UCUM unit is so many units of a product that is counted so ("tablet", "ml" …; stock_counted): one for one, and nothing else. A puff of an inhaler that is counted whole is not; nor is a
 * dose in mg, of which its caller may have made units before (dose_units). Alike for doses that are given, for a round that is dispensed and for what is left of it (docs/decisions/0052).
 */
bool stock_counts(struct str counted, struct str ucum);
/* There is some product that could be counted in it: what is not, no stock has to be asked about. */
bool stock_counts_any(struct str ucum);
#define STOCK_UNLISTED "unit"          /* how a product that the pharmacy never listed is counted */

/* ---- for whoever gives or dispenses: inside its own act, on the writer ---- */

struct stock_want {
	struct str key;                    /* 1 … STOCK_KEY bytes of ASCII: which deed this is ("adm-" and the MedicationAdministration's id): twice the same key draws once */
	uint32_t cis;                      /* the speciality; a product that the pharmacy never listed is listed by this */
	struct str lot;                    /* batch number that was scanned: that lot alone is drawn, and what the store lacks of it is missing; empty: first expired, first out */
	struct str unit;                   /* FHIR id of the unit whose store is drawn on (its ward store, else its cabinet or nursing home) */
	int64_t store;                     /* another store by its account number; 0: that of the unit */
	int64_t quantity_milli;            /* > 0, in thousandths of the unit of count; of dose_unit, where that is said */
	struct str dose_unit;              /* UCUM of a dose: where the product is not counted in it nothing is drawn (stock_counts); empty: the quantity is counted already */
	int64_t patient;                   /* surrogate, kept for recalls */
	struct str request;                /* id of the MedicationRequest; may be empty */
	int64_t at_ms;                     /* when it was taken; 0: now */
};
struct stock_drawn {
	int64_t movement;                  /* number of the movement; 0: nothing was written: cis is 0, no speciality of the tables, or counted in another unit than the dose */
	int64_t store;                     /* drawn on; 0: the unit has none */
	int64_t drawn_milli, missing_milli; /* together the quantity asked for; missing went to the discrepancy account and into the work list "stock_shortages" */
	bool again;                        /* the key was there already: this is what was done then, and nothing was done now */
};
/*
 * Out of a store to a patient. Own lots of this patient first, then usable lots that have not expired, soonest expiry first; lots in quarantine, recalled or expired are
 * never drawn by themselves, unless they were scanned: then what was given is told as it was, quarantine and all. Never refuses for shortage, for no store or an
 * unlisted product. BAD_INPUT (field "quantity"): not 1 … STOCK_MOST_MILLI, or a key out of bounds. Cost: some 3 statements and 6 a lot;
 * on a server three waits, one more a lot of a narcotic and for what is missing.
 */
enum rc stock_draw(struct act_ctx *x, const struct stock_want *w, struct stock_drawn *d_r, struct problem *p) CHECKED;
/*
 * A drawing was of another quantity: w as for stock_draw, its key the drawing's, its quantity what it should have been in all (0: nothing). What lacks is drawn out of the
 * same store, what is too much comes back to where it came from, what was missing first. d_r: the difference; movement 0: there is none. NOT_FOUND: no such key.
 */
enum rc stock_draw_change(struct act_ctx *x, const struct stock_want *w, struct stock_drawn *d_r, struct problem *p) CHECKED;
/* What was drawn by that key, changes and all, comes back into the store (a dose that was recorded by mistake): once, whatever how often it is asked. NOT_FOUND: no such key. */
enum rc stock_draw_back(struct act_ctx *x, struct str key, struct stock_drawn *d_r, struct problem *p) CHECKED;
/* What the unit's store could give of it now, expired and blocked lots left out: for a plan of care that tells before. 0: nothing, or no store. */
enum rc stock_of_unit(struct db_conn *c, struct str unit, uint32_t cis, int64_t now_ms, int64_t *milli_r, struct problem *p) CHECKED;

#endif
