/* SPDX-License-Identifier: Apache-2.0 */
/* pages/pages.h: what web/pages offers to who starts the server: the screens' rows, the voice for what went wrong, and the embedded assets. */
#ifndef HYGIE_PAGES_PAGES_H
#define HYGIE_PAGES_PAGES_H

#include "front/front.h"

extern const struct page *const pages_all[];      /* arrays ended by path NULL; the list ends with NULL */
extern const struct front_voice pages_voice;
extern const struct asset pages_assets[];         /* ended by path NULL */
#endif
