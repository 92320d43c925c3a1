/* SPDX-License-Identifier: Apache-2.0 */
/* fhir/plan.h: what plan.c and plan_value.c share: one search value from its text. For these two files only. */
#ifndef HYGIE_FHIR_PLAN_H
#define HYGIE_FHIR_PLAN_H

#include "internal.h"

/* Cut at the first sep that no backslash hides; as str_cut. */
struct str plan_value_cut(struct str text, char sep, struct str *rest_r);
/* text: one alternative, escapes still in. mod_type: MOD_TYPE. False when it cannot be read (or the arena is full: see arena_rc). */
bool plan_value_parse(const struct fhir_param *param, enum modifier modifier, uint16_t mod_type, struct str text, struct arena *a, struct plan_value *v_r);
bool plan_value_date(struct str text, struct plan_value *v_r);

#endif
