/* SPDX-License-Identifier: Apache-2.0 */
/* pages/keyring.h: each person's passkeys, and what the script asks for before one is touched. */
#ifndef HYGIE_PAGES_KEYRING_H
#define HYGIE_PAGES_KEYRING_H

#include "pages/screen.h"

extern const struct page pages_keyring[];
#endif
