/* SPDX-License-Identifier: Apache-2.0 */
/* pages/plan_blanc.h: « plan blanc », asked for by one person and signed by another. */
#ifndef HYGIE_PAGES_PLAN_BLANC_H
#define HYGIE_PAGES_PLAN_BLANC_H

#include "pages/screen.h"

extern const struct page pages_plan[];
#endif
