/* SPDX-License-Identifier: Apache-2.0 */
/* pages/print.h: what is printed of a patient. Start at pages_print. */
#ifndef HYGIE_PAGES_PRINT_H
#define HYGIE_PAGES_PRINT_H

#include "front/front.h"

extern const struct page pages_print[];
#endif
