/* SPDX-License-Identifier: Apache-2.0 */
/* pages/stay.h: a person's movements: admission, transfer, leave, exit, and what was corrected. */
#ifndef HYGIE_PAGES_STAY_H
#define HYGIE_PAGES_STAY_H

#include "front/front.h"

extern const struct page pages_stay[];
#endif
