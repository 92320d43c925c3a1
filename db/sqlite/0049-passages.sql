-- SPDX-License-Identifier: Apache-2.0
-- A stay that passed through several medical units has codes, and a RUM, for each passage (docs/decisions/0056). The codes of its first passage are those of billing_stay: what was coded
-- before is of it, and a stay of one unit has no other row.

ALTER TABLE billing_stay ADD COLUMN first_unit TEXT NOT NULL DEFAULT ''; -- FHIR id of the unit in which the first passage began when it was coded; empty: nobody said
-- A passage follows its stay's state by this key: no stay is coded while one of its passages has no main diagnosis.
CREATE UNIQUE INDEX billing_stay_of_state ON billing_stay(stay, state);

CREATE TABLE billing_passage(
	stay TEXT NOT NULL,
	nth INTEGER NOT NULL CHECK(nth BETWEEN 2 AND 99), -- in the order of its passages; the first one's codes are the stay's
	state TEXT NOT NULL, -- the stay's
	unit TEXT NOT NULL CHECK(unit <> ''), -- FHIR id of the unit in which the passage began when it was coded
	dp TEXT NOT NULL,
	dr TEXT NOT NULL,
	das TEXT NOT NULL, -- codes by blanks
	coded_by INTEGER NOT NULL,
	coded_ms INTEGER NOT NULL,
	PRIMARY KEY(stay, nth),
	FOREIGN KEY(stay, state) REFERENCES billing_stay(stay, state) ON UPDATE CASCADE,
	CHECK(state <> 'coded' OR dp <> '')
) STRICT, WITHOUT ROWID;

-- In which unit an act was done, where somebody said so; empty: its day says in which passage.
ALTER TABLE billing_act ADD COLUMN unit TEXT NOT NULL DEFAULT '';

-- Numbers of stays and of RUM, out of one row of numbers: a stay's own is that of its first RUM, each later RUM has one of its own. In place of pmsi_stay.
CREATE TABLE pmsi_number(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL, -- FHIR id of the Encounter
	nth INTEGER NOT NULL CHECK(nth BETWEEN 1 AND 99),
	UNIQUE(stay, nth)
) STRICT;
INSERT INTO pmsi_number(no, stay, nth) SELECT no, stay, 1 FROM pmsi_stay ORDER BY no;
DROP TABLE pmsi_stay;

-- What each unit is in these files: a medical unit of its own, or a part of another's; a number is of one medical unit. In place of pmsi_unit.
CREATE TABLE pmsi_medical(
	unit TEXT PRIMARY KEY, -- FHIR id of the Organization
	establishment TEXT NOT NULL,
	part_of TEXT, -- the unit of whose medical unit it is a part; NULL: it is one itself
	code TEXT NOT NULL CHECK(length(code) BETWEEN 1 AND 4),
	finess TEXT NOT NULL, -- of the place where it stands
	type TEXT NOT NULL, -- of its authorisation (data/pmsi/autorisations_um_mco.tsv)
	from_on TEXT NOT NULL, -- since when it has that
	beds INTEGER NOT NULL CHECK(beds BETWEEN 0 AND 999), -- 0: none of its own
	mode TEXT NOT NULL,
	version INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	UNIQUE(unit, establishment, code),
	FOREIGN KEY(part_of, establishment, code) REFERENCES pmsi_medical(unit, establishment, code) ON UPDATE CASCADE,
	CHECK(part_of <> unit),
	CHECK((part_of IS NULL AND length(finess) = 9 AND length(type) BETWEEN 2 AND 3 AND mode IN ('C', 'P', 'M')) OR (part_of IS NOT NULL AND finess = '' AND type = '' AND from_on = '' AND beds = 0 AND mode = ''))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX pmsi_medical_code ON pmsi_medical(establishment, code) WHERE part_of IS NULL;
CREATE INDEX pmsi_medical_part ON pmsi_medical(part_of) WHERE part_of IS NOT NULL;
INSERT INTO pmsi_medical(unit, establishment, part_of, code, finess, type, from_on, beds, mode, version, made_by, made_ms) SELECT unit, establishment, NULL, code, finess, type, from_on, beds, mode, version, made_by, made_ms FROM pmsi_unit;
DROP TABLE pmsi_unit;
