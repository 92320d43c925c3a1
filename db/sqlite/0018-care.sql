-- SPDX-License-Identifier: Apache-2.0
-- What is given, measured and handed on at the bedside. The record holds it as FHIR (MedicationAdministration, Observation, Communication, Task); these tables hold what makes
-- it happen once, and the lists that a ward works by. Patients and resources by their surrogates.

-- One row a dose. Of what is due, line, step, slot_ms and nth are the slot: whoever comes second finds it taken. slot_ms: the instant intended; of a moment of the day (« le
-- matin ») its day and which moment, so that two units whose clocks say another hour for it have one slot. once: the key of the request that wrote it last.
CREATE TABLE dose(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	line INTEGER NOT NULL, -- surrogate of the MedicationRequest
	step INTEGER NOT NULL CHECK(step >= 0),
	slot_ms INTEGER NOT NULL,
	nth INTEGER NOT NULL CHECK(nth >= 0), -- among those of one step and slot_ms
	planned_ms INTEGER NOT NULL, -- the instant intended; of what is on demand: when it was given first
	kind TEXT NOT NULL CHECK(kind IN ('planned', 'needed')),
	state TEXT NOT NULL CHECK(state IN ('check', 'running', 'given', 'not_done', 'void')),
	amount INTEGER NOT NULL CHECK(amount >= 0), -- millionths of unit
	unit TEXT NOT NULL, -- UCUM
	given_ms INTEGER NOT NULL, -- what who gave it said
	end_ms INTEGER CHECK(end_ms >= given_ms), -- of an infusion that was stopped
	recorded_ms INTEGER NOT NULL,
	account INTEGER NOT NULL,
	checked_by INTEGER CHECK(checked_by <> account),
	how TEXT NOT NULL CHECK(how IN ('scan', 'manual')),
	reason TEXT NOT NULL, -- a code: why by hand, why not given, why void
	source INTEGER NOT NULL, -- surrogate of the MedicationAdministration; 0: waits for the second nurse
	lot TEXT NOT NULL, -- as scanned
	once INTEGER NOT NULL UNIQUE,
	CHECK((state = 'check') = (source = 0) OR state = 'void')
) STRICT;
CREATE UNIQUE INDEX dose_slot ON dose(line, step, slot_ms, nth) WHERE kind = 'planned';
CREATE INDEX dose_patient ON dose(patient, planned_ms);
CREATE INDEX dose_line ON dose(line, given_ms);
CREATE UNIQUE INDEX dose_source ON dose(source) WHERE source > 0;

-- Medicines that two nurses give. Shipped empty: the establishment's pharmacist fills it.
CREATE TABLE double_check(
	no INTEGER PRIMARY KEY,
	system TEXT NOT NULL CHECK(system IN ('cis', 'atc')), -- atc: the code and all that begin with it
	code TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER,
	ended_ms INTEGER,
	CHECK((ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX double_check_live ON double_check(system, code) WHERE ended_ms IS NULL;

-- Early-warning scores. Shipped empty: two physicians of the establishment, one who types a score from its source and one who compares. words: name, source and limits of use, sealed.
CREATE TABLE score(
	no INTEGER PRIMARY KEY,
	words BLOB NOT NULL,
	age_from INTEGER NOT NULL CHECK(age_from >= 0), -- whole years
	age_below INTEGER NOT NULL CHECK(age_below > age_from),
	hours INTEGER NOT NULL CHECK(hours > 0), -- how old a value may be
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	signed_by INTEGER CHECK(signed_by <> made_by),
	signed_ms INTEGER,
	ended_by INTEGER,
	ended_ms INTEGER,
	CHECK((signed_by IS NULL) = (signed_ms IS NULL) AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
-- Points of a score: a value from low to high (thousandths of the measure's unit, both included; NULL: without end).
CREATE TABLE score_band(
	score INTEGER NOT NULL REFERENCES score(no),
	place INTEGER NOT NULL,
	measure TEXT NOT NULL,
	low INTEGER,
	high INTEGER,
	points INTEGER NOT NULL CHECK(points >= 0),
	PRIMARY KEY(score, place),
	CHECK(low IS NULL OR high IS NULL OR low <= high)
) STRICT, WITHOUT ROWID;

-- Targeted transmissions: the Communication that holds one, and who has read it.
CREATE TABLE transmission(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	source INTEGER NOT NULL UNIQUE,
	at_ms INTEGER NOT NULL,
	account INTEGER NOT NULL,
	struck INTEGER NOT NULL DEFAULT 0 CHECK(struck IN (0, 1)),
	once INTEGER NOT NULL UNIQUE
) STRICT;
CREATE INDEX transmission_patient ON transmission(patient, at_ms);
CREATE TABLE transmission_read(
	transmission INTEGER NOT NULL REFERENCES transmission(no),
	account INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	PRIMARY KEY(transmission, account)
) STRICT, WITHOUT ROWID;

-- Care to be done: the Task that says what, and its state.
CREATE TABLE care_task(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	source INTEGER NOT NULL UNIQUE,
	due_ms INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('open', 'done', 'dropped')),
	account INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER,
	ended_ms INTEGER,
	once INTEGER NOT NULL UNIQUE,
	CHECK((state = 'open') = (ended_by IS NULL) AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE INDEX care_task_open ON care_task(patient, due_ms) WHERE state = 'open';
CREATE INDEX care_task_ended ON care_task(patient, ended_ms) WHERE state <> 'open';
