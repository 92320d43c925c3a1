/* SPDX-License-Identifier: Apache-2.0 */
/* pages/patient.h: search and identity forms; the search page is also drawn again when the gate could not read what was asked. */
#ifndef HYGIE_PAGES_PATIENT_H
#define HYGIE_PAGES_PATIENT_H

#include "pages/screen.h"

enum rc patient_draw_search(const struct req *rq, const struct release *rel, struct reply *out, const struct problem *p);
extern const struct page pages_patient[];
#endif
