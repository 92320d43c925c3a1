/* SPDX-License-Identifier: Apache-2.0 */
/* pages/stop.h: accounts that the ladder stopped, and what the second person says of them. */
#ifndef HYGIE_PAGES_STOP_H
#define HYGIE_PAGES_STOP_H

#include "pages/screen.h"

extern const struct page pages_stop[];
#endif
