-- SPDX-License-Identifier: Apache-2.0
-- The pharmacy's stock as double entry. One posting is both sides: it takes a quantity of a lot from one account and gives it to another, so that each product and each
-- lot sums to zero over all accounts whatever is written. Quantities are thousandths of the unit of count; money is cents. No free text stands here but sealed.

-- Stores (central, ward, cabinet, home) never go under zero; what lies outside of them may (free = 1): supplier, patient, loss, destruction, discrepancy, correction, own, use.
CREATE TABLE stock_account(
	no INTEGER NOT NULL PRIMARY KEY,
	kind TEXT NOT NULL CHECK(kind IN ('central', 'ward', 'cabinet', 'home', 'supplier', 'patient', 'loss', 'destruction', 'discrepancy', 'correction', 'own', 'use')),
	free INTEGER NOT NULL,
	code TEXT NOT NULL,
	unit TEXT NOT NULL, -- FHIR id of the unit that a store belongs to; empty: of the house
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	UNIQUE(no, free),
	CHECK(free = CASE WHEN kind IN ('central', 'ward', 'cabinet', 'home') THEN 0 ELSE 1 END)
) STRICT;
CREATE UNIQUE INDEX stock_account_code ON stock_account(code);
CREATE INDEX stock_account_unit ON stock_account(unit, no) WHERE free = 0;

-- One a speciality. counted: the unit of count. narcotic: as the conditions of prescription say. listed: 0 when a dose was given of what the pharmacy never listed.
CREATE TABLE stock_product(
	no INTEGER PRIMARY KEY,
	cis INTEGER NOT NULL,
	ucd TEXT NOT NULL,
	counted TEXT NOT NULL,
	narcotic INTEGER NOT NULL CHECK(narcotic IN (0, 1)),
	listed INTEGER NOT NULL CHECK(listed IN (0, 1)),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX stock_product_cis ON stock_product(cis);
CREATE INDEX stock_product_narcotic ON stock_product(no) WHERE narcotic = 1;

-- Of what is in use: held over all stores and worth; the average weighted cost is value by quantity. Lots that a patient owns are not in it.
CREATE TABLE stock_pool(
	product INTEGER NOT NULL PRIMARY KEY REFERENCES stock_product(no),
	quantity INTEGER NOT NULL CHECK(quantity >= 0),
	value_cents INTEGER NOT NULL,
	CHECK(value_cents >= 0 AND (quantity > 0 OR value_cents = 0))
) STRICT;

-- patient: whose own it is, 0 the house's. number empty: the lot is not known (discrepancies). expires_on empty: not known.
CREATE TABLE stock_lot(
	no INTEGER PRIMARY KEY,
	product INTEGER NOT NULL REFERENCES stock_product(no),
	number TEXT NOT NULL,
	serial TEXT NOT NULL,
	expires_on TEXT NOT NULL,
	patient INTEGER NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('usable', 'quarantine', 'recalled')),
	made_ms INTEGER NOT NULL,
	UNIQUE(no, product)
) STRICT;
CREATE UNIQUE INDEX stock_lot_number ON stock_lot(product, number, serial, patient);
CREATE INDEX stock_lot_blocked ON stock_lot(no) WHERE state <> 'usable';

-- Who put a lot aside, called it back, or gave it free again, and why.
CREATE TABLE stock_lot_event(
	no INTEGER PRIMARY KEY,
	lot INTEGER NOT NULL REFERENCES stock_lot(no),
	state TEXT NOT NULL,
	reason TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX stock_lot_event_of ON stock_lot_event(lot, no);

-- One deed. key: which one, so that it is done once. patient, request: for whom and by what order, for recalls. text: sealed.
CREATE TABLE stock_movement(
	no INTEGER PRIMARY KEY,
	kind TEXT NOT NULL,
	key TEXT NOT NULL,
	reason TEXT NOT NULL,
	patient INTEGER NOT NULL,
	request TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL, -- recorded
	at_ms INTEGER NOT NULL,   -- done
	text BLOB,
	CHECK(key <> '')
) STRICT;
CREATE UNIQUE INDEX stock_movement_key ON stock_movement(key);
CREATE INDEX stock_movement_patient ON stock_movement(patient, no) WHERE patient > 0;

CREATE TABLE stock_posting(
	no INTEGER PRIMARY KEY,
	movement INTEGER NOT NULL REFERENCES stock_movement(no),
	product INTEGER NOT NULL,
	lot INTEGER NOT NULL,
	from_account INTEGER NOT NULL REFERENCES stock_account(no),
	to_account INTEGER NOT NULL REFERENCES stock_account(no),
	quantity INTEGER NOT NULL,
	value_cents INTEGER NOT NULL,
	FOREIGN KEY(lot, product) REFERENCES stock_lot(no, product),
	CHECK(quantity > 0 AND quantity <= 1000000000000 AND value_cents >= 0 AND from_account <> to_account)
) STRICT;
CREATE INDEX stock_posting_movement ON stock_posting(movement);
CREATE INDEX stock_posting_from ON stock_posting(from_account, no);
CREATE INDEX stock_posting_to ON stock_posting(to_account, no);
CREATE INDEX stock_posting_lot ON stock_posting(lot, no);

-- What the postings add up to, kept in their transaction.
CREATE TABLE stock_balance(
	account INTEGER NOT NULL,
	lot INTEGER NOT NULL,
	product INTEGER NOT NULL,
	free INTEGER NOT NULL,
	quantity INTEGER NOT NULL,
	PRIMARY KEY(account, product, lot),
	FOREIGN KEY(account, free) REFERENCES stock_account(no, free),
	FOREIGN KEY(lot, product) REFERENCES stock_lot(no, product),
	CHECK(free = 1 OR quantity >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_balance_lot ON stock_balance(lot, account);

-- Entries and exits of narcotics of a store, each with what was left after it and a second signature by somebody else.
CREATE TABLE stock_register(
	no INTEGER PRIMARY KEY,
	store INTEGER NOT NULL,
	product INTEGER NOT NULL REFERENCES stock_product(no),
	posting INTEGER NOT NULL REFERENCES stock_posting(no),
	delta INTEGER NOT NULL CHECK(delta <> 0),
	left_after INTEGER NOT NULL CHECK(left_after >= 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	second_by INTEGER,
	second_ms INTEGER,
	CHECK(second_by IS NULL OR second_by <> made_by),
	CHECK((second_by IS NULL) = (second_ms IS NULL))
) STRICT;
CREATE INDEX stock_register_of ON stock_register(store, product, no);
CREATE INDEX stock_register_open ON stock_register(store, product, no) WHERE second_by IS NULL;

-- Given, but not on the books of the store: waits for somebody who looks.
CREATE TABLE stock_shortage(
	no INTEGER PRIMARY KEY,
	movement INTEGER NOT NULL REFERENCES stock_movement(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	store INTEGER NOT NULL, -- 0: the unit has none
	unit TEXT NOT NULL,
	quantity INTEGER NOT NULL CHECK(quantity > 0),
	made_ms INTEGER NOT NULL,
	how TEXT NOT NULL DEFAULT '' CHECK(how IN ('', 'lot', 'count', 'back')),
	settled_by INTEGER,
	settled_ms INTEGER,
	CHECK((settled_by IS NULL) = (settled_ms IS NULL) AND (settled_by IS NULL) = (how = ''))
) STRICT;
CREATE INDEX stock_shortage_open ON stock_shortage(unit, no) WHERE settled_ms IS NULL;
CREATE INDEX stock_shortage_movement ON stock_shortage(movement);
CREATE INDEX stock_shortage_all ON stock_shortage(no) WHERE settled_ms IS NULL;

CREATE TABLE stock_level(
	store INTEGER NOT NULL REFERENCES stock_account(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	critical INTEGER NOT NULL,
	minimum INTEGER NOT NULL,
	optimum INTEGER NOT NULL,
	maximum INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(store, product),
	CHECK(0 <= critical AND critical <= minimum AND minimum <= optimum AND optimum <= maximum)
) STRICT, WITHOUT ROWID;

-- An order to a supplier. invoice_cents: what the invoice asks; the check compares it with what came.
CREATE TABLE stock_order(
	no INTEGER PRIMARY KEY,
	key TEXT NOT NULL UNIQUE,
	store INTEGER NOT NULL REFERENCES stock_account(no),
	supplier TEXT NOT NULL,
	state TEXT NOT NULL CHECK(state IN ('draft', 'sent', 'partly', 'received', 'checked', 'disputed', 'cancelled')),
	version INTEGER NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	sent_by INTEGER,
	sent_ms INTEGER,
	invoice TEXT NOT NULL DEFAULT '',
	invoice_cents INTEGER NOT NULL DEFAULT 0,
	invoice_by INTEGER
) STRICT;
CREATE INDEX stock_order_open ON stock_order(store, no) WHERE state IN ('sent', 'partly');

CREATE TABLE stock_order_line(
	ordered_in INTEGER NOT NULL REFERENCES stock_order(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	ordered INTEGER NOT NULL CHECK(ordered > 0),
	received INTEGER NOT NULL DEFAULT 0 CHECK(received >= 0 AND received <= ordered),
	received_cents INTEGER NOT NULL DEFAULT 0 CHECK(received_cents >= 0),
	price_cents INTEGER NOT NULL CHECK(price_cents >= 0), -- of all that is ordered
	PRIMARY KEY(ordered_in, product)
) STRICT, WITHOUT ROWID;
CREATE INDEX stock_order_line_of ON stock_order_line(product, ordered_in);

-- A count of a store: signed by who counted, and by somebody else, who posts its variances by that.
CREATE TABLE stock_count(
	no INTEGER PRIMARY KEY,
	store INTEGER NOT NULL REFERENCES stock_account(no),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	first_by INTEGER,
	first_ms INTEGER,
	second_by INTEGER,
	second_ms INTEGER,
	dropped_ms INTEGER,
	CHECK(second_by IS NULL OR (first_by IS NOT NULL AND second_by <> first_by)),
	CHECK((first_by IS NULL) = (first_ms IS NULL) AND (second_by IS NULL) = (second_ms IS NULL)),
	CHECK(second_ms IS NULL OR dropped_ms IS NULL)
) STRICT;
CREATE UNIQUE INDEX stock_count_open ON stock_count(store) WHERE second_ms IS NULL AND dropped_ms IS NULL;
CREATE INDEX stock_count_of ON stock_count(store, no);

CREATE TABLE stock_count_line(
	counted_in INTEGER NOT NULL REFERENCES stock_count(no),
	lot INTEGER NOT NULL REFERENCES stock_lot(no),
	expected INTEGER NOT NULL, -- on the books when it was counted
	counted INTEGER NOT NULL CHECK(counted >= 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(counted_in, lot)
) STRICT, WITHOUT ROWID;

-- What was posted stays as it is: it is put right by another posting.
CREATE TRIGGER stock_posting_kept BEFORE UPDATE ON stock_posting BEGIN SELECT RAISE(ABORT, 'a posting is never changed'); END;
CREATE TRIGGER stock_posting_stays BEFORE DELETE ON stock_posting BEGIN SELECT RAISE(ABORT, 'a posting is never taken away'); END;
CREATE TRIGGER stock_movement_kept BEFORE UPDATE ON stock_movement BEGIN SELECT RAISE(ABORT, 'a movement is never changed'); END;
CREATE TRIGGER stock_movement_stays BEFORE DELETE ON stock_movement BEGIN SELECT RAISE(ABORT, 'a movement is never taken away'); END;
CREATE TRIGGER stock_register_kept BEFORE UPDATE OF no, store, product, posting, delta, left_after, made_by, made_ms ON stock_register BEGIN SELECT RAISE(ABORT, 'a line of the register is never changed'); END;
CREATE TRIGGER stock_register_stays BEFORE DELETE ON stock_register BEGIN SELECT RAISE(ABORT, 'a line of the register is never taken away'); END;
CREATE TRIGGER stock_register_signed BEFORE UPDATE OF second_by, second_ms ON stock_register WHEN OLD.second_by IS NOT NULL BEGIN SELECT RAISE(ABORT, 'a signature stays'); END;
