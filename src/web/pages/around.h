/* SPDX-License-Identifier: Apache-2.0 */
/* pages/around.h: the people around a patient, and what the patient wishes. */
#ifndef HYGIE_PAGES_AROUND_H
#define HYGIE_PAGES_AROUND_H

#include "pages/screen.h"

extern const struct page pages_around[];
#endif
