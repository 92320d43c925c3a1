-- SPDX-License-Identifier: Apache-2.0
-- Getting in: what an establishment made stricter, since when and by whom; how a session came in; when an account was last used.
-- A rule that is dated and signed holds from then on; one that is looser than what holds waits for a second person. The newest signed row of a place and a name counts.
CREATE TABLE rule(
	no INTEGER PRIMARY KEY,
	place TEXT NOT NULL, -- FHIR id of the Organization whose people it holds for, and those of all its parts; empty: everybody
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	signed_by INTEGER, -- the same person for what is stricter
	signed_ms INTEGER NOT NULL DEFAULT 0, -- 0: waits
	dropped_ms INTEGER NOT NULL DEFAULT 0,
	CHECK((signed_by IS NULL) = (signed_ms = 0) AND (signed_ms = 0 OR dropped_ms = 0))
) STRICT;
CREATE INDEX rule_of ON rule(place, name, no);

-- 0 password and code, 1 a passkey. What came in before is held to be a code: the smaller budgets.
ALTER TABLE session ADD COLUMN factor INTEGER NOT NULL DEFAULT 0;

-- Last sign-in, or when the account was opened (again): what its days without use are counted from.
ALTER TABLE account ADD COLUMN seen_ms INTEGER NOT NULL DEFAULT 0;
UPDATE account SET seen_ms = COALESCE((SELECT MAX(at_ms) FROM access WHERE access.account = account.no), made_ms);

-- What a person is told about their own account; on every screen until it was read.
CREATE TABLE notice(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	kind TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	by_account INTEGER NOT NULL, -- 0: the person or nobody
	detail BLOB NOT NULL, -- sealed with the house's key; empty: none
	seen_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_of ON notice(account, no);
CREATE INDEX notice_unseen ON notice(account) WHERE seen_ms = 0;

-- The sign-ins of the last 90 days: network and program as keyed hashes, to know what is usual; address and program sealed, for the person to read.
CREATE TABLE sign_in(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	factor INTEGER NOT NULL,
	network INTEGER NOT NULL,
	program INTEGER NOT NULL,
	odd INTEGER NOT NULL CHECK(odd IN (0, 1)),
	detail BLOB NOT NULL -- sealed with the house's key
) STRICT;
CREATE INDEX sign_in_of ON sign_in(account, no);

-- The way back for who has lost every key: asked for by one person, given by another; the code itself is never stored.
CREATE TABLE recovery(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	reason BLOB NOT NULL, -- sealed with the house's key
	given_by INTEGER,
	given_ms INTEGER NOT NULL DEFAULT 0,
	until_ms INTEGER NOT NULL DEFAULT 0,
	code BLOB CHECK(code IS NULL OR length(code) = 32), -- keyed digest (keys_house_digest)
	used_ms INTEGER NOT NULL DEFAULT 0,
	dropped_ms INTEGER NOT NULL DEFAULT 0,
	CHECK(asked_by <> account),
	CHECK(given_by IS NULL OR (given_by <> asked_by AND given_by <> account)),
	CHECK((given_by IS NULL) = (code IS NULL) AND (given_by IS NULL) = (given_ms = 0))
) STRICT;
CREATE UNIQUE INDEX recovery_code ON recovery(code) WHERE code IS NOT NULL;

-- Keys of machine accounts, public halves only, and the assertions that were taken: each once. patients: distinct ones a day, of a ticket too (0: held by its contract only).
CREATE TABLE machine_key(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	kid TEXT NOT NULL,
	jwk TEXT NOT NULL,
	api_may INTEGER NOT NULL,
	patients INTEGER NOT NULL CHECK(patients > 0),
	state TEXT NOT NULL CHECK(state IN ('active', 'revoked')),
	made_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX machine_key_of ON machine_key(account, kid);
CREATE TABLE machine_assertion(id BLOB PRIMARY KEY CHECK(length(id) = 32), over_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX machine_assertion_over ON machine_assertion(over_ms);
ALTER TABLE machine_ticket ADD COLUMN patients INTEGER NOT NULL DEFAULT 0;
CREATE INDEX machine_ticket_over ON machine_ticket(until_ms) WHERE patients > 0;
CREATE INDEX machine_ticket_of ON machine_ticket(account) WHERE patients > 0;
