-- SPDX-License-Identifier: Apache-2.0
-- Identity (RNIV, EXI SI 07 and SI 09; FR Core 2.2.0, fr-core-identity-reliability): what a status stands on, who looks after identities, two records of one person
-- joined and parted again, records that are closed.

-- A source of an identity: how its traits came (CodeSystem fr-core-cs-method-collection), on what document (fr-core-cs-mode-validation-identity), when. traits: sealed.
CREATE TABLE identity_source(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	method TEXT NOT NULL CHECK(method IN ('SM', 'CV', 'INSI', 'CB', 'RFID')),
	proof TEXT NOT NULL DEFAULT '',
	seen_on TEXT NOT NULL,
	traits BLOB NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER, -- withdrawn: it proves nothing any more
	ended_ms INTEGER,
	CHECK((method = 'INSI') = (proof = '') AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE INDEX identity_source_of ON identity_source(patient, no);

-- What waits for the identity cell about one record: a suspected collision (two persons in one record), an answer of INSi that does not fit.
CREATE TABLE identity_task(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('collision', 'insi')),
	detail TEXT NOT NULL DEFAULT '',
	text BLOB NOT NULL, -- sealed, or empty
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	closed_by INTEGER,
	closed_ms INTEGER,
	CHECK((closed_by IS NULL) = (closed_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX identity_task_open ON identity_task(patient, kind) WHERE closed_ms IS NULL;
CREATE INDEX identity_task_wait ON identity_task(kind, no) WHERE closed_ms IS NULL;

-- Who looks after identities: made a member by an administrator, never by oneself.
CREATE TABLE identity_cell(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	ended_by INTEGER,
	ended_ms INTEGER,
	CHECK(made_by <> account AND (ended_by IS NULL) = (ended_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX identity_cell_of ON identity_cell(account) WHERE ended_ms IS NULL;
CREATE INDEX identity_cell_made ON identity_cell(made_ms);

-- Two records that may be one person's: asked for by one, joined or dismissed by another, parted again. Joined, loser points to winner and both are read as one; nothing
-- of either moves. *_before, *_after: versions of the two Patients around the act.
CREATE TABLE identity_merge(
	no INTEGER PRIMARY KEY,
	winner INTEGER NOT NULL, -- until it is done: the older record first
	loser INTEGER NOT NULL,
	winner_id TEXT NOT NULL,
	loser_id TEXT NOT NULL,
	reason BLOB NOT NULL, -- sealed with the key of the record that was open when it was asked
	about INTEGER NOT NULL,
	asked_by INTEGER NOT NULL,
	asked_ms INTEGER NOT NULL,
	state TEXT NOT NULL DEFAULT 'asked' CHECK(state IN ('asked', 'dismissed', 'merged', 'undone')),
	done_by INTEGER,
	done_ms INTEGER,
	undone_by INTEGER,
	undone_ms INTEGER,
	winner_before INTEGER NOT NULL DEFAULT 0,
	winner_after INTEGER NOT NULL DEFAULT 0,
	loser_before INTEGER NOT NULL DEFAULT 0,
	loser_after INTEGER NOT NULL DEFAULT 0,
	CHECK(winner <> loser AND about IN (winner, loser)),
	CHECK((done_by IS NULL) = (state = 'asked') AND (done_by IS NULL) = (done_ms IS NULL)),
	CHECK(state NOT IN ('merged', 'undone') OR done_by <> asked_by),
	CHECK((undone_by IS NULL) = (state <> 'undone') AND (undone_by IS NULL) = (undone_ms IS NULL))
) STRICT;
CREATE UNIQUE INDEX identity_merge_loser ON identity_merge(loser) WHERE state = 'merged'; -- into one other at a time
CREATE INDEX identity_merge_winner ON identity_merge(winner) WHERE state = 'merged';
CREATE INDEX identity_merge_winner_id ON identity_merge(winner_id) WHERE state = 'merged';
CREATE INDEX identity_merge_loser_id ON identity_merge(loser_id) WHERE state = 'merged';
CREATE UNIQUE INDEX identity_merge_asked_pair ON identity_merge(winner, loser) WHERE state = 'asked';
CREATE INDEX identity_merge_asked_loser ON identity_merge(loser) WHERE state = 'asked';
CREATE INDEX identity_merge_state ON identity_merge(state, no);

-- A record that is closed: archived (read, never written) or sealed (opened for a reason only, never written). Lifted by another person.
CREATE TABLE record_seal(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK(kind IN ('archived', 'sealed')),
	reason TEXT NOT NULL,
	text BLOB NOT NULL, -- sealed
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	lifted_by INTEGER,
	lifted_ms INTEGER,
	lifted_text BLOB, -- sealed
	CHECK((lifted_by IS NULL) = (lifted_ms IS NULL) AND (lifted_by IS NULL OR lifted_by <> made_by))
) STRICT;
CREATE UNIQUE INDEX record_seal_on ON record_seal(patient) WHERE lifted_ms IS NULL;
CREATE INDEX record_seal_list ON record_seal(no) WHERE lifted_ms IS NULL;

-- Work lists: identities by status, and those that are doubtful or fictive (known.homonym: 1 declared, 2 namesake found, 4 doubtful, 8 fictive).
CREATE INDEX known_trust ON known(trust, patient);
CREATE INDEX known_doubtful ON known(patient) WHERE homonym > 3;
