-- SPDX-License-Identifier: Apache-2.0
-- The role of a pharmacy technician. SQLite changes no rule of a table that is there: the table is made anew with its rows. What refers to it is counted at the end of the
-- migration, when every row is back; each row put back is looked for in the tables that refer to accounts, once.
PRAGMA defer_foreign_keys=ON;
CREATE TABLE account_before AS SELECT * FROM account;
DROP TABLE account;
CREATE TABLE account(
	no INTEGER PRIMARY KEY,
	login_key INTEGER NOT NULL UNIQUE, -- keyed hash (keys_house_hash)
	login BLOB NOT NULL, -- sealed with the house's key, as name is
	name BLOB NOT NULL,
	role TEXT NOT NULL CHECK(role IN ('clerk', 'nurse', 'physician', 'pharmacist', 'technician', 'billing', 'rssi', 'dpo', 'admin', 'machine', 'operator')),
	lang TEXT NOT NULL CHECK(lang IN ('fr', 'en')),
	practitioner TEXT,
	unit TEXT,
	password TEXT CHECK(password IS NULL OR substr(password, 1, 9) = '$argon2id'),
	password_ms INTEGER NOT NULL,
	disabled INTEGER NOT NULL CHECK(disabled IN (0, 1)),
	until_ms INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	seen_ms INTEGER NOT NULL DEFAULT 0,
	work TEXT NOT NULL DEFAULT '' CHECK(work IN ('', 'emergency')),
	CHECK(role <> 'machine' OR password IS NULL)
) STRICT;
INSERT INTO account(no, login_key, login, name, role, lang, practitioner, unit, password, password_ms, disabled, until_ms, made_by, made_ms, seen_ms, work)
	SELECT no, login_key, login, name, role, lang, practitioner, unit, password, password_ms, disabled, until_ms, made_by, made_ms, seen_ms, work FROM account_before;
DROP TABLE account_before;
CREATE INDEX account_admins ON account(role, disabled);
CREATE INDEX account_where ON account(unit) WHERE unit IS NOT NULL;
