/* SPDX-License-Identifier: Apache-2.0 */
/* base/rule.c: see rule.h. Which way is stricter follows from the row: from native towards strictest. Must hold no row whose strictest locks everybody out. */
#include "base/rule.h"

/* Native figures: SECURITY §3.1 and 7.4; ANSSI 2021 (12 characters, 16 for administrators: hospital/password.h); 15 minutes and 12 hours: SP 800-63B-4. */
const struct rule_row rule_rows[RULES] = {
	[RULE_KEY_ONLY]    = { "key_only",     0,   1 },
	[RULE_TWO_KEYS]    = { "two_keys",     0,   1 },
	[RULE_IDLE]        = { "idle",        15,   2 },
	[RULE_SESSION]     = { "session",     12,   1 },
	[RULE_PASSWORD]    = { "password",    12,  32 },
	[RULE_INACTIVE]    = { "inactive",    45,   7 },
	[RULE_EMERGENCIES] = { "emergencies",  5,   1 },
	[RULE_BUDGET]      = { "budget",     100,  50 },
};
const struct rules rules_native = { { 0, 0, 15, 12, 12, 45, 5, 100 } };

int rule_find(struct str name)
{
	for (int i = 0; i < RULES; i++)
		if (str_eq(name, rule_rows[i].name))
			return i;
	return -1;
}

bool rule_is_stricter(enum rule rule, int32_t a, int32_t than)
{
	return rule_rows[rule].strictest > rule_rows[rule].native ? a > than : a < than;
}

bool rule_is_value(enum rule rule, int32_t value)
{
	return !rule_is_stricter(rule, rule_rows[rule].native, value) && !rule_is_stricter(rule, value, rule_rows[rule].strictest);
}

void rule_narrow(struct rules *r, enum rule rule, int32_t value)
{
	if (rule_is_stricter(rule, value, r->at[rule]))
		r->at[rule] = value;
}

int32_t rule_warn_days(int32_t inactive)
{
	return inactive * 2 / 3;
}
