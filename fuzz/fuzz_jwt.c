/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any assertion over any key (RFC 7523): no step over the end, the same verdict twice; what is read lies within its bounds, and what is judged sound has what the
 * grant asks for. Of a signature that verifies, one bit changed in what is signed or in the signature makes it refused.
 * Input: two bytes of length, a key (JWK) of that length, then the assertion.
 */
#include "fuzz.h"
#include "codec/jwt.h"

#define AUDIENCE "https://dpi.hopital.test/auth/token"

static enum jwt_fault run(struct str jwk, struct str text, struct arena *a, struct jwt *t, struct jwt_key *key)
{
	enum jwt_fault fault = jwt_read(text, a, t);
	if (fault == JWT_SOUND)
		fault = jwt_key_read(jwk, a, key);
	return fault == JWT_SOUND ? jwt_verify(t, key) : fault;
}

static void check_read(struct str text, const struct jwt *t)
{
	MUST(t->kid.n > 0 && t->kid.n <= JWT_KID_MOST && t->id.n > 0 && t->id.n <= JWT_ID_MOST && t->issuer.n > 0 && t->subject.n > 0 && t->audience.n > 0 && t->signature.n > 0);
	MUST((unsigned)t->algorithm < JWT_ALGORITHMS && t->expires_s < UINT64_C(1) << 40);
	MUST(t->signed_part.p == text.p && t->signed_part.n < text.n && text.p[t->signed_part.n] == '.');
}

static void check_judged(const struct jwt *t)
{
	static const uint64_t AT[] = { 0, 1764400000, 1764400100, UINT64_C(1) << 39 };
	for (size_t i = 0; i < sizeof AT / sizeof *AT; i++) {
		enum jwt_fault fault = jwt_judge(t, STR(AUDIENCE), AT[i]);
		MUST(jwt_judge(t, STR_NONE, AT[i]) != JWT_SOUND);
		MUST(fault != JWT_SOUND || (str_is(t->issuer, t->subject) && str_eq(t->audience, AUDIENCE) && t->expires_s > AT[i] && t->expires_s <= AT[i] + JWT_SPAN_S));
	}
}

/* One character of the assertion for another of its alphabet, at a place that the input chooses. */
static void check_changed(struct str jwk, struct str text, size_t seed, struct arena *a)
{
	struct jwt t;
	struct jwt_key key;
	char *copy = arena_bytes(a, text.n);
	size_t at = seed % text.n;
	MUST(copy);
	memcpy(copy, text.p, text.n);
	copy[at] = copy[at] == 'A' ? 'B' : 'A';
	MUST(run(jwk, (struct str){ copy, text.n }, a, &t, &key) != JWT_SOUND);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena a;
	struct jwt t;
	struct jwt_key key;
	size_t most = n < 2 ? 0 : n - 2, want = n < 2 ? 0 : (size_t)data[0] << 8 | data[1], take = want < most ? want : most;
	if (n < 2)
		return 0;
	struct str jwk = { (const char *)data + 2, take }, text = { (const char *)data + 2 + take, most - take };
	arena_init(&a, 8 << 20);
	enum jwt_fault fault = jwt_read(text, &a, &t);
	MUST(jwt_fault_name(fault)[0]);
	if (fault == JWT_SOUND) {
		check_read(text, &t);
		check_judged(&t);
	}
	fault = jwt_key_read(jwk, &a, &key);
	MUST(jwt_fault_name(fault)[0] && (fault != JWT_SOUND || (key.kid.n > 0 && key.kid.n <= JWT_KID_MOST && key.x.n > 0 && key.y.n > 0)));
	fault = run(jwk, text, &a, &t, &key);
	MUST(run(jwk, text, &a, &t, &key) == fault);
	if (fault == JWT_SOUND)
		for (size_t i = 0; i < 8; i++)
			check_changed(jwk, text, n * 31 + i * text.n / 8 + i, &a);
	arena_done(&a);
	return 0;
}
