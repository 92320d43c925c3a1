/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/stay_write.h: an Encounter as a movement leaves it (FHIR R4). Pure; knows no right and no rule. Private to hospital. Start at stay_write_over. */
#ifndef HYGIE_HOSPITAL_STAY_WRITE_H
#define HYGIE_HOSPITAL_STAY_WRITE_H

#include "hospital/compose.h"
#include "hospital/show.h"
#include "hospital/stay_code.h"

enum place_change { PLACE_KEPT, PLACE_MOVED, PLACE_AHEAD /* announced */, PLACE_LEFT };
struct stay_code { const char *type; struct str code; };      /* me, prov, ms, dest */
struct stay_change {
	const char *status;                       /* NULL: as it was */
	int64_t start_ms, end_ms;                 /* 0: as it was */
	enum place_change place; int64_t at_ms;   /* since when there, or from when on */
	struct str unit, unit_name;               /* whose stay it is now; empty: as it was */
	struct str location, location_name;       /* the Location; empty: a unit that has none */
	struct stay_code code[2]; bool exit;      /* mode and place, of entry or exit; code empty: not said */
	const struct triage *triage;
};
struct stay_new { struct str patient; const char *class_code, *class_label; bool residence; };
void stay_write_new(struct buf *out, const struct stay_new *n, const struct stay_change *c);
/* What a movement does not touch stays byte for byte. */
void stay_write_over(struct buf *out, const struct json *encounter, const struct stay_change *c);
/*
 * Another time for the movement that wrote the Encounter last: the instants that say old_ms, and which of them: the stay's start or end, since when the place that it led to, until when the one that was left.
 * All else stays byte for byte. Seconds count, as they are written.
 */
struct stay_times { bool starts, ends, arrives, leaves; int64_t old_ms, at_ms, end_ms; };
void stay_write_times(struct buf *out, const struct json *encounter, const struct stay_times *t);
#endif
