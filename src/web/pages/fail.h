/* SPDX-License-Identifier: Apache-2.0 */
/* pages/fail.h: see fail.c. */
#ifndef HYGIE_PAGES_FAIL_H
#define HYGIE_PAGES_FAIL_H
#include "pages/pages.h"
#include "pages/screen.h"
#endif
