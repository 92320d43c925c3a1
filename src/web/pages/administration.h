/* SPDX-License-Identifier: Apache-2.0 */
/* pages/administration.h: the plan of care of a patient and the round of a unit. */
#ifndef HYGIE_PAGES_ADMINISTRATION_H
#define HYGIE_PAGES_ADMINISTRATION_H

#include "pages/screen.h"

extern const struct page pages_administration[];
#endif
