/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codec/passkey.h: what a browser's WebAuthn answer proves: that a security key or passkey was made for this house (W3C Web Authentication Level 2 §7.1) or
 * that one known here was used, now, by a present person (§7.2). Pure: no clock, no I/O, no store, no session. It must never say that an answer is sound
 * when one check was left out, and knows no "mostly".
 * What stays with the caller, because it is no matter of bytes: a challenge is random (16 bytes at least), used once, for five minutes; it belongs to this
 * session; a credential id is new to the house (§7.1 step 22); what passkey_check gives back is stored before the person is let in.
 * seal_init comes before (libsodium's start). Called by the gate. Start at passkey_register and passkey_check; the checks stand there in the order of the standard.
 *
 * Attestation is not asked for: it tells the maker of a key, which a hospital that hands out its keys knows, and asking for it makes browsers warn.
 * Keys: ES256 on P-256, EdDSA on Ed25519, RS256 of 2,048 to 4,096 bits with exponent 65537 (Windows Hello makes these where its TPM has no curve).
 */
#ifndef HYGIE_CODEC_PASSKEY_H
#define HYGIE_CODEC_PASSKEY_H

#include "base/arena.h"

#define PASSKEY_ID_MIN 16           /* §4, "Credential ID": 16 bytes at least, of which 100 bits are chance */
#define PASSKEY_ID_MAX 1023         /* Level 3 §5.1.3 step "credentialIdLength"; CTAP 2.1 has the same */
#define PASSKEY_USER_MAX 64         /* §5.4.3 */
#define PASSKEY_CHALLENGE_MIN 16    /* §13.4.3; ASVS 5.0 6.7.2 */
#define PASSKEY_KEY_MAX 560         /* COSE_Key of RSA with 4,096 bits: 528 */
/* Of the bytes, not of their base64url text. Browsers write 100 to 400 bytes of client data; attestation objects with certificates of a TPM reach 6 KB. */
#define PASSKEY_CLIENT_MAX 4096
#define PASSKEY_ATTESTATION_MAX 16384
#define PASSKEY_AUTH_MAX 4096
#define PASSKEY_SIGNATURE_MAX 512

/* One check each; the first that fails is told. Order of the list is not the order of checks. */
enum passkey_fault {
	PASSKEY_SOUND,
	PASSKEY_TEXT,            /* a field is not base64url in its one spelling */
	PASSKEY_SIZE,            /* a field or an id inside is empty, too short or too long */
	PASSKEY_ID,              /* not an id that was asked for; or not the id of this credential */
	PASSKEY_USER,            /* user handle of somebody else; or none, where no id was asked for */
	PASSKEY_UTF8,            /* client data: bad UTF-8, or a byte order mark */
	PASSKEY_JSON,            /* client data: no JSON object, or a member of the wrong kind */
	PASSKEY_TWICE,           /* client data or CBOR: a member twice */
	PASSKEY_TYPE,            /* not webauthn.create, or not webauthn.get */
	PASSKEY_CHALLENGE,
	PASSKEY_ORIGIN,
	PASSKEY_CROSS_ORIGIN,    /* asked for inside a frame of another site: crossOrigin true, or a topOrigin */
	PASSKEY_TOKEN_BINDING,   /* bound to a TLS connection in a way that no server here has */
	PASSKEY_CBOR,            /* attestation object, key or extensions: not CBOR in CTAP2 canonical form, or over its limits */
	PASSKEY_TRAILING,        /* bytes after the end of the attestation object, or of the authenticator's data */
	PASSKEY_ATTESTATION,     /* not the three members it has, or a statement where the policy wants none */
	PASSKEY_AUTH_DATA,       /* authenticator's data: too short for what its flags say */
	PASSKEY_RP,              /* not the hash of this house's name */
	PASSKEY_PRESENCE,        /* UP: nobody touched it */
	PASSKEY_VERIFICATION,    /* UV: no PIN, no finger, though required */
	PASSKEY_BACKUP,          /* BS without BE, or BE is not what it was at registration */
	PASSKEY_CREDENTIAL,      /* AT: no key in a registration, or one in an assertion */
	PASSKEY_EXTENSION,       /* ED: an extension that was not asked for */
	PASSKEY_ALGORITHM,       /* key or signature of a kind that is not accepted */
	PASSKEY_CURVE,           /* another curve than the algorithm's */
	PASSKEY_POINT,           /* no point of the curve; Ed25519: of small order; RSA: modulus or exponent that no key has */
	PASSKEY_KEY,             /* members of a COSE key missing, too many or of the wrong kind */
	PASSKEY_SIGNATURE_FORM,  /* ES256: not DER in its one spelling; others: not of the one length */
	PASSKEY_SIGNATURE,
	PASSKEY_CLONE,           /* the signature is good and the counter did not grow: there may be two of this key */
	PASSKEY_MEMORY,          /* the arena is full */
	PASSKEY__END
};
/* "origin", "clone" …: a literal, for the log and for tests. */
const char *passkey_fault_name(enum passkey_fault fault);

enum passkey_attestation {
	PASSKEY_ATTEST_NONE,     /* format "none" with an empty statement only: what a browser makes of it when asked for none */
	PASSKEY_ATTEST_UNREAD,   /* any well-formed statement, which is not read and proves nothing (some browsers leave a self-attestation in) */
};

/* What the house asked for. All of it is ours, never the browser's. */
struct passkey_asked {
	struct str challenge;                                   /* the bytes sent */
	struct str rp_id;                                       /* "dpi.hopital.test": lower case, no scheme, no port */
	const struct str *origins; unsigned n_origins;          /* "https://dpi.hopital.test": compared byte for byte, one at least */
	bool verified;                                          /* user verification was "required" */
	enum passkey_attestation attestation;                   /* passkey_register only */
	/* Names of extensions whose outputs may come, as the authenticator signs them; usually none. Chromium asks for "credProtect" by itself when a
	 * discoverable credential is made: a caller that makes those names it here. */
	const struct str *extensions; unsigned n_extensions;
	/* passkey_check only: the ids sent. None: the person was not named beforehand, and the user handle must come and be the stored one (§7.2 step 6). */
	const struct str *ids; unsigned n_ids;
};

/* A credential as the house stores it. */
struct passkey {
	struct str id;           /* PASSKEY_ID_MIN to PASSKEY_ID_MAX bytes */
	struct str key;          /* COSE_Key, as it came: PASSKEY_KEY_MAX at most */
	struct str user;         /* user handle, the caller's; empty after passkey_register */
	uint32_t count;          /* signature counter last seen; 0: this key has none */
	bool backup_eligible;    /* BE: may be copied to other devices of the person by its maker's service. For ever as it was at registration */
	bool backed_up;          /* BS: has been */
	bool verified;           /* UV at registration */
	unsigned char aaguid[16];/* kind of authenticator, as it claims; zero: does not say */
};

/* The browser's answer: each member the base64url text of bytes (PublicKeyCredential.toJSON() names them so). user_handle may be empty. */
struct passkey_made { struct str id, client_data, attestation; };                          /* id, clientDataJSON, attestationObject */
struct passkey_shown { struct str id, client_data, auth_data, signature, user_handle; };   /* id, clientDataJSON, authenticatorData, signature, userHandle */

/* What an assertion says beyond "it is this one": to be stored with the credential. */
struct passkey_used { uint32_t count; bool verified, backed_up; };

/* A new credential. What key_r points to lies in the arena. Failures: RC_BAD_INPUT (PASSKEY_KIND: this kind of key is not accepted; PASSKEY_REFUSED: the
 * rest), RC_LIMIT (arena). p->where names the part, p->detail the check. fault: may be NULL; always set, PASSKEY_SOUND on RC_OK. About 30 µs. */
enum rc passkey_register(const struct passkey_asked *asked, const struct passkey_made *answer, struct arena *a, struct passkey *key_r, enum passkey_fault *fault,
	struct problem *p) CHECKED;

/* A use of the stored credential whose id the answer names (the caller looks it up). Failures: RC_DENIED (PASSKEY_REFUSED), RC_CONFLICT (PASSKEY_COPIED: the
 * counter did not grow, §7.2 step 21: close the credential and tell the security officer), RC_LIMIT (arena). fault: as above. About 100 µs for ES256. */
enum rc passkey_check(const struct passkey_asked *asked, const struct passkey *stored, const struct passkey_shown *answer, struct arena *a, struct passkey_used *used_r,
	enum passkey_fault *fault, struct problem *p) CHECKED;
#endif
