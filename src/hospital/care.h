/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/care.h: what administration, observation and transmission share: the key by which a request that comes twice is known, when something was done as it is typed, exact
 * amounts, who did it and within which stay, the patients of the unit as work lists show them. Private to hospital. Start at care_once and ward_present.
 */
#ifndef HYGIE_HOSPITAL_CARE_H
#define HYGIE_HOSPITAL_CARE_H

#include "hospital/compose.h"
#include "hospital/traits.h"

#define CARE_LOINC "http://loinc.org"
#define CARE_UCUM  "http://unitsofmeasure.org"
#define CARE_TERM  "http://terminology.hl7.org/CodeSystem/"
#define CARE_IDENTITY "urn:hygie:care:identity" /* extension of an administration, valueCode wristband: the patient's own was scanned */
#define CARE_OWN   "urn:hygie:care"     /* codes of the house's own, where no published set in the data has one */

#define CARE_HOUR_MS (3600 * INT64_C(1000))
#define CARE_DAY_MS  (24 * CARE_HOUR_MS)
#define CARE_PAST_MS (366 * CARE_DAY_MS) /* further back is a slip of the year, not a late entry */

/* What a form sends to be known when it comes again: made when it is drawn, kept while it is corrected. */
#define CARE_ONCE_FIELD { .name = "once", .label = "Form", .kind = FIELD_TOKEN, .min = 4, .max = 40, .required = true }
/* Keyed hash of who acts, the patient, the form and one thing more (a line, a measure): another person's same words are another key. Never 0. */
int64_t care_once(const struct act_ctx *x, const char *what, struct str more);
/* The id of the resource that this request writes: found again, it was written before. 20 characters. */
struct str care_id(const struct act_ctx *x, const char *what, struct str more);

/*
 * "Day" and "time" as typed: time 14:12, 14h12, 1412, 14, or h for now; both empty: now; time alone: of today. BAD_INPUT: CARE_TIME at time; CARE_FUTURE or CARE_PAST at
 * the field that says so: nothing is done in the future, nor a year ago, nor before born_ms.
 */
#define CARE_WHEN_FIELDS { .name = "day", .label = "Day", .kind = FIELD_DATE }, { .name = "time", .label = "Time", .kind = FIELD_TEXT, .max = 8 }
/* The instant alone, as typed, which may lie ahead: BAD_INPUT CARE_TIME, FIELD_REQUIRED or FIELD_DATE. */
enum rc care_instant(const struct args *a, int64_t now_ms, int64_t *at_r, struct problem *p) CHECKED;
enum rc care_when(const struct args *a, int64_t born_ms, int64_t now_ms, int64_t *at_r, struct problem *p) CHECKED;

/* "36,8", "36.8", " 037 ": sign-less, at most `places` after the comma, in 1/10^scale; false: no such number or too large. */
bool care_scaled(struct str typed, unsigned places, unsigned scale, int64_t *v_r);
void care_number(struct buf *b, int64_t v, unsigned scale);   /* the shortest decimal with a point: 36.8 */

struct care_patient { struct item item; struct traits traits; };
enum rc care_patient(struct db_conn *c, struct arena *a, const struct args *args, struct care_patient *k_r, struct problem *p) CHECKED; /* NOT_FOUND */
int64_t care_born(const struct care_patient *k);              /* INT64_MIN: not known */
/* A Reference, as the value of key or (NULL) in an array: the practitioner of who acts, else the name alone. */
void care_who(struct jw *w, const char *key, const struct actor *who);
void care_unit(struct jw *w, const char *key, const struct actor *who);
void care_quantity(struct jw *w, const char *key, struct str value, const char *unit, const char *ucum);

/*
 * An Observation or a Consent that was a slip: its status becomes entered-in-error, all else stays (R4 has that status for both). args: id, version (that was looked at). RC_NOT_FOUND: of another patient,
 * or not `ours`; RC_PRECONDITION: changed meanwhile; RC_CONFLICT CARE_STRUCK: struck out already.
 */
#define CARE_STRIKE_FIELDS { .name = "id", .label = "Entry", .kind = FIELD_ID, .required = true }, { .name = "version", .label = "Version", .kind = FIELD_INT, .min = 1, .max = UINT32_MAX, .required = true }
enum rc care_strike(struct act_ctx *x, const char *type, bool (*ours)(const struct json *), struct item *it_r, struct problem *p) CHECKED;

void care_struck(struct rows *out, const struct item *it); /* set "struck": id */
/* What an act that writes one resource answers with: this set, one row: id, again (flag: the same request had come before). */
void care_answer(struct rows *out, const char *set, int64_t patient, struct str id, bool again);

/* What an act that records several things answers with: set "recorded", one row: n, again (flag: the same request had come before, and nothing was written now). patient 0: the row names nobody. */
void care_recorded(struct rows *out, int64_t patient, int64_t n, bool again);

/* The resource of a row of ours, whose patient must be this one: NOT_FOUND else. */
enum rc care_own(struct db_conn *c, struct arena *a, int64_t source, int64_t patient, struct item *it_r, struct problem *p) CHECKED;
uint64_t care_arg(const struct args *a, const char *name);    /* a whole number; 0 when absent */

/* ---- the patients of the unit ---- */
#define WARD_MAX 120 /* beds that a round or a hand-over shows */
struct ward_patient { int64_t patient; bool self_made; struct item item; struct traits traits; struct stay stay; };
struct ward { struct ward_patient at[WARD_MAX]; unsigned n; bool more; };
/* Who is present in the unit of who reads, by bed; in the view's arena. */
enum rc ward_present(struct view_ctx *v, struct ward **w_r, struct problem *p) CHECKED;
/* The same of any unit: whom of them a fact joins to the reader is for the caller to look at. */
enum rc ward_of(struct view_ctx *v, struct str unit, struct ward **w_r, struct problem *p) CHECKED;
/* Columns id, name (or masked), born_on, age, sex, status, bed: as work lists show them (TIER_MASKED); a fact that the reader made himself gives no name. */
void ward_cols(struct view_ctx *v, struct rows *out, const struct ward_patient *k);
void ward_unit(struct view_ctx *v, struct rows *out, const struct ward *w); /* set "unit": unit, unit_name, more */

#endif
