/* SPDX-License-Identifier: Apache-2.0 */
/* pages/journal.h: see journal.c. */
#ifndef HYGIE_PAGES_JOURNAL_H
#define HYGIE_PAGES_JOURNAL_H
#include "pages/screen.h"
extern const struct page pages_journal[];
#endif
