/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate/touch.h: passkeys at the gate: what is asked of a browser, and what its answer proves. An answer is one text, base64url parts joined by dots:
 *   shown: CHALLENGE.ID.CLIENT_DATA.AUTHENTICATOR_DATA.SIGNATURE.USER_HANDLE      made: CHALLENGE.ID.CLIENT_DATA.ATTESTATION_OBJECT
 * The challenge is only the handle by which ours is found. User verification is required always. Called by prove.c and enter.c. Start at touch_ask and touch_check.
 */
#ifndef HYGIE_GATE_TOUCH_H
#define HYGIE_GATE_TOUCH_H

#include "gate/challenge.h"
#include "gate/decide.h"
#include "hospital/keyring.h"

#define TOUCH_TEXT 40000     /* bytes of an answer: codec/passkey.h's limits in base64url */
#define TOUCH_COPIED_ROUTE "key:copied" /* of an ALARM: a key's counter went back. Never reworded. */

/* At start: whom the house's keys are made for (gate_settings). RC_BAD_INPUT PASSKEY_SITE: not a host name, or an origin that is not of it. */
struct touch_site;
enum rc touch_site_new(const struct gate_settings *s, struct touch_site **site_r, struct problem *p) CHECKED;
void touch_site_free(struct touch_site **site);

bool touch_purpose(struct str word, enum challenge_for *what_r);   /* "sign_in", "unlock", "prove", "fresh", "register", "cosign" */
/*
 * Puts a new challenge into the answer. Set "challenge": challenge, rp_id; for a registration user (all base64url but rp_id), login, name. Set "keys": id, of the
 * account's keys, to be chosen from, or for a registration not to be made again; none for signing in and for a colleague, where nobody is named. RC_NOT_FOUND PASSKEY_OFF.
 */
enum rc touch_ask(struct look *l, enum challenge_for what, struct problem *p) CHECKED;

/* account: of the key that is named, though the answer was refused; 0 unknown. late: its challenge is none of ours, was used, or is over. copied: in the ledger already. */
struct touched { struct keyring_key key; struct passkey_used used; uint32_t account; bool late, copied; };
/* RC_DENIED PASSKEY_REFUSED whatever is wrong; an unknown or revoked key, or somebody else's, costs as much as a known one. account 0: any. The challenge is used up. */
enum rc touch_check(struct look *l, enum challenge_for what, uint32_t account, struct str shown, struct touched *t_r, struct problem *p) CHECKED;
struct str touch_id(struct str shown);                             /* the id's text: whom the throttle counts where nobody is named */
/* A new key of who is seated, its user handle too; in the desk's arena. RC_BAD_INPUT PASSKEY_KIND, PASSKEY_REFUSED. */
enum rc touch_made(struct look *l, struct str made, struct passkey *key_r, struct problem *p) CHECKED;
#endif
