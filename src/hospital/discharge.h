/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/discharge.h: treatments when a stay ends: what was decided of each, and what ends with the stay. Private to hospital; what the gate needs is in hospital.h
 * (act_carry_out). Called by bed.c (stays that end), prescription_sign.c (lines for home) and prescription_basket.c. Start at discharge_saw.
 */
#ifndef HYGIE_HOSPITAL_DISCHARGE_H
#define HYGIE_HOSPITAL_DISCHARGE_H

#include "hospital/show.h"

/* source: id of what it is about, empty with "new"; reason: a code, with "stop" alone; home: the line signed for home, empty with "stop". */
struct discharge_decision { struct str stay, source, outcome, reason, home; int64_t patient, at_ms; uint32_t account; };
enum rc discharge_decision_add(struct act_ctx *x, const struct discharge_decision *d, struct problem *p) CHECKED;
/* NOT_FOUND: no such stay of this patient. it_r: the Encounter; NULL: not wanted. */
enum rc discharge_stay(struct db_conn *c, struct arena *a, int64_t patient, struct str stay, struct item *it_r, struct problem *p) CHECKED;
/* Ordered in this stay and to be done in it: it names the stay, or none and was written since it began; what is for home is of no stay. */
bool discharge_is_of_stay(const struct json *request, struct str stay, int64_t start_ms);
/* Treatments of the stay, and known from home, that nobody decided of. */
enum rc discharge_undecided(struct db_conn *c, struct arena *a, struct str patient, const struct item *stay, size_t *n_r, struct problem *p) CHECKED;
#define DISCHARGE_ENDED_MOST 900 /* lines that end with one stay: rows of discharge_ended. request: id of a MedicationRequest; of another order its type before it */

/* Of the watch on stays (bed.c), on the writer: an Encounter that was there was written. ran: the stay was running before; unit: whose it was then. */
void discharge_saw(int64_t stay, bool ran, struct str unit);
#endif
