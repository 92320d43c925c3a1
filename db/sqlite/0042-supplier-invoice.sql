-- SPDX-License-Identifier: Apache-2.0
-- A supplier's invoice held against each line of its order (hospital/stock_invoice.c, docs/decisions/0052). What is being typed, by order: it may be typed again until somebody decides, and is there to begin
-- with when a disputed invoice comes back. cents: of all of the quantity.
CREATE TABLE stock_invoice_typed(
	ordered_in INTEGER NOT NULL REFERENCES stock_order(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	quantity INTEGER NOT NULL CHECK(quantity >= 0),
	cents INTEGER NOT NULL CHECK(cents >= 0),
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	PRIMARY KEY(ordered_in, product)
) STRICT, WITHOUT ROWID;

-- One check of an invoice, with what came of it; number and sum as the supplier wrote them. An agreement gives no reason, anything else does.
CREATE TABLE stock_invoice(
	no INTEGER PRIMARY KEY,
	ordered_in INTEGER NOT NULL REFERENCES stock_order(no),
	number TEXT NOT NULL,
	cents INTEGER NOT NULL CHECK(cents >= 0),
	outcome TEXT NOT NULL CHECK(outcome IN ('agreed', 'accepted', 'disputed')),
	reason TEXT NOT NULL,
	made_by INTEGER NOT NULL,
	made_ms INTEGER NOT NULL,
	CHECK((outcome = 'agreed') = (reason = ''))
) STRICT;
CREATE INDEX stock_invoice_of ON stock_invoice(ordered_in, no);

-- As it was decided on: what had been ordered, what had come and what that costs at the order's price; what the invoice says.
CREATE TABLE stock_invoice_line(
	invoice INTEGER NOT NULL REFERENCES stock_invoice(no),
	product INTEGER NOT NULL REFERENCES stock_product(no),
	ordered INTEGER NOT NULL CHECK(ordered >= 0),
	received INTEGER NOT NULL CHECK(received >= 0),
	due_cents INTEGER NOT NULL CHECK(due_cents >= 0),
	quantity INTEGER NOT NULL CHECK(quantity >= 0),
	cents INTEGER NOT NULL CHECK(cents >= 0),
	PRIMARY KEY(invoice, product)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER stock_invoice_kept BEFORE UPDATE ON stock_invoice BEGIN SELECT RAISE(ABORT, 'a checked invoice is never changed'); END;
CREATE TRIGGER stock_invoice_stays BEFORE DELETE ON stock_invoice BEGIN SELECT RAISE(ABORT, 'a checked invoice is never taken away'); END;
CREATE TRIGGER stock_invoice_line_kept BEFORE UPDATE ON stock_invoice_line BEGIN SELECT RAISE(ABORT, 'a line of a checked invoice is never changed'); END;
CREATE TRIGGER stock_invoice_line_stays BEFORE DELETE ON stock_invoice_line BEGIN SELECT RAISE(ABORT, 'a line of a checked invoice is never taken away'); END;
