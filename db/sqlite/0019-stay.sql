-- SPDX-License-Identifier: Apache-2.0
-- Establishments, beds and stays: what the record says of them now, kept for the board and for the rules that nobody may break at the same moment as another;
-- the movements, which are only ever added to; and what the house alone says of its places.

-- Beds, as their Locations say (hospital/bed.c); made anew from the record at will.
CREATE TABLE bed(
	id TEXT NOT NULL PRIMARY KEY, -- FHIR id of the Location
	unit TEXT NOT NULL, -- FHIR id of the Organization that manages it, as all units here
	room TEXT NOT NULL, -- FHIR id of the Location that it is part of; empty: none
	name TEXT NOT NULL,
	open INTEGER NOT NULL CHECK(open IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX bed_unit ON bed(unit, id);
CREATE INDEX bed_room ON bed(room, id);
-- Where somebody is who is in a unit and in none of its beds.
CREATE TABLE unit_place(unit TEXT NOT NULL PRIMARY KEY, id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX unit_place_id ON unit_place(id);

-- Stays that are not over, as their Encounters say; made anew at will. bed: where the person lies, or what is kept for a leave; next_*: where to, announced.
CREATE TABLE stay_now(
	rid INTEGER NOT NULL PRIMARY KEY, -- surrogate of the Encounter
	patient INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('planned', 'present', 'leave')),
	class TEXT NOT NULL,
	unit TEXT NOT NULL, -- empty: planned
	bed TEXT,
	since_ms INTEGER NOT NULL,
	next_unit TEXT,
	next_bed TEXT,
	next_ms INTEGER,
	exit_ms INTEGER, -- the last exit that was announced and not called off (movement)
	CHECK(state <> 'planned' OR bed IS NULL),
	CHECK(next_bed IS NULL OR next_unit IS NOT NULL)
) STRICT;
-- No bed with two patients, no bed kept for two, nobody in two beds at once (a bed that is kept during a leave is nobody's to lie in).
CREATE UNIQUE INDEX stay_now_bed ON stay_now(bed) WHERE bed IS NOT NULL;
CREATE UNIQUE INDEX stay_now_held ON stay_now(next_bed) WHERE next_bed IS NOT NULL;
CREATE UNIQUE INDEX stay_now_lies ON stay_now(patient) WHERE bed IS NOT NULL AND state = 'present';
CREATE INDEX stay_now_unit ON stay_now(unit);
CREATE INDEX stay_now_next ON stay_now(next_unit, next_ms) WHERE next_unit IS NOT NULL;
CREATE INDEX stay_now_patient ON stay_now(patient);

-- Movements in the words of HL7 v2 (ADT events); never changed: what was wrong is cancelled by another row. version, before: the Encounter as it was written with the
-- movement, and the version whose state came before (0: none).
CREATE TABLE movement(
	no INTEGER PRIMARY KEY,
	stay INTEGER NOT NULL,
	patient INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('A05', 'A01', 'A02', 'A15', 'A16', 'A21', 'A22', 'A03', 'A38', 'A11', 'A12', 'A26', 'A25', 'A52', 'A53', 'A13')),
	unit TEXT NOT NULL,
	bed TEXT,
	from_unit TEXT,
	from_bed TEXT,
	mode TEXT, -- of entry or exit, and where from or where to: codes of data/nomenclatures/modes_entree_sortie_mco.tsv
	place TEXT,
	intended_ms INTEGER,
	done_ms INTEGER,
	recorded_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	reason TEXT,
	cancels INTEGER UNIQUE REFERENCES movement(no), -- a movement is corrected once
	version INTEGER NOT NULL,
	before INTEGER NOT NULL,
	CHECK((cancels IS NOT NULL) = (kind IN ('A38', 'A11', 'A12', 'A26', 'A25', 'A52', 'A53', 'A13'))),
	CHECK(intended_ms IS NOT NULL OR done_ms IS NOT NULL OR cancels IS NOT NULL)
) STRICT;
CREATE INDEX movement_stay ON movement(stay, no);

-- What the house says of a bed beside who lies in it; none: ready.
CREATE TABLE bed_state(
	bed TEXT NOT NULL PRIMARY KEY,
	state TEXT NOT NULL CHECK(state IN ('cleaning', 'closed', 'isolation')),
	since_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Who may share a room: none said: people of one sex, which can be passed over with a reason.
CREATE TABLE room_rule(
	room TEXT NOT NULL PRIMARY KEY,
	sex TEXT NOT NULL CHECK(sex IN ('any', 'same', 'female', 'male')),
	hard INTEGER NOT NULL CHECK(hard IN (0, 1)),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Shipped empty: the establishment fills it with the scale that it uses. From and until: days.
CREATE TABLE triage_level(
	no INTEGER PRIMARY KEY,
	scale TEXT NOT NULL,
	code TEXT NOT NULL,
	label TEXT NOT NULL,
	source TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK(until_ms > from_ms)
) STRICT;
CREATE UNIQUE INDEX triage_level_code ON triage_level(scale, code, from_ms);
CREATE INDEX triage_level_until ON triage_level(until_ms);

-- Closing (or opening again) of an establishment: asked for by one, signed by another.
CREATE TABLE site_closing(
	no INTEGER PRIMARY KEY,
	site TEXT NOT NULL,
	opens INTEGER NOT NULL CHECK(opens IN (0, 1)),
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	signed_by INTEGER,
	signed_ms INTEGER,
	dropped_ms INTEGER,
	CHECK(signed_by IS NULL OR signed_by <> asked_by),
	CHECK((signed_by IS NULL) = (signed_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX site_closing_waits ON site_closing(site) WHERE signed_ms IS NULL AND dropped_ms IS NULL;
-- The units of establishments that are closed: nobody works there, nobody is admitted.
CREATE TABLE closed_unit(unit TEXT NOT NULL PRIMARY KEY, site TEXT NOT NULL, since_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX closed_unit_site ON closed_unit(site);
CREATE INDEX account_unit_where ON account_unit(unit);
CREATE INDEX account_where ON account(unit) WHERE unit IS NOT NULL;
