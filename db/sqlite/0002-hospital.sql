-- SPDX-License-Identifier: Apache-2.0
-- The house's own tables: accounts and their factors, live facts, access index, break-glass, deletions, places.
-- Patients are named by their surrogate only; instants are ms since 1970 UTC; 0 as an account number is nobody (import, device).

-- Small numbers of the house that grow: account_epoch (any account, unit or factor changed), access_indexed (last ledger number indexed), ipp.
CREATE TABLE house(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO house(name, value) VALUES ('account_epoch', 1), ('access_indexed', 0), ('ipp', 0);

CREATE TABLE account(
	no INTEGER PRIMARY KEY,
	login_key INTEGER NOT NULL UNIQUE, -- keyed hash (keys_house_hash)
	login BLOB NOT NULL, -- sealed with the house's key, as name is
	name BLOB NOT NULL,
	role TEXT NOT NULL CHECK(role IN ('clerk', 'nurse', 'physician', 'pharmacist', 'billing', 'rssi', 'dpo', 'admin', 'machine', 'operator')),
	lang TEXT NOT NULL CHECK(lang IN ('fr', 'en')),
	practitioner TEXT,
	unit TEXT,
	password TEXT CHECK(password IS NULL OR substr(password, 1, 9) = '$argon2id'),
	password_ms INTEGER NOT NULL,
	disabled INTEGER NOT NULL CHECK(disabled IN (0, 1)),
	until_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK(role <> 'machine' OR password IS NULL)
) STRICT;
CREATE INDEX account_admins ON account(role, disabled);

CREATE TABLE account_unit(
	account INTEGER NOT NULL REFERENCES account(no),
	place INTEGER NOT NULL CHECK(place BETWEEN 0 AND 7),
	unit TEXT NOT NULL,
	PRIMARY KEY(account, place)
) STRICT, WITHOUT ROWID;

-- Second factors. last_step: the last TOTP time step that opened a door; a step opens once.
CREATE TABLE factor(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	kind TEXT NOT NULL CHECK(kind IN ('totp')),
	secret BLOB NOT NULL, -- sealed with the house's key
	state TEXT NOT NULL CHECK(state IN ('active', 'revoked')),
	last_step INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX factor_account ON factor(account, kind, state);

-- A machine account's tickets. The token itself is never stored; a cohort of all exists in a demo only.
CREATE TABLE machine_ticket(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL REFERENCES account(no),
	token_hash BLOB NOT NULL UNIQUE CHECK(length(token_hash) = 32),
	kind TEXT NOT NULL CHECK(kind IN ('demo', 'contract')),
	cohort TEXT NOT NULL CHECK(cohort IN ('all', 'explained')),
	api_may INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	CHECK(cohort <> 'all' OR kind = 'demo')
) STRICT;

-- Live facts that join a person or a unit to a patient; derived from the record, rebuilt from it at will.
-- who: stable hash of "Organization/ID" or "Practitioner/ID", of a place (kind 6) "Location/ID"…: what names it is looked at anew when it changes; source: rid of the resource the fact follows, 0 for what remains true for ever (I wrote).
-- born: the patient's known.born (a keyed hash), 0 when not known: whom do I know of those born that day?
CREATE TABLE relation(
	patient INTEGER NOT NULL,
	who INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	source INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	since_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	born INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY(patient, who, kind, source, made_by)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_who ON relation(who, until_ms, since_ms, kind);
CREATE INDEX relation_born ON relation(who, born, until_ms, since_ms) WHERE born > 0;
CREATE INDEX relation_source ON relation(source) WHERE source > 0;

-- The people known, by date of birth; derived from the Patients that are not deleted, rebuilt from them at will.
-- born: keyed hash of the date, 0 none. line: date, initials and folded names, sealed with the patient's key. sex, trust: numbers of hospital/known.c and
-- hospital/traits.h. homonym: 1 as declared, 2 another person of that date has the same names (both may stand).
CREATE TABLE known(
	born INTEGER NOT NULL,
	patient INTEGER NOT NULL,
	id TEXT NOT NULL,
	sex INTEGER NOT NULL,
	trust INTEGER NOT NULL,
	homonym INTEGER NOT NULL,
	line BLOB NOT NULL,
	PRIMARY KEY(born, patient)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX known_patient ON known(patient);
-- Keyed hashes: of "family given" of birth whole, and of the first three letters of each name and of each name's sound.
CREATE TABLE known_name(
	born INTEGER NOT NULL,
	key INTEGER NOT NULL,
	patient INTEGER NOT NULL,
	PRIMARY KEY(born, key, patient)
) STRICT, WITHOUT ROWID;

-- Index of the ledger's disclosures by patient and by account; filled by the gate from the ledger, so it can be made anew from it.
CREATE TABLE word(no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE access(
	patient INTEGER NOT NULL,
	number INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	account INTEGER NOT NULL,
	role INTEGER NOT NULL,
	unit INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	surface INTEGER NOT NULL,
	route INTEGER NOT NULL,
	explain INTEGER NOT NULL,
	rc INTEGER NOT NULL,
	PRIMARY KEY(patient, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_account ON access(account, number);
CREATE INDEX access_trouble ON access(number) WHERE rc <> 0;

CREATE TABLE break_glass(
	no INTEGER PRIMARY KEY,
	account INTEGER NOT NULL,
	patient INTEGER NOT NULL,
	unit TEXT,
	reason TEXT NOT NULL CHECK(reason IN ('emergency', 'arrival', 'advice', 'other')),
	text BLOB NOT NULL, -- sealed with the patient's key, as comment is
	at_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	reviewed_by INTEGER,
	reviewed_ms INTEGER,
	verdict TEXT CHECK(verdict IN ('justified', 'doubtful')),
	comment BLOB,
	CHECK(until_ms > at_ms),
	CHECK(reviewed_by IS NULL OR reviewed_by <> account),
	CHECK((reviewed_by IS NULL) = (reviewed_ms IS NULL) AND (reviewed_by IS NULL) = (verdict IS NULL))
) STRICT;
CREATE INDEX break_glass_live ON break_glass(account, patient, until_ms);
CREATE INDEX break_glass_open ON break_glass(no) WHERE reviewed_ms IS NULL;
CREATE INDEX break_glass_patient ON break_glass(patient, no);

-- Soft deletions of patients: who, why, and who brought them back (never the same person).
CREATE TABLE patient_deletion(
	no INTEGER PRIMARY KEY,
	patient INTEGER NOT NULL,
	id TEXT NOT NULL,
	version INTEGER NOT NULL,
	reason TEXT NOT NULL CHECK(reason IN ('duplicate', 'error', 'fictive', 'request')),
	text BLOB NOT NULL, -- sealed with the patient's key
	account INTEGER NOT NULL,
	at_ms INTEGER NOT NULL,
	restored_by INTEGER,
	restored_ms INTEGER,
	CHECK(restored_by IS NULL OR restored_by <> account),
	CHECK((restored_by IS NULL) = (restored_ms IS NULL))
) STRICT;
CREATE INDEX patient_deletion_open ON patient_deletion(no) WHERE restored_ms IS NULL;
CREATE INDEX patient_deletion_id ON patient_deletion(id, no);

-- Communes and countries of birth by INSEE code (data/lieux).
CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;
