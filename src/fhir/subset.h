/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/subset.h: less of a resource than is stored (search.html#summary, #elements, R4): resource JSON in, subset out, tagged SUBSETTED. Pure, driven by
 * the tables. It decides no right: what a role may not see is the gate's projection, made before. Called by the gate for reads and searches.
 * Start at subset_put.
 */
#ifndef HYGIE_FHIR_SUBSET_H
#define HYGIE_FHIR_SUBSET_H

#include "fhir/fhir.h"

enum subset_summary { SUBSET_WHOLE, SUBSET_TRUE, SUBSET_TEXT, SUBSET_DATA };
struct subset { enum subset_summary summary; const struct str *element; size_t n_elements; };

/* _summary=true|text|data|false into s. False for other values ("count" is the search's own matter). */
bool subset_summary(struct str value, struct subset *s);
/*
 * _elements: names of top-level elements, comma between, choice elements by their base ("value") or as written. Names point into value.
 * type 0: any name of element form. RC_BAD_INPUT (BAD_VALUE, "_elements") for a name that the type does not have. With _summary=true or
 * text these win; data combines with names.
 */
enum rc subset_elements(uint16_t type, struct str value, struct arena *a, struct subset *s, struct problem *p) CHECKED;
bool subset_is_whole(const struct subset *s);
/*
 * Appends the subset of a whole resource (its tree, parsed from minified text). Kept in each: resourceType, id, meta (tagged), implicitRules, mandatory
 * elements; true: what the definitions mark as summary, backbone elements inside too; text: the narrative; data: all but the narrative.
 * Text of numbers and strings stays as written. Whole: the text itself, not tagged.
 */
void subset_put(const struct subset *s, const struct json *resource, struct buf *out);
/* meta with the tag SUBSETTED added, once; meta NULL: a new one. */
void subset_meta(const struct json *meta, struct buf *out);
#endif
