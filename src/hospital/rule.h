/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/rule.h: the rules of base/rule.h as establishments chose them: dated rows, the newest signed one of a place counts, and of all places that somebody works in
 * the strictest. Called by the gate (a seat holds its rules), account_acts.c and password rules. Start at rules_of.
 */
#ifndef HYGIE_HOSPITAL_RULE_H
#define HYGIE_HOSPITAL_RULE_H

#include "base/rule.h"
#include "hospital/hospital.h"

/*
 * What holds for an account: of everybody's rules, and of those of each Organization from its units up to their establishment. Who works in no unit (an
 * administrator, a security officer) works for all of them, so every place's rules hold. Machines have the native ones. One range read; a read for each Organization on the
 * way only where some place has rules.
 */
enum rc rules_of(struct db_conn *c, const struct account *acc, struct arena *a, struct rules *r, struct problem *p) CHECKED;
#endif
