/* SPDX-License-Identifier: Apache-2.0 */
/* pages/access.h: see access.c. */
#ifndef HYGIE_PAGES_ACCESS_H
#define HYGIE_PAGES_ACCESS_H
#include "pages/screen.h"
extern const struct page pages_access[], pages_chart_access[], pages_review[];
#endif
