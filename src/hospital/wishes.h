/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/wishes.h: advance directives and organ donation, as they were said to the house (wishes.c). Private to hospital. */
#ifndef HYGIE_HOSPITAL_WISHES_H
#define HYGIE_HOSPITAL_WISHES_H

#include "hospital/show.h"

/* Do advance directives exist by the newest word, and where are they kept (empty: not said)? In a. One search where none was ever said to exist, two else. */
enum rc wishes_directives(struct db_conn *c, struct arena *a, struct str patient, bool *exist_r, struct str *kept_r, struct problem *p) CHECKED;
#endif
