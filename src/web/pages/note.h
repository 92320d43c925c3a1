/* SPDX-License-Identifier: Apache-2.0 */
/* pages/note.h: what physicians note of a patient. */
#ifndef HYGIE_PAGES_NOTE_H
#define HYGIE_PAGES_NOTE_H

#include "pages/screen.h"

extern const struct page pages_note[];
#endif
