-- SPDX-License-Identifier: Apache-2.0
-- Prescription. What is signed is FHIR (MedicationRequest, ServiceRequest, NutritionOrder, Task); here are drafts, what was answered to alerts, pharmacists' opinions and
-- the tables that the house fills. Patients by surrogate. Free text about a patient is sealed; what is in clear is codes, numbers and dates.

-- The basket: draft lines of one prescriber for one patient. form: the key of the form it came by, so that a form sent twice adds one line.
CREATE TABLE basket_line(
	no bigint PRIMARY KEY,
	account bigint NOT NULL REFERENCES account(no),
	patient bigint NOT NULL,
	form text COLLATE "C" NOT NULL,
	kind text COLLATE "C" NOT NULL CHECK(kind IN ('drug', 'lab', 'imaging', 'care', 'diet')),
	cis bigint,
	replaces text COLLATE "C", -- id of the MedicationRequest that it takes the place of
	made_ms bigint NOT NULL,
	typed bytea NOT NULL, -- sealed: the fields as they were typed
	CHECK((kind = 'drug') = (cis IS NOT NULL) AND (replaces IS NULL OR kind = 'drug'))
);
CREATE UNIQUE INDEX basket_line_form ON basket_line(account, patient, form);
CREATE INDEX basket_line_of ON basket_line(account, patient, no);
CREATE INDEX basket_line_made ON basket_line(made_ms);

-- One signature of a basket. form as above: the same one again answers as before and writes nothing.
CREATE TABLE order_signature(
	no bigint PRIMARY KEY,
	account bigint NOT NULL REFERENCES account(no),
	patient bigint NOT NULL,
	form text COLLATE "C" NOT NULL,
	signed_ms bigint NOT NULL,
	lines bigint NOT NULL CHECK(lines > 0)
);
CREATE UNIQUE INDEX order_signature_form ON order_signature(account, form);

-- What became of an alert: gone on against it with a coded reason, or heeded (the line left the basket). about: codes of medicines, never words.
CREATE TABLE order_alert(
	no bigint PRIMARY KEY,
	patient bigint NOT NULL,
	stay text COLLATE "C" NOT NULL, -- FHIR id of the Encounter; '' none
	rule text COLLATE "C" NOT NULL,
	about text COLLATE "C" NOT NULL,
	tier bigint NOT NULL CHECK(tier BETWEEN 1 AND 4),
	outcome text COLLATE "C" NOT NULL CHECK(outcome IN ('overridden', 'heeded')),
	reason text COLLATE "C" NOT NULL,
	account bigint NOT NULL REFERENCES account(no),
	at_ms bigint NOT NULL,
	CHECK((outcome = 'overridden') = (reason <> '') AND NOT (tier = 4 AND outcome = 'overridden'))
);
CREATE INDEX order_alert_of ON order_alert(patient, stay, rule, about) WHERE outcome = 'overridden';
CREATE INDEX order_alert_rule ON order_alert(rule, at_ms);

-- Which prescriptions wait for a pharmacist, of whom, in whose queue: one row a patient and pharmacy. task: the FHIR Task that explains the pharmacy's opening.
CREATE TABLE order_wait(
	patient bigint NOT NULL,
	pharmacy text COLLATE "C" NOT NULL,
	task text COLLATE "C" NOT NULL,
	since_ms bigint NOT NULL,
	lines bigint NOT NULL,
	urgent bigint NOT NULL CHECK(urgent IN (0, 1)),
	PRIMARY KEY(patient, pharmacy)
);
CREATE INDEX order_wait_queue ON order_wait(pharmacy, urgent DESC, since_ms);

-- A pharmacist's opinion on one version of one prescription; the last one counts. text sealed with the patient's key.
CREATE TABLE order_opinion(
	no bigint PRIMARY KEY,
	patient bigint NOT NULL,
	request text COLLATE "C" NOT NULL,
	version bigint NOT NULL,
	opinion text COLLATE "C" NOT NULL CHECK(opinion IN ('accept', 'modify', 'refuse')),
	account bigint NOT NULL REFERENCES account(no),
	at_ms bigint NOT NULL,
	text bytea,
	CHECK(opinion = 'accept' OR text IS NOT NULL)
);
CREATE UNIQUE INDEX order_opinion_once ON order_opinion(request, version, account, at_ms);
CREATE INDEX order_opinion_of ON order_opinion(patient, no);

-- Rules that no public table brings, each of the house, dated, with its source: shipped empty. of: what code names. Limits in millionths of the unit.
CREATE TABLE order_rule(
	no bigint PRIMARY KEY,
	rule text COLLATE "C" NOT NULL CHECK(rule IN ('dose_once', 'dose_day', 'renal', 'pregnancy', 'breastfeeding', 'high_risk')),
	kind text COLLATE "C" NOT NULL CHECK(kind IN ('cis', 'substance', 'atc')),
	code text COLLATE "C" NOT NULL,
	limit_micro bigint,
	unit text COLLATE "C",
	per_kg bigint NOT NULL DEFAULT 0 CHECK(per_kg IN (0, 1)),
	age_from bigint, -- whole years, both inclusive
	age_until bigint,
	gfr_below bigint, -- mL/min/1.73 m2
	tier bigint NOT NULL CHECK(tier BETWEEN 1 AND 4),
	source text COLLATE "C" NOT NULL,
	since_ms bigint NOT NULL,
	made_by bigint NOT NULL REFERENCES account(no),
	ended_ms bigint,
	ended_by bigint,
	CHECK((rule IN ('dose_once', 'dose_day')) = (limit_micro IS NOT NULL AND unit IS NOT NULL)),
	CHECK((rule = 'renal') = (gfr_below IS NOT NULL)),
	CHECK((ended_ms IS NULL) = (ended_by IS NULL))
);
CREATE INDEX order_rule_now ON order_rule(rule, no) WHERE ended_ms IS NULL;
CREATE INDEX order_rule_made ON order_rule(since_ms);

-- At what clock time a moment of the day is, from a day on; unit '': the house. A setting of who makes the rounds, no medical fact.
CREATE TABLE posology_clock(
	unit text COLLATE "C" NOT NULL,
	since_day bigint NOT NULL,
	moment text COLLATE "C" NOT NULL,
	minute bigint NOT NULL CHECK(minute BETWEEN 0 AND 1439),
	made_by bigint NOT NULL REFERENCES account(no),
	made_ms bigint NOT NULL,
	PRIMARY KEY(unit, since_day, moment)
);

-- Which unit's pharmacists see what is signed in a unit; unit '': in every one that has no row of its own. The last row counts.
CREATE TABLE order_pharmacy(
	no bigint PRIMARY KEY,
	unit text COLLATE "C" NOT NULL,
	pharmacy text COLLATE "C" NOT NULL,
	made_by bigint NOT NULL REFERENCES account(no),
	made_ms bigint NOT NULL
);
CREATE INDEX order_pharmacy_of ON order_pharmacy(unit, no);
