/* SPDX-License-Identifier: Apache-2.0 */
/* pages/observation.h: vital signs, fluid balance, and the scores that the establishment fills in. */
#ifndef HYGIE_PAGES_OBSERVATION_H
#define HYGIE_PAGES_OBSERVATION_H

#include "pages/screen.h"

extern const struct page pages_observation[];
#endif
