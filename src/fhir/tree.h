/* SPDX-License-Identifier: Apache-2.0 */
/* fhir/tree.h: code systems with a hierarchy, as tables made by tools/gen_trees.py, and what lies above and below a code (:above, :below of tokens). For this room only. */
#ifndef HYGIE_FHIR_TREE_H
#define HYGIE_FHIR_TREE_H

#include "plan.h"

struct tree_group { const char *name; unsigned first, n; };
extern const char tree_cim10[][8], tree_atc[][8]; /* sorted */
extern const unsigned tree_cim10_n, tree_atc_n;
extern const struct tree_group tree_cim10_blocks[], tree_cim10_chapters[];
extern const unsigned tree_cim10_blocks_n, tree_cim10_chapters_n;

/* Codes below one that a search takes at most: some external causes of the CIM-10 have more. */
#define TREE_MOST 4000
/*
 * The values that "system|code" stands for: itself, and what lies above (or below) it in the system. A code that the table does not hold stands for itself
 * and what has it as a prefix. WHY__END: all is well. NO_HIERARCHY: no system is given, or none that has one here; TOO_BIG: over TREE_MOST; BUSY: the arena is full.
 */
enum why tree_values(struct str system, struct str code, bool above, struct arena *a, struct plan_value **first_r);
#endif
