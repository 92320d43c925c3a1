/* SPDX-License-Identifier: Apache-2.0 */
/* pages/notice.h: « Mon compte »: what happened to one's own account, and from where it was signed in to. */
#ifndef HYGIE_PAGES_NOTICE_H
#define HYGIE_PAGES_NOTICE_H

#include "pages/screen.h"

extern const struct page pages_notice[];
#endif
