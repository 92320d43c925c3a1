-- SPDX-License-Identifier: Apache-2.0
-- Ward kits (emergency trolleys, full-empty boxes). What a kit holds stands on an account of its own, so that no lot is lost sight of and a recall finds it.
-- of_store: the ward's store whose kit this account is; 0: no kit. No dose is drawn on a kit, nothing is received, counted or ordered for it.
ALTER TABLE stock_account ADD COLUMN of_store INTEGER NOT NULL DEFAULT 0;
CREATE INDEX stock_account_kit ON stock_account(of_store, no) WHERE of_store > 0;

-- version: of its list, one more by each change.
CREATE TABLE stock_kit(
	no INTEGER NOT NULL PRIMARY KEY REFERENCES stock_account(no),
	store INTEGER NOT NULL REFERENCES stock_account(no),
	version INTEGER NOT NULL CHECK(version > 0),
	CHECK(no <> store)
) STRICT;

-- What should be in it, by versions: a line holds from version since on, up to the one before until (0: it holds).
CREATE TABLE stock_kit_line(
	kit INTEGER NOT NULL REFERENCES stock_kit(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	since INTEGER NOT NULL,
	until INTEGER NOT NULL DEFAULT 0,
	quantity INTEGER NOT NULL CHECK(quantity > 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(kit, product, since),
	CHECK(until = 0 OR until > since)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX stock_kit_line_now ON stock_kit_line(kit, product) WHERE until = 0;

-- A seal: its number as printed on it, the version of the list that was in it, and the soonest last day of all that was in it (empty: of nothing in it a day is known).
CREATE TABLE stock_kit_seal(
	no INTEGER PRIMARY KEY,
	kit INTEGER NOT NULL REFERENCES stock_kit(no),
	number TEXT NOT NULL CHECK(number <> ''),
	version INTEGER NOT NULL,
	expires_on TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	opened_by INTEGER,
	opened_ms INTEGER,
	CHECK((opened_by IS NULL) = (opened_ms IS NULL))
) STRICT;
CREATE INDEX stock_kit_seal_of ON stock_kit_seal(kit, no);
CREATE UNIQUE INDEX stock_kit_seal_number ON stock_kit_seal(kit, number);
CREATE UNIQUE INDEX stock_kit_seal_now ON stock_kit_seal(kit) WHERE opened_ms IS NULL;

-- Somebody looked: number is what the seal says ('': it has none); seal: another number than on the books; content: something is missing or may not be given.
CREATE TABLE stock_kit_check(
	no INTEGER PRIMARY KEY,
	kit INTEGER NOT NULL REFERENCES stock_kit(no),
	number TEXT NOT NULL,
	outcome TEXT NOT NULL CHECK(outcome IN ('ok', 'seal', 'content')),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_kit_check_of ON stock_kit_check(kit, no);
