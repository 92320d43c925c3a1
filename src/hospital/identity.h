/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/identity.h: looking for a person among those known: search by birth date (identity.c), likely duplicates (duplicates.c). Private to hospital. */
#ifndef HYGIE_HOSPITAL_IDENTITY_H
#define HYGIE_HOSPITAL_IDENTITY_H

#include "hospital/known.h"

/* Masked lines are at most this many (SECURITY 7.1, tier T0). */
#define MASKED_LINES 10

struct likely { struct known k; int score; /* per cent */ bool same_date; };
/* People who may be this one: birth date equal or a slip away, names near in letters or sound. Best first. near false: the same birth date only. */
enum rc identity_likely(struct db_conn *c, struct arena *a, const struct traits *whom, bool near, int64_t now_ms, struct likely out[MASKED_LINES], unsigned *n_r, struct problem *p) CHECKED;
void identity_likely_rows(struct rows *out, const struct likely *at, unsigned n);   /* set "duplicates" */

/* How alike two identities are, per cent; 0: less than two lines of a list of duplicates would be. */
int identity_likeness(struct arena *a, const struct traits *x, const struct traits *y);

/* Name of a place of birth; RC_BAD_INPUT when the code is not known. */
enum rc place_name(struct db_conn *c, struct str code, struct arena *a, struct str *name_r, struct problem *p) CHECKED;
bool args_have(const struct args *a, const char *name);

#endif
