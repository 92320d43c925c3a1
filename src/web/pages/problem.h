/* SPDX-License-Identifier: Apache-2.0 */
/* pages/problem.h: what a person has and has had: entered, ended, back again. */
#ifndef HYGIE_PAGES_PROBLEM_H
#define HYGIE_PAGES_PROBLEM_H

#include "pages/screen.h"

extern const struct page pages_problem[];
#endif
