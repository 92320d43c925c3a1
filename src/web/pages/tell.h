/* SPDX-License-Identifier: Apache-2.0 */
/* pages/tell.h: see tell.c. */
#ifndef HYGIE_PAGES_TELL_H
#define HYGIE_PAGES_TELL_H
#include "pages/screen.h"
extern const struct page pages_tell[];
#endif
