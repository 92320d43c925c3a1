/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hospital/keyring.h: the passkeys of persons: found by their credential id, added, used, revoked. What a touch proves is codec/passkey.h's to say and whether it was
 * asked for the gate's; here is only what is stored. Called by the gate (gate/touch.c, gate/enter_key.c) and by the rows of keyring.c. Start at keyring_find.
 */
#ifndef HYGIE_HOSPITAL_KEYRING_H
#define HYGIE_HOSPITAL_KEYRING_H

#include "codec/passkey.h"
#include "hospital/hospital.h"

#define KEYRING_MOST 20      /* keys of one person, those in use: two are advised, a drawer full is a mistake */
#define KEYRING_LABEL 60     /* characters of what the person calls it */
#define KEYRING_USER 32      /* bytes of a user handle: random, the account's for ever */

struct keyring_key { int64_t no; uint32_t account; bool revoked; struct passkey key; /* in the arena */ };

/* By credential id, revoked ones too: the caller refuses them like what is unknown. RC_NOT_FOUND; RC_BROKEN when it cannot be read. One probe. */
enum rc keyring_find(struct db_conn *c, struct str id, struct arena *a, struct keyring_key *key_r, struct problem *p) CHECKED;
/* Ids of the account's keys in use, in the arena; ids has room for KEYRING_MOST. user_r: its user handle, a new random one when it never had a key. */
enum rc keyring_ids(struct db_conn *c, uint32_t account, struct arena *a, struct str *ids, unsigned *n_r, unsigned char user_r[KEYRING_USER], struct problem *p) CHECKED;
/*
 * On the writer. RC_CONFLICT: PASSKEY_REFUSED (its id is known, or the account got another user handle meanwhile), KEYS_MANY. The account's epoch grows.
 */
enum rc keyring_add(struct db_conn *c, uint32_t account, const struct passkey *key, struct str label, int64_t now_ms, struct problem *p) CHECKED;
/* On the writer: the counter that a touch showed. RC_DENIED PASSKEY_REFUSED: revoked meanwhile, or the same touch twice at once. */
enum rc keyring_used(struct db_conn *c, int64_t no, const struct passkey_used *used, int64_t now_ms, struct problem *p) CHECKED;
#endif
