/* SPDX-License-Identifier: Apache-2.0 */
/* pages/merge.h: two records of one person: asked for, compared side by side, joined, parted. */
#ifndef HYGIE_PAGES_MERGE_H
#define HYGIE_PAGES_MERGE_H

#include "pages/screen.h"

extern const struct page pages_merge[];
#endif
