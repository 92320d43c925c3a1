/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/notice.h: what a person is told: about their own account (a new key, a changed password, a sign-in from an unusual place), of books that do not agree, of a store's thresholds; and from where they signed in. It
 * stands on every screen from the next request on until it was read, and nowhere else: no mail, no message to a phone, which would be a factor by the back door
 * (ASVS 5.0, 6.3.5 to 6.3.7). Called on the writer by the acts that change a factor and by the gate. Start at notice_add and account_entered.
 */
#ifndef HYGIE_HOSPITAL_NOTICE_H
#define HYGIE_HOSPITAL_NOTICE_H

#include "base/rule.h"
#include "hospital/hospital.h"

enum notice { NOTICE_KEY_ADDED, NOTICE_KEY_REVOKED, NOTICE_PASSWORD, NOTICE_ODD, NOTICE_ELSEWHERE, NOTICE_ASLEEP, NOTICE_TWO_KEYS, NOTICE_RECOVERY_ASKED, NOTICE_RECOVERY_GIVEN,
	NOTICE_RECOVERY_USED, NOTICE_EXPORT /* to the officers: above ten thousand patients; detail: its number */,
	NOTICE_JOURNAL, NOTICE_STOCK /* to who keeps them: the count found differences; detail: how many */,
	NOTICE_LEVEL_LOW, NOTICE_LEVEL_CRITICAL, NOTICE_LEVEL_NONE /* to who works with a store: a threshold was crossed, or nothing is left (stock_level.c); detail: the store's number and the CIS */, NOTICES };
/* by: who did it, 0 the person or nobody. detail: a key's name, a place; may be empty; kept sealed. The account's epoch grows, so that open sessions say it too. */
enum rc notice_add(struct db_conn *c, uint32_t account, enum notice kind, uint32_t by, struct str detail, int64_t now_ms, struct problem *p) CHECKED;
/* The same of what one word says until it was read: nothing when one of that kind is unread. */
enum rc notice_once(struct db_conn *c, uint32_t account, enum notice kind, struct str detail, int64_t now_ms, struct problem *p) CHECKED;
/* The same of several people at once, of a store's product. No right of anybody changed by it, so no live page is read anew. */
enum rc notice_level(struct db_conn *c, const uint32_t *accounts, size_t n, enum notice kind, int64_t store, uint32_t cis, int64_t now_ms, struct problem *p) CHECKED;
/* levels_r: how many of them tell thresholds only, and nothing of the account. */
uint32_t notices_unseen(struct db_conn *c, uint32_t account, uint32_t *levels_r);

/*
 * A person was let in. Notes when and from where, and tells the person what is unusual: a network or a program that no sign-in of the last 90 days had, an account that
 * was about to be closed, fewer keys than the rule asks for. from: an address; program: what the browser calls itself.
 */
struct arrival { uint32_t account; enum factor factor; struct str from, program; const struct rules *rules; };
enum rc account_entered(struct db_conn *c, const struct arrival *a, int64_t now_ms, struct problem *p) CHECKED;
/* The network of an address: three quarters of an IPv4 address, three groups of an IPv6 one. A part of from. */
struct str network_of(struct str from);
#define SIGN_INS_MS (90 * 24 * 3600 * INT64_C(1000))
#endif
