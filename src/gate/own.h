/* SPDX-License-Identifier: Apache-2.0 */
/* gate/own.h: views of what the gate itself holds: its budgets and where each account stands. Rows like hospital's; called by decide.c, listed by call.c. Start at own_views. */
#ifndef HYGIE_GATE_OWN_H
#define HYGIE_GATE_OWN_H

#include "gate/decide.h"

struct own_view { const char *name; uint32_t may; enum reveals reveals; enum rc (*run)(struct look *l, const struct ask *k, struct rows *out, struct problem *p); };
extern const struct own_view own_views[];                 /* ended by name NULL */
const struct own_view *own_find(struct str name);
#endif
