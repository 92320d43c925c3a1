/* SPDX-License-Identifier: Apache-2.0 */
/* pages/home.h: see home.c. */
#ifndef HYGIE_PAGES_HOME_H
#define HYGIE_PAGES_HOME_H
#include "pages/screen.h"
extern const struct page pages_home[];
#endif
