/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/discharge.h: treatments when a stay ends: what was decided of each, and what ends with the stay. Private to hospital. Called by stay.c (discharge and its cancelling),
 * prescription_sign.c (lines for home) and prescription_basket.c. Start at discharge_end_lines.
 */
#ifndef HYGIE_HOSPITAL_DISCHARGE_H
#define HYGIE_HOSPITAL_DISCHARGE_H

#include "hospital/show.h"

/* source: id of what it is about, empty with "new"; reason: a code, with "stop" alone; home: the line signed for home, empty with "stop". */
struct discharge_decision { struct str stay, source, outcome, reason, home; int64_t patient, at_ms; uint32_t account; };
enum rc discharge_decision_add(struct act_ctx *x, const struct discharge_decision *d, struct problem *p) CHECKED;
/* NOT_FOUND: no such stay of this patient. it_r: the Encounter; NULL: not wanted. */
enum rc discharge_stay(struct db_conn *c, struct arena *a, int64_t patient, struct str stay, struct item *it_r, struct problem *p) CHECKED;
/*
 * On the writer, with the discharge: the medicines prescribed in the stay that are still open end at end_ms, whatever nobody decided; the unit's physicians find it on their work list.
 * What is for home, and what was prescribed before the stay, stays. Nothing of it refuses a discharge. Cost: one version a line.
 */
enum rc discharge_end_lines(struct act_ctx *x, struct str patient, const struct item *stay, struct str unit, int64_t end_ms, struct problem *p) CHECKED;
/* The discharge is cancelled: what ended by it is as it was, but what somebody changed since. */
enum rc discharge_undo(struct act_ctx *x, struct str stay, struct problem *p) CHECKED;
#endif
