/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An authenticator and a browser of the test: keys of libcrypto, CBOR written here, every part open to be made wrong. A scene says what was asked, what is
 * stored and what is answered; scene_made and scene_shown write the answer down, sign it and give the verdict.
 */
#ifndef HYGIE_TEST_AUTHENTICATOR_H
#define HYGIE_TEST_AUTHENTICATOR_H

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "codec/base64.h"
#include "codec/passkey_key.h"
#include "codec/sha.h"

enum { UP = 1, UV = 4, BE = 8, BS = 16, AT = 64, ED = 128 };
#define RP "dpi.hopital.test"
#define ORIGIN "https://dpi.hopital.test"
#define ID "an id of thirty-two bytes, alas."
#define USER "user-handle-0001"
#define CHALLENGE "sixteen bytes or"

/* ---- CBOR, the good and the bad ---- */

static inline void put_head(struct buf *b, unsigned major, uint64_t n)
{
	if (n < 24) {
		buf_ch(b, (char)(major << 5 | n));
	} else if (n < 256) {
		buf_ch(b, (char)(major << 5 | 24));
		buf_ch(b, (char)n);
	} else {
		buf_ch(b, (char)(major << 5 | 25));
		buf_ch(b, (char)(n >> 8));
		buf_ch(b, (char)n);
	}
}

static inline void put_int(struct buf *b, int64_t v) { put_head(b, v < 0, (uint64_t)(v < 0 ? -1 - v : v)); }

static inline void put_bytes(struct buf *b, struct str s)
{
	put_head(b, CBOR_BYTES, s.n);
	buf_str(b, s);
}

static inline void put_text(struct buf *b, struct str s)
{
	put_head(b, CBOR_TEXT, s.n);
	buf_str(b, s);
}

/* ---- keys ---- */

struct device { EVP_PKEY *key; enum passkey_algorithm algorithm; struct buf cose; };

static inline struct str bn_bytes(EVP_PKEY *key, const char *name, unsigned char *out, int n)
{
	BIGNUM *v = NULL;
	MUST(EVP_PKEY_get_bn_param(key, name, &v) == 1);
	MUST(BN_bn2binpad(v, out, n ? n : BN_num_bytes(v)) > 0);
	struct str s = { (const char *)out, (size_t)(n ? n : BN_num_bytes(v)) };
	BN_free(v);
	return s;
}

static inline struct device device_new(enum passkey_algorithm algorithm)
{
	struct device d = { .algorithm = algorithm };
	unsigned char x[600], y[600];
	buf_init(&d.cose, 2000);
	if (algorithm == PASSKEY_ES256) {
		d.key = EVP_EC_gen("P-256");
		put_head(&d.cose, CBOR_MAP, 5);
		put_int(&d.cose, 1), put_int(&d.cose, 2);
		put_int(&d.cose, 3), put_int(&d.cose, PASSKEY_ES256);
		put_int(&d.cose, -1), put_int(&d.cose, 1);
		put_int(&d.cose, -2), put_bytes(&d.cose, bn_bytes(d.key, OSSL_PKEY_PARAM_EC_PUB_X, x, 32));
		put_int(&d.cose, -3), put_bytes(&d.cose, bn_bytes(d.key, OSSL_PKEY_PARAM_EC_PUB_Y, y, 32));
	} else if (algorithm == PASSKEY_EDDSA) {
		size_t n = sizeof x;
		d.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		MUST(EVP_PKEY_get_raw_public_key(d.key, x, &n) == 1);
		put_head(&d.cose, CBOR_MAP, 4);
		put_int(&d.cose, 1), put_int(&d.cose, 1);
		put_int(&d.cose, 3), put_int(&d.cose, PASSKEY_EDDSA);
		put_int(&d.cose, -1), put_int(&d.cose, 6);
		put_int(&d.cose, -2), put_bytes(&d.cose, (struct str){ (const char *)x, n });
	} else {
		d.key = EVP_RSA_gen(2048);
		put_head(&d.cose, CBOR_MAP, 4);
		put_int(&d.cose, 1), put_int(&d.cose, 3);
		put_int(&d.cose, 3), put_int(&d.cose, PASSKEY_RS256);
		put_int(&d.cose, -1), put_bytes(&d.cose, bn_bytes(d.key, OSSL_PKEY_PARAM_RSA_N, x, 0));
		put_int(&d.cose, -2), put_bytes(&d.cose, bn_bytes(d.key, OSSL_PKEY_PARAM_RSA_E, y, 0));
	}
	MUST(d.key && !d.cose.failed);
	return d;
}

static inline void device_done(struct device *d)
{
	EVP_PKEY_free(d->key);
	buf_done(&d->cose);
}

static inline void device_sign(const struct device *d, struct str message, struct buf *out)
{
	unsigned char sig[600];
	size_t n = sizeof sig;
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	MUST(EVP_DigestSignInit(c, NULL, d->algorithm == PASSKEY_EDDSA ? NULL : EVP_sha256(), NULL, d->key) == 1);
	MUST(EVP_DigestSign(c, sig, &n, (const unsigned char *)message.p, message.n) == 1);
	EVP_MD_CTX_free(c);
	buf_put(out, sig, n);
}

/* ---- a scene ---- */

struct scene {
	const struct device *device;
	struct passkey_asked asked;
	struct passkey stored;
	struct str origins[2], ids[2];
	/* the answer: what is empty is made as it should be */
	const char *type, *challenge, *origin, *more;    /* client data; challenge in base64url; more: text before the closing brace */
	struct str client;                               /* client data whole */
	struct str rp;
	unsigned flags;
	uint32_t count;
	struct str id, user, attested_id, cose, tail;    /* tail: after the key, or after the counter */
	struct str auth, object, statement, signature;   /* each whole; statement: from "fmt" to the value of "attStmt", in CBOR */
	struct str id_text, client_text, auth_text, object_text, signature_text, user_text;
	size_t arena;                                    /* bytes that the check may use */
	/* verdict */
	enum passkey_fault fault;
	enum rc rc;
	struct problem p;
	struct passkey made;
	struct passkey_used used;
	unsigned char kept[PASSKEY_ID_MAX + PASSKEY_KEY_MAX];
};

/* In place: asked points into the scene. */
static inline void scene_init(struct scene *s, const struct device *d, bool is_shown)
{
	*s = (struct scene){ .device = d, .type = is_shown ? "webauthn.get" : "webauthn.create", .origin = ORIGIN, .more = "", .rp = STR(RP), .id = STR(ID),
		.attested_id = STR(ID), .cose = buf_view(&d->cose), .flags = is_shown ? UP | UV : UP | UV | AT, .count = 7, .arena = 1 << 20 };
	s->origins[0] = STR(ORIGIN);
	s->ids[0] = STR(ID);
	s->user = is_shown ? STR(USER) : STR_NONE;
	s->asked = (struct passkey_asked){ .challenge = STR(CHALLENGE), .rp_id = STR(RP), .origins = s->origins, .n_origins = 1, .verified = true, .ids = s->ids, .n_ids = 1 };
	s->stored = (struct passkey){ .id = STR(ID), .key = buf_view(&d->cose), .user = STR(USER), .count = 6 };
}

static inline void scene_client(const struct scene *s, struct buf *out)
{
	if (s->client.p) {
		buf_str(out, s->client);
		return;
	}
	buf_z(out, "{\"type\":\"");
	buf_z(out, s->type);
	buf_z(out, "\",\"challenge\":\"");
	if (s->challenge)
		buf_z(out, s->challenge);
	else
		base64url_put(out, s->asked.challenge);
	buf_z(out, "\",\"origin\":\"");
	buf_z(out, s->origin);
	buf_z(out, "\"");
	buf_z(out, s->more);
	buf_z(out, "}");
}

static inline void scene_auth(const struct scene *s, struct buf *out)
{
	unsigned char rp[SHA_LEN];
	if (s->auth.p) {
		buf_str(out, s->auth);
		return;
	}
	sha_two(rp, s->rp.p, s->rp.n, NULL, 0);
	buf_put(out, rp, sizeof rp);
	buf_ch(out, (char)s->flags);
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_ch(out, (char)(s->count >> shift));
	if (s->flags & AT) {
		buf_put(out, "0123456789abcdef", 16);
		buf_ch(out, (char)(s->attested_id.n >> 8));
		buf_ch(out, (char)s->attested_id.n);
		buf_str(out, s->attested_id);
		buf_str(out, s->cose);
	}
	buf_str(out, s->tail);
}

static inline void scene_object(const struct scene *s, struct str auth, struct buf *out)
{
	if (s->object.p) {
		buf_str(out, s->object);
		return;
	}
	put_head(out, CBOR_MAP, 3);
	if (s->statement.p) {
		buf_str(out, s->statement);
	} else {
		put_text(out, STR("fmt")), put_text(out, STR("none"));
		put_text(out, STR("attStmt")), put_head(out, CBOR_MAP, 0);
	}
	put_text(out, STR("authData")), put_bytes(out, auth);
}

static inline struct str as_text(struct str given, struct str bytes, struct buf *out)
{
	if (given.p)
		return given;
	buf_init(out, 200000);
	base64url_put(out, bytes);
	return buf_view(out);
}

#define PARTS 5
static inline enum passkey_fault scene_told(struct scene *s, struct arena *a, struct buf *part)
{
	struct passkey *m = &s->made;
	if (s->rc == RC_OK && m->id.p) { /* the arena goes, what it gave is kept */
		memcpy(s->kept, m->id.p, m->id.n);
		memcpy(s->kept + m->id.n, m->key.p, m->key.n);
		m->id.p = (const char *)s->kept;
		m->key.p = (const char *)s->kept + m->id.n;
	}
	arena_done(a);
	for (int i = 0; i < 2 * PARTS; i++)
		buf_done(&part[i]);
	MUST((s->rc == RC_OK) == (s->fault == PASSKEY_SOUND));
	return s->fault;
}

static inline enum passkey_fault scene_made(struct scene *s)
{
	struct buf part[2 * PARTS] = { { .n = 0 } };
	struct arena a;
	arena_init(&a, s->arena);
	for (int i = 0; i < PARTS; i++)
		buf_init(&part[i], 100000);
	scene_client(s, &part[0]);
	scene_auth(s, &part[1]);
	scene_object(s, buf_view(&part[1]), &part[2]);
	struct passkey_made m = { as_text(s->id_text, s->id, &part[5]), as_text(s->client_text, buf_view(&part[0]), &part[6]), as_text(s->object_text, buf_view(&part[2]), &part[7]) };
	s->rc = passkey_register(&s->asked, &m, &a, &s->made, &s->fault, &s->p);
	return scene_told(s, &a, part);
}

static inline enum passkey_fault scene_shown(struct scene *s)
{
	struct buf part[2 * PARTS] = { { .n = 0 } };
	struct arena a;
	unsigned char digest[SHA_LEN];
	arena_init(&a, s->arena);
	for (int i = 0; i < PARTS; i++)
		buf_init(&part[i], 100000);
	scene_client(s, &part[0]);
	scene_auth(s, &part[1]);
	sha_two(digest, part[0].p, part[0].n, NULL, 0);
	buf_str(&part[2], buf_view(&part[1]));
	buf_put(&part[2], digest, sizeof digest);
	if (s->signature.p)
		buf_str(&part[3], s->signature);
	else
		device_sign(s->device, buf_view(&part[2]), &part[3]);
	struct passkey_shown m = { as_text(s->id_text, s->id, &part[5]), as_text(s->client_text, buf_view(&part[0]), &part[6]), as_text(s->auth_text, buf_view(&part[1]), &part[7]),
		as_text(s->signature_text, buf_view(&part[3]), &part[8]), as_text(s->user_text, s->user, &part[9]) };
	s->rc = passkey_check(&s->asked, &s->stored, &m, &a, &s->used, &s->fault, &s->p);
	return scene_told(s, &a, part);
}

/* ---- the answer as a page sends it and the gate takes it: base64url parts joined by dots, the challenge first (gate/touch.h) ---- */

static inline void put_part(struct buf *out, struct str bytes)
{
	if (out->n > 0)
		buf_ch(out, '.');
	base64url_put(out, bytes);
}

static inline void scene_put_shown(const struct scene *s, struct buf *out)
{
	struct buf client, auth, message, signature;
	unsigned char digest[SHA_LEN];
	buf_init(&client, 100000), buf_init(&auth, 100000), buf_init(&message, 100000), buf_init(&signature, 100000);
	scene_client(s, &client);
	scene_auth(s, &auth);
	sha_two(digest, client.p, client.n, NULL, 0);
	buf_str(&message, buf_view(&auth));
	buf_put(&message, digest, sizeof digest);
	device_sign(s->device, buf_view(&message), &signature);
	put_part(out, s->asked.challenge), put_part(out, s->id), put_part(out, buf_view(&client)), put_part(out, buf_view(&auth));
	put_part(out, buf_view(&signature)), put_part(out, s->user);
	buf_done(&client), buf_done(&auth), buf_done(&message), buf_done(&signature);
}

static inline void scene_put_made(const struct scene *s, struct buf *out)
{
	struct buf client, auth, object;
	buf_init(&client, 100000), buf_init(&auth, 100000), buf_init(&object, 100000);
	scene_client(s, &client);
	scene_auth(s, &auth);
	scene_object(s, buf_view(&auth), &object);
	put_part(out, s->asked.challenge), put_part(out, s->id), put_part(out, buf_view(&client)), put_part(out, buf_view(&object));
	buf_done(&client), buf_done(&auth), buf_done(&object);
}
#endif
