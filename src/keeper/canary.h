/* SPDX-License-Identifier: Apache-2.0 */
/* keeper/canary.h: the names that canary patients may have, out of the shipped tables. Called by keeper/canary.c and the demonstration. */
#ifndef HYGIE_KEEPER_CANARY_H
#define HYGIE_KEEPER_CANARY_H

#include "hospital/canary_place.h"
#include "keeper/demo/draw.h"

/* Frequent enough that nobody wonders. families: noms.tsv; given: prenoms.tsv in title case. In the arena; MUST have memory. */
void canary_names_of(const struct reference *families, const struct reference *given, struct arena *a, struct canary_names *n_r);
#endif
