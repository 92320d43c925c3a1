/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rows.h: named sets of rows of named text columns in one flat buffer: what views produce, what a release carries,
 * what crosses a process boundary. Built once, in order (set, row, columns), then read without parsing or copying.
 * A row may say which patient it reveals (surrogate, tier): the gate prices a release from these marks alone.
 */
#ifndef HYGIE_BASE_ROWS_H
#define HYGIE_BASE_ROWS_H

#include "base/str.h"

/* Tiers of disclosure (SECURITY 7.1). */
enum tier { TIER_NONE, TIER_MASKED /* T0 */, TIER_IDENTITY /* T1 */, TIER_CLINICAL /* T2 */, TIER_SPECIAL /* T3 */ };

/* Writer: appends to a struct buf; the sticky buf error is the only error. */
struct rows {
	struct buf out;
	size_t set_at, row_at;      /* offsets of the open set and row headers; SIZE_MAX when none */
	void *names;                /* of whoever fills it: how names are to be written (hospital/tall_name.h); NULL: as they are */
};
void rows_init(struct rows *r, size_t max_bytes);
void rows_reopen(struct rows *r, size_t max_bytes);           /* the same, in the buffer that out holds already or none (cleared) */
void rows_done(struct rows *r);
void rows_set(struct rows *r, const char *name);              /* open (and close the one before) */
void rows_row(struct rows *r);
void rows_patient(struct rows *r, int64_t patient, enum tier tier); /* of the open row; patient is a surrogate, > 0 */
void rows_col(struct rows *r, const char *name, struct str value);
void rows_col_i64(struct rows *r, const char *name, int64_t v);
void rows_end(struct rows *r);                                 /* closes what is open; afterwards out is readable */

/* Reader: over bytes that rows_check accepted (every offset verified once; a release or a frame from outside is checked before use). */
bool rows_check(struct str flat);
struct row { struct str flat; size_t at; };                    /* one row inside flat */
/* for (struct row row = rows_first(flat, "name"); row_is(row); row = rows_next(row)) */
struct row rows_first(struct str flat, const char *set);
struct row rows_next(struct row row);
bool row_is(struct row row);
size_t rows_count(struct str flat, const char *set);
struct str row_get(struct row row, const char *name);          /* empty when absent */
bool row_has(struct row row, const char *name);
int64_t row_i64(struct row row, const char *name);             /* 0 when absent */
/* All (patient, tier) marks of all sets, for pricing. */
bool rows_next_mark(struct str flat, size_t *cursor, int64_t *patient_r, enum tier *tier_r);
/* Copy flat without the patient marks' surrogates (they are internal): done by the gate before release. In place. */
void rows_unmark(char *flat, size_t n);
#endif
