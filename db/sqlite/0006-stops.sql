-- SPDX-License-Identifier: Apache-2.0
-- The ladder of an account: the proofs that were given where one was due, what a second person said of a stop, and who is to be told that a chart was opened.
CREATE TABLE proof(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	reason TEXT NOT NULL CHECK(reason IN ('unit', 'emergency', 'other')),
	unit TEXT,
	text BLOB -- sealed with the house's key
) STRICT;

-- A stop is an ALARM of the ledger: number is its. It stands until somebody else said that it may end.
CREATE TABLE stop_review(
	no INTEGER PRIMARY KEY,
	number INTEGER NOT NULL,
	account INTEGER NOT NULL,
	by_account INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	verdict TEXT NOT NULL CHECK(verdict IN ('released', 'kept')),
	comment BLOB, -- sealed with the house's key
	CHECK(by_account <> account)
) STRICT;
CREATE UNIQUE INDEX stop_released ON stop_review(number) WHERE verdict = 'released';
CREATE INDEX stop_of ON stop_review(number, no);
-- Those that stand: written with the access index, taken away by the verdict that ends one.
CREATE TABLE stop_open(number INTEGER PRIMARY KEY) STRICT;

-- Patients whose chart a stopped account had opened, where the second person found no good reason: to be told.
CREATE TABLE patient_notice(
	patient INTEGER NOT NULL,
	number INTEGER NOT NULL, -- of the stop
	at_ms INTEGER NOT NULL,
	PRIMARY KEY(number, patient)
) STRICT, WITHOUT ROWID;

-- « Plan blanc »: asked for by one person, signed by another, over after twelve hours or when somebody ends it.
CREATE TABLE plan(
	no INTEGER PRIMARY KEY,
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	reason BLOB NOT NULL, -- sealed with the house's key
	signed_by INTEGER,
	signed_ms INTEGER,
	until_ms INTEGER,
	ended_by INTEGER,
	ended_ms INTEGER,
	CHECK(signed_by IS NULL OR signed_by <> asked_by),
	CHECK((signed_by IS NULL) = (signed_ms IS NULL) AND (signed_by IS NULL) = (until_ms IS NULL) AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;

-- A colleague of the unit who signed too, beyond the shift's emergencies.
ALTER TABLE break_glass ADD COLUMN cosigned_by INTEGER;

-- Emergencies are all reviewed; of the other reasons, which the ladder counts, a sample.
ALTER TABLE break_glass ADD COLUMN to_review INTEGER NOT NULL DEFAULT 1;
DROP INDEX break_glass_open;
CREATE INDEX break_glass_open ON break_glass(no) WHERE reviewed_ms IS NULL AND to_review = 1;
