-- SPDX-License-Identifier: Apache-2.0
-- Passkeys of persons: what a WebAuthn authenticator proved to hold. A person has any number; one that was revoked stays, so that its id is never taken again.
CREATE TABLE passkey(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	id_key INTEGER NOT NULL UNIQUE, -- keyed hash of the credential id (keys_house_hash)
	sealed BLOB NOT NULL, -- with the house's key: credential id, public key, user handle (hospital/keyring.c)
	label BLOB NOT NULL, -- sealed with the house's key: what the person calls it
	count INTEGER NOT NULL CHECK(count BETWEEN 0 AND 4294967295), -- signature counter last seen; 0: it has none
	eligible INTEGER NOT NULL CHECK(eligible IN (0, 1)), -- may be copied to the person's other devices by its maker's service
	backed INTEGER NOT NULL CHECK(backed IN (0, 1)), -- has been, when last used
	state TEXT NOT NULL CHECK(state IN ('active', 'revoked')),
	made_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL -- 0: not used yet
) STRICT;
CREATE INDEX passkey_account ON passkey(account, no);
