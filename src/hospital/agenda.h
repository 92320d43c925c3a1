/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/agenda.h: calendars of practitioners, rooms and devices: when they are open, what is taken, and the first times at which several are free together.
 * Reading only; keeping them is in agenda.c, booking in agenda_book.c. Private to hospital. Start at calendar_read and agenda_find.
 */
#ifndef HYGIE_HOSPITAL_AGENDA_H
#define HYGIE_HOSPITAL_AGENDA_H

#include "hospital/show.h"

#define AGENDA_MINUTE_MS INT64_C(60000)
#define AGENDA_LONG_MS   (12 * 60 * AGENDA_MINUTE_MS)   /* the longest appointment: how far back one may begin that still runs */
#define AGENDA_SHORT_MS  (5 * AGENDA_MINUTE_MS)         /* the shortest */
#define AGENDA_DAYS      366                            /* a search goes no further */
#define AGENDA_SLOTS     20                             /* nor tells more */
#define AGENDA_MOST      400                            /* calendars of one search */
#define AGENDA_OF_UNIT   40                             /* calendars of one unit on a screen */

struct agenda { int64_t no, full_until_ms; struct str unit, type, actor; };
/* found_r false and RC_OK: none, or it ended. */
enum rc agenda_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct agenda *g_r, struct problem *p) CHECKED;
struct agendas { struct agenda *at; size_t n; };
enum rc agendas_of_unit(struct db_conn *c, struct arena *a, struct str unit, struct agendas *g_r, struct problem *p) CHECKED; /* unit empty: of the house, at most AGENDA_MOST */
struct str agenda_name(struct names *n, const struct agenda *g);

struct agenda_kind { int64_t no; struct str unit, label; int minutes; };
enum rc agenda_kind_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct agenda_kind *k_r, struct problem *p) CHECKED;

struct agenda_hours { int64_t no, kind /* 0 any */; int weekday /* Monday 1 */, from_min, until_min, step_min /* minutes of the local day */; int32_t from_day, until_day; };
struct agenda_span { int64_t from_ms, until_ms; };
struct calendar { struct agenda of; struct agenda_hours *hours; struct agenda_span *closed, *taken /* by its beginning */; size_t n_hours, n_closed, n_taken; bool has_hours; /* they were read */ };
/* What stands of g in [from_ms, until_ms), and began before and still runs. In the arena; three range reads. */
enum rc calendar_read(struct db_conn *c, struct arena *a, const struct agenda *g, int64_t from_ms, int64_t until_ms, struct calendar *k_r, struct problem *p) CHECKED;
/*
 * On the writer, after a time of a calendar was taken: until when nothing of its hours is free (agenda.full_until_ms) goes on over what is full now. Searches begin there. What frees a time or opens hours sets
 * it back in the same transaction (ST_HOSPITAL_AGENDA_FREED, _OPENED). Three range reads a day that is full; at most a week at once.
 */
enum rc agenda_filled(struct db_conn *c, struct arena *a, int64_t no, int64_t now_ms, struct problem *p) CHECKED;
/* On the writer: frees what an appointment that began at start_ms takes; searches look there again. */
enum rc agenda_left(struct db_conn *c, int64_t appointment, int64_t start_ms, struct problem *p) CHECKED;
/* Within its hours for that kind and in no closing. A room or a device without any hours is open at all times. */
bool calendar_is_open(const struct calendar *k, int64_t kind, int64_t from_ms, int64_t until_ms);
bool calendar_is_free(const struct calendar *k, int64_t from_ms, int64_t until_ms);
/* The instant of a minute of a day of Paris, right on the days when clocks change. */
int64_t agenda_instant(int32_t day, int minute);
int32_t agenda_day(int64_t ms);                      /* days since 1970, in Paris */
int agenda_weekday(int32_t day);                     /* Monday 1 … Sunday 7 */

/*
 * The first times from from_ms on, before the day until_day is over (at most AGENDA_DAYS), at which one of people, and one of rooms (none asked when empty) and the device
 * (no 0: none) are open and free for so long; by time, at most AGENDA_SLOTS. Cost: calendars are looked at by the time from which they can have anything free (full_until_ms), and none whose time lies behind the answer; a portion
 * of them is read together, by one range of what is taken a calendar and window of 1, 2, 4, then 7 days (hours once, closings once a unit), and each row is looked at once. bench/agenda.c has the figures.
 */
struct agenda_ask { struct agendas people, rooms, devices; int64_t kind, from_ms; int minutes; int32_t until_day; };
struct agenda_slot { int64_t at_ms; const struct agenda *person, *room, *device; };
struct agenda_slots { struct agenda_slot at[AGENDA_SLOTS]; size_t n; };
enum rc agenda_find(struct db_conn *c, struct arena *a, const struct agenda_ask *ask, struct agenda_slots *s_r, struct problem *p) CHECKED;

/* ---- who waits for an earlier time (agenda_wish.c) ---- */
struct act_ctx;
enum rc wish_waits(struct db_conn *c, int64_t appointment, bool *is_r, struct problem *p) CHECKED;
enum rc wish_count(struct db_conn *c, struct str unit, int64_t after_ms, unsigned *n_r, struct problem *p) CHECKED; /* whose appointment is after it; at most 50 */
enum rc wish_end(struct act_ctx *x, int64_t appointment, const char *state, struct problem *p) CHECKED; /* none waits: nothing */

/* ---- the visit that it became (agenda_visit.c) ---- */
struct visit { struct str appointment, patient, unit, practitioner, kind; int64_t start_ms, end_ms; }; /* ids; practitioner and kind (words) may be empty */
/* On the writer. Over: the visit is in the record, or is again. A slip: it is entered in error; CONFLICT AGENDA_BILLED once its billing was begun. One search by the appointment each. */
enum rc visit_over(struct act_ctx *x, const struct visit *v, struct problem *p) CHECKED;
enum rc visit_slip(struct act_ctx *x, const struct visit *v, struct problem *p) CHECKED;

/* ---- what other systems write (agenda_fhir.c) ---- */
/* On the writer, of the watch: an Appointment was stored or deleted. CONFLICT AGENDA_TAKEN: a calendar that it names is not free then; BAD_INPUT AGENDA_LENGTH: it names one and has no end within twelve hours. */
struct record_change;
enum rc agenda_follow(struct db_conn *c, const struct record_change *ch, struct arena *a, struct problem *p) CHECKED;
void agenda_own(bool is); /* this thread: from here on an act of the house writes, and keeps the calendars itself */
#endif
