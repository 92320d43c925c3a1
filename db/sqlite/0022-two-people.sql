-- SPDX-License-Identifier: Apache-2.0
-- What a second person looks at: openings of specially sensitive charts that a care link explained, and accounts that somebody made.

-- Drawn from the ledger as the index of accesses is: each whose names are shared, one in ten of the others. Openings without a care link stand in break_glass.
CREATE TABLE special_opening(
	no INTEGER PRIMARY KEY,
	number INTEGER NOT NULL, -- of the ledger's entry
	patient INTEGER NOT NULL,
	account INTEGER NOT NULL,
	unit INTEGER NOT NULL, -- a word of the index
	explain INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	reviewed_by INTEGER,
	reviewed_ms INTEGER,
	verdict TEXT CHECK(verdict IN ('justified', 'doubtful')),
	UNIQUE(number, patient),
	CHECK(reviewed_by IS NULL OR reviewed_by <> account),
	CHECK((reviewed_by IS NULL) = (reviewed_ms IS NULL) AND (reviewed_by IS NULL) = (verdict IS NULL))
) STRICT;
CREATE INDEX special_opening_open ON special_opening(no) WHERE reviewed_ms IS NULL;
CREATE INDEX special_opening_day ON special_opening(at_ms);

-- Accounts that one person made and that wait for another: closed until then, and for good when the other turned them down.
CREATE TABLE account_waits(
	account INTEGER PRIMARY KEY REFERENCES account(no),
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	refused_by INTEGER,
	refused_ms INTEGER,
	CHECK((refused_by IS NULL) = (refused_ms IS NULL))
) STRICT;
