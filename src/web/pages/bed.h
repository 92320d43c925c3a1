/* SPDX-License-Identifier: Apache-2.0 */
/* pages/bed.h: the board of a unit's beds, the counts of all units, occupation over a period and who was there, the tree of places with closing, the rules of rooms, the scale of triage. */
#ifndef HYGIE_PAGES_BED_H
#define HYGIE_PAGES_BED_H

#include "front/front.h"

extern const struct page pages_bed[], pages_place[], pages_occupation[];
#endif
