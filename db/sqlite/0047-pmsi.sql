-- SPDX-License-Identifier: Apache-2.0
-- Files of the PMSI: the numbers that the house gives, what it is called there, and its units. Nobody's name, no word of a chart. Shipped empty: each row was typed.

-- The number of a stay in these files (administrative number, number of the RSS and of the RUM): given once, when billing first knows the stay.
CREATE TABLE pmsi_stay(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL UNIQUE -- FHIR id of the Encounter
) STRICT;
INSERT INTO pmsi_stay(stay) SELECT stay FROM billing_stay ORDER BY stay;

CREATE TABLE pmsi_place(
	establishment TEXT PRIMARY KEY, -- FHIR id of the Organization
	finess TEXT NOT NULL CHECK(length(finess) = 9), -- by which it is known to the platform
	vidhosp TEXT NOT NULL CHECK(length(vidhosp) IN (0, 4)), -- version of the VID-HOSP that is written; empty: nobody said
	version INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pmsi_unit(
	unit TEXT PRIMARY KEY, -- FHIR id of the Organization
	establishment TEXT NOT NULL,
	code TEXT NOT NULL CHECK(length(code) BETWEEN 1 AND 4),
	finess TEXT NOT NULL CHECK(length(finess) = 9), -- of the place where it stands
	type TEXT NOT NULL CHECK(length(type) BETWEEN 2 AND 3), -- of its authorisation (data/pmsi/autorisations_um_mco.tsv)
	from_on TEXT NOT NULL, -- since when it has that
	beds INTEGER NOT NULL CHECK(beds BETWEEN 0 AND 999), -- 0: none of its own
	mode TEXT NOT NULL CHECK(mode IN ('C', 'P', 'M')),
	version INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	UNIQUE(establishment, code)
) STRICT, WITHOUT ROWID;

-- A line of a draft may be a device paid beside the stay. The rule is a text of the schema, as in 0046; the changes of a table below tell other connections of another schema.
PRAGMA writable_schema=ON;
UPDATE sqlite_schema SET sql = replace(sql, '''day'', ''ucd''', '''day'', ''ucd'', ''lpp''') WHERE type = 'table' AND name = 'bill_line';
PRAGMA writable_schema=RESET;

-- A ticket may be of a file of the PMSI (docs/decisions/0051). The column's rule goes with the column.
ALTER TABLE export_ticket ADD COLUMN what TEXT NOT NULL DEFAULT 'contact' CHECK(what IN ('contact', 'stays', 'diagnoses', 'fhir', 'pmsi'));
UPDATE export_ticket SET what = kind;
ALTER TABLE export_ticket DROP COLUMN kind;
ALTER TABLE export_ticket RENAME COLUMN what TO kind;
