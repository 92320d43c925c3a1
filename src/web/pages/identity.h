/* SPDX-License-Identifier: Apache-2.0 */
/* pages/identity.h: what an identity stands on, the work lists of the identity cell, its members, closed records. */
#ifndef HYGIE_PAGES_IDENTITY_H
#define HYGIE_PAGES_IDENTITY_H

#include "pages/screen.h"

extern const struct page pages_identity[];
extern const struct choice identity_proofs[];    /* documents: code, msgid; ends with NULL */
#endif
