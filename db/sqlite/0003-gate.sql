-- SPDX-License-Identifier: Apache-2.0
-- The gate's own tables: sessions that outlive a restart, acts that were committed, imports that were done, charts made by their reader.
-- Never a token: only its SHA-256. Instants are ms since 1970 UTC.

-- seen_ms is written now and then, so after a crash a session may lock a minute early, never late.
CREATE TABLE session(
	hash BLOB PRIMARY KEY CHECK(length(hash) = 32),
	no INTEGER NOT NULL UNIQUE,
	account INTEGER NOT NULL,
	unit TEXT NOT NULL,
	address BLOB NOT NULL, -- sealed with the house's key
	started_ms INTEGER NOT NULL,
	seen_ms INTEGER NOT NULL,
	locked INTEGER NOT NULL CHECK(locked IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session(account);

-- Ledger number of the intent whose act was committed: written in the act's own transaction, pruned once its outcome lies behind the last snapshot.
CREATE TABLE act_done(number INTEGER PRIMARY KEY) STRICT;

-- Digest of a transaction bundle that was imported, keyed (keys_house_digest): the same file again changes nothing.
CREATE TABLE import_done(digest BLOB PRIMARY KEY CHECK(length(digest) = 32), at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- A chart made by a person explains itself to that person until another identity adds to it (shared = 1).
CREATE TABLE patient_made(patient INTEGER PRIMARY KEY, account INTEGER NOT NULL, shared INTEGER NOT NULL CHECK(shared IN (0, 1))) STRICT;
CREATE INDEX patient_made_account ON patient_made(account) WHERE shared = 0;
