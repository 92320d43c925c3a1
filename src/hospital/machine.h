/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/machine.h: machine accounts that show a key instead of keeping a secret (RFC 7523; SMART App Launch 2, backend services): the operator registers a public key, the
 * machine signs an assertion with the private half, and gets a bearer token for five minutes, with a number of patients a day of its own. Called by the gate (audience
 * at start, the act "machine_token"). Start at the rows of machine.c.
 */
#ifndef HYGIE_HOSPITAL_MACHINE_H
#define HYGIE_HOSPITAL_MACHINE_H

#include "hospital/hospital.h"

#define MACHINE_TOKEN_MS (5 * 60 * INT64_C(1000))
#define MACHINE_PATIENTS_MOST 2000   /* a day, of one machine that came by a key: what its counter keeps over a restart */
#define MACHINE_TOKEN_PATH "/auth/token"

/* Whom an assertion must be meant for: the token endpoint under each of the house's origins, parted by blanks. At start, before the first call; empty: none is taken. */
void machine_origins_set(const char *origins);
#endif
