/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver's tests share: a call that must go well says why it did not. */
#ifndef HYGIE_TEST_DB_HOUSE_H
#define HYGIE_TEST_DB_HOUSE_H

#include "base/rc.h"
#include "test_base.h"

static inline void good_(enum rc rc, const struct problem *p, int line)
{
	if (rc != RC_OK)
		fail_msg("line %d: rc %d %s '%s'", line, rc, why_row(p->why)->name, p->detail);
}
#define OK(call) do { struct problem p_ = { 0 }; struct problem *pp = &p_; good_((call), pp, __LINE__); } while (0)

#endif
