/* SPDX-License-Identifier: Apache-2.0 */
/* codec/age.c: see age.h. The layout is that of the C2SP specification "age": header lines, MAC over them, nonce, pieces. */
#include "codec/age.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "codec/base64.h"

#define FILE_KEY 16
#define NONCE 16
#define TAG 16
#define PIECE 65536
#define MAC 32

/* ---- Bech32 (BIP 173) ---- */

static uint32_t bech32_step(uint32_t sum, unsigned value)
{
	static const uint32_t G[5] = { 0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3 };
	uint32_t top = sum >> 25;
	sum = (sum & 0x1ffffff) << 5 ^ value;
	for (int i = 0; i < 5; i++)
		sum ^= top >> i & 1 ? G[i] : 0;
	return sum;
}

bool age_recipient(struct str text, unsigned char key[AGE_KEY])
{
	static const char letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
	uint32_t sum = 1, bits = 0;
	unsigned held = 0;
	size_t n = 0;
	if (text.n != AGE_RECIPIENT || !str_starts(text, STR("age1")))
		return false;
	for (int i = 0; i < 3; i++)
		sum = bech32_step(sum, (unsigned char)"age"[i] >> 5);
	sum = bech32_step(sum, 0);
	for (int i = 0; i < 3; i++)
		sum = bech32_step(sum, "age"[i] & 31);
	for (size_t i = 4; i < text.n; i++) {
		const char *at = text.p[i] ? strchr(letters, text.p[i]) : NULL;
		if (!at)
			return false;
		unsigned value = (unsigned)(at - letters);
		sum = bech32_step(sum, value);
		if (i >= text.n - 6)
			continue; /* the sum's own letters */
		bits = (bits << 5 | value) & 0xfff;
		held += 5;
		if (held < 8)
			continue;
		held -= 8;
		if (n == AGE_KEY)
			return false;
		key[n++] = (unsigned char)(bits >> held);
	}
	return sum == 1 && n == AGE_KEY && (bits & ((1u << held) - 1)) == 0;
}

/* ---- keys ---- */

static void hmac(unsigned char out[MAC], const void *key, size_t key_n, const void *text, size_t n)
{
	unsigned len = MAC;
	MUST(HMAC(EVP_sha256(), key, (int)key_n, text, n, out, &len) && len == MAC);
}

/* HKDF-SHA-256 (RFC 5869), one block of 32 bytes. */
static void derive(unsigned char out[32], const unsigned char *from, size_t from_n, const unsigned char *salt, size_t salt_n, const char *info)
{
	static const unsigned char none[32];
	unsigned char inner[32], text[64];
	size_t n = strlen(info);
	MUST(n < sizeof text);
	hmac(inner, salt_n ? salt : none, salt_n ? salt_n : sizeof none, from, from_n);
	memcpy(text, info, n);
	text[n] = 1;
	hmac(out, inner, sizeof inner, text, n + 1);
	wipe(inner, sizeof inner);
}

static bool shared_secret(unsigned char out[32], const unsigned char secret[32], const unsigned char *theirs)
{
	size_t n = 32;
	EVP_PKEY *mine = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32), *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs, 32);
	EVP_PKEY_CTX *c = mine ? EVP_PKEY_CTX_new(mine, NULL) : NULL;
	bool good = c && other && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, other) == 1 && EVP_PKEY_derive(c, out, &n) == 1 && n == 32;
	EVP_PKEY_CTX_free(c);
	EVP_PKEY_free(mine);
	EVP_PKEY_free(other);
	return good; /* all zero bytes are refused by OpenSSL: a point of low order */
}

static bool public_of(unsigned char out[32], const unsigned char secret[32])
{
	size_t n = 32;
	EVP_PKEY *k = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	bool good = k && EVP_PKEY_get_raw_public_key(k, out, &n) == 1 && n == 32;
	EVP_PKEY_free(k);
	return good;
}

/* ---- the file ---- */

struct age {
	EVP_CIPHER_CTX *c;
	unsigned char key[32], nonce[12]; /* 11 bytes: which piece, big-endian; the twelfth: the last one */
	unsigned char wait[PIECE]; size_t n;
};

static void seal(EVP_CIPHER_CTX *c, const unsigned char key[32], const unsigned char nonce[12], const unsigned char *plain, size_t n, unsigned char *out)
{
	int got = 0, last = 0;
	MUST(EVP_EncryptInit_ex(c, EVP_chacha20_poly1305(), NULL, key, nonce) == 1);
	MUST(n == 0 || EVP_EncryptUpdate(c, out, &got, plain, (int)n) == 1);
	MUST(EVP_EncryptFinal_ex(c, out + got, &last) == 1 && EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, out + n) == 1);
}

static void put_piece(struct age *a, bool last, struct buf *out)
{
	unsigned char *room = buf_room(out, a->n + TAG);
	a->nonce[11] = last;
	if (room)
		seal(a->c, a->key, a->nonce, a->wait, a->n, room);
	a->n = 0;
	for (int i = 10; i >= 0 && ++a->nonce[i] == 0; i--)
		;
}

/* base64 without its padding, as age writes it. */
static void put_base64(struct buf *out, const unsigned char *bytes, size_t n)
{
	base64_put(out, (struct str){ (const char *)bytes, n });
	while (!out->failed && out->n && out->p[out->n - 1] == '=')
		out->n--;
}

static enum rc put_header(struct age *a, const unsigned char *recipient, const unsigned char file_key[FILE_KEY], struct buf *out, struct problem *p)
{
	static const unsigned char zero[12];
	unsigned char secret[32], share[64], shared[32], wrap[32], wrapped[FILE_KEY + TAG], mac[MAC];
	size_t from = out->n;
	random_bytes(secret, sizeof secret);
	bool good = public_of(share, secret) && shared_secret(shared, secret, recipient);
	wipe(secret, sizeof secret);
	if (!good)
		return problem_set(p, RC_BAD_INPUT, WHY_EXPORT_KEY, "recipient", "X25519 gives nothing");
	memcpy(share + 32, recipient, 32);
	derive(wrap, shared, sizeof shared, share, sizeof share, "age-encryption.org/v1/X25519");
	seal(a->c, wrap, zero, file_key, FILE_KEY, wrapped);
	buf_z(out, "age-encryption.org/v1\n-> X25519 ");
	put_base64(out, share, 32);
	buf_ch(out, '\n');
	put_base64(out, wrapped, sizeof wrapped);
	buf_z(out, "\n---");
	derive(wrap, file_key, FILE_KEY, NULL, 0, "header");
	if (!out->failed)
		hmac(mac, wrap, sizeof wrap, out->p + from, out->n - from);
	wipe(wrap, sizeof wrap);
	wipe(shared, sizeof shared);
	buf_ch(out, ' ');
	put_base64(out, mac, sizeof mac);
	buf_ch(out, '\n');
	return buf_rc(out, p);
}

enum rc age_new(const unsigned char key[AGE_KEY], struct age **a_r, struct buf *out, struct problem *p)
{
	unsigned char file_key[FILE_KEY], nonce[NONCE];
	struct age *a = calloc(1, sizeof *a);
	if (!a || !(a->c = EVP_CIPHER_CTX_new())) {
		free(a);
		return problem_set(p, RC_BROKEN, WHY_BROKEN, "", "no memory to seal with");
	}
	random_bytes(file_key, sizeof file_key);
	random_bytes(nonce, sizeof nonce);
	enum rc rc = put_header(a, key, file_key, out, p);
	derive(a->key, file_key, sizeof file_key, nonce, sizeof nonce, "payload");
	wipe(file_key, sizeof file_key);
	buf_put(out, nonce, sizeof nonce);
	if (rc == RC_OK)
		rc = buf_rc(out, p);
	if (rc != RC_OK)
		age_free(&a);
	else
		*a_r = a;
	return rc;
}

enum rc age_put(struct age *a, struct str plain, struct buf *out, struct problem *p)
{
	while (plain.n > 0) {
		if (a->n == PIECE) /* more follows: it is not the last */
			put_piece(a, false, out);
		size_t n = plain.n < PIECE - a->n ? plain.n : PIECE - a->n;
		memcpy(a->wait + a->n, plain.p, n);
		a->n += n;
		plain = (struct str){ plain.p + n, plain.n - n };
	}
	return buf_rc(out, p);
}

enum rc age_end(struct age *a, struct buf *out, struct problem *p)
{
	put_piece(a, true, out);
	return buf_rc(out, p);
}

void age_free(struct age **a)
{
	if (!*a)
		return;
	EVP_CIPHER_CTX_free((*a)->c);
	wipe(*a, sizeof **a);
	free(*a);
	*a = NULL;
}
