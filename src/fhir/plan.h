/* SPDX-License-Identifier: Apache-2.0 */
/* fhir/plan.h: what plan.c, plan_value.c and extract.c share: one search value from its text. For these files only. */
#ifndef HYGIE_FHIR_PLAN_H
#define HYGIE_FHIR_PLAN_H

#include "internal.h"

/* Cut at the first sep that no backslash hides; as str_cut. */
struct str plan_value_cut(struct str text, char sep, struct str *rest_r);
/* text: one alternative, escapes still in. mod_type: MOD_TYPE. False when it cannot be read (or the arena is full: see arena_rc). */
bool plan_value_parse(const struct fhir_extra *x, const struct fhir_param *param, enum modifier modifier, uint16_t mod_type, struct str text, struct arena *a, struct plan_value *v_r);
/* The first word of a text for _text, folded as the narrative's are; rest_r: the words after it. False when there is none. */
bool plan_value_word(struct str text, struct arena *a, struct plan_value *v_r, struct str *rest_r);
bool plan_value_token(struct str text, struct arena *a, struct plan_value *v_r);
/* Several at once: :in and :not-in (the codes of a value set of the tables), :above of an address (itself and what it lies below). First of a list, NULL when
 * it cannot be read or is not known. */
struct plan_value *plan_values_in(struct str url, struct arena *a);
struct plan_value *plan_values_above(struct str text, struct arena *a);
/* The system of a token that stands for an identifier with its type; p NULL when the arena is full. */
struct str plan_typed(struct arena *a, struct str system, struct str code);
bool plan_value_date(struct str text, struct plan_value *v_r);

#endif
