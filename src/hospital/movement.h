/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/movement.h: movements of stays, in the words of HL7 v2's ADT events, as rows that are only ever added: what was wrong is cancelled by a row of its own.
 * Private to hospital: stay.c makes them, stay_view.c shows them. Start at movement_add.
 */
#ifndef HYGIE_HOSPITAL_MOVEMENT_H
#define HYGIE_HOSPITAL_MOVEMENT_H

#include "hospital/show.h"

#define MOVEMENTS_MOST 300   /* of one stay that are looked at, the newest */

struct movement {
	int64_t no, stay, patient;
	struct str kind, unit, bed, from_unit, from_bed, mode, place, reason;
	int64_t intended_ms, done_ms, recorded_ms;   /* 0: not said */
	uint32_t made_by;
	int64_t cancels, cancelled_by, cancelled_ms; uint32_t canceller;   /* 0: none */
	uint32_t version, before;
};
enum rc movement_add(struct db_conn *c, const struct movement *m, int64_t *no_r, struct problem *p) CHECKED;
/* Newest first. */
enum rc movements_of(struct db_conn *c, struct arena *a, int64_t stay, struct movement **at_r, size_t *n_r, struct problem *p) CHECKED;
const char *movement_cancel(struct str kind);                 /* "A01" → "A11"; NULL: it is a cancel itself */
/* The last that stands: neither a cancel nor cancelled; NULL: none. */
const struct movement *movement_last(const struct movement *at, size_t n);
#endif
