/* SPDX-License-Identifier: Apache-2.0 */
/* pages/account.h: see account.c. */
#ifndef HYGIE_PAGES_ACCOUNT_H
#define HYGIE_PAGES_ACCOUNT_H
#include "pages/screen.h"
extern const struct page pages_account[];
#endif
