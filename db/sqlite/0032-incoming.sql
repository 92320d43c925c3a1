-- SPDX-License-Identifier: Apache-2.0
-- Documents that came from outside and what was done with each. Words and bytes are sealed: with the house's key while nobody's, with the patient's once filed.

-- once: of the form that brought it, so that a form sent twice brings one. saved: counts what was done with it; who acts on an older state is told.
CREATE TABLE incoming(
	no INTEGER PRIMARY KEY,
	once INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('waits', 'filed')),
	saved INTEGER NOT NULL CHECK(saved >= 1),
	format TEXT NOT NULL CHECK(format IN ('pdf', 'text')),
	found TEXT NOT NULL CHECK(found IN ('match', 'no_ins', 'none', 'several')), -- when it came; asked again when it is filed
	made_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL REFERENCES account(no),
	patient INTEGER, -- whose record it is in
	document TEXT, -- FHIR id of the DocumentReference
	content BLOB NOT NULL, -- sealed: what was typed, hash of the file
	file BLOB, -- sealed, while it waits; in document_file once filed
	CHECK((state = 'filed') = (patient IS NOT NULL) AND (patient IS NULL) = (document IS NULL) AND (state = 'waits') = (file IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX incoming_once ON incoming(once);
CREATE INDEX incoming_waits ON incoming(no) WHERE state = 'waits';
CREATE INDEX incoming_of ON incoming(patient, no) WHERE patient IS NOT NULL;

-- Into a record and out of it, never changed. matched: by exact INS and traits, 0 by a person's choice.
CREATE TABLE incoming_move(
	no INTEGER PRIMARY KEY,
	incoming INTEGER NOT NULL REFERENCES incoming(no),
	saved INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('filed', 'returned')),
	patient INTEGER NOT NULL,
	document TEXT NOT NULL,
	matched INTEGER NOT NULL CHECK(matched IN (0, 1)),
	at_ms INTEGER NOT NULL,
	by_account INTEGER NOT NULL REFERENCES account(no),
	why BLOB, -- sealed with the patient's key
	CHECK(matched = 1 OR why IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX incoming_move_of ON incoming_move(incoming, saved);
