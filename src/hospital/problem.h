/* SPDX-License-Identifier: Apache-2.0 */
/* hospital/problem.h: what others need to know of a Condition. Private to hospital. See problem.c. */
#ifndef HYGIE_HOSPITAL_PROBLEM_H
#define HYGIE_HOSPITAL_PROBLEM_H

#include "hospital/show.h"

bool problem_is_history(const struct json *condition); /* of the past, kept in mind (« antécédent »), as the house marks it */
#endif
