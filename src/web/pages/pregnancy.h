/* SPDX-License-Identifier: Apache-2.0 */
/* pages/pregnancy.h: pregnancy and breastfeeding: asked, recorded; and for how long an answer holds. */
#ifndef HYGIE_PAGES_PREGNANCY_H
#define HYGIE_PAGES_PREGNANCY_H

#include "pages/screen.h"

extern const struct page pages_pregnancy[];
#endif
