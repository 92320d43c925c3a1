/* SPDX-License-Identifier: Apache-2.0 */
/* A WebAuthn answer that is sound is accepted, and each check of the standard refuses what breaks it, alone, in three ways or more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "authenticator.h"
#include "codec/json.h"
#include "codec/seal.h"
#include "shared.h"

static struct device ES, ED25519, RS, OTHER;

/* A scene with one thing wrong, and the check that must say so. */
#define SAYS(run, is_shown, expected, ...) do { \
		struct scene s; \
		scene_init(&s, &ES, is_shown); \
		__VA_ARGS__; \
		assert_string_equal(passkey_fault_name(run(&s)), passkey_fault_name(expected)); \
		if (s.fault != PASSKEY_SOUND) \
			assert_true(strstr(s.p.detail, passkey_fault_name(expected)) && s.p.where[0]); \
	} while (0)
#define SHOWN(expected, ...) SAYS(scene_shown, true, expected, __VA_ARGS__)
#define MADE(expected, ...) SAYS(scene_made, false, expected, __VA_ARGS__)
#define BOTH(expected, ...) do { SHOWN(expected, __VA_ARGS__); MADE(expected, __VA_ARGS__); } while (0)

/* ---- what is sound ---- */

static void a_sound_answer_of_each_kind_of_key_is_accepted(void **state)
{
	(void)state;
	const struct device *const D[] = { &ES, &ED25519, &RS };
	for (size_t i = 0; i < 3; i++) {
		struct scene s;
		scene_init(&s, D[i], false);
		assert_int_equal(scene_made(&s), PASSKEY_SOUND);
		assert_true(str_eq(s.made.id, ID) && str_is(s.made.key, buf_view(&D[i]->cose)) && s.made.user.n == 0);
		assert_int_equal(s.made.count, 7);
		assert_true(s.made.verified && !s.made.backup_eligible && !s.made.backed_up);
		assert_memory_equal(s.made.aaguid, "0123456789abcdef", 16);
		struct passkey key = s.made;
		key.user = STR(USER);
		struct scene t;
		scene_init(&t, D[i], true);
		t.stored = key;
		t.count = 8;
		assert_int_equal(scene_shown(&t), PASSKEY_SOUND);
		assert_int_equal(t.used.count, 8);
		assert_true(t.used.verified && !t.used.backed_up);
	}
}

static void what_the_house_allows_is_accepted(void **state)
{
	(void)state;
	BOTH(PASSKEY_SOUND, s.asked.verified = false; s.flags &= ~UV);
	BOTH(PASSKEY_SOUND, s.more = ",\"crossOrigin\":false,\"other\":{\"a\":[1,2,null]}");
	BOTH(PASSKEY_SOUND, s.more = ",\"tokenBinding\":{\"status\":\"supported\"}");
	BOTH(PASSKEY_SOUND, s.origins[0] = STR("https://other.test"); s.origins[1] = STR(ORIGIN); s.asked.n_origins = 2);
	BOTH(PASSKEY_SOUND, s.origin = "https:\\/\\/dpi.hopital.test"); /* a spelling of JSON, the same text */
	SHOWN(PASSKEY_SOUND, s.user = STR_NONE);
	SHOWN(PASSKEY_SOUND, s.asked.n_ids = 0);
	SHOWN(PASSKEY_SOUND, s.count = s.stored.count = 0);
	SHOWN(PASSKEY_SOUND, s.stored.count = 0; s.count = UINT32_MAX);
	SHOWN(PASSKEY_SOUND, s.flags |= BE | BS; s.stored.backup_eligible = true);
	SHOWN(PASSKEY_SOUND, s.flags |= BE; s.stored.backup_eligible = s.stored.backed_up = true);
	MADE(PASSKEY_SOUND, s.flags |= BE | BS);
	static const struct str CRED_PROTECT[] = { { "credProtect", 11 } };
	MADE(PASSKEY_SOUND, s.flags |= ED; s.tail = STR("\xa1\x6b" "credProtect\x02"); s.asked.extensions = CRED_PROTECT; s.asked.n_extensions = 1);
	MADE(PASSKEY_SOUND, s.asked.attestation = PASSKEY_ATTEST_UNREAD; s.statement = STR("\x63" "fmt\x66" "packed\x67" "attStmt\xa2\x63" "alg\x26\x63" "x5c\x81\x42" "ab"));
	MADE(PASSKEY_SOUND, s.object = STR_NONE; s.asked.attestation = PASSKEY_ATTEST_UNREAD);
	struct scene s;
	char long_id[PASSKEY_ID_MAX];
	memset(long_id, 'x', sizeof long_id);
	scene_init(&s, &ES, false);
	s.id = s.attested_id = (struct str){ long_id, sizeof long_id };
	assert_int_equal(scene_made(&s), PASSKEY_SOUND);
}

/* ---- the texts ---- */

static void a_field_has_one_spelling(void **state)
{
	(void)state;
	BOTH(PASSKEY_TEXT, s.id_text = STR("YW4gaWQgb2YgdGhpcnR5LXR3byBieXRlcywgYWxhcy4=")); /* padded */
	BOTH(PASSKEY_TEXT, s.id_text = STR("YW4gaWQgb2YgdGhpcnR5LXR3byBieXRlcywgYWxhcy5")); /* spare bits */
	BOTH(PASSKEY_TEXT, s.id_text = STR("YW4gaWQgb2YgdGhpcnR5LXR3byBieXRlcywgYWxhcy4 "));
	BOTH(PASSKEY_TEXT, s.client_text = STR("e30+"));
	SHOWN(PASSKEY_TEXT, s.auth_text = STR("/w"));
	SHOWN(PASSKEY_TEXT, s.signature_text = STR("A"));
	SHOWN(PASSKEY_TEXT, s.user_text = STR("dXNlcg=="));
	MADE(PASSKEY_TEXT, s.object_text = STR("o2Nm\n"));
}

static void a_field_has_a_size(void **state)
{
	(void)state;
	static char big[PASSKEY_ATTESTATION_MAX + 1], text[200000];
	memset(big, 'x', sizeof big);
	memset(text, 'A', sizeof text);
	struct str lots = { text, sizeof text };
	BOTH(PASSKEY_SIZE, s.id = s.stored.id = STR("fifteen bytes..")); /* shorter than an id may be */
	BOTH(PASSKEY_SIZE, s.id = s.stored.id = STR_NONE);
	BOTH(PASSKEY_SIZE, s.id = s.stored.id = ((struct str){ big, PASSKEY_ID_MAX + 1 }));
	BOTH(PASSKEY_SIZE, s.id_text = lots);
	BOTH(PASSKEY_SIZE, s.client = ((struct str){ big, PASSKEY_CLIENT_MAX + 1 }));
	BOTH(PASSKEY_SIZE, s.client_text = STR(""));
	SHOWN(PASSKEY_SIZE, s.auth = ((struct str){ big, PASSKEY_AUTH_MAX + 1 }));
	SHOWN(PASSKEY_SIZE, s.auth_text = STR(""));
	SHOWN(PASSKEY_SIZE, s.signature = ((struct str){ big, PASSKEY_SIGNATURE_MAX + 1 }));
	SHOWN(PASSKEY_SIZE, s.signature_text = STR(""));
	SHOWN(PASSKEY_SIZE, s.user = ((struct str){ big, PASSKEY_USER_MAX + 1 }));
	MADE(PASSKEY_SIZE, s.object = ((struct str){ big, sizeof big }));
	MADE(PASSKEY_SIZE, s.object_text = lots);
	MADE(PASSKEY_SIZE, s.auth = ((struct str){ big, PASSKEY_AUTH_MAX + 1 }));
	MADE(PASSKEY_SIZE, s.attested_id = STR("fifteen bytes.."));
	MADE(PASSKEY_SIZE, s.attested_id = STR(""));
	MADE(PASSKEY_SIZE, s.attested_id = ((struct str){ big, PASSKEY_ID_MAX + 1 }));
}

static void an_arena_too_small_is_said(void **state)
{
	(void)state;
	BOTH(PASSKEY_MEMORY, s.arena = 10);
	BOTH(PASSKEY_MEMORY, s.arena = 100);
	BOTH(PASSKEY_MEMORY, s.arena = 400);
	struct scene s;
	for (size_t n = 0; n < 3000; n += 7) {
		scene_init(&s, &ES, n % 2);
		s.arena = n;
		enum passkey_fault fault = n % 2 ? scene_shown(&s) : scene_made(&s);
		assert_true(fault == PASSKEY_SOUND || (fault == PASSKEY_MEMORY && s.rc == RC_LIMIT));
	}
	assert_int_equal(s.fault, PASSKEY_SOUND);
}

/* ---- whose it is ---- */

static void the_credential_is_one_that_was_asked_for(void **state)
{
	(void)state;
	SHOWN(PASSKEY_ID, s.id = STR("another id of thirty-two bytes.."));
	SHOWN(PASSKEY_ID, s.ids[0] = STR("another id of thirty-two bytes.."));
	SHOWN(PASSKEY_ID, s.stored.id = STR("another id of thirty-two bytes.."));
	SHOWN(PASSKEY_ID, s.id = STR("an id of thirty-two bytes, alas"));
	SHOWN(PASSKEY_ID, s.id = STR("an id of thirty-two bytes, alas.."); s.asked.n_ids = 0);
	MADE(PASSKEY_ID, s.id = STR("another id of thirty-two bytes.."));
	MADE(PASSKEY_ID, s.attested_id = STR("another id of thirty-two bytes.."));
	MADE(PASSKEY_ID, s.id = STR("an id of thirty-two bytes, alas"));
}

static void the_user_handle_is_the_stored_one(void **state)
{
	(void)state;
	SHOWN(PASSKEY_USER, s.user = STR("user-handle-0002"));
	SHOWN(PASSKEY_USER, s.user = STR("user-handle-000"));
	SHOWN(PASSKEY_USER, s.stored.user = STR_NONE);
	SHOWN(PASSKEY_USER, s.user = STR_NONE; s.asked.n_ids = 0);
	SHOWN(PASSKEY_USER, s.user = STR("user-handle-0002"); s.asked.n_ids = 0);
}

/* ---- client data ---- */

#define CLIENT(more) "{\"type\":\"webauthn.get\",\"challenge\":\"c2l4dGVlbiBieXRlcyBvcg\",\"origin\":\"" ORIGIN "\"" more "}"

static void client_data_is_utf8_without_a_mark(void **state)
{
	(void)state;
	SHOWN(PASSKEY_SOUND, s.client = STR(CLIENT("")));
	SHOWN(PASSKEY_UTF8, s.client = STR("\xEF\xBB\xBF" CLIENT("")));
	SHOWN(PASSKEY_UTF8, s.client = STR(CLIENT(",\"x\":\"\xff\"")));
	SHOWN(PASSKEY_UTF8, s.client = STR(CLIENT(",\"x\":\"\xc0\xaf\"")));
	BOTH(PASSKEY_UTF8, s.more = ",\"x\":\"\xed\xa0\x80\"");
}

static void client_data_is_an_object_with_its_members(void **state)
{
	(void)state;
	static const char *const BAD[] = { "[]", "null", "{", "{}", "{}{}", "\"webauthn.get\"", "{\"type\":\"webauthn.get\"}", "{\"type\":1}", "{\"type\":null,\"challenge\":\"\"}",
		"{\"type\":\"webauthn.get\",\"challenge\":7}", "{\"type\":\"webauthn.get\",\"challenge\":\"c2l4dGVlbiBieXRlcyBvcg\"}",
		"{\"type\":\"webauthn.get\",\"challenge\":\"c2l4dGVlbiBieXRlcyBvcg\",\"origin\":[\"" ORIGIN "\"]}", CLIENT(",\"crossOrigin\":\"false\""), CLIENT(",\"crossOrigin\":0"),
		CLIENT(",\"crossOrigin\":null"), CLIENT("") " x", CLIENT(",") };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		SHOWN(PASSKEY_JSON, s.client = str_of(BAD[i]));
	SHOWN(PASSKEY_JSON, s.client = ((struct str){ CLIENT("") "\0", sizeof CLIENT("") }));
	char deep[400];
	memset(deep, '[', sizeof deep);
	SHOWN(PASSKEY_JSON, s.client = ((struct str){ deep, sizeof deep }));
	MADE(PASSKEY_JSON, s.client = STR("{}"));
}

static void a_member_twice_is_refused(void **state)
{
	(void)state;
	BOTH(PASSKEY_TWICE, s.more = ",\"origin\":\"" ORIGIN "\"");
	BOTH(PASSKEY_TWICE, s.more = ",\"ch\\u0061llenge\":\"x\"");
	BOTH(PASSKEY_TWICE, s.more = ",\"other\":{\"a\":1,\"a\":1}");
	/* CBOR: in the attestation object, in the key, in its statement, in the extensions */
	MADE(PASSKEY_TWICE, s.statement = STR("\x63" "fmt\x64" "none\x63" "fmt\x64" "none"));
	MADE(PASSKEY_TWICE, s.cose = STR("\xa3\x01\x02\x03\x26\x01\x02"));
	MADE(PASSKEY_TWICE, s.asked.attestation = PASSKEY_ATTEST_UNREAD; s.statement = STR("\x63" "fmt\x66" "packed\x67" "attStmt\xa2\x61" "a\x01\x61" "a\x02"));
	BOTH(PASSKEY_TWICE, s.flags |= ED; s.tail = STR("\xa2\x61" "a\xf5\x61" "a\xf5"));
}

static void the_type_is_the_one_of_the_ceremony(void **state)
{
	(void)state;
	SHOWN(PASSKEY_TYPE, s.type = "webauthn.create");
	MADE(PASSKEY_TYPE, s.type = "webauthn.get");
	BOTH(PASSKEY_TYPE, s.type = "");
	BOTH(PASSKEY_TYPE, s.type = "Webauthn.get");
	BOTH(PASSKEY_TYPE, s.type = "webauthn.get\\u0000");
	BOTH(PASSKEY_TYPE, s.type = "payment.get");
}

static void the_challenge_is_the_one_sent(void **state)
{
	(void)state;
	BOTH(PASSKEY_CHALLENGE, s.challenge = "");
	BOTH(PASSKEY_CHALLENGE, s.challenge = "c2l4dGVlbiBieXRlcyBvcw");
	BOTH(PASSKEY_CHALLENGE, s.challenge = "c2l4dGVlbiBieXRlcyBvc");
	BOTH(PASSKEY_CHALLENGE, s.challenge = "c2l4dGVlbiBieXRlcyBvcg==");
	BOTH(PASSKEY_CHALLENGE, s.challenge = "c2l4dGVlbiBieXRlcyBvch"); /* the same bytes with spare bits */
	BOTH(PASSKEY_CHALLENGE, s.challenge = "c2l4dGVlbiBieXRlcyBvcgAA");
}

static void the_origin_is_one_of_the_list_byte_for_byte(void **state)
{
	(void)state;
	static const char *const BAD[] = { "", "http://dpi.hopital.test", "https://dpi.hopital.test/", "https://dpi.hopital.test:443", "https://DPI.hopital.test", "https://hopital.test",
		"https://x.dpi.hopital.test", "https://dpi.hopital.test.evil.test", "https://dpi.hopital.test\\u0000.evil.test", "https://dpi.hopital.test@evil.test", "null",
		"android:apk-key-hash:abc" };
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		BOTH(PASSKEY_ORIGIN, s.origin = BAD[i]);
}

static void another_sites_frame_is_refused(void **state)
{
	(void)state;
	BOTH(PASSKEY_CROSS_ORIGIN, s.more = ",\"crossOrigin\":true");
	BOTH(PASSKEY_CROSS_ORIGIN, s.more = ",\"crossOrigin\":true,\"topOrigin\":\"" ORIGIN "\"");
	BOTH(PASSKEY_CROSS_ORIGIN, s.more = ",\"topOrigin\":\"https://evil.test\"");
	BOTH(PASSKEY_CROSS_ORIGIN, s.more = ",\"crossOrigin\":false,\"topOrigin\":null");
}

static void a_token_binding_is_refused(void **state)
{
	(void)state;
	BOTH(PASSKEY_TOKEN_BINDING, s.more = ",\"tokenBinding\":{\"status\":\"present\",\"id\":\"AA\"}");
	BOTH(PASSKEY_TOKEN_BINDING, s.more = ",\"tokenBinding\":{}");
	BOTH(PASSKEY_TOKEN_BINDING, s.more = ",\"tokenBinding\":null");
	BOTH(PASSKEY_TOKEN_BINDING, s.more = ",\"tokenBinding\":\"supported\"");
}

/* ---- authenticator data ---- */

static void the_name_is_this_houses(void **state)
{
	(void)state;
	BOTH(PASSKEY_RP, s.rp = STR("hopital.test"));
	BOTH(PASSKEY_RP, s.rp = STR("evil.test"));
	BOTH(PASSKEY_RP, s.rp = STR(ORIGIN));
	BOTH(PASSKEY_RP, s.asked.rp_id = STR("hopital.test"));
}

static void somebody_is_there(void **state)
{
	(void)state;
	BOTH(PASSKEY_PRESENCE, s.flags &= ~UP);
	BOTH(PASSKEY_PRESENCE, s.flags &= ~UP; s.asked.verified = false);
	BOTH(PASSKEY_PRESENCE, s.flags &= ~(UP | UV));
}

static void the_person_is_verified_when_that_is_required(void **state)
{
	(void)state;
	BOTH(PASSKEY_VERIFICATION, s.flags &= ~UV);
	BOTH(PASSKEY_VERIFICATION, s.flags = (s.flags & ~UV) | BE);
	BOTH(PASSKEY_VERIFICATION, s.flags = (s.flags & ~UV) | 2 | 32); /* reserved bits are no verification */
}

static void the_flags_of_backup_hold_together(void **state)
{
	(void)state;
	BOTH(PASSKEY_BACKUP, s.flags |= BS);
	BOTH(PASSKEY_BACKUP, s.flags |= BS; s.stored.backup_eligible = true);
	SHOWN(PASSKEY_BACKUP, s.flags |= BE);
	SHOWN(PASSKEY_BACKUP, s.flags |= BE | BS);
	SHOWN(PASSKEY_BACKUP, s.stored.backup_eligible = true);
	MADE(PASSKEY_BACKUP, s.flags |= BS; s.asked.verified = false);
}

static void a_key_comes_with_a_registration_and_never_after(void **state)
{
	(void)state;
	MADE(PASSKEY_CREDENTIAL, s.flags &= ~AT);
	MADE(PASSKEY_CREDENTIAL, s.flags = UP | UV | ED; s.tail = STR("\xa1\x61" "a\xf5"));
	MADE(PASSKEY_CREDENTIAL, s.flags = UP | UV; s.tail = STR("0123456789abcdef"));
	SHOWN(PASSKEY_CREDENTIAL, s.flags |= AT);
	SHOWN(PASSKEY_CREDENTIAL, s.flags |= AT; s.attested_id = STR(""));
	SHOWN(PASSKEY_CREDENTIAL, s.flags |= AT | ED; s.tail = STR("\xa0"));
}

static void only_extensions_that_were_asked_for_may_come(void **state)
{
	(void)state;
	static const struct str ASKED[] = { { "credProtect", 11 } };
	BOTH(PASSKEY_EXTENSION, s.flags |= ED; s.tail = STR("\xa1\x6b" "credProtect\x02"));
	BOTH(PASSKEY_EXTENSION, s.flags |= ED; s.tail = STR("\xa0"));
	BOTH(PASSKEY_EXTENSION, s.flags |= ED; s.tail = STR("\xa1\x65" "appid\xf5"); s.asked.extensions = ASKED; s.asked.n_extensions = 1);
	BOTH(PASSKEY_EXTENSION, s.flags |= ED; s.tail = STR("\xa2\x6b" "credProtect\x02\x65" "appid\xf5"); s.asked.extensions = ASKED; s.asked.n_extensions = 1);
	BOTH(PASSKEY_CBOR, s.flags |= ED; s.tail = STR("\xa1\x01\x02"));
	BOTH(PASSKEY_CBOR, s.flags |= ED; s.tail = STR("\x80"));
	BOTH(PASSKEY_AUTH_DATA, s.flags |= ED);
}

static void authenticator_data_is_as_long_as_it_says(void **state)
{
	(void)state;
	struct scene t;
	struct buf whole;
	buf_init(&whole, 2000);
	for (int shown = 0; shown < 2; shown++) {
		scene_init(&t, &ES, shown);
		buf_reset(&whole);
		scene_auth(&t, &whole);
		for (size_t n = 1; n < whole.n; n++) {
			t.auth = (struct str){ whole.p, n };
			enum passkey_fault fault = shown ? scene_shown(&t) : scene_made(&t);
			assert_int_equal(fault, n < 55 + 32 + 1 ? PASSKEY_AUTH_DATA : PASSKEY_CBOR); /* to the end of the id, then inside the key */
		}
	}
	buf_done(&whole);
	MADE(PASSKEY_AUTH_DATA, s.attested_id = STR(ID ID); s.cose = STR_NONE);
}

static void nothing_follows_the_end(void **state)
{
	(void)state;
	BOTH(PASSKEY_TRAILING, s.tail = STR("\0"));
	BOTH(PASSKEY_TRAILING, s.tail = STR("\xa0"));
	BOTH(PASSKEY_TRAILING, s.flags |= ED; s.tail = STR("\xa1\x61" "a\xf5\x00"));
	struct buf object;
	struct scene t;
	buf_init(&object, 2000);
	scene_init(&t, &ES, false);
	struct buf auth;
	buf_init(&auth, 2000);
	scene_auth(&t, &auth);
	scene_object(&t, buf_view(&auth), &object);
	buf_ch(&object, 0);
	MADE(PASSKEY_TRAILING, s.object = buf_view(&object));
	buf_done(&object);
	buf_done(&auth);
	struct buf stored;
	buf_init(&stored, 2000);
	buf_str(&stored, buf_view(&ES.cose));
	buf_ch(&stored, 0);
	SHOWN(PASSKEY_TRAILING, s.stored.key = buf_view(&stored));
	buf_done(&stored);
}

/* ---- attestation ---- */

static void the_attestation_is_three_members_and_says_none(void **state)
{
	(void)state;
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "fmt\x66" "packed\x67" "attStmt\xa0"));
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "fmt\x64" "none\x67" "attStmt\xa1\x63" "alg\x26"));
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "fmt\x64" "none\x67" "attStmt\xa1\x63" "alg\x26"); s.asked.attestation = PASSKEY_ATTEST_UNREAD);
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "fmt\x44" "none\x67" "attStmt\xa0"));
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "fmt\x64" "none\x67" "attStmt\x80"));
	MADE(PASSKEY_ATTESTATION, s.statement = STR("\x63" "Fmt\x64" "none\x67" "attStmt\xa0"));
	MADE(PASSKEY_ATTESTATION, s.object = STR("\xa0"));
	MADE(PASSKEY_ATTESTATION, s.object = STR("\x00"));
	MADE(PASSKEY_ATTESTATION, s.object = STR("\xa3\x63" "fmt\x64" "none\x67" "attStmt\xa0\x68" "authData\x61" "x"));
	MADE(PASSKEY_ATTESTATION, s.object = STR("\xa4\x63" "fmt\x64" "none\x67" "attStmt\xa0\x68" "authData\x41" "x\x01\x02"));
}

static void cbor_has_one_form(void **state)
{
	(void)state;
	static const struct str BAD[] = {
		{ "", 0 }, { "\xa1", 1 }, { "\x1c", 1 }, { "\xff", 1 }, { "\xbf\xff", 2 }, { "\x9f\xff", 2 }, { "\x5f\x41x\xff", 4 }, { "\x7f\x61x\xff", 4 },
		{ "\x18\x17", 2 }, { "\x19\x00\xff", 3 }, { "\x1a\x00\x00\xff\xff", 5 }, { "\x1b\x00\x00\x00\x00\xff\xff\xff\xff", 9 }, { "\xb8\x01\x01\x01", 4 }, { "\x38\x00", 2 },
		{ "\x61\xff", 2 }, { "\x62\xc0\xaf", 3 }, { "\xc0\x61x", 3 }, { "\xd8\x37\x00", 3 }, { "\xf9\x00\x00", 3 }, { "\xfb\0\0\0\0\0\0\0\0", 9 }, { "\xf8\x20", 2 }, { "\xf8\x15", 2 },
		{ "\xf7", 1 }, { "\xe0", 1 }, { "\x5b\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, { "\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9 }, { "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9 },
		{ "\x44xyz", 4 }, { "\x82\x01", 2 }, { "\xa1\x01", 2 }, { "\x81\x81\x81\x81\x81\x01", 6 }, { "\xa1\x01\xa1\x01\xa1\x01\xa1\x01\xa1\x01\x01", 11 }, { "\xb8\x21", 2 },
	};
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct cbor item;
		char *exact = malloc(BAD[i].n + 1); /* of its own size, so that a checker sees a step over the end */
		memcpy(exact, BAD[i].p, BAD[i].n);
		struct str in = { exact, BAD[i].n };
		enum rc rc = cbor_read(&in, &item);
		assert_true((rc == RC_BAD_INPUT || rc == RC_LIMIT) && in.n == BAD[i].n);
		free(exact);
		if (BAD[i].n)
			MADE(PASSKEY_CBOR, s.object = BAD[i]);
		MADE(i ? PASSKEY_CBOR : PASSKEY_AUTH_DATA, s.cose = BAD[i]);
	}
	struct str in = STR("\x82\x20\xf6\x01");
	struct cbor item;
	assert_int_equal(cbor_read(&in, &item), RC_OK);
	assert_true(in.n == 1 && item.kind == CBOR_ARRAY && item.n == 2 && item.raw.n == 3 && item.inside.n == 2);
}

/* ---- keys ---- */

static struct buf cose_of(int64_t kind, int64_t algorithm, int64_t curve, struct str x, struct str y)
{
	struct buf b;
	buf_init(&b, 4000);
	put_head(&b, CBOR_MAP, y.p ? 5 : 4);
	put_int(&b, 1), put_int(&b, kind);
	put_int(&b, 3), put_int(&b, algorithm);
	if (kind == 3) {
		put_int(&b, -1), put_bytes(&b, x);
		put_int(&b, -2), put_bytes(&b, y);
		b.p[0] = (char)(CBOR_MAP << 5 | 4);
		return b;
	}
	put_int(&b, -1), put_int(&b, curve);
	put_int(&b, -2), put_bytes(&b, x);
	if (y.p)
		put_int(&b, -3), put_bytes(&b, y);
	return b;
}

static void key_says(enum passkey_fault expected, struct buf cose)
{
	MADE(expected, s.cose = buf_view(&cose));
	SHOWN(expected, s.stored.key = buf_view(&cose));
	buf_done(&cose);
}

/* Coordinates of the test's own P-256 key; the bytes lie in its COSE key: 10 bytes, x, 3 bytes, y. */
static struct str es_x(void) { return (struct str){ ES.cose.p + 10, 32 }; }
static struct str es_y(void) { return (struct str){ ES.cose.p + 45, 32 }; }

static char zeros[600];

static void an_unknown_algorithm_is_refused(void **state)
{
	(void)state;
	static const int64_t ALGORITHM[] = { -35, -36, -37, -38, -39, -258, -259, -65535, -47, 0, 7, -6, 1000 }; /* ES384 … RS1, ES256K and none at all */
	for (size_t i = 0; i < sizeof ALGORITHM / sizeof *ALGORITHM; i++)
		key_says(PASSKEY_ALGORITHM, cose_of(2, ALGORITHM[i], 1, es_x(), es_y()));
	key_says(PASSKEY_ALGORITHM, cose_of(1, -7, 1, es_x(), es_y()));  /* the kind of another */
	key_says(PASSKEY_ALGORITHM, cose_of(2, -8, 6, es_x(), STR_NONE));
	key_says(PASSKEY_ALGORITHM, cose_of(2, -257, 1, es_x(), es_y()));
	key_says(PASSKEY_ALGORITHM, cose_of(4, -7, 1, es_x(), es_y()));
	struct scene s;
	scene_init(&s, &ES, false);
	s.cose = STR("\xa2\x01\x02\x03\x38\x22");
	assert_int_equal(scene_made(&s), PASSKEY_ALGORITHM);
	assert_int_equal(s.p.why, WHY_PASSKEY_KIND);
}

static void another_curve_is_refused(void **state)
{
	(void)state;
	static const int64_t CURVE[] = { 2, 3, 6, 8, 0, -1 };
	for (size_t i = 0; i < sizeof CURVE / sizeof *CURVE; i++)
		key_says(PASSKEY_CURVE, cose_of(2, -7, CURVE[i], es_x(), es_y()));
	key_says(PASSKEY_CURVE, cose_of(1, -8, 4, es_x(), STR_NONE)); /* X25519, Ed448, P-256 */
	key_says(PASSKEY_CURVE, cose_of(1, -8, 7, es_x(), STR_NONE));
	key_says(PASSKEY_CURVE, cose_of(1, -8, 1, es_x(), STR_NONE));
}

static void a_point_off_the_curve_is_refused(void **state)
{
	(void)state;
	char y[32], x[32], n[256];
	memcpy(y, es_y().p, 32);
	y[31] ^= 1;
	key_says(PASSKEY_POINT, cose_of(2, -7, 1, es_x(), (struct str){ y, 32 }));
	key_says(PASSKEY_POINT, cose_of(2, -7, 1, es_y(), es_x()));
	key_says(PASSKEY_POINT, cose_of(2, -7, 1, (struct str){ zeros, 32 }, (struct str){ zeros, 32 }));
	memset(x, 0xFF, 32); /* not below the prime */
	key_says(PASSKEY_POINT, cose_of(2, -7, 1, (struct str){ x, 32 }, es_y()));
	/* Ed25519: the neutral element, a point of order 2 and of order 4, no point at all, a spelling above the prime */
	memset(x, 0, 32);
	key_says(PASSKEY_POINT, cose_of(1, -8, 6, (struct str){ x, 32 }, STR_NONE));
	x[0] = 1;
	key_says(PASSKEY_POINT, cose_of(1, -8, 6, (struct str){ x, 32 }, STR_NONE));
	x[0] = 2;
	key_says(PASSKEY_POINT, cose_of(1, -8, 6, (struct str){ x, 32 }, STR_NONE));
	memset(x, 0xFF, 32);
	key_says(PASSKEY_POINT, cose_of(1, -8, 6, (struct str){ x, 32 }, STR_NONE));
	/* RSA: even, short of its length, other exponents */
	memset(n, 0x81, sizeof n);
	key_says(PASSKEY_POINT, cose_of(3, -257, 0, (struct str){ n, 256 }, STR("\x03")));
	key_says(PASSKEY_POINT, cose_of(3, -257, 0, (struct str){ n, 256 }, STR("\x00\x01\x00\x01")));
	n[255] = 2;
	key_says(PASSKEY_POINT, cose_of(3, -257, 0, (struct str){ n, 256 }, STR("\x01\x00\x01")));
	n[255] = 1, n[0] = 0x7F;
	key_says(PASSKEY_POINT, cose_of(3, -257, 0, (struct str){ n, 256 }, STR("\x01\x00\x01")));
}

static void a_key_has_its_members_and_no_other(void **state)
{
	(void)state;
	struct str thirty_one = { es_x().p, 31 }, thirty_three = { zeros, 33 }, none = { zeros, 0 };
	key_says(PASSKEY_KEY, cose_of(2, -7, 1, thirty_one, es_y()));
	key_says(PASSKEY_KEY, cose_of(2, -7, 1, es_x(), thirty_three));
	key_says(PASSKEY_KEY, cose_of(2, -7, 1, none, es_y()));
	key_says(PASSKEY_KEY, cose_of(2, -7, 1, es_x(), STR_NONE));          /* no y */
	key_says(PASSKEY_KEY, cose_of(1, -8, 6, thirty_three, STR_NONE));
	key_says(PASSKEY_KEY, cose_of(1, -8, 6, es_x(), es_y()));            /* y where there is none */
	key_says(PASSKEY_KEY, cose_of(3, -257, 0, (struct str){ zeros, 255 }, STR("\x01\x00\x01")));
	key_says(PASSKEY_KEY, cose_of(3, -257, 0, (struct str){ zeros, 513 }, STR("\x01\x00\x01")));
	key_says(PASSKEY_KEY, cose_of(3, -257, 0, (struct str){ zeros, 256 }, none));
	MADE(PASSKEY_KEY, s.cose = STR("\xa0"));
	MADE(PASSKEY_KEY, s.cose = STR("\x80"));
	MADE(PASSKEY_KEY, s.cose = STR("\xa1\x01\x02"));
	MADE(PASSKEY_KEY, s.cose = STR("\xa2\x01\x02\x03\x26"));
	MADE(PASSKEY_KEY, s.cose = STR("\xa2\x01\x02\x03\x61" "x"));
	/* a compressed point (§5.8.5), and one member more: key_ops */
	struct buf b = cose_of(2, -7, 1, es_x(), STR_NONE);
	b.p[0] = (char)0xa5;
	put_int(&b, -3), buf_ch(&b, (char)0xf5);
	key_says(PASSKEY_KEY, b);
	b = cose_of(2, -7, 1, es_x(), es_y());
	b.p[0] = (char)0xa6;
	put_int(&b, 4), buf_ch(&b, (char)0x80);
	key_says(PASSKEY_KEY, b);
}

/* ---- signatures ---- */

static void a_signature_of_es256_is_der_in_its_one_spelling(void **state)
{
	(void)state;
	static const struct str BAD[] = {
		{ "\x30\x06\x02\x01\x01\x02\x01", 7 }, { "\x30\x07\x02\x01\x01\x02\x01\x01", 8 }, { "\x30\x06\x02\x01\x01\x02\x01\x01\x00", 9 }, { "\x30\x81\x06\x02\x01\x01\x02\x01\x01", 9 },
		{ "\x30\x80\x02\x01\x01\x02\x01\x01\x00\x00", 10 }, { "\x31\x06\x02\x01\x01\x02\x01\x01", 8 }, { "\x30\x06\x03\x01\x01\x02\x01\x01", 8 },
		{ "\x30\x07\x02\x02\x00\x01\x02\x01\x01", 9 }, { "\x30\x06\x02\x01\x00\x02\x01\x01", 8 }, { "\x30\x06\x02\x01\x01\x02\x01\x00", 8 }, { "\x30\x06\x02\x01\x81\x02\x01\x01", 8 },
		{ "\x30\x06\x02\x01\x01\x02\x01\x81", 8 }, { "\x30\x05\x02\x00\x02\x01\x01", 7 }, { "\x30\x08\x02\x01\x01\x02\x01\x01\x05\x00", 10 }, { "\x30\x06\x02\x02\x01\x01\x02\x01", 8 },
		{ "\x30\x07\x02\x81\x01\x01\x02\x01\x01", 9 },
	};
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
		SHOWN(PASSKEY_SIGNATURE_FORM, s.signature = BAD[i]);
	SHOWN(PASSKEY_SIGNATURE_FORM, s.signature = ((struct str){ zeros, 64 })); /* r and s without DER */
	SHOWN(PASSKEY_SIGNATURE, s.signature = STR("\x30\x06\x02\x01\x01\x02\x01\x01"));
	struct scene s;
	scene_init(&s, &ED25519, true);
	static const size_t WRONG[] = { 1, 63, 65, 72, 128 };
	for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
		s.signature = (struct str){ zeros, WRONG[i] };
		assert_int_equal(scene_shown(&s), PASSKEY_SIGNATURE_FORM);
	}
	scene_init(&s, &RS, true);
	for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
		s.signature = (struct str){ zeros, 192 + WRONG[i] + (WRONG[i] == 63) };
		assert_int_equal(scene_shown(&s), WRONG[i] == 63 ? PASSKEY_SIGNATURE : PASSKEY_SIGNATURE_FORM);
	}
}

static void a_changed_bit_anywhere_breaks_the_signature(void **state)
{
	(void)state;
	const struct device *const D[] = { &ES, &ED25519, &RS };
	for (size_t d = 0; d < 3; d++) {
		struct scene s;
		struct buf auth, sig, client, message;
		unsigned char digest[SHA_LEN];
		buf_init(&auth, 1000), buf_init(&sig, 1000), buf_init(&client, 1000), buf_init(&message, 2000);
		scene_init(&s, D[d], true);
		scene_client(&s, &client);
		scene_auth(&s, &auth);
		sha_two(digest, client.p, client.n, NULL, 0);
		buf_str(&message, buf_view(&auth));
		buf_put(&message, digest, sizeof digest);
		device_sign(D[d], buf_view(&message), &sig);
		s.auth = buf_view(&auth), s.signature = buf_view(&sig), s.client = buf_view(&client);
		assert_int_equal(scene_shown(&s), PASSKEY_SOUND);
		for (size_t bit = 0; bit < sig.n * 8; bit++) {
			sig.p[bit / 8] ^= (char)(1 << bit % 8);
			enum passkey_fault fault = scene_shown(&s);
			assert_true(fault == PASSKEY_SIGNATURE || (d == 0 && fault == PASSKEY_SIGNATURE_FORM));
			sig.p[bit / 8] ^= (char)(1 << bit % 8);
		}
		for (size_t bit = 0; bit < auth.n * 8; bit++) {
			auth.p[bit / 8] ^= (char)(1 << bit % 8);
			assert_int_not_equal(scene_shown(&s), PASSKEY_SOUND);
			auth.p[bit / 8] ^= (char)(1 << bit % 8);
		}
		for (size_t bit = 0; bit < client.n * 8; bit++) {
			client.p[bit / 8] ^= (char)(1 << bit % 8);
			assert_int_not_equal(scene_shown(&s), PASSKEY_SOUND);
			client.p[bit / 8] ^= (char)(1 << bit % 8);
		}
		buf_done(&auth), buf_done(&sig), buf_done(&client), buf_done(&message);
	}
	SHOWN(PASSKEY_SIGNATURE, s.device = &OTHER);
	SHOWN(PASSKEY_SIGNATURE, s.stored.key = buf_view(&OTHER.cose));
	SHOWN(PASSKEY_SIGNATURE_FORM, s.device = &ED25519); /* the form is of the stored key's algorithm, whatever made it */
}

/* ---- the counter ---- */

static void a_counter_that_does_not_grow_is_said_as_a_copy(void **state)
{
	(void)state;
	SHOWN(PASSKEY_CLONE, s.stored.count = 7);
	SHOWN(PASSKEY_CLONE, s.stored.count = 8);
	SHOWN(PASSKEY_CLONE, s.count = 0);
	SHOWN(PASSKEY_CLONE, s.stored.count = UINT32_MAX; s.count = UINT32_MAX);
	SHOWN(PASSKEY_SIGNATURE, s.stored.count = 8; s.device = &OTHER); /* who has not the key cannot have it closed */
	struct scene s;
	scene_init(&s, &ES, true);
	s.count = 6;
	assert_int_equal(scene_shown(&s), PASSKEY_CLONE);
	assert_int_equal(s.rc, RC_CONFLICT);
	assert_int_equal(s.p.why, WHY_PASSKEY_COPIED);
	scene_init(&s, &ES, true);
	s.flags = 0;
	assert_int_equal(scene_shown(&s), PASSKEY_PRESENCE);
	assert_int_equal(s.rc, RC_DENIED);
	assert_int_equal(s.p.why, WHY_PASSKEY_REFUSED);
}

/* ---- Wycheproof: ECDSA, P-256, SHA-256, signatures in DER ---- */

static size_t unhex(struct str hex, char *out, size_t room)
{
	struct buf b;
	buf_init(&b, room);
	assert_int_equal(hex_get(hex, &b), RC_OK);
	size_t n = b.n;
	if (n)
		memcpy(out, b.p, n);
	buf_done(&b);
	return n;
}

static void the_vectors_of_wycheproof_hold(void **state)
{
	char path[1024];
	struct arena a;
	struct problem p;
	const struct json *root;
	unsigned valid = 0, invalid = 0;
	(void)state;
	if (!shared_is("data/entrees_hostiles/wycheproof/ecdsa_secp256r1_sha256_test.json"))
		return;
	struct str text = read_whole(shared_path(path, "data/entrees_hostiles/wycheproof/ecdsa_secp256r1_sha256_test.json"));
	arena_init(&a, 64u << 20);
	assert_int_equal(json_parse(text, &a, &root, &p), RC_OK);
	for json_each(group, json_get(root, "testGroups")) {
		static char point[65], message[1 << 17], signature[1 << 17];
		assert_int_equal(unhex(json_get_text(json_get(group, "publicKey"), "uncompressed"), point, sizeof point), 65);
		struct buf cose = cose_of(2, -7, 1, (struct str){ point + 1, 32 }, (struct str){ point + 33, 32 });
		struct str in = buf_view(&cose);
		struct cbor map;
		struct passkey_key key;
		assert_int_equal(cbor_read(&in, &map), RC_OK);
		assert_int_equal(passkey_key_read(&map, &key), PASSKEY_SOUND);
		for json_each(t, json_get(group, "tests")) {
			struct str m = { message, unhex(json_get_text(t, "msg"), message, sizeof message) }, g = { signature, unhex(json_get_text(t, "sig"), signature, sizeof signature) };
			bool is_valid = str_eq(json_get_text(t, "result"), "valid");
			assert_true((passkey_key_verify(&key, m, g) == PASSKEY_SOUND) == is_valid);
			valid += is_valid;
			invalid += !is_valid;
		}
		buf_done(&cose);
	}
	assert_true(valid > 100 && invalid > 200);
	arena_done(&a);
	free_str(text);
}

static void each_fault_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < PASSKEY__END; i++)
		for (int k = 0; k < i; k++)
			assert_string_not_equal(passkey_fault_name((enum passkey_fault)i), passkey_fault_name((enum passkey_fault)k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_answer_of_each_kind_of_key_is_accepted),
		cmocka_unit_test(what_the_house_allows_is_accepted),
		cmocka_unit_test(a_field_has_one_spelling),
		cmocka_unit_test(a_field_has_a_size),
		cmocka_unit_test(an_arena_too_small_is_said),
		cmocka_unit_test(the_credential_is_one_that_was_asked_for),
		cmocka_unit_test(the_user_handle_is_the_stored_one),
		cmocka_unit_test(client_data_is_utf8_without_a_mark),
		cmocka_unit_test(client_data_is_an_object_with_its_members),
		cmocka_unit_test(a_member_twice_is_refused),
		cmocka_unit_test(the_type_is_the_one_of_the_ceremony),
		cmocka_unit_test(the_challenge_is_the_one_sent),
		cmocka_unit_test(the_origin_is_one_of_the_list_byte_for_byte),
		cmocka_unit_test(another_sites_frame_is_refused),
		cmocka_unit_test(a_token_binding_is_refused),
		cmocka_unit_test(the_name_is_this_houses),
		cmocka_unit_test(somebody_is_there),
		cmocka_unit_test(the_person_is_verified_when_that_is_required),
		cmocka_unit_test(the_flags_of_backup_hold_together),
		cmocka_unit_test(a_key_comes_with_a_registration_and_never_after),
		cmocka_unit_test(only_extensions_that_were_asked_for_may_come),
		cmocka_unit_test(authenticator_data_is_as_long_as_it_says),
		cmocka_unit_test(nothing_follows_the_end),
		cmocka_unit_test(the_attestation_is_three_members_and_says_none),
		cmocka_unit_test(cbor_has_one_form),
		cmocka_unit_test(an_unknown_algorithm_is_refused),
		cmocka_unit_test(another_curve_is_refused),
		cmocka_unit_test(a_point_off_the_curve_is_refused),
		cmocka_unit_test(a_key_has_its_members_and_no_other),
		cmocka_unit_test(a_signature_of_es256_is_der_in_its_one_spelling),
		cmocka_unit_test(a_changed_bit_anywhere_breaks_the_signature),
		cmocka_unit_test(a_counter_that_does_not_grow_is_said_as_a_copy),
		cmocka_unit_test(the_vectors_of_wycheproof_hold),
		cmocka_unit_test(each_fault_has_a_name_of_its_own),
	};
	seal_init(); /* libsodium's start */
	ES = device_new(PASSKEY_ES256);
	OTHER = device_new(PASSKEY_ES256);
	ED25519 = device_new(PASSKEY_EDDSA);
	RS = device_new(PASSKEY_RS256);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	device_done(&ES);
	device_done(&OTHER);
	device_done(&ED25519);
	device_done(&RS);
	return failed;
}
