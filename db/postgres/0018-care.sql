-- SPDX-License-Identifier: Apache-2.0
-- What is given, measured and handed on at the bedside. The record holds it as FHIR (MedicationAdministration, Observation, Communication, Task); these tables hold what makes
-- it happen once, and the lists that a ward works by. Patients and resources by their surrogates.

-- One row a dose. Of what is due, line, step, slot_ms and nth are the slot: whoever comes second finds it taken. slot_ms: the instant intended; of a moment of the day (« le
-- matin ») its day and which moment, so that two units whose clocks say another hour for it have one slot. once: the key of the request that wrote it last.
CREATE TABLE dose(
	no bigint PRIMARY KEY,
	patient bigint NOT NULL,
	line bigint NOT NULL, -- surrogate of the MedicationRequest
	step bigint NOT NULL CHECK(step >= 0),
	slot_ms bigint NOT NULL,
	nth bigint NOT NULL CHECK(nth >= 0), -- among those of one step and slot_ms
	planned_ms bigint NOT NULL, -- the instant intended; of what is on demand: when it was given first
	kind text COLLATE "C" NOT NULL CHECK(kind IN ('planned', 'needed')),
	state text COLLATE "C" NOT NULL CHECK(state IN ('check', 'running', 'given', 'not_done', 'void')),
	amount bigint NOT NULL CHECK(amount >= 0), -- millionths of unit
	unit text COLLATE "C" NOT NULL, -- UCUM
	given_ms bigint NOT NULL, -- what who gave it said
	end_ms bigint CHECK(end_ms >= given_ms), -- of an infusion that was stopped
	recorded_ms bigint NOT NULL,
	account bigint NOT NULL,
	checked_by bigint CHECK(checked_by <> account),
	how text COLLATE "C" NOT NULL CHECK(how IN ('scan', 'manual')),
	reason text COLLATE "C" NOT NULL, -- a code: why by hand, why not given, why void
	source bigint NOT NULL, -- surrogate of the MedicationAdministration; 0: waits for the second nurse
	lot text COLLATE "C" NOT NULL, -- as scanned
	once bigint NOT NULL UNIQUE,
	CHECK((state = 'check') = (source = 0) OR state = 'void')
);
CREATE UNIQUE INDEX dose_slot ON dose(line, step, slot_ms, nth) WHERE kind = 'planned';
CREATE INDEX dose_patient ON dose(patient, planned_ms);
CREATE INDEX dose_line ON dose(line, given_ms);
CREATE UNIQUE INDEX dose_source ON dose(source) WHERE source > 0;

-- Medicines that two nurses give. Shipped empty: the establishment's pharmacist fills it.
CREATE TABLE double_check(
	no bigint PRIMARY KEY,
	system text COLLATE "C" NOT NULL CHECK(system IN ('cis', 'atc')), -- atc: the code and all that begin with it
	code text COLLATE "C" NOT NULL,
	made_by bigint NOT NULL,
	made_ms bigint NOT NULL,
	ended_by bigint,
	ended_ms bigint,
	CHECK((ended_by IS NULL) = (ended_ms IS NULL))
);
CREATE UNIQUE INDEX double_check_live ON double_check(system, code) WHERE ended_ms IS NULL;

-- Early-warning scores. Shipped empty: two physicians of the establishment, one who types a score from its source and one who compares. words: name, source and limits of use, sealed.
CREATE TABLE score(
	no bigint PRIMARY KEY,
	words bytea NOT NULL,
	age_from bigint NOT NULL CHECK(age_from >= 0), -- whole years
	age_below bigint NOT NULL CHECK(age_below > age_from),
	hours bigint NOT NULL CHECK(hours > 0), -- how old a value may be
	made_by bigint NOT NULL,
	made_ms bigint NOT NULL,
	signed_by bigint CHECK(signed_by <> made_by),
	signed_ms bigint,
	ended_by bigint,
	ended_ms bigint,
	CHECK((signed_by IS NULL) = (signed_ms IS NULL) AND (ended_by IS NULL) = (ended_ms IS NULL))
);
-- Points of a score: a value from low to high (thousandths of the measure's unit, both included; NULL: without end).
CREATE TABLE score_band(
	score bigint NOT NULL REFERENCES score(no),
	place bigint NOT NULL,
	measure text COLLATE "C" NOT NULL,
	low bigint,
	high bigint,
	points bigint NOT NULL CHECK(points >= 0),
	PRIMARY KEY(score, place),
	CHECK(low IS NULL OR high IS NULL OR low <= high)
);

-- Targeted transmissions: the Communication that holds one, and who has read it.
CREATE TABLE transmission(
	no bigint PRIMARY KEY,
	patient bigint NOT NULL,
	source bigint NOT NULL UNIQUE,
	at_ms bigint NOT NULL,
	account bigint NOT NULL,
	struck bigint NOT NULL DEFAULT 0 CHECK(struck IN (0, 1)),
	once bigint NOT NULL UNIQUE
);
CREATE INDEX transmission_patient ON transmission(patient, at_ms);
CREATE TABLE transmission_read(
	transmission bigint NOT NULL REFERENCES transmission(no),
	account bigint NOT NULL,
	at_ms bigint NOT NULL,
	PRIMARY KEY(transmission, account)
);

-- Care to be done: the Task that says what, and its state.
CREATE TABLE care_task(
	no bigint PRIMARY KEY,
	patient bigint NOT NULL,
	source bigint NOT NULL UNIQUE,
	due_ms bigint NOT NULL,
	state text COLLATE "C" NOT NULL CHECK(state IN ('open', 'done', 'dropped')),
	account bigint NOT NULL,
	made_ms bigint NOT NULL,
	ended_by bigint,
	ended_ms bigint,
	once bigint NOT NULL UNIQUE,
	CHECK((state = 'open') = (ended_by IS NULL) AND (ended_by IS NULL) = (ended_ms IS NULL))
);
CREATE INDEX care_task_open ON care_task(patient, due_ms) WHERE state = 'open';
CREATE INDEX care_task_ended ON care_task(patient, ended_ms) WHERE state <> 'open';
