/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/challenge.h: what a passkey is asked to sign: 32 random bytes, for one purpose, of one session where there is one, used once, for five minutes. In memory only
 * and bounded: a restart throws all away, and who asks for many loses the oldest of his own. What a caller says of a challenge is never believed: it is looked up
 * by its bytes and must have been made here. Thread-safe. Called by touch.c. Start at challenge_make.
 */
#ifndef HYGIE_GATE_CHALLENGE_H
#define HYGIE_GATE_CHALLENGE_H

#include "base/str.h"

enum challenge_for { CHALLENGE_SIGN_IN = 1, CHALLENGE_UNLOCK, CHALLENGE_PROVE, CHALLENGE_FRESH, CHALLENGE_REGISTER, CHALLENGE_COSIGN /* any key: of a colleague who stands beside */ };
#define CHALLENGE_BYTES 32               /* ASVS 5.0 6.7.2 asks for 8, WebAuthn §13.4.3 for 16 */
#define CHALLENGE_USER 32
#define CHALLENGE_MS (5 * 60 * INT64_C(1000))

struct challenges;
struct challenges *challenges_new(void);
void challenges_free(struct challenges **c);
/* session: 0 where nobody is signed in; then `from` (the address) is who asks. user: kept with it, for a registration; NULL none. */
struct challenge_wanted { enum challenge_for what; uint64_t session; struct str from; const unsigned char *user; };
void challenge_make(struct challenges *c, const struct challenge_wanted *w, int64_t now_ms, unsigned char out[CHALLENGE_BYTES]);
/*
 * Uses it up, whatever the answer. true: made here for this purpose and session, not used and not over. Of two at once one gets true. user_r: may be NULL.
 */
bool challenge_take(struct challenges *c, enum challenge_for what, uint64_t session, struct str bytes, int64_t now_ms, unsigned char user_r[CHALLENGE_USER]);
#endif
