/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/colleague.h: is this patient somebody who works here? Told by the name alone, and by the birth date where both sides know it (SECURITY 7.4, flags of a reviewer). Nothing of it
 * is stored: names of accounts lie sealed, and are compared by keyed hashes in memory, for one view. Private to hospital. Start at colleague_is.
 */
#ifndef HYGIE_HOSPITAL_COLLEAGUE_H
#define HYGIE_HOSPITAL_COLLEAGUE_H

#include "hospital/traits.h"

/* Begins at { db, arena }; the names are read at the first question: one pass over the accounts, some thousands. */
struct colleagues { struct db_conn *db; struct arena *arena; bool read; struct colleague *at; size_t n; };
/* A family name and a given name of the patient are the name of an account, in whatever order. A namesake is told too: a mark, no proof. */
enum rc colleague_is(struct colleagues *k, const struct traits *t, bool *is_r, struct problem *p) CHECKED;
#endif
