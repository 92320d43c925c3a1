/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/account_wait.h: an account that one person made waits for another, and is closed until then (ASVS 5.0, 2.3.5: rights are given by two people). Private to hospital; called by
 * account_acts.c, on the writer. Start at account_wait_put.
 */
#ifndef HYGIE_HOSPITAL_ACCOUNT_WAIT_H
#define HYGIE_HOSPITAL_ACCOUNT_WAIT_H

#include "hospital/account.h"

enum rc account_wait_put(struct db_conn *c, uint32_t account, uint32_t asked_by, int64_t now_ms, struct problem *p) CHECKED; /* closes it */
/* RC_CONFLICT ACCOUNT_WAITS while it waits, or was turned down: nobody opens it alone. The operator of the machine (who->account 0), who made none here, is another person: it waits no more. */
enum rc account_wait_ask(struct db_conn *c, uint32_t account, const struct actor *who, struct problem *p) CHECKED;
#endif
