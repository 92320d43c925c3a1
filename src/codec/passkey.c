/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/passkey.c: see passkey.h. Each check is a line that returns its fault; none is skipped because another held. Paragraphs are those of
 * https://www.w3.org/TR/2021/REC-webauthn-2-20210408/. Keys and signatures are in passkey_key.c. Start at passkey_check.
 */
#include "codec/passkey_key.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/sha.h"

#include <string.h>

/* Authenticator data, §6.1: hash of the name, flags, counter; then with AT §6.5.1: AAGUID, length of the id, id, key; then with ED a map. */
#define AUTH_MIN (SHA_LEN + 1 + 4)
#define AAGUID 16
enum { FLAG_UP = 1 << 0, FLAG_UV = 1 << 2, FLAG_BE = 1 << 3, FLAG_BS = 1 << 4, FLAG_AT = 1 << 6, FLAG_ED = 1 << 7 }; /* BE and BS: Level 3 §6.1.3 */

/* ---- how a fault is told ---- */

/* where: the member of the browser's answer. Public sentences do not tell which check failed. */
static const struct { const char *name, *where; enum why why; } FAULTS[PASSKEY__END] = {
	[PASSKEY_SOUND]          = { "sound",          "",                  WHY_NONE },
	[PASSKEY_TEXT]           = { "text",           "credential",        WHY_PASSKEY_REFUSED },
	[PASSKEY_SIZE]           = { "size",           "credential",        WHY_PASSKEY_REFUSED },
	[PASSKEY_ID]             = { "id",             "id",                WHY_PASSKEY_REFUSED },
	[PASSKEY_USER]           = { "user",           "userHandle",        WHY_PASSKEY_REFUSED },
	[PASSKEY_UTF8]           = { "utf8",           "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_JSON]           = { "json",           "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_TWICE]          = { "twice",          "credential",        WHY_PASSKEY_REFUSED },
	[PASSKEY_TYPE]           = { "type",           "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_CHALLENGE]      = { "challenge",      "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_ORIGIN]         = { "origin",         "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_CROSS_ORIGIN]   = { "cross_origin",   "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_TOKEN_BINDING]  = { "token_binding",  "clientDataJSON",    WHY_PASSKEY_REFUSED },
	[PASSKEY_CBOR]           = { "cbor",           "attestationObject", WHY_PASSKEY_REFUSED },
	[PASSKEY_TRAILING]       = { "trailing",       "credential",        WHY_PASSKEY_REFUSED },
	[PASSKEY_ATTESTATION]    = { "attestation",    "attestationObject", WHY_PASSKEY_REFUSED },
	[PASSKEY_AUTH_DATA]      = { "auth_data",      "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_RP]             = { "rp",             "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_PRESENCE]       = { "presence",       "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_VERIFICATION]   = { "verification",   "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_BACKUP]         = { "backup",         "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_CREDENTIAL]     = { "credential",     "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_EXTENSION]      = { "extension",      "authenticatorData", WHY_PASSKEY_REFUSED },
	[PASSKEY_ALGORITHM]      = { "algorithm",      "attestationObject", WHY_PASSKEY_KIND },
	[PASSKEY_CURVE]          = { "curve",          "attestationObject", WHY_PASSKEY_KIND },
	[PASSKEY_POINT]          = { "point",          "attestationObject", WHY_PASSKEY_REFUSED },
	[PASSKEY_KEY]            = { "key",            "attestationObject", WHY_PASSKEY_REFUSED },
	[PASSKEY_SIGNATURE_FORM] = { "signature_form", "signature",         WHY_PASSKEY_REFUSED },
	[PASSKEY_SIGNATURE]      = { "signature",      "signature",         WHY_PASSKEY_REFUSED },
	[PASSKEY_CLONE]          = { "clone",          "authenticatorData", WHY_PASSKEY_COPIED },
	[PASSKEY_MEMORY]         = { "memory",         "credential",        WHY_TOO_BIG },
};

const char *passkey_fault_name(enum passkey_fault fault) { return FAULTS[fault].name; }

static enum rc told(enum passkey_fault fault, enum rc refusal, enum passkey_fault *fault_r, struct problem *p)
{
	if (fault_r)
		*fault_r = fault;
	if (fault == PASSKEY_SOUND)
		return RC_OK;
	enum rc rc = fault == PASSKEY_MEMORY ? RC_LIMIT : fault == PASSKEY_CLONE ? RC_CONFLICT : refusal;
	return problem_set(p, rc, FAULTS[fault].why, FAULTS[fault].where, "passkey: %s", FAULTS[fault].name);
}

/* ---- the texts ---- */

static enum passkey_fault bytes_of(struct str text, size_t least, size_t most, struct arena *a, struct str *bytes_r)
{
	if (text.n > (most * 4 + 2) / 3)
		return PASSKEY_SIZE;
	struct buf b;
	buf_init(&b, most);
	enum rc rc = base64url_get(text, &b);
	enum passkey_fault fault = rc == RC_BAD_INPUT ? PASSKEY_TEXT : rc != RC_OK ? PASSKEY_MEMORY : b.n < least ? PASSKEY_SIZE : PASSKEY_SOUND;
	if (fault == PASSKEY_SOUND) {
		*bytes_r = arena_str(a, buf_view(&b));
		fault = b.n && !bytes_r->p ? PASSKEY_MEMORY : PASSKEY_SOUND;
	}
	buf_done(&b);
	return fault;
}

/* ---- client data: §5.8.1, §7.1 steps 5 to 10, §7.2 steps 9 to 14 ---- */

static enum passkey_fault text_member(const struct json *root, const char *name, struct str *text_r)
{
	const struct json *v = json_get(root, name);
	if (!v || v->kind != JSON_STRING)
		return PASSKEY_JSON;
	*text_r = v->text;
	return PASSKEY_SOUND;
}

static bool challenge_same(struct str given, struct str sent)
{
	struct buf b;
	buf_init(&b, sent.n * 2 + 4);
	base64url_put(&b, sent);
	bool same = !b.failed && given.n == b.n && same_bytes(given.p, b.p, b.n);
	buf_done(&b);
	return same;
}

static bool is_one_of(struct str s, const struct str *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (str_is(s, list[i]))
			return true;
	return false;
}

static enum passkey_fault client_read(struct str text, struct arena *a, const struct json **root_r)
{
	struct problem p = { .why = WHY_NONE };
	if (str_starts(text, STR("\xEF\xBB\xBF"))) /* step 5 lets a decoder drop it; then two byte strings would be one text */
		return PASSKEY_UTF8;
	enum rc rc = json_parse(text, a, root_r, &p);
	if (rc == RC_LIMIT)
		return PASSKEY_MEMORY;
	if (rc != RC_OK)
		return p.why == WHY_DUPLICATE_KEY ? PASSKEY_TWICE : p.why == WHY_BAD_UTF8 ? PASSKEY_UTF8 : PASSKEY_JSON;
	return (*root_r)->kind == JSON_OBJECT ? PASSKEY_SOUND : PASSKEY_JSON;
}

static enum passkey_fault client_check(const struct passkey_asked *asked, struct str text, const char *type, struct arena *a)
{
	const struct json *root, *v;
	struct str given;
	enum passkey_fault fault = client_read(text, a, &root);
	if (fault != PASSKEY_SOUND || (fault = text_member(root, "type", &given)) != PASSKEY_SOUND)
		return fault;
	if (!str_eq(given, type))
		return PASSKEY_TYPE;
	if ((fault = text_member(root, "challenge", &given)) != PASSKEY_SOUND)
		return fault;
	if (!challenge_same(given, asked->challenge))
		return PASSKEY_CHALLENGE;
	if ((fault = text_member(root, "origin", &given)) != PASSKEY_SOUND)
		return fault;
	if (!is_one_of(given, asked->origins, asked->n_origins))
		return PASSKEY_ORIGIN;
	/* The house's pages stand in nobody's frame. topOrigin: Level 3 §5.8.1, sent with crossOrigin true only. */
	if ((v = json_get(root, "crossOrigin")) && v->kind != JSON_FALSE)
		return v->kind == JSON_TRUE ? PASSKEY_CROSS_ORIGIN : PASSKEY_JSON;
	if (json_get(root, "topOrigin"))
		return PASSKEY_CROSS_ORIGIN;
	/* "present" names a binding that no server here has; "supported" says that there is none. */
	if ((v = json_get(root, "tokenBinding")) && !str_eq(json_get_text(v, "status"), "supported"))
		return PASSKEY_TOKEN_BINDING;
	return PASSKEY_SOUND;
}

/* ---- authenticator data: §6.1, §7.1 steps 13 to 18, §7.2 steps 15 to 18 ---- */

struct auth { unsigned flags; uint32_t count; struct str rest; /* after the counter */ };

static uint32_t u32(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static enum passkey_fault auth_check(const struct passkey_asked *asked, struct str data, struct auth *auth_r)
{
	unsigned char rp[SHA_LEN];
	if (data.n < AUTH_MIN)
		return PASSKEY_AUTH_DATA;
	sha_two(rp, asked->rp_id.p, asked->rp_id.n, NULL, 0);
	if (!same_bytes(rp, data.p, SHA_LEN))
		return PASSKEY_RP;
	unsigned flags = (unsigned char)data.p[SHA_LEN];
	if (!(flags & FLAG_UP))
		return PASSKEY_PRESENCE;
	if (asked->verified && !(flags & FLAG_UV))
		return PASSKEY_VERIFICATION;
	if ((flags & FLAG_BS) && !(flags & FLAG_BE))
		return PASSKEY_BACKUP;
	*auth_r = (struct auth){ flags, u32(data.p + SHA_LEN + 1), { data.p + AUTH_MIN, data.n - AUTH_MIN } };
	return PASSKEY_SOUND;
}

static enum passkey_fault cbor_fault(enum rc rc) { return rc == RC_OK ? PASSKEY_SOUND : rc == RC_CONFLICT ? PASSKEY_TWICE : PASSKEY_CBOR; }

/* Outputs of extensions, signed by the authenticator (§9.5), then the end of the data. */
static enum passkey_fault extensions_check(const struct passkey_asked *asked, unsigned flags, struct str rest)
{
	struct cbor map, key, value;
	if (!(flags & FLAG_ED))
		return rest.n ? PASSKEY_TRAILING : PASSKEY_SOUND;
	if (!rest.n)
		return PASSKEY_AUTH_DATA;
	enum passkey_fault fault = cbor_fault(cbor_read(&rest, &map));
	if (fault != PASSKEY_SOUND)
		return fault;
	if (rest.n)
		return PASSKEY_TRAILING;
	if (map.kind != CBOR_MAP)
		return PASSKEY_CBOR;
	if (map.n == 0)
		return PASSKEY_EXTENSION; /* the flag says that there is one */
	struct str inside = map.inside;
	for (uint64_t i = 0; i < map.n; i++) {
		if (cbor_read(&inside, &key) != RC_OK || cbor_read(&inside, &value) != RC_OK || key.kind != CBOR_TEXT)
			return PASSKEY_CBOR;
		if (!is_one_of(key.inside, asked->extensions, asked->n_extensions))
			return PASSKEY_EXTENSION;
	}
	return PASSKEY_SOUND;
}

/* ---- registration ---- */

/* §6.5.4. The statement is at most looked at for its form. */
static enum passkey_fault attestation_read(const struct passkey_asked *asked, struct str object, struct str *auth_r)
{
	struct cbor map, format, statement, auth;
	enum passkey_fault fault = cbor_fault(cbor_read(&object, &map));
	if (fault != PASSKEY_SOUND)
		return fault;
	if (object.n)
		return PASSKEY_TRAILING;
	if (map.n != 3 || !cbor_find_text(&map, "fmt", &format) || format.kind != CBOR_TEXT || !cbor_find_text(&map, "attStmt", &statement) ||
		statement.kind != CBOR_MAP || !cbor_find_text(&map, "authData", &auth) || auth.kind != CBOR_BYTES)
		return PASSKEY_ATTESTATION;
	bool none = str_eq(format.inside, "none");
	if (none ? statement.n != 0 : asked->attestation == PASSKEY_ATTEST_NONE)
		return PASSKEY_ATTESTATION;
	*auth_r = auth.inside;
	return PASSKEY_SOUND;
}

/* AAGUID, id and key; *rest is left at what follows the key. */
static enum passkey_fault credential_read(struct str *rest, struct passkey *key_r)
{
	struct cbor map;
	struct passkey_key key;
	if (rest->n < AAGUID + 2)
		return PASSKEY_AUTH_DATA;
	memcpy(key_r->aaguid, rest->p, AAGUID);
	size_t n = (size_t)((unsigned char)rest->p[AAGUID] << 8 | (unsigned char)rest->p[AAGUID + 1]);
	*rest = (struct str){ rest->p + AAGUID + 2, rest->n - AAGUID - 2 };
	if (n < PASSKEY_ID_MIN || n > PASSKEY_ID_MAX)
		return PASSKEY_SIZE;
	if (n >= rest->n)
		return PASSKEY_AUTH_DATA;
	key_r->id = (struct str){ rest->p, n };
	*rest = (struct str){ rest->p + n, rest->n - n };
	enum passkey_fault fault = cbor_fault(cbor_read(rest, &map));
	if (fault == PASSKEY_SOUND)
		fault = passkey_key_read(&map, &key);
	if (fault == PASSKEY_SOUND)
		fault = passkey_key_point(&key);
	if (fault == PASSKEY_SOUND)
		key_r->key = map.raw;
	return fault;
}

static enum passkey_fault made_check(const struct passkey_asked *asked, const struct passkey_made *answer, struct arena *a, struct passkey *key_r)
{
	struct str id, client, object, data;
	struct passkey key = { .count = 0 };
	struct auth auth;
	enum passkey_fault fault = bytes_of(answer->id, PASSKEY_ID_MIN, PASSKEY_ID_MAX, a, &id);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->client_data, 1, PASSKEY_CLIENT_MAX, a, &client);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->attestation, 1, PASSKEY_ATTESTATION_MAX, a, &object);
	if (fault == PASSKEY_SOUND)
		fault = client_check(asked, client, "webauthn.create", a);
	if (fault == PASSKEY_SOUND)
		fault = attestation_read(asked, object, &data);
	if (fault == PASSKEY_SOUND)
		fault = data.n > PASSKEY_AUTH_MAX ? PASSKEY_SIZE : auth_check(asked, data, &auth);
	if (fault == PASSKEY_SOUND)
		fault = auth.flags & FLAG_AT ? credential_read(&auth.rest, &key) : PASSKEY_CREDENTIAL;
	if (fault == PASSKEY_SOUND)
		fault = extensions_check(asked, auth.flags, auth.rest);
	if (fault != PASSKEY_SOUND)
		return fault;
	if (!str_is(id, key.id))
		return PASSKEY_ID;
	key.count = auth.count;
	key.backup_eligible = (auth.flags & FLAG_BE) != 0;
	key.backed_up = (auth.flags & FLAG_BS) != 0;
	key.verified = (auth.flags & FLAG_UV) != 0;
	*key_r = key;
	return PASSKEY_SOUND;
}

static void must_be_asked(const struct passkey_asked *asked)
{
	MUST(asked->challenge.n >= PASSKEY_CHALLENGE_MIN && asked->rp_id.n && asked->n_origins);
}

enum rc passkey_register(const struct passkey_asked *asked, const struct passkey_made *answer, struct arena *a, struct passkey *key_r, enum passkey_fault *fault,
	struct problem *p)
{
	must_be_asked(asked);
	return told(made_check(asked, answer, a, key_r), RC_BAD_INPUT, fault, p);
}

/* ---- assertion ---- */

static enum passkey_fault owner_check(const struct passkey_asked *asked, const struct passkey *stored, struct str id, struct str user)
{
	if (!str_is(id, stored->id) || (asked->n_ids && !is_one_of(id, asked->ids, asked->n_ids)))
		return PASSKEY_ID;
	if (user.n ? !str_is(user, stored->user) : !asked->n_ids)
		return PASSKEY_USER;
	return PASSKEY_SOUND;
}

/* §7.2 steps 19 and 20: over the authenticator's bytes as they came and the digest of the client data as it came. */
static enum passkey_fault signature_check(const struct passkey *stored, struct str data, struct str client, struct str signature)
{
	unsigned char message[PASSKEY_AUTH_MAX + SHA_LEN];
	struct str rest = stored->key;
	struct cbor map;
	struct passkey_key key;
	enum passkey_fault fault = cbor_fault(cbor_read(&rest, &map));
	if (fault == PASSKEY_SOUND)
		fault = rest.n ? PASSKEY_TRAILING : passkey_key_read(&map, &key);
	if (fault != PASSKEY_SOUND)
		return fault;
	memcpy(message, data.p, data.n);
	sha_two(message + data.n, client.p, client.n, NULL, 0);
	return passkey_key_verify(&key, (struct str){ (const char *)message, data.n + SHA_LEN }, signature);
}

static enum passkey_fault shown_check(const struct passkey_asked *asked, const struct passkey *stored, const struct passkey_shown *answer, struct arena *a,
	struct passkey_used *used_r)
{
	struct str id, client, data, signature, user;
	struct auth auth;
	enum passkey_fault fault = bytes_of(answer->id, PASSKEY_ID_MIN, PASSKEY_ID_MAX, a, &id);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->user_handle, 0, PASSKEY_USER_MAX, a, &user);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->client_data, 1, PASSKEY_CLIENT_MAX, a, &client);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->auth_data, 1, PASSKEY_AUTH_MAX, a, &data);
	if (fault == PASSKEY_SOUND)
		fault = bytes_of(answer->signature, 1, PASSKEY_SIGNATURE_MAX, a, &signature);
	if (fault == PASSKEY_SOUND)
		fault = owner_check(asked, stored, id, user);
	if (fault == PASSKEY_SOUND)
		fault = client_check(asked, client, "webauthn.get", a);
	if (fault == PASSKEY_SOUND)
		fault = auth_check(asked, data, &auth);
	if (fault == PASSKEY_SOUND && (auth.flags & FLAG_AT))
		fault = PASSKEY_CREDENTIAL; /* §6.1: an assertion holds no key */
	if (fault == PASSKEY_SOUND)
		fault = extensions_check(asked, auth.flags, auth.rest);
	if (fault == PASSKEY_SOUND && ((auth.flags & FLAG_BE) != 0) != stored->backup_eligible)
		fault = PASSKEY_BACKUP;
	if (fault == PASSKEY_SOUND)
		fault = signature_check(stored, data, client, signature);
	/* §7.2 step 21, last: only who holds the key can make it say "copied". */
	if (fault == PASSKEY_SOUND && (auth.count || stored->count) && auth.count <= stored->count)
		fault = PASSKEY_CLONE;
	if (fault == PASSKEY_SOUND)
		*used_r = (struct passkey_used){ .count = auth.count, .verified = (auth.flags & FLAG_UV) != 0, .backed_up = (auth.flags & FLAG_BS) != 0 };
	return fault;
}

enum rc passkey_check(const struct passkey_asked *asked, const struct passkey *stored, const struct passkey_shown *answer, struct arena *a, struct passkey_used *used_r,
	enum passkey_fault *fault, struct problem *p)
{
	must_be_asked(asked);
	return told(shown_check(asked, stored, answer, a, used_r), RC_DENIED, fault, p);
}
