-- SPDX-License-Identifier: Apache-2.0
-- Units and rooms that are closed by themselves (docs/decisions/0040). A unit stands in closed_unit with itself as its site, so that opening its establishment leaves it closed.
CREATE TABLE closed_room(
	room TEXT NOT NULL PRIMARY KEY, -- FHIR id of the Location
	since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- What was closed and opened, by whom; only added to.
CREATE TABLE place_change(
	no INTEGER PRIMARY KEY,
	place TEXT NOT NULL,
	unit TEXT NOT NULL, -- the unit itself, or whose room it is
	opens INTEGER NOT NULL CHECK(opens IN (0, 1)),
	reason TEXT NOT NULL CHECK(reason IN ('works', 'season', 'staff', 'hygiene', 'end', 'again')),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK((reason = 'again') = (opens = 1))
) STRICT;
CREATE INDEX place_change_unit ON place_change(unit, no);
