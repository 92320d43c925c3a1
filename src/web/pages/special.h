/* SPDX-License-Identifier: Apache-2.0 */
/* pages/special.h: labels of the house's own that mark specially sensitive data. */
#ifndef HYGIE_PAGES_SPECIAL_H
#define HYGIE_PAGES_SPECIAL_H

#include "pages/screen.h"

extern const struct page pages_special[];
#endif
