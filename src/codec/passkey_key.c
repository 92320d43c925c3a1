/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/passkey_key.c: see passkey_key.h. OpenSSL makes the key and does the arithmetic; what OpenSSL would let pass in two spellings is refused before.
 */
#include "codec/passkey_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <sodium.h>
#include <string.h>

/* COSE: labels of the key's members and their values (RFC 9053 tables 17, 18, 19; RFC 8230 table 4). */
enum { KTY = 1, ALG = 3, CRV = -1, X = -2, Y = -3, RSA_N = -1, RSA_E = -2 };
enum { KTY_OKP = 1, KTY_EC2 = 2, KTY_RSA = 3, CRV_P256 = 1, CRV_ED25519 = 6 };

#define COORDINATE 32
#define ED25519_SIGNATURE 64
/* NIST SP 800-131A: below 2,048 bits is not accepted any more; above 4,096 no authenticator goes, and the work grows. */
#define RSA_MIN 256
#define RSA_MAX 512

/* ---- OpenSSL's keys ---- */

static EVP_PKEY *made_of(const char *kind, OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	if (!c || EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *es256_key(const struct passkey_key *k)
{
	unsigned char point[1 + 2 * COORDINATE] = { 4 }; /* SEC 1 §2.3.3: uncompressed */
	char group[] = "prime256v1";
	memcpy(point + 1, k->x.p, COORDINATE);
	memcpy(point + 1 + COORDINATE, k->y.p, COORDINATE);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point), OSSL_PARAM_construct_end() };
	return made_of("EC", params); /* refuses a point that is not on the curve */
}

static EVP_PKEY *rs256_key(const struct passkey_key *k)
{
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn((const unsigned char *)k->x.p, (int)k->x.n, NULL), *e = BN_bin2bn((const unsigned char *)k->y.p, (int)k->y.n, NULL);
	if (b && n && e && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1 &&
		(params = OSSL_PARAM_BLD_to_param(b)))
		key = made_of("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *key_of(const struct passkey_key *k)
{
	EVP_PKEY *key = k->algorithm == PASSKEY_ES256 ? es256_key(k) : k->algorithm == PASSKEY_RS256 ? rs256_key(k) :
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, (const unsigned char *)k->x.p, k->x.n);
	if (!key)
		ERR_clear_error();
	return key;
}

/* ---- COSE_Key ---- */

static bool bytes_at(const struct cbor *map, int64_t label, size_t least, size_t most, struct str *bytes_r)
{
	struct cbor v;
	if (!cbor_find_int(map, label, &v) || v.kind != CBOR_BYTES || v.inside.n < least || v.inside.n > most)
		return false;
	*bytes_r = v.inside;
	return true;
}

static bool int_at(const struct cbor *map, int64_t label, int64_t *v_r)
{
	struct cbor v;
	return cbor_find_int(map, label, &v) && cbor_int(&v, v_r);
}

static bool rsa_sound(const struct passkey_key *k)
{
	unsigned char first = (unsigned char)k->x.p[0], last = (unsigned char)k->x.p[k->x.n - 1];
	return (first & 0x80) && (last & 1) && str_is(k->y, STR("\x01\x00\x01"));
}

/* Nothing but the members that the algorithm needs: WebAuthn §6.5.1 ("MUST contain the alg parameter and MUST NOT contain any other OPTIONAL parameters");
 * EC points in full, never compressed (§5.8.5). */
enum passkey_fault passkey_key_read(const struct cbor *map, struct passkey_key *k_r)
{
	struct passkey_key k = { .algorithm = PASSKEY_ES256 };
	int64_t kind, algorithm, curve;
	if (map->kind != CBOR_MAP || !int_at(map, KTY, &kind) || !int_at(map, ALG, &algorithm))
		return PASSKEY_KEY;
	if (algorithm != PASSKEY_ES256 && algorithm != PASSKEY_EDDSA && algorithm != PASSKEY_RS256)
		return PASSKEY_ALGORITHM;
	k.algorithm = (enum passkey_algorithm)algorithm;
	if (kind != (algorithm == PASSKEY_ES256 ? KTY_EC2 : algorithm == PASSKEY_EDDSA ? KTY_OKP : KTY_RSA))
		return PASSKEY_ALGORITHM;
	if (algorithm == PASSKEY_RS256) {
		if (map->n != 4 || !bytes_at(map, RSA_N, RSA_MIN, RSA_MAX, &k.x) || !bytes_at(map, RSA_E, 1, RSA_MAX, &k.y))
			return PASSKEY_KEY;
		if (!rsa_sound(&k))
			return PASSKEY_POINT;
	} else {
		if (!int_at(map, CRV, &curve))
			return PASSKEY_KEY;
		if (curve != (algorithm == PASSKEY_ES256 ? CRV_P256 : CRV_ED25519))
			return PASSKEY_CURVE;
		if (!bytes_at(map, X, COORDINATE, COORDINATE, &k.x) || map->n != (algorithm == PASSKEY_ES256 ? 5 : 4))
			return PASSKEY_KEY;
		if (algorithm == PASSKEY_ES256 && !bytes_at(map, Y, COORDINATE, COORDINATE, &k.y))
			return PASSKEY_KEY;
		/* A key of small order has signatures that hold for many messages; OpenSSL would take it. */
		if (algorithm == PASSKEY_EDDSA && crypto_core_ed25519_is_valid_point((const unsigned char *)k.x.p) != 1)
			return PASSKEY_POINT;
	}
	*k_r = k;
	return PASSKEY_SOUND;
}

enum passkey_fault passkey_key_point(const struct passkey_key *k)
{
	EVP_PKEY *key = key_of(k);
	EVP_PKEY_free(key);
	return key ? PASSKEY_SOUND : PASSKEY_POINT;
}

/* ---- signatures ---- */

/* A positive INTEGER of at most 32 bytes in DER (X.690 §8.3.2, §10.1): no blank byte in front but the one that keeps it positive. */
static bool der_integer(struct str *in)
{
	if (in->n < 3 || in->p[0] != 2)
		return false;
	size_t n = (unsigned char)in->p[1];
	const unsigned char *v = (const unsigned char *)in->p + 2;
	if (n < 1 || n > COORDINATE + 1 || n > in->n - 2)
		return false;
	if ((v[0] & 0x80) || (n == 1 && v[0] == 0) || (n > 1 && v[0] == 0 && !(v[1] & 0x80)) || (n == COORDINATE + 1 && v[0] != 0))
		return false;
	in->p += 2 + n;
	in->n -= 2 + n;
	return true;
}

/* Ecdsa-Sig-Value of RFC 3279 §2.2.3 for P-256: SEQUENCE { r INTEGER, s INTEGER }, nothing after it. */
static bool der_signature(struct str s)
{
	if (s.n < 8 || s.p[0] != 0x30 || (unsigned char)s.p[1] >= 0x80 || (size_t)s.p[1] != s.n - 2)
		return false;
	struct str in = { s.p + 2, s.n - 2 };
	return der_integer(&in) && der_integer(&in) && in.n == 0;
}

enum passkey_fault passkey_key_verify(const struct passkey_key *k, struct str message, struct str signature)
{
	bool form = k->algorithm == PASSKEY_ES256 ? der_signature(signature) : signature.n == (k->algorithm == PASSKEY_EDDSA ? ED25519_SIGNATURE : k->x.n);
	if (!form)
		return PASSKEY_SIGNATURE_FORM;
	EVP_PKEY *key = key_of(k);
	if (!key)
		return PASSKEY_POINT;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	enum passkey_fault fault = PASSKEY_MEMORY;
	if (c && EVP_DigestVerifyInit(c, NULL, k->algorithm == PASSKEY_EDDSA ? NULL : EVP_sha256(), NULL, key) == 1)
		fault = EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n, (const unsigned char *)message.p, message.n) == 1 ? PASSKEY_SOUND : PASSKEY_SIGNATURE;
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return fault;
}
