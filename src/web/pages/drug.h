/* SPDX-License-Identifier: Apache-2.0 */
/* pages/drug.h: medicines: found, read, held against each other. Start at pages_drug. */
#ifndef HYGIE_PAGES_DRUG_H
#define HYGIE_PAGES_DRUG_H

#include "pages/screen.h"

extern const struct page pages_drug[];
#endif
