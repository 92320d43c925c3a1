/* SPDX-License-Identifier: Apache-2.0 */
/* pages/access.h: see access.c. */
#ifndef HYGIE_PAGES_ACCESS_H
#define HYGIE_PAGES_ACCESS_H
#include "pages/screen.h"
/* Cells of who looked at whom, from the columns of hospital's views. */
void access_cell_person(struct screen *sc, struct row row);
void access_cell_masked(struct screen *sc, struct row row);
void access_cell_relation(struct screen *sc, struct row row);
void access_cell_marks(struct screen *sc, struct row row);
const char *access_place(struct str route);                      /* a route template as people call it, as a msgid: its own name or that of the screen it belongs to; NULL: an interface's address */
const char *access_counter(struct str code);                     /* what an alarm of the ladder says, as a msgid */
extern const struct page pages_access[], pages_chart_access[], pages_review[];
#endif
