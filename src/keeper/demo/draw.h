/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper/demo/draw.h: what the generator does with the shipped tables (hospital/reference.h): weighted choices among their rows, names as people write them.
 */
#ifndef HYGIE_KEEPER_DEMO_DRAW_H
#define HYGIE_KEEPER_DEMO_DRAW_H

#include "base/random.h"
#include "hospital/reference.h"

/* "MARIE-FRANÇOISE" to "Marie-Françoise", in place. */
void draw_title_case(struct reference *t, unsigned column);

/* A weighted choice among items: cumulative sums, binary search. */
struct draw { uint32_t *item; double *upto; size_t n; };
void draw_add(struct draw *d, uint32_t item, double weight);         /* MUST have memory: a generator, not a server */
uint32_t draw_pick(const struct draw *d, struct stream *s);
void draw_done(struct draw *d);
#endif
