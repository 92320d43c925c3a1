/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/jwt.h: client assertions: a JSON Web Token (RFC 7519) in the compact form of RFC 7515, by which a machine shows that it holds the private half of a key that the
 * house knows (RFC 7523; SMART App Launch 2, asymmetric authentication). ES256, ES384, RS256, RS384; "none" and keyed hashes are no algorithms here, and the algorithm is the
 * registered key's, never the token's. Bytes in, values out; one signature at most. Called by the gate. Start at jwt_read and jwt_verify.
 */
#ifndef HYGIE_CODEC_JWT_H
#define HYGIE_CODEC_JWT_H

#include "codec/json.h"

#define JWT_TEXT 8192        /* bytes of an assertion */
#define JWT_ID_MOST 128      /* of jti */
#define JWT_KID_MOST 128
#define JWT_SPAN_S 300       /* SMART: exp at most five minutes from now */
#define JWT_SKEW_S 30        /* what clocks of two houses may differ, for nbf and iat */

enum jwt_algorithm { JWT_ES256, JWT_ES384, JWT_RS256, JWT_RS384, JWT_ALGORITHMS };
/* Why an assertion is none: for logs and tests, never for who sent it. */
enum jwt_fault { JWT_SOUND, JWT_FORM, JWT_HEADER, JWT_ALGORITHM, JWT_KEY, JWT_POINT, JWT_SIGNATURE_FORM, JWT_SIGNATURE, JWT_CLAIMS, JWT_SUBJECT, JWT_AUDIENCE, JWT_EXPIRED, JWT_TOO_LONG, JWT_EARLY, JWT_ID, JWT_MEMORY, JWT_FAULTS };
const char *jwt_fault_name(enum jwt_fault fault);

/* A public key as a JWK (RFC 7517). EC: x, y are its coordinates; RSA: modulus and exponent. In the arena. */
struct jwt_key { enum jwt_algorithm algorithm; struct str kid, x, y; };
/* JWT_KEY: a member is missing, private (a "d" is refused: the house must never have seen it), too short or of no use here. JWT_POINT: OpenSSL takes no such key. */
enum jwt_fault jwt_key_read(struct str jwk, struct arena *a, struct jwt_key *key_r);

/* An assertion as it came, nothing of it believed. signed_part: what the signature is over. */
struct jwt { enum jwt_algorithm algorithm; struct str kid, issuer, subject, audience, id, signed_part, signature; uint64_t expires_s, not_before_s, issued_s; };
enum jwt_fault jwt_read(struct str text, struct arena *a, struct jwt *t_r);
enum jwt_fault jwt_verify(const struct jwt *t, const struct jwt_key *key);
/* The claims: issuer and subject the same; the audience exactly ours; not over, and not longer than JWT_SPAN_S from now; not before its time; an id. */
enum jwt_fault jwt_judge(const struct jwt *t, struct str audience, uint64_t now_s);
#endif
