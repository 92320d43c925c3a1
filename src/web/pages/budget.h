/* SPDX-License-Identifier: Apache-2.0 */
/* pages/budget.h: what each job may open, where accounts stand, and how far one could go. */
#ifndef HYGIE_PAGES_BUDGET_H
#define HYGIE_PAGES_BUDGET_H

#include "pages/screen.h"

extern const struct page pages_budget[];
#endif
