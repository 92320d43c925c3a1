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
