/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fhir/extra.h: search parameters that a house posted as SearchParameter resources, compiled as the table of R4 is: rows beside it, never instead of it.
 * One object is made from all of them and never changes; extraction, plans and the capability statement are handed it. It holds no data of a patient.
 * It must never take an expression of a kind that the table of R4 does not use: paths, unions, [n], as() and ofType(), where(name='value'),
 * where(resolve() is Type), x.exists() and x != false. Called by record (which makes it) and, through it, by gate and api. Start at extra_check, extra_new.
 */
#ifndef HYGIE_FHIR_EXTRA_H
#define HYGIE_FHIR_EXTRA_H

#include "fhir/fhir.h"

struct fhir_extra;

/*
 * May this checked SearchParameter be stored? One that is retired may, and so may one that says of each of its bases what the table says already.
 * RC_BAD_INPUT with one finding, its element and the reason: SEARCH_EXPRESSION, SEARCH_ELEMENT, SEARCH_VALUES, SEARCH_BASE, SEARCH_KIND, SEARCH_CODE,
 * SEARCH_TAKEN, SEARCH_COMPONENT. held: what is in effect, whose parameters a composite may be made of; NULL none.
 */
enum rc extra_check(const struct json *resource, const struct fhir_extra *held, struct arena *a, struct fhir_issue **issues_r, struct problem *p) CHECKED;
/*
 * From resources in the order in which they were stored. Left out: what is retired, what extra_check refuses (another build may have taken it), what the table
 * has, and a (type, code) that one before has. Of the caller, to be freed by extra_free. RC_LIMIT: no memory, or over EXTRA_MOST rows.
 */
#define EXTRA_MOST 4000
enum rc extra_new(const struct json *const *resources, size_t n, struct fhir_extra **x_r, struct problem *p) CHECKED;
void extra_free(struct fhir_extra **x);

/* The rows without their expressions, for a process that only tells which there are (capability statement): flat, and back. RC_BAD_INPUT: not what extra_put writes. */
void extra_put(const struct fhir_extra *x, struct buf *out);
enum rc extra_take(struct str flat, struct fhir_extra **x_r, struct problem *p) CHECKED;

/* NULL everywhere: no such parameters. Numbers go on after the table's: fhir_param_count() + 1 … + extra_count(). */
uint16_t extra_count(const struct fhir_extra *x);
const struct fhir_param *extra_at(const struct fhir_extra *x, uint16_t no);
const struct fhir_param *extra_find(const struct fhir_extra *x, uint16_t type, struct str code);
/* The rows of one type: numbers [*from_r, *to_r). */
void extra_of_type(const struct fhir_extra *x, uint16_t type, uint16_t *from_r, uint16_t *to_r);
/* Of a date: is every value a date, dateTime or instant? Then it can be veiled as a date of birth is. */
bool extra_is_moments(const struct fhir_extra *x, uint16_t no);

#endif
