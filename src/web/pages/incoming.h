/* SPDX-License-Identifier: Apache-2.0 */
/* pages/incoming.h: documents that come in: the work list, and a record's own page of them. */
#ifndef HYGIE_PAGES_INCOMING_H
#define HYGIE_PAGES_INCOMING_H

#include "pages/screen.h"

extern const struct page pages_incoming[], pages_incoming_patient[];
#endif
