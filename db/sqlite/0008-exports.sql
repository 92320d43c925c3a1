-- SPDX-License-Identifier: Apache-2.0
-- Exports by two people: tickets, whom each is about, who approved it, and the sealed files that came of it.
-- What a ticket says is covered by its hash, which every approval repeats: a row changed by hand is told when the export is taken.
CREATE TABLE export_ticket(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	role TEXT NOT NULL,
	unit TEXT NOT NULL, -- worked in when it was asked for; empty: none
	machine INTEGER NOT NULL, -- the machine account that may take it instead; 0 none
	asked_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('contact', 'stays', 'diagnoses', 'fhir')),
	types TEXT NOT NULL, -- of kind fhir: resource types, by commas
	purpose BLOB NOT NULL, -- sealed with the house's key, as cohort is
	cohort BLOB NOT NULL, -- the search query, or Group/id
	group_id TEXT NOT NULL, -- of a Group's cohort; empty: of a query
	recipient TEXT NOT NULL, -- age1…
	patients INTEGER NOT NULL CHECK(patients > 50),
	cohort_hash BLOB NOT NULL CHECK(length(cohort_hash) = 32), -- of the patients, in order
	hash BLOB NOT NULL CHECK(length(hash) = 32),
	ready_ms INTEGER, -- may be taken from then on: the last approval, and four hours where they are due
	started_ms INTEGER,
	rows INTEGER NOT NULL DEFAULT 0, -- that were sealed so far
	number INTEGER NOT NULL DEFAULT 0, -- ledger entry of the last of them; in the end of the receipt
	ended TEXT CHECK(ended IN ('sealed', 'refused', 'cancelled', 'cut', 'expired')),
	ended_ms INTEGER,
	ended_by INTEGER,
	fetched_ms INTEGER,
	CHECK(until_ms > asked_ms AND until_ms - asked_ms <= 86400000),
	CHECK((ended IS NULL) = (ended_ms IS NULL)),
	CHECK(ended <> 'sealed' OR started_ms IS NOT NULL)
) STRICT;
CREATE INDEX export_ticket_account ON export_ticket(account, no);
CREATE INDEX export_ticket_live ON export_ticket(no) WHERE ended IS NULL;
CREATE INDEX export_ticket_running ON export_ticket(started_ms) WHERE ended IS NULL;
CREATE INDEX export_ticket_until ON export_ticket(until_ms) WHERE ended IS NULL;
CREATE INDEX export_ticket_group ON export_ticket(group_id, machine, no) WHERE ended IS NULL;

-- Who is in it, as it was found when it was asked for: surrogates of 8 bytes, ascending, 2,000 a part. Goes when the ticket is over; its hash stays.
CREATE TABLE export_cohort(
	ticket INTEGER NOT NULL REFERENCES export_ticket(no),
	part INTEGER NOT NULL,
	patients BLOB NOT NULL, -- sealed with the house's key
	PRIMARY KEY(ticket, part)
) STRICT, WITHOUT ROWID;

CREATE TABLE export_approval(
	ticket INTEGER NOT NULL REFERENCES export_ticket(no),
	account INTEGER NOT NULL REFERENCES account(no),
	role TEXT NOT NULL,
	unit TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	hash BLOB NOT NULL CHECK(length(hash) = 32), -- of the ticket, as it was approved
	PRIMARY KEY(ticket, account)
) STRICT, WITHOUT ROWID;
CREATE INDEX export_approval_day ON export_approval(account, at_ms);

-- The receipt of a sealed file.
CREATE TABLE export_file(
	ticket INTEGER NOT NULL REFERENCES export_ticket(no),
	part INTEGER NOT NULL,
	type TEXT NOT NULL, -- resource type, or the column set
	rows INTEGER NOT NULL,
	bytes INTEGER NOT NULL,
	sha256 BLOB NOT NULL CHECK(length(sha256) = 32),
	PRIMARY KEY(ticket, part)
) STRICT, WITHOUT ROWID;

-- Cohorts that were counted before an export was asked for: so many a day.
CREATE TABLE export_count(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX export_count_day ON export_count(account, at_ms);
