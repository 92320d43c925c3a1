/* SPDX-License-Identifier: Apache-2.0 */
/* pages/administration.h: the plan of care of a patient (administration.c), one dose (dose.c), the round of a unit (round.c), and what they share. */
#ifndef HYGIE_PAGES_ADMINISTRATION_H
#define HYGIE_PAGES_ADMINISTRATION_H

#include "pages/screen.h"

/* Words of codes; NULL: none of them. */
extern const struct choice administration_alone[], administration_hands[], administration_refusals[];
const char *administration_choice(const struct choice *c, struct str code);
struct words administration_hour(int64_t ms);                     /* 08:05, in Paris */
/* Of views plan_of_care and dose: the medicine with its dose and marks; the state of a cell; is a line of this kind? */
void administration_line(struct screen *sc, struct row line);
void administration_state(struct screen *sc, struct row cell);
bool administration_is_kind(struct row line, const char *kind);
bool administration_asks_two(struct row line);                    /* a second person is asked for at the dose */
/* Of a narcotic: given without a second person, and why. */
#define ADMINISTRATION_ALONE { "alone", N_("Without a second person: why"), FIELD_CODE, .choices = administration_alone }

extern const struct page pages_administration[], pages_dose[], pages_round[];
#endif
