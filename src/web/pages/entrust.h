/* SPDX-License-Identifier: Apache-2.0 */
/* pages/entrust.h: the on-call list of a unit, and patients handed over by one colleague to another. */
#ifndef HYGIE_PAGES_ENTRUST_H
#define HYGIE_PAGES_ENTRUST_H

#include "pages/screen.h"

extern const struct page pages_entrust[];
#endif
