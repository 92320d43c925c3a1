-- SPDX-License-Identifier: Apache-2.0
-- Prescription. What is signed is FHIR (MedicationRequest, ServiceRequest, NutritionOrder, Task); here are drafts, what was answered to alerts, pharmacists' opinions and
-- the tables that the house fills. Patients by surrogate. Free text about a patient is sealed; what is in clear is codes, numbers and dates.

-- The basket: draft lines of one prescriber for one patient. form: the key of the form it came by, so that a form sent twice adds one line.
CREATE TABLE basket_line(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	patient INTEGER NOT NULL,
	form TEXT NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('drug', 'lab', 'imaging', 'care', 'diet')),
	cis INTEGER,
	replaces TEXT, -- id of the MedicationRequest that it takes the place of
	made_ms INTEGER NOT NULL,
	typed BLOB NOT NULL, -- sealed: the fields as they were typed
	CHECK((kind = 'drug') = (cis IS NOT NULL) AND (replaces IS NULL OR kind = 'drug'))
) STRICT;
CREATE UNIQUE INDEX basket_line_form ON basket_line(account, patient, form);
CREATE INDEX basket_line_of ON basket_line(account, patient, no);
CREATE INDEX basket_line_made ON basket_line(made_ms);

-- One signature of a basket. form as above: the same one again answers as before and writes nothing.
CREATE TABLE order_signature(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	patient INTEGER NOT NULL,
	form TEXT NOT NULL,
	signed_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL CHECK(lines > 0)
) STRICT;
CREATE UNIQUE INDEX order_signature_form ON order_signature(account, form);

-- What became of an alert: gone on against it with a coded reason, or heeded (the line left the basket). about: codes of medicines, never words.
CREATE TABLE order_alert(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	stay TEXT NOT NULL, -- FHIR id of the Encounter; '' none
	rule TEXT NOT NULL,
	about TEXT NOT NULL,
	tier INTEGER NOT NULL CHECK(tier BETWEEN 1 AND 4),
	outcome TEXT NOT NULL CHECK(outcome IN ('overridden', 'heeded')),
	reason TEXT NOT NULL,
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	CHECK((outcome = 'overridden') = (reason <> '') AND NOT (tier = 4 AND outcome = 'overridden'))
) STRICT;
CREATE INDEX order_alert_of ON order_alert(patient, stay, rule, about) WHERE outcome = 'overridden';
CREATE INDEX order_alert_rule ON order_alert(rule, at_ms);

-- Which prescriptions wait for a pharmacist, of whom, in whose queue: one row a patient and pharmacy. task: the FHIR Task that explains the pharmacy's opening.
CREATE TABLE order_wait(
	patient INTEGER NOT NULL,
	pharmacy TEXT NOT NULL,
	task TEXT NOT NULL,
	since_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL,
	urgent INTEGER NOT NULL CHECK(urgent IN (0, 1)),
	PRIMARY KEY(patient, pharmacy)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_wait_queue ON order_wait(pharmacy, urgent DESC, since_ms);

-- A pharmacist's opinion on one version of one prescription; the last one counts. text sealed with the patient's key.
CREATE TABLE order_opinion(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	request TEXT NOT NULL,
	version INTEGER NOT NULL,
	opinion TEXT NOT NULL CHECK(opinion IN ('accept', 'modify', 'refuse')),
	account INTEGER NOT NULL REFERENCES account(no),
	at_ms INTEGER NOT NULL,
	text BLOB,
	CHECK(opinion = 'accept' OR text IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX order_opinion_once ON order_opinion(request, version, account, at_ms);
CREATE INDEX order_opinion_of ON order_opinion(patient, no);

-- Rules that no public table brings, each of the house, dated, with its source: shipped empty. kind: what code names. Limits in millionths of the unit.
CREATE TABLE order_rule(
	no INTEGER PRIMARY KEY,
	rule TEXT NOT NULL CHECK(rule IN ('dose_once', 'dose_day', 'renal', 'pregnancy', 'breastfeeding', 'high_risk')),
	kind TEXT NOT NULL CHECK(kind IN ('cis', 'substance', 'atc')),
	code TEXT NOT NULL,
	limit_micro INTEGER,
	unit TEXT,
	per_kg INTEGER NOT NULL DEFAULT 0 CHECK(per_kg IN (0, 1)),
	age_from INTEGER, -- whole years, both inclusive
	age_until INTEGER,
	gfr_below INTEGER, -- mL/min/1.73 m2
	tier INTEGER NOT NULL CHECK(tier BETWEEN 1 AND 4),
	source TEXT NOT NULL,
	since_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	ended_ms INTEGER,
	ended_by INTEGER,
	CHECK((rule IN ('dose_once', 'dose_day')) = (limit_micro IS NOT NULL AND unit IS NOT NULL)),
	CHECK((rule = 'renal') = (gfr_below IS NOT NULL)),
	CHECK((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX order_rule_now ON order_rule(rule, no) WHERE ended_ms IS NULL;
CREATE INDEX order_rule_made ON order_rule(since_ms);

-- At what clock time a moment of the day is, from a day on; unit '': the house. A setting of who makes the rounds, no medical fact.
CREATE TABLE posology_clock(
	unit TEXT NOT NULL,
	since_day INTEGER NOT NULL,
	moment TEXT NOT NULL,
	minute INTEGER NOT NULL CHECK(minute BETWEEN 0 AND 1439),
	made_by INTEGER NOT NULL REFERENCES account(no),
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(unit, since_day, moment)
) STRICT, WITHOUT ROWID;

-- Which unit's pharmacists see what is signed in a unit; unit '': in every one that has no row of its own. The last row counts.
CREATE TABLE order_pharmacy(
	no INTEGER PRIMARY KEY,
	unit TEXT NOT NULL,
	pharmacy TEXT NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX order_pharmacy_of ON order_pharmacy(unit, no);

-- Lines to begin from: a prescriber's own favourites (unit ''), or a protocol of a unit. Of no patient; sealed with the house's key, because names and words are typed.
CREATE TABLE order_set(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no), -- who made it
	unit TEXT NOT NULL,
	name BLOB NOT NULL,
	made_ms INTEGER NOT NULL,
	lines INTEGER NOT NULL CHECK(lines > 0),
	ended_ms INTEGER,
	ended_by INTEGER,
	CHECK((ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE INDEX order_set_own ON order_set(account, no) WHERE ended_ms IS NULL AND unit = '';
CREATE INDEX order_set_unit ON order_set(unit, no) WHERE ended_ms IS NULL;
CREATE INDEX order_set_made ON order_set(made_ms);

CREATE TABLE order_set_line(
	set_no INTEGER NOT NULL REFERENCES order_set(no),
	place INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('drug', 'lab', 'imaging', 'care', 'diet')),
	cis INTEGER,
	typed BLOB NOT NULL,
	PRIMARY KEY(set_no, place),
	CHECK((kind = 'drug') = (cis IS NOT NULL))
) STRICT, WITHOUT ROWID;
