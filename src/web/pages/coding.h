/* SPDX-License-Identifier: Apache-2.0 */
/* pages/coding.h: stays to be coded, and the codes of one. */
#ifndef HYGIE_PAGES_CODING_H
#define HYGIE_PAGES_CODING_H

#include "pages/billing.h"

extern const struct page pages_coding[];
#endif
