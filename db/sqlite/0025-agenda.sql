-- SPDX-License-Identifier: Apache-2.0
-- Calendars of practitioners, rooms and devices, their weekly hours, closings, and what is booked. Free slots are computed from these, never stored.

-- One running calendar an actor: nobody has two in which he could be booked at once.
CREATE TABLE agenda(
	no INTEGER PRIMARY KEY,
	unit TEXT NOT NULL, -- who keeps it
	type TEXT NOT NULL CHECK(type IN ('Practitioner', 'Location', 'Device')),
	actor TEXT NOT NULL,
	schedule TEXT NOT NULL, -- FHIR id of the Schedule
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX agenda_actor ON agenda(type, actor) WHERE ended_ms IS NULL;
CREATE INDEX agenda_unit ON agenda(unit, no) WHERE ended_ms IS NULL;

-- Kinds of consultation of a unit: shipped empty.
CREATE TABLE agenda_kind(
	no INTEGER PRIMARY KEY,
	unit TEXT NOT NULL,
	label TEXT NOT NULL,
	minutes INTEGER NOT NULL CHECK(minutes BETWEEN 5 AND 720),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_ms INTEGER
) STRICT;
CREATE INDEX agenda_kind_unit ON agenda_kind(unit, no) WHERE ended_ms IS NULL;

-- A slot template: minutes of the local day; a break is what lies between two rows. Days since 1970, both ends within. kind 0: any.
CREATE TABLE agenda_hours(
	no INTEGER PRIMARY KEY,
	agenda INTEGER NOT NULL REFERENCES agenda(no),
	weekday INTEGER NOT NULL CHECK(weekday BETWEEN 1 AND 7), -- Monday is 1
	from_min INTEGER NOT NULL,
	until_min INTEGER NOT NULL,
	step_min INTEGER NOT NULL CHECK(step_min BETWEEN 5 AND 720),
	kind INTEGER NOT NULL,
	from_day INTEGER NOT NULL,
	until_day INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_ms INTEGER,
	CHECK(from_min >= 0 AND from_min < until_min AND until_min <= 1440 AND until_day >= from_day)
) STRICT;
CREATE INDEX agenda_hours_of ON agenda_hours(agenda, no) WHERE ended_ms IS NULL;

-- Holidays, closures, leave. agenda 0: the whole unit.
CREATE TABLE agenda_closing(
	no INTEGER PRIMARY KEY,
	unit TEXT NOT NULL,
	agenda INTEGER NOT NULL,
	from_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	reason TEXT NOT NULL CHECK(reason IN ('holiday', 'closure', 'leave')),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_ms INTEGER,
	CHECK(until_ms > from_ms)
) STRICT;
CREATE INDEX agenda_closing_of ON agenda_closing(unit, until_ms) WHERE ended_ms IS NULL;

-- resource: the record's surrogate of the FHIR Appointment. once: the request that booked it, so that it is done once.
CREATE TABLE appointment(
	no INTEGER PRIMARY KEY,
	resource INTEGER NOT NULL UNIQUE,
	patient INTEGER NOT NULL,
	unit TEXT NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('booked', 'arrived', 'fulfilled', 'noshow', 'cancelled')),
	start_ms INTEGER NOT NULL,
	end_ms INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	over TEXT NOT NULL CHECK(over IN ('', 'urgent', 'short', 'together', 'asked')), -- why it was booked over
	reason TEXT NOT NULL, -- of a cancellation
	once INTEGER NOT NULL UNIQUE,
	version INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	changed_by INTEGER NOT NULL,
	changed_ms INTEGER NOT NULL,
	CHECK(end_ms > start_ms AND end_ms <= start_ms + 43200000),
	CHECK((reason <> '') = (state = 'cancelled'))
) STRICT;
CREATE INDEX appointment_patient ON appointment(patient, start_ms);

-- What an appointment takes of each of its calendars; a cancelled one takes nothing.
CREATE TABLE appointment_place(
	agenda INTEGER NOT NULL REFERENCES agenda(no),
	start_ms INTEGER NOT NULL,
	appointment INTEGER NOT NULL REFERENCES appointment(no),
	end_ms INTEGER NOT NULL,
	over INTEGER NOT NULL CHECK(over IN (0, 1)),
	PRIMARY KEY(agenda, start_ms, appointment)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX appointment_place_once ON appointment_place(agenda, start_ms) WHERE over = 0;
CREATE INDEX appointment_place_of ON appointment_place(appointment);
