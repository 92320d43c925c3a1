/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/passkey_key.h: the public keys of WebAuthn credentials (COSE_Key, RFC 9052 §7 and RFC 9053 §2, §7) and their signatures. Pure, no memory kept.
 * It must never accept a key or a signature in two spellings. Called by passkey.c and by tests; start at passkey_key_read.
 */
#ifndef HYGIE_CODEC_PASSKEY_KEY_H
#define HYGIE_CODEC_PASSKEY_KEY_H

#include "codec/cbor.h"
#include "codec/passkey.h"

enum passkey_algorithm { PASSKEY_ES256 = -7, PASSKEY_EDDSA = -8, PASSKEY_RS256 = -257 }; /* IANA COSE Algorithms */

struct passkey_key {
	enum passkey_algorithm algorithm;
	struct str x, y; /* ES256: the point; EdDSA: x alone; RS256: modulus and exponent */
};

/* map: as cbor_read gave it. Faults: PASSKEY_KEY, _ALGORITHM, _CURVE, _POINT. k_r points into the map's bytes. */
enum passkey_fault passkey_key_read(const struct cbor *map, struct passkey_key *k_r) CHECKED;

/* Whether a key that was read lies on its curve: for P-256 that takes the curve's arithmetic, 40 µs, which passkey_key_verify does anyway. PASSKEY_POINT. */
enum passkey_fault passkey_key_point(const struct passkey_key *k) CHECKED;

/* k: as passkey_key_read gave it. Faults: PASSKEY_SIGNATURE_FORM, PASSKEY_POINT, PASSKEY_SIGNATURE, PASSKEY_MEMORY. */
enum passkey_fault passkey_key_verify(const struct passkey_key *k, struct str message, struct str signature) CHECKED;
#endif
