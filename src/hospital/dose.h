/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/dose.h: the lines of a patient's plan of care, what is due of each, and the doses that were recorded. Reading only; who gives is in administration.c. Private to
 * hospital. Start at lines_of and dose_of_slot.
 */
#ifndef HYGIE_HOSPITAL_DOSE_H
#define HYGIE_HOSPITAL_DOSE_H

#include "hospital/care.h"
#include "hospital/posology.h"

#define DOSE_LATE_MS  CARE_HOUR_MS        /* an hour after its time a dose is called late (UX §9.4): a word of the screen, no rule of care */
#define DOSE_AHEAD_MS (6 * CARE_HOUR_MS)  /* further ahead than this the wrong column was meant: no rule of care either */
#define DOSE_BACK_MS  CARE_DAY_MS         /* how far back what was not recorded is asked for */
#define LINES_MAX     80                  /* of one patient */
#define DOSES_MAX     600                 /* of one patient and window */
#define DUES_MAX      100                 /* of one line and window: every quarter of an hour for a day is 96 */

enum dose_state { DOSE_NONE, DOSE_CHECK, DOSE_RUNNING, DOSE_GIVEN, DOSE_NOT_DONE, DOSE_VOID };
const char *dose_state_code(enum dose_state s);

struct dose {
	int64_t no, patient, line, planned_ms, slot_ms, amount /* millionths of unit */, given_ms, end_ms /* 0: none */, recorded_ms, source, once;
	unsigned step, nth;
	bool needed;                          /* on demand, or outside of any plan */
	enum dose_state state;
	uint32_t account, checked_by;
	bool scanned;
	struct str unit, reason, lot;
	struct str alone;                     /* a narcotic was given without a second person, and why; empty: not so */
};
/* Each found_r false and RC_OK when there is none. Texts in the arena. */
enum rc dose_get(struct db_conn *c, struct arena *a, int64_t no, bool *found_r, struct dose *d_r, struct problem *p) CHECKED;
enum rc dose_of_once(struct db_conn *c, struct arena *a, int64_t once, bool *found_r, struct dose *d_r, struct problem *p) CHECKED;
struct dose_slot { int64_t line, slot_ms; unsigned step, nth; };
enum rc dose_of_slot(struct db_conn *c, struct arena *a, const struct dose_slot *s, bool *found_r, struct dose *d_r, struct problem *p) CHECKED;
struct doses { struct dose *at; size_t n; bool more; };
enum rc doses_of_patient(struct db_conn *c, struct arena *a, int64_t patient, int64_t from_ms, int64_t until_ms, struct doses *d_r, struct problem *p) CHECKED; /* by planned_ms */
enum rc doses_of_line(struct db_conn *c, struct arena *a, int64_t line, int64_t after_ms, int64_t before_ms, struct doses *d_r, struct problem *p) CHECKED;     /* by given_ms */

/* One prescribed medicine as the bedside sees it. */
struct care_line {
	struct item item;                     /* the MedicationRequest */
	bool planned;                         /* false: its words say no instants; posology is not set then */
	struct posology posology;
	int64_t until_ms;                     /* nothing is due from then on: stopped, held, refused by the pharmacist; INT64_MAX: none of these */
	bool held, refused, verified, modify; /* verified, refused, modify: the pharmacist's last opinion on this version */
	struct str said;                      /* the pharmacist's words on this version */
	bool two;                             /* two nurses give it: the pharmacist's list */
	bool narcotic;                        /* a second person is asked for at the dose; as its conditions of prescription say */
	uint32_t cis;
	unsigned of_ward;                     /* whose it is, of the ward that was asked for (lines_of_ward) */
};
/* The clocks of the unit in which the patient lies now; of `else_unit` when in none. */
struct care_clocks { const struct posology_clock *at; size_t n; };
enum rc care_clocks_read(struct db_conn *c, struct arena *a, struct str patient, struct str else_unit, int64_t now_ms, struct care_clocks *k_r, struct problem *p) CHECKED;
enum rc line_read(struct db_conn *c, struct arena *a, const struct item *request, struct care_line *l_r, struct problem *p) CHECKED;
/* The lines of a ward's patient that are open, or were closed since from_ms; newest first. Prescriptions for home are none of them. */
struct care_lines { struct care_line **at; size_t n; bool more; };
enum rc lines_of(struct db_conn *c, struct arena *a, struct str patient, int64_t from_ms, struct care_lines *l_r, struct problem *p) CHECKED;
/* The lines of all of these patients that are open, or were closed since from_ms (INT64_MAX: open ones only), by one search each; n: of all. two is not looked up. */
enum rc lines_of_ward(struct db_conn *c, struct arena *a, const struct ward *w, int64_t from_ms, struct care_line ***at_r, size_t *n_r, bool *more_r, struct problem *p) CHECKED;
/* What is due of it in [from_ms, until_ms), up to where the line ends; at most DUES_MAX. */
struct line_due { struct posology_due due; int64_t slot_ms; unsigned nth; }; /* nth: how many of its step have the same slot_ms before it */
size_t line_dues(const struct care_line *l, const struct care_clocks *k, int64_t from_ms, int64_t until_ms, struct line_due at[DUES_MAX]);
const struct posology_step *line_needed(const struct care_line *l, int64_t at_ms, unsigned *step_r); /* the step that stands at that instant, when it is on demand; NULL */

struct decimal dose_decimal(int64_t micro);
#endif
