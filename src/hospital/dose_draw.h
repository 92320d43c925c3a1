/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/dose_draw.h: what a recorded dose takes out of the unit's store, and the second signature of a narcotic's lines in the register. Private to hospital. Start at dose_draw.
 */
#ifndef HYGIE_HOSPITAL_DOSE_DRAW_H
#define HYGIE_HOSPITAL_DOSE_DRAW_H

#include "hospital/dose.h"
#include "hospital/drug.h"

/* A dose whose administration (its FHIR id) was written in this transaction; cis: the box that was scanned, else the line's medicine; request: the line's id. */
struct dose_draw { struct act_ctx *x; const struct dose *dose; struct str administration, request; uint32_t cis; };
/*
 * A dose of a weight (amount: millionths of unit) as whole units of that speciality, by the composition of the medicines' tables (drug_units); a store draws them where its product is counted so
 * (stock_counts of ucum). False: it is none. Alike for what is drawn, shown, dispensed by round, and left of it.
 */
bool dose_units(uint32_t cis, struct str unit, int64_t amount, struct drug_units *u_r);
/* What was drawn for that administration: its speciality; 0: nothing was. */
enum rc dose_drawn_of(struct db_conn *c, struct str administration, uint32_t *cis_r, struct problem *p) CHECKED;
/* Draws what was given; nothing where the dose is neither said in the unit of its product (stock_counts) nor a whole number of its units (dose_units). A store that lacks it never holds the dose up. movement_r may be NULL; 0: nothing was drawn. */
enum rc dose_draw(const struct dose_draw *d, int64_t *movement_r, struct problem *p) CHECKED;
/* Another amount was given than was written: the difference is drawn, or comes back; all of it where the dose is no whole number of units any more. */
enum rc dose_draw_change(const struct dose_draw *d, struct problem *p) CHECKED;
/* What was struck out goes back; nothing where nothing was drawn. */
enum rc dose_draw_back(const struct dose_draw *d, struct problem *p) CHECKED;
/* The register's lines of that movement, which the person who acts entered, have their second signature: of who prepared the dose. */
enum rc dose_draw_signed(const struct dose_draw *d, int64_t movement, uint32_t second, struct problem *p) CHECKED;
/* How many lines of the register that doses of this line made wait for their second signature. Cost: a walk over the patient's movements. */
enum rc dose_draw_owed(struct db_conn *c, int64_t patient, struct str request, int64_t *n_r, struct problem *p) CHECKED;

#endif
