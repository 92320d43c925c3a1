/* SPDX-License-Identifier: Apache-2.0 */
/* pages/recovery.h: the way back for who has lost every key: asked for by one, given by another, used once. */
#ifndef HYGIE_PAGES_RECOVERY_H
#define HYGIE_PAGES_RECOVERY_H

#include "pages/screen.h"

extern const struct page pages_recovery[];
#endif
