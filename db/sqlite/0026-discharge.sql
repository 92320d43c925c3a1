-- SPDX-License-Identifier: Apache-2.0
-- When a stay ends: what a physician decided about each treatment (conciliation de sortie), what of the stay's prescriptions ended with it, and whose treatments nobody
-- went through. Patients by surrogate, stays and prescriptions by FHIR id; codes and dates only.

-- The newest decision on a source of a stay counts. source: id of the MedicationRequest or MedicationStatement; '' new. home: the MedicationRequest signed for home.
CREATE TABLE discharge_decision(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL,
	patient INTEGER NOT NULL,
	source TEXT NOT NULL,
	outcome TEXT NOT NULL CHECK(outcome IN ('continue', 'change', 'stop', 'new')),
	reason TEXT NOT NULL,
	home TEXT NOT NULL,
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	CHECK((outcome = 'stop') = (reason <> '')),
	CHECK((outcome = 'new') = (source = '')),
	CHECK(outcome IN ('continue', 'stop') OR home <> '')
) STRICT;
CREATE INDEX discharge_decision_of ON discharge_decision(patient, stay, no);
CREATE INDEX discharge_decision_last ON discharge_decision(patient, no);

-- A physician signed that all was gone through; the last counts, and only while nothing undecided was added.
CREATE TABLE discharge_review(
	no INTEGER PRIMARY KEY,
	stay TEXT NOT NULL,
	patient INTEGER NOT NULL,
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL
) STRICT;
CREATE INDEX discharge_review_of ON discharge_review(patient, stay, no);

-- Stays that ended before anybody signed so: the work list of the unit.
CREATE TABLE discharge_wait(
	stay TEXT NOT NULL PRIMARY KEY,
	patient INTEGER NOT NULL,
	unit TEXT NOT NULL,
	ended_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX discharge_wait_unit ON discharge_wait(unit, ended_ms);
CREATE INDEX discharge_wait_patient ON discharge_wait(patient);

-- What ended with a stay: the version that stood, and the one that ended it. Taken back with the discharge, where nobody changed it since.
CREATE TABLE discharge_ended(
	stay TEXT NOT NULL,
	request TEXT NOT NULL,
	patient INTEGER NOT NULL,
	before INTEGER NOT NULL,
	version INTEGER NOT NULL,
	PRIMARY KEY(stay, request)
) STRICT, WITHOUT ROWID;
