/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base/rule.h: the rules of getting in that an establishment may make stricter and never looser, as const rows: what holds where nobody said more (native), the
 * strictest that is taken, and which way is stricter. What an establishment chose, and for whom, is hospital/rule.c's; what it means at a door the gate's. Start at rule_rows.
 */
#ifndef HYGIE_BASE_RULE_H
#define HYGIE_BASE_RULE_H

#include "base/str.h"

enum rule {
	RULE_KEY_ONLY,     /* 1: password and code sign nobody in */
	RULE_TWO_KEYS,     /* 1: whoever has fewer than two keys is told so at each sign-in */
	RULE_IDLE,         /* minutes without activity, then the session is locked */
	RULE_SESSION,      /* hours, then it is over */
	RULE_PASSWORD,     /* characters of a password */
	RULE_INACTIVE,     /* days without a sign-in, then the account is closed; the person and the administrator are warned at two thirds */
	RULE_EMERGENCIES,  /* a shift that a person names alone */
	RULE_BUDGET,       /* per cent of the day's and month's budgets of the ladder */
	RULES
};
struct rule_row { const char *name; /* stored, never reworded */ int32_t native, strictest; };
extern const struct rule_row rule_rows[RULES];

/* What holds for somebody. */
struct rules { int32_t at[RULES]; };
extern const struct rules rules_native;

int rule_find(struct str name);                                    /* enum rule; -1 unknown */
bool rule_is_stricter(enum rule rule, int32_t a, int32_t than);
bool rule_is_value(enum rule rule, int32_t value);                 /* between native and strictest */
void rule_narrow(struct rules *r, enum rule rule, int32_t value);  /* keeps the stricter of the two */
int32_t rule_warn_days(int32_t inactive);                          /* two thirds: 30 of 45 */
#endif
