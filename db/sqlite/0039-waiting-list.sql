-- SPDX-License-Identifier: Apache-2.0
-- Who would come earlier than he is booked, and from when on a calendar can have anything free.

-- No time of its hours is free before: a bound below which a search need not look, never a promise that something is free after it. 0: not known.
ALTER TABLE agenda ADD COLUMN full_until_ms INTEGER NOT NULL DEFAULT 0;

-- A wish of one appointment for an earlier time. Nothing is booked by it: a person offers what is free, and moves the appointment.
CREATE TABLE appointment_wish(
	no INTEGER PRIMARY KEY,
	appointment INTEGER NOT NULL REFERENCES appointment(no),
	unit TEXT NOT NULL, -- of the appointment
	from_ms INTEGER NOT NULL, -- not before
	state TEXT NOT NULL CHECK(state IN ('waits', 'met', 'ended')), -- met: the appointment was moved to an earlier time
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER,
	ended_ms INTEGER,
	CHECK((state = 'waits') = (ended_ms IS NULL) AND (ended_ms IS NULL) = (ended_by IS NULL))
) STRICT;
CREATE UNIQUE INDEX appointment_wish_one ON appointment_wish(appointment) WHERE state = 'waits';
CREATE INDEX appointment_wish_unit ON appointment_wish(unit, no) WHERE state = 'waits';
