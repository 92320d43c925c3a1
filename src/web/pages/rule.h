/* SPDX-License-Identifier: Apache-2.0 */
/* pages/rule.h: the rules of getting in, establishment by establishment. */
#ifndef HYGIE_PAGES_RULE_H
#define HYGIE_PAGES_RULE_H

#include "pages/screen.h"

extern const struct page pages_rule[];
#endif
