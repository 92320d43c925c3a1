/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any answer to a fixed challenge, over any stored key: no step over the end, the same verdict twice, a verdict of a kind that the header names. What is
 * accepted has what the standard asks for, and one bit changed in what is signed makes it refused.
 * Input: 'c' or 'r', then fields, each two bytes of length and its bytes: stored key, id, client data, authenticator data or attestation, signature.
 */
#include "fuzz.h"
#include "codec/base64.h"
#include "codec/passkey_key.h"
#include "codec/seal.h"

#define FIELDS 5
enum { KEY, ID, CLIENT, AUTH, SIGNATURE };

static const struct str ORIGINS[] = { { "https://dpi.hopital.test", 24 } }, EXTENSIONS[] = { { "credProtect", 11 } };

static enum passkey_fault run(bool is_check, const struct str *field, struct passkey *made, struct passkey_used *used, struct arena *a)
{
	struct buf text[FIELDS];
	enum passkey_fault fault;
	struct problem p = { .rc = RC_OK };
	enum rc rc;
	struct passkey stored = { .id = field[ID], .key = field[KEY], .user = STR("user") };
	struct passkey_asked asked = { .challenge = STR("sixteen bytes or"), .rp_id = STR("dpi.hopital.test"), .origins = ORIGINS, .n_origins = 1,
		.attestation = PASSKEY_ATTEST_UNREAD, .extensions = EXTENSIONS, .n_extensions = 1, .ids = &stored.id, .n_ids = 1 };
	for (int i = 0; i < FIELDS; i++) {
		buf_init(&text[i], 200000);
		base64url_put(&text[i], field[i]);
	}
	if (is_check) {
		struct passkey_shown answer = { buf_view(&text[ID]), buf_view(&text[CLIENT]), buf_view(&text[AUTH]), buf_view(&text[SIGNATURE]), STR_NONE };
		rc = passkey_check(&asked, &stored, &answer, a, used, &fault, &p);
		MUST(rc == RC_OK || rc == RC_DENIED || rc == RC_LIMIT || (rc == RC_CONFLICT && fault == PASSKEY_CLONE));
	} else {
		struct passkey_made answer = { buf_view(&text[ID]), buf_view(&text[CLIENT]), buf_view(&text[AUTH]) };
		rc = passkey_register(&asked, &answer, a, made, &fault, &p);
		MUST(rc == RC_OK || rc == RC_BAD_INPUT || rc == RC_LIMIT);
	}
	MUST((rc == RC_OK) == (fault == PASSKEY_SOUND) && fault < PASSKEY__END && (rc == RC_OK || (p.rc == rc && p.why != WHY_NONE)));
	for (int i = 0; i < FIELDS; i++)
		buf_done(&text[i]);
	return fault;
}

static void check_made(const struct passkey *made)
{
	struct str rest = made->key;
	struct cbor map;
	struct passkey_key key;
	MUST(made->id.n >= PASSKEY_ID_MIN && made->id.n <= PASSKEY_ID_MAX && made->key.n <= PASSKEY_KEY_MAX);
	MUST(made->backup_eligible || !made->backed_up);
	MUST(cbor_read(&rest, &map) == RC_OK && rest.n == 0 && passkey_key_read(&map, &key) == PASSKEY_SOUND && passkey_key_point(&key) == PASSKEY_SOUND);
}

/* One bit of each field that a signature covers, at a place that the input chooses. */
static void check_bits(struct str *field, size_t seed, struct arena *a)
{
	struct passkey made;
	struct passkey_used used;
	static const int SIGNED[] = { CLIENT, AUTH, SIGNATURE };
	for (int i = 0; i < 3; i++) {
		struct str was = field[SIGNED[i]];
		char *copy = arena_bytes(a, was.n);
		MUST(copy);
		memcpy(copy, was.p, was.n);
		copy[seed % was.n] ^= (char)(1 << seed / was.n % 8);
		field[SIGNED[i]] = (struct str){ copy, was.n };
		MUST(run(true, field, &made, &used, a) != PASSKEY_SOUND);
		field[SIGNED[i]] = was;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str field[FIELDS], in = { (const char *)data, n };
	struct passkey made;
	struct passkey_used used;
	struct arena a;
	if (n < 1 || n > 60000)
		return 0;
	seal_init(); /* libsodium's start */
	bool is_check = *in.p == 'c';
	in = (struct str){ in.p + 1, in.n - 1 };
	for (int i = 0; i < FIELDS; i++) {
		size_t most = in.n < 2 ? 0 : in.n - 2, want = in.n < 2 ? 0 : (size_t)((unsigned char)in.p[0] << 8 | (unsigned char)in.p[1]), take = want < most ? want : most;
		field[i] = (struct str){ in.n < 2 ? in.p : in.p + 2, take };
		in = in.n < 2 ? in : (struct str){ in.p + 2 + take, most - take };
	}
	arena_init(&a, 8 << 20);
	enum passkey_fault fault = run(is_check, field, &made, &used, &a);
	if (fault == PASSKEY_SOUND && !is_check)
		check_made(&made);
	MUST(run(is_check, field, &made, &used, &a) == fault);
	if (fault == PASSKEY_SOUND && is_check)
		check_bits(field, n * 31 + (unsigned char)field[SIGNATURE].p[8], &a);
	arena_done(&a);
	return 0;
}
