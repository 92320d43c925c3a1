/* SPDX-License-Identifier: Apache-2.0 */
/* pages/cockpit.h: see cockpit.c. */
#ifndef HYGIE_PAGES_COCKPIT_H
#define HYGIE_PAGES_COCKPIT_H
#include "pages/screen.h"
extern const struct page pages_cockpit[];
#endif
