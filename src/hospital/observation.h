/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/observation.h: what is measured at the bedside: each measure with its code, unit and the bounds within which an entry can be one at all. Private to hospital.
 * Called by observation.c and score.c. Start at measures.
 */
#ifndef HYGIE_HOSPITAL_OBSERVATION_H
#define HYGIE_HOSPITAL_OBSERVATION_H

#include "hospital/care.h"

#define MEASURE_MILLI 3 /* values are compared in thousandths of the unit */

enum measure_group { MEASURE_VITAL = 1, MEASURE_IN, MEASURE_OUT };
/*
 * LOINC codes and French names are those of data/loinc (ANS) and of the demonstration; units are UCUM. low and high bound what a hand can have typed, in thousandths: what
 * no device of that kind shows or no body holds. They are no medical limit: a value within them is never judged here, and no range is drawn.
 */
struct measure {
	const char *name;          /* of its field */
	enum measure_group group;
	const char *system, *code, *label, *unit, *ucum, *profile;
	unsigned places;           /* after the comma, as such devices show */
	int64_t low, high;
	const char *second;        /* name of the field that goes with it: two values of one panel */
};
extern const struct measure measures[];                       /* ends with name NULL */
const struct measure *measure_named(struct str name);         /* NULL: none */
const struct measure *measure_of(const struct json *observation);
bool observation_is_void(const struct json *observation);     /* entered in error, cancelled */
int64_t observation_at(const struct json *observation);       /* INT64_MIN: no date */
/* The text of its value, and of the second of a panel; empty: none. */
struct str observation_value(const struct json *observation, struct str *second_r);

/* The newest value of each vital measure that is not older than since_ms; found_r by the order of measures. At most max observations are looked at. */
struct measured { bool is; int64_t at_ms, milli; };
#define MEASURES_MAX 32
enum rc observation_newest(struct db_conn *c, struct arena *a, struct str patient, int64_t since_ms, struct measured found_r[MEASURES_MAX], struct problem *p) CHECKED;

/* Does a score that is signed and not ended have a second scale? score.c */
enum rc score_has_second(struct db_conn *c, struct arena *a, bool *has_r, struct problem *p) CHECKED;
#endif
