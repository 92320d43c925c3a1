/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/live.h: which lists of the house changed. A region is what one page shows of a unit, of a patient or of the house; what an act writes touches regions,
 * gathered on the writer's thread and told by the gate once the act is committed (gate/watch.c). A mark is a hash of the region's name and key: it names nobody, and two
 * regions that share one cost a read too many. Called by the record's watch, by acts on tables of their own, by the gate. To add a region: a row of live_regions, and a
 * touch where what it shows is written. Start at live_regions.
 */
#ifndef HYGIE_HOSPITAL_LIVE_H
#define HYGIE_HOSPITAL_LIVE_H

#include "base/rights.h"
#include "record/record.h"

enum live { LIVE_BEDS = 1 /* a unit's beds, who lies there and who comes */, LIVE_CARE /* what is due and was done for a unit's patients */, LIVE_CHART /* orders, opinions, doses, signs of a patient */, LIVE_QUEUE /* the pharmacists' */, LIVE__END };
enum live_of { LIVE_OF_UNIT, LIVE_OF_PATIENT, LIVE_OF_HOUSE };
struct live_region { const char *name; enum live live; enum live_of of; uint32_t may; /* any of these rights suffices; of a patient a live fact is asked for too */ };
extern const struct live_region live_regions[];              /* ends with name NULL */
const struct live_region *live_region(struct str name);      /* NULL: none */

uint64_t live_mark_unit(enum live live, struct str unit);
uint64_t live_mark_patient(enum live live, int64_t patient);
uint64_t live_mark_house(enum live live);

/* What one act touched. Full: all of it. */
#define LIVE_MARKS 32
struct live_set { uint64_t at[LIVE_MARKS]; unsigned n; bool all; };
/* On the writer: what is touched on this thread goes into s (emptied first) until NULL is given. Without a set nothing is kept and a touch costs nothing. */
void live_gather(struct live_set *s);
void live_touch_unit(enum live live, struct str unit);
void live_touch_house(enum live live);
void live_touch_all(void);                                   /* rights changed: everybody is looked at anew */
/* The boards of the unit where a stay is and of the one it goes to, as stay_now says now: before and after it is written. */
enum rc live_touch_stay(struct db_conn *c, int64_t stay, struct problem *p) CHECKED;
/* The record's watch: what the change of a resource touches. One probe of stay_now for what belongs to a patient's care. */
enum rc live_changed(struct db_conn *c, const struct record_change *ch, struct problem *p) CHECKED;
#endif
