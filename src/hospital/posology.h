/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/posology.h: how a medicine is to be taken, as prescribers in France say it, to the exact instants at which it is due. Pure: no database, no clock, no patient.
 * Read from and written to FHIR R4 `dosageInstruction` (Dosage, Timing.repeat: https://hl7.org/fhir/R4/dosage.html). Doses are exact decimals in a UCUM unit, as typed.
 * Called by prescription (typed, checked, signed) and by the plan of care (what is due when). Start at struct posology, then posology_times.
 */
#ifndef HYGIE_HOSPITAL_POSOLOGY_H
#define HYGIE_HOSPITAL_POSOLOGY_H

#include "base/clock.h"
#include "base/decimal.h"
#include "codec/json.h"

/* ---- moments of the day ---- */

/* FHIR R4 EventTiming codes, in the order of a day. */
enum posology_moment {
	MOMENT_WAKE, MOMENT_ACM, MOMENT_MORN, MOMENT_CM, MOMENT_PCM, MOMENT_ACD, MOMENT_NOON, MOMENT_CD, MOMENT_PCD, MOMENT_AFT, MOMENT_ACV, MOMENT_EVE, MOMENT_CV, MOMENT_PCV,
	MOMENT_HS, MOMENT_NIGHT, MOMENT__END,
	MOMENT_CLOCK = MOMENT__END /* a clock time of its own: posology_take.minute */
};
const char *posology_moment_code(enum posology_moment m);      /* "MORN" */
const char *posology_moment_words(enum posology_moment m);     /* French: "le matin" */
enum posology_moment posology_moment_of(struct str code);      /* MOMENT__END: none */

/*
 * At what clock time each moment is, in one unit from one day on: minutes after midnight, Paris. This is a SETTING of the house (when does the ward make its rounds), not
 * a medical fact: the defaults are only a beginning, and each hospital changes them for the house or for a unit, from a day on (a schedule that was is never rewritten).
 */
struct posology_clock { int32_t since_day; /* days since 1970 */ int16_t minute[MOMENT__END]; };
extern const struct posology_clock posology_house;              /* what holds where nothing is set: since_day INT32_MIN */

/* ---- one prescription of one medicine ---- */

enum posology_kind {
	POSOLOGY_ONCE = 1,      /* one dose, when the step begins */
	POSOLOGY_MOMENTS,       /* each take[] on each day that counts */
	POSOLOGY_EVERY,         /* each every_min minutes, the first when the step begins. Whole days go by the clock, anything else by elapsed time: after a change of the
	                         * hour "toutes les 8 heures" stays eight hours apart, "toutes les 24 heures" stays at the same hour of the clock */
	POSOLOGY_AS_NEEDED,     /* on demand: never due; gap_min and day_most bound it */
	POSOLOGY_CONTINUOUS,    /* an infusion that runs as long as the step, at rate; due once, when it begins */
};
#define POSOLOGY_STEPS 12
#define POSOLOGY_TAKES 8
struct posology_take { enum posology_moment at; int16_t minute; /* of MOMENT_CLOCK */ struct decimal dose; };
struct posology_step {                                          /* one stage of a taper; most have one only */
	enum posology_kind kind;
	struct posology_take take[POSOLOGY_TAKES]; unsigned n_takes; /* MOMENTS, in the order of the day; doses may differ ("2-0-1") */
	unsigned every_days;                                        /* MOMENTS: 1 daily, 2 each other day …, counted from the day on which the step begins */
	unsigned char week_days;                                    /* MOMENTS: bit 0 Monday … bit 6 Sunday; 0: all */
	struct decimal dose;                                        /* all kinds but MOMENTS; coefficient 0 with CONTINUOUS: the rate alone says it */
	int32_t every_min;                                          /* EVERY */
	int32_t gap_min;                                            /* AS_NEEDED: at least so long between two; 0 none */
	struct decimal day_most;                                    /* AS_NEEDED: at most in 24 h, in the unit of the dose; coefficient 0 none */
	struct decimal rate; const char *rate_unit;                 /* of an infusion: UCUM "mL/h"; coefficient 0 none */
	int32_t run_min;                                            /* how long one infusion runs; 0 not said */
	int32_t for_days, for_min;                                  /* how long the step lasts: civil days (same clock time), or minutes; both 0: until stop, or without end */
};
struct posology {
	const char *unit;                                           /* UCUM code of doses: a literal of posology_units; NULL with a rate alone */
	struct str route;                                           /* words as published with the medicine: "orale"; empty not said */
	struct str condition;                                       /* free text: "si douleur", "à jeun"; clinical: never in a log */
	int64_t start_ms, stop_ms;                                  /* stop_ms 0: none but the steps' own length */
	struct posology_step step[POSOLOGY_STEPS]; unsigned n_steps;
};

/* Units that a dose or a rate may have. one, many: French words; a rate's unit ends in /h or /min. */
struct posology_unit { const char *ucum, *one, *many, *typed; /* other ways to type it, folded, by commas */ bool rate; };
extern const struct posology_unit posology_units[];             /* ends with ucum NULL */
const struct posology_unit *posology_unit_of(struct str ucum);  /* NULL: none */

/* Is it one that can be said and planned? BAD_INPUT, p->where: the field ("dose", "take", "every", "gap", "most", "rate", "run", "during", "start", "stop", "steps"). */
enum rc posology_check(const struct posology *p, struct problem *why) CHECKED;

/* When step begins (i == n_steps: when the last ends). INT64_MAX: never. */
int64_t posology_step_at(const struct posology *p, unsigned i);
int64_t posology_end(const struct posology *p);                 /* stop or the end of the last step, whichever is first; exclusive; INT64_MAX: no end */

/* ---- exact planned instants ---- */
struct posology_due { int64_t at_ms; struct decimal dose; unsigned step; int32_t run_min; /* of an infusion: how long; -1 until the step ends; 0 a moment */ enum posology_moment moment; /* MOMENT__END: none */ };
/*
 * All instants in [from_ms, until_ms) at which something is due, in order; at most max are written. Answers how many there are (more than max: ask again from the
 * last one on); with from_ms + 1 year at the most, so that no argument makes it long. Days are Paris days: a moment whose clock time does not exist on the last Sunday
 * of March is an hour later on the clock, one that comes twice in October is due once, at the first. clocks: all that hold or held for the unit, newest first;
 * n 0: the house's own. Nothing that is on demand is due. Two takes of one step at the same instant are two rows.
 */
size_t posology_times(const struct posology *p, const struct posology_clock *clocks, size_t n_clocks, int64_t from_ms, int64_t until_ms, struct posology_due *out, size_t max);
/* The most that is due within 24 hours of the step, in millionths of the unit; as needed: day_most, else what the gap allows; -1: nothing bounds it, a rate, too large. */
int64_t posology_day_micro(const struct posology *p, unsigned step);
int64_t posology_micro(struct decimal d);                       /* d × 10^6; -1: negative, finer than that, or too large */

/* ---- FHIR ---- */
/* The value of dosageInstruction: an array, one Dosage a step and a dose, in w after its key was written. Dosage.text is posology_text of the whole. */
void posology_write(struct jw *w, const struct posology *p);
/*
 * The reverse. BAD_INPUT (BAD_VALUE, the element): it says something that this table has no word for ("3 times a day" without when, a range, a ratio): whoever
 * shows it shows Dosage.text and says that nothing is planned. route and condition point into the tree.
 */
enum rc posology_read(const struct json *dosage_instruction, struct posology *p_r, struct problem *why) CHECKED;

/* ---- French ---- */
/* « 1 comprimé le matin et le soir pendant 5 jours »; with_route: « 1 comprimé, voie orale, le matin … ». Decimal comma, leading zero, no trailing zero, no symbol. */
void posology_text(struct buf *b, const struct posology *p, bool with_route);
/* The same with each dose, rate, interval and length in words (base/numeral.h), units in full: « deux milligrammes toutes les douze heures ». Days of the calendar and times of the clock stay figures. */
void posology_text_letters(struct buf *b, const struct posology *p, bool with_route);
/* "mg" → « milligrammes »; "mg par heure" → « milligrammes par heure »; what has no symbol stays as it is. */
void posology_unit_letters(struct buf *b, struct str words, bool many);
void posology_amount(struct buf *b, struct decimal d, const char *ucum);  /* « 0,5 comprimé », « 2 comprimés », « 500 mg » */
void posology_amount_letters(struct buf *b, struct decimal d, const char *ucum);  /* « deux comprimés »; figures where it is no number that has words */
void posology_number(struct buf *b, struct decimal d);                    /* « 0,5 » */

/* ---- typed (posology_type.c) ---- */
/* As the fields of a form came, empty where nothing was typed. Tolerant: comma or point, a unit behind the number, « 1-0-1 », « matin midi soir », « 8h 20h ». */
struct posology_typed { struct str kind, dose, unit, route, take, days, every, gap, most, rate, run, start, stop, during, condition, steps; };
#define POSOLOGY_BAD 8
struct posology_bad { const char *field; enum why why; };
/* A length in whole days alone ("28 j", "4 semaines", "10"); a month is none. False: it is no such length, or over 366 days. Nothing typed: true, 0 days. */
bool posology_days_typed(struct str typed, int32_t *days_r);
/* All that is wrong at once, each with its field; *n_r 0: p_r is good and was checked. now_ms: when "start" is empty. Words point into what was typed. */
void posology_type(const struct posology_typed *t, int64_t now_ms, struct posology *p_r, struct posology_bad bad[POSOLOGY_BAD], unsigned *n_r);
#endif
