/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/bed.h: beds and the stays that are not over, as the record says of them now: tables bed and stay_now, kept in the transaction that writes a Location or an
 * Encounter, whoever writes it. Their keys hold that nobody is in two beds and no bed has two patients: a stay that claims a bed which is taken is kept there without
 * a bed, and an act that asked for it is refused (stay.c). Private to hospital. Start at stay_follow.
 */
#ifndef HYGIE_HOSPITAL_BED_H
#define HYGIE_HOSPITAL_BED_H

#include "hospital/compose.h"
#include "hospital/show.h"

/* ---- upkeep: on the writer, by the record's watch (relation.c); NULL: deleted ---- */
enum rc bed_follow(struct db_conn *c, struct str id, const struct json *location, struct problem *p) CHECKED;
enum rc stay_follow(struct db_conn *c, int64_t rid, int64_t patient, const struct json *encounter, bool fresh /* it was not there before */, struct problem *p) CHECKED;
/* Both tables anew: after a load that had no watch. One search of all Locations and one of the stays that are not over. */
enum rc bed_rebuild(struct db *db, struct problem *p) CHECKED;

/* ---- a bed ---- */
struct bed {
	struct str id, name, room;
	bool open;                                /* its Location is active */
	struct str state;                         /* of bed_state: cleaning, closed, isolation; empty: ready */
	int64_t stay, patient, since_ms, exit_ms; /* 0: nobody; 0: no exit announced */
	bool leave;                               /* kept during a leave */
	int64_t held, held_patient, held_ms;      /* the stay that it is kept for */
	struct str sex; bool hard;                /* the room's rule; empty: none was said */
};
/* found_r false: no bed of this house. */
enum rc bed_find(struct db_conn *c, struct arena *a, struct str id, bool *found_r, struct bed *b_r, struct problem *p) CHECKED;
enum rc bed_unit(struct db_conn *c, struct arena *a, struct str id, bool *found_r, struct str *unit_r, struct problem *p) CHECKED; /* found_r as above */
/* All of a unit, in the order of ids. */
enum rc beds_of(struct db_conn *c, struct arena *a, struct str unit, struct bed **at_r, size_t *n_r, struct problem *p) CHECKED;
/* One word: closed, occupied, leave, reserved, cleaning, isolation, free. */
const char *bed_says(const struct bed *b);

struct bed_count { unsigned beds, occupied, leave, reserved, cleaning, closed, isolation, free, exits; /* announced within a day */ };
/* Of a unit. A range of its beds, three probes each. */
enum rc bed_count(struct db_conn *c, struct str unit, int64_t now_ms, struct bed_count *n_r, struct problem *p) CHECKED;
/* Of all units, in two statements: unit is called for each that has beds, then coming for each where somebody is announced until then. */
struct bed_each { void (*unit)(struct bed_each *e, struct str unit, const struct bed_count *n); void (*coming)(struct bed_each *e, struct str unit, int64_t n); };
enum rc bed_count_all(struct db_conn *c, struct bed_each *e, int64_t now_ms, int64_t until_ms, struct problem *p) CHECKED;

/*
 * RC_CONFLICT STAY_RUNS or STAY_EXPECTED, about the place by its name, while a stay of this person is not over or announced: who is taken away then would keep a bed that nobody
 * can leave. Asked on the writer by what takes a record away. One range read; two reads more where it refuses.
 */
enum rc bed_lets_go(struct db_conn *c, struct arena *a, int64_t patient, const char *where, struct problem *p) CHECKED;

/*
 * Columns id, name … (traits.h) of the open row for a person whom a fact joins to the reader now, and the row's price; nothing for anybody else, which is no error.
 * The caller sees to it that the reader works in the unit. One range read of facts, one of the person.
 */
enum rc bed_person(struct view_ctx *v, struct rows *out, int64_t patient, bool initials, struct problem *p) CHECKED;

/* ---- a stay that is not over ---- */
struct stay_now { int64_t rid, patient; struct str state, class_, unit, bed; int64_t since_ms; struct str next_unit, next_bed; int64_t next_ms, exit_ms; };
enum rc stay_now_find(struct db_conn *c, struct arena *a, int64_t rid, bool *found_r, struct stay_now *s_r, struct problem *p) CHECKED;
#endif
