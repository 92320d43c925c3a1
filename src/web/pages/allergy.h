/* SPDX-License-Identifier: Apache-2.0 */
/* pages/allergy.h: what a person is allergic to: entered, ended. */
#ifndef HYGIE_PAGES_ALLERGY_H
#define HYGIE_PAGES_ALLERGY_H

#include "pages/screen.h"

extern const struct page pages_allergy[];
#endif
