/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/recovery.h: the way back for who has lost every key: one person asks, another of another role or unit has seen who it is and gives a one-time code, which opens
 * nothing but the making of a new key (ASVS 5.0, 6.4.1 to 6.4.6). No factor goes by it, nobody learns a password. Called by the gate (enter.c). Start at recovery_find.
 */
#ifndef HYGIE_HOSPITAL_RECOVERY_H
#define HYGIE_HOSPITAL_RECOVERY_H

#include "hospital/hospital.h"

#define RECOVERY_MS (24 * 3600 * INT64_C(1000))   /* how long one that was asked for may be given, and how long the code then opens */
#define RECOVERY_BYTES 15                          /* 120 bits, 24 characters of base32 */

/* The recovery whose code this is, of this account. RC_DENIED SIGN_IN_REFUSED: none, used, taken back, over. Costs the same for an account that is none (0). */
enum rc recovery_find(struct db_conn *c, uint32_t account, struct str code, int64_t now_ms, int64_t *no_r, struct problem *p) CHECKED;
/* On the writer: it opens once. RC_DENIED when it was used meanwhile. The person is told. */
enum rc recovery_spend(struct db_conn *c, int64_t no, uint32_t account, int64_t now_ms, struct problem *p) CHECKED;
#endif
