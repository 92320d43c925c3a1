/* SPDX-License-Identifier: Apache-2.0 */
/* pages/export.h: exports by two people: asked for, approved, taken, with their receipt. */
#ifndef HYGIE_PAGES_EXPORT_H
#define HYGIE_PAGES_EXPORT_H

#include "pages/screen.h"

extern const struct page pages_export[];
#endif
