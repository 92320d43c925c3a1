/* SPDX-License-Identifier: Apache-2.0 */
/* pages/transmission.h: targeted transmissions, care to be done, and the sheet of the unit. */
#ifndef HYGIE_PAGES_TRANSMISSION_H
#define HYGIE_PAGES_TRANSMISSION_H

#include "pages/screen.h"

extern const struct page pages_transmission[];
#endif
