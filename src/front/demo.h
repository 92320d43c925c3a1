/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front/demo.h: the people whom the sign-in page of a demonstration offers, with their current code, so that a newcomer is in with two clicks.
 * Exists only in a demonstration directory served on loopback; NULL everywhere else. Set by cli (from demo.json), read by the sign-in page.
 */
#ifndef HYGIE_FRONT_DEMO_H
#define HYGIE_FRONT_DEMO_H

#include "base/rights.h"
#include "base/str.h"

struct demo_person { enum role role; char login[32], password[32], totp_secret[64] /* base32 */, name[96], unit[65], unit_name[80]; };
struct demo_people { const struct demo_person *at; size_t n; };

/* The six figures valid at now (RFC 6238, 30 s, SHA-1). False when the secret cannot be read. */
bool demo_code(const struct demo_person *who, int64_t now_ms, char out[7]);
#endif
