/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/jwt.c: see jwt.h. OpenSSL makes the key and does the arithmetic. Must never take a key, or where to find one, from the token itself. Start at jwt_read.
 */
#include "codec/jwt.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <string.h>

#include "codec/base64.h"

#define RSA_LEAST 256        /* bytes of the modulus: 2,048 bits (NIST SP 800-131A); RFC 7518 §3.3 asks for as much */
#define RSA_MOST 512
#define COORDINATE_MOST 48

static const struct { const char *name, *kind, *curve, *group; size_t coordinate; const char *digest; } ALGORITHM[JWT_ALGORITHMS] = {
	[JWT_ES256] = { "ES256", "EC",  "P-256", "prime256v1", 32, "SHA256" },
	[JWT_ES384] = { "ES384", "EC",  "P-384", "secp384r1",  48, "SHA384" },
	[JWT_RS256] = { "RS256", "RSA", NULL,    NULL,          0, "SHA256" },
	[JWT_RS384] = { "RS384", "RSA", NULL,    NULL,          0, "SHA384" },
};

static const char *const FAULT[JWT_FAULTS] = {
	[JWT_SOUND] = "sound", [JWT_FORM] = "form", [JWT_HEADER] = "header", [JWT_ALGORITHM] = "algorithm", [JWT_KEY] = "key", [JWT_POINT] = "point", [JWT_SIGNATURE_FORM] = "signature form",
	[JWT_SIGNATURE] = "signature", [JWT_CLAIMS] = "claims", [JWT_SUBJECT] = "subject", [JWT_AUDIENCE] = "audience", [JWT_EXPIRED] = "expired", [JWT_TOO_LONG] = "too long",
	[JWT_EARLY] = "early", [JWT_ID] = "id", [JWT_MEMORY] = "memory",
};
const char *jwt_fault_name(enum jwt_fault fault) { return (unsigned)fault < JWT_FAULTS ? FAULT[fault] : ""; }

static int algorithm_of(struct str name)
{
	for (int i = 0; i < JWT_ALGORITHMS; i++)
		if (str_eq(name, ALGORITHM[i].name))
			return i;
	return -1;
}

/* base64url without padding, in one spelling only. */
static bool bytes_of(struct str text, struct arena *a, struct str *bytes_r)
{
	struct buf b;
	buf_init(&b, JWT_TEXT);
	bool good = text.n > 0 && base64url_get(text, &b) == RC_OK && !b.failed;
	*bytes_r = good ? arena_str(a, buf_view(&b)) : STR_NONE;
	buf_done(&b);
	return good && bytes_r->p;
}

static const struct json *object_of(struct str bytes, struct arena *a)
{
	const struct json *root = NULL;
	struct problem ignored; /* no JSON: said as the form */
	return json_parse(bytes, a, &root, &ignored) == RC_OK && root->kind == JSON_OBJECT ? root : NULL;
}

/* A member that is a string of 1 to most bytes. */
static bool text_of(const struct json *o, const char *name, size_t most, struct str *v_r)
{
	const struct json *v = json_get(o, name);
	*v_r = v && v->kind == JSON_STRING ? json_text(v) : STR_NONE;
	return v_r->n > 0 && v_r->n <= most;
}

/* ---- keys ---- */

static EVP_PKEY *made_of(const char *kind, OSSL_PARAM *params)
{
	EVP_PKEY *key = NULL;
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	if (!c || EVP_PKEY_fromdata_init(c) != 1 || EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *ec_key(const struct jwt_key *k)
{
	size_t n = ALGORITHM[k->algorithm].coordinate;
	unsigned char point[1 + 2 * COORDINATE_MOST] = { 4 };
	char group[16];
	memcpy(group, ALGORITHM[k->algorithm].group, strlen(ALGORITHM[k->algorithm].group) + 1);
	memcpy(point + 1, k->x.p, n);
	memcpy(point + 1 + n, k->y.p, n);
	OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * n), OSSL_PARAM_construct_end() };
	return made_of("EC", params); /* refuses a point that is not on the curve */
}

static EVP_PKEY *rsa_key(const struct jwt_key *k)
{
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params = NULL;
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn((const unsigned char *)k->x.p, (int)k->x.n, NULL), *e = BN_bin2bn((const unsigned char *)k->y.p, (int)k->y.n, NULL);
	if (b && n && e && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 && OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, e) == 1 && (params = OSSL_PARAM_BLD_to_param(b)))
		key = made_of("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *key_of(const struct jwt_key *k)
{
	EVP_PKEY *key = ALGORITHM[k->algorithm].coordinate ? ec_key(k) : rsa_key(k);
	ERR_clear_error();
	return key;
}

enum jwt_fault jwt_key_read(struct str jwk, struct arena *a, struct jwt_key *key_r)
{
	const struct json *o = object_of(jwk, a);
	struct jwt_key k = { .algorithm = JWT_ES256 };
	struct str kind, name, curve, use, x, y;
	if (!o || json_get(o, "d") || json_get(o, "k") || !text_of(o, "kty", 8, &kind) || !text_of(o, "kid", JWT_KID_MOST, &k.kid))
		return JWT_KEY;
	if (text_of(o, "use", 16, &use) && !str_eq(use, "sig"))
		return JWT_KEY;
	bool named = text_of(o, "alg", 16, &name), ec = str_eq(kind, "EC");
	int algorithm = named ? algorithm_of(name) : ec && text_of(o, "crv", 16, &curve) ? (str_eq(curve, "P-256") ? JWT_ES256 : str_eq(curve, "P-384") ? JWT_ES384 : -1) : -1;
	if (algorithm < 0 || !str_eq(kind, ALGORITHM[algorithm].kind))
		return JWT_ALGORITHM;
	k.algorithm = (enum jwt_algorithm)algorithm;
	if (ec && (!text_of(o, "crv", 16, &curve) || !str_eq(curve, ALGORITHM[algorithm].curve)))
		return JWT_ALGORITHM;
	if (!text_of(o, ec ? "x" : "n", JWT_TEXT, &x) || !text_of(o, ec ? "y" : "e", JWT_TEXT, &y) || !bytes_of(x, a, &k.x) || !bytes_of(y, a, &k.y))
		return JWT_KEY;
	if (ec && (k.x.n != ALGORITHM[algorithm].coordinate || k.y.n != ALGORITHM[algorithm].coordinate))
		return JWT_KEY;
	if (!ec && (k.x.n < RSA_LEAST || k.x.n > RSA_MOST || !((unsigned char)k.x.p[0] & 0x80) || !((unsigned char)k.x.p[k.x.n - 1] & 1) || !str_is(k.y, STR("\x01\x00\x01"))))
		return JWT_KEY;
	EVP_PKEY *key = key_of(&k);
	EVP_PKEY_free(key);
	if (!key)
		return JWT_POINT;
	*key_r = k;
	return JWT_SOUND;
}

/* ---- tokens ---- */

/* What a header may hold: anything else says how the token wants to be read, and it is not asked. */
static enum jwt_fault header_read(const struct json *o, struct jwt *t)
{
	static const char *const NEVER[] = { "crit", "b64", "jwk", "jku", "x5u", "x5c", "zip", "cty" };
	struct str algorithm, type;
	for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
		if (json_get(o, NEVER[i]))
			return JWT_HEADER;
	if (json_get(o, "typ") && (!text_of(o, "typ", 16, &type) || !str_eq_nocase(type, "JWT")))
		return JWT_HEADER;
	if (!text_of(o, "alg", 16, &algorithm) || algorithm_of(algorithm) < 0)
		return JWT_ALGORITHM;
	t->algorithm = (enum jwt_algorithm)algorithm_of(algorithm);
	return text_of(o, "kid", JWT_KID_MOST, &t->kid) ? JWT_SOUND : JWT_HEADER;
}

/* Seconds since 1970, whole. absent: 0, where it may be. */
static bool seconds_of(const struct json *o, const char *name, bool required, uint64_t *v_r)
{
	const struct json *v = json_get(o, name);
	*v_r = 0;
	if (!v)
		return !required;
	return v->kind == JSON_NUMBER && str_u64(json_text(v), v_r) == RC_OK && *v_r < UINT64_C(1) << 40;
}

static enum jwt_fault claims_read(const struct json *o, struct jwt *t)
{
	const struct json *audience = json_get(o, "aud");
	if (audience && audience->kind == JSON_ARRAY && json_at(audience, 0) && !json_at(audience, 1))
		audience = json_at(audience, 0); /* one audience may be written as a list of it */
	t->audience = audience && audience->kind == JSON_STRING ? json_text(audience) : STR_NONE;
	if (!text_of(o, "iss", 128, &t->issuer) || !text_of(o, "sub", 128, &t->subject) || t->audience.n == 0)
		return JWT_CLAIMS;
	if (!text_of(o, "jti", JWT_ID_MOST, &t->id))
		return JWT_ID;
	return seconds_of(o, "exp", true, &t->expires_s) && seconds_of(o, "nbf", false, &t->not_before_s) && seconds_of(o, "iat", false, &t->issued_s) ? JWT_SOUND : JWT_CLAIMS;
}

enum jwt_fault jwt_read(struct str text, struct arena *a, struct jwt *t_r)
{
	struct jwt t = { .algorithm = JWT_ES256 };
	struct str rest, claims, last, bytes[2];
	if (text.n == 0 || text.n > JWT_TEXT)
		return JWT_FORM;
	struct str head = str_cut(text, '.', &rest);
	claims = rest.p ? str_cut(rest, '.', &last) : STR_NONE;
	if (!rest.p || !last.p || last.n == 0 || memchr(last.p, '.', last.n) || !bytes_of(head, a, &bytes[0]) || !bytes_of(claims, a, &bytes[1]) || !bytes_of(last, a, &t.signature))
		return JWT_FORM;
	const struct json *header = object_of(bytes[0], a), *body = object_of(bytes[1], a);
	if (!header || !body)
		return JWT_FORM;
	t.signed_part = (struct str){ text.p, head.n + 1 + claims.n };
	enum jwt_fault fault = header_read(header, &t);
	if (fault == JWT_SOUND)
		fault = claims_read(body, &t);
	if (fault == JWT_SOUND)
		*t_r = t;
	return fault;
}

/* r and s as fixed bytes (RFC 7518 §3.4) → DER for OpenSSL. The caller frees it. */
static int der_of(struct str raw, unsigned char **der_r)
{
	int n = -1, half = (int)(raw.n / 2);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn((const unsigned char *)raw.p, half, NULL), *s = BN_bin2bn((const unsigned char *)raw.p + half, half, NULL);
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		n = i2d_ECDSA_SIG(sig, der_r);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return n;
}

enum jwt_fault jwt_verify(const struct jwt *t, const struct jwt_key *key)
{
	size_t coordinate = ALGORITHM[key->algorithm].coordinate;
	unsigned char *der = NULL;
	if (t->algorithm != key->algorithm)
		return JWT_ALGORITHM;
	if (t->signature.n != (coordinate ? 2 * coordinate : key->x.n))
		return JWT_SIGNATURE_FORM;
	int n = coordinate ? der_of(t->signature, &der) : (int)t->signature.n;
	EVP_PKEY *k = n > 0 ? key_of(key) : NULL;
	EVP_MD_CTX *c = k ? EVP_MD_CTX_new() : NULL;
	enum jwt_fault fault = n > 0 && !k ? JWT_POINT : JWT_MEMORY;
	if (c && EVP_DigestVerifyInit_ex(c, NULL, ALGORITHM[key->algorithm].digest, NULL, NULL, k, NULL) == 1)
		fault = EVP_DigestVerify(c, coordinate ? der : (const unsigned char *)t->signature.p, (size_t)n, (const unsigned char *)t->signed_part.p, t->signed_part.n) == 1 ? JWT_SOUND : JWT_SIGNATURE;
	OPENSSL_free(der);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(k);
	ERR_clear_error();
	return fault;
}

enum jwt_fault jwt_judge(const struct jwt *t, struct str audience, uint64_t now_s)
{
	if (!str_is(t->issuer, t->subject))
		return JWT_SUBJECT;
	if (audience.n == 0 || !str_is(t->audience, audience))
		return JWT_AUDIENCE;
	if (t->expires_s <= now_s)
		return JWT_EXPIRED;
	if (t->expires_s > now_s + JWT_SPAN_S)
		return JWT_TOO_LONG;
	return t->not_before_s > now_s + JWT_SKEW_S || t->issued_s > now_s + JWT_SKEW_S ? JWT_EARLY : JWT_SOUND;
}
