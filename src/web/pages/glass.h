/* SPDX-License-Identifier: Apache-2.0 */
/* pages/glass.h: the break-glass page, drawn by its own rows and in place of any chart page that asks for a reason. */
#ifndef HYGIE_PAGES_GLASS_H
#define HYGIE_PAGES_GLASS_H

#include "pages/screen.h"

enum rc glass_draw(const struct req *rq, const struct release *rel, struct reply *out, enum why why);
extern const struct page pages_glass[];
#endif
