/* SPDX-License-Identifier: Apache-2.0 */
/* pages/help.h: see help.c. */
#ifndef HYGIE_PAGES_HELP_H
#define HYGIE_PAGES_HELP_H
#include "pages/screen.h"
extern const struct page pages_help[];
#endif
