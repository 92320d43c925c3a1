/* SPDX-License-Identifier: Apache-2.0 */
/* pages/chart.h: shared by the files that draw an opened chart. */
#ifndef HYGIE_PAGES_CHART_H
#define HYGIE_PAGES_CHART_H

#include "pages/screen.h"

/* Frame, banner and heading of a chart section; then draw, then screen_end. */
void chart_begin(struct screen *sc, const struct req *rq, const struct release *rel, struct reply *out, const char *section);
extern const struct page pages_chart[], pages_timeline[], pages_treating[];
#endif
