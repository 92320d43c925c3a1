/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/pmsi.h: files of the PMSI (MCO): layouts as the ATIH publishes them (data/pmsi), one writer for all of them, what a stay brings to each file, and the stays of
 * a month with the reason of each that is not written. A zone is filled by its name, never by its place. Nothing is grouped here: the RUM is what goes into the official
 * function. Private to hospital, and called by gate/stream.c (pmsi_line). Start at pmsi_put and pmsi_lines.
 */
#ifndef HYGIE_HOSPITAL_PMSI_H
#define HYGIE_HOSPITAL_PMSI_H

#include "hospital/hospital.h"

struct item;

/* ---- layouts (pmsi_format.c) ---- */
/* Where data/pmsi is; before the first use. NULL or empty: there is none, and no file can be made. */
void pmsi_folder(const char *folder);
bool pmsi_known(void);

/* One zone of a record: at: its first place, from 1. decimals: digits behind a point that is not written (7+3: 3); -1 none. fixed: what always stands there; empty: nothing. */
struct pmsi_zone { struct str file, name, label, fixed; unsigned at, size; bool must, zeros /* to the right, zeros before */; int decimals; };
struct pmsi_value { const char *zone; struct str text; /* empty: blank */ };
#define PMSI_VALUES 48
/*
 * One record of a file ("rum", "rum_da", "rum_za", "vidhosp", "les", "dmi", "ficum"), without an end of line: blanks, the fixed zones, and the values, each in its zone. ASCII only: no
 * source says in which encoding these files are read, and in all of them ASCII is the same. BAD_INPUT, and where is the zone's name: FIELD_TOO_LONG over its size, FIELD_CHARS
 * not ASCII, or no digits where zeros are put before. BROKEN NO_DATA: no layout. MUST: a zone that the layout does not have.
 */
enum rc pmsi_put(const char *file, const struct pmsi_value *at, size_t n, struct buf *out, struct problem *p) CHECKED;
const struct pmsi_zone *pmsi_zone_find(struct str file, struct str name);      /* NULL: none */
const struct pmsi_zone *pmsi_zone_at(size_t i);                                /* all of them, in the table's order; NULL: no more */
struct str pmsi_type_label(struct str code);                                   /* of an authorisation of a unit; empty: no such code */
void pmsi_type_rows(struct rows *out);                                         /* set "types": code, label */
struct str pmsi_day(struct arena *a, struct str day);                          /* "2026-11-05" → "05112026"; empty: no such day */

/* ---- what is asked for ---- */
/* A cohort of exports: "PMSI/rum/ESTABLISHMENT/2026-11". Files: "rum", "vidhosp", "les", "dmi". */
struct pmsi_ask { const char *file; struct str establishment, month; };
bool pmsi_ask_of(struct str cohort, struct pmsi_ask *k_r);
extern const char *const pmsi_files[];                                         /* those that name stays; ended by NULL */

/* ---- places and units (pmsi_place.c) ---- */
struct pmsi_place { struct str finess, vidhosp; int64_t version; /* 0: nobody said anything */ };
enum rc pmsi_place_get(struct db_conn *c, struct arena *a, struct str establishment, struct pmsi_place *k_r, struct problem *p) CHECKED;
/* part_of: the unit of whose medical unit it is a part; code is that one's then, and all else but the establishment is empty. */
struct pmsi_unit { struct str code, finess, type, from, mode, establishment, part_of; int64_t beds, version; };
enum rc pmsi_unit_get(struct db_conn *c, struct arena *a, struct str unit, struct pmsi_unit *k_r, struct problem *p) CHECKED;
/* Ids of the units of an establishment, in the order of the house's places. */
enum rc pmsi_units(struct db_conn *c, struct arena *a, struct str establishment, const struct str **at_r, size_t *n_r, struct problem *p) CHECKED;

/* ---- passages (pmsi_passage.c) ---- */
#define PMSI_PASSAGES 99
/* A time in one medical unit. unit: of the house, in which it began; medical: the unit that stands for the medical unit; code, establishment: of that, empty: nobody typed them. */
struct pmsi_passage { struct str unit, medical, code, establishment, from_on, until_on /* days in Paris */; int64_t from_ms, until_ms; /* 0: goes on */ };
/* several: there were several units, or it is not clear which, and nothing says from when to when it was in each: n is 0. Modes and places: as the admission and the discharge said them. */
struct pmsi_passages { struct pmsi_passage *at; size_t n; bool several; struct str entry_mode, came_from, exit_mode, went_to; };
/* Of an Encounter: from movements that stand; where none was recorded here, from the places that it names with their days. n 0: of no unit, or never begun. Two reads, and one a place and unit. */
enum rc pmsi_passages(struct db_conn *c, struct arena *a, const struct item *stay, struct pmsi_passages *k_r, struct problem *p) CHECKED;
/* Is a unit of the house of the medical unit of that passage? */
enum rc pmsi_same_unit(struct db_conn *c, struct arena *a, const struct pmsi_passage *of, struct str unit, bool *is_r, struct problem *p) CHECKED;
/*
 * To which passage an act of that day (YYYY-MM-DD) belongs: an act has its day only, so on the day of a transfer to the later one; where the act says its unit, to the last of that medical
 * unit on that day. at_r: its place; n: none. A stay of one passage has all acts that say no unit.
 */
enum rc pmsi_passage_of_act(struct db_conn *c, struct arena *a, const struct pmsi_passages *k, struct str day, struct str unit, size_t *at_r, struct problem *p) CHECKED;

/* ---- stays (pmsi_stay.c) ---- */
/* On the writer: the stay (nth 1), or the RUM of a later passage, has its number from now on; nothing when it has one. */
enum rc pmsi_number_give(struct db_conn *c, struct str stay, int64_t nth, struct problem *p) CHECKED;
enum rc pmsi_number(struct db_conn *c, struct str stay, int64_t nth, int64_t *no_r, struct problem *p) CHECKED; /* 0: none */

/* Why a stay is not in a file. zone: the one that is missing or does not hold its value; NULL: no zone is to blame. */
enum pmsi_why { PMSI_WRITTEN, PMSI_TO_CODE, PMSI_FINESS, PMSI_UNIT, PMSI_UNITS, PMSI_ELSEWHERE, PMSI_PASSAGE, PMSI_MOVED, PMSI_ACT, PMSI_ZONE, PMSI_OVERFLOW, PMSI_DRAFT, PMSI_WHYS };
const char *pmsi_why(enum pmsi_why why);                                       /* "" written, "to_code" … */
struct pmsi_left { enum pmsi_why why; const struct pmsi_zone *zone; unsigned nth; /* of the passage that is to blame, where there are several; 0: of none */ };
/*
 * The lines of one stay (an Encounter) in a file, each ended by CR LF; none when it is not of that establishment, month or kind, or when left_r says why. n_r: how many. patient: its
 * Patient, as whoever asks may see it; NULL: read here. Some ten reads.
 */
enum rc pmsi_lines(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const struct item *stay, const struct json *patient, struct buf *out, unsigned *n_r, struct pmsi_left *left_r, struct problem *p) CHECKED;
/* The same of a row of the record, for whoever writes files (gate/stream.c). clinical_r: it says what a stay was for, or what was given. */
enum rc pmsi_record(struct db_conn *c, struct arena *a, struct str cohort, const struct record_row *row, const struct json *patient, struct buf *out, unsigned *n_r, bool *clinical_r, struct problem *p) CHECKED;
/* Is it a stay in a bed that ended in that month, in that establishment? */
enum rc pmsi_is_of(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const struct item *stay, bool *is_r, struct problem *p) CHECKED;
bool pmsi_fills(struct str file, struct str zone);                             /* does the program ever put anything there? */

/* ---- a month (pmsi_month.c) ---- */
#define PMSI_STAYS 20000       /* of one unit and month that are looked at */
struct pmsi_each { enum rc (*stay)(struct pmsi_each *e, const struct item *stay, struct arena *scratch, struct problem *p); };
/* Each stay of the establishment that ended in the month, unit by unit. more_r: there were more than are looked at. One search a unit. */
enum rc pmsi_month_each(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, struct pmsi_each *e, bool *more_r, struct problem *p) CHECKED;
/* Whom the file of a month would hold now: the patients of whom it has a line, ascending, each once. */
enum rc pmsi_freeze(struct db_conn *c, struct arena *a, const struct pmsi_ask *k, const int64_t **at_r, size_t *n_r, struct problem *p) CHECKED;

#endif
